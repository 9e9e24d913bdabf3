/*
 * GeneralizedTime as Kerberos restricts it (RFC 4120 5.2.3): fourteen digits
 * and a Z, no fraction, no offset. In the proleptic Gregorian calendar, year
 * 0000 to 9999, without leap seconds (as time_t counts). libc's timegm()
 * would accept a 31st of February and move it.
 */
#include "asn1/der.h"

#define DAY_SECONDS INT64_C(86400)
#define YEAR_MAX 9999
/* Days from 0000-03-01 to 1970-01-01, and in 400 years. */
#define EPOCH_DAYS INT64_C(719468)
#define ERA_DAYS INT64_C(146097)
#define ERA_YEARS 400
#define MARCH 3

static int
month_days(int64_t year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/*
 * Years begin in March here, so that the day that may not exist is the last
 * of one; from there, months have 30.6 days on average, rounded down.
 */
static int64_t
days_from_date(int64_t year, int month, int day)
{
    int64_t y = month < MARCH ? year - 1 : year;
    int64_t era = y >= 0 ? y / ERA_YEARS : -1;
    int64_t in_era = y - era * ERA_YEARS;
    int64_t in_year = (153 * (month < MARCH ? month + 9 : month - MARCH) + 2) / 5 + day - 1;

    return era * ERA_DAYS + in_era * 365 + in_era / 4 - in_era / 100 + in_year - EPOCH_DAYS;
}

static int
digits_get(struct rd *r, size_t count)
{
    int n = 0;

    for (size_t i = 0; i < count; i++) {
        uint8_t c = rd_u8(r);

        if (c < '0' || c > '9')
            rd_fail(r);
        n = n * 10 + (c - '0');
    }
    return n;
}

bool
der_time_parse(struct view text, int64_t *seconds)
{
    struct rd r = rd_init(text);
    int year = digits_get(&r, 4), month = digits_get(&r, 2), day = digits_get(&r, 2);
    int hour = digits_get(&r, 2), minute = digits_get(&r, 2), second = digits_get(&r, 2);

    rd_expect(&r, "Z", 1);
    if (rd_end_exact(&r, -1) != 0 || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month) || hour > 23 || minute > 59 || second > 59)
        return false;
    *seconds = days_from_date(year, month, day) * DAY_SECONDS +
               (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

static void
digits_put(struct wr *w, int64_t n, int64_t highest)
{
    for (; highest > 0; highest /= 10)
        wr_u8(w, (uint8_t)('0' + n / highest % 10));
}

/* The date of a day, by going over the estimate's neighbours: builders are not in a hurry. */
bool
der_time_build(int64_t seconds, uint8_t out[DER_TIME_SIZE])
{
    struct wr w = wr_init(out, DER_TIME_SIZE);
    int64_t days, rest, year;
    int month = 1;

    if (seconds < days_from_date(0, 1, 1) * DAY_SECONDS ||
        seconds >= days_from_date(YEAR_MAX + 1, 1, 1) * DAY_SECONDS)
        return false;
    days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0 ? 1 : 0);
    rest = seconds - days * DAY_SECONDS;
    year = 1970 + days * ERA_YEARS / ERA_DAYS;
    while (days_from_date(year, 1, 1) > days)
        year--;
    while (days_from_date(year + 1, 1, 1) <= days)
        year++;
    days -= days_from_date(year, 1, 1);
    for (; days >= month_days(year, month); month++)
        days -= month_days(year, month);
    digits_put(&w, year, 1000);
    digits_put(&w, month, 10);
    digits_put(&w, days + 1, 10);
    digits_put(&w, rest / 3600, 10);
    digits_put(&w, rest / 60 % 60, 10);
    digits_put(&w, rest % 60, 10);
    wr_u8(&w, 'Z');
    return wr_end(&w, -1) == 0;
}
