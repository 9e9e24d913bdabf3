/*
 * Opening the account store from the command line: where it is, and as whom.
 *
 * Runs in the sspi command, often as root on a store that belongs to lsad.
 * Files that SQLite makes beside the database must then belong to lsad too, or
 * the daemon could not open its own store any more: so root becomes the
 * folder's owner before the store is opened. The key is read first, as it may
 * be a file that only root can read (D21).
 */
#include "cli/store.h"

#include "base/secret.h"
#include "base/str16.h"
#include "config/config.h"
#include "ntstatus.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENV_CONFIG "OPENSSPI_CONFIG"        /* as libsspi takes it */

/* ---- which store ------------------------------------------------------- */

static struct config *
store_no_config(int *code)
{
    struct config *c = config_defaults();
    char *dir = config_private_state_dir();

    if (c == NULL || dir == NULL) {
        cli_complain("no folder for the account store: use --state DIR");
        config_free(c);
        free(dir);
        *code = CLI_UNREACHABLE;
        return NULL;
    }
    free(c->state_dir);
    c->state_dir = dir;
    return c;
}

static struct config *
store_config(const struct cli_store_options *o, int *code)
{
    char error[CONFIG_ERROR_MAX];
    const char *path = o->config != NULL ? o->config : secure_getenv(ENV_CONFIG);
    struct config *c = NULL;
    int e = config_load(path, &c, error);

    if (e == 0)
        return c;
    /* Without any configuration the store is the embedded authority's (D19). */
    if (e == -ENOENT && path == NULL)
        return store_no_config(code);
    cli_complain("%s", error);
    *code = CLI_UNREACHABLE;
    return NULL;
}

/* ---- as whom ----------------------------------------------------------- */

/* What root became; 0: nobody else. */
static uid_t store_uid;
static gid_t store_gid;

/* Only from root or back to it, which is the saved uid: failing would be the kernel's fault. */
void
cli_identity_own(void)
{
    if (store_uid != 0 && (seteuid(0) != 0 || setegid(0) != 0))
        abort();
}

void
cli_identity_store(void)
{
    if (store_uid != 0 && (setegid(store_gid) != 0 || seteuid(store_uid) != 0))
        abort();
}

static bool
store_become(uid_t uid, gid_t gid)
{
    if (setgroups(0, NULL) == 0 && setegid(gid) == 0 && seteuid(uid) == 0) {
        store_uid = uid;
        store_gid = gid;
        return true;
    }
    cli_complain("cannot become the store's owner: %s", strerror(errno));
    return false;
}

/* A configured folder that is not there yet is made for the daemon's account. */
static bool
store_make_dir(const struct config *c)
{
    const struct passwd *pw = getpwnam(c->user);

    if (pw == NULL || c->mode != CONFIG_MODE_LSAD)
        return true;            /* then it is root's own, made by account_store_open() */
    if (mkdir(c->state_dir, 0700) != 0 || chown(c->state_dir, pw->pw_uid, pw->pw_gid) != 0) {
        cli_complain("%s: cannot make the store's folder: %s", c->state_dir, strerror(errno));
        return false;
    }
    return store_become(pw->pw_uid, pw->pw_gid);
}

static bool
store_take_identity(const struct config *c, bool create)
{
    struct stat st;

    if (geteuid() != 0)
        return true;
    if (stat(c->state_dir, &st) == 0)
        return st.st_uid == 0 || store_become(st.st_uid, st.st_gid);
    return errno != ENOENT || !create || store_make_dir(c);
}

/* ---- opening ----------------------------------------------------------- */

static struct account_store *
store_open_as_owner(const struct config *c, bool create, char error[ACCOUNT_ERROR_MAX])
{
    uint8_t key[ACCOUNT_KEY_SIZE];
    struct account_store_options a = {
        .dir = c->state_dir,
        .key_file = c->key_file,
        .create = create,
        .lockout_threshold = c->lockout_threshold,
        .lockout_window_minutes = c->lockout_window_minutes,
        .lockout_minutes = c->lockout_minutes,
        .policy = { c->password_min_length, c->password_history },
    };
    struct account_store *s = NULL;

    /* A key that root cannot read is missing or refused: opening says so, or makes it. */
    if (geteuid() == 0 && account_key_read(&a, key, error))
        a.key = key;
    error[0] = '\0';
    if (store_take_identity(c, create))
        s = account_store_open(&a, error);
    secret_wipe(key, sizeof(key));
    return s;
}

/* The configuration, with --state in it. */
static struct config *
store_config_get(const struct cli_store_options *o, int *code)
{
    struct config *c = store_config(o, code);

    if (c != NULL && o->state != NULL) {
        free(c->state_dir);
        free(c->key_file);
        c->state_dir = strdup(o->state);
        c->key_file = NULL;     /* the key that lies in that folder */
        c->mode = CONFIG_MODE_EMBEDDED;
    }
    return c;
}

struct account_store *
cli_store_open(const struct cli_store_options *o, bool create, int *code)
{
    char error[ACCOUNT_ERROR_MAX] = "";
    struct config *c = store_config_get(o, code);
    struct account_store *s;

    if (c == NULL)
        return NULL;
    s = c->state_dir == NULL ? NULL : store_open_as_owner(c, create, error);
    if (s == NULL) {
        if (error[0] != '\0')
            cli_complain("%s%s", error, create ? "" : " (sspi account add makes a store)");
        *code = CLI_UNREACHABLE;
    }
    config_free(c);
    return s;
}

struct account_store *
cli_store_open_key(const struct cli_store_options *o, const char *key_file)
{
    char error[ACCOUNT_ERROR_MAX];
    int code;
    struct config *c = store_config_get(o, &code);
    struct account_store *s;

    if (c == NULL)
        return NULL;
    free(c->key_file);
    c->key_file = strdup(key_file);
    s = c->key_file == NULL || c->state_dir == NULL ? NULL : store_open_as_owner(c, false, error);
    config_free(c);
    return s;
}

bool
cli_store_key_path(const struct cli_store_options *o, char out[CLI_PATH_MAX], int *code)
{
    struct config *c = store_config_get(o, code);
    int n = -1;

    if (c == NULL)
        return false;
    if (c->state_dir != NULL)
        n = snprintf(out, CLI_PATH_MAX, "%s%s", c->key_file != NULL ? c->key_file : c->state_dir,
                     c->key_file != NULL ? "" : "/" ACCOUNT_KEY_NAME);
    config_free(c);
    if (n >= 0 && n < CLI_PATH_MAX)
        return true;
    cli_complain("the key's path is too long");
    *code = CLI_UNREACHABLE;
    return false;
}

/* ---- names ------------------------------------------------------------- */

bool
cli_name_parse(const char *text, struct cli_name *out)
{
    size_t units = 0;
    char16_t *wide;

    if (strchr(text, '\\') != NULL || strchr(text, '@') != NULL) {
        cli_complain("%s: accounts of this store have no domain: give the name alone", text);
        return false;
    }
    wide = str16_from_utf8_n(view_of(text, strlen(text)), &units);
    if (wide == NULL || units == 0 || units > ACCOUNT_NAME_MAX) {
        cli_complain("a name is 1 to %d characters of UTF-8", ACCOUNT_NAME_MAX);
        free(wide);
        return false;
    }
    memcpy(out->units, wide, units * sizeof(*wide));
    out->count = units;
    free(wide);
    return true;
}

struct view
cli_name_view(const struct cli_name *n)
{
    return view_of(n->units, n->count * sizeof(char16_t));
}

int
cli_store_fail(const char *what, const char *name, status_t status)
{
    const char *why = cli_status(status);

    if (status == STATUS_NO_SUCH_USER)
        why = "there is no such account";
    else if (status == STATUS_USER_EXISTS)
        why = "there is an account of that name or rid";
    else if (status == STATUS_GROUP_EXISTS)
        why = "there is a group of that name";
    else if (status == STATUS_INVALID_PARAMETER)
        why = "a name may not contain \" / \\ [ ] : ; | = , + * ? < > @ or control characters, "
              "nor begin or end with a blank";
    else if (status == STATUS_INTERNAL_DB_CORRUPTION)
        why = "its row is damaged, or its hash was not sealed for it";
    cli_complain("cannot %s %s: %s", what, name, why);
    return CLI_REFUSED;
}
