/*
 * The messages of fifteen contexts recorded from MIT krb5, each decrypted,
 * parsed and built again bit for bit; user-to-user and KRB-ERROR from other
 * recordings; and what must be refused.
 */
#include "krb_rows.h"

#include "winerror.h"

#define SERVICE_KEY_TYPE 18

static uint8_t room[ROW_MAX * 2];

static struct wr
room_begin(void)
{
    return wr_init(room, sizeof(room));
}

/* A part that must be the published bytes, and be built from its parse again. */
static void
check_same(const struct wr *w, struct view want)
{
    assert_int_equal(wr_end(w, -1), 0);
    if (!view_is_equal(wr_written(w), want))
        fail_msg("built %zu octets that differ from the %zu parsed", w->len, want.n);
}

static void
check_row(const char *stem, const char *field, struct view got)
{
    struct view want = row_new(stem, field);

    if (!view_is_equal(got, want))
        fail_msg("%s%s differs", stem, field);
    row_free(want);
}

/* The token's frame, or none in DCE style; framed again it is the same. */
static struct view
check_token(const char *stem, const char *field, unsigned id, struct view *token)
{
    struct krb_token t;
    struct wr w = room_begin();

    *token = row_new(stem, field);
    assert_int_equal(krb_token_parse(*token, &t), 0);
    assert_int_equal(t.id, id);
    assert_int_equal(t.framed, strstr(stem, "/dce") == NULL);
    if (t.framed) {
        krb_token_build(&w, id, false, t.message);
        check_same(&w, *token);
    }
    return t.message;
}

static struct crypto_krb_key
key_of(const struct krb_key *k)
{
    struct crypto_krb_key out;

    assert_true(crypto_krb_key_init(&out, k->etype, k->bytes));
    return out;
}

static struct crypto_krb_key
check_ticket(const char *stem, const struct krb_ap_req *req)
{
    struct crypto_krb_key service = row_key("svc", ".key/et18", SERVICE_KEY_TYPE);
    struct krb_enc_ticket_part part;
    uint8_t plain[ROW_MAX];
    struct wr w = room_begin();
    struct view opened;

    krb_ticket_build(&w, &req->ticket);
    check_same(&w, req->ticket_bytes);
    assert_int_equal(req->ticket.server.count, 2);
    opened = row_open(&service, KRB_USAGE_TICKET, &req->ticket.sealed, plain);
    assert_int_equal(krb_enc_ticket_part_parse(opened, &part), 0);
    if (row_has(stem, "/ap.enc_ticket_part_der"))
        check_row(stem, "/ap.enc_ticket_part_der", opened);
    check_row(stem, "/ap.session_key", part.key.bytes);
    assert_true(view_is_equal(part.client_realm, view_of("TEST.EXAMPLE", 12)));
    assert_int_equal(part.end_time - part.auth_time > 0, true);
    w = room_begin();
    krb_enc_ticket_part_build(&w, &part);
    check_same(&w, opened);
    return key_of(&part.key);
}

/* Flags as each mode asks for them; bindings only in "mutual". */
static void
check_gss_checksum(const char *stem, const struct krb_authenticator *a)
{
    struct krb_gss_checksum c;
    struct wr w = room_begin();
    bool mutual = strstr(stem, "/mutual") != NULL, dce = strstr(stem, "/dce") != NULL;
    struct view none = row_new("", "channel_bindings/appdata_only.md5");

    assert_int_equal(a->checksum_type, KRB_CKSUM_GSS);
    check_row(stem, "/ap.cksum8003", a->checksum);
    assert_int_equal(krb_gss_checksum_parse(a->checksum, &c), 0);
    assert_int_equal((c.flags & KRB_GSS_MUTUAL) != 0, mutual || dce);
    assert_int_equal((c.flags & KRB_GSS_DCE_STYLE) != 0, dce);
    assert_int_equal(view_is_equal(view_of(c.bindings, sizeof(c.bindings)), none), mutual);
    krb_gss_checksum_build(&w, &c);
    check_same(&w, a->checksum);
    row_free(none);
}

static void
check_authenticator(const char *stem, const struct krb_ap_req *req,
                    const struct crypto_krb_key *session)
{
    struct krb_authenticator a;
    uint8_t plain[ROW_MAX];
    struct view opened = row_open(session, KRB_USAGE_AUTHENTICATOR, &req->authenticator, plain);
    struct wr w = room_begin();

    check_row(stem, "/ap.authenticator_der", opened);
    assert_int_equal(krb_authenticator_parse(opened, &a), 0);
    assert_true(a.has_subkey && a.has_sequence && a.has_checksum);
    check_row(stem, "/ap.initiator_subkey", a.subkey.bytes);
    krb_authenticator_build(&w, &a);
    check_same(&w, opened);
    check_gss_checksum(stem, &a);
}

static void
check_ap_rep(const char *stem, const char *name, const struct crypto_krb_key *session, bool subkey)
{
    struct view token, message = check_token(stem, name, KRB_TOK_AP_REP, &token), opened;
    struct krb_enc_ap_rep_part part;
    struct krb_ap_rep rep;
    uint8_t plain[ROW_MAX];
    struct wr w = room_begin();
    char field[80];

    assert_int_equal(krb_ap_rep_parse(message, &rep), 0);
    krb_ap_rep_build(&w, &rep);
    check_same(&w, message);
    opened = row_open(session, KRB_USAGE_AP_REP, &rep.sealed, plain);
    (void)snprintf(field, sizeof(field), "%s.enc_ap_rep_part_der", name);
    check_row(stem, field, opened);
    assert_int_equal(krb_enc_ap_rep_part_parse(opened, &part), 0);
    assert_int_equal(part.has_subkey, subkey);
    assert_true(part.has_sequence);
    w = room_begin();
    krb_enc_ap_rep_part_build(&w, &part);
    check_same(&w, opened);
    row_free(token);
}

static void
check_context(const char *stem)
{
    struct view token, message = check_token(stem, "/tok1_ap_req", KRB_TOK_AP_REQ, &token);
    struct crypto_krb_key session;
    struct krb_ap_req req;
    struct wr w = room_begin();

    assert_int_equal(krb_ap_req_parse(message, &req), 0);
    krb_ap_req_build(&w, &req);
    check_same(&w, message);
    session = check_ticket(stem, &req);
    assert_ptr_equal(session.type, row_enctype(stem));
    check_authenticator(stem, &req, &session);
    if (row_has(stem, "/tok2_ap_rep"))
        check_ap_rep(stem, "/tok2_ap_rep", &session, true);
    if (row_has(stem, "/tok3_ap_rep"))
        check_ap_rep(stem, "/tok3_ap_rep", &session, false);
    row_free(token);
}

static void
test_recorded_contexts(void **state)
{
    (void)state;
    row_each_context(check_context);
}

static void
test_user_to_user(void **state)
{
    struct view token = row_new("u2u.", "tokens/tgt_request_termsrv"), ticket;
    struct view raw = row_new("u2u.", "aes256-cts-hmac-sha1-96/ap_req_raw");
    struct crypto_krb_key tgt =
        row_key("u2u.", "aes256-cts-hmac-sha1-96/acceptor_tgt_session_key", 18);
    struct krb_tgt_request m;
    struct krb_ap_req req;
    struct krb_token t;
    struct krb_enc_ticket_part part;
    uint8_t plain[ROW_MAX];
    struct wr w = room_begin();

    (void)state;
    assert_int_equal(krb_token_parse(token, &t), 0);
    assert_int_equal(t.id, KRB_TOK_TGT_REQUEST);
    assert_int_equal(krb_tgt_request_parse(t.message, &m), 0);
    assert_true(m.has_server && view_is_equal(m.server.parts[0], view_of("TERMSRV", 7)));
    krb_tgt_request_build(&w, &m);
    check_same(&w, t.message);
    w = room_begin();
    krb_token_build(&w, t.id, t.user_to_user, t.message);
    check_same(&w, token);
    /* The ticket is under the session key of the acceptor's own. */
    assert_int_equal(krb_ap_req_parse(raw, &req), 0);
    assert_int_equal(krb_enc_ticket_part_parse(
        row_open(&tgt, KRB_USAGE_TICKET, &req.ticket.sealed, plain), &part), 0);
    w = room_begin();
    krb_tgt_reply_build(&w, req.ticket_bytes);
    assert_int_equal(krb_tgt_reply_parse(wr_written(&w), &ticket), 0);
    assert_true(view_is_equal(ticket, req.ticket_bytes));
    row_free(token);
    row_free(raw);
}

static void
test_error(void **state)
{
    struct view der = row_new("krb_error.", "skew_recovery/der");
    struct krb_error e;
    struct wr w = room_begin();

    (void)state;
    assert_int_equal(krb_error_parse(der, &e), 0);
    assert_int_equal(e.code, KRB_AP_ERR_SKEW);
    check_row("kerb_error_data/", "skew_recovery.der", e.data);
    krb_error_build(&w, &e);
    check_same(&w, der);
    w = room_begin();
    krb_error_data_build(&w, KRB_ERROR_DATA_SKEW_RECOVERY);
    check_same(&w, e.data);
    row_free(der);
}

/* ---- what is refused ---------------------------------------------------- */

/* No prefix of a token parses, and a token with an octet behind it does not either. */
static void
check_lengths(const char *stem)
{
    struct view token = row_new(stem, "/tok1_ap_req");
    uint8_t *longer = malloc(token.n + 1);
    struct krb_ap_req req;
    struct krb_token t;

    assert_non_null(longer);
    memcpy(longer, token.p, token.n);
    longer[token.n] = 0;
    for (size_t n = 0; n <= token.n + 1; n++) {
        bool good = krb_token_parse(view_of(longer, n), &t) == 0 &&
                    krb_ap_req_parse(t.message, &req) == 0;

        assert_int_equal(good, n == token.n);
    }
    free(longer);
    row_free(token);
}

static void
test_lengths(void **state)
{
    (void)state;
    row_each_context(check_lengths);
}

static void
test_tokens_refused(void **state)
{
    static const struct {
        const char *hex;
        bool good;
    } trials[] = {
        { "600e06092a864886f71201020201003000", false },       /* its length says less */
        { "600f06092a864886f71201020201003000", true },
        { "600f06092a864882f71201020201003000", true },         /* Microsoft's alias */
        { "600f06092a864886f71201020304003000", false },        /* another mechanism */
        { "600f06092a864886f71201020204003000", true },         /* user to user has its own OID, */
        { "6010060a2a864886f7120102020304003000", true },       /* with which come all its tokens */
        { "6010060a2a864886f7120102020301003000", true },
        { "6010060a2a864886f7120102020401003000", false },      /* one that nobody has */
        { "6010060a2a864886f7120102020304023000", false },
        { "600f06092a864886f71201020209003000", false },        /* no such TOK_ID */
        { "60810f06092a864886f71201020201003000", false },      /* length not minimal */
        { "600b06092a864886f712010202", false },
        { "6e00", true }, { "6f00", true }, { "7e00", true },   /* raw: judged by their parsers */
        { "3000", false }, { "", false }, { "4e544c4d53535000", false },
    };
    uint8_t bytes[64];
    struct krb_token t;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(trials); i++) {
        size_t n = vector_from_hex(trials[i].hex, bytes, sizeof(bytes));

        if ((krb_token_parse(view_of(bytes, n), &t) == 0) != trials[i].good)
            fail_msg("%s was %s", trials[i].hex, trials[i].good ? "refused" : "taken");
    }
}

/* The checksum's variants, by hand from RFC 4121 4.1.1. */
static void
test_gss_checksum_forms(void **state)
{
#define BINDINGS "00000000000000000000000000000000"
    static const struct {
        const char *hex;
        bool good;
        size_t delegated, extensions;
    } trials[] = {
        { "10000000" BINDINGS "3e000000", true, 0, 0 },
        { "10000000" BINDINGS "3f000000", true, 0, 0 },             /* flag without credential */
        { "10000000" BINDINGS "3f000000" "01000200" "aabb", true, 2, 0 },
        { "10000000" BINDINGS "3f000000" "01000300" "aabb", false, 0, 0 },
        { "10000000" BINDINGS "3f000000" "02000200" "aabb", false, 0, 0 },
        { "10000000" BINDINGS "3f000000" "0100", false, 0, 0 },
        { "10000000" BINDINGS "3e000000" "0000000000000001cc", true, 0, 9 },
        { "10000000" BINDINGS "3e000000" "0000000000000002cc", false, 0, 0 },
        { "10000000" BINDINGS "3e000000" "00000000ffffffff", false, 0, 0 },
        { "10000000" BINDINGS "3e000000" "00", false, 0, 0 },
        { "10000000" BINDINGS "3f000000" "01000100aa" "0000000700000000", true, 1, 8 },
        { "10000000" BINDINGS "3f000000" "01000000" "0000000700000000", true, 0, 8 },
        { "11000000" BINDINGS "3e000000", false, 0, 0 },
        { "10000000" BINDINGS "3e0000", false, 0, 0 },
        { "", false, 0, 0 },
    };
    uint8_t bytes[64];
    struct krb_gss_checksum c;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(trials); i++) {
        size_t n = vector_from_hex(trials[i].hex, bytes, sizeof(bytes));
        struct wr w = room_begin();

        if ((krb_gss_checksum_parse(view_of(bytes, n), &c) == 0) != trials[i].good)
            fail_msg("%s was %s", trials[i].hex, trials[i].good ? "refused" : "taken");
        if (trials[i].good) {
            assert_int_equal(c.delegated.n, trials[i].delegated);
            assert_int_equal(c.extensions.n, trials[i].extensions);
            krb_gss_checksum_build(&w, &c);
            check_same(&w, view_of(bytes, n));
        }
    }
}

static void
test_delegation_too_long(void **state)
{
    static uint8_t cred[UINT16_MAX + 1], out[UINT16_MAX + 100];
    struct krb_gss_checksum c = { .flags = KRB_GSS_DELEG, .delegated = { cred, UINT16_MAX } };
    struct wr w = wr_init(out, sizeof(out));

    (void)state;
    krb_gss_checksum_build(&w, &c);
    assert_int_equal(wr_end(&w, -1), 0);
    assert_int_equal(w.len, 28 + UINT16_MAX);
    c.delegated.n++;
    w = wr_init(out, sizeof(out));
    krb_gss_checksum_build(&w, &c);
    assert_int_not_equal(wr_end(&w, -1), 0);
}

/* KRB-CRED: two tickets with all that may be said of them, and with the least. */
static void
test_cred(void **state)
{
    struct view raw = row_new("u2u.", "aes256-cts-hmac-sha1-96/ap_req_raw");
    struct krb_name name = { KRB_NT_PRINCIPAL, 1, { { (const uint8_t *)"user", 4 } } };
    struct view realm = view_of("TEST.EXAMPLE", 12), key = view_of("0123456789abcdef", 16);
    struct krb_enc_cred_part part = {
        .count = 2, .has_nonce = true, .nonce = 0x80000001u, .has_time = true, .time = 1000,
        .has_microseconds = true, .microseconds = 7,
        .info[0] = {
            .key = { 17, key }, .client_realm = realm, .has_client = true, .client = name,
            .has_flags = true, .flags = KRB_TICKET_FORWARDED, .has_auth_time = true,
            .auth_time = 1, .has_start_time = true, .start_time = 2, .has_end_time = true,
            .end_time = 3, .has_renew_till = true, .renew_till = 4, .server_realm = realm,
            .has_server = true, .server = name,
        },
        .info[1] = { .key = { 17, key } },
    }, again;
    struct krb_cred cred = { .count = 1, .sealed = { .etype = 0 } }, cred_again;
    struct krb_ap_req req;
    struct wr w = room_begin();
    uint8_t first[ROW_MAX];

    (void)state;
    assert_int_equal(krb_ap_req_parse(raw, &req), 0);
    krb_enc_cred_part_build(&w, &part);
    assert_int_equal(krb_enc_cred_part_parse(wr_written(&w), &again), 0);
    assert_int_equal(again.count, 2);
    assert_int_equal(again.nonce, part.nonce);
    assert_int_equal(again.info[0].renew_till, 4);
    assert_true(krb_name_is_equal(&again.info[0].server, &name));
    assert_false(again.info[1].has_end_time);
    memcpy(first, room, w.len);
    cred.sealed.cipher = view_of(first, w.len);
    cred.tickets[0] = req.ticket_bytes;
    w = room_begin();
    krb_cred_build(&w, &cred);
    assert_int_equal(krb_cred_parse(wr_written(&w), &cred_again), 0);
    assert_int_equal(cred_again.count, 1);
    assert_true(view_is_equal(cred_again.tickets[0], req.ticket_bytes));
    assert_true(view_is_equal(cred_again.sealed.cipher, cred.sealed.cipher));
    row_free(raw);
}

/* The provider's answer, whole; cut off anywhere, and with each octet another, it is never more. */
static void
test_client_answer(void **state)
{
    struct view raw = row_new("u2u.", "aes256-cts-hmac-sha1-96/ap_req_raw");
    struct krb_name name = { KRB_NT_PRINCIPAL, 1, { { (const uint8_t *)"user", 4 } } };
    struct krb_client_answer m = {
        .target = view_of("HTTP/www", 8),
        .info = {
            .key = { 17, view_of("0123456789abcdef", 16) },
            .client_realm = view_of("TEST.EXAMPLE", 12), .has_client = true, .client = name,
            .has_flags = true, .has_end_time = true, .end_time = 3,
        },
    }, again;
    struct krb_ap_req req;
    struct wr w = room_begin();
    size_t whole, good = 0;

    (void)state;
    assert_int_equal(krb_ap_req_parse(raw, &req), 0);
    m.ticket = req.ticket_bytes;
    krb_client_answer_build(&w, &m);
    assert_int_equal(wr_end(&w, -1), 0);
    whole = w.len;
    assert_int_equal(krb_client_answer_parse(wr_written(&w), &again), 0);
    assert_true(view_is_equal(again.target, m.target));
    assert_true(view_is_equal(again.ticket, m.ticket));
    assert_true(view_is_equal(again.info.key.bytes, m.info.key.bytes));
    assert_int_equal(again.info.end_time, 3);
    assert_int_equal(again.delegated.n, 0);
    for (size_t n = 0; n < whole; n++)
        assert_int_equal(krb_client_answer_parse(view_of(room, n), &again), SEC_E_INVALID_TOKEN);
    for (size_t i = 0; i < whole; i++) {
        room[i] ^= 0xff;
        good += krb_client_answer_parse(view_of(room, whole), &again) == 0;
        room[i] ^= 0xff;
    }
    assert_true(good < whole);
    /* What must be said is not said. */
    m.info.has_end_time = false;
    w = room_begin();
    krb_client_answer_build(&w, &m);
    assert_int_equal(krb_client_answer_parse(wr_written(&w), &again), SEC_E_INVALID_TOKEN);
    /* What is delegated is a KRB-CRED or nothing. */
    m.info.has_end_time = true;
    m.delegated = view_of("not one", 7);
    w = room_begin();
    krb_client_answer_build(&w, &m);
    assert_int_equal(krb_client_answer_parse(wr_written(&w), &again), SEC_E_INVALID_TOKEN);
    row_free(raw);
}

/* Authorization data: bare, in AD-IF-RELEVANT, deeper, and not well formed. */
static void
test_auth_data(void **state)
{
    struct krb_auth_data_found found;
    struct krb_auth_data_places places;
    uint8_t inner[200], options[4];
    struct wr w = room_begin(), o = wr_init(options, sizeof(options));
    uint32_t got = 0;

    (void)state;
    krb_ap_options_build(&o, KRB_AD_AP_OPTIONS_CBT);
    places = krb_auth_data_begin(&w);
    krb_auth_data_put(&w, KRB_AD_AP_OPTIONS, wr_written(&o));
    krb_auth_data_put(&w, KRB_AD_LOCAL, view_of("x", 1));
    krb_auth_data_end(&w, places);
    assert_int_equal(krb_auth_data_find(wr_written(&w), KRB_AD_AP_OPTIONS, &found), 0);
    assert_int_equal(found.relevant, 1);
    assert_int_equal(found.bare, 0);
    assert_int_equal(krb_ap_options_parse(found.data, &got), 0);
    assert_int_equal(got, KRB_AD_AP_OPTIONS_CBT);
    assert_int_equal(krb_auth_data_find(wr_written(&w), KRB_AD_PAC, &found), 0);
    assert_int_equal(found.relevant + found.bare, 0);
    assert_int_equal(krb_auth_data_find(wr_written(&w), KRB_AD_IF_RELEVANT, &found), 0);
    assert_int_equal(found.bare, 1);
    /* Two deep: the element is there, what is in it is not looked into. */
    memcpy(inner, room, w.len);
    o = wr_init(inner, sizeof(inner));
    o.len = w.len;
    w = room_begin();
    places = krb_auth_data_begin(&w);
    krb_auth_data_put(&w, KRB_AD_IF_RELEVANT, wr_written(&o));
    krb_auth_data_end(&w, places);
    assert_int_equal(krb_auth_data_find(wr_written(&w), KRB_AD_AP_OPTIONS, &found), 0);
    assert_int_equal(found.relevant + found.bare, 0);
    room[w.len - 1] ^= 1;
    assert_int_equal(krb_auth_data_find(view_of(room, w.len - 1), 1, &found),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(krb_auth_data_find(view_of(NULL, 0), 1, &found), 0);
}

static void
test_auth_data_limit(void **state)
{
    struct krb_auth_data_found found;

    (void)state;
    for (unsigned n = KRB_AUTH_DATA_MAX - 1; n <= KRB_AUTH_DATA_MAX; n++) {
        struct wr w = room_begin();
        struct krb_auth_data_places places = krb_auth_data_begin(&w);

        /* The AD-IF-RELEVANT is one itself. */
        for (unsigned i = 0; i < n; i++)
            krb_auth_data_put(&w, 9, view_of(NULL, 0));
        krb_auth_data_end(&w, places);
        assert_int_equal(krb_auth_data_find(wr_written(&w), 9, &found),
                         n < KRB_AUTH_DATA_MAX ? 0 : SEC_E_INVALID_TOKEN);
    }
}

static void
test_elements(void **state)
{
    struct krb_etype_list list = { 3, { 18, 17, -133 } }, list_again;
    struct krb_restrictions m = { 1, 0x2000, { 1, 2, 3 } }, again;
    struct wr w = room_begin();

    (void)state;
    krb_etype_list_build(&w, &list);
    assert_int_equal(krb_etype_list_parse(wr_written(&w), &list_again), 0);
    assert_memory_equal(&list, &list_again, sizeof(list));
    w = room_begin();
    krb_restrictions_build(&w, &m);
    assert_int_equal(krb_restrictions_parse(wr_written(&w), &again), 0);
    assert_memory_equal(&m, &again, sizeof(m));
    /* MS-KILE's text has one SEQUENCE less. */
    assert_int_equal(room[0], 0x30);
    assert_int_equal(krb_restrictions_parse(view_of(room + 2, w.len - 2), &again), 0);
    assert_memory_equal(&m, &again, sizeof(m));
}

static void
check_name(const struct krb_name *name, const char *realm, const char *want)
{
    struct wr w = room_begin();

    krb_name_text_build(&w, name, view_of(realm, strlen(realm)));
    assert_true(view_is_equal(wr_written(&w), view_of(want, strlen(want))));
}

/* The text of names is that of krb5_unparse_name(). */
static void
test_names(void **state)
{
    struct krb_name host = { 3, 2, { { (const uint8_t *)"host", 4 },
                                     { (const uint8_t *)"a.example", 9 } } };
    struct krb_name odd = { 1, 2, { { (const uint8_t *)"a/b@c\\d", 7 },
                                    { (const uint8_t *)"\0\n\t\b", 4 } } };
    struct krb_name other = host;

    (void)state;
    check_name(&host, "EXAMPLE", "host/a.example@EXAMPLE");
    check_name(&host, "", "host/a.example");
    check_name(&odd, "R@", "a\\/b\\@c\\\\d/\\0\\n\\t\\b@R\\@");
    other.type = KRB_NT_SRV_INST;
    assert_true(krb_name_is_equal(&host, &other));
    other.parts[1].n--;
    assert_false(krb_name_is_equal(&host, &other));
    other.count = 1;
    assert_false(krb_name_is_equal(&host, &other));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_contexts),
        cmocka_unit_test(test_user_to_user),
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_tokens_refused),
        cmocka_unit_test(test_gss_checksum_forms),
        cmocka_unit_test(test_delegation_too_long),
        cmocka_unit_test(test_cred),
        cmocka_unit_test(test_client_answer),
        cmocka_unit_test(test_auth_data),
        cmocka_unit_test(test_auth_data_limit),
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
