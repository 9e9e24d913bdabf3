/*
 * spnego.h: the two tokens of SPNEGO (RFC 4178 4.2, MS-SPNG 2.2), parsed into
 * views and built. What they mean is the engines' business.
 */
#ifndef NEGOTIATE_WIRE_SPNEGO_H
#define NEGOTIATE_WIRE_SPNEGO_H

#include "base/view.h"
#include "base/wr.h"

/* Longer lists and names are refused: Windows offers five mechanisms, of 11 octets at most. */
#define SPNEGO_MECHS_MAX 32u
#define SPNEGO_OID_MAX 32u

/* Contents of the OBJECT IDENTIFIERs, without tag and length. */
extern const struct view spnego_oid;            /* 1.3.6.1.5.5.2 */
extern const struct view spnego_oid_kerberos;   /* 1.2.840.113554.1.2.2 */
/* The same cut to 16 bits a number, which Windows sends first (MS-SPNG 3.1.5.2). */
extern const struct view spnego_oid_kerberos_ms;
extern const struct view spnego_oid_ntlm;       /* 1.3.6.1.4.1.311.2.2.10 */
extern const struct view spnego_oid_negoex;     /* 1.3.6.1.4.1.311.2.2.30 */

/* What a token is, by its first octets; the rest may still be malformed. */
enum spnego_kind {
    SPNEGO_KIND_EMPTY,
    SPNEGO_KIND_INIT,       /* framed, thisMech is SPNEGO: a first token of either side */
    SPNEGO_KIND_RESP,
    SPNEGO_KIND_RAW_NTLM,   /* the mechanism's own, not wrapped (MS-SPNG 3.3.5.1) */
    SPNEGO_KIND_RAW_GSS,    /* framed by RFC 2743 3.1 for another mechanism */
    SPNEGO_KIND_RAW_KERBEROS,   /* an AP-REQ alone, as DCE style has it */
    SPNEGO_KIND_OTHER,
};

/* RFC 4178 4.2.2; ABSENT: the field was not sent. */
enum spnego_state {
    SPNEGO_STATE_COMPLETED = 0,
    SPNEGO_STATE_INCOMPLETE = 1,
    SPNEGO_STATE_REJECT = 2,
    SPNEGO_STATE_REQUEST_MIC = 3,
    SPNEGO_STATE_ABSENT,
};

/*
 * NegTokenInit and NegTokenInit2. A view whose p is NULL was not sent; octets that were sent
 * empty are read as not sent, as old servers mean them.
 */
struct spnego_init {
    /* The DER of MechTypeList as it came: what mechListMIC is made over, never built again. */
    struct view mech_list;
    struct view mechs[SPNEGO_MECHS_MAX];
    size_t mech_count;
    struct view token;
    struct view mic;
    bool has_hints;         /* a server that spoke first (NegTokenInit2) */
};

struct spnego_resp {
    enum spnego_state state;
    struct view mech;
    struct view token;
    struct view mic;
};

enum spnego_kind spnego_kind_of(struct view token);

/* The mechanism of a RAW_GSS token; empty where it is malformed. */
struct view spnego_raw_mech(struct view token);

/*
 * SEC_E_INVALID_TOKEN: malformed, or beyond the limits above. reqFlags and the contents of
 * negHints are read over, as MS-SPNG 3.2.5.2 wants; fields that come behind those we know
 * are left alone, as the extension markers of RFC 4178 want.
 */
MUST_CHECK status_t spnego_init_parse(struct view token, struct spnego_init *out);
MUST_CHECK status_t spnego_resp_parse(struct view token, struct spnego_resp *out);

/* MechTypeList alone, for init->mech_list and for the MIC. */
void spnego_mech_list_build(struct wr *w, const struct view *mechs, size_t count);
/* From mech_list, token, mic; has_hints adds Windows's hint and makes it NegTokenInit2. */
void spnego_init_build(struct wr *w, const struct spnego_init *init);
void spnego_resp_build(struct wr *w, const struct spnego_resp *resp);

#endif
