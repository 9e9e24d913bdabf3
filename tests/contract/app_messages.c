/*
 * Messages of many buffers (Microsoft's page "EncryptMessage (NTLM)", SecBuffer's attribute
 * bits): DATA in several pieces and in any place beside the token, buffers that are signed and
 * not encrypted, empty ones, a megabyte; and two threads, one in each direction.
 */
#include "app.h"

#include <pthread.h>

#define BIG (1u << 20)
#define SEAL (ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT)

enum { HEAD, FIRST, EMPTY, TOKEN, SECOND, TAIL, BUFFERS };

struct many {
    uint8_t *bytes;             /* the two DATA pieces, behind one another */
    char head[8], tail[8];
    uint8_t token[16];
    SecBuffer b[BUFFERS];
    SecBufferDesc d;
};

static void
many_make(struct many *m, uint8_t *bytes, size_t n)
{
    size_t half = n / 3;

    memset(m, 0, sizeof(*m));
    m->bytes = bytes;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    memcpy(m->head, "header..", 8);
    memcpy(m->tail, "trailer.", 8);
    m->b[HEAD] = (SecBuffer){ 8, SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, m->head };
    m->b[FIRST] = (SecBuffer){ (ULONG)half, SECBUFFER_DATA, bytes };
    m->b[EMPTY] = (SecBuffer){ 0, SECBUFFER_DATA, NULL };
    m->b[TOKEN] = (SecBuffer){ 16, SECBUFFER_TOKEN, m->token };
    m->b[SECOND] = (SecBuffer){ (ULONG)(n - half), SECBUFFER_DATA, bytes + half };
    m->b[TAIL] = (SecBuffer){ 8, SECBUFFER_DATA | SECBUFFER_READONLY, m->tail };
    m->d = (SecBufferDesc){ SECBUFFER_VERSION, BUFFERS, m->b };
}

static bool
is_plain(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != (uint8_t)(i * 7 + i / 256))
            return false;
    }
    return true;
}

static void
sealed_whole(struct app_pair *p, uint8_t *bytes, size_t n)
{
    struct many m;

    many_make(&m, bytes, n);
    assert_int_equal(EncryptMessage(&p->client, 0, &m.d, 0), SEC_E_OK);
    assert_memory_equal(m.head, "header..", 8);
    assert_memory_equal(m.tail, "trailer.", 8);
    if (n >= 64)
        assert_false(is_plain(bytes, n));
    assert_int_equal(DecryptMessage(&p->server, &m.d, 0, NULL), SEC_E_OK);
    assert_true(is_plain(bytes, n));
    many_make(&m, bytes, n);
    assert_int_equal(MakeSignature(&p->server, 0, &m.d, 0), SEC_E_OK);
    assert_true(is_plain(bytes, n));
    assert_int_equal(VerifySignature(&p->client, &m.d, 0, NULL), SEC_E_OK);
}

static void
every_size(void **state)
{
    static const size_t sizes[] = { 0, 1, 2, 3, 64, 65535, 65536, BIG };
    struct app_pair p = app_connect(SEAL, 0);
    uint8_t *bytes = malloc(BIG);

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        sealed_whole(&p, bytes, sizes[i]);
    free(bytes);
    app_close(&p);
}

/* What is sealed in one buffer may be opened in several: the order counts, not the cuts. */
static void
cuts_do_not_count(void **state)
{
    struct app_pair p = app_connect(SEAL, 0);
    uint8_t bytes[90], token[16];
    SecBuffer one[2] = { { sizeof(bytes), SECBUFFER_DATA, bytes }, { 16, SECBUFFER_TOKEN, token } };
    SecBuffer three[4] = {
        { 16, SECBUFFER_TOKEN, token }, { 30, SECBUFFER_DATA, bytes },
        { 1, SECBUFFER_DATA, bytes + 30 }, { 59, SECBUFFER_DATA, bytes + 31 },
    };
    SecBufferDesc sent = { SECBUFFER_VERSION, 2, one }, got = { SECBUFFER_VERSION, 4, three };

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    assert_int_equal(EncryptMessage(&p.client, 0, &sent, 0), SEC_E_OK);
    assert_int_equal(DecryptMessage(&p.server, &got, 0, NULL), SEC_E_OK);
    assert_true(is_plain(bytes, sizeof(bytes)));
    app_close(&p);
}

/* Altered where it is not encrypted: the signature is over all of them. */
static void
readonly_buffers_are_signed(void **state)
{
    uint8_t bytes[64];
    struct many m;

    (void)state;
    for (unsigned where = 0; where < 2; where++) {
        struct app_pair p = app_connect(SEAL, 0);

        many_make(&m, bytes, sizeof(bytes));
        assert_int_equal(EncryptMessage(&p.client, 0, &m.d, 0), SEC_E_OK);
        (where == 0 ? m.head : m.tail)[3] ^= 1;
        assert_int_equal(DecryptMessage(&p.server, &m.d, 0, NULL), SEC_E_MESSAGE_ALTERED);
        app_close(&p);
    }
}

static void
token_is_never_readonly(void **state)
{
    struct app_pair p = app_connect(SEAL, 0);
    uint8_t bytes[64];
    struct many m;

    (void)state;
    many_make(&m, bytes, sizeof(bytes));
    m.b[TOKEN].BufferType |= SECBUFFER_READONLY;
    assert_int_equal(EncryptMessage(&p.client, 0, &m.d, 0), SEC_E_INVALID_TOKEN);
    assert_true(is_plain(bytes, sizeof(bytes)));
    m.b[TOKEN].BufferType = SECBUFFER_TOKEN;
    assert_int_equal(EncryptMessage(&p.client, 0, &m.d, 0), SEC_E_OK);
    m.b[TOKEN].BufferType |= SECBUFFER_READONLY;        /* to be read it may be */
    assert_int_equal(DecryptMessage(&p.server, &m.d, 0, NULL), SEC_E_OK);
    app_close(&p);
}

/* ---- two threads ----------------------------------------------------------------------------- */

#define ROUNDS 300

struct inbound {
    CtxtHandle *context;
    struct many *messages;
    SECURITY_STATUS worst;
};

static void *
unseal_all(void *arg)
{
    struct inbound *in = arg;

    for (unsigned i = 0; i < ROUNDS && in->worst == SEC_E_OK; i++)
        in->worst = DecryptMessage(in->context, &in->messages[i].d, 0, NULL);
    return NULL;
}

/* One seals on the server's context while another unseals on it what the client had sent. */
static void
one_seals_while_another_unseals(void **state)
{
    static struct many messages[ROUNDS];
    static uint8_t bytes[ROUNDS][96];
    struct app_pair p = app_connect(SEAL, 0);
    struct inbound in = { .context = &p.server, .messages = messages };
    pthread_t thread;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        many_make(&messages[i], bytes[i], sizeof(bytes[i]));
        assert_int_equal(EncryptMessage(&p.client, 0, &messages[i].d, 0), SEC_E_OK);
    }
    assert_int_equal(pthread_create(&thread, NULL, unseal_all, &in), 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint8_t own[96];
        struct many m;

        many_make(&m, own, sizeof(own));
        assert_int_equal(EncryptMessage(&p.server, 0, &m.d, 0), SEC_E_OK);
        assert_int_equal(DecryptMessage(&p.client, &m.d, 0, NULL), SEC_E_OK);
        assert_true(is_plain(own, sizeof(own)));
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(in.worst, SEC_E_OK);
    for (unsigned i = 0; i < ROUNDS; i++)
        assert_true(is_plain(bytes[i], sizeof(bytes[i])));
    app_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size),
        cmocka_unit_test(cuts_do_not_count),
        cmocka_unit_test(readonly_buffers_are_signed),
        cmocka_unit_test(token_is_never_readonly),
        cmocka_unit_test(one_seals_while_another_unseals),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests_name("contract.app.messages", tests, NULL, NULL);
    app_stop();
    return result;
}
