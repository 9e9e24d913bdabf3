/*
 * The reference of all keys, from the table, as the body of a manual page
 * (man macros): opensspi.conf(5) contains these lines, and a test compares.
 *
 * Runs where somebody asks for it: `lsad --help-config` and the tests.
 */
#include "config/config_table.h"

#include <stdio.h>

#define DESCRIBE_LINE_MAX 512

struct describer {
    void (*line)(const char *text, void *arg);
    void *arg;
};

/* In man source "-" may become a hyphen that cannot be searched for; "\-" is the sign itself. */
static void
describe_escape(const char *in, char *out, size_t room)
{
    size_t n = 0;

    for (; *in != '\0' && n + 3 < room; in++) {
        if (*in == '-' || *in == '\\')
            out[n++] = '\\';
        out[n++] = *in;
    }
    out[n] = '\0';
}

static void
describe_put(const struct describer *d, const char *text)
{
    char escaped[DESCRIBE_LINE_MAX];

    describe_escape(text, escaped, sizeof(escaped));
    d->line(escaped, d->arg);
}

static void
describe_key(const struct describer *d, const struct config_key *k)
{
    char range[DESCRIBE_LINE_MAX / 2], text[DESCRIBE_LINE_MAX];
    const char *fallback = k->shown != NULL ? k->shown : k->fallback;

    d->line(".TP", d->arg);
    snprintf(text, sizeof(text), ".B %s", k->name);
    describe_put(d, text);
    snprintf(text, sizeof(text), "%s.", k->doc);
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    describe_put(d, text);
    config_key_range(k, range, sizeof(range));
    snprintf(text, sizeof(text), "Takes %s. Default: %s.", range, fallback);
    describe_put(d, text);
}

/* Rows of one package stand together in their table; each package has a heading. */
static void
describe_settings(const struct describer *d)
{
    const char *before = "";
    char text[DESCRIBE_LINE_MAX];

    for (size_t i = 0; i < config_package_key_count; i++) {
        const struct config_package_key *p = &config_package_keys[i];
        if (strcmp(before, p->package) != 0) {
            snprintf(text, sizeof(text), ".SS [package %s]", p->package);
            describe_put(d, text);
            snprintf(text, sizeof(text), "Further settings of %s.", p->package);
            describe_put(d, text);
        }
        before = p->package;
        describe_key(d, &p->key);
    }
}

void
config_describe(void (*line)(const char *text, void *arg), void *arg)
{
    struct describer d = { line, arg };
    char text[DESCRIBE_LINE_MAX];

    for (enum config_kind kind = 0; kind < CONFIG_KINDS; kind++) {
        const struct config_section *s = &config_sections[kind];
        snprintf(text, sizeof(text), ".SS [%s%s]", s->name, s->named ? " NAME" : "");
        describe_put(&d, text);
        describe_put(&d, s->doc);
        for (size_t i = 0; i < config_key_count; i++) {
            if (config_keys[i].kind == kind)
                describe_key(&d, &config_keys[i]);
        }
        if (kind == CONFIG_PACKAGE)
            describe_settings(&d);
    }
}
