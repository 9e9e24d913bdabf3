/*
 * keys.h: NTLM's key derivations (MS-NLMP 3.3, 3.4.5) as pure functions of
 * bytes to bytes: no state, no clock, no random bytes, so that the
 * specification's vectors replay.
 *
 * Everything these write is a secret: callers keep it in secret_new() memory
 * or wipe it.
 */
#ifndef NTLM_PROTECT_KEYS_H
#define NTLM_PROTECT_KEYS_H

#include "base/view.h"
#include "packages/ntlm/wire/spec.h"

/*
 * User names up to here can be turned into a key: 256 units of a SAM name, or
 * a UPN with as long a realm.
 */
#define NTLM_USER_BYTES_MAX 1024u

/* Whose messages a key is for. */
enum ntlm_direction { NTLM_CLIENT_TO_SERVER, NTLM_SERVER_TO_CLIENT };

/* NTOWFv1: MD4 of the password in UTF-16LE. */
void ntlm_ntowf_v1(struct view password, uint8_t out[NTLM_KEY_SIZE]);
/* LMOWFv1. False: longer than 14 characters, or not ASCII: there is no such hash. */
MUST_CHECK bool ntlm_lmowf_v1(struct view password, uint8_t out[NTLM_KEY_SIZE]);
/* NTLMv1's response under NTOWFv1, or LM's under LMOWFv1. */
void ntlm_v1_response(const uint8_t hash[NTLM_KEY_SIZE],
                      const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES],
                      uint8_t out[NTLM_RESPONSE_V1_SIZE]);
/* What NTLMv1's response answers: with extended session security, both challenges. */
void ntlm_v1_challenge(const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                       const uint8_t client_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                       uint32_t flags, uint8_t out[NTLM_CHALLENGE_SIZE_BYTES]);
/* NTLMv1's SessionBaseKey: the same for every logon of a password. */
void ntlm_session_base_key_v1(const uint8_t ntowf_v1[NTLM_KEY_SIZE], uint8_t out[NTLM_KEY_SIZE]);
/*
 * KXKEY of NTLMv1 (3.4.5.1). lm: LmChallengeResponse as in the message. lmowf is looked
 * at only with LM_KEY or REQUEST_NON_NT_SESSION_KEY and without extended session security.
 */
void ntlm_key_exchange_key_v1(const uint8_t base[NTLM_KEY_SIZE],
                              const uint8_t lmowf[NTLM_KEY_SIZE],
                              const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                              const uint8_t lm[NTLM_RESPONSE_V1_SIZE], uint32_t flags,
                              uint8_t out[NTLM_KEY_SIZE]);
/*
 * NTOWFv2 from NTOWFv1, the user's name (upper-cased here, one unit to one)
 * and the domain as it is. SEC_E_LOGON_DENIED: the name is too long.
 */
MUST_CHECK status_t ntlm_ntowf_v2(const uint8_t ntowf_v1[NTLM_KEY_SIZE], struct view user,
                                  struct view domain, uint8_t out[NTLM_KEY_SIZE]);

/* NTProofStr; temp is the response behind it, as received or sent. */
void ntlm_nt_proof(const uint8_t ntowf_v2[NTLM_KEY_SIZE],
                   const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES], struct view temp,
                   uint8_t out[NTLM_PROOF_SIZE]);
/* The LMv2 response without its ChallengeFromClient. */
void ntlm_lm_v2_proof(const uint8_t ntowf_v2[NTLM_KEY_SIZE],
                      const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                      const uint8_t client_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                      uint8_t out[NTLM_PROOF_SIZE]);
/* SessionBaseKey, which for NTLMv2 is KeyExchangeKey as well (KXKEY, 3.4.5.1). */
void ntlm_session_base_key(const uint8_t ntowf_v2[NTLM_KEY_SIZE],
                           const uint8_t proof[NTLM_PROOF_SIZE], uint8_t out[NTLM_KEY_SIZE]);
/* RC4K(KeyExchangeKey, key): encrypts and decrypts the random session key. */
void ntlm_session_key_crypt(const uint8_t key_exchange_key[NTLM_KEY_SIZE],
                            const uint8_t in[NTLM_KEY_SIZE], uint8_t out[NTLM_KEY_SIZE]);

/* True when the client's random key is the session key, else KeyExchangeKey is. */
bool ntlm_is_key_exchanged(uint32_t flags);

/* SIGNKEY, which there is with extended session security only (3.4.5.2). */
void ntlm_sign_key(const uint8_t session_key[NTLM_KEY_SIZE], enum ntlm_direction direction,
                   uint8_t out[NTLM_KEY_SIZE]);
/*
 * SEALKEY (3.4.5.3); returns its length, 16 or 8 bytes. Without extended session security
 * both directions have the same.
 */
size_t ntlm_seal_key(const uint8_t session_key[NTLM_KEY_SIZE], uint32_t flags,
                     enum ntlm_direction direction, uint8_t out[NTLM_KEY_SIZE]);
/*
 * Of one message of a datagram context with extended session security (3.4.4, connectionless):
 * each has a key of its own.
 */
void ntlm_datagram_key(const uint8_t seal_key[NTLM_KEY_SIZE], uint32_t sequence,
                       uint8_t out[NTLM_KEY_SIZE]);
/* 128, 56 or 40: how much of the session key SEALKEY uses. */
unsigned ntlm_seal_bits(uint32_t flags);

/* The MIC over the three messages; authenticate's own 16 bytes at mic_offset count as zeros. */
void ntlm_mic(const uint8_t session_key[NTLM_KEY_SIZE], struct view negotiate,
              struct view challenge, struct view authenticate, size_t mic_offset,
              uint8_t out[NTLM_MIC_SIZE]);

#endif
