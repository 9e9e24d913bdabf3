/*
 * A user's own change of password, by the policy of [store]: how long it must
 * be, and which of the last ones may not come again.
 *
 * Runs in the authority, which has compared the old password before, and counts
 * failures (lockout.c). Old hashes are compared as sealed rows of the same rid.
 */
#include "lsa/account_store.h"

#include "base/secret.h"
#include "base/str16.h"
#include "ntstatus.h"

static status_t
history_has(struct account_store *s, uint32_t rid, const uint8_t hash[ACCOUNT_HASH_SIZE],
            bool *has)
{
    uint8_t old[ACCOUNT_HASH_SIZE];
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_HISTORY_OF, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    (void)sqlite3_bind_int64(st, 2, (sqlite3_int64)s->policy.history - 1);
    while ((status = account_sql_row(st)) == STATUS_SUCCESS && !*has)
        /* A row that does not open is no reason to refuse every new password. */
        *has = account_hash_open(account_aead(s), rid, st, 0, old)
               && ct_equal(old, hash, sizeof(old));
    secret_wipe(old, sizeof(old));
    account_sql_end(st);
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

static status_t
policy_check(struct account_store *s, const struct account *a, struct view password,
             const uint8_t hash[ACCOUNT_HASH_SIZE])
{
    bool used = false;
    status_t status = STATUS_SUCCESS;

    if (password.n / 2 < s->policy.min_length)
        return STATUS_PASSWORD_RESTRICTION;
    if (s->policy.history > 0)
        used = ct_equal(a->nt_hash, hash, sizeof(a->nt_hash));
    if (s->policy.history > 1 && !used)
        status = history_has(s, a->rid, hash, &used);
    return used ? STATUS_PASSWORD_RESTRICTION : status;
}

static status_t
password_settle_must_change(struct account_store *s, uint32_t rid)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_CHANGED, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    (void)sqlite3_bind_int64(st, 2, ACCOUNT_MUST_CHANGE);
    return account_sql_run(st);
}

/* Within the transaction: the hash may have changed since the caller looked. */
static status_t
password_change(struct account_store *s, uint32_t rid, const uint8_t old[ACCOUNT_HASH_SIZE],
                struct view password, const uint8_t hash[ACCOUNT_HASH_SIZE], int64_t now)
{
    struct account a;
    status_t status = account_key_check(s);

    if (status == STATUS_SUCCESS)
        status = account_find_rid(s, rid, &a);
    if (status != STATUS_SUCCESS)
        return status;
    if (!a.has_hash || !ct_equal(a.nt_hash, old, sizeof(a.nt_hash)))
        status = STATUS_WRONG_PASSWORD;
    if (status == STATUS_SUCCESS)
        status = policy_check(s, &a, password, hash);
    account_wipe(&a);
    if (status == STATUS_SUCCESS)
        status = account_hash_put(s, rid, hash, now);
    return status == STATUS_SUCCESS ? password_settle_must_change(s, rid) : status;
}

status_t
account_change_password(struct account_store *s, uint32_t rid,
                        const uint8_t old[ACCOUNT_HASH_SIZE], struct view password, int64_t now)
{
    uint8_t hash[ACCOUNT_HASH_SIZE];
    status_t status;

    if (password.n == 0 || password.n > ACCOUNT_PASSWORD_MAX * 2 || !str16_is_valid(password))
        return STATUS_PASSWORD_RESTRICTION;
    account_hash_password(password, hash);
    status = account_write_begin(s, true);
    if (status == STATUS_SUCCESS)
        status = account_write_end(s, password_change(s, rid, old, password, hash, now));
    secret_wipe(hash, sizeof(hash));
    return status;
}
