/*
 * SIDs to names and back (LookupAccountSid, LookupAccountName; MS-DTYP 2.4.2.4):
 * the store's users and groups, the machine's domain, and the well-known ones that
 * tokens here carry.
 *
 * Runs in the authority; the names asked for are a stranger's bytes.
 */
#include "lsa/lsa_internal.h"

#include "base/secret.h"
#include "base/str16.h"

#define NAME_SEPARATOR '\\'
#define NAME_AT '@'

struct well_known {
    struct sid sid;
    const char16_t *name, *domain;
    uint32_t use;
};

#define NT_AUTHORITY u"NT AUTHORITY"
#define SUB(authority, rid)                                                                       \
    { 12, { 1, 1, 0, 0, 0, 0, 0, (authority), (uint8_t)(rid), (rid) >> 8, 0, 0 } }

static const struct well_known well_knowns[] = {
    { SUB(1, 0), u"Everyone", u"", SidTypeWellKnownGroup },
    { SUB(2, 0), u"LOCAL", u"", SidTypeWellKnownGroup },
    { SUB(3, 0), u"CREATOR OWNER", u"", SidTypeWellKnownGroup },
    { SUB(5, 2), u"NETWORK", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 3), u"BATCH", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 4), u"INTERACTIVE", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 6), u"SERVICE", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 7), u"ANONYMOUS LOGON", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 11), u"Authenticated Users", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 18), u"SYSTEM", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 19), u"LOCAL SERVICE", NT_AUTHORITY, SidTypeWellKnownGroup },
    { SUB(5, 20), u"NETWORK SERVICE", NT_AUTHORITY, SidTypeWellKnownGroup },
};

/* CHOICE: the one group that everybody is in has its Windows name, though the store has no row. */
static const char16_t users_group[] = u"Domain Users";

static struct view
text_view(const char16_t *s)
{
    return view_of(s, str16_length(s) * sizeof(*s));
}

/* Names travel in the call's arena. */
static bool
name_set(struct lsa_call *call, struct lsa_name *out, struct view name, struct view domain)
{
    out->name = view_of(arena_copy(call->arena, name), name.n);
    out->domain = view_of(arena_copy(call->arena, domain), domain.n);
    return out->name.p && out->domain.p;
}

static status_t
name_found(struct lsa_call *call, struct lsa_name *out, struct view name, uint32_t use)
{
    struct view domain = lsa_string_view(&call->client->lsa->names.netbios_domain);

    out->use = use;
    return name_set(call, out, name, domain) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- by SID ------------------------------------------------------------------ */

static const struct well_known *
well_known_find(struct view sid)
{
    for (size_t i = 0; i < sizeof(well_knowns) / sizeof(well_knowns[0]); i++) {
        if (view_is_equal(sid_view(&well_knowns[i].sid), sid))
            return &well_knowns[i];
    }
    return NULL;
}

static status_t
well_known_found(struct lsa_call *call, const struct well_known *w, struct lsa_name *out)
{
    out->sid = w->sid;
    out->use = w->use;
    return name_set(call, out, text_view(w->name), text_view(w->domain))
               ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static status_t
rid_lookup(struct lsa_call *call, uint32_t rid, struct lsa_name *out)
{
    struct account_store *store = call->client->lsa->accounts;
    char16_t name[ACCOUNT_NAME_MAX];
    size_t units = ACCOUNT_NAME_MAX;
    struct account account;
    status_t s;

    if (rid == ACCOUNT_RID_USERS)
        return name_found(call, out, text_view(users_group), SidTypeGroup);
    s = account_find_rid(store, rid, &account);
    if (s == 0) {
        secret_wipe(account.nt_hash, sizeof(account.nt_hash));
        return name_found(call, out, view_of(account.name, account.name_units * sizeof(char16_t)),
                          account.flags & ACCOUNT_MACHINE ? SidTypeComputer : SidTypeUser);
    }
    if (s != STATUS_NO_SUCH_USER)
        return status_map(s);
    s = account_group_name(store, rid, name, &units);
    if (s == 0)
        return name_found(call, out, view_of(name, units * sizeof(name[0])), SidTypeAlias);
    return s == STATUS_NO_SUCH_GROUP ? SEC_E_OK : status_map(s);
}

status_t
lsa_lookup_sid(struct lsa_call *call, struct view sid, struct lsa_name *out)
{
    const struct sid *domain = account_store_sid(call->client->lsa->accounts);
    const struct well_known *w;
    uint32_t rid;

    *out = (struct lsa_name){ 0 };
    if (!sid_from_view(sid, &out->sid))
        return SEC_E_INVALID_PARAMETER;
    w = well_known_find(sid);
    if (w)
        return well_known_found(call, w, out);
    if (view_is_equal(sid, sid_view(domain)))
        return name_found(call, out, view_of(NULL, 0), SidTypeDomain);
    return sid_has_domain(sid, domain, &rid) ? rid_lookup(call, rid, out) : SEC_E_OK;
}

/* ---- by name ------------------------------------------------------------------ */

struct split_name {
    struct view name, domain;       /* domain empty: none was given */
};

/* The first backslash, else the last at sign, as a user's name may have one. */
static struct split_name
name_split(struct view v)
{
    for (size_t i = 0; i + 1 < v.n; i += 2) {
        if (v.p[i] == NAME_SEPARATOR && v.p[i + 1] == 0)
            return (struct split_name){ view_of(v.p + i + 2, v.n - i - 2), view_of(v.p, i) };
    }
    for (size_t i = v.n; i >= 2; i -= 2) {
        if (v.p[i - 2] == NAME_AT && v.p[i - 1] == 0)
            return (struct split_name){ view_of(v.p, i - 2), view_of(v.p + i, v.n - i) };
    }
    return (struct split_name){ v, view_of(NULL, 0) };
}

static bool
domain_is_own(const struct lsa *l, struct view domain)
{
    const UNICODE_STRING *own[] = {
        &l->names.netbios_domain, &l->names.netbios_computer, &l->names.dns_domain,
        &l->names.dns_computer,
    };

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (own[i]->Length > 0 && str16_is_equal_nocase(domain, lsa_string_view(own[i])))
            return true;
    }
    return view_is_empty(domain);
}

static const struct well_known *
well_known_by_name(const struct split_name *n)
{
    for (size_t i = 0; i < sizeof(well_knowns) / sizeof(well_knowns[0]); i++) {
        const struct well_known *w = &well_knowns[i];

        if (str16_is_equal_nocase(n->name, text_view(w->name))
            && (view_is_empty(n->domain)
                || str16_is_equal_nocase(n->domain, text_view(w->domain))))
            return w;
    }
    return NULL;
}

/* Users before groups, the store before what is well known: as an administrator named them. */
static status_t
store_lookup(struct lsa_call *call, struct view whole, struct view name, struct lsa_name *out)
{
    struct lsa *l = call->client->lsa;
    struct account account;
    status_t s = account_find(l->accounts, whole, &account);
    uint32_t rid = 0;

    if (s == STATUS_NO_SUCH_USER)
        s = account_find(l->accounts, name, &account);
    if (s == 0) {
        secret_wipe(account.nt_hash, sizeof(account.nt_hash));
        rid = account.rid;
    } else if (s == STATUS_NO_SUCH_USER) {
        s = account_group_find(l->accounts, name, &rid);
    }
    if (s == STATUS_NO_SUCH_GROUP && str16_is_equal_nocase(name, text_view(users_group))) {
        rid = ACCOUNT_RID_USERS;
        s = 0;
    }
    if (s != 0)
        return s == STATUS_NO_SUCH_GROUP ? SEC_E_OK : status_map(s);
    if (!sid_append(account_store_sid(l->accounts), rid, &out->sid))
        return SEC_E_INTERNAL_ERROR;
    return rid_lookup(call, rid, out);
}

status_t
lsa_lookup_name(struct lsa_call *call, struct view name, struct lsa_name *out)
{
    struct split_name n = name_split(name);
    const struct well_known *w;
    status_t s = SEC_E_OK;

    *out = (struct lsa_name){ 0 };
    if (!str16_is_valid(name) || view_is_empty(name)
        || name.n > 2 * ACCOUNT_NAME_MAX * sizeof(char16_t))
        return SEC_E_INVALID_PARAMETER;
    if (domain_is_own(call->client->lsa, n.domain))
        s = store_lookup(call, name, n.name, out);
    w = s == SEC_E_OK && out->use == 0 ? well_known_by_name(&n) : NULL;
    return w ? well_known_found(call, w, out) : s;
}
