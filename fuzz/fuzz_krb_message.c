/*
 * Kerberos's messages (RFC 4120 5, RFC 4121 4.1.1, MS-KILE 2.2): the first
 * octet says which one the rest is.
 *
 * Oracle: what parses is built again, parses again, and is then built to the
 * same bytes; a message that was in its one form already is not changed. The
 * forms that parsers take and builders do not make (longer flags, signed
 * numbers, empty optional texts) only ever get shorter.
 */
#include "fuzz.h"

#include "packages/kerberos/wire/wire.h"

#define ROOM (256 * 1024)

union message {
    struct krb_ticket ticket;
    struct krb_enc_ticket_part enc_ticket_part;
    struct krb_ap_req ap_req;
    struct krb_authenticator authenticator;
    struct krb_gss_checksum gss_checksum;
    struct krb_ap_rep ap_rep;
    struct krb_enc_ap_rep_part enc_ap_rep_part;
    struct krb_error error;
    struct krb_cred cred;
    struct krb_enc_cred_part enc_cred_part;
    struct krb_tgt_request tgt_request;
    struct krb_client_answer client_answer;
    struct view tgt_reply;
    struct krb_etype_list etype_list;
    struct krb_restrictions restrictions;
};

/* Parser and builder of a message, through the union. */
#define MESSAGE(name) \
    static status_t \
    parse_##name(struct view in, union message *m) \
    { \
        return krb_##name##_parse(in, &m->name); \
    } \
    static void \
    build_##name(struct wr *w, const union message *m) \
    { \
        krb_##name##_build(w, &m->name); \
    }

MESSAGE(ticket)
MESSAGE(enc_ticket_part)
MESSAGE(ap_req)
MESSAGE(authenticator)
MESSAGE(gss_checksum)
MESSAGE(ap_rep)
MESSAGE(enc_ap_rep_part)
MESSAGE(error)
MESSAGE(cred)
MESSAGE(enc_cred_part)
MESSAGE(tgt_request)
MESSAGE(etype_list)
MESSAGE(restrictions)
MESSAGE(client_answer)

static status_t
parse_tgt_reply(struct view in, union message *m)
{
    return krb_tgt_reply_parse(in, &m->tgt_reply);
}

static void
build_tgt_reply(struct wr *w, const union message *m)
{
    krb_tgt_reply_build(w, m->tgt_reply);
}

/* The order is that of the seeds' first octets (seeds.c): only add behind. */
static const struct {
    status_t (*parse)(struct view in, union message *m);
    void (*build)(struct wr *w, const union message *m);
} messages[] = {
    { parse_ap_req, build_ap_req },
    { parse_ticket, build_ticket },
    { parse_enc_ticket_part, build_enc_ticket_part },
    { parse_authenticator, build_authenticator },
    { parse_gss_checksum, build_gss_checksum },
    { parse_ap_rep, build_ap_rep },
    { parse_enc_ap_rep_part, build_enc_ap_rep_part },
    { parse_error, build_error },
    { parse_client_answer, build_client_answer },
    { parse_cred, build_cred },
    { parse_enc_cred_part, build_enc_cred_part },
    { parse_tgt_request, build_tgt_request },
    { parse_tgt_reply, build_tgt_reply },
    { parse_etype_list, build_etype_list },
    { parse_restrictions, build_restrictions },
};

#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first[ROOM], second[ROOM];
    struct wr a = wr_init(first, sizeof(first)), b = wr_init(second, sizeof(second));
    static union message m, again;
    struct krb_auth_data_found found;
    struct view in;
    size_t which;

    if (size == 0 || size > ROOM / 2)
        return 0;
    which = data[0] % MESSAGES;
    in = view_of(data + 1, size - 1);
    /* Authorization data is a list that only its finder reads. */
    if (krb_auth_data_find(in, KRB_AD_PAC, &found) == 0)
        FUZZ_CHECK(found.relevant + found.bare <= KRB_AUTH_DATA_MAX);
    if (messages[which].parse(in, &m) != 0)
        return 0;
    messages[which].build(&a, &m);
    FUZZ_CHECK(!a.failed);
    FUZZ_CHECK(a.len <= in.n + 2 * sizeof(uint32_t));
    FUZZ_CHECK(messages[which].parse(wr_written(&a), &again) == 0);
    messages[which].build(&b, &again);
    FUZZ_CHECK(view_is_equal(wr_written(&a), wr_written(&b)));
    return 0;
}
