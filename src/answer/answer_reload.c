/*
 * What a new configuration cannot change in a running authority: the store is open,
 * the packages are started, and they have been told the machine's names. Each
 * difference is one line of the log, or an operator would wait for its effect.
 */
#include "answer/answer_internal.h"

#include "base/log.h"

#include <string.h>

static bool
text_differs(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) != 0 : a != b;
}

static bool
store_differs(const struct config *a, const struct config *b)
{
    return text_differs(a->state_dir, b->state_dir) || text_differs(a->key_file, b->key_file)
           || a->lockout_threshold != b->lockout_threshold
           || a->lockout_window_minutes != b->lockout_window_minutes
           || a->lockout_minutes != b->lockout_minutes
           || a->password_min_length != b->password_min_length
           || a->password_history != b->password_history;
}

static bool
machine_differs(const struct config *a, const struct config *b)
{
    return text_differs(a->netbios_name, b->netbios_name) || text_differs(a->dns_name, b->dns_name)
           || text_differs(a->netbios_domain, b->netbios_domain)
           || text_differs(a->dns_domain, b->dns_domain)
           || text_differs(a->dns_forest, b->dns_forest);
}

/* Not their settings, which are taken. */
static bool
packages_differ(const struct config *a, const struct config *b)
{
    if (a->package_count != b->package_count || text_differs(a->module_dir, b->module_dir))
        return true;
    for (size_t i = 0; i < a->package_count; i++) {
        const struct config_package *p = &a->packages[i], *q = &b->packages[i];

        if (text_differs(p->name, q->name) || text_differs(p->module, q->module)
            || p->enabled != q->enabled || p->pool != q->pool)
            return true;
    }
    return false;
}

static void
reload_ignored(const char *what)
{
    log_warning("reload", LOG_S("ignored", what), LOG_S("remedy", "restart"));
}

void
answer_reload_log(const struct config *old, const struct config *new)
{
    if (store_differs(old, new))
        reload_ignored("the account store and its lockout ([store])");
    if (machine_differs(old, new))
        reload_ignored("the machine's names ([machine])");
    if (packages_differ(old, new))
        reload_ignored("which packages there are, their modules and pools ([package NAME])");
}
