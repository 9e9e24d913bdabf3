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

    issued_remove(&a->issued);
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

/* OEM clients get a name only if it is of the code page; the AV pairs are UTF-16 for them, too. */
static struct view
target_name(const struct opensspi_host_names *names, uint32_t flags, enum ntlm_code_page page,
            struct ntlm_name *room)
{
    const UNICODE_STRING *name =
        names->domain_joined ? &names->netbios_domain : &names->netbios_computer;

    if (!ntlm_name_to_wire(ntlm_string_view(name), flags, page, room))
        return view_of(NULL, 0);
    return ntlm_name_view(room);
}

static void
challenge_make(const struct ntlm_acceptor *a, const struct ntlm_policy *policy, struct wr *w)
{
    const struct opensspi_host_names *names = ntlm_support()->machine->names();
    uint8_t info[NTLM_TOKEN_MAX];
    struct wr pairs = wr_init(info, sizeof(info));
    struct ntlm_challenge m = { .flags = a->granted };
    struct ntlm_name room;

    target_info_build(&pairs, names, ntlm_support()->clock->now());
    m.target_name = target_name(names, a->granted, policy->code_page, &room);
    m.target_info = wr_written(&pairs);
    memcpy(m.server_challenge, a->issued.mark, sizeof(m.server_challenge));
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
    ntlm_count_two("refused_", reason);
}

/* A challenge for this NEGOTIATE, or for nobody yet: connectionless. */
static NTSTATUS
challenge_send(struct ntlm_acceptor *a, const struct ntlm_leg *leg,
               const struct ntlm_policy *policy, struct view negotiate)
{
    uint8_t room[NTLM_TOKEN_MAX];
    struct wr w = wr_init(room, sizeof(room));
    NTSTATUS st;

    ntlm_support()->random->fill(a->issued.mark, sizeof(a->issued.mark));
    challenge_make(a, policy, &w);
    st = wr_end(&w, SEC_E_INTERNAL_ERROR);
    if (NT_SUCCESS(st))
        st = messages_keep(a, negotiate, wr_written(&w));
    if (NT_SUCCESS(st))
        st = channel_bindings_read(ntlm_support()->lsa, leg->input, &a->bindings);
    if (NT_SUCCESS(st))
        st = ntlm_leg_send(leg, wr_written(&w), ntlm_flags_kind(a->granted));
    if (!NT_SUCCESS(st))
        return st;
    channel_bindings_put_none(leg->output);
    issued_add(&a->issued);
    return SEC_I_CONTINUE_NEEDED;
}

static NTLM_STEP(accept_negotiate)
{
    struct ntlm_acceptor *a = (struct ntlm_acceptor *)context;
    struct ntlm_negotiate m;
    const struct ntlm_policy policy = ntlm_policy_read();
    const char *reason = NULL;
    NTSTATUS st;

    if (leg->token.n > NTLM_NEGOTIATE_MAX)
        return SEC_E_INVALID_TOKEN;
    st = ntlm_negotiate_parse(leg->token, &m);
    if (!NT_SUCCESS(st))
        return st;
    st = ntlm_flags_grant(m.flags, &policy,
                          ntlm_support()->machine->names()->domain_joined != FALSE, &a->granted,
                          &reason);
    if (NT_SUCCESS(st))
        return challenge_send(a, leg, &policy, leg->token);
    negotiate_refused(reason);
    return st;
}

/* Connectionless (MS-NLMP 1.3.1.3): the server begins, and offers all that it has. */
static NTLM_STEP(accept_nothing)
{
    struct ntlm_acceptor *a = (struct ntlm_acceptor *)context;
    const struct ntlm_policy policy = ntlm_policy_read();

    if ((leg->requirements & ASC_REQ_DATAGRAM) == 0)
        return SEC_E_INVALID_TOKEN;
    a->granted =
        ntlm_flags_grant_datagram(ntlm_support()->machine->names()->domain_joined != FALSE);
    return challenge_send(a, leg, &policy, view_of(NULL, 0));
}

/* ---- the second leg ----------------------------------------------------- */

static NTLM_STEP(accept_authenticate)
{
    struct ntlm_acceptor *a = (struct ntlm_acceptor *)context;
    NTSTATUS st = ntlm_logon_answer(a, leg);

    /* The challenge is used up, whatever came of it: nothing of it is needed again. */
    issued_remove(&a->issued);
    free(a->messages);
    a->messages = NULL;
    /* Nothing is sent here, so this is not the caller's to mend, nor can it try again. */
    return st == SEC_E_BUFFER_TOO_SMALL ? SEC_E_INTERNAL_ERROR : st;
}

/* ---- the state machine -------------------------------------------------- */

/* Columns: nothing, NEGOTIATE, CHALLENGE, AUTHENTICATE, no NTLM message. */
static const struct ntlm_engine engine = {
    .handle = NTLM_HANDLE_ACCEPTOR,
    .steps = {
        [NTLM_STATE_START] = { accept_nothing, accept_negotiate, ntlm_refuse_order,
                               ntlm_refuse_order, ntlm_refuse_bytes },
        [NTLM_STATE_WAITING] = { ntlm_refuse_bytes, ntlm_refuse_order, ntlm_refuse_order,
                                 accept_authenticate, ntlm_refuse_bytes },
    },
    .free = acceptor_free,
};

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
    return a != NULL ? ntlm_leg_first(&engine, &a->context, leg, out) : SEC_E_INSUFFICIENT_MEMORY;
}

NTSTATUS NTAPI
ntlm_acceptor_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
                     ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_context,
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
    if (NT_SUCCESS(st))
        st = channel_bindings_check_room(output, (requirements & ASC_REQ_ALLOCATE_MEMORY) != 0);
    if (!NT_SUCCESS(st))
        return st;
    return context == 0 ? acceptor_begin(credential, &leg, new_context)
                        : ntlm_leg_next(&engine, context, &leg, new_context);
}
