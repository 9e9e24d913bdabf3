/*
 * spec.h: Kerberos's constants, in the spelling of RFC 4120, RFC 4121, RFC
 * 4757, MS-KILE and MS-PAC where they have one.
 */
#ifndef KRB_WIRE_SPEC_H
#define KRB_WIRE_SPEC_H

#define KRB_PVNO 5

/* ---- message types, which are application tags as well (RFC 4120 5.10) ---- */
#define KRB_APPLICATION_TICKET 1u
#define KRB_APPLICATION_AUTHENTICATOR 2u
#define KRB_APPLICATION_ENC_TICKET_PART 3u
#define KRB_APPLICATION_ENC_AP_REP_PART 27u
#define KRB_APPLICATION_ENC_KRB_CRED_PART 29u
#define KRB_AP_REQ 14
#define KRB_AP_REP 15
#define KRB_TGT_REQ 16      /* user to user: MS-KILE 3.4.5.1, no application tag */
#define KRB_TGT_REP 17
#define KRB_CRED 22
#define KRB_ERROR 30

/* ---- TOK_ID of framed messages (RFC 4121 4.1; user to user: MS-KILE) ------- */
#define KRB_TOK_AP_REQ 0x0100u
#define KRB_TOK_AP_REP 0x0200u
#define KRB_TOK_ERROR 0x0300u
#define KRB_TOK_TGT_REQUEST 0x0400u
#define KRB_TOK_TGT_REPLY 0x0401u

/* Object identifiers, contents only. */
#define KRB_OID "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"          /* 1.2.840.113554.1.2.2 */
#define KRB_OID_SIZE 9u
#define KRB_OID_MS "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"       /* 1.2.840.48018.1.2.2 */
#define KRB_OID_USER "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03" /* ....113554.1.2.2.3 */
#define KRB_OID_USER_SIZE 10u

/* ---- key usages (RFC 4120 7.5.1, RFC 4121 2, MS-PAC 2.8) ------------------- */
#define KRB_USAGE_TICKET 2u
#define KRB_USAGE_AP_REQ_CHECKSUM 10u
#define KRB_USAGE_AUTHENTICATOR 11u
#define KRB_USAGE_AP_REP 12u
#define KRB_USAGE_CRED 14u
#define KRB_USAGE_PAC 17u
#define KRB_USAGE_ACCEPTOR_SEAL 22u
#define KRB_USAGE_ACCEPTOR_SIGN 23u
#define KRB_USAGE_INITIATOR_SEAL 24u
#define KRB_USAGE_INITIATOR_SIGN 25u

/* ---- ap-options (RFC 4120 5.5.1), the first bit highest --------------------- */
#define KRB_AP_OPTION_USE_SESSION_KEY 0x40000000u
#define KRB_AP_OPTION_MUTUAL_REQUIRED 0x20000000u

/* ---- TicketFlags (RFC 4120 5.3) ---------------------------------------------- */
#define KRB_TICKET_FORWARDABLE 0x40000000u
#define KRB_TICKET_FORWARDED 0x20000000u
#define KRB_TICKET_PROXIABLE 0x10000000u
#define KRB_TICKET_PROXY 0x08000000u
#define KRB_TICKET_MAY_POSTDATE 0x04000000u
#define KRB_TICKET_POSTDATED 0x02000000u
#define KRB_TICKET_INVALID 0x01000000u
#define KRB_TICKET_RENEWABLE 0x00800000u
#define KRB_TICKET_INITIAL 0x00400000u
#define KRB_TICKET_PRE_AUTHENT 0x00200000u
#define KRB_TICKET_HW_AUTHENT 0x00100000u
#define KRB_TICKET_TRANSITED_CHECKED 0x00080000u
#define KRB_TICKET_OK_AS_DELEGATE 0x00040000u
#define KRB_TICKET_ANONYMOUS 0x00008000u

/* ---- the authenticator's checksum (RFC 4121 4.1.1, RFC 4757 7.1) ------------- */
#define KRB_CKSUM_GSS 0x8003
#define KRB_GSS_BINDINGS_SIZE 16u
#define KRB_GSS_DELEG 0x0001u
#define KRB_GSS_MUTUAL 0x0002u
#define KRB_GSS_REPLAY 0x0004u
#define KRB_GSS_SEQUENCE 0x0008u
#define KRB_GSS_CONF 0x0010u
#define KRB_GSS_INTEG 0x0020u
#define KRB_GSS_DCE_STYLE 0x1000u
#define KRB_GSS_IDENTIFY 0x2000u
#define KRB_GSS_EXTENDED_ERROR 0x4000u

/* ---- authorization data (RFC 4120 7.5.4, RFC 4537, MS-KILE 2.2) -------------- */
#define KRB_AD_IF_RELEVANT 1
#define KRB_AD_PAC 128
#define KRB_AD_ETYPE_NEGOTIATION 129
#define KRB_AD_TOKEN_RESTRICTIONS 141
#define KRB_AD_LOCAL 142
#define KRB_AD_AP_OPTIONS 143
#define KRB_AD_TARGET_PRINCIPAL 144
#define KRB_AD_AP_OPTIONS_CBT 0x4000u
#define KRB_AD_AP_OPTIONS_UNVERIFIED_TARGET 0x8000u

/* ---- name types (RFC 4120 6.2, MS-KILE 2.2.2) ---------------------------------- */
#define KRB_NT_UNKNOWN 0
#define KRB_NT_PRINCIPAL 1
#define KRB_NT_SRV_INST 2
#define KRB_NT_SRV_HST 3
#define KRB_NT_ENTERPRISE 10

/* ---- error codes that this package names (RFC 4120 7.5.9) ------------------------ */
#define KRB_ERR_MUST_USE_USER2USER 27
#define KRB_AP_ERR_BAD_INTEGRITY 31
#define KRB_AP_ERR_TKT_EXPIRED 32
#define KRB_AP_ERR_TKT_NYV 33
#define KRB_AP_ERR_REPEAT 34
#define KRB_AP_ERR_NOT_US 35
#define KRB_AP_ERR_BADMATCH 36
#define KRB_AP_ERR_SKEW 37
#define KRB_AP_ERR_BADVERSION 39
#define KRB_AP_ERR_MSG_TYPE 40
#define KRB_AP_ERR_MODIFIED 41
#define KRB_AP_ERR_BADKEYVER 44
#define KRB_AP_ERR_NOKEY 45
#define KRB_AP_ERR_MUT_FAIL 46
#define KRB_AP_ERR_INAPP_CKSUM 50
#define KRB_ERR_GENERIC 60
#define KRB_AP_ERR_NO_TGT 67
#define KRB_AP_ERR_USER_TO_USER_REQUIRED 69

/* KERB-ERROR-DATA's data-type (MS-KILE 2.2.1). */
#define KRB_ERROR_DATA_SKEW_RECOVERY 2

/* ---- PAC_INFO_BUFFER's ulType (MS-PAC 2.4) ------------------------------------------ */
#define KRB_PAC_LOGON_INFO 1u
#define KRB_PAC_CREDENTIALS_INFO 2u
#define KRB_PAC_SERVER_CHECKSUM 6u
#define KRB_PAC_KDC_CHECKSUM 7u
#define KRB_PAC_CLIENT_INFO 10u
#define KRB_PAC_DELEGATION_INFO 11u
#define KRB_PAC_UPN_DNS_INFO 12u
#define KRB_PAC_TICKET_CHECKSUM 16u
#define KRB_PAC_FULL_CHECKSUM 19u
#define KRB_PAC_TYPES 20u

/* KERB_VALIDATION_INFO.UserFlags (MS-PAC 2.5): which lists are there. */
#define KRB_LOGON_EXTRA_SIDS 0x20u
#define KRB_LOGON_RESOURCE_GROUPS 0x200u
/* UPN_DNS_INFO.Flags (MS-PAC 2.10). */
#define KRB_UPN_CONSTRUCTED 1u
#define KRB_UPN_EXTENDED 2u

/* ---- limits of ours: no known sender comes near them ----------------------------------- */
#define KRB_NAME_PARTS_MAX 8u
#define KRB_AUTH_DATA_MAX 64u       /* elements of one list */
#define KRB_CRED_TICKETS_MAX 16u
#define KRB_ETYPES_MAX 32u
#define KRB_PAC_BUFFERS_MAX 64u
#define KRB_PAC_SIZE_MAX 0x40000u
#define KRB_PAC_LIST_MAX 0x4000u    /* SIDs or groups of one list */

#endif
