/* The scripted package's user half: there so that its contexts can be mapped. */
#include "ntsecpkg.h"
#include "sspi.h"

static NTSTATUS NTAPI
user_init(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    (void)handle;
    (void)packed;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
user_delete(LSA_SEC_HANDLE handle)
{
    (void)handle;
    return STATUS_SUCCESS;
}

static SECPKG_USER_FUNCTION_TABLE tables[] = { {
    .InitUserModeContext = user_init,
    .DeleteUserModeContext = user_delete,
} };

NTSTATUS SEC_ENTRY
SpUserModeInitialize(ULONG version, PULONG package_version, PSECPKG_USER_FUNCTION_TABLE *out,
                     PULONG count)
{
    (void)version;
    *package_version = SECPKG_INTERFACE_VERSION;
    *out = tables;
    *count = 1;
    return STATUS_SUCCESS;
}
