/* base64 (RFC 4648 section 4), by nettle: for tokens as lines of text. */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include "base/view.h"

/* Characters for n bytes. */
#define BASE64_ROOM(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_ROOM(in.n) characters, no NUL; returns how many. */
size_t cli_base64_encode(struct view in, char *out);
/* out has in.n bytes of room. False: not base64. */
bool cli_base64_decode(struct view in, uint8_t *out, size_t *n);

#endif
