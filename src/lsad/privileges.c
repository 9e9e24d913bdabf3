/*
 * Giving up root. The order is: sockets are opened and the store's key is read as
 * whoever started the daemon, so the key may be root's own (mode 0400, D21); then the
 * process becomes the configured user, which owns the state folder and opens the store.
 *
 * Under systemd the unit starts the daemon as that user already, and nothing is
 * left to do here.
 *
 * Runs in: lsad's main thread at start. Trusts: passwd and group databases.
 */
#include "lsad/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

bool
lsad_account_find(const struct config *config, struct lsad_owner *out, char error[LSAD_ERROR_MAX])
{
    const struct passwd *entry;

    *out = (struct lsad_owner){ geteuid(), getegid() };
    if (geteuid() != 0)
        return true;
    entry = getpwnam(config->user);
    if (entry == NULL) {
        snprintf(error, LSAD_ERROR_MAX, "[authority] user = %s: no such account; "
                 "systemd-sysusers makes it from sysusers.d/opensspi.conf", config->user);
        return false;
    }
    *out = (struct lsad_owner){ entry->pw_uid, entry->pw_gid };
    return true;
}

/* The bounding set goes as well: no program that is run later could regain anything. */
static void
capabilities_drop(void)
{
    for (unsigned long i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

bool
lsad_privileges_drop(const struct config *config, const struct lsad_owner *to,
                     char error[LSAD_ERROR_MAX])
{
    uid_t real, effective, saved;

    if (geteuid() != 0)
        return true;
    if (to->uid == 0) {
        log_warning("start", LOG_S("privileges", "kept"),
                    LOG_S("reason", "[authority] user is root"));
        return true;
    }
    capabilities_drop();
    if (initgroups(config->user, to->gid) != 0 || setresgid(to->gid, to->gid, to->gid) != 0 ||
        setresuid(to->uid, to->uid, to->uid) != 0) {
        snprintf(error, LSAD_ERROR_MAX, "cannot become user %s: %s", config->user,
                 strerror(errno));
        return false;
    }
    /* A drop that did not take place must not be believed. */
    if (getresuid(&real, &effective, &saved) != 0 || real != to->uid || effective != to->uid ||
        saved != to->uid || setuid(0) == 0) {
        snprintf(error, LSAD_ERROR_MAX, "still privileged after becoming user %s", config->user);
        return false;
    }
    return true;
}

bool
lsad_state_check(const struct config *config, char error[LSAD_ERROR_MAX])
{
    char store[4096];

    if (access(config->state_dir, R_OK | W_OK | X_OK) != 0) {
        snprintf(error, LSAD_ERROR_MAX, "[store] state_dir = %s: %s for uid %u; "
                 "it must belong to user %s", config->state_dir, strerror(errno),
                 (unsigned)geteuid(), config->user);
        return false;
    }
    snprintf(store, sizeof store, "%s/accounts.db", config->state_dir);
    if (access(store, R_OK | W_OK) != 0 && errno != ENOENT) {
        snprintf(error, LSAD_ERROR_MAX, "[store] %s/accounts.db: %s for uid %u; it must belong "
                 "to user %s", config->state_dir, strerror(errno), (unsigned)geteuid(),
                 config->user);
        return false;
    }
    return true;
}

void
lsad_limits_set(bool for_debugger)
{
    struct rlimit files, none = { 0, 0 };

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (for_debugger)
        return;
    /* A core file or a debugger's view would hold every secret (D21). */
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        log_warning("limits", LOG_S("reason", strerror(errno)));
}
