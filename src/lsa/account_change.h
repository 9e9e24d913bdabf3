/* Names and rids within a transaction: account_change.c's, for account_group.c. */
#ifndef LSA_ACCOUNT_CHANGE_H
#define LSA_ACCOUNT_CHANGE_H

#include "lsa/account_store.h"

/* STATUS_SUCCESS: nobody has the name; STATUS_USER_EXISTS, STATUS_GROUP_EXISTS: *rid has. */
MUST_CHECK status_t account_name_check_free(struct account_store *s,
                                            const struct account_name *upper, uint32_t *rid);
/* *rid 0: the next free one; else that one, if it is free. */
MUST_CHECK status_t account_rid_take(struct account_store *s, uint32_t *rid);

#endif
