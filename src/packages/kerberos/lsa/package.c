/*
 * The Kerberos package's LSA half: what SpLsaModeInitialize exports, and the
 * table of functions (Microsoft's pages on SECPKG_FUNCTION_TABLE). The package
 * uses the authority's published tables only, so it could as well be a third
 * party's.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/info.h"
#include "packages/kerberos/lsa/acceptor.h"
#include "packages/kerberos/lsa/credential.h"
#include "packages/kerberos/lsa/initiator.h"
#include "packages/kerberos/lsa/logon.h"
#include "packages/kerberos/lsa/query.h"

/* 1.2.840.113554.1.2.2 in DER: how Negotiate names Kerberos (RFC 4121 4.1). */
static const UCHAR krb_oid[] = {
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02,
};

/*
 * 1.2.840.48018.1.2.2: the same with a number cut to 16 bits, which Windows sends before the
 * right one (MS-SPNG 3.1.5.2).
 */
static const UCHAR krb_oid_ms[] = {
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02,
};

/*
 * User to user, 1.2.840.113554.1.2.2.3. CHOICE: it is not offered, as MS-SPNG names Kerberos and
 * the token inside says which it is; a peer that does name it, as Windows's servers do in
 * their hints, is understood.
 */
static const UCHAR krb_oid_user[] = {
    0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x03,
};

/* Names that peers may use, beside krb_oid. */
static const struct {
    const UCHAR *der;
    ULONG n;
} extra_oids[] = {
    { krb_oid_ms, sizeof(krb_oid_ms) },
    { krb_oid_user, sizeof(krb_oid_user) },
};
#define EXTRA_OIDS (sizeof(extra_oids) / sizeof(extra_oids[0]))

static const char ap_name[] = KRB_PACKAGE;

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
    (void)parameters;
    return krb_support_open((ULONG)id, table);
}

static NTSTATUS NTAPI
sp_shutdown(void)
{
    krb_support_close();
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
sp_get_info(PSecPkgInfoW info)
{
    *info = krb_package_info;
    return STATUS_SUCCESS;
}

static void
gss_info_fill(PSECPKG_EXTENDED_INFORMATION info)
{
    info->Info.GssInfo.EncodedIdLength = sizeof(krb_oid);
    memcpy((uint8_t *)info + offsetof(SECPKG_EXTENDED_INFORMATION, Info.GssInfo.EncodedId),
           krb_oid, sizeof(krb_oid));
}

static void
extra_oids_fill(PSECPKG_EXTENDED_INFORMATION info)
{
    SECPKG_SERIALIZED_OID *out = info->Info.ExtraOids.Oids;

    info->Info.ExtraOids.OidCount = EXTRA_OIDS;
    for (size_t i = 0; i < EXTRA_OIDS; i++) {
        out[i].OidLength = extra_oids[i].n;
        memcpy(out[i].OidValue, extra_oids[i].der, extra_oids[i].n);
    }
}

static NTSTATUS NTAPI
sp_get_extended(SECPKG_EXTENDED_INFORMATION_CLASS class, PSECPKG_EXTENDED_INFORMATION *out)
{
    /* Of both lists only the beginning is declared; they go on behind it. */
    const size_t size = sizeof(SECPKG_EXTENDED_INFORMATION) + sizeof(krb_oid) +
                        EXTRA_OIDS * sizeof(SECPKG_SERIALIZED_OID);
    PSECPKG_EXTENDED_INFORMATION info;

    *out = NULL;
    if (class != SecpkgGssInfo && class != SecpkgExtraOids)
        return STATUS_NOT_SUPPORTED;
    info = krb_support()->lsa->AllocateLsaHeap((ULONG)size);
    if (info == NULL)
        return STATUS_NO_MEMORY;
    memset(info, 0, size);
    info->Class = class;
    if (class == SecpkgGssInfo)
        gss_info_fill(info);
    else
        extra_oids_fill(info);
    *out = info;
    return STATUS_SUCCESS;
}

static VOID NTAPI
logon_terminated(PLUID logon_id)
{
    krb_logons_end(krb_support()->logons, *logon_id);
}

OPENSSPI_API NTSTATUS OpenSspiPackageInitialize(const struct opensspi_host *host);

NTSTATUS
OpenSspiPackageInitialize(const struct opensspi_host *host)
{
    if (host == NULL || host->size < sizeof(*host) || host->query == NULL)
        return STATUS_INVALID_PARAMETER;
    krb_support_offer(host);
    return STATUS_SUCCESS;
}

/* Slots that are not named are NULL: the authority answers SEC_E_UNSUPPORTED_FUNCTION. */
static SECPKG_FUNCTION_TABLE krb_table = {
    .InitializePackage = package_initialize,
    .LogonTerminated = logon_terminated,
    .Initialize = sp_initialize,
    .Shutdown = sp_shutdown,
    .GetInfo = sp_get_info,
    .AcceptCredentials = krb_credential_accept,
    .AcquireCredentialsHandle = krb_credential_acquire,
    .QueryCredentialsAttributes = krb_credential_query,
    .FreeCredentialsHandle = krb_credential_free,
    .InitLsaModeContext = krb_initiator_initialize,
    .AcceptLsaModeContext = krb_acceptor_accept,
    .DeleteContext = krb_context_delete,
    .GetExtendedInformation = sp_get_extended,
    .QueryContextAttributes = krb_context_query,
};

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG lsa_version, PULONG package_version, PSECPKG_FUNCTION_TABLE *tables,
                    PULONG count)
{
    if (lsa_version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    /* The last slot that is used is of version 1; the table is of the newest, with NULL behind. */
    *package_version = SECPKG_INTERFACE_VERSION_11;
    *tables = &krb_table;
    *count = 1;
    return STATUS_SUCCESS;
}
