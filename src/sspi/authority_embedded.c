/*
 * The embedded authority: the module embedded.so, loaded into this process
 * (D19, D20). It takes the same messages as lsad.
 *
 * Runs in the application, which then holds every secret itself. The module is
 * loaded from the folder of modules by its fixed name, and stays: its code may be
 * on the stack of other threads.
 */
#include "sspi/authority.h"

#include "base/log.h"
#include "embedded/embedded.h"
#include "sspi/ask.h"
#include "sspi/impersonate.h"

#include "winerror.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* There is one session, and it ends with the process. */
#define EMBEDDED_SESSION 1u

struct embedded_way {
    const struct embedded_api *api;
    struct embedded *authority;
};

static status_t
embedded_call(void *self, struct view request, uint64_t *session, bool *lost,
              struct sspi_reply *reply)
{
    struct embedded_way *way = self;
    bool answered;

    *lost = false;
    reply->heap = wr_init_heap(IPC_MESSAGE_MAX);
    /* It opens its store as the process, whomever the thread acts for. */
    sspi_impersonate_pause();
    answered = way->api->call(way->authority, request, &reply->heap);
    sspi_impersonate_resume();
    if (!answered || wr_end(&reply->heap, SEC_E_INTERNAL_ERROR) != SEC_E_OK
        || ask_reply_check(request, wr_written(&reply->heap)) != SEC_E_OK) {
        wr_wipe(&reply->heap);
        log_error("authority", LOG_S("reason", "the embedded authority refused a call"));
        return SEC_E_INTERNAL_ERROR;
    }
    reply->message = wr_written(&reply->heap);
    *session = EMBEDDED_SESSION;
    return SEC_E_OK;
}

static void
embedded_reply_wipe(void *self, struct sspi_reply *reply)
{
    (void)self;
    wr_wipe(&reply->heap);
    reply->message = view_of(NULL, 0);
}

static bool
embedded_handle_close(void *self, void *handle)
{
    struct embedded_way *way = self;

    return way->api->close_handle != NULL && way->api->close_handle(way->authority, handle);
}

static bool
embedded_revert(void *self)
{
    struct embedded_way *way = self;

    return way->api->revert(way->authority);
}

const struct sspi_authority_ops sspi_embedded_ops = {
    .call = embedded_call,
    .reply_wipe = embedded_reply_wipe,
    .handle_close = embedded_handle_close,
    .revert = embedded_revert,
};

static const struct embedded_api *
embedded_load(const char *module_dir)
{
    const struct embedded_api *api = NULL;
    char *path = NULL;
    void *module = NULL;

    if (asprintf(&path, "%s/%s", module_dir, EMBEDDED_MODULE) < 0)
        return NULL;
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module != NULL)
        api = dlsym(module, EMBEDDED_SYMBOL);
    if (api == NULL)
        log_error("authority", LOG_S("module", path), LOG_S("reason", dlerror()));
    else if (api->version != EMBEDDED_VERSION)
        log_error("authority", LOG_S("module", path), LOG_N("version", api->version),
                  LOG_S("reason", "of another release"));
    free(path);
    return api != NULL && api->version == EMBEDDED_VERSION ? api : NULL;
}

static status_t
embedded_hello(struct embedded_way *way)
{
    struct wr w = wr_init_heap(IPC_INLINE_MAX);
    struct sspi_reply reply;
    struct ipc_hello_rep rep;
    uint64_t id, session = 0;
    bool lost;
    status_t st = ask_hello_build(&w, view_of(NULL, 0), &id);

    if (st == SEC_E_OK)
        st = embedded_call(way, wr_written(&w), &session, &lost, &reply);
    wr_wipe(&w);
    if (st != SEC_E_OK)
        return st;
    st = ask_hello_parse(reply.message, id, &rep);
    embedded_reply_wipe(way, &reply);
    return st;
}

void *
sspi_embedded_new(const struct sspi_choice *choice)
{
    struct embedded_options options = {
        .config_path = choice->config_path,
        .state_dir = choice->path,
        .module_dir = choice->module_dir,
        .log_level = (int)log_level(),
    };
    char error[EMBEDDED_ERROR_MAX] = "";
    struct embedded_way *way = calloc(1, sizeof(*way));

    if (way == NULL)
        return NULL;
    way->api = embedded_load(choice->module_dir);
    if (way->api != NULL)
        way->authority = way->api->open(&options, error);
    if (way->authority == NULL) {
        if (way->api != NULL)
            log_error("authority", LOG_S("mode", "embedded"), LOG_S("reason", error));
        free(way);
        return NULL;
    }
    if (embedded_hello(way) != SEC_E_OK) {
        log_error("authority", LOG_S("mode", "embedded"), LOG_S("reason", "hello refused"));
        way->api->close(way->authority);
        free(way);
        return NULL;
    }
    return way;
}
