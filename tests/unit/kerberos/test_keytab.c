/*
 * Keytab files: MIT's library writes them and reads them again, and we must see what it sees; then
 * every way in which a file can be torn.
 */
#include "unit.h"

#include "packages/kerberos/lsa/keytab.h"

#include <krb5.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_MAX 64
#define FILE_MAX 16384

struct seen {
    char name[256];
    uint32_t kvno;
    int32_t enctype;
    uint8_t key[64];
    size_t key_size;
};

struct list {
    struct seen v[ENTRIES_MAX];
    size_t count;
};

struct world {
    krb5_context k;
    krb5_keytab keytab;
    char path[64];
    uint8_t file[FILE_MAX];
    size_t size;
};

static status_t
entry_add(const struct keytab_entry *e, void *arg)
{
    struct list *l = arg;
    struct seen *s = &l->v[l->count++];
    size_t n = 0;

    assert_true(l->count <= ENTRIES_MAX);
    for (unsigned i = 0; i < e->component_count; i++)
        n += (size_t)snprintf(s->name + n, sizeof(s->name) - n, "%s%.*s", i ? "/" : "",
                              (int)e->component[i].n, (const char *)e->component[i].p);
    snprintf(s->name + n, sizeof(s->name) - n, "@%.*s", (int)e->realm.n,
             (const char *)e->realm.p);
    s->kvno = e->kvno;
    s->enctype = e->enctype;
    s->key_size = e->key.n;
    memcpy(s->key, e->key.p, e->key.n);
    return 0;
}

static void
file_read(struct world *w)
{
    FILE *f = fopen(w->path, "rb");

    assert_non_null(f);
    w->size = fread(w->file, 1, sizeof(w->file), f);
    fclose(f);
}

static void
key_add(struct world *w, const char *name, krb5_kvno kvno, krb5_enctype enctype)
{
    krb5_keytab_entry e = { .vno = kvno, .timestamp = 1 };

    assert_int_equal(krb5_parse_name(w->k, name, &e.principal), 0);
    assert_int_equal(krb5_c_make_random_key(w->k, enctype, &e.key), 0);
    assert_int_equal(krb5_kt_add_entry(w->k, w->keytab, &e), 0);
    krb5_kt_free_entry(w->k, &e);
}

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    char name[80];

    strcpy(w->path, "/tmp/test-keytab-XXXXXX");
    close(mkstemp(w->path));
    unlink(w->path);
    snprintf(name, sizeof(name), "FILE:%s", w->path);
    assert_int_equal(krb5_init_context(&w->k), 0);
    assert_int_equal(krb5_kt_resolve(w->k, name, &w->keytab), 0);
    key_add(w, "HTTP/www.example.com@EXAMPLE.COM", 3, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    key_add(w, "HTTP/www.example.com@EXAMPLE.COM", 3, ENCTYPE_AES128_CTS_HMAC_SHA256_128);
    key_add(w, "host/a@EXAMPLE.COM", 300, ENCTYPE_ARCFOUR_HMAC);
    key_add(w, "alone@OTHER.REALM", 7, ENCTYPE_AES256_CTS_HMAC_SHA384_192);
    file_read(w);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    krb5_kt_close(w->k, w->keytab);
    krb5_free_context(w->k);
    unlink(w->path);
    free(w);
    return 0;
}

static size_t
parse(const struct world *w, size_t size, struct list *out, status_t *st)
{
    size_t at = 0;

    memset(out, 0, sizeof(*out));
    *st = keytab_parse(view_of(w->file, size), entry_add, out, &at);
    return at;
}

/* What the library says it has is what we see, in its order. */
static void
compare_with_library(struct world *w)
{
    struct list ours;
    krb5_kt_cursor cursor;
    krb5_keytab_entry e;
    size_t i = 0;
    status_t st;

    (void)parse(w, w->size, &ours, &st);
    assert_int_equal(st, 0);
    assert_int_equal(krb5_kt_start_seq_get(w->k, w->keytab, &cursor), 0);
    while (krb5_kt_next_entry(w->k, w->keytab, &e, &cursor) == 0) {
        char *name;

        assert_true(i < ours.count);
        assert_int_equal(krb5_unparse_name(w->k, e.principal, &name), 0);
        assert_string_equal(ours.v[i].name, name);
        assert_int_equal(ours.v[i].kvno, e.vno);
        assert_int_equal(ours.v[i].enctype, e.key.enctype);
        assert_int_equal(ours.v[i].key_size, e.key.length);
        assert_memory_equal(ours.v[i].key, e.key.contents, e.key.length);
        krb5_free_unparsed_name(w->k, name);
        krb5_kt_free_entry(w->k, &e);
        i++;
    }
    assert_int_equal(krb5_kt_end_seq_get(w->k, w->keytab, &cursor), 0);
    assert_int_equal(i, ours.count);
}

static void
test_same_as_library(void **state)
{
    struct world *w = *state;
    struct list ours;
    status_t st;

    compare_with_library(w);
    (void)parse(w, w->size, &ours, &st);
    assert_int_equal(ours.count, 4);
    assert_int_equal(ours.v[2].kvno, 300);      /* does not fit the old byte */
}

/* Removing leaves a hole, adding fills it in part. */
static void
test_holes(void **state)
{
    struct world *w = *state;
    krb5_keytab_entry e = { .vno = 3 };

    assert_int_equal(krb5_parse_name(w->k, "HTTP/www.example.com@EXAMPLE.COM", &e.principal), 0);
    e.key.enctype = ENCTYPE_AES128_CTS_HMAC_SHA256_128;
    assert_int_equal(krb5_kt_remove_entry(w->k, w->keytab, &e), 0);
    krb5_free_principal(w->k, e.principal);
    file_read(w);
    compare_with_library(w);
    key_add(w, "x@R", 1, ENCTYPE_AES128_CTS_HMAC_SHA1_96);
    file_read(w);
    compare_with_library(w);
}

/* Cut anywhere: whole entries and nothing else, or no entry at all. */
static void
test_torn(void **state)
{
    const struct world *w = *state;
    struct list all, some;
    size_t whole = 0;
    status_t st;

    (void)parse(w, w->size, &all, &st);
    for (size_t n = 0; n < w->size; n++) {
        size_t at = parse(w, n, &some, &st);

        if (st != 0) {
            assert_int_equal(some.count, 0);
            assert_true(at <= n);
            continue;
        }
        whole++;
        assert_true(some.count < all.count);
        for (size_t i = 0; i < some.count; i++)
            assert_memory_equal(&some.v[i], &all.v[i], sizeof(all.v[i]));
    }
    assert_int_equal(whole, all.count);         /* the empty one, and after each but the last */
}

/* No single byte makes it read beyond the file (sanitizers tell), or yield part of a file. */
static void
test_mutated(void **state)
{
    struct world *w = *state;
    struct list some;
    status_t st;

    for (size_t i = 0; i < w->size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            w->file[i] ^= (uint8_t)(1u << bit);
            (void)parse(w, w->size, &some, &st);
            if (st != 0)
                assert_int_equal(some.count, 0);
            w->file[i] ^= (uint8_t)(1u << bit);
        }
    }
}

static void
test_not_a_keytab(void **state)
{
    struct list none = { .count = 0 };
    size_t at;

    (void)state;
    assert_int_not_equal(keytab_parse(view_of("\x05\x01", 2), entry_add, &none, &at), 0);
    assert_int_not_equal(keytab_parse(view_of("", 0), entry_add, &none, &at), 0);
    assert_int_not_equal(keytab_parse(view_of("[libdefaults]", 13), entry_add, &none, &at), 0);
    assert_int_equal(none.count, 0);
    assert_int_equal(keytab_parse(view_of("\x05\x02", 2), entry_add, &none, &at), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_as_library, setup, teardown),
        cmocka_unit_test_setup_teardown(test_holes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mutated, setup, teardown),
        cmocka_unit_test(test_not_a_keytab),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
