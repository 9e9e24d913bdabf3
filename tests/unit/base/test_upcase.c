/*
 * Upper case, against the code charts: whole alphabets by their layout, the
 * exceptions one by one, and properties that hold for any such table.
 */
#include "unit.h"

#include "base/str16.h"

/* Runs where lower and upper case lie a constant distance apart. */
static const struct {
    char16_t first, last;
    int distance;
} runs[] = {
    { 'a', 'z', -32 },
    { 0x00E0, 0x00F6, -32 },        /* à to ö */
    { 0x00F8, 0x00FE, -32 },        /* ø to þ */
    { 0x03B1, 0x03C1, -32 },        /* α to ρ */
    { 0x03C3, 0x03CB, -32 },        /* σ to ϋ */
    { 0x0430, 0x044F, -32 },        /* а to я */
    { 0x0450, 0x045F, -80 },        /* ѐ to џ */
    { 0x0561, 0x0586, -48 },        /* Armenian */
    { 0x10D0, 0x10FA, 0x1C90 - 0x10D0 },    /* Georgian Mkhedruli to Mtavruli */
    { 0x1F00, 0x1F07, 8 },          /* Greek with breathings */
    { 0x2170, 0x217F, -16 },        /* small Roman numerals */
    { 0x24D0, 0x24E9, -26 },        /* letters in circles */
    { 0x2C30, 0x2C5F, -48 },        /* Glagolitic */
    { 0xAB70, 0xABBF, 0x13A0 - 0xAB70 },    /* Cherokee */
    { 0xFF41, 0xFF5A, -32 },        /* full width */
};

/* Alphabets where upper and lower case take turns; the upper one is even. */
static const struct {
    char16_t first, last;
} turns[] = {
    { 0x0100, 0x012F }, { 0x0132, 0x0137 }, { 0x014A, 0x0177 }, { 0x01DE, 0x01EF },
    { 0x01F8, 0x021F }, { 0x0222, 0x0233 }, { 0x0460, 0x0481 }, { 0x048A, 0x04BF },
    { 0x04D0, 0x052F }, { 0x1E00, 0x1E95 }, { 0x1EA0, 0x1EFF }, { 0xA640, 0xA66D },
};

/* The ones by themselves, those without a partner among them. */
static const struct {
    char16_t from, to;
} single[] = {
    { 0x00DF, 0x00DF },     /* ß: its upper case is two letters, or U+1E9E, which is not simple */
    { 0x00FF, 0x0178 },     /* ÿ to Ÿ, out of its block */
    { 0x00F7, 0x00F7 },     /* the division sign, in the midst of letters */
    { 0x00D7, 0x00D7 },
    { 0x00B5, 0x039C },     /* micro sign to Greek M */
    { 0x0131, 0x0049 },     /* dotless ı to I */
    { 0x0130, 0x0130 },     /* İ is upper case */
    { 0x017F, 0x0053 },     /* long s to S */
    { 0x0149, 0x0149 },     /* ŉ: two letters only */
    { 0x01C5, 0x01C4 },     /* title case ǅ to Ǆ */
    { 0x01C6, 0x01C4 },
    { 0x03C2, 0x03A3 },     /* final ς and σ share Σ */
    { 0x03C3, 0x03A3 },
    { 0x03AC, 0x0386 },     /* ά to Ά */
    { 0x03CE, 0x038F },     /* ώ to Ώ */
    { 0x04CF, 0x04C0 },     /* palochka */
    { 0x0390, 0x0390 },     /* ΐ: three letters only */
    { 0x1E9E, 0x1E9E },     /* ẞ */
    { 0x1FB3, 0x1FBC },     /* ᾳ to ᾼ */
    { 0x2C65, 0x023A },     /* to another block, and fewer bytes in UTF-8 */
    { 0x4E00, 0x4E00 },     /* Han has no case */
    { 0x3042, 0x3042 },
    { 0xD800, 0xD800 },     /* surrogates stay */
    { 0xDC28, 0xDC28 },
    { 0xFFFF, 0xFFFF },
    { '@', '@' }, { '[', '[' }, { '`', '`' }, { '{', '{' }, { '0', '0' }, { 0, 0 },
};

static void
test_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(runs); i++) {
        for (uint32_t c = runs[i].first; c <= runs[i].last; c++) {
            uint32_t want = (uint32_t)((int)c + runs[i].distance);

            assert_int_equal(str16_upcase_unit((char16_t)c), want);
            assert_int_equal(str16_upcase_unit((char16_t)want), want);
        }
    }
}

static void
test_turns(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(turns); i++) {
        for (uint32_t c = turns[i].first; c <= turns[i].last; c++)
            assert_int_equal(str16_upcase_unit((char16_t)c), c & ~1u);
    }
}

static void
test_single(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(single); i++)
        assert_int_equal(str16_upcase_unit(single[i].from), single[i].to);
}

/* Upper case is final, no surrogate takes part, and Unicode 15 has 1190 pairs in the BMP. */
static void
test_whole_table(void **state)
{
    size_t changed = 0;

    (void)state;
    for (uint32_t c = 0; c <= 0xFFFF; c++) {
        char16_t up = str16_upcase_unit((char16_t)c);

        assert_int_equal(str16_upcase_unit(up), up);
        if (up == c)
            continue;
        changed++;
        assert_false(c >= 0xD800 && c <= 0xDFFF);
        assert_false(up >= 0xD800 && up <= 0xDFFF);
        assert_int_not_equal(up, 0);
    }
    assert_int_equal(changed, 1190);
}

/* MS-NLMP 4.2.1: User becomes USER. */
static void
test_in_place(void **state)
{
    uint8_t user[] = "U\0s\0e\0r\0z";
    uint8_t greek[] = { 0xB1, 0x03, 0xC2, 0x03 };
    /* U+10428, Deseret: beyond the plane, so it stays. */
    uint8_t deseret[] = { 0x01, 0xD8, 0x28, 0xDC };

    (void)state;
    str16_upcase(user, 9);
    assert_memory_equal(user, "U\0S\0E\0R\0z", 9);
    str16_upcase(greek, sizeof(greek));
    assert_memory_equal(greek, "\x91\x03\xA3\x03", 4);
    str16_upcase(deseret, sizeof(deseret));
    assert_memory_equal(deseret, "\x01\xD8\x28\xDC", 4);
    str16_upcase(NULL, 0);
}

static bool
is_equal(const char16_t *a, const char16_t *b)
{
    return str16_is_equal_nocase(view_of(a, 2 * str16_length(a)), view_of(b, 2 * str16_length(b)));
}

static void
test_equal_nocase(void **state)
{
    (void)state;
    assert_true(is_equal(u"Administrator", u"ADMINISTRATOR"));
    assert_true(is_equal(u"M\u00FCller", u"m\u00DCLLER"));
    assert_true(is_equal(u"\u0414\u043C\u0438\u0442\u0440\u0438\u0439",
                         u"\u0434\u041C\u0418\u0422\u0420\u0418\u0419"));
    assert_true(is_equal(u"", u""));
    assert_false(is_equal(u"stra\u00DFe", u"STRASSE"));
    assert_false(is_equal(u"admin", u"admin1"));
    assert_false(is_equal(u"admin", u"admim"));
    assert_false(is_equal(u"", u"a"));
    /* Accents count: there is no normalisation (D27). */
    assert_false(is_equal(u"Jos\u00E9", u"Jose\u0301"));
    /* An odd last byte counts as well, without case. */
    assert_false(str16_is_equal_nocase(view_of("a\0a", 3), view_of("a\0A", 3)));
    assert_true(str16_is_equal_nocase(view_of("a\0a", 3), view_of("a\0a", 3)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_whole_table),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_equal_nocase),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
