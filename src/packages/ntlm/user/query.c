/*
 * QueryContextAttributes for a finished context (Microsoft's NTLM column of
 * that page; values as Windows's NTLM reports them). A table of attributes;
 * the caller's structure is written only on success, and every block is the
 * application's to free.
 *
 * Runs in applications. What it reads was checked when the context was made.
 */
#include "packages/ntlm/user/user.h"

#include "base/str16.h"
#include "packages/common/package_info.h"
#include "packages/ntlm/info.h"

/* Algorithm numbers of SecPkgContext_KeyInfo. */
#define ALGORITHM_HMAC_MD5 0xFFFFFF76u
#define ALGORITHM_RC4 0x6801u

/* SECPKG_ATTR_AUTHORITY and the names need a NUL, which ContextData's strings do not have. */
static SEC_WCHAR *
text_copy(struct view v)
{
    SEC_WCHAR *out = ntlm_user_allocate(v.n + sizeof(*out));

    if (out == NULL)
        return NULL;
    if (v.n > 0)
        memcpy(out, v.p, v.n);
    out[v.n / sizeof(*out)] = 0;
    return out;
}

static SEC_WCHAR *
literal_copy(const char16_t *s)
{
    return text_copy(view_of(s, str16_length(s) * sizeof(*s)));
}

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
    SecPkgContext_NamesW *out = buffer;

    out->sUserName = text_copy(c->data.account);
    return out->sUserName != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS
query_lifespan(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_Lifespan *out = buffer;

    out->tsStart.QuadPart = c->data.start;
    out->tsExpiry.QuadPart = c->data.expiry;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_session_key(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_SessionKey *out = buffer;
    UCHAR *key = ntlm_user_allocate(NTLM_KEY_SIZE);

    if (key == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(key, c->data.session_key, NTLM_KEY_SIZE);
    out->SessionKeyLength = NTLM_KEY_SIZE;
    out->SessionKey = key;
    return STATUS_SUCCESS;
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
    SecPkgContext_KeyInfoW *out = buffer;
    SEC_WCHAR *sign = literal_copy(u"HMAC-MD5");
    SEC_WCHAR *seal = literal_copy(u"RSADSI RC4");

    if (sign == NULL || seal == NULL) {
        ntlm_user_release(sign);
        ntlm_user_release(seal);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *out = (SecPkgContext_KeyInfoW){
        sign, seal, ntlm_seal_bits(c->data.flags), ALGORITHM_HMAC_MD5, ALGORITHM_RC4,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS
query_package_info(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_PackageInfoW *out = buffer;

    (void)c;
    out->PackageInfo = package_info_copy(&ntlm_package_info, ntlm_user_allocator());
    return out->PackageInfo != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS
query_negotiation_info(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_NegotiationInfoW *out = buffer;

    (void)c;
    out->PackageInfo = package_info_copy(&ntlm_package_info, ntlm_user_allocator());
    out->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
    return out->PackageInfo != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

/* The handle itself, which stays the context's: the caller does not close it. */
static NTSTATUS
query_access_token(const struct ntlm_user_context *c, void *buffer)
{
    if (c->data.token == 0)
        return SEC_E_NO_IMPERSONATION;
    ((SecPkgContext_AccessToken *)buffer)->AccessToken = (void *)(uintptr_t)c->data.token;
    return STATUS_SUCCESS;
}

/* Who vouched for the client: the part of its name before the backslash. */
static NTSTATUS
query_authority(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_AuthorityW *out = buffer;
    struct view account = c->data.account;
    size_t n = 0;

    while (n + 1 < account.n && !(account.p[n] == '\\' && account.p[n + 1] == 0))
        n += 2;
    if (n + 1 >= account.n || n == 0)
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    out->sAuthorityName = text_copy(view_of(account.p, n));
    return out->sAuthorityName != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

/*
 * What the client says that it wanted to reach; the server compares. CHOICE: a
 * client that says nothing gives SEC_E_TARGET_UNKNOWN rather than a NULL string.
 */
static NTSTATUS
query_client_target(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_ClientSpecifiedTarget *out = buffer;

    if (c->data.role != NTLM_ROLE_ACCEPTOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (c->data.target.n == 0)
        return SEC_E_TARGET_UNKNOWN;
    out->sTargetName = text_copy(c->data.target);
    return out->sTargetName != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

/* CHOICE: the bytes of SecPkgContext_Target are documented nowhere: the name in UTF-8. */
static NTSTATUS
query_target(const struct ntlm_user_context *c, void *buffer)
{
    SecPkgContext_Target *out = buffer;
    /* A UTF-16 unit is at most three bytes of UTF-8. */
    size_t room = c->data.target.n / 2 * 3 + 1;
    char *text;

    if (c->data.target.n == 0)
        return SEC_E_TARGET_UNKNOWN;
    text = ntlm_user_allocate(room);
    if (text == NULL || !str16_to_utf8_into(c->data.target, text, room)) {
        ntlm_user_release(text);
        return text == NULL ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_TARGET_UNKNOWN;
    }
    out->TargetLength = (ULONG)strlen(text);
    out->Target = text;
    return STATUS_SUCCESS;
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
