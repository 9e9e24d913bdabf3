/*
 * A package as an old one looks: version 1, two tables whose stride is the size at
 * that version, at the very end of a readable page (reading past it faults), most
 * slots NULL, no host extension. BARE_FAIL_INIT and BARE_NO_TABLE break it.
 */
#include "ntsecpkg.h"
#include "sspi.h"

#include <string.h>
#include <sys/mman.h>

#define TABLE_SIZE (offsetof(SECPKG_FUNCTION_TABLE, SetExtendedInformation) + sizeof(void *))
#define PAGE 4096

static unsigned started;

static NTSTATUS NTAPI
bare_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id;
    (void)parameters;
    (void)table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
bare_get_info(PSecPkgInfoW info)
{
    static char16_t names[2][8] = { u"BareOne", u"BareTwo" };

    info->wVersion = 1;
    info->cbMaxToken = 64;
    info->Name = (SEC_WCHAR *)names[started++ % 2];
    info->Comment = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG version, PULONG package_version, PSECPKG_FUNCTION_TABLE *out,
                    PULONG count)
{
    SECPKG_FUNCTION_TABLE one = { .Initialize = bare_initialize, .GetInfo = bare_get_info };
    uint8_t *pages =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *array;

    (void)version;
    if (pages == MAP_FAILED)
        return STATUS_NO_MEMORY;
    array = pages + PAGE - 2 * TABLE_SIZE;
    memcpy(array, &one, TABLE_SIZE);
    memcpy(array + TABLE_SIZE, &one, TABLE_SIZE);
    mprotect(pages + PAGE, PAGE, PROT_NONE);
    *package_version = SECPKG_INTERFACE_VERSION;
    *out = (PSECPKG_FUNCTION_TABLE)(void *)array;
    *count = 2;
#ifdef BARE_FAIL_INIT
    return STATUS_UNSUCCESSFUL;
#elif defined(BARE_NO_TABLE)
    *out = NULL;
    return STATUS_SUCCESS;
#else
    return STATUS_SUCCESS;
#endif
}
