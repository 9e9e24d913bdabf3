/*
 * Reads the tables of published values. A row that is not there fails the
 * test: a renamed or lost row must not turn a test into one that passes.
 */
#include "vectors.h"

#include "unit.h"

#define VECTOR_PATH_MAX 4096

static FILE *
vector_open(const char *file)
{
    char path[VECTOR_PATH_MAX];
    FILE *f;

    if (strchr(file, '/') != NULL)
        (void)snprintf(path, sizeof(path), "%s", file);
    else
        (void)snprintf(path, sizeof(path), "%s/%s", TEST_VECTORS, file);
    f = fopen(path, "re");
    if (f == NULL)
        fail_msg("%s: cannot be read", path);
    return f;
}

static unsigned
vector_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c | 0x20);

    if (found == NULL)
        fail_msg("'%c' is no hex digit", c);
    return (unsigned)(found - digits);
}

static size_t
vector_bytes(const char *hex, size_t digits, uint8_t *out, size_t room)
{
    size_t n = digits / 2;

    if (digits % 2 != 0)
        fail_msg("%.*s: an odd number of hex digits", (int)digits, hex);
    if (n > room)
        fail_msg("%zu bytes do not fit in %zu", n, room);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(vector_digit(hex[2 * i]) << 4 | vector_digit(hex[2 * i + 1]));
    return n;
}

size_t
vector_from_hex(const char *hex, uint8_t *out, size_t room)
{
    return vector_bytes(hex, strlen(hex), out, room);
}

/* The second column when the first is name; NULL otherwise. */
static const char *
vector_column(const char *line, const char *name)
{
    size_t n = strlen(name);

    if (strncmp(line, name, n) != 0 || line[n] != '\t')
        return NULL;
    return line + n + 1;
}

size_t
vector_get(const char *file, const char *name, uint8_t *out, size_t room)
{
    FILE *f = vector_open(file);
    const char *hex = NULL;
    char *line = NULL;
    size_t size = 0, n = 0;

    while (hex == NULL && getline(&line, &size, f) > 0)
        hex = vector_column(line, name);
    if (hex != NULL)
        n = vector_bytes(hex, strcspn(hex, "\t\r\n"), out, room);
    free(line);
    (void)fclose(f);
    if (hex == NULL)
        fail_msg("%s: no row %s", file, name);
    return n;
}
