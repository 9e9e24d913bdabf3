/*
 * Windows: address ranges of this process in which the authority may place
 * client buffers (D9). A package in the authority chooses an address before
 * the application sees the contents, since it embeds such pointers in what it
 * returns; so the addresses are reserved beforehand and named in the request.
 */
#ifndef SSPI_WINDOW_H
#define SSPI_WINDOW_H

#include "ipc/ipc.h"

#define SSPI_WINDOW_SIZE (64u * 1024u)
#define SSPI_WINDOW_COUNT 1024u

struct sspi_window {
    uint64_t base;      /* 0: none is free; the call may hand out no client buffer */
    uint32_t size;
    uint32_t index;
};

/* Holds a free window for one call. */
void sspi_window_take(struct sspi_window *w);
/*
 * Copies the blocks of a reply to their exact addresses. Refused
 * (SEC_E_INTERNAL_ERROR): outside the window, or overlapping. From then on each
 * block is freed by sspi_window_release().
 */
MUST_CHECK status_t sspi_window_fill(const struct sspi_window *w, const struct ipc_ranges *blocks);
/* Frees every block that sspi_window_fill() placed and that still lives. */
void sspi_window_drop(const struct sspi_window *w);
/* Ends the call's own hold; the window returns once its blocks are freed. */
void sspi_window_leave(struct sspi_window *w);

bool sspi_window_has(const void *p);
/* False: not the start of a live block. */
bool sspi_window_release(void *p);

#endif
