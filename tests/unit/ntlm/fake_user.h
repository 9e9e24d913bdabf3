/*
 * fake_user.h: contexts of the user half without a handshake: made of
 * ContextData as the LSA half would write it, with a session key of MS-NLMP's
 * examples, and messages of the examples' plaintext.
 */
#ifndef NTLM_FAKE_USER_H
#define NTLM_FAKE_USER_H

#include "fake_lsa.h"

#include "packages/ntlm/protect/context_data.h"

#define FLAGS_V2 0xe2888235u            /* 4.2.4: KEY_EXCH, 56, 128, ESS, SEAL, SIGN */

/* Both sides have the same bits for these two. */
#define USER_DETECTS_ALL (ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT)

enum { CLIENT = 0x1001, SERVER = 0x1002 };

/* Of tests/vectors/ntlm-vectors.tsv; room for 512 bytes. */
size_t user_row(const char *name, uint8_t *room);
void user_assert_row(const uint8_t *got, const char *name);

/* attributes: ISC_RET_ or ASC_RET_ bits. */
void user_make(LSA_SEC_HANDLE handle, enum ntlm_role role, uint32_t flags, uint32_t attributes,
               const uint8_t key[16]);
/* CLIENT and SERVER, of the examples' key. */
void user_pair_make(uint32_t flags, uint32_t attributes);
void user_pair_delete(void);

struct user_message {
    uint8_t token[16], data[64];
    SecBuffer buffers[2];               /* TOKEN, DATA */
    SecBufferDesc desc;
};
void user_message_init(struct user_message *m);
/* to's descriptor has its own buffers. */
void user_message_copy(const struct user_message *from, struct user_message *to);

#endif
