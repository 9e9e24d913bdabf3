/* credential.h: what AcquireCredentialsHandle makes. */
#ifndef NTLM_LSA_CREDENTIAL_H
#define NTLM_LSA_CREDENTIAL_H

#include "packages/ntlm/lsa/support.h"

#include <stdatomic.h>

/* In secret memory. Contexts hold references, so it may be freed under them. */
struct ntlm_credential {
    atomic_uint references;
    uint32_t use;                       /* SECPKG_CRED_INBOUND, _OUTBOUND or both */
    bool has_identity;
    bool is_anonymous;                  /* an identity of empty strings */
    /*
     * Instead of the password, which is not kept. The weaker two only where
     * lm_compatibility_level wanted them when the credential was made.
     */
    bool has_v1, has_lm;
    uint8_t ntowf_v2[NTLM_KEY_SIZE], ntowf_v1[NTLM_KEY_SIZE], lmowf_v1[NTLM_KEY_SIZE];
    struct view user, domain;           /* UTF-16LE, in text */
    uint8_t text[];
};

/* Referenced: ntlm_credential_put(). NULL: no such credential, or not for this use. */
struct ntlm_credential *ntlm_credential_get(LSA_SEC_HANDLE handle, uint32_t use);
void ntlm_credential_put(struct ntlm_credential *c);

/* The slots of SECPKG_FUNCTION_TABLE. */
SpAcquireCredentialsHandleFn ntlm_credential_acquire;
SpFreeCredentialsHandleFn ntlm_credential_free;
SpQueryCredentialsAttributesFn ntlm_credential_query;
SpAcceptCredentialsFn ntlm_credential_accept;

#endif
