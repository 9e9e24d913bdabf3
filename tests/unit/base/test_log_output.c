/*
 * Where lines go: the level, the sink, the id of the thread, one write a
 * line, errno kept, and no SIGPIPE from a closed standard error.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"

struct caught {
    int count;
    enum log_level level;
    char line[2048];
};

static void
catch_line(enum log_level level, const char *text, void *arg)
{
    struct caught *c = arg;

    c->count++;
    c->level = level;
    (void)snprintf(c->line, sizeof(c->line), "%s", text);
    errno = EBADF;
}

static void
test_sink_and_level(void **state)
{
    struct caught c = { 0 };

    (void)state;
    log_set_sink(catch_line, &c);
    assert_true(log_is_on(LOG_NOTICE));
    assert_false(log_is_on(LOG_INFO));
    log_info("quiet", LOG_N("n", 1));
    assert_int_equal(c.count, 0);
    log_notice("loud", LOG_N("n", 1));
    assert_int_equal(c.count, 1);
    assert_int_equal(c.level, LOG_NOTICE);
    assert_non_null(strstr(c.line, " level=notice event=loud n=1"));
    assert_null(strchr(c.line, '\n'));
    log_set_level(LOG_ERROR);
    log_warning("quiet", LOG_N("n", 1));
    assert_int_equal(c.count, 1);
    log_set_level(LOG_DEBUG);
    log_debug("loud", LOG_N("n", 2));
    assert_int_equal(c.count, 2);
    log_set_level(LOG_NOTICE);
    log_set_sink(NULL, NULL);
}

static void
test_errno_is_kept(void **state)
{
    struct caught c = { 0 };

    (void)state;
    log_set_sink(catch_line, &c);
    errno = ENOENT;
    log_error("x", LOG_N("n", 1));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(c.count, 1);
    log_set_sink(NULL, NULL);
}

static void *
other_thread(void *arg)
{
    (void)arg;
    return (void *)(uintptr_t)log_id();
}

static void
test_id_is_the_threads(void **state)
{
    struct caught c = { 0 };
    pthread_t thread;
    void *id;

    (void)state;
    log_set_sink(catch_line, &c);
    log_set_id(UINT64_C(0xfedcba9876543210));
    assert_true(log_id() == UINT64_C(0xfedcba9876543210));
    log_error("x", LOG_N("n", 1));
    assert_non_null(strstr(c.line, " event=x id=fedcba9876543210 n=1"));
    assert_int_equal(pthread_create(&thread, NULL, other_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, &id), 0);
    assert_null(id);
    log_set_id(0);
    log_error("x", LOG_N("n", 1));
    assert_null(strstr(c.line, "id="));
    log_set_sink(NULL, NULL);
}

/* Standard error is a packet pipe: a read returns what one write wrote. */
static size_t
read_packet(int fd, char *out, size_t room)
{
    ssize_t n = read(fd, out, room - 1);

    assert_true(n >= 0);
    out[n] = '\0';
    return (size_t)n;
}

static void
test_one_write_a_line(void **state)
{
    int fds[2], kept = dup(STDERR_FILENO);
    char got[4096], wide[600];
    size_t n;

    (void)state;
    memset(wide, ' ', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    assert_int_equal(pipe2(fds, O_DIRECT | O_CLOEXEC), 0);
    assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
    log_error("first", LOG_N("n", 1));
    log_error("second", LOG_S("a", wide), LOG_S("b", wide), LOG_S("c", wide), LOG_S("d", wide));
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    n = read_packet(fds[0], got, sizeof(got));
    assert_string_equal(strchr(got, ' '), " level=error event=first n=1\n");
    n = read_packet(fds[0], got, sizeof(got));
    assert_in_range(n, 2000, 2048);
    assert_int_equal(got[n - 1], '\n');
    assert_non_null(strstr(got, "\" truncated=1\n"));
    (void)close(fds[0]);
    (void)close(fds[1]);
    (void)close(kept);
}

static volatile sig_atomic_t pipes;

static void
count_sigpipe(int sig)
{
    (void)sig;
    pipes++;
}

/*
 * A program whose standard error went away: no signal, errno kept, and its
 * own signals untouched.
 */
static void
test_no_sigpipe(void **state)
{
    struct sigaction count = { .sa_handler = count_sigpipe }, before;
    int fds[2], kept = dup(STDERR_FILENO);
    sigset_t mask;

    (void)state;
    pipes = 0;
    assert_int_equal(sigaction(SIGPIPE, &count, &before), 0);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
    errno = EDOM;
    log_error("lost", LOG_N("n", 1));
    assert_int_equal(errno, EDOM);
    assert_int_equal(pipes, 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    assert_false(sigismember(&mask, SIGPIPE));
    /* The test can fail: the same write by hand does raise it. */
    assert_int_equal(write(STDERR_FILENO, "x", 1), -1);
    assert_int_equal(pipes, 1);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    (void)close(kept);
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sink_and_level),
        cmocka_unit_test(test_errno_is_kept),
        cmocka_unit_test(test_id_is_the_threads),
        cmocka_unit_test(test_one_write_a_line),
        cmocka_unit_test(test_no_sigpipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
