/*
 * The pool of connections against a server on a real socket: sessions, reconnection, and that a
 * call which may have been executed is not sent again (D2, D12).
 */
#include "unit.h"

#include "base/log.h"
#include "sspi/ask.h"
#include "sspi/authority.h"

#include "winerror.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 64

/* ---- the server: one thread, all connections ----------------------------- */

static struct {
    char dir[64], path[96];
    int listener;
    pthread_t thread;
    atomic_bool stop;
    int fds[CLIENTS];
    unsigned open;
    atomic_uchar cookie;            /* of the session it knows; 0: none */
    atomic_uint connects, hellos, joins, refused, calls;
    atomic_bool die_in_call;        /* closes everything when a call has been executed */
    atomic_bool hang_up;            /* closes every connection once */
    atomic_uint delay_ms;
    atomic_uint hello_delay_ms;
    atomic_bool hang_up_on_hello;   /* closes a connection that says hello */
    atomic_int hello_status;        /* its answer to one that begins a session */
    atomic_uint in_flight, most_in_flight;
} server;

static void
server_send(int fd, uint16_t call, uint64_t id, status_t status, const struct ipc_layout *layout,
            const void *body)
{
    struct ipc_prefix prefix = { call, id, status };
    struct ipc_call_rep common = { 0 };
    struct wr w = wr_init_heap(IPC_MESSAGE_MAX);

    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_rep_layout, &common, layout, body),
                     0);
    (void)!ipc_send(fd, wr_written(&w), 1000);
    wr_wipe(&w);
}

static void
server_hello(int fd, struct view message, uint64_t id)
{
    struct ipc_call_req common;
    struct ipc_hello_req q;
    struct ipc_hello_rep p = { .version = 1, .epoch = 7 };
    uint8_t cookie[16];

    assert_int_equal(ipc_message_parse(message, &ipc_call_req_layout, &common,
                                       &ipc_hello_req_layout, &q), 0);
    if (q.session.p != NULL && (q.session.n != 16 || q.session.p[0] != server.cookie)) {
        server.refused++;
        server_send(fd, IPC_ID_hello, id, SEC_E_INVALID_HANDLE, &ipc_hello_rep_layout, &p);
        return;
    }
    if (q.session.p == NULL && server.hello_status != SEC_E_OK) {
        server_send(fd, IPC_ID_hello, id, server.hello_status, &ipc_hello_rep_layout, &p);
        return;
    }
    if (q.session.p == NULL) {
        server.hellos++;
        server.cookie++;
    } else {
        server.joins++;
    }
    memset(cookie, server.cookie, sizeof(cookie));
    p.session = view_of(cookie, sizeof(cookie));
    server_send(fd, IPC_ID_hello, id, SEC_E_OK, &ipc_hello_rep_layout, &p);
}

static void
server_close(unsigned i)
{
    close(server.fds[i]);
    server.fds[i] = server.fds[--server.open];
    /* The last connection ends the session. */
    if (server.open == 0)
        server.cookie += 100;
}

struct work {
    int fd;
    uint64_t id;
    uint8_t *hello;         /* NULL: a call */
    size_t n;
};

static void *
server_work(void *arg)
{
    struct work *work = arg;
    struct ipc_status_rep p = { .json = view_of("{}", 2) };
    unsigned now = atomic_fetch_add(&server.in_flight, 1) + 1;

    if (now > server.most_in_flight)
        server.most_in_flight = now;
    usleep(server.delay_ms * 1000);
    atomic_fetch_sub(&server.in_flight, 1);
    server_send(work->fd, IPC_ID_status, work->id, SEC_E_OK, &ipc_status_rep_layout, &p);
    free(work);
    return NULL;
}

static void *
server_late_hello(void *arg)
{
    struct work *work = arg;

    usleep(server.hello_delay_ms * 1000);
    server_hello(work->fd, view_of(work->hello, work->n), work->id);
    free(work->hello);
    free(work);
    return NULL;
}

static void
server_meet(unsigned i, struct view message, uint64_t id)
{
    struct work *work;
    pthread_t t;

    if (server.hang_up_on_hello) {
        server_close(i);
        return;
    }
    if (server.hello_delay_ms == 0) {
        server_hello(server.fds[i], message, id);
        return;
    }
    work = malloc(sizeof(*work));
    *work = (struct work){ server.fds[i], id, malloc(message.n), message.n };
    memcpy(work->hello, message.p, message.n);
    assert_int_equal(pthread_create(&t, NULL, server_late_hello, work), 0);
    pthread_detach(t);
}

static void
server_message(unsigned i, struct view message)
{
    struct ipc_prefix prefix;
    struct work *work;
    pthread_t t;

    assert_int_equal(ipc_prefix_parse(message, &prefix), 0);
    if (prefix.call == IPC_ID_hello) {
        server_meet(i, message, prefix.id);
        return;
    }
    server.calls++;
    if (server.die_in_call) {
        while (server.open > 0)
            server_close(0);
        return;
    }
    work = malloc(sizeof(*work));
    *work = (struct work){ server.fds[i], prefix.id, NULL, 0 };
    assert_int_equal(pthread_create(&t, NULL, server_work, work), 0);
    pthread_detach(t);
}

static void
server_poll(void)
{
    struct pollfd p[CLIENTS + 1] = { { server.listener, POLLIN, 0 } };
    unsigned i, n = server.open;
    struct ipc_inbox inbox;

    for (i = 0; i < n; i++)
        p[i + 1] = (struct pollfd){ server.fds[i], POLLIN, 0 };
    poll(p, n + 1, 5);
    for (i = n; i-- > 0;) {
        if (p[i + 1].revents == 0 || i >= server.open)
            continue;
        ipc_inbox_init(&inbox);
        if (ipc_receive(server.fds[i], &inbox, 100) == 1)
            server_message(i, inbox.message);
        else
            server_close(i);
        ipc_inbox_wipe(&inbox);
    }
    if (server.hang_up) {
        while (server.open > 0)
            server_close(0);
        server.hang_up = false;
    }
    if (p[0].revents != 0) {
        server.fds[server.open++] = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC);
        server.connects++;
    }
}

static void *
server_run(void *arg)
{
    (void)arg;
    while (!server.stop)
        server_poll();
    while (server.open > 0)
        server_close(0);
    return NULL;
}

static void
server_start(void)
{
    server.stop = false;
    server.listener = ipc_listen(server.path, 0666);
    assert_true(server.listener >= 0);
    assert_int_equal(pthread_create(&server.thread, NULL, server_run, NULL), 0);
}

static void
server_stop(void)
{
    server.stop = true;
    pthread_join(server.thread, NULL);
    close(server.listener);
    unlink(server.path);
}

/* ---- the client ---------------------------------------------------------- */

static void *pool;

static int
setup(void **state)
{
    (void)state;
    memset(&server, 0, sizeof(server));
    snprintf(server.dir, sizeof(server.dir), "/tmp/opensspi-pool-XXXXXX");
    assert_non_null(mkdtemp(server.dir));
    snprintf(server.path, sizeof(server.path), "%s/s", server.dir);
    log_set_level(LOG_ERROR);
    server_start();
    pool = sspi_socket_new(server.path, 0);
    assert_non_null(pool);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    sspi_socket_free(pool);
    server_stop();
    rmdir(server.dir);
    return 0;
}

/* One call; *session in and out as of sspi_authority_ops.call. */
static status_t
call(uint64_t *session, bool *lost)
{
    struct ipc_prefix prefix = { IPC_ID_status, ask_id_next(), 0 };
    struct ipc_call_req common = { 0 };
    struct ipc_status_req q = { { 0 } };
    struct wr w = wr_init_heap(IPC_MESSAGE_MAX);
    struct sspi_reply reply = { .link = NULL };
    status_t st;

    *lost = false;
    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                       &ipc_status_req_layout, &q), 0);
    st = sspi_socket_ops.call(pool, wr_written(&w), session, lost, &reply);
    wr_wipe(&w);
    if (st == SEC_E_OK) {
        assert_true(reply.message.n > IPC_PREFIX);
        sspi_socket_ops.reply_wipe(pool, &reply);
    }
    return st;
}

static status_t
call_any(void)
{
    uint64_t session = 0;
    bool lost;

    return call(&session, &lost);
}

static void
one_connection_serves_many_calls(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 20; i++)
        assert_int_equal(call_any(), SEC_E_OK);
    assert_int_equal(server.connects, 1);
    assert_int_equal(server.hellos, 1);
    assert_int_equal(server.calls, 20);
}

static void *
call_thread(void *arg)
{
    (void)arg;
    return (void *)(uintptr_t)call_any();
}

static void
threads_share_eight_connections(void **state)
{
    pthread_t t[20];
    unsigned i;

    (void)state;
    server.delay_ms = 30;
    for (i = 0; i < UNIT_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, call_thread, NULL), 0);
    for (i = 0; i < UNIT_COUNT(t); i++) {
        void *result;

        pthread_join(t[i], &result);
        assert_null(result);
    }
    assert_int_equal(server.calls, 20);
    assert_int_equal(server.hellos, 1);
    assert_int_equal(server.connects, server.joins + 1);
    assert_true(server.connects <= 8);
    assert_true(server.most_in_flight > 1 && server.most_in_flight <= 8);
}

/* Hung up while idle: a call that names no handle goes out on a new connection, once. */
static void
an_idle_connection_that_closed(void **state)
{
    uint64_t first = 0, second = 0;
    bool lost;

    (void)state;
    assert_int_equal(call(&first, &lost), SEC_E_OK);
    server.hang_up = true;
    while (server.hang_up)
        usleep(1000);
    assert_int_equal(call(&second, &lost), SEC_E_OK);
    assert_int_equal(server.calls, 2);
    /* The server knew the session no longer. */
    assert_int_equal(server.refused, 1);
    assert_int_equal(server.hellos, 2);
    assert_int_not_equal(first, second);
}

static void
handles_of_a_lost_session_are_not_sent(void **state)
{
    uint64_t session = 0, old;
    bool lost;

    (void)state;
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    old = session;
    server.hang_up = true;
    while (server.hang_up)
        usleep(1000);
    assert_int_equal(call(&session, &lost), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(lost);
    assert_int_equal(server.calls, 1);
    session = old;
    assert_int_equal(call(&session, &lost), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(lost);
    assert_int_equal(server.calls, 1);
    assert_int_equal(call_any(), SEC_E_OK);
}

static void
an_executed_call_is_not_sent_again(void **state)
{
    uint64_t session = 0;
    bool lost;

    (void)state;
    server.die_in_call = true;
    assert_int_equal(call(&session, &lost), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_false(lost);
    assert_int_equal(server.calls, 1);
    server.die_in_call = false;
    assert_int_equal(call_any(), SEC_E_OK);
    assert_int_equal(server.calls, 2);
}

static void
a_restart(void **state)
{
    uint64_t session = 0, before;
    bool lost;

    (void)state;
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    before = session;
    server_stop();
    assert_int_equal(call_any(), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(call(&session, &lost), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(lost);
    server_start();
    session = 0;
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    assert_int_not_equal(session, before);
}

static int64_t
now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A server that is slow to answer hello holds up nobody but the connection that asks. */
static void
connections_open_side_by_side(void **state)
{
    pthread_t t[8];
    int64_t start;
    unsigned i;

    (void)state;
    assert_int_equal(call_any(), SEC_E_OK);
    server.hello_delay_ms = server.delay_ms = 400;
    start = now_ms();
    for (i = 0; i < UNIT_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, call_thread, NULL), 0);
    for (i = 0; i < UNIT_COUNT(t); i++) {
        void *result;

        pthread_join(t[i], &result);
        assert_null(result);
    }
    /* One after the other, seven hellos alone take 2800 ms. */
    assert_true(now_ms() - start < 2000);
    assert_int_equal(server.hellos, 1);
    assert_int_equal(server.joins, 7);
}

/* Threads that come first together begin one session, and share a refusal of it. */
static void
one_session_begins(void **state)
{
    pthread_t t[6];
    void *result;
    unsigned i;

    (void)state;
    server.hello_delay_ms = 200;
    server.hello_status = SEC_E_NOT_OWNER;
    for (i = 0; i < UNIT_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, call_thread, NULL), 0);
    for (i = 0; i < UNIT_COUNT(t); i++) {
        pthread_join(t[i], &result);
        assert_int_equal((int32_t)(uintptr_t)result, SEC_E_NOT_OWNER);
    }
    assert_int_equal(server.connects, 1);
    server.hello_status = SEC_E_OK;
    for (i = 0; i < UNIT_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, call_thread, NULL), 0);
    for (i = 0; i < UNIT_COUNT(t); i++) {
        pthread_join(t[i], &result);
        assert_null(result);
    }
    assert_int_equal(server.hellos, 1);
}

/* lsad lives and knows the session; one connection more is what it has no room for. */
static void
a_failed_join_keeps_the_session(void **state)
{
    uint64_t session = 0, other = 0;
    pthread_t t;
    void *result;
    bool lost;

    (void)state;
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    server.delay_ms = 300;
    assert_int_equal(pthread_create(&t, NULL, call_thread, NULL), 0);
    while (server.in_flight == 0)
        usleep(1000);
    server.hang_up_on_hello = true;
    assert_int_equal(call(&other, &lost), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_false(lost);
    other = session;
    assert_int_equal(call(&other, &lost), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_false(lost);
    pthread_join(t, &result);
    assert_null(result);
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    server.hang_up_on_hello = false;
    assert_int_equal(server.hellos, 1);
    assert_int_equal(server.calls, 3);
}

/* A large call needs a memfd: that there is no descriptor for it is not the session's end. */
static void
without_descriptors(void **state)
{
    static uint8_t large[IPC_INLINE_MAX + 1];
    struct sspi_reply reply = { .link = NULL };
    struct rlimit old, none;
    uint64_t session = 0;
    status_t st;
    bool lost;

    (void)state;
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = (struct rlimit){ 3, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    st = sspi_socket_ops.call(pool, view_of(large, sizeof(large)), &session, &lost, &reply);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(st, SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_false(lost);
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    assert_int_equal(server.connects, 1);
}

/* Its own reason, not "no authority": the configuration is to be changed. */
static void
a_refusal_says_why(void **state)
{
    (void)state;
    server.hello_status = SEC_E_NOT_OWNER;
    assert_int_equal(call_any(), SEC_E_NOT_OWNER);
    server.hello_status = SEC_E_OK;
    assert_int_equal(call_any(), SEC_E_OK);
}

/* Nobody accepts: connect() waits for room in the backlog, and no longer than its deadline. */
static void
a_hung_authority(void **state)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    struct sspi_reply reply = { .link = NULL };
    uint8_t room[64] = { 0 };
    uint64_t session = 0;
    int64_t start = now_ms();
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), first, took;
    bool lost = false;
    void *hung;

    (void)state;
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/h", server.dir);
    assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(listener, 0), 0);
    first = ipc_connect(sa.sun_path);
    assert_true(first >= 0);
    hung = sspi_socket_new(sa.sun_path, 0);
    assert_int_equal(sspi_socket_ops.call(hung, view_of(room, sizeof(room)), &session, &lost,
                                          &reply), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    took = (int)(now_ms() - start);
    assert_true(took >= IPC_CONNECT_DEADLINE_MS - 100 && took < 2 * IPC_CONNECT_DEADLINE_MS);
    sspi_socket_free(hung);
    close(first);
    close(listener);
    unlink(sa.sun_path);
}

/* Descriptors that the application closed and used again for something else. */
static void
closed_descriptors(void **state)
{
    int before = dup(server.listener), pipes[2];

    (void)state;
    close(before);
    assert_int_equal(call_any(), SEC_E_OK);
    /* The pool's descriptor is the lowest free number: `before`. */
    close(before);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pipes[0], before);
    assert_int_equal(call_any(), SEC_E_OK);
    /* The pipe is still open. */
    assert_int_equal(write(pipes[1], "x", 1), 1);
    close(pipes[0]);
    close(pipes[1]);
}

static void
another_euid_is_another_session(void **state)
{
    uint64_t session = 0, theirs = 0;
    bool lost;
    status_t st;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(server.dir, 0755), 0);
    assert_int_equal(call(&session, &lost), SEC_E_OK);
    assert_int_equal(seteuid(65534), 0);
    st = call(&session, &lost);
    assert_true(st == SEC_E_NO_AUTHENTICATING_AUTHORITY && lost);
    st = call(&theirs, &lost);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(st, SEC_E_OK);
    assert_int_not_equal(session, theirs);
    assert_int_equal(server.hellos, 2);
}

/* A server of another user's is not believed. */
static void
a_strangers_socket(void **state)
{
    char path[112];
    void *other;
    uint64_t session = 0;
    bool lost = false;
    struct sspi_reply reply = { .link = NULL };
    uint8_t room[64] = { 0 };
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(server.dir, 0777), 0);
    snprintf(path, sizeof(path), "%s/x", server.dir);
    pid = fork();
    if (pid == 0) {
        int fd;

        if (setuid(65534) != 0)
            _exit(1);
        fd = ipc_listen(path, 0666);
        (void)!accept4(fd, NULL, NULL, 0);
        usleep(300000);
        _exit(fd < 0);
    }
    while (access(path, F_OK) != 0)
        usleep(1000);
    usleep(20000);
    other = sspi_socket_new(path, 1);
    assert_int_equal(sspi_socket_ops.call(other, view_of(room, sizeof(room)), &session, &lost,
                                          &reply), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    sspi_socket_free(other);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    unlink(path);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_connection_serves_many_calls), T(threads_share_eight_connections),
        T(an_idle_connection_that_closed), T(handles_of_a_lost_session_are_not_sent),
        T(an_executed_call_is_not_sent_again), T(a_restart), T(closed_descriptors),
        T(another_euid_is_another_session), T(a_strangers_socket),
        T(connections_open_side_by_side), T(one_session_begins),
        T(a_failed_join_keeps_the_session), T(a_refusal_says_why), T(a_hung_authority),
        T(without_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
