/*
 * RC4, by nettle: NTLM's sealing and its encrypted session key (MS-NLMP
 * 3.4.3, RC4() and RC4Init()). The stream goes on over messages, so the
 * caller keeps the state, in secret memory. Runs where NTLM runs.
 */
#include "crypto/crypto.h"

#include <stdlib.h>

/* Key lengths are fixed by the protocol; another one is a mistake of ours, never a peer's. */
void
crypto_rc4_init(struct crypto_rc4 *c, struct view key)
{
    if (key.n < ARCFOUR_MIN_KEY_SIZE || key.n > ARCFOUR_MAX_KEY_SIZE)
        abort();
    arcfour_set_key(&c->ctx, key.n, key.p);
}

void
crypto_rc4(struct crypto_rc4 *c, const uint8_t *in, uint8_t *out, size_t n)
{
    if (n > 0)
        arcfour_crypt(&c->ctx, n, out, in);
}
