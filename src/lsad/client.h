/*
 * client: a connected socket with its session in the authority, and the
 * register of all of them.
 */
#ifndef LSAD_CLIENT_H
#define LSAD_CLIENT_H

#include "answer/answer.h"
#include "base/log_gate.h"
#include "lsad/poll.h"

#include <pthread.h>

/* Connections that one process may have: libsspi keeps a small pool of them (D12). */
#define LSAD_PROCESS_CONNECTIONS_MAX 256
#define LSAD_PROCESS_BUCKETS 256

/*
 * CHOICE: processes of one uid may have one part of max_clients in so many, so that a user who
 * holds connections does not keep all others from logging on. root, who can end the daemon, may
 * have all.
 */
#define LSAD_USER_SHARE 2
#define LSAD_USER_BUCKETS 64
/* How long a connection may stay without a session. */
#define LSAD_HELLO_MS 5000

struct lsad_process;
struct lsad_user;

struct lsad_client {
    struct lsad_source source;          /* first: the poll set hands this out */
    struct answer_connection *connection;   /* NULL: no service allows it */
    struct lsad_clients *owner;
    struct lsad_process *process;
    struct ipc_peer peer;
    int64_t since;                          /* lsad_boot_ms() at its accept */
    atomic_bool silent;                     /* has not said hello, and was not closed for it */
    struct lsad_client *next, *previous;    /* under the register's lock */
};

struct lsad_clients {
    struct answer_authority *authority;     /* borrowed */
    atomic_uint max;                        /* connected processes */
    pthread_mutex_t lock;
    struct lsad_client *first;
    struct lsad_process *processes[LSAD_PROCESS_BUCKETS];
    unsigned process_count;
    struct lsad_user *users[LSAD_USER_BUCKETS];
    struct log_gate refused, closed;
};

void lsad_clients_init(struct lsad_clients *c, struct answer_authority *authority, unsigned max);
/* Frees every client that is left; no thread may serve any more. */
void lsad_clients_wipe(struct lsad_clients *c);

/*
 * Takes over a fresh connection, on failure too (then it is closed and the
 * reason logged). service: of the socket it came in on; NULL: the shared one.
 */
struct lsad_client *lsad_client_new(struct lsad_clients *c, int fd, const char *service);
/* Closes connections that have not said hello in time. Once a second, by any thread. */
void lsad_clients_expire(struct lsad_clients *c);
/* Its session is open: the deadline for hello is met. */
void lsad_client_greet(struct lsad_client *client);
/* Ends the connection; not (any more) in the poll set. */
void lsad_client_free(struct lsad_client *client);

/*
 * Its owner is done with it: back to the poll set, from where any thread may
 * take it, or, with keep false or while the daemon stops, to its end.
 */
void lsad_client_return(struct lsad_client *client, struct lsad_poll *poll, bool keep);

/* Answers one message and sends the reply. False: the connection must end. */
bool lsad_client_answer(struct lsad_client *client, struct view request);
/* Sends a reply of this status without a body. False: the connection must end. */
bool lsad_client_refuse(struct lsad_client *client, struct view request, status_t status);
/* Logs that its message could not be received; error: negative errno. */
void lsad_client_complain(struct lsad_client *client, int error);
/* True when nobody is left to read a reply. */
bool lsad_client_is_gone(const struct lsad_client *client);

#endif
