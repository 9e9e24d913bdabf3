/*
 * A and W strings. DEVIATION: on Windows the A forms use the ANSI code page; here
 * they are UTF-8 (D27), which is what Linux programs hold.
 */
#include "sspi/text.h"

#include "base/secret.h"
#include "base/str16.h"
#include "sspi/memory.h"

#include "winerror.h"

char16_t *
sspi_text_wide(struct sspi_texts *t, const char *s)
{
    char16_t *wide = NULL;

    if (s == NULL || t->status != SEC_E_OK)
        return NULL;
    if (t->count < SSPI_TEXTS_MAX && strnlen(s, SSPI_TEXT_MAX) < SSPI_TEXT_MAX)
        wide = str16_from_utf8(s);
    if (wide == NULL)
        t->status = SEC_E_INVALID_PARAMETER;
    else
        t->v[t->count++] = wide;
    return wide;
}

void
sspi_texts_wipe(struct sspi_texts *t)
{
    while (t->count > 0) {
        char16_t *s = t->v[--t->count];

        secret_wipe_free(s, str16_length(s) * sizeof(*s));
    }
}

char *
sspi_text_narrow(struct view utf16)
{
    /* A unit becomes at most three bytes, a pair four. */
    size_t room = utf16.n / sizeof(char16_t) * 3 + 1;
    char *out = sspi_memory_new(room);

    if (out != NULL && !str16_to_utf8_into(utf16, out, room)) {
        sspi_memory_free(out);
        return NULL;
    }
    return out;
}
