/*
 * User namespaces (user_namespaces(7)): users and groups that a namespace has no
 * number for are all shown as one, the overflow id. There that number may be
 * anybody; each other one, and all of them where the namespace knows everybody, is
 * whom it says.
 *
 * Runs in applications and in the authority. Trusts /proc; where it cannot be
 * read, the overflow id is not believed.
 */
#include "user_ns.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

#define USER_NS_OVERFLOW 65534u         /* as the kernel is built */

/* The kernel's, the same in every namespace. */
static pthread_once_t overflow_once = PTHREAD_ONCE_INIT;
static unsigned overflow_uid = USER_NS_OVERFLOW, overflow_gid = USER_NS_OVERFLOW;

static bool
numbers_read(const char *path, unsigned *v, size_t count)
{
    FILE *f = fopen(path, "re");
    size_t n = 0;

    while (f != NULL && n < count && fscanf(f, "%u", &v[n]) == 1)
        n++;
    if (f != NULL)
        (void)fclose(f);
    return n == count;
}

static void
overflow_read(void)
{
    (void)numbers_read("/proc/sys/kernel/overflowuid", &overflow_uid, 1);
    (void)numbers_read("/proc/sys/kernel/overflowgid", &overflow_gid, 1);
}

/* A map's line: number inside, outside, how many. A process may enter another namespace. */
static bool
map_is_whole(const char *path)
{
    unsigned map[3];

    return numbers_read(path, map, 3) && map[2] == UINT32_MAX;
}

bool
user_ns_uid_is_clear(uint32_t uid)
{
    (void)pthread_once(&overflow_once, overflow_read);
    return uid != overflow_uid || map_is_whole("/proc/self/uid_map");
}

bool
user_ns_gid_is_clear(uint32_t gid)
{
    (void)pthread_once(&overflow_once, overflow_read);
    return gid != overflow_gid || map_is_whole("/proc/self/gid_map");
}
