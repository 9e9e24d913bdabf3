/*
 * user.h: the user half's contexts, shared by its files. It runs in
 * applications and has what the LSA half sent: session keys, names, a token's
 * handle; never a password or an account's hash.
 */
#ifndef NTLM_USER_USER_H
#define NTLM_USER_USER_H

#include "packages/common/context_map.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/protect/protect.h"

#include "ntsecpkg.h"

/*
 * In secret memory. The kernel zeroes that in a forked child (D3), where the
 * contexts are dead: a context whose magic is gone is none.
 */
struct ntlm_user_context {
    struct context_entry entry;         /* first: the map knows only this */
    uint32_t magic;
    bool imported;                      /* the LSA half does not know it */
    pthread_mutex_t send_lock, receive_lock;    /* one thread may send while another receives */
    struct ntlm_protect protect;
    struct ntlm_context_data data;      /* its views point into packed */
    uint8_t packed[];
};

/* Referenced: ntlm_user_put(). NULL: SEC_E_INVALID_HANDLE. */
struct ntlm_user_context *ntlm_user_get(LSA_SEC_HANDLE handle);
void ntlm_user_put(struct ntlm_user_context *c);
/* A context from ContextData, which nobody finds before ntlm_user_add(). */
MUST_CHECK NTSTATUS ntlm_user_new(struct view packed, struct ntlm_user_context **out);
/* Gives it up; for those that were not added. */
void ntlm_user_drop(struct ntlm_user_context *c);
/* Takes c over, also on failure. */
MUST_CHECK NTSTATUS ntlm_user_add(LSA_SEC_HANDLE handle, struct ntlm_user_context *c);
/* False: SpInstanceInit was not called. */
bool ntlm_user_is_started(void);
/* SECPKG_DLL_FUNCTIONS.AllocateHeap: what the application frees by FreeContextBuffer. */
void *ntlm_user_allocate(size_t n);
/* Gives such memory back; NULL is fine. */
void ntlm_user_release(void *p);
PLSA_ALLOCATE_LSA_HEAP ntlm_user_allocator(void);

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
