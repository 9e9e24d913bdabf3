/*
 * UTF-8 and UTF-16: RFC 3629's and RFC 2781's examples, every boundary of
 * the forms, and everything malformed refused. glibc's iconv is the second
 * opinion on all code points.
 */
#include "unit.h"

#include <iconv.h>

#include "base/str16.h"

#define BYTES(s) view_of((s), sizeof(s) - 1)


static void
check_pair(struct view utf8, struct view utf16)
{
    size_t units = 99;
    char16_t *wide = str16_from_utf8_n(utf8, &units);
    char *narrow = str16_to_utf8(utf16);

    assert_non_null(wide);
    assert_int_equal(units * 2, utf16.n);
    assert_memory_equal(wide, utf16.p, utf16.n);
    assert_int_equal(wide[units], 0);
    assert_int_equal(str16_length(wide), units);
    assert_non_null(narrow);
    assert_int_equal(strlen(narrow), utf8.n);
    assert_memory_equal(narrow, utf8.p, utf8.n);
    assert_true(str16_is_valid(utf16));
    free(wide);
    free(narrow);
}

static void
test_published(void **state)
{
    (void)state;
    /* RFC 3629, section 7, and RFC 2781, section 5. */
    check_pair(BYTES("A\xE2\x89\xA2\xCE\x91."), BYTES("A\0\x62\x22\x91\x03.\0"));
    check_pair(BYTES("\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4"), BYTES("\x5C\xD5\x6D\xAD\xB4\xC5"));
    check_pair(BYTES("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"), BYTES("\xE5\x65\x2C\x67\x9E\x8A"));
    check_pair(BYTES("\xF0\xA3\x8E\xB4"), BYTES("\x4C\xD8\xB4\xDF"));
    check_pair(BYTES("\xF0\x92\x8D\x85=Ra"), BYTES("\x08\xD8\x45\xDF=\0R\0a\0"));
    check_pair(BYTES(""), BYTES(""));
}

/* First and last of each length, and around the surrogates. */
static void
test_boundaries(void **state)
{
    (void)state;
    check_pair(BYTES("\x01"), BYTES("\x01\0"));
    check_pair(BYTES("\x7F"), BYTES("\x7F\0"));
    check_pair(BYTES("\xC2\x80"), BYTES("\x80\0"));
    check_pair(BYTES("\xDF\xBF"), BYTES("\xFF\x07"));
    check_pair(BYTES("\xE0\xA0\x80"), BYTES("\x00\x08"));
    check_pair(BYTES("\xED\x9F\xBF"), BYTES("\xFF\xD7"));
    check_pair(BYTES("\xEE\x80\x80"), BYTES("\x00\xE0"));
    check_pair(BYTES("\xEF\xBF\xBF"), BYTES("\xFF\xFF"));
    check_pair(BYTES("\xF0\x90\x80\x80"), BYTES("\x00\xD8\x00\xDC"));
    check_pair(BYTES("\xF4\x8F\xBF\xBF"), BYTES("\xFF\xDB\xFF\xDF"));
}

static const char *const bad_utf8[] = {
    "\x80", "\xBF", "a\x80",                            /* continues nothing */
    "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF",             /* overlong */
    "\xF0\x8F\xBF\xBF", "\xC0\xAF", "\xE0\x80\xAF",
    "\xED\xA0\x80", "\xED\xBF\xBF", "\xED\xA1\x8C\xED\xBE\xB4", /* surrogates */
    "\xF4\x90\x80\x80", "\xF7\xBF\xBF\xBF",             /* above U+10FFFF */
    "\xF8\x88\x80\x80\x80", "\xFE", "\xFF",             /* no form at all */
    "\xC2", "\xE2\x89", "\xF0\xA3\x8E",                 /* cut */
    "\xC2" "a", "\xE2\x89" "a", "\xF0\xA3\x8E" "a", "\xC2\xC2\x80",
};

/* In blocks of the exact length, so that a read too far is seen. */
static void
check_bad_utf8(struct view v)
{
    size_t units = 99;
    uint8_t *exact = malloc(v.n);

    assert_non_null(exact);
    memcpy(exact, v.p, v.n);
    assert_null(str16_from_utf8_n(view_of(exact, v.n), &units));
    assert_int_equal(units, 0);
    free(exact);
}

static void
test_bad_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad_utf8); i++) {
        check_bad_utf8(view_of(bad_utf8[i], strlen(bad_utf8[i])));
        assert_null(str16_from_utf8(bad_utf8[i]));
    }
    /* A NUL inside would make the name shorter for one side than for the other. */
    check_bad_utf8(BYTES("ad\0min"));
    check_bad_utf8(BYTES("\0"));
}

static void
check_bad_utf16(struct view v)
{
    char out[64];

    memset(out, 'x', sizeof(out));
    assert_null(str16_to_utf8(v));
    assert_false(str16_is_valid(v));
    assert_false(str16_to_utf8_into(v, out, sizeof(out)));
    assert_int_equal(out[0], '\0');
}

static void
test_bad_utf16(void **state)
{
    (void)state;
    check_bad_utf16(BYTES("\x00\xD8"));                 /* high alone, at the end */
    check_bad_utf16(BYTES("\xFF\xDB" "a\0"));           /* high, then a letter */
    check_bad_utf16(BYTES("\x00\xDC"));                 /* low alone */
    check_bad_utf16(BYTES("\xFF\xDF" "a\0"));
    check_bad_utf16(BYTES("\x00\xDC\x00\xD8"));         /* the wrong way round */
    check_bad_utf16(BYTES("\x00\xD8\x00\xD8\x00\xDC")); /* two highs */
    check_bad_utf16(BYTES("a\0b"));                     /* odd */
    check_bad_utf16(BYTES("a"));
    check_bad_utf16(BYTES("\x00\xD8\x00"));
    check_bad_utf16(BYTES("a\0\0\0b\0"));               /* a NUL inside */
    check_bad_utf16(BYTES("\0\0"));
}

/* Every code point there is, both ways, against iconv. */
static void
check_code_point(iconv_t to16, uint32_t cp)
{
    uint8_t utf32[4] = { (uint8_t)cp, (uint8_t)(cp >> 8), (uint8_t)(cp >> 16), 0 };
    char utf16[8], *in = (char *)utf32, *out = utf16;
    size_t in_n = sizeof(utf32), out_n = sizeof(utf16), units;
    struct view wide;
    char narrow[8];
    char16_t *again;

    assert_int_equal(iconv(to16, &in, &in_n, &out, &out_n), 0);
    wide = view_of(utf16, sizeof(utf16) - out_n);
    assert_true(str16_to_utf8_into(wide, narrow, sizeof(narrow)));
    again = str16_from_utf8_n(view_of(narrow, strlen(narrow)), &units);
    assert_non_null(again);
    assert_int_equal(units * 2, wide.n);
    assert_memory_equal(again, wide.p, wide.n);
    free(again);
}

static void
test_all_code_points(void **state)
{
    iconv_t to16 = iconv_open("UTF-16LE", "UTF-32LE");

    (void)state;
    assert_true(to16 != (iconv_t)-1);
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp += cp < 0x11000 ? 1 : 251) {
        if (cp < 0xD800 || cp > 0xDFFF)
            check_code_point(to16, cp);
    }
    (void)iconv_close(to16);
}

/* Every pair of bytes as one unit: valid exactly outside the surrogates and NUL. */
static void
test_all_single_units(void **state)
{
    (void)state;
    for (uint32_t unit = 0; unit <= 0xFFFF; unit++) {
        uint8_t bytes[2] = { (uint8_t)unit, (uint8_t)(unit >> 8) };
        bool want = unit != 0 && (unit < 0xD800 || unit > 0xDFFF);

        assert_int_equal(str16_is_valid(view_of(bytes, 2)), want);
    }
}

/* Fits exactly, or is not there at all: half a name is never handed out. */
static void
test_into_room(void **state)
{
    struct view name = BYTES("J\0\xFC\0r\0g\0");        /* Jürg: five bytes, and the NUL */
    char out[8];

    (void)state;
    for (size_t room = 0; room <= sizeof(out); room++) {
        bool fits = room >= 6;

        memset(out, 'x', sizeof(out));
        assert_int_equal(str16_to_utf8_into(name, out, room), fits);
        if (fits)
            assert_string_equal(out, "J\xC3\xBCrg");
        else if (room > 0)
            assert_int_equal(out[0], '\0');
        for (size_t i = room; i < sizeof(out); i++)
            assert_int_equal(out[i], 'x');
    }
    assert_true(str16_to_utf8_into(BYTES(""), out, 1));
    assert_string_equal(out, "");
}

static void
test_length(void **state)
{
    (void)state;
    assert_int_equal(str16_length(u""), 0);
    assert_int_equal(str16_length(u"NTLM"), 4);
    assert_int_equal(str16_length(u"\U0001F600"), 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_bad_utf8),
        cmocka_unit_test(test_bad_utf16),
        cmocka_unit_test(test_all_code_points),
        cmocka_unit_test(test_all_single_units),
        cmocka_unit_test(test_into_room),
        cmocka_unit_test(test_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
