/*
 * Impersonation as Linux has it (D18): setfsuid(2), setfsgid(2) and setgroups(2)
 * by raw system call, so that they are about the calling thread alone. glibc's own
 * setgroups() and setuid() are about all threads, and abort the process where
 * threads differ in what those would set; the file system uid is never among it.
 *
 * Root's power over files goes as well: the kernel takes it from the effective
 * capabilities when the file system uid leaves 0, and this takes it from a server
 * that has been given it without being root.
 *
 * Runs in applications and in the authority. It trusts the kernel's answers only:
 * setfsuid(2) reports no errors, so what was set is read back. In a user namespace
 * one number may stand for several users (user_ns.h), and then is no answer.
 */
#include "thread_identity.h"

#include "rd.h"
#include "user_ns.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IDENTITY_GROUPS_MAX 65536       /* NGROUPS_MAX */

/* Both halves of CAP_FS_SET (linux/capability.h): what makes files' permissions not count. */
#define BIT(cap) (1u << ((cap) % 32))
#define FS_CAPS_LOW                                                                               \
    (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER)          \
     | BIT(CAP_FSETID) | BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_MKNOD))
#define FS_CAPS_HIGH BIT(CAP_MAC_OVERRIDE)

struct thread_caps {
    struct __user_cap_data_struct v[_LINUX_CAPABILITY_U32S_3];
};

struct thread_saved {
    struct thread_caps caps;
    size_t count;
    gid_t groups[];                 /* sorted */
};

_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "groups travel as they are");

/* An id that cannot be only asks. */
static uint32_t
fs_uid(uint32_t uid)
{
    return (uint32_t)syscall(SYS_setfsuid, uid);
}

static uint32_t
fs_gid(uint32_t gid)
{
    return (uint32_t)syscall(SYS_setfsgid, gid);
}

#define ASK UINT32_MAX

static int
caps_get(struct thread_caps *c)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };

    /* valgrind takes the call to fill one of the two. */
    memset(c->v, 0, sizeof(c->v));
    return syscall(SYS_capget, &head, c->v) == 0 ? 0 : -errno;
}

static int
caps_set(const struct thread_caps *c)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };

    return syscall(SYS_capset, &head, c->v) == 0 ? 0 : -errno;
}

static int
group_compare(const void *a, const void *b)
{
    gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

    return (x > y) - (x < y);
}

/* ---- saving ------------------------------------------------------------------ */

static bool
groups_are_clear(const gid_t *groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!user_ns_gid_is_clear(groups[i]))
            return false;
    }
    return true;
}

/* What the thread could not become again: the number would be another's, or nobody's. */
static bool
saved_is_clear(const struct thread_saved *s)
{
    return groups_are_clear(s->groups, s->count)
           && user_ns_uid_is_clear((uint32_t)syscall(SYS_geteuid))
           && user_ns_gid_is_clear((uint32_t)syscall(SYS_getegid));
}

struct thread_saved *
thread_identity_save(void)
{
    long n = syscall(SYS_getgroups, 0, NULL);
    struct thread_saved *s;

    if (n < 0 || n > IDENTITY_GROUPS_MAX)
        return NULL;
    s = malloc(sizeof(*s) + (size_t)n * sizeof(s->groups[0]));
    if (s == NULL)
        return NULL;
    s->count = (size_t)n;
    if (syscall(SYS_getgroups, n, s->groups) != n || caps_get(&s->caps) != 0
        || !saved_is_clear(s)) {
        free(s);
        return NULL;
    }
    qsort(s->groups, s->count, sizeof(s->groups[0]), group_compare);
    return s;
}

void
thread_saved_free(struct thread_saved *s)
{
    free(s);
}

/* ---- taking ------------------------------------------------------------------- */

static bool
groups_are(const gid_t *sorted, size_t count)
{
    gid_t *have;
    long n = syscall(SYS_getgroups, 0, NULL);
    bool same;

    if (n < 0 || (size_t)n != count)
        return false;
    have = calloc(count + 1, sizeof(*have));
    if (have == NULL)
        return false;
    same = syscall(SYS_getgroups, n, have) == n;
    if (same)
        qsort(have, count, sizeof(*have), group_compare);
    for (size_t i = 0; same && i < count; i++)
        same = have[i] == sorted[i];
    free(have);
    return same;
}

/* Where the thread is in these groups already, nothing is asked that it might not be allowed. */
static int
groups_take(const gid_t *sorted, size_t count)
{
    if (groups_are(sorted, count) && groups_are_clear(sorted, count))
        return 0;
    if (syscall(SYS_setgroups, count, sorted) != 0)
        return -errno;
    return groups_are(sorted, count) ? 0 : -EPERM;
}

static int
groups_take_view(struct view gids)
{
    struct rd r = rd_init(gids);
    size_t count = gids.n / sizeof(uint32_t);
    gid_t *groups = calloc(count + 1, sizeof(*groups));
    int rc;

    if (groups == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        groups[i] = rd_u32le(&r);
    qsort(groups, count, sizeof(*groups), group_compare);
    rc = groups_take(groups, count);
    free(groups);
    return rc;
}

/* The kernel did it for root, which left uid 0; a server with capabilities never was there. */
static int
caps_drop_files(void)
{
    struct thread_caps c;
    int rc = caps_get(&c);

    if (rc != 0)
        return rc;
    if ((c.v[0].effective & FS_CAPS_LOW) == 0 && (c.v[1].effective & FS_CAPS_HIGH) == 0)
        return 0;
    c.v[0].effective &= ~FS_CAPS_LOW;
    c.v[1].effective &= ~FS_CAPS_HIGH;
    return caps_set(&c);
}

/*
 * A number that may stand for several is set by coming to it from another one: where that
 * cannot be, what is read back would prove nothing.
 */
static bool
fs_gid_take(uint32_t gid)
{
    if (!user_ns_gid_is_clear(gid)) {
        (void)fs_gid((uint32_t)syscall(SYS_getegid));
        if (fs_gid(ASK) == gid)
            return false;
    }
    (void)fs_gid(gid);
    return fs_gid(ASK) == gid;
}

static bool
fs_uid_take(uint32_t uid)
{
    if (!user_ns_uid_is_clear(uid)) {
        (void)fs_uid((uint32_t)syscall(SYS_geteuid));
        if (fs_uid(ASK) == uid)
            return false;
    }
    (void)fs_uid(uid);
    return fs_uid(ASK) == uid;
}

int
thread_identity_take(const struct thread_identity *who)
{
    int rc = groups_take_view(who->gids);

    if (rc != 0)
        return rc;
    if (!fs_gid_take(who->gid) || !fs_uid_take(who->uid))
        return -EPERM;
    return caps_drop_files();
}

/* ---- and back ------------------------------------------------------------------ */

/*
 * The effective ids are what the file system ids follow; another thread may have given up
 * root meanwhile, and then those of before are not to be had, nor wanted.
 */
int
thread_identity_restore(const struct thread_saved *s)
{
    uint32_t uid = (uint32_t)syscall(SYS_geteuid), gid = (uint32_t)syscall(SYS_getegid);
    int rc;

    (void)fs_uid(uid);
    (void)fs_gid(gid);
    rc = groups_take(s->groups, s->count);
    if (fs_uid(ASK) != uid || fs_gid(ASK) != gid)
        return -EPERM;
    /* Capabilities that another thread's setuid() took are gone for good: not an error. */
    (void)caps_set(&s->caps);
    return rc;
}

bool
thread_identity_is_foreign(void)
{
    return fs_uid(ASK) != (uint32_t)syscall(SYS_geteuid)
           || fs_gid(ASK) != (uint32_t)syscall(SYS_getegid);
}

bool
thread_saved_has_same_groups(const struct thread_saved *a, const struct thread_saved *b)
{
    return a->count == b->count
           && view_is_equal(view_of(a->groups, a->count * sizeof(a->groups[0])),
                            view_of(b->groups, b->count * sizeof(b->groups[0])));
}
