/* The calls about credentials: twins of src/sspi/ask_credential.c, in the order of calls.def. */
#include "answer/answer_internal.h"

#include "ipc/attribute.h"

/* Which permission a use of credentials needs. CHOICE: one that names no direction needs both. */
static uint32_t
credential_may(uint32_t use)
{
    uint32_t may = 0;

    if (!(use & SECPKG_CRED_BOTH))
        use = SECPKG_CRED_BOTH;
    if (use & SECPKG_CRED_INBOUND)
        may |= CONFIG_MAY_ACCEPT;
    if (use & SECPKG_CRED_OUTBOUND)
        may |= CONFIG_MAY_INITIATE;
    return may;
}

static bool
credential_get_luid(struct view v, LUID *room, const LUID **out)
{
    *out = NULL;
    if (!v.p)
        return true;
    if (v.n != sizeof(*room))
        return false;
    memcpy(room, v.p, sizeof(*room));
    *out = room;
    return true;
}

status_t
answer_acquire_credential(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_acquire_credential_req *q = request;
    struct ipc_acquire_credential_rep *p = reply;
    const struct lsa_package *package = lsa_package_find(r->authority->lsa, q->package);
    struct lsa_acquire in = {
        .use = q->use,
        .auth_data = q->auth_data,
        .get_key_fn = q->get_key_fn,
        .get_key_argument = q->get_key_argument,
    };
    UNICODE_STRING room, *principal;
    LUID luid;
    int64_t expiry = 0;
    status_t s;

    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!answer_string(r, q->principal, &room, &principal)
        || !credential_get_luid(q->logon_id, &luid, &in.logon_id))
        return SEC_E_INVALID_PARAMETER;
    if (!answer_service_check_may(r->session->service, credential_may(q->use))
        || !answer_service_check_package(r->session->service, package))
        return SEC_E_NOT_OWNER;
    in.principal = principal;
    s = lsa_credential_acquire(&r->call, package, &in, &p->credential, &expiry);
    p->expiry = (uint64_t)expiry;
    p->package = lsa_package_info(package).id;
    return s;
}

status_t
answer_free_credential(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_free_credential_req *q = request;

    (void)reply;
    return lsa_credential_free(&r->call, q->credential);
}

status_t
answer_add_credential(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_add_credential_req *q = request;
    struct ipc_add_credential_rep *p = reply;
    const struct lsa_package *added = lsa_package_find(r->authority->lsa, q->package);
    struct lsa_acquire in = {
        .use = q->use,
        .auth_data = q->auth_data,
        .get_key_fn = q->get_key_fn,
        .get_key_argument = q->get_key_argument,
    };
    UNICODE_STRING room, name_room, *principal, *name;
    int64_t expiry = 0;
    status_t s;

    if (!added)
        return SEC_E_SECPKG_NOT_FOUND;
    if (!answer_string(r, q->principal, &room, &principal)
        || !answer_string(r, q->package, &name_room, &name))
        return SEC_E_INVALID_PARAMETER;
    if (!answer_service_check_may(r->session->service, credential_may(q->use))
        || !answer_service_check_package(r->session->service, added))
        return SEC_E_NOT_OWNER;
    in.principal = principal;
    s = lsa_credential_add(&r->call, q->credential, name, &in, &expiry);
    p->expiry = (uint64_t)expiry;
    return s;
}

/* The structure travels as it is: its pointers are addresses in the client (D9). */
status_t
answer_query_credential(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_query_credential_req *q = request;
    struct ipc_query_credential_rep *p = reply;
    const struct attribute *a = attribute_find_credential(q->attribute);
    void *value = a ? arena_new(&r->arena, a->size) : NULL;
    status_t s;

    if (!a)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!value)
        return SEC_E_INSUFFICIENT_MEMORY;
    s = lsa_credential_query(&r->call, q->credential, q->attribute, value);
    if (s >= 0)
        p->value = view_of(value, a->size);
    return s;
}

status_t
answer_set_credential(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_set_credential_req *q = request;

    (void)reply;
    return lsa_credential_set(&r->call, q->credential, q->attribute, q->value);
}
