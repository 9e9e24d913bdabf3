/*
 * The transport over real sockets: both forms of message, what a hostile peer
 * may attach, timeouts, and peers that are gone.
 */
#include "ipc/ipc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FLAG_MEMFD 1
#define SEALS_ALL (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct pair {
    int a, b;
    struct ipc_inbox in;        /* of b */
    int fds_before;
};

static int
open_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n;
}

static int
pair_setup(void **state)
{
    struct pair *p = calloc(1, sizeof(*p));
    int fds[2];

    p->fds_before = open_fds();
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    p->a = fds[0];
    p->b = fds[1];
    ipc_inbox_init(&p->in);
    *state = p;
    return 0;
}

/* No test may leave a descriptor open: neither ours nor one that was received. */
static int
pair_teardown(void **state)
{
    struct pair *p = *state;

    if (p->a >= 0)
        close(p->a);
    if (p->b >= 0)
        close(p->b);
    ipc_inbox_wipe(&p->in);
    assert_null(p->in.buffer);
    assert_int_equal(open_fds(), p->fds_before);
    free(p);
    return 0;
}

/* A message of n bytes: a valid prefix, then bytes that depend on their place. */
static uint8_t *
message_new(size_t n)
{
    uint8_t *m = malloc(n);
    struct wr w = wr_init(m, n);

    assert_non_null(m);
    wr_u32le(&w, IPC_MAGIC);
    wr_u16le(&w, IPC_ID_accept_context);
    wr_u16le(&w, 0);
    wr_u64le(&w, n);
    wr_u32le(&w, 0);
    wr_u32le(&w, (uint32_t)(n - IPC_PREFIX));
    for (size_t i = IPC_PREFIX; i < n; i++)
        m[i] = (uint8_t)(i ^ (i >> 8) ^ (i >> 16));
    return m;
}

static void
check_carried(struct pair *p, size_t n, bool in_memfd)
{
    uint8_t *m = message_new(n);

    assert_int_equal(ipc_send(p->a, view_of(m, n), 1000), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, 1000), 1);
    assert_true(view_is_equal(p->in.message, view_of(m, n)));
    assert_int_equal(p->in.mapped != NULL, in_memfd);
    free(m);
}

static void
test_sizes(void **state)
{
    struct pair *p = *state;

    check_carried(p, IPC_PREFIX, false);
    check_carried(p, 1000, false);
    check_carried(p, IPC_INLINE_MAX, false);
    check_carried(p, IPC_INLINE_MAX + 1, true);
    check_carried(p, 100, false);
    check_carried(p, 1024 * 1024 + 7, true);
    check_carried(p, IPC_MESSAGE_MAX, true);
    check_carried(p, IPC_PREFIX, false);
}

static void
test_size_limits(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(IPC_MESSAGE_MAX + 1);

    assert_int_equal(ipc_send(p->a, view_of(m, IPC_MESSAGE_MAX + 1), 0), -EMSGSIZE);
    assert_int_equal(ipc_send(p->a, view_of(m, IPC_PREFIX - 1), 0), -EINVAL);
    assert_int_equal(ipc_send(p->a, view_of(m, 0), 0), -EINVAL);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), -EAGAIN);
    free(m);
}

/* A socket that takes less than an inline message gets a memfd. */
static void
test_small_socket_buffer(void **state)
{
    struct pair *p = *state;
    int n = 8192;

    assert_int_equal(setsockopt(p->a, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n)), 0);
    check_carried(p, 1000, false);
    check_carried(p, IPC_INLINE_MAX, true);
}

/* After a message was taken, none of its bytes stay in the buffer. */
static void
test_wiped(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(4096);

    assert_int_equal(ipc_send(p->a, view_of(m, 4096), 0), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), 1);
    assert_memory_equal(p->in.buffer, m, 4096);
    ipc_inbox_clear(&p->in);
    assert_int_equal(p->in.message.n, 0);
    for (size_t i = 0; i < 4096; i++)
        assert_int_equal(p->in.buffer[i], 0);
    /* Also bytes that were refused. */
    m[6] = 0x80;
    assert_int_equal(ipc_send(p->a, view_of(m, 4096), 0), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), -EBADMSG);
    for (size_t i = 0; i < 4096; i++)
        assert_int_equal(p->in.buffer[i], 0);
    free(m);
}

/* Sends bytes and descriptors as a hostile peer would. */
static void
send_raw(int fd, void *p, size_t n, const int *fds, size_t count)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(sizeof(int) * 16)];
    } control = { .bytes = { 0 } };
    struct iovec iov = { p, n };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (count > 0) {
        struct cmsghdr *c = &control.align;

        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    }
    assert_int_equal(sendmsg(fd, &msg, MSG_NOSIGNAL), (ssize_t)n);
}

static int
memfd_new(const uint8_t *m, size_t n, int seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, m, n), (ssize_t)n);
    if (seals != 0)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

/* The prefix of m, with these flags, as a datagram of its own. */
static int
receive_with_fds(struct pair *p, const uint8_t *m, uint8_t flags, const int *fds, size_t count)
{
    uint8_t prefix[IPC_PREFIX];

    memcpy(prefix, m, sizeof(prefix));
    prefix[6] = flags;
    send_raw(p->a, prefix, sizeof(prefix), fds, count);
    return ipc_receive(p->b, &p->in, 0);
}

static void
test_memfd_by_hand(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(5000);
    int fd = memfd_new(m, 5000, SEALS_ALL);

    assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &fd, 1), 1);
    assert_true(view_is_equal(p->in.message, view_of(m, 5000)));
    close(fd);
    free(m);
}

/* Each seal is needed: without it the sender could change the file under us. */
static void
test_memfd_unsealed(void **state)
{
    static const int missing[] = { F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE,
                                   SEALS_ALL };
    struct pair *p = *state;
    uint8_t *m = message_new(5000);

    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
        int fd = memfd_new(m, 5000, SEALS_ALL & ~missing[i]);

        assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &fd, 1), -EBADMSG);
        assert_null(p->in.mapped);
        close(fd);
    }
    free(m);
}

static void
test_memfd_wrong_size(void **state)
{
    static const size_t sizes[] = { 0, 4999, 5001, 24 };
    struct pair *p = *state;
    uint8_t *m = message_new(5001);

    memcpy(m + 20, "\x70\x13\x00\x00", 4);      /* 5000 - 24 */
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        int fd = memfd_new(m, sizes[i], SEALS_ALL);

        assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &fd, 1), -EBADMSG);
        close(fd);
    }
    free(m);
}

/* Larger than any message, of the size that the prefix says. */
static void
test_memfd_too_large(void **state)
{
    static const uint32_t lengths[] = { IPC_MESSAGE_MAX - IPC_PREFIX + 1, 0x7fffffff,
                                        0xffffffff };
    struct pair *p = *state;
    uint8_t *m = message_new(IPC_PREFIX);
    struct wr w = { m, IPC_PREFIX, IPC_PREFIX, IPC_PREFIX, false, false };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        int fd;

        wr_set_u32le(&w, 20, lengths[i]);
        fd = memfd_new(m, IPC_PREFIX, 0);
        assert_int_equal(ftruncate(fd, (off_t)IPC_PREFIX + lengths[i]), 0);
        assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALS_ALL), 0);
        assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &fd, 1), -EBADMSG);
        close(fd);
    }
    free(m);
}

/* The memfd's own prefix must be the datagram's. */
static void
test_memfd_other_prefix(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(5000);

    for (size_t i = 0; i < IPC_PREFIX; i++) {
        int fd;

        m[i] ^= 1;
        fd = memfd_new(m, 5000, SEALS_ALL);
        m[i] ^= 1;
        assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &fd, 1), -EBADMSG);
        assert_null(p->in.mapped);
        close(fd);
    }
    free(m);
}

/* Descriptors that are no memfd: a file, a pipe that would block, a socket. */
static void
test_not_a_memfd(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(5000);
    FILE *f = tmpfile();
    int pipes[2], fd;

    assert_non_null(f);
    assert_int_equal(fwrite(m, 1, 5000, f), 5000);
    assert_int_equal(fflush(f), 0);
    fd = fileno(f);
    assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &fd, 1), -EBADMSG);
    fclose(f);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &pipes[0], 1), -EBADMSG);
    assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, &p->a, 1), -EBADMSG);
    close(pipes[0]);
    close(pipes[1]);
    free(m);
}

/* The teardown counts descriptors: all that were attached must be closed. */
static void
test_unexpected_fds(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(5000);
    int fds[16];

    for (size_t i = 0; i < 16; i++)
        fds[i] = memfd_new(m, 5000, SEALS_ALL);
    for (size_t count = 1; count <= 16; count++) {
        send_raw(p->a, m, 5000, fds, count);
        assert_int_equal(ipc_receive(p->b, &p->in, 0), -EBADMSG);
        if (count > 1)
            assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, fds, count), -EBADMSG);
    }
    assert_int_equal(receive_with_fds(p, m, FLAG_MEMFD, NULL, 0), -EBADMSG);
    for (unsigned flags = 2; flags < 256; flags++)
        assert_int_equal(receive_with_fds(p, m, (uint8_t)flags, fds, 1), -EBADMSG);
    m[6] = FLAG_MEMFD;
    send_raw(p->a, m, 5000, fds, 1);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), -EBADMSG);
    for (size_t i = 0; i < 16; i++)
        close(fds[i]);
    free(m);
}

static void
test_malformed_datagrams(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(IPC_INLINE_MAX + 1);

    for (size_t n = 1; n < IPC_PREFIX; n++) {
        send_raw(p->a, m, n, NULL, 0);
        assert_int_equal(ipc_receive(p->b, &p->in, 0), -EBADMSG);
    }
    /* Longer than the buffer: the kernel cuts it, so it cannot be used. */
    send_raw(p->a, m, IPC_INLINE_MAX + 1, NULL, 0);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), -EBADMSG);
    assert_int_equal(p->in.message.n, 0);
    m[0] = 'o';
    send_raw(p->a, m, 100, NULL, 0);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), -EBADMSG);
    free(m);
    check_carried(p, 100, false);
}

static int64_t
now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
test_receive_timeout(void **state)
{
    struct pair *p = *state;
    int64_t start = now_ms();

    assert_int_equal(ipc_receive(p->b, &p->in, 0), -EAGAIN);
    assert_int_equal(ipc_receive(p->b, &p->in, 60), -ETIMEDOUT);
    assert_true(now_ms() - start >= 59);
    check_carried(p, 100, false);
}

/* Looked for a little while: what is there is taken, what comes too late is left. */
static void
test_receive_soon(void **state)
{
    struct pair *p = *state;
    struct timespec from, to;
    uint8_t *m = message_new(100);

    assert_int_equal(ipc_send(p->a, view_of(m, 100), 0), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, IPC_SOON), 1);
    assert_int_equal(p->in.message.n, 100);
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(ipc_receive(p->b, &p->in, IPC_SOON), -EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000 >=
                IPC_SOON_US - 1);
    close(p->a);
    p->a = -1;
    assert_int_equal(ipc_receive(p->b, &p->in, IPC_SOON), 0);
    free(m);
}

/* A peer that does not read: the send ends at its deadline, with both forms. */
/* The socket's own deadline; a socket without one waits for ever. */
static void
test_receive_socket_deadline(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(100);
    int64_t start = now_ms();

    assert_int_equal(ipc_receive_deadline_set(p->b, 60), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, IPC_SOCKET_DEADLINE), -ETIMEDOUT);
    assert_true(now_ms() - start >= 55 && now_ms() - start < 2000);
    assert_int_equal(ipc_send(p->a, view_of(m, 100), 0), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, IPC_SOCKET_DEADLINE), 1);
    close(p->a);
    p->a = -1;
    assert_int_equal(ipc_receive(p->b, &p->in, IPC_SOCKET_DEADLINE), 0);
    assert_int_equal(ipc_receive(-1, &p->in, IPC_SOCKET_DEADLINE), -EBADF);
    free(m);
}

static void
test_send_timeout(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(IPC_INLINE_MAX + 1);
    int64_t start;
    int rc, sent = 0;

    do
        rc = ipc_send(p->a, view_of(m, 1000), 0);
    while (rc == 0 && ++sent < 100000);
    assert_int_equal(rc, -ETIMEDOUT);
    start = now_ms();
    assert_int_equal(ipc_send(p->a, view_of(m, 1000), 60), -ETIMEDOUT);
    assert_true(now_ms() - start >= 59);
    assert_int_equal(ipc_send(p->a, view_of(m, IPC_INLINE_MAX + 1), 10), -ETIMEDOUT);
    while (sent-- > 0)
        assert_int_equal(ipc_receive(p->b, &p->in, 0), 1);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), -EAGAIN);
    free(m);
}

static volatile sig_atomic_t signals;

static void
on_signal(int sig)
{
    (void)sig;
    signals++;
}

static void
test_closed_peer(void **state)
{
    struct sigaction action = { .sa_handler = on_signal }, old;
    struct pair *p = *state;
    uint8_t *m = message_new(IPC_INLINE_MAX + 1);

    signals = 0;
    assert_int_equal(sigaction(SIGPIPE, &action, &old), 0);
    close(p->a);
    p->a = -1;
    assert_int_equal(ipc_receive(p->b, &p->in, -1), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, 1000), 0);
    assert_int_equal(ipc_receive(p->b, &p->in, 0), 0);
    assert_int_equal(ipc_send(p->b, view_of(m, 100), -1), -EPIPE);
    assert_int_equal(ipc_send(p->b, view_of(m, 100), 1000), -EPIPE);
    assert_int_equal(ipc_send(p->b, view_of(m, IPC_INLINE_MAX + 1), 1000), -EPIPE);
    assert_int_equal(sigaction(SIGPIPE, &old, NULL), 0);
    assert_int_equal(signals, 0);
    free(m);
}

/* A peer that closes with our message unread is closed, not an odd error. */
static void
test_reset_peer(void **state)
{
    struct pair *p = *state;
    uint8_t *m = message_new(100);

    assert_int_equal(ipc_send(p->b, view_of(m, 100), 0), 0);
    close(p->a);
    p->a = -1;
    assert_int_equal(ipc_receive(p->b, &p->in, 1000), 0);
    free(m);
}

static void
test_bad_descriptor(void **state)
{
    struct pair *p = *state;
    struct ipc_peer peer;
    uint8_t *m = message_new(100);

    assert_int_equal(ipc_send(-1, view_of(m, 100), 0), -EBADF);
    assert_int_equal(ipc_receive(-1, &p->in, 0), -EBADF);
    assert_int_equal(ipc_peer_get(-1, &peer), -EBADF);
    free(m);
}

/* What the other side of an interrupted call does, later and without signals. */
static void
pause_without_signals(void)
{
    struct timespec pause = { 0, 150 * 1000000 };
    sigset_t block;

    sigemptyset(&block);
    sigaddset(&block, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &block, NULL);
    nanosleep(&pause, NULL);
}

static void *
send_later(void *arg)
{
    struct pair *p = arg;
    uint8_t *m = message_new(100);

    pause_without_signals();
    assert_int_equal(ipc_send(p->a, view_of(m, 100), 0), 0);
    free(m);
    return NULL;
}

static void *
receive_later(void *arg)
{
    struct pair *p = arg;

    pause_without_signals();
    while (ipc_receive(p->b, &p->in, 0) == 1)
        assert_int_equal(p->in.message.n, 1000);
    return NULL;
}

/*
 * Signals, without SA_RESTART, neither end a wait nor lose a message: call() is
 * made while they come in, and `other` lets it go on in the end.
 */
static void
interrupt(struct pair *p, void *(*other)(void *), int timeout_ms,
          void (*call)(struct pair *p, int timeout_ms))
{
    struct sigaction action = { .sa_handler = on_signal }, old;
    struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
    pthread_t thread;

    signals = 0;
    assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
    assert_int_equal(pthread_create(&thread, NULL, other, p), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    call(p, timeout_ms);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
    assert_true(signals > 0);
}

static void
call_receive(struct pair *p, int timeout_ms)
{
    assert_int_equal(ipc_receive(p->b, &p->in, timeout_ms), 1);
    assert_int_equal(p->in.message.n, 100);
}

static void *
send_nothing(void *arg)
{
    (void)arg;
    return NULL;
}

/* Signals come more often than the deadline: it holds all the same. */
static void
call_receive_nothing(struct pair *p, int timeout_ms)
{
    int64_t start = now_ms();

    assert_int_equal(ipc_receive(p->b, &p->in, timeout_ms), -ETIMEDOUT);
    assert_true(now_ms() - start >= 75 && now_ms() - start < 2000);
}

/* Fills the socket first, so that the last message has to wait for the reader. */
static void
call_send(struct pair *p, int timeout_ms)
{
    uint8_t *m = message_new(1000);

    while (ipc_send(p->a, view_of(m, 1000), 0) == 0)
        ;
    assert_int_equal(ipc_send(p->a, view_of(m, 1000), timeout_ms), 0);
    free(m);
}

static void
test_interrupted(void **state)
{
    struct pair *p = *state;

    interrupt(p, send_later, -1, call_receive);
    interrupt(p, send_later, 5000, call_receive);
    interrupt(p, send_later, IPC_SOCKET_DEADLINE, call_receive);
    assert_int_equal(ipc_receive_deadline_set(p->b, 5000), 0);
    interrupt(p, send_later, IPC_SOCKET_DEADLINE, call_receive);
    assert_int_equal(ipc_receive_deadline_set(p->b, 80), 0);
    interrupt(p, send_nothing, IPC_SOCKET_DEADLINE, call_receive_nothing);
    interrupt(p, receive_later, -1, call_send);
    while (ipc_receive(p->b, &p->in, 0) == 1)
        ;
    interrupt(p, receive_later, 5000, call_send);
    while (ipc_receive(p->b, &p->in, 0) == 1)
        ;
    /* A descriptor that does not block still waits when asked to. */
    assert_int_equal(fcntl(p->b, F_SETFL, O_NONBLOCK), 0);
    interrupt(p, send_later, -1, call_receive);
}

static void
test_peer(void **state)
{
    struct pair *p = *state;
    struct ipc_peer peer = { 0, 77, 77 };

    assert_int_equal(ipc_peer_get(p->a, &peer), 0);
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(peer.gid, getegid());
}

#define ON_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PAIR(test_sizes),
        ON_PAIR(test_size_limits),
        ON_PAIR(test_small_socket_buffer),
        ON_PAIR(test_wiped),
        ON_PAIR(test_memfd_by_hand),
        ON_PAIR(test_memfd_unsealed),
        ON_PAIR(test_memfd_wrong_size),
        ON_PAIR(test_memfd_too_large),
        ON_PAIR(test_memfd_other_prefix),
        ON_PAIR(test_not_a_memfd),
        ON_PAIR(test_unexpected_fds),
        ON_PAIR(test_malformed_datagrams),
        ON_PAIR(test_receive_timeout),
        ON_PAIR(test_receive_soon),
        ON_PAIR(test_receive_socket_deadline),
        ON_PAIR(test_send_timeout),
        ON_PAIR(test_closed_peer),
        ON_PAIR(test_reset_peer),
        ON_PAIR(test_bad_descriptor),
        ON_PAIR(test_interrupted),
        ON_PAIR(test_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
