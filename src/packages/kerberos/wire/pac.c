/*
 * PACTYPE (MS-PAC 2.3), a table of buffers, and PAC_SIGNATURE_DATA (2.8).
 * Little-endian:
 *
 *      0  u32  cBuffers
 *      4  u32  Version 0
 *      8  16 octets a buffer: u32 ulType, u32 cbBufferSize, u64 Offset
 *
 * Buffers begin at multiples of 8 behind the table. Types that are not known
 * are ignored (2.4); a known type that comes twice is not, as two readers
 * could take different ones; nor do two buffers share octets.
 *
 * Parsed before its signature is verified: trusts nothing.
 */
#include "packages/kerberos/wire/wire.h"

#include "winerror.h"

#define PAC_ALIGNMENT 8u
#define PAC_HEADER_SIZE 8u
#define PAC_ENTRY_SIZE 16u

static bool
views_overlap(struct view a, struct view b)
{
    return a.n > 0 && b.n > 0 && a.p < b.p + b.n && b.p < a.p + a.n;
}

/* One row of the table: where its buffer is. */
static struct view
pac_entry_get(struct rd *r, size_t first, uint32_t *type)
{
    uint32_t size;
    uint64_t offset;

    *type = rd_u32le(r);
    size = rd_u32le(r);
    offset = rd_u64le(r);
    if (offset % PAC_ALIGNMENT != 0 || offset < first || offset > r->all.n)
        rd_fail(r);
    return rd_at(r, (size_t)offset, size);
}

static void
pac_buffer_add(struct rd *r, struct krb_pac *out, uint32_t type, struct view buffer)
{
    if (type >= KRB_PAC_TYPES)
        return;
    if (krb_pac_has(out, type))
        rd_fail(r);
    out->has |= 1u << type;
    out->buffers[type] = buffer;
}

status_t
krb_pac_parse(struct view in, struct krb_pac *out)
{
    struct rd r = rd_init(in);
    struct view seen[KRB_PAC_BUFFERS_MAX];
    uint32_t count, type;

    *out = (struct krb_pac){ .all = in };
    count = rd_u32le(&r);
    rd_expect_u32le(&r, 0);
    if (in.n > KRB_PAC_SIZE_MAX || count == 0 || count > KRB_PAC_BUFFERS_MAX)
        rd_fail(&r);
    for (uint32_t i = 0; i < count && !r.failed; i++) {
        seen[i] = pac_entry_get(&r, PAC_HEADER_SIZE + (size_t)count * PAC_ENTRY_SIZE, &type);
        for (uint32_t j = 0; j < i; j++) {
            if (views_overlap(seen[i], seen[j]))
                rd_fail(&r);
        }
        pac_buffer_add(&r, out, type, seen[i]);
    }
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

bool
krb_pac_has(const struct krb_pac *pac, uint32_t type)
{
    return type < KRB_PAC_TYPES && (pac->has >> type & 1) != 0;
}

/* The types that a signature may have (MS-PAC 2.8; 19 and 20 by RFC 8009 5). */
static const struct {
    int32_t type;
    uint8_t size;
} signatures[] = { { -138, 16 }, { 15, 12 }, { 16, 12 }, { 19, 16 }, { 20, 24 } };

static size_t
signature_size(int32_t type)
{
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        if (signatures[i].type == type)
            return signatures[i].size;
    }
    return 0;
}

status_t
krb_pac_signature_parse(struct view in, struct krb_pac_signature *out)
{
    struct rd r = rd_init(in);
    size_t size;

    *out = (struct krb_pac_signature){ 0 };
    out->type = (int32_t)rd_u32le(&r);
    size = signature_size(out->type);
    if (size == 0)
        rd_fail(&r);
    out->signature = rd_view(&r, size);
    out->has_rodc = rd_left(&r) > 0;
    if (out->has_rodc)
        out->rodc = rd_u16le(&r);
    return rd_end_exact(&r, SEC_E_INVALID_TOKEN);
}
