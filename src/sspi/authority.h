/*
 * The authority that serves this process, and the way to it: a socket of lsad,
 * or the module embedded.so (D19). Both take the same messages.
 */
#ifndef SSPI_AUTHORITY_H
#define SSPI_AUTHORITY_H

#include "ipc/ipc.h"

#include <pthread.h>
#include <stdatomic.h>

/* Longest wait for a reply: a KDC or domain controller may be asked on the way. */
#define SSPI_REPLY_DEADLINE_MS 60000
/* Longest wait for room in the socket, and for a free connection. */
#define SSPI_SEND_DEADLINE_MS 10000
/* A broken configuration or authority is looked at again no sooner than this. */
#define SSPI_RETRY_MS 5000

/* Where no configuration says another: [authority] min_uid. */
#define SSPI_MIN_UID 1000u

struct sspi_link;

/* A reply and what keeps its bytes: one of link and heap. */
struct sspi_reply {
    struct view message;
    struct sspi_link *link;
    struct wr heap;
};

struct sspi_authority_ops {
    /*
     * Carries a request and brings the reply: 0, or a status of the transport.
     *
     * *session in: the session whose handles the request names; 0: none. Out: the
     * one that answered. *lost is set when that session has ended: then nothing was
     * sent. A request that may have been executed is never sent again (D12).
     */
    status_t (*call)(void *self, struct view request, uint64_t *session, bool *lost,
                     struct sspi_reply *reply);
    /* Wipes the reply and gives back what it held. */
    void (*reply_wipe)(void *self, struct sspi_reply *reply);
    /* Closes a handle of the authority's own; NULL: it has none here. */
    bool (*handle_close)(void *self, void *handle);
    /* Ends ImpersonateClient of a package on this thread: false: it could not. NULL: as above. */
    bool (*revert)(void *self);
    /* After a fork: closes the child's copies of descriptors. NULL: none. */
    void (*abandon)(void *self);
};

struct sspi_authority {
    pthread_mutex_t lock;               /* choosing and opening */
    atomic_bool open;
    const struct sspi_authority_ops *ops;
    void *self;
    char *module_dir;
    char *askpass;                      /* the program that asks for credentials; NULL: none */
    uint32_t min_uid;                   /* whom nobody here becomes is below (D18) */
    int64_t failed_at;                  /* boot milliseconds; 0: has not failed */
    status_t failure;
};

void sspi_authority_init(struct sspi_authority *a);
/* Chooses and opens it on first use. SEC_E_INTERNAL_ERROR: configuration unusable (logged). */
MUST_CHECK status_t sspi_authority_open(struct sspi_authority *a);
/* Folder of user halves; valid once open. */
const char *sspi_authority_modules(const struct sspi_authority *a);

/* ---- authority_choice.c ------------------------------------------------ */

struct sspi_choice {
    bool embedded;
    char *path;             /* socket, or state folder (NULL: the configuration's) */
    char *config_path;      /* NULL: none */
    char *module_dir;
    char *askpass;          /* NULL: none */
    uint32_t min_uid;
    uint32_t trusted_uid;   /* believed as peer besides root and ourselves */
};

/* SEC_E_INTERNAL_ERROR: logged; never a fallback (D19). */
MUST_CHECK status_t sspi_choice_make(struct sspi_choice *c);
void sspi_choice_wipe(struct sspi_choice *c);
/* The choice where main_path stands for CONFIG_DEFAULT_PATH: for tests. */
MUST_CHECK status_t sspi_choice_make_from(const char *main_path, struct sspi_choice *c);

/* ---- authority_socket.c, authority_embedded.c -------------------------- */

extern const struct sspi_authority_ops sspi_socket_ops;
/* path is copied. NULL: no memory. */
void *sspi_socket_new(const char *path, uint32_t trusted_uid);
/* For tests: no call may be under way. */
void sspi_socket_free(void *self);

extern const struct sspi_authority_ops sspi_embedded_ops;
/* NULL: logged. */
void *sspi_embedded_new(const struct sspi_choice *choice);

#endif
