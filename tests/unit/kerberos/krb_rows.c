/* Reads recorded exchanges: see krb_rows.h. */
#include "krb_rows.h"

#include "base/rd.h"

#define NAME_MAX_SIZE 160

static const char *
row_name(const char *stem, const char *field)
{
    static char name[NAME_MAX_SIZE];

    (void)snprintf(name, sizeof(name), "%s%s", stem, field);
    return name;
}

struct view
row_new(const char *stem, const char *field)
{
    uint8_t bytes[ROW_MAX];
    size_t n = vector_get(KRB_ROWS, row_name(stem, field), bytes, sizeof(bytes));
    uint8_t *p = malloc(n == 0 ? 1 : n);

    assert_non_null(p);
    if (n > 0)
        memcpy(p, bytes, n);
    return view_of(p, n);
}

void
row_free(struct view v)
{
    free((void *)(uintptr_t)v.p);
}

bool
row_has(const char *stem, const char *field)
{
    return vector_has(KRB_ROWS, row_name(stem, field));
}

uint32_t
row_u32(const char *stem, const char *field)
{
    struct view v = row_new(stem, field);
    struct rd r = rd_init(v);
    uint32_t n = rd_u32be(&r);

    row_free(v);
    return n;
}

/* All messages are beginnings of one text. */
struct view
row_plaintext(const char *stem)
{
    static uint8_t bytes[ROW_MAX];
    const char *at = strstr(stem, ".len");
    struct view all = row_new("gss.", "aes256-cts-hmac-sha1-96/all/plaintext_source");
    int n = 0;

    assert_true(at != NULL && sscanf(at, ".len%d", &n) == 1 && (size_t)n <= all.n);
    memcpy(bytes, all.p, (size_t)n);
    row_free(all);
    return view_of(bytes, (size_t)n);
}

struct crypto_krb_key
row_key(const char *stem, const char *field, int32_t etype)
{
    struct view bytes = row_new(stem, field);
    struct crypto_krb_key k;
    char type_field[NAME_MAX_SIZE];

    if (etype == 0) {
        (void)snprintf(type_field, sizeof(type_field), "%s_etype", field);
        etype = (int32_t)row_u32(stem, type_field);
    }
    if (!crypto_krb_key_init(&k, etype, bytes))
        fail_msg("%s%s: not a key of type %d", stem, field, etype);
    row_free(bytes);
    return k;
}

const struct crypto_krb_enctype *
row_enctype(const char *stem)
{
    char name[NAME_MAX_SIZE];
    const struct crypto_krb_enctype *type;

    assert_int_equal(sscanf(stem, "gss.%159[^/]", name), 1);
    type = crypto_krb_enctype_find_name(name);
    assert_non_null(type);
    return type;
}

void
row_each_context(void (*each)(const char *stem))
{
    assert_int_equal(vector_each(KRB_ROWS, "gss.", "/tok1_ap_req", each), ROW_CONTEXTS);
}

struct view
row_open(const struct crypto_krb_key *k, uint32_t usage, const struct krb_encrypted *e,
         uint8_t *room)
{
    struct crypto_krb_cipher c;
    struct view plain;

    assert_int_equal(e->etype, k->type->number);
    assert_true(e->cipher.n <= ROW_MAX);
    crypto_krb_open_init(&c, k, usage);
    assert_true(crypto_krb_open(&c, e->cipher, room, &plain));
    return plain;
}
