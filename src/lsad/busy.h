/* busy: the one reply that the daemon builds itself: a status and nothing else. */
#ifndef LSAD_BUSY_H
#define LSAD_BUSY_H

#include "ipc/ipc.h"

/* Writes a reply to request without a body. False: the request is malformed, or no memory. */
bool lsad_busy_build(struct wr *reply, struct view request, status_t status);

#endif
