/* The folder of a path. Paths come from the configuration, never from a peer. Runs in: lsad. */
#include "lsad/path.h"

#include <stdio.h>
#include <string.h>

bool
lsad_path_folder(const char *path, char out[LSAD_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int n;

    if (slash == NULL)
        n = snprintf(out, LSAD_PATH_MAX, ".");
    else if (slash == path)
        n = snprintf(out, LSAD_PATH_MAX, "/");
    else
        n = snprintf(out, LSAD_PATH_MAX, "%.*s", (int)(slash - path), path);
    return n > 0 && n < LSAD_PATH_MAX;
}
