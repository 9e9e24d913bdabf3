/*
 * Upper case for names: NTLM's Upper() (MS-NLMP 6) and look-ups of accounts.
 *
 * The table is Unicode's simple upper-case mapping of the Basic Multilingual
 * Plane, one unit to one, made by scripts/gen-upcase; surrogates, and so all
 * characters beyond that plane, stay as they are. Runs in every process;
 * any units may come in, well-formed or not.
 *
 * CHOICE (D27): Unicode's table, and not the one of MS-UCODEREF 3.1.5.3,
 * which depends on the Windows release. Where they differ (rare letters such
 * as U+0131) a name is still found here, but an NTLMv2 hash made by a Windows
 * machine would not match.
 */
#include "str16.h"

#include "str16_upcase.inc"

#define ASCII_END 0x80

/* Two stages: most blocks of 64 units have no mapping and share block 0. */
char16_t
str16_upcase_unit(char16_t c)
{
    uint16_t add;

    if (c < ASCII_END)
        return (char16_t)(c >= u'a' && c <= u'z' ? c - u'a' + u'A' : c);
    add = upcase_add[upcase_block[c >> UPCASE_SHIFT]][c & ((1u << UPCASE_SHIFT) - 1)];
    return (char16_t)(c + add);
}

static char16_t
str16_unit_at(const uint8_t *utf16le, size_t i)
{
    return (char16_t)(utf16le[i] | utf16le[i + 1] << 8);
}

void
str16_upcase(uint8_t *utf16le, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        char16_t c = str16_upcase_unit(str16_unit_at(utf16le, i));

        utf16le[i] = (uint8_t)c;
        utf16le[i + 1] = (uint8_t)(c >> 8);
    }
}

/* An odd length is no string: only identical bytes are equal then. */
bool
str16_is_equal_nocase(struct view a, struct view b)
{
    if (a.n != b.n)
        return false;
    if (a.n % 2 != 0)
        return view_is_equal(a, b);
    for (size_t i = 0; i + 1 < a.n; i += 2) {
        if (str16_upcase_unit(str16_unit_at(a.p, i)) != str16_upcase_unit(str16_unit_at(b.p, i)))
            return false;
    }
    return true;
}
