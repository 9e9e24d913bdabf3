/*
 * Changing accounts: each function is one transaction (or one step of the
 * caller's), all of it or nothing.
 *
 * Runs in the sspi command, and in the authority when a password is changed.
 * Trusts its arguments' types, not their contents.
 */
#include "lsa/account.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "base/str16.h"
#include "lsa/account_change.h"
#include "lsa/account_store.h"
#include "ntstatus.h"

#define CHANGE_RID_LAST 0x7fffffff      /* CHOICE: half the range, so that arithmetic never wraps */

status_t
account_begin(struct account_store *s)
{
    return account_write_begin(s, true);
}

status_t
account_commit(struct account_store *s)
{
    return account_write_end(s, STATUS_SUCCESS);
}

void
account_rollback(struct account_store *s)
{
    /* Rolled back because of some failure or other, which the caller knows better. */
    status_t status = account_write_end(s, STATUS_UNSUCCESSFUL);

    (void)status;
}

/* ---- names and rids, within a transaction ------------------------------ */

/* Users and groups share one space of names, as in a SAM. *rid: whose it is. */
status_t
account_name_check_free(struct account_store *s, const struct account_name *upper, uint32_t *rid)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_TAKEN, &status);

    *rid = 0;
    if (st == NULL)
        return status;
    (void)sqlite3_bind_blob(st, 1, upper->bytes, upper->n, SQLITE_STATIC);
    status = account_sql_row(st);
    if (status == STATUS_SUCCESS) {
        *rid = (uint32_t)sqlite3_column_int64(st, 1);
        status = sqlite3_column_int(st, 0) == 1 ? STATUS_USER_EXISTS : STATUS_GROUP_EXISTS;
    }
    account_sql_end(st);
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

static status_t
rid_check_free(struct account_store *s, uint32_t rid)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_RID_TAKEN, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    status = account_sql_row(st);
    account_sql_end(st);
    if (status == STATUS_SUCCESS)
        return STATUS_USER_EXISTS;
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

static status_t
rid_set_next(struct account_store *s, uint32_t next)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_SET_NEXT_RID, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, next);
    return account_sql_run(st);
}

static status_t
rid_get_next(struct account_store *s, uint32_t *next)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_NEXT_RID, &status);
    sqlite3_int64 value = 0;

    if (st == NULL)
        return status;
    status = account_sql_row(st);
    if (status == STATUS_SUCCESS)
        value = sqlite3_column_int64(st, 0);
    account_sql_end(st);
    if (status == STATUS_SUCCESS && value >= ACCOUNT_RID_FIRST && value <= CHANGE_RID_LAST) {
        *next = (uint32_t)value;
        return STATUS_SUCCESS;
    }
    return status == ACCOUNT_NO_ROW || status == STATUS_SUCCESS ? STATUS_INTERNAL_DB_CORRUPTION
                                                                : status;
}

/*
 * A rid is never given out twice, also after its account was deleted: files and
 * tokens may still name the old one by its SID.
 */
status_t
account_rid_take(struct account_store *s, uint32_t *rid)
{
    uint32_t next = 0;
    status_t status = rid_get_next(s, &next);

    if (status != STATUS_SUCCESS)
        return status;
    if (*rid == 0)
        *rid = next;
    if (*rid >= CHANGE_RID_LAST)
        return STATUS_INVALID_PARAMETER;
    status = rid_check_free(s, *rid);
    if (status == STATUS_SUCCESS && *rid >= next)
        status = rid_set_next(s, *rid + 1);
    return status;
}

/* ---- users ------------------------------------------------------------- */

static status_t
change_bind_hash(struct account_store *s, sqlite3_stmt *st, int at, uint32_t rid,
                 const uint8_t *hash)
{
    uint8_t sealed[ACCOUNT_SEALED_SIZE];

    status_t status = account_key_check(s);

    if (status != STATUS_SUCCESS)
        return status;
    if (!account_hash_seal(account_aead(s), rid, hash, sealed))
        return STATUS_INTERNAL_ERROR;
    return account_status(
        sqlite3_bind_blob(st, at, sealed, sizeof(sealed), SQLITE_TRANSIENT));
}

static status_t
change_insert(struct account_store *s, const struct account *a, const struct account_name *upper,
              uint32_t rid)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_ADD, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    (void)sqlite3_bind_blob(st, 2, a->name, a->name_units * 2, SQLITE_STATIC);
    (void)sqlite3_bind_blob(st, 3, upper->bytes, upper->n, SQLITE_STATIC);
    (void)sqlite3_bind_int64(st, 4, a->flags);
    (void)sqlite3_bind_int64(st, 5, a->expires);
    (void)sqlite3_bind_int64(st, 6, a->password_set);
    (void)sqlite3_bind_text(st, 8, a->local_user, -1, SQLITE_STATIC);
    if (a->has_hash)
        status = change_bind_hash(s, st, 7, rid, a->nt_hash);
    if (status != STATUS_SUCCESS) {
        account_sql_end(st);
        return status;
    }
    return account_sql_run(st);
}

static bool
change_is_valid(const struct account *a, struct account_name *upper)
{
    struct view name = view_of(a->name, a->name_units * sizeof(char16_t));

    return a->name_units <= ACCOUNT_NAME_MAX && account_name_is_valid(name)
           && memchr(a->local_user, '\0', sizeof(a->local_user)) != NULL
           && account_name_upper(name, upper);
}

status_t
account_add(struct account_store *s, const struct account *a, uint32_t *rid)
{
    struct account_name upper;
    uint32_t taken, own = a->rid;
    status_t status;

    *rid = 0;
    if (!change_is_valid(a, &upper))
        return STATUS_INVALID_PARAMETER;
    status = account_write_begin(s, true);
    if (status != STATUS_SUCCESS)
        return status;
    status = account_name_check_free(s, &upper, &taken);
    if (status == STATUS_SUCCESS)
        status = account_rid_take(s, &own);
    if (status == STATUS_SUCCESS)
        status = change_insert(s, a, &upper, own);
    status = account_write_end(s, status);
    if (status == STATUS_SUCCESS)
        *rid = own;
    return status;
}

/* Runs a statement that must hit one user. */
static status_t
change_run_one(struct account_store *s, sqlite3_stmt *st)
{
    status_t status = account_sql_run(st);

    if (status == STATUS_SUCCESS && sqlite3_changes(s->writer.db) != 1)
        return STATUS_NO_SUCH_USER;
    return status;
}

static status_t
change_update(struct account_store *s, const struct account *a, const struct account_name *upper)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_UPDATE, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, a->rid);
    (void)sqlite3_bind_blob(st, 2, a->name, a->name_units * 2, SQLITE_STATIC);
    (void)sqlite3_bind_blob(st, 3, upper->bytes, upper->n, SQLITE_STATIC);
    (void)sqlite3_bind_int64(st, 4, a->flags);
    (void)sqlite3_bind_int64(st, 5, a->expires);
    (void)sqlite3_bind_text(st, 6, a->local_user, -1, SQLITE_STATIC);
    return change_run_one(s, st);
}

status_t
account_update(struct account_store *s, const struct account *a)
{
    struct account_name upper;
    uint32_t taken;
    status_t status;

    if (!change_is_valid(a, &upper))
        return STATUS_INVALID_PARAMETER;
    status = account_write_begin(s, true);
    if (status != STATUS_SUCCESS)
        return status;
    status = account_name_check_free(s, &upper, &taken);
    if (status == STATUS_USER_EXISTS && taken == a->rid)
        status = STATUS_SUCCESS;        /* it keeps its own name */
    if (status == STATUS_SUCCESS)
        status = change_update(s, a, &upper);
    return account_write_end(s, status);
}

/* The user's rid by name, within the transaction. */
static status_t
change_find(struct account_store *s, struct view name, uint32_t *rid)
{
    struct account_name upper;
    status_t status;

    if (!account_name_upper(name, &upper))
        return STATUS_NO_SUCH_USER;
    status = account_name_check_free(s, &upper, rid);
    if (status == STATUS_USER_EXISTS)
        return STATUS_SUCCESS;
    return status == STATUS_SUCCESS || status == STATUS_GROUP_EXISTS ? STATUS_NO_SUCH_USER
                                                                     : status;
}

static status_t
change_delete(struct account_store *s, uint32_t rid)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_DELETE_MEMBER, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    status = account_sql_run(st);
    if (status != STATUS_SUCCESS)
        return status;
    st = account_sql(&s->writer, ACCOUNT_SQL_DELETE, &status);
    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    return change_run_one(s, st);
}

status_t
account_delete(struct account_store *s, struct view name)
{
    uint32_t rid;
    status_t status = account_write_begin(s, true);

    if (status != STATUS_SUCCESS)
        return status;
    status = change_find(s, name, &rid);
    if (status == STATUS_SUCCESS)
        status = change_delete(s, rid);
    return account_write_end(s, status);
}

/* ---- passwords --------------------------------------------------------- */

/* CHOICE: without a history nothing is kept of passwords that are gone. */
static status_t
change_push_history(struct account_store *s, uint32_t rid)
{
    static const enum account_sql steps[] = { ACCOUNT_SQL_HISTORY_PUSH, ACCOUNT_SQL_HISTORY_TRIM };
    /* The present password counts, and is in its own row. */
    uint32_t keep = s->policy.history > 0 ? s->policy.history - 1 : 0;
    status_t status = STATUS_SUCCESS;

    for (size_t i = keep > 0 ? 0 : 1; i < 2 && status == STATUS_SUCCESS; i++) {
        sqlite3_stmt *st = account_sql(&s->writer, steps[i], &status);

        if (st == NULL)
            return status;
        (void)sqlite3_bind_int64(st, 1, rid);
        if (steps[i] == ACCOUNT_SQL_HISTORY_TRIM)
            (void)sqlite3_bind_int64(st, 2, keep);
        status = account_sql_run(st);
    }
    return status;
}

status_t
account_hash_put(struct account_store *s, uint32_t rid, const uint8_t hash[ACCOUNT_HASH_SIZE],
                 int64_t now)
{
    status_t status = change_push_history(s, rid);
    sqlite3_stmt *st;

    if (status != STATUS_SUCCESS)
        return status;
    st = account_sql(&s->writer, ACCOUNT_SQL_SET_HASH, &status);
    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    (void)sqlite3_bind_int64(st, 3, now);
    status = change_bind_hash(s, st, 2, rid, hash);
    if (status != STATUS_SUCCESS) {
        account_sql_end(st);
        return status;
    }
    return change_run_one(s, st);
}

status_t
account_set_hash(struct account_store *s, struct view name, const uint8_t hash[ACCOUNT_HASH_SIZE],
                 int64_t now)
{
    uint32_t rid;
    status_t status = account_write_begin(s, true);

    if (status != STATUS_SUCCESS)
        return status;
    status = change_find(s, name, &rid);
    if (status == STATUS_SUCCESS)
        status = account_hash_put(s, rid, hash, now);
    return account_write_end(s, status);
}

status_t
account_set_password(struct account_store *s, struct view name, struct view password, int64_t now)
{
    uint8_t hash[ACCOUNT_HASH_SIZE];
    status_t status;

    if (password.n > ACCOUNT_PASSWORD_MAX * 2 || !str16_is_valid(password))
        return STATUS_INVALID_PARAMETER;
    account_hash_password(password, hash);
    status = account_set_hash(s, name, hash, now);
    secret_wipe(hash, sizeof(hash));
    return status;
}
