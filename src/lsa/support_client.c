/*
 * Support functions about the client of the current call: its memory and who
 * it is (slots 7 to 11, 16, 19, 24, 54, 63).
 *
 * Client memory (D9): the authority cannot write into an application. A call
 * names a window of the client's addresses; AllocateClientBuffer hands out
 * addresses in it, and the contents travel with the reply to those very
 * addresses, so packages may embed them in structures. What the application
 * passed by pointer came with the call as ranges; nothing else can be read.
 */
#include "lsa/support.h"

#include "base/log.h"
#include "base/thread_identity.h"
#include "lsa/session.h"
#include "lsa/token.h"

#include <stdlib.h>
#include <unistd.h>

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

/*
 * The token of whom the call is for: of the client that its thread impersonates, else of
 * its process. With a reference; NULL: no memory.
 */
static struct lsa_token *
client_token(const struct lsa_call *call)
{
    struct lsa *l = call->client->lsa;
    LUID id = lsa_call_logon_id(call);
    struct lsa_token *t;

    if (call->token)
        return lsa_token_hold(call->token);
    t = lsa_session_token(l, id);
    return t ? t : lsa_token_of_process(l, id);
}

/* Made when it is first shown; its session remembers it. */
static HANDLE
client_token_show(struct lsa_call *call)
{
    struct lsa_token *t = call->client_token ? NULL : client_token(call);

    if (t && lsa_token_publish(call->client->lsa, t, &call->client_token) != STATUS_SUCCESS)
        call->client_token = NULL;
    lsa_token_put(t);
    return call->client_token;
}

static SECURITY_IMPERSONATION_LEVEL
client_level(const struct lsa_call *call)
{
    struct token_snapshot facts;

    if (call->token
        && token_snapshot_parse(view_of(call->token->snapshot, call->token->size), &facts) == 0)
        return (SECURITY_IMPERSONATION_LEVEL)facts.level;
    return SecurityImpersonation;
}

static void
client_info(struct lsa_call *call, SECPKG_CLIENT_INFO *out)
{
    const struct lsa_client *c = call->client;

    *out = (SECPKG_CLIENT_INFO){
        .LogonId = lsa_call_logon_id(call),
        .ProcessID = c->id.pid,
        .ThreadID = call->thread,
        .HasTcbPrivilege = lsa_call_is_tcb(call) ? TRUE : FALSE,
        .Impersonating = call->token ? TRUE : FALSE,
        .ClientFlags = atomic_load(&c->leaving) ? SECPKG_CLIENT_PROCESS_TERMINATED : 0,
        .ImpersonationLevel = client_level(call),
        .ClientToken = client_token_show(call),
    };
}

NTSTATUS NTAPI
lsa_support_client_info(PSECPKG_CLIENT_INFO out)
{
    struct lsa_call *call = client_call("GetClientInfo");

    *out = (SECPKG_CLIENT_INFO){ 0 };
    if (!call)
        return STATUS_UNSUCCESSFUL;
    client_info(call, out);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
lsa_support_client_info_ex(PSECPKG_CLIENT_INFO_EX out, ULONG size)
{
    struct lsa_call *call = client_call("GetClientInfoEx");
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
    out->Impersonating = info.Impersonating;
    out->ClientFlags = info.ClientFlags;
    out->ImpersonationLevel = info.ImpersonationLevel;
    out->ClientToken = info.ClientToken;
    return STATUS_SUCCESS;
}

static NTSTATUS
client_impersonate_as(struct lsa_call *call, const struct thread_identity *who)
{
    struct thread_saved *self = call->self ? call->self : thread_identity_save();

    if (!self)
        return STATUS_NO_MEMORY;
    call->self = self;
    if (thread_identity_take(who) == 0)
        return STATUS_SUCCESS;
    if (!lsa_revert())
        abort();                        /* half a client: no worker may go on so (D8) */
    return STATUS_CANNOT_IMPERSONATE;
}

/*
 * DEVIATION: the daemon has no right to become somebody (it has given up all), so there a
 * package gets STATUS_CANNOT_IMPERSONATE; in the embedded authority of a privileged
 * process the thread does become the client. Never success without effect (D18).
 */
NTSTATUS NTAPI
lsa_support_client_impersonate(void)
{
    struct lsa_call *call = client_call("ImpersonateClient");
    struct token_snapshot t;

    if (!call)
        return STATUS_CANNOT_IMPERSONATE;
    if (!call->token)       /* the process itself: whom an embedded authority is already */
        return call->client->id.uid == geteuid() ? STATUS_SUCCESS : STATUS_CANNOT_IMPERSONATE;
    if (token_snapshot_parse(view_of(call->token->snapshot, call->token->size), &t) != 0
        || t.mapping != TOKEN_MAPPED)
        return STATUS_CANNOT_IMPERSONATE;
    return client_impersonate_as(call, &(struct thread_identity){ t.uid, t.gid, t.gids });
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
    out->Attributes = call->attributes | (lsa_call_is_tcb(call) ? SECPKG_CALL_IS_TCB : 0)
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
