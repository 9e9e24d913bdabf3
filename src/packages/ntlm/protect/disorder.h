/*
 * disorder.h: signed messages that may come twice, late or not at all: what a
 * receiver needs in whose context nobody asked for SEQUENCE_DETECT.
 *
 * The key stream under the signatures goes on by eight bytes a message, so
 * the bytes for any number can be found from a place before it. That place
 * follows the newest message at NTLM_DISORDER_MAX, which bounds the work.
 */
#ifndef NTLM_PROTECT_DISORDER_H
#define NTLM_PROTECT_DISORDER_H

#include "crypto/crypto.h"
#include "packages/ntlm/wire/spec.h"

/* So much later than the newest a message may come, and so much before those it overtakes. */
#define NTLM_DISORDER_MAX 64u

/* In secret memory. */
struct ntlm_disorder {
    struct crypto_rc4 behind;   /* the key stream where oldest's bytes begin */
    uint32_t oldest;
    uint64_t seen;              /* bit i: oldest + i has come */
};

/* start: the key stream at next, the first number to come. NULL: no memory. For secret_free(). */
struct ntlm_disorder *ntlm_disorder_new(const struct crypto_rc4 *start, uint32_t next);
/*
 * at becomes the key stream where number's bytes begin; ahead is that of next,
 * the number after the newest. False: number is too old or too far ahead.
 */
MUST_CHECK bool ntlm_disorder_find(const struct ntlm_disorder *d, const struct crypto_rc4 *ahead,
                                   uint32_t next, uint32_t number, struct crypto_rc4 *at);
/* Of a number that was found. */
bool ntlm_disorder_is_seen(const struct ntlm_disorder *d, uint32_t number);
/* A number that was found has come: marks it. True: it is the newest. */
bool ntlm_disorder_add(struct ntlm_disorder *d, uint32_t next, uint32_t number);

#endif
