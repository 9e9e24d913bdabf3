/*
 * The benchmark of Kerberos's and Negotiate's accepts: one acceptor a run, and
 * what comes to it is made beforehand, so that only the acceptor is measured.
 */
#ifndef BENCH_ACCEPT_H
#define BENCH_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCEPT_TOKEN_MAX 4096

struct accept_token {
    size_t n;
    uint8_t bytes[ACCEPT_TOKEN_MAX];
};

/* Every function says on stderr what failed. */
struct accept_end {
    const char *name;
    bool (*open)(const char *package);
    /* One leg of the context that is at hand. */
    bool (*leg)(const struct accept_token *in, struct accept_token *out, bool *more);
    /* The next context begins; this one is deleted, or kept until the process ends. */
    void (*next)(bool keep);
};

extern const struct accept_end accept_opensspi, accept_mit;

/* A message in our context that was accepted last; not inlined, for callgrind. */
bool accept_seal(uint8_t *text, size_t n);

/* Kerberos's initiator: MIT, with a ticket under the keytab's key (accept_client.c). */
bool accept_client_open(const char *keytab, bool negotiate);
bool accept_client_token(struct accept_token *out);
/* A keytab with so many foreign entries, and the service's keys behind them. */
bool accept_keytab_make(const char *path, unsigned foreign);

/* NTLM's initiator, alone or within Negotiate: ours. */
bool accept_ntlm_open(const char *package);
bool accept_ntlm_leg(const struct accept_token *in, struct accept_token *out);
void accept_ntlm_next(void);

#endif
