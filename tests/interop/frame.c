/* frame.c: see frame.h. Both ends are ours to start, so a broken frame only fails a test. */
#include "frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One byte, odd sizes, one that spans many blocks of any cipher. */
const size_t MESSAGE_SIZES[] = { 1, 15, 16, 1000, 65000, 0 };

static bool
read_all(int fd, uint8_t *out, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, out, n);

        if (got <= 0 && (got == 0 || errno != EINTR))
            return false;
        if (got > 0) {
            out += got;
            n -= (size_t)got;
        }
    }
    return true;
}

static bool
write_all(int fd, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, bytes, n);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            bytes += put;
            n -= (size_t)put;
        }
    }
    return true;
}

bool
frame_get(int fd, struct frame *out)
{
    uint8_t head[4];

    *out = (struct frame){ 0, NULL };
    if (!read_all(fd, head, sizeof head))
        return false;
    out->n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (out->n > FRAME_MAX)
        return false;
    out->bytes = calloc(1, out->n + 1);     /* a text is terminated for whoever prints it */
    return out->bytes != NULL && read_all(fd, out->bytes, out->n);
}

bool
frame_put(int fd, const void *bytes, size_t n)
{
    const uint8_t head[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                              (uint8_t)n };

    return write_all(fd, head, sizeof head) && write_all(fd, bytes, n);
}

void
frame_free(struct frame *f)
{
    free(f->bytes);
    *f = (struct frame){ 0, NULL };
}

void
message_fill(uint8_t *out, size_t n, bool from_initiator)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i * 13 + n + (from_initiator ? 7 : 101));
}

bool
message_is(const uint8_t *bytes, size_t n, size_t expected, bool from_initiator)
{
    uint8_t *wanted = malloc(expected + 1);
    bool same = false;

    if (wanted != NULL && n == expected) {
        message_fill(wanted, expected, from_initiator);
        same = memcmp(wanted, bytes, n) == 0;
    }
    free(wanted);
    return same;
}
