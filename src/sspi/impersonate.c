/*
 * Impersonation (sspi.h, "ImpersonateSecurityContext"; D18): the calling thread's
 * file system identity becomes the client's. base/thread_identity.c has the system
 * calls; this has the rules.
 *
 * Runs in the application. Who the client is on this machine says a token, which came
 * from the authority; that nobody becomes root, or a user below min_uid, is checked
 * again here, since a token may have come by a file descriptor.
 *
 * A success has its effect, always: what was set was read back. A thread that went back
 * to itself for libsspi's own work and cannot become the client again would do his work
 * with the server's rights. CHOICE: then the process ends, as Microsoft's page of
 * RevertToSelf asks its callers to do; it is an exception from D8.
 */
#include "sspi/impersonate.h"

#include "base/log.h"
#include "base/thread_identity.h"
#include "sspi/thread.h"

#include <errno.h>
#include <stdlib.h>

struct sspi_acting {
    struct thread_saved *self;
    struct sspi_token *token;
    unsigned pauses;
    bool paused;                        /* it is itself meanwhile */
};

/* Frees what a thread leaves that ends while it acts for somebody. */
static pthread_once_t acting_once = PTHREAD_ONCE_INIT;
static pthread_key_t acting_key;

/*
 * The process's own identity, as its first impersonating thread found it: what a thread
 * goes back to that was created by one which impersonated, and so began as the client.
 */
static _Atomic(struct thread_saved *) process_self;

/*
 * Lists of groups that threads took with the server's own uid and gid: by these alone is a
 * thread known that was created meanwhile. A list is kept once, and there are as many as the
 * server's own user ever had. The process itself may change its groups to any other list.
 */
struct lent {
    struct lent *next;
    struct thread_saved *groups;
};

static _Atomic(struct lent *) lent_first;

static void
acting_free(void *arg)
{
    struct sspi_acting *a = arg;

    if (a == NULL)
        return;
    thread_saved_free(a->self);
    sspi_token_put(a->token);
    free(a);
}

static void
acting_key_make(void)
{
    if (pthread_key_create(&acting_key, acting_free) != 0)
        log_warning("impersonate", LOG_S("reason", "threads that end do not free their token"));
}

static void
acting_set(struct sspi_acting *a)
{
    (void)pthread_once(&acting_once, acting_key_make);
    sspi_thread_get()->acting = a;
    (void)pthread_setspecific(acting_key, a);
}

static bool
lent_has(const struct thread_saved *groups)
{
    const struct lent *l = atomic_load(&lent_first);

    while (l != NULL && !thread_saved_has_same_groups(l->groups, groups))
        l = l->next;
    return l != NULL;
}

/* What the thread has just become. False: no memory, or it cannot be told who that is. */
static bool
lent_remember(const struct thread_saved *self)
{
    struct thread_saved *now;
    struct lent *l;

    if (thread_identity_is_foreign())
        return true;
    now = thread_identity_save();
    l = now == NULL ? NULL : malloc(sizeof(*l));
    if (l == NULL || thread_saved_has_same_groups(now, self) || lent_has(now)) {
        bool good = l != NULL;

        free(l);
        thread_saved_free(now);
        return good;
    }
    l->groups = now;
    l->next = atomic_load(&lent_first);
    while (!atomic_compare_exchange_weak(&lent_first, &l->next, l))
        ;
    return true;
}

/*
 * *is: whether the thread began as the image of one that acted for somebody. False: no memory, or
 * it cannot be told who it is.
 */
static bool
inherited_find(bool *is)
{
    const struct thread_saved *self = atomic_load(&process_self);
    struct thread_saved *now;

    *is = thread_identity_is_foreign();
    if (*is || atomic_load(&lent_first) == NULL)
        return true;
    now = thread_identity_save();
    if (now == NULL)
        return false;
    *is = (self == NULL || !thread_saved_has_same_groups(now, self)) && lent_has(now);
    thread_saved_free(now);
    return true;
}

/* A thread that began as somebody's image goes back first, or that would be its "self". */
static bool
inherited_revert(void)
{
    const struct thread_saved *self = atomic_load(&process_self);
    bool is;

    if (!inherited_find(&is))
        return false;
    return !is || (self != NULL && thread_identity_restore(self) == 0);
}

static void
process_self_remember(void)
{
    struct thread_saved *self, *none = NULL;

    if (atomic_load(&process_self) != NULL)
        return;
    self = thread_identity_save();
    if (self != NULL && !atomic_compare_exchange_strong(&process_self, &none, self))
        thread_saved_free(self);
}

/* NULL: no memory, or the thread is not itself and cannot be. */
static struct sspi_acting *
acting_new(void)
{
    struct sspi_acting *a;

    if (!inherited_revert())
        return NULL;
    process_self_remember();
    a = calloc(1, sizeof(*a));
    if (a != NULL)
        a->self = thread_identity_save();
    if (a != NULL && a->self == NULL) {
        free(a);
        a = NULL;
    }
    return a;
}

static struct thread_identity
token_identity(const struct sspi_token *t)
{
    return (struct thread_identity){ t->facts.uid, t->facts.gid, t->facts.gids };
}

bool
sspi_revert(void)
{
    struct sspi_acting *a = sspi_thread_get()->acting;

    if (a == NULL)
        return inherited_revert();
    if (thread_identity_restore(a->self) != 0)
        return false;
    acting_set(NULL);
    acting_free(a);
    return true;
}

static uint32_t
token_check(struct sspi_process *p, const struct sspi_token *t)
{
    const char *reason = NULL;

    if (t->facts.type == TokenImpersonation && t->facts.level < SecurityImpersonation)
        return ERROR_BAD_IMPERSONATION_LEVEL;
    /* min_uid is the configuration's; where that cannot be read it stays what it is built with. */
    if (sspi_authority_open(&p->authority) != SEC_E_OK)
        log_info("impersonate", LOG_S("reason", "no configuration: min_uid as built"));
    if (t->facts.mapping != TOKEN_MAPPED)
        reason = t->facts.mapping == TOKEN_PENDING ? "its local user is not known yet"
                                                   : "the client is nobody on this machine";
    else if (t->facts.uid == 0 || t->facts.uid < p->authority.min_uid)
        reason = "its uid is below [authority] min_uid";
    if (reason == NULL)
        return 0;
    log_warning("impersonate", LOG_S("reason", reason));
    return ERROR_CANNOT_IMPERSONATE;
}

static bool
acting_take_again(const struct sspi_acting *a)
{
    struct thread_identity who = token_identity(a->token);

    return thread_identity_take(&who) == 0;
}

/* The thread has the server's rights, and its caller takes it for the client. */
static _Noreturn void
acting_give_up(void)
{
    log_error("impersonate", LOG_S("reason", "could not become the client again"));
    abort();
}

/*
 * What failed half-way has changed nothing: the thread is whom it acted for before, or
 * itself, or else RevertToSelf will say that it is not.
 */
static void
impersonate_undo(struct sspi_acting *a)
{
    bool acted = a->token != NULL;

    acting_set(a);
    if (acted && acting_take_again(a))
        return;
    if (!sspi_revert())
        log_error("impersonate", LOG_S("reason", "the thread could not become itself again"));
    else if (acted)
        acting_give_up();
}

uint32_t
sspi_impersonate(struct sspi_process *p, struct sspi_token *t)
{
    struct sspi_acting *a = sspi_thread_get()->acting;
    struct thread_identity who = token_identity(t);
    uint32_t error = token_check(p, t);
    int rc;

    if (error != 0)
        return error;
    if (a == NULL)
        a = acting_new();
    if (a == NULL)
        return ERROR_CANNOT_IMPERSONATE;
    rc = thread_identity_take(&who);
    if (rc == 0 && !lent_remember(a->self))
        rc = -ENOMEM;
    if (rc == 0) {
        sspi_token_put(a->token);
        a->token = sspi_token_hold(t);
        acting_set(a);
        return 0;
    }
    impersonate_undo(a);
    log_warning("impersonate", LOG_N("uid", who.uid), LOG_N("errno", -rc),
                LOG_S("reason", "this process may not become its clients: it needs CAP_SETUID "
                                "and CAP_SETGID, or to be root"));
    return ERROR_CANNOT_IMPERSONATE;
}

struct sspi_token *
sspi_impersonated(void)
{
    const struct sspi_acting *a = sspi_thread_get()->acting;

    return a == NULL ? NULL : a->token;
}

void
sspi_impersonate_pause(void)
{
    struct sspi_acting *a = sspi_thread_get()->acting;

    /* Where it cannot (another thread gave up root), its own work is done as it is. */
    if (a != NULL && a->pauses++ == 0)
        a->paused = thread_identity_restore(a->self) == 0;
}

void
sspi_impersonate_resume(void)
{
    struct sspi_acting *a = sspi_thread_get()->acting;

    if (a == NULL || --a->pauses > 0 || !a->paused)
        return;
    a->paused = false;
    if (a->token != NULL && !acting_take_again(a))
        acting_give_up();
}
