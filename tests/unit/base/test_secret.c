/*
 * Wiping, comparing, and the slabs: zeroed, aligned, apart from each other,
 * used again, and broken only with an abort.
 */
#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

#define SECRET_MAX 65536

static bool
is_all(const uint8_t *p, size_t n, uint8_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != value)
            return false;
    }
    return true;
}

static void
test_wipe(void **state)
{
    uint8_t bytes[66];

    (void)state;
    for (size_t n = 0; n <= 64; n++) {
        memset(bytes, 0xCC, sizeof(bytes));
        secret_wipe(bytes + 1, n);
        assert_true(is_all(bytes + 1, n, 0));
        assert_int_equal(bytes[0], 0xCC);
        assert_int_equal(bytes[n + 1], 0xCC);
    }
    secret_wipe(NULL, 0);
    secret_wipe_free(NULL, 0);
    secret_wipe_free(malloc(100), 100);
}

/* Each bit of each byte counts. */
static void
test_ct_equal(void **state)
{
    uint8_t a[33], b[33];

    (void)state;
    for (size_t i = 0; i < sizeof(a); i++)
        a[i] = b[i] = (uint8_t)(i * 37);
    for (size_t n = 0; n <= sizeof(a); n++)
        assert_true(ct_equal(a, b, n));
    for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(ct_equal(a, b, sizeof(a)));
        assert_true(ct_equal(a, b, bit / 8));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    /* Differences do not cancel each other out. */
    b[3] ^= 0x40;
    b[9] ^= 0x40;
    assert_false(ct_equal(a, b, sizeof(a)));
    assert_true(ct_equal(NULL, NULL, 0));
}

static void *
take(size_t size, bool locked)
{
    return locked ? secret_new_locked(size) : secret_new(size);
}

static void
test_sizes(void **state)
{
    static const size_t sizes[] = {
        1, 16, 31, 32, 33, 64, 65, 191, 500, 768, 769, 1024, 4096, 4097, 30000, 65535, SECRET_MAX,
    };

    (void)state;
    for (size_t i = 0; i < 2 * UNIT_COUNT(sizes); i++) {
        size_t n = sizes[i / 2];
        uint8_t *p = take(n, i % 2 != 0);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        assert_true(is_all(p, n, 0));
        memset(p, 0xCC, n);
        secret_free(p);
    }
    assert_null(secret_new(0));
    assert_null(secret_new(SECRET_MAX + 1));
    assert_null(secret_new(SIZE_MAX));
    assert_null(secret_new_locked(0));
    secret_free(NULL);
}

enum { MANY = 3000 };

/* More than a slab holds; each keeps its own pattern, whatever is freed around it. */
static void
check_many(size_t size, size_t count, bool locked)
{
    uint8_t **p = calloc(count, sizeof(*p));

    assert_non_null(p);
    for (size_t i = 0; i < count; i++) {
        p[i] = take(size, locked);
        assert_non_null(p[i]);
        memset(p[i], (int)(i % 251 + 1), size);
    }
    for (size_t i = 0; i < count; i += 2)
        secret_free(p[i]);
    for (size_t i = 1; i < count; i += 2)
        assert_true(is_all(p[i], size, (uint8_t)(i % 251 + 1)));
    for (size_t i = 0; i < count; i += 2) {
        p[i] = take(size, locked);
        assert_non_null(p[i]);
        assert_true(is_all(p[i], size, 0));
        memset(p[i], 0xEE, size);
    }
    for (size_t i = 1; i < count; i += 2)
        assert_true(is_all(p[i], size, (uint8_t)(i % 251 + 1)));
    for (size_t i = 0; i < count; i++)
        secret_free(p[i]);
    free(p);
}

static void
test_many(void **state)
{
    (void)state;
    check_many(16, 20000, false);
    check_many(700, MANY, false);
    check_many(SECRET_MAX, 20, false);
    check_many(32, MANY, true);
    check_many(20000, 9, true);
}

/* Freed memory is wiped at once, not when it is used again. */
static void
test_free_wipes(void **state)
{
    uint8_t *p = secret_new(100), *other = secret_new(100);

    (void)state;
    assert_true(p != NULL && other != NULL);
    memset(p, 0xCC, 100);
    secret_free(p);
    /* other keeps the slab mapped, so what was p may be looked at. */
    assert_true(is_all(p, 100, 0));
    secret_free(other);
}

/* A broken invariant ends the process: in a child, so that the test sees it. */
static int
child_signal(void (*fn)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        fn();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
free_twice(void)
{
    void *kept = secret_new(48), *p = secret_new(48);

    secret_free(p);
    secret_free(p);
    secret_free(kept);
}

static void
free_inside(void)
{
    uint8_t *p = secret_new(48);

    secret_free(p + 16);
}

static void
free_right(void)
{
    secret_free(secret_new(48));
}

static void
test_misuse_aborts(void **state)
{
    (void)state;
    assert_int_equal(child_signal(free_twice), SIGABRT);
    assert_int_equal(child_signal(free_inside), SIGABRT);
    assert_int_equal(child_signal(free_right), 0);
}

/* Threads that give and take from the same classes; wrong contents are counted. */
static void *
churn(void *arg)
{
    enum { HELD = 40, ROUNDS = 4000 };
    uint8_t *held[HELD] = { 0 };
    uint8_t mark = (uint8_t)(uintptr_t)arg;
    size_t bad = 0;

    for (size_t i = 0; i < ROUNDS; i++) {
        uint8_t **p = &held[i * 7 % HELD];
        size_t size = 16 + i * 7 % HELD * 40;

        if (*p != NULL)
            bad += !is_all(*p, size, mark);
        secret_free(*p);
        *p = take(size, i % 64 == 0);
        bad += *p == NULL || !is_all(*p, size, 0);
        if (*p != NULL)
            memset(*p, mark, size);
    }
    for (size_t i = 0; i < HELD; i++)
        secret_free(held[i]);
    return (void *)bad;
}

static void
test_threads(void **state)
{
    pthread_t threads[6];
    void *bad;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
    for (size_t i = 0; i < UNIT_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_ct_equal),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_free_wipes),
        cmocka_unit_test(test_misuse_aborts),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
