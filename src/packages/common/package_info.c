/*
 * SecPkgInfoW and its two strings in one block (Microsoft's page on
 * SecPkgContext_NegotiationInfo: the caller frees PackageInfo alone).
 *
 * Runs in the authority and in applications. Its input is the package's own constant.
 */
#include "packages/common/package_info.h"

#include "base/str16.h"

#include <string.h>

static size_t
text_bytes(const SEC_WCHAR *s)
{
    return (str16_length((const char16_t *)s) + 1) * sizeof(*s);
}

SecPkgInfoW *
package_info_copy(const SecPkgInfoW *info, PLSA_ALLOCATE_LSA_HEAP alloc)
{
    size_t name = text_bytes(info->Name);
    size_t comment = text_bytes(info->Comment);
    SecPkgInfoW *out = alloc((ULONG)(sizeof(*out) + name + comment));

    if (out == NULL)
        return NULL;
    *out = *info;
    out->Name = (SEC_WCHAR *)(out + 1);
    memcpy(out->Name, info->Name, name);
    out->Comment = out->Name + name / sizeof(*out->Name);
    memcpy(out->Comment, info->Comment, comment);
    return out;
}
