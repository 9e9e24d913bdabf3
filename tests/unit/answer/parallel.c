/* The parallel package: see parallel.h. */
#include "parallel.h"

#include "ntsecpkg.h"
#include "sspi.h"

#include <stdbool.h>
#include <string.h>

#define CREDENTIAL_BIT ((LSA_SEC_HANDLE)1 << 40)
#define CONTEXT_BIT ((LSA_SEC_HANDLE)1 << 41)

__attribute__((visibility("default"))) struct parallel_control parallel_control;

static struct parallel_control *const control = &parallel_control;
static LSA_SECPKG_FUNCTION_TABLE *lsa;

static LSA_SEC_HANDLE
handle_make(LSA_SEC_HANDLE bit)
{
    return bit | (LSA_SEC_HANDLE)(atomic_fetch_add(&control->next_handle, 1) + 1);
}

static void
handle_check(LSA_SEC_HANDLE handle, LSA_SEC_HANDLE bit)
{
    if (!(handle & bit) || (handle & ~bit) > atomic_load(&control->next_handle))
        atomic_store(&control->wrong, true);
}

static NTSTATUS NTAPI
parallel_acquire(PUNICODE_STRING principal, ULONG use, PLUID logon_id, PVOID auth_data,
                 PVOID get_key_fn, PVOID get_key_argument, PLSA_SEC_HANDLE handle,
                 PTimeStamp expiry)
{
    uint8_t bytes[16];

    (void)principal;
    (void)use;
    (void)logon_id;
    (void)get_key_fn;
    (void)get_key_argument;
    if (auth_data
        && lsa->CopyFromClientBuffer(NULL, sizeof(bytes), bytes, auth_data) != STATUS_SUCCESS)
        return STATUS_ACCESS_VIOLATION;
    *handle = handle_make(CREDENTIAL_BIT);
    expiry->QuadPart = 1;
    atomic_fetch_add(&control->credentials, 1);
    return STATUS_SUCCESS;
}

static void
count_end(atomic_int *alive)
{
    SECPKG_CALL_INFO info;

    atomic_fetch_sub(alive, 1);
    if (lsa->GetCallInfo(&info) && (info.Attributes & SECPKG_CALL_CLEANUP))
        atomic_fetch_add(&control->cleanups, 1);
}

static NTSTATUS NTAPI
parallel_free(LSA_SEC_HANDLE handle)
{
    handle_check(handle, CREDENTIAL_BIT);
    count_end(&control->credentials);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
parallel_delete(LSA_SEC_HANDLE handle)
{
    handle_check(handle, CONTEXT_BIT);
    count_end(&control->contexts);
    return STATUS_SUCCESS;
}

static const SecBuffer *
find_token(const SecBufferDesc *d)
{
    for (ULONG i = 0; i < d->cBuffers; i++) {
        if ((d->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_TOKEN)
            return &d->pBuffers[i];
    }
    return NULL;
}

static bool
token_is(const SecBufferDesc *d, const char *text)
{
    const SecBuffer *b = find_token(d);

    return b && b->cbBuffer == strlen(text) && memcmp(b->pvBuffer, text, strlen(text)) == 0;
}

static NTSTATUS
parallel_leg(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, const SecBufferDesc *input,
             PLSA_SEC_HANDLE new_handle, PSecBufferDesc output, PTimeStamp expiry)
{
    NTSTATUS s = STATUS_SUCCESS;

    if (credential)
        handle_check(credential, CREDENTIAL_BIT);
    if (context)
        handle_check(context, CONTEXT_BIT);
    for (ULONG i = 0; i < output->cBuffers; i++)
        output->pBuffers[i].cbBuffer = 0;
    if (token_is(input, "no"))
        return STATUS_LOGON_FAILURE;
    if (token_is(input, "again"))
        s = SEC_I_CONTINUE_NEEDED;
    if (!context) {
        *new_handle = handle_make(CONTEXT_BIT);
        atomic_fetch_add(&control->contexts, 1);
    }
    expiry->QuadPart = 2;
    return s;
}

static NTSTATUS NTAPI
parallel_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
                ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_handle,
                PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                PSecBuffer data)
{
    (void)requirements;
    (void)data_rep;
    (void)attributes;
    (void)mapped;
    (void)data;
    atomic_fetch_add(&control->accepts, 1);
    return parallel_leg(credential, context, input, new_handle, output, expiry);
}

static NTSTATUS NTAPI
parallel_initiate(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PUNICODE_STRING target,
                  ULONG requirements, ULONG data_rep, PSecBufferDesc input,
                  PLSA_SEC_HANDLE new_handle, PSecBufferDesc output, PULONG attributes,
                  PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer data)
{
    (void)target;
    (void)requirements;
    (void)data_rep;
    (void)attributes;
    (void)mapped;
    (void)data;
    return parallel_leg(credential, context, input, new_handle, output, expiry);
}

static NTSTATUS NTAPI
parallel_apply(LSA_SEC_HANDLE handle, PSecBufferDesc input)
{
    (void)input;
    handle_check(handle, CONTEXT_BIT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
parallel_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    (void)attribute;
    (void)buffer;
    handle_check(handle, CONTEXT_BIT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
parallel_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id;
    (void)parameters;
    lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
parallel_get_info(PSecPkgInfoW info)
{
    static char16_t name[] = u"Parallel";

    info->wVersion = 1;
    info->cbMaxToken = 4096;
    info->Name = (SEC_WCHAR *)name;
    return STATUS_SUCCESS;
}

static SECPKG_FUNCTION_TABLE tables[] = { {
    .Initialize = parallel_initialize,
    .GetInfo = parallel_get_info,
    .AcquireCredentialsHandleW = parallel_acquire,
    .FreeCredentialsHandle = parallel_free,
    .InitLsaModeContext = parallel_initiate,
    .AcceptLsaModeContext = parallel_accept,
    .DeleteContext = parallel_delete,
    .ApplyControlToken = parallel_apply,
    .QueryContextAttributesW = parallel_query,
} };

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG version, PULONG package_version, PSECPKG_FUNCTION_TABLE *out,
                    PULONG count)
{
    (void)version;
    *package_version = SECPKG_INTERFACE_VERSION;
    *out = tables;
    *count = 1;
    return STATUS_SUCCESS;
}
