/*
 * The configuration reader against files as users, and as enemies, write them.
 * What a key means and what it is by default is taken from opensspi.conf(5).
 */
#include "config/config.h"
#include "config/config_near.h"
#include "config_cases.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static char *
file_path(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void
file_write(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(file_path(name), "w");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(file_path(name), 0644), 0);
}

static void
file_write_text(const char *name, const char *text)
{
    file_write(name, text, strlen(text));
}

static struct config *
load_good(const char *text)
{
    char error[CONFIG_ERROR_MAX];
    struct config *c = NULL;

    file_write_text("opensspi.conf", text);
    if (config_load(file_path("opensspi.conf"), &c, error) != 0)
        fail_msg("refused: %s", error);
    assert_string_equal(error, "");
    return c;
}

static int
load_bad(char error[CONFIG_ERROR_MAX])
{
    struct config *c = (void *)&folder;
    int e = config_load(file_path("opensspi.conf"), &c, error);

    assert_int_not_equal(e, 0);
    assert_null(c);
    assert_true(error[0] != '\0');
    return e;
}

static int
folder_make(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/config-test-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
folder_remove(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static void
test_defaults(void **state)
{
    struct config *c = config_defaults();

    (void)state;
    assert_non_null(c);
    assert_null(c->path);
    assert_int_equal(c->mode, CONFIG_MODE_EMBEDDED);
    assert_string_equal(c->socket, "/run/opensspi/lsad.sock");
    assert_string_equal(c->user, "lsad");
    assert_false(c->allow_environment);
    assert_int_equal(c->log_level, LOG_NOTICE);
    assert_int_equal(c->slow_workers, 8);
    assert_int_equal(c->max_clients, 1024);
    assert_null(c->netbios_name);
    assert_string_equal(c->state_dir, "/var/lib/opensspi");
    assert_null(c->key_file);
    assert_int_equal(c->lockout_threshold, 10);
    assert_int_equal(c->package_count, 3);
    assert_string_equal(c->packages[2].name, "Negotiate");
    assert_int_equal(c->packages[2].pool, CONFIG_POOL_INITIATE);
    assert_string_equal(c->packages[1].name, "Kerberos");
    assert_int_equal(c->packages[1].pool, CONFIG_POOL_INITIATE);
    assert_false(c->packages[1].is_named);
    assert_string_equal(c->packages[0].name, "NTLM");
    assert_string_equal(c->packages[0].module, "ntlm");
    assert_int_equal(c->packages[0].pool, CONFIG_POOL_FAST);
    assert_true(c->packages[0].enabled);
    assert_string_equal(config_service_of_uid(c, 1234)->name, CONFIG_SERVICE_SELF);
    config_free(c);
}

static void
test_every_key(void **state)
{
    struct config *c = load_good(
        "[authority]\nmode = embedded\nsocket = /a/b\nuser = who\nallow_environment = yes\n"
        "module_dir = /m\nlog_level = debug\nworkers = 3\nslow_workers = 4\nslow_queue = 5\n"
        "max_clients = 6\n"
        "[machine]\nnetbios_name = HOST\ndns_name = host.example.org\nnetbios_domain = DOM\n"
        "dns_domain = example.org\ndns_forest = org\n"
        "[store]\nstate_dir = /s\nkey_file = /k\nlockout_threshold = 7\n"
        "lockout_window_minutes = 8\nlockout_minutes = 0\n");

    (void)state;
    assert_int_equal(c->mode, CONFIG_MODE_EMBEDDED);
    assert_string_equal(c->socket, "/a/b");
    assert_string_equal(c->user, "who");
    assert_true(c->allow_environment);
    assert_string_equal(c->module_dir, "/m");
    assert_int_equal(c->log_level, LOG_DEBUG);
    assert_int_equal(c->workers, 3);
    assert_int_equal(c->slow_workers, 4);
    assert_int_equal(c->slow_queue, 5);
    assert_int_equal(c->max_clients, 6);
    assert_string_equal(c->netbios_name, "HOST");
    assert_string_equal(c->dns_name, "host.example.org");
    assert_string_equal(c->netbios_domain, "DOM");
    assert_string_equal(c->dns_domain, "example.org");
    assert_string_equal(c->dns_forest, "org");
    assert_string_equal(c->state_dir, "/s");
    assert_string_equal(c->key_file, "/k");
    assert_int_equal(c->lockout_threshold, 7);
    assert_int_equal(c->lockout_window_minutes, 8);
    assert_int_equal(c->lockout_minutes, 0);
    config_free(c);
}

static void
test_service(void **state)
{
    struct config *c = load_good(
        "[service web]\nuid = root, 1001 ,1002\nmay = accept\nlisten = /run/w.sock\n"
        "listen_mode = 600\nlisten_group = www-data\npackages = NTLM, Kerberos\n"
        "max_contexts = 1\nmax_half_open = 2\nmax_credentials = 3\nhandshake_seconds = 4\n"
        "failures_per_minute = 5\n"
        "[service rest]\nuid = *\nmay = initiate, tcb, admin\n");
    const struct config_service *s = config_service_of_uid(c, 1002);

    (void)state;
    assert_string_equal(s->name, "web");
    assert_int_equal(s->uid_count, 3);
    assert_int_equal(s->uids[0], 0);
    assert_int_equal(s->may, CONFIG_MAY_ACCEPT);
    assert_string_equal(s->listen, "/run/w.sock");
    assert_int_equal(s->listen_mode, 0600);
    assert_string_equal(s->listen_group, "www-data");
    assert_int_equal(s->package_count, 2);
    assert_string_equal(s->packages[1], "Kerberos");
    assert_int_equal(s->max_contexts, 1);
    assert_int_equal(s->max_half_open, 2);
    assert_int_equal(s->max_credentials, 3);
    assert_int_equal(s->handshake_seconds, 4);
    assert_int_equal(s->failures_per_minute, 5);
    s = config_service_of_uid(c, 77);
    assert_string_equal(s->name, "rest");
    assert_int_equal(s->may, CONFIG_MAY_INITIATE | CONFIG_MAY_TCB | CONFIG_MAY_ADMIN);
    assert_int_equal(s->max_contexts, 10000);
    assert_int_equal(s->listen_mode, 0660);
    config_free(c);
}

/* A service for all stands behind one that names the user, wherever it is in the file. */
static void
test_service_order(void **state)
{
    struct config *c = load_good("[service rest]\nuid = *\n[service web]\nuid = 5\n");

    (void)state;
    assert_string_equal(config_service_of_uid(c, 5)->name, "web");
    assert_string_equal(config_service_of_uid(c, 6)->name, "rest");
    config_free(c);
    c = load_good("[service web]\nuid = 5\n");
    assert_null(config_service_of_uid(c, 6));
    config_free(c);
}

/* Settings of packages for one service, of packages that may be named later in the file. */
static void
test_service_settings(void **state)
{
    struct config *c = load_good(
        "[service web]\nuid = 5\nntlm.require_mic = yes\nSample.level = 3\n"
        "[package Sample]\nlevel = 5\n");
    const struct config_settings *s = &config_service_of_uid(c, 5)->settings;

    (void)state;
    assert_int_equal(s->count, 2);
    assert_string_equal(s->v[0].package, "ntlm");
    assert_string_equal(s->v[0].key, "require_mic");
    assert_string_equal(s->v[0].value, "yes");
    assert_string_equal(s->v[1].package, "Sample");
    assert_string_equal(s->v[1].value, "3");
    assert_null(config_package_setting(c, "NTLM", "require_mic"));
    assert_string_equal(config_package_setting(c, "Sample", "level"), "5");
    config_free(c);
}

/* What is about Kerberos: keys of a service, and the realms whose users may come. */
static void
test_realm(void **state)
{
    struct config *c = load_good(
        "[service web]\nuid = 5\nkeytab = /k\nprincipals = HTTP/a, HTTP/b@R\n"
        "[realm EXAMPLE.COM]\nsid = S-1-5-21-1-2-3, S-1-5-21-4-5-6\naccounts = ex-%u\n"
        "[realm example.com]\n[package Kerberos]\nclock_skew = 60\nkrb5_config = /c\n");
    const struct config_service *s = config_service_of_uid(c, 5);

    (void)state;
    assert_string_equal(s->keytab, "/k");
    assert_string_equal(s->principals, "HTTP/a, HTTP/b@R");
    assert_int_equal(c->realm_count, 2);
    assert_string_equal(c->realms[0].name, "EXAMPLE.COM");
    assert_string_equal(c->realms[0].sid, "S-1-5-21-1-2-3, S-1-5-21-4-5-6");
    assert_string_equal(c->realms[0].accounts, "ex-%u");
    assert_null(c->realms[1].sid);
    assert_string_equal(config_package_setting(c, "Kerberos", "clock_skew"), "60");
    assert_string_equal(config_package_setting(c, "Kerberos", "krb5_config"), "/c");
    config_free(c);
}

static void
test_package(void **state)
{
    struct config *c = load_good(
        "[package ntlm]\nrequire_mic = yes\n"
        "[package Sample]\nlevel = 5\nnote = a = b ; comment\n"
        "[package Kerberos]\nenabled = off\n"
        "[package Two Words]\nmodule = two-words\npool = fast\n");

    (void)state;
    assert_int_equal(c->package_count, 5);
    assert_string_equal(c->packages[0].name, "NTLM");
    assert_string_equal(config_package_setting(c, "NtLm", "require_mic"), "yes");
    assert_string_equal(config_package_setting(c, "sample", "level"), "5");
    assert_string_equal(config_package_setting(c, "Sample", "note"), "a = b");
    assert_null(config_package_setting(c, "Sample", "other"));
    assert_null(config_package_setting(c, "none", "note"));
    assert_false(c->packages[1].enabled);
    assert_string_equal(c->packages[1].module, "kerberos");
    assert_int_equal(c->packages[1].pool, CONFIG_POOL_INITIATE);
    assert_true(c->packages[1].is_named);
    assert_int_equal(c->packages[3].pool, CONFIG_POOL_SLOW);
    assert_string_equal(c->packages[4].name, "Two Words");
    assert_string_equal(c->packages[4].module, "two-words");
    assert_int_equal(c->packages[4].pool, CONFIG_POOL_FAST);
    config_free(c);
}

static void
test_forms(void **state)
{
    struct config *c = load_good(
        "\xef\xbb\xbf# a comment that is longer than a line may be ..................."
        "....................................................................."
        ".....................................................................\r\n"
        "  [ store ]   ; heading\r\n\tlockout_threshold: 4\r\n\r\n   state_dir=/a b  \r\n"
        "[authority] # last, without an end of line\nworkers = 9");

    (void)state;
    assert_int_equal(c->mode, CONFIG_MODE_LSAD);
    assert_int_equal(c->lockout_threshold, 4);
    assert_string_equal(c->state_dir, "/a b");
    assert_int_equal(c->workers, 9);
    config_free(c);
    c = load_good("");
    assert_int_equal(c->mode, CONFIG_MODE_LSAD);
    assert_int_equal(c->service_count, 0);
    config_free(c);
}

static void
test_embedded_without_service(void **state)
{
    struct config *c = load_good("[authority]\nmode = embedded\n");

    (void)state;
    assert_int_equal(c->service_count, 1);
    assert_true(c->services[0].any_uid);
    config_free(c);
}

static void
test_refused(void **state)
{
    char error[CONFIG_ERROR_MAX + 1];

    (void)state;
    for (size_t i = 0; i < refused_case_count; i++) {
        const struct refused_case *r = &refused_cases[i];
        struct config *c = NULL;
        file_write("opensspi.conf", r->text, r->size != 0 ? r->size : strlen(r->text));
        if (config_load(file_path("opensspi.conf"), &c, error) != -EINVAL)
            fail_msg("case %zu was not refused: %s", i, r->says);
        assert_null(c);
        assert_int_equal(strncmp(error, file_path("opensspi.conf"), strlen(folder)), 0);
        strcat(error, "\n");
        if (strstr(error, r->says) == NULL)
            fail_msg("case %zu: %s lacks: %s", i, error, r->says);
    }
}

static void
test_dropins(void **state)
{
    char error[CONFIG_ERROR_MAX];
    struct config *c;

    (void)state;
    assert_int_equal(mkdir(file_path("conf.d"), 0755), 0);
    file_write_text("conf.d/20.conf", "[store]\nlockout_threshold = 20\n[service w]\nuid = 2\n");
    file_write_text("conf.d/10.conf", "[store]\nlockout_threshold = 10\nlockout_minutes = 9\n");
    file_write_text("conf.d/99.conf.bak", "this is no configuration");
    file_write_text("conf.d/.hidden.conf", "this is no configuration");
    c = load_good("[store]\nlockout_threshold = 3\nlockout_window_minutes = 3\n"
                  "[service w]\nuid = 1\nmay = accept\n[package Sample]\na = 1\n");
    assert_int_equal(c->lockout_threshold, 20);
    assert_int_equal(c->lockout_window_minutes, 3);
    assert_int_equal(c->lockout_minutes, 9);
    assert_int_equal(c->service_count, 1);
    assert_int_equal(c->services[0].uid_count, 1);
    assert_int_equal(c->services[0].uids[0], 2);
    assert_int_equal(c->services[0].may, CONFIG_MAY_ACCEPT);
    config_free(c);
    file_write_text("conf.d/20.conf", "[package Sample]\na = 2\n");
    c = load_good("[package Sample]\na = 1\n");
    assert_string_equal(config_package_setting(c, "Sample", "a"), "2");
    config_free(c);
    file_write_text("conf.d/20.conf", "\n[store]\nx = 1\n");
    assert_int_equal(load_bad(error), -EINVAL);
    assert_non_null(strstr(error, "/conf.d/20.conf:3: unknown key"));
    assert_int_equal(unlink(file_path("conf.d/20.conf")), 0);
    assert_int_equal(symlink("/nowhere/at/all", file_path("conf.d/20.conf")), 0);
    assert_int_equal(load_bad(error), -EIO);
}

/* "There is no configuration" and "there is a broken one" are different answers (D19). */
static void
test_missing(void **state)
{
    char error[CONFIG_ERROR_MAX];

    (void)state;
    assert_int_equal(load_bad(error), -ENOENT);
    assert_int_equal(symlink("/nowhere/at/all", file_path("opensspi.conf")), 0);
    assert_int_equal(load_bad(error), -EIO);
    assert_int_equal(unlink(file_path("opensspi.conf")), 0);
    assert_int_equal(mkdir(file_path("opensspi.conf"), 0755), 0);
    assert_int_equal(load_bad(error), -EINVAL);
    assert_non_null(strstr(error, "not a regular file"));
    assert_int_equal(rmdir(file_path("opensspi.conf")), 0);
    assert_int_equal(mkfifo(file_path("opensspi.conf"), 0600), 0);
    assert_int_equal(load_bad(error), -EINVAL);
}

static void
test_permissions(void **state)
{
    char error[CONFIG_ERROR_MAX];

    (void)state;
    file_write_text("opensspi.conf", "[store]\n");
    assert_int_equal(chmod(file_path("opensspi.conf"), 0646), 0);
    assert_int_equal(load_bad(error), -EACCES);
    assert_non_null(strstr(error, "chmod go-w"));
    if (geteuid() != 0)
        return;
    assert_int_equal(chmod(file_path("opensspi.conf"), 0664), 0);
    assert_int_equal(chown(file_path("opensspi.conf"), 0, 100), 0);
    assert_int_equal(load_bad(error), -EACCES);
}

static void
test_size(void **state)
{
    char error[CONFIG_ERROR_MAX];
    static char big[1024 * 1024 + 1];
    struct config *c = NULL;

    (void)state;
    memset(big, '\n', sizeof(big));
    file_write("opensspi.conf", big, sizeof(big));
    assert_int_equal(load_bad(error), -EINVAL);
    assert_non_null(strstr(error, "larger than 1 MiB"));
    file_write("opensspi.conf", big, sizeof(big) - 1);
    assert_int_equal(config_load(file_path("opensspi.conf"), &c, error), 0);
    config_free(c);
}

/* Many sections and settings end in an error, not in memory without bound. */
static void
test_many(void **state)
{
    char error[CONFIG_ERROR_MAX];
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    (void)state;
    fprintf(f, "[package Sample]\n");
    for (int i = 0; i < 65; i++)
        fprintf(f, "zz%d = 1\n", i);
    fclose(f);
    file_write("opensspi.conf", text, n);
    free(text);
    assert_int_equal(load_bad(error), -EINVAL);
    assert_non_null(strstr(error, ":66: more than 64 settings"));
    f = open_memstream(&text, &n);
    for (int i = 0; i < 2000; i++)
        fprintf(f, "[service s%d]\nuid = 1\n", i);
    fclose(f);
    file_write("opensspi.conf", text, n);
    free(text);
    assert_int_equal(load_bad(error), -EINVAL);
    assert_non_null(strstr(error, ":2049: [service s1024]: too many services"));
}

/* Every prefix of a good file is read or refused, without a fault (run under ASan). */
static void
test_truncated(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf[store]\r\nlockout_threshold = 12\r\n[service web]\nuid = *\nmay = accept\n";
    char error[CONFIG_ERROR_MAX];
    int good = 0;

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        struct config *c = NULL;
        file_write("opensspi.conf", text, n);
        good += config_load(file_path("opensspi.conf"), &c, error) == 0;
        config_free(c);
    }
    assert_true(good > 5 && good < (int)sizeof(text) - 5);
}

static void
test_authority_only(void **state)
{
    char error[CONFIG_ERROR_MAX];
    struct config *c = NULL;

    (void)state;
    file_write_text("opensspi.conf", "[service w]\nuid = no-such-user-here\nzz = 1\n"
                                     "[authority]\nsocket = /x\n[store]\nbad = 1\n");
    assert_int_equal(config_load_authority(file_path("opensspi.conf"), &c, error), 0);
    assert_string_equal(c->socket, "/x");
    assert_int_equal(c->service_count, 0);
    config_free(c);
    file_write_text("opensspi.conf", "[authority]\nsockte = /x\n");
    assert_int_equal(config_load_authority(file_path("opensspi.conf"), &c, error), -EINVAL);
    assert_null(c);
}

/*
 * The example is read as it is, and with every key uncommented: then each of its
 * values is in range, and each key exists.
 */
static void
test_example(void **state)
{
    char line[256], *text = NULL;
    size_t n = 0;
    FILE *in = fopen(CONFIG_EXAMPLE, "r"), *out = open_memstream(&text, &n);
    struct config *c = NULL;
    char error[CONFIG_ERROR_MAX];

    (void)state;
    assert_non_null(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        bool key = line[0] == '#' && line[1] != ' ' && line[1] != '\n';
        fputs(line + key, out);
    }
    fclose(in);
    fclose(out);
    assert_int_equal(config_load(CONFIG_EXAMPLE, &c, error), 0);
    config_free(c);
    c = load_good(text);
    assert_int_equal(c->service_count, 3);
    assert_int_equal(c->lockout_threshold, 10);
    config_free(c);
    free(text);
}

static void
test_near(void **state)
{
    struct config_near n = config_near_init("acount");

    (void)state;
    assert_int_equal(config_near_distance("kitten", "sitting"), 3);
    assert_int_equal(config_near_distance("", "abc"), 3);
    assert_int_equal(config_near_distance("ab", "ba"), 1);
    assert_int_equal(config_near_distance("Same", "sAME"), 0);
    config_near_add(&n, "package");
    assert_null(n.best);
    assert_int_equal(config_near_distance("abc", "abcdefgh"), 5);
    config_near_add(&n, "account");
    assert_string_equal(n.best, "account");
    /* A word that was not finished is near, however much is missing. */
    n = config_near_init("password");
    config_near_add(&n, "no-password");
    config_near_add(&n, "password-stdin");
    assert_string_equal(n.best, "password-stdin");
    /* So is one that was shortened, but not any word with some of the letters. */
    n = config_near_init("lm_compat_level");
    config_near_add(&n, "allow_missing_bindings");
    assert_null(n.best);
    config_near_add(&n, "lm_compatibility_level");
    assert_string_equal(n.best, "lm_compatibility_level");
    /* As the distance has it: without regard to case. */
    n = config_near_init("LM_Compat_Level");
    config_near_add(&n, "lm_compatibility_level");
    assert_string_equal(n.best, "lm_compatibility_level");
    n = config_near_init("PassWord");
    config_near_add(&n, "password-stdin");
    assert_string_equal(n.best, "password-stdin");
    n = config_near_init("state");
    config_near_add(&n, "sqlite_temporary_file");
    assert_null(n.best);
}

#define WITH_FOLDER(t) cmocka_unit_test_setup_teardown(t, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_near),
        WITH_FOLDER(test_example),
        WITH_FOLDER(test_every_key),
        WITH_FOLDER(test_service),
        WITH_FOLDER(test_service_order),
        WITH_FOLDER(test_service_settings),
        WITH_FOLDER(test_package),
        WITH_FOLDER(test_realm),
        WITH_FOLDER(test_forms),
        WITH_FOLDER(test_embedded_without_service),
        WITH_FOLDER(test_refused),
        WITH_FOLDER(test_dropins),
        WITH_FOLDER(test_missing),
        WITH_FOLDER(test_permissions),
        WITH_FOLDER(test_size),
        WITH_FOLDER(test_many),
        WITH_FOLDER(test_truncated),
        WITH_FOLDER(test_authority_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
