/*
 * ntsecpkg.h: the contract between the Local Security Authority (LSA) and security packages.
 *
 * A package (SSP/AP: security support provider and authentication package) is a module with
 * two exported functions:
 *
 *   SpLsaModeInitialize    returns SECPKG_FUNCTION_TABLEs: the half that runs in the
 *                          authority, or in a host process of its own; it has the long-term
 *                          secrets and does the handshakes
 *   SpUserModeInitialize   returns SECPKG_USER_FUNCTION_TABLEs: the half that runs in the
 *                          application; it has session keys and protects messages
 *
 * The authority gives the first half an LSA_SECPKG_FUNCTION_TABLE, the library gives the second
 * SECPKG_DLL_FUNCTIONS. When a context is established the first half packs what the second needs
 * (MappedContext, ContextData of SpAcceptLsaModeContextFn), and the second unpacks it
 * (SpInitUserModeContextFn) under the same LSA_SEC_HANDLE.
 *
 * A package in outline:
 *
 *     static NTSTATUS NTAPI accept_context(...);           // the functions below, by their types
 *     static SECPKG_FUNCTION_TABLE table = {
 *         .Initialize = initialize, .Shutdown = shut_down, .GetInfo = get_info,
 *         .AcquireCredentialsHandle = acquire, .FreeCredentialsHandle = release,
 *         .AcceptLsaModeContext = accept_context, .DeleteContext = delete_context,
 *     };
 *
 *     NTSTATUS SEC_ENTRY
 *     SpLsaModeInitialize(ULONG LsaVersion, PULONG PackageVersion,
 *         PSECPKG_FUNCTION_TABLE *ppTables, PULONG pcTables)
 *     {
 *         *PackageVersion = SECPKG_INTERFACE_VERSION;
 *         *ppTables = &table;
 *         *pcTables = 1;
 *         return STATUS_SUCCESS;
 *     }
 *
 * Order of calls: SpLsaModeInitialize, once a module; for each of its tables InitializePackage
 * (where there is one), Initialize, GetInfo, GetExtendedInformation; then any call, from any
 * thread; Shutdown last. A package that fails Initialize is dropped.
 *
 * What holds for every function here, unless its comment says otherwise:
 *
 * - A slot may be NULL: its callers get SEC_E_UNSUPPORTED_FUNCTION.
 * - The result is an NTSTATUS. SEC_E_ and SEC_I_ codes of winerror.h may be returned as they
 *   are; others are translated by meaning (STATUS_LOGON_FAILURE and its like become
 *   SEC_E_LOGON_DENIED, STATUS_NO_MEMORY becomes SEC_E_INSUFFICIENT_MEMORY, what has no
 *   equivalent SEC_E_INTERNAL_ERROR). NT_SUCCESS() is true of SEC_I_ codes, too.
 * - Strings are UTF-16 with a length in bytes and no promise of a terminator.
 * - All pointers are the authority's and end with the call, unless said otherwise. What a
 *   package hands out is allocated with AllocateLsaHeap and then the authority's; what is to
 *   lie in the client's memory, with AllocateClientBuffer.
 * - "The client" is the process whose call this thread is serving.
 *
 * Memory, in one table (who allocates, with what, who frees):
 *
 *   what                               allocated by, with             freed by
 *   tables of functions                package, static                nobody
 *   out strings, TokenInformation,
 *   extended information, metadata     package, AllocateLsaHeap       authority
 *   ContextData                        package, AllocateLsaHeap       authority, wiped
 *   output token, ALLOCATE_MEMORY      package, AllocateLsaHeap       authority, once copied
 *   output token, otherwise            application: write at most cbBuffer bytes
 *   ProfileBuffer, UserData,
 *   ProtocolReturnBuffer               package, AllocateClientBuffer  client
 *   context attributes, LSA half       package, AllocateLsaHeap       authority, once copied
 *   context attributes, user half      package, AllocateHeap          application
 *   PackedContext of the user half     library                        library
 *   the package's own state            package                        package
 *
 * Microsoft: ntsecpkg.h, "LSA Mode Initialization", "SSP/AP Packages". Structures have the size
 * and the offsets of 64-bit Windows. The members that UNICODE builds rename on Windows have all
 * their spellings here.
 */
#ifndef OPENSSPI_NTSECPKG_H
#define OPENSSPI_NTSECPKG_H

#include "sspi.h"
#include "ntsecapi.h"
#include "ntstatus.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A credential or context as its package numbers it: one word, chosen by the package, given
 * back to it unchanged. 0 means "none" and must not be given to a live object. The application
 * sees another handle (SecHandle, sspi.h).
 */
typedef ULONG_PTR LSA_SEC_HANDLE;
typedef LSA_SEC_HANDLE *PLSA_SEC_HANDLE;
/*
 * The client of a logon or call-package request; only for the client buffer functions. NULL
 * there: the client of the current call.
 */
typedef PVOID *PLSA_CLIENT_REQUEST;

/* Attributes of a thread's security: NULL. */
typedef PVOID SEC_ATTRS;
typedef LPTHREAD_START_ROUTINE SEC_THREAD_START;

/* Interface versions. */

/*
 * Versions of the interface. A module reports in *PackageVersion how far its tables reach; the
 * number is a level, so compare with >=. A member past the reported level does not exist: it is
 * not read, and tables in an array lie as close as their version is long. The authority passes
 * SECPKG_INTERFACE_VERSION as LsaVersion whatever it supports. Last members:
 *
 *   (1) SetExtendedInformation             _7  PostLogonUser
 *   _2  SetContextAttributes               _8  GetRemoteCredGuardSupplementalCreds
 *   _3  SetCredentialsAttributes           _9  GetTbalSupplementalCreds
 *   _4  ChangeAccountPassword              _10 PostLogonUserSurrogate
 *   _5  UpdateCredentials                  _11 ExtractTargetInfo
 *   _6  ValidateTargetInfo
 *
 * User tables: (1) ImportContext, _2 MarshalAttributeData.
 */
#define SECPKG_INTERFACE_VERSION                 0x00010000u
#define SECPKG_INTERFACE_VERSION_2               0x00020000u
#define SECPKG_INTERFACE_VERSION_3               0x00040000u
#define SECPKG_INTERFACE_VERSION_4               0x00080000u
#define SECPKG_INTERFACE_VERSION_5               0x00100000u
#define SECPKG_INTERFACE_VERSION_6               0x00200000u
#define SECPKG_INTERFACE_VERSION_7               0x00400000u
#define SECPKG_INTERFACE_VERSION_8               0x00800000u
#define SECPKG_INTERFACE_VERSION_9               0x01000000u
#define SECPKG_INTERFACE_VERSION_10              0x02000000u
#define SECPKG_INTERFACE_VERSION_11              0x04000000u

/* Names of exported functions, for dlsym. Only the first two are needed. */
#define SECPKG_LSAMODEINIT_NAME       "SpLsaModeInitialize"
#define SECPKG_USERMODEINIT_NAME      "SpUserModeInitialize"
#define SP_ACCEPT_CREDENTIALS_NAME    "SpAcceptCredentials"
#define LSA_AP_NAME_INITIALIZE_PACKAGE       "LsaApInitializePackage"
#define LSA_AP_NAME_LOGON_USER               "LsaApLogonUser"
#define LSA_AP_NAME_LOGON_USER_EX            "LsaApLogonUserEx"
#define LSA_AP_NAME_CALL_PACKAGE             "LsaApCallPackage"
#define LSA_AP_NAME_LOGON_TERMINATED         "LsaApLogonTerminated"
#define LSA_AP_NAME_CALL_PACKAGE_UNTRUSTED   "LsaApCallPackageUntrusted"
#define LSA_AP_NAME_CALL_PACKAGE_PASSTHROUGH "LsaApCallPackagePassthrough"

/* In place of a package's id: all packages. */
#define SECPKG_ALL_PACKAGES           ((ULONG)-2)

/*
 * Bits of SecBuffer.BufferType that only packages see: the bytes are still in the client
 * (call MapBuffer first); the buffer comes from a kernel.
 */
#define SECBUFFER_UNMAPPED                       0x40000000u
#define SECBUFFER_KERNEL_MAP                     0x20000000u
/*
 * THUNK_ALL, first in SECPKG_CONTEXT_THUNKS.Levels: all attributes are answered by the LSA half.
 */
#define SECPKG_ATTR_SASL_CONTEXT                 0x00010000u
#define SECPKG_ATTR_THUNK_ALL                    0x00010000u
/* Largest credential for AddCredential, bytes. */
#define MAX_CRED_SIZE                            1024

/* Token information. */

/* Which structure describes a new token. V2 is V1 in one block. */
typedef enum _LSA_TOKEN_INFORMATION_TYPE {
    LsaTokenInformationNull = 0,
    LsaTokenInformationV1 = 1,
    LsaTokenInformationV2 = 2,
    LsaTokenInformationV3 = 3
} LSA_TOKEN_INFORMATION_TYPE, *PLSA_TOKEN_INFORMATION_TYPE;

/* The token of an anonymous client. ExpirationTime: until when; Groups: may be NULL. */
typedef struct _LSA_TOKEN_INFORMATION_NULL {
    LARGE_INTEGER ExpirationTime;
    PTOKEN_GROUPS Groups;
} LSA_TOKEN_INFORMATION_NULL, *PLSA_TOKEN_INFORMATION_NULL;

/*
 * What LogonUserEx2 or CreateToken puts into a token. PrimaryGroup is needed; Owner.Owner,
 * DefaultDacl.DefaultDacl, Groups and Privileges may be NULL. Leave Everyone and other groups
 * of the system out: the authority adds them. V1: the structure, each SID, the groups and the
 * privileges are blocks of their own (AllocateLsaHeap; for CreateToken the groups:
 * AllocatePrivateHeap). V2: one block. Microsoft: LSA_TOKEN_INFORMATION_V1.
 */
typedef struct _LSA_TOKEN_INFORMATION_V1 {
    LARGE_INTEGER ExpirationTime;
    TOKEN_USER User;
    PTOKEN_GROUPS Groups;
    TOKEN_PRIMARY_GROUP PrimaryGroup;
    PTOKEN_PRIVILEGES Privileges;
    TOKEN_OWNER Owner;
    TOKEN_DEFAULT_DACL DefaultDacl;
} LSA_TOKEN_INFORMATION_V1, *PLSA_TOKEN_INFORMATION_V1;

typedef LSA_TOKEN_INFORMATION_V1 LSA_TOKEN_INFORMATION_V2, *PLSA_TOKEN_INFORMATION_V2;

/* Claims about the user; opaque. */
typedef struct _TOKEN_USER_CLAIMS {
    PVOID UserClaims;
} TOKEN_USER_CLAIMS, *PTOKEN_USER_CLAIMS;

/* Claims about the device; opaque. */
typedef struct _TOKEN_DEVICE_CLAIMS {
    PVOID DeviceClaims;
} TOKEN_DEVICE_CLAIMS, *PTOKEN_DEVICE_CLAIMS;

/* V1 and the claims of user and device, each NULL if there are none. */
typedef struct _LSA_TOKEN_INFORMATION_V3 {
    LARGE_INTEGER ExpirationTime;
    TOKEN_USER User;
    PTOKEN_GROUPS Groups;
    TOKEN_PRIMARY_GROUP PrimaryGroup;
    PTOKEN_PRIVILEGES Privileges;
    TOKEN_OWNER Owner;
    TOKEN_DEFAULT_DACL DefaultDacl;
    TOKEN_USER_CLAIMS UserClaims;
    TOKEN_DEVICE_CLAIMS DeviceClaims;
    PTOKEN_GROUPS DeviceGroups;
} LSA_TOKEN_INFORMATION_V3, *PLSA_TOKEN_INFORMATION_V3;

/* Caller. */

/* SECPKG_CLIENT_INFO.ClientFlags: the client is gone. */
#define SECPKG_CLIENT_PROCESS_TERMINATED         0x00000001u
#define SECPKG_CLIENT_THREAD_TERMINATED          0x00000002u

/*
 * Who is calling (GetClientInfo): the base of every decision about access.
 *
 *   LogonId             the session of the caller; of the client it impersonates if it does
 *   ProcessID, ThreadID the caller's
 *   HasTcbPrivilege     it may act as part of the system: from configuration only
 *   Impersonating       LogonId is that of somebody it impersonates
 *   Restricted          its token is restricted
 *   ClientFlags         SECPKG_CLIENT_
 *   ImpersonationLevel  how far ClientToken may be used
 *   ClientToken         valid during the call; not the package's to close
 *
 * GetClientInfo writes all 32 bytes: older headers (MinGW-w64's) have 24, build against this
 * one. Microsoft: SECPKG_CLIENT_INFO.
 */
typedef struct _SECPKG_CLIENT_INFO {
    LUID LogonId;
    ULONG ProcessID;
    ULONG ThreadID;
    BOOLEAN HasTcbPrivilege;
    BOOLEAN Impersonating;
    BOOLEAN Restricted;
    UCHAR ClientFlags;
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
    HANDLE ClientToken;
} SECPKG_CLIENT_INFO, *PSECPKG_CLIENT_INFO;

/* The same and the token that identifies the client. */
typedef struct _SECPKG_CLIENT_INFO_EX {
    LUID LogonId;
    ULONG ProcessID;
    ULONG ThreadID;
    BOOLEAN HasTcbPrivilege;
    BOOLEAN Impersonating;
    BOOLEAN Restricted;
    UCHAR ClientFlags;
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
    HANDLE ClientToken;
    LUID IdentificationLogonId;
    HANDLE IdentificationToken;
} SECPKG_CLIENT_INFO_EX, *PSECPKG_CLIENT_INFO_EX;

/*
 * SECPKG_CALL_INFO.Attributes. ANSI: the application called an A function, so strings in
 * AuthorizationData may be 8-bit. RECURSIVE: called by another package. IN_PROC: caller and
 * authority are one process. CLEANUP: the client is gone, only objects are taken down. NEGO:
 * on behalf of Negotiate. WOWX86 and WOWA32 are other spellings.
 */
#define SECPKG_CALL_KERNEL_MODE                  0x00000001u
#define SECPKG_CALL_ANSI                         0x00000002u
#define SECPKG_CALL_URGENT                       0x00000004u
#define SECPKG_CALL_RECURSIVE                    0x00000008u
#define SECPKG_CALL_IN_PROC                      0x00000010u
#define SECPKG_CALL_CLEANUP                      0x00000020u
#define SECPKG_CALL_WOWCLIENT                    0x00000040u
#define SECPKG_CALL_THREAD_TERM                  0x00000080u
#define SECPKG_CALL_PROCESS_TERM                 0x00000100u
#define SECPKG_CALL_IS_TCB                       0x00000200u
#define SECPKG_CALL_NETWORK_ONLY                 0x00000400u
#define SECPKG_CALL_WINLOGON                     0x00000800u
#define SECPKG_CALL_ASYNC_UPDATE                 0x00001000u
#define SECPKG_CALL_SYSTEM_PROC                  0x00002000u
#define SECPKG_CALL_NEGO                         0x00004000u
#define SECPKG_CALL_NEGO_EXTENDER                0x00008000u
#define SECPKG_CALL_BUFFER_MARSHAL               0x00010000u
#define SECPKG_CALL_UNLOCK                       0x00020000u
#define SECPKG_CALL_CLOUDAP_CONNECT              0x00040000u
#define SECPKG_CALL_WOWX86                       0x00000040u
#define SECPKG_CALL_WOWA32                       0x00040000u

/*
 * The call that this thread is in (GetCallInfo). CallCount: running number of the client's
 * calls. MechOid: NULL, or the mechanism by which Negotiate calls. Microsoft: SECPKG_CALL_INFO.
 */
typedef struct _SECPKG_CALL_INFO {
    ULONG ProcessId;
    ULONG ThreadId;
    ULONG Attributes;
    ULONG CallCount;
    PVOID MechOid;
} SECPKG_CALL_INFO, *PSECPKG_CALL_INFO;

/* Credentials. */

/*
 * Credentials of one package for a logon, CredentialSize bytes in a form of its own (NTLM:
 * MSV1_0_SUPPLEMENTAL_CREDENTIAL, ntsecapi.h). Wipe after use.
 * Microsoft: SECPKG_SUPPLEMENTAL_CRED.
 */
typedef struct _SECPKG_SUPPLEMENTAL_CRED {
    UNICODE_STRING PackageName;
    ULONG CredentialSize;
    PUCHAR Credentials;
} SECPKG_SUPPLEMENTAL_CRED, *PSECPKG_SUPPLEMENTAL_CRED;

/* A run of bytes in a self-relative block: offset from its start, length in bytes. */
typedef struct _SECPKG_BYTE_VECTOR {
    ULONG ByteArrayOffset;
    USHORT ByteArrayLength;
} SECPKG_BYTE_VECTOR, *PSECPKG_BYTE_VECTOR;

/* A run of 16-bit units in a self-relative block: offset in bytes, count in units. */
typedef struct _SECPKG_SHORT_VECTOR {
    ULONG ShortArrayOffset;
    USHORT ShortArrayCount;
} SECPKG_SHORT_VECTOR, *PSECPKG_SHORT_VECTOR;

/* Credentials that an application passed in, as one block. Sizes in bytes. */
typedef struct _SECPKG_SUPPLIED_CREDENTIAL {
    USHORT cbHeaderLength;
    USHORT cbStructureLength;
    SECPKG_SHORT_VECTOR UserName;
    SECPKG_SHORT_VECTOR DomainName;
    SECPKG_BYTE_VECTOR PackedCredentials;
    ULONG CredFlags;
} SECPKG_SUPPLIED_CREDENTIAL, *PSECPKG_SUPPLIED_CREDENTIAL;

/* SECPKG_CREDENTIAL.Version and .Flags. */
#define SECPKG_CREDENTIAL_VERSION     201
#define SECPKG_CREDENTIAL_FLAGS_CALLER_HAS_TCB   0x00000001u
#define SECPKG_CREDENTIAL_FLAGS_CREDMAN_CRED     0x00000002u

/*
 * A credential with its circumstances, as one block that packages hand to each other.
 * cbHeaderLength: bytes of this structure, cbStructureLength: of the block.
 * Microsoft: SECPKG_CREDENTIAL.
 */
typedef struct _SECPKG_CREDENTIAL {
    ULONG64 Version;
    USHORT cbHeaderLength;
    ULONG cbStructureLength;
    ULONG ClientProcess;
    ULONG ClientThread;
    LUID LogonId;
    HANDLE ClientToken;
    ULONG SessionId;
    LUID ModifiedId;
    ULONG fCredentials;
    ULONG Flags;
    SECPKG_BYTE_VECTOR PrincipalName;
    SECPKG_BYTE_VECTOR PackageList;
    SECPKG_BYTE_VECTOR MarshaledSuppliedCreds;
} SECPKG_CREDENTIAL, *PSECPKG_CREDENTIAL;

/* Supplemental credentials of several packages: CredentialCount entries. */
typedef struct _SECPKG_SUPPLEMENTAL_CRED_ARRAY {
    ULONG CredentialCount;
    SECPKG_SUPPLEMENTAL_CRED Credentials[ANYSIZE_ARRAY];
} SECPKG_SUPPLEMENTAL_CRED_ARRAY, *PSECPKG_SUPPLEMENTAL_CRED_ARRAY;

/* Data that packages pass each other around a logon, its kind by GUID. */
typedef struct _SECPKG_SURROGATE_LOGON_ENTRY {
    GUID Type;
    PVOID Data;
} SECPKG_SURROGATE_LOGON_ENTRY, *PSECPKG_SURROGATE_LOGON_ENTRY;

#define SECPKG_SURROGATE_LOGON_VERSION_1 1

/* What LogonUserEx3 and the surrogate functions share. */
typedef struct _SECPKG_SURROGATE_LOGON {
    ULONG Version;
    LUID SurrogateLogonID;
    ULONG EntryCount;
    PSECPKG_SURROGATE_LOGON_ENTRY Entries;
} SECPKG_SURROGATE_LOGON, *PSECPKG_SURROGATE_LOGON;

/*
 * SECPKG_PRIMARY_CRED.Flags: what the structure holds (CLEAR_PASSWORD: Password is readable;
 * OWF_PASSWORD: it is the NT hash; EX: it is a SECPKG_PRIMARY_CRED_EX) and what it is for
 * (UPDATE: a changed password; TRANSFER, FOR_PASSWORD_CHANGE). The top byte is the RPC id of
 * the package that did a cached logon.
 */
#define PRIMARY_CRED_CLEAR_PASSWORD              0x00000001u
#define PRIMARY_CRED_OWF_PASSWORD                0x00000002u
#define PRIMARY_CRED_UPDATE                      0x00000004u
#define PRIMARY_CRED_CACHED_LOGON                0x00000008u
#define PRIMARY_CRED_LOGON_NO_TCB                0x00000010u
#define PRIMARY_CRED_LOGON_LUA                   0x00000020u
#define PRIMARY_CRED_INTERACTIVE_SMARTCARD_LOGON  0x00000040u
#define PRIMARY_CRED_REFRESH_NEEDED              0x00000080u
#define PRIMARY_CRED_INTERNET_USER               0x00000100u
#define PRIMARY_CRED_AUTH_ID                     0x00000200u
#define PRIMARY_CRED_DO_NOT_SPLIT                0x00000400u
#define PRIMARY_CRED_PROTECTED_USER              0x00000800u
#define PRIMARY_CRED_EX                          0x00001000u
#define PRIMARY_CRED_TRANSFER                    0x00002000u
#define PRIMARY_CRED_RESTRICTED_TS               0x00004000u
#define PRIMARY_CRED_PACKED_CREDS                0x00008000u
#define PRIMARY_CRED_ENTERPRISE_INTERNET_USER    0x00010000u
#define PRIMARY_CRED_ENCRYPTED_CREDGUARD_PASSWORD  0x00020000u
#define PRIMARY_CRED_CACHED_INTERACTIVE_LOGON    0x00040000u
#define PRIMARY_CRED_INTERACTIVE_NGC_LOGON       0x00080000u
#define PRIMARY_CRED_INTERACTIVE_FIDO_LOGON      0x00100000u
#define PRIMARY_CRED_ARSO_LOGON                  0x00200000u
#define PRIMARY_CRED_SUPPLEMENTAL                0x00400000u
#define PRIMARY_CRED_FOR_PASSWORD_CHANGE         0x00800000u
#define PRIMARY_CRED_PACKAGE_MASK                0xFF000000u
#define PRIMARY_CRED_LOGON_PACKAGE_SHIFT 24

/*
 * Credentials of a logon that all packages may use: LogonUserEx2 fills it, AcceptCredentials
 * gets it. Empty strings and NULL are allowed: Flags say what is there. Strings are
 * AllocateLsaHeap memory when a package hands them out. Wipe the passwords.
 * Microsoft: SECPKG_PRIMARY_CRED.
 */
typedef struct _SECPKG_PRIMARY_CRED {
    LUID LogonId;
    UNICODE_STRING DownlevelName;
    UNICODE_STRING DomainName;
    UNICODE_STRING Password;
    UNICODE_STRING OldPassword;
    PSID UserSid;
    ULONG Flags;
    UNICODE_STRING DnsDomainName;
    UNICODE_STRING Upn;
    UNICODE_STRING LogonServer;
    UNICODE_STRING Spare1;
    UNICODE_STRING Spare2;
    UNICODE_STRING Spare3;
    UNICODE_STRING Spare4;
} SECPKG_PRIMARY_CRED, *PSECPKG_PRIMARY_CRED;

/* SECPKG_PRIMARY_CRED_EX.FlagsEx. */
#define SECPKG_PRIMARY_CRED_EX_FLAGS_EX_DELEGATION_TOKEN  0x00000001u

/*
 * The same (PRIMARY_CRED_EX in Flags) with the package that did the logon and the session
 * before this one.
 */
typedef struct _SECPKG_PRIMARY_CRED_EX {
    LUID LogonId;
    UNICODE_STRING DownlevelName;
    UNICODE_STRING DomainName;
    UNICODE_STRING Password;
    UNICODE_STRING OldPassword;
    PSID UserSid;
    ULONG Flags;
    UNICODE_STRING DnsDomainName;
    UNICODE_STRING Upn;
    UNICODE_STRING LogonServer;
    UNICODE_STRING Spare1;
    UNICODE_STRING Spare2;
    UNICODE_STRING Spare3;
    UNICODE_STRING Spare4;
    ULONG_PTR PackageId;
    LUID PrevLogonId;
    ULONG FlagsEx;
} SECPKG_PRIMARY_CRED_EX, *PSECPKG_PRIMARY_CRED_EX;

/* Start-up and extended information. */

/* SECPKG_PARAMETERS.MachineState. */
#define SECPKG_STATE_ENCRYPTION_PERMITTED        0x00000001u
#define SECPKG_STATE_STRONG_ENCRYPTION_PERMITTED  0x00000002u
#define SECPKG_STATE_DOMAIN_CONTROLLER           0x00000004u
#define SECPKG_STATE_WORKSTATION                 0x00000008u
#define SECPKG_STATE_STANDALONE                  0x00000010u
#define SECPKG_STATE_CRED_ISOLATION_ENABLED      0x00000020u
#define SECPKG_STATE_RESERVED_1                  0x80000000u

/*
 * What a package learns at Initialize: never NULL. DomainSid is NULL and the names are empty on
 * a machine without a domain. Valid during the call only: copy. Microsoft: SECPKG_PARAMETERS.
 */
typedef struct _SECPKG_PARAMETERS {
    ULONG Version;
    ULONG MachineState;
    ULONG SetupMode;
    PSID DomainSid;
    UNICODE_STRING DomainName;
    UNICODE_STRING DnsDomainName;
    GUID DomainGuid;
} SECPKG_PARAMETERS, *PSECPKG_PARAMETERS,
    SECPKG_EVENT_DOMAIN_CHANGE, *PSECPKG_EVENT_DOMAIN_CHANGE;

/* Which member of SECPKG_EXTENDED_INFORMATION.Info counts. */
typedef enum _SECPKG_EXTENDED_INFORMATION_CLASS {
    SecpkgGssInfo = 1,
    SecpkgContextThunks = 2,
    SecpkgMutualAuthLevel = 3,
    SecpkgWowClientDll = 4,
    SecpkgExtraOids = 5,
    SecpkgMaxInfo = 6,
    SecpkgNego2Info = 7
} SECPKG_EXTENDED_INFORMATION_CLASS;

/*
 * SecpkgGssInfo: EncodedIdLength bytes, the DER form of the OID by which Negotiate offers the
 * package (tag and length included). EncodedId goes on past its declared 4.
 */
typedef struct _SECPKG_GSS_INFO {
    ULONG EncodedIdLength;
    UCHAR EncodedId[4];
} SECPKG_GSS_INFO, *PSECPKG_GSS_INFO;

/*
 * SecpkgContextThunks: attributes of mapped contexts that the LSA half answers all the same.
 */
typedef struct _SECPKG_CONTEXT_THUNKS {
    ULONG InfoLevelCount;
    ULONG Levels[ANYSIZE_ARRAY];
} SECPKG_CONTEXT_THUNKS, *PSECPKG_CONTEXT_THUNKS;

/* SecpkgMutualAuthLevel: how far the package goes in mutual authentication. */
typedef struct _SECPKG_MUTUAL_AUTH_LEVEL {
    ULONG MutualAuthLevel;
} SECPKG_MUTUAL_AUTH_LEVEL, *PSECPKG_MUTUAL_AUTH_LEVEL;

/* SecpkgWowClientDll: the user half for 32-bit clients. */
typedef struct _SECPKG_WOW_CLIENT_DLL {
    SECURITY_STRING WowClientDllPath;
} SECPKG_WOW_CLIENT_DLL, *PSECPKG_WOW_CLIENT_DLL;

#define SECPKG_MAX_OID_LENGTH         32

/* An OID in DER, at most SECPKG_MAX_OID_LENGTH bytes. */
typedef struct _SECPKG_SERIALIZED_OID {
    ULONG OidLength;
    ULONG OidAttributes;
    UCHAR OidValue[SECPKG_MAX_OID_LENGTH];
} SECPKG_SERIALIZED_OID, *PSECPKG_SERIALIZED_OID;

/* SecpkgExtraOids: further OIDs of the package. */
typedef struct _SECPKG_EXTRA_OIDS {
    ULONG OidCount;
    SECPKG_SERIALIZED_OID Oids[ANYSIZE_ARRAY];
} SECPKG_EXTRA_OIDS, *PSECPKG_EXTRA_OIDS;

/* SecpkgNego2Info: the package in NegoEx (MS-NEGOEX): its scheme's GUID. */
typedef struct _SECPKG_NEGO2_INFO {
    UCHAR AuthScheme[16];
    ULONG PackageFlags;
} SECPKG_NEGO2_INFO, *PSECPKG_NEGO2_INFO;

/*
 * Facts about a package, one class at a time. Get: one block, AllocateLsaHeap, the
 * authority's. Set: the authority's. Microsoft: SECPKG_EXTENDED_INFORMATION.
 */
typedef struct _SECPKG_EXTENDED_INFORMATION {
    SECPKG_EXTENDED_INFORMATION_CLASS Class;
    union {
        SECPKG_GSS_INFO GssInfo;
        SECPKG_CONTEXT_THUNKS ContextThunks;
        SECPKG_MUTUAL_AUTH_LEVEL MutualAuthLevel;
        SECPKG_WOW_CLIENT_DLL WowClientDll;
        SECPKG_EXTRA_OIDS ExtraOids;
        SECPKG_NEGO2_INFO Nego2Info;
    } Info;
} SECPKG_EXTENDED_INFORMATION, *PSECPKG_EXTENDED_INFORMATION;

/* A domain and a computer that a request is meant for. */
typedef struct _SECPKG_TARGETINFO {
    PSID DomainSid;
    PCWSTR ComputerName;
} SECPKG_TARGETINFO, *PSECPKG_TARGETINFO;

/* SECPKG_NTLM_TARGETINFO.Flags: which of the two numbers count. */
#define SECPKG_MSVAV_FLAGS_VALID                 0x00000001u
#define SECPKG_MSVAV_TIMESTAMP_VALID             0x00000002u

/* A server's description in NTLM, AV pairs of MS-NLMP 2.2.2.1; strings may be NULL. */
typedef struct _SECPKG_NTLM_TARGETINFO {
    ULONG Flags;
    PWSTR MsvAvNbComputerName;
    PWSTR MsvAvNbDomainName;
    PWSTR MsvAvDnsComputerName;
    PWSTR MsvAvDnsDomainName;
    PWSTR MsvAvDnsTreeName;
    ULONG MsvAvFlags;
    FILETIME MsvAvTimestamp;
    PWSTR MsvAvTargetName;
} SECPKG_NTLM_TARGETINFO, *PSECPKG_NTLM_TARGETINFO;

/* SECPKG_ATTR_SASL_CONTEXT. */
typedef struct _SecPkgContext_SaslContext {
    PVOID SaslContext;
} SecPkgContext_SaslContext, *PSecPkgContext_SaslContext;

/*
 * What GetUserInfo returns. It lies in the client: allocate with AllocateClientBuffer.
 * Microsoft: SECURITY_USER_DATA.
 */
typedef struct _SECURITY_USER_DATA {
    SECURITY_STRING UserName;
    SECURITY_STRING LogonDomainName;
    SECURITY_STRING LogonServer;
    PSID pSid;
} SECURITY_USER_DATA, *PSECURITY_USER_DATA;
typedef SECURITY_USER_DATA SecurityUserData, *PSecurityUserData;

/* Flags of SpGetUserInfoFn. NO_LONG_NAMES: cut the domain to 15 characters. */
#define UNDERSTANDS_LONG_NAMES        1
#define NO_LONG_NAMES                 2

/* Messages of CallPackage that all packages share. */

/*
 * Messages of CallPackage that every package may get. By habit the first ULONG of a
 * ProtocolSubmitBuffer is its type.
 */
typedef enum _SECPKG_CALL_PACKAGE_MESSAGE_TYPE {
    SecPkgCallPackageMinMessage = 1024,
    SecPkgCallPackagePinDcMessage = 1024,
    SecPkgCallPackageUnpinAllDcsMessage = 1025,
    SecPkgCallPackageTransferCredMessage = 1026,
    SecPkgCallPackageMaxMessage = 1026
} SECPKG_CALL_PACKAGE_MESSAGE_TYPE, *PSECPKG_CALL_PACKAGE_MESSAGE_TYPE;

/* Use this domain controller for that domain from now on. */
typedef struct _SECPKG_CALL_PACKAGE_PIN_DC_REQUEST {
    ULONG MessageType;
    ULONG Flags;
    UNICODE_STRING DomainName;
    UNICODE_STRING DcName;
    ULONG DcFlags;
} SECPKG_CALL_PACKAGE_PIN_DC_REQUEST, *PSECPKG_CALL_PACKAGE_PIN_DC_REQUEST;

/* Forget all of them. */
typedef struct _SECPKG_CALL_PACKAGE_UNPIN_ALL_DCS_REQUEST {
    ULONG MessageType;
    ULONG Flags;
} SECPKG_CALL_PACKAGE_UNPIN_ALL_DCS_REQUEST, *PSECPKG_CALL_PACKAGE_UNPIN_ALL_DCS_REQUEST;

/* Flags of the next structure. */
#define SECPKG_CALL_PACKAGE_TRANSFER_CRED_REQUEST_FLAG_OPTIMISTIC_LOGON  0x00000001u
#define SECPKG_CALL_PACKAGE_TRANSFER_CRED_REQUEST_FLAG_CLEANUP_CREDENTIALS  0x00000002u
#define SECPKG_CALL_PACKAGE_TRANSFER_CRED_REQUEST_FLAG_TO_SSO_SESSION  0x00000004u

/* Copy credentials from one logon session to another. The caller needs rights on both. */
typedef struct _SECPKG_CALL_PACKAGE_TRANSFER_CRED_REQUEST {
    ULONG MessageType;
    LUID OriginLogonId;
    LUID DestinationLogonId;
    ULONG Flags;
} SECPKG_CALL_PACKAGE_TRANSFER_CRED_REQUEST, *PSECPKG_CALL_PACKAGE_TRANSFER_CRED_REQUEST;

/*
 * Functions behind a logon whose secrets stay on another machine (remote credential guard):
 * start, exchange, end, and get what the logon needs.
 */
typedef NTSTATUS (NTAPI LSA_REDIRECTED_LOGON_INIT)(HANDLE RedirectedLogonHandle,
    const UNICODE_STRING *PackageName, ULONG SessionId, const LUID *LogonId);
typedef LSA_REDIRECTED_LOGON_INIT *PLSA_REDIRECTED_LOGON_INIT;
typedef NTSTATUS (NTAPI LSA_REDIRECTED_LOGON_CALLBACK)(HANDLE RedirectedLogonHandle,
    PVOID Buffer, ULONG BufferLength, PVOID *ReturnBuffer, PULONG ReturnBufferLength);
typedef LSA_REDIRECTED_LOGON_CALLBACK *PLSA_REDIRECTED_LOGON_CALLBACK;
typedef VOID (NTAPI LSA_REDIRECTED_LOGON_CLEANUP_CALLBACK)(HANDLE RedirectedLogonHandle);
typedef LSA_REDIRECTED_LOGON_CLEANUP_CALLBACK *PLSA_REDIRECTED_LOGON_CLEANUP_CALLBACK;
typedef NTSTATUS (NTAPI LSA_REDIRECTED_LOGON_GET_LOGON_CREDS)(HANDLE RedirectedLogonHandle,
    PBYTE *LogonBuffer, PULONG LogonBufferLength);
typedef LSA_REDIRECTED_LOGON_GET_LOGON_CREDS *PLSA_REDIRECTED_LOGON_GET_LOGON_CREDS;
typedef NTSTATUS (NTAPI LSA_REDIRECTED_LOGON_GET_SUPP_CREDS)(HANDLE RedirectedLogonHandle,
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY *SupplementalCredentials);
typedef LSA_REDIRECTED_LOGON_GET_SUPP_CREDS *PLSA_REDIRECTED_LOGON_GET_SUPP_CREDS;
typedef NTSTATUS (NTAPI LSA_REDIRECTED_LOGON_GET_SID)(HANDLE RedirectedLogonHandle, PSID *Sid);
typedef LSA_REDIRECTED_LOGON_GET_SID *PLSA_REDIRECTED_LOGON_GET_SID;

/* Those functions together, as LogonUserEx2 may find them in a submit buffer. */
typedef struct _SECPKG_REDIRECTED_LOGON_BUFFER {
    GUID RedirectedLogonGuid;
    HANDLE RedirectedLogonHandle;
    PLSA_REDIRECTED_LOGON_INIT Init;
    PLSA_REDIRECTED_LOGON_CALLBACK Callback;
    PLSA_REDIRECTED_LOGON_CLEANUP_CALLBACK CleanupCallback;
    PLSA_REDIRECTED_LOGON_GET_LOGON_CREDS GetLogonCreds;
    PLSA_REDIRECTED_LOGON_GET_SUPP_CREDS GetSupplementalCreds;
    PLSA_REDIRECTED_LOGON_GET_SID GetRedirectedLogonSid;
} SECPKG_REDIRECTED_LOGON_BUFFER, *PSECPKG_REDIRECTED_LOGON_BUFFER;

/* A logon just done. Flags: 0. LinkedLogonId: its twin session, or 0. */
typedef struct _SECPKG_POST_LOGON_USER_INFO {
    ULONG Flags;
    LUID LogonId;
    LUID LinkedLogonId;
} SECPKG_POST_LOGON_USER_INFO, *PSECPKG_POST_LOGON_USER_INFO;

/* Notifications. */

/*
 * NotificationFlags, NotificationType and NotificationClass of LSA_REGISTER_NOTIFICATION.
 *
 *   NEW_THREAD, ONE_SHOT   each time on a thread of its own; once only
 *   SECONDS                the interval is in seconds
 *   INTERVAL               every so often        HANDLE_WAIT   when WaitEvent is signalled
 *   NOTIFY_EVENT           at events of a class  IMMEDIATE     once, now, on another thread
 */
#define NOTIFIER_FLAG_NEW_THREAD                 0x00000001u
#define NOTIFIER_FLAG_ONE_SHOT                   0x00000002u
#define NOTIFIER_FLAG_SECONDS                    0x80000000u
#define NOTIFIER_TYPE_INTERVAL                   1
#define NOTIFIER_TYPE_HANDLE_WAIT                2
#define NOTIFIER_TYPE_STATE_CHANGE               3
#define NOTIFIER_TYPE_NOTIFY_EVENT               4
#define NOTIFIER_TYPE_IMMEDIATE                  16
#define NOTIFY_CLASS_PACKAGE_CHANGE              1
#define NOTIFY_CLASS_ROLE_CHANGE                 2
#define NOTIFY_CLASS_DOMAIN_CHANGE               3
#define NOTIFY_CLASS_REGISTRY_CHANGE             4
#define SECPKG_PACKAGE_CHANGE_LOAD               0
#define SECPKG_PACKAGE_CHANGE_UNLOAD             1
#define SECPKG_PACKAGE_CHANGE_SELECT             2

/* Data of NOTIFY_CLASS_PACKAGE_CHANGE: a package came or went. */
typedef struct _SECPKG_EVENT_PACKAGE_CHANGE {
    ULONG ChangeType;
    LSA_SEC_HANDLE PackageId;
    SECURITY_STRING PackageName;
} SECPKG_EVENT_PACKAGE_CHANGE, *PSECPKG_EVENT_PACKAGE_CHANGE;

/* Data of NOTIFY_CLASS_ROLE_CHANGE: the machine's role. */
typedef struct _SECPKG_EVENT_ROLE_CHANGE {
    ULONG PreviousRole;
    ULONG NewRole;
} SECPKG_EVENT_ROLE_CHANGE, *PSECPKG_EVENT_ROLE_CHANGE;

/*
 * What the function of a NOTIFIER_TYPE_NOTIFY_EVENT gets: EventDataSize bytes at EventData by
 * EventClass, and in PackageParameter what was registered. Valid during the call.
 */
typedef struct _SECPKG_EVENT_NOTIFY {
    ULONG EventClass;
    ULONG Reserved;
    ULONG EventDataSize;
    PVOID EventData;
    PVOID PackageParameter;
} SECPKG_EVENT_NOTIFY, *PSECPKG_EVENT_NOTIFY;

/*
 * How a name is written: account name; alternate id ("Kerberos:user@REALM", with a prefix); flat
 * name; distinguished name; service principal name.
 */
typedef enum _SECPKG_NAME_TYPE {
    SecNameSamCompatible = 0,
    SecNameAlternateId = 1,
    SecNameFlat = 2,
    SecNameDN = 3,
    SecNameSPN = 4
} SECPKG_NAME_TYPE;

/* What SessionInformation of LSA_CREATE_TOKEN_EX points to: a SECPKG_PRIMARY_CRED. */
typedef enum _SECPKG_SESSIONINFO_TYPE {
    SecSessionPrimaryCred = 0
} SECPKG_SESSIONINFO_TYPE;

/* How fresh a managed account's password is wanted. */
typedef enum _CRED_FETCH {
    CredFetchDefault = 0,
    CredFetchDPAPI = 1,
    CredFetchForced = 2
} CRED_FETCH, *PCRED_FETCH;

/* QueryType of LSA_QUERY_CLIENT_REQUEST. */
#define LSA_QUERY_CLIENT_PRELOGON_SESSION_ID     1
/* CredFlags of the Credi functions: the store of credentials. */
#define CREDP_FLAGS_IN_PROCESS                   0x00000001u
#define CREDP_FLAGS_USE_MIDL_HEAP                0x00000002u
#define CREDP_FLAGS_DONT_CACHE_TI                0x00000004u
#define CREDP_FLAGS_CLEAR_PASSWORD               0x00000008u
#define CREDP_FLAGS_USER_ENCRYPTED_PASSWORD      0x00000010u
#define CREDP_FLAGS_TRUSTED_CALLER               0x00000020u
#define CREDP_FLAGS_VALIDATE_PROXY_TARGET        0x00000040u
#define CRED_MARSHALED_TI_SIZE_SIZE   12

/* A stored credential; opaque here. */
typedef struct _ENCRYPTED_CREDENTIALW ENCRYPTED_CREDENTIALW, *PENCRYPTED_CREDENTIALW;
typedef struct _CREDENTIAL_TARGET_INFORMATIONW CREDENTIAL_TARGET_INFORMATIONW,
    *PCREDENTIAL_TARGET_INFORMATIONW;

/*
 * AttributeInfo of SpMarshalAttributeDataFn: form of the strings, and what kind of attribute.
 */
#define SECPKG_UNICODE_ATTRIBUTE                 0x80000000u
#define SECPKG_ANSI_ATTRIBUTE                    0x00000000u
#define SECPKG_CREDENTIAL_ATTRIBUTE              0x00000000u

/* Functions that the LSA gives to packages. */

/*
 * Starts a logon session under an id that the package made with AllocateLocallyUniqueId.
 *
 * Returns: STATUS_SUCCESS; STATUS_LOGON_SESSION_COLLISION; STATUS_NO_MEMORY.
 * Microsoft: LSA_CREATE_LOGON_SESSION.
 */
typedef NTSTATUS (NTAPI LSA_CREATE_LOGON_SESSION)(PLUID LogonId);
typedef LSA_CREATE_LOGON_SESSION *PLSA_CREATE_LOGON_SESSION;

/*
 * Takes a session back that the package has not yet reported to the authority (it failed after
 * creating it). LogonTerminated is not called for it.
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_LOGON_SESSION; STATUS_BAD_LOGON_SESSION_STATE (in
 * use). Microsoft: LSA_DELETE_LOGON_SESSION.
 */
typedef NTSTATUS (NTAPI LSA_DELETE_LOGON_SESSION)(PLUID LogonId);
typedef LSA_DELETE_LOGON_SESSION *PLSA_DELETE_LOGON_SESSION;

/*
 * Keeps a package's credential with a session; several may have one key.
 *
 *   AuthenticationPackage  the package's id
 *   PrimaryKeyValue        by what GetCredentials will find it
 *   Credentials            bytes without pointers; copied
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_LOGON_SESSION; STATUS_NO_MEMORY.
 * Microsoft: LSA_ADD_CREDENTIAL.
 */
typedef NTSTATUS (NTAPI LSA_ADD_CREDENTIAL)(PLUID LogonId, ULONG AuthenticationPackage,
    PLSA_STRING PrimaryKeyValue, PLSA_STRING Credentials);
typedef LSA_ADD_CREDENTIAL *PLSA_ADD_CREDENTIAL;

/*
 * Finds such credentials, one a call.
 *
 *   QueryContext            in and out: 0 to start, then as it was left
 *   RetrieveAllCredentials  FALSE: those with this PrimaryKeyValue. TRUE: all; the buffer of
 *                           PrimaryKeyValue, MaximumLength bytes, receives each key
 *   PrimaryKeyLength        out: bytes that the key needs
 *   Credentials             out: Buffer is AllocateLsaHeap memory: wipe, FreeLsaHeap
 *
 * Returns: STATUS_SUCCESS; STATUS_UNSUCCESSFUL (no more); STATUS_MORE_ENTRIES (no room for the
 * key; nothing was returned); STATUS_NO_SUCH_LOGON_SESSION. Microsoft: LSA_GET_CREDENTIALS.
 */
typedef NTSTATUS (NTAPI LSA_GET_CREDENTIALS)(PLUID LogonId, ULONG AuthenticationPackage,
    PULONG QueryContext, BOOLEAN RetrieveAllCredentials, PLSA_STRING PrimaryKeyValue,
    PULONG PrimaryKeyLength, PLSA_STRING Credentials);
typedef LSA_GET_CREDENTIALS *PLSA_GET_CREDENTIALS;

/*
 * Deletes the first credential with this key.
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_LOGON_SESSION; STATUS_OBJECT_NAME_NOT_FOUND.
 * Microsoft: LSA_DELETE_CREDENTIAL.
 */
typedef NTSTATUS (NTAPI LSA_DELETE_CREDENTIAL)(PLUID LogonId, ULONG AuthenticationPackage,
    PLSA_STRING PrimaryKeyValue);
typedef LSA_DELETE_CREDENTIAL *PLSA_DELETE_CREDENTIAL;

/*
 * Memory that may change hands between package and authority. Zeroed here (Windows does not
 * promise it), aligned to 16 bytes. Returns: NULL if there is none. In SECPKG_DLL_FUNCTIONS:
 * memory that the application frees with FreeContextBuffer. Microsoft: LSA_ALLOCATE_LSA_HEAP.
 */
typedef PVOID (NTAPI LSA_ALLOCATE_LSA_HEAP)(ULONG Length);
typedef LSA_ALLOCATE_LSA_HEAP *PLSA_ALLOCATE_LSA_HEAP;

/* Frees it; NULL is harmless. Wipe secrets first. Microsoft: LSA_FREE_LSA_HEAP. */
typedef VOID (NTAPI LSA_FREE_LSA_HEAP)(PVOID Base);
typedef LSA_FREE_LSA_HEAP *PLSA_FREE_LSA_HEAP;

/*
 * Memory in the client, zeroed. *ClientBaseAddress has a meaning there only: it may be stored
 * in what goes to the client, never followed. The client frees it (FreeContextBuffer); when the
 * call fails the authority does.
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_MEMORY. Microsoft: LSA_ALLOCATE_CLIENT_BUFFER.
 */
typedef NTSTATUS (NTAPI LSA_ALLOCATE_CLIENT_BUFFER)(PLSA_CLIENT_REQUEST ClientRequest,
    ULONG LengthRequired, PVOID *ClientBaseAddress);
typedef LSA_ALLOCATE_CLIENT_BUFFER *PLSA_ALLOCATE_CLIENT_BUFFER;

/*
 * Frees it before the client has seen it. Returns: STATUS_SUCCESS, also for NULL.
 * Microsoft: LSA_FREE_CLIENT_BUFFER.
 */
typedef NTSTATUS (NTAPI LSA_FREE_CLIENT_BUFFER)(PLSA_CLIENT_REQUEST ClientRequest,
    PVOID ClientBaseAddress);
typedef LSA_FREE_CLIENT_BUFFER *PLSA_FREE_CLIENT_BUFFER;

/*
 * Copies Length bytes from BufferToCopy to ClientBaseAddress: request, length, destination,
 * source.
 *
 * Returns: STATUS_SUCCESS; STATUS_ACCESS_VIOLATION (not the client's memory to write).
 * Microsoft: LSA_COPY_TO_CLIENT_BUFFER.
 */
typedef NTSTATUS (NTAPI LSA_COPY_TO_CLIENT_BUFFER)(PLSA_CLIENT_REQUEST ClientRequest,
    ULONG Length, PVOID ClientBaseAddress, PVOID BufferToCopy);
typedef LSA_COPY_TO_CLIENT_BUFFER *PLSA_COPY_TO_CLIENT_BUFFER;

/*
 * Copies Length bytes from ClientBaseAddress to BufferToCopy: again destination before source.
 * What can be read: what the call brought along (identities, marshalled credentials).
 *
 * Returns: STATUS_SUCCESS; STATUS_ACCESS_VIOLATION. Microsoft: LSA_COPY_FROM_CLIENT_BUFFER.
 */
typedef NTSTATUS (NTAPI LSA_COPY_FROM_CLIENT_BUFFER)(PLSA_CLIENT_REQUEST ClientRequest,
    ULONG Length, PVOID BufferToCopy, PVOID ClientBaseAddress);
typedef LSA_COPY_FROM_CLIENT_BUFFER *PLSA_COPY_FROM_CLIENT_BUFFER;

/*
 * Makes this thread act as the client; RevertToSelf ends it.
 *
 * Returns: STATUS_SUCCESS; STATUS_CANNOT_IMPERSONATE. Microsoft: LSA_IMPERSONATE_CLIENT.
 */
typedef NTSTATUS (NTAPI LSA_IMPERSONATE_CLIENT)(VOID);
typedef LSA_IMPERSONATE_CLIENT *PLSA_IMPERSONATE_CLIENT;

/*
 * The package gives up: no new calls reach it, and it is unloaded once the present ones are
 * done. Returns: STATUS_SUCCESS. Microsoft: LSA_UNLOAD_PACKAGE.
 */
typedef NTSTATUS (NTAPI LSA_UNLOAD_PACKAGE)(VOID);
typedef LSA_UNLOAD_PACKAGE *PLSA_UNLOAD_PACKAGE;

/*
 * Gives the client a handle of the authority's. *DestionationHandle (so spelt by Microsoft) is
 * meaningful in the client only: put it into ContextData. As DuplicateTokenHandle: the same for
 * tokens.
 *
 * Returns: STATUS_SUCCESS; STATUS_INVALID_HANDLE; STATUS_NO_MEMORY.
 * Microsoft: LSA_DUPLICATE_HANDLE.
 */
typedef NTSTATUS (NTAPI LSA_DUPLICATE_HANDLE)(HANDLE SourceHandle, PHANDLE DestionationHandle);
typedef LSA_DUPLICATE_HANDLE *PLSA_DUPLICATE_HANDLE;

/*
 * Stores a package's supplemental credentials for a logon. Synchronous: wait until it is done.
 *
 * Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED.
 * Microsoft: LSA_SAVE_SUPPLEMENTAL_CREDENTIALS.
 */
typedef NTSTATUS (NTAPI LSA_SAVE_SUPPLEMENTAL_CREDENTIALS)(PLUID LogonId,
    ULONG SupplementalCredSize, PVOID SupplementalCreds, BOOLEAN Synchronous);
typedef LSA_SAVE_SUPPLEMENTAL_CREDENTIALS *PLSA_SAVE_SUPPLEMENTAL_CREDENTIALS;

/*
 * Starts a thread that the authority knows of. Returns: a handle (CloseHandle), or NULL.
 * Microsoft: LSA_CREATE_THREAD.
 */
typedef HANDLE (NTAPI LSA_CREATE_THREAD)(SEC_ATTRS SecurityAttributes, ULONG StackSize,
    SEC_THREAD_START StartFunction, PVOID ThreadParameter, ULONG CreationFlags, PULONG ThreadId);
typedef LSA_CREATE_THREAD *PLSA_CREATE_THREAD;

/*
 * Who is calling. Outside a call: the authority itself, or an error.
 * Microsoft: LSA_GET_CLIENT_INFO.
 */
typedef NTSTATUS (NTAPI LSA_GET_CLIENT_INFO)(PSECPKG_CLIENT_INFO ClientInfo);
typedef LSA_GET_CLIENT_INFO *PLSA_GET_CLIENT_INFO;

/*
 * Has StartFunction called at a time or at an event; see NOTIFIER_.
 *
 *   Parameter        for StartFunction; with NOTIFY_EVENT in PackageParameter of what it gets
 *   IntervalMinutes  minutes, or seconds with NOTIFIER_FLAG_SECONDS
 *   WaitEvent        for HANDLE_WAIT; else NULL
 *
 * Returns: a handle for CancelNotification, or NULL. Microsoft: LSA_REGISTER_NOTIFICATION.
 */
typedef HANDLE (NTAPI LSA_REGISTER_NOTIFICATION)(SEC_THREAD_START StartFunction, PVOID Parameter,
    ULONG NotificationType, ULONG NotificationClass, ULONG NotificationFlags,
    ULONG IntervalMinutes, HANDLE WaitEvent);
typedef LSA_REGISTER_NOTIFICATION *PLSA_REGISTER_NOTIFICATION;

/*
 * No new call starts after it returns. One-shot notifications are gone by themselves.
 * Microsoft: LSA_CANCEL_NOTIFICATION.
 */
typedef NTSTATUS (NTAPI LSA_CANCEL_NOTIFICATION)(HANDLE NotifyHandle);
typedef LSA_CANCEL_NOTIFICATION *PLSA_CANCEL_NOTIFICATION;

/*
 * Makes a buffer of the client readable: OutputBuffer (may be InputBuffer) gets the address of
 * its bytes here. A buffer that is readable already is copied as it is. Valid during the call.
 *
 * Returns: STATUS_SUCCESS; STATUS_ACCESS_VIOLATION; STATUS_NO_MEMORY.
 * Microsoft: LSA_MAP_BUFFER.
 */
typedef NTSTATUS (NTAPI LSA_MAP_BUFFER)(PSecBuffer InputBuffer, PSecBuffer OutputBuffer);
typedef LSA_MAP_BUFFER *PLSA_MAP_BUFFER;

/*
 * Makes the token of a client that a package authenticated: what ImpersonateSecurityContext
 * and QuerySecurityContextToken will show.
 *
 *   LogonId               from CreateLogonSession
 *   TokenSource           names the package
 *   TokenInformationType, TokenInformation
 *                         an LSA_TOKEN_INFORMATION_ structure
 *   TokenGroups           further groups; may be NULL
 *   AccountName, AuthorityName
 *                         for audit and look-up
 *   Workstation, ProfilePath
 *                         may be NULL
 *   Token                 out: the package's; CloseHandle
 *   SubStatus             out: the reason, with STATUS_ACCOUNT_RESTRICTION
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_LOGON_SESSION; STATUS_INVALID_PARAMETER;
 * STATUS_NO_MEMORY. Microsoft: LSA_CREATE_TOKEN.
 */
typedef NTSTATUS (NTAPI LSA_CREATE_TOKEN)(PLUID LogonId, PTOKEN_SOURCE TokenSource,
    SECURITY_LOGON_TYPE LogonType, SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
    LSA_TOKEN_INFORMATION_TYPE TokenInformationType, PVOID TokenInformation,
    PTOKEN_GROUPS TokenGroups, PUNICODE_STRING AccountName, PUNICODE_STRING AuthorityName,
    PUNICODE_STRING Workstation, PUNICODE_STRING ProfilePath, PHANDLE Token, PNTSTATUS SubStatus);
typedef LSA_CREATE_TOKEN *PLSA_CREATE_TOKEN;

/*
 * Writes a logon, good or bad, into the audit log. Names only, never credentials; they may be
 * NULL. Does not fail. Microsoft: LSA_AUDIT_LOGON.
 */
typedef VOID (NTAPI LSA_AUDIT_LOGON)(NTSTATUS Status, NTSTATUS SubStatus,
    PUNICODE_STRING AccountName, PUNICODE_STRING AuthenticatingAuthority,
    PUNICODE_STRING WorkstationName, PSID UserSid, SECURITY_LOGON_TYPE LogonType,
    PTOKEN_SOURCE TokenSource, PLUID LogonId);
typedef LSA_AUDIT_LOGON *PLSA_AUDIT_LOGON;

/*
 * Sends a message to another package, by its name; arrives at its CallPackage with
 * SECPKG_CALL_RECURSIVE set.
 *
 *   ProtocolReturnBuffer  out: FreeReturnBuffer
 *   ProtocolStatus        out: what the package made of the request
 *
 * Returns: STATUS_SUCCESS if it was asked; STATUS_NO_SUCH_PACKAGE. Microsoft: LSA_CALL_PACKAGE.
 */
typedef NTSTATUS (NTAPI LSA_CALL_PACKAGE)(PUNICODE_STRING AuthenticationPackage,
    PVOID ProtocolSubmitBuffer, ULONG SubmitBufferLength, PVOID *ProtocolReturnBuffer,
    PULONG ReturnBufferLength, PNTSTATUS ProtocolStatus);
typedef LSA_CALL_PACKAGE *PLSA_CALL_PACKAGE;

/*
 * About the call that this thread is in. Returns: FALSE outside a call.
 * Microsoft: LSA_GET_CALL_INFO.
 */
typedef BOOLEAN (NTAPI LSA_GET_CALL_INFO)(PSECPKG_CALL_INFO Info);
typedef LSA_GET_CALL_INFO *PLSA_GET_CALL_INFO;

/*
 * The same as CallPackage, for a buffer with pointers that count from ClientBufferBase.
 * Microsoft: LSA_CALL_PACKAGEEX.
 */
typedef NTSTATUS (NTAPI LSA_CALL_PACKAGEEX)(PUNICODE_STRING AuthenticationPackage,
    PVOID ClientBufferBase, PVOID ProtocolSubmitBuffer, ULONG SubmitBufferLength,
    PVOID *ProtocolReturnBuffer, PULONG ReturnBufferLength, PNTSTATUS ProtocolStatus);
typedef LSA_CALL_PACKAGEEX *PLSA_CALL_PACKAGEEX;

/*
 * Memory shared with clients, who can write to it: trust nothing in it. Returns: NULL where
 * there is none; the four functions then answer NULL and FALSE.
 * Microsoft: LSA_CREATE_SHARED_MEMORY, and the next three.
 */
typedef PVOID (NTAPI LSA_CREATE_SHARED_MEMORY)(ULONG MaxSize, ULONG InitialSize);
typedef LSA_CREATE_SHARED_MEMORY *PLSA_CREATE_SHARED_MEMORY;

typedef PVOID (NTAPI LSA_ALLOCATE_SHARED_MEMORY)(PVOID SharedMem, ULONG Size);
typedef LSA_ALLOCATE_SHARED_MEMORY *PLSA_ALLOCATE_SHARED_MEMORY;

typedef VOID (NTAPI LSA_FREE_SHARED_MEMORY)(PVOID SharedMem, PVOID Memory);
typedef LSA_FREE_SHARED_MEMORY *PLSA_FREE_SHARED_MEMORY;

typedef BOOLEAN (NTAPI LSA_DELETE_SHARED_MEMORY)(PVOID SharedMem);
typedef LSA_DELETE_SHARED_MEMORY *PLSA_DELETE_SHARED_MEMORY;

/*
 * Looks an account up.
 *
 *   Prefix      for SecNameAlternateId; else NULL
 *   AllowGuest  TRUE: an unknown name is the guest account, where that is enabled
 *   Reserved    0
 *   UserHandle  out: CloseSamUser
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_USER; STATUS_INVALID_PARAMETER.
 * Microsoft: LSA_OPEN_SAM_USER.
 */
typedef NTSTATUS (NTAPI LSA_OPEN_SAM_USER)(PSECURITY_STRING Name, SECPKG_NAME_TYPE NameType,
    PSECURITY_STRING Prefix, BOOLEAN AllowGuest, ULONG Reserved, PVOID *UserHandle);
typedef LSA_OPEN_SAM_USER *PLSA_OPEN_SAM_USER;

/*
 * The credentials of an account: PrimaryCreds are its password hashes, SupplementalCreds what
 * the package keeps there. Wipe both, FreeLsaHeap. Only for packages granted it.
 * Microsoft: LSA_GET_USER_CREDENTIALS.
 */
typedef NTSTATUS (NTAPI LSA_GET_USER_CREDENTIALS)(PVOID UserHandle, PVOID *PrimaryCreds,
    PULONG PrimaryCredsSize, PVOID *SupplementalCreds, PULONG SupplementalCredsSize);
typedef LSA_GET_USER_CREDENTIALS *PLSA_GET_USER_CREDENTIALS;

/*
 * Everything about an account that a token needs, for ConvertAuthDataToToken. FreeLsaHeap.
 * Microsoft: LSA_GET_USER_AUTH_DATA.
 */
typedef NTSTATUS (NTAPI LSA_GET_USER_AUTH_DATA)(PVOID UserHandle, PUCHAR *UserAuthData,
    PULONG UserAuthDataSize);
typedef LSA_GET_USER_AUTH_DATA *PLSA_GET_USER_AUTH_DATA;

/* Ends OpenSamUser. Microsoft: LSA_CLOSE_SAM_USER. */
typedef NTSTATUS (NTAPI LSA_CLOSE_SAM_USER)(PVOID UserHandle);
typedef LSA_CLOSE_SAM_USER *PLSA_CLOSE_SAM_USER;

/*
 * Makes a token, and its logon session, out of such data: the usual end of an acceptor.
 *
 *   UserAuthData  from GetAuthDataForUser or GetUserAuthData
 *   Token         out: the package's; CloseHandle
 *   LogonId       out: the new session
 *   AccountName   out: Buffer is AllocateLsaHeap memory, the package's
 *   SubStatus     out: the reason, with STATUS_ACCOUNT_RESTRICTION
 *
 * Returns: STATUS_SUCCESS; STATUS_ACCOUNT_RESTRICTION; STATUS_LOGON_TYPE_NOT_GRANTED;
 * STATUS_INVALID_PARAMETER; STATUS_NO_MEMORY. Microsoft: LSA_CONVERT_AUTH_DATA_TO_TOKEN.
 */
typedef NTSTATUS (NTAPI LSA_CONVERT_AUTH_DATA_TO_TOKEN)(PVOID UserAuthData,
    ULONG UserAuthDataSize, SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
    PTOKEN_SOURCE TokenSource, SECURITY_LOGON_TYPE LogonType, PUNICODE_STRING AuthorityName,
    PHANDLE Token, PLUID LogonId, PUNICODE_STRING AccountName, PNTSTATUS SubStatus);
typedef LSA_CONVERT_AUTH_DATA_TO_TOKEN *PLSA_CONVERT_AUTH_DATA_TO_TOKEN;

/*
 * Runs in the client what its half of the package registered under a number (RegisterCallback);
 * Callback is that number. Output->pvBuffer: AllocateLsaHeap memory, the package's.
 *
 * Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED. Microsoft: LSA_CLIENT_CALLBACK.
 */
typedef NTSTATUS (NTAPI LSA_CLIENT_CALLBACK)(PCHAR Callback, ULONG_PTR Argument1,
    ULONG_PTR Argument2, PSecBuffer Input, PSecBuffer Output);
typedef LSA_CLIENT_CALLBACK *PLSA_CLIENT_CALLBACK;

/*
 * Tells all packages, the caller too, of changed credentials: each gets AcceptCredentials with
 * PRIMARY_CRED_UPDATE. Credentials may be NULL. Microsoft: LSA_UPDATE_PRIMARY_CREDENTIALS.
 */
typedef NTSTATUS (NTAPI LSA_UPDATE_PRIMARY_CREDENTIALS)(PSECPKG_PRIMARY_CRED PrimaryCredentials,
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY Credentials);
typedef LSA_UPDATE_PRIMARY_CREDENTIALS *PLSA_UPDATE_PRIMARY_CREDENTIALS;

/*
 * OpenSamUser, GetUserAuthData and CloseSamUser in one. UserFlatName, out, may be NULL: its
 * Buffer, as *UserAuthData, is AllocateLsaHeap memory, the package's.
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_USER; STATUS_NO_MEMORY.
 * Microsoft: LSA_GET_AUTH_DATA_FOR_USER.
 */
typedef NTSTATUS (NTAPI LSA_GET_AUTH_DATA_FOR_USER)(PSECURITY_STRING Name,
    SECPKG_NAME_TYPE NameType, PSECURITY_STRING Prefix, PUCHAR *UserAuthData,
    PULONG UserAuthDataSize, PUNICODE_STRING UserFlatName);
typedef LSA_GET_AUTH_DATA_FOR_USER *PLSA_GET_AUTH_DATA_FOR_USER;

/*
 * Translates a directory name from one format into another. Returns: STATUS_SUCCESS;
 * STATUS_UNSUCCESSFUL with the reason in *SubStatus; STATUS_NOT_SUPPORTED.
 * Microsoft: LSA_CRACK_SINGLE_NAME.
 */
typedef NTSTATUS (NTAPI LSA_CRACK_SINGLE_NAME)(ULONG FormatOffered, BOOLEAN PerformAtGC,
    PUNICODE_STRING NameInput, PUNICODE_STRING Prefix, ULONG RequestedFormat,
    PUNICODE_STRING CrackedName, PUNICODE_STRING DnsDomainName, PULONG SubStatus);
typedef LSA_CRACK_SINGLE_NAME *PLSA_CRACK_SINGLE_NAME;

/* Writes the use of an account into the audit log. Microsoft: LSA_AUDIT_ACCOUNT_LOGON. */
typedef NTSTATUS (NTAPI LSA_AUDIT_ACCOUNT_LOGON)(ULONG AuditId, BOOLEAN Success,
    PUNICODE_STRING Source, PUNICODE_STRING ClientName, PUNICODE_STRING MappedName,
    NTSTATUS Status);
typedef LSA_AUDIT_ACCOUNT_LOGON *PLSA_AUDIT_ACCOUNT_LOGON;

/*
 * CallPackageEx for a request that came from another machine; arrives at
 * CallPackagePassthrough. Microsoft: LSA_CALL_PACKAGE_PASSTHROUGH.
 */
typedef NTSTATUS (NTAPI LSA_CALL_PACKAGE_PASSTHROUGH)(PUNICODE_STRING AuthenticationPackage,
    PVOID ClientBufferBase, PVOID ProtocolSubmitBuffer, ULONG SubmitBufferLength,
    PVOID *ProtocolReturnBuffer, PULONG ReturnBufferLength, PNTSTATUS ProtocolStatus);
typedef LSA_CALL_PACKAGE_PASSTHROUGH *PLSA_CALL_PACKAGE_PASSTHROUGH;

/*
 * The store of credentials: read, read for a domain, free, write, and decode a marshalled
 * name. Returns: STATUS_NOT_SUPPORTED where there is no such store. Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI CredReadFn)(PLUID LogonId, ULONG CredFlags, LPWSTR TargetName, ULONG Type,
    ULONG Flags, PENCRYPTED_CREDENTIALW *Credential);

typedef NTSTATUS (NTAPI CredReadDomainCredentialsFn)(PLUID LogonId, ULONG CredFlags,
    PCREDENTIAL_TARGET_INFORMATIONW TargetInfo, ULONG Flags, PULONG Count,
    PENCRYPTED_CREDENTIALW **Credential);

typedef VOID (NTAPI CredFreeCredentialsFn)(ULONG Count, PENCRYPTED_CREDENTIALW *Credentials);

typedef NTSTATUS (NTAPI CredWriteFn)(PLUID LogonId, ULONG CredFlags,
    PENCRYPTED_CREDENTIALW Credential, ULONG Flags);

typedef NTSTATUS (NTAPI CrediUnmarshalandDecodeStringFn)(LPWSTR MarshaledString, LPBYTE *Blob,
    ULONG *BlobSize, BOOLEAN *IsFailureFatal);

/*
 * Encrypts secrets in place while they only lie in memory; LsaUnprotectMemory, of the same
 * type, is the way back. BufferSize in bytes, best a multiple of 8.
 * Microsoft: LSA_PROTECT_MEMORY.
 */
typedef VOID (NTAPI LSA_PROTECT_MEMORY)(PVOID Buffer, ULONG BufferSize);
typedef LSA_PROTECT_MEMORY *PLSA_PROTECT_MEMORY;

/*
 * A handle on the token of a session; CloseHandle.
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_LOGON_SESSION. Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI LSA_OPEN_TOKEN_BY_LOGON_ID)(PLUID LogonId, HANDLE *RetTokenHandle);
typedef LSA_OPEN_TOKEN_BY_LOGON_ID *PLSA_OPEN_TOKEN_BY_LOGON_ID;

/*
 * Adds the groups of this machine's domain to such data. FreeLsaHeap the result.
 *
 * Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED. Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI LSA_EXPAND_AUTH_DATA_FOR_DOMAIN)(PUCHAR UserAuthData,
    ULONG UserAuthDataSize, PVOID Reserved, PUCHAR *ExpandedAuthData,
    PULONG ExpandedAuthDataSize);
typedef LSA_EXPAND_AUTH_DATA_FOR_DOMAIN *PLSA_EXPAND_AUTH_DATA_FOR_DOMAIN;

/*
 * Memory of the package's own; it changes hands nowhere, but for the groups of CreateToken.
 * Returns: NULL if there is none. Microsoft: LSA_ALLOCATE_PRIVATE_HEAP.
 */
typedef PVOID (NTAPI LSA_ALLOCATE_PRIVATE_HEAP)(SIZE_T Length);
typedef LSA_ALLOCATE_PRIVATE_HEAP *PLSA_ALLOCATE_PRIVATE_HEAP;

/* Frees it; NULL is harmless. Microsoft: LSA_FREE_PRIVATE_HEAP. */
typedef VOID (NTAPI LSA_FREE_PRIVATE_HEAP)(PVOID Base);
typedef LSA_FREE_PRIVATE_HEAP *PLSA_FREE_PRIVATE_HEAP;

/*
 * CreateToken with the session's names and credentials in SessionInformation.
 * Microsoft: LSA_CREATE_TOKEN_EX.
 */
typedef NTSTATUS (NTAPI LSA_CREATE_TOKEN_EX)(PLUID LogonId, PTOKEN_SOURCE TokenSource,
    SECURITY_LOGON_TYPE LogonType, SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
    LSA_TOKEN_INFORMATION_TYPE TokenInformationType, PVOID TokenInformation,
    PTOKEN_GROUPS TokenGroups, PUNICODE_STRING Workstation, PUNICODE_STRING ProfilePath,
    PVOID SessionInformation, SECPKG_SESSIONINFO_TYPE SessionInformationType, PHANDLE Token,
    PNTSTATUS SubStatus);
typedef LSA_CREATE_TOKEN_EX *PLSA_CREATE_TOKEN_EX;

/* SECPKG_CALLFLAGS_ of the current call (sspi.h). Microsoft: ntsecpkg.h. */
typedef NTSTATUS (NTAPI LSA_GET_EXTENDED_CALL_FLAGS)(PULONG Flags);
typedef LSA_GET_EXTENDED_CALL_FLAGS *PLSA_GET_EXTENDED_CALL_FLAGS;

/*
 * Passwords of a managed service account, new and old: wipe, FreeLsaHeap each Buffer.
 *
 * Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED. Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI LSA_GET_SERVICE_ACCOUNT_PASSWORD)(PUNICODE_STRING AccountName,
    PUNICODE_STRING DomainName, CRED_FETCH CredFetch, FILETIME *FileTimeExpiry,
    PUNICODE_STRING CurrentPassword, PUNICODE_STRING PreviousPassword,
    FILETIME *FileTimeCurrPwdValidForOutbound);
typedef LSA_GET_SERVICE_ACCOUNT_PASSWORD *PLSA_GET_SERVICE_ACCOUNT_PASSWORD;

/* AuditLogon with the level of impersonation. Microsoft: LSA_AUDIT_LOGON_EX. */
typedef VOID (NTAPI LSA_AUDIT_LOGON_EX)(NTSTATUS Status, NTSTATUS SubStatus,
    PUNICODE_STRING AccountName, PUNICODE_STRING AuthenticatingAuthority,
    PUNICODE_STRING WorkstationName, PSID UserSid, SECURITY_LOGON_TYPE LogonType,
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel, PTOKEN_SOURCE TokenSource, PLUID LogonId);
typedef LSA_AUDIT_LOGON_EX *PLSA_AUDIT_LOGON_EX;

/* Whether an account is one whose credentials must not be kept. Microsoft: ntsecpkg.h. */
typedef NTSTATUS (NTAPI LSA_CHECK_PROTECTED_USER_BY_TOKEN)(HANDLE UserToken,
    PBOOLEAN ProtectedUser);
typedef LSA_CHECK_PROTECTED_USER_BY_TOKEN *PLSA_CHECK_PROTECTED_USER_BY_TOKEN;

/*
 * A fact about a client's request. Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED.
 * Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI LSA_QUERY_CLIENT_REQUEST)(PLSA_CLIENT_REQUEST ClientRequest,
    ULONG QueryType, PVOID *ReplyBuffer);
typedef LSA_QUERY_CLIENT_REQUEST *PLSA_QUERY_CLIENT_REQUEST;

/*
 * What the user half sent along with this call, and LSA_SET_APP_MODE_INFO: what to send back.
 * All out parameters may be NULL. Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED.
 * Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI LSA_GET_APP_MODE_INFO)(PULONG UserFunction, PULONG_PTR Argument1,
    PULONG_PTR Argument2, PSecBuffer UserData, PBOOLEAN ReturnToLsa);
typedef LSA_GET_APP_MODE_INFO *PLSA_GET_APP_MODE_INFO;

typedef NTSTATUS (NTAPI LSA_SET_APP_MODE_INFO)(ULONG UserFunction, ULONG_PTR Argument1,
    ULONG_PTR Argument2, PSecBuffer UserData, BOOLEAN ReturnToLsa);
typedef LSA_SET_APP_MODE_INFO *PLSA_SET_APP_MODE_INFO;

/*
 * GetClientInfo in the longer form. StructSize: bytes of the caller's structure; too small:
 * STATUS_INVALID_PARAMETER. Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI LSA_GET_CLIENT_INFO_EX)(PSECPKG_CLIENT_INFO_EX ClientInfo,
    ULONG StructSize);
typedef LSA_GET_CLIENT_INFO_EX *PLSA_GET_CLIENT_INFO_EX;

/*
 * What InitializePackage gets: the first eleven members of LSA_SECPKG_FUNCTION_TABLE. Packages
 * may cast one into the other. Microsoft: LSA_DISPATCH_TABLE.
 */
typedef struct _LSA_DISPATCH_TABLE {
    PLSA_CREATE_LOGON_SESSION CreateLogonSession;
    PLSA_DELETE_LOGON_SESSION DeleteLogonSession;
    PLSA_ADD_CREDENTIAL AddCredential;
    PLSA_GET_CREDENTIALS GetCredentials;
    PLSA_DELETE_CREDENTIAL DeleteCredential;
    PLSA_ALLOCATE_LSA_HEAP AllocateLsaHeap;
    PLSA_FREE_LSA_HEAP FreeLsaHeap;
    PLSA_ALLOCATE_CLIENT_BUFFER AllocateClientBuffer;
    PLSA_FREE_CLIENT_BUFFER FreeClientBuffer;
    PLSA_COPY_TO_CLIENT_BUFFER CopyToClientBuffer;
    PLSA_COPY_FROM_CLIENT_BUFFER CopyFromClientBuffer;
} LSA_DISPATCH_TABLE, *PLSA_DISPATCH_TABLE;

/*
 * What Initialize gets: all that the authority does for packages. Static: keep the pointer. It
 * has no version: all 64 members are there, none is NULL; what is not provided answers
 * STATUS_NOT_SUPPORTED, NULL or FALSE. Microsoft: LSA_SECPKG_FUNCTION_TABLE.
 */
typedef struct _LSA_SECPKG_FUNCTION_TABLE {
    /* 0 to 10: LSA_DISPATCH_TABLE */
    PLSA_CREATE_LOGON_SESSION CreateLogonSession;
    PLSA_DELETE_LOGON_SESSION DeleteLogonSession;
    PLSA_ADD_CREDENTIAL AddCredential;
    PLSA_GET_CREDENTIALS GetCredentials;
    PLSA_DELETE_CREDENTIAL DeleteCredential;
    PLSA_ALLOCATE_LSA_HEAP AllocateLsaHeap;
    PLSA_FREE_LSA_HEAP FreeLsaHeap;
    PLSA_ALLOCATE_CLIENT_BUFFER AllocateClientBuffer;
    PLSA_FREE_CLIENT_BUFFER FreeClientBuffer;
    PLSA_COPY_TO_CLIENT_BUFFER CopyToClientBuffer;
    PLSA_COPY_FROM_CLIENT_BUFFER CopyFromClientBuffer;
    /* 11 to 25: the caller, tokens, other packages */
    PLSA_IMPERSONATE_CLIENT ImpersonateClient;
    PLSA_UNLOAD_PACKAGE UnloadPackage;
    PLSA_DUPLICATE_HANDLE DuplicateHandle;
    PLSA_SAVE_SUPPLEMENTAL_CREDENTIALS SaveSupplementalCredentials;
    PLSA_CREATE_THREAD CreateThread;
    PLSA_GET_CLIENT_INFO GetClientInfo;
    PLSA_REGISTER_NOTIFICATION RegisterNotification;
    PLSA_CANCEL_NOTIFICATION CancelNotification;
    PLSA_MAP_BUFFER MapBuffer;
    PLSA_CREATE_TOKEN CreateToken;
    PLSA_AUDIT_LOGON AuditLogon;
    PLSA_CALL_PACKAGE CallPackage;
    PLSA_FREE_LSA_HEAP FreeReturnBuffer;
    PLSA_GET_CALL_INFO GetCallInfo;
    PLSA_CALL_PACKAGEEX CallPackageEx;
    /* 26 to 29: shared memory */
    PLSA_CREATE_SHARED_MEMORY CreateSharedMemory;
    PLSA_ALLOCATE_SHARED_MEMORY AllocateSharedMemory;
    PLSA_FREE_SHARED_MEMORY FreeSharedMemory;
    PLSA_DELETE_SHARED_MEMORY DeleteSharedMemory;
    /* 30 to 40: accounts, notices to others */
    PLSA_OPEN_SAM_USER OpenSamUser;
    PLSA_GET_USER_CREDENTIALS GetUserCredentials;
    PLSA_GET_USER_AUTH_DATA GetUserAuthData;
    PLSA_CLOSE_SAM_USER CloseSamUser;
    PLSA_CONVERT_AUTH_DATA_TO_TOKEN ConvertAuthDataToToken;
    PLSA_CLIENT_CALLBACK ClientCallback;
    PLSA_UPDATE_PRIMARY_CREDENTIALS UpdateCredentials;
    PLSA_GET_AUTH_DATA_FOR_USER GetAuthDataForUser;
    PLSA_CRACK_SINGLE_NAME CrackSingleName;
    PLSA_AUDIT_ACCOUNT_LOGON AuditAccountLogon;
    PLSA_CALL_PACKAGE_PASSTHROUGH CallPackagePassthrough;
    /* 41 to 43: the store of credentials */
    CredReadFn *CrediRead;
    CredReadDomainCredentialsFn *CrediReadDomainCredentials;
    CredFreeCredentialsFn *CrediFreeCredentials;
    /* 44 to 50: memory, tokens */
    PLSA_PROTECT_MEMORY LsaProtectMemory;
    PLSA_PROTECT_MEMORY LsaUnprotectMemory;
    PLSA_OPEN_TOKEN_BY_LOGON_ID OpenTokenByLogonId;
    PLSA_EXPAND_AUTH_DATA_FOR_DOMAIN ExpandAuthDataForDomain;
    PLSA_ALLOCATE_PRIVATE_HEAP AllocatePrivateHeap;
    PLSA_FREE_PRIVATE_HEAP FreePrivateHeap;
    PLSA_CREATE_TOKEN_EX CreateTokenEx;
    /* 51, 52: the store of credentials */
    CredWriteFn *CrediWrite;
    CrediUnmarshalandDecodeStringFn *CrediUnmarshalandDecodeString;
    /* 53 to 63: newer than many headers; 53 and 57 are not used */
    PLSA_PROTECT_MEMORY DummyFunction6;
    PLSA_GET_EXTENDED_CALL_FLAGS GetExtendedCallFlags;
    PLSA_DUPLICATE_HANDLE DuplicateTokenHandle;
    PLSA_GET_SERVICE_ACCOUNT_PASSWORD GetServiceAccountPassword;
    PLSA_PROTECT_MEMORY DummyFunction7;
    PLSA_AUDIT_LOGON_EX AuditLogonEx;
    PLSA_CHECK_PROTECTED_USER_BY_TOKEN CheckProtectedUserByToken;
    PLSA_QUERY_CLIENT_REQUEST QueryClientRequest;
    PLSA_GET_APP_MODE_INFO GetAppModeInfo;
    PLSA_SET_APP_MODE_INFO SetAppModeInfo;
    PLSA_GET_CLIENT_INFO_EX GetClientInfoEx;
} LSA_SECPKG_FUNCTION_TABLE, *PLSA_SECPKG_FUNCTION_TABLE;

/* Functions that the application library gives to user halves. */

/*
 * A function of the user half that the LSA half may have called (ClientCallback). OutputBuffer:
 * AllocateHeap memory.
 */
typedef NTSTATUS (NTAPI LSA_CALLBACK_FUNCTION)(ULONG_PTR Argument1, ULONG_PTR Argument2,
    PSecBuffer InputBuffer, PSecBuffer OutputBuffer);
typedef LSA_CALLBACK_FUNCTION *PLSA_CALLBACK_FUNCTION;

/* Registers it under a number of the package's choice. */
typedef NTSTATUS (NTAPI LSA_REGISTER_CALLBACK)(ULONG CallbackId, PLSA_CALLBACK_FUNCTION Callback);
typedef LSA_REGISTER_CALLBACK *PLSA_REGISTER_CALLBACK;

/* The user table of another package in this process, or NULL. */
typedef PVOID (NTAPI LSA_LOCATE_PKG_BY_ID)(ULONG PackgeId);
typedef LSA_LOCATE_PKG_BY_ID *PLSA_LOCATE_PKG_BY_ID;

/*
 * What the user half gets at InstanceInit; static. AllocateHeap memory is what applications
 * free with FreeContextBuffer. Microsoft: SECPKG_DLL_FUNCTIONS.
 */
typedef struct _SECPKG_DLL_FUNCTIONS {
    PLSA_ALLOCATE_LSA_HEAP AllocateHeap;
    PLSA_FREE_LSA_HEAP FreeHeap;
    PLSA_REGISTER_CALLBACK RegisterCallback;
    PLSA_LOCATE_PKG_BY_ID LocatePackageById;
} SECPKG_DLL_FUNCTIONS, *PSECPKG_DLL_FUNCTIONS;

/* Functions of a package: authentication. */

/*
 * First call of the authentication half.
 *
 *   AuthenticationPackageId    the package's id, for AddCredential and its like
 *   LsaDispatchTable           static; keep the pointer
 *   Database, Confidentiality  NULL
 *   AuthenticationPackageName  out: the name by which logon callers find the package; the
 *                              structure and its Buffer by AllocateLsaHeap, the authority's
 *
 * Returns: STATUS_SUCCESS; an error drops the package. Microsoft: LsaApInitializePackage.
 */
typedef NTSTATUS (NTAPI LSA_AP_INITIALIZE_PACKAGE)(ULONG AuthenticationPackageId,
    PLSA_DISPATCH_TABLE LsaDispatchTable, PLSA_STRING Database, PLSA_STRING Confidentiality,
    PLSA_STRING *AuthenticationPackageName);
typedef LSA_AP_INITIALIZE_PACKAGE *PLSA_AP_INITIALIZE_PACKAGE;

/*
 * Logs a user on. One of the forms is enough: the authority calls the newest that there is.
 *
 *   LogonType                how (SECURITY_LOGON_TYPE, ntsecapi.h)
 *   AuthenticationInformation, or ProtocolSubmitBuffer
 *                            the request, a copy, hostile. Pointers in it count from
 *                            ClientAuthenticationBase (ClientBufferBase): check, then rebase
 *   ProfileBuffer            out: for the client; AllocateClientBuffer, or NULL
 *   LogonId                  out: a session made with CreateLogonSession; on failure later
 *                            than that the package deletes it
 *   SubStatus                out: the reason, with STATUS_ACCOUNT_RESTRICTION; else 0
 *   TokenInformationType, TokenInformation
 *                            out: an LSA_TOKEN_INFORMATION_ structure; the authority's
 *   AccountName              out, on failure too, for the audit; AllocateLsaHeap, structure and
 *                            Buffer; the authority's
 *   AuthenticatingAuthority, MachineName
 *                            out, may stay NULL; the same
 *   PrimaryCredentials, SupplementalCredentials (Ex2, Ex3)
 *                            out: what AcceptCredentials of all packages will get; the
 *                            authority's
 *   SurrogateLogon (Ex3)     in and out: shared with other packages
 *
 * Returns: STATUS_SUCCESS; STATUS_LOGON_FAILURE; STATUS_ACCOUNT_RESTRICTION;
 * STATUS_NO_LOGON_SERVERS; STATUS_INVALID_LOGON_TYPE; STATUS_LOGON_SESSION_COLLISION;
 * STATUS_BAD_VALIDATION_CLASS; STATUS_QUOTA_EXCEEDED; STATUS_NO_MEMORY.
 * Microsoft: LsaApLogonUser, LsaApLogonUserEx, LsaApLogonUserEx2.
 */
typedef NTSTATUS (NTAPI LSA_AP_LOGON_USER)(PLSA_CLIENT_REQUEST ClientRequest,
    SECURITY_LOGON_TYPE LogonType, PVOID AuthenticationInformation,
    PVOID ClientAuthenticationBase, ULONG AuthenticationInformationLength, PVOID *ProfileBuffer,
    PULONG ProfileBufferLength, PLUID LogonId, PNTSTATUS SubStatus,
    PLSA_TOKEN_INFORMATION_TYPE TokenInformationType, PVOID *TokenInformation,
    PLSA_UNICODE_STRING *AccountName, PLSA_UNICODE_STRING *AuthenticatingAuthority);
typedef LSA_AP_LOGON_USER *PLSA_AP_LOGON_USER;

/* The same, with the name of the client's machine. */
typedef NTSTATUS (NTAPI LSA_AP_LOGON_USER_EX)(PLSA_CLIENT_REQUEST ClientRequest,
    SECURITY_LOGON_TYPE LogonType, PVOID AuthenticationInformation,
    PVOID ClientAuthenticationBase, ULONG AuthenticationInformationLength, PVOID *ProfileBuffer,
    PULONG ProfileBufferLength, PLUID LogonId, PNTSTATUS SubStatus,
    PLSA_TOKEN_INFORMATION_TYPE TokenInformationType, PVOID *TokenInformation,
    PUNICODE_STRING *AccountName, PUNICODE_STRING *AuthenticatingAuthority,
    PUNICODE_STRING *MachineName);
typedef LSA_AP_LOGON_USER_EX *PLSA_AP_LOGON_USER_EX;

/* The same, with credentials for the other packages. */
typedef NTSTATUS (NTAPI LSA_AP_LOGON_USER_EX2)(PLSA_CLIENT_REQUEST ClientRequest,
    SECURITY_LOGON_TYPE LogonType, PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase,
    ULONG SubmitBufferSize, PVOID *ProfileBuffer, PULONG ProfileBufferSize, PLUID LogonId,
    PNTSTATUS SubStatus, PLSA_TOKEN_INFORMATION_TYPE TokenInformationType,
    PVOID *TokenInformation, PUNICODE_STRING *AccountName,
    PUNICODE_STRING *AuthenticatingAuthority, PUNICODE_STRING *MachineName,
    PSECPKG_PRIMARY_CRED PrimaryCredentials,
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY *SupplementalCredentials);
typedef LSA_AP_LOGON_USER_EX2 *PLSA_AP_LOGON_USER_EX2;

/* The same, with data shared between packages. */
typedef NTSTATUS (NTAPI LSA_AP_LOGON_USER_EX3)(PLSA_CLIENT_REQUEST ClientRequest,
    SECURITY_LOGON_TYPE LogonType, PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase,
    ULONG SubmitBufferSize, PSECPKG_SURROGATE_LOGON SurrogateLogon, PVOID *ProfileBuffer,
    PULONG ProfileBufferSize, PLUID LogonId, PNTSTATUS SubStatus,
    PLSA_TOKEN_INFORMATION_TYPE TokenInformationType, PVOID *TokenInformation,
    PUNICODE_STRING *AccountName, PUNICODE_STRING *AuthenticatingAuthority,
    PUNICODE_STRING *MachineName, PSECPKG_PRIMARY_CRED PrimaryCredentials,
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY *SupplementalCredentials);
typedef LSA_AP_LOGON_USER_EX3 *PLSA_AP_LOGON_USER_EX3;

/* Called in the other packages before one logs a user on. Microsoft: ntsecpkg.h. */
typedef NTSTATUS (NTAPI LSA_AP_PRE_LOGON_USER_SURROGATE)(PLSA_CLIENT_REQUEST ClientRequest,
    SECURITY_LOGON_TYPE LogonType, PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase,
    ULONG SubmitBufferSize, PSECPKG_SURROGATE_LOGON SurrogateLogon, PNTSTATUS SubStatus);
typedef LSA_AP_PRE_LOGON_USER_SURROGATE *PLSA_AP_PRE_LOGON_USER_SURROGATE;

/* Called in the other packages after it did, well or not. Microsoft: ntsecpkg.h. */
typedef NTSTATUS (NTAPI LSA_AP_POST_LOGON_USER_SURROGATE)(PLSA_CLIENT_REQUEST ClientRequest,
    SECURITY_LOGON_TYPE LogonType, PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase,
    ULONG SubmitBufferSize, PSECPKG_SURROGATE_LOGON SurrogateLogon, PVOID ProfileBuffer,
    ULONG ProfileBufferSize, PLUID LogonId, NTSTATUS Status, NTSTATUS SubStatus,
    LSA_TOKEN_INFORMATION_TYPE TokenInformationType, PVOID TokenInformation,
    PUNICODE_STRING AccountName, PUNICODE_STRING AuthenticatingAuthority,
    PUNICODE_STRING MachineName, PSECPKG_PRIMARY_CRED PrimaryCredentials,
    PSECPKG_SUPPLEMENTAL_CRED_ARRAY SupplementalCredentials);
typedef LSA_AP_POST_LOGON_USER_SURROGATE *PLSA_AP_POST_LOGON_USER_SURROGATE;

/*
 * A message to the package, from a trusted caller; the two forms after this: from any caller,
 * and from another machine. Parameters as at LogonUser.
 *
 *   ProtocolReturnBuffer  out: for the client; AllocateClientBuffer, or NULL
 *   ReturnBufferLength    out: bytes
 *   ProtocolStatus        out: the result of the request
 *
 * Returns: STATUS_SUCCESS if the request was understood and tried, whatever came of it; else
 * why not. Microsoft: LsaApCallPackage, LsaApCallPackageUntrusted,
 * LsaApCallPackagePassthrough.
 */
typedef NTSTATUS (NTAPI LSA_AP_CALL_PACKAGE)(PLSA_CLIENT_REQUEST ClientRequest,
    PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase, ULONG SubmitBufferLength,
    PVOID *ProtocolReturnBuffer, PULONG ReturnBufferLength, PNTSTATUS ProtocolStatus);
typedef LSA_AP_CALL_PACKAGE *PLSA_AP_CALL_PACKAGE;

typedef NTSTATUS (NTAPI LSA_AP_CALL_PACKAGE_UNTRUSTED)(PLSA_CLIENT_REQUEST ClientRequest,
    PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase, ULONG SubmitBufferLength,
    PVOID *ProtocolReturnBuffer, PULONG ReturnBufferLength, PNTSTATUS ProtocolStatus);
typedef LSA_AP_CALL_PACKAGE_UNTRUSTED *PLSA_AP_CALL_PACKAGE_UNTRUSTED;

typedef NTSTATUS (NTAPI LSA_AP_CALL_PACKAGE_PASSTHROUGH)(PLSA_CLIENT_REQUEST ClientRequest,
    PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase, ULONG SubmitBufferLength,
    PVOID *ProtocolReturnBuffer, PULONG ReturnBufferLength, PNTSTATUS ProtocolStatus);
typedef LSA_AP_CALL_PACKAGE_PASSTHROUGH *PLSA_AP_CALL_PACKAGE_PASSTHROUGH;

/*
 * The last token of a session is gone: drop all that is kept for it, credentials of
 * AddCredential included. Microsoft: LsaApLogonTerminated.
 */
typedef VOID (NTAPI LSA_AP_LOGON_TERMINATED)(PLUID LogonId);
typedef LSA_AP_LOGON_TERMINATED *PLSA_AP_LOGON_TERMINATED;

/* A logon by this package is complete. Microsoft: ntsecpkg.h. */
typedef NTSTATUS (NTAPI LSA_AP_POST_LOGON_USER)(PSECPKG_POST_LOGON_USER_INFO PostLogonUserInfo);
typedef LSA_AP_POST_LOGON_USER *PLSA_AP_POST_LOGON_USER;

/* Functions of a package: security support. */

/*
 * First call of the security half, once a package.
 *
 *   PackageId      the package's id until the authority ends
 *   Parameters     about the machine; copy what is needed
 *   FunctionTable  static; keep the pointer
 *
 * Returns: STATUS_SUCCESS or an informational code; an error drops the package.
 * Microsoft: SpInitialize.
 */
typedef NTSTATUS (NTAPI SpInitializeFn)(ULONG_PTR PackageId, PSECPKG_PARAMETERS Parameters,
    PLSA_SECPKG_FUNCTION_TABLE FunctionTable);

/*
 * Last call: release everything. The authority's functions still work. Microsoft: SpShutdown.
 */
typedef NTSTATUS (NTAPI SpShutdownFn)(VOID);

/*
 * Describes the package: fill PackageInfo (W form whatever UNICODE is). wVersion is 1; Name
 * and Comment stay the package's and are copied. Microsoft: SpGetInfo.
 */
typedef NTSTATUS (NTAPI SpGetInfoFn)(PSecPkgInfoW PackageInfo);

/*
 * Answers a class of SECPKG_EXTENDED_INFORMATION_CLASS.
 *
 *   ppInformation  out: one block, AllocateLsaHeap; the authority's
 *
 * Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED or SEC_E_UNSUPPORTED_FUNCTION for a class not
 * known. Microsoft: SpGetExtendedInformation.
 */
typedef NTSTATUS (NTAPI SpGetExtendedInformationFn)(SECPKG_EXTENDED_INFORMATION_CLASS Class,
    PSECPKG_EXTENDED_INFORMATION *ppInformation);

/*
 * Sets such a fact. Returns: as SpGetExtendedInformationFn. Microsoft: SpSetExtendedInformation.
 */
typedef NTSTATUS (NTAPI SpSetExtendedInformationFn)(SECPKG_EXTENDED_INFORMATION_CLASS Class,
    PSECPKG_EXTENDED_INFORMATION Info);

/*
 * A user has logged on, or changed the password: keep what later handshakes need, by LogonId.
 *
 *   AccountName              who
 *   PrimaryCredentials       may be NULL; its Flags say what is there
 *   SupplementalCredentials  this package's own; may be NULL
 *
 * An error does not undo the logon. Microsoft: SpAcceptCredentials.
 */
typedef NTSTATUS (NTAPI SpAcceptCredentialsFn)(SECURITY_LOGON_TYPE LogonType,
    PUNICODE_STRING AccountName, PSECPKG_PRIMARY_CRED PrimaryCredentials,
    PSECPKG_SUPPLEMENTAL_CRED SupplementalCredentials);

/*
 * Makes a credential.
 *
 *   PrincipalName       NULL: the caller's own
 *   CredentialUseFlags  SECPKG_CRED_ bits (sspi.h)
 *   LogonId             another session, NULL: the caller's. Check that the caller may
 *                       (GetClientInfo, HasTcbPrivilege), else SEC_E_NOT_OWNER
 *   AuthorizationData   explicit credentials: an address in the CLIENT; CopyFromClientBuffer
 *   GetKeyFunction, GetKeyArgument
 *                       not used
 *   CredentialHandle    out: not 0
 *   ExpirationTime      out: the largest TimeStamp for "never"
 *
 * Returns: STATUS_SUCCESS; SEC_E_NO_CREDENTIALS; SEC_E_UNKNOWN_CREDENTIALS; SEC_E_NOT_OWNER;
 * SEC_E_UNSUPPORTED_FUNCTION (not for this use); SEC_E_INSUFFICIENT_MEMORY.
 * Microsoft: SpAcquireCredentialsHandle.
 */
typedef NTSTATUS (NTAPI SpAcquireCredentialsHandleFn)(PUNICODE_STRING PrincipalName,
    ULONG CredentialUseFlags, PLUID LogonId, PVOID AuthorizationData, PVOID GetKeyFunction,
    PVOID GetKeyArgument, PLSA_SEC_HANDLE CredentialHandle, PTimeStamp ExpirationTime);

/*
 * Fills the structure of an attribute (SECPKG_CRED_ATTR_, sspi.h); what its pointers show to is
 * AllocateClientBuffer memory.
 *
 * Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION.
 * Microsoft: SpQueryCredentialsAttributes.
 */
typedef NTSTATUS (NTAPI SpQueryCredentialsAttributesFn)(LSA_SEC_HANDLE CredentialHandle,
    ULONG CredentialAttribute, PVOID Buffer);

/*
 * Takes the structure of an attribute, BufferSize bytes: check the size.
 *
 * Returns: as SpQueryCredentialsAttributesFn. Microsoft: SetCredentialsAttributes.
 */
typedef NTSTATUS (NTAPI SpSetCredentialsAttributesFn)(LSA_SEC_HANDLE CredentialHandle,
    ULONG CredentialAttribute, PVOID Buffer, ULONG BufferSize);

/*
 * The application is done with a credential. Contexts made from it must go on working: count
 * references. Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE.
 * Microsoft: SpFreeCredentialsHandle.
 */
typedef NTSTATUS (NTAPI SpFreeCredentialsHandleFn)(LSA_SEC_HANDLE CredentialHandle);

/*
 * Stores supplemental credentials; the bytes are the package's own matter, as in the next two,
 * get and delete. Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION.
 * Microsoft: SpSaveCredentials, SpGetCredentials, SpDeleteCredentials.
 */
typedef NTSTATUS (NTAPI SpSaveCredentialsFn)(LSA_SEC_HANDLE CredentialHandle,
    PSecBuffer Credentials);

typedef NTSTATUS (NTAPI SpGetCredentialsFn)(LSA_SEC_HANDLE CredentialHandle,
    PSecBuffer Credentials);

typedef NTSTATUS (NTAPI SpDeleteCredentialsFn)(LSA_SEC_HANDLE CredentialHandle, PSecBuffer Key);

/*
 * Adds a credential to a handle. Parameters and codes as SpAcquireCredentialsHandleFn.
 * Microsoft: SpAddCredentials.
 */
typedef NTSTATUS (NTAPI SpAddCredentialsFn)(LSA_SEC_HANDLE CredentialHandle,
    PUNICODE_STRING PrincipalName, PUNICODE_STRING Package, ULONG CredentialUseFlags,
    PVOID AuthorizationData, PVOID GetKeyFunction, PVOID GetKeyArgument,
    PTimeStamp ExpirationTime);

/*
 * The client's leg of a handshake. At least one of the two handles is not 0.
 *
 *   CredentialHandle     the credential; may be 0 on later legs
 *   ContextHandle        0 on the first leg, then what NewContextHandle was set to
 *   TargetName           the server, in the package's own form; may be NULL or empty
 *   ContextRequirements  ISC_REQ_ bits
 *   TargetDataRep        byte order; ignore it
 *   InputBuffers         NULL, or without a token, on the first leg. Note its place: after
 *                        TargetDataRep here, third at SpAcceptLsaModeContextFn
 *   NewContextHandle and all after it
 *                        as at SpAcceptLsaModeContextFn, with ISC_RET_ bits
 *
 * Returns: as SpAcceptLsaModeContextFn; SEC_E_TARGET_UNKNOWN; SEC_E_WRONG_PRINCIPAL;
 * SEC_I_INCOMPLETE_CREDENTIALS. Microsoft: SpInitLsaModeContext.
 */
typedef NTSTATUS (NTAPI SpInitLsaModeContextFn)(LSA_SEC_HANDLE CredentialHandle,
    LSA_SEC_HANDLE ContextHandle, PUNICODE_STRING TargetName, ULONG ContextRequirements,
    ULONG TargetDataRep, PSecBufferDesc InputBuffers, PLSA_SEC_HANDLE NewContextHandle,
    PSecBufferDesc OutputBuffers, PULONG ContextAttributes, PTimeStamp ExpirationTime,
    PBOOLEAN MappedContext, PSecBuffer ContextData);

/*
 * The server's leg of a handshake: behind AcceptSecurityContext.
 *
 *   CredentialHandle     the credential, INBOUND or BOTH; may be 0 on later legs, which must
 *                        not need it
 *   ContextHandle        0 on the first leg, then what NewContextHandle was set to. Calls on
 *                        one context never overlap
 *   InputBuffer          buffers, by type, never NULL: the client's token (SECBUFFER_TOKEN),
 *                        channel bindings, target host, ... Mask types with
 *                        ~SECBUFFER_ATTRMASK; every byte is hostile. Streams: retype an EMPTY
 *                        buffer to EXTRA (unused tail) or MISSING
 *   ContextRequirements  ASC_REQ_ bits. What cannot be met is left out of
 *                        ContextAttributes; it is no error by itself
 *   TargetDataRep        byte order; ignore it
 *   NewContextHandle     out: always set it on success and SEC_I_ codes; not 0. Error on the
 *                        first leg: delete what was made and leave it 0. Error later: keep
 *                        the context for DeleteContext
 *   OutputBuffer         in and out: the SECBUFFER_TOKEN for the client. cbBuffer: room in,
 *                        bytes used out, 0 for nothing. With ASC_REQ_ALLOCATE_MEMORY:
 *                        pvBuffer by AllocateLsaHeap, and ASC_RET_ALLOCATED_MEMORY. It goes
 *                        out on errors, too (ASC_REQ_EXTENDED_ERROR)
 *   ContextAttributes    out: ASC_RET_ bits, what is achieved so far
 *   ExpirationTime       out: counts on the last leg; the largest TimeStamp for "never"
 *   MappedContext        out: TRUE on the last leg if the user half is to take over; else
 *                        leave FALSE. Without it messages cannot be protected
 *   ContextData          out: what the user half needs, AllocateLsaHeap, the authority's.
 *                        Bytes that make sense in another process of any age: no pointers,
 *                        a version, which side made it. It holds session keys: it is wiped
 *                        by the authority after shipping
 *
 * All out parameters are zeroed before the call and point to real memory always.
 *
 * Returns:
 *   STATUS_SUCCESS             established; OutputBuffer is still sent
 *   SEC_I_CONTINUE_NEEDED      send, wait for the client's next token
 *   SEC_I_COMPLETE_NEEDED, SEC_I_COMPLETE_AND_CONTINUE
 *                              CompleteAuthToken first; with MappedContext TRUE the context
 *                              is mapped now
 *   SEC_I_CONTINUE_NEEDED_MESSAGE_OK, SEC_I_MESSAGE_FRAGMENT
 *                              as in sspi.h
 *   SEC_E_INCOMPLETE_MESSAGE   the same leg again with more input; change no state
 *   SEC_E_BUFFER_TOO_SMALL     the same leg again with more room; change no state
 *   SEC_E_INVALID_TOKEN        malformed, or no token where one is needed
 *   SEC_E_LOGON_DENIED         not who it claims to be
 *   SEC_E_BAD_BINDINGS, SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE,
 *   SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_NO_CREDENTIALS, SEC_E_INVALID_HANDLE,
 *   SEC_E_UNSUPPORTED_FUNCTION, SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR
 * Microsoft: SpAcceptLsaModeContext.
 */
typedef NTSTATUS (NTAPI SpAcceptLsaModeContextFn)(LSA_SEC_HANDLE CredentialHandle,
    LSA_SEC_HANDLE ContextHandle, PSecBufferDesc InputBuffer, ULONG ContextRequirements,
    ULONG TargetDataRep, PLSA_SEC_HANDLE NewContextHandle, PSecBufferDesc OutputBuffer,
    PULONG ContextAttributes, PTimeStamp ExpirationTime, PBOOLEAN MappedContext,
    PSecBuffer ContextData);

/*
 * Drops a context, whatever its state; called for the dead, too (SECPKG_CALL_CLEANUP). In the
 * user table: drops the user half and wipes its keys; SEC_I_NO_LSA_CONTEXT says that no LSA half
 * belongs to it (an imported context).
 *
 * Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE. Microsoft: SpDeleteContext,
 * SpDeleteUserModeContext.
 */
typedef NTSTATUS (NTAPI SpDeleteContextFn)(LSA_SEC_HANDLE ContextHandle);

/*
 * Behind ApplyControlToken. Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE;
 * SEC_E_INVALID_TOKEN. Microsoft: SpApplyControlToken.
 */
typedef NTSTATUS (NTAPI SpApplyControlTokenFn)(LSA_SEC_HANDLE ContextHandle,
    PSecBufferDesc ControlToken);

/*
 * Who is behind a logon session.
 *
 *   LogonId   NULL: the caller's
 *   Flags     UNDERSTANDS_LONG_NAMES or NO_LONG_NAMES
 *   UserData  out: AllocateClientBuffer memory; the client's, who calls FreeContextBuffer
 *
 * Returns: STATUS_SUCCESS; STATUS_NO_SUCH_LOGON_SESSION; SEC_E_UNSUPPORTED_FUNCTION.
 * Microsoft: SpGetUserInfo.
 */
typedef NTSTATUS (NTAPI SpGetUserInfoFn)(PLUID LogonId, ULONG Flags, PSecurityUserData *UserData);

/*
 * Fills the structure of an attribute (SECPKG_ATTR_, sspi.h, W forms). It is in both tables: for
 * a mapped context the user half is asked, save for what SECPKG_CONTEXT_THUNKS lists. What
 * pointers show to: AllocateLsaHeap here, AllocateHeap in the user half. Write no more than that
 * structure.
 *
 * Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE; SEC_E_UNSUPPORTED_FUNCTION.
 * Microsoft: SpQueryContextAttributes.
 */
typedef NTSTATUS (NTAPI SpQueryContextAttributesFn)(LSA_SEC_HANDLE ContextHandle,
    ULONG ContextAttribute, PVOID Buffer);

/*
 * Takes the structure of an attribute, BufferSize bytes: check the size.
 *
 * Returns: as SpQueryContextAttributesFn. Microsoft: SetContextAttributes.
 */
typedef NTSTATUS (NTAPI SpSetContextAttributesFn)(LSA_SEC_HANDLE ContextHandle,
    ULONG ContextAttribute, PVOID Buffer, ULONG BufferSize);

/*
 * Changes a password. Wipe what is copied of the two. pOutput: one
 * SECBUFFER_CHANGE_PASS_RESPONSE with detail on failure.
 *
 * Returns: STATUS_SUCCESS; STATUS_WRONG_PASSWORD; STATUS_NO_SUCH_USER;
 * STATUS_ACCOUNT_RESTRICTION; SEC_E_UNSUPPORTED_FUNCTION. Microsoft: ChangeAccountPassword.
 */
typedef NTSTATUS (NTAPI SpChangeAccountPasswordFn)(PUNICODE_STRING pDomainName,
    PUNICODE_STRING pAccountName, PUNICODE_STRING pOldPassword, PUNICODE_STRING pNewPassword,
    BOOLEAN Impersonating, PSecBufferDesc pOutput);

/*
 * NegoEx (MS-NEGOEX): the metadata to send for a context yet to be made, and with
 * SpExchangeMetaDataFn that of the peer. *ContextHandle 0: make a new context from the
 * credential and return it. MetaData, out: AllocateLsaHeap, the authority's.
 *
 * Returns: STATUS_SUCCESS; an error leaves the package out of the negotiation.
 * Microsoft: SpQueryMetaDataFn, SpExchangeMetaDataFn.
 */
typedef NTSTATUS (NTAPI SpQueryMetaDataFn)(LSA_SEC_HANDLE CredentialHandle,
    PUNICODE_STRING TargetName, ULONG ContextRequirements, PULONG MetaDataLength,
    PUCHAR *MetaData, PLSA_SEC_HANDLE ContextHandle);

typedef NTSTATUS (NTAPI SpExchangeMetaDataFn)(LSA_SEC_HANDLE CredentialHandle,
    PUNICODE_STRING TargetName, ULONG ContextRequirements, ULONG MetaDataLength, PUCHAR MetaData,
    PLSA_SEC_HANDLE ContextHandle);

/*
 * What a user interface needs to ask for credentials of a kind, and with SpUpdateCredentialsFn
 * what it got. FlatCredUIContext, out: AllocateLsaHeap, the authority's.
 * Microsoft: SpGetCredUIContextFn, SpUpdateCredentialsFn.
 */
typedef NTSTATUS (NTAPI SpGetCredUIContextFn)(LSA_SEC_HANDLE ContextHandle, GUID *CredType,
    PULONG FlatCredUIContextLength, PUCHAR *FlatCredUIContext);

typedef NTSTATUS (NTAPI SpUpdateCredentialsFn)(LSA_SEC_HANDLE ContextHandle, GUID *CredType,
    ULONG FlatCredUIContextLength, PUCHAR FlatCredUIContext);

/*
 * Checks that a logon request is meant for this domain and computer. Buffer as at LogonUser.
 *
 * Returns: STATUS_SUCCESS if it is. Microsoft: SpValidateTargetInfoFn.
 */
typedef NTSTATUS (NTAPI SpValidateTargetInfoFn)(PLSA_CLIENT_REQUEST ClientRequest,
    PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase, ULONG SubmitBufferLength,
    PSECPKG_TARGETINFO TargetInfo);

/*
 * Says what a logon request is meant for; *TargetInfo: AllocateLsaHeap, the authority's.
 * Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI SpExtractTargetInfoFn)(PLSA_CLIENT_REQUEST ClientRequest,
    PVOID ProtocolSubmitBuffer, PVOID ClientBufferBase, ULONG SubmitBufferLength,
    PVOID *TargetInfo, ULONG *TargetInfoSize);

/*
 * Logons on another machine whose secrets stay here (remote credential guard), and for restarts
 * without a user (Tbal). Microsoft: ntsecpkg.h.
 */
typedef NTSTATUS (NTAPI SpGetRemoteCredGuardLogonBufferFn)(LSA_SEC_HANDLE CredHandle,
    LSA_SEC_HANDLE ContextHandle, const UNICODE_STRING *TargetName, PHANDLE RedirectedLogonHandle,
    PLSA_REDIRECTED_LOGON_CALLBACK *Callback,
    PLSA_REDIRECTED_LOGON_CLEANUP_CALLBACK *CleanupCallback, PULONG LogonBufferSize,
    PVOID *LogonBuffer);

typedef NTSTATUS (NTAPI SpGetRemoteCredGuardSupplementalCredsFn)(LSA_SEC_HANDLE CredHandle,
    const UNICODE_STRING *TargetName, PHANDLE RedirectedLogonHandle,
    PLSA_REDIRECTED_LOGON_CALLBACK *Callback,
    PLSA_REDIRECTED_LOGON_CLEANUP_CALLBACK *CleanupCallback, PULONG SupplementalCredsSize,
    PVOID *SupplementalCreds);

typedef NTSTATUS (NTAPI SpGetTbalSupplementalCredsFn)(LUID LogonId, PULONG SupplementalCredsSize,
    PVOID *SupplementalCreds);

/*
 * The macros of sspi.h (and of winbase.h) would rename members of the two tables that
 * follow. They are set aside, and each such member gets its plain, W and A spelling, one
 * over the other, so that source compiles with and without UNICODE.
 */
#pragma push_macro("LogonUser")
#pragma push_macro("LogonUserEx")
#pragma push_macro("AcquireCredentialsHandle")
#pragma push_macro("QueryCredentialsAttributes")
#pragma push_macro("QueryContextAttributes")
#pragma push_macro("AddCredentials")
#pragma push_macro("SetContextAttributes")
#pragma push_macro("SetCredentialsAttributes")
#pragma push_macro("ChangeAccountPassword")
#undef LogonUser
#undef LogonUserEx
#undef AcquireCredentialsHandle
#undef QueryCredentialsAttributes
#undef QueryContextAttributes
#undef AddCredentials
#undef SetContextAttributes
#undef SetCredentialsAttributes
#undef ChangeAccountPassword

/*
 * The LSA half of a package: what SpLsaModeInitialize returns. Static and constant. First the
 * authentication half (LogonUser, CallPackage), then the security half. How far it reaches says
 * *PackageVersion. Microsoft: SECPKG_FUNCTION_TABLE.
 */
typedef struct _SECPKG_FUNCTION_TABLE {
    /* 0 to 7: the authentication half */
    PLSA_AP_INITIALIZE_PACKAGE InitializePackage;
    __extension__ union {
        PLSA_AP_LOGON_USER LogonUser;
        PLSA_AP_LOGON_USER LogonUserW;
        PLSA_AP_LOGON_USER LogonUserA;
    };
    PLSA_AP_CALL_PACKAGE CallPackage;
    PLSA_AP_LOGON_TERMINATED LogonTerminated;
    PLSA_AP_CALL_PACKAGE_UNTRUSTED CallPackageUntrusted;
    PLSA_AP_CALL_PACKAGE_PASSTHROUGH CallPackagePassthrough;
    __extension__ union {
        PLSA_AP_LOGON_USER_EX LogonUserEx;
        PLSA_AP_LOGON_USER_EX LogonUserExW;
        PLSA_AP_LOGON_USER_EX LogonUserExA;
    };
    PLSA_AP_LOGON_USER_EX2 LogonUserEx2;
    /* 8 to 11: both halves; 11 hears of each logon */
    SpInitializeFn *Initialize;
    SpShutdownFn *Shutdown;
    SpGetInfoFn *GetInfo;
    SpAcceptCredentialsFn *AcceptCredentials;
    /* 12 to 17: credentials */
    __extension__ union {
        SpAcquireCredentialsHandleFn *AcquireCredentialsHandle;
        SpAcquireCredentialsHandleFn *AcquireCredentialsHandleW;
        SpAcquireCredentialsHandleFn *AcquireCredentialsHandleA;
    };
    __extension__ union {
        SpQueryCredentialsAttributesFn *QueryCredentialsAttributes;
        SpQueryCredentialsAttributesFn *QueryCredentialsAttributesW;
        SpQueryCredentialsAttributesFn *QueryCredentialsAttributesA;
    };
    SpFreeCredentialsHandleFn *FreeCredentialsHandle;
    SpSaveCredentialsFn *SaveCredentials;
    SpGetCredentialsFn *GetCredentials;
    SpDeleteCredentialsFn *DeleteCredentials;
    /* 18 to 21: handshakes */
    SpInitLsaModeContextFn *InitLsaModeContext;
    SpAcceptLsaModeContextFn *AcceptLsaModeContext;
    SpDeleteContextFn *DeleteContext;
    SpApplyControlTokenFn *ApplyControlToken;
    /* 22 to 26 */
    SpGetUserInfoFn *GetUserInfo;
    SpGetExtendedInformationFn *GetExtendedInformation;
    __extension__ union {
        SpQueryContextAttributesFn *QueryContextAttributes;
        SpQueryContextAttributesFn *QueryContextAttributesW;
        SpQueryContextAttributesFn *QueryContextAttributesA;
    };
    __extension__ union {
        SpAddCredentialsFn *AddCredentials;
        SpAddCredentialsFn *AddCredentialsW;
        SpAddCredentialsFn *AddCredentialsA;
    };
    SpSetExtendedInformationFn *SetExtendedInformation;
    /* 27: since SECPKG_INTERFACE_VERSION_2 */
    __extension__ union {
        SpSetContextAttributesFn *SetContextAttributes;
        SpSetContextAttributesFn *SetContextAttributesW;
        SpSetContextAttributesFn *SetContextAttributesA;
    };
    /* 28: since SECPKG_INTERFACE_VERSION_3 */
    __extension__ union {
        SpSetCredentialsAttributesFn *SetCredentialsAttributes;
        SpSetCredentialsAttributesFn *SetCredentialsAttributesW;
        SpSetCredentialsAttributesFn *SetCredentialsAttributesA;
    };
    /* 29: since SECPKG_INTERFACE_VERSION_4 */
    __extension__ union {
        SpChangeAccountPasswordFn *ChangeAccountPassword;
        SpChangeAccountPasswordFn *ChangeAccountPasswordW;
        SpChangeAccountPasswordFn *ChangeAccountPasswordA;
    };
    /* 30 to 33: since SECPKG_INTERFACE_VERSION_5 */
    SpQueryMetaDataFn *QueryMetaData;
    SpExchangeMetaDataFn *ExchangeMetaData;
    SpGetCredUIContextFn *GetCredUIContext;
    SpUpdateCredentialsFn *UpdateCredentials;
    /* 34: since SECPKG_INTERFACE_VERSION_6 */
    SpValidateTargetInfoFn *ValidateTargetInfo;
    /* 35: since SECPKG_INTERFACE_VERSION_7 */
    PLSA_AP_POST_LOGON_USER PostLogonUser;
    /* 36, 37: since SECPKG_INTERFACE_VERSION_8 */
    SpGetRemoteCredGuardLogonBufferFn *GetRemoteCredGuardLogonBuffer;
    SpGetRemoteCredGuardSupplementalCredsFn *GetRemoteCredGuardSupplementalCreds;
    /* 38: since SECPKG_INTERFACE_VERSION_9 */
    SpGetTbalSupplementalCredsFn *GetTbalSupplementalCreds;
    /* 39 to 41: since SECPKG_INTERFACE_VERSION_10 */
    PLSA_AP_LOGON_USER_EX3 LogonUserEx3;
    PLSA_AP_PRE_LOGON_USER_SURROGATE PreLogonUserSurrogate;
    PLSA_AP_POST_LOGON_USER_SURROGATE PostLogonUserSurrogate;
    /* 42: since SECPKG_INTERFACE_VERSION_11 */
    SpExtractTargetInfoFn *ExtractTargetInfo;
} SECPKG_FUNCTION_TABLE, *PSECPKG_FUNCTION_TABLE;

/* Functions of a package: the user half. */

/*
 * First call of the user half, once a package and process.
 *
 *   Version        SECPKG_INTERFACE_VERSION
 *   FunctionTable  static; keep the pointer
 *   UserFunctions  out: not used; NULL
 *
 * Returns: STATUS_SUCCESS; an error makes the package unusable in this process.
 * Microsoft: SpInstanceInit.
 */
typedef NTSTATUS (NTAPI SpInstanceInitFn)(ULONG Version, PSECPKG_DLL_FUNCTIONS FunctionTable,
    PVOID *UserFunctions);

/*
 * Takes over an established context.
 *
 *   ContextHandle  the same number that the LSA half chose. A second call for it replaces
 *   PackedContext  ContextData of the LSA half, perhaps of another release: check every
 *                  length. The library wipes and frees it after the call, unless the package
 *                  sets pvBuffer to NULL and so takes it (FreeHeap then)
 *
 * Returns: STATUS_SUCCESS; STATUS_INSUFFICIENT_RESOURCES; SEC_E_INVALID_TOKEN (not such bytes).
 * An error ends the handshake with that code. Microsoft: SpInitUserModeContext.
 */
typedef NTSTATUS (NTAPI SpInitUserModeContextFn)(LSA_SEC_HANDLE ContextHandle,
    PSecBuffer PackedContext);

/*
 * Behind MakeSignature (sspi.h): parameters, buffers and codes are the same.
 * Microsoft: SpMakeSignature.
 */
typedef NTSTATUS (NTAPI SpMakeSignatureFn)(LSA_SEC_HANDLE ContextHandle,
    ULONG QualityOfProtection, PSecBufferDesc MessageBuffers, ULONG MessageSequenceNumber);

/*
 * Behind VerifySignature. QualityOfProtection may be NULL. A bad signature must not spoil the
 * expected sequence number for the good message after it. Microsoft: SpVerifySignature.
 */
typedef NTSTATUS (NTAPI SpVerifySignatureFn)(LSA_SEC_HANDLE ContextHandle,
    PSecBufferDesc MessageBuffers, ULONG MessageSequenceNumber, PULONG QualityOfProtection);

/*
 * Behind EncryptMessage. SECQOP_WRAP_NO_ENCRYPT: the same framing, signed only. Refuse to seal
 * where confidentiality was not agreed on. Microsoft: SpSealMessage.
 */
typedef NTSTATUS (NTAPI SpSealMessageFn)(LSA_SEC_HANDLE ContextHandle, ULONG QualityOfProtection,
    PSecBufferDesc MessageBuffers, ULONG MessageSequenceNumber);

/* Behind DecryptMessage. Check before plaintext is let out. Microsoft: SpUnsealMessage. */
typedef NTSTATUS (NTAPI SpUnsealMessageFn)(LSA_SEC_HANDLE ContextHandle,
    PSecBufferDesc MessageBuffers, ULONG MessageSequenceNumber, PULONG QualityOfProtection);

/*
 * The client's token, borrowed: the package goes on owning it, the library duplicates it.
 *
 * Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE; SEC_E_NO_IMPERSONATION (there is none).
 * Microsoft: SpGetContextToken.
 */
typedef NTSTATUS (NTAPI SpGetContextTokenFn)(LSA_SEC_HANDLE ContextHandle,
    PHANDLE ImpersonationToken);

/*
 * Behind CompleteAuthToken. Returns: STATUS_SUCCESS; SEC_E_INVALID_HANDLE;
 * SEC_E_INVALID_TOKEN; SEC_E_OUT_OF_SEQUENCE; SEC_E_MESSAGE_ALTERED.
 * Microsoft: SpCompleteAuthToken.
 */
typedef NTSTATUS (NTAPI SpCompleteAuthTokenFn)(LSA_SEC_HANDLE ContextHandle,
    PSecBufferDesc InputBuffer);

/*
 * Turns credentials of the application into what the LSA half reads. The result: AllocateHeap,
 * the library's. Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED. Microsoft: SpFormatCredentials.
 */
typedef NTSTATUS (NTAPI SpFormatCredentialsFn)(PSecBuffer Credentials,
    PSecBuffer FormattedCredentials);

/*
 * Turns credentials with pointers into flat bytes for the LSA half; AllocateHeap, the library's.
 * Returns: STATUS_SUCCESS; STATUS_NOT_SUPPORTED. Microsoft: SpMarshallSupplementalCreds.
 */
typedef NTSTATUS (NTAPI SpMarshallSupplementalCredsFn)(ULONG CredentialSize, PUCHAR Credentials,
    PULONG MarshalledCredSize, PVOID *MarshalledCreds);

/*
 * Behind ExportSecurityContext. pPackedContext->pvBuffer: AllocateHeap, the application's;
 * pToken may be NULL. Microsoft: SpExportSecurityContext.
 */
typedef NTSTATUS (NTAPI SpExportSecurityContextFn)(LSA_SEC_HANDLE phContext, ULONG fFlags,
    PSecBuffer pPackedContext, PHANDLE pToken);

/*
 * Behind ImportSecurityContext. *phContext: a number of the user half's own, which no LSA half
 * may have: e.g. an address of its own. Deleting it answers SEC_I_NO_LSA_CONTEXT.
 * Microsoft: SpImportSecurityContext.
 */
typedef NTSTATUS (NTAPI SpImportSecurityContextFn)(PSecBuffer pPackedContext, HANDLE Token,
    PLSA_SEC_HANDLE phContext);

/*
 * Turns an attribute's structure with pointers into flat bytes on its way to the LSA half.
 * Nothing to turn: STATUS_NOT_SUPPORTED and *MarshaledAttributeData NULL; the structure then
 * travels as it is. Microsoft: SpMarshalAttributeDataFn.
 */
typedef NTSTATUS (NTAPI SpMarshalAttributeDataFn)(DWORD AttributeInfo, ULONG Attribute,
    ULONG AttributeDataSize, PBYTE AttributeData, PULONG MarshaledAttributeDataSize,
    PBYTE *MarshaledAttributeData);

/*
 * The user half of a package: what SpUserModeInitialize returns. Static and constant, in the
 * same order as the tables of the LSA half: nothing else pairs them.
 * Microsoft: SECPKG_USER_FUNCTION_TABLE.
 */
typedef struct _SECPKG_USER_FUNCTION_TABLE {
    /* 0 to 13: since the first version */
    SpInstanceInitFn *InstanceInit;
    SpInitUserModeContextFn *InitUserModeContext;
    SpMakeSignatureFn *MakeSignature;
    SpVerifySignatureFn *VerifySignature;
    SpSealMessageFn *SealMessage;
    SpUnsealMessageFn *UnsealMessage;
    SpGetContextTokenFn *GetContextToken;
    __extension__ union {
        SpQueryContextAttributesFn *QueryContextAttributes;
        SpQueryContextAttributesFn *QueryContextAttributesW;
        SpQueryContextAttributesFn *QueryContextAttributesA;
    };
    SpCompleteAuthTokenFn *CompleteAuthToken;
    SpDeleteContextFn *DeleteUserModeContext;
    SpFormatCredentialsFn *FormatCredentials;
    SpMarshallSupplementalCredsFn *MarshallSupplementalCreds;
    SpExportSecurityContextFn *ExportContext;
    SpImportSecurityContextFn *ImportContext;
    /* 14: since SECPKG_INTERFACE_VERSION_2 */
    SpMarshalAttributeDataFn *MarshalAttributeData;
} SECPKG_USER_FUNCTION_TABLE, *PSECPKG_USER_FUNCTION_TABLE;

#pragma pop_macro("ChangeAccountPassword")
#pragma pop_macro("SetCredentialsAttributes")
#pragma pop_macro("SetContextAttributes")
#pragma pop_macro("AddCredentials")
#pragma pop_macro("QueryContextAttributes")
#pragma pop_macro("QueryCredentialsAttributes")
#pragma pop_macro("AcquireCredentialsHandle")
#pragma pop_macro("LogonUserEx")
#pragma pop_macro("LogonUser")

/* Types of the two entry points, for those who load a module. */
typedef NTSTATUS (SEC_ENTRY *SpLsaModeInitializeFn)(ULONG LsaVersion, PULONG PackageVersion,
    PSECPKG_FUNCTION_TABLE *ppTables, PULONG pcTables);
typedef NTSTATUS (SEC_ENTRY *SpUserModeInitializeFn)(ULONG LsaVersion, PULONG PackageVersion,
    PSECPKG_USER_FUNCTION_TABLE *ppTables, PULONG pcTables);

/*
 * Entry point of the LSA half, exported under exactly this name. Called once a module, before
 * anything else in it; no function of the authority is to be used yet.
 *
 *   LsaVersion      SECPKG_INTERFACE_VERSION, always
 *   PackageVersion  out: how far the tables reach, a SECPKG_INTERFACE_VERSION_
 *   ppTables        out: array of tables, one a package; static, never freed, not to be
 *                   written after the return
 *   pcTables        out: how many
 *
 * Returns: STATUS_SUCCESS; on an error the module is not used. Microsoft: SpLsaModeInitialize.
 */
OPENSSPI_API NTSTATUS SEC_ENTRY SpLsaModeInitialize(ULONG LsaVersion, PULONG PackageVersion,
    PSECPKG_FUNCTION_TABLE *ppTables, PULONG pcTables);
/*
 * Entry point of the user half, exported under exactly this name; once a module and process.
 * Parameters as SpLsaModeInitialize. Microsoft: SpUserModeInitialize.
 */
OPENSSPI_API NTSTATUS SEC_ENTRY SpUserModeInitialize(ULONG LsaVersion, PULONG PackageVersion,
    PSECPKG_USER_FUNCTION_TABLE *ppTables, PULONG pcTables);

#ifdef __cplusplus
}
#endif

#endif
