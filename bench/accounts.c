/*
 * bench-accounts: how long the account store takes to find an account, by name
 * and with its groups, as a logon does.
 *
 *     bench-accounts STATE_FOLDER USERS LOOKUPS
 *
 * The accounts are user0000000 to USERS - 1. Each look-up is of another account,
 * far from the one before, so it is SQLite's and not the cache's. Prints the
 * median and the 99th percentile, in microseconds.
 */
#include "base/str16.h"
#include "lsa/account.h"
#include "ntstatus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAME_UNITS 11
#define NAME_DIGITS 7
#define STRIDE 7919                     /* a prime: all come once before one comes twice */
#define GROUPS_ROOM 64

static double
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool
look_up(struct account_store *s, uint64_t number)
{
    char16_t name[NAME_UNITS] = u"user";
    uint32_t groups[GROUPS_ROOM];
    size_t count = GROUPS_ROOM;
    struct account a;
    bool good;

    for (size_t i = 0; i < NAME_DIGITS; i++, number /= 10)
        name[NAME_UNITS - 1 - i] = (char16_t)(u'0' + number % 10);
    good = account_find(s, view_of(name, sizeof(name)), &a) == STATUS_SUCCESS && a.has_hash
           && account_groups(s, a.rid, groups, &count) == STATUS_SUCCESS;
    account_wipe(&a);
    return good;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static bool
measure(struct account_store *s, uint64_t users, size_t lookups)
{
    double *took = calloc(lookups, sizeof(*took));
    uint64_t at = 0;
    size_t i;

    for (i = 0; took != NULL && i < lookups; i++) {
        double start = now_us();

        at = (at + STRIDE) % users;
        if (!look_up(s, at))
            break;
        took[i] = now_us() - start;
    }
    if (i == lookups && lookups > 0) {
        qsort(took, lookups, sizeof(*took), compare);
        printf("%.2f %.2f\n", took[lookups / 2], took[lookups * 99 / 100]);
    } else {
        fprintf(stderr, "user %llu is not there, or there is no memory\n",
                (unsigned long long)at);
    }
    free(took);
    return i == lookups;
}

int
main(int argc, char **argv)
{
    struct account_store_options options = { .dir = argc > 1 ? argv[1] : "" };
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s;
    bool good;

    if (argc != 4) {
        fprintf(stderr, "usage: bench-accounts STATE_FOLDER USERS LOOKUPS\n");
        return 2;
    }
    s = account_store_open(&options, error);
    if (s == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    /* The first ones open connections and fill SQLite's cache with the upper pages. */
    good = measure(s, strtoull(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    account_store_close(s);
    return good ? 0 : 1;
}
