/*
 * Both end in a credential of the same package that lives as long as the call:
 * contexts keep what they need of it. So every package has these two notions, and
 * none of them knows.
 *
 * Runs in the application. Passwords are in its own memory (supplied) or in secret
 * memory that is wiped before the call returns (collected).
 */
#include "sspi/client_creds.h"

#include "base/secret.h"
#include "base/str16.h"
#include "sspi/identity.h"
#include "sspi/prompt.h"

#include <stdlib.h>

#define HELPER_ENVIRONMENT "OPENSSPI_ASKPASS"

/* The credential is acquired as AcquireCredentialsHandle would. */
static status_t
creds_acquire(struct sspi_client_creds *c, const struct sspi_credential *like, void *auth_data,
              bool ansi)
{
    const struct ask_acquire in = { .package = like->package, .use = SECPKG_CRED_OUTBOUND,
                                    .auth_data = auth_data };
    int64_t expiry;
    status_t st = sspi_credential_acquire(like->process, &in, ansi, &c->number, &expiry);

    if (st < 0)
        return st;
    c->credential = sspi_object_get(like->process, c->number, SSPI_CREDENTIAL);
    return c->credential != NULL ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

void
sspi_client_creds_wipe(struct sspi_client_creds *c, struct sspi_process *p)
{
    if (c->credential != NULL)
        handle_put(p->handles, c->number);
    if (c->number != 0)
        (void)sspi_object_remove(p, c->number, SSPI_CREDENTIAL);
    *c = (struct sspi_client_creds){ 0 };
}

/* ---- supplied ------------------------------------------------------------ */

static const SecBuffer *
supplied_find(const SecBufferDesc *d, struct ipc_buffer **sent, struct ipc_buffers *wire)
{
    for (uint32_t i = 0; d != NULL && i < d->cBuffers && i < wire->count; i++) {
        if ((d->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_PKG_PARAMS) {
            *sent = &wire->v[i];
            return &d->pBuffers[i];
        }
    }
    return NULL;
}

/*
 * The buffer holds the structure, whose pointers lead elsewhere as at
 * AcquireCredentialsHandle. It may be shorter than the longest form and lie anywhere:
 * form and pointers are read from a copy, a block of the _EX2 form where it is.
 */
static status_t
supplied_form(const SecBuffer *b, SEC_WINNT_AUTH_IDENTITY_INFO *copy, void **auth_data)
{
    size_t n = b->cbBuffer < sizeof(*copy) ? b->cbBuffer : sizeof(*copy);

    *auth_data = NULL;
    memset(copy, 0, sizeof(*copy));
    memcpy(copy, b->pvBuffer, n);
    switch (sspi_identity_form_of(copy)) {
    case SSPI_IDENTITY_PLAIN:
        n = sizeof(copy->AuthId_w);
        *auth_data = copy;
        break;
    case SSPI_IDENTITY_EX:
        n = sizeof(copy->AuthIdExw);
        *auth_data = copy;
        break;
    case SSPI_IDENTITY_EX2:
        n = copy->AuthIdEx2.cbStructureLength;
        *auth_data = b->pvBuffer;
        break;
    case SSPI_IDENTITY_UNKNOWN:
        return SEC_E_OK;
    }
    if (b->cbBuffer < n || (uintptr_t)*auth_data % _Alignof(SEC_WINNT_AUTH_IDENTITY_EX2) != 0)
        return SEC_E_INVALID_PARAMETER;
    return SEC_E_OK;
}

status_t
sspi_client_creds_supplied(struct sspi_client_creds *c, const struct sspi_credential *like,
                           bool ansi, const SecBufferDesc *input, struct ipc_buffers *wire)
{
    SEC_WINNT_AUTH_IDENTITY_INFO copy;
    struct ipc_buffer *sent = NULL;
    const SecBuffer *b = supplied_find(input, &sent, wire);
    void *auth_data;
    status_t st;

    if (b == NULL || b->pvBuffer == NULL)
        return SEC_E_OK;
    st = supplied_form(b, &copy, &auth_data);
    if (st == SEC_E_OK && auth_data != NULL) {
        sent->bytes = view_of(NULL, 0);
        sent->room = 0;
        st = creds_acquire(c, like, auth_data, ansi);
    }
    /* The first bytes of a block may be a password's. */
    secret_wipe(&copy, sizeof(copy));
    return st;
}

/* ---- collected ----------------------------------------------------------- */

/* "DOMAIN\user" are two names; "user" and "user@realm" one. */
static void
collected_split(struct view name, struct view *domain, struct view *user)
{
    size_t n = 0;

    *domain = view_of(NULL, 0);
    *user = name;
    while (n + 1 < name.n && !(name.p[n] == '\\' && name.p[n + 1] == 0))
        n += sizeof(char16_t);
    if (n + 1 >= name.n)
        return;
    *domain = view_of(name.p, n);
    *user = view_of(name.p + n + sizeof(char16_t), name.n - n - sizeof(char16_t));
}

static unsigned short *
identity_text(struct view v)
{
    return (unsigned short *)(uintptr_t)v.p;
}

static status_t
collected_acquire(struct sspi_client_creds *c, const struct sspi_credential *like,
                  const struct sspi_prompt *p)
{
    size_t user_n = 0, password_n = 0;
    char16_t *user = str16_from_utf8_n(view_of(p->user, strlen(p->user)), &user_n);
    char16_t *password = str16_from_utf8_n(view_of(p->password, strlen(p->password)), &password_n);
    SEC_WINNT_AUTH_IDENTITY_W id = { .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE };
    struct view domain_text, user_text;
    status_t st = SEC_E_NO_CREDENTIALS;

    if (user != NULL && password != NULL) {
        collected_split(view_of(user, user_n * sizeof(*user)), &domain_text, &user_text);
        id.User = identity_text(user_text);
        id.UserLength = (ULONG)(user_text.n / sizeof(*user));
        id.Domain = identity_text(domain_text);
        id.DomainLength = (ULONG)(domain_text.n / sizeof(*user));
        id.Password = (unsigned short *)password;
        id.PasswordLength = (ULONG)password_n;
        st = creds_acquire(c, like, &id, false);
    }
    secret_wipe_free(password, password_n * sizeof(*password));
    free(user);
    return st;
}

status_t
sspi_client_creds_collect(struct sspi_client_creds *c, const struct sspi_credential *like,
                          const char16_t *target)
{
    char *package = str16_to_utf8(ask_text(like->package));
    char *name = target != NULL ? str16_to_utf8(ask_text(target)) : strdup("");
    struct sspi_prompt *p = secret_new(sizeof(*p));
    const char *helper = secure_getenv(HELPER_ENVIRONMENT);
    status_t st = SEC_E_INSUFFICIENT_MEMORY;

    if (package != NULL && name != NULL && p != NULL) {
        p->package = package;
        p->target = name;
        if (helper == NULL)
            helper = like->process->authority.askpass;
        st = sspi_prompt_ask(p, helper);
        if (st == SEC_E_OK)
            st = collected_acquire(c, like, p);
    }
    secret_free(p);
    free(name);
    free(package);
    return st;
}
