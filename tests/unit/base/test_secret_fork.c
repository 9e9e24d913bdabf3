/*
 * The kernel's side of secret pages: what /proc says of them, and what a
 * forked child finds in them (D3). The parent's pages read zero, and the
 * child's allocator works, even when another thread was inside at fork().
 */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

#define LINE_MAX_BYTES 512

/* The sanitizers' mlock() does nothing. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) \
    || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAN_LOCK false
#else
#define CAN_LOCK true
#endif

/* The VmFlags line of the mapping that p lies in. */
static void
vm_flags(const void *p, char out[LINE_MAX_BYTES])
{
    FILE *f = fopen("/proc/self/smaps", "re");
    char line[LINE_MAX_BYTES];
    bool mine = false;

    assert_non_null(f);
    out[0] = '\0';
    while (fgets(line, sizeof(line), f) != NULL) {
        unsigned long first, end;

        if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
            mine = (uintptr_t)p >= first && (uintptr_t)p < end;
        else if (mine && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(out, LINE_MAX_BYTES, "%s", line + 8);
    }
    (void)fclose(f);
}

static void
test_page_flags(void **state)
{
    char flags[LINE_MAX_BYTES];
    void *plain = secret_new(100), *locked = secret_new_locked(100), *heap = malloc(100);

    (void)state;
    assert_true(plain != NULL && locked != NULL && heap != NULL);
    vm_flags(plain, flags);
    assert_non_null(strstr(flags, " dd "));
    assert_non_null(strstr(flags, " wf "));
    assert_null(strstr(flags, " lo "));
    vm_flags(locked, flags);
    assert_non_null(strstr(flags, " dd "));
    assert_non_null(strstr(flags, " wf "));
    assert_true(!CAN_LOCK || strstr(flags, " lo ") != NULL);
    /* The test can fail: ordinary memory has none of these. */
    vm_flags(heap, flags);
    assert_true(flags[0] != '\0');
    assert_null(strstr(flags, " dd "));
    assert_null(strstr(flags, " wf "));
    free(heap);
    secret_free(plain);
    secret_free(locked);
}

static bool
is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0)
            return false;
    }
    return true;
}

/* What a child reports: which check failed, 0 for none. */
static int
in_child(int (*fn)(void *arg), void *arg)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(fn(arg));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

struct inherited {
    uint8_t *small, *big, *locked;
};

/* Reads zero; the child may free it, and gets memory of its own that is elsewhere. */
static int
child_looks(void *arg)
{
    struct inherited *in = arg;
    uint8_t *mine;

    if (!is_zero(in->small, 48) || !is_zero(in->big, 60000) || !is_zero(in->locked, 32))
        return 1;
    mine = secret_new(48);
    if (mine == NULL || mine == in->small || !is_zero(mine, 48))
        return 2;
    memset(mine, 0xDD, 48);
    secret_free(in->small);
    secret_free(in->big);
    secret_free(in->locked);
    for (size_t i = 0; i < 48; i++) {
        if (mine[i] != 0xDD)
            return 3;
    }
    secret_free(mine);
    mine = secret_new_locked(32);
    if (mine == NULL || mine == in->locked)
        return 4;
    secret_free(mine);
    return 0;
}

static void
test_child_reads_zeros(void **state)
{
    struct inherited in = { secret_new(48), secret_new(60000), secret_new_locked(32) };

    (void)state;
    assert_true(in.small != NULL && in.big != NULL && in.locked != NULL);
    memset(in.small, 0x77, 48);
    memset(in.big, 0x77, 60000);
    memset(in.locked, 0x77, 32);
    assert_int_equal(in_child(child_looks, &in), 0);
    /* The parent's are as they were, and so is its allocator. */
    assert_int_equal(in.small[47], 0x77);
    assert_int_equal(in.big[59999], 0x77);
    assert_int_equal(in.locked[31], 0x77);
    secret_free(in.small);
    secret_free(in.big);
    secret_free(in.locked);
}

static int
grandchild_looks(void *arg)
{
    (void)arg;
    for (size_t size = 16; size <= 65536; size *= 2) {
        uint8_t *p = secret_new(size);

        if (p == NULL || !is_zero(p, size))
            return 1;
        secret_free(p);
    }
    return 0;
}

static int
child_forks(void *arg)
{
    uint8_t *p = secret_new(100);

    (void)arg;
    if (p == NULL)
        return 9;
    memset(p, 1, 100);
    return in_child(grandchild_looks, NULL);
}

static void
test_grandchild(void **state)
{
    (void)state;
    assert_int_equal(in_child(child_forks, NULL), 0);
}

static atomic_bool stop;

static void *
allocate_until_stopped(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop)) {
        void *a = secret_new(48), *b = secret_new(48);

        secret_free(a);
        secret_free(b);
    }
    return NULL;
}

static int
child_allocates(void *arg)
{
    (void)arg;
    alarm(30);      /* a mutex that stayed locked would end as a signal */
    for (size_t i = 0; i < 100; i++) {
        void *p = secret_new(48);

        if (p == NULL)
            return 1;
        secret_free(p);
    }
    return 0;
}

/* Some of the forks meet a thread that holds the mutex. */
static void
test_fork_while_others_allocate(void **state)
{
    pthread_t threads[2];

    (void)state;
    atomic_store(&stop, false);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, allocate_until_stopped, NULL), 0);
    for (size_t i = 0; i < 150; i++)
        assert_int_equal(in_child(child_allocates, NULL), 0);
    atomic_store(&stop, true);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_flags),
        cmocka_unit_test(test_child_reads_zeros),
        cmocka_unit_test(test_grandchild),
        cmocka_unit_test(test_fork_while_others_allocate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
