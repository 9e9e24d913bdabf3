/*
 * wire.h: Kerberos's messages as structures of views, each with a parser and
 * a builder: RFC 4120 5, RFC 4121 4.1, MS-KILE 2.2, MS-PAC 2. No state, no
 * policy, no key, no memory of their own: views point into the bytes that
 * were given, which for encrypted parts are the caller's room of plaintext.
 *
 * Parsers return SEC_E_INVALID_TOKEN for what does not have the message's
 * shape, and judge nothing else: not names, times, flags, key sizes. They
 * take DER only, and nothing may be left over. Builders write to a wr cursor,
 * whose failure is sticky: the caller asks wr_end().
 */
#ifndef KRB_WIRE_WIRE_H
#define KRB_WIRE_WIRE_H

#include "base/rd.h"
#include "base/wr.h"
#include "packages/kerberos/wire/spec.h"

/* ---- tokens: framing (RFC 2743 3.1, RFC 4121 4.1) ---------------------- */

struct krb_token {
    unsigned id;            /* KRB_TOK_* */
    bool framed;            /* false: the message alone, as in DCE style */
    bool user_to_user;      /* by the frame's OID; the AP-REQ says whether it is */
    struct view message;    /* from its application tag on */
};

/*
 * Which message a token holds, framed or raw; the message is not read. A
 * frame must be of one of three OIDs: Kerberos's, Microsoft's alias of it, or
 * that of user to user.
 */
MUST_CHECK status_t krb_token_parse(struct view in, struct krb_token *out);
/* message is not in w. */
void krb_token_build(struct wr *w, unsigned id, bool user_to_user, struct view message);

/* ---- parts of many messages (RFC 4120 5.2) ----------------------------- */

struct krb_name {
    int32_t type;
    size_t count;
    struct view parts[KRB_NAME_PARTS_MAX];      /* KerberosString: UTF-8 of Windows, else ASCII */
};

/* By parts; types are no part of it (RFC 4120 6.2). */
bool krb_name_is_equal(const struct krb_name *a, const struct krb_name *b);
/*
 * "host/server@REALM" as krb5 writes names, with its backslashes; without the
 * realm and its @ when that is empty.
 */
void krb_name_text_build(struct wr *w, const struct krb_name *name, struct view realm);

struct krb_encrypted {
    int32_t etype;
    bool has_kvno;
    uint32_t kvno;
    struct view cipher;
};

struct krb_key {
    int32_t etype;
    struct view bytes;
};

/* ---- Ticket, EncTicketPart (RFC 4120 5.3) ------------------------------ */

struct krb_ticket {
    struct view realm;
    struct krb_name server;
    struct krb_encrypted sealed;
};

MUST_CHECK status_t krb_ticket_parse(struct view in, struct krb_ticket *out);
void krb_ticket_build(struct wr *w, const struct krb_ticket *m);

struct krb_enc_ticket_part {
    uint32_t flags;             /* KRB_TICKET_* */
    struct krb_key key;
    struct view client_realm;
    struct krb_name client;
    int32_t transited_type;
    struct view transited;
    int64_t auth_time, end_time;
    bool has_start_time, has_renew_till;
    int64_t start_time;         /* auth_time where it is absent */
    int64_t renew_till;
    struct view addresses;      /* HostAddresses, whole; empty: none */
    struct view auth_data;      /* see krb_auth_data_find(); empty: none */
};

MUST_CHECK status_t krb_enc_ticket_part_parse(struct view in, struct krb_enc_ticket_part *out);
void krb_enc_ticket_part_build(struct wr *w, const struct krb_enc_ticket_part *m);

/* ---- AP-REQ, Authenticator (RFC 4120 5.5.1) ---------------------------- */

struct krb_ap_req {
    uint32_t options;           /* KRB_AP_OPTION_* */
    struct view ticket_bytes;   /* the ticket as it came, whole */
    struct krb_ticket ticket;
    struct krb_encrypted authenticator;
};

MUST_CHECK status_t krb_ap_req_parse(struct view in, struct krb_ap_req *out);
/* The ticket is written from ticket_bytes. */
void krb_ap_req_build(struct wr *w, const struct krb_ap_req *m);

struct krb_authenticator {
    struct view client_realm;
    struct krb_name client;
    bool has_checksum;
    int32_t checksum_type;
    struct view checksum;
    uint32_t microseconds;
    int64_t time;
    bool has_subkey;
    struct krb_key subkey;
    bool has_sequence;
    uint32_t sequence;          /* 0 where it is absent */
    struct view auth_data;
};

MUST_CHECK status_t krb_authenticator_parse(struct view in, struct krb_authenticator *out);
void krb_authenticator_build(struct wr *w, const struct krb_authenticator *m);

/* Checksum 0x8003 (RFC 4121 4.1.1). */
struct krb_gss_checksum {
    uint8_t bindings[KRB_GSS_BINDINGS_SIZE];
    uint32_t flags;             /* KRB_GSS_* */
    struct view delegated;      /* KRB-CRED; empty: none */
    struct view extensions;
};

MUST_CHECK status_t krb_gss_checksum_parse(struct view in, struct krb_gss_checksum *out);
void krb_gss_checksum_build(struct wr *w, const struct krb_gss_checksum *m);

/* ---- AP-REP (RFC 4120 5.5.2) ------------------------------------------- */

struct krb_ap_rep {
    struct krb_encrypted sealed;
};

MUST_CHECK status_t krb_ap_rep_parse(struct view in, struct krb_ap_rep *out);
void krb_ap_rep_build(struct wr *w, const struct krb_ap_rep *m);

struct krb_enc_ap_rep_part {
    int64_t time;
    uint32_t microseconds;
    bool has_subkey;
    struct krb_key subkey;
    bool has_sequence;
    uint32_t sequence;
};

MUST_CHECK status_t krb_enc_ap_rep_part_parse(struct view in, struct krb_enc_ap_rep_part *out);
void krb_enc_ap_rep_part_build(struct wr *w, const struct krb_enc_ap_rep_part *m);

/* ---- KRB-ERROR (RFC 4120 5.9.1) ---------------------------------------- */

struct krb_error {
    bool has_client_time;
    int64_t client_time;
    bool has_client_microseconds;
    uint32_t client_microseconds;
    int64_t server_time;
    uint32_t server_microseconds;
    int32_t code;
    bool has_client_realm, has_client;
    struct view client_realm;
    struct krb_name client;
    struct view realm;
    struct krb_name server;
    struct view text;           /* empty: none */
    struct view data;           /* empty: none */
};

MUST_CHECK status_t krb_error_parse(struct view in, struct krb_error *out);
void krb_error_build(struct wr *w, const struct krb_error *m);

/* KERB-ERROR-DATA (MS-KILE 2.2.1) without a value, for e-data: KRB_ERROR_DATA_*. */
void krb_error_data_build(struct wr *w, int32_t type);

/* ---- KRB-CRED: delegated tickets (RFC 4120 5.8) ------------------------ */

struct krb_cred {
    size_t count;
    struct view tickets[KRB_CRED_TICKETS_MAX];  /* each whole: krb_ticket_parse() */
    struct krb_encrypted sealed;                /* etype 0: not encrypted at all */
};

MUST_CHECK status_t krb_cred_parse(struct view in, struct krb_cred *out);
void krb_cred_build(struct wr *w, const struct krb_cred *m);

/* KrbCredInfo: what belongs to the ticket of the same place. */
struct krb_cred_info {
    struct krb_key key;
    struct view client_realm;   /* empty: none */
    bool has_client;
    struct krb_name client;
    bool has_flags;
    uint32_t flags;
    bool has_auth_time, has_start_time, has_end_time, has_renew_till;
    int64_t auth_time, start_time, end_time, renew_till;
    struct view server_realm;   /* empty: none */
    bool has_server;
    struct krb_name server;
    struct view addresses;
};

struct krb_enc_cred_part {
    size_t count;
    struct krb_cred_info info[KRB_CRED_TICKETS_MAX];
    bool has_nonce, has_time, has_microseconds;
    uint32_t nonce;
    int64_t time;
    uint32_t microseconds;
    struct view sender, recipient;      /* HostAddress, whole; empty: none */
};

MUST_CHECK status_t krb_enc_cred_part_parse(struct view in, struct krb_enc_cred_part *out);
void krb_enc_cred_part_build(struct wr *w, const struct krb_enc_cred_part *m);

/* ---- of our own: the provider's answer (D11) ---------------------------- */

/* What is asked of the provider: opensspi_client_need's kind and flags. */
#define KRB_NEED_TICKET 1u
#define KRB_NEED_DELEGATE 1u
/* Its answer: an AD ticket with a large PAC, and a forwarded one. */
#define KRB_CLIENT_ANSWER_MAX 0x10000u

struct krb_client_answer {
    struct view target;         /* UTF-8 */
    struct view ticket;         /* whole */
    struct krb_cred_info info;  /* with key, client, client_realm, flags and end_time */
    struct view delegated;      /* KRB-CRED, whole, sealed; empty: none */
};

MUST_CHECK status_t krb_client_answer_parse(struct view in, struct krb_client_answer *out);
/* wr_wipe() w, or what it writes to: it has a key in it. */
void krb_client_answer_build(struct wr *w, const struct krb_client_answer *m);

/* ---- user to user: KERB-TGT-REQUEST, KERB-TGT-REPLY (MS-KILE 2.2.x) ---- */

struct krb_tgt_request {
    bool has_server;
    struct krb_name server;
    struct view realm;          /* empty: none */
};

MUST_CHECK status_t krb_tgt_request_parse(struct view in, struct krb_tgt_request *out);
void krb_tgt_request_build(struct wr *w, const struct krb_tgt_request *m);

/* ticket: a Ticket, whole, in its encoding. */
MUST_CHECK status_t krb_tgt_reply_parse(struct view in, struct view *ticket);
void krb_tgt_reply_build(struct wr *w, struct view ticket);

/* ---- authorization data (RFC 4120 5.2.6, MS-KILE 2.2) ------------------ */

struct krb_auth_data_found {
    size_t bare;            /* how many elements of the type are in the list itself */
    size_t relevant;        /* how many are in an AD-IF-RELEVANT of the list */
    struct view data;       /* of the first one that is relevant, else of the first bare one */
};

/* list: AuthorizationData, whole, or empty. Not looked deeper than one AD-IF-RELEVANT. */
MUST_CHECK status_t krb_auth_data_find(struct view list, int32_t type,
                                       struct krb_auth_data_found *out);
/* An AuthorizationData is begun, gets elements, is ended. */
struct krb_auth_data_places {
    size_t list, element, field, data, inner;
};
/* With everything inside one AD-IF-RELEVANT, as MS-KILE sends it. */
MUST_CHECK struct krb_auth_data_places krb_auth_data_begin(struct wr *w);
void krb_auth_data_put(struct wr *w, int32_t type, struct view data);
void krb_auth_data_end(struct wr *w, struct krb_auth_data_places places);

/* Contents of elements: KRB_AD_AP_OPTIONS, _ETYPE_NEGOTIATION, _TOKEN_RESTRICTIONS. */
MUST_CHECK status_t krb_ap_options_parse(struct view in, uint32_t *options);
void krb_ap_options_build(struct wr *w, uint32_t options);

struct krb_etype_list {
    size_t count;
    int32_t etypes[KRB_ETYPES_MAX];     /* the sender's preference first */
};
MUST_CHECK status_t krb_etype_list_parse(struct view in, struct krb_etype_list *out);
void krb_etype_list_build(struct wr *w, const struct krb_etype_list *m);

#define KRB_MACHINE_ID_SIZE 32u
struct krb_restrictions {
    uint32_t flags, level;
    uint8_t machine[KRB_MACHINE_ID_SIZE];
};
MUST_CHECK status_t krb_restrictions_parse(struct view in, struct krb_restrictions *out);
void krb_restrictions_build(struct wr *w, const struct krb_restrictions *m);

/* ---- the PAC (MS-PAC); its signatures are verified in protect/pac.h ------------ */

struct krb_pac {
    struct view all;
    uint32_t has;                           /* bit 1 << type */
    struct view buffers[KRB_PAC_TYPES];     /* by KRB_PAC_*; a type is there once or not at all */
};

MUST_CHECK status_t krb_pac_parse(struct view in, struct krb_pac *out);
bool krb_pac_has(const struct krb_pac *pac, uint32_t type);

/* PAC_SIGNATURE_DATA. */
struct krb_pac_signature {
    int32_t type;               /* checksum type */
    struct view signature;
    bool has_rodc;
    uint16_t rodc;
};
MUST_CHECK status_t krb_pac_signature_parse(struct view in, struct krb_pac_signature *out);

/* PAC_CLIENT_INFO. */
struct krb_pac_client_info {
    int64_t auth_time;          /* FILETIME */
    struct view name;           /* UTF-16LE */
};
MUST_CHECK status_t krb_pac_client_info_parse(struct view in, struct krb_pac_client_info *out);

/* UPN_DNS_INFO. */
struct krb_pac_upn_dns_info {
    uint32_t flags;             /* KRB_UPN_* */
    struct view upn, dns_domain;    /* UTF-16LE */
    struct view sam_name;       /* UTF-16LE; empty unless KRB_UPN_EXTENDED */
    struct view sid;            /* the same */
};
MUST_CHECK status_t krb_pac_upn_dns_info_parse(struct view in, struct krb_pac_upn_dns_info *out);

/* A list of groups or SIDs in a LOGON_INFO: krb_pac_list_next(). */
struct krb_pac_list {
    size_t left;
    struct rd groups;           /* {RID, attributes}, or {pointer, attributes} */
    struct rd sids;             /* the SIDs that the pointers mean */
    bool is_sids;
};
struct krb_pac_member {
    uint32_t rid;               /* groups */
    struct view sid;            /* SIDs: in wire form */
    uint32_t attributes;        /* SE_GROUP_* */
};
/* By value: a list may be walked again from the start. False: no more. */
MUST_CHECK bool krb_pac_list_next(struct krb_pac_list *list, struct krb_pac_member *out);

/* KERB_VALIDATION_INFO (MS-PAC 2.5). Strings are UTF-16LE, times FILETIMEs. */
struct krb_pac_logon_info {
    int64_t logon_time, logoff_time, kickoff_time;
    struct view effective_name, full_name, logon_server, logon_domain;
    uint32_t user_id, primary_group_id;     /* RIDs in domain_sid; user_id 0: the first extra SID */
    uint32_t user_flags;
    uint32_t user_account_control;
    struct view domain_sid;
    struct krb_pac_list groups;             /* in domain_sid */
    struct krb_pac_list extra_sids;         /* empty unless KRB_LOGON_EXTRA_SIDS */
    struct view resource_domain_sid;        /* empty: none */
    struct krb_pac_list resource_groups;    /* empty unless KRB_LOGON_RESOURCE_GROUPS */
};
MUST_CHECK status_t krb_pac_logon_info_parse(struct view in, struct krb_pac_logon_info *out);

#endif
