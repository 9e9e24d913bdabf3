/*
 * The handle table under threads that add, look up, remove and sweep at
 * once. Objects carry the number and owner they were added for and a mark
 * that on_free destroys, so a look-up that resolves wrongly, an object freed
 * twice or one freed under a reference is seen. Meant for ThreadSanitizer.
 */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/handle.h"

enum { THREADS = 4, SHARED = 64, ROUNDS = 20000, OWNERS = 3, RACES = 200000 };

#define ALIVE 0x11223344u
#define TYPE 2

struct object {
    unsigned mark;
    uint64_t owner;
};

struct stress {
    struct handle_table *table;
    _Atomic uint64_t numbers[SHARED];
    _Atomic size_t added, freed, removed, resolved, wrong;
};

static struct stress stress;

static void
object_free(void *p)
{
    struct object *o = p;

    if (o->mark != ALIVE)
        atomic_fetch_add(&stress.wrong, 1);
    o->mark = 0;
    free(o);
    atomic_fetch_add(&stress.freed, 1);
}

static uint64_t
owner_of(size_t place)
{
    return place % OWNERS + 1;
}

/* Puts a new object into a place; what was there before is removed, if nobody was faster. */
static void
replace(size_t place)
{
    struct object *o = malloc(sizeof(*o));
    uint64_t number, old;

    if (o == NULL)
        return;
    *o = (struct object){ ALIVE, owner_of(place) };
    number = handle_add(stress.table, TYPE, o->owner, o, object_free);
    if (number == 0) {
        free(o);
        return;
    }
    atomic_fetch_add(&stress.added, 1);
    old = atomic_exchange(&stress.numbers[place], number);
    if (old != 0 && handle_remove(stress.table, old, TYPE, owner_of(place)))
        atomic_fetch_add(&stress.removed, 1);
}

static void
look_up(size_t place)
{
    uint64_t number = atomic_load(&stress.numbers[place]);
    struct object *o = handle_get(stress.table, number, TYPE, owner_of(place));

    if (handle_get(stress.table, number, TYPE, OWNERS + 1) != NULL)
        atomic_fetch_add(&stress.wrong, 1);
    if (o == NULL)
        return;
    atomic_fetch_add(&stress.resolved, 1);
    if (o->mark != ALIVE || o->owner != owner_of(place))
        atomic_fetch_add(&stress.wrong, 1);
    handle_put(stress.table, number);
}

static void
visit(uint64_t number, unsigned type, void *object, void *arg)
{
    const struct object *o = object;

    if (type != TYPE || number == 0 || o->mark != ALIVE || o->owner != *(uint64_t *)arg)
        atomic_fetch_add(&stress.wrong, 1);
}

static void *
run(void *arg)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15) * ((uintptr_t)arg + 1);

    for (size_t i = 0; i < ROUNDS; i++) {
        size_t place;
        uint64_t owner;

        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        place = seed % SHARED;
        owner = owner_of(place);
        if (seed >> 32 & 3)
            look_up(place);
        else
            replace(place);
        if (i % 1000 == 0)
            atomic_fetch_add(&stress.removed, handle_remove_owner(stress.table, owner));
        if (i % 500 == 0)
            handle_each(stress.table, owner, visit, &owner);
    }
    return NULL;
}

/* max below what the threads want makes the table run full now and then. */
static void
check_stress(size_t max)
{
    pthread_t threads[THREADS];

    memset(&stress, 0, sizeof(stress));
    stress.table = handle_table_new(max);
    assert_non_null(stress.table);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(stress.wrong, 0);
    assert_int_equal(stress.freed, stress.removed);
    assert_true(stress.resolved > 0 && stress.removed > ROUNDS / 10);
    handle_table_free(stress.table);
    assert_int_equal(stress.freed, stress.added);
    assert_int_equal(stress.wrong, 0);
}

static void
test_stress(void **state)
{
    (void)state;
    check_stress(SHARED * 4);
}

static void
test_stress_full(void **state)
{
    (void)state;
    check_stress(SHARED - 8);
}

/*
 * All threads remove the same numbers in the same order. One that comes late
 * fails, which is quicker, so it catches up: they meet at every few numbers.
 * One wins each, and the object goes once.
 */
static uint64_t contested[RACES];
static pthread_barrier_t barrier;

static void *
remove_contested(void *arg)
{
    size_t won = 0;

    (void)arg;
    (void)pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < RACES; i++)
        won += handle_remove(stress.table, contested[i], TYPE, 1);
    return (void *)won;
}

static void
add_contested(void)
{
    for (size_t i = 0; i < RACES; i++) {
        struct object *o = malloc(sizeof(*o));

        assert_non_null(o);
        *o = (struct object){ ALIVE, 1 };
        contested[i] = handle_add(stress.table, TYPE, 1, o, object_free);
        assert_true(contested[i] != 0);
    }
}

static void
test_remove_race(void **state)
{
    pthread_t threads[THREADS];
    size_t won = 0;
    void *mine;

    (void)state;
    memset(&stress, 0, sizeof(stress));
    stress.table = handle_table_new(RACES);
    add_contested();
    assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, remove_contested, NULL), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &mine), 0);
        won += (size_t)mine;
    }
    assert_int_equal(won, RACES);
    assert_int_equal(stress.freed, RACES);
    assert_int_equal(stress.wrong, 0);
    (void)pthread_barrier_destroy(&barrier);
    handle_table_free(stress.table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stress),
        cmocka_unit_test(test_stress_full),
        cmocka_unit_test(test_remove_race),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
