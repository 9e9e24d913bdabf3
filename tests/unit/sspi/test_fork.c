/*
 * fork (D3): in the child every handle is SEC_E_INVALID_HANDLE and the library starts afresh; the
 * parent goes on as if nothing had happened.
 */
#include "child.h"
#include "fake.h"
#include "half.h"

#include "ipc/token.h"
#include "sspi/memory.h"
#include "sspi/thread.h"
#include "sspi/token.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

static CredHandle cred;
static CtxtHandle context;
static void *block;
static HANDLE token;

/* 0, or the number of the first check that failed. */
static int
in_the_child(void)
{
    uint64_t signature;
    SecBuffer b = { 8, SECBUFFER_TOKEN, &signature };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };
    CtxtHandle h = context;
    CredHandle fresh;

    if (MakeSignature(&context, 0, &d, 0) != SEC_E_INVALID_HANDLE)
        return 1;
    if (DeleteSecurityContext(&h) != SEC_E_INVALID_HANDLE)
        return 2;
    if (FreeCredentialsHandle(&cred) != SEC_E_INVALID_HANDLE)
        return 3;
    if (fake_half()->deleted != 0)
        return 4;
    /* Memory is only memory: what the parent was given may be freed here too. */
    if (FreeContextBuffer(block) != SEC_E_OK)
        return 5;
    if (CloseHandle(token))
        return 6;
    fresh = fake_credential(u"NTLM", NULL);
    h = fake_context(&fresh, 0x99);
    if (MakeSignature(&h, 0, &d, 0) != SEC_E_OK || signature != 0x99)
        return 7;
    if (fake_half()->instances != 2)
        return 8;
    if (MakeSignature(&context, 0, &d, 0) != SEC_E_INVALID_HANDLE)
        return 9;
    return 0;
}

static int
wait_for(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static HANDLE
real_token(void)
{
    static const uint8_t system[12] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    struct token_snapshot facts = {
        .token_id = 1, .type = TokenImpersonation, .level = SecurityImpersonation,
        .uid = TOKEN_NO_UID, .gid = TOKEN_NO_UID, .user = view_of(system, sizeof(system)),
        .primary_group = view_of(system, sizeof(system)), .account = view_of(u"u", 2),
        .domain = view_of(u"D", 2),
    };
    uint8_t room[512];
    struct wr w = wr_init(room, sizeof(room));
    struct sspi_token *t;
    HANDLE h;

    token_snapshot_build(&w, &facts, NULL, 0);
    assert_false(w.failed);
    t = sspi_token_new(wr_written(&w));
    assert_non_null(t);
    h = sspi_token_publish(sspi_process_get(), t, false);
    sspi_token_put(t);
    assert_non_null(h);
    return h;
}

/* The number of the thread is kept for the log, and is the child's own in the child. */
static void
a_childs_thread_has_its_own_number(void **state)
{
    pid_t pid;

    (void)state;
    assert_int_equal(sspi_thread_id(sspi_process_get()), gettid());
    pid = fork();
    if (pid == 0)
        child_exit(sspi_thread_id(sspi_process_get()) == (uint32_t)gettid() ? 0 : 1);
    assert_int_equal(wait_for(pid), 0);
}

static void
a_child_starts_afresh(void **state)
{
    uint64_t signature = 0;
    SecBuffer b = { 8, SECBUFFER_TOKEN, &signature };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };
    pid_t pid;

    (void)state;
    cred = fake_credential(u"NTLM", NULL);
    context = fake_context(&cred, 0x11);
    block = sspi_memory_new(32);
    token = real_token();
    pid = fork();
    if (pid == 0)
        child_exit(in_the_child());
    assert_int_equal(wait_for(pid), 0);
    assert_int_equal(MakeSignature(&context, 0, &d, 0), SEC_E_OK);
    assert_int_equal(signature, 0x11);
    assert_int_equal(fake_half()->instances, 1);
    /* It was there to be closed all the time. */
    assert_true(CloseHandle(token));
    assert_int_equal(FreeContextBuffer(block), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&context), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
}

/* The parent's other threads are in the middle of calls, locks held, when it forks. */
static atomic_int stop;

static void *
busy(void *arg)
{
    (void)arg;
    while (!stop) {
        CredHandle c;
        char16_t ntlm[] = u"NTLM";

        if (AcquireCredentialsHandleW(NULL, ntlm, 1, NULL, NULL, NULL, NULL, &c, NULL)
            == SEC_E_OK)
            FreeCredentialsHandle(&c);
    }
    return NULL;
}

static void
locks_of_lost_threads_do_not_matter(void **state)
{
    pthread_t t[3];
    unsigned i;

    (void)state;
#ifdef SANITIZED
    skip();     /* the sanitizers' own allocators keep their locks over a fork */
#endif
    for (i = 0; i < UNIT_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, busy, NULL), 0);
    for (i = 0; i < 30; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            CredHandle c;
            char16_t ntlm[] = u"NTLM";

            alarm(20);
            child_exit(AcquireCredentialsHandleW(NULL, ntlm, 1, NULL, NULL, NULL, NULL, &c, NULL)
                  == SEC_E_OK ? 0 : 1);
        }
        assert_int_equal(wait_for(pid), 0);
    }
    stop = 1;
    for (i = 0; i < UNIT_COUNT(t); i++)
        pthread_join(t[i], NULL);
}

static void
a_grandchild_too(void **state)
{
    pid_t pid;

    (void)state;
    fake_start();
    cred = fake_credential(u"NTLM", NULL);
    pid = fork();
    if (pid == 0) {
        CredHandle in_child = fake_credential(u"NTLM", NULL);
        pid_t inner = fork();
        int status;

        if (inner == 0)
            child_exit(FreeCredentialsHandle(&in_child) == SEC_E_INVALID_HANDLE
                  && FreeCredentialsHandle(&cred) == SEC_E_INVALID_HANDLE ? 0 : 1);
        if (waitpid(inner, &status, 0) != inner || status != 0)
            child_exit(1);
        child_exit(FreeCredentialsHandle(&in_child) == SEC_E_OK ? 0 : 2);
    }
    assert_int_equal(wait_for(pid), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_child_starts_afresh, fake_setup),
        cmocka_unit_test_setup(a_childs_thread_has_its_own_number, fake_setup),
        cmocka_unit_test_setup(locks_of_lost_threads_do_not_matter, fake_setup),
        cmocka_unit_test(a_grandchild_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
