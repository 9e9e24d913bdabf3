/*
 * Authorization data: what GetUserAuthData says of an account, as bytes that
 * only ConvertAuthDataToToken reads. Opaque to packages, as on Windows.
 *
 * Format: u32 magic, u32 version, u32 rid, u32 flags, i64 expires, i64 locked
 * until, u32 count and as many RIDs of groups, then u32 length and bytes of
 * account name (UTF-16) and local user (UTF-8). Little-endian.
 */
#include "lsa/lsa_internal.h"

#include "base/rd.h"

#include "ntstatus.h"

#define AUTH_DATA_MAGIC 0x44485541u     /* "AUHD" */
#define AUTH_DATA_VERSION 1

static void
auth_put_bytes(struct wr *w, struct view v)
{
    wr_u32le(w, (uint32_t)v.n);
    wr_view(w, v);
}

void
lsa_auth_data_build(struct wr *w, const struct lsa_auth_data *a)
{
    wr_u32le(w, AUTH_DATA_MAGIC);
    wr_u32le(w, AUTH_DATA_VERSION);
    wr_u32le(w, a->rid);
    wr_u32le(w, a->flags);
    wr_u64le(w, (uint64_t)a->expires);
    wr_u64le(w, (uint64_t)a->locked_until);
    wr_u32le(w, (uint32_t)a->group_count);
    for (size_t i = 0; i < a->group_count; i++)
        wr_u32le(w, a->groups[i]);
    auth_put_bytes(w, a->account);
    auth_put_bytes(w, a->local_user);
}

status_t
lsa_auth_data_parse(struct view bytes, struct lsa_auth_data *out)
{
    struct rd r = rd_init(bytes);
    uint32_t count;

    *out = (struct lsa_auth_data){ 0 };
    rd_expect_u32le(&r, AUTH_DATA_MAGIC);
    rd_expect_u32le(&r, AUTH_DATA_VERSION);
    out->rid = rd_u32le(&r);
    out->flags = rd_u32le(&r);
    out->expires = (int64_t)rd_u64le(&r);
    out->locked_until = (int64_t)rd_u64le(&r);
    count = rd_u32le(&r);
    if (count > LSA_AUTH_GROUPS_MAX)
        return STATUS_INVALID_PARAMETER;
    for (uint32_t i = 0; i < count; i++)
        out->groups[i] = rd_u32le(&r);
    out->group_count = count;
    out->account = rd_view(&r, rd_u32le(&r));
    out->local_user = rd_view(&r, rd_u32le(&r));
    return rd_end_exact(&r, STATUS_INVALID_PARAMETER);
}
