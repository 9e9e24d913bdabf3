/* Handles at the entry points. Runs in the application, on what it passed. */
#include "sspi/entry.h"

static status_t
entry_get(struct entry *e, const SecHandle *h, enum sspi_type type, void **object)
{
    memset(e, 0, sizeof(*e));
    *object = NULL;
    e->process = sspi_process_get();
    if (e->process == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    e->number = sspi_handle_number(e->process, h);
    *object = sspi_object_get(e->process, e->number, type);
    return *object == NULL ? SEC_E_INVALID_HANDLE : SEC_E_OK;
}

status_t
sspi_entry_context(struct entry *e, const SecHandle *h)
{
    void *object;
    status_t st = entry_get(e, h, SSPI_CONTEXT, &object);

    e->context = object;
    if (st == SEC_E_OK && atomic_load_explicit(&e->context->poisoned, memory_order_relaxed)) {
        sspi_entry_put(e);
        return SEC_E_INTERNAL_ERROR;
    }
    return st;
}

status_t
sspi_entry_credential(struct entry *e, const SecHandle *h)
{
    void *object;
    status_t st = entry_get(e, h, SSPI_CREDENTIAL, &object);

    e->credential = object;
    return st;
}

void
sspi_entry_put(struct entry *e)
{
    handle_put(e->process->handles, e->number);
}
