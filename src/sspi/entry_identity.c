/*
 * Entry points: the Sspi* helpers for identities (sspi.h,
 * "SspiEncodeStringsAsAuthIdentity" and its family).
 *
 * Runs in the application. Prompting has no counterpart here and says so
 * (entry_identity_none.c); encryption is in entry_identity_crypt.c.
 */
#include "base/secret.h"
#include "base/str16.h"
#include "sspi/auth_identity.h"
#include "sspi/memory.h"

static struct view
text_view(PCWSTR s)
{
    return s == NULL ? view_of(NULL, 0) : view_of(s, str16_length(s) * sizeof(*s));
}

/* NUL-terminated; NULL: absent, or no memory (then *failed). */
static PWSTR
text_new(struct view v, bool *failed)
{
    PWSTR s;

    if (v.p == NULL)
        return NULL;
    s = sspi_memory_new(v.n + sizeof(*s));
    if (s == NULL)
        *failed = true;
    else
        memcpy(s, v.p, v.n);
    return s;
}

SECURITY_STATUS SEC_ENTRY
SspiEncodeStringsAsAuthIdentity(PCWSTR pszUserName, PCWSTR pszDomainName,
                                PCWSTR pszPackedCredentialsString,
                                PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity)
{
    struct auth_identity a = { .user = text_view(pszUserName), .domain = text_view(pszDomainName),
                               .password = text_view(pszPackedCredentialsString) };

    if (ppAuthIdentity == NULL
        || (pszUserName == NULL && pszDomainName == NULL && pszPackedCredentialsString == NULL))
        return SEC_E_INVALID_TOKEN;
    *ppAuthIdentity = auth_identity_new(&a);
    return *ppAuthIdentity != NULL ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS SEC_ENTRY
SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity,
                                PCWSTR *ppszUserName, PCWSTR *ppszDomainName,
                                PCWSTR *ppszPackedCredentialsString)
{
    struct auth_identity a;
    PWSTR user, domain, packed = NULL;
    bool failed = false;
    status_t st = auth_identity_read_clear(pAuthIdentity, &a);

    if (st != SEC_E_OK)
        return st;
    if (ppszUserName == NULL || ppszDomainName == NULL) {
        auth_identity_wipe(&a);
        return SEC_E_INVALID_PARAMETER;
    }
    user = text_new(a.user, &failed);
    domain = text_new(a.domain, &failed);
    if (ppszPackedCredentialsString != NULL)
        packed = text_new(a.password, &failed);
    auth_identity_wipe(&a);
    if (failed) {
        sspi_memory_free(user);
        sspi_memory_free(domain);
        sspi_memory_free(packed);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *ppszUserName = user;
    *ppszDomainName = domain;
    if (ppszPackedCredentialsString != NULL)
        *ppszPackedCredentialsString = packed;
    return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY
SspiCopyAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData,
                     PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy)
{
    struct auth_identity a;
    status_t st = AuthDataCopy == NULL ? SEC_E_INVALID_PARAMETER : auth_identity_read(AuthData, &a);

    if (st != SEC_E_OK)
        return st;
    *AuthDataCopy = auth_identity_new(&a);
    auth_identity_wipe(&a);
    return *AuthDataCopy != NULL ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* Freed blocks are wiped. */
void SEC_ENTRY
SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    sspi_memory_free(AuthData);
}

void SEC_ENTRY
SspiLocalFree(void *DataBuffer)
{
    sspi_memory_free(DataBuffer);
}

static void
string_zero(void *p, uint32_t length, uint32_t flags)
{
    size_t unit = (flags & SEC_WINNT_AUTH_IDENTITY_UNICODE) != 0 ? sizeof(WCHAR) : 1;

    if (p != NULL)
        secret_wipe(p, length * unit);
}

/* The password only: the identity stays one that can be freed. */
void SEC_ENTRY
SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    SEC_WINNT_AUTH_IDENTITY_INFO *id = AuthData;
    SEC_WINNT_AUTH_IDENTITY_EX2 *ex2;

    if (id == NULL)
        return;
    switch (sspi_identity_form_of(id)) {
    case SSPI_IDENTITY_PLAIN:
        string_zero(id->AuthId_w.Password, id->AuthId_w.PasswordLength, id->AuthId_w.Flags);
        break;
    case SSPI_IDENTITY_EX:
        string_zero(id->AuthIdExw.Password, id->AuthIdExw.PasswordLength, id->AuthIdExw.Flags);
        break;
    case SSPI_IDENTITY_EX2:
        ex2 = &id->AuthIdEx2;
        if ((uint64_t)ex2->PackedCredentialsOffset + ex2->PackedCredentialsLength
            <= ex2->cbStructureLength)
            secret_wipe((uint8_t *)id + ex2->PackedCredentialsOffset,
                        ex2->PackedCredentialsLength);
        break;
    case SSPI_IDENTITY_UNKNOWN:
        break;
    }
}

SECURITY_STATUS SEC_ENTRY
SspiValidateAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    struct auth_identity a;
    status_t st = auth_identity_read(AuthData, &a);

    if (st == SEC_E_OK)
        auth_identity_wipe(&a);
    return st;
}

/* SspiCompareAuthIdentities: absent strings equal empty ones; names have no case. */
static bool
is_same_user(const struct auth_identity *a, const struct auth_identity *b)
{
    return str16_is_equal_nocase(a->user, b->user) && str16_is_equal_nocase(a->domain, b->domain);
}

static bool
is_same_identity(const struct auth_identity *a, const struct auth_identity *b)
{
    return is_same_user(a, b) && a->password.n == b->password.n
        && (a->password.n == 0 || ct_equal(a->password.p, b->password.p, a->password.n))
        && str16_is_equal_nocase(a->packages, b->packages);
}

SECURITY_STATUS SEC_ENTRY
SspiCompareAuthIdentities(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity1,
                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity2, BOOLEAN *SameSuppliedUser,
                          BOOLEAN *SameSuppliedIdentity)
{
    static const struct auth_identity none;
    struct auth_identity a = none, b = none;
    status_t st = AuthIdentity1 == NULL ? SEC_E_OK : auth_identity_read_clear(AuthIdentity1, &a);

    if (st == SEC_E_OK && AuthIdentity2 != NULL)
        st = auth_identity_read_clear(AuthIdentity2, &b);
    if (st == SEC_E_OK && SameSuppliedUser != NULL)
        *SameSuppliedUser = is_same_user(&a, &b);
    if (st == SEC_E_OK && SameSuppliedIdentity != NULL)
        *SameSuppliedIdentity = is_same_identity(&a, &b);
    auth_identity_wipe(&a);
    auth_identity_wipe(&b);
    return st;
}

/* "HTTP/host.example:80/name" -> "host.example"; a name without a slash is the host. */
SECURITY_STATUS SEC_ENTRY
SspiGetTargetHostName(PCWSTR pszTargetName, PWSTR *pszHostName)
{
    PCWSTR at = pszTargetName, end;
    bool failed = false;

    if (pszTargetName == NULL || pszHostName == NULL)
        return SEC_E_INVALID_PARAMETER;
    while (*at != 0 && *at != u'/')
        at++;
    at = *at == u'/' ? at + 1 : pszTargetName;
    for (end = at; *end != 0 && *end != u':' && *end != u'/'; end++)
        ;
    *pszHostName = text_new(view_of(at, (size_t)(end - at) * sizeof(*at)), &failed);
    return failed ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}
