/*
 * The scripted package: see scripted.h. Built into several modules that differ by SCRIPTED_*
 * macros.
 */
#include "scripted.h"

#include <string.h>

#ifndef SCRIPTED_NAME
#define SCRIPTED_NAME u"Scripted"
#endif

__attribute__((visibility("default"))) struct scripted_control scripted_control = {
    .acquire_handle = 0x1001,
};

/* More than any block of the tests. */
#define SCRIPTED_TOO_LONG 5000

static struct scripted_control *const control = &scripted_control;

static void
note(char letter)
{
    size_t n = strlen(control->seen.order);

    if (n + 1 < sizeof(control->seen.order))
        control->seen.order[n] = letter;
}

static void
record_buffers(const SecBufferDesc *d, bool input)
{
    for (ULONG i = 0; d && i < d->cBuffers && i < SCRIPTED_BUFFERS; i++) {
        const SecBuffer *b = &d->pBuffers[i];
        size_t n = b->cbBuffer < sizeof(control->seen.input[0].bytes) ? b->cbBuffer : 0;
        typeof(&control->seen.input[0]) r = input ? &control->seen.input[i] : NULL;

        if (!input) {
            control->seen.output[i].type = b->BufferType;
            control->seen.output[i].size = b->cbBuffer;
            control->seen.output[i].address = b->pvBuffer;
            continue;
        }
        r->type = b->BufferType;
        r->size = b->cbBuffer;
        r->address = b->pvBuffer;
        if (b->pvBuffer)
            memcpy(r->bytes, b->pvBuffer, n);
    }
}

static void
write_token(PSecBufferDesc out)
{
    const struct scripted_answer *a = &control->next;

    for (ULONG i = 0; a->token && out && i < out->cBuffers; i++) {
        SecBuffer *b = &out->pBuffers[i];

        if ((b->BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_TOKEN)
            continue;
        if (a->token_in_heap)
            b->pvBuffer = control->lsa->AllocateLsaHeap((ULONG)strlen(a->token));
        if (b->pvBuffer && !a->token_too_long)
            memcpy(b->pvBuffer, a->token, strlen(a->token));
        b->cbBuffer = (ULONG)strlen(a->token);
        if (a->token_too_long)
            b->cbBuffer += SCRIPTED_TOO_LONG;
    }
}

struct leg {
    LSA_SEC_HANDLE credential, context;
    PSecBufferDesc input, output;
    ULONG requirements, data_rep;
    PLSA_SEC_HANDLE new_handle;
    PULONG attributes;
    PTimeStamp expiry;
    PBOOLEAN mapped;
    PSecBuffer data;
};

static void
record_leg(const struct leg *l)
{
    struct scripted_record *r = &control->seen;

    r->credential = l->credential;
    r->context = l->context;
    r->input_is_null = !l->input;
    r->output_is_null = !l->output;
    r->data_is_null = !l->data;
    r->mapped_is_null = !l->mapped;
    r->expiry_is_null = !l->expiry;
    r->requirements = l->requirements;
    r->data_rep = l->data_rep;
    r->input_version = l->input ? l->input->ulVersion : 0;
    r->input_count = l->input ? l->input->cBuffers : 0;
    record_buffers(l->input, true);
    record_buffers(l->output, false);
    r->new_handle_before = *l->new_handle;
    r->attributes_before = *l->attributes;
    r->expiry_before = l->expiry->QuadPart;
    r->mapped_before = *l->mapped;
    r->data_before = *l->data;
    r->has_call_info = control->lsa->GetCallInfo(&r->call_info);
    (void)control->lsa->GetClientInfo(&r->client_info);
}

static NTSTATUS
answer_leg(const struct leg *l)
{
    const struct scripted_answer *a = &control->next;

    record_leg(l);
    if (a->inside)
        a->inside();
    if (!a->keep_handle)
        *l->new_handle = a->new_handle;
    *l->attributes = a->attributes;
    l->expiry->QuadPart = a->expiry;
    *l->mapped = a->mapped;
    if (a->context_data) {
        ULONG n = (ULONG)strlen(a->context_data);

        l->data->pvBuffer = control->lsa->AllocateLsaHeap(n);
        l->data->cbBuffer = a->data_too_long ? n + SCRIPTED_TOO_LONG : n;
        memcpy(l->data->pvBuffer, a->context_data, n);
    }
    if (a->retype_input) {
        l->input->pBuffers[l->input->cBuffers - 1].BufferType = a->retype_input;
        l->input->pBuffers[l->input->cBuffers - 1].cbBuffer = a->recount_input;
    }
    write_token(l->output);
    return a->status;
}

static NTSTATUS NTAPI
scripted_accept(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PSecBufferDesc input,
                ULONG requirements, ULONG data_rep, PLSA_SEC_HANDLE new_handle,
                PSecBufferDesc output, PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                PSecBuffer data)
{
    struct leg l = { credential, context,    input,      output, requirements, data_rep,
                     new_handle, attributes, expiry,     mapped, data };

    control->seen.accepts++;
    return answer_leg(&l);
}

static NTSTATUS NTAPI
scripted_initiate(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context, PUNICODE_STRING target,
                  ULONG requirements, ULONG data_rep, PSecBufferDesc input,
                  PLSA_SEC_HANDLE new_handle, PSecBufferDesc output, PULONG attributes,
                  PTimeStamp expiry, PBOOLEAN mapped, PSecBuffer data)
{
    struct leg l = { credential, context,    input,      output, requirements, data_rep,
                     new_handle, attributes, expiry,     mapped, data };

    control->seen.initiates++;
    control->seen.has_target = target != NULL;
    memset(control->seen.target, 0, sizeof(control->seen.target));
    if (target && target->Length < sizeof(control->seen.target))
        memcpy(control->seen.target, target->Buffer, target->Length);
    return answer_leg(&l);
}

static NTSTATUS NTAPI
scripted_acquire(PUNICODE_STRING principal, ULONG use, PLUID logon_id, PVOID auth_data,
                 PVOID get_key_fn, PVOID get_key_argument, PLSA_SEC_HANDLE handle,
                 PTimeStamp expiry)
{
    (void)principal;
    (void)auth_data;
    (void)get_key_fn;
    (void)get_key_argument;
    control->seen.acquires++;
    control->seen.acquire_use = use;
    control->seen.acquire_has_logon = logon_id != NULL;
    if (logon_id)
        control->seen.acquire_logon = *logon_id;
    *handle = control->acquire_handle;
    expiry->QuadPart = 77;
    return control->acquire_status;
}

static NTSTATUS NTAPI
scripted_free(LSA_SEC_HANDLE handle)
{
    control->seen.frees++;
    control->seen.freed = handle;
    control->seen.has_call_info = control->lsa->GetCallInfo(&control->seen.call_info);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
scripted_delete(LSA_SEC_HANDLE handle)
{
    control->seen.deletes++;
    control->seen.deleted = handle;
    if (control->inside_delete)
        control->inside_delete();
    control->seen.has_call_info = control->lsa->GetCallInfo(&control->seen.call_info);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
scripted_apply(LSA_SEC_HANDLE handle, PSecBufferDesc input)
{
    control->seen.applies++;
    control->seen.context = handle;
    record_buffers(input, true);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
scripted_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    control->seen.queries++;
    control->seen.context = handle;
    if (attribute == SECPKG_ATTR_FLAGS)
        ((SecPkgContext_Flags *)buffer)->Flags = 0x1234;
    return control->query_status;
}

static NTSTATUS NTAPI
scripted_set(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer, ULONG size)
{
    (void)attribute;
    (void)buffer;
    (void)size;
    control->seen.sets++;
    control->seen.context = handle;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
scripted_add(LSA_SEC_HANDLE handle, PUNICODE_STRING principal, PUNICODE_STRING package, ULONG use,
             PVOID auth_data, PVOID get_key_fn, PVOID get_key_argument, PTimeStamp expiry)
{
    (void)handle;
    (void)principal;
    (void)use;
    (void)auth_data;
    (void)get_key_fn;
    (void)get_key_argument;
    control->seen.adds++;
    memset(control->seen.added, 0, sizeof(control->seen.added));
    if (package->Length < sizeof(control->seen.added))
        memcpy(control->seen.added, package->Buffer, package->Length);
    expiry->QuadPart = 78;
    return STATUS_SUCCESS;
}

/* The name lies in the client, at an address that CopyToClientBuffer filled. */
static NTSTATUS NTAPI
scripted_query_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    static char16_t name[] = u"somebody";
    PVOID base;

    (void)handle;
    control->seen.credential_queries++;
    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (control->lsa->AllocateClientBuffer(NULL, sizeof(name), &base) != STATUS_SUCCESS)
        return STATUS_NO_MEMORY;
    (void)control->lsa->CopyToClientBuffer(NULL, sizeof(name), base, name);
    ((SecPkgCredentials_NamesW *)buffer)->sUserName = base;
    return control->query_status;
}

static NTSTATUS NTAPI
scripted_set_credential(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer, ULONG size)
{
    (void)handle;
    (void)attribute;
    (void)buffer;
    (void)size;
    control->seen.credential_sets++;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
scripted_change_password(PUNICODE_STRING domain, PUNICODE_STRING account,
                         PUNICODE_STRING old_password, PUNICODE_STRING new_password,
                         BOOLEAN impersonating, PSecBufferDesc output)
{
    (void)domain;
    (void)account;
    (void)old_password;
    (void)impersonating;
    control->seen.passwords++;
    memset(control->seen.new_password, 0, sizeof(control->seen.new_password));
    if (new_password && new_password->Length < sizeof(control->seen.new_password))
        memcpy(control->seen.new_password, new_password->Buffer, new_password->Length);
    write_token(output);
    return control->password_status;
}

static NTSTATUS NTAPI
scripted_initialize_ap(ULONG id, PLSA_DISPATCH_TABLE table, PLSA_STRING database,
                       PLSA_STRING confidentiality, PLSA_STRING *name)
{
    (void)id;
    (void)database;
    (void)confidentiality;
    note('A');
    control->seen.ap_initializes++;
    control->seen.dispatch_table = table;
    *name = table->AllocateLsaHeap(sizeof(**name));
    (*name)->Buffer = table->AllocateLsaHeap(8);
    memcpy((*name)->Buffer, "SCRIPTED", 8);
    (*name)->Length = 8;
    (*name)->MaximumLength = 8;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
scripted_initialize(ULONG_PTR id, PSECPKG_PARAMETERS parameters, PLSA_SECPKG_FUNCTION_TABLE table)
{
    note('S');
    control->seen.initializes++;
    control->seen.package_id = id;
    control->seen.parameters = parameters;
    control->seen.function_table = table;
    control->lsa = table;
#ifdef SCRIPTED_FAIL_INITIALIZE
    return STATUS_UNSUCCESSFUL;
#else
    return (NTSTATUS)0x00200000;        /* informational: a real package returns this */
#endif
}

static NTSTATUS NTAPI
scripted_shutdown(void)
{
    control->seen.shutdowns++;
    return STATUS_SUCCESS;
}

static VOID NTAPI
scripted_logon_terminated(PLUID id)
{
    control->seen.logons_ended++;
    control->seen.logon_ended = *id;
}

static NTSTATUS NTAPI
scripted_get_info(PSecPkgInfoW info)
{
    static char16_t name[] = SCRIPTED_NAME, comment[] = u"does what it is told";

    note('G');
    control->seen.get_infos++;
    info->fCapabilities = SECPKG_FLAG_CONNECTION;
    info->wVersion = 1;
    info->wRPCID = SECPKG_ID_NONE;
    info->cbMaxToken = 4096;
    info->Name = (SEC_WCHAR *)name;
    info->Comment = (SEC_WCHAR *)comment;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
scripted_get_extended(SECPKG_EXTENDED_INFORMATION_CLASS class, PSECPKG_EXTENDED_INFORMATION *out)
{
    note('E');
    control->seen.extended++;
    if (class != SecpkgContextThunks)
        return STATUS_NOT_SUPPORTED;
    *out = control->lsa->AllocateLsaHeap(sizeof(**out));
    (*out)->Class = class;
    (*out)->Info.ContextThunks.InfoLevelCount = 1;
    (*out)->Info.ContextThunks.Levels[0] = SECPKG_ATTR_LIFESPAN;
    return STATUS_SUCCESS;
}

static SECPKG_FUNCTION_TABLE tables[] = { {
    .InitializePackage = scripted_initialize_ap,
    .LogonTerminated = scripted_logon_terminated,
    .Initialize = scripted_initialize,
    .Shutdown = scripted_shutdown,
    .GetInfo = scripted_get_info,
    .AcquireCredentialsHandleW = scripted_acquire,
    .FreeCredentialsHandle = scripted_free,
    .InitLsaModeContext = scripted_initiate,
    .AcceptLsaModeContext = scripted_accept,
    .DeleteContext = scripted_delete,
    .ApplyControlToken = scripted_apply,
    .GetExtendedInformation = scripted_get_extended,
    .QueryContextAttributesW = scripted_query,
    .SetContextAttributesW = scripted_set,
    .AddCredentialsW = scripted_add,
    .QueryCredentialsAttributesW = scripted_query_credential,
    .SetCredentialsAttributesW = scripted_set_credential,
    .ChangeAccountPasswordW = scripted_change_password,
} };

NTSTATUS SEC_ENTRY
SpLsaModeInitialize(ULONG version, PULONG package_version, PSECPKG_FUNCTION_TABLE *out,
                    PULONG count)
{
    note('L');
    control->seen.lsa_version = version;
    *package_version = SECPKG_INTERFACE_VERSION_11;
    *out = tables;
    *count = 1;
    return STATUS_SUCCESS;
}

OpenSspiPackageInitializeFn OpenSspiPackageInitialize;

__attribute__((visibility("default"))) NTSTATUS
OpenSspiPackageInitialize(const struct opensspi_host *host)
{
    note('X');
    control->host = host;
    return STATUS_SUCCESS;
}
