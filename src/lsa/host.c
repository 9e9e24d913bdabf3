/*
 * The host extension (opensspi_host.h): what Windows's table has no slot for.
 * Built-in packages get their time, random bytes and settings here and from
 * nowhere else, so tests can replay the specifications' own vectors.
 */
#include "lsa/lsa_internal.h"

#include "base/filetime.h"
#include "base/log.h"
#include "crypto/crypto.h"

#include <stdlib.h>
#include <strings.h>

#define HOST_LOG_PAIRS_MAX 16

static const struct opensspi_host_clock host_clock = {
    .now = filetime_now,
    .boot_ms = filetime_boot_ms,
};

static const struct opensspi_host_random host_random = {
    .fill = crypto_random,
};

static const struct opensspi_host_names *
host_names(void)
{
    return &lsa_instance()->names;
}

static const struct opensspi_host_machine host_machine = {
    .names = host_names,
};

void
lsa_settings_free(struct lsa_settings *s)
{
    struct lsa_settings *older;

    for (; s; s = older) {
        older = s->older;
        for (size_t i = 0; i < s->count; i++) {
            free(s->v[i].service);
            free(s->v[i].package);
            free(s->v[i].key);
            free(s->v[i].value);
        }
        free(s);
    }
}

static bool
host_settings_copy(struct lsa_settings *s, const char *service, const struct config_settings *in)
{
    bool whole = true;

    for (size_t i = 0; i < in->count && whole; i++) {
        struct lsa_setting *out = &s->v[s->count++];

        out->service = service ? strdup(service) : NULL;
        out->package = strdup(in->v[i].package);
        out->key = strdup(in->v[i].key);
        out->value = strdup(in->v[i].value);
        whole = (out->service || !service) && out->package && out->key && out->value;
    }
    return whole;
}

static size_t
host_settings_count(const struct config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->package_count; i++)
        count += config->packages[i].settings.count;
    for (size_t i = 0; i < config->service_count; i++)
        count += config->services[i].settings.count;
    return count;
}

/* Older sets are kept: a reader may be in one, and reloads are rare. */
bool
lsa_settings_set(struct lsa *l, const struct config *config)
{
    struct lsa_settings *s = calloc(1, sizeof(*s) + host_settings_count(config) * sizeof(s->v[0]));
    bool whole = s != NULL;

    /* Services' first: the search ends at the first that fits. */
    for (size_t i = 0; i < config->service_count && whole; i++)
        whole = host_settings_copy(s, config->services[i].name, &config->services[i].settings);
    for (size_t i = 0; i < config->package_count && whole; i++)
        whole = host_settings_copy(s, NULL, &config->packages[i].settings);
    if (!whole) {
        lsa_settings_free(s);
        return false;
    }
    s->older = atomic_load(&l->settings);
    atomic_store(&l->settings, s);
    return true;
}

static bool
host_setting_is(const struct lsa_setting *s, const char *service, const char *package,
                const char *key)
{
    if (s->service && (!service || strcmp(s->service, service) != 0))
        return false;
    return strcmp(s->key, key) == 0 && strcasecmp(s->package, package) == 0;
}

static BOOLEAN
host_setting_get(const char *package, const char *key, char *out, size_t room)
{
    const struct lsa_settings *s = atomic_load(&lsa_instance()->settings);
    const struct lsa_call *call = lsa_call_current();
    const char *service = call ? call->client->service->name : NULL;

    for (size_t i = 0; s && i < s->count; i++) {
        size_t n = strlen(s->v[i].value);

        if (!host_setting_is(&s->v[i], service, package, key))
            continue;
        if (n >= room)
            return FALSE;
        memcpy(out, s->v[i].value, n + 1);
        return TRUE;
    }
    return FALSE;
}

static const struct opensspi_host_settings host_settings = {
    .get = host_setting_get,
};

static void
host_log_write(int level, const char *event, const char *const *pairs)
{
    struct log_field fields[HOST_LOG_PAIRS_MAX + 1];
    size_t n = 0;

    while (n < HOST_LOG_PAIRS_MAX && pairs && pairs[2 * n]) {
        fields[n] = LOG_S(pairs[2 * n], pairs[2 * n + 1]);
        n++;
    }
    fields[n] = (struct log_field){ .kind = LOG_KIND_END };
    if (level < LOG_ERROR || level > LOG_DEBUG)
        level = LOG_NOTICE;
    log_fields((enum log_level)level, event, fields);
}

static const struct opensspi_host_log host_log = {
    .write = host_log_write,
};

static NTSTATUS
host_call_formats(uint32_t *lowest, uint32_t *highest)
{
    const struct lsa_call *call = lsa_call_current();

    *lowest = call ? call->format_lowest : 0;
    *highest = call ? call->format_highest : 0;
    return call ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static const struct opensspi_host_call host_call = {
    .context_formats = host_call_formats,
};

static NTSTATUS
host_handle_close(HANDLE handle)
{
    return lsa_handle_close(handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

static const struct opensspi_host_handle host_handle = {
    .close = host_handle_close,
};

/* Every interface that there is, with its newest version. */
static const struct {
    const char *name;
    uint32_t version;
    const void *interface;
} interfaces[] = {
    { OPENSSPI_HOST_CLOCK, 1, &host_clock },
    { OPENSSPI_HOST_RANDOM, 1, &host_random },
    { OPENSSPI_HOST_MACHINE, 1, &host_machine },
    { OPENSSPI_HOST_SETTINGS, 1, &host_settings },
    { OPENSSPI_HOST_LOG, 1, &host_log },
    { OPENSSPI_HOST_CALL, 1, &host_call },
    { OPENSSPI_HOST_HANDLE, 1, &host_handle },
};

static const void *
host_query(const char *name, uint32_t version)
{
    for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++) {
        if (strcmp(interfaces[i].name, name) == 0)
            return interfaces[i].version >= version ? interfaces[i].interface : NULL;
    }
    return NULL;
}

const struct opensspi_host lsa_host = {
    .size = sizeof(struct opensspi_host),
    .version = OPENSSPI_HOST_VERSION,
    .query = host_query,
};
