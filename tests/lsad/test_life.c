/*
 * The daemon's life as the service manager sees it: notifications in order,
 * passed sockets, reload that keeps the old configuration on error, an end that
 * leaves nothing behind, starts that fail and say why.
 */
#include "harness.h"

#include "ipc/ipc.h"
#include "winerror.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char services[] = "[service all]\nuid = *\n";

static void
notifications_come_in_order(void **state)
{
    struct daemon d;

    (void)state;
    daemon_init(&d, "", services);
    daemon_start(&d, NULL);         /* READY=1 */
    kill(d.pid, SIGHUP);
    assert_memory_equal(daemon_notification(&d, DAEMON_WAIT_MS),
                        "RELOADING=1\nMONOTONIC_USEC=", 27);
    assert_memory_equal(daemon_notification(&d, DAEMON_WAIT_MS), "READY=1", 7);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    assert_memory_equal(daemon_notification(&d, DAEMON_WAIT_MS), "STOPPING=1", 10);
    assert_string_equal(daemon_notification(&d, 0), "");
    daemon_wipe(&d);
}

static void
abstract_notify_socket_works(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char name[64];
    struct daemon d;
    int n;

    (void)state;
    daemon_init(&d, "", services);
    n = snprintf(name, sizeof name, "@lsad-test-%d", (int)getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)n - 1);
    close(d.notify);
    d.notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(d.notify, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)), 0);
    setenv("FAKE_NOTIFY", name, 1);
    daemon_start(&d, NULL);
    unsetenv("FAKE_NOTIFY");
    assert_int_equal(daemon_stop(&d, SIGINT), 0);
    daemon_wipe(&d);
}

static void
the_end_leaves_no_socket(void **state)
{
    char text[256], own[128];
    struct daemon d;
    struct stat st;

    (void)state;
    daemon_init(&d, "", services);
    snprintf(own, sizeof own, "%s/new/own.sock", d.dir);
    snprintf(text, sizeof text, "%s[service own]\nlisten = %s\nlisten_mode = 0640\n",
             services, own);
    daemon_configure(&d, "", text);
    daemon_start(&d, NULL);
    assert_int_equal(stat(d.socket, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0666);
    assert_int_equal(stat(own, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    assert_false(file_exists(d.socket));
    assert_false(file_exists(own));
    daemon_wipe(&d);
}

static void
a_stale_socket_is_replaced_and_a_live_one_is_not(void **state)
{
    struct daemon d, second;
    int fd;

    (void)state;
    daemon_init(&d, "", services);
    daemon_start(&d, NULL);
    second = d;
    assert_int_equal(daemon_run(&second, NULL), 3);
    assert_true(daemon_logged(&d, "lsad.sock: Address already in use"));
    fd = client_connect(&d, NULL);
    assert_string_equal(client_ask(fd, "echo first one serves"), "first one serves");
    close(fd);
    assert_int_equal(daemon_stop(&d, SIGKILL), -1);
    assert_true(file_exists(d.socket));
    daemon_start(&d, NULL);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

static void
reload_takes_a_good_configuration(void **state)
{
    struct daemon d;
    int fd;

    (void)state;
    daemon_init(&d, "", services);
    daemon_start(&d, NULL);
    fd = client_connect(&d, NULL);
    assert_int_equal(client_stat(fd, "reloads"), 0);
    daemon_configure(&d, "max_clients = 7\nworkers = 3\n", services);
    kill(d.pid, SIGHUP);
    assert_true(daemon_logged(&d, "event=reload result=ok"));
    assert_true(daemon_logged(&d, "remedy=restart"));
    assert_int_equal(client_stat(fd, "reloads"), 1);
    close(fd);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

static void
reload_keeps_the_old_configuration_on_error(void **state)
{
    struct daemon d;
    int fd;

    (void)state;
    daemon_init(&d, "", services);
    daemon_start(&d, NULL);
    fd = client_connect(&d, NULL);
    daemon_configure(&d, "max_cleints = 7\n", services);
    kill(d.pid, SIGHUP);
    assert_true(daemon_logged(&d, "kept the old configuration"));
    assert_true(daemon_logged(&d, "opensspi.conf:"));
    assert_true(daemon_logged(&d, "max_clients"));      /* the nearest valid key */
    assert_int_equal(client_stat(fd, "reloads"), 0);
    assert_string_equal(client_ask(fd, "echo still served"), "still served");
    close(fd);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

static void
the_authority_gets_its_tick(void **state)
{
    int64_t start = now_us();
    struct daemon d;
    int fd, ticks;

    (void)state;
    daemon_init(&d, "", services);
    daemon_start(&d, NULL);
    fd = client_connect(&d, NULL);
    sleep_ms(2300);
    ticks = client_stat(fd, "ticks");
    assert_in_range(ticks, 2, (now_us() - start) / 1000000);
    close(fd);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

/* ---- passed sockets ------------------------------------------------------ */

static void
passed_sockets_are_used_and_left(void **state)
{
    char elsewhere[128];
    struct daemon d;
    int shared, web;

    (void)state;
    daemon_init(&d, "", "[service all]\nuid = *\n[service web]\nlisten = /nowhere/web.sock\n");
    snprintf(elsewhere, sizeof elsewhere, "%s/run/elsewhere.sock", d.dir);
    daemon_pass(&d, d.socket, SOCK_SEQPACKET);          /* known by its path */
    daemon_pass(&d, elsewhere, SOCK_SEQPACKET);         /* known by its name */
    d.passed_names = "lsad.socket:web";
    daemon_start(&d, NULL);
    shared = client_connect(&d, NULL);
    web = client_connect(&d, elsewhere);
    assert_string_equal(client_ask(shared, "service"), "shared");
    assert_string_equal(client_ask(web, "service"), "web");
    close(shared);
    close(web);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    assert_true(file_exists(d.socket));
    /* The manager's sockets go on: the next start serves who waited meanwhile. */
    shared = client_connect(&d, NULL);
    client_send(shared, "service");
    daemon_start(&d, NULL);
    assert_string_equal(client_receive(shared, &(int32_t){ 0 }), "shared");
    close(shared);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

static void
passed_socket_is_refused(int type, const char *file, const char *name, const char *why)
{
    char path[160];
    struct daemon d;

    daemon_init(&d, "", "[service all]\nuid = *\n[service shared]\nlisten = /nowhere/s.sock\n");
    snprintf(path, sizeof path, "%s/run/%s", d.dir, file);
    daemon_pass(&d, path, type);
    d.passed_names = name;
    assert_int_equal(daemon_run(&d, NULL), 3);
    assert_true(daemon_logged(&d, why));
    daemon_wipe(&d);
}

static void
passed_sockets_of_no_service_stop_the_start(void **state)
{
    (void)state;
    passed_socket_is_refused(SOCK_SEQPACKET, "x.sock", "nobody", "neither its path");
    /* The name of the shared socket's unit, though a service is called that. */
    passed_socket_is_refused(SOCK_SEQPACKET, "x.sock", "shared", "neither its path");
    passed_socket_is_refused(SOCK_STREAM, "lsad.sock", "lsad.socket", "ListenSequentialPacket");
}

static void
a_number_of_sockets_that_cannot_be_stops_the_start(void **state)
{
    static const char *const numbers[] = { "257", "-1", "two", "" };
    struct daemon d;

    (void)state;
    daemon_init(&d, "", services);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        d.passed_number = numbers[i];
        assert_int_equal(daemon_run(&d, NULL), 3);
    }
    assert_true(daemon_logged(&d, "LISTEN_FDS"));
    daemon_wipe(&d);
}

/* ---- an end under load -------------------------------------------------- */

/* Connects as fast as it can until it is killed. */
static pid_t
storm_start(const struct daemon *d)
{
    pid_t child = fork();

    while (child == 0) {
        int fd = ipc_connect(d->socket);

        if (fd >= 0)
            close(fd);
    }
    return child;
}

static void
clients_that_come_do_not_disturb_the_end(void **state)
{
    int rounds = getenv("LSAD_QUICK") != NULL ? 3 : 40;
    pid_t storm[4];
    struct daemon d;

    (void)state;
    daemon_init(&d, "workers = 8\n", services);
    for (int i = 0; i < 4; i++)
        storm[i] = storm_start(&d);
    for (int i = 0; i < rounds; i++) {
        daemon_start(&d, NULL);
        sleep_ms(10);
        assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    }
    for (int i = 0; i < 4; i++) {
        kill(storm[i], SIGKILL);
        waitpid(storm[i], NULL, 0);
    }
    daemon_wipe(&d);
}

/* A folder for the sockets is made so that clients get in, whatever the umask. */
static void
the_folder_of_the_sockets_is_open_to_all(void **state)
{
    char folder[128];
    struct daemon d;
    struct stat st;
    mode_t old;

    (void)state;
    daemon_init(&d, "", services);
    snprintf(folder, sizeof folder, "%s/run", d.dir);
    assert_int_equal(rmdir(folder), 0);
    old = umask(0077);
    daemon_start(&d, NULL);
    umask(old);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

static void
keeping_root_is_logged(void **state)
{
    struct daemon d;

    (void)state;
    if (geteuid() != 0)
        skip();
    daemon_init(&d, "user = root\n", services);
    daemon_start(&d, NULL);
    assert_true(daemon_logged(&d, "privileges=kept"));
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

/* ---- starts that fail ------------------------------------------------------ */

static void
a_bad_start_says_why(void **state)
{
    struct daemon d;

    (void)state;
    daemon_init(&d, "", services);
    setenv("FAKE_FAIL", "the store is sealed with another key", 1);
    assert_int_equal(daemon_run(&d, NULL), 3);
    unsetenv("FAKE_FAIL");
    assert_true(daemon_logged(&d, "sealed with another key"));
    assert_false(file_exists(d.socket));

    daemon_configure(&d, "bogus = 1\n", services);
    assert_int_equal(daemon_run(&d, NULL), 1);
    assert_true(daemon_logged(&d, "opensspi.conf:"));
    daemon_wipe(&d);
}

static void
a_missing_account_stops_root(void **state)
{
    struct daemon d;

    (void)state;
    if (geteuid() != 0)
        skip();
    daemon_init(&d, "user = no-such-account\n", services);
    assert_int_equal(daemon_run(&d, NULL), 3);
    assert_true(daemon_logged(&d, "no-such-account"));
    daemon_wipe(&d);
}

static void
refused_clients_are_logged(void **state)
{
    static const uint8_t hello[IPC_PREFIX] = { 0x4f, 0x53, 0x50, 0x31, IPC_ID_hello, 0, 0, 0, 9 };
    int32_t status = 0;
    struct daemon d;
    char pid[16];
    int fd;

    (void)state;
    daemon_init(&d, "", services);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("FAKE_DENY_PID", pid, 1);
    daemon_start(&d, NULL);
    unsetenv("FAKE_DENY_PID");
    fd = client_connect(&d, NULL);
    assert_true(client_send_bytes(fd, hello, sizeof hello));
    assert_non_null(client_receive(fd, &status));
    assert_int_equal(status, SEC_E_NOT_OWNER);
    assert_true(client_is_closed(fd));
    close(fd);
    fd = client_connect(&d, NULL);
    client_send(fd, "echo no hello");
    assert_null(client_receive(fd, &status));
    assert_true(daemon_logged(&d, "event=client_refused"));
    close(fd);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notifications_come_in_order),
        cmocka_unit_test(abstract_notify_socket_works),
        cmocka_unit_test(the_end_leaves_no_socket),
        cmocka_unit_test(a_stale_socket_is_replaced_and_a_live_one_is_not),
        cmocka_unit_test(reload_takes_a_good_configuration),
        cmocka_unit_test(reload_keeps_the_old_configuration_on_error),
        cmocka_unit_test(the_authority_gets_its_tick),
        cmocka_unit_test(passed_sockets_are_used_and_left),
        cmocka_unit_test(passed_sockets_of_no_service_stop_the_start),
        cmocka_unit_test(a_number_of_sockets_that_cannot_be_stops_the_start),
        cmocka_unit_test(clients_that_come_do_not_disturb_the_end),
        cmocka_unit_test(the_folder_of_the_sockets_is_open_to_all),
        cmocka_unit_test(keeping_root_is_logged),
        cmocka_unit_test(a_bad_start_says_why),
        cmocka_unit_test(a_missing_account_stops_root),
        cmocka_unit_test(refused_clients_are_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
