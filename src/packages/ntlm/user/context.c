/*
 * The user half's contexts: made from the LSA half's ContextData
 * (SpInitUserModeContext), found by the LSA half's number on each call, and
 * wiped (SpDeleteUserModeContext).
 *
 * Runs in applications, on any of their threads. Trusts libsspi for the
 * number; checks every byte of ContextData, which may be another release's.
 */
#include "packages/ntlm/user/user.h"

#include "base/secret.h"

#define USER_MAGIC 0x4E544C55u
/* The LSA half bounds names at 1024 bytes each; this leaves room for a later format. */
#define PACKED_MAX (16u * 1024)

static const SECPKG_DLL_FUNCTIONS *dll;
static struct context_map contexts;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void
user_free(struct context_entry *e)
{
    struct ntlm_user_context *c = (struct ntlm_user_context *)e;

    pthread_mutex_destroy(&c->send_lock);
    pthread_mutex_destroy(&c->receive_lock);
    ntlm_protect_wipe(&c->protect);
    secret_free(c);
}

static void
contexts_init(void)
{
    context_map_init(&contexts, user_free);
}

/* Once a process; a second call (the module is loaded again) brings a new allocator only. */
NTSTATUS NTAPI
ntlm_user_start(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user_functions)
{
    (void)version;
    if (functions == NULL)
        return STATUS_INVALID_PARAMETER;
    dll = functions;
    pthread_once(&contexts_once, contexts_init);
    if (user_functions != NULL)
        *user_functions = NULL;
    return STATUS_SUCCESS;
}

void *
ntlm_user_allocate(size_t n)
{
    return n <= UINT32_MAX ? dll->AllocateHeap((ULONG)n) : NULL;
}

void
ntlm_user_release(void *p)
{
    if (p != NULL)
        dll->FreeHeap(p);
}

PLSA_ALLOCATE_LSA_HEAP
ntlm_user_allocator(void)
{
    return dll->AllocateHeap;
}

struct ntlm_user_context *
ntlm_user_get(LSA_SEC_HANDLE handle)
{
    struct context_entry *e = dll != NULL ? context_map_get(&contexts, handle) : NULL;
    struct ntlm_user_context *c = (struct ntlm_user_context *)e;

    if (c == NULL || c->magic == USER_MAGIC)
        return c;
    context_map_put(&contexts, e);
    return NULL;
}

void
ntlm_user_put(struct ntlm_user_context *c)
{
    context_map_put(&contexts, &c->entry);
}

/* What this side's application has been promised. */
static unsigned
detects_of(uint32_t attributes)
{
    /* The two bits have the same numbers on both sides. */
    return (attributes & ISC_RET_REPLAY_DETECT ? NTLM_DETECTS_REPLAY : 0u) |
           (attributes & ISC_RET_SEQUENCE_DETECT ? NTLM_DETECTS_SEQUENCE : 0u);
}

NTSTATUS
ntlm_user_new(struct view packed, struct ntlm_user_context **out)
{
    struct ntlm_user_context *c = secret_new(sizeof(*c) + packed.n);
    enum ntlm_direction own;
    NTSTATUS st;

    if (c == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(c->packed, packed.p, packed.n);
    st = ntlm_context_data_parse(view_of(c->packed, packed.n), &c->data);
    if (!NT_SUCCESS(st)) {
        secret_free(c);
        return st;
    }
    own = c->data.role == NTLM_ROLE_INITIATOR ? NTLM_CLIENT_TO_SERVER : NTLM_SERVER_TO_CLIENT;
    ntlm_protect_init(&c->protect, c->data.session_key, c->data.flags,
                      detects_of(c->data.attributes), own);
    pthread_mutex_init(&c->send_lock, NULL);
    pthread_mutex_init(&c->receive_lock, NULL);
    c->magic = USER_MAGIC;
    *out = c;
    return STATUS_SUCCESS;
}

void
ntlm_user_drop(struct ntlm_user_context *c)
{
    user_free(&c->entry);
}

NTSTATUS
ntlm_user_add(LSA_SEC_HANDLE handle, struct ntlm_user_context *c)
{
    if (context_map_add(&contexts, handle, &c->entry))
        return STATUS_SUCCESS;
    ntlm_user_drop(c);
    return STATUS_INSUFFICIENT_RESOURCES;
}

bool
ntlm_user_is_started(void)
{
    return dll != NULL;
}

/* PackedContext stays the library's: pvBuffer is left, so it frees (and wipes) it. */
NTSTATUS NTAPI
ntlm_user_init(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct ntlm_user_context *c;
    NTSTATUS st;

    if (!ntlm_user_is_started() || handle == 0)
        return SEC_E_INVALID_HANDLE;
    if (packed == NULL || packed->pvBuffer == NULL || packed->cbBuffer > PACKED_MAX)
        return SEC_E_INVALID_TOKEN;
    st = ntlm_user_new(view_of(packed->pvBuffer, packed->cbBuffer), &c);
    return NT_SUCCESS(st) ? ntlm_user_add(handle, c) : st;
}

NTSTATUS NTAPI
ntlm_user_delete(LSA_SEC_HANDLE handle)
{
    struct ntlm_user_context *c = ntlm_user_get(handle);
    bool imported;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    imported = c->imported;
    ntlm_user_put(c);
    if (!context_map_remove(&contexts, handle))
        return SEC_E_INVALID_HANDLE;
    return imported ? SEC_I_NO_LSA_CONTEXT : STATUS_SUCCESS;
}

/* The context keeps owning the handle: callers duplicate it. */
NTSTATUS NTAPI
ntlm_user_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    struct ntlm_user_context *c = ntlm_user_get(handle);
    NTSTATUS st = STATUS_SUCCESS;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    if (c->data.token == 0)
        st = SEC_E_NO_IMPERSONATION;
    else
        *token = (HANDLE)(uintptr_t)c->data.token;
    ntlm_user_put(c);
    return st;
}
