/*
 * The authority as an object: what is opened at start and closed at the end,
 * in that order. One a process (lsa_internal.h says why).
 */
#include "lsa/session.h"
#include "lsa/unix_user.h"

#include "base/filetime.h"
#include "base/log.h"
#include "crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Atomic(struct lsa *) instance;

struct lsa *
lsa_instance(void)
{
    return atomic_load(&instance);
}

uint64_t
lsa_epoch(const struct lsa *l)
{
    return l->epoch;
}

struct lsa_counters *
lsa_counters(struct lsa *l)
{
    return &l->counters;
}

/* LUIDs do not repeat within a boot: they start at the time and count up. */
LUID
lsa_luid_next(struct lsa *l)
{
    uint64_t n = atomic_fetch_add(&l->next_luid, 1);

    return (LUID){ .LowPart = (uint32_t)n, .HighPart = (int32_t)(n >> 32) };
}

static void
lsa_load_packages(struct lsa *l, const struct config *config)
{
    for (size_t i = 0; i < config->package_count; i++) {
        if (config->packages[i].enabled && !lsa_module_load(l, &config->packages[i]))
            log_warning("package_left_out", LOG_S("section", config->packages[i].name));
    }
}

static struct lsa *
lsa_init(const struct lsa_options *options)
{
    struct lsa *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    pthread_mutex_init(&l->rates_lock, NULL);
    pthread_mutex_init(&l->handshakes_lock, NULL);
    pthread_mutex_init(&l->package_counters.lock, NULL);
    crypto_random(&l->epoch, sizeof(l->epoch));
    crypto_random(l->peers_key, sizeof(l->peers_key));
    l->pid = getpid();
    l->accounts = options->accounts;
    l->lockout = lsa_lockout_new(options->accounts);
    l->module_dir = strdup(options->module_dir);
    l->objects = handle_table_new(LSA_OBJECTS_MAX);
    l->next_luid = (uint64_t)filetime_now();
    l->next_owner = LSA_OWNER_SELF + 1;
    l->sessions = lsa_sessions_new();
    l->unix_users = unix_users_new(options->config);
    if (l->lockout && l->module_dir && l->objects && l->sessions && l->unix_users
        && lsa_session_enter(l, LSA_LUID_ANONYMOUS, NULL, true) == STATUS_SUCCESS
        && lsa_machine_init(l, options->config)
        && lsa_settings_set(l, options->config))
        return l;
    lsa_free(l);
    return NULL;
}

/*
 * A parent's authority is none in its forked child (D3): a copy with wiped secrets, whose
 * locks another thread may have held. It is left alone, and its packages start again.
 */
static void
lsa_leave_parents(void)
{
    struct lsa *l = atomic_load(&instance);

    if (l && l->pid != getpid())
        atomic_compare_exchange_strong(&instance, &l, NULL);
}

struct lsa *
lsa_new(const struct lsa_options *options, char error[LSA_ERROR_MAX])
{
    struct lsa *l, *none = NULL;

    lsa_leave_parents();
    l = lsa_init(options);
    if (!l) {
        snprintf(error, LSA_ERROR_MAX, "no memory for the authority");
        return NULL;
    }
    if (!atomic_compare_exchange_strong(&instance, &none, l)) {
        snprintf(error, LSA_ERROR_MAX, "this process has an authority already");
        lsa_free(l);
        return NULL;
    }
    lsa_load_packages(l, options->config);
    if (l->package_count == 0) {
        snprintf(error, LSA_ERROR_MAX,
                 "no security package could be loaded from %s; the log says why", l->module_dir);
        lsa_free(l);
        return NULL;
    }
    return l;
}

void
lsa_free(struct lsa *l)
{
    struct lsa *self = l;
    struct lsa_settings *s;

    if (!l)
        return;
    while (l->package_count)
        lsa_package_stop(l->packages[--l->package_count]);
    while (l->module_count)
        lsa_module_unload(&l->modules[--l->module_count]);
    if (l->objects)
        handle_table_free(l->objects);
    lsa_sessions_free(l->sessions);
    unix_users_free(l->unix_users);
    atomic_compare_exchange_strong(&instance, &self, NULL);
    lsa_machine_wipe(l);
    lsa_rates_free(l);
    lsa_lockout_free(l->lockout);
    s = atomic_load(&l->settings);
    lsa_settings_free(s);
    pthread_mutex_destroy(&l->rates_lock);
    pthread_mutex_destroy(&l->handshakes_lock);
    pthread_mutex_destroy(&l->package_counters.lock);
    free(l->module_dir);
    free(l);
}

void
lsa_reload(struct lsa *l, const struct config *config)
{
    if (!lsa_settings_set(l, config))
        log_error("reload_failed", LOG_S("reason", "no memory for package settings"));
    unix_users_configure(l->unix_users, config);
}
