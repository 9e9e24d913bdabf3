/*
 * listen: the sockets that clients connect to: the shared one, where the uid
 * decides which service a client is, and one for each service with `listen =`,
 * where the socket itself is the identity (D2).
 */
#ifndef LSAD_LISTEN_H
#define LSAD_LISTEN_H

#include "lsad/lsad.h"
#include "lsad/poll.h"

#include <sys/types.h>

struct lsad_listener {
    struct lsad_source source;      /* first: the poll set hands this out */
    char *path;
    char *service;                  /* NULL: the shared socket */
    bool passed;                    /* by the service manager, which also removes its file */
    dev_t device;                   /* of the file that was made: no other is removed */
    ino_t inode;
};

struct lsad_listeners {
    struct lsad_listener *v;
    size_t count;
};

/* Who shall own the folders and sockets that root makes for the daemon. */
struct lsad_owner {
    uid_t uid;
    gid_t gid;
};

/*
 * Takes the sockets that the service manager passed (sd_listen_fds(3)) and makes
 * the others of the configuration. False: error names the socket; nothing stays open.
 */
bool lsad_listeners_open(struct lsad_listeners *l, const struct config *config,
                         const struct lsad_owner *owner, char error[LSAD_ERROR_MAX]);
/* Closes all and removes the files that were made here. */
void lsad_listeners_close(struct lsad_listeners *l);

/* The service whose own socket has this path; *found tells whether any socket has it. */
const char *lsad_listen_service(const struct config *config, const char *path, bool *found);

/* activation.c: the passed descriptors, put into l by their paths or names. */
bool lsad_activation_take(struct lsad_listeners *l, const struct config *config,
                          char error[LSAD_ERROR_MAX]);

#endif
