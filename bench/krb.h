/*
 * The benchmark of Kerberos's messages: one context, MIT krb5's acceptor on one
 * end of it and our user half as initiator on the other, so that each takes
 * what the other made.
 */
#ifndef BENCH_KRB_H
#define BENCH_KRB_H

#include "base/view.h"

#define KRB_BENCH_MESSAGE_MAX (16 * 1024)
#define KRB_BENCH_TOKEN_MAX 128

/* A message as it is on the wire. */
struct krb_bench_token {
    size_t n;
    uint8_t bytes[KRB_BENCH_MESSAGE_MAX + KRB_BENCH_TOKEN_MAX];
};

/* One end. Every function says on stderr what failed. */
struct krb_bench_end {
    const char *name;
    bool (*wrap)(const uint8_t *text, size_t n, struct krb_bench_token *out);
    /* text: where the plaintext is, in memory that lasts until the next call. */
    bool (*unwrap)(struct krb_bench_token *in, const uint8_t **text, size_t *n);
    void (*close)(void);
};

extern const struct krb_bench_end krb_bench_mit, krb_bench_ours;

/* What a handshake leaves to the initiator's end. */
struct krb_bench_keys {
    int32_t etype;
    struct view initiator, acceptor;    /* subkeys */
    uint64_t send_sequence, receive_sequence;
};

/* A handshake within MIT, with a ticket that needed no KDC; keys are valid until close(). */
bool krb_bench_mit_open(int32_t etype, struct krb_bench_keys *keys);
bool krb_bench_ours_open(const struct krb_bench_keys *keys);

#endif
