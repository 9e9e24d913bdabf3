/*
 * file-server: serves a folder, to each client as himself. GET reads a file, PUT makes
 * or replaces one; whether he may is the kernel's to say, by the file's own permissions,
 * as if he had logged on to this machine. What he makes is his.
 *
 *     file-server FOLDER [ADDRESS:PORT]           (as root: it becomes its clients)
 *     curl --negotiate -u : -T report.txt http://127.0.0.1:8081/report.txt     (or --ntlm -u alice)
 *
 * Only opening a file is done as the client: who may use a descriptor was decided when it
 * was opened. The thread is itself again before it does anything else.
 */
#include "http-connection.h"
#include "http-request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct server {
    struct acceptor *acceptor;
    int folder;
};

/* A request under way. */
struct request {
    struct logon_request logon;
    struct decision who;
    bool put;
    int fd;                     /* the file; -1: none */
    struct stat file;
    unsigned code;              /* HTTP */
};

static unsigned
code_of(int error)
{
    return error == ENOENT || error == ENOTDIR ? MHD_HTTP_NOT_FOUND
           : error == ENOSPC || error == EDQUOT ? MHD_HTTP_INSUFFICIENT_STORAGE
                                                : MHD_HTTP_FORBIDDEN;
}

/* Below the folder, whatever the path says: no "..", no links that lead out or anywhere. */
static int
file_open(int folder, const char *path, bool put)
{
    struct open_how how = {
        .flags = (put ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY) | O_CLOEXEC | O_NONBLOCK,
        .mode = put ? 0640 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    path += strspn(path, "/");
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

static void
request_fail(struct request *r, unsigned code)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    r->code = code;
}

/* As the client, or not at all. */
static void
request_open(const struct server *s, struct client *c, const char *path, struct request *r)
{
    if (ImpersonateSecurityContext(&c->context) != SEC_E_OK) {
        fprintf(stderr, "peer=%s reason=\"cannot act as this client\"\n", c->address);
        request_fail(r, MHD_HTTP_FORBIDDEN);
        return;
    }
    r->fd = file_open(s->folder, path, r->put);
    r->code = r->fd < 0 ? code_of(errno) : r->put ? MHD_HTTP_CREATED : MHD_HTTP_OK;
    /* A thread that stays the client would do the next one's work with this one's rights. */
    if (RevertSecurityContext(&c->context) != SEC_E_OK)
        abort();
    if (r->fd >= 0 && (fstat(r->fd, &r->file) != 0 || !S_ISREG(r->file.st_mode)))
        request_fail(r, MHD_HTTP_FORBIDDEN);
}

/* Who is it? The file is opened before the body comes. */
static struct request *
request_begin(const struct server *s, struct client *c, struct MHD_Connection *connection,
              const char *url, const char *method)
{
    struct request *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    r->fd = -1;
    r->put = strcmp(method, MHD_HTTP_METHOD_PUT) == 0;
    r->logon = logon_request_of(connection);
    client_authenticate(s->acceptor, c, &r->logon, &r->who);
    r->code = r->who.verdict == AUTH_ASK ? MHD_HTTP_UNAUTHORIZED : MHD_HTTP_SERVICE_UNAVAILABLE;
    if (r->who.verdict != AUTH_KNOWN)
        return r;
    if (r->put || strcmp(method, MHD_HTTP_METHOD_GET) == 0)
        request_open(s, c, url, r);
    else
        r->code = MHD_HTTP_METHOD_NOT_ALLOWED;
    if (!client_is_kept(s->acceptor, &r->logon))
        client_wipe(c);
    return r;
}

static enum MHD_Result
request_answer(const struct server *s, struct MHD_Connection *connection, struct request *r)
{
    bool file = r->fd >= 0 && !r->put;
    struct MHD_Response *response =
        file ? MHD_create_response_from_fd((uint64_t)r->file.st_size, r->fd)
             : MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_NO;

    if (response == NULL)
        return MHD_NO;
    if (file)
        r->fd = -1;             /* the response's now */
    if (logon_headers_add(response, s->acceptor, &r->logon, &r->who))
        result = MHD_queue_response(connection, r->code, response);
    MHD_destroy_response(response);
    return result;
}

/* For the headers, then for each part of a body, then once more. */
static enum MHD_Result
on_request(void *server, struct MHD_Connection *connection, const char *url, const char *method,
           const char *version, const char *body, size_t *n, void **state)
{
    struct client *c = connection_client(connection);
    struct request *r = *state;

    (void)version;
    if (r == NULL) {
        *state = c == NULL ? NULL : request_begin(server, c, connection, url, method);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*n == 0)
        return request_answer(server, connection, r);
    errno = ENOSPC;             /* what a write means that is short without an error */
    if (r->put && r->fd >= 0 && write(r->fd, body, *n) != (ssize_t)*n)
        request_fail(r, code_of(errno));
    *n = 0;
    return MHD_YES;
}

static void
on_end(void *unused, struct MHD_Connection *connection, void **state,
       enum MHD_RequestTerminationCode why)
{
    struct request *r = *state;

    (void)unused, (void)connection, (void)why;
    if (r != NULL) {
        request_fail(r, 0);
        free(r->who.challenge);
    }
    free(r);
}

int
main(int argc, char **argv)
{
    const char *listen = argc > 2 ? argv[2] : "127.0.0.1:8081";
    struct server s = { NULL, argc > 1 ? open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC) : -1 };
    struct sockaddr_storage at = { 0 };
    struct MHD_Daemon *daemon;
    SECURITY_STATUS status;
    sigset_t signals;
    int caught;

    if (s.folder < 0 || !address_parse(listen, &at)) {
        fputs("usage: file-server FOLDER [ADDRESS:PORT]\n", stderr);
        return 2;
    }
    signals_block(&signals);
    s.acceptor = acceptor_new(&(struct acceptor_policy){ .package = "Negotiate" }, &status);
    daemon = s.acceptor == NULL ? NULL : MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | (at.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0), 0, NULL,
        NULL, on_request, &s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_THREAD_POOL_SIZE, 4u,
        MHD_OPTION_CONNECTION_LIMIT, 512u, MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_END);
    if (daemon != NULL) {
        listening_announce(daemon, "http", listen);
        sigwait(&signals, &caught);
        MHD_stop_daemon(daemon);
    }
    if (s.acceptor != NULL)
        acceptor_free(s.acceptor);
    return daemon == NULL;
}
