/*
 * protect.h: signing and sealing of messages (MS-NLMP 3.4). One struct a
 * context; each direction has its own key stream and counter, so one thread may
 * send while another receives, but where both share one
 * (ntlm_protect_is_shared()). Two threads on one stream are the caller's to
 * serialise.
 *
 * In a datagram context (NTLMSSP_NEGOTIATE_DATAGRAM) there is no stream: each
 * message has a key made of its number.
 */
#ifndef NTLM_PROTECT_PROTECT_H
#define NTLM_PROTECT_PROTECT_H

#include "crypto/crypto.h"
#include "crypto/piece.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/protect/disorder.h"
#include "packages/ntlm/protect/keys.h"
#include "packages/ntlm/wire/spec.h"

/* Most pieces of a message (packages/common/message_buffers.h has no more). */
#define NTLM_PIECES_MAX 16u

/*
 * What a receiver notices beside alterations. With neither, a message may come
 * twice or out of order; with REPLAY alone, out of order only.
 */
enum ntlm_detects { NTLM_DETECTS_REPLAY = 1, NTLM_DETECTS_SEQUENCE = 2 };

struct ntlm_stream {
    bool keyed;                 /* the two below are made with the direction's first message */
    struct crypto_rc4 seal;     /* of a datagram context: the last message's */
    struct crypto_hmac sign;    /* its pads are computed once */
    uint32_t sequence;          /* of the message to come */
};

struct ntlm_protect {
    uint32_t flags;             /* as negotiated */
    unsigned detects;           /* enum ntlm_detects, or-ed */
    enum ntlm_direction own;
    uint8_t session_key[NTLM_KEY_SIZE];
    struct ntlm_stream send, receive;   /* send alone where both directions share it */
    struct ntlm_disorder *disorder;     /* NULL until a context that needs it receives */
};

/* own: the direction that this side sends in. Wipe in any case. */
void ntlm_protect_init(struct ntlm_protect *p, const uint8_t session_key[NTLM_KEY_SIZE],
                       uint32_t flags, unsigned detects, enum ntlm_direction own);
/* The same, as ContextData says. */
void ntlm_protect_init_from(struct ntlm_protect *p, const struct ntlm_context_data *d);
void ntlm_protect_wipe(struct ntlm_protect *p);
/*
 * Makes the keys of one of p's streams, unless it has them; of a datagram context, those of the
 * message with this number. Messages do so by themselves.
 */
void ntlm_stream_key(const struct ntlm_protect *p, struct ntlm_stream *s,
                     enum ntlm_direction direction, uint32_t sequence);

static inline enum ntlm_direction
ntlm_direction_other(enum ntlm_direction d)
{
    return d == NTLM_CLIENT_TO_SERVER ? NTLM_SERVER_TO_CLIENT : NTLM_CLIENT_TO_SERVER;
}

/* True: both directions use one stream (no extended session security), and hence one lock. */
bool ntlm_protect_is_shared(const struct ntlm_protect *p);
/* True: signatures are real. Without SIGN and SEAL they are the constant one of 3.4.4.3. */
bool ntlm_protect_has_integrity(const struct ntlm_protect *p);
bool ntlm_protect_has_sealing(const struct ntlm_protect *p);

/*
 * sequence, in these four: the message's number, which a datagram context takes from its caller
 * (MessageSeqNo); others count for themselves and do not look at it.
 */
MUST_CHECK status_t ntlm_protect_sign(struct ntlm_protect *p, const struct crypto_piece *pieces,
                                      size_t count, uint32_t sequence,
                                      uint8_t signature[NTLM_SIGNATURE_SIZE]);
/*
 * SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE: nothing has changed, and the
 * message that should have come can still be verified.
 */
MUST_CHECK status_t ntlm_protect_verify(struct ntlm_protect *p, const struct crypto_piece *pieces,
                                        size_t count, uint32_t sequence, struct view signature);
/* In place. SEC_E_UNSUPPORTED_FUNCTION: SEAL was not negotiated. */
MUST_CHECK status_t ntlm_protect_seal(struct ntlm_protect *p, const struct crypto_piece *pieces,
                                      size_t count, uint32_t sequence,
                                      uint8_t signature[NTLM_SIGNATURE_SIZE]);
/* In place. As verify; on failure the pieces hold the ciphertext again. */
MUST_CHECK status_t ntlm_protect_unseal(struct ntlm_protect *p, const struct crypto_piece *pieces,
                                        size_t count, uint32_t sequence, struct view signature);

#endif
