/*
 * Contexts that travel: SpExportSecurityContext and SpImportSecurityContext.
 * The packed form is
 *
 *      u32  magic "NTEX", u32 format 1
 *      u32  length of ContextData, then its bytes (context_data.c), with token 0
 *           both directions' state (protect/transfer.c)
 *
 * Runs in applications. Packed bytes hold the session's keys, and come from
 * another process: every one is checked before a context is made of them.
 * What they say about the account is the packer's word; the caller decides
 * from whom it takes them.
 */
#include "packages/ntlm/user/user.h"

#include "base/secret.h"
#include "packages/ntlm/protect/transfer.h"

#define EXPORT_MAGIC 0x5845544Eu    /* "NTEX" in memory */
#define EXPORT_FORMAT 1u
#define EXPORT_HEAD 12u
#define EXPORT_MAX (16u * 1024)
/* Above user addresses, so that an address with it is no other context's number. */
#define IMPORT_TAG (UINT64_C(0x4E54) << 48)

/* ---- packing ------------------------------------------------------------ */

/* Under both locks: no message may come between the two directions. */
static void
export_build(const struct ntlm_user_context *c, ULONG flags, struct wr *w)
{
    struct ntlm_context_data data = c->data;
    struct ntlm_protect start;

    data.token = 0;
    wr_u32le(w, EXPORT_MAGIC);
    wr_u32le(w, EXPORT_FORMAT);
    wr_u32le(w, (uint32_t)ntlm_context_data_size(&data));
    ntlm_context_data_build(w, &data);
    secret_wipe(&data, sizeof(data));
    if ((flags & SECPKG_CONTEXT_EXPORT_RESET_NEW) == 0) {
        ntlm_protect_pack(&c->protect, w);
        return;
    }
    ntlm_protect_init(&start, c->data.session_key, c->data.flags, c->protect.detects,
                      c->protect.own);
    ntlm_protect_pack(&start, w);
    ntlm_protect_wipe(&start);
}

static NTSTATUS
export_pack(struct ntlm_user_context *c, ULONG flags, PSecBuffer packed)
{
    size_t room = EXPORT_HEAD + ntlm_context_data_size(&c->data) + NTLM_PROTECT_PACKED_MAX;
    struct wr w;

    packed->pvBuffer = ntlm_user_allocate(room);
    if (packed->pvBuffer == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    w = wr_init(packed->pvBuffer, room);
    pthread_mutex_lock(&c->send_lock);
    pthread_mutex_lock(&c->receive_lock);
    export_build(c, flags, &w);
    pthread_mutex_unlock(&c->receive_lock);
    pthread_mutex_unlock(&c->send_lock);
    packed->cbBuffer = (ULONG)w.len;
    packed->BufferType = SECBUFFER_EMPTY;
    return wr_end(&w, SEC_E_INTERNAL_ERROR);
}

/*
 * RESET_NEW: the new one begins as this one began, so a message that either has protected
 * shares its key stream with one of the other's. DELETE_OLD is the library's to do, by
 * SpDeleteUserModeContext.
 */
NTSTATUS NTAPI
ntlm_user_export(LSA_SEC_HANDLE handle, ULONG flags, PSecBuffer packed, PHANDLE token)
{
    struct ntlm_user_context *c;
    NTSTATUS st;

    if (packed == NULL)
        return SEC_E_INVALID_PARAMETER;
    if ((flags & SECPKG_CONTEXT_EXPORT_TO_KERNEL) != 0)
        return SEC_E_NOT_SUPPORTED;
    c = ntlm_user_get(handle);
    if (c == NULL)
        return SEC_E_NO_CONTEXT;
    st = export_pack(c, flags, packed);
    if (NT_SUCCESS(st) && token != NULL)
        *token = (HANDLE)(uintptr_t)c->data.token;
    ntlm_user_put(c);
    return st;
}

/* ---- unpacking ---------------------------------------------------------- */

static NTSTATUS
import_parse(struct view in, struct view *data, struct rd *streams)
{
    struct rd r = rd_init(in);

    rd_expect_u32le(&r, EXPORT_MAGIC);
    rd_expect_u32le(&r, EXPORT_FORMAT);
    *data = rd_view(&r, rd_u32le(&r));
    *streams = r;
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

static NTSTATUS
import_new(struct view in, HANDLE token, struct ntlm_user_context **out)
{
    struct view data;
    struct rd streams;
    NTSTATUS st = import_parse(in, &data, &streams);

    if (NT_SUCCESS(st))
        st = ntlm_user_new(data, out);
    if (!NT_SUCCESS(st))
        return st;
    ntlm_protect_unpack(&streams, &(*out)->protect);
    st = rd_end_exact(&streams, SEC_E_INVALID_TOKEN);
    if (!NT_SUCCESS(st)) {
        ntlm_user_drop(*out);
        return st;
    }
    (*out)->data.token = (uint64_t)(uintptr_t)token;
    (*out)->imported = true;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
ntlm_user_import(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE handle)
{
    struct ntlm_user_context *c;
    LSA_SEC_HANDLE number;
    NTSTATUS st;

    if (!ntlm_user_is_started() || handle == NULL)
        return SEC_E_INVALID_HANDLE;
    if (packed == NULL || packed->pvBuffer == NULL || packed->cbBuffer > EXPORT_MAX)
        return SEC_E_INVALID_TOKEN;
    st = import_new(view_of(packed->pvBuffer, packed->cbBuffer), token, &c);
    if (!NT_SUCCESS(st))
        return st;
    number = (LSA_SEC_HANDLE)((uintptr_t)c | IMPORT_TAG);
    st = ntlm_user_add(number, c);
    if (NT_SUCCESS(st))
        *handle = number;
    return st;
}
