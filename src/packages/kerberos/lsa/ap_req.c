/*
 * An AP-REQ, opened and judged (RFC 4120 3.2.3, MS-KILE 3.4.5). The steps are
 * an array, accept_checks, and their order is the point: nothing of the
 * message is believed before its key has opened it; what can be wrong before
 * the client is known looks alike to it; and the replay cache comes last, so
 * that what is refused anyhow takes no room in it.
 *
 * CHOICE: addresses in tickets are not compared, as on Windows: a client
 * behind an address translator would be refused, and a thief is not stopped.
 *
 * Runs in the authority. The message is a stranger's; keys lie in the ring.
 */
#include "packages/kerberos/lsa/accept.h"
#include "packages/kerberos/lsa/delegation.h"
#include "packages/kerberos/lsa/flags.h"
#include "packages/kerberos/lsa/keytab.h"
#include "packages/kerberos/lsa/replay.h"

#include "base/secret.h"
#include "base/str16.h"
#include "packages/common/sec_buffer.h"

#define NAME_TEXT_MAX 1024

_Static_assert(KEYTAB_COMPONENTS_MAX <= KRB_NAME_PARTS_MAX, "a keytab's names are names");

NTSTATUS
krb_accept_refuse(struct krb_accept *a, NTSTATUS st, int32_t code, const char *reason)
{
    a->refusal.reason = reason;
    a->refusal.code = code;
    return st;
}

static NTSTATUS
check_syntax(struct krb_accept *a)
{
    struct krb_token token;

    if (krb_token_parse(a->leg->token, &token) != 0 || token.id != KRB_TOK_AP_REQ)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MSG_TYPE, "token_malformed");
    a->framed = token.framed;
    a->frame_is_user = token.user_to_user;
    if (krb_ap_req_parse(token.message, &a->request) != 0)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MSG_TYPE, "ap_req_malformed");
    return STATUS_SUCCESS;
}

/* User to user needs a ticket of ours that the client was given, and then it is nothing else. */
static NTSTATUS
check_kind(struct krb_accept *a)
{
    bool is_user = (a->request.options & KRB_AP_OPTION_USE_SESSION_KEY) != 0;

    if (is_user == (a->granting != NULL))
        return STATUS_SUCCESS;
    return is_user ? krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_NO_TGT, "user_to_user")
                   : krb_accept_refuse(a, SEC_E_INVALID_TOKEN,
                                       KRB_AP_ERR_USER_TO_USER_REQUIRED, "not_user_to_user");
}

/* ---- keys --------------------------------------------------------------- */

static bool
enctype_is_permitted(struct krb_accept *a, int32_t etype)
{
    if (crypto_krb_enctype_find(etype) == NULL) {
        a->refusal.remedy = "give the service's account AES keys, then a new keytab";
        return false;
    }
    if (etype == KRB_ENCTYPE_RC4 && !krb_setting_is_on("allow_rc4", false)) {
        a->refusal.remedy = "AES keys for the service's account and a new keytab; or "
                            "allow_rc4 = yes in [package Kerberos]";
        return false;
    }
    return true;
}

/* The ticket's key, and later the one in it. */
static NTSTATUS
enctype_check(struct krb_accept *a, int32_t etype)
{
    if (enctype_is_permitted(a, etype))
        return STATUS_SUCCESS;
    return krb_accept_refuse(a, SEC_E_KDC_UNKNOWN_ETYPE, KRB_AP_ERR_MODIFIED,
                             etype == KRB_ENCTYPE_RC4 ? "rc4_hmac_refused" : "enctype_unknown");
}

static NTSTATUS
check_enctype(struct krb_accept *a)
{
    return enctype_check(a, a->request.ticket.sealed.etype);
}

/* Opened into a part of plain that nothing else uses. */
static bool
open_part(struct krb_accept *a, const struct crypto_krb_cipher *cipher, struct view sealed,
          struct view *plain)
{
    return crypto_krb_open(cipher, sealed, a->plain + a->plain_used, plain);
}

static struct keyring_name
ticket_server(const struct krb_accept *a)
{
    const struct krb_ticket *t = &a->request.ticket;

    return (struct keyring_name){ t->realm, t->server.parts, (unsigned)t->server.count };
}

/* What an administrator has to do differs, so the log says which; the client is told less. */
static NTSTATUS
no_key_fits(struct krb_accept *a, size_t tried)
{
    const struct keyring_name name = ticket_server(a);
    const struct krb_encrypted *sealed = &a->request.ticket.sealed;
    bool known = a->ring != NULL && keyring_has_name(a->ring, &name);

    if (!known && a->credential->grants) {
        a->refusal.remedy = "the client has to ask for user to user: ISC_REQ_USE_SESSION_KEY";
        return krb_accept_refuse(a, SEC_E_NO_TGT_REPLY, KRB_AP_ERR_USER_TO_USER_REQUIRED,
                                 "user_to_user_required");
    }
    /* Another name's key may have been tried, as a service may have aliases. */
    if (!known) {
        a->refusal.remedy = "add this principal's key to the service's keytab";
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED,
                                 "no_key_of_principal");
    }
    if (tried == 0) {
        a->refusal.remedy = "export the account's keys again: its keytab lacks this type";
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "no_key_of_type");
    }
    if (sealed->has_kvno && keyring_newest(a->ring, &name) != sealed->kvno) {
        a->refusal.remedy = "the keytab is older or newer than the account's password: export it "
                            "again, and let the client get a new ticket";
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "wrong_kvno");
    }
    a->refusal.remedy = "the account has another password than the keytab: export it again";
    return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "wrong_key");
}

static NTSTATUS
ticket_read(struct krb_accept *a, struct view plain, const struct crypto_krb_key *key,
            struct keyring_name server)
{
    a->plain_used += a->request.ticket.sealed.cipher.n;
    a->key = key;
    a->server = server;
    if (krb_enc_ticket_part_parse(plain, &a->ticket) == 0)
        return STATUS_SUCCESS;
    return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED, "ticket_malformed");
}

/* By the session key of the ticket that the client was given, and by no other. */
static NTSTATUS
open_granted(struct krb_accept *a)
{
    const struct krb_encrypted *sealed = &a->request.ticket.sealed;
    struct crypto_krb_cipher cipher;
    struct view plain;
    bool opened;

    crypto_krb_open_init(&cipher, a->granting, KRB_USAGE_TICKET);
    opened = sealed->etype == a->granting->type->number &&
             open_part(a, &cipher, sealed->cipher, &plain);
    secret_wipe(&cipher, sizeof(cipher));
    if (opened)
        return ticket_read(a, plain, a->granting, ticket_server(a));
    a->refusal.remedy = "the client's ticket was made with another ticket-granting ticket";
    return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "wrong_granting_key");
}

static NTSTATUS
open_ticket(struct krb_accept *a)
{
    const struct keyring_key *keys[KEYRING_TRIES_MAX];
    const struct krb_encrypted *sealed = &a->request.ticket.sealed;
    const struct keyring_name name = ticket_server(a);
    size_t count = 0;
    struct view plain;

    if (a->granting != NULL)
        return open_granted(a);
    if (a->ring != NULL)
        count = keyring_find(a->ring, &name, sealed->etype, sealed->has_kvno, sealed->kvno, keys);
    for (size_t i = 0; i < count; i++) {
        if (open_part(a, &keys[i]->ticket, sealed->cipher, &plain))
            return ticket_read(a, plain, &keys[i]->key, keys[i]->name);
    }
    return no_key_fits(a, count);
}

/*
 * A credential of one principal takes tickets for that one (D1): by their name, and by the key that
 * opened them, as the name is in no seal. In user to user that is a matter
 * of the key, which is one identity's: the KDC gives it the name that the client asked for.
 */
static NTSTATUS
check_server(struct krb_accept *a)
{
    const struct keyring_name name = ticket_server(a);

    if (a->granting != NULL || a->credential->principal.count == 0 ||
        (keyring_name_is(&a->credential->principal, &name) &&
         keyring_name_is(&a->credential->principal, &a->server)))
        return STATUS_SUCCESS;
    return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "another_principal");
}

static NTSTATUS
open_authenticator(struct krb_accept *a)
{
    const struct krb_encrypted *sealed = &a->request.authenticator;
    struct crypto_krb_cipher cipher;
    struct view plain;
    bool opened;
    NTSTATUS st = enctype_check(a, a->ticket.key.etype);

    if (!NT_SUCCESS(st))
        return st;
    if (!crypto_krb_key_init(&a->out->session, a->ticket.key.etype, a->ticket.key.bytes) ||
        sealed->etype != a->ticket.key.etype)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED, "session_key");
    crypto_krb_open_init(&cipher, &a->out->session, KRB_USAGE_AUTHENTICATOR);
    opened = open_part(a, &cipher, sealed->cipher, &plain);
    secret_wipe(&cipher, sizeof(cipher));
    if (!opened)
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED,
                                 "authenticator_not_authentic");
    a->plain_used += sealed->cipher.n;
    if (krb_authenticator_parse(plain, &a->authenticator) != 0)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED,
                                 "authenticator_malformed");
    a->has_authenticator = true;
    return STATUS_SUCCESS;
}

/* ---- whose, and when ---------------------------------------------------- */

static NTSTATUS
check_client(struct krb_accept *a)
{
    if (krb_name_is_equal(&a->ticket.client, &a->authenticator.client) &&
        view_is_equal(a->ticket.client_realm, a->authenticator.client_realm))
        return STATUS_SUCCESS;
    return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_BADMATCH, "client_differs");
}

static NTSTATUS
check_times(struct krb_accept *a)
{
    int64_t start = a->ticket.has_start_time ? a->ticket.start_time : a->ticket.auth_time;

    if ((a->ticket.flags & KRB_TICKET_INVALID) || start > a->now + a->skew)
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_TKT_NYV,
                                 "ticket_not_yet_valid");
    if (a->ticket.end_time < a->now - a->skew) {
        a->refusal.remedy = "the client needs a new ticket, or a clock is wrong";
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_TKT_EXPIRED, "ticket_expired");
    }
    return STATUS_SUCCESS;
}

/* Realms on the way that no KDC has judged could have made the client up (RFC 4120 2.7). */
static NTSTATUS
check_transited(struct krb_accept *a)
{
    if (a->ticket.transited.n == 0 || (a->ticket.flags & KRB_TICKET_TRANSITED_CHECKED))
        return STATUS_SUCCESS;
    return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "transited_not_checked");
}

static NTSTATUS
check_skew(struct krb_accept *a)
{
    int64_t ahead = a->authenticator.time - a->now;

    if (ahead <= (int64_t)a->skew && -ahead <= (int64_t)a->skew)
        return STATUS_SUCCESS;
    a->refusal.remedy = ahead > 0 ? "the client's clock is ahead of ours"
                                  : "the client's clock is behind ours";
    return krb_accept_refuse(a, SEC_E_TIME_SKEW, KRB_AP_ERR_SKEW, "clock_skew");
}

/* ---- the checksum ------------------------------------------------------- */

/*
 * A checksum of another kind is over nothing (old SMB clients); it is verified all the same,
 * or an authenticator of another protocol would do here.
 */
static NTSTATUS
checksum_of_nothing(struct krb_accept *a)
{
    const struct krb_authenticator *m = &a->authenticator;
    struct crypto_krb_sum sum;
    bool good;

    if (m->checksum_type != a->out->session.type->checksum)
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_INAPP_CKSUM, "checksum_type");
    crypto_krb_sum_init(&sum, &a->out->session, KRB_USAGE_AP_REQ_CHECKSUM);
    good = crypto_krb_sum_check(&sum, NULL, 0, m->checksum);
    secret_wipe(&sum, sizeof(sum));
    if (!good)
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "checksum_wrong");
    a->gss.flags = KRB_GSS_REPLAY | KRB_GSS_SEQUENCE;
    if (a->request.options & KRB_AP_OPTION_MUTUAL_REQUIRED)
        a->gss.flags |= KRB_GSS_MUTUAL;
    return STATUS_SUCCESS;
}

static NTSTATUS
check_checksum(struct krb_accept *a)
{
    const struct krb_authenticator *m = &a->authenticator;

    if (!m->has_checksum)
        return STATUS_SUCCESS;
    if (m->checksum_type != KRB_CKSUM_GSS)
        return checksum_of_nothing(a);
    if (krb_gss_checksum_parse(m->checksum, &a->gss) != 0)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_INAPP_CKSUM,
                                 "checksum_malformed");
    a->has_gss = true;
    return STATUS_SUCCESS;
}

/* A raw AP-REQ is DCE style's and DCE style's is raw (MS-KILE 3.4.5). */
static NTSTATUS
check_style(struct krb_accept *a)
{
    bool dce = (a->gss.flags & KRB_GSS_DCE_STYLE) != 0;

    if (dce == a->framed)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MSG_TYPE, "style_and_frame");
    a->out->gss = krb_flags_hold(a->gss.flags, a->leg->requirements);
    return STATUS_SUCCESS;
}

/* What MS-KILE's clients say in the authenticator's authorization data. */
static NTSTATUS
check_options(struct krb_accept *a)
{
    struct krb_auth_data_found found;

    if (krb_auth_data_find(a->authenticator.auth_data, KRB_AD_AP_OPTIONS, &found) != 0 ||
        (found.data.n > 0 && krb_ap_options_parse(found.data, &a->options) != 0))
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED, "auth_data");
    if ((a->options & KRB_AD_AP_OPTIONS_UNVERIFIED_TARGET) ||
        krb_auth_data_find(a->authenticator.auth_data, KRB_AD_TARGET_PRINCIPAL, &found) != 0 ||
        !str16_is_valid(found.data))
        return STATUS_SUCCESS;
    a->out->target = krb_accepted_copy(a->out, found.data);
    return STATUS_SUCCESS;
}

/* Whether bindings must be there, and must be the application's, is the same for all packages. */
static NTSTATUS
check_bindings(struct krb_accept *a)
{
    struct channel_bindings_claim claim = {
        .aware = (a->options & KRB_AD_AP_OPTIONS_CBT) != 0,
    };
    struct channel_bindings_verdict v;

    if (!NT_SUCCESS(channel_bindings_read(krb_support()->lsa, a->leg->input, a->bindings)))
        return krb_accept_refuse(a, SEC_E_BAD_BINDINGS, KRB_AP_ERR_MODIFIED,
                                 "own_bindings_malformed");
    if (a->has_gss)
        memcpy(claim.hash, a->gss.bindings, sizeof(claim.hash));
    v = channel_bindings_check(channel_bindings_policy(krb_support()->settings, KRB_PACKAGE),
                               a->leg->requirements, a->bindings, &claim);
    a->bindings_result = v.result;
    if (v.status == 0)
        return STATUS_SUCCESS;
    a->refusal.remedy = v.hint;
    return krb_accept_refuse(a, v.status, KRB_AP_ERR_MODIFIED, v.reason);
}

/* ---- what is kept ------------------------------------------------------- */

static void
name_text(const struct krb_name *name, struct view realm, char out[NAME_TEXT_MAX])
{
    struct wr w = wr_init(out, NAME_TEXT_MAX - 1);

    krb_name_text_build(&w, name, realm);
    out[w.failed ? 0 : w.len] = '\0';
}

/* The principal whose key it is: what the ticket calls him anybody may have written. */
static void
server_text(const struct krb_accept *a, char out[NAME_TEXT_MAX])
{
    struct krb_name name = { .count = a->server.count };

    for (size_t i = 0; i < name.count; i++)
        name.parts[i] = a->server.component[i];
    name_text(&name, a->server.realm, out);
}

static NTSTATUS
keep(struct krb_accept *a)
{
    struct krb_accepted *out = a->out;
    const struct krb_authenticator *m = &a->authenticator;
    char text[NAME_TEXT_MAX];

    if (m->has_subkey &&
        (!enctype_is_permitted(a, m->subkey.etype) ||
         !crypto_krb_key_init(&out->initiator, m->subkey.etype, m->subkey.bytes)))
        return krb_accept_refuse(a, SEC_E_KDC_UNKNOWN_ETYPE, KRB_AP_ERR_MODIFIED, "subkey_type");
    if (!m->has_subkey)
        out->initiator = out->session;
    out->peer_sequence = out->own_sequence = m->sequence;
    out->ticket_flags = a->ticket.flags;
    out->end = a->ticket.end_time;
    name_text(&a->ticket.client, a->ticket.client_realm, text);
    out->client = krb_accepted_text(out, view_of(text, strlen(text)));
    server_text(a, text);
    out->server = krb_accepted_text(out, view_of(text, strlen(text)));
    if (out->client.n > 0 && out->server.n > 0)
        return STATUS_SUCCESS;
    return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED, "names_not_text");
}

/* ---- once --------------------------------------------------------------- */

/* The AP-REQ is used up by what follows: with too little room for the answer nothing was done. */
static NTSTATUS
check_room(struct krb_accept *a)
{
    if ((a->out->gss & KRB_GSS_MUTUAL) == 0)
        return STATUS_SUCCESS;
    return sec_buffer_check_room(a->leg->output, SECBUFFER_TOKEN, KRB_ACCEPT_ANSWER_MAX,
                                 (a->leg->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0);
}

static NTSTATUS
replay_refuse(struct krb_accept *a, enum replay_verdict verdict)
{
    static const struct {
        const char *reason, *remedy;
    } words[] = {
        [REPLAY_SEEN] = { "replay", NULL },
        [REPLAY_TOO_OLD] = { "replay_cache_lost",
                             "until the clock skew is over; after a wrong clock, stop lsad and "
                             "remove its replay_cache" },
        [REPLAY_FULL] = { "replay_cache_full", "replay_entries in [package Kerberos]" },
    };

    a->refusal.remedy = words[verdict].remedy;
    return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_REPEAT, words[verdict].reason);
}

/*
 * What is sealed of RFC 4120 3.2.3's tuple (the client as keep() wrote him), and the sealed
 * authenticator, which no other ticket's is like. CHOICE: without the server's name, which is in
 * no seal: several may have one key, and with another of them the same AP-REQ would be a new one.
 */
static NTSTATUS
check_replay(struct krb_accept *a)
{
    uint8_t time[12];
    struct wr w = wr_init(time, sizeof(time));
    enum replay_verdict verdict;
    struct replay *cache;

    a->replay_is_allowed = (a->leg->requirements & ASC_REQ_ALLOW_CONTEXT_REPLAY) &&
                           krb_setting_is_on("allow_context_replay", false);
    if (a->replay_is_allowed)
        return STATUS_SUCCESS;
    cache = krb_replay_cache();
    if (cache == NULL) {
        a->refusal.remedy = "see what event=replay_cache said before this";
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_REPEAT, "no_replay_cache");
    }
    wr_u64le(&w, (uint64_t)a->authenticator.time);
    wr_u32le(&w, a->authenticator.microseconds);
    verdict = replay_check(cache,
                           (struct view[]){ a->out->client, wr_written(&w),
                                            a->request.authenticator.cipher },
                           3, a->authenticator.time, a->now, a->skew);
    return verdict == REPLAY_NEW ? STATUS_SUCCESS : replay_refuse(a, verdict);
}

static NTSTATUS (*const accept_checks[])(struct krb_accept *) = {
    check_syntax,   check_kind,     check_enctype,  open_ticket,   check_server,
    open_authenticator, check_client, check_times,  check_transited, check_skew,
    check_checksum, check_style,    check_options,  check_bindings, keep,
    krb_delegation_open, check_room, check_replay,
};

NTSTATUS
krb_ap_req_accept(struct krb_accept *a)
{
    NTSTATUS st = STATUS_SUCCESS;

    for (size_t i = 0; NT_SUCCESS(st) && i < sizeof(accept_checks) / sizeof(accept_checks[0]); i++)
        st = accept_checks[i](a);
    return st;
}
