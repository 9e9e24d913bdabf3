/*
 * Tokens behind handles. A token is an immutable snapshot of who somebody is
 * (D10). Packages hold handles of the authority; DuplicateHandle makes a copy that
 * belongs to a client: there the snapshot travels, here the number stays, so that
 * a thread which impersonates can be told apart from its process (D2). What the
 * client has is never believed back: its number finds the authority's own token.
 *
 * Every handle, of either kind, keeps the logon session alive.
 *
 * Runs in the authority, on any thread.
 */
#include "lsa/token.h"

#include "lsa/session.h"
#include "lsa/unix_user.h"

#include <stdlib.h>


struct token_copy {
    struct lsa_token *token;
    struct lsa_client *client;
};

LUID
lsa_luid_of_uid(uint32_t uid)
{
    if (uid == 0)
        return LSA_LUID_SYSTEM;
    return (LUID){ uid, LSA_LUID_USER_HIGH };
}

/* ---- the token itself ------------------------------------------------------ */

struct lsa_token *
lsa_token_new(struct view snapshot)
{
    struct token_snapshot facts;
    struct lsa_token *t;

    if (token_snapshot_parse(snapshot, &facts) != 0)
        return NULL;
    t = malloc(sizeof(*t) + snapshot.n);
    if (!t)
        return NULL;
    t->references = 1;
    t->logon_id = (LUID){ (uint32_t)facts.logon_id, (int32_t)(facts.logon_id >> 32) };
    t->size = (uint32_t)snapshot.n;
    memcpy(t->snapshot, snapshot.p, snapshot.n);
    return t;
}

struct lsa_token *
lsa_token_hold(struct lsa_token *t)
{
    atomic_fetch_add(&t->references, 1);
    return t;
}

void
lsa_token_put(struct lsa_token *t)
{
    if (t && atomic_fetch_sub(&t->references, 1) == 1)
        free(t);
}

static struct view
token_view(const struct lsa_token *t)
{
    return view_of(t->snapshot, t->size);
}

struct view
lsa_token_user(const struct lsa_token *t)
{
    struct token_snapshot facts;

    return token_snapshot_parse(token_view(t), &facts) == 0 ? facts.user : view_of(NULL, 0);
}

/* ---- packages' handles ------------------------------------------------------ */

/* Under a handle: one reference, and a seat in the session. */
static void
token_handle_free(void *object)
{
    struct lsa_token *t = object;

    lsa_session_leave(lsa_instance(), t->logon_id);
    lsa_token_put(t);
}

NTSTATUS
lsa_token_publish(struct lsa *l, struct lsa_token *t, HANDLE *out)
{
    NTSTATUS s = lsa_session_enter(l, t->logon_id, t, false);
    uint64_t handle;

    *out = NULL;
    if (s != STATUS_SUCCESS)
        return s;
    handle = handle_add(l->objects, LSA_HANDLE_TOKEN, LSA_OWNER_SELF, lsa_token_hold(t),
                        token_handle_free);
    if (!handle) {
        token_handle_free(t);
        return STATUS_NO_MEMORY;
    }
    *out = (HANDLE)(uintptr_t)handle;
    return STATUS_SUCCESS;
}

struct lsa_token *
lsa_token_find(struct lsa *l, HANDLE handle)
{
    uint64_t number = (uintptr_t)handle;
    struct lsa_token *t = handle_get(l->objects, number, LSA_HANDLE_TOKEN, LSA_OWNER_SELF);

    if (!t)
        return NULL;
    lsa_token_hold(t);
    handle_put(l->objects, number);
    return t;
}

bool
lsa_handle_close(void *handle)
{
    struct lsa *l = lsa_instance();

    return l
           && handle_remove(l->objects, (uint64_t)(uintptr_t)handle, LSA_HANDLE_TOKEN,
                            LSA_OWNER_SELF);
}

/* ---- copies in clients ------------------------------------------------------ */

static void
token_copy_free(void *object)
{
    struct token_copy *c = object;

    lsa_session_leave(c->client->lsa, c->token->logon_id);
    lsa_quota_give(&c->client->service->tokens);
    lsa_token_put(c->token);
    lsa_client_put(c->client);
    free(c);
}

/* Within the quota, and in the session already. */
static uint64_t
token_copy_add(struct lsa_client *client, struct lsa_token *t)
{
    struct token_copy *c = calloc(1, sizeof(*c));
    uint64_t number;

    if (!c)
        return 0;
    c->token = lsa_token_hold(t);
    c->client = lsa_client_get(client);
    number = handle_add(client->lsa->objects, LSA_HANDLE_TOKEN_COPY, client->owner, c,
                        token_copy_free);
    if (number)
        return number;
    lsa_token_put(t);
    lsa_client_put(client);
    free(c);
    return 0;
}

static NTSTATUS
token_copy_new(struct lsa_client *client, struct lsa_token *t, uint64_t *number)
{
    struct lsa_service *service = client->service;
    NTSTATUS s;

    if (!lsa_quota_take(&service->tokens, &service->max_tokens)) {
        (void)lsa_quota_refuse(service, "tokens (twice max_contexts)");
        return STATUS_QUOTA_EXCEEDED;
    }
    s = lsa_session_enter(client->lsa, t->logon_id, t, false);
    if (s == STATUS_SUCCESS) {
        *number = token_copy_add(client, t);
        if (*number)
            return STATUS_SUCCESS;
        lsa_session_leave(client->lsa, t->logon_id);
        s = STATUS_NO_MEMORY;
    }
    lsa_quota_give(&service->tokens);
    return s;
}

NTSTATUS
lsa_token_copy(struct lsa_call *call, struct lsa_token *t, HANDLE *out)
{
    struct lsa_range *range;
    struct view bytes;
    uint64_t number;
    NTSTATUS s;

    *out = NULL;
    /* A deletion has no reply in which a token could travel, hence no arena. */
    if (!call->arena || call->token_count == LSA_TOKENS_MAX)
        return STATUS_UNSUCCESSFUL;
    bytes = view_of(arena_copy(call->arena, token_view(t)), t->size);
    if (!bytes.p)
        return STATUS_NO_MEMORY;
    s = token_copy_new(call->client, t, &number);
    if (s != STATUS_SUCCESS)
        return s;
    range = &call->tokens[call->token_count++];
    *range = (struct lsa_range){ number, bytes };
    *out = (HANDLE)(uintptr_t)number;
    return STATUS_SUCCESS;
}

static struct lsa_token *
token_copy_find(struct lsa_client *client, uint64_t handle)
{
    struct handle_table *objects = client->lsa->objects;
    struct token_copy *c = handle_get(objects, handle, LSA_HANDLE_TOKEN_COPY, client->owner);
    struct lsa_token *t;

    if (!c)
        return NULL;
    t = lsa_token_hold(c->token);
    handle_put(objects, handle);
    return t;
}

void
lsa_token_copy_close(struct lsa_client *client, uint64_t handle)
{
    (void)handle_remove(client->lsa->objects, handle, LSA_HANDLE_TOKEN_COPY, client->owner);
}

status_t
lsa_token_resolve(struct lsa_call *call, uint64_t handle, struct view *out)
{
    struct lsa *l = call->client->lsa;
    struct lsa_token *t = token_copy_find(call->client, handle);
    struct token_snapshot facts;

    *out = view_of(NULL, 0);
    if (!t)
        return SEC_E_INVALID_HANDLE;
    if (token_snapshot_parse(token_view(t), &facts) == 0 && facts.mapping == TOKEN_PENDING)
        unix_user_put(unix_user_resolve(l->unix_users, facts.local_user));
    *out = lsa_token_remap(call->arena, l, token_view(t));
    lsa_token_put(t);
    return view_is_empty(*out) ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}

/* ---- whom the caller impersonates ------------------------------------------- */

/*
 * What a thread can act by (SetThreadToken's page): a primary token is of a process, and its
 * level, whatever it is, allows nothing.
 */
static bool
token_may_act(const struct lsa_token *t)
{
    struct token_snapshot facts;

    return token_snapshot_parse(token_view(t), &facts) == 0
           && facts.type == (uint32_t)TokenImpersonation
           && facts.level >= (uint32_t)SecurityImpersonation;
}

status_t
lsa_call_set_token(struct lsa_call *call, uint64_t handle)
{
    struct lsa_token *t = call->client ? token_copy_find(call->client, handle) : NULL;

    if (!t)
        return SEC_E_INVALID_HANDLE;
    if (!token_may_act(t)) {
        lsa_token_put(t);
        return SEC_E_NO_IMPERSONATION;
    }
    call->token = t;
    return SEC_E_OK;
}

void
lsa_call_end(struct lsa_call *call, bool drop)
{
    for (size_t i = 0; drop && i < call->token_count; i++)
        lsa_token_copy_close(call->client, call->tokens[i].address);
    if (drop)
        call->token_count = 0;
    lsa_token_put(call->token);
    call->token = NULL;
}
