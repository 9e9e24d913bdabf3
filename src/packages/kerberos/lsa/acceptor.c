/*
 * The acceptor (RFC 4121 4.1, MS-KILE 3.4.5): AP-REQ in; AP-REP out where it
 * is mutual; in DCE style one more AP-REP in. In user to user a question for
 * our ticket and its answer come before (user_to_user.c). Behind
 * AcceptSecurityContext, by SpAcceptLsaModeContext.
 *
 * Which message is right when is a table, accept_table. A context that failed
 * takes nothing more, with one exception: a client whose clock is wrong may
 * come a second time (MS-KILE 3.2.5.8), once it has our time by a KRB-ERROR,
 * and so may one that did not know that this is user to user.
 *
 * Runs in the authority. The authority calls one leg of a context at a time;
 * should it not, the state BUSY turns the second away.
 */
#include "packages/kerberos/lsa/acceptor.h"

#include "base/secret.h"
#include "base/str16.h"
#include "packages/common/issued.h"
#include "packages/kerberos/lsa/delegation.h"
#include "packages/kerberos/lsa/flags.h"
#include "packages/kerberos/lsa/keystore.h"
#include "packages/kerberos/lsa/user_to_user.h"

#include <stdlib.h>

#define LOG_TEXT_MAX 512

static void
accepted_free(struct krb_accepted *out)
{
    if (out == NULL)
        return;
    krb_identity_wipe(&out->identity);
    secret_free(out->delegated);
    free(out->pac);
    secret_free(out);
}

static void
acceptor_free(void *object)
{
    struct krb_acceptor *c = object;

    accepted_free(c->accepted);
    secret_free(c->granting);
    krb_credential_put(c->credential);
    free(c);
}

struct view
krb_accepted_copy(struct krb_accepted *out, struct view utf16)
{
    uint8_t *at = out->text + out->text_n;

    if (utf16.n == 0 || utf16.n > sizeof(out->text) - out->text_n)
        return view_of(NULL, 0);
    memcpy(at, utf16.p, utf16.n);
    out->text_n += utf16.n;
    return view_of(at, utf16.n);
}

struct view
krb_accepted_text(struct krb_accepted *out, struct view utf8)
{
    size_t units;
    char16_t *wide = str16_from_utf8_n(utf8, &units);
    struct view v = view_of(NULL, 0);

    if (wide != NULL)
        v = krb_accepted_copy(out, view_of(wide, units * sizeof(*wide)));
    free(wide);
    return v;
}

/* ---- the AP-REQ --------------------------------------------------------- */

static void
refusal_log(const struct krb_accept *a)
{
    char client[LOG_TEXT_MAX] = "", server[LOG_TEXT_MAX] = "";
    struct wr c = wr_init(client, sizeof(client) - 1), s = wr_init(server, sizeof(server) - 1);
    const struct krb_ticket *t = &a->request.ticket;
    struct krb_number type = krb_number((uint32_t)t->sealed.etype);
    struct krb_number kvno = krb_number(t->sealed.kvno);
    const char *pairs[] = {
        "package", KRB_PACKAGE, "reason", a->refusal.reason, "client", client, "server", server,
        "ticket_type", type.text, "ticket_kvno", kvno.text, "remedy", a->refusal.remedy, NULL,
    };

    if (a->ticket.client.count > 0)
        krb_name_text_build(&c, &a->ticket.client, a->ticket.client_realm);
    if (t->server.count > 0)
        krb_name_text_build(&s, &t->server, t->realm);
    if (a->refusal.remedy == NULL)
        pairs[12] = NULL;
    krb_log(5, "logon_refused", pairs);
}

/*
 * Whoever wants to be told is: the application that asked for it, or the client that said so
 * in its authenticator (MS-KILE 3.4.5).
 */
static bool
error_is_wanted(const struct krb_accept *a)
{
    return (a->leg->requirements & ASC_REQ_EXTENDED_ERROR) != 0 ||
           (a->gss.flags & KRB_GSS_EXTENDED_ERROR) != 0;
}

/* Differing clocks are found before the flags are read: the checksum of that client is not. */
static void
flags_peek(struct krb_accept *a)
{
    const struct krb_authenticator *m = &a->authenticator;

    if (a->has_authenticator && m->has_checksum && m->checksum_type == KRB_CKSUM_GSS)
        (void)(krb_gss_checksum_parse(m->checksum, &a->gss) == 0);
}

/* What a client can mend by itself once it knows; our own trouble with the KDC is not that. */
static bool
may_come_again(const struct krb_accept *a, NTSTATUS st)
{
    return a->refusal.code == KRB_AP_ERR_SKEW ||
           (a->refusal.code == KRB_AP_ERR_USER_TO_USER_REQUIRED && st == SEC_E_NO_TGT_REPLY);
}

static NTSTATUS
refuse(struct krb_acceptor *c, struct krb_accept *a, NTSTATUS st)
{
    uint8_t room[KRB_ACCEPT_TOKEN_MAX];
    struct wr w = wr_init(room, sizeof(room));

    c->refused = st;
    refusal_log(a);
    if (a->refusal.code == KRB_AP_ERR_SKEW)
        flags_peek(a);
    if (!error_is_wanted(a) || !krb_ap_error_build(a, &w) ||
        !NT_SUCCESS(krb_leg_send(a->leg, wr_written(&w), ASC_RET_EXTENDED_ERROR)))
        return st;
    return may_come_again(a, st) ? SEC_I_CONTINUE_NEEDED : st;
}

/* The last leg: what is known of the bindings, the context, and the token of its client. */
static NTSTATUS
complete(const struct krb_leg *leg, struct krb_accepted *out, uint32_t bindings_result)
{
    bool allocated;
    NTSTATUS st = channel_bindings_put_result(krb_support()->lsa, leg->output, bindings_result,
                                              (leg->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0,
                                              &allocated);

    if (!NT_SUCCESS(st))
        return st;
    if (allocated)
        *leg->attributes |= ASC_RET_ALLOCATED_MEMORY;
    return krb_accepted_map(leg, out);
}

/* Whether the client is let in was decided: what is left is to say so. */
static NTSTATUS
answer(struct krb_acceptor *c, struct krb_accept *a)
{
    uint8_t room[KRB_ACCEPT_TOKEN_MAX];
    struct wr w = wr_init(room, sizeof(room));
    struct view sealed = a->request.authenticator.cipher;
    struct krb_accepted *out = a->out;
    NTSTATUS st;

    /* A target that a stranger named is no proof that the client meant this machine. */
    out->loopback =
        (a->options & KRB_AD_AP_OPTIONS_UNVERIFIED_TARGET) == 0 &&
        issued_answer(sealed.p + sealed.n - ISSUED_MARK_SIZE, false, view_of(NULL, 0));
    out->attributes = krb_flags_attributes(REQUIREMENT_ACCEPT, a->leg->requirements, out->gss);
    if (a->replay_is_allowed)
        out->attributes |= ASC_RET_ALLOW_CONTEXT_REPLAY;
    if (a->granting != NULL)
        out->attributes |= ASC_RET_USE_SESSION_KEY;
    if ((out->gss & KRB_GSS_MUTUAL) == 0) {
        krb_leg_send_nothing(a->leg, out->attributes);
        return complete(a->leg, out, a->bindings_result);
    }
    st = krb_ap_rep_answer(a, &w);
    if (NT_SUCCESS(st))
        st = krb_leg_send(a->leg, wr_written(&w), out->attributes);
    if (!NT_SUCCESS(st))
        return st;
    if ((out->gss & KRB_GSS_DCE_STYLE) == 0)
        return complete(a->leg, out, a->bindings_result);
    channel_bindings_put_none(a->leg->output);
    c->bindings_result = a->bindings_result;
    c->accepted = out;
    a->out = NULL;
    return SEC_I_CONTINUE_NEEDED;
}

/* The audit has the name of whoever has proved it, though he was refused before it was kept. */
static void
refusal_audit(struct krb_accept *a, NTSTATUS st)
{
    char client[LOG_TEXT_MAX];
    struct wr w = wr_init(client, sizeof(client));

    if (!a->has_authenticator)
        return;
    krb_name_text_build(&w, &a->ticket.client, a->ticket.client_realm);
    if (a->out->client.n == 0 && !w.failed)
        a->out->client = krb_accepted_text(a->out, wr_written(&w));
    krb_identity_audit(a->out, st, a->refusal.sub_status);
}

static NTSTATUS
ap_req_run(struct krb_acceptor *c, struct krb_accept *a)
{
    NTSTATUS st = krb_ap_req_accept(a);

    if (st == SEC_E_BUFFER_TOO_SMALL)
        return st;
    if (NT_SUCCESS(st))
        st = krb_identity_find(a);
    if (!NT_SUCCESS(st)) {
        refusal_audit(a, st);
        return refuse(c, a, st);
    }
    krb_delegation_keep(a);
    st = answer(c, a);
    /* The AP-REQ is used up, so this is not the caller's to mend. */
    if (st == SEC_E_BUFFER_TOO_SMALL)
        st = SEC_E_INTERNAL_ERROR;
    if (NT_SUCCESS(st) && a->out != NULL)
        krb_identity_audit(a->out, STATUS_SUCCESS, STATUS_SUCCESS);
    return st;
}

static void
accept_times(struct krb_accept *a)
{
    a->now = krb_now_exactly(&a->microseconds);
    a->skew = krb_skew();
}

static NTSTATUS
accept_ap_req(struct krb_acceptor *c, const struct krb_leg *leg)
{
    struct keyring *ring = c->granting == NULL ? keystore_get(krb_support()->keys) : NULL;
    struct krb_accept a = { .leg = leg, .credential = c->credential, .ring = ring,
                            .bindings = &c->bindings, .granting = c->granting };
    NTSTATUS st = SEC_E_NO_CREDENTIALS;

    /* Before the AP-REQ is used up. */
    if (ring != NULL || c->credential->grants)
        st = channel_bindings_check_room(leg->output,
                                         (leg->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0);
    if (!NT_SUCCESS(st)) {
        keyring_put(ring);
        return st;
    }
    a.out = secret_new(sizeof(*a.out));
    a.plain = malloc(leg->token.n);
    accept_times(&a);
    st = a.out != NULL && a.plain != NULL ? ap_req_run(c, &a) : SEC_E_INSUFFICIENT_MEMORY;
    if (a.plain != NULL)
        secret_wipe_free(a.plain, leg->token.n);
    accepted_free(a.out);
    keyring_put(ring);
    return st;
}

/* ---- user to user ------------------------------------------------------- */

/* One ticket a context: who asks again is not who got it. */
static NTSTATUS
accept_tgt_request(struct krb_acceptor *c, const struct krb_leg *leg)
{
    struct krb_accept a = { .leg = leg, .credential = c->credential };
    struct wr w = wr_init_heap(KRB_MESSAGE_MAX);
    NTSTATUS st = c->granting == NULL ? STATUS_SUCCESS : SEC_E_OUT_OF_SEQUENCE;

    if (NT_SUCCESS(st))
        st = channel_bindings_read(krb_support()->lsa, leg->input, &c->bindings);
    if (NT_SUCCESS(st) && (c->granting = secret_new(sizeof(*c->granting))) == NULL)
        st = SEC_E_INSUFFICIENT_MEMORY;
    if (NT_SUCCESS(st)) {
        accept_times(&a);
        st = krb_tgt_request_answer(&a, c->granting, &w);
        st = NT_SUCCESS(st) ? krb_leg_send(leg, wr_written(&w), ASC_RET_USE_SESSION_KEY)
                            : refuse(c, &a, st);
    }
    wr_wipe(&w);
    if (st == SEC_E_BUFFER_TOO_SMALL) {
        secret_free(c->granting);
        c->granting = NULL;
    }
    if (!NT_SUCCESS(st))
        return st;
    channel_bindings_put_none(leg->output);
    return SEC_I_CONTINUE_NEEDED;
}

/* ---- DCE style's third leg ---------------------------------------------- */

static NTSTATUS
accept_third(struct krb_acceptor *c, const struct krb_leg *leg)
{
    struct krb_accepted *out = c->accepted;
    NTSTATUS st = krb_ap_rep_check_third(out, leg->token);

    if (NT_SUCCESS(st)) {
        krb_leg_send_nothing(leg, out->attributes);
        st = complete(leg, out, c->bindings_result);
    }
    if (!NT_SUCCESS(st))
        krb_log(5, "logon_refused",
                (const char *const[]){ "package", KRB_PACKAGE, "reason", "third_leg_failed",
                                       NULL });
    krb_identity_audit(out, st, STATUS_SUCCESS);
    c->accepted = NULL;
    accepted_free(out);
    return st;
}

/* ---- the state machine -------------------------------------------------- */

static NTSTATUS
refuse_order(struct krb_acceptor *c, const struct krb_leg *leg)
{
    (void)c;
    (void)leg;
    return SEC_E_OUT_OF_SEQUENCE;
}

static NTSTATUS
refuse_bytes(struct krb_acceptor *c, const struct krb_leg *leg)
{
    (void)c;
    (void)leg;
    return SEC_E_INVALID_TOKEN;
}

/* Columns: nothing, AP-REQ, AP-REP, KRB-ERROR, TGT-REQ, TGT-REP, no message of Kerberos. */
static NTSTATUS (*const accept_table[KRB_STATES][KRB_INPUTS])(struct krb_acceptor *,
                                                              const struct krb_leg *) = {
    [KRB_STATE_START] = { refuse_bytes, accept_ap_req, refuse_order, refuse_bytes,
                          accept_tgt_request, refuse_order, refuse_bytes },
    [KRB_STATE_AGAIN] = { refuse_bytes, accept_ap_req, refuse_order, refuse_bytes,
                          accept_tgt_request, refuse_order, refuse_bytes },
    [KRB_STATE_GRANTING] = { refuse_bytes, accept_ap_req, refuse_order, refuse_bytes,
                             refuse_order, refuse_order, refuse_bytes },
    [KRB_STATE_THIRD] = { refuse_bytes, refuse_order, accept_third, refuse_bytes, refuse_order,
                          refuse_order, refuse_bytes },
    [KRB_STATE_WAITING] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                            refuse_order, refuse_order },
    [KRB_STATE_COMPLETE] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                             refuse_order, refuse_order },
    [KRB_STATE_FAILED] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                           refuse_order, refuse_order },
    [KRB_STATE_BUSY] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                         refuse_order, refuse_order },
};

enum krb_input
krb_leg_input(const struct krb_leg *leg)
{
    struct krb_token token;

    if (leg->token.n == 0)
        return KRB_INPUT_NOTHING;
    if (krb_token_parse(leg->token, &token) != 0)
        return KRB_INPUT_OTHER;
    switch (token.id) {
    case KRB_TOK_AP_REQ:
        return KRB_INPUT_AP_REQ;
    case KRB_TOK_AP_REP:
        return KRB_INPUT_AP_REP;
    case KRB_TOK_ERROR:
        return KRB_INPUT_ERROR;
    case KRB_TOK_TGT_REQUEST:
        return KRB_INPUT_TGT_REQUEST;
    case KRB_TOK_TGT_REPLY:
        return KRB_INPUT_TGT_REPLY;
    default:
        return KRB_INPUT_OTHER;
    }
}

/*
 * With too little room nothing was done. A second AP-REQ is for who was told what is wrong, and
 * there is no third, but for one in user to user, which begins once a context.
 */
static enum krb_state
state_after(const struct krb_acceptor *c, enum krb_state before, enum krb_input input, NTSTATUS st)
{
    if (before == KRB_STATE_COMPLETE || st == SEC_E_BUFFER_TOO_SMALL)
        return before;
    if (st == STATUS_SUCCESS)
        return KRB_STATE_COMPLETE;
    if (st != SEC_I_CONTINUE_NEEDED)
        return KRB_STATE_FAILED;
    if (c->accepted != NULL)
        return KRB_STATE_THIRD;
    if (input == KRB_INPUT_TGT_REQUEST)
        return KRB_STATE_GRANTING;
    return before == KRB_STATE_AGAIN ? KRB_STATE_FAILED : KRB_STATE_AGAIN;
}

static NTSTATUS
acceptor_step(struct krb_acceptor *c, const struct krb_leg *leg)
{
    enum krb_state before = atomic_exchange(&c->state, KRB_STATE_BUSY), after;
    enum krb_input input = krb_leg_input(leg);
    NTSTATUS st = accept_table[before][input](c, leg);

    if (before == KRB_STATE_BUSY)
        return st;
    after = state_after(c, before, input, st);
    if (after == KRB_STATE_FAILED && st == SEC_I_CONTINUE_NEEDED)
        st = c->refused;
    if (after == KRB_STATE_COMPLETE || after == KRB_STATE_FAILED) {
        secret_free(c->granting);
        c->granting = NULL;
    }
    atomic_store(&c->state, after);
    return st;
}

/* A first leg: the context exists for the authority only if the leg did not fail. */
static NTSTATUS
acceptor_begin(LSA_SEC_HANDLE credential, const struct krb_leg *leg, PLSA_SEC_HANDLE out)
{
    struct krb_credential *own = krb_credential_get(credential, SECPKG_CRED_INBOUND);
    struct krb_acceptor *c;
    NTSTATUS st;

    if (own == NULL)
        return SEC_E_INVALID_HANDLE;
    st = leg->requirements & ASC_REQ_STREAM ? SEC_E_UNSUPPORTED_FUNCTION : krb_formats_check();
    c = NT_SUCCESS(st) ? calloc(1, sizeof(*c)) : NULL;
    if (c == NULL) {
        krb_credential_put(own);
        return NT_SUCCESS(st) ? SEC_E_INSUFFICIENT_MEMORY : st;
    }
    c->credential = own;
    st = acceptor_step(c, leg);
    if (NT_SUCCESS(st)) {
        *out = (LSA_SEC_HANDLE)handle_add(krb_support()->objects, KRB_HANDLE_ACCEPTOR,
                                          KRB_HANDLE_OWNER, c, acceptor_free);
        if (*out != 0)
            return st;
        st = SEC_E_INSUFFICIENT_MEMORY;
    }
    acceptor_free(c);
    return st;
}

NTSTATUS NTAPI
krb_acceptor_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
                    ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_context,
                    PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                    PSecBuffer context_data)
{
    struct handle_table *objects = krb_support()->objects;
    struct krb_leg leg = {
        .input = input, .output = output, .requirements = requirements,
        .attributes = attributes, .expiry = expiry, .mapped = mapped,
        .context_data = context_data,
    };
    struct krb_acceptor *c;
    NTSTATUS st = krb_leg_open(&leg);

    /* Kerberos's byte orders are fixed, whatever is asked for. */
    (void)data_rep;
    if (!NT_SUCCESS(st))
        return st;
    if (context == 0)
        return acceptor_begin(credential, &leg, new_context);
    c = handle_get(objects, context, KRB_HANDLE_ACCEPTOR, KRB_HANDLE_OWNER);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    st = acceptor_step(c, &leg);
    handle_put(objects, context);
    *new_context = context;
    return st;
}
