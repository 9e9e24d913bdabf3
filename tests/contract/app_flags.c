/*
 * Context requirements, each alone and with each other: what goes over the wire, what comes back
 * in the attributes, and what changes in what the context does. Which requirements there are is
 * read from the list of Sspi.h's constants; what is expected of them is said here, not taken from
 * the package's table.
 */
#include "app.h"

#include "packages/ntlm/wire/spec.h"

#include <stdlib.h>

#define FLAGS_MAX 40
#define SAID (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL)
#define TIGHT 8                         /* room for no token */

/*
 * Observed between Windows 10 and Server 2019 over HTTP, where nothing is asked for: NEGOTIATE,
 * a standalone server's CHALLENGE, and AUTHENTICATE.
 */
#define WIRE_NEGOTIATE 0xa2088207u
#define WIRE_CHALLENGE 0xa28a8205u
#define WIRE_AUTHENTICATE 0xa2888205u

enum side { ISC, ASC };

/* ---- which requirements there are ----------------------------------------- */

struct flag_list {
    ULONG bit[FLAGS_MAX];
    size_t n;
};
static struct flag_list all[2];
/* Those above 32 bits, which come in a SECBUFFER_FLAGS. */
static uint64_t wide[2][FLAGS_MAX];
static size_t wide_n[2];

static void
flags_read(void)
{
    static const char *const prefix[] = { [ISC] = "ISC_REQ_", [ASC] = "ASC_REQ_" };
    FILE *f = fopen(CONSTANTS, "re");
    char line[256], *number;

    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        for (int side = ISC; side <= ASC; side++) {
            unsigned long long value;

            if (strncmp(line, prefix[side], strlen(prefix[side])) != 0)
                continue;
            number = strchr(line, '\t');
            assert_non_null(number);
            value = strtoull(number, NULL, 16);
            assert_true(all[side].n < FLAGS_MAX && wide_n[side] < FLAGS_MAX);
            if (value <= UINT32_MAX)
                all[side].bit[all[side].n++] = (ULONG)value;
            else
                wide[side][wide_n[side]++] = value;
        }
    }
    fclose(f);
    assert_int_equal(all[ISC].n, 27);
    assert_int_equal(all[ASC].n, 25);
    assert_int_equal(wide_n[ISC], 5);
    assert_int_equal(wide_n[ASC], 2);
}

/* ---- one handshake ---------------------------------------------------------- */

static CredHandle client_cred, server_cred, computer_cred;

struct run {
    ULONG asked[2];                     /* by enum side */
    uint64_t wide[2];                   /* bits above 32; 0: no such buffer */
    CredHandle *client_cred;
    CtxtHandle client, server;
    bool has_client, has_server;
    SECURITY_STATUS client_status, server_status;
    ULONG client_attributes, server_attributes;
    uint32_t wire[4];                   /* the messages' flags, by type */
    unsigned messages;
    uint8_t token[4096];                /* on its way */
    ULONG token_n;
};

static uint32_t
u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Where each message has its flags (MS-NLMP 2.2.1). */
static void
wire_note(struct run *r)
{
    static const size_t place[] = { 0, 12, 20, 60 };
    uint32_t type;

    if (r->token_n == 0)
        return;
    assert_true(r->token_n >= 64 || r->token_n == 40);
    assert_memory_equal(r->token, "NTLMSSP", 8);
    type = u32(r->token + 8);
    assert_in_range(type, 1, 3);
    assert_int_equal(r->wire[type], 0);
    r->wire[type] = u32(r->token + place[type]);
    r->messages++;
}

static SECURITY_STATUS
leg_call(struct run *r, enum side side, SecBuffer *out, ULONG *attributes)
{
    bool first = side == ISC && !r->has_client;
    SecBuffer in[] = { { sizeof(r->wide[side]), SECBUFFER_FLAGS, &r->wide[side] },
                       { r->token_n, SECBUFFER_TOKEN, r->token } };
    ULONG from = r->wide[side] == 0, to = first ? 1 : 2;
    SecBufferDesc ins = { SECBUFFER_VERSION, to - from, in + from };
    SecBufferDesc outs = { SECBUFFER_VERSION, 1, out };

    if (side == ASC)
        return AcceptSecurityContext(&server_cred, r->has_server ? &r->server : NULL, &ins,
                                     r->asked[ASC], SECURITY_NATIVE_DREP, &r->server, &outs,
                                     attributes, NULL);
    return InitializeSecurityContextW(r->client_cred, r->has_client ? &r->client : NULL,
                                      app_target, r->asked[ISC], 0, SECURITY_NATIVE_DREP,
                                      to > from ? &ins : NULL, 0, &r->client, &outs,
                                      attributes, NULL);
}

/*
 * ALLOCATE_MEMORY: the library's block. Without it first a room that is too small, which must
 * change nothing, so that the same call succeeds with a larger one.
 */
static SECURITY_STATUS
leg_run(struct run *r, enum side side, ULONG *attributes)
{
    static uint8_t room[sizeof(r->token)];
    bool allocate = (r->asked[side] & ISC_REQ_ALLOCATE_MEMORY) != 0;
    SecBuffer out = { allocate ? 0 : TIGHT, SECBUFFER_TOKEN, allocate ? NULL : room };
    SECURITY_STATUS s = leg_call(r, side, &out, attributes);
    bool was_tight = s == SEC_E_BUFFER_TOO_SMALL;

    if (was_tight) {
        assert_false(allocate);
        out = (SecBuffer){ sizeof(room), SECBUFFER_TOKEN, room };
        s = leg_call(r, side, &out, attributes);
    }
    if (s < 0) {
        assert_int_equal(out.cbBuffer, 0);
        return s;
    }
    assert_int_equal(was_tight, !allocate && out.cbBuffer > 0);
    assert_int_equal((*attributes & ISC_RET_ALLOCATED_MEMORY) != 0, allocate && out.cbBuffer > 0);
    assert_true(out.cbBuffer <= sizeof(r->token));
    if (out.cbBuffer > 0)
        memcpy(r->token, out.pvBuffer, out.cbBuffer);
    r->token_n = out.cbBuffer;
    if (allocate)
        assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_OK);
    *(side == ISC ? &r->has_client : &r->has_server) = true;
    wire_note(r);
    return s;
}

static void
run_handshake(struct run *r)
{
    r->client_status = r->server_status = SEC_I_CONTINUE_NEEDED;
    while (r->client_status == SEC_I_CONTINUE_NEEDED || r->server_status == SEC_I_CONTINUE_NEEDED) {
        r->client_status = leg_run(r, ISC, &r->client_attributes);
        if (r->client_status < 0)
            return;
        r->server_status = leg_run(r, ASC, &r->server_attributes);
        if (r->server_status < 0)
            return;
    }
}

static void
run_end(struct run *r)
{
    if (r->has_client)
        assert_int_equal(DeleteSecurityContext(&r->client), SEC_E_OK);
    if (r->has_server)
        assert_int_equal(DeleteSecurityContext(&r->server), SEC_E_OK);
}

/* ---- what is expected on the wire --------------------------------------------- */

static uint32_t
expected_flags(ULONG isc)
{
    const ULONG signing = ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
                          ISC_REQ_USE_SESSION_KEY | ISC_REQ_DATAGRAM;
    uint32_t said = (isc & signing ? NTLMSSP_NEGOTIATE_SIGN : 0) |
                    (isc & ISC_REQ_CONFIDENTIALITY ? NTLMSSP_NEGOTIATE_SEAL : 0);

    return said | (said ? NTLMSSP_NEGOTIATE_KEY_EXCH : 0) |
           (isc & ISC_REQ_IDENTIFY ? NTLMSSP_NEGOTIATE_IDENTIFY : 0) |
           (isc & ISC_REQ_DATAGRAM ? NTLMSSP_NEGOTIATE_DATAGRAM : 0);
}

static bool
is_anonymous(const struct run *r)
{
    return (r->asked[ISC] & ISC_REQ_NULL_SESSION) != 0;
}

static void
check_wire(const struct run *r)
{
    uint32_t extra = expected_flags(r->asked[ISC]);

    if (extra & NTLMSSP_NEGOTIATE_DATAGRAM) {
        /* The server begins, and offers what it has. */
        assert_int_equal(r->messages, 2);
        assert_int_equal(r->wire[2], WIRE_CHALLENGE | SAID | NTLMSSP_NEGOTIATE_KEY_EXCH |
                                         NTLMSSP_NEGOTIATE_DATAGRAM | NTLMSSP_NEGOTIATE_IDENTIFY);
    } else {
        assert_int_equal(r->messages, 3);
        assert_int_equal(r->wire[1], WIRE_NEGOTIATE | extra);
        assert_int_equal(r->wire[2], WIRE_CHALLENGE | extra);
    }
    assert_int_equal(r->wire[3], WIRE_AUTHENTICATE | extra |
                                     (is_anonymous(r) ? NTLMSSP_ANONYMOUS : 0));
}

/* ---- what is expected to come back --------------------------------------------- */

/* What is in force: a key that everybody knows protects nothing. */
static uint32_t
held(const struct run *r)
{
    return is_anonymous(r) ? r->wire[3] & ~(uint32_t)SAID : r->wire[3];
}

/* The bits that differ between the sides. */
static const struct {
    ULONG integrity, identify, null_session;
} numbers[] = {
    [ISC] = { ISC_REQ_INTEGRITY, ISC_REQ_IDENTIFY, ISC_RET_NULL_SESSION },
    [ASC] = { ASC_REQ_INTEGRITY, ASC_REQ_IDENTIFY, ASC_RET_NULL_SESSION },
};

static bool
is_promised(const struct run *r, enum side side, ULONG detection)
{
    ULONG asked = r->asked[side];
    ULONG any = asked & (numbers[side].integrity | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT);

    return (held(r) & SAID) != 0 && ((asked & detection) != 0 || any == 0);
}

static ULONG
expected_attributes(const struct run *r, enum side side)
{
    ULONG asked = r->asked[side];
    bool datagram = (r->wire[3] & NTLMSSP_NEGOTIATE_DATAGRAM) != 0;
    bool identify = (r->wire[3] & NTLMSSP_NEGOTIATE_IDENTIFY) != 0 ||
                    (side == ASC && (asked & ASC_REQ_IDENTIFY));
    ULONG want = datagram ? ISC_RET_DATAGRAM : ISC_RET_CONNECTION;

    want |= held(r) & SAID ? numbers[side].integrity : 0;
    want |= held(r) & NTLMSSP_NEGOTIATE_SEAL ? ISC_RET_CONFIDENTIALITY : 0;
    want |= is_promised(r, side, ISC_REQ_REPLAY_DETECT) ? ISC_RET_REPLAY_DETECT : 0;
    want |= is_promised(r, side, ISC_REQ_SEQUENCE_DETECT) ? ISC_RET_SEQUENCE_DETECT : 0;
    want |= identify ? numbers[side].identify : 0;
    want |= is_anonymous(r) ? numbers[side].null_session : 0;
    if ((r->wire[3] & NTLMSSP_NEGOTIATE_KEY_EXCH) && !is_anonymous(r))
        want |= asked & ISC_REQ_USE_SESSION_KEY;
    if (!datagram)
        want |= asked & ISC_REQ_USE_DCE_STYLE;
    if (side == ASC)
        want |= asked & ASC_REQ_ALLOW_NON_USER_LOGONS;
    return want;
}

static void
check_attributes(const struct run *r, enum side side)
{
    CtxtHandle context = side == ISC ? r->client : r->server;
    ULONG want = expected_attributes(r, side);
    SecPkgContext_Flags flags;

    assert_int_equal((side == ISC ? r->client_attributes : r->server_attributes) &
                         ~(ULONG)ISC_RET_ALLOCATED_MEMORY, want);
    assert_int_equal(QueryContextAttributesW(&context, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, want);
}

/* ---- what the context does ------------------------------------------------------- */

struct message {
    uint8_t token[16];
    char data[8];
    SecBuffer b[2];
    SecBufferDesc d;
};

static void
message_init(struct message *m)
{
    memcpy(m->data, "message", 8);
    m->b[0] = (SecBuffer){ 16, SECBUFFER_TOKEN, m->token };
    m->b[1] = (SecBuffer){ 8, SECBUFFER_DATA, m->data };
    m->d = (SecBufferDesc){ SECBUFFER_VERSION, 2, m->b };
}

static SECURITY_STATUS
verify_copy(CtxtHandle *to, const struct message *m, ULONG number, bool alter)
{
    struct message copy = *m;

    copy.b[0].pvBuffer = copy.token;
    copy.b[1].pvBuffer = copy.data;
    copy.d.pBuffers = copy.b;
    copy.data[0] ^= alter;
    return VerifySignature(to, &copy.d, number, NULL);
}

/* Numbered by the caller: the receiver's number counts where it wants to know. */
static void
check_datagrams(CtxtHandle *from, CtxtHandle *to, bool promised)
{
    struct message m;

    message_init(&m);
    assert_int_equal(MakeSignature(from, 0, &m.d, 1000), SEC_E_OK);
    assert_int_equal(u32(m.token + 12), 1000);
    assert_int_equal(verify_copy(to, &m, 1000, true), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(verify_copy(to, &m, 1000, false), SEC_E_OK);
    assert_int_equal(verify_copy(to, &m, 1000, false), SEC_E_OK);
    assert_int_equal(verify_copy(to, &m, 1001, false),
                     promised ? SEC_E_OUT_OF_SEQUENCE : SEC_E_OK);
}

/* Signed messages: a replay, one that is early, one that is late. */
static void
check_order(CtxtHandle *from, CtxtHandle *to, bool sealing, bool replay, bool sequence)
{
    SECURITY_STATUS refused = replay || sequence ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED;
    bool again = !sealing && !replay && !sequence, early = !sealing && !sequence;
    struct message m[3];

    for (size_t i = 0; i < UNIT_COUNT(m); i++) {
        message_init(&m[i]);
        assert_int_equal(MakeSignature(from, 0, &m[i].d, 0), SEC_E_OK);
    }
    assert_int_equal(verify_copy(to, &m[0], 0, true), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(verify_copy(to, &m[0], 0, false), SEC_E_OK);
    assert_int_equal(verify_copy(to, &m[0], 0, false), again ? SEC_E_OK : refused);
    assert_int_equal(verify_copy(to, &m[2], 0, false), early ? SEC_E_OK : refused);
    assert_int_equal(verify_copy(to, &m[1], 0, false), SEC_E_OK);
    if (!early)
        assert_int_equal(verify_copy(to, &m[2], 0, false), SEC_E_OK);
}

static void
check_sealing(CtxtHandle *from, CtxtHandle *to, bool sealing)
{
    struct message m;

    message_init(&m);
    assert_int_equal(EncryptMessage(from, 0, &m.d, 5),
                     sealing ? SEC_E_OK : SEC_E_UNSUPPORTED_FUNCTION);
    if (!sealing)
        return;
    assert_memory_not_equal(m.data, "message", 8);
    assert_int_equal(DecryptMessage(to, &m.d, 5, NULL), SEC_E_OK);
    assert_memory_equal(m.data, "message", 8);
}

static void
check_messages(struct run *r, enum side receiver)
{
    CtxtHandle *from = receiver == ASC ? &r->client : &r->server;
    CtxtHandle *to = receiver == ASC ? &r->server : &r->client;
    bool replay = is_promised(r, receiver, ISC_REQ_REPLAY_DETECT);
    bool sequence = is_promised(r, receiver, ISC_REQ_SEQUENCE_DETECT);
    bool sealing = (held(r) & NTLMSSP_NEGOTIATE_SEAL) != 0;
    static const uint8_t constant[16] = { 1 };
    struct message m;

    if ((held(r) & SAID) == 0) {
        message_init(&m);
        assert_int_equal(MakeSignature(from, 0, &m.d, 0), SEC_E_OK);
        assert_memory_equal(m.token, constant, sizeof(constant));
        assert_int_equal(verify_copy(to, &m, 0, true), SEC_E_OK);
    } else if (r->wire[3] & NTLMSSP_NEGOTIATE_DATAGRAM) {
        check_datagrams(from, to, replay || sequence);
    } else {
        check_order(from, to, sealing, replay, sequence);
    }
    check_sealing(from, to, sealing);
}

static void
check_token(struct run *r)
{
    bool identify = (expected_attributes(r, ASC) & ASC_RET_IDENTIFY) != 0;
    static SID anonymous_logon = { 1, 1, { { 0, 0, 0, 0, 0, 5 } }, { 7 } };
    _Alignas(TOKEN_USER) uint8_t user[128];
    SECURITY_IMPERSONATION_LEVEL level;
    HANDLE token;
    DWORD n;

    assert_int_equal(QuerySecurityContextToken(&r->server, &token), SEC_E_OK);
    assert_true(GetTokenInformation(token, TokenImpersonationLevel, &level, sizeof(level), &n));
    assert_int_equal(level, identify ? SecurityIdentification : SecurityImpersonation);
    assert_true(GetTokenInformation(token, TokenUser, user, sizeof(user), &n));
    assert_int_equal(EqualSid(((const TOKEN_USER *)user)->User.Sid, &anonymous_logon),
                     is_anonymous(r));
    assert_true(CloseHandle(token));
}

static void
check_session_key(struct run *r)
{
    SecPkgContext_SessionKey a, b;

    assert_int_equal(QueryContextAttributesW(&r->client, SECPKG_ATTR_SESSION_KEY, &a), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&r->server, SECPKG_ATTR_SESSION_KEY, &b), SEC_E_OK);
    assert_int_equal(a.SessionKeyLength, 16);
    assert_memory_equal(a.SessionKey, b.SessionKey, 16);
    assert_int_equal(FreeContextBuffer(a.SessionKey), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(b.SessionKey), SEC_E_OK);
}

/* ---- which handshakes there are ---------------------------------------------------- */

/* The first reason not to get through, of those that the flags give. */
static SECURITY_STATUS
expected_refusal(const struct run *r, enum side side)
{
    ULONG isc = r->asked[ISC], asc = r->asked[ASC];

    if (side == ISC)
        return isc & ISC_REQ_STREAM ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK;
    if (asc & ASC_REQ_STREAM)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if ((isc & ISC_REQ_DATAGRAM) && !(asc & ASC_REQ_DATAGRAM))
        return SEC_E_INVALID_TOKEN;
    if (is_anonymous(r) && !(asc & ASC_REQ_ALLOW_NULL_SESSION))
        return SEC_E_LOGON_DENIED;
    /* The challenge is this machine's, and its name was not verified: a reflection. */
    if (isc & ISC_REQ_UNVERIFIED_TARGET_NAME)
        return SEC_E_LOGON_DENIED;
    if (asc & ASC_REQ_PROXY_BINDINGS)
        return SEC_E_BAD_BINDINGS;
    if (r->client_cred == &computer_cred && !(asc & ASC_REQ_ALLOW_NON_USER_LOGONS))
        return SEC_E_LOGON_DENIED;
    return SEC_E_OK;
}

static void
try_flags(CredHandle *cred, ULONG isc, ULONG asc)
{
    struct run r = { .asked = { [ISC] = isc, [ASC] = asc }, .client_cred = cred };
    SECURITY_STATUS client = expected_refusal(&r, ISC), server = expected_refusal(&r, ASC);

    run_handshake(&r);
    if (client != SEC_E_OK || server != SEC_E_OK) {
        if (client != SEC_E_OK)
            assert_int_equal(r.client_status, client);
        else
            assert_int_equal(r.server_status, server);
    } else {
        assert_int_equal(r.client_status, SEC_E_OK);
        assert_int_equal(r.server_status, SEC_E_OK);
        check_wire(&r);
        check_attributes(&r, ISC);
        check_attributes(&r, ASC);
        check_session_key(&r);
        check_token(&r);
        check_messages(&r, ASC);
        check_messages(&r, ISC);
    }
    run_end(&r);
}

/* Every pair of one list, and each alone. */
static void
each_pair(const struct flag_list *list, void (*each)(ULONG flags))
{
    for (size_t i = 0; i < list->n; i++) {
        for (size_t j = i; j < list->n; j++)
            each(list->bit[i] | list->bit[j]);
    }
}

static void
try_isc(ULONG flags)
{
    try_flags(&client_cred, flags, flags & ISC_REQ_DATAGRAM);
    if (flags & ISC_REQ_NULL_SESSION)
        try_flags(&client_cred, flags, (flags & ISC_REQ_DATAGRAM) | ASC_REQ_ALLOW_NULL_SESSION);
}

/* Beside a client that signs, seals, or neither. */
static void
try_asc(ULONG flags)
{
    try_flags(&client_cred, 0, flags);
    try_flags(&client_cred, ISC_REQ_INTEGRITY, flags);
    try_flags(&client_cred, ISC_REQ_CONFIDENTIALITY, flags);
}

static void
try_computer(ULONG flags)
{
    try_flags(&computer_cred, 0, flags);
}

static void
initiators_flags(void **state)
{
    (void)state;
    each_pair(&all[ISC], try_isc);
}

static void
acceptors_flags(void **state)
{
    (void)state;
    each_pair(&all[ASC], try_asc);
}

static void
both_sides_flags(void **state)
{
    (void)state;
    for (size_t i = 0; i < all[ISC].n; i++) {
        for (size_t j = 0; j < all[ASC].n; j++)
            try_flags(&client_cred, all[ISC].bit[i], all[ASC].bit[j]);
    }
}

static void
computers_flags(void **state)
{
    (void)state;
    each_pair(&all[ASC], try_computer);
}

/* All are of TLS: NTLM goes on without them, as with what it cannot do among the others. */
static void
wide_flags(void **state)
{
    (void)state;
    for (int side = ISC; side <= ASC; side++) {
        for (size_t i = 0; i < wide_n[side]; i++) {
            struct run r = { .asked = { [ISC] = ISC_REQ_INTEGRITY, [ASC] = ASC_REQ_IDENTIFY },
                             .client_cred = &client_cred };

            r.wide[side] = wide[side][i];
            run_handshake(&r);
            assert_int_equal(r.client_status, SEC_E_OK);
            assert_int_equal(r.server_status, SEC_E_OK);
            check_wire(&r);
            check_attributes(&r, ISC);
            check_attributes(&r, ASC);
            run_end(&r);
        }
    }
}

/* A key of its own for each session, whatever is asked for; with USE_SESSION_KEY a random one. */
static void
session_keys_differ(void **state)
{
    static const ULONG asked[] = { 0, ISC_REQ_USE_SESSION_KEY };
    SecPkgContext_SessionKey k[2];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(asked); i++) {
        for (size_t j = 0; j < UNIT_COUNT(k); j++) {
            struct run r = { .asked = { [ISC] = asked[i] }, .client_cred = &client_cred };

            run_handshake(&r);
            assert_int_equal(r.server_status, SEC_E_OK);
            assert_int_equal(QueryContextAttributesW(&r.server, SECPKG_ATTR_SESSION_KEY, &k[j]),
                             SEC_E_OK);
            run_end(&r);
        }
        assert_memory_not_equal(k[0].SessionKey, k[1].SessionKey, 16);
        assert_int_equal(FreeContextBuffer(k[0].SessionKey), SEC_E_OK);
        assert_int_equal(FreeContextBuffer(k[1].SessionKey), SEC_E_OK);
    }
}

/* The application protects a message before a single token has gone over the wire. */
static void
datagrams_before_tokens(void **state)
{
    struct run r = { .asked = { [ISC] = ISC_REQ_DATAGRAM | ISC_REQ_CONFIDENTIALITY,
                                [ASC] = ASC_REQ_DATAGRAM },
                     .client_cred = &client_cred };
    struct message m;

    (void)state;
    r.client_status = leg_run(&r, ISC, &r.client_attributes);
    assert_int_equal(r.client_status, SEC_I_CONTINUE_NEEDED);
    assert_int_equal(r.token_n, 0);
    assert_true((r.client_attributes & ISC_RET_DATAGRAM) != 0);
    message_init(&m);
    assert_int_equal(EncryptMessage(&r.client, 0, &m.d, 42), SEC_E_OK);
    assert_int_equal(leg_run(&r, ASC, &r.server_attributes), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(leg_run(&r, ISC, &r.client_attributes), SEC_E_OK);
    assert_int_equal(leg_run(&r, ASC, &r.server_attributes), SEC_E_OK);
    assert_int_equal(DecryptMessage(&r.server, &m.d, 42, NULL), SEC_E_OK);
    assert_memory_equal(m.data, "message", 8);
    run_end(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initiators_flags),
        cmocka_unit_test(acceptors_flags),
        cmocka_unit_test(both_sides_flags),
        cmocka_unit_test(computers_flags),
        cmocka_unit_test(wide_flags),
        cmocka_unit_test(session_keys_differ),
        cmocka_unit_test(datagrams_before_tokens),
    };
    int result = app_start();

    if (result != 0)
        return result;
    flags_read();
    client_cred = app_outbound(u"NTLM", app_user, app_password);
    computer_cred = app_outbound(u"NTLM", app_computer, app_password);
    server_cred = app_inbound(u"NTLM");
    result = cmocka_run_group_tests(tests, NULL, NULL);
    assert_int_equal(FreeCredentialsHandle(&client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&computer_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&server_cred), SEC_E_OK);
    app_stop();
    return result;
}
