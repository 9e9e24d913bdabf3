/*
 * Large messages: a sealed memfd in place of the datagram's bytes, and the
 * pages that received messages are kept in (D12; memfd_create(2), fcntl(2)
 * "File Sealing").
 *
 * Runs in applications and in the authority. A received descriptor is hostile:
 * it may be anything, so it is asked for its seals before any call that could
 * block in a file system of the sender's own (F_GET_SEALS fails at once there).
 * Its contents are copied, never mapped: a mapping can fault (SIGBUS) when the
 * kernel finds no page for a hole in the file, a read cannot.
 */
#include "ipc/ipc_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Since Linux 6.3; some systems refuse a memfd that could be executed. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define MEMFD_NAME "opensspi-message"

static int
memfd_open(void)
{
    int fd = memfd_create(MEMFD_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(MEMFD_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd < 0 ? -errno : fd;
}

static int
write_all(int fd, struct view v)
{
    size_t done = 0;

    while (done < v.n) {
        ssize_t n = pwrite(fd, v.p + done, v.n - done, (off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        done += (size_t)n;
    }
    return 0;
}

int
ipc_memfd_new(struct view message)
{
    int fd = memfd_open();
    int rc;

    if (fd < 0)
        return fd;
    rc = write_all(fd, message);
    if (rc == 0 && fcntl(fd, F_ADD_SEALS, IPC_SEALS) != 0)
        rc = -errno;
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

int
ipc_memfd_check(int fd, size_t n)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat st;

    if (seals < 0 || (seals & IPC_SEALS) != IPC_SEALS)
        return -EBADMSG;
    if (fstat(fd, &st) != 0 || st.st_size < 0 || (size_t)st.st_size != n)
        return -EBADMSG;
    return 0;
}

int
ipc_memfd_read(int fd, uint8_t *out, size_t n)
{
    size_t done = 0;

    while (done < n) {
        ssize_t got = pread(fd, out + done, n - done, (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -EBADMSG;
        done += (size_t)got;
    }
    return 0;
}

/* Messages carry session keys: they do not go to core files or forked children (D3, D21). */
uint8_t *
ipc_pages_new(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    (void)madvise(p, n, MADV_DONTDUMP);
    (void)madvise(p, n, MADV_WIPEONFORK);
    return p;
}

void
ipc_pages_free(uint8_t *p, size_t n)
{
    if (p != NULL)
        munmap(p, n);
}
