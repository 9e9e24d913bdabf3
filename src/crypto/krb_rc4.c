/*
 * RC4-HMAC (RFC 4757 3 to 5): encryption with the checksum in front, and the
 * checksum of type -138, which MS-PAC 2.8 puts under keys of any type.
 *
 * Old and weak; here because tickets and PACs of this type exist. Whether one
 * is taken is policy, elsewhere.
 */
#include "crypto/krb_private.h"

#include "base/secret.h"
#include "base/wr.h"
#include "crypto/crypto.h"

#define CONFOUNDER 8u
#define OVERHEAD (CRYPTO_MD_SIZE + CONFOUNDER)

/* RFC 4757 4, with its NUL. */
static const char sign_constant[] = "signaturekey";

/*
 * RFC 4757 3: Windows numbered some usages otherwise. The RFC has 8 for usage 9
 * as well; MIT and Heimdal, which talk to Windows, leave that as it is.
 */
static uint32_t
rc4_usage(uint32_t usage)
{
    switch (usage) {
    case 3:
        return 8;
    case 23:
        return 13;
    default:
        return usage;
    }
}

/* The usage as RC4 hashes it: little-endian. */
static struct view
usage_build(uint32_t usage, uint8_t room[4])
{
    struct wr w = wr_init(room, 4);

    wr_u32le(&w, rc4_usage(usage));
    return wr_written(&w);
}

/* K1, which in types other than export's (24) is K2 too. */
void
crypto_krb_rc4_mac_key(struct view key, uint32_t usage, uint8_t out[CRYPTO_MD_SIZE])
{
    uint8_t room[4];
    const struct view salt = usage_build(usage, room);

    crypto_hmac_md5(key, &salt, 1, out);
}

void
crypto_krb_rc4_sign_key(struct view key, uint8_t out[CRYPTO_MD_SIZE])
{
    const struct view constant = view_of(sign_constant, sizeof(sign_constant));

    crypto_hmac_md5(key, &constant, 1, out);
}

/*
 * K3 is keyed by K1 over the checksum: crypts in place. The stream begins anew
 * with each message, as each has a key of its own.
 */
static void
rc4_crypt(const struct crypto_krb_cipher *c, const uint8_t *checksum, uint8_t *p, size_t n)
{
    const struct view in = view_of(checksum, CRYPTO_MD_SIZE);
    uint8_t k3[CRYPTO_MD_SIZE];
    struct crypto_rc4 stream;

    crypto_krb_mac_sum(&c->mac, c->type, &in, 1, k3, sizeof(k3));
    crypto_rc4_init(&stream, view_of(k3, sizeof(k3)));
    crypto_rc4(&stream, p, p, n);
    secret_wipe(&stream, sizeof(stream));
    secret_wipe(k3, sizeof(k3));
}

void
crypto_krb_rc4_seal(const struct crypto_krb_cipher *c, const uint8_t *confounder,
                    struct view plain, uint8_t *out)
{
    uint8_t *text = out + CRYPTO_MD_SIZE;
    struct view whole = view_of(text, CONFOUNDER + plain.n);

    memcpy(text, confounder, CONFOUNDER);
    if (plain.n > 0)
        memcpy(text + CONFOUNDER, plain.p, plain.n);
    crypto_krb_mac_sum(&c->mac, c->type, &whole, 1, out, CRYPTO_MD_SIZE);
    rc4_crypt(c, out, text, whole.n);
}

bool
crypto_krb_rc4_open(const struct crypto_krb_cipher *c, struct view sealed, uint8_t *room,
                    struct view *plain)
{
    struct view whole = view_of(room + CRYPTO_MD_SIZE, sealed.n - CRYPTO_MD_SIZE);
    uint8_t mac[CRYPTO_MD_SIZE];
    bool good;

    if (room != sealed.p)
        memcpy(room, sealed.p, sealed.n);
    rc4_crypt(c, room, room + CRYPTO_MD_SIZE, whole.n);
    crypto_krb_mac_sum(&c->mac, c->type, &whole, 1, mac, sizeof(mac));
    good = ct_equal(mac, room, sizeof(mac));
    secret_wipe(mac, sizeof(mac));
    if (good)
        *plain = view_of(room + OVERHEAD, sealed.n - OVERHEAD);
    else
        secret_wipe(room, sealed.n);
    return good;
}

/* RFC 4757 4: the usage and the data are hashed before they are keyed. */
static void
rc4_digest(uint32_t usage, const struct view *in, size_t count, uint8_t out[CRYPTO_MD_SIZE])
{
    struct md5_ctx md5;
    uint8_t room[4];

    md5_init(&md5);
    md5_update(&md5, sizeof(room), usage_build(usage, room).p);
    for (size_t i = 0; i < count; i++) {
        if (in[i].n > 0)
            md5_update(&md5, in[i].n, in[i].p);
    }
    md5_digest(&md5, CRYPTO_MD_SIZE, out);
}

void
crypto_krb_rc4_sum(const struct crypto_krb_sum *s, const struct view *in, size_t count,
                   uint8_t out[CRYPTO_MD_SIZE])
{
    uint8_t digest[CRYPTO_MD_SIZE];
    const struct view hashed = view_of(digest, sizeof(digest));

    rc4_digest(s->usage, in, count, digest);
    crypto_krb_mac_sum(&s->mac, s->type, &hashed, 1, out, CRYPTO_MD_SIZE);
}

void
crypto_krb_hmac_md5(struct view key, uint32_t usage, const struct view *in, size_t count,
                    uint8_t out[CRYPTO_MD_SIZE])
{
    uint8_t sign_key[CRYPTO_MD_SIZE], digest[CRYPTO_MD_SIZE];
    const struct view hashed = view_of(digest, sizeof(digest));

    crypto_krb_rc4_sign_key(key, sign_key);
    rc4_digest(usage, in, count, digest);
    crypto_hmac_md5(view_of(sign_key, sizeof(sign_key)), &hashed, 1, out);
    secret_wipe(sign_key, sizeof(sign_key));
}
