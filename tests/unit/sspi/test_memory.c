/* FreeContextBuffer's blocks, and client buffers in windows. */
#include "unit.h"

#include "sspi/memory.h"
#include "sspi/window.h"

#include "sspi.h"

#include <pthread.h>

static void
blocks_are_zeroed_and_freed_once(void **state)
{
    uint8_t *p = sspi_memory_new(100);
    unsigned i;

    (void)state;
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 16, 0);
    for (i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    assert_int_equal(FreeContextBuffer(p), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(NULL), SEC_E_OK);
}

static void
foreign_pointers_are_refused(void **state)
{
    _Alignas(16) uint8_t mine[64] = { 0 };
    uint8_t *p = sspi_memory_new(64);

    (void)state;
    assert_int_equal(FreeContextBuffer(mine + 32), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(p + 1), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(p + 16), SEC_E_INVALID_HANDLE);
    /* A copy of a block, tag and all, is not a block. */
    memcpy(mine, p - 16, 32);
    assert_int_equal(FreeContextBuffer(mine + 16), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(p), SEC_E_OK);
}

static void *
free_it(void *p)
{
    return (void *)(uintptr_t)FreeContextBuffer(p);
}

static void
any_thread_frees(void **state)
{
    pthread_t t;
    void *result;

    (void)state;
    assert_int_equal(pthread_create(&t, NULL, free_it, sspi_memory_new(10)), 0);
    pthread_join(t, &result);
    assert_null(result);
}

/* ---- windows ----------------------------------------------------------- */

static struct ipc_range
range(uint64_t address, const char *text)
{
    return (struct ipc_range){ address, view_of(text, strlen(text)) };
}

static void
blocks_appear_at_their_addresses(void **state)
{
    struct sspi_window w;
    struct ipc_ranges r = { .count = 2 };
    char *first, *second;

    (void)state;
    sspi_window_take(&w);
    assert_int_not_equal(w.base, 0);
    assert_int_equal(w.size, SSPI_WINDOW_SIZE);
    r.v[0] = range(w.base + 16, "first");
    r.v[1] = range(w.base + w.size - 6, "second");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_OK);
    first = (char *)(uintptr_t)r.v[0].address;
    second = (char *)(uintptr_t)r.v[1].address;
    assert_memory_equal(first, "first", 5);
    assert_memory_equal(second, "second", 6);
    sspi_window_leave(&w);
    assert_memory_equal(first, "first", 5);
    assert_int_equal(FreeContextBuffer(first + 1), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(first), SEC_E_OK);
    /* Freed memory is wiped, and is not freed twice. */
    assert_int_equal(first[0], 0);
    assert_int_equal(FreeContextBuffer(first), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(second), SEC_E_OK);
}

static void
blocks_outside_are_refused(void **state)
{
    struct sspi_window w;
    struct ipc_ranges r = { .count = 1 };
    char mine[16] = "mine";

    (void)state;
    sspi_window_take(&w);
    r.v[0] = range((uint64_t)(uintptr_t)mine, "theirs");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_INTERNAL_ERROR);
    assert_string_equal(mine, "mine");
    r.v[0] = range(w.base - 1, "theirs");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_INTERNAL_ERROR);
    r.v[0] = range(w.base + w.size - 5, "theirs");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_INTERNAL_ERROR);
    r.v[0] = range(w.base + w.size, "");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_INTERNAL_ERROR);
    r.v[0] = range(UINT64_MAX - 2, "theirs");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_INTERNAL_ERROR);
    sspi_window_leave(&w);
}

static void
blocks_may_touch_but_not_overlap(void **state)
{
    struct sspi_window w;
    struct ipc_ranges r = { .count = 2 };

    (void)state;
    sspi_window_take(&w);
    r.v[0] = range(w.base + 32, "0123456789abcdef");
    r.v[1] = range(w.base + 47, "x");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_INTERNAL_ERROR);
    r.v[1] = range(w.base + 32, "");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_INTERNAL_ERROR);
    r.v[1] = range(w.base + 48, "x");
    assert_int_equal(sspi_window_fill(&w, &r), SEC_E_OK);
    sspi_window_drop(&w);
    sspi_window_leave(&w);
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)(r.v[0].address)), SEC_E_INVALID_HANDLE);
}

/* A window returns when the call has left and its last block is freed, not before. */
static void
windows_come_back(void **state)
{
    static struct sspi_window all[SSPI_WINDOW_COUNT];
    struct sspi_window none;
    struct ipc_ranges r = { .count = 1 };
    uint64_t address;
    unsigned i;

    (void)state;
    for (i = 0; i < SSPI_WINDOW_COUNT; i++) {
        sspi_window_take(&all[i]);
        assert_int_not_equal(all[i].base, 0);
    }
    sspi_window_take(&none);
    assert_int_equal(none.base, 0);
    address = all[7].base;
    r.v[0] = range(address, "kept");
    assert_int_equal(sspi_window_fill(&all[7], &r), SEC_E_OK);
    sspi_window_leave(&all[7]);
    sspi_window_take(&none);
    assert_int_equal(none.base, 0);
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)address), SEC_E_OK);
    sspi_window_take(&none);
    assert_int_equal(none.base, address);
    sspi_window_leave(&none);
    for (i = 0; i < SSPI_WINDOW_COUNT; i++)
        if (i != 7)
            sspi_window_leave(&all[i]);
}

static void *
take_fill_free(void *arg)
{
    unsigned i;

    (void)arg;
    for (i = 0; i < 2000; i++) {
        struct sspi_window w;
        struct ipc_ranges r = { .count = 1 };
        void *p;

        sspi_window_take(&w);
        r.v[0] = (struct ipc_range){ w.base, view_of(&w, sizeof(w)) };
        if (w.base == 0 || sspi_window_fill(&w, &r) != SEC_E_OK)
            return (void *)1;
        p = (void *)(uintptr_t)w.base;
        /* Nobody else wrote here. */
        if (memcmp(p, &w, sizeof(w)) != 0 || !sspi_window_release(p))
            return (void *)2;
        sspi_window_leave(&w);
    }
    return NULL;
}

static void
threads_do_not_share_windows(void **state)
{
    pthread_t t[4];
    unsigned i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, take_fill_free, NULL), 0);
    for (i = 0; i < UNIT_COUNT(t); i++) {
        void *result;

        pthread_join(t[i], &result);
        assert_null(result);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_freed_once),
        cmocka_unit_test(foreign_pointers_are_refused),
        cmocka_unit_test(any_thread_frees),
        cmocka_unit_test(blocks_appear_at_their_addresses),
        cmocka_unit_test(blocks_outside_are_refused),
        cmocka_unit_test(blocks_may_touch_but_not_overlap),
        cmocka_unit_test(windows_come_back),
        cmocka_unit_test(threads_do_not_share_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
