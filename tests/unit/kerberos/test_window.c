/*
 * Sequence windows, case by case: REPLAY and SEQUENCE apart and together, in
 * 32 and 64 bits, at the ends of the circle.
 */
#include "unit.h"

#include "packages/kerberos/protect/window.h"
#include "packages/kerberos/wire/spec.h"

#define NONE 0u
#define REPLAY KRB_GSS_REPLAY
#define SEQUENCE KRB_GSS_SEQUENCE

static bool
take(struct krb_window *w, uint64_t number)
{
    if (!krb_window_check(w, number))
        return false;
    krb_window_add(w, number);
    return true;
}

struct step {
    int64_t offset;     /* from the first number */
    bool none, replay, sequence;
};

/* What RFC 2743 1.2.3 promises, number by number. */
static const struct step steps[] = {
    { 0, true, true, true }, { 0, true, false, false }, { 1, true, true, true },
    { -1, true, false, false },                 /* before the first: never sent */
    { 3, true, true, false },                   /* a gap */
    { 2, true, true, true },                    /* late; with SEQUENCE it is the next */
    { 2, true, false, false }, { 3, true, false, true },
    { 100, true, true, false },                 /* the window moves on by more than its size */
    { 37, true, true, false }, { 36, true, false, false },
    { 37, true, false, false }, { 99, true, true, false }, { 100, true, false, false },
    { 101, true, true, false }, { 4, true, false, true },
};

static void
check_steps(uint32_t flags, bool narrow, uint64_t first)
{
    struct krb_window w;

    krb_window_init(&w, flags, narrow, first);
    for (size_t i = 0; i < UNIT_COUNT(steps); i++) {
        uint64_t number = (first + (uint64_t)steps[i].offset) & w.mask;
        bool want = flags == NONE ? steps[i].none : flags == REPLAY ? steps[i].replay
                                                                    : steps[i].sequence;

        if (take(&w, number) != want)
            fail_msg("flags %x, first %llx, step %zu: %s", flags, (unsigned long long)first, i,
                     want ? "refused" : "taken");
    }
}

static void
test_steps(void **state)
{
    static const uint64_t firsts[] = {
        0, 1, 1000, 0x3FFFFFFF, 0x7FFFFFFE, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF,
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(firsts); i++) {
        for (unsigned narrow = 0; narrow < 2; narrow++) {
            check_steps(NONE, narrow != 0, firsts[i]);
            check_steps(REPLAY, narrow != 0, firsts[i]);
            check_steps(SEQUENCE, narrow != 0, firsts[i]);
            check_steps(SEQUENCE | REPLAY, narrow != 0, firsts[i]);
        }
    }
}

/* 64 bits do not wrap where 32 do. */
static void
test_width(void **state)
{
    struct krb_window w;

    (void)state;
    krb_window_init(&w, SEQUENCE, true, 0xFFFFFFFF);
    assert_true(take(&w, 0xFFFFFFFF));
    assert_true(take(&w, 0));
    krb_window_init(&w, SEQUENCE, false, 0xFFFFFFFF);
    assert_true(take(&w, 0xFFFFFFFF));
    assert_false(take(&w, 0));
    assert_true(take(&w, UINT64_C(0x100000000)));
}

/* Each distance of a late number, seen and not: a shift by 64 is no shift in C. */
static void
test_distances(void **state)
{
    (void)state;
    for (uint64_t ahead = 0; ahead < 140; ahead++) {
        for (uint64_t back = 1; back < 140; back++) {
            struct krb_window w;
            bool fresh;

            krb_window_init(&w, REPLAY, false, 1000);
            assert_true(take(&w, 1000));
            assert_true(take(&w, 1001 + ahead));
            /* Numbers between the two were not seen; 64 before the next are remembered. */
            fresh = back <= ahead && back + 1 <= 64;
            assert_int_equal(take(&w, 1001 + ahead - back), fresh);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_distances),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
