/* Context handles of this process. */
#ifndef SSPI_CONTEXT_H
#define SSPI_CONTEXT_H

#include "sspi/ask.h"
#include "sspi/token.h"
#include "sspi/user_half.h"

#define SSPI_CONTEXT_TOKENS_MAX 4u

/* A token that the authority put into this process for the context. */
struct sspi_context_token {
    uint64_t number;            /* as ContextData names it */
    struct sspi_token *token;
    HANDLE borrowed;            /* SECPKG_ATTR_ACCESS_TOKEN; made on demand */
};

struct sspi_context {
    struct sspi_process *process;
    pthread_mutex_t lock;               /* establishment: one leg at a time */
    uint64_t session;                   /* whose handle `remote` is */
    atomic_uint_fast64_t remote;        /* 0: the authority has none (imported, or given up) */
    struct sspi_package_list *packages; /* of that session */
    struct sspi_package *outer;         /* package of the credential: Negotiate, say */
    struct sspi_package *inner;         /* package whose user half maps the context */
    _Atomic(struct sspi_user_half *) half;  /* set once mapped, and then constant */
    LSA_SEC_HANDLE number;              /* what that user half knows it by */
    atomic_bool complete;
    atomic_bool poisoned;               /* an invariant broke (D8): only deletion is left */
    atomic_uint attributes;             /* as the last leg returned them */
    uint32_t own_attributes;            /* ISC_RET_* of this library, beside the package's */

    pthread_mutex_t tokens_lock;
    struct sspi_context_token tokens[SSPI_CONTEXT_TOKENS_MAX];
    unsigned token_count;
};

/* NULL: no memory. */
struct sspi_context *sspi_context_new(struct sspi_process *p, uint64_t session, uint64_t remote);
/* The handle table's last word: deletes it in the user half, then in the authority. */
void sspi_context_free(void *object);

/* Gives the reply's packed context to the user half. On failure the context is unusable. */
MUST_CHECK status_t sspi_context_map(struct sspi_context *c, const struct ask_leg_result *r);

/*
 * Its user half, with this thread marked as running it until sspi_context_half_leave().
 * NULL: not mapped.
 */
struct sspi_user_half *sspi_context_half_enter(struct sspi_context *c);
void sspi_context_half_leave(void);

/* ---- its tokens -------------------------------------------------------- */

/* By a number that ContextData named, with a reference; NULL: none. */
struct sspi_token *sspi_context_token(struct sspi_context *c, uint64_t number);
/* The user half closed it. False: none. */
bool sspi_context_token_drop(struct sspi_context *c, uint64_t number);
/* Takes a reference of its own. False: no room. */
bool sspi_context_token_add(struct sspi_context *c, uint64_t number, struct sspi_token *t);
/* A HANDLE that lives as long as the context; NULL: no such number, or table full. */
HANDLE sspi_context_token_borrow(struct sspi_context *c, uint64_t number);
/* Takes what came with a reply. */
MUST_CHECK status_t sspi_context_tokens_take(struct sspi_context *c, const struct ask *a);
/*
 * Asks who those are on this machine of whom the authority did not know it at once. While no ask
 * is held: this is one.
 */
void sspi_context_tokens_resolve(struct sspi_context *c);
void sspi_context_tokens_wipe(struct sspi_context *c);

#endif
