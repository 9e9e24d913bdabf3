/*
 * The embedded authority: liblsa behind the same messages as lsad's, in the
 * application's own process. It holds what it verifies with, so it promises
 * less than lsad (D20): for demos, tests and single-process servers.
 */
#include "embedded/embedded.h"

#include "answer/answer.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

struct embedded {
    struct config *config;
    struct answer_authority *authority;
    struct answer_connection *connection;
};

static void
embedded_close(struct embedded *e)
{
    if (!e)
        return;
    answer_connection_free(e->connection);
    answer_authority_free(e->authority);
    config_free(e->config);
    free(e);
}

static bool
embedded_configure(struct embedded *e, const struct embedded_options *o,
                   char error[EMBEDDED_ERROR_MAX])
{
    if (!o->config_path) {
        e->config = config_defaults();
        if (!e->config)
            snprintf(error, EMBEDDED_ERROR_MAX, "no memory for the configuration");
    } else if (config_load(o->config_path, &e->config, error) != 0) {
        e->config = NULL;
    }
    if (!e->config)
        return false;
    /* The module has a log of its own: without a configuration it says what the library says. */
    log_set_level((enum log_level)(o->config_path ? e->config->log_level : o->log_level));
    if (!o->state_dir)
        return true;
    free(e->config->state_dir);
    free(e->config->key_file);
    e->config->key_file = NULL;
    e->config->state_dir = strdup(o->state_dir);
    if (!e->config->state_dir)
        snprintf(error, EMBEDDED_ERROR_MAX, "no memory for the state folder's name");
    return e->config->state_dir != NULL;
}

static bool
embedded_start(struct embedded *e, const struct embedded_options *o, char error[EMBEDDED_ERROR_MAX])
{
    const struct answer_options options = {
        .config = e->config,
        .module_dir = o->module_dir,
        .create_store = true,
        .embedded = true,
    };
    const struct ipc_peer self = { (uint32_t)getpid(), geteuid(), getegid() };

    e->authority = answer_authority_new(&options, error);
    if (!e->authority)
        return false;
    e->connection = answer_connection_new(e->authority, &self, NULL);
    if (!e->connection)
        snprintf(error, EMBEDDED_ERROR_MAX, "no memory for the connection");
    return e->connection != NULL;
}

static struct embedded *
embedded_open(const struct embedded_options *o, char error[EMBEDDED_ERROR_MAX])
{
    struct embedded *e = calloc(1, sizeof(*e));

    if (!e) {
        snprintf(error, EMBEDDED_ERROR_MAX, "no memory for the authority");
        return NULL;
    }
    if (embedded_configure(e, o, error) && embedded_start(e, o, error))
        return e;
    embedded_close(e);
    return NULL;
}

static bool
embedded_call(struct embedded *e, struct view request, struct wr *reply)
{
    return answer_message(e->connection, request, reply) == ANSWER_REPLY;
}

static bool
embedded_close_handle(struct embedded *e, void *handle)
{
    (void)e;
    return answer_handle_close(handle);
}

static bool
embedded_revert(struct embedded *e)
{
    (void)e;
    return answer_revert();
}

__attribute__((visibility("default"))) const struct embedded_api opensspi_embedded = {
    .version = EMBEDDED_VERSION,
    .open = embedded_open,
    .close = embedded_close,
    .call = embedded_call,
    .close_handle = embedded_close_handle,
    .revert = embedded_revert,
};
