/*
 * The answer to a mutual AP-REQ (RFC 4120 3.2.4, RFC 4121 2), the third leg of
 * DCE style (MS-KILE 3.4.5.1), and the context that comes of either.
 *
 * The acceptor's subkey is a fresh one, of the best type that the client says
 * it knows (RFC 4537), except with RC4 outside DCE style: its tokens cannot
 * say which key they use, so peers expect the client's back.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/accept.h"

#include "base/secret.h"

/* All that an answer draws, at once: each draw is a system call. */
struct ap_rep_random {
    uint32_t sequence;
    uint8_t key[CRYPTO_KRB_KEY_MAX], confounder[CRYPTO_KRB_CONFOUNDER_MAX];
};

static void
ap_rep_random_draw(struct ap_rep_random *r)
{
    do
        krb_support()->random->fill(r, sizeof(*r));
    while ((r->sequence & KRB_SEQUENCE_MASK) == 0);
    r->sequence &= KRB_SEQUENCE_MASK;
}

/* Ours first, in the order in which we like them. */
static const int32_t preferred[] = {
    KRB_ENCTYPE_AES256_SHA384, KRB_ENCTYPE_AES128_SHA256, KRB_ENCTYPE_AES256_SHA1,
    KRB_ENCTYPE_AES128_SHA1,
};

static const struct crypto_krb_enctype *
subkey_type(const struct krb_accept *a)
{
    const struct crypto_krb_enctype *base = a->out->initiator.type;
    struct krb_auth_data_found found;
    struct krb_etype_list list;

    if (krb_auth_data_find(a->authenticator.auth_data, KRB_AD_ETYPE_NEGOTIATION, &found) != 0 ||
        found.data.n == 0 || krb_etype_list_parse(found.data, &list) != 0)
        return base;
    for (size_t i = 0; i < sizeof(preferred) / sizeof(preferred[0]); i++) {
        if (preferred[i] == base->number)
            return base;
        for (size_t k = 0; k < list.count; k++) {
            if (list.etypes[k] == preferred[i])
                return crypto_krb_enctype_find(preferred[i]);
        }
    }
    return base;
}

/* The subkey that the AP-REP says; acceptor stays none where it is the client's own again. */
static struct krb_key
subkey_choose(struct krb_accept *a, const struct ap_rep_random *r)
{
    const struct crypto_krb_enctype *type = subkey_type(a);
    const struct crypto_krb_key *key = &a->out->initiator;

    /* random-to-key is the identity for every type there is. */
    if ((type->newer || (a->out->gss & KRB_GSS_DCE_STYLE)) &&
        crypto_krb_key_init(&a->out->acceptor, type->number, view_of(r->key, type->key_size)))
        key = &a->out->acceptor;
    return (struct krb_key){ key->type->number, crypto_krb_key_view(key) };
}

/* A part sealed under the session key, as the AP-REP around it. */
static void
ap_rep_put(struct wr *w, const struct crypto_krb_key *session, const uint8_t *confounder,
           struct view part)
{
    uint8_t sealed[KRB_ACCEPT_TOKEN_MAX];
    struct crypto_krb_cipher cipher;
    struct krb_ap_rep m = { .sealed.etype = session->type->number };
    size_t n = crypto_krb_sealed_size(session->type, part.n);

    if (n > sizeof(sealed)) {
        w->failed = true;
        return;
    }
    crypto_krb_seal_init(&cipher, session, KRB_USAGE_AP_REP);
    crypto_krb_seal_with(&cipher, confounder, part, sealed);
    secret_wipe(&cipher, sizeof(cipher));
    m.sealed.cipher = view_of(sealed, n);
    krb_ap_rep_build(w, &m);
}

NTSTATUS
krb_ap_rep_answer(struct krb_accept *a, struct wr *w)
{
    uint8_t part[512], message[KRB_ACCEPT_TOKEN_MAX];
    struct wr p = wr_init(part, sizeof(part)), m = wr_init(message, sizeof(message));
    struct krb_enc_ap_rep_part answer = {
        .time = a->authenticator.time,
        .microseconds = a->authenticator.microseconds,
        .has_subkey = true,
        .has_sequence = true,
    };
    struct ap_rep_random random;

    ap_rep_random_draw(&random);
    answer.sequence = random.sequence;
    answer.subkey = subkey_choose(a, &random);
    a->out->own_sequence = answer.sequence;
    krb_enc_ap_rep_part_build(&p, &answer);
    if (!p.failed)
        ap_rep_put(&m, &a->out->session, random.confounder, wr_written(&p));
    secret_wipe(&random, sizeof(random));
    secret_wipe(part, sizeof(part));
    if (p.failed || m.failed)
        return SEC_E_INTERNAL_ERROR;
    if (a->framed)
        krb_token_build(w, KRB_TOK_AP_REP, a->frame_is_user, wr_written(&m));
    else
        wr_view(w, wr_written(&m));
    return wr_end(w, SEC_E_INTERNAL_ERROR);
}

/* It says our number back, and no subkey: so it is not our own AP-REP come back. */
static NTSTATUS
third_check_part(const struct krb_accepted *out, struct view plain)
{
    struct krb_enc_ap_rep_part part;

    if (krb_enc_ap_rep_part_parse(plain, &part) != 0)
        return SEC_E_INVALID_TOKEN;
    if (part.has_subkey || !part.has_sequence || part.sequence != out->own_sequence)
        return SEC_E_LOGON_DENIED;
    return STATUS_SUCCESS;
}

NTSTATUS
krb_ap_rep_check_third(const struct krb_accepted *out, struct view token)
{
    uint8_t room[KRB_ACCEPT_TOKEN_MAX];
    struct crypto_krb_cipher cipher;
    struct krb_token t;
    struct krb_ap_rep m;
    struct view plain;
    NTSTATUS st = SEC_E_LOGON_DENIED;

    if (krb_token_parse(token, &t) != 0 || t.framed || t.id != KRB_TOK_AP_REP ||
        krb_ap_rep_parse(t.message, &m) != 0 || m.sealed.cipher.n > sizeof(room))
        return SEC_E_INVALID_TOKEN;
    if (m.sealed.etype != out->session.type->number)
        return SEC_E_LOGON_DENIED;
    crypto_krb_open_init(&cipher, &out->session, KRB_USAGE_AP_REP);
    if (crypto_krb_open(&cipher, m.sealed.cipher, room, &plain))
        st = third_check_part(out, plain);
    secret_wipe(&cipher, sizeof(cipher));
    secret_wipe(room, sizeof(room));
    return st;
}

NTSTATUS
krb_accepted_map(const struct krb_leg *leg, struct krb_accepted *out)
{
    struct krb_context_data data = {
        .role = KRB_ROLE_ACCEPTOR,
        .gss_flags = out->gss,
        .attributes = out->attributes,
        .ticket_flags = out->ticket_flags,
        .facts = out->loopback ? KRB_FACT_LOOPBACK : 0,
        .initiator_key = krb_leg_key(&out->initiator),
        .acceptor_key = krb_leg_key(&out->acceptor),
        .send_sequence = out->own_sequence,
        .receive_sequence = out->peer_sequence,
        .start = krb_support()->clock->now(),
        .expiry = filetime_from_unix(out->end),
        .logoff = out->identity.logoff,
        .account = out->identity.account,
        .authority = out->identity.authority,
        .client = out->client,
        .server = out->server,
        .target = out->target,
        .pac = view_of(out->pac, out->pac_n),
    };
    HANDLE token = NULL;
    NTSTATUS st = krb_identity_hand_over(&out->identity, &token);

    data.token = (uint64_t)(uintptr_t)token;
    return NT_SUCCESS(st) ? krb_leg_finish(leg, &data) : st;
}
