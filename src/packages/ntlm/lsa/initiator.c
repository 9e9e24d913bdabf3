/*
 * The initiator (MS-NLMP 3.1.5): NEGOTIATE out; CHALLENGE in, AUTHENTICATE
 * out (response.c). Behind InitializeSecurityContext, by SpInitLsaModeContext.
 *
 * Only with explicit credentials. Which message is right when is a table,
 * initiate_table.
 *
 * Runs in the authority. The authority calls one leg of a context at a time;
 * should it not, the state BUSY turns the second away.
 */
#include "packages/ntlm/lsa/initiator.h"

#include "packages/ntlm/lsa/flags.h"
#include "packages/ntlm/lsa/response.h"

#include <stdlib.h>

/* Windows 10, 1809; see acceptor.c. */
static const uint8_t version[NTLM_VERSION_SIZE] = {
    10, 0, 0x63, 0x45, 0, 0, 0, NTLMSSP_REVISION_W2K3,
};

static void
initiator_free(void *object)
{
    struct ntlm_initiator *i = object;

    ntlm_credential_put(i->credential);
    free(i);
}

void
ntlm_initiator_negotiate_build(struct wr *w, const struct ntlm_initiator *i)
{
    struct ntlm_negotiate m = { .flags = i->offered };

    memcpy(m.version, version, sizeof(version));
    ntlm_negotiate_build(w, &m);
}

static NTSTATUS
send_negotiate(struct ntlm_initiator *i, const struct ntlm_leg *leg)
{
    uint8_t room[NTLM_NEGOTIATE_SIZE];
    struct wr w = wr_init(room, sizeof(room));
    NTSTATUS st = channel_bindings_read(ntlm_support()->lsa, leg->input, &i->bindings);

    if (!NT_SUCCESS(st))
        return st;
    i->offered = ntlm_flags_offer(i->requirements);
    ntlm_initiator_negotiate_build(&w, i);
    st = ntlm_leg_send(leg, wr_written(&w), ISC_RET_CONNECTION);
    return NT_SUCCESS(st) ? SEC_I_CONTINUE_NEEDED : st;
}

static NTSTATUS
answer_challenge(struct ntlm_initiator *i, const struct ntlm_leg *leg)
{
    NTSTATUS st = channel_bindings_read(ntlm_support()->lsa, leg->input, &i->bindings);

    if (NT_SUCCESS(st))
        st = channel_bindings_offer(ntlm_support()->settings, NTLM_SETTINGS_SECTION,
                                    &i->bindings);
    return NT_SUCCESS(st) ? ntlm_response_answer(i, leg) : st;
}

static NTSTATUS
refuse_order(struct ntlm_initiator *i, const struct ntlm_leg *leg)
{
    (void)i;
    (void)leg;
    return SEC_E_OUT_OF_SEQUENCE;
}

static NTSTATUS
refuse_bytes(struct ntlm_initiator *i, const struct ntlm_leg *leg)
{
    (void)i;
    (void)leg;
    return SEC_E_INVALID_TOKEN;
}

/* Columns: nothing, NEGOTIATE, CHALLENGE, AUTHENTICATE, no NTLM message. */
static NTSTATUS (*const initiate_table[NTLM_STATES][NTLM_INPUTS])(struct ntlm_initiator *,
                                                                  const struct ntlm_leg *) = {
    [NTLM_STATE_START] =
        { send_negotiate, refuse_order, refuse_order, refuse_order, refuse_bytes },
    [NTLM_STATE_WAITING] =
        { refuse_bytes, refuse_order, answer_challenge, refuse_order, refuse_bytes },
    [NTLM_STATE_COMPLETE] =
        { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order },
    [NTLM_STATE_FAILED] =
        { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order },
    [NTLM_STATE_BUSY] =
        { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order },
};

static NTSTATUS
initiator_step(struct ntlm_initiator *i, const struct ntlm_leg *leg)
{
    enum ntlm_state before = atomic_exchange(&i->state, NTLM_STATE_BUSY);
    NTSTATUS st = initiate_table[before][ntlm_leg_input(leg)](i, leg);

    if (before != NTLM_STATE_BUSY)
        atomic_store(&i->state, ntlm_state_after(before, st));
    return st;
}

/* Takes the credential's reference over, also when it fails. */
static NTSTATUS
initiator_new(struct ntlm_credential *c, struct view target, uint32_t requirements,
              struct ntlm_initiator **out)
{
    bool usable = target.n <= NTLM_TARGET_BYTES_MAX && target.n % 2 == 0;
    struct ntlm_initiator *i = usable ? calloc(1, sizeof(*i) + target.n) : NULL;

    if (i == NULL) {
        ntlm_credential_put(c);
        return usable ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_TARGET_UNKNOWN;
    }
    i->credential = c;
    i->requirements = requirements;
    i->target_n = (uint16_t)target.n;
    if (target.n > 0)
        memcpy(i->target, target.p, target.n);
    *out = i;
    return STATUS_SUCCESS;
}

/* CHOICE: anonymous logons (ISC_REQ_NULL_SESSION) are not built yet, in either direction. */
static NTSTATUS
initiator_check(const struct ntlm_leg *leg)
{
    NTSTATUS st = ntlm_flags_check(REQUIREMENT_INITIATE, leg->requirements);

    if (NT_SUCCESS(st) && (leg->requirements & ISC_REQ_NULL_SESSION))
        st = SEC_E_UNSUPPORTED_FUNCTION;
    return NT_SUCCESS(st) ? ntlm_formats_check() : st;
}

static NTSTATUS
initiator_begin(LSA_SEC_HANDLE credential, struct view target, const struct ntlm_leg *leg,
                PLSA_SEC_HANDLE out)
{
    struct ntlm_credential *c = ntlm_credential_get(credential, SECPKG_CRED_OUTBOUND);
    struct ntlm_initiator *i;
    NTSTATUS st;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    st = c->has_identity ? initiator_check(leg) : SEC_E_NO_CREDENTIALS;
    if (!NT_SUCCESS(st)) {
        ntlm_credential_put(c);
        return st;
    }
    st = initiator_new(c, target, leg->requirements, &i);
    if (!NT_SUCCESS(st))
        return st;
    st = initiator_step(i, leg);
    if (NT_SUCCESS(st)) {
        *out = (LSA_SEC_HANDLE)handle_add(ntlm_support()->objects, NTLM_HANDLE_INITIATOR,
                                          NTLM_HANDLE_OWNER, i, initiator_free);
        if (*out != 0)
            return st;
        st = SEC_E_INSUFFICIENT_MEMORY;
    }
    initiator_free(i);
    return st;
}

NTSTATUS NTAPI
ntlm_initiator_initialize(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                          PUNICODE_STRING target, ULONG requirements, ULONG data_rep,
                          PSecBufferDesc input, PLSA_SEC_HANDLE new_context,
                          PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                          PBOOLEAN mapped, PSecBuffer context_data)
{
    struct handle_table *objects = ntlm_support()->objects;
    struct ntlm_leg leg = {
        .input = input, .output = output, .requirements = requirements,
        .attributes = attributes, .expiry = expiry, .mapped = mapped,
        .context_data = context_data,
    };
    struct ntlm_initiator *i;
    NTSTATUS st = ntlm_leg_open(&leg);

    /* NTLM's byte order is fixed: whatever is asked for, it is little-endian. */
    (void)data_rep;
    if (!NT_SUCCESS(st))
        return st;
    if (context == 0)
        return initiator_begin(credential, ntlm_string_view(target), &leg, new_context);
    i = handle_get(objects, context, NTLM_HANDLE_INITIATOR, NTLM_HANDLE_OWNER);
    if (i == NULL)
        return SEC_E_INVALID_HANDLE;
    st = initiator_step(i, &leg);
    handle_put(objects, context);
    *new_context = context;
    return st;
}
