/*
 * The main thread: SIGHUP takes a new configuration, SIGTERM and SIGINT end the
 * daemon, and once a second the authority looks at its deadlines.
 *
 * A new configuration is taken whole or not at all: when it cannot be read or
 * is wrong, the old one stays and the log says file, line and key.
 *
 * Runs in: lsad's main thread. Trusts: signals, which only root and the
 * daemon's own account can send.
 */
#include "lsad/loop.h"

#include "lsad/notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

int
lsad_loop_init(struct lsad_loop *l)
{
    struct itimerspec second = { { 1, 0 }, { 1, 0 } };
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        abort();
    l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    l->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (l->signals < 0 || l->timer < 0 || timerfd_settime(l->timer, 0, &second, NULL) != 0)
        return -errno;
    return 0;
}

void
lsad_loop_wipe(struct lsad_loop *l)
{
    close(l->signals);
    close(l->timer);
}

static void
loop_reload(struct lsad_server *s, const struct lsad_options *options)
{
    char error[CONFIG_ERROR_MAX];
    struct config *config;

    lsad_notify_reloading();
    if (config_load(options->config_path, &config, error) != 0) {
        log_error("reload", LOG_S("result", "kept the old configuration"),
                  LOG_S("reason", error));
    } else {
        if (!options->level_given)
            log_set_level((enum log_level)config->log_level);
        lsad_server_reload(s, config);
        log_notice("reload", LOG_S("result", "ok"));
    }
    lsad_notify_ready();
}

/* False: the daemon is to end. */
static bool
loop_signal(struct lsad_loop *l, struct lsad_server *s, const struct lsad_options *options)
{
    struct signalfd_siginfo info;

    while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP) {
            log_notice("stop", LOG_S("signal", info.ssi_signo == SIGTERM ? "TERM" : "INT"),
                       LOG_N("pid", info.ssi_pid));
            return false;
        }
        loop_reload(s, options);
    }
    return true;
}

static void
loop_tick(struct lsad_loop *l, struct lsad_server *s)
{
    uint64_t expired;

    if (read(l->timer, &expired, sizeof expired) != (ssize_t)sizeof expired)
        return;
    answer_authority_tick(s->authority);
    lsad_slow_pool_expire(&s->slow);
    lsad_clients_expire(&s->clients);
}

void
lsad_loop_run(struct lsad_loop *l, struct lsad_server *s, const struct lsad_options *options)
{
    struct pollfd ready[] = { { .fd = l->signals, .events = POLLIN },
                              { .fd = l->timer, .events = POLLIN } };

    do {
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            abort();
        if (ready[1].revents != 0)
            loop_tick(l, s);
    } while (loop_signal(l, s, options));
}
