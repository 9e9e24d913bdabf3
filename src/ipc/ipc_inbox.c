/*
 * Receiving: one datagram into a buffer that is used again and again, and,
 * where the datagram says so, the message out of the memfd that came with it.
 *
 * Runs in applications and in the authority. Trusts nothing that arrives:
 * truncated datagrams, descriptors that nobody announced, unsealed or wrongly
 * sized memfds and unknown flags are refused with -EBADMSG, which ends the
 * session. Every descriptor received is closed here. Messages carry keys: the
 * bytes used are wiped before the buffer takes the next message.
 */
#include "ipc/ipc_private.h"

#include "base/secret.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NO_FD (-1)

/* What one recvmsg() brought. */
struct datagram {
    size_t n;
    int flags;          /* msg_flags */
    int fd;             /* the first descriptor attached, or NO_FD */
    unsigned fds;       /* how many were attached */
};

void
ipc_inbox_init(struct ipc_inbox *in)
{
    memset(in, 0, sizeof(*in));
}

void
ipc_inbox_clear(struct ipc_inbox *in)
{
    if (in->mapped != NULL) {
        secret_wipe(in->mapped, in->mapped_size);
        ipc_pages_free(in->mapped, in->mapped_size);
    } else if (in->buffer != NULL) {
        secret_wipe(in->buffer, in->message.n);
    }
    in->mapped = NULL;
    in->mapped_size = 0;
    in->message = view_of(NULL, 0);
}

void
ipc_inbox_wipe(struct ipc_inbox *in)
{
    ipc_inbox_clear(in);
    ipc_pages_free(in->buffer, IPC_INLINE_MAX);
    in->buffer = NULL;
}

/* The first descriptor is kept, any other closed: one is all that may come. */
static void
take_fds(struct msghdr *msg, struct datagram *d)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (d->fds++ == 0)
                d->fd = fd;
            else
                close(fd);
        }
    }
}

/*
 * One recvmsg(). The control buffer has room for the one descriptor that is
 * allowed; the kernel drops what does not fit and sets MSG_CTRUNC.
 */
static ssize_t
receive_once(int fd, struct ipc_inbox *in, int flags, struct datagram *d)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = { in->buffer, IPC_INLINE_MAX };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof(control),
    };
    ssize_t n = recvmsg(fd, &msg, flags | MSG_CMSG_CLOEXEC);

    *d = (struct datagram){ 0, 0, NO_FD, 0 };
    if (n < 0)
        return -errno;
    d->n = (size_t)n;
    d->flags = msg.msg_flags;
    take_fds(&msg, d);
    return n;
}

/*
 * What is left of the socket's own deadline, where a signal interrupted a wait
 * that began at `start`. Only then is it asked for: the kernel would begin anew.
 */
static int64_t
socket_deadline(int fd, int64_t start)
{
    struct timeval tv = { 0, 0 };
    socklen_t n = sizeof(tv);

    if (getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &n) != 0
        || (tv.tv_sec == 0 && tv.tv_usec == 0))
        return IPC_NO_DEADLINE;
    return start + (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

/*
 * 1, 0 (closed) or negative errno. A reset is a peer that closed with messages
 * of ours unread; an empty datagram is not told apart from the end by the
 * kernel, and no sender of ours makes one.
 */
static int
receive_result(ssize_t n)
{
    return n > 0 ? 1 : n == -ECONNRESET ? 0 : (int)n;
}

static int
receive_datagram(int fd, struct ipc_inbox *in, int timeout_ms, int64_t deadline,
                 struct datagram *d)
{
    int flags = timeout_ms < 0 ? 0 : MSG_DONTWAIT;
    int rc = 0;

    /* A reply is hardly ever there already, so waiting first saves a call. */
    if (timeout_ms > 0)
        rc = ipc_wait(fd, POLLIN, deadline);
    while (rc == 0) {
        ssize_t n = receive_once(fd, in, flags, d);

        if (n == -EAGAIN && timeout_ms != 0)
            rc = ipc_wait(fd, POLLIN, deadline);
        else if (n != -EINTR)
            return receive_result(n);
    }
    return rc;
}

static int64_t
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* receive_once() again and again, without sleeping: see IPC_SOON_US. */
static ssize_t
receive_soon(int fd, struct ipc_inbox *in, struct datagram *d)
{
    int64_t end = now_us() + IPC_SOON_US;
    ssize_t n;

    while ((n = receive_once(fd, in, MSG_DONTWAIT, d)) == -EAGAIN && now_us() < end)
        (void)sched_yield();
    return n;
}

/* Then the system call itself waits; once a signal has come, as with any other deadline. */
static int
receive_by_socket(int fd, struct ipc_inbox *in, struct datagram *d)
{
    int64_t start = ipc_deadline(0);
    ssize_t n = receive_soon(fd, in, d);

    if (n == -EAGAIN)
        n = receive_once(fd, in, 0, d);
    if (n == -EAGAIN)
        return -ETIMEDOUT;
    if (n != -EINTR)
        return receive_result(n);
    return receive_datagram(fd, in, INT_MAX, socket_deadline(fd, start), d);
}

/* The message in the memfd repeats the datagram's prefix; they must agree. */
static int
open_memfd(struct ipc_inbox *in, int fd, uint32_t length)
{
    size_t total = IPC_PREFIX + (size_t)length;
    struct wr w = wr_init(in->buffer, IPC_PREFIX);
    int rc;

    if (total > IPC_MESSAGE_MAX)
        return -EBADMSG;
    rc = ipc_memfd_check(fd, total);
    if (rc < 0)
        return rc;
    in->mapped = ipc_pages_new(total);
    if (in->mapped == NULL)
        return -ENOMEM;
    in->mapped_size = total;
    rc = ipc_memfd_read(fd, in->mapped, total);
    if (rc < 0)
        return rc;
    w.len = IPC_PREFIX;
    wr_set_u16le(&w, IPC_FLAGS_OFFSET, 0);
    if (!view_is_equal(wr_written(&w), view_of(in->mapped, IPC_PREFIX)))
        return -EBADMSG;
    in->message = view_of(in->mapped, total);
    return 0;
}

/* Which form the message has: only the prefix says so, and only two are known. */
static int
open_message(struct ipc_inbox *in, const struct datagram *d)
{
    struct rd r = rd_init(view_of(in->buffer, d->n));
    uint16_t flags;
    uint32_t length;

    rd_expect_u32le(&r, IPC_MAGIC);
    rd_skip(&r, sizeof(uint16_t));                      /* call */
    flags = rd_u16le(&r);
    rd_skip(&r, sizeof(uint64_t) + sizeof(uint32_t));   /* id, status */
    length = rd_u32le(&r);
    if (r.failed || (d->flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return -EBADMSG;
    if (flags == IPC_FLAG_MEMFD && d->fds == 1 && rd_left(&r) == 0)
        return open_memfd(in, d->fd, length);
    if (flags != 0 || d->fds != 0)
        return -EBADMSG;
    in->message = view_of(in->buffer, d->n);
    return 0;
}

static int
receive(int fd, struct ipc_inbox *in, int timeout_ms, struct datagram *d)
{
    switch (timeout_ms) {
    case IPC_SOCKET_DEADLINE:
        return receive_by_socket(fd, in, d);
    case IPC_SOON:
        return receive_result(receive_soon(fd, in, d));
    default:
        return receive_datagram(fd, in, timeout_ms, ipc_deadline(timeout_ms), d);
    }
}

/* What was refused may have been half of somebody's key: it is wiped as well. */
int
ipc_receive(int fd, struct ipc_inbox *in, int timeout_ms)
{
    struct datagram d = { 0, 0, NO_FD, 0 };
    int rc;

    ipc_inbox_clear(in);
    if (in->buffer == NULL)
        in->buffer = ipc_pages_new(IPC_INLINE_MAX);
    if (in->buffer == NULL)
        return -ENOMEM;
    rc = receive(fd, in, timeout_ms, &d);
    if (rc <= 0)
        return rc;
    rc = open_message(in, &d);
    if (d.fd != NO_FD)
        close(d.fd);
    if (rc == 0)
        return 1;
    ipc_inbox_clear(in);
    secret_wipe(in->buffer, d.n);
    return rc;
}
