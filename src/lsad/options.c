/*
 * The command line of lsad. Options are few on purpose: what an administrator
 * sets lives in the configuration file, where --check can see it.
 *
 * Runs in: lsad, before anything else. Trusts: whoever may start the daemon.
 */
#include "lsad.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: lsad [OPTION]...\n"
    "The Local Security Authority: answers SSPI calls of local programs.\n"
    "\n"
    "  --config FILE      configuration (default " CONFIG_DEFAULT_PATH ")\n"
    "  --check            check configuration, key, store and packages, then exit\n"
    "  --foreground       stay in the foreground; this is what it always does\n"
    "  --log-level LEVEL  error, warning, notice, info or debug\n"
    "  --no-sandbox       no seccomp, no Landlock, dumpable: for debuggers only\n"
    "  --version          print the version and exit\n"
    "  --help             print this and exit\n"
    "\n"
    "Exit status: 0 stopped or checked, 1 configuration refused, 2 usage, 3 start failed.\n"
    "See lsad(8) and opensspi.conf(5).\n";

enum option_id { OPT_CONFIG = 1, OPT_CHECK, OPT_FOREGROUND, OPT_LEVEL, OPT_NO_SANDBOX,
                 OPT_VERSION, OPT_HELP };

static const struct option table[] = {
    { "config",     required_argument, NULL, OPT_CONFIG },
    { "check",      no_argument,       NULL, OPT_CHECK },
    { "foreground", no_argument,       NULL, OPT_FOREGROUND },
    { "log-level",  required_argument, NULL, OPT_LEVEL },
    { "no-sandbox", no_argument,       NULL, OPT_NO_SANDBOX },
    { "version",    no_argument,       NULL, OPT_VERSION },
    { "help",       no_argument,       NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

/* Takes one option; false ends the program with *code. */
static bool
option_take(int id, struct lsad_options *out, int *code)
{
    *code = LSAD_EXIT_OK;
    switch (id) {
    case OPT_CONFIG:
        out->config_path = optarg;
        return true;
    case OPT_CHECK:
        out->check = true;
        return true;
    case OPT_FOREGROUND:
        return true;
    case OPT_NO_SANDBOX:
        out->sandbox = false;
        return true;
    case OPT_LEVEL:
        out->level_given = log_level_parse(optarg, &out->level);
        if (out->level_given)
            return true;
        fprintf(stderr, "lsad: --log-level %s: not one of error, warning, notice, info, debug\n",
                optarg);
        *code = LSAD_EXIT_USAGE;
        return false;
    case OPT_VERSION:
        puts("lsad (OpenSSPI) " LSAD_VERSION);
        return false;
    case OPT_HELP:
        fputs(help, stdout);
        return false;
    default:
        fputs("Try 'lsad --help'.\n", stderr);
        *code = LSAD_EXIT_USAGE;
        return false;
    }
}

bool
lsad_options_parse(int argc, char **argv, struct lsad_options *out, int *code)
{
    int id;

    *out = (struct lsad_options){ .sandbox = true, .level = LOG_NOTICE };
    while ((id = getopt_long(argc, argv, "", table, NULL)) != -1)
        if (!option_take(id, out, code))
            return false;
    if (optind == argc)
        return true;
    fprintf(stderr, "lsad: unexpected argument '%s'\nTry 'lsad --help'.\n", argv[optind]);
    *code = LSAD_EXIT_USAGE;
    return false;
}
