/*
 * lsa: the Local Security Authority as a library: it loads packages by the
 * contract of SpLsaModeInitialize, dispatches calls to them as Microsoft's
 * pages say, gives them the support functions of LSA_SECPKG_FUNCTION_TABLE,
 * and keeps the handles, tokens and accounts behind those.
 *
 * It knows no sockets and no wire format of the IPC: src/answer is its caller.
 */
#ifndef LSA_LSA_H
#define LSA_LSA_H

#include "base/arena.h"
#include "base/log_gate.h"
#include "base/view.h"
#include "config/config.h"
#include "lsa/account.h"

#include "ntsecpkg.h"
#include "sspi.h"

#include <stdatomic.h>

struct lsa;
struct lsa_package;
struct lsa_client;
struct lsa_token;
struct thread_saved;

#define LSA_ERROR_MAX CONFIG_ERROR_MAX

/* ---- the authority ---------------------------------------------------- */

struct lsa_options {
    const struct config *config;    /* borrowed; see lsa_reload() */
    const char *module_dir;
    struct account_store *accounts; /* borrowed */
};

/*
 * Loads the packages of the configuration; one that fails is logged and left out. NULL: error.
 * One a process; a forked child may open its own beside its parent's, which it must not touch.
 */
struct lsa *lsa_new(const struct lsa_options *options, char error[LSA_ERROR_MAX]);
/* No client may be left, no lsa_reap() be running. SpShutdown of every package, then unload. */
void lsa_free(struct lsa *l);
/* Package settings come from this configuration from now on. */
void lsa_reload(struct lsa *l, const struct config *config);
/* Random number of this run (D7). */
uint64_t lsa_epoch(const struct lsa *l);
/*
 * Drops half-open contexts whose handshake took too long, writes the failed logons that were
 * counted since, wipes old values of the store's cache. Call once a second.
 */
void lsa_reap(struct lsa *l);

struct lsa_counters {
    atomic_uint_fast64_t calls;             /* context legs answered */
    atomic_uint_fast64_t accepted;          /* acceptor contexts completed */
    atomic_uint_fast64_t refused;           /* logons refused */
    atomic_uint_fast64_t contexts, half_open, credentials;  /* alive now */
};
struct lsa_counters *lsa_counters(struct lsa *l);

#define LSA_COUNTERS_MAX 256                /* of all packages together */
struct lsa_service;

/* What packages count, in the order in which they began to. */
struct lsa_counter_value {
    const char *package, *name;     /* the authority's */
    uint64_t value;
};
/* service: only what was counted in its calls; NULL: everything. False: there are no more. */
bool lsa_counter_get(struct lsa *l, const struct lsa_service *service, size_t i,
                     struct lsa_counter_value *out);

/* ---- packages --------------------------------------------------------- */

struct lsa_package_info {
    uint32_t id;                    /* good until the authority ends */
    uint32_t table_index;           /* of the module's tables, for its user half */
    const SecPkgInfoW *info;        /* as SpGetInfo filled it; the authority's copy */
    const char *name;               /* UTF-8 */
    const char *user_module;        /* file name without folder and .so; "": no user half */
    const SECPKG_CONTEXT_THUNKS *thunks;    /* NULL: none */
    enum config_pool pool;
};

size_t lsa_package_count(const struct lsa *l);
/* The i-th package's facts, valid until lsa_free(). */
struct lsa_package_info lsa_package_get(const struct lsa *l, size_t i);
/* By UTF-16LE name without regard to case; NULL: none. */
const struct lsa_package *lsa_package_find(const struct lsa *l, struct view name);
struct lsa_package_info lsa_package_info(const struct lsa_package *p);

/* ---- clients ---------------------------------------------------------- */

/* What a service may use, shared by its clients. The numbers may change by a reload. */
struct lsa_service {
    char name[64];
    char section[64];                       /* whose settings are its: name, but embedded */
    atomic_uint may;                        /* CONFIG_MAY_*; TCB is looked up at each use */
    atomic_uint packages;                   /* bit i: the i-th package is allowed */
    atomic_uint max_contexts, max_half_open, max_credentials, max_tokens;
    atomic_uint handshake_seconds;
    atomic_uint failures_per_minute;        /* of a peer address, or a uid */
    atomic_uint contexts, half_open, credentials, tokens;       /* in use */
    atomic_uint_fast64_t counted[LSA_COUNTERS_MAX];     /* by packages, by the counter's place */
    struct log_gate quota_gate, permission_gate;        /* of log lines about it */
};

struct lsa_identity {
    uint32_t pid, uid, gid;
};

/* One client process. service is borrowed. NULL: no memory. */
struct lsa_client *lsa_client_new(struct lsa *l, const struct lsa_identity *id,
                                  struct lsa_service *service);
/* Its contexts and credentials are deleted in their packages, with SECPKG_CALL_CLEANUP set. */
void lsa_client_free(struct lsa_client *c);

/* ---- the call that is being served ------------------------------------ */

#define LSA_OUTPUTS_MAX 16          /* SecBuffers of an output descriptor */
#define LSA_BLOCKS_MAX 32
#define LSA_TOKENS_MAX 4

struct lsa_range {
    uint64_t address;               /* in the client */
    struct view bytes;
};

/*
 * Everything a call may refer to: who calls, which client memory came with it,
 * and what it hands back besides its result. Set up by the caller of the
 * functions below, which make it the thread's current call while the package runs.
 */
struct lsa_call {
    struct lsa_client *client;
    struct arena *arena;            /* lives until the reply is written */
    uint64_t id;                    /* correlation id for logs */
    uint32_t thread;                /* caller's thread id, as it says itself */
    uint32_t attributes;            /* SECPKG_CALL_* */
    struct view peer_address;       /* UTF-8; may be empty */
    uint64_t window_base;           /* client addresses for AllocateClientBuffer; 0: none */
    uint32_t window_size;
    const struct lsa_range *memory; /* client memory for CopyFromClientBuffer */
    size_t memory_count;
    uint32_t format_lowest, format_highest;     /* ContextData formats of the user half */
    struct view formats;            /* of others' user halves: u32 package, lowest, highest each */

    /* filled by the support functions */
    uint32_t window_used;
    struct lsa_block {
        uint64_t address;
        uint8_t *bytes;             /* in the arena */
        uint32_t size;
        bool freed;
    } blocks[LSA_BLOCKS_MAX];
    size_t block_count;
    struct lsa_range tokens[LSA_TOKENS_MAX];    /* DuplicateHandle: handle number and snapshot */
    size_t token_count;

    struct view client_answer;      /* of the client's provider; secret, empty: none */
    bool client_has_none;           /* it was asked, for nothing */
    struct lsa_need {
        const struct lsa_package *package;      /* NULL: nothing is needed */
        uint32_t kind, flags;
        struct view target;                     /* UTF-16, in the arena */
    } need;

    bool audited;                   /* the package reported the logon itself */
    struct lsa_held_logon *held;    /* accepted by a package that another one negotiates; owned */
    struct lsa_call *outer;         /* the call that this one is nested in */
    const struct lsa_package *package;          /* the package being run */
    const struct lsa_package *mapped_package;   /* hand_over(); NULL: the leg's own */
    LSA_SEC_HANDLE mapped_handle;

    struct lsa_token *token;        /* of whom the caller's thread impersonates; NULL: itself */
    HANDLE client_token;            /* what GetClientInfo showed; NULL: nothing yet */
    struct thread_saved *self;      /* ImpersonateClient, until RevertToSelf; NULL: neither */
};

/* ---- tokens ----------------------------------------------------------- */

/*
 * The calling thread impersonates the client of this token, a handle that DuplicateHandle
 * put into the process: SEC_E_INVALID_HANDLE; SEC_E_NO_IMPERSONATION: its level is too low.
 */
MUST_CHECK status_t lsa_call_set_token(struct lsa_call *call, uint64_t handle);
/* Ends what belongs to the call; drop: the tokens that it put into the client, too. */
void lsa_call_end(struct lsa_call *call, bool drop);
/* The client has closed it; one that does not resolve is passed over. */
void lsa_token_copy_close(struct lsa_client *c, uint64_t handle);
/*
 * A copy's snapshot with what the name service says; it may be asked, which waits (D6).
 * In the call's arena. SEC_E_INVALID_HANDLE, SEC_E_INSUFFICIENT_MEMORY.
 */
MUST_CHECK status_t lsa_token_resolve(struct lsa_call *call, uint64_t handle, struct view *out);

/* ---- names ------------------------------------------------------------ */

struct lsa_name {
    struct sid sid;
    struct view name, domain;       /* UTF-16, in the call's arena */
    uint32_t use;                   /* SID_NAME_USE; 0: nobody */
};
/* SEC_E_OK also where there is nobody of that SID or name. */
MUST_CHECK status_t lsa_lookup_sid(struct lsa_call *call, struct view sid, struct lsa_name *out);
MUST_CHECK status_t lsa_lookup_name(struct lsa_call *call, struct view name,
                                    struct lsa_name *out);

/* ---- credentials ------------------------------------------------------ */

struct lsa_acquire {
    const UNICODE_STRING *principal;        /* NULL: the caller's own */
    uint32_t use;                           /* SECPKG_CRED_* */
    const LUID *logon_id;                   /* NULL: the caller's own */
    uint64_t auth_data, get_key_fn, get_key_argument;   /* client addresses */
};

MUST_CHECK status_t lsa_credential_acquire(struct lsa_call *call, const struct lsa_package *package,
                                           const struct lsa_acquire *in, uint64_t *handle,
                                           int64_t *expiry);
MUST_CHECK status_t lsa_credential_add(struct lsa_call *call, uint64_t handle,
                                       const UNICODE_STRING *package, const struct lsa_acquire *in,
                                       int64_t *expiry);
MUST_CHECK status_t lsa_credential_free(struct lsa_call *call, uint64_t handle);
/* value: the attribute's structure, size bytes, zeroed. */
MUST_CHECK status_t lsa_credential_query(struct lsa_call *call, uint64_t handle, uint32_t attribute,
                                         void *value);
MUST_CHECK status_t lsa_credential_set(struct lsa_call *call, uint64_t handle, uint32_t attribute,
                                       struct view value);
/*
 * The package of a credential or a context of this client; NULL when the handle does not resolve.
 * has_identity: whether the credential was acquired for somebody (pAuthData), so that a package
 * may log him on; NULL: nobody asks.
 */
const struct lsa_package *lsa_handle_package(struct lsa_client *c, uint64_t credential,
                                             uint64_t context, bool *has_identity);

/* ---- contexts --------------------------------------------------------- */

struct lsa_leg {
    uint64_t credential;            /* 0: none */
    uint64_t context;               /* 0: first leg */
    UNICODE_STRING *target;         /* initiators; NULL: none */
    uint32_t requirements;
    uint32_t data_rep;
    SecBufferDesc *input;           /* in the authority's memory; never NULL */
    SecBufferDesc *output;          /* types; cbBuffer is the room, pvBuffer as many bytes */
};

/* The outputs of a call, and what they were before it. */
struct lsa_outputs {
    SecBufferDesc *desc;            /* NULL: the package was not called */
    void *at[LSA_OUTPUTS_MAX];
    uint32_t room[LSA_OUTPUTS_MAX];
};

struct lsa_leg_result {
    uint64_t context;               /* handle; 0: none was made */
    uint32_t attributes;
    int64_t expiry;
    bool mapped;                    /* ship context_data to the user half */
    SecBuffer context_data;         /* pvBuffer: LSA heap, lsa_leg_result_wipe() */
    const struct lsa_package *package;      /* whose user half maps the context */
    LSA_SEC_HANDLE package_handle;
    struct lsa_outputs outputs;     /* those that the package allocated itself are LSA heap, too */
};

/* lsa-mode 5.1 and 5.2: one leg. The status is a SECURITY_STATUS already. */
MUST_CHECK status_t lsa_context_initialize(struct lsa_call *call, const struct lsa_leg *leg,
                                           struct lsa_leg_result *out);
MUST_CHECK status_t lsa_context_accept(struct lsa_call *call, const struct lsa_leg *leg,
                                       struct lsa_leg_result *out);
/* Frees what the leg left on the LSA heap, wiped. */
void lsa_leg_result_wipe(struct lsa_leg_result *r);

MUST_CHECK status_t lsa_context_delete(struct lsa_call *call, uint64_t handle);
MUST_CHECK status_t lsa_context_apply_token(struct lsa_call *call, uint64_t handle,
                                            SecBufferDesc *input);
MUST_CHECK status_t lsa_context_query(struct lsa_call *call, uint64_t handle, uint32_t attribute,
                                      void *value);
MUST_CHECK status_t lsa_context_set(struct lsa_call *call, uint64_t handle, uint32_t attribute,
                                    struct view value);

MUST_CHECK status_t lsa_password_change(struct lsa_call *call, const struct lsa_package *package,
                                        UNICODE_STRING *domain, UNICODE_STRING *account,
                                        UNICODE_STRING *old_password, UNICODE_STRING *new_password,
                                        bool impersonating, SecBufferDesc *output,
                                        struct lsa_outputs *out);
/* Frees what the package allocated for outputs, wiped. */
void lsa_outputs_wipe(struct lsa_outputs *o);

/* Memory that packages took from AllocateLsaHeap and the authority now owns; wiped. */
void lsa_heap_free(void *p);

/* Closes a handle given to a package (tokens); false: it is none. */
bool lsa_handle_close(void *handle);
/*
 * RevertToSelf by a package that called ImpersonateClient, or had not. False: the thread
 * still acts for the client.
 */
MUST_CHECK bool lsa_revert(void);

#endif
