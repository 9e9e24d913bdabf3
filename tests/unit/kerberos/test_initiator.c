/*
 * What an initiator takes of a server that may be anybody: AP-REPs that MIT's library made, whole
 * and altered, before us and before that library (world_initiator.c); KRB-ERRORs; tickets of no
 * ticket-granting service. And which tickets and principals of its own it may use at all.
 */
#include "krb_rows.h"
#include "world.h"

#include "packages/kerberos/wire/wire.h"

#define MUTATIONS 10000u
#define MOST_CHANGES 3u
#define OTHER u"HTTP/other.example.com"

/* ---- the server's answer ------------------------------------------------- */

/* The library's EncAPRepPart with something else in it, sealed as it was. */
static enum verdict
answered_with(struct answered *d, const struct krb_enc_ap_rep_part *part)
{
    uint8_t plain[512], token[WORLD_TOKEN_MAX];
    struct wr w = wr_init(plain, sizeof(plain));

    krb_enc_ap_rep_part_build(&w, part);
    assert_false(w.failed);
    return answered_by(d, answered_seal(d, wr_written(&w), token, sizeof(token)));
}

static void
part_of(const struct answered *d, struct krb_enc_ap_rep_part *out)
{
    assert_int_equal(krb_enc_ap_rep_part_parse(view_of(d->part, d->part_n), out), 0);
}

/* Only who has read the authenticator can say its time: another answer is not for it. */
static void
of_another_time(void **state)
{
    static const krb5_enctype types[] = { 17, 18, 19, 20 };
    static const struct {
        int64_t seconds;
        uint32_t microseconds;
        enum verdict want;
    } rows[] = {
        { 0, 0, VERDICT_BOTH },    { 1, 0, VERDICT_NEITHER }, { -1, 0, VERDICT_NEITHER },
        { 0, 1, VERDICT_NEITHER }, { 3600, 999999, VERDICT_NEITHER },
    };
    struct krb_enc_ap_rep_part part;
    struct answered d;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types) * UNIT_COUNT(rows); i++) {
        const size_t row = i % UNIT_COUNT(rows);

        answered_begin(&d, types[i / UNIT_COUNT(rows)]);
        part_of(&d, &part);
        part.time += rows[row].seconds;
        part.microseconds += rows[row].microseconds;
        assert_int_equal(answered_with(&d, &part), rows[row].want);
        assert_int_equal(d.l.status, rows[row].want == VERDICT_BOTH ? SEC_E_OK
                                                                    : SEC_E_WRONG_PRINCIPAL);
        answered_end(&d);
    }
}

/* The old type, as the ticket's key and as what the server makes of a good one. */
static void
rc4_by_setting(void **state)
{
    uint8_t bytes[WORLD_TOKEN_MAX], key[16] = { 1, 2, 3 };
    const struct ticket_answer a = { .target = WORLD_TARGET, .end = 3600, .session_type = 23 };
    struct krb_enc_ap_rep_part part;
    struct answered d;

    (void)state;
    answered_begin(&d, 18);
    part_of(&d, &part);
    part.has_subkey = true;
    part.subkey = (struct krb_key){ KRB_ENCTYPE_RC4, view_of(key, sizeof(key)) };
    world.client_answer = view_of(bytes, world_answer(bytes, sizeof(bytes), &a));
    for (unsigned allow = 0; allow < 2; allow++) {
        struct leg l = { .requirements = ISC_REQ_MUTUAL_AUTH };

        assert_int_equal(answered_with(&d, &part), allow ? VERDICT_BOTH : VERDICT_STRICTER);
        assert_int_equal(d.l.status, allow ? SEC_E_OK : SEC_E_KDC_UNKNOWN_ETYPE);
        world.log[0] = '\0';
        assert_int_equal(leg_initiate(&l, d.credential, view_of(NULL, 0)),
                         allow ? SEC_I_CONTINUE_NEEDED : SEC_E_KDC_UNKNOWN_ETYPE);
        leg_reset(&l);
        world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "allow_rc4", "yes");
    }
    world.client_answer = view_of(NULL, 0);
    answered_end(&d);
}

/* ---- ten thousand of them ------------------------------------------------ */

/* The same in every run. */
static uint32_t
next_random(void)
{
    static uint64_t x = 0x9E3779B97F4A7C15u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (uint32_t)(x >> 32);
}

/* A bit, an octet, a piece that is gone, doubled or in another's place. */
static void
change(uint8_t *p, size_t *n, size_t room)
{
    size_t at = next_random() % (*n + 1), some = 1 + next_random() % 8;

    if (at + some > *n)
        at = *n > some ? *n - some : 0;
    if (at + some > *n)
        return;
    switch (next_random() % 5) {
    case 0:
        p[at] ^= (uint8_t)(1u << next_random() % 8);
        return;
    case 1:
        p[at] = (uint8_t)next_random();
        return;
    case 2:
        memmove(p + at, p + at + some, *n - at - some);
        *n -= some;
        return;
    case 3:
        if (*n + some > room)
            return;
        memmove(p + at + some, p + at, *n - at);
        *n += some;
        return;
    default:
        memmove(p + next_random() % (*n - some + 1), p + at, some);
    }
}

static struct view
changed(struct view whole, uint8_t *p, size_t room)
{
    size_t n = whole.n;

    assert_true(whole.n <= room);
    memcpy(p, whole.p, whole.n);
    for (unsigned i = 1 + next_random() % MOST_CHANGES; i > 0; i--)
        change(p, &n, room);
    return view_of(p, n);
}

/* Most of them within the seal: what is changed outside of it opens with no key. */
static void
altered_answers(void **state)
{
    uint8_t framed[1024], bytes[1024], token[WORLD_TOKEN_MAX];
    unsigned verdicts[VERDICT_AGAIN + 1] = { 0 };
    struct wr w = wr_init(framed, sizeof(framed));
    struct answered d;

    (void)state;
    answered_begin(&d, 18);
    krb_token_build(&w, KRB_TOK_AP_REP, false, view_of(d.message, d.message_n));
    assert_int_equal(answered_by(&d, wr_written(&w)), VERDICT_BOTH);
    for (unsigned i = 0; i < MUTATIONS; i++) {
        struct view v = changed(i % 4 == 0 ? wr_written(&w) : view_of(d.part, d.part_n), bytes,
                                sizeof(bytes));

        if (i % 4 != 0)
            v = answered_seal(&d, v, token, sizeof(token));
        verdicts[answered_by(&d, v)]++;
    }
    /* Numbers and octets of the subkey may change; what the library reads as BER we do not. */
    assert_true(verdicts[VERDICT_BOTH] > MUTATIONS / 100);
    assert_true(verdicts[VERDICT_NEITHER] > MUTATIONS / 2);
    assert_true(verdicts[VERDICT_STRICTER] < verdicts[VERDICT_BOTH]);
    assert_int_equal(verdicts[VERDICT_AGAIN], 0);
    answered_end(&d);
}

/* Nobody signs it, so it completes nothing; a second AP-REQ is all that comes of it. */
static void
altered_errors(void **state)
{
    struct view recorded = row_new("krb_error.", "skew_recovery/der");
    uint8_t framed[1024], bytes[1024];
    struct wr w = wr_init(framed, sizeof(framed));
    unsigned again = 0;
    struct answered d;

    (void)state;
    krb_token_build(&w, KRB_TOK_ERROR, false, recorded);
    assert_false(w.failed);
    answered_begin(&d, 18);
    for (unsigned i = 0; i < MUTATIONS; i++) {
        enum verdict v = answered_by(&d, changed(wr_written(&w), bytes, sizeof(bytes)));

        assert_true(v == VERDICT_NEITHER || v == VERDICT_AGAIN);
        if (v == VERDICT_NEITHER)
            continue;
        again++;
        /* One second try there is; and its authenticator is not the one that the library has. */
        assert_int_equal(answered_by(&d, wr_written(&w)), VERDICT_NEITHER);
        answered_end(&d);
        answered_begin(&d, 18);
    }
    assert_true(again > MUTATIONS / 100 && again < MUTATIONS / 2);
    answered_end(&d);
    row_free(recorded);
}

/* ---- what it may use ----------------------------------------------------- */

/* The KDC's word, which the user's own tickets come with, decides over what is given away. */
static void
delegated_where_trusted(void **state)
{
    uint8_t bytes[WORLD_TOKEN_MAX];
    LSA_SEC_HANDLE credential;
    TimeStamp expiry;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%u");
    world.may_delegate = TRUE;
    assert_int_equal(world.package->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, NULL,
                                                             NULL, NULL, NULL, &credential,
                                                             &expiry),
                     STATUS_SUCCESS);
    for (unsigned trusted = 0; trusted < 2; trusted++) {
        const struct ticket_answer a = { .target = WORLD_TARGET, .end = 3600, .delegates = true,
                                         .flags = trusted ? KRB_TICKET_OK_AS_DELEGATE : 0 };
        struct leg l = { .requirements = ISC_REQ_DELEGATE };
        struct leg server = { .requirements = ASC_REQ_DELEGATE };

        world.secret_n = 0;
        world.client_answer = view_of(bytes, world_answer(bytes, sizeof(bytes), &a));
        assert_int_equal(leg_initiate(&l, credential, view_of(NULL, 0)), SEC_E_OK);
        world.client_answer = view_of(NULL, 0);
        assert_int_equal((l.attributes & ISC_RET_DELEGATE) != 0, trusted);
        assert_int_equal(leg_accept(&server, view_of(l.out, l.out_n)), SEC_E_OK);
        assert_int_equal((server.attributes & ASC_RET_DELEGATE) != 0, trusted);
        assert_int_equal(world.secret_n > 0, trusted);
        leg_reset(&server);
        leg_reset(&l);
    }
    assert_int_equal(world.package->FreeCredentialsHandle(credential), STATUS_SUCCESS);
}

static NTSTATUS
acquire_as(const char16_t *name, LSA_SEC_HANDLE *out)
{
    char16_t text[64];
    UNICODE_STRING principal = { 0, sizeof(text), text };
    TimeStamp expiry;

    while (name[principal.Length / 2] != 0) {
        text[principal.Length / 2] = name[principal.Length / 2];
        principal.Length += 2;
    }
    return world.package->AcquireCredentialsHandle(&principal, SECPKG_CRED_OUTBOUND, NULL, NULL,
                                                   NULL, NULL, out, &expiry);
}

/* A keytab may have others' keys: the service is the principals that are its own. */
static void
as_itself_only(void **state)
{
    LSA_SEC_HANDLE credential;

    (void)state;
    assert_int_equal(acquire_as(OTHER, &credential), STATUS_SUCCESS);
    assert_int_equal(world.package->FreeCredentialsHandle(credential), STATUS_SUCCESS);
    assert_int_equal(acquire_as(u"HTTP/third.example.com", &credential), SEC_E_NO_CREDENTIALS);
    world_setting(OPENSSPI_HOST_SECTION_SERVICE, "web", "principals", WORLD_TARGET);
    assert_int_equal(acquire_as(OTHER, &credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(acquire_as(u"" WORLD_TARGET, &credential), STATUS_SUCCESS);
    assert_int_equal(world.package->FreeCredentialsHandle(credential), STATUS_SUCCESS);
}

static struct view
tgt_reply_make(const char *server, uint8_t *room, size_t n)
{
    const struct forgery f = { .server = server };
    struct wr w = wr_init(room, n), message = wr_init_heap(WORLD_TOKEN_MAX);
    struct peer p;

    forge(&p, &f);
    krb_tgt_reply_build(&message, view_of_data(p.creds.ticket));
    krb_token_build(&w, KRB_TOK_TGT_REPLY, true, wr_written(&message));
    assert_false(message.failed || w.failed);
    wr_wipe(&message);
    peer_wipe(&p);
    return wr_written(&w);
}

/* User to user: what the server sends is a ticket-granting ticket of its own realm, by its name. */
static void
no_granting_ticket(void **state)
{
    static const char *const servers[] = {
        "krbtgt@EXAMPLE.COM", "krbtgt/EXAMPLE.COM/more@EXAMPLE.COM", "krbtgt/OTHER.COM@EXAMPLE.COM",
        "host/EXAMPLE.COM@EXAMPLE.COM",
    };
    LSA_SEC_HANDLE credential;
    uint8_t token[WORLD_TOKEN_MAX];

    (void)state;
    assert_int_equal(acquire_as(OTHER, &credential), STATUS_SUCCESS);
    for (size_t i = 0; i < UNIT_COUNT(servers); i++) {
        struct leg l = { .requirements = ISC_REQ_USE_SESSION_KEY };
        struct view reply = tgt_reply_make(servers[i], token, sizeof(token));

        assert_int_equal(leg_initiate(&l, credential, view_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(leg_initiate(&l, credential, reply), SEC_E_WRONG_PRINCIPAL);
        assert_true(logged("tgt_reply_refused") && logged("no ticket-granting ticket"));
        assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
    }
    assert_int_equal(world.package->FreeCredentialsHandle(credential), STATUS_SUCCESS);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(of_another_time), CASE(rc4_by_setting), CASE(altered_answers), CASE(altered_errors),
        CASE(delegated_where_trusted), CASE(as_itself_only), CASE(no_granting_ticket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
