/*
 * What packages count (host extension, "counters"): sums by name since the authority
 * began, of all and of each service, shown by `sspi status`. A counter is found without
 * a lock; its first use makes it. They are never removed.
 */
#include "lsa/lsa_internal.h"

#include <stdio.h>
#include <strings.h>

/* Under the lock, or of an index below count: those do not change any more. */
static struct lsa_package_counter *
counter_find(struct lsa_counter_set *s, size_t count, const char *package, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(s->v[i].name, name) == 0 && strcasecmp(s->v[i].package, package) == 0)
            return &s->v[i];
    }
    return NULL;
}

static bool
counter_name_is_valid(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n < LSA_COUNTER_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static bool
counter_has_room(const struct lsa_counter_set *s, size_t count, const char *package)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        used += strcasecmp(s->v[i].package, package) == 0;
    return count < LSA_COUNTERS_MAX && used < OPENSSPI_HOST_COUNTERS_MAX;
}

/* NULL: no room, or no name. */
static struct lsa_package_counter *
counter_make(struct lsa_counter_set *s, const char *package, const char *name)
{
    struct lsa_package_counter *c;
    size_t count;

    if (!counter_name_is_valid(name) || strlen(package) >= sizeof(c->package))
        return NULL;
    pthread_mutex_lock(&s->lock);
    count = atomic_load(&s->count);
    c = counter_find(s, count, package, name);
    if (!c && counter_has_room(s, count, package)) {
        c = &s->v[count];
        snprintf(c->package, sizeof(c->package), "%s", package);
        snprintf(c->name, sizeof(c->name), "%s", name);
        atomic_store(&s->count, count + 1);
    }
    pthread_mutex_unlock(&s->lock);
    return c;
}

void
lsa_counter_add(struct lsa *l, struct lsa_service *service, const char *package, const char *name)
{
    struct lsa_counter_set *s = &l->package_counters;
    struct lsa_package_counter *c = counter_find(s, atomic_load(&s->count), package, name);

    if (!c)
        c = counter_make(s, package, name);
    if (!c)
        return;
    atomic_fetch_add(&c->value, 1);
    if (service)
        atomic_fetch_add(&service->counted[c - s->v], 1);
}

bool
lsa_counter_get(struct lsa *l, const struct lsa_service *service, size_t i,
                struct lsa_counter_value *out)
{
    struct lsa_counter_set *s = &l->package_counters;

    if (i >= atomic_load(&s->count))
        return false;
    *out = (struct lsa_counter_value){ s->v[i].package, s->v[i].name,
                                       atomic_load(service ? &service->counted[i]
                                                           : &s->v[i].value) };
    return true;
}
