/*
 * Principal names (RFC 4120 6.2): compared by their parts, and as the text
 * that krb5 shows (RFC 1964 2.1.1), where the separators and octets that do
 * not print are behind a backslash. Trusts nothing: a name may hold any octet.
 */
#include "packages/kerberos/wire/wire.h"

bool
krb_name_is_equal(const struct krb_name *a, const struct krb_name *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!view_is_equal(a->parts[i], b->parts[i]))
            return false;
    }
    return true;
}

/* RFC 1964 2.1.1 and what krb5_unparse_name() does: these have a letter of their own. */
static const uint8_t name_letters[UINT8_MAX + 1] = {
    ['\0'] = '0', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['/'] = '/', ['@'] = '@', ['\\'] = '\\',
};

static void
name_part_put(struct wr *w, struct view part)
{
    size_t begin = 0;               /* of the octets that stand for themselves */

    for (size_t i = 0; i < part.n; i++) {
        uint8_t letter = name_letters[part.p[i]];

        if (letter == 0)
            continue;
        wr_bytes(w, part.p + begin, i - begin);
        wr_u8(w, '\\');
        wr_u8(w, letter);
        begin = i + 1;
    }
    if (begin < part.n)
        wr_bytes(w, part.p + begin, part.n - begin);
}

void
krb_name_text_build(struct wr *w, const struct krb_name *name, struct view realm)
{
    for (size_t i = 0; i < name->count; i++) {
        if (i > 0)
            wr_u8(w, '/');
        name_part_put(w, name->parts[i]);
    }
    if (realm.n > 0) {
        wr_u8(w, '@');
        name_part_put(w, realm);
    }
}
