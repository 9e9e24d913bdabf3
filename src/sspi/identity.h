/*
 * pAuthData: the client memory that AcquireCredentialsHandle and AddCredentials
 * refer to (D9). The authority cannot read this process; what a package will
 * copy by CopyFromClientBuffer is gathered here and sent along.
 */
#ifndef SSPI_IDENTITY_H
#define SSPI_IDENTITY_H

#include "sspi/user_half.h"

/* Longest string of an identity, in bytes: no protocol carries a longer one. */
#define SSPI_IDENTITY_STRING_MAX (64u * 1024u)
#define SSPI_IDENTITY_BLOCK_MAX (256u * 1024u)

enum sspi_identity_form {
    SSPI_IDENTITY_UNKNOWN,
    SSPI_IDENTITY_PLAIN,        /* SEC_WINNT_AUTH_IDENTITY_W or _A */
    SSPI_IDENTITY_EX,           /* _EXW or _EXA */
    SSPI_IDENTITY_EX2,          /* one contiguous block */
};

/* Exactly one character set, and no bit that Windows does not define. */
bool sspi_identity_flags_are_sane(uint32_t flags);

/* Which form it is. It looks at the structure only, at no string. */
enum sspi_identity_form sspi_identity_form_of(const void *auth_data);

/*
 * The address ranges of a known form. SEC_E_INVALID_PARAMETER: a length without a
 * string, or beyond the limits above.
 */
MUST_CHECK status_t sspi_identity_gather(const void *auth_data, enum sspi_identity_form form,
                                         struct ipc_ranges *out);

/*
 * The ranges of a structure that is none of them, as the package's user half
 * flattens it. *owned: free by sspi_memory_free() after the call.
 */
MUST_CHECK status_t sspi_identity_format(void *auth_data, const struct sspi_user_half *half,
                                         struct ipc_ranges *out, void **owned);

#endif
