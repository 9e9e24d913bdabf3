/*
 * The process's state, and forks (D3).
 *
 * Runs in the application. The state hangs on a canary: a word in a page that
 * the kernel empties in a forked child (MADV_WIPEONFORK). Zero means "not made in
 * this process", so first use and first use after a fork are one case, without
 * fork handlers and without a system call on each entry.
 *
 * After a fork the parent's state is left as it is: its locks may be held by
 * threads that the child does not have, and its keys lie in pages that were
 * emptied. Only descriptors are closed, or the parent's session could not end.
 */
#include "sspi/process.h"

#include "base/log.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

#define PROCESS_OWNER 1u
#define CANARY_BYTES 4096u

enum canary { CANARY_NONE, CANARY_MAKING, CANARY_READY };

static _Atomic(atomic_uint *) process_canary;
static _Atomic(struct sspi_process *) process_current;

/* Tests put their own authority here before the first call. */
static const struct sspi_authority_ops *process_test_ops;
static void *process_test_self;
static const char *process_test_modules;

static atomic_uint *
canary_get(void)
{
    atomic_uint *have = atomic_load_explicit(&process_canary, memory_order_acquire);
    void *page;

    if (have != NULL)
        return have;
    page = mmap(NULL, CANARY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, CANARY_BYTES, MADV_WIPEONFORK) != 0
        || !atomic_compare_exchange_strong(&process_canary, &have, page)) {
        munmap(page, CANARY_BYTES);
        return have;
    }
    return page;
}

/*
 * A library is quiet: only what needs an administrator's eye is logged, unless the
 * user of an unprivileged process asks for more.
 */
static void
process_log_start(void)
{
    const char *name = secure_getenv("OPENSSPI_LOG");
    enum log_level level = LOG_WARNING;

    if (name != NULL)
        (void)log_level_parse(name, &level);
    log_set_level(level);
}

static struct sspi_process *
process_new(void)
{
    struct sspi_process *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->handles = handle_table_new(SSPI_OBJECTS_MAX);
    if (p->handles == NULL
        || getrandom(&p->secret, sizeof(p->secret), 0) != (ssize_t)sizeof(p->secret)) {
        handle_table_free(p->handles);
        free(p);
        return NULL;
    }
    pthread_mutex_init(&p->packages_lock, NULL);
    pthread_mutex_init(&p->halves_lock, NULL);
    pthread_mutex_init(&p->closed_lock, NULL);
    sspi_authority_init(&p->authority);
    if (process_test_ops != NULL) {
        p->authority.ops = process_test_ops;
        p->authority.self = process_test_self;
        if (process_test_modules != NULL)
            p->authority.module_dir = strdup(process_test_modules);
        p->authority.open = true;
    }
    return p;
}

/* By the one thread that changed the canary from NONE to MAKING. */
static struct sspi_process *
process_make(atomic_uint *canary)
{
    struct sspi_process *before = atomic_load(&process_current);
    struct sspi_process *p;

    process_log_start();
    p = process_new();
    if (p == NULL) {
        atomic_store(canary, CANARY_NONE);
        return NULL;
    }
    if (before != NULL && before->authority.open && before->authority.ops->abandon != NULL)
        before->authority.ops->abandon(before->authority.self);
    p->parent = before;
    atomic_store(&process_current, p);
    atomic_store_explicit(canary, CANARY_READY, memory_order_release);
    return p;
}

struct sspi_process *
sspi_process_get(void)
{
    atomic_uint *canary = canary_get();

    if (canary == NULL)
        return NULL;
    for (;;) {
        unsigned state = atomic_load_explicit(canary, memory_order_acquire);

        if (state == CANARY_READY)
            return atomic_load_explicit(&process_current, memory_order_relaxed);
        if (state == CANARY_NONE
            && atomic_compare_exchange_strong(canary, &state, CANARY_MAKING))
            return process_make(canary);
        sched_yield();
    }
}

void
sspi_process_reset(const struct sspi_authority_ops *ops, void *self, const char *module_dir)
{
    atomic_uint *canary = canary_get();

    process_test_ops = ops;
    process_test_self = self;
    process_test_modules = module_dir;
    if (canary != NULL)
        atomic_store(canary, CANARY_NONE);
}

/* ---- handles ----------------------------------------------------------- */

/* Mixes number and secret (the finaliser of a 64-bit hash): no two processes agree. */
static uint64_t
handle_check_word(const struct sspi_process *p, uint64_t number)
{
    uint64_t x = number ^ p->secret;

    x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    x ^= x >> 33;
    /* ~0 and -2 mean "invalid" and "deleted" in a SecHandle (sspi.h). */
    return x & ~UINT64_C(0x8000000000000000);
}

void
sspi_handle_put(const struct sspi_process *p, PSecHandle h, uint64_t number)
{
    h->dwLower = (ULONG_PTR)number;
    h->dwUpper = (ULONG_PTR)handle_check_word(p, number);
}

uint64_t
sspi_handle_number(const struct sspi_process *p, const SecHandle *h)
{
    if (h == NULL || h->dwUpper != handle_check_word(p, h->dwLower))
        return 0;
    return h->dwLower;
}

bool
sspi_handle_is_absent(const SecHandle *h)
{
    return h == NULL || (h->dwLower == 0 && h->dwUpper == 0);
}

uint64_t
sspi_object_add(struct sspi_process *p, enum sspi_type type, void *object,
                handle_free_fn *on_free)
{
    return handle_add(p->handles, type, PROCESS_OWNER, object, on_free);
}

void *
sspi_object_get(struct sspi_process *p, uint64_t number, enum sspi_type type)
{
    return number == 0 ? NULL : handle_get(p->handles, number, type, PROCESS_OWNER);
}

bool
sspi_object_remove(struct sspi_process *p, uint64_t number, enum sspi_type type)
{
    return number != 0 && handle_remove(p->handles, number, type, PROCESS_OWNER);
}

/* ---- tokens that are gone ------------------------------------------------ */

#define CLOSED_MAX 65536u       /* more are forgotten: they end with the session */

static bool
closed_has_room(struct sspi_process *p)
{
    size_t room = p->closed_room == 0 ? 64 : 2 * p->closed_room;
    uint64_t *more;

    if (p->closed_count < p->closed_room)
        return true;
    more = room > CLOSED_MAX ? NULL : realloc(p->closed, room * sizeof(*more));
    if (more == NULL)
        return false;
    p->closed = more;
    p->closed_room = room;
    return true;
}

void
sspi_process_token_closed(struct sspi_process *p, uint64_t number)
{
    pthread_mutex_lock(&p->closed_lock);
    if (closed_has_room(p))
        p->closed[p->closed_count++] = number;
    pthread_mutex_unlock(&p->closed_lock);
}

size_t
sspi_process_tokens_take(struct sspi_process *p, uint8_t *out, size_t max)
{
    struct wr w = wr_init(out, max * sizeof(uint64_t));
    size_t n = 0;

    pthread_mutex_lock(&p->closed_lock);
    while (n < max && p->closed_count > 0) {
        wr_u64le(&w, p->closed[--p->closed_count]);
        n++;
    }
    pthread_mutex_unlock(&p->closed_lock);
    return n;
}
