/*
 * credssp.h: what applications exchange with the CredSSP package (MS-CSSP): TLS first, then
 * Negotiate inside it, then the user's credentials for the server, as Remote Desktop does.
 *
 * A client's AcquireCredentialsHandle takes a CREDSSP_CRED; a server's takes one whose
 * pSchannelCred has its certificate. The server gets the client's credentials with
 * SECPKG_ATTR_CREDS. Microsoft: credssp.h, "Credential Security Support Provider".
 */
#ifndef OPENSSPI_CREDSSP_H
#define OPENSSPI_CREDSSP_H

#include "sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names of the package, for AcquireCredentialsHandle: its own, and that of terminal servers.
 */
#define TS_SSP_NAME_A                            "TSSSP"
#define TS_SSP_NAME                              OPENSSPI_WTEXT("TSSSP")
#define CREDSSP_NAME_A                           "CREDSSP"
#define CREDSSP_NAME                             OPENSSPI_WTEXT("CREDSSP")

/*
 * Attributes of CredSSP contexts, for QueryContextAttributes; the bit SECPKG_ALT_ATTR tells them
 * from those of sspi.h.
 *
 *   CREDS, CREDS_2       server: SecPkgContext_ClientCreds
 *   NEGOTIATION_PACKAGE  what Negotiate chose inside: SecPkgContext_PackageInfo
 *   C_..._TOKEN          server: a token of the client
 *   SERVER_AUTH_FLAGS    client: CREDSSP_SERVER_AUTH_, how the server proved itself
 *   CERT_TRUST_STATUS    client: what was wrong with the server's certificate
 */
#define SECPKG_ALT_ATTR                          0x80000000u
#define SECPKG_ATTR_CREDS                        0x80000080u
#define SECPKG_ATTR_NEGOTIATION_PACKAGE          0x80000081u
#define SECPKG_ATTR_C_FULL_ACCESS_TOKEN          0x80000082u
#define SECPKG_ATTR_SERVER_AUTH_FLAGS            0x80000083u
#define SECPKG_ATTR_CERT_TRUST_STATUS            0x80000084u
#define SECPKG_ATTR_C_FULL_IDENT_TOKEN           0x80000085u
#define SECPKG_ATTR_CREDS_2                      0x80000086u
#define SECPKG_ATTR_C_ACCESS_TOKEN               0x80000012u

/*
 * How the server proved itself: by Kerberos or NTLM, by its certificate, or it is this machine.
 */
#define CREDSSP_SERVER_AUTH_NEGOTIATE            0x00000001u
#define CREDSSP_SERVER_AUTH_CERTIFICATE          0x00000002u
#define CREDSSP_SERVER_AUTH_LOOPBACK             0x00000004u
/* Version and Flags of CREDSSP_CRED_EX. */
#define CREDSSP_CRED_EX_VERSION                  0x00000000u
#define CREDSSP_FLAG_REDIRECT                    0x00000001u

/*
 * What kind of credentials a CREDSSP_CRED holds. Microsoft: CREDSPP_SUBMIT_TYPE (so spelt).
 */
typedef enum _CREDSSP_SUBMIT_TYPE {
    CredsspPasswordCreds = 2,
    CredsspSchannelCreds = 4,
    CredsspCertificateCreds = 13,
    CredsspSubmitBufferBoth = 50,
    CredsspSubmitBufferBothOld = 51,
    CredsspCredEx = 100
} CREDSPP_SUBMIT_TYPE;

/*
 * Credentials for both layers.
 *
 *   Type           what pSpnegoCred is: CredsspPasswordCreds (a SEC_WINNT_AUTH_IDENTITY form),
 *                  CredsspSchannelCreds (none), ...
 *   pSchannelCred  SCHANNEL_CRED or SCH_CREDENTIALS (schannel.h), or NULL
 *   pSpnegoCred    or NULL
 *
 * Read during AcquireCredentialsHandle only. Microsoft: CREDSSP_CRED.
 */
typedef struct _CREDSSP_CRED {
    CREDSPP_SUBMIT_TYPE Type;
    PVOID pSchannelCred;
    PVOID pSpnegoCred;
} CREDSSP_CRED, *PCREDSSP_CRED;

/*
 * The same with flags: Type is CredsspCredEx, Version CREDSSP_CRED_EX_VERSION, Reserved 0. Flags:
 * CREDSSP_FLAG_REDIRECT, the credentials stay on the client's machine.
 */
typedef struct _CREDSSP_CRED_EX {
    CREDSPP_SUBMIT_TYPE Type;
    ULONG Version;
    ULONG Flags;
    ULONG Reserved;
    CREDSSP_CRED Cred;
} CREDSSP_CRED_EX, *PCREDSSP_CRED_EX;

/*
 * SECPKG_ATTR_CREDS: the credentials that the client delegated, AuthBufferLen bytes in a form
 * for a logon. They hold its password: wipe, then free AuthBuffer.
 */
typedef struct _SecPkgContext_ClientCreds {
    ULONG AuthBufferLen;
    PUCHAR AuthBuffer;
} SecPkgContext_ClientCreds, *PSecPkgContext_ClientCreds;

#ifdef __cplusplus
}
#endif

#endif
