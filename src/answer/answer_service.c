/*
 * Services (D1): who may do what, from the sections [service NAME]. A service's
 * object lives as long as the authority, as clients refer to it; a reload changes
 * its numbers, and takes every permission from one that is gone.
 */
#include "answer/answer_internal.h"

#include "base/log.h"
#include "base/str16.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVICE_EMBEDDED "embedded"

/* The names of CONFIG_MAY_*, as the configuration spells them. */
static const struct {
    uint32_t bit;
    const char *name;
} may_names[] = {
    { CONFIG_MAY_ACCEPT, "accept" },     { CONFIG_MAY_INITIATE, "initiate" },
    { CONFIG_MAY_TOKEN, "token" },       { CONFIG_MAY_DELEGATE, "delegate" },
    { CONFIG_MAY_TCB, "tcb" },           { CONFIG_MAY_ADMIN, "admin" },
};

static struct answer_service *
service_by_name(struct answer_authority *a, const char *name)
{
    for (struct answer_service *s = a->services; s; s = s->next) {
        if (strcmp(s->lsa.name, name) == 0)
            return s;
    }
    return NULL;
}

static struct answer_service *
service_get(struct answer_authority *a, const char *name)
{
    struct answer_service *s = service_by_name(a, name);

    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    snprintf(s->lsa.name, sizeof(s->lsa.name), "%s", name);
    snprintf(s->lsa.section, sizeof(s->lsa.section), "%s", name);
    s->next = a->services;
    a->services = s;
    return s;
}

/* The packages that a service may use, as bits; unknown names are told, once a load. */
static uint32_t
service_packages(const struct answer_authority *a, const struct config_service *c)
{
    uint32_t bits = 0;

    if (c->package_count == 0)
        return ANSWER_ALL_PACKAGES;
    for (size_t i = 0; i < c->package_count; i++) {
        size_t units = 0;
        char16_t *name = str16_from_utf8_n(view_of(c->packages[i], strlen(c->packages[i])), &units);
        const struct lsa_package *p =
            name ? lsa_package_find(a->lsa, view_of(name, units * sizeof(*name))) : NULL;

        free(name);
        if (p)
            bits |= 1u << (lsa_package_info(p).id - 1);
        else
            log_warning("unknown_package", LOG_S("service", c->name),
                        LOG_S("package", c->packages[i]),
                        LOG_S("remedy", "`lsad --check` says which name is near"));
    }
    return bits;
}

static void
service_set(const struct answer_authority *a, struct answer_service *s,
            const struct config_service *c)
{
    atomic_store(&s->lsa.may, c->may);
    atomic_store(&s->lsa.max_contexts, c->max_contexts);
    /* Tokens outlive their contexts; a handle that leaked is found by this limit. */
    atomic_store(&s->lsa.max_tokens,
                 c->max_contexts > UINT32_MAX / 2 ? UINT32_MAX : 2 * c->max_contexts);
    atomic_store(&s->lsa.max_half_open, c->max_half_open);
    atomic_store(&s->lsa.max_credentials, c->max_credentials);
    atomic_store(&s->lsa.handshake_seconds, c->handshake_seconds);
    atomic_store(&s->lsa.failures_per_minute, c->failures_per_minute);
    atomic_store(&s->lsa.packages, service_packages(a, c));
}

/*
 * The one client of an embedded authority is the process itself: it holds the secrets anyhow (D20).
 */
static bool
service_load_embedded(struct answer_authority *a, const struct config *config)
{
    const struct config_service *own = config_service_of_uid(config, geteuid());
    const struct config_service all = {
        .may = CONFIG_MAY_ACCEPT | CONFIG_MAY_INITIATE | CONFIG_MAY_TOKEN | CONFIG_MAY_DELEGATE
               | CONFIG_MAY_TCB | CONFIG_MAY_ADMIN,
        .max_contexts = UINT32_MAX,
        .max_half_open = UINT32_MAX,
        .max_credentials = UINT32_MAX,
        .handshake_seconds = 24 * 60 * 60,
        .failures_per_minute = UINT32_MAX,
    };
    struct answer_service *s = service_get(a, SERVICE_EMBEDDED);

    if (!s)
        return false;
    service_set(a, s, &all);
    snprintf(s->lsa.section, sizeof(s->lsa.section), "%s", own ? own->name : "");
    return true;
}

static bool
service_is_configured(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->service_count; i++) {
        if (strcmp(config->services[i].name, name) == 0)
            return true;
    }
    return false;
}

bool
answer_services_load(struct answer_authority *a, const struct config *config)
{
    if (a->embedded)
        return service_load_embedded(a, config);
    /* Those that stay keep what they may meanwhile: their calls are being answered. */
    for (struct answer_service *s = a->services; s; s = s->next) {
        if (!service_is_configured(config, s->lsa.name)) {
            atomic_store(&s->lsa.may, 0);
            atomic_store(&s->lsa.packages, 0);
        }
    }
    for (size_t i = 0; i < config->service_count; i++) {
        struct answer_service *s = service_get(a, config->services[i].name);

        if (!s)
            return false;
        service_set(a, s, &config->services[i]);
    }
    return true;
}

void
answer_services_free(struct answer_authority *a)
{
    struct answer_service *s;

    while ((s = a->services)) {
        a->services = s->next;
        free(s);
    }
}

struct answer_service *
answer_service_find(struct answer_authority *a, const char *name, uint32_t uid)
{
    const struct config_service *c;

    if (a->embedded)
        return service_by_name(a, SERVICE_EMBEDDED);
    if (name)
        return service_by_name(a, name);
    c = config_service_of_uid(a->config, uid);
    return c ? service_by_name(a, c->name) : NULL;
}

bool
answer_service_check_may(struct answer_service *s, uint32_t may)
{
    uint32_t missing = may & ~atomic_load(&s->lsa.may);
    uint64_t held;

    if (missing == 0)
        return true;
    if (!log_gate_pass(&s->lsa.permission_gate, &held))
        return false;
    for (size_t i = 0; i < sizeof(may_names) / sizeof(may_names[0]); i++) {
        if (missing & may_names[i].bit)
            log_warning("not_permitted", LOG_S("service", s->lsa.name),
                        LOG_S("missing", may_names[i].name), LOG_N("not_logged", held),
                        LOG_S("remedy",
                              "add it to `may` in the section [service NAME] of this service"));
    }
    return false;
}

bool
answer_service_check_package(struct answer_service *s, const struct lsa_package *p)
{
    struct lsa_package_info info = lsa_package_info(p);
    uint64_t held;

    if (atomic_load(&s->lsa.packages) & (1u << (info.id - 1)))
        return true;
    if (log_gate_pass(&s->lsa.permission_gate, &held))
        log_warning("not_permitted", LOG_S("service", s->lsa.name), LOG_S("package", info.name),
                    LOG_N("not_logged", held),
                    LOG_S("remedy",
                          "add it to `packages` in the section [service NAME] of this service"));
    return false;
}
