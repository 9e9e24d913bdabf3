/* initiator.h: the client side of NTLM. */
#ifndef NTLM_LSA_INITIATOR_H
#define NTLM_LSA_INITIATOR_H

#include "packages/common/channel_bindings.h"
#include "packages/ntlm/lsa/credential.h"
#include "packages/ntlm/lsa/leg.h"
#include "packages/ntlm/lsa/policy.h"

/* Longest target name: what goes into AUTHENTICATE beside everything else. */
#define NTLM_TARGET_BYTES_MAX 1024u

struct ntlm_initiator {
    struct ntlm_context context;
    struct ntlm_credential *credential;
    uint32_t requirements;          /* of the first leg */
    uint32_t offered;               /* NEGOTIATE's flags */
    uint8_t *session_key;           /* of a datagram context, before the server is heard; secret */
    bool loopback;                  /* the challenge was of this authority's */
    struct ntlm_policy policy;      /* of the first leg: the second must fit its offer */
    struct channel_bindings bindings;   /* the application's; the last ones count */
    uint16_t target_n;
    uint8_t target[];               /* UTF-16LE, as the application gave it */
};

/* The slot of SECPKG_FUNCTION_TABLE. */
SpInitLsaModeContextFn ntlm_initiator_initialize;

#endif
