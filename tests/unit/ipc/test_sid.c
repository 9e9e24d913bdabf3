/*
 * SIDs as bytes and text, against the well-known SIDs of MS-DTYP 2.4.2.4 and
 * the grammar of 2.4.2.1.
 */
#include "base/sid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct known {
    const char *text;
    size_t n;
    uint8_t bytes[SID_BYTES_MAX];
};

static const struct known known[] = {
    { "S-1-0-0", 12, { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },              /* NULL */
    { "S-1-1-0", 12, { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 } },              /* EVERYONE */
    { "S-1-5-18", 12, { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 } },            /* LOCAL_SYSTEM */
    { "S-1-5-32-544", 16,                                       /* BUILTIN_ADMINISTRATORS */
      { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 0x02, 0, 0 } },
    { "S-1-16-12288", 12, { 1, 1, 0, 0, 0, 0, 0, 16, 0, 0x30, 0, 0 } },     /* ML_HIGH */
    { "S-1-5-21-397955417-626881126-188441444-512", 28,         /* DOMAIN_ADMINS of a domain */
      { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x59, 0x51, 0xb8, 0x17, 0x66, 0x72, 0x5d, 0x25,
        0x64, 0x63, 0x3b, 0x0b, 0, 2, 0, 0 } },
    { "S-1-5-21-4294967295-0-1", 24,
      { 1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 0, 0, 0 } },
    { "S-1-4294967295-7", 12, { 1, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0 } },
    { "S-1-0x000100000000-7", 12, { 1, 1, 0, 1, 0, 0, 0, 0, 7, 0, 0, 0 } },
    { "S-1-0xfedcba987654-7", 12, { 1, 1, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 7, 0, 0, 0 } },
    { "S-1-5", 8, { 1, 0, 0, 0, 0, 0, 0, 5 } },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        struct view bytes = view_of(known[i].bytes, known[i].n);
        char text[SID_TEXT_MAX];
        struct sid sid;

        assert_true(sid_is_valid(bytes));
        assert_true(sid_format(bytes, text));
        assert_string_equal(text, known[i].text);
        assert_true(sid_parse_text(known[i].text, &sid));
        assert_true(view_is_equal(sid_view(&sid), bytes));
        memset(&sid, 0xee, sizeof(sid));
        assert_true(sid_from_view(bytes, &sid));
        assert_true(view_is_equal(sid_view(&sid), bytes));
    }
}

/* Other spellings that the grammar allows, and what they are in ours. */
static void
test_other_spellings(void **state)
{
    static const char *const spellings[][2] = {
        { "s-1-1-0", "S-1-1-0" },
        { "S-1-0x000000000005-32-544", "S-1-5-32-544" },
        { "S-1-0XFEDCBA987654-7", "S-1-0xfedcba987654-7" },
        { "S-1-0005-0032", "S-1-5-32" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(spellings); i++) {
        char text[SID_TEXT_MAX];
        struct sid sid;

        assert_true(sid_parse_text(spellings[i][0], &sid));
        assert_true(sid_format(sid_view(&sid), text));
        assert_string_equal(text, spellings[i][1]);
    }
}

static void
test_bad_text(void **state)
{
    static const char *const bad[] = {
        "", "S", "S-", "S-1", "S-1-", "S-1--", "S-1-5-", "S-1-5--1", "S-2-5-32", "S-1-5-32-",
        "S-1-5-32 ", " S-1-5-32", "S-1-5-32x", "S-1-5-x", "S-1-5-0x20", "S-1-5-4294967296",
        "S-1-5-99999999999", "S-1-5-00000000001", "S-1-4294967296-1", "S-1-0x1-1",
        "S-1-0x00010000000-7", "S-1-0x0001000000000-7", "S-1-0x00010000000g-7", "S-1-0x",
        "S-1-5-+1", "S-1-5--1", "S-1-5-1.", "T-1-5-1", "S-1-5-32\n",
        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct sid sid = { .n = 5 };

        if (sid_parse_text(bad[i], &sid))
            fail_msg("%s is no SID", bad[i]);
        assert_int_equal(sid.n, 0);
    }
}

/* The longest: 15 sub-authorities, all at their widest. */
static void
test_longest(void **state)
{
    struct sid sid = { .n = SID_BYTES_MAX, .bytes = { 1, 15 } }, out;
    char text[SID_TEXT_MAX];

    (void)state;
    memset(sid.bytes + 2, 0xff, SID_BYTES_MAX - 2);
    assert_true(sid_format(sid_view(&sid), text));
    assert_int_equal(strlen(text), 4 + 14 + 15 * 11);
    assert_true(sid_parse_text(text, &out));
    assert_true(view_is_equal(sid_view(&sid), sid_view(&out)));
    assert_false(sid_append(&sid, 1, &out));
    assert_int_equal(out.n, 0);
}

/* Every length but the one that the count says, and every other revision. */
static void
test_bad_bytes(void **state)
{
    uint8_t bytes[SID_BYTES_MAX + 8] = { 1 };
    char text[SID_TEXT_MAX];
    struct sid sid;

    (void)state;
    for (unsigned subs = 0; subs < 256; subs++) {
        bytes[1] = (uint8_t)subs;
        for (size_t n = 0; n < sizeof(bytes); n++) {
            bool want = subs <= 15 && n == 8 + 4 * subs;

            assert_int_equal(sid_is_valid(view_of(bytes, n)), want);
            assert_int_equal(sid_format(view_of(bytes, n), text), want);
            assert_int_equal(sid_from_view(view_of(bytes, n), &sid), want);
        }
    }
    bytes[1] = 1;
    for (unsigned revision = 0; revision < 256; revision++) {
        bytes[0] = (uint8_t)revision;
        assert_int_equal(sid_is_valid(view_of(bytes, 12)), revision == 1);
    }
    assert_false(sid_is_valid(view_of(NULL, 0)));
}

static void
test_domain_and_rid(void **state)
{
    struct sid domain, other, admins, builtin;
    uint32_t rid = 0;
    char text[SID_TEXT_MAX];

    (void)state;
    assert_true(sid_parse_text("S-1-5-21-397955417-626881126-188441444", &domain));
    assert_true(sid_parse_text("S-1-5-21-397955417-626881126-188441445", &other));
    assert_true(sid_parse_text("S-1-5-32", &builtin));
    assert_true(sid_append(&domain, 512, &admins));
    assert_true(sid_format(sid_view(&admins), text));
    assert_string_equal(text, "S-1-5-21-397955417-626881126-188441444-512");
    assert_true(sid_has_domain(sid_view(&admins), &domain, &rid));
    assert_int_equal(rid, 512);
    assert_false(sid_has_domain(sid_view(&admins), &other, &rid));
    assert_false(sid_has_domain(sid_view(&admins), &builtin, &rid));
    assert_false(sid_has_domain(sid_view(&domain), &domain, &rid));
    assert_false(sid_has_domain(sid_view(&domain), &admins, &rid));
    assert_false(sid_has_domain(view_of(admins.bytes, admins.n - 1u), &domain, &rid));
    assert_false(sid_has_domain(view_of(NULL, 0), &domain, &rid));
    /* In place: the result may be the domain itself. */
    assert_true(sid_append(&builtin, 544, &builtin));
    assert_true(sid_format(sid_view(&builtin), text));
    assert_string_equal(text, "S-1-5-32-544");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_other_spellings),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_domain_and_rid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
