/*
 * Acting for a client as a server that is not root: with no right to, with capabilities, as the
 * client's own user, in a user namespace. Real uids (D18); each is a child that root makes, with
 * a token by a descriptor.
 */
#include "acting.h"
#include "child.h"

#include "opensspi.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* What the kernel takes from root itself when the file system uid leaves 0: capabilities(7). */
#define FILE_CAPS                                                                                 \
    (1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER      \
     | 1u << CAP_FSETID | 1u << CAP_LINUX_IMMUTABLE | 1u << CAP_MKNOD)

static void
capabilities_set(uint32_t have)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct caps[2] = { { have, have, 0 }, { 0, 0, 0 } };

    if (syscall(SYS_capset, &head, caps) != 0)
        child_exit(1);
}

/* Not root, with these capabilities alone. */
static void
become_server(uint32_t id, uint32_t have)
{
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0
        || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0)
        child_exit(1);
    capabilities_set(have);
}

/* Trusted with its clients' ids, and with files: that must not come along. */
static void
as_server_with_capabilities(void)
{
    struct self before;
    HANDLE token;

    (void)made("secret");
    become_server(65533, 1u << CAP_SETUID | 1u << CAP_SETGID | FILE_CAPS);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    before = self_get();
    close(open(in_work("secret"), O_RDONLY));
    if (!ImpersonateLoggedOnUser(token))
        child_exit(3);
    if (open(in_work("secret"), O_RDONLY) != -1 || made("capable").st_uid != acting_id)
        child_exit(4);
    if ((self_get().caps[0].effective & FILE_CAPS) != 0)
        child_exit(6);
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
 * This thread's, as the capabilities are: setgroups(3) sets all threads' and aborts where one of
 * them may not, such as a sanitizer's own.
 */
static bool
groups_set(const gid_t *groups, size_t count)
{
    return syscall(SYS_setgroups, count, groups) == 0;
}

/* In the client's groups already: what it lacks is his gid, which setfsgid(2) does not say. */
static void
as_server_in_the_clients_groups(void)
{
    gid_t groups[] = { ACTING_USERS_GROUP, acting_group };
    HANDLE token;

    become_server(65533, 1u << CAP_SETUID | 1u << CAP_SETGID);
    if (!groups_set(groups, 2))
        child_exit(1);
    capabilities_set(1u << CAP_SETUID);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    if (ImpersonateLoggedOnUser(token) || self_get().uid != 65533 || self_get().gid != 65533)
        child_exit(3);
}

/* Clients' uids begin where the administrator says, also for a token that root passed on. */
static void
as_server_with_another_min_uid(void)
{
    struct self before = self_get();
    HANDLE token;

    acting_config_write(acting_id + 1);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    if (ImpersonateLoggedOnUser(token) || GetLastError() != ERROR_CANNOT_IMPERSONATE)
        child_exit(3);
    assert_self(&before);
}

static void
as_server_with_the_least_min_uid(void)
{
    HANDLE token;

    acting_config_write(acting_id);
    if (opensspi_token_from_fd(token_fd, &token) != SEC_E_OK)
        child_exit(2);
    if (!ImpersonateLoggedOnUser(token) || self_get().uid != acting_id)
        child_exit(3);
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

    become_server(acting_id, 1u << CAP_SETUID | 1u << CAP_SETGID);
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
    if (!groups_set(&(gid_t){ 1234 }, 1) || !RevertToSelf() || self_get().groups[0] != 1234)
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
    in_child(as_server_in_the_clients_groups);
    in_child(as_server_of_the_clients_uid);
    in_child(as_server_with_the_least_min_uid);
    in_child(as_server_with_another_min_uid);
    assert_int_equal(fchown(token_fd, 1234, 1234), 0);
    in_child(as_server_of_a_small_namespace);
    close(token_fd);
    assert_true(CloseHandle(token));
    app_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_that_are_not_root),
    };
    int result = acting_start();

    if (result != 0)
        return result;
    return acting_stop(cmocka_run_group_tests(tests, NULL, NULL));
}
