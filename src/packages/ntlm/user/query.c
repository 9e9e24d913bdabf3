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

/* RPC_C_AUTHZ_NAME of rpcdce.h: DCE_INFO's pPac is the client's name. */
#define AUTHZ_NAME 1u
/* CRED_TYPE_DOMAIN_PASSWORD of wincred.h. */
#define CREDENTIAL_DOMAIN_PASSWORD 2u
#define NEVER INT64_MAX

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

static NTSTATUS
query_dce_info(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_DceInfo *out = buffer;

    out->AuthzSvc = AUTHZ_NAME;
    out->pPac = user_text_copy(&ntlm_user_half, c->data.account);
    return out->pPac != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

/* CHOICE: a server that the client did not name, or not trustworthily, is the empty string. */
static NTSTATUS
query_native_names(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_NativeNamesW *out = buffer;
    SEC_WCHAR *client = user_text_copy(&ntlm_user_half, c->data.account);
    SEC_WCHAR *server = user_text_copy(&ntlm_user_half, c->data.target);

    if (client == NULL || server == NULL) {
        user_half_release(&ntlm_user_half, client);
        user_half_release(&ntlm_user_half, server);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *out = (SecPkgContext_NativeNamesW){ client, server };
    return STATUS_SUCCESS;
}

/* CHOICE: never. The store's passwords have no age limit, and a foreign one's is not told. */
static NTSTATUS
query_password_expiry(const struct ntlm_user_context *c, void *buffer)
{
    (void)c;
    ((SecPkgContext_PasswordExpiry *)buffer)->tsPasswordExpires.QuadPart = NEVER;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_logoff_time(const struct ntlm_user_context *c, void *buffer)
{
    (void)c;
    ((SecPkgContext_LogoffTime *)buffer)->tsLogoffTime.QuadPart = NEVER;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_user_flags(const struct ntlm_user_context *c, void *buffer)
{
    ((SecPkgContext_UserFlags *)buffer)->UserFlags = c->data.user_flags;
    return STATUS_SUCCESS;
}

/* AUTHENTICATE, the only message that completes a context, is the client's last. */
static NTSTATUS
query_last_token(const struct ntlm_user_context *c, void *buffer)
{
    (void)c;
    ((SecPkgContext_LastClientTokenStatus *)buffer)->LastClientTokenStatus =
        SecPkgAttrLastClientTokenYes;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_is_loopback(const struct ntlm_user_context *c, void *buffer)
{
    *(BOOLEAN *)buffer = (c->data.facts & NTLM_FACT_LOOPBACK) != 0;
    return STATUS_SUCCESS;
}

/* ---- of initiators ------------------------------------------------------- */

static NTSTATUS
query_credential_name(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_CredentialNameW *out = buffer;

    if (c->data.role != NTLM_ROLE_INITIATOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    out->CredentialType = CREDENTIAL_DOMAIN_PASSWORD;
    out->sCredentialName = user_text_copy(&ntlm_user_half, c->data.account);
    return out->sCredentialName != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

/* Credentials are the application's own here, so asking the user is its business, too. */
static NTSTATUS
query_prompting(const struct ntlm_user_context *c, void *buffer)
{
    if (c->data.role != NTLM_ROLE_INITIATOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    *(SecPkgContext_CredInfo *)buffer = (SecPkgContext_CredInfo){ SecPkgCredClass_Explicit, 0 };
    return STATUS_SUCCESS;
}

/*
 * CHOICE: Windows's form is documented nowhere; here it is what the server said of itself, the
 * AV pairs of its CHALLENGE_MESSAGE (MS-NLMP 2.2.2.1), MsvAvEOL included.
 */
static NTSTATUS
query_target_information(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_TargetInformation *out = buffer;
    UCHAR *info;

    if (c->data.role != NTLM_ROLE_INITIATOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (c->data.target_info.n == 0)
        return SEC_E_TARGET_UNKNOWN;
    info = user_half_allocate(&ntlm_user_half, c->data.target_info.n);
    if (info == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(info, c->data.target_info.p, c->data.target_info.n);
    *out = (SecPkgContext_TargetInformation){ (ULONG)c->data.target_info.n, info };
    return STATUS_SUCCESS;
}

/*
 * What is not here is SEC_E_UNSUPPORTED_FUNCTION: TLS's and CredSSP's attributes, Negotiate's
 * own, AUTHENTICATION_ID (SASL) and SUBJECT_SECURITY_ATTRIBUTES (claims: Kerberos).
 */
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
    { SECPKG_ATTR_DCE_INFO, query_dce_info },
    { SECPKG_ATTR_NATIVE_NAMES, query_native_names },
    { SECPKG_ATTR_PASSWORD_EXPIRY, query_password_expiry },
    { SECPKG_ATTR_LOGOFF_TIME, query_logoff_time },
    { SECPKG_ATTR_USER_FLAGS, query_user_flags },
    { SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, query_last_token },
    { SECPKG_ATTR_IS_LOOPBACK, query_is_loopback },
    { SECPKG_ATTR_CREDENTIAL_NAME, query_credential_name },
    { SECPKG_ATTR_PROMPTING_NEEDED, query_prompting },
    { SECPKG_ATTR_TARGET_INFORMATION, query_target_information },
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
