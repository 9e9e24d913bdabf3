/*
 * Logging: levels, the correlation id of a thread, and where lines go.
 *
 * A line reaches its file by one write(2), so lines of several threads and
 * processes do not mix. libsspi logs inside other people's programs: errno
 * is kept, and a closed standard error raises no SIGPIPE (D3). Runs in every
 * process; no specification. The text of a line is made in log_line.c.
 */
#include "log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "filetime.h"
#include "log_line.h"

typedef void log_sink_fn(enum log_level level, const char *line, void *arg);

static const char *const log_level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARNING] = "warning",
    [LOG_NOTICE] = "notice",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

/*
 * The sink is set before there are threads; the pair is not replaced as one.
 * arg is stored first, so whoever sees the sink sees its argument.
 */
static _Atomic(log_sink_fn *) log_sink;
static _Atomic(void *) log_sink_arg;
static atomic_int log_limit = LOG_NOTICE;
static _Thread_local uint64_t log_thread_id;

const char *
log_level_name(enum log_level level)
{
    if (level < LOG_ERROR || level > LOG_DEBUG)
        return "unknown";
    return log_level_names[level];
}

bool
log_level_parse(const char *name, enum log_level *out)
{
    for (enum log_level i = LOG_ERROR; i <= LOG_DEBUG; i++) {
        if (strcmp(name, log_level_names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

void
log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_limit, (int)level, memory_order_relaxed);
}

enum log_level
log_level(void)
{
    return (enum log_level)atomic_load_explicit(&log_limit, memory_order_relaxed);
}

bool
log_is_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_limit, memory_order_relaxed);
}

void
log_set_sink(log_sink_fn *sink, void *arg)
{
    atomic_store_explicit(&log_sink_arg, arg, memory_order_relaxed);
    atomic_store_explicit(&log_sink, sink, memory_order_release);
}

void
log_set_id(uint64_t id)
{
    log_thread_id = id;
}

uint64_t
log_id(void)
{
    return log_thread_id;
}

/* A log that cannot be written is no reason to stop, and there is nobody to tell. */
static void
log_write_stderr(const struct log_line *line)
{
    ssize_t n;

    do {
        n = write(STDERR_FILENO, line->text, line->n);
    } while (n < 0 && errno == EINTR);
}

/*
 * SIGPIPE of write(2) is sent to the thread that wrote: held back meanwhile
 * and then taken, unless one was waiting before and so is not ours.
 */
static void
log_put_stderr(const struct log_line *line)
{
    const struct timespec at_once = { 0, 0 };
    sigset_t pipe_set, before, waiting;

    (void)sigemptyset(&pipe_set);
    (void)sigaddset(&pipe_set, SIGPIPE);
    (void)sigpending(&waiting);
    if (pthread_sigmask(SIG_BLOCK, &pipe_set, &before) != 0)
        return;
    log_write_stderr(line);
    if (sigismember(&waiting, SIGPIPE) == 0)
        (void)sigtimedwait(&pipe_set, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
log_fields(enum log_level level, const char *event, const struct log_field *fields)
{
    struct log_line line;
    log_sink_fn *sink;
    int saved = errno;

    if (!log_is_on(level))
        return;
    log_line_build(&line, filetime_now(), level, log_thread_id, event, fields);
    sink = atomic_load_explicit(&log_sink, memory_order_acquire);
    if (sink != NULL) {
        sink(level, line.text, atomic_load_explicit(&log_sink_arg, memory_order_relaxed));
    } else {
        line.text[line.n++] = '\n';
        log_put_stderr(&line);
    }
    errno = saved;
}
