/*
 * The answer to a call that was not made: because too many of its kind wait (D6),
 * or because no service allows the client (D1). The application must be able to tell
 * it from a refused logon, so it is never a status about the user.
 *
 * Runs in: lsad. Trusts nothing: of the request only the prefix is read.
 */
#include "lsad/busy.h"

#include <stdlib.h>

bool
lsad_busy_build(struct wr *reply, struct view request, status_t status)
{
    struct ipc_call_rep common = { 0 };
    struct ipc_prefix prefix;
    const struct ipc_call *call;
    void *body;
    status_t st;

    if (ipc_prefix_parse(request, &prefix) != 0 || (call = ipc_call_find(prefix.call)) == NULL)
        return false;
    body = calloc(1, call->reply->size);
    if (body == NULL)
        return false;
    prefix.status = status;
    st = ipc_message_build(reply, &prefix, &ipc_call_rep_layout, &common, call->reply, body);
    free(body);
    return st == 0;
}
