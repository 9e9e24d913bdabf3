/*
 * text.h: names in messages. UTF-16LE, or OEM where a peer has negotiated
 * that; inside the package only UTF-16LE.
 */
#ifndef NTLM_LSA_TEXT_H
#define NTLM_LSA_TEXT_H

#include "base/view.h"
#include "packages/ntlm/lsa/oem.h"
#include "packages/ntlm/protect/keys.h"

/* Longest name that is taken from a message: see NTLM_USER_BYTES_MAX. */
#define NTLM_NAME_BYTES_MAX NTLM_USER_BYTES_MAX

struct ntlm_name {
    uint16_t n;                         /* bytes */
    uint8_t bytes[NTLM_NAME_BYTES_MAX]; /* UTF-16LE */
};

static inline struct view
ntlm_name_view(const struct ntlm_name *name)
{
    return view_of(name->bytes, name->n);
}

/*
 * A name as it is in a message with these flags. False: too long, malformed, or not of
 * the code page. CHOICE (D27): which page OEM is depends on the client and is not said,
 * so unless the administrator knows it, only ASCII is taken.
 */
MUST_CHECK bool ntlm_name_from_wire(struct view in, uint32_t flags, enum ntlm_code_page page,
                                    struct ntlm_name *out);
/* The other way: for OEM half as many bytes. False: not of the code page, or too long. */
MUST_CHECK bool ntlm_name_to_wire(struct view utf16, uint32_t flags, enum ntlm_code_page page,
                                  struct ntlm_name *out);

#endif
