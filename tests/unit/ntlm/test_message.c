/*
 * The user half through SECPKG_USER_FUNCTION_TABLE: MS-NLMP's sealed and
 * signed messages, Windows's and gss-ntlmssp's mechListMICs, the rules about
 * buffers, and what a failed check leaves behind.
 */
#include "fake_user.h"

#include "base/filetime.h"
#include "packages/ntlm/protect/protect.h"

#include <pthread.h>

#define FLAG_SIGN 0x10u
#define FLAG_SEAL 0x20u
#define FLAG_EXTENDED 0x80000u
#define FLAG_KEY_EXCH 0x40000000u

static void
seal_one(LSA_SEC_HANDLE from, const char *data, const char *signature)
{
    struct user_message m;

    user_message_init(&m);
    assert_int_equal(fake.user->SealMessage(from, 0, &m.desc, 77), STATUS_SUCCESS);
    assert_int_equal(m.buffers[0].cbBuffer, 16);
    user_assert_row(m.data, data);
    user_assert_row(m.token, signature);
    assert_int_equal(fake.user->UnsealMessage(from == CLIENT ? SERVER : CLIENT, &m.desc, 0, NULL),
                     STATUS_SUCCESS);
    user_assert_row(m.data, "common.Plaintext.utf16le");
}

static void
sealed_messages_match(void **state)
{
    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    seal_one(CLIENT, "v2.Seal.Data", "v2.Seal.Signature");
    seal_one(CLIENT, "v2.Seal.seq1.Data", "v2.Seal.seq1.Signature");
    seal_one(SERVER, "v2.Server.Seal.Data", "v2.Server.Seal.Signature");
    user_pair_delete();
}

static void
sign_one(const char *signature)
{
    struct user_message m;
    ULONG qop = 4711;

    user_message_init(&m);
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &m.desc, 0), STATUS_SUCCESS);
    user_assert_row(m.token, signature);
    user_assert_row(m.data, "common.Plaintext.utf16le");
    assert_int_equal(fake.user->VerifySignature(SERVER, &m.desc, 0, &qop), STATUS_SUCCESS);
    assert_int_equal(qop, 4711);
}

static void
signatures_match(void **state)
{
    uint8_t key[16];

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    sign_one("v2.Sign.Signature.seq0");
    sign_one("v2.Sign.Signature.seq1");
    user_pair_delete();
    /* Without key exchange the checksum is in clear. */
    assert_int_equal(user_row("v2.SessionBaseKey", key), 16);
    user_make(CLIENT, NTLM_ROLE_INITIATOR, FLAGS_V2 & ~FLAG_KEY_EXCH, USER_DETECTS_ALL, key);
    user_make(SERVER, NTLM_ROLE_ACCEPTOR, FLAGS_V2 & ~FLAG_KEY_EXCH, USER_DETECTS_ALL, key);
    sign_one("v2.noKeyExch.Sign.Signature");
    user_pair_delete();
}

/* 4.2.3: 56 bits, no key exchange, NTLMv1's key. */
static void
weak_sealing_matches(void **state)
{
    uint8_t key[16];

    (void)state;
    assert_int_equal(user_row("v1ess.KeyExchangeKey", key), 16);
    user_make(CLIENT, NTLM_ROLE_INITIATOR, 0x820a8233, USER_DETECTS_ALL, key);
    user_make(SERVER, NTLM_ROLE_ACCEPTOR, 0x820a8233, USER_DETECTS_ALL, key);
    seal_one(CLIENT, "v1ess.Seal.Data", "v1ess.Seal.Signature");
    user_pair_delete();
}

/* A real SMB exchange: the client's mechListMIC verifies, and ours is the server's. */
static void
mech_list_mics_match(void **state)
{
    static const char *const from[] = { "win2019smb", "gssntlmssp" };
    static const uint32_t flags[] = { 0xe2888215, 0xe2888235 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(from); i++) {
        uint8_t key[16], list[64], mic[16], own[16];
        char name[64];
        SecBuffer b[2] = { { 0, SECBUFFER_DATA, list }, { 16, SECBUFFER_TOKEN, mic } };
        SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

        (void)snprintf(name, sizeof(name), "%s.ExportedSessionKey", from[i]);
        assert_int_equal(user_row(name, key), 16);
        user_make(SERVER, NTLM_ROLE_ACCEPTOR, flags[i], USER_DETECTS_ALL, key);
        b[0].cbBuffer = (ULONG)user_row("win2019smb.MechTypeList.der", list);
        (void)snprintf(name, sizeof(name), "%s.mechListMIC.client", from[i]);
        assert_int_equal(user_row(name, mic), 16);
        assert_int_equal(fake.user->VerifySignature(SERVER, &d, 0, NULL), STATUS_SUCCESS);
        b[1].pvBuffer = own;
        assert_int_equal(fake.user->MakeSignature(SERVER, 0, &d, 0), STATUS_SUCCESS);
        (void)snprintf(name, sizeof(name), "%s.mechListMIC.server", from[i]);
        user_assert_row(own, name);
        assert_int_equal(fake.user->DeleteUserModeContext(SERVER), STATUS_SUCCESS);
    }
}

/* Neither SIGN nor SEAL: one constant signature is made and taken; sealing is refused. */
static void
unprotected_contexts_have_dummy_signatures(void **state)
{
    struct user_message m;

    (void)state;
    user_pair_make(FLAGS_V2 & ~(FLAG_SIGN | FLAG_SEAL), USER_DETECTS_ALL);
    sign_one("any.AlwaysSign.DummySignature");
    sign_one("any.AlwaysSign.DummySignature");
    user_message_init(&m);
    assert_int_equal(fake.user->VerifySignature(SERVER, &m.desc, 0, NULL), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 0), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &m.desc, 0, NULL),
                     SEC_E_UNSUPPORTED_FUNCTION);
    user_assert_row(m.data, "common.Plaintext.utf16le");
    user_pair_delete();
    /* Signing only: what was not negotiated to be secret is not sent as if it were. */
    user_pair_make(FLAGS_V2 & ~FLAG_SEAL, USER_DETECTS_ALL);
    user_message_init(&m);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 0), SEC_E_UNSUPPORTED_FUNCTION);
    sign_one("v2.Sign.Signature.seq0");
    user_pair_delete();
    /* Sealing only: its integrity is real. */
    user_pair_make(FLAGS_V2 & ~FLAG_SIGN, USER_DETECTS_ALL);
    seal_one(CLIENT, "v2.Seal.Data", "v2.Seal.Signature");
    user_pair_delete();
}

/* A forged message is refused and changes nothing: the good one after it still counts. */
static void
failed_checks_leave_no_trace(void **state)
{
    struct user_message good, bad;

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    user_message_init(&good);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &good.desc, 0), STATUS_SUCCESS);
    for (size_t i = 0; i < 16 + 18; i++) {
        uint8_t before[64];
        NTSTATUS want = i >= 12 && i < 16 ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED;

        user_message_copy(&good, &bad);
        *(i < 16 ? &bad.token[i] : &bad.data[i - 16]) ^= 0x40;
        memcpy(before, bad.data, sizeof(before));
        assert_int_equal(fake.user->UnsealMessage(SERVER, &bad.desc, 0, NULL), want);
        assert_memory_equal(bad.data, before, sizeof(before));  /* no plaintext */
        assert_int_equal(fake.user->VerifySignature(SERVER, &bad.desc, 0, NULL), want);
    }
    assert_int_equal(fake.user->UnsealMessage(SERVER, &good.desc, 0, NULL), STATUS_SUCCESS);
    user_assert_row(good.data, "common.Plaintext.utf16le");
    /* The same again is a replay; and the stream goes on. */
    assert_int_equal(fake.user->UnsealMessage(SERVER, &good.desc, 0, NULL),
                     SEC_E_OUT_OF_SEQUENCE);
    seal_one(CLIENT, "v2.Seal.seq1.Data", "v2.Seal.seq1.Signature");
    user_pair_delete();
}

static void
messages_must_be_in_order(void **state)
{
    struct user_message first, second;

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    user_message_init(&first);
    user_message_init(&second);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &first.desc, 0), STATUS_SUCCESS);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &second.desc, 0), STATUS_SUCCESS);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &second.desc, 0, NULL),
                     SEC_E_OUT_OF_SEQUENCE);
    /* A message sent back to its sender is not one from the peer. */
    assert_int_equal(fake.user->UnsealMessage(CLIENT, &first.desc, 0, NULL),
                     SEC_E_MESSAGE_ALTERED);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &first.desc, 0, NULL), STATUS_SUCCESS);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &second.desc, 0, NULL), STATUS_SUCCESS);
    user_pair_delete();
}

/* ---- buffers ------------------------------------------------------------------------- */

static void
bad_buffers_are_refused(void **state)
{
    struct user_message m;
    SecBufferDesc none = { SECBUFFER_VERSION, 0, NULL };

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    user_message_init(&m);
    m.desc.pBuffers = &m.buffers[1];
    m.desc.cBuffers = 1;            /* no TOKEN */
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->VerifySignature(SERVER, &m.desc, 0, NULL), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &m.desc, 0, NULL), SEC_E_INVALID_TOKEN);
    user_message_init(&m);
    m.buffers[0].cbBuffer = 15;
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    user_message_init(&m);
    m.desc.cBuffers = 1;            /* no DATA */
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &m.desc, 0, NULL), SEC_E_INVALID_TOKEN);
    user_message_init(&m);
    m.buffers[1].pvBuffer = NULL;
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    user_message_init(&m);
    m.desc.ulVersion = 1;
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, NULL, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &none, 0), SEC_E_INVALID_TOKEN);
    user_message_init(&m);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0x80000001, &m.desc, 0),
                     SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(fake.user->MakeSignature(CLIENT, 1, &m.desc, 0), SEC_E_QOP_NOT_SUPPORTED);
    /* None of this has counted as a message. */
    seal_one(CLIENT, "v2.Seal.Data", "v2.Seal.Signature");
    user_pair_delete();
}

/* The message in pieces, with headers around it, TOKEN at the end: signed all, sealed DATA only. */
static void
pieces_make_one_message(void **state)
{
    uint8_t head[4] = "head", tail[4] = "tail", token[16], plain[64], whole[64];
    struct user_message m;
    SecBuffer b[5];
    SecBufferDesc d = { SECBUFFER_VERSION, 5, b };

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    user_message_init(&m);
    memcpy(plain, m.data, sizeof(plain));
    b[0] = (SecBuffer){ 4, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, head };
    b[1] = (SecBuffer){ 10, SECBUFFER_DATA, m.data };
    b[2] = (SecBuffer){ 4, SECBUFFER_DATA | SECBUFFER_READONLY, tail };
    b[3] = (SecBuffer){ 8, SECBUFFER_DATA, m.data + 10 };
    b[4] = (SecBuffer){ 16, SECBUFFER_TOKEN, token };
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &d, 0), STATUS_SUCCESS);
    assert_memory_equal(head, "head", 4);
    assert_memory_equal(tail, "tail", 4);
    /* The key stream runs on over the two pieces as over one. */
    user_assert_row(m.data, "v2.Seal.Data");
    memcpy(whole, m.data, sizeof(whole));
    for (int i = 0; i < 2; i++) {
        uint8_t *fixed = i == 0 ? head : tail;

        fixed[0] ^= 1;
        assert_int_equal(fake.user->UnsealMessage(SERVER, &d, 0, NULL), SEC_E_MESSAGE_ALTERED);
        assert_memory_equal(m.data, whole, 18);
        fixed[0] ^= 1;
    }
    assert_int_equal(fake.user->UnsealMessage(SERVER, &d, 0, NULL), STATUS_SUCCESS);
    assert_memory_equal(m.data, plain, 18);
    user_pair_delete();
}

/* MS-NLMP 3.4.6.1: without extended session security a READONLY buffer is not in the checksum. */
static void
readonly_is_not_signed_without_extended_security(void **state)
{
    uint8_t head[4] = "head", body[4] = "body", tail[4] = "tail", token[16];
    SecBuffer b[4] = {
        { 4, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, head },
        { 4, SECBUFFER_DATA, body },
        { 4, SECBUFFER_DATA | SECBUFFER_READONLY, tail },
        { 16, SECBUFFER_TOKEN, token },
    };
    SecBufferDesc d = { SECBUFFER_VERSION, 4, b };

    (void)state;
    user_pair_make(FLAGS_V2 & ~FLAG_EXTENDED, USER_DETECTS_ALL);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &d, 0), STATUS_SUCCESS);
    head[0] ^= 1;
    assert_int_equal(fake.user->UnsealMessage(SERVER, &d, 0, NULL), SEC_E_MESSAGE_ALTERED);
    head[0] ^= 1;
    tail[0] ^= 1;
    assert_int_equal(fake.user->UnsealMessage(SERVER, &d, 0, NULL), STATUS_SUCCESS);
    assert_memory_equal(body, "body", 4);
    user_pair_delete();
}

static void
too_many_pieces_are_refused(void **state)
{
    uint8_t byte = 0, token[16];
    SecBuffer b[NTLM_PIECES_MAX + 2];
    SecBufferDesc d = { SECBUFFER_VERSION, UNIT_COUNT(b), b };

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    b[0] = (SecBuffer){ 16, SECBUFFER_TOKEN, token };
    for (size_t i = 1; i < UNIT_COUNT(b); i++)
        b[i] = (SecBuffer){ 1, SECBUFFER_DATA, &byte };
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &d, 0), SEC_E_INVALID_PARAMETER);
    d.cBuffers--;
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &d, 0), STATUS_SUCCESS);
    user_pair_delete();
}

/* SECBUFFER_STREAM: signature and ciphertext in one, DATA gets the plaintext's place. */
static void
stream_buffers_are_split(void **state)
{
    uint8_t bytes[16 + 64];
    struct user_message m;
    SecBuffer b[2];
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    user_message_init(&m);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 0), STATUS_SUCCESS);
    memcpy(bytes, m.token, 16);
    memcpy(bytes + 16, m.data, 18);
    b[0] = (SecBuffer){ 34, SECBUFFER_STREAM, bytes };
    b[1] = (SecBuffer){ 0, SECBUFFER_DATA, NULL };
    d.cBuffers = 1;
    assert_int_equal(fake.user->UnsealMessage(SERVER, &d, 0, NULL), SEC_E_INVALID_TOKEN);
    d.cBuffers = 2;
    b[0].cbBuffer = 15;
    assert_int_equal(fake.user->UnsealMessage(SERVER, &d, 0, NULL), SEC_E_INVALID_TOKEN);
    b[0].cbBuffer = 34;
    assert_int_equal(fake.user->UnsealMessage(SERVER, &d, 0, NULL), STATUS_SUCCESS);
    assert_ptr_equal(b[1].pvBuffer, bytes + 16);
    assert_int_equal(b[1].cbBuffer, 18);
    user_assert_row(bytes + 16, "common.Plaintext.utf16le");
    user_pair_delete();
}

static void
empty_messages_are_protected(void **state)
{
    struct user_message m;

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    user_message_init(&m);
    m.buffers[1].cbBuffer = 0;
    m.buffers[1].pvBuffer = NULL;
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 0), STATUS_SUCCESS);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &m.desc, 0, NULL), STATUS_SUCCESS);
    user_pair_delete();
}

/* ---- contexts ------------------------------------------------------------------------ */

static void
unknown_contexts_are_harmless(void **state)
{
    struct user_message m;
    SecPkgContext_Sizes sizes;
    HANDLE token;

    (void)state;
    user_message_init(&m);
    assert_int_equal(fake.user->MakeSignature(55, 0, &m.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.user->VerifySignature(55, &m.desc, 0, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.user->SealMessage(55, 0, &m.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.user->UnsealMessage(55, &m.desc, 0, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.user->GetContextToken(55, &token), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.user->QueryContextAttributes(55, SECPKG_ATTR_SIZES, &sizes),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.user->DeleteUserModeContext(55), SEC_E_INVALID_HANDLE);
}

static void
malformed_context_data_is_refused(void **state)
{
    uint8_t key[16] = { 0 }, bytes[512];
    struct wr w = wr_init(bytes, sizeof(bytes));
    struct ntlm_context_data d = { .role = NTLM_ROLE_ACCEPTOR,
                                   .account = view_of(u"DOM\\user", 16) };
    SecBuffer packed = { 0, SECBUFFER_TOKEN, bytes };

    (void)state;
    ntlm_context_data_build(&w, &d);
    for (size_t n = 0; n < w.len; n++) {
        packed.cbBuffer = (ULONG)n;
        assert_int_equal(fake.user->InitUserModeContext(SERVER, &packed), SEC_E_INVALID_TOKEN);
    }
    packed.cbBuffer = (ULONG)w.len + 1;
    assert_int_equal(fake.user->InitUserModeContext(SERVER, &packed), SEC_E_INVALID_TOKEN);
    packed.cbBuffer = (ULONG)w.len;
    /* magic, format, role, reserved, odd and huge lengths */
    static const size_t places[] = { 0, 4, 8, 9, 60, 63, 80 };
    for (size_t i = 0; i < UNIT_COUNT(places); i++) {
        bytes[places[i]] ^= 0x55;
        assert_int_equal(fake.user->InitUserModeContext(SERVER, &packed), SEC_E_INVALID_TOKEN);
        bytes[places[i]] ^= 0x55;
    }
    assert_int_equal(fake.user->InitUserModeContext(SERVER, NULL), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->InitUserModeContext(0, &packed), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.user->InitUserModeContext(SERVER, &packed), STATUS_SUCCESS);
    /* A second time for the same handle replaces. */
    user_make(SERVER, NTLM_ROLE_INITIATOR, FLAGS_V2, USER_DETECTS_ALL, key);
    assert_int_equal(fake.user->DeleteUserModeContext(SERVER), STATUS_SUCCESS);
    assert_int_equal(fake.user->DeleteUserModeContext(SERVER), SEC_E_INVALID_HANDLE);
}

static void
many_contexts_are_kept_apart(void **state)
{
    enum { MANY = 3000 };
    uint8_t key[16] = { 0 };
    struct user_message m;

    (void)state;
    for (uint32_t i = 1; i <= MANY; i++) {
        memcpy(key, &i, sizeof(i));
        user_make(i << 12, NTLM_ROLE_INITIATOR, FLAGS_V2, USER_DETECTS_ALL, key);
        user_make((i << 12) + 1, NTLM_ROLE_ACCEPTOR, FLAGS_V2, USER_DETECTS_ALL, key);
    }
    for (uint32_t i = 1; i <= MANY; i++) {
        user_message_init(&m);
        assert_int_equal(fake.user->SealMessage(i << 12, 0, &m.desc, 0), STATUS_SUCCESS);
        assert_int_equal(fake.user->UnsealMessage((i << 12) + 1, &m.desc, 0, NULL), 0);
    }
    for (uint32_t i = 1; i <= MANY; i++) {
        assert_int_equal(fake.user->DeleteUserModeContext(i << 12), STATUS_SUCCESS);
        assert_int_equal(fake.user->DeleteUserModeContext((i << 12) + 1), STATUS_SUCCESS);
    }
}

/* ---- threads --------------------------------------------------------------------------- */

#define ROUNDS 2000

static void *
talk(void *arg)
{
    LSA_SEC_HANDLE own = *(LSA_SEC_HANDLE *)arg;
    uintptr_t failures = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct user_message m;

        user_message_init(&m);
        failures += fake.user->SealMessage(own, 0, &m.desc, 0) != 0;
    }
    return (void *)failures;
}

static void *
listen_to_nothing(void *arg)
{
    LSA_SEC_HANDLE own = *(LSA_SEC_HANDLE *)arg;
    uintptr_t failures = 0;

    for (int i = 0; i < ROUNDS; i++) {
        struct user_message m;

        /* Of the right version and number, so that only the key stream can tell. */
        user_message_init(&m);
        m.token[0] = 1;
        failures += fake.user->UnsealMessage(own, &m.desc, 0, NULL) != SEC_E_MESSAGE_ALTERED;
    }
    return (void *)failures;
}

/* One thread seals, another unseals, a third makes and deletes contexts beside them. */
static void
talk_and_listen(void)
{
    LSA_SEC_HANDLE own = CLIENT;
    uint8_t key[16] = { 1 };
    pthread_t a, b;
    void *failed[2];

    assert_int_equal(pthread_create(&a, NULL, talk, &own), 0);
    assert_int_equal(pthread_create(&b, NULL, listen_to_nothing, &own), 0);
    for (uint32_t i = 1; i < 500; i++) {
        user_make(i + 0x5000, NTLM_ROLE_ACCEPTOR, FLAGS_V2, USER_DETECTS_ALL, key);
        assert_int_equal(fake.user->DeleteUserModeContext(i + 0x5000), STATUS_SUCCESS);
    }
    pthread_join(a, &failed[0]);
    pthread_join(b, &failed[1]);
    assert_null(failed[0]);
    assert_null(failed[1]);
}

static void
directions_are_independent(void **state)
{
    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    talk_and_listen();
    user_pair_delete();
}

/* One key stream for both directions: what the second thread undoes must not be the first's. */
static void
a_shared_stream_has_one_user(void **state)
{
    LSA_SEC_HANDLE other = SERVER;
    struct user_message a, b;

    (void)state;
    user_pair_make(FLAGS_V2 & ~FLAG_EXTENDED, USER_DETECTS_ALL);
    talk_and_listen();
    assert_null(talk(&other));
    user_message_init(&a);
    user_message_init(&b);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &a.desc, 0), STATUS_SUCCESS);
    assert_int_equal(fake.user->SealMessage(SERVER, 0, &b.desc, 0), STATUS_SUCCESS);
    assert_memory_equal(a.data, b.data, sizeof(a.data));
    assert_memory_equal(a.token, b.token, sizeof(a.token));
    user_pair_delete();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sealed_messages_match),
        TEST(signatures_match),
        TEST(weak_sealing_matches),
        TEST(mech_list_mics_match),
        TEST(unprotected_contexts_have_dummy_signatures),
        TEST(failed_checks_leave_no_trace),
        TEST(messages_must_be_in_order),
        TEST(bad_buffers_are_refused),
        TEST(pieces_make_one_message),
        TEST(readonly_is_not_signed_without_extended_security),
        TEST(too_many_pieces_are_refused),
        TEST(stream_buffers_are_split),
        TEST(empty_messages_are_protected),
        TEST(unknown_contexts_are_harmless),
        TEST(malformed_context_data_is_refused),
        TEST(many_contexts_are_kept_apart),
        TEST(directions_are_independent),
        TEST(a_shared_stream_has_one_user),
    };

    return cmocka_run_group_tests_name("ntlm.message", tests, NULL, NULL);
}
