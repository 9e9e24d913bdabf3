/* What the user half for tests (half.c) did: its module exports it as `half_state`. */
#ifndef UNIT_SSPI_HALF_H
#define UNIT_SSPI_HALF_H

#include "ntsecpkg.h"

#include <stdatomic.h>

#define HALF_CONTEXTS 64u
#define HALF_DATA 64u

struct half_context {
    LSA_SEC_HANDLE number;
    BOOLEAN live;
    ULONG size;
    UCHAR data[HALF_DATA];
    HANDLE token;               /* from ContextData "token=N", or by import */
};

struct half_state {
    unsigned initialized;       /* SpUserModeInitialize */
    unsigned instances;         /* SpInstanceInit */
    atomic_uint deleted;
    struct half_context contexts[HALF_CONTEXTS];
    unsigned count;
    PSECPKG_DLL_FUNCTIONS dll;
    NTSTATUS next;              /* returned once by the next InitUserModeContext, if not 0 */
    NTSTATUS on_delete;         /* what DeleteUserModeContext returns */
    BOOLEAN take_packed;        /* keeps PackedContext's block by setting pvBuffer NULL */
    PVOID taken;
    BOOLEAN close_token;        /* closes the token's handle in DeleteUserModeContext */
    BOOL closed;                /* what CloseHandle said */
    BOOLEAN slow;               /* MakeSignature waits for `go` */
    atomic_int in_call;
    atomic_int go;
};

#endif
