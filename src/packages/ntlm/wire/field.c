/*
 * The triples {Len, MaxLen, BufferOffset} by which all NTLM messages point at
 * their payload (MS-NLMP 2.2.1), and the start that they share.
 *
 * Runs in the authority, the command line and fuzzers. Trusts nothing: the
 * bytes come from the network, and all of them are read through rd.
 */
#include "packages/ntlm/wire/wire.h"

uint32_t
ntlm_message_type(struct view in)
{
    struct rd r = rd_init(in);
    uint32_t type;

    rd_expect(&r, NTLMSSP_SIGNATURE, NTLMSSP_SIGNATURE_SIZE);
    type = rd_u32le(&r);
    if (r.failed || type > NTLM_AUTHENTICATE_MESSAGE)
        return 0;
    return type;
}

struct ntlm_field
ntlm_field_get(struct rd *r)
{
    struct ntlm_field f;

    f.length = rd_u16le(r);
    /* Receivers ignore MaxLen: senders differ, and it bounds nothing. */
    rd_skip(r, 2);
    f.offset = rd_u32le(r);
    return f;
}

struct view
ntlm_field_view(struct rd *r, struct ntlm_field f)
{
    if (f.length == 0)
        return view_of(NULL, 0);
    return rd_at(r, f.offset, f.length);
}

void
ntlm_field_bound(struct ntlm_field f, size_t *payload)
{
    if (f.length != 0 && f.offset < *payload)
        *payload = f.offset;
}

void
ntlm_field_put(struct wr *w, struct view item, size_t *offset)
{
    if (item.n > UINT16_MAX || *offset > UINT32_MAX - UINT16_MAX) {
        w->failed = true;
        return;
    }
    wr_u16le(w, (uint16_t)item.n);
    wr_u16le(w, (uint16_t)item.n);
    wr_u32le(w, (uint32_t)*offset);
    *offset += item.n;
}

void
ntlm_field_check_text(struct rd *r, uint32_t flags, struct view text)
{
    if ((flags & NTLMSSP_NEGOTIATE_UNICODE) && text.n % 2 != 0)
        rd_fail(r);
}
