/*
 * A set of numbers by open addressing with linear probing. Removal moves the
 * followers back instead of leaving tombstones, so a server that makes and
 * deletes contexts for years does not slow down.
 */
#include "sspi/number_set.h"

#include <stdlib.h>

#define NUMBER_ROOM_FIRST 16u

static size_t
number_home(const struct sspi_number_set *s, uint64_t number)
{
    /* Package handles are often addresses: the multiplier spreads their low bits. */
    return (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (s->room - 1);
}

/* The slot that holds the number, or the empty one where it belongs. */
static size_t
number_slot(const struct sspi_number_set *s, uint64_t number)
{
    size_t at = number_home(s, number);

    while (s->slots[at] != 0 && s->slots[at] != number)
        at = (at + 1) & (s->room - 1);
    return at;
}

bool
sspi_number_has(const struct sspi_number_set *s, uint64_t number)
{
    if (number == 0)
        return s->has_zero;
    return s->room != 0 && s->slots[number_slot(s, number)] == number;
}

/* Keeps a quarter of the slots empty, or probing would not end. */
static bool
number_grow(struct sspi_number_set *s)
{
    struct sspi_number_set bigger = { .room = s->room == 0 ? NUMBER_ROOM_FIRST : s->room * 2 };
    size_t i;

    if (s->room != 0 && s->count + 1 <= s->room / 4 * 3)
        return true;
    bigger.slots = calloc(bigger.room, sizeof(*bigger.slots));
    if (bigger.slots == NULL)
        return false;
    for (i = 0; i < s->room; i++)
        if (s->slots[i] != 0)
            bigger.slots[number_slot(&bigger, s->slots[i])] = s->slots[i];
    free(s->slots);
    s->slots = bigger.slots;
    s->room = bigger.room;
    return true;
}

bool
sspi_number_add(struct sspi_number_set *s, uint64_t number)
{
    if (sspi_number_has(s, number))
        return false;
    if (number == 0) {
        s->has_zero = true;
        return true;
    }
    if (!number_grow(s))
        return false;
    s->slots[number_slot(s, number)] = number;
    s->count++;
    return true;
}

void
sspi_number_remove(struct sspi_number_set *s, uint64_t number)
{
    size_t hole, at;

    if (number == 0)
        s->has_zero = false;
    if (number == 0 || !sspi_number_has(s, number))
        return;
    hole = at = number_slot(s, number);
    s->slots[hole] = 0;
    s->count--;
    for (;;) {
        size_t home;

        at = (at + 1) & (s->room - 1);
        if (s->slots[at] == 0)
            return;
        home = number_home(s, s->slots[at]);
        /* It may move back unless its home lies cyclically after the hole. */
        if (((at - home) & (s->room - 1)) < ((at - hole) & (s->room - 1)))
            continue;
        s->slots[hole] = s->slots[at];
        s->slots[at] = 0;
        hole = at;
    }
}

void
sspi_number_wipe(struct sspi_number_set *s)
{
    free(s->slots);
    memset(s, 0, sizeof(*s));
}
