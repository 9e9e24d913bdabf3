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
 * to nobody (D6), and the name service only where it may: so the configuration
 * already says whether sockets are needed.
 * CHOICE: Kerberos is loaded without being asked for; it gets the network, which only
 * clients' handshakes need, where the configuration has its section.
 */
static bool
package_needs_network(const struct config_package *p)
{
    return p->enabled && (p->pool == CONFIG_POOL_SLOW ||
                          (p->pool == CONFIG_POOL_INITIATE && p->is_named));
}

static bool
network_is_needed(const struct config *config)
{
    for (size_t i = 0; i < config->package_count; i++)
        if (package_needs_network(&config->packages[i]))
            return true;
    return config->name_service;
}

/*
 * CHOICE: without Landlock (an older kernel) the daemon runs, and the log says so. Where it is
 * there but fails, say over a path of the configuration, the start fails: an administrator
 * who counts on it would not read that warning. --no-sandbox is the way around.
 */
bool
lsad_sandbox_close(const struct config *config, const struct lsad_listeners *listeners,
                   const char *config_path, struct lsad_sandbox *out,
                   char error[LSAD_ERROR_MAX])
{
    int failed;

    *out = (struct lsad_sandbox){ .network = network_is_needed(config) };
    out->no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    out->landlock = lsad_landlock_install(config, listeners, config_path, error);
    if (out->landlock < 0)
        return false;
    if (out->landlock == 0)
        log_warning("sandbox", LOG_S("landlock", "not in this kernel"));
    failed = lsad_seccomp_install(out->network);
    out->seccomp = failed == 0;
    if (failed != 0)
        log_warning("sandbox", LOG_S("seccomp", strerror(-failed)));
    return true;
}
