/*
 * What must be in the database: the schema's version, the machine's SID, and a
 * check that its hashes were sealed with the key at hand.
 *
 * Runs in lsad after it has given up its privileges, in the embedded authority
 * and in the sspi command. Trusts nothing in the file before it is checked.
 *
 * A store of an earlier schema is brought up to this one by the first who opens it, in one
 * transaction; a later one is refused, so that nothing is lost by a downgrade (D13).
 *
 * Layout of a store (schema 2), in the folder `dir`, mode 0700:
 *     accounts.db     SQLite 3 in WAL mode (accounts.db-wal, -shm beside it)
 *       meta      key -> value: sid, key_check, next_rid; handover (account_handover.c)
 *       users     a row an account; name_upper is what look-ups compare
 *       groups    members
 *       history   (since schema 2) hashes that a user had before, sealed like the present one
 *     store.key       32 bytes under which hashes are sealed (account_key.c)
 */
#include "lsa/account_open.h"

#include "base/log.h"
#include "ntstatus.h"

#include <stdio.h>
#include <unistd.h>

#define OPEN_CHECK_BYTES (16 * 1024 * 1024)     /* stores up to this are checked page by page */

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

#define OPEN_HISTORY \
    "CREATE TABLE history (" \
    " id INTEGER PRIMARY KEY," \
    " rid INTEGER NOT NULL REFERENCES users(rid) ON DELETE CASCADE," \
    " sealed_hash BLOB NOT NULL);" \
    "CREATE INDEX history_rid ON history (rid, id);"

/* What brings a store from the schema of that number to the next one. */
static const char *const open_steps[ACCOUNT_SCHEMA] = {
    [1] = OPEN_HISTORY,
};

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
    OPEN_HISTORY
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
    struct account_conn *c = &o->s->writer;
    struct sid sid;

    if (!open_new_sid(&sid))
        return open_fail(o, o->s->db_path, "cannot make a SID");
    return (account_meta_put(c, "sid", sid_view(&sid)) == STATUS_SUCCESS
            && account_key_check_put(c, account_aead(o->s)) == STATUS_SUCCESS)
           || open_fail_sql(o);
}

static bool
open_get_sid(struct opener *o)
{
    uint8_t sid[SID_BYTES_MAX];
    size_t n;

    if (account_meta_get(&o->s->writer, "sid", sid, sizeof(sid), &n) != STATUS_SUCCESS)
        return open_fail_sql(o);
    if (n > sizeof(sid) || !sid_from_view(view_of(sid, n), &o->s->sid))
        return open_fail(o, o->s->db_path, "the account store is damaged: no machine SID");
    return true;
}

/* A rekey that died between its commit and the change of the file left the new key beside. */
static bool
open_fail_key(struct opener *o)
{
    char next[ACCOUNT_PATH_MAX];

    if (snprintf(next, sizeof(next), "%s" ACCOUNT_KEY_NEXT_SUFFIX, o->key_path)
            < (int)sizeof(next)
        && access(next, F_OK) == 0)
        return open_fail(o, o->s->db_path, "sealed with another key than %.60s: "
                         "sspi account rekey finishes what was begun", o->key_path);
    return open_fail(o, o->s->db_path, "sealed with another key than %s", o->key_path);
}

static bool
open_get_identity(struct opener *o)
{
    bool opens;
    status_t status = account_key_check_get(&o->s->writer, account_aead(o->s), &opens);

    if (status == STATUS_INTERNAL_DB_CORRUPTION)
        return open_fail(o, o->s->db_path, "the account store is damaged: no key check");
    if (status != STATUS_SUCCESS)
        return open_fail_sql(o);
    if (!opens && !account_key_refresh(o->s, &o->s->writer))
        return open_fail_key(o);
    return open_get_sid(o);
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
    if (schema < ACCOUNT_SCHEMA_FIRST || schema > ACCOUNT_SCHEMA)
        return open_fail(o, o->s->db_path, "written by %s version: its schema is %lld, "
                         "this one knows %d to %d", schema > 0 ? "a later" : "another",
                         (long long)schema, ACCOUNT_SCHEMA_FIRST, ACCOUNT_SCHEMA);
    if (size <= OPEN_CHECK_BYTES) {
        int64_t wrong;
        if (!open_number(o, "SELECT quick_check <> 'ok' FROM pragma_quick_check(1)", &wrong))
            return false;
        if (wrong != 0)
            return open_fail(o, o->s->db_path, "the account store is damaged: restore a backup");
    }
    return true;
}

/* After the key was seen to be right. Openers come one by one, by the folder's lock. */
static bool
open_migrate(struct opener *o)
{
    char version[64];
    int64_t from, schema;

    if (!open_number(o, "PRAGMA user_version", &from))
        return false;
    if (from == ACCOUNT_SCHEMA || o->options->keep_schema)
        return true;
    if (!open_exec(o, "BEGIN EXCLUSIVE"))
        return false;
    for (schema = from; schema < ACCOUNT_SCHEMA; schema++) {
        if (!open_exec(o, open_steps[schema]))
            return false;
    }
    snprintf(version, sizeof(version), "PRAGMA user_version = %d; COMMIT", ACCOUNT_SCHEMA);
    if (!open_exec(o, version))
        return false;
    log_notice("account_store", LOG_S("schema", "changed"), LOG_N("from", from),
               LOG_N("to", ACCOUNT_SCHEMA), LOG_S("file", o->s->db_path));
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
    return open_check_schema(o) && open_get_identity(o) && open_migrate(o);
}
