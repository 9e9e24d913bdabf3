/*
 * KERB_VALIDATION_INFO (MS-PAC 2.5): who the user is, in NDR. The fixed part
 * is 216 octets; its pointers' referents follow in the order of the members:
 * six strings, GroupIds, LogonServer, LogonDomainName, LogonDomainId,
 * ExtraSids (the array, then each SID), ResourceGroupDomainSid,
 * ResourceGroupIds.
 *
 * Read before and after its signature has been verified: trusts nothing. All
 * lists are walked here once, so that krb_pac_list_next() cannot fail later.
 */
#include "packages/kerberos/wire/ndr.h"
#include "packages/kerberos/wire/wire.h"

#include "base/sid.h"

#include "winerror.h"

#define MEMBER_SIZE 8u          /* of GROUP_MEMBERSHIP and of KERB_SID_AND_ATTRIBUTES */
#define SID_SUB_MAX 14u         /* a domain's: one RID must fit behind it */
#define SID_COUNT_AT 1u

/* The strings of no interest here are read past. */
enum text { EFFECTIVE_NAME, FULL_NAME, SCRIPT, PROFILE, HOME, HOME_DRIVE, SERVER, DOMAIN, TEXTS };

/* The fixed part's pointers and counts. */
struct fixed {
    struct ndr_string texts[TEXTS];
    uint32_t group_count, extra_count, resource_count;
    bool has_groups, has_domain, has_extra, has_resource_domain, has_resources;
};

static uint32_t
list_count_get(struct rd *r)
{
    uint32_t count = rd_u32le(r);

    if (count > KRB_PAC_LIST_MAX)
        rd_fail(r);
    return count;
}

/* Offsets 0 to 119: times, names, RIDs, groups. */
static void
fixed_user_get(struct rd *r, struct fixed *f, struct krb_pac_logon_info *out)
{
    out->logon_time = (int64_t)rd_u64le(r);
    out->logoff_time = (int64_t)rd_u64le(r);
    out->kickoff_time = (int64_t)rd_u64le(r);
    rd_skip(r, 3 * 8);
    for (unsigned i = EFFECTIVE_NAME; i <= HOME_DRIVE; i++)
        f->texts[i] = ndr_string_get(r);
    rd_skip(r, 2 * 2);
    out->user_id = rd_u32le(r);
    out->primary_group_id = rd_u32le(r);
    f->group_count = list_count_get(r);
    f->has_groups = ndr_pointer_get(r);
    out->user_flags = rd_u32le(r);
}

/* Offsets 120 to 215: UserSessionKey, where from, account control, SIDs, resource groups. */
static void
fixed_domain_get(struct rd *r, struct fixed *f, struct krb_pac_logon_info *out)
{
    rd_skip(r, 16);
    f->texts[SERVER] = ndr_string_get(r);
    f->texts[DOMAIN] = ndr_string_get(r);
    f->has_domain = ndr_pointer_get(r);
    rd_skip(r, 2 * 4);
    out->user_account_control = rd_u32le(r);
    rd_skip(r, 4 + 8 + 8 + 4 + 4);
    f->extra_count = list_count_get(r);
    f->has_extra = ndr_pointer_get(r);
    f->has_resource_domain = ndr_pointer_get(r);
    f->resource_count = list_count_get(r);
    f->has_resources = ndr_pointer_get(r);
}

static struct krb_pac_list
groups_get(struct rd *r, bool has, uint32_t count)
{
    struct krb_pac_list list = { .left = count };

    if (!has) {
        if (count > 0)
            rd_fail(r);
        return list;
    }
    ndr_array_expect(r, count);
    list.groups = rd_init(rd_view(r, (size_t)count * MEMBER_SIZE));
    return list;
}

/* The array, whose pointers must all mean something, and the SIDs. */
static struct krb_pac_list
sids_get(struct rd *r, bool has, uint32_t count)
{
    struct krb_pac_list list = groups_get(r, has, count);
    struct rd pointers = list.groups;
    size_t start = r->at;

    list.is_sids = true;
    for (uint32_t i = 0; i < count && !r->failed; i++) {
        if (!ndr_pointer_get(&pointers))
            rd_fail(r);
        rd_skip(&pointers, 4);
        (void)ndr_sid_referent_get(r);
    }
    /* Not a view of their own: alignment is that of the whole. */
    list.sids = *r;
    list.sids.at = start;
    return list;
}

static struct view
domain_sid_get(struct rd *r)
{
    struct view sid = ndr_sid_referent_get(r);

    if (sid.n <= SID_COUNT_AT || sid.p[SID_COUNT_AT] > SID_SUB_MAX) {
        rd_fail(r);
        return view_of(NULL, 0);
    }
    return sid;
}

static void
referents_get(struct rd *r, const struct fixed *f, struct krb_pac_logon_info *out)
{
    out->effective_name = ndr_string_referent_get(r, f->texts[EFFECTIVE_NAME]);
    out->full_name = ndr_string_referent_get(r, f->texts[FULL_NAME]);
    for (unsigned i = SCRIPT; i <= HOME_DRIVE; i++)
        (void)ndr_string_referent_get(r, f->texts[i]);
    out->groups = groups_get(r, f->has_groups, f->group_count);
    out->logon_server = ndr_string_referent_get(r, f->texts[SERVER]);
    out->logon_domain = ndr_string_referent_get(r, f->texts[DOMAIN]);
    if (!f->has_domain)
        rd_fail(r);
    out->domain_sid = domain_sid_get(r);
    out->extra_sids = sids_get(r, f->has_extra, f->extra_count);
    if (f->has_resource_domain)
        out->resource_domain_sid = domain_sid_get(r);
    out->resource_groups = groups_get(r, f->has_resources, f->resource_count);
}

/* UserFlags says which lists count: one that is there without its flag is not used. */
static void
lists_check(struct rd *r, struct krb_pac_logon_info *out)
{
    if ((out->user_flags & KRB_LOGON_EXTRA_SIDS) == 0)
        out->extra_sids.left = 0;
    if ((out->user_flags & KRB_LOGON_RESOURCE_GROUPS) == 0)
        out->resource_groups.left = 0;
    if (out->resource_groups.left > 0 && out->resource_domain_sid.n == 0)
        rd_fail(r);
}

status_t
krb_pac_logon_info_parse(struct view in, struct krb_pac_logon_info *out)
{
    struct rd r = rd_init(in);
    struct fixed f = { 0 };
    status_t st;

    *out = (struct krb_pac_logon_info){ 0 };
    ndr_header_expect(&r);
    fixed_user_get(&r, &f, out);
    fixed_domain_get(&r, &f, out);
    referents_get(&r, &f, out);
    lists_check(&r, out);
    st = rd_end(&r, SEC_E_INVALID_TOKEN);
    if (st != 0)
        *out = (struct krb_pac_logon_info){ 0 };
    return st;
}

bool
krb_pac_list_next(struct krb_pac_list *list, struct krb_pac_member *out)
{
    *out = (struct krb_pac_member){ 0 };
    if (list->left == 0)
        return false;
    list->left--;
    out->rid = rd_u32le(&list->groups);
    out->attributes = rd_u32le(&list->groups);
    if (list->is_sids) {
        out->rid = 0;
        out->sid = ndr_sid_referent_get(&list->sids);
    }
    return true;
}
