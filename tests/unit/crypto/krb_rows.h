/* krb_rows.h: groups of rows of krb-vectors.tsv, named "group/etNN/...". */
#ifndef UNIT_CRYPTO_KRB_ROWS_H
#define UNIT_CRYPTO_KRB_ROWS_H

#include "unit.h"

#include "crypto/krb.h"
#include "vectors.h"

#define KRB_ROWS "krb-vectors.tsv"
#define ROW_MAX 512

struct row_bytes {
    uint8_t bytes[ROW_MAX];
    size_t n;
};

static inline struct view
row_view(const struct row_bytes *b)
{
    return view_of(b->bytes, b->n);
}

/* "STEM.FIELD" */
static inline struct row_bytes
row_get(const char *stem, const char *field)
{
    struct row_bytes b;
    char name[128];

    (void)snprintf(name, sizeof(name), "%s.%s", stem, field);
    b.n = vector_get(KRB_ROWS, name, b.bytes, sizeof(b.bytes));
    return b;
}

/* The number behind a word of the name: "et" in "mit.dk/et17/...". */
static inline int32_t
row_number(const char *stem, const char *word)
{
    const char *at = strstr(stem, word);
    int n = 0;

    if (at == NULL || sscanf(at + strlen(word), "%d", &n) != 1)
        fail_msg("%s has no %s", stem, word);
    return n;
}

static inline struct crypto_krb_key
row_key(const char *stem)
{
    struct row_bytes b = row_get(stem, "key");
    struct crypto_krb_key k;

    if (!crypto_krb_key_init(&k, row_number(stem, "/et"), row_view(&b)))
        fail_msg("%s: not a key", stem);
    return k;
}

#endif
