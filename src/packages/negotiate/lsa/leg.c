/*
 * One leg of a negotiation, apart from its protocol: tokens in and out, the
 * chosen package's ContextData until it is handed over, and the mechListMIC
 * (RFC 4178 5).
 *
 * Runs in the authority. The authority calls one leg of a context at a time;
 * should it not, the state BUSY turns the second away. Trusts the authority
 * and the packages; tokens are a stranger's.
 */
#include "packages/negotiate/lsa/fragment.h"
#include "packages/negotiate/lsa/negoex.h"

#include "base/secret.h"
#include "packages/common/channel_bindings.h"
#include "packages/common/sec_buffer.h"

#include <stdlib.h>

/* What SPNEGO puts around a package's token, and what it says without one. */
#define SPNEGO_OVERHEAD 1024u
/* CHOICE: octets; an AP-REP with the longest keys is 164, and 50 are around it at most. */
#define FIRST_ROOM 256u

/* ---- the context --------------------------------------------------------- */

struct nego_context *
nego_context_new(enum nego_handle kind, LSA_SEC_HANDLE number, struct nego_credential *credential)
{
    struct nego_context *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        handle_put(nego_support()->objects, number);
        return NULL;
    }
    c->kind = kind;
    c->credential_number = number;
    c->credential = credential;
    return c;
}

const struct nego_choice *
nego_context_worker(const struct nego_context *c)
{
    return c->scheme != NULL ? c->scheme : c->choice;
}

struct deletion {
    const struct nego_choice *choice;
    LSA_SEC_HANDLE context;
};

static NTSTATUS
delete_step(void *argument)
{
    const struct deletion *d = argument;

    return d->choice->mech.package.table->DeleteContext(d->context);
}

void
nego_choice_delete_context(const struct nego_choice *choice, LSA_SEC_HANDLE context)
{
    struct deletion d = { choice, context };

    if (context != 0 && choice->mech.package.table->DeleteContext != NULL)
        (void)nego_choice_run(choice, delete_step, &d);
}

void
nego_context_wipe_data(struct nego_context *c)
{
    if (c->data.pvBuffer != NULL) {
        secret_wipe(c->data.pvBuffer, c->data.cbBuffer);
        nego_support()->lsa->FreeLsaHeap(c->data.pvBuffer);
    }
    c->data = (SecBuffer){ 0 };
}

void
nego_context_forget_inner(struct nego_context *c)
{
    nego_choice_delete_context(nego_context_worker(c), c->inner);
    c->inner = 0;
    c->through = false;
    nego_context_wipe_data(c);
}

void
nego_context_drop_inner(struct nego_context *c)
{
    nego_context_forget_inner(c);
    c->scheme = NULL;
    negoex_free(c->negoex);
    c->negoex = NULL;
}

void
nego_context_free(void *context)
{
    struct nego_context *c = context;

    nego_context_drop_inner(c);
    handle_put(nego_support()->objects, c->credential_number);
    free(c->mech_list);
    free(c->unsent.token);
    free(c->partial);
    free(c);
}

bool
nego_context_keep_list(struct nego_context *c, struct view list)
{
    free(c->mech_list);
    c->mech_list = malloc(list.n);
    if (c->mech_list == NULL)
        return false;
    memcpy(c->mech_list, list.p, list.n);
    c->mech_list_n = list.n;
    return true;
}

/* ---- tokens -------------------------------------------------------------- */

NTSTATUS
nego_leg_open(struct nego_leg *leg)
{
    NTSTATUS st = sec_buffer_read(nego_support()->lsa, leg->input, SECBUFFER_TOKEN, &leg->token);

    return NT_SUCCESS(st) && leg->token.n > NEGO_MESSAGE_MAX ? SEC_E_INVALID_TOKEN : st;
}

static void
bytes_send(struct nego_context *c, uint8_t *token, size_t n)
{
    free(c->unsent.token);
    c->unsent = (struct nego_unsent){ .token = token, .n = n, .attributes = c->attributes };
}

void
nego_send_nothing(struct nego_context *c)
{
    bytes_send(c, NULL, 0);
}

void
nego_send_answer(struct nego_context *c, struct nego_answer *answer)
{
    bytes_send(c, answer->token, answer->n);
    *answer = (struct nego_answer){ 0 };
}

/* init or resp: the other is NULL. */
static NTSTATUS
token_send(struct nego_context *c, const struct spnego_init *init, const struct spnego_resp *resp)
{
    size_t room = (init != NULL ? init->token.n : resp->token.n) + SPNEGO_OVERHEAD;
    uint8_t *bytes = malloc(room);
    struct wr w = wr_init(bytes, room);

    if (bytes == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (init != NULL)
        spnego_init_build(&w, init);
    else
        spnego_resp_build(&w, resp);
    if (w.failed) {
        free(bytes);
        return SEC_E_INTERNAL_ERROR;
    }
    bytes_send(c, bytes, w.len);
    return STATUS_SUCCESS;
}

NTSTATUS
nego_send_init(struct nego_context *c, const struct spnego_init *init)
{
    return token_send(c, init, NULL);
}

NTSTATUS
nego_send_resp(struct nego_context *c, const struct spnego_resp *resp)
{
    return token_send(c, NULL, resp);
}

/* ---- the MIC ------------------------------------------------------------- */

NTSTATUS
nego_mic_make(struct nego_context *c, uint8_t room[NEGO_MIC_MAX], struct view *out)
{
    const struct opensspi_unmapped *u = nego_context_worker(c)->mech.package.unmapped;
    SecBuffer mic = { NEGO_MIC_MAX, SECBUFFER_TOKEN, room };
    NTSTATUS st = u != NULL && c->data.pvBuffer != NULL
                      ? u->sign(&c->data, c->mech_list, (ULONG)c->mech_list_n, &mic)
                      : SEC_E_UNSUPPORTED_FUNCTION;

    *out = view_of(NULL, 0);
    if (!NT_SUCCESS(st))
        return st;
    *out = view_of(room, mic.cbBuffer);
    c->mic_sent = true;
    return STATUS_SUCCESS;
}

NTSTATUS
nego_mic_check(struct nego_context *c, struct view mic)
{
    const struct opensspi_unmapped *u = nego_context_worker(c)->mech.package.unmapped;
    uint8_t room[NEGO_MIC_MAX];
    SecBuffer b = { (ULONG)mic.n, SECBUFFER_TOKEN, room };
    NTSTATUS st;

    if (c->mic_received || mic.n > sizeof(room))
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "mechListMIC twice, or too long");
    memcpy(room, mic.p, mic.n);
    st = u != NULL && c->data.pvBuffer != NULL
             ? u->verify(&c->data, c->mech_list, (ULONG)c->mech_list_n, &b)
             : SEC_E_UNSUPPORTED_FUNCTION;
    if (!NT_SUCCESS(st))
        return nego_refuse(c, SEC_E_MESSAGE_ALTERED, "mechListMIC does not fit the list");
    c->mic_received = true;
    return STATUS_SUCCESS;
}

/* ---- the end ------------------------------------------------------------- */

/* Hands the package's context over to the application (D17). */
static NTSTATUS
context_finish(struct nego_context *c, const struct nego_leg *leg)
{
    const struct nego_mech *m = &nego_context_worker(c)->mech;

    *leg->expiry = c->expiry;
    if (c->mapped) {
        NTSTATUS st = nego_support()->packages->hand_over(m->package.id, c->inner);

        if (!NT_SUCCESS(st))
            return st;
        *leg->mapped = TRUE;
        *leg->context_data = c->data;       /* the authority wipes and frees it */
        c->data = (SecBuffer){ 0 };
    }
    free(c->partial);                       /* for as long as the context lives, it would stay */
    c->partial = NULL;
    atomic_store(&c->state, NEGO_STATE_COMPLETE);
    nego_log(6, "negotiated",
             (const char *const[]){ "package", m->name.text, "role",
                                    c->kind == NEGO_HANDLE_ACCEPTOR ? "acceptor" : "initiator",
                                    "mic", c->mic_received ? "checked" : "none", NULL });
    return STATUS_SUCCESS;
}

NTSTATUS
nego_refuse(const struct nego_context *c, NTSTATUS st, const char *reason)
{
    const struct nego_choice *worker = nego_context_worker(c);

    nego_log(5, "negotiation_refused",
             (const char *const[]){
                 "package", worker != NULL ? worker->mech.name.text : "none",
                 "role", c->kind == NEGO_HANDLE_ACCEPTOR ? "acceptor" : "initiator", "address",
                 nego_peer_text().text, "reason", reason, "status", nego_status_text(st).text,
                 NULL });
    nego_count("refused");
    return st;
}

/* ---- the state machine --------------------------------------------------- */

NEGO_STEP(nego_refuse_order)
{
    (void)leg;
    return nego_refuse(c, SEC_E_INVALID_TOKEN, "a token out of place");
}

NEGO_STEP(nego_refuse_bytes)
{
    (void)leg;
    return nego_refuse(c, SEC_E_INVALID_TOKEN, "no token that is known");
}

NEGO_STEP(nego_raw_step)
{
    struct nego_answer answer;
    NTSTATUS st = nego_inner_call(c, leg, leg->token, &answer);

    if (NT_SUCCESS(st) || answer.n > 0)
        nego_send_answer(c, &answer);
    if (!NT_SUCCESS(st) || c->through)
        return NT_SUCCESS(st) ? STATUS_SUCCESS : st;
    atomic_store(&c->state, NEGO_STATE_RAW);
    return st;
}

/* What was made is out: on to what comes then. */
static NTSTATUS
leg_conclude(struct nego_context *c, const struct nego_leg *leg, NTSTATUS st)
{
    NTSTATUS sent = nego_unsent_put(c, leg);

    if (!NT_SUCCESS(st))
        return st;
    if (sent == SEC_E_BUFFER_TOO_SMALL || sent == SEC_I_MESSAGE_FRAGMENT) {
        c->unsent.state = atomic_load(&c->state);
        c->unsent.status = st;
        atomic_store(&c->state, NEGO_STATE_UNSENT);
        return sent;
    }
    if (!NT_SUCCESS(sent))
        return sent;
    return st == STATUS_SUCCESS ? context_finish(c, leg) : st;
}

/* The caller comes with more room, or for the next fragment: its input is not looked at. */
static NTSTATUS
leg_resume(struct nego_context *c, const struct nego_leg *leg)
{
    NTSTATUS st = c->unsent.status;

    atomic_store(&c->state, c->unsent.state);
    return leg_conclude(c, leg, st);
}

/* A step that leads where its table does not say is a defect, and the end. */
static NTSTATUS
cell_run(const struct nego_cell *cell, struct nego_context *c, const struct nego_leg *leg)
{
    enum nego_state next;
    NTSTATUS st;

    if (cell->step == NULL)
        return spnego_kind_of(leg->token) == SPNEGO_KIND_OTHER ? nego_refuse_bytes(c, leg)
                                                               : nego_refuse_order(c, leg);
    st = cell->step(c, leg);
    next = st == STATUS_SUCCESS ? NEGO_STATE_COMPLETE : atomic_load(&c->state);
    return NT_SUCCESS(st) && (cell->leads & NEGO_TO(next)) == 0
               ? nego_refuse(c, SEC_E_INTERNAL_ERROR, "a step that leads astray")
               : st;
}

static NTSTATUS
leg_take(const struct nego_engine *e, struct nego_context *c, const struct nego_leg *leg,
         enum nego_state before)
{
    struct nego_leg whole = *leg;
    NTSTATUS st = nego_fragment_take(c, &whole);

    c->unsent.attributes = 0;
    if (st == SEC_I_CONTINUE_NEEDED)
        atomic_store(&c->state, before);
    else if (NT_SUCCESS(st))
        st = cell_run(&e->cells[before][spnego_kind_of(whole.token)], c, &whole);
    return leg_conclude(c, leg, st);
}

bool
nego_status_is_too_small(NTSTATUS st)
{
    return st == SEC_E_BUFFER_TOO_SMALL || st == STATUS_BUFFER_TOO_SMALL;
}

static NTSTATUS
leg_step(const struct nego_engine *e, struct nego_context *c, const struct nego_leg *leg)
{
    enum nego_state before;
    NTSTATUS st = STATUS_SUCCESS;

    /* Before any token is used up: this buffer is the application's to enlarge. */
    if (c->kind == NEGO_HANDLE_ACCEPTOR)
        st = channel_bindings_check_room(leg->output,
                                         (leg->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0);
    if (!NT_SUCCESS(st))
        return st;
    before = atomic_exchange(&c->state, NEGO_STATE_BUSY);
    if (before >= NEGO_STATE_OPEN) {
        if (before != NEGO_STATE_BUSY)
            atomic_store(&c->state, before);
        return SEC_E_OUT_OF_SEQUENCE;
    }
    st = before == NEGO_STATE_UNSENT ? leg_resume(c, leg) : leg_take(e, c, leg, before);
    if (NT_SUCCESS(st) || atomic_load(&c->state) == NEGO_STATE_UNSENT)
        return st;
    atomic_store(&c->state, NEGO_STATE_FAILED);
    /* A package's own: no room of the application's would help. */
    return nego_status_is_too_small(st)
               ? nego_refuse(c, SEC_E_INTERNAL_ERROR, "the package finds no room")
               : st;
}

/*
 * What does not fit is kept in the context for the repeat; here there is none yet, and Kerberos
 * takes no token twice. So the room for its answer is asked for before.
 */
static NTSTATUS
leg_check_first(const struct nego_context *c, const struct nego_leg *leg)
{
    if (c->kind != NEGO_HANDLE_ACCEPTOR || (leg->requirements & ASC_REQ_FRAGMENT_TO_FIT) != 0)
        return STATUS_SUCCESS;
    return sec_buffer_check_room(leg->output, SECBUFFER_TOKEN, FIRST_ROOM,
                                 (leg->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0);
}

NTSTATUS
nego_leg_first(const struct nego_engine *e, struct nego_context *c, const struct nego_leg *leg,
               PLSA_SEC_HANDLE out)
{
    NTSTATUS st = leg_check_first(c, leg);

    if (NT_SUCCESS(st))
        st = leg_step(e, c, leg);
    if (NT_SUCCESS(st)) {
        *out = (LSA_SEC_HANDLE)handle_add(nego_support()->objects, c->kind, NEGO_HANDLE_OWNER, c,
                                          nego_context_free);
        if (*out != 0)
            return st;
        st = SEC_E_INSUFFICIENT_MEMORY;
    }
    nego_context_free(c);
    return st;
}

NTSTATUS
nego_leg_next(const struct nego_engine *e, enum nego_handle kind, LSA_SEC_HANDLE handle,
              const struct nego_leg *leg, PLSA_SEC_HANDLE out)
{
    struct nego_context *c = handle_get(nego_support()->objects, handle, kind, NEGO_HANDLE_OWNER);
    NTSTATUS st;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    st = leg_step(e, c, leg);
    handle_put(nego_support()->objects, handle);
    *out = handle;
    return st;
}
