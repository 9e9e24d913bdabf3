/*
 * How `sspi accept` and `sspi initiate` speak with each other: frames over TCP,
 * or lines of base64 on standard input and output.
 */
#ifndef CLI_TRANSPORT_H
#define CLI_TRANSPORT_H

#include "cli/cli.h"

#define TRANSPORT_FRAME_MAX (1024 * 1024)

struct transport {
    int in, out;                /* the same descriptor for TCP */
    bool lines;                 /* base64, a line each; else a length of 4 bytes before each */
    int timeout_ms;             /* for one frame, in each direction */
    bool closed;                /* the peer ended the connection where a frame was due */
};

struct transport_address {
    char host[256], port[32];
};

/* HOST:PORT, [::1]:PORT. False: it was complained about. */
bool transport_parse(const char *text, struct transport_address *out);

struct transport transport_stdio(int timeout_ms);
/* Connects; in is -1 on failure, which was complained about. */
struct transport transport_connect(const struct transport_address *to, int timeout_ms);
/* A listening socket, and where it listens ("127.0.0.1:40000"); -1: it was complained about. */
int transport_listen(const struct transport_address *at, char *where, size_t room);
/* Waits for a client for as long as it takes. */
struct transport transport_accept(int listener, int timeout_ms);
void transport_close(struct transport *t);

/* True: out (free()) has the frame's n bytes. False: it was complained about. */
bool transport_get(struct transport *t, uint8_t **out, size_t *n);
bool transport_put(struct transport *t, struct view frame);

#endif
