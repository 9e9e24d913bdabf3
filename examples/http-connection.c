/*
 * http-connection.c: NTLM authenticates connections, so each has a client of its own, kept there
 * and nowhere else: another connection of the same peer begins as nobody.
 */
#include "http-connection.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
address_parse(const char *text, struct sockaddr_storage *out)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    const char *colon = strrchr(text, ':');
    char host[64];
    size_t n = colon != NULL ? (size_t)(colon - text) : 0;

    if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    }
    /* getaddrinfo(3) takes 65536 for 0. */
    if (n == 0 || n >= sizeof host || strtoul(colon + 1, NULL, 10) > 65535)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return false;
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

void
listening_announce(struct MHD_Daemon *daemon, const char *scheme, const char *at)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);

    printf("listening on %s://%.*s:%u/\n", scheme, (int)(strrchr(at, ':') - at), at,
           info != NULL ? info->port : 0u);
    fflush(stdout);
}

static void
address_format(const struct sockaddr *address, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "?";
    unsigned port = 0;

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;

        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        port = ntohs(v4->sin_port);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;

        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        port = ntohs(v6->sin6_port);
    }
    snprintf(text, size, address->sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, port);
}

void
connection_notify(void *unused, struct MHD_Connection *connection, void **context,
                  enum MHD_ConnectionNotificationCode code)
{
    const union MHD_ConnectionInfo *info;
    struct client *c = *context;

    (void)unused;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (c != NULL)
            client_wipe(c);
        free(c);
        *context = NULL;
        return;
    }
    c = calloc(1, sizeof *c);
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (c != NULL && info != NULL)
        address_format(info->client_addr, c->address, sizeof c->address);
    *context = c;
}

struct client *
connection_client(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

void
signals_block(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}
