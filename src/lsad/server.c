/*
 * The server as a whole: threads and limits from the configuration, and the
 * order of the end: no new clients, calls in flight, clients, authority, sockets.
 *
 * Runs in: lsad's main thread. Trusts: the configuration.
 */
#include "lsad/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static unsigned
worker_count(const struct config *config)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);

    if (config->workers > 0)
        return config->workers;
    return online > 0 ? (unsigned)online : 1;
}

/*
 * CHOICE: with several services, one may hold half of the slow threads, so that
 * another's call still finds one while the first one's KDC is dead.
 */
static unsigned
slow_share(const struct config *config)
{
    return config->service_count > 1 ? (config->slow_workers + 1) / 2 : config->slow_workers;
}

static int
listeners_add(struct lsad_server *s)
{
    int failed = 0;

    for (size_t i = 0; i < s->listeners.count && failed == 0; i++) {
        int fd = s->listeners.v[i].source.fd;

        /* A client that gave up between wake-up and accept() must not block a worker. */
        if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
            return -errno;
        failed = lsad_poll_add(&s->poll, &s->listeners.v[i].source);
    }
    return failed;
}

bool
lsad_server_open(struct lsad_server *s, char error[LSAD_ERROR_MAX])
{
    unsigned workers = worker_count(s->config);
    int failed;

    s->looking_max = workers - 1;
    lsad_clients_init(&s->clients, s->authority, s->config->max_clients);
    pthread_mutex_init(&s->reserve_lock, NULL);
    failed = lsad_poll_init(&s->poll);
    s->reserve = failed == 0 ? fcntl(s->poll.wake.fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (failed == 0)
        failed = lsad_slow_pool_init(&s->slow, &s->poll, s->config->slow_workers,
                                     slow_share(s->config), s->config->slow_queue);
    if (failed == 0)
        failed = lsad_threads_open(&s->workers, workers, lsad_worker_run, s);
    if (failed == 0)
        failed = listeners_add(s);
    snprintf(error, LSAD_ERROR_MAX, "threads: %s", strerror(-failed));
    return failed == 0;
}

/* ---- the end ----------------------------------------------------------- */

/* Lets no more clients in and waits for the calls in flight. False: one does not end. */
static bool
pools_close(struct lsad_server *s)
{
    int64_t deadline = lsad_boot_ms() + LSAD_STOP_MS;

    lsad_poll_stop(&s->poll);
    /* Fast workers first: they still hand calls over to the slow ones. */
    if (!lsad_threads_join(&s->workers, deadline))
        return false;
    /* Only now: one of them may have been about to arm a listener, which must be in the set. */
    for (size_t i = 0; i < s->listeners.count; i++)
        lsad_poll_remove(&s->poll, &s->listeners.v[i].source);
    lsad_slow_pool_stop(&s->slow);
    return lsad_threads_join(&s->slow.threads, deadline);
}

bool
lsad_server_close(struct lsad_server *s)
{
    bool ended = pools_close(s);

    lsad_listeners_close(&s->listeners);
    if (!ended)
        return false;
    lsad_clients_wipe(&s->clients);
    lsad_slow_pool_wipe(&s->slow);
    lsad_threads_wipe(&s->workers);
    answer_authority_free(s->authority);
    lsad_poll_wipe(&s->poll);
    if (s->reserve >= 0)
        close(s->reserve);
    pthread_mutex_destroy(&s->reserve_lock);
    config_free(s->config);
    return true;
}

/* ---- a new configuration ------------------------------------------------ */

static bool
differs(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

/* A service's own socket cannot be made any more: the sandbox is closed. */
static bool
sockets_differ(const struct lsad_server *s, const struct config *config)
{
    size_t own = 0;

    for (size_t i = 0; i < config->service_count; i++)
        own += config->services[i].listen != NULL;
    for (size_t i = 0; i < s->listeners.count; i++) {
        const struct lsad_listener *l = &s->listeners.v[i];
        bool found = l->passed;

        if (!found && differs(l->service, lsad_listen_service(config, l->path, &found)))
            return true;
        if (!found)
            return true;
    }
    return own + 1 != s->listeners.count;
}

static void
restart_log(const struct lsad_server *s, const struct config *config)
{
    const struct config *old = s->config;

    if (sockets_differ(s, config))
        log_warning("reload", LOG_S("ignored", "sockets (socket, listen)"),
                    LOG_S("remedy", "restart"));
    if (config->workers != old->workers || config->slow_workers != old->slow_workers)
        log_warning("reload", LOG_S("ignored", "workers, slow_workers"),
                    LOG_S("remedy", "restart"));
    if (differs(config->user, old->user))
        log_warning("reload", LOG_S("ignored", "user"), LOG_S("remedy", "restart"));
}

void
lsad_server_reload(struct lsad_server *s, struct config *config)
{
    restart_log(s, config);
    atomic_store(&s->clients.max, config->max_clients);
    lsad_slow_pool_set_queue(&s->slow, config->slow_queue);
    answer_authority_reload(s->authority, config);
    config_free(s->config);
    s->config = config;
}
