/*
 * The epoll set of the fast pool. See poll.h for the rule of ownership.
 *
 * Runs in: all threads of lsad. A call that fails here means a descriptor or a
 * pointer of ours is wrong, so it aborts (D8); only adding may fail for lack of
 * memory or because of the limit on watches.
 */
#include "lsad/poll.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SOURCE_EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLONESHOT)

int
lsad_poll_init(struct lsad_poll *p)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = &p->wake };

    *p = (struct lsad_poll){ .epoll = -1, .wake = { .kind = LSAD_SOURCE_WAKE, .fd = -1 } };
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    p->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->epoll < 0 || p->wake.fd < 0)
        return -errno;
    return epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->wake.fd, &event) == 0 ? 0 : -errno;
}

void
lsad_poll_wipe(struct lsad_poll *p)
{
    if (p->wake.fd >= 0)
        close(p->wake.fd);
    if (p->epoll >= 0)
        close(p->epoll);
    p->wake.fd = p->epoll = -1;
}

int
lsad_poll_add(struct lsad_poll *p, struct lsad_source *s)
{
    struct epoll_event event = { .events = SOURCE_EVENTS, .data.ptr = s };

    return epoll_ctl(p->epoll, EPOLL_CTL_ADD, s->fd, &event) == 0 ? 0 : -errno;
}

void
lsad_poll_arm(struct lsad_poll *p, struct lsad_source *s)
{
    struct epoll_event event = { .events = SOURCE_EVENTS, .data.ptr = s };

    /* The kernel's locks order this as well, but the language does not know them. */
    atomic_fetch_add_explicit(&s->turns, 1, memory_order_release);
    if (epoll_ctl(p->epoll, EPOLL_CTL_MOD, s->fd, &event) != 0)
        abort();
}

void
lsad_poll_remove(struct lsad_poll *p, struct lsad_source *s)
{
    if (epoll_ctl(p->epoll, EPOLL_CTL_DEL, s->fd, NULL) != 0)
        abort();
}

unsigned
lsad_poll_wait(struct lsad_poll *p, struct lsad_event events[LSAD_EVENTS_MAX])
{
    struct epoll_event ready[LSAD_EVENTS_MAX];
    bool stopping = lsad_poll_is_stopping(p);
    unsigned count = 0;
    int n;

    /*
     * One event at a time: a worker that took two would make the second wait
     * while another worker sleeps. While stopping the wake-up is always ready,
     * so a second place is needed to see anything else.
     */
    n = epoll_wait(p->epoll, ready, stopping ? LSAD_EVENTS_MAX : 1, stopping ? 0 : -1);
    if (n < 0 && errno != EINTR)
        abort();
    for (int i = 0; i < n; i++) {
        struct lsad_source *s = ready[i].data.ptr;

        if (s->kind == LSAD_SOURCE_WAKE)
            continue;
        (void)atomic_load_explicit(&s->turns, memory_order_acquire);
        events[count].source = s;
        events[count].hung_up = (ready[i].events & (EPOLLHUP | EPOLLERR)) != 0;
        count++;
    }
    return count;
}

void
lsad_poll_stop(struct lsad_poll *p)
{
    atomic_store(&p->stopping, true);
    if (eventfd_write(p->wake.fd, 1) != 0)
        abort();
}

bool
lsad_poll_is_stopping(const struct lsad_poll *p)
{
    return atomic_load_explicit(&p->stopping, memory_order_acquire);
}
