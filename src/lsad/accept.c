/*
 * Letting clients in. A few at a time, then the socket goes back to the poll
 * set: clients that are in already must not wait for a storm of new ones.
 *
 * Runs in: the fast workers of lsad. Trusts: nothing; who a client is, the
 * kernel says (client.c).
 */
#include "lsad/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_BATCH 16

/*
 * Out of descriptors: the waiting client would keep the socket ready and the
 * workers busy for ever. The reserve is given up for a moment, so that it can be
 * taken from the queue and told by its end.
 */
static void
accept_refuse(struct lsad_server *s, int listening, int error)
{
    uint64_t held;
    int fd;

    pthread_mutex_lock(&s->reserve_lock);
    if (s->reserve >= 0)
        close(s->reserve);
    fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    s->reserve = fcntl(s->poll.wake.fd, F_DUPFD_CLOEXEC, 0);
    pthread_mutex_unlock(&s->reserve_lock);
    if (log_gate_pass(&s->exhausted, &held))
        log_error("client_refused", LOG_S("reason", strerror(error)), LOG_N("not_logged", held));
}

/* One client. False: none is waiting. */
static bool
accept_one(struct lsad_server *s, const struct lsad_listener *listener)
{
    struct lsad_client *client;
    int fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
        accept_refuse(s, listener->source.fd, errno);
    if (fd < 0)
        return errno == ECONNABORTED || errno == EINTR;
    client = lsad_client_new(&s->clients, fd, listener->service);
    /* Once it is in the set another worker may serve and free it: no look at it after this. */
    if (client != NULL && lsad_poll_add(&s->poll, &client->source) != 0)
        lsad_client_free(client);
    return true;
}

void
lsad_accept(struct lsad_server *s, struct lsad_listener *listener)
{
    for (int i = 0; i < ACCEPT_BATCH; i++)
        if (lsad_poll_is_stopping(&s->poll) || !accept_one(s, listener))
            break;
    if (!lsad_poll_is_stopping(&s->poll))
        lsad_poll_arm(&s->poll, &listener->source);
}
