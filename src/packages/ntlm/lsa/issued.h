/*
 * issued.h: the challenges that this authority's acceptors have issued and
 * not yet seen answered, so that a reflected one is noticed (D22).
 */
#ifndef NTLM_LSA_ISSUED_H
#define NTLM_LSA_ISSUED_H

#include "base/view.h"
#include "packages/ntlm/wire/spec.h"

#define NTLM_ISSUED_TARGET_MAX 64   /* of the target's name in the log, with NUL */

/* A part of an acceptor's context: the table allocates nothing, and is bounded by the contexts. */
struct ntlm_issued {
    uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES];
    struct ntlm_issued *next;
    bool listed;
    bool answered;                  /* by our own initiator */
    bool stray;                     /* which was bound for somewhere else */
    char target[NTLM_ISSUED_TARGET_MAX];    /* where to */
};

void ntlm_issued_add(struct ntlm_issued *i);
/* Fine for one that is not in the table. */
void ntlm_issued_remove(struct ntlm_issued *i);
/*
 * An initiator of this authority is about to answer a challenge. elsewhere: it was bound for
 * another machine, or does not know who named its target (UTF-16LE). True: the challenge is
 * one of ours, so both ends are here.
 */
bool ntlm_issued_answer(const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES], bool elsewhere,
                        struct view target);
/* Whether that has happened to this one. */
bool ntlm_issued_is_answered(struct ntlm_issued *i);
/* Whether it was by one that was bound elsewhere; target gets where. */
bool ntlm_issued_is_stray(struct ntlm_issued *i, char target[NTLM_ISSUED_TARGET_MAX]);

#endif
