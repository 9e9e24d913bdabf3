/* acceptor.h: the server side of NTLM. */
#ifndef NTLM_LSA_ACCEPTOR_H
#define NTLM_LSA_ACCEPTOR_H

#include "packages/common/channel_bindings.h"
#include "packages/common/issued.h"
#include "packages/ntlm/lsa/leg.h"

/*
 * Longest NEGOTIATE that is kept for the MIC. Two OEM names of 255 bytes and
 * the fixed part fit; what is longer is no client's.
 */
#define NTLM_NEGOTIATE_MAX 560u

/* Half open, with Windows's NEGOTIATE and names of usual length: some 500 bytes. */
struct ntlm_acceptor {
    struct ntlm_context context;
    uint32_t granted;               /* CHALLENGE's flags */
    uint16_t negotiate_n, challenge_n;
    uint8_t *messages;              /* NEGOTIATE, then CHALLENGE, as they were on the wire */
    struct issued issued;
    struct channel_bindings bindings;   /* the application's; the last ones count */
};

/* The slot of SECPKG_FUNCTION_TABLE. */
SpAcceptLsaModeContextFn ntlm_acceptor_accept;

#endif
