/*
 * Kerberos's SecPkgInfo, as Windows's reports it: name, DCE RPC id 16, largest
 * token. Linked into both halves.
 */
#include "packages/kerberos/info.h"

#define KRB_RPC_ID 16
#define KRB_VERSION 1       /* SecPkgInfo.wVersion is 1, whatever the interface's version */

static SEC_WCHAR krb_name[] = u"Kerberos";
static SEC_WCHAR krb_comment[] = u"Microsoft Kerberos V1.0";

const SecPkgInfoW krb_package_info = {
    .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_TOKEN_ONLY |
                     SECPKG_FLAG_DATAGRAM | SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED |
                     SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
                     SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE |
                     SECPKG_FLAG_GSS_COMPATIBLE | SECPKG_FLAG_LOGON | SECPKG_FLAG_MUTUAL_AUTH |
                     SECPKG_FLAG_DELEGATION | SECPKG_FLAG_READONLY_WITH_CHECKSUM |
                     SECPKG_FLAG_RESTRICTED_TOKENS,
    .wVersion = KRB_VERSION,
    .wRPCID = KRB_RPC_ID,
    .cbMaxToken = KRB_CB_MAX_TOKEN,
    .Name = krb_name,
    .Comment = krb_comment,
};
