/*
 * oem.h: OEM code pages (MS-NLMP 2.2.1, "OEM character set"; D27). Which one a
 * peer means it does not say, so it is a setting.
 */
#ifndef NTLM_LSA_OEM_H
#define NTLM_LSA_OEM_H

#include <stdbool.h>
#include <stdint.h>
#include <uchar.h>

enum ntlm_code_page {
    NTLM_CODE_PAGE_ASCII,       /* what all of them have in common, and nothing else */
#define CODE_PAGE(number, ...) NTLM_CODE_PAGE_##number,
#include "packages/ntlm/lsa/oem_pages.inc"
#undef CODE_PAGE
    NTLM_CODE_PAGES
};

/* As the setting oem_code_page spells them. */
extern const char *const ntlm_code_page_names[NTLM_CODE_PAGES];

/* 0: the page has no such character. */
char16_t ntlm_oem_to_unit(enum ntlm_code_page page, uint8_t c);
/* False: the same. */
bool ntlm_oem_from_unit(enum ntlm_code_page page, char16_t unit, uint8_t *out);

#endif
