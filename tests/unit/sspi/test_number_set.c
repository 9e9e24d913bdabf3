/* The set of numbers against the simplest set there is: an array of flags. */
#include "unit.h"

#include "sspi/number_set.h"

#define SPAN 4096u
#define STEPS 200000u

static uint32_t
next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

/* As packages choose numbers: addresses, small indices, and everything between. */
static uint64_t
number_of(uint32_t i)
{
    if (i % 3 == 0)
        return i;
    return i % 3 == 1 ? UINT64_C(0x7f0000000000) + i * 64u : (uint64_t)i << 40;
}

static void
behaves_like_a_set(void **state)
{
    static bool have[SPAN];
    struct sspi_number_set s = { 0 };
    uint32_t x = 0x2545f491, i;

    (void)state;
    for (i = 0; i < STEPS; i++) {
        uint32_t r = next_random(&x), at = (r >> 4) % SPAN;

        if ((r & 1) != 0) {
            assert_int_equal(sspi_number_add(&s, number_of(at)), !have[at]);
            have[at] = true;
        } else {
            sspi_number_remove(&s, number_of(at));
            have[at] = false;
        }
    }
    for (i = 0; i < SPAN; i++)
        assert_int_equal(sspi_number_has(&s, number_of(i)), have[i]);
    sspi_number_wipe(&s);
}

static void
zero_and_all_ones_are_numbers(void **state)
{
    struct sspi_number_set s = { 0 };

    (void)state;
    assert_false(sspi_number_has(&s, 0));
    assert_true(sspi_number_add(&s, 0));
    assert_false(sspi_number_add(&s, 0));
    assert_true(sspi_number_add(&s, UINT64_MAX));
    sspi_number_remove(&s, 0);
    assert_false(sspi_number_has(&s, 0));
    assert_true(sspi_number_has(&s, UINT64_MAX));
    sspi_number_remove(&s, 5);
    sspi_number_wipe(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_like_a_set),
        cmocka_unit_test(zero_and_all_ones_are_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
