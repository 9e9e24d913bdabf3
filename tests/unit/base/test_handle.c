/*
 * The handle table in one thread: what resolves, what does not, when objects
 * are freed, and that a hostile number never resolves or aborts.
 */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/handle.h"

#define ALICE 1000
#define BOB 1001
#define CONTEXT 2
#define CREDENTIAL 1
#define DELETED_HANDLE (~UINT64_C(0) - 1)

struct thing {
    int freed;
};

static void
thing_free(void *object)
{
    struct thing *t = object;

    t->freed++;
}

static void
test_add_get_remove(void **state)
{
    struct handle_table *t = handle_table_new(10);
    struct thing a = { 0 };
    uint64_t n;

    (void)state;
    assert_non_null(t);
    n = handle_add(t, CONTEXT, ALICE, &a, thing_free);
    assert_true(n != 0);
    assert_ptr_equal(handle_get(t, n, CONTEXT, ALICE), &a);
    handle_put(t, n);
    assert_int_equal(a.freed, 0);
    assert_true(handle_remove(t, n, CONTEXT, ALICE));
    assert_int_equal(a.freed, 1);
    assert_null(handle_get(t, n, CONTEXT, ALICE));
    assert_false(handle_remove(t, n, CONTEXT, ALICE));
    handle_table_free(t);
    assert_int_equal(a.freed, 1);
}

/* Foreign owner, wrong type, and every number one bit away. */
static void
test_does_not_resolve(void **state)
{
    struct handle_table *t = handle_table_new(1000);
    struct thing a = { 0 };
    uint64_t n;

    (void)state;
    n = handle_add(t, CONTEXT, ALICE, &a, thing_free);
    assert_null(handle_get(t, n, CONTEXT, BOB));
    assert_null(handle_get(t, n, CREDENTIAL, ALICE));
    assert_false(handle_remove(t, n, CONTEXT, BOB));
    assert_false(handle_remove(t, n, CREDENTIAL, ALICE));
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t forged = n ^ UINT64_C(1) << bit;

        for (unsigned type = 0; type <= 16; type++) {
            assert_null(handle_get(t, forged, type, ALICE));
            assert_false(handle_remove(t, forged, type, ALICE));
        }
    }
    assert_ptr_equal(handle_get(t, n, CONTEXT, ALICE), &a);
    handle_put(t, n);
    handle_table_free(t);
    assert_int_equal(a.freed, 1);
}

static void
test_hostile_numbers(void **state)
{
    static const uint64_t numbers[] = {
        0, 1, 2, UINT64_MAX, DELETED_HANDLE, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 63,
        (UINT64_C(1) << 25) - 1, UINT64_C(1) << 24, (UINT64_C(1) << 24) + 1,
        UINT64_C(0x2000000000000001),
    };
    struct handle_table *empty = handle_table_new(0), *t = handle_table_new((size_t)1 << 24);
    struct thing a = { 0 };
    uint64_t seed = 88172645463325252;

    (void)state;
    assert_true(empty != NULL && t != NULL);
    assert_true(handle_add(t, CONTEXT, ALICE, &a, thing_free) != 0);
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        for (unsigned type = 0; type <= 16; type++) {
            assert_null(handle_get(t, numbers[i], type, ALICE));
            assert_null(handle_get(empty, numbers[i], type, ALICE));
        }
    }
    for (size_t i = 0; i < 200000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        assert_null(handle_get(t, seed, CONTEXT, ALICE));
    }
    handle_table_free(empty);
    handle_table_free(t);
    assert_int_equal(a.freed, 1);
}

/* The object outlives its number while somebody works with it. */
static void
test_removed_while_in_use(void **state)
{
    struct handle_table *t = handle_table_new(10);
    struct thing a = { 0 };
    uint64_t n = handle_add(t, CONTEXT, ALICE, &a, thing_free);

    (void)state;
    assert_non_null(handle_get(t, n, CONTEXT, ALICE));
    assert_non_null(handle_get(t, n, CONTEXT, ALICE));
    assert_true(handle_remove(t, n, CONTEXT, ALICE));
    assert_null(handle_get(t, n, CONTEXT, ALICE));
    assert_false(handle_remove(t, n, CONTEXT, ALICE));
    assert_int_equal(a.freed, 0);
    handle_put(t, n);
    assert_int_equal(a.freed, 0);
    handle_put(t, n);
    assert_int_equal(a.freed, 1);
    handle_table_free(t);
    assert_int_equal(a.freed, 1);
}

/* A slot is used again and again; no old number ever resolves to the new object. */
static void
test_reuse(void **state)
{
    enum { ROUNDS = 2000 };
    static uint64_t old[ROUNDS];
    struct handle_table *t = handle_table_new(1);
    struct thing a = { 0 };

    (void)state;
    for (size_t i = 0; i < ROUNDS; i++) {
        old[i] = handle_add(t, CONTEXT, ALICE, &a, thing_free);
        assert_true(old[i] != 0);
        for (size_t k = 0; k < i; k++)
            assert_null(handle_get(t, old[k], CONTEXT, ALICE));
        assert_true(handle_remove(t, old[i], CONTEXT, ALICE));
    }
    assert_int_equal(a.freed, ROUNDS);
    handle_table_free(t);
}

static void
test_full(void **state)
{
    enum { MAX = 700 };
    static struct thing things[MAX];
    static uint64_t numbers[MAX];
    struct handle_table *t = handle_table_new(MAX);

    (void)state;
    for (size_t i = 0; i < MAX; i++) {
        numbers[i] = handle_add(t, CONTEXT, ALICE, &things[i], thing_free);
        assert_true(numbers[i] != 0);
    }
    assert_true(handle_add(t, CONTEXT, ALICE, &things[0], thing_free) == 0);
    for (size_t i = 0; i < MAX; i++) {
        assert_ptr_equal(handle_get(t, numbers[i], CONTEXT, ALICE), &things[i]);
        handle_put(t, numbers[i]);
    }
    assert_true(handle_remove(t, numbers[350], CONTEXT, ALICE));
    numbers[350] = handle_add(t, CONTEXT, ALICE, &things[350], thing_free);
    assert_true(numbers[350] != 0);
    handle_table_free(t);
    for (size_t i = 0; i < MAX; i++)
        assert_int_equal(things[i].freed, i == 350 ? 2 : 1);
}

static void
test_limits(void **state)
{
    struct handle_table *t = handle_table_new(4);
    struct thing a = { 0 };

    (void)state;
    assert_null(handle_table_new(((size_t)1 << 24) + 1));
    assert_null(handle_table_new(SIZE_MAX));
    assert_true(handle_add(t, 0, ALICE, &a, thing_free) == 0);
    assert_true(handle_add(t, 16, ALICE, &a, thing_free) == 0);
    assert_true(handle_add(t, 15, ALICE, &a, thing_free) != 0);
    assert_true(handle_add(t, 1, 0, &a, NULL) != 0);
    assert_true(handle_add(t, 1, UINT64_MAX, &a, NULL) != 0);
    handle_table_free(t);
    assert_int_equal(a.freed, 1);
    handle_table_free(NULL);
}

/* One table's numbers are strange to another, and differ from run to run. */
static void
test_numbers_differ(void **state)
{
    enum { TABLES = 20 };
    uint64_t numbers[TABLES];
    struct thing a = { 0 };

    (void)state;
    for (size_t i = 0; i < TABLES; i++) {
        struct handle_table *t = handle_table_new(1);

        numbers[i] = handle_add(t, CONTEXT, ALICE, &a, NULL);
        for (size_t k = 0; k < i; k++) {
            assert_true(numbers[i] != numbers[k]);
            assert_null(handle_get(t, numbers[k], CONTEXT, ALICE));
        }
        handle_table_free(t);
    }
}

/* Owners whose numbers fall into the same list do not lose each other's objects. */
static void
test_remove_owner(void **state)
{
    enum { OWNERS = 3000, EACH = 3 };
    static struct thing things[OWNERS][EACH];
    static uint64_t numbers[OWNERS][EACH];
    struct handle_table *t = handle_table_new(OWNERS * EACH);

    (void)state;
    for (size_t k = 0; k < EACH; k++) {
        for (size_t i = 0; i < OWNERS; i++)
            numbers[i][k] = handle_add(t, CONTEXT, i, &things[i][k], thing_free);
    }
    assert_true(handle_remove(t, numbers[7][1], CONTEXT, 7));
    assert_int_equal(handle_remove_owner(t, 7), EACH - 1);
    assert_int_equal(handle_remove_owner(t, 7), 0);
    assert_int_equal(handle_remove_owner(t, OWNERS), 0);
    for (size_t i = 0; i < OWNERS; i += 2)
        assert_int_equal(handle_remove_owner(t, i), EACH);
    for (size_t i = 0; i < OWNERS; i++) {
        for (size_t k = 0; k < EACH; k++) {
            bool gone = i % 2 == 0 || i == 7;

            assert_int_equal(things[i][k].freed, gone ? 1 : 0);
            assert_int_equal(handle_get(t, numbers[i][k], CONTEXT, i) == NULL, gone);
            if (!gone)
                handle_put(t, numbers[i][k]);
        }
    }
    handle_table_free(t);
}

/* Referenced objects of an owner that left go with their last reference. */
static void
test_remove_owner_in_use(void **state)
{
    struct handle_table *t = handle_table_new(10);
    struct thing a = { 0 }, b = { 0 };
    uint64_t n = handle_add(t, CONTEXT, ALICE, &a, thing_free);

    (void)state;
    assert_true(handle_add(t, CREDENTIAL, ALICE, &b, thing_free) != 0);
    assert_non_null(handle_get(t, n, CONTEXT, ALICE));
    assert_int_equal(handle_remove_owner(t, ALICE), 2);
    assert_int_equal(a.freed, 0);
    assert_int_equal(b.freed, 1);
    handle_put(t, n);
    assert_int_equal(a.freed, 1);
    handle_table_free(t);
}

struct visit {
    struct handle_table *table;
    size_t count, sum;
};

/* The object is referenced, so even removing it in the call is allowed. */
static void
visit_and_remove(uint64_t number, unsigned type, void *object, void *arg)
{
    struct visit *v = arg;
    struct thing *t = object;

    assert_ptr_equal(handle_get(v->table, number, type, ALICE), object);
    handle_put(v->table, number);
    assert_true(handle_remove(v->table, number, type, ALICE));
    assert_int_equal(t->freed, 0);
    v->count++;
    v->sum += type;
}

static void
test_each(void **state)
{
    struct visit v = { handle_table_new(100), 0, 0 };
    struct thing a[3] = { { 0 } }, b = { 0 };

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_true(handle_add(v.table, i + 1, ALICE, &a[i], thing_free) != 0);
    assert_true(handle_add(v.table, 9, BOB, &b, thing_free) != 0);
    handle_each(v.table, ALICE, visit_and_remove, &v);
    assert_int_equal(v.count, 3);
    assert_int_equal(v.sum, 6);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(a[i].freed, 1);
    assert_int_equal(b.freed, 0);
    handle_each(v.table, ALICE, visit_and_remove, &v);
    assert_int_equal(v.count, 3);
    handle_table_free(v.table);
}

/* An object that holds a reference to another, as a context does to its credential. */
struct holder {
    struct handle_table *table;
    uint64_t held;
    int freed;
};

static void
holder_free(void *object)
{
    struct holder *h = object;

    h->freed++;
    handle_put(h->table, h->held);
}

static void
test_objects_hold_objects(void **state)
{
    struct handle_table *t = handle_table_new(10);
    struct thing credential = { 0 };
    struct holder context = { t, 0, 0 };

    (void)state;
    context.held = handle_add(t, CREDENTIAL, ALICE, &credential, thing_free);
    assert_non_null(handle_get(t, context.held, CREDENTIAL, ALICE));
    assert_true(handle_add(t, CONTEXT, ALICE, &context, holder_free) != 0);
    assert_true(handle_remove(t, context.held, CREDENTIAL, ALICE));
    assert_int_equal(credential.freed, 0);
    handle_table_free(t);
    assert_int_equal(context.freed, 1);
    assert_int_equal(credential.freed, 1);
}

/* The program's own mistakes abort: in a child, so that the test sees it. */
static int
child_signal(void (*fn)(struct handle_table *t, uint64_t n))
{
    struct handle_table *t = handle_table_new(4);
    struct thing a = { 0 };
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        fn(t, handle_add(t, CONTEXT, ALICE, &a, thing_free));
        _exit(0);
    }
    handle_table_free(t);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
put_too_often(struct handle_table *t, uint64_t n)
{
    handle_put(t, n);
}

static void
put_stale(struct handle_table *t, uint64_t n)
{
    (void)handle_remove(t, n, CONTEXT, ALICE);
    handle_put(t, n);
}

static void
put_zero(struct handle_table *t, uint64_t n)
{
    (void)n;
    handle_put(t, 0);
}

static void
free_with_reference(struct handle_table *t, uint64_t n)
{
    (void)handle_get(t, n, CONTEXT, ALICE);
    handle_table_free(t);
}

static void
put_once(struct handle_table *t, uint64_t n)
{
    (void)handle_get(t, n, CONTEXT, ALICE);
    handle_put(t, n);
}

static void
test_misuse_aborts(void **state)
{
    (void)state;
    assert_int_equal(child_signal(put_too_often), SIGABRT);
    assert_int_equal(child_signal(put_stale), SIGABRT);
    assert_int_equal(child_signal(put_zero), SIGABRT);
    assert_int_equal(child_signal(free_with_reference), SIGABRT);
    assert_int_equal(child_signal(put_once), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_get_remove),
        cmocka_unit_test(test_does_not_resolve),
        cmocka_unit_test(test_hostile_numbers),
        cmocka_unit_test(test_removed_while_in_use),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_numbers_differ),
        cmocka_unit_test(test_remove_owner),
        cmocka_unit_test(test_remove_owner_in_use),
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_objects_hold_objects),
        cmocka_unit_test(test_misuse_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
