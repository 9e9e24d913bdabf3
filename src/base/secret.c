/*
 * Wiping and comparing secrets (D21).
 *
 * Everything that touches a key or a password ends in one of these, so that
 * lint can ban memset, memcmp and free on secrets. Where secrets live is
 * secret_slab.c. No specification; runs in every process.
 */
#include "secret.h"

#include <stdlib.h>

#include "secret_slab.h"

void
secret_wipe(void *p, size_t n)
{
    if (n > 0)
        explicit_bzero(p, n);
}

/*
 * The differences are gathered and looked at once. The empty asm hides the
 * sum from the compiler, which could otherwise stop at the first difference.
 */
bool
ct_equal(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    unsigned different = 0;

    for (size_t i = 0; i < n; i++) {
        different |= (unsigned)(x[i] ^ y[i]);
        __asm__ volatile("" : "+r"(different));
    }
    return different == 0;
}

void *
secret_new(size_t size)
{
    return secret_slab_get(size, false);
}

void *
secret_new_locked(size_t size)
{
    return secret_slab_get(size, true);
}

void
secret_free(void *p)
{
    if (p != NULL)
        secret_slab_put(p);
}

void
secret_wipe_free(void *p, size_t n)
{
    if (p != NULL)
        secret_wipe(p, n);
    free(p);
}
