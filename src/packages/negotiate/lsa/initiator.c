/*
 * The initiator (RFC 4178 3 and 5, MS-SPNG 3.2.5): the list of what we have
 * for this target, with the first package's token along. A package that has no
 * token for the target (no ticket, no server of that name) is left out of the
 * list before it is sent, and the log says why; afterwards the server chooses,
 * and a choice that is not our first is proven by a mechListMIC each way.
 *
 * Which token is right when is a table, states.def. Runs in the authority.
 */
#include "packages/negotiate/lsa/initiator.h"

#include <stdlib.h>

/* ---- what is sent -------------------------------------------------------- */

static NTSTATUS
resp_send(struct nego_context *c, enum spnego_state state, const struct nego_answer *answer,
          struct view mic, enum nego_state next)
{
    const struct spnego_resp resp = {
        .state = state, .token = view_of(answer->token, answer->n), .mic = mic,
    };
    NTSTATUS st = nego_send_resp(c, &resp);

    if (!NT_SUCCESS(st))
        return st;
    atomic_store(&c->state, next);
    return SEC_I_CONTINUE_NEEDED;
}

/* ---- the first token ----------------------------------------------------- */

static void
log_fallback(const struct nego_choice *from, NTSTATUS st)
{
    nego_log(5, "negotiate_fallback",
             (const char *const[]){ "package", from->mech.name.text,
                                    "reason", "it has no token for this target", "status",
                                    nego_status_text(st).text, NULL });
    nego_count("fallback");
}

/* The first that makes a token; those before it are not offered. */
static NTSTATUS
choice_begin(struct nego_context *c, const struct nego_leg *leg, struct nego_answer *answer)
{
    NTSTATUS st = SEC_E_NO_CREDENTIALS;

    for (size_t i = 0; i < c->credential->count; i++) {
        c->choice = &c->credential->choices[i];
        st = nego_inner_call(c, leg, view_of(NULL, 0), answer);
        if (NT_SUCCESS(st) && answer->n > 0)
            return STATUS_SUCCESS;
        /* The user's own ticket goes before a weaker package. */
        free(answer->token);
        if (st == SEC_E_NO_CREDENTIALS && nego_client_is_asked())
            return st;
        st = NT_SUCCESS(st) ? SEC_E_INTERNAL_ERROR : st;
        log_fallback(c->choice, st);
        if (NT_SUCCESS(c->fallback_status))
            c->fallback_status = st;
        nego_context_drop_inner(c);
    }
    return st;
}

static NTSTATUS
list_make(struct nego_context *c)
{
    const struct nego_choice *choices = c->credential->choices;
    size_t first = (size_t)(c->choice - choices), n = 0;
    struct view oids[NEGO_CHOICES_MAX];
    uint8_t room[NEGO_MECH_LIST_MAX];
    struct wr w = wr_init(room, sizeof(room));

    /* CHOICE: each package by its first identifier; Windows lists Kerberos by both of its. */
    for (size_t i = first; i < c->credential->count; i++)
        oids[n++] = nego_oid_view(&choices[i].mech.oids[0]);
    spnego_mech_list_build(&w, oids, n);
    if (w.failed || !nego_context_keep_list(c, wr_written(&w)))
        return SEC_E_INSUFFICIENT_MEMORY;
    return STATUS_SUCCESS;
}

static NEGO_STEP(begin)
{
    struct nego_answer answer = { 0 };
    struct spnego_init init = { 0 };
    NTSTATUS st = choice_begin(c, leg, &answer);

    if (!NT_SUCCESS(st))
        return st;
    st = list_make(c);
    if (NT_SUCCESS(st)) {
        init.mech_list = view_of(c->mech_list, c->mech_list_n);
        init.token = view_of(answer.token, answer.n);
        st = nego_send_init(c, &init);
    }
    free(answer.token);
    if (!NT_SUCCESS(st))
        return st;
    atomic_store(&c->state, NEGO_STATE_MECH);
    return SEC_I_CONTINUE_NEEDED;
}

/* ---- the server's choice ------------------------------------------------- */

/* Another one of the list, which begins now: its MIC shows that the list came as it was sent. */
static NTSTATUS
choose_again(struct nego_context *c, const struct nego_leg *leg, const struct spnego_resp *resp)
{
    const struct nego_choice *choices = c->credential->choices, *other = NULL;
    struct nego_answer answer = { 0 };
    NTSTATUS st;

    for (const struct nego_choice *i = c->choice + 1; i < choices + c->credential->count; i++) {
        if (other == NULL && nego_mech_has(&i->mech, resp->mech))
            other = i;
    }
    if (other == NULL)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "the server chose what was not offered");
    if (resp->state == SPNEGO_STATE_COMPLETED || resp->token.n > 0 || resp->mic.p != NULL)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "a token of what has not begun");
    nego_context_drop_inner(c);
    c->choice = other;
    c->mic_required = true;
    st = nego_inner_call(c, leg, view_of(NULL, 0), &answer);
    if (NT_SUCCESS(st) && c->through)
        st = nego_refuse(c, SEC_E_UNSUPPORTED_FUNCTION, "a package of one token, chosen late");
    if (NT_SUCCESS(st))
        st = resp_send(c, SPNEGO_STATE_INCOMPLETE, &answer, view_of(NULL, 0),
                       NEGO_STATE_MECH);
    free(answer.token);
    return st;
}

/* ---- the package is through ---------------------------------------------- */

static NTSTATUS
finish_silently(struct nego_context *c)
{
    nego_send_nothing(c);
    return STATUS_SUCCESS;
}

/* Our last token: with a MIC wherever there is a key for one. */
static NTSTATUS
send_last(struct nego_context *c, const struct nego_answer *answer)
{
    uint8_t room[NEGO_MIC_MAX];
    struct view mic;
    NTSTATUS st = nego_mic_make(c, room, &mic);

    if (!NT_SUCCESS(st) && (c->mic_required || st != SEC_E_UNSUPPORTED_FUNCTION))
        return nego_refuse(c, st, "the package cannot sign the list of mechanisms");
    return resp_send(c, SPNEGO_STATE_INCOMPLETE, answer, mic, NEGO_STATE_CONFIRM);
}

/* The server has our tokens and waits for our MIC, or for nothing. */
static NTSTATUS
conclude(struct nego_context *c, const struct spnego_resp *resp)
{
    const struct nego_answer nothing = { 0 };
    uint8_t room[NEGO_MIC_MAX];
    struct view mic;
    NTSTATUS st;

    if (c->mic_required && !c->mic_received)
        return nego_refuse(c, SEC_E_MESSAGE_ALTERED, "mechListMIC is missing");
    if (resp->state == SPNEGO_STATE_COMPLETED || c->mic_sent)
        return finish_silently(c);
    if (!c->mic_received)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "the server waits for nothing");
    st = nego_mic_make(c, room, &mic);
    if (NT_SUCCESS(st))
        st = resp_send(c, SPNEGO_STATE_COMPLETED, &nothing, mic, NEGO_STATE_CONFIRM);
    return NT_SUCCESS(st) ? STATUS_SUCCESS : st;
}

static NTSTATUS
inner_done(struct nego_context *c, const struct spnego_resp *resp,
           const struct nego_answer *answer)
{
    if (!c->through) {
        if (resp->state == SPNEGO_STATE_COMPLETED || resp->mic.p != NULL)
            return nego_refuse(c, SEC_E_INVALID_TOKEN, "the server is done, the package is not");
        return resp_send(c, SPNEGO_STATE_INCOMPLETE, answer, view_of(NULL, 0),
                         NEGO_STATE_MECH);
    }
    if (resp->mic.p != NULL) {
        NTSTATUS st = nego_mic_check(c, resp->mic);

        if (!NT_SUCCESS(st))
            return st;
    }
    if (answer->n > 0)
        return resp->state == SPNEGO_STATE_COMPLETED
                   ? nego_refuse(c, SEC_E_INVALID_TOKEN, "the server is done, the package is not")
                   : send_last(c, answer);
    return conclude(c, resp);
}

/* ---- the server's tokens ------------------------------------------------- */

/* Windows 2000 repeats its token as a MIC: that is none. */
static NTSTATUS
resp_read(struct nego_context *c, const struct nego_leg *leg, struct spnego_resp *resp)
{
    NTSTATUS st = spnego_resp_parse(leg->token, resp);

    if (!NT_SUCCESS(st))
        return nego_refuse(c, st, "NegTokenResp is malformed");
    if (resp->mic.p != NULL && view_is_equal(resp->mic, resp->token))
        resp->mic = view_of(NULL, 0);
    if (resp->state == SPNEGO_STATE_REJECT)
        return nego_refuse(c, SEC_E_LOGON_DENIED, "the server rejects the client");
    if (resp->state == SPNEGO_STATE_REQUEST_MIC && c->replied)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "request-mic in a later reply");
    return STATUS_SUCCESS;
}

static NEGO_STEP(hear)
{
    struct nego_answer answer = { 0 };
    struct spnego_resp resp;
    NTSTATUS st = resp_read(c, leg, &resp);
    bool first = !c->replied;

    if (!NT_SUCCESS(st))
        return st;
    c->replied = true;
    if (first && resp.mech.n > 0 && !nego_mech_has(&c->choice->mech, resp.mech))
        return choose_again(c, leg, &resp);
    if (resp.state == SPNEGO_STATE_REQUEST_MIC)
        c->mic_required = true;
    if ((resp.token.n > 0) == c->through)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, c->through ? "a token behind the last one"
                                                              : "the package's token is missing");
    if (!c->through)
        st = nego_inner_call(c, leg, resp.token, &answer);
    if (NT_SUCCESS(st))
        st = inner_done(c, &resp, &answer);
    free(answer.token);
    return st;
}

static NEGO_STEP(hear_last)
{
    struct spnego_resp resp;
    NTSTATUS st = resp_read(c, leg, &resp);

    if (!NT_SUCCESS(st))
        return st;
    if (resp.token.n > 0 || resp.state == SPNEGO_STATE_INCOMPLETE)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "a token behind the last one");
    if (resp.mic.p != NULL)
        st = nego_mic_check(c, resp.mic);
    /* RFC 4178 5: a MIC is answered by one. Without, ours was taken out on its way. */
    if (NT_SUCCESS(st) && (c->mic_required || c->mic_sent) && !c->mic_received)
        st = nego_refuse(c, SEC_E_MESSAGE_ALTERED, "mechListMIC is missing");
    return NT_SUCCESS(st) ? finish_silently(c) : st;
}

/*
 * A server that knows no SPNEGO answers the first token by the package's own. That package is
 * the first of our list, so a list that could not be proven has lost nothing.
 */
static NEGO_STEP(hear_raw)
{
    if (c->replied || c->through)
        return nego_refuse_order(c, leg);
    if (!nego_raw_is_allowed())
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "a token without SPNEGO, and allow_raw is off");
    return nego_raw_step(c, leg);
}

/* ---- the state machine --------------------------------------------------- */

static const struct nego_engine engine = {
    .cells = {
#define NEGO_INITIATOR NEGO_CELL
#define NEGO_ACCEPTOR(state, kind, step, leads)
#include "packages/negotiate/lsa/states.def"
    },
};

NTSTATUS NTAPI
nego_initiator_initialize(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                          PUNICODE_STRING target, ULONG requirements, ULONG data_rep,
                          PSecBufferDesc input, PLSA_SEC_HANDLE new_context,
                          PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                          PBOOLEAN mapped, PSecBuffer context_data)
{
    const enum nego_handle kind = NEGO_HANDLE_INITIATOR;
    struct nego_leg leg = {
        .input = input, .output = output, .target = target, .requirements = requirements,
        .data_rep = data_rep, .attributes = attributes, .expiry = expiry, .mapped = mapped,
        .context_data = context_data,
    };
    struct nego_credential *own;
    struct nego_context *c;
    NTSTATUS st = nego_leg_open(&leg);

    if (!NT_SUCCESS(st))
        return st;
    if (context != 0)
        return nego_leg_next(&engine, kind, context, &leg, new_context);
    own = nego_credential_get(credential, SECPKG_CRED_OUTBOUND);
    if (own == NULL)
        return SEC_E_INVALID_HANDLE;
    c = nego_context_new(kind, credential, own);
    return c != NULL ? nego_leg_first(&engine, c, &leg, new_context)
                     : SEC_E_INSUFFICIENT_MEMORY;
}
