/*
 * windows.h: as much of Windows's base types and functions as SSPI servers and security
 * packages use, so that their source compiles on Linux. It is no emulation of Windows, and
 * will not grow into one.
 *
 * Types are those of LLP64: ULONG, DWORD and LONG are 32 bits wide ("long" of C is 64 bits here
 * and is not used); pointers, HANDLE, ULONG_PTR and SIZE_T are 64. Structures have the size and
 * offsets of 64-bit Windows.
 *
 * WCHAR is one UTF-16 unit: char16_t, with u"..." literals; or, for Windows source with L"..."
 * literals, a 16-bit wchar_t: compile with the flags of opensspi-win.pc (-fshort-wchar and
 * OPENSSPI_WCHAR_T). With the latter do not pass wchar_t strings to the C library: its own
 * wchar_t has 32 bits. OPENSSPI_WTEXT("x") and, by UNICODE, TEXT("x") spell either.
 *
 * Functions here return BOOL: FALSE for failure, with the reason in GetLastError(). The library
 * keeps that per thread; it is set on failure only. Any function may be called from any thread.
 *
 * Microsoft: "Windows Data Types", winnt.h, minwindef.h.
 */
#ifndef OPENSSPI_WINDOWS_H
#define OPENSSPI_WINDOWS_H

#if !defined(__linux__) || !defined(__LP64__) || !(defined(__x86_64__) || defined(__aarch64__))
#error "OpenSSPI supports 64-bit Linux on x86_64 and aarch64 only"
#endif

#if defined(OPENSSPI_WCHAR_T) && __SIZEOF_WCHAR_T__ != 2
#error "OPENSSPI_WCHAR_T needs -fshort-wchar: use the flags of opensspi-win.pc"
#endif

#include <stddef.h>
#include <stdint.h>

#ifdef OPENSSPI_WCHAR_T
#include <wchar.h>
#elif !defined(__cplusplus)
#include <uchar.h>
#endif

#include "sal.h"
#include "winerror.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the library, or a package, exports. */
#define OPENSSPI_API __attribute__((visibility("default")))
#ifndef NTAPI
/* Calling conventions and directions of parameters: without meaning here. */
#define NTAPI
#endif
#ifndef WINAPI
#define WINAPI
#endif
#ifndef APIENTRY
#define APIENTRY WINAPI
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef VOID
#define VOID void
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef FORCEINLINE
#define FORCEINLINE static inline
#endif
#ifndef ANYSIZE_ARRAY
#define ANYSIZE_ARRAY 1
#endif
#ifndef UNREFERENCED_PARAMETER
#define UNREFERENCED_PARAMETER(P) ((void)(P))
#endif

/* Integers. */
typedef void *PVOID;
typedef void *LPVOID;
typedef const void *PCVOID;
typedef const void *LPCVOID;
typedef char CHAR;
typedef unsigned char UCHAR;
typedef uint8_t BYTE;
typedef uint8_t BOOLEAN;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef int INT;
typedef unsigned int UINT;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int32_t BOOL;
typedef int8_t INT8;
typedef uint8_t UINT8;
typedef int16_t INT16;
typedef uint16_t UINT16;
typedef int32_t INT32;
typedef uint32_t UINT32;
typedef int32_t LONG32;
typedef uint32_t ULONG32;
typedef uint32_t DWORD32;
typedef int64_t INT64;
typedef uint64_t UINT64;
typedef int64_t LONG64;
typedef uint64_t ULONG64;
typedef uint64_t DWORD64;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t DWORDLONG;
typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef size_t SIZE_T;
typedef ptrdiff_t SSIZE_T;
typedef LONG_PTR LPARAM;
typedef UINT_PTR WPARAM;

typedef CHAR *PCHAR;
typedef UCHAR *PUCHAR;
typedef BYTE *PBYTE;
typedef BYTE *LPBYTE;
typedef BOOLEAN *PBOOLEAN;
typedef SHORT *PSHORT;
typedef USHORT *PUSHORT;
typedef WORD *PWORD;
typedef INT *PINT;
typedef UINT *PUINT;
typedef LONG *PLONG;
typedef LONG *LPLONG;
typedef ULONG *PULONG;
typedef DWORD *PDWORD;
typedef DWORD *LPDWORD;
typedef BOOL *PBOOL;
typedef BOOL *LPBOOL;
typedef LONGLONG *PLONGLONG;
typedef ULONGLONG *PULONGLONG;
typedef ULONG64 *PULONG64;
typedef DWORD64 *PDWORD64;
typedef LONG_PTR *PLONG_PTR;
typedef ULONG_PTR *PULONG_PTR;
typedef DWORD_PTR *PDWORD_PTR;
typedef SIZE_T *PSIZE_T;

#ifndef OPENSSPI_NTSTATUS
#define OPENSSPI_NTSTATUS
typedef int32_t NTSTATUS;
typedef NTSTATUS *PNTSTATUS;
#endif

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#define MAXUSHORT 0xFFFFu
#define MAXULONG  0xFFFFFFFFu
#define MAXDWORD  0xFFFFFFFFu
#ifndef MAX_PATH
#define MAX_PATH  260
#endif

/* Characters. */
#ifdef OPENSSPI_WCHAR_T
typedef wchar_t WCHAR;
#define OPENSSPI_WTEXT_(s) L##s
#else
typedef char16_t WCHAR;
#define OPENSSPI_WTEXT_(s) u##s
#endif
#define OPENSSPI_WTEXT(s) OPENSSPI_WTEXT_(s)

typedef WCHAR *PWCHAR;
typedef WCHAR *PWSTR;
typedef WCHAR *LPWSTR;
typedef const WCHAR *PCWCHAR;
typedef const WCHAR *PCWSTR;
typedef const WCHAR *LPCWSTR;
typedef WCHAR *PWCH;
typedef const WCHAR *PCWCH;
typedef CHAR *PSTR;
typedef CHAR *LPSTR;
typedef const CHAR *PCSTR;
typedef const CHAR *LPCSTR;
#ifdef UNICODE
typedef WCHAR TCHAR;
#define TEXT(s) OPENSSPI_WTEXT(s)
#else
typedef CHAR TCHAR;
#define TEXT(s) s
#endif
typedef TCHAR *PTSTR;
typedef TCHAR *LPTSTR;
typedef const TCHAR *PCTSTR;
typedef const TCHAR *LPCTSTR;

/* Handles. */
typedef void *HANDLE;
typedef HANDLE *PHANDLE;
typedef HANDLE *LPHANDLE;
typedef void *HLOCAL;
typedef void *HMODULE;
typedef void *HINSTANCE;
typedef void *HWND;
/* What some Windows functions return for "no handle"; none here does. */
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

/* A thread's function. Microsoft: ThreadProc. */
typedef DWORD (WINAPI *LPTHREAD_START_ROUTINE)(LPVOID lpThreadParameter);
typedef LPTHREAD_START_ROUTINE PTHREAD_START_ROUTINE;

/* Structures. */

/*
 * A number that is unique on this machine until it is restarted: names logon sessions, tokens.
 * Two 32-bit halves, aligned to 4. Microsoft: LUID.
 */
typedef struct _LUID {
    DWORD LowPart;
    LONG HighPart;
} LUID, *PLUID;

/* A signed 64-bit number, whole or in halves. Microsoft: LARGE_INTEGER. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

/* An unsigned 64-bit number, whole or in halves. */
typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

/*
 * A time: 100 ns units since 1601-01-01 UTC, in halves, aligned to 4. Microsoft: FILETIME.
 */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#ifndef GUID_DEFINED
#define GUID_DEFINED
/* A 128-bit identifier (RFC 4122; first three members in the machine's byte order). */
typedef struct _GUID {
    DWORD Data1;
    WORD Data2;
    WORD Data3;
    BYTE Data4[8];
} GUID;
#endif
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;

/*
 * A counted UTF-16 string.
 *
 *   Length         BYTES in use, without a terminator, which need not be there
 *   MaximumLength  bytes of room at Buffer
 *   Buffer         may be NULL when Length is 0
 *
 * Microsoft: UNICODE_STRING.
 */
typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

/* The same with 8-bit characters. Microsoft: STRING. */
typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING;

/* A node of a doubly linked list. */
typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

/* Who issued a SID: a 48-bit number, high byte first. */
typedef struct _SID_IDENTIFIER_AUTHORITY {
    BYTE Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

/*
 * A security identifier: the name of an account or group, S-1-authority-sub-sub-... in text.
 *
 *   Revision           SID_REVISION
 *   SubAuthorityCount  0 to SID_MAX_SUB_AUTHORITIES
 *   SubAuthority       that many numbers, in the machine's byte order
 *
 * It has no pointers and can be copied as GetLengthSid() bytes. PSID is an untyped pointer.
 * Microsoft: SID; MS-DTYP 2.4.2.
 */
typedef struct _SID {
    BYTE Revision;
    BYTE SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    DWORD SubAuthority[ANYSIZE_ARRAY];
} SID, *PISID;
typedef PVOID PSID;

#define SID_REVISION               1
#define SID_MAX_SUB_AUTHORITIES    15
#define SECURITY_MAX_SID_SIZE      68

/* Initialisers of SID_IDENTIFIER_AUTHORITY. */
#define SECURITY_NULL_SID_AUTHORITY     { 0, 0, 0, 0, 0, 0 }
#define SECURITY_WORLD_SID_AUTHORITY    { 0, 0, 0, 0, 0, 1 }
#define SECURITY_LOCAL_SID_AUTHORITY    { 0, 0, 0, 0, 0, 2 }
#define SECURITY_CREATOR_SID_AUTHORITY  { 0, 0, 0, 0, 0, 3 }
#define SECURITY_NT_AUTHORITY           { 0, 0, 0, 0, 0, 5 }

/* A SID in a token, with SE_GROUP_ bits for groups. Microsoft: SID_AND_ATTRIBUTES. */
typedef struct _SID_AND_ATTRIBUTES {
    PSID Sid;
    DWORD Attributes;
} SID_AND_ATTRIBUTES, *PSID_AND_ATTRIBUTES;

#define SE_GROUP_MANDATORY          0x00000001u
#define SE_GROUP_ENABLED_BY_DEFAULT 0x00000002u
#define SE_GROUP_ENABLED            0x00000004u
#define SE_GROUP_OWNER              0x00000008u
#define SE_GROUP_USE_FOR_DENY_ONLY  0x00000010u
#define SE_GROUP_INTEGRITY          0x00000020u
#define SE_GROUP_INTEGRITY_ENABLED  0x00000040u
#define SE_GROUP_RESOURCE           0x20000000u
#define SE_GROUP_LOGON_ID           0xC0000000u

/* A privilege in a token, with SE_PRIVILEGE_ bits. */
typedef struct _LUID_AND_ATTRIBUTES {
    LUID Luid;
    DWORD Attributes;
} LUID_AND_ATTRIBUTES, *PLUID_AND_ATTRIBUTES;

#define SE_PRIVILEGE_ENABLED_BY_DEFAULT 0x00000001u
#define SE_PRIVILEGE_ENABLED            0x00000002u
#define SE_PRIVILEGE_REMOVED            0x00000004u
#define SE_PRIVILEGE_USED_FOR_ACCESS    0x80000000u

/* Head of an access control list (MS-DTYP 2.4.5); only pointers to it are handed on. */
typedef struct _ACL {
    BYTE AclRevision;
    BYTE Sbz1;
    WORD AclSize;
    WORD AceCount;
    WORD Sbz2;
} ACL, *PACL;

/*
 * How far a server may go with a client's token: not know it, know it, act as it here, act as
 * it elsewhere, too. Microsoft: SECURITY_IMPERSONATION_LEVEL.
 */
typedef enum _SECURITY_IMPERSONATION_LEVEL {
    SecurityAnonymous = 0,
    SecurityIdentification = 1,
    SecurityImpersonation = 2,
    SecurityDelegation = 3
} SECURITY_IMPERSONATION_LEVEL, *PSECURITY_IMPERSONATION_LEVEL;

/* A process's own token, or that of somebody it acts for. */
typedef enum _TOKEN_TYPE {
    TokenPrimary = 1,
    TokenImpersonation = 2
} TOKEN_TYPE, *PTOKEN_TYPE;

/* What GetTokenInformation is asked for. Microsoft: TOKEN_INFORMATION_CLASS. */
typedef enum _TOKEN_INFORMATION_CLASS {
    TokenUser = 1,
    TokenGroups = 2,
    TokenPrivileges = 3,
    TokenOwner = 4,
    TokenPrimaryGroup = 5,
    TokenDefaultDacl = 6,
    TokenSource = 7,
    TokenType = 8,
    TokenImpersonationLevel = 9,
    TokenStatistics = 10,
    TokenRestrictedSids = 11,
    TokenSessionId = 12,
    TokenGroupsAndPrivileges = 13,
    TokenSessionReference = 14,
    TokenSandBoxInert = 15,
    TokenAuditPolicy = 16,
    TokenOrigin = 17,
    TokenElevationType = 18,
    TokenLinkedToken = 19,
    TokenElevation = 20,
    TokenHasRestrictions = 21,
    TokenAccessInformation = 22,
    TokenVirtualizationAllowed = 23,
    TokenVirtualizationEnabled = 24,
    TokenIntegrityLevel = 25,
    TokenUIAccess = 26,
    TokenMandatoryPolicy = 27,
    TokenLogonSid = 28
} TOKEN_INFORMATION_CLASS, *PTOKEN_INFORMATION_CLASS;

/* What a SID is the name of. Microsoft: SID_NAME_USE. */
typedef enum _SID_NAME_USE {
    SidTypeUser = 1,
    SidTypeGroup = 2,
    SidTypeDomain = 3,
    SidTypeAlias = 4,
    SidTypeWellKnownGroup = 5,
    SidTypeDeletedAccount = 6,
    SidTypeInvalid = 7,
    SidTypeUnknown = 8,
    SidTypeComputer = 9,
    SidTypeLabel = 10,
    SidTypeLogonSession = 11
} SID_NAME_USE, *PSID_NAME_USE;

/* TokenUser: the account. Sid points into the caller's buffer, as in all of these. */
typedef struct _TOKEN_USER {
    SID_AND_ATTRIBUTES User;
} TOKEN_USER, *PTOKEN_USER;

/* TokenGroups: GroupCount entries. sizeof includes one. */
typedef struct _TOKEN_GROUPS {
    DWORD GroupCount;
    SID_AND_ATTRIBUTES Groups[ANYSIZE_ARRAY];
} TOKEN_GROUPS, *PTOKEN_GROUPS;

/* TokenPrivileges: PrivilegeCount entries. sizeof includes one. */
typedef struct _TOKEN_PRIVILEGES {
    DWORD PrivilegeCount;
    LUID_AND_ATTRIBUTES Privileges[ANYSIZE_ARRAY];
} TOKEN_PRIVILEGES, *PTOKEN_PRIVILEGES;

/* TokenOwner: who owns what the client makes. */
typedef struct _TOKEN_OWNER {
    PSID Owner;
} TOKEN_OWNER, *PTOKEN_OWNER;

/* TokenPrimaryGroup: its group. */
typedef struct _TOKEN_PRIMARY_GROUP {
    PSID PrimaryGroup;
} TOKEN_PRIMARY_GROUP, *PTOKEN_PRIMARY_GROUP;

/* TokenDefaultDacl: access to what the client makes; may be NULL. */
typedef struct _TOKEN_DEFAULT_DACL {
    PACL DefaultDacl;
} TOKEN_DEFAULT_DACL, *PTOKEN_DEFAULT_DACL;

/* TokenSource: which package made the token; SourceName is not terminated. */
#define TOKEN_SOURCE_LENGTH 8
typedef struct _TOKEN_SOURCE {
    CHAR SourceName[TOKEN_SOURCE_LENGTH];
    LUID SourceIdentifier;
} TOKEN_SOURCE, *PTOKEN_SOURCE;

/*
 * TokenStatistics.
 *
 *   TokenId, ModifiedId   this token; changes with its contents
 *   AuthenticationId      the logon session
 *   ExpirationTime        until when it is good
 *   TokenType, ImpersonationLevel
 *                         the level counts with TokenImpersonation
 *   DynamicCharged, DynamicAvailable
 *                         bytes for the default DACL; 0
 *   GroupCount, PrivilegeCount
 *                         entries of TokenGroups, TokenPrivileges
 *
 * Microsoft: TOKEN_STATISTICS.
 */
typedef struct _TOKEN_STATISTICS {
    LUID TokenId;
    LUID AuthenticationId;
    LARGE_INTEGER ExpirationTime;
    TOKEN_TYPE TokenType;
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
    DWORD DynamicCharged;
    DWORD DynamicAvailable;
    DWORD GroupCount;
    DWORD PrivilegeCount;
    LUID ModifiedId;
} TOKEN_STATISTICS, *PTOKEN_STATISTICS;

/* Of a new handle; taken and not used, as tokens have neither. Microsoft: SECURITY_ATTRIBUTES. */
typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/* Limits of a logon; not enforced here. Microsoft: QUOTA_LIMITS. */
typedef struct _QUOTA_LIMITS {
    SIZE_T PagedPoolLimit;
    SIZE_T NonPagedPoolLimit;
    SIZE_T MinimumWorkingSetSize;
    SIZE_T MaximumWorkingSetSize;
    SIZE_T PagefileLimit;
    LARGE_INTEGER TimeLimit;
} QUOTA_LIMITS, *PQUOTA_LIMITS;

/* Functions. */

/*
 * The reason why the last function of this header failed in the calling thread: an ERROR_ code
 * of winerror.h. A function that succeeds leaves it alone. Microsoft: GetLastError.
 */
OPENSSPI_API DWORD WINAPI GetLastError(void);
/* Sets that code for the calling thread. Microsoft: SetLastError. */
OPENSSPI_API void WINAPI SetLastError(DWORD dwErrCode);
/*
 * Gives a token's handle back (QuerySecurityContextToken; in packages also what the authority's
 * functions gave).
 *
 * Returns: TRUE; FALSE with ERROR_INVALID_HANDLE. Microsoft: CloseHandle.
 */
OPENSSPI_API BOOL WINAPI CloseHandle(HANDLE hObject);
/*
 * Reads a fact from a client's token.
 *
 *   TokenHandle             from QuerySecurityContextToken
 *   TokenInformationClass   TokenUser, TokenGroups, TokenPrimaryGroup, TokenSource, TokenType,
 *                           TokenImpersonationLevel, TokenStatistics; and
 *                           OPENSSPI_TOKEN_LINUX (opensspi.h)
 *   TokenInformation        out: the structure of that name; what its pointers show to lies in
 *                           the same buffer. Aligned to 8. NULL with length 0 asks for the size
 *   TokenInformationLength  bytes of the buffer
 *   ReturnLength            out: bytes needed, or used; not NULL
 *
 * Returns: TRUE; FALSE with ERROR_INSUFFICIENT_BUFFER (*ReturnLength says how much),
 * ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, or ERROR_NOT_SUPPORTED for another class.
 * Microsoft: GetTokenInformation.
 */
OPENSSPI_API BOOL WINAPI GetTokenInformation(HANDLE TokenHandle,
    TOKEN_INFORMATION_CLASS TokenInformationClass, LPVOID TokenInformation,
    DWORD TokenInformationLength, PDWORD ReturnLength);
/*
 * Makes an impersonation token of another level from a token, with a handle of its own.
 *
 *   ExistingTokenHandle    from QuerySecurityContextToken and its like
 *   ImpersonationLevel     at most that of the existing token, if that is an impersonation token
 *   DuplicateTokenHandle   out: CloseHandle
 *
 * Returns: TRUE; FALSE with ERROR_INVALID_HANDLE, ERROR_BAD_IMPERSONATION_LEVEL,
 * ERROR_INVALID_PARAMETER or ERROR_NOT_ENOUGH_MEMORY. Microsoft: DuplicateToken.
 */
OPENSSPI_API BOOL WINAPI DuplicateToken(HANDLE ExistingTokenHandle,
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel, PHANDLE DuplicateTokenHandle);
/*
 * The same, with a choice of type. A primary token needs an existing level of
 * SecurityImpersonation. dwDesiredAccess and lpTokenAttributes are not used: a token's facts are
 * no secret from the process that holds it. Microsoft: DuplicateTokenEx.
 */
OPENSSPI_API BOOL WINAPI DuplicateTokenEx(HANDLE hExistingToken, DWORD dwDesiredAccess,
    LPSECURITY_ATTRIBUTES lpTokenAttributes, SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
    TOKEN_TYPE TokenType, PHANDLE phNewToken);
/*
 * Whether a SID is in a token: its user, or an enabled group.
 *
 *   TokenHandle  an impersonation token; NULL: whom the calling thread impersonates
 *   IsMember     out
 *
 * Returns: TRUE; FALSE with ERROR_INVALID_HANDLE, ERROR_INVALID_SID,
 * ERROR_NO_IMPERSONATION_TOKEN (a primary token), or ERROR_NO_TOKEN (NULL, and the thread
 * impersonates nobody: a process has no token of its own here).
 * Microsoft: CheckTokenMembership.
 */
OPENSSPI_API BOOL WINAPI CheckTokenMembership(HANDLE TokenHandle, PSID SidToCheck, PBOOL IsMember);
/*
 * Whether pSid has a known revision and at most SID_MAX_SUB_AUTHORITIES parts. Returns: TRUE or
 * FALSE. Microsoft: IsValidSid.
 */
OPENSSPI_API BOOL WINAPI IsValidSid(PSID pSid);
/* Compares two valid SIDs. Returns: TRUE if they are the same. Microsoft: EqualSid. */
OPENSSPI_API BOOL WINAPI EqualSid(PSID pSid1, PSID pSid2);
/* Bytes of a valid SID. Microsoft: GetLengthSid. */
OPENSSPI_API DWORD WINAPI GetLengthSid(PSID pSid);
/*
 * Copies a SID into a buffer of the caller's of nDestinationSidLength bytes.
 *
 * Returns: TRUE; FALSE with ERROR_INVALID_SID or ERROR_INSUFFICIENT_BUFFER.
 * Microsoft: CopySid.
 */
OPENSSPI_API BOOL WINAPI CopySid(DWORD nDestinationSidLength, PSID pDestinationSid,
    PSID pSourceSid);
/*
 * Writes a SID as text, "S-1-5-21-...".
 *
 *   StringSid  out: NUL-terminated; LocalFree
 *
 * Returns: TRUE; FALSE with ERROR_INVALID_SID, ERROR_INVALID_PARAMETER or
 * ERROR_NOT_ENOUGH_MEMORY. Microsoft: ConvertSidToStringSidW.
 */
OPENSSPI_API BOOL WINAPI ConvertSidToStringSidW(PSID Sid, LPWSTR *StringSid);
/*
 * Reads such a text.
 *
 *   Sid  out: LocalFree
 *
 * Returns: TRUE; FALSE with ERROR_INVALID_SID, ERROR_INVALID_PARAMETER or
 * ERROR_NOT_ENOUGH_MEMORY. Microsoft: ConvertStringSidToSidW.
 */
OPENSSPI_API BOOL WINAPI ConvertStringSidToSidW(LPCWSTR StringSid, PSID *Sid);
/*
 * The name of a SID: of an account or group of the store, of the machine's domain, or a
 * well-known one.
 *
 *   lpSystemName             NULL, or "" (this machine)
 *   Name, ReferencedDomainName
 *                            out; may be NULL with a room of 0
 *   cchName, cchReferencedDomainName
 *                            in: room in characters; out: length without the NUL, or with
 *                            ERROR_INSUFFICIENT_BUFFER the room needed
 *   peUse                    out: what it is
 *
 * Returns: TRUE; FALSE with ERROR_NONE_MAPPED, ERROR_INSUFFICIENT_BUFFER,
 * ERROR_INVALID_PARAMETER, ERROR_ACCESS_DENIED (the service may not have tokens),
 * ERROR_NOT_SUPPORTED (another machine) or RPC_S_SERVER_UNAVAILABLE.
 * Microsoft: LookupAccountSidW.
 */
OPENSSPI_API BOOL WINAPI LookupAccountSidW(LPCWSTR lpSystemName, PSID Sid, LPWSTR Name,
    LPDWORD cchName, LPWSTR ReferencedDomainName, LPDWORD cchReferencedDomainName,
    PSID_NAME_USE peUse);
/*
 * The SID of a name: NAME, DOMAIN\NAME or NAME@DOMAIN.
 *
 *   Sid    out; may be NULL with a room of 0
 *   cbSid  in: room in bytes; out: bytes used, or needed
 *
 * The rest as LookupAccountSidW. Microsoft: LookupAccountNameW.
 */
OPENSSPI_API BOOL WINAPI LookupAccountNameW(LPCWSTR lpSystemName, LPCWSTR lpAccountName, PSID Sid,
    LPDWORD cbSid, LPWSTR ReferencedDomainName, LPDWORD cchReferencedDomainName,
    PSID_NAME_USE peUse);
/*
 * Frees memory that a function of this header handed out; NULL is harmless.
 *
 * Returns: NULL. Microsoft: LocalFree.
 */
OPENSSPI_API HLOCAL WINAPI LocalFree(HLOCAL hMem);
/*
 * Makes a LUID. In a package: the id of a new logon session.
 *
 * Returns: TRUE; FALSE with ERROR_INVALID_PARAMETER. Microsoft: AllocateLocallyUniqueId.
 */
OPENSSPI_API BOOL WINAPI AllocateLocallyUniqueId(PLUID Luid);
/*
 * The calling thread acts as whom the token is about: files that it makes belong to him, and it
 * opens what he may open (docs/identity.md says what else, and what not). RevertToSelf ends it.
 *
 *   hToken  a primary token, or one of level SecurityImpersonation or SecurityDelegation
 *
 * Returns: TRUE; FALSE, with no effect, and ERROR_INVALID_HANDLE, ERROR_BAD_IMPERSONATION_LEVEL,
 * or ERROR_CANNOT_IMPERSONATE (the client is nobody on this machine, or the process may not
 * become him). Microsoft: ImpersonateLoggedOnUser.
 */
OPENSSPI_API BOOL WINAPI ImpersonateLoggedOnUser(HANDLE hToken);
/*
 * Ends what ImpersonateSecurityContext or ImpersonateLoggedOnUser, or ImpersonateClient in a
 * package, began on this thread or on the one that created it.
 *
 * Returns: TRUE, also if nothing had begun; FALSE with ERROR_CAN_NOT_COMPLETE: the thread still
 * acts for the client, and should end. Microsoft: RevertToSelf.
 */
OPENSSPI_API BOOL WINAPI RevertToSelf(void);

#ifdef UNICODE
#define ConvertSidToStringSid ConvertSidToStringSidW
#define ConvertStringSidToSid ConvertStringSidToSidW
#define LookupAccountName LookupAccountNameW
#define LookupAccountSid LookupAccountSidW
#endif

#ifdef __cplusplus
}
#endif

#endif
