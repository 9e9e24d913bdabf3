/*
 * sandbox: what the daemon denies itself once it has started: programs, new
 * sockets (Linux's seccomp) and files outside a few folders (Landlock). Where
 * the kernel has neither, the log says so.
 */
#ifndef LSAD_SANDBOX_H
#define LSAD_SANDBOX_H

#include "lsad/listen.h"

struct lsad_sandbox {
    bool no_new_privileges;
    bool seccomp;
    int landlock;               /* the kernel's ABI version; 0: not there */
    bool network;               /* a package of the slow pool may open connections */
};

/*
 * Closes the sandbox for this thread and all that it starts; seccomp for threads
 * that packages started before, too. out tells what took effect. False: the kernel has
 * Landlock, but it could not be set up; error names the path.
 */
bool lsad_sandbox_close(const struct config *config, const struct lsad_listeners *listeners,
                        const char *config_path, struct lsad_sandbox *out,
                        char error[LSAD_ERROR_MAX]);

/* seccomp.c. network: outgoing connections are allowed. 0 or negative errno. */
int lsad_seccomp_install(bool network);
/* landlock.c. The ABI version, 0 where the kernel has none, or -1: error says what failed. */
int lsad_landlock_install(const struct config *config, const struct lsad_listeners *listeners,
                          const char *config_path, char error[LSAD_ERROR_MAX]);

#endif
