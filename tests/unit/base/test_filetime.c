/*
 * FILETIME numbers against dates that are published: the epochs of
 * MS-DTYP 2.3.3 and of POSIX, and the C library's own calendar.
 */
#include "unit.h"

#include <time.h>

#include "base/filetime.h"

static void
check_text(int64_t filetime, const char *want)
{
    char text[32];

    memset(text, 'x', sizeof(text));
    filetime_format(filetime, text);
    assert_string_equal(text, want);
}

static void
test_epochs(void **state)
{
    (void)state;
    check_text(0, "1601-01-01T00:00:00Z");
    check_text(INT64_C(116444736000000000), "1970-01-01T00:00:00Z");
    check_text(FILETIME_NEVER, "never");
    assert_true(filetime_from_unix(0) == INT64_C(116444736000000000));
    assert_true(filetime_to_unix(INT64_C(116444736000000000)) == 0);
    assert_true(filetime_to_unix(0) == -FILETIME_UNIX_EPOCH_S);
}

static void
test_format(void **state)
{
    (void)state;
    check_text(filetime_from_unix(1769860800), "2026-01-31T12:00:00Z");
    check_text(filetime_from_unix(951782400), "2000-02-29T00:00:00Z");
    /* Parts of a second are cut off, not rounded. */
    check_text(filetime_from_unix(1769860800) + FILETIME_SECOND - 1, "2026-01-31T12:00:00Z");
    check_text(filetime_from_unix(253402300799), "9999-12-31T23:59:59Z");
    /* The last date there is has a year of five digits. */
    check_text(FILETIME_NEVER - 1, "30828-09-14T02:48:05Z");
    check_text(-1, "1600-12-31T23:59:59Z");
}

static void
test_round_trip(void **state)
{
    (void)state;
    for (int64_t s = -FILETIME_UNIX_EPOCH_S; s < INT64_C(300000000000); s += 86399 * 1009) {
        assert_true(filetime_to_unix(filetime_from_unix(s)) == s);
        assert_true(filetime_to_unix(filetime_from_unix(s) + FILETIME_SECOND - 1) == s);
    }
}

/* Numbers of any size come from files and peers: the ends are kept, nothing wraps. */
static void
test_extremes(void **state)
{
    (void)state;
    assert_true(filetime_from_unix(INT64_MAX) == FILETIME_NEVER);
    assert_true(filetime_from_unix(INT64_MAX - FILETIME_UNIX_EPOCH_S) == FILETIME_NEVER);
    assert_true(filetime_from_unix(INT64_MAX / FILETIME_SECOND) == FILETIME_NEVER);
    assert_true(filetime_from_unix(-FILETIME_UNIX_EPOCH_S - 1) == 0);
    assert_true(filetime_from_unix(INT64_MIN) == 0);
    assert_true(filetime_to_unix(INT64_MIN) < filetime_to_unix(0));
    check_text(INT64_MIN, "-27627-04-19T21:11:54Z");
}

/* A virtual machine's clock may be set in between: one of a few tries is left in peace. */
static void
test_now(void **state)
{
    bool between = false;

    (void)state;
    for (int tries = 0; tries < 10 && !between; tries++) {
        int64_t before = (int64_t)time(NULL) - 1, now = filetime_now();
        int64_t after = (int64_t)time(NULL) + 1;

        between = filetime_from_unix(before) <= now && now <= filetime_from_unix(after);
    }
    assert_true(between);
}

static void
test_boot_ms(void **state)
{
    const struct timespec pause = { 0, 30 * 1000 * 1000 };
    int64_t before = filetime_boot_ms(), passed;

    (void)state;
    assert_int_equal(nanosleep(&pause, NULL), 0);
    passed = filetime_boot_ms() - before;
    assert_true(before > 0);
    /* Up to a minute: the machine may be busy, but the unit must be right. */
    assert_true(passed >= 29 && passed < 60 * 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_boot_ms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
