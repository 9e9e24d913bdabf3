/*
 * The PAC's buffers that are plain structures (little-endian):
 *
 *     PAC_CLIENT_INFO (MS-PAC 2.7)     0 FILETIME ClientId, 8 u16 NameLength, 10 Name
 *     UPN_DNS_INFO (2.10)              0 UpnLength, UpnOffset, DnsDomainNameLength,
 *                                      DnsDomainNameOffset (u16 each), 8 u32 Flags; with
 *                                      KRB_UPN_EXTENDED 12 SamNameLength, SamNameOffset,
 *                                      SidLength, SidOffset
 *
 * Lengths are in octets, offsets from the structure's start, text is UTF-16LE
 * without NUL. Trusts nothing.
 */
#include "packages/kerberos/wire/wire.h"

#include "base/sid.h"

#include "winerror.h"

static void
text_check(struct rd *r, struct view text)
{
    if (text.n % 2 != 0)
        rd_fail(r);
}

status_t
krb_pac_client_info_parse(struct view in, struct krb_pac_client_info *out)
{
    struct rd r = rd_init(in);

    *out = (struct krb_pac_client_info){ 0 };
    out->auth_time = (int64_t)rd_u64le(&r);
    out->name = rd_view(&r, rd_u16le(&r));
    text_check(&r, out->name);
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

/* A length and an offset. */
static struct view
flat_field_get(struct rd *r)
{
    uint16_t length = rd_u16le(r), offset = rd_u16le(r);

    return rd_at(r, offset, length);
}

status_t
krb_pac_upn_dns_info_parse(struct view in, struct krb_pac_upn_dns_info *out)
{
    struct rd r = rd_init(in);

    *out = (struct krb_pac_upn_dns_info){ 0 };
    out->upn = flat_field_get(&r);
    out->dns_domain = flat_field_get(&r);
    out->flags = rd_u32le(&r);
    if ((out->flags & KRB_UPN_EXTENDED) != 0) {
        out->sam_name = flat_field_get(&r);
        out->sid = flat_field_get(&r);
        if (!sid_is_valid(out->sid))
            rd_fail(&r);
    }
    text_check(&r, out->upn);
    text_check(&r, out->dns_domain);
    text_check(&r, out->sam_name);
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}
