/*
 * The boundary itself: one table says which call is allowed in which state to
 * whom, and who answers it. What is not in the table ends the connection; what
 * the service may not do is SEC_E_NOT_OWNER with the remedy in the log.
 *
 * Trusts: nothing of the message. The peer's identity is what the kernel said
 * when it connected (D2).
 */
#include "answer/answer_internal.h"

#include "base/filetime.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

enum answer_state { BEFORE_HELLO, IN_SESSION };

struct answer_rule {
    enum ipc_id call;
    enum answer_state state;
    uint32_t may;               /* CONFIG_MAY_*, all of them; 0: every client */
    answer_handler *handler;
};

static const struct answer_rule rules[] = {
    { IPC_ID_hello, BEFORE_HELLO, 0, answer_hello },
    { IPC_ID_list_packages, IN_SESSION, 0, answer_list_packages },
    { IPC_ID_acquire_credential, IN_SESSION, 0, answer_acquire_credential },    /* by use */
    { IPC_ID_free_credential, IN_SESSION, 0, answer_free_credential },
    { IPC_ID_add_credential, IN_SESSION, 0, answer_add_credential },
    { IPC_ID_query_credential, IN_SESSION, 0, answer_query_credential },
    { IPC_ID_set_credential, IN_SESSION, 0, answer_set_credential },
    { IPC_ID_initialize_context, IN_SESSION, CONFIG_MAY_INITIATE, answer_initialize_context },
    { IPC_ID_accept_context, IN_SESSION, CONFIG_MAY_ACCEPT, answer_accept_context },
    { IPC_ID_delete_context, IN_SESSION, 0, answer_delete_context },
    { IPC_ID_apply_control_token, IN_SESSION, 0, answer_apply_control_token },
    { IPC_ID_query_context, IN_SESSION, 0, answer_query_context },
    { IPC_ID_set_context, IN_SESSION, 0, answer_set_context },
    { IPC_ID_change_password, IN_SESSION, CONFIG_MAY_INITIATE, answer_change_password },
    { IPC_ID_status, IN_SESSION, CONFIG_MAY_ADMIN, answer_status },
    { IPC_ID_resolve_token, IN_SESSION, CONFIG_MAY_TOKEN, answer_resolve_token },
    { IPC_ID_lookup_sid, IN_SESSION, CONFIG_MAY_TOKEN, answer_lookup_sid },
    { IPC_ID_lookup_name, IN_SESSION, CONFIG_MAY_TOKEN, answer_lookup_name },
};

/* Room for any request and any reply. */
#define IPC_CALL(name, id, doc)
#define IPC_BEGIN(message) struct ipc_##message message;
#define IPC_FIELD(message, tag, type, name, critical, doc)
#define IPC_END(message)
union answer_message {
#include "ipc/calls.def"
};
#undef IPC_CALL
#undef IPC_BEGIN
#undef IPC_FIELD
#undef IPC_END

static const struct answer_rule *
answer_rule_find(enum answer_state state, uint16_t call)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].call == (enum ipc_id)call)
            return rules[i].state == state ? &rules[i] : NULL;
    }
    return NULL;
}

/* The common fields become the call that packages see. */
static void
answer_call_init(struct answer_request *r, const struct ipc_call_req *common)
{
    struct lsa_call *call = &r->call;

    call->client = r->session ? r->session->client : NULL;
    call->arena = &r->arena;
    call->id = atomic_fetch_add(&r->authority->next_id, 1);
    call->thread = common->thread;
    call->attributes = common->attributes & SECPKG_CALL_ANSI;
    call->peer_address = common->peer_address;
    call->window_base = common->window_base;
    call->window_size = common->window_size;
    call->memory = r->memory;
    call->memory_count = common->memory.count;
    for (uint32_t i = 0; i < common->memory.count; i++)
        r->memory[i] = (struct lsa_range){ common->memory.v[i].address, common->memory.v[i].bytes };
}

/*
 * Client buffers and tokens of a call that failed are gone (Microsoft: AllocateClientBuffer).
 * A service that may not have tokens gets the context without: it knows who the peer is
 * by name, and cannot act as him.
 */
static void
answer_common_reply(struct answer_request *r, status_t s, struct ipc_call_rep *common)
{
    struct lsa_call *call = &r->call;
    bool may_token = (atomic_load(&r->connection->service->lsa.may) & CONFIG_MAY_TOKEN) != 0;

    lsa_call_end(call, s < 0 || !may_token);
    if (s < 0)
        return;
    for (size_t i = 0; i < call->block_count; i++) {
        if (!call->blocks[i].freed)
            common->blocks.v[common->blocks.count++] = (struct ipc_range){
                call->blocks[i].address, view_of(call->blocks[i].bytes, call->blocks[i].size) };
    }
    for (size_t i = 0; i < call->token_count; i++)
        common->tokens.v[common->tokens.count++] =
            (struct ipc_range){ call->tokens[i].address, call->tokens[i].bytes };
}

/* What the client has closed since its last call. */
static void
answer_close_tokens(const struct lsa_call *call, struct view handles)
{
    struct rd r = rd_init(handles);

    while (call->client && rd_left(&r) >= sizeof(uint64_t))
        lsa_token_copy_close(call->client, rd_u64le(&r));
}

/* A message that ends its connection. */
static enum answer_verdict
answer_close(const struct answer_connection *c, const char *event, uint16_t call)
{
    uint64_t held;

    if (log_gate_pass(&c->authority->message_gate, &held))
        log_warning(event, LOG_N("call", call), LOG_N("pid", c->peer.pid),
                    LOG_N("uid", c->peer.uid), LOG_N("not_logged", held));
    return ANSWER_CLOSE;
}

/* token: of whom the calling thread impersonates; 0: itself. */
static status_t
answer_dispatch(struct answer_request *r, const struct answer_rule *rule, uint64_t token,
                const union answer_message *q, union answer_message *p)
{
    status_t s = token ? lsa_call_set_token(&r->call, token) : SEC_E_OK;

    if (s != SEC_E_OK)
        return s;
    if (!answer_service_check_may(r->connection->service, rule->may))
        return SEC_E_NOT_OWNER;
    return rule->handler(r, q, p);
}

/* Parsed, permitted, answered, written. */
static enum answer_verdict
answer_run(struct answer_request *r, const struct answer_rule *rule, const struct ipc_call *call,
           struct view request, const struct ipc_prefix *prefix, struct wr *reply)
{
    union answer_message q, p = { 0 };
    struct ipc_call_req common_q;
    struct ipc_call_rep common_p = { 0 };
    struct ipc_prefix out = { prefix->call, prefix->id, SEC_E_OK };

    if (ipc_message_parse(request, &ipc_call_req_layout, &common_q, call->request, &q) != 0)
        return answer_close(r->connection, "malformed_message", prefix->call);
    answer_call_init(r, &common_q);
    answer_close_tokens(&r->call, common_q.closed_tokens);
    out.status = answer_dispatch(r, rule, common_q.token, &q, &p);
    answer_common_reply(r, out.status, &common_p);
    if (ipc_message_build(reply, &out, &ipc_call_rep_layout, &common_p, call->reply, &p) == 0)
        return ANSWER_REPLY;
    log_error("reply_not_built", LOG_S("call", call->name), LOG_X("status", out.status));
    return ANSWER_CLOSE;
}

enum answer_verdict
answer_message(struct answer_connection *c, struct view request, struct wr *reply)
{
    struct answer_request r = { .connection = c, .authority = c->authority,
                                .session = atomic_load(&c->session) };
    const struct answer_rule *rule;
    const struct ipc_call *call;
    struct ipc_prefix prefix;
    enum answer_verdict verdict;

    if (ipc_prefix_parse(request, &prefix) != 0)
        return answer_close(c, "malformed_message", 0);
    /* By the session that this message sees: another thread may be saying hello. */
    rule = answer_rule_find(r.session ? IN_SESSION : BEFORE_HELLO, prefix.call);
    call = ipc_call_find(prefix.call);
    if (!rule || !call)
        return answer_close(c, "call_not_allowed", prefix.call);
    arena_init(&r.arena, ANSWER_ARENA_MAX);
    verdict = answer_run(&r, rule, call, request, &prefix, reply);
    lsa_leg_result_wipe(&r.leg);
    arena_wipe(&r.arena);
    return verdict;
}

/* The handles or the name by which a message says which package it is for. */
static const struct lsa_package *
answer_package_of(struct answer_connection *c, const struct ipc_prefix *prefix,
                  const union answer_message *m, bool *has_identity)
{
    struct answer_session *s = atomic_load(&c->session);

    switch (prefix->call) {
    case IPC_ID_acquire_credential:
        return lsa_package_find(c->authority->lsa, m->acquire_credential_req.package);
    case IPC_ID_initialize_context:
        return lsa_handle_package(s->client, m->initialize_context_req.credential,
                                  m->initialize_context_req.context, has_identity);
    case IPC_ID_accept_context:
        return lsa_handle_package(s->client, m->accept_context_req.credential,
                                  m->accept_context_req.context, has_identity);
    /* These begin with the handle, whatever follows it. */
    case IPC_ID_free_credential:
    case IPC_ID_add_credential:
    case IPC_ID_query_credential:
    case IPC_ID_set_credential:
        return lsa_handle_package(s->client, m->free_credential_req.credential, 0, has_identity);
    case IPC_ID_delete_context:
    case IPC_ID_apply_control_token:
    case IPC_ID_query_context:
    case IPC_ID_set_context:
        return lsa_handle_package(s->client, 0, m->delete_context_req.context, has_identity);
    default:
        return NULL;
    }
}

/*
 * Where only clients' handshakes wait for the network, servers' are answered at once (D6), but
 * for a server that accepts as somebody, who logs on like a client.
 */
static bool
answer_pool_is_slow(enum config_pool pool, uint16_t call, bool has_identity)
{
    if (pool != CONFIG_POOL_INITIATE)
        return pool == CONFIG_POOL_SLOW;
    return call == IPC_ID_initialize_context || (call == IPC_ID_accept_context && has_identity);
}

bool
answer_is_slow(struct answer_connection *c, struct view request)
{
    const struct lsa_package *package;
    const struct ipc_call *call;
    struct ipc_call_req common;
    union answer_message m;
    struct ipc_prefix prefix;
    bool has_identity = false;

    if (!atomic_load(&c->session) || ipc_prefix_parse(request, &prefix) != 0)
        return false;
    /* Name services may be on a network; passwords wait for the disk and other writers (D6). */
    if (prefix.call == IPC_ID_resolve_token || prefix.call == IPC_ID_change_password)
        return true;
    if (!c->authority->any_slow)
        return false;
    call = ipc_call_find(prefix.call);
    if (!call || ipc_message_parse(request, &ipc_call_req_layout, &common, call->request, &m) != 0)
        return false;
    package = answer_package_of(c, &prefix, &m, &has_identity);
    return package &&
           answer_pool_is_slow(lsa_package_info(package).pool, prefix.call, has_identity);
}

static bool
answer_has_slow(const struct lsa *l)
{
    for (size_t i = 0; i < lsa_package_count(l); i++) {
        if (lsa_package_get(l, i).pool != CONFIG_POOL_FAST)
            return true;
    }
    return false;
}

static bool
answer_open(struct answer_authority *a, const struct answer_options *o,
            char error[CONFIG_ERROR_MAX])
{
    const struct account_store_options store = {
        .dir = o->config->state_dir,
        .key_file = o->config->key_file,
        .key = o->store_key,
        .create = o->create_store,
        .lockout_threshold = o->config->lockout_threshold,
        .lockout_window_minutes = o->config->lockout_window_minutes,
        .lockout_minutes = o->config->lockout_minutes,
        .policy = { o->config->password_min_length, o->config->password_history },
    };
    struct lsa_options lsa = { .config = o->config, .module_dir = o->module_dir };

    a->accounts = account_store_open(&store, error);
    if (!a->accounts)
        return false;
    if (!lsa.module_dir)
        lsa.module_dir = o->config->module_dir ? o->config->module_dir : OPENSSPI_MODULE_DIR;
    lsa.accounts = a->accounts;
    a->lsa = lsa_new(&lsa, error);
    if (!a->lsa)
        return false;
    if (!answer_services_load(a, o->config)) {
        snprintf(error, CONFIG_ERROR_MAX, "no memory for the services");
        return false;
    }
    a->any_slow = answer_has_slow(a->lsa);
    return true;
}

struct answer_authority *
answer_authority_new(const struct answer_options *o, char error[CONFIG_ERROR_MAX])
{
    struct answer_authority *a = calloc(1, sizeof(*a));

    if (!a) {
        snprintf(error, CONFIG_ERROR_MAX, "no memory for the authority");
        return NULL;
    }
    a->embedded = o->embedded;
    a->config = o->config;
    a->started = filetime_now();
    a->next_id = 1;
    pthread_mutex_init(&a->lock, NULL);
    if (!answer_open(a, o, error)) {
        answer_authority_free(a);
        return NULL;
    }
    return a;
}

void
answer_authority_free(struct answer_authority *a)
{
    if (!a)
        return;
    lsa_free(a->lsa);
    account_store_close(a->accounts);
    answer_services_free(a);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

void
answer_authority_reload(struct answer_authority *a, const struct config *config)
{
    pthread_mutex_lock(&a->lock);
    answer_reload_log(a->config, config);
    if (!answer_services_load(a, config))
        log_error("reload_failed", LOG_S("reason", "no memory for the services"));
    a->config = config;
    pthread_mutex_unlock(&a->lock);
    lsa_reload(a->lsa, config);
}

struct answer_connection *
answer_connection_new(struct answer_authority *a, const struct ipc_peer *peer, const char *service)
{
    struct answer_connection *c = calloc(1, sizeof(*c));
    uint64_t held;

    if (!c)
        return NULL;
    c->authority = a;
    c->peer = *peer;
    pthread_mutex_lock(&a->lock);
    c->service = answer_service_find(a, service, peer->uid);
    pthread_mutex_unlock(&a->lock);
    if (c->service)
        return c;
    if (log_gate_pass(&a->peer_gate, &held))
        log_warning("no_service", LOG_N("uid", peer->uid), LOG_N("pid", peer->pid),
                    LOG_N("not_logged", held),
                    LOG_S("remedy",
                          "add a section [service NAME] with this uid and `may = accept` or "
                          "`initiate` to the configuration"));
    free(c);
    return NULL;
}

void
answer_connection_free(struct answer_connection *c)
{
    struct answer_session *s;

    if (!c)
        return;
    s = atomic_load(&c->session);
    if (s)
        answer_session_leave(c->authority, s);
    free(c);
}

const char *
answer_connection_service(const struct answer_connection *c)
{
    return c->service->lsa.name;
}

bool
answer_handle_close(void *handle)
{
    return lsa_handle_close(handle);
}

bool
answer_revert(void)
{
    return lsa_revert();
}

void
answer_authority_tick(struct answer_authority *a)
{
    lsa_reap(a->lsa);
}
