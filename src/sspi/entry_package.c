/*
 * Entry points: packages (sspi.h, "EnumerateSecurityPackages", "AddSecurityPackage").
 * Runs in the application.
 */
#include "sspi/ask.h"
#include "sspi/package.h"
#include "sspi/text.h"

static status_t
packages_enumerate(ULONG *count, void **array, bool ansi)
{
    struct sspi_process *p = sspi_process_get();
    const struct sspi_package *all[SSPI_PACKAGES_MAX];
    struct sspi_package_list *list;
    size_t i;
    status_t st;

    if (count == NULL || array == NULL)
        return SEC_E_INVALID_HANDLE;
    *count = 0;
    *array = NULL;
    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    st = sspi_package_list_get(p, 0, &list, NULL);
    if (st != SEC_E_OK)
        return st;
    for (i = 0; i < list->count; i++)
        all[i] = &list->packages[i];
    *array = sspi_package_info_new(all, list->count, ansi);
    if (*array == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    *count = (ULONG)list->count;
    return SEC_E_OK;
}

static status_t
package_query(const char16_t *name, void **info, bool ansi)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_package_list *list;
    const struct sspi_package *package;
    status_t st;

    if (info == NULL)
        return SEC_E_INVALID_HANDLE;
    *info = NULL;
    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (name == NULL)
        return SEC_E_SECPKG_NOT_FOUND;
    st = sspi_package_list_get(p, 0, &list, NULL);
    if (st != SEC_E_OK)
        return st;
    package = sspi_package_find_name(list, name);
    if (package == NULL)
        return SEC_E_SECPKG_NOT_FOUND;
    *info = sspi_package_info_new(&package, 1, ansi);
    return *info != NULL ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS SEC_ENTRY
EnumerateSecurityPackagesW(ULONG *pcPackages, PSecPkgInfoW *ppPackageInfo)
{
    return packages_enumerate(pcPackages, (void **)ppPackageInfo, false);
}

SECURITY_STATUS SEC_ENTRY
EnumerateSecurityPackagesA(ULONG *pcPackages, PSecPkgInfoA *ppPackageInfo)
{
    return packages_enumerate(pcPackages, (void **)ppPackageInfo, true);
}

SECURITY_STATUS SEC_ENTRY
QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName, PSecPkgInfoW *ppPackageInfo)
{
    return package_query(pszPackageName, (void **)ppPackageInfo, false);
}

SECURITY_STATUS SEC_ENTRY
QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName, PSecPkgInfoA *ppPackageInfo)
{
    struct sspi_texts t = { .count = 0 };
    const char16_t *name = sspi_text_wide(&t, pszPackageName);
    status_t st = t.status;

    if (st == SEC_E_OK)
        st = package_query(name, (void **)ppPackageInfo, true);
    sspi_texts_wipe(&t);
    return st;
}

/*
 * DEVIATION: packages are a matter of the host's configuration, not of an application with
 * rights; lsad loads them when it starts.
 */
SECURITY_STATUS SEC_ENTRY
AddSecurityPackageW(SEC_WCHAR *pszPackageName, PSECURITY_PACKAGE_OPTIONS pOptions)
{
    (void)pszPackageName;
    (void)pOptions;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
AddSecurityPackageA(SEC_CHAR *pszPackageName, PSECURITY_PACKAGE_OPTIONS pOptions)
{
    (void)pszPackageName;
    (void)pOptions;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
DeleteSecurityPackageW(SEC_WCHAR *pszPackageName)
{
    (void)pszPackageName;
    return SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS SEC_ENTRY
DeleteSecurityPackageA(SEC_CHAR *pszPackageName)
{
    (void)pszPackageName;
    return SEC_E_UNSUPPORTED_FUNCTION;
}
