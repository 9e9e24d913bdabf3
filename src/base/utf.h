/*
 * Code points one at a time, strictly: no overlong form, no surrogate as a
 * character of its own, nothing above U+10FFFF (RFC 3629, RFC 2781). Private
 * to src/base: str16.h is the interface.
 */
#ifndef BASE_UTF_H
#define BASE_UTF_H

#include "rd.h"

#include <uchar.h>

#define UTF_BYTES_MAX 4
#define UTF_UNITS_MAX 2

/* The next code point; false, and the cursor failed, when there is no well-formed one. */
bool utf8_get(struct rd *r, uint32_t *cp);
bool utf16_get(struct rd *r, uint32_t *cp);

/* Bytes or units written. cp must be a scalar value, as the getters yield. */
size_t utf8_put(uint32_t cp, uint8_t out[UTF_BYTES_MAX]);
size_t utf16_put(uint32_t cp, char16_t out[UTF_UNITS_MAX]);

#endif
