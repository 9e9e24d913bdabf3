/*
 * scripted: a package that does what a test tells it and writes down what it was
 * given. The test finds the control block in the loaded module by dlsym.
 */
#ifndef TESTS_SCRIPTED_H
#define TESTS_SCRIPTED_H

#include "ntsecpkg.h"
#include "sspi.h"

#include "opensspi_host.h"

#include <stdbool.h>

#define SCRIPTED_BUFFERS 4
#define SCRIPTED_CONTROL "scripted_control"

/* What the package is to do at the next leg. */
struct scripted_answer {
    NTSTATUS status;
    LSA_SEC_HANDLE new_handle;      /* written unless keep_handle */
    bool keep_handle;
    ULONG attributes;
    int64_t expiry;
    BOOLEAN mapped;
    const char *context_data;       /* copied to the LSA heap; NULL: none */
    const char *token; /* written to the output TOKEN; NULL: the output is left alone */
    bool token_in_heap;             /* as with ALLOCATE_MEMORY: the package's own block */
    bool token_too_long;            /* says more than the room, or than its own block */
    bool data_too_long;             /* ContextData says more than its block */
    ULONG retype_input;             /* the last input buffer becomes this type ... */
    ULONG recount_input;            /* ... and this cbBuffer; 0: left alone */
    void (*inside)(void);           /* runs within the call */
};

/* What the package was given at the last leg. */
struct scripted_record {
    unsigned accepts, initiates, deletes, frees, acquires, applies, queries, sets;
    unsigned adds, credential_queries, credential_sets, passwords;
    unsigned initializes, ap_initializes, shutdowns, get_infos, extended;
    LSA_SEC_HANDLE credential, context, deleted, freed;
    bool input_is_null, output_is_null, data_is_null, mapped_is_null, expiry_is_null;
    ULONG input_version, input_count;
    struct {
        ULONG type, size;
        char bytes[64];
        const void *address;
    } input[SCRIPTED_BUFFERS], output[SCRIPTED_BUFFERS];
    ULONG requirements, data_rep;
    char16_t target[64];
    bool has_target;
    /* values of the out-parameters as the package found them */
    LSA_SEC_HANDLE new_handle_before;
    ULONG attributes_before;
    int64_t expiry_before;
    BOOLEAN mapped_before;
    SecBuffer data_before;
    /* from initialisation */
    const void *dispatch_table, *function_table, *parameters;
    ULONG_PTR package_id;
    ULONG lsa_version;
    char order[64];                 /* one letter a call of the start: L X A S G E */
    SECPKG_CALL_INFO call_info;
    BOOLEAN has_call_info;
    SECPKG_CLIENT_INFO client_info;
    ULONG acquire_use;
    LUID acquire_logon;
    char16_t added[32];             /* package named by AddCredentials */
    char16_t new_password[32];
    bool acquire_has_logon;
    unsigned logons_ended;
    LUID logon_ended;
};

struct scripted_control {
    struct scripted_answer next;
    struct scripted_record seen;
    NTSTATUS acquire_status;
    LSA_SEC_HANDLE acquire_handle;
    NTSTATUS query_status;
    NTSTATUS password_status;
    void (*inside_delete)(void);    /* runs within DeleteContext */
    LSA_SECPKG_FUNCTION_TABLE *lsa;
    const struct opensspi_host *host;
};

#endif
