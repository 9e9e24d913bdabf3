/*
 * prefork: the two halves of the example. prefork.c has the processes and the
 * sockets, prefork-serve.c has what they say to a client.
 */
#ifndef EXAMPLES_PREFORK_H
#define EXAMPLES_PREFORK_H

#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <stdbool.h>
#include <stddef.h>

/* A packed context is a few KiB; of somebody in very many groups, what a ticket has room for. */
#define PACKED_MAX (96 * 1024)

/*
 * The front process: the handshake with the client on this socket, and its first message.
 * True: *context is established.
 */
bool front_accept(PCredHandle credential, int client, PCtxtHandle context);

/*
 * A worker: the rest of the conversation, with a context that another process established.
 * What the client says is kept in the folder, if there is one, in a file of the client's own.
 */
void worker_serve(PCtxtHandle context, int client, const char *spool);

#endif
