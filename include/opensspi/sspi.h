/*
 * sspi.h: the Security Support Provider Interface, the side that applications see.
 *
 * A server in ten lines (error handling left out):
 *
 *     CredHandle cred; CtxtHandle ctx; TimeStamp expiry; ULONG attr;
 *     AcquireCredentialsHandleW(NULL, u"Negotiate", SECPKG_CRED_INBOUND, NULL, NULL,
 *         NULL, NULL, &cred, &expiry);
 *     do {
 *         receive(&in);                           // one SECBUFFER_TOKEN from the peer
 *         s = AcceptSecurityContext(&cred, first ? NULL : &ctx, &in,
 *             ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY,
 *             SECURITY_NETWORK_DREP, &ctx, &out, &attr, &expiry);
 *         if (out token has cbBuffer > 0) send(&out), FreeContextBuffer(its pvBuffer);
 *     } while (s == SEC_I_CONTINUE_NEEDED);
 *     check attr, QueryContextAttributesW(&ctx, SECPKG_ATTR_NAMES, ...), use the context;
 *     DeleteSecurityContext(&ctx); FreeCredentialsHandle(&cred);
 *
 * What holds for every function here, unless its comment says otherwise:
 *
 * - Return value: a SECURITY_STATUS of winerror.h. Negative: failed. SEC_E_OK or a
 *   positive SEC_I_ code: not failed; SEC_I_ tells what to do next. Never compare with
 *   SEC_E_OK alone in a handshake.
 * - Strings: functions ending in W take UTF-16, NUL-terminated, in the machine's byte
 *   order; those in A take UTF-8 (on Windows: the ANSI code page). An unpaired surrogate
 *   or malformed UTF-8 is refused. Package names compare without regard to case.
 * - Lengths are bytes unless a comment says "characters" (16-bit units in W forms).
 * - Memory that a function allocates and hands out, in an out-parameter or in a member
 *   of an attribute structure, is the caller's: free each such pointer once, with
 *   FreeContextBuffer, from any thread. Exceptions are the Sspi* helpers at the end
 *   (SspiFreeAuthIdentity, SspiLocalFree). Memory passed in is only read, and may be
 *   reused as soon as the function returns.
 * - Time: TimeStamp, 100 ns units since 1601-01-01. CHOICE: UTC throughout, where
 *   Microsoft's pages ask packages for local time. "Never" is 0x7FFFFFFFFFFFFFFF.
 * - Threads: different handles may be used from different threads at once. One context
 *   takes one InitializeSecurityContext or AcceptSecurityContext at a time; once it is
 *   established one thread may protect messages while another unprotects.
 * - fork: a child does not own its parent's handles; every use there answers
 *   SEC_E_INVALID_HANDLE (or two processes would use one key stream). Where a package
 *   can export a context (ExportSecurityContext), the child imports it (examples/prefork.c).
 * - SEC_E_UNSUPPORTED_FUNCTION: the function, attribute or flag is not there in the
 *   package. Authentication that failed is SEC_E_LOGON_DENIED; an authority that cannot be
 *   reached is never reported so.
 *
 * Microsoft: "SSPI Functions", "SSPI Structures", sspi.h. Structures have the size and
 * the offsets of 64-bit Windows.
 */
#ifndef OPENSSPI_SSPI_H
#define OPENSSPI_SSPI_H

#include "windows.h"
#include "winerror.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ISSP_LEVEL 32
#define ISSP_MODE  1

#ifndef SEC_ENTRY
/* Windows: __stdcall. It has no meaning on 64-bit machines. */
#define SEC_ENTRY
#endif
#ifndef SEC_FAR
#define SEC_FAR
#endif
#define SEC_TEXT TEXT

#ifndef __SECSTATUS_DEFINED__
#define __SECSTATUS_DEFINED__
/*
 * What SSPI functions return: a 32-bit status, values in winerror.h. Packages return the
 * same number as an NTSTATUS (ntstatus.h).
 */
typedef LONG SECURITY_STATUS;
#endif

typedef WCHAR SEC_WCHAR;
typedef CHAR SEC_CHAR;
/* A counted UTF-16 string: lengths in bytes, no terminator promised. */
typedef UNICODE_STRING SECURITY_STRING, *PSECURITY_STRING;
typedef LARGE_INTEGER SECURITY_INTEGER, *PSECURITY_INTEGER;
/* 100 ns units since 1601-01-01 UTC, in QuadPart. */
typedef SECURITY_INTEGER TimeStamp, *PTimeStamp;

#ifdef UNICODE
typedef SEC_WCHAR *SECURITY_PSTR;
typedef const SEC_WCHAR *SECURITY_PCSTR;
#else
typedef SEC_CHAR *SECURITY_PSTR;
typedef const SEC_CHAR *SECURITY_PCSTR;
#endif

/* Handles. */

/*
 * An opaque handle of two words, for a credential (CredHandle) or a context (CtxtHandle).
 * Only the library gives the words a meaning. The caller owns the structure; it may be
 * copied, and the copies name the same object.
 *
 * After FreeCredentialsHandle or DeleteSecurityContext both words are SEC_DELETED_HANDLE.
 * SecInvalidateHandle marks a structure as holding nothing; SecIsValidHandle only tells
 * whether it is so marked, not whether the handle is alive.
 * Microsoft: SecHandle, "SSPI Handles".
 */
typedef struct _SecHandle {
    ULONG_PTR dwLower;
    ULONG_PTR dwUpper;
} SecHandle, *PSecHandle;
typedef SecHandle CredHandle, *PCredHandle;
typedef SecHandle CtxtHandle, *PCtxtHandle;

#define SEC_DELETED_HANDLE ((ULONG_PTR)-2)
#define SecInvalidateHandle(x) \
    ((void)(((PSecHandle)(x))->dwLower = ((PSecHandle)(x))->dwUpper = (ULONG_PTR)-1))
#define SecIsValidHandle(x) \
    (((PSecHandle)(x))->dwLower != (ULONG_PTR)-1 && ((PSecHandle)(x))->dwUpper != (ULONG_PTR)-1)

/* Packages. */

/*
 * One security package, as EnumerateSecurityPackages and QuerySecurityPackageInfo
 * describe it and as a package fills it in SpGetInfo.
 *
 *   fCapabilities  SECPKG_FLAG_ bits
 *   wVersion       version of the interface: always 1
 *   wRPCID         the number of the package in DCE RPC, or SECPKG_ID_NONE
 *   cbMaxToken     size in bytes of the largest token of a handshake; a caller that does
 *                  not use ..._ALLOCATE_MEMORY gives output buffers of this size
 *   Name           the name that AcquireCredentialsHandle takes
 *   Comment        for people
 *
 * In a block that SSPI returned, the strings lie in the same block: free the whole with
 * one FreeContextBuffer. Microsoft: SecPkgInfo.
 */
typedef struct _SecPkgInfoW {
    ULONG fCapabilities;
    USHORT wVersion;
    USHORT wRPCID;
    ULONG cbMaxToken;
    SEC_WCHAR *Name;
    SEC_WCHAR *Comment;
} SecPkgInfoW, *PSecPkgInfoW;

typedef struct _SecPkgInfoA {
    ULONG fCapabilities;
    USHORT wVersion;
    USHORT wRPCID;
    ULONG cbMaxToken;
    SEC_CHAR *Name;
    SEC_CHAR *Comment;
} SecPkgInfoA, *PSecPkgInfoA;

/*
 * SecPkgInfo.fCapabilities: what a package can do.
 *
 *   INTEGRITY, PRIVACY         MakeSignature/VerifySignature; EncryptMessage/DecryptMessage
 *   TOKEN_ONLY                 only the handshake's tokens interest it, no message data
 *   DATAGRAM, CONNECTION, STREAM
 *                              kinds of context; see ISC_REQ_
 *   MULTI_REQUIRED             reauthentication needs the full exchange
 *   CLIENT_ONLY                no server side
 *   EXTENDED_ERROR             a failing side can send a token that says why
 *   IMPERSONATION              the server can act as the client
 *   NEGOTIABLE, NEGOTIABLE2    Negotiate may choose it
 *   GSS_COMPATIBLE             tokens are those of a GSS-API mechanism
 *   LOGON                      can log a user on
 *   MUTUAL_AUTH, DELEGATION    can prove the server to the client; can forward credentials
 *   READONLY_WITH_CHECKSUM     takes SECBUFFER_READONLY_WITH_CHECKSUM buffers
 *   NEGO_EXTENDER              speaks for others inside Negotiate; at most one package
 */
#define SECPKG_FLAG_INTEGRITY                    0x00000001u
#define SECPKG_FLAG_PRIVACY                      0x00000002u
#define SECPKG_FLAG_TOKEN_ONLY                   0x00000004u
#define SECPKG_FLAG_DATAGRAM                     0x00000008u
#define SECPKG_FLAG_CONNECTION                   0x00000010u
#define SECPKG_FLAG_MULTI_REQUIRED               0x00000020u
#define SECPKG_FLAG_CLIENT_ONLY                  0x00000040u
#define SECPKG_FLAG_EXTENDED_ERROR               0x00000080u
#define SECPKG_FLAG_IMPERSONATION                0x00000100u
#define SECPKG_FLAG_ACCEPT_WIN32_NAME            0x00000200u
#define SECPKG_FLAG_STREAM                       0x00000400u
#define SECPKG_FLAG_NEGOTIABLE                   0x00000800u
#define SECPKG_FLAG_GSS_COMPATIBLE               0x00001000u
#define SECPKG_FLAG_LOGON                        0x00002000u
#define SECPKG_FLAG_ASCII_BUFFERS                0x00004000u
#define SECPKG_FLAG_FRAGMENT                     0x00008000u
#define SECPKG_FLAG_MUTUAL_AUTH                  0x00010000u
#define SECPKG_FLAG_DELEGATION                   0x00020000u
#define SECPKG_FLAG_READONLY_WITH_CHECKSUM       0x00040000u
#define SECPKG_FLAG_RESTRICTED_TOKENS            0x00080000u
#define SECPKG_FLAG_NEGO_EXTENDER                0x00100000u
#define SECPKG_FLAG_NEGOTIABLE2                  0x00200000u
#define SECPKG_FLAG_APPCONTAINER_PASSTHROUGH     0x00400000u
#define SECPKG_FLAG_APPCONTAINER_CHECKS          0x00800000u
#define SECPKG_FLAG_CREDENTIAL_ISOLATION_ENABLED  0x01000000u
#define SECPKG_FLAG_APPLY_LOOPBACK               0x02000000u
#define SECPKG_ID_NONE                           0xFFFF

/* Flags that LSA_SECPKG_FUNCTION_TABLE.GetExtendedCallFlags reports to packages. */
#define SECPKG_CALLFLAGS_APPCONTAINER            0x00000001u
#define SECPKG_CALLFLAGS_APPCONTAINER_AUTHCAPABLE  0x00000002u
#define SECPKG_CALLFLAGS_FORCE_SUPPLIED          0x00000004u
#define SECPKG_CALLFLAGS_APPCONTAINER_UPNCAPABLE  0x00000008u

/*
 * How AddSecurityPackage is to load a package. Size: sizeof the structure. Type: what the
 * module is; UNKNOWN lets the library find out. Flags: SECPKG_OPTIONS_PERMANENT to load it
 * at each start. Signature: not used. Microsoft: SECURITY_PACKAGE_OPTIONS.
 */
typedef struct _SECURITY_PACKAGE_OPTIONS {
    ULONG Size;
    ULONG Type;
    ULONG Flags;
    ULONG SignatureSize;
    void *Signature;
} SECURITY_PACKAGE_OPTIONS, *PSECURITY_PACKAGE_OPTIONS;

#define SECPKG_OPTIONS_TYPE_UNKNOWN              0x00000000u
#define SECPKG_OPTIONS_TYPE_LSA                  0x00000001u
#define SECPKG_OPTIONS_TYPE_SSPI                 0x00000002u
#define SECPKG_OPTIONS_PERMANENT                 0x00000001u

/* Buffers. */

/*
 * One buffer of a message or token.
 *
 *   cbBuffer    bytes at pvBuffer. For an output buffer: its room on entry, the bytes used
 *               on return (0: there is nothing to send)
 *   BufferType  one of SECBUFFER_, the low 28 bits, with attribute bits in the top four
 *   pvBuffer    the bytes; NULL where the function is to allocate (..._ALLOCATE_MEMORY)
 *
 * Microsoft: SecBuffer.
 */
typedef struct _SecBuffer {
    ULONG cbBuffer;
    ULONG BufferType;
    void *pvBuffer;
} SecBuffer, *PSecBuffer;

/*
 * An array of buffers. ulVersion is SECBUFFER_VERSION; cBuffers may be 0 with pBuffers
 * NULL. Functions look buffers up by type, except where a package counts by index
 * (Digest). Order is free otherwise. Microsoft: SecBufferDesc.
 */
typedef struct _SecBufferDesc {
    ULONG ulVersion;
    ULONG cBuffers;
    PSecBuffer pBuffers;
} SecBufferDesc, *PSecBufferDesc;

#define SECBUFFER_VERSION                        0

/*
 * SecBuffer.BufferType.
 *
 *   EMPTY                 a place that the package may retype (EXTRA, MISSING, ...)
 *   DATA                  the message: encrypted and decrypted in place
 *   TOKEN                 handshake token; signature or trailer of a message
 *   PKG_PARAMS            input that only the package understands
 *   MISSING               cbBuffer is the count of bytes still wanted (a hint)
 *   EXTRA                 cbBuffer bytes at the END of the input were not used; keep them
 *                         as the start of the next input. pvBuffer need not be set
 *   STREAM_HEADER, STREAM_TRAILER
 *                         room before and after a record; sizes: SecPkgContext_StreamSizes
 *   PADDING               room of cbBlockSize bytes for block ciphers
 *   STREAM                a whole protected message, to be taken apart in place
 *   NEGOTIATION_INFO      SEC_NEGOTIATION_INFO, a hint for Negotiate
 *   MECHLIST, MECHLIST_SIGNATURE
 *                         between Negotiate and a package it chose
 *   CHANNEL_BINDINGS      SEC_CHANNEL_BINDINGS, input of a handshake
 *   CHANGE_PASS_RESPONSE  detail why ChangeAccountPassword failed
 *   TARGET_HOST           UTF-16 name under which the server was reached, input of Accept
 *   ALERT                 TLS alert to send
 *   APPLICATION_PROTOCOLS SEC_APPLICATION_PROTOCOLS: ALPN
 *   FLAGS                 SEC_FLAGS: requirement bits above the low 32
 *   CHANNEL_BINDINGS_RESULT
 *                         output: SEC_CHANNEL_BINDINGS_RESULT
 *
 * The others belong to TLS and DTLS and carry the structure of the same name.
 */
#define SECBUFFER_EMPTY                          0
#define SECBUFFER_DATA                           1
#define SECBUFFER_TOKEN                          2
#define SECBUFFER_PKG_PARAMS                     3
#define SECBUFFER_MISSING                        4
#define SECBUFFER_EXTRA                          5
#define SECBUFFER_STREAM_TRAILER                 6
#define SECBUFFER_STREAM_HEADER                  7
#define SECBUFFER_NEGOTIATION_INFO               8
#define SECBUFFER_PADDING                        9
#define SECBUFFER_STREAM                         10
#define SECBUFFER_MECHLIST                       11
#define SECBUFFER_MECHLIST_SIGNATURE             12
#define SECBUFFER_TARGET                         13
#define SECBUFFER_CHANNEL_BINDINGS               14
#define SECBUFFER_CHANGE_PASS_RESPONSE           15
#define SECBUFFER_TARGET_HOST                    16
#define SECBUFFER_ALERT                          17
#define SECBUFFER_APPLICATION_PROTOCOLS          18
#define SECBUFFER_SRTP_PROTECTION_PROFILES       19
#define SECBUFFER_SRTP_MASTER_KEY_IDENTIFIER     20
#define SECBUFFER_TOKEN_BINDING                  21
#define SECBUFFER_PRESHARED_KEY                  22
#define SECBUFFER_PRESHARED_KEY_IDENTITY         23
#define SECBUFFER_DTLS_MTU                       24
#define SECBUFFER_SEND_GENERIC_TLS_EXTENSION     25
#define SECBUFFER_SUBSCRIBE_GENERIC_TLS_EXTENSION  26
#define SECBUFFER_FLAGS                          27
#define SECBUFFER_TRAFFIC_SECRETS                28
#define SECBUFFER_CERTIFICATE_REQUEST_CONTEXT    29
#define SECBUFFER_CHANNEL_BINDINGS_RESULT        30
#define SECBUFFER_APP_SESSION_STATE              31
#define SECBUFFER_SESSION_TICKET                 32

/*
 * Attribute bits of SecBuffer.BufferType; mask them off before comparing the type.
 *
 *   READONLY                the function may neither write the buffer nor cover it by a
 *                           checksum
 *   READONLY_WITH_CHECKSUM  may not write it, but does sign it (headers of RPC)
 *   RESERVED                for the authority; cleared in what applications pass
 */
#define SECBUFFER_ATTRMASK                       0xF0000000u
#define SECBUFFER_READONLY                       0x80000000u
#define SECBUFFER_READONLY_WITH_CHECKSUM         0x10000000u
#define SECBUFFER_RESERVED                       0x60000000u

/* Contents of a SECBUFFER_NEGOTIATION_INFO. NameLength counts characters. */
typedef struct _SEC_NEGOTIATION_INFO {
    ULONG Size;
    ULONG NameLength;
    SEC_WCHAR *Name;
    void *Reserved;
} SEC_NEGOTIATION_INFO, *PSEC_NEGOTIATION_INFO;

/*
 * Contents of a SECBUFFER_CHANNEL_BINDINGS: ties a handshake to the TLS channel under it.
 * The three areas follow the structure in the same buffer; each offset counts from the
 * start of the structure, and offset + length must not exceed cbBuffer. For TLS only the
 * application data is used: "tls-unique:" or "tls-server-end-point:" and the value
 * (RFC 5929); Schannel's SECPKG_ATTR_UNIQUE_BINDINGS and _ENDPOINT_BINDINGS return it ready.
 * Both sides hash it with MD5 (RFC 2744, RFC 4121, MS-NLMP); a difference is
 * SEC_E_BAD_BINDINGS. A server that passes none checks none.
 * Microsoft: SEC_CHANNEL_BINDINGS.
 */
typedef struct _SEC_CHANNEL_BINDINGS {
    ULONG dwInitiatorAddrType;
    ULONG cbInitiatorLength;
    ULONG dwInitiatorOffset;
    ULONG dwAcceptorAddrType;
    ULONG cbAcceptorLength;
    ULONG dwAcceptorOffset;
    ULONG cbApplicationDataLength;
    ULONG dwApplicationDataOffset;
} SEC_CHANNEL_BINDINGS, *PSEC_CHANNEL_BINDINGS;

/* First word of SEC_CHANNEL_BINDINGS_EX: tells the two forms apart. */
#define SEC_CHANNEL_BINDINGS_EX_MAGIC            0x58454243u
#define SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS      0x00000001u

/*
 * The longer form of SEC_CHANNEL_BINDINGS. flags: SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS, do
 * not fail on a mismatch, report it in the result buffer. cbHeaderLength: size of this
 * structure; cbStructureLength: of it and its data.
 */
typedef struct _SEC_CHANNEL_BINDINGS_EX {
    ULONG magicNumber;
    ULONG flags;
    ULONG cbHeaderLength;
    ULONG cbStructureLength;
    ULONG dwInitiatorAddrType;
    ULONG cbInitiatorLength;
    ULONG dwInitiatorOffset;
    ULONG dwAcceptorAddrType;
    ULONG cbAcceptorLength;
    ULONG dwAcceptorOffset;
    ULONG cbApplicationDataLength;
    ULONG dwApplicationDataOffset;
} SEC_CHANNEL_BINDINGS_EX, *PSEC_CHANNEL_BINDINGS_EX;

/*
 * Contents of a SECBUFFER_CHANNEL_BINDINGS_RESULT, written by AcceptSecurityContext: what
 * became of the client's channel bindings. One bit of VALID or NOTVALID, with CLIENT_SUPPORT
 * (the client knows of bindings) or ABSENT (it sent none).
 */
typedef struct _SEC_CHANNEL_BINDINGS_RESULT {
    ULONG flags;
} SEC_CHANNEL_BINDINGS_RESULT, *PSEC_CHANNEL_BINDINGS_RESULT;

#define SEC_CHANNEL_BINDINGS_RESULT_CLIENT_SUPPORT  0x00000001u
#define SEC_CHANNEL_BINDINGS_RESULT_ABSENT       0x00000002u
#define SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH  0x00000004u
#define SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISSING  0x00000008u
#define SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED  0x00000010u
#define SEC_CHANNEL_BINDINGS_RESULT_VALID_PROXY  0x00000020u
#define SEC_CHANNEL_BINDINGS_RESULT_VALID_MISSING  0x00000040u
#define SEC_CHANNEL_BINDINGS_RESULT_VALID        0x00000070u
#define SEC_CHANNEL_BINDINGS_RESULT_NOTVALID     0x0000000Cu

typedef enum _SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT {
    SecApplicationProtocolNegotiationExt_None = 0,
    SecApplicationProtocolNegotiationExt_NPN = 1,
    SecApplicationProtocolNegotiationExt_ALPN = 2
} SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT, *PSEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT;

/*
 * One list of application protocols for the TLS handshake: ALPN (RFC 7301) or NPN.
 * ProtocolList: ProtocolListSize bytes, each name preceded by its length in one byte.
 */
typedef struct _SEC_APPLICATION_PROTOCOL_LIST {
    SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT ProtoNegoExt;
    USHORT ProtocolListSize;
    UCHAR ProtocolList[ANYSIZE_ARRAY];
} SEC_APPLICATION_PROTOCOL_LIST, *PSEC_APPLICATION_PROTOCOL_LIST;

/*
 * Contents of a SECBUFFER_APPLICATION_PROTOCOLS. ProtocolListsSize: bytes that follow it;
 * the lists lie one after the other, each as long as it says.
 */
typedef struct _SEC_APPLICATION_PROTOCOLS {
    ULONG ProtocolListsSize;
    SEC_APPLICATION_PROTOCOL_LIST ProtocolLists[ANYSIZE_ARRAY];
} SEC_APPLICATION_PROTOCOLS, *PSEC_APPLICATION_PROTOCOLS;

/* DTLS-SRTP (RFC 5764): ProfilesSize bytes of profile numbers. */
typedef struct _SEC_SRTP_PROTECTION_PROFILES {
    USHORT ProfilesSize;
    USHORT ProfilesList[ANYSIZE_ARRAY];
} SEC_SRTP_PROTECTION_PROFILES, *PSEC_SRTP_PROTECTION_PROFILES;

/* DTLS-SRTP (RFC 5764): the MKI value. */
typedef struct _SEC_SRTP_MASTER_KEY_IDENTIFIER {
    UCHAR MasterKeyIdentifierSize;
    UCHAR MasterKeyIdentifier[ANYSIZE_ARRAY];
} SEC_SRTP_MASTER_KEY_IDENTIFIER, *PSEC_SRTP_MASTER_KEY_IDENTIFIER;

/* Token binding (RFC 8472): version and key parameters offered. */
typedef struct _SEC_TOKEN_BINDING {
    UCHAR MajorVersion;
    UCHAR MinorVersion;
    USHORT KeyParametersSize;
    UCHAR KeyParameters[ANYSIZE_ARRAY];
} SEC_TOKEN_BINDING, *PSEC_TOKEN_BINDING;

/* TLS with a pre-shared key (RFC 4279): the key. Wipe it after the call. */
typedef struct _SEC_PRESHAREDKEY {
    USHORT KeySize;
    UCHAR Key[ANYSIZE_ARRAY];
} SEC_PRESHAREDKEY, *PSEC_PRESHAREDKEY;

/* TLS with a pre-shared key (RFC 4279): the name of the key. */
typedef struct _SEC_PRESHAREDKEY_IDENTITY {
    USHORT KeyIdentitySize;
    UCHAR KeyIdentity[ANYSIZE_ARRAY];
} SEC_PRESHAREDKEY_IDENTITY, *PSEC_PRESHAREDKEY_IDENTITY;

/* Contents of a SECBUFFER_DTLS_MTU: largest datagram of the path, bytes. */
typedef struct _SEC_DTLS_MTU {
    USHORT PathMTU;
} SEC_DTLS_MTU, *PSEC_DTLS_MTU;

/*
 * Contents of a SECBUFFER_FLAGS: requirement bits of InitializeSecurityContext or
 * AcceptSecurityContext that do not fit fContextReq (ISC_REQ_MESSAGES and above). The low
 * 32 bits must be 0.
 */
typedef struct _SEC_FLAGS {
    ULONGLONG Flags;
} SEC_FLAGS, *PSEC_FLAGS;

/* TLS 1.3 (RFC 8446, 4.3.2): context of a certificate request after the handshake. */
typedef struct _SEC_CERTIFICATE_REQUEST_CONTEXT {
    UCHAR cbCertificateRequestContext;
    UCHAR rgCertificateRequestContext[ANYSIZE_ARRAY];
} SEC_CERTIFICATE_REQUEST_CONTEXT, *PSEC_CERTIFICATE_REQUEST_CONTEXT;

/* TLS 1.3: the application's data to be put into a session ticket. */
typedef struct _SEC_APP_SESSION_STATE {
    USHORT AppSessionStateSize;
    UCHAR AppSessionState[ANYSIZE_ARRAY];
} SEC_APP_SESSION_STATE, *PSEC_APP_SESSION_STATE;

/* TLS 1.3 (RFC 8446, 4.6.1): a session ticket. */
typedef struct _SEC_SESSION_TICKET {
    USHORT SessionTicketSize;
    UCHAR SessionTicket[ANYSIZE_ARRAY];
} SEC_SESSION_TICKET, *PSEC_SESSION_TICKET;

/* Which direction a traffic secret protects. */
typedef enum _SEC_TRAFFIC_SECRET_TYPE {
    SecTrafficSecret_None = 0,
    SecTrafficSecret_Client = 1,
    SecTrafficSecret_Server = 2
} SEC_TRAFFIC_SECRET_TYPE, *PSEC_TRAFFIC_SECRET_TYPE;

#define SZ_ALG_MAX_SIZE                          64

/*
 * Contents of a SECBUFFER_TRAFFIC_SECRETS (TLS 1.3, QUIC): algorithm names, NUL-terminated
 * UTF-16, and TrafficSecretSize bytes of secret. Sizes in bytes. Wipe after use.
 */
typedef struct _SEC_TRAFFIC_SECRETS {
    WCHAR SymmetricAlgId[SZ_ALG_MAX_SIZE];
    WCHAR ChainingMode[SZ_ALG_MAX_SIZE];
    WCHAR HashAlgId[SZ_ALG_MAX_SIZE];
    USHORT KeySize;
    USHORT IvSize;
    USHORT MsgSequenceStart;
    USHORT MsgSequenceEnd;
    SEC_TRAFFIC_SECRET_TYPE TrafficSecretType;
    USHORT TrafficSecretSize;
    UCHAR TrafficSecret[ANYSIZE_ARRAY];
} SEC_TRAFFIC_SECRETS, *PSEC_TRAFFIC_SECRETS;

/*
 * TargetDataRep: byte order of the token's own structures. The packages here have one
 * order on the wire and ignore it; pass SECURITY_NETWORK_DREP.
 */
#define SECURITY_NATIVE_DREP                     0x00000010u
#define SECURITY_NETWORK_DREP                    0x00000000u

/* Credential use. */

/*
 * fCredentialUse of AcquireCredentialsHandle: to accept (INBOUND), to initiate (OUTBOUND) or
 * BOTH. AUTOLOGON_RESTRICTED: only credentials that are passed in, no default ones.
 * PROCESS_POLICY_ONLY: of Negotiate, evaluates policy and ends in SEC_E_NO_CREDENTIALS.
 */
#define SECPKG_CRED_INBOUND                      0x00000001u
#define SECPKG_CRED_OUTBOUND                     0x00000002u
#define SECPKG_CRED_BOTH                         0x00000003u
#define SECPKG_CRED_DEFAULT                      0x00000004u
#define SECPKG_CRED_RESERVED                     0xF0000000u
#define SECPKG_CRED_AUTOLOGON_RESTRICTED         0x00000010u
#define SECPKG_CRED_PROCESS_POLICY_ONLY          0x00000020u
#define SECPKG_CRED_KERB_ANCHOR_DS_VERSION       0x00000040u

/* Requirements of InitializeSecurityContext. */

/*
 * fContextReq of InitializeSecurityContext: what the client asks for. A package that cannot
 * meet one leaves the matching ISC_RET_ bit clear and does not fail: read the attributes
 * when the handshake has ended. Values differ between ISC_ and ASC_ from CALL_LEVEL on.
 *
 *   DELEGATE               forward credentials to the server; needs MUTUAL_AUTH (Kerberos)
 *   MUTUAL_AUTH            the server must prove itself
 *   REPLAY_DETECT, SEQUENCE_DETECT
 *                          repeated, or misplaced messages are found; both imply INTEGRITY
 *   CONFIDENTIALITY        messages will be encrypted
 *   INTEGRITY              messages will be signed
 *   USE_SESSION_KEY        a fresh key, not one kept over sessions
 *   PROMPT_FOR_CREDS       the package may ask the user
 *   USE_SUPPLIED_CREDS     credentials are in a SECBUFFER_PKG_PARAMS
 *   ALLOCATE_MEMORY        the package allocates output tokens; FreeContextBuffer
 *   USE_DCE_STYLE          three messages always (DCE RPC)
 *   CONNECTION, DATAGRAM, STREAM
 *                          kind of context, at most one. CONNECTION, the default: the caller
 *                          frames messages. DATAGRAM: messages may be lost, and the caller
 *                          numbers them. STREAM: the package finds records in a byte stream
 *   EXTENDED_ERROR         when it fails, make a token that tells the peer why
 *   IDENTIFY               the server may learn who the client is, not act as it
 *   NULL_SESSION           anonymous
 *   MANUAL_CRED_VALIDATION the application checks the server's certificate itself (TLS)
 *   FRAGMENT_TO_FIT        cut tokens to the room given: SEC_I_MESSAGE_FRAGMENT
 *   NO_INTEGRITY           cancels INTEGRITY (Negotiate, Kerberos)
 *   CONFIDENTIALITY_ONLY   encryption without integrity (Negotiate, Kerberos)
 *   UNVERIFIED_TARGET_NAME the target's name comes from an untrusted source
 *   MESSAGES and above     only through a SECBUFFER_FLAGS
 *
 * Microsoft: "Context Requirements", InitializeSecurityContext (General).
 */
#define ISC_REQ_DELEGATE                         0x00000001u
#define ISC_REQ_MUTUAL_AUTH                      0x00000002u
#define ISC_REQ_REPLAY_DETECT                    0x00000004u
#define ISC_REQ_SEQUENCE_DETECT                  0x00000008u
#define ISC_REQ_CONFIDENTIALITY                  0x00000010u
#define ISC_REQ_USE_SESSION_KEY                  0x00000020u
#define ISC_REQ_PROMPT_FOR_CREDS                 0x00000040u
#define ISC_REQ_USE_SUPPLIED_CREDS               0x00000080u
#define ISC_REQ_ALLOCATE_MEMORY                  0x00000100u
#define ISC_REQ_USE_DCE_STYLE                    0x00000200u
#define ISC_REQ_DATAGRAM                         0x00000400u
#define ISC_REQ_CONNECTION                       0x00000800u
#define ISC_REQ_CALL_LEVEL                       0x00001000u
#define ISC_REQ_FRAGMENT_SUPPLIED                0x00002000u
#define ISC_REQ_EXTENDED_ERROR                   0x00004000u
#define ISC_REQ_STREAM                           0x00008000u
#define ISC_REQ_INTEGRITY                        0x00010000u
#define ISC_REQ_IDENTIFY                         0x00020000u
#define ISC_REQ_NULL_SESSION                     0x00040000u
#define ISC_REQ_MANUAL_CRED_VALIDATION           0x00080000u
#define ISC_REQ_RESERVED1                        0x00100000u
#define ISC_REQ_FRAGMENT_TO_FIT                  0x00200000u
#define ISC_REQ_FORWARD_CREDENTIALS              0x00400000u
#define ISC_REQ_NO_INTEGRITY                     0x00800000u
#define ISC_REQ_USE_HTTP_STYLE                   0x01000000u
#define ISC_REQ_UNVERIFIED_TARGET_NAME           0x20000000u
#define ISC_REQ_CONFIDENTIALITY_ONLY             0x40000000u
#define ISC_REQ_MESSAGES                         0x0000000100000000ULL
#define ISC_REQ_DEFERRED_CRED_VALIDATION         0x0000000200000000ULL
#define ISC_REQ_NO_POST_HANDSHAKE_AUTH           0x0000000400000000ULL
#define ISC_REQ_REUSE_SESSION_TICKETS            0x0000000800000000ULL
#define ISC_REQ_EXPLICIT_SESSION                 0x0000001000000000ULL

/* Attributes that InitializeSecurityContext returns. */

/*
 * What InitializeSecurityContext achieved. Bits about security count at the final success;
 * ALLOCATED_MEMORY on each return. INTERMEDIATE_RETURN and CALL_LEVEL are not their REQ bits.
 */
#define ISC_RET_DELEGATE                         0x00000001u
#define ISC_RET_MUTUAL_AUTH                      0x00000002u
#define ISC_RET_REPLAY_DETECT                    0x00000004u
#define ISC_RET_SEQUENCE_DETECT                  0x00000008u
#define ISC_RET_CONFIDENTIALITY                  0x00000010u
#define ISC_RET_USE_SESSION_KEY                  0x00000020u
#define ISC_RET_USED_COLLECTED_CREDS             0x00000040u
#define ISC_RET_USED_SUPPLIED_CREDS              0x00000080u
#define ISC_RET_ALLOCATED_MEMORY                 0x00000100u
#define ISC_RET_USED_DCE_STYLE                   0x00000200u
#define ISC_RET_DATAGRAM                         0x00000400u
#define ISC_RET_CONNECTION                       0x00000800u
#define ISC_RET_INTERMEDIATE_RETURN              0x00001000u
#define ISC_RET_CALL_LEVEL                       0x00002000u
#define ISC_RET_EXTENDED_ERROR                   0x00004000u
#define ISC_RET_STREAM                           0x00008000u
#define ISC_RET_INTEGRITY                        0x00010000u
#define ISC_RET_IDENTIFY                         0x00020000u
#define ISC_RET_NULL_SESSION                     0x00040000u
#define ISC_RET_MANUAL_CRED_VALIDATION           0x00080000u
#define ISC_RET_RESERVED1                        0x00100000u
#define ISC_RET_FRAGMENT_ONLY                    0x00200000u
#define ISC_RET_FORWARD_CREDENTIALS              0x00400000u
#define ISC_RET_USED_HTTP_STYLE                  0x01000000u
#define ISC_RET_NO_ADDITIONAL_TOKEN              0x02000000u
#define ISC_RET_REAUTHENTICATION                 0x08000000u
#define ISC_RET_CONFIDENTIALITY_ONLY             0x40000000u
#define ISC_RET_MESSAGES                         0x0000000100000000ULL
#define ISC_RET_DEFERRED_CRED_VALIDATION         0x0000000200000000ULL
#define ISC_RET_NO_POST_HANDSHAKE_AUTH           0x0000000400000000ULL
#define ISC_RET_REUSE_SESSION_TICKETS            0x0000000800000000ULL
#define ISC_RET_EXPLICIT_SESSION                 0x0000001000000000ULL

/* Requirements of AcceptSecurityContext. */

/*
 * fContextReq of AcceptSecurityContext: as ISC_REQ_, from the server's side, and:
 *
 *   SESSION_TICKET         issue a session ticket (TLS)
 *   LICENSING              of terminal servers
 *   ALLOW_NULL_SESSION     an anonymous client is welcome
 *   ALLOW_NON_USER_LOGONS  computer accounts are welcome
 *   ALLOW_CONTEXT_REPLAY   the same first token may come again
 *   NO_TOKEN               make no output token, no session
 *   PROXY_BINDINGS         the client must send channel bindings, but a proxy ends the
 *                          channel: they are not compared
 *   ALLOW_MISSING_BINDINGS a client without channel bindings is welcome
 *
 * Microsoft: "Context Requirements", AcceptSecurityContext (General).
 */
#define ASC_REQ_DELEGATE                         0x00000001u
#define ASC_REQ_MUTUAL_AUTH                      0x00000002u
#define ASC_REQ_REPLAY_DETECT                    0x00000004u
#define ASC_REQ_SEQUENCE_DETECT                  0x00000008u
#define ASC_REQ_CONFIDENTIALITY                  0x00000010u
#define ASC_REQ_USE_SESSION_KEY                  0x00000020u
#define ASC_REQ_SESSION_TICKET                   0x00000040u
#define ASC_REQ_ALLOCATE_MEMORY                  0x00000100u
#define ASC_REQ_USE_DCE_STYLE                    0x00000200u
#define ASC_REQ_DATAGRAM                         0x00000400u
#define ASC_REQ_CONNECTION                       0x00000800u
#define ASC_REQ_CALL_LEVEL                       0x00001000u
#define ASC_REQ_FRAGMENT_SUPPLIED                0x00002000u
#define ASC_REQ_EXTENDED_ERROR                   0x00008000u
#define ASC_REQ_STREAM                           0x00010000u
#define ASC_REQ_INTEGRITY                        0x00020000u
#define ASC_REQ_LICENSING                        0x00040000u
#define ASC_REQ_IDENTIFY                         0x00080000u
#define ASC_REQ_ALLOW_NULL_SESSION               0x00100000u
#define ASC_REQ_ALLOW_NON_USER_LOGONS            0x00200000u
#define ASC_REQ_ALLOW_CONTEXT_REPLAY             0x00400000u
#define ASC_REQ_FRAGMENT_TO_FIT                  0x00800000u
#define ASC_REQ_NO_TOKEN                         0x01000000u
#define ASC_REQ_PROXY_BINDINGS                   0x04000000u
#define ASC_REQ_ALLOW_MISSING_BINDINGS           0x10000000u
#define ASC_REQ_MESSAGES                         0x0000000100000000ULL
#define ASC_REQ_EXPLICIT_SESSION                 0x0000001000000000ULL

/* Attributes that AcceptSecurityContext returns. */

/*
 * What AcceptSecurityContext achieved. DELEGATE: the client forwarded credentials.
 * NULL_SESSION: the client is anonymous; check it before granting anything.
 * THIRD_LEG_FAILED: mutual authentication in DCE style did not end well.
 */
#define ASC_RET_DELEGATE                         0x00000001u
#define ASC_RET_MUTUAL_AUTH                      0x00000002u
#define ASC_RET_REPLAY_DETECT                    0x00000004u
#define ASC_RET_SEQUENCE_DETECT                  0x00000008u
#define ASC_RET_CONFIDENTIALITY                  0x00000010u
#define ASC_RET_USE_SESSION_KEY                  0x00000020u
#define ASC_RET_SESSION_TICKET                   0x00000040u
#define ASC_RET_ALLOCATED_MEMORY                 0x00000100u
#define ASC_RET_USED_DCE_STYLE                   0x00000200u
#define ASC_RET_DATAGRAM                         0x00000400u
#define ASC_RET_CONNECTION                       0x00000800u
#define ASC_RET_CALL_LEVEL                       0x00002000u
#define ASC_RET_THIRD_LEG_FAILED                 0x00004000u
#define ASC_RET_EXTENDED_ERROR                   0x00008000u
#define ASC_RET_STREAM                           0x00010000u
#define ASC_RET_INTEGRITY                        0x00020000u
#define ASC_RET_LICENSING                        0x00040000u
#define ASC_RET_IDENTIFY                         0x00080000u
#define ASC_RET_NULL_SESSION                     0x00100000u
#define ASC_RET_ALLOW_NON_USER_LOGONS            0x00200000u
#define ASC_RET_ALLOW_CONTEXT_REPLAY             0x00400000u
#define ASC_RET_FRAGMENT_ONLY                    0x00800000u
#define ASC_RET_NO_TOKEN                         0x01000000u
#define ASC_RET_NO_ADDITIONAL_TOKEN              0x02000000u
#define ASC_RET_MESSAGES                         0x0000000100000000ULL
#define ASC_RET_REUSE_SESSION_TICKETS            0x0000000800000000ULL
#define ASC_RET_EXPLICIT_SESSION                 0x0000001000000000ULL

/* Attributes of credentials. */

/*
 * ulAttribute of QueryCredentialsAttributes and SetCredentialsAttributes; the structure is
 * SecPkgCredentials_ with the same name.
 */
#define SECPKG_CRED_ATTR_NAMES                   1
#define SECPKG_CRED_ATTR_SSI_PROVIDER            2
#define SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS      3
#define SECPKG_CRED_ATTR_KDC_NETWORK_SETTINGS    3
#define SECPKG_CRED_ATTR_CERT                    4
#define SECPKG_CRED_ATTR_PAC_BYPASS              5

/* SECPKG_CRED_ATTR_NAMES: the name of the credential's principal. Free sUserName. */
typedef struct _SecPkgCredentials_NamesW {
    SEC_WCHAR *sUserName;
} SecPkgCredentials_NamesW, *PSecPkgCredentials_NamesW;

typedef struct _SecPkgCredentials_NamesA {
    SEC_CHAR *sUserName;
} SecPkgCredentials_NamesA, *PSecPkgCredentials_NamesA;

/* SECPKG_CRED_ATTR_SSI_PROVIDER: the provider behind the credential. Free both pointers. */
typedef struct _SecPkgCredentials_SSIProviderW {
    SEC_WCHAR *sProviderName;
    ULONG ProviderInfoLength;
    char *ProviderInfo;
} SecPkgCredentials_SSIProviderW, *PSecPkgCredentials_SSIProviderW;

typedef struct _SecPkgCredentials_SSIProviderA {
    SEC_CHAR *sProviderName;
    ULONG ProviderInfoLength;
    char *ProviderInfo;
} SecPkgCredentials_SSIProviderA, *PSecPkgCredentials_SSIProviderA;

/* Version and Flags of the next two structures. */
#define KDC_PROXY_SETTINGS_V1                    1
#define KDC_NETWORK_SETTINGS_V2                  2
#define KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY      0x00000001u
#define KDC_NETWORK_SETTINGS_FLAGS_FORCEPROXY    0x00000001u
#define KDC_NETWORK_SETTINGS_FLAGS_CONFIGURE_PROXY  0x80000000u
#define KDC_NETWORK_SETTINGS_FLAGS_CONFIGURE_DISCOVERY  0x40000000u
#define KDC_NETWORK_DISCOVERY_FLAGS_DS13_REQUIRED  0x80000000u

/*
 * SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, set: a proxy for Kerberos (MS-KKDCP). Offsets count
 * from the start of the structure, lengths are bytes.
 */
typedef struct _SecPkgCredentials_KdcProxySettingsW {
    ULONG Version;
    ULONG Flags;
    USHORT ProxyServerOffset;
    USHORT ProxyServerLength;
    USHORT ClientTlsCredOffset;
    USHORT ClientTlsCredLength;
} SecPkgCredentials_KdcProxySettingsW, *PSecPkgCredentials_KdcProxySettingsW;

/* SECPKG_CRED_ATTR_KDC_NETWORK_SETTINGS, set: version 2 of the proxy settings. */
typedef struct _SecPkgCredentials_KdcNetworkSettingsW {
    ULONG Version;
    ULONG Flags;
    USHORT ProxyServerOffset;
    USHORT ProxyServerLength;
    USHORT ClientTlsCredOffset;
    USHORT ClientTlsCredLength;
    ULONG DcDiscoveryFlags;
} SecPkgCredentials_KdcNetworkSettingsW, *PSecPkgCredentials_KdcNetworkSettingsW;

/* SECPKG_CRED_ATTR_CERT: the credential's certificate, DER. Free EncodedCert. */
typedef struct _SecPkgCredentials_Cert {
    ULONG EncodedCertSize;
    UCHAR *EncodedCert;
} SecPkgCredentials_Cert, *PSecPkgCredentials_Cert;

/* Attributes of contexts. */

/*
 * ulAttribute of QueryContextAttributes and SetContextAttributes. The structure of each is
 * SecPkgContext_ with the matching name (next below; for TLS: schannel.h). Before the
 * context is established only PACKAGE_INFO, NEGOTIATION_INFO and a provisional FLAGS make
 * sense. USE_VALIDATED and CONTEXT_DELETED have no structure.
 */
#define SECPKG_ATTR_SIZES                        0
#define SECPKG_ATTR_NAMES                        1
#define SECPKG_ATTR_LIFESPAN                     2
#define SECPKG_ATTR_DCE_INFO                     3
#define SECPKG_ATTR_STREAM_SIZES                 4
#define SECPKG_ATTR_KEY_INFO                     5
#define SECPKG_ATTR_AUTHORITY                    6
#define SECPKG_ATTR_PROTO_INFO                   7
#define SECPKG_ATTR_PASSWORD_EXPIRY              8
#define SECPKG_ATTR_SESSION_KEY                  9
#define SECPKG_ATTR_PACKAGE_INFO                 10
#define SECPKG_ATTR_USER_FLAGS                   11
#define SECPKG_ATTR_NEGOTIATION_INFO             12
#define SECPKG_ATTR_NATIVE_NAMES                 13
#define SECPKG_ATTR_FLAGS                        14
#define SECPKG_ATTR_USE_VALIDATED                15
#define SECPKG_ATTR_CREDENTIAL_NAME              16
#define SECPKG_ATTR_TARGET_INFORMATION           17
#define SECPKG_ATTR_ACCESS_TOKEN                 18
#define SECPKG_ATTR_TARGET                       19
#define SECPKG_ATTR_AUTHENTICATION_ID            20
#define SECPKG_ATTR_LOGOFF_TIME                  21
#define SECPKG_ATTR_NEGO_KEYS                    22
#define SECPKG_ATTR_PROMPTING_NEEDED             24
#define SECPKG_ATTR_UNIQUE_BINDINGS              25
#define SECPKG_ATTR_ENDPOINT_BINDINGS            26
#define SECPKG_ATTR_CLIENT_SPECIFIED_TARGET      27
#define SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS     30
#define SECPKG_ATTR_NEGO_PKG_INFO                31
#define SECPKG_ATTR_NEGO_STATUS                  32
#define SECPKG_ATTR_CONTEXT_DELETED              33
#define SECPKG_ATTR_DTLS_MTU                     34
#define SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES  128
#define SECPKG_ATTR_APPLICATION_PROTOCOL         35
#define SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS    36
#define SECPKG_ATTR_IS_LOOPBACK                  37
#define SECPKG_ATTR_DATAGRAM_SIZES               SECPKG_ATTR_STREAM_SIZES

/* SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES: claims of the client. */
typedef struct _SecPkgContext_SubjectAttributes {
    void *AttributeInfo;
} SecPkgContext_SubjectAttributes, *PSecPkgContext_SubjectAttributes;

/* Where a client's credentials came from. */
typedef enum _SECPKG_CRED_CLASS {
    SecPkgCredClass_None = 0,
    SecPkgCredClass_Ephemeral = 10,
    SecPkgCredClass_PersistedGeneric = 20,
    SecPkgCredClass_PersistedSpecific = 30,
    SecPkgCredClass_Explicit = 40
} SECPKG_CRED_CLASS, *PSECPKG_CRED_CLASS;

/* SECPKG_ATTR_PROMPTING_NEEDED: whether asking the user for other credentials could help. */
typedef struct _SecPkgContext_CredInfo {
    SECPKG_CRED_CLASS CredClass;
    ULONG IsPromptingNeeded;
} SecPkgContext_CredInfo, *PSecPkgContext_CredInfo;

/* Bits of SecPkgContext_NegoPackageInfo.PackageMask. */
#define SECPKG_ATTR_NEGO_INFO_FLAG_NO_KERBEROS   0x00000001u
#define SECPKG_ATTR_NEGO_INFO_FLAG_NO_NTLM       0x00000002u

/* SECPKG_ATTR_NEGO_PKG_INFO: packages that Negotiate could not offer. */
typedef struct _SecPkgContext_NegoPackageInfo {
    ULONG PackageMask;
} SecPkgContext_NegoPackageInfo, *PSecPkgContext_NegoPackageInfo;

/* SECPKG_ATTR_NEGO_STATUS: the last status of the package inside Negotiate. */
typedef struct _SecPkgContext_NegoStatus {
    ULONG LastStatus;
} SecPkgContext_NegoStatus, *PSecPkgContext_NegoStatus;

/*
 * SECPKG_ATTR_SIZES: how much room messages need, in bytes.
 *
 *   cbMaxToken         the largest token of the handshake
 *   cbMaxSignature     TOKEN buffer of MakeSignature; 0: no integrity on this context
 *   cbBlockSize        messages are padded to a multiple of it; 0 or 1: not
 *   cbSecurityTrailer  TOKEN buffer of EncryptMessage; 0: no confidentiality
 *
 * Microsoft: SecPkgContext_Sizes.
 */
typedef struct _SecPkgContext_Sizes {
    ULONG cbMaxToken;
    ULONG cbMaxSignature;
    ULONG cbBlockSize;
    ULONG cbSecurityTrailer;
} SecPkgContext_Sizes, *PSecPkgContext_Sizes;

/*
 * SECPKG_ATTR_STREAM_SIZES: the parts of a record of a stream context, in bytes; cBuffers is
 * the count of buffers that DecryptMessage wants. Send at most cbMaximumMessage at a time.
 * SEC_E_UNSUPPORTED_FUNCTION where the context is no stream (NTLM).
 */
typedef struct _SecPkgContext_StreamSizes {
    ULONG cbHeader;
    ULONG cbTrailer;
    ULONG cbMaximumMessage;
    ULONG cBuffers;
    ULONG cbBlockSize;
} SecPkgContext_StreamSizes, *PSecPkgContext_StreamSizes;
typedef SecPkgContext_StreamSizes SecPkgContext_DatagramSizes, *PSecPkgContext_DatagramSizes;

/*
 * SECPKG_ATTR_NAMES: who the peer is ("DOMAIN\user" or "user@REALM", as the package has it);
 * on the client, the own name. Free sUserName.
 */
typedef struct _SecPkgContext_NamesW {
    SEC_WCHAR *sUserName;
} SecPkgContext_NamesW, *PSecPkgContext_NamesW;

typedef struct _SecPkgContext_NamesA {
    SEC_CHAR *sUserName;
} SecPkgContext_NamesA, *PSecPkgContext_NamesA;

/* Values of SecPkgContext_LastClientTokenStatus. */
typedef enum _SECPKG_ATTR_LCT_STATUS {
    SecPkgAttrLastClientTokenYes = 0,
    SecPkgAttrLastClientTokenNo = 1,
    SecPkgAttrLastClientTokenMaybe = 2
} SECPKG_ATTR_LCT_STATUS, *PSECPKG_ATTR_LCT_STATUS;

/* SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS: whether the client's token just made is its last. */
typedef struct _SecPkgContext_LastClientTokenStatus {
    SECPKG_ATTR_LCT_STATUS LastClientTokenStatus;
} SecPkgContext_LastClientTokenStatus, *PSecPkgContext_LastClientTokenStatus;

/* SECPKG_ATTR_LIFESPAN: from when to when the context may be used. */
typedef struct _SecPkgContext_Lifespan {
    TimeStamp tsStart;
    TimeStamp tsExpiry;
} SecPkgContext_Lifespan, *PSecPkgContext_Lifespan;

/* SECPKG_ATTR_DCE_INFO: authorization data for DCE RPC. Free pPac. */
typedef struct _SecPkgContext_DceInfo {
    ULONG AuthzSvc;
    void *pPac;
} SecPkgContext_DceInfo, *PSecPkgContext_DceInfo;

/*
 * SECPKG_ATTR_KEY_INFO: the algorithms of message protection. KeySize in bits; the numbers
 * are the package's own (Kerberos: checksum and encryption types of RFC 3961). Free both
 * strings.
 */
typedef struct _SecPkgContext_KeyInfoW {
    SEC_WCHAR *sSignatureAlgorithmName;
    SEC_WCHAR *sEncryptAlgorithmName;
    ULONG KeySize;
    ULONG SignatureAlgorithm;
    ULONG EncryptAlgorithm;
} SecPkgContext_KeyInfoW, *PSecPkgContext_KeyInfoW;

typedef struct _SecPkgContext_KeyInfoA {
    SEC_CHAR *sSignatureAlgorithmName;
    SEC_CHAR *sEncryptAlgorithmName;
    ULONG KeySize;
    ULONG SignatureAlgorithm;
    ULONG EncryptAlgorithm;
} SecPkgContext_KeyInfoA, *PSecPkgContext_KeyInfoA;

/* SECPKG_ATTR_AUTHORITY: who authenticated the peer (a domain, a realm). Free the string. */
typedef struct _SecPkgContext_AuthorityW {
    SEC_WCHAR *sAuthorityName;
} SecPkgContext_AuthorityW, *PSecPkgContext_AuthorityW;

typedef struct _SecPkgContext_AuthorityA {
    SEC_CHAR *sAuthorityName;
} SecPkgContext_AuthorityA, *PSecPkgContext_AuthorityA;

/* SECPKG_ATTR_PROTO_INFO: name and version of the protocol. Free the string. */
typedef struct _SecPkgContext_ProtoInfoW {
    SEC_WCHAR *sProtocolName;
    ULONG majorVersion;
    ULONG minorVersion;
} SecPkgContext_ProtoInfoW, *PSecPkgContext_ProtoInfoW;

typedef struct _SecPkgContext_ProtoInfoA {
    SEC_CHAR *sProtocolName;
    ULONG majorVersion;
    ULONG minorVersion;
} SecPkgContext_ProtoInfoA, *PSecPkgContext_ProtoInfoA;

/* SECPKG_ATTR_PASSWORD_EXPIRY: when the password has to be changed. */
typedef struct _SecPkgContext_PasswordExpiry {
    TimeStamp tsPasswordExpires;
} SecPkgContext_PasswordExpiry, *PSecPkgContext_PasswordExpiry;

/* SECPKG_ATTR_LOGOFF_TIME: when the peer is to be logged off. */
typedef struct _SecPkgContext_LogoffTime {
    TimeStamp tsLogoffTime;
} SecPkgContext_LogoffTime, *PSecPkgContext_LogoffTime;

/*
 * SECPKG_ATTR_SESSION_KEY: the session key, SessionKeyLength bytes, for protocols that
 * derive their own keys (SMB). A copy: wipe it, then free it.
 */
typedef struct _SecPkgContext_SessionKey {
    ULONG SessionKeyLength;
    UCHAR *SessionKey;
} SecPkgContext_SessionKey, *PSecPkgContext_SessionKey;

/*
 * SECPKG_ATTR_NEGO_KEYS: keys by which Negotiate signs its messages (MS-NEGOEX); encryption
 * types of RFC 3961. Wipe, then free both values.
 */
typedef struct _SecPkgContext_NegoKeys {
    ULONG KeyType;
    USHORT KeyLength;
    UCHAR *KeyValue;
    ULONG VerifyKeyType;
    USHORT VerifyKeyLength;
    UCHAR *VerifyKeyValue;
} SecPkgContext_NegoKeys, *PSecPkgContext_NegoKeys;

/* SECPKG_ATTR_PACKAGE_INFO: the context's package. Free PackageInfo, once. */
typedef struct _SecPkgContext_PackageInfoW {
    PSecPkgInfoW PackageInfo;
} SecPkgContext_PackageInfoW, *PSecPkgContext_PackageInfoW;

typedef struct _SecPkgContext_PackageInfoA {
    PSecPkgInfoA PackageInfo;
} SecPkgContext_PackageInfoA, *PSecPkgContext_PackageInfoA;

/* SECPKG_ATTR_USER_FLAGS: flags of the logon, as the package has them. */
typedef struct _SecPkgContext_UserFlags {
    ULONG UserFlags;
} SecPkgContext_UserFlags, *PSecPkgContext_UserFlags;

/* SECPKG_ATTR_FLAGS: the ISC_RET_ or ASC_RET_ bits of the context. */
typedef struct _SecPkgContext_Flags {
    ULONG Flags;
} SecPkgContext_Flags, *PSecPkgContext_Flags;

/*
 * SecPkgContext_NegotiationInfo.NegotiationState.
 *
 *   COMPLETE       the package is settled
 *   OPTIMISTIC     the first choice, not yet confirmed by the peer
 *   IN_PROGRESS    still open
 *   DIRECT         no negotiation took place
 *   TRY_MULTICRED  other credentials may be tried
 */
#define SECPKG_NEGOTIATION_COMPLETE              0
#define SECPKG_NEGOTIATION_OPTIMISTIC            1
#define SECPKG_NEGOTIATION_IN_PROGRESS           2
#define SECPKG_NEGOTIATION_DIRECT                3
#define SECPKG_NEGOTIATION_TRY_MULTICRED         4

/*
 * SECPKG_ATTR_NEGOTIATION_INFO: which package Negotiate chose. May be asked before the
 * context is established. PackageInfo and its strings are one block: free it once.
 */
typedef struct _SecPkgContext_NegotiationInfoW {
    PSecPkgInfoW PackageInfo;
    ULONG NegotiationState;
} SecPkgContext_NegotiationInfoW, *PSecPkgContext_NegotiationInfoW;

typedef struct _SecPkgContext_NegotiationInfoA {
    PSecPkgInfoA PackageInfo;
    ULONG NegotiationState;
} SecPkgContext_NegotiationInfoA, *PSecPkgContext_NegotiationInfoA;

/* SECPKG_ATTR_NATIVE_NAMES: names of both sides as the protocol writes them. Free both. */
typedef struct _SecPkgContext_NativeNamesW {
    SEC_WCHAR *sClientName;
    SEC_WCHAR *sServerName;
} SecPkgContext_NativeNamesW, *PSecPkgContext_NativeNamesW;

typedef struct _SecPkgContext_NativeNamesA {
    SEC_CHAR *sClientName;
    SEC_CHAR *sServerName;
} SecPkgContext_NativeNamesA, *PSecPkgContext_NativeNamesA;

/* SECPKG_ATTR_CREDENTIAL_NAME: the name of the credential used. Free the string. */
typedef struct _SecPkgContext_CredentialNameW {
    ULONG CredentialType;
    SEC_WCHAR *sCredentialName;
} SecPkgContext_CredentialNameW, *PSecPkgContext_CredentialNameW;

typedef struct _SecPkgContext_CredentialNameA {
    ULONG CredentialType;
    SEC_CHAR *sCredentialName;
} SecPkgContext_CredentialNameA, *PSecPkgContext_CredentialNameA;

/*
 * SECPKG_ATTR_ACCESS_TOKEN: the client's token, borrowed: it lives as long as the context;
 * do not close it. For one of your own: QuerySecurityContextToken.
 */
typedef struct _SecPkgContext_AccessToken {
    void *AccessToken;
} SecPkgContext_AccessToken, *PSecPkgContext_AccessToken;

/* SECPKG_ATTR_TARGET_INFORMATION: a description of the target, the package's own form. */
typedef struct _SecPkgContext_TargetInformation {
    ULONG MarshalledTargetInfoLength;
    UCHAR *MarshalledTargetInfo;
} SecPkgContext_TargetInformation, *PSecPkgContext_TargetInformation;

/*
 * SECPKG_ATTR_AUTHENTICATION_ID: the identity that a SASL client wants to act as; not
 * terminated.
 */
typedef struct _SecPkgContext_AuthzID {
    ULONG AuthzIDLength;
    char *AuthzID;
} SecPkgContext_AuthzID, *PSecPkgContext_AuthzID;

/* SECPKG_ATTR_TARGET: the name that the client used for the server; not terminated. */
typedef struct _SecPkgContext_Target {
    ULONG TargetLength;
    char *Target;
} SecPkgContext_Target, *PSecPkgContext_Target;

/*
 * SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, server: the service name that the client claims to
 * have wanted. Compare it with your own names to stop a relayed handshake. Free the string.
 */
typedef struct _SecPkgContext_ClientSpecifiedTarget {
    SEC_WCHAR *sTargetName;
} SecPkgContext_ClientSpecifiedTarget, *PSecPkgContext_ClientSpecifiedTarget;

/*
 * SECPKG_ATTR_UNIQUE_BINDINGS, SECPKG_ATTR_ENDPOINT_BINDINGS: channel bindings of a TLS
 * context, ready to be passed as a SECBUFFER_CHANNEL_BINDINGS of BindingsLength bytes. Free
 * Bindings.
 */
typedef struct _SecPkgContext_Bindings {
    ULONG BindingsLength;
    SEC_CHANNEL_BINDINGS *Bindings;
} SecPkgContext_Bindings, *PSecPkgContext_Bindings;

/* Whether both sides of a TLS handshake agreed on an application protocol. */
typedef enum _SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS {
    SecApplicationProtocolNegotiationStatus_None = 0,
    SecApplicationProtocolNegotiationStatus_Success = 1,
    SecApplicationProtocolNegotiationStatus_SelectedClientOnly = 2
} SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS, *PSEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS;

#define MAX_PROTOCOL_ID_SIZE                     0xFF

/* SECPKG_ATTR_APPLICATION_PROTOCOL: the protocol that ALPN chose, ProtocolIdSize bytes. */
typedef struct _SecPkgContext_ApplicationProtocol {
    SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS ProtoNegoStatus;
    SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT ProtoNegoExt;
    UCHAR ProtocolIdSize;
    UCHAR ProtocolId[MAX_PROTOCOL_ID_SIZE];
} SecPkgContext_ApplicationProtocol, *PSecPkgContext_ApplicationProtocol;

/*
 * SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS: numbers of the TLS extensions in use. Free
 * Extensions.
 */
typedef struct _SecPkgContext_NegotiatedTlsExtensions {
    ULONG ExtensionsCount;
    USHORT *Extensions;
} SecPkgContext_NegotiatedTlsExtensions, *PSecPkgContext_NegotiatedTlsExtensions;

/* What GetAppModeInfo and SetAppModeInfo of the authority's table carry. */
typedef struct _SECPKG_APP_MODE_INFO {
    ULONG UserFunction;
    ULONG_PTR Argument1;
    ULONG_PTR Argument2;
    SecBuffer UserData;
    BOOLEAN ReturnToLsa;
} SECPKG_APP_MODE_INFO, *PSECPKG_APP_MODE_INFO;

/* Identities. */

/* Any of the identity forms below, made and read by the Sspi* helpers only. */
typedef void *PSEC_WINNT_AUTH_IDENTITY_OPAQUE;

/*
 * A name and a password for AcquireCredentialsHandle (NTLM, Kerberos, Negotiate).
 *
 *   User, Domain, Password  not terminated; any may be NULL with length 0
 *   ...Length               in CHARACTERS, without a terminator
 *   Flags                   SEC_WINNT_AUTH_IDENTITY_UNICODE here, _ANSI in the A form (UTF-8);
 *                           _MARSHALLED: all lies in one block; _ONLY: the identity without
 *                           authorization data
 *
 * The structure and the strings are copied before AcquireCredentialsHandle returns: wipe
 * the password at once. Microsoft: SEC_WINNT_AUTH_IDENTITY_W, limits 256 characters for
 * User and Password.
 */
typedef struct _SEC_WINNT_AUTH_IDENTITY_W {
    unsigned short *User;
    ULONG UserLength;
    unsigned short *Domain;
    ULONG DomainLength;
    unsigned short *Password;
    ULONG PasswordLength;
    ULONG Flags;
} SEC_WINNT_AUTH_IDENTITY_W, *PSEC_WINNT_AUTH_IDENTITY_W;

typedef struct _SEC_WINNT_AUTH_IDENTITY_A {
    unsigned char *User;
    ULONG UserLength;
    unsigned char *Domain;
    ULONG DomainLength;
    unsigned char *Password;
    ULONG PasswordLength;
    ULONG Flags;
} SEC_WINNT_AUTH_IDENTITY_A, *PSEC_WINNT_AUTH_IDENTITY_A;

/*
 * The same with a version in front and, for Negotiate, a list of packages: names separated
 * by commas, "!name" leaves one out. Version: SEC_WINNT_AUTH_IDENTITY_VERSION; Length: sizeof
 * the structure. PackageListLength in characters. Microsoft: SEC_WINNT_AUTH_IDENTITY_EXW.
 */
typedef struct _SEC_WINNT_AUTH_IDENTITY_EXW {
    ULONG Version;
    ULONG Length;
    unsigned short *User;
    ULONG UserLength;
    unsigned short *Domain;
    ULONG DomainLength;
    unsigned short *Password;
    ULONG PasswordLength;
    ULONG Flags;
    unsigned short *PackageList;
    ULONG PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXW, *PSEC_WINNT_AUTH_IDENTITY_EXW;

typedef struct _SEC_WINNT_AUTH_IDENTITY_EXA {
    ULONG Version;
    ULONG Length;
    unsigned char *User;
    ULONG UserLength;
    unsigned char *Domain;
    ULONG DomainLength;
    unsigned char *Password;
    ULONG PasswordLength;
    ULONG Flags;
    unsigned char *PackageList;
    ULONG PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXA, *PSEC_WINNT_AUTH_IDENTITY_EXA;

/*
 * One block: Version is SEC_WINNT_AUTH_IDENTITY_VERSION_2, offsets from its start, lengths in
 * BYTES, UTF-16 only. cbHeaderLength: size of this structure; cbStructureLength: of the block.
 * PackedCredentials: a SEC_WINNT_AUTH_PACKED_CREDENTIALS. Microsoft: ..._IDENTITY_EX2.
 */
typedef struct _SEC_WINNT_AUTH_IDENTITY_EX2 {
    ULONG Version;
    USHORT cbHeaderLength;
    ULONG cbStructureLength;
    ULONG UserOffset;
    USHORT UserLength;
    ULONG DomainOffset;
    USHORT DomainLength;
    ULONG PackedCredentialsOffset;
    USHORT PackedCredentialsLength;
    ULONG Flags;
    ULONG PackageListOffset;
    USHORT PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EX2, *PSEC_WINNT_AUTH_IDENTITY_EX2;

/*
 * The forms over each other. The first word tells: 0x200 EX, 0x201 EX2, else the plain one;
 * _ANSI in Flags selects the A forms.
 */
typedef union _SEC_WINNT_AUTH_IDENTITY_INFO {
    SEC_WINNT_AUTH_IDENTITY_EXW AuthIdExw;
    SEC_WINNT_AUTH_IDENTITY_EXA AuthIdExa;
    SEC_WINNT_AUTH_IDENTITY_A AuthId_a;
    SEC_WINNT_AUTH_IDENTITY_W AuthId_w;
    SEC_WINNT_AUTH_IDENTITY_EX2 AuthIdEx2;
} SEC_WINNT_AUTH_IDENTITY_INFO, *PSEC_WINNT_AUTH_IDENTITY_INFO;

/* The plain and the EX form of a 32-bit caller, pointers as 32-bit numbers. */
typedef struct _SEC_WINNT_AUTH_IDENTITY32 {
    ULONG User;
    ULONG UserLength;
    ULONG Domain;
    ULONG DomainLength;
    ULONG Password;
    ULONG PasswordLength;
    ULONG Flags;
} SEC_WINNT_AUTH_IDENTITY32, *PSEC_WINNT_AUTH_IDENTITY32;

typedef struct _SEC_WINNT_AUTH_IDENTITY_EX32 {
    ULONG Version;
    ULONG Length;
    ULONG User;
    ULONG UserLength;
    ULONG Domain;
    ULONG DomainLength;
    ULONG Password;
    ULONG PasswordLength;
    ULONG Flags;
    ULONG PackageList;
    ULONG PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EX32, *PSEC_WINNT_AUTH_IDENTITY_EX32;

/* Versions and Flags of the identity forms. */
#define SEC_WINNT_AUTH_IDENTITY_VERSION_2        0x00000201u
#define SEC_WINNT_AUTH_IDENTITY_ANSI             0x00000001u
#define SEC_WINNT_AUTH_IDENTITY_UNICODE          0x00000002u
#define SEC_WINNT_AUTH_IDENTITY_VERSION          0x00000200u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED  0x00000010u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED  0x00000020u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED  0x00000040u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED  0x00000080u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED   0x00010000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER  0x00020000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN  0x00040000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER  0x00080000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_USE_MASK  0xFF000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_SAVE  0x80000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_CHECKED  0x40000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_NO_CHECKBOX  0x20000000u
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_LOAD  0x10000000u
#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON  0x00000001u
#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS  0x00000002u
#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM  0x00000004u
#define SEC_WINNT_AUTH_IDENTITY_MARSHALLED       0x00000004u
#define SEC_WINNT_AUTH_IDENTITY_ONLY             0x00000008u

/* dwFlags of SspiPromptForCredentials. */
#define SSPIPFC_CREDPROV_DO_NOT_SAVE             0x00000001u
#define SSPIPFC_NO_CHECKBOX                      0x00000002u
#define SSPIPFC_CREDPROV_DO_NOT_LOAD             0x00000004u
#define SSPIPFC_USE_CREDUIBROKER                 0x00000008u

/* A run of bytes in a self-relative block: offset from its start, length in bytes. */
typedef struct _SEC_WINNT_AUTH_BYTE_VECTOR {
    ULONG ByteArrayOffset;
    USHORT ByteArrayLength;
} SEC_WINNT_AUTH_BYTE_VECTOR, *PSEC_WINNT_AUTH_BYTE_VECTOR;

/* A run of 16-bit units in a self-relative block: offset in bytes, count in units. */
typedef struct _SEC_WINNT_AUTH_SHORT_VECTOR {
    ULONG ShortArrayOffset;
    USHORT ShortArrayCount;
} SEC_WINNT_AUTH_SHORT_VECTOR, *PSEC_WINNT_AUTH_SHORT_VECTOR;

/* One credential: its type by GUID, its data by the type. */
typedef struct _SEC_WINNT_AUTH_DATA {
    GUID CredType;
    SEC_WINNT_AUTH_BYTE_VECTOR CredData;
} SEC_WINNT_AUTH_DATA, *PSEC_WINNT_AUTH_DATA;

/* A credential that is not just a password, inside an EX2 identity. */
typedef struct _SEC_WINNT_AUTH_PACKED_CREDENTIALS {
    USHORT cbHeaderLength;
    USHORT cbStructureLength;
    SEC_WINNT_AUTH_DATA AuthData;
} SEC_WINNT_AUTH_PACKED_CREDENTIALS, *PSEC_WINNT_AUTH_PACKED_CREDENTIALS;

/* Packed credentials with flags and a list of packages. */
typedef struct _SEC_WINNT_AUTH_PACKED_CREDENTIALS_EX {
    USHORT cbHeaderLength;
    ULONG Flags;
    SEC_WINNT_AUTH_BYTE_VECTOR PackedCredentials;
    SEC_WINNT_AUTH_SHORT_VECTOR PackageList;
} SEC_WINNT_AUTH_PACKED_CREDENTIALS_EX, *PSEC_WINNT_AUTH_PACKED_CREDENTIALS_EX;

/* Data of the password type: the password in UTF-16. */
typedef struct _SEC_WINNT_AUTH_DATA_PASSWORD {
    SEC_WINNT_AUTH_BYTE_VECTOR UnicodePassword;
} SEC_WINNT_AUTH_DATA_PASSWORD, *PSEC_WINNT_AUTH_DATA_PASSWORD;

/* Data of the certificate type. */
typedef struct _SEC_WINNT_AUTH_CERTIFICATE_DATA {
    USHORT cbHeaderLength;
    USHORT cbStructureLength;
    SEC_WINNT_AUTH_BYTE_VECTOR Certificate;
} SEC_WINNT_AUTH_CERTIFICATE_DATA, *PSEC_WINNT_AUTH_CERTIFICATE_DATA;

/* Flags of certificate logons with a key of the device. */
#define NGC_DATA_FLAG_KERB_CERTIFICATE_LOGON_FLAG_CHECK_DUPLICATES  0x00000001u
#define NGC_DATA_FLAG_KERB_CERTIFICATE_LOGON_FLAG_USE_CERTIFICATE_INFO  0x00000002u
#define NGC_DATA_FLAG_IS_SMARTCARD_DATA          0x00000004u
#define NGC_DATA_FLAG_IS_CLOUD_TRUST_CRED        0x00000008u

/* Contexts of a user interface for credentials, self-relative. */
typedef struct _SEC_WINNT_CREDUI_CONTEXT_VECTOR {
    ULONG CredUIContextArrayOffset;
    USHORT CredUIContextCount;
} SEC_WINNT_CREDUI_CONTEXT_VECTOR, *PSEC_WINNT_CREDUI_CONTEXT_VECTOR;

typedef struct _CREDUI_INFOW *PCREDUI_INFOW;

/* What a user interface for credentials needs to ask for them. */
typedef struct _SEC_WINNT_CREDUI_CONTEXT {
    USHORT cbHeaderLength;
    HANDLE CredUIContextHandle;
    PCREDUI_INFOW UIInfo;
    ULONG dwAuthError;
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity;
    PUNICODE_STRING TargetName;
} SEC_WINNT_CREDUI_CONTEXT, *PSEC_WINNT_CREDUI_CONTEXT;

/* Context export, quality of protection, SASL options. */

/*
 * fFlags of ExportSecurityContext, fQOP of messages, options of the SASL functions.
 *
 *   RESET_NEW        the imported context starts as this one started: sequence numbers and key
 *                    streams; only for one that has protected nothing, or a peer that resets too
 *   DELETE_OLD       this context is gone afterwards
 *   TO_KERNEL        for a kernel component: SEC_E_NOT_SUPPORTED, as there is none here
 *   WRAP_NO_ENCRYPT  EncryptMessage signs only, in the framing of an encrypted message
 *   WRAP_OOB_DATA    EncryptMessage makes an alert record (TLS)
 */
#define SECPKG_CONTEXT_EXPORT_RESET_NEW          0x00000001u
#define SECPKG_CONTEXT_EXPORT_DELETE_OLD         0x00000002u
#define SECPKG_CONTEXT_EXPORT_TO_KERNEL          0x00000004u
#define SECQOP_WRAP_NO_ENCRYPT                   0x80000001u
#define SECQOP_WRAP_OOB_DATA                     0x40000000u
#define SASL_OPTION_SEND_SIZE                    1
#define SASL_OPTION_RECV_SIZE                    2
#define SASL_OPTION_AUTHZ_STRING                 3
#define SASL_OPTION_AUTHZ_PROCESSING             4

/* SASL_OPTION_AUTHZ_PROCESSING: whether a client may ask to act as somebody else. */
typedef enum _SASL_AUTHZID_STATE {
    Sasl_AuthZIDForbidden = 0,
    Sasl_AuthZIDProcessed = 1
} SASL_AUTHZID_STATE;

/* pGetKeyFn of AcquireCredentialsHandle: not used by any package; pass NULL. */
typedef void (SEC_ENTRY *SEC_GET_KEY_FN)(void *Arg, void *Principal, ULONG KeyVer, void **Key,
    SECURITY_STATUS *Status);

/*
 * Packages.
 *
 * Ask for a package by name (security.h has the names). "Negotiate" is right for nearly
 * everyone: it chooses Kerberos where it can, and NTLM where it must. QuerySecurityPackageInfo
 * tells beforehand whether a name is known, and how large its tokens grow.
 */

/*
 * Lists the packages of the authority.
 *
 *   pcPackages     out: how many
 *   ppPackageInfo  out: array of *pcPackages structures. One block with its strings: one
 *                  FreeContextBuffer(*ppPackageInfo)
 *
 * Returns: SEC_E_OK; SEC_E_INSUFFICIENT_MEMORY; SEC_E_INVALID_HANDLE if a pointer is NULL.
 * Microsoft: EnumerateSecurityPackages.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesW(ULONG *pcPackages,
    PSecPkgInfoW *ppPackageInfo);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesA(ULONG *pcPackages,
    PSecPkgInfoA *ppPackageInfo);

/*
 * Describes one package, chiefly for cbMaxToken.
 *
 *   pszPackageName  its name, any case
 *   ppPackageInfo   out: one block with its strings; FreeContextBuffer(*ppPackageInfo)
 *
 * Returns: SEC_E_OK; SEC_E_SECPKG_NOT_FOUND; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: QuerySecurityPackageInfo.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName,
    PSecPkgInfoW *ppPackageInfo);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName,
    PSecPkgInfoA *ppPackageInfo);

/*
 * Asks the authority to load a package. The caller needs the right to: a service that is
 * marked so in the authority's configuration.
 *
 *   pszPackageName  name of the module
 *   pOptions        how to load it; may be NULL
 *
 * Returns: SEC_E_OK; SEC_E_SECPKG_NOT_FOUND; SEC_E_CANNOT_INSTALL; SEC_E_NOT_OWNER;
 * SEC_E_UNSUPPORTED_FUNCTION where the authority takes its packages from its configuration
 * only. Microsoft: AddSecurityPackage.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY AddSecurityPackageW(SEC_WCHAR *pszPackageName,
    PSECURITY_PACKAGE_OPTIONS pOptions);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY AddSecurityPackageA(SEC_CHAR *pszPackageName,
    PSECURITY_PACKAGE_OPTIONS pOptions);

/*
 * Asks the authority to unload a package. Rights and codes as AddSecurityPackage.
 * Microsoft: DeleteSecurityPackage.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY DeleteSecurityPackageW(SEC_WCHAR *pszPackageName);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY DeleteSecurityPackageA(SEC_CHAR *pszPackageName);

/*
 * Credentials.
 *
 * A credential handle stands for somebody's keys or password, in one package, for one use.
 * The secrets behind it are kept by the authority. A server makes one at start-up:
 *
 *     CredHandle cred;
 *     SECURITY_STATUS s = AcquireCredentialsHandleW(NULL, NEGOSSP_NAME_W,
 *         SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &cred, NULL);
 *
 * A client that has a password (all lengths in characters; UNICODE form):
 *
 *     SEC_WINNT_AUTH_IDENTITY_W id = { user, 5, domain, 7, password, 8,
 *         SEC_WINNT_AUTH_IDENTITY_UNICODE };
 *     s = AcquireCredentialsHandleW(NULL, NEGOSSP_NAME_W, SECPKG_CRED_OUTBOUND, NULL,
 *         &id, NULL, NULL, &cred, NULL);
 *     wipe password here: it was copied
 */

/*
 * Makes a handle on credentials, the first step of client and server.
 *
 *   pszPrincipal      whose; NULL: the caller's own (of a server: any key of the service)
 *   pszPackage        "Negotiate", "Kerberos", "NTLM", ... (security.h, schannel.h)
 *   fCredentialUse    SECPKG_CRED_INBOUND, _OUTBOUND or _BOTH
 *   pvLogonId         LUID * of another logon session: needs a right; NULL: the caller's
 *   pAuthData         explicit credentials; NULL: default ones. NTLM, Kerberos, Negotiate:
 *                     any SEC_WINNT_AUTH_IDENTITY form; Schannel: SCHANNEL_CRED or
 *                     SCH_CREDENTIALS; CredSSP: CREDSSP_CRED. Copied before the return:
 *                     wipe passwords at once
 *   pGetKeyFn, pvGetKeyArgument
 *                     not used; NULL
 *   phCredential      out: the handle; FreeCredentialsHandle
 *   ptsExpiry         out, may be NULL: until when the credential is good
 *
 * An INBOUND handle with pAuthData NULL serves a server that only accepts. One handle serves
 * any number of contexts, from any thread.
 *
 * Returns: SEC_E_OK; SEC_E_SECPKG_NOT_FOUND; SEC_E_NO_CREDENTIALS (no default credentials,
 * or none for this use); SEC_E_UNKNOWN_CREDENTIALS (pAuthData not understood);
 * SEC_E_NOT_OWNER (no right to this principal, use or session); SEC_E_INSUFFICIENT_MEMORY;
 * SEC_E_INTERNAL_ERROR.
 * Microsoft: AcquireCredentialsHandle (General), and its page for each package.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal,
    SEC_WCHAR *pszPackage, ULONG fCredentialUse, void *pvLogonId, void *pAuthData,
    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument, PCredHandle phCredential,
    PTimeStamp ptsExpiry);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal,
    SEC_CHAR *pszPackage, ULONG fCredentialUse, void *pvLogonId, void *pAuthData,
    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument, PCredHandle phCredential,
    PTimeStamp ptsExpiry);

/*
 * Adds a further credential to a handle (Negotiate, Schannel).
 *
 *   hCredentials  the handle, changed in place
 *   the others    as AcquireCredentialsHandle
 *
 * Returns: as AcquireCredentialsHandle; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION.
 * Microsoft: AddCredentials.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY AddCredentialsW(PCredHandle hCredentials,
    SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument, PTimeStamp ptsExpiry);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY AddCredentialsA(PCredHandle hCredentials,
    SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument, PTimeStamp ptsExpiry);

/*
 * Gives a credential back. Contexts made from it go on working.
 *
 *   phCredential  the handle; invalid afterwards
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE. Microsoft: FreeCredentialsHandle.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY FreeCredentialsHandle(PCredHandle phCredential);

/*
 * Reads an attribute of a credential.
 *
 *   ulAttribute  SECPKG_CRED_ATTR_
 *   pBuffer      out: the SecPkgCredentials_ structure of that name, the caller's; pointers
 *                in it are freed one by one with FreeContextBuffer
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION (the package does not
 * know it); SEC_E_INSUFFICIENT_MEMORY. Microsoft: QueryCredentialsAttributes.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesW(PCredHandle phCredential,
    ULONG ulAttribute, void *pBuffer);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesA(PCredHandle phCredential,
    ULONG ulAttribute, void *pBuffer);

/*
 * The same with the size of pBuffer, bytes; too small: SEC_E_BUFFER_TOO_SMALL, nothing is
 * written. Microsoft: QueryCredentialsAttributesEx.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExW(PCredHandle phCredential,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesExA(PCredHandle phCredential,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);

/*
 * Changes an attribute of a credential.
 *
 *   pBuffer, cbBuffer  the structure and its size in bytes; copied
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION;
 * SEC_E_BUFFER_TOO_SMALL. Microsoft: SetCredentialsAttributes.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesW(PCredHandle phCredential,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesA(PCredHandle phCredential,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);

/*
 * Changes an account's password through a package.
 *
 *   pszPackageName   the package
 *   pszDomainName, pszAccountName
 *                    whose password
 *   pszOldPassword, pszNewPassword
 *                    wipe both after the call
 *   bImpersonating   TRUE: as the client that the thread impersonates
 *   dwReserved       0
 *   pOutput          one SECBUFFER_CHANGE_PASS_RESPONSE: the package's detail on failure;
 *                    NTLM's is a MSV1_0_CHANGEPASSWORD_RESPONSE (ntsecapi.h)
 *
 * Returns: SEC_E_OK; SEC_E_LOGON_DENIED (no such account, old password wrong, account locked
 * or disabled); STATUS_PASSWORD_RESTRICTION 0xC000006C (the new one is too short, or was used
 * before); SEC_E_NO_AUTHENTICATING_AUTHORITY (another domain's account);
 * SEC_E_SECPKG_NOT_FOUND; SEC_E_UNSUPPORTED_FUNCTION. Microsoft: ChangeAccountPassword.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordW(SEC_WCHAR *pszPackageName,
    SEC_WCHAR *pszDomainName, SEC_WCHAR *pszAccountName, SEC_WCHAR *pszOldPassword,
    SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating, ULONG dwReserved,
    PSecBufferDesc pOutput);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordA(SEC_CHAR *pszPackageName,
    SEC_CHAR *pszDomainName, SEC_CHAR *pszAccountName, SEC_CHAR *pszOldPassword,
    SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating, ULONG dwReserved, PSecBufferDesc pOutput);

/*
 * Contexts.
 *
 * A context is one connection's security: first a handshake, then keys. Client and server
 * pass tokens to and fro, until both have SEC_E_OK; how tokens travel is the application's
 * matter. A client:
 *
 *     CtxtHandle ctx; SecInvalidateHandle(&ctx);
 *     SecBuffer in = { 0, SECBUFFER_TOKEN, NULL }, out;
 *     SecBufferDesc ins = { SECBUFFER_VERSION, 1, &in }, outs = { SECBUFFER_VERSION, 1, &out };
 *     BOOL first = TRUE;
 *     do {
 *         out = (SecBuffer){ 0, SECBUFFER_TOKEN, NULL };
 *         s = InitializeSecurityContextW(&cred, first ? NULL : &ctx, u"HTTP/www.example.org",
 *             ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_MUTUAL_AUTH | ISC_REQ_CONFIDENTIALITY, 0,
 *             SECURITY_NETWORK_DREP, first ? NULL : &ins, 0, &ctx, &outs, &attributes, NULL);
 *         if (out.cbBuffer > 0)
 *             send out;
 *         FreeContextBuffer(out.pvBuffer);
 *         first = FALSE;
 *         if (s == SEC_I_CONTINUE_NEEDED)
 *             receive in;
 *     } while (s == SEC_I_CONTINUE_NEEDED);
 *     if (s != SEC_E_OK || !(attributes & ISC_RET_MUTUAL_AUTH))
 *         give up: the server is not who it should be
 *
 * The keys of an established context are in this process: messages cost no call to the
 * authority, and go on while it is restarted. Handshakes do not.
 */

/*
 * Makes the client's next token of a handshake.
 *
 *   phCredential    an OUTBOUND credential. May be NULL when phContext is given
 *   phContext       first call: NULL. Later: the handle that the first call gave
 *   pszTargetName   the server: service principal name ("HTTP/www.example.org") for Kerberos,
 *                   Negotiate and NTLM, URI for Digest, host name for Schannel; may be NULL
 *                   where the package allows it
 *   fContextReq     ISC_REQ_ bits, the same at each call
 *   Reserved1, Reserved2
 *                   0
 *   TargetDataRep   SECURITY_NETWORK_DREP
 *   pInput          first call: NULL, or a descriptor without a token (CHANNEL_BINDINGS,
 *                   APPLICATION_PROTOCOLS, ...). Later: the server's token
 *   phNewContext    out: the context; may be the same structure as phContext. As soon as one
 *                   call gave a handle, DeleteSecurityContext is due, also after an error
 *   pOutput         in and out: a SECBUFFER_TOKEN. With ISC_REQ_ALLOCATE_MEMORY pvBuffer is
 *                   allocated: FreeContextBuffer. Without: cbBuffer bytes of the caller's
 *   pfContextAttr   out: ISC_RET_ bits; those about security count at the end
 *   ptsExpiry       out, may be NULL: until when the context is good; counts at the end
 *
 * After each call: if the output token has bytes, send it, whatever the status.
 *
 * Returns:
 *   SEC_E_OK                      established on this side
 *   SEC_I_CONTINUE_NEEDED         wait for the server's token, call again
 *   SEC_I_COMPLETE_NEEDED, SEC_I_COMPLETE_AND_CONTINUE
 *                                 first CompleteAuthToken, then as OK, or as CONTINUE_NEEDED
 *   SEC_I_CONTINUE_NEEDED_MESSAGE_OK
 *                                 as CONTINUE_NEEDED, but messages may be protected already
 *   SEC_I_MESSAGE_FRAGMENT        send this piece, call again for the next
 *   SEC_I_INCOMPLETE_CREDENTIALS  the server wants a client certificate
 *   SEC_E_INCOMPLETE_MESSAGE      read more and call again with all that was read
 *   SEC_E_BUFFER_TOO_SMALL        no room for the token; nothing has changed
 *   SEC_E_INVALID_HANDLE, SEC_E_INVALID_TOKEN, SEC_E_LOGON_DENIED, SEC_E_NO_CREDENTIALS,
 *   SEC_E_TARGET_UNKNOWN, SEC_E_WRONG_PRINCIPAL, SEC_E_NO_AUTHENTICATING_AUTHORITY,
 *   SEC_E_UNSUPPORTED_FUNCTION, SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR
 * Microsoft: InitializeSecurityContext (General), and its page for each package.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY InitializeSecurityContextW(PCredHandle phCredential,
    PCtxtHandle phContext, SEC_WCHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
    ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2, PCtxtHandle phNewContext,
    PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY InitializeSecurityContextA(PCredHandle phCredential,
    PCtxtHandle phContext, SEC_CHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
    ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2, PCtxtHandle phNewContext,
    PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry);

/*
 * Takes the client's token and makes the server's answer.
 *
 *   phCredential    an INBOUND or BOTH credential. May be NULL when phContext is given
 *   phContext       first call: NULL. Later: the handle that the first call gave
 *   pInput          the client's token in a SECBUFFER_TOKEN, beside it what the package
 *                   takes: CHANNEL_BINDINGS, TARGET_HOST, EMPTY (Schannel, CredSSP: for
 *                   EXTRA), ... Hostile bytes are welcome: they end in a clean error
 *   fContextReq     ASC_REQ_ bits, the same at each call
 *   TargetDataRep   SECURITY_NETWORK_DREP
 *   phNewContext    out, never NULL: the context; may be the same structure as phContext.
 *                   Once given, DeleteSecurityContext is due, also after an error
 *   pOutput         in and out: a SECBUFFER_TOKEN, as at InitializeSecurityContext
 *   pfContextAttr   out: ASC_RET_ bits; those about security count at the end
 *   ptsExpiry       out, may be NULL; counts at the end
 *
 * After each call: if the output token has bytes, send it, also with SEC_E_OK, and with an
 * error when ASC_REQ_EXTENDED_ERROR was asked for. Give the peer a time limit.
 *
 * Returns:
 *   SEC_E_OK                  established: check *pfContextAttr, ask for SECPKG_ATTR_NAMES
 *   SEC_I_CONTINUE_NEEDED     send, wait for the client's next token, call again
 *   SEC_I_COMPLETE_NEEDED, SEC_I_COMPLETE_AND_CONTINUE
 *                             first CompleteAuthToken, then as OK, or as CONTINUE_NEEDED
 *   SEC_I_CONTINUE_NEEDED_MESSAGE_OK, SEC_I_MESSAGE_FRAGMENT
 *                             as at InitializeSecurityContext
 *   SEC_E_INCOMPLETE_MESSAGE  read more, call again with all that was read and the same
 *                             phContext (NULL if it was NULL)
 *   SEC_E_INVALID_TOKEN       malformed, or a message out of place
 *   SEC_E_LOGON_DENIED        the client could not prove who it is
 *   SEC_E_BAD_BINDINGS        channel bindings differ
 *   SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE
 *                             a token was changed, or comes again
 *   SEC_E_NO_AUTHENTICATING_AUTHORITY
 *                             nobody to ask about the account
 *   SEC_E_INVALID_HANDLE, SEC_E_NO_CREDENTIALS, SEC_E_BUFFER_TOO_SMALL,
 *   SEC_E_UNSUPPORTED_FUNCTION, SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR
 * Microsoft: AcceptSecurityContext (General), and its page for each package.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY AcceptSecurityContext(PCredHandle phCredential,
    PCtxtHandle phContext, PSecBufferDesc pInput, ULONG fContextReq, ULONG TargetDataRep,
    PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr,
    PTimeStamp ptsExpiry);

/*
 * Finishes an output token after SEC_I_COMPLETE_NEEDED or SEC_I_COMPLETE_AND_CONTINUE, once
 * the message that it protects is complete (Digest, DCE style).
 *
 *   pToken  the buffers of the token, changed in place
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_INVALID_TOKEN; SEC_E_OUT_OF_SEQUENCE;
 * SEC_E_MESSAGE_ALTERED; SEC_E_UNSUPPORTED_FUNCTION. Microsoft: CompleteAuthToken.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY CompleteAuthToken(PCtxtHandle phContext,
    PSecBufferDesc pToken);

/*
 * Ends a context, established or not, and wipes its keys.
 *
 *   phContext  the handle; invalid afterwards
 *
 * Returns: SEC_E_OK, also for a context already deleted; SEC_E_INVALID_HANDLE.
 * Microsoft: DeleteSecurityContext.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY DeleteSecurityContext(PCtxtHandle phContext);

/*
 * Tells a context to do something out of the ordinary, mostly to end a TLS connection:
 * SCHANNEL_SHUTDOWN, SCHANNEL_ALERT, SCHANNEL_SESSION (schannel.h).
 *
 *   pInput  the token in a SECBUFFER_TOKEN. Afterwards call InitializeSecurityContext or
 *           AcceptSecurityContext once to get the bytes to send
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_INVALID_TOKEN; SEC_E_UNSUPPORTED_FUNCTION.
 * Microsoft: ApplyControlToken.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY ApplyControlToken(PCtxtHandle phContext,
    PSecBufferDesc pInput);

/*
 * Reads an attribute of a context.
 *
 *   ulAttribute  SECPKG_ATTR_
 *   pBuffer      out: the SecPkgContext_ structure of that name, the caller's; pointers in
 *                it are freed one by one with FreeContextBuffer
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE (also: too early in the handshake);
 * SEC_E_UNSUPPORTED_FUNCTION (the package does not know it); SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: QueryContextAttributes (General), and its page for each package.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryContextAttributesW(PCtxtHandle phContext,
    ULONG ulAttribute, void *pBuffer);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryContextAttributesA(PCtxtHandle phContext,
    ULONG ulAttribute, void *pBuffer);

/*
 * The same with the size of pBuffer, bytes; too small: SEC_E_BUFFER_TOO_SMALL, nothing is
 * written. Microsoft: QueryContextAttributesEx.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryContextAttributesExW(PCtxtHandle phContext,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QueryContextAttributesExA(PCtxtHandle phContext,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);

/*
 * Changes an attribute of a context (Schannel: APP_DATA, DTLS_MTU, ...).
 *
 *   pBuffer, cbBuffer  the structure and its size in bytes; copied
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION;
 * SEC_E_BUFFER_TOO_SMALL. Microsoft: SetContextAttributes.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SetContextAttributesW(PCtxtHandle phContext,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SetContextAttributesA(PCtxtHandle phContext,
    ULONG ulAttribute, void *pBuffer, ULONG cbBuffer);

/*
 * Lets the calling thread act as the context's client until RevertSecurityContext: files that it
 * makes are the client's, and it opens what the client may. docs/identity.md says what else, and
 * what not (new threads, peers of sockets).
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_NO_IMPERSONATION, without any effect: there is no
 * token, its level is below SecurityImpersonation, the client is nobody on this machine, or the
 * process may not become him. Microsoft: ImpersonateSecurityContext.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY ImpersonateSecurityContext(PCtxtHandle phContext);

/*
 * Ends what ImpersonateSecurityContext began on this thread.
 *
 * Returns: SEC_E_OK, also if nothing had begun; SEC_E_INVALID_HANDLE; SEC_E_INTERNAL_ERROR: the
 * thread still acts for the client, and should end. Microsoft: RevertSecurityContext.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY RevertSecurityContext(PCtxtHandle phContext);

/*
 * Gets a token that tells who the client is, for GetTokenInformation (windows.h).
 *
 *   Token  out: a handle of the caller's own; it survives the context. CloseHandle
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_NO_IMPERSONATION (the context has no token:
 * not established, or the client's side). Microsoft: QuerySecurityContextToken.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY QuerySecurityContextToken(PCtxtHandle phContext,
    void **Token);

/*
 * Packs an established context for another process of this machine. No other thread may protect
 * or open a message with it meanwhile, or that message's place in the key stream is used twice.
 *
 *   fFlags          SECPKG_CONTEXT_EXPORT_ bits
 *   pPackedContext  out: the bytes, type SECBUFFER_EMPTY; FreeContextBuffer(pvBuffer). They
 *                   hold session keys: pass them on through a private channel only, and wipe
 *                   them
 *   pToken          out, may be NULL: the context's token, to be passed on beside
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_NO_CONTEXT (not established);
 * SEC_E_NOT_SUPPORTED (the package cannot); SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: ExportSecurityContext.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY ExportSecurityContext(PCtxtHandle phContext,
    ULONG fFlags, PSecBuffer pPackedContext, void **pToken);

/*
 * Makes a context out of what ExportSecurityContext packed.
 *
 *   pszPackage      the package's name, as in the exporting process
 *   pPackedContext  the bytes; only read
 *   Token           the token that came with them; may be NULL
 *   phContext       out: a new context; DeleteSecurityContext
 *
 * Returns: SEC_E_OK; SEC_E_SECPKG_NOT_FOUND; SEC_E_INVALID_TOKEN (not such bytes);
 * SEC_E_NOT_SUPPORTED; SEC_E_INSUFFICIENT_MEMORY. Microsoft: ImportSecurityContext.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY ImportSecurityContextW(SEC_WCHAR *pszPackage,
    PSecBuffer pPackedContext, void *Token, PCtxtHandle phContext);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY ImportSecurityContextA(SEC_CHAR *pszPackage,
    PSecBuffer pPackedContext, void *Token, PCtxtHandle phContext);

/*
 * Frees memory that an SSPI function handed out.
 *
 *   pvContextBuffer  such a pointer, or NULL. Nothing else: not a pointer into a block, not
 *                    the application's own memory
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE for what it did not hand out, where it can tell.
 * Microsoft: FreeContextBuffer.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY FreeContextBuffer(void *pvContextBuffer);

/*
 * Messages.
 *
 * Ask for SECPKG_ATTR_SIZES once the context is established, then, to send data of n bytes:
 *
 *     SecBuffer b[2] = { { sizes.cbSecurityTrailer, SECBUFFER_TOKEN, trailer },
 *         { n, SECBUFFER_DATA, data } };
 *     SecBufferDesc message = { SECBUFFER_VERSION, 2, b };
 *     s = EncryptMessage(&ctx, 0, &message, 0);
 *     send b[0].cbBuffer bytes of trailer, then b[1].cbBuffer bytes of data
 *
 * and to receive: the same two buffers filled from the peer, and
 *
 *     s = DecryptMessage(&ctx, &message, 0, NULL);
 *     s == SEC_E_OK: data holds the plaintext; anything else: end the connection
 *
 * Messages of a connection have to be unprotected in the order in which they were protected.
 * MakeSignature and VerifySignature leave data readable, and use a TOKEN of cbMaxSignature
 * bytes. They need ISC_REQ_INTEGRITY (or what implies it), EncryptMessage needs
 * ISC_REQ_CONFIDENTIALITY, granted by both sides.
 */

/*
 * Signs a message.
 *
 *   fQOP          0
 *   pMessage      SECBUFFER_DATA (one or more), and a SECBUFFER_TOKEN with room for
 *                 cbMaxSignature bytes (SECPKG_ATTR_SIZES) that gets the signature. READONLY
 *                 buffers are left out of the signature
 *   MessageSeqNo  0 on connections: the context counts. Datagrams: the caller's number
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_TOKEN (no TOKEN buffer); SEC_E_BUFFER_TOO_SMALL;
 * SEC_E_QOP_NOT_SUPPORTED; SEC_E_CONTEXT_EXPIRED; SEC_E_INVALID_HANDLE;
 * SEC_E_UNSUPPORTED_FUNCTION. Microsoft: MakeSignature.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY MakeSignature(PCtxtHandle phContext, ULONG fQOP,
    PSecBufferDesc pMessage, ULONG MessageSeqNo);

/*
 * Checks what MakeSignature made.
 *
 *   pMessage      the same buffers, TOKEN holding the signature; nothing is written
 *   MessageSeqNo  as at MakeSignature; its place in the list differs
 *   pfQOP         out, may be NULL: how the message was protected. NTLM leaves it alone
 *
 * Returns: SEC_E_OK; SEC_E_MESSAGE_ALTERED; SEC_E_OUT_OF_SEQUENCE (replayed or misplaced,
 * where that was asked for); SEC_E_INVALID_TOKEN; SEC_E_CONTEXT_EXPIRED;
 * SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION. Microsoft: VerifySignature.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY VerifySignature(PCtxtHandle phContext,
    PSecBufferDesc pMessage, ULONG MessageSeqNo, ULONG *pfQOP);

/*
 * Encrypts and signs a message in place.
 *
 *   fQOP          0; SECQOP_WRAP_NO_ENCRYPT: sign only; SECQOP_WRAP_OOB_DATA: an alert (TLS)
 *   pMessage      NTLM, Kerberos, Negotiate: TOKEN with room for cbSecurityTrailer bytes,
 *                 DATA, and PADDING of cbBlockSize bytes where the package pads. Schannel:
 *                 STREAM_HEADER, DATA, STREAM_TRAILER, EMPTY, in this order, with the sizes
 *                 of SECPKG_ATTR_STREAM_SIZES. cbBuffer of each tells what to send
 *   MessageSeqNo  as at MakeSignature
 *
 * Two threads must not encrypt on one context at once.
 *
 * Returns: SEC_E_OK; SEC_E_BUFFER_TOO_SMALL; SEC_E_INVALID_TOKEN (no DATA or TOKEN buffer);
 * SEC_E_QOP_NOT_SUPPORTED; SEC_E_CONTEXT_EXPIRED; SEC_E_INVALID_HANDLE;
 * SEC_E_UNSUPPORTED_FUNCTION (neither signing nor sealing was agreed on);
 * SEC_E_INSUFFICIENT_MEMORY. Microsoft: EncryptMessage (General).
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY EncryptMessage(PCtxtHandle phContext, ULONG fQOP,
    PSecBufferDesc pMessage, ULONG MessageSeqNo);

/*
 * Checks a message and decrypts it in place. On failure the data must not be used.
 *
 *   pMessage      the buffers of EncryptMessage; or STREAM with the whole message and an
 *                 empty DATA, which is set to the part of it that is the plaintext. Schannel:
 *                 DATA and three EMPTY, which become STREAM_HEADER, DATA, STREAM_TRAILER and
 *                 EXTRA
 *   MessageSeqNo  as at MakeSignature
 *   pfQOP         out, may be NULL: 0, or SECQOP_WRAP_NO_ENCRYPT for a message only signed
 *
 * Two threads must not decrypt on one context at once.
 *
 * Returns: SEC_E_OK; SEC_E_MESSAGE_ALTERED; SEC_E_DECRYPT_FAILURE; SEC_E_OUT_OF_SEQUENCE;
 * SEC_E_INCOMPLETE_MESSAGE (streams: read more, MISSING says how much);
 * SEC_I_CONTEXT_EXPIRED (streams: the peer closed); SEC_I_RENEGOTIATE (streams: hand the
 * EXTRA bytes to Initialize/AcceptSecurityContext); SEC_E_INVALID_TOKEN;
 * SEC_E_CONTEXT_EXPIRED; SEC_E_INVALID_HANDLE. Microsoft: DecryptMessage (General).
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY DecryptMessage(PCtxtHandle phContext,
    PSecBufferDesc pMessage, ULONG MessageSeqNo, ULONG *pfQOP);

/*
 * SASL (RFC 4422): the framing in which LDAP, IMAP, SMTP and others run a handshake.
 * SEC_E_UNSUPPORTED_FUNCTION where the library has no such profile.
 */

/*
 * SASL (RFC 4422) over SSPI: lists the SASL mechanisms.
 *
 *   ProfileList   out: array of *ProfileCount names, one block; FreeContextBuffer
 *
 * Returns: SEC_E_OK; SEC_E_INSUFFICIENT_MEMORY. Microsoft: SaslEnumerateProfiles.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslEnumerateProfilesW(SEC_WCHAR **ProfileList,
    ULONG *ProfileCount);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslEnumerateProfilesA(SEC_CHAR **ProfileList,
    ULONG *ProfileCount);

/*
 * The package that stands behind a SASL mechanism.
 *
 *   PackageInfo  out: as QuerySecurityPackageInfo; FreeContextBuffer
 *
 * Returns: SEC_E_OK; SEC_E_SECPKG_NOT_FOUND. Microsoft: SaslGetProfilePackage.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslGetProfilePackageW(SEC_WCHAR *ProfileName,
    PSecPkgInfoW *PackageInfo);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslGetProfilePackageA(SEC_CHAR *ProfileName,
    PSecPkgInfoA *PackageInfo);

/*
 * The package for a client's first SASL message.
 *
 *   pInput       a descriptor with the name of the mechanism in a SECBUFFER_TOKEN
 *   PackageInfo  out: as QuerySecurityPackageInfo; FreeContextBuffer
 *
 * Returns: SEC_E_OK; SEC_E_SECPKG_NOT_FOUND; SEC_E_INVALID_TOKEN.
 * Microsoft: SaslIdentifyPackage.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslIdentifyPackageW(PSecBufferDesc pInput,
    PSecPkgInfoW *PackageInfo);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslIdentifyPackageA(PSecBufferDesc pInput,
    PSecPkgInfoA *PackageInfo);

/*
 * InitializeSecurityContext in the framing of SASL: the same parameters and codes. When the
 * context is established, both sides agree on the protection of messages in one more step.
 * Microsoft: SaslInitializeSecurityContext.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslInitializeSecurityContextW(PCredHandle phCredential,
    PCtxtHandle phContext, SEC_WCHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
    ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2, PCtxtHandle phNewContext,
    PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry);
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslInitializeSecurityContextA(PCredHandle phCredential,
    PCtxtHandle phContext, SEC_CHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
    ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2, PCtxtHandle phNewContext,
    PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry);

/*
 * AcceptSecurityContext in the framing of SASL: the same parameters and codes.
 * Microsoft: SaslAcceptSecurityContext.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslAcceptSecurityContext(PCredHandle phCredential,
    PCtxtHandle phContext, PSecBufferDesc pInput, ULONG fContextReq, ULONG TargetDataRep,
    PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr,
    PTimeStamp ptsExpiry);

/*
 * Sets an option of a SASL context before the handshake ends.
 *
 *   Option  SASL_OPTION_SEND_SIZE, _RECV_SIZE (ULONG, bytes), _AUTHZ_STRING (characters,
 *           who the client wants to act as), _AUTHZ_PROCESSING (SASL_AUTHZID_STATE)
 *   Value, Size
 *           the value and its size in bytes; copied
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_BUFFER_TOO_SMALL;
 * SEC_E_UNSUPPORTED_FUNCTION. Microsoft: SaslSetContextOption.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslSetContextOption(PCtxtHandle ContextHandle,
    ULONG Option, void *Value, ULONG Size);

/*
 * Reads such an option. Needed, out, may be NULL: the bytes that Value has to have.
 *
 * Returns: SEC_E_OK; SEC_E_BUFFER_TOO_SMALL; SEC_E_INVALID_HANDLE;
 * SEC_E_UNSUPPORTED_FUNCTION. Microsoft: SaslGetContextOption.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SaslGetContextOption(PCtxtHandle ContextHandle,
    ULONG Option, void *Value, ULONG Size, ULONG *Needed);

/*
 * Who the remote client is: facts that only the application knows, for the authority's audit
 * log. They hold for the calling thread.
 */

/*
 * Tells the authority the address of the remote client, for audit, for the calls that this
 * thread makes until SecFreeCallContext.
 *
 *   lpIpAddress, cchIpAddress  a socket address and its length in bytes; copied
 *   FreeCallContext            out: TRUE if the caller owes a SecFreeCallContext
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SecAllocateAndSetIPAddress.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SecAllocateAndSetIPAddress(UCHAR *lpIpAddress,
    ULONG cchIpAddress, BOOLEAN *FreeCallContext);

/*
 * The same, and the name under which the client reached the server (may be NULL).
 * Microsoft: sspi.h.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SecAllocateAndSetCallTarget(UCHAR *lpIpAddress,
    ULONG cchIpAddress, LPWSTR TargetName, BOOLEAN *FreeCallContext);

/* Forgets what the two functions before told for this thread. Microsoft: sspi.h. */
OPENSSPI_API void SEC_ENTRY SecFreeCallContext(void);

/*
 * Identities: helpers to make, read and keep the credentials that AcquireCredentialsHandle
 * takes as pAuthData, whatever their form. They work in this process; no authority is asked.
 *
 * An identity is one block of memory with a secret in it. Those made here are freed with
 * SspiFreeAuthIdentity, strings and bytes with SspiLocalFree, never with FreeContextBuffer.
 */

/*
 * Makes an identity from strings.
 *
 *   pszUserName, pszDomainName, pszPackedCredentialsString
 *                   each may be NULL, not all three. The last is a password, or another
 *                   credential in the packed form
 *   ppAuthIdentity  out: SspiFreeAuthIdentity
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_TOKEN (all NULL); SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiEncodeStringsAsAuthIdentity.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiEncodeStringsAsAuthIdentity(PCWSTR pszUserName,
    PCWSTR pszDomainName, PCWSTR pszPackedCredentialsString,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity);

/*
 * Takes an identity apart.
 *
 *   ppszUserName, ppszDomainName
 *                   out: SspiLocalFree each; NULL where the identity has none
 *   ppszPackedCredentialsString
 *                   out, may be NULL: wipe it, then SspiLocalFree
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiEncodeAuthIdentityAsStrings.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiEncodeAuthIdentityAsStrings(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity, PCWSTR *ppszUserName, PCWSTR *ppszDomainName,
    PCWSTR *ppszPackedCredentialsString);

/*
 * Copies an identity of any form into one block. Free the copy with SspiFreeAuthIdentity.
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiCopyAuthIdentity.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiCopyAuthIdentity(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy);

/*
 * Wipes and frees an identity that one of these functions made. NULL is harmless.
 * Microsoft: SspiFreeAuthIdentity.
 */
OPENSSPI_API void SEC_ENTRY SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

/*
 * Wipes an identity's secrets, in place; it stays allocated. NULL is harmless.
 * Microsoft: SspiZeroAuthIdentity.
 */
OPENSSPI_API void SEC_ENTRY SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

/*
 * Frees a string or byte array that one of these functions made. It does not wipe it. NULL is
 * harmless. Microsoft: SspiLocalFree.
 */
OPENSSPI_API void SEC_ENTRY SspiLocalFree(void *DataBuffer);

/*
 * Checks that lengths, offsets and flags of an identity agree.
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_TOKEN or SEC_E_INVALID_PARAMETER: do not use it.
 * Microsoft: SspiValidateAuthIdentity.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiValidateAuthIdentity(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

/*
 * Compares two identities; either may be NULL.
 *
 *   SameSuppliedUser      out, may be NULL: the same user and domain
 *   SameSuppliedIdentity  out, may be NULL: the same credentials as well
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER. Microsoft: SspiCompareAuthIdentities.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiCompareAuthIdentities(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity1,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity2, BOOLEAN *SameSuppliedUser,
    BOOLEAN *SameSuppliedIdentity);

/*
 * Turns an identity into bytes that hold no pointers.
 *
 *   AuthIdentityLength     out: count of bytes
 *   AuthIdentityByteArray  out: wipe it, then SspiLocalFree
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiMarshalAuthIdentity.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiMarshalAuthIdentity(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, ULONG *AuthIdentityLength,
    char **AuthIdentityByteArray);

/*
 * The way back: makes an identity of such bytes, which may come from anywhere and are
 * checked. Free *ppAuthIdentity with SspiFreeAuthIdentity.
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_TOKEN; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiUnmarshalAuthIdentity.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiUnmarshalAuthIdentity(ULONG AuthIdentityLength,
    char *AuthIdentityByteArray, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity);

/*
 * Encrypts the password of an identity in place, for as long as it only lies in memory. The
 * form with options says who may decrypt: SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS (what
 * SspiEncryptAuthIdentity does), or _SAME_LOGON: here, any process of the same user until the
 * machine boots. _FOR_SYSTEM is not there. DEVIATION: AuthData must be of a function of this
 * family (SspiEncodeStringsAsAuthIdentity, SspiCopyAuthIdentity, ...); a structure that the
 * caller laid out has no room for what is longer.
 *
 * Whoever may decrypt it can pass it on as it is: AcquireCredentialsHandle and
 * SspiEncodeAuthIdentityAsStrings take its password in the clear.
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER, also for one that is encrypted already;
 * SEC_E_INSUFFICIENT_MEMORY; SEC_E_UNSUPPORTED_FUNCTION for an option that is not there (no
 * keyrings in this container; a thread that acts for a client).
 * Microsoft: SspiEncryptAuthIdentity, SspiEncryptAuthIdentityEx.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentity(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentityEx(ULONG Options,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

/*
 * The way back, with the same options; without any, whichever way it was. Returns: as
 * SspiEncryptAuthIdentity; SEC_E_INVALID_PARAMETER for one that is not encrypted;
 * SEC_E_DECRYPT_FAILURE: encrypted elsewhere, or changed since.
 * Microsoft: SspiDecryptAuthIdentity, SspiDecryptAuthIdentityEx.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiDecryptAuthIdentity(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiDecryptAuthIdentityEx(ULONG Options,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

/*
 * Returns: TRUE if the identity's secrets are encrypted. Microsoft:
 * SspiIsAuthIdentityEncrypted.
 */
OPENSSPI_API BOOLEAN SEC_ENTRY SspiIsAuthIdentityEncrypted(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

/*
 * Returns: TRUE if ErrorOrNtStatus, a status of SSPI, is one that other credentials might
 * cure (SEC_E_LOGON_DENIED, SEC_E_NO_CREDENTIALS, ...). Microsoft: SspiIsPromptingNeeded.
 */
OPENSSPI_API BOOLEAN SEC_ENTRY SspiIsPromptingNeeded(ULONG ErrorOrNtStatus);

/*
 * Asks the user for credentials.
 *
 *   pszTargetName       for what; shown to the user
 *   pUiInfo             parent window and texts; may be NULL
 *   dwAuthError         why it is asked: an error code, or 0
 *   pszPackage          for which package
 *   pInputAuthIdentity  what to start from; may be NULL
 *   ppAuthIdentity      out: SspiFreeAuthIdentity
 *   pfSave              in and out, may be NULL: whether to save them
 *   dwFlags             SSPIPFC_ bits
 *
 * Returns: 0, or a Win32 error. SEC_E_UNSUPPORTED_FUNCTION where there is nobody to ask.
 * Microsoft: SspiPromptForCredentials.
 */
OPENSSPI_API ULONG SEC_ENTRY SspiPromptForCredentialsW(PCWSTR pszTargetName,
    void *pUiInfo, ULONG dwAuthError, PCWSTR pszPackage,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity, int *pfSave, ULONG dwFlags);
OPENSSPI_API ULONG SEC_ENTRY SspiPromptForCredentialsA(PCSTR pszTargetName,
    void *pUiInfo, ULONG dwAuthError, PCSTR pszPackage,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity, int *pfSave, ULONG dwFlags);

/*
 * Takes the host out of a service principal name ("HTTP/www.example.org:8080" gives
 * "www.example.org").
 *
 *   pszHostName  out: SspiLocalFree
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiGetTargetHostName.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiGetTargetHostName(PCWSTR pszTargetName,
    PWSTR *pszHostName);

/*
 * Makes an identity with which Negotiate does not choose a package.
 *
 *   AuthIdentity       may be NULL: default credentials
 *   pszPackageName     the package to leave out
 *   ppNewAuthIdentity  out: SspiFreeAuthIdentity
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiExcludePackage.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiExcludePackage(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszPackageName,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppNewAuthIdentity);

/*
 * The type and the name under which a store of credentials keeps those for a target.
 *
 *   pszTargetName           a service's name; NULL: the name is the user's
 *   pCredmanCredentialType  out: type of the stored credential: 2, a domain password
 *   ppszCredmanTargetName   out: SspiLocalFree
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiPrepareForCredRead.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiPrepareForCredRead(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
    ULONG *pCredmanCredentialType, PCWSTR *ppszCredmanTargetName);

/*
 * What to hand to a store of credentials to keep this identity: type, names and the secret.
 * Free each out pointer with SspiLocalFree; wipe the secret first.
 *
 * Returns: as SspiPrepareForCredRead. Microsoft: SspiPrepareForCredWrite.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiPrepareForCredWrite(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
    ULONG *pCredmanCredentialType, PCWSTR *ppszCredmanTargetName, PCWSTR *ppszCredmanUserName,
    UCHAR **ppCredentialBlob, ULONG *pCredentialBlobSize);

/*
 * Asks a context's package what a user interface needs to collect credentials of CredType.
 *
 *   LogonId         may be NULL: the caller's session
 *   CredUIContexts  out: one block; SspiLocalFree
 *   TokenHandle     out, may be NULL: CloseHandle
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION. Microsoft: sspi.h.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiGetCredUIContext(HANDLE ContextHandle,
    GUID *CredType, LUID *LogonId, PSEC_WINNT_CREDUI_CONTEXT_VECTOR *CredUIContexts,
    HANDLE *TokenHandle);

/*
 * Hands the credentials that such a user interface collected to the context.
 *
 * Returns: as SspiGetCredUIContext. Microsoft: sspi.h.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiUpdateCredentials(HANDLE ContextHandle,
    GUID *CredType, ULONG FlatCredUIContextLength, UCHAR *FlatCredUIContext);

/*
 * Makes a structure of a context for a user interface that came as bytes; SspiLocalFree.
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_TOKEN; SEC_E_INSUFFICIENT_MEMORY;
 * SEC_E_UNSUPPORTED_FUNCTION. Microsoft: sspi.h.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiUnmarshalCredUIContext(UCHAR *MarshaledCredUIContext,
    ULONG MarshaledCredUIContextLength, PSEC_WINNT_CREDUI_CONTEXT *CredUIContext);

/*
 * Sets flags (SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS) in channel bindings that
 * QueryContextAttributes gave. May replace pBindings->Bindings by the _EX form; it is still
 * freed once, with FreeContextBuffer.
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SspiSetChannelBindingFlags.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY SspiSetChannelBindingFlags(
    PSecPkgContext_Bindings pBindings, ULONG flags);

/*
 * Pointers to these functions, as the function table has them.
 */
typedef SECURITY_STATUS (SEC_ENTRY *ENUMERATE_SECURITY_PACKAGES_FN_W)(ULONG *, PSecPkgInfoW *);
typedef SECURITY_STATUS (SEC_ENTRY *ENUMERATE_SECURITY_PACKAGES_FN_A)(ULONG *, PSecPkgInfoA *);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_FN_W)(PCredHandle, ULONG,
    void *);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, ULONG,
    void *);
typedef SECURITY_STATUS (SEC_ENTRY *ACQUIRE_CREDENTIALS_HANDLE_FN_W)(SEC_WCHAR *, SEC_WCHAR *,
    ULONG, void *, void *, SEC_GET_KEY_FN, void *, PCredHandle, PTimeStamp);
typedef SECURITY_STATUS (SEC_ENTRY *ACQUIRE_CREDENTIALS_HANDLE_FN_A)(SEC_CHAR *, SEC_CHAR *,
    ULONG, void *, void *, SEC_GET_KEY_FN, void *, PCredHandle, PTimeStamp);
typedef SECURITY_STATUS (SEC_ENTRY *FREE_CREDENTIALS_HANDLE_FN)(PCredHandle);
typedef SECURITY_STATUS (SEC_ENTRY *INITIALIZE_SECURITY_CONTEXT_FN_W)(PCredHandle, PCtxtHandle,
    SEC_WCHAR *, ULONG, ULONG, ULONG, PSecBufferDesc, ULONG, PCtxtHandle, PSecBufferDesc,
    ULONG *, PTimeStamp);
typedef SECURITY_STATUS (SEC_ENTRY *INITIALIZE_SECURITY_CONTEXT_FN_A)(PCredHandle, PCtxtHandle,
    SEC_CHAR *, ULONG, ULONG, ULONG, PSecBufferDesc, ULONG, PCtxtHandle, PSecBufferDesc,
    ULONG *, PTimeStamp);
typedef SECURITY_STATUS (SEC_ENTRY *ACCEPT_SECURITY_CONTEXT_FN)(PCredHandle, PCtxtHandle,
    PSecBufferDesc, ULONG, ULONG, PCtxtHandle, PSecBufferDesc, ULONG *, PTimeStamp);
typedef SECURITY_STATUS (SEC_ENTRY *COMPLETE_AUTH_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);
typedef SECURITY_STATUS (SEC_ENTRY *DELETE_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS (SEC_ENTRY *APPLY_CONTROL_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_FN_W)(PCtxtHandle, ULONG, void *);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, ULONG, void *);
typedef SECURITY_STATUS (SEC_ENTRY *IMPERSONATE_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS (SEC_ENTRY *REVERT_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS (SEC_ENTRY *MAKE_SIGNATURE_FN)(PCtxtHandle, ULONG, PSecBufferDesc,
    ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *VERIFY_SIGNATURE_FN)(PCtxtHandle, PSecBufferDesc, ULONG,
    ULONG *);
typedef SECURITY_STATUS (SEC_ENTRY *FREE_CONTEXT_BUFFER_FN)(void *);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_SECURITY_PACKAGE_INFO_FN_W)(SEC_WCHAR *,
    PSecPkgInfoW *);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_SECURITY_PACKAGE_INFO_FN_A)(SEC_CHAR *,
    PSecPkgInfoA *);
typedef SECURITY_STATUS (SEC_ENTRY *EXPORT_SECURITY_CONTEXT_FN)(PCtxtHandle, ULONG, PSecBuffer,
    void **);
typedef SECURITY_STATUS (SEC_ENTRY *IMPORT_SECURITY_CONTEXT_FN_W)(SEC_WCHAR *, PSecBuffer,
    void *, PCtxtHandle);
typedef SECURITY_STATUS (SEC_ENTRY *IMPORT_SECURITY_CONTEXT_FN_A)(SEC_CHAR *, PSecBuffer,
    void *, PCtxtHandle);
typedef SECURITY_STATUS (SEC_ENTRY *ADD_CREDENTIALS_FN_W)(PCredHandle, SEC_WCHAR *, SEC_WCHAR *,
    ULONG, void *, SEC_GET_KEY_FN, void *, PTimeStamp);
typedef SECURITY_STATUS (SEC_ENTRY *ADD_CREDENTIALS_FN_A)(PCredHandle, SEC_CHAR *, SEC_CHAR *,
    ULONG, void *, SEC_GET_KEY_FN, void *, PTimeStamp);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_SECURITY_CONTEXT_TOKEN_FN)(PCtxtHandle, void **);
typedef SECURITY_STATUS (SEC_ENTRY *ENCRYPT_MESSAGE_FN)(PCtxtHandle, ULONG, PSecBufferDesc,
    ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *DECRYPT_MESSAGE_FN)(PCtxtHandle, PSecBufferDesc, ULONG,
    ULONG *);
typedef SECURITY_STATUS (SEC_ENTRY *SET_CONTEXT_ATTRIBUTES_FN_W)(PCtxtHandle, ULONG, void *,
    ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *SET_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, ULONG, void *,
    ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *SET_CREDENTIALS_ATTRIBUTES_FN_W)(PCredHandle, ULONG, void *,
    ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *SET_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, ULONG, void *,
    ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *CHANGE_PASSWORD_FN_W)(SEC_WCHAR *, SEC_WCHAR *, SEC_WCHAR *,
    SEC_WCHAR *, SEC_WCHAR *, BOOLEAN, ULONG, PSecBufferDesc);
typedef SECURITY_STATUS (SEC_ENTRY *CHANGE_PASSWORD_FN_A)(SEC_CHAR *, SEC_CHAR *, SEC_CHAR *,
    SEC_CHAR *, SEC_CHAR *, BOOLEAN, ULONG, PSecBufferDesc);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_EX_FN_W)(PCtxtHandle, ULONG,
    void *, ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_EX_FN_A)(PCtxtHandle, ULONG,
    void *, ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W)(PCredHandle, ULONG,
    void *, ULONG);
typedef SECURITY_STATUS (SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A)(PCredHandle, ULONG,
    void *, ULONG);

/* The function table. */

/*
 * dwVersion of the function table: the last member that is there.
 *
 *   1  DecryptMessage            4  ChangeAccountPassword
 *   2  SetContextAttributes      5  QueryCredentialsAttributesEx
 *   3  SetCredentialsAttributes
 *
 * SecPkgInfo.wVersion is another number, and always 1.
 */
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION  1
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_2  2
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_3  3
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_4  4
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_5  5

/*
 * All functions by pointer, as InitSecurityInterfaceW returns them. Check dwVersion before
 * reading a member that version 1 did not have. A pointer may be NULL. Reserved3 and Reserved4
 * are EncryptMessage and DecryptMessage under their first names; programs call them so.
 * Microsoft: SecurityFunctionTableW.
 */
typedef struct _SECURITY_FUNCTION_TABLE_W {
    ULONG dwVersion;
    ENUMERATE_SECURITY_PACKAGES_FN_W EnumerateSecurityPackagesW;
    QUERY_CREDENTIALS_ATTRIBUTES_FN_W QueryCredentialsAttributesW;
    ACQUIRE_CREDENTIALS_HANDLE_FN_W AcquireCredentialsHandleW;
    FREE_CREDENTIALS_HANDLE_FN FreeCredentialsHandle;
    void *Reserved2;
    INITIALIZE_SECURITY_CONTEXT_FN_W InitializeSecurityContextW;
    ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
    COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
    DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
    APPLY_CONTROL_TOKEN_FN ApplyControlToken;
    QUERY_CONTEXT_ATTRIBUTES_FN_W QueryContextAttributesW;
    IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
    REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
    MAKE_SIGNATURE_FN MakeSignature;
    VERIFY_SIGNATURE_FN VerifySignature;
    FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
    QUERY_SECURITY_PACKAGE_INFO_FN_W QuerySecurityPackageInfoW;
    void *Reserved3;
    void *Reserved4;
    EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
    IMPORT_SECURITY_CONTEXT_FN_W ImportSecurityContextW;
    ADD_CREDENTIALS_FN_W AddCredentialsW;
    void *Reserved8;
    QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
    ENCRYPT_MESSAGE_FN EncryptMessage;
    DECRYPT_MESSAGE_FN DecryptMessage;
    SET_CONTEXT_ATTRIBUTES_FN_W SetContextAttributesW;
    SET_CREDENTIALS_ATTRIBUTES_FN_W SetCredentialsAttributesW;
    CHANGE_PASSWORD_FN_W ChangeAccountPasswordW;
    QUERY_CONTEXT_ATTRIBUTES_EX_FN_W QueryContextAttributesExW;
    QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W QueryCredentialsAttributesExW;
} SecurityFunctionTableW, *PSecurityFunctionTableW;

typedef struct _SECURITY_FUNCTION_TABLE_A {
    ULONG dwVersion;
    ENUMERATE_SECURITY_PACKAGES_FN_A EnumerateSecurityPackagesA;
    QUERY_CREDENTIALS_ATTRIBUTES_FN_A QueryCredentialsAttributesA;
    ACQUIRE_CREDENTIALS_HANDLE_FN_A AcquireCredentialsHandleA;
    FREE_CREDENTIALS_HANDLE_FN FreeCredentialsHandle;
    void *Reserved2;
    INITIALIZE_SECURITY_CONTEXT_FN_A InitializeSecurityContextA;
    ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
    COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
    DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
    APPLY_CONTROL_TOKEN_FN ApplyControlToken;
    QUERY_CONTEXT_ATTRIBUTES_FN_A QueryContextAttributesA;
    IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
    REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
    MAKE_SIGNATURE_FN MakeSignature;
    VERIFY_SIGNATURE_FN VerifySignature;
    FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
    QUERY_SECURITY_PACKAGE_INFO_FN_A QuerySecurityPackageInfoA;
    void *Reserved3;
    void *Reserved4;
    EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
    IMPORT_SECURITY_CONTEXT_FN_A ImportSecurityContextA;
    ADD_CREDENTIALS_FN_A AddCredentialsA;
    void *Reserved8;
    QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
    ENCRYPT_MESSAGE_FN EncryptMessage;
    DECRYPT_MESSAGE_FN DecryptMessage;
    SET_CONTEXT_ATTRIBUTES_FN_A SetContextAttributesA;
    SET_CREDENTIALS_ATTRIBUTES_FN_A SetCredentialsAttributesA;
    CHANGE_PASSWORD_FN_A ChangeAccountPasswordA;
    QUERY_CONTEXT_ATTRIBUTES_EX_FN_A QueryContextAttributesExA;
    QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A QueryCredentialsAttributesExA;
} SecurityFunctionTableA, *PSecurityFunctionTableA;

/*
 * The function table. Returns: a static table, which nobody frees; NULL if the library
 * cannot serve. Programs that load the library by hand find this function first, by the name
 * SECURITY_ENTRYPOINT_ANSIW or _ANSIA. Microsoft: InitSecurityInterface.
 */
OPENSSPI_API PSecurityFunctionTableW SEC_ENTRY InitSecurityInterfaceW(void);
typedef PSecurityFunctionTableW (SEC_ENTRY *INIT_SECURITY_INTERFACE_W)(void);
OPENSSPI_API PSecurityFunctionTableA SEC_ENTRY InitSecurityInterfaceA(void);
typedef PSecurityFunctionTableA (SEC_ENTRY *INIT_SECURITY_INTERFACE_A)(void);

/* Names of the two functions, for dlsym. */
#define SECURITY_ENTRYPOINT_ANSIW "InitSecurityInterfaceW"
#define SECURITY_ENTRYPOINT_ANSIA "InitSecurityInterfaceA"
#define SECURITY_ENTRYPOINTW      OPENSSPI_WTEXT("InitSecurityInterfaceW")
#define SECURITY_ENTRYPOINTA      "InitSecurityInterfaceA"

/* Names without a suffix. */

/* An older spelling. */
#define FreeCredentialHandle FreeCredentialsHandle

#ifdef UNICODE
#define EnumerateSecurityPackages          EnumerateSecurityPackagesW
#define QueryCredentialsAttributes         QueryCredentialsAttributesW
#define AcquireCredentialsHandle           AcquireCredentialsHandleW
#define InitializeSecurityContext          InitializeSecurityContextW
#define QueryContextAttributes             QueryContextAttributesW
#define QuerySecurityPackageInfo           QuerySecurityPackageInfoW
#define ImportSecurityContext              ImportSecurityContextW
#define AddCredentials                     AddCredentialsW
#define SetContextAttributes               SetContextAttributesW
#define SetCredentialsAttributes           SetCredentialsAttributesW
#define ChangeAccountPassword              ChangeAccountPasswordW
#define QueryContextAttributesEx           QueryContextAttributesExW
#define QueryCredentialsAttributesEx       QueryCredentialsAttributesExW
#define AddSecurityPackage                 AddSecurityPackageW
#define DeleteSecurityPackage              DeleteSecurityPackageW
#define SaslEnumerateProfiles              SaslEnumerateProfilesW
#define SaslGetProfilePackage              SaslGetProfilePackageW
#define SaslIdentifyPackage                SaslIdentifyPackageW
#define SaslInitializeSecurityContext      SaslInitializeSecurityContextW
#define SspiPromptForCredentials           SspiPromptForCredentialsW
#define ENUMERATE_SECURITY_PACKAGES_FN     ENUMERATE_SECURITY_PACKAGES_FN_W
#define QUERY_CREDENTIALS_ATTRIBUTES_FN    QUERY_CREDENTIALS_ATTRIBUTES_FN_W
#define ACQUIRE_CREDENTIALS_HANDLE_FN      ACQUIRE_CREDENTIALS_HANDLE_FN_W
#define INITIALIZE_SECURITY_CONTEXT_FN     INITIALIZE_SECURITY_CONTEXT_FN_W
#define QUERY_CONTEXT_ATTRIBUTES_FN        QUERY_CONTEXT_ATTRIBUTES_FN_W
#define QUERY_SECURITY_PACKAGE_INFO_FN     QUERY_SECURITY_PACKAGE_INFO_FN_W
#define IMPORT_SECURITY_CONTEXT_FN         IMPORT_SECURITY_CONTEXT_FN_W
#define ADD_CREDENTIALS_FN                 ADD_CREDENTIALS_FN_W
#define SET_CONTEXT_ATTRIBUTES_FN          SET_CONTEXT_ATTRIBUTES_FN_W
#define SET_CREDENTIALS_ATTRIBUTES_FN      SET_CREDENTIALS_ATTRIBUTES_FN_W
#define CHANGE_PASSWORD_FN                 CHANGE_PASSWORD_FN_W
#define QUERY_CONTEXT_ATTRIBUTES_EX_FN     QUERY_CONTEXT_ATTRIBUTES_EX_FN_W
#define QUERY_CREDENTIALS_ATTRIBUTES_EX_FN QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W
#define InitSecurityInterface              InitSecurityInterfaceW
#define SecurityFunctionTable              SecurityFunctionTableW
#define PSecurityFunctionTable             PSecurityFunctionTableW
#define SecPkgInfo                         SecPkgInfoW
#define PSecPkgInfo                        PSecPkgInfoW
#define SecPkgCredentials_Names            SecPkgCredentials_NamesW
#define SecPkgCredentials_SSIProvider      SecPkgCredentials_SSIProviderW
#define PSecPkgCredentials_Names           PSecPkgCredentials_NamesW
#define PSecPkgCredentials_SSIProvider     PSecPkgCredentials_SSIProviderW
#define SecPkgContext_Names                SecPkgContext_NamesW
#define SecPkgContext_KeyInfo              SecPkgContext_KeyInfoW
#define SecPkgContext_Authority            SecPkgContext_AuthorityW
#define SecPkgContext_ProtoInfo            SecPkgContext_ProtoInfoW
#define SecPkgContext_PackageInfo          SecPkgContext_PackageInfoW
#define SecPkgContext_NegotiationInfo      SecPkgContext_NegotiationInfoW
#define SecPkgContext_NativeNames          SecPkgContext_NativeNamesW
#define SecPkgContext_CredentialName       SecPkgContext_CredentialNameW
#define PSecPkgContext_Names               PSecPkgContext_NamesW
#define PSecPkgContext_KeyInfo             PSecPkgContext_KeyInfoW
#define PSecPkgContext_Authority           PSecPkgContext_AuthorityW
#define PSecPkgContext_ProtoInfo           PSecPkgContext_ProtoInfoW
#define PSecPkgContext_PackageInfo         PSecPkgContext_PackageInfoW
#define PSecPkgContext_NegotiationInfo     PSecPkgContext_NegotiationInfoW
#define PSecPkgContext_NativeNames         PSecPkgContext_NativeNamesW
#define PSecPkgContext_CredentialName      PSecPkgContext_CredentialNameW
#define SEC_WINNT_AUTH_IDENTITY            SEC_WINNT_AUTH_IDENTITY_W
#define PSEC_WINNT_AUTH_IDENTITY           PSEC_WINNT_AUTH_IDENTITY_W
#define INIT_SECURITY_INTERFACE            INIT_SECURITY_INTERFACE_W
#define SEC_WINNT_AUTH_IDENTITY_EX         SEC_WINNT_AUTH_IDENTITY_EXW
#define PSEC_WINNT_AUTH_IDENTITY_EX        PSEC_WINNT_AUTH_IDENTITY_EXW
#define SECURITY_ENTRYPOINT                SECURITY_ENTRYPOINTW
#define SECURITY_ENTRYPOINT_ANSI           SECURITY_ENTRYPOINT_ANSIW
#else
#define EnumerateSecurityPackages          EnumerateSecurityPackagesA
#define QueryCredentialsAttributes         QueryCredentialsAttributesA
#define AcquireCredentialsHandle           AcquireCredentialsHandleA
#define InitializeSecurityContext          InitializeSecurityContextA
#define QueryContextAttributes             QueryContextAttributesA
#define QuerySecurityPackageInfo           QuerySecurityPackageInfoA
#define ImportSecurityContext              ImportSecurityContextA
#define AddCredentials                     AddCredentialsA
#define SetContextAttributes               SetContextAttributesA
#define SetCredentialsAttributes           SetCredentialsAttributesA
#define ChangeAccountPassword              ChangeAccountPasswordA
#define QueryContextAttributesEx           QueryContextAttributesExA
#define QueryCredentialsAttributesEx       QueryCredentialsAttributesExA
#define AddSecurityPackage                 AddSecurityPackageA
#define DeleteSecurityPackage              DeleteSecurityPackageA
#define SaslEnumerateProfiles              SaslEnumerateProfilesA
#define SaslGetProfilePackage              SaslGetProfilePackageA
#define SaslIdentifyPackage                SaslIdentifyPackageA
#define SaslInitializeSecurityContext      SaslInitializeSecurityContextA
#define SspiPromptForCredentials           SspiPromptForCredentialsA
#define ENUMERATE_SECURITY_PACKAGES_FN     ENUMERATE_SECURITY_PACKAGES_FN_A
#define QUERY_CREDENTIALS_ATTRIBUTES_FN    QUERY_CREDENTIALS_ATTRIBUTES_FN_A
#define ACQUIRE_CREDENTIALS_HANDLE_FN      ACQUIRE_CREDENTIALS_HANDLE_FN_A
#define INITIALIZE_SECURITY_CONTEXT_FN     INITIALIZE_SECURITY_CONTEXT_FN_A
#define QUERY_CONTEXT_ATTRIBUTES_FN        QUERY_CONTEXT_ATTRIBUTES_FN_A
#define QUERY_SECURITY_PACKAGE_INFO_FN     QUERY_SECURITY_PACKAGE_INFO_FN_A
#define IMPORT_SECURITY_CONTEXT_FN         IMPORT_SECURITY_CONTEXT_FN_A
#define ADD_CREDENTIALS_FN                 ADD_CREDENTIALS_FN_A
#define SET_CONTEXT_ATTRIBUTES_FN          SET_CONTEXT_ATTRIBUTES_FN_A
#define SET_CREDENTIALS_ATTRIBUTES_FN      SET_CREDENTIALS_ATTRIBUTES_FN_A
#define CHANGE_PASSWORD_FN                 CHANGE_PASSWORD_FN_A
#define QUERY_CONTEXT_ATTRIBUTES_EX_FN     QUERY_CONTEXT_ATTRIBUTES_EX_FN_A
#define QUERY_CREDENTIALS_ATTRIBUTES_EX_FN QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A
#define InitSecurityInterface              InitSecurityInterfaceA
#define SecurityFunctionTable              SecurityFunctionTableA
#define PSecurityFunctionTable             PSecurityFunctionTableA
#define SecPkgInfo                         SecPkgInfoA
#define PSecPkgInfo                        PSecPkgInfoA
#define SecPkgCredentials_Names            SecPkgCredentials_NamesA
#define SecPkgCredentials_SSIProvider      SecPkgCredentials_SSIProviderA
#define PSecPkgCredentials_Names           PSecPkgCredentials_NamesA
#define PSecPkgCredentials_SSIProvider     PSecPkgCredentials_SSIProviderA
#define SecPkgContext_Names                SecPkgContext_NamesA
#define SecPkgContext_KeyInfo              SecPkgContext_KeyInfoA
#define SecPkgContext_Authority            SecPkgContext_AuthorityA
#define SecPkgContext_ProtoInfo            SecPkgContext_ProtoInfoA
#define SecPkgContext_PackageInfo          SecPkgContext_PackageInfoA
#define SecPkgContext_NegotiationInfo      SecPkgContext_NegotiationInfoA
#define SecPkgContext_NativeNames          SecPkgContext_NativeNamesA
#define SecPkgContext_CredentialName       SecPkgContext_CredentialNameA
#define PSecPkgContext_Names               PSecPkgContext_NamesA
#define PSecPkgContext_KeyInfo             PSecPkgContext_KeyInfoA
#define PSecPkgContext_Authority           PSecPkgContext_AuthorityA
#define PSecPkgContext_ProtoInfo           PSecPkgContext_ProtoInfoA
#define PSecPkgContext_PackageInfo         PSecPkgContext_PackageInfoA
#define PSecPkgContext_NegotiationInfo     PSecPkgContext_NegotiationInfoA
#define PSecPkgContext_NativeNames         PSecPkgContext_NativeNamesA
#define PSecPkgContext_CredentialName      PSecPkgContext_CredentialNameA
#define SEC_WINNT_AUTH_IDENTITY            SEC_WINNT_AUTH_IDENTITY_A
#define PSEC_WINNT_AUTH_IDENTITY           PSEC_WINNT_AUTH_IDENTITY_A
#define INIT_SECURITY_INTERFACE            INIT_SECURITY_INTERFACE_A
#define SEC_WINNT_AUTH_IDENTITY_EX         SEC_WINNT_AUTH_IDENTITY_EXA
#define PSEC_WINNT_AUTH_IDENTITY_EX        PSEC_WINNT_AUTH_IDENTITY_EXA
#define SECURITY_ENTRYPOINT                SECURITY_ENTRYPOINTA
#define SECURITY_ENTRYPOINT_ANSI           SECURITY_ENTRYPOINT_ANSIA
#endif
#ifdef UNICODE
#define SecPkgCredentials_KdcProxySettings    SecPkgCredentials_KdcProxySettingsW
#define PSecPkgCredentials_KdcProxySettings   PSecPkgCredentials_KdcProxySettingsW
#define SecPkgCredentials_KdcNetworkSettings  SecPkgCredentials_KdcNetworkSettingsW
#define PSecPkgCredentials_KdcNetworkSettings PSecPkgCredentials_KdcNetworkSettingsW
#endif

#ifdef __cplusplus
}
#endif

#endif
