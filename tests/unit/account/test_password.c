/* A user's own change of password: the old one, the length, the history. */
#include "support.h"

#include <string.h>

static struct account_store *s;
static uint32_t rid;

static struct account_store *
open_with(uint32_t min_length, uint32_t history)
{
    char error[ACCOUNT_ERROR_MAX], dir[256];
    struct account_store_options o = {
        .dir = dir, .create = true, .policy = { min_length, history },
    };
    struct account_store *store;

    strcpy(dir, folder_path("state"));
    store = account_store_open(&o, error);
    if (store == NULL)
        fail_msg("%s", error);
    return store;
}

static int
setup(void **state)
{
    struct account a;

    if (folder_make(state) != 0)
        return -1;
    s = open_with(4, 3);
    a = account_of(W(u"alice"), 0);
    account_hash_password(W(u"first"), a.nt_hash);
    a.flags = ACCOUNT_MUST_CHANGE;
    return account_add(s, &a, &rid) == STATUS_SUCCESS ? 0 : -1;
}

static int
teardown(void **state)
{
    account_store_close(s);
    return folder_remove(state);
}

static status_t
change(struct view old, struct view new)
{
    uint8_t hash[ACCOUNT_HASH_SIZE];

    account_hash_password(old, hash);
    return account_change_password(s, rid, hash, new, NOON + 1);
}

static void
the_password_changes(void **state)
{
    struct account a;
    uint8_t want[ACCOUNT_HASH_SIZE];

    (void)state;
    assert_int_equal(change(W(u"first"), W(u"second")), STATUS_SUCCESS);
    account_hash_password(W(u"second"), want);
    assert_int_equal(account_find(s, W(u"alice"), &a), STATUS_SUCCESS);
    assert_memory_equal(a.nt_hash, want, sizeof(want));
    assert_int_equal(a.flags, 0);
    assert_int_equal(a.password_set, NOON + 1);
    assert_int_equal(change(W(u"first"), W(u"third")), STATUS_WRONG_PASSWORD);
    assert_int_equal(change(W(u"second"), W(u"third")), STATUS_SUCCESS);
    rid = 4711;
    assert_int_equal(change(W(u"third"), W(u"fourth")), STATUS_NO_SUCH_USER);
}

static void
it_must_be_long_enough(void **state)
{
    static const char16_t half[] = { 0xd800, 'a', 'b', 'c', 0 };
    static char16_t longest[ACCOUNT_PASSWORD_MAX + 1];

    (void)state;
    assert_int_equal(change(W(u"first"), W(u"abc")), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"first"), view_of(NULL, 0)), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"first"), W(half)), STATUS_PASSWORD_RESTRICTION);
    for (size_t i = 0; i <= ACCOUNT_PASSWORD_MAX; i++)
        longest[i] = u'x';
    assert_int_equal(change(W(u"first"), view_of(longest, sizeof(longest))),
                     STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"first"), W(u"abcd")), STATUS_SUCCESS);
}

/* History 3: the present one and the two before it. */
static void
the_last_ones_do_not_come_again(void **state)
{
    (void)state;
    assert_int_equal(change(W(u"first"), W(u"first")), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"first"), W(u"second")), STATUS_SUCCESS);
    assert_int_equal(change(W(u"second"), W(u"first")), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"second"), W(u"third")), STATUS_SUCCESS);
    assert_int_equal(change(W(u"third"), W(u"first")), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"third"), W(u"second")), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"third"), W(u"fourth")), STATUS_SUCCESS);
    assert_int_equal(change(W(u"fourth"), W(u"first")), STATUS_SUCCESS);
}

/* What an administrator sets is remembered, and not held to the policy. */
static void
an_administrators_counts_too(void **state)
{
    (void)state;
    assert_int_equal(account_set_password(s, W(u"alice"), W(u"x"), NOON), STATUS_SUCCESS);
    assert_int_equal(change(W(u"x"), W(u"first")), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"x"), W(u"other")), STATUS_SUCCESS);
}

/* A policy that asks for less forgets with the next change; none keeps nothing. */
static void
the_history_is_cut(void **state)
{
    (void)state;
    assert_int_equal(change(W(u"first"), W(u"second")), STATUS_SUCCESS);
    account_store_close(s);
    s = open_with(0, 1);
    assert_int_equal(change(W(u"second"), W(u"second")), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(change(W(u"second"), W(u"first")), STATUS_SUCCESS);
    account_store_close(s);
    s = open_with(0, 3);
    assert_int_equal(change(W(u"first"), W(u"second")), STATUS_SUCCESS);
    account_store_close(s);
    s = open_with(0, 0);
    assert_int_equal(change(W(u"second"), W(u"second")), STATUS_SUCCESS);
}

/* A deleted user's passwords go with it, and an account without one has none to prove. */
static void
no_password_no_change(void **state)
{
    struct account a = account_of(W(u"bob"), 0);

    (void)state;
    a.has_hash = false;
    assert_int_equal(account_add(s, &a, &rid), STATUS_SUCCESS);
    assert_int_equal(change(view_of(NULL, 0), W(u"mine")), STATUS_WRONG_PASSWORD);
    assert_int_equal(account_set_password(s, W(u"bob"), W(u"one"), NOON), STATUS_SUCCESS);
    assert_int_equal(change(W(u"one"), W(u"twotwo")), STATUS_SUCCESS);
    assert_int_equal(account_delete(s, W(u"bob")), STATUS_SUCCESS);
    /* An overflow is an error: there shall be nothing to count. */
    sql_run("SELECT abs(-9223372036854775808) FROM history LIMIT 1");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_password_changes), T(it_must_be_long_enough), T(the_last_ones_do_not_come_again),
        T(an_administrators_counts_too), T(the_history_is_cut), T(no_password_no_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
