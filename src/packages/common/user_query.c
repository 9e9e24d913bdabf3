/*
 * Attributes of a finished context that are the same for NTLM and Kerberos.
 * Runs in applications. What is read here was checked when the context was made.
 */
#include "packages/common/user_query.h"

#include "base/str16.h"
#include "packages/common/package_info.h"

SEC_WCHAR *
user_text_copy(const struct user_half *h, struct view utf16)
{
    SEC_WCHAR *out = user_half_allocate(h, utf16.n + sizeof(*out));

    if (out == NULL)
        return NULL;
    if (utf16.n > 0)
        memcpy(out, utf16.p, utf16.n);
    out[utf16.n / sizeof(*out)] = 0;
    return out;
}

static SEC_WCHAR *
user_literal_copy(const struct user_half *h, const char16_t *s)
{
    return user_text_copy(h, view_of(s, str16_length(s) * sizeof(*s)));
}

NTSTATUS
user_query_package_info(const struct user_half *h, const SecPkgInfoW *info, void *buffer)
{
    SecPkgContext_PackageInfoW *out = buffer;

    out->PackageInfo = package_info_copy(info, h->dll->AllocateHeap);
    return out->PackageInfo != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

NTSTATUS
user_query_negotiation_info(const struct user_half *h, const SecPkgInfoW *info, void *buffer)
{
    SecPkgContext_NegotiationInfoW *out = buffer;

    out->PackageInfo = package_info_copy(info, h->dll->AllocateHeap);
    out->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
    return out->PackageInfo != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

NTSTATUS
user_query_access_token(const struct user_context *c, void *buffer)
{
    if (c->token == 0)
        return SEC_E_NO_IMPERSONATION;
    ((SecPkgContext_AccessToken *)buffer)->AccessToken = (void *)(uintptr_t)c->token;
    return STATUS_SUCCESS;
}

/* In UTF-8; *n does not count its NUL. none: the status of a name that is empty, or no text. */
static NTSTATUS
user_query_utf8(const struct user_half *h, struct view name, NTSTATUS none, char **out, ULONG *n)
{
    /* A UTF-16 unit is at most three bytes of UTF-8. */
    size_t room = name.n / 2 * 3 + 1;
    char *text;

    if (name.n == 0)
        return none;
    text = user_half_allocate(h, room);
    if (text == NULL || !str16_to_utf8_into(name, text, room)) {
        user_half_release(h, text);
        return text == NULL ? SEC_E_INSUFFICIENT_MEMORY : none;
    }
    *n = (ULONG)strlen(text);
    *out = text;
    return STATUS_SUCCESS;
}

/* CHOICE: the bytes of SecPkgContext_Target are documented nowhere: the name in UTF-8. */
NTSTATUS
user_query_target(const struct user_half *h, struct view target, void *buffer)
{
    SecPkgContext_Target *out = buffer;

    return user_query_utf8(h, target, SEC_E_TARGET_UNKNOWN, &out->Target, &out->TargetLength);
}

/* CHOICE: nor is whose AuthzID it is: the name that the client has proved. */
NTSTATUS
user_query_authorization_id(const struct user_half *h, struct view name, void *buffer)
{
    SecPkgContext_AuthzID *out = buffer;

    return user_query_utf8(h, name, SEC_E_NO_CREDENTIALS, &out->AuthzID, &out->AuthzIDLength);
}

/*
 * What the client says that it wanted to reach; the server compares. CHOICE: a
 * client that says nothing gives SEC_E_TARGET_UNKNOWN rather than a NULL string.
 */
NTSTATUS
user_query_client_target(const struct user_half *h, struct view target, void *buffer)
{
    return target.n == 0 ? SEC_E_TARGET_UNKNOWN : user_query_text(h, target, buffer);
}

NTSTATUS
user_query_lifespan(int64_t start, int64_t expiry, void *buffer)
{
    SecPkgContext_Lifespan *out = buffer;

    out->tsStart.QuadPart = start;
    out->tsExpiry.QuadPart = expiry;
    return STATUS_SUCCESS;
}

NTSTATUS
user_query_session_key(const struct user_half *h, struct view key, void *buffer)
{
    SecPkgContext_SessionKey *out = buffer;
    UCHAR *copy = user_half_allocate(h, key.n);

    if (copy == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(copy, key.p, key.n);
    out->SessionKeyLength = (ULONG)key.n;
    out->SessionKey = copy;
    return STATUS_SUCCESS;
}

NTSTATUS
user_query_key_info(const struct user_half *h, const struct user_key_info *info, void *buffer)
{
    SEC_WCHAR *sign = user_literal_copy(h, info->sign);
    SEC_WCHAR *seal = user_literal_copy(h, info->seal);

    if (sign == NULL || seal == NULL) {
        user_half_release(h, sign);
        user_half_release(h, seal);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *(SecPkgContext_KeyInfoW *)buffer = (SecPkgContext_KeyInfoW){
        sign, seal, info->bits, info->sign_number, info->seal_number,
    };
    return STATUS_SUCCESS;
}

NTSTATUS
user_query_text(const struct user_half *h, struct view utf16, void *buffer)
{
    SEC_WCHAR *text = user_text_copy(h, utf16);

    if (text == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    *(SEC_WCHAR **)buffer = text;
    return STATUS_SUCCESS;
}
