/* Strings between the A and the W forms: A is UTF-8 (D27). */
#ifndef SSPI_TEXT_H
#define SSPI_TEXT_H

#include "base/view.h"

#include <uchar.h>

#define SSPI_TEXTS_MAX 5u
/* Longest string an entry point takes, in bytes of UTF-8. */
#define SSPI_TEXT_MAX 65536u

/* The strings of one call of an A form, freed together. */
struct sspi_texts {
    char16_t *v[SSPI_TEXTS_MAX];
    unsigned count;
    status_t status;    /* the first failure; sticky */
};

/* NULL stays NULL. Malformed UTF-8: SEC_E_INVALID_PARAMETER in t->status. */
char16_t *sspi_text_wide(struct sspi_texts *t, const char *s);
/* Wipes as well: a password may be among them. */
void sspi_texts_wipe(struct sspi_texts *t);

/* UTF-16LE bytes to UTF-8 in a block for FreeContextBuffer. NULL: malformed, no memory. */
char *sspi_text_narrow(struct view utf16);

#endif
