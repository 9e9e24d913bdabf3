/*
 * The calls on contexts (calls.def): twin of src/answer/answer_context.c.
 *
 * Runs in the application. initialize_context and accept_context are two messages
 * whose replies have the same fields; both are unpacked into one structure, since
 * what follows (context.c) is the same for initiator and acceptor.
 */
#include "sspi/ask.h"

/*
 * The fields that both messages have. Their structures are generated and have no
 * type in common, so these are macros.
 */
#define LEG_PACK(req, leg)                                                                        \
    do {                                                                                          \
        (req).credential = (leg)->credential;                                                     \
        (req).context = (leg)->context;                                                           \
        (req).requirements = (leg)->requirements;                                                 \
        (req).data_rep = (leg)->data_rep;                                                         \
        (req).input = (leg)->input;                                                               \
        (req).output = (leg)->output;                                                             \
        (req).format_lowest = (leg)->format_lowest;                                               \
        (req).format_highest = (leg)->format_highest;                                             \
        (req).formats = (leg)->formats;                                                           \
    } while (0)

#define LEG_UNPACK(out, rep)                                                                      \
    (*(out) = (struct ask_leg_result){                                                            \
        .context = (rep).context, .output = (rep).output, .input = (rep).input,                   \
        .attributes = (rep).attributes, .expiry = (rep).expiry, .mapped = (rep).mapped != 0,      \
        .context_data = (rep).context_data, .context_data_type = (rep).context_data_type,         \
        .package = (rep).package, .package_handle = (rep).package_handle,                         \
    })

status_t
ask_initialize_context(struct ask *a, const struct ask_leg *leg, struct ask_leg_result *out)
{
    struct ipc_initialize_context_req req;
    struct ipc_initialize_context_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    LEG_PACK(req, leg);
    req.target = ask_text(leg->target);
    req.client_answer = leg->client_answer;
    req.client_has_none = leg->client_has_none;
    st = ask_exchange(a, IPC_ID_initialize_context, &req, &rep);
    LEG_UNPACK(out, rep);
    out->need = (struct ask_need){ rep.need_package, rep.need_kind, rep.need_flags,
                                   rep.need_target };
    return st;
}

status_t
ask_accept_context(struct ask *a, const struct ask_leg *leg, struct ask_leg_result *out)
{
    struct ipc_accept_context_req req;
    struct ipc_accept_context_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    LEG_PACK(req, leg);
    st = ask_exchange(a, IPC_ID_accept_context, &req, &rep);
    LEG_UNPACK(out, rep);
    return st;
}

status_t
ask_delete_context(struct ask *a, uint64_t context)
{
    struct ipc_delete_context_req req;
    struct ipc_delete_context_rep rep;

    memset(&req, 0, sizeof(req));
    req.context = context;
    return ask_exchange(a, IPC_ID_delete_context, &req, &rep);
}

status_t
ask_apply_control_token(struct ask *a, uint64_t context, const struct ipc_buffers *input)
{
    struct ipc_apply_control_token_req req;
    struct ipc_apply_control_token_rep rep;

    memset(&req, 0, sizeof(req));
    req.context = context;
    req.input = *input;
    return ask_exchange(a, IPC_ID_apply_control_token, &req, &rep);
}

status_t
ask_query_context(struct ask *a, uint64_t context, uint32_t attribute, struct view *value)
{
    struct ipc_query_context_req req;
    struct ipc_query_context_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    req.context = context;
    req.attribute = attribute;
    st = ask_exchange(a, IPC_ID_query_context, &req, &rep);
    *value = rep.value;
    return st;
}

status_t
ask_set_context(struct ask *a, uint64_t context, uint32_t attribute, struct view value)
{
    struct ipc_set_context_req req;
    struct ipc_set_context_rep rep;

    memset(&req, 0, sizeof(req));
    req.context = context;
    req.attribute = attribute;
    req.value = value;
    return ask_exchange(a, IPC_ID_set_context, &req, &rep);
}
