/*
 * replay.h: the replay cache (RFC 4120 3.2.3, D24): which authenticators were
 * seen, in a file that every process that accepts with the same keys maps.
 */
#ifndef KRB_LSA_REPLAY_H
#define KRB_LSA_REPLAY_H

#include "base/view.h"

struct replay;

enum replay_verdict {
    REPLAY_NEW,         /* not seen before, and remembered now */
    REPLAY_SEEN,
    REPLAY_TOO_OLD,     /* may have been seen by somebody whose memory is lost */
    REPLAY_FULL,        /* not seen, but could not be remembered: refuse it */
};

#define REPLAY_ERROR_MAX 256

/*
 * Opens or makes the file, mode 0600, with room for about `entries`; one that is there keeps its
 * size. now: seconds since 1970. NULL: error says why, with the path.
 */
struct replay *replay_open(const char *path, uint32_t entries, uint32_t skew, int64_t now,
                           char error[REPLAY_ERROR_MAX]);
/* Says in the file that it is whole, for the next boot. NULL is fine. */
void replay_close(struct replay *r);
/* In a forked child: the parent's is its to close. NULL is fine. */
void replay_leave(struct replay *r);

/*
 * The tuple is hashed over all of its count views in order; written is the time that it bears.
 * skew may differ from what it was before. Thread-safe, and safe between processes.
 */
enum replay_verdict replay_check(struct replay *r, const struct view *tuple, size_t count,
                                 int64_t written, int64_t now, uint32_t skew);
/* Up to when authenticators are refused because this machine lost its memory; 0: none are. */
int64_t replay_lost_until(const struct replay *r);

#endif
