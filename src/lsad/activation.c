/*
 * Socket activation (sd_listen_fds(3)): the service manager made the sockets, so
 * that clients may connect before the daemon runs and none is refused during a
 * restart.
 *
 * A passed socket is an identity (D2), so which one it is must be beyond doubt:
 * it is matched by the path it is bound to, else by its name (FileDescriptorName=),
 * which is then the service's. A socket that matches nothing stops the start.
 *
 * Runs in: lsad, at start. Trusts: the service manager's environment, if
 * LISTEN_PID is this process.
 */
#include "lsad/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_PASSED 3          /* SD_LISTEN_FDS_START */
#define PASSED_MAX 256
#define SHARED_NAME "shared"    /* FileDescriptorName= of lsad.socket */

/*
 * How many descriptors were passed to this very process; -1: a number that cannot be.
 * Taking none of too many would leave clients waiting on sockets that nobody serves.
 */
static int
passed_count(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    char *end;
    long n;

    if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long)getpid())
        return 0;
    n = strtol(count, &end, 10);
    return end != count && *end == '\0' && n >= 0 && n <= PASSED_MAX ? (int)n : -1;
}

/* Whether fd is a listening AF_UNIX socket of packets; path: what it is bound to, or "". */
static bool
socket_inspect(int fd, char path[sizeof ((struct sockaddr_un *)0)->sun_path + 1])
{
    struct sockaddr_un address = { .sun_family = AF_UNSPEC };
    socklen_t size = sizeof address, n = sizeof(int);
    int type = 0, listening = 0;

    path[0] = '\0';
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        address.sun_family != AF_UNIX)
        return false;
    snprintf(path, sizeof address.sun_path + 1, "%.*s", (int)sizeof address.sun_path,
             address.sun_path);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 && listening == 1;
}

/* The service of a passed socket; false: nobody knows which socket this is. */
static bool
socket_identify(const struct config *config, const char *path, const char *name,
                const char **service)
{
    bool found;

    *service = lsad_listen_service(config, path, &found);
    if (found)
        return true;
    /* The shared socket's own unit has this name: no service's identity hangs on it. */
    if (name != NULL && strcmp(name, SHARED_NAME) == 0)
        return false;
    for (size_t i = 0; i < config->service_count && name != NULL; i++)
        if (strcmp(config->services[i].name, name) == 0) {
            *service = config->services[i].name;
            return true;
        }
    return false;
}

static bool
socket_take(struct lsad_listeners *l, const struct config *config, int fd, const char *name,
            char error[LSAD_ERROR_MAX])
{
    char path[sizeof ((struct sockaddr_un *)0)->sun_path + 1];
    struct lsad_listener *slot = &l->v[l->count];
    const char *service;

    if (!socket_inspect(fd, path)) {
        snprintf(error, LSAD_ERROR_MAX, "passed socket %s: not a listening AF_UNIX socket with "
                 "ListenSequentialPacket=", name != NULL ? name : "-");
        return false;
    }
    if (!socket_identify(config, path, name, &service)) {
        snprintf(error, LSAD_ERROR_MAX, "passed socket %s (%s): neither its path nor its "
                 "FileDescriptorName= is in the configuration", name != NULL ? name : "-", path);
        return false;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return false;
    *slot = (struct lsad_listener){ .source = { .kind = LSAD_SOURCE_LISTENER, .fd = fd },
                                    .passed = true };
    slot->path = strdup(path);
    slot->service = service != NULL ? strdup(service) : NULL;
    l->count++;
    return slot->path != NULL && (service == NULL || slot->service != NULL);
}

bool
lsad_activation_take(struct lsad_listeners *l, const struct config *config,
                     char error[LSAD_ERROR_MAX])
{
    const char *list = getenv("LISTEN_FDNAMES");
    char *names = strdup(list != NULL ? list : "");
    char *rest = names;
    int count = passed_count();
    bool good = names != NULL;

    snprintf(error, LSAD_ERROR_MAX, "passed sockets: %s", strerror(ENOMEM));
    if (good && count < 0) {
        snprintf(error, LSAD_ERROR_MAX, "passed sockets: LISTEN_FDS is not a number from 0 to %d",
                 PASSED_MAX);
        good = false;
    }
    if (good && count > 0) {
        l->v = calloc((size_t)count + config->service_count + 1, sizeof *l->v);
        good = l->v != NULL;
    }
    for (int i = 0; i < count && good; i++)
        good = socket_take(l, config, FIRST_PASSED + i, strsep(&rest, ":"), error);
    free(names);
    /* What a child or a library might read must not name descriptors that are taken. */
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return good;
}
