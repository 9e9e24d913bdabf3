/*
 * The reading cursor at every boundary. Messages are heap blocks of their
 * exact length, so that AddressSanitizer sees a read of one byte too many.
 */
#include "unit.h"

#include "base/rd.h"

#define MESSAGE_MAX 24
#define BAD (-77)

/* A block of exactly n bytes: 1, 2, 3, ... */
static struct view
message_new(size_t n)
{
    uint8_t *p = malloc(n == 0 ? 1 : n);

    assert_non_null(p);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i + 1);
    return view_of(p, n);
}

static void
message_free(struct view v)
{
    free((void *)(uintptr_t)v.p);
}

/* One getter of each width, as a number. */
struct getter {
    size_t width;
    uint64_t (*get)(struct rd *r);
    uint64_t want;      /* of 01 02 03 ... */
};

static uint64_t get_u8(struct rd *r) { return rd_u8(r); }
static uint64_t get_u16le(struct rd *r) { return rd_u16le(r); }
static uint64_t get_u32le(struct rd *r) { return rd_u32le(r); }
static uint64_t get_u64le(struct rd *r) { return rd_u64le(r); }
static uint64_t get_u16be(struct rd *r) { return rd_u16be(r); }
static uint64_t get_u32be(struct rd *r) { return rd_u32be(r); }

static const struct getter getters[] = {
    { 1, get_u8, 0x01 },
    { 2, get_u16le, 0x0201 },
    { 4, get_u32le, 0x04030201 },
    { 8, get_u64le, UINT64_C(0x0807060504030201) },
    { 2, get_u16be, 0x0102 },
    { 4, get_u32be, 0x01020304 },
};

static void
check_getter(const struct getter *g, size_t n)
{
    struct view v = message_new(n);
    struct rd r = rd_init(v);
    bool fits = n >= g->width;

    assert_int_equal(g->get(&r), fits ? g->want : 0);
    assert_int_equal(rd_end(&r, BAD), fits ? 0 : BAD);
    assert_int_equal(rd_left(&r), fits ? n - g->width : 0);
    assert_int_equal(rd_end_exact(&r, BAD), fits && n == g->width ? 0 : BAD);
    message_free(v);
}

static void
test_numbers_at_every_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(getters); i++) {
        for (size_t n = 0; n <= 10; n++)
            check_getter(&getters[i], n);
    }
}

/* High bytes must not be extended by a sign. */
static void
test_numbers_all_ones(void **state)
{
    uint8_t ones[8];
    static const uint64_t want[] = { 0xFF, 0xFFFF, 0xFFFFFFFF, UINT64_MAX, 0xFFFF, 0xFFFFFFFF };

    (void)state;
    memset(ones, 0xFF, sizeof(ones));
    for (size_t i = 0; i < UNIT_COUNT(getters); i++) {
        struct rd r = rd_init(view_of(ones, sizeof(ones)));

        assert_true(getters[i].get(&r) == want[i]);
    }
}

/* After one failure everything yields nothing, though the bytes are there. */
static void
check_sticky(struct rd *r)
{
    uint8_t out[2] = { 9, 9 };

    assert_int_equal(rd_end(r, BAD), BAD);
    for (size_t i = 0; i < UNIT_COUNT(getters); i++)
        assert_int_equal(getters[i].get(r), 0);
    assert_int_equal(rd_view(r, 1).n, 0);
    assert_null(rd_view(r, 1).p);
    assert_int_equal(rd_at(r, 0, 1).n, 0);
    assert_int_equal(rd_rest(r).n, 0);
    assert_int_equal(rd_left(r), 0);
    rd_bytes(r, out, 2);
    assert_int_equal(out[0] | out[1], 0);
    rd_skip(r, 0);
    assert_int_equal(rd_end(r, BAD), BAD);
    assert_int_equal(rd_end_exact(r, BAD), BAD);
}

static void
test_failure_is_sticky(void **state)
{
    struct view v = message_new(MESSAGE_MAX);
    struct rd r;

    (void)state;
    for (int way = 0; way < 7; way++) {
        r = rd_init(v);
        rd_skip(&r, 3);
        switch (way) {
        case 0: rd_skip(&r, MESSAGE_MAX); break;
        case 1: (void)rd_view(&r, SIZE_MAX); break;
        case 2: rd_expect(&r, "\x04\x06", 2); break;
        case 3: rd_expect_u32le(&r, 1); break;
        case 4: (void)rd_at(&r, MESSAGE_MAX, 1); break;
        case 5: rd_fail(&r); break;
        default: rd_bytes(&r, (uint8_t[MESSAGE_MAX]){ 0 }, MESSAGE_MAX - 2); break;
        }
        check_sticky(&r);
    }
    message_free(v);
}

/* A number that does not fit takes nothing: half of it is not left behind as consumed. */
static void
test_u64_is_whole_or_nothing(void **state)
{
    struct view v = message_new(7);
    struct rd r = rd_init(v);

    (void)state;
    assert_true(rd_u64le(&r) == 0);
    assert_int_equal(r.at, 0);
    assert_true(r.failed);
    message_free(v);
}

static void
test_views_at_every_length(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MESSAGE_MAX; n++) {
        struct view v = message_new(n);

        for (size_t want = 0; want <= n + 1; want++) {
            struct rd r = rd_init(v);
            struct view got = rd_view(&r, want);

            assert_int_equal(got.n, want <= n ? want : 0);
            assert_ptr_equal(got.p, want <= n && want > 0 ? v.p : NULL);
            assert_int_equal(rd_end(&r, BAD), want <= n ? 0 : BAD);
        }
        message_free(v);
    }
}

/* Offsets and lengths are a peer's: no sum of them may wrap into the message. */
static void
check_at(struct view v, size_t offset, size_t n, bool allowed)
{
    struct rd r = rd_init(v);
    struct view got;

    rd_skip(&r, 1);
    got = rd_at(&r, offset, n);
    assert_int_equal(rd_end(&r, BAD), allowed ? 0 : BAD);
    assert_int_equal(got.n, allowed ? n : 0);
    if (allowed && n > 0)
        assert_ptr_equal(got.p, v.p + offset);
    /* The cursor itself stays where it was. */
    if (allowed)
        assert_int_equal(rd_u8(&r), 2);
}

static void
test_at_offsets(void **state)
{
    struct view v = message_new(MESSAGE_MAX);
    static const size_t huge[] = {
        SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - MESSAGE_MAX + 1, SIZE_MAX / 2 + 1, UINT32_MAX,
    };

    (void)state;
    for (size_t offset = 0; offset <= MESSAGE_MAX + 1; offset++) {
        for (size_t n = 0; n <= MESSAGE_MAX + 1; n++)
            check_at(v, offset, n, offset + n <= MESSAGE_MAX);
    }
    for (size_t i = 0; i < UNIT_COUNT(huge); i++) {
        for (size_t k = 0; k <= MESSAGE_MAX; k++) {
            check_at(v, huge[i], k, false);
            check_at(v, k, huge[i], false);
        }
        check_at(v, huge[i], huge[i], false);
    }
    message_free(v);
}

static void
test_expect(void **state)
{
    struct view v = message_new(8);
    struct rd r = rd_init(v);

    (void)state;
    rd_expect(&r, "\x01\x02\x03\x04", 4);
    rd_expect(&r, NULL, 0);
    rd_expect_u32le(&r, 0x08070605);
    assert_int_equal(rd_end_exact(&r, BAD), 0);

    /* The end of the message is no match for zeros. */
    r = rd_init(v);
    rd_skip(&r, 6);
    rd_expect_u32le(&r, 0);
    assert_int_equal(rd_end(&r, BAD), BAD);
    message_free(v);
}

static void
test_bytes_and_rest(void **state)
{
    struct view v = message_new(8);
    struct rd r = rd_init(v);
    uint8_t out[5] = { 0xEE, 0xEE, 0xEE, 0xEE, 0xEE };

    (void)state;
    rd_bytes(&r, out, 4);
    assert_memory_equal(out, "\x01\x02\x03\x04\xEE", 5);
    assert_int_equal(rd_rest(&r).n, 4);
    assert_int_equal(rd_left(&r), 0);
    assert_int_equal(rd_rest(&r).n, 0);
    assert_int_equal(rd_end_exact(&r, BAD), 0);
    /* Past the end: zeros, exactly as many as asked for. */
    memset(out, 0xEE, sizeof(out));
    rd_bytes(&r, out, 4);
    assert_memory_equal(out, "\0\0\0\0\xEE", 5);
    assert_int_equal(rd_end(&r, BAD), BAD);
    message_free(v);
}

/* A message of no bytes may have no address. */
static void
test_empty(void **state)
{
    struct rd r = rd_init(view_of(NULL, 0));

    (void)state;
    assert_int_equal(rd_left(&r), 0);
    assert_int_equal(rd_rest(&r).n, 0);
    assert_int_equal(rd_at(&r, 0, 0).n, 0);
    rd_skip(&r, 0);
    rd_bytes(&r, NULL, 0);
    assert_int_equal(rd_end_exact(&r, BAD), 0);
    assert_int_equal(rd_u8(&r), 0);
    assert_int_equal(rd_end(&r, BAD), BAD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_at_every_length),
        cmocka_unit_test(test_numbers_all_ones),
        cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_u64_is_whole_or_nothing),
        cmocka_unit_test(test_views_at_every_length),
        cmocka_unit_test(test_at_offsets),
        cmocka_unit_test(test_expect),
        cmocka_unit_test(test_bytes_and_rest),
        cmocka_unit_test(test_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
