/*
 * VERIFY (MS-NEGOEX 3.1.5.8): each side's checksum over all that was said,
 * under a key that the package gives (SECPKG_ATTR_NEGO_KEYS). Who changes a
 * list of schemes, or metadata, or leaves a message out, is found here.
 *
 * The specification's text gives the initiator key usage 23 and the acceptor
 * 25; Windows, MIT and Heimdal do the reverse, and so do we. RFC 4121 2 has
 * the same numbers the same way round.
 *
 * Runs in the authority.
 */
#include "packages/negotiate/lsa/negoex.h"

#include "base/secret.h"

/* RFC 4121 2: KG-USAGE-ACCEPTOR-SIGN, KG-USAGE-INITIATOR-SIGN. */
#define USAGE_ACCEPTOR 23u
#define USAGE_INITIATOR 25u

/* ---- keys --------------------------------------------------------------------- */

struct key_question {
    const struct nego_context *c;
    SecPkgContext_NegoKeys keys;
};

static NTSTATUS
key_ask(void *argument)
{
    struct key_question *q = argument;
    const SECPKG_FUNCTION_TABLE *t = q->c->scheme->mech.package.table;

    return t->QueryContextAttributes != NULL
               ? t->QueryContextAttributes(q->c->inner, SECPKG_ATTR_NEGO_KEYS, &q->keys)
               : SEC_E_UNSUPPORTED_FUNCTION;
}

static void
key_take(struct crypto_krb_key *key, ULONG etype, USHORT n, UCHAR *value)
{
    /* An encryption type that is not known here is no key. */
    if (value == NULL || !crypto_krb_key_init(key, (int32_t)etype, view_of(value, n)))
        key->type = NULL;
    if (value != NULL)
        secret_wipe(value, n);
    nego_support()->lsa->FreeLsaHeap(value);
}

/* A package has none until it has agreed on one with its peer. */
static void
keys_find(struct nego_context *c)
{
    struct negoex *x = c->negoex;
    struct key_question q = { .c = c };

    if (c->inner == 0 || (x->own.type != NULL && x->peer.type != NULL) ||
        !NT_SUCCESS(nego_choice_run(c->scheme, key_ask, &q)))
        return;
    key_take(&x->own, q.keys.KeyType, q.keys.KeyLength, q.keys.KeyValue);
    key_take(&x->peer, q.keys.VerifyKeyType, q.keys.VerifyKeyLength, q.keys.VerifyKeyValue);
}

/* ---- checksums ------------------------------------------------------------------ */

static void
sum_init(struct crypto_krb_sum *sum, const struct crypto_krb_key *key, bool acceptor)
{
    crypto_krb_sum_init(sum, key, acceptor ? USAGE_ACCEPTOR : USAGE_INITIATOR);
}

static void
verify_say(struct nego_context *c, struct wr *token)
{
    struct negoex *x = c->negoex;
    struct negoex_message m = { .type = NEGOEX_VERIFY,
                                .checksum_type = x->own.type->checksum };
    struct view all = wr_written(&x->transcript);
    uint8_t mac[CRYPTO_KRB_MAC_MAX];
    struct crypto_krb_sum sum;

    sum_init(&sum, &x->own, c->kind == NEGO_HANDLE_ACCEPTOR);
    crypto_krb_sum(&sum, &all, 1, mac);
    secret_wipe(&sum, sizeof(sum));
    memcpy(m.scheme, c->scheme->mech.scheme, NEGOEX_GUID);
    m.body = view_of(mac, x->own.type->mac_size);
    negoex_say(x, token, m);
    x->sent = true;
}

/* The key says which checksum it has to be: nobody talks us into another one. */
static NTSTATUS
verify_check(struct nego_context *c, const struct negoex_message *m, size_t before)
{
    struct negoex *x = c->negoex;
    struct view all = view_of(x->transcript.p, before);
    struct crypto_krb_sum sum;
    bool good;

    sum_init(&sum, &x->peer, c->kind == NEGO_HANDLE_INITIATOR);
    good = m->checksum_type == x->peer.type->checksum &&
           crypto_krb_sum_check(&sum, &all, 1, m->body);
    secret_wipe(&sum, sizeof(sum));
    if (!good)
        return nego_refuse(c, SEC_E_MESSAGE_ALTERED, "VERIFY does not fit what was said");
    x->verified = true;
    return STATUS_SUCCESS;
}

/* What the peer says: his checksum, or that he could not check ours yet. */
static NTSTATUS
verify_hear(struct nego_context *c, const struct negoex_heard *heard, struct wr *token)
{
    const uint8_t *scheme = c->scheme->mech.scheme;
    const struct negoex_message *m = negoex_heard_find(heard, NEGOEX_ALERT, scheme);
    struct negoex_message alert = { .type = NEGOEX_ALERT, .no_key = true };

    if (m != NULL && m->no_key)
        c->negoex->sent = false;
    m = negoex_heard_find(heard, NEGOEX_VERIFY, scheme);
    if (m == NULL)
        return STATUS_SUCCESS;
    if (c->negoex->peer.type != NULL)
        return verify_check(c, m, heard->before[m - heard->messages]);
    memcpy(alert.scheme, scheme, NEGOEX_GUID);
    negoex_say(c->negoex, token, alert);
    return STATUS_SUCCESS;
}

NTSTATUS
negoex_verify(struct nego_context *c, const struct negoex_heard *heard, struct wr *token)
{
    struct negoex *x = c->negoex;
    NTSTATUS st;

    c->through = false;
    if (c->scheme == NULL)
        return STATUS_SUCCESS;
    keys_find(c);
    if (x->complete && (x->own.type == NULL || x->peer.type == NULL))
        return nego_refuse(c, SEC_E_UNSUPPORTED_FUNCTION,
                           "the package has no key to prove the negotiation with");
    st = verify_hear(c, heard, token);
    if (!NT_SUCCESS(st))
        return st;
    if (x->own.type != NULL && !x->sent)
        verify_say(c, token);
    c->through = x->complete && x->sent && x->verified;
    return STATUS_SUCCESS;
}
