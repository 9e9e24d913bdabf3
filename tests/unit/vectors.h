/*
 * Values that we did not make: the tables in tests/vectors, one
 * "name TAB hex TAB note" a line, '#' for comments.
 */
#ifndef UNIT_VECTORS_H
#define UNIT_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of a row, copied to out; returns how many. file is a name in
 * tests/vectors or a path. The test fails when there is no such row, it is
 * no hex, or it does not fit.
 */
size_t vector_get(const char *file, const char *name, uint8_t *out, size_t room);

/* True when there is such a row. */
bool vector_has(const char *file, const char *name);

/*
 * Calls each() with every name that begins with prefix and ends in suffix,
 * without the suffix: a group of rows. Returns how many there were, so that
 * a test can say how many there must be.
 */
size_t vector_each(const char *file, const char *prefix, const char *suffix,
                   void (*each)(const char *stem));

/* Hex digits to bytes; the test fails when they are none or do not fit. */
size_t vector_from_hex(const char *hex, uint8_t *out, size_t room);

#endif
