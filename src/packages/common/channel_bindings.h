/*
 * channel_bindings.h: SECBUFFER_CHANNEL_BINDINGS as the 16 bytes that NTLM
 * and Kerberos carry for them.
 */
#ifndef PACKAGES_COMMON_CHANNEL_BINDINGS_H
#define PACKAGES_COMMON_CHANNEL_BINDINGS_H

#include "base/view.h"

#define CHANNEL_BINDINGS_HASH_SIZE 16

/*
 * MD5 over gss_channel_bindings_struct (RFC 4121 4.1.1.2) made from a
 * SEC_CHANNEL_BINDINGS or SEC_CHANNEL_BINDINGS_EX with its data behind it.
 * SEC_E_BAD_BINDINGS: not such a structure, or its offsets lead out of it.
 */
MUST_CHECK status_t channel_bindings_hash(struct view in,
                                          uint8_t out[CHANNEL_BINDINGS_HASH_SIZE]);
/* True when a peer's hash is all zero: it sent none (MS-NLMP 2.2.2.1). */
bool channel_bindings_is_none(const uint8_t hash[CHANNEL_BINDINGS_HASH_SIZE]);

#endif
