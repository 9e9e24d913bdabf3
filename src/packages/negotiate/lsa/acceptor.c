/*
 * The acceptor (RFC 4178 3 and 5, MS-SPNG 3.3.5): whatever a real client
 * sends first. SPNEGO's NegTokenInit; a package's own token as it is; nothing,
 * which asks us to speak first (NegTokenInit2).
 *
 * The package that we prefer is taken, of those that the client lists. Where it
 * is not the first of both lists, the list is proven by a mechListMIC each way
 * before the context is complete: who takes something out of the list, or puts
 * it in another order, ends the handshake and changes nothing else.
 *
 * Which token is right when is a table, states.def. Runs in the authority.
 */
#include "packages/negotiate/lsa/acceptor.h"

#include <stdlib.h>

/* ---- what is sent -------------------------------------------------------- */

/* The first reply says which mechanism it is, in the very octets of the client's list. */
struct accept {
    struct nego_context *c;
    const struct nego_leg *leg;
    struct view mech;               /* for the first reply; empty on later ones */
    struct view mic;                /* the client's; p NULL: none came */
    struct nego_answer answer;
    bool is_inner;                  /* what failed was the mechanism, not SPNEGO */
};

static enum spnego_state
state_going_on(const struct accept *a)
{
    return a->mech.n > 0 && a->c->mic_required ? SPNEGO_STATE_REQUEST_MIC
                                               : SPNEGO_STATE_INCOMPLETE;
}

static NTSTATUS
reply(struct accept *a, enum spnego_state state, struct view mic)
{
    const struct spnego_resp resp = {
        .state = state, .mech = a->mech, .token = view_of(a->answer.token, a->answer.n),
        .mic = mic,
    };
    NTSTATUS st = nego_send_resp(a->c, &resp);

    if (NT_SUCCESS(st))
        a->c->replied = true;
    return st;
}

static NTSTATUS
reply_going_on(struct accept *a, enum nego_state next, struct view mic)
{
    NTSTATUS st = reply(a, state_going_on(a), mic);

    if (!NT_SUCCESS(st))
        return st;
    atomic_store(&a->c->state, next);
    return SEC_I_CONTINUE_NEEDED;
}

/* ---- the package is through ---------------------------------------------- */

/*
 * RFC 4178 5: a MIC that came is answered. One that is needed and has not come is still to
 * come where the client could not know, or where its last token is to be answered.
 */
static NTSTATUS
conclude(struct accept *a)
{
    struct nego_context *c = a->c;
    bool early = a->mech.n > 0 || a->answer.n > 0;
    uint8_t room[NEGO_MIC_MAX];
    struct view mic = { NULL, 0 };
    NTSTATUS st;

    if (a->mic.p != NULL) {
        st = nego_mic_check(c, a->mic);
        if (!NT_SUCCESS(st))
            return st;
    } else if (!c->mic_required) {
        return reply(a, SPNEGO_STATE_COMPLETED, mic);
    } else if (!early) {
        return nego_refuse(c, SEC_E_MESSAGE_ALTERED, "mechListMIC is missing");
    }
    st = nego_mic_make(c, room, &mic);
    /* CHOICE: RFC 4178 5 would do without, and so could not tell who changed the list. */
    if (!NT_SUCCESS(st))
        return nego_refuse(c, st, "the package cannot sign the list of mechanisms");
    return c->mic_received ? reply(a, SPNEGO_STATE_COMPLETED, mic)
                           : reply_going_on(a, NEGO_STATE_CONFIRM, mic);
}

/* A package that says what was wrong (KRB-ERROR) is passed on as a reject. */
static NTSTATUS
reject(struct accept *a, NTSTATUS st)
{
    if (a->answer.n > 0) {
        a->c->attributes |= ASC_RET_EXTENDED_ERROR;
        if (!NT_SUCCESS(reply(a, SPNEGO_STATE_REJECT, view_of(NULL, 0))))
            *a->leg->attributes = 0;
    }
    return st;
}

static NTSTATUS
inner_run(struct accept *a, struct view token)
{
    struct nego_context *c = a->c;
    NTSTATUS st = nego_inner_call(c, a->leg, token, &a->answer);

    a->is_inner = !NT_SUCCESS(st);
    if (a->is_inner)
        st = reject(a, st);
    else if (c->through)
        st = conclude(a);
    else if (a->mic.p != NULL)
        st = nego_refuse(c, SEC_E_INVALID_TOKEN, "mechListMIC before there is a key");
    else
        st = reply_going_on(a, NEGO_STATE_MECH, view_of(NULL, 0));
    free(a->answer.token);
    return st;
}

/* ---- the first token ----------------------------------------------------- */

static const struct nego_choice *
choice_by_oid(const struct nego_credential *credential, struct view oid)
{
    for (size_t i = 0; i < credential->count; i++) {
        if (nego_mech_has(&credential->choices[i].mech, oid))
            return &credential->choices[i];
    }
    return NULL;
}

/* The first of ours behind that one (NULL: of all) that the client lists, and where. */
static const struct nego_choice *
choice_find(const struct nego_credential *credential, const struct nego_choice *behind,
            const struct spnego_init *init, size_t *place)
{
    size_t first = behind != NULL ? (size_t)(behind - credential->choices) + 1 : 0;

    for (size_t i = first; i < credential->count; i++) {
        for (*place = 0; *place < init->mech_count; ++*place) {
            if (nego_mech_has(&credential->choices[i].mech, init->mechs[*place]))
                return &credential->choices[i];
        }
    }
    return NULL;
}

static bool
oids_have(const struct view *oids, size_t count, struct view oid)
{
    for (size_t i = 0; i < count; i++) {
        if (view_is_equal(oids[i], oid))
            return true;
    }
    return false;
}

/*
 * The commonest questions of all: clients fall back to NTLM without saying so; and a program has
 * acquired its credential before its service had a keytab.
 */
static NTSTATUS
nothing_in_common(const struct nego_context *c, const struct view *oids, size_t count)
{
    bool ntlm = oids_have(oids, count, spnego_oid_ntlm);

    nego_count(ntlm ? "refused_ntlm" : "refused_no_mechanism");
    if (oids_have(oids, count, spnego_oid_kerberos) ||
        oids_have(oids, count, spnego_oid_kerberos_ms))
        return nego_refuse(c, SEC_E_UNSUPPORTED_FUNCTION,
                           "the client offers Kerberos, which this credential lacks: `packages` "
                           "leaves it out, or the service got its keytab only after the program "
                           "acquired it, and it is to be restarted");
    return nego_refuse(c, SEC_E_UNSUPPORTED_FUNCTION,
                       ntlm ? "NTLM is off here, and the client offers nothing else"
                            : "the client offers no mechanism that is negotiated here");
}

/* The chosen one's first leg; place is where the client lists it. */
static NTSTATUS
choice_begin(struct accept *a, const struct spnego_init *init, size_t place)
{
    struct nego_context *c = a->c;

    a->mech = init->mechs[place];
    a->mic = init->mic;
    c->mic_required = place != 0 || c->choice != &c->credential->choices[0];
    /* The optimistic token is the first mechanism's: of another one it is not looked at. */
    if (place == 0 && init->token.n > 0)
        return inner_run(a, init->token);
    if (init->mic.p != NULL)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "mechListMIC before there is a key");
    return reply_going_on(a, NEGO_STATE_MECH, view_of(NULL, 0));
}

/* NegoEx is passed over where none of its packages has begun: nothing was answered yet. */
static NEGO_STEP(accept_init)
{
    struct accept a = { .c = c, .leg = leg };
    const struct nego_choice *next;
    struct spnego_init init;
    size_t place = 0;
    NTSTATUS st = spnego_init_parse(leg->token, &init);

    if (!NT_SUCCESS(st))
        return nego_refuse(c, st, "NegTokenInit is malformed");
    c->choice = choice_find(c->credential, NULL, &init, &place);
    if (c->choice == NULL)
        return nothing_in_common(c, init.mechs, init.mech_count);
    if (!nego_context_keep_list(c, init.mech_list))
        return SEC_E_INSUFFICIENT_MEMORY;
    st = choice_begin(&a, &init, place);
    if (NT_SUCCESS(st) || !c->choice->is_negoex || !a.is_inner || c->scheme != NULL)
        return st;
    next = choice_find(c->credential, c->choice, &init, &place);
    if (next == NULL)
        return st;
    nego_context_drop_inner(c);
    c->choice = next;
    return choice_begin(&a, &init, place);
}

/* MS-SPNG 3.3.5.1: the server speaks first. The client's own list is what counts, later. */
static NEGO_STEP(send_hint)
{
    struct view oids[NEGO_CHOICES_MAX];
    uint8_t list[NEGO_MECH_LIST_MAX];
    struct wr l = wr_init(list, sizeof(list));
    struct spnego_init init = { .has_hints = true };
    NTSTATUS st;

    (void)leg;
    for (size_t i = 0; i < c->credential->count; i++)
        oids[i] = nego_oid_view(&c->credential->choices[i].mech.oids[0]);
    spnego_mech_list_build(&l, oids, c->credential->count);
    init.mech_list = wr_written(&l);
    st = l.failed ? SEC_E_INTERNAL_ERROR : nego_send_init(c, &init);
    if (!NT_SUCCESS(st))
        return st;
    atomic_store(&c->state, NEGO_STATE_START);
    return SEC_I_CONTINUE_NEEDED;
}

/* ---- later tokens -------------------------------------------------------- */

static NEGO_STEP(accept_resp)
{
    struct accept a = { .c = c, .leg = leg };
    struct spnego_resp resp;
    NTSTATUS st = spnego_resp_parse(leg->token, &resp);

    if (!NT_SUCCESS(st))
        return nego_refuse(c, st, "NegTokenResp is malformed");
    if (resp.state == SPNEGO_STATE_REJECT || resp.state == SPNEGO_STATE_REQUEST_MIC)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "the client rejects what was chosen");
    if (resp.token.n == 0)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "the package's token is missing");
    a.mic = resp.mic;
    return inner_run(&a, resp.token);
}

/* The client's MIC, which answers ours; there is nothing more to say. */
static NEGO_STEP(accept_confirm)
{
    struct spnego_resp resp;
    NTSTATUS st = spnego_resp_parse(leg->token, &resp);

    if (!NT_SUCCESS(st))
        return nego_refuse(c, st, "NegTokenResp is malformed");
    if (resp.state == SPNEGO_STATE_REJECT || resp.token.n > 0)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "a token behind the last one");
    if (resp.mic.p == NULL)
        return nego_refuse(c, SEC_E_MESSAGE_ALTERED, "mechListMIC is missing");
    st = nego_mic_check(c, resp.mic);
    if (NT_SUCCESS(st))
        nego_send_nothing(c);
    return st;
}

/* ---- tokens without SPNEGO ----------------------------------------------- */

static NTSTATUS
raw_begin(struct nego_context *c, const struct nego_leg *leg, struct view oid)
{
    c->choice = choice_by_oid(c->credential, oid);
    if (c->choice == NULL)
        return nothing_in_common(c, &oid, 1);
    if (!nego_raw_is_allowed())
        return nego_refuse(c, SEC_E_UNSUPPORTED_FUNCTION,
                           "a token without SPNEGO, and allow_raw is off");
    return nego_raw_step(c, leg);
}

static NEGO_STEP(accept_raw_ntlm)
{
    return raw_begin(c, leg, spnego_oid_ntlm);
}

static NEGO_STEP(accept_raw_gss)
{
    struct view oid = spnego_raw_mech(leg->token);

    return oid.n > 0 ? raw_begin(c, leg, oid) : nego_refuse_bytes(c, leg);
}

static NEGO_STEP(accept_raw_kerberos)
{
    return raw_begin(c, leg, spnego_oid_kerberos);
}

/* ---- the state machine --------------------------------------------------- */

static const struct nego_engine engine = {
    .cells = {
#define NEGO_ACCEPTOR NEGO_CELL
#define NEGO_INITIATOR(state, kind, step, leads)
#include "packages/negotiate/lsa/states.def"
    },
};

NTSTATUS NTAPI
nego_acceptor_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
                     ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_context,
                     PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                     PBOOLEAN mapped, PSecBuffer context_data)
{
    const enum nego_handle kind = NEGO_HANDLE_ACCEPTOR;
    struct nego_leg leg = {
        .input = input, .output = output, .requirements = requirements, .data_rep = data_rep,
        .attributes = attributes, .expiry = expiry, .mapped = mapped,
        .context_data = context_data,
    };
    struct nego_credential *own;
    struct nego_context *c;
    NTSTATUS st = nego_leg_open(&leg);

    if (!NT_SUCCESS(st))
        return st;
    if (context != 0)
        return nego_leg_next(&engine, kind, context, &leg, new_context);
    own = nego_credential_get(credential, SECPKG_CRED_INBOUND);
    if (own == NULL)
        return SEC_E_INVALID_HANDLE;
    c = nego_context_new(kind, credential, own);
    return c != NULL ? nego_leg_first(&engine, c, &leg, new_context)
                     : SEC_E_INSUFFICIENT_MEMORY;
}
