/*
 * Who the client is on this machine. Three answers, in this order:
 *
 *   - the PAC's SIDs (MS-PAC), when the realm owns them: [realm R] sid = says
 *     which domains are R's, and what it says of other domains, of this
 *     machine or of the system is dropped and logged (D23);
 *   - the account of the local store that [realm R] accounts = makes of the
 *     client's name;
 *   - nobody: a context with the client's name and no token, unless
 *     accept_unmapped = no, or that is not set and the realm has accounts =:
 *     then deleting an account takes as much away as disabling it.
 *
 * A PAC is believed after its server signature under the very key that opened
 * the ticket, and CLIENT_INFO against the ticket. Whoever has that key, the
 * service's machine, can sign a PAC ("silver ticket"): the KDC's signature
 * can be checked by the KDC alone.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/accept.h"

#include "base/sid.h"
#include "packages/kerberos/lsa/account_name.h"

#include <stdlib.h>

#define REALM_MAX 256u
#define LIST_ROOM 1024
#define DOMAINS_MAX 16u
#define GROUPS_MAX 1000u                /* of Windows's 1024 the authority adds some */

static const TOKEN_SOURCE krb_source = { .SourceName = { 'K', 'e', 'r', 'b', 'e', 'r', 'o', 's' } };

/* Said by the domain controller of how the client proved who he is (MS-PAC 2.5). */
static const struct sid asserted[] = {
    { 12, { 1, 1, 0, 0, 0, 0, 0, 18, 1, 0, 0, 0 } },
    { 12, { 1, 1, 0, 0, 0, 0, 0, 18, 2, 0, 0, 0 } },
};

struct identity_domains {
    char realm[REALM_MAX];
    struct sid sid[DOMAINS_MAX];
    size_t count;
};

/* The SIDs of a token while it is made. */
struct identity_sids {
    struct sid user, primary;
    struct sid *group;
    uint32_t *attributes;
    size_t count, room, dropped;
};

/* ---- which SIDs a realm may assert -------------------------------------- */

static bool
realm_setting(const struct identity_domains *d, const char *key, char out[LIST_ROOM])
{
    return krb_support()->settings->section_get(OPENSSPI_HOST_SECTION_REALM, d->realm, key, out,
                                                LIST_ROOM) != FALSE;
}

/* What is no SID in the list is told, and owns nothing. */
static void
domains_parse(struct identity_domains *d, char *list)
{
    char *rest = NULL;

    for (char *one = strtok_r(list, ", \t", &rest); one != NULL && d->count < DOMAINS_MAX;
         one = strtok_r(NULL, ", \t", &rest)) {
        if (sid_parse_text(one, &d->sid[d->count]))
            d->count++;
        else
            krb_log(4, "realm_sid",
                    (const char *const[]){ "realm", d->realm, "not_a_sid", one, NULL });
    }
}

static void
domains_read(struct identity_domains *d, struct view realm)
{
    char list[LIST_ROOM];

    *d = (struct identity_domains){ .count = 0 };
    /* One with a NUL in it would be read as the realm that is before it. */
    if (realm.n == 0 || realm.n >= sizeof(d->realm) || memchr(realm.p, 0, realm.n) != NULL)
        return;
    memcpy(d->realm, realm.p, realm.n);
    if (realm_setting(d, "sid", list))
        domains_parse(d, list);
}

static bool
domains_own(const struct identity_domains *d, struct view sid)
{
    uint32_t rid;

    for (size_t i = 0; i < d->count; i++) {
        if (sid_has_domain(sid, &d->sid[i], &rid))
            return true;
    }
    return false;
}

static bool
sid_is_asserted(struct view sid)
{
    for (size_t i = 0; i < sizeof(asserted) / sizeof(asserted[0]); i++) {
        if (view_is_equal(sid, sid_view(&asserted[i])))
            return true;
    }
    return false;
}

/* ---- the SIDs of a PAC (MS-KILE 3.4.5.3) -------------------------------- */

static void
sids_add(struct identity_sids *s, const struct identity_domains *d, const struct sid *sid,
         uint32_t attributes)
{
    if (!domains_own(d, sid_view(sid)) && !sid_is_asserted(sid_view(sid))) {
        s->dropped++;
        return;
    }
    for (size_t i = 0; i < s->count; i++) {
        if (view_is_equal(sid_view(&s->group[i]), sid_view(sid)))
            return;
    }
    if (s->count < s->room) {
        s->group[s->count] = *sid;
        s->attributes[s->count++] = attributes;
    }
}

static void
sids_add_groups(struct identity_sids *s, const struct identity_domains *d, struct view domain,
                struct krb_pac_list list)
{
    struct krb_pac_member m;
    struct sid base, sid;

    if (!sid_from_view(domain, &base))
        return;
    while (krb_pac_list_next(&list, &m)) {
        if (sid_append(&base, m.rid, &sid))
            sids_add(s, d, &sid, m.attributes);
    }
}

static void
sids_add_extra(struct identity_sids *s, const struct identity_domains *d,
               struct krb_pac_list list)
{
    struct krb_pac_member m;
    struct sid sid;

    while (krb_pac_list_next(&list, &m)) {
        if (sid_from_view(m.sid, &sid))
            sids_add(s, d, &sid, m.attributes);
    }
}

/* The user is a RID in the domain, or with RID 0 the first of the extra SIDs. */
static bool
sids_user(struct identity_sids *s, const struct krb_pac_logon_info *info)
{
    struct krb_pac_list extra = info->extra_sids;
    struct krb_pac_member first;
    struct sid domain;

    if (!sid_from_view(info->domain_sid, &domain) ||
        !sid_append(&domain, info->primary_group_id, &s->primary))
        return false;
    if (info->user_id != 0)
        return sid_append(&domain, info->user_id, &s->user);
    return krb_pac_list_next(&extra, &first) && sid_from_view(first.sid, &s->user);
}

static void
sids_log(const struct identity_sids *s, const struct identity_domains *d)
{
    if (s->dropped > 0)
        krb_log(4, "pac_sids_dropped",
                (const char *const[]){ "realm", d->realm, "dropped", krb_number(s->dropped).text,
                                       "reason", "not of a domain of the realm", "remedy",
                                       "sid = in its [realm NAME], where they are its own",
                                       NULL });
}

/* STATUS_SUCCESS; STATUS_NO_SUCH_USER: the realm owns no such user. */
static NTSTATUS
sids_collect(struct identity_sids *s, const struct identity_domains *d,
             const struct krb_pac_logon_info *info)
{
    s->room = info->groups.left + info->extra_sids.left + info->resource_groups.left + 1;
    if (s->room > GROUPS_MAX)
        return STATUS_INSUFFICIENT_RESOURCES;
    s->group = calloc(s->room, sizeof(*s->group));
    s->attributes = calloc(s->room, sizeof(*s->attributes));
    if (s->group == NULL || s->attributes == NULL)
        return STATUS_NO_MEMORY;
    if (!sids_user(s, info) || !domains_own(d, sid_view(&s->user)) ||
        !domains_own(d, sid_view(&s->primary))) {
        s->dropped++;
        return STATUS_NO_SUCH_USER;
    }
    sids_add_groups(s, d, info->domain_sid, info->groups);
    sids_add_extra(s, d, info->extra_sids);
    sids_add_groups(s, d, info->resource_domain_sid, info->resource_groups);
    return STATUS_SUCCESS;
}

/* ---- a token of SIDs ---------------------------------------------------- */

static UNICODE_STRING
identity_string(struct view v)
{
    /* The authority takes it as input and does not write to it. */
    return (UNICODE_STRING){ (USHORT)v.n, (USHORT)v.n, (PWSTR)(uintptr_t)v.p };
}

static SECURITY_IMPERSONATION_LEVEL
identity_level(const struct krb_accepted *out)
{
    if (out->gss & KRB_GSS_IDENTIFY)
        return SecurityIdentification;
    return out->gss & KRB_GSS_DELEG ? SecurityDelegation : SecurityImpersonation;
}

/* A number that no other session has; Windows's packages call AllocateLocallyUniqueId. */
static NTSTATUS
session_new(LUID *out)
{
    NTSTATUS st = STATUS_LOGON_SESSION_COLLISION;

    for (unsigned i = 0; i < 8 && st == STATUS_LOGON_SESSION_COLLISION; i++) {
        krb_support()->random->fill(out, sizeof(*out));
        out->HighPart &= 0x7FFFFFFF;
        st = krb_support()->lsa->CreateLogonSession(out);
    }
    return st;
}

static TOKEN_GROUPS *
groups_new(const struct identity_sids *s)
{
    TOKEN_GROUPS *g = calloc(1, sizeof(*g) + s->count * sizeof(g->Groups[0]));

    if (g == NULL)
        return NULL;
    g->GroupCount = (DWORD)s->count;
    for (size_t i = 0; i < s->count; i++) {
        g->Groups[i].Sid = (PSID)s->group[i].bytes;
        g->Groups[i].Attributes = s->attributes[i];
    }
    return g;
}

static NTSTATUS
token_of_sids(struct krb_accepted *out, struct identity_sids *s, struct view name)
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = krb_support()->lsa;
    TOKEN_GROUPS *groups = groups_new(s);
    UNICODE_STRING account = identity_string(name);
    UNICODE_STRING authority = identity_string(out->identity.authority);
    TOKEN_SOURCE source = krb_source;
    LSA_TOKEN_INFORMATION_V2 info = {
        .ExpirationTime.QuadPart = filetime_from_unix(out->end),
        .User.User.Sid = (PSID)s->user.bytes,
        .Groups = groups,
        .PrimaryGroup.PrimaryGroup = (PSID)s->primary.bytes,
    };
    NTSTATUS sub_status = STATUS_SUCCESS;
    NTSTATUS st = groups != NULL ? session_new(&out->identity.logon_id) : STATUS_NO_MEMORY;

    if (NT_SUCCESS(st)) {
        st = lsa->CreateToken(&out->identity.logon_id, &source, Network, identity_level(out),
                              LsaTokenInformationV2, &info, NULL, &account, &authority, NULL,
                              NULL, &out->identity.token, &sub_status);
        if (!NT_SUCCESS(st))
            (void)lsa->DeleteLogonSession(&out->identity.logon_id);
    }
    free(groups);
    return st;
}

/* DOMAIN\user in the context's text. */
static void
account_name(struct krb_accepted *out, struct view domain, struct view user)
{
    uint8_t text[2 * 2 * KRB_ACCOUNT_UNITS_MAX];
    struct wr w = wr_init(text, sizeof(text));

    wr_view(&w, domain);
    wr_u16le(&w, '\\');
    wr_view(&w, user);
    if (!w.failed)
        out->identity.account = krb_accepted_copy(out, wr_written(&w));
}

/* ---- the PAC ------------------------------------------------------------ */

/*
 * UPN_DNS_INFO says some of LOGON_INFO's again, where the domain controller knows how
 * (KRB_UPN_EXTENDED): a PAC that speaks of two users is nobody's. Its UPN is no name to log on
 * with here: DOMAIN\user is, which a domain does not give twice.
 */
static bool
upn_fits(const struct krb_pac *pac, const struct krb_pac_logon_info *info)
{
    struct krb_pac_upn_dns_info upn;
    struct identity_sids sids = { .count = 0 };

    if (!krb_pac_has(pac, KRB_PAC_UPN_DNS_INFO))
        return true;
    if (krb_pac_upn_dns_info_parse(pac->buffers[KRB_PAC_UPN_DNS_INFO], &upn) != 0)
        return false;
    if ((upn.flags & KRB_UPN_EXTENDED) == 0)
        return true;
    return sids_user(&sids, info) && view_is_equal(sid_view(&sids.user), upn.sid) &&
           view_is_equal(upn.sam_name, info->effective_name);
}

static NTSTATUS
pac_use(struct krb_accept *a, const struct krb_pac *pac, const struct identity_domains *d)
{
    struct krb_pac_logon_info info;
    struct identity_sids sids = { .count = 0 };
    NTSTATUS st;

    if (krb_pac_logon_info_parse(pac->buffers[KRB_PAC_LOGON_INFO], &info) != 0 ||
        !upn_fits(pac, &info))
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "pac_malformed");
    st = sids_collect(&sids, d, &info);
    sids_log(&sids, d);
    if (NT_SUCCESS(st)) {
        a->out->identity.authority = krb_accepted_copy(a->out, info.logon_domain);
        account_name(a->out, info.logon_domain, info.effective_name);
        st = token_of_sids(a->out, &sids, info.effective_name);
        /* When the domain wants him gone (MS-PAC 2.5), never is a number, too. */
        a->out->identity.logoff = info.kickoff_time != 0 ? info.kickoff_time : FILETIME_NEVER;
    }
    free(sids.group);
    free(sids.attributes);
    if (NT_SUCCESS(st) || st == STATUS_NO_SUCH_USER)
        return st;
    a->refusal.sub_status = st;
    return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_ERR_GENERIC,
                             st == STATUS_INSUFFICIENT_RESOURCES ? "too_many_groups" : "token");
}

/* For the application, where it may know the client's groups at all. */
static NTSTATUS
pac_keep(struct krb_accepted *out, struct view pac)
{
    if (!krb_support()->call->may_token())
        return STATUS_SUCCESS;
    out->pac = malloc(pac.n);
    if (out->pac == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(out->pac, pac.p, pac.n);
    out->pac_n = pac.n;
    return STATUS_SUCCESS;
}

/* STATUS_NO_SUCH_USER: no PAC, or none that says SIDs of the realm's. */
static NTSTATUS
identity_of_pac(struct krb_accept *a, const struct identity_domains *d)
{
    struct krb_auth_data_found found;
    struct krb_pac pac;
    NTSTATUS st;

    if (krb_auth_data_find(a->ticket.auth_data, KRB_AD_PAC, &found) != 0 ||
        found.relevant + found.bare > 1)
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "pac_malformed");
    /* One that no AD-IF-RELEVANT holds is not a KDC's. */
    if (found.relevant == 0)
        return STATUS_NO_SUCH_USER;
    if (krb_pac_parse(found.data, &pac) != 0)
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "pac_malformed");
    if (!krb_pac_check_server(&pac, a->key))
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "pac_signature");
    if (!krb_pac_check_client(&pac, &a->ticket))
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_AP_ERR_MODIFIED, "pac_of_another");
    st = pac_keep(a->out, found.data);
    if (!NT_SUCCESS(st))
        return krb_accept_refuse(a, st, KRB_ERR_GENERIC, "memory");
    if (!krb_pac_has(&pac, KRB_PAC_LOGON_INFO))
        return STATUS_NO_SUCH_USER;
    return pac_use(a, &pac, d);
}

/* ---- the account -------------------------------------------------------- */

static NTSTATUS
token_of_account(struct krb_accept *a, struct view name)
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = krb_support()->lsa;
    UNICODE_STRING authority = krb_support()->machine->names()->netbios_domain;
    UNICODE_STRING text = identity_string(name), account = { 0 };
    struct krb_identity *id = &a->out->identity;
    TOKEN_SOURCE source = krb_source;
    PUCHAR data = NULL;
    ULONG size = 0;
    NTSTATUS st = lsa->GetAuthDataForUser(&text, SecNameSamCompatible, NULL, &data, &size, NULL);

    if (!NT_SUCCESS(st))
        return st;
    st = lsa->ConvertAuthDataToToken(data, size, identity_level(a->out), &source, Network,
                                     &authority, &id->token, &id->logon_id, &account,
                                     &a->refusal.sub_status);
    lsa->FreeLsaHeap(data);
    if (!NT_SUCCESS(st))
        return krb_accept_refuse(a, st, KRB_ERR_GENERIC, "account_restriction");
    id->authority = krb_accepted_copy(a->out, krb_string_view(&authority));
    account_name(a->out, krb_string_view(&authority), krb_string_view(&account));
    lsa->FreeLsaHeap(account.Buffer);
    return STATUS_SUCCESS;
}

/* STATUS_NO_SUCH_USER: the realm's users have no accounts here, or this one has none. */
static NTSTATUS
identity_of_account(struct krb_accept *a, const struct identity_domains *d)
{
    uint8_t name[2 * KRB_ACCOUNT_UNITS_MAX];
    char pattern[LIST_ROOM];
    size_t n;

    if (!realm_setting(d, "accounts", pattern) ||
        !krb_account_name(pattern, &a->ticket, name, sizeof(name), &n))
        return STATUS_NO_SUCH_USER;
    return token_of_account(a, view_of(name, n));
}

/* ---- all of it ---------------------------------------------------------- */

static bool
realm_has_accounts(const struct identity_domains *d)
{
    char pattern[LIST_ROOM];

    return realm_setting(d, "accounts", pattern);
}

static const char *
unmapped_remedy(bool pac, bool accounts)
{
    if (pac)
        return "require_pac is on: sid in the [realm NAME] has to be the domain that the PAC is of";
    if (accounts)
        return "there is no account of that name: sspi account add, or accept_unmapped = yes";
    return "sid or accounts in the [realm NAME] of the client's realm";
}

static NTSTATUS
identity_of_nobody(struct krb_accept *a, const struct identity_domains *d)
{
    struct krb_identity *id = &a->out->identity;
    bool pac = krb_setting_is_on("require_pac", false), accounts = realm_has_accounts(d);

    if (pac || !krb_setting_is_on("accept_unmapped", !accounts)) {
        a->refusal.remedy = unmapped_remedy(pac, accounts);
        a->refusal.sub_status = STATUS_NO_SUCH_USER;
        return krb_accept_refuse(a, SEC_E_LOGON_DENIED, KRB_ERR_GENERIC, "client_unmapped");
    }
    id->authority = krb_accepted_text(a->out, view_of(d->realm, strlen(d->realm)));
    id->account = a->out->client;
    return STATUS_SUCCESS;
}

NTSTATUS
krb_identity_find(struct krb_accept *a)
{
    struct identity_domains domains;
    NTSTATUS st;

    domains_read(&domains, a->ticket.client_realm);
    a->out->identity.logoff = FILETIME_NEVER;
    st = identity_of_pac(a, &domains);
    if (st == STATUS_NO_SUCH_USER && !krb_setting_is_on("require_pac", false))
        st = identity_of_account(a, &domains);
    return st == STATUS_NO_SUCH_USER ? identity_of_nobody(a, &domains) : st;
}

static void
identity_close(struct krb_identity *id)
{
    if (id->token != NULL)
        (void)krb_support()->handle->close(id->token);
    id->token = NULL;
}

/* The authority's own token is closed: the application's copy is all that is needed. */
NTSTATUS
krb_identity_hand_over(struct krb_identity *id, HANDLE *out)
{
    NTSTATUS st;

    *out = NULL;
    if (id->token == NULL)
        return STATUS_SUCCESS;
    st = krb_support()->lsa->DuplicateHandle(id->token, out);
    identity_close(id);
    return st;
}

void
krb_identity_wipe(struct krb_identity *id)
{
    identity_close(id);
}

void
krb_identity_audit(const struct krb_accepted *out, NTSTATUS st, NTSTATUS sub_status)
{
    UNICODE_STRING user = identity_string(out->client);
    UNICODE_STRING authority = identity_string(out->identity.authority);
    TOKEN_SOURCE source = krb_source;
    LUID logon_id = out->identity.logon_id;

    krb_support()->lsa->AuditLogonEx(st == SEC_E_LOGON_DENIED ? STATUS_LOGON_FAILURE : st,
                                     sub_status, &user, &authority, NULL, NULL, Network,
                                     identity_level(out), &source, &logon_id);
}
