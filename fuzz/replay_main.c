/*
 * A main() for fuzz targets that are built without libFuzzer: runs the target
 * over each file given, or over the files of each folder given. So the corpus
 * is a regression test of every build (CTest fuzz.replay.NAME), with any
 * compiler. No input at all is a failure: it would test nothing.
 */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (16u * 1024 * 1024)
#define PATH_ROOM 4096

static unsigned inputs;

/* A block of exactly the input's size, so that a sanitizer sees an overrun. */
static int
replay_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);
    int rc = -1;

    if (f != NULL && data != NULL && size <= INPUT_MAX && fread(data, 1, size, f) == size) {
        (void)LLVMFuzzerTestOneInput(data, size);
        inputs++;
        rc = 0;
    } else {
        fprintf(stderr, "%s: cannot be read\n", path);
    }
    if (f != NULL)
        fclose(f);
    free(data);
    return rc;
}

static int
replay_entry(const char *folder, const char *name)
{
    char path[PATH_ROOM];
    struct stat st;

    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return -1;
    if (stat(path, &st) != 0)
        return -1;
    return S_ISREG(st.st_mode) ? replay_file(path, (size_t)st.st_size) : 0;
}

static int
replay_folder(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;
    int rc = 0;

    if (d == NULL)
        return -1;
    while (rc == 0 && (e = readdir(d)) != NULL)
        rc = replay_entry(path, e->d_name);
    closedir(d);
    return rc;
}

static int
replay(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        perror(path);
        return -1;
    }
    return S_ISDIR(st.st_mode) ? replay_folder(path) : replay_file(path, (size_t)st.st_size);
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (replay(argv[i]) != 0)
            return EXIT_FAILURE;
    printf("%u inputs\n", inputs);
    return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
