/*
 * Sealing every hash under another key (D21), in one transaction: a process that
 * dies in it leaves the store as it was.
 *
 * Runs in the sspi command. Look-ups go on meanwhile, on the store as it was
 * before; other writers wait, and what lsad counts of failed logons stays in its
 * memory until they may write.
 */
#include "lsa/account_store.h"

#include "base/secret.h"
#include "ntstatus.h"

#define REKEY_PROGRESS 4096             /* hashes between two reports */

struct rekey {
    struct account_store *s;
    struct crypto_aead *to;
    account_progress_fn *progress;
    void *arg;
    uint64_t done, all;
};

/* Two tables with sealed hashes: which statements walk and change them. */
static const struct rekey_table {
    enum account_sql next, set;
    const char *count;
} rekey_tables[] = {
    { ACCOUNT_SQL_SEALED_NEXT, ACCOUNT_SQL_SEALED_SET,
      "SELECT count(*) FROM users WHERE sealed_hash IS NOT NULL" },
    { ACCOUNT_SQL_HISTORY_NEXT, ACCOUNT_SQL_HISTORY_SET, "SELECT count(*) FROM history" },
};

#define REKEY_TABLES (sizeof(rekey_tables) / sizeof(rekey_tables[0]))

static void
rekey_count(struct rekey *k)
{
    for (size_t i = 0; i < REKEY_TABLES; i++) {
        sqlite3_stmt *st = NULL;

        if (sqlite3_prepare_v2(k->s->writer.db, rekey_tables[i].count, -1, &st, NULL) == SQLITE_OK
            && sqlite3_step(st) == SQLITE_ROW)
            k->all += (uint64_t)sqlite3_column_int64(st, 0);
        (void)sqlite3_finalize(st);
    }
}

/* The row behind *id, its hash sealed anew. ACCOUNT_NO_ROW: there is none. */
static status_t
rekey_seal_next(struct rekey *k, enum account_sql next, int64_t *id,
                uint8_t sealed[ACCOUNT_SEALED_SIZE])
{
    uint8_t hash[ACCOUNT_HASH_SIZE];
    uint32_t rid;
    status_t status;
    sqlite3_stmt *st = account_sql(&k->s->writer, next, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, *id);
    status = account_sql_row(st);
    if (status == STATUS_SUCCESS) {
        *id = sqlite3_column_int64(st, 0);
        rid = (uint32_t)sqlite3_column_int64(st, 1);
        if (!account_hash_open(account_aead(k->s), rid, st, 2, hash))
            status = STATUS_INTERNAL_DB_CORRUPTION;
        else if (!account_hash_seal(k->to, rid, hash, sealed))
            status = STATUS_INTERNAL_ERROR;
        secret_wipe(hash, sizeof(hash));
    }
    account_sql_end(st);
    return status;
}

static status_t
rekey_table(struct rekey *k, const struct rekey_table *t)
{
    uint8_t sealed[ACCOUNT_SEALED_SIZE];
    int64_t id = 0;
    status_t status;

    while ((status = rekey_seal_next(k, t->next, &id, sealed)) == STATUS_SUCCESS) {
        sqlite3_stmt *st = account_sql(&k->s->writer, t->set, &status);

        if (st == NULL)
            return status;
        (void)sqlite3_bind_int64(st, 1, id);
        (void)sqlite3_bind_blob(st, 2, sealed, sizeof(sealed), SQLITE_STATIC);
        status = account_sql_run(st);
        if (status != STATUS_SUCCESS)
            return status;
        if (++k->done % REKEY_PROGRESS == 0 && k->progress != NULL)
            k->progress(k->done, k->all, k->arg);
    }
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

static status_t
rekey_all(struct rekey *k, const uint8_t key[ACCOUNT_KEY_SIZE])
{
    status_t status = account_key_check(k->s);

    if (status != STATUS_SUCCESS)
        return status;
    rekey_count(k);
    for (size_t i = 0; i < REKEY_TABLES && status == STATUS_SUCCESS; i++)
        status = rekey_table(k, &rekey_tables[i]);
    if (status == STATUS_SUCCESS)
        status = account_handover_put(k->s, key);
    if (status == STATUS_SUCCESS)
        status = account_key_check_put(&k->s->writer, k->to);
    return status;
}

/* As every other process does that has the store open. */
static status_t
rekey_follow(struct account_store *s)
{
    status_t status;
    struct account_conn *c = account_read_begin(s, &status);

    if (c == NULL)
        return status;
    status = account_key_refresh(s, c) ? STATUS_SUCCESS : STATUS_INTERNAL_ERROR;
    account_read_end(s, c);
    return status;
}

status_t
account_rekey(struct account_store *s, const uint8_t key[ACCOUNT_KEY_SIZE],
              account_progress_fn *progress, void *arg)
{
    struct rekey k = { .s = s, .progress = progress, .arg = arg, .to = crypto_aead_new(key) };
    status_t status;

    if (k.to == NULL)
        return STATUS_NO_MEMORY;
    status = account_write_begin(s, true);
    if (status == STATUS_SUCCESS)
        status = account_write_end(s, rekey_all(&k, key));
    crypto_aead_free(k.to);
    return status == STATUS_SUCCESS ? rekey_follow(s) : status;
}
