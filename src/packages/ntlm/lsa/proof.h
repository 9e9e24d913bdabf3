/*
 * proof.h: the kinds of response that an AUTHENTICATE_MESSAGE may hold (MS-NLMP
 * 2.2.2.3 to 2.2.2.8), as a table: how each is known, from which
 * lm_compatibility_level on it is refused, how it is verified, and the
 * KeyExchangeKey that comes of it.
 */
#ifndef NTLM_LSA_PROOF_H
#define NTLM_LSA_PROOF_H

#include "packages/ntlm/lsa/policy.h"
#include "packages/ntlm/wire/wire.h"

/* What a response is checked with. */
struct ntlm_proof {
    const struct ntlm_authenticate *auth;
    const uint8_t *server_challenge;
    uint32_t flags;                     /* settled */
    struct view user, domain;           /* UTF-16LE */
    const uint8_t *ntowf_v1;            /* of the account, or a dummy */
};

struct ntlm_proof_kind {
    const char *name;                   /* for log and counters */
    bool (*is)(const struct ntlm_proof *p);
    unsigned refused_from;              /* lm_compatibility_level */
    const char *refused, *hint;         /* for the log, when it is */
    bool has_pairs;                     /* it protects AV pairs: target info, bindings, MIC */
    /* It cannot protect messages, or would be what is left of a better one (CVE-2019-1338). */
    bool unprotected;
    /*
     * *equal: the password is right; then key is KeyExchangeKey. The same work whatever
     * comes of it. NULL: there is no password to be right (anonymous).
     */
    NTSTATUS (*verify)(const struct ntlm_proof *p, uint8_t key[NTLM_KEY_SIZE], bool *equal);
};

/* NULL: no kind of response that there is. */
const struct ntlm_proof_kind *ntlm_proof_kind(const struct ntlm_proof *p);

#endif
