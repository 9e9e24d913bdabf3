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

/* A path that is not there needs no rule. 0 or negative errno. */
static int
rule_add(const struct ruleset *r, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = rights & r->handled };
    struct stat st;
    int failed = 0;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= FS_OF_FILE;
    if (syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        failed = -errno;
    close(rule.parent_fd);
    return failed;
}

/* The same for the folder of a file, because files are replaced by renaming. */
static int
rule_add_folder(const struct ruleset *r, const char *path, uint64_t rights)
{
    char folder[LSAD_PATH_MAX];

    return lsad_path_folder(path, folder) ? rule_add(r, folder, rights) : -ENAMETOOLONG;
}

/* Files named in packages' sections, such as keytabs, are read again on reload (D25). */
static int
rules_of_packages(const struct ruleset *r, const struct config *config)
{
    int failed = 0;

    for (size_t i = 0; i < config->package_count; i++)
        for (size_t k = 0; k < config->packages[i].setting_count && failed == 0; k++)
            if (config->packages[i].settings[k].value[0] == '/')
                failed = rule_add_folder(r, config->packages[i].settings[k].value, FS_READ);
    return failed;
}

static int
rules_add(const struct ruleset *r, const struct config *config,
          const struct lsad_listeners *listeners, const char *config_path)
{
    int failed = rule_add(r, config->state_dir, FS_STATE);

    if (failed == 0 && config->module_dir != NULL)
        failed = rule_add(r, config->module_dir, FS_READ);
    if (failed == 0)
        failed = rule_add_folder(r, config_path, FS_READ);
    for (size_t i = 0; i < sizeof system_paths / sizeof *system_paths && failed == 0; i++)
        failed = rule_add(r, system_paths[i], FS_READ);
    for (size_t i = 0; i < listeners->count && failed == 0; i++)
        if (!listeners->v[i].passed)
            failed = rule_add_folder(r, listeners->v[i].path, LANDLOCK_ACCESS_FS_REMOVE_FILE);
    return failed != 0 ? failed : rules_of_packages(r, config);
}

int
lsad_landlock_install(const struct config *config, const struct lsad_listeners *listeners,
                      const char *config_path)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr attributes = { 0 };
    struct ruleset r;
    int failed;

    /* Not compiled in, or not switched on: an older kernel, not an error. */
    if (abi < 1)
        return 0;
    r.handled = attributes.handled_access_fs = rights_of_abi((int)abi);
    r.fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (r.fd < 0)
        return -errno;
    failed = rules_add(&r, config, listeners, config_path);
    if (failed == 0 && syscall(SYS_landlock_restrict_self, r.fd, 0) != 0)
        failed = -errno;
    close(r.fd);
    return failed != 0 ? failed : (int)abi;
}
