/*
 * The slow pool. One mutex guards all queues: its calls take milliseconds to
 * seconds, so the lock is never what they wait for.
 *
 * Runs in: the slow threads of lsad, and the fast workers that hand calls over.
 * Trusts: nothing; a client here is disarmed, so this pool is its only owner.
 */
#include "lsad/slow_pool.h"

#include "base/log.h"
#include "winerror.h"

#include <stdlib.h>
#include <string.h>

struct slow_job {
    struct slow_job *next;
    struct lsad_client *client;
    struct ipc_inbox inbox;     /* holds the message */
    int64_t since;              /* boot milliseconds */
};

struct lsad_slow_queue {
    struct lsad_slow_queue *next;
    char *service;
    struct slow_job *first, **last;
    unsigned waiting;           /* at most queue_max */
    unsigned running;           /* at most share: what a dead KDC can hold of the pool */
};

/* ---- queues, with the lock held ---------------------------------------- */

static struct lsad_slow_queue *
queue_get(struct lsad_slow_pool *p, const char *service)
{
    struct lsad_slow_queue *q = p->queues;

    while (q != NULL && strcmp(q->service, service) != 0)
        q = q->next;
    if (q != NULL || (q = calloc(1, sizeof *q)) == NULL)
        return q;
    q->service = strdup(service);
    if (q->service == NULL) {
        free(q);
        return NULL;
    }
    q->last = &q->first;
    q->next = p->queues;
    p->queues = q;
    return q;
}

static struct slow_job *
queue_take(struct lsad_slow_queue *q)
{
    struct slow_job *job = q->first;

    q->first = job->next;
    if (q->first == NULL)
        q->last = &q->first;
    q->waiting--;
    job->next = NULL;
    return job;
}

/*
 * The next service in turn that has a call waiting and a thread left; NULL: none.
 * In turn, not by age: a service that sends a hundred calls must not make
 * another's single one wait behind them.
 */
static struct lsad_slow_queue *
queue_choose(struct lsad_slow_pool *p)
{
    struct lsad_slow_queue *start = p->turn != NULL ? p->turn : p->queues;
    struct lsad_slow_queue *q = start;

    if (q == NULL)
        return NULL;
    do {
        q = q->next != NULL ? q->next : p->queues;
        if (q->waiting > 0 && q->running < p->share) {
            p->turn = q;
            return q;
        }
    } while (q != start);
    return NULL;
}

static bool
queues_are_empty(const struct lsad_slow_pool *p)
{
    for (const struct lsad_slow_queue *q = p->queues; q != NULL; q = q->next)
        if (q->waiting > 0)
            return false;
    return true;
}

/* ---- one call ---------------------------------------------------------- */

/* Ends a job, its message wiped: the client goes back to the poll set, or ends. */
static void
job_free(struct lsad_slow_pool *p, struct slow_job *job, bool keep)
{
    ipc_inbox_wipe(&job->inbox);
    lsad_client_return(job->client, p->poll, keep);
    free(job);
}

static void
job_answer(struct lsad_slow_pool *p, struct slow_job *job)
{
    /* Nobody reads the reply of a client that died while it waited. */
    bool keep = !lsad_client_is_gone(job->client) &&
                lsad_client_answer(job->client, job->inbox.message);

    job_free(p, job, keep);
}

/*
 * A thread looks for work whenever it has ended a call, so a job that was left
 * because its service had its share is found by the thread that ends one of it:
 * no wake-up is lost.
 */
static void *
slow_run(void *arg)
{
    struct lsad_slow_pool *p = arg;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct lsad_slow_queue *q = queue_choose(p);

        if (q != NULL) {
            struct slow_job *job = queue_take(q);

            q->running++;
            pthread_mutex_unlock(&p->lock);
            job_answer(p, job);
            pthread_mutex_lock(&p->lock);
            q->running--;
            continue;
        }
        if (p->stopping && queues_are_empty(p))
            break;
        pthread_cond_wait(&p->work, &p->lock);
    }
    /* The others slept because nothing was theirs to take: now nothing is left at all. */
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* ---- the pool ---------------------------------------------------------- */

int
lsad_slow_pool_init(struct lsad_slow_pool *p, struct lsad_poll *poll, unsigned threads,
                    unsigned share, unsigned queue_max)
{
    *p = (struct lsad_slow_pool){ .poll = poll, .lock = PTHREAD_MUTEX_INITIALIZER,
                                  .work = PTHREAD_COND_INITIALIZER, .share = share,
                                  .queue_max = queue_max };
    return lsad_threads_open(&p->threads, threads, slow_run, p);
}

static void
full_log(struct lsad_slow_pool *p, const char *service)
{
    uint64_t held;

    if (log_gate_pass(&p->full, &held))
        log_warning("slow_queue_full", LOG_S("service", service), LOG_N("not_logged", held),
                    LOG_S("remedy", "is a KDC or name service down? [authority] slow_queue"));
}

bool
lsad_slow_pool_add(struct lsad_slow_pool *p, struct lsad_client *client, struct ipc_inbox *inbox)
{
    const char *service = answer_connection_service(client->connection);
    struct slow_job *job = calloc(1, sizeof *job);
    struct lsad_slow_queue *q;

    if (job == NULL)
        return false;
    pthread_mutex_lock(&p->lock);
    q = queue_get(p, service);
    if (q == NULL || q->waiting >= p->queue_max) {
        pthread_mutex_unlock(&p->lock);
        free(job);
        full_log(p, service);
        return false;
    }
    *job = (struct slow_job){ .client = client, .inbox = *inbox, .since = lsad_boot_ms() };
    ipc_inbox_init(inbox);
    *q->last = job;
    q->last = &job->next;
    q->waiting++;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    return true;
}

/* Takes every job out that has waited too long. With the lock held. */
static struct slow_job *
queues_expire(struct lsad_slow_pool *p, int64_t before)
{
    struct slow_job *expired = NULL, **last = &expired;

    for (struct lsad_slow_queue *q = p->queues; q != NULL; q = q->next)
        while (q->first != NULL && q->first->since < before) {
            *last = queue_take(q);
            last = &(*last)->next;
        }
    return expired;
}

void
lsad_slow_pool_expire(struct lsad_slow_pool *p)
{
    struct slow_job *job;

    pthread_mutex_lock(&p->lock);
    job = queues_expire(p, lsad_boot_ms() - LSAD_SLOW_WAIT_MS);
    pthread_mutex_unlock(&p->lock);
    while (job != NULL) {
        struct slow_job *next = job->next;

        full_log(p, answer_connection_service(job->client->connection));
        job_free(p, job, lsad_client_refuse(job->client, job->inbox.message,
                                            SEC_E_NO_AUTHENTICATING_AUTHORITY));
        job = next;
    }
}

void
lsad_slow_pool_set_queue(struct lsad_slow_pool *p, unsigned queue_max)
{
    pthread_mutex_lock(&p->lock);
    p->queue_max = queue_max;
    pthread_mutex_unlock(&p->lock);
}

void
lsad_slow_pool_stop(struct lsad_slow_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
}

void
lsad_slow_pool_wipe(struct lsad_slow_pool *p)
{
    struct lsad_slow_queue *q = p->queues;

    while (q != NULL) {
        struct lsad_slow_queue *next = q->next;

        free(q->service);
        free(q);
        q = next;
    }
    lsad_threads_wipe(&p->threads);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
}
