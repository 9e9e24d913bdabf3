/*
 * Opening the store, and making it.
 *
 * Runs in lsad after it has given up its privileges, in the embedded authority
 * and in the sspi command. A store that cannot be read whole, that a later
 * version wrote or that another key sealed is refused with the reason: an
 * authority with an empty store would answer "unknown user" to everybody.
 */
#include "base/filetime.h"
#include "base/log.h"
#include "base/secret.h"
#include "lsa/account.h"
#include "lsa/account_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_DIR_MODE 0700
#define OPEN_DB_MODE 0600
#define OPEN_LOCK_MS 5000               /* for another process that makes or opens the store */
#define OPEN_LOCK_STEP_US 20000
#define OPEN_MINUTE (60 * FILETIME_SECOND)

bool
open_fail(struct opener *o, const char *path, const char *format, ...)
{
    char reason[ACCOUNT_ERROR_MAX];
    va_list ap;

    va_start(ap, format);
    vsnprintf(reason, sizeof(reason), format, ap);
    va_end(ap);
    snprintf(o->error, ACCOUNT_ERROR_MAX, "%.120s: %.130s", path, reason);
    return false;
}

/* ---- the folder -------------------------------------------------------- */

/* Makes the folder and those above it that are missing, for the owner alone. */
static bool
open_make_dir(struct opener *o)
{
    char path[ACCOUNT_PATH_MAX];
    size_t n = strlen(o->options->dir);

    memcpy(path, o->options->dir, n + 1);       /* its length was checked */
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        path[i] = '\0';
        if (mkdir(path, OPEN_DIR_MODE) != 0 && errno != EEXIST)
            return open_fail(o, path, "cannot make the folder: %s", strerror(errno));
        path[i] = i < n ? '/' : '\0';
    }
    return true;
}

static bool
open_check_dir(struct opener *o, int dir)
{
    struct stat st;

    if (fstat(dir, &st) != 0)
        return open_fail(o, o->options->dir, "%s", strerror(errno));
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return open_fail(o, o->options->dir,
                         "others may write to the store's folder (mode %04o): chmod 0700 it",
                         (unsigned)st.st_mode & 07777);
    return true;
}

/* One process at a time opens or makes the store: a lock on the folder, for a bounded time. */
static bool
open_lock_dir(struct opener *o, int dir)
{
    int64_t until = filetime_boot_ms() + OPEN_LOCK_MS;

    while (flock(dir, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return open_fail(o, o->options->dir, "cannot lock: %s", strerror(errno));
        if (filetime_boot_ms() > until)
            return open_fail(o, o->options->dir, "another process keeps the store locked");
        usleep(OPEN_LOCK_STEP_US);
    }
    return true;
}

/* ---- the database file ------------------------------------------------- */

static bool
open_check_file(struct opener *o, const struct stat *st)
{
    const char *path = o->s->db_path;

    if (!S_ISREG(st->st_mode))
        return open_fail(o, path, "the account store must be a regular file");
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return open_fail(o, path, "others may write to it (mode %04o): chmod 0600 it",
                         (unsigned)st->st_mode & 07777);
    /* Empty: what is left when a maker died between the file and its contents. */
    o->fresh = st->st_size == 0;
    if (o->fresh && !o->options->create)
        return open_fail(o, path, "the account store is empty");
    return true;
}

/* Made here rather than by SQLite, which would make it readable to others. */
static bool
open_make_file(struct opener *o)
{
    int fd = open(o->s->db_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                  OPEN_DB_MODE);

    if (fd < 0)
        return open_fail(o, o->s->db_path, "cannot make the account store: %s", strerror(errno));
    close(fd);
    o->fresh = true;
    return true;
}

static bool
open_file(struct opener *o)
{
    struct stat st;

    if (lstat(o->s->db_path, &st) == 0)
        return open_check_file(o, &st);
    if (errno == ENOENT && o->options->create)
        return open_make_file(o);
    if (errno == ENOENT)
        return open_fail(o, o->s->db_path, "there is no account store");
    return open_fail(o, o->s->db_path, "%s", strerror(errno));
}

/* ---- all together ------------------------------------------------------ */

static bool
open_key_path(const struct account_store_options *p, char out[ACCOUNT_PATH_MAX])
{
    int n = p->key_file != NULL
                ? snprintf(out, ACCOUNT_PATH_MAX, "%s", p->key_file)
                : snprintf(out, ACCOUNT_PATH_MAX, "%s/" ACCOUNT_KEY_NAME, p->dir);

    return n < ACCOUNT_PATH_MAX;
}

static bool
open_paths(struct opener *o)
{
    const struct account_store_options *p = o->options;
    int n = snprintf(o->s->db_path, ACCOUNT_PATH_MAX, "%s/" ACCOUNT_DB_NAME, p->dir);

    if (p->dir[0] == '\0')
        return open_fail(o, "account store", "its folder's name is empty");
    return (n < ACCOUNT_PATH_MAX && open_key_path(p, o->key_path))
           || open_fail(o, p->dir, "path too long");
}

bool
account_key_read(const struct account_store_options *options, uint8_t key[ACCOUNT_KEY_SIZE],
                 char error[ACCOUNT_ERROR_MAX])
{
    char path[ACCOUNT_PATH_MAX];

    if (!open_key_path(options, path)) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.120s: path too long", options->dir);
        return false;
    }
    return account_key_load(path, false, key, error);
}

static bool
open_key(struct opener *o)
{
    uint8_t key[CRYPTO_AEAD_KEY];
    bool good;

    if (o->options->key != NULL)
        return account_aead_add(o->s, o->options->key) || open_fail(o, o->key_path, "no memory");
    /* Never a new key for a store that is there: its hashes need the old one. */
    if (!account_key_load(o->key_path, o->fresh && o->options->create, key, o->error))
        return false;
    good = account_aead_add(o->s, key);
    secret_wipe(key, sizeof(key));
    return good || open_fail(o, o->key_path, "no memory");
}

static bool
open_all(struct opener *o)
{
    bool good;
    int dir;

    if (!open_paths(o) || (o->options->create && !open_make_dir(o)))
        return false;
    dir = open(o->options->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return open_fail(o, o->options->dir, "cannot open the store's folder: %s",
                         strerror(errno));
    good = open_check_dir(o, dir) && open_lock_dir(o, dir) && open_file(o) && open_key(o)
           && open_db(o);
    if (good && o->fresh)
        (void)fsync(dir);
    close(dir);
    return good;
}

static void
open_init(struct account_store *s, const struct account_store_options *options)
{
    pthread_mutexattr_t recursive;

    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&s->mutex, &recursive);
    pthread_mutexattr_destroy(&recursive);
    pthread_mutex_init(&s->keys_lock, NULL);
    s->policy = options->policy;
    s->lockout_threshold = options->lockout_threshold;
    s->lockout_window = options->lockout_window_minutes * OPEN_MINUTE;
    s->lockout_time = options->lockout_minutes * OPEN_MINUTE;
    s->pid = getpid();
}

struct account_store *
account_store_open(const struct account_store_options *options, char error[ACCOUNT_ERROR_MAX])
{
    struct opener o = { .options = options, .error = error };

    error[0] = '\0';
    o.s = aligned_alloc(ACCOUNT_CACHE_LINE, sizeof(*o.s));
    if (o.s == NULL) {
        snprintf(error, ACCOUNT_ERROR_MAX, "no memory");
        return NULL;
    }
    memset(o.s, 0, sizeof(*o.s));
    open_init(o.s, options);
    if (open_all(&o)) {
        o.s->cache = account_cache_open(o.s->db_path);
        return o.s;
    }
    account_store_close(o.s);
    return NULL;
}

void
account_store_close(struct account_store *s)
{
    if (s == NULL)
        return;
    /* In a child of fork() closing would release the parent's locks: only forget. */
    if (s->pid == getpid()) {
        for (size_t i = 0; i < ACCOUNT_READERS_MAX; i++)
            account_conn_close(&s->readers[i].conn);
        account_conn_close(&s->writer);
    }
    account_cache_close(s->cache);
    for (unsigned i = 0; i < s->key_count; i++)
        crypto_aead_free(s->keys[i]);
    pthread_mutex_destroy(&s->keys_lock);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}
