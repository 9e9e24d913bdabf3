/*
 * The authority of this process: chosen on first use, then kept.
 *
 * Runs in the application. Choosing reads files and may load a module, so it is
 * done once, under a lock; later calls see one atomic flag. A failure is kept
 * for SSPI_RETRY_MS: a server with a broken configuration must not parse it for
 * every client that connects.
 */
#include "sspi/authority.h"

#include "base/filetime.h"
#include "base/log.h"
#include "sspi/impersonate.h"

#include "winerror.h"

#include <stdlib.h>

void
sspi_authority_init(struct sspi_authority *a)
{
    memset(a, 0, sizeof(*a));
    pthread_mutex_init(&a->lock, NULL);
    a->min_uid = SSPI_MIN_UID;
}

static status_t
authority_start(struct sspi_authority *a)
{
    struct sspi_choice choice;
    status_t st = sspi_choice_make(&choice);

    if (st != SEC_E_OK)
        return st;
    if (choice.embedded) {
        a->ops = &sspi_embedded_ops;
        a->self = sspi_embedded_new(&choice);
    } else {
        a->ops = &sspi_socket_ops;
        a->self = sspi_socket_new(choice.path, choice.trusted_uid);
    }
    a->min_uid = choice.min_uid;
    a->module_dir = choice.module_dir;
    a->askpass = choice.askpass;
    choice.module_dir = choice.askpass = NULL;
    sspi_choice_wipe(&choice);
    if (a->self != NULL)
        return SEC_E_OK;
    free(a->module_dir);
    free(a->askpass);
    a->module_dir = a->askpass = NULL;
    return SEC_E_INTERNAL_ERROR;
}

static status_t
authority_try(struct sspi_authority *a)
{
    int64_t now = filetime_boot_ms();
    status_t st;

    if (a->failed_at != 0 && now - a->failed_at < SSPI_RETRY_MS)
        return a->failure;
    sspi_impersonate_pause();
    st = authority_start(a);
    sspi_impersonate_resume();
    if (st == SEC_E_OK) {
        atomic_store_explicit(&a->open, true, memory_order_release);
        return st;
    }
    a->failed_at = now;
    a->failure = st;
    return st;
}

status_t
sspi_authority_open(struct sspi_authority *a)
{
    status_t st = SEC_E_OK;

    if (atomic_load_explicit(&a->open, memory_order_acquire))
        return st;
    pthread_mutex_lock(&a->lock);
    if (!atomic_load(&a->open))
        st = authority_try(a);
    pthread_mutex_unlock(&a->lock);
    return st;
}

const char *
sspi_authority_modules(const struct sspi_authority *a)
{
    return a->module_dir != NULL ? a->module_dir : "";
}
