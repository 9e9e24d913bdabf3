/*
 * Entry points: Sspi* helpers that need what is not here (sspi.h): a desktop to
 * prompt on. Runs in the application. Each says so; none pretends.
 */
#include "sspi.h"

/* Prompting could help where credentials were missing or refused; nobody can be asked here. */
BOOLEAN SEC_ENTRY
SspiIsPromptingNeeded(ULONG ErrorOrNtStatus)
{
    return ErrorOrNtStatus == (ULONG)SEC_E_NO_CREDENTIALS
        || ErrorOrNtStatus == (ULONG)SEC_E_LOGON_DENIED
        || ErrorOrNtStatus == (ULONG)SEC_E_UNKNOWN_CREDENTIALS;
}

ULONG SEC_ENTRY
SspiPromptForCredentialsW(PCWSTR pszTargetName, void *pUiInfo, ULONG dwAuthError,
                          PCWSTR pszPackage, PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity, int *pfSave,
                          ULONG dwFlags)
{
    (void)pszTargetName;
    (void)pUiInfo;
    (void)dwAuthError;
    (void)pszPackage;
    (void)pInputAuthIdentity;
    (void)ppAuthIdentity;
    (void)pfSave;
    (void)dwFlags;
    return (ULONG)SEC_E_UNSUPPORTED_FUNCTION;
}

ULONG SEC_ENTRY
SspiPromptForCredentialsA(PCSTR pszTargetName, void *pUiInfo, ULONG dwAuthError, PCSTR pszPackage,
                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity, int *pfSave,
                          ULONG dwFlags)
{
    (void)pszTargetName;
    (void)pUiInfo;
    (void)dwAuthError;
    (void)pszPackage;
    (void)pInputAuthIdentity;
    (void)ppAuthIdentity;
    (void)pfSave;
    (void)dwFlags;
    return (ULONG)SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
SspiGetCredUIContext(HANDLE ContextHandle, GUID *CredType, LUID *LogonId,
                     PSEC_WINNT_CREDUI_CONTEXT_VECTOR *CredUIContexts, HANDLE *TokenHandle)
{
    (void)ContextHandle;
    (void)CredType;
    (void)LogonId;
    (void)CredUIContexts;
    (void)TokenHandle;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
SspiUpdateCredentials(HANDLE ContextHandle, GUID *CredType, ULONG FlatCredUIContextLength,
                      UCHAR *FlatCredUIContext)
{
    (void)ContextHandle;
    (void)CredType;
    (void)FlatCredUIContextLength;
    (void)FlatCredUIContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
SspiUnmarshalCredUIContext(UCHAR *MarshaledCredUIContext, ULONG MarshaledCredUIContextLength,
                           PSEC_WINNT_CREDUI_CONTEXT *CredUIContext)
{
    (void)MarshaledCredUIContext;
    (void)MarshaledCredUIContextLength;
    (void)CredUIContext;
    return SEC_E_UNSUPPORTED_FUNCTION;
}
