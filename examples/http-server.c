/*
 * http-server: a web server whose users log on with Kerberos or NTLM, by the
 * package Negotiate, written as it would be for Windows: AcquireCredentialsHandle,
 * AcceptSecurityContext, QueryContextAttributes. It listens on the loopback by
 * default, shows who the client is, and never holds a secret of an account.
 *
 *     http-server [--listen ADDRESS:PORT] [--package NAME] [--no-ntlm] [--per-request]
 *                 [--threads N] [--tls-cert FILE --tls-key FILE [--allow-missing-bindings]]
 *
 * Port 0 takes a free one; the first line on standard output names it. SIGTERM
 * and SIGINT end it. NTLM without TLS is for the loopback and for tests only.
 * With TLS a logon must be bound to the certificate, as browsers' NTLM is; curl's,
 * and browsers' Kerberos, are not, and come in with --allow-missing-bindings only.
 *
 * --no-ntlm takes NTLM from Negotiate, for this server; lsad's configuration can do
 * so for all. --per-request knows nobody for longer than one request, as is done
 * for all that comes through a proxy which says that it is one.
 *
 * The HTTP is libmicrohttpd's (bounded by CONNECTION_MEMORY); the state of a
 * connection hangs on its socket (MHD_OPTION_NOTIFY_CONNECTION), never on a
 * header, a cookie or an address.
 */
#include "http-auth.h"
#include "http-connection.h"
#include "http-page.h"
#include "http-request.h"
#include "http-tls.h"

#include <microhttpd.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTION_MEMORY ((size_t)64 * 1024)   /* headers of one request, and buffers */
#define CONNECTION_LIMIT 500u
#define CONNECTION_SECONDS 60u                  /* idle ones are closed */
#define THREADS_DEFAULT 2u
#define THREADS_MAX 64u

struct options {
    const char *listen;
    const char *package;
    unsigned threads;
    const char *certificate, *key;      /* files; NULL: no TLS */
    bool no_ntlm, per_request, missing_allowed;
};

/* One line of key=value a decision that SSPI had a part in. */
static void
log_decision(struct client *c, const struct decision *d)
{
    char *user = c->established ? page_user_name(c) : NULL;
    char *package = c->established ? page_package_name(c) : NULL;

    fprintf(stderr, "event=%s peer=%s status=0x%08X package=%s user=\"",
            d->verdict == AUTH_DOWN ? "down" :
            c->established          ? "logon" :
            d->status < 0           ? "refused" :
                                      "challenge",
            c->address, (unsigned)d->status, package != NULL ? package : "");
    for (const char *p = user; p != NULL && *p != '\0'; p++)
        fputc((unsigned char)*p < ' ' || *p == '"' ? '?' : *p, stderr);
    fputs("\"\n", stderr);
    free(user);
    free(package);
}

/* d: the answer is about a logon, and this came of it; NULL: it is not. */
static enum MHD_Result
respond(struct MHD_Connection *connection, unsigned code, char *page, const struct acceptor *a,
        const struct logon_request *r, const struct decision *d)
{
    struct MHD_Response *response;
    enum MHD_Result result = MHD_NO;

    if (page == NULL)
        return MHD_NO;
    response = MHD_create_response_from_buffer(strlen(page), page, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(page);
        return MHD_NO;
    }
    if (header_add(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/html; charset=utf-8") &&
        header_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
        (d == NULL || logon_headers_add(response, a, r, d)))
        result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
answer(struct acceptor *a, struct client *c, struct MHD_Connection *connection)
{
    const struct logon_request r = logon_request_of(connection);
    struct decision d;
    char *page = NULL;
    unsigned code = MHD_HTTP_INTERNAL_SERVER_ERROR;
    enum MHD_Result result;

    client_authenticate(a, c, &r, &d);
    if (r.authorization != NULL)
        log_decision(c, &d);
    switch (d.verdict) {
    case AUTH_KNOWN:
        c->requests++;
        code = MHD_HTTP_OK;
        page = page_who(c);
        break;
    case AUTH_ASK:
        code = MHD_HTTP_UNAUTHORIZED;
        page = page_ask(acceptor_schemes(a), d.status);
        break;
    case AUTH_DOWN:
        code = MHD_HTTP_SERVICE_UNAVAILABLE;
        page = page_down(d.status);
        break;
    }
    result = respond(connection, code, page, a, &r, &d);
    if (d.verdict == AUTH_KNOWN && !client_is_kept(a, &r))
        client_wipe(c);
    free(d.challenge);
    return result;
}

/*
 * libmicrohttpd calls this for the headers, for each part of a body, and at the
 * end. A body is read and dropped: a refusal before its end would close the
 * connection, and with it the handshake.
 */
static enum MHD_Result
on_request(void *acceptor, struct MHD_Connection *connection, const char *url, const char *method,
           const char *version, const char *body, size_t *body_size, void **request)
{
    static char seen;
    const union MHD_ConnectionInfo *info;

    (void)url, (void)version, (void)body;
    if (*request == NULL) {
        *request = &seen;
        return MHD_YES;
    }
    if (*body_size > 0) {
        *body_size = 0;
        return MHD_YES;
    }
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL)
        return MHD_NO;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0 &&
        strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        return respond(connection, MHD_HTTP_METHOD_NOT_ALLOWED, strdup("GET, HEAD or POST\n"),
                       acceptor, NULL, NULL);
    return answer(acceptor, info->socket_context, connection);
}

static struct MHD_Daemon *
server_start(const struct options *o, struct tls *t, struct acceptor *a)
{
    struct sockaddr_storage address = { 0 };
    unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD;
    struct MHD_OptionItem tls_options[] = {
        { o->certificate != NULL ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, t->certificate },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, t->key },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_Daemon *daemon;

    if (!address_parse(o->listen, &address)) {
        fprintf(stderr, "http-server: --listen %s: not ADDRESS:PORT\n", o->listen);
        return NULL;
    }
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    if (o->certificate != NULL)
        flags |= MHD_USE_TLS;
    daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, a,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_NOTIFY_CONNECTION, connection_notify, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTION_LIMIT,
        MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS,
        MHD_OPTION_THREAD_POOL_SIZE, o->threads,
        MHD_OPTION_ARRAY, tls_options, MHD_OPTION_END);
    if (daemon == NULL)
        fprintf(stderr, "http-server: cannot listen on %s%s: %s\n", o->listen,
                o->certificate != NULL ? ", or its certificate and key do not fit" : "",
                strerror(errno));
    return daemon;
}

static bool
options_parse(int argc, char **argv, struct options *o)
{
    static const struct option OPTIONS[] = {
        { "listen", required_argument, NULL, 'l' }, { "package", required_argument, NULL, 'p' },
        { "threads", required_argument, NULL, 't' }, { "tls-cert", required_argument, NULL, 'c' },
        { "tls-key", required_argument, NULL, 'k' }, { "no-ntlm", no_argument, NULL, 'n' },
        { "per-request", no_argument, NULL, 'r' },
        { "allow-missing-bindings", no_argument, NULL, 'm' }, { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };

    *o = (struct options){ .listen = "127.0.0.1:8080", .package = "Negotiate",
                           .threads = THREADS_DEFAULT };
    for (int c; (c = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
        switch (c) {
        case 'l': o->listen = optarg; break;
        case 'p': o->package = optarg; break;
        case 't': o->threads = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'c': o->certificate = optarg; break;
        case 'k': o->key = optarg; break;
        case 'n': o->no_ntlm = true; break;
        case 'r': o->per_request = true; break;
        case 'm': o->missing_allowed = true; break;
        default: return false;
        }
    }
    return optind == argc && o->threads >= 1 && o->threads <= THREADS_MAX &&
           (o->certificate != NULL) == (o->key != NULL);
}

/* Serves until a signal. The exit status. */
static int
server_run(const struct options *o, struct tls *t, const sigset_t *signals)
{
    const struct acceptor_policy policy = {
        .package = o->package, .no_ntlm = o->no_ntlm, .per_request = o->per_request,
        .bindings = o->certificate != NULL ? &t->bindings : NULL,
        .missing_allowed = o->missing_allowed,
    };
    SECURITY_STATUS status;
    struct acceptor *a = acceptor_new(&policy, &status);
    struct MHD_Daemon *daemon;
    int caught;

    if (a == NULL) {
        fprintf(stderr, "http-server: AcquireCredentialsHandle(%s): 0x%08X\n", o->package,
                (unsigned)status);
        return 1;
    }
    if (status != SEC_E_OK)
        fputs("event=start warning=\"the authority cannot be reached yet\"\n", stderr);
    daemon = server_start(o, t, a);
    if (daemon != NULL) {
        listening_announce(daemon, o->certificate != NULL ? "https" : "http", o->listen);
        sigwait(signals, &caught);
        MHD_stop_daemon(daemon);
    }
    acceptor_free(a);
    return daemon != NULL ? 0 : 1;
}

int
main(int argc, char **argv)
{
    struct tls t = { NULL, NULL, { 0, 0, NULL } };
    struct options o;
    sigset_t signals;
    int status = 1;

    if (!options_parse(argc, argv, &o)) {
        fputs("usage: http-server [--listen ADDRESS:PORT] [--package NAME] [--no-ntlm]\n"
              "           [--per-request] [--threads N]\n"
              "           [--tls-cert FILE --tls-key FILE [--allow-missing-bindings]]\n",
              stderr);
        return 2;
    }
    signals_block(&signals);
    if (o.certificate == NULL || tls_load(&t, o.certificate, o.key))
        status = server_run(&o, &t, &signals);
    tls_wipe(&t);
    return status;
}
