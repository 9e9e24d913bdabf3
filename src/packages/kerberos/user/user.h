/*
 * user.h: the user half's contexts, shared by its files. It runs in
 * applications and has what the LSA half sent: a context's keys, names, a
 * token's handle; never a keytab's key, a ticket or a password.
 */
#ifndef KRB_USER_USER_H
#define KRB_USER_USER_H

#include "packages/common/user_half.h"
#include "packages/kerberos/protect/context_data.h"
#include "packages/kerberos/protect/protect.h"

#include "ntsecpkg.h"

struct krb_user_context {
    struct user_context base;           /* first */
    struct krb_protect protect;
    struct krb_context_data data;       /* its views point into packed, and to pac */
    uint8_t *pac;                       /* malloc(); NULL: none */
    uint8_t packed[];
};

extern struct user_half krb_user_half;

/* Referenced: krb_user_put(). NULL: SEC_E_INVALID_HANDLE. */
struct krb_user_context *krb_user_get(LSA_SEC_HANDLE handle);
void krb_user_put(struct krb_user_context *c);
/* A context from ContextData, which nobody finds before user_half_add(). */
MUST_CHECK NTSTATUS krb_user_new(struct view packed, struct krb_user_context **out);

/* Slots of SECPKG_USER_FUNCTION_TABLE. */
SpInstanceInitFn krb_user_start;
SpInitUserModeContextFn krb_user_init;
SpDeleteContextFn krb_user_delete;
SpGetContextTokenFn krb_user_token;
SpMakeSignatureFn krb_user_sign;
SpVerifySignatureFn krb_user_verify;
SpSealMessageFn krb_user_seal;
SpUnsealMessageFn krb_user_unseal;
SpQueryContextAttributesFn krb_user_query;
SpExportSecurityContextFn krb_user_export;
SpImportSecurityContextFn krb_user_import;

#endif
