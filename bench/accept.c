/*
 * bench-accept: how long an acceptor takes, and how much its authority keeps.
 *
 *     bench-accept keytab FILE FOREIGN        a keytab: so many foreign keys, then the service's
 *     bench-accept ACCEPTOR PACKAGE KEYTAB COUNT [CLIENTS]
 *     bench-accept ACCEPTOR ntlm|negotiate-ntlm - COUNT
 *     bench-accept hold PACKAGE KEYTAB COUNT PID
 *     bench-accept seal PACKAGE KEYTAB|- COUNT
 *     bench-accept replay FILE COUNT
 *
 * ACCEPTOR is opensspi or mit, PACKAGE Kerberos or Negotiate. Prints "accept MICROSECONDS", the
 * median of a context's accepting calls, and "rate N", contexts a second of all clients, each a
 * process. hold keeps the contexts, and prints the "bytes" a context by which process PID grew.
 * seal encrypts messages of 64 bytes in one context. replay prints the microseconds of a check
 * of the replay cache in a new file.
 *
 * Under callgrind, --toggle-collect=accept_timed counts the acceptor's instructions after the
 * first accepts, in which keys are read and packages start, and
 * --toggle-collect=accept_seal those of messages.
 */
#include "accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "packages/kerberos/lsa/replay.h"

#define COUNT_MAX 100000
#define WARM_UP 50
#define CLIENTS_MAX 16
#define SEAL_SIZE 64
#define REPLAY_ENTRIES 1048576u         /* the default */
#define REPLAY_SKEW 300u
#define REPLAY_NOW INT64_C(1700000000)
#define REPLAY_SEALED 220u              /* an authenticator's usual size */
#define SERVER "HTTP/www.bench.example@BENCH.EXAMPLE"
#define CLIENT "user@BENCH.EXAMPLE"

static const struct accept_end *const ends[] = { &accept_opensspi, &accept_mit };
static double samples[COUNT_MAX];
static bool warm;                       /* the first accepts are over */
static struct accept_token *tokens;     /* made beforehand; NULL: NTLM, whose legs depend on ours */

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

/* Not inlined, and not static: what callgrind is told to count. */
bool accept_timed(const struct accept_end *end, const struct accept_token *in,
                  struct accept_token *out, bool *more);

__attribute__((noinline)) bool
accept_timed(const struct accept_end *end, const struct accept_token *in,
             struct accept_token *out, bool *more)
{
    return end->leg(in, out, more);
}

/* ---- one context ---------------------------------------------------------------- */

static bool
leg(const struct accept_end *end, const struct accept_token *in, struct accept_token *out,
    bool *more, double *spent)
{
    double start = now_us();
    bool good = warm ? accept_timed(end, in, out, more) : end->leg(in, out, more);

    *spent += now_us() - start;
    return good;
}

static bool
accept_one(const struct accept_end *end, size_t at, double *spent)
{
    static struct accept_token in, out;
    bool more = true;

    *spent = 0;
    if (tokens != NULL)
        return leg(end, &tokens[at], &out, &more, spent) && !more;
    if (!accept_ntlm_leg(NULL, &in))
        return false;
    while (more) {
        if (!leg(end, &in, &out, &more, spent) || (more && !accept_ntlm_leg(&out, &in)))
            return false;
    }
    accept_ntlm_next();
    return true;
}

static bool
accept_all(const struct accept_end *end, size_t first, size_t count, bool keep)
{
    for (size_t i = 0; i < count; i++) {
        if (!accept_one(end, first + i, &samples[i]))
            return false;
        end->next(keep);
    }
    return true;
}

/* ---- clients ------------------------------------------------------------------------ */

static bool
tokens_make(const char *keytab, const char *package, size_t count)
{
    if (!accept_client_open(keytab, strcmp(package, "Negotiate") == 0))
        return false;
    tokens = malloc((WARM_UP + count) * sizeof(*tokens));
    for (size_t i = 0; tokens != NULL && i < WARM_UP + count; i++) {
        if (!accept_client_token(&tokens[i]))
            return false;
    }
    return tokens != NULL;
}

/* Everything that comes before the first accept that counts. */
static bool
prepare(const struct accept_end *end, const char *package, const char *keytab, size_t count)
{
    bool ntlm = strcmp(package, "ntlm") == 0 || strcmp(package, "negotiate-ntlm") == 0;
    const char *name = !ntlm ? package : strcmp(package, "ntlm") == 0 ? "NTLM" : "Negotiate";

    if (!(ntlm ? accept_ntlm_open(name) : tokens_make(keytab, package, count)))
        return false;
    warm = end->open(name) && accept_all(end, 0, WARM_UP, false);
    return warm;
}

/* A process: says that it is ready, waits for the start, and exits. */
static int
client(const struct accept_end *end, char **argv, size_t count, int ready, int start)
{
    char byte = 0;

    if (!prepare(end, argv[2], argv[3], count) || write(ready, &byte, 1) != 1)
        return 1;
    close(ready);
    if (read(start, &byte, 1) < 0 || !accept_all(end, WARM_UP, count, false))
        return 1;
    return 0;
}

static bool
clients_run(const struct accept_end *end, char **argv, size_t count, size_t clients)
{
    int ready[2], start[2], status;
    char byte;
    double began;
    bool good = pipe(ready) == 0 && pipe(start) == 0;

    for (size_t i = 0; good && i < clients; i++) {
        if (fork() == 0) {
            close(start[1]);
            _exit(client(end, argv, count, ready[1], start[0]));
        }
    }
    close(ready[1]);
    for (size_t i = 0; good && i < clients; i++)
        good = read(ready[0], &byte, 1) == 1;
    began = now_us();
    close(start[1]);                            /* everybody reads its end */
    while (wait(&status) > 0)
        good = good && status == 0;
    if (good)
        printf("rate %.0f\n", (double)(count * clients) * 1e6 / (now_us() - began));
    return good;
}

/* ---- memory ------------------------------------------------------------------------------ */

/* What is the process's own: the replay cache's file does not grow with contexts. */
static long
memory_of(const char *pid)
{
    char path[64], line[128];
    long kib = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%s/status", pid);
    f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        (void)sscanf(line, "RssAnon: %ld", &kib);
    if (f != NULL)
        fclose(f);
    return kib;
}

static bool
hold(char **argv, size_t count)
{
    long before;

    if (!prepare(&accept_opensspi, argv[2], argv[3], count))
        return false;
    before = memory_of(argv[5]);
    if (!accept_all(&accept_opensspi, WARM_UP, count, true))
        return false;
    printf("bytes %.0f\n", (double)(memory_of(argv[5]) - before) * 1024.0 / (double)count);
    return true;
}

static bool
seal(char **argv, size_t count)
{
    uint8_t text[SEAL_SIZE] = { 0 };
    double spent;
    bool good = prepare(&accept_opensspi, argv[2], argv[3], 1) &&
                accept_one(&accept_opensspi, WARM_UP, &spent);

    for (size_t i = 0; good && i < count; i++)
        good = accept_seal(text, sizeof(text));
    return good;
}

/* ---- the replay cache ------------------------------------------------------------------ */

static bool
replay_measure(const char *path, size_t count)
{
    char error[REPLAY_ERROR_MAX];
    struct replay *r = replay_open(path, REPLAY_ENTRIES, REPLAY_SKEW, REPLAY_NOW, error);
    uint8_t authenticator[REPLAY_SEALED] = { 0 };
    bool good = r != NULL;

    for (uint32_t i = 0; good && i < WARM_UP + count; i++) {
        struct view tuple[] = { view_of(SERVER, strlen(SERVER)), view_of(CLIENT, strlen(CLIENT)),
                                view_of(&i, sizeof(i)),
                                view_of(authenticator, sizeof(authenticator)) };
        double began = now_us();

        good = replay_check(r, tuple, 4, REPLAY_NOW, REPLAY_NOW, REPLAY_SKEW) == REPLAY_NEW;
        samples[i < WARM_UP ? i : i - WARM_UP] = now_us() - began;
    }
    replay_close(r);
    qsort(samples, count, sizeof(samples[0]), compare);
    if (good)
        printf("replay %.3f\n", samples[count / 2]);
    return good;
}

static bool
measure(const struct accept_end *end, char **argv, size_t count)
{
    if (!prepare(end, argv[2], argv[3], count) || !accept_all(end, WARM_UP, count, false))
        return false;
    qsort(samples, count, sizeof(samples[0]), compare);
    printf("accept %.3f\n", samples[count / 2]);
    return true;
}

static int
usage(void)
{
    fprintf(stderr, "usage: bench-accept keytab FILE FOREIGN\n"
                    "       bench-accept opensspi|mit PACKAGE KEYTAB COUNT [CLIENTS]\n"
                    "       bench-accept hold PACKAGE KEYTAB COUNT PID\n"
                    "       bench-accept seal PACKAGE KEYTAB COUNT\n"
                    "       bench-accept replay FILE COUNT\n");
    return 2;
}

int
main(int argc, char **argv)
{
    size_t count = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    size_t clients = argc > 5 ? strtoul(argv[5], NULL, 10) : 0;

    if (argc == 4 && strcmp(argv[1], "keytab") == 0)
        return accept_keytab_make(argv[2], (unsigned)strtoul(argv[3], NULL, 10)) ? 0 : 1;
    if (argc == 4 && strcmp(argv[1], "replay") == 0)
        return replay_measure(argv[2], strtoul(argv[3], NULL, 10) % COUNT_MAX) ? 0 : 1;
    if (argc < 5 || argc > 6 || count == 0 || count > COUNT_MAX)
        return usage();
    if (argc == 6 && strcmp(argv[1], "hold") == 0)
        return hold(argv, count) ? 0 : 1;
    if (argc == 5 && strcmp(argv[1], "seal") == 0)
        return seal(argv, count) ? 0 : 1;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (strcmp(argv[1], ends[i]->name) != 0 || clients > CLIENTS_MAX)
            continue;
        return (clients > 0 ? clients_run(ends[i], argv, count, clients)
                            : measure(ends[i], argv, count)) ? 0 : 1;
    }
    return usage();
}
