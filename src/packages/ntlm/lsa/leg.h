/*
 * leg.h: what both engines (acceptor.c, initiator.c) share: one call of
 * SpInit- or SpAcceptLsaModeContext, the state machine, and the end of a
 * handshake.
 */
#ifndef NTLM_LSA_LEG_H
#define NTLM_LSA_LEG_H

#include "packages/ntlm/lsa/support.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/wire/wire.h"

#include <stdatomic.h>

/* Messages longer than this are not looked at: four times NTLM's cbMaxToken. */
#define NTLM_MESSAGE_MAX 12256u
/* SecPkgInfo.cbMaxToken, so no message of ours is longer. */
#define NTLM_TOKEN_MAX 2888u

enum ntlm_state {
    NTLM_STATE_START,       /* nothing has been sent or received */
    NTLM_STATE_WAITING,     /* one message is out, its answer is awaited */
    NTLM_STATE_OPEN,        /* from here on, nothing more is taken */
    NTLM_STATE_COMPLETE = NTLM_STATE_OPEN,
    NTLM_STATE_FAILED,      /* a challenge is for one answer, right or wrong */
    NTLM_STATE_BUSY,        /* another thread is in this context */
};

/* What came in: the columns of the state tables. */
enum ntlm_input {
    NTLM_INPUT_NOTHING,
    NTLM_INPUT_NEGOTIATE,
    NTLM_INPUT_CHALLENGE,
    NTLM_INPUT_AUTHENTICATE,
    NTLM_INPUT_OTHER,       /* no NTLM message */
    NTLM_INPUTS
};

/* The out-parameters are the authority's locations; requirements are ISC_REQ_* or ASC_REQ_*. */
struct ntlm_leg {
    const SecBufferDesc *input;
    SecBufferDesc *output;
    uint32_t requirements;
    struct view token;      /* the input's TOKEN, mapped */
    PULONG attributes;
    PTimeStamp expiry;
    PBOOLEAN mapped;
    PSecBuffer context_data;
};

/* What acceptors and initiators begin with. */
struct ntlm_context {
    _Atomic(enum ntlm_state) state;
};

/* What becomes of a message: a cell of the state table. */
#define NTLM_STEP(name) NTSTATUS name(struct ntlm_context *context, const struct ntlm_leg *leg)

/* One of the two sides. Its table is data; the rows from NTLM_STATE_OPEN on refuse everything. */
struct ntlm_engine {
    enum ntlm_handle handle;
    NTSTATUS (*steps[NTLM_STATE_OPEN][NTLM_INPUTS])(struct ntlm_context *, const struct ntlm_leg *);
    void (*free)(void *context);
};

/* Cells for what may not come: a message out of place, and what is none. */
NTLM_STEP(ntlm_refuse_order);
NTLM_STEP(ntlm_refuse_bytes);

/* Fills token. SEC_E_INVALID_TOKEN: too long. */
MUST_CHECK NTSTATUS ntlm_leg_open(struct ntlm_leg *leg);
/* The first leg of a context that was just made, and is freed if it fails. */
MUST_CHECK NTSTATUS ntlm_leg_first(const struct ntlm_engine *e, struct ntlm_context *context,
                                   const struct ntlm_leg *leg, PLSA_SEC_HANDLE out);
/* Any later one. */
MUST_CHECK NTSTATUS ntlm_leg_next(const struct ntlm_engine *e, LSA_SEC_HANDLE handle,
                                  const struct ntlm_leg *leg, PLSA_SEC_HANDLE out);
/* Sends a message; ALLOCATE_MEMORY has the same bit for both sides. */
MUST_CHECK NTSTATUS ntlm_leg_send(const struct ntlm_leg *leg, struct view message,
                                  uint32_t attributes);
/*
 * Completes the context: ContextData, in the highest format that the application's user half
 * reads, and MappedContext. The output is the caller's business.
 */
MUST_CHECK NTSTATUS ntlm_leg_finish(const struct ntlm_leg *leg, struct ntlm_context_data *data);

/*
 * On a first leg: can the calling application's user half read what we would
 * write? SEC_E_UNSUPPORTED_FUNCTION, with both ranges in the log: no (D13).
 */
MUST_CHECK NTSTATUS ntlm_formats_check(void);

#endif
