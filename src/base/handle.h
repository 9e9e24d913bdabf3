/*
 * The handle table: numbers that a stranger may hold, and the objects behind
 * them. A number is {type, generation, slot}; it resolves only while the slot
 * holds an object of that type, generation and owner. Forged, stale, foreign
 * or reused numbers do not resolve; that is never an abort.
 *
 * Look-ups take no lock (one compare-and-swap); adding and removing take the
 * table's mutex. Numbers are never 0, ~0 or -2 (SEC_DELETED_HANDLE) and differ
 * from run to run.
 */
#ifndef BASE_HANDLE_H
#define BASE_HANDLE_H

#include "view.h"

struct handle_table;

/* Called once, when an object was removed and its last reference is put. */
typedef void handle_free_fn(void *object);

/* max: the most objects at a time (at most 2^24). NULL: no memory. */
struct handle_table *handle_table_new(size_t max);
/* All objects are removed; none may still be referenced. */
void handle_table_free(struct handle_table *t);

/*
 * Puts an object in. type is 1 to 15, owner any number that handle_get() must
 * repeat. The table holds it until handle_remove(). 0: table full, or no memory.
 */
uint64_t handle_add(struct handle_table *t, unsigned type, uint64_t owner, void *object,
                    handle_free_fn *on_free);

/* The object, referenced: give it back by handle_put(). NULL when it does not resolve. */
void *handle_get(struct handle_table *t, uint64_t number, unsigned type, uint64_t owner);
/* Gives back what handle_get() returned for this number. */
void handle_put(struct handle_table *t, uint64_t number);

/*
 * Takes the number out of use; the object is freed with its last reference.
 * False: does not resolve.
 */
bool handle_remove(struct handle_table *t, uint64_t number, unsigned type, uint64_t owner);

/* Removes every object of one owner; returns how many. */
size_t handle_remove_owner(struct handle_table *t, uint64_t owner);
/* Calls fn(number, object, arg) for each object of the owner, referenced during the call. */
void handle_each(struct handle_table *t, uint64_t owner,
                 void (*fn)(uint64_t number, unsigned type, void *object, void *arg), void *arg);

#endif
