/*
 * The transport's frame: what ipc_receive() makes of a datagram and of what is
 * attached to it. Of an input the first byte says how it is sent: bit 0, the
 * bytes go into a sealed memfd and their first 24 into the datagram, flagged;
 * bit 1, the memfd is attached but not sealed; bit 2, it is attached twice.
 *
 * Oracle: a message is taken whole or refused with -EBADMSG, and no descriptor
 * stays open.
 */
#include "fuzz.h"

#include "ipc/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLAGS_OFFSET 6
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

enum form { FORM_MEMFD = 1, FORM_UNSEALED = 2, FORM_TWICE = 4 };

static int
memfd_new(const uint8_t *p, size_t n, unsigned form)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(write(fd, p, n) == (ssize_t)n);
    if ((form & FORM_UNSEALED) == 0)
        FUZZ_CHECK(fcntl(fd, F_ADD_SEALS, SEALS) == 0);
    return fd;
}

static void
send_raw(int fd, uint8_t *p, size_t n, const int *fds, size_t count)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(sizeof(int) * 2)];
    } control = { .bytes = { 0 } };
    struct iovec iov = { p, n };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (count > 0) {
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * count);
    }
    FUZZ_CHECK(sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)n);
}

/* The prefix of a message in a memfd; the flag is set as a sender would. */
static void
send_memfd(int fd, const uint8_t *p, size_t n, unsigned form)
{
    uint8_t prefix[IPC_PREFIX];
    int memfd = memfd_new(p, n, form);
    int fds[2] = { memfd, memfd };

    memcpy(prefix, p, sizeof(prefix));
    prefix[FLAGS_OFFSET] ^= 1;
    send_raw(fd, prefix, sizeof(prefix), fds, (form & FORM_TWICE) != 0 ? 2 : 1);
    close(memfd);
}

/* The lowest free number: it is the same afterwards unless something stayed open. */
static int
next_fd(void)
{
    int fd = dup(STDERR_FILENO);

    close(fd);
    return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipc_inbox in;
    struct view sent;
    int fds[2], rc, before = next_fd();

    if (size < 1 + IPC_PREFIX || size > IPC_INLINE_MAX)
        return 0;
    sent = view_of(data + 1, size - 1);
    ipc_inbox_init(&in);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
    if ((data[0] & FORM_MEMFD) != 0) {
        send_memfd(fds[0], sent.p, sent.n, data[0]);
    } else {
        uint8_t *copy = malloc(sent.n);

        memcpy(copy, sent.p, sent.n);
        send_raw(fds[0], copy, sent.n, NULL, 0);
        free(copy);
    }
    rc = ipc_receive(fds[1], &in, 0);
    FUZZ_CHECK(rc == 1 || rc == -EBADMSG);
    FUZZ_CHECK(rc != 1 || view_is_equal(in.message, sent));
    FUZZ_CHECK(rc != 1 || (data[0] & FORM_MEMFD) == 0
               || (data[0] & (FORM_UNSEALED | FORM_TWICE)) == 0);
    FUZZ_CHECK(rc == 1 || in.message.n == 0);
    ipc_inbox_wipe(&in);
    close(fds[0]);
    close(fds[1]);
    FUZZ_CHECK(next_fd() == before);
    return 0;
}
