/*
 * What the contract tests stand on: an authority with the scripted packages, one
 * client, and one-line ways to run a leg.
 */
#ifndef TESTS_CONTRACT_BENCH_H
#define TESTS_CONTRACT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lsa/lsa.h"
#include "scripted.h"

struct bench {
    struct account_store *accounts;
    struct lsa *lsa;
    struct lsa_service service;
    struct lsa_client *client;
    struct scripted_control *package;   /* "Scripted", with a user half */
    struct scripted_control *lone;      /* "Lone", without one */
    uint64_t token;                     /* whom the thread of the next legs impersonates; 0 */
    const char *peer;                   /* address of the peer in the next calls; NULL: none */
    struct arena arena;
    struct lsa_call call;
    struct lsa_leg_result result;       /* of the last leg */
    SecBuffer output_buffer;            /* of the last leg: one TOKEN */
    SecBufferDesc output;
    uint8_t output_room[64];
    SecBuffer input_buffers[2];
    SecBufferDesc input;
};

extern struct bench bench;

/* What the bench's authority was opened with. */
const struct config *bench_config(void);

/* The folder of the account store; three failed logons lock an account for five minutes. */
const char *bench_dir(void);

/* cmocka group and test fixtures. */
int bench_open(void **state);
int bench_close(void **state);
int bench_reset(void **state);

/* A fresh client of the bench's service; the previous one is freed. */
void bench_client_renew(void);
void bench_client_of(uint32_t uid);

/* A credential of the package, INBOUND and OUTBOUND unless said. */
uint64_t bench_credential(const char *package, uint32_t use);

/* One leg with the token "in" (NULL: no input) and room for 64 bytes. */
status_t bench_accept(uint64_t credential, uint64_t context, uint32_t requirements, const char *in);
status_t bench_initiate(uint64_t credential, uint64_t context, uint32_t requirements,
                        const char *in);

/* Runs fn (NULL: nothing) within a call of the client to the package. */
void bench_within(void (*fn)(void));

/* A LUID that no session has. */
LUID bench_luid(void);

/* What the package will answer. */
void bench_next(NTSTATUS status, LSA_SEC_HANDLE new_handle);

#define TEST(name) cmocka_unit_test_setup(name, bench_reset)

#endif
