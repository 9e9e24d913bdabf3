/*
 * Entry points: the SASL helpers of secur32 (sspi.h, "SaslEnumerateProfiles").
 * Runs in the application.
 *
 * DEVIATION: there are no SASL profiles here. The list is empty, and the functions that
 * need a profile say so: running a handshake without SASL's framing under their name
 * would fail at the peer, later and without a reason.
 */
#include "sspi.h"

SECURITY_STATUS SEC_ENTRY
SaslEnumerateProfilesW(SEC_WCHAR **ProfileList, ULONG *ProfileCount)
{
    if (ProfileList == NULL || ProfileCount == NULL)
        return SEC_E_INVALID_PARAMETER;
    *ProfileList = NULL;
    *ProfileCount = 0;
    return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY
SaslEnumerateProfilesA(SEC_CHAR **ProfileList, ULONG *ProfileCount)
{
    if (ProfileList == NULL || ProfileCount == NULL)
        return SEC_E_INVALID_PARAMETER;
    *ProfileList = NULL;
    *ProfileCount = 0;
    return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY
SaslGetProfilePackageW(SEC_WCHAR *ProfileName, PSecPkgInfoW *PackageInfo)
{
    (void)ProfileName;
    if (PackageInfo != NULL)
        *PackageInfo = NULL;
    return SEC_E_SECPKG_NOT_FOUND;
}

SECURITY_STATUS SEC_ENTRY
SaslGetProfilePackageA(SEC_CHAR *ProfileName, PSecPkgInfoA *PackageInfo)
{
    (void)ProfileName;
    if (PackageInfo != NULL)
        *PackageInfo = NULL;
    return SEC_E_SECPKG_NOT_FOUND;
}

SECURITY_STATUS SEC_ENTRY
SaslIdentifyPackageW(PSecBufferDesc pInput, PSecPkgInfoW *PackageInfo)
{
    (void)pInput;
    if (PackageInfo != NULL)
        *PackageInfo = NULL;
    return SEC_E_SECPKG_NOT_FOUND;
}

SECURITY_STATUS SEC_ENTRY
SaslIdentifyPackageA(PSecBufferDesc pInput, PSecPkgInfoA *PackageInfo)
{
    (void)pInput;
    if (PackageInfo != NULL)
        *PackageInfo = NULL;
    return SEC_E_SECPKG_NOT_FOUND;
}

SECURITY_STATUS SEC_ENTRY
SaslInitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
                               SEC_WCHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
                               ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
                               PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                               ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    (void)phCredential;
    (void)phContext;
    (void)pszTargetName;
    (void)fContextReq;
    (void)Reserved1;
    (void)TargetDataRep;
    (void)pInput;
    (void)Reserved2;
    (void)phNewContext;
    (void)pOutput;
    (void)pfContextAttr;
    (void)ptsExpiry;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
SaslInitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
                               SEC_CHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
                               ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
                               PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                               ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    (void)phCredential;
    (void)phContext;
    (void)pszTargetName;
    (void)fContextReq;
    (void)Reserved1;
    (void)TargetDataRep;
    (void)pInput;
    (void)Reserved2;
    (void)phNewContext;
    (void)pOutput;
    (void)pfContextAttr;
    (void)ptsExpiry;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
SaslAcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext, PSecBufferDesc pInput,
                          ULONG fContextReq, ULONG TargetDataRep, PCtxtHandle phNewContext,
                          PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    (void)phCredential;
    (void)phContext;
    (void)pInput;
    (void)fContextReq;
    (void)TargetDataRep;
    (void)phNewContext;
    (void)pOutput;
    (void)pfContextAttr;
    (void)ptsExpiry;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
SaslSetContextOption(PCtxtHandle ContextHandle, ULONG Option, void *Value, ULONG Size)
{
    (void)ContextHandle;
    (void)Option;
    (void)Value;
    (void)Size;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
SaslGetContextOption(PCtxtHandle ContextHandle, ULONG Option, void *Value, ULONG Size,
                     ULONG *Needed)
{
    (void)ContextHandle;
    (void)Option;
    (void)Value;
    (void)Size;
    if (Needed != NULL)
        *Needed = 0;
    return SEC_E_UNSUPPORTED_FUNCTION;
}
