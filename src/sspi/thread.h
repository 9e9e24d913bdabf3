/* What belongs to the calling thread alone. */
#ifndef SSPI_THREAD_H
#define SSPI_THREAD_H

#include "base/view.h"

struct sspi_acting;
struct sspi_context;
struct sspi_process;

/* Longest text that SecAllocateAndSetIPAddress takes: an IPv6 address with scope. */
#define SSPI_PEER_ADDRESS_MAX 64

struct sspi_thread {
    uint32_t last_error;                    /* GetLastError */
    uint8_t peer_address[SSPI_PEER_ADDRESS_MAX];
    size_t peer_address_length;
    /* Whose user half runs on this thread: the token numbers it uses are that context's. */
    struct sspi_context *context;
    struct sspi_acting *acting;             /* impersonate.c; NULL: the process itself */
    /* gettid(), as of this process: a forked child's thread has another. */
    uint32_t id;
    const struct sspi_process *id_of;
};

struct sspi_thread *sspi_thread_get(void);
/* The kernel's number of the thread, for the authority's log. Asked for once a process. */
uint32_t sspi_thread_id(const struct sspi_process *p);

#endif
