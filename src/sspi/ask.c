/*
 * One exchange with the authority: what goes with every request, and what comes
 * with every reply.
 *
 * Runs in the application. The authority is trusted with the application's
 * security, yet its replies are parsed like any bytes from outside: a fault there
 * must not become one here.
 */
#include "sspi/ask.h"

#include "base/log.h"
#include "base/str16.h"
#include "sspi/impersonate.h"
#include "sspi/thread.h"

#include "winerror.h"

void
ask_init(struct ask *a, struct sspi_process *p, uint64_t session)
{
    memset(a, 0, sizeof(*a));
    a->process = p;
    a->session = session;
    sspi_window_take(&a->window);
}

void
ask_wipe(struct ask *a)
{
    const struct sspi_authority *authority = &a->process->authority;

    if (a->reply.message.p != NULL)
        authority->ops->reply_wipe(authority->self, &a->reply);
    sspi_window_leave(&a->window);
    memset(a, 0, sizeof(*a));
}

struct view
ask_text(const char16_t *s)
{
    static const uint8_t empty[1];

    if (s == NULL)
        return view_of(NULL, 0);
    /* An empty string is not an absent one. */
    if (s[0] == 0)
        return view_of(empty, 0);
    return view_of(s, str16_length(s) * sizeof(*s));
}

static void
ask_fill_common(struct ask *a)
{
    const struct sspi_thread *t = sspi_thread_get();
    const struct sspi_token *acting = sspi_impersonated();
    size_t closed = sspi_process_tokens_take(a->process, a->closed, ASK_CLOSED_MAX);

    a->with.window_base = a->window.base;
    a->with.window_size = a->window.size;
    a->with.thread = sspi_thread_id(a->process);
    /* Its number means something in its session only. */
    if (acting != NULL && acting->origin != NULL && acting->origin->session == a->session)
        a->with.token = acting->origin->number;
    if (closed > 0)
        a->with.closed_tokens = view_of(a->closed, closed * sizeof(uint64_t));
    if (t->peer_address_length > 0)
        a->with.peer_address = view_of(t->peer_address, t->peer_address_length);
}

static status_t
ask_build(struct ask *a, const struct ipc_call *call, const void *req, struct wr *w)
{
    struct ipc_prefix prefix = { call->id, ask_id_next(), 0 };

    ask_fill_common(a);
    return ipc_message_build(w, &prefix, &ipc_call_req_layout, &a->with, call->request, req);
}

static status_t
ask_unpack(struct ask *a, const struct ipc_call *call, void *rep)
{
    struct ipc_prefix prefix;
    status_t st = ipc_prefix_parse(a->reply.message, &prefix);

    if (st == SEC_E_OK)
        st = ipc_message_parse(a->reply.message, &ipc_call_rep_layout, &a->came, call->reply, rep);
    if (st != SEC_E_OK) {
        memset(rep, 0, call->reply->size);
        log_error("reply", LOG_S("call", call->name), LOG_S("reason", "malformed"));
        return SEC_E_INTERNAL_ERROR;
    }
    if (prefix.status < 0)
        return prefix.status;
    st = sspi_window_fill(&a->window, &a->came.blocks);
    return st == SEC_E_OK ? prefix.status : st;
}

status_t
ask_exchange(struct ask *a, enum ipc_id id, const void *req, void *rep)
{
    const struct ipc_call *call = ipc_call_find((uint16_t)id);
    struct sspi_authority *authority = &a->process->authority;
    struct wr w;
    status_t st;

    memset(rep, 0, call->reply->size);
    st = sspi_authority_open(authority);
    if (st != SEC_E_OK)
        return st;
    w = wr_init_heap(IPC_MESSAGE_MAX);
    st = ask_build(a, call, req, &w);
    if (st == SEC_E_OK)
        st = authority->ops->call(authority->self, wr_written(&w), &a->session, &a->lost,
                                  &a->reply);
    wr_wipe(&w);
    return st == SEC_E_OK ? ask_unpack(a, call, rep) : st;
}
