/*
 * The calls on credentials (calls.def): twin of src/answer/answer_credential.c.
 *
 * Runs in the application. Pointers of the caller travel as numbers; the bytes
 * behind them go along in ask.with.memory, where identity.c has gathered them.
 */
#include "sspi/ask.h"

static uint64_t
address_of(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

status_t
ask_acquire_credential(struct ask *a, const struct ask_acquire *in,
                       struct ipc_acquire_credential_rep *rep)
{
    struct ipc_acquire_credential_req req;

    memset(&req, 0, sizeof(req));
    req.principal = ask_text(in->principal);
    req.package = ask_text(in->package);
    req.use = in->use;
    if (in->logon_id != NULL)
        req.logon_id = view_of(in->logon_id, sizeof(*in->logon_id));
    req.auth_data = address_of(in->auth_data);
    req.get_key_fn = (uint64_t)(uintptr_t)in->get_key_fn;
    req.get_key_argument = address_of(in->get_key_argument);
    return ask_exchange(a, IPC_ID_acquire_credential, &req, rep);
}

status_t
ask_free_credential(struct ask *a, uint64_t credential)
{
    struct ipc_free_credential_req req;
    struct ipc_free_credential_rep rep;

    memset(&req, 0, sizeof(req));
    req.credential = credential;
    return ask_exchange(a, IPC_ID_free_credential, &req, &rep);
}

status_t
ask_add_credential(struct ask *a, uint64_t credential, const struct ask_acquire *in,
                   uint64_t *expiry)
{
    struct ipc_add_credential_req req;
    struct ipc_add_credential_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    req.credential = credential;
    req.principal = ask_text(in->principal);
    req.package = ask_text(in->package);
    req.use = in->use;
    req.auth_data = address_of(in->auth_data);
    req.get_key_fn = (uint64_t)(uintptr_t)in->get_key_fn;
    req.get_key_argument = address_of(in->get_key_argument);
    st = ask_exchange(a, IPC_ID_add_credential, &req, &rep);
    *expiry = rep.expiry;
    return st;
}

status_t
ask_query_credential(struct ask *a, uint64_t credential, uint32_t attribute, struct view *value)
{
    struct ipc_query_credential_req req;
    struct ipc_query_credential_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    req.credential = credential;
    req.attribute = attribute;
    st = ask_exchange(a, IPC_ID_query_credential, &req, &rep);
    *value = rep.value;
    return st;
}

status_t
ask_set_credential(struct ask *a, uint64_t credential, uint32_t attribute, struct view value)
{
    struct ipc_set_credential_req req;
    struct ipc_set_credential_rep rep;

    memset(&req, 0, sizeof(req));
    req.credential = credential;
    req.attribute = attribute;
    req.value = value;
    return ask_exchange(a, IPC_ID_set_credential, &req, &rep);
}
