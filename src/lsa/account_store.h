/*
 * The account store's own parts, private to account*.c: connections with their
 * prepared statements, the pool of readers, the one writer, sealed rows.
 */
#ifndef LSA_ACCOUNT_STORE_H
#define LSA_ACCOUNT_STORE_H

#include "crypto/crypto.h"
#include "lsa/account.h"
#include "lsa/account_cache.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/types.h>

#define ACCOUNT_SCHEMA 1
#define ACCOUNT_APPLICATION_ID 0x4f535350       /* "OSSP" in SQLite's header */
#define ACCOUNT_DB_NAME "accounts.db"
#define ACCOUNT_KEY_NAME "store.key"
#define ACCOUNT_PATH_MAX 4096
#define ACCOUNT_READERS_MAX 64          /* connections for look-ups */
#define ACCOUNT_SEALED_SIZE (ACCOUNT_HASH_SIZE + CRYPTO_AEAD_OVERHEAD)
#define ACCOUNT_CACHE_LINE 64

/* Every statement; the texts are a table in account_db.c. */
enum account_sql {
    ACCOUNT_SQL_BEGIN,
    ACCOUNT_SQL_COMMIT,
    ACCOUNT_SQL_ROLLBACK,
    ACCOUNT_SQL_SAVEPOINT,
    ACCOUNT_SQL_RELEASE,
    ACCOUNT_SQL_ROLLBACK_TO,
    ACCOUNT_SQL_DURABLE,
    ACCOUNT_SQL_QUICK,
    ACCOUNT_SQL_FIND_NAME,
    ACCOUNT_SQL_FIND_RID,
    ACCOUNT_SQL_EACH,
    ACCOUNT_SQL_TAKEN,
    ACCOUNT_SQL_RID_TAKEN,
    ACCOUNT_SQL_NEXT_RID,
    ACCOUNT_SQL_SET_NEXT_RID,
    ACCOUNT_SQL_ADD,
    ACCOUNT_SQL_UPDATE,
    ACCOUNT_SQL_DELETE,
    ACCOUNT_SQL_DELETE_MEMBER,
    ACCOUNT_SQL_SET_HASH,
    ACCOUNT_SQL_LOCKOUT,
    ACCOUNT_SQL_SET_LOCKOUT,
    ACCOUNT_SQL_GROUPS,
    ACCOUNT_SQL_GROUP_FIND,
    ACCOUNT_SQL_GROUP_NAME,
    ACCOUNT_SQL_GROUP_ADD,
    ACCOUNT_SQL_MEMBER_ADD,
    ACCOUNT_SQL_MEMBER_REMOVE,
    ACCOUNT_SQL_META_GET,
    ACCOUNT_SQL_META_SET,
    ACCOUNT_SQL_COUNT
};

struct account_conn {
    sqlite3 *db;
    sqlite3_stmt *stmts[ACCOUNT_SQL_COUNT];     /* prepared at their first use */
};

/* A line of its own each: threads that use neighbours do not disturb each other. */
struct account_reader {
    _Alignas(ACCOUNT_CACHE_LINE) atomic_uint busy;
    struct account_conn conn;
};

struct account_store {
    struct account_reader readers[ACCOUNT_READERS_MAX];
    atomic_uint hints;                  /* where the next new thread begins to look */

    pthread_mutex_t mutex;              /* recursive: the writer below */
    struct account_conn writer;
    unsigned depth;                     /* transactions within each other */
    bool durable;                       /* the writer waits for the disk */
    atomic_ulong owner;                 /* the thread in a transaction; 0: none */

    struct account_cache *cache;        /* NULL: none */
    uint64_t write_number;              /* of the transaction under way */

    struct crypto_aead *aead;
    struct sid sid;
    int64_t lockout_window, lockout_time;       /* ticks; time 0: by hand */
    uint32_t lockout_threshold;
    pid_t pid;                          /* a child of fork() must not touch SQLite */
    char db_path[ACCOUNT_PATH_MAX];
};

/* ---- account_db.c ------------------------------------------------------ */

MUST_CHECK int account_conn_open(struct account_conn *c, const char *path, bool query_only);
void account_conn_close(struct account_conn *c);
/* A statement, ready to bind; NULL: *status says why. Give it back by account_sql_end(). */
sqlite3_stmt *account_sql(struct account_conn *c, enum account_sql which, status_t *status);
/* Steps: 0: a row is there; ACCOUNT_NO_ROW: none; else the failure. */
#define ACCOUNT_NO_ROW ((status_t)0x8000001A)   /* STATUS_NO_MORE_ENTRIES */
MUST_CHECK status_t account_sql_row(sqlite3_stmt *st);
void account_sql_end(sqlite3_stmt *st);
/* Runs a statement that has no rows, and ends it. */
MUST_CHECK status_t account_sql_run(sqlite3_stmt *st);
status_t account_status(int sqlite_code);

/* The connection for this thread's look-up: the writer within its own transaction. */
struct account_conn *account_read_begin(struct account_store *s, status_t *status);
/* The cache, unless this thread is in a transaction that others do not see yet; NULL: none. */
struct account_cache *account_read_cache(struct account_store *s);
void account_read_end(struct account_store *s, struct account_conn *c);

/* One change: all of it or, when status is a failure, nothing. durable: waits for the disk. */
MUST_CHECK status_t account_write_begin(struct account_store *s, bool durable);
/* The same, not durable; STATUS_LOCK_NOT_GRANTED at once where somebody else is writing. */
MUST_CHECK status_t account_write_try(struct account_store *s);
MUST_CHECK status_t account_write_end(struct account_store *s, status_t status);

/* ---- account_row.c ----------------------------------------------------- */

/* A name as it is looked up: upper case. */
struct account_name {
    uint8_t bytes[ACCOUNT_NAME_MAX * 2];
    uint16_t n;
};
/* False: empty, too long or malformed. */
bool account_name_upper(struct view name, struct account_name *out);
/* Whether a user or group may be called so (MS-SAMR 3.1.1.6). */
bool account_name_is_valid(struct view name);

/* Users' columns in the order of ACCOUNT_COLUMNS. aead NULL: leave the hash sealed. */
MUST_CHECK status_t account_row_get(sqlite3_stmt *st, struct crypto_aead *aead,
                                    struct account *out);
MUST_CHECK bool account_hash_seal(struct crypto_aead *aead, uint32_t rid, const uint8_t *hash,
                                  uint8_t sealed[ACCOUNT_SEALED_SIZE]);

/* ---- account_key.c ----------------------------------------------------- */

/* Reads the key, or makes it where create says so. False: error says what is wrong. */
bool account_key_load(const char *path, bool create, uint8_t key[CRYPTO_AEAD_KEY],
                      char error[ACCOUNT_ERROR_MAX]);

#endif
