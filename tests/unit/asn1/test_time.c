/*
 * KerberosTime: RFC 4120 5.2.3's example, and OpenSSL's GeneralizedTime for
 * days over the whole range.
 */
#include "unit.h"

#include <openssl/asn1.h>

#include "asn1/der.h"

#define DAY INT64_C(86400)
#define FIRST INT64_C(-62167219200)     /* 0000-01-01 00:00:00 */
#define LAST INT64_C(253402300799)      /* 9999-12-31 23:59:59 */

static bool
parse(const char *text, int64_t *seconds)
{
    return der_time_parse(view_of(text, strlen(text)), seconds);
}

/* RFC 4120 5.2.3: 6 minutes, 27 seconds after 9 pm on 6 November 1985. */
static void
test_example(void **state)
{
    uint8_t text[DER_TIME_SIZE];
    int64_t seconds = 0;

    (void)state;
    assert_true(parse("19851106210627Z", &seconds));
    assert_int_equal(seconds, 500159187);
    assert_true(der_time_build(seconds, text));
    assert_memory_equal(text, "19851106210627Z", DER_TIME_SIZE);
}

static void
check_second(int64_t seconds)
{
    ASN1_GENERALIZEDTIME *theirs = ASN1_GENERALIZEDTIME_set(NULL, (time_t)seconds);
    uint8_t text[DER_TIME_SIZE];
    int64_t back = 0;

    assert_non_null(theirs);
    assert_int_equal(ASN1_STRING_length(theirs), DER_TIME_SIZE);
    assert_true(der_time_build(seconds, text));
    assert_memory_equal(text, ASN1_STRING_get0_data(theirs), DER_TIME_SIZE);
    assert_true(der_time_parse(view_of(text, sizeof(text)), &back));
    assert_int_equal(back, seconds);
    ASN1_GENERALIZEDTIME_free(theirs);
}

static void
test_days_are_openssls(void **state)
{
    (void)state;
    for (int64_t s = FIRST; s <= LAST; s += 97 * DAY + 3661)
        check_second(s);
    /* Four centuries of ends of February. */
    for (int64_t s = INT64_C(946684800); s < INT64_C(946684800) + 146097 * DAY; s += DAY * 30)
        check_second(s + DAY - 1);
    check_second(FIRST);
    check_second(LAST);
    check_second(-1);
    check_second(0);
}

static void
test_what_is_no_time(void **state)
{
    static const char *const wrong[] = {
        "", "Z", "1985110621062Z", "19851106210627", "19851106210627z", "19851106210627Z0",
        "19851106210627.0Z", "19851106210627+0000", "19850011000000Z", "19851301000000Z",
        "19850100000000Z", "19850132000000Z", "19850229000000Z", "19000229000000Z",
        "20000230000000Z", "19851106240000Z", "19851106216000Z", "19851106210660Z",
        "1985110621062 Z", "-9851106210627Z",
    };
    int64_t seconds;
    uint8_t text[DER_TIME_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        if (parse(wrong[i], &seconds))
            fail_msg("'%s' was taken", wrong[i]);
    }
    assert_true(parse("20000229235959Z", &seconds));
    assert_false(der_time_build(FIRST - 1, text));
    assert_false(der_time_build(LAST + 1, text));
    assert_false(der_time_build(INT64_MAX, text));
    assert_false(der_time_build(INT64_MIN, text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_days_are_openssls),
        cmocka_unit_test(test_what_is_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
