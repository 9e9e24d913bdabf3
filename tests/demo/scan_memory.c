/*
 * scan-memory: looks for secrets in another process's memory.
 *
 *     scan-memory PID
 *
 * Reads what to look for from standard input, one a line:
 *
 *     hex NAME 00112233...        these bytes, and their hexadecimal text
 *     password NAME TEXT          TEXT in UTF-8 and in UTF-16LE, and its NT hash (MD4 of the
 *                                 UTF-16LE form, MS-NLMP 3.3.1) as bytes and as text
 *
 * Every mapping that the process itself may read is searched, through
 * /proc/PID/mem: the caller needs the right to trace the process. The hash is
 * computed here, by nettle, so that nothing of the project vouches for itself.
 *
 * Exit status: 0 nothing found, 1 something found, 2 could not look.
 */
#include <nettle/base16.h>
#include <nettle/md4.h>

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATTERNS_MAX 64
#define PATTERN_BYTES_MAX 256
#define PATTERN_BYTES_MIN 8         /* shorter ones would be found by chance */
#define LINE_BYTES_MAX 1024
#define CHUNK_BYTES (1024 * 1024)
#define HASH_SIZE MD4_DIGEST_SIZE

enum { EXIT_NONE = 0, EXIT_FOUND = 1, EXIT_BLIND = 2 };

struct pattern {
    char name[48];
    const char *form;
    uint8_t bytes[PATTERN_BYTES_MAX];
    size_t n;
};

struct scan {
    struct pattern patterns[PATTERNS_MAX];
    size_t count;
    uint8_t chunk[CHUNK_BYTES];
    unsigned long regions, found;
    unsigned long long bytes;
};

static bool
pattern_add(struct scan *s, const char *name, const char *form, const void *bytes, size_t n)
{
    struct pattern *p = &s->patterns[s->count];

    if (s->count == PATTERNS_MAX || n < PATTERN_BYTES_MIN || n > PATTERN_BYTES_MAX) {
        fprintf(stderr, "scan-memory: %s has %zu bytes; %d to %d can be looked for\n", name, n,
                PATTERN_BYTES_MIN, PATTERN_BYTES_MAX);
        return false;
    }
    snprintf(p->name, sizeof p->name, "%s", name);
    p->form = form;
    memcpy(p->bytes, bytes, n);
    p->n = n;
    s->count++;
    return true;
}

/* The bytes as they are, and as text in small and in capital letters. */
static bool
pattern_add_key(struct scan *s, const char *name, const uint8_t *bytes, size_t n)
{
    char text[2 * PATTERN_BYTES_MAX];
    size_t digits = BASE16_ENCODE_LENGTH(n);
    bool added;

    if (digits > sizeof text)
        return false;
    base16_encode_update(text, n, bytes);
    added = pattern_add(s, name, "bytes", bytes, n) && pattern_add(s, name, "hex", text, digits);
    for (size_t i = 0; i < digits; i++)
        if (text[i] >= 'a')
            text[i] = (char)(text[i] - 'a' + 'A');
    return added && pattern_add(s, name, "HEX", text, digits);
}

static bool
pattern_add_hex(struct scan *s, const char *name, const char *text)
{
    struct base16_decode_ctx ctx;
    uint8_t bytes[PATTERN_BYTES_MAX];
    size_t n = sizeof bytes;

    base16_decode_init(&ctx);
    if (strlen(text) > 2 * sizeof bytes ||
        base16_decode_update(&ctx, &n, bytes, strlen(text), text) == 0 ||
        base16_decode_final(&ctx) == 0)
        return false;
    return pattern_add_key(s, name, bytes, n);
}

static bool
pattern_add_password(struct scan *s, const char *name, char *text)
{
    char wide[PATTERN_BYTES_MAX], *in = text, *out = wide, hash_name[48];
    size_t in_left = strlen(text), out_left = sizeof wide;
    uint8_t hash[HASH_SIZE];
    struct md4_ctx md4;
    iconv_t convert = iconv_open("UTF-16LE", "UTF-8");
    bool converted;

    if (convert == (iconv_t)-1)
        return false;
    converted = iconv(convert, &in, &in_left, &out, &out_left) != (size_t)-1;
    iconv_close(convert);
    if (!converted)
        return false;
    md4_init(&md4);
    md4_update(&md4, sizeof wide - out_left, (const uint8_t *)wide);
    md4_digest(&md4, sizeof hash, hash);
    snprintf(hash_name, sizeof hash_name, "NT hash of %s", name);
    return pattern_add(s, name, "UTF-8", text, strlen(text)) &&
           pattern_add(s, name, "UTF-16LE", wide, sizeof wide - out_left) &&
           pattern_add_key(s, hash_name, hash, sizeof hash);
}

static bool
patterns_read(struct scan *s, FILE *in)
{
    char line[LINE_BYTES_MAX];

    while (fgets(line, sizeof line, in) != NULL) {
        char *rest = line, *kind, *name;
        bool good = false;

        rest[strcspn(rest, "\n")] = '\0';
        kind = strsep(&rest, " ");
        name = strsep(&rest, " ");
        if (rest != NULL && strcmp(kind, "hex") == 0)
            good = pattern_add_hex(s, name, rest);
        else if (rest != NULL && strcmp(kind, "password") == 0)
            good = pattern_add_password(s, name, rest);
        if (!good) {
            fprintf(stderr, "scan-memory: cannot look for \"%s\"\n", name != NULL ? name : line);
            return false;
        }
    }
    return s->count > 0;
}

static void
chunk_search(struct scan *s, uint64_t address, size_t n, size_t fresh, const char *mapping)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct pattern *p = &s->patterns[i];
        const uint8_t *at = s->chunk;

        while ((at = memmem(at, n - (size_t)(at - s->chunk), p->bytes, p->n)) != NULL) {
            /* What lies wholly in the bytes carried over has been told already. */
            if ((size_t)(at - s->chunk) + p->n > n - fresh) {
                s->found++;
                printf("found %s (%s) at 0x%" PRIx64 " in %s\n", p->name, p->form,
                       address + (uint64_t)(at - s->chunk), mapping);
            }
            at++;
        }
    }
}

/* Pages that vanish or are no memory (devices, guards) end a mapping early; that is no error. */
static void
region_scan(struct scan *s, int mem, uint64_t start, uint64_t end, const char *mapping)
{
    size_t kept = 0;

    s->regions++;
    while (start < end) {
        size_t room = CHUNK_BYTES - kept;
        size_t want = end - start < room ? (size_t)(end - start) : room;
        ssize_t got = pread(mem, s->chunk + kept, want, (off_t)start);
        size_t n;

        if (got <= 0)
            return;
        n = kept + (size_t)got;
        chunk_search(s, start - kept, n, (size_t)got, mapping);
        s->bytes += (unsigned long long)got;
        start += (uint64_t)got;
        kept = n < PATTERN_BYTES_MAX ? n : PATTERN_BYTES_MAX;
        memmove(s->chunk, s->chunk + n - kept, kept);
    }
}

static bool
process_scan(struct scan *s, const char *pid)
{
    char path[64], line[LINE_BYTES_MAX];
    FILE *maps;
    int mem;

    snprintf(path, sizeof path, "/proc/%s/mem", pid);
    mem = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%s/maps", pid);
    maps = mem >= 0 ? fopen(path, "re") : NULL;
    if (maps == NULL) {
        fprintf(stderr, "scan-memory: process %s: %s\n", pid, strerror(errno));
        return false;
    }
    while (fgets(line, sizeof line, maps) != NULL) {
        char access[8], mapping[LINE_BYTES_MAX] = "anonymous memory";
        uint64_t start, end;

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %1023s", &start, &end, access,
                   mapping) >= 3 &&
            access[0] == 'r' && strcmp(mapping, "[vvar]") != 0 &&
            strcmp(mapping, "[vsyscall]") != 0)
            region_scan(s, mem, start, end, mapping);
    }
    fclose(maps);
    close(mem);
    /* A process that is gone has an empty list of mappings: that is not "nothing found". */
    return s->bytes > 0;
}

int
main(int argc, char **argv)
{
    static struct scan s;

    if (argc != 2 || strspn(argv[1], "0123456789") != strlen(argv[1])) {
        fputs("usage: scan-memory PID <PATTERNS\n", stderr);
        return EXIT_BLIND;
    }
    if (!patterns_read(&s, stdin) || !process_scan(&s, argv[1]))
        return EXIT_BLIND;
    printf("%lu mappings, %llu KiB, %zu patterns: %lu found\n", s.regions, s.bytes / 1024, s.count,
           s.found);
    return s.found > 0 ? EXIT_FOUND : EXIT_NONE;
}
