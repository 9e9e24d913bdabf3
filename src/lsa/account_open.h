/*
 * The state of opening a store, shared by account_open.c (folder, files, key)
 * and account_schema.c (what must be in the database).
 */
#ifndef LSA_ACCOUNT_OPEN_H
#define LSA_ACCOUNT_OPEN_H

#include "lsa/account_store.h"

/* What opening needs beside the store itself. */
struct opener {
    struct account_store *s;
    const struct account_store_options *options;
    char key_path[ACCOUNT_PATH_MAX];
    bool fresh;                         /* there was no store: it is being made */
    char *error;
};

/* Says what is wrong with path; always false. */
bool open_fail(struct opener *o, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Opens the database, makes the tables of a fresh one, checks those of an old one. */
bool open_db(struct opener *o);

#endif
