/*
 * bench-ntlm PEER ACCEPTS MESSAGES: one run of one acceptor. Prints the median in
 * microseconds of an accept (all legs, the proof and the MIC verified) of one
 * account over and over, of accounts that were not seen before (user00000, ...),
 * and of sealing and unsealing 64 B, 1 KiB and 16 KiB:
 *
 *     accept 12.3
 *     accept-new 30.1
 *     seal-64 0.9
 *     ...
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WARM_UP 50
#define COUNT_MAX 100000
#define USERS 1000              /* user00000 to user00999 exist besides alice */

static const struct bench_peer *const peers[] = { &bench_opensspi, &bench_winpr, &bench_gss };
static const uint32_t sizes[] = { 64, 1024, BENCH_MESSAGE_MAX };
static double samples[COUNT_MAX];

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

static void
print_median(const char *what, uint32_t size, size_t count)
{
    qsort(samples, count, sizeof(samples[0]), compare);
    if (size)
        printf("%s-%u %.3f\n", what, size, samples[count / 2]);
    else
        printf("%s %.3f\n", what, samples[count / 2]);
}

/* One handshake; *spent gets the time inside the acceptor's calls. */
static bool
handshake(const struct bench_peer *p, double *spent)
{
    static struct bench_token client, server;
    bool more = true;
    double start;

    *spent = 0;
    if (!client_step(NULL, &client))
        return false;
    for (;;) {
        start = now_us();
        if (!p->accept(&client, &server, &more))
            return false;
        *spent += now_us() - start;
        if (!more)
            return true;
        if (!client_step(&server, &client))
            return false;
    }
}

static void
close_contexts(const struct bench_peer *p)
{
    p->close_context();
    client_close_context();
}

static bool
measure_accept(const struct bench_peer *p, size_t count)
{
    double spent;

    if (!client_set_user("alice"))
        return false;
    for (size_t i = 0; i < WARM_UP + count; i++) {
        if (!handshake(p, &spent))
            return false;
        close_contexts(p);
        if (i >= WARM_UP)
            samples[i - WARM_UP] = spent;
    }
    print_median("accept", 0, count);
    return true;
}

/* Each account logs on once: what caches accounts has to read them. */
static bool
measure_accept_new(const struct bench_peer *p, size_t count)
{
    char user[16];

    for (size_t i = 0; i < count; i++) {
        snprintf(user, sizeof(user), "user%05u", (unsigned)i % USERS);
        if (!client_set_user(user) || !handshake(p, &samples[i]))
            return false;
        close_contexts(p);
    }
    print_median("accept-new", 0, count);
    return client_set_user("alice");
}

static bool
measure_seal(const struct bench_peer *p, uint32_t size, size_t count)
{
    static uint8_t data[BENCH_MESSAGE_MAX];
    uint8_t signature[BENCH_SIGNATURE];

    for (size_t i = 0; i < count; i++) {
        double start = now_us();

        if (!p->seal(data, size, signature))
            return false;
        samples[i] = now_us() - start;
    }
    print_median("seal", size, count);
    return true;
}

static bool
measure_unseal(const struct bench_peer *p, uint32_t size, size_t count)
{
    static uint8_t data[BENCH_MESSAGE_MAX];
    uint8_t signature[BENCH_SIGNATURE];
    double start;

    for (size_t i = 0; i < count; i++) {
        memset(data, 'm', size);
        if (!client_seal(data, size, signature))
            return false;
        start = now_us();
        if (!p->unseal(data, size, signature))
            return false;
        samples[i] = now_us() - start;
        if (data[0] != 'm' || data[size - 1] != 'm') {
            fprintf(stderr, "bench: unsealed bytes differ\n");
            return false;
        }
    }
    print_median("unseal", size, count);
    return true;
}

static bool
measure_messages(const struct bench_peer *p, size_t count)
{
    double spent;

    if (!handshake(p, &spent))
        return false;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (!measure_seal(p, sizes[i], count) || !measure_unseal(p, sizes[i], count))
            return false;
    }
    close_contexts(p);
    return true;
}

int
main(int argc, char **argv)
{
    size_t accepts = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    size_t messages = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;

    for (size_t i = 0; argc == 4 && i < sizeof(peers) / sizeof(peers[0]); i++) {
        if (strcmp(argv[1], peers[i]->name) != 0 || accepts == 0 || accepts > COUNT_MAX
            || messages == 0 || messages > COUNT_MAX)
            continue;
        if (!client_open() || !peers[i]->open())
            return 1;
        return measure_accept(peers[i], accepts) && measure_accept_new(peers[i], accepts)
                       && measure_messages(peers[i], messages)
                   ? 0
                   : 1;
    }
    fprintf(stderr,
            "usage: bench-ntlm opensspi|winpr|gss-ntlmssp ACCEPTS MESSAGES (1 to %d each)\n",
            COUNT_MAX);
    return 2;
}
