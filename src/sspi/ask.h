/*
 * ask: the application's half of the boundary. Each ask_X() fills a request,
 * sends it to the authority and unpacks the reply. Its twins are the answer_X()
 * of src/answer, in files of the same names and in the order of calls.def.
 *
 * A reply's views live until ask_wipe(), which also gives back the connection: a
 * thread holds at most one ask at a time, or the pool of connections could
 * wait for itself.
 */
#ifndef SSPI_ASK_H
#define SSPI_ASK_H

#include "ipc/ipc.h"
#include "sspi/process.h"
#include "sspi/window.h"

#define ASK_CLOSED_MAX 32u

struct ask {
    struct sspi_process *process;
    uint64_t session;           /* in: whose handles it names, 0: none; out: who answered */
    bool lost;                  /* that session has ended; nothing was sent */
    struct ipc_call_req with;   /* goes with the request; `memory` is the caller's to fill */
    struct ipc_call_rep came;   /* came with the reply */
    struct sspi_window window;
    struct sspi_reply reply;
    uint8_t closed[ASK_CLOSED_MAX * sizeof(uint64_t)];  /* tokens: with.closed_tokens */
};

void ask_init(struct ask *a, struct sspi_process *p, uint64_t session);
void ask_wipe(struct ask *a);

/*
 * The exchange behind all of them. The authority's status, or one of the
 * transport's; *rep is zeroed where no reply came. Client buffers of a successful
 * reply are in place.
 */
MUST_CHECK status_t ask_exchange(struct ask *a, enum ipc_id id, const void *req, void *rep);

/* ---- ask_hello.c: on a connection, by the transport --------------------- */

MUST_CHECK status_t ask_hello_build(struct wr *w, struct view cookie, uint64_t *id);
MUST_CHECK status_t ask_hello_parse(struct view message, uint64_t id, struct ipc_hello_rep *rep);
/* A number for a request; never 0. */
uint64_t ask_id_next(void);
/* Whether the reply belongs to the request: SEC_E_INTERNAL_ERROR when not. */
MUST_CHECK status_t ask_reply_check(struct view request, struct view reply);

/* ---- ask_package.c ------------------------------------------------------ */

MUST_CHECK status_t ask_list_packages(struct ask *a, struct view *packages);

/* ---- ask_credential.c --------------------------------------------------- */

struct ask_acquire {
    const char16_t *principal;      /* NULL: the caller's own */
    const char16_t *package;
    uint32_t use;
    const LUID *logon_id;           /* NULL: the caller's own */
    void *auth_data;                /* its bytes go in ask.with.memory */
    SEC_GET_KEY_FN get_key_fn;
    void *get_key_argument;
};

MUST_CHECK status_t ask_acquire_credential(struct ask *a, const struct ask_acquire *in,
                                           struct ipc_acquire_credential_rep *rep);
MUST_CHECK status_t ask_free_credential(struct ask *a, uint64_t credential);
MUST_CHECK status_t ask_add_credential(struct ask *a, uint64_t credential,
                                       const struct ask_acquire *in, uint64_t *expiry);
MUST_CHECK status_t ask_query_credential(struct ask *a, uint64_t credential, uint32_t attribute,
                                         struct view *value);
MUST_CHECK status_t ask_set_credential(struct ask *a, uint64_t credential, uint32_t attribute,
                                       struct view value);

/* ---- ask_context.c ------------------------------------------------------ */

struct ask_leg {
    uint64_t credential;            /* 0: none */
    uint64_t context;               /* 0: first leg */
    uint32_t requirements;
    uint32_t data_rep;
    const char16_t *target;         /* initiators */
    struct ipc_buffers input, output;
    uint32_t format_lowest, format_highest;
    struct view formats;            /* of other packages' user halves */
    struct view client_answer;      /* of initiators' provider; secret, empty: none */
    bool client_has_none;
};

/* NEED_CLIENT (D11). */
struct ask_need {
    uint32_t package;               /* whose provider may have it; 0: nothing is needed */
    uint32_t kind, flags;
    struct view target;             /* UTF-16 */
};

/* Of initialize_context_rep and accept_context_rep alike. */
struct ask_leg_result {
    uint64_t context;
    struct ipc_buffers output, input;
    uint32_t attributes;
    uint64_t expiry;
    bool mapped;
    struct view context_data;
    uint32_t context_data_type;
    uint32_t package;
    uint64_t package_handle;
    struct ask_need need;           /* of initiators */
};

MUST_CHECK status_t ask_initialize_context(struct ask *a, const struct ask_leg *leg,
                                           struct ask_leg_result *out);
MUST_CHECK status_t ask_accept_context(struct ask *a, const struct ask_leg *leg,
                                       struct ask_leg_result *out);
MUST_CHECK status_t ask_delete_context(struct ask *a, uint64_t context);
MUST_CHECK status_t ask_apply_control_token(struct ask *a, uint64_t context,
                                            const struct ipc_buffers *input);
MUST_CHECK status_t ask_query_context(struct ask *a, uint64_t context, uint32_t attribute,
                                      struct view *value);
MUST_CHECK status_t ask_set_context(struct ask *a, uint64_t context, uint32_t attribute,
                                    struct view value);

/* ---- ask_token.c -------------------------------------------------------- */

struct ask_name {
    struct view sid, name, domain;
    uint32_t use;                   /* SID_NAME_USE; 0: nobody */
};

MUST_CHECK status_t ask_resolve_token(struct ask *a, uint64_t token, struct view *snapshot);
MUST_CHECK status_t ask_lookup_sid(struct ask *a, struct view sid, struct ask_name *out);
MUST_CHECK status_t ask_lookup_name(struct ask *a, const char16_t *name, struct ask_name *out);

/* ---- ask_password.c, ask_status.c --------------------------------------- */

struct ask_password {
    const char16_t *package, *domain, *account, *old_password, *new_password;
    bool impersonating;
    struct ipc_buffers output;
};

MUST_CHECK status_t ask_change_password(struct ask *a, const struct ask_password *in,
                                        struct ipc_buffers *output);
MUST_CHECK status_t ask_status(struct ask *a, struct view *json);

/* UTF-16 text as bytes, without its NUL; NULL stays absent. */
struct view ask_text(const char16_t *s);

#endif
