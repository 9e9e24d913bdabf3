/*
 * Contexts that travel: see user_transfer.h.
 *
 * Runs in applications. Packed bytes hold the session's keys, and come from
 * another process: every one is checked before a context is made of them.
 * What they say about the account is the packer's word; the caller decides
 * from whom it takes them.
 */
#include "packages/common/user_transfer.h"

#include "base/secret.h"

#define EXPORT_FORMAT 1u
#define EXPORT_HEAD 12u

/* ---- packing ------------------------------------------------------------ */

/* Under both locks: no message may come between the two directions. */
static NTSTATUS
export_pack(const struct user_transfer *t, struct user_context *c, ULONG flags,
            PSecBuffer packed)
{
    size_t data = t->data_size(c), room = EXPORT_HEAD + data + t->state_max;
    struct wr w;
    NTSTATUS st;

    packed->pvBuffer = user_half_allocate(t->half, room);
    if (packed->pvBuffer == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    w = wr_init(packed->pvBuffer, room);
    wr_u32le(&w, t->magic);
    wr_u32le(&w, EXPORT_FORMAT);
    wr_u32le(&w, (uint32_t)data);
    pthread_mutex_lock(&c->send_lock);
    pthread_mutex_lock(&c->receive_lock);
    t->data_put(c, &w);
    t->state_put(c, (flags & SECPKG_CONTEXT_EXPORT_RESET_NEW) != 0, &w);
    pthread_mutex_unlock(&c->receive_lock);
    pthread_mutex_unlock(&c->send_lock);
    packed->cbBuffer = (ULONG)w.len;
    packed->BufferType = SECBUFFER_EMPTY;
    st = wr_end(&w, SEC_E_INTERNAL_ERROR);
    if (!NT_SUCCESS(st)) {
        /* A package that said its sizes wrong: half a context is not given out. */
        secret_wipe(packed->pvBuffer, room);
        user_half_release(t->half, packed->pvBuffer);
        packed->pvBuffer = NULL;
    }
    return st;
}

/*
 * RESET_NEW: the new one begins as this one began, so a message that either has protected
 * shares its key stream or number with one of the other's. DELETE_OLD is the library's to do,
 * by SpDeleteUserModeContext.
 */
NTSTATUS
user_transfer_export(const struct user_transfer *t, LSA_SEC_HANDLE handle, ULONG flags,
                     PSecBuffer packed, PHANDLE token)
{
    struct user_context *c;
    NTSTATUS st;

    if (packed == NULL)
        return SEC_E_INVALID_PARAMETER;
    if ((flags & SECPKG_CONTEXT_EXPORT_TO_KERNEL) != 0)
        return SEC_E_NOT_SUPPORTED;
    c = user_half_get(t->half, handle);
    if (c == NULL)
        return SEC_E_NO_CONTEXT;
    st = export_pack(t, c, flags, packed);
    if (NT_SUCCESS(st) && token != NULL)
        *token = (HANDLE)(uintptr_t)c->token;
    user_half_put(t->half, c);
    return st;
}

/* ---- unpacking ---------------------------------------------------------- */

static NTSTATUS
import_make(const struct user_transfer *t, struct view in, struct user_context **out)
{
    struct rd r = rd_init(in);
    struct view data;
    NTSTATUS st;

    rd_expect_u32le(&r, t->magic);
    rd_expect_u32le(&r, EXPORT_FORMAT);
    data = rd_view(&r, rd_u32le(&r));
    st = rd_end(&r, SEC_E_INVALID_TOKEN);
    if (NT_SUCCESS(st))
        st = t->make(data, out);
    if (!NT_SUCCESS(st))
        return st;
    t->state_get(&r, *out);
    st = rd_end_exact(&r, SEC_E_INVALID_TOKEN);
    if (!NT_SUCCESS(st))
        user_context_free(t->half, *out);
    return st;
}

NTSTATUS
user_transfer_import(const struct user_transfer *t, PSecBuffer packed, HANDLE token,
                     PLSA_SEC_HANDLE handle)
{
    struct user_context *c;
    NTSTATUS st;

    if (!user_half_is_started(t->half) || handle == NULL)
        return SEC_E_INVALID_HANDLE;
    if (packed == NULL || packed->pvBuffer == NULL || packed->cbBuffer > USER_EXPORT_MAX)
        return SEC_E_INVALID_TOKEN;
    st = import_make(t, view_of(packed->pvBuffer, packed->cbBuffer), &c);
    if (!NT_SUCCESS(st))
        return st;
    c->token = (uint64_t)(uintptr_t)token;
    return user_half_add_imported(t->half, t->tag, c, handle);
}
