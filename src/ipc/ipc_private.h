/*
 * What the files of src/ipc share and nobody else needs: wire constants that
 * ipc.h leaves to PROTOCOL.md, and the steps of the transport.
 */
#ifndef IPC_IPC_PRIVATE_H
#define IPC_IPC_PRIVATE_H

#include "ipc/ipc.h"

#define IPC_FIELD_HEADER 8u         /* tag, reserved, length */
#define IPC_TAG_CRITICAL 0x8000u
#define IPC_TAG_COMMON 0x4000u      /* tags from here on are call_req's and call_rep's */
#define IPC_FLAGS_OFFSET 6u         /* of the prefix's flags */
#define IPC_FLAG_MEMFD 0x0001u      /* the datagram is a prefix; the message is in the memfd */

/* Seals without which a received memfd could change while it is read. */
#define IPC_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#define IPC_NO_DEADLINE (-1)

/* The moment (CLOCK_BOOTTIME, ms) at which timeout_ms has passed; none for -1. */
int64_t ipc_deadline(int timeout_ms);
/* Milliseconds until then, for poll(): -1 where there is no deadline, 0 once it has passed. */
int ipc_deadline_left(int64_t deadline);
/* SO_SNDTIMEO or SO_RCVTIMEO, at least a millisecond. 0, or negative errno. */
MUST_CHECK int ipc_timeout_set(int fd, int option, int timeout_ms);
/* Waits for events on fd. 0, -ETIMEDOUT, or another negative errno. */
MUST_CHECK int ipc_wait(int fd, short events, int64_t deadline);

/* A sealed memfd that holds the message; negative errno on failure. */
MUST_CHECK int ipc_memfd_new(struct view message);
/* 0 when fd is a memfd with IPC_SEALS and of n bytes, otherwise -EBADMSG. */
MUST_CHECK int ipc_memfd_check(int fd, size_t n);
/* Copies its first n bytes to out. 0, or negative errno. */
MUST_CHECK int ipc_memfd_read(int fd, uint8_t *out, size_t n);

/* Pages for messages: not dumped, empty in a forked child. NULL: no memory. */
uint8_t *ipc_pages_new(size_t n);
void ipc_pages_free(uint8_t *p, size_t n);

#endif
