/*
 * Clients, good and bad: many at once, malformed datagrams, one that never reads,
 * one that dies in mid call, limits. After each bad one another client must be
 * served as before.
 */
#include "harness.h"

#include "ipc/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct daemon d;

static const char services[] =
    "[service all]\nuid = *\n[service own]\nlisten = %s/run/own.sock\n";

static int
setup(void **state)
{
    char text[256];

    (void)state;
    daemon_init(&d, "workers = 2\nmax_clients = 4\n", "");
    snprintf(text, sizeof text, services, d.dir);
    daemon_configure(&d, "workers = 2\nmax_clients = 4\n", text);
    daemon_start(&d, NULL);
    return 0;
}

/* Exit code 0 is also valgrind's and the sanitizers' word that nothing leaked. */
static int
teardown(void **state)
{
    int code = daemon_stop(&d, SIGTERM);

    (void)state;
    daemon_wipe(&d);
    return code;
}

static void
is_served(void)
{
    int fd = client_connect(&d, NULL);

    assert_string_equal(client_ask(fd, "echo still here"), "still here");
    close(fd);
}

/* A connection, once no other is left: the daemon may be late to see that one was closed. */
static int
connect_alone(void)
{
    int fd = client_connect(&d, NULL), i;

    for (i = 0; i < 300 && client_stat(fd, "connections") != 1; i++)
        sleep_ms(10);
    assert_int_equal(client_stat(fd, "connections"), 1);
    return fd;
}

static void
is_alone(void)
{
    close(connect_alone());
}

static void
one_call_is_answered(void **state)
{
    int fd = client_connect(&d, NULL);

    (void)state;
    assert_string_equal(client_ask(fd, "echo one"), "one");
    assert_string_equal(client_ask(fd, "echo two"), "two");
    close(fd);
}

static void
the_socket_tells_the_service(void **state)
{
    char path[128];
    int shared = client_connect(&d, NULL), own;

    (void)state;
    snprintf(path, sizeof path, "%s/run/own.sock", d.dir);
    own = client_connect(&d, path);
    assert_string_equal(client_ask(shared, "service"), "shared");
    assert_string_equal(client_ask(own, "service"), "own");
    close(shared);
    close(own);
}

/* ---- many at once -------------------------------------------------------- */

#define THREADS 16

static void *
caller_run(void *arg)
{
    long calls = *(const long *)arg;
    int fd = client_connect(&d, NULL);
    int32_t status;
    long good = 0;

    for (long i = 0; i < calls; i++) {
        char command[64];
        const char *text;

        snprintf(command, sizeof command, "echo %p %ld", (void *)&good, i);
        client_send(fd, command);
        text = client_receive(fd, &status);
        good += text != NULL && strcmp(text, command + 5) == 0;
    }
    close(fd);
    return good == calls ? NULL : (void *)d.dir;
}

static void
many_clients_get_their_own_replies(void **state)
{
    long calls = getenv("LSAD_QUICK") != NULL ? 50 : 2000;
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, caller_run, &calls), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;

        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    is_alone();
}

static void
connections_come_and_go(void **state)
{
    int rounds = getenv("LSAD_QUICK") != NULL ? 50 : 1000;

    (void)state;
    for (int i = 0; i < rounds; i++) {
        int fd = client_connect(&d, NULL);

        if (i % 2 == 0)
            assert_non_null(client_ask(fd, "echo x"));
        close(fd);
    }
    is_alone();
}

static void
large_messages_travel(void **state)
{
    int fd = client_connect(&d, NULL);
    int32_t status;

    (void)state;
    client_send(fd, "big 3000000");
    assert_non_null(client_receive(fd, &status));
    assert_string_equal(client_ask(fd, "echo after"), "after");
    close(fd);
}

/* ---- malformed ----------------------------------------------------------- */

static void
ends_only_itself(const void *p, size_t n)
{
    int good = client_connect(&d, NULL), bad = client_connect(&d, NULL);

    assert_non_null(client_ask(good, "echo before"));
    assert_true(client_send_bytes(bad, p, n));
    assert_true(client_is_closed(bad));
    assert_string_equal(client_ask(good, "echo after"), "after");
    close(good);
    close(bad);
}

static void
malformed_datagrams_end_their_own_connection(void **state)
{
    uint8_t bytes[IPC_PREFIX] = { 0x4f, 0x53, 0x50, 0x31, 15, 0 };
    static uint8_t large[IPC_INLINE_MAX + 1];

    (void)state;
    ends_only_itself("x", 1);
    ends_only_itself("", 1);
    ends_only_itself(bytes, IPC_PREFIX - 1);
    bytes[20] = 200;                    /* length of a body that is not there */
    ends_only_itself(bytes, sizeof bytes);
    bytes[20] = 0;
    bytes[6] = 0xff;                    /* unknown flags */
    ends_only_itself(bytes, sizeof bytes);
    memset(large, 0xff, sizeof large);
    ends_only_itself(large, sizeof large);
    is_alone();
}

static void
sends_descriptor(int what)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    uint8_t bytes[IPC_PREFIX] = { 0x4f, 0x53, 0x50, 0x31, 15, 0, 1, 0 };
    struct iovec iov = { bytes, sizeof bytes };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
                          .msg_controllen = sizeof control };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
    int fd = client_connect(&d, NULL);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &what, sizeof what);
    assert_int_equal(sendmsg(fd, &msg, MSG_NOSIGNAL), sizeof bytes);
    assert_true(client_is_closed(fd));
    close(fd);
}

/* A pipe, a file that can still change, and the daemon's own socket. */
static void
unwanted_descriptors_end_the_connection(void **state)
{
    int pipes[2], memory = memfd_create("test", MFD_CLOEXEC), own = client_connect(&d, NULL);

    (void)state;
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    sends_descriptor(pipes[0]);
    sends_descriptor(memory);
    sends_descriptor(own);
    close(pipes[0]);
    close(pipes[1]);
    close(memory);
    close(own);
    is_alone();
}

static void
refusal_of_the_authority_ends_the_connection(void **state)
{
    int fd = client_connect(&d, NULL);

    (void)state;
    client_send(fd, "close");
    assert_true(client_is_closed(fd));
    close(fd);
    is_served();
}

/* ---- clients that misbehave or die --------------------------------------- */

static void
a_client_that_never_reads_is_closed(void **state)
{
    int deaf = client_connect(&d, NULL);
    int64_t start = now_us();
    bool sent = true;

    (void)state;
    for (int i = 0; i < 2000 && sent; i++) {
        uint8_t bytes[IPC_PREFIX + 9] = { 0x4f, 0x53, 0x50, 0x31, 15, 0 };

        bytes[20] = 9;
        memcpy(bytes + IPC_PREFIX, "big 60000", 9);
        sent = client_send_bytes(deaf, bytes, sizeof bytes);
    }
    assert_true(client_is_closed(deaf));
    assert_true(now_us() - start < 3000000);
    close(deaf);
    is_served();
    is_alone();
}

static void
a_client_killed_in_mid_call_is_forgotten(void **state)
{
    static const char *const commands[] = { "wait 200", "slow 200" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        pid_t child = fork();

        if (child == 0) {
            int fd = ipc_connect(d.socket);

            client_send(fd, commands[i]);
            raise(SIGKILL);
        }
        assert_int_equal(waitpid(child, NULL, 0), child);
        is_served();
    }
    is_alone();
}

static void
a_client_with_a_half_closed_socket_gets_its_reply(void **state)
{
    int fd = client_connect(&d, NULL);
    int32_t status;

    (void)state;
    client_send(fd, "echo last words");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_string_equal(client_receive(fd, &status), "last words");
    assert_true(client_is_closed(fd));
    close(fd);
    is_alone();
}

/* ---- limits --------------------------------------------------------------- */

static const uint8_t echo_x[IPC_PREFIX + 6] = {
    0x4f, 0x53, 0x50, 0x31, 15, 0, [20] = 6, [IPC_PREFIX] = 'e', 'c', 'h', 'o', ' ', 'x',
};

static void user_become(unsigned number);

/*
 * A process of its own that holds a connection, as the user of that number (0: this one). It
 * is connected when this returns.
 */
static pid_t
holder_start_as(int *control, unsigned user)
{
    int pair[2];
    pid_t child;
    char c;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    child = fork();
    if (child == 0) {
        int32_t status;
        int fd;

        close(pair[0]);
        if (user != 0)
            user_become(user);
        fd = ipc_connect(d.socket);
        c = client_send_bytes(fd, echo_x, sizeof echo_x) && client_receive(fd, &status) != NULL;
        (void)!write(pair[1], &c, 1);
        (void)!read(pair[1], &c, 1);
        _exit(0);
    }
    close(pair[1]);
    assert_int_equal(read(pair[0], &c, 1), 1);
    assert_int_equal(c, 1);
    *control = pair[0];
    return child;
}

/* max_clients is 4: this process and three others. */
static void
max_clients_counts_processes(void **state)
{
    int own, control[3], fifth;
    pid_t holders[3], refused;

    (void)state;
    if (geteuid() != 0)
        skip();                         /* another uid has only its share */
    own = connect_alone();
    for (int i = 0; i < 3; i++)
        holders[i] = holder_start_as(&control[i], 0);
    assert_int_equal(client_stat(own, "connections"), 4);

    refused = fork();
    if (refused == 0) {
        fifth = ipc_connect(d.socket);
        _exit(client_is_closed(fifth) ? 0 : 1);
    }
    assert_int_equal(waitpid(refused, &fifth, 0), refused);
    assert_int_equal(fifth, 0);
    assert_true(daemon_logged(&d, "max_clients"));

    /* More connections of a process that is in already are none of its business. */
    is_served();
    for (int i = 0; i < 3; i++) {
        kill(holders[i], SIGKILL);
        waitpid(holders[i], NULL, 0);
        close(control[i]);
    }
    close(own);
    is_alone();
}

/* Becomes a user other than root, and another one for each number. */
static void
user_become(unsigned number)
{
    if (setgroups(0, NULL) != 0 || setuid(60000 + number) != 0)
        _exit(9);
}

/* Whether a process of that user is served; false: it is closed. */
static bool
user_is_served(unsigned number)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        int fd;

        user_become(number);
        fd = ipc_connect(d.socket);
        if (fd < 0)
            _exit(8);
        _exit(client_send_bytes(fd, echo_x, sizeof echo_x) && client_receive(fd, &status) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

/* max_clients is 4, so a user has two processes, and another one is served all the same. */
static void
a_user_has_a_share_of_max_clients(void **state)
{
    int control[2];
    pid_t holders[2];

    (void)state;
    if (geteuid() != 0)
        skip();
    for (int i = 0; i < 2; i++)
        holders[i] = holder_start_as(&control[i], 1);
    assert_false(user_is_served(1));
    assert_true(user_is_served(2));
    for (int i = 0; i < 2; i++) {
        kill(holders[i], SIGKILL);
        waitpid(holders[i], NULL, 0);
        close(control[i]);
    }
    is_alone();
    assert_true(user_is_served(1));
    is_alone();
}

static void
who_says_no_hello_is_closed(void **state)
{
    int silent = client_connect(&d, NULL), greeted = client_connect(&d, NULL);
    int64_t start = now_us();

    (void)state;
    assert_non_null(client_ask(greeted, "echo x"));
    assert_true(client_is_closed(silent));
    assert_in_range(now_us() - start, 4000000, 8000000);
    assert_string_equal(client_ask(greeted, "echo still"), "still");
    close(silent);
    close(greeted);
    is_alone();
}

static void
connections_of_one_process_are_bounded(void **state)
{
    int fds[300], refused = 0;

    (void)state;
    fds[0] = connect_alone();
    for (int i = 1; i < 300; i++)
        fds[i] = client_connect(&d, NULL);
    for (int i = 0; i < 300; i++) {
        int32_t status;
        uint8_t bytes[IPC_PREFIX + 6] = { 0x4f, 0x53, 0x50, 0x31, 15, 0 };

        bytes[20] = 6;
        memcpy(bytes + IPC_PREFIX, "echo x", 6);
        if (!client_send_bytes(fds[i], bytes, sizeof bytes) ||
            client_receive(fds[i], &status) == NULL)
            refused++;
    }
    assert_int_equal(refused, 300 - 256);
    for (int i = 0; i < 300; i++)
        close(fds[i]);
    is_alone();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_call_is_answered),
        cmocka_unit_test(the_socket_tells_the_service),
        cmocka_unit_test(many_clients_get_their_own_replies),
        cmocka_unit_test(connections_come_and_go),
        cmocka_unit_test(large_messages_travel),
        cmocka_unit_test(malformed_datagrams_end_their_own_connection),
        cmocka_unit_test(unwanted_descriptors_end_the_connection),
        cmocka_unit_test(refusal_of_the_authority_ends_the_connection),
        cmocka_unit_test(a_client_that_never_reads_is_closed),
        cmocka_unit_test(a_client_killed_in_mid_call_is_forgotten),
        cmocka_unit_test(a_client_with_a_half_closed_socket_gets_its_reply),
        cmocka_unit_test(max_clients_counts_processes),
        cmocka_unit_test(a_user_has_a_share_of_max_clients),
        cmocka_unit_test(who_says_no_hello_is_closed),
        cmocka_unit_test(connections_of_one_process_are_bounded),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
