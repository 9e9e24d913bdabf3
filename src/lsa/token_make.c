/*
 * What is in a token: from an account's authorization data, from the structures
 * of CreateToken (LSA_TOKEN_INFORMATION_*'s pages), and for the processes that
 * talk to the authority.
 *
 * Runs in the authority. Packages' structures are believed no further than their
 * SIDs are well-formed; who somebody is on this machine is decided here, by the
 * account store, and never by a package (D18).
 */
#include "lsa/token.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "base/sid.h"
#include "lsa/session.h"
#include "lsa/unix_user.h"

#include <stdlib.h>

#define TOKEN_GROUP_ON (SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED)
#define TOKEN_WELL_KNOWN 3

_Static_assert(LSA_AUTH_GROUPS_MAX + TOKEN_WELL_KNOWN <= TOKEN_GROUPS_MAX,
               "every account's groups fit a token");

static const struct sid sid_world = { 12, { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 } };
static const struct sid sid_network = { 12, { 1, 1, 0, 0, 0, 0, 0, 5, 2, 0, 0, 0 } };
static const struct sid sid_anonymous = { 12, { 1, 1, 0, 0, 0, 0, 0, 5, 7, 0, 0, 0 } };
static const struct sid sid_authenticated = { 12, { 1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0 } };
static const struct sid sid_system = { 12, { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 } };
/* CHOICE: Samba's "Unix User": a uid that no account of the store stands for. */
static const struct sid sid_unix_user = { 12, { 1, 1, 0, 0, 0, 0, 0, 22, 1, 0, 0, 0 } };

/* The SIDs of a token, kept beside it while it is encoded. */
struct token_sids {
    struct sid own[LSA_AUTH_GROUPS_MAX + 2];
    size_t own_count;
    struct token_group v[TOKEN_GROUPS_MAX];
    uint32_t count;
    bool failed;
};

static void
sids_add(struct token_sids *s, struct view sid, uint32_t attributes)
{
    if (s->count == TOKEN_GROUPS_MAX || !sid_is_valid(sid))
        s->failed = true;
    else
        s->v[s->count++] = (struct token_group){ sid, attributes };
}

/* A SID of the store's domain, kept in s. */
static struct view
sids_own(struct token_sids *s, struct lsa *l, uint32_t rid)
{
    struct sid *sid = &s->own[s->own_count++];

    if (!sid_append(account_store_sid(l->accounts), rid, sid))
        s->failed = true;
    return sid_view(sid);
}

/* Those that the authority adds to everybody who logs on from the network. */
static void
sids_add_everybodys(struct token_sids *s, bool anonymous)
{
    sids_add(s, sid_view(&sid_world), TOKEN_GROUP_ON);
    sids_add(s, sid_view(&sid_network), TOKEN_GROUP_ON);
    if (!anonymous)
        sids_add(s, sid_view(&sid_authenticated), TOKEN_GROUP_ON);
}

static struct token_sids *
sids_new(void)
{
    struct token_sids *s = malloc(sizeof(*s));  /* 100 KB, of which little is used: not zeroed */

    if (s) {
        s->own_count = 0;
        s->count = 0;
        s->failed = false;
    }
    return s;
}

static uint64_t
token_luid(LUID l)
{
    return (uint64_t)(uint32_t)l.HighPart << 32 | l.LowPart;
}

static struct token_snapshot
token_facts(struct lsa *l, const struct lsa_token_frame *f)
{
    struct token_snapshot t = {
        .token_id = token_luid(lsa_luid_next(l)),
        .logon_id = token_luid(f->logon_id),
        .expiry = f->expiry,
        .type = TokenImpersonation,
        .level = (uint32_t)f->level,
        .uid = TOKEN_NO_UID,
        .gid = TOKEN_NO_UID,
        .account = f->account,
        .domain = f->domain,
    };

    if (f->source) {
        memcpy(t.source, f->source->SourceName, sizeof(t.source));
        t.source_id = token_luid(f->source->SourceIdentifier);
    }
    return t;
}

static struct lsa_token *
token_encode(const struct token_snapshot *t, const struct token_sids *s)
{
    struct wr w = wr_init_heap(LSA_TOKEN_BYTES_MAX);
    struct lsa_token *token = NULL;

    if (!s->failed)
        token_snapshot_build(&w, t, s->v, s->count);
    if (!s->failed && !w.failed)
        token = lsa_token_new(wr_written(&w));
    wr_wipe(&w);
    return token;
}

/* ---- accounts of the store --------------------------------------------------- */

/* Without asking anybody: see unix_user.c. NULL: no memory. */
static struct unix_user *
account_unix_user(struct lsa *l, const struct lsa_auth_data *a)
{
    uint32_t groups[LSA_AUTH_GROUPS_MAX + 1] = { ACCOUNT_RID_USERS };

    if (!view_is_empty(a->local_user))
        return unix_user_peek(l->unix_users, a->local_user);
    if (a->group_count > 0)
        memcpy(groups + 1, a->groups, a->group_count * sizeof(groups[0]));
    return unix_user_of_rid(l->unix_users, a->rid, groups, a->group_count + 1);
}

struct lsa_token *
lsa_token_of_account(struct lsa *l, const struct lsa_token_frame *f, const struct lsa_auth_data *a)
{
    struct token_sids *s = sids_new();
    struct unix_user *user = s ? account_unix_user(l, a) : NULL;
    struct token_snapshot t = token_facts(l, f);
    struct lsa_token *token = NULL;

    if (user) {
        t.user = sids_own(s, l, a->rid);
        t.primary_group = sids_own(s, l, ACCOUNT_RID_USERS);
        t.local_user = a->local_user;
        unix_user_show(user, &t);
        for (size_t i = 0; i < a->group_count; i++)
            sids_add(s, sids_own(s, l, a->groups[i]), TOKEN_GROUP_ON);
        sids_add_everybodys(s, false);
        token = token_encode(&t, s);
        unix_user_put(user);
    }
    free(s);
    return token;
}

/* ---- CreateToken -------------------------------------------------------------- */

/* A SID as a package passes it, by its own count, at whatever address. Empty: none. */
static struct view
information_sid(PSID sid)
{
    const uint8_t *bytes = sid;
    size_t count = bytes ? bytes[offsetof(SID, SubAuthorityCount)] : 0;

    if (!bytes || count > SID_MAX_SUB_AUTHORITIES)
        return view_of(NULL, 0);
    return view_of(bytes, offsetof(SID, SubAuthority) + count * sizeof(DWORD));
}

static void
sids_add_groups(struct token_sids *s, const TOKEN_GROUPS *groups)
{
    const SID_AND_ATTRIBUTES *v = groups ? groups->Groups : NULL;

    for (ULONG i = 0; groups && i < groups->GroupCount && !s->failed; i++)
        sids_add(s, information_sid(v[i].Sid), v[i].Attributes);
}

/* An account of the store is whom it says, also where a package made the token. */
static struct unix_user *
information_unix_user(struct lsa *l, struct view user, struct account *account)
{
    struct lsa_auth_data a = { .group_count = LSA_AUTH_GROUPS_MAX };
    bool known;

    *account = (struct account){ 0 };
    known = sid_has_domain(user, account_store_sid(l->accounts), &a.rid)
            && account_find_rid(l->accounts, a.rid, account) == 0
            && account_groups(l->accounts, a.rid, a.groups, &a.group_count) == 0;
    secret_wipe(account->nt_hash, sizeof(account->nt_hash));
    if (!known)
        return unix_user_peek(l->unix_users, view_of(NULL, 0));
    a.local_user = view_of(account->local_user, strlen(account->local_user));
    return account_unix_user(l, &a);
}

static NTSTATUS
token_of_v1(struct lsa *l, const struct lsa_token_frame *f, const LSA_TOKEN_INFORMATION_V1 *v,
            const TOKEN_GROUPS *more, struct lsa_token **out)
{
    struct token_snapshot t = token_facts(l, f);
    struct token_sids *s = sids_new();
    struct account account;
    struct unix_user *user;

    t.user = information_sid(v->User.User.Sid);
    t.primary_group = information_sid(v->PrimaryGroup.PrimaryGroup);
    t.expiry = v->ExpirationTime.QuadPart;
    user = s ? information_unix_user(l, t.user, &account) : NULL;
    if (user) {
        t.local_user = view_of(account.local_user, strlen(account.local_user));
        unix_user_show(user, &t);
        sids_add_groups(s, v->Groups);
        sids_add_groups(s, more);
        sids_add_everybodys(s, false);
        *out = token_encode(&t, s);
        unix_user_put(user);
    }
    free(s);
    return *out ? STATUS_SUCCESS : user ? STATUS_INVALID_PARAMETER : STATUS_NO_MEMORY;
}

static NTSTATUS
token_of_null(struct lsa *l, const struct lsa_token_frame *f, const LSA_TOKEN_INFORMATION_NULL *v,
              const TOKEN_GROUPS *more, struct lsa_token **out)
{
    struct token_snapshot t = token_facts(l, f);
    struct token_sids *s = sids_new();

    if (!s)
        return STATUS_NO_MEMORY;
    t.user = sid_view(&sid_anonymous);
    t.primary_group = t.user;
    t.expiry = v->ExpirationTime.QuadPart;
    sids_add_groups(s, v->Groups);
    sids_add_groups(s, more);
    sids_add_everybodys(s, true);
    *out = token_encode(&t, s);
    free(s);
    return *out ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* V2 is V1 in one block, V3 begins like V1: the claims that follow have no use here. */
NTSTATUS
lsa_token_of_information(struct lsa *l, const struct lsa_token_frame *f,
                         LSA_TOKEN_INFORMATION_TYPE type, const void *information,
                         const TOKEN_GROUPS *more, struct lsa_token **out)
{
    *out = NULL;
    if (!information || f->level < SecurityAnonymous || f->level > SecurityDelegation)
        return STATUS_INVALID_PARAMETER;
    if (type == LsaTokenInformationNull)
        return token_of_null(l, f, information, more, out);
    if (type < LsaTokenInformationV1 || type > LsaTokenInformationV3)
        return STATUS_INVALID_PARAMETER;
    return token_of_v1(l, f, information, more, out);
}

/* ---- processes ------------------------------------------------------------------ */

/* Of a session that no package made. */
static struct sid
process_sid(LUID logon_id)
{
    struct sid user;

    if (logon_id.HighPart == LSA_LUID_USER_HIGH
        && sid_append(&sid_unix_user, logon_id.LowPart, &user))
        return user;
    return token_luid(logon_id) == token_luid(LSA_LUID_SYSTEM) ? sid_system : sid_anonymous;
}

struct lsa_token *
lsa_token_of_process(struct lsa *l, LUID logon_id)
{
    const struct lsa_token_frame f = { .logon_id = logon_id, .expiry = FILETIME_NEVER };
    const struct sid user = process_sid(logon_id);
    struct token_snapshot t = token_facts(l, &f);
    struct token_sids *s = sids_new();
    struct lsa_token *token;

    if (!s)
        return NULL;
    t.type = TokenPrimary;
    t.user = sid_view(&user);
    sids_add(s, sid_view(&sid_world), TOKEN_GROUP_ON);
    if (!view_is_equal(t.user, sid_view(&sid_anonymous)))
        sids_add(s, sid_view(&sid_authenticated), TOKEN_GROUP_ON);
    token = token_encode(&t, s);
    free(s);
    return token;
}

/* ---- mapping once more ------------------------------------------------------------ */

struct view
lsa_token_remap(struct arena *arena, struct lsa *l, struct view snapshot)
{
    struct wr w = wr_init_heap(LSA_TOKEN_BYTES_MAX);
    struct token_sids *s = sids_new();
    struct unix_user *user = NULL;
    struct view out = view_of(NULL, 0);
    struct token_snapshot t;
    struct token_group g;
    struct rd r;

    if (s && token_snapshot_parse(snapshot, &t) == 0) {
        r = rd_init(t.groups);
        while (token_group_next(&r, &g))
            sids_add(s, g.sid, g.attributes);
        user = t.mapping == TOKEN_PENDING ? unix_user_peek(l->unix_users, t.local_user) : NULL;
        if (user)
            unix_user_show(user, &t);
        token_snapshot_build(&w, &t, s->v, s->count);
    }
    if (wr_written(&w).n > 0 && !w.failed)
        out = view_of(arena_copy(arena, wr_written(&w)), wr_written(&w).n);
    unix_user_put(user);
    wr_wipe(&w);
    free(s);
    return out.p ? out : view_of(NULL, 0);
}
