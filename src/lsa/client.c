/*
 * Clients: one a process that talks to the authority. A client owns handles; when
 * it goes, its contexts and credentials are deleted in their packages.
 *
 * Also the quotas of its service, which keep one client from harming others (D1).
 */
#include "lsa/session.h"
#include "lsa/token.h"

#include "base/log.h"

#include <stdlib.h>

bool
lsa_quota_take(atomic_uint *used, const atomic_uint *max)
{
    if (atomic_fetch_add(used, 1) < atomic_load(max))
        return true;
    atomic_fetch_sub(used, 1);
    return false;
}

void
lsa_quota_give(atomic_uint *used)
{
    atomic_fetch_sub(used, 1);
}

status_t
lsa_quota_refuse(struct lsa_service *service, const char *key)
{
    uint64_t held;

    if (log_gate_pass(&service->quota_gate, &held))
        log_warning("quota_exceeded", LOG_S("service", service->name), LOG_S("key", key),
                    LOG_N("not_logged", held));
    return SEC_E_INSUFFICIENT_MEMORY;
}

struct lsa_client *
lsa_client_new(struct lsa *l, const struct lsa_identity *id, struct lsa_service *service)
{
    struct lsa_client *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->lsa = l;
    c->id = *id;
    c->service = service;
    c->references = 1;
    c->owner = atomic_fetch_add(&l->next_owner, 1);
    c->logon_id = lsa_luid_of_uid(id->uid);
    c->rate = lsa_rate_get(l, service, id->uid);
    if (c->rate && lsa_session_enter(l, c->logon_id, NULL, true) == STATUS_SUCCESS)
        return c;
    if (c->rate)
        lsa_rate_put(l, c->rate);
    free(c);
    return NULL;
}

struct lsa_client *
lsa_client_get(struct lsa_client *c)
{
    atomic_fetch_add(&c->references, 1);
    return c;
}

void
lsa_client_put(struct lsa_client *c)
{
    if (atomic_fetch_sub(&c->references, 1) == 1)
        free(c);
}

/*
 * Its objects hold references: the reaper may be at one of them in another thread,
 * and then the client's memory goes with that one.
 */
void
lsa_client_free(struct lsa_client *c)
{
    struct lsa *l;

    if (!c)
        return;
    l = c->lsa;
    atomic_store(&c->leaving, true);
    handle_remove_owner(l->objects, c->owner);

    lsa_session_leave(l, c->logon_id);
    lsa_rate_put(l, c->rate);
    lsa_client_put(c);
}

/* A permission that a reload took away must be gone for clients that are there already. */
bool
lsa_call_is_tcb(const struct lsa_call *call)
{
    return !call->token && (atomic_load(&call->client->service->may) & CONFIG_MAY_TCB) != 0;
}

LUID
lsa_call_logon_id(const struct lsa_call *call)
{
    return call->token ? call->token->logon_id : call->client->logon_id;
}
