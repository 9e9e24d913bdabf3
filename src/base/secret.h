/*
 * Secrets have a type and a life: they are wiped by a call that the compiler
 * cannot drop, compared in constant time, and kept in pages that are neither
 * dumped nor inherited by a forked child.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "view.h"

/* Sets n bytes to zero; never optimised away. p may be NULL when n is 0. */
void secret_wipe(void *p, size_t n);

/* True when the n bytes are equal; the time does not depend on the bytes. */
bool ct_equal(const void *a, const void *b, size_t n);

/*
 * Zeroed memory for a structure that holds keys: MADV_DONTDUMP and
 * MADV_WIPEONFORK pages, 16-byte aligned, taken from size-class slabs (so a
 * context costs no page of its own). NULL when there is none. size is 1 to
 * 64 KiB. Thread-safe.
 */
void *secret_new(size_t size);
/* Wipes and gives back; NULL is fine. */
void secret_free(void *p);

/*
 * Like secret_new, locked into memory as well (for key-encryption keys only:
 * an ordinary process may lock 8 MiB). Locking that fails is logged once and
 * is not an error.
 */
void *secret_new_locked(size_t size);

/* Wipes n bytes, then free()s p. For plain heap blocks that held a secret. */
void secret_wipe_free(void *p, size_t n);

#endif
