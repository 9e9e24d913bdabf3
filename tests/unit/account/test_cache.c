/*
 * The cache before look-ups: what another process commits is in the next look-up,
 * whatever was cached; a writer that dies half-way, or rolls back, changes nothing.
 */
#include "child.h"
#include "support.h"

#include "base/log.h"
#include "lsa/account_cache.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static uint8_t
hash_of(struct account_store *s, struct view name)
{
    struct account a;
    uint8_t first;

    assert_int_equal(account_find(s, name, &a), STATUS_SUCCESS);
    first = a.nt_hash[0];
    account_wipe(&a);
    return first;
}

static void
set_hash(struct account_store *s, struct view name, uint8_t byte)
{
    uint8_t hash[ACCOUNT_HASH_SIZE];

    memset(hash, byte, sizeof(hash));
    assert_int_equal(account_set_hash(s, name, hash, NOON), STATUS_SUCCESS);
}

/* Runs fn in a process with a store of its own; its exit status. */
static int
in_child(void (*fn)(struct account_store *))
{
    char error[ACCOUNT_ERROR_MAX];
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        struct account_store *s = store_open(false, error);

        if (s == NULL)
            child_exit(9);
        fn(s);
        account_store_close(s);
        child_exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
child_change(struct account_store *s)
{
    set_hash(s, W(u"alice"), 2);
}

static void
child_die_in_transaction(struct account_store *s)
{
    if (account_begin(s) == STATUS_SUCCESS)
        set_hash(s, W(u"alice"), 3);
    raise(SIGKILL);
}

static void
a_change_by_another_process_is_seen_at_once(void **state)
{
    struct account_store *s = store_make();

    (void)state;
    account_put(s, W(u"alice"), 1);
    assert_int_equal(hash_of(s, W(u"alice")), 1);
    assert_int_equal(hash_of(s, W(u"ALICE")), 1);
    assert_int_equal(in_child(child_change), 0);
    assert_int_equal(hash_of(s, W(u"alice")), 2);
    account_store_close(s);
}

static void
child_add(struct account_store *s)
{
    account_put(s, W(u"bob"), 7);
}

/* Nobody is remembered as well: it holds until the next change, and no longer. */
static void
an_account_that_was_missing_is_found_once_it_is_there(void **state)
{
    struct account_store *s = store_make();
    struct account a;

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(account_find(s, W(u"bob"), &a), STATUS_NO_SUCH_USER);
    assert_int_equal(in_child(child_add), 0);
    assert_int_equal(hash_of(s, W(u"BOB")), 7);
    assert_int_equal(hash_of(s, W(u"bob")), 7);
    account_store_close(s);
}

static void
a_writer_that_dies_changes_nothing(void **state)
{
    struct account_store *s = store_make();

    (void)state;
    account_put(s, W(u"alice"), 1);
    assert_int_equal(hash_of(s, W(u"alice")), 1);
    assert_true(WIFSIGNALED(in_child(child_die_in_transaction)));
    assert_int_equal(hash_of(s, W(u"alice")), 1);
    set_hash(s, W(u"alice"), 4);            /* and the next writer puts the counters right */
    assert_int_equal(hash_of(s, W(u"alice")), 4);
    assert_int_equal(in_child(child_change), 0);
    assert_int_equal(hash_of(s, W(u"alice")), 2);
    account_store_close(s);
}

static void
a_transaction_sees_itself_and_a_rollback_leaves_no_trace(void **state)
{
    struct account_store *s = store_make();

    (void)state;
    account_put(s, W(u"alice"), 1);
    assert_int_equal(hash_of(s, W(u"alice")), 1);
    assert_int_equal(account_begin(s), STATUS_SUCCESS);
    set_hash(s, W(u"alice"), 5);
    assert_int_equal(hash_of(s, W(u"alice")), 5);
    account_rollback(s);
    assert_int_equal(hash_of(s, W(u"alice")), 1);
    account_store_close(s);
}

static void
a_deleted_account_is_gone_and_groups_follow(void **state)
{
    struct account_store *s = store_make();
    uint32_t alice = account_put(s, W(u"alice"), 1), group, rids[4];
    size_t count = 4;

    (void)state;
    assert_int_equal(account_groups(s, alice, rids, &count), STATUS_SUCCESS);
    assert_int_equal(count, 0);
    assert_int_equal(account_group_add(s, W(u"staff"), &group), STATUS_SUCCESS);
    assert_int_equal(account_group_member(s, group, alice, true), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++) {           /* read, then from the cache */
        count = 4;
        assert_int_equal(account_groups(s, alice, rids, &count), STATUS_SUCCESS);
        assert_int_equal(count, 1);
        assert_int_equal(rids[0], group);
    }
    count = 0;                              /* cached, but there is no room for it */
    assert_int_equal(account_groups(s, alice, rids, &count), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(hash_of(s, W(u"alice")), 1);
    assert_int_equal(account_delete(s, W(u"alice")), STATUS_SUCCESS);
    assert_int_equal(account_find(s, W(u"alice"), &(struct account){ 0 }), STATUS_NO_SUCH_USER);
    account_store_close(s);
}

/* Without it the other tests would pass with a cache that never answers. */
static void
a_value_comes_back_until_somebody_writes(void **state)
{
    struct account_cache *c = account_cache_open(folder_path("file"));
    struct view key = W(u"key");
    uint64_t version, number;
    int value = 7, got = 0;

    (void)state;
    assert_non_null(c);
    assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
    account_cache_put(c, key, &value, sizeof(value), version);
    assert_true(account_cache_get(c, key, &got, sizeof(got), &version));
    assert_int_equal(got, 7);
    assert_false(account_cache_get(c, W(u"other"), &got, sizeof(got), &version));
    number = account_cache_write_begin(c);
    assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
    assert_int_equal(version, 0);
    account_cache_write_end(c, number);
    assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
    assert_int_not_equal(version, 0);
    account_cache_close(c);
}

/* The next writer may begin between another's commit and its end. */
static void
writers_that_overlap_leave_no_stale_value(void **state)
{
    struct account_cache *c = account_cache_open(folder_path("file"));
    struct view key = W(u"key");
    uint64_t version, first, second;
    int value = 7, got = 0;

    (void)state;
    first = account_cache_write_begin(c);
    second = account_cache_write_begin(c);
    account_cache_write_end(c, first);
    assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
    assert_int_equal(version, 0);           /* the second is still writing */
    account_cache_put(c, key, &value, sizeof(value), version);
    account_cache_write_end(c, second);
    assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
    assert_int_not_equal(version, 0);
    account_cache_close(c);
}

/* A look-up that began before a change must not push out what was read after it. */
static void
a_late_value_replaces_no_newer_one(void **state)
{
    struct account_cache *c = account_cache_open(folder_path("file"));
    struct view key = W(u"key");
    uint64_t before, after;
    int old_value = 7, new_value = 8, got = 0;

    (void)state;
    assert_false(account_cache_get(c, key, &got, sizeof(got), &before));
    account_cache_write_end(c, account_cache_write_begin(c));
    assert_false(account_cache_get(c, key, &got, sizeof(got), &after));
    account_cache_put(c, key, &new_value, sizeof(new_value), after);
    account_cache_put(c, key, &old_value, sizeof(old_value), before);
    assert_true(account_cache_get(c, key, &got, sizeof(got), &after));
    assert_int_equal(got, 8);
    account_cache_close(c);
}

/* What is written past this library is seen after a second. */
static void
a_value_is_believed_for_a_second(void **state)
{
    struct account_cache *c = account_cache_open(folder_path("file"));
    struct view key = W(u"key");
    uint64_t version;
    int value = 7, got = 0;

    (void)state;
    assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
    account_cache_put(c, key, &value, sizeof(value), version);
    usleep(1010 * 1000);
    assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
    account_cache_close(c);
}

static bool
slot_is_zero(struct account_cache *c, struct view key)
{
    size_t n;
    const uint8_t *bytes = account_cache_peek(c, key, &n);

    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static void
a_tick_wipes_what_nobody_may_believe(void **state)
{
    struct account_cache *c = account_cache_open(folder_path("file"));
    struct view key = W(u"key");
    uint64_t version;
    int value = 7, got = 0;

    (void)state;
    for (int aged = 0; aged < 2; aged++) {
        assert_false(account_cache_get(c, key, &got, sizeof(got), &version));
        account_cache_put(c, key, &value, sizeof(value), version);
        account_cache_tick(c);
        assert_true(account_cache_get(c, key, &got, sizeof(got), &version));
        if (aged)
            usleep(1010 * 1000);
        else
            account_cache_write_end(c, account_cache_write_begin(c));
        assert_false(slot_is_zero(c, key));
        account_cache_tick(c);
        assert_true(slot_is_zero(c, key));
    }
    account_cache_close(c);
}

static char log_line[1024];

static void
log_keep(enum log_level level, const char *line, void *arg)
{
    (void)level;
    (void)arg;
    snprintf(log_line, sizeof(log_line), "%s", line);
}

static void
refused(const char *reason)
{
    log_set_sink(log_keep, NULL);
    errno = ENOTTY;                         /* of no meaning here */
    assert_null(account_cache_open(folder_path("file")));
    log_set_sink(NULL, NULL);
    assert_non_null(strstr(log_line, reason));
    assert_int_equal(unlink(folder_path("file-version")), 0);
}

static void
a_strangers_file_is_refused_with_its_reason(void **state)
{
    struct account_cache *c;
    struct stat st;
    FILE *f;

    (void)state;
    c = account_cache_open(folder_path("file"));
    assert_non_null(c);
    account_cache_close(c);
    assert_int_equal(stat(folder_path("file-version"), &st), 0);
    assert_int_not_equal(st.st_blocks, 0);          /* no hole */
    assert_int_equal(chmod(folder_path("file-version"), 0620), 0);
    refused("others may write to it");
    assert_int_equal(mkfifo(folder_path("file-version"), 0600), 0);
    refused("it is no regular file");
    assert_int_equal(symlink("elsewhere", folder_path("file-version")), 0);
    refused(strerror(ELOOP));
    if (geteuid() != 0)
        return;
    f = fopen(folder_path("file-version"), "w");
    assert_non_null(f);
    assert_int_equal(fchown(fileno(f), 12345, (gid_t)-1), 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chown(folder_path(""), 12345, (gid_t)-1), 0);
    c = account_cache_open(folder_path("file"));    /* the folder's owner's: good */
    assert_non_null(c);
    account_cache_close(c);
    assert_int_equal(chown(folder_path(""), 0, (gid_t)-1), 0);
    refused("it belongs to another user");
}

int
main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_change_by_another_process_is_seen_at_once),
        STORE_TEST(an_account_that_was_missing_is_found_once_it_is_there),
        STORE_TEST(a_writer_that_dies_changes_nothing),
        STORE_TEST(a_transaction_sees_itself_and_a_rollback_leaves_no_trace),
        STORE_TEST(a_deleted_account_is_gone_and_groups_follow),
        STORE_TEST(a_value_comes_back_until_somebody_writes),
        STORE_TEST(writers_that_overlap_leave_no_stale_value),
        STORE_TEST(a_late_value_replaces_no_newer_one),
        STORE_TEST(a_value_is_believed_for_a_second),
        STORE_TEST(a_tick_wipes_what_nobody_may_believe),
        STORE_TEST(a_strangers_file_is_refused_with_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
