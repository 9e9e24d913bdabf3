/*
 * The acceptor (MS-NLMP 3.2.5): NEGOTIATE in, CHALLENGE out; AUTHENTICATE in,
 * a logon out (logon.c). Behind AcceptSecurityContext, by
 * SpAcceptLsaModeContext.
 *
 * Which message is right when is a table, accept_table. A context whose
 * challenge was answered once, rightly or not, takes nothing more: a
 * challenge that could be tried again would be an oracle for passwords.
 *
 * Runs in the authority. The authority calls one leg of a context at a time;
 * should it not, the state BUSY turns the second away.
 */
#include "packages/ntlm/lsa/acceptor.h"

#include "packages/common/sec_buffer.h"
#include "packages/ntlm/lsa/credential.h"
#include "packages/ntlm/lsa/flags.h"
#include "packages/ntlm/lsa/logon.h"
#include "packages/ntlm/lsa/text.h"

#include <stdlib.h>

/* Windows Server 2016, as peers expect something they know; it has no effect (2.2.2.10). */
static const uint8_t version[NTLM_VERSION_SIZE] = {
    10, 0, 0x39, 0x38, 0, 0, 0, NTLMSSP_REVISION_W2K3,
};

static void
acceptor_free(void *object)
{
    struct ntlm_acceptor *a = object;

    ntlm_issued_remove(&a->issued);
    free(a->messages);
    free(a);
}

/* ---- the first leg ------------------------------------------------------ */

/* In Windows's order: 2, 1, 4, 3, 5, 7, 0. What does not apply is left out, but 1 and 2 never. */
static void
target_info_build(struct wr *w, const struct opensspi_host_names *names, int64_t now)
{
    const struct {
        unsigned id;
        const UNICODE_STRING *name;
    } pairs[] = {
        { NTLM_AV_NB_DOMAIN_NAME, &names->netbios_domain },
        { NTLM_AV_NB_COMPUTER_NAME, &names->netbios_computer },
        { NTLM_AV_DNS_DOMAIN_NAME, &names->dns_domain },
        { NTLM_AV_DNS_COMPUTER_NAME, &names->dns_computer },
        { NTLM_AV_DNS_TREE_NAME, &names->dns_forest },
    };
    uint8_t bytes[8];
    struct wr time = wr_init(bytes, sizeof(bytes));

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i].name->Length > 0)
            ntlm_av_pair_build(w, pairs[i].id, ntlm_string_view(pairs[i].name));
    }
    wr_u64le(&time, (uint64_t)now);
    ntlm_av_pair_build(w, NTLM_AV_TIMESTAMP, wr_written(&time));
    ntlm_av_eol_build(w);
}

/* OEM clients get a name only if it is ASCII; the AV pairs are UTF-16 for them, too. */
static struct view
target_name(const struct opensspi_host_names *names, uint32_t flags, struct ntlm_name *room)
{
    const UNICODE_STRING *name =
        names->domain_joined ? &names->netbios_domain : &names->netbios_computer;

    if (!ntlm_name_to_wire(ntlm_string_view(name), flags, room))
        return view_of(NULL, 0);
    return ntlm_name_view(room);
}

static void
challenge_make(const struct ntlm_acceptor *a, struct wr *w)
{
    const struct opensspi_host_names *names = ntlm_support()->machine->names();
    uint8_t info[NTLM_TOKEN_MAX];
    struct wr pairs = wr_init(info, sizeof(info));
    struct ntlm_challenge m = { .flags = a->granted };
    struct ntlm_name room;

    target_info_build(&pairs, names, ntlm_support()->clock->now());
    m.target_name = target_name(names, a->granted, &room);
    m.target_info = wr_written(&pairs);
    memcpy(m.server_challenge, a->issued.challenge, sizeof(m.server_challenge));
    memcpy(m.version, version, sizeof(version));
    ntlm_challenge_build(w, &m);
    if (pairs.failed)
        w->failed = true;
}

/* Both messages are kept as they are on the wire: the MIC is over those very bytes. */
static NTSTATUS
messages_keep(struct ntlm_acceptor *a, struct view negotiate, struct view challenge)
{
    struct wr w;

    a->messages = malloc(negotiate.n + challenge.n);
    if (a->messages == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    w = wr_init(a->messages, negotiate.n + challenge.n);
    wr_view(&w, negotiate);
    wr_view(&w, challenge);
    a->negotiate_n = (uint16_t)negotiate.n;
    a->challenge_n = (uint16_t)challenge.n;
    return STATUS_SUCCESS;
}

static void
negotiate_refused(const char *reason)
{
    ntlm_log(5, "logon_refused",
             (const char *const[]){ "package", "NTLM", "message", "NEGOTIATE", "reason", reason,
                                    NULL });
}

static NTSTATUS
accept_negotiate(struct ntlm_acceptor *a, const struct ntlm_leg *leg)
{
    uint8_t room[NTLM_TOKEN_MAX];
    struct wr w = wr_init(room, sizeof(room));
    struct ntlm_negotiate m;
    const char *reason = NULL;
    NTSTATUS st;

    if (leg->token.n > NTLM_NEGOTIATE_MAX)
        return SEC_E_INVALID_TOKEN;
    st = ntlm_negotiate_parse(leg->token, &m);
    if (!NT_SUCCESS(st))
        return st;
    st = ntlm_flags_grant(m.flags, ntlm_setting_is_on("require_128bit", true),
                          ntlm_support()->machine->names()->domain_joined != FALSE, &a->granted,
                          &reason);
    if (!NT_SUCCESS(st)) {
        negotiate_refused(reason);
        return st;
    }
    ntlm_support()->random->fill(a->issued.challenge, sizeof(a->issued.challenge));
    challenge_make(a, &w);
    st = wr_end(&w, SEC_E_INTERNAL_ERROR);
    if (NT_SUCCESS(st))
        st = messages_keep(a, leg->token, wr_written(&w));
    if (NT_SUCCESS(st))
        st = channel_bindings_read(ntlm_support()->lsa, leg->input, &a->bindings);
    if (NT_SUCCESS(st))
        st = ntlm_leg_send(leg, wr_written(&w), ASC_RET_CONNECTION);
    if (!NT_SUCCESS(st))
        return st;
    channel_bindings_put_none(leg->output);
    ntlm_issued_add(&a->issued);
    return SEC_I_CONTINUE_NEEDED;
}

/* ---- the second leg ----------------------------------------------------- */

static NTSTATUS
accept_authenticate(struct ntlm_acceptor *a, const struct ntlm_leg *leg)
{
    NTSTATUS st = ntlm_logon_answer(a, leg);

    /* The challenge is used up, whatever came of it: nothing of it is needed again. */
    ntlm_issued_remove(&a->issued);
    free(a->messages);
    a->messages = NULL;
    /* Nothing is sent here, so this is not the caller's to mend, nor can it try again. */
    return st == SEC_E_BUFFER_TOO_SMALL ? SEC_E_INTERNAL_ERROR : st;
}

static NTSTATUS
refuse_order(struct ntlm_acceptor *a, const struct ntlm_leg *leg)
{
    (void)a;
    (void)leg;
    return SEC_E_OUT_OF_SEQUENCE;
}

static NTSTATUS
refuse_bytes(struct ntlm_acceptor *a, const struct ntlm_leg *leg)
{
    (void)a;
    (void)leg;
    return SEC_E_INVALID_TOKEN;
}

/* ---- the state machine -------------------------------------------------- */

/* Columns: nothing, NEGOTIATE, CHALLENGE, AUTHENTICATE, no NTLM message. */
static NTSTATUS (*const accept_table[NTLM_STATES][NTLM_INPUTS])(struct ntlm_acceptor *,
                                                                const struct ntlm_leg *) = {
    [NTLM_STATE_START] =
        { refuse_bytes, accept_negotiate, refuse_order, refuse_order, refuse_bytes },
    [NTLM_STATE_WAITING] =
        { refuse_bytes, refuse_order, refuse_order, accept_authenticate, refuse_bytes },
    [NTLM_STATE_COMPLETE] =
        { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order },
    [NTLM_STATE_FAILED] =
        { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order },
    [NTLM_STATE_BUSY] =
        { refuse_order, refuse_order, refuse_order, refuse_order, refuse_order },
};

static NTSTATUS
acceptor_step(struct ntlm_acceptor *a, const struct ntlm_leg *leg)
{
    enum ntlm_state before = atomic_exchange(&a->state, NTLM_STATE_BUSY);
    NTSTATUS st = accept_table[before][ntlm_leg_input(leg)](a, leg);

    if (before != NTLM_STATE_BUSY)
        atomic_store(&a->state, ntlm_state_after(before, st));
    return st;
}

/* A first leg: the context exists for the authority only if the leg did not fail. */
static NTSTATUS
acceptor_begin(LSA_SEC_HANDLE credential, const struct ntlm_leg *leg, PLSA_SEC_HANDLE out)
{
    struct ntlm_credential *c = ntlm_credential_get(credential, SECPKG_CRED_INBOUND);
    struct ntlm_acceptor *a;
    NTSTATUS st;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    ntlm_credential_put(c);
    st = ntlm_flags_check(REQUIREMENT_ACCEPT, leg->requirements);
    if (NT_SUCCESS(st))
        st = ntlm_formats_check();
    if (!NT_SUCCESS(st))
        return st;
    a = calloc(1, sizeof(*a));
    if (a == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    st = acceptor_step(a, leg);
    if (NT_SUCCESS(st)) {
        *out = (LSA_SEC_HANDLE)handle_add(ntlm_support()->objects, NTLM_HANDLE_ACCEPTOR,
                                          NTLM_HANDLE_OWNER, a, acceptor_free);
        if (*out != 0)
            return st;
        st = SEC_E_INSUFFICIENT_MEMORY;
    }
    acceptor_free(a);
    return st;
}

NTSTATUS NTAPI
ntlm_acceptor_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
                     ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_context,
                     PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                     PBOOLEAN mapped, PSecBuffer context_data)
{
    struct handle_table *objects = ntlm_support()->objects;
    struct ntlm_leg leg = {
        .input = input, .output = output, .requirements = requirements,
        .attributes = attributes, .expiry = expiry, .mapped = mapped,
        .context_data = context_data,
    };
    struct ntlm_acceptor *a;
    NTSTATUS st = ntlm_leg_open(&leg);

    /* NTLM's byte order is fixed: whatever is asked for, it is little-endian. */
    (void)data_rep;
    if (NT_SUCCESS(st))
        st = channel_bindings_check_room(output, (requirements & ASC_REQ_ALLOCATE_MEMORY) != 0);
    if (!NT_SUCCESS(st))
        return st;
    if (context == 0)
        return acceptor_begin(credential, &leg, new_context);
    a = handle_get(objects, context, NTLM_HANDLE_ACCEPTOR, NTLM_HANDLE_OWNER);
    if (a == NULL)
        return SEC_E_INVALID_HANDLE;
    st = acceptor_step(a, &leg);
    handle_put(objects, context);
    *new_context = context;
    return st;
}
