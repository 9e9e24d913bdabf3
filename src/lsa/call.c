/*
 * The call that a thread serves. Support functions that mean "the client"
 * (GetClientInfo, CopyFromClientBuffer with a NULL request, ...) find it here.
 * Calls nest: a package may call another one.
 */
#include "lsa/lsa_internal.h"

#include "base/log.h"

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

void
lsa_call_leave(struct lsa_call *call)
{
    current = call->outer;
    log_set_id(current ? current->id : 0);
}
