/*
 * SIDs as bytes and as text: MS-DTYP 2.4.2.2 (packet) and 2.4.2.1 (string).
 *
 *     offset 0  revision, 1
 *            1  count of sub-authorities, 0 to 15
 *            2  authority, 48 bits, big-endian
 *            8  sub-authorities, 32 bits each, little-endian
 *
 * Runs in applications and in the authority. Bytes come from PACs, from the
 * account store and from token snapshots; text from configuration. Neither is
 * trusted: a SID that is not exactly as long as it says is refused.
 */
#include "base/sid.h"

#include "base/rd.h"
#include "base/wr.h"

#include <inttypes.h>
#include <stdio.h>

#define SID_REVISION 1u
#define SID_HEAD 8u                     /* bytes before the sub-authorities */
#define SID_SUBS_MAX 15u
#define SID_SUB_BYTES 4u
#define SID_DECIMAL_DIGITS_MAX 10u      /* of an authority or sub-authority */
#define SID_HEX_DIGITS 12u              /* of an authority of 2^32 and more */
#define SID_AUTHORITY_DECIMAL_MAX 0xffffffffu

bool
sid_is_valid(struct view bytes)
{
    struct rd r = rd_init(bytes);
    uint8_t revision = rd_u8(&r);
    uint8_t subs = rd_u8(&r);

    return revision == SID_REVISION && subs <= SID_SUBS_MAX
        && bytes.n == SID_HEAD + (size_t)subs * SID_SUB_BYTES;
}

bool
sid_from_view(struct view bytes, struct sid *out)
{
    memset(out, 0, sizeof(*out));
    if (!sid_is_valid(bytes))
        return false;
    memcpy(out->bytes, bytes.p, bytes.n);
    out->n = (uint8_t)bytes.n;
    return true;
}

/* The value of a hexadecimal digit, 16 for anything else. */
static unsigned
digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

/* Takes 1 to `most` digits off the text; their count, 0 when there are none or too many. */
static size_t
digits_parse(const char **text, unsigned base, size_t most, uint64_t *out)
{
    size_t n = 0;

    *out = 0;
    while (digit_value((*text)[n]) < base) {
        if (n == most)
            return 0;
        *out = *out * base + digit_value((*text)[n]);
        n++;
    }
    *text += n;
    return n;
}

/* 12 hexadecimal digits, or decimal below 2^32. */
static bool
authority_parse(const char **text, uint64_t *out)
{
    if ((*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X')) {
        *text += 2;
        return digits_parse(text, 16, SID_HEX_DIGITS, out) == SID_HEX_DIGITS;
    }
    return digits_parse(text, 10, SID_DECIMAL_DIGITS_MAX, out) != 0
        && *out <= SID_AUTHORITY_DECIMAL_MAX;
}

/* "-" and a number, as often as they come. */
static bool
subs_parse(const char *text, struct wr *w, uint8_t *subs)
{
    uint64_t sub;

    for (*subs = 0; *text == '-' && *subs < SID_SUBS_MAX; (*subs)++) {
        text++;
        if (digits_parse(&text, 10, SID_DECIMAL_DIGITS_MAX, &sub) == 0 || sub > UINT32_MAX)
            return false;
        wr_u32le(w, (uint32_t)sub);
    }
    return *text == '\0';
}

bool
sid_parse_text(const char *text, struct sid *out)
{
    struct wr w = wr_init(out->bytes, sizeof(out->bytes));
    uint64_t authority;
    uint8_t subs;

    memset(out, 0, sizeof(*out));
    if (strncmp(text, "S-1-", 4) != 0 && strncmp(text, "s-1-", 4) != 0)
        return false;
    text += 4;
    if (!authority_parse(&text, &authority))
        return false;
    wr_u8(&w, SID_REVISION);
    wr_u8(&w, 0);
    wr_u16be(&w, (uint16_t)(authority >> 32));
    wr_u32be(&w, (uint32_t)authority);
    if (!subs_parse(text, &w, &subs))
        return false;
    out->bytes[1] = subs;
    out->n = (uint8_t)w.len;
    return true;
}

bool
sid_format(struct view bytes, char out[SID_TEXT_MAX])
{
    struct rd r = rd_init(bytes);
    uint64_t authority;
    size_t n;

    out[0] = '\0';
    if (!sid_is_valid(bytes))
        return false;
    rd_skip(&r, 2);
    authority = (uint64_t)rd_u16be(&r) << 32;
    authority |= rd_u32be(&r);
    n = (size_t)snprintf(out, SID_TEXT_MAX,
                         authority > SID_AUTHORITY_DECIMAL_MAX ? "S-1-0x%012" PRIx64
                                                               : "S-1-%" PRIu64,
                         authority);
    while (rd_left(&r) > 0)
        n += (size_t)snprintf(out + n, SID_TEXT_MAX - n, "-%" PRIu32, rd_u32le(&r));
    return true;
}

bool
sid_append(const struct sid *domain, uint32_t rid, struct sid *out)
{
    struct sid longer = *domain;
    struct wr w = wr_init(longer.bytes, sizeof(longer.bytes));
    bool fits = sid_is_valid(sid_view(domain)) && domain->bytes[1] < SID_SUBS_MAX;

    /* Only now: out may be the domain itself. */
    memset(out, 0, sizeof(*out));
    if (!fits)
        return false;
    w.len = longer.n;
    wr_u32le(&w, rid);
    longer.bytes[1]++;
    longer.n = (uint8_t)w.len;
    *out = longer;
    return true;
}

/* Everything but the count and the last sub-authority must be the domain's. */
bool
sid_has_domain(struct view sid, const struct sid *domain, uint32_t *rid)
{
    struct sid longer;
    struct rd r = rd_init(sid);

    *rid = 0;
    if (!sid_is_valid(sid) || sid.n < SID_HEAD + SID_SUB_BYTES)
        return false;
    rd_skip(&r, sid.n - SID_SUB_BYTES);
    *rid = rd_u32le(&r);
    return sid_append(domain, *rid, &longer) && view_is_equal(sid, sid_view(&longer));
}
