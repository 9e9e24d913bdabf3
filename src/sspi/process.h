/*
 * What libsspi keeps for one process. A forked child gets an empty one of its
 * own: its parent's handles do not resolve in it (D3).
 */
#ifndef SSPI_PROCESS_H
#define SSPI_PROCESS_H

#include "base/handle.h"
#include "sspi/authority.h"

#include "sspi.h"

#include <pthread.h>

struct sspi_package_list;
struct sspi_user_half;

/* Objects behind SecHandles and token HANDLEs. */
enum sspi_type { SSPI_CREDENTIAL = 1, SSPI_CONTEXT, SSPI_TOKEN };
#define SSPI_OBJECTS_MAX ((size_t)1 << 22)

struct sspi_process {
    struct handle_table *handles;
    uint64_t secret;                    /* makes a handle's check word */
    struct sspi_authority authority;

    /* package.c: every list seen; `packages` is the one of session `packages_session`. */
    pthread_mutex_t packages_lock;
    struct sspi_package_list *packages_all;
    _Atomic(struct sspi_package_list *) packages;
    atomic_uint_fast64_t packages_session;

    /* user_half.c: loaded once, never unloaded (contexts may outlive any list). */
    pthread_mutex_t halves_lock;
    struct sspi_user_half *halves;

    /* token.c: numbers of tokens that are gone here, for the next call to say. */
    pthread_mutex_t closed_lock;
    uint64_t *closed;
    size_t closed_count, closed_room;

    _Atomic(uint8_t *) identity_key;    /* auth_identity_seal.c: NULL: not made yet */

    struct sspi_process *parent;        /* of before a fork: its memory is not touched again */
};

/* This process's; made on first use and after a fork. NULL: no memory. */
struct sspi_process *sspi_process_get(void);

/* Remembers that a token of the authority's is not held here any more. */
void sspi_process_token_closed(struct sspi_process *p, uint64_t number);
/* Takes up to max of them for a call; returns how many. */
size_t sspi_process_tokens_take(struct sspi_process *p, uint8_t *out, size_t max);

/* For tests: the next sspi_process_get() makes a new one with this authority and this folder. */
void sspi_process_reset(const struct sspi_authority_ops *ops, void *self, const char *module_dir);

/* ---- SecHandles: dwLower is the object's number, dwUpper a check word ---- */

void sspi_handle_put(const struct sspi_process *p, PSecHandle h, uint64_t number);
/* The number; 0: NULL, or the check word is wrong. */
uint64_t sspi_handle_number(const struct sspi_process *p, const SecHandle *h);
/* CHOICE: NULL and a zeroed handle both mean "none given", as callers zero their structures. */
bool sspi_handle_is_absent(const SecHandle *h);

/* In the table under the type; 0: full. on_free: see base/handle.h. */
uint64_t sspi_object_add(struct sspi_process *p, enum sspi_type type, void *object,
                         handle_free_fn *on_free);
/* Referenced: give back by handle_put(p->handles, number). NULL: does not resolve. */
void *sspi_object_get(struct sspi_process *p, uint64_t number, enum sspi_type type);
bool sspi_object_remove(struct sspi_process *p, uint64_t number, enum sspi_type type);

#endif
