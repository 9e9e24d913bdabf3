/*
 * A helper program that asks (ssh-askpass and its kin): the question is its
 * argument, the answer one line on its output, and an exit status other than 0 means
 * that there is none.
 *
 * Runs in the application, whose children are its own business: the program is a child
 * of a process between, which the application's wait() does not see and which ends
 * without SIGCHLD (clone with exit signal 0; wait with __WCLONE). A process that calls
 * execve gets SIGCHLD back, hence two of them.
 *
 * The program gets the question, a few variables of the environment, and no descriptor
 * but its three; it dies with the process between. What it says is bounded, and wiped.
 */
#include "sspi/prompt.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER_WAIT_MS (5 * 60 * 1000)      /* a human answers */
#define EXIT_NOT_RUN 127

/* What a program needs to show a window, or to talk to a terminal; nothing of ours. */
static const char *const environment_kept[] = {
    "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "HOME", "LANG", "LC_ALL", "TERM", "WAYLAND_DISPLAY",
    "XAUTHORITY", "XDG_RUNTIME_DIR",
};
#define ENVIRONMENT_MAX (sizeof(environment_kept) / sizeof(environment_kept[0]) + 2)

/* Points into the application's environment: nothing is copied. */
static void
environment_make(char *out[ENVIRONMENT_MAX])
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    size_t n = 0;

    out[n++] = path;
    for (char **e = environ; e != NULL && *e != NULL; e++) {
        size_t length = strcspn(*e, "=");

        for (size_t i = 0; i < ENVIRONMENT_MAX - 2; i++) {
            if (strlen(environment_kept[i]) == length && n < ENVIRONMENT_MAX - 1
                && strncmp(*e, environment_kept[i], length) == 0)
                out[n++] = *e;
        }
    }
    out[n] = NULL;
}

struct helper {
    const char *path;
    char *const *arguments, *const *environment;
    int output;                 /* the pipe's end for writing */
    sigset_t before;            /* the thread's signals */
};

/* ---- in the child: only calls that are safe after fork ------------------- */

static void
signals_reset(void)
{
    struct sigaction usual = { .sa_handler = SIG_DFL };

    for (int i = 1; i < NSIG; i++)
        (void)sigaction(i, &usual, NULL);
}

_Noreturn static void
program_run(const struct helper *h, pid_t between)
{
    sigset_t none;
    int null;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != between)
        _exit(EXIT_NOT_RUN);
    null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(h->output, STDOUT_FILENO) < 0 || dup2(null, STDIN_FILENO) < 0
        || (fcntl(STDERR_FILENO, F_GETFD) < 0 && dup2(null, STDERR_FILENO) < 0))
        _exit(EXIT_NOT_RUN);
    closefrom(STDERR_FILENO + 1);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    execve(h->path, h->arguments, h->environment);
    _exit(EXIT_NOT_RUN);
}

/* The process between: waits for the program, and says how it ended. */
_Noreturn static void
between_run(const struct helper *h)
{
    pid_t self = getpid(), program;
    int status = 0;

    signals_reset();
    program = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
    if (program == 0)
        program_run(h, self);
    if (program > 0) {
        /* Else a connection that the application closes would stay open here. */
        closefrom(0);
        while (waitpid(program, &status, 0) < 0 && errno == EINTR)
            ;
    }
    _exit(program > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_NOT_RUN);
}

/* ---- in the application -------------------------------------------------- */

/* All signals are blocked meanwhile: a handler of the application's must not run in the copy. */
static pid_t
helper_start(struct helper *h)
{
    sigset_t all;
    pid_t between;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &h->before);
    between = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
    if (between == 0)
        between_run(h);
    (void)pthread_sigmask(SIG_SETMASK, &h->before, NULL);
    return between;
}

/* Until the end, one byte too many, or the time is over. False: no whole answer. */
static bool
helper_read(int fd, char *bytes, size_t room, size_t *n)
{
    int64_t end = filetime_boot_ms() + HELPER_WAIT_MS;

    for (*n = 0; *n < room;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int64_t left = end - filetime_boot_ms();
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        ssize_t got = ready > 0 ? read(fd, bytes + *n, room - *n) : -1;

        if (ready == 0)
            return false;
        if ((ready < 0 || got < 0) && errno != EINTR)
            return false;
        if (ready > 0 && got == 0)
            return true;
        if (ready > 0 && got > 0)
            *n += (size_t)got;
    }
    return false;
}

static bool
helper_end(pid_t between, bool kill_it)
{
    int status = 0;
    pid_t ended;

    if (kill_it)
        (void)kill(between, SIGKILL);
    while ((ended = waitpid(between, &status, (int)__WCLONE)) < 0 && errno == EINTR)
        ;
    return ended == between && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
helper_run(struct helper *h, int input, char *bytes, size_t room, size_t *n)
{
    pid_t between = helper_start(h);
    bool read_all;

    close(h->output);
    if (between < 0)
        return false;
    read_all = helper_read(input, bytes, room, n);
    return helper_end(between, !read_all) && read_all;
}

status_t
sspi_prompt_by_helper(const char *path, const char *question, char answer[SSPI_PROMPT_MAX])
{
    char *environment[ENVIRONMENT_MAX];
    char *arguments[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)question, NULL };
    struct helper h = { .path = path, .arguments = arguments, .environment = environment };
    char bytes[SSPI_PROMPT_MAX + 1];
    size_t n = 0;
    int ends[2];
    bool good;

    if (path[0] != '/' || pipe2(ends, O_CLOEXEC) != 0)
        return SEC_E_NO_CREDENTIALS;
    environment_make(environment);
    h.output = ends[1];
    good = helper_run(&h, ends[0], bytes, sizeof(bytes), &n) && sspi_prompt_line(bytes, n);
    close(ends[0]);
    if (good)
        memcpy(answer, bytes, strlen(bytes) + 1);
    else
        log_warning("prompt", LOG_S("reason", "the helper program gave no answer"),
                    LOG_S("program", path));
    secret_wipe(bytes, sizeof(bytes));
    return good ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}
