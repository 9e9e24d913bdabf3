/* answer_hello, answer_list_packages, answer_status: about the authority itself. */
#include "answer/answer_internal.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/str16.h"

#include <jansson.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

status_t
answer_hello(struct answer_request *r, const void *request, void *reply)
{
    const struct ipc_hello_req *q = request;
    struct ipc_hello_rep *p = reply;
    struct answer_session *s, *none = NULL;

    if (q->version != IPC_VERSION) {
        log_warning("protocol_version", LOG_N("theirs", q->version), LOG_N("ours", IPC_VERSION));
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    s = q->session.p ? answer_session_join(r->connection, q->session)
                     : answer_session_new(r->connection);
    if (!s)
        return q->session.p ? SEC_E_INVALID_HANDLE : SEC_E_INSUFFICIENT_MEMORY;
    /* Two threads may say hello on one connection: it has one session. */
    if (!atomic_compare_exchange_strong(&r->connection->session, &none, s)) {
        answer_session_leave(r->authority, s);
        return SEC_E_INVALID_HANDLE;
    }
    p->version = IPC_VERSION;
    p->session = view_of(s->cookie, sizeof(s->cookie));
    p->epoch = lsa_epoch(r->authority->lsa);
    return SEC_E_OK;
}

static void
package_put_bytes(struct wr *w, const void *p, size_t n)
{
    wr_u32le(w, (uint32_t)n);
    wr_bytes(w, p, n);
}

/* One record, as calls.def describes it. */
static void
package_put(struct wr *w, const struct lsa_package_info *i)
{
    wr_u32le(w, i->id);
    wr_u32le(w, i->info->fCapabilities);
    wr_u16le(w, i->info->wVersion);
    wr_u16le(w, i->info->wRPCID);
    wr_u32le(w, i->info->cbMaxToken);
    wr_u32le(w, i->table_index);
    package_put_bytes(w, i->info->Name, str16_length(i->info->Name) * sizeof(char16_t));
    package_put_bytes(w, i->info->Comment, str16_length(i->info->Comment) * sizeof(char16_t));
    package_put_bytes(w, i->user_module, strlen(i->user_module));
    wr_u32le(w, i->thunks ? i->thunks->InfoLevelCount : 0);
    for (ULONG k = 0; i->thunks && k < i->thunks->InfoLevelCount; k++)
        wr_u32le(w, i->thunks->Levels[k]);
}

status_t
answer_list_packages(struct answer_request *r, const void *request, void *reply)
{
    struct ipc_list_packages_rep *p = reply;
    struct wr w = wr_init_heap(IPC_INLINE_MAX);
    uint32_t allowed = atomic_load(&r->session->service->lsa.packages);
    status_t s;

    (void)request;
    for (size_t i = 0; i < lsa_package_count(r->authority->lsa); i++) {
        struct lsa_package_info info = lsa_package_get(r->authority->lsa, i);

        if (allowed & (1u << (info.id - 1)))
            package_put(&w, &info);
    }
    s = wr_end(&w, SEC_E_INSUFFICIENT_MEMORY);
    if (s == SEC_E_OK) {
        p->packages = view_of(arena_copy(&r->arena, wr_written(&w)), w.len);
        if (!p->packages.p)
            s = SEC_E_INSUFFICIENT_MEMORY;
    }
    wr_wipe(&w);
    return s;
}

/* What the package itself has counted, for this service, or for all (NULL). */
static json_t *
status_package_counters(struct lsa *l, const struct lsa_service *service, const char *package)
{
    json_t *counters = json_object();
    struct lsa_counter_value c;

    for (size_t i = 0; lsa_counter_get(l, service, i, &c); i++) {
        if (strcasecmp(c.package, package) == 0 && (!service || c.value > 0))
            json_object_set_new(counters, c.name, json_integer((json_int_t)c.value));
    }
    return counters;
}

/* By package, as far as there is something. */
static json_t *
status_service_counters(struct lsa *l, const struct lsa_service *service)
{
    json_t *packages = json_object();

    for (size_t i = 0; i < lsa_package_count(l); i++) {
        const char *name = lsa_package_get(l, i).name;
        json_t *counters = status_package_counters(l, service, name);

        if (json_object_size(counters) > 0)
            json_object_set(packages, name, counters);
        json_decref(counters);
    }
    return packages;
}

static json_t *
status_packages(struct lsa *l)
{
    static const char *const pools[] = { [CONFIG_POOL_FAST] = "fast", [CONFIG_POOL_SLOW] = "slow",
                                         [CONFIG_POOL_INITIATE] = "initiate" };
    json_t *list = json_array();

    for (size_t i = 0; i < lsa_package_count(l); i++) {
        struct lsa_package_info info = lsa_package_get(l, i);

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "name", info.name,
                                              "pool", pools[info.pool],
                                              "user_module", info.user_module, "counters",
                                              status_package_counters(l, NULL, info.name)));
    }
    return list;
}

static json_t *
status_services(struct answer_authority *a, int *clients)
{
    json_t *list = json_array();

    pthread_mutex_lock(&a->lock);
    *clients = (int)a->session_count;
    for (struct answer_service *s = a->services; s; s = s->next) {
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:I, s:I, s:o}", "name", s->lsa.name, "contexts",
                            (json_int_t)atomic_load(&s->lsa.contexts), "half_open",
                            (json_int_t)atomic_load(&s->lsa.half_open), "credentials",
                            (json_int_t)atomic_load(&s->lsa.credentials), "counters",
                            status_service_counters(a->lsa, &s->lsa)));
    }
    pthread_mutex_unlock(&a->lock);
    return list;
}

static json_t *
status_counters(struct lsa *l)
{
    struct lsa_counters *c = lsa_counters(l);

    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "calls", (json_int_t)c->calls, "accepted",
                     (json_int_t)c->accepted, "refused", (json_int_t)c->refused, "contexts",
                     (json_int_t)c->contexts, "half_open", (json_int_t)c->half_open, "credentials",
                     (json_int_t)c->credentials);
}

status_t
answer_status(struct answer_request *r, const void *request, void *reply)
{
    struct answer_authority *a = r->authority;
    struct ipc_status_rep *p = reply;
    char since[32];
    json_t *services, *root;
    char *text;
    int clients;

    (void)request;
    filetime_format(a->started, since);
    services = status_services(a, &clients);
    root = json_pack("{s:s, s:s, s:s, s:i, s:s, s:i, s:o, s:o, s:o}", "mode",
                     a->embedded ? "embedded" : "lsad", "version", OPENSSPI_VERSION, "isolation",
                     a->embedded ? "none: packages run in this process"
                                 : "process only: packages run in lsad",
                     "pid", (int)getpid(), "since", since,
                     "clients", clients, "counters", status_counters(a->lsa),
                     "packages", status_packages(a->lsa), "services", services);
    text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (text)
        p->json = view_of(arena_copy(&r->arena, view_of(text, strlen(text))), strlen(text));
    free(text);
    json_decref(root);
    return p->json.p ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}
