/*
 * Names in messages (MS-NLMP 2.2.1, "OEM character set"). Runs in the
 * authority. Trusts nothing: names are a stranger's bytes.
 */
#include "packages/ntlm/lsa/text.h"

#include "base/rd.h"
#include "base/str16.h"
#include "base/wr.h"

bool
ntlm_name_from_wire(struct view in, uint32_t flags, enum ntlm_code_page page,
                    struct ntlm_name *out)
{
    bool unicode = (flags & NTLMSSP_NEGOTIATE_UNICODE) != 0;
    struct wr w = wr_init(out->bytes, sizeof(out->bytes));

    out->n = 0;
    if (unicode && !str16_is_valid(in))
        return false;
    if (unicode)
        wr_view(&w, in);
    for (size_t i = 0; i < in.n && !unicode; i++) {
        char16_t unit = ntlm_oem_to_unit(page, in.p[i]);

        if (unit == 0)
            return false;
        wr_u16le(&w, unit);
    }
    out->n = (uint16_t)w.len;
    return !w.failed;
}

bool
ntlm_name_to_wire(struct view utf16, uint32_t flags, enum ntlm_code_page page,
                  struct ntlm_name *out)
{
    bool unicode = (flags & NTLMSSP_NEGOTIATE_UNICODE) != 0;
    struct wr w = wr_init(out->bytes, sizeof(out->bytes));
    struct rd r = rd_init(utf16);

    out->n = 0;
    if (unicode)
        wr_view(&w, utf16);
    for (size_t i = 0; i + 1 < utf16.n && !unicode; i += 2) {
        uint8_t c;

        if (!ntlm_oem_from_unit(page, rd_u16le(&r), &c))
            return false;
        wr_u8(&w, c);
    }
    out->n = (uint16_t)w.len;
    return !w.failed;
}
