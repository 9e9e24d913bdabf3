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

#define ACCOUNT_SCHEMA_FIRST 1
#define ACCOUNT_SCHEMA 2
#define ACCOUNT_SEAL_FORMAT 1           /* of sealed hashes; schemas may change without it */
#define ACCOUNT_APPLICATION_ID 0x4f535350       /* "OSSP" in SQLite's header */
#define ACCOUNT_DB_NAME "accounts.db"
#define ACCOUNT_PATH_MAX 4096
#define ACCOUNT_READERS_MAX 64          /* connections for look-ups */
#define ACCOUNT_SEALED_SIZE (ACCOUNT_HASH_SIZE + CRYPTO_AEAD_OVERHEAD)
#define ACCOUNT_CACHE_LINE 64
#define ACCOUNT_KEYS_MAX 64             /* that one open store may see one after the other */

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
    ACCOUNT_SQL_CHANGED,
    ACCOUNT_SQL_HISTORY_PUSH,
    ACCOUNT_SQL_HISTORY_TRIM,
    ACCOUNT_SQL_HISTORY_OF,
    ACCOUNT_SQL_SEALED_NEXT,
    ACCOUNT_SQL_SEALED_SET,
    ACCOUNT_SQL_HISTORY_NEXT,
    ACCOUNT_SQL_HISTORY_SET,
    ACCOUNT_SQL_LOCKOUT,
    ACCOUNT_SQL_SET_LOCKOUT,
    ACCOUNT_SQL_GROUPS,
    ACCOUNT_SQL_GROUP_FIND,
    ACCOUNT_SQL_GROUP_NAME,
    ACCOUNT_SQL_GROUP_ADD,
    ACCOUNT_SQL_MEMBERS,
    ACCOUNT_SQL_MEMBER_ADD,
    ACCOUNT_SQL_MEMBER_REMOVE,
    ACCOUNT_SQL_META_GET,
    ACCOUNT_SQL_META_SET,
    ACCOUNT_SQL_META_DELETE,
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

    _Atomic(struct crypto_aead *) aead; /* the newest of: */
    struct crypto_aead *keys[ACCOUNT_KEYS_MAX];     /* older ones may be in use: freed at the end */
    unsigned key_count;
    pthread_mutex_t keys_lock;
    bool key_is_current;                /* the writer's transaction has looked */
    atomic_uint_fast64_t key_looked;    /* the cache's version at a tick's last look */

    struct sid sid;
    int64_t lockout_window, lockout_time;       /* ticks; time 0: by hand */
    uint32_t lockout_threshold;
    struct account_policy policy;
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
/* A blob column with the hash of that rid. False: not one that this key sealed. */
MUST_CHECK bool account_hash_open(struct crypto_aead *aead, uint32_t rid, sqlite3_stmt *st,
                                  int column, uint8_t hash[ACCOUNT_HASH_SIZE]);

/* ---- account_change.c -------------------------------------------------- */

/* Within a transaction; the old hash goes into the history. */
MUST_CHECK status_t account_hash_put(struct account_store *s, uint32_t rid,
                                     const uint8_t hash[ACCOUNT_HASH_SIZE], int64_t now);

/* ---- account_handover.c ------------------------------------------------ */

/* *n: the value's true length, 0 when there is none; at most room bytes are copied. */
MUST_CHECK status_t account_meta_get(struct account_conn *c, const char *key, uint8_t *out,
                                     size_t room, size_t *n);
MUST_CHECK status_t account_meta_put(struct account_conn *c, const char *key, struct view value);
/* A known text, sealed: by it a key is known to be the store's. */
MUST_CHECK status_t account_key_check_put(struct account_conn *c, struct crypto_aead *aead);
/* STATUS_INTERNAL_DB_CORRUPTION: there is none. */
MUST_CHECK status_t account_key_check_get(struct account_conn *c, struct crypto_aead *aead,
                                          bool *opens);
/* Leaves the next key for whoever has the key of now. */
MUST_CHECK status_t account_handover_put(struct account_store *s,
                                         const uint8_t key[CRYPTO_AEAD_KEY]);
/* The key of now; older ones stay valid for whoever holds them. */
struct crypto_aead *account_aead(struct account_store *s);
/* Takes a key over as the newest one. False: no memory, or too many. */
MUST_CHECK bool account_aead_add(struct account_store *s, const uint8_t key[CRYPTO_AEAD_KEY]);
/*
 * Looks whether the store has another key by now, and takes it if it was handed over. False:
 * it has one that is not known here, or cannot be asked.
 */
bool account_key_refresh(struct account_store *s, struct account_conn *c);
/* The same where somebody wrote since the last time: an idle process learns of a new key, too. */
void account_key_tick(struct account_store *s, struct account_cache *cache);
/* For the writer, before it seals: STATUS_INTERNAL_DB_CORRUPTION where that is so. */
MUST_CHECK status_t account_key_check(struct account_store *s);

/* ---- account_key.c ----------------------------------------------------- */

/* Reads the key, or makes it where create says so. False: error says what is wrong. */
bool account_key_load(const char *path, bool create, uint8_t key[CRYPTO_AEAD_KEY],
                      char error[ACCOUNT_ERROR_MAX]);

#endif
