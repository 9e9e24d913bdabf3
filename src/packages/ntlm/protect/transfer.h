/*
 * transfer.h: the state of message protection as bytes, so that a context can
 * go on in another process (SpExportSecurityContext). The keys are not among
 * them: they come from the session key, which ContextData has.
 */
#ifndef NTLM_PROTECT_TRANSFER_H
#define NTLM_PROTECT_TRANSFER_H

#include "base/rd.h"
#include "base/wr.h"
#include "packages/ntlm/protect/protect.h"

#define NTLM_RC4_STATE_SIZE 256u
/* The most bytes that ntlm_protect_pack() writes. */
#define NTLM_PROTECT_PACKED_MAX \
    (2u * (5 + NTLM_RC4_STATE_SIZE + 2) + 1 + 4 + 8 + NTLM_RC4_STATE_SIZE + 2)

/* The caller holds both directions still. */
void ntlm_protect_pack(const struct ntlm_protect *p, struct wr *w);
/* p was made by ntlm_protect_init() with the same keys. Bytes that cannot be fail the cursor. */
void ntlm_protect_unpack(struct rd *r, struct ntlm_protect *p);

#endif
