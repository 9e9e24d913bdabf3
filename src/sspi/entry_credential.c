/*
 * Entry points: credentials (sspi.h, "AcquireCredentialsHandle" and its family).
 * Runs in the application. ptsExpiry may be NULL everywhere.
 */
#include "sspi/entry.h"
#include "sspi/text.h"

static void
expiry_give(PTimeStamp to, int64_t expiry)
{
    if (to != NULL)
        to->QuadPart = expiry;
}

static status_t
credential_acquire(const struct ask_acquire *in, bool ansi, PCredHandle handle, PTimeStamp expiry)
{
    struct sspi_process *p = sspi_process_get();
    uint64_t number = 0;
    int64_t until = 0;
    status_t st;

    if (handle == NULL)
        return SEC_E_INVALID_HANDLE;
    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (in->package == NULL)
        return SEC_E_SECPKG_NOT_FOUND;
    st = sspi_credential_acquire(p, in, ansi, &number, &until);
    if (st < 0)
        return st;
    sspi_handle_put(p, handle, number);
    expiry_give(expiry, until);
    return st;
}

SECURITY_STATUS SEC_ENTRY
AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage, ULONG fCredentialUse,
                          void *pvLogonId, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                          void *pvGetKeyArgument, PCredHandle phCredential, PTimeStamp ptsExpiry)
{
    struct ask_acquire in = { pszPrincipal, pszPackage, fCredentialUse, pvLogonId,
                              pAuthData, pGetKeyFn, pvGetKeyArgument };

    return credential_acquire(&in, false, phCredential, ptsExpiry);
}

SECURITY_STATUS SEC_ENTRY
AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage, ULONG fCredentialUse,
                          void *pvLogonId, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                          void *pvGetKeyArgument, PCredHandle phCredential, PTimeStamp ptsExpiry)
{
    struct sspi_texts t = { .count = 0 };
    struct ask_acquire in = { sspi_text_wide(&t, pszPrincipal), sspi_text_wide(&t, pszPackage),
                              fCredentialUse, pvLogonId, pAuthData, pGetKeyFn, pvGetKeyArgument };
    status_t st = t.status;

    if (st == SEC_E_OK)
        st = credential_acquire(&in, true, phCredential, ptsExpiry);
    sspi_texts_wipe(&t);
    return st;
}

static status_t
credential_add(PCredHandle handle, const struct ask_acquire *in, bool ansi, PTimeStamp expiry)
{
    struct entry e;
    int64_t until = 0;
    status_t st = sspi_entry_credential(&e, handle);

    if (st != SEC_E_OK)
        return st;
    st = in->package == NULL ? SEC_E_SECPKG_NOT_FOUND
                             : sspi_credential_add(e.credential, in, ansi, &until);
    sspi_entry_put(&e);
    if (st >= 0)
        expiry_give(expiry, until);
    return st;
}

SECURITY_STATUS SEC_ENTRY
AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
                ULONG fCredentialUse, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                void *pvGetKeyArgument, PTimeStamp ptsExpiry)
{
    struct ask_acquire in = { pszPrincipal, pszPackage, fCredentialUse, NULL,
                              pAuthData, pGetKeyFn, pvGetKeyArgument };

    return credential_add(hCredentials, &in, false, ptsExpiry);
}

SECURITY_STATUS SEC_ENTRY
AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage,
                ULONG fCredentialUse, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                void *pvGetKeyArgument, PTimeStamp ptsExpiry)
{
    struct sspi_texts t = { .count = 0 };
    struct ask_acquire in = { sspi_text_wide(&t, pszPrincipal), sspi_text_wide(&t, pszPackage),
                              fCredentialUse, NULL, pAuthData, pGetKeyFn, pvGetKeyArgument };
    status_t st = t.status;

    if (st == SEC_E_OK)
        st = credential_add(hCredentials, &in, true, ptsExpiry);
    sspi_texts_wipe(&t);
    return st;
}

/*
 * Contexts made from it live on. CHOICE: the caller's words are left alone, so that
 * a second call is told SEC_E_INVALID_HANDLE.
 */
SECURITY_STATUS SEC_ENTRY
FreeCredentialsHandle(PCredHandle phCredential)
{
    struct entry e;
    status_t st = sspi_entry_credential(&e, phCredential);

    if (st != SEC_E_OK)
        return st;
    if (!sspi_object_remove(e.process, e.number, SSPI_CREDENTIAL))
        st = SEC_E_INVALID_HANDLE;
    sspi_entry_put(&e);
    return st;
}
