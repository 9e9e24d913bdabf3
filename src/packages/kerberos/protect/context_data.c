/*
 * ContextData, formats 1 and 2. All numbers are little-endian.
 *
 *      0  u32  magic "KRCX"
 *      4  u32  format
 *      8  u8   role: 1 initiator, 2 acceptor; u8 1 loopback; then 2 zero bytes
 *     12  u32  GSS flags as agreed, 16 u32 returned attributes, 20 u32 ticket flags
 *     24  u32  first sequence number sent, 28 u32 received
 *     32  u64  token handle in the application, 0 for none
 *     40  i64  start, 48 i64 expiry, 56 i64 logoff (FILETIME)
 *     64  i32  type of the initiator's key, u32 its length, its bytes
 *      .  i32  type of the acceptor's key (0: none), u32 its length, its bytes
 *      .  five texts, each u32 length, then UTF-16LE: account, client, server,
 *         authority, target
 *      .  from format 2 on: u32 length of the client's PAC, its bytes
 *
 * Written in the authority, read in the application. The reader checks
 * everything: the bytes may come from another release, or by export from
 * another process.
 */
#include "packages/kerberos/protect/context_data.h"

#include "crypto/krb.h"

#include "winerror.h"

#define CONTEXT_DATA_MAGIC 0x5843524Bu  /* "KRCX" in memory */
#define CONTEXT_DATA_FIXED 64u
#define KEY_FIXED 8u
#define TEXT_FIXED 4u
#define TEXTS 5u
#define PAC_FIXED 4u

size_t
krb_context_data_size(const struct krb_context_data *d)
{
    return CONTEXT_DATA_FIXED + 2 * KEY_FIXED + d->initiator_key.bytes.n +
           d->acceptor_key.bytes.n + TEXTS * TEXT_FIXED + d->account.n + d->client.n +
           d->server.n + d->authority.n + d->target.n +
           (d->format >= 2 ? PAC_FIXED + d->pac.n : 0);
}

static void
context_view_put(struct wr *w, struct view v)
{
    wr_u32le(w, (uint32_t)v.n);
    wr_view(w, v);
}

static void
context_key_put(struct wr *w, const struct krb_key *k)
{
    wr_u32le(w, (uint32_t)k->etype);
    context_view_put(w, k->bytes);
}

void
krb_context_data_build(struct wr *w, const struct krb_context_data *d)
{
    wr_u32le(w, CONTEXT_DATA_MAGIC);
    wr_u32le(w, d->format != 0 ? d->format : KRB_CONTEXT_FORMAT_LOWEST);
    wr_u8(w, d->role);
    wr_u8(w, d->facts);
    wr_zeros(w, 2);
    wr_u32le(w, d->gss_flags);
    wr_u32le(w, d->attributes);
    wr_u32le(w, d->ticket_flags);
    wr_u32le(w, d->send_sequence);
    wr_u32le(w, d->receive_sequence);
    wr_u64le(w, d->token);
    wr_u64le(w, (uint64_t)d->start);
    wr_u64le(w, (uint64_t)d->expiry);
    wr_u64le(w, (uint64_t)d->logoff);
    context_key_put(w, &d->initiator_key);
    context_key_put(w, &d->acceptor_key);
    context_view_put(w, d->account);
    context_view_put(w, d->client);
    context_view_put(w, d->server);
    context_view_put(w, d->authority);
    context_view_put(w, d->target);
    if (d->format >= 2)
        context_view_put(w, d->pac);
}

static struct view
context_text_get(struct rd *r)
{
    size_t n = rd_u32le(r);

    if (n % 2 != 0)
        rd_fail(r);
    return rd_view(r, n);
}

static struct krb_key
context_key_get(struct rd *r, bool optional)
{
    struct krb_key k;
    const struct crypto_krb_enctype *type;

    k.etype = (int32_t)rd_u32le(r);
    k.bytes = rd_view(r, rd_u32le(r));
    type = crypto_krb_enctype_find(k.etype);
    if (optional && k.etype == 0 && k.bytes.n == 0)
        return k;
    if (type == NULL || k.bytes.n != type->key_size)
        rd_fail(r);
    return k;
}

status_t
krb_context_data_parse(struct view in, struct krb_context_data *out)
{
    struct rd r = rd_init(in);

    *out = (struct krb_context_data){ 0 };
    rd_expect_u32le(&r, CONTEXT_DATA_MAGIC);
    out->format = rd_u32le(&r);
    if (out->format < KRB_CONTEXT_FORMAT_LOWEST || out->format > KRB_CONTEXT_FORMAT_HIGHEST)
        rd_fail(&r);
    out->role = rd_u8(&r);
    out->facts = rd_u8(&r);
    rd_expect(&r, "\0\0", 2);
    if ((out->role != KRB_ROLE_INITIATOR && out->role != KRB_ROLE_ACCEPTOR) ||
        (out->facts & ~(unsigned)KRB_FACT_LOOPBACK) != 0)
        rd_fail(&r);
    out->gss_flags = rd_u32le(&r);
    out->attributes = rd_u32le(&r);
    out->ticket_flags = rd_u32le(&r);
    out->send_sequence = rd_u32le(&r);
    out->receive_sequence = rd_u32le(&r);
    out->token = rd_u64le(&r);
    out->start = (int64_t)rd_u64le(&r);
    out->expiry = (int64_t)rd_u64le(&r);
    out->logoff = (int64_t)rd_u64le(&r);
    out->initiator_key = context_key_get(&r, false);
    out->acceptor_key = context_key_get(&r, true);
    out->account = context_text_get(&r);
    out->client = context_text_get(&r);
    out->server = context_text_get(&r);
    out->authority = context_text_get(&r);
    out->target = context_text_get(&r);
    if (out->format >= 2)
        out->pac = rd_view(&r, rd_u32le(&r));
    return rd_end_exact(&r, SEC_E_INVALID_TOKEN);
}
