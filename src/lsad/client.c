/*
 * Clients: who is connected, within which limits, and how one message of theirs
 * is answered.
 *
 * Runs in: the workers of lsad. Trusts the kernel's SO_PEERCRED and nothing the
 * peer sends. The identity that counts is the service's (D1, D2); processes are
 * told apart by pid only to share out connections, so a reused pid harms nobody.
 */
#include "lsad/client.h"

#include "base/log.h"
#include "lsad/busy.h"
#include "lsad/threads.h"

#include "winerror.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The processes of one uid that are connected. */
struct lsad_user {
    uint32_t uid;
    unsigned processes;
    struct lsad_user *next;
};

/* What a process that connected has in use. */
struct lsad_process {
    uint32_t pid;
    struct lsad_user *user;
    unsigned connections;
    struct lsad_process *next;
};

void
lsad_clients_init(struct lsad_clients *c, struct answer_authority *authority, unsigned max)
{
    *c = (struct lsad_clients){ .authority = authority, .max = max,
                                .lock = PTHREAD_MUTEX_INITIALIZER };
}

void
lsad_clients_wipe(struct lsad_clients *c)
{
    while (c->first != NULL)
        lsad_client_free(c->first);
    pthread_mutex_destroy(&c->lock);
}

/* ---- the register ------------------------------------------------------ */

static struct lsad_user **
user_at(struct lsad_clients *c, uint32_t uid)
{
    struct lsad_user **at = &c->users[uid % LSAD_USER_BUCKETS];

    while (*at != NULL && (*at)->uid != uid)
        at = &(*at)->next;
    return at;
}

/* Counts one process more; NULL: no memory. */
static struct lsad_user *
user_enter(struct lsad_clients *c, uint32_t uid)
{
    struct lsad_user **at = user_at(c, uid);

    if (*at == NULL && (*at = calloc(1, sizeof **at)) != NULL)
        (*at)->uid = uid;
    if (*at != NULL)
        (*at)->processes++;
    return *at;
}

static void
user_leave(struct lsad_clients *c, struct lsad_user *user)
{
    if (--user->processes > 0)
        return;
    *user_at(c, user->uid) = user->next;
    free(user);
}

static bool
user_is_full(struct lsad_clients *c, uint32_t uid)
{
    const struct lsad_user *user = *user_at(c, uid);
    unsigned share = atomic_load(&c->max) / LSAD_USER_SHARE;

    return uid != 0 && user != NULL && user->processes >= (share > 0 ? share : 1);
}

static struct lsad_process **
process_bucket(struct lsad_clients *c, uint32_t pid)
{
    return &c->processes[pid % LSAD_PROCESS_BUCKETS];
}

static struct lsad_process *
process_find(struct lsad_clients *c, const struct ipc_peer *peer)
{
    struct lsad_process *p = *process_bucket(c, peer->pid);

    /*
     * A peer in a pid namespace that this one cannot see has pid 0: each of its
     * connections counts as a process, which is the stricter of both readings.
     * One that changed its uid counts once for each.
     */
    while (p != NULL && (p->pid != peer->pid || p->user->uid != peer->uid || peer->pid == 0))
        p = p->next;
    return p;
}

static struct lsad_process *
process_add(struct lsad_clients *c, const struct ipc_peer *peer)
{
    struct lsad_process **bucket = process_bucket(c, peer->pid);
    struct lsad_process *p = calloc(1, sizeof *p);

    if (p == NULL || (p->user = user_enter(c, peer->uid)) == NULL) {
        free(p);
        return NULL;
    }
    p->pid = peer->pid;
    p->next = *bucket;
    *bucket = p;
    c->process_count++;
    return p;
}

static void
process_remove(struct lsad_clients *c, struct lsad_process *p)
{
    struct lsad_process **at = process_bucket(c, p->pid);

    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    c->process_count--;
    user_leave(c, p->user);
    free(p);
}

/* Enters the client; NULL, or why not. With the lock held. */
static const char *
register_add(struct lsad_clients *c, struct lsad_client *client)
{
    struct lsad_process *p = process_find(c, &client->peer);

    if (p != NULL && p->connections >= LSAD_PROCESS_CONNECTIONS_MAX)
        return "too many connections of this process";
    if (p == NULL && c->process_count >= atomic_load(&c->max))
        return "too many clients: [authority] max_clients";
    if (p == NULL && user_is_full(c, client->peer.uid))
        return "too many clients of this uid: a share of [authority] max_clients";
    if (p == NULL)
        p = process_add(c, &client->peer);
    if (p == NULL)
        return "out of memory";
    p->connections++;
    client->process = p;
    client->next = c->first;
    if (c->first != NULL)
        c->first->previous = client;
    c->first = client;
    return NULL;
}

static void
register_remove(struct lsad_clients *c, struct lsad_client *client)
{
    if (client->next != NULL)
        client->next->previous = client->previous;
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        c->first = client->next;
    if (--client->process->connections == 0)
        process_remove(c, client->process);
}

/* ---- birth and death --------------------------------------------------- */

static void
refused_log(struct lsad_clients *c, const struct ipc_peer *peer, const char *reason)
{
    uint64_t held;

    if (log_gate_pass(&c->refused, &held))
        log_warning("client_refused", LOG_S("reason", reason), LOG_N("pid", peer->pid),
                    LOG_N("uid", peer->uid), LOG_N("not_logged", held));
}

/*
 * Enters a client whose peer is known, and gives it to its service. NULL, or why not. A client
 * that no service allows is let in to be told so: a closed socket would look like a daemon that
 * is down.
 */
static const char *
client_begin(struct lsad_clients *c, struct lsad_client *client, const char *service)
{
    const char *reason;

    pthread_mutex_lock(&c->lock);
    reason = register_add(c, client);
    pthread_mutex_unlock(&c->lock);
    if (reason != NULL)
        return reason;
    client->connection = answer_connection_new(c->authority, &client->peer, service);
    if (client->connection == NULL)
        refused_log(c, &client->peer, "no service allows it");
    return NULL;
}

struct lsad_client *
lsad_client_new(struct lsad_clients *c, int fd, const char *service)
{
    struct lsad_client *client = calloc(1, sizeof *client);
    struct ipc_peer peer = { 0, 0, 0 };
    const char *reason = "out of memory";

    if (client != NULL) {
        client->source = (struct lsad_source){ .kind = LSAD_SOURCE_CLIENT, .fd = fd };
        client->owner = c;
        client->since = lsad_boot_ms();
        atomic_init(&client->silent, true);
        reason = ipc_peer_get(fd, &client->peer) == 0 ? NULL : "peer unknown";
        peer = client->peer;
    }
    if (reason == NULL)
        reason = client_begin(c, client, service);
    if (reason == NULL)
        return client;
    refused_log(c, &peer, reason);
    free(client);
    close(fd);
    return NULL;
}

void
lsad_client_free(struct lsad_client *client)
{
    struct lsad_clients *c = client->owner;

    /* The session goes first: the peer sees the end only when its contexts are gone. */
    if (client->connection != NULL)
        answer_connection_free(client->connection);
    pthread_mutex_lock(&c->lock);
    register_remove(c, client);
    pthread_mutex_unlock(&c->lock);
    close(client->source.fd);
    free(client);
}

void
lsad_client_return(struct lsad_client *client, struct lsad_poll *poll, bool keep)
{
    /* A client that is closed after its reply knows that its next call was not made. */
    if (keep && !lsad_poll_is_stopping(poll)) {
        lsad_poll_arm(poll, &client->source);
        return;
    }
    lsad_poll_remove(poll, &client->source);
    lsad_client_free(client);
}

/* ---- one message ------------------------------------------------------- */

static void
closed_log(struct lsad_client *client, const char *reason, int error)
{
    uint64_t held;

    if (log_gate_pass(&client->owner->closed, &held))
        log_notice("client_closed", LOG_S("reason", reason), LOG_N("pid", client->peer.pid),
                   LOG_N("uid", client->peer.uid), LOG_N("errno", error),
                   LOG_N("not_logged", held));
}

void
lsad_client_complain(struct lsad_client *client, int error)
{
    closed_log(client, "malformed message", -error);
}

void
lsad_client_greet(struct lsad_client *client)
{
    atomic_store_explicit(&client->silent, false, memory_order_relaxed);
}

void
lsad_clients_expire(struct lsad_clients *c)
{
    int64_t latest = lsad_boot_ms() - LSAD_HELLO_MS;

    /*
     * A client belongs to the poll set or to a worker, so it is not freed here: its socket is
     * shut down, which wakes a worker as the peer's own end would. Who is in the register has
     * his socket still.
     */
    pthread_mutex_lock(&c->lock);
    for (struct lsad_client *client = c->first; client != NULL; client = client->next)
        if (client->since <= latest && atomic_exchange(&client->silent, false)) {
            shutdown(client->source.fd, SHUT_RDWR);
            closed_log(client, "said no hello in time", 0);
        }
    pthread_mutex_unlock(&c->lock);
}

/*
 * CHOICE: no waiting for room. A client has one call in flight (D12), so its
 * receive queue is empty when its reply is sent; one that does not read its
 * replies is closed, and never holds a worker.
 */
static bool
reply_send(struct lsad_client *client, struct view reply)
{
    int error = ipc_send(client->source.fd, reply, 0);

    if (error != 0 && error != -EPIPE && error != -ECONNRESET)
        closed_log(client, "does not read its replies", -error);
    return error == 0;
}

/* The only answer to a client of no service; its connection ends in any case. */
static bool
stranger_answer(struct lsad_client *client, struct view request)
{
    struct ipc_prefix prefix;

    if (ipc_prefix_parse(request, &prefix) != 0 || prefix.call != IPC_ID_hello)
        closed_log(client, "malformed or not permitted", 0);
    else
        (void)lsad_client_refuse(client, request, SEC_E_NOT_OWNER);
    return false;
}

/* Before hello no other call is answered, so the first one that succeeds is hello. */
static bool
reply_succeeded(struct view reply)
{
    struct ipc_prefix prefix;

    return ipc_prefix_parse(reply, &prefix) == 0 && prefix.status >= 0;
}

bool
lsad_client_answer(struct lsad_client *client, struct view request)
{
    struct wr reply;
    bool keep = false;

    if (client->connection == NULL)
        return stranger_answer(client, request);
    reply = wr_init_heap(IPC_MESSAGE_MAX);
    if (answer_message(client->connection, request, &reply) == ANSWER_REPLY) {
        if (atomic_load_explicit(&client->silent, memory_order_relaxed) &&
            reply_succeeded(wr_written(&reply)))
            lsad_client_greet(client);
        keep = reply_send(client, wr_written(&reply));
    } else {
        closed_log(client, "malformed or not permitted", 0);
    }
    wr_wipe(&reply);
    return keep;
}

bool
lsad_client_is_gone(const struct lsad_client *client)
{
    struct pollfd p = { .fd = client->source.fd, .events = 0 };

    return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

bool
lsad_client_refuse(struct lsad_client *client, struct view request, status_t status)
{
    struct wr reply = wr_init_heap(IPC_INLINE_MAX);
    bool keep = lsad_busy_build(&reply, request, status) && reply_send(client, wr_written(&reply));

    wr_wipe(&reply);
    return keep;
}
