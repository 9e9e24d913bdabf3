/*
 * Somebody between the two sides who changes one octet of an otherwise honest handshake, and the
 * oracle of what may come of it.
 */
#ifndef CONTRACT_MEDDLE_H
#define CONTRACT_MEDDLE_H

#include "hand.h"

struct meddler {
    unsigned token, at;         /* which one, and which octet of it */
    uint8_t with;               /* 0: nothing is changed */
};

/* Sealed messages, in both directions. */
void meddle_messages_flow(struct app_pair *p);

/*
 * One handshake. Whoever completes has the package of the honest run, whatever was changed: never
 * a weaker one without an error; and two sides that both complete have the same keys. Says
 * whether the server let the client in.
 */
bool meddle(struct app_pair *p, ULONG requirements, const char16_t *package,
            const struct meddler *m);

#endif
