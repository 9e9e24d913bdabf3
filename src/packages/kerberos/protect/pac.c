/*
 * The server's signature of a PAC (MS-PAC 2.8): a keyed checksum of usage 17
 * over the whole PAC, with the octets of it and of the KDC's signature zero.
 * It is of the key's own type, or HMAC-MD5 under the octets of a key of any
 * type, as domain controllers still do; types without a key are refused
 * (2.8.1). The KDC's, over the server's, is the KDC's alone to verify.
 *
 * Where a read-only domain controller signed, its number stands behind the
 * signature. CHOICE: MS-PAC says that only the signature is zeroed, MIT's and
 * Heimdal's KDCs zero the number as well: either is taken.
 *
 * Runs in the authority. The PAC's octets are the peer's until this has
 * said otherwise.
 */
#include "packages/kerberos/protect/pac.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "base/str16.h"

#include <stdlib.h>

#define SIGNATURE_AT 4u     /* behind the type */

static bool
signature_check(const struct krb_pac_signature *s, const struct crypto_krb_key *key,
                struct view signed_bytes)
{
    struct crypto_krb_sum sum;
    uint8_t md5[16];
    bool good = false;

    if (s->type == KRB_CKSUM_HMAC_MD5) {
        crypto_krb_hmac_md5(crypto_krb_key_view(key), KRB_USAGE_PAC, &signed_bytes, 1, md5);
        return s->signature.n == sizeof(md5) && ct_equal(md5, s->signature.p, sizeof(md5));
    }
    if (key->type != NULL && key->type->checksum == s->type) {
        crypto_krb_sum_init(&sum, key, KRB_USAGE_PAC);
        good = crypto_krb_sum_check(&sum, &signed_bytes, 1, s->signature);
        secret_wipe(&sum, sizeof(sum));
    }
    return good;
}

static bool
pac_signature_get(const struct krb_pac *pac, uint32_t type, struct krb_pac_signature *out)
{
    return krb_pac_has(pac, type) && krb_pac_signature_parse(pac->buffers[type], out) == 0;
}

/* Octets of the copy that lie where a part of the original does. */
static void
copy_zero(uint8_t *copy, const struct krb_pac *pac, struct view part)
{
    if (part.n > 0)
        memset(copy + (part.p - pac->all.p), 0, part.n);
}

static bool
copy_check(uint8_t *copy, const struct krb_pac *pac, const struct crypto_krb_key *key,
           const struct krb_pac_signature *server, const struct krb_pac_signature *kdc)
{
    static const uint32_t types[] = { KRB_PAC_SERVER_CHECKSUM, KRB_PAC_KDC_CHECKSUM };

    memcpy(copy, pac->all.p, pac->all.n);
    copy_zero(copy, pac, server->signature);
    copy_zero(copy, pac, kdc->signature);
    if (signature_check(server, key, view_of(copy, pac->all.n)))
        return true;
    if (!server->has_rodc && !kdc->has_rodc)
        return false;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct view buffer = pac->buffers[types[i]];

        copy_zero(copy, pac, view_of(buffer.p + SIGNATURE_AT, buffer.n - SIGNATURE_AT));
    }
    return signature_check(server, key, view_of(copy, pac->all.n));
}

bool
krb_pac_check_server(const struct krb_pac *pac, const struct crypto_krb_key *key)
{
    struct krb_pac_signature server, kdc;
    uint8_t *copy;
    bool good;

    if (!pac_signature_get(pac, KRB_PAC_SERVER_CHECKSUM, &server) ||
        !pac_signature_get(pac, KRB_PAC_KDC_CHECKSUM, &kdc))
        return false;
    copy = malloc(pac->all.n);
    if (copy == NULL)
        return false;
    good = copy_check(copy, pac, key, &server, &kdc);
    free(copy);
    return good;
}

/*
 * The name is the client's parts joined by "/", without realm and without the
 * backslashes of its text form.
 */
static bool
client_name_is_equal(const struct krb_name *name, struct view utf16)
{
    char *text = str16_to_utf8(utf16);
    struct wr w = wr_init_heap(utf16.n * 2 + 1);
    bool equal;

    for (size_t i = 0; i < name->count; i++) {
        if (i > 0)
            wr_u8(&w, '/');
        wr_view(&w, name->parts[i]);
    }
    /* What does not fit is longer, so it is another name. */
    equal = text != NULL && wr_end(&w, -1) == 0 &&
            view_is_equal(wr_written(&w), view_of(text, strlen(text)));
    wr_wipe(&w);
    free(text);
    return equal;
}

bool
krb_pac_check_client(const struct krb_pac *pac, const struct krb_enc_ticket_part *ticket)
{
    struct krb_pac_client_info info;

    return krb_pac_has(pac, KRB_PAC_CLIENT_INFO) &&
           krb_pac_client_info_parse(pac->buffers[KRB_PAC_CLIENT_INFO], &info) == 0 &&
           filetime_to_unix(info.auth_time) == ticket->auth_time &&
           client_name_is_equal(&ticket->client, info.name);
}
