/* Prints the reference of all keys: what opensspi.conf(5) must contain. */
#include "config/config.h"

#include <stdio.h>

static void
put_line(const char *text, void *arg)
{
    fprintf(arg, "%s\n", text);
}

int
main(void)
{
    config_describe(put_line, stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}
