/*
 * Entry points: the function tables (sspi.h, "InitSecurityInterface").
 *
 * Runs in the application. dwVersion is 1, as programs verified against Windows
 * expect, although every member through version 5 is filled. Reserved3 and Reserved4
 * are EncryptMessage and DecryptMessage, which some callers find there.
 */
#include "sspi.h"

/* A function in a member of type void *, which ISO C has no cast for. */
#define AS_POINTER(function) ((void *)(uintptr_t)(function))

#define TABLE_COMMON                                                                              \
    .FreeCredentialsHandle = FreeCredentialsHandle,                                               \
    .AcceptSecurityContext = AcceptSecurityContext,                                               \
    .CompleteAuthToken = CompleteAuthToken, .DeleteSecurityContext = DeleteSecurityContext,       \
    .ApplyControlToken = ApplyControlToken,                                                       \
    .ImpersonateSecurityContext = ImpersonateSecurityContext,                                     \
    .RevertSecurityContext = RevertSecurityContext, .MakeSignature = MakeSignature,               \
    .VerifySignature = VerifySignature, .FreeContextBuffer = FreeContextBuffer,                   \
    .ExportSecurityContext = ExportSecurityContext,                                               \
    .QuerySecurityContextToken = QuerySecurityContextToken, .EncryptMessage = EncryptMessage,     \
    .DecryptMessage = DecryptMessage

#define TABLE_STRINGS(S)                                                                          \
    .EnumerateSecurityPackages##S = EnumerateSecurityPackages##S,                                 \
    .QueryCredentialsAttributes##S = QueryCredentialsAttributes##S,                               \
    .AcquireCredentialsHandle##S = AcquireCredentialsHandle##S,                                   \
    .InitializeSecurityContext##S = InitializeSecurityContext##S,                                 \
    .QueryContextAttributes##S = QueryContextAttributes##S,                                       \
    .QuerySecurityPackageInfo##S = QuerySecurityPackageInfo##S,                                   \
    .ImportSecurityContext##S = ImportSecurityContext##S, .AddCredentials##S = AddCredentials##S, \
    .SetContextAttributes##S = SetContextAttributes##S,                                           \
    .SetCredentialsAttributes##S = SetCredentialsAttributes##S,                                   \
    .ChangeAccountPassword##S = ChangeAccountPassword##S,                                         \
    .QueryContextAttributesEx##S = QueryContextAttributesEx##S,                                   \
    .QueryCredentialsAttributesEx##S = QueryCredentialsAttributesEx##S

static SecurityFunctionTableW table_w = {
    .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
    TABLE_COMMON,
    TABLE_STRINGS(W),
};

static SecurityFunctionTableA table_a = {
    .dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION,
    TABLE_COMMON,
    TABLE_STRINGS(A),
};

/* The value is always the same, so threads that meet here store the same. */
PSecurityFunctionTableW SEC_ENTRY
InitSecurityInterfaceW(void)
{
    __atomic_store_n(&table_w.Reserved3, AS_POINTER(EncryptMessage), __ATOMIC_RELAXED);
    __atomic_store_n(&table_w.Reserved4, AS_POINTER(DecryptMessage), __ATOMIC_RELAXED);
    return &table_w;
}

PSecurityFunctionTableA SEC_ENTRY
InitSecurityInterfaceA(void)
{
    __atomic_store_n(&table_a.Reserved3, AS_POINTER(EncryptMessage), __ATOMIC_RELAXED);
    __atomic_store_n(&table_a.Reserved4, AS_POINTER(DecryptMessage), __ATOMIC_RELAXED);
    return &table_a;
}
