/*
 * Audit: one line for every logon that was decided, whoever decided it, and the
 * count of failed ones that locks an account (slots 21, 39, 58).
 *
 * Packages report by AuditLogon(Ex); a package that does not is reported for by
 * the dispatch, without names. The line's schema is in docs/audit.md. Names are
 * a stranger's bytes: the log escapes them.
 */
#include "lsa/support.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/sid.h"

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
    log_notice("logon", LOG_S("result", audit_result(a->status)),
               LOG_S("service", call->client->service->name), LOG_N("uid", call->client->id.uid),
               LOG_N("pid", call->client->id.pid), LOG_S("address", address),
               LOG_S("package", call->package ? call->package->name : "-"),
               LOG_W("account", a->account), LOG_W("authority", a->authority),
               LOG_W("workstation", a->workstation), LOG_S("sid", sid), LOG_X("status", a->status),
               LOG_X("sub_status", a->sub_status), LOG_S("locked", locked ? "yes" : "no"));
}

/*
 * Only a wrong password counts towards lockout: a disabled or expired account that
 * proved its password did nothing wrong. A store that cannot count says so, and
 * the logon stays refused.
 */
static bool
audit_count(const struct lsa_audit *a)
{
    struct account_store *store = lsa_instance()->accounts;
    struct account account;
    bool locked = false;
    status_t s = 0;

    if (view_is_empty(a->account)
        || (a->status != STATUS_WRONG_PASSWORD && a->status != STATUS_SUCCESS))
        return false;
    if (account_find(store, a->account, &account) != 0)
        return false;
    if (a->status == STATUS_WRONG_PASSWORD)
        s = account_logon_failed(store, account.rid, filetime_now(), &locked);
    else if (account.bad_count)
        s = account_logon_succeeded(store, account.rid);
    if (s != 0)
        log_error("lockout_not_counted", LOG_N("rid", account.rid), LOG_X("status", s));
    account_wipe(&account);
    return locked;
}

void
lsa_audit_logon(const struct lsa_audit *a)
{
    struct lsa_call *call = lsa_call_current();

    if (!call)
        return;
    audit_write(a, call, audit_count(a));
    call->audited = true;
}

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

    (void)type;
    (void)level;
    (void)source;
    (void)logon_id;
    if (sid)
        a.sid = view_of(sid, 8 + 4 * (size_t)((const uint8_t *)sid)[1]);
    lsa_audit_logon(&a);
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
