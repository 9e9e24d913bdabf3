/*
 * The command line: exit codes, and --check's messages with file, line and remedy.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char services[] = "[service all]\nuid = *\n";
static struct daemon d;
static char module_line[256];

/* A folder with a module of the built-in package's name, so that --check is content. */
static int
setup(void **state)
{
    char path[160];
    FILE *f;

    (void)state;
    daemon_init(&d, "", services);
    snprintf(path, sizeof path, "%s/modules", d.dir);
    snprintf(module_line, sizeof module_line, "module_dir = %s\n", path);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof path, "%s/modules/ntlm.so", d.dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
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

static void
faults_of_key_are_found(void **state)
{
    char key[160], line[320];

    (void)state;
    snprintf(key, sizeof key, "%s/state/store.key", d.dir);
    assert_int_equal(chmod(key, 0644), 0);
    check_finds("store.key: others may read it");
    assert_int_equal(chmod(key, 0600), 0);
    assert_int_equal(truncate(key, 5), 0);
    check_finds("not a file of 32 bytes");
    assert_int_equal(truncate(key, 32), 0);
    snprintf(line, sizeof line, "%s[store]\nkey_file = /nowhere/key\n", services);
    daemon_configure(&d, module_line, "[service all]\nuid = *\n");
    assert_int_equal(unlink(key), 0);
    check_finds("store.key: No such file");
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
        cmocka_unit_test_setup_teardown(a_missing_file_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_of_key_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_modules_are_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_state_folder_that_is_not_ours_is_found, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(wrong_options_are_usage_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(version_and_help_are_printed, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
