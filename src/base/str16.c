/*
 * UTF-16LE strings and their way to UTF-8 and back (D27).
 *
 * Names and passwords of callers and peers are converted here and nowhere
 * else. What is malformed is refused rather than repaired: a replacement
 * character would make two names one. A NUL inside is refused as well, since
 * one side would see a longer name than the other. Runs in every process;
 * trusts no byte. What fails half-way is wiped: it may be a password.
 */
#include "str16.h"

#include <stdlib.h>

#include "rd.h"
#include "secret.h"
#include "utf.h"
#include "wr.h"

/* A unit becomes at most three bytes; a pair of them only four. */
#define UTF8_PER_UNIT 3

size_t
str16_length(const char16_t *s)
{
    size_t n = 0;

    while (s[n] != 0)
        n++;
    return n;
}

char16_t *
str16_from_utf8(const char *s)
{
    size_t units;

    return str16_from_utf8_n(view_of(s, strlen(s)), &units);
}

/* The next character, if it is well-formed and no NUL. */
static bool
str16_next_utf8(struct rd *r, uint32_t *cp)
{
    return utf8_get(r, cp) && *cp != 0;
}

/* One pass into room for the worst case: counting first would decode everything twice. */
char16_t *
str16_from_utf8_n(struct view utf8, size_t *units)
{
    struct rd r = rd_init(utf8);
    size_t n = 0;
    uint32_t cp;
    char16_t *out;

    *units = 0;
    /* No character has more units than bytes; one for the NUL. */
    if (utf8.n > SIZE_MAX / sizeof(*out) - 1)
        return NULL;
    out = malloc((utf8.n + 1) * sizeof(*out));
    if (out == NULL)
        return NULL;
    while (rd_left(&r) > 0) {
        if (!str16_next_utf8(&r, &cp)) {
            secret_wipe_free(out, n * sizeof(*out));
            return NULL;
        }
        n += utf16_put(cp, &out[n]);
    }
    out[n] = 0;
    *units = n;
    return out;
}

/* Everything, with a NUL behind it; false leaves w half written. */
static bool
str16_put_utf8(struct wr *w, struct view utf16le)
{
    struct rd r = rd_init(utf16le);
    uint8_t bytes[UTF_BYTES_MAX];
    uint32_t cp;

    while (rd_left(&r) > 0) {
        if (!utf16_get(&r, &cp) || cp == 0)
            return false;
        wr_bytes(w, bytes, utf8_put(cp, bytes));
    }
    wr_u8(w, 0);
    return rd_end(&r, -1) == 0 && wr_end(w, -1) == 0;
}

/* The last unit of an odd length is refused by the cursor: it is not there. */
char *
str16_to_utf8(struct view utf16le)
{
    size_t room = utf16le.n / 2;
    char *out;

    if (room > (SIZE_MAX - 1) / UTF8_PER_UNIT)
        return NULL;
    room = room * UTF8_PER_UNIT + 1;
    out = malloc(room);
    if (out != NULL && !str16_to_utf8_into(utf16le, out, room)) {
        free(out);
        out = NULL;
    }
    return out;
}

bool
str16_to_utf8_into(struct view utf16le, char *out, size_t room)
{
    struct wr w = wr_init(out, room);
    bool ok = str16_put_utf8(&w, utf16le);

    /* Half a name must not be taken for a name. */
    if (!ok)
        secret_wipe(out, room);
    return ok;
}

/* For names that stay UTF-16: the same rules as for those that are converted. */
bool
str16_is_valid(struct view utf16le)
{
    struct rd r = rd_init(utf16le);
    uint32_t cp;

    while (rd_left(&r) > 0) {
        if (!utf16_get(&r, &cp) || cp == 0)
            return false;
    }
    return rd_end(&r, -1) == 0;
}
