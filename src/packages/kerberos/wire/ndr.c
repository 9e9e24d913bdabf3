/*
 * NDR of a PAC: see ndr.h. Trusts nothing; every count is compared with the
 * one that the structure says, and with what is left.
 */
#include "packages/kerberos/wire/ndr.h"

#include "base/sid.h"

#define NDR_ALIGNMENT 4u
#define SID_HEADER_SIZE 8u
#define SID_COUNT_AT 1u

/* MS-RPCE 2.2.6.1, 2.2.6.2: version 1, little-endian, 8 octets; then length and filler. */
void
ndr_header_expect(struct rd *r)
{
    uint32_t length;

    rd_expect(r, "\x01\x10\x08\x00", 4);
    rd_skip(r, 4);
    length = rd_u32le(r);
    rd_skip(r, 4);
    if (length > rd_left(r) || !ndr_pointer_get(r))
        rd_fail(r);
}

void
ndr_align(struct rd *r)
{
    rd_skip(r, (NDR_ALIGNMENT - r->at % NDR_ALIGNMENT) % NDR_ALIGNMENT);
}

/* Its value says only whether something is meant. */
bool
ndr_pointer_get(struct rd *r)
{
    return rd_u32le(r) != 0;
}

struct ndr_string
ndr_string_get(struct rd *r)
{
    struct ndr_string s;

    s.length = rd_u16le(r);
    s.maximum = rd_u16le(r);
    s.has_referent = ndr_pointer_get(r);
    if (s.length % 2 != 0 || s.length > s.maximum || (!s.has_referent && s.length > 0))
        rd_fail(r);
    return s;
}

/* A conformant and varying array: MaxCount, Offset, ActualCount, units. */
struct view
ndr_string_referent_get(struct rd *r, struct ndr_string s)
{
    uint32_t room, offset, used;

    if (!s.has_referent)
        return view_of(NULL, 0);
    ndr_align(r);
    room = rd_u32le(r);
    offset = rd_u32le(r);
    used = rd_u32le(r);
    if (room != s.maximum / 2u || offset != 0 || used != s.length / 2u)
        rd_fail(r);
    return rd_view(r, s.length);
}

struct view
ndr_sid_referent_get(struct rd *r)
{
    struct rd look;
    uint32_t count;
    struct view sid;

    ndr_align(r);
    count = rd_u32le(r);
    look = *r;
    rd_skip(&look, SID_COUNT_AT);
    if (rd_u8(&look) != count)
        rd_fail(r);
    sid = rd_view(r, SID_HEADER_SIZE + (size_t)count * 4);
    if (!sid_is_valid(sid))
        rd_fail(r);
    return sid;
}

void
ndr_array_expect(struct rd *r, uint32_t count)
{
    ndr_align(r);
    rd_expect_u32le(r, count);
}
