/*
 * The authority's packages, as list_packages told: asked for once a session.
 * A list that was handed out stays valid for the process's life.
 */
#ifndef SSPI_PACKAGE_H
#define SSPI_PACKAGE_H

#include "sspi/process.h"

#define SSPI_PACKAGES_MAX 64u
#define SSPI_THUNKS_MAX 64u
#define SSPI_MODULE_NAME_MAX 64u

struct sspi_package {
    uint32_t id;
    uint32_t capabilities;
    uint16_t version, rpc_id;
    uint32_t max_token;
    uint32_t table_index;               /* of the user module's tables */
    struct view name, comment;          /* UTF-16 */
    char module[SSPI_MODULE_NAME_MAX];  /* "": no user half */
    uint32_t thunks[SSPI_THUNKS_MAX];   /* attributes that the LSA half answers */
    uint32_t thunk_count;
    _Atomic(struct sspi_user_half *) half;  /* user_half.c's cache */
};

struct sspi_package_list {
    struct sspi_package_list *older;
    size_t count;
    struct sspi_package packages[SSPI_PACKAGES_MAX];
    size_t n;                           /* of the message that the views point into */
    uint8_t bytes[];
};

/* The list of the session (0: of whichever serves now). *lost, unless NULL: it has ended. */
MUST_CHECK status_t sspi_package_list_get(struct sspi_process *p, uint64_t session,
                                          struct sspi_package_list **out, bool *lost);
/* NULL: none of this id. */
struct sspi_package *sspi_package_find(struct sspi_package_list *list, uint32_t id);
/* By NUL-terminated name, without regard to case. */
struct sspi_package *sspi_package_find_name(struct sspi_package_list *list, const char16_t *name);
/* Whether the LSA half answers this attribute of a mapped context (SecpkgContextThunks). */
bool sspi_package_has_thunk(const struct sspi_package *package, uint32_t attribute);

/* [a-z0-9-]*: a file name that cannot leave its folder. */
bool sspi_module_name_parse(struct view v, char out[SSPI_MODULE_NAME_MAX]);

/* Parses list_packages_rep.packages; the list owns a copy. For tests and fuzzers too. */
MUST_CHECK status_t sspi_package_list_parse(struct view packages, struct sspi_package_list **out);

/* count packages in one block, strings included: for one FreeContextBuffer. NULL: no memory. */
void *sspi_package_info_new(const struct sspi_package *const *packages, size_t count, bool ansi);

#endif
