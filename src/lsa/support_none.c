/*
 * Support functions that have nothing behind them here: each gives the answer
 * that the contract allows (STATUS_NOT_SUPPORTED and zeroed outputs, NULL,
 * FALSE), and says so once in the log, so that the author of a package learns
 * why. No slot is NULL: packages call without looking.
 */
#include "lsa/support_none.h"

#include "base/log.h"

/* One a function, to say each once. The order is that of the slots. */
enum none_id {
    NONE_UNLOAD, NONE_SAVE_SUPPLEMENTAL, NONE_THREAD, NONE_NOTIFY, NONE_CANCEL_NOTIFY,
    NONE_CALL_PACKAGE, NONE_SHARED_MEMORY, NONE_CALLBACK, NONE_UPDATE, NONE_CRACK, NONE_CREDI,
    NONE_SERVICE_PASSWORD, NONE_QUERY_REQUEST, NONE_APP_MODE, NONE_PROTECT,
    NONE_END
};

static const char *const names[NONE_END] = {
    "UnloadPackage", "SaveSupplementalCredentials", "CreateThread", "RegisterNotification",
    "CancelNotification", "CallPackage", "CreateSharedMemory", "ClientCallback",
    "UpdateCredentials", "CrackSingleName", "CrediRead", "GetServiceAccountPassword",
    "QueryClientRequest", "GetAppModeInfo", "LsaProtectMemory",
};

static atomic_bool said[NONE_END];

static NTSTATUS
none(enum none_id id)
{
    if (!atomic_exchange(&said[id], true))
        log_notice("support_function_not_available", LOG_S("function", names[id]));
    return STATUS_NOT_SUPPORTED;
}

static void
none_string(UNICODE_STRING *s)
{
    if (s)
        *s = (UNICODE_STRING){ 0 };
}

NTSTATUS NTAPI
lsa_none_unload(void)
{
    return none(NONE_UNLOAD);
}

NTSTATUS NTAPI
lsa_none_supplemental_save(PLUID id, ULONG size, PVOID credentials, BOOLEAN synchronous)
{
    (void)id;
    (void)size;
    (void)credentials;
    (void)synchronous;
    return none(NONE_SAVE_SUPPLEMENTAL);
}

HANDLE NTAPI
lsa_none_thread(SEC_ATTRS attributes, ULONG stack, SEC_THREAD_START start, PVOID argument,
                ULONG flags, PULONG id)
{
    (void)attributes;
    (void)stack;
    (void)start;
    (void)argument;
    (void)flags;
    (void)id;
    (void)none(NONE_THREAD);
    return NULL;
}

HANDLE NTAPI
lsa_none_notify(SEC_THREAD_START start, PVOID argument, ULONG type, ULONG class, ULONG flags,
                ULONG interval, HANDLE event)
{
    (void)start;
    (void)argument;
    (void)type;
    (void)class;
    (void)flags;
    (void)interval;
    (void)event;
    (void)none(NONE_NOTIFY);
    return NULL;
}

NTSTATUS NTAPI
lsa_none_notify_cancel(HANDLE notification)
{
    (void)notification;
    return none(NONE_CANCEL_NOTIFY);
}

NTSTATUS NTAPI
lsa_none_package_call(PUNICODE_STRING package, PVOID submit, ULONG length, PVOID *reply,
                      PULONG reply_length, PNTSTATUS status)
{
    (void)package;
    (void)submit;
    (void)length;
    *reply = NULL;
    *reply_length = 0;
    *status = STATUS_NOT_SUPPORTED;
    return none(NONE_CALL_PACKAGE);
}

NTSTATUS NTAPI
lsa_none_package_call_ex(PUNICODE_STRING package, PVOID base, PVOID submit, ULONG length,
                         PVOID *reply, PULONG reply_length, PNTSTATUS status)
{
    (void)base;
    return lsa_none_package_call(package, submit, length, reply, reply_length, status);
}

PVOID NTAPI
lsa_none_shared_create(ULONG most, ULONG initial)
{
    (void)most;
    (void)initial;
    (void)none(NONE_SHARED_MEMORY);
    return NULL;
}

PVOID NTAPI
lsa_none_shared_allocate(PVOID shared, ULONG size)
{
    (void)shared;
    (void)size;
    return NULL;
}

VOID NTAPI
lsa_none_shared_free(PVOID shared, PVOID memory)
{
    (void)shared;
    (void)memory;
}

BOOLEAN NTAPI
lsa_none_shared_delete(PVOID shared)
{
    (void)shared;
    return FALSE;
}

NTSTATUS NTAPI
lsa_none_callback(PCHAR callback, ULONG_PTR first, ULONG_PTR second, PSecBuffer in,
                  PSecBuffer out)
{
    (void)callback;
    (void)first;
    (void)second;
    (void)in;
    if (out)
        *out = (SecBuffer){ 0 };
    return none(NONE_CALLBACK);
}

NTSTATUS NTAPI
lsa_none_update(PSECPKG_PRIMARY_CRED primary, PSECPKG_SUPPLEMENTAL_CRED_ARRAY supplemental)
{
    (void)primary;
    (void)supplemental;
    return none(NONE_UPDATE);
}

NTSTATUS NTAPI
lsa_none_name_crack(ULONG offered, BOOLEAN at_gc, PUNICODE_STRING in, PUNICODE_STRING prefix,
                    ULONG requested, PUNICODE_STRING out, PUNICODE_STRING dns_domain,
                    PULONG sub_status)
{
    (void)offered;
    (void)at_gc;
    (void)in;
    (void)prefix;
    (void)requested;
    none_string(out);
    none_string(dns_domain);
    if (sub_status)
        *sub_status = 0;
    return none(NONE_CRACK);
}

NTSTATUS NTAPI
lsa_none_credi_read(PLUID id, ULONG credential_flags, LPWSTR target, ULONG type, ULONG flags,
                    PENCRYPTED_CREDENTIALW *out)
{
    (void)id;
    (void)credential_flags;
    (void)target;
    (void)type;
    (void)flags;
    *out = NULL;
    return none(NONE_CREDI);
}

NTSTATUS NTAPI
lsa_none_credi_read_domain(PLUID id, ULONG credential_flags,
                           PCREDENTIAL_TARGET_INFORMATIONW target, ULONG flags, PULONG count,
                           PENCRYPTED_CREDENTIALW **out)
{
    (void)id;
    (void)credential_flags;
    (void)target;
    (void)flags;
    *count = 0;
    *out = NULL;
    return none(NONE_CREDI);
}

VOID NTAPI
lsa_none_credi_free(ULONG count, PENCRYPTED_CREDENTIALW *credentials)
{
    (void)count;
    (void)credentials;
}

NTSTATUS NTAPI
lsa_none_credi_write(PLUID id, ULONG credential_flags, PENCRYPTED_CREDENTIALW credential,
                     ULONG flags)
{
    (void)id;
    (void)credential_flags;
    (void)credential;
    (void)flags;
    return none(NONE_CREDI);
}

NTSTATUS NTAPI
lsa_none_credi_decode(LPWSTR string, LPBYTE *blob, ULONG *size, BOOLEAN *fatal)
{
    (void)string;
    *blob = NULL;
    *size = 0;
    *fatal = FALSE;
    return none(NONE_CREDI);
}

VOID NTAPI
lsa_none_protect(PVOID buffer, ULONG size)
{
    (void)buffer;
    (void)size;
    (void)none(NONE_PROTECT);
}

VOID NTAPI
lsa_none_dummy(PVOID buffer, ULONG size)
{
    (void)buffer;
    (void)size;
}

NTSTATUS NTAPI
lsa_none_service_password(PUNICODE_STRING account, PUNICODE_STRING domain, CRED_FETCH fetch,
                          FILETIME *expiry, PUNICODE_STRING current, PUNICODE_STRING previous,
                          FILETIME *valid)
{
    (void)account;
    (void)domain;
    (void)fetch;
    (void)expiry;
    (void)valid;
    none_string(current);
    none_string(previous);
    return none(NONE_SERVICE_PASSWORD);
}

NTSTATUS NTAPI
lsa_none_request_query(PLSA_CLIENT_REQUEST request, ULONG type, PVOID *reply)
{
    (void)request;
    (void)type;
    *reply = NULL;
    return none(NONE_QUERY_REQUEST);
}

NTSTATUS NTAPI
lsa_none_app_mode_get(PULONG function, PULONG_PTR first, PULONG_PTR second, PSecBuffer data,
                      PBOOLEAN return_to_lsa)
{
    if (function)
        *function = 0;
    if (first)
        *first = 0;
    if (second)
        *second = 0;
    if (data)
        *data = (SecBuffer){ 0 };
    if (return_to_lsa)
        *return_to_lsa = FALSE;
    return none(NONE_APP_MODE);
}

NTSTATUS NTAPI
lsa_none_app_mode_set(ULONG function, ULONG_PTR first, ULONG_PTR second, PSecBuffer data,
                      BOOLEAN return_to_lsa)
{
    (void)function;
    (void)first;
    (void)second;
    (void)data;
    (void)return_to_lsa;
    return none(NONE_APP_MODE);
}
