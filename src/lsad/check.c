/*
 * lsad --check: everything that can be found wrong without starting: the
 * configuration (file, line, nearest key: by config_load()), the packages'
 * modules, the key of the store as whoever starts the daemon, and the state
 * folder as the account that the daemon becomes (D25).
 *
 * It opens no socket and changes nothing, so it may run beside a daemon.
 *
 * Runs in: a process of its own. Trusts: the configuration's paths.
 */
#include "lsad/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 4096
#define KEY_SIZE 32             /* AES-256 (D21) */

/* Each check returns how many faults it found. */
static unsigned
complain(const char *text)
{
    fprintf(stderr, "lsad: %s\n", text);
    return 1;
}

static unsigned
key_check(const struct config *config)
{
    char path[PATH_ROOM], text[LSAD_ERROR_MAX + PATH_ROOM];
    struct stat st = { 0 };
    int fd;

    if (config->key_file != NULL)
        snprintf(path, sizeof path, "%s", config->key_file);
    else
        snprintf(path, sizeof path, "%s/store.key", config->state_dir);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        snprintf(text, sizeof text, "[store] key_file = %s: %s", path, strerror(errno));
        return complain(text);
    }
    close(fd);
    if (!S_ISREG(st.st_mode) || st.st_size != KEY_SIZE) {
        snprintf(text, sizeof text, "[store] key_file = %s: not a file of %d bytes", path,
                 KEY_SIZE);
        return complain(text);
    }
    /* The group bits of a credential of systemd are its ACL's mask, so reading stays allowed. */
    if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
        snprintf(text, sizeof text, "[store] key_file = %s: others may read it; chmod 0400", path);
        return complain(text);
    }
    return 0;
}

/* A module that others may write is code of theirs in the daemon. */
static unsigned
module_check(const struct config *config, const struct config_package *package)
{
    const char *dir = config->module_dir != NULL ? config->module_dir : LSAD_MODULE_DIR;
    char path[PATH_ROOM], text[LSAD_ERROR_MAX + PATH_ROOM];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s.so", dir, package->module);
    if (stat(path, &st) != 0 || access(path, R_OK) != 0) {
        snprintf(text, sizeof text, "[package %s] module %s: %s", package->name, path,
                 strerror(errno));
        return complain(text);
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH) != 0) {
        snprintf(text, sizeof text, "[package %s] module %s: %s", package->name, path,
                 S_ISREG(st.st_mode) ? "everybody may write it" : "not a file");
        return complain(text);
    }
    return 0;
}

static unsigned
modules_check(const struct config *config)
{
    unsigned faults = 0;

    for (size_t i = 0; i < config->package_count; i++)
        if (config->packages[i].enabled)
            faults += module_check(config, &config->packages[i]);
    return faults;
}

/* What must work after the drop of privileges, tried after it. */
static unsigned
account_check(const struct config *config)
{
    char error[LSAD_ERROR_MAX];
    struct lsad_owner owner;

    if (!lsad_account_find(config, &owner, error) ||
        !lsad_privileges_drop(config, &owner, error) || !lsad_state_check(config, error))
        return complain(error);
    if (access(config->path, R_OK) == 0)
        return 0;
    snprintf(error, sizeof error, "%s: %s for uid %u: reloading will not work", config->path,
             strerror(errno), (unsigned)geteuid());
    return complain(error);
}

int
lsad_check(const struct lsad_options *options)
{
    char error[CONFIG_ERROR_MAX];
    struct config *config;
    unsigned faults;

    if (config_load(options->config_path, &config, error) != 0) {
        complain(error);
        return LSAD_EXIT_CONFIG;
    }
    faults = modules_check(config) + key_check(config);
    faults += account_check(config);
    if (faults == 0)
        printf("lsad: %s: no fault found\n", config->path);
    config_free(config);
    return faults == 0 ? LSAD_EXIT_OK : LSAD_EXIT_CONFIG;
}
