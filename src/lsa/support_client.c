/*
 * Support functions about the client of the current call: its memory and who
 * it is (slots 7 to 10, 16, 19, 24, 54, 63).
 *
 * Client memory (D9): the authority cannot write into an application. A call
 * names a window of the client's addresses; AllocateClientBuffer hands out
 * addresses in it, and the contents travel with the reply to those very
 * addresses, so packages may embed them in structures. What the application
 * passed by pointer came with the call as ranges; nothing else can be read.
 */
#include "lsa/support.h"

#include "base/log.h"

#define CLIENT_ALIGN 16u

static struct lsa_call *
client_call(const char *function)
{
    struct lsa_call *call = lsa_call_current();

    if (!call)
        log_error("contract_breach", LOG_S("rule", "client functions are called within a call"),
                  LOG_S("function", function));
    return call;
}

NTSTATUS NTAPI
lsa_support_client_allocate(PLSA_CLIENT_REQUEST request, ULONG length, PVOID *base)
{
    struct lsa_call *call = client_call("AllocateClientBuffer");
    struct lsa_block *b;
    uint32_t room;
    uint64_t used;

    (void)request;                      /* NULL and the call's own mean the same client */
    *base = NULL;
    if (!call)
        return STATUS_UNSUCCESSFUL;
    room = call->window_size - call->window_used;
    if (!call->window_base || length > room || call->block_count == LSA_BLOCKS_MAX)
        return STATUS_NO_MEMORY;
    /* In 64 bits: near 4 GiB the sum would wrap, and the block be smaller than its size. */
    used = ((uint64_t)length + CLIENT_ALIGN - 1) & ~(uint64_t)(CLIENT_ALIGN - 1);
    if (used < CLIENT_ALIGN)            /* a block of no bytes has an address of its own, too */
        used = CLIENT_ALIGN;
    if (used > room)
        return STATUS_NO_MEMORY;
    b = &call->blocks[call->block_count];
    b->bytes = arena_new(call->arena, used);
    if (!b->bytes)
        return STATUS_NO_MEMORY;
    b->address = call->window_base + call->window_used;
    b->size = length;
    b->freed = false;
    call->window_used += (uint32_t)used;
    call->block_count++;
    *base = (void *)(uintptr_t)b->address;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
lsa_support_client_free(PLSA_CLIENT_REQUEST request, PVOID base)
{
    struct lsa_call *call = client_call("FreeClientBuffer");

    (void)request;
    if (!base)
        return STATUS_SUCCESS;
    for (size_t i = 0; call && i < call->block_count; i++) {
        if (call->blocks[i].address == (uintptr_t)base && !call->blocks[i].freed) {
            call->blocks[i].freed = true;
            return STATUS_SUCCESS;
        }
    }
    return STATUS_INVALID_PARAMETER;
}

/* The third parameter is the destination, which here is the client's address. */
NTSTATUS NTAPI
lsa_support_client_write(PLSA_CLIENT_REQUEST request, ULONG length, PVOID to, PVOID from)
{
    struct lsa_call *call = client_call("CopyToClientBuffer");
    uint64_t at = (uintptr_t)to;

    (void)request;
    if (length == 0)
        return STATUS_SUCCESS;
    for (size_t i = 0; call && i < call->block_count; i++) {
        struct lsa_block *b = &call->blocks[i];
        uint64_t offset = at - b->address;

        if (at >= b->address && offset <= b->size && length <= b->size - offset && !b->freed) {
            memcpy(b->bytes + offset, from, length);
            return STATUS_SUCCESS;
        }
    }
    return STATUS_ACCESS_VIOLATION;
}

/* The third parameter is the destination, which here is the package's own. */
NTSTATUS NTAPI
lsa_support_client_read(PLSA_CLIENT_REQUEST request, ULONG length, PVOID to, PVOID from)
{
    struct lsa_call *call = client_call("CopyFromClientBuffer");
    uint64_t at = (uintptr_t)from;

    (void)request;
    if (length == 0)
        return STATUS_SUCCESS;
    for (size_t i = 0; call && i < call->memory_count; i++) {
        const struct lsa_range *m = &call->memory[i];
        uint64_t offset = at - m->address;

        if (at >= m->address && offset <= m->bytes.n && length <= m->bytes.n - offset) {
            memcpy(to, m->bytes.p + offset, length);
            return STATUS_SUCCESS;
        }
    }
    return STATUS_ACCESS_VIOLATION;
}

/* Every buffer is copied in before dispatch, so none is ever SECBUFFER_UNMAPPED. */
NTSTATUS NTAPI
lsa_support_buffer_map(PSecBuffer in, PSecBuffer out)
{
    *out = *in;
    return STATUS_SUCCESS;
}

static void
client_info(const struct lsa_call *call, SECPKG_CLIENT_INFO *out)
{
    const struct lsa_client *c = call->client;

    *out = (SECPKG_CLIENT_INFO){
        .LogonId = c->logon_id,
        .ProcessID = c->id.pid,
        .ThreadID = call->thread,
        .HasTcbPrivilege = lsa_client_is_tcb(c) ? TRUE : FALSE,
        .ClientFlags = atomic_load(&c->leaving) ? SECPKG_CLIENT_PROCESS_TERMINATED : 0,
        .ImpersonationLevel = SecurityImpersonation,
    };
}

NTSTATUS NTAPI
lsa_support_client_info(PSECPKG_CLIENT_INFO out)
{
    const struct lsa_call *call = client_call("GetClientInfo");

    *out = (SECPKG_CLIENT_INFO){ 0 };
    if (!call)
        return STATUS_UNSUCCESSFUL;
    client_info(call, out);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
lsa_support_client_info_ex(PSECPKG_CLIENT_INFO_EX out, ULONG size)
{
    const struct lsa_call *call = client_call("GetClientInfoEx");
    SECPKG_CLIENT_INFO info;

    if (size < sizeof(*out))
        return STATUS_INVALID_PARAMETER;
    *out = (SECPKG_CLIENT_INFO_EX){ 0 };
    if (!call)
        return STATUS_UNSUCCESSFUL;
    client_info(call, &info);
    out->LogonId = info.LogonId;
    out->ProcessID = info.ProcessID;
    out->ThreadID = info.ThreadID;
    out->HasTcbPrivilege = info.HasTcbPrivilege;
    out->ClientFlags = info.ClientFlags;
    out->ImpersonationLevel = info.ImpersonationLevel;
    return STATUS_SUCCESS;
}

/* FALSE outside a call: packages test it, so that is no breach. */
BOOLEAN NTAPI
lsa_support_call_info(PSECPKG_CALL_INFO out)
{
    const struct lsa_call *call = lsa_call_current();

    *out = (SECPKG_CALL_INFO){ 0 };
    if (!call)
        return FALSE;
    out->ProcessId = call->client->id.pid;
    out->ThreadId = call->thread;
    out->Attributes = call->attributes | (lsa_client_is_tcb(call->client) ? SECPKG_CALL_IS_TCB : 0)
                      | (call->outer ? SECPKG_CALL_RECURSIVE : 0);
    out->CallCount = (ULONG)call->id;   /* the same however often a call asks */
    return TRUE;
}

NTSTATUS NTAPI
lsa_support_call_flags(PULONG flags)
{
    *flags = 0;
    return STATUS_SUCCESS;
}
