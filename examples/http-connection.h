/*
 * http-connection: where a server of libmicrohttpd listens, and what it keeps for each of its
 * connections: a client.
 */
#ifndef EXAMPLES_HTTP_CONNECTION_H
#define EXAMPLES_HTTP_CONNECTION_H

#include "http-auth.h"

#include <microhttpd.h>
#include <signal.h>
#include <sys/socket.h>

/* ADDRESS:PORT with a numeric address, [::1]:PORT for IPv6. */
bool address_parse(const char *text, struct sockaddr_storage *out);

/* The first line on standard output: where it is, for port 0 was any. */
void listening_announce(struct MHD_Daemon *daemon, const char *scheme, const char *at);

/* For MHD_OPTION_NOTIFY_CONNECTION: a connection's client begins and ends with it. */
void connection_notify(void *unused, struct MHD_Connection *connection, void **context,
                       enum MHD_ConnectionNotificationCode code);
/* NULL: there was no memory for one. */
struct client *connection_client(struct MHD_Connection *connection);

/* SIGTERM and SIGINT. Before the first thread starts, so that sigwait() gets them. */
void signals_block(sigset_t *signals);

#endif
