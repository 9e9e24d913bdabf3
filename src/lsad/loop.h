/*
 * loop: the main thread's part while the daemon runs: signals and the clock.
 */
#ifndef LSAD_LOOP_H
#define LSAD_LOOP_H

#include "lsad/server.h"

struct lsad_loop {
    int signals;                /* signalfd */
    int timer;                  /* timerfd, once a second */
};

/* Blocks the signals for this thread and all it starts, and opens both. 0 or negative errno. */
int lsad_loop_init(struct lsad_loop *l);
void lsad_loop_wipe(struct lsad_loop *l);
/* Serves until SIGTERM or SIGINT. */
void lsad_loop_run(struct lsad_loop *l, struct lsad_server *s, const struct lsad_options *options);

#endif
