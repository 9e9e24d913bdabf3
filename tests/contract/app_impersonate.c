/*
 * Acting for a client with real uids (D18), against the embedded authority and NTLM: as root, what
 * a file server does; and what an ordinary user gets.
 */
#include "child.h"
#include "app.h"

#include "lsa/account.h"

#include "opensspi.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* By the configured range: 200000 and the RID. */
#define RANGE_FIRST 200000u
#define USERS_GROUP 200513u         /* Domain Users */
static uint32_t client_id, client_group;    /* of the account, and of a group that it is in */
#define LOCAL_USER "nobody"         /* the second account's local user */

static char dir[64], work[80];
static char16_t second[] = u"karla";

static void
config_write(void)
{
    char path[96];
    FILE *f;

    snprintf(path, sizeof(path), "%s/opensspi.conf", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[authority]\nmode = embedded\n[store]\nstate_dir = %s\nidmap_first = 200000\n",
            dir);
    assert_int_equal(fclose(f), 0);
    setenv("OPENSSPI_CONFIG", path, 1);
    unsetenv("OPENSSPI_AUTHORITY");
}

/* A second account, and a group of the first. */
static void
accounts_add(void)
{
    struct account_store_options options = { .dir = dir };
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = account_store_open(&options, error);
    struct account a = { .expires = INT64_MAX, .name_units = 5, .local_user = LOCAL_USER };
    struct account first;
    uint32_t group, rid;

    assert_non_null(s);
    assert_int_equal(account_group_add(s, view_of(u"crew", 8), &group), 0);
    client_group = RANGE_FIRST + group;
    assert_int_equal(account_find(s, view_of(app_user, 8), &first), 0);
    client_id = RANGE_FIRST + first.rid;
    assert_int_equal(account_group_member(s, group, first.rid, true), 0);
    memcpy(a.name, second, 10);
    assert_int_equal(account_add(s, &a, &rid), 0);
    assert_int_equal(account_set_password(s, view_of(second, 10), view_of(app_password, 16), 1),
                     0);
    account_store_close(s);
}

static bool
is_root(void)
{
    return geteuid() == 0;
}

/*
 * The same as an ordinary user: --ordinary, which ends with APP_SKIP where such a user cannot
 * read the build.
 */
static int
become_ordinary(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (is_root()
        && (setgroups(0, NULL) != 0 || setresgid(65533, 65533, 65533) != 0
            || setresuid(65533, 65533, 65533) != 0))
        return 1;
    path[n > 0 ? n : 0] = '\0';
    return access(path, R_OK) == 0 ? 0 : APP_SKIP;
}

static int
start(void)
{
    if (access("/etc/opensspi/opensspi.conf", F_OK) == 0)
        return APP_SKIP;
    snprintf(dir, sizeof(dir), "/tmp/opensspi-app-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return 1;
    app_account_make(dir);
    accounts_add();
    config_write();
    snprintf(work, sizeof(work), "%s.work", dir);
    return mkdir(work, 0700) == 0 && chmod(work, 0777) == 0 ? 0 : 1;
}

static char *
in_work(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", work, name);
    return path;
}

/* Makes a file as whoever the thread is, and says whose it is. */
static struct stat
made(const char *name)
{
    struct stat st;
    int fd;

    (void)unlink(in_work(name));
    fd = open(in_work(name), O_CREAT | O_EXCL | O_RDWR, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    return st;
}

struct self {
    uid_t uid;
    gid_t gid;
    int count;
    gid_t groups[256];
    struct __user_cap_data_struct caps[2];
};

static struct self
self_get(void)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct self s;

    memset(&s, 0, sizeof(s));
    s.uid = (uid_t)setfsuid((uid_t)-1);
    s.gid = (gid_t)setfsgid((gid_t)-1);
    s.count = getgroups(256, s.groups);
    assert_int_equal(syscall(SYS_capget, &head, s.caps), 0);
    return s;
}

static void
assert_self(const struct self *before)
{
    struct self now = self_get();

    assert_memory_equal(&now, before, sizeof(now));
}

/* Runs fn in a child; it ends with 0. */
static void
in_child(void (*fn)(void))
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        fn();
        child_exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* ---- as root ---------------------------------------------------------------- */

static void
a_file_made_for_a_client_is_his(void **state)
{
    struct app_pair p = app_connect(0, 0);
    struct self before = self_get(), as;
    struct stat st;
    int fd;

    (void)state;
    if (!is_root())
        skip();
    st = made("secret");
    assert_int_equal(st.st_uid, 0);
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
    st = made("his");
    assert_int_equal(st.st_uid, client_id);
    assert_int_equal(st.st_gid, client_id);
    as = self_get();
    assert_int_equal(as.count, 2);
    assert_int_equal(as.groups[0], USERS_GROUP);
    assert_int_equal(as.groups[1], client_group);
    /* What root may read he may not. */
    assert_int_equal(open(in_work("secret"), O_RDONLY), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(chown(in_work("his"), 0, 0), -1);
    assert_int_equal(RevertSecurityContext(&p.server), SEC_E_OK);
    assert_self(&before);
    fd = open(in_work("secret"), O_RDONLY);
    assert_true(fd >= 0);
    close(fd);
    app_close(&p);
}

/* The first leg of a context with nobody's help but the credential's. */
static SECURITY_STATUS
initiated(CredHandle *credential, ULONG requirements)
{
    char16_t target[] = u"HOST/localhost";
    SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc outs = { SECBUFFER_VERSION, 1, &out };
    ULONG attributes;
    CtxtHandle context;
    SECURITY_STATUS st = InitializeSecurityContextW(
        credential, NULL, target, requirements | ISC_REQ_ALLOCATE_MEMORY, 0,
        SECURITY_NATIVE_DREP, NULL, 0, &context, &outs, &attributes, NULL);

    if (st >= 0) {
        assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_OK);
        assert_int_equal(DeleteSecurityContext(&context), SEC_E_OK);
    }
    return st;
}

/*
 * The default credential of a thread that acts for a client is the client's. His NTLM logon has
 * left no secret here, so it initiates for nobody; and not for the server either.
 */
static void
the_default_credential_is_his(void **state)
{
    struct app_pair p = app_connect(0, 0);
    char16_t package[] = u"NTLM";
    SecPkgCredentials_NamesW names;
    CredHandle his, chosen;
    TimeStamp expiry;

    (void)state;
    if (!is_root())
        skip();
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, package, SECPKG_CRED_OUTBOUND, NULL, NULL,
                                               NULL, NULL, &his, &expiry), SEC_E_OK);
    assert_int_equal(initiated(&his, 0), SEC_E_NO_CREDENTIALS);
    assert_int_equal(QueryCredentialsAttributesW(&his, SECPKG_CRED_ATTR_NAMES, &names),
                     SEC_E_NO_CREDENTIALS);
    /* With what the caller chose it needs nobody's logon. */
    chosen = app_outbound(package, app_user, app_password);
    assert_int_equal(initiated(&chosen, 0), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(RevertSecurityContext(&p.server), SEC_E_OK);
    /* It stays his. */
    assert_int_equal(initiated(&his, 0), SEC_E_NO_CREDENTIALS);
    assert_int_equal(FreeCredentialsHandle(&his), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&chosen), SEC_E_OK);
    app_close(&p);
}

/* What a group may read he may, and only while the server acts for him. */
static void
his_groups_come_along(void **state)
{
    struct app_pair p = app_connect(0, 0);
    int fd;

    (void)state;
    if (!is_root())
        skip();
    (void)made("crew");
    assert_int_equal(chown(in_work("crew"), 0, client_group), 0);
    assert_int_equal(chmod(in_work("crew"), 0640), 0);
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
    fd = open(in_work("crew"), O_RDONLY);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(open(in_work("crew"), O_RDWR), -1);
    assert_true(RevertToSelf());
    app_close(&p);
}

/* PostgreSQL's order: credential freed, context deleted, and then the token is used. */
static void
the_token_outlives_everything(void **state)
{
    struct app_pair p = app_connect(0, 0);
    struct self before = self_get();
    HANDLE token, copy;
    struct stat st;

    (void)state;
    assert_int_equal(QuerySecurityContextToken(&p.server, &token), SEC_E_OK);
    app_close(&p);
    assert_true(DuplicateToken(token, SecurityImpersonation, &copy));
    assert_true(CloseHandle(token));
    if (!is_root()) {
        assert_false(ImpersonateLoggedOnUser(copy));
        assert_int_equal(GetLastError(), ERROR_CANNOT_IMPERSONATE);
    } else {
        assert_true(ImpersonateLoggedOnUser(copy));
        assert_true(CloseHandle(copy));
        copy = NULL;
        st = made("late");
        assert_int_equal(st.st_uid, client_id);
    }
    assert_true(copy == NULL || CloseHandle(copy));
    assert_true(RevertToSelf());
    assert_self(&before);
}

static void
identify_is_not_enough(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY);
    struct self before = self_get();

    (void)state;
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_NO_IMPERSONATION);
    assert_self(&before);
    app_close(&p);
}

static struct app_pair
connect_second(void)
{
    struct app_pair p;

    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(u"NTLM", second, app_password);
    p.server_cred = app_inbound(u"NTLM");
    app_handshake(&p, 0, 0);
    assert_int_equal(p.server_status, SEC_E_OK);
    return p;
}

/* The second account is a local user; and one client after the other needs no return between. */
static void
one_client_after_the_other(void **state)
{
    struct app_pair p = app_connect(0, 0), q = connect_second();
    struct self before = self_get();
    struct passwd *local = getpwnam(LOCAL_USER);

    (void)state;
    assert_non_null(local);
    if (!is_root())
        skip();
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
    assert_int_equal(made("one").st_uid, client_id);
    assert_int_equal(ImpersonateSecurityContext(&q.server), SEC_E_OK);
    assert_int_equal(made("two").st_uid, local->pw_uid);
    /* The library's own work goes on: a whole handshake, for which the store is opened. */
    app_close(&p);
    p = app_connect(0, 0);
    assert_int_equal(made("three").st_uid, local->pw_uid);
    assert_true(RevertToSelf());
    assert_self(&before);
    app_close(&p);
    app_close(&q);
}

static void *
look(void *arg)
{
    *(struct self *)arg = self_get();
    return NULL;
}

static HANDLE acting_token;         /* what such a thread acts by first; NULL: it does not */

static void *
look_and_revert(void *arg)
{
    struct self *s = arg;

    s[0] = self_get();
    if ((acting_token == NULL || ImpersonateLoggedOnUser(acting_token)) && RevertToSelf())
        s[1] = self_get();
    return NULL;
}

static void
in_thread(void *(*fn)(void *), void *arg)
{
    pthread_t t;

    assert_int_equal(pthread_create(&t, NULL, fn, arg), 0);
    assert_int_equal(pthread_join(t, NULL), 0);
}

/* The kernel gives a new thread what its creator is: it begins as the client, and may revert. */
static void
a_thread_begins_as_its_creator(void **state)
{
    struct app_pair p = app_connect(0, 0);
    struct self before = self_get(), seen[2];

    (void)state;
    if (!is_root())
        skip();
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
    memset(seen, 0, sizeof(seen));
    in_thread(look_and_revert, seen);
    assert_int_equal(seen[0].uid, client_id);
    assert_memory_equal(&seen[1], &before, sizeof(before));
    /* Which is no matter of this thread's. */
    assert_int_equal(self_get().uid, client_id);
    assert_true(RevertToSelf());
    in_thread(look, seen);
    assert_memory_equal(&seen[0], &before, sizeof(before));
    app_close(&p);
}

static struct app_pair shared;

static void *
act_and_end(void *arg)
{
    *(SECURITY_STATUS *)arg = ImpersonateSecurityContext(&shared.server);
    return NULL;
}

static void
a_thread_acts_alone(void **state)
{
    struct self before = self_get();
    SECURITY_STATUS st = SEC_E_INTERNAL_ERROR;

    (void)state;
    shared = app_connect(0, 0);
    in_thread(act_and_end, &st);
    assert_int_equal(st, is_root() ? SEC_E_OK : SEC_E_NO_IMPERSONATION);
    assert_self(&before);
    app_close(&shared);
}

static pthread_barrier_t barrier;

/* glibc has every thread set its ids, and aborts where one of them cannot. */
static void *
act_while_another_drops(void *arg)
{
    bool *good = arg;
    struct self s;

    *good = ImpersonateSecurityContext(&shared.server) == SEC_E_OK;
    (void)pthread_barrier_wait(&barrier);
    (void)pthread_barrier_wait(&barrier);
    /* It is the process's new user now, whose rights it has; the client's groups it cannot lose. */
    s = self_get();
    *good = *good && ImpersonateSecurityContext(&shared.server) == SEC_E_NO_IMPERSONATION;
    *good = *good && s.uid == 65534 && !RevertToSelf() && GetLastError() == ERROR_CAN_NOT_COMPLETE;
    *good = *good && open(in_work("secret"), O_RDONLY) == -1;
    return NULL;
}

static void
drop_while_another_acts(void)
{
    pthread_t t;
    bool good = false;

    shared = app_connect(0, 0);
    (void)made("secret");
    pthread_barrier_init(&barrier, NULL, 2);
    if (pthread_create(&t, NULL, act_while_another_drops, &good) != 0)
        child_exit(1);
    (void)pthread_barrier_wait(&barrier);
    if (setgid(65534) != 0 || setuid(65534) != 0)
        child_exit(2);
    (void)pthread_barrier_wait(&barrier);
    (void)pthread_join(t, NULL);
    child_exit(good ? 0 : 3);
}

static void
setuid_in_another_thread(void **state)
{
    (void)state;
    if (!is_root())
        skip();
    in_child(drop_while_another_acts);
}

static struct self first_self;

static void
child_reverts(void)
{
    struct self now;

    if (self_get().uid != client_id || !RevertToSelf())
        child_exit(1);
    now = self_get();
    if (memcmp(&now, &first_self, sizeof(now)) != 0)
        child_exit(2);
}

static void
a_fork_acts_on_and_may_revert(void **state)
{
    struct app_pair p = app_connect(0, 0);

    (void)state;
    if (!is_root())
        skip();
    first_self = self_get();
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
    in_child(child_reverts);
    assert_true(RevertToSelf());
    app_close(&p);
}

/* ---- other servers ------------------------------------------------------------ */

static int token_fd;

/* A token that root's process made, in the hands of a process that may do nothing. */
static void
as_ordinary_user(void)
{
    struct self before;
    HANDLE token;

    if (setgroups(0, NULL) != 0 || setresgid(65533, 65533, 65533) != 0
        || setresuid(65533, 65533, 65533) != 0)
        child_exit(1);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    before = self_get();
    if (ImpersonateLoggedOnUser(token) || GetLastError() != ERROR_CANNOT_IMPERSONATE)
        child_exit(3);
    assert_self(&before);
    if (made("ordinary").st_uid != 65533 || !RevertToSelf())
        child_exit(4);
}

/* Not root, with these capabilities alone. */
static void
become_server(uint32_t id, uint32_t have)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct caps[2] = { { have, have, 0 }, { 0, 0, 0 } };

    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0
        || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0
        || syscall(SYS_capset, &head, caps) != 0)
        child_exit(1);
}

/* Trusted with its clients' ids, and with files: that must not come along. */
static void
as_server_with_capabilities(void)
{
    struct self before;
    HANDLE token;

    (void)made("secret");
    become_server(65533, 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_DAC_OVERRIDE);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    before = self_get();
    close(open(in_work("secret"), O_RDONLY));
    if (!ImpersonateLoggedOnUser(token))
        child_exit(3);
    if (open(in_work("secret"), O_RDONLY) != -1 || made("capable").st_uid != client_id)
        child_exit(4);
    if (!RevertToSelf() || open(in_work("secret"), O_RDONLY) < 0)
        child_exit(5);
    assert_self(&before);
}

static void
as_server_with_one_capability(uint32_t which)
{
    struct self before;
    HANDLE token;

    become_server(65533, 1u << which);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    before = self_get();
    if (ImpersonateLoggedOnUser(token) || GetLastError() != ERROR_CANNOT_IMPERSONATE)
        child_exit(3);
    assert_self(&before);
    if (made("half").st_uid != 65533 || made("half").st_gid != 65533 || !RevertToSelf())
        child_exit(4);
}

/* It takes the groups, and then setfsuid(2) does nothing and does not say so. */
static void
as_server_with_groups_only(void)
{
    as_server_with_one_capability(CAP_SETGID);
}

static void
as_server_with_users_only(void)
{
    as_server_with_one_capability(CAP_SETUID);
}

/*
 * A server that runs as one of its clients tells a thread that began as him by the groups alone.
 * Once with a thread that reverts, once with one that acts and reverts.
 */
static void
as_server_of_the_clients_uid(void)
{
    struct self before, seen[2];
    HANDLE token;

    become_server(client_id, 1u << CAP_SETUID | 1u << CAP_SETGID);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    before = self_get();
    for (int i = 0; i < 2; i++) {
        if (!ImpersonateLoggedOnUser(token) || self_get().count != 2)
            child_exit(3);
        acting_token = i == 0 ? NULL : token;
        memset(seen, 0, sizeof(seen));
        in_thread(look_and_revert, seen);
        if (seen[0].count != 2 || memcmp(&seen[1], &before, sizeof(before)) != 0)
            child_exit(4);
        if (!RevertToSelf())
            child_exit(5);
        assert_self(&before);
    }
    acting_token = NULL;
    /* What the process does about its own groups stays. */
    if (setgroups(1, &(gid_t){ 1234 }) != 0 || !RevertToSelf() || self_get().groups[0] != 1234)
        child_exit(6);
}

/* In a namespace that knows one uid, 65534, every other owner looks like that one. */
static void
as_server_of_a_small_namespace(void)
{
    HANDLE token;
    int map;

    if (unshare(CLONE_NEWUSER) != 0)
        child_exit(0);              /* a kernel, or a container, that has none to give */
    map = open("/proc/self/uid_map", O_WRONLY);
    if (write(map, "65534 0 1", 9) != 9 || geteuid() != 65534)
        child_exit(1);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_NOT_OWNER)
        child_exit(2);
}

static void
servers_that_are_not_root(void **state)
{
    struct app_pair p = app_connect(0, 0);
    HANDLE token;

    (void)state;
    if (!is_root())
        skip();
    assert_int_equal(QuerySecurityContextToken(&p.server, &token), SEC_E_OK);
    assert_int_equal(opensspi_token_to_fd(token, &token_fd), SEC_E_OK);
    in_child(as_ordinary_user);
    in_child(as_server_with_capabilities);
    in_child(as_server_with_groups_only);
    in_child(as_server_with_users_only);
    in_child(as_server_of_the_clients_uid);
    assert_int_equal(fchown(token_fd, 1234, 1234), 0);
    in_child(as_server_of_a_small_namespace);
    close(token_fd);
    assert_true(CloseHandle(token));
    app_close(&p);
}

static void
an_ordinary_user_gets_an_error(void **state)
{
    struct app_pair p = app_connect(0, 0);
    struct self before = self_get();

    (void)state;
    if (is_root())
        skip();
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_NO_IMPERSONATION);
    assert_self(&before);
    assert_int_equal(made("mine").st_uid, geteuid());
    app_close(&p);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_made_for_a_client_is_his),
        cmocka_unit_test(the_default_credential_is_his),
        cmocka_unit_test(his_groups_come_along),
        cmocka_unit_test(the_token_outlives_everything),
        cmocka_unit_test(identify_is_not_enough),
        cmocka_unit_test(one_client_after_the_other),
        cmocka_unit_test(a_thread_begins_as_its_creator),
        cmocka_unit_test(a_thread_acts_alone),
        cmocka_unit_test(setuid_in_another_thread),
        cmocka_unit_test(a_fork_acts_on_and_may_revert),
        cmocka_unit_test(servers_that_are_not_root),
        cmocka_unit_test(an_ordinary_user_gets_an_error),
    };
    char command[256];
    int result = 0;

    if (argc > 1 && strcmp(argv[1], "--ordinary") == 0)
        result = become_ordinary();
    if (result == 0)
        result = start();
    if (result != 0)
        return result;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf %s %s", dir, work);
    return system(command) == 0 ? result : 1;
}
