/*
 * QueryContextAttributes for a finished context (Microsoft's Kerberos column
 * of that page). A table of attributes; the caller's structure is written
 * only on success, and every block is the application's to free.
 *
 * Runs in applications. What it reads was checked when the context was made.
 */
#include "packages/kerberos/user/user.h"

#include "packages/common/user_query.h"
#include "packages/kerberos/info.h"

#include "opensspi.h"

/* RC4's padding is one octet, and blocks are what callers make PADDING of. */
#define BLOCK_SIZE 1u

static NTSTATUS
query_sizes(const struct krb_user_context *c, void *buffer)
{
    struct krb_sizes sizes = krb_protect_sizes(&c->protect);

    *(SecPkgContext_Sizes *)buffer = (SecPkgContext_Sizes){
        .cbMaxToken = KRB_CB_MAX_TOKEN,
        .cbMaxSignature = (ULONG)sizes.sign,
        .cbBlockSize = BLOCK_SIZE,
        .cbSecurityTrailer = (ULONG)sizes.seal,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS
query_names(const struct krb_user_context *c, void *buffer)
{
    struct view name = c->data.account.n > 0 ? c->data.account : c->data.client;

    return user_query_text(&krb_user_half, name, buffer);
}

static NTSTATUS
query_native_names(const struct krb_user_context *c, void *buffer)
{
    SecPkgContext_NativeNamesW out = { NULL, NULL };
    NTSTATUS st = user_query_text(&krb_user_half, c->data.client, &out.sClientName);

    if (NT_SUCCESS(st))
        st = user_query_text(&krb_user_half, c->data.server, &out.sServerName);
    if (NT_SUCCESS(st))
        *(SecPkgContext_NativeNamesW *)buffer = out;
    else
        user_half_release(&krb_user_half, out.sClientName);
    return st;
}

static NTSTATUS
query_lifespan(const struct krb_user_context *c, void *buffer)
{
    return user_query_lifespan(c->data.start, c->data.expiry, buffer);
}

static NTSTATUS
query_logoff_time(const struct krb_user_context *c, void *buffer)
{
    ((SecPkgContext_LogoffTime *)buffer)->tsLogoffTime.QuadPart = c->data.logoff;
    return STATUS_SUCCESS;
}

/* The context's key: the acceptor's subkey where there is one (RFC 4121 2). */
static NTSTATUS
query_session_key(const struct krb_user_context *c, void *buffer)
{
    return user_query_session_key(&krb_user_half,
                                  crypto_krb_key_view(krb_protect_key(&c->protect)), buffer);
}

/* CHOICE: the names that Windows's tools show; the numbers are those of RFC 3961's registry. */
static const struct {
    int32_t etype;
    const char16_t *seal, *sign;
} algorithms[] = {
    { KRB_ENCTYPE_AES128_SHA1, u"AES-128-CTS-HMAC-SHA1-96", u"HMAC-SHA1-96-AES128" },
    { KRB_ENCTYPE_AES256_SHA1, u"AES-256-CTS-HMAC-SHA1-96", u"HMAC-SHA1-96-AES256" },
    { KRB_ENCTYPE_AES128_SHA256, u"AES-128-CTS-HMAC-SHA256-128", u"HMAC-SHA256-128-AES128" },
    { KRB_ENCTYPE_AES256_SHA384, u"AES-256-CTS-HMAC-SHA384-192", u"HMAC-SHA384-192-AES256" },
    { KRB_ENCTYPE_RC4, u"RSADSI RC4-HMAC(NT)", u"HMAC-MD5" },
};

static NTSTATUS
query_key_info(const struct krb_user_context *c, void *buffer)
{
    const struct crypto_krb_enctype *type = krb_protect_key(&c->protect)->type;
    struct user_key_info info = {
        u"", u"", (ULONG)type->checksum, (ULONG)type->number, type->key_size * 8u,
    };

    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (algorithms[i].etype == type->number) {
            info.sign = algorithms[i].sign;
            info.seal = algorithms[i].seal;
        }
    }
    return user_query_key_info(&krb_user_half, &info, buffer);
}

static NTSTATUS
query_authority(const struct krb_user_context *c, void *buffer)
{
    if (c->data.authority.n == 0)
        return SEC_E_NO_AUTHENTICATING_AUTHORITY;
    return user_query_text(&krb_user_half, c->data.authority, buffer);
}

static NTSTATUS
query_flags(const struct krb_user_context *c, void *buffer)
{
    ((SecPkgContext_Flags *)buffer)->Flags = c->data.attributes;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_package_info(const struct krb_user_context *c, void *buffer)
{
    (void)c;
    return user_query_package_info(&krb_user_half, &krb_package_info, buffer);
}

static NTSTATUS
query_negotiation_info(const struct krb_user_context *c, void *buffer)
{
    (void)c;
    return user_query_negotiation_info(&krb_user_half, &krb_package_info, buffer);
}

static NTSTATUS
query_access_token(const struct krb_user_context *c, void *buffer)
{
    return user_query_access_token(&c->base, buffer);
}

static NTSTATUS
query_target(const struct krb_user_context *c, void *buffer)
{
    return user_query_target(&krb_user_half, c->data.target, buffer);
}

static NTSTATUS
query_authorization_id(const struct krb_user_context *c, void *buffer)
{
    return user_query_authorization_id(&krb_user_half, c->data.client, buffer);
}

static NTSTATUS
query_pac(const struct krb_user_context *c, void *buffer)
{
    struct view pac = c->data.pac;
    void *copy;

    if (pac.n == 0)
        return SEC_E_UNSUPPORTED_FUNCTION;
    copy = user_half_allocate(&krb_user_half, pac.n);
    if (copy == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(copy, pac.p, pac.n);
    *(opensspi_pac *)buffer = (opensspi_pac){ copy, (uint32_t)pac.n };
    return STATUS_SUCCESS;
}

static NTSTATUS
query_client_target(const struct krb_user_context *c, void *buffer)
{
    if (c->data.role != KRB_ROLE_ACCEPTOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return user_query_client_target(&krb_user_half, c->data.target, buffer);
}

/* An initiator without mutual authentication is complete before its AP-REQ has been seen. */
static NTSTATUS
query_is_loopback(const struct krb_user_context *c, void *buffer)
{
    *(BOOLEAN *)buffer = (c->data.facts & KRB_FACT_LOOPBACK) != 0;
    return STATUS_SUCCESS;
}

/* A context that is here has had all its tokens. */
static NTSTATUS
query_last_token(const struct krb_user_context *c, void *buffer)
{
    (void)c;
    ((SecPkgContext_LastClientTokenStatus *)buffer)->LastClientTokenStatus =
        SecPkgAttrLastClientTokenYes;
    return STATUS_SUCCESS;
}

static const struct {
    ULONG attribute;
    NTSTATUS (*query)(const struct krb_user_context *c, void *buffer);
} attributes[] = {
    { SECPKG_ATTR_SIZES, query_sizes },
    { SECPKG_ATTR_NAMES, query_names },
    { SECPKG_ATTR_LIFESPAN, query_lifespan },
    { SECPKG_ATTR_KEY_INFO, query_key_info },
    { SECPKG_ATTR_AUTHORITY, query_authority },
    { SECPKG_ATTR_SESSION_KEY, query_session_key },
    { SECPKG_ATTR_PACKAGE_INFO, query_package_info },
    { SECPKG_ATTR_NEGOTIATION_INFO, query_negotiation_info },
    { SECPKG_ATTR_NATIVE_NAMES, query_native_names },
    { SECPKG_ATTR_FLAGS, query_flags },
    { SECPKG_ATTR_ACCESS_TOKEN, query_access_token },
    { SECPKG_ATTR_TARGET, query_target },
    { SECPKG_ATTR_AUTHENTICATION_ID, query_authorization_id },
    { OPENSSPI_ATTR_PAC, query_pac },
    { SECPKG_ATTR_LOGOFF_TIME, query_logoff_time },
    { SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, query_client_target },
    { SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, query_last_token },
    { SECPKG_ATTR_IS_LOOPBACK, query_is_loopback },
};

NTSTATUS NTAPI
krb_user_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct krb_user_context *c;
    NTSTATUS st = SEC_E_UNSUPPORTED_FUNCTION;

    if (buffer == NULL)
        return SEC_E_INVALID_PARAMETER;
    c = krb_user_get(handle);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (attributes[i].attribute == attribute)
            st = attributes[i].query(c, buffer);
    }
    krb_user_put(c);
    return st;
}
