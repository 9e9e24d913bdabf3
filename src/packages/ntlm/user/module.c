/*
 * The NTLM package's user half: what SpUserModeInitialize exports
 * (SECPKG_USER_FUNCTION_TABLE), and the range of ContextData formats that it
 * reads (D13). Loaded by libsspi into applications; needs nettle at run time,
 * nothing else.
 */
#include "packages/ntlm/user/user.h"

#include "opensspi_host.h"

OPENSSPI_API extern const struct opensspi_context_formats OpenSspiContextFormats;

const struct opensspi_context_formats OpenSspiContextFormats = {
    .lowest = NTLM_CONTEXT_FORMAT_LOWEST,
    .highest = NTLM_CONTEXT_FORMAT_HIGHEST,
};

/* Slots that are not named are NULL: the library answers SEC_E_UNSUPPORTED_FUNCTION. */
static SECPKG_USER_FUNCTION_TABLE ntlm_user_table = {
    .InstanceInit = ntlm_user_start,
    .InitUserModeContext = ntlm_user_init,
    .MakeSignature = ntlm_user_sign,
    .VerifySignature = ntlm_user_verify,
    .SealMessage = ntlm_user_seal,
    .UnsealMessage = ntlm_user_unseal,
    .GetContextToken = ntlm_user_token,
    .QueryContextAttributes = ntlm_user_query,
    .DeleteUserModeContext = ntlm_user_delete,
    .ExportContext = ntlm_user_export,
    .ImportContext = ntlm_user_import,
};

NTSTATUS SEC_ENTRY
SpUserModeInitialize(ULONG lsa_version, PULONG package_version,
                     PSECPKG_USER_FUNCTION_TABLE *tables, PULONG count)
{
    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION_2;
    *tables = &ntlm_user_table;
    *count = 1;
    return STATUS_SUCCESS;
}
