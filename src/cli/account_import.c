/*
 * `sspi account import`: accounts from a file of hashes, all of them or none.
 *
 * Runs in the sspi command. Lines are parsed by import_line.c; all accounts go
 * into one transaction, which is undone when any line is wrong, so that a file
 * can be corrected and imported again.
 */
#include "cli/account.h"
#include "cli/import_line.h"
#include "cli/progress.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "base/wr.h"
#include "ntstatus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define IMPORT_LINE_MAX 65536
#define IMPORT_READ_SIZE 65536
#define IMPORT_FILE_MAX (256 << 20)
#define IMPORT_ERRORS_MAX 20            /* then it is the wrong file */
#define IMPORT_PROGRESS_LINES 2000      /* between two reports */

struct import_options {
    struct cli_store_options store;
    bool dry_run, update, no_rids, progress;
    const char *format;
};

struct import {
    struct account_store *s;
    const char *path;
    enum import_format format;
    bool update, no_rids;
    size_t size;                /* of the file */
    int64_t now;
    unsigned line, added, updated, without_password, errors;
};

#define AT(member) offsetof(struct import_options, member)

static const struct cli_option options[] = {
    CLI_STORE_OPTIONS,
    { "format", "FORMAT", CLI_STRING, AT(format),
      "smbpasswd, pwdump, winpr, or auto: by line (default)" },
    { "update", NULL, CLI_FLAG, AT(update), "accounts that exist get the file's hash" },
    { "no-rids", NULL, CLI_FLAG, AT(no_rids), "number the accounts anew, whatever the file says" },
    { "dry-run", NULL, CLI_FLAG, AT(dry_run), "check everything, change nothing" },
    CLI_PROGRESS_OPTION(AT(progress)),
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi account import", "FILE", 1, 1,
    "Imports accounts from a file of NT hashes (-: standard input), all of them or none.",
    options,
};

/* ---- one account ------------------------------------------------------- */

static void
import_complain(struct import *m, const char *reason)
{
    if (++m->errors <= IMPORT_ERRORS_MAX)
        cli_complain("%s:%u: %s", m->path, m->line, reason);
}

/* Which of the two is taken, the name or the rid? Within the transaction nobody changes it. */
static const char *
import_reason_exists(struct import *m, const struct account *a)
{
    struct account other;
    status_t status = account_find(m->s, view_of(a->name, a->name_units * sizeof(char16_t)),
                                   &other);

    account_wipe(&other);
    return status == STATUS_NO_SUCH_USER
               ? "an account or group has that rid (--no-rids numbers accounts anew)"
               : "there is an account of that name (--update gives it this hash)";
}

static const char *
import_reason(struct import *m, const struct account *a, status_t status)
{
    switch (status) {
    case STATUS_USER_EXISTS:
        return import_reason_exists(m, a);
    case STATUS_GROUP_EXISTS:
        return "there is a group of that name";
    case STATUS_INVALID_PARAMETER:
        return "the name has characters that a name may not have, or the rid is too high";
    default:
        return cli_status(status);
    }
}

/* --update: the hash of the account of that name; rid, flags and groups stay. */
static status_t
import_update(struct import *m, const struct account *a)
{
    struct view name = view_of(a->name, a->name_units * sizeof(char16_t));
    status_t status;

    if (!a->has_hash)
        return STATUS_SUCCESS;
    status = account_set_hash(m->s, name, a->nt_hash, a->password_set);
    m->updated += status == STATUS_SUCCESS;
    return status == STATUS_NO_SUCH_USER ? STATUS_USER_EXISTS : status;
}

static void
import_put(struct import *m, struct account *a)
{
    uint32_t rid;
    status_t status;

    if (m->no_rids)
        a->rid = 0;
    status = account_add(m->s, a, &rid);
    m->added += status == STATUS_SUCCESS;
    if (status == STATUS_USER_EXISTS && m->update)
        status = import_update(m, a);
    if (status != STATUS_SUCCESS)
        import_complain(m, import_reason(m, a, status));
    else
        m->without_password += !a->has_hash;
}

static void
import_take_line(struct import *m, struct view line)
{
    char error[IMPORT_ERROR_MAX];
    struct account a;

    m->line++;
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (m->line == 1 && line.n >= 3 && memcmp(line.p, "\xef\xbb\xbf", 3) == 0)
        line = view_of(line.p + 3, line.n - 3);
    switch (import_line_parse(line, m->format, m->now, &a, error)) {
    case IMPORT_ACCOUNT:
        import_put(m, &a);
        break;
    case IMPORT_BAD:
        import_complain(m, error);
        break;
    case IMPORT_NOTHING:
        break;
    }
    account_wipe(&a);
}

/* ---- the file ---------------------------------------------------------- */

/* One wrong line after another, up to the number that says it is the wrong file. */
static void
import_take_lines(struct import *m, struct view file)
{
    while (file.n > 0 && m->errors <= IMPORT_ERRORS_MAX) {
        const uint8_t *end = memchr(file.p, '\n', file.n);
        size_t n = end != NULL ? (size_t)(end - file.p) : file.n;

        if (n > IMPORT_LINE_MAX) {
            m->line++;
            import_complain(m, "the line is too long");
            break;
        }
        import_take_line(m, view_of(file.p, n));
        n += end != NULL;
        file = view_of(file.p + n, file.n - n);
        if (m->line % IMPORT_PROGRESS_LINES == 0)
            cli_progress(m->size - file.n, m->size, NULL);
    }
    cli_progress_end();
    if (m->errors > IMPORT_ERRORS_MAX)
        cli_complain("%s: too many errors, reading no further", m->path);
}

/* The whole file; its hashes are wiped by whoever called. */
static bool
import_read(const struct import *m, int fd, struct wr *file)
{
    uint8_t bytes[IMPORT_READ_SIZE];
    ssize_t got;

    do {
        got = read(fd, bytes, sizeof(bytes));
        if (got > 0)
            wr_bytes(file, bytes, (size_t)got);
    } while ((got > 0 && wr_end(file, 1) == 0) || (got < 0 && errno == EINTR));
    if (got < 0)
        cli_complain("%s: %s", m->path, strerror(errno));
    else if (got > 0)
        cli_complain("%s: more than %d MiB, or no memory", m->path, IMPORT_FILE_MAX >> 20);
    secret_wipe(bytes, sizeof(bytes));
    return got == 0;
}

/* ---- the command ------------------------------------------------------- */

static bool
import_parse_format(const char *name, enum import_format *out)
{
    static const char *const names[] = { "auto", "smbpasswd", "pwdump", "winpr" };

    *out = IMPORT_AUTO;
    for (size_t i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum import_format)i;
            return true;
        }
    }
    if (name != NULL)
        cli_complain("--format %s: not one of auto, smbpasswd, pwdump, winpr", name);
    return name == NULL;
}

static int
import_print(const struct import *m, const struct import_options *o)
{
    static const struct cli_column columns[] = {
        { "added", "Added" },
        { "updated", "Updated" },
        { "without_password", "Without password" },
        { "dry_run", "Dry run" },
        { NULL, NULL },
    };
    json_t *j = json_pack("{s:i, s:i, s:i, s:b}", "added", (int)m->added, "updated",
                          (int)m->updated, "without_password", (int)m->without_password,
                          "dry_run", (int)o->dry_run);
    int code = cli_print_object(j, columns, o->store.json);

    json_decref(j);
    return code;
}

static int
import_put_all(struct import *m, const struct import_options *o, struct view file)
{
    status_t status = account_begin(m->s);

    if (status != STATUS_SUCCESS)
        return cli_store_fail("import", m->path, status);
    m->size = file.n;
    import_take_lines(m, file);
    if (m->errors > 0 || o->dry_run) {
        account_rollback(m->s);
        if (m->errors > 0) {
            cli_complain("%s: nothing was imported", m->path);
            return CLI_REFUSED;
        }
    } else {
        status = account_commit(m->s);
        if (status != STATUS_SUCCESS)
            return cli_store_fail("import", m->path, status);
    }
    return import_print(m, o);
}

/* Read first: within the transaction a slow pipe would hold up every other writer. */
static int
import_run(struct import *m, const struct import_options *o, int fd)
{
    struct wr file = wr_init_heap(IMPORT_FILE_MAX);
    int code = CLI_REFUSED;

    if (import_read(m, fd, &file))
        code = import_put_all(m, o, wr_written(&file));
    wr_wipe(&file);
    return code;
}

int
account_import_command(int argc, char **argv)
{
    struct import_options o = { 0 };
    struct import m = { .now = filetime_now() };
    char **operands;
    bool done;
    int fd, code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done)
        return code;
    if (!import_parse_format(o.format, &m.format))
        return CLI_USAGE;
    m.path = operands[0];
    m.update = o.update;
    m.no_rids = o.no_rids;
    cli_progress_init("bytes", o.progress);
    /* Before the store is opened: then root may have become somebody who cannot read it. */
    fd = strcmp(m.path, "-") == 0 ? STDIN_FILENO : open(m.path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        cli_complain("%s: %s", m.path, strerror(errno));
        return CLI_REFUSED;
    }
    m.s = cli_store_open(&o.store, !o.dry_run, &code);
    if (m.s != NULL)
        code = import_run(&m, &o, fd);
    account_store_close(m.s);
    if (fd != STDIN_FILENO)
        close(fd);
    return code;
}
