/*
 * `sspi account`: the subcommands, and those that only show: list and show.
 *
 * Runs in the sspi command, on the store itself; the daemon need not run.
 */
#include "cli/account.h"

#include "base/filetime.h"
#include "base/sid.h"
#include "base/str16.h"
#include "ntstatus.h"

#include <stdlib.h>

static const struct cli_command commands[] = {
    { "add", "add an account", account_add_command },
    { "list", "list all accounts", account_list_command },
    { "show", "show one account", account_show_command },
    { "passwd", "set an account's password", account_passwd_command },
    { "disable", "disable accounts", account_disable_command },
    { "enable", "enable accounts", account_enable_command },
    { "unlock", "unlock accounts after failed logons", account_unlock_command },
    { "delete", "delete accounts", account_delete_command },
    { "import", "import accounts from a file of hashes", account_import_command },
    { "group", "change who is in a group", account_group_command },
    { "backup", "copy the store while it is in use", account_backup_command },
    { "rekey", "seal all hashes under a new key", account_rekey_command },
    { NULL, NULL, NULL },
};

int
cli_account(int argc, char **argv)
{
    return cli_dispatch("sspi account", "Accounts of the local store.", commands, argc, argv);
}

/* ---- a name and its SID ------------------------------------------------- */

static json_t *
show_sid(struct account_store *s, uint32_t rid)
{
    char text[SID_TEXT_MAX];
    struct sid sid;

    if (!sid_append(account_store_sid(s), rid, &sid) || !sid_format(sid_view(&sid), text))
        return json_null();
    return json_string(text);
}

static json_t *
show_name(struct account_store *s, const char *name, uint32_t rid)
{
    return json_pack("{s:s, s:I, s:o}", "name", name, "rid", (json_int_t)rid, "sid",
                     show_sid(s, rid));
}

int
account_print_name(struct account_store *s, const char *name, uint32_t rid, bool json)
{
    static const struct cli_column columns[] = {
        { "name", "Name" }, { "rid", "RID" }, { "sid", "SID" }, { NULL, NULL },
    };
    json_t *j = show_name(s, name, rid);
    int code = cli_print_object(j, columns, json);

    json_decref(j);
    return code;
}

static bool
show_member(struct view name, void *arg)
{
    char *text = str16_to_utf8(name);
    bool added = text != NULL && json_array_append_new(arg, json_string(text)) == 0;

    free(text);
    return added;
}

int
account_print_group(struct account_store *s, const char *name, uint32_t rid, bool json)
{
    static const struct cli_column columns[] = {
        { "name", "Name" }, { "rid", "RID" }, { "sid", "SID" }, { "members", "Members" },
        { NULL, NULL },
    };
    json_t *j = show_name(s, name, rid), *members = json_array();
    status_t status = account_group_each(s, rid, show_member, members);
    int code;

    json_object_set_new(j, "members", members);
    code = status == STATUS_SUCCESS ? cli_print_object(j, columns, json)
                                    : cli_store_fail("show", name, status);
    json_decref(j);
    return code;
}

/* ---- one account as JSON ----------------------------------------------- */

static const char *
show_state(const struct account *a, int64_t now)
{
    switch (account_check(a, now)) {
    case STATUS_ACCOUNT_DISABLED:
        return "disabled";
    case STATUS_ACCOUNT_LOCKED_OUT:
        return "locked";
    case STATUS_ACCOUNT_EXPIRED:
        return "expired";
    case STATUS_PASSWORD_MUST_CHANGE:
        return "must change";
    default:
        return "enabled";
    }
}

static json_t *
show_account(const struct account *a)
{
    struct view name = view_of(a->name, a->name_units * sizeof(char16_t));

    return json_pack("{s:o, s:I, s:s, s:o, s:s, s:b, s:b}", "name", cli_string16(name), "rid",
                     (json_int_t)a->rid, "state", show_state(a, filetime_now()), "expires",
                     cli_time(a->expires), "local_user", a->local_user, "has_password",
                     (int)a->has_hash, "machine", (int)((a->flags & ACCOUNT_MACHINE) != 0));
}

/* ---- list -------------------------------------------------------------- */

static bool
list_add(const struct account *a, void *arg)
{
    return json_array_append_new(arg, show_account(a)) == 0;
}

int
account_list_command(int argc, char **argv)
{
    static const struct cli_option options[] = { CLI_STORE_OPTIONS, { 0 } };
    static const struct cli_syntax syntax = {
        "sspi account list", "", 0, 0, "Lists all accounts of the store.", options,
    };
    static const struct cli_column columns[] = {
        { "name", "NAME" },       { "rid", "RID" },
        { "state", "STATE" },     { "has_password", "PASSWORD" },
        { "expires", "EXPIRES" }, { "local_user", "LOCAL USER" },
        { NULL, NULL },
    };
    struct cli_store_options o = { 0 };
    struct account_store *s;
    json_t *list;
    char **operands;
    status_t status;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done || (s = cli_store_open(&o, false, &code)) == NULL)
        return code;
    list = json_array();
    status = account_each(s, list_add, list);
    code = status == STATUS_SUCCESS ? cli_print_table(list, columns, o.json)
                                    : cli_store_fail("list", "the accounts", status);
    json_decref(list);
    account_store_close(s);
    return code;
}

/* ---- show -------------------------------------------------------------- */

static json_t *
show_group(struct account_store *s, uint32_t rid)
{
    char16_t name[ACCOUNT_NAME_MAX];
    size_t units = ACCOUNT_NAME_MAX;

    /* A group may be deleted between the two questions. */
    if (account_group_name(s, rid, name, &units) != STATUS_SUCCESS)
        return json_integer(rid);
    return cli_string16(view_of(name, units * sizeof(char16_t)));
}

static json_t *
show_groups(struct account_store *s, uint32_t rid)
{
    uint32_t rids[ACCOUNT_GROUPS_MAX];
    size_t count = ACCOUNT_GROUPS_MAX;
    json_t *list = json_array();

    if (account_groups(s, rid, rids, &count) != STATUS_SUCCESS)
        return list;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, show_group(s, rids[i]));
    return list;
}

static int
show_print(struct account_store *s, const struct account *a, bool json)
{
    static const struct cli_column columns[] = {
        { "name", "Name" },
        { "rid", "RID" },
        { "sid", "SID" },
        { "state", "State" },
        { "machine", "Computer" },
        { "has_password", "Password" },
        { "password_set", "Password set" },
        { "expires", "Expires" },
        { "failed_logons", "Failed logons" },
        { "locked_until", "Locked until" },
        { "groups", "Groups" },
        { "local_user", "Local user" },
        { NULL, NULL },
    };
    json_t *j = show_account(a);
    int code;

    json_object_set_new(j, "sid", show_sid(s, a->rid));
    json_object_set_new(j, "password_set", a->has_hash ? cli_time(a->password_set) : json_null());
    json_object_set_new(j, "failed_logons", json_integer(a->bad_count));
    /* Locked for good has no time: "state" says that it is locked. */
    json_object_set_new(j, "locked_until",
                        a->locked_until == 0 ? json_null() : cli_time(a->locked_until));
    json_object_set_new(j, "groups", show_groups(s, a->rid));
    code = cli_print_object(j, columns, json);
    json_decref(j);
    return code;
}

int
account_show_command(int argc, char **argv)
{
    static const struct cli_option options[] = { CLI_STORE_OPTIONS, { 0 } };
    static const struct cli_syntax syntax = {
        "sspi account show", "NAME", 1, 1, "Shows one account.", options,
    };
    struct cli_store_options o = { 0 };
    struct account_store *s;
    struct cli_name name;
    struct account a;
    char **operands;
    status_t status;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done)
        return code;
    if (!cli_name_parse(operands[0], &name))
        return CLI_USAGE;
    s = cli_store_open(&o, false, &code);
    if (s == NULL)
        return code;
    status = account_find(s, cli_name_view(&name), &a);
    code = status == STATUS_SUCCESS ? show_print(s, &a, o.json)
                                    : cli_store_fail("show", operands[0], status);
    account_wipe(&a);
    account_store_close(s);
    return code;
}
