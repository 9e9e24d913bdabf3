/*
 * http-reuse: what examples/http-server must do with a connection that is used
 * again: proxies that share connections have swapped users (NTLM authenticates
 * the connection, not the request).
 *
 *     http-reuse PORT DOMAIN USER PASSWORD
 *
 * One connection to 127.0.0.1, requests one after the other, tokens by libsspi.
 * Exit status 0: each answer was as it must be.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <arpa/inet.h>
#include <nettle/base64.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RESPONSE_MAX 65536
#define TOKEN_MAX 8192
#define HEADER_MAX (BASE64_ENCODE_RAW_LENGTH(TOKEN_MAX) + 64)

struct client {
    int fd;
    char response[RESPONSE_MAX];
    CredHandle credential;
    CtxtHandle context;
    bool begun;
};

/* Reads one response with a Content-Length; its code, or -1. */
static int
response_read(struct client *c)
{
    size_t n = 0, wanted = RESPONSE_MAX;

    while (n < wanted) {
        ssize_t got = recv(c->fd, c->response + n, RESPONSE_MAX - 1 - n, 0);
        char *end, *length;

        if (got <= 0)
            return -1;
        n += (size_t)got;
        c->response[n] = '\0';
        end = strstr(c->response, "\r\n\r\n");
        length = strcasestr(c->response, "\r\nContent-Length:");
        if (end == NULL)
            continue;
        if (length == NULL || length > end)
            return -1;
        wanted = (size_t)(end + 4 - c->response) + strtoul(length + 17, NULL, 10);
    }
    return atoi(c->response + strlen("HTTP/1.1 "));
}

/* GET with this Authorization, or with none; the code. */
static int
get(struct client *c, const char *authorization)
{
    char *request = NULL;
    bool has = authorization != NULL;
    int n = asprintf(&request, "GET / HTTP/1.1\r\nHost: localhost\r\n%s%s%s\r\n",
                     has ? "Authorization: " : "", has ? authorization : "", has ? "\r\n" : "");
    bool sent = n > 0 && send(c->fd, request, (size_t)n, MSG_NOSIGNAL) == n;

    free(request);
    return sent ? response_read(c) : -1;
}

/* The challenge of the last response; 0: there was none. */
static ULONG
challenge_get(struct client *c, uint8_t token[TOKEN_MAX])
{
    struct base64_decode_ctx b64;
    const char *header = strcasestr(c->response, "\r\nWWW-Authenticate: NTLM ");
    size_t n, size = TOKEN_MAX;

    if (header == NULL)
        return 0;
    header += strlen("\r\nWWW-Authenticate: NTLM ");
    n = strcspn(header, "\r\n");
    base64_decode_init(&b64);
    if (n > BASE64_ENCODE_RAW_LENGTH(TOKEN_MAX) ||
        base64_decode_update(&b64, &size, token, n, header) == 0)
        return 0;
    return (ULONG)size;
}

/* Our next token as a header's value; empty: InitializeSecurityContext failed. */
static void
token_next(struct client *c, char header[HEADER_MAX])
{
    static char TARGET[] = "HTTP/localhost";
    uint8_t challenge[TOKEN_MAX], token[TOKEN_MAX];
    SecBuffer in = { c->begun ? challenge_get(c, challenge) : 0, SECBUFFER_TOKEN, challenge };
    SecBuffer out = { sizeof token, SECBUFFER_TOKEN, token };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    status = InitializeSecurityContextA(&c->credential, c->begun ? &c->context : NULL, TARGET,
                                        ISC_REQ_CONNECTION, 0, SECURITY_NATIVE_DREP,
                                        c->begun ? &input : NULL, 0, &c->context, &output,
                                        &attributes, &expiry);
    header[0] = '\0';
    if (status < 0) {
        fprintf(stderr, "http-reuse: InitializeSecurityContext: 0x%08X\n", (unsigned)status);
        return;
    }
    c->begun = true;
    memcpy(header, "NTLM ", 6);
    base64_encode_raw(header + 5, out.cbBuffer, token);
    header[5 + BASE64_ENCODE_RAW_LENGTH((size_t)out.cbBuffer)] = '\0';
}

static void
token_restart(struct client *c)
{
    if (c->begun)
        DeleteSecurityContext(&c->context);
    c->begun = false;
}

static bool
expect(const char *what, int code, int expected)
{
    fprintf(stderr, "%-60s %d%s\n", what, code, code == expected ? "" : "   WRONG");
    return code == expected;
}

static bool
log_on(struct client *c, char last[HEADER_MAX])
{
    char header[HEADER_MAX];
    bool good;

    token_restart(c);
    token_next(c, header);
    good = expect("NEGOTIATE: asked for more", get(c, header), 401);
    token_next(c, last);
    return good && expect("AUTHENTICATE: known", get(c, last), 200) &&
           strstr(c->response, "</td>") != NULL;
}

static bool
run(struct client *c)
{
    char first[HEADER_MAX], last[HEADER_MAX];
    bool good = expect("nobody yet", get(c, NULL), 401);

    good &= log_on(c, last);
    good &= expect("the next request on the connection", get(c, NULL), 200);
    good &= expect("the same AUTHENTICATE again: it answers no challenge", get(c, last), 401);
    good &= expect("and with that the user is gone", get(c, NULL), 401);
    good &= log_on(c, last);
    good &= expect("no token at all", get(c, "NTLM AAAA"), 401);
    good &= expect("the user is gone", get(c, NULL), 401);
    good &= log_on(c, last);
    token_restart(c);
    token_next(c, first);
    good &= expect("a new handshake begins: not the old user while it lasts", get(c, first), 401);
    good &= expect("nor when it is given up", get(c, NULL), 401);
    good &= log_on(c, last);
    good &= expect("another scheme", get(c, "Basic YWxpY2U6eA=="), 401);
    good &= expect("the user is gone", get(c, NULL), 401);
    return good;
}

static bool
client_open(struct client *c, char **argv)
{
    static char PACKAGE[] = "NTLM";
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(argv[0])),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    SEC_WINNT_AUTH_IDENTITY_A identity = {
        .Domain = (unsigned char *)argv[1], .DomainLength = (ULONG)strlen(argv[1]),
        .User = (unsigned char *)argv[2], .UserLength = (ULONG)strlen(argv[2]),
        .Password = (unsigned char *)argv[3], .PasswordLength = (ULONG)strlen(argv[3]),
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
    TimeStamp expiry;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0 &&
           AcquireCredentialsHandleA(NULL, PACKAGE, SECPKG_CRED_OUTBOUND, NULL, &identity, NULL,
                                     NULL, &c->credential, &expiry) == SEC_E_OK;
}

int
main(int argc, char **argv)
{
    static struct client c;
    bool good;

    if (argc != 5) {
        fputs("usage: http-reuse PORT DOMAIN USER PASSWORD\n", stderr);
        return 2;
    }
    if (!client_open(&c, argv + 1)) {
        fputs("http-reuse: no connection, or no credential\n", stderr);
        return 1;
    }
    good = run(&c);
    token_restart(&c);
    FreeCredentialsHandle(&c.credential);
    close(c.fd);
    return good ? 0 : 1;
}
