/* threads: a pool's threads, started together and waited for together. */
#ifndef LSAD_THREADS_H
#define LSAD_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct lsad_threads {
    pthread_t *v;
    unsigned count;         /* that run */
};

/* Starts count threads. 0 or negative errno; then some may run. */
int lsad_threads_open(struct lsad_threads *t, unsigned count, void *(*run)(void *), void *arg);
/* Waits for all until the deadline (lsad_boot_ms()). False: some still run. */
bool lsad_threads_join(struct lsad_threads *t, int64_t deadline);
/* Of threads that have been joined. */
void lsad_threads_wipe(struct lsad_threads *t);

/* Milliseconds since boot (CLOCK_BOOTTIME, D26). */
int64_t lsad_boot_ms(void);

#endif
