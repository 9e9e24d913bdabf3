/*
 * One call of the package that was chosen: the application's buffers with our tokens among them,
 * its requirements, and what comes back. SpInitLsaModeContext's and SpAcceptLsaModeContext's
 * pages say what a package may do with them.
 *
 * Runs in the authority. Trusts the authority, and packages for what they answer; but one that
 * leaves our room as it was sends nothing of it, nor does one whose block is shorter than it says.
 * The token is a stranger's.
 */
#include "packages/negotiate/lsa/flags.h"
#include "packages/negotiate/lsa/negoex.h"

#include "packages/common/sec_buffer.h"

#include <stdlib.h>

static bool
status_is_through(NTSTATUS st)
{
    return st == STATUS_SUCCESS || st == SEC_I_LOCAL_LOGON;
}

/* A leg's buffers, with our tokens instead of the application's. */
struct inner_leg {
    struct nego_context *c;
    const struct nego_leg *leg;
    SecBuffer *in, *out;            /* SEC_BUFFERS_MAX each */
    SecBufferDesc input, output;
    void *at[SEC_BUFFERS_MAX];      /* where output's buffers were before the call */
    SecBuffer *answer;              /* the TOKEN of output; NULL: the package was not called */
    uint8_t *room;                  /* its bytes, where the package does not allocate them */
    ULONG room_n;
    LSA_SEC_HANDLE handle;
    ULONG attributes;
};

static NTSTATUS
inner_step(void *argument)
{
    struct inner_leg *i = argument;
    struct nego_context *c = i->c;
    const struct nego_leg *leg = i->leg;
    const struct nego_choice *worker = nego_context_worker(c);
    const SECPKG_FUNCTION_TABLE *t = worker->mech.package.table;
    bool accepts = c->kind == NEGO_HANDLE_ACCEPTOR;
    ULONG requirements = nego_flags_pass(accepts ? REQUIREMENT_ACCEPT : REQUIREMENT_INITIATE,
                                         leg->requirements);

    if (accepts)
        return t->AcceptLsaModeContext(worker->handle, c->inner, &i->input, requirements,
                                       leg->data_rep, &i->handle, &i->output, &i->attributes,
                                       &c->expiry, &c->mapped, &c->data);
    return t->InitLsaModeContext(worker->handle, c->inner, leg->target, requirements,
                                 leg->data_rep, &i->input, &i->handle, &i->output,
                                 &i->attributes, &c->expiry, &c->mapped, &c->data);
}

/* The application's buffers but its token, and one token behind them. */
static SecBufferDesc
desc_make(const SecBufferDesc *from, SecBuffer to[SEC_BUFFERS_MAX], SecBuffer token)
{
    SecBufferDesc d = { SECBUFFER_VERSION, 0, to };

    for (ULONG i = 0; from != NULL && i < from->cBuffers && d.cBuffers < SEC_BUFFERS_MAX - 1; i++) {
        if ((from->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_TOKEN)
            to[d.cBuffers++] = from->pBuffers[i];
    }
    to[d.cBuffers++] = token;
    return d;
}

/* What the package wrote to other buffers than the token is the application's. */
static void
desc_give(const SecBufferDesc *from, SecBufferDesc *to)
{
    ULONG n = 0;

    for (ULONG i = 0; to != NULL && i < to->cBuffers && n + 1 < from->cBuffers; i++) {
        if ((to->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_TOKEN)
            to->pBuffers[i] = from->pBuffers[n++];
    }
}

/*
 * One call of the package, with room for a token of that size unless it allocates. It gets one
 * octet more, so that whatever it may write changes the size.
 */
static NTSTATUS
inner_run(struct inner_leg *i, struct view token, ULONG room)
{
    SecBuffer given = { (ULONG)token.n, SECBUFFER_TOKEN, (void *)(uintptr_t)token.p };
    SecBuffer wanted = { 0, SECBUFFER_TOKEN, NULL };

    free(i->room);
    i->room = NULL;
    i->answer = NULL;
    i->handle = i->c->inner;
    i->attributes = 0;
    if ((i->leg->requirements & ISC_REQ_ALLOCATE_MEMORY) == 0) {
        i->room = malloc(room + 1);
        if (i->room == NULL)
            return SEC_E_INSUFFICIENT_MEMORY;
        wanted = (SecBuffer){ room + 1, SECBUFFER_TOKEN, i->room };
    }
    i->room_n = wanted.cbBuffer;
    i->input = desc_make(i->leg->input, i->in, given);
    i->output = desc_make(i->leg->output, i->out, wanted);
    i->answer = &i->out[i->output.cBuffers - 1];
    for (ULONG n = 0; n < i->output.cBuffers; n++)
        i->at[n] = i->out[n].pvBuffer;
    i->c->mapped = FALSE;
    return nego_choice_run(nego_context_worker(i->c), inner_step, i);
}

/* Of a call that is made again, nobody sees what the package allocated. */
static void
inner_drop_blocks(const struct inner_leg *i)
{
    for (ULONG n = 0; n < i->output.cBuffers; n++) {
        if (i->out[n].pvBuffer != i->at[n])
            nego_support()->lsa->FreeLsaHeap(i->out[n].pvBuffer);
    }
}

/* The room is ours, so it is we who make the call again with more: SEC_E_BUFFER_TOO_SMALL. */
static NTSTATUS
inner_run_in_room(struct inner_leg *i, struct view token)
{
    ULONG room = nego_context_worker(i->c)->mech.package.info->cbMaxToken;
    NTSTATUS st = inner_run(i, token, room);

    if (nego_status_is_too_small(st) && i->room != NULL && room < NEGO_MESSAGE_MAX) {
        inner_drop_blocks(i);
        nego_context_wipe_data(i->c);
        st = inner_run(i, token, NEGO_MESSAGE_MAX);
    }
    return st;
}

static bool
block_fits(SecBuffer *b)
{
    if (b->pvBuffer == NULL || nego_support()->packages->fits(b->pvBuffer, b->cbBuffer))
        return true;
    b->cbBuffer = 0;
    return false;
}

/*
 * Before any of it is read or wiped. The authority looks at what it is given itself; the token
 * that goes into one of ours, and a ContextData that goes nowhere, it does not see.
 */
static NTSTATUS
inner_check_blocks(struct inner_leg *i, NTSTATUS st)
{
    bool token = i->answer->pvBuffer == i->room || block_fits(i->answer);
    bool data = block_fits(&i->c->data);

    if (token && data)
        return st;
    nego_log(3, "contract_breach",
             (const char *const[]){ "package", nego_context_worker(i->c)->mech.name.text, "rule",
                                    "cbBuffer is at most what its block has", NULL });
    return SEC_E_INTERNAL_ERROR;
}

/*
 * What the package wrote into our room is taken with it, what it allocated is copied. A room that
 * still has its whole size was not written: nothing was cleared there before.
 */
static NTSTATUS
inner_take_token(struct inner_leg *i, NTSTATUS st, struct nego_answer *out)
{
    const SecBuffer *b = i->answer;
    uint32_t error = i->c->kind == NEGO_HANDLE_ACCEPTOR ? ASC_RET_EXTENDED_ERROR
                                                        : ISC_RET_EXTENDED_ERROR;
    bool told = (NT_SUCCESS(st) || (i->attributes & error) != 0) && b->pvBuffer != NULL &&
                b->cbBuffer > 0;

    if (b->pvBuffer == i->room) {
        if (told && b->cbBuffer < i->room_n) {
            *out = (struct nego_answer){ i->room, b->cbBuffer };
            i->room = NULL;
        }
    } else {
        if (told)
            out->token = malloc(b->cbBuffer);
        if (out->token != NULL)
            memcpy(out->token, b->pvBuffer, out->n = b->cbBuffer);
        else if (told)
            st = SEC_E_INSUFFICIENT_MEMORY;
        nego_support()->lsa->FreeLsaHeap(b->pvBuffer);
    }
    free(i->room);
    return st;
}

NTSTATUS
nego_package_call(struct nego_context *c, const struct nego_leg *leg, struct view token,
                  struct nego_answer *out)
{
    SecBuffer input[SEC_BUFFERS_MAX], output[SEC_BUFFERS_MAX];
    struct inner_leg i = { .c = c, .leg = leg, .in = input, .out = output };
    NTSTATUS st;

    *out = (struct nego_answer){ 0 };
    st = inner_run_in_room(&i, token);
    if (i.answer == NULL)
        return st;
    /* With an error on its first leg the package has deleted its context itself. */
    if (NT_SUCCESS(st) && i.handle != 0)
        c->inner = i.handle;
    st = inner_check_blocks(&i, st);
    desc_give(&i.output, leg->output);
    c->last_status = st;
    c->attributes = i.attributes;
    c->through = status_is_through(st);
    if (!c->through)
        nego_context_wipe_data(c);
    return inner_take_token(&i, st, out);
}

NTSTATUS
nego_inner_call(struct nego_context *c, const struct nego_leg *leg, struct view token,
                struct nego_answer *out)
{
    return (c->choice->is_negoex ? negoex_call : nego_package_call)(c, leg, token, out);
}
