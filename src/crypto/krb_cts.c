/*
 * CBC with ciphertext stealing as RFC 3962 5 and RFC 8009 5 use it (CS3 of
 * NIST SP 800-38A's addendum: the last two blocks change places, always),
 * initial vector zero, over a list of pieces as over one string.
 *
 * nettle does blocks; this file says which octets are a block. Runs of whole
 * blocks within a piece are done in place, and only those that straddle two
 * pieces go through a copy: a message of an application's buffers is neither
 * gathered nor scattered.
 */
#include "crypto/krb_private.h"

#include <nettle/cbc.h>

#include "base/secret.h"

#define BLOCK CRYPTO_KRB_BLOCK
#define TAIL_MAX (2 * BLOCK)

/* Where in the sealed pieces. */
struct place {
    const struct crypto_piece *piece;
    size_t pieces;      /* left, this one included */
    size_t at;          /* within this one */
};

/* The octets that follow without a gap; 0 at the end. */
static size_t
place_run(struct place *x)
{
    while (x->pieces > 0 && (!x->piece->sealed || x->at == x->piece->n)) {
        x->piece++;
        x->pieces--;
        x->at = 0;
    }
    return x->pieces == 0 ? 0 : x->piece->n - x->at;
}

static void
place_get(struct place *x, uint8_t *out, size_t n)
{
    for (size_t run; n > 0 && (run = place_run(x)) > 0; n -= run) {
        run = run < n ? run : n;
        memcpy(out, x->piece->p + x->at, run);
        out += run;
        x->at += run;
    }
}

static void
place_put(struct place *x, const uint8_t *in, size_t n)
{
    for (size_t run; n > 0 && (run = place_run(x)) > 0; n -= run) {
        run = run < n ? run : n;
        memcpy(x->piece->p + x->at, in, run);
        in += run;
        x->at += run;
    }
}

static void
cbc_run(const struct crypto_krb_cipher *c, uint8_t iv[BLOCK], uint8_t *p, size_t n)
{
    bool small = c->type->key_size == AES128_KEY_SIZE;

    if (c->seals && small)
        cbc_aes128_encrypt(&c->u.aes128, iv, n, p, p);
    else if (c->seals)
        cbc_aes256_encrypt(&c->u.aes256, iv, n, p, p);
    else if (small)
        cbc_decrypt(&c->u.aes128, (nettle_cipher_func *)aes128_decrypt, BLOCK, iv, n, p, p);
    else
        cbc_decrypt(&c->u.aes256, (nettle_cipher_func *)aes256_decrypt, BLOCK, iv, n, p, p);
}

/* n octets, a multiple of the block. */
static void
cbc_blocks(const struct crypto_krb_cipher *c, struct place *x, uint8_t iv[BLOCK], size_t n)
{
    while (n > 0) {
        size_t run = place_run(x);

        run = (run < n ? run : n) / BLOCK * BLOCK;
        if (run > 0) {
            cbc_run(c, iv, x->piece->p + x->at, run);
            x->at += run;
        } else {
            struct place back = *x;
            uint8_t block[BLOCK];

            run = BLOCK;
            place_get(x, block, BLOCK);
            cbc_run(c, iv, block, BLOCK);
            place_put(&back, block, BLOCK);
            secret_wipe(block, sizeof(block));
        }
        n -= run;
    }
}

/* The last block is filled up with zeros, and the two change places. */
static void
tail_seal(const struct crypto_krb_cipher *c, uint8_t iv[BLOCK], uint8_t tail[TAIL_MAX], size_t n)
{
    uint8_t first[BLOCK];

    memset(tail + n, 0, TAIL_MAX - n);
    cbc_run(c, iv, tail, TAIL_MAX);
    memcpy(first, tail, BLOCK);
    memcpy(tail, tail + BLOCK, BLOCK);
    memcpy(tail + BLOCK, first, BLOCK);
}

/*
 * The block that was last decrypts to (what is missing of the other block)
 * after (its own text xor that block): CBC with the short block as its vector
 * gives the text, and with a vector of zeros what is missing.
 */
static void
tail_open(const struct crypto_krb_cipher *c, uint8_t iv[BLOCK], uint8_t tail[TAIL_MAX], size_t n)
{
    uint8_t zeros[BLOCK] = { 0 }, plain[BLOCK], first[BLOCK] = { 0 };
    size_t rest = n - BLOCK;

    memcpy(plain, tail, BLOCK);
    cbc_run(c, zeros, plain, BLOCK);
    memcpy(first, tail + BLOCK, rest);
    memcpy(first + rest, plain + rest, BLOCK - rest);
    for (size_t i = 0; i < rest; i++)
        plain[i] ^= first[i];
    cbc_run(c, iv, first, BLOCK);
    memcpy(tail, first, BLOCK);
    memcpy(tail + BLOCK, plain, rest);
    secret_wipe(plain, sizeof(plain));
    secret_wipe(first, sizeof(first));
}

void
crypto_krb_cts(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces, size_t count)
{
    struct place x = { pieces, count, 0 }, back;
    uint8_t iv[BLOCK] = { 0 }, tail[TAIL_MAX];
    size_t n = 0, rest;

    for (size_t i = 0; i < count; i++)
        n += pieces[i].sealed ? pieces[i].n : 0;
    if (n <= BLOCK) {
        cbc_blocks(c, &x, iv, n);
        return;
    }
    rest = n % BLOCK == 0 ? TAIL_MAX : BLOCK + n % BLOCK;
    cbc_blocks(c, &x, iv, n - rest);
    back = x;
    place_get(&x, tail, rest);
    if (c->seals)
        tail_seal(c, iv, tail, rest);
    else
        tail_open(c, iv, tail, rest);
    place_put(&back, tail, rest);
    secret_wipe(tail, sizeof(tail));
}
