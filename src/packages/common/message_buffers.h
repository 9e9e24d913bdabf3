/*
 * message_buffers.h: the SecBuffers of MakeSignature, EncryptMessage and their
 * inverses as a message in pieces (user halves). Buffers may come in any
 * order; the order of the data among itself is the message's.
 */
#ifndef PACKAGES_COMMON_MESSAGE_BUFFERS_H
#define PACKAGES_COMMON_MESSAGE_BUFFERS_H

#include "crypto/piece.h"

#include "ntsecpkg.h"

/* More pieces in one call are refused. */
#define MESSAGE_PIECES_MAX 16u

struct message_buffers {
    struct crypto_piece pieces[MESSAGE_PIECES_MAX]; /* sealed: not READONLY of either kind */
    size_t count;
    bool has_data;              /* a DATA buffer that may be written, even an empty one */
    SecBuffer *token, *stream, *data, *padding;     /* the first of each; NULL: none */
};

/* What SECBUFFER_READONLY means: such a buffer is signed like the others, or no part at all. */
enum message_readonly { MESSAGE_READONLY_SIGNED, MESSAGE_READONLY_SKIPPED };

/* SEC_E_INVALID_TOKEN: no descriptor, or a buffer without its bytes. */
MUST_CHECK NTSTATUS message_buffers_parse(const SecBufferDesc *d, enum message_readonly readonly,
                                          struct message_buffers *out);
/* SEC_E_INVALID_TOKEN: no TOKEN that may be written and has room for this much. */
MUST_CHECK NTSTATUS message_buffers_check_room(const struct message_buffers *m, size_t n);

#endif
