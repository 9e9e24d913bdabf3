/*
 * Channel bindings: the application gives SEC_CHANNEL_BINDINGS, whose parts
 * lie at offsets; the protocols carry the MD5 of GSS-API's serialisation
 * (RFC 4121 4.1.1.2, MS-NLMP 2.2.2.1 MsvAvChannelBindings):
 *
 *      initiator_addrtype u32, length u32, bytes
 *      acceptor_addrtype u32, length u32, bytes
 *      application_data length u32, bytes
 *
 * What an acceptor does with a client's is two tables: what is demanded follows
 * from the setting, the program's flags and whether it gave bindings of its own;
 * what is let in follows from that and from what the client sent.
 *
 * Runs in the authority. The structure is the application's: every offset is
 * bounded by rd_at(). The claim is a stranger's; that nobody on the way changed it
 * is for the protocol to prove.
 */
#include "packages/common/channel_bindings.h"

#include "packages/common/sec_buffer.h"
#include "packages/common/setting.h"

#include "base/rd.h"
#include "base/secret.h"
#include "base/wr.h"
#include "crypto/crypto.h"

#include "sspi.h"

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

/* Magic, flags, header and structure length of the longer form; absent in the shorter. */
static bool
binding_ex_get(struct rd *r)
{
    struct rd first = *r;
    uint32_t flags;

    /* The first word tells the forms apart: no address type has the magic's value. */
    if (rd_u32le(&first) != SEC_CHANNEL_BINDINGS_EX_MAGIC)
        return false;
    rd_skip(r, 4);
    flags = rd_u32le(r);
    rd_skip(r, 8);
    return (flags & SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS) != 0;
}

status_t
channel_bindings_parse(struct view in, struct channel_bindings *out)
{
    struct rd r = rd_init(in);
    struct binding_part address[ADDRESSES];
    bool audit = binding_ex_get(&r);
    struct view data;
    uint32_t n;

    for (size_t i = 0; i < ADDRESSES; i++)
        address[i] = binding_address_get(&r);
    n = rd_u32le(&r);
    data = rd_at(&r, rd_u32le(&r), n);
    if (rd_end(&r, SEC_E_BAD_BINDINGS) < 0)
        return SEC_E_BAD_BINDINGS;
    out->given = true;
    out->audit = audit;
    binding_hash(address, data, out->hash);
    return 0;
}

NTSTATUS
channel_bindings_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, const SecBufferDesc *input,
                      struct channel_bindings *out)
{
    struct view bindings;
    NTSTATUS st = sec_buffer_read(lsa, input, SECBUFFER_CHANNEL_BINDINGS, &bindings);

    return NT_SUCCESS(st) && bindings.n > 0 ? channel_bindings_parse(bindings, out) : st;
}

/* ---- the acceptor ------------------------------------------------------- */

enum channel_bindings_policy
channel_bindings_policy(const struct opensspi_host_settings *s, const char *package)
{
    static const char *const words[CHANNEL_BINDINGS_POLICIES] = {
        [CHANNEL_BINDINGS_APPLICATION] = "application",
        [CHANNEL_BINDINGS_OFF] = "off",
        [CHANNEL_BINDINGS_WHEN_SUPPORTED] = "when_supported",
        [CHANNEL_BINDINGS_REQUIRED] = "required",
    };

    return (enum channel_bindings_policy)setting_word(s, package, "channel_bindings", words,
                                                      CHANNEL_BINDINGS_POLICIES,
                                                      CHANNEL_BINDINGS_APPLICATION);
}

/* What is demanded of the client: the rows. */
enum demand {
    DEMAND_NOTHING,         /* the server has no channel that it knows of */
    DEMAND_LAX,             /* the right ones or none */
    DEMAND_IF_AWARE,        /* none only from a client that does not know of bindings */
    DEMAND_STRICT,
    DEMAND_PROXY,           /* some, of a channel that ends elsewhere */
    DEMAND_IMPOSSIBLE,      /* required, and the server's program gives none to compare with */
    DEMANDS
};

/* What the client did: the columns. */
enum sent {
    SENT_NOTHING_UNAWARE,
    SENT_NOTHING,           /* it knows of bindings and says that there are none */
    SENT_OTHER,
    SENT_SAME,
    SENT_SOME,              /* there is nothing to compare with */
    SENTS
};

/*
 * CHOICE: of PROXY and ALLOW_MISSING together, which Microsoft's pages exclude for
 * Digest, the stricter holds. A program that compares nothing does not meet
 * "required", so nobody is let in until it does: MS-NLMP 3.2.5.1.2 would take any
 * bindings then, those of an attacker's channel too.
 */
static enum demand
bindings_demand(enum channel_bindings_policy policy, uint32_t requirements, bool given)
{
    if (requirements & ASC_REQ_PROXY_BINDINGS)
        return DEMAND_PROXY;
    if (!given)
        return policy == CHANNEL_BINDINGS_REQUIRED ? DEMAND_IMPOSSIBLE : DEMAND_NOTHING;
    if (policy == CHANNEL_BINDINGS_REQUIRED)
        return DEMAND_STRICT;
    if (policy == CHANNEL_BINDINGS_WHEN_SUPPORTED)
        return DEMAND_IF_AWARE;
    return requirements & ASC_REQ_ALLOW_MISSING_BINDINGS ? DEMAND_LAX : DEMAND_STRICT;
}

static bool
hash_is_none(const uint8_t hash[CHANNEL_BINDINGS_HASH_SIZE])
{
    static const uint8_t none[CHANNEL_BINDINGS_HASH_SIZE];

    return ct_equal(hash, none, sizeof(none));
}

static enum sent
bindings_sent(const struct channel_bindings *own, const struct channel_bindings_claim *claim)
{
    if (hash_is_none(claim->hash))
        return claim->aware ? SENT_NOTHING : SENT_NOTHING_UNAWARE;
    if (!own->given)
        return SENT_SOME;
    return ct_equal(own->hash, claim->hash, sizeof(own->hash)) ? SENT_SAME : SENT_OTHER;
}

#define ABSENT SEC_CHANNEL_BINDINGS_RESULT_ABSENT
#define KNOWS SEC_CHANNEL_BINDINGS_RESULT_CLIENT_SUPPORT
#define MATCHED (KNOWS | SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED)
#define PROXY (KNOWS | SEC_CHANNEL_BINDINGS_RESULT_VALID_PROXY)
#define MISMATCH (KNOWS | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH)
#define OK_MISSING (ABSENT | SEC_CHANNEL_BINDINGS_RESULT_VALID_MISSING)
#define BAD_MISSING (ABSENT | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISSING)

/*
 * The report, which says by VALID or NOTVALID whether the client is let in. CHOICE:
 * bindings that there is nothing to compare with are VALID_PROXY, as no bit is for them;
 * where the server's own are missing, NOTVALID_MISSING.
 */
static const uint32_t results[DEMANDS][SENTS] = {
    /* nothing, not aware; nothing; other; same; some */
    [DEMAND_NOTHING] = { OK_MISSING, KNOWS | OK_MISSING, MISMATCH, MATCHED, PROXY },
    [DEMAND_LAX] = { OK_MISSING, KNOWS | OK_MISSING, MISMATCH, MATCHED, MISMATCH },
    [DEMAND_IF_AWARE] = { OK_MISSING, KNOWS | BAD_MISSING, MISMATCH, MATCHED, MISMATCH },
    [DEMAND_STRICT] = { BAD_MISSING, KNOWS | BAD_MISSING, MISMATCH, MATCHED, MISMATCH },
    [DEMAND_PROXY] = { BAD_MISSING, KNOWS | BAD_MISSING, PROXY, MATCHED, PROXY },
    [DEMAND_IMPOSSIBLE] = { BAD_MISSING, KNOWS | BAD_MISSING, MISMATCH, MISMATCH,
                            KNOWS | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISSING },
};

struct channel_bindings_verdict
channel_bindings_check(enum channel_bindings_policy policy, uint32_t requirements,
                       const struct channel_bindings *own,
                       const struct channel_bindings_claim *claim)
{
    enum demand demand = bindings_demand(policy, requirements, own->given);
    struct channel_bindings_verdict v = {
        .result = results[demand][bindings_sent(own, claim)],
    };
    bool report_only = policy == CHANNEL_BINDINGS_OFF ||
                       (own->audit && policy != CHANNEL_BINDINGS_REQUIRED);

    if ((v.result & SEC_CHANNEL_BINDINGS_RESULT_NOTVALID) == 0 || report_only)
        return v;
    v.status = SEC_E_BAD_BINDINGS;
    v.reason = v.result & SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH ? "bindings_differ"
                                                                        : "bindings_missing";
    if (demand == DEMAND_IMPOSSIBLE) {
        v.reason = "bindings_not_given";
        v.hint = "channel_bindings = required, but the server's program passes no "
                 "SECBUFFER_CHANNEL_BINDINGS to AcceptSecurityContext";
    }
    return v;
}

NTSTATUS
channel_bindings_check_room(const SecBufferDesc *output, bool allocate)
{
    if (sec_buffer_find(output, SECBUFFER_CHANNEL_BINDINGS_RESULT) == NULL)
        return STATUS_SUCCESS;
    return sec_buffer_check_room(output, SECBUFFER_CHANNEL_BINDINGS_RESULT,
                                 sizeof(SEC_CHANNEL_BINDINGS_RESULT), allocate);
}

void
channel_bindings_put_none(SecBufferDesc *output)
{
    sec_buffer_put_nothing(output, SECBUFFER_CHANNEL_BINDINGS_RESULT);
}

NTSTATUS
channel_bindings_put_result(const LSA_SECPKG_FUNCTION_TABLE *lsa, SecBufferDesc *output,
                            uint32_t result, bool allocate, bool *allocated)
{
    SEC_CHANNEL_BINDINGS_RESULT report = { .flags = result };

    *allocated = false;
    if (sec_buffer_find(output, SECBUFFER_CHANNEL_BINDINGS_RESULT) == NULL)
        return STATUS_SUCCESS;
    return sec_buffer_put(lsa, output, SECBUFFER_CHANNEL_BINDINGS_RESULT,
                          view_of(&report, sizeof(report)), allocate, allocated);
}

/* ---- the initiator ------------------------------------------------------ */

status_t
channel_bindings_offer(const struct opensspi_host_settings *s, const char *package,
                       struct channel_bindings *own)
{
    static const char *const words[CHANNEL_BINDINGS_SENTS] = {
        [CHANNEL_BINDINGS_SEND_GIVEN] = "application",
        [CHANNEL_BINDINGS_SEND_NEVER] = "off",
        [CHANNEL_BINDINGS_SEND_REQUIRED] = "required",
    };
    size_t sent = setting_word(s, package, "client_channel_bindings", words,
                               CHANNEL_BINDINGS_SENTS, CHANNEL_BINDINGS_SEND_GIVEN);

    if (sent == CHANNEL_BINDINGS_SEND_NEVER)
        *own = (struct channel_bindings){ 0 };
    own->required = sent == CHANNEL_BINDINGS_SEND_REQUIRED;
    return own->required && !own->given ? SEC_E_BAD_BINDINGS : 0;
}
