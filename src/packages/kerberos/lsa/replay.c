/*
 * The replay cache: a table of 16-byte records in a file, mapped MAP_SHARED,
 * so that it survives the process and is shared by processes. A record is the
 * first 10 bytes of a keyed hash of {server, client, time, microseconds,
 * authenticator} and the second at which it may be forgotten: twice the clock
 * skew after it was seen, as a client's clock may be ahead by one and the
 * check may lag by the other. Services may differ in their skews, and an
 * authenticator may come to any of them: the lag is the largest that was asked
 * with.
 *
 * A hash chooses a bucket of 32 records. One lock a group of buckets (a shard)
 * is held while its 512 bytes are searched: a robust mutex in the file itself,
 * between threads and processes alike, so that nobody asks the kernel unless
 * he has to wait, and it is told when an owner dies, even one whose forked
 * child lives on with his descriptors. Who opens the file alone makes them
 * anew: what a machine that went down left there is nobody's. No record is
 * moved, and none is dropped before its time: a full bucket refuses.
 *
 * What was forgotten is never taken for new. Each shard remembers the latest
 * time of an authenticator that it forgot (by a clock that was ahead, say),
 * and refuses what is not later. Records that were in memory only when the
 * machine went down are lost; so after a boot that found the file open,
 * authenticators older than the boot plus the skew are refused.
 *
 * Runs in the authority. Trusts the file, which is the authority's alone: its
 * owner and mode are checked.
 */
#include "packages/kerberos/lsa/replay.h"

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REPLAY_MAGIC "OSSPIRC2"
#define MAGIC_SIZE 8
#define HASH_KEY_SIZE 16
#define BOOT_ID_SIZE 36                 /* a UUID as text */
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define TAG_SIZE 10
#define WAYS 32
#define SHARDS 64
#define HEADER_SIZE 4096
#define BUCKETS_MIN SHARDS
#define BUCKETS_MAX (1u << 20)
#define TUPLE_VIEWS_MAX 8

struct replay_record {
    uint8_t tag[TAG_SIZE];
    uint16_t lag;                       /* seconds from the latest time it may bear to the next */
    uint32_t forget;                    /* seconds since 1970, unsigned; 0: never used */
};

struct replay_bucket {
    struct replay_record record[WAYS];
};

/* The first page of the file. Host byte order: the file never leaves the machine. */
struct replay_header {
    uint8_t magic[MAGIC_SIZE];
    uint32_t buckets;
    uint32_t is_open;                   /* not closed since it was opened */
    uint8_t hash_key[HASH_KEY_SIZE];    /* no stranger can choose his bucket */
    uint8_t boot_id[BOOT_ID_SIZE];      /* of the boot in which it was opened last */
    uint32_t lost_until;                /* authenticators up to here are refused */
    atomic_uint lag;                    /* the largest skew yet */
    uint32_t forgotten[SHARDS];         /* the same, of what a shard forgot */
    uint32_t lock_size;                 /* of a lock, since they were made */
    pthread_mutex_t locks[SHARDS];
};

_Static_assert(sizeof(struct replay_record) == 16, "four records a cache line");
_Static_assert(sizeof(struct replay_header) <= HEADER_SIZE, "the header has a page");

struct replay {
    int fd;
    size_t size;
    struct replay_header *header;
    struct replay_bucket *buckets;
};

/* ---- locks between processes -------------------------------------------- */

/* The bytes of the file that are locked, for as long as it takes to open or close it. */
#define LOCK_HEADER SHARDS              /* who opens it */
#define LOCK_USERS (SHARDS + 1)         /* everybody who has it open, shared */

/* command: F_OFD_SETLKW waits, F_OFD_SETLK does not. */
static bool
file_lock(int fd, int command, unsigned byte, short type)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

    while (fcntl(fd, command, &lock) != 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

/* What a dead owner left half written matches nobody, or refuses one authenticator too many. */
static bool
shard_lock(struct replay *r, unsigned shard)
{
    pthread_mutex_t *lock = &r->header->locks[shard];
    int rc = pthread_mutex_lock(lock);

    return rc == 0 || (rc == EOWNERDEAD && pthread_mutex_consistent(lock) == 0);
}

static void
shard_unlock(struct replay *r, unsigned shard)
{
    pthread_mutex_unlock(&r->header->locks[shard]);
}

static bool
locks_make(struct replay_header *h)
{
    pthread_mutexattr_t attributes;
    bool good;

    if (pthread_mutexattr_init(&attributes) != 0)
        return false;
    good = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0 &&
           pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0;
    for (size_t i = 0; good && i < SHARDS; i++)
        good = pthread_mutex_init(&h->locks[i], &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    h->lock_size = good ? sizeof(pthread_mutex_t) : 0;
    return good;
}

/* ---- opening ------------------------------------------------------------ */

static int64_t
boot_time(int64_t now)
{
    struct timespec up;

    clock_gettime(CLOCK_BOOTTIME, &up);
    return now - up.tv_sec;
}

/* Zeros where there is no such file: then every start counts as a boot. */
static void
boot_id_read(uint8_t out[BOOT_ID_SIZE])
{
    int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);

    memset(out, 0, BOOT_ID_SIZE);
    if (fd < 0)
        return;
    if (read(fd, out, BOOT_ID_SIZE) != BOOT_ID_SIZE)
        memset(out, 0, BOOT_ID_SIZE);
    close(fd);
}

static uint32_t
buckets_of_entries(uint32_t entries)
{
    uint32_t buckets = BUCKETS_MIN;

    while (buckets < BUCKETS_MAX && buckets * WAYS < entries)
        buckets *= 2;
    return buckets;
}

static size_t
file_size(uint32_t buckets)
{
    return HEADER_SIZE + (size_t)buckets * sizeof(struct replay_bucket);
}

/* A file somebody else may write could make any authenticator look new. */
static const char *
file_check(int fd, struct stat *st)
{
    if (fstat(fd, st) != 0)
        return strerror(errno);
    if (!S_ISREG(st->st_mode))
        return "is no file";
    if (st->st_uid != geteuid() || (st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "belongs to somebody else, or others may use it: chmod 600";
    return NULL;
}

static const char *
file_map(struct replay *r, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);

    if (p == MAP_FAILED)
        return strerror(errno);
    r->size = size;
    r->header = p;
    r->buckets = (struct replay_bucket *)((uint8_t *)p + HEADER_SIZE);
    return NULL;
}

static const char *
file_make(struct replay *r, uint32_t entries)
{
    uint32_t buckets = buckets_of_entries(entries);
    const char *fault;

    if (ftruncate(r->fd, 0) != 0 || ftruncate(r->fd, (off_t)file_size(buckets)) != 0)
        return strerror(errno);
    fault = file_map(r, file_size(buckets));
    if (fault != NULL)
        return fault;
    r->header->buckets = buckets;
    crypto_random(r->header->hash_key, HASH_KEY_SIZE);
    boot_id_read(r->header->boot_id);
    memcpy(r->header->magic, REPLAY_MAGIC, MAGIC_SIZE);
    return NULL;
}

/* One that was cut short or is of another make is not patched up: what it knew is needed. */
static const char *
file_take(struct replay *r, const struct stat *st)
{
    uint32_t buckets;
    const char *fault;

    if ((size_t)st->st_size < file_size(BUCKETS_MIN))
        return "is damaged; remove it once no authenticator of before can be valid any more";
    fault = file_map(r, (size_t)st->st_size);
    if (fault != NULL)
        return fault;
    buckets = r->header->buckets;
    if (memcmp(r->header->magic, REPLAY_MAGIC, MAGIC_SIZE) != 0 || buckets < BUCKETS_MIN ||
        buckets > BUCKETS_MAX || (buckets & (buckets - 1)) != 0 ||
        r->size != file_size(buckets))
        return "is damaged; remove it once no authenticator of before can be valid any more";
    return NULL;
}

/* Records of before a crash of the machine may not have reached the disk. */
static void
memory_judge(struct replay_header *h, uint32_t skew, int64_t now)
{
    uint8_t boot_id[BOOT_ID_SIZE];

    boot_id_read(boot_id);
    if (memcmp(boot_id, h->boot_id, BOOT_ID_SIZE) != 0 && h->is_open)
        h->lost_until = (uint32_t)(boot_time(now) + skew);
    memcpy(h->boot_id, boot_id, BOOT_ID_SIZE);
    h->is_open = 1;
}

static const char *
replay_begin(struct replay *r, uint32_t entries, uint32_t skew, int64_t now)
{
    struct stat st;
    const char *fault = file_check(r->fd, &st);

    if (fault != NULL)
        return fault;
    fault = st.st_size == 0 ? file_make(r, entries) : file_take(r, &st);
    if (fault == NULL)
        memory_judge(r->header, skew, now);
    return fault;
}

/* A 32-bit process's are not a 64-bit one's: they may not have the file open together. */
static const char *
locks_take(struct replay_header *h, bool alone)
{
    if (alone)
        return locks_make(h) ? NULL : "no locks between processes";
    return h->lock_size == sizeof(pthread_mutex_t) ? NULL
           : "is open in a process whose locks are of another make";
}

/* Under the lock, so that of two processes one makes the file and the other finds it made. */
static const char *
replay_begin_locked(struct replay *r, uint32_t entries, uint32_t skew, int64_t now)
{
    const char *fault;
    bool alone;

    if (!file_lock(r->fd, F_OFD_SETLKW, LOCK_HEADER, F_WRLCK))
        return strerror(errno);
    alone = file_lock(r->fd, F_OFD_SETLK, LOCK_USERS, F_WRLCK);
    if (!file_lock(r->fd, F_OFD_SETLKW, LOCK_USERS, F_RDLCK))
        return strerror(errno);
    fault = replay_begin(r, entries, skew, now);
    if (fault == NULL)
        fault = locks_take(r->header, alone);
    (void)file_lock(r->fd, F_OFD_SETLKW, LOCK_HEADER, F_UNLCK);
    return fault;
}

/* A child's copy of the descriptor keeps what is locked by it: nothing may be when it closes. */
static void
file_leave(int fd)
{
    struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

    (void)fcntl(fd, F_OFD_SETLK, &all);
    close(fd);
}

static void
replay_free(struct replay *r)
{
    if (r->header != NULL)
        munmap(r->header, r->size);
    if (r->fd >= 0)
        file_leave(r->fd);
    free(r);
}

void
replay_leave(struct replay *r)
{
    if (r == NULL)
        return;
    munmap(r->header, r->size);
    close(r->fd);
    free(r);
}

struct replay *
replay_open(const char *path, uint32_t entries, uint32_t skew, int64_t now,
            char error[REPLAY_ERROR_MAX])
{
    struct replay *r = calloc(1, sizeof(*r));
    const char *fault;

    if (r == NULL) {
        snprintf(error, REPLAY_ERROR_MAX, "no memory");
        return NULL;
    }
    r->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    fault = r->fd < 0 ? strerror(errno) : replay_begin_locked(r, entries, skew, now);
    if (fault == NULL)
        return r;
    snprintf(error, REPLAY_ERROR_MAX, "%.150s: %s", path, fault);
    replay_free(r);
    return NULL;
}

void
replay_close(struct replay *r)
{
    if (r == NULL)
        return;
    (void)file_lock(r->fd, F_OFD_SETLKW, LOCK_HEADER, F_WRLCK);
    /* The last one out. The records first: a file that says it is whole must be. */
    if (file_lock(r->fd, F_OFD_SETLK, LOCK_USERS, F_WRLCK) &&
        msync(r->header, r->size, MS_SYNC) == 0) {
        r->header->is_open = 0;
        (void)msync(r->header, HEADER_SIZE, MS_SYNC);
    }
    replay_free(r);
}

int64_t
replay_lost_until(const struct replay *r)
{
    return r->header->lost_until;
}

/* ---- checking ----------------------------------------------------------- */

/* Each view with its length: two tuples cannot be one string of bytes. */
static void
tuple_hash(const struct replay *r, const struct view *tuple, size_t count,
           uint8_t out[CRYPTO_SHA256_SIZE])
{
    struct view parts[1 + 2 * TUPLE_VIEWS_MAX];
    uint8_t lengths[TUPLE_VIEWS_MAX][4];
    size_t n = 0;

    parts[n++] = view_of(r->header->hash_key, HASH_KEY_SIZE);
    for (size_t i = 0; i < count && i < TUPLE_VIEWS_MAX; i++) {
        struct wr w = wr_init(lengths[i], sizeof(lengths[i]));

        wr_u32be(&w, (uint32_t)tuple[i].n);
        parts[n++] = wr_written(&w);
        parts[n++] = tuple[i];
    }
    crypto_sha256(parts, n, out);
}

/* The same, or one that may be overwritten; *same tells which. NULL: neither. */
static struct replay_record *
bucket_search(struct replay_bucket *b, const uint8_t tag[TAG_SIZE], uint32_t now, bool *same)
{
    struct replay_record *free_one = NULL;

    *same = false;
    for (size_t i = 0; i < WAYS; i++) {
        struct replay_record *record = &b->record[i];

        if (record->forget != 0 && memcmp(record->tag, tag, TAG_SIZE) == 0) {
            *same = true;
            return record;
        }
        if (free_one == NULL && record->forget < now)
            free_one = record;
    }
    return free_one;
}

/* What a record that is dropped may have been. */
static void
shard_forget(uint32_t *forgotten, const struct replay_record *record)
{
    uint32_t latest = record->forget > record->lag ? record->forget - record->lag : 0;

    if (record->forget != 0 && latest > *forgotten)
        *forgotten = latest;
}

/* What the largest skew is with this one. */
static uint16_t
lag_of(struct replay_header *h, uint32_t skew)
{
    unsigned lag = atomic_load(&h->lag);

    while (lag < skew && !atomic_compare_exchange_weak(&h->lag, &lag, skew))
        continue;
    lag = lag < skew ? skew : lag;
    return (uint16_t)(lag < UINT16_MAX ? lag : UINT16_MAX);
}

static enum replay_verdict
shard_check(struct replay *r, unsigned shard, struct replay_bucket *b,
            const uint8_t tag[TAG_SIZE], int64_t written, uint32_t now, uint32_t skew)
{
    uint32_t *forgotten = &r->header->forgotten[shard];
    struct replay_record *record;
    bool same;

    record = bucket_search(b, tag, now, &same);
    if (same)
        return REPLAY_SEEN;
    if (written <= *forgotten || written <= r->header->lost_until)
        return REPLAY_TOO_OLD;
    if (record == NULL)
        return REPLAY_FULL;
    shard_forget(forgotten, record);
    memcpy(record->tag, tag, TAG_SIZE);
    record->lag = lag_of(r->header, skew);
    record->forget = now + skew + record->lag;
    return REPLAY_NEW;
}

enum replay_verdict
replay_check(struct replay *r, const struct view *tuple, size_t count, int64_t written,
             int64_t now, uint32_t skew)
{
    uint8_t hash[CRYPTO_SHA256_SIZE];
    struct rd place;
    enum replay_verdict verdict;
    uint32_t bucket;
    unsigned shard;

    tuple_hash(r, tuple, count, hash);
    place = rd_init(view_of(hash + TAG_SIZE, sizeof(hash) - TAG_SIZE));
    bucket = rd_u32le(&place) & (r->header->buckets - 1);
    shard = bucket % SHARDS;
    if (!shard_lock(r, shard))
        return REPLAY_FULL;
    verdict = shard_check(r, shard, &r->buckets[bucket], hash, written, (uint32_t)now, skew);
    shard_unlock(r, shard);
    return verdict;
}
