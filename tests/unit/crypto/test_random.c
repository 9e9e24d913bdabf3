/* Random bytes: all of the buffer is written, nothing beyond it, and no call repeats another. */
#include "unit.h"

#include <signal.h>
#include <sys/time.h>

#include "crypto/crypto.h"

/* Above what getrandom(2) gives in one piece while a signal is pending. */
#define BIG 100000
#define GUARD 0x5A

static void
test_fills_exactly(void **state)
{
    uint8_t seen[64] = { 0 }, buffer[66];

    (void)state;
    /* A byte that stays 0 in 40 fills: 2^-320. */
    for (size_t round = 0; round < 40; round++) {
        memset(buffer, GUARD, sizeof(buffer));
        crypto_random(buffer + 1, 64);
        assert_int_equal(buffer[0], GUARD);
        assert_int_equal(buffer[65], GUARD);
        for (size_t i = 0; i < 64; i++)
            seen[i] |= (uint8_t)(buffer[1 + i] ^ GUARD);
    }
    for (size_t i = 0; i < 64; i++)
        assert_int_not_equal(seen[i], 0);
}

static void
test_nothing_for_nothing(void **state)
{
    uint8_t b = GUARD;

    (void)state;
    crypto_random(&b, 0);
    assert_int_equal(b, GUARD);
}

/* Every value of a byte, about equally often: six standard deviations are allowed. */
static void
test_big_and_even(void **state)
{
    uint8_t *p = calloc(1, BIG);
    size_t counts[256] = { 0 };

    (void)state;
    assert_non_null(p);
    crypto_random(p, BIG);
    for (size_t i = 0; i < BIG; i++)
        counts[p[i]]++;
    free(p);
    for (size_t i = 0; i < 256; i++)
        assert_in_range(counts[i], 390 - 120, 390 + 120);
}

static volatile sig_atomic_t alarms;

static void
count_alarm(int sig)
{
    (void)sig;
    alarms++;
}

/* No 32 bytes together are zero, by chance in 2^-230. */
static void
check_no_hole(const uint8_t *p, size_t n)
{
    size_t zeros = 0;

    for (size_t i = 0; i < n; i++) {
        zeros = p[i] == 0 ? zeros + 1 : 0;
        assert_true(zeros < 32);
    }
}

/* Signals cut getrandom(2) short: it goes on where it was, without a hole. */
static void
test_signals(void **state)
{
    enum { N = 16 << 20 };
    const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
    struct sigaction count = { .sa_handler = count_alarm }, late = { .sa_handler = SIG_IGN };
    uint8_t *p = calloc(1, N);

    (void)state;
    assert_non_null(p);
    alarms = 0;
    assert_int_equal(sigaction(SIGALRM, &count, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    crypto_random(p, N);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    /* One may still be on its way. */
    assert_int_equal(sigaction(SIGALRM, &late, NULL), 0);
    assert_true(alarms > 0);
    check_no_hole(p, N);
    free(p);
}

static void
test_no_repeats(void **state)
{
    enum { N = 500 };
    static uint8_t values[N][8];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        crypto_random(values[i], sizeof(values[i]));
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(values[i], values[k], sizeof(values[i]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_exactly),
        cmocka_unit_test(test_nothing_for_nothing),
        cmocka_unit_test(test_big_and_even),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_no_repeats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
