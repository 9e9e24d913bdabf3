/*
 * protect.h: wrapping and signing of messages (RFC 4121 4.2, RFC 4757 7; in
 * SecBuffers' form MS-KILE 3.4.5.4). One struct a context; each direction has
 * its own keys and counter, so one thread may send while another receives.
 * Two threads on one direction are the caller's to serialise.
 *
 * Keys are derived with a direction's first message: most contexts of an HTTP
 * server never protect one.
 */
#ifndef KRB_PROTECT_PROTECT_H
#define KRB_PROTECT_PROTECT_H

#include "crypto/crypto.h"
#include "crypto/krb.h"
#include "packages/kerberos/protect/context_data.h"
#include "packages/kerberos/protect/window.h"

/* Pieces of a message; more SecBuffers than this in one call are refused. */
#define KRB_PIECES_MAX 16u

/* Random octets for confounders, drawn for many messages at once. */
#define KRB_RANDOM_POOL 256u

/* A protocol key, derived for one direction. */
struct krb_direction_keys {
    bool has_cipher, has_wrap, has_mic;     /* each is made when it is needed first */
    struct crypto_krb_cipher cipher;        /* messages with confidentiality */
    struct crypto_krb_sum wrap, mic;        /* without, and signatures alone */
    struct crypto_hmac rc4_sequence, rc4_seal;
    size_t random_left;                     /* of the pool, at its end; sending only */
    uint8_t random[KRB_RANDOM_POOL];
};

enum krb_which { KRB_KEY_INITIATOR, KRB_KEY_ACCEPTOR, KRB_KEYS };

struct krb_direction {
    bool from_acceptor;
    uint64_t sequence;                      /* sending: the next number */
    struct krb_window window;               /* receiving */
    struct krb_direction_keys *keys[KRB_KEYS];  /* in secret memory; NULL: not used yet */
};

struct krb_protect {
    uint32_t gss_flags;
    struct crypto_krb_key keys[KRB_KEYS];   /* the acceptor's may be none */
    struct krb_direction send, receive;
};

/* False: the keys are not of their types. */
MUST_CHECK bool krb_protect_init(struct krb_protect *p, const struct krb_context_data *d);
void krb_protect_wipe(struct krb_protect *p);
/* The context's key: of the session key attribute, and of what is sent. */
const struct crypto_krb_key *krb_protect_key(const struct krb_protect *p);

/* One message of the application's, as it lies in buffers. */
struct krb_message {
    struct crypto_piece pieces[KRB_PIECES_MAX]; /* in order; sealed: DATA, else only signed */
    size_t count;
    uint8_t *token;
    size_t token_size;          /* the room; after sealing or signing, what was used */
    uint8_t *padding;           /* NULL: the caller has none */
    size_t padding_size;        /* the same */
};

/*
 * Sizes of tokens for the context's key and style (SecPkgContext_Sizes).
 * With RC4 the token of a longer message has a longer frame: seal is the most.
 */
struct krb_sizes {
    size_t sign, seal, padding;
};
struct krb_sizes krb_protect_sizes(const struct krb_protect *p);

/*
 * In place. encrypt false: integrity only (KERB_WRAP_NO_ENCRYPT).
 * SEC_E_BUFFER_TOO_SMALL: no room for the token; nothing has changed then.
 */
MUST_CHECK status_t krb_protect_seal(struct krb_protect *p, struct krb_message *m, bool encrypt);
MUST_CHECK status_t krb_protect_sign(struct krb_protect *p, struct krb_message *m);
/*
 * In place. SEC_E_INVALID_TOKEN: no such token; SEC_E_MESSAGE_ALTERED: not
 * authentic, and what was sealed is zeros now; SEC_E_OUT_OF_SEQUENCE. After a
 * failure the message that should have come can still be taken.
 */
MUST_CHECK status_t krb_protect_unseal(struct krb_protect *p, struct krb_message *m,
                                       bool *encrypted);
/* token and text in one piece, in any rotation: *data is where the text lies then. */
MUST_CHECK status_t krb_protect_unseal_stream(struct krb_protect *p, uint8_t *stream, size_t n,
                                              struct crypto_piece *data, bool *encrypted);
MUST_CHECK status_t krb_protect_verify(struct krb_protect *p, const struct krb_message *m);

/* ---- contexts that travel ------------------------------------------------------ */

#define KRB_PROTECT_PACKED_SIZE 24u
/* What has changed since krb_protect_init(). */
void krb_protect_pack(const struct krb_protect *p, struct wr *w);
void krb_protect_unpack(struct rd *r, struct krb_protect *p);

#endif
