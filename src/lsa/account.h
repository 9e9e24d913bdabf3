/*
 * The account store: users, groups and the machine's SID in SQLite (WAL, one
 * writer), hashes sealed by AES-256-GCM (D21). Packages reach it only through
 * the support functions (OpenSamUser, ...); the sspi command through this header.
 *
 * A store that is unreadable, missing, corrupt, of a later schema or sealed
 * with another key is refused with a reason; it is never treated as empty.
 */
#ifndef LSA_ACCOUNT_H
#define LSA_ACCOUNT_H

#include "base/sid.h"
#include "base/view.h"

#include <uchar.h>

#define ACCOUNT_NAME_MAX 256        /* UTF-16 units of a user name */
#define ACCOUNT_DOMAIN_MAX 255
#define ACCOUNT_HASH_SIZE 16
#define ACCOUNT_PASSWORD_MAX 256    /* UTF-16 units */

/* RIDs made here start so; well-known ones (500, 501, 512...) lie below (MS-DTYP 2.4.2.4). */
#define ACCOUNT_RID_FIRST 1000
#define ACCOUNT_RID_ADMINISTRATOR 500
#define ACCOUNT_RID_GUEST 501
#define ACCOUNT_RID_USERS 513

enum account_flag {
    ACCOUNT_DISABLED = 1,
    ACCOUNT_MUST_CHANGE = 2,        /* password must change before the next logon */
    ACCOUNT_MACHINE = 4,            /* a computer's account */
};

struct account {
    uint32_t rid;
    uint32_t flags;                 /* enum account_flag */
    int64_t expires;                /* FILETIME; FILETIME_NEVER */
    int64_t password_set;           /* FILETIME */
    int64_t locked_until;           /* FILETIME; 0: not locked, FILETIME_NEVER: by hand only */
    uint32_t bad_count;             /* failed logons within the window */
    int64_t bad_since;              /* start of the window */
    bool has_hash;
    uint8_t nt_hash[ACCOUNT_HASH_SIZE];     /* a secret: account_wipe() */
    char16_t name[ACCOUNT_NAME_MAX];
    uint16_t name_units;
    char local_user[64];            /* "" : none */
};

/* NTSTATUS numbers that only this interface returns (MS-ERREF 2.3). */
#ifndef STATUS_LOCK_NOT_GRANTED
#define STATUS_LOCK_NOT_GRANTED         ((status_t)0xC0000055)
#endif
#ifndef STATUS_USER_EXISTS
#define STATUS_USER_EXISTS              ((status_t)0xC0000063)
#endif
#ifndef STATUS_GROUP_EXISTS
#define STATUS_GROUP_EXISTS             ((status_t)0xC0000065)
#endif
#ifndef STATUS_NO_SUCH_GROUP
#define STATUS_NO_SUCH_GROUP            ((status_t)0xC0000066)
#endif
#ifndef STATUS_INTERNAL_DB_CORRUPTION
#define STATUS_INTERNAL_DB_CORRUPTION   ((status_t)0xC00000E4)
#endif
#ifndef STATUS_INTERNAL_DB_ERROR
#define STATUS_INTERNAL_DB_ERROR        ((status_t)0xC0000158)
#endif
#ifndef STATUS_TOO_MANY_CONTEXT_IDS
#define STATUS_TOO_MANY_CONTEXT_IDS     ((status_t)0xC000015A)
#endif

/* The most groups that a user may be in, nested ones counted. */
#define ACCOUNT_GROUPS_MAX 1015

struct account_store;

/* What a user's new password must be like. An administrator is not bound by it. */
struct account_policy {
    uint32_t min_length;            /* UTF-16 units */
    uint32_t history;               /* so many last ones may not come again, the present too */
};

struct account_store_options {
    const char *dir;                /* folder of accounts.db */
    const char *key_file;           /* 32 random bytes, mode 0400; NULL: DIR/store.key */
    const uint8_t *key;             /* the key itself, read before; NULL: from key_file */
    bool create;                    /* make folder, key and an empty store where missing */
    bool keep_schema;               /* only to see whether it opens: an older schema stays */
    uint32_t lockout_threshold, lockout_window_minutes, lockout_minutes;
    struct account_policy policy;
};

#define ACCOUNT_ERROR_MAX 256

/*
 * Opens; with create also makes. On failure NULL, and error says what and where.
 * The machine's SID is made at creation and never changes.
 */
struct account_store *account_store_open(const struct account_store_options *options,
                                         char error[ACCOUNT_ERROR_MAX]);
void account_store_close(struct account_store *s);

/*
 * Reads the key that options name, for a caller that gives up the right to read
 * it before it opens the store; secret_wipe() it. False: error says why.
 */
#define ACCOUNT_KEY_SIZE 32
#define ACCOUNT_KEY_NAME "store.key"
/* Behind the key file's name: the next key, until the store is sealed with it. */
#define ACCOUNT_KEY_NEXT_SUFFIX ".next"
MUST_CHECK bool account_key_read(const struct account_store_options *options,
                                 uint8_t key[ACCOUNT_KEY_SIZE], char error[ACCOUNT_ERROR_MAX]);
const struct sid *account_store_sid(const struct account_store *s);
const struct account_policy *account_store_policy(const struct account_store *s);
/* Forgets what look-ups left in memory and nobody may believe any more. Call once a second. */
void account_store_tick(struct account_store *s);

/*
 * Look-ups: thread-safe, no lock shared between threads on the way (a pool of read
 * connections with prepared statements). Names are UTF-16LE without regard to case.
 * STATUS_NO_SUCH_USER; STATUS_INTERNAL_DB_CORRUPTION when the row does not
 * unseal; STATUS_INTERNAL_DB_ERROR.
 */
MUST_CHECK status_t account_find(struct account_store *s, struct view name, struct account *out);
MUST_CHECK status_t account_find_rid(struct account_store *s, uint32_t rid, struct account *out);
void account_wipe(struct account *a);

/*
 * RIDs of the groups that the user was made a member of, nested ones too (the
 * primary group ACCOUNT_RID_USERS is implied, not listed). *count in: room, out:
 * how many there are. STATUS_BUFFER_TOO_SMALL: as many as fit are there;
 * STATUS_TOO_MANY_CONTEXT_IDS: over ACCOUNT_GROUPS_MAX, none is.
 */
MUST_CHECK status_t account_groups(struct account_store *s, uint32_t rid, uint32_t *rids,
                                   size_t *count);

/*
 * Whether the account may log on now, password aside: 0, or STATUS_ACCOUNT_DISABLED,
 * _EXPIRED, _LOCKED_OUT, STATUS_PASSWORD_MUST_CHANGE.
 */
status_t account_check(const struct account *a, int64_t now);

/*
 * Counts a failed logon (locking by threshold and window), or clears the count
 * after a good one (not needed when bad_count is 0). Without effect, and
 * without a write, on a locked account and where lockout_threshold is 0.
 */
MUST_CHECK status_t account_logon_failed(struct account_store *s, uint32_t rid, int64_t now,
                                         bool *locked);
MUST_CHECK status_t account_logon_succeeded(struct account_store *s, uint32_t rid);

/*
 * What logons did to one account and the store does not say yet: a good one
 * that clears the count, if any, and then `failures` bad ones between two times.
 */
struct account_pending {
    uint32_t rid, failures;
    bool clear;
    int64_t first, last;            /* FILETIME; meaningful where there are failures */
};
/* Does to a's fields what account_pending_put() will do to the store. */
void account_pending_apply(const struct account_store *s, const struct account_pending *p,
                           struct account *a);
/*
 * Writes n of them in one transaction; accounts that are gone are left out. wait false:
 * where another writer holds the store, STATUS_LOCK_NOT_GRANTED at once and nothing is written.
 */
MUST_CHECK status_t account_pending_put(struct account_store *s, const struct account_pending *p,
                                        size_t n, bool wait);
/* False: failed logons are not counted at all. */
bool account_lockout_is_on(const struct account_store *s);

/*
 * Changes. STATUS_USER_EXISTS, STATUS_GROUP_EXISTS, STATUS_NO_SUCH_USER,
 * STATUS_INVALID_PARAMETER (name), ... add: rid 0 means the next free one, which
 * is never one that was used before. update: name, flags, expires and
 * local_user of the account with a's rid, nothing else.
 */
MUST_CHECK status_t account_add(struct account_store *s, const struct account *a, uint32_t *rid);
MUST_CHECK status_t account_update(struct account_store *s, const struct account *a);
MUST_CHECK status_t account_delete(struct account_store *s, struct view name);
/* Sets name's NT hash of the password (UTF-16LE) and password_set. */
MUST_CHECK status_t account_set_password(struct account_store *s, struct view name,
                                         struct view password, int64_t now);
MUST_CHECK status_t account_set_hash(struct account_store *s, struct view name,
                                     const uint8_t hash[ACCOUNT_HASH_SIZE], int64_t now);
MUST_CHECK status_t account_unlock(struct account_store *s, struct view name);
/*
 * A user's own change: old is the hash of the password that was given. "Must change" is settled
 * by it. STATUS_WRONG_PASSWORD: the hash is another one by now, or there is none;
 * STATUS_PASSWORD_RESTRICTION: against the policy; STATUS_NO_SUCH_USER.
 */
MUST_CHECK status_t account_change_password(struct account_store *s, uint32_t rid,
                                            const uint8_t old[ACCOUNT_HASH_SIZE],
                                            struct view password, int64_t now);

/* STATUS_GROUP_EXISTS: *rid is the group's all the same. */
MUST_CHECK status_t account_group_add(struct account_store *s, struct view name, uint32_t *rid);
/* STATUS_NO_SUCH_GROUP. */
MUST_CHECK status_t account_group_find(struct account_store *s, struct view name, uint32_t *rid);
/* The group's name, UTF-16; *units in: room, out: length. STATUS_NO_SUCH_GROUP. */
MUST_CHECK status_t account_group_name(struct account_store *s, uint32_t rid, char16_t *name,
                                       size_t *units);
/*
 * Calls each() for the direct members of a group, oldest first, until it returns false; names
 * are UTF-16. It reads all memberships of the store: for an administrator's eyes.
 */
MUST_CHECK status_t account_group_each(struct account_store *s, uint32_t group,
                                       bool (*each)(struct view name, void *arg), void *arg);
/* member: a user or another group. STATUS_NO_SUCH_GROUP, STATUS_NO_SUCH_USER. */
MUST_CHECK status_t account_group_member(struct account_store *s, uint32_t group, uint32_t member,
                                         bool in);

/*
 * Calls each() for every account in order of name until it returns false; the
 * hash is not unsealed. each() must not change the store.
 */
MUST_CHECK status_t account_each(struct account_store *s,
                                 bool (*each)(const struct account *a, void *arg), void *arg);

/*
 * Many changes in one transaction: begin, then commit or roll back, in one
 * thread; that thread's look-ups see its changes, nobody else's do before the
 * commit. Other writers wait for it, so it must be short.
 */
MUST_CHECK status_t account_begin(struct account_store *s);
MUST_CHECK status_t account_commit(struct account_store *s);
void account_rollback(struct account_store *s);

/*
 * Seals every hash under another key, in one transaction: before it all are under the old one,
 * after it all are under the new one. Who has the store open goes on: the new key is left in the
 * store, sealed under the old one, until account_handover_end(). progress may be NULL.
 * STATUS_INTERNAL_DB_CORRUPTION: a hash that the old key does not open; nothing was changed.
 */
typedef void account_progress_fn(uint64_t done, uint64_t all, void *arg);
MUST_CHECK status_t account_rekey(struct account_store *s, const uint8_t key[ACCOUNT_KEY_SIZE],
                                  account_progress_fn *progress, void *arg);
/*
 * Is the store sealed, now, with the key that it was opened with? False also where that cannot
 * be read: what false must not be taken for is that the other key may go.
 */
MUST_CHECK bool account_key_is_original(struct account_store *s);
/* Whoever has the store open and did not look since must open it anew. */
MUST_CHECK status_t account_handover_end(struct account_store *s);

/*
 * A copy of the store as it is at one moment, while others use it. begin, then run as whoever
 * may write there: path is made, and must not exist. The copy needs the same key.
 */
struct account_backup;
struct account_backup *account_backup_begin(struct account_store *s, char error[ACCOUNT_ERROR_MAX]);
MUST_CHECK bool account_backup_run(struct account_backup *b, const char *path,
                                   account_progress_fn *progress, void *arg,
                                   char error[ACCOUNT_ERROR_MAX]);
void account_backup_end(struct account_backup *b);

/* MD4 of the password: NTOWFv1 (MS-NLMP 3.3.1). */
void account_hash_password(struct view password_utf16, uint8_t hash[ACCOUNT_HASH_SIZE]);

#endif
