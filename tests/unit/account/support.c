/* A store in a folder of its own for each test. */
#include "support.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

static char folder[64];

int
folder_make(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/account-test-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

int
folder_remove(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

const char *
folder_path(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

struct account_store *
store_open(bool create, char error[ACCOUNT_ERROR_MAX])
{
    char dir[256];
    struct account_store_options o = {
        .dir = dir,
        .create = create,
        .lockout_threshold = 3,
        .lockout_window_minutes = 10,
        .lockout_minutes = 5,
    };

    strcpy(dir, folder_path("state"));
    return account_store_open(&o, error);
}

struct account_store *
store_make(void)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = store_open(true, error);

    if (s == NULL)
        fail_msg("%s", error);
    assert_string_equal(error, "");
    return s;
}

struct account
account_of(struct view name, uint8_t hash)
{
    struct account a = { .expires = FILETIME_NEVER, .password_set = NOON, .has_hash = true };

    assert_true(name.n <= sizeof(a.name));
    memcpy(a.name, name.p, name.n);
    a.name_units = (uint16_t)(name.n / 2);
    memset(a.nt_hash, hash, sizeof(a.nt_hash));
    return a;
}

uint32_t
account_put(struct account_store *s, struct view name, uint8_t hash)
{
    struct account a = account_of(name, hash);
    uint32_t rid = 0;

    assert_int_equal(account_add(s, &a, &rid), STATUS_SUCCESS);
    return rid;
}

void
sql_run(const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(folder_path("state/accounts.db"), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
