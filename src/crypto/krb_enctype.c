/*
 * The encryption types as a table (RFC 3962 6, RFC 8009 5, RFC 4757 5), keys,
 * and the keyed hash of each type.
 *
 * Runs where Kerberos runs: the authority, which has the long-term keys, and
 * applications, which have those of their contexts.
 */
#include "crypto/krb_private.h"

#include <nettle/nettle-meta.h>

#include "base/secret.h"
#include "crypto/crypto.h"

static const struct crypto_krb_enctype enctypes[] = {
    {
        .number = KRB_ENCTYPE_AES128_SHA1, .name = "aes128-cts-hmac-sha1-96",
        .checksum = KRB_CKSUM_AES128_SHA1, .key_size = 16, .integrity_size = 16,
        .confounder_size = 16, .mac_size = 12, .prf_size = 16, .newer = true,
    },
    {
        .number = KRB_ENCTYPE_AES256_SHA1, .name = "aes256-cts-hmac-sha1-96",
        .checksum = KRB_CKSUM_AES256_SHA1, .key_size = 32, .integrity_size = 32,
        .confounder_size = 16, .mac_size = 12, .prf_size = 16, .newer = true,
    },
    {
        .number = KRB_ENCTYPE_AES128_SHA256, .name = "aes128-cts-hmac-sha256-128",
        .checksum = KRB_CKSUM_AES128_SHA256, .key_size = 16, .integrity_size = 16,
        .confounder_size = 16, .mac_size = 16, .prf_size = 32, .newer = true, .mac_last = true,
    },
    {
        .number = KRB_ENCTYPE_AES256_SHA384, .name = "aes256-cts-hmac-sha384-192",
        .checksum = KRB_CKSUM_AES256_SHA384, .key_size = 32, .integrity_size = 24,
        .confounder_size = 16, .mac_size = 24, .prf_size = 48, .newer = true, .mac_last = true,
    },
    {
        .number = KRB_ENCTYPE_RC4, .name = "arcfour-hmac",
        .checksum = KRB_CKSUM_HMAC_MD5, .key_size = 16, .integrity_size = 16,
        .confounder_size = 8, .mac_size = 16, .prf_size = 20,
    },
};

#define ENCTYPES (sizeof(enctypes) / sizeof(enctypes[0]))

const struct crypto_krb_enctype *
crypto_krb_enctype_find(int32_t number)
{
    for (size_t i = 0; i < ENCTYPES; i++) {
        if (enctypes[i].number == number)
            return &enctypes[i];
    }
    return NULL;
}

const struct crypto_krb_enctype *
crypto_krb_enctype_find_name(const char *name)
{
    for (size_t i = 0; i < ENCTYPES; i++) {
        if (strcmp(enctypes[i].name, name) == 0)
            return &enctypes[i];
    }
    return NULL;
}

bool
crypto_krb_key_init(struct crypto_krb_key *out, int32_t etype, struct view bytes)
{
    const struct crypto_krb_enctype *type = crypto_krb_enctype_find(etype);

    *out = (struct crypto_krb_key){ 0 };
    if (type == NULL || bytes.n != type->key_size)
        return false;
    out->type = type;
    memcpy(out->bytes, bytes.p, bytes.n);
    return true;
}

/* random-to-key is the identity for all five types. */
void
crypto_krb_key_random(struct crypto_krb_key *out, const struct crypto_krb_enctype *type)
{
    *out = (struct crypto_krb_key){ .type = type };
    crypto_random(out->bytes, type->key_size);
}

struct view
crypto_krb_key_view(const struct crypto_krb_key *k)
{
    return k->type == NULL ? view_of(NULL, 0) : view_of(k->bytes, k->type->key_size);
}

/* nettle's descriptions, and ours of its kind, for what does not depend on the key's size. */
static const struct nettle_mac *
mac_of(const struct crypto_krb_enctype *type)
{
    switch (type->number) {
    case KRB_ENCTYPE_AES128_SHA256:
        return &nettle_hmac_sha256;
    case KRB_ENCTYPE_AES256_SHA384:
        return &crypto_hmac_sha384;
    case KRB_ENCTYPE_RC4:
        return &nettle_hmac_md5;
    default:
        return &nettle_hmac_sha1;
    }
}

void
crypto_krb_mac_init(struct crypto_krb_mac *m, const struct crypto_krb_enctype *type,
                    struct view key)
{
    switch (type->number) {
    case KRB_ENCTYPE_AES128_SHA256:
        hmac_sha256_set_key(&m->u.sha256, key.n, key.p);
        break;
    case KRB_ENCTYPE_AES256_SHA384:
        crypto_hmac_sha384_set_key(&m->u.sha384, key.n, key.p);
        break;
    case KRB_ENCTYPE_RC4:
        hmac_md5_set_key(&m->u.md5, key.n, key.p);
        break;
    default:
        hmac_sha1_set_key(&m->u.sha1, key.n, key.p);
    }
}

void
crypto_krb_mac_begin(struct crypto_krb_mac *running, const struct crypto_krb_mac *m,
                     const struct crypto_krb_enctype *type)
{
    memcpy(running, m, mac_of(type)->context_size);
}

void
crypto_krb_mac_add(struct crypto_krb_mac *running, const struct crypto_krb_enctype *type,
                   struct view in)
{
    if (in.n > 0)
        mac_of(type)->update(running, in.n, in.p);
}

void
crypto_krb_mac_end(struct crypto_krb_mac *running, const struct crypto_krb_enctype *type,
                   uint8_t *out, size_t n)
{
    mac_of(type)->digest(running, n, out);
    secret_wipe(running, mac_of(type)->context_size);
}

void
crypto_krb_mac_sum(const struct crypto_krb_mac *m, const struct crypto_krb_enctype *type,
                   const struct view *in, size_t count, uint8_t *out, size_t n)
{
    struct crypto_krb_mac running;

    crypto_krb_mac_begin(&running, m, type);
    for (size_t i = 0; i < count; i++)
        crypto_krb_mac_add(&running, type, in[i]);
    crypto_krb_mac_end(&running, type, out, n);
}
