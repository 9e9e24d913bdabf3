/*
 * Sockets: connecting, listening, and who the peer was when it connected (D2;
 * unix(7)).
 *
 * Connecting runs in applications, listening in the authority. A socket file
 * is replaced only when it is a socket that refuses to be connected to, that
 * is, left behind by a process that has died; two authorities that start at
 * once are kept apart by a lock on the folder.
 */
#include "ipc/ipc_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_BACKLOG 128

/* Not SO_PASSCRED: what a message claims is the sender's choice, this is the kernel's. */
int
ipc_peer_get(int fd, struct ipc_peer *peer)
{
    struct ucred cred;
    socklen_t n = sizeof(cred);

    memset(peer, 0, sizeof(*peer));
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
        return -errno;
    peer->pid = (uint32_t)cred.pid;
    peer->uid = cred.uid;
    peer->gid = cred.gid;
    return 0;
}

/* A path that does not fit is refused, not cut: it would name another socket. */
static int
address_set(struct sockaddr_un *sa, const char *path)
{
    size_t n = strlen(path);

    memset(sa, 0, sizeof(*sa));
    if (n == 0)
        return -EINVAL;
    if (n >= sizeof(sa->sun_path))
        return -ENAMETOOLONG;
    sa->sun_family = AF_UNIX;
    memcpy(sa->sun_path, path, n);
    return 0;
}

/*
 * connect() waits while the backlog is full, that is, while a hung authority accepts
 * nobody. SO_SNDTIMEO bounds that wait (unix(7): then EAGAIN), and it is set anew
 * after a signal, or a timer's signals could prolong it for ever.
 */
static int
connect_until(int fd, const struct sockaddr_un *sa, int64_t deadline)
{
    int rc;

    do {
        rc = ipc_timeout_set(fd, SO_SNDTIMEO, ipc_deadline_left(deadline));
        if (rc == 0 && connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0)
            rc = -errno;
    } while (rc == -EINTR);
    return rc;
}

/* A connected socket, or negative errno. flags: SOCK_NONBLOCK or 0. */
static int
connect_to(const struct sockaddr_un *sa, int flags)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
    int rc;

    if (fd < 0)
        return -errno;
    rc = connect_until(fd, sa, ipc_deadline(IPC_CONNECT_DEADLINE_MS));
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

int
ipc_connect(const char *path)
{
    struct sockaddr_un sa;
    int rc = address_set(&sa, path);

    if (rc == 0)
        rc = connect_to(&sa, 0);
    return rc == -EAGAIN ? -ETIMEDOUT : rc;
}

int
ipc_receive_deadline_set(int fd, int timeout_ms)
{
    return ipc_timeout_set(fd, SO_RCVTIMEO, timeout_ms);
}

/*
 * Removes the file when it is an abandoned socket. Anything else stays and is
 * -EADDRINUSE: a file of another kind, a socket that answers or is merely busy.
 */
static int
abandoned_remove(const struct sockaddr_un *sa)
{
    struct stat st;
    int fd;

    if (lstat(sa->sun_path, &st) != 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EADDRINUSE;
    fd = connect_to(sa, SOCK_NONBLOCK);
    if (fd >= 0)
        close(fd);
    if (fd != -ECONNREFUSED)
        return -EADDRINUSE;
    return unlink(sa->sun_path) == 0 ? 0 : -errno;
}

/*
 * The mode set on the socket before bind() bounds the file's from its first
 * moment; chmod() then gives back what the umask took. The umask itself is not
 * touched: it belongs to the whole process.
 */
static int
bind_listening(int fd, const struct sockaddr_un *sa, unsigned mode)
{
    if (fchmod(fd, (mode_t)mode) != 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0)
        return -errno;
    if (chmod(sa->sun_path, (mode_t)mode) != 0 || listen(fd, LISTEN_BACKLOG) != 0)
        return -errno;
    return 0;
}

/*
 * An exclusive lock on the folder of the path; negative errno on failure. Needs
 * no lock file: it is gone when the descriptor is, also after a crash.
 */
static int
folder_lock(const struct sockaddr_un *sa)
{
    struct sockaddr_un copy = *sa;      /* dirname() cuts its argument */
    int fd = open(dirname(copy.sun_path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return -errno;
    do
        rc = flock(fd, LOCK_EX);
    while (rc != 0 && errno == EINTR);
    if (rc == 0)
        return fd;
    rc = -errno;
    close(fd);
    return rc;
}

/* Under the folder's lock: a listening socket, or negative errno. */
static int
listen_locked(const struct sockaddr_un *sa, unsigned mode)
{
    int rc = abandoned_remove(sa);
    int fd;

    if (rc < 0)
        return rc;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    rc = bind_listening(fd, sa, mode);
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

int
ipc_listen(const char *path, unsigned mode)
{
    struct sockaddr_un sa;
    int rc = address_set(&sa, path);
    int lock;

    if (rc < 0)
        return rc;
    lock = folder_lock(&sa);
    if (lock < 0)
        return lock;
    rc = listen_locked(&sa, mode);
    close(lock);
    return rc;
}
