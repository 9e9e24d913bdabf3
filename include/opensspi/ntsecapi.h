/*
 * ntsecapi.h: types of the LSA's logon interface, as far as security packages exchange them:
 * kinds of logon, what an interactive logon submits, what a session looks like.
 *
 * Functions of that interface (LsaLogonUser and its family) are not declared: the library does
 * not have them. Microsoft: ntsecapi.h.
 */
#ifndef OPENSSPI_NTSECAPI_H
#define OPENSSPI_NTSECAPI_H

#include "windows.h"
#include "ntstatus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A counted UTF-16 string; lengths in bytes (windows.h). */
typedef UNICODE_STRING LSA_UNICODE_STRING, *PLSA_UNICODE_STRING;
/* A counted 8-bit string. */
typedef STRING LSA_STRING, *PLSA_STRING;

/* Name of NTLM's authentication half. */
#define MSV1_0_PACKAGE_NAME   "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"
#define MSV1_0_PACKAGE_NAMEW  OPENSSPI_WTEXT("MICROSOFT_AUTHENTICATION_PACKAGE_V1_0")

/*
 * How a user logs on. Network: by a handshake, the password never here. NetworkCleartext: the
 * password was sent. NewCredentials: as the caller here, as somebody else in the network.
 * Microsoft: SECURITY_LOGON_TYPE.
 */
typedef enum _SECURITY_LOGON_TYPE {
    UndefinedLogonType = 0,
    Interactive = 2,
    Network = 3,
    Batch = 4,
    Service = 5,
    Proxy = 6,
    Unlock = 7,
    NetworkCleartext = 8,
    NewCredentials = 9,
    RemoteInteractive = 10,
    CachedInteractive = 11,
    CachedRemoteInteractive = 12,
    CachedUnlock = 13
} SECURITY_LOGON_TYPE, *PSECURITY_LOGON_TYPE;

/* First member of what is submitted for a logon by NTLM: which structure it is. */
typedef enum _MSV1_0_LOGON_SUBMIT_TYPE {
    MsV1_0InteractiveLogon = 2,
    MsV1_0Lm20Logon = 3,
    MsV1_0NetworkLogon = 4,
    MsV1_0SubAuthLogon = 5,
    MsV1_0WorkstationUnlockLogon = 7,
    MsV1_0S4ULogon = 12,
    MsV1_0VirtualLogon = 82
} MSV1_0_LOGON_SUBMIT_TYPE, *PMSV1_0_LOGON_SUBMIT_TYPE;

/*
 * A logon by name and password, to NTLM. The strings lie in the same buffer; in a package their
 * pointers are the client's and have to be rebased (LSA_AP_LOGON_USER, ntsecpkg.h).
 *
 *   MessageType      MsV1_0InteractiveLogon, or the unlocking form
 *   LogonDomainName  domain or machine; may be empty
 *   UserName
 *   Password         wipe the buffer after use
 *
 * Microsoft: MSV1_0_INTERACTIVE_LOGON.
 */
typedef struct _MSV1_0_INTERACTIVE_LOGON {
    MSV1_0_LOGON_SUBMIT_TYPE MessageType;
    UNICODE_STRING LogonDomainName;
    UNICODE_STRING UserName;
    UNICODE_STRING Password;
} MSV1_0_INTERACTIVE_LOGON, *PMSV1_0_INTERACTIVE_LOGON;

/* Sizes and flags of the next structure. */
#define MSV1_0_OWF_PASSWORD_LENGTH 16
#define MSV1_0_CRED_VERSION        0u
#define MSV1_0_CRED_LM_PRESENT     0x00000001u
#define MSV1_0_CRED_NT_PRESENT     0x00000002u

/*
 * NTLM's supplemental credentials: hashes of a password, each as good as the password itself.
 *
 *   Version     MSV1_0_CRED_VERSION
 *   Flags       which of the two are there
 *   LmPassword  LM hash; zeros where there is none, as there should be
 *   NtPassword  NT hash (MS-NLMP 3.3.1)
 *
 * Microsoft: MSV1_0_SUPPLEMENTAL_CREDENTIAL.
 */
typedef struct _MSV1_0_SUPPLEMENTAL_CREDENTIAL {
    ULONG Version;
    ULONG Flags;
    UCHAR LmPassword[MSV1_0_OWF_PASSWORD_LENGTH];
    UCHAR NtPassword[MSV1_0_OWF_PASSWORD_LENGTH];
} MSV1_0_SUPPLEMENTAL_CREDENTIAL, *PMSV1_0_SUPPLEMENTAL_CREDENTIAL;

/* First member of what is submitted for a logon by Kerberos. */
typedef enum _KERB_LOGON_SUBMIT_TYPE {
    KerbInteractiveLogon = 2,
    KerbSmartCardLogon = 6,
    KerbWorkstationUnlockLogon = 7,
    KerbSmartCardUnlockLogon = 8,
    KerbProxyLogon = 9,
    KerbTicketLogon = 10,
    KerbTicketUnlockLogon = 11,
    KerbS4ULogon = 12,
    KerbCertificateLogon = 13,
    KerbCertificateS4ULogon = 14,
    KerbCertificateUnlockLogon = 15
} KERB_LOGON_SUBMIT_TYPE, *PKERB_LOGON_SUBMIT_TYPE;

/*
 * A logon by name and password, to Kerberos. As MSV1_0_INTERACTIVE_LOGON; the user's realm is
 * LogonDomainName, or part of UserName ("user@REALM"). Microsoft: KERB_INTERACTIVE_LOGON.
 */
typedef struct _KERB_INTERACTIVE_LOGON {
    KERB_LOGON_SUBMIT_TYPE MessageType;
    UNICODE_STRING LogonDomainName;
    UNICODE_STRING UserName;
    UNICODE_STRING Password;
} KERB_INTERACTIVE_LOGON, *PKERB_INTERACTIVE_LOGON;

/* When a user last logged on, and failed to. */
typedef struct _LSA_LAST_INTER_LOGON_INFO {
    LARGE_INTEGER LastSuccessfulLogon;
    LARGE_INTEGER LastFailedLogon;
    ULONG FailedAttemptCountSinceLastSuccessfulLogon;
} LSA_LAST_INTER_LOGON_INFO, *PLSA_LAST_INTER_LOGON_INFO;

/*
 * A logon session as the authority sees it.
 *
 *   Size                   sizeof the structure: members past it are not there
 *   LogonId                its LUID
 *   UserName, LogonDomain, Upn
 *                          who
 *   AuthenticationPackage  the package that authenticated the user
 *   LogonType              a SECURITY_LOGON_TYPE
 *   Session                of terminal servers; 0
 *   Sid                    the account; in the same block as the structure
 *   LogonTime and the other times
 *                          100 ns units since 1601-01-01; 0 or the largest value: not set
 *
 * Microsoft: SECURITY_LOGON_SESSION_DATA.
 */
typedef struct _SECURITY_LOGON_SESSION_DATA {
    ULONG Size;
    LUID LogonId;
    LSA_UNICODE_STRING UserName;
    LSA_UNICODE_STRING LogonDomain;
    LSA_UNICODE_STRING AuthenticationPackage;
    ULONG LogonType;
    ULONG Session;
    PSID Sid;
    LARGE_INTEGER LogonTime;
    LSA_UNICODE_STRING LogonServer;
    LSA_UNICODE_STRING DnsDomainName;
    LSA_UNICODE_STRING Upn;
    ULONG UserFlags;
    LSA_LAST_INTER_LOGON_INFO LastLogonInfo;
    LSA_UNICODE_STRING LogonScript;
    LSA_UNICODE_STRING ProfilePath;
    LSA_UNICODE_STRING HomeDirectory;
    LSA_UNICODE_STRING HomeDirectoryDrive;
    LARGE_INTEGER LogoffTime;
    LARGE_INTEGER KickOffTime;
    LARGE_INTEGER PasswordLastSet;
    LARGE_INTEGER PasswordCanChange;
    LARGE_INTEGER PasswordMustChange;
} SECURITY_LOGON_SESSION_DATA, *PSECURITY_LOGON_SESSION_DATA;

/*
 * What passwords of a domain must be like.
 *
 *   MinPasswordLength      characters
 *   PasswordHistoryLength  last ones that may not come again
 *   PasswordProperties     DOMAIN_PASSWORD_ bits; 0 here
 *   MaxPasswordAge, MinPasswordAge
 *                          100 ns units, negative; the smallest value: never expires
 *
 * Microsoft: DOMAIN_PASSWORD_INFORMATION.
 */
typedef struct _DOMAIN_PASSWORD_INFORMATION {
    USHORT MinPasswordLength;
    USHORT PasswordHistoryLength;
    ULONG PasswordProperties;
    LARGE_INTEGER MaxPasswordAge;
    LARGE_INTEGER MinPasswordAge;
} DOMAIN_PASSWORD_INFORMATION, *PDOMAIN_PASSWORD_INFORMATION;

/* MessageType of MSV1_0_CHANGEPASSWORD_RESPONSE (MSV1_0_PROTOCOL_MESSAGE_TYPE). */
#define MsV1_0ChangePassword 5

/*
 * Why a password could not be changed. PasswordInfoValid: the rest says what it must be like.
 * Microsoft: MSV1_0_CHANGEPASSWORD_RESPONSE.
 */
typedef struct _MSV1_0_CHANGEPASSWORD_RESPONSE {
    ULONG MessageType;
    BOOLEAN PasswordInfoValid;
    DOMAIN_PASSWORD_INFORMATION DomainPasswordInfo;
} MSV1_0_CHANGEPASSWORD_RESPONSE, *PMSV1_0_CHANGEPASSWORD_RESPONSE;

#ifdef __cplusplus
}
#endif

#endif
