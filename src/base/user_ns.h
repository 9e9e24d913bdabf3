/* Numbers that may stand for several users or groups: see user_ns.c. */
#ifndef BASE_USER_NS_H
#define BASE_USER_NS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether a uid that the kernel shows is that user's for certain; a gid likewise. */
bool user_ns_uid_is_clear(uint32_t uid);
bool user_ns_gid_is_clear(uint32_t gid);

#endif
