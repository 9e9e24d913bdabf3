/*
 * Random bytes, by getrandom(2): challenges, session keys, nonces. The kernel
 * reseeds after fork() and after a virtual machine was copied; a generator
 * of our own in memory would do neither. Runs in every process.
 */
#include "crypto/crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

/* Above 256 bytes a signal may cut the answer short. */
void
crypto_random(void *out, size_t n)
{
    uint8_t *p = out;
    size_t done = 0;

    while (done < n) {
        ssize_t got = getrandom(p + done, n - done, 0);

        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0)
            done += (size_t)got;
    }
}
