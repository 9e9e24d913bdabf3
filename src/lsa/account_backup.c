/*
 * A copy of the store while others use it (SQLite's online backup). Hashes stay
 * sealed in it: a backup is as good as the key that is kept with it, or not.
 *
 * Runs in the sspi command. The source is read in one transaction, so the copy
 * is of one moment; in WAL mode nobody waits for that.
 */
#include "lsa/account_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKUP_PAGES 2048               /* between two reports: 8 MiB */
#define BACKUP_MODE 0600

struct account_backup {
    struct account_conn from;
};

static bool
backup_fail(char error[ACCOUNT_ERROR_MAX], const char *path, const char *reason)
{
    snprintf(error, ACCOUNT_ERROR_MAX, "%.120s: %.120s", path, reason);
    return false;
}

struct account_backup *
account_backup_begin(struct account_store *s, char error[ACCOUNT_ERROR_MAX])
{
    struct account_backup *b = calloc(1, sizeof(*b));

    if (b == NULL) {
        (void)backup_fail(error, s->db_path, "no memory");
        return NULL;
    }
    /* The moment is that of the first read. */
    if (account_conn_open(&b->from, s->db_path, true) == SQLITE_OK
        && sqlite3_exec(b->from.db, "BEGIN; SELECT count(*) FROM meta", NULL, NULL, NULL)
               == SQLITE_OK)
        return b;
    (void)backup_fail(error, s->db_path, sqlite3_errmsg(b->from.db));
    account_backup_end(b);
    return NULL;
}

static int
backup_copy(struct account_backup *b, sqlite3 *to, account_progress_fn *progress, void *arg)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", b->from.db, "main");
    int code;

    if (copy == NULL)
        return sqlite3_errcode(to);
    do {
        code = sqlite3_backup_step(copy, BACKUP_PAGES);
        if (progress != NULL)
            progress((uint64_t)(sqlite3_backup_pagecount(copy) - sqlite3_backup_remaining(copy)),
                     (uint64_t)sqlite3_backup_pagecount(copy), arg);
    } while (code == SQLITE_OK);
    return sqlite3_backup_finish(copy);
}

/* A key that is just being handed over has no place in what is kept for years. */
static int
backup_finish(sqlite3 *to)
{
    return sqlite3_exec(to, "PRAGMA secure_delete = ON; DELETE FROM meta WHERE key = 'handover'",
                        NULL, NULL, NULL);
}

static bool
backup_is_whole(sqlite3 *to)
{
    sqlite3_stmt *st = NULL;
    bool whole = sqlite3_prepare_v2(to, "PRAGMA quick_check(1)", -1, &st, NULL) == SQLITE_OK
                 && sqlite3_step(st) == SQLITE_ROW
                 && strcmp((const char *)sqlite3_column_text(st, 0), "ok") == 0;

    (void)sqlite3_finalize(st);
    return whole;
}

static bool
backup_write(struct account_backup *b, const char *path, account_progress_fn *progress, void *arg,
             char error[ACCOUNT_ERROR_MAX])
{
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    bool good;

    if (code == SQLITE_OK)
        code = backup_copy(b, to, progress, arg);
    if (code == SQLITE_OK)
        code = backup_finish(to);
    good = code == SQLITE_OK && backup_is_whole(to);
    if (!good)
        (void)backup_fail(error, path, code == SQLITE_OK ? "the copy is damaged"
                                                         : sqlite3_errmsg(to));
    (void)sqlite3_close(to);
    return good;
}

bool
account_backup_run(struct account_backup *b, const char *path, account_progress_fn *progress,
                   void *arg, char error[ACCOUNT_ERROR_MAX])
{
    /* Made here rather than by SQLite, which would make it readable to others. */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, BACKUP_MODE);

    if (fd < 0)
        return backup_fail(error, path, strerror(errno));
    close(fd);
    if (backup_write(b, path, progress, arg, error))
        return true;
    (void)unlink(path);
    return false;
}

void
account_backup_end(struct account_backup *b)
{
    account_conn_close(&b->from);
    free(b);
}
