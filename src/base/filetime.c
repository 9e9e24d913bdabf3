/*
 * FILETIME numbers (MS-DTYP 2.3.3): 100 ns ticks since 1601-01-01 UTC.
 *
 * Dates come from CLOCK_REALTIME and may jump; deadlines are counted on
 * CLOCK_BOOTTIME, which neither jumps nor stops during suspend (D26). Runs
 * in every process; trusts the kernel's clock. Times of a peer come in as
 * numbers of any size, so conversions saturate instead of wrapping.
 */
#include "filetime.h"

#include <stdio.h>
#include <time.h>

#define NS_PER_TICK 100
#define MS_PER_S 1000
#define NS_PER_MS 1000000
#define FILETIME_TEXT 32

/* C rounds towards zero; before 1601 that would be the second after. */
static int64_t
filetime_round_down(int64_t filetime)
{
    int64_t s = filetime / FILETIME_SECOND;

    return filetime % FILETIME_SECOND < 0 ? s - 1 : s;
}

int64_t
filetime_from_unix(int64_t seconds)
{
    int64_t since_1601, ticks;

    if (__builtin_add_overflow(seconds, FILETIME_UNIX_EPOCH_S, &since_1601))
        return FILETIME_NEVER;
    /* Before 1601 there is no FILETIME: the earliest stands for all of it. */
    if (since_1601 < 0)
        return 0;
    if (__builtin_mul_overflow(since_1601, FILETIME_SECOND, &ticks))
        return FILETIME_NEVER;
    return ticks;
}

int64_t
filetime_to_unix(int64_t filetime)
{
    return filetime_round_down(filetime) - FILETIME_UNIX_EPOCH_S;
}

int64_t
filetime_now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return filetime_from_unix(ts.tv_sec) + ts.tv_nsec / NS_PER_TICK;
}

/* The longest text, of the year 30828 or -27627, fits; a caller's mistake is cut, not overrun. */
void
filetime_format(int64_t filetime, char *out)
{
    time_t t = (time_t)filetime_to_unix(filetime);
    struct tm tm;

    if (filetime == FILETIME_NEVER || gmtime_r(&t, &tm) == NULL) {
        (void)snprintf(out, FILETIME_TEXT, "never");
        return;
    }
    if (strftime(out, FILETIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}

/* These clocks cannot fail on Linux with a valid address, so the result is not looked at. */
int64_t
filetime_boot_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * MS_PER_S + ts.tv_nsec / NS_PER_MS;
}
