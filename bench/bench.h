/*
 * The NTLM benchmark: one acceptor a run, driven by WinPR's initiator, so that
 * every acceptor answers the same client. scripts/bench interleaves the runs.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "sspi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_TOKEN_MAX 4096
#define BENCH_SIGNATURE 16
#define BENCH_MESSAGE_MAX (16 * 1024)

struct bench_token {
    uint32_t n;
    uint8_t bytes[BENCH_TOKEN_MAX];
};

/* One implementation's acceptor. Every function says on stderr what failed. */
struct bench_peer {
    const char *name;
    /* Credentials and everything that a server does once. */
    bool (*open)(void);
    /* One leg; *more: another will come. Only this is timed as "accept". */
    bool (*accept)(const struct bench_token *in, struct bench_token *out, bool *more);
    /* The established context's messages: signature and data apart, data in place. */
    bool (*seal)(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE]);
    bool (*unseal)(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE]);
    void (*close_context)(void);
};

extern const struct bench_peer bench_opensspi, bench_winpr, bench_gss;

/* WinPR's initiator (client.c). */
bool client_open(void);
/* Who logs on from now on: DOMAIN BENCH, one password for all. */
bool client_set_user(const char *user);
bool client_step(const struct bench_token *in, struct bench_token *out);
bool client_seal(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE]);
void client_close_context(void);

/* An SSPI implementation's function table, loaded privately: their symbols clash. */
PSecurityFunctionTableA bench_load_opensspi(void);
PSecurityFunctionTableA bench_load_winpr(void);

/* A context's messages through an SSPI table, numbered: WinPR's MAC is over the caller's number. */
struct bench_context {
    PSecurityFunctionTableA table;
    CtxtHandle handle;
    bool is_open;
    uint32_t sent, received;
};
bool bench_context_seal(struct bench_context *c, uint8_t *data, uint32_t n,
                        uint8_t signature[BENCH_SIGNATURE]);
bool bench_context_unseal(struct bench_context *c, uint8_t *data, uint32_t n,
                          uint8_t signature[BENCH_SIGNATURE]);
void bench_context_close(struct bench_context *c);

#endif
