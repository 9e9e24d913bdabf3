/*
 * Whom the kernel takes a thread for, in user namespaces (user_namespaces(7)): what it shows as
 * 65534 there may be anybody. Real kernel, real namespaces, a child each; as root.
 */
#include "base/thread_identity.h"

#include "child.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/wait.h>

#define NOBODY 65534u
#define NO_NAMESPACES 77

static const uint8_t nobody_gid[] = { 0xfe, 0xff, 0, 0 };

static int
map_write(pid_t pid, const char *file, const char *map)
{
    char path[64];
    int fd, good;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    good = fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);
    if (fd >= 0)
        close(fd);
    return good;
}

/*
 * Runs fn in a child, in a namespace of this map (NULL: it knows nobody), which only a process
 * outside may write. fn ends the child with 0; a kernel, or a container, may have none to give.
 */
static void
in_namespace(const char *map, void (*fn)(void))
{
    int ready[2], go[2], status;
    char c = 0;
    pid_t pid;

    assert_int_equal(pipe(ready) | pipe(go), 0);
    pid = fork();
    if (pid == 0) {
        gid_t group = 1234;

        close(go[1]);
        if (setgroups(1, &group) != 0 || unshare(CLONE_NEWUSER) != 0)
            child_exit(NO_NAMESPACES);
        if (write(ready[1], "", 1) != 1 || read(go[0], &c, 1) != 0)
            child_exit(1);
        fn();
        child_exit(0);
    }
    close(ready[1]);
    if (read(ready[0], &c, 1) == 1 && map != NULL) {
        assert_true(map_write(pid, "uid_map", map));
        assert_true(map_write(pid, "gid_map", map));
    }
    close(go[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(ready[0]);
    close(go[0]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACES)
        skip();
    assert_int_equal(status, 0);
}

static int
take(uint32_t id, struct view gids)
{
    return thread_identity_take(&(struct thread_identity){ id, id, gids });
}

/* It reads as 65534, and is root: nothing that is set there has an effect. */
static void
as_a_stranger_to_himself(void)
{
    if (geteuid() != NOBODY || getegid() != NOBODY)
        child_exit(2);
    if (take(NOBODY, view_of(nobody_gid, sizeof(nobody_gid))) == 0)
        child_exit(3);
    if (thread_identity_save() != NULL)
        child_exit(4);
}

static void
who_is_unknown_cannot_become_nobody(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    in_namespace(NULL, as_a_stranger_to_himself);
}

/* Group 1234, of which the namespace knows nothing, looks like 65534. */
static void
in_an_unknown_group(void)
{
    gid_t group = 0;

    if (geteuid() != 0 || getgroups(1, &group) != 1 || group != NOBODY)
        child_exit(2);
    if (take(0, view_of(nobody_gid, sizeof(nobody_gid))) == 0)
        child_exit(3);
    /* Nor could it go back. */
    if (thread_identity_save() != NULL)
        child_exit(4);
}

static void
an_unknown_group_is_not_nobodys(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    in_namespace("0 0 1000", in_an_unknown_group);
}

static void
with_a_nobody_of_its_own(void)
{
    struct view gids = view_of(nobody_gid, sizeof(nobody_gid));
    struct thread_saved *self;
    gid_t group = 0;

    if (setgroups(0, NULL) != 0 || (self = thread_identity_save()) == NULL)
        child_exit(2);
    /* Twice: from another number, and from the same. */
    if (take(NOBODY, gids) != 0 || take(NOBODY, gids) != 0)
        child_exit(3);
    if (setfsuid((uid_t)-1) != NOBODY || setfsgid((gid_t)-1) != NOBODY)
        child_exit(4);
    if (getgroups(1, &group) != 1 || group != NOBODY || !thread_identity_is_foreign())
        child_exit(5);
    if (thread_identity_restore(self) != 0 || thread_identity_is_foreign())
        child_exit(6);
    thread_saved_free(self);
    /* Whoever is nobody himself cannot show that he became him. */
    if (setegid(NOBODY) != 0 || thread_identity_save() != NULL || take(NOBODY, gids) == 0)
        child_exit(7);
}

static void
a_namespace_may_have_a_nobody(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    in_namespace("0 0 65536", with_a_nobody_of_its_own);
}

static void
with_another_gid(void)
{
    struct thread_saved *self = thread_identity_save();

    if (self == NULL || thread_identity_is_foreign())
        child_exit(2);
    (void)setfsgid(1234);
    if (!thread_identity_is_foreign() || thread_identity_restore(self) != 0
        || thread_identity_is_foreign())
        child_exit(3);
    thread_saved_free(self);
    child_exit(0);
}

/* A client with the server's own uid is told by his gid. */
static void
a_gid_is_foreign_too(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    if (geteuid() != 0)
        skip();
    pid = fork();
    if (pid == 0)
        with_another_gid();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_unknown_cannot_become_nobody),
        cmocka_unit_test(an_unknown_group_is_not_nobodys),
        cmocka_unit_test(a_namespace_may_have_a_nobody),
        cmocka_unit_test(a_gid_is_foreign_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
