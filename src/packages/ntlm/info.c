/*
 * NTLM's SecPkgInfo, as Windows's reports it: name, DCE RPC id 10, largest
 * token, and capability bits 0x82B37. Linked into both halves.
 */
#include "packages/ntlm/info.h"

#define NTLM_RPC_ID 10
#define NTLM_VERSION 1      /* SecPkgInfo.wVersion is 1, whatever the interface's version */

static SEC_WCHAR ntlm_name[] = u"NTLM";
static SEC_WCHAR ntlm_comment[] = u"NTLM Security Package";

const SecPkgInfoW ntlm_package_info = {
    .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_TOKEN_ONLY |
                     SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED |
                     SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
                     SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_LOGON | SECPKG_FLAG_RESTRICTED_TOKENS,
    .wVersion = NTLM_VERSION,
    .wRPCID = NTLM_RPC_ID,
    .cbMaxToken = NTLM_CB_MAX_TOKEN,
    .Name = ntlm_name,
    .Comment = ntlm_comment,
};
