/*
 * schannel.h: what applications exchange with the TLS package (Schannel): credentials,
 * attributes of a context, control tokens.
 *
 * A TLS server makes a credential from a certificate (SCH_CREDENTIALS), runs the handshake with
 * AcceptSecurityContext and ASC_REQ_STREAM, asks for SECPKG_ATTR_STREAM_SIZES, and then encrypts
 * and decrypts records (EncryptMessage, DecryptMessage in sspi.h). To end the connection it
 * passes SCHANNEL_SHUTDOWN to ApplyControlToken and calls AcceptSecurityContext once more for the
 * bytes to send. Without that a peer cannot tell the end from an attack.
 *
 * Microsoft: schannel.h, minschannel.h, "Secure Channel".
 */
#ifndef OPENSSPI_SCHANNEL_H
#define OPENSSPI_SCHANNEL_H

#include "sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names of the package, for AcquireCredentialsHandle. */
#define UNISP_NAME_A                             "Microsoft Unified Security Protocol Provider"
#define UNISP_NAME_W                             \
    OPENSSPI_WTEXT("Microsoft Unified Security Protocol Provider")
#define SCHANNEL_NAME_A                          "Schannel"
#define SCHANNEL_NAME_W                          OPENSSPI_WTEXT("Schannel")
#ifdef UNICODE
#define UNISP_NAME                               UNISP_NAME_W
#define SCHANNEL_NAME                            SCHANNEL_NAME_W
#else
#define UNISP_NAME                               UNISP_NAME_A
#define SCHANNEL_NAME                            SCHANNEL_NAME_A
#endif
/* SecPkgInfo.wRPCID of the package. */
#define UNISP_RPC_ID                             14

/* Attributes. */

/*
 * Attributes of TLS contexts, for QueryContextAttributes and (APP_DATA, EAP_PRF_INFO, UI_INFO,
 * EARLY_START, KEYING_MATERIAL_INFO) SetContextAttributes; SUPPORTED_ALGS, CIPHER_STRENGTHS and
 * SUPPORTED_PROTOCOLS are asked of credentials. Further ones of sspi.h serve as well:
 * UNIQUE_BINDINGS, ENDPOINT_BINDINGS, APPLICATION_PROTOCOL, STREAM_SIZES.
 */
#define SECPKG_ATTR_ISSUER_LIST                  0x00000050u
#define SECPKG_ATTR_REMOTE_CRED                  0x00000051u
#define SECPKG_ATTR_LOCAL_CRED                   0x00000052u
#define SECPKG_ATTR_REMOTE_CERT_CONTEXT          0x00000053u
#define SECPKG_ATTR_LOCAL_CERT_CONTEXT           0x00000054u
#define SECPKG_ATTR_ROOT_STORE                   0x00000055u
#define SECPKG_ATTR_SUPPORTED_ALGS               0x00000056u
#define SECPKG_ATTR_CIPHER_STRENGTHS             0x00000057u
#define SECPKG_ATTR_SUPPORTED_PROTOCOLS          0x00000058u
#define SECPKG_ATTR_ISSUER_LIST_EX               0x00000059u
#define SECPKG_ATTR_CONNECTION_INFO              0x0000005Au
#define SECPKG_ATTR_EAP_KEY_BLOCK                0x0000005Bu
#define SECPKG_ATTR_MAPPED_CRED_ATTR             0x0000005Cu
#define SECPKG_ATTR_SESSION_INFO                 0x0000005Du
#define SECPKG_ATTR_APP_DATA                     0x0000005Eu
#define SECPKG_ATTR_REMOTE_CERTIFICATES          0x0000005Fu
#define SECPKG_ATTR_CLIENT_CERT_POLICY           0x00000060u
#define SECPKG_ATTR_CC_POLICY_RESULT             0x00000061u
#define SECPKG_ATTR_USE_NCRYPT                   0x00000062u
#define SECPKG_ATTR_LOCAL_CERT_INFO              0x00000063u
#define SECPKG_ATTR_CIPHER_INFO                  0x00000064u
#define SECPKG_ATTR_EAP_PRF_INFO                 0x00000065u
#define SECPKG_ATTR_SUPPORTED_SIGNATURES         0x00000066u
#define SECPKG_ATTR_REMOTE_CERT_CHAIN            0x00000067u
#define SECPKG_ATTR_UI_INFO                      0x00000068u
#define SECPKG_ATTR_EARLY_START                  0x00000069u
#define SECPKG_ATTR_KEYING_MATERIAL_INFO         0x0000006Au
#define SECPKG_ATTR_KEYING_MATERIAL              0x0000006Bu
#define SECPKG_ATTR_SRTP_PARAMETERS              0x0000006Cu
#define SECPKG_ATTR_TOKEN_BINDING                0x0000006Du
#define SECPKG_ATTR_CONNECTION_INFO_EX           0x0000006Eu
#define SECPKG_ATTR_KEYING_MATERIAL_TOKEN_BINDING  0x0000006Fu
#define SECPKG_ATTR_KEYING_MATERIAL_INPROC       0x00000070u
#define SECPKG_ATTR_CERT_CHECK_RESULT            0x00000071u
#define SECPKG_ATTR_CERT_CHECK_RESULT_INPROC     0x00000072u
#define SECPKG_ATTR_SESSION_TICKET_KEYS          0x00000073u
#define SECPKG_ATTR_SERIALIZED_REMOTE_CERT_CONTEXT_INPROC  0x00000074u
#define SECPKG_ATTR_SERIALIZED_REMOTE_CERT_CONTEXT  0x00000075u
/* Version of SECPKG_ATTR_SESSION_TICKET_KEYS. */
#define SESSION_TICKET_INFO_V0                   0

/* Number of an algorithm in Windows's older cryptographic interface. */
typedef unsigned int ALG_ID;
/* A certificate, with or without its key. Only pointers are handed on. */
typedef const struct _CERT_CONTEXT *PCCERT_CONTEXT;
/* A store of certificates. */
typedef void *HCERTSTORE;
struct _HMAPPER;

/* For what an algorithm is used. */
typedef enum _eTlsAlgorithmUsage {
    TlsParametersCngAlgUsageKeyExchange = 0,
    TlsParametersCngAlgUsageSignature = 1,
    TlsParametersCngAlgUsageCipher = 2,
    TlsParametersCngAlgUsageDigest = 3,
    TlsParametersCngAlgUsageCertSig = 4
} eTlsAlgorithmUsage;

/*
 * An algorithm that TLS_PARAMETERS rules out, by name (strCngAlgId), chaining modes and key
 * lengths in bits. Microsoft: CRYPTO_SETTINGS.
 */
typedef struct _CRYPTO_SETTINGS {
    eTlsAlgorithmUsage eAlgorithmUsage;
    UNICODE_STRING strCngAlgId;
    DWORD cChainingModes;
    PUNICODE_STRING rgstrChainingModes;
    DWORD dwMinBitLength;
    DWORD dwMaxBitLength;
} CRYPTO_SETTINGS, *PCRYPTO_SETTINGS;

/*
 * Limits for some application protocols (cAlpnIds names), or for all (0).
 *
 *   grbitDisabledProtocols  SP_PROT_ bits that must not be used
 *   pDisabledCrypto         cDisabledCrypto algorithms that must not be used
 *
 * Microsoft: TLS_PARAMETERS.
 */
typedef struct _TLS_PARAMETERS {
    DWORD cAlpnIds;
    PUNICODE_STRING rgstrAlpnIds;
    DWORD grbitDisabledProtocols;
    DWORD cDisabledCrypto;
    PCRYPTO_SETTINGS pDisabledCrypto;
    DWORD dwFlags;
} TLS_PARAMETERS, *PTLS_PARAMETERS;

/* Versions, limits and formats of the two forms of credentials. */
#define SCH_CRED_V1                              1
#define SCH_CRED_V2                              2
#define SCH_CRED_VERSION                         2
#define SCH_CRED_V3                              3
#define SCHANNEL_CRED_VERSION                    4
#define SCH_CREDENTIALS_VERSION                  5
#define SCH_CRED_MAX_SUPPORTED_PARAMETERS        16
#define SCH_CRED_MAX_SUPPORTED_ALPN_IDS          16
#define SCH_CRED_MAX_SUPPORTED_CRYPTO_SETTINGS   16
#define SCH_CRED_MAX_SUPPORTED_CHAINING_MODES    16
#define SCH_MAX_EXT_SUBSCRIPTIONS                2
#define SCH_CRED_MAX_STORE_NAME_SIZE             128
#define SCH_CRED_MAX_SUPPORTED_ALGS              256
#define SCH_CRED_MAX_SUPPORTED_CERTS             100
#define SCH_CRED_FORMAT_CERT_CONTEXT             0
#define SCH_CRED_FORMAT_CERT_HASH                1
#define SCH_CRED_FORMAT_CERT_HASH_STORE          2
#define SCHANNEL_SECRET_TYPE_CAPI                1
#define SCHANNEL_SECRET_PRIVKEY                  2
#define SCH_CRED_X509_CERTCHAIN                  1
#define SCH_CRED_X509_CAPI                       2
#define SCH_CRED_CERT_CONTEXT                    3

/*
 * dwFlags of SCHANNEL_CRED and SCH_CREDENTIALS.
 *
 *   NO_SYSTEM_MAPPER        server: do not map client certificates to accounts
 *   NO_SERVERNAME_CHECK     client: the name in the server's certificate is not compared
 *   MANUAL_CRED_VALIDATION  client: the application checks the server's certificate itself
 *   AUTO_CRED_VALIDATION    client: the package does; the default
 *   NO_DEFAULT_CREDS        client: no certificate but the one given
 *   REVOCATION_CHECK_...    which certificates of the chain are asked about
 *   SEND_ROOT_CERT          send the chain with its root
 *   USE_STRONG_CRYPTO       leave weak ciphers out
 *   USE_DTLS_ONLY           DTLS instead of TLS
 *   ALLOW_NULL_ENCRYPTION   also ciphers that only sign
 */
#define SCH_MACHINE_CERT_HASH                    0x00000001u
#define SCH_CRED_NO_SYSTEM_MAPPER                0x00000002u
#define SCH_CRED_NO_SERVERNAME_CHECK             0x00000004u
#define SCH_CRED_MANUAL_CRED_VALIDATION          0x00000008u
#define SCH_CRED_NO_DEFAULT_CREDS                0x00000010u
#define SCH_CRED_AUTO_CRED_VALIDATION            0x00000020u
#define SCH_CRED_USE_DEFAULT_CREDS               0x00000040u
#define SCH_CRED_DISABLE_RECONNECTS              0x00000080u
#define SCH_CRED_REVOCATION_CHECK_END_CERT       0x00000100u
#define SCH_CRED_REVOCATION_CHECK_CHAIN          0x00000200u
#define SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT  0x00000400u
#define SCH_CRED_IGNORE_NO_REVOCATION_CHECK      0x00000800u
#define SCH_CRED_IGNORE_REVOCATION_OFFLINE       0x00001000u
#define SCH_CRED_RESTRICTED_ROOTS                0x00002000u
#define SCH_CRED_REVOCATION_CHECK_CACHE_ONLY     0x00004000u
#define SCH_CRED_CACHE_ONLY_URL_RETRIEVAL        0x00008000u
#define SCH_CRED_MEMORY_STORE_CERT               0x00010000u
#define SCH_CRED_CACHE_ONLY_URL_RETRIEVAL_ON_CREATE  0x00020000u
#define SCH_SEND_ROOT_CERT                       0x00040000u
#define SCH_CRED_SNI_CREDENTIAL                  0x00080000u
#define SCH_CRED_SNI_ENABLE_OCSP                 0x00100000u
#define SCH_SEND_AUX_RECORD                      0x00200000u
#define SCH_USE_STRONG_CRYPTO                    0x00400000u
#define SCH_USE_PRESHAREDKEY_ONLY                0x00800000u
#define SCH_USE_DTLS_ONLY                        0x01000000u
#define SCH_ALLOW_NULL_ENCRYPTION                0x02000000u
#define SCH_CRED_DEFERRED_CRED_VALIDATION        0x04000000u

/*
 * Credentials of the older form, with the protocols by bit.
 *
 *   dwVersion              SCHANNEL_CRED_VERSION
 *   cCreds, paCred         certificates; a server needs one, a client may have none
 *   hRootStore             server: issuers that client certificates may come from
 *   cMappers, aphMappers   0, NULL
 *   palgSupportedAlgs      cSupportedAlgs algorithms to allow; 0: the default ones
 *   grbitEnabledProtocols  SP_PROT_ bits; 0: the default ones
 *   dwMinimumCipherStrength, dwMaximumCipherStrength
 *                          bits of key; 0: the default
 *   dwSessionLifespan      milliseconds for which sessions may be resumed; 0: the default
 *   dwFlags                SCH_ bits
 *   dwCredFormat           SCH_CRED_FORMAT_CERT_CONTEXT
 *
 * Read during AcquireCredentialsHandle only. Microsoft: SCHANNEL_CRED.
 */
typedef struct _SCHANNEL_CRED {
    DWORD dwVersion;
    DWORD cCreds;
    PCCERT_CONTEXT *paCred;
    HCERTSTORE hRootStore;
    DWORD cMappers;
    struct _HMAPPER **aphMappers;
    DWORD cSupportedAlgs;
    ALG_ID *palgSupportedAlgs;
    DWORD grbitEnabledProtocols;
    DWORD dwMinimumCipherStrength;
    DWORD dwMaximumCipherStrength;
    DWORD dwSessionLifespan;
    DWORD dwFlags;
    DWORD dwCredFormat;
} SCHANNEL_CRED, *PSCHANNEL_CRED;

/*
 * Credentials of the newer form, needed for TLS 1.3: dwVersion is SCH_CREDENTIALS_VERSION, and
 * pTlsParameters (cTlsParameters entries) says what is ruled out, so new protocols are in by
 * default. Other members as in SCHANNEL_CRED. Microsoft: SCH_CREDENTIALS.
 */
typedef struct _SCH_CREDENTIALS {
    DWORD dwVersion;
    DWORD dwCredFormat;
    DWORD cCreds;
    PCCERT_CONTEXT *paCred;
    HCERTSTORE hRootStore;
    DWORD cMappers;
    struct _HMAPPER **aphMappers;
    DWORD dwSessionLifespan;
    DWORD dwFlags;
    DWORD cTlsParameters;
    PTLS_PARAMETERS pTlsParameters;
} SCH_CREDENTIALS, *PSCH_CREDENTIALS;

/* Protocol versions, a bit for each side. */
#define SP_PROT_PCT1_SERVER                      0x00000001u
#define SP_PROT_PCT1_CLIENT                      0x00000002u
#define SP_PROT_SSL2_SERVER                      0x00000004u
#define SP_PROT_SSL2_CLIENT                      0x00000008u
#define SP_PROT_SSL3_SERVER                      0x00000010u
#define SP_PROT_SSL3_CLIENT                      0x00000020u
#define SP_PROT_TLS1_SERVER                      0x00000040u
#define SP_PROT_TLS1_CLIENT                      0x00000080u
#define SP_PROT_UNI_SERVER                       0x40000000u
#define SP_PROT_UNI_CLIENT                       0x80000000u
#define SP_PROT_ALL                              0xFFFFFFFFu
#define SP_PROT_NONE                             0x00000000u
#define SP_PROT_TLS1_1_SERVER                    0x00000100u
#define SP_PROT_TLS1_1_CLIENT                    0x00000200u
#define SP_PROT_TLS1_2_SERVER                    0x00000400u
#define SP_PROT_TLS1_2_CLIENT                    0x00000800u
#define SP_PROT_TLS1_3_SERVER                    0x00001000u
#define SP_PROT_TLS1_3_CLIENT                    0x00002000u
#define SP_PROT_DTLS_SERVER                      0x00010000u
#define SP_PROT_DTLS_CLIENT                      0x00020000u
#define SP_PROT_DTLS1_2_SERVER                   0x00040000u
#define SP_PROT_DTLS1_2_CLIENT                   0x00080000u

/* dwTokenType of ApplyControlToken's buffers; SHUTDOWN and RENEGOTIATE are a DWORD alone. */
#define SCHANNEL_RENEGOTIATE                     0
#define SCHANNEL_SHUTDOWN                        1
#define SCHANNEL_ALERT                           2
#define SCHANNEL_SESSION                         3

/*
 * Makes an alert. dwAlertType: 1 warning, 2 fatal; dwAlertNumber: RFC 8446, 6.
 * Microsoft: SCHANNEL_ALERT_TOKEN.
 */
typedef struct _SCHANNEL_ALERT_TOKEN {
    DWORD dwTokenType;
    DWORD dwAlertType;
    DWORD dwAlertNumber;
} SCHANNEL_ALERT_TOKEN;

/* Turns resumption on or off for a context. Microsoft: SCHANNEL_SESSION_TOKEN. */
typedef struct _SCHANNEL_SESSION_TOKEN {
    DWORD dwTokenType;
    DWORD dwFlags;
} SCHANNEL_SESSION_TOKEN;

/*
 * SECPKG_ATTR_CONNECTION_INFO: what the handshake agreed on. dwProtocol: one SP_PROT_ bit;
 * strengths in bits. Microsoft: SecPkgContext_ConnectionInfo.
 */
typedef struct _SecPkgContext_ConnectionInfo {
    DWORD dwProtocol;
    ALG_ID aiCipher;
    DWORD dwCipherStrength;
    ALG_ID aiHash;
    DWORD dwHashStrength;
    ALG_ID aiExch;
    DWORD dwExchStrength;
} SecPkgContext_ConnectionInfo, *PSecPkgContext_ConnectionInfo;

/*
 * SECPKG_ATTR_SESSION_INFO: id of the TLS session, cbSessionId bytes; dwFlags 1: it was resumed.
 */
typedef struct _SecPkgContext_SessionInfo {
    DWORD dwFlags;
    DWORD cbSessionId;
    BYTE rgbSessionId[32];
} SecPkgContext_SessionInfo, *PSecPkgContext_SessionInfo;

/*
 * SECPKG_ATTR_APP_DATA, set and query: the application's own bytes with a session. Query: free
 * pbAppData.
 */
typedef struct _SecPkgContext_SessionAppData {
    DWORD dwFlags;
    DWORD cbAppData;
    PBYTE pbAppData;
} SecPkgContext_SessionAppData, *PSecPkgContext_SessionAppData;

/* SECPKG_ATTR_EAP_KEY_BLOCK: keys for EAP-TLS (RFC 5216). Wipe after use. */
typedef struct _SecPkgContext_EapKeyBlock {
    BYTE rgbKeys[128];
    BYTE rgbIVs[64];
} SecPkgContext_EapKeyBlock, *PSecPkgContext_EapKeyBlock;

/* A distinguished name in DER. */
typedef struct _CRYPTOAPI_BLOB {
    DWORD cbData;
    BYTE *pbData;
} CERT_NAME_BLOB, *PCERT_NAME_BLOB;

/*
 * SECPKG_ATTR_ISSUER_LIST_EX, client: from whom the server wants a certificate, cIssuers names.
 * One block: free aIssuers.
 */
typedef struct _SecPkgContext_IssuerListInfoEx {
    PCERT_NAME_BLOB aIssuers;
    DWORD cIssuers;
} SecPkgContext_IssuerListInfoEx, *PSecPkgContext_IssuerListInfoEx;

#ifdef __cplusplus
}
#endif

#endif
