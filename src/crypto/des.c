/*
 * DES of one block (FIPS 46-3), by nettle: NTLMv1's responses and the LM
 * hash (MS-NLMP 3.3.1, DESL() and LMOWFv1). Runs where NTLM runs.
 */
#include "crypto/crypto.h"

#include <nettle/des.h>

#include "base/secret.h"

/*
 * Seven bits of the key in the upper bits of each byte; the lowest is parity,
 * which nettle does not look at.
 */
static void
des_spread_key(const uint8_t key7[7], uint8_t key8[DES_KEY_SIZE])
{
    uint64_t bits = 0;

    for (size_t i = 0; i < 7; i++)
        bits = bits << 8 | key7[i];
    for (size_t i = DES_KEY_SIZE; i-- > 0; bits >>= 7)
        key8[i] = (uint8_t)(bits << 1);
    secret_wipe(&bits, sizeof(bits));
}

/*
 * Weak keys are keys like others here: the LM hash of the empty password is
 * made with the key of all zeros, so nettle's warning is not looked at.
 */
void
crypto_des(const uint8_t key7[7], const uint8_t in[8], uint8_t out[8])
{
    uint8_t key8[DES_KEY_SIZE];
    struct des_ctx ctx;

    des_spread_key(key7, key8);
    (void)des_set_key(&ctx, key8);
    des_encrypt(&ctx, DES_BLOCK_SIZE, out, in);
    secret_wipe(&ctx, sizeof(ctx));
    secret_wipe(key8, sizeof(key8));
}
