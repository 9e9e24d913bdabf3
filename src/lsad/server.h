/*
 * server: the running daemon: authority, sockets, clients and both pools, put
 * together and taken apart in one place.
 */
#ifndef LSAD_SERVER_H
#define LSAD_SERVER_H

#include "lsad/client.h"
#include "lsad/listen.h"
#include "lsad/slow_pool.h"

/* How long calls in flight may take after SIGTERM. */
#define LSAD_STOP_MS 5000

struct lsad_server {
    struct config *config;              /* of the last good load */
    struct answer_authority *authority;
    struct lsad_listeners listeners;
    struct lsad_poll poll;
    struct lsad_clients clients;
    struct lsad_slow_pool slow;
    struct lsad_threads workers;
    atomic_uint looking;                /* workers that look for a client's next call (worker.c) */
    unsigned looking_max;
    int reserve;                        /* a descriptor to give up when there are no more */
    pthread_mutex_t reserve_lock;
    struct log_gate exhausted;
};

/*
 * Starts the pools and lets clients in. config, authority and listeners are set;
 * the sandbox is closed. False: error says why.
 */
bool lsad_server_open(struct lsad_server *s, char error[LSAD_ERROR_MAX]);

/*
 * Lets no more clients in, answers what has been sent, and takes everything
 * apart. False: a call is still running after LSAD_STOP_MS; then only the
 * sockets are gone and the process must end without further ado.
 */
bool lsad_server_close(struct lsad_server *s);

/* A new configuration's limits; what needs a restart is logged. */
void lsad_server_reload(struct lsad_server *s, struct config *config);

/* The thread of the fast pool (worker.c). */
void *lsad_worker_run(void *server);
/* Lets waiting clients of one listening socket in (accept.c). */
void lsad_accept(struct lsad_server *s, struct lsad_listener *listener);

#endif
