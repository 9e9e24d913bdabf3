/*
 * Memory that the application gives to FreeContextBuffer: blocks of our own
 * heap, and client buffers in windows (window.h). Both kinds may be freed from
 * any thread, and in a forked child.
 */
#ifndef SSPI_MEMORY_H
#define SSPI_MEMORY_H

#include "base/view.h"

/* Zeroed, 16-byte aligned; NULL when there is none. */
void *sspi_memory_new(size_t n);
/* Copies the bytes into a new block; a block of its own for an empty view too. */
void *sspi_memory_copy(struct view v);
/* How large a block of our own heap is; 0: it is none. */
size_t sspi_memory_size(const void *p);
/* Wipes and frees a block of either kind. NULL is fine; false: not a block of ours. */
bool sspi_memory_release(void *p);
/* The same, for callbacks that return nothing. */
void sspi_memory_free(void *p);

#endif
