/*
 * The text of log lines: format, quoting, and that no value can end a line,
 * forge a key, drive a terminal or push other fields off the line.
 */
#include "unit.h"

#include "base/filetime.h"
#include "base/log_line.h"

#define NOON (filetime_from_unix(1769860800) + 123 * (FILETIME_SECOND / 1000))
#define HEAD "2026-01-31T12:00:00.123Z level=notice event=test"

static struct log_line line;

static void
build(const struct log_field *fields)
{
    log_line_build(&line, NOON, LOG_NOTICE, 0, "test", fields);
    assert_int_equal(strlen(line.text), line.n);
    assert_true(line.n < LOG_LINE_MAX);
}

static void
check_value(const char *value, const char *want)
{
    char whole[LOG_LINE_MAX];

    build(LOG_FIELDS(LOG_S("v", value)));
    (void)snprintf(whole, sizeof(whole), HEAD " v=%s", want);
    assert_string_equal(line.text, whole);
}

static void
test_format(void **state)
{
    (void)state;
    log_line_build(&line, NOON, LOG_ERROR, 0xab, "logon",
                   LOG_FIELDS(LOG_S("account", "alice"), LOG_X("status", 0x8009030c),
                              LOG_N("tries", -3), LOG_S("domain", NULL)));
    assert_string_equal(line.text, "2026-01-31T12:00:00.123Z level=error event=logon "
                        "id=00000000000000ab account=alice status=0x8009030c tries=-3 domain=-");
}

static void
test_numbers(void **state)
{
    (void)state;
    build(LOG_FIELDS(LOG_N("a", INT64_MIN), LOG_N("b", INT64_MAX), LOG_X("c", 0), LOG_X("d", -1)));
    assert_string_equal(line.text, HEAD " a=-9223372036854775808 b=9223372036854775807"
                        " c=0x00000000 d=0xffffffff");
}

static void
test_plain_values(void **state)
{
    (void)state;
    check_value("alice", "alice");
    check_value("CORP/alice@corp.example", "CORP/alice@corp.example");
    check_value("'x'", "'x'");
    check_value("-", "-");
}

static void
test_quoted_values(void **state)
{
    (void)state;
    check_value("", "\"\"");
    check_value("two words", "\"two words\"");
    check_value("a=b", "\"a=b\"");
    check_value("CORP\\alice", "\"CORP\\\\alice\"");
    check_value("say \"hi\"", "\"say \\\"hi\\\"\"");
    check_value("M\xC3\xBCller", "\"M\xC3\xBCller\"");
    check_value("\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"");
}

/* The attacks: a second line, a second key, the terminal, the direction of writing. */
static void
test_hostile_values(void **state)
{
    (void)state;
    check_value("x\n2026-01-31T12:00:00.123Z level=notice event=logon",
                "\"x\\n2026-01-31T12:00:00.123Z level=notice event=logon\"");
    check_value("x status=0x00000000", "\"x status=0x00000000\"");
    check_value("x\" status=\"0", "\"x\\\" status=\\\"0\"");
    check_value("\r\t\x1b[2J\x7f", "\"\\x0d\\x09\\x1b[2J\\u007f\"");
    check_value("\xC2\x9B" "2J", "\"\\u009b2J\"");                  /* CSI in one character */
    check_value("\xE2\x80\xA8", "\"\\u2028\"");                      /* line separator */
    check_value("\xE2\x80\xAEnimda", "\"\\u202enimda\"");            /* right to left */
    check_value("\xE2\x81\xA6", "\"\\u2066\"");
    check_value("\xEF\xBB\xBF", "\"\\ufeff\"");
    check_value("\xF3\xA0\x81\x81", "\"\\U000e0041\"");              /* tag letters */
}

/* Bytes that are no UTF-8 are shown, and the text goes on behind them. */
static void
test_malformed_utf8(void **state)
{
    (void)state;
    check_value("a\xFFz", "\"a\\xffz\"");
    check_value("\xC3", "\"\\xc3\"");
    check_value("\xC0\x8A", "\"\\xc0\\x8a\"");                       /* an overlong newline */
    check_value("\xED\xA0\x80", "\"\\xed\\xa0\\x80\"");
    check_value("\xE2\x80", "\"\\xe2\\x80\"");
}

static void
check_wide(const void *bytes, size_t n, const char *want)
{
    struct view v = view_of(bytes, n);
    char whole[LOG_LINE_MAX];

    build(LOG_FIELDS(LOG_W("v", v)));
    (void)snprintf(whole, sizeof(whole), HEAD " v=%s", want);
    assert_string_equal(line.text, whole);
}

static void
test_utf16_values(void **state)
{
    (void)state;
    check_wide(u"alice", 10, "alice");
    check_wide(u"M\u00FCller", 12, "\"M\xC3\xBCller\"");
    check_wide(u"\U0001F600", 4, "\"\xF0\x9F\x98\x80\"");
    check_wide(u"a\nb", 6, "\"a\\nb\"");
    check_wide(u"a\0b", 6, "\"a\\x00b\"");
    check_wide(NULL, 0, "\"\"");
    /* Lone surrogates, and an odd byte at the end. */
    check_wide("\x00\xD8" "a\0", 4, "\"\\ud800a\"");
    check_wide("a\0\x00\xDC", 4, "\"a\\udc00\"");
    check_wide("a\0b", 3, "\"a\\x62\"");
}

/* What is quoted in a line, undone: every byte comes back, so nothing is ambiguous. */
static void
test_every_byte(void **state)
{
    (void)state;
    for (int b = 1; b <= 0xFF; b++) {
        char value[4] = { 'x', (char)b, 'y', '\0' };

        build(LOG_FIELDS(LOG_S("v", value), LOG_N("end", 1)));
        for (size_t i = 0; i < line.n; i++)
            assert_in_range(line.text[i], ' ', '~');
        assert_string_equal(line.text + line.n - 6, " end=1");
    }
}

/* A name of a megabyte costs itself, not the fields behind it. */
static void
test_long_value(void **state)
{
    char *name = calloc(1, 1 << 20);

    (void)state;
    assert_non_null(name);
    memset(name, 'x', (1 << 20) - 1);
    build(LOG_FIELDS(LOG_S("name", name), LOG_X("status", 5)));
    assert_non_null(strstr(line.text, "xxx... status=0x00000005"));
    memset(name, '\n', (1 << 20) - 1);
    build(LOG_FIELDS(LOG_S("name", name), LOG_X("status", 5)));
    assert_non_null(strstr(line.text, "\\n...\" status=0x00000005"));
    free(name);
}

/* Fields that together are too long: cut at a whole character, quote closed, marked. */
static void
check_cut(size_t first, char filler, const char *end)
{
    char value[3][600];
    size_t end_n = strlen(end);

    memset(value, 0, sizeof(value));
    memset(value[0], 'x', first);
    memset(value[1], filler, 500);
    memset(value[2], filler, 500);
    build(LOG_FIELDS(LOG_S("a", value[0]), LOG_S("b", value[1]), LOG_S("c", value[2]),
                     LOG_S("d", value[2]), LOG_S("e", value[2]), LOG_N("f", 1)));
    assert_true(line.n > LOG_LINE_MAX - 40);
    assert_string_equal(line.text + line.n - end_n, end);
}

static void
test_long_line(void **state)
{
    (void)state;
    /* Whatever the place of the cut, no half escape is left. */
    for (size_t first = 1; first < 40; first++) {
        check_cut(first, 'x', "x truncated=1");
        check_cut(first, ' ', " \" truncated=1");
        check_cut(first, '\x01', "\\x01\" truncated=1");
        check_cut(first, '"', "\\\"\" truncated=1");
    }
}

static void
test_levels(void **state)
{
    static const char *const names[] = { "error", "warning", "notice", "info", "debug" };
    enum log_level level;

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_true(log_level_parse(names[i], &level));
        assert_int_equal(level, LOG_ERROR + i);
        assert_string_equal(log_level_name(level), names[i]);
    }
    level = LOG_INFO;
    assert_false(log_level_parse("", &level));
    assert_false(log_level_parse("Error", &level));
    assert_false(log_level_parse("errors", &level));
    assert_int_equal(level, LOG_INFO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_plain_values),
        cmocka_unit_test(test_quoted_values),
        cmocka_unit_test(test_hostile_values),
        cmocka_unit_test(test_malformed_utf8),
        cmocka_unit_test(test_utf16_values),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_long_value),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
