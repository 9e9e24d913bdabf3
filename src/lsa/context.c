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

#include <stdlib.h>

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
    uint32_t use;                           /* SECPKG_CRED_INBOUND: accept; OUTBOUND: initialize */
    struct lsa_credential *credential;      /* referenced; NULL: none */
    struct lsa_context *context;            /* referenced and locked; NULL: first leg */
    const struct lsa_package *package;
    struct leg_rule rule;                   /* after the call */
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
    bool datagram = st->use == SECPKG_CRED_OUTBOUND && (st->leg->requirements & ISC_REQ_DATAGRAM);

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
        .held = c->held,
    };

    lsa_audit_abandon(&call, c->awaits_peer && call.attributes == 0);
    if (c->package->table.DeleteContext) {
        lsa_call_enter(&call, c->package);
        (void)c->package->table.DeleteContext(c->handle);
        lsa_call_leave(&call);
    }
    lsa_handshake_end(c);
    lsa_quota_give(&client->service->contexts);
    atomic_fetch_sub(&client->lsa->counters.contexts, 1);
    pthread_mutex_destroy(&c->lock);
    lsa_client_put(client);
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
        st->context =
            handle_get(client->lsa->objects, leg->context, LSA_HANDLE_CONTEXT, client->owner);
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
        if (st->call->held)
            st->context->held = st->call->held;
        st->call->held = NULL;
        pthread_mutex_unlock(&st->context->lock);
        handle_put(objects, st->leg->context);
    }
    free(st->call->held);
    st->call->held = NULL;
    if (st->credential)
        handle_put(objects, st->leg->credential);
}

/*
 * CHOICE: INBOUND for accepting and OUTBOUND for initiating is checked here, for every
 * package alike. So is the direction of a context: a package whose two kinds are
 * different structures would take one for the other.
 */
static status_t
leg_check_use(const struct leg_state *st)
{
    uint32_t have = st->context ? st->context->use : st->credential->use;

    return have & st->use ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

/* ---- quotas ----------------------------------------------------------- */

static status_t
leg_take_quota(const struct leg_state *st)
{
    struct lsa_client *client = st->call->client;
    struct lsa_service *s = client->service;

    /* On every leg: with contexts begun beforehand the limit would be theirs, not a minute's. */
    if (st->use == SECPKG_CRED_INBOUND && lsa_rate_is_exceeded(st->call))
        return lsa_quota_refuse(s, "failures_per_minute");
    if (st->context)
        return SEC_E_OK;
    if (!lsa_quota_take(&s->contexts, &s->max_contexts))
        return lsa_quota_refuse(s, "max_contexts");
    if (!lsa_quota_take(&s->half_open, &s->max_half_open)) {
        lsa_quota_give(&s->contexts);
        return lsa_quota_refuse(s, "max_half_open");
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
    st->new_handle = st->context ? st->context->handle : 0;
    st->call->mapped_package = NULL;
    if (st->context) {
        st->call->held = st->context->held;
        st->context->held = NULL;
    }
    lsa_outputs_init(&st->out->outputs, st->leg->output);
}

/* Whose user half maps the context: a package that negotiates hands it over (D17). */
static const struct lsa_package *
leg_mapping_package(const struct leg_state *st)
{
    return st->call->mapped_package ? st->call->mapped_package : st->package;
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
    if (st->use == SECPKG_CRED_INBOUND && t->AcceptLsaModeContext)
        s = t->AcceptLsaModeContext(credential, context, leg->input, leg->requirements,
                                    leg->data_rep, &st->new_handle, leg->output, &attributes,
                                    &st->expiry, &st->mapped, &st->out->context_data);
    else if (st->use == SECPKG_CRED_OUTBOUND && t->InitLsaModeContext)
        s = t->InitLsaModeContext(credential, context, leg->target, leg->requirements,
                                  leg->data_rep, leg->input, &st->new_handle, leg->output,
                                  &attributes, &st->expiry, &st->mapped, &st->out->context_data);
    lsa_call_leave(st->call);
    st->out->attributes = attributes;
    return s;
}

/* ---- after the call --------------------------------------------------- */

/*
 * Deletes what a first leg made and the application will not get a handle to. With
 * an error the package has deleted it itself, whatever number it left.
 */
static void
leg_drop_package_context(struct leg_state *st)
{
    if (st->context || !st->new_handle || st->rule.effect == EFFECT_FAIL
        || !st->package->table.DeleteContext)
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
    c->client = lsa_client_get(client);
    c->package = st->package;
    c->handle = st->new_handle;
    c->use = st->use;
    c->has_identity = st->credential && st->credential->has_identity;
    c->half_open = c->awaits_peer = half_open;
    c->deadline = filetime_boot_ms() + wait_ms;
    pthread_mutex_init(&c->lock, NULL);
    atomic_fetch_add(&client->lsa->counters.contexts, 1);
    if (!half_open) {
        lsa_quota_give(&client->service->half_open);
        return c;
    }
    atomic_fetch_add(&client->lsa->counters.half_open, 1);
    c->held = st->call->held;
    st->call->held = NULL;
    return c;
}

/* A first leg that did not fail: the application gets a handle. */
static status_t
leg_add_context(struct leg_state *st, bool half_open)
{
    struct lsa_client *client = st->call->client;
    struct lsa_context *c;

    if (!st->new_handle) {
        lsa_package_breach(st->package, "NewContextHandle is set on every status that is no error");
        leg_give_quota(st);
        return SEC_E_INTERNAL_ERROR;
    }
    c = context_new(st, half_open);
    if (!c) {
        leg_drop_package_context(st);
        leg_give_quota(st);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    st->out->context = half_open ? lsa_handshake_begin(c, context_free)
                                 : handle_add(client->lsa->objects, LSA_HANDLE_CONTEXT,
                                              client->owner, c, context_free);
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
    if (st->new_handle)
        st->context->handle = st->new_handle;
    st->new_handle = st->context->handle;
    st->out->context = st->leg->context;
    st->context->awaits_peer = half_open;
    if (!half_open)
        lsa_handshake_end(st->context);
}

/*
 * An error leg has a token only where the package made one (ASC_REQ_EXTENDED_ERROR,
 * SECBUFFER_MISSING).
 */
static void
leg_trim_outputs(struct leg_state *st)
{
    if (!(st->out->attributes & ASC_RET_EXTENDED_ERROR))
        lsa_outputs_trim(&st->out->outputs);
}

static bool
leg_memory_fits(const struct leg_state *st)
{
    const SecBuffer *data = &st->out->context_data;

    return lsa_outputs_fit(&st->out->outputs)
           && (!data->pvBuffer || lsa_heap_has(data->pvBuffer, data->cbBuffer));
}

/* The line that was held, or the one for a logon that the package did not report itself. */
static void
leg_audit(struct leg_state *st, NTSTATUS s)
{
    if (lsa_audit_release(st->call, s) || st->call->audited)
        return;
    lsa_call_enter(st->call, st->package);
    lsa_audit_logon(&(struct lsa_audit){ .status = s });
    lsa_call_leave(st->call);
}

/*
 * The application's own fault. The same call may be made again, and is then decided; of a first
 * leg all begins anew.
 */
static void
leg_lack_room(struct leg_state *st)
{
    if (st->context)
        st->context->awaits_peer = false;
    else
        lsa_audit_abandon(st->call, false);
}

static status_t
leg_fail(struct leg_state *st, NTSTATUS s)
{
    status_t mapped = status_map(s);

    leg_give_quota(st);
    leg_trim_outputs(st);
    if (mapped == SEC_E_BUFFER_TOO_SMALL) {
        leg_lack_room(st);
        return mapped;
    }
    /* What a package accepted and the negotiation around it did not is refused as well. */
    if (st->use == SECPKG_CRED_INBOUND && (mapped == SEC_E_LOGON_DENIED || st->call->held)) {
        lsa_rate_add(st->call);
        atomic_fetch_add(&st->call->client->lsa->counters.refused, 1);
        leg_audit(st, s);
    }
    return mapped;
}

static status_t
leg_abandon(struct leg_state *st, const char *rule)
{
    lsa_package_breach(st->package, rule);
    lsa_outputs_drop(&st->out->outputs);
    leg_drop_package_context(st);
    leg_give_quota(st);
    if (st->context)
        handle_remove(st->call->client->lsa->objects, st->leg->context, LSA_HANDLE_CONTEXT,
                      st->call->client->owner);
    return SEC_E_INTERNAL_ERROR;
}

static status_t
leg_succeed(struct leg_state *st, NTSTATUS s)
{
    bool half_open = st->rule.effect == EFFECT_CONTINUE;
    status_t added = SEC_E_OK;

    if (st->context)
        leg_refresh_context(st, half_open);
    else
        added = leg_add_context(st, half_open);
    if (added != SEC_E_OK) {
        lsa_outputs_drop(&st->out->outputs);
        return added;
    }
    if (st->use == SECPKG_CRED_INBOUND && st->rule.effect == EFFECT_COMPLETE) {
        atomic_fetch_add(&st->call->client->lsa->counters.accepted, 1);
        leg_audit(st, STATUS_SUCCESS);
    }
    st->out->mapped = st->mapped && st->rule.maps;
    st->out->package = leg_mapping_package(st);
    st->out->package_handle =
        st->call->mapped_package ? st->call->mapped_handle : st->new_handle;
    st->out->expiry = st->expiry.QuadPart;
    return status_map(s);
}

static status_t
leg_conclude(struct leg_state *st, NTSTATUS s)
{
    st->rule = leg_judge(st, s);
    if (!leg_memory_fits(st))
        return leg_abandon(st, "cbBuffer is at most what its block has");
    if (st->rule.effect == EFFECT_FAIL)
        return leg_fail(st, s);
    if (st->rule.effect == EFFECT_AGAIN) {
        /* The caller repeats the leg with the same context argument: on a first leg, with none. */
        leg_drop_package_context(st);
        leg_give_quota(st);
        leg_trim_outputs(st);
        return s;
    }
    /* CHOICE: an error rather than FALSE: an unusable "established" context helps nobody. */
    if (st->mapped && st->rule.maps && leg_mapping_package(st)->module->user_module[0] == '\0')
        return leg_abandon(st, "MappedContext is TRUE only where there is a user half");
    return leg_succeed(st, s);
}

static status_t
leg_run(struct lsa_call *call, const struct lsa_leg *leg, uint32_t use, struct lsa_leg_result *out)
{
    struct leg_state st = { .call = call, .leg = leg, .out = out, .use = use };
    status_t s;

    *out = (struct lsa_leg_result){ 0 };
    if (leg->output->cBuffers > LSA_OUTPUTS_MAX)
        return SEC_E_INVALID_PARAMETER;
    if (!leg->context)
        lsa_lockout_tick_if_due(call->client->lsa);
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
    return leg_run(call, leg, SECPKG_CRED_OUTBOUND, out);
}

status_t
lsa_context_accept(struct lsa_call *call, const struct lsa_leg *leg, struct lsa_leg_result *out)
{
    return leg_run(call, leg, SECPKG_CRED_INBOUND, out);
}

void
lsa_leg_result_wipe(struct lsa_leg_result *r)
{
    lsa_heap_free(r->context_data.pvBuffer);
    lsa_outputs_wipe(&r->outputs);
    *r = (struct lsa_leg_result){ 0 };
}
