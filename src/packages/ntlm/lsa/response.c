/*
 * Answering a CHALLENGE_MESSAGE (MS-NLMP 3.1.5.1.2, 3.3.2): checks, NTLMv2
 * response, session key, AUTHENTICATE_MESSAGE with MIC, and the end of the
 * handshake.
 *
 * The server is a stranger, and so is whoever stands between: what it offers
 * is used only as far as the application asked for it, and its AV pairs are
 * copied so that a server can see what arrived. MsvAvFlags is changed in
 * place and never added a second time (CVE-2019-1166).
 *
 * Runs in the authority. Secrets of the answer are in one structure of secret
 * memory, wiped at the end.
 */
#include "packages/ntlm/lsa/response.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "base/str16.h"
#include "packages/common/target_name.h"
#include "packages/ntlm/lsa/flags.h"
#include "packages/common/issued.h"
#include "packages/ntlm/lsa/text.h"
#include "packages/ntlm/protect/keys.h"

#define LOG_TEXT_MAX 256
#define LOG_LEVEL_WARNING 4

/* Pairs that only a client sends: whatever a server put there is not passed on. */
#define CLIENT_PAIRS \
    (1u << NTLM_AV_SINGLE_HOST | 1u << NTLM_AV_TARGET_NAME | 1u << NTLM_AV_CHANNEL_BINDINGS)

struct ntlm_response;

/* What is answered, by the policy: a table below. */
struct answer_kind {
    const char *name;
    bool (*is)(const struct ntlm_initiator *i);
    bool has_pairs;                     /* AV pairs, and with a timestamp a MIC */
    /* Responses and KeyExchangeKey. */
    NTSTATUS (*build)(const struct ntlm_initiator *i, struct ntlm_response *r);
};

struct ntlm_response {
    struct ntlm_challenge challenge;
    struct ntlm_av_list info;
    uint32_t flags;                     /* settled */
    struct ntlm_name user, domain, workstation;     /* as on the wire */
    uint8_t client_challenge[NTLM_CHALLENGE_SIZE_BYTES];
    const struct answer_kind *kind;
    uint8_t lm[NTLM_RESPONSE_V1_SIZE];
    size_t lm_n;
    uint8_t nt[NTLM_TOKEN_MAX];
    size_t nt_n;
    uint8_t exchange_key[NTLM_KEY_SIZE];
    uint8_t session_key[NTLM_KEY_SIZE]; /* ExportedSessionKey */
    uint8_t sealed_key[NTLM_KEY_SIZE];  /* EncryptedRandomSessionKey */
    uint8_t message[NTLM_TOKEN_MAX];
    size_t message_n;
};

static NTSTATUS
challenge_refused(NTSTATUS st, const char *reason)
{
    ntlm_log(5, "challenge_refused",
             (const char *const[]){ "package", "NTLM", "reason", reason, NULL });
    ntlm_count("outgoing_refused");
    return st;
}

static struct view
initiator_target(const struct ntlm_initiator *i)
{
    return view_of(i->target, i->target_n);
}

static bool
initiator_is_anonymous(const struct ntlm_initiator *i)
{
    return i->credential->is_anonymous || (i->requirements & ISC_REQ_NULL_SESSION) != 0;
}

/* ---- decide ------------------------------------------------------------- */

static NTSTATUS
challenge_check(const struct ntlm_initiator *i, const struct ntlm_leg *leg,
                struct ntlm_response *r)
{
    const uint32_t protection = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL;
    const char *reason = NULL;
    NTSTATUS st;

    if (ntlm_challenge_parse(leg->token, &r->challenge) < 0)
        return challenge_refused(SEC_E_INVALID_TOKEN, "malformed");
    if (r->challenge.target_info.n > 0 &&
        ntlm_av_list_parse(r->challenge.target_info, &r->info) < 0)
        return challenge_refused(SEC_E_INVALID_TOKEN, "malformed_target_info");
    st = ntlm_flags_take(i->offered, r->challenge.flags, &i->policy, &r->flags, &reason);
    if (!NT_SUCCESS(st))
        return challenge_refused(st, reason);
    /* The bindings are a pair beside the server's own, in an NTLMv2 response. */
    if (i->bindings.required && (r->challenge.target_info.n == 0 || !r->kind->has_pairs))
        return challenge_refused(SEC_E_BAD_BINDINGS, "no_place_for_bindings");
    /* Without the server's names its domain controller could not tell whom the key is for. */
    if (r->kind->has_pairs && (i->offered & protection) &&
        (!ntlm_av_list_has(&r->info, NTLM_AV_NB_COMPUTER_NAME) ||
         !ntlm_av_list_has(&r->info, NTLM_AV_NB_DOMAIN_NAME)))
        return challenge_refused(STATUS_LOGON_FAILURE, "no_server_names");
    return STATUS_SUCCESS;
}

static NTSTATUS
names_encode(const struct ntlm_initiator *i, struct ntlm_response *r)
{
    const struct opensspi_host_names *names = ntlm_support()->machine->names();

    const bool anonymous = initiator_is_anonymous(i);
    const struct view nothing = view_of(NULL, 0);
    const enum ntlm_code_page page = i->policy.code_page;

    if (ntlm_name_to_wire(anonymous ? nothing : i->credential->user, r->flags, page, &r->user) &&
        ntlm_name_to_wire(anonymous ? nothing : i->credential->domain, r->flags, page,
                          &r->domain) &&
        ntlm_name_to_wire(ntlm_string_view(&names->netbios_computer), r->flags, page,
                          &r->workstation))
        return STATUS_SUCCESS;
    return challenge_refused(SEC_E_NO_CREDENTIALS, "name_not_of_code_page");
}

/* ---- the response ------------------------------------------------------- */

/* Windows's order: the server's pairs, flags, channel bindings, target name, end. */
static void
pairs_build(struct wr *w, const struct ntlm_initiator *i, const struct ntlm_response *r)
{
    uint32_t flags = r->info.flags;

    if (r->challenge.target_info.n == 0) {
        ntlm_av_eol_build(w);
        return;
    }
    if (ntlm_av_list_has(&r->info, NTLM_AV_TIMESTAMP))
        flags |= NTLM_AV_FLAG_MIC;
    if (i->requirements & ISC_REQ_UNVERIFIED_TARGET_NAME)
        flags |= NTLM_AV_FLAG_UNVERIFIED_TARGET;
    ntlm_av_list_copy(w, &r->info, flags, CLIENT_PAIRS);
    if (!ntlm_av_list_has(&r->info, NTLM_AV_FLAGS) && flags != 0)
        ntlm_av_flags_build(w, flags);
    ntlm_av_pair_build(w, NTLM_AV_CHANNEL_BINDINGS,
                       view_of(i->bindings.hash, sizeof(i->bindings.hash)));
    ntlm_av_pair_build(w, NTLM_AV_TARGET_NAME, initiator_target(i));
    ntlm_av_eol_build(w);
}

/* NTProofStr || temp; the proof's place is filled when temp is there. */
static NTSTATUS
nt_response_build(const struct ntlm_initiator *i, struct ntlm_response *r)
{
    bool stamped = ntlm_av_list_has(&r->info, NTLM_AV_TIMESTAMP);
    uint64_t time = stamped ? r->info.timestamp : (uint64_t)ntlm_support()->clock->now();
    uint8_t bytes[NTLM_TOKEN_MAX];
    struct wr pairs = wr_init(bytes, sizeof(bytes));
    struct wr w = wr_init(r->nt, sizeof(r->nt));

    pairs_build(&pairs, i, r);
    wr_zeros(&w, NTLM_PROOF_SIZE);
    ntlm_client_challenge_build(&w, time, r->client_challenge, wr_written(&pairs));
    if (pairs.failed || w.failed)
        return challenge_refused(SEC_E_INVALID_TOKEN, "target_info_too_long");
    r->nt_n = w.len;
    ntlm_nt_proof(i->credential->ntowf_v2, r->challenge.server_challenge,
                  view_of(r->nt + NTLM_PROOF_SIZE, r->nt_n - NTLM_PROOF_SIZE), r->nt);
    return STATUS_SUCCESS;
}

/*
 * With a timestamp the LM response stays zero: an LMv2 one would let an attacker
 * replace the response that protects the AV pairs (CVE-2019-1338).
 */
static NTSTATUS
build_v2(const struct ntlm_initiator *i, struct ntlm_response *r)
{
    const uint8_t *key = i->credential->ntowf_v2;
    NTSTATUS st = nt_response_build(i, r);

    if (!NT_SUCCESS(st))
        return st;
    r->lm_n = sizeof(r->lm);
    ntlm_session_base_key(key, r->nt, r->exchange_key);
    if (ntlm_av_list_has(&r->info, NTLM_AV_TIMESTAMP))
        return STATUS_SUCCESS;
    ntlm_lm_v2_proof(key, r->challenge.server_challenge, r->client_challenge, r->lm);
    memcpy(r->lm + NTLM_PROOF_SIZE, r->client_challenge, sizeof(r->client_challenge));
    return STATUS_SUCCESS;
}

/*
 * The LM field has the client's challenge with extended session security; without it the
 * LM response where the level wants one and the password has one, or else the NT response
 * again (3.3.1, NoLMResponseNTLMv1).
 */
static NTSTATUS
build_v1(const struct ntlm_initiator *i, struct ntlm_response *r)
{
    const struct ntlm_credential *c = i->credential;
    const uint8_t *server = r->challenge.server_challenge;
    bool lm = i->policy.level < NTLM_LEVEL_V1 && c->has_lm;
    uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES], base[NTLM_KEY_SIZE];

    ntlm_v1_challenge(server, r->client_challenge, r->flags, challenge);
    ntlm_v1_response(c->ntowf_v1, challenge, r->nt);
    if (r->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
        memcpy(r->lm, r->client_challenge, sizeof(r->client_challenge));
    else
        ntlm_v1_response(lm ? c->lmowf_v1 : c->ntowf_v1, challenge, r->lm);
    r->lm_n = r->nt_n = NTLM_RESPONSE_V1_SIZE;
    ntlm_session_base_key_v1(c->ntowf_v1, base);
    ntlm_key_exchange_key_v1(base, c->lmowf_v1, server, r->lm, r->flags, r->exchange_key);
    secret_wipe(base, sizeof(base));
    return STATUS_SUCCESS;
}

/* 3.3.2: no NT response, one zero byte for LM, and a key that everybody knows. */
static NTSTATUS
build_anonymous(const struct ntlm_initiator *i, struct ntlm_response *r)
{
    (void)i;
    r->lm_n = 1;
    r->flags |= NTLMSSP_ANONYMOUS;
    return STATUS_SUCCESS;
}

/* A credential that was made at a higher level than today's has no hash for the weaker ones. */
static bool
is_v1(const struct ntlm_initiator *i)
{
    return i->policy.level < NTLM_LEVEL_V2 && i->credential->has_v1;
}

static bool
is_v2(const struct ntlm_initiator *i)
{
    (void)i;
    return true;
}

/* The first that fits. */
static const struct answer_kind answer_kinds[] = {
    { "anonymous", initiator_is_anonymous, false, build_anonymous },
    { "ntlmv1", is_v1, false, build_v1 },
    { "ntlmv2", is_v2, true, build_v2 },
};

static const struct answer_kind *
answer_kind(const struct ntlm_initiator *i)
{
    const struct answer_kind *kind = answer_kinds;

    while (!kind->is(i))
        kind++;
    return kind;
}

static void
session_key_make(const struct ntlm_initiator *i, struct ntlm_response *r)
{
    if (ntlm_is_key_exchanged(r->flags)) {
        /* A datagram's is in use already. */
        if (i->session_key != NULL)
            memcpy(r->session_key, i->session_key, sizeof(r->session_key));
        else
            ntlm_support()->random->fill(r->session_key, sizeof(r->session_key));
        ntlm_session_key_crypt(r->exchange_key, r->session_key, r->sealed_key);
    } else {
        memcpy(r->session_key, r->exchange_key, sizeof(r->session_key));
    }
}

/* ---- the message -------------------------------------------------------- */

static void
mic_set(const struct ntlm_initiator *i, const struct ntlm_leg *leg, struct ntlm_response *r)
{
    uint8_t negotiate[NTLM_NEGOTIATE_SIZE];
    struct wr w = wr_init(negotiate, sizeof(negotiate));

    /* Connectionless: there was none (3.1.5.2.1). */
    if ((i->offered & NTLMSSP_NEGOTIATE_DATAGRAM) == 0)
        ntlm_initiator_negotiate_build(&w, i);
    ntlm_mic(r->session_key, wr_written(&w), leg->token, view_of(r->message, r->message_n),
             NTLM_MIC_OFFSET, r->message + NTLM_MIC_OFFSET);
}

/* Connectionless, where the challenge has target info (3.1.5.2.1). */
static bool
lm_is_omitted(const struct ntlm_initiator *i, const struct ntlm_response *r)
{
    return (i->offered & NTLMSSP_NEGOTIATE_DATAGRAM) && r->challenge.target_info.n > 0;
}

static NTSTATUS
authenticate_make(const struct ntlm_initiator *i, const struct ntlm_leg *leg,
                  struct ntlm_response *r)
{
    struct wr w = wr_init(r->message, sizeof(r->message));
    bool mic = r->kind->has_pairs && ntlm_av_list_has(&r->info, NTLM_AV_TIMESTAMP);
    struct ntlm_authenticate m = {
        .flags = r->flags,
        .lm = view_of(r->lm, lm_is_omitted(i, r) ? 0 : r->lm_n),
        .nt = view_of(r->nt, r->nt_n),
        .domain = ntlm_name_view(&r->domain),
        .user = ntlm_name_view(&r->user),
        .workstation = ntlm_name_view(&r->workstation),
        .version = { 10, 0, 0x63, 0x45, 0, 0, 0, NTLMSSP_REVISION_W2K3 },
        .mic_offset = mic ? NTLM_MIC_OFFSET : 0,
    };

    if (ntlm_is_key_exchanged(r->flags))
        m.session_key = view_of(r->sealed_key, sizeof(r->sealed_key));
    if ((r->flags & NTLMSSP_NEGOTIATE_VERSION) == 0)
        memset(m.version, 0, sizeof(m.version));
    ntlm_authenticate_build(&w, &m);
    if (w.failed)
        return challenge_refused(SEC_E_INVALID_TOKEN, "message_too_long");
    r->message_n = w.len;
    if (mic)
        mic_set(i, leg, r);
    return STATUS_SUCCESS;
}

/* ---- act ---------------------------------------------------------------- */

/*
 * The acceptor that issued the challenge must know before it can get the answer. A
 * target that is this machine is what its own challenge is for (issued.c), unless the
 * application says that it does not know who named it: a stranger can say "localhost".
 */
static void
reflection_note(struct ntlm_initiator *i, const struct ntlm_response *r)
{
    bool verified = (i->requirements & ISC_REQ_UNVERIFIED_TARGET_NAME) == 0;
    bool elsewhere = !verified || !target_name_is_local(initiator_target(i),
                                                        ntlm_support()->machine->names());

    i->loopback = issued_answer(r->challenge.server_challenge, elsewhere, initiator_target(i));
}

/* Nothing protects messages under a key that everybody knows. */
static uint32_t
response_flags(const struct ntlm_initiator *i, uint32_t flags)
{
    const uint32_t protection = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL;

    return initiator_is_anonymous(i) ? flags & ~protection : flags;
}

NTSTATUS
ntlm_response_map(const struct ntlm_initiator *i, const struct ntlm_leg *leg, uint32_t flags,
                  const uint8_t session_key[NTLM_KEY_SIZE], struct view target_info)
{
    const struct ntlm_credential *c = i->credential;
    const bool anonymous = initiator_is_anonymous(i);
    const uint32_t held = response_flags(i, flags);
    uint8_t account[2 * NTLM_NAME_BYTES_MAX];
    struct wr w = wr_init(account, sizeof(account));
    struct ntlm_context_data data = {
        .role = NTLM_ROLE_INITIATOR,
        .facts = (uint8_t)((i->loopback ? NTLM_FACT_LOOPBACK : 0) |
                           (anonymous ? NTLM_FACT_ANONYMOUS : 0)),
        .flags = held,
        .attributes = ntlm_flags_attributes(REQUIREMENT_INITIATE, i->requirements, held),
        .start = ntlm_support()->clock->now(),
        .expiry = FILETIME_NEVER,
        .target = initiator_target(i),
        .user_flags = anonymous || is_v1(i) ? 0 : NTLM_LOGON_NTLMV2,
        .target_info = target_info,
    };
    NTSTATUS st;

    if (!anonymous) {
        wr_view(&w, c->domain);
        if (c->domain.n > 0)
            wr_u16le(&w, '\\');
        wr_view(&w, c->user);
    }
    st = wr_end(&w, SEC_E_INTERNAL_ERROR);
    if (!NT_SUCCESS(st))
        return st;
    data.account = wr_written(&w);
    memcpy(data.session_key, session_key, sizeof(data.session_key));
    st = ntlm_leg_finish(leg, &data);
    secret_wipe(data.session_key, sizeof(data.session_key));
    return st;
}

static NTSTATUS
response_send(struct ntlm_initiator *i, const struct ntlm_leg *leg,
              struct ntlm_response *r)
{
    NTSTATUS st;

    reflection_note(i, r);
    st = ntlm_leg_send(leg, view_of(r->message, r->message_n),
                       ntlm_flags_attributes(REQUIREMENT_INITIATE, i->requirements,
                                             response_flags(i, r->flags)));
    if (NT_SUCCESS(st))
        st = ntlm_response_map(i, leg, r->flags, r->session_key, r->challenge.target_info);
    return st;
}

/* ---- the policy ----------------------------------------------------------- */

static void
use_log(const struct ntlm_initiator *i, int level, const char *event)
{
    char user[LOG_TEXT_MAX] = "", target[LOG_TEXT_MAX] = "";

    (void)str16_to_utf8_into(i->credential->user, user, sizeof(user));
    (void)str16_to_utf8_into(initiator_target(i), target, sizeof(target));
    ntlm_log(level, event,
             (const char *const[]){ "package", "NTLM", "direction", "outgoing", "account", user,
                                    "target", target, "hint",
                                    "outgoing in [package NTLM], or NTLM.outgoing of this service",
                                    NULL });
}

NTSTATUS
ntlm_response_check_use(const struct ntlm_initiator *i)
{
    if (i->policy.outgoing != NTLM_USE_DENY ||
        target_name_is_listed(initiator_target(i), ntlm_support()->settings,
                              NTLM_SETTINGS_SECTION, "outgoing_exceptions"))
        return STATUS_SUCCESS;
    use_log(i, LOG_LEVEL_WARNING, "ntlm_denied");
    ntlm_count("outgoing_denied");
    return STATUS_NOT_SUPPORTED;
}

static void
use_note(const struct ntlm_initiator *i, const struct ntlm_response *r)
{
    ntlm_count_two("outgoing_", r->kind->name);
    if (i->policy.outgoing != NTLM_USE_AUDIT)
        return;
    use_log(i, LOG_LEVEL_WARNING, "ntlm_used");
    ntlm_count("outgoing_audited");
}

uint32_t
ntlm_response_offer(const struct ntlm_initiator *i, uint32_t flags)
{
    const uint32_t protection = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL;

    /* A datagram context has extended session security or is none. */
    if (!is_v1(i) || i->policy.level >= NTLM_LEVEL_V1 || (flags & NTLMSSP_NEGOTIATE_DATAGRAM))
        return flags;
    if (i->policy.level == NTLM_LEVEL_LM_NO_EXTENDED)
        flags &= ~NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;
    /* Of use to a server without extended session security only, and cut to 56 bits at best. */
    if (i->credential->has_lm && (flags & protection))
        flags |= NTLMSSP_NEGOTIATE_LM_KEY;
    return flags;
}

/* ---- all of it ------------------------------------------------------------ */

NTSTATUS
ntlm_response_answer(struct ntlm_initiator *i, const struct ntlm_leg *leg)
{
    struct ntlm_response *r = secret_new(sizeof(*r));
    NTSTATUS st;

    if (r == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    r->kind = answer_kind(i);
    st = challenge_check(i, leg, r);
    if (NT_SUCCESS(st))
        st = names_encode(i, r);
    if (NT_SUCCESS(st)) {
        ntlm_support()->random->fill(r->client_challenge, sizeof(r->client_challenge));
        st = r->kind->build(i, r);
    }
    if (NT_SUCCESS(st)) {
        session_key_make(i, r);
        st = authenticate_make(i, leg, r);
    }
    if (NT_SUCCESS(st))
        st = response_send(i, leg, r);
    if (NT_SUCCESS(st))
        use_note(i, r);
    secret_free(r);
    return st;
}
