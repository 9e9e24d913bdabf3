/*
 * Accepting: MIT's library makes the AP-REQs and judges our answers; what is refused is refused
 * for the reason that the log says.
 */
#include "child.h"
#include "world.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/filetime.h"
#include "base/secret.h"
#include "crypto/krb.h"
#include "packages/common/channel_bindings.h"
#include "packages/kerberos/lsa/accept.h"
#include "packages/kerberos/wire/wire.h"

#define PROTECTED (KRB_GSS_INTEG | KRB_GSS_CONF | KRB_GSS_REPLAY | KRB_GSS_SEQUENCE)
#define MUTUAL (KRB_GSS_MUTUAL | PROTECTED)

/* What the acceptor hands to its user half is what the library arrived at. */
static void
same_context(struct peer *p, const struct leg *l, const krb5_ap_rep_enc_part *rep)
{
    const struct krb_context_data *d = &l->parsed;
    krb5_keyblock *key;
    krb5_int32 sequence;

    assert_int_equal(krb5_auth_con_getlocalseqnumber(world.k, p->ac, &sequence), 0);
    assert_int_equal((uint32_t)sequence, d->receive_sequence);
    assert_int_equal(d->facts & KRB_FACT_LOOPBACK, 0);
    assert_int_equal((uint32_t)rep->seq_number, d->send_sequence);
    assert_non_null(rep->subkey);
    assert_int_equal(d->acceptor_key.etype != 0 ? d->acceptor_key.etype : d->initiator_key.etype,
                     rep->subkey->enctype);
    assert_memory_equal(d->acceptor_key.etype != 0 ? d->acceptor_key.bytes.p
                                                   : d->initiator_key.bytes.p,
                        rep->subkey->contents, rep->subkey->length);
    assert_int_equal(krb5_auth_con_getkey(world.k, p->ac, &key), 0);
    /* The ticket's key is no context's key. */
    assert_memory_not_equal(d->initiator_key.bytes.p, key->contents, key->length);
    krb5_free_keyblock(world.k, key);
}

static void
mutual(krb5_enctype type)
{
    const struct forgery f = { .type = type, .gss = MUTUAL };
    krb5_ap_rep_enc_part *rep;
    struct leg l = { .context = 0 };
    struct peer p;

    forge(&p, &f);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_OK);
    assert_true(l.mapped);
    assert_int_equal(peer_read(&p, view_of(l.out, l.out_n), &rep), 0);
    same_context(&p, &l, rep);
    assert_int_equal(l.parsed.role, KRB_ROLE_ACCEPTOR);
    assert_int_equal(l.parsed.gss_flags, MUTUAL);
    assert_int_equal(l.attributes, ASC_RET_MUTUAL_AUTH | ASC_RET_REPLAY_DETECT |
                                       ASC_RET_SEQUENCE_DETECT | ASC_RET_CONFIDENTIALITY |
                                       ASC_RET_INTEGRITY | ASC_RET_CONNECTION);
    assert_int_equal(l.parsed.expiry, filetime_from_unix(WORLD_NOW + 3600));
    assert_utf16(l.parsed.client, WORLD_CLIENT);
    assert_utf16(l.parsed.server, WORLD_SERVER);
    assert_utf16(l.parsed.account, WORLD_CLIENT);       /* neither SIDs nor an account */
    assert_true(l.parsed.token == 0);
    assert_int_equal(world.audits, 1);
    assert_int_equal(world.audit_status, STATUS_SUCCESS);
    krb5_free_ap_rep_enc_part(world.k, rep);
    leg_reset(&l);
    peer_wipe(&p);
}

static void
every_enctype(void **state)
{
    static const krb5_enctype types[] = { 17, 18, 19, 20 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        world.audits = 0;
        mutual(types[i]);
    }
}

/* The old type only where the administrator says so; the log says where. */
static void
rc4_by_setting(void **state)
{
    /* The ticket's key, the one in it, the client's subkey. */
    static const struct {
        struct forgery f;
        const char *reason;
    } cases[] = {
        { { .type = 23, .session_type = 18 }, "reason=rc4_hmac_refused" },
        { { .type = 18, .session_type = 23 }, "reason=rc4_hmac_refused" },
        { { .type = 18, .subkey_type = 23 }, "reason=subkey_type" },
    };
    struct leg l = { .context = 0 };

    (void)state;
    for (unsigned allow = 0; allow < 2; allow++) {
        for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
            world.log[0] = '\0';
            assert_int_equal(accept_once(&l, &cases[i].f),
                             allow ? SEC_E_OK : SEC_E_KDC_UNKNOWN_ETYPE);
            assert_int_equal(logged(cases[i].reason) && logged("allow_rc4"), !allow);
        }
        world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "allow_rc4", "yes");
    }
}

static void
one_way(void **state)
{
    const struct forgery f = { .gss = PROTECTED };
    struct leg l = { .context = 0 };

    (void)state;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_int_equal(l.out_n, 0);
    assert_true(l.mapped);
    assert_int_equal(l.parsed.send_sequence, l.parsed.receive_sequence);
    assert_int_equal(l.parsed.acceptor_key.etype, 0);
}

/* The library's third leg is taken; our own second one sent back is not. */
static void
dce_style(void **state)
{
    const struct forgery f = { .gss = MUTUAL | KRB_GSS_DCE_STYLE };
    uint8_t reflected[WORLD_TOKEN_MAX];
    struct leg l = { .requirements = ASC_REQ_USE_DCE_STYLE };
    krb5_ap_rep_enc_part *rep;
    struct peer p;
    krb5_data third;

    (void)state;
    for (unsigned good = 0; good < 2; good++) {
        forge(&p, &f);
        assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_I_CONTINUE_NEEDED);
        assert_false(l.mapped);
        memcpy(reflected, l.out, l.out_n);
        assert_int_equal(peer_read(&p, view_of(l.out, l.out_n), &rep), 0);
        assert_int_equal(krb5_mk_rep_dce(world.k, p.ac, &third), 0);
        if (good) {
            assert_int_equal(leg_accept(&l, view_of(third.data, third.length)), SEC_E_OK);
            assert_true(l.mapped);
            same_context(&p, &l, rep);
        } else {
            assert_int_equal(leg_accept(&l, view_of(reflected, l.out_n)), SEC_E_LOGON_DENIED);
            assert_true(logged("third_leg_failed"));
            assert_int_equal(leg_accept(&l, view_of(third.data, third.length)),
                             SEC_E_OUT_OF_SEQUENCE);
            assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
            l.context = 0;
        }
        krb5_free_ap_rep_enc_part(world.k, rep);
        krb5_free_data_contents(world.k, &third);
        leg_reset(&l);
        peer_wipe(&p);
    }
}

/* Too little room for the answer is said before the AP-REQ is used up, whatever type it has. */
static void
too_little_room(void **state)
{
    static const krb5_enctype types[] = { 17, 18, 19, 20 };
    static const uint32_t styles[] = { MUTUAL, MUTUAL | KRB_GSS_DCE_STYLE };

    (void)state;
    for (size_t i = 0; i < 2 * UNIT_COUNT(types); i++) {
        const struct forgery f = { .gss = styles[i % 2], .type = types[i / 2] };
        struct leg l = { .room = KRB_ACCEPT_ANSWER_MAX - 1 };
        unsigned audits = world.audits;
        struct peer p;

        forge(&p, &f);
        assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(world.audits, audits);
        l = (struct leg){ .room = KRB_ACCEPT_ANSWER_MAX };
        assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)),
                         i % 2 == 0 ? SEC_E_OK : SEC_I_CONTINUE_NEEDED);
        leg_reset(&l);
        peer_wipe(&p);
    }
}

/* Raw without the flag, framed with it: neither. */
static void
style_and_frame(void **state)
{
    const struct forgery raw = { .gss = MUTUAL | KRB_GSS_DCE_STYLE }, framed = { .gss = MUTUAL };
    uint8_t room[WORLD_TOKEN_MAX];
    struct leg l = { .context = 0 };
    struct krb_token t;
    struct peer p;
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    forge(&p, &framed);
    assert_int_equal(krb_token_parse(view_of(p.token, p.token_n), &t), 0);
    assert_int_equal(leg_accept(&l, t.message), SEC_E_INVALID_TOKEN);
    peer_wipe(&p);
    forge(&p, &raw);
    krb_token_build(&w, KRB_TOK_AP_REQ, false, view_of(p.token, p.token_n));
    assert_int_equal(leg_accept(&l, wr_written(&w)), SEC_E_INVALID_TOKEN);
    peer_wipe(&p);
}

/* The file is made with the first AP-REQ, and for its owner only. */
static void
replay_file(void **state)
{
    const struct forgery f = { .gss = MUTUAL };
    struct leg l = { .context = 0 };
    char path[96];
    struct stat st;

    (void)state;
    snprintf(path, sizeof(path), "%s/kerberos.replay", world.dir);
    assert_int_not_equal(stat(path, &st), 0);
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    leg_reset(&l);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

/* Where it cannot be made, nothing is accepted; where it can be again, the next is. */
static void
replay_file_missing(void **state)
{
    const struct forgery f = { .gss = MUTUAL };
    struct leg l = { .context = 0 };
    char path[96];

    (void)state;
    snprintf(path, sizeof(path), "%s/kerberos.replay", world.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(accept_once(&l, &f), SEC_E_LOGON_DENIED);
    assert_true(logged("reason=no_replay_cache"));
    leg_reset(&l);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    leg_reset(&l);
}

/* Two processes with one keytab and one folder: what the one has accepted the other refuses. */
static void
replay_between_processes(void **state)
{
    const struct forgery f = { .gss = MUTUAL };
    struct leg l = { .context = 0 };
    struct peer p;
    pid_t child;
    int status;

    (void)state;
    /* The parent has the file open before it forks. */
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    leg_reset(&l);
    forge(&p, &f);
    child = fork();
    if (child == 0) {
        world_begin_in_child();
        child_exit(leg_accept(&l, view_of(p.token, p.token_n)) != SEC_E_OK);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_LOGON_DENIED);
    assert_true(logged("reason=replay"));
    leg_reset(&l);
    peer_wipe(&p);
}

static void
replay(void **state)
{
    const struct forgery f = { .gss = MUTUAL };
    struct leg l = { .context = 0 };
    struct peer p;

    (void)state;
    forge(&p, &f);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_OK);
    leg_reset(&l);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_LOGON_DENIED);
    assert_true(logged("reason=replay"));
    /* The application alone cannot switch it off. */
    l.requirements = ASC_REQ_ALLOW_CONTEXT_REPLAY;
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_LOGON_DENIED);
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "allow_context_replay", "yes");
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_OK);
    assert_true(l.attributes & ASC_RET_ALLOW_CONTEXT_REPLAY);
    leg_reset(&l);
    l.requirements = 0;
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_LOGON_DENIED);
    peer_wipe(&p);
}

/* A second name of the server in the keytab, with the same key. */
static void
alias_add(const char *principal)
{
    krb5_keytab_entry e = { .vno = 1, .timestamp = 1, .key = world_key(WORLD_SERVER, 1, 18) };
    krb5_keytab keytab;

    assert_int_equal(krb5_kt_resolve(world.k, world.keytab, &keytab), 0);
    assert_int_equal(krb5_parse_name(world.k, principal, &e.principal), 0);
    assert_int_equal(krb5_kt_add_entry(world.k, keytab, &e), 0);
    krb5_kt_free_entry(world.k, &e);
    krb5_kt_close(world.k, keytab);
}

/* The server's name is in no seal: who writes another has the same AP-REQ still. */
static void
replay_by_another_name(void **state)
{
    static const struct {
        const char *text;       /* whose first octet is another */
        const char *server;
    } rows[] = {
        { "EXAMPLE.COM", WORLD_SERVER },                    /* of a realm that nobody knows */
        { "www.example", "HTTP/vww.example.com@EXAMPLE.COM" },
    };
    const struct forgery f = { .gss = MUTUAL };
    struct leg l = { .context = 0 };
    struct peer p;

    (void)state;
    alias_add(rows[1].server);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint8_t *at;

        forge(&p, &f);
        at = memmem(p.token, p.token_n, rows[i].text, strlen(rows[i].text));
        assert_non_null(at);
        --*at;
        assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_OK);
        assert_utf16(l.parsed.server, rows[i].server);
        leg_reset(&l);
        ++*at;
        assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_LOGON_DENIED);
        assert_true(logged("reason=replay"));
        leg_reset(&l);
        peer_wipe(&p);
    }
}

/* What is wrong with a ticket, and what the log makes of it. */
static void
refused_tickets(void **state)
{
    krb5_keyblock wrong;
    const struct {
        struct forgery f;
        NTSTATUS status;
        const char *reason;
    } cases[] = {
        { { .end = -400 }, SEC_E_LOGON_DENIED, "ticket_expired" },
        { { .start = 400 }, SEC_E_LOGON_DENIED, "ticket_not_yet_valid" },
        { { .flags = KRB_TICKET_INVALID }, SEC_E_LOGON_DENIED, "ticket_not_yet_valid" },
        { { .clock = 301 }, SEC_E_TIME_SKEW, "clock_skew" },
        { { .clock = -301 }, SEC_E_TIME_SKEW, "clock_skew" },
        { { .transited = "EVIL.COM" }, SEC_E_LOGON_DENIED, "transited_not_checked" },
        { { .authenticator_client = "bob@EXAMPLE.COM" }, SEC_E_LOGON_DENIED, "client_differs" },
        { { .authenticator_client = "alice@OTHER.COM" }, SEC_E_LOGON_DENIED, "client_differs" },
        { { .key = &wrong }, SEC_E_LOGON_DENIED, "wrong_key" },
        { { .key = &wrong, .kvno = 2 }, SEC_E_LOGON_DENIED, "wrong_kvno" },
        { { .key = &wrong, .server = "HTTP/other.example.com@EXAMPLE.COM" }, SEC_E_LOGON_DENIED,
          "wrong_key" },
    };
    struct leg l = { .context = 0 };

    (void)state;
    assert_int_equal(krb5_c_make_random_key(world.k, 18, &wrong), 0);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(accept_once(&l, &cases[i].f), cases[i].status);
        assert_true(logged(cases[i].reason));
        assert_false(l.mapped);
    }
    krb5_free_keyblock_contents(world.k, &wrong);
}

/* At the very edge of what is allowed. */
static void
taken_tickets(void **state)
{
    static const struct forgery cases[] = {
        { .end = -300 }, { .start = 300 }, { .clock = 300 }, { .clock = -300 },
        { .transited = "FINE.COM", .flags = KRB_TICKET_TRANSITED_CHECKED }, { .kvno = 7 },
        { .server = "HTTP/alias@EXAMPLE.COM" }, { .no_checksum = true },
        { .session_type = 17 }, { .gss = 0 },
    };
    struct leg l = { .context = 0 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        assert_int_equal(accept_once(&l, &cases[i]), SEC_E_OK);
}

/* A credential of one principal takes no ticket of another, though the service has its key. */
static void
one_principal_for(ULONG use)
{
    static char16_t name[] = u"HTTP/other.example.com";
    UNICODE_STRING principal = { 44, 44, (PWSTR)name };
    LSA_SEC_HANDLE all = world.credential;
    struct forgery f = { .gss = MUTUAL };
    struct leg l = { .context = 0 };
    TimeStamp expiry;

    assert_int_equal(world.package->AcquireCredentialsHandle(&principal, use, NULL, NULL, NULL,
                                                             NULL, &world.credential, &expiry),
                     STATUS_SUCCESS);
    assert_int_equal(accept_once(&l, &f), SEC_E_LOGON_DENIED);
    assert_true(logged("another_principal"));
    /* The name alone makes it no ticket for that one: the key that opens it is another's. */
    f.server = "HTTP/other.example.com@ELSEWHERE.COM";
    assert_int_equal(accept_once(&l, &f), SEC_E_LOGON_DENIED);
    assert_true(logged("another_principal"));
    f.server = "HTTP/other.example.com@EXAMPLE.COM";
    krb5_keyblock key = world_key(f.server, 1, 18);
    f.key = &key;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    krb5_free_keyblock_contents(world.k, &key);
    assert_int_equal(world.package->FreeCredentialsHandle(world.credential), STATUS_SUCCESS);
    world.credential = all;
}

static void
one_principal(void **state)
{
    (void)state;
    one_principal_for(SECPKG_CRED_INBOUND);
    one_principal_for(SECPKG_CRED_BOTH);
}

/* A principal that is not the service's, and a service without keys: told at once. */
static void
no_credentials(void **state)
{
    static char16_t name[] = u"HTTP/other.example.com";
    UNICODE_STRING principal = { 44, 44, (PWSTR)name };
    struct leg l = { .context = 0 };
    LSA_SEC_HANDLE none;
    TimeStamp expiry;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_SERVICE, "web", "principals", "HTTP/www.example.com");
    assert_int_equal(world.package->AcquireCredentialsHandle(&principal, SECPKG_CRED_INBOUND, NULL,
                                                             NULL, NULL, NULL, &none, &expiry),
                     SEC_E_NO_CREDENTIALS);
    world_setting(OPENSSPI_HOST_SECTION_SERVICE, "web", "keytab", NULL);
    assert_int_equal(world.package->AcquireCredentialsHandle(NULL, SECPKG_CRED_INBOUND, NULL, NULL,
                                                             NULL, NULL, &none, &expiry),
                     SEC_E_NO_CREDENTIALS);
    assert_true(logged("keytab = FILE in its [service NAME]"));
    /* A credential of before has no keys any more. */
    assert_int_equal(accept_once(&l, &(struct forgery){ .gss = MUTUAL }), SEC_E_NO_CREDENTIALS);
}

/* ---- the clock, told ---------------------------------------------------- */

static void
skew_is_told(void **state)
{
    struct forgery f = { .gss = MUTUAL, .clock = -4000 };
    struct leg l = { .requirements = ASC_REQ_EXTENDED_ERROR };
    struct krb_error e;
    struct krb_token t;
    struct peer p;
    uint8_t room[64];
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    forge(&p, &f);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_I_CONTINUE_NEEDED);
    assert_false(l.mapped);
    assert_int_equal(krb_token_parse(view_of(l.out, l.out_n), &t), 0);
    assert_int_equal(t.id, KRB_TOK_ERROR);
    assert_int_equal(krb_error_parse(t.message, &e), 0);
    assert_int_equal(e.code, KRB_AP_ERR_SKEW);
    assert_int_equal(e.server_time, WORLD_NOW);
    assert_int_equal(e.client_time, WORLD_NOW - 4000);
    krb_error_data_build(&w, KRB_ERROR_DATA_SKEW_RECOVERY);
    assert_true(view_is_equal(e.data, wr_written(&w)));
    peer_wipe(&p);
    /* With our time it succeeds, on the same context. */
    f.clock = 0;
    forge(&p, &f);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_OK);
    assert_true(l.mapped);
    leg_reset(&l);
    peer_wipe(&p);
}

/* There is one second try. */
static void
skew_twice(void **state)
{
    const struct forgery f = { .gss = MUTUAL, .clock = -4000 };
    struct leg l = { .requirements = ASC_REQ_EXTENDED_ERROR };
    struct peer p;

    (void)state;
    forge(&p, &f);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_TIME_SKEW);
    assert_int_equal(leg_accept(&l, view_of(p.token, p.token_n)), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(world.package->DeleteContext(l.context), STATUS_SUCCESS);
    peer_wipe(&p);
}

/* ---- who it is ---------------------------------------------------------- */

static void
account_of_the_realm(void **state)
{
    struct forgery f = { .gss = MUTUAL };
    struct leg l = { .context = 0 };

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%u");
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_true(l.parsed.token == WORLD_CLIENT_TOKEN);
    assert_utf16(l.parsed.account, "EXAMPLE\\alice");
    assert_int_equal(world.level, SecurityImpersonation);
    f.gss |= KRB_GSS_IDENTIFY;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_int_equal(world.level, SecurityIdentification);
    /* Other principals of the same person are not him, nor is his namesake elsewhere. */
    f.client = "alice/admin@EXAMPLE.COM";
    assert_int_equal(accept_once(&l, &f), SEC_E_LOGON_DENIED);
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "accept_unmapped", "yes");
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_true(l.parsed.token == 0);
    f.client = "alice@OTHER.COM";
    f.flags = KRB_TICKET_TRANSITED_CHECKED;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_true(l.parsed.token == 0);
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "accept_unmapped", "no");
    assert_int_equal(accept_once(&l, &f), SEC_E_LOGON_DENIED);
    assert_true(logged("client_unmapped"));
}

/* ---- bindings ----------------------------------------------------------- */

static void
bindings(void **state)
{
    static const uint8_t own[] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        5, 0, 0, 0, 32, 0, 0, 0, 'h', 'e', 'l', 'l', 'o',
    };
    struct channel_bindings hash = { .given = false };
    struct forgery f = { .gss = MUTUAL };
    struct leg l = { .bindings = view_of(own, sizeof(own)) };

    (void)state;
    assert_int_equal(channel_bindings_parse(l.bindings, &hash), 0);
    memcpy(f.bindings, hash.hash, sizeof(f.bindings));
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    f.bindings[3] ^= 1;
    assert_int_equal(accept_once(&l, &f), SEC_E_BAD_BINDINGS);
    memset(f.bindings, 0, sizeof(f.bindings));
    assert_int_equal(accept_once(&l, &f), SEC_E_BAD_BINDINGS);
    l.requirements = ASC_REQ_ALLOW_MISSING_BINDINGS;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    l.bindings = view_of(NULL, 0);
    l.requirements = 0;
    f.bindings[3] ^= 1;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
}

/* ---- the keytab --------------------------------------------------------- */

/* A new key is taken while contexts are being accepted; a torn file takes nothing away (D25). */
static void
keytab_changes(void **state)
{
    struct forgery f = { .gss = MUTUAL, .kvno = 2 };
    struct leg l = { .context = 0 };
    krb5_keyblock key;
    FILE *file;

    (void)state;
    assert_int_equal(accept_once(&l, &(struct forgery){ .gss = MUTUAL }), SEC_E_OK);
    world_key_add(WORLD_SERVER, 2, 18);
    key = world_key(WORLD_SERVER, 2, 18);
    f.key = &key;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    file = fopen(world.keytab, "ab");
    assert_non_null(file);
    fwrite("\0\0\0\x40torn", 1, 8, file);
    fclose(file);
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_true(logged("keytab_not_read") || logged("cut short"));
    krb5_free_keyblock_contents(world.k, &key);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_enctype),  CASE(rc4_by_setting), CASE(one_way),        CASE(dce_style),
        CASE(replay_file),    CASE(replay_file_missing), CASE(replay_between_processes),
        CASE(too_little_room),
        CASE(style_and_frame), CASE(replay),        CASE(refused_tickets), CASE(taken_tickets),
        CASE(replay_by_another_name),
        CASE(one_principal),  CASE(no_credentials), CASE(skew_is_told),   CASE(skew_twice),
        CASE(account_of_the_realm), CASE(bindings), CASE(keytab_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
