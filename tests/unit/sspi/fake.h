/*
 * An authority for tests: it sits behind libsspi's transport, takes real messages and answers
 * by functions that the test sets. What it was asked is kept for the test to look at.
 */
#ifndef UNIT_SSPI_FAKE_H
#define UNIT_SSPI_FAKE_H

#include "unit.h"

#include "ipc/ipc.h"
#include "sspi/process.h"

#include "sspi.h"

#define FAKE_CALLS 32u

/* One request, as it arrived; views live until the reply is made. */
struct fake_call {
    struct ipc_prefix prefix;
    struct ipc_call_req with;
    struct ipc_call_rep back;           /* the answer's common fields */
    union {
        struct ipc_acquire_credential_req acquire;
        struct ipc_free_credential_req free_credential;
        struct ipc_query_credential_req query_credential;
        struct ipc_set_credential_req set_credential;
        struct ipc_initialize_context_req initialize;
        struct ipc_accept_context_req accept;
        struct ipc_delete_context_req delete_context;
        struct ipc_query_context_req query_context;
        struct ipc_set_context_req set_context;
        struct ipc_change_password_req change_password;
        struct ipc_apply_control_token_req control;
        struct ipc_resolve_token_req resolve_token;
        struct ipc_lookup_sid_req lookup_sid;
        struct ipc_lookup_name_req lookup_name;
        uint8_t room[4096];
    } q;
    union {
        struct ipc_list_packages_rep list;
        struct ipc_acquire_credential_rep acquire;
        struct ipc_query_credential_rep query_credential;
        struct ipc_initialize_context_rep initialize;
        struct ipc_accept_context_rep accept;
        struct ipc_query_context_rep query_context;
        struct ipc_change_password_rep change_password;
        struct ipc_status_rep status;
        struct ipc_resolve_token_rep resolve_token;
        struct ipc_lookup_sid_rep lookup_sid;
        struct ipc_lookup_name_rep lookup_name;
        uint8_t room[4096];
    } p;
    status_t transport;                 /* not 0: the exchange fails with it, after execution */
};

typedef status_t fake_answer(struct fake_call *c);

struct fake {
    uint64_t session;                   /* current; a call for another one is lost */
    fake_answer *answers[IPC_ID_END];
    atomic_uint count[IPC_ID_END];        /* calls that were executed */
    atomic_uint replies_held;            /* not wiped yet */
    atomic_uint_fast64_t last_deleted, last_freed;
    bool garbage;                       /* reply with bytes that are no message */
};

extern struct fake fake;

/* A fresh process state with the fake behind it: packages NTLM (id 1), Bare (2), Negotiate (3). */
void fake_start(void);
int fake_setup(void **state);
/* Handles for so many objects and no more; before any is made. */
void fake_limit_objects(size_t max);

/* Bytes of the default answer of list_packages. */
struct view fake_packages(void);

/* A credential of the package, acquired with pAuthData or none. */
CredHandle fake_credential(const char16_t *package, void *auth_data);
/* A context that was established in one accepting leg and mapped to the test's user half. */
CtxtHandle fake_context(CredHandle *credential, uint64_t package_handle);
/* The reply of such a leg: token "reply", mapped, ContextData `data`. */
status_t fake_accept_mapped(struct fake_call *c, uint64_t package_handle, const char *data);

/* The test's user half (half.c), as it is loaded in this process. */
struct half_state;
struct half_state *fake_half(void);

#endif
