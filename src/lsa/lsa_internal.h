/*
 * What the files of src/lsa share: the authority's objects. Nothing outside
 * this folder includes it.
 *
 * One authority a process: the support functions of Windows's table have no
 * parameter that says which authority they belong to.
 */
#ifndef LSA_LSA_INTERNAL_H
#define LSA_LSA_INTERNAL_H

#include "base/handle.h"
#include "base/status.h"
#include "base/wr.h"
#include "lsa/lsa.h"

#include "opensspi_host.h"

#include <pthread.h>

#define LSA_PACKAGES_MAX 32         /* tables of all modules together */
#define LSA_MODULES_MAX 32
#define LSA_OBJECTS_MAX (1u << 20)  /* credentials, contexts and tokens together */

/* Types in the handle table. */
enum lsa_handle_type {
    LSA_HANDLE_CREDENTIAL = 1, LSA_HANDLE_CONTEXT, LSA_HANDLE_TOKEN, LSA_HANDLE_TOKEN_COPY,
};

/* Packages' tokens belong to the authority itself; copies to the client that got them. */
#define LSA_OWNER_SELF 1

struct lsa_module {
    char *name;                     /* of the configuration: file name without .so */
    void *handle;                   /* dlopen */
    char *user_module;              /* "" : none */
    const struct opensspi_unmapped *unmapped;   /* the module's; NULL: none */
};

struct lsa_package {
    uint32_t id;
    uint32_t table_index;
    struct lsa_module *module;
    SECPKG_FUNCTION_TABLE table;    /* a copy: slots past the package's version are NULL */
    SecPkgInfoW info;               /* with strings of our own */
    char *name;                     /* UTF-8 */
    SECPKG_CONTEXT_THUNKS *thunks;  /* LSA heap; NULL: none */
    enum config_pool pool;
};

/* Failed logons of one uid at one service: shared by its processes. */
struct lsa_rate {
    struct lsa_rate *next;
    struct lsa_service *service;
    uint32_t uid;
    unsigned references;            /* under lsa.rates_lock */
    atomic_uint count;              /* in the minute that began at: */
    atomic_int_fast64_t since;      /* boot milliseconds */
};

/*
 * Failed logons of one peer's address, where a service says who its peers are. Sets of a few
 * buckets: the oldest of a set gives way, so that many addresses take no more memory.
 */
#define LSA_PEER_SETS 512
#define LSA_PEER_WAYS 8
struct lsa_peer_rate {
    uint64_t key;                   /* of service, uid and address; 0: unused */
    int64_t since;                  /* boot milliseconds */
    uint32_t count;
};

struct lsa_client {
    struct lsa *lsa;
    struct lsa_identity id;
    struct lsa_service *service;
    struct lsa_rate *rate;
    LUID logon_id;
    uint64_t owner;                 /* in the handle table */
    atomic_uint references;         /* its caller's, and one a credential or context */
    atomic_bool leaving;            /* the process is gone: SECPKG_CALL_CLEANUP */
};

/*
 * What packages may read of one configuration, kept until the end: a package may be reading.
 */
struct lsa_settings {
    struct lsa_settings *older;
    uint32_t generation;            /* how many there were before it */
    bool complete;                  /* false: there was no memory for all of it */
    size_t count, room;
    struct lsa_setting {
        const char *section;        /* OPENSSPI_HOST_SECTION_* */
        char *service;              /* whose it is alone; NULL: everybody's */
        char *name, *key, *value;
    } *v;
};

#define LSA_COUNTER_NAME_MAX 64

struct lsa_counter_set {
    pthread_mutex_t lock;           /* of making one */
    atomic_size_t count;
    struct lsa_package_counter {
        char package[LSA_COUNTER_NAME_MAX], name[LSA_COUNTER_NAME_MAX];
        atomic_uint_fast64_t value;
    } v[LSA_COUNTERS_MAX];
};

struct lsa {
    pid_t pid;                      /* of the process that opened it */
    uint64_t epoch;
    char *module_dir;
    struct account_store *accounts;
    struct lsa_lockout *lockout;
    struct lsa_sessions *sessions;
    struct unix_users *unix_users;
    struct handle_table *objects;
    struct lsa_module modules[LSA_MODULES_MAX];
    size_t module_count;
    struct lsa_package *packages[LSA_PACKAGES_MAX];
    size_t package_count;
    struct lsa_counters counters;
    struct lsa_counter_set package_counters;
    struct opensspi_host_names names;
    SECPKG_PARAMETERS parameters;
    _Atomic(struct lsa_settings *) settings;
    atomic_uint_fast64_t next_luid, next_owner;
    pthread_mutex_t rates_lock;     /* neither lock is held while a package runs */
    struct lsa_rate *rates;
    uint8_t peers_key[16];          /* random: no stranger can choose a bucket */
    struct lsa_peer_rate peers[LSA_PEER_SETS][LSA_PEER_WAYS];   /* under rates_lock */
    pthread_mutex_t handshakes_lock;
    struct lsa_context *handshakes;
};

struct lsa_credential {
    struct lsa_client *client;
    const struct lsa_package *package;
    LSA_SEC_HANDLE handle;
    uint32_t use;
    bool has_identity;              /* acquired with pAuthData: somebody may have to log on */
};

struct lsa_context {
    struct lsa_client *client;
    const struct lsa_package *package;
    pthread_mutex_t lock;           /* one leg at a time: lsa-mode 5.2, ContextHandle */
    LSA_SEC_HANDLE handle;          /* the package's; under lock */
    uint32_t use;                   /* SECPKG_CRED_INBOUND: accepts; OUTBOUND: initiates */
    bool has_identity;              /* its credential's */
    int64_t deadline;               /* boot milliseconds; meaningful while half open */
    struct lsa_held_logon *held;    /* between two legs; under lock, as the next */
    bool awaits_peer;               /* the last leg sent something that is to be answered */
    /* under lsa.handshakes_lock */
    bool half_open;
    uint64_t number;                /* the application's handle */
    struct lsa_context *next, **link;       /* link NULL: not in the list */
};

/* lsa.c */
struct lsa *lsa_instance(void);
LUID lsa_luid_next(struct lsa *l);

/* call.c: the call that this thread serves; NULL outside one. */
struct lsa_call *lsa_call_current(void);
void lsa_call_enter(struct lsa_call *call, const struct lsa_package *package);
void lsa_call_leave(struct lsa_call *call);

/* loader.c */
MUST_CHECK bool lsa_module_load(struct lsa *l, const struct config_package *section);
void lsa_module_unload(struct lsa_module *m);

/* package.c */
MUST_CHECK bool lsa_package_start(struct lsa *l, struct lsa_module *m, uint32_t index,
                                  const SECPKG_FUNCTION_TABLE *table, enum config_pool pool);
void lsa_package_stop(struct lsa_package *p);
/* Logs which rule of the contract the package broke. */
void lsa_package_breach(const struct lsa_package *p, const char *rule);

/* machine.c */
MUST_CHECK bool lsa_machine_init(struct lsa *l, const struct config *config);
void lsa_machine_wipe(struct lsa *l);

/* host.c */
extern const struct opensspi_host lsa_host;
MUST_CHECK bool lsa_settings_set(struct lsa *l, const struct config *config);
void lsa_settings_free(struct lsa_settings *s);

/* counter.c */
/* service: in whose call; NULL: in none. */
void lsa_counter_add(struct lsa *l, struct lsa_service *service, const char *package,
                     const char *name);

/* client.c */
struct lsa_client *lsa_client_get(struct lsa_client *c);
void lsa_client_put(struct lsa_client *c);
/* Nobody is trusted in the name of somebody he impersonates. */
bool lsa_call_is_tcb(const struct lsa_call *call);
/* The logon session of the caller, or of the client that it impersonates. */
LUID lsa_call_logon_id(const struct lsa_call *call);
MUST_CHECK bool lsa_quota_take(atomic_uint *used, const atomic_uint *max);
void lsa_quota_give(atomic_uint *used);
/* Logs which limit of the service was met. */
status_t lsa_quota_refuse(struct lsa_service *service, const char *key);

/* rate.c */
/* Found or made; NULL: no memory. */
struct lsa_rate *lsa_rate_get(struct lsa *l, struct lsa_service *service, uint32_t uid);
void lsa_rate_put(struct lsa *l, struct lsa_rate *r);
/* Failed logons within the minute: by the call's peer address, else by service and uid. */
bool lsa_rate_is_exceeded(const struct lsa_call *call);
void lsa_rate_add(const struct lsa_call *call);
/* Forgets the counts of minutes that are over and that no client has. */
void lsa_rates_sweep(struct lsa *l);
void lsa_rates_free(struct lsa *l);

/* handshake.c */
/* handle_add() of a half-open context. */
uint64_t lsa_handshake_begin(struct lsa_context *c, handle_free_fn *on_free);
/* Completed, or on its way to be freed: gives the quota back, once. */
void lsa_handshake_end(struct lsa_context *c);

/* lockout.c */
struct lsa_lockout *lsa_lockout_new(struct account_store *store);
/* Writes what is pending first. */
void lsa_lockout_free(struct lsa_lockout *t);
/* account_find(), with failures counted that the store does not have yet. */
MUST_CHECK NTSTATUS lsa_account_find(struct lsa *l, struct view name, struct account *out);
/* Counts one; a, as found, shows the effect. True: the account is locked. */
bool lsa_lockout_failed(struct lsa *l, struct account *a, int64_t now);
void lsa_lockout_succeeded(struct lsa *l, const struct account *a);
/* Writes what is pending and drops old values of the store's cache; without waiting. */
void lsa_lockout_tick(struct lsa *l);
/* The same where the last one is a second ago: the embedded authority has no timer. */
void lsa_lockout_tick_if_due(struct lsa *l);

/* support_account.c: lsa_account_find(), names of the form user@our-domain too. */
MUST_CHECK NTSTATUS lsa_account_resolve(struct lsa *l, struct view name, struct account *out);

/* outputs.c */
void lsa_outputs_init(struct lsa_outputs *o, SecBufferDesc *desc);
/* False: some buffer says more bytes than its block has. */
MUST_CHECK bool lsa_outputs_fit(const struct lsa_outputs *o);
/* A buffer that the package left alone still shows its room, which must not travel as a message. */
void lsa_outputs_trim(struct lsa_outputs *o);
/* Empties all, frees the package's own blocks. */
void lsa_outputs_drop(struct lsa_outputs *o);

/* credential.c */
struct lsa_credential *lsa_credential_get(struct lsa_client *c, uint64_t handle);

/* heap.c: AllocateLsaHeap and its like. */
void *lsa_heap_new(size_t n);
void *lsa_heap_copy(struct view v);
/* False: p is a block of a heap with fewer than n bytes. */
MUST_CHECK bool lsa_heap_has(const void *p, size_t n);

/* audit.c */
struct lsa_audit {
    const char *event;              /* NULL: "logon" */
    NTSTATUS status, sub_status;
    struct view account, authority, workstation;    /* UTF-16; may be empty */
    struct view sid;
};
/* Within a call only. A success inside a negotiation is held, until the call below. */
void lsa_audit_logon(const struct lsa_audit *a);
/*
 * The leg that decided: the line of what was held, with this status, which is an error where the
 * negotiation failed afterwards. False: nothing was held.
 */
bool lsa_audit_release(struct lsa_call *call, NTSTATUS status);
/*
 * The context goes, and nothing decided. by_peer: who was accepted and stayed away is refused, and
 * counted; else it is the application that ended it, and a line is all.
 */
void lsa_audit_abandon(struct lsa_call *call, bool by_peer);

/* host_packages.c: OPENSSPI_HOST_PACKAGES. */
extern const struct opensspi_host_packages lsa_host_packages;

/* password.c: OPENSSPI_HOST_PASSWORD. */
extern const struct opensspi_host_password lsa_host_password;
/* host_client.c: OPENSSPI_HOST_CLIENT. */
extern const struct opensspi_host_client lsa_host_client;

/* auth_data.c: the blob of GetUserAuthData. */
#define LSA_AUTH_GROUPS_MAX ACCOUNT_GROUPS_MAX
struct lsa_auth_data {
    uint32_t rid, flags;
    int64_t expires, locked_until;
    struct view account;            /* UTF-16 */
    struct view local_user;         /* UTF-8; empty: none */
    uint32_t groups[LSA_AUTH_GROUPS_MAX];
    size_t group_count;
};
void lsa_auth_data_build(struct wr *w, const struct lsa_auth_data *a);
MUST_CHECK status_t lsa_auth_data_parse(struct view bytes, struct lsa_auth_data *out);

/* support_table.c */
extern LSA_SECPKG_FUNCTION_TABLE lsa_support_table;

static inline struct view
lsa_string_view(const UNICODE_STRING *s)
{
    return s && s->Buffer ? view_of(s->Buffer, s->Length) : view_of(NULL, 0);
}

#endif
