/*
 * lsad --check: everything that can be found wrong without starting: the
 * configuration (file, line, nearest key: by config_load()), the packages'
 * modules (each is loaded, in a child, and none of it called), the key of the
 * store as whoever starts the daemon, and the state folder and the store in
 * it as the account that the daemon becomes (D25).
 * Key and store are opened by the functions that the start uses, so that what
 * passes here starts.
 *
 * It opens no socket and changes nothing, so it may run beside a daemon.
 *
 * Runs in: a process of its own. Trusts: the configuration's paths.
 */
#include "lsad/privileges.h"

#include "base/elf_file.h"
#include "base/secret.h"
#include "config/config_near.h"
#include "lsad/path.h"
#include "lsad/store.h"

#include "ntsecpkg.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_ROOM 4096

/* Each check returns how many faults it found. */
static unsigned
complain(const char *text)
{
    fprintf(stderr, "lsad: %s\n", text);
    return 1;
}

/* A module that others may write is code of theirs in the daemon. False: nothing so far. */
static bool
module_refuse(const char *path, char reason[LSAD_ERROR_MAX])
{
    struct stat st;
    const char *why = NULL;

    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = "not a file";
    else if ((st.st_mode & S_IWOTH) != 0)
        why = "everybody may write it";
    snprintf(reason, LSAD_ERROR_MAX, "%s", why != NULL ? why : "");
    return why != NULL;
}

/* In the child: what the daemon does with a module before it calls it. */
static void
module_load(const char *path, int out)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *reason = handle == NULL ? dlerror() : NULL;

    if (handle != NULL && dlsym(handle, SECPKG_LSAMODEINIT_NAME) == NULL)
        reason = "exports no " SECPKG_LSAMODEINIT_NAME;
    if (reason != NULL)
        (void)!write(out, reason, strlen(reason));
    _exit(0);
}

/* Its constructors run: whatever they do, it is the child's end only. reason "": it loads. */
static void
module_try(const char *path, char reason[LSAD_ERROR_MAX])
{
    const char *cut = elf_file_refuse(path);
    int fds[2], status = 0;
    ssize_t n = 0;
    pid_t pid;

    snprintf(reason, LSAD_ERROR_MAX, "%s", cut != NULL ? cut : "");
    if (cut != NULL || pipe2(fds, O_CLOEXEC) != 0)
        return;
    pid = fork();
    if (pid == 0)
        module_load(path, fds[1]);
    close(fds[1]);
    if (pid > 0) {
        n = read(fds[0], reason, LSAD_ERROR_MAX - 1);
        (void)waitpid(pid, &status, 0);
    }
    close(fds[0]);
    reason[n > 0 ? n : 0] = '\0';
    if (WIFSIGNALED(status))
        snprintf(reason, LSAD_ERROR_MAX, "it crashes when it is loaded (signal %d)",
                 WTERMSIG(status));
}

static unsigned
module_check(const struct config *config, const struct config_package *package)
{
    const char *dir = config->module_dir != NULL ? config->module_dir : LSAD_MODULE_DIR;
    char path[PATH_ROOM], reason[LSAD_ERROR_MAX], text[2 * LSAD_ERROR_MAX + PATH_ROOM];

    snprintf(path, sizeof path, "%s/%s.so", dir, package->module);
    if (!module_refuse(path, reason))
        module_try(path, reason);
    if (reason[0] == '\0')
        return 0;
    snprintf(text, sizeof text, "[package %s] module %s: %s", package->name, path, reason);
    return complain(text);
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

/* ---- lists of packages --------------------------------------------------- */

static const struct config_package *
package_find(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->package_count; i++) {
        if (strcasecmp(config->packages[i].name, name) == 0)
            return &config->packages[i];
    }
    return NULL;
}

/* One name of a list; where: whose list it is. */
static unsigned
name_check(const struct config *config, const char *where, const char *name)
{
    struct config_near near = config_near_init(name);
    char text[LSAD_ERROR_MAX];

    if (package_find(config, name) != NULL)
        return 0;
    for (size_t i = 0; i < config->package_count; i++)
        config_near_add(&near, config->packages[i].name);
    snprintf(text, sizeof text, "%.100s packages: there is no [package %.64s]%s%.64s%s", where,
             name, near.best != NULL ? "; did you mean " : "",
             near.best != NULL ? near.best : "", near.best != NULL ? "?" : "");
    return complain(text);
}

/* What is negotiated is a setting of a package's: names between commas and blanks. */
static unsigned
negotiated_check(const struct config *config)
{
    const struct config_package *p = package_find(config, "Negotiate");
    char names[PATH_ROOM] = "", *rest = names;
    unsigned faults = 0;

    for (size_t i = 0; p != NULL && i < p->settings.count; i++) {
        if (strcmp(p->settings.v[i].key, "packages") == 0)
            snprintf(names, sizeof names, "%s", p->settings.v[i].value);
    }
    for (char *name; (name = strsep(&rest, ", \t")) != NULL;) {
        if (*name != '\0')
            faults += name_check(config, "[package Negotiate]", name);
    }
    return faults;
}

static unsigned
names_check(const struct config *config)
{
    unsigned faults = negotiated_check(config);

    for (size_t i = 0; i < config->service_count; i++) {
        const struct config_service *s = &config->services[i];
        char where[LSAD_ERROR_MAX];

        snprintf(where, sizeof where, "[service %.64s]", s->name);
        for (size_t k = 0; k < s->package_count; k++)
            faults += name_check(config, where, s->packages[k]);
    }
    return faults;
}

/* Whether the first start can make the state folder, where it is not there yet. */
static bool
folder_check(const struct config *config, bool *missing, char error[LSAD_ERROR_MAX])
{
    char parent[LSAD_PATH_MAX];

    *missing = access(config->state_dir, F_OK) != 0 && errno == ENOENT;
    if (!*missing)
        return true;
    if (lsad_path_folder(config->state_dir, parent) && access(parent, W_OK | X_OK) == 0)
        return true;
    snprintf(error, LSAD_ERROR_MAX, "[store] state_dir = %s: cannot make it: %s",
             config->state_dir, strerror(errno));
    return false;
}

static bool
store_check(const struct config *config, const struct lsad_store *store, bool folder_missing,
            char error[LSAD_ERROR_MAX])
{
    if (store->first)
        printf("lsad: %s: no account store yet: the first start makes it\n", config->state_dir);
    if (store->first && folder_missing)
        return true;
    return lsad_state_check(config, error) &&
           (store->first || lsad_store_try(config, store, error));
}

/* Read by the daemon as the account that it becomes, and again when they change (D25). */
static unsigned
keytabs_check(const struct config *config)
{
    char text[LSAD_ERROR_MAX + PATH_ROOM];
    unsigned faults = 0;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct config_service *s = &config->services[i];

        if (s->keytab == NULL || access(s->keytab, R_OK) == 0)
            continue;
        snprintf(text, sizeof text, "[service %s] keytab = %s: %s for uid %u", s->name, s->keytab,
                 strerror(errno), (unsigned)geteuid());
        faults += complain(text);
    }
    return faults;
}

/* What must work before the drop of privileges, and what must after it. */
static unsigned
daemon_check(const struct config *config)
{
    char error[LSAD_ERROR_MAX];
    struct lsad_store store = { .first = false };
    struct lsad_owner owner;
    bool missing = false, good;
    unsigned faults;

    good = lsad_account_find(config, &owner, error) && lsad_store_look(config, &store, error) &&
           (!store.first || folder_check(config, &missing, error)) &&
           lsad_privileges_drop(config, &owner, error) &&
           store_check(config, &store, missing, error);
    secret_wipe(store.key, sizeof store.key);
    if (!good)
        return complain(error);
    faults = keytabs_check(config);
    if (access(config->path, R_OK) == 0)
        return faults;
    snprintf(error, sizeof error, "%s: %s for uid %u: reloading will not work", config->path,
             strerror(errno), (unsigned)geteuid());
    return faults + complain(error);
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
    faults = modules_check(config) + names_check(config);
    faults += daemon_check(config);
    if (faults == 0)
        printf("lsad: %s: no fault found\n", config->path);
    config_free(config);
    return faults == 0 ? LSAD_EXIT_OK : LSAD_EXIT_CONFIG;
}
