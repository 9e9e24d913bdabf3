/* The life of socket files: who may listen where, and what an abandoned one is. */
#include "ipc/ipc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A folder of its own for socket files. */
struct folder {
    char path[64];
    char socket[80];
};

static int
folder_setup(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));

    snprintf(f->path, sizeof(f->path), "/tmp/opensspi-ipc-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->socket, sizeof(f->socket), "%s/socket", f->path);
    *state = f;
    return 0;
}

static int
folder_teardown(void **state)
{
    struct folder *f = *state;

    unlink(f->socket);
    assert_int_equal(rmdir(f->path), 0);
    free(f);
    return 0;
}

static unsigned
mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static void
test_listen_and_connect(void **state)
{
    struct folder *f = *state;
    int listening = ipc_listen(f->socket, 0600);
    uint8_t m[IPC_PREFIX];
    struct wr w = wr_init(m, sizeof(m));
    struct ipc_prefix prefix = { .call = IPC_ID_hello, .id = 7 };
    struct ipc_inbox in;
    struct ipc_peer peer;
    int a, b;

    assert_true(listening >= 0);
    a = ipc_connect(f->socket);
    assert_true(a >= 0);
    b = accept(listening, NULL, NULL);
    assert_true(b >= 0);
    assert_true((fcntl(listening, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true((fcntl(a, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(ipc_message_build(&w, &prefix, &ipc_call_req_layout, NULL,
                                       &ipc_hello_req_layout, NULL), 0);
    ipc_inbox_init(&in);
    assert_int_equal(ipc_send(a, wr_written(&w), 1000), 0);
    assert_int_equal(ipc_receive(b, &in, 1000), 1);
    assert_true(view_is_equal(in.message, wr_written(&w)));
    assert_int_equal(ipc_peer_get(b, &peer), 0);
    assert_int_equal(peer.pid, getpid());
    ipc_inbox_wipe(&in);
    close(a);
    close(b);
    close(listening);
}

/* The mode is what was asked for, whatever the umask is. */
static void
test_listen_mode(void **state)
{
    static const unsigned modes[] = { 0600, 0660, 0666, 0666, 0600 };
    static const mode_t umasks[] = { 0, 022, 077, 0777, 0 };
    struct folder *f = *state;
    struct stat st;

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        mode_t old = umask(umasks[i]);
        int fd = ipc_listen(f->socket, modes[i]);

        assert_int_equal(umask(old), umasks[i]);
        assert_true(fd >= 0);
        assert_int_equal(mode_of(f->socket), modes[i]);
        /* The socket's own mode bounded the file's before chmod() could. */
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 0777, modes[i]);
        close(fd);
    }
}

/* Of a dead process: replaced. Of a live one, even one too busy to accept: not. */
static void
test_listen_abandoned(void **state)
{
    struct folder *f = *state;
    int first = ipc_listen(f->socket, 0600), second;

    assert_true(first >= 0);
    assert_int_equal(ipc_listen(f->socket, 0600), -EADDRINUSE);
    close(first);
    assert_int_equal(ipc_connect(f->socket), -ECONNREFUSED);
    second = ipc_listen(f->socket, 0600);
    assert_true(second >= 0);
    first = ipc_connect(f->socket);
    assert_true(first >= 0);
    close(first);
    close(second);
}

static void
test_listen_busy(void **state)
{
    struct folder *f = *state;
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), clients[3];

    strcpy(sa.sun_path, f->socket);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(fd, 0), 0);
    for (size_t i = 0; i < 3; i++) {
        clients[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
        (void)!connect(clients[i], (struct sockaddr *)&sa, sizeof(sa));
    }
    assert_int_equal(ipc_listen(f->socket, 0600), -EADDRINUSE);
    for (size_t i = 0; i < 3; i++)
        close(clients[i]);
    close(fd);
}

/* What is no abandoned socket of ours stays as it is. */
static void
test_listen_other_files(void **state)
{
    struct folder *f = *state;
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    struct stat before, after;
    int fd = open(f->socket, O_CREAT | O_WRONLY, 0600);

    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
    assert_int_equal(lstat(f->socket, &before), 0);
    assert_int_equal(ipc_listen(f->socket, 0600), -EADDRINUSE);
    assert_int_equal(lstat(f->socket, &after), 0);
    assert_true(before.st_ino == after.st_ino && after.st_size == 1);
    unlink(f->socket);
    assert_int_equal(symlink("/nonexistent", f->socket), 0);
    assert_int_equal(ipc_listen(f->socket, 0600), -EADDRINUSE);
    unlink(f->socket);
    /* A live socket of another type refuses the type, not the connection. */
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(sa.sun_path, f->socket);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(ipc_listen(f->socket, 0600), -EADDRINUSE);
    close(fd);
}

static void
test_paths(void **state)
{
    struct folder *f = *state;
    char path[200], missing[100];

    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(ipc_connect(path), -ENAMETOOLONG);
    assert_int_equal(ipc_listen(path, 0600), -ENAMETOOLONG);
    assert_int_equal(ipc_connect(""), -EINVAL);
    assert_int_equal(ipc_listen("", 0600), -EINVAL);
    assert_int_equal(ipc_connect(f->socket), -ENOENT);
    snprintf(missing, sizeof(missing), "%s/missing/socket", f->path);
    assert_int_equal(ipc_listen(missing, 0600), -ENOENT);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_listen_and_connect),
        IN_FOLDER(test_listen_mode),
        IN_FOLDER(test_listen_abandoned),
        IN_FOLDER(test_listen_busy),
        IN_FOLDER(test_listen_other_files),
        IN_FOLDER(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
