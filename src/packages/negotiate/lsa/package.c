/*
 * The Negotiate package: what SpLsaModeInitialize exports, and the table of
 * functions (Microsoft's pages on SECPKG_FUNCTION_TABLE). It has no user half:
 * finished contexts are the chosen package's (D17). Whatever it asks of other
 * packages goes by the host extension "packages", so it could as well be a
 * third party's.
 *
 * Runs in the authority.
 */
#include "packages/negotiate/lsa/acceptor.h"
#include "packages/negotiate/lsa/initiator.h"
#include "packages/negotiate/lsa/query.h"

#define NEGO_RPC_ID 9
#define NEGO_VERSION 1
/* Kerberos's largest, and SPNEGO around it. */
#define NEGO_CB_MAX_TOKEN 48256

static SEC_WCHAR nego_name[] = u"Negotiate";
static SEC_WCHAR nego_comment[] = u"Microsoft Package Negotiator";

const SecPkgInfoW nego_package_info = {
    .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
                     SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
                     SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
                     SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_GSS_COMPATIBLE | SECPKG_FLAG_LOGON |
                     SECPKG_FLAG_RESTRICTED_TOKENS | SECPKG_FLAG_FRAGMENT,
    .wVersion = NEGO_VERSION,
    .wRPCID = NEGO_RPC_ID,
    .cbMaxToken = NEGO_CB_MAX_TOKEN,
    .Name = nego_name,
    .Comment = nego_comment,
};

static NTSTATUS NTAPI
sp_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id;
    (void)parameters;
    return nego_support_open(table);
}

static NTSTATUS NTAPI
sp_shutdown(void)
{
    nego_support_close();
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
sp_get_info(PSecPkgInfoW info)
{
    *info = nego_package_info;
    return STATUS_SUCCESS;
}

/* A call is answered before it returns, and nothing is kept a logon: nothing to release. */
static VOID NTAPI
logon_terminated(PLUID logon_id)
{
    (void)logon_id;
}

OPENSSPI_API NTSTATUS OpenSspiPackageInitialize(const struct opensspi_host *host);

NTSTATUS
OpenSspiPackageInitialize(const struct opensspi_host *host)
{
    if (host == NULL || host->size < sizeof(*host) || host->query == NULL)
        return STATUS_INVALID_PARAMETER;
    nego_support_offer(host);
    return STATUS_SUCCESS;
}

/* Slots that are not named are NULL: the authority answers SEC_E_UNSUPPORTED_FUNCTION. */
static SECPKG_FUNCTION_TABLE nego_table = {
    .LogonTerminated = logon_terminated,
    .Initialize = sp_initialize,
    .Shutdown = sp_shutdown,
    .GetInfo = sp_get_info,
    .AcceptCredentials = nego_credential_accept,
    .AcquireCredentialsHandle = nego_credential_acquire,
    .QueryCredentialsAttributes = nego_credential_query,
    .FreeCredentialsHandle = nego_credential_free,
    .InitLsaModeContext = nego_initiator_initialize,
    .AcceptLsaModeContext = nego_acceptor_accept,
    .DeleteContext = nego_context_delete,
    .QueryContextAttributes = nego_context_query,
};

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG lsa_version, PULONG package_version, PSECPKG_FUNCTION_TABLE *tables,
                    PULONG count)
{
    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    *package_version = SECPKG_INTERFACE_VERSION_11;
    *tables = &nego_table;
    *count = 1;
    return STATUS_SUCCESS;
}
