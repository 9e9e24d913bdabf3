/*
 * Groups and who is in them.
 *
 * Runs in lsad when a token is made (account_groups), else in the sspi
 * command. Groups may hold groups, also in a circle: the query sees each once,
 * and at most ACCOUNT_GROUPS_MAX of them.
 */
#include "base/wr.h"
#include "lsa/account.h"
#include "lsa/account_change.h"
#include "lsa/account_store.h"
#include "ntstatus.h"

#define GROUPS_CACHED_MAX 128           /* a longer list is read each time */

/* ---- asking ------------------------------------------------------------ */

static status_t
groups_collect(sqlite3_stmt *st, uint32_t *rids, size_t *count)
{
    size_t room = *count;
    status_t status;

    *count = 0;
    while ((status = account_sql_row(st)) == STATUS_SUCCESS) {
        if (*count < room)
            rids[*count] = (uint32_t)sqlite3_column_int64(st, 0);
        (*count)++;
    }
    if (status != ACCOUNT_NO_ROW)
        return status;
    /* A list that is cut would lack whatever denies: then rather no logon, as on Windows. */
    if (*count > ACCOUNT_GROUPS_MAX)
        return STATUS_TOO_MANY_CONTEXT_IDS;
    return *count > room ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

static status_t
groups_read(struct account_store *s, uint32_t rid, uint32_t *rids, size_t *count)
{
    status_t status;
    struct account_conn *c = account_read_begin(s, &status);
    sqlite3_stmt *st;

    if (c == NULL)
        return status;
    st = account_sql(c, ACCOUNT_SQL_GROUPS, &status);
    if (st != NULL) {
        (void)sqlite3_bind_int64(st, 1, rid);
        (void)sqlite3_bind_int64(st, 2, ACCOUNT_GROUPS_MAX + 1);
        status = groups_collect(st, rids, count);
        account_sql_end(st);
    }
    account_read_end(s, c);
    return status;
}

/* As it lies in the cache. */
struct group_list {
    uint32_t count;
    uint32_t rids[GROUPS_CACHED_MAX];
};

_Static_assert(sizeof(struct group_list) <= ACCOUNT_CACHE_VALUE_MAX, "lists are cached");

/* A rid and a mark: no name has an odd number of bytes. */
static struct view
groups_key(uint32_t rid, uint8_t room[5])
{
    struct wr w = wr_init(room, 5);

    wr_u32le(&w, rid);
    wr_u8(&w, 'g');
    return wr_written(&w);
}

status_t
account_groups(struct account_store *s, uint32_t rid, uint32_t *rids, size_t *count)
{
    struct account_cache *cache = account_read_cache(s);
    struct group_list list = { 0 };
    uint8_t room[5];
    struct view key = groups_key(rid, room);
    uint64_t version;
    status_t status;

    if (account_cache_get(cache, key, &list, sizeof(list), &version) && list.count <= *count) {
        memcpy(rids, list.rids, list.count * sizeof(rids[0]));
        *count = list.count;
        return STATUS_SUCCESS;
    }
    status = groups_read(s, rid, rids, count);
    if (status == STATUS_SUCCESS && *count <= GROUPS_CACHED_MAX) {
        list.count = (uint32_t)*count;
        memcpy(list.rids, rids, *count * sizeof(rids[0]));
        account_cache_put(cache, key, &list, sizeof(list), version);
    }
    return status;
}

status_t
account_group_find(struct account_store *s, struct view name, uint32_t *rid)
{
    struct account_name upper;
    struct account_conn *c;
    sqlite3_stmt *st;
    status_t status;

    if (!account_name_upper(name, &upper))
        return STATUS_NO_SUCH_GROUP;
    c = account_read_begin(s, &status);
    if (c == NULL)
        return status;
    st = account_sql(c, ACCOUNT_SQL_GROUP_FIND, &status);
    if (st != NULL) {
        (void)sqlite3_bind_blob(st, 1, upper.bytes, upper.n, SQLITE_STATIC);
        status = account_sql_row(st);
        if (status == STATUS_SUCCESS)
            *rid = (uint32_t)sqlite3_column_int64(st, 0);
        account_sql_end(st);
    }
    account_read_end(s, c);
    return status == ACCOUNT_NO_ROW ? STATUS_NO_SUCH_GROUP : status;
}

static status_t
group_copy_name(sqlite3_stmt *st, char16_t *name, size_t *units)
{
    const void *bytes = sqlite3_column_blob(st, 0);
    size_t n = (size_t)sqlite3_column_bytes(st, 0);

    if (bytes == NULL || n % 2 != 0 || n > ACCOUNT_NAME_MAX * 2)
        return STATUS_INTERNAL_DB_CORRUPTION;
    if (n > *units * 2)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(name, bytes, n);
    *units = n / 2;
    return STATUS_SUCCESS;
}

status_t
account_group_name(struct account_store *s, uint32_t rid, char16_t *name, size_t *units)
{
    struct account_conn *c;
    sqlite3_stmt *st;
    status_t status;

    c = account_read_begin(s, &status);
    if (c == NULL)
        return status;
    st = account_sql(c, ACCOUNT_SQL_GROUP_NAME, &status);
    if (st != NULL) {
        (void)sqlite3_bind_int64(st, 1, rid);
        status = account_sql_row(st);
        if (status == STATUS_SUCCESS)
            status = group_copy_name(st, name, units);
        account_sql_end(st);
    }
    account_read_end(s, c);
    return status == ACCOUNT_NO_ROW ? STATUS_NO_SUCH_GROUP : status;
}

status_t
account_group_each(struct account_store *s, uint32_t group,
                   bool (*each)(struct view name, void *arg), void *arg)
{
    status_t status;
    struct account_conn *c = account_read_begin(s, &status);
    sqlite3_stmt *st;
    bool more = true;

    if (c == NULL)
        return status;
    st = account_sql(c, ACCOUNT_SQL_MEMBERS, &status);
    if (st != NULL)
        (void)sqlite3_bind_int64(st, 1, group);
    while (st != NULL && more && (status = account_sql_row(st)) == STATUS_SUCCESS) {
        const void *name = sqlite3_column_blob(st, 0);

        more = each(view_of(name, (size_t)sqlite3_column_bytes(st, 0)), arg);
    }
    if (st != NULL)
        account_sql_end(st);
    account_read_end(s, c);
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

/* ---- changing ---------------------------------------------------------- */

static status_t
group_insert(struct account_store *s, struct view name, const struct account_name *upper,
             uint32_t rid)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, ACCOUNT_SQL_GROUP_ADD, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    (void)sqlite3_bind_blob(st, 2, name.p, (int)name.n, SQLITE_STATIC);
    (void)sqlite3_bind_blob(st, 3, upper->bytes, upper->n, SQLITE_STATIC);
    return account_sql_run(st);
}

status_t
account_group_add(struct account_store *s, struct view name, uint32_t *rid)
{
    struct account_name upper;
    uint32_t own = 0, taken;
    status_t status;

    *rid = 0;
    if (!account_name_is_valid(name) || !account_name_upper(name, &upper))
        return STATUS_INVALID_PARAMETER;
    status = account_write_begin(s, true);
    if (status != STATUS_SUCCESS)
        return status;
    status = account_name_check_free(s, &upper, &taken);
    if (status == STATUS_GROUP_EXISTS)
        own = taken;
    if (status == STATUS_SUCCESS)
        status = account_rid_take(s, &own);
    if (status == STATUS_SUCCESS)
        status = group_insert(s, name, &upper, own);
    status = account_write_end(s, status);
    if (status == STATUS_SUCCESS || status == STATUS_GROUP_EXISTS)
        *rid = own;
    return status;
}

/* absent: what to answer when the statement finds no row for the rid. */
static status_t
member_check(struct account_store *s, enum account_sql which, uint32_t rid, status_t absent)
{
    status_t status;
    sqlite3_stmt *st = account_sql(&s->writer, which, &status);

    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, rid);
    status = account_sql_row(st);
    account_sql_end(st);
    return status == ACCOUNT_NO_ROW ? absent : status;
}

static status_t
member_set(struct account_store *s, uint32_t group, uint32_t member, bool in)
{
    status_t status;
    sqlite3_stmt *st;

    status = member_check(s, ACCOUNT_SQL_GROUP_NAME, group, STATUS_NO_SUCH_GROUP);
    if (status == STATUS_SUCCESS)
        status = member_check(s, ACCOUNT_SQL_RID_TAKEN, member, STATUS_NO_SUCH_USER);
    if (status != STATUS_SUCCESS)
        return status;
    st = account_sql(&s->writer, in ? ACCOUNT_SQL_MEMBER_ADD : ACCOUNT_SQL_MEMBER_REMOVE, &status);
    if (st == NULL)
        return status;
    (void)sqlite3_bind_int64(st, 1, group);
    (void)sqlite3_bind_int64(st, 2, member);
    return account_sql_run(st);
}

status_t
account_group_member(struct account_store *s, uint32_t group, uint32_t member, bool in)
{
    status_t status;

    if (group == member)
        return STATUS_INVALID_PARAMETER;
    status = account_write_begin(s, true);
    if (status != STATUS_SUCCESS)
        return status;
    return account_write_end(s, member_set(s, group, member, in));
}
