/*
 * `sspi account passwd, disable, enable, unlock, delete`: changes of accounts
 * that exist, several names in one transaction.
 *
 * Runs in the sspi command.
 */
#include "cli/account.h"

#include "base/filetime.h"
#include "ntstatus.h"

#define NAMES_MAX 1000

/* ---- one change for all names ------------------------------------------ */

static status_t
change_flag(struct account_store *s, struct view name, uint32_t set, uint32_t clear)
{
    struct account a;
    status_t status = account_find(s, name, &a);

    if (status == STATUS_SUCCESS) {
        a.flags = (a.flags & ~clear) | set;
        status = account_update(s, &a);
    }
    account_wipe(&a);
    return status;
}

static status_t
change_disable(struct account_store *s, struct view name)
{
    return change_flag(s, name, ACCOUNT_DISABLED, 0);
}

static status_t
change_enable(struct account_store *s, struct view name)
{
    return change_flag(s, name, 0, ACCOUNT_DISABLED);
}

struct change {
    const char *verb;
    status_t (*apply)(struct account_store *s, struct view name);
};

static int
change_names(struct account_store *s, const struct change *c, char **names)
{
    for (; *names != NULL; names++) {
        struct cli_name name;
        status_t status;
        if (!cli_name_parse(*names, &name))
            return CLI_USAGE;
        status = c->apply(s, cli_name_view(&name));
        if (status != STATUS_SUCCESS)
            return cli_store_fail(c->verb, *names, status);
    }
    return CLI_OK;
}

static int
change_all(struct account_store *s, const struct change *c, char **names)
{
    status_t status = account_begin(s);
    int code;

    if (status != STATUS_SUCCESS)
        return cli_store_fail(c->verb, names[0], status);
    code = change_names(s, c, names);
    if (code != CLI_OK) {
        account_rollback(s);
        return code;
    }
    status = account_commit(s);
    return status == STATUS_SUCCESS ? CLI_OK : cli_store_fail(c->verb, names[0], status);
}

static const struct cli_option options[] = { CLI_STORE_OPTIONS, { 0 } };

static int
change_command(const struct change *c, const char *command, const char *about, int argc,
               char **argv)
{
    struct cli_syntax syntax = { command, "NAME...", 1, NAMES_MAX, about, options };
    struct cli_store_options o = { 0 };
    struct account_store *s;
    char **names;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &names, &done);

    if (done || (s = cli_store_open(&o, false, &code)) == NULL)
        return code;
    code = change_all(s, c, names);
    account_store_close(s);
    return code;
}

int
account_disable_command(int argc, char **argv)
{
    static const struct change c = { "disable", change_disable };

    return change_command(&c, "sspi account disable",
                          "Disables accounts: they cannot log on until they are enabled.", argc,
                          argv);
}

int
account_enable_command(int argc, char **argv)
{
    static const struct change c = { "enable", change_enable };

    return change_command(&c, "sspi account enable", "Enables accounts again.", argc, argv);
}

int
account_unlock_command(int argc, char **argv)
{
    static const struct change c = { "unlock", account_unlock };

    return change_command(&c, "sspi account unlock",
                          "Unlocks accounts that failed logons locked, and forgets the failures.",
                          argc, argv);
}

int
account_delete_command(int argc, char **argv)
{
    static const struct change c = { "delete", account_delete };

    return change_command(&c, "sspi account delete",
                          "Deletes accounts for good. Their SIDs are never used again.", argc,
                          argv);
}

/* ---- passwd ------------------------------------------------------------ */

struct passwd_options {
    struct cli_store_options store;
    bool password_stdin, must_change;
};

/* CHOICE: a new password settles "must change", unless --must-change asks for it anew. */
static status_t
passwd_apply(struct account_store *s, const struct passwd_options *o, struct view name,
             struct view password)
{
    status_t status = account_begin(s);

    if (status != STATUS_SUCCESS)
        return status;
    status = account_set_password(s, name, password, filetime_now());
    if (status == STATUS_SUCCESS)
        status = change_flag(s, name, o->must_change ? ACCOUNT_MUST_CHANGE : 0,
                             ACCOUNT_MUST_CHANGE);
    if (status == STATUS_SUCCESS)
        return account_commit(s);
    account_rollback(s);
    return status;
}

/* Whether the account is there is said before the password is asked for. */
static int
passwd_run(struct account_store *s, const struct passwd_options *o, const char *text)
{
    struct cli_password p = { .count = 0 };
    struct cli_name name;
    struct account a;
    status_t status;
    int code;

    if (!cli_name_parse(text, &name))
        return CLI_USAGE;
    status = account_find(s, cli_name_view(&name), &a);
    account_wipe(&a);
    /* A damaged hash is what a new password repairs. */
    if (status != STATUS_SUCCESS && status != STATUS_INTERNAL_DB_CORRUPTION)
        return cli_store_fail("set the password of", text, status);
    code = cli_password_read(o->password_stdin, true, "New password: ", &p);
    if (code == CLI_OK) {
        status = passwd_apply(s, o, cli_name_view(&name),
                              view_of(p.units, p.count * sizeof(char16_t)));
        if (status != STATUS_SUCCESS)
            code = cli_store_fail("set the password of", text, status);
    }
    cli_password_wipe(&p);
    return code;
}

int
account_passwd_command(int argc, char **argv)
{
    static const struct cli_option own[] = {
        CLI_STORE_OPTIONS,
        { "password-stdin", NULL, CLI_FLAG, offsetof(struct passwd_options, password_stdin),
          "read the password from standard input, one line" },
        { "must-change", NULL, CLI_FLAG, offsetof(struct passwd_options, must_change),
          "it must be changed again before a logon" },
        { 0 },
    };
    static const struct cli_syntax syntax = {
        "sspi account passwd", "NAME", 1, 1, "Sets an account's password.", own,
    };
    struct passwd_options o = { 0 };
    struct account_store *s;
    char **operands;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done || (s = cli_store_open(&o.store, false, &code)) == NULL)
        return code;
    code = passwd_run(s, &o, operands[0]);
    account_store_close(s);
    return code;
}
