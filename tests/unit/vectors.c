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

/* The rest of the row of that name, on the heap (free()); NULL: none. */
static char *
vector_find(const char *file, const char *name)
{
    FILE *f = vector_open(file);
    const char *hex = NULL;
    char *line = NULL, *found = NULL;
    size_t size = 0;

    while (hex == NULL && getline(&line, &size, f) > 0)
        hex = vector_column(line, name);
    if (hex != NULL)
        found = strdup(hex);
    free(line);
    (void)fclose(f);
    return found;
}

/* For the test that no row is left unused: $TEST_VECTORS_USED gets the rows that were read. */
static void
vector_note(const char *name)
{
    const char *path = getenv("TEST_VECTORS_USED");
    FILE *f = path != NULL ? fopen(path, "ae") : NULL;

    if (f == NULL)
        return;
    (void)fprintf(f, "%s\n", name);
    (void)fclose(f);
}

size_t
vector_get(const char *file, const char *name, uint8_t *out, size_t room)
{
    char *hex = vector_find(file, name);
    size_t n;

    if (hex == NULL)
        fail_msg("%s: no row %s", file, name);
    n = vector_bytes(hex, strcspn(hex, "\t\r\n"), out, room);
    free(hex);
    vector_note(name);
    return n;
}

bool
vector_has(const char *file, const char *name)
{
    char *hex = vector_find(file, name);
    bool found = hex != NULL;

    free(hex);
    return found;
}

/* Cuts a line down to its name without suffix. False: another row. */
static bool
vector_stem(char *line, const char *prefix, const char *suffix)
{
    size_t n = strcspn(line, "\t\r\n"), end = strlen(suffix);

    if (n < end || strncmp(line, prefix, strlen(prefix)) != 0 ||
        strncmp(line + n - end, suffix, end) != 0)
        return false;
    line[n - end] = '\0';
    return true;
}

size_t
vector_each(const char *file, const char *prefix, const char *suffix,
            void (*each)(const char *stem))
{
    FILE *f = vector_open(file);
    char *line = NULL;
    size_t size = 0, count = 0;

    while (getline(&line, &size, f) > 0) {
        if (vector_stem(line, prefix, suffix)) {
            each(line);
            count++;
        }
    }
    free(line);
    (void)fclose(f);
    return count;
}
