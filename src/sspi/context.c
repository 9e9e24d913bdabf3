/*
 * Contexts: their life, and their mapping into the user half.
 *
 * Runs in the application. Mapping follows the page of SpInitUserModeContext: the
 * packed context carries session keys, so our copy is wiped as soon as the
 * user half has read it, unless the user half took it over.
 *
 * Locks: `lock` serialises the legs of establishment; message calls take none of
 * ours (a user half serialises what it must), only a reference. Deletion happens
 * when the last reference is given back, so it never runs under a message call.
 */
#include "sspi/context.h"

#include "base/log.h"
#include "sspi/memory.h"
#include "base/status.h"
#include "sspi/thread.h"

#include <stdlib.h>

struct sspi_context *
sspi_context_new(struct sspi_process *p, uint64_t session, uint64_t remote)
{
    struct sspi_context *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->process = p;
    c->session = session;
    atomic_store(&c->remote, remote);
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->tokens_lock, NULL);
    return c;
}

struct sspi_user_half *
sspi_context_half_enter(struct sspi_context *c)
{
    struct sspi_user_half *h = atomic_load_explicit(&c->half, memory_order_acquire);

    if (h != NULL)
        sspi_thread_get()->context = c;
    return h;
}

void
sspi_context_half_leave(void)
{
    sspi_thread_get()->context = NULL;
}

/* True: the user half says that the authority has no counterpart (SEC_I_NO_LSA_CONTEXT). */
static bool
context_unmap(struct sspi_context *c)
{
    struct sspi_user_half *h = sspi_context_half_enter(c);
    NTSTATUS s = 0;

    if (h == NULL)
        return false;
    if (h->table.DeleteUserModeContext != NULL)
        s = h->table.DeleteUserModeContext(c->number);
    sspi_context_half_leave();
    sspi_user_half_release(h, c->number);
    return s == SEC_I_NO_LSA_CONTEXT;
}

void
sspi_context_free(void *object)
{
    struct sspi_context *c = object;
    uint64_t remote = atomic_load(&c->remote);

    if (!context_unmap(c) && remote != 0) {
        struct ask a;

        ask_init(&a, c->process, c->session);
        /* Of a lost session nothing is left to delete: that is a success (D7). */
        if (ask_delete_context(&a, remote) < 0 && !a.lost)
            log_info("context", LOG_S("reason", "the authority could not delete it"));
        ask_wipe(&a);
    }
    sspi_context_tokens_wipe(c);
    pthread_mutex_destroy(&c->tokens_lock);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- mapping ----------------------------------------------------------- */

static status_t
map_find_half(struct sspi_context *c, uint32_t id, struct sspi_package **package,
              struct sspi_user_half **half)
{
    *package = c->packages == NULL ? NULL : sspi_package_find(c->packages, id);
    *half = *package == NULL ? NULL : sspi_user_half_get(c->process, *package);
    if (*half != NULL && (*half)->table.InitUserModeContext != NULL)
        return SEC_E_OK;
    /* CHOICE: not "treat it as unmapped", or every message call would fail without a reason. */
    log_error("context", LOG_N("package", id),
              LOG_S("reason", "mapped, but there is no user half"));
    return SEC_E_INTERNAL_ERROR;
}

/* InitUserModeContext on a copy of the packed context, which is wiped afterwards. */
static status_t
map_call(struct sspi_context *c, const struct sspi_user_half *half, LSA_SEC_HANDLE number,
         const struct ask_leg_result *r)
{
    SecBuffer packed = { (ULONG)r->context_data.n, r->context_data_type, NULL };
    NTSTATUS s;

    if (r->context_data.n > 0) {
        packed.pvBuffer = sspi_memory_copy(r->context_data);
        if (packed.pvBuffer == NULL)
            return SEC_E_INSUFFICIENT_MEMORY;
    }
    sspi_thread_get()->context = c;
    s = half->table.InitUserModeContext(number, &packed);
    sspi_context_half_leave();
    /* NULL now: the package took it over. */
    sspi_memory_free(packed.pvBuffer);
    return status_map(s);
}

/* A context that is mapped again (reauthentication) stays with its user half and number. */
static status_t
map_again(struct sspi_context *c, struct sspi_user_half *half, const struct ask_leg_result *r)
{
    if (half != atomic_load(&c->half)) {
        log_error("context", LOG_S("reason", "mapped again by another package"));
        return SEC_E_INTERNAL_ERROR;
    }
    return map_call(c, half, c->number, r);
}

static status_t
map_first(struct sspi_context *c, struct sspi_package *package, struct sspi_user_half *half,
          const struct ask_leg_result *r)
{
    LSA_SEC_HANDLE number;
    status_t st;

    if (!sspi_user_half_reserve(half, (LSA_SEC_HANDLE)r->package_handle, &number))
        return SEC_E_INSUFFICIENT_MEMORY;
    if (number != r->package_handle)
        log_info("context", LOG_S("module", half->module),
                 LOG_S("reason", "the package's number is in use: surrogate"));
    st = map_call(c, half, number, r);
    if (st < 0) {
        sspi_user_half_release(half, number);
        return st;
    }
    c->number = number;
    c->inner = package;
    atomic_store_explicit(&c->half, half, memory_order_release);
    return st;
}

status_t
sspi_context_map(struct sspi_context *c, const struct ask_leg_result *r)
{
    struct sspi_package *package;
    struct sspi_user_half *half;
    status_t st = map_find_half(c, r->package, &package, &half);

    if (st == SEC_E_OK)
        st = atomic_load(&c->half) != NULL ? map_again(c, half, r)
                                           : map_first(c, package, half, r);
    if (st >= 0)
        return SEC_E_OK;
    log_error("context", LOG_N("package", r->package), LOG_X("status", st),
              LOG_S("reason", "not mapped: it is given up"));
    return st;
}
