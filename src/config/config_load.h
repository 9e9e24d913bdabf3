/*
 * The state of reading one configuration, shared by config_load.c (files and
 * lines) and config_parse.c (what sections and keys mean).
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/config_table.h"

struct loader {
    struct config *c;
    const char *path;               /* the file being read */
    struct config_text text;
    void *seen;                     /* tree of "section/key" of this file */
    bool authority_only;
    bool in_section, skip;
    enum config_kind kind;
    size_t index;                   /* of the package, service or realm */
    int status;                     /* the first failure */
    char *error;
};

/* Records the first failure, with file and line; returns it. */
int load_fail(struct loader *l, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* heading: the line from "[" on, modifiable. */
void load_section(struct loader *l, char *heading);
int load_key(struct loader *l, const char *key, const char *value);

#endif
