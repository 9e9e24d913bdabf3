/* Stores of earlier schemas (D13): tests/vectors/store-schema1.sql is one that 0.1.0 made. */
#include "support.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

static char old_sql[65536];

/* The store as it was, with its key. */
static int
setup(void **state)
{
    FILE *f = fopen(TEST_VECTORS "/store-schema1.sql", "r");
    char *hex;
    size_t n;

    if (f == NULL || folder_make(state) != 0)
        return -1;
    n = fread(old_sql, 1, sizeof(old_sql) - 1, f);
    fclose(f);
    old_sql[n] = '\0';
    assert_int_equal(mkdir(folder_path("state"), 0700), 0);
    sql_run(old_sql);
    assert_int_equal(chmod(folder_path("state/accounts.db"), 0600), 0);
    hex = strstr(old_sql, "-- key ");
    assert_non_null(hex);
    f = fopen(folder_path("state/store.key"), "w");
    for (hex += 7; *hex != '\n'; hex += 2)
        fputc((int)strtoul((char[]){ hex[0], hex[1], '\0' }, NULL, 16), f);
    fclose(f);
    return chmod(folder_path("state/store.key"), 0400);
}

static int64_t
sql_number(const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    int64_t v;

    assert_int_equal(sqlite3_open(folder_path("state/accounts.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return v;
}

static void
assert_alice(struct account_store *s)
{
    struct account a;
    uint8_t want[ACCOUNT_HASH_SIZE];
    uint32_t groups[4];
    size_t count = 4;

    account_hash_password(W(u"Passw0rd!"), want);
    assert_int_equal(account_find(s, W(u"ALICE"), &a), STATUS_SUCCESS);
    assert_int_equal(a.rid, 1000);
    assert_true(a.has_hash);
    assert_memory_equal(a.nt_hash, want, sizeof(want));
    assert_string_equal(a.local_user, "root");
    assert_int_equal(a.expires, 135379296000000000);
    assert_int_equal(account_groups(s, 1000, groups, &count), STATUS_SUCCESS);
    assert_int_equal(count, 1);
    assert_int_equal(groups[0], 1001);
}

static void
an_old_store_is_brought_up(void **state)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = store_open(false, error);
    struct account a;

    (void)state;
    if (s == NULL)
        fail_msg("%s", error);
    assert_int_equal(sql_number("PRAGMA user_version"), 2);
    assert_alice(s);
    assert_int_equal(account_find(s, W(u"j\u00f6rg"), &a), STATUS_SUCCESS);
    assert_int_equal(a.flags, ACCOUNT_DISABLED);
    assert_int_equal(account_find(s, W(u"nobody"), &a), STATUS_SUCCESS);
    assert_false(a.has_hash);
    /* What the new schema has works, and rids go on where they were. */
    assert_int_equal(account_set_password(s, W(u"alice"), W(u"another"), NOON), STATUS_SUCCESS);
    assert_int_equal(account_put(s, W(u"new"), 1), 1004);
    account_store_close(s);
    s = store_open(false, error);
    assert_non_null(s);
    account_store_close(s);
}

/* Looking changes nothing: lsad --check before an upgrade. */
static void
a_look_keeps_the_schema(void **state)
{
    char error[ACCOUNT_ERROR_MAX], dir[256];
    struct account_store_options o = { .dir = dir, .keep_schema = true };
    struct account_store *s;

    (void)state;
    strcpy(dir, folder_path("state"));
    s = account_store_open(&o, error);
    assert_non_null(s);
    assert_alice(s);
    account_store_close(s);
    assert_int_equal(sql_number("PRAGMA user_version"), 1);
}

/* Whoever has not the key does not change the store either. */
static void
another_key_changes_nothing(void **state)
{
    char error[ACCOUNT_ERROR_MAX], dir[256];
    uint8_t key[ACCOUNT_KEY_SIZE] = { 1 };
    struct account_store_options o = { .dir = dir, .key = key };

    (void)state;
    strcpy(dir, folder_path("state"));
    assert_null(account_store_open(&o, error));
    assert_non_null(strstr(error, "another key"));
    assert_int_equal(sql_number("PRAGMA user_version"), 1);
}

/* It fails in the middle: the old schema is whole. */
static void
a_step_that_fails_leaves_the_old_one(void **state)
{
    char error[ACCOUNT_ERROR_MAX];

    (void)state;
    sql_run("CREATE TABLE history_rid (x)");    /* the name of the new schema's index */
    assert_null(store_open(false, error));
    assert_int_equal(sql_number("PRAGMA user_version"), 1);
    assert_int_equal(sql_number("SELECT count(*) FROM sqlite_schema WHERE name = 'history'"), 0);
    sql_run("DROP TABLE history_rid");
    account_store_close(store_open(false, error));
    assert_int_equal(sql_number("PRAGMA user_version"), 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_old_store_is_brought_up), T(a_look_keeps_the_schema),
        T(another_key_changes_nothing), T(a_step_that_fails_leaves_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
