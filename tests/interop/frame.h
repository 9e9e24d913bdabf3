/*
 * frame: how the programs of tests/interop speak with each other over a
 * socketpair: four bytes of length, the highest first, then the bytes. And what
 * they say, once they know each other: the same few patterned messages, so that
 * each end can tell what it must get without being told. For every size of
 * MESSAGE_SIZES the initiator sends a sealed and a signed one, then the acceptor.
 * Then the driver sends its first message once more, which must be refused, and
 * the peer a last one, which the driver spoils.
 */
#ifndef INTEROP_FRAME_H
#define INTEROP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX (256u * 1024)

struct frame {
    size_t n;
    uint8_t *bytes;             /* malloc'd: frame_free() */
};

/* False: the other end is gone, or the length is beyond FRAME_MAX. */
bool frame_get(int fd, struct frame *out);
bool frame_put(int fd, const void *bytes, size_t n);
void frame_free(struct frame *f);

/* The sizes of the messages that go each way, in this order; 0 ends them. */
extern const size_t MESSAGE_SIZES[];

/* Fills out with the message of that size that the initiator or the acceptor sends. */
void message_fill(uint8_t *out, size_t n, bool from_initiator);
bool message_is(const uint8_t *bytes, size_t n, size_t expected, bool from_initiator);

/* After the handshake the acceptor says OK and who it is, or NO. */
#define VERDICT_OK "OK"
#define VERDICT_NO "NO"

#endif
