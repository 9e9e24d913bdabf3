/*
 * Credential handles: AcquireCredentialsHandle and its like, dispatched to
 * the package's slots 12 to 17, 25 and 28.
 */
#include "lsa/lsa_internal.h"

#include "base/log.h"

#include <stdlib.h>

static UNICODE_STRING *
credential_string(UNICODE_STRING *copy, const UNICODE_STRING *s)
{
    if (!s)
        return NULL;
    *copy = *s;
    return copy;
}

/* An address of the client: opaque to the authority, read by CopyFromClientBuffer only. */
static void *
credential_address(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

/* Undoes credential_new(): the package has nothing of it, or no more. */
static void
credential_drop(struct lsa_credential *c)
{
    lsa_quota_give(&c->client->service->credentials);
    atomic_fetch_sub(&c->client->lsa->counters.credentials, 1);
    lsa_client_put(c->client);
    free(c);
}

static void
credential_free(void *object)
{
    struct lsa_credential *c = object;
    struct lsa_call call = {
        .client = c->client,
        .attributes = atomic_load(&c->client->leaving) ? SECPKG_CALL_CLEANUP : 0,
    };

    if (c->package->table.FreeCredentialsHandle) {
        lsa_call_enter(&call, c->package);
        (void)c->package->table.FreeCredentialsHandle(c->handle);
        lsa_call_leave(&call);
    }
    credential_drop(c);
}

/* Another session's credentials are for trusted callers only. */
static status_t
credential_check_logon(const struct lsa_call *call, const LUID *logon_id)
{
    LUID mine = lsa_call_logon_id(call);
    bool own = !logon_id || (logon_id->LowPart == mine.LowPart
                             && logon_id->HighPart == mine.HighPart);

    return own || lsa_call_is_tcb(call) ? SEC_E_OK : SEC_E_NOT_OWNER;
}

/* The package's slot 12, with the results in c and expiry. */
static NTSTATUS
credential_dispatch(struct lsa_call *call, struct lsa_credential *c, const struct lsa_acquire *in,
                    TimeStamp *expiry)
{
    UNICODE_STRING principal;
    LUID logon_id = in->logon_id ? *in->logon_id : (LUID){ 0 };
    NTSTATUS s;

    lsa_call_enter(call, c->package);
    s = c->package->table.AcquireCredentialsHandleW(
        credential_string(&principal, in->principal), in->use, in->logon_id ? &logon_id : NULL,
        credential_address(in->auth_data), credential_address(in->get_key_fn),
        credential_address(in->get_key_argument), &c->handle, expiry);
    lsa_call_leave(call);
    return s;
}

static struct lsa_credential *
credential_new(struct lsa_client *client, const struct lsa_package *package,
               const struct lsa_acquire *in)
{
    struct lsa_credential *c;

    if (!lsa_quota_take(&client->service->credentials, &client->service->max_credentials)) {
        (void)lsa_quota_refuse(client->service, "max_credentials");
        return NULL;
    }
    c = calloc(1, sizeof(*c));
    if (!c) {
        lsa_quota_give(&client->service->credentials);
        return NULL;
    }
    c->client = lsa_client_get(client);
    c->package = package;
    c->use = in->use;
    c->has_identity = in->auth_data != 0;
    atomic_fetch_add(&client->lsa->counters.credentials, 1);
    return c;
}

status_t
lsa_credential_acquire(struct lsa_call *call, const struct lsa_package *package,
                       const struct lsa_acquire *in, uint64_t *handle, int64_t *expiry)
{
    struct lsa_credential *c;
    TimeStamp end = { 0 };
    NTSTATUS s;

    if (!package->table.AcquireCredentialsHandleW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    s = credential_check_logon(call, in->logon_id);
    if (s != SEC_E_OK)
        return s;
    c = credential_new(call->client, package, in);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    s = credential_dispatch(call, c, in, &end);
    if (!NT_SUCCESS(s)) {
        credential_drop(c);
        return status_map(s);
    }
    *handle = handle_add(call->client->lsa->objects, LSA_HANDLE_CREDENTIAL, call->client->owner, c,
                         credential_free);
    if (!*handle) {
        credential_free(c);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *expiry = end.QuadPart;
    return status_map(s);
}

struct lsa_credential *
lsa_credential_get(struct lsa_client *c, uint64_t handle)
{
    return handle_get(c->lsa->objects, handle, LSA_HANDLE_CREDENTIAL, c->owner);
}

status_t
lsa_credential_add(struct lsa_call *call, uint64_t handle, const UNICODE_STRING *package,
                   const struct lsa_acquire *in, int64_t *expiry)
{
    struct lsa_credential *c = lsa_credential_get(call->client, handle);
    UNICODE_STRING principal, name = *package;
    TimeStamp end = { 0 };
    NTSTATUS s = SEC_E_UNSUPPORTED_FUNCTION;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (c->package->table.AddCredentialsW) {
        lsa_call_enter(call, c->package);
        s = c->package->table.AddCredentialsW(
            c->handle, credential_string(&principal, in->principal), &name, in->use,
            credential_address(in->auth_data), credential_address(in->get_key_fn),
            credential_address(in->get_key_argument), &end);
        lsa_call_leave(call);
    }
    handle_put(call->client->lsa->objects, handle);
    *expiry = end.QuadPart;
    return status_map(s);
}

status_t
lsa_credential_free(struct lsa_call *call, uint64_t handle)
{
    bool removed = handle_remove(call->client->lsa->objects, handle, LSA_HANDLE_CREDENTIAL,
                                 call->client->owner);

    return removed ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

status_t
lsa_credential_query(struct lsa_call *call, uint64_t handle, uint32_t attribute, void *value)
{
    struct lsa_credential *c = lsa_credential_get(call->client, handle);
    NTSTATUS s = SEC_E_UNSUPPORTED_FUNCTION;

    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (c->package->table.QueryCredentialsAttributesW) {
        lsa_call_enter(call, c->package);
        s = c->package->table.QueryCredentialsAttributesW(c->handle, attribute, value);
        lsa_call_leave(call);
    }
    handle_put(call->client->lsa->objects, handle);
    return status_map(s);
}

status_t
lsa_credential_set(struct lsa_call *call, uint64_t handle, uint32_t attribute, struct view value)
{
    void *copy = arena_copy(call->arena, value);
    struct lsa_credential *c;
    NTSTATUS s = SEC_E_UNSUPPORTED_FUNCTION;

    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    c = lsa_credential_get(call->client, handle);
    if (!c)
        return SEC_E_INVALID_HANDLE;
    if (c->package->table.SetCredentialsAttributesW) {
        lsa_call_enter(call, c->package);
        s = c->package->table.SetCredentialsAttributesW(c->handle, attribute, copy, (ULONG)value.n);
        lsa_call_leave(call);
    }
    handle_put(call->client->lsa->objects, handle);
    return status_map(s);
}

const struct lsa_package *
lsa_handle_package(struct lsa_client *client, uint64_t credential, uint64_t context,
                   bool *has_identity)
{
    const struct lsa_package *package = NULL;
    bool identity = false;
    const struct lsa_context *x;
    const struct lsa_credential *c;

    x = handle_get(client->lsa->objects, context, LSA_HANDLE_CONTEXT, client->owner);
    if (x) {
        package = x->package;
        identity = x->has_identity;
        handle_put(client->lsa->objects, context);
    } else if ((c = lsa_credential_get(client, credential)) != NULL) {
        package = c->package;
        identity = c->has_identity;
        handle_put(client->lsa->objects, credential);
    }
    if (has_identity)
        *has_identity = identity;
    return package;
}

status_t
lsa_password_change(struct lsa_call *call, const struct lsa_package *package,
                    UNICODE_STRING *domain, UNICODE_STRING *account, UNICODE_STRING *old_password,
                    UNICODE_STRING *new_password, bool impersonating, SecBufferDesc *output,
                    struct lsa_outputs *out)
{
    status_t mapped;
    NTSTATUS s;

    if (!package->table.ChangeAccountPasswordW)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (output->cBuffers > LSA_OUTPUTS_MAX)
        return SEC_E_INVALID_PARAMETER;
    /* An old password can be guessed here as well as by logons. */
    if (lsa_rate_is_exceeded(call))
        return lsa_quota_refuse(call->client->service, "failures_per_minute");
    lsa_outputs_init(out, output);
    lsa_call_enter(call, package);
    s = package->table.ChangeAccountPasswordW(domain, account, old_password, new_password,
                                              impersonating ? TRUE : FALSE, output);
    lsa_call_leave(call);
    /*
     * CHOICE: no SEC_E_ code says that the new password will not do, and the caller must know
     * that the old one was right: this NTSTATUS passes as it is.
     */
    mapped = s == STATUS_PASSWORD_RESTRICTION ? s : status_map(s);
    if (mapped == SEC_E_LOGON_DENIED)
        lsa_rate_add(call);
    if (!lsa_outputs_fit(out)) {
        lsa_package_breach(package, "cbBuffer of an output is at most the room that there was");
        lsa_outputs_drop(out);
        return SEC_E_INTERNAL_ERROR;
    }
    lsa_outputs_trim(out);
    return mapped;
}
