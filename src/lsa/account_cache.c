/*
 * The cache before the store's look-ups: a logon would pay more for SQLite's
 * locks and statements than for its cryptography.
 *
 * What makes it safe to believe is a pair of counters in a file beside the
 * database, mapped by every process that opens the store: `started` goes up
 * before a transaction commits, `finished` reaches it afterwards. Where they are
 * equal, and equal to what they were when a value was read, no transaction came
 * between: the value holds. So a change by the sspi command is seen by lsad's
 * next look-up, without a system call. A process that dies in between leaves
 * them unequal, which only means reading SQLite until the next change.
 *
 * Who writes to the database by other means than this library does not count;
 * for that a value is believed for a second at most.
 *
 * Values hold hashes: they lie in secret memory, and are wiped by the next tick once
 * nobody may believe them. A slot has a lock of its own, and
 * who finds it taken reads SQLite instead of waiting.
 */
#include "lsa/account_cache.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_SLOTS 512                 /* 0.7 MiB when full */
#define CACHE_AGE_MS 1000
#define CACHE_PATH_MAX 4096
#define CACHE_SUFFIX "-version"

/* The mapped file. */
struct cache_counters {
    atomic_uint_fast64_t started, finished;
};

struct cache_entry {
    uint64_t version;
    int64_t read_at;                    /* boot milliseconds */
    uint16_t key_n, value_n;
    uint8_t key[ACCOUNT_CACHE_KEY_MAX];
    _Alignas(8) uint8_t value[ACCOUNT_CACHE_VALUE_MAX];
};

struct cache_slot {
    pthread_mutex_t lock;
    struct cache_entry *entry;          /* secret memory, made at the first use */
};

struct account_cache {
    struct cache_counters *counters;
    struct cache_slot slots[CACHE_SLOTS];
};

/* ---- the counters ------------------------------------------------------ */

/* Root opens a store of lsad's user as well: then the folder says whose the file may be. */
static bool
cache_owner_is_good(const char *path, uid_t owner)
{
    char dir[CACHE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct stat st;

    if (owner == geteuid())
        return true;
    (void)snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1,
                   slash ? path : ".");
    return stat(dir, &st) == 0 && st.st_uid == owner;
}

/* Whoever could write to it could hide a change: it must be the store's own. NULL: it is. */
static const char *
cache_file_refuse(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "it is no regular file";
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "others may write to it";
    return cache_owner_is_good(path, st.st_uid) ? NULL : "it belongs to another user";
}

/* NULL: *reason says why. */
static struct cache_counters *
cache_map_file(int fd, const char *path, const char **reason)
{
    void *p;
    int failed;

    *reason = cache_file_refuse(fd, path);
    if (*reason != NULL)
        return NULL;
    /* Not ftruncate(): on a full disk a hole would be SIGBUS at the first write. */
    failed = posix_fallocate(fd, 0, sizeof(struct cache_counters));
    if (failed != 0) {
        *reason = strerror(failed);
        return NULL;
    }
    p = mmap(NULL, sizeof(struct cache_counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p != MAP_FAILED)
        return p;
    *reason = strerror(errno);
    return NULL;
}

static struct cache_counters *
cache_map(const char *db_path, const char **reason)
{
    char path[CACHE_PATH_MAX];
    struct cache_counters *p;
    int fd;

    if (snprintf(path, sizeof(path), "%s" CACHE_SUFFIX, db_path) >= (int)sizeof(path)) {
        *reason = "the path is too long";
        return NULL;
    }
    /* Not blocking: what lies there may be a pipe. */
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0) {
        *reason = strerror(errno);
        return NULL;
    }
    p = cache_map_file(fd, path, reason);
    close(fd);
    return p;
}

/* The number that values read now may be put under; 0: somebody is writing. Starts at 1. */
uint64_t
account_cache_version(const struct account_cache *c)
{
    uint64_t finished = atomic_load(&c->counters->finished);

    return atomic_load(&c->counters->started) == finished ? finished + 1 : 0;
}

uint64_t
account_cache_write_begin(struct account_cache *c)
{
    return c == NULL ? 0 : atomic_fetch_add(&c->counters->started, 1) + 1;
}

/* The greatest number wins: the next writer may have begun when our commit was done. */
void
account_cache_write_end(struct account_cache *c, uint64_t number)
{
    uint_fast64_t seen;

    if (c == NULL)
        return;
    seen = atomic_load(&c->counters->finished);
    while (seen < number && !atomic_compare_exchange_weak(&c->counters->finished, &seen, number))
        ;
}

/* ---- slots ------------------------------------------------------------- */

/* FNV-1a: only spreads keys over slots; who makes names collide makes them slower, not wrong. */
static struct cache_slot *
cache_slot_find(struct account_cache *c, struct view key)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < key.n; i++)
        h = (h ^ key.p[i]) * 16777619u;
    return &c->slots[(h ^ h >> 16) % CACHE_SLOTS];
}

static bool
entry_is_good(const struct cache_entry *e, uint64_t version)
{
    return e->version == version && filetime_boot_ms() - e->read_at < CACHE_AGE_MS;
}

static bool
entry_holds(const struct cache_entry *e, struct view key, size_t n, uint64_t version)
{
    return e != NULL && e->value_n == n && view_is_equal(view_of(e->key, e->key_n), key)
           && entry_is_good(e, version);
}

bool
account_cache_get(struct account_cache *c, struct view key, void *value, size_t n,
                  uint64_t *version)
{
    struct cache_slot *slot;
    bool found;

    *version = c == NULL ? 0 : account_cache_version(c);
    if (*version == 0)
        return false;
    slot = cache_slot_find(c, key);
    if (pthread_mutex_trylock(&slot->lock) != 0)
        return false;
    found = entry_holds(slot->entry, key, n, *version);
    if (found)
        memcpy(value, slot->entry->value, n);
    pthread_mutex_unlock(&slot->lock);
    return found;
}

static void
entry_set(struct cache_entry *e, struct view key, const void *value, size_t n, uint64_t version)
{
    secret_wipe(e->value, e->value_n);
    e->version = version;
    e->read_at = filetime_boot_ms();
    e->key_n = (uint16_t)key.n;
    memcpy(e->key, key.p, key.n);
    e->value_n = (uint16_t)n;
    memcpy(e->value, value, n);
}

void
account_cache_put(struct account_cache *c, struct view key, const void *value, size_t n,
                  uint64_t version)
{
    struct cache_slot *slot;

    if (c == NULL || version == 0 || key.n > ACCOUNT_CACHE_KEY_MAX || n > ACCOUNT_CACHE_VALUE_MAX)
        return;
    /* A transaction since `version` may have committed before the value was read, or after. */
    if (account_cache_version(c) != version)
        return;
    slot = cache_slot_find(c, key);
    if (pthread_mutex_trylock(&slot->lock) != 0)
        return;
    if (slot->entry == NULL)
        slot->entry = secret_new(sizeof(*slot->entry));
    if (slot->entry != NULL)
        entry_set(slot->entry, key, value, n, version);
    pthread_mutex_unlock(&slot->lock);
}

/* Version 0 marks a slot as wiped; a slot that is taken is in use, and waits for the next tick. */
void
account_cache_tick(struct account_cache *c)
{
    uint64_t version;

    if (c == NULL)
        return;
    version = account_cache_version(c);
    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        struct cache_slot *slot = &c->slots[i];

        if (pthread_mutex_trylock(&slot->lock) != 0)
            continue;
        if (slot->entry != NULL && slot->entry->version != 0
            && !entry_is_good(slot->entry, version))
            secret_wipe(slot->entry, sizeof(*slot->entry));
        pthread_mutex_unlock(&slot->lock);
    }
}

const void *
account_cache_peek(struct account_cache *c, struct view key, size_t *size)
{
    *size = sizeof(struct cache_entry);
    return cache_slot_find(c, key)->entry;
}

/* ---- life -------------------------------------------------------------- */

struct account_cache *
account_cache_open(const char *db_path)
{
    struct account_cache *c = calloc(1, sizeof(*c));
    const char *reason = NULL;

    if (c == NULL)
        return NULL;
    c->counters = cache_map(db_path, &reason);
    if (c->counters == NULL) {
        log_warning("account_store", LOG_S("without", "cache"), LOG_S("file", db_path),
                    LOG_S("suffix", CACHE_SUFFIX), LOG_S("reason", reason));
        free(c);
        return NULL;
    }
    for (size_t i = 0; i < CACHE_SLOTS; i++)
        pthread_mutex_init(&c->slots[i].lock, NULL);
    return c;
}

void
account_cache_close(struct account_cache *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        secret_free(c->slots[i].entry);
        pthread_mutex_destroy(&c->slots[i].lock);
    }
    (void)munmap(c->counters, sizeof(*c->counters));
    free(c);
}
