/*
 * policy.h: what the administrator lets NTLM do, as one structure: the
 * settings of [package NTLM], or those of the caller's service where it has its own.
 */
#ifndef NTLM_LSA_POLICY_H
#define NTLM_LSA_POLICY_H

#include "packages/ntlm/lsa/oem.h"
#include "packages/ntlm/lsa/support.h"

/* lm_compatibility_level, as Windows's LmCompatibilityLevel (MS-NLMP 3.1.1.1, 3.2.1.1). */
#define NTLM_LEVEL_LM_NO_EXTENDED 0u    /* clients: LM and NTLMv1 */
#define NTLM_LEVEL_LM 1u                /* the same, with extended session security if it is had */
#define NTLM_LEVEL_V1 2u                /* clients: NTLMv1 alone */
#define NTLM_LEVEL_V2 3u                /* clients from here on: NTLMv2 alone */
#define NTLM_LEVEL_NO_LM 4u             /* servers from here on: no LM */
#define NTLM_LEVEL_NO_V1 5u             /* servers: no NTLMv1; the default */

#define NTLM_GUEST_MAX 256u             /* of the account's name in UTF-8, with NUL */

/* Whether NTLM may be used at all, by whom it is asked: see incoming and outgoing. */
enum ntlm_use { NTLM_USE_ALLOW, NTLM_USE_AUDIT, NTLM_USE_DENY, NTLM_USES };

struct ntlm_policy {
    unsigned level;
    enum ntlm_use incoming, outgoing;
    bool need_128, need_mic;
    bool need_extended;                 /* no messages are protected without it */
    bool allow_anonymous;
    enum ntlm_code_page code_page;
};

/* As it is now, for the call that is being served. */
struct ntlm_policy ntlm_policy_read(void);
/* The account that unknown users become; false: there is none, which is the default. */
bool ntlm_policy_guest(char out[NTLM_GUEST_MAX]);

#endif
