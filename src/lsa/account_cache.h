/*
 * What was read from the store lately, for as long as nobody has written to it:
 * see account_cache.c. Private to account*.c.
 */
#ifndef LSA_ACCOUNT_CACHE_H
#define LSA_ACCOUNT_CACHE_H

#include "base/view.h"

#define ACCOUNT_CACHE_KEY_MAX 513       /* a kind, and a name of 256 UTF-16 units */
#define ACCOUNT_CACHE_VALUE_MAX 768

struct account_cache;

/* Maps the counters beside the database at db_path. NULL: there is no caching then. */
struct account_cache *account_cache_open(const char *db_path);
void account_cache_close(struct account_cache *c);

/*
 * True: value got the n bytes that were put under this key, and they hold now.
 * False: *version is what to put them back with after reading the store; 0: do not.
 * c may be NULL in all of these.
 */
MUST_CHECK bool account_cache_get(struct account_cache *c, struct view key, void *value, size_t n,
                                  uint64_t *version);
void account_cache_put(struct account_cache *c, struct view key, const void *value, size_t n,
                       uint64_t version);

/* Wipes values that no look-up may believe any more. */
void account_cache_tick(struct account_cache *c);
/* The bytes of the key's slot, for tests of the above: size bytes; NULL: it has none. */
const void *account_cache_peek(struct account_cache *c, struct view key, size_t *size);

/* Changes with every transaction; 0: one is under way. */
uint64_t account_cache_version(const struct account_cache *c);

/* Around every transaction that writes, begun before its commit and ended after it. */
uint64_t account_cache_write_begin(struct account_cache *c);
void account_cache_write_end(struct account_cache *c, uint64_t number);

#endif
