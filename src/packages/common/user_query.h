/*
 * user_query.h: attributes that user halves answer alike. The caller's
 * structure is written only on success; blocks in it are the application's to
 * free by FreeContextBuffer.
 */
#ifndef PACKAGES_COMMON_USER_QUERY_H
#define PACKAGES_COMMON_USER_QUERY_H

#include "packages/common/user_half.h"

#include <uchar.h>

NTSTATUS user_query_package_info(const struct user_half *h, const SecPkgInfoW *info, void *buffer);
/* _NEGOTIATION_INFO of a context that was not negotiated. */
NTSTATUS user_query_negotiation_info(const struct user_half *h, const SecPkgInfoW *info,
                                     void *buffer);
/* The handle itself, which stays the context's: the caller does not close it. */
NTSTATUS user_query_access_token(const struct user_context *c, void *buffer);
/* _TARGET: the name in UTF-8. Empty: SEC_E_TARGET_UNKNOWN, as the next one. */
NTSTATUS user_query_target(const struct user_half *h, struct view target, void *buffer);
NTSTATUS user_query_client_target(const struct user_half *h, struct view target, void *buffer);
/* _AUTHENTICATION_ID: the client's name in UTF-8. */
NTSTATUS user_query_authorization_id(const struct user_half *h, struct view name, void *buffer);
NTSTATUS user_query_lifespan(int64_t start, int64_t expiry, void *buffer);
/* _SESSION_KEY: a copy. */
NTSTATUS user_query_session_key(const struct user_half *h, struct view key, void *buffer);
/* _KEY_INFO: the algorithms' names are copied; its numbers are the caller's. */
struct user_key_info {
    const char16_t *sign, *seal;
    ULONG sign_number, seal_number, bits;
};
NTSTATUS user_query_key_info(const struct user_half *h, const struct user_key_info *info,
                             void *buffer);
/* With a NUL, which ContextData's strings do not have; user_half_release(). NULL: no memory. */
SEC_WCHAR *user_text_copy(const struct user_half *h, struct view utf16);
/* A string alone in the structure: _NAMES, _AUTHORITY. */
NTSTATUS user_query_text(const struct user_half *h, struct view utf16, void *buffer);

#endif
