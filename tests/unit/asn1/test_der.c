/*
 * DER at its extremes. What is right is said by X.690's own examples and by
 * OpenSSL, which writes the same numbers; what must be refused is each way in
 * which BER is wider than DER. Inputs are heap blocks of their exact length,
 * so that AddressSanitizer sees a read of one octet too many.
 */
#include "unit.h"

#include <openssl/asn1.h>

#include "asn1/der.h"
#include "vectors.h"

#define BAD (-77)
#define ROOM 70000

static uint8_t room[ROOM];

/* Hex as a block of exactly its size. */
static struct view
der_of(const char *hex)
{
    uint8_t bytes[256];
    size_t n = vector_from_hex(hex, bytes, sizeof(bytes));
    uint8_t *p = malloc(n == 0 ? 1 : n);

    assert_non_null(p);
    if (n > 0)
        memcpy(p, bytes, n);
    return view_of(p, n);
}

static void
der_free(struct view v)
{
    free((void *)(uintptr_t)v.p);
}

static int64_t i32(struct rd *r) { return der_get_i32(r); }
static int64_t u32(struct rd *r) { return der_get_u32(r); }
static int64_t wrapped(struct rd *r) { return der_get_u32_wrapped(r); }
static int64_t enumerated(struct rd *r) { return der_get_enumerated(r); }
static int64_t boolean(struct rd *r) { return der_get_boolean(r); }
static int64_t flags(struct rd *r) { return der_get_flags(r); }
static int64_t octets(struct rd *r) { return (int64_t)der_get_view(r, DER_OCTET_STRING).n; }
static int64_t element(struct rd *r) { return (int64_t)der_get_element(r).n; }

struct row {
    int64_t (*get)(struct rd *r);
    const char *hex;
    int64_t want;
};

#define REFUSED INT64_C(-0x7777777777)

static const struct row rows[] = {
    { i32, "020100", 0 }, { i32, "02017f", 127 }, { i32, "02020080", 128 },
    { i32, "0201ff", -1 }, { i32, "020180", -128 }, { i32, "0202ff7f", -129 },
    { i32, "02047fffffff", INT32_MAX }, { i32, "020480000000", INT32_MIN },
    { i32, "02050080000000", REFUSED }, { i32, "0205ff7fffffff", REFUSED },
    { u32, "02047fffffff", INT32_MAX }, { u32, "02050080000000", INT64_C(0x80000000) },
    { u32, "020500ffffffff", UINT32_MAX }, { u32, "02050100000000", REFUSED },
    { u32, "0201ff", REFUSED }, { u32, "020480000000", REFUSED },
    { wrapped, "0204ffffffff", REFUSED }, { wrapped, "0201ff", UINT32_MAX },
    { wrapped, "020480000000", INT64_C(0x80000000) }, { wrapped, "020500ffffffff", UINT32_MAX },
    { wrapped, "0205ff00000000", REFUSED }, { wrapped, "02050100000000", REFUSED },
    /* Not in the fewest octets (8.3.2), none at all, more than any number here has. */
    { i32, "02020000", REFUSED }, { i32, "0202007f", REFUSED }, { i32, "0202ff80", REFUSED },
    { i32, "0200", REFUSED }, { i32, "0206000000000001", REFUSED },
    { i32, "0206010000000000", REFUSED },
    /* Another tag; cut short; nothing. */
    { i32, "0a0100", REFUSED }, { i32, "220100", REFUSED }, { i32, "0201", REFUSED },
    { i32, "0203ffff", REFUSED }, { i32, "02", REFUSED }, { i32, "", REFUSED },
    { enumerated, "0a0103", 3 }, { enumerated, "0a01ff", REFUSED },
    { enumerated, "020103", REFUSED },
    /* 11.1: one value is true. */
    { boolean, "0101ff", 1 }, { boolean, "010100", 0 }, { boolean, "010101", REFUSED },
    { boolean, "0102ffff", REFUSED }, { boolean, "0100", REFUSED },
    /* KerberosFlags: 32 bits or more; unused bits are said, at most seven, and zero. */
    { flags, "03050020000000", 0x20000000 }, { flags, "03060040000000ff", 0x40000000 },
    { flags, "03050480000000", INT64_C(0x80000000) }, { flags, "0306074000000080", 0x40000000 },
    { flags, "03050480000008", REFUSED }, { flags, "03060780000000ff", REFUSED },
    { flags, "03050880000000", REFUSED }, { flags, "030400200000", REFUSED },
    { flags, "0301", REFUSED }, { flags, "030100", REFUSED }, { flags, "0300", REFUSED },
    { flags, "23050020000000", REFUSED },
    /* Lengths (10.1): indefinite, not shortest, of no or too many octets, beyond the end. */
    { octets, "0400", 0 }, { octets, "0403010203", 3 }, { octets, "040401020304ff", 4 },
    { octets, "04800000", REFUSED }, { octets, "04810101", REFUSED },
    { octets, "0481", REFUSED }, { octets, "0482", REFUSED }, { octets, "04820001ff", REFUSED },
    { octets, "0484ffffffff", REFUSED }, { octets, "048500000000010a", REFUSED },
    { octets, "04ff01", REFUSED }, { octets, "0404010203", REFUSED },
    { octets, "0488ffffffffffffffff", REFUSED }, { octets, "24020400", REFUSED },
    /* Any element: tags of more octets than one are not ours. */
    { element, "30020500", 4 }, { element, "0000", 2 }, { element, "1f8100", REFUSED },
    { element, "bf1f00", REFUSED }, { element, "3003020100ff", 5 }, { element, "30", REFUSED },
    { element, "30030201", REFUSED },
};

static void
check_row(const struct row *row)
{
    struct view in = der_of(row->hex);
    struct rd r = rd_init(in);
    int64_t got = row->get(&r);

    if (rd_end(&r, BAD) != 0)
        got = REFUSED;
    if (got != row->want)
        fail_msg("%s: %lld, not %lld", row->hex, (long long)got, (long long)row->want);
    der_free(in);
}

static void
test_each_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        check_row(&rows[i]);
}

/* OpenSSL's encoding of a number. */
static struct view
openssl_integer(int64_t v, uint8_t out[16])
{
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    uint8_t *p = out;
    int length;

    assert_non_null(n);
    assert_int_equal(ASN1_INTEGER_set_int64(n, v), 1);
    length = i2d_ASN1_INTEGER(n, &p);
    assert_true(length > 0);
    ASN1_INTEGER_free(n);
    return view_of(out, (size_t)length);
}

static void
check_number(int64_t v)
{
    uint8_t theirs[16];
    struct view want = openssl_integer(v, theirs);
    struct wr w = wr_init(room, sizeof(room));
    struct rd r;

    if (v >= INT32_MIN && v <= INT32_MAX)
        der_put_i32(&w, (int32_t)v);
    else
        der_put_u32(&w, (uint32_t)v);
    assert_true(view_is_equal(wr_written(&w), want));
    r = rd_init(want);
    assert_int_equal(der_get_u32_wrapped(&r), (uint32_t)v);
    assert_int_equal(rd_end_exact(&r, BAD), 0);
}

static void
test_integers_are_openssls(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        int64_t power = INT64_C(1) << bit;

        for (int64_t near = -2; near <= 2; near++) {
            if (power + near <= UINT32_MAX)
                check_number(power + near);
            if (-power + near >= INT32_MIN)
                check_number(-power + near);
        }
    }
    check_number(UINT32_MAX);
}

/* Each length at which the length's own length changes, and its neighbours. */
static const size_t edges[] = { 0, 1, 126, 127, 128, 129, 254, 255, 256, 257, 65535, 65536 };

static void
check_length(size_t n)
{
    ASN1_OCTET_STRING *theirs = ASN1_OCTET_STRING_new();
    uint8_t *contents = calloc(1, n + 1), *encoded = NULL;
    struct wr w = wr_init_heap(ROOM);
    struct rd r;
    int length;

    assert_true(theirs != NULL && contents != NULL);
    for (size_t i = 0; i < n; i++)
        contents[i] = (uint8_t)(i * 7);
    assert_int_equal(ASN1_OCTET_STRING_set(theirs, contents, (int)n), 1);
    length = i2d_ASN1_OCTET_STRING(theirs, &encoded);
    der_put_view(&w, DER_OCTET_STRING, view_of(contents, n));
    assert_true(view_is_equal(wr_written(&w), view_of(encoded, (size_t)length)));
    r = rd_init(wr_written(&w));
    assert_true(view_is_equal(der_get_view(&r, DER_OCTET_STRING), view_of(contents, n)));
    assert_int_equal(rd_end_exact(&r, BAD), 0);
    wr_wipe(&w);
    OPENSSL_free(encoded);
    ASN1_OCTET_STRING_free(theirs);
    free(contents);
}

static void
test_lengths_are_openssls(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(edges); i++)
        check_length(edges[i]);
}

/* A long element inside a long one: the inner length's growth counts in the outer. */
static void
test_nested(void **state)
{
    static const uint8_t filler[300];
    struct wr w = wr_init(room, sizeof(room));
    size_t outer = der_put_begin(&w, DER_SEQUENCE), field, count = 0;
    struct rd r, s;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        field = der_put_begin(&w, (uint8_t)DER_CONTEXT(i));
        der_put_view(&w, DER_OCTET_STRING, view_of(filler, i * 150));
        der_put_end(&w, field);
    }
    der_put_end(&w, outer);
    r = rd_init(wr_written(&w));
    s = der_get_begin(&r, DER_SEQUENCE);
    for (unsigned i = 0; i < 3; i++) {
        assert_false(der_get_field_optional(&s, i + 1));
        assert_true(der_get_field_optional(&s, i));
        count += der_get_view(&s, DER_OCTET_STRING).n;
    }
    der_get_end(&r, &s);
    assert_int_equal(rd_end_exact(&r, BAD), 0);
    assert_int_equal(count, 450);
}

/* An EXPLICIT tag holds one element; a SEQUENCE is read to its end; sizes agree. */
static void
test_structure_is_exact(void **state)
{
    static const struct {
        const char *hex;
        bool good;
    } trials[] = {
        { "3005a003020105", true },
        { "3008a003020105020106", false },      /* more in the sequence than was read */
        { "3008a006020105020106", false },      /* two elements in [0] */
        { "3007a003020105a000", false },
        { "3005a00302010500", true },           /* bytes behind it are its container's */
        { "3005a103020105", false },            /* another number */
        { "3005a004020105", false },            /* longer than the sequence */
        { "3005a00202010500", false },          /* the element is longer than its tag says */
        { "3002a000", false },
        { "3000", false },
        { "308005a0030201050000", false },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(trials); i++) {
        struct view in = der_of(trials[i].hex);
        struct rd r = rd_init(in), s = der_get_begin(&r, DER_SEQUENCE);
        int32_t got;

        der_get_field(&s, 0);
        got = der_get_i32(&s);
        der_get_end(&r, &s);
        if ((rd_end(&r, BAD) == 0) != trials[i].good)
            fail_msg("%s was %s", trials[i].hex, trials[i].good ? "refused" : "taken");
        assert_true(!trials[i].good || got == 5);
        der_free(in);
    }
}

/* Every prefix of a good element fails, and none reads beyond its end. */
static void
test_truncation(void **state)
{
    static const uint8_t whole[] = {
        0x30, 0x0e, 0xa0, 0x03, 0x02, 0x01, 0x05, 0xa1, 0x07, 0x03, 0x05, 0x00, 1, 2, 3, 4,
    };

    (void)state;
    for (size_t n = 0; n <= sizeof(whole); n++) {
        uint8_t *p = malloc(n + 1);
        struct rd r, s;

        assert_non_null(p);
        memcpy(p, whole, n);
        p = realloc(p, n == 0 ? 1 : n);
        r = rd_init(view_of(p, n));
        s = der_get_begin(&r, DER_SEQUENCE);
        der_get_field(&s, 0);
        (void)der_get_i32(&s);
        if (der_get_field_optional(&s, 1))
            (void)der_get_flags(&s);
        der_get_end(&r, &s);
        assert_int_equal(rd_end(&r, BAD), n == sizeof(whole) ? 0 : BAD);
        free(p);
    }
}

/* Once failed, nothing is there any more, optional fields included. */
static void
test_failure_is_sticky(void **state)
{
    struct view in = der_of("0202000005a003020105");
    struct rd r = rd_init(in);

    (void)state;
    (void)der_get_i32(&r);
    assert_false(der_is_next(&r, 0x05));
    assert_false(der_get_field_optional(&r, 0));
    assert_int_equal(der_get_element(&r).n, 0);
    assert_int_equal(der_get_begin(&r, DER_SEQUENCE).failed, true);
    assert_int_equal(rd_end(&r, BAD), BAD);
    der_free(in);
}

/* Room for every octet but the last: the writer fails whole and writes nothing beyond. */
static void
test_writer_without_room(void **state)
{
    static const uint8_t contents[200];

    (void)state;
    for (size_t n = 0; n < sizeof(contents) + 3; n++) {
        uint8_t *p = malloc(n == 0 ? 1 : n);
        struct wr w = wr_init(p, n);

        der_put_view(&w, DER_OCTET_STRING, view_of(contents, sizeof(contents)));
        assert_int_equal(wr_end(&w, BAD), BAD);
        free(p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_form),
        cmocka_unit_test(test_integers_are_openssls),
        cmocka_unit_test(test_lengths_are_openssls),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_structure_is_exact),
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_writer_without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
