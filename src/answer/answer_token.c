/* The calls about tokens and SIDs: twins of src/sspi/ask_token.c, in the order of calls.def. */
#include "answer/answer_internal.h"

status_t
answer_resolve_token(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_resolve_token_req *q = request;
    struct ipc_resolve_token_rep *p = reply;

    return lsa_token_resolve(&r->call, q->token, &p->snapshot);
}

status_t
answer_lookup_sid(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_lookup_sid_req *q = request;
    struct ipc_lookup_sid_rep *p = reply;
    struct lsa_name found;
    status_t s = lsa_lookup_sid(&r->call, q->sid, &found);

    if (s == SEC_E_OK && found.use != 0) {
        p->name = found.name;
        p->domain = found.domain;
        p->use = found.use;
    }
    return s;
}

status_t
answer_lookup_name(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_lookup_name_req *q = request;
    struct ipc_lookup_name_rep *p = reply;
    struct lsa_name found;
    status_t s = lsa_lookup_name(&r->call, q->name, &found);
    uint8_t *sid;

    if (s != SEC_E_OK || found.use == 0)
        return s;
    sid = arena_copy(&r->arena, sid_view(&found.sid));
    if (!sid)
        return SEC_E_INSUFFICIENT_MEMORY;
    p->sid = view_of(sid, found.sid.n);
    p->domain = found.domain;
    p->use = found.use;
    return s;
}
