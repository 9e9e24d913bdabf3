/*
 * Audit: one line for every logon that was decided, whoever decided it, and the
 * count of failed ones that locks an account (slots 21, 39, 58; lockout.c).
 *
 * Packages report by AuditLogon(Ex); a package that does not is reported for by
 * the dispatch, without names. The line's schema is in docs/audit.md. Names are
 * a stranger's bytes: the log escapes them.
 *
 * A package that is negotiated (SECPKG_CALL_NEGO) does not have the last word: the list of
 * mechanisms may yet turn out to be another than the client's (RFC 4178 5). What it
 * accepts is held, with the context between two legs, until the leg that decides, or until the
 * context goes without one.
 *
 * CHOICE: that is a failure like any other, of the same address, where the last leg sent something
 * and the answer never came. Where the application is gone, or had no room for what was to be
 * sent, the peer was not asked: a server that crashes must not be kept from its peers for a minute
 * afterwards. A connection that the application closes for reasons of its own while it waits
 * looks like a peer that stayed away, and counts.
 */
#include "lsa/support.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/sid.h"
#include "lsa/session.h"
#include "lsa/token.h"

#include <stdlib.h>

struct lsa_held_logon {
    const struct lsa_package *package;
    struct view peer_address;       /* of whose logon it is */
    struct lsa_audit line;          /* its views, and the address, are of bytes */
    uint8_t bytes[];
};

static const char *
audit_result(NTSTATUS s)
{
    return NT_SUCCESS(s) ? "accepted" : "refused";
}

static void
audit_write(const struct lsa_audit *a, const struct lsa_call *call, bool locked)
{
    char sid[SID_TEXT_MAX] = "-";
    char address[64] = "-";
    size_t n = call->peer_address.n < sizeof(address) ? call->peer_address.n : sizeof(address) - 1;

    if (a->sid.n)
        (void)sid_format(a->sid, sid);
    if (n) {
        memcpy(address, call->peer_address.p, n);
        address[n] = '\0';
    }
    log_notice(a->event ? a->event : "logon", LOG_S("result", audit_result(a->status)),
               LOG_S("service", call->client->service->name), LOG_N("uid", call->client->id.uid),
               LOG_N("pid", call->client->id.pid), LOG_S("address", address),
               LOG_S("package", call->package ? call->package->name : "-"),
               LOG_W("account", a->account), LOG_W("authority", a->authority),
               LOG_W("workstation", a->workstation), LOG_S("sid", sid), LOG_X("status", a->status),
               LOG_X("sub_status", a->sub_status), LOG_S("locked", locked ? "yes" : "no"));
}

/* The account that the report is about. A name that is known to be none is not looked up. */
static bool
audit_find(const struct lsa_audit *a, struct account *out)
{
    return !view_is_empty(a->account) && a->status != STATUS_NO_SUCH_USER
           && lsa_account_resolve(lsa_instance(), a->account, out) == STATUS_SUCCESS;
}

/*
 * Only a wrong password counts towards lockout: a disabled or expired account that
 * proved its password did nothing wrong.
 */
static bool
audit_count(const struct lsa_audit *a, struct account *account)
{
    if (a->status == STATUS_WRONG_PASSWORD)
        return lsa_lockout_failed(lsa_instance(), account, filetime_now());
    if (a->status == STATUS_SUCCESS)
        lsa_lockout_succeeded(lsa_instance(), account);
    return false;
}

static void
audit_decide(struct lsa_call *call, const struct lsa_audit *a)
{
    struct lsa_audit line = *a;
    struct account account;
    struct sid sid = { .n = 0 };
    bool locked = false;

    if (audit_find(a, &account)) {
        locked = audit_count(a, &account);
        if (line.sid.n == 0
            && sid_append(account_store_sid(lsa_instance()->accounts), account.rid, &sid))
            line.sid = sid_view(&sid);
        account_wipe(&account);
    }
    audit_write(&line, call, locked);
}

static struct view
held_copy(uint8_t **at, struct view v)
{
    struct view copy = view_of(*at, v.n);

    if (v.n)
        memcpy(*at, v.p, v.n);
    *at += v.n;
    return copy;
}

/* False: no memory. A later one of the same call takes the place of the first. */
static bool
audit_hold(struct lsa_call *call, const struct lsa_audit *a)
{
    size_t n = a->account.n + a->authority.n + a->workstation.n + a->sid.n
               + call->peer_address.n;
    struct lsa_held_logon *h = malloc(sizeof(*h) + n);
    uint8_t *at;

    if (!h)
        return false;
    at = h->bytes;
    h->package = call->package;
    h->line = *a;
    h->line.account = held_copy(&at, a->account);
    h->line.authority = held_copy(&at, a->authority);
    h->line.workstation = held_copy(&at, a->workstation);
    h->line.sid = held_copy(&at, a->sid);
    h->peer_address = held_copy(&at, call->peer_address);
    free(call->held);
    call->held = h;
    return true;
}

void
lsa_audit_logon(const struct lsa_audit *a)
{
    struct lsa_call *call = lsa_call_current();
    bool negotiated = call && (call->attributes & SECPKG_CALL_NEGO);

    if (!call)
        return;
    /* Without memory it is better to say too much than nothing. */
    if (!negotiated || !NT_SUCCESS(a->status) || !audit_hold(call, a))
        audit_decide(call, a);
    call->audited = true;
}

bool
lsa_audit_release(struct lsa_call *call, NTSTATUS status)
{
    struct lsa_held_logon *h = call->held;

    if (!h)
        return false;
    call->held = NULL;
    h->line.status = status;
    lsa_call_enter(call, h->package);
    audit_decide(call, &h->line);
    lsa_call_leave(call);
    free(h);
    return true;
}

void
lsa_audit_abandon(struct lsa_call *call, bool by_peer)
{
    struct view peer = call->peer_address;

    if (!call->held)
        return;
    call->peer_address = call->held->peer_address;
    if (by_peer) {
        lsa_rate_add(call);
        atomic_fetch_add(&call->client->lsa->counters.refused, 1);
    } else {
        call->held->line.event = "logon_dropped";
    }
    (void)lsa_audit_release(call, SEC_E_CONTEXT_EXPIRED);
    call->peer_address = peer;
}

/* A package that knows the session and no SID: whose token the session has, he it is. */
VOID NTAPI
lsa_support_audit_logon_ex(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account,
                           PUNICODE_STRING authority, PUNICODE_STRING workstation, PSID sid,
                           SECURITY_LOGON_TYPE type, SECURITY_IMPERSONATION_LEVEL level,
                           PTOKEN_SOURCE source, PLUID logon_id)
{
    struct lsa_audit a = {
        .status = status,
        .sub_status = sub_status,
        .account = lsa_string_view(account),
        .authority = lsa_string_view(authority),
        .workstation = lsa_string_view(workstation),
    };
    struct lsa_token *token = NULL;

    (void)type;
    (void)level;
    (void)source;
    if (sid)
        a.sid = view_of(sid, 8 + 4 * (size_t)((const uint8_t *)sid)[1]);
    else if (logon_id && (token = lsa_session_token(lsa_instance(), *logon_id)))
        a.sid = lsa_token_user(token);
    lsa_audit_logon(&a);
    lsa_token_put(token);
}

VOID NTAPI
lsa_support_audit_logon(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account,
                        PUNICODE_STRING authority, PUNICODE_STRING workstation, PSID sid,
                        SECURITY_LOGON_TYPE type, PTOKEN_SOURCE source, PLUID logon_id)
{
    lsa_support_audit_logon_ex(status, sub_status, account, authority, workstation, sid, type,
                               SecurityImpersonation, source, logon_id);
}

/* The record of an account check apart from a logon: written, not counted. */
NTSTATUS NTAPI
lsa_support_audit_account(ULONG audit_id, BOOLEAN success, PUNICODE_STRING source,
                          PUNICODE_STRING client, PUNICODE_STRING mapped, NTSTATUS status)
{
    log_notice("account_logon", LOG_S("result", success ? "accepted" : "refused"),
               LOG_N("audit_id", audit_id), LOG_W("source", lsa_string_view(source)),
               LOG_W("client", lsa_string_view(client)), LOG_W("mapped", lsa_string_view(mapped)),
               LOG_X("status", status));
    return STATUS_SUCCESS;
}
