/*
 * Sending: one message a datagram, or a prefix with a sealed memfd attached
 * when the message is too large for one (unix(7), cmsg(3)).
 *
 * Runs in applications and in the authority. No signal is raised (D3), and a
 * peer that does not read cannot hold the sender beyond its deadline. Deadlines
 * are of CLOCK_BOOTTIME: setting the clock neither ends nor prolongs them (D26).
 */
#include "ipc/ipc_private.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MS_PER_SECOND 1000
#define US_PER_MS 1000
#define NS_PER_MS 1000000

static int64_t
now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * MS_PER_SECOND + ts.tv_nsec / NS_PER_MS;
}

int64_t
ipc_deadline(int timeout_ms)
{
    return timeout_ms < 0 ? IPC_NO_DEADLINE : now_ms() + timeout_ms;
}

int
ipc_deadline_left(int64_t deadline)
{
    int64_t left;

    if (deadline == IPC_NO_DEADLINE)
        return -1;
    left = deadline - now_ms();
    if (left < 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* A timeout of zero would mean none (socket(7)). */
int
ipc_timeout_set(int fd, int option, int timeout_ms)
{
    int ms = timeout_ms < 1 ? 1 : timeout_ms;
    struct timeval tv = { ms / MS_PER_SECOND, (ms % MS_PER_SECOND) * US_PER_MS };

    return setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv)) == 0 ? 0 : -errno;
}

/* POLLHUP and POLLERR count as ready: the call that follows says what happened. */
int
ipc_wait(int fd, short events, int64_t deadline)
{
    struct pollfd p = { fd, events, 0 };
    int rc;

    do
        rc = poll(&p, 1, ipc_deadline_left(deadline));
    while (rc < 0 && errno == EINTR);
    if (rc < 0)
        return -errno;
    return rc == 0 ? -ETIMEDOUT : 0;
}

/*
 * Without a deadline the system call itself waits, which costs one call; with
 * one, it is tried first and poll() waits for room.
 */
static int
send_datagram(int fd, const struct msghdr *msg, int64_t deadline)
{
    int flags = MSG_NOSIGNAL | (deadline == IPC_NO_DEADLINE ? 0 : MSG_DONTWAIT);
    int rc = 0;

    while (rc == 0) {
        if (sendmsg(fd, msg, flags) >= 0)
            return 0;
        if (errno == EAGAIN)
            rc = ipc_wait(fd, POLLOUT, deadline);
        else if (errno != EINTR)
            rc = -errno;
    }
    return rc;
}

static int
send_inline(int fd, struct view message, int64_t deadline)
{
    /* iov_base is not const, but sendmsg() only reads. */
    union {
        const void *from;
        void *to;
    } base = { message.p };
    struct iovec iov = { base.to, message.n };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    return send_datagram(fd, &msg, deadline);
}

/* The message's own prefix, flagged, goes in the datagram; the message in the memfd. */
static int
send_with_memfd(int fd, struct view message, int memfd, int64_t deadline)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    uint8_t prefix[IPC_PREFIX];
    struct wr w = wr_init(prefix, sizeof(prefix));
    struct iovec iov = { prefix, sizeof(prefix) };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof(control),
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    wr_view(&w, view_of(message.p, IPC_PREFIX));
    wr_set_u16le(&w, IPC_FLAGS_OFFSET, IPC_FLAG_MEMFD);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &memfd, sizeof(memfd));
    return send_datagram(fd, &msg, deadline);
}

static int
send_large(int fd, struct view message, int64_t deadline)
{
    int memfd = ipc_memfd_new(message);
    int rc;

    if (memfd < 0)
        return memfd;
    rc = send_with_memfd(fd, message, memfd, deadline);
    close(memfd);
    return rc;
}

/* A host may have lowered net.core.wmem_default: then the kernel names the limit. */
int
ipc_send(int fd, struct view message, int timeout_ms)
{
    int64_t deadline = ipc_deadline(timeout_ms);
    int rc = -EMSGSIZE;

    if (message.n < IPC_PREFIX)
        return -EINVAL;
    if (message.n > IPC_MESSAGE_MAX)
        return -EMSGSIZE;
    if (message.n <= IPC_INLINE_MAX)
        rc = send_inline(fd, message, deadline);
    if (rc == -EMSGSIZE)
        rc = send_large(fd, message, deadline);
    return rc;
}
