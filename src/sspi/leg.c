/*
 * One leg of establishment (sspi.h, "InitializeSecurityContext",
 * "AcceptSecurityContext").
 *
 * Runs in the application. The order: check what the caller gave, resolve the
 * handles, ask the authority, then hand out what came. What the authority has
 * done cannot be undone by asking again (D12), so whatever fails here after its
 * reply gives the context up: it is deleted, and the caller starts anew.
 *
 * A lost session (lsad was restarted): a first leg acquires its credential again
 * and goes on, a half-open context ends in SEC_E_NO_AUTHENTICATING_AUTHORITY, an
 * established one that is asked again in SEC_E_CONTEXT_EXPIRED. It is never
 * reported as a wrong password.
 */
#include "sspi/leg.h"

#include "base/log.h"
#include "sspi/buffers.h"
#include "sspi/client_creds.h"
#include "sspi/entry.h"
#include "sspi/provider.h"

/* The requirement to allocate output has one value in both directions. */
#define LEG_ALLOCATE ISC_REQ_ALLOCATE_MEMORY
_Static_assert(ISC_REQ_ALLOCATE_MEMORY == ASC_REQ_ALLOCATE_MEMORY, "one flag");

/* Three numbers a package: formats in calls.def. */
#define LEG_FORMAT_SIZE 12u

/* What the functions below pass along. */
struct leg_run {
    const struct sspi_leg *leg;
    struct sspi_process *process;
    struct sspi_credential *credential;     /* NULL: absent */
    struct sspi_context *context;           /* a first leg's own until it has succeeded */
    uint64_t number;                        /* of it in the table; 0: not there */
    struct ask_leg wire;
    uint8_t formats[LEG_FORMAT_SIZE * SSPI_PACKAGES_MAX];
    struct ask ask;
    struct ask_leg_result came;
    uint64_t doomed;                        /* handle to delete in the authority; 0: none */
    struct sspi_client_creds creds;         /* of a first leg, instead of the credential's */
    uint32_t own_attributes;                /* that it was so */
};

static bool
leg_allocates(const struct sspi_leg *leg)
{
    return (leg->requirements & LEG_ALLOCATE) != 0;
}

/* Finished: no further token is awaited. */
static bool
status_is_final(status_t st)
{
    return st == SEC_E_OK || st == SEC_I_COMPLETE_NEEDED || st == SEC_I_LOCAL_LOGON;
}

/* The caller may call again with the same buffers: their sizes must stay. */
static bool
status_keeps_buffers(status_t st)
{
    return st == SEC_E_BUFFER_TOO_SMALL || st == SEC_E_INSUFFICIENT_BUFFERS
        || st == SEC_E_INCOMPLETE_MESSAGE;
}

static status_t
leg_exchange(struct leg_run *r, uint64_t session)
{
    status_t st;

    ask_init(&r->ask, r->process, session);
    r->ask.with.attributes = r->leg->ansi ? SECPKG_CALL_ANSI : 0;
    st = r->leg->initiator ? ask_initialize_context(&r->ask, &r->wire, &r->came)
                           : ask_accept_context(&r->ask, &r->wire, &r->came);
    return st;
}

/*
 * A package without a user half negotiates: another one's will map the context (D17). Which
 * one is open yet, so the formats of all that may be chosen are told.
 */
static void
leg_formats_of_others(struct leg_run *r, struct sspi_package_list *list)
{
    struct wr w = wr_init(r->formats, sizeof(r->formats));
    size_t i;

    for (i = 0; i < list->count; i++) {
        struct sspi_package *p = &list->packages[i];
        const struct sspi_user_half *half =
            (p->capabilities & SECPKG_FLAG_NEGOTIABLE) == 0 ? NULL
                                                            : sspi_user_half_get(r->process, p);

        if (half == NULL)
            continue;
        wr_u32le(&w, p->id);
        wr_u32le(&w, half->format_lowest);
        wr_u32le(&w, half->format_highest);
    }
    r->wire.formats = wr_written(&w);
}

static void
leg_formats(struct leg_run *r, struct sspi_package_list *list, struct sspi_package *package)
{
    const struct sspi_user_half *half =
        package == NULL ? NULL : sspi_user_half_get(r->process, package);

    if (half != NULL) {
        r->wire.format_lowest = half->format_lowest;
        r->wire.format_highest = half->format_highest;
    } else if (package != NULL && package->module[0] == '\0') {
        leg_formats_of_others(r, list);
    }
}

/* ---- what came --------------------------------------------------------- */

static void
leg_give_facts(const struct sspi_leg *leg, const struct ask_leg_result *came)
{
    if (leg->attributes != NULL)
        *leg->attributes = came->attributes;
    if (leg->expiry != NULL)
        leg->expiry->QuadPart = (LONGLONG)came->expiry;
}

/*
 * Buffers of a failed leg: an error token for the peer where there is one (EXTENDED_ERROR), and
 * otherwise nothing to send, as callers send whatever cbBuffer says.
 */
static void
leg_give_failed(struct leg_run *r, status_t st)
{
    const struct sspi_leg *leg = r->leg;

    sspi_buffers_update(leg->input, &r->came.input);
    if (status_keeps_buffers(st))
        return;
    if (r->came.output.count == 0
        || sspi_buffers_store(leg->output, &r->came.output, leg_allocates(leg)) != SEC_E_OK)
        sspi_buffers_clear(leg->output);
    if (leg->attributes != NULL)
        *leg->attributes = r->came.attributes;
}

/* A leg that the authority completed and that fails here: nothing of it is kept, or to be sent. */
static status_t
leg_give_nothing(struct leg_run *r, status_t st)
{
    sspi_window_drop(&r->ask.window);
    sspi_buffers_clear(r->leg->output);
    return st;
}

/* Everything of a leg that the authority completed; the context is there. */
static status_t
leg_give(struct leg_run *r, status_t st)
{
    const struct sspi_leg *leg = r->leg;
    struct sspi_context *c = r->context;
    /* On any leg: a negotiated context is mapped after the leg that knew its client. */
    status_t mine = sspi_context_tokens_take(c, &r->ask);

    r->came.attributes |= c->own_attributes;
    if (mine == SEC_E_OK && r->came.mapped)
        mine = sspi_context_map(c, &r->came);
    if (mine == SEC_E_OK)
        mine = sspi_buffers_store(leg->output, &r->came.output, leg_allocates(leg));
    if (mine != SEC_E_OK)
        return leg_give_nothing(r, mine);
    sspi_buffers_update(leg->input, &r->came.input);
    atomic_store(&c->attributes, r->came.attributes);
    if (status_is_final(st))
        atomic_store_explicit(&c->complete, true, memory_order_release);
    leg_give_facts(leg, &r->came);
    return st;
}

/* ---- the first leg ----------------------------------------------------- */

/* Asks with the credential as it is now; once more where its session is lost. */
static status_t
leg_ask_first(struct leg_run *r, struct sspi_package_list **packages, struct sspi_package **outer)
{
    unsigned tries = 2;

    for (;;) {
        const struct sspi_binding *b = atomic_load(&r->credential->binding);
        bool lost = false;
        status_t st = sspi_package_list_get(r->process, b->session, packages, &lost);

        if (st == SEC_E_OK) {
            *outer = sspi_package_find(*packages, b->package);
            leg_formats(r, *packages, *outer);
            r->wire.credential = b->remote;
            st = leg_exchange(r, b->session);
            lost = r->ask.lost;
        }
        if (!lost)
            return st;
        if (r->ask.process != NULL)
            ask_wipe(&r->ask);
        if (--tries == 0)
            return SEC_E_NO_AUTHENTICATING_AUTHORITY;
        st = sspi_credential_renew(r->credential, b->session);
        if (st != SEC_E_OK)
            return st;
    }
}

static status_t
leg_make_context(struct leg_run *r, struct sspi_package_list *packages,
                 struct sspi_package *outer, status_t st)
{
    struct sspi_context *c;

    if (r->came.context == 0) {
        log_error("reply", LOG_S("reason", "a leg succeeded without a context"));
        return leg_give_nothing(r, SEC_E_INTERNAL_ERROR);
    }
    c = sspi_context_new(r->process, r->ask.session, r->came.context);
    if (c == NULL) {
        r->doomed = r->came.context;
        return leg_give_nothing(r, SEC_E_INSUFFICIENT_MEMORY);
    }
    c->packages = packages;
    c->outer = outer;
    c->own_attributes = r->own_attributes;
    r->context = c;
    /* Before anything is handed out, which could not be taken back. */
    r->number = sspi_object_add(r->process, SSPI_CONTEXT, c, sspi_context_free);
    if (r->number == 0)
        return leg_give_nothing(r, SEC_E_INSUFFICIENT_MEMORY);
    st = leg_give(r, st);
    if (st < 0)
        return st;
    sspi_handle_put(r->process, r->leg->new_context, r->number);
    r->context = NULL;
    return st;
}

/*
 * What a failed first leg leaves is removed here, after ask_wipe(): a thread holds
 * one ask at a time, and this asks the authority.
 */
static void
leg_give_up(struct leg_run *r, uint64_t session)
{
    if (r->context != NULL && r->number != 0)
        (void)sspi_object_remove(r->process, r->number, SSPI_CONTEXT);
    else if (r->context != NULL)
        sspi_context_free(r->context);
    if (r->doomed == 0)
        return;
    ask_init(&r->ask, r->process, session);
    if (ask_delete_context(&r->ask, r->doomed) < 0)
        log_info("context", LOG_S("reason", "the authority could not delete it"));
    ask_wipe(&r->ask);
}

static bool
leg_wants(const struct leg_run *r, uint32_t requirement)
{
    return r->leg->initiator && (r->leg->requirements & requirement) != 0;
}

/* From here on the call's own credential stands for the handle's. */
static void
leg_use_creds(struct leg_run *r, uint32_t attribute)
{
    if (r->creds.credential == NULL)
        return;
    r->credential = r->creds.credential;
    r->own_attributes = attribute;
}

static status_t
leg_supply(struct leg_run *r)
{
    status_t st = sspi_client_creds_supplied(&r->creds, r->credential, r->leg->ansi,
                                             r->leg->input, &r->wire.input);

    leg_use_creds(r, ISC_RET_USED_SUPPLIED_CREDS);
    return st;
}

/* The refusal's views end with its reply. */
static void
leg_forget(struct leg_run *r)
{
    if (r->ask.process != NULL)
        ask_wipe(&r->ask);
    memset(&r->came, 0, sizeof(r->came));
}

/*
 * D11: the authority says what it lacks, and the call is made again with it. No connection is
 * held while the provider looks for it, which may ask a KDC.
 */
static status_t
leg_provide(struct leg_run *r, struct sspi_package_list **packages, struct sspi_package **outer)
{
    struct sspi_package *package = sspi_package_find(*packages, r->came.need.package);
    struct sspi_provision *p = sspi_provision_new(&r->came.need);
    status_t st = p != NULL ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;

    leg_forget(r);
    if (st == SEC_E_OK)
        st = package != NULL ? sspi_provision_ask(p, r->process, package) : SEC_E_NO_CREDENTIALS;
    /* Of the packages that are negotiated, the next one's turn comes. */
    r->wire.client_has_none = st != SEC_E_OK && package != *outer;
    if (st == SEC_E_OK)
        r->wire.client_answer = sspi_provision_view(p);
    if (st == SEC_E_OK || r->wire.client_has_none)
        st = leg_ask_first(r, packages, outer);
    r->wire.client_answer = view_of(NULL, 0);
    r->wire.client_has_none = false;
    sspi_provision_free(p);
    return st;
}

static status_t
leg_collect(struct leg_run *r, struct sspi_package_list **packages, struct sspi_package **outer)
{
    status_t st;

    leg_forget(r);
    st = sspi_client_creds_collect(&r->creds, r->credential, r->leg->target);
    leg_use_creds(r, ISC_RET_USED_COLLECTED_CREDS);
    return st == SEC_E_OK ? leg_ask_first(r, packages, outer) : st;
}

/* Its number is with the caller already, who may have deleted it in another thread. */
static void
leg_resolve_new(const struct leg_run *r)
{
    struct sspi_context *c = sspi_object_get(r->process, r->number, SSPI_CONTEXT);

    if (c == NULL)
        return;
    sspi_context_tokens_resolve(c);
    handle_put(r->process->handles, r->number);
}

static status_t
leg_run_first(struct leg_run *r)
{
    struct sspi_package_list *packages = NULL;
    struct sspi_package *outer = NULL;
    uint64_t session;
    status_t st = SEC_E_OK;

    if (r->credential == NULL)
        return SEC_E_INVALID_HANDLE;
    if (leg_wants(r, ISC_REQ_USE_SUPPLIED_CREDS))
        st = leg_supply(r);
    if (st == SEC_E_OK)
        st = leg_ask_first(r, &packages, &outer);
    if (st == SEC_E_NO_CREDENTIALS && r->came.need.package != 0)
        st = leg_provide(r, &packages, &outer);
    if (st == SEC_E_NO_CREDENTIALS && r->creds.number == 0
        && leg_wants(r, ISC_REQ_PROMPT_FOR_CREDS))
        st = leg_collect(r, &packages, &outer);
    if (st >= 0)
        st = leg_make_context(r, packages, outer, st);
    else
        leg_give_failed(r, st);
    session = r->ask.session;
    if (r->ask.process != NULL)
        ask_wipe(&r->ask);
    leg_give_up(r, session);
    sspi_client_creds_wipe(&r->creds, r->process);
    if (st >= 0)
        leg_resolve_new(r);
    return st;
}

/* ---- later legs -------------------------------------------------------- */

static status_t
leg_lost(const struct sspi_context *c)
{
    return atomic_load(&c->complete) ? SEC_E_CONTEXT_EXPIRED : SEC_E_NO_AUTHENTICATING_AUTHORITY;
}

/* Under the context's lock. */
static status_t
leg_run_later(struct leg_run *r)
{
    struct sspi_context *c = r->context;
    const struct sspi_binding *b =
        r->credential == NULL ? NULL : atomic_load(&r->credential->binding);
    status_t st;

    r->wire.context = atomic_load(&c->remote);
    if (r->wire.context == 0)
        return SEC_E_INVALID_HANDLE;
    /* A credential that was acquired again belongs to another session than the context. */
    if (b != NULL && b->session == c->session)
        r->wire.credential = b->remote;
    leg_formats(r, c->packages, c->outer);
    st = leg_exchange(r, c->session);
    if (r->ask.lost)
        st = leg_lost(c);
    if (st < 0) {
        leg_give_failed(r, st);
        return st;
    }
    if (r->came.context != 0)
        atomic_store(&c->remote, r->came.context);
    st = leg_give(r, st);
    if (st < 0)
        atomic_store(&c->poisoned, true);
    return st;
}

static status_t
leg_run_later_locked(struct leg_run *r)
{
    struct sspi_context *c = r->context;
    status_t st = SEC_E_INTERNAL_ERROR;

    pthread_mutex_lock(&c->lock);
    if (!atomic_load(&c->poisoned))
        st = leg_run_later(r);
    if (r->ask.process != NULL)
        ask_wipe(&r->ask);
    if (st >= 0)
        sspi_context_tokens_resolve(c);
    pthread_mutex_unlock(&c->lock);
    return st;
}

/* ---- both -------------------------------------------------------------- */

static status_t
leg_prepare(struct leg_run *r)
{
    const struct sspi_leg *leg = r->leg;
    status_t st = sspi_buffers_input(leg->input, &r->wire.input);

    if (st == SEC_E_OK)
        st = sspi_buffers_output(leg->output, leg_allocates(leg), &r->wire.output);
    r->wire.requirements = leg->requirements;
    r->wire.data_rep = leg->data_rep;
    r->wire.target = leg->target;
    return st;
}

static status_t
leg_with_credential(struct leg_run *r)
{
    struct entry e;
    CtxtHandle words;
    status_t st;

    if (sspi_handle_is_absent(r->leg->context))
        return leg_run_first(r);
    /* new_context may be the same variable. */
    words = *r->leg->context;
    st = sspi_entry_context(&e, &words);
    if (st != SEC_E_OK)
        return st;
    r->context = e.context;
    st = leg_run_later_locked(r);
    if (st >= 0)
        *r->leg->new_context = words;
    sspi_entry_put(&e);
    return st;
}

status_t
sspi_leg_run(const struct sspi_leg *leg)
{
    struct leg_run r;
    struct entry e;
    status_t st;

    memset(&r, 0, sizeof(r));
    r.leg = leg;
    r.process = sspi_process_get();
    if (r.process == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    /* Annotated optional by Microsoft, yet a context without a handle could not be deleted. */
    if (leg->new_context == NULL)
        return SEC_E_INVALID_HANDLE;
    st = leg_prepare(&r);
    if (st != SEC_E_OK)
        return st;
    if (sspi_handle_is_absent(leg->credential))
        return leg_with_credential(&r);
    st = sspi_entry_credential(&e, leg->credential);
    if (st != SEC_E_OK)
        return st;
    r.credential = e.credential;
    st = leg_with_credential(&r);
    sspi_entry_put(&e);
    return st;
}
