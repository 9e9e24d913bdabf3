/*
 * Many threads, and a fork: handshakes in parallel with one credential, messages on one context
 * from two threads, and a child that has nothing of its parent's.
 */
#include "child.h"
#include "app.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 25

static CredHandle client_cred, server_cred;

/* NULL: every round worked. */
static void *
handshakes(void *arg)
{
    unsigned i;

    (void)arg;
    for (i = 0; i < ROUNDS; i++) {
        struct app_pair p;
        uint8_t token[16];
        char data[] = "0123456789abcdef";
        SecBuffer b[2] = { { 16, SECBUFFER_TOKEN, token }, { 16, SECBUFFER_DATA, data } };
        SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

        memset(&p, 0, sizeof(p));
        p.client_cred = client_cred;
        p.server_cred = server_cred;
        app_handshake(&p, ISC_REQ_CONFIDENTIALITY, 0);
        if (p.server_status != SEC_E_OK)
            return (void *)(uintptr_t)(uint32_t)p.server_status;
        if (EncryptMessage(&p.client, 0, &d, 0) != SEC_E_OK
            || DecryptMessage(&p.server, &d, 0, NULL) != SEC_E_OK
            || strcmp(data, "0123456789abcdef") != 0)
            return (void *)1;
        if (DeleteSecurityContext(&p.client) != SEC_E_OK
            || DeleteSecurityContext(&p.server) != SEC_E_OK)
            return (void *)2;
    }
    return NULL;
}

static void
handshakes_in_parallel(void **state)
{
    pthread_t t[THREADS];
    unsigned i;

    (void)state;
    client_cred = app_outbound(u"NTLM", app_user, app_password);
    server_cred = app_inbound(u"NTLM");
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, handshakes, NULL), 0);
    for (i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(t[i], &result);
        assert_null(result);
    }
    assert_int_equal(FreeCredentialsHandle(&client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&server_cred), SEC_E_OK);
}

/* ---- one context, one thread for each direction --------------------------- */

#define MESSAGES 500

struct sealed {
    uint8_t token[16];
    uint8_t data[8];
};

static struct app_pair duplex;
static struct sealed from_client[MESSAGES], from_server[MESSAGES];

static void
desc_of(struct sealed *s, SecBuffer b[2], SecBufferDesc *d)
{
    b[0] = (SecBuffer){ 16, SECBUFFER_TOKEN, s->token };
    b[1] = (SecBuffer){ 8, SECBUFFER_DATA, s->data };
    *d = (SecBufferDesc){ SECBUFFER_VERSION, 2, b };
}

static void *
server_encrypts(void *arg)
{
    uint64_t i;

    (void)arg;
    for (i = 0; i < MESSAGES; i++) {
        SecBuffer b[2];
        SecBufferDesc d;

        memcpy(from_server[i].data, &i, 8);
        desc_of(&from_server[i], b, &d);
        if (EncryptMessage(&duplex.server, 0, &d, 0) != SEC_E_OK)
            return (void *)1;
    }
    return NULL;
}

static void
one_encrypts_while_another_decrypts(void **state)
{
    pthread_t t;
    void *result;
    uint64_t i;

    (void)state;
    duplex = app_connect(ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT, 0);
    for (i = 0; i < MESSAGES; i++) {
        SecBuffer b[2];
        SecBufferDesc d;

        memcpy(from_client[i].data, &i, 8);
        desc_of(&from_client[i], b, &d);
        assert_int_equal(EncryptMessage(&duplex.client, 0, &d, 0), SEC_E_OK);
    }
    assert_int_equal(pthread_create(&t, NULL, server_encrypts, NULL), 0);
    for (i = 0; i < MESSAGES; i++) {
        SecBuffer b[2];
        SecBufferDesc d;

        desc_of(&from_client[i], b, &d);
        assert_int_equal(DecryptMessage(&duplex.server, &d, 0, NULL), SEC_E_OK);
        assert_memory_equal(from_client[i].data, &i, 8);
    }
    pthread_join(t, &result);
    assert_null(result);
    for (i = 0; i < MESSAGES; i++) {
        SecBuffer b[2];
        SecBufferDesc d;

        desc_of(&from_server[i], b, &d);
        assert_int_equal(DecryptMessage(&duplex.client, &d, 0, NULL), SEC_E_OK);
        assert_memory_equal(from_server[i].data, &i, 8);
    }
    app_close(&duplex);
}

/* ---- fork (D3) --------------------------------------------------------- */

static int
in_the_child(struct app_pair *p)
{
    struct sealed s = { { 0 }, { 0 } };
    SecBuffer b[2];
    SecBufferDesc d;
    struct app_pair fresh;

    desc_of(&s, b, &d);
    if (EncryptMessage(&p->client, 0, &d, 0) != SEC_E_INVALID_HANDLE)
        return 1;
    if (DeleteSecurityContext(&p->server) != SEC_E_INVALID_HANDLE)
        return 2;
    if (FreeCredentialsHandle(&p->server_cred) != SEC_E_INVALID_HANDLE)
        return 3;
    fresh = app_connect(ISC_REQ_CONFIDENTIALITY, 0);
    if (EncryptMessage(&fresh.client, 0, &d, 0) != SEC_E_OK)
        return 4;
    if (DecryptMessage(&fresh.server, &d, 0, NULL) != SEC_E_OK)
        return 5;
    app_close(&fresh);
    return 0;
}

static void
a_child_has_nothing_of_its_parents(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_CONFIDENTIALITY, 0);
    struct sealed s = { { 0 }, { 0 } };
    SecBuffer b[2];
    SecBufferDesc d;
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        child_exit(in_the_child(&p));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    desc_of(&s, b, &d);
    assert_int_equal(EncryptMessage(&p.client, 0, &d, 0), SEC_E_OK);
    assert_int_equal(DecryptMessage(&p.server, &d, 0, NULL), SEC_E_OK);
    app_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes_in_parallel),
        cmocka_unit_test(one_encrypts_while_another_decrypts),
        cmocka_unit_test(a_child_has_nothing_of_its_parents),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return result;
}
