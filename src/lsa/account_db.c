/*
 * Connections to SQLite, their prepared statements, and who may use which when.
 *
 * Runs in lsad, in the embedded authority and in the sspi command. SQLite
 * serialises nothing here (SQLITE_OPEN_NOMUTEX): a connection belongs to one
 * thread from taking to giving back, readers by an atomic flag each, the
 * writer by a mutex. In WAL mode readers and the writer, in this process and
 * in others, do not wait for each other; what is committed is seen by the next
 * look-up, as each is a read transaction of its own.
 *
 * Trusts the files as far as SQLite can tell them from damaged ones: names and
 * numbers from rows are checked again by account_row.c.
 */
#include "lsa/account_store.h"

#include "base/filetime.h"
#include "base/log.h"
#include "ntstatus.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* Longer than any change here takes; a look-up waits for a lock only while files are swapped. */
#define DB_BUSY_MS 2000
#define DB_WAL_LIMIT "4194304"          /* bytes that the log keeps on disk after a checkpoint */
#define DB_CACHE_KIB "512"
#define DB_READER_WAIT_MS 5000          /* for a free connection */

#define ACCOUNT_COLUMNS \
    "rid, name, flags, expires, password_set, locked_until, bad_count, bad_since, " \
    "sealed_hash, local_user"

static const char *const db_texts[ACCOUNT_SQL_COUNT] = {
    [ACCOUNT_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [ACCOUNT_SQL_COMMIT] = "COMMIT",
    [ACCOUNT_SQL_ROLLBACK] = "ROLLBACK",
    [ACCOUNT_SQL_SAVEPOINT] = "SAVEPOINT change",
    [ACCOUNT_SQL_RELEASE] = "RELEASE change",
    [ACCOUNT_SQL_ROLLBACK_TO] = "ROLLBACK TO change",
    [ACCOUNT_SQL_DURABLE] = "PRAGMA synchronous = FULL",
    [ACCOUNT_SQL_QUICK] = "PRAGMA synchronous = NORMAL",
    [ACCOUNT_SQL_FIND_NAME] = "SELECT " ACCOUNT_COLUMNS " FROM users WHERE name_upper = ?1",
    [ACCOUNT_SQL_FIND_RID] = "SELECT " ACCOUNT_COLUMNS " FROM users WHERE rid = ?1",
    [ACCOUNT_SQL_EACH] = "SELECT " ACCOUNT_COLUMNS " FROM users ORDER BY name_upper",
    [ACCOUNT_SQL_TAKEN] =
        "SELECT 1, rid FROM users WHERE name_upper = ?1 "
        "UNION ALL SELECT 2, rid FROM groups WHERE name_upper = ?1",
    [ACCOUNT_SQL_RID_TAKEN] =
        "SELECT 1 FROM users WHERE rid = ?1 UNION ALL SELECT 2 FROM groups WHERE rid = ?1",
    [ACCOUNT_SQL_NEXT_RID] = "SELECT value FROM meta WHERE key = 'next_rid'",
    [ACCOUNT_SQL_SET_NEXT_RID] = "UPDATE meta SET value = ?1 WHERE key = 'next_rid'",
    [ACCOUNT_SQL_ADD] =
        "INSERT INTO users (rid, name, name_upper, flags, expires, password_set, sealed_hash, "
        "local_user) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [ACCOUNT_SQL_UPDATE] =
        "UPDATE users SET name = ?2, name_upper = ?3, flags = ?4, expires = ?5, local_user = ?6 "
        "WHERE rid = ?1",
    [ACCOUNT_SQL_DELETE] = "DELETE FROM users WHERE rid = ?1",
    [ACCOUNT_SQL_DELETE_MEMBER] = "DELETE FROM members WHERE member_rid = ?1",
    [ACCOUNT_SQL_SET_HASH] =
        "UPDATE users SET sealed_hash = ?2, password_set = ?3 WHERE rid = ?1",
    [ACCOUNT_SQL_CHANGED] = "UPDATE users SET flags = flags & ~?2 WHERE rid = ?1",
    [ACCOUNT_SQL_HISTORY_PUSH] =
        "INSERT INTO history (rid, sealed_hash) "
        "SELECT rid, sealed_hash FROM users WHERE rid = ?1 AND sealed_hash IS NOT NULL",
    [ACCOUNT_SQL_HISTORY_TRIM] =
        "DELETE FROM history WHERE rid = ?1 AND id NOT IN "
        "(SELECT id FROM history WHERE rid = ?1 ORDER BY id DESC LIMIT ?2)",
    [ACCOUNT_SQL_HISTORY_OF] =
        "SELECT sealed_hash FROM history WHERE rid = ?1 ORDER BY id DESC LIMIT ?2",
    [ACCOUNT_SQL_SEALED_NEXT] =
        "SELECT rid, rid, sealed_hash FROM users "
        "WHERE rid > ?1 AND sealed_hash IS NOT NULL ORDER BY rid LIMIT 1",
    [ACCOUNT_SQL_SEALED_SET] = "UPDATE users SET sealed_hash = ?2 WHERE rid = ?1",
    [ACCOUNT_SQL_HISTORY_NEXT] =
        "SELECT id, rid, sealed_hash FROM history WHERE id > ?1 ORDER BY id LIMIT 1",
    [ACCOUNT_SQL_HISTORY_SET] = "UPDATE history SET sealed_hash = ?2 WHERE id = ?1",
    [ACCOUNT_SQL_LOCKOUT] =
        "SELECT locked_until, bad_count, bad_since FROM users WHERE rid = ?1",
    [ACCOUNT_SQL_SET_LOCKOUT] =
        "UPDATE users SET locked_until = ?2, bad_count = ?3, bad_since = ?4 WHERE rid = ?1",
    /* UNION drops what was seen before, so groups within each other in a circle end. */
    [ACCOUNT_SQL_GROUPS] =
        "WITH RECURSIVE inside(rid) AS ("
        "SELECT group_rid FROM members WHERE member_rid = ?1 "
        "UNION SELECT m.group_rid FROM members m JOIN inside i ON m.member_rid = i.rid "
        "LIMIT ?2) SELECT rid FROM inside",
    [ACCOUNT_SQL_GROUP_FIND] = "SELECT rid FROM groups WHERE name_upper = ?1",
    [ACCOUNT_SQL_GROUP_NAME] = "SELECT name FROM groups WHERE rid = ?1",
    [ACCOUNT_SQL_GROUP_ADD] = "INSERT INTO groups (rid, name, name_upper) VALUES (?1, ?2, ?3)",
    [ACCOUNT_SQL_MEMBERS] =
        "SELECT COALESCE(u.name, g.name) FROM members m LEFT JOIN users u ON u.rid = m.member_rid "
        "LEFT JOIN groups g ON g.rid = m.member_rid WHERE m.group_rid = ?1 ORDER BY m.member_rid",
    [ACCOUNT_SQL_MEMBER_ADD] =
        "INSERT OR IGNORE INTO members (group_rid, member_rid) VALUES (?1, ?2)",
    [ACCOUNT_SQL_MEMBER_REMOVE] =
        "DELETE FROM members WHERE group_rid = ?1 AND member_rid = ?2",
    [ACCOUNT_SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [ACCOUNT_SQL_META_SET] = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
    [ACCOUNT_SQL_META_DELETE] = "DELETE FROM meta WHERE key = ?1",
};

/* ---- statements -------------------------------------------------------- */

status_t
account_status(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return STATUS_SUCCESS;
    case SQLITE_NOMEM:
        return STATUS_NO_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STATUS_INTERNAL_DB_CORRUPTION;
    default:
        return STATUS_INTERNAL_DB_ERROR;
    }
}

static status_t
db_fail(sqlite3 *db, const char *what)
{
    int code = sqlite3_extended_errcode(db);
    status_t status = account_status(code);

    log_error("account_store", LOG_S("failed", what), LOG_N("sqlite", code),
              LOG_S("reason", sqlite3_errmsg(db)));
    return status == STATUS_SUCCESS ? STATUS_INTERNAL_DB_ERROR : status;
}

sqlite3_stmt *
account_sql(struct account_conn *c, enum account_sql which, status_t *status)
{
    sqlite3_stmt **st = &c->stmts[which];

    *status = STATUS_SUCCESS;
    if (*st == NULL
        && sqlite3_prepare_v3(c->db, db_texts[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL)
               != SQLITE_OK)
        *status = db_fail(c->db, db_texts[which]);
    return *st;
}

status_t
account_sql_row(sqlite3_stmt *st)
{
    int code = sqlite3_step(st);

    if (code == SQLITE_ROW)
        return STATUS_SUCCESS;
    return code == SQLITE_DONE ? ACCOUNT_NO_ROW
                               : db_fail(sqlite3_db_handle(st), sqlite3_sql(st));
}

void
account_sql_end(sqlite3_stmt *st)
{
    /* Reset ends the read transaction: a reader that kept it would stop checkpoints. */
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
}

status_t
account_sql_run(sqlite3_stmt *st)
{
    status_t status = account_sql_row(st);

    account_sql_end(st);
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

static status_t
db_run(struct account_conn *c, enum account_sql which)
{
    status_t status;
    sqlite3_stmt *st = account_sql(c, which, &status);

    return st == NULL ? status : account_sql_run(st);
}

/* ---- connections ------------------------------------------------------- */

int
account_conn_open(struct account_conn *c, const char *path, bool query_only)
{
    /* A reader opens for writing as well: WAL's shared index needs it. */
    int code = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (code != SQLITE_OK)
        return code;
    (void)sqlite3_extended_result_codes(c->db, 1);
    (void)sqlite3_busy_timeout(c->db, DB_BUSY_MS);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return sqlite3_exec(c->db,
                        query_only ? "PRAGMA cache_size = -" DB_CACHE_KIB ";"
                                     "PRAGMA query_only = ON;"
                                   : "PRAGMA foreign_keys = ON;"
                                     "PRAGMA secure_delete = ON;"
                                     "PRAGMA synchronous = NORMAL;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA journal_size_limit = " DB_WAL_LIMIT ";",
                        NULL, NULL, NULL);
}

void
account_conn_close(struct account_conn *c)
{
    for (size_t i = 0; i < ACCOUNT_SQL_COUNT; i++)
        (void)sqlite3_finalize(c->stmts[i]);
    (void)sqlite3_close(c->db);
    *c = (struct account_conn){ 0 };
}

/* ---- readers ----------------------------------------------------------- */

/* Each thread begins at a place of its own, and so finds its own connection again. */
static unsigned
read_hint(struct account_store *s, unsigned *set)
{
    static _Thread_local unsigned hint;

    if (set != NULL)
        hint = *set + 1;
    else if (hint == 0)
        hint = atomic_fetch_add_explicit(&s->hints, 1, memory_order_relaxed) + 1;
    return hint - 1;
}

static struct account_reader *
read_try(struct account_store *s)
{
    unsigned from = read_hint(s, NULL);

    for (unsigned i = 0; i < ACCOUNT_READERS_MAX; i++) {
        unsigned at = (from + i) % ACCOUNT_READERS_MAX;
        struct account_reader *r = &s->readers[at];
        if (atomic_exchange_explicit(&r->busy, 1, memory_order_acquire) == 0) {
            (void)read_hint(s, &at);
            return r;
        }
    }
    return NULL;
}

static struct account_reader *
read_wait(struct account_store *s)
{
    struct account_reader *r = read_try(s);
    int64_t until = 0;

    while (r == NULL) {
        if (until == 0)
            until = filetime_boot_ms() + DB_READER_WAIT_MS;
        else if (filetime_boot_ms() > until)
            return NULL;
        sched_yield();
        r = read_try(s);
    }
    return r;
}

static bool
read_is_own_transaction(struct account_store *s)
{
    unsigned long owner = atomic_load_explicit(&s->owner, memory_order_relaxed);

    /* Only this thread writes its own number there, so no other order is needed. */
    return owner != 0 && owner == (unsigned long)pthread_self();
}

struct account_cache *
account_read_cache(struct account_store *s)
{
    return read_is_own_transaction(s) || s->pid != getpid() ? NULL : s->cache;
}

struct account_conn *
account_read_begin(struct account_store *s, status_t *status)
{
    struct account_reader *r;

    *status = STATUS_SUCCESS;
    if (read_is_own_transaction(s))
        return &s->writer;
    /* SQLite's locks are not inherited by fork(): reading without them could be wrong. */
    r = s->pid == getpid() ? read_wait(s) : NULL;
    if (r == NULL) {
        *status = STATUS_INTERNAL_DB_ERROR;
        return NULL;
    }
    if (r->conn.db != NULL || account_conn_open(&r->conn, s->db_path, true) == SQLITE_OK)
        return &r->conn;
    *status = db_fail(r->conn.db, "open");
    account_conn_close(&r->conn);
    atomic_store_explicit(&r->busy, 0, memory_order_release);
    return NULL;
}

void
account_read_end(struct account_store *s, struct account_conn *c)
{
    struct account_reader *r;

    if (c == &s->writer)
        return;
    r = (struct account_reader *)(void *)((char *)c - offsetof(struct account_reader, conn));
    atomic_store_explicit(&r->busy, 0, memory_order_release);
}

/* ---- the writer -------------------------------------------------------- */

/*
 * Accounts that an administrator changes are on the disk when the command ends;
 * counters of failed logons need not be: waiting for the disk there would let
 * whoever guesses passwords slow down everybody.
 */
static status_t
write_set_durable(struct account_store *s, bool durable)
{
    status_t status = STATUS_SUCCESS;

    if (s->durable != durable)
        status = db_run(&s->writer, durable ? ACCOUNT_SQL_DURABLE : ACCOUNT_SQL_QUICK);
    if (status == STATUS_SUCCESS)
        s->durable = durable;
    return status;
}

static status_t
write_open(struct account_store *s, bool durable)
{
    status_t status;

    if (s->depth > 0)
        return db_run(&s->writer, ACCOUNT_SQL_SAVEPOINT);
    status = write_set_durable(s, durable);
    return status == STATUS_SUCCESS ? db_run(&s->writer, ACCOUNT_SQL_BEGIN) : status;
}

/* Under the mutex, which a failure gives back. */
static status_t
write_opened(struct account_store *s, status_t status)
{
    if (status != STATUS_SUCCESS) {
        pthread_mutex_unlock(&s->mutex);
        return status;
    }
    if (s->depth == 0) {
        s->write_number = account_cache_write_begin(s->cache);
        s->key_is_current = false;
    }
    s->depth++;
    atomic_store_explicit(&s->owner, (unsigned long)pthread_self(), memory_order_relaxed);
    return STATUS_SUCCESS;
}

status_t
account_write_begin(struct account_store *s, bool durable)
{
    if (s->pid != getpid())
        return STATUS_INTERNAL_DB_ERROR;
    pthread_mutex_lock(&s->mutex);
    return write_opened(s, write_open(s, durable));
}

/* Not db_run(): that the store is busy is nothing to log. */
static status_t
write_open_now(struct account_store *s)
{
    status_t status = write_set_durable(s, false);
    sqlite3_stmt *st;
    int code;

    if (status != STATUS_SUCCESS)
        return status;
    st = account_sql(&s->writer, ACCOUNT_SQL_BEGIN, &status);
    if (st == NULL)
        return status;
    (void)sqlite3_busy_timeout(s->writer.db, 0);
    code = sqlite3_step(st);
    (void)sqlite3_busy_timeout(s->writer.db, DB_BUSY_MS);
    if (code == SQLITE_DONE)
        status = STATUS_SUCCESS;
    else if ((code & 0xff) == SQLITE_BUSY)
        status = STATUS_LOCK_NOT_GRANTED;
    else
        status = db_fail(s->writer.db, "begin");
    account_sql_end(st);
    return status;
}

status_t
account_write_try(struct account_store *s)
{
    if (s->pid != getpid())
        return STATUS_INTERNAL_DB_ERROR;
    if (pthread_mutex_trylock(&s->mutex) != 0)
        return STATUS_LOCK_NOT_GRANTED;
    return write_opened(s, s->depth > 0 ? STATUS_LOCK_NOT_GRANTED : write_open_now(s));
}

static status_t
write_close_inner(struct account_store *s, status_t status)
{
    status_t undone = STATUS_SUCCESS, released;

    if (status != STATUS_SUCCESS)
        undone = db_run(&s->writer, ACCOUNT_SQL_ROLLBACK_TO);
    released = db_run(&s->writer, ACCOUNT_SQL_RELEASE);
    if (status != STATUS_SUCCESS)
        return status;
    return undone != STATUS_SUCCESS ? undone : released;
}

static status_t
write_close_outer(struct account_store *s, status_t status)
{
    status_t undone;

    if (status == STATUS_SUCCESS)
        status = db_run(&s->writer, ACCOUNT_SQL_COMMIT);
    /* Some failures end the transaction by themselves; then there is none to roll back. */
    if (status != STATUS_SUCCESS && sqlite3_get_autocommit(s->writer.db) == 0) {
        undone = db_run(&s->writer, ACCOUNT_SQL_ROLLBACK);
        if (undone != STATUS_SUCCESS)
            status = undone;
    }
    return status;
}

status_t
account_write_end(struct account_store *s, status_t status)
{
    s->depth--;
    if (s->depth > 0) {
        status = write_close_inner(s, status);
    } else {
        status = write_close_outer(s, status);
        account_cache_write_end(s->cache, s->write_number);
        atomic_store_explicit(&s->owner, 0, memory_order_relaxed);
    }
    pthread_mutex_unlock(&s->mutex);
    return status;
}
