/*
 * The account store inside the closed sandbox: SQLite opens files, maps memory,
 * locks and syncs in ways that a list of calls easily forgets. What the daemon
 * does to the store while it runs, from the main thread and from another one,
 * must work after lsad_sandbox_close() as before.
 */
#include "harness.h"

#include "lsa/account.h"
#include "lsad/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW 133000000000000000      /* any time of the year 2022 */

static const char name_utf16[] = { 'b', 0, 'o', 0, 'b', 0 };

static struct view
name(void)
{
    return view_of(name_utf16, sizeof name_utf16);
}

static struct account_store *
store_open(const char *dir, bool create)
{
    const struct account_store_options options = { .dir = dir, .create = create,
                                                   .lockout_threshold = 3,
                                                   .lockout_window_minutes = 15,
                                                   .lockout_minutes = 15 };
    char error[ACCOUNT_ERROR_MAX] = "";
    struct account_store *s = account_store_open(&options, error);

    if (s == NULL)
        fprintf(stderr, "%s\n", error);
    return s;
}

static bool
account_make(struct account_store *s)
{
    static const uint8_t hash[ACCOUNT_HASH_SIZE] = "a made-up hash!";
    struct account a = { .name_units = 3, .name = u"bob", .has_hash = true };
    uint32_t rid;

    a.expires = INT64_MAX;
    return account_add(s, &a, &rid) == 0 && account_set_hash(s, name(), hash, NOW) == 0;
}

/* What a logon does: look up, count a failure until it locks, clear it. */
static void *
logons_run(void *arg)
{
    struct account_store *s = arg;
    struct account a;
    bool locked = false;

    for (int i = 0; i < 3; i++)
        if (account_find(s, name(), &a) != 0 ||
            account_logon_failed(s, a.rid, NOW, &locked) != 0)
            return "looking up or counting";
    if (!locked)
        return "locking";
    if (account_logon_succeeded(s, a.rid) != 0 || account_unlock(s, name()) != 0)
        return "clearing";
    account_wipe(&a);
    return NULL;
}

/* In a child: the exit code tells how far it came. */
static int
child_run(struct daemon *d, struct account_store *s, const char *dir)
{
    struct lsad_listeners none = { NULL, 0 };
    char error[CONFIG_ERROR_MAX];
    struct lsad_sandbox box;
    struct config *config;
    pthread_t thread;
    void *failed;

    if (config_load(d->config, &config, error) != 0)
        return 1;
    if (!lsad_sandbox_close(config, &none, d->config, &box, error) || !box.seccomp ||
        socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
        return 2;
    failed = logons_run(s);
    if (failed == NULL && pthread_create(&thread, NULL, logons_run, s) == 0)
        pthread_join(thread, &failed);
    if (failed != NULL) {
        fprintf(stderr, "failed: %s\n", (const char *)failed);
        return 3;
    }
    account_store_close(s);
    config_free(config);
    /* The daemon does not open the store again, but new read connections do the same. */
    s = store_open(dir, false);
    if (s == NULL)
        return 4;
    account_store_close(s);
    return 0;
}

static void
the_store_works_in_the_sandbox(void **state)
{
    struct account_store *s;
    struct daemon d;
    char dir[160];
    int status;
    pid_t child;

    (void)state;
    daemon_init(&d, "", "");
    snprintf(dir, sizeof dir, "%s/state", d.dir);
    child = fork();
    if (child == 0) {
        setenv("SQLITE_TMPDIR", dir, 1);
        s = store_open(dir, true);
        _exit(s != NULL && account_make(s) ? child_run(&d, s, dir) : 5);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    daemon_wipe(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_works_in_the_sandbox),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
