/*
 * user_half.h: what the user halves of NTLM and Kerberos have in common: the
 * application's allocator, contexts in secret memory by the LSA half's
 * numbers, and their life from SpInitUserModeContext or SpImportSecurityContext
 * to SpDeleteUserModeContext.
 */
#ifndef PACKAGES_COMMON_USER_HALF_H
#define PACKAGES_COMMON_USER_HALF_H

#include "packages/common/context_map.h"

#include "ntsecpkg.h"

/* ContextData, alone or in an exported context: names, and what came of a token of 64 KiB. */
#define USER_CONTEXT_DATA_MAX (80u * 1024)
#define USER_EXPORT_MAX (USER_CONTEXT_DATA_MAX + 4096u)

/*
 * The first member of a package's context. In secret memory, which the kernel
 * zeroes in a forked child (D3), where the contexts are dead: a context whose
 * magic is gone is none.
 */
struct user_context {
    struct context_entry entry;         /* first: the map knows only this */
    uint32_t magic;
    bool imported;                      /* the LSA half does not know it */
    uint64_t token;                     /* handle in the application; 0: none */
    pthread_mutex_t send_lock, receive_lock;    /* one thread may send while another receives */
};

/* One a package. */
struct user_half {
    void (*wipe)(struct user_context *c);   /* what lies outside of the context; NULL: nothing */
    void (*free_entry)(struct context_entry *e);    /* user_context_free() by the package's half */
    const SECPKG_DLL_FUNCTIONS *dll;        /* NULL: not started */
    pthread_mutex_t start_lock;
    struct context_map contexts;
};

/* SpInstanceInit: a second call (the module is loaded again) brings a new allocator only. */
NTSTATUS user_half_start(struct user_half *h, PSECPKG_DLL_FUNCTIONS functions,
                         PVOID *user_functions);
bool user_half_is_started(const struct user_half *h);

/* SECPKG_DLL_FUNCTIONS.AllocateHeap: what the application frees by FreeContextBuffer. */
void *user_half_allocate(const struct user_half *h, size_t n);
/* Gives such memory back; NULL is fine. */
void user_half_release(const struct user_half *h, void *p);

/* Zeroed, of size bytes, with a user_context in front; nobody finds it before it is added. */
struct user_context *user_context_new(size_t size);
/* For those that were not added, and for free_entry. */
void user_context_free(const struct user_half *h, struct user_context *c);
/* Takes c over, also on failure. */
MUST_CHECK NTSTATUS user_half_add(struct user_half *h, LSA_SEC_HANDLE handle,
                                  struct user_context *c);
/* For contexts that no LSA half numbered; tag: what their numbers begin with. */
MUST_CHECK NTSTATUS user_half_add_imported(struct user_half *h, uint64_t tag,
                                           struct user_context *c, PLSA_SEC_HANDLE handle);
/* Referenced: user_half_put(). NULL: SEC_E_INVALID_HANDLE. */
struct user_context *user_half_get(struct user_half *h, LSA_SEC_HANDLE handle);
void user_half_put(struct user_half *h, struct user_context *c);

/* SpDeleteUserModeContext. */
NTSTATUS user_half_delete(struct user_half *h, LSA_SEC_HANDLE handle);
/* SpGetContextToken: the context keeps owning the handle, callers duplicate it. */
NTSTATUS user_half_token(struct user_half *h, LSA_SEC_HANDLE handle, PHANDLE token);

#endif
