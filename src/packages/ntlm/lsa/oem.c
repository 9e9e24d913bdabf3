/*
 * Single-byte OEM code pages, from a generated table (scripts/gen-oem). The C
 * library's converters are modules that the sandbox would have to let in.
 *
 * Runs in the authority. Bytes are a stranger's.
 */
#include "packages/ntlm/lsa/oem.h"

#define ASCII_MAX 0x7F
#define UPPER_HALF 128

const char *const ntlm_code_page_names[NTLM_CODE_PAGES] = {
    [NTLM_CODE_PAGE_ASCII] = "ascii",
#define CODE_PAGE(number, ...) [NTLM_CODE_PAGE_##number] = #number,
#include "packages/ntlm/lsa/oem_pages.inc"
#undef CODE_PAGE
};

/* ASCII's row is zeros: its upper half has no characters. */
static const char16_t upper_halves[NTLM_CODE_PAGES][UPPER_HALF] = {
#define CODE_PAGE(number, ...) [NTLM_CODE_PAGE_##number] = { __VA_ARGS__ },
#include "packages/ntlm/lsa/oem_pages.inc"
#undef CODE_PAGE
};

char16_t
ntlm_oem_to_unit(enum ntlm_code_page page, uint8_t c)
{
    return c <= ASCII_MAX ? c : upper_halves[page][c - UPPER_HALF];
}

bool
ntlm_oem_from_unit(enum ntlm_code_page page, char16_t unit, uint8_t *out)
{
    *out = (uint8_t)unit;
    if (unit <= ASCII_MAX)
        return unit != 0;
    for (unsigned i = 0; i < UPPER_HALF; i++) {
        if (upper_halves[page][i] == unit) {
            *out = (uint8_t)(UPPER_HALF + i);
            return true;
        }
    }
    return false;
}
