/*
 * QueryContextAttributes for a finished context (Microsoft's NTLM column of
 * that page; values as Windows's NTLM reports them). A table of attributes;
 * the caller's structure is written only on success, and every block is the
 * application's to free.
 *
 * Runs in applications. What it reads was checked when the context was made.
 */
#include "packages/ntlm/user/user.h"

#include "packages/common/user_query.h"
#include "packages/ntlm/info.h"

/* Algorithm numbers of SecPkgContext_KeyInfo. */
#define ALGORITHM_HMAC_MD5 0xFFFFFF76u
#define ALGORITHM_RC4 0x6801u

static NTSTATUS
query_sizes(const struct ntlm_user_context *c, void *buffer)
{
    (void)c;
    *(SecPkgContext_Sizes *)buffer = (SecPkgContext_Sizes){
        .cbMaxToken = NTLM_CB_MAX_TOKEN,
        .cbMaxSignature = NTLM_CB_MAX_SIGNATURE,
        .cbBlockSize = 0,
        .cbSecurityTrailer = NTLM_CB_MAX_SIGNATURE,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS
query_names(const struct ntlm_user_context *c, void *buffer)
{
    return user_query_text(&ntlm_user_half, c->data.account, buffer);
}

static NTSTATUS
query_lifespan(const struct ntlm_user_context *c, void *buffer)
{
    return user_query_lifespan(c->data.start, c->data.expiry, buffer);
}

static NTSTATUS
query_session_key(const struct ntlm_user_context *c, void *buffer)
{
    return user_query_session_key(&ntlm_user_half, view_of(c->data.session_key, NTLM_KEY_SIZE),
                                  buffer);
}

static NTSTATUS
query_flags(const struct ntlm_user_context *c, void *buffer)
{
    ((SecPkgContext_Flags *)buffer)->Flags = c->data.attributes;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_key_info(const struct ntlm_user_context *c, void *buffer)
{
    const struct user_key_info info = {
        u"HMAC-MD5", u"RSADSI RC4", ALGORITHM_HMAC_MD5, ALGORITHM_RC4,
        ntlm_seal_bits(c->data.flags),
    };

    return user_query_key_info(&ntlm_user_half, &info, buffer);
}

static NTSTATUS
query_package_info(const struct ntlm_user_context *c, void *buffer)
{
    (void)c;
    return user_query_package_info(&ntlm_user_half, &ntlm_package_info, buffer);
}

static NTSTATUS
query_negotiation_info(const struct ntlm_user_context *c, void *buffer)
{
    (void)c;
    return user_query_negotiation_info(&ntlm_user_half, &ntlm_package_info, buffer);
}

static NTSTATUS
query_access_token(const struct ntlm_user_context *c, void *buffer)
{
    return user_query_access_token(&c->base, buffer);
}

/* Who vouched for the client: the part of its name before the backslash. */
static NTSTATUS
query_authority(const struct ntlm_user_context *c, void *buffer)
{
    struct view account = c->data.account;
    size_t n = 0;

    while (n + 1 < account.n && !(account.p[n] == '\\' && account.p[n + 1] == 0))
        n += 2;
    if (n + 1 >= account.n || n == 0)
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    return user_query_text(&ntlm_user_half, view_of(account.p, n), buffer);
}

static NTSTATUS
query_client_target(const struct ntlm_user_context *c, void *buffer)
{
    if (c->data.role != NTLM_ROLE_ACCEPTOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return user_query_client_target(&ntlm_user_half, c->data.target, buffer);
}

static NTSTATUS
query_target(const struct ntlm_user_context *c, void *buffer)
{
    return user_query_target(&ntlm_user_half, c->data.target, buffer);
}

static const struct {
    ULONG attribute;
    NTSTATUS (*query)(const struct ntlm_user_context *c, void *buffer);
} attributes[] = {
    { SECPKG_ATTR_SIZES, query_sizes },
    { SECPKG_ATTR_NAMES, query_names },
    { SECPKG_ATTR_LIFESPAN, query_lifespan },
    { SECPKG_ATTR_KEY_INFO, query_key_info },
    { SECPKG_ATTR_AUTHORITY, query_authority },
    { SECPKG_ATTR_SESSION_KEY, query_session_key },
    { SECPKG_ATTR_PACKAGE_INFO, query_package_info },
    { SECPKG_ATTR_NEGOTIATION_INFO, query_negotiation_info },
    { SECPKG_ATTR_FLAGS, query_flags },
    { SECPKG_ATTR_ACCESS_TOKEN, query_access_token },
    { SECPKG_ATTR_TARGET, query_target },
    { SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, query_client_target },
};

NTSTATUS NTAPI
ntlm_user_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct ntlm_user_context *c;
    NTSTATUS st = SEC_E_UNSUPPORTED_FUNCTION;

    if (buffer == NULL)
        return SEC_E_INVALID_PARAMETER;
    c = ntlm_user_get(handle);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (attributes[i].attribute == attribute)
            st = attributes[i].query(c, buffer);
    }
    ntlm_user_put(c);
    return st;
}
