/*
 * hello: begins or joins a session on a connection (calls.def, hello).
 *
 * Runs in the application, below the other calls: the transport sends it when it
 * opens a connection, so it is built and parsed here, and carried there.
 */
#include "sspi/ask.h"

#include "winerror.h"

uint64_t
ask_id_next(void)
{
    static atomic_uint_fast64_t last;

    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

status_t
ask_hello_build(struct wr *w, struct view cookie, uint64_t *id)
{
    struct ipc_call_req common;
    struct ipc_hello_req req;
    struct ipc_prefix prefix = { IPC_ID_hello, ask_id_next(), 0 };

    memset(&common, 0, sizeof(common));
    memset(&req, 0, sizeof(req));
    req.version = IPC_VERSION;
    req.session = cookie;
    *id = prefix.id;
    return ipc_message_build(w, &prefix, &ipc_call_req_layout, &common, &ipc_hello_req_layout,
                             &req);
}

status_t
ask_hello_parse(struct view message, uint64_t id, struct ipc_hello_rep *rep)
{
    struct ipc_call_rep common;
    struct ipc_prefix prefix;
    status_t st = ipc_prefix_parse(message, &prefix);

    if (st != SEC_E_OK || prefix.call != IPC_ID_hello || prefix.id != id)
        return SEC_E_INTERNAL_ERROR;
    if (prefix.status < 0)
        return prefix.status;
    st = ipc_message_parse(message, &ipc_call_rep_layout, &common, &ipc_hello_rep_layout, rep);
    /* One version exists; a later authority that speaks it answers with 1. */
    if (st != SEC_E_OK || rep->version != IPC_VERSION)
        return SEC_E_INTERNAL_ERROR;
    return SEC_E_OK;
}

status_t
ask_reply_check(struct view request, struct view reply)
{
    struct ipc_prefix sent, came;

    if (ipc_prefix_parse(request, &sent) != SEC_E_OK || ipc_prefix_parse(reply, &came) != SEC_E_OK)
        return SEC_E_INTERNAL_ERROR;
    if (sent.call != came.call || sent.id != came.id)
        return SEC_E_INTERNAL_ERROR;
    return SEC_E_OK;
}
