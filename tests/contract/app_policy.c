/*
 * What settings and lists of packages change in a negotiation, and what the log says of it. An
 * embedded authority reads its configuration once, so each row of the table is a process.
 */
#include "hand.h"

#include "vectors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SEAL (ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT)
#define LOG_MAX 65536
#define TOO_SMALL 4u
#define REALM "OPENSSPI.TEST"
#define AES128 17

static char dir[64], log_text[LOG_MAX];

/* ---- the log -------------------------------------------------------------- */

static const char *
log_read(void)
{
    char path[96];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/log", dir);
    f = fopen(path, "r");
    assert_non_null(f);
    n = fread(log_text, 1, sizeof(log_text) - 1, f);
    fclose(f);
    log_text[n] = '\0';
    return log_text;
}

/* Lines that have both. */
static unsigned
log_count(const char *a, const char *b)
{
    unsigned n = 0;
    char *line, *rest = NULL;

    (void)log_read();
    for (line = strtok_r(log_text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        n += strstr(line, a) != NULL && strstr(line, b) != NULL;
    return n;
}

/* ---- what stands in the audit ---------------------------------------------- */

/* NTLM had accepted the client when the list turned out to be changed: no line says so. */
static void
audit(void **state)
{
    struct hand h = { .begun = false }, good = { .begun = false };
    struct spnego_resp resp;

    (void)state;
    hand_begin(&h, &resp);
    assert_int_equal(hand_finish(&h, &resp, NULL, 0), SEC_E_MESSAGE_ALTERED);
    hand_close(&h);
    assert_int_equal(log_count("event=logon", "result=accepted"), 0);
    assert_int_equal(log_count("event=logon", "result=refused"), 1);
    assert_int_equal(log_count("event=logon", "package=NTLM"), 1);
    assert_int_equal(log_count("result=refused", "status=0x8009030f"), 1);
    assert_int_equal(log_count("result=refused", "account=\"J"), 1);
    hand_begin(&good, &resp);
    assert_int_equal(hand_finish(&good, &resp, good.list, good.list_n), SEC_E_OK);
    hand_close(&good);
    assert_int_equal(log_count("event=logon", "result=accepted"), 1);
    assert_int_equal(log_count("event=logon", "result=refused"), 1);
}

/* Too little room for the last reply decides nothing; who then gives up is no peer. */
static void
audit_room(void **state)
{
    static const bool gives_up[] = { false, true };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct hand h = { .begun = false };
        struct spnego_resp resp;

        hand_begin(&h, &resp);
        h.room = TOO_SMALL;
        assert_int_equal(hand_finish(&h, &resp, h.list, h.list_n), SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(hand_send(&h, view_of(NULL, 0)), SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(log_count("event=logon", "package=NTLM"), i);
        h.room = HAND_ROOM;
        if (!gives_up[i])
            assert_int_equal(hand_send(&h, view_of(NULL, 0)), SEC_E_OK);
        hand_close(&h);
        assert_int_equal(log_count("event=logon", "package=NTLM"), i + 1);
    }
    assert_int_equal(log_count("event=logon", "result=accepted"), 1);
    assert_int_equal(log_count("event=logon_dropped", "status=0x80090317"), 1);
    assert_int_equal(log_count("event=logon_dropped", "account=\"J"), 1);
    assert_int_equal(log_count("event=logon ", "result=refused"), 0);
}

/* The line of a logon that was accepted and left undone has the address that it came from. */
static void
abandoned(void **state)
{
    static UCHAR first[] = "192.0.2.7", second[] = "192.0.2.8";
    struct hand h = { .room = 0 };
    struct spnego_resp resp;

    (void)state;
    assert_int_equal(SecAllocateAndSetIPAddress(first, sizeof(first) - 1, NULL), SEC_E_OK);
    hand_begin(&h, &resp);
    h.room = TOO_SMALL;
    assert_int_equal(hand_finish(&h, &resp, h.list, h.list_n), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(SecAllocateAndSetIPAddress(second, sizeof(second) - 1, NULL), SEC_E_OK);
    hand_close(&h);
    assert_int_equal(log_count("event=logon_dropped", "address=192.0.2.7"), 1);
}

/* ---- settings --------------------------------------------------------------- */

static SECURITY_STATUS
raw_ntlm(void)
{
    struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
    SECURITY_STATUS st = hand_send(&h, hand_ntlm(&h, view_of(NULL, 0)));

    assert_int_equal(DeleteSecurityContext(&h.p.client), SEC_E_OK);
    if (st >= 0)
        assert_int_equal(DeleteSecurityContext(&h.p.server), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
    return st;
}

/* Downgrade: a token without SPNEGO, whose list nobody could prove. */
static void
raw_off(void **state)
{
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);

    (void)state;
    assert_int_equal(raw_ntlm(), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(log_count("event=negotiation_refused", "allow_raw is off"), 1);
    app_handshake(&p, SEAL, 0);
    assert_int_equal(p.client_status, SEC_E_OK);
    assert_int_equal(p.server_status, SEC_E_OK);
    app_close(&p);
}

/* Nor is an answer without it followed: the client would not know what its list came to. */
static void
raw_answer_off(void **state)
{
    static uint8_t challenge[] = "NTLMSSP\0\2\0\0\0";
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    uint8_t room[HAND_ROOM];
    SecBuffer in = { sizeof(challenge) - 1, SECBUFFER_TOKEN, challenge };
    SecBuffer out = { sizeof(room), SECBUFFER_TOKEN, room };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, &out };

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        p.client_status = InitializeSecurityContextW(
            &p.client_cred, i ? &p.client : NULL, app_target, SEAL, 0, SECURITY_NETWORK_DREP,
            i ? &in_desc : NULL, 0, &p.client, &out_desc, &p.client_attributes, NULL);
    assert_int_equal(p.client_status, SEC_E_INVALID_TOKEN);
    assert_int_equal(log_count("role=initiator", "allow_raw is off"), 1);
    assert_int_equal(DeleteSecurityContext(&p.client), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.server_cred), SEC_E_OK);
}

/* Who still uses NTLM is in the log, by address, in SPNEGO and without. */
static void
ntlm_off(void **state)
{
    static BYTE address[] = "192.0.2.7";
    struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
    const struct view mechs[] = { spnego_oid_ntlm };
    struct wr list = wr_init(h.list, sizeof(h.list)), w = wr_init(h.in, sizeof(h.in));
    struct spnego_init init = { 0 };

    (void)state;
    assert_int_equal(SecAllocateAndSetIPAddress(address, sizeof(address) - 1, NULL), SEC_E_OK);
    assert_int_equal(raw_ntlm(), SEC_E_UNSUPPORTED_FUNCTION);
    spnego_mech_list_build(&list, mechs, 1);
    init.mech_list = wr_written(&list);
    spnego_init_build(&w, &init);
    assert_int_equal(hand_send(&h, wr_written(&w)), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
    assert_int_equal(log_count("NTLM is off here", "address=192.0.2.7"), 2);
}

/* As of a program that runs since before its service had a keytab: the line says what to do. */
static void
no_key_for_kerberos(void **state)
{
    struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
    const struct view mechs[] = { spnego_oid_kerberos_ms, spnego_oid_kerberos };
    struct wr list = wr_init(h.list, sizeof(h.list)), w = wr_init(h.in, sizeof(h.in));
    struct spnego_init init = { 0 };

    (void)state;
    spnego_mech_list_build(&list, mechs, 2);
    init.mech_list = wr_written(&list);
    spnego_init_build(&w, &init);
    assert_int_equal(hand_send(&h, wr_written(&w)), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
    assert_int_equal(log_count("which this credential lacks", "role=acceptor"), 1);
}

/* The order is the server's: the client has Kerberos first, and so the list is proven. */
static void
ntlm_first(void **state)
{
    struct hand h = { .begun = false };
    struct spnego_resp resp;

    (void)state;
    hand_begin(&h, &resp);
    assert_int_equal(hand_finish(&h, &resp, h.list, h.list_n), SEC_E_OK);
    hand_info_is(&h.p.server, u"NTLM", SECPKG_NEGOTIATION_COMPLETE);
    hand_close(&h);
}

/* ---- a credential's own list -------------------------------------------------- */

/* The mechanisms of the first token, as N and K; "-": there is no credential, or no token. */
static void
offer_is(void *identity, const char *want)
{
    char have[SPNEGO_MECHS_MAX + 1] = "-";
    uint8_t room[HAND_ROOM];
    SecBuffer out = { sizeof(room), SECBUFFER_TOKEN, room };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &out };
    struct spnego_init init;
    CredHandle cred;
    CtxtHandle c;
    ULONG attributes;

    if (AcquireCredentialsHandleW(NULL, (SEC_WCHAR[]){ u"Negotiate" }, SECPKG_CRED_OUTBOUND, NULL,
                                  identity, NULL, NULL, &cred, NULL) == SEC_E_OK) {
        if (InitializeSecurityContextW(&cred, NULL, app_target, 0, 0, SECURITY_NETWORK_DREP, NULL,
                                       0, &c, &d, &attributes, NULL) >= 0) {
            assert_int_equal(spnego_init_parse(view_of(room, out.cbBuffer), &init), 0);
            for (size_t i = 0; i < init.mech_count; i++)
                have[i] = view_is_equal(init.mechs[i], spnego_oid_ntlm) ? 'N' : 'K';
            have[init.mech_count] = '\0';
            assert_int_equal(DeleteSecurityContext(&c), SEC_E_OK);
        }
        assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
    }
    assert_string_equal(have, want);
}

static void
offer_of_list_is(const char *list, const char *want)
{
    SEC_WINNT_AUTH_IDENTITY_EXA a;
    SEC_WINNT_AUTH_IDENTITY_EXW w;
    char16_t wide[64], user[] = u"user", password[] = u"password";
    size_t n = strlen(list);

    for (size_t i = 0; i <= n; i++)
        wide[i] = (char16_t)list[i];
    memset(&a, 0, sizeof(a));
    memset(&w, 0, sizeof(w));
    a.Version = w.Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
    a.Length = sizeof(a);
    w.Length = sizeof(w);
    a.User = (unsigned char *)(uintptr_t)"user";
    a.Password = (unsigned char *)(uintptr_t)"password";
    w.User = (unsigned short *)user;
    w.Password = (unsigned short *)password;
    a.UserLength = w.UserLength = 4;
    a.PasswordLength = w.PasswordLength = 8;
    a.PackageList = (unsigned char *)(uintptr_t)list;
    w.PackageList = (unsigned short *)wide;
    a.PackageListLength = w.PackageListLength = (ULONG)n;
    a.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
    w.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    offer_is(&w, want);
    offer_is(&a, want);
}

/* No KDC answers here, so what is left of an offer is NTLM, or nothing. */
static void
identity(void **state)
{
    static const struct {
        const char *list, *offer;
    } rows[] = {
        { "", "N" },          { "ntlm", "N" },           { "NTLM", "N" },
        { "!ntlm", "-" },     { "!ntlm,kerberos", "-" }, { "kerberos,!ntlm", "-" },
        { "!kerberos", "N" }, { "kerberos,ntlm", "N" },  { "!kerberos,!ntlm", "-" },
        { "kerberos", "-" },  { "schannel", "-" },       { "nt", "-" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        offer_of_list_is(rows[i].list, rows[i].offer);
}

/* SspiExcludePackage makes a list, in an EX2, which the same way counts. */
static void
exclude(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id, less;
    SEC_WCHAR ntlm[] = u"NTLM", kerberos[] = u"Kerberos";

    (void)state;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(u"user", u"", u"password", &id), SEC_E_OK);
    offer_is(id, "N");
    assert_int_equal(SspiExcludePackage(id, ntlm, &less), SEC_E_OK);
    offer_is(less, "-");
    SspiFreeAuthIdentity(less);
    assert_int_equal(SspiExcludePackage(id, kerberos, &less), SEC_E_OK);
    offer_is(less, "N");
    SspiFreeAuthIdentity(less);
    SspiFreeAuthIdentity(id);
}

/* ---- lists that clients send ---------------------------------------------------- */

/* One first token of these mechanisms, without the package's; the answer is parsed. */
static SECURITY_STATUS
offer(const struct view *mechs, size_t count, struct spnego_resp *resp)
{
    struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
    struct wr list = wr_init(h.list, sizeof(h.list)), w = wr_init(h.in, sizeof(h.in));
    struct spnego_init init = { 0 };
    static uint8_t answer[HAND_ROOM];
    SECURITY_STATUS st;

    spnego_mech_list_build(&list, mechs, count);
    init.mech_list = wr_written(&list);
    spnego_init_build(&w, &init);
    st = hand_send(&h, wr_written(&w));
    if (st >= 0) {
        memcpy(answer, h.out, h.out_buffer.cbBuffer);
        assert_int_equal(spnego_resp_parse(view_of(answer, h.out_buffer.cbBuffer), resp), 0);
        assert_int_equal(DeleteSecurityContext(&h.p.server), SEC_E_OK);
    }
    assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
    return st;
}

/* Our order chooses, the client's octets are answered, and NegoEx in front is no hindrance. */
static void
lists(void **state)
{
    const struct view k = spnego_oid_kerberos, ms = spnego_oid_kerberos_ms, n = spnego_oid_ntlm;
    const struct view x = spnego_oid_negoex, s = spnego_oid;
    const struct {
        struct view list[4], chosen;
        bool first;
    } rows[] = {
        { { ms, k, n }, ms, true },       { { k, ms, n }, k, true },
        { { ms, n }, ms, true },          { { n, k }, k, false },
        { { n, ms }, ms, false },         { { x, ms, k, n }, ms, false },
        { { x, n }, n, false },           { { n }, n, false },
        { { s, k }, k, false },           { { x, x, x, n }, n, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct spnego_resp resp;
        size_t count = 0;

        while (count < 4 && rows[i].list[count].p != NULL)
            count++;
        assert_int_equal(offer(rows[i].list, count, &resp), SEC_I_CONTINUE_NEEDED);
        assert_true(view_is_equal(resp.mech, rows[i].chosen));
        assert_int_equal(resp.state, rows[i].first ? SPNEGO_STATE_INCOMPLETE
                                                   : SPNEGO_STATE_REQUEST_MIC);
        assert_null(resp.token.p);
    }
}

/* A package of a third party, on both ends: it has no key, and as the first of both needs none. */
static void
third(void **state)
{
    static const uint8_t extra[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8d, 0x1f, 0x02 };
    const struct view list[] = { view_of(extra, sizeof(extra)), spnego_oid_ntlm };
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    struct spnego_resp resp;

    (void)state;
    app_handshake(&p, 0, 0);
    assert_int_equal(p.client_status, SEC_E_OK);
    assert_int_equal(p.server_status, SEC_E_OK);
    assert_int_equal(p.legs, 1);
    hand_info_is(&p.client, u"Toy", SECPKG_NEGOTIATION_COMPLETE);
    hand_info_is(&p.server, u"Toy", SECPKG_NEGOTIATION_COMPLETE);
    app_close(&p);
    assert_int_equal(offer(list, 2, &resp), SEC_I_CONTINUE_NEEDED);
    assert_true(view_is_equal(resp.mech, list[0]));
}

/*
 * A package that wants more room than it said gets it, and one that says what it did not write
 * sends nothing. Where no room is enough the handshake has ended, and says so: none of the
 * application's would change that.
 */
static void
third_room(void **state)
{
    static const struct {
        const char *room;
        SECURITY_STATUS first, second;
    } rows[] = {
        { "65", SEC_E_OK, SEC_E_OUT_OF_SEQUENCE },
        { "0", SEC_E_OK, SEC_E_OUT_OF_SEQUENCE },
        { "100000", SEC_E_INTERNAL_ERROR, SEC_E_OUT_OF_SEQUENCE },
        { "-1", SEC_E_OK, SEC_E_OUT_OF_SEQUENCE },      /* it leaves the room as it was */
        { "-2", SEC_E_INTERNAL_ERROR, SEC_E_OUT_OF_SEQUENCE },
    };
    static const uint8_t oid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8d, 0x1f, 0x01 };
    const struct view mech = view_of(oid, sizeof(oid));

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
        struct wr list = wr_init(h.list, sizeof(h.list)), w = wr_init(h.in, sizeof(h.in));
        struct spnego_init init = { .token = view_of("toy?", 4) };

        spnego_mech_list_build(&list, &mech, 1);
        init.mech_list = wr_written(&list);
        spnego_init_build(&w, &init);
        setenv("TOY_ROOM", rows[i].room, 1);
        assert_int_equal(hand_send(&h, view_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(hand_send(&h, wr_written(&w)), rows[i].first);
        /* Nothing of ours but what it wrote. */
        assert_true(h.out_buffer.cbBuffer < 128);
        unsetenv("TOY_ROOM");
        assert_int_equal(hand_send(&h, wr_written(&w)), rows[i].second);
        assert_int_equal(DeleteSecurityContext(&h.p.server), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
    }
    assert_int_equal(log_count("event=negotiation_refused", "finds no room"), 1);
    assert_int_equal(log_count("event=contract_breach", "package=Toy"), 1);
}

/* What Windows, MIT and others really sent, to an acceptor with Kerberos and NTLM. */
static void
recorded(void **state)
{
    static const struct {
        const char *name;
        SECURITY_STATUS status;
        const struct view *chosen;
    } rows[] = {
        { "init.ntlm_only", SEC_I_CONTINUE_NEEDED, &spnego_oid_ntlm },
        { "init.krb5_only_no_token", SEC_I_CONTINUE_NEEDED, &spnego_oid_kerberos },
        { "init.reqflags", SEC_I_CONTINUE_NEEDED, &spnego_oid_kerberos },
        { "real.mit_ntlm.1.init", SEC_I_CONTINUE_NEEDED, &spnego_oid_ntlm },
        { "spnego.init.negoex", SEC_I_CONTINUE_NEEDED, &spnego_oid_ntlm },
        { "msspng.example.NegTokenInit2", SEC_I_CONTINUE_NEEDED, &spnego_oid_ntlm },
        { "init2.hint.windows", SEC_I_CONTINUE_NEEDED, &spnego_oid_kerberos_ms },
        /* The token is a placeholder, which Kerberos says. */
        { "init.krb5+ntlm.optimistic_krb5", SEC_E_INVALID_TOKEN, NULL },
        /* There is no key yet that a MIC could be of. */
        { "init2.hint.with_mic4", SEC_E_INVALID_TOKEN, NULL },
        { "resp.client.auth+mic", SEC_E_INVALID_TOKEN, NULL },
        { "resp.completed.bare", SEC_E_INVALID_TOKEN, NULL },
        { "resp.reject", SEC_E_INVALID_TOKEN, NULL },
    };
    uint8_t bytes[HAND_ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
        size_t n = vector_get("spnego-tokens.tsv", rows[i].name, bytes, sizeof(bytes));
        struct spnego_resp resp;

        assert_int_equal(hand_send(&h, view_of(bytes, n)), rows[i].status);
        if (rows[i].status >= 0) {
            assert_int_equal(spnego_resp_parse(view_of(h.out, h.out_buffer.cbBuffer), &resp), 0);
            assert_true(view_is_equal(resp.mech, *rows[i].chosen));
            assert_int_equal(DeleteSecurityContext(&h.p.server), SEC_E_OK);
        }
        assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
    }
}

/* DER at its extremes: refused each time, and nothing else happens. */
static void
extremes(void **state)
{
    static uint8_t deep[65535], wide[65537], many[4096];
    static const uint8_t header[] = { 0x60, 0x82, 0xff, 0xfb };
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        { "\x60\x80\x06\x06\x2b\x06\x01\x05\x05\x02\xa0\x80\x00\x00\x00\x00", 16 },
        { "\x60\x81\x08\x06\x06\x2b\x06\x01\x05\x05\x02", 11 },
        { "\x60\x84\xff\xff\xff\xff\x06\x06\x2b\x06\x01\x05\x05\x02", 14 },
        { "\x60\x88\x00\x00\x00\x00\x00\x00\x00\x08\x06\x06\x2b\x06\x01\x05\x05\x02", 18 },
        { "\x60\x08\x06\x06\x2b\x06\x01\x05\x05\x02", 10 },
        { "\x60", 1 },
        { "\xa1\x80\x30\x80\x00\x00\x00\x00", 8 },
    };
    struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(hand_send(&h, view_of(rows[i].bytes, rows[i].n)), SEC_E_INVALID_TOKEN);
    memset(deep, 0x30, sizeof(deep));
    memcpy(deep, header, sizeof(header));
    assert_int_equal(hand_send(&h, view_of(deep, sizeof(deep))), SEC_E_INVALID_TOKEN);
    memset(wide, 0x60, sizeof(wide));
    assert_int_equal(hand_send(&h, view_of(wide, sizeof(wide))), SEC_E_INVALID_TOKEN);
    /* Its list is longer than one that is read, and then has something behind it. */
    for (size_t count = SPNEGO_MECHS_MAX + 1, round = 0; round < 2; count = 1, round++) {
        struct view mechs[SPNEGO_MECHS_MAX + 1];
        struct wr list = wr_init(deep, sizeof(deep)), w = wr_init(many, sizeof(many));
        struct spnego_init init = { 0 };

        for (size_t i = 0; i < count; i++)
            mechs[i] = spnego_oid_ntlm;
        spnego_mech_list_build(&list, mechs, count);
        init.mech_list = wr_written(&list);
        spnego_init_build(&w, &init);
        assert_false(w.failed);
        assert_int_equal(hand_send(&h, view_of(many, w.len + (round == 1))), SEC_E_INVALID_TOKEN);
    }
    assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
}

/* ---- the process ---------------------------------------------------------------- */

static void
keytab_text(struct wr *w, const char *s)
{
    wr_u16be(w, (uint16_t)strlen(s));
    wr_view(w, view_of(s, strlen(s)));
}

/* MIT's keytab, version 2, with one key that no ticket is for: Kerberos can be accepted. */
static void
keytab_make(const char *path)
{
    static const uint8_t key[16] = "policy's own key";
    uint8_t room[256], entry[192];
    struct wr w = wr_init(room, sizeof(room)), e = wr_init(entry, sizeof(entry));
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    wr_u16be(&e, 2);
    keytab_text(&e, REALM);
    keytab_text(&e, "HOST");
    keytab_text(&e, "localhost");
    wr_u32be(&e, 2);
    wr_u32be(&e, 0);
    wr_u8(&e, 1);
    wr_u16be(&e, AES128);
    wr_u16be(&e, sizeof(key));
    wr_view(&e, view_of(key, sizeof(key)));
    wr_u16be(&w, 0x0502);
    wr_u32be(&w, (uint32_t)e.len);
    wr_view(&w, wr_written(&e));
    assert_false(w.failed);
    assert_int_equal(fwrite(room, 1, w.len, f), w.len);
    assert_int_equal(fclose(f), 0);
}

/* With the library's own log in a file, as that is what is looked at. */
static void
configure(const char *settings)
{
    char path[96], keytab[96];
    FILE *f;
    int fd;

    snprintf(dir, sizeof(dir), "%s", getenv("OPENSSPI_AUTHORITY") + strlen("embedded:"));
    snprintf(keytab, sizeof(keytab), "%s/keytab", dir);
    keytab_make(keytab);
    snprintf(path, sizeof(path), "%s/conf", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[authority]\nmode = embedded\nallow_environment = yes\n[store]\nstate_dir = %s\n"
            "[service tests]\nuid = *\nmay = accept, initiate, token\nkeytab = %s\n"
            "[package Negotiate]\n%s\n", dir, keytab, settings);
    assert_int_equal(fclose(f), 0);
    setenv("OPENSSPI_CONFIG", path, 1);
    setenv("OPENSSPI_LOG", "info", 1);
    snprintf(path, sizeof(path), "%s/log", dir);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    close(fd);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *settings;
        struct CMUnitTest test;
    } rows[] = {
        { "packages = NTLM", cmocka_unit_test(audit) },
        { "packages = NTLM", cmocka_unit_test(audit_room) },
        { "packages = NTLM", cmocka_unit_test(abandoned) },
        { "allow_raw = no", cmocka_unit_test(raw_off) },
        { "allow_raw = no", cmocka_unit_test(raw_answer_off) },
        { "packages = Kerberos", cmocka_unit_test(ntlm_off) },
        { "packages = NTLM", cmocka_unit_test(no_key_for_kerberos) },
        { "packages = NTLM, Kerberos", cmocka_unit_test(ntlm_first) },
        { "", cmocka_unit_test(identity) },
        { "", cmocka_unit_test(exclude) },
        { "", cmocka_unit_test(lists) },
        { "packages = Toy, NTLM\n[package Toy]\nmodule = toy", cmocka_unit_test(third) },
        { "packages = Toy, NTLM\n[package Toy]\nmodule = toy", cmocka_unit_test(third_room) },
        { "", cmocka_unit_test(recorded) },
        { "", cmocka_unit_test(extremes) },
    };
    int failed = app_start();

    for (size_t i = 0; failed == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct CMUnitTest one[] = { rows[i].test };

        if (argc != 2 || strcmp(rows[i].test.name, argv[1]) != 0)
            continue;
        configure(rows[i].settings);
        failed = cmocka_run_group_tests(one, NULL, NULL);
        if (failed != 0)
            printf("%s\n", log_read());
        app_stop();
        return failed;
    }
    return failed != 0 ? failed : 1;
}
