/*
 * A view is bytes that somebody else owns: a part of a received message, a
 * constant, a field of a row. It is passed by value and never freed.
 */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Statuses are NTSTATUS and SECURITY_STATUS numbers alike: negative is failure. */
typedef int32_t status_t;

#define MUST_CHECK __attribute__((warn_unused_result))

struct view {
    const uint8_t *p;
    size_t n;
};

static inline struct view
view_of(const void *p, size_t n)
{
    return (struct view){ p, n };
}

static inline bool
view_is_empty(struct view v)
{
    return v.n == 0;
}

/* For public bytes only: secrets are compared with ct_equal(). */
static inline bool
view_is_equal(struct view a, struct view b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif
