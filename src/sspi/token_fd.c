/*
 * Tokens as file descriptors (D10): a memfd with the snapshot, sealed, so that
 * whoever has it reads what was written and nobody changes it.
 *
 * Runs in the application. The kernel says whose process made a memfd, by its owner:
 * only root's and our own are believed, as its maker may say who the client is.
 */
#include "base/user_ns.h"
#include "sspi/impersonate.h"
#include "sspi/token.h"

#include "opensspi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FD_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define FD_BYTES_MAX (128 * 1024)

/* Whole and sealed. -1: it is not. */
static int
fd_make(const struct sspi_token *t)
{
    int fd;

    /* Its owner is to be the process, not whom the thread acts for. */
    sspi_impersonate_pause();
    fd = memfd_create("opensspi-token", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    sspi_impersonate_resume();
    if (fd < 0)
        return -1;
    if (write(fd, t->bytes, t->n) == (ssize_t)t->n && fcntl(fd, F_ADD_SEALS, FD_SEALS) == 0)
        return fd;
    close(fd);
    return -1;
}

SECURITY_STATUS SEC_ENTRY
opensspi_token_to_fd(HANDLE token, int *fd)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_token *t;

    if (fd == NULL)
        return SEC_E_INVALID_PARAMETER;
    *fd = -1;
    t = p == NULL ? NULL : sspi_token_find(p, token);
    if (t == NULL)
        return SEC_E_INVALID_HANDLE;
    *fd = fd_make(t);
    sspi_token_put(t);
    return *fd < 0 ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}

/* Its size, once it is clear that nobody can change what is in it. */
static status_t
fd_check(int fd, size_t *n)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    if (seals < 0 || (seals & FD_SEALS) != FD_SEALS || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)
        || st.st_size <= 0 || st.st_size > FD_BYTES_MAX)
        return SEC_E_INVALID_TOKEN;
    *n = (size_t)st.st_size;
    if (st.st_uid == 0)
        return SEC_E_OK;
    /* An owner that looks like us may be whoever else has no number here. */
    return st.st_uid == geteuid() && user_ns_uid_is_clear(st.st_uid) ? SEC_E_OK : SEC_E_NOT_OWNER;
}

static struct sspi_token *
fd_read(int fd, size_t n, status_t *st)
{
    uint8_t *bytes = malloc(n);
    struct sspi_token *t = NULL;

    *st = SEC_E_INSUFFICIENT_MEMORY;
    if (bytes != NULL) {
        *st = SEC_E_INVALID_TOKEN;
        if (pread(fd, bytes, n, 0) == (ssize_t)n)
            t = sspi_token_new(view_of(bytes, n));
    }
    free(bytes);
    return t;
}

SECURITY_STATUS SEC_ENTRY
opensspi_token_from_fd(int fd, HANDLE *token)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_token *t;
    size_t n;
    status_t st;

    if (token == NULL)
        return SEC_E_INVALID_PARAMETER;
    *token = NULL;
    st = p == NULL ? SEC_E_INSUFFICIENT_MEMORY : fd_check(fd, &n);
    if (st != SEC_E_OK)
        return st;
    t = fd_read(fd, n, &st);
    if (t == NULL)
        return st;
    *token = sspi_token_publish(p, t, false);
    sspi_token_put(t);
    return *token == NULL ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}
