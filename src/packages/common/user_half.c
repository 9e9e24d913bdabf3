/*
 * The life of a user half's contexts: see user_half.h.
 *
 * Runs in applications, on any of their threads. Trusts libsspi for numbers.
 */
#include "packages/common/user_half.h"

#include "base/secret.h"

#define USER_MAGIC 0x4E544C55u

NTSTATUS
user_half_start(struct user_half *h, PSECPKG_DLL_FUNCTIONS functions, PVOID *user_functions)
{
    if (functions == NULL)
        return STATUS_INVALID_PARAMETER;
    pthread_mutex_lock(&h->start_lock);
    if (h->dll == NULL)
        context_map_init(&h->contexts, h->free_entry);
    h->dll = functions;
    pthread_mutex_unlock(&h->start_lock);
    if (user_functions != NULL)
        *user_functions = NULL;
    return STATUS_SUCCESS;
}

bool
user_half_is_started(const struct user_half *h)
{
    return h->dll != NULL;
}

void *
user_half_allocate(const struct user_half *h, size_t n)
{
    return n <= UINT32_MAX ? h->dll->AllocateHeap((ULONG)n) : NULL;
}

void
user_half_release(const struct user_half *h, void *p)
{
    if (p != NULL)
        h->dll->FreeHeap(p);
}

struct user_context *
user_context_new(size_t size)
{
    struct user_context *c = secret_new(size);

    if (c == NULL)
        return NULL;
    pthread_mutex_init(&c->send_lock, NULL);
    pthread_mutex_init(&c->receive_lock, NULL);
    c->magic = USER_MAGIC;
    return c;
}

void
user_context_free(const struct user_half *h, struct user_context *c)
{
    if (h->wipe != NULL)
        h->wipe(c);
    pthread_mutex_destroy(&c->send_lock);
    pthread_mutex_destroy(&c->receive_lock);
    secret_free(c);
}

NTSTATUS
user_half_add(struct user_half *h, LSA_SEC_HANDLE handle, struct user_context *c)
{
    if (context_map_add(&h->contexts, handle, &c->entry))
        return STATUS_SUCCESS;
    user_context_free(h, c);
    return STATUS_INSUFFICIENT_RESOURCES;
}

/* The tag is above user addresses, so an address with it is no other context's number. */
NTSTATUS
user_half_add_imported(struct user_half *h, uint64_t tag, struct user_context *c,
                       PLSA_SEC_HANDLE handle)
{
    LSA_SEC_HANDLE number = (LSA_SEC_HANDLE)((uintptr_t)c | tag);
    NTSTATUS st;

    c->imported = true;
    st = user_half_add(h, number, c);
    if (NT_SUCCESS(st))
        *handle = number;
    return st;
}

struct user_context *
user_half_get(struct user_half *h, LSA_SEC_HANDLE handle)
{
    struct context_entry *e = h->dll != NULL ? context_map_get(&h->contexts, handle) : NULL;
    struct user_context *c = (struct user_context *)e;

    if (c == NULL || c->magic == USER_MAGIC)
        return c;
    context_map_put(&h->contexts, e);
    return NULL;
}

void
user_half_put(struct user_half *h, struct user_context *c)
{
    context_map_put(&h->contexts, &c->entry);
}

NTSTATUS
user_half_delete(struct user_half *h, LSA_SEC_HANDLE handle)
{
    struct user_context *c = user_half_get(h, handle);
    bool imported;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    imported = c->imported;
    user_half_put(h, c);
    if (!context_map_remove(&h->contexts, handle))
        return SEC_E_INVALID_HANDLE;
    return imported ? SEC_I_NO_LSA_CONTEXT : STATUS_SUCCESS;
}

NTSTATUS
user_half_token(struct user_half *h, LSA_SEC_HANDLE handle, PHANDLE token)
{
    struct user_context *c = user_half_get(h, handle);
    NTSTATUS st = STATUS_SUCCESS;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    if (c->token == 0)
        st = SEC_E_NO_IMPERSONATION;
    else
        *token = (HANDLE)(uintptr_t)c->token;
    user_half_put(h, c);
    return st;
}
