/*
 * Logon sessions and what packages keep in them (slots 0 to 4 of LSA_SECPKG_FUNCTION_TABLE), by
 * the rules of their pages. The scripted package is the caller.
 */
#include "bench.h"

static const LSA_SECPKG_FUNCTION_TABLE *
lsa(void)
{
    return bench.package->lsa;
}

static LSA_STRING
string(const char *s)
{
    return (LSA_STRING){ (USHORT)strlen(s), (USHORT)strlen(s), (PCHAR)(uintptr_t)s };
}

static void
a_session_is_made_once(void **state)
{
    LUID id = bench_luid(), unknown = bench_luid();

    (void)state;
    assert_int_equal(lsa()->CreateLogonSession(&id), STATUS_SUCCESS);
    assert_int_equal(lsa()->CreateLogonSession(&id), STATUS_LOGON_SESSION_COLLISION);
    assert_int_equal(lsa()->DeleteLogonSession(&id), STATUS_SUCCESS);
    assert_int_equal(lsa()->DeleteLogonSession(&id), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa()->DeleteLogonSession(&unknown), STATUS_NO_SUCH_LOGON_SESSION);
}

static NTSTATUS
get(LUID *id, ULONG *query, BOOLEAN all, LSA_STRING *key, LSA_STRING *out, ULONG *need)
{
    return lsa()->GetCredentials(id, 7, query, all, key, need, out);
}

static void
take(LSA_STRING *c, const char *want)
{
    assert_int_equal(c->Length, strlen(want));
    assert_memory_equal(c->Buffer, want, strlen(want));
    lsa()->FreeLsaHeap(c->Buffer);
}

static void
credentials_are_found_in_order(void **state)
{
    LUID id = bench_luid();
    LSA_STRING a = string("a"), b = string("b"), one = string("one"), two = string("two"), out;
    LSA_STRING three = string("three"), key;
    char room[8];
    ULONG query = 0, need = 0;

    (void)state;
    assert_int_equal(lsa()->AddCredential(&id, 7, &a, &one), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa()->CreateLogonSession(&id), STATUS_SUCCESS);
    assert_int_equal(lsa()->AddCredential(&id, 7, &a, &one), STATUS_SUCCESS);
    assert_int_equal(lsa()->AddCredential(&id, 7, &b, &two), STATUS_SUCCESS);
    assert_int_equal(lsa()->AddCredential(&id, 7, &a, &three), STATUS_SUCCESS);
    assert_int_equal(lsa()->AddCredential(&id, 8, &a, &two), STATUS_SUCCESS);

    /* Those of one key. */
    assert_int_equal(get(&id, &query, FALSE, &a, &out, &need), STATUS_SUCCESS);
    take(&out, "one");
    assert_int_equal(need, 1);
    assert_int_equal(get(&id, &query, FALSE, &a, &out, &need), STATUS_SUCCESS);
    take(&out, "three");
    assert_int_equal(get(&id, &query, FALSE, &a, &out, &need), STATUS_UNSUCCESSFUL);
    assert_null(out.Buffer);

    /* All of this package, with their keys. */
    query = 0;
    for (int i = 0; i < 3; i++) {
        key = (LSA_STRING){ 0, sizeof(room), room };
        assert_int_equal(get(&id, &query, TRUE, &key, &out, &need), STATUS_SUCCESS);
        assert_int_equal(key.Length, 1);
        assert_int_equal(room[0], "aba"[i]);
        lsa()->FreeLsaHeap(out.Buffer);
    }
    assert_int_equal(get(&id, &query, TRUE, &key, &out, &need), STATUS_UNSUCCESSFUL);
    assert_int_equal(lsa()->DeleteLogonSession(&id), STATUS_SUCCESS);
    query = 0;
    assert_int_equal(get(&id, &query, TRUE, &key, &out, &need), STATUS_NO_SUCH_LOGON_SESSION);
}

/* STATUS_MORE_ENTRIES is a success by its severity: nothing came, and the place is kept. */
static void
no_room_for_the_key_is_an_odd_success(void **state)
{
    LUID id = bench_luid();
    LSA_STRING a = string("longer"), one = string("one"), out, key;
    char room[6];
    ULONG query = 0, need = 0;

    (void)state;
    assert_int_equal(lsa()->CreateLogonSession(&id), STATUS_SUCCESS);
    assert_int_equal(lsa()->AddCredential(&id, 7, &a, &one), STATUS_SUCCESS);
    key = (LSA_STRING){ 0, 5, room };
    assert_int_equal(get(&id, &query, TRUE, &key, &out, &need), STATUS_MORE_ENTRIES);
    assert_int_equal(query, 0);
    assert_null(out.Buffer);
    assert_int_equal(need, 6);
    key.MaximumLength = 6;
    assert_int_equal(get(&id, &query, TRUE, &key, &out, &need), STATUS_SUCCESS);
    take(&out, "one");
    assert_int_equal(lsa()->DeleteLogonSession(&id), STATUS_SUCCESS);
}

static void
the_first_of_a_key_is_deleted(void **state)
{
    LUID id = bench_luid();
    LSA_STRING a = string("a"), one = string("one"), two = string("two"), out;
    ULONG query = 0, need;

    (void)state;
    assert_int_equal(lsa()->DeleteCredential(&id, 7, &a), STATUS_NO_SUCH_LOGON_SESSION);
    assert_int_equal(lsa()->CreateLogonSession(&id), STATUS_SUCCESS);
    assert_int_equal(lsa()->DeleteCredential(&id, 7, &a), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(lsa()->AddCredential(&id, 7, &a, &one), STATUS_SUCCESS);
    assert_int_equal(lsa()->AddCredential(&id, 7, &a, &two), STATUS_SUCCESS);
    assert_int_equal(lsa()->DeleteCredential(&id, 7, &a), STATUS_SUCCESS);
    assert_int_equal(get(&id, &query, FALSE, &a, &out, &need), STATUS_SUCCESS);
    take(&out, "two");
    assert_int_equal(lsa()->DeleteLogonSession(&id), STATUS_SUCCESS);
}

static void
a_session_keeps_no_more_than_its_share(void **state)
{
    LUID id = bench_luid();
    LSA_STRING a = string("a"), one = string("one");
    NTSTATUS s = STATUS_SUCCESS;
    int n;

    (void)state;
    assert_int_equal(lsa()->CreateLogonSession(&id), STATUS_SUCCESS);
    for (n = 0; n < 1000 && s == STATUS_SUCCESS; n++)
        s = lsa()->AddCredential(&id, 7, &a, &one);
    assert_int_equal(s, STATUS_QUOTA_EXCEEDED);
    assert_int_equal(n, 257);
    assert_int_equal(lsa()->DeleteLogonSession(&id), STATUS_SUCCESS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_is_made_once),
        TEST(credentials_are_found_in_order),
        TEST(no_room_for_the_key_is_an_odd_success),
        TEST(the_first_of_a_key_is_deleted),
        TEST(a_session_keeps_no_more_than_its_share),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
