/*
 * The initiator (RFC 4121 4.1, MS-KILE 3.2.5): AP-REQ out; AP-REP in where it
 * is mutual; in DCE style one more AP-REP out. In user to user the server is
 * asked for its ticket before (user_to_user.c): where the application wants
 * it, or the KDC or the server says that it is needed. Behind
 * InitializeSecurityContext, by SpInitLsaModeContext. The KDC is asked on the
 * way, so the call runs in the slow pool (D6).
 *
 * Which message is right when is a table, initiate_table. A KRB-ERROR that
 * says the clocks differ makes one more AP-REQ with the server's time
 * (MS-KILE 3.2.5.8), one that says user to user makes that. It is not
 * authenticated, so nothing else is done for it: in both cases the KDC and the
 * AP-REP say who the server is.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/initiator.h"

#include "base/secret.h"
#include "base/str16.h"
#include "packages/kerberos/krb5/status.h"
#include "packages/kerberos/lsa/client_ticket.h"
#include "packages/kerberos/lsa/flags.h"
#include "packages/kerberos/lsa/login.h"
#include "packages/kerberos/lsa/user_to_user.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_ROOM 8192

static void
initiator_free(void *object)
{
    struct krb_initiator *i = object;

    issued_remove(&i->issued);
    krb_service_ticket_wipe(&i->ticket);
    if (i->delegated != NULL)
        secret_wipe_free(i->delegated, i->delegated_n);
    free(i->peer);
    krb_credential_put(i->credential);
    secret_free(i);
}

/* ---- tickets ------------------------------------------------------------ */

/* Without ok-as-delegate the KDC says that the service is not trusted with it (MS-KILE 3.2.5.2). */
static NTSTATUS
forward(struct krb_initiator *i, uint8_t **out, size_t *n)
{
    char error[KRB_TICKETS_ERROR_MAX];
    NTSTATUS st = SEC_E_INVALID_PARAMETER;

    *out = NULL;
    *n = 0;
    if ((i->gss & KRB_GSS_DELEG) == 0)
        return STATUS_SUCCESS;
    if (i->ticket.flags & KRB_TICKET_OK_AS_DELEGATE) {
        st = krb_tickets_forward(i->credential->logon->tickets, &i->ticket,
                                 view_of(i->target, strlen(i->target)), out, n, error);
        if (!NT_SUCCESS(st))
            krb_login_log(i->credential, i->target, "kdc_forward", st, error);
    }
    /* Delegation that is not to be had is no failure: its bit does not come back. */
    if (!NT_SUCCESS(st))
        i->gss &= ~(uint32_t)KRB_GSS_DELEG;
    return STATUS_SUCCESS;
}

NTSTATUS
krb_initiator_use_ticket(struct krb_initiator *i)
{
    if (i->ticket.enctype == KRB_ENCTYPE_RC4 && !krb_setting_is_on("allow_rc4", false)) {
        krb_login_log(i->credential, i->target, "kdc_ticket", SEC_E_KDC_UNKNOWN_ETYPE,
                      "rc4-hmac is refused: allow_rc4 in [package Kerberos]");
        return SEC_E_KDC_UNKNOWN_ETYPE;
    }
    return crypto_krb_key_init(&i->session, i->ticket.enctype,
                               view_of(i->ticket.key, i->ticket.key_size))
               ? STATUS_SUCCESS
               : SEC_E_KDC_UNKNOWN_ETYPE;
}

static NTSTATUS
ticket_get(struct krb_initiator *i)
{
    char error[KRB_TICKETS_ERROR_MAX];
    struct krb_ticket_request in = { .target = view_of(i->target, strlen(i->target)),
                                     .user_to_user = view_of(i->peer, i->peer_n) };
    NTSTATUS st = krb_tickets_get(i->credential->logon->tickets, &in, &i->ticket, error);

    if (!NT_SUCCESS(st)) {
        krb_login_log(i->credential, i->target, "kdc_ticket", st, error);
        return st;
    }
    /* A copy: another context of the credential may log on anew. */
    (void)snprintf(i->client, sizeof(i->client), "%s",
                   krb_tickets_client(i->credential->logon->tickets));
    return krb_initiator_use_ticket(i);
}

/* ---- completion --------------------------------------------------------- */

static struct view
text_put(struct wr *w, struct view utf8)
{
    size_t units, at = w->len;
    char16_t *wide = str16_from_utf8_n(utf8, &units);

    if (wide != NULL)
        wr_bytes(w, wide, units * sizeof(*wide));
    else
        w->failed = true;
    free(wide);
    return w->failed ? view_of(NULL, 0) : view_of(w->p + at, w->len - at);
}

/* Who the client is in words of the KDC. */
static void
names_put(const struct krb_initiator *i, struct krb_context_data *data, struct wr *text)
{
    data->client = text_put(text, view_of(i->client, strlen(i->client)));
    data->account = data->client;
    data->authority = text_put(text, i->ticket.client_realm);
    data->target = text_put(text, view_of(i->target, strlen(i->target)));
    data->server = data->target;
}

static NTSTATUS
initiator_map(struct krb_initiator *i, const struct krb_leg *leg)
{
    uint8_t room[TEXT_ROOM];
    struct wr text = wr_init(room, sizeof(room));
    struct krb_context_data data = {
        .role = KRB_ROLE_INITIATOR,
        .gss_flags = i->gss,
        .attributes = *leg->attributes & ~(uint32_t)ISC_RET_ALLOCATED_MEMORY,  /* of the call */
        .ticket_flags = i->ticket.flags,
        .initiator_key = krb_leg_key(&i->own),
        .acceptor_key = krb_leg_key(&i->acceptor),
        .send_sequence = i->own_sequence,
        .receive_sequence = i->peer_sequence,
        .facts = issued_is_answered(&i->issued) ? KRB_FACT_LOOPBACK : 0,
        .start = krb_support()->clock->now(),
        .expiry = filetime_from_unix(i->ticket.end),
        .logoff = FILETIME_NEVER,
    };

    if (i->requirements & ISC_REQ_DATAGRAM)
        data.gss_flags &= ~(uint32_t)(KRB_GSS_REPLAY | KRB_GSS_SEQUENCE);
    names_put(i, &data, &text);
    return text.failed ? SEC_E_INTERNAL_ERROR : krb_leg_finish(leg, &data);
}

/* ---- the legs ----------------------------------------------------------- */

static uint32_t
attributes_of(const struct krb_initiator *i)
{
    return krb_flags_attributes(REQUIREMENT_INITIATE, i->requirements, i->gss) |
           (i->user_to_user ? ISC_RET_USE_SESSION_KEY : 0);
}

/* Mutual authentication is not said before the server has proved itself. */
static NTSTATUS
ap_req_send(struct krb_initiator *i, const struct krb_leg *leg, struct view delegated)
{
    struct wr w = wr_init_heap(KRB_MESSAGE_MAX);
    NTSTATUS st = krb_ap_req_make(i, delegated, &w);

    if (NT_SUCCESS(st))
        st = krb_leg_send(leg, wr_written(&w), attributes_of(i) & ~(uint32_t)ISC_RET_MUTUAL_AUTH);
    wr_wipe(&w);
    if (!NT_SUCCESS(st))
        return st;
    return i->gss & KRB_GSS_MUTUAL ? SEC_I_CONTINUE_NEEDED : initiator_map(i, leg);
}

static NTSTATUS
ap_req_begin(struct krb_initiator *i, const struct krb_leg *leg)
{
    uint8_t *delegated = NULL;
    size_t n = 0;
    NTSTATUS st;

    /* The client's own ticket is here already, and serves both tries. */
    if (i->credential->of_client)
        return ap_req_send(i, leg, view_of(i->delegated, i->delegated_n));
    krb_service_ticket_wipe(&i->ticket);
    pthread_mutex_lock(&i->credential->logon->lock);
    st = krb_login(i->credential, i->target);
    if (NT_SUCCESS(st))
        st = ticket_get(i);
    if (NT_SUCCESS(st))
        st = forward(i, &delegated, &n);
    pthread_mutex_unlock(&i->credential->logon->lock);
    if (NT_SUCCESS(st))
        st = ap_req_send(i, leg, view_of(delegated, n));
    if (delegated != NULL)
        secret_wipe_free(delegated, n);
    return st;
}

static NTSTATUS
bindings_take(struct krb_initiator *i, const struct krb_leg *leg)
{
    NTSTATUS st = channel_bindings_read(krb_support()->lsa, leg->input, &i->bindings);

    return NT_SUCCESS(st) ? channel_bindings_offer(krb_support()->settings, KRB_PACKAGE,
                                                   &i->bindings)
                          : st;
}

/*
 * The provider of the user's own tickets is asked for one before the first message, and gets
 * no word of the server's (D11).
 */
static NTSTATUS
user_to_user_check(const struct krb_initiator *i)
{
    const char *reason = NULL;

    if (i->credential->of_client)
        reason = "not with the user's own tickets: give a SEC_WINNT_AUTH_IDENTITY";
    else if (i->requirements & ISC_REQ_DATAGRAM)
        reason = "not with DATAGRAM";
    if (reason == NULL)
        return STATUS_SUCCESS;
    krb_log(5, "user_to_user_refused",
            (const char *const[]){ "package", KRB_PACKAGE, "target", i->target, "reason", reason,
                                   NULL });
    return SEC_E_UNSUPPORTED_FUNCTION;
}

static NTSTATUS
tgt_request_send(struct krb_initiator *i, const struct krb_leg *leg)
{
    struct wr w = wr_init_heap(KRB_MESSAGE_MAX);
    NTSTATUS st = user_to_user_check(i);

    i->user_to_user = true;
    if (NT_SUCCESS(st))
        st = krb_tgt_request_make(i, &w);
    if (NT_SUCCESS(st))
        st = krb_leg_send(leg, wr_written(&w), attributes_of(i) & ~(uint32_t)ISC_RET_MUTUAL_AUTH);
    wr_wipe(&w);
    return NT_SUCCESS(st) ? SEC_I_CONTINUE_NEEDED : st;
}

/* The KDC may know that the target has no key but its password's (RFC 4120 3.3.3). */
static NTSTATUS
send_first(struct krb_initiator *i, const struct krb_leg *leg)
{
    NTSTATUS st = bindings_take(i, leg);

    if (NT_SUCCESS(st))
        st = i->user_to_user ? SEC_E_NO_TGT_REPLY : ap_req_begin(i, leg);
    return st == SEC_E_NO_TGT_REPLY ? tgt_request_send(i, leg) : st;
}

static NTSTATUS
answer_tgt_reply(struct krb_initiator *i, const struct krb_leg *leg)
{
    NTSTATUS st = bindings_take(i, leg);

    if (NT_SUCCESS(st))
        st = krb_tgt_reply_take(i, leg->token);
    return NT_SUCCESS(st) ? ap_req_begin(i, leg) : st;
}

static NTSTATUS
answer_ap_rep(struct krb_initiator *i, const struct krb_leg *leg)
{
    uint8_t room[KRB_ACCEPT_TOKEN_MAX];
    struct wr w = wr_init(room, sizeof(room));
    uint32_t attributes = attributes_of(i);
    NTSTATUS st = krb_ap_rep_take(i, leg->token);

    if (NT_SUCCESS(st) && (i->gss & KRB_GSS_DCE_STYLE)) {
        st = krb_third_make(i, &w);
        if (NT_SUCCESS(st))
            st = krb_leg_send(leg, wr_written(&w), attributes);
    } else if (NT_SUCCESS(st)) {
        krb_leg_send_nothing(leg, attributes);
    }
    return NT_SUCCESS(st) ? initiator_map(i, leg) : st;
}

static NTSTATUS
answer_error(struct krb_initiator *i, const struct krb_leg *leg)
{
    struct krb_token t;
    struct krb_error e;

    if (krb_token_parse(leg->token, &t) != 0 || krb_error_parse(t.message, &e) != 0)
        return SEC_E_INVALID_TOKEN;
    if (e.code == KRB_AP_ERR_USER_TO_USER_REQUIRED && !i->user_to_user)
        return tgt_request_send(i, leg);
    if (e.code == KRB_AP_ERR_SKEW && !i->tried_again &&
        (!i->user_to_user || i->peer != NULL)) {
        i->tried_again = true;
        i->offset = e.server_time - krb_now();
        return ap_req_begin(i, leg);
    }
    krb_log(5, "server_refused",
            (const char *const[]){ "package", KRB_PACKAGE, "target", i->target, "krb_error",
                                   krb_number((uint32_t)e.code).text, NULL });
    return krb_status_of_code((uint32_t)e.code);
}

static NTSTATUS
refuse_order(struct krb_initiator *i, const struct krb_leg *leg)
{
    (void)i;
    (void)leg;
    return SEC_E_OUT_OF_SEQUENCE;
}

static NTSTATUS
refuse_bytes(struct krb_initiator *i, const struct krb_leg *leg)
{
    (void)i;
    (void)leg;
    return SEC_E_INVALID_TOKEN;
}

/* Columns: nothing, AP-REQ, AP-REP, KRB-ERROR, TGT-REQ, TGT-REP, no message of Kerberos. */
static NTSTATUS (*const initiate_table[KRB_STATES][KRB_INPUTS])(struct krb_initiator *,
                                                                const struct krb_leg *) = {
    [KRB_STATE_START] = { send_first, refuse_order, refuse_order, refuse_order, refuse_order,
                          refuse_order, refuse_bytes },
    [KRB_STATE_GRANTING] = { refuse_bytes, refuse_order, refuse_order, answer_error, refuse_order,
                             answer_tgt_reply, refuse_bytes },
    [KRB_STATE_WAITING] = { refuse_bytes, refuse_order, answer_ap_rep, answer_error, refuse_order,
                            refuse_order, refuse_bytes },
    [KRB_STATE_AGAIN] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                          refuse_order, refuse_order },
    [KRB_STATE_THIRD] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                          refuse_order, refuse_order },
    [KRB_STATE_COMPLETE] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                             refuse_order, refuse_order },
    [KRB_STATE_FAILED] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                           refuse_order, refuse_order },
    [KRB_STATE_BUSY] = { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order,
                         refuse_order, refuse_order },
};

static enum krb_state
state_after(const struct krb_initiator *i, enum krb_state before, NTSTATUS st)
{
    /* Too little room is the caller's to mend: the same call may be made again. */
    if (st == SEC_E_BUFFER_TOO_SMALL || before == KRB_STATE_COMPLETE)
        return before;
    if (st == STATUS_SUCCESS)
        return KRB_STATE_COMPLETE;
    if (st != SEC_I_CONTINUE_NEEDED)
        return KRB_STATE_FAILED;
    return i->user_to_user && i->peer == NULL ? KRB_STATE_GRANTING : KRB_STATE_WAITING;
}

static NTSTATUS
initiator_step(struct krb_initiator *i, const struct krb_leg *leg)
{
    enum krb_state before = atomic_exchange(&i->state, KRB_STATE_BUSY);
    NTSTATUS st = initiate_table[before][krb_leg_input(leg)](i, leg);

    if (before != KRB_STATE_BUSY)
        atomic_store(&i->state, state_after(i, before, st));
    return st;
}

/* Takes the credential's reference over, also when it fails. */
static NTSTATUS
initiator_new(struct krb_credential *c, PUNICODE_STRING target, const struct krb_leg *leg,
              struct krb_initiator **out)
{
    struct view name = krb_string_view(target);
    struct krb_initiator *i = secret_new(sizeof(*i));
    NTSTATUS st = i != NULL ? krb_formats_check() : SEC_E_INSUFFICIENT_MEMORY;

    if (NT_SUCCESS(st) && (leg->requirements & ISC_REQ_STREAM))
        st = SEC_E_UNSUPPORTED_FUNCTION;
    if (NT_SUCCESS(st) && !c->has_identity && !c->of_client)
        st = SEC_E_NO_CREDENTIALS;
    if (NT_SUCCESS(st) && (name.n == 0 ||
                           !str16_to_utf8_into(name, i->target, sizeof(i->target))))
        st = SEC_E_TARGET_UNKNOWN;
    if (!NT_SUCCESS(st)) {
        secret_free(i);
        krb_credential_put(c);
        return st;
    }
    i->credential = c;
    i->requirements = leg->requirements;
    i->gss = krb_flags_offer(leg->requirements);
    i->user_to_user = (leg->requirements & ISC_REQ_USE_SESSION_KEY) != 0;
    if (c->of_client && !i->user_to_user)
        st = krb_client_ticket_take(i, target);
    if (!NT_SUCCESS(st))
        initiator_free(i);
    else
        *out = i;
    return st;
}

static NTSTATUS
initiator_begin(LSA_SEC_HANDLE credential, PUNICODE_STRING target, const struct krb_leg *leg,
                PLSA_SEC_HANDLE out)
{
    struct krb_credential *c = krb_credential_get(credential, SECPKG_CRED_OUTBOUND);
    struct krb_initiator *i;
    NTSTATUS st;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    st = initiator_new(c, target, leg, &i);
    if (!NT_SUCCESS(st))
        return st;
    st = initiator_step(i, leg);
    if (NT_SUCCESS(st)) {
        *out = (LSA_SEC_HANDLE)handle_add(krb_support()->objects, KRB_HANDLE_INITIATOR,
                                          KRB_HANDLE_OWNER, i, initiator_free);
        if (*out != 0)
            return st;
        st = SEC_E_INSUFFICIENT_MEMORY;
    }
    initiator_free(i);
    return st;
}

NTSTATUS NTAPI
krb_initiator_initialize(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                         PUNICODE_STRING target, ULONG requirements, ULONG data_rep,
                         PSecBufferDesc input, PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                         PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                         PSecBuffer context_data)
{
    struct handle_table *objects = krb_support()->objects;
    struct krb_leg leg = {
        .input = input, .output = output, .requirements = requirements,
        .attributes = attributes, .expiry = expiry, .mapped = mapped,
        .context_data = context_data,
    };
    struct krb_initiator *i;
    NTSTATUS st = krb_leg_open(&leg);

    /* Kerberos's byte orders are fixed, whatever is asked for. */
    (void)data_rep;
    if (!NT_SUCCESS(st))
        return st;
    if (context == 0)
        return initiator_begin(credential, target, &leg, new_context);
    i = handle_get(objects, context, KRB_HANDLE_INITIATOR, KRB_HANDLE_OWNER);
    if (i == NULL)
        return SEC_E_INVALID_HANDLE;
    st = initiator_step(i, &leg);
    handle_put(objects, context);
    *new_context = context;
    return st;
}
