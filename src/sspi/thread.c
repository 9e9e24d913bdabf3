/* The calling thread's own state (GetLastError, SecAllocateAndSetIPAddress). */
#include "sspi/thread.h"

#include <unistd.h>

static _Thread_local struct sspi_thread thread_state;

struct sspi_thread *
sspi_thread_get(void)
{
    return &thread_state;
}

uint32_t
sspi_thread_id(const struct sspi_process *p)
{
    struct sspi_thread *t = &thread_state;

    if (t->id_of != p) {
        t->id = (uint32_t)gettid();
        t->id_of = p;
    }
    return t->id;
}
