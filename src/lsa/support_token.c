/*
 * Support functions about tokens (slots 13, 20, 34, 46, 50, 55, 59): made from
 * authorization data or from what a package says, found by their session, put into
 * the client.
 */
#include "lsa/support.h"

#include "base/filetime.h"
#include "lsa/session.h"
#include "lsa/token.h"

static NTSTATUS
token_copy_name(struct view name, PUNICODE_STRING out)
{
    out->Buffer = lsa_heap_copy(name);
    out->Length = (USHORT)name.n;
    out->MaximumLength = (USHORT)name.n;
    return out->Buffer ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/*
 * A disabled account is told by the sub-status, as LsaApLogonUser's page has it; the others by
 * themselves.
 */
static NTSTATUS
token_check_account(const struct lsa_auth_data *a, PNTSTATUS sub_status)
{
    struct account state = { .flags = a->flags,
                             .expires = a->expires,
                             .locked_until = a->locked_until };
    NTSTATUS s = account_check(&state, filetime_now());

    if (s != STATUS_ACCOUNT_DISABLED)
        return s;
    *sub_status = s;
    return STATUS_ACCOUNT_RESTRICTION;
}

/* In a session of its own, which a failure leaves no trace of. */
static NTSTATUS
token_log_on(struct lsa *l, const struct lsa_token_frame *f, const struct lsa_auth_data *a,
             PHANDLE token)
{
    struct lsa_token *t = lsa_token_of_account(l, f, a);
    NTSTATUS s = t ? lsa_session_create(l, f->logon_id) : STATUS_NO_MEMORY;

    if (s == STATUS_SUCCESS) {
        s = lsa_token_publish(l, t, token);
        if (s != STATUS_SUCCESS)
            (void)lsa_session_delete(l, f->logon_id);
    }
    lsa_token_put(t);
    return s;
}

NTSTATUS NTAPI
lsa_support_token_convert(PVOID data, ULONG size, SECURITY_IMPERSONATION_LEVEL level,
                          PTOKEN_SOURCE source, SECURITY_LOGON_TYPE type, PUNICODE_STRING authority,
                          PHANDLE token, PLUID logon_id, PUNICODE_STRING account,
                          PNTSTATUS sub_status)
{
    struct lsa *l = lsa_instance();
    struct lsa_token_frame f = { .level = level, .source = source, .expiry = FILETIME_NEVER };
    struct lsa_auth_data a;
    NTSTATUS s;

    (void)type;
    *token = NULL;
    *sub_status = STATUS_SUCCESS;
    *account = (UNICODE_STRING){ 0 };
    *logon_id = lsa_luid_next(l);
    s = lsa_auth_data_parse(view_of(data, size), &a);
    if (s == STATUS_SUCCESS)
        s = token_check_account(&a, sub_status);
    if (s != STATUS_SUCCESS)
        return s;
    f.logon_id = *logon_id;
    f.account = a.account;
    f.domain = lsa_string_view(authority);
    if (view_is_empty(f.domain))
        f.domain = lsa_string_view(&l->names.netbios_domain);
    s = token_copy_name(a.account, account);
    if (s == STATUS_SUCCESS)
        s = token_log_on(l, &f, &a, token);
    if (s != STATUS_SUCCESS) {
        lsa_heap_free(account->Buffer);
        *account = (UNICODE_STRING){ 0 };
    }
    return s;
}

/* ---- CreateToken -------------------------------------------------------------- */

/* "Groups must be allocated by AllocatePrivateHeap": so they are the authority's to free. */
static void
token_free_groups(LSA_TOKEN_INFORMATION_V1 *v)
{
    lsa_support_private_free(v->Groups);
    v->Groups = NULL;
}

static NTSTATUS
token_create(const struct lsa_token_frame *f, LSA_TOKEN_INFORMATION_TYPE type, PVOID information,
             PTOKEN_GROUPS groups, PHANDLE token)
{
    struct lsa *l = lsa_instance();
    struct lsa_token *t;
    NTSTATUS s = lsa_token_of_information(l, f, type, information, groups, &t);

    if (s == STATUS_SUCCESS)
        s = lsa_token_publish(l, t, token);
    lsa_token_put(t);
    /* V2 and V3 are one block: the package's. */
    if (s == STATUS_SUCCESS && type == LsaTokenInformationV1)
        token_free_groups(information);
    return s;
}

NTSTATUS NTAPI
lsa_support_token_create(PLUID id, PTOKEN_SOURCE source, SECURITY_LOGON_TYPE logon_type,
                         SECURITY_IMPERSONATION_LEVEL level, LSA_TOKEN_INFORMATION_TYPE type,
                         PVOID information, PTOKEN_GROUPS groups, PUNICODE_STRING account,
                         PUNICODE_STRING authority, PUNICODE_STRING workstation,
                         PUNICODE_STRING profile, PHANDLE token, PNTSTATUS sub_status)
{
    struct lsa_token_frame f = { *id, level, source, 0, lsa_string_view(account),
                                 lsa_string_view(authority) };

    (void)logon_type;
    (void)workstation;
    (void)profile;
    *token = NULL;
    *sub_status = STATUS_SUCCESS;
    return token_create(&f, type, information, groups, token);
}

NTSTATUS NTAPI
lsa_support_token_create_ex(PLUID id, PTOKEN_SOURCE source, SECURITY_LOGON_TYPE logon_type,
                            SECURITY_IMPERSONATION_LEVEL level, LSA_TOKEN_INFORMATION_TYPE type,
                            PVOID information, PTOKEN_GROUPS groups, PUNICODE_STRING workstation,
                            PUNICODE_STRING profile, PVOID session,
                            SECPKG_SESSIONINFO_TYPE session_type, PHANDLE token,
                            PNTSTATUS sub_status)
{
    const SECPKG_PRIMARY_CRED *primary = session;
    struct lsa_token_frame f = { *id, level, source, 0, { NULL, 0 }, { NULL, 0 } };

    (void)logon_type;
    (void)workstation;
    (void)profile;
    *token = NULL;
    *sub_status = STATUS_SUCCESS;
    if (session_type != SecSessionPrimaryCred || !primary)
        return STATUS_INVALID_PARAMETER;
    f.account = lsa_string_view(&primary->DownlevelName);
    f.domain = lsa_string_view(&primary->DomainName);
    return token_create(&f, type, information, groups, token);
}

/* ---- handles -------------------------------------------------------------------- */

/* A process's session has none until somebody asks. */
NTSTATUS NTAPI
lsa_support_token_open(PLUID id, HANDLE *token)
{
    struct lsa *l = lsa_instance();
    struct lsa_token *t = lsa_session_token(l, *id);
    NTSTATUS s;

    *token = NULL;
    if (!t && lsa_session_is_live(l, *id))
        t = lsa_token_of_process(l, *id);
    if (!t)
        return STATUS_NO_SUCH_LOGON_SESSION;
    s = lsa_token_publish(l, t, token);
    lsa_token_put(t);
    return s;
}

/* The destination is meaningful in the client only: the snapshot travels with the reply. */
NTSTATUS NTAPI
lsa_support_handle_duplicate(HANDLE source, PHANDLE destination)
{
    struct lsa_call *call = lsa_call_current();
    struct lsa_token *t;
    NTSTATUS s;

    *destination = NULL;
    if (!call)
        return STATUS_UNSUCCESSFUL;
    t = lsa_token_find(lsa_instance(), source);
    if (!t)
        return STATUS_INVALID_HANDLE;
    s = lsa_token_copy(call, t, destination);
    lsa_token_put(t);
    return s;
}

/* There is no Protected Users group in the store: nobody is. */
NTSTATUS NTAPI
lsa_support_token_protected(HANDLE token, PBOOLEAN is_protected)
{
    (void)token;
    *is_protected = FALSE;
    return STATUS_SUCCESS;
}
