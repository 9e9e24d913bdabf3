/*
 * `sspi account add`: an account with its password and groups, in one
 * transaction.
 *
 * Runs in the sspi command. The store checks the name; here are dates and the
 * local user's name.
 */
#include "cli/account.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "ntstatus.h"

#include <pwd.h>
#include <stdio.h>
#include <time.h>

struct add_options {
    struct cli_store_options store;
    bool password_stdin, no_password, must_change, disabled, machine;
    const char *local_user, *expires;
    struct cli_list groups;
};

#define AT(member) offsetof(struct add_options, member)

static const struct cli_option options[] = {
    CLI_STORE_OPTIONS,
    { "password-stdin", NULL, CLI_FLAG, AT(password_stdin),
      "read the password from standard input, one line" },
    { "no-password", NULL, CLI_FLAG, AT(no_password),
      "no password: the account cannot log on until it has one" },
    { "must-change", NULL, CLI_FLAG, AT(must_change),
      "the password must be changed before a logon" },
    { "disabled", NULL, CLI_FLAG, AT(disabled), "disabled from the start" },
    { "machine", NULL, CLI_FLAG, AT(machine), "a computer's account; its name ends in $" },
    { "expires", "TIME", CLI_STRING, AT(expires),
      "2026-12-31, 2026-12-31T12:00:00Z (UTC) or never" },
    { "group", "NAME", CLI_LIST, AT(groups), "make it a member, and the group if need be" },
    { "local-user", "USER", CLI_STRING, AT(local_user),
      "the user of this machine that it is mapped to" },
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi account add", "NAME", 1, 1,
    "Adds an account; the store is made if there is none. Asks for the password.", options,
};

/* A date begins at midnight UTC: "expires 2026-12-31" means that this day is the first without. */
static bool
add_parse_time(const char *text, int64_t *out)
{
    static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ" };

    if (strcmp(text, "never") == 0) {
        *out = FILETIME_NEVER;
        return true;
    }
    for (size_t i = 0; i < 2; i++) {
        struct tm tm = { 0 };
        const char *end = strptime(text, formats[i], &tm);
        int day = tm.tm_mday;
        if (end == NULL || *end != '\0')
            continue;
        *out = filetime_from_unix(timegm(&tm));
        /* timegm() turns February 30th into March; strptime() lets it pass. */
        return tm.tm_mday == day && *out > 0;
    }
    return false;
}

static int
add_fill_local_user(const struct add_options *o, struct account *a)
{
    if (o->local_user == NULL)
        return CLI_OK;
    if (o->local_user[0] == '\0' || strlen(o->local_user) >= sizeof(a->local_user)) {
        cli_complain("--local-user %s: a name of 1 to %zu bytes", o->local_user,
                     sizeof(a->local_user) - 1);
        return CLI_USAGE;
    }
    if (getpwnam(o->local_user) == NULL)
        cli_complain("note: this machine has no user %s yet", o->local_user);
    snprintf(a->local_user, sizeof(a->local_user), "%s", o->local_user);
    return CLI_OK;
}

static int
add_fill(const struct add_options *o, const struct cli_name *name, struct account *a)
{
    memcpy(a->name, name->units, name->count * sizeof(char16_t));
    a->name_units = (uint16_t)name->count;
    a->flags = (o->disabled ? ACCOUNT_DISABLED : 0u) | (o->must_change ? ACCOUNT_MUST_CHANGE : 0u)
               | (o->machine ? ACCOUNT_MACHINE : 0u);
    a->expires = FILETIME_NEVER;
    if (o->expires != NULL && !add_parse_time(o->expires, &a->expires)) {
        cli_complain("--expires %s: give 2026-12-31, 2026-12-31T12:00:00Z or never", o->expires);
        return CLI_USAGE;
    }
    if (o->machine && name->units[name->count - 1] != u'$') {
        cli_complain("a computer's account has a name that ends in $");
        return CLI_USAGE;
    }
    return add_fill_local_user(o, a);
}

static int
add_fill_password(const struct add_options *o, struct account *a)
{
    struct cli_password p;
    int code;

    if (o->no_password && o->password_stdin) {
        cli_complain("--no-password and --password-stdin exclude each other");
        return CLI_USAGE;
    }
    if (o->no_password)
        return CLI_OK;
    code = cli_password_read(o->password_stdin, true, "Password: ", &p);
    if (code == CLI_OK) {
        account_hash_password(view_of(p.units, p.count * sizeof(char16_t)), a->nt_hash);
        a->has_hash = true;
        a->password_set = filetime_now();
    }
    cli_password_wipe(&p);
    return code;
}

static status_t
add_to_group(struct account_store *s, const struct cli_name *group, uint32_t member)
{
    uint32_t rid;
    status_t status = account_group_add(s, cli_name_view(group), &rid);

    if (status != STATUS_SUCCESS && status != STATUS_GROUP_EXISTS)
        return status;
    return account_group_member(s, rid, member, true);
}

static int
add_groups(struct account_store *s, const struct cli_list *groups, uint32_t rid)
{
    struct cli_name group;

    for (size_t i = 0; i < groups->count; i++) {
        status_t status;
        if (!cli_name_parse(groups->items[i], &group))
            return CLI_USAGE;
        status = add_to_group(s, &group, rid);
        if (status != STATUS_SUCCESS)
            return cli_store_fail("add the account to the group", groups->items[i], status);
    }
    return CLI_OK;
}

static int
add_all(struct account_store *s, const struct add_options *o, const char *name,
        const struct account *a, uint32_t *rid)
{
    status_t status = account_begin(s);
    int code;

    if (status != STATUS_SUCCESS)
        return cli_store_fail("add", name, status);
    status = account_add(s, a, rid);
    code = status == STATUS_SUCCESS ? add_groups(s, &o->groups, *rid)
                                    : cli_store_fail("add", name, status);
    if (code != CLI_OK) {
        account_rollback(s);
        return code;
    }
    status = account_commit(s);
    return status == STATUS_SUCCESS ? CLI_OK : cli_store_fail("add", name, status);
}

static int
add_run(const struct add_options *o, const char *text, const struct cli_name *name,
        struct account *a)
{
    struct account_store *s;
    uint32_t rid = 0;
    int code = add_fill(o, name, a);

    if (code == CLI_OK)
        code = add_fill_password(o, a);
    if (code != CLI_OK || (s = cli_store_open(&o->store, true, &code)) == NULL)
        return code;
    code = add_all(s, o, text, a, &rid);
    if (code == CLI_OK)
        code = account_print_name(s, text, rid, o->store.json);
    account_store_close(s);
    return code;
}

int
account_add_command(int argc, char **argv)
{
    struct add_options o = { 0 };
    struct account a = { 0 };
    struct cli_name name;
    char **operands;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done)
        return code;
    if (!cli_name_parse(operands[0], &name))
        return CLI_USAGE;
    code = add_run(&o, operands[0], &name, &a);
    account_wipe(&a);
    return code;
}
