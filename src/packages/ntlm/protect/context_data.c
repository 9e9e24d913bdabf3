/*
 * ContextData, formats 1 to 3. All numbers are little-endian.
 *
 *      0  u32  magic "NTCX"
 *      4  u32  format
 *      8  u8   role: 1 initiator, 2 acceptor
 *      9  u8   1 loopback, 2 guest, 4 anonymous; then 2 zero bytes
 *     12  u32  NEGOTIATE flags as negotiated
 *     16  u32  returned attributes (ISC_RET_* or ASC_RET_*)
 *     20  16   ExportedSessionKey
 *     36  u64  token handle in the application, 0 for none
 *     44  i64  start, 52 i64 expiry (FILETIME)
 *     60  u32  length of account, then its UTF-16LE bytes
 *      .  u32  length of target, then its UTF-16LE bytes
 *   from format 2 on then
 *      .  u32  user flags
 *      .  u32  length of the server's target information, then its bytes
 *   from format 3 on then
 *      .  u32  number of the first message that is sent, u32 received
 *
 * Written in the authority, read in the application. The reader checks
 * everything: the bytes may come from another release, or by export from
 * another process.
 */
#include "packages/ntlm/protect/context_data.h"

#include "winerror.h"

#define CONTEXT_DATA_MAGIC 0x5843544Eu  /* "NTCX" in memory */
#define CONTEXT_DATA_FIXED 68u          /* of format 1, with both lengths */
#define CONTEXT_DATA_FIXED_2 8u        /* what format 2 adds */
#define CONTEXT_DATA_FIXED_3 8u        /* what format 3 adds */

size_t
ntlm_context_data_size(const struct ntlm_context_data *d)
{
    size_t n = CONTEXT_DATA_FIXED + d->account.n + d->target.n;

    if (d->format >= 2)
        n += CONTEXT_DATA_FIXED_2 + d->target_info.n;
    return d->format >= 3 ? n + CONTEXT_DATA_FIXED_3 : n;
}

void
ntlm_context_data_build(struct wr *w, const struct ntlm_context_data *d)
{
    wr_u32le(w, CONTEXT_DATA_MAGIC);
    wr_u32le(w, d->format != 0 ? d->format : NTLM_CONTEXT_FORMAT_LOWEST);
    wr_u8(w, d->role);
    wr_u8(w, d->facts);
    wr_zeros(w, 2);
    wr_u32le(w, d->flags);
    wr_u32le(w, d->attributes);
    wr_bytes(w, d->session_key, sizeof(d->session_key));
    wr_u64le(w, d->token);
    wr_u64le(w, (uint64_t)d->start);
    wr_u64le(w, (uint64_t)d->expiry);
    wr_u32le(w, (uint32_t)d->account.n);
    wr_view(w, d->account);
    wr_u32le(w, (uint32_t)d->target.n);
    wr_view(w, d->target);
    if (d->format < 2)
        return;
    wr_u32le(w, d->user_flags);
    wr_u32le(w, (uint32_t)d->target_info.n);
    wr_view(w, d->target_info);
    if (d->format < 3)
        return;
    wr_u32le(w, d->send_sequence);
    wr_u32le(w, d->receive_sequence);
}

/* They are the end of it. */
void
ntlm_context_data_renumber(uint8_t *built, size_t n, uint32_t send, uint32_t receive)
{
    struct wr w = wr_init(built + n - CONTEXT_DATA_FIXED_3, CONTEXT_DATA_FIXED_3);

    wr_u32le(&w, send);
    wr_u32le(&w, receive);
}

static struct view
context_text_get(struct rd *r)
{
    size_t n = rd_u32le(r);

    if (n % 2 != 0)
        rd_fail(r);
    return rd_view(r, n);
}

status_t
ntlm_context_data_parse(struct view in, struct ntlm_context_data *out)
{
    struct rd r = rd_init(in);

    *out = (struct ntlm_context_data){ 0 };
    rd_expect_u32le(&r, CONTEXT_DATA_MAGIC);
    out->format = rd_u32le(&r);
    if (out->format < NTLM_CONTEXT_FORMAT_LOWEST || out->format > NTLM_CONTEXT_FORMAT_HIGHEST)
        rd_fail(&r);
    out->role = rd_u8(&r);
    out->facts = rd_u8(&r);
    rd_expect(&r, "\0\0", 2);
    if ((out->role != NTLM_ROLE_INITIATOR && out->role != NTLM_ROLE_ACCEPTOR) ||
        (out->facts & ~(unsigned)NTLM_FACTS) != 0)
        rd_fail(&r);
    out->flags = rd_u32le(&r);
    out->attributes = rd_u32le(&r);
    rd_bytes(&r, out->session_key, sizeof(out->session_key));
    out->token = rd_u64le(&r);
    out->start = (int64_t)rd_u64le(&r);
    out->expiry = (int64_t)rd_u64le(&r);
    out->account = context_text_get(&r);
    out->target = context_text_get(&r);
    if (out->format >= 2) {
        out->user_flags = rd_u32le(&r);
        out->target_info = rd_view(&r, rd_u32le(&r));
    }
    if (out->format >= 3) {
        out->send_sequence = rd_u32le(&r);
        out->receive_sequence = rd_u32le(&r);
    }
    return rd_end_exact(&r, SEC_E_INVALID_TOKEN);
}
