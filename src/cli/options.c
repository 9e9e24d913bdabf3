/*
 * The command line: tables of subcommands and options, --help made from them,
 * and the nearest word for one that is unknown.
 *
 * Runs in the sspi command. Arguments come from the caller.
 */
#include "cli/cli.h"
#include "config/config_near.h"

#include <stdio.h>

#define OPTION_NAME_MAX 64

/* ---- help -------------------------------------------------------------- */

static const char footer[] = "OPENSSPI_CONFIG=FILE names another configuration, OPENSSPI_LOG=debug "
                             "says more.\nSee sspi(1).\n";

static int
help_print(const struct cli_syntax *s)
{
    printf("Usage: %s [OPTION]...%s%s\n%s\n\n", s->command, s->operands[0] == '\0' ? "" : " ",
           s->operands, s->about);
    for (const struct cli_option *o = s->options; o->name != NULL; o++) {
        char left[OPTION_NAME_MAX];
        snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument == NULL ? "" : " ",
                 o->argument == NULL ? "" : o->argument);
        printf("  %-26s %s\n", left, o->help);
    }
    printf("  %-26s %s\n\n%s", "--help", "show this and exit", footer);
    return fflush(stdout) == 0 ? CLI_OK : CLI_REFUSED;
}

/* ---- options ----------------------------------------------------------- */

struct option_walk {
    const struct cli_syntax *syntax;
    int argc, at;
    char **argv;
    char *values;
};

static const struct cli_option *
option_find(const struct cli_option *table, const char *name, size_t n)
{
    for (; table->name != NULL; table++) {
        if (strlen(table->name) == n && strncmp(table->name, name, n) == 0)
            return table;
    }
    return NULL;
}

static int
option_unknown(const struct cli_syntax *s, const char *arg)
{
    char name[OPTION_NAME_MAX];
    struct config_near near;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg, "="), arg);
    near = config_near_init(name + strspn(name, "-"));
    for (const struct cli_option *o = s->options; o->name != NULL; o++)
        config_near_add(&near, o->name);
    config_near_add(&near, "help");
    if (near.best != NULL)
        cli_complain("unknown option %s; did you mean --%s?", name, near.best);
    else
        cli_complain("unknown option %s; see %s --help", name, s->command);
    return CLI_USAGE;
}

static int
option_store(const struct option_walk *w, const struct cli_option *o, const char *value)
{
    void *member = w->values + o->offset;
    struct cli_list *list = member;

    if (o->kind == CLI_STRING)
        *(const char **)member = value;
    if (o->kind == CLI_FLAG)
        *(bool *)member = true;
    if (o->kind != CLI_LIST)
        return CLI_OK;
    if (list->count == CLI_LIST_MAX) {
        cli_complain("more than %d times --%s", CLI_LIST_MAX, o->name);
        return CLI_USAGE;
    }
    list->items[list->count++] = value;
    return CLI_OK;
}

/* One option, with its value from "=" or from the next argument. */
static int
option_take(struct option_walk *w)
{
    const char *arg = w->argv[w->at] + 2;
    size_t n = strcspn(arg, "=");
    const struct cli_option *o = option_find(w->syntax->options, arg, n);
    const char *value = arg[n] == '=' ? arg + n + 1 : NULL;

    if (o == NULL)
        return option_unknown(w->syntax, w->argv[w->at]);
    if (o->kind == CLI_FLAG && value != NULL) {
        cli_complain("--%s takes no value", o->name);
        return CLI_USAGE;
    }
    if (o->kind != CLI_FLAG && value == NULL && w->at + 1 < w->argc)
        value = w->argv[++w->at];
    if (o->kind != CLI_FLAG && value == NULL) {
        cli_complain("--%s needs a value: --%s %s", o->name, o->name, o->argument);
        return CLI_USAGE;
    }
    return option_store(w, o, value);
}

static int
option_check_count(const struct cli_syntax *s, size_t count)
{
    if (count < s->min)
        cli_complain("too few arguments: %s [OPTION]... %s", s->command, s->operands);
    else if (count > s->max && s->max == 0)
        cli_complain("%s takes no arguments but options", s->command);
    else if (count > s->max)
        cli_complain("too many arguments: %s [OPTION]... %s", s->command, s->operands);
    else
        return CLI_OK;
    return CLI_USAGE;
}

int
cli_parse(const struct cli_syntax *syntax, int argc, char **argv, void *values, char ***operands,
          bool *done)
{
    struct option_walk w = { syntax, argc, 1, argv, values };
    int kept = 1, code = CLI_OK;
    bool literal = false;

    *done = true;
    for (; w.at < argc && code == CLI_OK; w.at++) {
        const char *arg = argv[w.at];
        if (!literal && (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0))
            return help_print(syntax);
        if (!literal && strcmp(arg, "--") == 0)
            literal = true;
        else if (!literal && arg[0] == '-' && arg[1] == '-')
            code = option_take(&w);
        else if (!literal && arg[0] == '-' && arg[1] != '\0')
            code = option_unknown(syntax, arg);
        else
            argv[kept++] = argv[w.at];
    }
    if (code == CLI_OK)
        code = option_check_count(syntax, (size_t)kept - 1);
    if (code != CLI_OK)
        return code;
    argv[kept] = NULL;
    *operands = argv + 1;
    *done = false;
    return CLI_OK;
}

/* ---- subcommands ------------------------------------------------------- */

static int
dispatch_help(const char *prefix, const char *about, const struct cli_command *table, FILE *out)
{
    fprintf(out, "Usage: %s COMMAND [OPTION]...\n%s\n\n", prefix, about);
    for (; table->name != NULL; table++)
        fprintf(out, "  %-10s %s\n", table->name, table->summary);
    fprintf(out, "\n%s COMMAND --help says more; see sspi(1).\n", prefix);
    return fflush(out) == 0 ? CLI_OK : CLI_REFUSED;
}

int
cli_dispatch(const char *prefix, const char *about, const struct cli_command *table, int argc,
             char **argv)
{
    struct config_near near;

    if (argc < 2) {
        dispatch_help(prefix, about, table, stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return dispatch_help(prefix, about, table, stdout);
    if (argv[1][0] == '-') {
        cli_complain("%s: options come after the command: %s COMMAND %s", argv[1], prefix, argv[1]);
        return CLI_USAGE;
    }
    near = config_near_init(argv[1]);
    for (const struct cli_command *c = table; c->name != NULL; c++) {
        if (strcmp(c->name, argv[1]) == 0)
            return c->run(argc - 1, argv + 1);
        config_near_add(&near, c->name);
    }
    if (near.best != NULL)
        cli_complain("%s: no such command; did you mean \"%s %s\"?", argv[1], prefix, near.best);
    else
        cli_complain("%s: no such command; see %s --help", argv[1], prefix);
    return CLI_USAGE;
}
