/*
 * user.h: the user half's contexts, shared by its files. It runs in
 * applications and has what the LSA half sent: session keys, names, a token's
 * handle; never a password or an account's hash.
 */
#ifndef NTLM_USER_USER_H
#define NTLM_USER_USER_H

#include "packages/common/user_half.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/protect/protect.h"

#include "ntsecpkg.h"

struct ntlm_user_context {
    struct user_context base;           /* first */
    struct ntlm_protect protect;
    struct ntlm_context_data data;      /* its views point into packed */
    uint8_t packed[];
};

extern struct user_half ntlm_user_half;

/* Referenced: ntlm_user_put(). NULL: SEC_E_INVALID_HANDLE. */
struct ntlm_user_context *ntlm_user_get(LSA_SEC_HANDLE handle);
void ntlm_user_put(struct ntlm_user_context *c);
/* The lock of received messages: the other one, where both directions share a stream. */
static inline pthread_mutex_t *
ntlm_user_receive_lock(struct ntlm_user_context *c)
{
    return ntlm_protect_is_shared(&c->protect) ? &c->base.send_lock : &c->base.receive_lock;
}
/* A context from ContextData, which nobody finds before user_half_add(). */
MUST_CHECK NTSTATUS ntlm_user_new(struct view packed, struct ntlm_user_context **out);
/* Slots of SECPKG_USER_FUNCTION_TABLE. */
SpInstanceInitFn ntlm_user_start;
SpInitUserModeContextFn ntlm_user_init;
SpDeleteContextFn ntlm_user_delete;
SpGetContextTokenFn ntlm_user_token;
SpMakeSignatureFn ntlm_user_sign;
SpVerifySignatureFn ntlm_user_verify;
SpSealMessageFn ntlm_user_seal;
SpUnsealMessageFn ntlm_user_unseal;
SpQueryContextAttributesFn ntlm_user_query;
SpExportSecurityContextFn ntlm_user_export;
SpImportSecurityContextFn ntlm_user_import;

#endif
