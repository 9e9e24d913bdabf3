/*
 * Tokens in the application (D10): immutable snapshots behind HANDLEs. Queries
 * need no authority, and go on after it has gone.
 */
#ifndef SSPI_TOKEN_H
#define SSPI_TOKEN_H

#include "ipc/token.h"
#include "sspi/process.h"

/*
 * What the authority knows a token by: tokens that DuplicateToken made of one share it. With the
 * last of them the authority is told, along with the next call.
 */
struct sspi_token_origin {
    atomic_uint references;
    struct sspi_process *process;
    uint64_t session, number;
};

struct sspi_token {
    atomic_uint references;
    struct sspi_token_origin *origin;   /* NULL: none that is there (imported, or passed on) */
    struct token_snapshot facts;        /* views into bytes */
    size_t n;
    uint8_t bytes[];
};

/* Copies and checks the snapshot; one reference. NULL: malformed (logged), or no memory. */
struct sspi_token *sspi_token_new(struct view snapshot);
/* The same for one that the authority put into this process under a number. */
struct sspi_token *sspi_token_new_known(struct sspi_process *p, uint64_t session, uint64_t number,
                                        struct view snapshot);
/* The same facts otherwise encoded (a level, a local user), known by the same number. */
struct sspi_token *sspi_token_new_like(const struct sspi_token *t, struct view snapshot);
struct sspi_token *sspi_token_hold(struct sspi_token *t);
void sspi_token_put(struct sspi_token *t);

/*
 * A new HANDLE for the token; NULL: table full. borrowed: it belongs to a context
 * (SECPKG_ATTR_ACCESS_TOKEN), CloseHandle refuses it, sspi_token_withdraw() ends it.
 */
HANDLE sspi_token_publish(struct sspi_process *p, struct sspi_token *t, bool borrowed);
void sspi_token_withdraw(struct sspi_process *p, HANDLE h);

/*
 * The token behind a HANDLE, with a reference; NULL: none. While a user half runs on
 * this thread its context's own token numbers count as well.
 */
struct sspi_token *sspi_token_find(struct sspi_process *p, HANDLE h);

/* ---- token_info.c ------------------------------------------------------ */

/*
 * GetTokenInformation's structure for the class into out (room bytes). *needed is its
 * size. A Windows error code: 0, ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER, or
 * ERROR_NOT_SUPPORTED for a class that has no facts here.
 */
uint32_t sspi_token_info_get(const struct sspi_token *t, TOKEN_INFORMATION_CLASS what, void *out,
                             uint32_t room, uint32_t *needed);

#endif
