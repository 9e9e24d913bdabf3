/*
 * Frames over a socket: four bytes of length, the highest first, then so many
 * bytes. An address is given as HOST:PORT, an IPv6 one in brackets.
 *
 * Runs in the sspi command. Trusts nothing from the peer: a frame is at most
 * 1 MiB, and a peer that says nothing is left after the timeout.
 */
#include "cli/transport.h"
#include "cli/base64.h"

#include "base/filetime.h"
#include "base/rd.h"
#include "base/wr.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT_MAX 65535u                 /* getaddrinfo(3) takes what is behind it for another */
#define FRAME_HEADER 4
#define LINE_BYTES_MAX BASE64_ROOM(TRANSPORT_FRAME_MAX)

/* ---- addresses --------------------------------------------------------- */

static bool
address_fail(const char *text)
{
    cli_complain("%s: give an address as HOST:PORT or [::1]:PORT, PORT from 0 to %u", text,
                 PORT_MAX);
    return false;
}

bool
transport_parse(const char *text, struct transport_address *out)
{
    const char *colon = strrchr(text, ':');
    const char *host = text;
    size_t n;

    if (colon == NULL || colon[1] == '\0')
        return address_fail(text);
    n = (size_t)(colon - text);
    if (text[0] == '[') {
        if (n < 3 || text[n - 1] != ']')
            return address_fail(text);
        host++;
        n -= 2;
    } else if (memchr(text, ':', n) != NULL) {
        return address_fail(text);      /* an IPv6 address without brackets is ambiguous */
    }
    if (n == 0 || n >= sizeof(out->host) || strlen(colon + 1) >= sizeof(out->port)
        || colon[1 + strspn(colon + 1, "0123456789")] != '\0'
        || strtoul(colon + 1, NULL, 10) > PORT_MAX)
        return address_fail(text);
    memcpy(out->host, host, n);
    out->host[n] = '\0';
    snprintf(out->port, sizeof(out->port), "%s", colon + 1);
    return true;
}

static struct addrinfo *
address_resolve(const struct transport_address *a, int flags)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    int e = getaddrinfo(a->host, a->port, &hints, &list);

    if (e != 0)
        cli_complain("%s:%s: %s", a->host, a->port, gai_strerror(e));
    return e == 0 ? list : NULL;
}

/* ---- sockets ----------------------------------------------------------- */

struct transport
transport_stdio(int timeout_ms)
{
    return (struct transport){ STDIN_FILENO, STDOUT_FILENO, true, timeout_ms, false };
}

/* connect() with a timeout: SO_SNDTIMEO bounds it. */
static int
socket_connect(const struct addrinfo *a, int timeout_ms)
{
    struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0
        && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    close(fd);
    return -1;
}

struct transport
transport_connect(const struct transport_address *to, int timeout_ms)
{
    struct addrinfo *list = address_resolve(to, 0);
    int fd = -1;

    for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
        fd = socket_connect(a, timeout_ms);
    if (fd < 0 && list != NULL)
        cli_complain("%s:%s: cannot connect: %s", to->host, to->port, strerror(errno));
    if (list != NULL)
        freeaddrinfo(list);
    return (struct transport){ fd, fd, false, timeout_ms, false };
}

static int
socket_listen(const struct addrinfo *a)
{
    int yes = 1;
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0
        && bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The port that the kernel chose where 0 was asked for. */
static bool
socket_where(int fd, char *where, size_t room)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof(a);
    char host[64], port[8];

    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0
        || getnameinfo((struct sockaddr *)&a, n, host, sizeof(host), port, sizeof(port),
                       NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return false;
    snprintf(where, room, a.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}

int
transport_listen(const struct transport_address *at, char *where, size_t room)
{
    struct addrinfo *list = address_resolve(at, AI_PASSIVE);
    int fd = -1;

    for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
        fd = socket_listen(a);
    if (list != NULL)
        freeaddrinfo(list);
    if (list != NULL && (fd < 0 || !socket_where(fd, where, room)))
        cli_complain("%s:%s: cannot listen: %s", at->host, at->port, strerror(errno));
    return fd;
}

struct transport
transport_accept(int listener, int timeout_ms)
{
    int fd;

    do
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0)
        cli_complain("cannot accept a connection: %s", strerror(errno));
    return (struct transport){ fd, fd, false, timeout_ms, false };
}

void
transport_close(struct transport *t)
{
    if (!t->lines && t->in >= 0)
        close(t->in);
    t->in = t->out = -1;
}

/* ---- bytes, until a deadline ------------------------------------------- */

static bool
bytes_fail(const char *reason)
{
    cli_complain("the peer: %s", reason);
    return false;
}

static bool
bytes_wait(int fd, short events, int64_t deadline)
{
    struct pollfd p = { fd, events, 0 };

    for (;;) {
        int64_t left = deadline - filetime_boot_ms();
        int n = left <= 0 ? 0 : poll(&p, 1, (int)left);
        if (n > 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        return bytes_fail(n == 0 ? "no answer in time" : strerror(errno));
    }
}

static bool
bytes_get(struct transport *t, uint8_t *out, size_t n, int64_t deadline)
{
    while (n > 0) {
        ssize_t got;
        if (!bytes_wait(t->in, POLLIN, deadline))
            return false;
        got = read(t->in, out, n);
        if (got < 0 && errno == EINTR)
            continue;
        t->closed = got == 0 || (got < 0 && errno == ECONNRESET);
        if (got <= 0)
            return bytes_fail(t->closed ? "closed the connection; its own log may say why"
                                        : strerror(errno));
        out += got;
        n -= (size_t)got;
    }
    return true;
}

static bool
bytes_put(int fd, struct view v, int64_t deadline)
{
    while (v.n > 0) {
        ssize_t put;
        if (!bytes_wait(fd, POLLOUT, deadline))
            return false;
        put = write(fd, v.p, v.n);
        if (put < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (put < 0)
            return bytes_fail(strerror(errno));
        v = view_of(v.p + put, v.n - (size_t)put);
    }
    return true;
}

/* ---- frames ------------------------------------------------------------ */

static bool
frame_get(struct transport *t, uint8_t **out, size_t *n, int64_t deadline)
{
    uint8_t header[FRAME_HEADER];
    struct rd r = rd_init(view_of(header, sizeof(header)));

    if (!bytes_get(t, header, sizeof(header), deadline))
        return false;
    *n = rd_u32be(&r);
    if (*n > TRANSPORT_FRAME_MAX)
        return bytes_fail("sent a frame of more than 1 MiB");
    *out = malloc(*n + 1);
    if (*out != NULL && bytes_get(t, *out, *n, deadline))
        return true;
    free(*out);
    *out = NULL;
    return false;
}

static bool
frame_put(const struct transport *t, struct view v, int64_t deadline)
{
    uint8_t header[FRAME_HEADER];
    struct wr w = wr_init(header, sizeof(header));

    wr_u32be(&w, (uint32_t)v.n);
    return bytes_put(t->out, wr_written(&w), deadline) && bytes_put(t->out, v, deadline);
}

/* One line, byte by byte: what follows it may be meant for somebody else. */
static bool
line_get(struct transport *t, uint8_t **out, size_t *n, int64_t deadline)
{
    struct wr w = wr_init_heap(LINE_BYTES_MAX);
    uint8_t c = 0;
    bool good = true;

    while (good && (good = bytes_get(t, &c, 1, deadline)) && c != '\n') {
        if (c != '\r')
            wr_u8(&w, c);
    }
    *out = good ? malloc(w.len + 1) : NULL;
    if (*out != NULL && !w.failed && cli_base64_decode(wr_written(&w), *out, n)) {
        wr_wipe(&w);
        return true;
    }
    if (good)
        bytes_fail("sent a line that is not base64, or is too long");
    free(*out);
    *out = NULL;
    wr_wipe(&w);
    return false;
}

static bool
line_put(const struct transport *t, struct view v, int64_t deadline)
{
    size_t room = BASE64_ROOM(v.n);
    char *text = malloc(room + 1);
    bool good = text != NULL;

    if (good) {
        size_t n = cli_base64_encode(v, text);
        text[n] = '\n';
        good = bytes_put(t->out, view_of(text, n + 1), deadline);
    }
    free(text);
    return good;
}

bool
transport_get(struct transport *t, uint8_t **out, size_t *n)
{
    int64_t deadline = filetime_boot_ms() + t->timeout_ms;

    *out = NULL;
    *n = 0;
    return t->lines ? line_get(t, out, n, deadline) : frame_get(t, out, n, deadline);
}

bool
transport_put(struct transport *t, struct view frame)
{
    int64_t deadline = filetime_boot_ms() + t->timeout_ms;

    if (frame.n > TRANSPORT_FRAME_MAX) {
        cli_complain("a frame of more than 1 MiB");
        return false;
    }
    return t->lines ? line_put(t, frame, deadline) : frame_put(t, frame, deadline);
}
