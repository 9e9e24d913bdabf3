/*
 * The initiator's messages (RFC 4120 3.2.2, RFC 4121 4.1, MS-KILE 3.2.5.2),
 * built by the same code that reads them: libkrb5 gives the ticket and its
 * key, and nothing of what is said with them.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/initiator.h"

#include "base/secret.h"
#include "base/str16.h"

#include <stdlib.h>

#define AUTH_DATA_ROOM 4096
#define PART_ROOM 512

/* In the order in which we like them. */
static const struct krb_etype_list own_etypes = {
    4, { KRB_ENCTYPE_AES256_SHA384, KRB_ENCTYPE_AES128_SHA256, KRB_ENCTYPE_AES256_SHA1,
         KRB_ENCTYPE_AES128_SHA1 },
};

static uint32_t
sequence_new(void)
{
    uint32_t n = 0;

    while (n == 0) {
        krb_support()->random->fill(&n, sizeof(n));
        n &= KRB_SEQUENCE_MASK;
    }
    return n;
}

static void
time_set(struct krb_initiator *i)
{
    i->time = krb_now_exactly(&i->microseconds) + i->offset;
}

/* The target as the application wrote it: what the acceptor may compare (MS-KILE 2.2.5). */
static void
target_put(const struct krb_initiator *i, struct wr *w)
{
    size_t units;
    char16_t *wide = str16_from_utf8_n(view_of(i->target, strlen(i->target)), &units);

    if (wide != NULL)
        krb_auth_data_put(w, KRB_AD_TARGET_PRINCIPAL, view_of(wide, units * sizeof(*wide)));
    else
        w->failed = true;
    free(wide);
}

/* MS-KILE 3.2.5.2, RFC 4537: what we know of bindings, which types we like, whom we want. */
static void
auth_data_build(const struct krb_initiator *i, struct wr *w)
{
    uint8_t options[8], etypes[64];
    struct wr o = wr_init(options, sizeof(options)), e = wr_init(etypes, sizeof(etypes));
    bool unverified = (i->requirements & ISC_REQ_UNVERIFIED_TARGET_NAME) != 0;
    struct krb_auth_data_places places = krb_auth_data_begin(w);

    if (i->gss & KRB_GSS_MUTUAL) {
        krb_etype_list_build(&e, &own_etypes);
        krb_auth_data_put(w, KRB_AD_ETYPE_NEGOTIATION, wr_written(&e));
    }
    krb_ap_options_build(&o, KRB_AD_AP_OPTIONS_CBT |
                                 (unverified ? KRB_AD_AP_OPTIONS_UNVERIFIED_TARGET : 0));
    krb_auth_data_put(w, KRB_AD_AP_OPTIONS, wr_written(&o));
    target_put(i, w);
    krb_auth_data_end(w, places);
    if (o.failed || e.failed)
        w->failed = true;
}

static struct krb_name
client_name(const struct krb_service_ticket *t)
{
    struct krb_name name = { .type = t->client_type, .count = t->client_count };

    for (unsigned i = 0; i < t->client_count; i++)
        name.parts[i] = t->client[i];
    return name;
}

static void
authenticator_build(const struct krb_initiator *i, struct view checksum, struct view auth_data,
                    struct wr *w)
{
    struct krb_authenticator m = {
        .client_realm = i->ticket.client_realm,
        .client = client_name(&i->ticket),
        .has_checksum = true,
        .checksum_type = KRB_CKSUM_GSS,
        .checksum = checksum,
        .microseconds = i->microseconds,
        .time = i->time,
        .has_subkey = true,
        .subkey = { i->own.type->number, crypto_krb_key_view(&i->own) },
        .has_sequence = true,
        .sequence = i->own_sequence,
        .auth_data = auth_data,
    };

    krb_authenticator_build(w, &m);
}

/* Sealed under the session key, on the heap: free(). NULL: no memory. */
static uint8_t *
part_seal(const struct krb_initiator *i, uint32_t usage, struct view plain, size_t *n)
{
    struct crypto_krb_cipher cipher;
    uint8_t *sealed;

    *n = crypto_krb_sealed_size(i->session.type, plain.n);
    sealed = malloc(*n);
    if (sealed == NULL)
        return NULL;
    crypto_krb_seal_init(&cipher, &i->session, usage);
    crypto_krb_seal(&cipher, plain, sealed);
    secret_wipe(&cipher, sizeof(cipher));
    return sealed;
}

static void
ap_req_put(struct krb_initiator *i, struct view authenticator, struct wr *w)
{
    bool dce = (i->gss & KRB_GSS_DCE_STYLE) != 0;
    struct krb_ap_req m = {
        .options = (i->gss & KRB_GSS_MUTUAL ? KRB_AP_OPTION_MUTUAL_REQUIRED : 0) |
                   (i->user_to_user ? KRB_AP_OPTION_USE_SESSION_KEY : 0),
        .ticket_bytes = i->ticket.der,
        .authenticator = { .etype = i->session.type->number, .cipher = authenticator },
    };
    struct wr message = wr_init_heap(KRB_MESSAGE_MAX);

    krb_ap_req_build(&message, &m);
    if (message.failed)
        w->failed = true;
    else if (dce)
        wr_view(w, wr_written(&message));
    else
        krb_token_build(w, KRB_TOK_AP_REQ, i->user_to_user, wr_written(&message));
    wr_wipe(&message);
}

static void
authenticator_seal(struct krb_initiator *i, struct view plain, struct wr *w)
{
    size_t n;
    uint8_t *sealed = part_seal(i, KRB_USAGE_AUTHENTICATOR, plain, &n);

    issued_remove(&i->issued);
    if (sealed != NULL) {
        memcpy(i->issued.mark, sealed + n - ISSUED_MARK_SIZE, ISSUED_MARK_SIZE);
        issued_add(&i->issued);
        ap_req_put(i, view_of(sealed, n), w);
    } else {
        w->failed = true;
    }
    free(sealed);
}

NTSTATUS
krb_ap_req_make(struct krb_initiator *i, struct view delegated, struct wr *w)
{
    uint8_t data[AUTH_DATA_ROOM];
    struct wr auth_data = wr_init(data, sizeof(data));
    struct wr checksum = wr_init_heap(KRB_MESSAGE_MAX), plain = wr_init_heap(KRB_MESSAGE_MAX);
    struct krb_gss_checksum gss = { .flags = i->gss, .delegated = delegated };

    memcpy(gss.bindings, i->bindings.hash, sizeof(gss.bindings));
    time_set(i);
    i->own_sequence = i->peer_sequence = sequence_new();
    crypto_krb_key_random(&i->own, i->session.type);
    auth_data_build(i, &auth_data);
    krb_gss_checksum_build(&checksum, &gss);
    authenticator_build(i, wr_written(&checksum), wr_written(&auth_data), &plain);
    if (auth_data.failed || checksum.failed || plain.failed)
        w->failed = true;
    else
        authenticator_seal(i, wr_written(&plain), w);
    wr_wipe(&checksum);
    wr_wipe(&plain);
    return wr_end(w, SEC_E_INTERNAL_ERROR);
}

/* ---- the acceptor's answer ---------------------------------------------- */

/* RC4's tokens do not say which key they use: only in DCE style is it the acceptor's. */
static NTSTATUS
subkey_take(struct krb_initiator *i, const struct krb_enc_ap_rep_part *part)
{
    bool dce = (i->gss & KRB_GSS_DCE_STYLE) != 0;

    if (!part->has_subkey)
        return STATUS_SUCCESS;
    if (part->subkey.etype == KRB_ENCTYPE_RC4 && !krb_setting_is_on("allow_rc4", false))
        return SEC_E_KDC_UNKNOWN_ETYPE;
    if (!crypto_krb_key_init(&i->acceptor, part->subkey.etype, part->subkey.bytes))
        return SEC_E_WRONG_PRINCIPAL;
    if (!i->acceptor.type->newer && !dce && i->acceptor.type == i->own.type)
        secret_wipe(&i->acceptor, sizeof(i->acceptor));
    return STATUS_SUCCESS;
}

/* Only who has the session key can say our time back (RFC 4120 3.2.5). */
static NTSTATUS
answer_take(struct krb_initiator *i, struct view plain)
{
    struct krb_enc_ap_rep_part part;

    if (krb_enc_ap_rep_part_parse(plain, &part) != 0)
        return SEC_E_INVALID_TOKEN;
    if (part.time != i->time || part.microseconds != i->microseconds)
        return SEC_E_WRONG_PRINCIPAL;
    i->peer_sequence = part.has_sequence ? part.sequence : 0;
    return subkey_take(i, &part);
}

NTSTATUS
krb_ap_rep_take(struct krb_initiator *i, struct view token)
{
    bool dce = (i->gss & KRB_GSS_DCE_STYLE) != 0;
    uint8_t room[KRB_ACCEPT_TOKEN_MAX];
    struct crypto_krb_cipher cipher;
    struct krb_token t;
    struct krb_ap_rep m;
    struct view plain;
    NTSTATUS st = SEC_E_WRONG_PRINCIPAL;

    if (krb_token_parse(token, &t) != 0 || t.framed == dce ||
        krb_ap_rep_parse(t.message, &m) != 0 || m.sealed.cipher.n > sizeof(room))
        return SEC_E_INVALID_TOKEN;
    if (m.sealed.etype != i->session.type->number)
        return SEC_E_WRONG_PRINCIPAL;
    crypto_krb_open_init(&cipher, &i->session, KRB_USAGE_AP_REP);
    if (crypto_krb_open(&cipher, m.sealed.cipher, room, &plain))
        st = answer_take(i, plain);
    secret_wipe(&cipher, sizeof(cipher));
    secret_wipe(room, sizeof(room));
    return st;
}

NTSTATUS
krb_third_make(struct krb_initiator *i, struct wr *w)
{
    uint8_t part[PART_ROOM];
    struct wr p = wr_init(part, sizeof(part));
    struct krb_enc_ap_rep_part answer = { .has_sequence = true, .sequence = i->peer_sequence };
    struct krb_ap_rep m = { .sealed.etype = i->session.type->number };
    uint8_t *sealed;

    time_set(i);
    answer.time = i->time;
    answer.microseconds = i->microseconds;
    krb_enc_ap_rep_part_build(&p, &answer);
    if (p.failed)
        return SEC_E_INTERNAL_ERROR;
    sealed = part_seal(i, KRB_USAGE_AP_REP, wr_written(&p), &m.sealed.cipher.n);
    m.sealed.cipher.p = sealed;
    if (sealed == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    krb_ap_rep_build(w, &m);
    free(sealed);
    return wr_end(w, SEC_E_INTERNAL_ERROR);
}
