/*
 * A token's snapshot as it travels from the authority into the application
 * (D10): immutable bytes that say who the client is. Queries need nothing else,
 * so they survive the authority.
 */
#ifndef IPC_TOKEN_H
#define IPC_TOKEN_H

#include "base/rd.h"
#include "base/wr.h"

#define TOKEN_GROUPS_MAX 1024
#define TOKEN_SID_MAX 68            /* SECURITY_MAX_SID_SIZE */
#define TOKEN_NO_UID 0xffffffffu    /* the account has no local user */

struct token_group {
    struct view sid;
    uint32_t attributes;            /* SE_GROUP_* */
};

struct token_snapshot {
    uint64_t token_id;              /* LUID */
    uint64_t logon_id;              /* LUID of the session: TOKEN_STATISTICS.AuthenticationId */
    int64_t expiry;                 /* FILETIME */
    uint32_t type;                  /* TokenPrimary 1, TokenImpersonation 2 */
    uint32_t level;                 /* SECURITY_IMPERSONATION_LEVEL */
    uint8_t source[8];              /* TOKEN_SOURCE.SourceName */
    uint64_t source_id;             /* LUID */
    uint32_t uid, gid;              /* TOKEN_NO_UID where there is none */
    struct view user;               /* SID */
    struct view primary_group;      /* SID */
    struct view account, domain;    /* UTF-16 */
    struct view groups;             /* encoded; iterate by token_group_next() */
    uint32_t group_count;
};

/* Every SID is checked. SEC_E_INVALID_TOKEN: malformed. */
MUST_CHECK status_t token_snapshot_parse(struct view bytes, struct token_snapshot *out);
/* t->groups is ignored: the groups are given apart. */
void token_snapshot_build(struct wr *w, const struct token_snapshot *t,
                          const struct token_group *groups, uint32_t count);
/* Takes the next group off r (begun over t->groups); false at the end. */
bool token_group_next(struct rd *r, struct token_group *out);

#endif
