/* Who an account is on this machine: see unix_user.c. */
#ifndef LSA_UNIX_USER_H
#define LSA_UNIX_USER_H

#include "base/view.h"
#include "config/config.h"
#include "ipc/token.h"

#include <stdatomic.h>

struct unix_users;

/* What was found out about one local user; never changes. */
struct unix_user {
    atomic_uint references;
    uint32_t mapping;               /* enum token_mapping */
    uint32_t uid, gid;              /* TOKEN_NO_UID unless mapped */
    const char *home;
    const uint8_t *gids;            /* as in a snapshot */
    size_t gid_count;
};

/* NULL: no memory. */
struct unix_users *unix_users_new(const struct config *config);
void unix_users_free(struct unix_users *u);
void unix_users_configure(struct unix_users *u, const struct config *config);

/*
 * The local user as far as it is known already: TOKEN_PENDING where the name
 * service would have to be asked. NULL: no memory. Give it back by unix_user_put().
 */
struct unix_user *unix_user_peek(struct unix_users *u, struct view name);
/* The same, but asks, which may wait on a network (D6). */
struct unix_user *unix_user_resolve(struct unix_users *u, struct view name);
/* By the configured range: an account without a local user. NULL: no memory. */
struct unix_user *unix_user_of_rid(struct unix_users *u, uint32_t rid, const uint32_t *groups,
                                   size_t group_count);
void unix_user_put(struct unix_user *user);

/* Into the snapshot, whose views are good as long as the reference. */
void unix_user_show(const struct unix_user *user, struct token_snapshot *t);

#endif
