/*
 * CBC with ciphertext stealing as RFC 3962 5 and RFC 8009 5 use it (CS3 of
 * NIST SP 800-38A's addendum: the last two blocks change places, always),
 * initial vector zero, over a list of pieces as over one string.
 *
 * nettle does blocks; this file says which octets are a block. Runs of whole
 * blocks within a piece are done in place, and only those that straddle two
 * pieces go through a copy: a message of an application's buffers is neither
 * gathered nor scattered.
 *
 * CBC encrypts one block after the other, and the processor waits for each.
 * So the checksum of what is sealed is not made in a pass of its own: it goes
 * along in small chunks, in the time that would be waited.
 */
#include "crypto/krb_private.h"

#include <nettle/cbc.h>

#include "base/secret.h"

#define BLOCK CRYPTO_KRB_BLOCK
#define TAIL_MAX (2 * BLOCK)
#define ALONG_CHUNK 128u            /* a block of SHA-384, two of the others */

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

/* ---- the hash goes along ------------------------------------------------------- */

/* Hashes what lies before octet `at` of this piece and was not hashed yet. */
static void
along_to(const struct crypto_krb_cipher *c, struct crypto_krb_along *h,
         const struct crypto_piece *piece, size_t at)
{
    while (h->piece < piece || h->at < at) {
        size_t end = h->piece < piece ? h->piece->n : at;

        if (end > h->at)
            crypto_krb_mac_add(&h->mac, c->type, view_of(h->piece->p + h->at, end - h->at));
        h->total += end - h->at;
        h->at = end;
        if (h->piece < piece) {
            h->piece++;
            h->at = 0;
        }
    }
}

/* What is to be encrypted up to here is text still. */
static void
along_before(const struct crypto_krb_cipher *c, struct crypto_krb_along *h,
             const struct place *x, size_t n)
{
    if (h != NULL && !c->type->mac_last)
        along_to(c, h, x->piece, x->at + n);
}

static void
along_after(const struct crypto_krb_cipher *c, struct crypto_krb_along *h,
            const struct place *x)
{
    if (h != NULL && c->type->mac_last)
        along_to(c, h, x->piece, x->at);
}

/* Up to where the hash has whole blocks, as it need not keep the rest then. */
static size_t
along_chunk(const struct crypto_krb_along *h, size_t n)
{
    size_t chunk;

    if (h == NULL)
        return n;
    chunk = (ALONG_CHUNK - h->total % ALONG_CHUNK) / BLOCK * BLOCK;
    if (chunk == 0)
        chunk = ALONG_CHUNK;
    return chunk < n ? chunk : n;
}

/* ---- blocks ---------------------------------------------------------------------- */

/* n octets of one piece, whole blocks. */
static void
cbc_piece(const struct crypto_krb_cipher *c, struct crypto_krb_along *h, struct place *x,
          uint8_t iv[BLOCK], size_t n)
{
    for (size_t run; n > 0; n -= run) {
        run = along_chunk(h, n);
        along_before(c, h, x, run);
        cbc_run(c, iv, x->piece->p + x->at, run);
        x->at += run;
        along_after(c, h, x);
    }
}

/* A block that lies in several pieces. */
static void
cbc_straddling(const struct crypto_krb_cipher *c, struct crypto_krb_along *h, struct place *x,
               uint8_t iv[BLOCK])
{
    struct place back = *x;
    uint8_t block[BLOCK];

    place_get(x, block, BLOCK);
    along_before(c, h, x, 0);
    cbc_run(c, iv, block, BLOCK);
    place_put(&back, block, BLOCK);
    along_after(c, h, x);
    secret_wipe(block, sizeof(block));
}

/* n octets, a multiple of the block. */
static void
cbc_blocks(const struct crypto_krb_cipher *c, struct crypto_krb_along *h, struct place *x,
           uint8_t iv[BLOCK], size_t n)
{
    while (n > 0) {
        size_t run = place_run(x);

        run = (run < n ? run : n) / BLOCK * BLOCK;
        if (run > 0) {
            cbc_piece(c, h, x, iv, run);
        } else {
            run = BLOCK;
            cbc_straddling(c, h, x, iv);
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

/* The last two blocks, of which the second may be short; hashed as the rest is. */
static void
cbc_tail(const struct crypto_krb_cipher *c, struct crypto_krb_along *h, struct place *x,
         uint8_t iv[BLOCK], size_t n)
{
    struct place back = *x;
    uint8_t tail[TAIL_MAX];

    place_get(x, tail, n);
    along_before(c, h, x, 0);
    if (c->seals)
        tail_seal(c, iv, tail, n);
    else
        tail_open(c, iv, tail, n);
    place_put(&back, tail, n);
    secret_wipe(tail, sizeof(tail));
}

static void
cts(const struct crypto_krb_cipher *c, struct crypto_krb_along *h,
    const struct crypto_piece *pieces, size_t count)
{
    struct place x = { pieces, count, 0 };
    uint8_t iv[BLOCK] = { 0 };
    size_t n = 0, rest = 0;

    for (size_t i = 0; i < count; i++)
        n += pieces[i].sealed ? pieces[i].n : 0;
    if (n > BLOCK)
        rest = n % BLOCK == 0 ? TAIL_MAX : BLOCK + n % BLOCK;
    cbc_blocks(c, h, &x, iv, n - rest);
    if (rest > 0)
        cbc_tail(c, h, &x, iv, rest);
}

void
crypto_krb_cts(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces, size_t count)
{
    cts(c, NULL, pieces, count);
}

void
crypto_krb_cts_along(const struct crypto_krb_cipher *c, struct crypto_krb_along *h,
                     const struct crypto_piece *pieces, size_t count)
{
    h->piece = pieces;
    h->at = 0;
    cts(c, h, pieces, count);
    along_to(c, h, pieces + count, 0);
}
