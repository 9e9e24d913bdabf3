/*
 * Credentials (sspi.h, "AcquireCredentialsHandle").
 *
 * Runs in the application, and holds no secret: auth data goes to the authority
 * and is not kept. So a credential outlives a restart of lsad only where it can
 * be acquired again without any: a server's INBOUND default, above all.
 */
#include "sspi/credential.h"

#include "base/log.h"
#include "base/str16.h"
#include "sspi/auth_identity.h"
#include "sspi/impersonate.h"
#include "sspi/memory.h"

#include <stdlib.h>

static char16_t *
text_copy(const char16_t *s)
{
    size_t n = (str16_length(s) + 1) * sizeof(*s);
    char16_t *copy = malloc(n);

    if (copy != NULL)
        memcpy(copy, s, n);
    return copy;
}

/* Nobody else has a reference; the authority is told last. */
static void
credential_free(void *object)
{
    struct sspi_credential *c = object;
    struct sspi_binding *b = atomic_load(&c->binding);
    struct ask a;

    if (b != NULL) {
        ask_init(&a, c->process, b->session);
        /* Whatever it says, the handle is gone here; of a lost session it is gone there. */
        if (ask_free_credential(&a, b->remote) != SEC_E_OK && !a.lost)
            log_info("credential", LOG_S("reason", "the authority could not free it"));
        ask_wipe(&a);
    }
    while (b != NULL) {
        struct sspi_binding *older = b->older;

        free(b);
        b = older;
    }
    pthread_mutex_destroy(&c->lock);
    free(c->principal);
    free(c->package);
    free(c);
}

static struct sspi_credential *
credential_new(struct sspi_process *p, const struct ask_acquire *in)
{
    struct sspi_credential *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    c->process = p;
    pthread_mutex_init(&c->lock, NULL);
    c->use = in->use;
    /* A client's, whom a thread acted for, cannot be asked for again as the process. */
    c->renewable = in->auth_data == NULL && in->get_key_fn == NULL && sspi_impersonated() == NULL;
    if (in->logon_id != NULL) {
        c->has_logon_id = true;
        c->logon_id = *in->logon_id;
    }
    c->package = text_copy(in->package);
    if (in->principal != NULL)
        c->principal = text_copy(in->principal);
    if (c->package == NULL || (in->principal != NULL && c->principal == NULL)) {
        credential_free(c);
        return NULL;
    }
    return c;
}

/*
 * A thread that acts for a client asks for the client's own credentials, in the session that
 * knows his token; with credentials of the caller's choice it needs none.
 */
static uint64_t
credential_session(const struct ask_acquire *in)
{
    const struct sspi_token *acting = sspi_impersonated();

    return acting == NULL || in->auth_data != NULL ? 0 : acting->origin->session;
}

/* The client's are wanted, and the authority does not know him. */
static bool
credential_is_nobodys(const struct ask_acquire *in)
{
    const struct sspi_token *acting = sspi_impersonated();

    return acting != NULL && acting->origin == NULL && in->auth_data == NULL;
}

/* Acquires in the session (0: the current one) and binds to it. */
static status_t
credential_bind(struct sspi_credential *c, const struct ask_acquire *in, bool ansi,
                const struct ipc_ranges *memory, uint64_t session, int64_t *expiry)
{
    struct ipc_acquire_credential_rep rep;
    struct sspi_binding *b = calloc(1, sizeof(*b));
    struct ask a;
    status_t st;

    if (b == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    ask_init(&a, c->process, session);
    a.with.memory = *memory;
    a.with.attributes = ansi ? SECPKG_CALL_ANSI : 0;
    st = ask_acquire_credential(&a, in, &rep);
    if (st >= 0 && rep.credential == 0)
        st = SEC_E_INTERNAL_ERROR;
    if (a.lost)             /* whom the thread acts for has no session any more */
        st = SEC_E_NO_CREDENTIALS;
    if (st < 0) {
        free(b);
    } else {
        *b = (struct sspi_binding){ atomic_load(&c->binding), a.session, rep.credential,
                                    rep.package };
        atomic_store(&c->binding, b);
        *expiry = (int64_t)rep.expiry;
    }
    ask_wipe(&a);
    return st;
}

/* ---- auth data --------------------------------------------------------- */

/* For a structure that is no identity: the package's own user half, if it has one. */
static status_t
memory_format(struct sspi_process *p, const struct ask_acquire *in, struct ipc_ranges *memory,
              void **owned)
{
    struct sspi_package_list *list;
    struct sspi_package *package;
    status_t st = sspi_package_list_get(p, 0, &list, NULL);

    if (st != SEC_E_OK)
        return st;
    package = sspi_package_find_name(list, in->package);
    if (package == NULL)
        return SEC_E_SECPKG_NOT_FOUND;
    return sspi_identity_format(in->auth_data, sspi_user_half_get(p, package), memory, owned);
}

/* Only here it can be decrypted: the authority gets one in the clear, in place of the caller's. */
static status_t
memory_decrypt(struct ask_acquire *in, void **owned)
{
    struct auth_identity a;
    status_t st = auth_identity_read_clear(in->auth_data, &a);

    if (st != SEC_E_OK)
        return st == SEC_E_INSUFFICIENT_MEMORY ? st : SEC_E_UNKNOWN_CREDENTIALS;
    in->auth_data = *owned = auth_identity_new(&a);
    auth_identity_wipe(&a);
    return *owned == NULL ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}

static status_t
memory_gather(struct sspi_process *p, struct ask_acquire *in, struct ipc_ranges *memory,
              void **owned)
{
    enum sspi_identity_form form;
    status_t st = SEC_E_OK;

    memory->count = 0;
    *owned = NULL;
    if (in->auth_data == NULL)
        return SEC_E_OK;
    form = sspi_identity_form_of(in->auth_data);
    if (form == SSPI_IDENTITY_UNKNOWN)
        return memory_format(p, in, memory, owned);
    if (SspiIsAuthIdentityEncrypted(in->auth_data)) {
        st = memory_decrypt(in, owned);
        form = SSPI_IDENTITY_EX;
    }
    return st != SEC_E_OK ? st : sspi_identity_gather(in->auth_data, form, memory);
}

/* ---- the calls --------------------------------------------------------- */

status_t
sspi_credential_acquire(struct sspi_process *p, const struct ask_acquire *in, bool ansi,
                        uint64_t *number, int64_t *expiry)
{
    struct ask_acquire clear = *in;
    struct sspi_credential *c;
    struct ipc_ranges memory;
    void *owned;
    status_t st;

    if (credential_is_nobodys(in))
        return SEC_E_NO_CREDENTIALS;
    st = memory_gather(p, &clear, &memory, &owned);
    if (st != SEC_E_OK) {
        sspi_memory_free(owned);
        return st;
    }
    c = credential_new(p, in);
    st = c == NULL ? SEC_E_INSUFFICIENT_MEMORY
                   : credential_bind(c, &clear, ansi, &memory, credential_session(in), expiry);
    sspi_memory_free(owned);
    if (c == NULL)
        return st;
    *number = st < 0 ? 0 : sspi_object_add(p, SSPI_CREDENTIAL, c, credential_free);
    if (*number == 0) {
        credential_free(c);
        return st < 0 ? st : SEC_E_INSUFFICIENT_MEMORY;
    }
    return st;
}

status_t
sspi_credential_add(struct sspi_credential *c, const struct ask_acquire *in, bool ansi,
                    int64_t *expiry)
{
    const struct sspi_binding *b = atomic_load(&c->binding);
    struct ask_acquire clear = *in;
    struct ipc_ranges memory;
    struct ask a;
    void *owned;
    uint64_t until = 0;
    status_t st = memory_gather(c->process, &clear, &memory, &owned);

    if (st == SEC_E_OK) {
        ask_init(&a, c->process, b->session);
        a.with.memory = memory;
        a.with.attributes = ansi ? SECPKG_CALL_ANSI : 0;
        st = ask_add_credential(&a, b->remote, &clear, &until);
        ask_wipe(&a);
    }
    sspi_memory_free(owned);
    if (st < 0)
        return st;
    /* What was added cannot be added again after a restart. */
    atomic_store(&c->renewable, false);
    *expiry = (int64_t)until;
    return st;
}

status_t
sspi_credential_renew(struct sspi_credential *c, uint64_t session)
{
    static const struct ipc_ranges none;
    struct ask_acquire again = { .principal = c->principal, .package = c->package, .use = c->use,
                                 .logon_id = c->has_logon_id ? &c->logon_id : NULL };
    int64_t expiry;
    status_t st = SEC_E_OK;

    if (!atomic_load(&c->renewable))
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    pthread_mutex_lock(&c->lock);
    /* Another thread may have done it meanwhile. */
    if (atomic_load(&c->binding)->session == session)
        st = credential_bind(c, &again, false, &none, 0, &expiry);
    pthread_mutex_unlock(&c->lock);
    if (st < 0)
        log_warning("credential", LOG_X("status", st),
                    LOG_S("reason", "not acquired again after the authority's restart"));
    return st < 0 ? st : SEC_E_OK;
}
