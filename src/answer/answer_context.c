/* The calls about contexts: twins of src/sspi/ask_context.c, in the order of calls.def. */
#include "answer/answer_internal.h"

#include "ipc/attribute.h"

#include "opensspi_host.h"

#define CONTEXT_VALUE_MAX (64 * 1024)

/* What both directions of a leg share; the two calls' structures differ in `target` only. */
struct leg_request {
    uint64_t credential, context;
    uint32_t requirements, data_rep;
    struct view target;
    const struct ipc_buffers *input, *output;
    uint32_t format_lowest, format_highest;
    struct view formats;
};

/* Where a leg's results go in either reply. */
struct leg_reply {
    uint64_t *context, *expiry, *package_handle;
    uint32_t *attributes, *mapped, *package, *data_type;
    struct view *context_data;
    struct ipc_buffers *output, *input;
};

typedef status_t leg_function(struct lsa_call *call, const struct lsa_leg *leg,
                              struct lsa_leg_result *out);

static void
leg_put_reply(struct answer_request *r, const struct leg_reply *p)
{
    const struct lsa_leg_result *leg = &r->leg;

    *p->context = leg->context;
    *p->attributes = leg->attributes;
    *p->expiry = (uint64_t)leg->expiry;
    *p->package_handle = leg->package_handle;
    *p->package = leg->package ? lsa_package_info(leg->package).id : 0;
    *p->mapped = leg->mapped;
    if (leg->mapped) {
        *p->data_type = leg->context_data.BufferType;
        *p->context_data = view_of(leg->context_data.pvBuffer, leg->context_data.cbBuffer);
    }
}

static status_t
leg_answer(struct answer_request *r, leg_function *run, const struct leg_request *q,
           const struct leg_reply *p)
{
    UNICODE_STRING room;
    struct lsa_leg leg = {
        .credential = q->credential,
        .context = q->context,
        .requirements = q->requirements,
        .data_rep = q->data_rep,
        .input = answer_buffers_in(r, q->input),
        .output = answer_buffers_room(r, q->output,
                                      (q->requirements & ASC_REQ_ALLOCATE_MEMORY) != 0),
    };
    status_t s;

    if (!leg.input || !leg.output)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!answer_string(r, q->target, &room, &leg.target))
        return SEC_E_INVALID_PARAMETER;
    r->call.format_lowest = q->format_lowest;
    r->call.format_highest = q->format_highest;
    r->call.formats = q->formats;
    s = run(&r->call, &leg, &r->leg);
    leg_put_reply(r, p);
    if (r->leg.outputs.desc) {                /* the package was called */
        answer_buffers_out(leg.output, p->output);
        answer_buffers_changed(leg.input, q->input, p->input);
    }
    return s;
}

/* NEED_CLIENT (D11): only a refusal for want of credentials can be mended by the client. */
static void
need_put(const struct lsa_need *need, struct ipc_initialize_context_rep *p)
{
    p->need_package = lsa_package_info(need->package).id;
    p->need_kind = need->kind;
    p->need_flags = need->flags;
    p->need_target = need->target;
}

status_t
answer_initialize_context(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_initialize_context_req *q = request;
    struct ipc_initialize_context_rep *p = reply;
    const struct leg_request in = {
        q->credential, q->context,  q->requirements, q->data_rep,      q->target,
        &q->input,     &q->output,  q->format_lowest, q->format_highest,
        q->formats,
    };
    const struct leg_reply out = {
        &p->context, &p->expiry,            &p->package_handle, &p->attributes, &p->mapped,
        &p->package, &p->context_data_type, &p->context_data,   &p->output,     &p->input,
    };

    status_t s;

    if (q->client_answer.n > OPENSSPI_CLIENT_ANSWER_MAX)
        return SEC_E_INVALID_PARAMETER;
    r->call.client_answer = q->client_answer;
    r->call.client_has_none = q->client_has_none != 0;
    s = leg_answer(r, lsa_context_initialize, &in, &out);
    if (s == SEC_E_NO_CREDENTIALS && r->call.need.package)
        need_put(&r->call.need, p);
    return s;
}

status_t
answer_accept_context(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_accept_context_req *q = request;
    struct ipc_accept_context_rep *p = reply;
    const struct leg_request in = {
        q->credential, q->context,  q->requirements, q->data_rep,      { NULL, 0 },
        &q->input,     &q->output,  q->format_lowest, q->format_highest,
        q->formats,
    };
    const struct leg_reply out = {
        &p->context, &p->expiry,            &p->package_handle, &p->attributes, &p->mapped,
        &p->package, &p->context_data_type, &p->context_data,   &p->output,     &p->input,
    };

    return leg_answer(r, lsa_context_accept, &in, &out);
}

status_t
answer_delete_context(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_delete_context_req *q = request;

    (void)reply;
    return lsa_context_delete(&r->call, q->context);
}

status_t
answer_apply_control_token(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_apply_control_token_req *q = request;
    SecBufferDesc *input = answer_buffers_in(r, &q->input);

    (void)reply;
    return input ? lsa_context_apply_token(&r->call, q->context, input) : SEC_E_INSUFFICIENT_MEMORY;
}

/* Flattens what the package filled, and frees its blocks. */
static status_t
context_put_value(struct answer_request *r, const struct attribute *a, void *value,
                  struct view *out)
{
    struct wr w = wr_init_heap(CONTEXT_VALUE_MAX);
    status_t s;

    attribute_put(&w, a, value);
    attribute_free(a, value, lsa_heap_free);
    s = wr_end(&w, SEC_E_INSUFFICIENT_MEMORY);
    if (s == SEC_E_OK) {
        *out = view_of(arena_copy(&r->arena, wr_written(&w)), w.len);
        if (!out->p)
            s = SEC_E_INSUFFICIENT_MEMORY;
    }
    wr_wipe(&w);
    return s;
}

status_t
answer_query_context(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_query_context_req *q = request;
    struct ipc_query_context_rep *p = reply;
    const struct attribute *a = attribute_find_context(q->attribute);
    void *value = a ? arena_new(&r->arena, a->size) : NULL;
    status_t s;

    if (!a)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!value)
        return SEC_E_INSUFFICIENT_MEMORY;
    s = lsa_context_query(&r->call, q->context, q->attribute, value);
    if (s >= 0 && context_put_value(r, a, value, &p->value) != SEC_E_OK)
        return SEC_E_INSUFFICIENT_MEMORY;
    return s;
}

status_t
answer_set_context(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_set_context_req *q = request;

    (void)reply;
    return lsa_context_set(&r->call, q->context, q->attribute, q->value);
}

status_t
answer_change_password(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_change_password_req *q = request;
    struct ipc_change_password_rep *p = reply;
    const struct lsa_package *package = lsa_package_find(r->authority->lsa, q->package);
    SecBufferDesc *output = answer_buffers_room(r, &q->output, false);
    UNICODE_STRING room[4], *domain, *account, *old_password, *new_password;
    status_t s;

    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!output)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!answer_string(r, q->domain, &room[0], &domain)
        || !answer_string(r, q->account, &room[1], &account)
        || !answer_string(r, q->old_password, &room[2], &old_password)
        || !answer_string(r, q->new_password, &room[3], &new_password))
        return SEC_E_INVALID_PARAMETER;
    if (!answer_service_check_package(r->session->service, package))
        return SEC_E_NOT_OWNER;
    s = lsa_password_change(&r->call, package, domain, account, old_password, new_password,
                            q->impersonating != 0, output, &r->leg.outputs);
    if (r->leg.outputs.desc)            /* the package was called */
        answer_buffers_out(output, &p->output);
    return s;
}
