/*
 * User to user, with MIT's libkrb5 at the other end. It has no GSS-API for it, so the frames and
 * the two messages about the ticket are written here; tickets, AP-REQ and AP-REP are the library's.
 *
 *     krb-user-to-user accept|initiate|no_key|told|Kerberos|Negotiate REALM PASSWORD
 *
 * accept: MIT is alice and we are bob; initiate: the other way round, and whatever a server could
 * say instead. no_key: the KDC says that bob is for user to user only; told: the server says so.
 * A package's name: both ends are ours.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <krb5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX 16384
#define ASKED (ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT)
#define GSS_FLAGS 0x36              /* MUTUAL, REPLAY, CONF, INTEG */
#define OID_USER "\x06\x0a\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03"
#define OID_KRB5 "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"

struct token {
    size_t n;
    unsigned char bytes[TOKEN_MAX];
};

static krb5_context k;
static const char *realm, *password;
static unsigned failures;

static void
check(bool ok, const char *what, unsigned got)
{
    if (!ok) {
        printf("failed: %s (0x%X)\n", what, got);
        failures++;
    }
}

static void
must(krb5_error_code e, const char *what)
{
    if (e == 0)
        return;
    printf("%s: %s\n", what, krb5_get_error_message(k, e));
    exit(1);
}

/* ---- frames and TGT messages ----------------------------------------------------- */

/* tag, length, contents in front of what out has; contents are all of in. */
static void
wrap(struct token *out, unsigned char tag, const void *head, size_t head_n, const struct token *in)
{
    size_t n = head_n + in->n, at = 0;
    struct token t = { 0 };

    t.bytes[at++] = tag;
    if (n >= 0x80)
        t.bytes[at++] = n > 0xff ? 0x82 : 0x81;
    if (n > 0xff)
        t.bytes[at++] = (unsigned char)(n >> 8);
    t.bytes[at++] = (unsigned char)n;
    memcpy(t.bytes + at, head, head_n);
    memcpy(t.bytes + at + head_n, in->bytes, in->n);
    t.n = at + n;
    *out = t;
}

static struct token
token_of(krb5_data d)
{
    struct token t = { .n = d.length };

    memcpy(t.bytes, d.data, d.length);
    return t;
}

static struct token
frame(const char *oid, unsigned id, const struct token *message)
{
    unsigned char head[16];
    size_t n = 2 + (unsigned char)oid[1];
    struct token t;

    memcpy(head, oid, n);
    head[n] = (unsigned char)(id >> 8);
    head[n + 1] = (unsigned char)id;
    wrap(&t, 0x60, head, n + 2, message);
    return t;
}

/* What is in a frame of that identifier and kind; .length 0: it is another. */
static krb5_data
unframe(const struct token *t, const char *oid, unsigned id)
{
    size_t at = t->n > 4 && t->bytes[1] == 0x82 ? 4 : t->bytes[1] == 0x81 ? 3 : 2;
    size_t n = 2 + (unsigned char)oid[1];

    if (t->n < at + n + 2 || t->bytes[0] != 0x60 || memcmp(t->bytes + at, oid, n) != 0 ||
        t->bytes[at + n] != id >> 8 || t->bytes[at + n + 1] != (id & 0xff))
        return (krb5_data){ 0 };
    at += n + 2;
    return (krb5_data){ 0, (unsigned)(t->n - at), (char *)(uintptr_t)(t->bytes + at) };
}

static struct token
tgt_request(void)
{
    static const struct token body = { 10, { 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 16 } };
    struct token t;

    wrap(&t, 0x30, "", 0, &body);
    return frame(OID_USER, 0x0400, &t);
}

static struct token
tgt_reply(krb5_data ticket)
{
    static const unsigned char head[] = { 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 17 };
    struct token t = token_of(ticket);

    wrap(&t, 0xa2, "", 0, &t);
    wrap(&t, 0x30, head, sizeof(head), &t);
    return frame(OID_USER, 0x0401, &t);
}

/* ---- MIT's side --------------------------------------------------------------------- */

static krb5_principal
principal(const char *name)
{
    krb5_principal p;
    char text[256];

    (void)snprintf(text, sizeof(text), "%s@%s", name, realm);
    must(krb5_parse_name(k, text, &p), text);
    return p;
}

static krb5_creds
granting_get(const char *user, krb5_ccache cache)
{
    krb5_principal p = principal(user);
    krb5_get_init_creds_opt *options;
    krb5_creds creds;

    must(krb5_get_init_creds_opt_alloc(k, &options), "options");
    must(krb5_get_init_creds_opt_set_out_ccache(k, options, cache), "cache");
    must(krb5_get_init_creds_password(k, &creds, p, password, NULL, NULL, 0, NULL, options), user);
    krb5_get_init_creds_opt_free(k, options);
    krb5_free_principal(k, p);
    return creds;
}

/* Of alice, for bob, with his ticket; or for a service, without. */
static krb5_creds *
ticket_get(krb5_ccache cache, const char *server, krb5_data second)
{
    krb5_creds in = { .client = principal("alice"), .server = principal(server),
                      .second_ticket = second };
    krb5_creds *out = NULL;

    must(krb5_get_credentials(k, second.length > 0 ? KRB5_GC_USER_USER | KRB5_GC_NO_STORE : 0,
                              cache, &in, &out),
         "krb5_get_credentials");
    krb5_free_principal(k, in.client);
    krb5_free_principal(k, in.server);
    return out;
}

static struct token
ap_req(krb5_auth_context *ac, krb5_creds *creds, krb5_flags options)
{
    unsigned char gss[24] = { 16, [20] = GSS_FLAGS };
    krb5_data checksum = { 0, sizeof(gss), (char *)gss }, out;
    struct token t;

    must(krb5_auth_con_init(k, ac), "krb5_auth_con_init");
    must(krb5_auth_con_setflags(k, *ac, KRB5_AUTH_CONTEXT_DO_SEQUENCE), "sequence");
    must(krb5_auth_con_set_req_cksumtype(k, *ac, 0x8003), "checksum");
    must(krb5_mk_req_extended(k, ac, options | AP_OPTS_MUTUAL_REQUIRED | AP_OPTS_USE_SUBKEY,
                              &checksum, creds, &out),
         "krb5_mk_req_extended");
    t = token_of(out);
    krb5_free_data_contents(k, &out);
    return t;
}

/* ---- ours ---------------------------------------------------------------------------- */

static CredHandle
credential(const char *package, const char *user, ULONG use)
{
    char name[16];
    SEC_WINNT_AUTH_IDENTITY_A id = {
        .User = (unsigned char *)(uintptr_t)user, .UserLength = (ULONG)strlen(user),
        .Domain = (unsigned char *)(uintptr_t)realm, .DomainLength = (ULONG)strlen(realm),
        .Password = (unsigned char *)(uintptr_t)password,
        .PasswordLength = (ULONG)strlen(password), .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
    CredHandle h;
    SECURITY_STATUS s;

    (void)snprintf(name, sizeof(name), "%s", package);
    s = AcquireCredentialsHandleA(NULL, name, use, NULL, *user != '\0' ? &id : NULL, NULL, NULL,
                                  &h, NULL);

    if (s != SEC_E_OK) {
        printf("AcquireCredentialsHandle: 0x%X\n", (unsigned)s);
        exit(1);
    }
    return h;
}

struct end {
    CredHandle *credential;
    CtxtHandle context;
    bool accepts, is_open;
    ULONG asked, got;
    struct token out;
};

static SECURITY_STATUS
step(struct end *e, const struct token *in)
{
    SecBuffer i = { in != NULL ? (ULONG)in->n : 0, SECBUFFER_TOKEN,
                    in != NULL ? (void *)(uintptr_t)in->bytes : NULL };
    SecBuffer o = { TOKEN_MAX, SECBUFFER_TOKEN, e->out.bytes };
    SecBufferDesc ins = { SECBUFFER_VERSION, 1, &i }, outs = { SECBUFFER_VERSION, 1, &o };
    CtxtHandle *old = e->is_open ? &e->context : NULL;
    char target[256];
    SECURITY_STATUS s;

    (void)snprintf(target, sizeof(target), "bob@%s", realm);
    if (e->accepts)
        s = AcceptSecurityContext(e->credential, old, &ins, e->asked, SECURITY_NATIVE_DREP,
                                  &e->context, &outs, &e->got, NULL);
    else
        s = InitializeSecurityContextA(e->credential, old, target, e->asked, 0,
                                       SECURITY_NATIVE_DREP, in != NULL ? &ins : NULL, 0,
                                       &e->context, &outs, &e->got, NULL);
    e->is_open |= s >= 0;
    e->out.n = o.cbBuffer;
    return s;
}

static void
end_close(struct end *e)
{
    if (e->is_open)
        DeleteSecurityContext(&e->context);
    e->is_open = false;
}

/* The session key is the subkey that the library has. */
static void
check_key(struct end *e, krb5_keyblock *key)
{
    SecPkgContext_SessionKey own = { 0 };
    SECURITY_STATUS s = QueryContextAttributesW(&e->context, SECPKG_ATTR_SESSION_KEY, &own);

    check(s == SEC_E_OK && key != NULL && own.SessionKeyLength == key->length &&
              memcmp(own.SessionKey, key->contents, key->length) == 0,
          "the session key", (unsigned)s);
    FreeContextBuffer(own.SessionKey);
    krb5_free_keyblock(k, key);
}

/* ---- MIT comes to us -------------------------------------------------------------------- */

/* TGT-REQ to us, and the ticket of our answer, which lies in e->out. */
static krb5_data
ask_granting(struct end *e)
{
    struct token request = tgt_request();
    SECURITY_STATUS s = step(e, &request);
    krb5_data reply = unframe(&e->out, OID_USER, 0x0401);
    krb5_ticket *t = NULL;
    char *ticket;

    check(s == SEC_I_CONTINUE_NEEDED && reply.length > 32, "TGT-REQ", (unsigned)s);
    if (reply.length <= 32)
        exit(1);
    /* SEQUENCE, pvno, msg-type, [2]: the lengths are of three octets. */
    check(memcmp(reply.data + 4, "\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x11\xa2", 11) == 0,
          "TGT-REP", 0);
    ticket = reply.data + 18;
    reply = (krb5_data){ 0, reply.length - 18, ticket };
    must(krb5_decode_ticket(&reply, &t), "krb5_decode_ticket");
    check(t->server->length == 2 && t->server->data[0].length == 6 &&
              memcmp(t->server->data[0].data, "krbtgt", 6) == 0,
          "krbtgt", 0);
    krb5_free_ticket(k, t);
    return reply;
}

static void
taken(struct end *e, krb5_ccache cache, const char *oid)
{
    krb5_creds *creds = ticket_get(cache, "bob", ask_granting(e));
    krb5_auth_context ac = NULL;
    krb5_ap_rep_enc_part *part = NULL;
    SecPkgContext_NativeNamesW names = { 0 };
    krb5_keyblock *key = NULL;
    struct token t = ap_req(&ac, creds, AP_OPTS_USE_SESSION_KEY);
    krb5_data answer;
    SECURITY_STATUS s;

    t = frame(oid, 0x0100, &t);
    s = step(e, &t);
    check(s == SEC_E_OK, "AP-REQ", (unsigned)s);
    check((e->got & (ASC_RET_USE_SESSION_KEY | ASC_RET_MUTUAL_AUTH | ASC_RET_CONFIDENTIALITY)) ==
              (ASC_RET_USE_SESSION_KEY | ASC_RET_MUTUAL_AUTH | ASC_RET_CONFIDENTIALITY),
          "ASC_RET", e->got);
    answer = unframe(&e->out, oid, 0x0200);
    must(krb5_rd_rep(k, ac, &answer, &part), "krb5_rd_rep");
    must(krb5_auth_con_getrecvsubkey(k, ac, &key), "subkey");
    check_key(e, key);
    s = QueryContextAttributesW(&e->context, SECPKG_ATTR_NATIVE_NAMES, &names);
    check(s == SEC_E_OK && names.sClientName != NULL && names.sClientName[0] == 'a' &&
              names.sServerName[0] == 'b',
          "NATIVE_NAMES", (unsigned)s);
    FreeContextBuffer(names.sClientName);
    FreeContextBuffer(names.sServerName);
    end_close(e);
    /* Another context has given no ticket; the same message comes too late anyhow. */
    s = step(e, &t);
    check(s == SEC_E_INVALID_TOKEN, "AP-REQ without TGT-REQ", (unsigned)s);
    (void)ask_granting(e);
    s = step(e, &t);
    check(s == SEC_E_LOGON_DENIED, "AP-REQ again", (unsigned)s);
    end_close(e);
    krb5_free_ap_rep_enc_part(k, part);
    krb5_auth_con_free(k, ac);
    krb5_free_creds(k, creds);
}

/* A ticket, and what its AP-REQ says of itself, that do not go together. */
static void
refused(struct end *e, krb5_ccache cache, const char *server, bool granted, krb5_flags options,
        SECURITY_STATUS want)
{
    krb5_data none = { 0 };
    krb5_creds *creds = ticket_get(cache, server, granted ? ask_granting(e) : none);
    krb5_auth_context ac = NULL;
    struct token t = ap_req(&ac, creds, options);
    SECURITY_STATUS s;

    if (!granted)
        (void)ask_granting(e);
    t = frame(OID_USER, 0x0100, &t);
    s = step(e, &t);
    check(s == want, server, (unsigned)s);
    s = step(e, &t);
    check(s == SEC_E_OUT_OF_SEQUENCE, "once more", (unsigned)s);
    end_close(e);
    krb5_auth_con_free(k, ac);
    krb5_free_creds(k, creds);
}

static void
refused_requests(struct end *e)
{
    struct token whole = tgt_request();
    CredHandle keys = credential("Kerberos", "", SECPKG_CRED_INBOUND);
    struct end by_keytab = { .credential = &keys, .accepts = true };
    SECURITY_STATUS s;

    for (size_t n = 1; n < whole.n; n++) {
        struct token cut = whole;

        cut.n = n;
        s = step(e, &cut);
        check(s == SEC_E_INVALID_TOKEN, "TGT-REQ that is cut off", (unsigned)s);
    }
    e->asked = ASC_REQ_DATAGRAM;
    s = step(e, &whole);
    check(s == SEC_E_UNSUPPORTED_FUNCTION, "TGT-REQ and DATAGRAM", (unsigned)s);
    e->asked = 0;
    (void)ask_granting(e);
    s = step(e, &whole);
    check(s == SEC_E_OUT_OF_SEQUENCE, "two TGT-REQ", (unsigned)s);
    end_close(e);
    s = step(&by_keytab, &whole);
    check(s == SEC_E_NO_CREDENTIALS, "TGT-REQ without an identity", (unsigned)s);
    FreeCredentialsHandle(&keys);
}

static void
accept_all(krb5_ccache cache)
{
    krb5_creds creds = granting_get("alice", cache);
    CredHandle bob = credential("Kerberos", "bob", SECPKG_CRED_INBOUND);
    struct end e = { .credential = &bob, .accepts = true };

    taken(&e, cache, OID_USER);
    taken(&e, cache, OID_KRB5);
    e.asked = ASC_REQ_USE_SESSION_KEY | ASC_REQ_MUTUAL_AUTH;
    taken(&e, cache, OID_USER);
    refused(&e, cache, "bob", true, 0, SEC_E_INVALID_TOKEN);
    refused(&e, cache, "HTTP/localhost", false, 0, SEC_E_INVALID_TOKEN);
    refused(&e, cache, "HTTP/localhost", false, AP_OPTS_USE_SESSION_KEY, SEC_E_LOGON_DENIED);
    refused_requests(&e);
    FreeCredentialsHandle(&bob);
    krb5_free_cred_contents(k, &creds);
}

/* ---- we come to MIT --------------------------------------------------------------------- */

/* The server: AP-REQ to AP-REP, by the key of the ticket that was given. */
static struct token
serve(const krb5_creds *granting, krb5_data message, krb5_auth_context *ac)
{
    krb5_keyblock key = granting->keyblock;
    krb5_ticket *ticket = NULL;
    krb5_flags options = 0;
    krb5_data out;
    struct token t;
    char *name;

    must(krb5_auth_con_init(k, ac), "krb5_auth_con_init");
    must(krb5_auth_con_setflags(k, *ac, KRB5_AUTH_CONTEXT_DO_SEQUENCE), "sequence");
    must(krb5_auth_con_setuseruserkey(k, *ac, &key), "krb5_auth_con_setuseruserkey");
    must(krb5_rd_req(k, ac, &message, NULL, NULL, &options, &ticket), "krb5_rd_req");
    check((options & AP_OPTS_USE_SESSION_KEY) != 0, "the AP-REQ's options", (unsigned)options);
    must(krb5_unparse_name(k, ticket->enc_part2->client, &name), "the client");
    check(strncmp(name, "alice@", 6) == 0, name, 0);
    krb5_free_unparsed_name(k, name);
    must(krb5_mk_rep(k, *ac, &out), "krb5_mk_rep");
    t = token_of(out);
    krb5_free_data_contents(k, &out);
    krb5_free_ticket(k, ticket);
    return frame(OID_USER, 0x0200, &t);
}

/* From the TGT-REQ in e->out on. */
static void
served(struct end *e, const krb5_creds *granting)
{
    struct token t = tgt_reply(granting->ticket);
    krb5_auth_context ac = NULL;
    krb5_keyblock *key = NULL;
    krb5_data message;
    SECURITY_STATUS s;

    check(unframe(&e->out, OID_USER, 0x0400).length > 0, "TGT-REQ", 0);
    s = step(e, &t);
    message = unframe(&e->out, OID_USER, 0x0100);
    check(s == SEC_I_CONTINUE_NEEDED && message.length > 0, "AP-REQ", (unsigned)s);
    if (message.length == 0)
        return;
    t = serve(granting, message, &ac);
    s = step(e, &t);
    check(s == SEC_E_OK, "AP-REP", (unsigned)s);
    check((e->got & (ISC_RET_USE_SESSION_KEY | ISC_RET_MUTUAL_AUTH)) ==
              (ISC_RET_USE_SESSION_KEY | ISC_RET_MUTUAL_AUTH),
          "ISC_RET", e->got);
    must(krb5_auth_con_getrecvsubkey(k, ac, &key), "subkey");
    check_key(e, key);
    krb5_auth_con_free(k, ac);
    end_close(e);
}

static void
answered(struct end *e, const struct token *answer, SECURITY_STATUS want, const char *what)
{
    SECURITY_STATUS s = step(e, NULL);

    check(s == SEC_I_CONTINUE_NEEDED, "TGT-REQ", (unsigned)s);
    s = step(e, answer);
    check(s == want, what, (unsigned)s);
    end_close(e);
}

/* Whatever a server could say instead. */
static void
refused_replies(struct end *e, krb5_ccache cache, const krb5_creds *alices,
                const krb5_creds *bobs)
{
    krb5_data none = { 0 };
    krb5_creds *service = ticket_get(cache, "HTTP/localhost", none);
    struct token t = tgt_reply(alices->ticket), cut;

    answered(e, &t, SEC_E_WRONG_PRINCIPAL, "somebody else's ticket");
    t = tgt_reply(service->ticket);
    answered(e, &t, SEC_E_WRONG_PRINCIPAL, "a service's ticket");
    krb5_free_creds(k, service);
    /* The same, of a realm that ends in another letter; it is there twice. */
    t = tgt_reply(bobs->ticket);
    for (size_t i = 0, n = strlen(realm); i + n <= t.n; i++) {
        if (memcmp(t.bytes + i, realm, n) == 0)
            t.bytes[i + n - 1] = 'X';
    }
    answered(e, &t, SEC_E_WRONG_PRINCIPAL, "a ticket of another realm");
    t = tgt_reply(bobs->ticket);
    t.bytes[t.n - 1] ^= 1;
    check(step(e, NULL) == SEC_I_CONTINUE_NEEDED && step(e, &t) < 0, "an altered ticket", 0);
    end_close(e);
    t = tgt_reply(bobs->ticket);
    for (size_t n = 1; n < t.n; n += 13) {
        cut = t;
        cut.n = n;
        answered(e, &cut, SEC_E_INVALID_TOKEN, "TGT-REP that is cut off");
    }
    t = tgt_request();
    answered(e, &t, SEC_E_OUT_OF_SEQUENCE, "TGT-REQ for TGT-REP");
}

/* KRB-ERROR of that code, as the library makes it. */
static struct token
error_of(unsigned code)
{
    krb5_error e = { .error = code, .server = principal("bob") };
    struct token t;
    krb5_data out;

    must(krb5_us_timeofday(k, &e.stime, &e.susec), "the time");
    must(krb5_mk_error(k, &e, &out), "krb5_mk_error");
    t = token_of(out);
    krb5_free_data_contents(k, &out);
    krb5_free_principal(k, e.server);
    return frame(OID_KRB5, 0x0300, &t);
}

static void
initiate_all(krb5_ccache cache, krb5_ccache other, const char *mode)
{
    krb5_creds bobs = granting_get("bob", other), alices = granting_get("alice", cache);
    CredHandle alice = credential("Kerberos", "alice", SECPKG_CRED_OUTBOUND);
    struct end e = { .credential = &alice, .asked = ASKED };
    struct token t;
    SECURITY_STATUS s;

    if (strcmp(mode, "initiate") == 0)
        e.asked |= ISC_REQ_USE_SESSION_KEY;
    s = step(&e, NULL);
    check(s == SEC_I_CONTINUE_NEEDED, mode, (unsigned)s);
    if (strcmp(mode, "told") == 0) {
        check(unframe(&e.out, OID_KRB5, 0x0100).length > 0, "an ordinary AP-REQ", 0);
        t = error_of(69);
        s = step(&e, &t);
        check(s == SEC_I_CONTINUE_NEEDED, "the error", (unsigned)s);
    }
    served(&e, &bobs);
    if (strcmp(mode, "initiate") == 0) {
        refused_replies(&e, cache, &alices, &bobs);
        t = error_of(67);
        answered(&e, &t, SEC_E_NO_TGT_REPLY, "KRB_AP_ERR_NO_TGT");
        e.asked |= ISC_REQ_DATAGRAM;
        s = step(&e, NULL);
        check(s == SEC_E_UNSUPPORTED_FUNCTION, "DATAGRAM", (unsigned)s);
    }
    FreeCredentialsHandle(&alice);
    krb5_free_cred_contents(k, &bobs);
    krb5_free_cred_contents(k, &alices);
}

/* ---- both ends are ours ------------------------------------------------------------------ */

static void
message_travels(struct end *from, struct end *to)
{
    SecPkgContext_Sizes sizes = { 0 };
    unsigned char token[256], data[] = "message";
    SecBuffer b[] = { { 0, SECBUFFER_TOKEN, token }, { sizeof(data), SECBUFFER_DATA, data } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS s = QueryContextAttributesW(&from->context, SECPKG_ATTR_SIZES, &sizes);

    check(s == SEC_E_OK && sizes.cbSecurityTrailer <= sizeof(token), "SIZES", (unsigned)s);
    b[0].cbBuffer = sizes.cbSecurityTrailer;
    s = EncryptMessage(&from->context, 0, &d, 0);
    check(s == SEC_E_OK && memcmp(data, "message", 8) != 0, "EncryptMessage", (unsigned)s);
    s = DecryptMessage(&to->context, &d, 0, NULL);
    check(s == SEC_E_OK && memcmp(data, "message", 8) == 0, "DecryptMessage", (unsigned)s);
}

/* Both ends are of one authority, in this process or the daemon. */
static void
is_loopback(struct end *e, const char *whose)
{
    BOOLEAN here = FALSE;
    SECURITY_STATUS s = QueryContextAttributesW(&e->context, SECPKG_ATTR_IS_LOOPBACK, &here);

    check(s == SEC_E_OK && here, whose, (unsigned)s);
}

static void
ours(const char *package)
{
    CredHandle alice = credential(package, "alice", SECPKG_CRED_OUTBOUND);
    CredHandle bob = credential(package, "bob", SECPKG_CRED_BOTH);
    struct end c = { .credential = &alice, .asked = ASKED | ISC_REQ_USE_SESSION_KEY };
    struct end v = { .credential = &bob, .accepts = true };
    SECURITY_STATUS cs = step(&c, NULL), vs = SEC_I_CONTINUE_NEEDED;
    SecPkgContext_NativeNamesW names = { 0 };

    while (cs >= 0 && vs >= 0 && (cs == SEC_I_CONTINUE_NEEDED || vs == SEC_I_CONTINUE_NEEDED)) {
        vs = step(&v, &c.out);
        if (cs == SEC_I_CONTINUE_NEEDED && vs >= 0)
            cs = step(&c, &v.out);
    }
    check(cs == SEC_E_OK, "the client", (unsigned)cs);
    check(vs == SEC_E_OK, "the server", (unsigned)vs);
    if (cs != SEC_E_OK || vs != SEC_E_OK)
        exit(1);
    check((c.got & v.got & ISC_RET_USE_SESSION_KEY) != 0, "USE_SESSION_KEY", c.got);
    is_loopback(&c, "IS_LOOPBACK of the client");
    is_loopback(&v, "IS_LOOPBACK of the server");
    message_travels(&c, &v);
    message_travels(&v, &c);
    vs = QueryContextAttributesW(&v.context, SECPKG_ATTR_NATIVE_NAMES, &names);
    check(vs == SEC_E_OK && names.sClientName[0] == 'a' && names.sServerName[0] == 'b',
          "NATIVE_NAMES", (unsigned)vs);
    FreeContextBuffer(names.sClientName);
    FreeContextBuffer(names.sServerName);
    end_close(&c);
    end_close(&v);
    FreeCredentialsHandle(&alice);
    FreeCredentialsHandle(&bob);
}

int
main(int argc, char **argv)
{
    krb5_ccache cache, other;

    if (argc != 4)
        return 2;
    realm = argv[2];
    password = argv[3];
    must(krb5_init_context(&k), "krb5_init_context");
    must(krb5_cc_new_unique(k, "MEMORY", NULL, &cache), "cache");
    must(krb5_cc_new_unique(k, "MEMORY", NULL, &other), "cache");
    if (argv[1][0] == 'K' || argv[1][0] == 'N')
        ours(argv[1]);
    else if (strcmp(argv[1], "accept") == 0)
        accept_all(cache);
    else
        initiate_all(cache, other, argv[1]);
    must(krb5_cc_destroy(k, cache), "cache");
    must(krb5_cc_destroy(k, other), "cache");
    krb5_free_context(k);
    return failures == 0 ? 0 : 1;
}
