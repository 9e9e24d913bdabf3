/*
 * Tokens: snapshots, and the HANDLEs that name them (D10).
 *
 * Runs in the application. A snapshot came from the authority and is checked once,
 * when it arrives. It is a copy of facts, not a right: what the authority allows it
 * decides by its own token.
 */
#include "sspi/token.h"

#include "base/log.h"
#include "sspi/context.h"
#include "sspi/thread.h"

#include <stdlib.h>

/* What a HANDLE names. Several may name one token. */
struct token_handle {
    struct sspi_token *token;
    bool borrowed;
};

struct sspi_token *
sspi_token_new(struct view snapshot)
{
    struct sspi_token *t = calloc(1, sizeof(*t) + snapshot.n);

    if (t == NULL)
        return NULL;
    t->references = 1;
    t->n = snapshot.n;
    if (snapshot.n > 0)
        memcpy(t->bytes, snapshot.p, snapshot.n);
    if (token_snapshot_parse(view_of(t->bytes, t->n), &t->facts) != SEC_E_OK) {
        log_error("reply", LOG_S("reason", "malformed token"));
        free(t);
        return NULL;
    }
    return t;
}

struct sspi_token *
sspi_token_new_known(struct sspi_process *p, uint64_t session, uint64_t number,
                     struct view snapshot)
{
    struct sspi_token *t = sspi_token_new(snapshot);
    struct sspi_token_origin *o = t == NULL ? NULL : calloc(1, sizeof(*o));

    if (o == NULL) {
        sspi_token_put(t);
        return NULL;
    }
    o->references = 1;
    o->process = p;
    o->session = session;
    o->number = number;
    t->origin = o;
    return t;
}

struct sspi_token *
sspi_token_new_like(const struct sspi_token *t, struct view snapshot)
{
    struct sspi_token *other = sspi_token_new(snapshot);

    if (other != NULL && t->origin != NULL) {
        atomic_fetch_add(&t->origin->references, 1);
        other->origin = t->origin;
    }
    return other;
}

/* A forked child's copies are its own: what they named is the parent's (D3). */
static void
origin_put(struct sspi_token_origin *o)
{
    if (o == NULL || atomic_fetch_sub(&o->references, 1) != 1)
        return;
    if (o->process == sspi_process_get())
        sspi_process_token_closed(o->process, o->number);
    free(o);
}

struct sspi_token *
sspi_token_hold(struct sspi_token *t)
{
    atomic_fetch_add_explicit(&t->references, 1, memory_order_relaxed);
    return t;
}

void
sspi_token_put(struct sspi_token *t)
{
    if (t == NULL || atomic_fetch_sub(&t->references, 1) != 1)
        return;
    origin_put(t->origin);
    free(t);
}

static void
token_handle_free(void *object)
{
    struct token_handle *th = object;

    sspi_token_put(th->token);
    free(th);
}

HANDLE
sspi_token_publish(struct sspi_process *p, struct sspi_token *t, bool borrowed)
{
    struct token_handle *th = calloc(1, sizeof(*th));
    uint64_t number;

    if (th == NULL)
        return NULL;
    th->token = sspi_token_hold(t);
    th->borrowed = borrowed;
    number = sspi_object_add(p, SSPI_TOKEN, th, token_handle_free);
    if (number == 0)
        token_handle_free(th);
    return (HANDLE)(uintptr_t)number;
}

void
sspi_token_withdraw(struct sspi_process *p, HANDLE h)
{
    (void)sspi_object_remove(p, (uint64_t)(uintptr_t)h, SSPI_TOKEN);
}

struct sspi_token *
sspi_token_find(struct sspi_process *p, HANDLE h)
{
    uint64_t number = (uint64_t)(uintptr_t)h;
    struct sspi_context *context = sspi_thread_get()->context;
    struct token_handle *th;
    struct sspi_token *t = NULL;

    if (context != NULL)
        t = sspi_context_token(context, number);
    if (t != NULL)
        return t;
    th = sspi_object_get(p, number, SSPI_TOKEN);
    if (th == NULL)
        return NULL;
    t = sspi_token_hold(th->token);
    handle_put(p->handles, number);
    return t;
}

/* ---- CloseHandle ------------------------------------------------------- */

/*
 * CHOICE: the handle of SECPKG_ATTR_ACCESS_TOKEN belongs to its context and is refused
 * here; on Windows closing it would break the context.
 */
static bool
token_handle_close(struct sspi_process *p, uint64_t number)
{
    struct token_handle *th = sspi_object_get(p, number, SSPI_TOKEN);
    bool closable;

    if (th == NULL)
        return false;
    closable = !th->borrowed;
    handle_put(p->handles, number);
    return closable && sspi_object_remove(p, number, SSPI_TOKEN);
}

BOOL WINAPI
CloseHandle(HANDLE hObject)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_thread *t = sspi_thread_get();
    uint64_t number = (uint64_t)(uintptr_t)hObject;
    const struct sspi_authority *a;

    if (p != NULL && number != 0) {
        /* A user half closes the handle that came to it in ContextData. */
        if (t->context != NULL && sspi_context_token_drop(t->context, number))
            return TRUE;
        if (token_handle_close(p, number))
            return TRUE;
        /* In the embedded authority an LSA half runs here as well, with handles of its own. */
        a = &p->authority;
        if (atomic_load(&a->open) && a->ops->handle_close != NULL
            && a->ops->handle_close(a->self, hObject))
            return TRUE;
    }
    t->last_error = ERROR_INVALID_HANDLE;
    return FALSE;
}
