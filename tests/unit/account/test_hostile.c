/*
 * Stores that must be refused, and rows that must not be believed: every one
 * with the reason that its administrator reads.
 */
#include "support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_refused(bool create, const char *says)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = store_open(create, error);

    assert_null(s);
    if (strstr(error, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error, says);
}

/* A store with alice (0x11) and bob (0x22), closed. */
static void
make_two(void)
{
    struct account_store *s = store_make();

    account_put(s, W(u"alice"), 0x11);
    account_put(s, W(u"bob"), 0x22);
    account_store_close(s);
}

static void
file_replace(const char *name, const void *bytes, size_t n, mode_t mode)
{
    int fd;

    unlink(folder_path(name));
    fd = open(folder_path(name), O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void
test_missing(void **state)
{
    (void)state;
    assert_refused(false, "/state: cannot open the store's folder: No such file");
    assert_int_equal(mkdir(folder_path("state"), 0700), 0);
    assert_refused(false, "/state/accounts.db: there is no account store");
    file_replace("state/accounts.db", "", 0, 0600);
    assert_refused(false, "/state/accounts.db: the account store is empty");
    account_store_close(store_make());
}

static void
test_deep_folder(void **state)
{
    char error[ACCOUNT_ERROR_MAX], dir[256];
    struct account_store_options o = { .dir = dir, .create = true };
    struct account_store *s;
    struct stat st;

    (void)state;
    strcpy(dir, folder_path("a/b//c/"));
    s = account_store_open(&o, error);
    assert_non_null(s);
    account_store_close(s);
    assert_int_equal(stat(folder_path("a/b"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    strcpy(dir, "");
    assert_null(account_store_open(&o, error));
}

static void
test_key(void **state)
{
    static const uint8_t other[33];

    (void)state;
    make_two();
    assert_int_equal(chmod(folder_path("state/store.key"), 0440), 0);
    assert_refused(true, "others may read the store's key (mode 0440): chmod 0400 it");
    assert_int_equal(chmod(folder_path("state/store.key"), 0404), 0);
    assert_refused(true, "others may read the store's key (mode 0404)");
    file_replace("state/store.key", other, 32, 0400);
    assert_refused(true, "sealed with another key than");
    file_replace("state/store.key", other, 31, 0400);
    assert_refused(true, "has 31 bytes, not 32");
    file_replace("state/store.key", other, 33, 0400);
    assert_refused(true, "has 33 bytes, not 32");
    /* A new key would not open the old hashes: none is made for a store that is there. */
    assert_int_equal(unlink(folder_path("state/store.key")), 0);
    assert_refused(true, "cannot open the store's key: No such file");
    assert_int_equal(mkdir(folder_path("state/store.key"), 0700), 0);
    assert_refused(true, "must be a regular file");
}

static void
test_key_elsewhere(void **state)
{
    char error[ACCOUNT_ERROR_MAX], dir[256], key[256];
    struct account_store_options o = { .dir = dir, .key_file = key, .create = true };
    struct account_store *s;

    (void)state;
    strcpy(dir, folder_path("state"));
    strcpy(key, folder_path("creds/store.key"));
    assert_int_equal(mkdir(folder_path("creds"), 0700), 0);
    file_replace("creds/store.key", "0123456789abcdef0123456789abcdef", 32, 0440);
    assert_null(account_store_open(&o, error));
    /* systemd's credentials show the mask of their access list as group permissions. */
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder_path("creds"), 1), 0);
    s = account_store_open(&o, error);
    assert_non_null(s);
    account_store_close(s);
    assert_int_equal(chmod(key, 0444), 0);
    assert_null(account_store_open(&o, error));
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder_path("cred"), 1), 0);
    assert_int_equal(chmod(key, 0440), 0);
    assert_null(account_store_open(&o, error));
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(access(folder_path("state/store.key"), F_OK), -1);
}

static void
test_permissions(void **state)
{
    (void)state;
    make_two();
    assert_int_equal(chmod(folder_path("state"), 0770), 0);
    assert_refused(true, "others may write to the store's folder (mode 0770): chmod 0700 it");
    assert_int_equal(chmod(folder_path("state"), 0750), 0);
    assert_int_equal(chmod(folder_path("state/accounts.db"), 0660), 0);
    assert_refused(true, "others may write to it (mode 0660): chmod 0600 it");
    assert_int_equal(chmod(folder_path("state/accounts.db"), 0600), 0);
    account_store_close(store_make());
    assert_int_equal(rename(folder_path("state/accounts.db"), "/tmp/account-test-moved"), 0);
    assert_int_equal(symlink("/tmp/account-test-moved", folder_path("state/accounts.db")), 0);
    assert_refused(true, "must be a regular file");
    unlink("/tmp/account-test-moved");
}

static void
test_schema(void **state)
{
    (void)state;
    make_two();
    sql_run("PRAGMA user_version = 3");
    assert_refused(true, "written by a later version: its schema is 3, this one knows 1 to 2");
    sql_run("PRAGMA user_version = 0");
    assert_refused(true, "its schema is 0, this one knows 1 to 2");
    sql_run("PRAGMA user_version = 2; PRAGMA application_id = 7");
    assert_refused(true, "not an account store of OpenSSPI");
    sql_run("PRAGMA application_id = 1330860880; DELETE FROM meta WHERE key = 'sid'");
    assert_refused(true, "no machine SID");
    sql_run("DELETE FROM meta WHERE key = 'key_check'");
    assert_refused(true, "no key check");
    sql_run("DROP TABLE meta");
    assert_refused(true, "no such table: meta");
}

/* A maker that died between the file and its tables left nothing worth keeping. */
static void
test_unfinished(void **state)
{
    (void)state;
    make_two();
    assert_int_equal(unlink(folder_path("state/accounts.db")), 0);
    sql_run("PRAGMA journal_mode = WAL");
    assert_int_equal(chmod(folder_path("state/accounts.db"), 0600), 0);
    assert_refused(false, "not an account store of OpenSSPI");
    account_store_close(store_make());
}

static void
test_corrupt(void **state)
{
    char junk[8192];

    (void)state;
    make_two();
    memset(junk, 'j', sizeof(junk));
    file_replace("state/accounts.db", junk, sizeof(junk), 0600);
    assert_refused(true, "file is not a database");
    assert_refused(false, "file is not a database");
}

/* Damage in any page is found: with 512 bytes of junk at each place of the file in turn. */
static void
test_corrupt_pages(void **state)
{
    char error[ACCOUNT_ERROR_MAX], command[512];
    struct account a, b;
    struct stat st;
    int refused = 0;

    (void)state;
    make_two();
    assert_int_equal(stat(folder_path("state/accounts.db"), &st), 0);
    for (off_t at = 0; at < st.st_size; at += 512) {
        struct account_store *s;
        snprintf(command, sizeof(command),
                 "cd %s && rm -rf good && cp -a state good && "
                 "dd if=/dev/urandom of=state/accounts.db bs=512 seek=%lld count=1 conv=notrunc "
                 "status=none", folder_path("."), (long long)(at / 512));
        assert_int_equal(system(command), 0);
        s = store_open(false, error);
        refused += s == NULL;
        /* Where it opens, what is found is the truth or an error. */
        if (s != NULL && account_find(s, W(u"alice"), &a) == 0)
            assert_int_equal(a.nt_hash[3], 0x11);
        if (s != NULL && account_find(s, W(u"bob"), &b) == 0)
            assert_int_equal(b.nt_hash[3], 0x22);
        account_store_close(s);
        snprintf(command, sizeof(command), "cd %s && rm -rf state && mv good state",
                 folder_path("."));
        assert_int_equal(system(command), 0);
    }
    assert_true(refused > 5);
}

static void
test_swapped_rows(void **state)
{
    struct account_store *s;
    struct account a;

    (void)state;
    make_two();
    sql_run("UPDATE users SET sealed_hash = (SELECT sealed_hash FROM users WHERE rid = 1000) "
            "WHERE rid = 1001");
    s = store_make();
    assert_int_equal(account_find(s, W(u"alice"), &a), 0);
    assert_int_equal(account_find(s, W(u"bob"), &a), STATUS_INTERNAL_DB_CORRUPTION);
    assert_false(a.has_hash);
    assert_int_equal(a.nt_hash[0], 0);
    assert_int_equal(account_find_rid(s, 1001, &a), STATUS_INTERNAL_DB_CORRUPTION);
    /* With a new password the account is well again. */
    assert_int_equal(account_set_password(s, W(u"bob"), W(u"new"), NOON), 0);
    assert_int_equal(account_find(s, W(u"bob"), &a), 0);
    account_store_close(s);
}

/* The whole row moved, rid and all: the name is not sealed, the rid is. */
static void
test_swapped_rids(void **state)
{
    struct account_store *s;
    struct account a;

    (void)state;
    make_two();
    sql_run("UPDATE users SET rid = 9 WHERE rid = 1000");
    s = store_make();
    assert_int_equal(account_find(s, W(u"alice"), &a), STATUS_INTERNAL_DB_CORRUPTION);
    account_store_close(s);
}

static void
test_bad_columns(void **state)
{
    static const char *const changes[] = {
        "UPDATE users SET sealed_hash = x'00'",
        "UPDATE users SET sealed_hash = zeroblob(44)",
        "UPDATE users SET sealed_hash = 'text'",
        "UPDATE users SET name = x'41'",
        "UPDATE users SET name = x''",
        "UPDATE users SET name = zeroblob(514)",
        "UPDATE users SET flags = 4294967296",
        "UPDATE users SET flags = -1",
        "UPDATE users SET bad_count = -1",
        "UPDATE users SET local_user = printf('%64d', 1)",
    };
    struct account_store *s;
    struct account a;

    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        s = store_make();
        account_put(s, W(u"carol"), 1);
        sql_run(changes[i]);
        assert_int_equal(account_find(s, W(u"carol"), &a), STATUS_INTERNAL_DB_CORRUPTION);
        assert_int_equal(a.rid, 0);
        assert_int_equal(account_delete(s, W(u"carol")), 0);
        account_store_close(s);
    }
}

static void
test_next_rid(void **state)
{
    struct account_store *s;
    struct account a = account_of(W(u"x"), 1);
    uint32_t rid;

    (void)state;
    make_two();
    sql_run("UPDATE meta SET value = 'many' WHERE key = 'next_rid'");
    s = store_make();
    assert_int_equal(account_add(s, &a, &rid), STATUS_INTERNAL_DB_CORRUPTION);
    sql_run("UPDATE meta SET value = 2147483647 WHERE key = 'next_rid'");
    assert_int_equal(account_add(s, &a, &rid), STATUS_INVALID_PARAMETER);
    sql_run("UPDATE meta SET value = 1000 WHERE key = 'next_rid'");
    assert_int_equal(account_add(s, &a, &rid), STATUS_USER_EXISTS);
    account_store_close(s);
}

/* No password hash, sealed or not, is left in the files after its account is gone. */
static void
test_deleted_for_good(void **state)
{
    struct account_store *s = store_make();
    char command[512];

    (void)state;
    account_put(s, W(u"QQDELETEDQQ"), 0x51);
    account_put(s, W(u"stays"), 0x51);
    assert_int_equal(account_delete(s, W(u"qqdeletedqq")), 0);
    account_store_close(s);
    /* "D.E.L.E.T.E.D" in UTF-16LE; 0x51 is Q: sixteen of them would be the bare hash. */
    snprintf(command, sizeof(command), "! grep -lraP 'D\\0E\\0L\\0E\\0T\\0E\\0D|Q{16}' %s",
             folder_path("state"));
    assert_int_equal(system(command), 0);
}

#define WITH_FOLDER(t) cmocka_unit_test_setup_teardown(t, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_missing),
        WITH_FOLDER(test_deep_folder),
        WITH_FOLDER(test_key),
        WITH_FOLDER(test_key_elsewhere),
        WITH_FOLDER(test_permissions),
        WITH_FOLDER(test_schema),
        WITH_FOLDER(test_unfinished),
        WITH_FOLDER(test_corrupt),
        WITH_FOLDER(test_corrupt_pages),
        WITH_FOLDER(test_swapped_rows),
        WITH_FOLDER(test_swapped_rids),
        WITH_FOLDER(test_bad_columns),
        WITH_FOLDER(test_next_rid),
        WITH_FOLDER(test_deleted_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
