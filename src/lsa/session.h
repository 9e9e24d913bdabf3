/* Logon sessions and what packages keep in them: see session.c. */
#ifndef LSA_SESSION_H
#define LSA_SESSION_H

#include "lsa/lsa_internal.h"

/*
 * LUIDs of logon sessions that are none of a logon, as on Windows: the system's for uid 0, and
 * the one that all anonymous clients share, which is always there. Other uids have one each (D4).
 */
#define LSA_LUID_SYSTEM ((LUID){ 0x3e7, 0 })
#define LSA_LUID_ANONYMOUS ((LUID){ 0x3e6, 0 })
#define LSA_LUID_USER_HIGH 1

struct lsa_sessions;
struct lsa_session;
struct lsa_token;

/* NULL: no memory. */
struct lsa_sessions *lsa_sessions_new(void);
/* Nobody may be in one, but the authority in the anonymous one. */
void lsa_sessions_free(struct lsa_sessions *all);

/* ---- by packages (slots 0 to 4) ---------------------------------------- */

/* STATUS_LOGON_SESSION_COLLISION, STATUS_QUOTA_EXCEEDED, STATUS_NO_MEMORY. */
MUST_CHECK NTSTATUS lsa_session_create(struct lsa *l, LUID id);
/* STATUS_NO_SUCH_LOGON_SESSION; STATUS_BAD_LOGON_SESSION_STATE once somebody is in it. */
NTSTATUS lsa_session_delete(struct lsa *l, LUID id);

struct lsa_secret_key {
    uint32_t package;
    struct view key;                /* bytes; compared as they are */
};
MUST_CHECK NTSTATUS lsa_session_credential_add(struct lsa *l, LUID id,
                                               const struct lsa_secret_key *key,
                                               struct view credential);
MUST_CHECK NTSTATUS lsa_session_credential_delete(struct lsa *l, LUID id,
                                                  const struct lsa_secret_key *key);

struct lsa_secret_found {
    uint32_t position;              /* what QueryContext becomes */
    uint8_t *key;                   /* LSA heap, as is: */
    struct view credential;
    size_t key_size;
};
/*
 * The first after a position (0: of all) whose key is equal, or with `any` key. Copies
 * on the LSA heap. STATUS_UNSUCCESSFUL: no more.
 */
MUST_CHECK NTSTATUS lsa_session_credential_next(struct lsa *l, LUID id,
                                                const struct lsa_secret_key *key, bool any,
                                                uint32_t after, struct lsa_secret_found *out);

/* ---- by the authority --------------------------------------------------- */

/*
 * A token handle or a client enters: the session lives until the last one has left, and
 * then ends: LogonTerminated. token: what OpenTokenByLogonId gives, if it has none yet; may
 * be NULL. make: where there is no such session. STATUS_NO_SUCH_LOGON_SESSION, ...
 */
MUST_CHECK NTSTATUS lsa_session_enter(struct lsa *l, LUID id, struct lsa_token *token, bool make);
void lsa_session_leave(struct lsa *l, LUID id);
/* Its token, with a reference; NULL: no such session, or none yet. */
struct lsa_token *lsa_session_token(struct lsa *l, LUID id);
/* Whether somebody is in it. */
bool lsa_session_is_live(struct lsa *l, LUID id);

#endif
