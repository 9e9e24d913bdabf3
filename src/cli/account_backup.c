/*
 * `sspi account backup`: a copy of the store as it is at one moment, while lsad
 * goes on. Hashes stay sealed in it, and the key is not in it.
 *
 * Runs in the sspi command; the file is written as who calls it.
 */
#include "cli/account.h"
#include "cli/progress.h"

#include "ntstatus.h"

struct backup_options {
    struct cli_store_options store;
    bool progress;
};

static const struct cli_option options[] = {
    CLI_STORE_OPTIONS,
    CLI_PROGRESS_OPTION(offsetof(struct backup_options, progress)),
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi account backup", "FILE", 1, 1,
    "Copies the store to a new file, while it is in use. The key is not in it: keep it elsewhere.",
    options,
};

static bool
backup_count(const struct account *a, void *arg)
{
    (void)a;
    (*(json_int_t *)arg)++;
    return true;
}

static int
backup_print(struct account_store *s, const char *path, bool json)
{
    static const struct cli_column columns[] = {
        { "file", "File" }, { "accounts", "Accounts" }, { NULL, NULL },
    };
    json_int_t count = 0;
    status_t status = account_each(s, backup_count, &count);
    json_t *j;
    int code;

    if (status != STATUS_SUCCESS)
        return cli_store_fail("count", "the accounts", status);
    j = json_pack("{s:s, s:I}", "file", path, "accounts", count);
    code = cli_print_object(j, columns, json);
    json_decref(j);
    return code;
}

static int
backup_run(struct account_store *s, const char *path)
{
    char error[ACCOUNT_ERROR_MAX];
    struct account_backup *b = account_backup_begin(s, error);
    bool good;

    if (b == NULL) {
        cli_complain("%s", error);
        return CLI_REFUSED;
    }
    /* The store belongs to lsad; where the copy goes, the caller decides. */
    cli_identity_own();
    good = account_backup_run(b, path, cli_progress, NULL, error);
    cli_progress_end();
    account_backup_end(b);
    cli_identity_store();
    if (!good)
        cli_complain("%s", error);
    return good ? CLI_OK : CLI_REFUSED;
}

int
account_backup_command(int argc, char **argv)
{
    struct backup_options o = { 0 };
    struct account_store *s;
    char **operands;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done || (s = cli_store_open(&o.store, false, &code)) == NULL)
        return code;
    cli_progress_init("pages", o.progress);
    code = backup_run(s, operands[0]);
    if (code == CLI_OK)
        code = backup_print(s, operands[0], o.store.json);
    account_store_close(s);
    return code;
}
