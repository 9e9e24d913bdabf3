/*
 * Times are FILETIME numbers: 100 ns ticks since 1601-01-01 UTC, as int64_t.
 * CHOICE (D26): UTC in API and store, though Microsoft's pages ask packages
 * for local time.
 */
#ifndef BASE_FILETIME_H
#define BASE_FILETIME_H

#include <stdint.h>

#define FILETIME_NEVER INT64_C(0x7FFFFFFFFFFFFFFF)
#define FILETIME_SECOND INT64_C(10000000)
/* Seconds from 1601-01-01 to 1970-01-01. */
#define FILETIME_UNIX_EPOCH_S INT64_C(11644473600)

int64_t filetime_now(void);
int64_t filetime_from_unix(int64_t seconds);
int64_t filetime_to_unix(int64_t filetime);
/* "2026-01-31T12:00:00Z" or "never"; out has at least 32 bytes. */
void filetime_format(int64_t filetime, char *out);

/* Milliseconds of CLOCK_BOOTTIME: for deadlines, never for dates. */
int64_t filetime_boot_ms(void);

#endif
