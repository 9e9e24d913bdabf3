/*
 * link: the driver's line to a peer program. Three dialects: frames (frame.h), as
 * our own peer programs speak, and the lines of Samba's ntlm_auth, for NTLM and for SPNEGO.
 */
#ifndef INTEROP_LINK_H
#define INTEROP_LINK_H

#include "frame.h"
#include "mode.h"

#include <sys/types.h>

enum link_dialect { LINK_FRAMES, LINK_NTLM_AUTH, LINK_GSS_SPNEGO };

struct link {
    enum link_dialect dialect;
    bool peer_initiates;
    pid_t pid;
    int fd;
    unsigned tokens_put;        /* ntlm_auth's first line differs from the next */
    char verdict[300];          /* one that came where a token was due, or along with it */
};

/* Starts argv with its standard input and output at our end; ntlm_auth learns the mode so. */
bool link_open(struct link *l, enum link_dialect dialect, const struct mode *mode,
               bool peer_initiates, char **argv);

/* Closes our end and waits; the peer's exit status, or -1. */
int link_close(struct link *l);

/* Tokens of the handshake. False: the peer refused, or is gone. */
bool link_token_get(struct link *l, struct frame *out);
/* last: we are through, whatever the peer has to say yet. */
bool link_token_put(struct link *l, const void *bytes, size_t n, bool last);

/* After the last token: what the peer, as acceptor, says of us. A dead peer has refused nobody. */
enum link_verdict { LINK_KNOWN, LINK_REFUSED, LINK_GONE };
enum link_verdict link_verdict_get(struct link *l);
/* Ours, as acceptor; ntlm_auth does not ask. */
bool link_verdict_put(struct link *l, bool good, const char *name);

/* ntlm_auth only: the session key that it arrived at. */
bool link_key_get(struct link *l, struct frame *out);

#endif
