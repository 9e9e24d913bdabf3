/*
 * A server as a Windows programmer writes it, compiled as C and as C++ against an
 * installed copy: with opensspi-win, L"" literals and WCHAR are Windows's.
 */
#include <windows.h>
#include <sspi.h>

#include <stdio.h>
#include <string.h>

#ifdef OPENSSPI_WCHAR_T
#define TEXT_NTLM L"NTLM"
#else
#define TEXT_NTLM u"NTLM"
#endif

int
main(void)
{
    WCHAR name[] = TEXT_NTLM;
    CredHandle credential;
    TimeStamp expiry;
    PSecPkgInfoW info = NULL;
    SECURITY_STATUS status;

    status = AcquireCredentialsHandleW(NULL, name, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
                                       &credential, &expiry);
    if (status != SEC_E_OK) {
        fprintf(stderr, "AcquireCredentialsHandleW: 0x%08x\n", (unsigned)status);
        return 1;
    }
    status = QuerySecurityPackageInfoW(name, &info);
    if (status != SEC_E_OK || memcmp(info->Name, TEXT_NTLM, 5 * sizeof(WCHAR)) != 0)
        return 2;
    FreeContextBuffer(info);
    return FreeCredentialsHandle(&credential) == SEC_E_OK ? 0 : 3;
}
