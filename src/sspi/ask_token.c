/*
 * The calls about tokens and SIDs (calls.def): twin of src/answer/answer_token.c.
 * Runs in the application.
 */
#include "sspi/ask.h"

status_t
ask_resolve_token(struct ask *a, uint64_t token, struct view *snapshot)
{
    struct ipc_resolve_token_req req = { .token = token };
    struct ipc_resolve_token_rep rep;
    status_t st = ask_exchange(a, IPC_ID_resolve_token, &req, &rep);

    *snapshot = rep.snapshot;
    return st;
}

status_t
ask_lookup_sid(struct ask *a, struct view sid, struct ask_name *out)
{
    struct ipc_lookup_sid_req req = { .sid = sid };
    struct ipc_lookup_sid_rep rep;
    status_t st = ask_exchange(a, IPC_ID_lookup_sid, &req, &rep);

    *out = (struct ask_name){ sid, rep.name, rep.domain, rep.use };
    return st;
}

status_t
ask_lookup_name(struct ask *a, const char16_t *name, struct ask_name *out)
{
    struct ipc_lookup_name_req req = { .name = ask_text(name) };
    struct ipc_lookup_name_rep rep;
    status_t st = ask_exchange(a, IPC_ID_lookup_name, &req, &rep);

    *out = (struct ask_name){ rep.sid, req.name, rep.domain, rep.use };
    return st;
}
