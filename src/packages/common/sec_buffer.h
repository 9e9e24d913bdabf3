/*
 * sec_buffer.h: SecBufferDesc as packages meet it (lsa half): finding a
 * buffer by type, reading it, and putting the output token where the caller
 * wants it. For NTLM, Kerberos and Negotiate alike.
 */
#ifndef PACKAGES_COMMON_SEC_BUFFER_H
#define PACKAGES_COMMON_SEC_BUFFER_H

#include "base/view.h"

#include "ntsecpkg.h"

/* More buffers than this in one descriptor are not looked at. */
#define SEC_BUFFERS_MAX 32u

/* The first buffer of the type, attribute bits aside; NULL: none. d may be NULL. */
SecBuffer *sec_buffer_find(const SecBufferDesc *d, ULONG type);

/*
 * The bytes of the first buffer of the type, mapped into this process where
 * they still are the client's. Absent or empty: an empty view and success.
 */
MUST_CHECK NTSTATUS sec_buffer_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, const SecBufferDesc *d,
                                    ULONG type, struct view *out);

/*
 * Whether n bytes could be put there, as below: for who has to know before he does what cannot be
 * done twice. SEC_E_BUFFER_TOO_SMALL.
 */
MUST_CHECK NTSTATUS sec_buffer_check_room(const SecBufferDesc *d, ULONG type, size_t n,
                                          bool allocate);

/*
 * Puts bytes into the output's first buffer of the type: into memory of the LSA heap
 * when allocate is set (then *allocated), else into the caller's room.
 * SEC_E_BUFFER_TOO_SMALL: no such buffer, or no room; nothing was written.
 */
MUST_CHECK NTSTATUS sec_buffer_put(const LSA_SECPKG_FUNCTION_TABLE *lsa, SecBufferDesc *d,
                                   ULONG type, struct view bytes, bool allocate,
                                   bool *allocated);
/* The same for the TOKEN buffer. */
MUST_CHECK NTSTATUS sec_buffer_put_token(const LSA_SECPKG_FUNCTION_TABLE *lsa, SecBufferDesc *d,
                                         struct view token, bool allocate, bool *allocated);
/* Says that there is nothing in it: the room must not be taken for a token, say. */
void sec_buffer_put_nothing(SecBufferDesc *d, ULONG type);

#endif
