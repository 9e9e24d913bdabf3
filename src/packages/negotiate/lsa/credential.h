/*
 * credential.h: credential handles of Negotiate: one of each package that has
 * any for the caller.
 */
#ifndef NEGO_LSA_CREDENTIAL_H
#define NEGO_LSA_CREDENTIAL_H

#include "packages/negotiate/lsa/mech.h"

struct nego_credential {
    uint32_t use;
    size_t count;               /* at least one */
    size_t scheme_count;
    struct nego_choice *schemes;        /* what NegoEx has; behind the choices */
    struct nego_choice {
        struct nego_mech mech;
        LSA_SEC_HANDLE handle;  /* the package's credential */
        bool is_scheme;         /* of NegoEx's: the package is told so (GetCallInfo) */
        bool is_negoex;         /* stands for the schemes: its handle is the first one's */
    } choices[];                /* SPNEGO's, the preferred one first */
};

/* Referenced: handle_put() of the same number. NULL: there is none, or not for this use. */
struct nego_credential *nego_credential_get(LSA_SEC_HANDLE handle, uint32_t use);

/* Runs step inside the call, for this package (struct opensspi_host_packages). */
NTSTATUS nego_choice_run(const struct nego_choice *choice, NTSTATUS (*step)(void *argument),
                         void *argument);

/* The slots of SECPKG_FUNCTION_TABLE. */
SpAcquireCredentialsHandleFn nego_credential_acquire;
SpFreeCredentialsHandleFn nego_credential_free;
SpQueryCredentialsAttributesFn nego_credential_query;
SpAcceptCredentialsFn nego_credential_accept;

#endif
