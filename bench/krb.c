/*
 * bench-krb ROUNDS MESSAGES: messages of Kerberos contexts, ours against MIT
 * krb5's, of the types that are in use. Each message that one end makes the
 * other takes, and what comes out is compared. Prints a table of medians of
 * the rounds' medians in microseconds, and our share of MIT's time.
 */
#include "krb.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/krb.h"

#define COUNT_MAX 10000
#define ROUNDS_MAX 99
#define WARM_UP 20

static const int32_t types[] = { KRB_ENCTYPE_AES256_SHA1, KRB_ENCTYPE_AES128_SHA256,
                                 KRB_ENCTYPE_AES256_SHA384 };
static const size_t sizes[] = { 64, 1024, KRB_BENCH_MESSAGE_MAX };
static const double aims[] = { 0.4, 0, 0.25 };      /* of MIT's time; 0: none */

#define TYPES (sizeof(types) / sizeof(types[0]))
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

enum end { OURS, MIT, ENDS };
enum what { WRAP, UNWRAP, WHATS };

static const struct krb_bench_end *const ends[ENDS] = { &krb_bench_ours, &krb_bench_mit };
static double samples[ENDS][WHATS][COUNT_MAX];
static double rounds_of[TYPES][SIZES][ENDS][WHATS][ROUNDS_MAX];

static double
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), compare);
    return values[count / 2];
}

/* One message from one end to the other. */
static bool
message(enum end from, size_t size, size_t at)
{
    static uint8_t text[KRB_BENCH_MESSAGE_MAX];
    static struct krb_bench_token token;
    const uint8_t *got;
    size_t n;
    double start;

    memset(text, (int)('a' + at % 26), size);
    start = now_us();
    if (!ends[from]->wrap(text, size, &token))
        return false;
    samples[from][WRAP][at] = now_us() - start;
    start = now_us();
    if (!ends[1 - from]->unwrap(&token, &got, &n))
        return false;
    samples[1 - from][UNWRAP][at] = now_us() - start;
    if (n != size || memcmp(got, text, n) != 0) {
        fprintf(stderr, "bench: what %s wrapped is not what came out\n", ends[from]->name);
        return false;
    }
    return true;
}

static bool
round_of_size(size_t type, size_t size, size_t round, size_t count)
{
    for (size_t i = 0; i < WARM_UP + count; i++) {
        size_t at = i < WARM_UP ? i : i - WARM_UP;

        if (!message(OURS, sizes[size], at) || !message(MIT, sizes[size], at))
            return false;
    }
    for (unsigned end = 0; end < ENDS; end++) {
        for (unsigned what = 0; what < WHATS; what++)
            rounds_of[type][size][end][what][round] = median(samples[end][what], count);
    }
    return true;
}

static bool
round_of_type(size_t type, size_t round, size_t count)
{
    struct krb_bench_keys keys;
    bool good = true;

    if (!krb_bench_mit_open(types[type], &keys) || !krb_bench_ours_open(&keys))
        return false;
    for (size_t i = 0; good && i < SIZES; i++)
        good = round_of_size(type, i, round, count);
    krb_bench_ours.close();
    krb_bench_mit.close();
    return good;
}

static void
print_row(size_t type, size_t size, unsigned what, size_t rounds)
{
    double ours = median(rounds_of[type][size][OURS][what], rounds);
    double mit = median(rounds_of[type][size][MIT][what], rounds);

    printf("| %s %zu, %s | %.2f (%.2f) | %.2f | ", what == WRAP ? "wrap" : "unwrap", sizes[size],
           crypto_krb_enctype_find(types[type])->name, ours, ours / mit, mit);
    if (aims[size] > 0)
        printf("<= %.2f %s |\n", aims[size], ours <= aims[size] * mit ? "met" : "**missed**");
    else
        printf("- |\n");
}

int
main(int argc, char **argv)
{
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (argc != 3 || rounds == 0 || rounds > ROUNDS_MAX || count == 0 || count > COUNT_MAX) {
        fprintf(stderr, "usage: bench-krb ROUNDS MESSAGES (1 to %d, 1 to %d)\n", ROUNDS_MAX,
                COUNT_MAX);
        return 2;
    }
    for (size_t i = 0; i < rounds * TYPES; i++) {
        if (!round_of_type(i % TYPES, i / TYPES, count))
            return 1;
    }
    printf("| microseconds (ratio to MIT krb5) | OpenSSPI | MIT krb5 | aim |\n"
           "|---|---:|---:|---|\n");
    for (size_t type = 0; type < TYPES; type++) {
        for (size_t i = 0; i < SIZES * WHATS; i++)
            print_row(type, i / WHATS, (unsigned)(i % WHATS), rounds);
    }
    return 0;
}
