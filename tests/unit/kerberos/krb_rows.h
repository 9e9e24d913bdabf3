/* krb_rows.h: krb-vectors.tsv as bytes and keys, and the groups of recorded contexts. */
#ifndef UNIT_KERBEROS_KRB_ROWS_H
#define UNIT_KERBEROS_KRB_ROWS_H

#include "unit.h"

#include "crypto/krb.h"
#include "packages/kerberos/wire/wire.h"
#include "vectors.h"

#define KRB_ROWS "krb-vectors.tsv"
#define ROW_MAX 2048
#define ROW_CONTEXTS 15

/* A heap block of exactly its size, so that AddressSanitizer sees the octet behind it. */
struct view row_new(const char *stem, const char *field);
void row_free(struct view v);
bool row_has(const char *stem, const char *field);
/* A row's first four octets, as a number. */
uint32_t row_u32(const char *stem, const char *field);
/* The message of a token's name, "...lenN": valid until the next call. */
struct view row_plaintext(const char *stem);

/* The key of a row; its type is in a row beside it ("..._etype"), or etype where that is not 0. */
struct crypto_krb_key row_key(const char *stem, const char *field, int32_t etype);
/* The type of a group's name: "gss.aes256-cts-hmac-sha1-96/mutual". */
const struct crypto_krb_enctype *row_enctype(const char *stem);

/* Calls each() with "gss.ENCTYPE/MODE" of every recorded context. */
void row_each_context(void (*each)(const char *stem));

/* Plaintext of e under k, in room of ROW_MAX; the test fails where it does not decrypt. */
struct view row_open(const struct crypto_krb_key *k, uint32_t usage,
                     const struct krb_encrypted *e, uint8_t *room);

#endif
