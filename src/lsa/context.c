/*
 * One leg of a handshake: the way from AcceptSecurityContext or
 * InitializeSecurityContext into the package and back, parameter by parameter
 * as Microsoft's pages for SpAcceptLsaModeContext and SpInitLsaModeContext say.
 *
 * Order: resolve handles, take quotas, prepare every out-parameter, call, judge
 * the status by a table, and only then make or refresh the application's handle.
 * What the pages leave open is marked CHOICE.
 */
#include "lsa/lsa_internal.h"

#include "base/filetime.h"
#include "base/log.h"

#include <stdlib.h>

enum leg_role { LEG_INITIATE, LEG_ACCEPT };

/* What a status of a package means for the context. */
enum leg_effect {
    EFFECT_COMPLETE,        /* established */
    EFFECT_CONTINUE,        /* another leg will come */
    EFFECT_AGAIN,           /* the same leg again, with more input: no change */
    EFFECT_FAIL,
};

struct leg_rule {
    NTSTATUS status;
    enum leg_effect effect;
    bool maps;              /* MappedContext TRUE is honoured (D14) */
};

/*
 * A package that reads the page literally sets MappedContext on every leg, so it
 * counts only where the context can be used afterwards: at completion, where
 * CompleteAuthToken (a user-mode function) has to work on it, and where messages
 * may be protected early.
 */
static const struct leg_rule leg_rules[] = {
    { STATUS_SUCCESS, EFFECT_COMPLETE, true },
    { SEC_I_LOCAL_LOGON, EFFECT_COMPLETE, true },
    { SEC_I_COMPLETE_NEEDED, EFFECT_COMPLETE, true },
    { SEC_I_COMPLETE_AND_CONTINUE, EFFECT_CONTINUE, true },
    { SEC_I_CONTINUE_NEEDED_MESSAGE_OK, EFFECT_CONTINUE, true },
    { SEC_I_CONTINUE_NEEDED, EFFECT_CONTINUE, false },
    { SEC_I_MESSAGE_FRAGMENT, EFFECT_CONTINUE, false },
    { SEC_I_SIGNATURE_NEEDED, EFFECT_CONTINUE, false },
    { SEC_I_INCOMPLETE_CREDENTIALS, EFFECT_CONTINUE, false },
    { SEC_E_INCOMPLETE_MESSAGE, EFFECT_AGAIN, false },
};

/* Everything about the leg that is under way. */
struct leg_state {
    struct lsa_call *call;
    const struct lsa_leg *leg;
    struct lsa_leg_result *out;
    enum leg_role role;
    struct lsa_credential *credential;      /* referenced; NULL: none */
    struct lsa_context *context;            /* referenced and locked; NULL: first leg */
    const struct lsa_package *package;
    uint32_t room[LSA_OUTPUTS_MAX];         /* cbBuffer of the outputs before the call */
    LSA_SEC_HANDLE new_handle;
    BOOLEAN mapped;
    TimeStamp expiry;
};

static struct leg_rule
leg_rule_find(NTSTATUS s)
{
    for (size_t i = 0; i < sizeof(leg_rules) / sizeof(leg_rules[0]); i++) {
        if (leg_rules[i].status == s)
            return leg_rules[i];
    }
    /* Other informational statuses pass NT_SUCCESS(), so they mean success. */
    return NT_SUCCESS(s) ? leg_rules[0] : (struct leg_rule){ s, EFFECT_FAIL, false };
}

static struct leg_rule
leg_judge(const struct leg_state *st, NTSTATUS s)
{
    struct leg_rule rule = leg_rule_find(s);
    bool datagram = st->role == LEG_INITIATE && (st->leg->requirements & ISC_REQ_DATAGRAM);

    /* A datagram initiator protects messages before anything has come back. */
    if (datagram && s == SEC_I_CONTINUE_NEEDED)
        rule.maps = true;
    return rule;
}

/* ---- handles ---------------------------------------------------------- */

/* The end of a context, whoever drops the last reference. */
static void
context_free(void *object)
{
    struct lsa_context *c = object;
    struct lsa_client *client = c->client;
    struct lsa_call call = {
        .client = client,
        .attributes = atomic_load(&client->leaving) ? SECPKG_CALL_CLEANUP : 0,
    };

    if (c->package->table.DeleteContext) {
        lsa_call_enter(&call, c->package);
        (void)c->package->table.DeleteContext(c->handle);
        lsa_call_leave(&call);
    }
    if (atomic_load(&c->half_open)) {
        lsa_quota_give(&client->service->half_open);
        atomic_fetch_sub(&client->lsa->counters.half_open, 1);
    }
    lsa_quota_give(&client->service->contexts);
    atomic_fetch_sub(&client->lsa->counters.contexts, 1);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static status_t
leg_resolve(struct leg_state *st)
{
    struct lsa_client *client = st->call->client;
    const struct lsa_leg *leg = st->leg;

    if (leg->credential) {
        st->credential = lsa_credential_get(client, leg->credential);
        if (!st->credential)
            return SEC_E_INVALID_HANDLE;
        st->package = st->credential->package;
    }
    if (leg->context) {
        st->context = handle_get(client->lsa->objects, leg->context, LSA_HANDLE_CONTEXT, client->owner);
        if (!st->context)
            return SEC_E_INVALID_HANDLE;
        pthread_mutex_lock(&st->context->lock);
        st->package = st->context->package;     /* the context's package wins */
    }
    return st->package ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

static void
leg_release(struct leg_state *st)
{
    struct handle_table *objects = st->call->client->lsa->objects;

    if (st->context) {
        pthread_mutex_unlock(&st->context->lock);
        handle_put(objects, st->leg->context);
    }
    if (st->credential)
        handle_put(objects, st->leg->credential);
}

/* CHOICE: INBOUND for accepting and OUTBOUND for initiating is checked here, for every package alike. */
static status_t
leg_check_use(const struct leg_state *st)
{
    uint32_t need = st->role == LEG_ACCEPT ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;

    return st->context || (st->credential->use & need) ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/* ---- quotas of a first leg -------------------------------------------- */

static status_t
leg_refuse(const struct lsa_service *service, const char *key)
{
    log_warning("quota_exceeded", LOG_S("service", service->name), LOG_S("key", key));
    return SEC_E_INSUFFICIENT_MEMORY;
}

static status_t
leg_take_quota(const struct leg_state *st)
{
    struct lsa_client *client = st->call->client;
    struct lsa_service *s = client->service;

    if (st->context)
        return SEC_E_OK;
    if (st->role == LEG_ACCEPT && lsa_rate_is_exceeded(client))
        return leg_refuse(s, "failures_per_minute");
    if (!lsa_quota_take(&s->contexts, &s->max_contexts))
        return leg_refuse(s, "max_contexts");
    if (!lsa_quota_take(&s->half_open, &s->max_half_open)) {
        lsa_quota_give(&s->contexts);
        return leg_refuse(s, "max_half_open");
    }
    return SEC_E_OK;
}

static void
leg_give_quota(const struct leg_state *st)
{
    struct lsa_service *s = st->call->client->service;

    if (st->context)
        return;
    lsa_quota_give(&s->contexts);
    lsa_quota_give(&s->half_open);
}

/* ---- the call --------------------------------------------------------- */

static void
leg_prepare(struct leg_state *st)
{
    SecBufferDesc *output = st->leg->output;

    st->new_handle = st->context ? st->context->handle : 0;
    for (ULONG i = 0; i < output->cBuffers; i++) {
        st->room[i] = output->pBuffers[i].cbBuffer;
        st->out->output_room[i] = output->pBuffers[i].pvBuffer;
    }
    st->out->output = output;
}

/* A credential of another package than the context's would be a meaningless number to it. */
static LSA_SEC_HANDLE
leg_credential_handle(const struct leg_state *st)
{
    bool own = st->credential && st->credential->package == st->package;

    return own ? st->credential->handle : 0;
}

static NTSTATUS
leg_call(struct leg_state *st)
{
    const SECPKG_FUNCTION_TABLE *t = &st->package->table;
    const struct lsa_leg *leg = st->leg;
    LSA_SEC_HANDLE credential = leg_credential_handle(st);
    LSA_SEC_HANDLE context = st->context ? st->context->handle : 0;
    ULONG attributes = 0;
    NTSTATUS s = SEC_E_UNSUPPORTED_FUNCTION;

    lsa_call_enter(st->call, st->package);
    if (st->role == LEG_ACCEPT && t->AcceptLsaModeContext)
        s = t->AcceptLsaModeContext(credential, context, leg->input, leg->requirements,
                                    leg->data_rep, &st->new_handle, leg->output, &attributes,
                                    &st->expiry, &st->mapped, &st->out->context_data);
    else if (st->role == LEG_INITIATE && t->InitLsaModeContext)
        s = t->InitLsaModeContext(credential, context, leg->target, leg->requirements,
                                  leg->data_rep, leg->input, &st->new_handle, leg->output,
                                  &attributes, &st->expiry, &st->mapped, &st->out->context_data);
    lsa_call_leave(st->call);
    st->out->attributes = attributes;
    return s;
}

/* ---- after the call --------------------------------------------------- */

static void
leg_breach(const struct leg_state *st, const char *rule)
{
    log_error("contract_breach", LOG_S("package", st->package->name), LOG_S("rule", rule));
}

/* Deletes what a first leg made and the application will not get a handle to. */
static void
leg_drop_package_context(struct leg_state *st)
{
    if (st->context || !st->new_handle || !st->package->table.DeleteContext)
        return;
    lsa_call_enter(st->call, st->package);
    (void)st->package->table.DeleteContext(st->new_handle);
    lsa_call_leave(st->call);
}

static struct lsa_context *
context_new(const struct leg_state *st, bool half_open)
{
    struct lsa_client *client = st->call->client;
    int64_t wait_ms = 1000 * (int64_t)atomic_load(&client->service->handshake_seconds);
    struct lsa_context *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->client = client;
    c->package = st->package;
    c->handle = st->new_handle;
    c->half_open = half_open;
    c->deadline = filetime_boot_ms() + wait_ms;
    pthread_mutex_init(&c->lock, NULL);
    atomic_fetch_add(&client->lsa->counters.contexts, 1);
    if (half_open)
        atomic_fetch_add(&client->lsa->counters.half_open, 1);
    else
        lsa_quota_give(&client->service->half_open);
    return c;
}

/* A first leg that did not fail: the application gets a handle. */
static status_t
leg_add_context(struct leg_state *st, bool half_open)
{
    struct lsa_client *client = st->call->client;
    struct lsa_context *c;

    if (!st->new_handle) {
        leg_breach(st, "NewContextHandle is set on every status that is no error");
        leg_give_quota(st);
        return SEC_E_INTERNAL_ERROR;
    }
    c = context_new(st, half_open);
    if (!c) {
        leg_drop_package_context(st);
        leg_give_quota(st);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    st->out->context = handle_add(client->lsa->objects, LSA_HANDLE_CONTEXT, client->owner, c, context_free);
    if (!st->out->context) {
        context_free(c);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    return SEC_E_OK;
}

/* A later leg: the package may have replaced its number; the application's stays. */
static void
leg_refresh_context(struct leg_state *st, bool half_open)
{
    struct lsa_context *c = st->context;
    struct lsa_client *client = c->client;

    if (st->new_handle)
        c->handle = st->new_handle;
    st->out->context = st->leg->context;
    if (half_open || !atomic_exchange(&c->half_open, false))
        return;
    lsa_quota_give(&client->service->half_open);
    atomic_fetch_sub(&client->lsa->counters.half_open, 1);
}

/*
 * An error leg has a token only where the package made one (ASC_REQ_EXTENDED_ERROR,
 * SECBUFFER_MISSING): a buffer that it left alone still shows the room, which must
 * not travel as a message.
 */
static void
leg_trim_outputs(struct leg_state *st)
{
    SecBufferDesc *d = st->leg->output;

    for (ULONG i = 0; i < d->cBuffers; i++) {
        bool untouched = d->pBuffers[i].pvBuffer == st->out->output_room[i]
                         && d->pBuffers[i].cbBuffer == st->room[i];

        if (untouched && !(st->out->attributes & ASC_RET_EXTENDED_ERROR))
            d->pBuffers[i].cbBuffer = 0;
    }
}

/* A package must not say that it wrote more than there was room for. (MISSING counts no bytes of ours.) */
static bool
leg_outputs_fit(const struct leg_state *st)
{
    const SecBufferDesc *d = st->leg->output;

    for (ULONG i = 0; i < d->cBuffers; i++) {
        const SecBuffer *b = &d->pBuffers[i];
        bool counts = (b->BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_MISSING;

        if (counts && b->pvBuffer == st->out->output_room[i] && b->cbBuffer > st->room[i])
            return false;
    }
    return true;
}

static status_t
leg_fail(struct leg_state *st, NTSTATUS s)
{
    status_t mapped = lsa_status_map(s);

    leg_give_quota(st);
    leg_trim_outputs(st);
    if (st->role == LEG_ACCEPT && mapped == SEC_E_LOGON_DENIED) {
        lsa_rate_add(st->call->client);
        atomic_fetch_add(&st->call->client->lsa->counters.refused, 1);
        if (!st->call->audited)
            lsa_audit_logon(&(struct lsa_audit){ .status = s });
    }
    return mapped;
}

static status_t
leg_abandon(struct leg_state *st, const char *rule)
{
    leg_breach(st, rule);
    leg_drop_package_context(st);
    leg_give_quota(st);
    if (st->context)
        handle_remove(st->call->client->lsa->objects, st->leg->context, LSA_HANDLE_CONTEXT,
                      st->call->client->owner);
    return SEC_E_INTERNAL_ERROR;
}

static void
leg_count_accepted(const struct leg_state *st)
{
    atomic_fetch_add(&st->call->client->lsa->counters.accepted, 1);
    if (!st->call->audited)
        lsa_audit_logon(&(struct lsa_audit){ .status = STATUS_SUCCESS });
}

static status_t
leg_succeed(struct leg_state *st, NTSTATUS s, struct leg_rule rule)
{
    bool half_open = rule.effect == EFFECT_CONTINUE;
    status_t added = SEC_E_OK;

    if (st->context)
        leg_refresh_context(st, half_open);
    else
        added = leg_add_context(st, half_open);
    if (added != SEC_E_OK)
        return added;
    if (st->role == LEG_ACCEPT && rule.effect == EFFECT_COMPLETE)
        leg_count_accepted(st);
    st->out->mapped = st->mapped && rule.maps;
    st->out->package = st->package;
    st->out->package_handle = st->new_handle;
    st->out->expiry = st->expiry.QuadPart;
    return lsa_status_map(s);
}

static status_t
leg_conclude(struct leg_state *st, NTSTATUS s)
{
    struct leg_rule rule = leg_judge(st, s);
    bool maps = st->mapped && rule.maps;

    if (!leg_outputs_fit(st))
        return leg_abandon(st, "cbBuffer of an output is at most the room that there was");
    if (rule.effect == EFFECT_FAIL)
        return leg_fail(st, s);
    if (rule.effect == EFFECT_AGAIN) {
        /* The caller repeats the leg with the same context argument: on a first leg, with none. */
        leg_drop_package_context(st);
        leg_give_quota(st);
        leg_trim_outputs(st);
        return s;
    }
    /* CHOICE: an error rather than FALSE: an unusable "established" context helps nobody. */
    if (maps && st->package->module->user_module[0] == '\0')
        return leg_abandon(st, "MappedContext is TRUE only where there is a user half");
    return leg_succeed(st, s, rule);
}

static status_t
leg_run(struct lsa_call *call, const struct lsa_leg *leg, enum leg_role role, struct lsa_leg_result *out)
{
    struct leg_state st = { .call = call, .leg = leg, .out = out, .role = role };
    status_t s;

    *out = (struct lsa_leg_result){ 0 };
    if (leg->output->cBuffers > LSA_OUTPUTS_MAX)
        return SEC_E_INVALID_PARAMETER;
    s = leg_resolve(&st);
    if (s == SEC_E_OK)
        s = leg_check_use(&st);
    if (s == SEC_E_OK)
        s = leg_take_quota(&st);
    if (s == SEC_E_OK) {
        leg_prepare(&st);
        s = leg_conclude(&st, leg_call(&st));
        atomic_fetch_add(&call->client->lsa->counters.calls, 1);
    }
    leg_release(&st);
    if (!out->mapped) {                 /* ContextData is freed in every case */
        lsa_heap_free(out->context_data.pvBuffer);
        out->context_data = (SecBuffer){ 0 };
    }
    return s;
}

status_t
lsa_context_initialize(struct lsa_call *call, const struct lsa_leg *leg, struct lsa_leg_result *out)
{
    return leg_run(call, leg, LEG_INITIATE, out);
}

status_t
lsa_context_accept(struct lsa_call *call, const struct lsa_leg *leg, struct lsa_leg_result *out)
{
    return leg_run(call, leg, LEG_ACCEPT, out);
}

void
lsa_leg_result_wipe(struct lsa_leg_result *r)
{
    lsa_heap_free(r->context_data.pvBuffer);
    for (ULONG i = 0; r->output && i < r->output->cBuffers; i++) {
        if (r->output->pBuffers[i].pvBuffer != r->output_room[i])
            lsa_heap_free(r->output->pBuffers[i].pvBuffer);
    }
    *r = (struct lsa_leg_result){ 0 };
}
