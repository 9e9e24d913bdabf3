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
#define TOKEN_GIDS_MAX 4096
#define TOKEN_LOCAL_MAX 63u         /* bytes of a local user's name, UTF-8 */
#define TOKEN_HOME_MAX 4095u        /* and of his home folder */
#define TOKEN_NO_UID 0xffffffffu    /* nobody on this machine; a gid: no group */

/* Who it is on this machine (D18). */
enum token_mapping {
    TOKEN_UNMAPPED,                 /* nobody: uid and gid are TOKEN_NO_UID, there are no gids */
    TOKEN_MAPPED,                   /* never uid 0 nor gid 0 */
    TOKEN_PENDING,                  /* local_user, but the name service has not been asked yet */
};

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
    uint32_t mapping;               /* enum token_mapping */
    uint32_t uid, gid;
    struct view user;               /* SID */
    struct view primary_group;      /* SID */
    struct view account, domain;    /* UTF-16 */
    struct view local_user, home;   /* UTF-8; may be empty */
    struct view gids;               /* other groups of the uid, u32 each */
    struct view groups;             /* encoded; iterate by token_group_next() */
    uint32_t group_count;
};

/* Every SID is checked. SEC_E_INVALID_TOKEN: malformed. */
MUST_CHECK status_t token_snapshot_parse(struct view bytes, struct token_snapshot *out);
/* t->groups is ignored: the groups are given apart. */
void token_snapshot_build(struct wr *w, const struct token_snapshot *t,
                          const struct token_group *groups, uint32_t count);
static inline uint32_t
token_gid_count(const struct token_snapshot *t)
{
    return (uint32_t)(t->gids.n / sizeof(uint32_t));
}
/* The same facts under another type, level and id; out has room for as many bytes. */
void token_snapshot_relabel(struct view snapshot, uint32_t type, uint32_t level, uint64_t id,
                            uint8_t *out);
/* Takes the next group off r (begun over t->groups); false at the end. */
bool token_group_next(struct rd *r, struct token_group *out);

#endif
