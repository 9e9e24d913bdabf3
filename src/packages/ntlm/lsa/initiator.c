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

#include "base/secret.h"
#include "packages/common/sec_buffer.h"
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
    secret_free(i->session_key);
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
    NTSTATUS st;

    ntlm_initiator_negotiate_build(&w, i);
    st = ntlm_leg_send(leg, wr_written(&w), ntlm_flags_kind(i->offered));
    return NT_SUCCESS(st) ? SEC_I_CONTINUE_NEEDED : st;
}

/*
 * Connectionless (MS-NLMP 1.3.1.3): nothing is sent before the server's challenge, yet the
 * application may protect messages from now on. So the key is chosen here, and goes to the
 * server sealed when it has been heard; it must agree to all that the keys are made of.
 */
static NTSTATUS
begin_datagram(struct ntlm_initiator *i, const struct ntlm_leg *leg)
{
    NTSTATUS st;

    i->session_key = secret_new(NTLM_KEY_SIZE);
    if (i->session_key == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    ntlm_support()->random->fill(i->session_key, NTLM_KEY_SIZE);
    sec_buffer_put_nothing(leg->output, SECBUFFER_TOKEN);
    *leg->attributes = ntlm_flags_attributes(REQUIREMENT_INITIATE, i->requirements, i->offered);
    st = ntlm_response_map(i, leg, i->offered, i->session_key, view_of(NULL, 0));
    return NT_SUCCESS(st) ? SEC_I_CONTINUE_NEEDED : st;
}

static NTLM_STEP(initiate_start)
{
    struct ntlm_initiator *i = (struct ntlm_initiator *)context;
    NTSTATUS st = ntlm_response_check_use(i);

    if (NT_SUCCESS(st))
        st = channel_bindings_read(ntlm_support()->lsa, leg->input, &i->bindings);
    if (!NT_SUCCESS(st))
        return st;
    i->offered = ntlm_response_offer(i, ntlm_flags_offer(i->requirements));
    return i->offered & NTLMSSP_NEGOTIATE_DATAGRAM ? begin_datagram(i, leg)
                                                   : send_negotiate(i, leg);
}

static NTLM_STEP(answer_challenge)
{
    struct ntlm_initiator *i = (struct ntlm_initiator *)context;
    NTSTATUS st = channel_bindings_read(ntlm_support()->lsa, leg->input, &i->bindings);

    if (NT_SUCCESS(st))
        st = channel_bindings_offer(ntlm_support()->settings, NTLM_SETTINGS_SECTION,
                                    &i->bindings);
    return NT_SUCCESS(st) ? ntlm_response_answer(i, leg) : st;
}

/* Columns: nothing, NEGOTIATE, CHALLENGE, AUTHENTICATE, no NTLM message. */
static const struct ntlm_engine engine = {
    .handle = NTLM_HANDLE_INITIATOR,
    .steps = {
        [NTLM_STATE_START] = { initiate_start, ntlm_refuse_order, ntlm_refuse_order,
                               ntlm_refuse_order, ntlm_refuse_bytes },
        [NTLM_STATE_WAITING] = { ntlm_refuse_bytes, ntlm_refuse_order, answer_challenge,
                                 ntlm_refuse_order, ntlm_refuse_bytes },
    },
    .free = initiator_free,
};

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
    i->policy = ntlm_policy_read();
    i->target_n = (uint16_t)target.n;
    if (target.n > 0)
        memcpy(i->target, target.p, target.n);
    *out = i;
    return STATUS_SUCCESS;
}

/* A null session needs nobody's credentials, so one without an identity will do. */
static NTSTATUS
initiator_check(const struct ntlm_credential *c, const struct ntlm_leg *leg)
{
    NTSTATUS st = ntlm_flags_check(REQUIREMENT_INITIATE, leg->requirements);

    if (NT_SUCCESS(st) && !c->has_identity && (leg->requirements & ISC_REQ_NULL_SESSION) == 0)
        st = SEC_E_NO_CREDENTIALS;
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
    st = initiator_check(c, leg);
    if (!NT_SUCCESS(st)) {
        ntlm_credential_put(c);
        return st;
    }
    st = initiator_new(c, target, leg->requirements, &i);
    return NT_SUCCESS(st) ? ntlm_leg_first(&engine, &i->context, leg, out) : st;
}

NTSTATUS NTAPI
ntlm_initiator_initialize(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                          PUNICODE_STRING target, ULONG requirements, ULONG data_rep,
                          PSecBufferDesc input, PLSA_SEC_HANDLE new_context,
                          PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                          PBOOLEAN mapped, PSecBuffer context_data)
{
    struct ntlm_leg leg = {
        .input = input, .output = output, .requirements = requirements,
        .attributes = attributes, .expiry = expiry, .mapped = mapped,
        .context_data = context_data,
    };
    NTSTATUS st = ntlm_leg_open(&leg);

    /* NTLM's byte order is fixed: whatever is asked for, it is little-endian. */
    (void)data_rep;
    if (!NT_SUCCESS(st))
        return st;
    return context == 0
               ? initiator_begin(credential, ntlm_string_view(target), &leg, new_context)
               : ntlm_leg_next(&engine, context, &leg, new_context);
}
