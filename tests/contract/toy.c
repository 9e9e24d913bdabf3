/*
 * A third party's package for tests: it declares SECPKG_FLAG_NEGOTIABLE and two identifiers, by
 * SecpkgGssInfo and SecpkgExtraOids, and knows nothing of OpenSSPI's host extension. The client
 * says "toy?", the server "toy!", and that is all: it cannot sign, and has no user half. It finds
 * less than TOY_ROOM (of the environment) too little room for either; where that is 0, it takes
 * the room away and still says that something is in it; -1: it leaves the room as it was; -2: it
 * says more of a block of its own than that has.
 */
#include "ntsecpkg.h"

#include "winerror.h"

#include <stdlib.h>
#include <string.h>

#define TOY_TOKEN 4u
#define TOY_HANDLE 0x70u

/* 1.3.6.1.4.1.99999.1 and .2 */
static const UCHAR toy_oid[] = { 0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8d, 0x1f, 0x01 };
static const UCHAR toy_extra[] = { 0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8d, 0x1f,
                                   0x02 };
static LSA_SECPKG_FUNCTION_TABLE *lsa;
static SEC_WCHAR toy_name[] = u"Toy", toy_comment[] = u"negotiated by others";

static NTSTATUS NTAPI
toy_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE table)
{
    (void)id;
    (void)parameters;
    lsa = table;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
toy_shutdown(void)
{
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
toy_get_info(PSecPkgInfoW info)
{
    *info = (SecPkgInfoW){ .fCapabilities = SECPKG_FLAG_NEGOTIABLE | SECPKG_FLAG_CONNECTION,
                           .wVersion = 1, .wRPCID = SECPKG_ID_NONE, .cbMaxToken = 64,
                           .Name = toy_name, .Comment = toy_comment };
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
toy_extended(SECPKG_EXTENDED_INFORMATION_CLASS class, PSECPKG_EXTENDED_INFORMATION *out)
{
    PSECPKG_EXTENDED_INFORMATION info;

    if (class != SecpkgGssInfo && class != SecpkgExtraOids)
        return SEC_E_UNSUPPORTED_FUNCTION;
    info = lsa->AllocateLsaHeap(sizeof(*info) + sizeof(toy_oid));
    if (info == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memset(info, 0, sizeof(*info));
    info->Class = class;
    if (class == SecpkgGssInfo) {
        info->Info.GssInfo.EncodedIdLength = sizeof(toy_oid);
        memcpy((UCHAR *)&info->Info.GssInfo + offsetof(SECPKG_GSS_INFO, EncodedId), toy_oid,
               sizeof(toy_oid));
    } else {
        info->Info.ExtraOids.OidCount = 1;
        info->Info.ExtraOids.Oids[0].OidLength = sizeof(toy_extra);
        memcpy(info->Info.ExtraOids.Oids[0].OidValue, toy_extra, sizeof(toy_extra));
    }
    *out = info;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
toy_acquire(PUNICODE_STRING principal, ULONG use, PLUID logon_id, PVOID data, PVOID key_function,
            PVOID key_argument, PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    (void)principal;
    (void)use;
    (void)logon_id;
    (void)data;
    (void)key_function;
    (void)key_argument;
    *handle = TOY_HANDLE;
    expiry->QuadPart = 0x7fffffffffffffff;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
toy_release(LSA_SEC_HANDLE handle)
{
    (void)handle;
    return STATUS_SUCCESS;
}

static SecBuffer *
token_of(PSecBufferDesc d)
{
    for (ULONG i = 0; d != NULL && i < d->cBuffers; i++) {
        if ((d->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_TOKEN)
            return &d->pBuffers[i];
    }
    return NULL;
}

static BOOLEAN
token_is(PSecBufferDesc d, const char *text)
{
    const SecBuffer *b = token_of(d);

    return b != NULL && b->cbBuffer == TOY_TOKEN && memcmp(b->pvBuffer, text, TOY_TOKEN) == 0;
}

/* Negotiated, and not by NegoEx. */
static BOOLEAN
call_is_negotiated(void)
{
    SECPKG_CALL_INFO info;

    return lsa->GetCallInfo(&info) && (info.Attributes & SECPKG_CALL_NEGO) != 0 &&
           (info.Attributes & SECPKG_CALL_NEGO_EXTENDER) == 0;
}

static NTSTATUS
token_put(PSecBufferDesc d, const char *text)
{
    const char *room = getenv("TOY_ROOM");
    SecBuffer *b = token_of(d);

    if (b == NULL || !call_is_negotiated())
        return SEC_E_INVALID_TOKEN;
    if (room != NULL && atoi(room) == -1)
        return STATUS_SUCCESS;
    if (room != NULL && atoi(room) == -2) {
        b->pvBuffer = lsa->AllocateLsaHeap(TOY_TOKEN);
        b->cbBuffer = 2 * TOY_TOKEN;
        return STATUS_SUCCESS;
    }
    if (b->pvBuffer != NULL && room != NULL && b->cbBuffer < (ULONG)atoi(room))
        return SEC_E_BUFFER_TOO_SMALL;
    if (room != NULL && atoi(room) == 0) {
        b->pvBuffer = NULL;
        b->cbBuffer = TOY_TOKEN;
        return STATUS_SUCCESS;
    }
    if (b->pvBuffer == NULL)
        b->pvBuffer = lsa->AllocateLsaHeap(TOY_TOKEN);
    if (b->pvBuffer == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(b->pvBuffer, text, TOY_TOKEN);
    b->cbBuffer = TOY_TOKEN;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
toy_init(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PUNICODE_STRING target,
         ULONG requirements, ULONG data_rep, PSecBufferDesc input, PLSA_SEC_HANDLE new_context,
         PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
         PSecBuffer data)
{
    SecBuffer *out = token_of(output);
    NTSTATUS st;

    (void)credential;
    (void)target;
    (void)requirements;
    (void)data_rep;
    (void)data;
    *attributes = 0;
    *mapped = FALSE;
    expiry->QuadPart = 0x7fffffffffffffff;
    *new_context = TOY_HANDLE;
    if (context == 0) {
        st = token_put(output, "toy?");
        return st == STATUS_SUCCESS ? SEC_I_CONTINUE_NEEDED : st;
    }
    if (out != NULL)
        out->cbBuffer = 0;
    return token_is(input, "toy!") ? STATUS_SUCCESS : SEC_E_INVALID_TOKEN;
}

static NTSTATUS NTAPI
toy_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
           ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
           PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer data)
{
    (void)credential;
    (void)context;
    (void)requirements;
    (void)data_rep;
    (void)data;
    *attributes = 0;
    *mapped = FALSE;
    expiry->QuadPart = 0x7fffffffffffffff;
    *new_context = TOY_HANDLE;
    return token_is(input, "toy?") ? token_put(output, "toy!") : SEC_E_INVALID_TOKEN;
}

static SECPKG_FUNCTION_TABLE toy_table = {
    .Initialize = toy_initialize,
    .Shutdown = toy_shutdown,
    .GetInfo = toy_get_info,
    .AcquireCredentialsHandle = toy_acquire,
    .FreeCredentialsHandle = toy_release,
    .InitLsaModeContext = toy_init,
    .AcceptLsaModeContext = toy_accept,
    .DeleteContext = toy_release,
    .GetExtendedInformation = toy_extended,
};

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG lsa_version, PULONG package_version, PSECPKG_FUNCTION_TABLE *tables,
                    PULONG count)
{
    (void)lsa_version;
    *package_version = SECPKG_INTERFACE_VERSION_11;
    *tables = &toy_table;
    *count = 1;
    return STATUS_SUCCESS;
}
