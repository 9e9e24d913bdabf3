/*
 * Channel bindings: the application gives SEC_CHANNEL_BINDINGS, whose parts
 * lie at offsets; the protocols carry the MD5 of GSS-API's serialisation
 * (RFC 4121 4.1.1.2, MS-NLMP 2.2.2.1 MsvAvChannelBindings):
 *
 *      initiator_addrtype u32, length u32, bytes
 *      acceptor_addrtype u32, length u32, bytes
 *      application_data length u32, bytes
 *
 * Runs in the authority. The structure is the application's: every offset is
 * bounded by rd_at().
 */
#include "packages/common/channel_bindings.h"

#include "base/rd.h"
#include "base/secret.h"
#include "base/wr.h"
#include "crypto/crypto.h"

#include "sspi.h"

#define EX_HEADER_SIZE 16u  /* magic, flags, header and structure length */
#define ADDRESSES 2

struct binding_part {
    uint32_t type;              /* address types only */
    struct view bytes;
};

/* dwAddrType, cbLength, dwOffset; offsets count from the structure's start. */
static struct binding_part
binding_address_get(struct rd *r)
{
    struct binding_part p = { .type = rd_u32le(r) };
    uint32_t n = rd_u32le(r);

    p.bytes = rd_at(r, rd_u32le(r), n);
    return p;
}

static void
binding_hash(const struct binding_part address[ADDRESSES], struct view data,
             uint8_t out[CHANNEL_BINDINGS_HASH_SIZE])
{
    uint8_t head[ADDRESSES][8], tail[4];
    struct wr w[ADDRESSES], t = wr_init(tail, sizeof(tail));

    for (size_t i = 0; i < ADDRESSES; i++) {
        w[i] = wr_init(head[i], sizeof(head[i]));
        wr_u32le(&w[i], address[i].type);
        wr_u32le(&w[i], (uint32_t)address[i].bytes.n);
    }
    wr_u32le(&t, (uint32_t)data.n);
    crypto_md5((struct view[]){ wr_written(&w[0]), address[0].bytes, wr_written(&w[1]),
                                address[1].bytes, wr_written(&t), data }, 6, out);
}

status_t
channel_bindings_hash(struct view in, uint8_t out[CHANNEL_BINDINGS_HASH_SIZE])
{
    struct rd r = rd_init(in);
    struct rd first = r;
    struct binding_part address[ADDRESSES];
    struct view data;
    uint32_t n;

    /* The first word tells the forms apart: no address type has the magic's value. */
    if (rd_u32le(&first) == SEC_CHANNEL_BINDINGS_EX_MAGIC)
        rd_skip(&r, EX_HEADER_SIZE);
    for (size_t i = 0; i < ADDRESSES; i++)
        address[i] = binding_address_get(&r);
    n = rd_u32le(&r);
    data = rd_at(&r, rd_u32le(&r), n);
    if (rd_end(&r, SEC_E_BAD_BINDINGS) < 0)
        return SEC_E_BAD_BINDINGS;
    binding_hash(address, data, out);
    return 0;
}

bool
channel_bindings_is_none(const uint8_t hash[CHANNEL_BINDINGS_HASH_SIZE])
{
    static const uint8_t none[CHANNEL_BINDINGS_HASH_SIZE];

    return ct_equal(hash, none, sizeof(none));
}
