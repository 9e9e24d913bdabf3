/*
 * The receiver's window. Without SEQUENCE, messages may overtake each other
 * by up to 64 numbers and be lost; with it, each must be the next.
 *
 * CHOICE: GSS-API reports a gap and goes on behind it. SSPI fails the message,
 * so nothing moves here: the one that should have come can still be taken.
 *
 * Trusts its caller that a number which is added was authentic; a peer may
 * burn its own window by a number far ahead, and harms nobody else.
 */
#include "packages/kerberos/protect/window.h"

#include "packages/kerberos/wire/spec.h"

#define WINDOW_BITS 64u

void
krb_window_init(struct krb_window *w, uint32_t gss_flags, bool narrow, uint64_t first)
{
    *w = (struct krb_window){
        .replay = (gss_flags & KRB_GSS_REPLAY) != 0,
        .sequence = (gss_flags & KRB_GSS_SEQUENCE) != 0,
        .mask = narrow ? UINT32_MAX : UINT64_MAX,
        .next = first,
        /* What is before the first was never sent. */
        .seen = UINT64_MAX,
    };
}

/* Ahead in the nearer half of the circle: a number has no other sign of its age. */
static bool
window_is_ahead(const struct krb_window *w, uint64_t number, uint64_t *distance)
{
    uint64_t ahead = (number - w->next) & w->mask;

    if (ahead <= w->mask / 2) {
        *distance = ahead;
        return true;
    }
    *distance = (w->next - number) & w->mask;
    return false;
}

bool
krb_window_check(const struct krb_window *w, uint64_t number)
{
    uint64_t distance;

    if (!w->replay && !w->sequence)
        return true;
    if (window_is_ahead(w, number, &distance))
        return distance == 0 || !w->sequence;
    return !w->sequence && distance <= WINDOW_BITS && (w->seen >> (distance - 1) & 1) == 0;
}

void
krb_window_add(struct krb_window *w, uint64_t number)
{
    uint64_t distance;

    if (!window_is_ahead(w, number, &distance)) {
        if (distance <= WINDOW_BITS)
            w->seen |= UINT64_C(1) << (distance - 1);
        return;
    }
    /* A shift by all bits is no shift in C. */
    w->seen = distance + 1 < WINDOW_BITS ? w->seen << (distance + 1) : 0;
    w->seen |= 1;
    w->next = (number + 1) & w->mask;
}
