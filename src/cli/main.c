/*
 * sspi: the administrator's and the developer's command.
 *
 * Runs as whoever calls it. `account` opens the account store itself; the
 * others are ordinary applications of libsspi. Trusts its arguments as far as
 * the caller's own rights go; passwords are never among them.
 */
#include "cli/cli.h"

#include "base/log.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>

static const struct cli_command commands[] = {
    { "account", "accounts of the local store", cli_account },
    { "package", "security packages of the authority", cli_package },
    { "status", "what the authority is doing", cli_status_command },
    { "accept", "accept a security context: a test server", cli_accept },
    { "initiate", "initiate a security context: a test client", cli_initiate },
    { NULL, NULL, NULL },
};

/* OPENSSPI_LOG=debug shows what the library and the store log; warnings are shown always. */
static void
main_set_log(void)
{
    const char *name = getenv("OPENSSPI_LOG");
    enum log_level level = LOG_WARNING;

    if (name != NULL && !log_level_parse(name, &level))
        cli_complain("OPENSSPI_LOG=%.32s: not one of error, warning, notice, info, debug", name);
    log_set_level(level);
}

int
main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    /* A peer or a pipe that closes is an error where we write, not the end of the program. */
    signal(SIGPIPE, SIG_IGN);
    main_set_log();
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("sspi (OpenSSPI) %s\n", OPENSSPI_VERSION);
        return fflush(stdout) == 0 ? CLI_OK : CLI_REFUSED;
    }
    return cli_dispatch("sspi", "The command of OpenSSPI, the Local Security Authority for Linux.",
                        commands, argc, argv);
}
