/*
 * One row of the store: names as they are looked up, columns into a struct
 * account, and the seal over the hash.
 *
 * Runs in lsad, in the embedded authority and in the sspi command. Trusts no
 * column: sizes and ranges are checked, and the hash must be authentic under
 * the store's key *and its own rid* (D21).
 *
 * The seal binds the hash to the rid and to nothing else: not to the name, the
 * flags or the groups. Who can write to the file cannot move a hash from one
 * rid to another nor make one, but can rename rows, so that a name logs on with
 * the password of another row and as that row's rid; enable accounts, unlock
 * them, put back an older hash of the same rid, and change groups. The file's
 * permissions are what keeps strangers from that.
 */
#include "lsa/account_store.h"

#include "base/secret.h"
#include "base/str16.h"
#include "base/wr.h"
#include "ntstatus.h"

/* The order of ACCOUNT_COLUMNS in account_db.c. */
enum row_column {
    ROW_RID,
    ROW_NAME,
    ROW_FLAGS,
    ROW_EXPIRES,
    ROW_PASSWORD_SET,
    ROW_LOCKED_UNTIL,
    ROW_BAD_COUNT,
    ROW_BAD_SINCE,
    ROW_SEALED_HASH,
    ROW_LOCAL_USER,
};

#define ROW_AAD_LABEL "nt_hash"
#define ROW_AAD_SIZE (sizeof(ROW_AAD_LABEL) - 1 + 8)

/* ---- names ------------------------------------------------------------- */

bool
account_name_upper(struct view name, struct account_name *out)
{
    if (name.n == 0 || name.n > sizeof(out->bytes) || !str16_is_valid(name))
        return false;
    memcpy(out->bytes, name.p, name.n);
    out->n = (uint16_t)name.n;
    str16_upcase(out->bytes, name.n);
    return true;
}

static char16_t
name_unit(struct view name, size_t i)
{
    return (char16_t)(name.p[2 * i] | name.p[2 * i + 1] << 8);
}

/*
 * The characters that Windows refuses in account names. CHOICE: `@` as well,
 * since user@domain is how clients name an account and its domain.
 */
static bool
name_unit_is_valid(char16_t c)
{
    static const char refused[] = "\"/\\[]:;|=,+*?<>@";

    return c >= 0x20 && c != 0x7f && (c > 0x7f || strchr(refused, (int)c) == NULL);
}

bool
account_name_is_valid(struct view name)
{
    size_t n = name.n / 2;
    bool visible = false;

    if (n == 0 || n > ACCOUNT_NAME_MAX || !str16_is_valid(name))
        return false;
    for (size_t i = 0; i < n; i++) {
        char16_t c = name_unit(name, i);
        if (!name_unit_is_valid(c))
            return false;
        visible = visible || (c != ' ' && c != '.');
    }
    /* Blanks at the ends are never what was meant, and cannot be seen in a list. */
    return visible && name_unit(name, 0) != ' ' && name_unit(name, n - 1) != ' ';
}

/* ---- the seal ---------------------------------------------------------- */

static struct view
seal_aad(uint32_t rid, uint8_t room[ROW_AAD_SIZE])
{
    struct wr w = wr_init(room, ROW_AAD_SIZE);

    wr_bytes(&w, ROW_AAD_LABEL, sizeof(ROW_AAD_LABEL) - 1);
    wr_u32le(&w, rid);
    wr_u32le(&w, ACCOUNT_SEAL_FORMAT);
    return wr_written(&w);
}

bool
account_hash_seal(struct crypto_aead *aead, uint32_t rid, const uint8_t *hash,
                  uint8_t sealed[ACCOUNT_SEALED_SIZE])
{
    uint8_t room[ROW_AAD_SIZE];

    return crypto_aead_seal(aead, seal_aad(rid, room), view_of(hash, ACCOUNT_HASH_SIZE), sealed);
}

bool
account_hash_open(struct crypto_aead *aead, uint32_t rid, sqlite3_stmt *st, int column,
                  uint8_t hash[ACCOUNT_HASH_SIZE])
{
    uint8_t room[ROW_AAD_SIZE];
    const void *sealed = sqlite3_column_blob(st, column);
    int n = sqlite3_column_bytes(st, column);

    return sealed != NULL && n == ACCOUNT_SEALED_SIZE
           && crypto_aead_open(aead, seal_aad(rid, room), view_of(sealed, (size_t)n), hash);
}

static status_t
row_get_hash(sqlite3_stmt *st, struct crypto_aead *aead, struct account *out)
{
    out->has_hash = sqlite3_column_type(st, ROW_SEALED_HASH) != SQLITE_NULL;
    if (!out->has_hash || aead == NULL)
        return STATUS_SUCCESS;
    if (!account_hash_open(aead, out->rid, st, ROW_SEALED_HASH, out->nt_hash)) {
        out->has_hash = false;
        return STATUS_INTERNAL_DB_CORRUPTION;
    }
    return STATUS_SUCCESS;
}

/* ---- columns ----------------------------------------------------------- */

static status_t
row_get_name(sqlite3_stmt *st, struct account *out)
{
    const void *name = sqlite3_column_blob(st, ROW_NAME);
    int n = sqlite3_column_bytes(st, ROW_NAME);

    if (name == NULL || n <= 0 || n > ACCOUNT_NAME_MAX * 2 || n % 2 != 0)
        return STATUS_INTERNAL_DB_CORRUPTION;
    memcpy(out->name, name, (size_t)n);
    out->name_units = (uint16_t)(n / 2);
    return STATUS_SUCCESS;
}

static status_t
row_get_local_user(sqlite3_stmt *st, struct account *out)
{
    const void *user = sqlite3_column_text(st, ROW_LOCAL_USER);
    int n = sqlite3_column_bytes(st, ROW_LOCAL_USER);

    if (n < 0 || (size_t)n >= sizeof(out->local_user))
        return STATUS_INTERNAL_DB_CORRUPTION;
    if (user != NULL)
        memcpy(out->local_user, user, (size_t)n);
    return STATUS_SUCCESS;
}

/* Numbers that fit 32 bits; the rest would be cut without a word. */
static status_t
row_get_u32(sqlite3_stmt *st, int column, uint32_t *out)
{
    sqlite3_int64 v = sqlite3_column_int64(st, column);

    if (v < 0 || v > UINT32_MAX)
        return STATUS_INTERNAL_DB_CORRUPTION;
    *out = (uint32_t)v;
    return STATUS_SUCCESS;
}

status_t
account_row_get(sqlite3_stmt *st, struct crypto_aead *aead, struct account *out)
{
    status_t status;

    *out = (struct account){
        .expires = sqlite3_column_int64(st, ROW_EXPIRES),
        .password_set = sqlite3_column_int64(st, ROW_PASSWORD_SET),
        .locked_until = sqlite3_column_int64(st, ROW_LOCKED_UNTIL),
        .bad_since = sqlite3_column_int64(st, ROW_BAD_SINCE),
    };
    status = row_get_u32(st, ROW_RID, &out->rid);
    if (status == STATUS_SUCCESS)
        status = row_get_u32(st, ROW_FLAGS, &out->flags);
    if (status == STATUS_SUCCESS)
        status = row_get_u32(st, ROW_BAD_COUNT, &out->bad_count);
    if (status == STATUS_SUCCESS)
        status = row_get_name(st, out);
    if (status == STATUS_SUCCESS)
        status = row_get_local_user(st, out);
    if (status == STATUS_SUCCESS)
        status = row_get_hash(st, aead, out);
    if (status != STATUS_SUCCESS)
        account_wipe(out);
    return status;
}
