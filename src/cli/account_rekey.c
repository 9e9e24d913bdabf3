/*
 * `sspi account rekey`: seals every hash under a new key, while lsad goes on.
 *
 * The new key lies beside the old one (KEY.next) before the store is changed,
 * and takes its name afterwards: whenever this dies, one of the two opens the
 * store, and the next rekey finds out which. Who has the store open takes the
 * new key out of the store within --grace seconds (account_handover.c).
 *
 * KEY.next may be the only key there is. So it is removed only where the store was
 * seen to open with the old one, and a lock on the key keeps a second rekey away:
 * it would take the first one's key for a left-over.
 *
 * Runs in the sspi command: key files as who calls it, the store as its owner.
 */
#include "cli/account.h"
#include "cli/progress.h"

#include "base/secret.h"
#include "crypto/crypto.h"
#include "ntstatus.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_MODE 0400
#define GRACE_DEFAULT 5
#define GRACE_MAX 3600

struct rekey_options {
    struct cli_store_options store;
    const char *key_out, *grace;
    bool progress;
};

struct rekey {
    const struct rekey_options *o;
    unsigned grace;
    char path[CLI_PATH_MAX];            /* of the key as it is configured */
    char next[CLI_PATH_MAX];            /* where the new one is written */
    uint8_t key[ACCOUNT_KEY_SIZE];
    int lock, next_lock;                /* on the two files; -1: none */
};

#define AT(member) offsetof(struct rekey_options, member)

static const struct cli_option options[] = {
    CLI_STORE_OPTIONS,
    { "key-out", "FILE", CLI_STRING, AT(key_out),
      "write the new key there, and leave the old file alone" },
    { "grace", "SECONDS", CLI_STRING, AT(grace),
      "how long running processes can take the new key over (default 5)" },
    CLI_PROGRESS_OPTION(AT(progress)),
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi account rekey", "", 0, 0,
    "Seals all password hashes under a new key, while the store is in use.", options,
};

/* ---- the key's file ----------------------------------------------------- */

static int
key_fail(const char *path)
{
    cli_complain("%s: %s", path, strerror(errno));
    return CLI_REFUSED;
}

static void
folder_sync(const char *path)
{
    char copy[CLI_PATH_MAX];
    int fd;

    snprintf(copy, sizeof(copy), "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

/* False: another rekey has the lock, or had it and has put another key in this one's place. */
static bool
key_lock_fd(const char *path, int fd)
{
    struct stat locked, now;

    return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &locked) == 0 && stat(path, &now) == 0
           && locked.st_dev == now.st_dev && locked.st_ino == now.st_ino;
}

/*
 * Held until the end; -1 in *fd: there is no key to lock, and opening the store
 * will say so. KEY.next is locked as well, since it takes KEY's place before the end.
 */
static int
key_lock(const char *path, int *fd)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return errno == ENOENT ? CLI_OK : key_fail(path);
    if (key_lock_fd(path, *fd))
        return CLI_OK;
    close(*fd);
    *fd = -1;
    cli_complain("%s: another rekey is at work", path);
    return CLI_REFUSED;
}

/* Whoever may read the old one may read the new one. */
static bool
key_write(const struct rekey *k, int fd)
{
    struct stat st;

    if (stat(k->path, &st) == 0 && geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
        return false;
    return write(fd, k->key, sizeof(k->key)) == (ssize_t)sizeof(k->key) && fsync(fd) == 0;
}

static int
key_make(struct rekey *k)
{
    int fd = open(k->next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, KEY_MODE);
    int code = CLI_OK;

    if (fd < 0)
        return key_fail(k->next);
    crypto_random(k->key, sizeof(k->key));
    k->next_lock = fd;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !key_write(k, fd))
        code = key_fail(k->next);
    if (code != CLI_OK)
        (void)unlink(k->next);
    else
        folder_sync(k->next);
    return code;
}

static int
key_take_place(const struct rekey *k)
{
    if (k->o->key_out != NULL)
        return CLI_OK;
    if (rename(k->next, k->path) != 0)
        return key_fail(k->next);
    folder_sync(k->path);
    return CLI_OK;
}

/* ---- one that was interrupted -------------------------------------------- */

static int
rekey_print(const struct rekey *k, const char *done)
{
    static const struct cli_column columns[] = {
        { "result", "Result" }, { "key", "Key" }, { NULL, NULL },
    };
    json_t *j = json_pack("{s:s, s:s}", "result", done, "key",
                          k->o->key_out != NULL ? k->o->key_out : k->path);
    int code = cli_print_object(j, columns, k->o->store.json);

    json_decref(j);
    return code;
}

/*
 * Where the key beside does not open the store: if the old one does, then the rekey died
 * before it changed anything. If neither does, it may be for a reason that passes.
 */
static int
rekey_forget(const struct rekey *k)
{
    int code = CLI_OK;
    struct account_store *s = cli_store_open(&k->o->store, false, &code);
    bool original = s != NULL && account_key_is_original(s);

    account_store_close(s);
    cli_identity_own();
    if (original)
        return unlink(k->next) == 0 ? CLI_OK : key_fail(k->next);
    cli_complain("%s: kept: it may be what opens the store", k->next);
    return code != CLI_OK ? code : CLI_REFUSED;
}

/* True: nothing is left to do. The store is sealed with the key beside, or who knows. */
static bool
rekey_finish(const struct rekey *k, int *code)
{
    struct account_store *s;

    if (k->o->key_out != NULL || access(k->next, F_OK) != 0)
        return false;
    s = cli_store_open_key(&k->o->store, k->next);
    cli_identity_own();
    if (s == NULL) {
        *code = rekey_forget(k);
        return *code != CLI_OK;
    }
    *code = key_take_place(k);
    cli_identity_store();
    if (*code == CLI_OK && account_handover_end(s) != STATUS_SUCCESS)
        *code = CLI_REFUSED;
    account_store_close(s);
    if (*code == CLI_OK)
        *code = rekey_print(k, "an interrupted rekey was finished");
    return true;
}

/* ---- a new one ------------------------------------------------------------ */

static int
rekey_store(const struct rekey *k, struct account_store *s)
{
    status_t status = account_rekey(s, k->key, cli_progress, NULL);
    bool original = status != STATUS_SUCCESS && account_key_is_original(s);
    int code;

    cli_progress_end();
    cli_identity_own();
    if (original)
        (void)unlink(k->next);
    if (status != STATUS_SUCCESS) {
        cli_identity_store();
        return cli_store_fail("rekey", "the store", status);
    }
    code = key_take_place(k);
    cli_identity_store();
    if (k->grace > 0)
        fprintf(stderr, "sspi: the new key is in use; whoever serves has %u s to take it\n",
                k->grace);
    sleep(k->grace);
    status = account_handover_end(s);
    return status == STATUS_SUCCESS ? code : cli_store_fail("end the hand-over of", "the key",
                                                            status);
}

static int
rekey_run(struct rekey *k)
{
    struct account_store *s;
    int code = key_lock(k->path, &k->lock);

    if (code != CLI_OK || rekey_finish(k, &code))
        return code;
    code = key_make(k);
    if (code != CLI_OK)
        return code;
    s = cli_store_open(&k->o->store, false, &code);
    if (s == NULL) {
        cli_identity_own();
        (void)unlink(k->next);
        return code;
    }
    code = rekey_store(k, s);
    account_store_close(s);
    return code == CLI_OK ? rekey_print(k, "sealed under a new key") : code;
}

static bool
rekey_parse_grace(const char *text, unsigned *out)
{
    char *end;
    unsigned long n = text == NULL ? GRACE_DEFAULT : strtoul(text, &end, 10);

    *out = (unsigned)n;
    if (text == NULL || (text[0] >= '0' && text[0] <= '9' && *end == '\0' && n <= GRACE_MAX))
        return true;
    cli_complain("--grace %s: a number of seconds from 0 to %d", text, GRACE_MAX);
    return false;
}

int
account_rekey_command(int argc, char **argv)
{
    struct rekey_options o = { 0 };
    struct rekey k = { .o = &o, .lock = -1, .next_lock = -1 };
    char **operands;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done)
        return code;
    if (!rekey_parse_grace(o.grace, &k.grace))
        return CLI_USAGE;
    if (!cli_store_key_path(&o.store, k.path, &code))
        return code;
    if (snprintf(k.next, sizeof(k.next), "%s%s", o.key_out != NULL ? o.key_out : k.path,
                 o.key_out != NULL ? "" : ACCOUNT_KEY_NEXT_SUFFIX) >= (int)sizeof(k.next)) {
        cli_complain("the key's path is too long");
        return CLI_REFUSED;
    }
    cli_progress_init("hashes", o.progress);
    code = rekey_run(&k);
    if (k.next_lock >= 0)
        close(k.next_lock);
    if (k.lock >= 0)
        close(k.lock);
    secret_wipe(k.key, sizeof(k.key));
    return code;
}
