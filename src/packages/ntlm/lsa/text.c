/*
 * Names in messages (MS-NLMP 2.2.1, "OEM character set"). Runs in the
 * authority. Trusts nothing: names are a stranger's bytes.
 */
#include "packages/ntlm/lsa/text.h"

#include "base/str16.h"

#define ASCII_MAX 0x7F

bool
ntlm_name_from_wire(struct view in, uint32_t flags, struct ntlm_name *out)
{
    bool unicode = (flags & NTLMSSP_NEGOTIATE_UNICODE) != 0;
    size_t n = unicode ? in.n : 2 * in.n;

    out->n = 0;
    if (n > sizeof(out->bytes) || (unicode && !str16_is_valid(in)))
        return false;
    for (size_t i = 0; i < in.n; i++) {
        if (unicode) {
            out->bytes[i] = in.p[i];
            continue;
        }
        if (in.p[i] == 0 || in.p[i] > ASCII_MAX)
            return false;
        out->bytes[2 * i] = in.p[i];
        out->bytes[2 * i + 1] = 0;
    }
    out->n = (uint16_t)n;
    return true;
}

bool
ntlm_name_to_wire(struct view utf16, uint32_t flags, struct ntlm_name *out)
{
    out->n = 0;
    if (utf16.n > sizeof(out->bytes))
        return false;
    if (flags & NTLMSSP_NEGOTIATE_UNICODE) {
        if (utf16.n > 0)
            memcpy(out->bytes, utf16.p, utf16.n);
        out->n = (uint16_t)utf16.n;
        return true;
    }
    for (size_t i = 0; i + 1 < utf16.n; i += 2) {
        if (utf16.p[i] > ASCII_MAX || utf16.p[i + 1] != 0)
            return false;
        out->bytes[i / 2] = utf16.p[i];
    }
    out->n = (uint16_t)(utf16.n / 2);
    return true;
}
