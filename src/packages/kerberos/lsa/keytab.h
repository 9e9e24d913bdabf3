/* keytab.h: the format of keytab files, as MIT, Heimdal and Samba write them. */
#ifndef KRB_LSA_KEYTAB_H
#define KRB_LSA_KEYTAB_H

#include "base/view.h"

#define KEYTAB_COMPONENTS_MAX 8
/* A whole file; 4096 entries of the usual size are a quarter of a MiB. */
#define KEYTAB_BYTES_MAX (16u * 1024 * 1024)

/* All views are into the file. */
struct keytab_entry {
    struct view realm;
    struct view component[KEYTAB_COMPONENTS_MAX];
    unsigned component_count;
    uint32_t name_type;
    uint32_t kvno;
    int32_t enctype;
    struct view key;                /* secret */
};

/*
 * Calls each(entry, arg) for every entry; it returns 0 to go on. Nothing is called
 * before the whole file has been read: a torn file yields no entry.
 * SEC_E_INVALID_TOKEN: not a keytab, cut short, or beyond a limit; *at is the
 * offset of the entry that is wrong.
 */
MUST_CHECK status_t keytab_parse(struct view file,
                                 status_t (*each)(const struct keytab_entry *entry, void *arg),
                                 void *arg, size_t *at);

#endif
