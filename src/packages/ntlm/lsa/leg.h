/*
 * leg.h: what both engines (acceptor.c, initiator.c) share: one call of
 * SpInit- or SpAcceptLsaModeContext, the state machine's rows and columns,
 * and the end of a handshake.
 */
#ifndef NTLM_LSA_LEG_H
#define NTLM_LSA_LEG_H

#include "packages/ntlm/lsa/support.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/wire/wire.h"

/* Messages longer than this are not looked at: four times NTLM's cbMaxToken. */
#define NTLM_MESSAGE_MAX 12256u
/* SecPkgInfo.cbMaxToken, so no message of ours is longer. */
#define NTLM_TOKEN_MAX 2888u

enum ntlm_state {
    NTLM_STATE_START,       /* nothing has been sent or received */
    NTLM_STATE_WAITING,     /* one message is out, its answer is awaited */
    NTLM_STATE_COMPLETE,
    NTLM_STATE_FAILED,      /* a challenge is for one answer, right or wrong */
    NTLM_STATE_BUSY,        /* another thread is in this context */
    NTLM_STATES
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

/* Fills token. SEC_E_INVALID_TOKEN: too long. */
MUST_CHECK NTSTATUS ntlm_leg_open(struct ntlm_leg *leg);
enum ntlm_input ntlm_leg_input(const struct ntlm_leg *leg);
/* Sends a message; ALLOCATE_MEMORY has the same bit for both sides. */
MUST_CHECK NTSTATUS ntlm_leg_send(const struct ntlm_leg *leg, struct view message,
                                  uint32_t attributes);
/* Completes the context: ContextData and MappedContext. The output is the caller's business. */
MUST_CHECK NTSTATUS ntlm_leg_finish(const struct ntlm_leg *leg,
                                    const struct ntlm_context_data *data);

/* Where a context is after a step that began in before and returned st. */
enum ntlm_state ntlm_state_after(enum ntlm_state before, NTSTATUS st);

/*
 * On a first leg: can the calling application's user half read what we would
 * write? SEC_E_UNSUPPORTED_FUNCTION, with both ranges in the log: no (D13).
 */
MUST_CHECK NTSTATUS ntlm_formats_check(void);

#endif
