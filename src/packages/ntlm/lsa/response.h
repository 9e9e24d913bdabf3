/* response.h: what an initiator answers to a CHALLENGE_MESSAGE. */
#ifndef NTLM_LSA_RESPONSE_H
#define NTLM_LSA_RESPONSE_H

#include "packages/ntlm/lsa/initiator.h"

/* The second leg: checks the challenge, sends AUTHENTICATE, completes the leg. */
MUST_CHECK NTSTATUS ntlm_response_answer(struct ntlm_initiator *i, const struct ntlm_leg *leg);
/* ContextData for the user half, with these flags, this key and what the server says of itself. */
MUST_CHECK NTSTATUS ntlm_response_map(const struct ntlm_initiator *i, const struct ntlm_leg *leg,
                                      uint32_t flags, const uint8_t session_key[NTLM_KEY_SIZE],
                                      struct view target_info);
/* What the policy makes of an offer (ntlm_flags_offer()). */
uint32_t ntlm_response_offer(const struct ntlm_initiator *i, uint32_t flags);
/* STATUS_NOT_SUPPORTED, and a line in the log: the administrator lets nobody initiate. */
MUST_CHECK NTSTATUS ntlm_response_check_use(const struct ntlm_initiator *i);
/* NEGOTIATE as it was sent: it follows from the flags alone, so it is built again, not kept. */
void ntlm_initiator_negotiate_build(struct wr *w, const struct ntlm_initiator *i);

#endif
