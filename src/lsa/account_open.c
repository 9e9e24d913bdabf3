/*
 * Opening the store, and making it.
 *
 * Runs in lsad before it gives up its privileges, in the embedded authority
 * and in the sspi command. A store that cannot be read whole, that a later
 * version wrote or that another key sealed is refused with the reason: an
 * authority with an empty store would answer "unknown user" to everybody.
 *
 * Layout of a store (schema 1), in the folder `dir`, mode 0700:
 *     accounts.db     SQLite 3 in WAL mode (accounts.db-wal, -shm beside it)
 *       meta      key -> value: sid, key_check, next_rid
 *       users     a row an account; name_upper is what look-ups compare
 *       groups    members
 *     store.key       32 bytes under which hashes are sealed (account_key.c)
 */
#include "base/filetime.h"
#include "base/log.h"
#include "base/secret.h"
#include "lsa/account.h"
#include "lsa/account_store.h"
#include "ntstatus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_DIR_MODE 0700
#define OPEN_DB_MODE 0600
#define OPEN_LOCK_MS 5000               /* for another process that makes or opens the store */
#define OPEN_LOCK_STEP_US 20000
#define OPEN_MINUTE (60 * FILETIME_SECOND)
#define OPEN_CHECK_BYTES (16 * 1024 * 1024)     /* stores up to this are checked page by page */
#define OPEN_KEY_CHECK "opensspi account store"
#define OPEN_SEALED_CHECK (sizeof(OPEN_KEY_CHECK) - 1 + CRYPTO_AEAD_OVERHEAD)

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

static const char open_schema[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE users ("
    " rid INTEGER PRIMARY KEY,"
    " name BLOB NOT NULL,"                      /* UTF-16LE */
    " name_upper BLOB NOT NULL UNIQUE,"
    " flags INTEGER NOT NULL,"
    " expires INTEGER NOT NULL,"                /* FILETIME, UTC */
    " password_set INTEGER NOT NULL,"
    " locked_until INTEGER NOT NULL DEFAULT 0,"
    " bad_count INTEGER NOT NULL DEFAULT 0,"
    " bad_since INTEGER NOT NULL DEFAULT 0,"
    " sealed_hash BLOB,"                        /* nonce, ciphertext, tag; NULL: no password */
    " local_user TEXT NOT NULL DEFAULT '');"
    "CREATE TABLE groups ("
    " rid INTEGER PRIMARY KEY,"
    " name BLOB NOT NULL,"
    " name_upper BLOB NOT NULL UNIQUE);"
    /* In the key's order: SQLite 3.40's quick_check takes another order for damage. */
    "CREATE TABLE members ("
    " member_rid INTEGER NOT NULL,"
    " group_rid INTEGER NOT NULL REFERENCES groups(rid) ON DELETE CASCADE,"
    " PRIMARY KEY (member_rid, group_rid)) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('next_rid', " TEXT_OF(ACCOUNT_RID_FIRST) ");"
    "PRAGMA application_id = " TEXT_OF(ACCOUNT_APPLICATION_ID) ";"
    "PRAGMA user_version = " TEXT_OF(ACCOUNT_SCHEMA) ";";

/* What opening needs beside the store itself. */
struct opener {
    struct account_store *s;
    const struct account_store_options *options;
    char key_path[ACCOUNT_PATH_MAX];
    bool fresh;                         /* there was no store: it is being made */
    char *error;
};

static bool __attribute__((format(printf, 3, 4)))
open_fail(struct opener *o, const char *path, const char *format, ...)
{
    char reason[ACCOUNT_ERROR_MAX];
    va_list ap;

    va_start(ap, format);
    vsnprintf(reason, sizeof(reason), format, ap);
    va_end(ap);
    snprintf(o->error, ACCOUNT_ERROR_MAX, "%.120s: %.130s", path, reason);
    return false;
}

/* ---- the folder -------------------------------------------------------- */

/* Makes the folder and those above it that are missing, for the owner alone. */
static bool
open_make_dir(struct opener *o)
{
    char path[ACCOUNT_PATH_MAX];
    size_t n = strlen(o->options->dir);

    memcpy(path, o->options->dir, n + 1);       /* its length was checked */
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        path[i] = '\0';
        if (mkdir(path, OPEN_DIR_MODE) != 0 && errno != EEXIST)
            return open_fail(o, path, "cannot make the folder: %s", strerror(errno));
        path[i] = i < n ? '/' : '\0';
    }
    return true;
}

static bool
open_check_dir(struct opener *o, int dir)
{
    struct stat st;

    if (fstat(dir, &st) != 0)
        return open_fail(o, o->options->dir, "%s", strerror(errno));
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return open_fail(o, o->options->dir,
                         "others may write to the store's folder (mode %04o): chmod 0700 it",
                         (unsigned)st.st_mode & 07777);
    return true;
}

/* One process at a time opens or makes the store: a lock on the folder, for a bounded time. */
static bool
open_lock_dir(struct opener *o, int dir)
{
    int64_t until = filetime_boot_ms() + OPEN_LOCK_MS;

    while (flock(dir, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return open_fail(o, o->options->dir, "cannot lock: %s", strerror(errno));
        if (filetime_boot_ms() > until)
            return open_fail(o, o->options->dir, "another process keeps the store locked");
        usleep(OPEN_LOCK_STEP_US);
    }
    return true;
}

/* ---- the database file ------------------------------------------------- */

static bool
open_check_file(struct opener *o, const struct stat *st)
{
    const char *path = o->s->db_path;

    if (!S_ISREG(st->st_mode))
        return open_fail(o, path, "the account store must be a regular file");
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return open_fail(o, path, "others may write to it (mode %04o): chmod 0600 it",
                         (unsigned)st->st_mode & 07777);
    /* Empty: what is left when a maker died between the file and its contents. */
    o->fresh = st->st_size == 0;
    if (o->fresh && !o->options->create)
        return open_fail(o, path, "the account store is empty");
    return true;
}

/* Made here rather than by SQLite, which would make it readable to others. */
static bool
open_make_file(struct opener *o)
{
    int fd = open(o->s->db_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                  OPEN_DB_MODE);

    if (fd < 0)
        return open_fail(o, o->s->db_path, "cannot make the account store: %s", strerror(errno));
    close(fd);
    o->fresh = true;
    return true;
}

static bool
open_file(struct opener *o)
{
    struct stat st;

    if (lstat(o->s->db_path, &st) == 0)
        return open_check_file(o, &st);
    if (errno == ENOENT && o->options->create)
        return open_make_file(o);
    if (errno == ENOENT)
        return open_fail(o, o->s->db_path, "there is no account store");
    return open_fail(o, o->s->db_path, "%s", strerror(errno));
}

static bool
open_fail_sql(struct opener *o)
{
    sqlite3 *db = o->s->writer.db;

    return open_fail(o, o->s->db_path, "%s",
                     db == NULL ? "no memory" : sqlite3_errmsg(db));
}

static bool
open_exec(struct opener *o, const char *sql)
{
    return sqlite3_exec(o->s->writer.db, sql, NULL, NULL, NULL) == SQLITE_OK || open_fail_sql(o);
}

/* The first column of the first row of a statement that is run once. */
static bool
open_number(struct opener *o, const char *sql, int64_t *out)
{
    sqlite3_stmt *st = NULL;
    bool good = sqlite3_prepare_v2(o->s->writer.db, sql, -1, &st, NULL) == SQLITE_OK
                && sqlite3_step(st) == SQLITE_ROW;

    if (good)
        *out = sqlite3_column_int64(st, 0);
    else
        open_fail_sql(o);
    (void)sqlite3_finalize(st);
    return good;
}

/* ---- the key check and the machine's SID ------------------------------- */

static struct view
open_check_aad(void)
{
    return view_of("key_check", 9);
}

static bool
open_put_meta(struct opener *o, const char *key, const void *value, size_t n)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&o->s->writer, ACCOUNT_SQL_META_SET, &status);

    if (st == NULL)
        return open_fail_sql(o);
    (void)sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(st, 2, value, (int)n, SQLITE_STATIC);
    return account_sql_run(st) == STATUS_SUCCESS || open_fail_sql(o);
}

/* Copies at most room bytes; *n is the value's true length, 0 when there is none. */
static bool
open_get_meta(struct opener *o, const char *key, uint8_t *out, size_t room, size_t *n)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&o->s->writer, ACCOUNT_SQL_META_GET, &status);

    *n = 0;
    if (st == NULL)
        return open_fail_sql(o);
    (void)sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    status = account_sql_row(st);
    if (status == STATUS_SUCCESS) {
        const void *value = sqlite3_column_blob(st, 0);
        *n = (size_t)sqlite3_column_bytes(st, 0);
        if (value != NULL && *n <= room)
            memcpy(out, value, *n);
    }
    account_sql_end(st);
    return status == STATUS_SUCCESS || status == ACCOUNT_NO_ROW || open_fail_sql(o);
}

static bool
open_new_sid(struct sid *out)
{
    struct sid domain, next;
    uint32_t parts[3];

    crypto_random(parts, sizeof(parts));
    if (!sid_parse_text("S-1-5-21", &domain))
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (!sid_append(&domain, parts[i], &next))
            return false;
        domain = next;
    }
    *out = domain;
    return true;
}

static bool
open_put_identity(struct opener *o)
{
    uint8_t sealed[OPEN_SEALED_CHECK];
    struct sid sid;

    if (!open_new_sid(&sid)
        || !crypto_aead_seal(o->s->aead, open_check_aad(),
                             view_of(OPEN_KEY_CHECK, sizeof(OPEN_KEY_CHECK) - 1), sealed))
        return open_fail(o, o->s->db_path, "cannot seal");
    return open_put_meta(o, "sid", sid.bytes, sid.n)
           && open_put_meta(o, "key_check", sealed, sizeof(sealed));
}

static bool
open_get_identity(struct opener *o)
{
    uint8_t sealed[OPEN_SEALED_CHECK], plain[sizeof(OPEN_KEY_CHECK)], sid[SID_BYTES_MAX];
    size_t n;

    if (!open_get_meta(o, "key_check", sealed, sizeof(sealed), &n))
        return false;
    if (n != sizeof(sealed))
        return open_fail(o, o->s->db_path, "the account store is damaged: no key check");
    if (!crypto_aead_open(o->s->aead, open_check_aad(), view_of(sealed, n), plain))
        return open_fail(o, o->s->db_path, "sealed with another key than %s", o->key_path);
    if (!open_get_meta(o, "sid", sid, sizeof(sid), &n))
        return false;
    if (n > sizeof(sid) || !sid_from_view(view_of(sid, n), &o->s->sid))
        return open_fail(o, o->s->db_path, "the account store is damaged: no machine SID");
    return true;
}

/* ---- schema ------------------------------------------------------------ */

static bool
open_make_schema(struct opener *o)
{
    /* WAL first: the mode cannot change within a transaction. */
    return open_exec(o, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN EXCLUSIVE;")
           && open_exec(o, open_schema) && open_put_identity(o)
           && open_exec(o, "COMMIT; PRAGMA synchronous = NORMAL;");
}

static bool
open_check_schema(struct opener *o)
{
    int64_t application, schema, size;

    if (!open_number(o, "PRAGMA application_id", &application)
        || !open_number(o, "PRAGMA user_version", &schema)
        || !open_number(o, "SELECT page_count * page_size "
                           "FROM pragma_page_count(), pragma_page_size()", &size))
        return false;
    if (application != ACCOUNT_APPLICATION_ID)
        return open_fail(o, o->s->db_path, "not an account store of OpenSSPI");
    if (schema != ACCOUNT_SCHEMA)
        return open_fail(o, o->s->db_path,
                         "written by another version: its schema is %lld, this one knows %d",
                         (long long)schema, ACCOUNT_SCHEMA);
    if (size <= OPEN_CHECK_BYTES) {
        int64_t wrong;
        if (!open_number(o, "SELECT quick_check <> 'ok' FROM pragma_quick_check(1)", &wrong))
            return false;
        if (wrong != 0)
            return open_fail(o, o->s->db_path, "the account store is damaged: restore a backup");
    }
    return true;
}

/* A maker that died after the file's first page left a database without tables. */
static bool
open_check_blank(struct opener *o)
{
    int64_t used;

    if (o->fresh || !o->options->create)
        return true;
    if (!open_number(o, "SELECT user_version + application_id + (SELECT count(*) FROM "
                        "sqlite_schema) FROM pragma_user_version(), pragma_application_id()",
                     &used))
        return false;
    o->fresh = used == 0;
    return true;
}

static bool
open_db(struct opener *o)
{
    if (account_conn_open(&o->s->writer, o->s->db_path, false) != SQLITE_OK)
        return open_fail_sql(o);
    if (!open_check_blank(o) || (o->fresh && !open_make_schema(o)))
        return false;
    return open_check_schema(o) && open_get_identity(o);
}

/* ---- all together ------------------------------------------------------ */

static bool
open_key_path(const struct account_store_options *p, char out[ACCOUNT_PATH_MAX])
{
    int n = p->key_file != NULL
                ? snprintf(out, ACCOUNT_PATH_MAX, "%s", p->key_file)
                : snprintf(out, ACCOUNT_PATH_MAX, "%s/" ACCOUNT_KEY_NAME, p->dir);

    return n < ACCOUNT_PATH_MAX;
}

static bool
open_paths(struct opener *o)
{
    const struct account_store_options *p = o->options;
    int n = snprintf(o->s->db_path, ACCOUNT_PATH_MAX, "%s/" ACCOUNT_DB_NAME, p->dir);

    if (p->dir[0] == '\0')
        return open_fail(o, "account store", "its folder's name is empty");
    return (n < ACCOUNT_PATH_MAX && open_key_path(p, o->key_path))
           || open_fail(o, p->dir, "path too long");
}

bool
account_key_read(const struct account_store_options *options, uint8_t key[ACCOUNT_KEY_SIZE],
                 char error[ACCOUNT_ERROR_MAX])
{
    char path[ACCOUNT_PATH_MAX];

    if (!open_key_path(options, path)) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.120s: path too long", options->dir);
        return false;
    }
    return account_key_load(path, false, key, error);
}

static bool
open_key(struct opener *o)
{
    uint8_t key[CRYPTO_AEAD_KEY];

    if (o->options->key != NULL) {
        o->s->aead = crypto_aead_new(o->options->key);
        return o->s->aead != NULL || open_fail(o, o->key_path, "no memory");
    }
    /* Never a new key for a store that is there: its hashes need the old one. */
    if (!account_key_load(o->key_path, o->fresh && o->options->create, key, o->error))
        return false;
    o->s->aead = crypto_aead_new(key);
    secret_wipe(key, sizeof(key));
    return o->s->aead != NULL || open_fail(o, o->key_path, "no memory");
}

static bool
open_all(struct opener *o)
{
    bool good;
    int dir;

    if (!open_paths(o) || (o->options->create && !open_make_dir(o)))
        return false;
    dir = open(o->options->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return open_fail(o, o->options->dir, "cannot open the store's folder: %s",
                         strerror(errno));
    good = open_check_dir(o, dir) && open_lock_dir(o, dir) && open_file(o) && open_key(o)
           && open_db(o);
    if (good && o->fresh)
        (void)fsync(dir);
    close(dir);
    return good;
}

static void
open_init(struct account_store *s, const struct account_store_options *options)
{
    pthread_mutexattr_t recursive;

    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&s->mutex, &recursive);
    pthread_mutexattr_destroy(&recursive);
    s->lockout_threshold = options->lockout_threshold;
    s->lockout_window = options->lockout_window_minutes * OPEN_MINUTE;
    s->lockout_time = options->lockout_minutes * OPEN_MINUTE;
    s->pid = getpid();
}

struct account_store *
account_store_open(const struct account_store_options *options, char error[ACCOUNT_ERROR_MAX])
{
    struct opener o = { .options = options, .error = error };

    error[0] = '\0';
    o.s = aligned_alloc(ACCOUNT_CACHE_LINE, sizeof(*o.s));
    if (o.s == NULL) {
        snprintf(error, ACCOUNT_ERROR_MAX, "no memory");
        return NULL;
    }
    memset(o.s, 0, sizeof(*o.s));
    open_init(o.s, options);
    if (open_all(&o))
        return o.s;
    account_store_close(o.s);
    return NULL;
}

void
account_store_close(struct account_store *s)
{
    if (s == NULL)
        return;
    /* In a child of fork() closing would release the parent's locks: only forget. */
    if (s->pid == getpid()) {
        for (size_t i = 0; i < ACCOUNT_READERS_MAX; i++)
            account_conn_close(&s->readers[i].conn);
        account_conn_close(&s->writer);
    }
    crypto_aead_free(s->aead);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}
