/*
 * Many at once: threads that look up while one writes, another process that
 * writes while this one reads, two that make the same store. Run under
 * ThreadSanitizer as well.
 */
#include "child.h"
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS 8
#define CHANGES 200

struct shared {
    struct account_store *s;
    atomic_int stop;
    atomic_int found, wrong;
};

/* Every hash that was ever set is sixteen equal bytes: anything else is a torn read. */
static void
check_whole(struct shared *x, const struct account *a)
{
    for (size_t i = 1; i < ACCOUNT_HASH_SIZE; i++) {
        if (a->nt_hash[i] != a->nt_hash[0])
            atomic_fetch_add(&x->wrong, 1);
    }
}

static void *
reader(void *arg)
{
    struct shared *x = arg;
    struct account a;

    while (atomic_load(&x->stop) == 0) {
        if (account_find(x->s, W(u"alice"), &a) != STATUS_SUCCESS || !a.has_hash)
            atomic_fetch_add(&x->wrong, 1);
        check_whole(x, &a);
        atomic_fetch_add(&x->found, 1);
    }
    return NULL;
}

static void
test_threads(void **state)
{
    struct shared x = { .s = store_make() };
    pthread_t threads[READERS];
    uint8_t hash[ACCOUNT_HASH_SIZE];
    uint32_t rid = account_put(x.s, W(u"alice"), 1);
    bool locked;

    (void)state;
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, &x), 0);
    for (int i = 0; i < CHANGES; i++) {
        memset(hash, i, sizeof(hash));
        assert_int_equal(account_set_hash(x.s, W(u"alice"), hash, NOON), 0);
        assert_int_equal(account_logon_failed(x.s, rid, NOON, &locked), 0);
        assert_int_equal(account_logon_succeeded(x.s, rid), 0);
    }
    while (atomic_load(&x.found) < 1000)
        usleep(1000);
    atomic_store(&x.stop, 1);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&x.wrong), 0);
    account_store_close(x.s);
}

static void *
failer(void *arg)
{
    struct shared *x = arg;
    bool locked = false;

    if (account_logon_failed(x->s, 1000, NOON, &locked) != STATUS_SUCCESS)
        atomic_fetch_add(&x->wrong, 1);
    if (!locked)
        atomic_fetch_add(&x->found, 1);
    return NULL;
}

/* Of many guesses at the same moment exactly two (threshold 3) end unlocked. */
static void
test_lockout_race(void **state)
{
    struct shared x = { .s = store_make() };
    pthread_t threads[READERS];
    struct account a;

    (void)state;
    assert_int_equal(account_put(x.s, W(u"alice"), 1), 1000);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, failer, &x), 0);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&x.wrong), 0);
    assert_int_equal(atomic_load(&x.found), 2);
    assert_int_equal(account_find(x.s, W(u"alice"), &a), 0);
    assert_int_equal(a.bad_count, 3);
    account_store_close(x.s);
}

/* Adds users a, b, c, ... and says so through the pipe after each. */
static int
writer_process(int out)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = store_open(false, error);
    struct account a;
    uint32_t rid;

    for (char16_t name = u'a'; s != NULL && name <= u'z'; name++) {
        a = account_of(view_of(&name, 2), (uint8_t)name);
        if (account_add(s, &a, &rid) != STATUS_SUCCESS || write(out, "", 1) != 1)
            return 1;
    }
    account_store_close(s);
    return s == NULL;
}

/* What another process has committed, the next look-up here sees. */
static void
test_processes(void **state)
{
    struct account_store *s;
    struct account a;
    int ends[2], status;
    pid_t child;
    char byte;

    (void)state;
    account_store_close(store_make());
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        child_exit(writer_process(ends[1]));
    close(ends[1]);
    s = store_make();
    for (char16_t name = u'a'; name <= u'z'; name++) {
        assert_int_equal(read(ends[0], &byte, 1), 1);
        assert_int_equal(account_find(s, view_of(&name, 2), &a), 0);
        assert_int_equal(a.nt_hash[7], name);
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    account_store_close(s);
}

/* In a child of fork() the parent's store answers errors, and closing it harms nobody. */
static void
test_fork(void **state)
{
    struct account_store *s = store_make();
    struct account a;
    int status;
    pid_t child;

    (void)state;
    account_put(s, W(u"alice"), 1);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool refused = account_find(s, W(u"alice"), &a) == STATUS_INTERNAL_DB_ERROR
                       && account_begin(s) == STATUS_INTERNAL_DB_ERROR;
        account_store_close(s);
        child_exit(refused ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(account_find(s, W(u"alice"), &a), 0);
    account_put(s, W(u"bob"), 1);
    account_store_close(s);
}

/* Eight processes that make the same store at once agree on one: one key, one SID. */
static void
test_makers(void **state)
{
    pid_t children[8];
    struct account_store *s;
    struct account a;
    int status;

    (void)state;
    for (int i = 0; i < 8; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            char error[ACCOUNT_ERROR_MAX];
            char16_t name = (char16_t)(u'a' + i);
            uint32_t rid;
            a = account_of(view_of(&name, 2), 1);
            s = store_open(true, error);
            child_exit(s != NULL && account_add(s, &a, &rid) == STATUS_SUCCESS ? 0 : 1);
        }
    }
    for (int i = 0; i < 8; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    s = store_make();
    for (char16_t name = u'a'; name < u'i'; name++)
        assert_int_equal(account_find(s, view_of(&name, 2), &a), 0);
    account_store_close(s);
}

/* A writer elsewhere that does not finish is waited for, but not for ever. */
static void
test_busy(void **state)
{
    struct account_store *s = store_make(), *other = store_make();
    struct account a;
    int64_t from;
    bool locked;
    uint32_t rid = account_put(s, W(u"alice"), 1);

    (void)state;
    assert_int_equal(account_begin(other), 0);
    from = filetime_boot_ms();
    assert_int_equal(account_logon_failed(s, rid, NOON, &locked), STATUS_INTERNAL_DB_ERROR);
    assert_true(filetime_boot_ms() - from < 10000);
    /* Reading goes on meanwhile. */
    assert_int_equal(account_find(s, W(u"alice"), &a), 0);
    account_rollback(other);
    assert_int_equal(account_logon_failed(s, rid, NOON, &locked), 0);
    account_store_close(other);
    account_store_close(s);
}

#define WITH_FOLDER(t) cmocka_unit_test_setup_teardown(t, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_threads),
        WITH_FOLDER(test_lockout_race),
        WITH_FOLDER(test_processes),
        WITH_FOLDER(test_fork),
        WITH_FOLDER(test_makers),
        WITH_FOLDER(test_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
