/*
 * Accepting user to user: which AP-REQ goes with which state, and what is refused. MIT's library
 * makes the AP-REQs; the ticket that the KDC would give us is made up, with its key. What a KDC and
 * a whole peer make of it is in tests/kerberos/user_to_user.c.
 */
#include "world.h"

#include "packages/kerberos/krb5/tickets.h"
#include "packages/kerberos/lsa/credential.h"
#include "packages/kerberos/lsa/logon.h"
#include "packages/kerberos/wire/wire.h"

#include "ntstatus.h"

#include <stdlib.h>

#define BOB "bob@EXAMPLE.COM"
#define PAC_CLIENT_INFO_AT 56           /* behind the header and three entries */
#define MUTUAL (KRB_GSS_MUTUAL | KRB_GSS_INTEG | KRB_GSS_CONF)

static krb5_keyblock session;       /* of the ticket-granting ticket */
static struct peer granting;        /* for its bytes */
static status_t kdc;                /* what asking for it comes to */
static uint8_t request[256];
static size_t request_n;

static unsigned logons_asked;
static status_t kdc_logon;          /* what that comes to */
status_t __real_krb_tickets_login(const struct krb_login *in, struct krb_tickets **out,
                                  char error[KRB_TICKETS_ERROR_MAX]);
status_t __wrap_krb_tickets_login(const struct krb_login *in, struct krb_tickets **out,
                                  char error[KRB_TICKETS_ERROR_MAX]);

/* A KDC that knows another password; world_tickets() asks none. */
status_t
__wrap_krb_tickets_login(const struct krb_login *in, struct krb_tickets **out,
                         char error[KRB_TICKETS_ERROR_MAX])
{
    if (in->delegated.n > 0)
        return __real_krb_tickets_login(in, out, error);
    *out = NULL;
    (void)snprintf(error, KRB_TICKETS_ERROR_MAX, "Preauthentication failed");
    logons_asked++;
    return kdc_logon;
}

status_t __wrap_krb_tickets_granting(struct krb_tickets *t, struct krb_service_ticket *out,
                                     char error[KRB_TICKETS_ERROR_MAX]);

status_t
__wrap_krb_tickets_granting(struct krb_tickets *t, struct krb_service_ticket *out,
                            char error[KRB_TICKETS_ERROR_MAX])
{
    assert_non_null(t);
    *out = (struct krb_service_ticket){ .enctype = session.enctype, .key_size = session.length };
    error[0] = '\0';
    if (kdc != 0)
        return kdc;
    out->bytes = malloc(granting.creds.ticket.length);
    memcpy(out->bytes, granting.creds.ticket.data, granting.creds.ticket.length);
    out->der = view_of(out->bytes, granting.creds.ticket.length);
    memcpy(out->key, session.contents, session.length);
    return 0;
}

static struct krb_logon *
bobs_logon(void)
{
    const struct view part = view_of("bob", 3);
    struct krb_logon *l = krb_logon_get(krb_support()->logons, (LUID){ 1, 0 }, &part, 1);

    assert_non_null(l);
    return l;
}

static int
setup(void **state)
{
    const struct forgery f = { .server = "krbtgt/EXAMPLE.COM@EXAMPLE.COM" };
    const struct krb_tgt_request m = { .has_server = false };
    struct wr w = wr_init(request, sizeof(request)), message = wr_init_heap(256);
    struct krb_credential *c;

    assert_int_equal(world_setup(state), 0);
    kdc = 0;
    forge(&granting, &f);
    assert_int_equal(krb5_c_make_random_key(world.k, 18, &session), 0);
    krb_tgt_request_build(&message, &m);
    krb_token_build(&w, KRB_TOK_TGT_REQUEST, true, wr_written(&message));
    request_n = w.len;
    wr_wipe(&message);
    /* As AcquireCredentialsHandle leaves it that was given an identity, which is logged on. */
    c = krb_credential_get(world.credential, SECPKG_CRED_INBOUND);
    assert_non_null(c);
    c->grants = true;
    c->logon = bobs_logon();
    c->logon->tickets = world_tickets();
    krb_credential_put(c);
    return 0;
}

static int
teardown(void **state)
{
    peer_wipe(&granting);
    krb5_free_keyblock_contents(world.k, &session);
    return world_teardown(state);
}

static NTSTATUS
ask(struct leg *l)
{
    return leg_accept(l, view_of(request, request_n));
}

static NTSTATUS
send_forged(struct leg *l, const struct forgery *f)
{
    struct peer p;
    NTSTATUS st;

    forge(&p, f);
    st = leg_accept(l, view_of(p.token, p.token_n));
    peer_wipe(&p);
    return st;
}

static void
assert_error(const struct leg *l, int32_t code)
{
    struct krb_token t;
    struct krb_error e;

    assert_true(l->attributes & ASC_RET_EXTENDED_ERROR);
    assert_int_equal(krb_token_parse(view_of(l->out, l->out_n), &t), 0);
    assert_int_equal(krb_error_parse(t.message, &e), 0);
    assert_int_equal(e.code, code);
}

/* The ticket is given away, and its key opens what comes of it. */
static void
the_exchange(void **state)
{
    const struct forgery f = { .server = BOB, .key = &session, .user_to_user = true,
                               .gss = MUTUAL };
    struct leg l = { .context = 0 };
    krb5_ap_rep_enc_part *rep;
    struct krb_token t;
    struct view ticket;
    struct peer p;

    (void)state;
    assert_int_equal(ask(&l), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(krb_token_parse(view_of(l.out, l.out_n), &t), 0);
    assert_true(t.id == KRB_TOK_TGT_REPLY && t.user_to_user);
    assert_int_equal(krb_tgt_reply_parse(t.message, &ticket), 0);
    assert_true(view_is_equal(ticket, view_of(granting.creds.ticket.data,
                                              granting.creds.ticket.length)));
    forge(&p, &f);
    /* With too little room for the answer the context is as it was. */
    l.room = 16;
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_BUFFER_TOO_SMALL);
    l.room = 0;
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_OK);
    assert_true(l.attributes & ASC_RET_USE_SESSION_KEY);
    assert_int_equal(krb_token_parse(view_of(l.out, l.out_n), &t), 0);
    assert_true(t.user_to_user);
    assert_int_equal(peer_read(&p, view_of(l.out, l.out_n), &rep), 0);
    assert_utf16(l.parsed.client, WORLD_CLIENT);
    assert_utf16(l.parsed.server, BOB);
    krb5_free_ap_rep_enc_part(world.k, rep);
    leg_reset(&l);
    peer_wipe(&p);
}

static void
strangers_come(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct leg leg = { .context = 0 };

        assert_int_equal(ask(&leg), SEC_E_LOGON_DENIED);
        assert_true(logged("no_granting_ticket"));
        leg_reset(&leg);
    }
}

/*
 * Strangers make the server log on: however many come, and however often it acquires its
 * credential, a wrong password reaches the KDC once in ten minutes, or that locks the account.
 */
static void
a_wrong_password(void **state)
{
    struct krb_logon *l = bobs_logon();

    (void)state;
    krb_tickets_free(l->tickets);
    l->tickets = NULL;
    logons_asked = 0;
    kdc_logon = STATUS_WRONG_PASSWORD;
    strangers_come(10);
    assert_int_equal(logons_asked, 1);
    krb_logon_put(krb_support()->logons, bobs_logon());
    strangers_come(1);
    assert_int_equal(logons_asked, 1);
    world.boot_ms += 10 * 60 * 1000;
    strangers_come(10);
    assert_int_equal(logons_asked, 2);
    /* An account that is locked, or unknown, may be put right any time. */
    world.boot_ms += 10 * 60 * 1000;
    kdc_logon = SEC_E_LOGON_DENIED;
    strangers_come(3);
    assert_int_equal(logons_asked, 5);
    l->tickets = world_tickets();
    krb_logon_put(krb_support()->logons, l);
}

/* A keytab's key where the session key is to be, and the other way round. */
static void
which_key_when(void **state)
{
    krb5_keyblock other;
    const struct {
        bool asks;
        struct forgery f;
        NTSTATUS status;
        const char *reason;
    } cases[] = {
        { false, { .server = BOB, .key = &session, .user_to_user = true }, SEC_E_INVALID_TOKEN,
          "reason=user_to_user" },
        { false, { .user_to_user = true }, SEC_E_INVALID_TOKEN, "reason=user_to_user" },
        { false, { .gss = MUTUAL }, SEC_E_OK, "" },
        { true, { .gss = MUTUAL }, SEC_E_INVALID_TOKEN, "not_user_to_user" },
        { true, { .server = BOB, .key = &session }, SEC_E_INVALID_TOKEN, "not_user_to_user" },
        { true, { .user_to_user = true }, SEC_E_LOGON_DENIED, "wrong_granting_key" },
        { true, { .user_to_user = true, .type = 17 }, SEC_E_LOGON_DENIED, "wrong_granting_key" },
        { true, { .user_to_user = true, .key = &other }, SEC_E_LOGON_DENIED,
          "wrong_granting_key" },
        { true, { .user_to_user = true, .key = &session, .end = -400 }, SEC_E_LOGON_DENIED,
          "ticket_expired" },
    };
    struct leg l = { .context = 0 };

    (void)state;
    assert_int_equal(krb5_c_make_random_key(world.k, 18, &other), 0);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        if (cases[i].asks)
            assert_int_equal(ask(&l), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(send_forged(&l, &cases[i].f), cases[i].status);
        assert_true(logged(cases[i].reason));
        if (l.context != 0 && l.status < 0)
            assert_int_equal(ask(&l), SEC_E_OUT_OF_SEQUENCE);
        if (l.context != 0)
            assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
        l.context = 0;
    }
    krb5_free_keyblock_contents(world.k, &other);
}

/* The server's signature is by what opened the ticket, here no key of a keytab. */
static void
which_key_signs(void **state)
{
    krb5_keyblock service = world_key(WORLD_SERVER, 1, 18);
    const krb5_keyblock *const keys[] = { &session, &service };
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    for (size_t i = 0; i < 2 * UNIT_COUNT(keys); i++) {
        bool spoilt = i >= UNIT_COUNT(keys);
        const struct pac_facts facts = { .client = WORLD_CLIENT, .key = keys[i % 2],
                                         .spoil = spoilt ? PAC_CLIENT_INFO_AT : -1 };
        struct forgery f = { .server = BOB, .key = &session, .user_to_user = true };

        world_pac_make(&pac, &facts);
        f.auth_data = view_of(pac.bytes, pac.n);
        world.log[0] = '\0';
        assert_int_equal(ask(&l), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(send_forged(&l, &f), i == 0 ? SEC_E_OK : SEC_E_LOGON_DENIED);
        assert_int_equal(logged("reason=pac_signature"), i != 0);
        assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
        l.context = 0;
    }
    krb5_free_keyblock_contents(world.k, &service);
}

static void
cut_off(void **state)
{
    const struct forgery f = { .server = BOB, .key = &session, .user_to_user = true };
    struct leg l = { .context = 0 };
    struct peer p;

    (void)state;
    forge(&p, &f);
    for (size_t n = 1; n < p.token_n; n++) {
        assert_int_equal(ask(&l), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(leg_accept(&l, view_of(p.token, n)), SEC_E_INVALID_TOKEN);
        assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
        l.context = 0;
    }
    for (size_t n = 1; n < request_n; n++)
        assert_int_equal(leg_accept(&l, view_of(request, n)), SEC_E_INVALID_TOKEN);
    peer_wipe(&p);
}

/* The server has no key of bob's: who does not know that this is user to user is told so, once. */
static void
told_so(void **state)
{
    const struct forgery f = { .server = BOB, .key = &session, .gss = MUTUAL };
    struct forgery u = f;
    struct leg l = { .requirements = ASC_REQ_EXTENDED_ERROR };

    (void)state;
    u.user_to_user = true;
    assert_int_equal(send_forged(&l, &f), SEC_I_CONTINUE_NEEDED);
    assert_true(logged("user_to_user_required"));
    assert_error(&l, KRB_AP_ERR_USER_TO_USER_REQUIRED);
    assert_int_equal(ask(&l), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(send_forged(&l, &u), SEC_E_OK);
    leg_reset(&l);
    assert_int_equal(send_forged(&l, &f), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(send_forged(&l, &f), SEC_E_NO_TGT_REPLY);
    assert_int_equal(ask(&l), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
    l.context = 0;
    /* Nobody wants to be told. */
    l.requirements = 0;
    assert_int_equal(send_forged(&l, &f), SEC_E_NO_TGT_REPLY);
}

/* Differing clocks: the second AP-REQ is for the same ticket, and no other is given. */
static void
clocks_differ(void **state)
{
    const struct forgery ahead = { .server = BOB, .key = &session, .user_to_user = true,
                                   .gss = MUTUAL, .clock = 301 };
    struct forgery right = ahead;
    struct leg l = { .requirements = ASC_REQ_EXTENDED_ERROR };

    (void)state;
    right.clock = 0;
    for (unsigned again = 0; again < 2; again++) {
        assert_int_equal(ask(&l), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(send_forged(&l, &ahead), SEC_I_CONTINUE_NEEDED);
        assert_error(&l, KRB_AP_ERR_SKEW);
        if (again)
            assert_int_equal(ask(&l), SEC_E_OUT_OF_SEQUENCE);
        else
            assert_int_equal(send_forged(&l, &right), SEC_E_OK);
        assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
        l.context = 0;
    }
}

/* Our own trouble with the KDC is none that a client could mend, whatever it is called. */
static void
no_ticket(void **state)
{
    static const status_t troubles[] = { SEC_E_TIME_SKEW, SEC_E_NO_TGT_REPLY,
                                         SEC_E_NO_AUTHENTICATING_AUTHORITY };
    const struct forgery f = { .server = BOB, .key = &session, .gss = MUTUAL };
    struct forgery u = f;
    struct leg l = { .requirements = ASC_REQ_EXTENDED_ERROR };

    (void)state;
    u.user_to_user = true;
    for (size_t i = 0; i < UNIT_COUNT(troubles); i++) {
        kdc = 0;
        assert_int_equal(send_forged(&l, &f), SEC_I_CONTINUE_NEEDED);
        kdc = troubles[i];
        assert_int_equal(ask(&l), troubles[i]);
        assert_true(logged("reason=no_granting_ticket"));
        kdc = 0;
        assert_int_equal(send_forged(&l, &u), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
        l.context = 0;
        world.boot_ms += 60 * 1000;     /* a KDC that is out is not asked at once */
    }
    l.requirements |= ASC_REQ_DATAGRAM;
    assert_int_equal(ask(&l), SEC_E_UNSUPPORTED_FUNCTION);
}

/* Negotiate offers Kerberos by one name, and understands the others (MS-SPNG, RFC 4121). */
static void
names(void **state)
{
    static const char *const want[] = {
        "\x06\x09\x2a\x86\x48\x82\xf7\x12\x01\x02\x02",
        "\x06\x0a\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03",
    };
    PSECPKG_EXTENDED_INFORMATION info;

    (void)state;
    assert_int_equal(world.package->GetExtendedInformation(SecpkgGssInfo, &info), STATUS_SUCCESS);
    assert_int_equal(info->Info.GssInfo.EncodedIdLength, 11);
    assert_memory_equal(info->Info.GssInfo.EncodedId,
                        "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02", 11);
    krb_support()->lsa->FreeLsaHeap(info);
    assert_int_equal(world.package->GetExtendedInformation(SecpkgExtraOids, &info),
                     STATUS_SUCCESS);
    assert_int_equal(info->Info.ExtraOids.OidCount, UNIT_COUNT(want));
    for (size_t i = 0; i < UNIT_COUNT(want); i++) {
        const SECPKG_SERIALIZED_OID *o = &info->Info.ExtraOids.Oids[i];

        assert_int_equal(o->OidLength, strlen(want[i]));
        assert_memory_equal(o->OidValue, want[i], o->OidLength);
    }
    krb_support()->lsa->FreeLsaHeap(info);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_exchange, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_password, setup, teardown),
        cmocka_unit_test_setup_teardown(which_key_when, setup, teardown),
        cmocka_unit_test_setup_teardown(which_key_signs, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(told_so, setup, teardown),
        cmocka_unit_test_setup_teardown(clocks_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(no_ticket, setup, teardown),
        cmocka_unit_test_setup_teardown(names, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
