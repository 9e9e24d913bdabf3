/* krb_private.h: what the files of Kerberos's encryption share. */
#ifndef CRYPTO_KRB_PRIVATE_H
#define CRYPTO_KRB_PRIVATE_H

#include "crypto/krb.h"

/* RFC 3961 5.3: Ke, Ki, Kc. */
enum krb_derived { KRB_DERIVED_ENCRYPT, KRB_DERIVED_INTEGRITY, KRB_DERIVED_CHECKSUM, KRB_DERIVEDS };

void crypto_krb_derive_usage(const struct crypto_krb_key *k, uint32_t usage,
                             enum krb_derived which, uint8_t *out, size_t n);

/* The hash that belongs to a type. */
void crypto_krb_mac_init(struct crypto_krb_mac *m, const struct crypto_krb_enctype *type,
                         struct view key);
/* On a copy, as the keyed state is shared by threads; end wipes it. */
void crypto_krb_mac_begin(struct crypto_krb_mac *running, const struct crypto_krb_mac *m,
                          const struct crypto_krb_enctype *type);
void crypto_krb_mac_add(struct crypto_krb_mac *running, const struct crypto_krb_enctype *type,
                        struct view in);
void crypto_krb_mac_end(struct crypto_krb_mac *running, const struct crypto_krb_enctype *type,
                        uint8_t *out, size_t n);
void crypto_krb_mac_sum(const struct crypto_krb_mac *m, const struct crypto_krb_enctype *type,
                        const struct view *in, size_t count, uint8_t *out, size_t n);

/* The hash over all pieces while those that are sealed are encrypted: up to where it is. */
struct crypto_krb_along {
    struct crypto_krb_mac mac;
    const struct crypto_piece *piece;
    size_t at;                          /* within this one */
    size_t total;
};

/* CBC with ciphertext stealing, CS3, over the sealed pieces (krb_cts.c). */
void crypto_krb_cts(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces,
                    size_t count);
/* The same; a begun hash goes along to the end: of the text, or of what it becomes (mac_last). */
void crypto_krb_cts_along(const struct crypto_krb_cipher *c, struct crypto_krb_along *h,
                          const struct crypto_piece *pieces, size_t count);

/* RFC 4757 (krb_rc4.c). */
void crypto_krb_rc4_mac_key(struct view key, uint32_t usage, uint8_t out[16]);
void crypto_krb_rc4_sign_key(struct view key, uint8_t out[16]);
void crypto_krb_rc4_seal(const struct crypto_krb_cipher *c, const uint8_t *confounder,
                         struct view plain, uint8_t *out);
bool crypto_krb_rc4_open(const struct crypto_krb_cipher *c, struct view sealed, uint8_t *room,
                         struct view *plain);
void crypto_krb_rc4_sum(const struct crypto_krb_sum *s, const struct view *in, size_t count,
                        uint8_t out[16]);

#endif
