/*
 * negoex.h: NegoEx (MS-NEGOEX), a mechanism of SPNEGO that negotiates once
 * more, between the packages that declare SECPKG_FLAG_NEGOTIABLE2 and say
 * their scheme's GUID (SecpkgNego2Info). For the engines it is one more
 * package: nego_inner_call() comes here for a choice that is NegoEx's.
 */
#ifndef NEGO_LSA_NEGOEX_H
#define NEGO_LSA_NEGOEX_H

#include "packages/negotiate/lsa/leg.h"
#include "packages/negotiate/wire/negoex.h"

#include "crypto/krb.h"

/* Messages of one token: two metadata messages a package would be too many. */
#define NEGOEX_MESSAGES_MAX (NEGO_MECHS_MAX + 4u)
/* All that is said in one conversation: many legs of the largest tokens. */
#define NEGOEX_TRANSCRIPT_MAX (1u << 20)
/* A package's metadata; more, and it is left out. */
#define NEGOEX_META_MAX 16384u

/* A package that both sides may still choose. */
struct negoex_scheme {
    const struct nego_choice *choice;
    LSA_SEC_HANDLE context;     /* of its metadata; 0: none, or it is the context's inner now */
    PUCHAR meta;                /* to be sent: the LSA heap's */
    ULONG meta_n;
};

/* Holds keys: memory of secret_new(). */
struct negoex {
    uint8_t conversation[NEGOEX_GUID];
    uint32_t sequence;          /* of the next message, whoever sends it */
    struct wr transcript;       /* every octet of every message, in both directions */
    struct negoex_scheme schemes[NEGO_MECHS_MAX];       /* the preferred one first */
    size_t count;
    bool heard;                 /* the peer's first token was here */
    bool fixed;                 /* the package is chosen, and no other will be */
    bool complete;              /* the package is through; this exchange may not be */
    bool sent, verified;        /* VERIFY: ours, and the peer's */
    struct crypto_krb_key own, peer;    /* by which those are made, and checked */
};

/* One token of the peer's, and how much had been said before each message. */
struct negoex_heard {
    size_t count;
    struct negoex_message messages[NEGOEX_MESSAGES_MAX];
    size_t before[NEGOEX_MESSAGES_MAX];
};

/* As nego_inner_call(). */
MUST_CHECK NTSTATUS negoex_call(struct nego_context *c, const struct nego_leg *leg,
                                struct view token, struct nego_answer *out);
void negoex_free(struct negoex *x);

/* ---- negoex_talk.c: tokens ------------------------------------------------- */

/* Takes a token apart and adds it to the transcript. */
MUST_CHECK NTSTATUS negoex_hear(struct nego_context *c, struct view token,
                                struct negoex_heard *heard);
/* The first of this type, and of this scheme unless that is NULL; NULL: there is none. */
const struct negoex_message *negoex_heard_find(const struct negoex_heard *heard,
                                               enum negoex_type type, const uint8_t *scheme);
/* Fills in number and conversation; what does not fit makes the token fail. */
void negoex_say(struct negoex *x, struct wr *token, struct negoex_message m);

/* ---- negoex_verify.c -------------------------------------------------------- */

/*
 * At the end of each token, once a package is at work: the peer's VERIFY is checked and ours
 * is said as soon as there are keys. Says whether the context is through.
 */
MUST_CHECK NTSTATUS negoex_verify(struct nego_context *c, const struct negoex_heard *heard,
                                  struct wr *token);

/* ---- negoex_scheme.c: the packages ------------------------------------------- */

/* All that the credential has. */
void negoex_schemes_fill(struct negoex *x, const struct nego_credential *credential);
void negoex_scheme_remove(struct negoex *x, size_t i);
/* Those in the list stay, in its order or in ours. */
void negoex_schemes_keep(struct negoex *x, struct view list, bool their_order);
/* The GUIDs, in order; room for NEGO_MECHS_MAX. */
struct view negoex_schemes_list(const struct negoex *x, uint8_t *room);
/* negoex->count: not there. */
size_t negoex_scheme_find(const struct negoex *x, const uint8_t *scheme);

/* QueryMetaData of all, ExchangeMetaData of those with a message: who fails is left out. */
void negoex_meta_query(struct nego_context *c, const struct nego_leg *leg);
void negoex_meta_exchange(struct nego_context *c, const struct nego_leg *leg,
                          const struct negoex_heard *heard);
/* Says what was queried. */
void negoex_meta_say(struct nego_context *c, struct wr *token);

/* This package goes on in c, with what its metadata began. */
void negoex_scheme_begin(struct nego_context *c, size_t i);
/* The package at work is forgotten, with its keys. */
void negoex_scheme_end(struct nego_context *c);

#endif
