/*
 * The sandbox, as one step of the start. It is a second wall: the first is that
 * the daemon is an ordinary user, the third is what the systemd unit takes away.
 *
 * Runs in: lsad's main thread, after the store and the packages are open and
 * before the workers start. Trusts: the configuration.
 */
#include "lsad/sandbox.h"

#include <string.h>
#include <sys/prctl.h>

/*
 * Packages of the slow pool talk to KDCs and directories, those of the fast pool
 * to nobody (D6): so the configuration already says whether sockets are needed.
 */
static bool
network_is_needed(const struct config *config)
{
    for (size_t i = 0; i < config->package_count; i++)
        if (config->packages[i].enabled && config->packages[i].pool == CONFIG_POOL_SLOW)
            return true;
    return false;
}

void
lsad_sandbox_close(const struct config *config, const struct lsad_listeners *listeners,
                   const char *config_path, struct lsad_sandbox *out)
{
    int failed;

    *out = (struct lsad_sandbox){ .network = network_is_needed(config) };
    out->no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    out->landlock = lsad_landlock_install(config, listeners, config_path);
    if (out->landlock < 0) {
        log_warning("sandbox", LOG_S("landlock", strerror(-out->landlock)));
        out->landlock = 0;
    }
    failed = lsad_seccomp_install(out->network);
    out->seccomp = failed == 0;
    if (failed != 0)
        log_warning("sandbox", LOG_S("seccomp", strerror(-failed)));
}
