/*
 * negoex.h: the messages of NegoEx (MS-NEGOEX 2.2), parsed into views and
 * built. One token of the mechanism holds several, one behind the other. What
 * they mean is the engine's business.
 */
#ifndef NEGOTIATE_WIRE_NEGOEX_H
#define NEGOTIATE_WIRE_NEGOEX_H

#include "base/rd.h"
#include "base/wr.h"

#define NEGOEX_GUID 16u
#define NEGOEX_RANDOM 32u
/* More is refused: a host has a handful. */
#define NEGOEX_SCHEMES_MAX 64u
#define NEGOEX_EXTENSIONS_MAX 64u
#define NEGOEX_ALERTS_MAX 8u

enum negoex_type {
    NEGOEX_INITIATOR_NEGO,
    NEGOEX_ACCEPTOR_NEGO,
    NEGOEX_INITIATOR_META_DATA,
    NEGOEX_ACCEPTOR_META_DATA,
    NEGOEX_CHALLENGE,
    NEGOEX_AP_REQUEST,
    NEGOEX_VERIFY,
    NEGOEX_ALERT,
    NEGOEX_TYPES,
};

/* Which members count, the type says. Views end with the bytes that were parsed. */
struct negoex_message {
    enum negoex_type type;
    uint32_t sequence;
    uint8_t conversation[NEGOEX_GUID];
    struct view whole;                  /* all of it, as VERIFY signs it; parsed only */
    /* *_NEGO */
    uint8_t random[NEGOEX_RANDOM];
    struct view schemes;                /* GUIDs, the preferred one first */
    bool critical;                      /* an extension is to be understood; parsed only */
    /* all others */
    uint8_t scheme[NEGOEX_GUID];
    struct view body;                   /* metadata, the package's token, VERIFY's checksum */
    int32_t checksum_type;              /* VERIFY: RFC 3961's number */
    uint32_t error;                     /* ALERT: an NTSTATUS */
    bool no_key;                        /* ALERT: the sender had no key for a VERIFY */
};

/*
 * The next message of a token. SEC_E_INVALID_TOKEN: malformed, or beyond the limits;
 * SEC_E_UNSUPPORTED_FUNCTION: an extension that must be understood, and none is.
 */
MUST_CHECK status_t negoex_message_get(struct rd *token, struct negoex_message *out);
/* One message behind the others. */
void negoex_message_put(struct wr *token, const struct negoex_message *m);

#endif
