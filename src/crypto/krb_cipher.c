/*
 * Encryption and checksums of the AES types: RFC 3962 6 (the checksum is over
 * the text, and known right only after decryption) and RFC 8009 5 (over zero
 * vector and ciphertext, and looked at first).
 *
 * Runs in the authority and in applications; trusts the key, no octet of a
 * message. What does not verify is not left readable.
 */
#include "crypto/krb_private.h"

#include "base/secret.h"
#include "crypto/crypto.h"

/* Ki is smaller than a block of any of the hashes. */
static void
cipher_mac_init(struct crypto_krb_cipher *c, const struct crypto_krb_key *k, uint32_t usage)
{
    uint8_t ki[CRYPTO_KRB_KEY_MAX];

    crypto_krb_derive_usage(k, usage, KRB_DERIVED_INTEGRITY, ki, k->type->integrity_size);
    crypto_krb_mac_init(&c->mac, k->type, view_of(ki, k->type->integrity_size));
    secret_wipe(ki, sizeof(ki));
}

/* RC4's cipher key depends on each message's checksum: only the hash's key is fixed. */
static void
cipher_rc4_init(struct crypto_krb_cipher *c, const struct crypto_krb_key *k, uint32_t usage)
{
    uint8_t k1[CRYPTO_MD_SIZE];

    crypto_krb_rc4_mac_key(crypto_krb_key_view(k), usage, k1);
    crypto_krb_mac_init(&c->mac, k->type, view_of(k1, sizeof(k1)));
    secret_wipe(k1, sizeof(k1));
}

static void
cipher_aes_init(struct crypto_krb_cipher *c, const uint8_t *ke)
{
    bool small = c->type->key_size == AES128_KEY_SIZE;

    if (c->seals && small)
        aes128_set_encrypt_key(&c->u.aes128, ke);
    else if (c->seals)
        aes256_set_encrypt_key(&c->u.aes256, ke);
    else if (small)
        aes128_set_decrypt_key(&c->u.aes128, ke);
    else
        aes256_set_decrypt_key(&c->u.aes256, ke);
}

static void
cipher_init(struct crypto_krb_cipher *c, const struct crypto_krb_key *k, uint32_t usage,
            bool seals)
{
    uint8_t ke[CRYPTO_KRB_KEY_MAX];

    c->type = k->type;
    c->seals = seals;
    if (!k->type->newer) {
        cipher_rc4_init(c, k, usage);
        return;
    }
    crypto_krb_derive_usage(k, usage, KRB_DERIVED_ENCRYPT, ke, k->type->key_size);
    cipher_aes_init(c, ke);
    cipher_mac_init(c, k, usage);
    secret_wipe(ke, sizeof(ke));
}

void
crypto_krb_seal_init(struct crypto_krb_cipher *c, const struct crypto_krb_key *k, uint32_t usage)
{
    cipher_init(c, k, usage, true);
}

void
crypto_krb_open_init(struct crypto_krb_cipher *c, const struct crypto_krb_key *k, uint32_t usage)
{
    cipher_init(c, k, usage, false);
}

/* ---- in pieces --------------------------------------------------------------- */

/* RFC 8009 hashes the zero vector, too. Returns how much was hashed. */
static size_t
sum_begin(const struct crypto_krb_cipher *c, struct crypto_krb_mac *running)
{
    static const uint8_t vector[CRYPTO_KRB_BLOCK];

    crypto_krb_mac_begin(running, &c->mac, c->type);
    if (!c->type->mac_last)
        return 0;
    crypto_krb_mac_add(running, c->type, view_of(vector, sizeof(vector)));
    return sizeof(vector);
}

static void
pieces_sum(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces, size_t count,
           uint8_t mac[CRYPTO_KRB_MAC_MAX])
{
    struct crypto_krb_mac running;

    sum_begin(c, &running);
    for (size_t i = 0; i < count; i++)
        crypto_krb_mac_add(&running, c->type, view_of(pieces[i].p, pieces[i].n));
    crypto_krb_mac_end(&running, c->type, mac, c->type->mac_size);
}

static bool
pieces_check(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces, size_t count,
             const uint8_t *want)
{
    uint8_t mac[CRYPTO_KRB_MAC_MAX];
    bool good;

    pieces_sum(c, pieces, count, mac);
    good = ct_equal(mac, want, c->type->mac_size);
    secret_wipe(mac, sizeof(mac));
    return good;
}

void
crypto_krb_seal_pieces(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces,
                       size_t count, uint8_t mac[CRYPTO_KRB_MAC_MAX])
{
    struct crypto_krb_along h;

    h.total = sum_begin(c, &h.mac);
    crypto_krb_cts_along(c, &h, pieces, count);
    crypto_krb_mac_end(&h.mac, c->type, mac, c->type->mac_size);
}

bool
crypto_krb_open_pieces(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces,
                       size_t count, const uint8_t *mac)
{
    bool good = true;

    if (c->type->mac_last)
        good = pieces_check(c, pieces, count, mac);
    if (good)
        crypto_krb_cts(c, pieces, count);
    if (good && !c->type->mac_last)
        good = pieces_check(c, pieces, count, mac);
    for (size_t i = 0; !good && i < count; i++) {
        if (pieces[i].sealed)
            secret_wipe(pieces[i].p, pieces[i].n);
    }
    return good;
}

/* ---- in one piece -------------------------------------------------------------- */

size_t
crypto_krb_sealed_size(const struct crypto_krb_enctype *type, size_t plain)
{
    return (size_t)type->confounder_size + plain + type->mac_size;
}

void
crypto_krb_seal_with(const struct crypto_krb_cipher *c, const uint8_t *confounder,
                     struct view plain, uint8_t *out)
{
    struct crypto_piece piece = { out, c->type->confounder_size + plain.n, true };

    if (!c->type->newer) {
        crypto_krb_rc4_seal(c, confounder, plain, out);
        return;
    }
    memcpy(out, confounder, c->type->confounder_size);
    if (plain.n > 0)
        memcpy(out + c->type->confounder_size, plain.p, plain.n);
    crypto_krb_seal_pieces(c, &piece, 1, out + piece.n);
}

void
crypto_krb_seal(const struct crypto_krb_cipher *c, struct view plain, uint8_t *out)
{
    uint8_t confounder[CRYPTO_KRB_CONFOUNDER_MAX];

    crypto_random(confounder, c->type->confounder_size);
    crypto_krb_seal_with(c, confounder, plain, out);
    secret_wipe(confounder, sizeof(confounder));
}

bool
crypto_krb_open(const struct crypto_krb_cipher *c, struct view sealed, uint8_t *room,
                struct view *plain)
{
    size_t overhead = crypto_krb_sealed_size(c->type, 0);
    struct crypto_piece piece;

    *plain = view_of(NULL, 0);
    if (sealed.n < overhead)
        return false;
    if (!c->type->newer)
        return crypto_krb_rc4_open(c, sealed, room, plain);
    if (room != sealed.p)
        memcpy(room, sealed.p, sealed.n);
    piece = (struct crypto_piece){ room, sealed.n - c->type->mac_size, true };
    if (!crypto_krb_open_pieces(c, &piece, 1, room + piece.n)) {
        secret_wipe(room, sealed.n);
        return false;
    }
    *plain = view_of(room + c->type->confounder_size, sealed.n - overhead);
    return true;
}

/* ---- checksums --------------------------------------------------------------------- */

void
crypto_krb_sum_init(struct crypto_krb_sum *s, const struct crypto_krb_key *k, uint32_t usage)
{
    uint8_t kc[CRYPTO_KRB_KEY_MAX];

    s->type = k->type;
    s->usage = usage;
    if (k->type->newer)
        crypto_krb_derive_usage(k, usage, KRB_DERIVED_CHECKSUM, kc, k->type->integrity_size);
    else
        crypto_krb_rc4_sign_key(crypto_krb_key_view(k), kc);
    crypto_krb_mac_init(&s->mac, k->type, view_of(kc, k->type->integrity_size));
    secret_wipe(kc, sizeof(kc));
}

void
crypto_krb_sum(const struct crypto_krb_sum *s, const struct view *in, size_t count,
               uint8_t out[CRYPTO_KRB_MAC_MAX])
{
    if (s->type->newer)
        crypto_krb_mac_sum(&s->mac, s->type, in, count, out, s->type->mac_size);
    else
        crypto_krb_rc4_sum(s, in, count, out);
}

bool
crypto_krb_sum_check(const struct crypto_krb_sum *s, const struct view *in, size_t count,
                     struct view sum)
{
    uint8_t mac[CRYPTO_KRB_MAC_MAX];
    bool good;

    if (sum.n != s->type->mac_size)
        return false;
    crypto_krb_sum(s, in, count, mac);
    good = ct_equal(mac, sum.p, sum.n);
    secret_wipe(mac, sizeof(mac));
    return good;
}
