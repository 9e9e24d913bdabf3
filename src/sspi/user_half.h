/*
 * User halves: the part of a package that runs here, by the contract of
 * SpUserModeInitialize. A module is loaded from the folder of modules only, by
 * a checked name.
 */
#ifndef SSPI_USER_HALF_H
#define SSPI_USER_HALF_H

#include "sspi/number_set.h"
#include "sspi/package.h"

#include "ntsecpkg.h"

struct sspi_user_half {
    struct sspi_user_half *next;
    char module[SSPI_MODULE_NAME_MAX];
    uint32_t table_index;
    PSECPKG_USER_FUNCTION_TABLE tables;     /* all of the module's, as it gave them */
    ULONG table_count, version;
    bool usable;                            /* false: it failed to load, and is not tried again */
    SECPKG_USER_FUNCTION_TABLE table;       /* slots beyond its version are NULL */
    uint32_t format_lowest, format_highest; /* of ContextData; 0: the module does not say */
    char provider[SSPI_MODULE_NAME_MAX];    /* module that has users' own credentials; "": none */

    pthread_mutex_t lock;
    struct sspi_number_set numbers;         /* context numbers that are in use */
};

/* A module of the folder of modules, by its checked name; never unloaded. NULL: logged. */
void *sspi_module_open(const struct sspi_process *p, const char *name);

/* Loaded on first use. NULL: the package has none, or it cannot be loaded (logged once). */
struct sspi_user_half *sspi_user_half_get(struct sspi_process *p, struct sspi_package *package);

/*
 * Reserves the number that the user half will know a new context by: the package's
 * own, or a surrogate where that is in use (D7). False: no memory.
 */
bool sspi_user_half_reserve(struct sspi_user_half *h, LSA_SEC_HANDLE wanted,
                            LSA_SEC_HANDLE *number);
/* Reserves a number that the user half chose itself. False: in use, or no memory. */
bool sspi_user_half_claim(struct sspi_user_half *h, LSA_SEC_HANDLE number);
void sspi_user_half_release(struct sspi_user_half *h, LSA_SEC_HANDLE number);

/* Takes a table array as SpUserModeInitialize gave it: for tests, too. */
MUST_CHECK bool sspi_user_half_table(const SECPKG_USER_FUNCTION_TABLE *tables, ULONG count,
                                     ULONG version, uint32_t index,
                                     SECPKG_USER_FUNCTION_TABLE *out);

#endif
