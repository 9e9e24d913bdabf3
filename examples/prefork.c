/*
 * prefork: a server that lets clients in in one process and serves them in
 * others, as PostgreSQL, sshd and many web servers do.
 *
 *     prefork [--listen ADDRESS:PORT] [--package NAME] [--workers N] [--clients N]
 *             [--spool FOLDER]
 *
 * A security context does not survive fork(): in the child every handle is
 * SEC_E_INVALID_HANDLE, since two processes with one key stream would encrypt
 * two messages alike. So the workers are forked first, and a context that the
 * front process established goes to one of them by ExportSecurityContext,
 * through a socket that only the two have, together with the client's socket and
 * his token (opensspi_token_to_fd), by which the worker acts as him.
 * SECPKG_CONTEXT_EXPORT_DELETE_OLD sees to it that only one of them has it.
 *
 * Try it:  sspi initiate --package NTLM --user alice 127.0.0.1:PORT
 *
 * Port 0 takes a free one; the first line on standard output names it. The front
 * process shakes hands with one client at a time: this is about the hand-over. After
 * --clients it waits for the workers and ends; 0, the default, is for ever.
 */
#include "prefork.h"

#include <opensspi.h>

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS_DEFAULT 2
#define WORKERS_MAX 64
#define CLIENT_SECONDS 10               /* a slower client is left */

struct service {
    char *package;
    const char *spool;                  /* NULL: what clients say is not kept */
};

struct worker {
    pid_t pid;
    int channel;
};

static struct worker workers[WORKERS_MAX];
static int worker_count;

/* ---- the hand-over ------------------------------------------------------ */

/* What goes along with the packed bytes. */
struct companions {
    int client;
    int token;
};

/* One message of packed bytes, and the descriptors beside it. */
struct parcel {
    struct msghdr message;
    struct iovec bytes;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct companions))];
};

static void
parcel_init(struct parcel *p, void *bytes, size_t n)
{
    memset(p, 0, sizeof *p);
    p->bytes = (struct iovec){ bytes, n };
    p->message.msg_iov = &p->bytes;
    p->message.msg_iovlen = 1;
    p->message.msg_control = p->control;
    p->message.msg_controllen = sizeof p->control;
}

static bool
parcel_send(int channel, const SecBuffer *packed, struct companions with)
{
    struct parcel p;
    struct cmsghdr *c;

    parcel_init(&p, packed->pvBuffer, packed->cbBuffer);
    c = CMSG_FIRSTHDR(&p.message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof with);
    memcpy(CMSG_DATA(c), &with, sizeof with);
    return sendmsg(channel, &p.message, MSG_NOSIGNAL) == (ssize_t)packed->cbBuffer;
}

/* What came with the bytes is two descriptors, all of them, and nothing else. */
static bool
parcel_has_companions(struct parcel *p, struct companions *with)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(&p->message);

    if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS
        || c->cmsg_len != CMSG_LEN(sizeof *with)
        || (p->message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return false;
    memcpy(with, CMSG_DATA(c), sizeof *with);
    return true;
}

/* Descriptors that came are ours to close, also where they are not what was agreed upon. */
static void
parcel_close(struct parcel *p)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(&p->message);

    for (; c != NULL; c = CMSG_NXTHDR(&p->message, c)) {
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int fd;

        for (size_t i = 0; c->cmsg_type == SCM_RIGHTS && i < n; i++) {
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            close(fd);
        }
    }
}

/*
 * False: the front process has gone. One that is not whole, or for whose descriptors there is no
 * room, is lost with its client, and the next one is waited for.
 */
static bool
parcel_receive(int channel, char *bytes, size_t *n, struct companions *with)
{
    struct parcel p;
    ssize_t got;

    for (;;) {
        parcel_init(&p, bytes, PACKED_MAX);
        got = recvmsg(channel, &p.message, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        if (parcel_has_companions(&p, with))
            break;
        parcel_close(&p);
        fputs("a parcel is not whole: its client is dropped\n", stderr);
    }
    *n = (size_t)got;
    return true;
}

/* ---- workers ------------------------------------------------------------ */

static void
worker_take(const struct service *s, char *bytes, size_t n, struct companions with)
{
    SecBuffer packed = { (ULONG)n, SECBUFFER_EMPTY, bytes };
    HANDLE token = NULL;
    CtxtHandle context;
    /* Its maker is believed about who the client is: root, or this process's own user. */
    SECURITY_STATUS status = opensspi_token_from_fd(with.token, &token);

    if (status == SEC_E_OK)
        status = ImportSecurityContextA(s->package, &packed, token, &context);
    /* They were the session's keys. */
    explicit_bzero(bytes, n);
    /* The context has one of its own now. */
    if (token != NULL)
        CloseHandle(token);
    if (status != SEC_E_OK) {
        fprintf(stderr, "ImportSecurityContext: 0x%08x\n", (unsigned)status);
        return;
    }
    worker_serve(&context, with.client, s->spool);
    DeleteSecurityContext(&context);
}

static void
worker_run(int channel, const struct service *s)
{
    static char bytes[PACKED_MAX];
    struct companions with;
    size_t n;

    while (parcel_receive(channel, bytes, &n, &with)) {
        worker_take(s, bytes, n, with);
        close(with.token);
        close(with.client);
    }
}

/* Before the first call to SSPI: a child must not begin with its parent's locks. */
static bool
workers_fork(int count, const struct service *s)
{
    int pair[2];

    for (; worker_count < count; worker_count++) {
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0
            || (pid = fork()) < 0)
            return false;
        if (pid == 0) {
            for (int i = 0; i < worker_count; i++)
                close(workers[i].channel);
            close(pair[0]);
            worker_run(pair[1], s);
            exit(0);
        }
        close(pair[1]);
        workers[worker_count] = (struct worker){ pid, pair[0] };
    }
    return true;
}

static void
workers_end(void)
{
    for (int i = 0; i < worker_count; i++)
        close(workers[i].channel);
    for (int i = 0; i < worker_count; i++)
        (void)waitpid(workers[i].pid, NULL, 0);
}

/* ---- the front process --------------------------------------------------- */

static void
front_hand_over(PCtxtHandle context, int client)
{
    static unsigned turn;
    const struct worker *w = &workers[turn++ % (unsigned)worker_count];
    SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
    struct companions with = { client, -1 };
    HANDLE token;
    SECURITY_STATUS status = ExportSecurityContext(context, SECPKG_CONTEXT_EXPORT_DELETE_OLD,
                                                   &packed, &token);

    if (status != SEC_E_OK) {
        fprintf(stderr, "ExportSecurityContext: 0x%08x\n", (unsigned)status);
        DeleteSecurityContext(context);
        return;
    }
    status = opensspi_token_to_fd(token, &with.token);
    if (status != SEC_E_OK)
        fprintf(stderr, "opensspi_token_to_fd: 0x%08x\n", (unsigned)status);
    else if (!parcel_send(w->channel, &packed, with))
        fprintf(stderr, "worker %ld: %s\n", (long)w->pid, strerror(errno));
    /* Which wipes it: these are the session's keys. */
    FreeContextBuffer(packed.pvBuffer);
    if (with.token >= 0)
        close(with.token);
    CloseHandle(token);
}

static void
front_run(int listener, PCredHandle credential, int clients)
{
    struct timeval limit = { CLIENT_SECONDS, 0 };

    for (int n = 0; clients == 0 || n < clients; n++) {
        CtxtHandle context;
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (client < 0)
            continue;
        (void)setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        (void)setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (front_accept(credential, client, &context))
            front_hand_over(&context, client);
        fflush(stdout);
        close(client);
    }
}

static int
front_listen(char *at)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
    struct addrinfo *a = NULL;
    struct sockaddr_storage own;
    socklen_t n = sizeof own;
    char *colon = strrchr(at, ':'), host[64], port[8];
    int fd = -1;

    /* getaddrinfo(3) takes 65536 for 0. */
    if (colon == NULL || strtoul(colon + 1, NULL, 10) > 65535)
        return -1;
    *colon = '\0';
    at += at[0] == '[';
    at[strcspn(at, "]")] = '\0';
    if (getaddrinfo(at, colon + 1, &hints, &a) == 0) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0
                        || getsockname(fd, (struct sockaddr *)&own, &n) != 0)) {
            close(fd);
            fd = -1;
        }
        freeaddrinfo(a);
    }
    if (fd >= 0 && getnameinfo((struct sockaddr *)&own, n, host, sizeof host, port, sizeof port,
                               NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        printf(own.ss_family == AF_INET6 ? "listening on [%s]:%s\n" : "listening on %s:%s\n",
               host, port);
    fflush(stdout);
    return fd;
}

static int
front_start(char *at, char *package, int clients)
{
    CredHandle credential;
    SECURITY_STATUS status = AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_INBOUND, NULL,
                                                       NULL, NULL, NULL, &credential, NULL);
    int listener;

    if (status != SEC_E_OK) {
        fprintf(stderr, "AcquireCredentialsHandle: 0x%08x\n", (unsigned)status);
        return 1;
    }
    listener = front_listen(at);
    if (listener < 0) {
        fprintf(stderr, "%s: cannot listen there\n", at);
        FreeCredentialsHandle(&credential);
        return 1;
    }
    front_run(listener, &credential, clients);
    close(listener);
    FreeCredentialsHandle(&credential);
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        { "listen", required_argument, NULL, 'l' },  { "package", required_argument, NULL, 'p' },
        { "workers", required_argument, NULL, 'w' }, { "clients", required_argument, NULL, 'c' },
        { "spool", required_argument, NULL, 's' },   { 0 },
    };
    char at[] = "127.0.0.1:0", package[] = "NTLM";
    struct service s = { package, NULL };
    char *where = at;
    int count = WORKERS_DEFAULT, clients = 0, option, code = 1;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'l')
            where = optarg;
        else if (option == 'p')
            s.package = optarg;
        else if (option == 'w')
            count = atoi(optarg);
        else if (option == 'c')
            clients = atoi(optarg);
        else if (option == 's')
            s.spool = optarg;
        else
            return 2;
    }
    if (count < 1 || count > WORKERS_MAX || optind != argc) {
        fprintf(stderr, "1 to %d workers, and no other arguments\n", WORKERS_MAX);
        return 2;
    }
    if (workers_fork(count, &s))
        code = front_start(where, s.package, clients);
    workers_end();
    return code;
}
