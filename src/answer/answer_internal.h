/* What the files of src/answer share. */
#ifndef ANSWER_ANSWER_INTERNAL_H
#define ANSWER_ANSWER_INTERNAL_H

#include "answer/answer.h"
#include "base/arena.h"
#include "lsa/lsa.h"

#include <pthread.h>

#define ANSWER_COOKIE_SIZE 16
#define ANSWER_ARENA_MAX (6u * 1024 * 1024)     /* a request's memory */
#define ANSWER_ROOM_MAX (64u * 1024)            /* an output buffer's room: no token is larger */
#define ANSWER_ALL_PACKAGES UINT32_MAX

/* A service of the configuration, with what it uses. Never freed before the authority. */
struct answer_service {
    struct answer_service *next;
    struct lsa_service lsa;
};

/* One client process: what its connections share. */
struct answer_session {
    struct answer_session *next;
    uint8_t cookie[ANSWER_COOKIE_SIZE];
    struct ipc_peer peer;
    struct answer_service *service;
    struct lsa_client *client;
    unsigned connections;           /* under the authority's lock */
};

struct answer_authority {
    struct lsa *lsa;
    struct account_store *accounts;
    bool embedded;
    int64_t started;                /* FILETIME */
    bool any_slow;                  /* some package runs in the slow pool: fixed at start */
    struct log_gate peer_gate, message_gate;    /* of log lines about strangers and their bytes */
    atomic_uint_fast64_t next_id;
    pthread_mutex_t lock;           /* the members below */
    const struct config *config;
    struct answer_service *services;
    struct answer_session *sessions;
    unsigned session_count;
};

struct answer_connection {
    struct answer_authority *authority;
    struct ipc_peer peer;
    struct answer_service *service;
    _Atomic(struct answer_session *) session;   /* NULL until hello */
};

/* One message on its way through. */
struct answer_request {
    struct answer_connection *connection;
    struct answer_authority *authority;
    struct answer_session *session;
    struct arena arena;
    struct lsa_call call;
    struct lsa_range memory[IPC_RANGES_MAX];
    struct lsa_leg_result leg;      /* wiped once the reply is written */
};

/* A handler: request and reply are the call's structures of ipc.h. */
typedef status_t answer_handler(struct answer_request *r, const void *request, void *reply);

/* The handlers, in the order of calls.def; twins of src/sspi/ask_*.c. */
answer_handler answer_hello;
answer_handler answer_list_packages;
answer_handler answer_acquire_credential;
answer_handler answer_free_credential;
answer_handler answer_add_credential;
answer_handler answer_query_credential;
answer_handler answer_set_credential;
answer_handler answer_initialize_context;
answer_handler answer_accept_context;
answer_handler answer_delete_context;
answer_handler answer_apply_control_token;
answer_handler answer_query_context;
answer_handler answer_set_context;
answer_handler answer_change_password;
answer_handler answer_status;
answer_handler answer_resolve_token;
answer_handler answer_lookup_sid;
answer_handler answer_lookup_name;

/* answer_service.c */
MUST_CHECK bool answer_services_load(struct answer_authority *a, const struct config *config);
void answer_services_free(struct answer_authority *a);
/* By name, or where name is NULL by uid; under the lock. NULL: none. */
struct answer_service *answer_service_find(struct answer_authority *a, const char *name,
                                           uint32_t uid);
/* False, with a log line that names what to add, unless the service may do all of `may`. */
MUST_CHECK bool answer_service_check_may(struct answer_service *s, uint32_t may);
MUST_CHECK bool answer_service_check_package(struct answer_service *s, const struct lsa_package *p);

/* answer_reload.c */
/* Logs what differs and cannot be taken while running. */
void answer_reload_log(const struct config *old, const struct config *new);

/* answer_session.c */
struct answer_session *answer_session_new(struct answer_connection *c);
struct answer_session *answer_session_join(struct answer_connection *c, struct view cookie);
void answer_session_leave(struct answer_authority *a, struct answer_session *s);

/* answer_buffers.c */
/* In the request's arena; NULL: too many, or no memory. */
SecBufferDesc *answer_buffers_in(struct answer_request *r, const struct ipc_buffers *in);
SecBufferDesc *answer_buffers_room(struct answer_request *r, const struct ipc_buffers *out,
                                   bool allocate);
/* What the package left in d; views into its memory. */
void answer_buffers_out(const SecBufferDesc *d, struct ipc_buffers *out);
/* Types and sizes of the input, only where the package changed them. */
void answer_buffers_changed(const SecBufferDesc *d, const struct ipc_buffers *sent,
                            struct ipc_buffers *out);
/* A UTF-16 argument; NULL when it is absent. False: odd or too long. */
MUST_CHECK bool answer_string(struct answer_request *r, struct view v, UNICODE_STRING *room,
                              UNICODE_STRING **out);

#endif
