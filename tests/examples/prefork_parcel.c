/*
 * What a worker of examples/prefork.c takes from its channel. The example is included, since
 * its functions are its own.
 */
#define main prefork_main
int prefork_main(int argc, char **argv);
#include "../../examples/prefork.c"
#undef main

#include "unit.h"

#include <fcntl.h>
#include <sys/resource.h>

static int channel[2];
static char bytes[PACKED_MAX + 1];

static int
setup(void **state)
{
    const struct timeval soon = { 0, 50 * 1000 };

    (void)state;
    /* The next one is waited for: here it fails instead. */
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel)
           | setsockopt(channel[1], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
}

static int
teardown(void **state)
{
    (void)state;
    return close(channel[0]) | close(channel[1]);
}

static int
descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* n bytes, and so many descriptors. */
static void
give(size_t n, size_t count)
{
    static const int fds[] = { 0, 1, 2 };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fds)] = { 0 };
    struct iovec iov = { bytes, n };
    struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
                        .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    if (count == 0)
        m.msg_controllen = 0;
    assert_int_equal(sendmsg(channel[0], &m, 0), n);
}

static bool
taken(void)
{
    struct companions with = { -1, -1 };
    int before = descriptors();
    size_t n = 0;
    bool good = parcel_receive(channel[1], bytes, &n, &with);

    if (good) {
        assert_true(n > 0);
        assert_true(fcntl(with.client, F_GETFD) == FD_CLOEXEC);
        close(with.client);
        close(with.token);
    }
    /* Whatever came, nothing of it stays. */
    assert_int_equal(descriptors(), before);
    return good;
}

static void
a_parcel_has_two_companions(void **state)
{
    (void)state;
    give(100, 2);
    assert_true(taken());
    for (size_t count = 0; count < 4; count++) {
        give(100, count);
        assert_int_equal(taken(), count == 2);
    }
}

/* The rest of the bytes is lost: half a context is none. */
static void
a_parcel_that_is_cut_is_none(void **state)
{
    (void)state;
    give(PACKED_MAX, 2);
    assert_true(taken());
    give(PACKED_MAX + 1, 2);
    assert_false(taken());
}

/* Nor is it the worker's end. */
static void
the_next_one_is_taken(void **state)
{
    (void)state;
    give(PACKED_MAX + 1, 2);
    give(100, 1);
    give(100, 2);
    assert_true(taken());
    assert_false(taken());
}

/* One descriptor still fits, as unix(7) has it: the other is lost, and MSG_CTRUNC says so. */
static void
without_room_for_descriptors(void **state)
{
    struct rlimit all, few;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
    few = all;
    few.rlim_cur = (rlim_t)dup(0) + 1;
    close((int)few.rlim_cur - 1);
    give(100, 2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_false(taken());
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
}

static void
a_front_process_that_is_gone(void **state)
{
    (void)state;
    assert_int_equal(shutdown(channel[0], SHUT_WR), 0);
    assert_false(taken());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_parcel_has_two_companions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_parcel_that_is_cut_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_one_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(without_room_for_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(a_front_process_that_is_gone, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
