/* credential.h: what AcquireCredentialsHandle makes. */
#ifndef KRB_LSA_CREDENTIAL_H
#define KRB_LSA_CREDENTIAL_H

#include "packages/kerberos/lsa/keyring.h"
#include "packages/kerberos/lsa/support.h"

#include <stdatomic.h>

struct krb_logon;

#define KRB_PRINCIPAL_TEXT_MAX 1024u
#define KRB_KEYTAB_PATH_MAX 4096u
/* UTF-8 bytes of each part of an identity (auth_identity.h), three a unit. */
#define KRB_IDENTITY_TEXT_MAX 768u

/* In secret memory. Contexts hold references, so it may be freed under them. */
struct krb_credential {
    atomic_uint references;
    uint32_t use;                       /* SECPKG_CRED_INBOUND, _OUTBOUND or both */
    /* Inbound: the one principal that is accepted for; count 0: any of the service's. */
    struct keyring_name principal;
    struct view component[8];
    char principal_text[KRB_PRINCIPAL_TEXT_MAX];
    bool grants;                        /* user to user: by the identity's own ticket */
    /* Outbound, and the identity of who grants. */
    bool has_identity;
    bool of_client;                     /* the caller's own tickets: client_ticket.c */
    size_t user_n, domain_n, password_n;
    char user[KRB_IDENTITY_TEXT_MAX], domain[KRB_IDENTITY_TEXT_MAX];
    char password[KRB_IDENTITY_TEXT_MAX];
    char keytab[KRB_KEYTAB_PATH_MAX];   /* instead of a password; "": none */
    uint8_t *delegated;                 /* KRB-CRED, secret_new(), instead of either; NULL: none */
    size_t delegated_n;
    struct krb_logon *logon;            /* referenced; NULL: of_client, or it only accepts */
};

/* Referenced: krb_credential_put(). NULL: no such credential, or not for this use. */
struct krb_credential *krb_credential_get(LSA_SEC_HANDLE handle, uint32_t use);
void krb_credential_put(struct krb_credential *c);

/* The slots of SECPKG_FUNCTION_TABLE. */
SpAcquireCredentialsHandleFn krb_credential_acquire;
SpFreeCredentialsHandleFn krb_credential_free;
SpQueryCredentialsAttributesFn krb_credential_query;
SpAcceptCredentialsFn krb_credential_accept;

#endif
