/*
 * lsad, the Local Security Authority's daemon: entry point.
 *
 * What it trusts: its command line, the configuration file and the descriptors
 * that the service manager passed. It trusts nothing that arrives on a socket.
 * The order in which it starts is in start.c.
 */
#include "lsad.h"

int
main(int argc, char **argv)
{
    struct lsad_options options;
    int code;

    if (!lsad_options_parse(argc, argv, &options, &code))
        return code;
    if (options.check)
        return lsad_check(&options);
    return lsad_run(&options);
}
