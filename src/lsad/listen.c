/*
 * The listening sockets. The shared one may be reached by everybody (the
 * services' uid lists decide), a service's own only by whom its mode and group
 * allow: there the file's permissions are the access control (D2).
 *
 * Runs in: lsad, at start and at the end. Trusts: the configuration.
 */
#include "lsad/listen.h"

#include "ipc/ipc.h"
#include "lsad/path.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARED_MODE 0666u
#define FOLDER_MODE 0755u

const char *
lsad_listen_service(const struct config *config, const char *path, bool *found)
{
    *found = true;
    if (strcmp(path, config->socket) == 0)
        return NULL;
    for (size_t i = 0; i < config->service_count; i++) {
        const struct config_service *s = &config->services[i];

        if (s->listen != NULL && strcmp(path, s->listen) == 0)
            return s->name;
    }
    *found = false;
    return NULL;
}

/*
 * Makes the socket's folder where it is missing, and gives it to the daemon's
 * account: after the drop of privileges the socket's file must be removable.
 */
static void
folder_make(const char *path, const struct lsad_owner *owner)
{
    char folder[LSAD_PATH_MAX];
    int fd;

    if (!lsad_path_folder(path, folder) || mkdir(folder, FOLDER_MODE) != 0)
        return;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    /* The umask (0077 in the unit) would keep the clients out of it. */
    if (fd < 0 || fchmod(fd, FOLDER_MODE) != 0 ||
        (geteuid() == 0 && fchown(fd, owner->uid, owner->gid) != 0))
        log_warning("listen", LOG_S("folder", folder), LOG_S("reason", strerror(errno)));
    if (fd >= 0)
        close(fd);
}

/* Gives the file to the daemon, and to the group that may connect. 0 or negative errno. */
static int
file_give(const char *path, const struct lsad_owner *owner, const char *group_name)
{
    const struct group *group = NULL;
    gid_t gid = owner->gid;

    if (group_name != NULL) {
        errno = 0;
        group = getgrnam(group_name);
        if (group == NULL)
            return errno != 0 ? -errno : -ENOENT;
        gid = group->gr_gid;
    }
    if (geteuid() != 0 && group == NULL)
        return 0;
    return lchown(path, geteuid() == 0 ? owner->uid : (uid_t)-1, gid) == 0 ? 0 : -errno;
}

static bool
listener_open(struct lsad_listener *out, const char *path, const struct config_service *service,
              const struct lsad_owner *owner, char error[LSAD_ERROR_MAX])
{
    struct stat st;
    int fd, failed;

    folder_make(path, owner);
    fd = ipc_listen(path, service != NULL ? service->listen_mode : SHARED_MODE);
    if (fd < 0) {
        snprintf(error, LSAD_ERROR_MAX, "socket %s: %s", path, strerror(-fd));
        return false;
    }
    *out = (struct lsad_listener){ .source = { .kind = LSAD_SOURCE_LISTENER, .fd = fd } };
    out->path = strdup(path);
    out->service = service != NULL ? strdup(service->name) : NULL;
    if (lstat(path, &st) == 0) {
        out->device = st.st_dev;
        out->inode = st.st_ino;
    }
    failed = file_give(path, owner, service != NULL ? service->listen_group : NULL);
    if (failed == 0 && out->path != NULL && (service == NULL || out->service != NULL))
        return true;
    snprintf(error, LSAD_ERROR_MAX, "socket %s: listen_group %s: %s", path,
             service != NULL && service->listen_group != NULL ? service->listen_group : "-",
             strerror(failed != 0 ? -failed : ENOMEM));
    return false;
}

static bool
listeners_have(const struct lsad_listeners *l, const char *service)
{
    for (size_t i = 0; i < l->count; i++) {
        const char *have = l->v[i].service;

        if (service == NULL ? have == NULL : have != NULL && strcmp(have, service) == 0)
            return true;
    }
    return false;
}

/* Opens one more, unless the service manager passed it. service NULL: the shared one. */
static bool
listeners_add(struct lsad_listeners *l, const struct config *config,
              const struct config_service *service, const struct lsad_owner *owner,
              char error[LSAD_ERROR_MAX])
{
    const char *path = service != NULL ? service->listen : config->socket;
    bool good;

    if (path == NULL || listeners_have(l, service != NULL ? service->name : NULL))
        return true;
    good = listener_open(&l->v[l->count], path, service, owner, error);
    /* A half-made one is counted as well: closing frees what it has. */
    l->count += good || l->v[l->count].path != NULL;
    return good;
}

bool
lsad_listeners_open(struct lsad_listeners *l, const struct config *config,
                    const struct lsad_owner *owner, char error[LSAD_ERROR_MAX])
{
    bool good;

    *l = (struct lsad_listeners){ NULL, 0 };
    good = lsad_activation_take(l, config, error);
    if (good && l->v == NULL) {
        l->v = calloc(config->service_count + 1, sizeof *l->v);
        good = l->v != NULL;
    }
    good = good && listeners_add(l, config, NULL, owner, error);
    for (size_t i = 0; i < config->service_count && good; i++)
        good = listeners_add(l, config, &config->services[i], owner, error);
    if (!good)
        lsad_listeners_close(l);
    return good;
}

static void
listener_close(struct lsad_listener *listener)
{
    struct stat st;

    close(listener->source.fd);
    /* A daemon that was started meanwhile may have put its own file there. */
    if (!listener->passed && listener->path != NULL && lstat(listener->path, &st) == 0 &&
        st.st_dev == listener->device && st.st_ino == listener->inode &&
        unlink(listener->path) != 0)
        log_warning("listen", LOG_S("socket", listener->path), LOG_S("reason", strerror(errno)));
    free(listener->path);
    free(listener->service);
}

void
lsad_listeners_close(struct lsad_listeners *l)
{
    for (size_t i = 0; i < l->count; i++)
        listener_close(&l->v[i]);
    free(l->v);
    *l = (struct lsad_listeners){ NULL, 0 };
}
