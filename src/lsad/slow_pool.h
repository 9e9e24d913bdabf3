/*
 * slow pool: the threads for calls that may wait on a network, a name service or
 * a KDC (D6). Each service has a queue of its own, bounded, served in turn: a
 * service whose KDC is dead fills its own queue and nobody else's.
 */
#ifndef LSAD_SLOW_POOL_H
#define LSAD_SLOW_POOL_H

#include "lsad/client.h"
#include "lsad/threads.h"

/* A call that has waited longer is refused: its caller has given up by then. */
#define LSAD_SLOW_WAIT_MS 20000

struct lsad_slow_queue;

struct lsad_slow_pool {
    struct lsad_poll *poll;         /* where clients go back to; borrowed */
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct lsad_slow_queue *queues; /* one a service, kept until the end */
    struct lsad_slow_queue *turn;   /* served last */
    struct lsad_threads threads;
    unsigned share;                 /* threads that one service may hold */
    unsigned queue_max;
    bool stopping;
    struct log_gate full;
};

/* 0 or negative errno. share: of the threads, for one service. */
int lsad_slow_pool_init(struct lsad_slow_pool *p, struct lsad_poll *poll, unsigned threads,
                        unsigned share, unsigned queue_max);
/*
 * Gives a call to the pool: with it go the client and the contents of inbox,
 * which is empty afterwards. False: the service's queue is full; nothing was taken.
 */
bool lsad_slow_pool_add(struct lsad_slow_pool *p, struct lsad_client *client,
                        struct ipc_inbox *inbox);
/* Refuses calls that waited too long. Once a second. */
void lsad_slow_pool_expire(struct lsad_slow_pool *p);
void lsad_slow_pool_set_queue(struct lsad_slow_pool *p, unsigned queue_max);

/* Takes no more calls and ends the threads when the queues are empty. */
void lsad_slow_pool_stop(struct lsad_slow_pool *p);
/* After lsad_threads_join(). */
void lsad_slow_pool_wipe(struct lsad_slow_pool *p);

#endif
