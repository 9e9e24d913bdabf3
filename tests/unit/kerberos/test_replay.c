/*
 * The replay cache (D24): seen is seen, by other threads, by other processes, after a restart,
 * after the machine went down, and whatever the clock does.
 */
#include "child.h"
#include "unit.h"

#include "packages/kerberos/lsa/replay.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1700000000)
#define SKEW 300u
#define ENTRIES 2048u               /* the smallest file: 64 buckets of 32 */
#define IS_OPEN_AT 12               /* in the file: after the magic and the number of buckets */
#define BOOT_ID_AT 32
#define LOCKS_AT 336                /* a page at the start has them all */
#define LOCKS 64
#define HEADER_SIZE 4096

struct world {
    char dir[64], path[96], error[REPLAY_ERROR_MAX];
    struct replay *r;
};

static struct replay *
open_at(struct world *w, int64_t now)
{
    return replay_open(w->path, ENTRIES, SKEW, now, w->error);
}

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    strcpy(w->dir, "/tmp/test-replay-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof(w->path), "%s/replay", w->dir);
    w->r = open_at(w, NOW);
    assert_non_null(w->r);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    replay_close(w->r);
    unlink(w->path);
    rmdir(w->dir);
    free(w);
    return 0;
}

static enum replay_verdict
check(struct replay *r, const char *authenticator, int64_t written, int64_t now)
{
    const struct view tuple[] = {
        view_of("HTTP/a@R", 8), view_of("alice@R", 7),
        view_of(authenticator, strlen(authenticator)),
    };

    return replay_check(r, tuple, 3, written, now, SKEW);
}

static void
test_seen(void **state)
{
    struct world *w = *state;

    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_NEW);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_SEEN);
    assert_int_equal(check(w->r, "two", NOW, NOW), REPLAY_NEW);
    /* For as long as a clock that is ahead by the skew makes it valid: twice the skew. */
    assert_int_equal(check(w->r, "one", NOW, NOW + 2 * SKEW), REPLAY_SEEN);
}

static enum replay_verdict
check_with(struct replay *r, const char *authenticator, int64_t written, int64_t now, uint32_t skew)
{
    struct view v = view_of(authenticator, strlen(authenticator));

    return replay_check(r, &v, 1, written, now, skew);
}

/* As many as there is room for, by a service with a large skew. */
static void
crowd(struct replay *r, int64_t now)
{
    char text[16];

    for (unsigned i = 0; i < ENTRIES; i++) {
        snprintf(text, sizeof(text), "%u", i);
        (void)check_with(r, text, now, now, SKEW);
    }
}

/* Seen by a service that forgets soon; one that takes older ones must not take it for new. */
static void
test_skews_differ(void **state)
{
    struct world *w = *state;

    assert_int_equal(check_with(w->r, "one", NOW, NOW, 10), REPLAY_NEW);
    crowd(w->r, NOW + 30);
    assert_int_not_equal(check_with(w->r, "one", NOW, NOW + 31, SKEW), REPLAY_NEW);
    /* Once the larger skew is known, nothing is forgotten before that. */
    assert_int_equal(check_with(w->r, "two", NOW + 700, NOW + 700, 10), REPLAY_NEW);
    assert_int_equal(check_with(w->r, "two", NOW + 700, NOW + 730, SKEW), REPLAY_SEEN);
    crowd(w->r, NOW + 730);
    assert_int_equal(check_with(w->r, "two", NOW + 700, NOW + 731, SKEW), REPLAY_SEEN);
}

/* Every part of the tuple counts, and where it ends. */
static void
test_whole_tuple(void **state)
{
    struct world *w = *state;
    const char *const tuples[][3] = {
        { "server", "client", "bytes" }, { "server", "clientb", "ytes" },
        { "serverc", "lient", "bytes" }, { "Server", "client", "bytes" },
        { "server", "Client", "bytes" }, { "server", "client", "Bytes" }, { "", "", "" },
    };

    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < UNIT_COUNT(tuples); i++) {
            struct view v[3];

            for (size_t k = 0; k < 3; k++)
                v[k] = view_of(tuples[i][k], strlen(tuples[i][k]));
            assert_int_equal(replay_check(w->r, v, 3, NOW, NOW, SKEW),
                             round == 0 ? REPLAY_NEW : REPLAY_SEEN);
        }
    }
}

static void
test_restart(void **state)
{
    struct world *w = *state;

    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_NEW);
    replay_close(w->r);
    w->r = open_at(w, NOW + 1);
    assert_int_equal(check(w->r, "one", NOW, NOW + 1), REPLAY_SEEN);
    assert_int_equal(check(w->r, "two", NOW, NOW + 1), REPLAY_NEW);
    assert_int_equal(replay_lost_until(w->r), 0);
}

static void
file_poke(const struct world *w, off_t at, const void *bytes, size_t n)
{
    int fd = open(w->path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), n);
    close(fd);
}

/* The machine went down with the file open: what it knew since is lost. */
static void
test_crash_of_the_machine(void **state)
{
    struct world *w = *state;
    const uint32_t is_open = 1;
    int64_t lost;

    replay_close(w->r);
    file_poke(w, IS_OPEN_AT, &is_open, sizeof(is_open));
    file_poke(w, BOOT_ID_AT, "another boot", 12);
    w->r = open_at(w, NOW);
    lost = replay_lost_until(w->r);
    assert_true(lost > 0 && lost <= NOW + SKEW);
    assert_int_equal(check(w->r, "old", lost, lost), REPLAY_TOO_OLD);
    assert_int_equal(check(w->r, "old", lost - 1, lost), REPLAY_TOO_OLD);
    assert_int_equal(check(w->r, "new", lost + 1, lost + 1), REPLAY_NEW);
}

/* It was shut down in order: nothing is lost, and logons go on at once. */
static void
test_boot(void **state)
{
    struct world *w = *state;

    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_NEW);
    replay_close(w->r);
    file_poke(w, BOOT_ID_AT, "another boot", 12);
    w->r = open_at(w, NOW);
    assert_int_equal(replay_lost_until(w->r), 0);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_SEEN);
    assert_int_equal(check(w->r, "two", NOW, NOW), REPLAY_NEW);
}

/* Fills one bucket or more until one refuses; returns the name that was refused. */
static unsigned
fill(struct replay *r, int64_t now, unsigned first)
{
    char name[32];

    for (unsigned i = first; i < first + 10 * ENTRIES; i++) {
        snprintf(name, sizeof(name), "filler %u", i);
        if (check(r, name, now, now) == REPLAY_FULL)
            return i;
    }
    fail_msg("it never was full");
    return 0;
}

static void
test_full_refuses(void **state)
{
    struct world *w = *state;
    unsigned refused;
    char name[32];

    assert_int_equal(check(w->r, "first", NOW, NOW), REPLAY_NEW);
    refused = fill(w->r, NOW, 0);
    assert_int_equal(check(w->r, "first", NOW, NOW), REPLAY_SEEN);
    /* When the others may be forgotten there is room again. */
    snprintf(name, sizeof(name), "filler %u", refused);
    assert_int_equal(check(w->r, name, NOW + 2 * SKEW + 1, NOW + 2 * SKEW + 1), REPLAY_NEW);
}

/* A clock that ran ahead made the cache forget; set right, it must not take the old for new. */
static void
test_clock_steps_back(void **state)
{
    struct world *w = *state;
    const int64_t ahead = NOW + 24 * 3600;

    assert_int_equal(check(w->r, "victim", NOW, NOW), REPLAY_NEW);
    (void)fill(w->r, NOW, 0);
    (void)fill(w->r, ahead, 100 * ENTRIES);     /* "victim" is overwritten, maybe */
    assert_int_not_equal(check(w->r, "victim", NOW, NOW), REPLAY_NEW);
}

static void
test_between_processes(void **state)
{
    struct world *w = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct replay *own = open_at(w, NOW);

        child_exit(own == NULL || check(own, "one", NOW, NOW) != REPLAY_NEW);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_SEEN);
}

/* A process leaves in order while another goes on: the file is not whole yet. */
static void
test_last_one_out(void **state)
{
    struct world *w = *state;
    struct replay *other = open_at(w, NOW);
    uint32_t is_open = 0;
    int fd;

    assert_non_null(other);
    replay_close(other);
    fd = open(w->path, O_RDONLY);
    assert_int_equal(pread(fd, &is_open, sizeof(is_open), IS_OPEN_AT), sizeof(is_open));
    close(fd);
    assert_int_equal(is_open, 1);
}

/* Killed at once: what it took is known, and nobody waits for its locks. */
static void
test_killed_process(void **state)
{
    struct world *w = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct replay *own = open_at(w, NOW);

        if (own != NULL && check(own, "one", NOW, NOW) == REPLAY_NEW)
            raise(SIGKILL);
        child_exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_SEEN);
    replay_close(w->r);
    w->r = open_at(w, NOW);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_SEEN);
}

#define HANG_SECONDS 20u

/* A child has its parent's descriptor for as long as it lives: it must keep nobody waiting. */
static void
test_parents_descriptor(void **state)
{
    struct world *w = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        alarm(2 * HANG_SECONDS);        /* should the test end before it */
        pause();
        _exit(1);
    }
    alarm(HANG_SECONDS);
    replay_close(w->r);
    w->r = open_at(w, NOW);
    assert_non_null(w->r);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_NEW);
    alarm(0);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
}

/* Takes every lock there is, as who is killed in the midst of a check has his. */
static void
locks_hold(const struct world *w)
{
    int fd = open(w->path, O_RDWR);
    uint8_t *header = mmap(NULL, HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    pthread_mutex_t *locks = (pthread_mutex_t *)(void *)(header + LOCKS_AT);

    for (size_t i = 0; header != MAP_FAILED && i < LOCKS; i++)
        pthread_mutex_lock(&locks[i]);
}

/* The child of a process that dies with a lock has its descriptors still: it holds no lock up. */
static void
test_killed_parent(void **state)
{
    struct world *w = *state;
    int status, pids[2];
    pid_t child, heir;
    char name[32];

    assert_int_equal(pipe(pids), 0);
    child = fork();
    if (child == 0) {
        struct replay *own = open_at(w, NOW);

        heir = own == NULL ? -1 : fork();
        if (heir == 0) {
            alarm(2 * HANG_SECONDS);
            pause();
            _exit(1);
        }
        locks_hold(w);
        if (write(pids[1], &heir, sizeof(heir)) == sizeof(heir))
            raise(SIGKILL);
        child_exit(1);
    }
    assert_int_equal(read(pids[0], &heir, sizeof(heir)), sizeof(heir));
    assert_true(heir > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    alarm(HANG_SECONDS);
    for (unsigned i = 0; i < 10 * LOCKS; i++) {
        snprintf(name, sizeof(name), "after %u", i);
        assert_int_equal(check(w->r, name, NOW, NOW), REPLAY_NEW);
    }
    alarm(0);
    kill(heir, SIGKILL);
    close(pids[0]);
    close(pids[1]);
}

/* A machine that went down left locks that nobody has: who comes first makes them anew. */
static void
test_locks_of_before(void **state)
{
    struct world *w = *state;
    uint8_t locked[LOCKS * sizeof(pthread_mutex_t)];

    memset(locked, 0xFF, sizeof(locked));
    replay_close(w->r);
    file_poke(w, LOCKS_AT, locked, sizeof(locked));
    alarm(HANG_SECONDS);
    w->r = open_at(w, NOW);
    assert_non_null(w->r);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_NEW);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_SEEN);
    alarm(0);
}

/* A child that accepts for itself leaves the parent's: its own locks keep them apart. */
static void
test_child_leaves(void **state)
{
    struct world *w = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct replay *own;

        replay_leave(w->r);
        own = open_at(w, NOW);
        child_exit(own == NULL || check(own, "one", NOW, NOW) != REPLAY_NEW ||
                   check(own, "one", NOW, NOW) != REPLAY_SEEN);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(check(w->r, "one", NOW, NOW), REPLAY_SEEN);
}

#define SPOILT_ROUNDS 3000
#define SPOILT_BYTES 40
#define HEADER_BYTES 400

/* Whatever the file says: it is refused, or nothing is new twice. */
static void
test_spoilt_files(void **state)
{
    struct world *w = *state;
    unsigned seed = 1, opened = 0;
    struct stat st;

    replay_close(w->r);
    assert_int_equal(stat(w->path, &st), 0);
    for (unsigned i = 0; i < SPOILT_ROUNDS; i++) {
        uint8_t bytes[SPOILT_BYTES];
        off_t room = i % 2 ? HEADER_BYTES : st.st_size - SPOILT_BYTES;

        for (size_t k = 0; k < sizeof(bytes); k++)
            bytes[k] = (uint8_t)rand_r(&seed);
        file_poke(w, rand_r(&seed) % room, bytes, 1 + (size_t)rand_r(&seed) % SPOILT_BYTES);
        w->r = open_at(w, NOW);
        if (w->r == NULL) {
            unlink(w->path);
            w->r = open_at(w, NOW);
            assert_non_null(w->r);
        } else {
            opened++;
        }
        (void)check(w->r, "one", NOW, NOW);
        assert_int_not_equal(check(w->r, "one", NOW, NOW), REPLAY_NEW);
        replay_close(w->r);
    }
    assert_true(opened > SPOILT_ROUNDS / 4 && opened < SPOILT_ROUNDS);
    unlink(w->path);
    w->r = open_at(w, NOW);
}

#define THREADS 4
#define EACH 400

static void *
race(void *arg)
{
    static _Thread_local char name[32];
    uintptr_t won = 0;

    for (unsigned i = 0; i < EACH; i++) {
        snprintf(name, sizeof(name), "race %u", i);
        won += check(arg, name, NOW, NOW) == REPLAY_NEW;
    }
    return (void *)won;
}

/* Of all who come with the same authenticator at once one gets in. */
static void
test_one_winner(void **state)
{
    struct world *w = *state;
    pthread_t t[THREADS];
    uintptr_t total = 0;

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, race, w->r), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *won;

        pthread_join(t[i], &won);
        total += (uintptr_t)won;
    }
    assert_int_equal(total, EACH);
}

static void
test_files_that_are_not_ours(void **state)
{
    struct world *w = *state;

    replay_close(w->r);
    w->r = NULL;
    assert_int_equal(chmod(w->path, 0660), 0);
    assert_null(open_at(w, NOW));
    assert_non_null(strstr(w->error, "chmod 600"));
    assert_int_equal(chmod(w->path, 0600), 0);
    file_poke(w, 0, "WHATEVER", 8);
    assert_null(open_at(w, NOW));
    assert_non_null(strstr(w->error, "damaged"));
    assert_int_equal(truncate(w->path, 100), 0);
    assert_null(open_at(w, NOW));
    unlink(w->path);
    assert_int_equal(symlink("/tmp/elsewhere", w->path), 0);
    assert_null(open_at(w, NOW));
    unlink(w->path);
    w->r = open_at(w, NOW);
    assert_non_null(w->r);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_seen), CASE(test_skews_differ), CASE(test_whole_tuple),
        CASE(test_restart),
        CASE(test_crash_of_the_machine), CASE(test_boot), CASE(test_full_refuses),
        CASE(test_clock_steps_back), CASE(test_between_processes), CASE(test_last_one_out),
        CASE(test_one_winner), CASE(test_files_that_are_not_ours), CASE(test_killed_process),
        CASE(test_parents_descriptor), CASE(test_child_leaves), CASE(test_spoilt_files),
        CASE(test_killed_parent), CASE(test_locks_of_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
