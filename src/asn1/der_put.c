/*
 * Writing DER (ITU-T X.690).
 *
 * A length stands before what it measures. Builders here write in the order
 * of the ASN.1: an element begins with room for a short length, and its end
 * moves the contents where they turned out longer than that. Messages are a
 * few KiB and nest a few levels, so that costs less than measuring first.
 * Runs in every process; writes only what its callers give.
 */
#include "asn1/der.h"

#define LENGTH_SHORT_MAX 127u
#define LENGTH_LONG 0x80u

size_t
der_put_begin(struct wr *w, uint8_t tag)
{
    wr_u8(w, tag);
    wr_u8(w, 0);
    return w->len;
}

/* The octets of n from its highest that is not zero; out holds them from the end. */
static size_t
der_octets_build(size_t n, uint8_t out[sizeof(n)])
{
    size_t count = 0;

    for (; n > 0; n >>= 8)
        out[sizeof(n) - ++count] = (uint8_t)n;
    return count;
}

void
der_put_end(struct wr *w, size_t place)
{
    uint8_t octets[sizeof(size_t)], first;
    size_t n = w->len - place, count;

    /* After a failure nothing more was written, and nothing is measured. */
    if (w->failed)
        return;
    if (n <= LENGTH_SHORT_MAX) {
        first = (uint8_t)n;
        wr_set_bytes(w, place - 1, &first, 1);
        return;
    }
    count = der_octets_build(n, octets);
    first = (uint8_t)(LENGTH_LONG | count);
    wr_set_bytes(w, place - 1, &first, 1);
    wr_insert(w, place, octets + sizeof(octets) - count, count);
}

void
der_put_view(struct wr *w, uint8_t tag, struct view contents)
{
    size_t place = der_put_begin(w, tag);

    wr_view(w, contents);
    der_put_end(w, place);
}

void
der_put_boolean(struct wr *w, bool v)
{
    const uint8_t octet = v ? 0xFF : 0;

    der_put_view(w, DER_BOOLEAN, view_of(&octet, 1));
}

/*
 * X.690 8.3: leading octets that only repeat the sign go. Five octets hold
 * every 32-bit number of either kind with a sign of its own.
 */
static void
der_number_put(struct wr *w, uint8_t tag, int64_t v)
{
    uint8_t octets[5];
    size_t from = 0;

    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (uint8_t)((uint64_t)v >> (8 * (sizeof(octets) - 1 - i)));
    while (from + 1 < sizeof(octets) && ((octets[from] == 0 && octets[from + 1] < 0x80) ||
                                         (octets[from] == 0xFF && octets[from + 1] >= 0x80)))
        from++;
    der_put_view(w, tag, view_of(octets + from, sizeof(octets) - from));
}

void
der_put_i32(struct wr *w, int32_t v)
{
    der_number_put(w, DER_INTEGER, v);
}

void
der_put_u32(struct wr *w, uint32_t v)
{
    der_number_put(w, DER_INTEGER, v);
}

void
der_put_enumerated(struct wr *w, uint32_t v)
{
    der_number_put(w, DER_ENUMERATED, v);
}

void
der_put_flags(struct wr *w, uint32_t v)
{
    size_t place = der_put_begin(w, DER_BIT_STRING);

    wr_u8(w, 0);
    wr_u32be(w, v);
    der_put_end(w, place);
}

void
der_put_time(struct wr *w, int64_t seconds)
{
    uint8_t text[DER_TIME_SIZE];

    if (der_time_build(seconds, text))
        der_put_view(w, DER_GENERALIZED_TIME, view_of(text, sizeof(text)));
    else
        w->failed = true;
}
