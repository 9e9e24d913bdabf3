/*
 * What must be in the database: the schema's version, the machine's SID, and a
 * check that its hashes were sealed with the key at hand.
 *
 * Runs in lsad after it has given up its privileges, in the embedded authority
 * and in the sspi command. Trusts nothing in the file before it is checked.
 *
 * Layout of a store (schema 1), in the folder `dir`, mode 0700:
 *     accounts.db     SQLite 3 in WAL mode (accounts.db-wal, -shm beside it)
 *       meta      key -> value: sid, key_check, next_rid
 *       users     a row an account; name_upper is what look-ups compare
 *       groups    members
 *     store.key       32 bytes under which hashes are sealed (account_key.c)
 */
#include "lsa/account_open.h"

#include "ntstatus.h"

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

bool
open_db(struct opener *o)
{
    if (account_conn_open(&o->s->writer, o->s->db_path, false) != SQLITE_OK)
        return open_fail_sql(o);
    if (!open_check_blank(o) || (o->fresh && !open_make_schema(o)))
        return false;
    return open_check_schema(o) && open_get_identity(o);
}
