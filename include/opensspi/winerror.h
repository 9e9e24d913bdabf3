/*
 * winerror.h: the codes that SSPI functions return (SEC_E_, SEC_I_: SECURITY_STATUS) and those
 * of GetLastError() (ERROR_).
 *
 * An SSPI code is 0x8009xxxx for a failure and 0x0009xxxx for a success that asks for more. Test
 * the sign: FAILED(status), or status < 0. Traps:
 *
 * - SEC_I_INVALID_SESSION_STATE is negative, in spite of its name.
 * - Some numbers exist as E and as I, with different or equal meaning: 0x317 (CONTEXT_EXPIRED),
 *   0x320 (INCOMPLETE_CREDENTIALS), 0x321 (BUFFER_TOO_SMALL, RENEGOTIATE), 0x316 (BAD_PKGID,
 *   GENERIC_EXTENSION_RECEIVED).
 * - Seen as an NTSTATUS a SEC_E_ code has severity "warning": NT_SUCCESS is false of it, and
 *   NT_ERROR is false, too.
 *
 * Each function's comment in sspi.h says which codes it returns. Microsoft: "COM Error Codes
 * (Security and Setup)", "System Error Codes", winerror.h.
 */
#ifndef OPENSSPI_WINERROR_H
#define OPENSSPI_WINERROR_H

#include <stdint.h>

#ifndef OPENSSPI_HRESULT
#define OPENSSPI_HRESULT
/* A 32-bit status, negative for failures. */
typedef int32_t HRESULT;
#endif

/* Codes of GetLastError() that functions of windows.h set. */
#define ERROR_SUCCESS                            0
#define NO_ERROR                                 0
#define ERROR_ACCESS_DENIED                      5
#define ERROR_INVALID_HANDLE                     6
#define ERROR_NOT_ENOUGH_MEMORY                  8
#define ERROR_NOT_SUPPORTED                      50
#define ERROR_INVALID_PARAMETER                  87
#define ERROR_INSUFFICIENT_BUFFER                122
#define ERROR_CAN_NOT_COMPLETE                   1003
#define ERROR_NO_TOKEN                           1008
#define ERROR_NO_IMPERSONATION_TOKEN             1309
#define ERROR_NO_SUCH_LOGON_SESSION              1312
#define ERROR_NONE_MAPPED                        1332
#define ERROR_INVALID_SID                        1337
#define ERROR_BAD_IMPERSONATION_LEVEL            1346
#define ERROR_BAD_TOKEN_TYPE                     1349
#define ERROR_CANNOT_IMPERSONATE                 1368
#define RPC_S_SERVER_UNAVAILABLE                 1722

/* General results of Windows's newer interfaces. */
#define S_OK                                     ((HRESULT)0)
#define S_FALSE                                  ((HRESULT)1)
#define SUCCEEDED(hr)                            ((HRESULT)(hr) >= 0)
#define FAILED(hr)                               ((HRESULT)(hr) < 0)

/* Success. A handshake's last token may still have to be sent. */
#define SEC_E_OK                                 ((HRESULT)0x00000000)
/* No memory; some packages: no room in a buffer. */
#define SEC_E_INSUFFICIENT_MEMORY                ((HRESULT)0x80090300)
/*
 * Not a live credential or context of this process (a child after fork has none), or one that
 * the call does not fit.
 */
#define SEC_E_INVALID_HANDLE                     ((HRESULT)0x80090301)
/* The package, or the context, has no such function, attribute or flag. */
#define SEC_E_UNSUPPORTED_FUNCTION               ((HRESULT)0x80090302)
/* No such server, or nobody knows its name. */
#define SEC_E_TARGET_UNKNOWN                     ((HRESULT)0x80090303)
/* A fault that has no code of its own; the authority's log says more. */
#define SEC_E_INTERNAL_ERROR                     ((HRESULT)0x80090304)
/* No package of that name. */
#define SEC_E_SECPKG_NOT_FOUND                   ((HRESULT)0x80090305)
/* The caller has no right to these credentials, this principal or this session. */
#define SEC_E_NOT_OWNER                          ((HRESULT)0x80090306)
/* A package could not be loaded. */
#define SEC_E_CANNOT_INSTALL                     ((HRESULT)0x80090307)
/* Malformed bytes from the peer, a message out of place, or no such buffer in the array. */
#define SEC_E_INVALID_TOKEN                      ((HRESULT)0x80090308)
/* A context or credential cannot be turned into bytes. */
#define SEC_E_CANNOT_PACK                        ((HRESULT)0x80090309)
/* The context cannot protect messages in that quality. */
#define SEC_E_QOP_NOT_SUPPORTED                  ((HRESULT)0x8009030A)
/* There is no token to act with, or no right to. */
#define SEC_E_NO_IMPERSONATION                   ((HRESULT)0x8009030B)
/* Authentication failed: password, account, policy; the peer is not told which. */
#define SEC_E_LOGON_DENIED                       ((HRESULT)0x8009030C)
/* The credentials passed in were not understood. */
#define SEC_E_UNKNOWN_CREDENTIALS                ((HRESULT)0x8009030D)
/* There are none to use. */
#define SEC_E_NO_CREDENTIALS                     ((HRESULT)0x8009030E)
/* A signature does not match. */
#define SEC_E_MESSAGE_ALTERED                    ((HRESULT)0x8009030F)
/* A message is missing, comes twice or too late. */
#define SEC_E_OUT_OF_SEQUENCE                    ((HRESULT)0x80090310)
/* Nobody to ask: the domain's controller, KDC or authority cannot be reached. */
#define SEC_E_NO_AUTHENTICATING_AUTHORITY        ((HRESULT)0x80090311)
/* Send the token, wait for the peer's, call again. */
#define SEC_I_CONTINUE_NEEDED                    ((HRESULT)0x00090312)
/* CompleteAuthToken, then send; then done. */
#define SEC_I_COMPLETE_NEEDED                    ((HRESULT)0x00090313)
/* CompleteAuthToken, send, wait for the peer's token, call again. */
#define SEC_I_COMPLETE_AND_CONTINUE              ((HRESULT)0x00090314)
/* Success, decided without asking an authority. */
#define SEC_I_LOCAL_LOGON                        ((HRESULT)0x00090315)
/* The peer sent a TLS extension that was subscribed to. */
#define SEC_I_GENERIC_EXTENSION_RECEIVED         ((HRESULT)0x00090316)
/* No package with that number. */
#define SEC_E_BAD_PKGID                          ((HRESULT)0x80090316)
/* The context is past its end, or its authority was restarted. */
#define SEC_E_CONTEXT_EXPIRED                    ((HRESULT)0x80090317)
/* The peer closed the stream in good order. */
#define SEC_I_CONTEXT_EXPIRED                    ((HRESULT)0x00090317)
/* Read more bytes and call again with all of them. */
#define SEC_E_INCOMPLETE_MESSAGE                 ((HRESULT)0x80090318)
/* More credentials are needed, and there are none. */
#define SEC_E_INCOMPLETE_CREDENTIALS             ((HRESULT)0x80090320)
/* A buffer of the caller's is too small; nothing has changed, call again with more room. */
#define SEC_E_BUFFER_TOO_SMALL                   ((HRESULT)0x80090321)
/* The server asks for a client certificate: call again, with or without one. */
#define SEC_I_INCOMPLETE_CREDENTIALS             ((HRESULT)0x00090320)
/* The peer wants a new handshake: call Initialize- or AcceptSecurityContext. */
#define SEC_I_RENEGOTIATE                        ((HRESULT)0x00090321)
/* The server is not the one that was asked for. */
#define SEC_E_WRONG_PRINCIPAL                    ((HRESULT)0x80090322)
/* Between package and library: the context lives in this process only. */
#define SEC_I_NO_LSA_CONTEXT                     ((HRESULT)0x00090323)
/* The clocks of the two machines differ too much. */
#define SEC_E_TIME_SKEW                          ((HRESULT)0x80090324)
/* Certificate: its chain ends in no trusted root. */
#define SEC_E_UNTRUSTED_ROOT                     ((HRESULT)0x80090325)
/* TLS: a message that makes no sense here. */
#define SEC_E_ILLEGAL_MESSAGE                    ((HRESULT)0x80090326)
/* Certificate: some fault that has no code of its own. */
#define SEC_E_CERT_UNKNOWN                       ((HRESULT)0x80090327)
/* Certificate: past its end. */
#define SEC_E_CERT_EXPIRED                       ((HRESULT)0x80090328)
/* A message could not be encrypted. */
#define SEC_E_ENCRYPT_FAILURE                    ((HRESULT)0x80090329)
/* A message could not be decrypted. */
#define SEC_E_DECRYPT_FAILURE                    ((HRESULT)0x80090330)
/* No algorithm or version in common. */
#define SEC_E_ALGORITHM_MISMATCH                 ((HRESULT)0x80090331)
/* A requirement that must be met cannot be (Digest: a flag that is not allowed). */
#define SEC_E_SECURITY_QOS_FAILED                ((HRESULT)0x80090332)
/* A context was deleted before its handshake ended. */
#define SEC_E_UNFINISHED_CONTEXT_DELETED         ((HRESULT)0x80090333)
/* Kerberos, user to user: the peer sent no ticket-granting ticket. */
#define SEC_E_NO_TGT_REPLY                       ((HRESULT)0x80090334)
/* Kerberos: this machine has no address to put into a ticket. */
#define SEC_E_NO_IP_ADDRESSES                    ((HRESULT)0x80090335)
/* Credential and context belong to different packages. */
#define SEC_E_WRONG_CREDENTIAL_HANDLE            ((HRESULT)0x80090336)
/* The cipher cannot be used. */
#define SEC_E_CRYPTO_SYSTEM_INVALID              ((HRESULT)0x80090337)
/* Kerberos: too many referrals from realm to realm. */
#define SEC_E_MAX_REFERRALS_EXCEEDED             ((HRESULT)0x80090338)
/* Kerberos: only a KDC may do this. */
#define SEC_E_MUST_BE_KDC                        ((HRESULT)0x80090339)
/* The peer insists on a cipher that is not there. */
#define SEC_E_STRONG_CRYPTO_NOT_SUPPORTED        ((HRESULT)0x8009033A)
/* Kerberos: a message for more than one principal. */
#define SEC_E_TOO_MANY_PRINCIPALS                ((HRESULT)0x8009033B)
/* Kerberos: no pre-authentication data where some is due. */
#define SEC_E_NO_PA_DATA                         ((HRESULT)0x8009033C)
/* PKINIT: the certificate names somebody else. */
#define SEC_E_PKINIT_NAME_MISMATCH               ((HRESULT)0x8009033D)
/* The account logs on by smart card only. */
#define SEC_E_SMARTCARD_LOGON_REQUIRED           ((HRESULT)0x8009033E)
/* The system is going down. */
#define SEC_E_SHUTDOWN_IN_PROGRESS               ((HRESULT)0x8009033F)
/* The KDC did not understand the request. */
#define SEC_E_KDC_INVALID_REQUEST                ((HRESULT)0x80090340)
/* The KDC knows no way to the other realm. */
#define SEC_E_KDC_UNABLE_TO_REFER                ((HRESULT)0x80090341)
/* The KDC has no encryption type in common with the client. */
#define SEC_E_KDC_UNKNOWN_ETYPE                  ((HRESULT)0x80090342)
/* The KDC does not know that pre-authentication. */
#define SEC_E_UNSUPPORTED_PREAUTH                ((HRESULT)0x80090343)
/* The server needs delegation, and did not get it. */
#define SEC_E_DELEGATION_REQUIRED                ((HRESULT)0x80090345)
/*
 * Channel bindings of client and server differ: the handshake was relayed, or a proxy is
 * between them.
 */
#define SEC_E_BAD_BINDINGS                       ((HRESULT)0x80090346)
/* The certificate fits several accounts. */
#define SEC_E_MULTIPLE_ACCOUNTS                  ((HRESULT)0x80090347)
/* The server has no key that fits the ticket. */
#define SEC_E_NO_KERB_KEY                        ((HRESULT)0x80090348)
/* Certificate: not made for this use. */
#define SEC_E_CERT_WRONG_USAGE                   ((HRESULT)0x80090349)
/* Somebody between the peers tried to make them choose a weaker package. */
#define SEC_E_DOWNGRADE_DETECTED                 ((HRESULT)0x80090350)
/* Smart card: its certificate is revoked. */
#define SEC_E_SMARTCARD_CERT_REVOKED             ((HRESULT)0x80090351)
/* Smart card: its issuer is not trusted. */
#define SEC_E_ISSUING_CA_UNTRUSTED               ((HRESULT)0x80090352)
/* Smart card: whether it is revoked could not be found out. */
#define SEC_E_REVOCATION_OFFLINE_C               ((HRESULT)0x80090353)
/* PKINIT: the client's certificate was refused. */
#define SEC_E_PKINIT_CLIENT_FAILURE              ((HRESULT)0x80090354)
/* Smart card: its certificate is past its end. */
#define SEC_E_SMARTCARD_CERT_EXPIRED             ((HRESULT)0x80090355)
/* The KDC has no service-for-user extension (MS-SFU). */
#define SEC_E_NO_S4U_PROT_SUPPORT                ((HRESULT)0x80090356)
/* Delegation does not reach into the other realm. */
#define SEC_E_CROSSREALM_DELEGATION_FAILURE      ((HRESULT)0x80090357)
/* KDC's certificate: whether it is revoked could not be found out. */
#define SEC_E_REVOCATION_OFFLINE_KDC             ((HRESULT)0x80090358)
/* KDC's certificate: its issuer is not trusted. */
#define SEC_E_ISSUING_CA_UNTRUSTED_KDC           ((HRESULT)0x80090359)
/* KDC's certificate: past its end. */
#define SEC_E_KDC_CERT_EXPIRED                   ((HRESULT)0x8009035A)
/* KDC's certificate: revoked. */
#define SEC_E_KDC_CERT_REVOKED                   ((HRESULT)0x8009035B)
/* The client has to sign something before it can be authenticated. */
#define SEC_I_SIGNATURE_NEEDED                   ((HRESULT)0x0009035C)
/* A parameter makes no sense. */
#define SEC_E_INVALID_PARAMETER                  ((HRESULT)0x8009035D)
/* Policy forbids delegation. */
#define SEC_E_DELEGATION_POLICY                  ((HRESULT)0x8009035E)
/* Policy allows NTLM only. The spelling is Microsoft's. */
#define SEC_E_POLICY_NLTM_ONLY                   ((HRESULT)0x8009035F)
/* The peer refused a new handshake; the connection lives on. */
#define SEC_I_NO_RENEGOTIATION                   ((HRESULT)0x00090360)
/* The context is not established. */
#define SEC_E_NO_CONTEXT                         ((HRESULT)0x80090361)
/* PKU2U: a certificate of the two peers was refused. */
#define SEC_E_PKU2U_CERT_FAILURE                 ((HRESULT)0x80090362)
/* The server could not prove itself. */
#define SEC_E_MUTUAL_AUTH_FAILED                 ((HRESULT)0x80090363)
/* The token is one piece of several: send, call again for the next. */
#define SEC_I_MESSAGE_FRAGMENT                   ((HRESULT)0x00090364)
/* A proxy for Kerberos has to be reached by HTTPS. */
#define SEC_E_ONLY_HTTPS_ALLOWED                 ((HRESULT)0x80090365)
/* As SEC_I_CONTINUE_NEEDED, and messages may be protected already. */
#define SEC_I_CONTINUE_NEEDED_MESSAGE_OK         ((HRESULT)0x00090366)
/* No application protocol in common (ALPN). */
#define SEC_E_APPLICATION_PROTOCOL_MISMATCH      ((HRESULT)0x80090367)
/* The call goes on in the background; not used here. */
#define SEC_I_ASYNC_CALL_PENDING                 ((HRESULT)0x00090368)
/* Not a user principal name. */
#define SEC_E_INVALID_UPN_NAME                   ((HRESULT)0x80090369)
/* A buffer beside the token is too small. */
#define SEC_E_EXT_BUFFER_TOO_SMALL               ((HRESULT)0x8009036A)
/* Not enough buffers in the array. */
#define SEC_E_INSUFFICIENT_BUFFERS               ((HRESULT)0x8009036B)
/* TLS: the session cannot be resumed. A failure, in spite of its name. */
#define SEC_I_INVALID_SESSION_STATE              ((HRESULT)0x8009036C)
/* Other spellings. */
#define SEC_E_NO_SPM                             SEC_E_INTERNAL_ERROR
#define SEC_E_NOT_SUPPORTED                      SEC_E_UNSUPPORTED_FUNCTION

#endif
