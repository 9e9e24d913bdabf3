/*
 * user_transfer.h: contexts that travel to another process, for NTLM and
 * Kerberos alike: SpExportSecurityContext and SpImportSecurityContext. The
 * packed form is
 *
 *      u32  magic, u32 format 1
 *      u32  length of ContextData, then its bytes, with token 0
 *           both directions' state
 */
#ifndef PACKAGES_COMMON_USER_TRANSFER_H
#define PACKAGES_COMMON_USER_TRANSFER_H

#include "base/rd.h"
#include "base/wr.h"
#include "packages/common/user_half.h"

/* One a package. */
struct user_transfer {
    struct user_half *half;
    uint32_t magic;
    uint64_t tag;               /* what the numbers of imported contexts begin with */
    size_t state_max;
    size_t (*data_size)(const struct user_context *c);
    /* ContextData, with token 0. */
    void (*data_put)(const struct user_context *c, struct wr *w);
    /* Both directions as they are, or (reset) as they were at the start. */
    void (*state_put)(const struct user_context *c, bool reset, struct wr *w);
    /* A context from ContextData, as by SpInitUserModeContext. */
    NTSTATUS (*make)(struct view data, struct user_context **out);
    void (*state_get)(struct rd *r, struct user_context *c);
};

NTSTATUS user_transfer_export(const struct user_transfer *t, LSA_SEC_HANDLE handle, ULONG flags,
                              PSecBuffer packed, PHANDLE token);
NTSTATUS user_transfer_import(const struct user_transfer *t, PSecBuffer packed, HANDLE token,
                              PLSA_SEC_HANDLE handle);

#endif
