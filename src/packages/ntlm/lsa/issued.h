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
    bool answered;                  /* by our own initiator, bound for somewhere else */
    char target[NTLM_ISSUED_TARGET_MAX];    /* where to */
};

void ntlm_issued_add(struct ntlm_issued *i);
/* Fine for one that is not in the table. */
void ntlm_issued_remove(struct ntlm_issued *i);
/* An initiator of this authority, bound for target (UTF-16LE), is about to answer a challenge. */
void ntlm_issued_answer(const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES], struct view target);
/* True when that has happened to this one; target gets where it was bound for. */
bool ntlm_issued_is_answered(struct ntlm_issued *i, char target[NTLM_ISSUED_TARGET_MAX]);

#endif
