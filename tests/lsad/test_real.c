/*
 * The real daemon with the real authority behind it, its sandbox closed: it starts
 * on a store made beforehand, gives each service its session, lists its packages,
 * refuses whom no section allows, reloads and ends cleanly.
 */
#include "harness.h"

#include "ipc/ipc.h"
#include "lsa/account.h"
#include "winerror.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct daemon d;
static char authority[256], own_socket[128];

static void
store_make(const char *dir)
{
    const struct account_store_options options = { .dir = dir, .create = true,
                                                   .lockout_threshold = 10,
                                                   .lockout_window_minutes = 15,
                                                   .lockout_minutes = 15 };
    char error[ACCOUNT_ERROR_MAX] = "";
    struct account_store *s = account_store_open(&options, error);

    if (s == NULL)
        fail_msg("%s", error);
    account_store_close(s);
}

static int
setup(void **state)
{
    char path[160], services[512];

    (void)state;
    daemon_init(&d, "", "");
    snprintf(authority, sizeof authority, "module_dir = %s\n", getenv("LSAD_MODULES"));
    snprintf(own_socket, sizeof own_socket, "%s/run/own.sock", d.dir);
    snprintf(services, sizeof services,
             "[service mine]\nuid = %u\n[service own]\nlisten = %s\n", (unsigned)geteuid(),
             own_socket);
    daemon_configure(&d, authority, services);
    snprintf(path, sizeof path, "%s/state", d.dir);
    store_make(path);
    assert_int_equal(daemon_run(&d, "--check", NULL), 0);
    daemon_start(&d, NULL);
    return 0;
}

static int
teardown(void **state)
{
    int code = daemon_stop(&d, SIGTERM);
    bool left = file_exists(d.socket) || file_exists(own_socket);

    (void)state;
    daemon_wipe(&d);
    return code != 0 || left;
}

/* Sends one request without common fields; false: the connection has ended. */
static bool
asks(int fd, uint16_t id, const void *body, struct ipc_inbox *reply)
{
    const struct ipc_call *call = ipc_call_find(id);
    const struct ipc_call_req common = { .window_base = 0 };
    struct wr w = wr_init_heap(IPC_INLINE_MAX);
    struct ipc_prefix prefix = { .call = id, .id = 1 };
    bool good;

    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common, call->request,
                                       body), 0);
    good = ipc_send(fd, wr_written(&w), DAEMON_WAIT_MS) == 0 &&
           ipc_receive(fd, reply, DAEMON_WAIT_MS) == 1;
    wr_wipe(&w);
    return good;
}

/* Says hello; the status, or 1 where the connection was closed instead. */
static int32_t
says_hello(int fd)
{
    const struct ipc_hello_req request = { .version = IPC_VERSION };
    struct ipc_hello_rep body;
    struct ipc_call_rep common;
    struct ipc_prefix prefix;
    struct ipc_inbox inbox;
    int32_t status = 1;

    ipc_inbox_init(&inbox);
    if (asks(fd, IPC_ID_hello, &request, &inbox)) {
        assert_int_equal(ipc_prefix_parse(inbox.message, &prefix), 0);
        assert_int_equal(ipc_message_parse(inbox.message, &ipc_call_rep_layout, &common,
                                           &ipc_hello_rep_layout, &body), 0);
        status = prefix.status;
        assert_int_equal(body.version, status == 0 ? IPC_VERSION : 0);
        assert_int_equal(body.session.n, status == 0 ? 16 : 0);
    }
    ipc_inbox_wipe(&inbox);
    return status;
}

static void
each_socket_says_hello(void **state)
{
    int shared = client_connect(&d, NULL), own = client_connect(&d, own_socket);

    (void)state;
    assert_int_equal(says_hello(shared), 0);
    assert_int_equal(says_hello(own), 0);
    close(shared);
    close(own);
}

static void
packages_are_listed(void **state)
{
    static const char ntlm_utf16[] = { 'N', 0, 'T', 0, 'L', 0, 'M', 0 };
    const struct ipc_list_packages_req request = { { 0 } };
    struct ipc_list_packages_rep body;
    struct ipc_call_rep common;
    struct ipc_inbox inbox;
    int fd = client_connect(&d, NULL);

    (void)state;
    ipc_inbox_init(&inbox);
    assert_int_equal(says_hello(fd), 0);
    assert_true(asks(fd, IPC_ID_list_packages, &request, &inbox));
    assert_int_equal(ipc_message_parse(inbox.message, &ipc_call_rep_layout, &common,
                                       &ipc_list_packages_rep_layout, &body), 0);
    assert_non_null(memmem(body.packages.p, body.packages.n, ntlm_utf16, sizeof ntlm_utf16));
    ipc_inbox_wipe(&inbox);
    close(fd);
}

static void
calls_before_hello_end_the_connection(void **state)
{
    const struct ipc_list_packages_req request = { { 0 } };
    struct ipc_inbox inbox;
    int fd = client_connect(&d, NULL);

    (void)state;
    ipc_inbox_init(&inbox);
    assert_false(asks(fd, IPC_ID_list_packages, &request, &inbox));
    ipc_inbox_wipe(&inbox);
    close(fd);
}

static void
garbage_ends_only_its_own_connection(void **state)
{
    int good = client_connect(&d, NULL), bad = client_connect(&d, NULL);

    (void)state;
    assert_int_equal(says_hello(good), 0);
    assert_true(client_send_bytes(bad, "garbage", 7));
    assert_true(client_is_closed(bad));
    close(bad);
    bad = client_connect(&d, NULL);
    assert_int_equal(says_hello(bad), 0);
    close(good);
    close(bad);
}

/* D1: a uid that no section names is refused, and the log says which to add. */
static void
other_uids_are_refused(void **state)
{
    int status;
    pid_t child;

    (void)state;
    if (geteuid() != 0)
        skip();
    child = fork();
    if (child == 0) {
        int fd;

        if (setuid(65534) != 0)
            _exit(2);
        fd = ipc_connect(d.socket);
        _exit(fd >= 0 && says_hello(fd) == SEC_E_NOT_OWNER && client_is_closed(fd) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(daemon_logged(&d, "[service"));
}

static void
reload_keeps_sessions(void **state)
{
    const struct ipc_list_packages_req request = { { 0 } };
    struct ipc_inbox inbox;
    int fd = client_connect(&d, NULL);

    (void)state;
    ipc_inbox_init(&inbox);
    assert_int_equal(says_hello(fd), 0);
    kill(d.pid, SIGHUP);
    assert_true(daemon_logged(&d, "event=reload result=ok"));
    assert_true(asks(fd, IPC_ID_list_packages, &request, &inbox));
    ipc_inbox_wipe(&inbox);
    close(fd);
}

/* ---- the first start ---------------------------------------------------- */

static bool
store_has(const struct daemon *own, const char *name, uid_t uid, mode_t mode)
{
    char path[160];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", own->state, name);
    return stat(path, &st) == 0 && st.st_uid == uid && (st.st_mode & 07777) == mode;
}

static void
machine_sid_read(const struct daemon *own, struct sid *out)
{
    const struct account_store_options options = { .dir = own->state };
    char error[ACCOUNT_ERROR_MAX] = "";
    struct account_store *s = account_store_open(&options, error);

    if (s == NULL)
        fail_msg("%s", error);
    *out = *account_store_sid(s);
    account_store_close(s);
}

/* Started as root, folder, key and store belong to the account, and root's key will do later. */
static void
starts_first(const char *user, uid_t uid)
{
    struct sid first, second;
    struct daemon own;
    char text[320], key[160];

    daemon_init(&own, "", "");
    snprintf(text, sizeof text, "%s%s", user, authority);
    daemon_configure(&own, text, "[service all]\nuid = *\n");
    if (geteuid() == 0)
        assert_int_equal(rmdir(own.state), 0);
    daemon_start(&own, NULL);
    assert_true(store_has(&own, "", uid, 0700));
    assert_true(store_has(&own, "store.key", uid, 0400));
    assert_true(store_has(&own, "accounts.db", uid, 0600));
    assert_int_equal(daemon_stop(&own, SIGTERM), 0);
    machine_sid_read(&own, &first);
    snprintf(key, sizeof key, "%s/store.key", own.state);
    if (geteuid() == 0)
        assert_int_equal(chown(key, 0, 0), 0);
    daemon_start(&own, NULL);
    assert_int_equal(daemon_stop(&own, SIGTERM), 0);
    machine_sid_read(&own, &second);
    assert_memory_equal(first.bytes, second.bytes, first.n);
    assert_int_equal(unlink(key), 0);
    assert_int_equal(daemon_run(&own, NULL), 3);
    assert_true(daemon_logged(&own, "store.key is missing"));
    assert_false(file_exists(key));
    daemon_wipe(&own);
}

static void
the_first_start_makes_the_store(void **state)
{
    (void)state;
    starts_first("", geteuid());
    if (geteuid() == 0)
        starts_first("user = nobody\n", 65534);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_socket_says_hello),
        cmocka_unit_test(packages_are_listed),
        cmocka_unit_test(calls_before_hello_end_the_connection),
        cmocka_unit_test(garbage_ends_only_its_own_connection),
        cmocka_unit_test(other_uids_are_refused),
        cmocka_unit_test(reload_keeps_sessions),
        cmocka_unit_test(the_first_start_makes_the_store),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
