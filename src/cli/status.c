/*
 * `sspi status`: what the authority is doing.
 *
 * Runs in the sspi command, an ordinary application of libsspi. The answer is
 * JSON from the authority, which libsspi has checked to be the configured one.
 */
#include "cli/handshake.h"

#include "opensspi.h"

#include <stdio.h>

static const struct cli_option options[] = {
    { "json", NULL, CLI_FLAG, 0, "print JSON" },
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi status", "", 0, 0,
    "Shows what the authority is doing. The caller's service must be allowed to `admin`.",
    options,
};

/* An array of objects under a heading; nothing where the authority did not send one. */
static int
status_print_table(const json_t *root, const char *key, const struct cli_column *columns)
{
    const json_t *list = json_object_get(root, key);

    if (!json_is_array(list) || json_array_size(list) == 0)
        return CLI_OK;
    putchar('\n');
    return cli_print_table(list, columns, false);
}

static void
counter_rows_add(json_t *rows, const char *service, const char *package, json_t *counters)
{
    const char *name;
    json_t *count;

    json_object_foreach(counters, name, count)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:O}", "service", service, "package",
                                              package, "counter", name, "count", count));
}

/* One table of what packages have counted: for all, and for each service that has some. */
static int
status_print_counters(const json_t *root)
{
    static const struct cli_column columns[] = {
        { "package", "PACKAGE" }, { "counter", "COUNTER" }, { "service", "SERVICE" },
        { "count", "COUNT" }, { NULL, NULL },
    };
    json_t *rows = json_object(), *list = json_array(), *item, *counters;
    const char *package;
    size_t i;
    int code;

    json_array_foreach(json_object_get(root, "packages"), i, item)
        counter_rows_add(list, "(all)", json_string_value(json_object_get(item, "name")),
                         json_object_get(item, "counters"));
    json_array_foreach(json_object_get(root, "services"), i, item) {
        json_object_foreach(json_object_get(item, "counters"), package, counters)
            counter_rows_add(list, json_string_value(json_object_get(item, "name")), package,
                             counters);
    }
    json_object_set_new(rows, "list", list);
    code = status_print_table(rows, "list", columns);
    json_decref(rows);
    return code;
}

static int
status_print(const json_t *root)
{
    static const struct cli_column general[] = {
        { "mode", "Mode" },       { "pid", "Process" },     { "version", "Version" },
        { "since", "Since" },     { "clients", "Clients" }, { "isolation", "Isolation" },
        { NULL, NULL },
    };
    static const struct cli_column counters[] = {
        { "calls", "Calls" },         { "accepted", "Accepted" },
        { "refused", "Refused" },     { "contexts", "Contexts" },
        { "half_open", "Half open" }, { "credentials", "Credentials" },
        { NULL, NULL },
    };
    static const struct cli_column packages[] = {
        { "name", "PACKAGE" }, { "pool", "POOL" }, { "user_module", "USER MODULE" }, { NULL, NULL },
    };
    static const struct cli_column services[] = {
        { "name", "SERVICE" },        { "contexts", "CONTEXTS" },
        { "half_open", "HALF OPEN" }, { "credentials", "CREDENTIALS" },
        { NULL, NULL },
    };
    const json_t *count = json_object_get(root, "counters");
    int code = cli_print_object(root, general, false);

    if (code == CLI_OK && json_is_object(count)) {
        putchar('\n');
        code = cli_print_object(count, counters, false);
    }
    if (code == CLI_OK)
        code = status_print_table(root, "packages", packages);
    if (code == CLI_OK)
        code = status_print_counters(root);
    if (code == CLI_OK)
        code = status_print_table(root, "services", services);
    return code;
}

int
cli_status_command(int argc, char **argv)
{
    char *text = NULL, **operands;
    bool done, json = false;
    json_t *root;
    status_t status;
    int code = cli_parse(&syntax, argc, argv, &json, &operands, &done);

    if (done)
        return code;
    status = opensspi_status(&text);
    if (status != SEC_E_OK)
        return handshake_fail("status", status);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    FreeContextBuffer(text);
    if (root == NULL) {
        cli_complain("the authority's answer is not JSON");
        return CLI_REFUSED;
    }
    code = json ? cli_print_object(root, NULL, true) : status_print(root);
    json_decref(root);
    return code;
}
