/* protect_private.h: what the two forms of tokens share. */
#ifndef KRB_PROTECT_PROTECT_PRIVATE_H
#define KRB_PROTECT_PROTECT_PRIVATE_H

#include "packages/kerberos/protect/protect.h"

enum krb_purpose { KRB_PURPOSE_SEAL, KRB_PURPOSE_WRAP, KRB_PURPOSE_MIC };

/*
 * A direction's key, derived for a purpose. NULL: no memory. Whoever asks for
 * the acceptor's knows that there is one.
 */
struct krb_direction_keys *krb_keys_for(struct krb_protect *p, struct krb_direction *d,
                                        enum krb_which which, enum krb_purpose purpose);
/* Random octets that no other message has, at most 16. */
void krb_confounder_draw(struct krb_direction_keys *k, uint8_t *out, size_t n);
bool krb_is_dce(const struct krb_protect *p);

/* RFC 4121 4.2 (cfx.c). */
status_t krb_cfx_seal(struct krb_protect *p, struct krb_message *m);
status_t krb_cfx_wrap(struct krb_protect *p, struct krb_message *m);
status_t krb_cfx_sign(struct krb_protect *p, struct krb_message *m);
status_t krb_cfx_unseal(struct krb_protect *p, struct krb_message *m, bool *encrypted);
status_t krb_cfx_unseal_stream(struct krb_protect *p, uint8_t *stream, size_t n,
                               struct crypto_piece *data, bool *encrypted);
status_t krb_cfx_verify(struct krb_protect *p, const struct krb_message *m);
struct krb_sizes krb_cfx_sizes(const struct krb_protect *p);

/* RFC 4757 7 (rc4.c). */
status_t krb_rc4_seal(struct krb_protect *p, struct krb_message *m, bool encrypt);
status_t krb_rc4_sign(struct krb_protect *p, struct krb_message *m);
status_t krb_rc4_unseal(struct krb_protect *p, struct krb_message *m, bool *encrypted);
status_t krb_rc4_unseal_stream(struct krb_protect *p, uint8_t *stream, size_t n,
                               struct crypto_piece *data, bool *encrypted);
status_t krb_rc4_verify(struct krb_protect *p, const struct krb_message *m);
struct krb_sizes krb_rc4_sizes(const struct krb_protect *p);

#endif
