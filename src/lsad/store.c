/*
 * Before the account store is opened. Its key may be a file that only root can read (D21),
 * so it is read before the drop of privileges; the store itself is opened after it, because
 * files that SQLite makes beside the database must belong to the daemon's account.
 *
 * The first start makes store, key and the machine's SID. It is known by this: there is
 * neither a store nor a key. Where only one of them is missing something was lost, and an
 * authority with a new, empty store would answer "unknown user" to everybody.
 *
 * Runs in: lsad at start, and lsad --check. Trusts: the configuration's paths.
 */
#include "lsad/store.h"

#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 4096
#define FOLDER_MODE 0700

static struct account_store_options
store_options(const struct config *config)
{
    return (struct account_store_options){ .dir = config->state_dir,
                                           .key_file = config->key_file };
}

enum file_state { FILE_MISSING, FILE_EMPTY, FILE_THERE, FILE_UNKNOWN };

static enum file_state
file_state(const char *path, char error[LSAD_ERROR_MAX])
{
    struct stat st;

    if (stat(path, &st) == 0)
        return st.st_size == 0 ? FILE_EMPTY : FILE_THERE;
    if (errno == ENOENT || errno == ENOTDIR)
        return FILE_MISSING;
    snprintf(error, LSAD_ERROR_MAX, "[store] %s: %s", path, strerror(errno));
    return FILE_UNKNOWN;
}

bool
lsad_store_look(const struct config *config, struct lsad_store *out, char error[LSAD_ERROR_MAX])
{
    const struct account_store_options options = store_options(config);
    char accounts[PATH_ROOM], key[PATH_ROOM];
    enum file_state have_accounts, have_key;

    *out = (struct lsad_store){ .first = false };
    snprintf(accounts, sizeof accounts, "%s/accounts.db", config->state_dir);
    snprintf(key, sizeof key, "%s%s", config->key_file != NULL ? config->key_file :
             config->state_dir, config->key_file != NULL ? "" : "/store.key");
    have_accounts = file_state(accounts, error);
    have_key = file_state(key, error);
    if (have_accounts == FILE_UNKNOWN || have_key == FILE_UNKNOWN)
        return false;
    /* An empty database without a key is a first start that did not get far. */
    out->first = have_key == FILE_MISSING && have_accounts != FILE_THERE;
    if (out->first)
        return true;
    if (have_key == FILE_MISSING || have_accounts == FILE_MISSING) {
        snprintf(error, LSAD_ERROR_MAX, "[store] %.150s is there, but %.150s is missing: "
                 "restore it from a backup%s", have_key == FILE_MISSING ? accounts : key,
                 have_key == FILE_MISSING ? key : accounts,
                 have_key == FILE_MISSING ? "" : "; sspi account add makes a new store");
        return false;
    }
    return account_key_read(&options, out->key, error);
}

bool
lsad_store_folder_make(const struct config *config, const struct lsad_owner *owner,
                       char error[LSAD_ERROR_MAX])
{
    if (mkdir(config->state_dir, FOLDER_MODE) != 0) {
        if (errno == EEXIST)
            return true;
    } else if (geteuid() != 0 || lchown(config->state_dir, owner->uid, owner->gid) == 0) {
        return true;
    }
    snprintf(error, LSAD_ERROR_MAX, "[store] state_dir = %s: cannot make it: %s",
             config->state_dir, strerror(errno));
    return false;
}

bool
lsad_store_try(const struct config *config, const struct lsad_store *store,
               char error[LSAD_ERROR_MAX])
{
    struct account_store_options options = store_options(config);
    struct account_store *s;

    options.key = store->key;
    options.keep_schema = true;
    s = account_store_open(&options, error);
    account_store_close(s);
    return s != NULL;
}
