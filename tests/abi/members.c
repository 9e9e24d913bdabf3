/*
 * members.c: source compatibility of the public headers, decided by the compiler.
 *
 * What: the same text is compiled as C11 and C++17, with and without UNICODE, with
 * both kinds of WCHAR (headers-alone.sh). It uses each member of a function table
 * that the A/W macros of sspi.h rename under all of its spellings (D29), and checks
 * the widths on which Windows source relies and which no row of abi.tsv states.
 * Against what: Microsoft's documentation (winnt.h, ntsecpkg.h, sspi.h pages).
 */
#include <security.h>
#include <schannel.h>
#include <credssp.h>
#include <ntsecpkg.h>

#ifdef __cplusplus
#define CHECK(condition) static_assert(condition, #condition)
#define LOCATION(type, member) __builtin_offsetof(type, member)
#else
#define CHECK(condition) _Static_assert(condition, #condition)
#define LOCATION(type, member) offsetof(type, member)
#endif

/* LLP64: long is 32 bits wide, a pointer 64. */
CHECK(sizeof(ULONG) == 4 && sizeof(LONG) == 4 && sizeof(DWORD) == 4);
CHECK(sizeof(BOOL) == 4 && sizeof(BOOLEAN) == 1 && sizeof(WORD) == 2);
CHECK(sizeof(NTSTATUS) == 4 && sizeof(SECURITY_STATUS) == 4 && sizeof(HRESULT) == 4);
CHECK(sizeof(ULONG_PTR) == 8 && sizeof(HANDLE) == 8 && sizeof(LSA_SEC_HANDLE) == 8);
CHECK(sizeof(WCHAR) == 2 && sizeof(LONGLONG) == 8 && sizeof(SIZE_T) == 8);
CHECK((ULONG)-1 > 0 && (LONG)-1 < 0 && (NTSTATUS)-1 < 0 && (BOOLEAN)-1 > 0);
CHECK((ULONG_PTR)-1 > 0 && (LSA_SEC_HANDLE)-1 > 0 && (WCHAR)-1 > 0);

/* Enumerations of the interface are 32 bits wide, and count as documented. */
CHECK(sizeof(SECURITY_LOGON_TYPE) == 4 && sizeof(TOKEN_INFORMATION_CLASS) == 4);
CHECK(sizeof(SECPKG_NAME_TYPE) == 4 && sizeof(LSA_TOKEN_INFORMATION_TYPE) == 4);
CHECK(sizeof(SECPKG_EXTENDED_INFORMATION_CLASS) == 4 && sizeof(CRED_FETCH) == 4);
CHECK(TokenUser == 1 && TokenSource == 7 && TokenStatistics == 10 && TokenLogonSid == 28);
CHECK(Interactive == 2 && Network == 3 && NetworkCleartext == 8 && CachedUnlock == 13);
CHECK(SecurityAnonymous == 0 && SecurityDelegation == 3);
CHECK(SecpkgGssInfo == 1 && SecpkgContextThunks == 2 && SecpkgNego2Info == 7);

/* Structures that the measured tables do not have. */
CHECK(sizeof(TOKEN_STATISTICS) == 56 && LOCATION(TOKEN_STATISTICS, ModifiedId) == 48);
CHECK(sizeof(SID) == 12 && LOCATION(SID, SubAuthority) == 8);
CHECK(sizeof(MSV1_0_SUPPLEMENTAL_CREDENTIAL) == 40);
CHECK(LOCATION(MSV1_0_SUPPLEMENTAL_CREDENTIAL, NtPassword) == 24);
CHECK(sizeof(SEC_WINNT_CREDUI_CONTEXT) == 48);

/* The severity of a status: an SSPI error is a "warning" to NT_ERROR. */
CHECK(NT_SUCCESS(SEC_I_CONTINUE_NEEDED) && !NT_SUCCESS(SEC_E_INVALID_TOKEN));
CHECK(NT_WARNING(SEC_E_INVALID_TOKEN) && NT_ERROR(STATUS_LOGON_FAILURE));
CHECK(NT_SUCCESS(STATUS_MORE_ENTRIES) && FAILED(SEC_E_LOGON_DENIED));

/* Where the table ends at each SECPKG_INTERFACE_VERSION (ntsecpkg.h page). */
CHECK(LOCATION(SECPKG_FUNCTION_TABLE, SetExtendedInformation) == 26 * 8);
CHECK(LOCATION(SECPKG_FUNCTION_TABLE, SetContextAttributes) == 27 * 8);
CHECK(LOCATION(SECPKG_FUNCTION_TABLE, ChangeAccountPassword) == 29 * 8);
CHECK(LOCATION(SECPKG_FUNCTION_TABLE, ExtractTargetInfo) == 42 * 8);

/* The first eleven slots of the large table are the small one: packages cast. */
CHECK(sizeof(LSA_DISPATCH_TABLE) == 11 * 8);
CHECK(LOCATION(LSA_SECPKG_FUNCTION_TABLE, CopyFromClientBuffer) ==
    LOCATION(LSA_DISPATCH_TABLE, CopyFromClientBuffer));

#ifdef UNICODE
CHECK(sizeof(TCHAR) == 2 && sizeof(TEXT("NTLM")) == 10);
CHECK(sizeof(NEGOSSP_NAME) == 20);
#else
CHECK(sizeof(TCHAR) == 1 && sizeof(TEXT("NTLM")) == 5);
CHECK(sizeof(NEGOSSP_NAME) == 10);
#endif
#ifdef OPENSSPI_WCHAR_T
CHECK(sizeof(L"NTLM") == sizeof(NTLMSP_NAME));
#endif

static NTSTATUS
acquire(PUNICODE_STRING principal, ULONG use, PLUID logon, PVOID data, PVOID key_function,
    PVOID key_argument, PLSA_SEC_HANDLE credential, PTimeStamp expiry)
{
    (void)principal, (void)use, (void)logon, (void)data, (void)key_function, (void)key_argument;
    *credential = 1;
    expiry->QuadPart = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS
query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    (void)handle, (void)attribute, (void)buffer;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

static NTSTATUS
set(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer, ULONG size)
{
    (void)handle, (void)attribute, (void)buffer, (void)size;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

void members_fill(SECPKG_FUNCTION_TABLE *lsa, SECPKG_USER_FUNCTION_TABLE *user);

/* The plain spelling is what a package writes; the macros may turn it into W or A. */
void
members_fill(SECPKG_FUNCTION_TABLE *lsa, SECPKG_USER_FUNCTION_TABLE *user)
{
    lsa->AcquireCredentialsHandle = acquire;
    lsa->QueryCredentialsAttributes = query;
    lsa->QueryContextAttributes = query;
    lsa->SetContextAttributes = set;
    lsa->SetCredentialsAttributes = set;
    lsa->AddCredentials = NULL;
    lsa->ChangeAccountPassword = NULL;
    lsa->LogonUser = NULL;
    lsa->LogonUserEx = NULL;
    user->QueryContextAttributes = query;

    lsa->AcquireCredentialsHandleW = acquire;
    lsa->AcquireCredentialsHandleA = acquire;
    user->QueryContextAttributesW = query;
    user->QueryContextAttributesA = query;
}

#undef AcquireCredentialsHandle
#undef QueryContextAttributes
CHECK(LOCATION(SECPKG_FUNCTION_TABLE, AcquireCredentialsHandle) == 12 * 8);
CHECK(LOCATION(SECPKG_FUNCTION_TABLE, AcquireCredentialsHandleW) == 12 * 8);
CHECK(LOCATION(SECPKG_FUNCTION_TABLE, AcquireCredentialsHandleA) == 12 * 8);
CHECK(LOCATION(SECPKG_USER_FUNCTION_TABLE, QueryContextAttributes) == 7 * 8);

#ifndef __cplusplus
/* A table as packages define it: constant, by designated initialisers. */
extern const SECPKG_FUNCTION_TABLE members_table;
const SECPKG_FUNCTION_TABLE members_table = {
    .AcquireCredentialsHandle = acquire,
    .QueryContextAttributes = query,
    .SetContextAttributesW = set,
};
#endif
