/*
 * The sandbox, tried from inside: the fake authority does what an attacker would
 * do who runs code in the daemon, and tells the errno it got.
 */
#include "harness.h"

#include <errno.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct daemon d;

static int
setup(void **state)
{
    (void)state;
    daemon_init(&d, "", "[service all]\nuid = *\n");
    daemon_start(&d, NULL);
    return 0;
}

static int
teardown(void **state)
{
    int code = daemon_stop(&d, SIGTERM);

    (void)state;
    daemon_wipe(&d);
    return code;
}

static int
tries(const char *what)
{
    char command[256];
    const char *text;
    int fd = client_connect(&d, NULL), result;

    snprintf(command, sizeof command, "try %s", what);
    text = client_ask(fd, command);
    assert_non_null(text);
    result = (int)strtol(text, NULL, 10);
    close(fd);
    return result;
}

static int
tries_file(const char *how, const char *name)
{
    char what[200];

    snprintf(what, sizeof what, "%s %s/%s", how, d.dir, name);
    return tries(what);
}

static void
no_programs_no_sockets_no_new_code(void **state)
{
    (void)state;
    assert_true(daemon_logged(&d, "seccomp=yes"));
    assert_int_equal(tries("exec"), EPERM);
    assert_int_equal(tries("fork"), EPERM);
    assert_int_equal(tries("socket"), EPERM);
    assert_int_equal(tries("code"), EPERM);
    assert_int_equal(tries("root"), EPERM);
    assert_int_equal(tries("limits"), EPERM);
}

static void
the_process_is_not_dumpable(void **state)
{
    char path[64], line[64] = "";
    struct stat st;
    FILE *f;

    (void)state;
    /* Files under /proc of a process that is not dumpable belong to root (proc(5)). */
    snprintf(path, sizeof path, "/proc/%d/mem", (int)d.pid);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, 0);
    snprintf(path, sizeof path, "/proc/%d/limits", (int)d.pid);
    f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "Max core file size", 18) == 0)
            break;
    assert_non_null(strstr(line, " 0 "));
    fclose(f);
}

static void
few_files_are_there(void **state)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
        skip();
    (void)state;
    assert_int_equal(tries_file("write", "state/new"), 0);
    assert_int_equal(tries_file("read", "state/new"), 0);
    assert_int_equal(tries_file("read", "opensspi.conf"), 0);
    assert_int_equal(tries_file("write", "opensspi.conf"), EACCES);
    assert_int_equal(tries_file("write", "run/new"), EACCES);
    assert_int_equal(tries("read /etc/passwd"), 0);
    assert_int_equal(tries("write /etc/passwd"), EACCES);
    assert_int_equal(tries("read /proc/1/environ"), EACCES);
    assert_int_equal(tries("write /tmp/lsad-test-outside"), EACCES);
}

/* A package of the slow pool needs the network, so the sandbox leaves it that. */
static void
slow_packages_get_sockets(void **state)
{
    struct daemon saved = d;

    (void)state;
    daemon_init(&d, "", "[service all]\nuid = *\n[package Kerberos]\npool = slow\n");
    daemon_start(&d, NULL);
    assert_int_equal(tries("socket"), 0);
    assert_int_equal(tries("exec"), EPERM);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    daemon_wipe(&d);
    d = saved;
}

/* A rule that cannot be made stops the start; a path that is not there needs none. */
static void
a_rule_that_fails_stops_the_start(void **state)
{
    char text[256], path[160];
    struct daemon own;

    (void)state;
    if (geteuid() != 0 ||
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
        skip();
    daemon_init(&own, "", "");
    assert_int_equal(chown(own.state, 65534, 65534), 0);
    snprintf(path, sizeof path, "%s/closed", own.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(text, sizeof text, "[service all]\nuid = *\n[package Kerberos]\n"
             "krb5_config = %s/inner/keytab\n", path);
    daemon_configure(&own, "user = nobody\n", text);
    assert_int_equal(daemon_run(&own, NULL), 3);
    assert_true(daemon_logged(&own, "closed/inner"));
    daemon_wipe(&own);
}

/* D21: started as root it ends up as the configured account, the store included. */
static void
root_becomes_the_account(void **state)
{
    struct daemon saved = d;
    char path[160], line[128] = "";
    FILE *f;

    (void)state;
    if (geteuid() != 0)
        skip();
    daemon_init(&d, "user = nobody\n", "[service all]\nuid = *\n");
    snprintf(path, sizeof path, "%s/state", d.dir);
    assert_int_equal(chown(path, 65534, 65534), 0);
    snprintf(path, sizeof path, "%s/run", d.dir);
    assert_int_equal(chown(path, 65534, 65534), 0);
    daemon_start(&d, NULL);
    snprintf(path, sizeof path, "/proc/%d/status", (int)d.pid);
    f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL && strncmp(line, "Uid:", 4) != 0)
        continue;
    assert_string_equal(line, "Uid:\t65534\t65534\t65534\t65534\n");
    while (fgets(line, sizeof line, f) != NULL && strncmp(line, "CapBnd:", 7) != 0)
        continue;
    assert_string_equal(line, "CapBnd:\t0000000000000000\n");
    fclose(f);
    assert_int_equal(tries("root"), EPERM);
    assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    assert_false(file_exists(d.socket));
    daemon_wipe(&d);
    d = saved;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_programs_no_sockets_no_new_code),
        cmocka_unit_test(the_process_is_not_dumpable),
        cmocka_unit_test(few_files_are_there),
        cmocka_unit_test(slow_packages_get_sockets),
        cmocka_unit_test(a_rule_that_fails_stops_the_start),
        cmocka_unit_test(root_becomes_the_account),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
