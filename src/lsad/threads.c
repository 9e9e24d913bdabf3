/*
 * Threads of a pool. Waiting for their end looks every few milliseconds instead
 * of sleeping in pthread_clockjoin_np(): it happens once in the daemon's life, and
 * ThreadSanitizer does not know that call.
 *
 * Runs in: lsad's main thread. Trusts nothing.
 */
#include "lsad/threads.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define JOIN_STEP_NS 2000000

int64_t
lsad_boot_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
lsad_threads_open(struct lsad_threads *t, unsigned count, void *(*run)(void *), void *arg)
{
    int failed = 0;

    *t = (struct lsad_threads){ calloc(count, sizeof *t->v), 0 };
    if (t->v == NULL)
        return -ENOMEM;
    while (failed == 0 && t->count < count) {
        failed = pthread_create(&t->v[t->count], NULL, run, arg);
        t->count += failed == 0;
    }
    return -failed;
}

/* Joins those that have ended; what is left moves together. */
static void
threads_reap(struct lsad_threads *t)
{
    unsigned left = 0;

    for (unsigned i = 0; i < t->count; i++) {
        if (pthread_tryjoin_np(t->v[i], NULL) != 0)
            t->v[left++] = t->v[i];
    }
    t->count = left;
}

bool
lsad_threads_join(struct lsad_threads *t, int64_t deadline)
{
    const struct timespec step = { 0, JOIN_STEP_NS };

    for (threads_reap(t); t->count > 0; threads_reap(t)) {
        if (lsad_boot_ms() >= deadline)
            return false;
        nanosleep(&step, NULL);
    }
    return true;
}

void
lsad_threads_wipe(struct lsad_threads *t)
{
    free(t->v);
    t->v = NULL;
}
