/*
 * Asking a package's provider for credentials of the user's own (D11).
 *
 * Runs in the application, as the process: a thread that acts for a client uses the
 * credential handle that it names, which is the process's. The module is one of the
 * administrator's folder (D13); it is loaded on first use, as it brings libraries that
 * most processes never need.
 *
 * What it answers goes to the authority unread. It has keys in it: it is in secret memory
 * and wiped with the call.
 */
#include "sspi/provider.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/str16.h"
#include "sspi/impersonate.h"
#include "sspi/user_half.h"

#include "opensspi_host.h"

#include <dlfcn.h>
#include <stdlib.h>

struct sspi_provision {
    struct opensspi_client_need need;
    struct opensspi_client_answer answer;
    char *target;
};

struct sspi_provision *
sspi_provision_new(const struct ask_need *need)
{
    struct sspi_provision *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->target = str16_to_utf8(need->target);
    p->answer.bytes = secret_new(OPENSSPI_CLIENT_ANSWER_MAX);
    if (p->target == NULL || p->answer.bytes == NULL) {
        sspi_provision_free(p);
        return NULL;
    }
    p->need = (struct opensspi_client_need){ sizeof(p->need), need->kind, need->flags, p->target };
    p->answer.size = sizeof(p->answer);
    p->answer.room = OPENSSPI_CLIENT_ANSWER_MAX;
    return p;
}

void
sspi_provision_free(struct sspi_provision *p)
{
    if (p == NULL)
        return;
    secret_free(p->answer.bytes);
    free(p->target);
    free(p);
}

/* dlopen knows what is loaded already; one that fails is tried again, as a login may mend it. */
static OpenSspiClientProvideFn *
provider_open(const struct sspi_process *process, const char *name)
{
    void *module = sspi_module_open(process, name);
    union {
        void *symbol;
        OpenSspiClientProvideFn *call;
    } provide = { NULL };

    if (module == NULL)
        return NULL;
    provide.symbol = dlsym(module, OPENSSPI_CLIENT_PROVIDE_NAME);
    if (provide.symbol == NULL)
        log_error("provider", LOG_S("module", name),
                  LOG_S("reason", "no " OPENSSPI_CLIENT_PROVIDE_NAME));
    return provide.call;
}

static status_t
provider_call(struct sspi_provision *p, OpenSspiClientProvideFn *provide, const char *name)
{
    status_t st;

    sspi_impersonate_pause();
    st = provide(&p->need, &p->answer);
    sspi_impersonate_resume();
    if (st >= 0 && p->answer.used > 0 && p->answer.used <= p->answer.room)
        return SEC_E_OK;
    if (st >= 0)
        st = SEC_E_INTERNAL_ERROR;
    p->answer.reason[OPENSSPI_CLIENT_TEXT_MAX - 1] = '\0';
    p->answer.remedy[OPENSSPI_CLIENT_TEXT_MAX - 1] = '\0';
    log_warning("no_client_credentials", LOG_S("provider", name), LOG_S("target", p->target),
                LOG_X("status", st), LOG_S("reason", p->answer.reason),
                LOG_S("remedy", p->answer.remedy));
    return st;
}

status_t
sspi_provision_ask(struct sspi_provision *p, struct sspi_process *process,
                   struct sspi_package *package)
{
    const struct sspi_user_half *half = sspi_user_half_get(process, package);
    OpenSspiClientProvideFn *provide;

    if (half == NULL || half->provider[0] == '\0')
        return SEC_E_NO_CREDENTIALS;
    provide = provider_open(process, half->provider);
    return provide != NULL ? provider_call(p, provide, half->provider) : SEC_E_NO_CREDENTIALS;
}

struct view
sspi_provision_view(const struct sspi_provision *p)
{
    return view_of(p->answer.bytes, p->answer.used);
}
