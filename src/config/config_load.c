/*
 * Reading configuration files: libinih splits lines into keys and values,
 * config_parse.c says what they mean.
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
#include "config/config_load.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LOAD_FILES_MAX 256          /* in conf.d */
#define LOAD_PATH_MAX 4096

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
    for (size_t i = 0; i < s->settings.count; i++) {
        if (config_package_find(l->c, s->settings.v[i].package) != NULL)
            continue;
        snprintf(l->error, CONFIG_ERROR_MAX,
                 "%.200s: [service %s]: %.64s.%.64s: there is no [package %.64s]", l->c->path,
                 s->name, s->settings.v[i].package, s->settings.v[i].key,
                 s->settings.v[i].package);
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
