/*
 * Things that the sandbox must refuse, done in the daemon itself: what an attacker
 * would try who runs code in it.
 */
#include "fake_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int
closed(int fd)
{
    int saved = errno;

    if (fd < 0)
        return saved;
    close(fd);
    return 0;
}

static int
try_fork(void)
{
    pid_t child = fork();

    if (child < 0)
        return errno;
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    return 0;
}

static int
try_exec(void)
{
    char *const argv[] = { strdup("true"), NULL };

    execv("/bin/true", argv);
    free(argv[0]);
    return errno;
}

static int
try_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return errno;
    munmap(p, 4096);
    return 0;
}

/* Reading a limit works, setting it to what it is does not. */
static int
try_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return EINVAL;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : errno;
}

int
fake_try(const char *what)
{
    if (strcmp(what, "exec") == 0)
        return try_exec();
    if (strcmp(what, "fork") == 0)
        return try_fork();
    if (strcmp(what, "code") == 0)
        return try_code();
    if (strcmp(what, "socket") == 0)
        return closed(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (strcmp(what, "limits") == 0)
        return try_limits();
    if (strcmp(what, "root") == 0)
        return setuid(0) == 0 ? 0 : errno;
    if (strcmp(what, "dumpable") == 0)
        return prctl(PR_GET_DUMPABLE) == 1 ? 0 : EPERM;
    if (strncmp(what, "read ", 5) == 0)
        return closed(open(what + 5, O_RDONLY | O_CLOEXEC));
    if (strncmp(what, "write ", 6) == 0)
        return closed(open(what + 6, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    return EINVAL;
}
