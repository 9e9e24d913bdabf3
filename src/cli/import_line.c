/*
 * Lines of password-hash files, as other programs write them:
 *
 *   smbpasswd(5)  name:uid:LM:NT:[flags]:LCT-hhhhhhhh:
 *   pwdump        name:rid:LM:NT:comment:home:
 *   WinPR         name:domain:LM:NT:::
 *
 * Runs in the sspi command. The file comes from another machine: every field
 * is checked, and what is not understood is an error rather than a guess. LM
 * hashes are checked and dropped: nothing here ever uses them.
 */
#include "cli/import_line.h"

#include "base/filetime.h"
#include "base/rd.h"
#include "base/secret.h"
#include "base/str16.h"

#include <stdio.h>
#include <stdlib.h>

#define FIELDS_MAX 8
#define FIELDS_MIN 4
#define HASH_DIGITS (2 * ACCOUNT_HASH_SIZE)
#define LCT_PREFIX "LCT-"
#define LCT_DIGITS 8

enum field { FIELD_NAME, FIELD_SECOND, FIELD_LM, FIELD_NT, FIELD_FLAGS, FIELD_LCT };

struct import_fields {
    struct view f[FIELDS_MAX];
    size_t count;
};

/* MD4 of nothing: the hash of the empty password (MS-NLMP 3.3.1 with "" as Passwd). */
static const uint8_t empty_hash[ACCOUNT_HASH_SIZE] = {
    0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a, 0xe9, 0x31,
    0xb7, 0x3c, 0x59, 0xd7, 0xe0, 0xc0, 0x89, 0xc0,
};

/* ---- fields ------------------------------------------------------------ */

static bool
fields_split(struct view line, struct import_fields *out)
{
    struct rd r = rd_init(line);
    size_t from = 0;

    out->count = 0;
    for (size_t at = 0; at <= line.n; at++) {
        if (at < line.n && rd_u8(&r) != ':')
            continue;
        if (out->count == FIELDS_MAX)
            return false;
        out->f[out->count++] = rd_at(&r, from, at - from);
        from = at + 1;
    }
    return out->count >= FIELDS_MIN;
}

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Exactly two digits a byte. */
static bool
hex_parse(struct view text, uint8_t *out, size_t n)
{
    struct rd r = rd_init(text);

    if (text.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(rd_u8(&r)), low = hex_digit(rd_u8(&r));
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool
number_parse(struct view text, uint32_t *out)
{
    struct rd r = rd_init(text);
    uint64_t n = 0;

    if (text.n == 0 || text.n > 10)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = rd_u8(&r);
        if (c < '0' || c > '9')
            return false;
        n = n * 10 + (uint64_t)(c - '0');
    }
    *out = (uint32_t)n;
    return n <= UINT32_MAX;
}

static bool
text_begins(struct view text, const char *with)
{
    size_t n = strlen(with);

    return text.n >= n && memcmp(text.p, with, n) == 0;
}

/* How these files say "no hash": nothing, NO PASSWORD and filling, or all X or *. */
static bool
hash_is_absent(struct view text)
{
    struct rd r = rd_init(text);

    if (text.n == 0)
        return true;
    if (text.n != HASH_DIGITS)
        return false;
    if (text_begins(text, "NO PASSWORD"))
        return true;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = rd_u8(&r);
        if (c != 'X' && c != '*')
            return false;
    }
    return true;
}

/* ---- what the fields mean ---------------------------------------------- */

static bool
line_fail(char *error, const char *reason)
{
    snprintf(error, IMPORT_ERROR_MAX, "%s", reason);
    return false;
}

static bool
line_set_name(struct view text, struct account *out, char *error)
{
    size_t units = 0;
    char16_t *wide = str16_from_utf8_n(text, &units);
    bool good = wide != NULL && units > 0 && units <= ACCOUNT_NAME_MAX;

    if (good) {
        memcpy(out->name, wide, units * sizeof(*wide));
        out->name_units = (uint16_t)units;
        if (wide[units - 1] == u'$')
            out->flags |= ACCOUNT_MACHINE;
    }
    free(wide);
    return good || line_fail(error, "the name is empty, too long or not UTF-8");
}

static bool
line_set_hash(const struct import_fields *in, int64_t now, struct account *out, char *error)
{
    uint8_t lm[ACCOUNT_HASH_SIZE];
    bool lm_good = hash_is_absent(in->f[FIELD_LM])
                   || hex_parse(in->f[FIELD_LM], lm, sizeof(lm));

    secret_wipe(lm, sizeof(lm));
    if (!lm_good)
        return line_fail(error, "the LM hash is not 32 hexadecimal digits");
    if (hash_is_absent(in->f[FIELD_NT]))
        return true;
    if (!hex_parse(in->f[FIELD_NT], out->nt_hash, ACCOUNT_HASH_SIZE))
        return line_fail(error, "the NT hash is not 32 hexadecimal digits");
    /* CHOICE: an account with the empty password becomes one that cannot log on. */
    if (ct_equal(out->nt_hash, empty_hash, sizeof(empty_hash)))
        return true;
    out->has_hash = true;
    out->password_set = now;
    return true;
}

static bool
line_set_flags(struct view text, struct account *out, char *error)
{
    struct rd r = rd_init(text);

    if (text.n < 2 || text.p[0] != '[' || text.p[text.n - 1] != ']')
        return line_fail(error, "the flags are not in brackets");
    rd_skip(&r, 1);
    for (size_t i = 0; i + 2 < text.n; i++) {
        switch (rd_u8(&r)) {
        case 'D':
            out->flags |= ACCOUNT_DISABLED;
            break;
        case 'W':
        case 'S':
            out->flags |= ACCOUNT_MACHINE;
            break;
        case 'I':
            return line_fail(error, "an account of a trust between domains is not imported");
        case 'N':
            secret_wipe(out->nt_hash, sizeof(out->nt_hash));
            out->has_hash = false;
            break;
        case 'U': case 'X': case 'H': case 'L': case 'T': case 'M': case ' ':
            break;
        default:
            return line_fail(error, "unknown flag in the brackets");
        }
    }
    return true;
}

static bool
line_set_changed(struct view text, struct account *out, char *error)
{
    uint8_t b[LCT_DIGITS / 2];
    struct rd r = rd_init(view_of(b, sizeof(b)));
    uint32_t seconds;

    if (!text_begins(text, LCT_PREFIX)
        || !hex_parse(view_of(text.p + strlen(LCT_PREFIX), text.n - strlen(LCT_PREFIX)), b,
                      sizeof(b)))
        return line_fail(error, "LCT- is not followed by 8 hexadecimal digits");
    seconds = rd_u32be(&r);
    if (seconds != 0 && out->has_hash)
        out->password_set = filetime_from_unix(seconds);
    return true;
}

/* Lines of smbpasswd have bracketed flags, of pwdump a number in second place. */
static enum import_format
line_guess(const struct import_fields *in)
{
    uint32_t rid;

    if (in->count > FIELD_FLAGS && text_begins(in->f[FIELD_FLAGS], "["))
        return IMPORT_SMBPASSWD;
    return number_parse(in->f[FIELD_SECOND], &rid) ? IMPORT_PWDUMP : IMPORT_WINPR;
}

static bool
line_set_smbpasswd(const struct import_fields *in, struct account *out, char *error)
{
    uint32_t uid;

    /* The Unix uid is checked, not used: who the local user is, the administrator says. */
    if (!number_parse(in->f[FIELD_SECOND], &uid))
        return line_fail(error, "the uid is not a number");
    if (in->count <= FIELD_LCT)
        return line_fail(error, "too few fields for smbpasswd");
    return line_set_flags(in->f[FIELD_FLAGS], out, error)
           && (view_is_empty(in->f[FIELD_LCT]) || line_set_changed(in->f[FIELD_LCT], out, error));
}

static bool
line_set_pwdump(const struct import_fields *in, struct account *out, char *error)
{
    if (!number_parse(in->f[FIELD_SECOND], &out->rid) || out->rid == 0)
        return line_fail(error, "the rid is not a number above 0");
    /* CHOICE: the file has no flags, and nobody means to let guests in by importing it. */
    if (out->rid == ACCOUNT_RID_GUEST)
        out->flags |= ACCOUNT_DISABLED;
    return true;
}

static bool
line_set_all(const struct import_fields *in, enum import_format format, int64_t now,
             struct account *out, char *error)
{
    if (!line_set_name(in->f[FIELD_NAME], out, error) || !line_set_hash(in, now, out, error))
        return false;
    if (format == IMPORT_AUTO)
        format = line_guess(in);
    if (format == IMPORT_SMBPASSWD)
        return line_set_smbpasswd(in, out, error);
    return format == IMPORT_WINPR || line_set_pwdump(in, out, error);
}

enum import_kind
import_line_parse(struct view line, enum import_format format, int64_t now, struct account *out,
                  char error[IMPORT_ERROR_MAX])
{
    struct import_fields in;

    *out = (struct account){ .expires = FILETIME_NEVER };
    if (line.n == 0 || line.p[0] == '#')
        return IMPORT_NOTHING;
    if (!fields_split(line, &in)) {
        snprintf(error, IMPORT_ERROR_MAX, "not of the form name:number:LM hash:NT hash:...");
        return IMPORT_BAD;
    }
    if (line_set_all(&in, format, now, out, error))
        return IMPORT_ACCOUNT;
    account_wipe(out);
    return IMPORT_BAD;
}
