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
#define HOST_SETTINGS_FIRST 32

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
            free(s->v[i].name);
            free(s->v[i].key);
            free(s->v[i].value);
        }
        free(s->v);
        free(s);
    }
}

/* Of which section: section and its name; service: whose alone, or NULL. */
struct host_place {
    const char *section, *service, *name;
};

/* A setting that is not there is none: value may be NULL. */
static void
host_setting_add(struct lsa_settings *s, struct host_place place, const char *key,
                 const char *value)
{
    struct lsa_setting *out;

    if (!value)
        return;
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : HOST_SETTINGS_FIRST;
        struct lsa_setting *more = realloc(s->v, room * sizeof(*more));

        if (!more) {
            s->complete = false;
            return;
        }
        s->v = more;
        s->room = room;
    }
    out = &s->v[s->count++];
    *out = (struct lsa_setting){ place.section, place.service ? strdup(place.service) : NULL,
                                 strdup(place.name), strdup(key), strdup(value) };
    if ((!out->service && place.service) || !out->name || !out->key || !out->value)
        s->complete = false;
}

static void
host_settings_copy(struct lsa_settings *s, const char *service, const struct config_settings *in)
{
    for (size_t i = 0; i < in->count; i++)
        host_setting_add(s, (struct host_place){ OPENSSPI_HOST_SECTION_PACKAGE, service,
                                                 in->v[i].package },
                         in->v[i].key, in->v[i].value);
}

/* Services' settings of packages first: the search ends at the first that fits. */
static void
host_settings_fill(struct lsa_settings *s, const struct config *config)
{
    for (size_t i = 0; i < config->service_count; i++) {
        const struct config_service *c = &config->services[i];
        const struct host_place place = { OPENSSPI_HOST_SECTION_SERVICE, NULL, c->name };

        host_settings_copy(s, c->name, &c->settings);
        host_setting_add(s, place, "keytab", c->keytab);
        host_setting_add(s, place, "principals", c->principals);
    }
    for (size_t i = 0; i < config->package_count; i++)
        host_settings_copy(s, NULL, &config->packages[i].settings);
    for (size_t i = 0; i < config->realm_count; i++) {
        const struct config_realm *r = &config->realms[i];
        const struct host_place place = { OPENSSPI_HOST_SECTION_REALM, NULL, r->name };

        host_setting_add(s, place, "sid", r->sid);
        host_setting_add(s, place, "accounts", r->accounts);
    }
    host_setting_add(s, (struct host_place){ OPENSSPI_HOST_SECTION_STORE, NULL, "" },
                     "state_dir", config->state_dir);
}

/* Older sets are kept: a reader may be in one, and reloads are rare. */
bool
lsa_settings_set(struct lsa *l, const struct config *config)
{
    struct lsa_settings *s = calloc(1, sizeof(*s));

    if (!s)
        return false;
    s->complete = true;
    host_settings_fill(s, config);
    if (!s->complete) {
        lsa_settings_free(s);
        return false;
    }
    s->older = atomic_load(&l->settings);
    s->generation = s->older ? s->older->generation + 1 : 1;
    atomic_store(&l->settings, s);
    return true;
}

/* Only the names of packages are without regard to case. */
static bool
host_setting_is(const struct lsa_setting *s, struct host_place place, const char *key)
{
    bool package = strcmp(place.section, OPENSSPI_HOST_SECTION_PACKAGE) == 0;

    if (s->service && (!place.service || strcmp(s->service, place.service) != 0))
        return false;
    return strcmp(s->key, key) == 0 && strcmp(s->section, place.section) == 0
           && (package ? strcasecmp(s->name, place.name) : strcmp(s->name, place.name)) == 0;
}

static BOOLEAN
host_section_get(const char *section, const char *name, const char *key, char *out, size_t room)
{
    const struct lsa_settings *s = atomic_load(&lsa_instance()->settings);
    const struct lsa_call *call = lsa_call_current();
    const struct host_place place = { section, call ? call->client->service->section : NULL,
                                      name };

    for (size_t i = 0; s && i < s->count; i++) {
        size_t n = strlen(s->v[i].value);

        if (!host_setting_is(&s->v[i], place, key))
            continue;
        if (n >= room)
            return FALSE;
        memcpy(out, s->v[i].value, n + 1);
        return TRUE;
    }
    return FALSE;
}

static BOOLEAN
host_setting_get(const char *package, const char *key, char *out, size_t room)
{
    return host_section_get(OPENSSPI_HOST_SECTION_PACKAGE, package, key, out, room);
}

static uint32_t
host_settings_generation(void)
{
    const struct lsa_settings *s = atomic_load(&lsa_instance()->settings);

    return s ? s->generation : 0;
}

static const struct opensspi_host_settings host_settings = {
    .get = host_setting_get,
    .section_get = host_section_get,
    .generation = host_settings_generation,
};

static void
host_log_write(int level, const char *event, const char *const *pairs)
{
    const struct lsa_call *call = lsa_call_current();
    struct log_field fields[HOST_LOG_PAIRS_MAX + 2];
    size_t n = 0, more = 0;

    /* Whose call it is: most of these lines are about what one service should have set. */
    if (call && call->client)
        fields[n++] = LOG_S("service", call->client->service->name);
    while (more < HOST_LOG_PAIRS_MAX && pairs && pairs[2 * more]) {
        fields[n++] = LOG_S(pairs[2 * more], pairs[2 * more + 1]);
        more++;
    }
    fields[n] = (struct log_field){ .kind = LOG_KIND_END };
    if (level < LOG_ERROR || level > LOG_DEBUG)
        level = LOG_NOTICE;
    log_fields((enum log_level)level, event, fields);
}

static const struct opensspi_host_log host_log = {
    .write = host_log_write,
};

static void
host_counter_add(const char *package, const char *counter)
{
    const struct lsa_call *call = lsa_call_current();

    lsa_counter_add(lsa_instance(), call && call->client ? call->client->service : NULL, package,
                    counter);
}

static const struct opensspi_host_counters host_counters = {
    .add = host_counter_add,
};

static NTSTATUS
host_call_formats(uint32_t *lowest, uint32_t *highest)
{
    const struct lsa_call *call = lsa_call_current();

    *lowest = call ? call->format_lowest : 0;
    *highest = call ? call->format_highest : 0;
    return call ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static NTSTATUS
host_call_service(char *out, size_t room)
{
    const struct lsa_call *call = lsa_call_current();
    size_t n;

    if (!call || !call->client)
        return STATUS_UNSUCCESSFUL;
    n = strlen(call->client->service->section);
    if (n >= room)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(out, call->client->service->section, n + 1);
    return STATUS_SUCCESS;
}

static NTSTATUS
host_call_peer(char *out, size_t room)
{
    const struct lsa_call *call = lsa_call_current();
    struct view peer = call ? call->peer_address : view_of(NULL, 0);

    if (!call)
        return STATUS_UNSUCCESSFUL;
    if (peer.n >= room)
        return STATUS_BUFFER_TOO_SMALL;
    if (peer.n)
        memcpy(out, peer.p, peer.n);
    out[peer.n] = '\0';
    return STATUS_SUCCESS;
}

static BOOLEAN
host_call_may(uint32_t may)
{
    const struct lsa_call *call = lsa_call_current();

    return call && call->client && (atomic_load(&call->client->service->may) & may);
}

static BOOLEAN
host_call_may_delegate(void)
{
    return host_call_may(CONFIG_MAY_DELEGATE);
}

static BOOLEAN
host_call_may_token(void)
{
    return host_call_may(CONFIG_MAY_TOKEN);
}

static const struct opensspi_host_call host_call = {
    .context_formats = host_call_formats,
    .service = host_call_service,
    .peer = host_call_peer,
    .may_delegate = host_call_may_delegate,
    .may_token = host_call_may_token,
};

static NTSTATUS
host_handle_close(HANDLE handle)
{
    return lsa_handle_close(handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

static const struct opensspi_host_handle host_handle = {
    .close = host_handle_close,
};

static NTSTATUS
host_revert(void)
{
    return lsa_revert() ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static const struct opensspi_host_impersonation host_impersonation = {
    .revert = host_revert,
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
    { OPENSSPI_HOST_SETTINGS, 2, &host_settings },
    { OPENSSPI_HOST_LOG, 1, &host_log },
    { OPENSSPI_HOST_COUNTERS, 1, &host_counters },
    { OPENSSPI_HOST_CALL, 5, &host_call },
    { OPENSSPI_HOST_HANDLE, 1, &host_handle },
    { OPENSSPI_HOST_IMPERSONATION, 1, &host_impersonation },
    { OPENSSPI_HOST_PASSWORD, 1, &lsa_host_password },
    { OPENSSPI_HOST_CLIENT, 2, &lsa_host_client },
    { OPENSSPI_HOST_PACKAGES, 2, &lsa_host_packages },
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
