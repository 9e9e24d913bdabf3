/*
 * UTF-16LE strings as Windows passes them, and their way to UTF-8 and back.
 *
 * Unpaired surrogates are refused in both directions (D27). Upper case is
 * the simple mapping, one UTF-16 unit to one, from a generated table
 * (str16_upcase.inc, made from Unicode's UnicodeData.txt by
 * scripts/gen-upcase); no normalisation.
 */
#ifndef BASE_STR16_H
#define BASE_STR16_H

#include "view.h"

#include <uchar.h>

/* Number of units before the NUL. */
size_t str16_length(const char16_t *s);

/* UTF-8 to UTF-16, NUL-terminated, on the heap (free()). NULL: malformed or no memory. */
char16_t *str16_from_utf8(const char *s);
/* The same for n bytes that need no NUL; *units gets the length without the NUL. */
char16_t *str16_from_utf8_n(struct view utf8, size_t *units);

/*
 * UTF-16LE bytes to NUL-terminated UTF-8 on the heap. NULL: malformed, odd
 * length, a NUL inside, or no memory.
 */
char *str16_to_utf8(struct view utf16le);

/* Into a caller's buffer; false when it does not fit or is malformed. */
bool str16_to_utf8_into(struct view utf16le, char *out, size_t room);

/* True when every surrogate is paired, the length is even and there is no NUL. */
bool str16_is_valid(struct view utf16le);

char16_t str16_upcase_unit(char16_t c);
/* Upper-cases UTF-16LE bytes in place; n is in bytes. */
void str16_upcase(uint8_t *utf16le, size_t n);
/* Equal without regard to case. */
bool str16_is_equal_nocase(struct view a, struct view b);

#endif
