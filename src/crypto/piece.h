/*
 * piece.h: a message in pieces, as it lies in an application's buffers. The
 * order is the message's; pieces that are not sealed are only hashed.
 */
#ifndef CRYPTO_PIECE_H
#define CRYPTO_PIECE_H

#include "base/view.h"

struct crypto_piece {
    uint8_t *p;
    size_t n;
    bool sealed;
};

#endif
