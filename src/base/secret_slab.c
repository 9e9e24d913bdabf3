/*
 * Slabs: the pages under secret_new() (D3, D21).
 *
 * A slab is a run of pages, aligned to SLAB_ALIGN so that the address of an
 * object tells its slab, with a header and then objects of one size. It is
 * left out of core dumps (MADV_DONTDUMP) and reads as zeros in a forked child
 * (MADV_WIPEONFORK). Locked slabs are also mlock()ed and small, as an
 * ordinary process may lock only 8 MiB.
 *
 * After fork() the child starts afresh: headers and the heads of all lists
 * (struct slab_state) lie in wiped pages themselves, so they read as zeros,
 * which is an allocator that owns nothing and whose mutexes are free. This
 * needs no atfork hook and holds even when another thread was inside at the
 * time of fork(). What the child frees of its parent's has a header without
 * magic number and is left alone: those pages are zeros and cost nothing.
 *
 * Where the kernel has no WIPEONFORK (before 4.14, some emulators) the pages
 * are plain ones, which one log line says; the child then has a copy.
 *
 * No specification; runs in every process; trusts its callers' pointers only
 * as far as the header and the bitmap confirm them, and aborts otherwise.
 */
#include "secret_slab.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log.h"
#include "secret.h"

#define SLAB_ALIGN ((size_t)256 * 1024)
#define SLAB_LOCKED_LEAST ((size_t)16 * 1024)
#define SLAB_MAGIC UINT64_C(0x5ec4e75ab5ec4e75)
#define SLAB_KINDS 2
#define SLAB_WORD_BITS 64
#define SLAB_OBJECT_LEAST 32
/* One bit an object of the smallest size. */
#define SLAB_WORDS (SLAB_ALIGN / SLAB_OBJECT_LEAST / SLAB_WORD_BITS)

/* Between powers of two a step more: contexts of 700 bytes should not take 1024. */
static const uint32_t slab_sizes[] = {
    SLAB_OBJECT_LEAST, 64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192,
    16384, 32768, SECRET_MAX,
};

#define SLAB_CLASSES (sizeof(slab_sizes) / sizeof(slab_sizes[0]))

/* Slabs with room, of one size: the full ones are in no list. */
struct slab_class {
    pthread_mutex_t mutex;      /* zeros are PTHREAD_MUTEX_INITIALIZER in glibc and musl */
    struct slab *open;
};

struct slab_state {
    struct slab_class classes[SLAB_KINDS][SLAB_CLASSES];
};

struct slab {
    uint64_t magic;
    struct slab_class *class;
    struct slab *next, *before;
    size_t bytes;               /* of the mapping */
    uint32_t size;              /* of an object */
    uint32_t count, used;
    uint32_t hint;              /* no free object in the words before this one */
    uint64_t taken[SLAB_WORDS];
    _Alignas(64) uint8_t objects[];
};

static _Atomic(struct slab_state *) slab_state;
static atomic_flag slab_advice_logged = ATOMIC_FLAG_INIT;
static atomic_flag slab_lock_logged = ATOMIC_FLAG_INIT;

/* Once a process: the same cause would fill the log. */
static void
slab_log_once(atomic_flag *logged, const char *event)
{
    int error = errno;

    if (!atomic_flag_test_and_set(logged))
        log_warning(event, LOG_N("errno", error));
}

static void
slab_advise(void *p, size_t n)
{
    if (madvise(p, n, MADV_DONTDUMP) != 0)
        slab_log_once(&slab_advice_logged, "secret-pages-plain");
    if (madvise(p, n, MADV_WIPEONFORK) != 0)
        slab_log_once(&slab_advice_logged, "secret-pages-plain");
}

/*
 * LeakSanitizer looks for pointers in no mapping of its own accord; without this
 * everything that only a secret object points to would count as leaked.
 */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#define slab_root_add(p, n) __lsan_register_root_region(p, n)
#define slab_root_remove(p, n) __lsan_unregister_root_region(p, n)
#else
#define slab_root_add(p, n) ((void)(p), (void)(n))
#define slab_root_remove(p, n) ((void)(p), (void)(n))
#endif

static void *
slab_map(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

/* Maps more than is wanted and gives back both ends, to get the alignment. */
static void *
slab_map_aligned(size_t n)
{
    uint8_t *all = slab_map(n + SLAB_ALIGN);
    size_t before;

    if (all == NULL)
        return NULL;
    before = (SLAB_ALIGN - (uintptr_t)all % SLAB_ALIGN) % SLAB_ALIGN;
    if (before > 0)
        (void)munmap(all, before);
    if (SLAB_ALIGN > before)
        (void)munmap(all + before + n, SLAB_ALIGN - before);
    return all + before;
}

/*
 * Two threads may both be first: the loser's page goes. The address survives
 * fork(), and leads the child to a page of zeros.
 */
static struct slab_state *
slab_state_get(void)
{
    struct slab_state *have = atomic_load_explicit(&slab_state, memory_order_acquire);
    struct slab_state *mine;

    if (have != NULL)
        return have;
    mine = slab_map(sizeof(*mine));
    if (mine == NULL)
        return NULL;
    slab_advise(mine, sizeof(*mine));
    if (atomic_compare_exchange_strong(&slab_state, &have, mine))
        return mine;
    (void)munmap(mine, sizeof(*mine));
    return have;
}

static size_t
slab_class_find(size_t size)
{
    size_t i = 0;

    while (slab_sizes[i] < size)
        i++;
    return i;
}

/* A locked slab is as small as its objects allow. */
static size_t
slab_bytes(size_t size, bool locked)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t need = sizeof(struct slab) + size;

    if (!locked)
        return SLAB_ALIGN;
    if (need < SLAB_LOCKED_LEAST)
        need = SLAB_LOCKED_LEAST;
    return (need + page - 1) / page * page;
}

/* Locking that fails leaves a slab that works: see secret.h. */
static struct slab *
slab_new(struct slab_class *class, uint32_t size, bool locked)
{
    size_t bytes = slab_bytes(size, locked);
    struct slab *s = slab_map_aligned(bytes);

    if (s == NULL)
        return NULL;
    slab_advise(s, bytes);
    if (locked && mlock(s, bytes) != 0)
        slab_log_once(&slab_lock_logged, "secret-pages-not-locked");
    s->magic = SLAB_MAGIC;
    s->class = class;
    s->bytes = bytes;
    slab_root_add(s, bytes);
    s->size = size;
    s->count = (uint32_t)((bytes - sizeof(*s)) / size);
    return s;
}

static void
slab_link(struct slab_class *class, struct slab *s)
{
    s->next = class->open;
    s->before = NULL;
    if (s->next != NULL)
        s->next->before = s;
    class->open = s;
}

static void
slab_unlink(struct slab_class *class, struct slab *s)
{
    if (s->before != NULL)
        s->before->next = s->next;
    else
        class->open = s->next;
    if (s->next != NULL)
        s->next->before = s->before;
}

/* A free object of a slab that is open, and so has one. */
static void *
slab_take(struct slab *s)
{
    uint32_t bit, i;

    while (s->taken[s->hint] == UINT64_MAX)
        s->hint++;
    bit = (uint32_t)__builtin_ctzll(~s->taken[s->hint]);
    s->taken[s->hint] |= UINT64_C(1) << bit;
    s->used++;
    if (s->used == s->count)
        slab_unlink(s->class, s);
    i = s->hint * SLAB_WORD_BITS + bit;
    return s->objects + (size_t)i * s->size;
}

void *
secret_slab_get(size_t size, bool locked)
{
    struct slab_state *state = slab_state_get();
    struct slab_class *class;
    struct slab *s = NULL;
    void *p = NULL;
    size_t i;

    if (state == NULL || size == 0 || size > SECRET_MAX)
        return NULL;
    i = slab_class_find(size);
    class = &state->classes[locked ? 1 : 0][i];
    (void)pthread_mutex_lock(&class->mutex);
    if (class->open == NULL) {
        /* Mapping may log, and a log sink may want a secret: not under the mutex. */
        (void)pthread_mutex_unlock(&class->mutex);
        s = slab_new(class, slab_sizes[i], locked);
        (void)pthread_mutex_lock(&class->mutex);
    }
    if (s != NULL)
        slab_link(class, s);
    if (class->open != NULL)
        p = slab_take(class->open);
    (void)pthread_mutex_unlock(&class->mutex);
    return p;
}

/* The number of an object, from its address; a pointer to anything else aborts. */
static uint32_t
slab_index(const struct slab *s, const void *p)
{
    uintptr_t offset = (uintptr_t)p - (uintptr_t)s->objects;
    uintptr_t i = offset / s->size;

    if (s->magic != SLAB_MAGIC || offset % s->size != 0 || i >= s->count)
        abort();
    return (uint32_t)i;
}

/* Returns the slab when nothing is left in it and another one is open. */
static struct slab *
slab_give_back(struct slab *s, uint32_t i)
{
    uint32_t word = i / SLAB_WORD_BITS;
    uint64_t bit = UINT64_C(1) << i % SLAB_WORD_BITS;

    if ((s->taken[word] & bit) == 0)
        abort();    /* freed twice */
    s->taken[word] &= ~bit;
    if (word < s->hint)
        s->hint = word;
    if (s->used == s->count)
        slab_link(s->class, s);
    s->used--;
    if (s->used > 0 || (s->next == NULL && s->before == NULL))
        return NULL;
    slab_unlink(s->class, s);
    return s;
}

/*
 * The object is wiped before the mutex is taken: it is still ours, and a big
 * one would keep others waiting. One empty slab a class is kept, so that a
 * program with one connection at a time does not map and unmap for each.
 */
void
secret_slab_put(void *p)
{
    struct slab *s = (struct slab *)((uintptr_t)p & ~(uintptr_t)(SLAB_ALIGN - 1));
    struct slab_class *class = s->class;
    struct slab *empty;
    uint32_t i;

    if (s->magic == 0)
        return;     /* a parent's, wiped by fork() */
    i = slab_index(s, p);
    secret_wipe(p, s->size);
    (void)pthread_mutex_lock(&class->mutex);
    empty = slab_give_back(s, i);
    (void)pthread_mutex_unlock(&class->mutex);
    if (empty != NULL) {
        slab_root_remove(empty, empty->bytes);
        (void)munmap(empty, empty->bytes);
    }
}
