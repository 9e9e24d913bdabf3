/*
 * poll: the one epoll set that all workers of the fast pool wait on.
 *
 * Every source is armed for one event only (EPOLLONESHOT). So a source has one
 * owner at any time: the set while it is armed, then the worker that got its
 * event, or the slow pool that this worker gave it to, until somebody arms or
 * frees it. That is the whole rule for the life of a client across threads: no
 * counts, no locks.
 */
#ifndef LSAD_POLL_H
#define LSAD_POLL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Objects in the set announce their type. */
enum lsad_source_kind { LSAD_SOURCE_WAKE = 1, LSAD_SOURCE_LISTENER, LSAD_SOURCE_CLIENT };

struct lsad_source {
    enum lsad_source_kind kind;
    int fd;
    atomic_uint turns;          /* orders what one owner wrote before what the next reads */
};

struct lsad_event {
    struct lsad_source *source;
    bool hung_up;               /* the peer is gone: nobody reads a reply */
};

#define LSAD_EVENTS_MAX 2

struct lsad_poll {
    int epoll;
    struct lsad_source wake;    /* an eventfd: readable from lsad_poll_stop() on */
    atomic_bool stopping;
};

/* 0 or negative errno. */
int lsad_poll_init(struct lsad_poll *p);
void lsad_poll_wipe(struct lsad_poll *p);

/* Puts a source in, armed. From here on it may be served, and freed, by another thread. */
int lsad_poll_add(struct lsad_poll *p, struct lsad_source *s);
/* Gives a source back after its event was served; the same holds. */
void lsad_poll_arm(struct lsad_poll *p, struct lsad_source *s);
/* Takes a source out; its owner closes it next. */
void lsad_poll_remove(struct lsad_poll *p, struct lsad_source *s);

/*
 * Waits for an event. While stopping it does not wait. Returns how many of
 * events were filled; the wake-up itself is not reported.
 */
unsigned lsad_poll_wait(struct lsad_poll *p, struct lsad_event events[LSAD_EVENTS_MAX]);

/* Wakes every waiter, for good. */
void lsad_poll_stop(struct lsad_poll *p);
bool lsad_poll_is_stopping(const struct lsad_poll *p);

#endif
