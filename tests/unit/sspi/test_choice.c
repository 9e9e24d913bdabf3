/* Which authority: configuration, environment, and that nothing falls back (D19). */
#include "unit.h"

#include "base/log.h"
#include "sspi/authority.h"

#include "winerror.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static unsigned lines;

static void
count_line(enum log_level level, const char *line, void *arg)
{
    (void)arg;
    (void)line;
    if (level <= LOG_WARNING)
        lines++;
}

static char *
in_dir(const char *name)
{
    static char path[4][256];
    static unsigned next;
    char *p = path[next++ % 4];

    snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
    return p;
}

static char *
file_with(const char *name, const char *text)
{
    char *path = in_dir(name);
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/opensspi-choice-XXXXXX");
    assert_non_null(mkdtemp(dir));
    unsetenv("OPENSSPI_AUTHORITY");
    unsetenv("OPENSSPI_CONFIG");
    setenv("XDG_STATE_HOME", in_dir("state"), 1);
    lines = 0;
    log_set_level(LOG_WARNING);
    log_set_sink(count_line, NULL);
    return 0;
}

static int
teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static void
configured_socket(void **state)
{
    struct sspi_choice c;
    char *path = file_with("a.conf", "[authority]\nmode = lsad\nsocket = /run/x/lsad.sock\n");

    (void)state;
    assert_int_equal(sspi_choice_make_from(path, &c), SEC_E_OK);
    assert_false(c.embedded);
    assert_string_equal(c.path, "/run/x/lsad.sock");
    assert_int_equal(lines, 0);
    sspi_choice_wipe(&c);
}

static void
configured_embedded(void **state)
{
    struct sspi_choice c;
    char *path = file_with("a.conf", "[authority]\nmode = embedded\nmodule_dir = /opt/m\n");

    (void)state;
    assert_int_equal(sspi_choice_make_from(path, &c), SEC_E_OK);
    assert_true(c.embedded);
    assert_null(c.path);
    assert_string_equal(c.config_path, path);
    assert_string_equal(c.module_dir, "/opt/m");
    sspi_choice_wipe(&c);
}

static void
a_broken_file_is_no_absent_file(void **state)
{
    struct sspi_choice c;
    char *path = file_with("a.conf", "[authority\nmode = lsad\n");

    (void)state;
    setenv("OPENSSPI_AUTHORITY", "embedded:/tmp", 1);
    assert_int_equal(sspi_choice_make_from(path, &c), SEC_E_INTERNAL_ERROR);
    assert_int_equal(lines, 1);
    assert_int_equal(sspi_choice_make_from(file_with("b.conf", "[authority]\nmoed = lsad\n"), &c),
                     SEC_E_INTERNAL_ERROR);
    /* A folder where the file should be cannot be read as one. */
    assert_int_equal(sspi_choice_make_from(dir, &c), SEC_E_INTERNAL_ERROR);
}

/* The other sections are the daemon's: no name service is asked about their users. */
static void
faults_of_the_daemons_sections(void **state)
{
    static const char *const sections[] = {
        "[service web]\nuid = no-such-account-here\n", "[service web]\nuid = 99999999999\n",
        "[service web]\nmay = fly\n", "[store]\nlockout_threshold = many\n",
    };
    struct sspi_choice c;
    char text[256];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(sections); i++) {
        snprintf(text, sizeof(text), "[authority]\nmode = lsad\nsocket = /run/a\n%s",
                 sections[i]);
        assert_int_equal(sspi_choice_make_from(file_with("a.conf", text), &c), SEC_E_OK);
        assert_string_equal(c.path, "/run/a");
        sspi_choice_wipe(&c);
    }
    assert_int_equal(lines, 0);
}

/* Root reads everything, so the test is somebody else for a moment. */
static void
an_unreadable_file_is_no_absent_file(void **state)
{
    struct sspi_choice c;
    char *path = file_with("a.conf", "[authority]\nmode = embedded\n");
    status_t st;

    (void)state;
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(chmod(path, 0), 0);
    if (getuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    st = sspi_choice_make_from(path, &c);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(st, SEC_E_INTERNAL_ERROR);
    assert_int_equal(lines, 1);
}

/* Somebody who is not root, unless the build lies in a folder that only root may enter. */
static void
become_nobody(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (geteuid() != 0)
        return;
    assert_true(n > 0);
    self[n] = '\0';
    assert_int_equal(seteuid(65534), 0);
    if (faccessat(AT_FDCWD, self, R_OK, AT_EACCESS) == 0)
        return;
    assert_int_equal(seteuid(0), 0);
    skip();
}

/* Absent: embedded, in a private folder, with one line. */
static void
without_a_file(void **state)
{
    struct sspi_choice c;
    struct stat st;

    (void)state;
    become_nobody();
    setenv("XDG_STATE_HOME", "/tmp/opensspi-choice-nobody", 1);
    assert_int_equal(sspi_choice_make_from("/nonexistent/opensspi.conf", &c), SEC_E_OK);
    assert_true(c.embedded);
    assert_string_equal(c.path, "/tmp/opensspi-choice-nobody/opensspi");
    assert_int_equal(stat(c.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_null(c.config_path);
    assert_int_equal(lines, 1);
    sspi_choice_wipe(&c);
    rmdir("/tmp/opensspi-choice-nobody/opensspi");
    rmdir("/tmp/opensspi-choice-nobody");
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void
the_environment_without_a_file(void **state)
{
    struct sspi_choice c;

    (void)state;
    setenv("OPENSSPI_AUTHORITY", "unix:/tmp/my.sock", 1);
    assert_int_equal(sspi_choice_make_from("/nonexistent", &c), SEC_E_OK);
    assert_false(c.embedded);
    assert_string_equal(c.path, "/tmp/my.sock");
    sspi_choice_wipe(&c);
    setenv("OPENSSPI_AUTHORITY", "embedded:/tmp/dir", 1);
    assert_int_equal(sspi_choice_make_from("/nonexistent", &c), SEC_E_OK);
    assert_true(c.embedded);
    assert_string_equal(c.path, "/tmp/dir");
    sspi_choice_wipe(&c);
    assert_int_equal(lines, 0);
}

static void
malformed_environment(void **state)
{
    static const char *const bad[] = { "", "unix:", "unix:relative", "embedded:", "tcp:/x", "/x" };
    struct sspi_choice c;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        setenv("OPENSSPI_AUTHORITY", bad[i], 1);
        assert_int_equal(sspi_choice_make_from("/nonexistent", &c), SEC_E_INTERNAL_ERROR);
    }
}

static void
the_environment_needs_permission(void **state)
{
    struct sspi_choice c;
    char *no = file_with("a.conf", "[authority]\nmode = lsad\nsocket = /run/a\n");
    char *yes = file_with("b.conf", "[authority]\nmode = lsad\nallow_environment = yes\n");

    (void)state;
    setenv("OPENSSPI_AUTHORITY", "unix:/tmp/my.sock", 1);
    setenv("OPENSSPI_CONFIG", "/nonexistent", 1);
    assert_int_equal(sspi_choice_make_from(no, &c), SEC_E_OK);
    assert_string_equal(c.path, "/run/a");
    sspi_choice_wipe(&c);
    /* A file that the environment names must be there. */
    assert_int_equal(sspi_choice_make_from(yes, &c), SEC_E_INTERNAL_ERROR);
    unsetenv("OPENSSPI_CONFIG");
    assert_int_equal(sspi_choice_make_from(yes, &c), SEC_E_OK);
    assert_string_equal(c.path, "/tmp/my.sock");
    sspi_choice_wipe(&c);
}

static void
another_configuration(void **state)
{
    struct sspi_choice c;
    char *other = file_with("a.conf", "[authority]\nmode = embedded\n");

    (void)state;
    setenv("OPENSSPI_CONFIG", other, 1);
    assert_int_equal(sspi_choice_make_from("/nonexistent", &c), SEC_E_OK);
    assert_true(c.embedded);
    assert_string_equal(c.config_path, other);
    assert_int_equal(lines, 0);
    sspi_choice_wipe(&c);
}

/* Modules lie beside the file that this code is in. */
static void
modules_beside_us(void **state)
{
    struct sspi_choice c;
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    (void)state;
    assert_true(n > 0);
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    setenv("OPENSSPI_AUTHORITY", "unix:/x", 1);
    assert_int_equal(sspi_choice_make_from("/nonexistent", &c), SEC_E_OK);
    assert_memory_equal(c.module_dir, self, strlen(self));
    assert_string_equal(c.module_dir + strlen(self), "/opensspi");
    sspi_choice_wipe(&c);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(configured_socket), T(configured_embedded), T(a_broken_file_is_no_absent_file),
        T(faults_of_the_daemons_sections), T(an_unreadable_file_is_no_absent_file),
        T(without_a_file),
        T(the_environment_without_a_file), T(malformed_environment),
        T(the_environment_needs_permission), T(another_configuration), T(modules_beside_us),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
