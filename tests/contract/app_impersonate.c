/*
 * Acting for a client with real uids (D18), against the embedded authority and NTLM: as root, what
 * a file server does; and what an ordinary user gets. Servers between the two: app_servers.c.
 */
#include "acting.h"
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <unistd.h>

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
    assert_int_equal(st.st_uid, acting_id);
    assert_int_equal(st.st_gid, acting_id);
    as = self_get();
    assert_int_equal(as.count, 2);
    assert_int_equal(as.groups[0], ACTING_USERS_GROUP);
    assert_int_equal(as.groups[1], acting_group);
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
    assert_int_equal(chown(in_work("crew"), 0, acting_group), 0);
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
        assert_int_equal(st.st_uid, acting_id);
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
    p.client_cred = app_outbound(u"NTLM", acting_second, app_password);
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
    struct passwd *local = getpwnam(ACTING_LOCAL_USER);

    (void)state;
    assert_non_null(local);
    if (!is_root())
        skip();
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_OK);
    assert_int_equal(made("one").st_uid, acting_id);
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
    assert_int_equal(seen[0].uid, acting_id);
    assert_memory_equal(&seen[1], &before, sizeof(before));
    /* Which is no matter of this thread's. */
    assert_int_equal(self_get().uid, acting_id);
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

    if (self_get().uid != acting_id || !RevertToSelf())
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

/* ---- as an ordinary user ----------------------------------------------------- */

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
        cmocka_unit_test(an_ordinary_user_gets_an_error),
    };
    int result = 0;

    if (argc > 1 && strcmp(argv[1], "--ordinary") == 0)
        result = become_ordinary();
    if (result == 0)
        result = acting_start();
    if (result != 0)
        return result;
    return acting_stop(cmocka_run_group_tests(tests, NULL, NULL));
}
