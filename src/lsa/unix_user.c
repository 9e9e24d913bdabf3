/*
 * Who an account is on this machine (D18): the local user that `sspi account`
 * names, else a uid of the configured range, else nobody.
 *
 * A local user's uid and groups are the name service's to say, and that may
 * wait on a network: so unix_user_peek() looks at what is remembered only, and
 * unix_user_resolve(), which asks, is called in the slow pool (D6). An answer is
 * remembered for minutes: a user who is added to a group waits that long.
 *
 * Never uid 0 nor one below min_uid, never gid 0: a stranger's logon must not
 * become the system's rights, whatever a row of the store or of passwd says.
 *
 * Runs in the authority. Trusts: the passwd and group databases.
 */
#include "lsa/unix_user.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/wr.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>

#define UNIX_BUCKETS 256
#define UNIX_BUCKET_MAX 16              /* names of a bucket; more displace the oldest */
#define UNIX_FOUND_MS (5 * 60 * 1000)
#define UNIX_NOT_FOUND_MS (30 * 1000)   /* also where the name service failed */
#define UNIX_ENTRY_MAX (256 * 1024)     /* of passwd, by getpwnam_r() */

struct unix_entry {
    struct unix_entry *next;
    int64_t until;                      /* boot milliseconds */
    struct unix_user *user;
    size_t n;
    char name[TOKEN_LOCAL_MAX + 1];
};

struct unix_users {
    atomic_uint min_uid, idmap_first, idmap_count;
    pthread_mutex_t lock;               /* the entries; never held while asking */
    struct unix_entry *buckets[UNIX_BUCKETS];
};

void
unix_users_configure(struct unix_users *u, const struct config *config)
{
    atomic_store(&u->min_uid, config->min_uid);
    atomic_store(&u->idmap_first, config->idmap_first);
    atomic_store(&u->idmap_count, config->idmap_count);
}

struct unix_users *
unix_users_new(const struct config *config)
{
    struct unix_users *u = calloc(1, sizeof(*u));

    if (!u)
        return NULL;
    pthread_mutex_init(&u->lock, NULL);
    unix_users_configure(u, config);
    return u;
}

/* ---- one answer --------------------------------------------------------- */

static struct unix_user *
user_new(uint32_t mapping, uint32_t uid, uint32_t gid, const char *home, const struct wr *gids)
{
    struct view v = gids ? wr_written(gids) : view_of(NULL, 0);
    size_t home_n = strlen(home) + 1;
    struct unix_user *user = malloc(sizeof(*user) + v.n + home_n);
    uint8_t *bytes;

    if (!user)
        return NULL;
    bytes = (uint8_t *)(user + 1);
    *user = (struct unix_user){ 1, mapping, uid, gid, (char *)bytes + v.n, bytes,
                                v.n / sizeof(uint32_t) };
    if (v.n > 0)
        memcpy(bytes, v.p, v.n);
    memcpy(bytes + v.n, home, home_n);
    return user;
}

static struct unix_user *
user_nobody(uint32_t mapping)
{
    return user_new(mapping, TOKEN_NO_UID, TOKEN_NO_UID, "", NULL);
}

void
unix_user_put(struct unix_user *user)
{
    if (user && atomic_fetch_sub(&user->references, 1) == 1)
        free(user);
}

void
unix_user_show(const struct unix_user *user, struct token_snapshot *t)
{
    t->mapping = user->mapping;
    t->uid = user->uid;
    t->gid = user->gid;
    t->home = view_of(user->home, strlen(user->home));
    t->gids = view_of(user->gids, user->gid_count * sizeof(uint32_t));
}

/* ---- what is remembered ------------------------------------------------- */

static struct unix_entry **
users_bucket(struct unix_users *u, struct view name)
{
    uint32_t hash = 2166136261u;        /* FNV-1a: the names are the administrator's */

    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ name.p[i]) * 16777619u;
    return &u->buckets[hash % UNIX_BUCKETS];
}

static void
entry_free(struct unix_entry *e)
{
    unix_user_put(e->user);
    free(e);
}

static struct unix_user *
users_remembered(struct unix_users *u, struct view name)
{
    struct unix_user *found = NULL;
    int64_t now = filetime_boot_ms();

    pthread_mutex_lock(&u->lock);
    for (struct unix_entry *e = *users_bucket(u, name); e && !found; e = e->next) {
        if (e->until > now && view_is_equal(view_of(e->name, e->n), name))
            found = e->user;
    }
    if (found)
        atomic_fetch_add(&found->references, 1);
    pthread_mutex_unlock(&u->lock);
    return found;
}

/* The newest come first; an older answer for the same name goes, and so does the oldest of all. */
static void
bucket_trim(struct unix_entry **bucket)
{
    struct unix_entry *newest = *bucket, **link = &newest->next;
    unsigned count = 1;

    while (*link) {
        struct unix_entry *e = *link;

        if (++count <= UNIX_BUCKET_MAX
            && !view_is_equal(view_of(e->name, e->n), view_of(newest->name, newest->n))) {
            link = &e->next;
            continue;
        }
        *link = e->next;
        entry_free(e);
        count--;
    }
}

/* Without memory it is asked for again next time. */
static void
users_remember(struct unix_users *u, struct view name, struct unix_user *user)
{
    struct unix_entry *e = calloc(1, sizeof(*e)), **bucket;

    if (!e)
        return;
    e->until = filetime_boot_ms()
               + (user->mapping == TOKEN_MAPPED ? UNIX_FOUND_MS : UNIX_NOT_FOUND_MS);
    e->n = name.n;
    memcpy(e->name, name.p, name.n);
    atomic_fetch_add(&user->references, 1);
    e->user = user;
    pthread_mutex_lock(&u->lock);
    bucket = users_bucket(u, name);
    e->next = *bucket;
    *bucket = e;
    bucket_trim(bucket);
    pthread_mutex_unlock(&u->lock);
}

void
unix_users_free(struct unix_users *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < UNIX_BUCKETS; i++) {
        while (u->buckets[i]) {
            struct unix_entry *e = u->buckets[i];

            u->buckets[i] = e->next;
            entry_free(e);
        }
    }
    pthread_mutex_destroy(&u->lock);
    free(u);
}

/* ---- asking ------------------------------------------------------------- */

/* 0, ENOENT, or what the name service failed with. *room holds entry's strings: free() it. */
static int
passwd_find(const char *name, struct passwd *entry, char **room)
{
    struct passwd *found = NULL;
    size_t n = 4096;
    int error;

    for (;;) {
        *room = malloc(n);
        if (!*room)
            return ENOMEM;
        error = getpwnam_r(name, entry, *room, n, &found);
        if (error != ERANGE || n >= UNIX_ENTRY_MAX)
            break;
        free(*room);
        n *= 4;
    }
    if (error == 0 && !found)
        error = ENOENT;
    return error;
}

/* The groups besides gid; root's is left out: membership of it is no user's right here. */
static bool
groups_collect(const char *name, gid_t gid, struct wr *out)
{
    int count = TOKEN_GIDS_MAX + 1;
    gid_t *groups = calloc((size_t)count, sizeof(*groups));
    bool good = groups && getgrouplist(name, gid, groups, &count) >= 0;

    for (int i = 0; good && i < count; i++) {
        if (groups[i] != 0 && groups[i] != gid)
            wr_u32le(out, groups[i]);
    }
    free(groups);
    return good && !out->failed;
}

static const char *
passwd_refuse(const struct unix_users *u, const struct passwd *entry)
{
    if (entry->pw_uid == 0 || entry->pw_uid < atomic_load(&u->min_uid))
        return "its uid is below [authority] min_uid";
    if (entry->pw_uid == TOKEN_NO_UID || entry->pw_gid == TOKEN_NO_UID || entry->pw_gid == 0)
        return "its group is root's";
    return entry->pw_dir && strlen(entry->pw_dir) > TOKEN_HOME_MAX ? "its home's path is too long"
                                                                   : NULL;
}

static struct unix_user *
users_map(const struct unix_users *u, const char *name, const struct passwd *entry)
{
    const char *reason = passwd_refuse(u, entry);
    struct wr gids = wr_init_heap(TOKEN_GIDS_MAX * sizeof(uint32_t));
    struct unix_user *user;

    /* A list that is cut would miss what an ACL denies. */
    if (!reason && !groups_collect(name, entry->pw_gid, &gids))
        reason = "it is in too many groups";
    if (reason)
        log_warning("local_user_not_mapped", LOG_S("local_user", name), LOG_S("reason", reason));
    user = reason ? user_nobody(TOKEN_UNMAPPED)
                  : user_new(TOKEN_MAPPED, entry->pw_uid, entry->pw_gid,
                             entry->pw_dir ? entry->pw_dir : "", &gids);
    wr_wipe(&gids);
    return user;
}

static struct unix_user *
users_ask(struct unix_users *u, const char *name)
{
    struct passwd entry;
    char *room;
    int error = passwd_find(name, &entry, &room);
    struct unix_user *user;

    if (error == 0) {
        user = users_map(u, name, &entry);
    } else {
        log_warning("local_user_not_mapped", LOG_S("local_user", name),
                    LOG_S("reason", error == ENOENT ? "there is no such user"
                                                    : "the name service failed"),
                    LOG_N("errno", error));
        user = user_nobody(TOKEN_UNMAPPED);
    }
    free(room);
    return user;
}

/* ---- the three ways ----------------------------------------------------- */

static bool
name_is_usable(struct view name)
{
    return name.n > 0 && name.n <= TOKEN_LOCAL_MAX && !memchr(name.p, 0, name.n);
}

struct unix_user *
unix_user_peek(struct unix_users *u, struct view name)
{
    struct unix_user *user;

    if (!name_is_usable(name))
        return user_nobody(TOKEN_UNMAPPED);
    user = users_remembered(u, name);
    return user ? user : user_nobody(TOKEN_PENDING);
}

struct unix_user *
unix_user_resolve(struct unix_users *u, struct view name)
{
    char text[TOKEN_LOCAL_MAX + 1] = "";
    struct unix_user *user = name_is_usable(name) ? users_remembered(u, name)
                                                  : user_nobody(TOKEN_UNMAPPED);

    if (user || !name_is_usable(name))
        return user;
    memcpy(text, name.p, name.n);
    user = users_ask(u, text);
    if (user)
        users_remember(u, name, user);
    return user;
}

/* Both RIDs of groups and those of users lie in the range: their numbers never meet. */
static bool
range_has(const struct unix_users *u, uint32_t rid, uint32_t *id)
{
    uint32_t first = atomic_load(&u->idmap_first), count = atomic_load(&u->idmap_count);
    uint64_t n = (uint64_t)first + rid;

    if (first == 0 || rid >= count || n >= TOKEN_NO_UID || n < atomic_load(&u->min_uid))
        return false;
    *id = (uint32_t)n;
    return true;
}

struct unix_user *
unix_user_of_rid(struct unix_users *u, uint32_t rid, const uint32_t *groups, size_t group_count)
{
    struct wr gids = wr_init_heap(TOKEN_GIDS_MAX * sizeof(uint32_t));
    struct unix_user *user;
    uint32_t uid, id;

    if (!range_has(u, rid, &uid))
        return user_nobody(TOKEN_UNMAPPED);
    for (size_t i = 0; i < group_count; i++) {
        if (range_has(u, groups[i], &id))
            wr_u32le(&gids, id);
    }
    /* CHOICE: a group of his own, as Linux's useradd makes it: what he creates is nobody else's. */
    user = gids.failed ? NULL : user_new(TOKEN_MAPPED, uid, uid, "", &gids);
    wr_wipe(&gids);
    return user;
}
