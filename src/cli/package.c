/*
 * `sspi package list` and `show`: what the authority's packages can do.
 *
 * Runs in the sspi command, an ordinary application of libsspi.
 */
#include "cli/handshake.h"

#include "sspi.h"

#include <strings.h>

struct capability {
    ULONG bit;
    const char *name;
};

static const struct capability capabilities[] = {
    { SECPKG_FLAG_INTEGRITY, "integrity" },
    { SECPKG_FLAG_PRIVACY, "privacy" },
    { SECPKG_FLAG_TOKEN_ONLY, "token_only" },
    { SECPKG_FLAG_DATAGRAM, "datagram" },
    { SECPKG_FLAG_CONNECTION, "connection" },
    { SECPKG_FLAG_MULTI_REQUIRED, "multi_required" },
    { SECPKG_FLAG_CLIENT_ONLY, "client_only" },
    { SECPKG_FLAG_EXTENDED_ERROR, "extended_error" },
    { SECPKG_FLAG_IMPERSONATION, "impersonation" },
    { SECPKG_FLAG_ACCEPT_WIN32_NAME, "accept_win32_name" },
    { SECPKG_FLAG_STREAM, "stream" },
    { SECPKG_FLAG_NEGOTIABLE, "negotiable" },
    { SECPKG_FLAG_GSS_COMPATIBLE, "gss_compatible" },
    { SECPKG_FLAG_LOGON, "logon" },
    { SECPKG_FLAG_ASCII_BUFFERS, "ascii_buffers" },
    { SECPKG_FLAG_FRAGMENT, "fragment" },
    { SECPKG_FLAG_MUTUAL_AUTH, "mutual_auth" },
    { SECPKG_FLAG_DELEGATION, "delegation" },
    { SECPKG_FLAG_READONLY_WITH_CHECKSUM, "readonly_with_checksum" },
    { SECPKG_FLAG_RESTRICTED_TOKENS, "restricted_tokens" },
    { SECPKG_FLAG_NEGO_EXTENDER, "nego_extender" },
    { SECPKG_FLAG_NEGOTIABLE2, "negotiable2" },
    { SECPKG_FLAG_APPCONTAINER_PASSTHROUGH, "appcontainer_passthrough" },
    { SECPKG_FLAG_APPCONTAINER_CHECKS, "appcontainer_checks" },
    { SECPKG_FLAG_CREDENTIAL_ISOLATION_ENABLED, "credential_isolation" },
    { SECPKG_FLAG_APPLY_LOOPBACK, "apply_loopback" },
};

static json_t *
package_capabilities(ULONG bits)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
        if ((bits & capabilities[i].bit) == 0)
            continue;
        json_array_append_new(list, json_string(capabilities[i].name));
        bits &= ~capabilities[i].bit;
    }
    if (bits != 0)
        json_array_append_new(list, json_sprintf("0x%x", bits));
    return list;
}

static json_t *
package_json(const SecPkgInfoA *p)
{
    json_t *rpc = p->wRPCID == SECPKG_ID_NONE ? json_null() : json_integer(p->wRPCID);

    return json_pack("{s:s, s:s, s:i, s:o, s:I, s:o}", "name", p->Name, "comment",
                     p->Comment == NULL ? "" : p->Comment, "version", (int)p->wVersion, "rpc_id",
                     rpc, "max_token", (json_int_t)p->cbMaxToken, "capabilities",
                     package_capabilities(p->fCapabilities));
}

static const struct cli_option options[] = {
    { "json", NULL, CLI_FLAG, 0, "print JSON" },
    { 0 },
};

static int
package_list(int argc, char **argv)
{
    static const struct cli_syntax syntax = {
        "sspi package list", "", 0, 0, "Lists the authority's security packages.", options,
    };
    static const struct cli_column columns[] = {
        { "name", "NAME" }, { "max_token", "MAX TOKEN" }, { "comment", "COMMENT" }, { NULL, NULL },
    };
    SecPkgInfoA *all = NULL;
    ULONG count = 0;
    char **operands;
    bool done, json = false;
    json_t *list;
    status_t status;
    int code = cli_parse(&syntax, argc, argv, &json, &operands, &done);

    if (done)
        return code;
    status = EnumerateSecurityPackagesA(&count, &all);
    if (status != SEC_E_OK)
        return handshake_fail("EnumerateSecurityPackages", status);
    list = json_array();
    for (ULONG i = 0; i < count; i++)
        json_array_append_new(list, package_json(&all[i]));
    FreeContextBuffer(all);
    code = cli_print_table(list, columns, json);
    json_decref(list);
    return code;
}

static int
package_show(int argc, char **argv)
{
    static const struct cli_syntax syntax = {
        "sspi package show", "NAME", 1, 1, "Shows what a security package can do.", options,
    };
    static const struct cli_column columns[] = {
        { "name", "Name" },           { "comment", "Comment" },
        { "version", "Version" },     { "rpc_id", "RPC id" },
        { "max_token", "Max token" }, { "capabilities", "Capabilities" },
        { NULL, NULL },
    };
    SecPkgInfoA *info = NULL;
    char **operands;
    bool done, json = false;
    json_t *j;
    status_t status;
    int code = cli_parse(&syntax, argc, argv, &json, &operands, &done);

    if (done)
        return code;
    status = QuerySecurityPackageInfoA(operands[0], &info);
    if (status != SEC_E_OK)
        return handshake_fail(operands[0], status);
    j = package_json(info);
    FreeContextBuffer(info);
    code = cli_print_object(j, columns, json);
    json_decref(j);
    return code;
}

int
cli_package(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        { "list", "list the packages", package_list },
        { "show", "show one package", package_show },
        { NULL, NULL, NULL },
    };

    return cli_dispatch("sspi package", "Security packages of the authority.", commands, argc,
                        argv);
}
