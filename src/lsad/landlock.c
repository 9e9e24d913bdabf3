/*
 * Landlock (landlock(7)): after the start the daemon reads and writes its state
 * folder, reads the packages' folder, its configuration and the system's
 * libraries and tables, and removes its sockets. Nothing else is there for it.
 *
 * Raw system calls: the C library has no wrappers. Rights that the running
 * kernel does not know are left out, by its ABI version.
 *
 * Runs in: lsad's main thread at start. Trusts: the configuration's paths.
 */
#include "lsad/sandbox.h"

#include "lsad/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since ABI 3 (Linux 6.2); the headers of Debian 12 are older than its backported kernels. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_STATE (FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
/* Only these mean something for a file; a rule on one must not name the others. */
#define FS_OF_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
                    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_TRUNCATE)

/* Every right of ABI 1 (bits 0 to 12), then one more each for ABI 2 and 3. */
#define FS_ALL_ABI1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* Read by the C library, its name service and character set modules, libcrypto and loaders. */
static const char *const system_paths[] = {
    "/etc", "/usr", "/lib", "/lib64", "/dev/null", "/dev/urandom", "/var/lib/sss/mc",
};

struct ruleset {
    int fd;
    uint64_t handled;
    char *error;                /* LSAD_ERROR_MAX bytes: the path that failed, and why */
};

static uint64_t
rights_of_abi(int abi)
{
    uint64_t rights = FS_ALL_ABI1;

    if (abi >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return rights;
}

static bool
rule_fail(const struct ruleset *r, const char *path, int error)
{
    snprintf(r->error, LSAD_ERROR_MAX, "sandbox: Landlock rule for %s: %s (--no-sandbox starts "
             "without)", path, strerror(error));
    return false;
}

/* A path that is not there needs no rule. */
static bool
rule_add(const struct ruleset *r, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = rights & r->handled };
    struct stat st;
    int failed = 0;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == ENOTDIR || rule_fail(r, path, errno);
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= FS_OF_FILE;
    if (syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        failed = errno;
    close(rule.parent_fd);
    return failed == 0 || rule_fail(r, path, failed);
}

/* The same for the folder of a file, because files are replaced by renaming. */
static bool
rule_add_folder(const struct ruleset *r, const char *path, uint64_t rights)
{
    char folder[LSAD_PATH_MAX];

    return lsad_path_folder(path, folder) ? rule_add(r, folder, rights)
                                          : rule_fail(r, path, ENAMETOOLONG);
}

static bool
rules_of_settings(const struct ruleset *r, const struct config_settings *s)
{
    bool good = true;

    for (size_t i = 0; i < s->count && good; i++)
        if (s->v[i].value[0] == '/')
            good = rule_add_folder(r, s->v[i].value, FS_READ);
    return good;
}

/* Files named in packages' and services' settings, such as keytabs, are read again (D25). */
static bool
rules_of_packages(const struct ruleset *r, const struct config *config)
{
    bool good = true;

    for (size_t i = 0; i < config->package_count && good; i++)
        good = rules_of_settings(r, &config->packages[i].settings);
    for (size_t i = 0; i < config->service_count && good; i++)
        good = rules_of_settings(r, &config->services[i].settings) &&
               (config->services[i].keytab == NULL ||
                rule_add_folder(r, config->services[i].keytab, FS_READ));
    return good;
}

/* One that may not be entered needs no rule either: nothing of it can be read. */
static bool
rules_of_system(const struct ruleset *r)
{
    bool good = true;

    for (size_t i = 0; i < sizeof system_paths / sizeof *system_paths && good; i++) {
        bool barred = access(system_paths[i], F_OK) != 0 && errno == EACCES;

        good = barred || rule_add(r, system_paths[i], FS_READ);
    }
    return good;
}

static bool
rules_add(const struct ruleset *r, const struct config *config,
          const struct lsad_listeners *listeners, const char *config_path)
{
    bool good = rule_add(r, config->state_dir, FS_STATE) &&
                (config->module_dir == NULL || rule_add(r, config->module_dir, FS_READ)) &&
                rule_add_folder(r, config_path, FS_READ) && rules_of_system(r);

    for (size_t i = 0; i < listeners->count && good; i++)
        if (!listeners->v[i].passed)
            good = rule_add_folder(r, listeners->v[i].path, LANDLOCK_ACCESS_FS_REMOVE_FILE);
    return good && rules_of_packages(r, config);
}

static int
landlock_fail(char error[LSAD_ERROR_MAX], int reason)
{
    snprintf(error, LSAD_ERROR_MAX, "sandbox: Landlock: %s (--no-sandbox starts without)",
             strerror(reason));
    return -1;
}

int
lsad_landlock_install(const struct config *config, const struct lsad_listeners *listeners,
                      const char *config_path, char error[LSAD_ERROR_MAX])
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr attributes = { 0 };
    struct ruleset r = { .error = error };
    int result = (int)abi;

    /* Not compiled in, or not switched on: an older kernel, not an error. */
    if (abi < 1)
        return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : landlock_fail(error, errno);
    r.handled = attributes.handled_access_fs = rights_of_abi((int)abi);
    r.fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (r.fd < 0)
        return landlock_fail(error, errno);
    if (!rules_add(&r, config, listeners, config_path))
        result = -1;
    else if (syscall(SYS_landlock_restrict_self, r.fd, 0) != 0)
        result = landlock_fail(error, errno);
    close(r.fd);
    return result;
}
