/*
 * Judging an AUTHENTICATE_MESSAGE (MS-NLMP 3.2.5.1.2).
 *
 * The checks are a table, logon_checks, in the order in which they run. What
 * needs no password comes first, so that a message that would be refused
 * anyway is no guess at one. Then the password, and directly after it the
 * account's restrictions: whatever a locked, disabled or expired account is
 * sent, a right password is answered as a wrong one. What the password
 * protects (the session key, the MIC) comes last.
 *
 * The peer learns little: an unknown user, a wrong password, a restricted
 * account and a bad MIC all are SEC_E_LOGON_DENIED, once the authority has
 * mapped the account's STATUS_ACCOUNT_*. A password costs the same
 * cryptography whether it is right, wrong, or of an unknown user, whose answer
 * is checked with a dummy key. The reason is in the log.
 *
 * Against what: dropping or altering the MIC (CVE-2019-1040):
 * the proof covers MsvAvFlags, which demands it; a second MsvAvFlags
 * (CVE-2019-1166): refused by the parser; LM instead of NT (CVE-2019-1338):
 * refused; altered target info: every pair that we sent must come back;
 * reflection: check_reflection().
 *
 * Runs in the authority. The message is the peer's; a logon's secrets are in
 * one structure of secret memory, wiped at the end.
 */
#include "packages/ntlm/lsa/logon.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "base/str16.h"
#include "packages/common/sec_buffer.h"
#include "packages/common/target_name.h"
#include "packages/ntlm/lsa/account.h"
#include "packages/ntlm/lsa/flags.h"
#include "packages/ntlm/lsa/proof.h"
#include "packages/ntlm/lsa/text.h"
#include "packages/ntlm/protect/keys.h"

#include <stdlib.h>

#define LOG_TEXT_MAX 256
/* As syslog's. Strangers' failures are no news; a refusal that somebody here must mend is. */
#define LOG_LEVEL_REFUSED 5
#define LOG_LEVEL_HINTED 4

struct ntlm_logon {
    struct ntlm_authenticate auth;
    struct ntlm_client_challenge blob;  /* inside auth.nt */
    struct ntlm_av_list sent;           /* our CHALLENGE's pairs */
    uint32_t flags;                     /* settled */
    struct ntlm_name user, domain, workstation;
    struct ntlm_account account;
    struct ntlm_identity identity;
    NTSTATUS sub_status;                /* of a restriction */
    uint32_t bindings_result;           /* 0: the check was not reached */
    struct ntlm_policy policy;
    struct ntlm_proof proof;
    const struct ntlm_proof_kind *kind; /* NULL before it is known */
    uint8_t exchange_key[NTLM_KEY_SIZE];
    bool loopback;                      /* the client is of this authority, too */
    bool guest;                         /* account is the guests', the password nobody's */
    uint8_t session_key[NTLM_KEY_SIZE]; /* ExportedSessionKey */
    bool password_is_right;
    /* For the log, when a check fails. */
    const char *reason, *hint;
    int level;
    char target[ISSUED_TARGET_MAX];
};

static NTSTATUS
refuse(struct ntlm_logon *l, NTSTATUS st, const char *reason)
{
    l->reason = reason;
    return st;
}

static struct view
logon_negotiate(const struct ntlm_acceptor *a)
{
    return view_of(a->messages, a->negotiate_n);
}

static struct view
logon_challenge(const struct ntlm_acceptor *a)
{
    return view_of(a->messages + a->negotiate_n, a->challenge_n);
}

/* ---- checks that need no password --------------------------------------- */

static NTSTATUS
check_syntax(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    struct ntlm_challenge sent;

    if (ntlm_authenticate_parse(leg->token, &l->auth) < 0)
        return refuse(l, SEC_E_INVALID_TOKEN, "malformed");
    if (ntlm_challenge_parse(logon_challenge(a), &sent) < 0 ||
        ntlm_av_list_parse(sent.target_info, &l->sent) < 0)
        return refuse(l, SEC_E_INTERNAL_ERROR, "own_challenge");
    return STATUS_SUCCESS;
}

static NTSTATUS
check_flags(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    NTSTATUS st = ntlm_flags_settle(a->granted, l->auth.flags, &l->policy, &l->flags,
                                    &l->reason);

    /* The server may want less than the client offers. */
    if (leg->requirements & ASC_REQ_IDENTIFY)
        l->flags |= NTLMSSP_NEGOTIATE_IDENTIFY;
    return st;
}

static NTSTATUS
check_names(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    enum ntlm_code_page page = l->policy.code_page;

    (void)a;
    (void)leg;
    if (!ntlm_name_from_wire(l->auth.user, l->flags, page, &l->user) ||
        !ntlm_name_from_wire(l->auth.domain, l->flags, page, &l->domain) ||
        !ntlm_name_from_wire(l->auth.workstation, l->flags, page, &l->workstation)) {
        if ((l->flags & NTLMSSP_NEGOTIATE_UNICODE) == 0)
            l->hint = "a name is not of the code page that oem_code_page names";
        return refuse(l, SEC_E_LOGON_DENIED, "name_not_usable");
    }
    return STATUS_SUCCESS;
}

/* After the names, so that the log says who still uses it (MS-NLMP 3.2.5.1.2, ServerBlock). */
static NTSTATUS
check_use(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    (void)a;
    (void)leg;
    if (l->policy.incoming != NTLM_USE_DENY)
        return STATUS_SUCCESS;
    l->level = LOG_LEVEL_HINTED;
    l->hint = "incoming = deny in [package NTLM], or NTLM.incoming of this service";
    return refuse(l, STATUS_NOT_SUPPORTED, "ntlm_denied");
}

static NTSTATUS
check_anonymous(const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    if ((leg->requirements & ASC_REQ_ALLOW_NULL_SESSION) && l->policy.allow_anonymous) {
        l->flags |= NTLMSSP_ANONYMOUS;
        return STATUS_SUCCESS;
    }
    l->hint = l->policy.allow_anonymous
                  ? "the server's program does not ask for ASC_REQ_ALLOW_NULL_SESSION"
                  : "allow_anonymous = no";
    return refuse(l, SEC_E_LOGON_DENIED, "anonymous_refused");
}

/*
 * A response without AV pairs protects no flags, no bindings and no MIC; what an attacker
 * cut down to it must not be taken where those count (CVE-2019-1338).
 */
static NTSTATUS
check_unprotected(struct ntlm_logon *l)
{
    if (l->policy.need_mic)
        return refuse(l, SEC_E_LOGON_DENIED, "mic_required");
    if (l->kind->unprotected && l->kind->verify != NULL &&
        (l->flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL)))
        return refuse(l, SEC_E_LOGON_DENIED, "lm_cannot_protect");
    return STATUS_SUCCESS;
}

/* Which kind of response it is, and whether that kind is taken: a table, proof.c. */
static NTSTATUS
check_response(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    struct rd r = rd_init(l->auth.nt);

    l->proof = (struct ntlm_proof){
        .auth = &l->auth, .server_challenge = a->issued.mark, .flags = l->flags,
        .user = ntlm_name_view(&l->user), .domain = ntlm_name_view(&l->domain),
        .ntowf_v1 = l->account.ntowf_v1,
    };
    l->kind = ntlm_proof_kind(&l->proof);
    if (l->kind == NULL)
        return refuse(l, SEC_E_LOGON_DENIED, "no_response");
    if (l->policy.level >= l->kind->refused_from) {
        l->level = LOG_LEVEL_HINTED;
        l->hint = l->kind->hint;
        return refuse(l, SEC_E_LOGON_DENIED, l->kind->refused);
    }
    if (l->kind->verify == NULL)
        return check_anonymous(leg, l);
    if (!l->kind->has_pairs)
        return check_unprotected(l);
    rd_skip(&r, NTLM_PROOF_SIZE);
    if (ntlm_client_challenge_parse(rd_rest(&r), &l->blob) < 0)
        return refuse(l, SEC_E_INVALID_TOKEN, "malformed_response");
    return STATUS_SUCCESS;
}

static NTSTATUS
check_target_info(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    (void)a;
    (void)leg;
    if (l->kind->has_pairs && !ntlm_av_list_contains(&l->blob.av, &l->sent))
        return refuse(l, SEC_E_LOGON_DENIED, "target_info_altered");
    return STATUS_SUCCESS;
}

/*
 * Reflection (MS08-068, CVE-2025-33073 and their kin; D22).
 *
 * The attack: a victim's client on this machine is lured to the attacker's server. The attacker
 * opens a connection to *this* machine, gets a CHALLENGE, and passes it on as its own; the victim's
 * client answers it, and the attacker hands the answer back here: logged on as the victim, without
 * a password. Nothing in the messages is wrong, so MIC and proof hold.
 *
 * The defence: client and server here share one authority. Its initiator knows when it is given a
 * challenge that its own acceptor has issued. That is right only when the client meant to reach
 * this machine; if its target name says otherwise, the acceptor must refuse the answer. A client
 * without a target name says nothing, and is counted as meaning somewhere else; so is one whose
 * target's name came from a stranger (ISC_REQ_UNVERIFIED_TARGET_NAME).
 */
static NTSTATUS
check_reflection(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    (void)leg;
    l->loopback = issued_is_answered(&a->issued);
    if (!l->loopback || !issued_is_stray(&a->issued, l->target))
        return STATUS_SUCCESS;
    l->level = LOG_LEVEL_HINTED;
    l->hint = "a client on this machine answered this challenge for another target; a client "
              "that means this machine must name it (HOST/localhost or its DNS name)";
    return refuse(l, SEC_E_LOGON_DENIED, "reflection");
}

/* Without SIGN and SEAL nothing uses the key, but Windows wants the field filled. */
static NTSTATUS
check_session_key_length(struct ntlm_acceptor *a, const struct ntlm_leg *leg,
                         struct ntlm_logon *l)
{
    size_t n = l->auth.session_key.n;

    (void)a;
    (void)leg;
    if ((l->flags & NTLMSSP_NEGOTIATE_KEY_EXCH) &&
        (n == 0 || (ntlm_is_key_exchanged(l->flags) && n != NTLM_KEY_SIZE)))
        return refuse(l, SEC_E_INVALID_TOKEN, "session_key_length");
    return STATUS_SUCCESS;
}

/*
 * That nobody has altered the client's shows in the proof, later; that they differ needs
 * no password. Only an NTLMv2 response has a place for them.
 */
static NTSTATUS
check_bindings(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    struct view got = l->blob.av.value[NTLM_AV_CHANNEL_BINDINGS];
    struct channel_bindings_claim claim = { .aware = got.n > 0 };
    struct channel_bindings_verdict v;
    NTSTATUS st = channel_bindings_read(ntlm_support()->lsa, leg->input, &a->bindings);

    if (!NT_SUCCESS(st))
        return refuse(l, st, "own_bindings_malformed");
    if (got.n == sizeof(claim.hash))
        memcpy(claim.hash, got.p, got.n);
    v = channel_bindings_check(
        channel_bindings_policy(ntlm_support()->settings, NTLM_SETTINGS_SECTION),
        leg->requirements, &a->bindings, &claim);
    l->bindings_result = v.result;
    if (v.hint != NULL) {
        l->level = LOG_LEVEL_HINTED;
        l->hint = v.hint;
    }
    return v.status == 0 ? STATUS_SUCCESS : refuse(l, v.status, v.reason);
}

/* What the client says it wanted to reach (2.2.2.1); an empty name is none. */
static struct view
logon_target(const struct ntlm_logon *l)
{
    return l->blob.av.value[NTLM_AV_TARGET_NAME];
}

static bool
logon_target_is_verified(const struct ntlm_logon *l)
{
    return (l->blob.av.flags & NTLM_AV_FLAG_UNVERIFIED_TARGET) == 0;
}

/* CHOICE: the status that initiators use for a server that is another one than was meant. */
static NTSTATUS
check_target_name(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    const char *reason = target_name_check(&(struct target_name_question){
        .settings = ntlm_support()->settings, .package = NTLM_SETTINGS_SECTION,
        .names = ntlm_support()->machine->names(), .lsa = ntlm_support()->lsa,
        .input = leg->input, .claim = logon_target(l),
        .unverified = !logon_target_is_verified(l) });

    (void)a;
    if (reason == NULL)
        return STATUS_SUCCESS;
    if (!str16_to_utf8_into(logon_target(l), l->target, sizeof(l->target)))
        l->target[0] = '\0';
    l->level = LOG_LEVEL_HINTED;
    l->hint = "target_name refuses it: if clients rightly call the server so, add the name to "
              "target_names";
    return refuse(l, SEC_E_WRONG_PRINCIPAL, reason);
}

/* ---- the password, and what it protects --------------------------------- */

/*
 * Only a name that is no account's becomes a guest: a wrong password never does, nor does the
 * name of an account without a hash. Nothing is proved, so the account must be named by the
 * administrator (docs/ntlm.md).
 */
static bool
logon_is_guest(struct ntlm_logon *l)
{
    char name[NTLM_GUEST_MAX];
    struct view text;
    char16_t *utf16;
    size_t units = 0;

    if (l->account.status != STATUS_NO_SUCH_USER || l->account.sam != NULL ||
        l->policy.need_mic || !ntlm_policy_guest(name))
        return false;
    utf16 = str16_from_utf8_n(view_of(name, strlen(name)), &units);
    text = view_of(utf16, utf16 != NULL ? units * sizeof(*utf16) : 0);
    if (text.n > 0) {
        ntlm_account_close(&l->account);
        ntlm_account_open(&l->account, text);
    }
    free(utf16);
    l->guest = text.n > 0 && NT_SUCCESS(l->account.status);
    return l->guest;
}

/*
 * CHOICE: the store has one domain, so the domain in the message chooses no
 * account: "", ".", our names and foreign ones all mean the account of that
 * name (Windows, too, tries its local accounts for a domain it does not know,
 * 3.2.5.1.2).
 */
static NTSTATUS
check_password(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    bool equal = false;
    NTSTATUS st;

    (void)a;
    (void)leg;
    if (l->kind->verify == NULL)
        return STATUS_SUCCESS;
    ntlm_account_open(&l->account, ntlm_name_view(&l->user));
    if (!NT_SUCCESS(l->account.status) && l->account.status != STATUS_NO_SUCH_USER)
        return refuse(l, l->account.status, "account_store");
    st = l->kind->verify(&l->proof, l->exchange_key, &equal);
    if (!NT_SUCCESS(st))
        return refuse(l, st, "name_not_usable");
    l->password_is_right = equal && NT_SUCCESS(l->account.status);
    if (l->password_is_right || logon_is_guest(l))
        return STATUS_SUCCESS;
    return refuse(l, SEC_E_LOGON_DENIED,
                  NT_SUCCESS(l->account.status) ? "wrong_password" : "unknown_user");
}

static SECURITY_IMPERSONATION_LEVEL
logon_level(const struct ntlm_logon *l)
{
    return l->flags & NTLMSSP_NEGOTIATE_IDENTIFY ? SecurityIdentification
                                                 : SecurityImpersonation;
}

/* CHOICE: by the name, as in a domain: the authority tells packages nothing else of it. */
static bool
identity_is_computer(const struct ntlm_identity *id)
{
    struct view name = ntlm_string_view(&id->account);

    return name.n >= 2 && name.p[name.n - 2] == '$' && name.p[name.n - 1] == 0;
}

/*
 * Directly after the password: a later check would answer a restricted account by what
 * is wrong with the message, and so tell a right password from a wrong one.
 */
static NTSTATUS
check_account(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    NTSTATUS st = l->kind->verify == NULL
                      ? ntlm_anonymous_logon(logon_level(l), &l->identity, &l->sub_status)
                      : ntlm_account_logon(&l->account, logon_level(l), &l->identity,
                                           &l->sub_status);

    (void)a;
    if (!NT_SUCCESS(st))
        return refuse(l, st, "account_restriction");
    if (identity_is_computer(&l->identity) &&
        (leg->requirements & ASC_REQ_ALLOW_NON_USER_LOGONS) == 0) {
        l->hint = "the server has to ask for ALLOW_NON_USER_LOGONS";
        return refuse(l, STATUS_LOGON_TYPE_NOT_GRANTED, "computer_account");
    }
    return STATUS_SUCCESS;
}

/*
 * 3.2.5.1.2. Of anonymous clients and guests KeyExchangeKey is zeros, known to everybody: no
 * messages are protected by what comes of it.
 */
static void
session_key_derive(struct ntlm_logon *l)
{
    bool proved = l->password_is_right;

    if (!proved)
        secret_wipe(l->exchange_key, sizeof(l->exchange_key));
    if (ntlm_is_key_exchanged(l->flags))
        ntlm_session_key_crypt(l->exchange_key, l->auth.session_key.p, l->session_key);
    else
        memcpy(l->session_key, l->exchange_key, sizeof(l->session_key));
    if (!proved)
        l->flags &= ~(NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL);
}

/*
 * MsvAvFlags says whether there is a MIC, and the proof covers MsvAvFlags: a MIC that
 * was announced and is missing is a bad one. CHOICE: old clients send none though we
 * sent a timestamp; they may, unless require_mic is set.
 */
static NTSTATUS
check_mic(struct ntlm_acceptor *a, const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    uint8_t want[NTLM_MIC_SIZE];
    bool equal;

    session_key_derive(l);
    if (!l->password_is_right)
        return STATUS_SUCCESS;
    if ((l->blob.av.flags & NTLM_AV_FLAG_MIC) == 0) {
        if (l->policy.need_mic)
            return refuse(l, SEC_E_LOGON_DENIED, "mic_required");
        return STATUS_SUCCESS;
    }
    if (l->auth.mic_offset == 0)
        return refuse(l, SEC_E_LOGON_DENIED, "mic_missing");
    ntlm_mic(l->session_key, logon_negotiate(a), logon_challenge(a), leg->token,
             l->auth.mic_offset, want);
    equal = ct_equal(want, l->auth.mic, sizeof(want));
    secret_wipe(want, sizeof(want));
    return equal ? STATUS_SUCCESS : refuse(l, SEC_E_LOGON_DENIED, "mic_mismatch");
}

static NTSTATUS (*const logon_checks[])(struct ntlm_acceptor *, const struct ntlm_leg *,
                                        struct ntlm_logon *) = {
    check_syntax,
    check_flags,
    check_names,
    check_use,
    check_response,
    check_target_info,
    check_reflection,
    check_session_key_length,
    check_bindings,
    check_target_name,
    check_password,
    check_account,
    check_mic,
};

/* ---- acting on it ------------------------------------------------------- */

static uint8_t
logon_facts(const struct ntlm_logon *l)
{
    return (uint8_t)((l->loopback ? NTLM_FACT_LOOPBACK : 0) | (l->guest ? NTLM_FACT_GUEST : 0) |
                     (l->kind->verify == NULL ? NTLM_FACT_ANONYMOUS : 0));
}

static uint32_t
logon_user_flags(const struct ntlm_logon *l)
{
    return (l->guest ? NTLM_LOGON_GUEST : 0) |
           (l->kind->verify != NULL && l->kind->has_pairs ? NTLM_LOGON_NTLMV2 : 0);
}

/* ContextData for the user half; account becomes DOMAIN\user. */
static NTSTATUS
logon_map(const struct ntlm_leg *leg, const struct ntlm_logon *l, const struct ntlm_identity *id)
{
    static const char16_t nt_authority[] = u"NT AUTHORITY";
    const struct opensspi_host_names *names = ntlm_support()->machine->names();
    uint8_t account[2 * NTLM_NAME_BYTES_MAX];
    struct wr w = wr_init(account, sizeof(account));
    struct ntlm_context_data data = {
        .role = NTLM_ROLE_ACCEPTOR,
        .facts = logon_facts(l),
        .flags = l->flags,
        .attributes = ntlm_flags_attributes(REQUIREMENT_ACCEPT, leg->requirements, l->flags),
        .token = (uint64_t)(uintptr_t)id->client_token,
        .start = ntlm_support()->clock->now(),
        .expiry = FILETIME_NEVER,
        .target = logon_target_is_verified(l) ? logon_target(l) : view_of(NULL, 0),
        .user_flags = logon_user_flags(l),
    };
    NTSTATUS st;

    wr_view(&w, l->kind->verify == NULL ? view_of(nt_authority, sizeof(nt_authority) - 2)
                                        : ntlm_string_view(&names->netbios_domain));
    wr_u16le(&w, '\\');
    wr_view(&w, ntlm_string_view(&id->account));
    st = wr_end(&w, SEC_E_INTERNAL_ERROR);
    if (!NT_SUCCESS(st))
        return st;
    data.account = wr_written(&w);
    memcpy(data.session_key, l->session_key, sizeof(data.session_key));
    st = ntlm_leg_finish(leg, &data);
    secret_wipe(data.session_key, sizeof(data.session_key));
    return st;
}

/* Also of a logon that is refused: an application may want to know that it was for this. */
static NTSTATUS
logon_report(const struct ntlm_leg *leg, const struct ntlm_logon *l)
{
    bool allocated;
    NTSTATUS st = channel_bindings_put_result(
        ntlm_support()->lsa, leg->output, l->bindings_result,
        (leg->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0, &allocated);

    *leg->attributes = allocated ? ASC_RET_ALLOCATED_MEMORY : 0;
    return st;
}

static NTSTATUS
logon_complete(const struct ntlm_leg *leg, struct ntlm_logon *l)
{
    struct ntlm_identity *id = &l->identity;
    NTSTATUS st = ntlm_identity_hand_over(id);

    if (!NT_SUCCESS(st))
        return refuse(l, st, "token");
    *leg->attributes |= ntlm_flags_attributes(REQUIREMENT_ACCEPT, leg->requirements, l->flags);
    st = logon_map(leg, l, id);
    if (!NT_SUCCESS(st))
        return refuse(l, st, "context_data");
    sec_buffer_put_nothing(leg->output, SECBUFFER_TOKEN);
    ntlm_account_audit(&(struct ntlm_audit){
        .status = STATUS_SUCCESS, .user = ntlm_name_view(&l->user),
        .domain = ntlm_name_view(&l->domain), .workstation = ntlm_name_view(&l->workstation),
        .identity = id, .level = logon_level(l) });
    return STATUS_SUCCESS;
}

/* Pairs without a value are left out. */
static void
logon_log(const struct ntlm_logon *l, int level, const char *event)
{
    char user[LOG_TEXT_MAX] = "", domain[LOG_TEXT_MAX] = "", workstation[LOG_TEXT_MAX] = "";
    char address[NTLM_PEER_MAX];
    const char *all[][2] = {
        { "package", "NTLM" }, { "direction", "incoming" }, { "reason", l->reason },
        { "address", ntlm_peer_address(address) ? address : NULL },
        { "response", l->kind != NULL ? l->kind->name : NULL }, { "account", user },
        { "domain", domain }, { "workstation", workstation }, { "hint", l->hint },
        { "target", l->target[0] != '\0' ? l->target : NULL },
    };
    const char *pairs[2 * sizeof(all) / sizeof(all[0]) + 1];
    size_t n = 0;

    (void)str16_to_utf8_into(ntlm_name_view(&l->user), user, sizeof(user));
    (void)str16_to_utf8_into(ntlm_name_view(&l->domain), domain, sizeof(domain));
    (void)str16_to_utf8_into(ntlm_name_view(&l->workstation), workstation, sizeof(workstation));
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i][1] == NULL)
            continue;
        pairs[n++] = all[i][0];
        pairs[n++] = all[i][1];
    }
    pairs[n] = NULL;
    ntlm_log(level, event, pairs);
}

/* For whoever wants to know what would be refused by incoming = deny. */
static void
logon_note_use(const struct ntlm_logon *l)
{
    ntlm_count_two("incoming_", l->kind->name);
    if (l->guest)
        ntlm_count("incoming_guest");
    if (l->policy.incoming != NTLM_USE_AUDIT)
        return;
    ntlm_count("incoming_audited");
    logon_log(l, LOG_LEVEL_HINTED, "ntlm_used");
}

/*
 * What the audit says: the real reason, as the log is for the administrator. Only a
 * wrong password is STATUS_WRONG_PASSWORD, as the authority locks accounts by it.
 */
static NTSTATUS
logon_audit_status(const struct ntlm_logon *l, NTSTATUS st)
{
    if (l->password_is_right || l->guest || l->kind->verify == NULL)
        return st == SEC_E_LOGON_DENIED ? STATUS_LOGON_FAILURE : st;
    return NT_SUCCESS(l->account.status) ? STATUS_WRONG_PASSWORD : l->account.status;
}

static void
logon_refused(const struct ntlm_logon *l, NTSTATUS st, bool judged)
{
    logon_log(l, l->level, "logon_refused");
    ntlm_count_two("refused_", l->reason);
    if (!judged)
        return;
    ntlm_account_audit(&(struct ntlm_audit){
        .status = logon_audit_status(l, st), .sub_status = l->sub_status,
        .user = ntlm_name_view(&l->user), .domain = ntlm_name_view(&l->domain),
        .workstation = ntlm_name_view(&l->workstation), .level = logon_level(l) });
}

NTSTATUS
ntlm_logon_answer(struct ntlm_acceptor *a, const struct ntlm_leg *leg)
{
    struct ntlm_logon *l = secret_new(sizeof(*l));
    NTSTATUS st = STATUS_SUCCESS, reported;
    bool judged = false;    /* an account was named and its password looked at */

    if (l == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    l->level = LOG_LEVEL_REFUSED;
    l->policy = ntlm_policy_read();
    for (size_t i = 0; i < sizeof(logon_checks) / sizeof(logon_checks[0]); i++) {
        judged = judged || logon_checks[i] == check_password;
        st = logon_checks[i](a, leg, l);
        if (!NT_SUCCESS(st))
            break;
    }
    reported = l->bindings_result != 0 ? logon_report(leg, l) : STATUS_SUCCESS;
    if (NT_SUCCESS(st))
        st = NT_SUCCESS(reported) ? logon_complete(leg, l) : refuse(l, reported, "output");
    if (NT_SUCCESS(st))
        logon_note_use(l);
    else
        logon_refused(l, st, judged);
    ntlm_identity_wipe(&l->identity);
    ntlm_account_close(&l->account);
    secret_free(l);
    return st;
}
