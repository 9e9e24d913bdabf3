/*
 * The lockout of accounts: failed logons are counted within a window; at the
 * threshold the account is locked for a time or until somebody unlocks it.
 *
 * Runs in lsad, for what lockout.c collected of failed logons in memory. Whoever
 * guesses passwords decides how often, so the work is bounded: a locked account
 * and a store without lockout are not written to at all, counting does not wait
 * for the disk, and what is written replaces three numbers in one row.
 *
 * Time comes from the caller. A clock that steps back never shortens a lock
 * nor forgives a failure (D26).
 */
#include "lsa/account.h"

#include "base/filetime.h"
#include "lsa/account_store.h"
#include "ntstatus.h"

struct lockout {
    int64_t locked_until;
    int64_t bad_since;
    uint32_t bad_count;
};

static status_t
lockout_get(struct account_conn *c, uint32_t rid, struct lockout *out)
{
    status_t status;
    sqlite3_stmt *st = account_sql(c, ACCOUNT_SQL_LOCKOUT, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    status = account_sql_row(st);
    if (status == STATUS_SUCCESS) {
        out->locked_until = sqlite3_column_int64(st, 0);
        out->bad_count = (uint32_t)sqlite3_column_int64(st, 1);
        out->bad_since = sqlite3_column_int64(st, 2);
    }
    account_sql_end(st);
    return status == ACCOUNT_NO_ROW ? STATUS_NO_SUCH_USER : status;
}

static status_t
lockout_set(struct account_store *s, uint32_t rid, const struct lockout *l)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_SET_LOCKOUT, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    (void)sqlite3_bind_int64(st, 2, l->locked_until);
    (void)sqlite3_bind_int64(st, 3, l->bad_count);
    (void)sqlite3_bind_int64(st, 4, l->bad_since);
    return account_sql_run(st);
}

/* What the store says now, by a look-up: most calls end here, without a write. */
static status_t
lockout_read(struct account_store *s, uint32_t rid, struct lockout *out)
{
    status_t status;
    struct account_conn *c = account_read_begin(s, &status);

    if (c == NULL)
        return status;
    status = lockout_get(c, rid, out);
    account_read_end(s, c);
    return status;
}

/* One failure or several; of several, `first` opens a window and `last` begins a lock. */
static void
lockout_count(const struct account_store *s, struct lockout *l, const struct account_pending *p)
{
    bool was_locked = l->locked_until != 0;

    /* A lock that has run out, or a window that has: counting begins anew. */
    if (was_locked || l->bad_count == 0 || p->first - l->bad_since > s->lockout_window) {
        l->bad_count = 0;
        l->bad_since = p->first;
        l->locked_until = 0;
    }
    if (l->bad_since > p->first)
        l->bad_since = p->first;
    l->bad_count += p->failures;
    if (l->bad_count < s->lockout_threshold)
        return;
    l->locked_until = FILETIME_NEVER;
    if (s->lockout_time != 0)
        l->locked_until = p->last + s->lockout_time;
}

/* True: *l changed. A locked account is not counted on. */
static bool
lockout_apply(const struct account_store *s, struct lockout *l, const struct account_pending *p)
{
    bool changed = p->clear && (l->bad_count != 0 || l->locked_until != 0);

    if (p->clear)
        *l = (struct lockout){ 0 };
    if (p->failures == 0 || s->lockout_threshold == 0 || l->locked_until > p->last)
        return changed;
    lockout_count(s, l, p);
    return true;
}

/* Within a transaction: another thread may have locked it since we looked. */
static status_t
lockout_write(struct account_store *s, const struct account_pending *p, bool *locked)
{
    struct lockout l;
    status_t status = lockout_get(&s->writer, p->rid, &l);

    if (status != STATUS_SUCCESS)
        return status;
    if (lockout_apply(s, &l, p))
        status = lockout_set(s, p->rid, &l);
    *locked = l.locked_until > p->last;
    return status;
}

status_t
account_logon_failed(struct account_store *s, uint32_t rid, int64_t now, bool *locked)
{
    struct account_pending one = { .rid = rid, .failures = 1, .first = now, .last = now };
    struct lockout l;
    status_t status = lockout_read(s, rid, &l);

    *locked = false;
    if (status != STATUS_SUCCESS)
        return status;
    *locked = l.locked_until > now;
    if (*locked || s->lockout_threshold == 0)
        return STATUS_SUCCESS;
    status = account_write_begin(s, false);
    if (status != STATUS_SUCCESS)
        return status;
    return account_write_end(s, lockout_write(s, &one, locked));
}

static status_t
lockout_clear(struct account_store *s, uint32_t rid, bool durable)
{
    static const struct lockout none;
    status_t status = account_write_begin(s, durable);

    if (status != STATUS_SUCCESS)
        return status;
    return account_write_end(s, lockout_set(s, rid, &none));
}

status_t
account_logon_succeeded(struct account_store *s, uint32_t rid)
{
    struct lockout l;
    status_t status = lockout_read(s, rid, &l);

    if (status != STATUS_SUCCESS || (l.bad_count == 0 && l.locked_until == 0))
        return status;
    return lockout_clear(s, rid, false);
}

status_t
account_unlock(struct account_store *s, struct view name)
{
    struct account a;
    uint32_t rid;
    status_t status = account_find(s, name, &a);

    if (status != STATUS_SUCCESS)
        return status;
    rid = a.rid;
    account_wipe(&a);
    return lockout_clear(s, rid, true);
}

/* ---- counted elsewhere first ------------------------------------------- */

bool
account_lockout_is_on(const struct account_store *s)
{
    return s->lockout_threshold != 0;
}

void
account_pending_apply(const struct account_store *s, const struct account_pending *p,
                      struct account *a)
{
    struct lockout l = { a->locked_until, a->bad_since, a->bad_count };

    (void)lockout_apply(s, &l, p);
    a->locked_until = l.locked_until;
    a->bad_since = l.bad_since;
    a->bad_count = l.bad_count;
}

status_t
account_pending_put(struct account_store *s, const struct account_pending *p, size_t n, bool wait)
{
    status_t status = wait ? account_write_begin(s, false) : account_write_try(s);
    bool locked;

    if (status != STATUS_SUCCESS)
        return status;
    for (size_t i = 0; i < n && status == STATUS_SUCCESS; i++) {
        status = lockout_write(s, &p[i], &locked);
        if (status == STATUS_NO_SUCH_USER)
            status = STATUS_SUCCESS;
    }
    return account_write_end(s, status);
}
