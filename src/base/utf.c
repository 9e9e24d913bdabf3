/*
 * UTF-8 (RFC 3629) and UTF-16 (RFC 2781), one code point at a time.
 *
 * Strict on the way in, so that one name has one spelling: a lax decoder
 * would let two different byte strings be the same account (D27). Runs in
 * every process; trusts no byte.
 */
#include "utf.h"

#define SURROGATE_HIGH 0xD800u
#define SURROGATE_LOW 0xDC00u
#define SURROGATE_END 0xE000u
#define SUPPLEMENTARY 0x10000u
#define CODE_POINT_MAX 0x10FFFFu

/* How a first byte tells the length: RFC 3629, section 3. */
struct utf8_form {
    uint8_t mask;       /* of the bits that mark the form */
    uint8_t mark;
    uint8_t more;       /* bytes that follow */
    uint32_t least;     /* a smaller value is overlong */
};

static const struct utf8_form utf8_forms[] = {
    { 0x80, 0x00, 0, 0 },
    { 0xE0, 0xC0, 1, 0x80 },
    { 0xF0, 0xE0, 2, 0x800 },
    { 0xF8, 0xF0, 3, SUPPLEMENTARY },
};

static const struct utf8_form *
utf8_form_find(uint8_t first)
{
    for (size_t i = 0; i < sizeof(utf8_forms) / sizeof(utf8_forms[0]); i++) {
        if ((first & utf8_forms[i].mask) == utf8_forms[i].mark)
            return &utf8_forms[i];
    }
    return NULL;
}

/* Surrogates are halves of a UTF-16 pair and no characters (RFC 3629, section 3). */
static bool
utf_is_scalar(uint32_t cp)
{
    return cp <= CODE_POINT_MAX && (cp < SURROGATE_HIGH || cp >= SURROGATE_END);
}

/*
 * The value is put together first and judged once: overlong forms, surrogates
 * and values out of range all decode to a number that is not allowed.
 */
bool
utf8_get(struct rd *r, uint32_t *cp)
{
    uint8_t first = rd_u8(r);
    const struct utf8_form *form = utf8_form_find(first);

    *cp = 0;
    if (r->failed || form == NULL) {
        rd_fail(r);
        return false;
    }
    *cp = first & (uint8_t)~form->mask;
    for (size_t i = 0; i < form->more; i++) {
        uint8_t b = rd_u8(r);

        /* A byte that is missing reads as 0, which continues nothing either. */
        if ((b & 0xC0) != 0x80)
            rd_fail(r);
        *cp = *cp << 6 | (b & 0x3F);
    }
    if (*cp < form->least || !utf_is_scalar(*cp))
        rd_fail(r);
    return !r->failed;
}

/* A high half takes the unit behind it along, even when that is no low half: it fails anyway. */
bool
utf16_get(struct rd *r, uint32_t *cp)
{
    uint32_t unit = rd_u16le(r);
    uint32_t low;

    *cp = unit;
    if (unit >= SURROGATE_HIGH && unit < SURROGATE_LOW) {
        low = rd_u16le(r);
        if (low < SURROGATE_LOW || low >= SURROGATE_END)
            rd_fail(r);
        *cp = SUPPLEMENTARY + ((unit - SURROGATE_HIGH) << 10) + (low & 0x3FF);
    } else if (!utf_is_scalar(unit)) {
        rd_fail(r);
    }
    return !r->failed;
}

/* The shortest form only, as the getters accept no other. */
size_t
utf8_put(uint32_t cp, uint8_t out[UTF_BYTES_MAX])
{
    if (cp < 0x80) {
        out[0] = (uint8_t)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (uint8_t)(0xC0 | cp >> 6);
        out[1] = (uint8_t)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < SUPPLEMENTARY) {
        out[0] = (uint8_t)(0xE0 | cp >> 12);
        out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | cp >> 18);
    out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (cp & 0x3F));
    return 4;
}

size_t
utf16_put(uint32_t cp, char16_t out[UTF_UNITS_MAX])
{
    if (cp < SUPPLEMENTARY) {
        out[0] = (char16_t)cp;
        return 1;
    }
    out[0] = (char16_t)(SURROGATE_HIGH + ((cp - SUPPLEMENTARY) >> 10));
    out[1] = (char16_t)(SURROGATE_LOW + (cp & 0x3FF));
    return 2;
}
