/* The calling thread's own state (GetLastError, SecAllocateAndSetIPAddress). */
#include "sspi/thread.h"

static _Thread_local struct sspi_thread thread_state;

struct sspi_thread *
sspi_thread_get(void)
{
    return &thread_state;
}
