/*
 * Reading DER: ITU-T X.690 8 (BER) under the restrictions of 10 and 11.
 *
 * BER lets a sender write the same value in many ways; two parsers that
 * disagree on one of them are how checks get bypassed. So there is one form
 * for everything here, and the rest fails. Runs in every process that reads
 * Kerberos or SPNEGO; trusts no byte.
 */
#include "asn1/der.h"

#define TAG_NUMBER 0x1Fu        /* all ones: the number is in the octets behind */
#define LENGTH_LONG 0x80u
#define LENGTH_OCTETS_MAX 4u    /* no message comes near 4 GiB */
#define INTEGER_OCTETS_MAX 5u   /* 2^32 - 1 has a zero octet in front */
#define BOOLEAN_TRUE 0xFFu
#define FLAGS_OCTETS_MIN 4u
#define UNUSED_BITS_MAX 7u

/*
 * X.690 10.1: the short form below 128, else as few octets as possible. A
 * length of 0x80 (indefinite) has no octets and falls out as not minimal.
 */
static size_t
der_length_get(struct rd *r)
{
    uint8_t first = rd_u8(r);
    size_t octets = first & ~LENGTH_LONG, n = 0;

    if (first < LENGTH_LONG)
        return first;
    if (octets > LENGTH_OCTETS_MAX) {
        rd_fail(r);
        return 0;
    }
    for (size_t i = 0; i < octets; i++)
        n = n << 8 | rd_u8(r);
    if (n < LENGTH_LONG || (n >> (8 * (octets - 1))) == 0)
        rd_fail(r);
    return n;
}

/* Identifier and length of an element that is wanted; what is left must hold its contents. */
static size_t
der_header_get(struct rd *r, uint8_t tag)
{
    uint8_t got = rd_u8(r);
    size_t n = der_length_get(r);

    if (got != tag || n > rd_left(r))
        rd_fail(r);
    return n;
}

bool
der_is_next(const struct rd *r, uint8_t tag)
{
    struct rd look = *r;

    return rd_left(&look) > 0 && rd_u8(&look) == tag;
}

struct view
der_get_view(struct rd *r, uint8_t tag)
{
    size_t n = der_header_get(r, tag);

    return rd_view(r, n);
}

/* A cursor that begins failed stays so: the parser need not ask in between. */
struct rd
der_get_begin(struct rd *r, uint8_t tag)
{
    struct rd inner = rd_init(der_get_view(r, tag));

    inner.failed = r->failed;
    return inner;
}

void
der_get_end(struct rd *r, const struct rd *inner)
{
    if (rd_end_exact(inner, -1) != 0)
        rd_fail(r);
}

struct view
der_get_element(struct rd *r)
{
    struct rd look = *r;
    uint8_t tag = rd_u8(&look);
    size_t n = der_length_get(&look);

    if (look.failed || (tag & TAG_NUMBER) == TAG_NUMBER || n > rd_left(&look)) {
        rd_fail(r);
        return view_of(NULL, 0);
    }
    return rd_view(r, look.at - r->at + n);
}

/*
 * The one element inside is only measured here; what it is, its own getter
 * says. An EXPLICIT tag that held two elements would let a sender put bytes
 * where nobody looks.
 */
void
der_get_explicit(struct rd *r, uint8_t tag)
{
    size_t n = der_header_get(r, tag);
    struct rd look = *r;

    if (der_get_element(&look).n != n || look.failed)
        rd_fail(r);
}

void
der_get_field(struct rd *r, unsigned number)
{
    der_get_explicit(r, (uint8_t)DER_CONTEXT(number));
}

bool
der_get_field_optional(struct rd *r, unsigned number)
{
    if (!der_is_next(r, (uint8_t)DER_CONTEXT(number)))
        return false;
    der_get_field(r, number);
    return !r->failed;
}

/* X.690 11.1: true is all ones. */
bool
der_get_boolean(struct rd *r)
{
    struct view v = der_get_view(r, DER_BOOLEAN);

    if (v.n != 1 || (v.p[0] != 0 && v.p[0] != BOOLEAN_TRUE)) {
        rd_fail(r);
        return false;
    }
    return v.p[0] == BOOLEAN_TRUE;
}

/* X.690 8.3.2: the first nine bits are neither all ones nor all zero. */
static bool
der_integer_is_minimal(struct view v)
{
    if (v.n == 0)
        return false;
    return v.n == 1 || (v.p[0] == 0 ? v.p[1] >= 0x80 : v.p[0] != 0xFF || v.p[1] < 0x80);
}

/* Two's complement of up to five octets: holds all that the getters below allow. */
static int64_t
der_number_get(struct rd *r, uint8_t tag, int64_t least, int64_t most)
{
    struct view v = der_get_view(r, tag);
    int64_t n;

    if (v.n > INTEGER_OCTETS_MAX || !der_integer_is_minimal(v)) {
        rd_fail(r);
        return 0;
    }
    n = v.p[0] < 0x80 ? 0 : -1;
    for (size_t i = 0; i < v.n; i++)
        n = n * 256 + v.p[i];
    if (n < least || n > most) {
        rd_fail(r);
        return 0;
    }
    return n;
}

int32_t
der_get_i32(struct rd *r)
{
    return (int32_t)der_number_get(r, DER_INTEGER, INT32_MIN, INT32_MAX);
}

uint32_t
der_get_u32(struct rd *r)
{
    return (uint32_t)der_number_get(r, DER_INTEGER, 0, UINT32_MAX);
}

uint32_t
der_get_u32_wrapped(struct rd *r)
{
    return (uint32_t)der_number_get(r, DER_INTEGER, INT32_MIN, UINT32_MAX);
}

uint32_t
der_get_enumerated(struct rd *r)
{
    return (uint32_t)der_number_get(r, DER_ENUMERATED, 0, UINT32_MAX);
}

/* X.690 11.2.1: the unused bits at the end are zero. */
uint32_t
der_get_flags(struct rd *r)
{
    struct rd bits = der_get_begin(r, DER_BIT_STRING);
    uint8_t unused = rd_u8(&bits);
    struct view octets = rd_rest(&bits);
    struct rd first = rd_init(octets);

    der_get_end(r, &bits);
    if (unused > UNUSED_BITS_MAX || octets.n < FLAGS_OCTETS_MIN ||
        (octets.p[octets.n - 1] & ((1u << unused) - 1)) != 0) {
        rd_fail(r);
        return 0;
    }
    return rd_u32be(&first);
}

int64_t
der_get_time(struct rd *r)
{
    int64_t seconds = 0;

    if (!der_time_parse(der_get_view(r, DER_GENERALIZED_TIME), &seconds))
        rd_fail(r);
    return seconds;
}
