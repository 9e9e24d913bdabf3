/*
 * The call that a thread serves. Support functions that mean "the client"
 * (GetClientInfo, CopyFromClientBuffer with a NULL request, ...) find it here.
 * Calls nest: a package may call another one.
 */
#include "lsa/lsa_internal.h"

#include "base/log.h"
#include "base/thread_identity.h"

#include <stdlib.h>

static _Thread_local struct lsa_call *current;

struct lsa_call *
lsa_call_current(void)
{
    return current;
}

void
lsa_call_enter(struct lsa_call *call, const struct lsa_package *package)
{
    call->outer = current;
    call->package = package;
    current = call;
    log_set_id(call->id);
}

bool
lsa_revert(void)
{
    bool good = true;

    if (current && current->self) {
        good = thread_identity_restore(current->self) == 0;
        thread_saved_free(current->self);
        current->self = NULL;
    }
    return good;
}

/* What GetClientInfo showed is good until here; a worker that kept a client's rights is not. */
void
lsa_call_leave(struct lsa_call *call)
{
    if (call->self) {
        log_error("contract_breach", LOG_S("rule", "ImpersonateClient is ended by RevertToSelf"));
        if (!lsa_revert())
            abort();
    }
    if (call->client_token)
        (void)lsa_handle_close(call->client_token);
    call->client_token = NULL;
    current = call->outer;
    log_set_id(current ? current->id : 0);
}
