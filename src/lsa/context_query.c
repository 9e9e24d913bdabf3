/*
 * What happens to a context apart from its legs: deletion, queries, settings,
 * control tokens. Each is one slot of the package, called with the context
 * referenced and locked.
 */
#include "lsa/lsa_internal.h"

/* Referenced and locked; NULL: does not resolve. Give back by context_put(). */
static struct lsa_context *
context_get(struct lsa_call *call, uint64_t handle)
{
    struct lsa_context *c = handle_get(call->client->lsa->objects, handle, LSA_HANDLE_CONTEXT,
                                       call->client->owner);

    if (c) {
        pthread_mutex_lock(&c->lock);
        lsa_call_enter(call, c->package);
    }
    return c;
}

static status_t
context_put(struct lsa_call *call, struct lsa_context *c, uint64_t handle, NTSTATUS s)
{
    lsa_call_leave(call);
    pthread_mutex_unlock(&c->lock);
    handle_put(call->client->lsa->objects, handle);
    return status_map(s);
}

status_t
lsa_context_delete(struct lsa_call *call, uint64_t handle)
{
    bool removed = handle_remove(call->client->lsa->objects, handle, LSA_HANDLE_CONTEXT,
                                 call->client->owner);

    return removed ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/*
 * Microsoft: SpApplyControlToken. The page says LSA does not call it; ApplyControlToken does reach
 * it.
 */
status_t
lsa_context_apply_token(struct lsa_call *call, uint64_t handle, SecBufferDesc *input)
{
    struct lsa_context *c = context_get(call, handle);
    NTSTATUS s = SEC_E_UNSUPPORTED_FUNCTION;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (c->package->table.ApplyControlToken)
        s = c->package->table.ApplyControlToken(c->handle, input);
    return context_put(call, c, handle, s);
}

status_t
lsa_context_query(struct lsa_call *call, uint64_t handle, uint32_t attribute, void *value)
{
    struct lsa_context *c = context_get(call, handle);
    NTSTATUS s = SEC_E_UNSUPPORTED_FUNCTION;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (c->package->table.QueryContextAttributesW)
        s = c->package->table.QueryContextAttributesW(c->handle, attribute, value);
    return context_put(call, c, handle, s);
}

status_t
lsa_context_set(struct lsa_call *call, uint64_t handle, uint32_t attribute, struct view value)
{
    void *copy = arena_copy(call->arena, value);
    struct lsa_context *c;
    NTSTATUS s = SEC_E_UNSUPPORTED_FUNCTION;

    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    c = context_get(call, handle);
    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (c->package->table.SetContextAttributesW)
        s = c->package->table.SetContextAttributesW(c->handle, attribute, copy, (ULONG)value.n);
    return context_put(call, c, handle, s);
}
