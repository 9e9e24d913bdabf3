/*
 * account.h: the authority's accounts as NTLM needs them: a user's key, then
 * a token for the user, and the report of how it ended.
 */
#ifndef NTLM_LSA_ACCOUNT_H
#define NTLM_LSA_ACCOUNT_H

#include "packages/ntlm/lsa/support.h"

struct ntlm_account {
    PVOID sam;                      /* CloseSamUser; NULL: unknown */
    uint8_t ntowf_v1[NTLM_KEY_SIZE];
    /*
     * STATUS_SUCCESS; STATUS_NO_SUCH_USER, and then the key is a dummy with which
     * the caller does the same work; other failures are the authority's.
     */
    NTSTATUS status;
};

/* What a logon came to. */
struct ntlm_identity {
    UNICODE_STRING account;         /* LSA heap */
    LUID logon_id;
    HANDLE token;                   /* the authority's; NULL: none, or handed over */
    HANDLE client_token;            /* in the calling process */
};

/* name: UTF-16LE. Close it in any case. */
void ntlm_account_open(struct ntlm_account *a, struct view name);
void ntlm_account_close(struct ntlm_account *a);

/*
 * Restrictions, and then a token. Restrictions of the account come as STATUS_ACCOUNT_*,
 * with the reason in *sub_status; STATUS_LOGON_FAILURE: what they are is not known.
 */
MUST_CHECK NTSTATUS ntlm_account_logon(const struct ntlm_account *a,
                                       SECURITY_IMPERSONATION_LEVEL level,
                                       struct ntlm_identity *out, NTSTATUS *sub_status);
/* The same for a client that is nobody: S-1-5-7. */
MUST_CHECK NTSTATUS ntlm_anonymous_logon(SECURITY_IMPERSONATION_LEVEL level,
                                         struct ntlm_identity *out, NTSTATUS *sub_status);
/* The token goes to the caller, which must be let in by then. */
MUST_CHECK NTSTATUS ntlm_identity_hand_over(struct ntlm_identity *id);
void ntlm_identity_wipe(struct ntlm_identity *id);

struct ntlm_audit {
    NTSTATUS status, sub_status;
    struct view user, domain, workstation;      /* UTF-16LE, as in the message */
    const struct ntlm_identity *identity;       /* NULL: refused */
    SECURITY_IMPERSONATION_LEVEL level;
};
/* The authority counts wrong passwords by this: report each logon once. */
void ntlm_account_audit(const struct ntlm_audit *audit);

#endif
