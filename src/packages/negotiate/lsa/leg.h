/*
 * leg.h: what both engines (acceptor.c, initiator.c) share: one call of
 * SpInit- or SpAcceptLsaModeContext, the context of the package that was
 * chosen, and the mechListMIC.
 */
#ifndef NEGO_LSA_LEG_H
#define NEGO_LSA_LEG_H

#include "packages/negotiate/lsa/credential.h"

#include <stdatomic.h>

/* Longer tokens are not looked at: Kerberos's largest, with SPNEGO around it. */
#define NEGO_MESSAGE_MAX 65536u
/* Any package's signature. */
#define NEGO_MIC_MAX 256u

/* The out-parameters are the authority's locations; requirements are ISC_REQ_* or ASC_REQ_*. */
struct nego_leg {
    const SecBufferDesc *input;
    SecBufferDesc *output;
    PUNICODE_STRING target;     /* initiators */
    uint32_t requirements, data_rep;
    struct view token;          /* the input's TOKEN, mapped */
    PULONG attributes;
    PTimeStamp expiry;
    PBOOLEAN mapped;
    PSecBuffer context_data;
};

enum nego_state {
    NEGO_STATE_START,           /* nothing has been sent, or only a hint */
    NEGO_STATE_MECH,            /* SPNEGO, the package is not through */
    NEGO_STATE_CONFIRM,         /* it is: what is awaited is the peer's last word */
    NEGO_STATE_RAW,             /* the package's own tokens, as they are */
    NEGO_STATE_UNSENT,          /* the caller had no room for all of what was made */
    NEGO_STATE_OPEN,            /* from here on, nothing more is taken */
    NEGO_STATE_COMPLETE = NEGO_STATE_OPEN,
    NEGO_STATE_FAILED,
    NEGO_STATE_BUSY,            /* another thread is in this context */
};

struct nego_context {
    _Atomic(enum nego_state) state;
    enum nego_handle kind;
    LSA_SEC_HANDLE credential_number;
    struct nego_credential *credential;         /* referenced */
    const struct nego_choice *choice;           /* SPNEGO's; NULL: none yet */
    const struct nego_choice *scheme;           /* NegoEx's, where the choice is that */
    struct negoex *negoex;                      /* and its state */
    LSA_SEC_HANDLE inner;                       /* the package's context; 0: none */
    uint8_t *mech_list;         /* MechTypeList's DER as it was on the wire */
    size_t mech_list_n;
    bool replied;               /* the acceptor's first reply is out, or in */
    bool mic_required;          /* not the first choice of both (RFC 4178 5) */
    bool mic_sent, mic_received;
    /* what a step made, until all of it is out; afterwards: what comes then */
    struct nego_unsent {
        uint8_t *token;         /* NULL: nothing */
        size_t n, at;
        uint32_t attributes;
        enum nego_state state;
        NTSTATUS status;
    } unsent;
    /* what has come of a token in fragments */
    uint8_t *partial;           /* NULL: nothing */
    size_t partial_n;
    bool whole;                 /* all of it has come */
    /* of the package, once it is through */
    bool through;
    uint32_t attributes;
    TimeStamp expiry;
    BOOLEAN mapped;
    SecBuffer data;             /* ContextData: AllocateLsaHeap, wiped before it is freed */
    NTSTATUS last_status;       /* of the package that was tried last */
    NTSTATUS fallback_status;   /* why one that stood before it was left out; 0: none was */
};

/* Takes the credential's reference over, also when it fails. */
struct nego_context *nego_context_new(enum nego_handle kind, LSA_SEC_HANDLE number,
                                      struct nego_credential *credential);
void nego_context_free(void *context);
/* The package that is at work, or will be; NULL: none was chosen. */
const struct nego_choice *nego_context_worker(const struct nego_context *c);
/* Deletes the package's context, if there is one, ... */
void nego_context_forget_inner(struct nego_context *c);
/* ... and what NegoEx knows, too: another mechanism will be tried. */
void nego_context_drop_inner(struct nego_context *c);
void nego_context_wipe_data(struct nego_context *c);
void nego_choice_delete_context(const struct nego_choice *choice, LSA_SEC_HANDLE context);
/* A copy of the list. False: no memory. */
MUST_CHECK bool nego_context_keep_list(struct nego_context *c, struct view list);

/* Fills token. SEC_E_INVALID_TOKEN: too long. */
MUST_CHECK NTSTATUS nego_leg_open(struct nego_leg *leg);
/* What a package answered: the token is the caller's, to be freed or sent. */
struct nego_answer {
    uint8_t *token;             /* NULL: none */
    size_t n;
};

/* What this leg sends, with the context's attributes. */
void nego_send_nothing(struct nego_context *c);
void nego_send_answer(struct nego_context *c, struct nego_answer *answer);      /* takes it over */
MUST_CHECK NTSTATUS nego_send_init(struct nego_context *c, const struct spnego_init *init);
MUST_CHECK NTSTATUS nego_send_resp(struct nego_context *c, const struct spnego_resp *resp);

/*
 * One leg of the chosen mechanism with this token: of the package, or of NegoEx. Its status,
 * with the package's attributes in the context; through is set when it has completed.
 */
MUST_CHECK NTSTATUS nego_inner_call(struct nego_context *c, const struct nego_leg *leg,
                                    struct view token, struct nego_answer *out);
/* The same, of the package at work. */
MUST_CHECK NTSTATUS nego_package_call(struct nego_context *c, const struct nego_leg *leg,
                                      struct view token, struct nego_answer *out);

/* SEC_E_UNSUPPORTED_FUNCTION: the context has no integrity. */
MUST_CHECK NTSTATUS nego_mic_make(struct nego_context *c, uint8_t room[NEGO_MIC_MAX],
                                  struct view *out);
/* SEC_E_MESSAGE_ALTERED: not of this list, or not of this context. */
MUST_CHECK NTSTATUS nego_mic_check(struct nego_context *c, struct view mic);

/* By either of its names. */
bool nego_status_is_too_small(NTSTATUS st);
/* What is said in the log of a handshake that is refused here, not by a package. */
NTSTATUS nego_refuse(const struct nego_context *c, NTSTATUS st, const char *reason);

/*
 * What becomes of a token: a cell of a state table. SEC_I_CONTINUE_NEEDED: the state is set;
 * STATUS_SUCCESS: all is done, and the package's context is to be handed over (D17).
 */
#define NEGO_STEP(name) NTSTATUS name(struct nego_context *c, const struct nego_leg *leg)
#define NEGO_INPUTS (SPNEGO_KIND_OTHER + 1)
typedef NTSTATUS nego_step(struct nego_context *c, const struct nego_leg *leg);
struct nego_cell {
    nego_step *step;            /* NULL: refused */
    unsigned leads;             /* TO() of each state that it may set */
};
/* One of the two sides (states.def); the rows from NEGO_STATE_OPEN on refuse everything. */
struct nego_engine {
    struct nego_cell cells[NEGO_STATE_OPEN][NEGO_INPUTS];
};
#define NEGO_TO(state) (1u << (state))
#define TO(state) NEGO_TO(NEGO_STATE_##state)
#define NEGO_CELL(state, kind, step, leads)                                                       \
    [NEGO_STATE_##state][SPNEGO_KIND_##kind] = { step, leads },

/* For what may not come: a token out of place, and what is none. */
NEGO_STEP(nego_refuse_order);
NEGO_STEP(nego_refuse_bytes);
/* The package's own token, answered by one. */
NEGO_STEP(nego_raw_step);

/*
 * Runs a leg: of a context that was just made, which is freed if it fails, or of one by its
 * number.
 */
MUST_CHECK NTSTATUS nego_leg_first(const struct nego_engine *e, struct nego_context *c,
                                   const struct nego_leg *leg, PLSA_SEC_HANDLE out);
MUST_CHECK NTSTATUS nego_leg_next(const struct nego_engine *e, enum nego_handle kind,
                                  LSA_SEC_HANDLE handle, const struct nego_leg *leg,
                                  PLSA_SEC_HANDLE out);

#endif
