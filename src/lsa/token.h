/*
 * Tokens of the authority: see token.c (handles, copies in clients) and
 * token_make.c (what is in one).
 */
#ifndef LSA_TOKEN_H
#define LSA_TOKEN_H

#include "ipc/token.h"
#include "lsa/lsa_internal.h"

#define LSA_TOKEN_BYTES_MAX (128 * 1024)

/* Never changes. */
struct lsa_token {
    atomic_uint references;
    LUID logon_id;
    uint32_t size;
    uint8_t snapshot[];             /* ipc/token.h */
};

/* ---- token.c ------------------------------------------------------------ */

/* Copies the snapshot, which must parse. NULL: it does not, or no memory. */
struct lsa_token *lsa_token_new(struct view snapshot);
struct lsa_token *lsa_token_hold(struct lsa_token *t);
void lsa_token_put(struct lsa_token *t);
/* The user's SID, as long as the reference. */
struct view lsa_token_user(const struct lsa_token *t);

/* A handle for packages, which keeps the session alive. The reference stays the caller's. */
MUST_CHECK NTSTATUS lsa_token_publish(struct lsa *l, struct lsa_token *t, HANDLE *out);
/* The token behind a package's handle, with a reference; NULL: none. */
struct lsa_token *lsa_token_find(struct lsa *l, HANDLE handle);
/* Into the client of the call: *out means something there only. */
MUST_CHECK NTSTATUS lsa_token_copy(struct lsa_call *call, struct lsa_token *t, HANDLE *out);

LUID lsa_luid_of_uid(uint32_t uid);

/* ---- token_make.c -------------------------------------------------------- */

/* What a token is made of besides the account's own facts. */
struct lsa_token_frame {
    LUID logon_id;
    SECURITY_IMPERSONATION_LEVEL level;
    const TOKEN_SOURCE *source;
    int64_t expiry;
    struct view account, domain;    /* UTF-16 */
};

/* NULL: no memory, or the facts cannot be a token. */
struct lsa_token *lsa_token_of_account(struct lsa *l, const struct lsa_token_frame *f,
                                       const struct lsa_auth_data *a);
/* CreateToken's structures; checked. */
MUST_CHECK NTSTATUS lsa_token_of_information(struct lsa *l, const struct lsa_token_frame *f,
                                             LSA_TOKEN_INFORMATION_TYPE type,
                                             const void *information, const TOKEN_GROUPS *more,
                                             struct lsa_token **out);
/* The process of a uid (D4): a primary token, mapped to nobody. NULL: no memory. */
struct lsa_token *lsa_token_of_process(struct lsa *l, LUID logon_id);
/* A snapshot with what is known of its local user now, in the arena; empty: no memory. */
struct view lsa_token_remap(struct arena *arena, struct lsa *l, struct view snapshot);

#endif
