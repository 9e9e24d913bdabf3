/* path: the folder of a file's name, for the sandbox's rules and the sockets' folders. */
#ifndef LSAD_PATH_H
#define LSAD_PATH_H

#include <stdbool.h>

#define LSAD_PATH_MAX 4096

/* The folder that holds path ("." when it has none); false: too long. */
bool lsad_path_folder(const char *path, char out[LSAD_PATH_MAX]);

#endif
