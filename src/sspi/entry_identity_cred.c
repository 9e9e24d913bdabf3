/*
 * Entry points: what a store of credentials needs to know of an identity (sspi.h,
 * "SspiPrepareForCredRead", "SspiPrepareForCredWrite").
 *
 * Runs in the application. There is no credential manager here; a program that has
 * a store of its own (a keyring, say) gets from these the names and the secret that
 * a Windows program would pass to CredRead and CredWrite.
 *
 * CHOICE: Microsoft's pages do not say how the target's name is made. It is the host
 * of a service's name, as domain credentials are kept by host; without a target it
 * is the user's name, as in CRED_FLAGS_USERNAME_TARGET.
 */
#include "sspi/auth_identity.h"
#include "sspi/memory.h"

/* CRED_TYPE_DOMAIN_PASSWORD of wincred.h. */
#define CRED_TYPE_PASSWORD 2u

/* DOMAIN\user, or the user's name alone; NUL-terminated. NULL: no memory. */
static PWSTR
cred_user_name(const struct auth_identity *a)
{
    static const char16_t separator[] = u"\\";
    size_t n = a->user.n + (a->domain.n > 0 ? a->domain.n + sizeof(separator[0]) : 0);
    PWSTR out = sspi_memory_new(n + sizeof(*out));
    struct wr w = wr_init(out, out == NULL ? 0 : n);

    if (a->domain.n > 0) {
        wr_view(&w, a->domain);
        wr_bytes(&w, separator, sizeof(separator[0]));
    }
    wr_view(&w, a->user);
    return out;
}

static status_t
cred_target_name(const struct auth_identity *a, PCWSTR target, PCWSTR *out)
{
    PWSTR host = NULL;
    status_t st = SEC_E_OK;

    if (target != NULL)
        st = SspiGetTargetHostName(target, &host);
    else if ((host = cred_user_name(a)) == NULL)
        st = SEC_E_INSUFFICIENT_MEMORY;
    *out = host;
    return st;
}

SECURITY_STATUS SEC_ENTRY
SspiPrepareForCredRead(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
                       ULONG *pCredmanCredentialType, PCWSTR *ppszCredmanTargetName)
{
    struct auth_identity a;
    status_t st;

    if (pCredmanCredentialType == NULL || ppszCredmanTargetName == NULL
        || auth_identity_read(AuthIdentity, &a) != SEC_E_OK)
        return SEC_E_INVALID_PARAMETER;
    st = cred_target_name(&a, pszTargetName, ppszCredmanTargetName);
    auth_identity_wipe(&a);
    if (st == SEC_E_OK)
        *pCredmanCredentialType = CRED_TYPE_PASSWORD;
    return st;
}

/* What a write needs, made before any of it is given away. */
struct cred {
    PCWSTR target;
    PWSTR user;
    UCHAR *blob;
    ULONG blob_size;
};

static status_t
cred_make(const struct auth_identity *a, PCWSTR target, struct cred *out)
{
    status_t st = cred_target_name(a, target, &out->target);

    out->user = cred_user_name(a);
    out->blob = sspi_memory_new(a->password.n > 0 ? a->password.n : 1);
    if (st == SEC_E_OK && (out->user == NULL || out->blob == NULL))
        st = SEC_E_INSUFFICIENT_MEMORY;
    if (st != SEC_E_OK) {
        sspi_memory_free((void *)(uintptr_t)out->target);
        sspi_memory_free(out->user);
        sspi_memory_free(out->blob);
        return st;
    }
    if (a->password.n > 0)
        memcpy(out->blob, a->password.p, a->password.n);
    out->blob_size = (ULONG)a->password.n;
    return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY
SspiPrepareForCredWrite(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
                        ULONG *pCredmanCredentialType, PCWSTR *ppszCredmanTargetName,
                        PCWSTR *ppszCredmanUserName, UCHAR **ppCredentialBlob,
                        ULONG *pCredentialBlobSize)
{
    struct cred c = { 0 };
    struct auth_identity a;
    status_t st;

    if (pCredmanCredentialType == NULL || ppszCredmanTargetName == NULL
        || ppszCredmanUserName == NULL || ppCredentialBlob == NULL || pCredentialBlobSize == NULL)
        return SEC_E_INVALID_PARAMETER;
    st = auth_identity_read_clear(AuthIdentity, &a);
    if (st != SEC_E_OK)
        return st == SEC_E_INVALID_TOKEN ? SEC_E_INVALID_PARAMETER : st;
    st = cred_make(&a, pszTargetName, &c);
    auth_identity_wipe(&a);
    if (st != SEC_E_OK)
        return st;
    *pCredmanCredentialType = CRED_TYPE_PASSWORD;
    *ppszCredmanTargetName = c.target;
    *ppszCredmanUserName = c.user;
    *ppCredentialBlob = c.blob;
    *pCredentialBlobSize = c.blob_size;
    return SEC_E_OK;
}
