/*
 * The store's key while the store is open: `sspi account rekey` changes it under
 * whoever has the store open, and they must go on answering (D21).
 *
 * The new key is in `meta` for a few seconds, sealed under the old one: who
 * could open hashes before it came can open them after, and nobody else. Where a
 * hash does not open, before a hash is sealed, and once a second when something
 * was written, the store's key check is tried with the key at hand; if that
 * fails, the key that was handed over is taken.
 *
 * Runs in lsad, in the embedded authority and in the sspi command. Trusts
 * nothing in `meta` that the key at hand does not open.
 */
#include "lsa/account_store.h"

#include "base/log.h"
#include "base/secret.h"
#include "ntstatus.h"

#define META_KEY_CHECK "key_check"
#define META_HANDOVER "handover"
#define KEY_CHECK_TEXT "opensspi account store"
#define KEY_CHECK_SEALED (sizeof(KEY_CHECK_TEXT) - 1 + CRYPTO_AEAD_OVERHEAD)
#define HANDOVER_SEALED (CRYPTO_AEAD_KEY + CRYPTO_AEAD_OVERHEAD)

static struct view
text_view(const char *text)
{
    return view_of(text, strlen(text));
}

/* ---- meta -------------------------------------------------------------- */

status_t
account_meta_put(struct account_conn *c, const char *key, struct view value)
{
    status_t status;
    sqlite3_stmt *st = account_sql(c, ACCOUNT_SQL_META_SET, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(st, 2, value.p, (int)value.n, SQLITE_STATIC);
    return account_sql_run(st);
}

status_t
account_meta_get(struct account_conn *c, const char *key, uint8_t *out, size_t room, size_t *n)
{
    status_t status;
    sqlite3_stmt *st = account_sql(c, ACCOUNT_SQL_META_GET, &status);

    *n = 0;
    if (st == NULL)
        return status;
    (void)sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    status = account_sql_row(st);
    if (status == STATUS_SUCCESS) {
        const void *value = sqlite3_column_blob(st, 0);

        *n = (size_t)sqlite3_column_bytes(st, 0);
        if (value != NULL && *n <= room)
            memcpy(out, value, *n);
    }
    account_sql_end(st);
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

/* ---- the key check ------------------------------------------------------ */

status_t
account_key_check_put(struct account_conn *c, struct crypto_aead *aead)
{
    uint8_t sealed[KEY_CHECK_SEALED];

    if (!crypto_aead_seal(aead, text_view(META_KEY_CHECK), text_view(KEY_CHECK_TEXT), sealed))
        return STATUS_INTERNAL_ERROR;
    return account_meta_put(c, META_KEY_CHECK, view_of(sealed, sizeof(sealed)));
}

status_t
account_key_check_get(struct account_conn *c, struct crypto_aead *aead, bool *opens)
{
    uint8_t sealed[KEY_CHECK_SEALED], plain[sizeof(KEY_CHECK_TEXT)];
    size_t n;
    status_t status = account_meta_get(c, META_KEY_CHECK, sealed, sizeof(sealed), &n);

    *opens = false;
    if (status != STATUS_SUCCESS)
        return status;
    if (n != sizeof(sealed))
        return STATUS_INTERNAL_DB_CORRUPTION;
    *opens = crypto_aead_open(aead, text_view(META_KEY_CHECK), view_of(sealed, n), plain);
    return STATUS_SUCCESS;
}

/* ---- the keys at hand --------------------------------------------------- */

struct crypto_aead *
account_aead(struct account_store *s)
{
    return atomic_load_explicit(&s->aead, memory_order_acquire);
}

/* Under keys_lock, or before anybody else knows the store. */
bool
account_aead_add(struct account_store *s, const uint8_t key[CRYPTO_AEAD_KEY])
{
    struct crypto_aead *aead;

    if (s->key_count == ACCOUNT_KEYS_MAX)
        return false;
    aead = crypto_aead_new(key);
    if (aead == NULL)
        return false;
    s->keys[s->key_count++] = aead;
    atomic_store_explicit(&s->aead, aead, memory_order_release);
    return true;
}

/* ---- handing over ------------------------------------------------------- */

status_t
account_handover_put(struct account_store *s, const uint8_t key[CRYPTO_AEAD_KEY])
{
    uint8_t sealed[HANDOVER_SEALED];

    if (!crypto_aead_seal(account_aead(s), text_view(META_HANDOVER),
                          view_of(key, CRYPTO_AEAD_KEY), sealed))
        return STATUS_INTERNAL_ERROR;
    return account_meta_put(&s->writer, META_HANDOVER, view_of(sealed, sizeof(sealed)));
}

/* Under keys_lock. */
static bool
handover_take(struct account_store *s, struct account_conn *c)
{
    uint8_t sealed[HANDOVER_SEALED], key[CRYPTO_AEAD_KEY];
    size_t n;
    bool taken;

    if (account_meta_get(c, META_HANDOVER, sealed, sizeof(sealed), &n) != STATUS_SUCCESS
        || n != sizeof(sealed))
        return false;
    taken = crypto_aead_open(account_aead(s), text_view(META_HANDOVER), view_of(sealed, n), key)
            && account_aead_add(s, key);
    secret_wipe(key, sizeof(key));
    if (taken)
        log_notice("account_store", LOG_S("key", "changed"), LOG_S("file", s->db_path));
    return taken;
}

bool
account_key_refresh(struct account_store *s, struct account_conn *c)
{
    bool opens = false;

    pthread_mutex_lock(&s->keys_lock);
    if (account_key_check_get(c, account_aead(s), &opens) == STATUS_SUCCESS && !opens
        && handover_take(s, c)
        && account_key_check_get(c, account_aead(s), &opens) != STATUS_SUCCESS)
        opens = false;
    pthread_mutex_unlock(&s->keys_lock);
    return opens;
}

status_t
account_key_check(struct account_store *s)
{
    if (!s->key_is_current)
        s->key_is_current = account_key_refresh(s, &s->writer);
    return s->key_is_current ? STATUS_SUCCESS : STATUS_INTERNAL_DB_CORRUPTION;
}

void
account_key_tick(struct account_store *s, struct account_cache *cache)
{
    uint64_t version = cache == NULL ? 0 : account_cache_version(cache);
    struct account_conn *c;
    status_t status;

    if (version != 0 && version == s->key_looked)
        return;
    s->key_looked = version;
    c = account_read_begin(s, &status);
    if (c == NULL)
        return;
    if (!account_key_refresh(s, c))
        log_error("account_store", LOG_S("failed", "key"), LOG_S("file", s->db_path),
                  LOG_S("reason", "it is sealed with another key by now: restart"));
    account_read_end(s, c);
}

bool
account_key_is_original(struct account_store *s)
{
    bool opens = false;
    status_t status;
    struct account_conn *c = account_read_begin(s, &status);

    if (c == NULL)
        return false;
    /* Keys are added, never changed: the first one needs no lock. */
    if (account_key_check_get(c, s->keys[0], &opens) != STATUS_SUCCESS)
        opens = false;
    account_read_end(s, c);
    return opens;
}

status_t
account_handover_end(struct account_store *s)
{
    status_t status = account_write_begin(s, true);
    sqlite3_stmt *st;

    if (status != STATUS_SUCCESS)
        return status;
    st = account_sql(&s->writer, ACCOUNT_SQL_META_DELETE, &status);
    if (st != NULL) {
        (void)sqlite3_bind_text(st, 1, META_HANDOVER, -1, SQLITE_STATIC);
        status = account_sql_run(st);
    }
    status = account_write_end(s, status);
    /* The log still has it; a reader that keeps this from working ends it with its next one. */
    if (status == STATUS_SUCCESS)
        (void)sqlite3_wal_checkpoint_v2(s->writer.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return status;
}
