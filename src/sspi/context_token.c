/*
 * The tokens of a context (D10).
 *
 * Runs in the application. ContextData names tokens by numbers that the authority
 * chose; the user half repeats them. They mean something within their context
 * only, so two runs of the authority that chose the same number do no harm: what
 * the application sees are handles of our own table.
 */
#include "sspi/context.h"

#include "base/log.h"

/* Under tokens_lock. */
static struct sspi_context_token *
token_slot(struct sspi_context *c, uint64_t number)
{
    unsigned i;

    for (i = 0; number != 0 && i < c->token_count; i++)
        if (c->tokens[i].number == number)
            return &c->tokens[i];
    return NULL;
}

/* A borrowed HANDLE goes with its token. */
static void
token_slot_wipe(struct sspi_context *c, struct sspi_context_token *slot)
{
    if (slot->borrowed != NULL)
        sspi_token_withdraw(c->process, slot->borrowed);
    sspi_token_put(slot->token);
    *slot = (struct sspi_context_token){ 0, NULL, NULL };
}

struct sspi_token *
sspi_context_token(struct sspi_context *c, uint64_t number)
{
    struct sspi_context_token *slot;
    struct sspi_token *t;

    pthread_mutex_lock(&c->tokens_lock);
    slot = token_slot(c, number);
    t = slot == NULL ? NULL : sspi_token_hold(slot->token);
    pthread_mutex_unlock(&c->tokens_lock);
    return t;
}

bool
sspi_context_token_drop(struct sspi_context *c, uint64_t number)
{
    struct sspi_context_token *slot;

    pthread_mutex_lock(&c->tokens_lock);
    slot = token_slot(c, number);
    if (slot != NULL) {
        token_slot_wipe(c, slot);
        *slot = c->tokens[--c->token_count];
    }
    pthread_mutex_unlock(&c->tokens_lock);
    return slot != NULL;
}

bool
sspi_context_token_add(struct sspi_context *c, uint64_t number, struct sspi_token *t)
{
    struct sspi_context_token *slot;

    pthread_mutex_lock(&c->tokens_lock);
    slot = token_slot(c, number);
    if (slot != NULL)
        token_slot_wipe(c, slot);
    else if (c->token_count < SSPI_CONTEXT_TOKENS_MAX)
        slot = &c->tokens[c->token_count++];
    if (slot != NULL)
        *slot = (struct sspi_context_token){ number, sspi_token_hold(t), NULL };
    pthread_mutex_unlock(&c->tokens_lock);
    return slot != NULL;
}

HANDLE
sspi_context_token_borrow(struct sspi_context *c, uint64_t number)
{
    struct sspi_context_token *slot;
    HANDLE h = NULL;

    pthread_mutex_lock(&c->tokens_lock);
    slot = token_slot(c, number);
    if (slot != NULL) {
        if (slot->borrowed == NULL)
            slot->borrowed = sspi_token_publish(c->process, slot->token, true);
        h = slot->borrowed;
    }
    pthread_mutex_unlock(&c->tokens_lock);
    return h;
}

status_t
sspi_context_tokens_take(struct sspi_context *c, const struct ask *a)
{
    const struct ipc_ranges *came = &a->came.tokens;
    uint32_t i;

    for (i = 0; i < came->count; i++) {
        struct sspi_token *t = sspi_token_new_known(c->process, a->session, came->v[i].address,
                                                    came->v[i].bytes);
        bool kept = t != NULL && sspi_context_token_add(c, came->v[i].address, t);

        sspi_token_put(t);
        if (!kept) {
            log_error("reply", LOG_S("reason", "token not taken"));
            return SEC_E_INTERNAL_ERROR;
        }
    }
    return SEC_E_OK;
}

/* ---- who they are on this machine ---------------------------------------- */

/* One that is pending, with a reference; NULL: none (any more). *at: where to look on. */
static struct sspi_token *
token_pending(struct sspi_context *c, unsigned *at)
{
    struct sspi_token *t = NULL;

    pthread_mutex_lock(&c->tokens_lock);
    while (t == NULL && *at < c->token_count) {
        struct sspi_token *one = c->tokens[(*at)++].token;

        if (one->facts.mapping == TOKEN_PENDING && one->origin != NULL)
            t = sspi_token_hold(one);
    }
    pthread_mutex_unlock(&c->tokens_lock);
    return t;
}

static struct sspi_token *
token_resolve(struct sspi_context *c, const struct sspi_token *t)
{
    struct sspi_token *known = NULL;
    struct view snapshot;
    struct ask a;
    status_t st;

    ask_init(&a, c->process, t->origin->session);
    st = ask_resolve_token(&a, t->origin->number, &snapshot);
    if (st == SEC_E_OK)
        known = sspi_token_new_like(t, snapshot);
    else
        log_warning("token", LOG_X("status", st),
                    LOG_S("reason", "the authority could not say who it is on this machine"));
    ask_wipe(&a);
    return known;
}

/* Unless the slot was given up meanwhile. HANDLEs that are out keep what they have. */
static void
token_replace(struct sspi_context *c, const struct sspi_token *old, struct sspi_token *new)
{
    unsigned i;

    pthread_mutex_lock(&c->tokens_lock);
    for (i = 0; i < c->token_count; i++) {
        if (c->tokens[i].token != old)
            continue;
        sspi_token_put(c->tokens[i].token);
        c->tokens[i].token = sspi_token_hold(new);
    }
    pthread_mutex_unlock(&c->tokens_lock);
}

void
sspi_context_tokens_resolve(struct sspi_context *c)
{
    unsigned at = 0;
    struct sspi_token *t;

    while ((t = token_pending(c, &at)) != NULL) {
        struct sspi_token *known = token_resolve(c, t);

        if (known != NULL)
            token_replace(c, t, known);
        sspi_token_put(known);
        sspi_token_put(t);
    }
}

void
sspi_context_tokens_wipe(struct sspi_context *c)
{
    pthread_mutex_lock(&c->tokens_lock);
    while (c->token_count > 0)
        token_slot_wipe(c, &c->tokens[--c->token_count]);
    pthread_mutex_unlock(&c->tokens_lock);
}
