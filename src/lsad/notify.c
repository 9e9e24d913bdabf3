/*
 * The service manager's notification protocol (sd_notify(3)): one datagram of
 * NAME=VALUE lines to the AF_UNIX socket that NOTIFY_SOCKET names; '@' stands for
 * the NUL byte of an abstract name.
 *
 * Runs in: lsad's main thread. Trusts: the environment of the service manager.
 * A manager that does not listen is not an error: the daemon works without one.
 */
#include "lsad/notify.h"

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int notify_fd = -1;

/* The length that connect() wants; 0: the name is not one. */
static socklen_t
address_of(const char *name, struct sockaddr_un *out)
{
    size_t n = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof out->sun_path)
        return 0;
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    for (size_t i = 0; i < n; i++)
        out->sun_path[i] = name[i];
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    /* An abstract name is as long as told, so no terminating NUL may be counted. */
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] == '/'));
}

void
lsad_notify_open(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t size;

    if (name == NULL)
        return;
    size = address_of(name, &address);
    notify_fd = size == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify_fd >= 0 && connect(notify_fd, (const struct sockaddr *)&address, size) != 0)
        lsad_notify_close();
    if (notify_fd < 0)
        log_warning("notify", LOG_S("socket", name), LOG_S("reason", "cannot be reached"));
    unsetenv("NOTIFY_SOCKET");
}

void
lsad_notify_close(void)
{
    if (notify_fd >= 0)
        close(notify_fd);
    notify_fd = -1;
}

static void
notify_send(const char *text)
{
    if (notify_fd >= 0 && send(notify_fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        log_warning("notify", LOG_S("reason", strerror(errno)));
}

void
lsad_notify_ready(void)
{
    notify_send("READY=1\nSTATUS=Answering calls");
}

void
lsad_notify_reloading(void)
{
    struct timespec now;
    char text[96];

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
             (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
    notify_send(text);
}

void
lsad_notify_stopping(void)
{
    notify_send("STOPPING=1\nSTATUS=Finishing calls");
}
