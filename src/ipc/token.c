/*
 * Token snapshots as bytes (D10; the members are those of Microsoft's
 * TOKEN_STATISTICS, TOKEN_SOURCE, TOKEN_USER, TOKEN_PRIMARY_GROUP, TOKEN_GROUPS).
 *
 * Built in the authority, parsed in applications, also from a descriptor that
 * another process passed on: no byte is trusted. What token_snapshot_build()
 * writes, token_snapshot_parse() takes; anything else fails the writer.
 *
 * A snapshot: u32 magic, u64 token id, u64 logon id, u64 expiry, u32 type,
 * u32 level, 8 bytes source, u64 source id, u32 mapping, u32 uid, u32 gid; u32
 * length and bytes of user, primary group, account, domain, local user, home,
 * gids (u32 each); u32 count of groups, and for each u32 attributes, u32
 * length, SID. Nothing follows.
 */
#include "ipc/token.h"

#include "base/sid.h"
#include "base/str16.h"
#include "winerror.h"

#define TOKEN_MAGIC 0x314b544fu         /* "OTK1"; the digit is the version */
#define TOKEN_NAME_BYTES_MAX 2048u      /* of an account or domain, UTF-16 */
#define TOKEN_TYPE_FIRST 1u             /* TokenPrimary */
#define TOKEN_TYPE_LAST 2u              /* TokenImpersonation */
#define TOKEN_LEVEL_LAST 3u             /* SecurityDelegation */
#define TOKEN_ID_AT 4u                  /* offsets of the fixed head */
#define TOKEN_TYPE_AT 28u
#define TOKEN_LEVEL_AT 32u

static bool
name_is_valid(struct view name)
{
    return name.n <= TOKEN_NAME_BYTES_MAX && str16_is_valid(name);
}

static bool
gids_are_valid(struct view gids)
{
    struct rd r = rd_init(gids);

    if (gids.n % sizeof(uint32_t) != 0 || gids.n / sizeof(uint32_t) > TOKEN_GIDS_MAX)
        return false;
    while (rd_left(&r) > 0) {
        uint32_t gid = rd_u32le(&r);

        if (gid == 0 || gid == TOKEN_NO_UID)
            return false;
    }
    return true;
}

/* Root is nobody's image, whatever the bytes say (D18): not even a forger's. */
static bool
mapping_is_valid(const struct token_snapshot *t)
{
    if (t->local_user.n > TOKEN_LOCAL_MAX || t->home.n > TOKEN_HOME_MAX)
        return false;
    if (t->mapping == TOKEN_MAPPED)
        return t->uid != 0 && t->uid != TOKEN_NO_UID && t->gid != 0 && t->gid != TOKEN_NO_UID
            && gids_are_valid(t->gids);
    return (t->mapping == TOKEN_UNMAPPED
            || (t->mapping == TOKEN_PENDING && !view_is_empty(t->local_user)))
        && t->uid == TOKEN_NO_UID && t->gid == TOKEN_NO_UID && view_is_empty(t->gids);
}

/* A token always has a user; its primary group may be missing. */
static bool
snapshot_is_valid(const struct token_snapshot *t)
{
    return t->type >= TOKEN_TYPE_FIRST && t->type <= TOKEN_TYPE_LAST
        && t->level <= TOKEN_LEVEL_LAST
        && sid_is_valid(t->user)
        && (view_is_empty(t->primary_group) || sid_is_valid(t->primary_group))
        && name_is_valid(t->account) && name_is_valid(t->domain) && mapping_is_valid(t);
}

static struct view
get_counted(struct rd *r)
{
    return rd_view(r, rd_u32le(r));
}

static void
get_fixed(struct rd *r, struct token_snapshot *out)
{
    rd_expect_u32le(r, TOKEN_MAGIC);
    out->token_id = rd_u64le(r);
    out->logon_id = rd_u64le(r);
    out->expiry = (int64_t)rd_u64le(r);
    out->type = rd_u32le(r);
    out->level = rd_u32le(r);
    rd_bytes(r, out->source, sizeof(out->source));
    out->source_id = rd_u64le(r);
    out->mapping = rd_u32le(r);
    out->uid = rd_u32le(r);
    out->gid = rd_u32le(r);
}

/* Checked once here, so that whoever walks the groups later need not. */
static void
check_groups(struct rd *r, struct token_snapshot *out)
{
    struct rd groups;
    struct token_group g;
    uint32_t found = 0;

    out->group_count = rd_u32le(r);
    out->groups = rd_rest(r);
    groups = rd_init(out->groups);
    while (found < TOKEN_GROUPS_MAX && token_group_next(&groups, &g))
        found++;
    if (found != out->group_count || rd_end_exact(&groups, SEC_E_INVALID_TOKEN) != SEC_E_OK)
        rd_fail(r);
}

status_t
token_snapshot_parse(struct view bytes, struct token_snapshot *out)
{
    struct rd r = rd_init(bytes);
    status_t status;

    memset(out, 0, sizeof(*out));
    get_fixed(&r, out);
    out->user = get_counted(&r);
    out->primary_group = get_counted(&r);
    out->account = get_counted(&r);
    out->domain = get_counted(&r);
    out->local_user = get_counted(&r);
    out->home = get_counted(&r);
    out->gids = get_counted(&r);
    check_groups(&r, out);
    if (!snapshot_is_valid(out))
        rd_fail(&r);
    status = rd_end_exact(&r, SEC_E_INVALID_TOKEN);
    if (status != SEC_E_OK)
        memset(out, 0, sizeof(*out));
    return status;
}

bool
token_group_next(struct rd *r, struct token_group *out)
{
    memset(out, 0, sizeof(*out));
    if (r->failed || rd_left(r) == 0)
        return false;
    out->attributes = rd_u32le(r);
    out->sid = get_counted(r);
    if (!sid_is_valid(out->sid))
        rd_fail(r);
    return !r->failed;
}

/* Only checked values come here, so the length fits its field. */
static void
put_counted(struct wr *w, struct view v)
{
    wr_u32le(w, (uint32_t)v.n);
    wr_view(w, v);
}

static void
put_groups(struct wr *w, const struct token_group *groups, uint32_t count)
{
    wr_u32le(w, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!sid_is_valid(groups[i].sid)) {
            w->failed = true;
            return;
        }
        wr_u32le(w, groups[i].attributes);
        put_counted(w, groups[i].sid);
    }
}

void
token_snapshot_build(struct wr *w, const struct token_snapshot *t,
                     const struct token_group *groups, uint32_t count)
{
    if (!snapshot_is_valid(t) || count > TOKEN_GROUPS_MAX) {
        w->failed = true;
        return;
    }
    wr_u32le(w, TOKEN_MAGIC);
    wr_u64le(w, t->token_id);
    wr_u64le(w, t->logon_id);
    wr_u64le(w, (uint64_t)t->expiry);
    wr_u32le(w, t->type);
    wr_u32le(w, t->level);
    wr_bytes(w, t->source, sizeof(t->source));
    wr_u64le(w, t->source_id);
    wr_u32le(w, t->mapping);
    wr_u32le(w, t->uid);
    wr_u32le(w, t->gid);
    put_counted(w, t->user);
    put_counted(w, t->primary_group);
    put_counted(w, t->account);
    put_counted(w, t->domain);
    put_counted(w, t->local_user);
    put_counted(w, t->home);
    put_counted(w, t->gids);
    put_groups(w, groups, count);
}

void
token_snapshot_relabel(struct view snapshot, uint32_t type, uint32_t level, uint64_t id,
                       uint8_t *out)
{
    struct wr w = wr_init(out, snapshot.n);

    wr_view(&w, snapshot);
    wr_set_u32le(&w, TOKEN_ID_AT, (uint32_t)id);
    wr_set_u32le(&w, TOKEN_ID_AT + sizeof(uint32_t), (uint32_t)(id >> 32));
    wr_set_u32le(&w, TOKEN_TYPE_AT, type);
    wr_set_u32le(&w, TOKEN_LEVEL_AT, level);
}
