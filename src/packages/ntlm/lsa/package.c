/*
 * The NTLM package's LSA half: what SpLsaModeInitialize exports, and the
 * table of functions (Microsoft's pages on SECPKG_FUNCTION_TABLE). The package
 * uses the authority's published tables only, so it could as well be a third
 * party's.
 *
 * Runs in the authority.
 */
#include "packages/ntlm/info.h"
#include "packages/ntlm/lsa/acceptor.h"
#include "packages/ntlm/lsa/credential.h"
#include "packages/ntlm/lsa/initiator.h"
#include "packages/ntlm/lsa/password.h"
#include "packages/ntlm/lsa/query.h"

/* 1.3.6.1.4.1.311.2.2.10 in DER: how Negotiate names NTLM (MS-SPNG 1.9). */
static const UCHAR ntlm_oid[] = {
    0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a,
};

static const char ap_name[] = MSV1_0_PACKAGE_NAME;

/* Structure and text are freed by the authority, each with FreeLsaHeap. */
static NTSTATUS NTAPI
package_initialize(ULONG id, PLSA_DISPATCH_TABLE dispatch, PLSA_STRING database,
                   PLSA_STRING confidentiality, PLSA_STRING *name)
{
    PLSA_STRING out = dispatch->AllocateLsaHeap(sizeof(*out));
    PCHAR text = dispatch->AllocateLsaHeap(sizeof(ap_name));

    (void)id;
    (void)database;
    (void)confidentiality;
    if (out == NULL || text == NULL) {
        dispatch->FreeLsaHeap(out);
        dispatch->FreeLsaHeap(text);
        return STATUS_NO_MEMORY;
    }
    memcpy(text, ap_name, sizeof(ap_name));
    *out = (LSA_STRING){ sizeof(ap_name) - 1, sizeof(ap_name), text };
    *name = out;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
sp_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id;
    (void)parameters;
    return ntlm_support_open(table);
}

static NTSTATUS NTAPI
sp_shutdown(void)
{
    ntlm_support_close();
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
sp_get_info(PSecPkgInfoW info)
{
    *info = ntlm_package_info;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
sp_get_extended(SECPKG_EXTENDED_INFORMATION_CLASS class, PSECPKG_EXTENDED_INFORMATION *out)
{
    /* EncodedId is declared with four bytes; the identifier goes on behind them. */
    const size_t size = sizeof(SECPKG_EXTENDED_INFORMATION) + sizeof(ntlm_oid);
    PSECPKG_EXTENDED_INFORMATION info;

    *out = NULL;
    if (class != SecpkgGssInfo)
        return STATUS_NOT_SUPPORTED;
    info = ntlm_support()->lsa->AllocateLsaHeap((ULONG)size);
    if (info == NULL)
        return STATUS_NO_MEMORY;
    memset(info, 0, size);
    info->Class = SecpkgGssInfo;
    info->Info.GssInfo.EncodedIdLength = sizeof(ntlm_oid);
    memcpy((uint8_t *)info + offsetof(SECPKG_EXTENDED_INFORMATION, Info.GssInfo.EncodedId),
           ntlm_oid, sizeof(ntlm_oid));
    *out = info;
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
    ntlm_support_offer(host);
    return STATUS_SUCCESS;
}

/* Slots that are not named are NULL: the authority answers SEC_E_UNSUPPORTED_FUNCTION. */
static SECPKG_FUNCTION_TABLE ntlm_table = {
    .InitializePackage = package_initialize,
    .LogonTerminated = logon_terminated,
    .Initialize = sp_initialize,
    .Shutdown = sp_shutdown,
    .GetInfo = sp_get_info,
    .AcceptCredentials = ntlm_credential_accept,
    .AcquireCredentialsHandle = ntlm_credential_acquire,
    .QueryCredentialsAttributes = ntlm_credential_query,
    .FreeCredentialsHandle = ntlm_credential_free,
    .InitLsaModeContext = ntlm_initiator_initialize,
    .AcceptLsaModeContext = ntlm_acceptor_accept,
    .DeleteContext = ntlm_context_delete,
    .GetExtendedInformation = sp_get_extended,
    .QueryContextAttributes = ntlm_context_query,
    .ChangeAccountPassword = ntlm_password_change,
};

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG lsa_version, PULONG package_version, PSECPKG_FUNCTION_TABLE *tables,
                    PULONG count)
{
    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    /* The last slot that is used is of version 4; the table is of the newest, with NULL behind. */
    *package_version = SECPKG_INTERFACE_VERSION_11;
    *tables = &ntlm_table;
    *count = 1;
    return STATUS_SUCCESS;
}
