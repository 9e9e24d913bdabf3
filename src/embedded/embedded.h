/*
 * The embedded authority: the module embedded.so, dlopened by libsspi where no
 * daemon is configured (D19). It is the same authority behind the same messages,
 * without a socket; its promise is smaller: this process holds the secrets (D20).
 *
 * The module exports one symbol, opensspi_embedded.
 */
#ifndef EMBEDDED_EMBEDDED_H
#define EMBEDDED_EMBEDDED_H

#include "base/wr.h"

#define EMBEDDED_VERSION 1
#define EMBEDDED_SYMBOL "opensspi_embedded"
#define EMBEDDED_MODULE "embedded.so"
#define EMBEDDED_ERROR_MAX 512

struct embedded;

struct embedded_options {
    const char *config_path;    /* NULL: built-in defaults */
    const char *state_dir;      /* NULL: the configuration's */
    const char *module_dir;     /* where packages lie */
    int log_level;              /* enum log_level, where no configuration says one */
};

struct embedded_api {
    uint32_t version;
    /* NULL: error says what failed. */
    struct embedded *(*open)(const struct embedded_options *options,
                             char error[EMBEDDED_ERROR_MAX]);
    void (*close)(struct embedded *e);
    /*
     * One request message in, one reply message out (ipc.h). False: refused as malformed.
     * Thread-safe.
     */
    bool (*call)(struct embedded *e, struct view request, struct wr *reply);
    /* Closes a handle that the authority gave to a package; false: it is none. */
    bool (*close_handle)(struct embedded *e, void *handle);
    /* RevertToSelf in a package on this thread; false: it still acts for the client. */
    bool (*revert)(struct embedded *e);
};

extern const struct embedded_api opensspi_embedded;

#endif
