/*
 * issued.h: the marks of what this authority's contexts have sent, for as long as they wait for an
 * answer or live, so that whoever gets it here notices (D22).
 */
#ifndef PACKAGE_ISSUED_H
#define PACKAGE_ISSUED_H

#include "base/view.h"

#define ISSUED_MARK_SIZE 8
#define ISSUED_TARGET_MAX 64        /* of the target's name in the log, with NUL */

/* A part of the context that sends: the table allocates nothing, and is bounded by the contexts. */
struct issued {
    uint8_t mark[ISSUED_MARK_SIZE]; /* random octets of the message */
    struct issued *next;
    bool listed;
    bool answered;                  /* by a context of this authority */
    bool stray;                     /* which was bound for somewhere else */
    char target[ISSUED_TARGET_MAX]; /* where to */
};

void issued_add(struct issued *i);
/* Fine for one that is not in the table. */
void issued_remove(struct issued *i);
/*
 * A context of this authority has got a message with the mark. elsewhere: it was bound for another
 * machine, or does not know who named its target (UTF-16LE). True: the mark is in the table, so
 * both ends are here.
 */
bool issued_answer(const uint8_t mark[ISSUED_MARK_SIZE], bool elsewhere, struct view target);
/* Whether that has happened to this one. */
bool issued_is_answered(struct issued *i);
/* Whether it was by one that was bound elsewhere; target gets where. */
bool issued_is_stray(struct issued *i, char target[ISSUED_TARGET_MAX]);

#endif
