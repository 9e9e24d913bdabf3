/*
 * The way to lsad: a small pool of connections (D2, D12).
 *
 * Runs in the application. A connection carries one call at a time. The first one
 * begins a session, to which the process's handles belong; further ones join it
 * by its cookie. When no connection of a session is left, lsad has ended it, and so
 * do we: what it owned is lost, and a new session begins with the next call that
 * names no handle of the old one.
 *
 * The way of a call through the pool:
 *
 *     take an idle connection (compare-and-swap), or open a closed one
 *     send      failed: nothing left this process; try another connection
 *     receive   failed: the call may have been executed; it is not sent again
 *
 * Whether an idle connection still lives is not asked: a peer that closed makes the
 * send fail. No lock is held while lsad is waited for, so a hung lsad holds up each
 * call for as long as its deadlines say and no call for the sake of another's.
 *
 * The peer is believed only if it runs as root, as the configured user, or as
 * ourselves. An application may close our descriptors (daemons do); numbers may
 * then name its own files, so a descriptor is closed only if it is still our
 * socket.
 */
#include "sspi/authority.h"

#include "base/log.h"
#include "sspi/ask.h"
#include "sspi/impersonate.h"

#include "winerror.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_LINKS 8u
/* Each connection may turn out dead once, and then one fresh one. */
#define SOCKET_TRIES (SOCKET_LINKS + 1u)
#define SOCKET_HELLO_DEADLINE_MS 10000
/* To join, to learn that the session is over, to wait for a new one or begin it. */
#define SOCKET_OPENINGS 3u
#define SOCKET_COOKIE 16u
#define NO_FD (-1)

enum link_state { LINK_CLOSED, LINK_IDLE, LINK_BUSY };

struct sspi_link {
    atomic_int state;
    int fd;
    dev_t device;           /* of the socket: is the number still ours? */
    ino_t inode;
    atomic_uint_fast64_t session;   /* 0: none; read by others while it is busy */
    bool broken;            /* to be closed when it is given back */
    struct ipc_inbox inbox;
};

struct socket_pool {
    char *path;
    uint32_t trusted_uid;
    pthread_mutex_t lock;   /* the session's fields, and waiting; never held over a call */
    pthread_cond_t freed;   /* a connection was given back */
    pthread_cond_t begun;   /* `beginning` became false */
    bool beginning;         /* a thread asks lsad for a session: one at a time */
    status_t begin_status;  /* what came of it, also for those who waited */
    atomic_uint waiting;
    atomic_uint_fast64_t session;   /* 0: none */
    uint64_t sessions;              /* begun so far */
    uint8_t cookie[SOCKET_COOKIE];
    bool said_unreached;            /* in the log */
    atomic_uint euid;               /* of the session */
    struct sspi_link links[SOCKET_LINKS];
};

enum exchange { EXCHANGE_DONE, EXCHANGE_UNSENT, EXCHANGE_FAILED };

/* ---- one connection ---------------------------------------------------- */

static bool
link_is_ours(const struct sspi_link *l)
{
    struct stat st;

    return l->fd != NO_FD && fstat(l->fd, &st) == 0 && st.st_dev == l->device
        && st.st_ino == l->inode;
}

static void
link_close(struct sspi_link *l)
{
    if (link_is_ours(l))
        close(l->fd);
    l->fd = NO_FD;
    l->session = 0;
    l->broken = false;
    ipc_inbox_wipe(&l->inbox);
}

/* Nothing was sent for want of something here, and the connection is as good as before. */
static bool
send_lacked_resources(int rc)
{
    return rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -ENOBUFS || rc == -EMSGSIZE;
}

/*
 * Calls wait alike and leave it to the socket. hello's shorter deadline is for one
 * message a connection.
 */
static enum exchange
link_exchange(struct sspi_link *l, struct view request, int deadline_ms)
{
    int rc = ipc_send(l->fd, request, SSPI_SEND_DEADLINE_MS);

    if (send_lacked_resources(rc)) {
        log_warning("authority", LOG_S("reason", "a call could not be sent"), LOG_N("errno", -rc));
        return EXCHANGE_FAILED;
    }
    if (rc < 0) {
        l->broken = true;
        return rc == -ETIMEDOUT || rc == -EAGAIN ? EXCHANGE_FAILED : EXCHANGE_UNSENT;
    }
    ipc_inbox_clear(&l->inbox);
    rc = ipc_receive(l->fd, &l->inbox, deadline_ms);
    if (rc == 1 && ask_reply_check(request, l->inbox.message) == SEC_E_OK)
        return EXCHANGE_DONE;
    l->broken = true;
    log_warning("authority", LOG_S("reason", "no answer to a call"),
                LOG_N("errno", rc < 0 ? -rc : 0));
    return EXCHANGE_FAILED;
}

static bool
peer_is_trusted(const struct socket_pool *pool, int fd)
{
    struct ipc_peer peer;

    if (ipc_peer_get(fd, &peer) < 0)
        return false;
    if (peer.uid == 0 || peer.uid == pool->trusted_uid || peer.uid == geteuid())
        return true;
    log_error("authority", LOG_S("path", pool->path), LOG_N("uid", peer.uid),
              LOG_S("reason", "peer is neither root nor [authority] user"));
    return false;
}

/* 0, or negative errno. */
static int
link_connect(const struct socket_pool *pool, struct sspi_link *l)
{
    struct stat st;
    int fd;

    /* The socket's permissions are for the process, not for whom the thread acts for. */
    sspi_impersonate_pause();
    fd = ipc_connect(pool->path);
    sspi_impersonate_resume();
    if (fd < 0)
        return fd;
    if (!peer_is_trusted(pool, fd) || fstat(fd, &st) != 0
        || ipc_receive_deadline_set(fd, SSPI_REPLY_DEADLINE_MS) < 0) {
        close(fd);
        return -EPERM;
    }
    l->fd = fd;
    l->device = st.st_dev;
    l->inode = st.st_ino;
    l->broken = false;
    return 0;
}

/* hello's own status where lsad answered it; otherwise the transport's. */
static status_t
link_hello(struct sspi_link *l, struct view cookie, struct ipc_hello_rep *rep)
{
    struct wr w = wr_init_heap(IPC_INLINE_MAX);
    uint64_t id;
    status_t st = ask_hello_build(&w, cookie, &id);

    if (st == SEC_E_OK
        && link_exchange(l, wr_written(&w), SOCKET_HELLO_DEADLINE_MS) != EXCHANGE_DONE)
        st = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    if (st == SEC_E_OK)
        st = ask_hello_parse(l->inbox.message, id, rep);
    if (st == SEC_E_OK && rep->session.n != SOCKET_COOKIE)
        st = SEC_E_INTERNAL_ERROR;
    wr_wipe(&w);
    return st;
}

/* ---- sessions: these hold the pool's lock -------------------------------- */

static void
session_end(struct socket_pool *pool)
{
    if (atomic_load(&pool->session) != 0)
        log_info("authority", LOG_S("path", pool->path), LOG_S("reason", "session over"));
    atomic_store(&pool->session, 0);
}

/* True while a call is under way on a connection of the session: lsad still has it. */
static bool
session_is_in_use(struct socket_pool *pool, uint64_t session)
{
    unsigned i;

    for (i = 0; i < SOCKET_LINKS; i++) {
        struct sspi_link *l = &pool->links[i];

        if (atomic_load(&l->state) == LINK_BUSY && l->session == session)
            return true;
    }
    return false;
}

/* Said once until it is reached again: a server may call for every client that connects. */
static void
session_log_failure(struct socket_pool *pool, int rc, status_t st)
{
    if (!pool->said_unreached && st == SEC_E_NOT_OWNER)
        log_warning("authority", LOG_S("path", pool->path), LOG_N("uid", geteuid()),
                    LOG_S("reason", "no service allows this uid"),
                    LOG_S("remedy", "add it to `uid` of a [service NAME] section"));
    else if (!pool->said_unreached)
        log_warning("authority", LOG_S("path", pool->path), LOG_S("reason", "not reached"),
                    LOG_N("errno", -rc), LOG_X("status", st));
    pool->said_unreached = true;
}

/* ---- opening: these do not, while they wait for lsad ---------------------- */

/* What the opening of a connection knows of the session that it is for. */
struct opening {
    uint64_t session;       /* 0: a new one is to begin, by this thread */
    uint8_t cookie[SOCKET_COOKIE];
};

/* Whoever waited for another thread's new session has part in what came of it. */
static status_t
opening_start(struct socket_pool *pool, struct opening *o)
{
    status_t st = SEC_E_OK;

    pthread_mutex_lock(&pool->lock);
    if (atomic_load(&pool->session) == 0 && pool->beginning) {
        while (pool->beginning)
            pthread_cond_wait(&pool->begun, &pool->lock);
        st = pool->begin_status;
    }
    o->session = atomic_load(&pool->session);
    memcpy(o->cookie, pool->cookie, SOCKET_COOKIE);
    if (st == SEC_E_OK && o->session == 0)
        pool->beginning = true;
    pthread_mutex_unlock(&pool->lock);
    return st;
}

/*
 * rc: of connecting. Nobody listens any more: lsad has ended, and every session
 * with it. Any other failure says nothing about the session: this call alone fails.
 */
static void
opening_failed(struct socket_pool *pool, const struct opening *o, int rc, status_t st)
{
    bool gone = rc == -ECONNREFUSED || rc == -ENOENT;

    pthread_mutex_lock(&pool->lock);
    if (o->session != 0 && o->session == atomic_load(&pool->session)
        && (st == SEC_E_INVALID_HANDLE || (gone && !session_is_in_use(pool, o->session))))
        session_end(pool);
    if (st != SEC_E_INVALID_HANDLE)
        session_log_failure(pool, rc, st);
    pthread_mutex_unlock(&pool->lock);
}

/* True: the connection is of the session that is current now. */
static bool
opening_joined(struct socket_pool *pool, const struct opening *o, struct sspi_link *l)
{
    bool current;

    pthread_mutex_lock(&pool->lock);
    current = atomic_load(&pool->session) == o->session;
    if (current) {
        l->session = o->session;
        pool->said_unreached = false;
    }
    pthread_mutex_unlock(&pool->lock);
    return current;
}

/* euid: when it was connected, which is what lsad knows the session by (D2). */
static void
opening_began(struct socket_pool *pool, struct sspi_link *l, status_t st, uid_t euid,
              struct view cookie)
{
    pthread_mutex_lock(&pool->lock);
    if (st == SEC_E_OK) {
        memcpy(pool->cookie, cookie.p, SOCKET_COOKIE);
        l->session = ++pool->sessions;
        pool->said_unreached = false;
        atomic_store(&pool->euid, euid);
        atomic_store(&pool->session, l->session);
    }
    pool->begin_status = st;
    pool->beginning = false;
    pthread_cond_broadcast(&pool->begun);
    pthread_mutex_unlock(&pool->lock);
}

/* Connects and says hello; the failure has been noted where it is one. */
static status_t
link_open_once(struct socket_pool *pool, struct sspi_link *l, const struct opening *o,
               struct ipc_hello_rep *rep)
{
    struct view cookie = view_of(o->session != 0 ? o->cookie : NULL,
                                 o->session != 0 ? SOCKET_COOKIE : 0);
    int rc = link_connect(pool, l);
    status_t st = rc < 0 ? SEC_E_NO_AUTHENTICATING_AUTHORITY : link_hello(l, cookie, rep);

    if (st == SEC_E_OK)
        return st;
    opening_failed(pool, o, rc, st);
    link_close(l);
    return st;
}

/*
 * A connection of the current session, or of a new one where lsad answers that it no
 * longer knows ours: it was restarted, or its last connection to us broke.
 */
static status_t
link_open(struct socket_pool *pool, struct sspi_link *l)
{
    unsigned tries = SOCKET_OPENINGS;

    while (tries-- > 0) {
        struct ipc_hello_rep rep = { .session = view_of(NULL, 0) };
        struct opening o;
        uid_t euid = geteuid();
        status_t st = opening_start(pool, &o);

        if (st != SEC_E_OK)
            return st;
        st = link_open_once(pool, l, &o, &rep);
        if (o.session == 0) {
            opening_began(pool, l, st, euid, rep.session);
            return st;
        }
        if (st == SEC_E_OK && opening_joined(pool, &o, l))
            return st;
        link_close(l);
        if (st != SEC_E_OK && st != SEC_E_INVALID_HANDLE)
            return st;
    }
    return SEC_E_NO_AUTHENTICATING_AUTHORITY;
}

/* ---- the pool ---------------------------------------------------------- */

static void
pool_put(struct socket_pool *pool, struct sspi_link *l)
{
    ipc_inbox_clear(&l->inbox);
    if (l->broken || l->session == 0 || l->session != atomic_load(&pool->session)) {
        link_close(l);
        atomic_store(&l->state, LINK_CLOSED);
    } else {
        atomic_store(&l->state, LINK_IDLE);
    }
    if (atomic_load(&pool->waiting) == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

static struct sspi_link *
pool_claim(struct socket_pool *pool, enum link_state state)
{
    unsigned i;

    for (i = 0; i < SOCKET_LINKS; i++) {
        int want = (int)state;

        if (atomic_compare_exchange_strong(&pool->links[i].state, &want, LINK_BUSY))
            return &pool->links[i];
    }
    return NULL;
}

/* An idle connection of the session; those of an older one, met on the way, are closed. */
static struct sspi_link *
pool_claim_idle(struct socket_pool *pool)
{
    struct sspi_link *l;

    while ((l = pool_claim(pool, LINK_IDLE)) != NULL) {
        if (l->session == atomic_load(&pool->session))
            return l;
        pool_put(pool, l);
    }
    return NULL;
}

/* lsad knows a session by the uid that connected: another uid needs another session (D2). */
static void
pool_check_identity(struct socket_pool *pool)
{
    if (atomic_load(&pool->session) == 0 || atomic_load(&pool->euid) == geteuid())
        return;
    pthread_mutex_lock(&pool->lock);
    if (atomic_load(&pool->euid) != geteuid())
        session_end(pool);
    pthread_mutex_unlock(&pool->lock);
}

/* Waits until a connection is given back. False: none was, until the deadline. */
static bool
pool_wait(struct socket_pool *pool, const struct timespec *deadline)
{
    bool ok = true;
    unsigned i;

    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->waiting, 1);
    for (i = 0; i < SOCKET_LINKS && atomic_load(&pool->links[i].state) == LINK_BUSY; i++)
        ;
    if (i == SOCKET_LINKS)
        ok = pthread_cond_timedwait(&pool->freed, &pool->lock, deadline) != ETIMEDOUT;
    atomic_fetch_sub(&pool->waiting, 1);
    pthread_mutex_unlock(&pool->lock);
    return ok;
}

static status_t
pool_open(struct socket_pool *pool, struct sspi_link *l)
{
    status_t st = link_open(pool, l);

    if (st != SEC_E_OK)
        pool_put(pool, l);
    return st;
}

/* A connection of the session `wanted` (0: of any), or *lost. */
static status_t
pool_take(struct socket_pool *pool, uint64_t wanted, bool *lost, struct sspi_link **out)
{
    struct timespec deadline;
    status_t st = SEC_E_OK;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += SSPI_SEND_DEADLINE_MS / 1000;
    pool_check_identity(pool);
    do {
        struct sspi_link *l = NULL;

        if (wanted == 0 || wanted == atomic_load(&pool->session)) {
            l = pool_claim_idle(pool);
            if (l == NULL && (l = pool_claim(pool, LINK_CLOSED)) != NULL)
                st = pool_open(pool, l);
        }
        if (wanted != 0 && wanted != atomic_load(&pool->session)) {
            /* The connection is of a session that does not know the caller's handles. */
            if (l != NULL && st == SEC_E_OK)
                pool_put(pool, l);
            *lost = true;
            return SEC_E_NO_AUTHENTICATING_AUTHORITY;
        }
        *out = l;
        if (l != NULL || st != SEC_E_OK)
            return st;
    } while (pool_wait(pool, &deadline));
    log_warning("authority", LOG_S("reason", "every connection is busy"));
    return SEC_E_NO_AUTHENTICATING_AUTHORITY;
}

/* ---- the operations ---------------------------------------------------- */

static status_t
socket_call(void *self, struct view request, uint64_t *session, bool *lost,
            struct sspi_reply *reply)
{
    struct socket_pool *pool = self;
    unsigned i;

    for (i = 0; i < SOCKET_TRIES; i++) {
        struct sspi_link *l = NULL;
        status_t st = pool_take(pool, *session, lost, &l);
        enum exchange e;

        if (st != SEC_E_OK)
            return st;
        e = link_exchange(l, request, IPC_SOCKET_DEADLINE);
        if (e == EXCHANGE_DONE) {
            *session = l->session;
            reply->link = l;
            reply->message = l->inbox.message;
            return SEC_E_OK;
        }
        pool_put(pool, l);
        if (e == EXCHANGE_FAILED)
            break;
    }
    return SEC_E_NO_AUTHENTICATING_AUTHORITY;
}

static void
socket_reply_wipe(void *self, struct sspi_reply *reply)
{
    struct socket_pool *pool = self;

    if (reply->link != NULL)
        pool_put(pool, reply->link);
    reply->link = NULL;
    reply->message = view_of(NULL, 0);
}

/* In the forked child: locks and states are the parent's and are not looked at. */
static void
socket_abandon(void *self)
{
    struct socket_pool *pool = self;
    unsigned i;

    for (i = 0; i < SOCKET_LINKS; i++)
        if (link_is_ours(&pool->links[i]))
            close(pool->links[i].fd);
}

const struct sspi_authority_ops sspi_socket_ops = {
    .call = socket_call,
    .reply_wipe = socket_reply_wipe,
    .abandon = socket_abandon,
};

void *
sspi_socket_new(const char *path, uint32_t trusted_uid)
{
    struct socket_pool *pool = calloc(1, sizeof(*pool));
    pthread_condattr_t attr;
    unsigned i;

    if (pool == NULL || (pool->path = strdup(path)) == NULL) {
        free(pool);
        return NULL;
    }
    pool->trusted_uid = trusted_uid;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->freed, &attr);
    pthread_cond_init(&pool->begun, &attr);
    pthread_condattr_destroy(&attr);
    for (i = 0; i < SOCKET_LINKS; i++) {
        pool->links[i].fd = NO_FD;
        ipc_inbox_init(&pool->links[i].inbox);
    }
    return pool;
}

void
sspi_socket_free(void *self)
{
    struct socket_pool *pool = self;
    unsigned i;

    for (i = 0; i < SOCKET_LINKS; i++)
        link_close(&pool->links[i]);
    pthread_cond_destroy(&pool->freed);
    pthread_cond_destroy(&pool->begun);
    pthread_mutex_destroy(&pool->lock);
    free(pool->path);
    free(pool);
}
