/*
 * The user half through SECPKG_USER_FUNCTION_TABLE: MIT's recorded tokens as
 * SecBuffers in Windows's forms, the rules about buffers and qualities of
 * protection, and contexts that travel.
 */
#include "user_pair.h"

#include "packages/kerberos/info.h"

#include "opensspi.h"

#include <pthread.h>

/* ---- MIT's tokens as SecBuffers -------------------------------------------------------- */

struct buffers {
    uint8_t bytes[6][300];
    SecBuffer b[6];
    SecBufferDesc desc;
};

static void
buffers_add(struct buffers *m, ULONG type, struct view v)
{
    ULONG i = m->desc.cBuffers++;

    assert_true(i < UNIT_COUNT(m->b) && v.n <= sizeof(m->bytes[i]));
    if (v.n > 0)
        memcpy(m->bytes[i], v.p, v.n);
    m->b[i] = (SecBuffer){ (ULONG)v.n, type, m->bytes[i] };
    m->desc.ulVersion = SECBUFFER_VERSION;
    m->desc.pBuffers = m->b;
}

static void
buffers_add_row(struct buffers *m, ULONG type, const char *stem, const char *field)
{
    struct view v = row_new(stem, field);

    buffers_add(m, type, v);
    row_free(v);
}

static LSA_SEC_HANDLE
receiver_of(const char *stem)
{
    return strstr(stem, "/i2a.") != NULL ? ACCEPTOR : INITIATOR;
}

static ULONG
qop_of(const char *stem)
{
    return strstr(stem, ".conf1.") != NULL ? 0 : SECQOP_WRAP_NO_ENCRYPT;
}

/* A token in one: STREAM and an empty DATA, in either order. */
static void
check_stream(const char *stem, struct buffers *m)
{
    struct view text = row_plaintext(stem);
    ULONG qop = 77;

    buffers_add(m, SECBUFFER_DATA, view_of(NULL, 0));
    buffers_add_row(m, SECBUFFER_STREAM, stem, ".token");
    assert_int_equal(user->UnsealMessage(receiver_of(stem), &m->desc, 0, &qop), 0);
    assert_int_equal(qop, qop_of(stem));
    assert_true(view_is_equal(view_of(m->b[0].pvBuffer, m->b[0].cbBuffer), text));
}

/* READONLY is no part of the message. */
static void
check_signature(const char *stem, struct buffers *m)
{
    ULONG qop = 77;

    buffers_add(m, SECBUFFER_DATA | SECBUFFER_READONLY, view_of("not signed", 10));
    buffers_add(m, SECBUFFER_DATA, row_plaintext(stem));
    buffers_add_row(m, SECBUFFER_TOKEN, stem, ".token");
    assert_int_equal(user->VerifySignature(receiver_of(stem), &m->desc, 0, &qop), 0);
    assert_int_equal(qop, 0);
}

static void
check_token(const char *stem)
{
    struct buffers m = { .desc = { 0 } };

    if (strstr(stem, ".mic.") != NULL)
        check_signature(stem, &m);
    else
        check_stream(stem, &m);
}

/* Scattered: the signed pieces around the sealed one, TOKEN last. */
static void
check_scattered(const char *stem)
{
    struct buffers m = { .desc = { 0 } };
    struct view plain = row_new(stem, ".plain");
    ULONG qop = 77;

    buffers_add_row(&m, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, stem, ".sign1");
    buffers_add_row(&m, SECBUFFER_DATA, stem, ".data");
    buffers_add_row(&m, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, stem, ".sign2");
    if (row_has(stem, ".padding"))
        buffers_add_row(&m, SECBUFFER_PADDING, stem, ".padding");
    buffers_add_row(&m, SECBUFFER_TOKEN, stem, ".header");
    assert_int_equal(user->UnsealMessage(receiver_of(stem), &m.desc, 0, &qop), 0);
    assert_int_equal(qop, qop_of(stem));
    assert_true(view_is_equal(view_of(m.b[1].pvBuffer, m.b[1].cbBuffer), plain));
    assert_memory_equal(m.b[0].pvBuffer, "AAAA", 4);
    row_free(plain);
}

static void
check_context(const char *stem)
{
    static const char *const directions[] = { "i2a", "a2i" };
    char prefix[128];

    pair_make(stem);
    for (size_t i = 0; i < UNIT_COUNT(directions); i++) {
        (void)snprintf(prefix, sizeof(prefix), "%s/%s.", stem, directions[i]);
        assert_true(vector_each(KRB_ROWS, prefix, ".token", check_token) > 0);
        assert_true(vector_each(KRB_ROWS, prefix, ".header", check_scattered) > 0);
    }
    pair_delete();
}

static void
test_recorded(void **state)
{
    (void)state;
    row_each_context(check_context);
}

/* ---- both ways --------------------------------------------------------------------------- */

static void
message_init(struct buffers *m, ULONG token, ULONG padding)
{
    static const uint8_t room[300];

    *m = (struct buffers){ .desc = { 0 } };
    buffers_add(m, SECBUFFER_TOKEN, view_of(room, token));
    buffers_add(m, SECBUFFER_DATA, view_of("some text", 9));
    buffers_add(m, SECBUFFER_PADDING, view_of(room, padding));
}

/* As applications do: rooms of the sizes that SIZES says, then all into one piece for the wire. */
static void
check_round_trip(const char *stem)
{
    SecPkgContext_Sizes sizes;
    struct buffers m, stream = { .desc = { 0 } };
    bool dce = strstr(stem, "/dce") != NULL;
    size_t n;
    ULONG qop = 77;

    pair_make(stem);
    assert_int_equal(user->QueryContextAttributes(INITIATOR, SECPKG_ATTR_SIZES, &sizes), 0);
    assert_int_equal(sizes.cbMaxToken, KRB_CB_MAX_TOKEN);
    message_init(&m, sizes.cbSecurityTrailer, sizes.cbBlockSize);
    assert_int_equal(user->SealMessage(INITIATOR, 0, &m.desc, 5), STATUS_SUCCESS);
    assert_memory_not_equal(m.b[1].pvBuffer, "some text", 9);
    assert_true(m.b[0].cbBuffer <= sizes.cbSecurityTrailer);
    buffers_add(&stream, SECBUFFER_STREAM, view_of(m.bytes[0], m.b[0].cbBuffer));
    n = m.b[0].cbBuffer;
    for (size_t i = 1; i < 3; i++) {
        memcpy(stream.bytes[0] + n, m.bytes[i], m.b[i].cbBuffer);
        n += m.b[i].cbBuffer;
    }
    stream.b[0].cbBuffer = (ULONG)n;
    buffers_add(&stream, SECBUFFER_DATA, view_of(NULL, 0));
    if (dce) {
        assert_int_equal(user->UnsealMessage(ACCEPTOR, &stream.desc, 0, &qop),
                         SEC_E_INVALID_TOKEN);
        assert_int_equal(user->UnsealMessage(ACCEPTOR, &m.desc, 0, &qop), STATUS_SUCCESS);
        assert_memory_equal(m.b[1].pvBuffer, "some text", 9);
    } else {
        assert_int_equal(user->UnsealMessage(ACCEPTOR, &stream.desc, 0, &qop), STATUS_SUCCESS);
        assert_int_equal(stream.b[1].cbBuffer, 9);
        assert_memory_equal(stream.b[1].pvBuffer, "some text", 9);
    }
    assert_int_equal(qop, 0);
    pair_delete();
}

static void
test_round_trip(void **state)
{
    (void)state;
    row_each_context(check_round_trip);
}

/* What was agreed, and what is asked for. */
static void
test_qualities(void **state)
{
    static const struct {
        uint32_t flags;
        ULONG qop;
        NTSTATUS want;
    } rows[] = {
        { KRB_GSS_CONF | KRB_GSS_INTEG, 0, STATUS_SUCCESS },
        { KRB_GSS_CONF | KRB_GSS_INTEG, SECQOP_WRAP_NO_ENCRYPT, STATUS_SUCCESS },
        { KRB_GSS_INTEG, SECQOP_WRAP_NO_ENCRYPT, STATUS_SUCCESS },
        { KRB_GSS_INTEG, 0, SEC_E_UNSUPPORTED_FUNCTION },
        { 0, 0, SEC_E_QOP_NOT_SUPPORTED },
        { 0, SECQOP_WRAP_NO_ENCRYPT, SEC_E_QOP_NOT_SUPPORTED },
        { KRB_GSS_CONF | KRB_GSS_INTEG, 7, SEC_E_QOP_NOT_SUPPORTED },
    };

    (void)state;
    keys_load(AES256);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct krb_context_data d = context_data(KRB_ROLE_INITIATOR);
        struct buffers m;

        d.gss_flags = rows[i].flags;
        assert_int_equal(context_try(INITIATOR, &d), STATUS_SUCCESS);
        message_init(&m, 60, 0);
        assert_int_equal(user->SealMessage(INITIATOR, rows[i].qop, &m.desc, 0), rows[i].want);
        if (rows[i].want != STATUS_SUCCESS || rows[i].qop != 0)
            assert_memory_equal(m.b[1].pvBuffer, "some text", 9);
        message_init(&m, 28, 0);
        assert_int_equal(user->MakeSignature(INITIATOR, rows[i].qop, &m.desc, 0),
                         rows[i].qop == 0 ? STATUS_SUCCESS : SEC_E_QOP_NOT_SUPPORTED);
        assert_int_equal(user->DeleteUserModeContext(INITIATOR), STATUS_SUCCESS);
    }
}

static void
test_buffers_refused(void **state)
{
    struct buffers m;
    SecBufferDesc none = { SECBUFFER_VERSION, 0, NULL };

    (void)state;
    pair_make(AES256);
    message_init(&m, 59, 0);
    assert_int_equal(user->SealMessage(INITIATOR, 0, &m.desc, 0), SEC_E_BUFFER_TOO_SMALL);
    assert_memory_equal(m.b[1].pvBuffer, "some text", 9);
    m.b[0].cbBuffer = 0;
    assert_int_equal(user->SealMessage(INITIATOR, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(user->UnsealMessage(INITIATOR, &m.desc, 0, NULL), SEC_E_INVALID_TOKEN);
    assert_int_equal(user->VerifySignature(INITIATOR, &m.desc, 0, NULL), SEC_E_INVALID_TOKEN);
    message_init(&m, 60, 0);
    m.b[1].BufferType = SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM;
    assert_int_equal(user->SealMessage(INITIATOR, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    m.b[1].BufferType = SECBUFFER_EMPTY;
    assert_int_equal(user->SealMessage(INITIATOR, 0, &m.desc, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(user->SealMessage(INITIATOR, 0, &none, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(user->SealMessage(INITIATOR, 0, NULL, 0), SEC_E_INVALID_TOKEN);
    message_init(&m, 60, 0);
    assert_int_equal(user->SealMessage(0x4444, 0, &m.desc, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(user->UnsealMessage(0x4444, &m.desc, 0, NULL), SEC_E_INVALID_HANDLE);
    /* None of that used a number: the peer still takes the first. */
    assert_int_equal(user->SealMessage(INITIATOR, 0, &m.desc, 0), STATUS_SUCCESS);
    assert_int_equal(user->UnsealMessage(ACCEPTOR, &m.desc, 0, NULL), STATUS_SUCCESS);
    assert_int_equal(user->UnsealMessage(ACCEPTOR, &m.desc, 0, NULL), SEC_E_OUT_OF_SEQUENCE);
    pair_delete();
}

/* One thread sends while another receives, on one context. */
#define THREAD_MESSAGES 200

static struct buffers sent[THREAD_MESSAGES], received[THREAD_MESSAGES];

static void *
thread_send(void *unused)
{
    for (size_t i = 0; i < THREAD_MESSAGES; i++) {
        message_init(&sent[i], 60, 0);
        if (user->SealMessage(INITIATOR, 0, &sent[i].desc, 0) != STATUS_SUCCESS)
            return &sent[i];
    }
    return unused;
}

static void *
thread_receive(void *unused)
{
    for (size_t i = 0; i < THREAD_MESSAGES; i++) {
        if (user->UnsealMessage(INITIATOR, &received[i].desc, 0, NULL) != STATUS_SUCCESS)
            return &received[i];
    }
    return unused;
}

static void
test_two_threads(void **state)
{
    void *(*const bodies[])(void *) = { thread_send, thread_receive };
    pthread_t threads[UNIT_COUNT(bodies)];
    void *failed;

    (void)state;
    pair_make(AES256);
    for (size_t i = 0; i < THREAD_MESSAGES; i++) {
        message_init(&received[i], 60, 0);
        assert_int_equal(user->SealMessage(ACCEPTOR, 0, &received[i].desc, 0), STATUS_SUCCESS);
    }
    for (size_t i = 0; i < UNIT_COUNT(bodies); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], NULL), 0);
    for (size_t i = 0; i < UNIT_COUNT(bodies); i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    for (size_t i = 0; i < THREAD_MESSAGES; i++)
        assert_int_equal(user->UnsealMessage(ACCEPTOR, &sent[i].desc, 0, NULL), STATUS_SUCCESS);
    pair_delete();
}

/* ---- ContextData -------------------------------------------------------------------------- */

static void
test_context_data_refused(void **state)
{
    struct krb_context_data d, parsed;
    uint8_t bytes[1024];
    struct wr w = wr_init(bytes, sizeof(bytes));

    (void)state;
    keys_load(AES256);
    d = context_data(KRB_ROLE_ACCEPTOR);
    krb_context_data_build(&w, &d);
    for (size_t n = 0; n < w.len; n++) {
        SecBuffer packed = { (ULONG)n, SECBUFFER_TOKEN, bytes };

        assert_int_equal(user->InitUserModeContext(ACCEPTOR, &packed), SEC_E_INVALID_TOKEN);
    }
    assert_int_equal(krb_context_data_parse(view_of(bytes, w.len), &parsed), 0);
    assert_int_equal(parsed.expiry, EXPIRY);
    assert_true(view_is_equal(parsed.server, d.server));
    d.role = 3;
    assert_int_equal(context_try(ACCEPTOR, &d), SEC_E_INVALID_TOKEN);
    d = context_data(KRB_ROLE_ACCEPTOR);
    d.initiator_key.etype = 17;
    assert_int_equal(context_try(ACCEPTOR, &d), SEC_E_INVALID_TOKEN);
    d = context_data(KRB_ROLE_ACCEPTOR);
    d.initiator_key = (struct krb_key){ 0 };
    assert_int_equal(context_try(ACCEPTOR, &d), SEC_E_INVALID_TOKEN);
    d = context_data(KRB_ROLE_ACCEPTOR);
    d.acceptor_key.etype = 1;
    assert_int_equal(context_try(ACCEPTOR, &d), SEC_E_INVALID_TOKEN);
    d = context_data(KRB_ROLE_ACCEPTOR);
    d.target.n--;
    assert_int_equal(context_try(ACCEPTOR, &d), SEC_E_INVALID_TOKEN);
}

/* ---- contexts that travel -------------------------------------------------- */

static LSA_SEC_HANDLE
travel(LSA_SEC_HANDLE from, ULONG flags)
{
    SecBuffer b = { 0, 9, NULL };
    LSA_SEC_HANDLE h = 0;

    assert_int_equal(user->ExportContext(from, flags, &b, NULL), STATUS_SUCCESS);
    assert_int_equal(user->ImportContext(&b, (HANDLE)(uintptr_t)0x55, &h), STATUS_SUCCESS);
    for (ULONG n = 0; n < b.cbBuffer; n++) {
        SecBuffer cut = { n, 0, b.pvBuffer };
        LSA_SEC_HANDLE none = 0;

        assert_int_equal(user->ImportContext(&cut, NULL, &none), SEC_E_INVALID_TOKEN);
    }
    heap_free(b.pvBuffer);
    return h;
}

static NTSTATUS
send_between(LSA_SEC_HANDLE from, LSA_SEC_HANDLE to)
{
    struct buffers m;

    message_init(&m, 90, 1);
    assert_int_equal(user->SealMessage(from, 0, &m.desc, 0), STATUS_SUCCESS);
    if (m.b[2].cbBuffer == 0)
        m.desc.cBuffers--;
    return user->UnsealMessage(to, &m.desc, 0, NULL);
}

static void
check_travel(const char *stem)
{
    LSA_SEC_HANDLE sender, receiver, again;
    HANDLE token = NULL;

    pair_make(stem);
    assert_int_equal(send_between(INITIATOR, ACCEPTOR), STATUS_SUCCESS);
    sender = travel(INITIATOR, 0);
    receiver = travel(ACCEPTOR, 0);
    assert_int_equal(user->GetContextToken(receiver, &token), STATUS_SUCCESS);
    assert_ptr_equal(token, (HANDLE)(uintptr_t)0x55);
    assert_int_equal(send_between(sender, receiver), STATUS_SUCCESS);
    assert_int_equal(send_between(receiver, sender), STATUS_SUCCESS);
    /* The same numbers as the context that stayed has used since. */
    assert_int_equal(send_between(INITIATOR, receiver), SEC_E_OUT_OF_SEQUENCE);
    again = travel(ACCEPTOR, SECPKG_CONTEXT_EXPORT_RESET_NEW);
    assert_int_equal(send_between(INITIATOR, again), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(user->DeleteUserModeContext(sender), SEC_I_NO_LSA_CONTEXT);
    assert_int_equal(user->DeleteUserModeContext(receiver), SEC_I_NO_LSA_CONTEXT);
    assert_int_equal(user->DeleteUserModeContext(again), SEC_I_NO_LSA_CONTEXT);
    pair_delete();
}

static void
test_travel(void **state)
{
    (void)state;
    row_each_context(check_travel);
}

/* One of somebody in all the groups that a token has room for. */
static void
test_travel_with_a_large_pac(void **state)
{
    static uint8_t bytes[60 * 1024];
    struct krb_context_data data;
    SecBuffer b = { 0, 9, NULL };
    LSA_SEC_HANDLE h = 0;
    opensspi_pac pac;

    (void)state;
    memset(bytes, 0x5a, sizeof(bytes));
    keys_load(AES256);
    data = context_data(KRB_ROLE_ACCEPTOR);
    data.pac = view_of(bytes, sizeof(bytes));
    assert_int_equal(context_try(ACCEPTOR, &data), STATUS_SUCCESS);
    assert_int_equal(user->ExportContext(ACCEPTOR, 0, &b, NULL), STATUS_SUCCESS);
    assert_int_equal(user->ImportContext(&b, NULL, &h), STATUS_SUCCESS);
    heap_free(b.pvBuffer);
    assert_int_equal(user->QueryContextAttributes(h, OPENSSPI_ATTR_PAC, &pac), STATUS_SUCCESS);
    assert_int_equal(pac.length, sizeof(bytes));
    assert_memory_equal(pac.data, bytes, sizeof(bytes));
    heap_free(pac.data);
    assert_int_equal(user->DeleteUserModeContext(h), SEC_I_NO_LSA_CONTEXT);
    assert_int_equal(user->DeleteUserModeContext(ACCEPTOR), STATUS_SUCCESS);
    assert_int_equal(heap, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_qualities),
        cmocka_unit_test(test_buffers_refused),
        cmocka_unit_test(test_two_threads),
        cmocka_unit_test(test_context_data_refused),
        cmocka_unit_test(test_travel),
        cmocka_unit_test(test_travel_with_a_large_pac),
    };

    return cmocka_run_group_tests(tests, user_start, NULL);
}
