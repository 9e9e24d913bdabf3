/*
 * `sspi account group`: who is in a group. Members are accounts and other
 * groups; groups within each other in a circle do no harm, as a token has each
 * group once.
 *
 * Runs in the sspi command. All of a command is one transaction.
 */
#include "cli/account.h"

#include "ntstatus.h"

struct group_options {
    struct cli_store_options store;
    struct cli_list add, remove;
};

#define AT(member) offsetof(struct group_options, member)

static const struct cli_option options[] = {
    CLI_STORE_OPTIONS,
    { "add", "NAME", CLI_LIST, AT(add),
      "make this account or group a member; the group is made if need be" },
    { "remove", "NAME", CLI_LIST, AT(remove), "let it be a member no more" },
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi account group", "GROUP", 1, 1,
    "Changes who is in a group, and shows it and its members.", options,
};

/* An account, else a group. */
static status_t
group_find_member(struct account_store *s, const struct cli_name *name, uint32_t *rid)
{
    struct account a;
    status_t status = account_find(s, cli_name_view(name), &a);

    *rid = a.rid;
    account_wipe(&a);
    if (status == STATUS_NO_SUCH_USER
        && account_group_find(s, cli_name_view(name), rid) == STATUS_SUCCESS)
        return STATUS_SUCCESS;
    return status;
}

static int
group_change(struct account_store *s, uint32_t group, const struct cli_list *names, bool in)
{
    for (size_t i = 0; i < names->count; i++) {
        struct cli_name name;
        uint32_t rid;
        status_t status;

        if (!cli_name_parse(names->items[i], &name))
            return CLI_USAGE;
        status = group_find_member(s, &name, &rid);
        if (status == STATUS_SUCCESS && rid == group) {
            cli_complain("%s: a group is no member of itself", names->items[i]);
            return CLI_REFUSED;
        }
        if (status == STATUS_SUCCESS)
            status = account_group_member(s, group, rid, in);
        if (status != STATUS_SUCCESS)
            return cli_store_fail(in ? "add" : "remove", names->items[i], status);
    }
    return CLI_OK;
}

static int
group_apply(struct account_store *s, const struct group_options *o, const char *text,
            uint32_t *rid)
{
    struct cli_name name;
    status_t status;
    int code;

    if (!cli_name_parse(text, &name))
        return CLI_USAGE;
    status = account_group_find(s, cli_name_view(&name), rid);
    if (status == STATUS_NO_SUCH_GROUP && o->add.count > 0)
        status = account_group_add(s, cli_name_view(&name), rid);
    if (status == STATUS_NO_SUCH_GROUP) {
        cli_complain("%s: there is no such group", text);
        return CLI_REFUSED;
    }
    if (status != STATUS_SUCCESS)
        return cli_store_fail("change", text, status);
    code = group_change(s, *rid, &o->add, true);
    return code == CLI_OK ? group_change(s, *rid, &o->remove, false) : code;
}

static int
group_run(struct account_store *s, const struct group_options *o, const char *name)
{
    uint32_t rid = 0;
    status_t status = account_begin(s);
    int code;

    if (status != STATUS_SUCCESS)
        return cli_store_fail("change", name, status);
    code = group_apply(s, o, name, &rid);
    if (code != CLI_OK) {
        account_rollback(s);
        return code;
    }
    status = account_commit(s);
    return status == STATUS_SUCCESS ? account_print_group(s, name, rid, o->store.json)
                                    : cli_store_fail("change", name, status);
}

int
account_group_command(int argc, char **argv)
{
    struct group_options o = { 0 };
    struct account_store *s;
    char **operands;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done || (s = cli_store_open(&o.store, false, &code)) == NULL)
        return code;
    code = group_run(s, &o, operands[0]);
    account_store_close(s);
    return code;
}
