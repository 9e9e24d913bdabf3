/*
 * The library with the real daemon: what an application sees when the daemon is killed, away and
 * back (D7, D12). No password is asked for twice, none is reported wrong, and what is established
 * goes on.
 */
#include "child.h"
#include "harness.h"

#include "app.h"

#include "lsa/account.h"

#include "opensspi.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCAL_USER "nobody"

static struct daemon d;

/* The account is a local user from now on: he has been one on every Debian. */
static void
account_map(const char *dir)
{
    struct account_store_options options = { .dir = dir };
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = account_store_open(&options, error);
    struct account a;

    assert_non_null(s);
    assert_int_equal(account_find(s, view_of(app_user, 8), &a), 0);
    snprintf(a.local_user, sizeof(a.local_user), "%s", LOCAL_USER);
    assert_int_equal(account_update(s, &a), 0);
    account_store_close(s);
}

static void
serve(void)
{
    char authority[512], services[128], value[160], path[160];

    daemon_init(&d, "", "");
    snprintf(authority, sizeof(authority), "module_dir = %s\n", getenv("LSAD_MODULES"));
    snprintf(services, sizeof(services),
             "[service mine]\nuid = %u\nmay = accept, initiate, token, admin\n",
             (unsigned)geteuid());
    daemon_configure(&d, authority, services);
    snprintf(path, sizeof(path), "%s/state", d.dir);
    app_account_make(path);
    account_map(path);
    daemon_start(&d, NULL);
    snprintf(value, sizeof(value), "unix:%s", d.socket);
    setenv("OPENSSPI_AUTHORITY", value, 1);
    unsetenv("OPENSSPI_CONFIG");
}

static int
setup(void **state)
{
    (void)state;
    if (d.pid == 0)
        daemon_start(&d, NULL);
    return 0;
}

static SECURITY_STATUS
first_leg(CredHandle *client, CtxtHandle *context, struct app_token *out)
{
    ULONG attributes;

    app_token_empty(out);
    return InitializeSecurityContextW(client, NULL, app_target, ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL,
                                      0, context, &out->desc, &attributes, NULL);
}

static void
assert_talking(struct app_pair *p)
{
    uint8_t token[16];
    char data[] = "still here";
    SecBuffer b[2] = { { 16, SECBUFFER_TOKEN, token }, { 10, SECBUFFER_DATA, data } };
    SecBufferDesc desc = { SECBUFFER_VERSION, 2, b };

    assert_int_equal(EncryptMessage(&p->client, 0, &desc, 0), SEC_E_OK);
    assert_memory_not_equal(data, "still here", 10);
    assert_int_equal(DecryptMessage(&p->server, &desc, 0, NULL), SEC_E_OK);
    assert_memory_equal(data, "still here", 10);
}

static void
it_answers(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_CONFIDENTIALITY, 0);
    char *json;

    (void)state;
    assert_talking(&p);
    app_close(&p);
    assert_int_equal(opensspi_status(&json), SEC_E_OK);
    assert_non_null(strstr(json, "\"mode\":\"lsad\""));
    assert_int_equal(FreeContextBuffer(json), SEC_E_OK);
}

static void
killed_and_back(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_CONFIDENTIALITY, 0), q;
    CtxtHandle half_open, none;
    struct app_token out;
    ULONG attributes;
    HANDLE token;
    SecPkgContext_Sizes sizes;

    (void)state;
    assert_int_equal(first_leg(&p.client_cred, &half_open, &out), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(FreeContextBuffer(out.buffer.pvBuffer), SEC_E_OK);
    assert_int_equal(daemon_stop(&d, SIGKILL), -1);

    /* Away: messages, attributes and tokens go on; handshakes say that nobody is there. */
    assert_talking(&p);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&p.server, &token), SEC_E_OK);
    assert_true(CloseHandle(token));
    assert_int_equal(first_leg(&p.client_cred, &none, &out), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(out.buffer.cbBuffer, 0);

    /* Back: the server's credential serves on, the half-open context does not. */
    daemon_start(&d, NULL);
    app_token_empty(&out);
    assert_int_equal(InitializeSecurityContextW(NULL, &half_open, app_target,
                                                ISC_REQ_ALLOCATE_MEMORY, 0, 0, &out.desc, 0,
                                                &half_open, &out.desc, &attributes, NULL),
                     SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(DeleteSecurityContext(&half_open), SEC_E_OK);
    memset(&q, 0, sizeof(q));
    q.server_cred = p.server_cred;
    q.client_cred = app_outbound(u"NTLM", app_user, app_password);
    app_handshake(&q, ISC_REQ_CONFIDENTIALITY, 0);
    assert_int_equal(q.server_status, SEC_E_OK);
    assert_talking(&q);
    assert_talking(&p);
    assert_int_equal(first_leg(&p.client_cred, &none, &out), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(DeleteSecurityContext(&q.client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&q.server), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&q.client_cred), SEC_E_OK);
    app_close(&p);
}

static uint32_t
uid_of(HANDLE token)
{
    uint8_t room[4096];
    DWORD n;

    assert_true(GetTokenInformation(token, OPENSSPI_TOKEN_LINUX, room, sizeof(room), &n));
    return ((opensspi_token_linux *)(void *)room)->uid;
}

/* Who the client is here was asked in the slow pool, at the first logon; nobody is needed now. */
static void
acting_needs_no_daemon(void **state)
{
    struct passwd *local = getpwnam(LOCAL_USER);
    struct app_pair p = app_connect(0, 0);
    SecPkgContext_NamesW names;
    HANDLE token;
    char path[64];
    struct stat st;
    int fd;

    (void)state;
    assert_non_null(local);
    assert_int_equal(daemon_stop(&d, SIGKILL), -1);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&p.server, &token), SEC_E_OK);
    assert_int_equal(uid_of(token), local->pw_uid);
    assert_true(CloseHandle(token));
    if (geteuid() != 0) {
        assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_NO_IMPERSONATION);
    } else {
        assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
        snprintf(path, sizeof(path), "/tmp/opensspi-acting.%d", (int)getpid());
        fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
        assert_int_equal(RevertSecurityContext(&p.server), SEC_E_OK);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_uid, local->pw_uid);
        close(fd);
        assert_int_equal(unlink(path), 0);
    }
    app_close(&p);
}

static void
names_are_looked_up(void **state)
{
    static const WCHAR account[] = { 'J', 0xf6, 'r', 'g', 0 };
    uint8_t sid[SECURITY_MAX_SID_SIZE];
    DWORD sid_n = sizeof(sid), domain_n = 64, name_n = 64;
    WCHAR name[64], domain[64];
    SID_NAME_USE use;

    (void)state;
    assert_true(LookupAccountNameW(NULL, account, sid, &sid_n, domain, &domain_n, &use));
    assert_int_equal(use, SidTypeUser);
    domain_n = 64;
    assert_true(LookupAccountSidW(NULL, sid, name, &name_n, domain, &domain_n, &use));
    assert_memory_equal(name, account, sizeof(account));
    /* Nobody but the authority knows them. */
    assert_int_equal(daemon_stop(&d, SIGKILL), -1);
    name_n = domain_n = 64;
    assert_false(LookupAccountSidW(NULL, sid, name, &name_n, domain, &domain_n, &use));
    assert_int_equal(GetLastError(), RPC_S_SERVER_UNAVAILABLE);
}

/* Ten runs of the daemon, ten live contexts: no number of an old run is taken for a new one's. */
static void
ten_runs(void **state)
{
    struct app_pair p[10];
    unsigned i;

    (void)state;
    for (i = 0; i < 10; i++) {
        p[i] = app_connect(ISC_REQ_CONFIDENTIALITY, 0);
        assert_int_equal(daemon_stop(&d, SIGKILL), -1);
        daemon_start(&d, NULL);
    }
    for (i = 0; i < 10; i++)
        assert_talking(&p[i]);
    for (i = 0; i < 10; i++)
        app_close(&p[i]);
}

/* Larger than a datagram: it goes in a memfd, and NTLM says no. */
static void
a_huge_token(void **state)
{
    CredHandle cred = app_inbound(u"NTLM");
    size_t n = 1024 * 1024;
    SecBuffer b = { (ULONG)n, SECBUFFER_TOKEN, calloc(1, n) };
    SecBufferDesc desc = { SECBUFFER_VERSION, 1, &b };
    struct app_token out;
    ULONG attributes;
    CtxtHandle h;

    (void)state;
    app_token_empty(&out);
    assert_int_equal(AcceptSecurityContext(&cred, NULL, &desc, ASC_REQ_ALLOCATE_MEMORY, 0, &h,
                                           &out.desc, &attributes, NULL), SEC_E_INVALID_TOKEN);
    free(b.pvBuffer);
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
}

/* A child has a session of its own; the parent's goes on. */
static void
a_child(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_CONFIDENTIALITY, 0);
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        struct app_pair q;

        if (DeleteSecurityContext(&p.client) != SEC_E_INVALID_HANDLE)
            child_exit(1);
        q = app_connect(ISC_REQ_CONFIDENTIALITY, 0);
        assert_talking(&q);
        app_close(&q);
        child_exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_talking(&p);
    app_close(&p);
    p = app_connect(ISC_REQ_CONFIDENTIALITY, 0);
    app_close(&p);
}

/* Another user of this machine, whom no section names. */
static void
a_stranger(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    pid = fork();
    if (pid == 0) {
        CredHandle h;
        char16_t ntlm[] = u"NTLM";
        SECURITY_STATUS s;

        if (setuid(65534) != 0)
            child_exit(1);
        s = AcquireCredentialsHandleW(NULL, ntlm, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &h,
                                      NULL);
        child_exit(s == SEC_E_NOT_OWNER ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_answers, setup),
        cmocka_unit_test_setup(killed_and_back, setup),
        cmocka_unit_test_setup(acting_needs_no_daemon, setup),
        cmocka_unit_test_setup(names_are_looked_up, setup),
        cmocka_unit_test_setup(ten_runs, setup),
        cmocka_unit_test_setup(a_huge_token, setup),
        cmocka_unit_test_setup(a_child, setup),
        cmocka_unit_test_setup(a_stranger, setup),
    };
    int result;

    if (access("/etc/opensspi/opensspi.conf", F_OK) == 0)
        return APP_SKIP;
    serve();
    result = cmocka_run_group_tests(tests, NULL, NULL);
    if (d.pid != 0)
        (void)daemon_stop(&d, SIGTERM);
    daemon_wipe(&d);
    return result;
}
