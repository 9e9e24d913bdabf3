/*
 * The Kerberos package's user half: what SpUserModeInitialize exports
 * (SECPKG_USER_FUNCTION_TABLE), and the range of ContextData formats that it
 * reads (D13). Loaded by libsspi into applications; needs nettle at run time,
 * neither libkrb5 nor OpenSSL.
 */
#include "packages/kerberos/user/user.h"

#include "opensspi_host.h"

OPENSSPI_API extern const struct opensspi_context_formats OpenSspiContextFormats;

const struct opensspi_context_formats OpenSspiContextFormats = {
    .lowest = KRB_CONTEXT_FORMAT_LOWEST,
    .highest = KRB_CONTEXT_FORMAT_HIGHEST,
};

OPENSSPI_API extern const char OpenSspiClientProvider[];

const char OpenSspiClientProvider[] = "kerberos-client";

/* Slots that are not named are NULL: the library answers SEC_E_UNSUPPORTED_FUNCTION. */
static SECPKG_USER_FUNCTION_TABLE krb_user_table = {
    .InstanceInit = krb_user_start,
    .InitUserModeContext = krb_user_init,
    .MakeSignature = krb_user_sign,
    .VerifySignature = krb_user_verify,
    .SealMessage = krb_user_seal,
    .UnsealMessage = krb_user_unseal,
    .GetContextToken = krb_user_token,
    .QueryContextAttributes = krb_user_query,
    .DeleteUserModeContext = krb_user_delete,
    .ExportContext = krb_user_export,
    .ImportContext = krb_user_import,
};

NTSTATUS SEC_ENTRY
SpUserModeInitialize(ULONG lsa_version, PULONG package_version,
                     PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION_2;
    *tables = &krb_user_table;
    *count = 1;
    return STATUS_SUCCESS;
}
