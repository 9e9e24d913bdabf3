/*
 * The command line: exit codes, and --check's messages with file, line and remedy.
 */
#include "harness.h"

#include "lsa/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char services[] = "[service all]\nuid = *\n";
static struct daemon d;
static char module_line[256];

/* n: so many bytes of it at most. */
static void
module_copy(const char *from, const char *to, size_t n)
{
    static char bytes[1 << 22];
    char path[512];
    FILE *f;
    size_t got;

    snprintf(path, sizeof path, "%s/%s.so", getenv("LSAD_MODULES"), from);
    f = fopen(path, "re");
    assert_non_null(f);
    got = fread(bytes, 1, sizeof bytes, f);
    assert_true(feof(f));
    fclose(f);
    snprintf(path, sizeof path, "%s/modules/%s.so", d.dir, to);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n < got ? n : got, f), n < got ? n : got);
    fclose(f);
}

/* A folder with modules of the built-in packages' names. */
static int
setup(void **state)
{
    static const char *const modules[] = { "ntlm", "kerberos", "negotiate" };
    char path[160];

    (void)state;
    daemon_init(&d, "", services);
    snprintf(path, sizeof path, "%s/modules", d.dir);
    snprintf(module_line, sizeof module_line, "module_dir = %s\n", path);
    assert_int_equal(mkdir(path, 0755), 0);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        module_copy("ntlm", modules[i], SIZE_MAX);
    daemon_configure(&d, module_line, services);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    daemon_wipe(&d);
    return 0;
}

static void
check_finds(const char *what)
{
    assert_int_equal(daemon_run(&d, "--check", NULL), 1);
    assert_true(daemon_logged(&d, what));
    assert_int_equal(truncate(d.log, 0), 0);
}

static void
a_good_configuration_passes(void **state)
{
    (void)state;
    assert_int_equal(daemon_run(&d, "--check", NULL), 0);
    assert_true(daemon_logged(&d, "no fault found"));
    /* --check must not disturb a running daemon. */
    assert_false(file_exists(d.socket));
}

static void
unknown_keys_are_named_with_line_and_nearest(void **state)
{
    (void)state;
    daemon_configure(&d, "slow_worker = 3\n", services);
    check_finds("opensspi.conf:4");
    assert_int_equal(daemon_run(&d, "--check", NULL), 1);
    assert_true(daemon_logged(&d, "slow_workers"));
    daemon_configure(&d, "slow_workers = many\n", services);
    check_finds("opensspi.conf:4");
}

/* A package that nobody knows is not negotiated, and nobody would notice. */
static void
unknown_packages_are_named_with_the_nearest(void **state)
{
    (void)state;
    daemon_configure(&d, "", "[service all]\nuid = *\npackages = Negotiate, Kerberus\n");
    check_finds("[service all] packages: there is no [package Kerberus]; did you mean Kerberos?");
    daemon_configure(&d, "", "[package Negotiate]\npackages = NTLM, Kerberus\n"
                             "[service all]\nuid = *\n");
    check_finds("[package Negotiate] packages: there is no [package Kerberus]");
}

static void
a_missing_file_is_named(void **state)
{
    char saved[128];

    (void)state;
    memcpy(saved, d.config, sizeof saved);
    snprintf(d.config, sizeof d.config, "%s/missing.conf", d.dir);
    check_finds("missing.conf");
    memcpy(d.config, saved, sizeof saved);
}

/* What --check finds, the start refuses for the same reason. */
static void
both_find(const char *what)
{
    check_finds(what);
    assert_int_equal(daemon_run(&d, NULL), 3);
    assert_true(daemon_logged(&d, what));
    assert_int_equal(truncate(d.log, 0), 0);
}

static void
store_path(char path[160], const char *name)
{
    snprintf(path, 160, "%s/state/%s", d.dir, name);
}

static void
store_make(void)
{
    const struct account_store_options options = { .dir = d.state, .create = true };
    char error[ACCOUNT_ERROR_MAX] = "";
    struct account_store *s = account_store_open(&options, error);

    if (s == NULL)
        fail_msg("%s", error);
    account_store_close(s);
}

static void
a_fresh_host_passes(void **state)
{
    (void)state;
    assert_int_equal(daemon_run(&d, "--check", NULL), 0);
    assert_true(daemon_logged(&d, "the first start makes it"));
    assert_int_equal(rmdir(d.state), 0);
    assert_int_equal(daemon_run(&d, "--check", NULL), 0);
    assert_false(file_exists(d.state));         /* looked, not made */
}

static void
a_store_that_is_there_is_opened(void **state)
{
    (void)state;
    store_make();
    assert_int_equal(daemon_run(&d, "--check", NULL), 0);
    assert_true(daemon_logged(&d, "no fault found"));
}

static void
faults_of_key_are_found(void **state)
{
    char key[160], saved[160];

    (void)state;
    store_make();
    store_path(key, "store.key");
    store_path(saved, "saved.key");
    assert_int_equal(chmod(key, 0644), 0);
    both_find("others may read the store's key");
    assert_int_equal(chmod(key, 0440), 0);
    both_find("others may read the store's key");
    assert_int_equal(chmod(key, 0600), 0);
    assert_int_equal(rename(key, saved), 0);
    both_find("store.key is missing");
    assert_int_equal(rename(saved, key), 0);
    assert_int_equal(truncate(key, 5), 0);
    both_find("has 5 bytes, not 32");
}

static void
faults_of_accounts_are_found(void **state)
{
    static const char garbage[] = "these bytes are no database of any kind, not even a small one";
    char accounts[160];
    FILE *f;

    (void)state;
    store_make();
    store_path(accounts, "accounts.db");
    f = fopen(accounts, "r+");
    assert_non_null(f);
    assert_int_equal(fwrite(garbage, sizeof garbage, 1, f), 1);
    fclose(f);
    check_finds("accounts.db");
    assert_int_equal(unlink(accounts), 0);
    both_find("accounts.db is missing");
}

static void
missing_modules_are_found(void **state)
{
    char path[160];

    (void)state;
    snprintf(path, sizeof path, "%s/modules/ntlm.so", d.dir);
    assert_int_equal(chmod(path, 0666), 0);
    check_finds("everybody may write it");
    assert_int_equal(unlink(path), 0);
    check_finds("ntlm.so: No such file");
}

/* Each is said, and none of them takes --check along. */
static void
modules_that_do_not_load_are_found(void **state)
{
    (void)state;
    module_copy("ntlm", "ntlm", 20000);
    module_copy("ntlm-user", "kerberos", SIZE_MAX);
    module_copy("ntlm", "negotiate", 3);
    assert_int_equal(daemon_run(&d, "--check", NULL), 1);
    assert_true(daemon_logged(&d, "ntlm.so: the file is cut off"));
    assert_true(daemon_logged(&d, "kerberos.so: exports no SpLsaModeInitialize"));
    assert_true(daemon_logged(&d, "negotiate.so: it is no ELF file"));
}

static void
keytabs_that_cannot_be_read_are_found(void **state)
{
    (void)state;
    daemon_configure(&d, module_line, "[service web]\nuid = *\nkeytab = /nowhere/web.keytab\n");
    check_finds("[service web] keytab = /nowhere/web.keytab: No such file");
    daemon_configure(&d, module_line, services);
}

static void
a_state_folder_that_is_not_ours_is_found(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    daemon_configure(&d, "user = nobody\n", services);
    check_finds("it must belong to user nobody");
}

static void
wrong_options_are_usage_errors(void **state)
{
    (void)state;
    assert_int_equal(daemon_run(&d, "--bogus", NULL), 2);
    assert_int_equal(daemon_run(&d, "argument", NULL), 2);
    assert_int_equal(daemon_run(&d, "--log-level", "loud", NULL), 2);
    assert_true(daemon_logged(&d, "loud"));
}

static void
version_and_help_are_printed(void **state)
{
    (void)state;
    assert_int_equal(daemon_run(&d, "--version", NULL), 0);
    assert_true(daemon_logged(&d, "lsad (OpenSSPI) 0."));
    assert_int_equal(daemon_run(&d, "--help", NULL), 0);
    assert_true(daemon_logged(&d, "Usage: lsad"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_configuration_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_keys_are_named_with_line_and_nearest, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(unknown_packages_are_named_with_the_nearest, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fresh_host_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_that_is_there_is_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_of_key_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_of_accounts_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_modules_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(modules_that_do_not_load_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(keytabs_that_cannot_be_read_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_folder_that_is_not_ours_is_found, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(wrong_options_are_usage_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(version_and_help_are_printed, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
