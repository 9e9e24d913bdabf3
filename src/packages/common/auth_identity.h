/*
 * auth_identity.h: SEC_WINNT_AUTH_IDENTITY in all its forms (W, A, _EXW,
 * _EXA, _EX2), read out of the client's memory into one structure of
 * UTF-16LE strings in secret memory. For NTLM, Kerberos and Negotiate alike.
 */
#ifndef PACKAGES_COMMON_AUTH_IDENTITY_H
#define PACKAGES_COMMON_AUTH_IDENTITY_H

#include "base/view.h"

#include "ntsecpkg.h"

/*
 * Most UTF-16 units of each part. User and password as AcquireCredentialsHandle
 * documents for NTLM and Negotiate. CHOICE: it documents 15 for the domain,
 * which fits NetBIOS names only; callers pass DNS domain names as well, so
 * the limit is that of a DNS name.
 */
#define AUTH_IDENTITY_USER_MAX 256u
#define AUTH_IDENTITY_PASSWORD_MAX 256u
#define AUTH_IDENTITY_DOMAIN_MAX 255u
#define AUTH_IDENTITY_PACKAGES_MAX 255u

struct auth_identity {
    uint32_t flags;         /* SEC_WINNT_AUTH_IDENTITY_*, without ANSI and MARSHALLED */
    bool has_user, has_domain, has_password;    /* the string was not NULL */
    struct view user, domain, password;         /* UTF-16LE, in the block below */
    struct view packages;   /* of _EX and _EX2: a list, "!ntlm,kerberos"; empty: none */
    uint8_t bytes[];
};

/*
 * address: where the structure is in the client of the current call.
 * STATUS_ACCESS_VIOLATION; SEC_E_UNKNOWN_CREDENTIALS: encrypted or in a form
 * that is not known; SEC_E_INVALID_PARAMETER: too long, or no text;
 * SEC_E_INSUFFICIENT_MEMORY. Freed by auth_identity_free().
 */
MUST_CHECK NTSTATUS auth_identity_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, PVOID address,
                                       struct auth_identity **out);
/* Wipes; NULL is fine. */
void auth_identity_free(struct auth_identity *id);

#endif
