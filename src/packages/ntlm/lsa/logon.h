/* logon.h: judging an AUTHENTICATE_MESSAGE. */
#ifndef NTLM_LSA_LOGON_H
#define NTLM_LSA_LOGON_H

#include "packages/ntlm/lsa/acceptor.h"

/*
 * The second leg: checks everything, and on success completes the leg. The
 * reason of a refusal goes to the log; the peer gets a generic status.
 */
MUST_CHECK NTSTATUS ntlm_logon_answer(struct ntlm_acceptor *a, const struct ntlm_leg *leg);

#endif
