/*
 * What section headings and keys mean, by the table (config_table.c).
 *
 * Runs wherever the configuration is read. Trusts nothing in the files: an
 * unknown word is an error with the nearest one that is known, since a key
 * that is passed over in silence may be the one that restricts something.
 */
#include "config/config_load.h"
#include "config/config_near.h"

#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define LOAD_NAME_MAX 63            /* of a service or package */
#define LOAD_HEADING_MAX 96
#define LOAD_SETTINGS_MAX 64        /* of a package or a service */

int
load_fail(struct loader *l, int status, const char *format, ...)
{
    char reason[CONFIG_ERROR_MAX];
    va_list ap;

    if (l->status != 0)
        return l->status;
    va_start(ap, format);
    vsnprintf(reason, sizeof(reason), format, ap);
    va_end(ap);
    snprintf(l->error, CONFIG_ERROR_MAX, "%.200s:%u: %.290s", l->path, l->text.line, reason);
    l->status = status;
    return status;
}

/* ---- sections ---------------------------------------------------------- */

static void
load_section_unknown(struct loader *l, const char *word)
{
    struct config_near near = config_near_init(word);

    for (size_t i = 0; i < CONFIG_KINDS; i++)
        config_near_add(&near, config_sections[i].name);
    if (near.best != NULL)
        load_fail(l, -EINVAL, "unknown section [%s]; did you mean [%s]?", word, near.best);
    else
        load_fail(l, -EINVAL, "unknown section [%s]", word);
}

static bool
load_name_is_valid(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n > LOAD_NAME_MAX)
        return false;
    for (; *name != '\0'; name++) {
        bool plain = (*name >= '0' && *name <= '9') || (*name >= 'a' && *name <= 'z')
                     || (*name >= 'A' && *name <= 'Z');
        if (!plain && strchr(" ._-@", *name) == NULL)
            return false;
    }
    return true;
}

static int
load_named_package(struct loader *l, const char *name)
{
    struct config_package *p = config_package_find(l->c, name);

    if (p == NULL)
        p = config_package_add(l->c, name);
    if (p == NULL)
        return load_fail(l, -EINVAL, "[package %s]: too many packages, or no memory", name);
    l->index = (size_t)(p - l->c->packages);
    p->is_named = true;
    return 0;
}

static int
load_named_service(struct loader *l, const char *name)
{
    struct config_service *s = config_service_find(l->c, name);

    if (s == NULL)
        s = config_service_add(l->c, name);
    if (s == NULL)
        return load_fail(l, -EINVAL, "[service %s]: too many services, or no memory", name);
    l->index = (size_t)(s - l->c->services);
    return 0;
}

static int
load_named_realm(struct loader *l, const char *name)
{
    struct config_realm *r = config_realm_find(l->c, name);

    if (r == NULL)
        r = config_realm_add(l->c, name);
    if (r == NULL)
        return load_fail(l, -EINVAL, "[realm %s]: too many realms, or no memory", name);
    l->index = (size_t)(r - l->c->realms);
    return 0;
}

static void
load_section_open(struct loader *l, const char *name)
{
    const struct config_section *s = &config_sections[l->kind];

    if (!s->named && *name != '\0')
        load_fail(l, -EINVAL, "section [%s] takes no name", s->name);
    else if (s->named && *name == '\0')
        load_fail(l, -EINVAL, "section [%s] needs a name: [%s NAME]", s->name, s->name);
    else if (s->named && !load_name_is_valid(name))
        load_fail(l, -EINVAL, "the name of a %s has 1 to %d letters, digits, spaces or . _ - @",
                  s->name, LOAD_NAME_MAX);
    else if (l->kind == CONFIG_PACKAGE && !l->skip)
        load_named_package(l, name);
    else if (l->kind == CONFIG_SERVICE && !l->skip)
        load_named_service(l, name);
    else if (l->kind == CONFIG_REALM && !l->skip)
        load_named_realm(l, name);
}

void
load_section(struct loader *l, char *heading)
{
    char *word = heading + 1 + strspn(heading + 1, " \t");
    char *end = strchr(word, ']');
    char *name;

    if (end == NULL || strchr("#;", end[1 + strspn(end + 1, " \t")]) == NULL) {
        load_fail(l, -EINVAL, "a section heading is [NAME] and nothing else");
        return;
    }
    while (end > word && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    name = word + strcspn(word, " \t");
    if (*name != '\0') {
        *name++ = '\0';
        name += strspn(name, " \t");
    }
    for (l->kind = 0; l->kind < CONFIG_KINDS; l->kind++) {
        if (strcmp(config_sections[l->kind].name, word) == 0)
            break;
    }
    l->in_section = true;
    if (l->kind == CONFIG_KINDS) {
        load_section_unknown(l, word);
        return;
    }
    l->skip = l->authority_only && l->kind != CONFIG_AUTHORITY;
    load_section_open(l, name);
}

/* ---- keys -------------------------------------------------------------- */

static void *
load_object(struct loader *l)
{
    if (l->kind == CONFIG_PACKAGE)
        return &l->c->packages[l->index];
    if (l->kind == CONFIG_SERVICE)
        return &l->c->services[l->index];
    if (l->kind == CONFIG_REALM)
        return &l->c->realms[l->index];
    return l->c;
}

static int
load_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Remembers the key for this file; true: it was there before. */
static bool
load_is_repeated(struct loader *l, const char *key)
{
    char *mark = NULL;
    char **node;

    if (asprintf(&mark, "%d/%zu/%s", (int)l->kind, l->index, key) < 0) {
        load_fail(l, -ENOMEM, "no memory");
        return false;
    }
    node = tsearch(mark, &l->seen, load_compare);
    if (node == NULL)
        load_fail(l, -ENOMEM, "no memory");
    if (node != NULL && *node == mark)
        return false;
    free(mark);
    return node != NULL;
}

/* A key that another section has is misplaced, not misspelt. */
static const struct config_section *
load_other_section(const char *key)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].name, key) == 0)
            return &config_sections[config_keys[i].kind];
    }
    return NULL;
}

/* Whether this row is a setting of the package; NULL: of none. */
static bool
load_is_setting(const char *package, const struct config_package_key *p)
{
    return package != NULL && strcasecmp(package, p->package) == 0;
}

/* package: whose settings the key may be meant for; NULL: the section has no settings. */
static struct config_near
load_nearest(const struct loader *l, const char *package, const char *key)
{
    struct config_near near = config_near_init(key);
    /* A service's own keys are no slips of PACKAGE.SETTING. */
    bool own = package == NULL || l->kind == CONFIG_PACKAGE;

    for (size_t i = 0; i < config_key_count && own; i++) {
        if (config_keys[i].kind == l->kind)
            config_near_add(&near, config_keys[i].name);
    }
    for (size_t i = 0; i < config_package_key_count; i++) {
        if (load_is_setting(package, &config_package_keys[i]))
            config_near_add(&near, config_package_keys[i].key.name);
    }
    return near;
}

/* The heading of the section that is being read, without its brackets. */
static void
load_heading(const struct loader *l, char out[LOAD_HEADING_MAX])
{
    const char *name = l->kind == CONFIG_PACKAGE   ? l->c->packages[l->index].name
                       : l->kind == CONFIG_SERVICE ? l->c->services[l->index].name
                       : l->kind == CONFIG_REALM   ? l->c->realms[l->index].name
                                                   : "";

    snprintf(out, LOAD_HEADING_MAX, "%s%s%s", config_sections[l->kind].name,
             name[0] != '\0' ? " " : "", name);
}

static void
load_key_unknown(struct loader *l, const char *package, const char *key)
{
    char here[LOAD_HEADING_MAX];
    const struct config_section *other = load_other_section(key);
    struct config_near near = load_nearest(l, package, key);

    load_heading(l, here);
    if (other != NULL)
        load_fail(l, -EINVAL, "unknown key \"%s\" in [%s]; it belongs in [%s%s]", key, here,
                  other->name, other->named ? " NAME" : "");
    else if (near.best != NULL)
        load_fail(l, -EINVAL, "unknown key \"%s\" in [%s]; did you mean \"%s\"?", key, here,
                  near.best);
    else
        load_fail(l, -EINVAL, "unknown key \"%.64s\" in [%s]", key, here);
}

static bool
load_setting_is_valid(const char *key)
{
    size_t n = strlen(key);

    return n > 0 && n <= LOAD_NAME_MAX
           && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static struct config_setting *
load_setting_slot(struct config_settings *s, const char *package, const char *key)
{
    struct config_setting *more;

    for (size_t i = 0; i < s->count; i++) {
        if (strcasecmp(s->v[i].package, package) == 0 && strcmp(s->v[i].key, key) == 0)
            return &s->v[i];
    }
    if (s->count == LOAD_SETTINGS_MAX)
        return NULL;
    more = realloc(s->v, (s->count + 1) * sizeof(*more));
    if (more == NULL)
        return NULL;
    s->v = more;
    /* Counted before it is whole: config_free() then has it, whatever is missing. */
    more[s->count] = (struct config_setting){ strdup(package), strdup(key), NULL };
    s->count++;
    return more[s->count - 1].package == NULL || more[s->count - 1].key == NULL
               ? NULL : &more[s->count - 1];
}

/*
 * A key of a package that the table does not know is the package's own. One
 * slip away from a known key it is taken for a mistake: only the package
 * could tell later, and it need not. Of a package whose settings are in the
 * table there are no others.
 */
static int
load_setting_check(struct loader *l, const char *package, const char *key, const char *value)
{
    struct config_near near = load_nearest(l, package, key);
    bool known = near.best == NULL || near.distance > 1;
    char reason[CONFIG_ERROR_MAX];

    for (size_t i = 0; i < config_package_key_count; i++) {
        const struct config_key *k = &config_package_keys[i].key;
        if (!load_is_setting(package, &config_package_keys[i]))
            continue;
        known = false;
        if (strcmp(k->name, key) != 0)
            continue;
        if (config_value_check(k, value, reason, sizeof(reason)) != 0)
            return load_fail(l, -EINVAL, "%s", reason);
        return 0;
    }
    if (!known)
        load_key_unknown(l, package, key);
    return l->status;
}

static int
load_setting(struct loader *l, struct config_settings *to, const char *package, const char *key,
             const char *value)
{
    struct config_setting *s;
    char *copy;

    if (load_setting_check(l, package, key, value) != 0)
        return l->status;
    if (!load_setting_is_valid(key))
        return load_fail(l, -EINVAL, "a package's setting is named by at most %d of a-z, 0-9, _",
                         LOAD_NAME_MAX);
    s = load_setting_slot(to, package, key);
    copy = s == NULL ? NULL : strdup(value);
    if (copy == NULL)
        return load_fail(l, -EINVAL, "more than %d settings, or no memory", LOAD_SETTINGS_MAX);
    free(s->value);
    s->value = copy;
    return 0;
}

/* "PACKAGE.setting = value" in [service NAME]: the package's setting, for this service alone. */
static int
load_service_setting(struct loader *l, const char *key, const char *value)
{
    const char *dot = strrchr(key, '.');
    char package[LOAD_NAME_MAX + 1];

    if (snprintf(package, sizeof(package), "%.*s", (int)(dot - key), key) >= (int)sizeof(package)
        || !load_name_is_valid(package))
        return load_fail(l, -EINVAL, "\"%.64s\": expected PACKAGE.SETTING", key);
    return load_setting(l, &l->c->services[l->index].settings, package, dot + 1, value);
}

/* A key that the section's table does not have. */
static int
load_key_other(struct loader *l, const char *key, const char *value)
{
    struct config_package *p;

    if (l->kind == CONFIG_SERVICE)
        return load_service_setting(l, key, value);
    p = &l->c->packages[l->index];
    return load_setting(l, &p->settings, p->name, key, value);
}

int
load_key(struct loader *l, const char *key, const char *value)
{
    const struct config_key *k = config_key_find(l->kind, key);
    bool setting = l->kind == CONFIG_PACKAGE
                   || (l->kind == CONFIG_SERVICE && strchr(key, '.') != NULL);
    char reason[CONFIG_ERROR_MAX];
    int e;

    if (k == NULL && !setting) {
        load_key_unknown(l, NULL, key);
        return l->status;
    }
    if (load_is_repeated(l, key))
        return load_fail(l, -EINVAL, "\"%.64s\" was given before in this file", key);
    if (*value == '\0')
        return load_fail(l, -EINVAL, "\"%.64s\" has no value; for the default leave the line out",
                         key);
    if (k == NULL)
        return load_key_other(l, key, value);
    e = config_value_set(k, load_object(l), value, reason, sizeof(reason));
    return e == 0 ? 0 : load_fail(l, e, "%s", reason);
}
