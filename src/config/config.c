/*
 * The configuration as an object: making, freeing and asking it.
 *
 * Runs in the daemon, the embedded authority, the sspi command and libsspi.
 */
#include "config/config_table.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* Of each section the configuration may hold so many: it is read whole into memory. */
#define CONFIG_PACKAGES_MAX 64
#define CONFIG_SERVICES_MAX 1024
#define CONFIG_REALMS_MAX 1024
#define CONFIG_PASSWD_ROOM 16384        /* what an entry of the user database may take */
#define CONFIG_ROOT_STATE_DIR "/var/lib/opensspi-embedded"   /* never lsad's */

static const enum config_kind singles[] = { CONFIG_AUTHORITY, CONFIG_MACHINE, CONFIG_STORE };

struct config *
config_new(void)
{
    struct config *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++) {
        if (config_value_defaults(singles[i], c) != 0)
            goto out;
    }
    if (config_package_add(c, "NTLM") == NULL || config_package_add(c, "Kerberos") == NULL
        || config_package_add(c, "Negotiate") == NULL)
        goto out;
    return c;
out:
    config_free(c);
    return NULL;
}

int
config_self_add(struct config *c)
{
    struct config_service *self = config_service_add(c, CONFIG_SERVICE_SELF);

    if (self == NULL)
        return -ENOMEM;
    self->any_uid = true;
    self->may |= CONFIG_MAY_TOKEN | CONFIG_MAY_ADMIN;
    return 0;
}

struct config *
config_defaults(void)
{
    struct config *c = config_new();

    if (c == NULL)
        return NULL;
    c->mode = CONFIG_MODE_EMBEDDED;
    if (config_self_add(c) != 0) {
        config_free(c);
        return NULL;
    }
    return c;
}

static void
settings_wipe(struct config_settings *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->v[i].package);
        free(s->v[i].key);
        free(s->v[i].value);
    }
    free(s->v);
}

static void
package_wipe(struct config_package *p)
{
    settings_wipe(&p->settings);
    config_value_free(CONFIG_PACKAGE, p);
    free(p->name);
}

static void
service_wipe(struct config_service *s)
{
    settings_wipe(&s->settings);
    config_value_free(CONFIG_SERVICE, s);
    free(s->name);
}

static void
realm_wipe(struct config_realm *r)
{
    config_value_free(CONFIG_REALM, r);
    free(r->name);
}

void
config_free(struct config *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
        config_value_free(singles[i], c);
    for (size_t i = 0; i < c->package_count; i++)
        package_wipe(&c->packages[i]);
    for (size_t i = 0; i < c->service_count; i++)
        service_wipe(&c->services[i]);
    for (size_t i = 0; i < c->realm_count; i++)
        realm_wipe(&c->realms[i]);
    free(c->packages);
    free(c->services);
    free(c->realms);
    free(c->path);
    free(c);
}

/* The module is named after the package where that makes a file name; else it must be given. */
static int
package_name_module(struct config_package *p)
{
    char *s = strdup(p->name);

    if (s == NULL)
        return -1;
    for (char *c = s; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    if (config_value_is_module(s))
        p->module = s;
    else
        free(s);
    return 0;
}

struct config_package *
config_package_add(struct config *c, const char *name)
{
    struct config_package p = { .name = strdup(name) };
    struct config_package *more = NULL;

    if (p.name != NULL && c->package_count < CONFIG_PACKAGES_MAX)
        more = realloc(c->packages, (c->package_count + 1) * sizeof(*more));
    if (more != NULL)
        c->packages = more;
    if (more == NULL || config_value_defaults(CONFIG_PACKAGE, &p) != 0
        || package_name_module(&p) != 0) {
        package_wipe(&p);
        return NULL;
    }
    /*
     * NTLM's calls never block: no network, no name service. Kerberos's clients ask a KDC (D6),
     * and so do Negotiate's, by Kerberos.
     */
    if (strcasecmp(name, "NTLM") == 0)
        p.pool = CONFIG_POOL_FAST;
    else if (strcasecmp(name, "Kerberos") == 0 || strcasecmp(name, "Negotiate") == 0)
        p.pool = CONFIG_POOL_INITIATE;
    more[c->package_count] = p;
    return &more[c->package_count++];
}

struct config_service *
config_service_add(struct config *c, const char *name)
{
    struct config_service s = { .name = strdup(name) };
    struct config_service *more = NULL;

    if (s.name != NULL && c->service_count < CONFIG_SERVICES_MAX)
        more = realloc(c->services, (c->service_count + 1) * sizeof(*more));
    if (more != NULL)
        c->services = more;
    if (more == NULL || config_value_defaults(CONFIG_SERVICE, &s) != 0) {
        service_wipe(&s);
        return NULL;
    }
    more[c->service_count] = s;
    return &more[c->service_count++];
}

struct config_realm *
config_realm_add(struct config *c, const char *name)
{
    struct config_realm r = { .name = strdup(name) };
    struct config_realm *more = NULL;

    if (r.name != NULL && c->realm_count < CONFIG_REALMS_MAX)
        more = realloc(c->realms, (c->realm_count + 1) * sizeof(*more));
    if (more != NULL)
        c->realms = more;
    if (more == NULL || config_value_defaults(CONFIG_REALM, &r) != 0) {
        realm_wipe(&r);
        return NULL;
    }
    more[c->realm_count] = r;
    return &more[c->realm_count++];
}

struct config_package *
config_package_find(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->package_count; i++) {
        if (strcasecmp(c->packages[i].name, name) == 0)
            return &c->packages[i];
    }
    return NULL;
}

struct config_service *
config_service_find(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->service_count; i++) {
        if (strcmp(c->services[i].name, name) == 0)
            return &c->services[i];
    }
    return NULL;
}

/* Realms are told apart by case, as the protocol does. */
struct config_realm *
config_realm_find(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->realm_count; i++) {
        if (strcmp(c->realms[i].name, name) == 0)
            return &c->realms[i];
    }
    return NULL;
}

const char *
config_package_setting(const struct config *c, const char *package, const char *key)
{
    const struct config_package *p = config_package_find(c, package);

    for (size_t i = 0; p != NULL && i < p->settings.count; i++) {
        if (strcmp(p->settings.v[i].key, key) == 0)
            return p->settings.v[i].value;
    }
    return NULL;
}

static bool
service_has_uid(const struct config_service *s, uint32_t uid)
{
    for (size_t i = 0; i < s->uid_count; i++) {
        if (s->uids[i] == uid)
            return true;
    }
    return false;
}

const struct config_service *
config_service_of_uid(const struct config *c, uint32_t uid)
{
    const struct config_service *any = NULL;

    for (size_t i = 0; i < c->service_count; i++) {
        if (service_has_uid(&c->services[i], uid))
            return &c->services[i];
        if (any == NULL && c->services[i].any_uid)
            any = &c->services[i];
    }
    return any;
}

/* The home folder of the account that we run as: HOME may be missing, as in a service. */
static char *
private_home(void)
{
    const char *home = secure_getenv("HOME");
    struct passwd pw, *found = NULL;
    char *room, *copy = NULL;

    if (home != NULL && home[0] == '/')
        return strdup(home);
    room = malloc(CONFIG_PASSWD_ROOM);
    if (room != NULL && getpwuid_r(geteuid(), &pw, room, CONFIG_PASSWD_ROOM, &found) == 0
        && found != NULL)
        copy = strdup(found->pw_dir);
    free(room);
    return copy;
}

char *
config_private_state_dir(void)
{
    const char *xdg = secure_getenv("XDG_STATE_HOME");
    char *home, *path = NULL;
    int n;

    if (geteuid() == 0)
        return strdup(CONFIG_ROOT_STATE_DIR);
    if (xdg != NULL && xdg[0] == '/')
        return asprintf(&path, "%s/opensspi", xdg) < 0 ? NULL : path;
    home = private_home();
    n = home == NULL ? -1 : asprintf(&path, "%s/.local/state/opensspi", home);
    free(home);
    return n < 0 ? NULL : path;
}
