/*
 * Protection of messages: keys a direction, and which form of tokens a
 * context has. The type of its key decides (RFC 4121 1): RC4 has those of
 * RFC 4757, the newer types those of RFC 4121.
 *
 * Runs in applications, on each message, and in the authority for Negotiate's
 * mechListMIC. Trusts the authority for the keys; tokens come from the peer.
 */
#include "packages/kerberos/protect/protect_private.h"

#include "base/secret.h"

#include "winerror.h"

static void
direction_init(struct krb_direction *d, const struct krb_context_data *data, bool from_acceptor,
               bool newer)
{
    d->from_acceptor = from_acceptor;
    d->sequence = data->send_sequence;
    krb_window_init(&d->window, data->gss_flags, !newer, data->receive_sequence);
}

bool
krb_protect_init(struct krb_protect *p, const struct krb_context_data *d)
{
    const struct krb_key *own = &d->initiator_key, *acceptors = &d->acceptor_key;
    bool acceptor = d->role == KRB_ROLE_ACCEPTOR, newer;

    *p = (struct krb_protect){ .gss_flags = d->gss_flags };
    if (!crypto_krb_key_init(&p->keys[KRB_KEY_INITIATOR], own->etype, own->bytes))
        return false;
    if (acceptors->etype != 0 &&
        !crypto_krb_key_init(&p->keys[KRB_KEY_ACCEPTOR], acceptors->etype, acceptors->bytes))
        return false;
    newer = krb_protect_key(p)->type->newer;
    direction_init(&p->send, d, acceptor, newer);
    direction_init(&p->receive, d, !acceptor, newer);
    return true;
}

static void
direction_wipe(struct krb_direction *d)
{
    for (size_t i = 0; i < KRB_KEYS; i++)
        secret_free(d->keys[i]);
}

void
krb_protect_wipe(struct krb_protect *p)
{
    direction_wipe(&p->send);
    direction_wipe(&p->receive);
    secret_wipe(p, sizeof(*p));
}

const struct crypto_krb_key *
krb_protect_key(const struct krb_protect *p)
{
    if (p->keys[KRB_KEY_ACCEPTOR].type != NULL)
        return &p->keys[KRB_KEY_ACCEPTOR];
    return &p->keys[KRB_KEY_INITIATOR];
}

bool
krb_is_dce(const struct krb_protect *p)
{
    return (p->gss_flags & KRB_GSS_DCE_STYLE) != 0;
}

/* RFC 4757 7.2, 7.3: the numbers that stand in for usages, and the keys of counter and cipher. */
#define RC4_USAGE_WRAP 13u
#define RC4_USAGE_MIC 15u
#define RC4_SEAL_XOR 0xF0u

static void
keys_derive_rc4(struct krb_direction_keys *k, const struct crypto_krb_key *key)
{
    static const uint8_t zeros[4];
    const struct view zero = view_of(zeros, sizeof(zeros));
    struct view bytes = crypto_krb_key_view(key);
    uint8_t mixed[CRYPTO_MD_SIZE], derived[CRYPTO_MD_SIZE];

    if (k->has_cipher)
        return;
    for (size_t i = 0; i < sizeof(mixed); i++)
        mixed[i] = key->bytes[i] ^ RC4_SEAL_XOR;
    crypto_hmac_md5(bytes, &zero, 1, derived);
    crypto_hmac_init(&k->rc4_sequence, view_of(derived, sizeof(derived)));
    crypto_hmac_md5(view_of(mixed, sizeof(mixed)), &zero, 1, derived);
    crypto_hmac_init(&k->rc4_seal, view_of(derived, sizeof(derived)));
    crypto_krb_sum_init(&k->wrap, key, RC4_USAGE_WRAP);
    crypto_krb_sum_init(&k->mic, key, RC4_USAGE_MIC);
    secret_wipe(mixed, sizeof(mixed));
    secret_wipe(derived, sizeof(derived));
    k->has_cipher = true;
}

/* RFC 4121 2: wrapping without confidentiality has the usage of sealing, not of signing. */
static void
keys_derive(struct krb_direction_keys *k, const struct crypto_krb_key *key, bool from_acceptor,
            bool sends, enum krb_purpose purpose)
{
    uint32_t seal = from_acceptor ? KRB_USAGE_ACCEPTOR_SEAL : KRB_USAGE_INITIATOR_SEAL;
    uint32_t sign = from_acceptor ? KRB_USAGE_ACCEPTOR_SIGN : KRB_USAGE_INITIATOR_SIGN;

    if (purpose == KRB_PURPOSE_SEAL && !k->has_cipher) {
        if (sends)
            crypto_krb_seal_init(&k->cipher, key, seal);
        else
            crypto_krb_open_init(&k->cipher, key, seal);
        k->has_cipher = true;
    } else if (purpose == KRB_PURPOSE_WRAP && !k->has_wrap) {
        crypto_krb_sum_init(&k->wrap, key, seal);
        k->has_wrap = true;
    } else if (purpose == KRB_PURPOSE_MIC && !k->has_mic) {
        crypto_krb_sum_init(&k->mic, key, sign);
        k->has_mic = true;
    }
}

struct krb_direction_keys *
krb_keys_for(struct krb_protect *p, struct krb_direction *d, enum krb_which which,
             enum krb_purpose purpose)
{
    const struct crypto_krb_key *key = &p->keys[which];

    if (d->keys[which] == NULL)
        d->keys[which] = secret_new(sizeof(*d->keys[which]));
    if (d->keys[which] == NULL)
        return NULL;
    if (key->type->newer)
        keys_derive(d->keys[which], key, d->from_acceptor, d == &p->send, purpose);
    else
        keys_derive_rc4(d->keys[which], key);
    return d->keys[which];
}

/*
 * A system call for each message would cost more than the rest of a short one. A
 * child process does not draw the same again: its copy of the context is zeros (D3).
 */
void
krb_confounder_draw(struct krb_direction_keys *k, uint8_t *out, size_t n)
{
    uint8_t *from;

    if (k->random_left < n) {
        crypto_random(k->random, sizeof(k->random));
        k->random_left = sizeof(k->random);
    }
    from = k->random + sizeof(k->random) - k->random_left;
    memcpy(out, from, n);
    secret_wipe(from, n);
    k->random_left -= n;
}

static bool
protect_is_newer(const struct krb_protect *p)
{
    return krb_protect_key(p)->type->newer;
}

struct krb_sizes
krb_protect_sizes(const struct krb_protect *p)
{
    return protect_is_newer(p) ? krb_cfx_sizes(p) : krb_rc4_sizes(p);
}

status_t
krb_protect_seal(struct krb_protect *p, struct krb_message *m, bool encrypt)
{
    if (!protect_is_newer(p))
        return krb_rc4_seal(p, m, encrypt);
    return encrypt ? krb_cfx_seal(p, m) : krb_cfx_wrap(p, m);
}

status_t
krb_protect_sign(struct krb_protect *p, struct krb_message *m)
{
    return protect_is_newer(p) ? krb_cfx_sign(p, m) : krb_rc4_sign(p, m);
}

status_t
krb_protect_unseal(struct krb_protect *p, struct krb_message *m, bool *encrypted)
{
    if (protect_is_newer(p))
        return krb_cfx_unseal(p, m, encrypted);
    return krb_rc4_unseal(p, m, encrypted);
}

status_t
krb_protect_unseal_stream(struct krb_protect *p, uint8_t *stream, size_t n,
                          struct crypto_piece *data, bool *encrypted)
{
    /* DCE style's rotation cannot be told from a stream's, and RPC has none. */
    if (krb_is_dce(p))
        return SEC_E_INVALID_TOKEN;
    if (protect_is_newer(p))
        return krb_cfx_unseal_stream(p, stream, n, data, encrypted);
    return krb_rc4_unseal_stream(p, stream, n, data, encrypted);
}

status_t
krb_protect_verify(struct krb_protect *p, const struct krb_message *m)
{
    return protect_is_newer(p) ? krb_cfx_verify(p, m) : krb_rc4_verify(p, m);
}

/* u64 next number to send, u64 next to receive, u64 those seen before it; little-endian. */
void
krb_protect_pack(const struct krb_protect *p, struct wr *w)
{
    wr_u64le(w, p->send.sequence);
    wr_u64le(w, p->receive.window.next);
    wr_u64le(w, p->receive.window.seen);
}

/* Any numbers are a state that there can be; those of RC4 have 32 bits. */
void
krb_protect_unpack(struct rd *r, struct krb_protect *p)
{
    p->send.sequence = rd_u64le(r);
    p->receive.window.next = rd_u64le(r) & p->receive.window.mask;
    p->receive.window.seen = rd_u64le(r);
}
