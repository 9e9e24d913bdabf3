/* The writing cursor: layout, room at every boundary, growth up to the limit, and taking. */
#include "unit.h"

#include "base/rd.h"
#include "base/wr.h"

#define BAD (-77)
#define ROOM 32
#define GUARD 0xA5

/* One put of each kind, and how wide it is. */
struct putter {
    size_t width;
    void (*put)(struct wr *w);
    const char *want;
};

static void put_u8(struct wr *w) { wr_u8(w, 0xF1); }
static void put_u16le(struct wr *w) { wr_u16le(w, 0xF1F2); }
static void put_u32le(struct wr *w) { wr_u32le(w, 0xF1F2F3F4); }
static void put_u64le(struct wr *w) { wr_u64le(w, UINT64_C(0xF1F2F3F4F5F6F7F8)); }
static void put_u16be(struct wr *w) { wr_u16be(w, 0xF1F2); }
static void put_u32be(struct wr *w) { wr_u32be(w, 0xF1F2F3F4); }
static void put_view(struct wr *w) { wr_view(w, view_of("abc", 3)); }
static void put_bytes(struct wr *w) { wr_bytes(w, "abcde", 5); }
static void put_zeros(struct wr *w) { wr_zeros(w, 6); }

static const struct putter putters[] = {
    { 1, put_u8, "\xF1" },
    { 2, put_u16le, "\xF2\xF1" },
    { 4, put_u32le, "\xF4\xF3\xF2\xF1" },
    { 8, put_u64le, "\xF8\xF7\xF6\xF5\xF4\xF3\xF2\xF1" },
    { 2, put_u16be, "\xF1\xF2" },
    { 4, put_u32be, "\xF1\xF2\xF3\xF4" },
    { 3, put_view, "abc" },
    { 5, put_bytes, "abcde" },
    { 6, put_zeros, "\0\0\0\0\0\0" },
};

/* Whole or nothing, and never a byte beyond the room. */
static void
check_putter(const struct putter *p, size_t room)
{
    uint8_t buffer[ROOM];
    bool fits = room >= p->width;
    struct wr w = wr_init(buffer, room);

    memset(buffer, GUARD, sizeof(buffer));
    p->put(&w);
    assert_int_equal(wr_end(&w, BAD), fits ? 0 : BAD);
    assert_int_equal(w.len, fits ? p->width : 0);
    assert_int_equal(wr_written(&w).n, w.len);
    if (fits)
        assert_memory_equal(buffer, p->want, p->width);
    for (size_t i = w.len; i < sizeof(buffer); i++)
        assert_int_equal(buffer[i], GUARD);
}

static void
test_puts_at_every_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(putters); i++) {
        for (size_t room = 0; room <= 10; room++)
            check_putter(&putters[i], room);
    }
}

/* What did not fit stays lost: smaller writes that would fit do not go in after it. */
static void
test_failure_is_sticky(void **state)
{
    uint8_t buffer[ROOM];
    struct wr w = wr_init(buffer, 6);

    (void)state;
    wr_u32le(&w, 1);
    wr_u32le(&w, 2);
    for (size_t i = 0; i < UNIT_COUNT(putters); i++)
        putters[i].put(&w);
    wr_u8(&w, 3);
    wr_set_u16le(&w, 0, 0xFFFF);
    assert_int_equal(w.len, 4);
    assert_int_equal(wr_end(&w, BAD), BAD);
    assert_int_equal(wr_written(&w).n, 0);
    assert_memory_equal(buffer, "\x01\0\0\0", 4);
}

static void
test_nothing_is_nothing(void **state)
{
    struct wr w = wr_init(NULL, 0);

    (void)state;
    wr_bytes(&w, NULL, 0);
    wr_zeros(&w, 0);
    wr_view(&w, view_of(NULL, 0));
    wr_set_bytes(&w, 0, NULL, 0);
    assert_int_equal(wr_end(&w, BAD), 0);
    wr_u8(&w, 1);
    assert_int_equal(wr_end(&w, BAD), BAD);
}

static void
test_huge_lengths_do_not_wrap(void **state)
{
    uint8_t buffer[ROOM];
    static const size_t huge[] = { SIZE_MAX, SIZE_MAX - 3, SIZE_MAX / 2 + 1 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(huge); i++) {
        struct wr w = wr_init(buffer, sizeof(buffer));
        struct wr h = wr_init_heap(ROOM);

        wr_u32le(&w, 1);
        wr_zeros(&w, huge[i]);
        assert_int_equal(wr_end(&w, BAD), BAD);
        wr_u32le(&h, 1);
        wr_zeros(&h, huge[i]);
        assert_int_equal(wr_end(&h, BAD), BAD);
        wr_wipe(&h);
    }
}

/* Lengths known later: only over what is written. */
static void
check_set(size_t at, size_t n, bool allowed)
{
    uint8_t buffer[ROOM];
    struct wr w = wr_init(buffer, sizeof(buffer));
    uint8_t want[8] = { 0 };

    memset(buffer, GUARD, sizeof(buffer));
    wr_zeros(&w, 8);
    wr_set_bytes(&w, at, "\x11\x12\x13\x14\x15\x16\x17\x18\x19", n);
    assert_int_equal(wr_end(&w, BAD), allowed ? 0 : BAD);
    if (allowed && n > 0)
        memcpy(want + at, "\x11\x12\x13\x14\x15\x16\x17\x18", n);
    assert_memory_equal(buffer, want, 8);
    assert_int_equal(buffer[8], GUARD);
    assert_int_equal(w.len, 8);
}

static void
test_set(void **state)
{
    uint8_t buffer[ROOM] = { 0 };
    struct wr w = wr_init(buffer, sizeof(buffer));

    (void)state;
    for (size_t at = 0; at <= 9; at++) {
        for (size_t n = 0; n <= 9; n++)
            check_set(at, n, at + n <= 8);
    }
    check_set(SIZE_MAX, 2, false);
    check_set(SIZE_MAX - 1, 2, false);
    check_set(4, SIZE_MAX, false);
    check_set(4, SIZE_MAX - 3, false);

    wr_zeros(&w, 8);
    wr_set_u16le(&w, 1, 0x0102);
    wr_set_u32le(&w, 4, 0x03040506);
    assert_memory_equal(buffer, "\0\x02\x01\0\x06\x05\x04\x03", 8);
    wr_set_u32le(&w, 5, 0);
    assert_int_equal(wr_end(&w, BAD), BAD);
}

/* The heap form keeps what it has while it grows, and stops at the limit exactly. */
static void
test_heap_growth(void **state)
{
    static const size_t limits[] = { 1, 255, 256, 257, 1000, 65536 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(limits); i++) {
        struct wr w = wr_init_heap(limits[i]);

        for (size_t n = 0; n < limits[i]; n++)
            wr_u8(&w, (uint8_t)(n * 7));
        assert_int_equal(wr_end(&w, BAD), 0);
        assert_int_equal(w.len, limits[i]);
        assert_true(w.room <= limits[i]);
        for (size_t n = 0; n < limits[i]; n++)
            assert_int_equal(wr_written(&w).p[n], (uint8_t)(n * 7));
        wr_u8(&w, 0);
        assert_int_equal(wr_end(&w, BAD), BAD);
        assert_int_equal(w.len, limits[i]);
        wr_wipe(&w);
        assert_null(w.p);
    }
}

static void
test_heap_limit_in_one_piece(void **state)
{
    struct wr w = wr_init_heap(1000);

    (void)state;
    wr_zeros(&w, 1001);
    assert_int_equal(wr_end(&w, BAD), BAD);
    assert_null(w.p);
    wr_wipe(&w);
    /* Wiped, it is as new. */
    wr_zeros(&w, 1000);
    assert_int_equal(wr_end(&w, BAD), 0);
    wr_wipe(&w);
}

static void
test_take(void **state)
{
    struct wr w = wr_init_heap(1000);
    uint8_t *p, fixed[4];
    size_t n = 99;

    (void)state;
    assert_null(wr_take(&w, &n));
    assert_int_equal(n, 0);
    wr_bytes(&w, "answer", 6);
    p = wr_take(&w, &n);
    assert_non_null(p);
    assert_int_equal(n, 6);
    assert_memory_equal(p, "answer", 6);
    free(p);
    /* The cursor is empty and works on. */
    assert_int_equal(w.len, 0);
    wr_bytes(&w, "more", 4);
    assert_int_equal(wr_end(&w, BAD), 0);
    wr_zeros(&w, 2000);
    assert_null(wr_take(&w, &n));
    assert_int_equal(n, 0);
    wr_wipe(&w);

    w = wr_init(fixed, sizeof(fixed));
    wr_u8(&w, 1);
    assert_null(wr_take(&w, &n));
}

static void
test_wipe_of_fixed_resets(void **state)
{
    uint8_t buffer[4] = { 0 };
    struct wr w = wr_init(buffer, sizeof(buffer));

    (void)state;
    wr_zeros(&w, 5);
    wr_wipe(&w);
    wr_u32le(&w, 0x01020304);
    assert_int_equal(wr_end(&w, BAD), 0);
    assert_ptr_equal(wr_written(&w).p, buffer);
    assert_memory_equal(buffer, "\x04\x03\x02\x01", 4);
}

/* What wr writes, rd reads. */
static void
test_round_trip(void **state)
{
    struct wr w = wr_init_heap(100);
    struct rd r;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(putters); i++)
        putters[i].put(&w);
    r = rd_init(wr_written(&w));
    assert_int_equal(rd_u8(&r), 0xF1);
    assert_int_equal(rd_u16le(&r), 0xF1F2);
    assert_int_equal(rd_u32le(&r), 0xF1F2F3F4);
    assert_true(rd_u64le(&r) == UINT64_C(0xF1F2F3F4F5F6F7F8));
    assert_int_equal(rd_u16be(&r), 0xF1F2);
    assert_int_equal(rd_u32be(&r), 0xF1F2F3F4);
    rd_expect(&r, "abcabcde\0\0\0\0\0\0", 14);
    assert_int_equal(rd_end_exact(&r, BAD), 0);
    wr_wipe(&w);
}

static void
test_insert(void **state)
{
    uint8_t buffer[8] = { 0 };
    struct wr w = wr_init(buffer, sizeof(buffer));

    (void)state;
    wr_bytes(&w, "abc", 3);
    wr_insert(&w, 1, "XY", 2);
    wr_insert(&w, 5, "Z", 1);
    wr_insert(&w, 0, NULL, 0);
    assert_int_equal(wr_written(&w).n, 6);
    assert_memory_equal(buffer, "aXYbcZ\0", 8);
    wr_insert(&w, 0, "123", 3);
    assert_int_equal(wr_end(&w, BAD), BAD);
    assert_memory_equal(buffer, "aXYbcZ\0", 8);
    w = wr_init(buffer, sizeof(buffer));
    wr_insert(&w, 1, "X", 1);
    assert_int_equal(wr_end(&w, BAD), BAD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_puts_at_every_room),
        cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_nothing_is_nothing),
        cmocka_unit_test(test_huge_lengths_do_not_wrap),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_insert),
        cmocka_unit_test(test_heap_growth),
        cmocka_unit_test(test_heap_limit_in_one_piece),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_wipe_of_fixed_resets),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
