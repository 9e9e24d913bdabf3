/*
 * window.h: which sequence numbers a receiver still takes. REPLAY and
 * SEQUENCE are two promises (RFC 2743 1.2.3): no message twice, and none out
 * of its order.
 */
#ifndef KRB_PROTECT_WINDOW_H
#define KRB_PROTECT_WINDOW_H

#include "base/view.h"

struct krb_window {
    bool replay, sequence;      /* what was agreed; neither: every number is taken */
    uint64_t mask;              /* numbers count modulo mask + 1 */
    uint64_t next;              /* the number after the highest taken */
    uint64_t seen;              /* bit i: number next - 1 - i was taken, or never may be */
};

/* narrow: numbers have 32 bits (RFC 4757), not 64 (RFC 4121). */
void krb_window_init(struct krb_window *w, uint32_t gss_flags, bool narrow, uint64_t first);
/* Judges only: a message that is not yet proven authentic moves nothing. */
MUST_CHECK bool krb_window_check(const struct krb_window *w, uint64_t number);
/* For a number that was checked. */
void krb_window_add(struct krb_window *w, uint64_t number);

#endif
