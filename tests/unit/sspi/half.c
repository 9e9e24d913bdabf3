/*
 * A user half for tests. It keeps what it was given, signs by writing its own number, and
 * misbehaves where the test asks for it. Version 1 of the table: the slot that version 2 adds
 * must not be read.
 */
#include "half.h"

#include "opensspi_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

OPENSSPI_API extern struct half_state half_state;
OPENSSPI_API extern const struct opensspi_context_formats OpenSspiContextFormats;
OPENSSPI_API extern const char OpenSspiClientProvider[];

struct half_state half_state;
const struct opensspi_context_formats OpenSspiContextFormats = { 3, 7 };
const char OpenSspiClientProvider[] = "test-provider";

static struct half_context *
find(LSA_SEC_HANDLE number)
{
    unsigned i;

    for (i = 0; i < half_state.count; i++)
        if (half_state.contexts[i].live && half_state.contexts[i].number == number)
            return &half_state.contexts[i];
    return NULL;
}

static NTSTATUS NTAPI
instance_init(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user)
{
    if (version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    half_state.instances++;
    half_state.dll = functions;
    *user = NULL;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
init_context(LSA_SEC_HANDLE number, PSecBuffer packed)
{
    struct half_context *c = find(number);
    NTSTATUS next = half_state.next;

    half_state.next = STATUS_SUCCESS;
    if (next != STATUS_SUCCESS)
        return next;
    if (packed->cbBuffer > HALF_DATA)
        return SEC_E_INVALID_TOKEN;
    if (c == NULL) {
        if (half_state.count == HALF_CONTEXTS)
            return STATUS_INSUFFICIENT_RESOURCES;
        c = &half_state.contexts[half_state.count++];
    }
    memset(c, 0, sizeof(*c));
    c->number = number;
    c->live = TRUE;
    c->size = packed->cbBuffer;
    if (packed->cbBuffer > 0)
        memcpy(c->data, packed->pvBuffer, packed->cbBuffer);
    if (c->size > 6 && memcmp(c->data, "token=", 6) == 0)
        c->token = (HANDLE)(ULONG_PTR)strtoull((char *)c->data + 6, NULL, 10);
    if (half_state.take_packed) {
        half_state.taken = packed->pvBuffer;
        packed->pvBuffer = NULL;
    }
    return STATUS_SUCCESS;
}

/* The signature is the context's number, 8 bytes. */
static NTSTATUS NTAPI
make_signature(LSA_SEC_HANDLE number, ULONG qop, PSecBufferDesc message, ULONG sequence)
{
    ULONG i;

    (void)qop;
    (void)sequence;
    if (find(number) == NULL)
        return STATUS_INVALID_HANDLE;
    half_state.in_call = 1;
    while (half_state.slow && !half_state.go)
        usleep(1000);
    for (i = 0; i < message->cBuffers; i++) {
        SecBuffer *b = &message->pBuffers[i];

        if ((b->BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_TOKEN)
            continue;
        if (b->cbBuffer < sizeof(number))
            return STATUS_BUFFER_TOO_SMALL;
        memcpy(b->pvBuffer, &number, sizeof(number));
        b->cbBuffer = sizeof(number);
        return STATUS_SUCCESS;
    }
    return SEC_E_INVALID_TOKEN;
}

static NTSTATUS NTAPI
verify_signature(LSA_SEC_HANDLE number, PSecBufferDesc message, ULONG sequence, PULONG qop)
{
    (void)message;
    (void)sequence;
    if (qop != NULL)
        *qop = 0x77;
    return find(number) == NULL ? STATUS_INVALID_HANDLE : SEC_E_MESSAGE_ALTERED;
}

static NTSTATUS NTAPI
context_token(LSA_SEC_HANDLE number, PHANDLE token)
{
    struct half_context *c = find(number);

    if (c == NULL)
        return STATUS_INVALID_HANDLE;
    *token = c->token;
    return c->token == NULL ? STATUS_NO_IMPERSONATION_TOKEN : STATUS_SUCCESS;
}

static PWSTR
heap_text(const WCHAR *s, size_t units)
{
    PWSTR p = half_state.dll->AllocateHeap((ULONG)((units + 1) * sizeof(*p)));

    memcpy(p, s, units * sizeof(*p));
    p[units] = 0;
    return p;
}

static NTSTATUS NTAPI
query(LSA_SEC_HANDLE number, ULONG attribute, PVOID buffer)
{
    struct half_context *c = find(number);

    if (c == NULL)
        return STATUS_INVALID_HANDLE;
    switch (attribute) {
    case SECPKG_ATTR_SIZES:
        *(SecPkgContext_Sizes *)buffer = (SecPkgContext_Sizes){ 2888, 16, 0, 16 };
        return STATUS_SUCCESS;
    case SECPKG_ATTR_NAMES:
        ((SecPkgContext_NamesW *)buffer)->sUserName = heap_text(u"J\u00f6rg", 4);
        return STATUS_SUCCESS;
    case SECPKG_ATTR_ACCESS_TOKEN:
        ((SecPkgContext_AccessToken *)buffer)->AccessToken = c->token;
        return STATUS_SUCCESS;
    default:
        return STATUS_NOT_SUPPORTED;
    }
}

static NTSTATUS NTAPI
delete_context(LSA_SEC_HANDLE number)
{
    struct half_context *c = find(number);

    if (c == NULL)
        return STATUS_INVALID_HANDLE;
    if (half_state.close_token)
        half_state.closed = CloseHandle(c->token);
    c->live = FALSE;
    half_state.deleted++;
    return half_state.on_delete;
}

/* The raw form is "raw:" and a length byte; flat are the bytes that follow. */
static NTSTATUS NTAPI
format_credentials(PSecBuffer raw, PSecBuffer flat)
{
    const UCHAR *p = raw->pvBuffer;

    if (memcmp(p, "raw:", 4) != 0)
        return STATUS_INVALID_PARAMETER;
    flat->cbBuffer = p[4];
    flat->pvBuffer = half_state.dll->AllocateHeap(p[4]);
    memcpy(flat->pvBuffer, p + 5, p[4]);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
export_context(LSA_SEC_HANDLE number, ULONG flags, PSecBuffer packed, PHANDLE token)
{
    struct half_context *c = find(number);

    (void)flags;
    if (c == NULL)
        return STATUS_INVALID_HANDLE;
    packed->cbBuffer = c->size;
    packed->pvBuffer = half_state.dll->AllocateHeap(c->size);
    memcpy(packed->pvBuffer, c->data, c->size);
    if (token != NULL)
        *token = c->token;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
import_context(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE number)
{
    static LSA_SEC_HANDLE next = 0x1000001;
    NTSTATUS s;

    if (packed->cbBuffer == 0)
        return SEC_E_INVALID_TOKEN;
    *number = next++;
    s = init_context(*number, packed);
    if (s == STATUS_SUCCESS)
        find(*number)->token = token;
    return s;
}

static SECPKG_USER_FUNCTION_TABLE table = {
    .InstanceInit = instance_init,
    .InitUserModeContext = init_context,
    .MakeSignature = make_signature,
    .VerifySignature = verify_signature,
    .GetContextToken = context_token,
    .QueryContextAttributes = query,
    .DeleteUserModeContext = delete_context,
    .FormatCredentials = format_credentials,
    .ExportContext = export_context,
    .ImportContext = import_context,
};

NTSTATUS SEC_ENTRY
SpUserModeInitialize(ULONG version, PULONG package_version, PSECPKG_USER_FUNCTION_TABLE *tables,
                     PULONG count)
{
    if (version != SECPKG_INTERFACE_VERSION)
        return STATUS_INVALID_PARAMETER;
    half_state.initialized++;
    *package_version = SECPKG_INTERFACE_VERSION;
    *tables = &table;
    *count = 1;
    return STATUS_SUCCESS;
}
