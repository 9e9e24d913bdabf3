/*
 * Entry points: export and import (sspi.h, "ExportSecurityContext",
 * "ImportSecurityContext").
 *
 * Runs in the application. An export is framed by us: it begins with the name of
 * the package whose user half made it (D17), since a negotiated context is asked
 * for by the negotiator's name. The frame, and what is in it, may come from
 * another process: both are parsed as hostile.
 */
#include "base/log.h"
#include "base/str16.h"
#include "sspi/entry.h"
#include "sspi/memory.h"
#include "base/status.h"
#include "sspi/text.h"
#include "sspi/thread.h"

/* The frame: u32 magic, u32 length of the name, UTF-16 name, the package's bytes. */
#define EXPORT_MAGIC 0x3158534fu        /* "OSX1" */
#define EXPORT_NAME_MAX 512u
#define EXPORT_FLAGS                                                                              \
    (SECPKG_CONTEXT_EXPORT_RESET_NEW | SECPKG_CONTEXT_EXPORT_DELETE_OLD                           \
     | SECPKG_CONTEXT_EXPORT_TO_KERNEL)

/* ---- export ------------------------------------------------------------ */

static status_t
export_frame(const struct sspi_context *c, const SecBuffer *inner, PSecBuffer out)
{
    struct view name = c->inner->name;
    size_t room = 2 * sizeof(uint32_t) + name.n + inner->cbBuffer;
    struct wr w;

    out->pvBuffer = sspi_memory_new(room);
    if (out->pvBuffer == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    w = wr_init(out->pvBuffer, room);
    wr_u32le(&w, EXPORT_MAGIC);
    wr_u32le(&w, (uint32_t)name.n);
    wr_view(&w, name);
    wr_bytes(&w, inner->pvBuffer, inner->cbBuffer);
    out->cbBuffer = (ULONG)room;
    out->BufferType = SECBUFFER_EMPTY;
    return SEC_E_OK;
}

static status_t
export_token(struct sspi_context *c, HANDLE number, void **token)
{
    struct sspi_token *t = number == NULL ? NULL : sspi_token_find(c->process, number);

    *token = NULL;
    if (t == NULL)
        return SEC_E_OK;
    *token = sspi_token_publish(c->process, t, false);
    sspi_token_put(t);
    return *token == NULL ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
}

static status_t
context_export(struct sspi_context *c, ULONG flags, PSecBuffer out, void **token)
{
    struct sspi_user_half *h = sspi_context_half_enter(c);
    SecBuffer inner = { 0, SECBUFFER_EMPTY, NULL };
    HANDLE number = NULL;
    status_t st = SEC_E_UNSUPPORTED_FUNCTION;
    bool framed;

    if (h == NULL)
        return atomic_load(&c->complete) ? SEC_E_NOT_SUPPORTED : SEC_E_NO_CONTEXT;
    if (h->table.ExportContext != NULL)
        st = status_map(h->table.ExportContext(c->number, flags, &inner,
                                                    token != NULL ? &number : NULL));
    if (st >= 0)
        st = export_frame(c, &inner, out);
    framed = st >= 0;
    if (st >= 0 && token != NULL)
        st = export_token(c, number, token);
    /* With an error nobody frees them, and they are keys. */
    if (st < 0 && framed) {
        sspi_memory_free(out->pvBuffer);
        *out = (SecBuffer){ 0, out->BufferType, NULL };
    }
    sspi_context_half_leave();
    sspi_memory_free(inner.pvBuffer);
    return st;
}

/*
 * DELETE_OLD, once the export is whole: a failed one leaves the context as it was. Of two
 * threads that export so one gets the bytes: a key stream must not go on in two places.
 */
static status_t
export_delete_old(const struct entry *e, PCtxtHandle handle, PSecBuffer out, void **token)
{
    if (sspi_object_remove(e->process, e->number, SSPI_CONTEXT)) {
        handle->dwLower = handle->dwUpper = SEC_DELETED_HANDLE;
        return SEC_E_OK;
    }
    sspi_memory_free(out->pvBuffer);
    *out = (SecBuffer){ 0, out->BufferType, NULL };
    if (token != NULL && *token != NULL) {
        (void)CloseHandle(*token);
        *token = NULL;
    }
    return SEC_E_INVALID_HANDLE;
}

static status_t
export_check(const SecBuffer *out, ULONG flags)
{
    if (out == NULL || (flags & ~EXPORT_FLAGS) != 0)
        return SEC_E_INVALID_PARAMETER;
    /* There is no SSPI in this kernel. */
    return (flags & SECPKG_CONTEXT_EXPORT_TO_KERNEL) != 0 ? SEC_E_NOT_SUPPORTED : SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY
ExportSecurityContext(PCtxtHandle phContext, ULONG fFlags, PSecBuffer pPackedContext,
                      void **pToken)
{
    struct entry e;
    status_t st = sspi_entry_context(&e, phContext);

    if (st != SEC_E_OK)
        return st;
    st = export_check(pPackedContext, fFlags);
    if (st == SEC_E_OK)
        st = context_export(e.context, fFlags, pPackedContext, pToken);
    if (st == SEC_E_OK && (fFlags & SECPKG_CONTEXT_EXPORT_DELETE_OLD) != 0)
        st = export_delete_old(&e, phContext, pPackedContext, pToken);
    sspi_entry_put(&e);
    return st;
}

/* ---- import ------------------------------------------------------------ */

struct import {
    struct view name;       /* UTF-16 */
    struct view inner;
};

static status_t
import_parse(const SecBuffer *packed, struct import *out)
{
    struct rd r;

    if (packed == NULL || packed->pvBuffer == NULL)
        return SEC_E_INVALID_TOKEN;
    r = rd_init(view_of(packed->pvBuffer, packed->cbBuffer));
    rd_expect_u32le(&r, EXPORT_MAGIC);
    out->name = rd_view(&r, rd_u32le(&r));
    out->inner = rd_rest(&r);
    if (out->name.n > EXPORT_NAME_MAX || !str16_is_valid(out->name))
        rd_fail(&r);
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

static struct sspi_package *
import_package_find(struct sspi_package_list *list, struct view name)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (str16_is_equal_nocase(list->packages[i].name, name))
            return &list->packages[i];
    return NULL;
}

/* The user half makes a context of its own; the authority has no counterpart. */
static status_t
import_call(struct sspi_context *c, struct sspi_user_half *half, struct view inner, HANDLE token)
{
    SecBuffer copy = { (ULONG)inner.n, SECBUFFER_EMPTY, sspi_memory_copy(inner) };
    LSA_SEC_HANDLE number = 0;
    status_t st;

    if (copy.pvBuffer == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    sspi_thread_get()->context = c;
    st = status_map(half->table.ImportContext(&copy, token, &number));
    sspi_context_half_leave();
    sspi_memory_free(copy.pvBuffer);
    if (st < 0)
        return st;
    if (!sspi_user_half_claim(half, number)) {
        log_error("context", LOG_S("module", half->module),
                  LOG_S("reason", "ImportContext gave a number that is in use"));
        return SEC_E_INTERNAL_ERROR;
    }
    c->number = number;
    atomic_store(&c->complete, true);
    atomic_store_explicit(&c->half, half, memory_order_release);
    return st;
}

/* The context keeps the token, whatever the caller does with its handle afterwards. */
static status_t
import_token(struct sspi_context *c, HANDLE token)
{
    struct sspi_token *t = token == NULL ? NULL : sspi_token_find(c->process, token);
    bool ok;

    if (token == NULL)
        return SEC_E_OK;
    ok = t != NULL && sspi_context_token_add(c, (uint64_t)(uintptr_t)token, t);
    sspi_token_put(t);
    return ok ? SEC_E_OK : SEC_E_INVALID_HANDLE;
}

static status_t
import_into(struct sspi_context *c, const struct import *in, HANDLE token)
{
    struct sspi_user_half *half = sspi_user_half_get(c->process, c->inner);
    status_t st;

    if (half == NULL || half->table.ImportContext == NULL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    st = import_token(c, token);
    return st == SEC_E_OK ? import_call(c, half, in->inner, token) : st;
}

static status_t
context_import(const char16_t *package, const SecBuffer *packed, HANDLE token, PCtxtHandle handle)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_package_list *list;
    struct sspi_context *c;
    struct import in;
    uint64_t number = 0;
    status_t st;

    if (handle == NULL)
        return SEC_E_INVALID_HANDLE;
    st = p == NULL ? SEC_E_INSUFFICIENT_MEMORY : import_parse(packed, &in);
    if (st == SEC_E_OK)
        st = sspi_package_list_get(p, 0, &list, NULL);
    if (st != SEC_E_OK)
        return st;
    c = sspi_context_new(p, 0, 0);
    if (c == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->packages = list;
    c->outer = package == NULL ? NULL : sspi_package_find_name(list, package);
    c->inner = import_package_find(list, in.name);
    st = c->outer == NULL || c->inner == NULL ? SEC_E_SECPKG_NOT_FOUND
                                              : import_into(c, &in, token);
    if (st >= 0)
        number = sspi_object_add(p, SSPI_CONTEXT, c, sspi_context_free);
    if (number == 0) {
        sspi_context_free(c);
        return st < 0 ? st : SEC_E_INSUFFICIENT_MEMORY;
    }
    sspi_handle_put(p, handle, number);
    return st;
}

SECURITY_STATUS SEC_ENTRY
ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext, void *Token,
                       PCtxtHandle phContext)
{
    return context_import(pszPackage, pPackedContext, Token, phContext);
}

SECURITY_STATUS SEC_ENTRY
ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext, void *Token,
                       PCtxtHandle phContext)
{
    struct sspi_texts t = { .count = 0 };
    const char16_t *package = sspi_text_wide(&t, pszPackage);
    status_t st = t.status;

    if (st == SEC_E_OK)
        st = context_import(package, pPackedContext, Token, phContext);
    sspi_texts_wipe(&t);
    return st;
}
