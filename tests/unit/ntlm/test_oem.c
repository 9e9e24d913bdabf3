/* The generated code pages against the C library's converters. */
#include "unit.h"

#include "packages/ntlm/lsa/oem.h"

#include <iconv.h>

/* Three characters of page 858's relatives differ by vendor; none of ours does. */
static char16_t
by_iconv(iconv_t converter, uint8_t c)
{
    char in[] = { (char)c }, *from = in;
    uint8_t bytes[4] = { 0 };
    char *to = (char *)bytes;
    size_t n = 1, room = sizeof(bytes);

    (void)iconv(converter, NULL, NULL, NULL, NULL);
    if (iconv(converter, &from, &n, &to, &room) == (size_t)-1)
        return 0;
    return (char16_t)(bytes[0] | bytes[1] << 8);
}

static void
pages_are_as_the_c_library_has_them(void **state)
{
    unsigned compared = 0;

    (void)state;
    for (unsigned page = 1; page < NTLM_CODE_PAGES; page++) {
        char name[16];
        iconv_t converter;

        (void)snprintf(name, sizeof(name), "CP%s", ntlm_code_page_names[page]);
        converter = iconv_open("UTF-16LE", name);
        if (converter == (iconv_t)-1)
            continue;
        for (unsigned c = 0x80; c <= 0xFF; c++)
            assert_int_equal(ntlm_oem_to_unit(page, (uint8_t)c), by_iconv(converter, (uint8_t)c));
        (void)iconv_close(converter);
        compared++;
    }
    assert_true(compared >= 8);
}

static void
every_character_comes_back(void **state)
{
    (void)state;
    for (unsigned page = 0; page < NTLM_CODE_PAGES; page++) {
        for (unsigned c = 1; c <= 0xFF; c++) {
            char16_t unit = ntlm_oem_to_unit(page, (uint8_t)c);
            uint8_t back = 0;

            if (unit == 0)
                continue;
            assert_true(ntlm_oem_from_unit(page, unit, &back));
            assert_int_equal(back, c);
        }
    }
}

static void
ascii_is_ascii(void **state)
{
    uint8_t out;

    (void)state;
    assert_int_equal(ntlm_oem_to_unit(NTLM_CODE_PAGE_ASCII, 'x'), 'x');
    assert_int_equal(ntlm_oem_to_unit(NTLM_CODE_PAGE_ASCII, 0), 0);
    assert_int_equal(ntlm_oem_to_unit(NTLM_CODE_PAGE_ASCII, 0x80), 0);
    assert_false(ntlm_oem_from_unit(NTLM_CODE_PAGE_ASCII, 0, &out));
    assert_false(ntlm_oem_from_unit(NTLM_CODE_PAGE_ASCII, 0xFC, &out));
    assert_false(ntlm_oem_from_unit(NTLM_CODE_PAGE_850, 0x20AC, &out));    /* it has no euro */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_as_the_c_library_has_them),
        cmocka_unit_test(every_character_comes_back),
        cmocka_unit_test(ascii_is_ascii),
    };

    return cmocka_run_group_tests_name("ntlm.oem", tests, NULL, NULL);
}
