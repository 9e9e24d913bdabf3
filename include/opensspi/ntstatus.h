/*
 * ntstatus.h: NTSTATUS codes that packages return, or get from the authority's functions.
 *
 * A status has a severity in its top two bits (0 success, 1 information, 2 warning, 3 error).
 * NT_SUCCESS is true of the first two, so also of SEC_I_CONTINUE_NEEDED and of
 * STATUS_MORE_ENTRIES: it does not mean "complete". SEC_E_ codes of winerror.h, which packages
 * may return as well, count as warnings: test status < 0 for failure.
 *
 * What becomes of a package's status on its way to the application: codes 0x8009xxxx and
 * 0x0009xxxx pass as they are. A code with a twin of the same name in winerror.h becomes that
 * (STATUS_BAD_BINDINGS, SEC_E_BAD_BINDINGS). Others go by meaning, as the groups below say; any
 * other error is SEC_E_INTERNAL_ERROR. The authority's log keeps the original.
 *
 * Microsoft: "NTSTATUS Values" (MS-ERREF 2.3.1), ntstatus.h.
 */
#ifndef OPENSSPI_NTSTATUS_H
#define OPENSSPI_NTSTATUS_H

#include <stdint.h>

#ifndef OPENSSPI_NTSTATUS
#define OPENSSPI_NTSTATUS
/* A 32-bit status, negative for warnings and errors. */
typedef int32_t NTSTATUS;
typedef NTSTATUS *PNTSTATUS;
#endif

/* The severity of a status. */
#define NT_SUCCESS(Status)     ((NTSTATUS)(Status) >= 0)
#define NT_INFORMATION(Status) (((uint32_t)(Status) >> 30) == 1u)
#define NT_WARNING(Status)     (((uint32_t)(Status) >> 30) == 2u)
#define NT_ERROR(Status)       (((uint32_t)(Status) >> 30) == 3u)

/* Success, and a success in form: LSA_GET_CREDENTIALS returns it when the key does not fit. */
#define STATUS_SUCCESS                           ((NTSTATUS)0x00000000)
#define STATUS_MORE_ENTRIES                      ((NTSTATUS)0x00000105)

/* No detail. LSA_GET_CREDENTIALS: no more entries. */
#define STATUS_UNSUCCESSFUL                      ((NTSTATUS)0xC0000001)

/* An address that is not the client's to read or write. */
#define STATUS_ACCESS_VIOLATION                  ((NTSTATUS)0xC0000005)

/* Nothing under that name or key. */
#define STATUS_OBJECT_NAME_NOT_FOUND             ((NTSTATUS)0xC0000034)

/* Logon sessions: in use already; the id exists. Becomes SEC_E_INTERNAL_ERROR. */
#define STATUS_BAD_LOGON_SESSION_STATE           ((NTSTATUS)0xC0000104)
#define STATUS_LOGON_SESSION_COLLISION           ((NTSTATUS)0xC0000105)

/* LogonUser: a type of logon, or a form of answer, that the package does not know. */
#define STATUS_INVALID_LOGON_TYPE                ((NTSTATUS)0xC000010B)
#define STATUS_BAD_VALIDATION_CLASS              ((NTSTATUS)0xC00000A7)

/*
 * Become SEC_E_UNSUPPORTED_FUNCTION. NOT_SUPPORTED is what functions of the authority that are
 * not provided return.
 */
#define STATUS_NOT_SUPPORTED                     ((NTSTATUS)0xC00000BB)
#define STATUS_NOT_IMPLEMENTED                   ((NTSTATUS)0xC0000002)
#define STATUS_INVALID_INFO_CLASS                ((NTSTATUS)0xC0000003)

/* Become SEC_E_INSUFFICIENT_MEMORY. */
#define STATUS_NO_MEMORY                         ((NTSTATUS)0xC0000017)
#define STATUS_INSUFFICIENT_RESOURCES            ((NTSTATUS)0xC000009A)
#define STATUS_COMMITMENT_LIMIT                  ((NTSTATUS)0xC000012D)
#define STATUS_QUOTA_EXCEEDED                    ((NTSTATUS)0xC0000044)

/*
 * Become SEC_E_LOGON_DENIED: the application, and so its peer, learns no more. A package
 * returns ACCOUNT_RESTRICTION with one of the four after it as *SubStatus.
 */
#define STATUS_LOGON_FAILURE                     ((NTSTATUS)0xC000006D)
#define STATUS_WRONG_PASSWORD                    ((NTSTATUS)0xC000006A)
#define STATUS_NO_SUCH_USER                      ((NTSTATUS)0xC0000064)
#define STATUS_ACCESS_DENIED                     ((NTSTATUS)0xC0000022)
#define STATUS_ACCOUNT_RESTRICTION               ((NTSTATUS)0xC000006E)
#define STATUS_INVALID_LOGON_HOURS               ((NTSTATUS)0xC000006F)
#define STATUS_INVALID_WORKSTATION               ((NTSTATUS)0xC0000070)
#define STATUS_PASSWORD_EXPIRED                  ((NTSTATUS)0xC0000071)
#define STATUS_ACCOUNT_DISABLED                  ((NTSTATUS)0xC0000072)
#define STATUS_ACCOUNT_EXPIRED                   ((NTSTATUS)0xC0000193)
#define STATUS_PASSWORD_MUST_CHANGE              ((NTSTATUS)0xC0000224)
#define STATUS_ACCOUNT_LOCKED_OUT                ((NTSTATUS)0xC0000234)
#define STATUS_LOGON_NOT_GRANTED                 ((NTSTATUS)0xC0000155)
#define STATUS_LOGON_TYPE_NOT_GRANTED            ((NTSTATUS)0xC000015B)

/* Stays what it is: ChangeAccountPassword's answer to who knows the old password. */
#define STATUS_PASSWORD_RESTRICTION              ((NTSTATUS)0xC000006C)

/*
 * Become SEC_E_NO_AUTHENTICATING_AUTHORITY: nobody could be asked, or the trust in them is
 * broken.
 */
#define STATUS_NO_LOGON_SERVERS                  ((NTSTATUS)0xC000005E)
#define STATUS_NO_SUCH_DOMAIN                    ((NTSTATUS)0xC00000DF)
#define STATUS_DOMAIN_CONTROLLER_NOT_FOUND       ((NTSTATUS)0xC0000233)
#define STATUS_NETLOGON_NOT_STARTED              ((NTSTATUS)0xC0000192)
#define STATUS_NO_TRUST_LSA_SECRET               ((NTSTATUS)0xC000018A)
#define STATUS_NO_TRUST_SAM_ACCOUNT              ((NTSTATUS)0xC000018B)
#define STATUS_TRUSTED_DOMAIN_FAILURE            ((NTSTATUS)0xC000018C)
#define STATUS_TRUSTED_RELATIONSHIP_FAILURE      ((NTSTATUS)0xC000018D)
#define STATUS_TRUST_FAILURE                     ((NTSTATUS)0xC0000190)

/* Becomes SEC_E_NO_CREDENTIALS. */
#define STATUS_NO_SUCH_LOGON_SESSION             ((NTSTATUS)0xC000005F)

/* Becomes SEC_E_SECPKG_NOT_FOUND. */
#define STATUS_NO_SUCH_PACKAGE                   ((NTSTATUS)0xC00000FE)

/* Becomes SEC_E_NOT_OWNER. */
#define STATUS_PRIVILEGE_NOT_HELD                ((NTSTATUS)0xC0000061)

/* Become SEC_E_NO_IMPERSONATION. */
#define STATUS_NO_IMPERSONATION_TOKEN            ((NTSTATUS)0xC000005C)
#define STATUS_BAD_IMPERSONATION_LEVEL           ((NTSTATUS)0xC00000A5)
#define STATUS_CANNOT_IMPERSONATE                ((NTSTATUS)0xC000010D)

/* Becomes SEC_E_TARGET_UNKNOWN. */
#define STATUS_BAD_NETWORK_PATH                  ((NTSTATUS)0xC00000BE)

/* Becomes SEC_E_TIME_SKEW. */
#define STATUS_TIME_DIFFERENCE_AT_DC             ((NTSTATUS)0xC0000133)

/* Becomes SEC_E_MUTUAL_AUTH_FAILED. */
#define STATUS_MUTUAL_AUTHENTICATION_FAILED      ((NTSTATUS)0xC00002C3)

/*
 * Each has a twin, SEC_E_ and the same name, in winerror.h, and becomes that.
 */
#define STATUS_INVALID_HANDLE                    ((NTSTATUS)0xC0000008)
#define STATUS_INVALID_PARAMETER                 ((NTSTATUS)0xC000000D)
#define STATUS_BUFFER_TOO_SMALL                  ((NTSTATUS)0xC0000023)
#define STATUS_INTERNAL_ERROR                    ((NTSTATUS)0xC00000E5)
#define STATUS_INVALID_TOKEN                     ((NTSTATUS)0xC0000465)
#define STATUS_UNFINISHED_CONTEXT_DELETED        ((NTSTATUS)0xC00002EE)
#define STATUS_NO_TGT_REPLY                      ((NTSTATUS)0xC00002EF)
#define STATUS_NO_IP_ADDRESSES                   ((NTSTATUS)0xC00002F1)
#define STATUS_WRONG_CREDENTIAL_HANDLE           ((NTSTATUS)0xC00002F2)
#define STATUS_CRYPTO_SYSTEM_INVALID             ((NTSTATUS)0xC00002F3)
#define STATUS_MAX_REFERRALS_EXCEEDED            ((NTSTATUS)0xC00002F4)
#define STATUS_MUST_BE_KDC                       ((NTSTATUS)0xC00002F5)
#define STATUS_STRONG_CRYPTO_NOT_SUPPORTED       ((NTSTATUS)0xC00002F6)
#define STATUS_TOO_MANY_PRINCIPALS               ((NTSTATUS)0xC00002F7)
#define STATUS_NO_PA_DATA                        ((NTSTATUS)0xC00002F8)
#define STATUS_PKINIT_NAME_MISMATCH              ((NTSTATUS)0xC00002F9)
#define STATUS_SMARTCARD_LOGON_REQUIRED          ((NTSTATUS)0xC00002FA)
#define STATUS_KDC_INVALID_REQUEST               ((NTSTATUS)0xC00002FB)
#define STATUS_KDC_UNABLE_TO_REFER               ((NTSTATUS)0xC00002FC)
#define STATUS_KDC_UNKNOWN_ETYPE                 ((NTSTATUS)0xC00002FD)
#define STATUS_SHUTDOWN_IN_PROGRESS              ((NTSTATUS)0xC00002FE)
#define STATUS_NO_KERB_KEY                       ((NTSTATUS)0xC0000322)
#define STATUS_UNSUPPORTED_PREAUTH               ((NTSTATUS)0xC0000351)
#define STATUS_BAD_BINDINGS                      ((NTSTATUS)0xC000035B)
#define STATUS_DOWNGRADE_DETECTED                ((NTSTATUS)0xC0000388)
#define STATUS_SMARTCARD_CERT_REVOKED            ((NTSTATUS)0xC0000389)
#define STATUS_ISSUING_CA_UNTRUSTED              ((NTSTATUS)0xC000038A)
#define STATUS_REVOCATION_OFFLINE_C              ((NTSTATUS)0xC000038B)
#define STATUS_PKINIT_CLIENT_FAILURE             ((NTSTATUS)0xC000038C)
#define STATUS_SMARTCARD_CERT_EXPIRED            ((NTSTATUS)0xC000038D)
#define STATUS_NO_S4U_PROT_SUPPORT               ((NTSTATUS)0xC000040A)
#define STATUS_CROSSREALM_DELEGATION_FAILURE     ((NTSTATUS)0xC000040B)
#define STATUS_REVOCATION_OFFLINE_KDC            ((NTSTATUS)0xC000040C)
#define STATUS_ISSUING_CA_UNTRUSTED_KDC          ((NTSTATUS)0xC000040D)
#define STATUS_KDC_CERT_EXPIRED                  ((NTSTATUS)0xC000040E)
#define STATUS_KDC_CERT_REVOKED                  ((NTSTATUS)0xC000040F)
#define STATUS_PKU2U_CERT_FAILURE                ((NTSTATUS)0xC000042F)

#endif
