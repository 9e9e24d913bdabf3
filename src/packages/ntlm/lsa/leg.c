/*
 * One leg of a handshake, apart from its protocol: buffers in and out, the
 * rules of state, and the bytes for the user half (D13, D16).
 *
 * Runs in the authority. Trusts the authority for locations; buffers' types,
 * lengths and contents are the application's.
 */
#include "packages/ntlm/lsa/leg.h"

#include "base/secret.h"
#include "packages/common/sec_buffer.h"

#include <stdio.h>

#define NUMBER_TEXT_MAX 16

NTSTATUS
ntlm_leg_open(struct ntlm_leg *leg)
{
    NTSTATUS st = sec_buffer_read(ntlm_support()->lsa, leg->input, SECBUFFER_TOKEN, &leg->token);

    if (NT_SUCCESS(st) && leg->token.n > NTLM_MESSAGE_MAX)
        st = SEC_E_INVALID_TOKEN;
    return st;
}

static enum ntlm_input
leg_input(const struct ntlm_leg *leg)
{
    if (leg->token.n == 0)
        return NTLM_INPUT_NOTHING;
    switch (ntlm_message_type(leg->token)) {
    case NTLM_NEGOTIATE_MESSAGE:
        return NTLM_INPUT_NEGOTIATE;
    case NTLM_CHALLENGE_MESSAGE:
        return NTLM_INPUT_CHALLENGE;
    case NTLM_AUTHENTICATE_MESSAGE:
        return NTLM_INPUT_AUTHENTICATE;
    default:
        return NTLM_INPUT_OTHER;
    }
}

NTSTATUS
ntlm_leg_send(const struct ntlm_leg *leg, struct view message, uint32_t attributes)
{
    bool allocated;
    NTSTATUS st = sec_buffer_put_token(ntlm_support()->lsa, leg->output, message,
                                       (leg->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0,
                                       &allocated);

    if (NT_SUCCESS(st))
        *leg->attributes = attributes | (allocated ? ISC_RET_ALLOCATED_MEMORY : 0);
    return st;
}

/* The highest format that both sides have; a user half that does not say has the lowest. */
static uint32_t
format_common(void)
{
    const struct opensspi_host_call *call = ntlm_support()->call;
    uint32_t low, high;

    if (call == NULL || !NT_SUCCESS(call->context_formats(&low, &high)) || high == 0)
        return NTLM_CONTEXT_FORMAT_LOWEST;
    return high < NTLM_CONTEXT_FORMAT_HIGHEST ? high : NTLM_CONTEXT_FORMAT_HIGHEST;
}

NTSTATUS
ntlm_leg_finish(const struct ntlm_leg *leg, struct ntlm_context_data *data)
{
    void *block;
    size_t size;
    struct wr w;

    data->format = format_common();
    size = ntlm_context_data_size(data);
    block = ntlm_support()->lsa->AllocateLsaHeap((ULONG)size);
    if (block == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    w = wr_init(block, size);
    ntlm_context_data_build(&w, data);
    if (wr_end(&w, SEC_E_INTERNAL_ERROR) < 0) {
        secret_wipe(block, size);
        ntlm_support()->lsa->FreeLsaHeap(block);
        return SEC_E_INTERNAL_ERROR;
    }
    /* The authority wipes and frees it, whatever comes of it. */
    leg->context_data->pvBuffer = block;
    leg->context_data->cbBuffer = (ULONG)size;
    leg->context_data->BufferType = SECBUFFER_TOKEN;
    leg->expiry->QuadPart = data->expiry;
    *leg->mapped = TRUE;
    return STATUS_SUCCESS;
}

/* ---- the state machine -------------------------------------------------- */

NTLM_STEP(ntlm_refuse_order)
{
    (void)context;
    (void)leg;
    return SEC_E_OUT_OF_SEQUENCE;
}

NTLM_STEP(ntlm_refuse_bytes)
{
    (void)context;
    (void)leg;
    return SEC_E_INVALID_TOKEN;
}

static enum ntlm_state
state_after(enum ntlm_state before, NTSTATUS st)
{
    /* Too little room is the caller's to mend: the same call may be made again. */
    if (st == SEC_E_BUFFER_TOO_SMALL || before == NTLM_STATE_COMPLETE)
        return before;
    if (st == STATUS_SUCCESS)
        return NTLM_STATE_COMPLETE;
    return st == SEC_I_CONTINUE_NEEDED ? NTLM_STATE_WAITING : NTLM_STATE_FAILED;
}

static NTSTATUS
leg_step(const struct ntlm_engine *e, struct ntlm_context *context, const struct ntlm_leg *leg)
{
    enum ntlm_state before = atomic_exchange(&context->state, NTLM_STATE_BUSY);
    NTSTATUS st = before < NTLM_STATE_OPEN ? e->steps[before][leg_input(leg)](context, leg)
                                           : SEC_E_OUT_OF_SEQUENCE;

    if (before != NTLM_STATE_BUSY)
        atomic_store(&context->state, state_after(before, st));
    return st;
}

/* The context exists for the authority only if the leg did not fail. */
NTSTATUS
ntlm_leg_first(const struct ntlm_engine *e, struct ntlm_context *context,
               const struct ntlm_leg *leg, PLSA_SEC_HANDLE out)
{
    NTSTATUS st = leg_step(e, context, leg);

    if (NT_SUCCESS(st)) {
        *out = (LSA_SEC_HANDLE)handle_add(ntlm_support()->objects, e->handle, NTLM_HANDLE_OWNER,
                                          context, e->free);
        if (*out != 0)
            return st;
        st = SEC_E_INSUFFICIENT_MEMORY;
    }
    e->free(context);
    return st;
}

NTSTATUS
ntlm_leg_next(const struct ntlm_engine *e, LSA_SEC_HANDLE handle, const struct ntlm_leg *leg,
              PLSA_SEC_HANDLE out)
{
    struct handle_table *objects = ntlm_support()->objects;
    struct ntlm_context *context = handle_get(objects, handle, e->handle, NTLM_HANDLE_OWNER);
    NTSTATUS st;

    if (context == NULL)
        return SEC_E_INVALID_HANDLE;
    st = leg_step(e, context, leg);
    handle_put(objects, handle);
    *out = handle;
    return st;
}

/* ---- formats ------------------------------------------------------------ */

NTSTATUS
ntlm_formats_check(void)
{
    const struct opensspi_host_call *call = ntlm_support()->call;
    char lowest[NUMBER_TEXT_MAX], highest[NUMBER_TEXT_MAX], ours[NUMBER_TEXT_MAX];
    uint32_t low = 0, high = 0;

    /* A user half that does not say is as old as format 1. */
    if (call == NULL || !NT_SUCCESS(call->context_formats(&low, &high)) ||
        (low == 0 && high == 0))
        return STATUS_SUCCESS;
    if (low <= NTLM_CONTEXT_FORMAT_HIGHEST && high >= NTLM_CONTEXT_FORMAT_LOWEST)
        return STATUS_SUCCESS;
    (void)snprintf(lowest, sizeof(lowest), "%u", low);
    (void)snprintf(highest, sizeof(highest), "%u", high);
    (void)snprintf(ours, sizeof(ours), "%u-%u", NTLM_CONTEXT_FORMAT_LOWEST,
                   NTLM_CONTEXT_FORMAT_HIGHEST);
    ntlm_log(3, "context_format",
             (const char *const[]){ "reason", "no_common_format", "authority", ours,
                                    "application_lowest", lowest, "application_highest", highest,
                                    "hint", "update the older of application and authority",
                                    NULL });
    return SEC_E_UNSUPPORTED_FUNCTION;
}
