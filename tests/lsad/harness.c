/*
 * The harness. The daemon's program is the environment's LSAD_PROGRAM, so that
 * the same tests run the one with the fake authority and, where they make sense,
 * the real one; LSAD_WRAPPER goes before it (valgrind).
 */
#include "harness.h"

#include "ipc/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

int64_t
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        continue;
}

bool
file_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

/* ---- the daemon --------------------------------------------------------- */

static void
file_write(const char *path, const void *p, size_t n, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    close(fd);
}

/* A test that runs as root keeps root unless it says otherwise. */
static const char *
user_name(void)
{
    const char *name = getenv("LSAD_TEST_USER");

    return name != NULL ? name : geteuid() == 0 ? "root" : "lsad";
}

void
daemon_configure(struct daemon *d, const char *authority_lines, const char *other_lines)
{
    bool own_user = strstr(authority_lines, "user =") != NULL;
    char text[4096];
    int n;

    n = snprintf(text, sizeof text,
                 "[authority]\nsocket = %s\n%s%s%s%s\n[store]\nstate_dir = %s/state\n\n%s\n",
                 d->socket, own_user ? "" : "user = ", own_user ? "" : user_name(),
                 own_user ? "" : "\n", authority_lines, d->dir, other_lines);
    assert_true(n > 0 && (size_t)n < sizeof text);
    file_write(d->config, text, (size_t)n, 0644);
}

static void
notify_bind(struct daemon *d)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", d->dir);
    d->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(d->notify, (const struct sockaddr *)&address, sizeof address), 0);
}

void
daemon_init(struct daemon *d, const char *authority_lines, const char *other_lines)
{
    char path[160];

    memset(d, 0, sizeof *d);
    snprintf(d->dir, sizeof d->dir, "/tmp/lsad-test-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    assert_int_equal(chmod(d->dir, 0755), 0);
    snprintf(d->config, sizeof d->config, "%s/opensspi.conf", d->dir);
    snprintf(d->socket, sizeof d->socket, "%s/run/lsad.sock", d->dir);
    snprintf(d->log, sizeof d->log, "%s/log", d->dir);
    snprintf(d->state, sizeof d->state, "%s/state", d->dir);
    assert_int_equal(mkdir(d->state, 0700), 0);
    snprintf(path, sizeof path, "%s/run", d->dir);
    assert_int_equal(mkdir(path, 0755), 0);
    notify_bind(d);
    daemon_configure(d, authority_lines, other_lines);
}

void
daemon_wipe(struct daemon *d)
{
    char command[128];

    if (d->pid != 0)
        daemon_stop(d, SIGKILL);
    close(d->notify);
    for (int i = 0; i < d->passed_count; i++)
        close(d->passed[i]);
    snprintf(command, sizeof command, "rm -rf %s", d->dir);
    assert_int_equal(system(command), 0);
}

void
daemon_pass(struct daemon *d, const char *path, int type)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    d->passed[d->passed_count++] = fd;
}

/* In the child: descriptors from 3 on, by way of higher ones that are in nobody's way. */
static void
sockets_pass(struct daemon *d)
{
    char text[32];

    if (d->passed_count == 0 && d->passed_number == NULL)
        return;
    for (int i = 0; i < d->passed_count; i++)
        d->passed[i] = fcntl(d->passed[i], F_DUPFD_CLOEXEC, 20);
    for (int i = 0; i < d->passed_count; i++)
        dup2(d->passed[i], 3 + i);
    snprintf(text, sizeof text, "%d", d->passed_count);
    setenv("LISTEN_FDS", d->passed_number != NULL ? d->passed_number : text, 1);
    setenv("LISTEN_FDNAMES", d->passed_names != NULL ? d->passed_names : "", 1);
    snprintf(text, sizeof text, "%d", (int)getpid());
    setenv("LISTEN_PID", text, 1);
}

/* In the child: descriptors and environment as the service manager would set them. */
_Noreturn static void
daemon_exec(struct daemon *d, char **argv)
{
    char name[128];
    int log = open(d->log, O_WRONLY | O_CREAT | O_APPEND, 0644);

    snprintf(name, sizeof name, "%s/notify", d->dir);
    setenv("NOTIFY_SOCKET", name, getenv("FAKE_NOTIFY") == NULL);
    if (getenv("FAKE_NOTIFY") != NULL)
        setenv("NOTIFY_SOCKET", getenv("FAKE_NOTIFY"), 1);
    sockets_pass(d);
    dup2(log, STDERR_FILENO);
    dup2(log, STDOUT_FILENO);
    execvp(argv[0], argv);
    _exit(127);
}

static void
daemon_fork(struct daemon *d, va_list more)
{
    static char config_option[] = "--config", sandbox_option[] = "--no-sandbox";
    char *argv[ARGUMENTS_MAX] = { NULL };
    char *wrapper = getenv("LSAD_WRAPPER"), *rest = wrapper != NULL ? strdup(wrapper) : NULL;
    char *tokens = rest;
    int n = 0;

    if (getenv("LSAD_PROGRAM") == NULL)
        fail_msg("LSAD_PROGRAM does not name a daemon: run these by ctest");
    while (tokens != NULL && n < ARGUMENTS_MAX - 6)
        argv[n++] = strsep(&tokens, " ");
    argv[n++] = getenv("LSAD_PROGRAM");
    argv[n++] = config_option;
    argv[n++] = d->config;
    /* valgrind and the sanitizers need calls that the sandbox takes away. */
    if (getenv("LSAD_NO_SANDBOX") != NULL)
        argv[n++] = sandbox_option;
    while (n < ARGUMENTS_MAX - 1 && (argv[n] = va_arg(more, char *)) != NULL)
        n++;
    d->pid = fork();
    if (d->pid == 0)
        daemon_exec(d, argv);
    free(rest);
}

/* What a sanitizer or valgrind had to say is the reason of a wrong exit code. */
static void
log_show(struct daemon *d)
{
    char command[160];

    snprintf(command, sizeof command, "tail -n 100 %s >&2", d->log);
    if (system(command) != 0)
        print_error("%s: not readable\n", d->log);
}

void
daemon_start(struct daemon *d, ...)
{
    const char *text;
    va_list more;

    /* What an earlier run said last is not about this one. */
    while (*daemon_notification(d, 0) != '\0')
        continue;
    va_start(more, d);
    daemon_fork(d, more);
    va_end(more);
    text = daemon_notification(d, 100);
    for (int i = 0; i < DAEMON_WAIT_MS / 100 && *text == '\0' &&
                    waitpid(d->pid, NULL, WNOHANG) == 0; i++)
        text = daemon_notification(d, 100);
    if (strncmp(text, "READY=1", 7) == 0)
        return;
    log_show(d);
    kill(d->pid, SIGKILL);
    d->pid = 0;
    fail_msg("the daemon did not start: '%s'", text);
}

static int
daemon_wait(struct daemon *d)
{
    int status = 0;
    pid_t pid = d->pid;

    d->pid = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
daemon_run(struct daemon *d, ...)
{
    va_list more;

    va_start(more, d);
    daemon_fork(d, more);
    va_end(more);
    return daemon_wait(d);
}

int
daemon_stop(struct daemon *d, int signal)
{
    int code;

    /* A start that failed; and kill(0) would end the tests themselves. */
    if (d->pid <= 0)
        return -1;
    kill(d->pid, signal);
    code = daemon_wait(d);
    if (code != 0 && signal != SIGKILL)
        log_show(d);
    return code;
}

const char *
daemon_notification(struct daemon *d, int timeout_ms)
{
    static char text[512];
    struct pollfd p = { .fd = d->notify, .events = POLLIN };
    ssize_t n = 0;

    if (poll(&p, 1, timeout_ms) == 1)
        n = recv(d->notify, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static bool
file_has(const char *path, const char *text)
{
    char line[2048];
    FILE *f = fopen(path, "r");
    bool found = false;

    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        found = strstr(line, text) != NULL;
    if (f != NULL)
        fclose(f);
    return found;
}

bool
daemon_logged(struct daemon *d, const char *text)
{
    for (int i = 0; i < DAEMON_WAIT_MS / 10; i++) {
        if (file_has(d->log, text))
            return true;
        sleep_ms(10);
    }
    return false;
}

/* ---- clients ------------------------------------------------------------ */

int
client_connect(struct daemon *d, const char *path)
{
    int fd = ipc_connect(path != NULL ? path : d->socket);

    if (fd < 0)
        fail_msg("connect: %s", strerror(-fd));
    return fd;
}

bool
client_send_bytes(int fd, const void *p, size_t n)
{
    return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

void
client_send(int fd, const char *command)
{
    uint8_t bytes[512];
    struct wr w = wr_init(bytes, sizeof bytes);

    wr_u32le(&w, IPC_MAGIC);
    wr_u16le(&w, IPC_ID_status);
    wr_u16le(&w, 0);
    wr_u64le(&w, 7);
    wr_u32le(&w, 0);
    wr_u32le(&w, (uint32_t)strlen(command));
    wr_bytes(&w, command, strlen(command));
    assert_int_equal(wr_end(&w, -1), 0);
    assert_true(client_send_bytes(fd, w.p, w.len));
}

const char *
client_receive(int fd, int32_t *status)
{
    static _Thread_local char text[512];
    struct ipc_inbox inbox;
    struct rd r;
    size_t n;

    ipc_inbox_init(&inbox);
    if (ipc_receive(fd, &inbox, DAEMON_WAIT_MS) != 1) {
        ipc_inbox_wipe(&inbox);
        return NULL;
    }
    r = rd_init(inbox.message);
    rd_expect_u32le(&r, IPC_MAGIC);
    rd_skip(&r, 12);
    *status = (int32_t)rd_u32le(&r);
    assert_int_equal(rd_u32le(&r), inbox.message.n - IPC_PREFIX);
    n = rd_left(&r) < sizeof text - 1 ? rd_left(&r) : sizeof text - 1;
    rd_bytes(&r, text, n);
    text[n] = '\0';
    ipc_inbox_wipe(&inbox);
    return text;
}

const char *
client_ask(int fd, const char *command)
{
    int32_t status = 0;

    client_send(fd, command);
    return client_receive(fd, &status);
}

bool
client_is_closed(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLRDHUP };

    return poll(&p, 1, DAEMON_WAIT_MS) == 1 && (p.revents & (POLLHUP | POLLRDHUP)) != 0;
}

int
client_stat(int fd, const char *key)
{
    const char *text = client_ask(fd, "stat"), *at;

    assert_non_null(text);
    at = strstr(text, key);
    assert_non_null(at);
    return (int)strtol(at + strlen(key) + 1, NULL, 10);
}
