/* The arena: alignment, zeros, limits, overflow, and that nothing is left after the wipe. */
#include "unit.h"

#include "base/arena.h"

#define LIMIT 65536

static bool
is_all(const uint8_t *p, size_t n, uint8_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != value)
            return false;
    }
    return true;
}

/* Every piece aligned, zeroed, and apart from all others: each keeps its own pattern. */
static void
test_pieces(void **state)
{
    enum { N = 150 };
    struct arena a;
    uint8_t *p[N];

    (void)state;
    arena_init(&a, LIMIT);
    for (size_t i = 0; i < N; i++) {
        p[i] = arena_new(&a, i);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % 16, 0);
        assert_true(is_all(p[i], i, 0));
        memset(p[i], (int)(i + 1), i);
    }
    for (size_t i = 0; i < N; i++)
        assert_true(is_all(p[i], i, (uint8_t)(i + 1)));
    assert_ptr_not_equal(p[0], p[1]);
    arena_wipe(&a);
}

/* Small requests cost no heap. */
static void
test_inline_first(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < ARENA_INLINE / 16; i++)
        assert_non_null(arena_new(&a, 16));
    assert_int_equal(a.total, 0);
    assert_null(a.blocks);
    assert_null(arena_new(&a, 1));
    arena_wipe(&a);
    assert_non_null(arena_new(&a, ARENA_INLINE));
    arena_wipe(&a);
}

static void
test_limit_is_kept(void **state)
{
    static const size_t pieces[] = { 1, 100, 5000, 40000 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(pieces); i++) {
        struct arena a;
        size_t count = 0;

        arena_init(&a, LIMIT);
        while (arena_new(&a, pieces[i]) != NULL) {
            count++;
            assert_true(a.total <= LIMIT);
            assert_true(count * pieces[i] <= LIMIT + ARENA_INLINE);
        }
        assert_true(count > 0);
        arena_wipe(&a);
    }
}

/* A refused request does not spoil the arena: one that fits still works. */
static void
test_refusal_is_not_sticky(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, LIMIT);
    assert_null(arena_new(&a, LIMIT));
    assert_null(arena_new(&a, SIZE_MAX));
    assert_null(arena_new(&a, SIZE_MAX - 15));
    assert_null(arena_new(&a, SIZE_MAX - 64));
    assert_int_equal(a.total, 0);
    /* All that the limit allows beside a block's header. */
    assert_non_null(arena_new(&a, LIMIT - 32));
    assert_non_null(arena_new(&a, ARENA_INLINE));
    assert_null(arena_new(&a, 1));
    arena_wipe(&a);
}

static void
test_array_overflow(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, LIMIT);
    assert_null(arena_array(&a, SIZE_MAX / 2 + 1, 2));
    assert_null(arena_array(&a, 2, SIZE_MAX / 2 + 1));
    assert_null(arena_array(&a, SIZE_MAX, SIZE_MAX));
    assert_null(arena_array(&a, (size_t)1 << 32, (size_t)1 << 32));
    assert_non_null(arena_array(&a, 0, 8));
    assert_non_null(arena_array(&a, 100, 24));
    arena_wipe(&a);
}

static void
test_copy(void **state)
{
    static const char text[] = "Administrator";
    struct arena a;
    uint8_t *p;

    (void)state;
    arena_init(&a, LIMIT);
    p = arena_copy(&a, view_of(text, sizeof(text)));
    assert_non_null(p);
    assert_ptr_not_equal(p, text);
    assert_memory_equal(p, text, sizeof(text));
    assert_non_null(arena_copy(&a, view_of(NULL, 0)));
    assert_null(arena_copy(&a, view_of(text, SIZE_MAX)));
    arena_wipe(&a);
}

/* Secrets in the inline room are gone; memory used again reads zero. */
static void
test_wiped(void **state)
{
    struct arena a;
    uint8_t *p;

    (void)state;
    arena_init(&a, LIMIT);
    p = arena_new(&a, 500);
    memset(p, 0x77, 500);
    memset(arena_new(&a, 3000), 0x77, 3000);
    arena_wipe(&a);
    assert_true(is_all(a.inline_room, 512, 0));
    assert_int_equal(a.total, 0);
    assert_int_equal(a.inline_used, 0);
    assert_int_equal(a.limit, LIMIT);
    assert_null(a.blocks);
    p = arena_new(&a, ARENA_INLINE);
    assert_true(is_all(p, ARENA_INLINE, 0));
    arena_wipe(&a);
    arena_wipe(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_inline_first),
        cmocka_unit_test(test_limit_is_kept),
        cmocka_unit_test(test_refusal_is_not_sticky),
        cmocka_unit_test(test_array_overflow),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
