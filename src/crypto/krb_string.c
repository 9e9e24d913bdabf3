/*
 * string-to-key: RFC 3962 4, RFC 8009 4 (PBKDF2, then a derivation), RFC 4757
 * 2 (MD4 of the password in UTF-16).
 *
 * The count of iterations is the KDC's, and nobody has proved yet who that
 * is: it is limited, or one answer would keep a processor busy for hours.
 */
#include "crypto/krb_private.h"

#include <nettle/pbkdf2.h>

#include "base/rd.h"
#include "base/secret.h"
#include "base/str16.h"
#include "base/wr.h"
#include "crypto/crypto.h"

#include <stdlib.h>

#define ITERATIONS_SHA1 4096u
#define ITERATIONS_SHA2 32768u
/* RFC 8009 4: the type's name and a NUL stand before the salt. Salts are names and realms. */
#define SALT_MAX 1024u

static bool
iterations_get(const struct crypto_krb_enctype *type, struct view params, uint32_t *out)
{
    struct rd r = rd_init(params);

    if (view_is_empty(params)) {
        *out = type->mac_last ? ITERATIONS_SHA2 : ITERATIONS_SHA1;
        return true;
    }
    *out = rd_u32be(&r);
    return rd_end_exact(&r, -1) == 0 && *out > 0 && *out <= CRYPTO_KRB_ITERATIONS_MAX;
}

/* nettle adds to the salt's hash without asking whether there is one. */
static void
string_stretch(struct crypto_krb_key *out, struct view password, struct view salt,
               uint32_t iterations)
{
    static const uint8_t none = 0;
    const uint8_t *p = password.n > 0 ? password.p : &none;
    size_t n = out->type->key_size;

    switch (out->type->number) {
    case KRB_ENCTYPE_AES128_SHA256:
        pbkdf2_hmac_sha256(password.n, p, iterations, salt.n, salt.p, n, out->bytes);
        break;
    case KRB_ENCTYPE_AES256_SHA384:
        pbkdf2_hmac_sha384(password.n, p, iterations, salt.n, salt.p, n, out->bytes);
        break;
    default:
        pbkdf2_hmac_sha1(password.n, p, iterations, salt.n, salt.p, n, out->bytes);
    }
}

static bool
string_aes(struct crypto_krb_key *out, struct view password, struct view salt, struct view params)
{
    struct crypto_krb_key stretched = *out;
    uint8_t room[SALT_MAX];
    struct wr w = wr_init(room, sizeof(room));
    uint32_t iterations;

    if (out->type->mac_last)
        wr_bytes(&w, out->type->name, strlen(out->type->name) + 1);
    wr_view(&w, salt);
    if (wr_end(&w, -1) != 0 || !iterations_get(out->type, params, &iterations))
        return false;
    string_stretch(&stretched, password, view_of(room, w.len), iterations);
    crypto_krb_derive(&stretched, view_of("kerberos", 8), out->bytes, out->type->key_size);
    secret_wipe(&stretched, sizeof(stretched));
    return true;
}

static bool
string_rc4(struct crypto_krb_key *out, struct view password)
{
    size_t units = 0;
    char16_t *text = str16_from_utf8_n(password, &units);

    if (text == NULL)
        return false;
    crypto_md4(view_of(text, units * sizeof(*text)), out->bytes);
    secret_wipe_free(text, units * sizeof(*text));
    return true;
}

bool
crypto_krb_key_from_string(struct crypto_krb_key *out, int32_t etype, struct view password,
                           struct view salt, struct view params)
{
    bool good;

    *out = (struct crypto_krb_key){ .type = crypto_krb_enctype_find(etype) };
    if (out->type == NULL)
        return false;
    if (out->type->newer)
        good = string_aes(out, password, salt, params);
    else
        good = string_rc4(out, password);
    if (!good)
        *out = (struct crypto_krb_key){ 0 };
    return good;
}
