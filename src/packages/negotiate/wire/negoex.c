/*
 * NegoEx's messages, read and written (MS-NEGOEX 2.2). Little-endian; laid out
 * as C structures are, so a vector of 16-bit count is followed by two octets
 * that mean nothing. Offsets count from the message's own first octet. No
 * state, no policy (D33). Trusts no byte.
 *
 * MIT krb5 packs the two vectors of a NEGO message without those two octets.
 * Where there are no extensions both readings agree, as long as the octets
 * between are ignored and the offset of an empty vector is, too.
 */
#include "packages/negotiate/wire/negoex.h"

#include "winerror.h"

#define SIGNATURE "NEGOEXTS"
#define SIGNATURE_SIZE 8u
/* Where each message says its length. */
#define LENGTH_AT 20u
#define PROTOCOL_VERSION 0u
#define EXTENSION_CRITICAL 0x80000000u
#define EXTENSION_ELEMENT 12u
#define CHECKSUM_HEADER 20u
#define CHECKSUM_RFC3961 1u
#define ALERT_PULSE 1u
#define PULSE_HEADER 8u
#define PULSE_VERIFY_NO_KEY 1u
#define ALERT_ELEMENT 12u

/* ---- what the types have in common ---------------------------------------- */

static const struct negoex_form {
    uint32_t header;                    /* octets before the payload */
    void (*get)(struct rd *r, uint32_t header, struct negoex_message *out);
    void (*put)(struct wr *w, const struct negoex_message *m);
} forms[NEGOEX_TYPES];

/* What a vector points to lies behind the header: nothing is read as two things. */
static struct view
payload_at(struct rd *r, uint32_t header, uint32_t offset, size_t n)
{
    if (n == 0)
        return view_of(NULL, 0);
    if (offset < header)
        rd_fail(r);
    return rd_at(r, offset, n);
}

/* ---- NEGO ------------------------------------------------------------------ */

/* Whether there is one that must be understood. None is defined, so none is. */
static bool
extensions_are_critical(struct rd *r, uint32_t header, uint32_t offset, uint16_t count)
{
    bool critical = false;
    struct rd list;

    if (count > NEGOEX_EXTENSIONS_MAX)
        rd_fail(r);
    list = rd_init(payload_at(r, header, offset, (size_t)count * EXTENSION_ELEMENT));
    for (uint16_t i = 0; i < count && !r->failed; i++) {
        uint32_t at;

        critical |= (rd_u32le(&list) & EXTENSION_CRITICAL) != 0;
        at = rd_u32le(&list);
        (void)payload_at(r, header, at, rd_u32le(&list));
    }
    return critical;
}

static void
nego_get(struct rd *r, uint32_t header, struct negoex_message *out)
{
    uint32_t offset;
    uint16_t count;

    rd_bytes(r, out->random, sizeof(out->random));
    if (rd_u64le(r) != PROTOCOL_VERSION)
        rd_fail(r);
    offset = rd_u32le(r);
    count = rd_u16le(r);
    rd_skip(r, 2);
    if (count > NEGOEX_SCHEMES_MAX)
        rd_fail(r);
    out->schemes = payload_at(r, header, offset, (size_t)count * NEGOEX_GUID);
    offset = rd_u32le(r);
    count = rd_u16le(r);
    rd_skip(r, 2);
    out->critical = extensions_are_critical(r, header, offset, count);
}

static void
nego_put(struct wr *w, const struct negoex_message *m)
{
    wr_bytes(w, m->random, sizeof(m->random));
    wr_u64le(w, PROTOCOL_VERSION);
    wr_u32le(w, forms[m->type].header);
    wr_u16le(w, (uint16_t)(m->schemes.n / NEGOEX_GUID));
    wr_zeros(w, 2);
    wr_zeros(w, 8);         /* no extensions: the offset is 0 for MIT's reading, too */
    wr_view(w, m->schemes);
}

/* ---- META_DATA, CHALLENGE, AP_REQUEST -------------------------------------- */

static void
exchange_get(struct rd *r, uint32_t header, struct negoex_message *out)
{
    uint32_t offset;

    rd_bytes(r, out->scheme, sizeof(out->scheme));
    offset = rd_u32le(r);
    out->body = payload_at(r, header, offset, rd_u32le(r));
}

static void
exchange_put(struct wr *w, const struct negoex_message *m)
{
    wr_bytes(w, m->scheme, sizeof(m->scheme));
    wr_u32le(w, forms[m->type].header);
    wr_u32le(w, (uint32_t)m->body.n);
    wr_view(w, m->body);
}

/* ---- VERIFY ------------------------------------------------------------------ */

static void
verify_get(struct rd *r, uint32_t header, struct negoex_message *out)
{
    uint32_t offset;

    rd_bytes(r, out->scheme, sizeof(out->scheme));
    rd_expect_u32le(r, CHECKSUM_HEADER);
    rd_expect_u32le(r, CHECKSUM_RFC3961);
    out->checksum_type = (int32_t)rd_u32le(r);
    offset = rd_u32le(r);
    out->body = payload_at(r, header, offset, rd_u32le(r));
    rd_skip(r, 4);
}

static void
verify_put(struct wr *w, const struct negoex_message *m)
{
    wr_bytes(w, m->scheme, sizeof(m->scheme));
    wr_u32le(w, CHECKSUM_HEADER);
    wr_u32le(w, CHECKSUM_RFC3961);
    wr_u32le(w, (uint32_t)m->checksum_type);
    wr_u32le(w, forms[m->type].header);
    wr_u32le(w, (uint32_t)m->body.n);
    wr_zeros(w, 4);
    wr_view(w, m->body);
}

/* ---- ALERT --------------------------------------------------------------------- */

/* Alerts of a type that is not known are read over. */
static bool
alert_is_no_key(struct rd *r, uint32_t header, struct rd *list)
{
    uint32_t type = rd_u32le(list), offset = rd_u32le(list);
    struct rd pulse = rd_init(payload_at(r, header, offset, rd_u32le(list)));

    if (type != ALERT_PULSE)
        return false;
    if (rd_u32le(&pulse) < PULSE_HEADER)
        rd_fail(r);
    return rd_u32le(&pulse) == PULSE_VERIFY_NO_KEY && !pulse.failed;
}

static void
alert_get(struct rd *r, uint32_t header, struct negoex_message *out)
{
    uint32_t offset;
    uint16_t count;
    struct rd list;

    rd_bytes(r, out->scheme, sizeof(out->scheme));
    out->error = rd_u32le(r);
    offset = rd_u32le(r);
    count = rd_u16le(r);
    rd_skip(r, 6);
    if (count > NEGOEX_ALERTS_MAX)
        rd_fail(r);
    list = rd_init(payload_at(r, header, offset, (size_t)count * ALERT_ELEMENT));
    for (uint16_t i = 0; i < count && !r->failed; i++)
        out->no_key |= alert_is_no_key(r, header, &list);
}

static void
alert_put(struct wr *w, const struct negoex_message *m)
{
    uint32_t header = forms[m->type].header;

    wr_bytes(w, m->scheme, sizeof(m->scheme));
    wr_u32le(w, m->error);
    wr_u32le(w, m->no_key ? header : 0);
    wr_u16le(w, m->no_key ? 1 : 0);
    wr_zeros(w, 6);
    if (!m->no_key)
        return;
    wr_u32le(w, ALERT_PULSE);
    wr_u32le(w, header + ALERT_ELEMENT);
    wr_u32le(w, PULSE_HEADER);
    wr_u32le(w, PULSE_HEADER);
    wr_u32le(w, PULSE_VERIFY_NO_KEY);
}

/* ---- all of them ------------------------------------------------------------------ */

static const struct negoex_form forms[NEGOEX_TYPES] = {
    [NEGOEX_INITIATOR_NEGO] = { 96, nego_get, nego_put },
    [NEGOEX_ACCEPTOR_NEGO] = { 96, nego_get, nego_put },
    [NEGOEX_INITIATOR_META_DATA] = { 64, exchange_get, exchange_put },
    [NEGOEX_ACCEPTOR_META_DATA] = { 64, exchange_get, exchange_put },
    [NEGOEX_CHALLENGE] = { 64, exchange_get, exchange_put },
    [NEGOEX_AP_REQUEST] = { 64, exchange_get, exchange_put },
    [NEGOEX_VERIFY] = { 80, verify_get, verify_put },
    [NEGOEX_ALERT] = { 72, alert_get, alert_put },
};

status_t
negoex_message_get(struct rd *token, struct negoex_message *out)
{
    struct rd look = *token, r;
    uint32_t type, header;

    *out = (struct negoex_message){ .type = NEGOEX_TYPES };
    rd_skip(&look, LENGTH_AT);
    out->whole = rd_view(token, rd_u32le(&look));
    r = rd_init(out->whole);
    rd_expect(&r, SIGNATURE, SIGNATURE_SIZE);
    type = rd_u32le(&r);
    out->sequence = rd_u32le(&r);
    header = rd_u32le(&r);
    rd_skip(&r, 4);
    rd_bytes(&r, out->conversation, sizeof(out->conversation));
    /* A later version's header may be longer than ours. */
    if (r.failed || type >= NEGOEX_TYPES || header < forms[type].header ||
        header > out->whole.n)
        return SEC_E_INVALID_TOKEN;
    out->type = (enum negoex_type)type;
    forms[type].get(&r, header, out);
    if (r.failed)
        return SEC_E_INVALID_TOKEN;
    return out->critical ? SEC_E_UNSUPPORTED_FUNCTION : 0;
}

void
negoex_message_put(struct wr *token, const struct negoex_message *m)
{
    size_t begin = token->len;

    wr_bytes(token, SIGNATURE, SIGNATURE_SIZE);
    wr_u32le(token, (uint32_t)m->type);
    wr_u32le(token, m->sequence);
    wr_u32le(token, forms[m->type].header);
    wr_u32le(token, 0);
    wr_bytes(token, m->conversation, sizeof(m->conversation));
    forms[m->type].put(token, m);
    wr_set_u32le(token, begin + LENGTH_AT, (uint32_t)(token->len - begin));
}
