/* Another key while the store is open, and copies of it (D21). */
#include "support.h"

#include "lsa/account_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USERS 200

static const uint8_t key_one[ACCOUNT_KEY_SIZE] = { 1, 2, 3 };
static const uint8_t key_two[ACCOUNT_KEY_SIZE] = { 4, 5, 6 };
static const uint8_t key_three[ACCOUNT_KEY_SIZE] = { 7, 8, 9 };

static struct account_store *
open_with(const char *dir, const uint8_t *key)
{
    char error[ACCOUNT_ERROR_MAX], path[256];
    struct account_store_options o = {
        .dir = path, .key = key, .create = true, .policy = { 0, 5 },
    };

    strcpy(path, folder_path(dir));
    return account_store_open(&o, error);
}

static struct view
user_name(char16_t room[8], unsigned i)
{
    for (int at = 6; at > 0; at--, i /= 10)
        room[at] = (char16_t)(u'0' + i % 10);
    room[0] = u'u';
    return view_of(room, 14);
}

static void
users_make(struct account_store *s)
{
    char16_t room[8];

    assert_int_equal(account_begin(s), STATUS_SUCCESS);
    for (unsigned i = 0; i < USERS; i++)
        (void)account_put(s, user_name(room, i), (uint8_t)i);
    assert_int_equal(account_commit(s), STATUS_SUCCESS);
}

static void
assert_users(struct account_store *s)
{
    char16_t room[8];
    struct account a;

    for (unsigned i = 0; i < USERS; i++) {
        assert_int_equal(account_find(s, user_name(room, i), &a), STATUS_SUCCESS);
        assert_true(a.has_hash);
        assert_int_equal(a.nt_hash[0], (uint8_t)i);
        assert_int_equal(a.nt_hash[15], (uint8_t)i);
    }
}

static uint64_t reported;

static void
progress(uint64_t done, uint64_t all, void *arg)
{
    (void)arg;
    assert_true(done <= all);
    reported = done;
}

static void
whoever_has_it_open_goes_on(void **state)
{
    struct account_store *daemon = open_with("state", key_one), *command;
    uint8_t hash[ACCOUNT_HASH_SIZE];
    struct account a;

    (void)state;
    users_make(daemon);
    assert_int_equal(account_set_password(daemon, W(u"u000001"), W(u"old"), NOON), STATUS_SUCCESS);
    assert_int_equal(account_set_password(daemon, W(u"u000001"), W(u"new"), NOON), STATUS_SUCCESS);
    command = open_with("state", key_one);
    assert_int_equal(account_rekey(command, key_two, progress, NULL), STATUS_SUCCESS);
    /* It reads, and what it writes is under the new key. */
    assert_int_equal(account_find(daemon, W(u"u000007"), &a), STATUS_SUCCESS);
    assert_int_equal(a.nt_hash[0], 7);
    assert_int_equal(account_set_password(daemon, W(u"u000002"), W(u"mine"), NOON),
                     STATUS_SUCCESS);
    assert_int_equal(account_handover_end(command), STATUS_SUCCESS);
    account_store_close(command);
    assert_int_equal(account_set_hash(daemon, W(u"u000002"), (uint8_t[16]){ 0 }, NOON),
                     STATUS_SUCCESS);
    account_store_close(daemon);
    assert_null(open_with("state", key_one));
    command = open_with("state", key_two);
    assert_non_null(command);
    /* The history was sealed anew as well. */
    account_hash_password(W(u"new"), hash);
    assert_int_equal(account_find(command, W(u"u000001"), &a), STATUS_SUCCESS);
    assert_int_equal(account_change_password(command, a.rid, hash, W(u"old"), NOON),
                     STATUS_PASSWORD_RESTRICTION);
    account_store_close(command);
}

/* Who rekeys once more between a look-up's new key and its second try; NULL: nobody. */
static _Atomic(struct account_store *) meanwhile;
bool __real_account_key_refresh(struct account_store *s, struct account_conn *c);
bool __wrap_account_key_refresh(struct account_store *s, struct account_conn *c);

bool
__wrap_account_key_refresh(struct account_store *s, struct account_conn *c)
{
    bool is_current = __real_account_key_refresh(s, c);
    struct account_store *command = atomic_exchange(&meanwhile, NULL);

    if (command != NULL)
        assert_int_equal(account_rekey(command, key_three, NULL, NULL), STATUS_SUCCESS);
    return is_current;
}

static void
twice_within_a_look_up(void **state)
{
    struct account_store *daemon = open_with("state", key_one), *command;
    struct account a;

    (void)state;
    users_make(daemon);
    command = open_with("state", key_one);
    assert_int_equal(account_rekey(command, key_two, NULL, NULL), STATUS_SUCCESS);
    meanwhile = command;
    assert_int_equal(account_find(daemon, W(u"u000007"), &a), STATUS_SUCCESS);
    assert_null(meanwhile);
    assert_int_equal(a.nt_hash[0], 7);
    assert_int_equal(account_handover_end(command), STATUS_SUCCESS);
    account_store_close(command);
    account_store_close(daemon);
}

/* It wrote nothing and looked nothing up: the tick of each second tells it. */
static void
an_idle_one_hears_of_it(void **state)
{
    struct account_store *daemon = open_with("state", key_one), *command;

    (void)state;
    users_make(daemon);
    account_store_tick(daemon);
    command = open_with("state", key_one);
    assert_int_equal(account_rekey(command, key_two, NULL, NULL), STATUS_SUCCESS);
    account_store_tick(daemon);
    assert_int_equal(account_handover_end(command), STATUS_SUCCESS);
    assert_users(daemon);
    account_store_close(command);
    account_store_close(daemon);
}

/* Who slept through it gets errors, never "no such user", and writes nothing under an old key. */
static void
one_that_missed_it_is_refused(void **state)
{
    struct account_store *daemon = open_with("state", key_one), *command;
    struct account a;

    (void)state;
    users_make(daemon);
    command = open_with("state", key_one);
    assert_int_equal(account_rekey(command, key_two, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(account_handover_end(command), STATUS_SUCCESS);
    assert_int_equal(account_find(daemon, W(u"u000003"), &a), STATUS_INTERNAL_DB_CORRUPTION);
    assert_int_equal(account_set_password(daemon, W(u"u000003"), W(u"x"), NOON),
                     STATUS_INTERNAL_DB_CORRUPTION);
    account_store_tick(daemon);
    account_store_close(daemon);
    assert_users(command);
    account_store_close(command);
}

/* The new key is in the file for the hand-over only. */
static void
nothing_is_left_of_the_handover(void **state)
{
    static uint8_t bytes[4 << 20];
    struct account_store *s = open_with("state", key_one);
    const char *files[] = { "state/accounts.db", "state/accounts.db-wal" };

    (void)state;
    users_make(s);
    assert_int_equal(account_rekey(s, key_two, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(account_handover_end(s), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(folder_path(files[i]), "r");
        size_t n = f == NULL ? 0 : fread(bytes, 1, sizeof(bytes), f);

        assert_null(memmem(bytes, n, "handover", 8));
        assert_true(n < sizeof(bytes));
        if (f != NULL)
            fclose(f);
    }
    assert_users(s);
    account_store_close(s);
}

/* What the command asks before it removes a key: so never "yes" once the store has the other. */
static void
it_tells_which_key_the_store_has(void **state)
{
    struct account_store *s = open_with("state", key_one);

    (void)state;
    assert_true(account_key_is_original(s));
    assert_int_equal(account_rekey(s, key_two, NULL, NULL), STATUS_SUCCESS);
    assert_false(account_key_is_original(s));
    account_store_close(s);
    /* With the old key, by what was handed over: not the original's either. */
    s = open_with("state", key_one);
    assert_non_null(s);
    assert_false(account_key_is_original(s));
    account_store_close(s);
}

static void
a_damaged_hash_stops_it(void **state)
{
    struct account_store *s = open_with("state", key_one);
    char16_t room[8];
    struct account a;

    (void)state;
    users_make(s);
    sql_run("UPDATE users SET sealed_hash = zeroblob(44) WHERE rid = 1100");
    assert_int_equal(account_rekey(s, key_two, NULL, NULL), STATUS_INTERNAL_DB_CORRUPTION);
    assert_int_equal(account_find(s, user_name(room, 3), &a), STATUS_SUCCESS);
    account_store_close(s);
    s = open_with("state", key_one);
    assert_non_null(s);
    account_store_close(s);
}

/* ---- while threads look up ---------------------------------------------- */

static struct account_store *shared;
static atomic_bool stop;
static atomic_uint looked, wrong;

static void *
look(void *arg)
{
    char16_t room[8];
    struct account a;
    unsigned i = (unsigned)(uintptr_t)arg;

    while (!stop) {
        i = (i * 7 + 1) % USERS;
        if (account_find(shared, user_name(room, i), &a) != STATUS_SUCCESS
            || a.nt_hash[5] != (uint8_t)i)
            wrong++;
        looked++;
    }
    return NULL;
}

static void
lookups_never_fail(void **state)
{
    struct account_store *command;
    pthread_t threads[3];
    uint8_t key[ACCOUNT_KEY_SIZE] = { 1, 2, 3 };

    (void)state;
    shared = open_with("state", key_one);
    users_make(shared);
    stop = false;
    for (uintptr_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look, (void *)i), 0);
    for (uint8_t round = 10; round < 16; round++) {
        unsigned before = looked;

        command = open_with("state", key);
        assert_non_null(command);
        memset(key, round, sizeof(key));
        assert_int_equal(account_rekey(command, key, NULL, NULL), STATUS_SUCCESS);
        while (looked < before + 100)
            usleep(1000);
        account_store_tick(shared);
        assert_int_equal(account_handover_end(command), STATUS_SUCCESS);
        account_store_close(command);
    }
    stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(wrong, 0);
    assert_users(shared);
    account_store_close(shared);
}

/* ---- copies ------------------------------------------------------------- */

static void
a_copy_is_of_one_moment(void **state)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = open_with("state", key_one), *copy;
    struct account_backup *b;
    struct account a;
    struct stat st;

    (void)state;
    users_make(s);
    b = account_backup_begin(s, error);
    assert_non_null(b);
    (void)account_put(s, W(u"later"), 9);
    assert_int_equal(mkdir(folder_path("copy"), 0700), 0);
    assert_true(account_backup_run(b, folder_path("copy/accounts.db"), progress, NULL, error));
    account_backup_end(b);
    assert_true(reported > 0);
    assert_int_equal(stat(folder_path("copy/accounts.db"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    copy = open_with("copy", key_one);
    assert_non_null(copy);
    assert_users(copy);
    assert_int_equal(account_find(copy, W(u"later"), &a), STATUS_NO_SUCH_USER);
    assert_memory_equal(account_store_sid(copy)->bytes, account_store_sid(s)->bytes, 8);
    account_store_close(copy);
    account_store_close(s);
    assert_null(open_with("copy", key_two));
}

static void
a_copy_overwrites_nothing(void **state)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = open_with("state", key_one);
    struct account_backup *b = account_backup_begin(s, error);

    (void)state;
    assert_false(account_backup_run(b, folder_path("state/accounts.db"), NULL, NULL, error));
    assert_non_null(strstr(error, "File exists"));
    assert_false(account_backup_run(b, folder_path("nowhere/copy"), NULL, NULL, error));
    account_backup_end(b);
    account_store_close(s);
    s = open_with("state", key_one);
    assert_non_null(s);
    account_store_close(s);
}

/* A backup that is kept for years has no key in it. */
static void
a_copy_has_no_handover(void **state)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = open_with("state", key_one);
    struct account_backup *b;

    (void)state;
    assert_int_equal(account_rekey(s, key_two, NULL, NULL), STATUS_SUCCESS);
    b = account_backup_begin(s, error);
    assert_int_equal(mkdir(folder_path("copy"), 0700), 0);
    assert_true(account_backup_run(b, folder_path("copy/accounts.db"), NULL, NULL, error));
    account_backup_end(b);
    account_store_close(s);
    assert_null(open_with("copy", key_one));
    s = open_with("state", key_one);        /* where it still is */
    assert_non_null(s);
    account_store_close(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(whoever_has_it_open_goes_on), T(twice_within_a_look_up),
        T(an_idle_one_hears_of_it),
        T(one_that_missed_it_is_refused), T(nothing_is_left_of_the_handover),
        T(it_tells_which_key_the_store_has),
        T(a_damaged_hash_stops_it), T(lookups_never_fail), T(a_copy_is_of_one_moment),
        T(a_copy_overwrites_nothing), T(a_copy_has_no_handover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
