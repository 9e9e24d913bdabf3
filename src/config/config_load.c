/*
 * Reading configuration files: libinih splits lines into keys and values, the
 * table (config_table.c) says what they mean.
 *
 * libinih cuts long lines and long section names, joins indented lines to the
 * key before and does not report empty sections, all of it silently. So the
 * lines come from a reader of ours that counts them, takes section headings
 * itself, strips indentation and refuses what would be cut. (Its settings are
 * global variables that the application may use for itself: they are left
 * alone.)
 *
 * Runs wherever the configuration is read. Trusts nothing in the files.
 */
#include "config/config_near.h"
#include "config/config_table.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#define LOAD_NAME_MAX 63            /* of a service or package */
#define LOAD_SETTINGS_MAX 64        /* of a package */
#define LOAD_FILES_MAX 256          /* in conf.d */
#define LOAD_PATH_MAX 4096

struct loader {
    struct config *c;
    const char *path;               /* the file being read */
    struct config_text text;
    void *seen;                     /* tree of "section/key" of this file */
    bool authority_only;
    bool in_section, skip;
    enum config_kind kind;
    size_t index;                   /* of the package or service */
    int status;                     /* the first failure */
    char *error;
};

/* Records the first failure, with file and line. */
static int __attribute__((format(printf, 3, 4)))
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
}

/* heading: the line from "[" on, modifiable. */
static void
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

/* Whether this row is a setting of the package whose section is being read. */
static bool
load_is_setting(const struct loader *l, const struct config_package_key *p)
{
    return l->kind == CONFIG_PACKAGE
           && strcasecmp(l->c->packages[l->index].name, p->package) == 0;
}

static struct config_near
load_nearest(const struct loader *l, const char *key)
{
    struct config_near near = config_near_init(key);

    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].kind == l->kind)
            config_near_add(&near, config_keys[i].name);
    }
    for (size_t i = 0; i < config_package_key_count; i++) {
        if (load_is_setting(l, &config_package_keys[i]))
            config_near_add(&near, config_package_keys[i].key.name);
    }
    return near;
}

static void
load_key_unknown(struct loader *l, const char *key)
{
    const char *here = config_sections[l->kind].name;
    const struct config_section *other = load_other_section(key);
    struct config_near near = load_nearest(l, key);

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
load_setting_slot(struct config_package *p, const char *key)
{
    struct config_setting *more;

    for (size_t i = 0; i < p->setting_count; i++) {
        if (strcmp(p->settings[i].key, key) == 0)
            return &p->settings[i];
    }
    if (p->setting_count == LOAD_SETTINGS_MAX)
        return NULL;
    more = realloc(p->settings, (p->setting_count + 1) * sizeof(*more));
    if (more == NULL)
        return NULL;
    p->settings = more;
    more[p->setting_count] = (struct config_setting){ strdup(key), NULL };
    return more[p->setting_count].key == NULL ? NULL : &more[p->setting_count++];
}

/*
 * A key of a package that the table does not know is the package's own. One
 * slip away from a known key it is taken for a mistake: only the package
 * could tell later, and it need not. Of a package whose settings are in the
 * table there are no others.
 */
static int
load_setting_check(struct loader *l, const char *key, const char *value)
{
    struct config_near near = load_nearest(l, key);
    bool known = near.best == NULL || near.distance > 1;
    char reason[CONFIG_ERROR_MAX];
    bool parsed;

    for (size_t i = 0; i < config_package_key_count; i++) {
        const struct config_key *k = &config_package_keys[i].key;
        if (!load_is_setting(l, &config_package_keys[i]))
            continue;
        known = false;
        if (strcmp(k->name, key) != 0)
            continue;
        if (config_value_set(k, &parsed, value, reason, sizeof(reason)) != 0)
            return load_fail(l, -EINVAL, "%s", reason);
        return 0;
    }
    if (!known)
        load_key_unknown(l, key);
    return l->status;
}

static int
load_setting(struct loader *l, const char *key, const char *value)
{
    struct config_setting *s;
    char *copy;

    if (load_setting_check(l, key, value) != 0)
        return l->status;
    if (!load_setting_is_valid(key))
        return load_fail(l, -EINVAL, "a package's setting is named by at most %d of a-z, 0-9, _",
                         LOAD_NAME_MAX);
    s = load_setting_slot(&l->c->packages[l->index], key);
    copy = s == NULL ? NULL : strdup(value);
    if (copy == NULL)
        return load_fail(l, -EINVAL, "more than %d settings, or no memory", LOAD_SETTINGS_MAX);
    free(s->value);
    s->value = copy;
    return 0;
}

static int
load_key(struct loader *l, const char *key, const char *value)
{
    const struct config_key *k = config_key_find(l->kind, key);
    char reason[CONFIG_ERROR_MAX];
    int e;

    if (k == NULL && l->kind != CONFIG_PACKAGE) {
        load_key_unknown(l, key);
        return l->status;
    }
    if (load_is_repeated(l, key))
        return load_fail(l, -EINVAL, "\"%.64s\" was given before in this file", key);
    if (*value == '\0')
        return load_fail(l, -EINVAL, "\"%.64s\" has no value; for the default leave the line out",
                         key);
    if (k == NULL)
        return load_setting(l, key, value);
    e = config_value_set(k, load_object(l), value, reason, sizeof(reason));
    return e == 0 ? 0 : load_fail(l, e, "%s", reason);
}

/* ---- libinih's two callbacks ------------------------------------------- */

static int
load_on_value(void *user, const char *section, const char *key, const char *value)
{
    struct loader *l = user;

    (void)section;      /* may be cut: load_section() has kept its own */
    if (l->status != 0)
        return 0;
    if (!l->in_section)
        load_fail(l, -EINVAL, "\"%.64s\" stands before the first [section]", key);
    else if (!l->skip)
        load_key(l, key, value);
    return l->status == 0;
}

/* fgets() for libinih: one call, one line, so that its count is ours. */
static char *
load_on_line(char *out, int room, void *user)
{
    struct loader *l = user;
    struct view line;

    if (l->status != 0 || !config_text_line(&l->text, &line))
        return NULL;
    if (line.n > 0 && (line.p[0] == ';' || line.p[0] == '#'))
        line.n = 0;
    if (room < 3 || line.n > (size_t)room - 3) {
        load_fail(l, -EINVAL, "line longer than %d bytes", room - 3);
        return NULL;
    }
    memcpy(out, line.p, line.n);
    memcpy(out + line.n, "\n", 2);
    if (line.n > 0 && line.p[0] == '[') {
        out[line.n] = '\0';
        load_section(l, out);
        memcpy(out, "\n", 2);
    }
    return out;
}

/* ---- files ------------------------------------------------------------- */

static int
load_file(struct loader *l, const char *path)
{
    int e, line;

    l->path = path;
    l->in_section = l->skip = false;
    e = config_text_read(path, &l->text, l->error);
    if (e != 0)
        return l->status = e;
    line = ini_parse_stream(load_on_line, l, load_on_value, l);
    if (line > 0 && (l->status == 0 || (unsigned)line < l->text.line)) {
        l->status = 0;
        l->text.line = (unsigned)line;
        load_fail(l, -EINVAL, "expected KEY = VALUE or [SECTION]");
    } else if (line < 0) {
        load_fail(l, -ENOMEM, "no memory");
    }
    config_text_free(&l->text);
    tdestroy(l->seen, free);
    l->seen = NULL;
    return l->status;
}

static int
load_is_dropin(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".conf") == 0;
}

/* In order of bytes, not of the locale: the order decides which file wins. */
static int
load_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int
load_dropin(struct loader *l, const char *dir, const char *name)
{
    char path[LOAD_PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path)) {
        snprintf(l->error, CONFIG_ERROR_MAX, "%.300s: path too long", dir);
        return l->status = -ENAMETOOLONG;
    }
    load_file(l, path);
    /* Only a missing main file may look like "no configuration" (D19). */
    if (l->status == -ENOENT)
        l->status = -EIO;
    return l->status;
}

static int
load_folder(struct loader *l, const char *dir)
{
    struct dirent **list = NULL;
    int n = scandir(dir, &list, load_is_dropin, load_order);

    if (n < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (n < 0) {
        l->status = -errno;
        snprintf(l->error, CONFIG_ERROR_MAX, "%.300s: cannot read: %s", dir, strerror(errno));
    } else if (n > LOAD_FILES_MAX) {
        l->status = -EINVAL;
        snprintf(l->error, CONFIG_ERROR_MAX, "%.300s: more than %d files", dir, LOAD_FILES_MAX);
    }
    for (int i = 0; i < n; i++) {
        if (l->status == 0)
            load_dropin(l, dir, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    return l->status;
}

static int
load_all(struct loader *l, const char *path)
{
    char dir[LOAD_PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? 0 : (int)(slash - path) + 1;
    struct stat st;

    if (load_file(l, path) == -ENOENT && lstat(path, &st) == 0)
        l->status = -EIO;       /* a link to nowhere: configuration that is there, broken */
    if (l->status != 0)
        return l->status;
    if (snprintf(dir, sizeof(dir), "%.*sconf.d", n, path) >= (int)sizeof(dir))
        return l->status = -ENAMETOOLONG;
    return load_folder(l, dir);
}

/* ---- what no single key can tell --------------------------------------- */

static bool
load_socket_is_taken(const struct config *c, size_t index)
{
    const char *path = c->services[index].listen;

    if (strcmp(path, c->socket) == 0)
        return true;
    for (size_t i = 0; i < index; i++) {
        if (c->services[i].listen != NULL && strcmp(c->services[i].listen, path) == 0)
            return true;
    }
    return false;
}

static int
load_check_service(struct loader *l, size_t index)
{
    const struct config_service *s = &l->c->services[index];

    if (s->listen == NULL && s->uid_count == 0 && !s->any_uid) {
        snprintf(l->error, CONFIG_ERROR_MAX,
                 "%.200s: [service %s]: give `uid =` or `listen =`, or nobody can be it",
                 l->c->path, s->name);
        return -EINVAL;
    }
    if (s->listen != NULL && load_socket_is_taken(l->c, index)) {
        snprintf(l->error, CONFIG_ERROR_MAX,
                 "%.200s: [service %s]: listen = %.107s is in use already", l->c->path, s->name,
                 s->listen);
        return -EINVAL;
    }
    return 0;
}

static int
load_check(struct loader *l)
{
    for (size_t i = 0; i < l->c->service_count && l->status == 0; i++)
        l->status = load_check_service(l, i);
    for (size_t i = 0; i < l->c->package_count && l->status == 0; i++) {
        if (!l->c->packages[i].enabled || l->c->packages[i].module != NULL)
            continue;
        snprintf(l->error, CONFIG_ERROR_MAX, "%.200s: [package %s]: give `module =`",
                 l->c->path, l->c->packages[i].name);
        l->status = -EINVAL;
    }
    if (l->status == 0 && l->c->mode == CONFIG_MODE_EMBEDDED && l->c->service_count == 0)
        l->status = config_self_add(l->c);
    return l->status;
}

static int
load_start(const char *path, bool authority_only, struct config **out,
           char error[CONFIG_ERROR_MAX])
{
    struct loader l = { .error = error, .authority_only = authority_only };

    *out = NULL;
    error[0] = '\0';
    if (path == NULL)
        path = CONFIG_DEFAULT_PATH;
    l.c = config_new();
    if (l.c != NULL)
        l.c->path = strdup(path);
    if (l.c == NULL || l.c->path == NULL)
        l.status = -ENOMEM;
    if (l.status == 0 && load_all(&l, path) == 0 && !authority_only)
        load_check(&l);
    if (l.status != 0) {
        if (error[0] == '\0')
            snprintf(error, CONFIG_ERROR_MAX, "%.300s: %s", path, strerror(-l.status));
        config_free(l.c);
        return l.status;
    }
    *out = l.c;
    return 0;
}

int
config_load(const char *path, struct config **out, char error[CONFIG_ERROR_MAX])
{
    return load_start(path, false, out, error);
}

int
config_load_authority(const char *path, struct config **out, char error[CONFIG_ERROR_MAX])
{
    return load_start(path, true, out, error);
}
