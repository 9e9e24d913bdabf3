/*
 * What the tests of src/answer stand on: a real authority with scripted packages,
 * services of a configuration in memory, and one-line ways to send it a message.
 */
#ifndef TESTS_ANSWER_WORLD_H
#define TESTS_ANSWER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../contract/lsa/scripted.h"
#include "answer/answer.h"
#include "ipc/ipc.h"
#include "lsa/lsa.h"
#include "parallel.h"

/* What ask() returns where the authority closed the connection; no SECURITY_STATUS is 1. */
#define CLOSED 1

#define ACCEPT CONFIG_MAY_ACCEPT
#define INITIATE CONFIG_MAY_INITIATE
#define INBOUND SECPKG_CRED_INBOUND
#define OUTBOUND SECPKG_CRED_OUTBOUND
#define MAY_ALL                                                                       \
    (CONFIG_MAY_ACCEPT | CONFIG_MAY_INITIATE | CONFIG_MAY_TOKEN | CONFIG_MAY_DELEGATE \
     | CONFIG_MAY_TCB | CONFIG_MAY_ADMIN)

/* The services, by their place in the configuration; each has the uid SERVICE_UID + place. */
enum { ALL, WEB, NARROW, DOOR, SERVICES };
#define SERVICE_UID 1000u

#define IPC_CALL(name, id, doc)
#define IPC_BEGIN(message) struct ipc_##message message;
#define IPC_FIELD(message, tag, type, name, critical, doc)
#define IPC_END(message)
union message {
#include "ipc/calls.def"
};
#undef IPC_CALL
#undef IPC_BEGIN
#undef IPC_FIELD
#undef IPC_END

/* One message and its reply. */
struct exchange {
    struct ipc_call_req common;     /* sent with the next request, then zeroed */
    struct ipc_call_rep common_reply;
    union message reply;            /* views into bytes */
    struct wr bytes;
};

struct world {
    struct config config;           /* world_reload() takes changes */
    struct config_service services[SERVICES];
    struct answer_authority *authority;
    struct scripted_control *package;   /* "Scripted": fast */
    struct scripted_control *slow;      /* "Slow": in the slow pool */
    struct parallel_control *parallel;  /* "Parallel": thread-safe, counts what lives */
    struct exchange x;
};

extern struct world world;

int world_open(void **state);
int world_open_embedded(void **state);
int world_close(void **state);
/* Before each test: configuration and packages as at the start. */
int world_reset(void **state);
#define TEST(name) cmocka_unit_test_setup(name, world_reset)

/* The changed configuration becomes the authority's. */
void world_reload(void);

/* A connection of that service's uid, with process id pid. */
struct answer_connection *world_connect(unsigned service, uint32_t pid);
/* The same after a hello that began a session. */
struct answer_connection *world_session(unsigned service, uint32_t pid);

/* Builds the request, has it answered, parses the reply. The status, or CLOSED. */
status_t exchange_ask(struct exchange *x, struct answer_connection *c, enum ipc_id call,
                      const void *request);
void exchange_wipe(struct exchange *x);
#define ask(c, call, request) exchange_ask(&world.x, (c), IPC_ID_##call, (request))
#define reply_of(call) (&world.x.reply.call##_rep)

/* The request as bytes (free()); x->common goes with it. */
uint8_t *exchange_build(struct exchange *x, enum ipc_id call, const void *request, size_t *n);

/* UTF-16 of a string literal. */
#define W(s) view_of(u"" s, sizeof(u"" s) - sizeof(char16_t))

/* Short forms, each one message over world.x; handles are 0 where the status is an error. */
status_t say_hello(struct answer_connection *c);
uint64_t acquire(struct answer_connection *c, struct view package, uint32_t use);
status_t try_acquire(struct answer_connection *c, struct view package, uint32_t use);
/* A leg with one input and one output TOKEN (64 bytes of room). The context is in *context. */
status_t accept_leg(struct answer_connection *c, uint64_t credential, uint64_t *context,
                    const char *token);
status_t initiate_leg(struct answer_connection *c, uint64_t credential, uint64_t *context);
status_t delete_context(struct answer_connection *c, uint64_t context);
status_t free_credential(struct answer_connection *c, uint64_t credential);

/*
 * A number of the status reply, e.g. "contexts"; from "counters", the top level or a package.
 * STATUS_NO_NUMBER: there is none.
 */
#define STATUS_NO_NUMBER (-1)
int64_t status_number(const char *key);
/* What a package has counted for a service. */
int64_t status_service_number(const char *service, const char *package, const char *counter);

/* Lines of the log since world_reset() that contain the text. */
unsigned log_count(const char *text);

#endif
