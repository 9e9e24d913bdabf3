/* See acting.h. */
#include "acting.h"

#include "child.h"

#include "lsa/account.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RANGE_FIRST 200000u

uint32_t acting_id, acting_group;
char16_t acting_second[] = u"karla";
HANDLE acting_token;

static char dir[64], work[80];

void
acting_config_write(unsigned min_uid)
{
    char path[96];
    FILE *f;

    snprintf(path, sizeof(path), "%s/opensspi.conf", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[authority]\nmode = embedded\n");
    if (min_uid != 0)
        fprintf(f, "min_uid = %u\n", min_uid);
    fprintf(f, "[store]\nstate_dir = %s\nidmap_first = %u\n", dir, RANGE_FIRST);
    assert_int_equal(fclose(f), 0);
    setenv("OPENSSPI_CONFIG", path, 1);
    unsetenv("OPENSSPI_AUTHORITY");
}

/* A second account, and a group of the first. */
static void
accounts_add(void)
{
    struct account_store_options options = { .dir = dir };
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = account_store_open(&options, error);
    struct account a = { .expires = INT64_MAX, .name_units = 5, .local_user = ACTING_LOCAL_USER };
    struct account first;
    uint32_t group, rid;

    assert_non_null(s);
    assert_int_equal(account_group_add(s, view_of(u"crew", 8), &group), 0);
    acting_group = RANGE_FIRST + group;
    assert_int_equal(account_find(s, view_of(app_user, 8), &first), 0);
    acting_id = RANGE_FIRST + first.rid;
    assert_int_equal(account_group_member(s, group, first.rid, true), 0);
    memcpy(a.name, acting_second, 10);
    assert_int_equal(account_add(s, &a, &rid), 0);
    assert_int_equal(account_set_password(s, view_of(acting_second, 10),
                                          view_of(app_password, 16), 1), 0);
    account_store_close(s);
}

bool
is_root(void)
{
    return geteuid() == 0;
}

int
acting_start(void)
{
    if (access("/etc/opensspi/opensspi.conf", F_OK) == 0)
        return APP_SKIP;
    snprintf(dir, sizeof(dir), "/tmp/opensspi-app-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return 1;
    app_account_make(dir);
    accounts_add();
    acting_config_write(0);
    snprintf(work, sizeof(work), "%s.work", dir);
    return mkdir(work, 0700) == 0 && chmod(work, 0777) == 0 ? 0 : 1;
}

char *
in_work(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", work, name);
    return path;
}

struct stat
made(const char *name)
{
    struct stat st;
    int fd;

    (void)unlink(in_work(name));
    fd = open(in_work(name), O_CREAT | O_EXCL | O_RDWR, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    close(fd);
    return st;
}

struct self
self_get(void)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct self s;

    memset(&s, 0, sizeof(s));
    s.uid = (uid_t)setfsuid((uid_t)-1);
    s.gid = (gid_t)setfsgid((gid_t)-1);
    s.count = getgroups(256, s.groups);
    assert_int_equal(syscall(SYS_capget, &head, s.caps), 0);
    return s;
}

void
assert_self(const struct self *before)
{
    struct self now = self_get();

    assert_memory_equal(&now, before, sizeof(now));
}

void
in_child(void (*fn)(void))
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        fn();
        child_exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

void *
look_and_revert(void *arg)
{
    struct self *s = arg;

    s[0] = self_get();
    if ((acting_token == NULL || ImpersonateLoggedOnUser(acting_token)) && RevertToSelf())
        s[1] = self_get();
    return NULL;
}

void
in_thread(void *(*fn)(void *), void *arg)
{
    pthread_t t;

    assert_int_equal(pthread_create(&t, NULL, fn, arg), 0);
    assert_int_equal(pthread_join(t, NULL), 0);
}

int
acting_stop(int result)
{
    char command[256];

    snprintf(command, sizeof(command), "rm -rf %s %s", dir, work);
    return system(command) == 0 ? result : 1;
}
