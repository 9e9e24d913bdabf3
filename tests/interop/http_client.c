/*
 * http_client.c: see http_client.h. What a server answers is read up to a bound, and looked at
 * with string functions: it is our own server.
 */
#include "http_client.h"

#include <arpa/inet.h>
#include <nettle/base64.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Reads one response with a Content-Length; its code, or -1. */
static int
response_read(struct http *h)
{
    size_t n = 0, wanted = HTTP_RESPONSE_MAX;

    while (n < wanted) {
        ssize_t got = recv(h->fd, h->response + n, HTTP_RESPONSE_MAX - 1 - n, 0);
        char *end, *length;

        if (got <= 0)
            return -1;
        n += (size_t)got;
        h->response[n] = '\0';
        end = strstr(h->response, "\r\n\r\n");
        length = strcasestr(h->response, "\r\nContent-Length:");
        if (end == NULL)
            continue;
        if (length == NULL || length > end)
            return -1;
        wanted = (size_t)(end + 4 - h->response) + strtoul(length + 17, NULL, 10);
    }
    return atoi(h->response + strlen("HTTP/1.1 "));
}

int
http_get(struct http *h, const char *authorization)
{
    char *request = NULL;
    bool has = authorization != NULL;
    int n = asprintf(&request, "GET / HTTP/1.1\r\nHost: localhost\r\n%s%s%s%s\r\n", h->extra,
                     has ? "Authorization: " : "", has ? authorization : "", has ? "\r\n" : "");
    bool sent = n > 0 && send(h->fd, request, (size_t)n, MSG_NOSIGNAL) == n;

    free(request);
    return sent ? response_read(h) : -1;
}

/* The challenge of the last response; 0: there was none. */
static ULONG
challenge_get(const struct http *h, const char *scheme, uint8_t token[HTTP_TOKEN_MAX])
{
    struct base64_decode_ctx b64;
    char head[64];
    const char *header;
    size_t n, size = HTTP_TOKEN_MAX;

    snprintf(head, sizeof head, "\r\nWWW-Authenticate: %s ", scheme);
    header = strcasestr(h->response, head);
    if (header == NULL)
        return 0;
    header += strlen(head);
    n = strcspn(header, "\r\n");
    base64_decode_init(&b64);
    if (BASE64_DECODE_LENGTH(n) > HTTP_TOKEN_MAX ||
        base64_decode_update(&b64, &size, token, n, header) == 0)
        return 0;
    return (ULONG)size;
}

void
http_token_next(const struct http *h, struct http_user *u, char header[HTTP_HEADER_MAX])
{
    static char TARGET[] = "HTTP/localhost";
    static uint8_t challenge[HTTP_TOKEN_MAX], token[HTTP_TOKEN_MAX];
    SecBuffer in = { u->begun ? challenge_get(h, u->package, challenge) : 0, SECBUFFER_TOKEN,
                     challenge };
    SecBuffer out = { sizeof token, SECBUFFER_TOKEN, token };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
    size_t n = strlen(u->package);
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    status = InitializeSecurityContextA(&u->credential, u->begun ? &u->context : NULL, TARGET,
                                        ISC_REQ_CONNECTION, 0, SECURITY_NATIVE_DREP,
                                        u->begun ? &input : NULL, 0, &u->context, &output,
                                        &attributes, &expiry);
    header[0] = '\0';
    if (status < 0) {
        fprintf(stderr, "%s: InitializeSecurityContext: 0x%08X\n", u->name, (unsigned)status);
        return;
    }
    u->begun = true;
    memcpy(header, u->package, n);
    header[n++] = ' ';
    base64_encode_raw(header + n, out.cbBuffer, token);
    header[n + BASE64_ENCODE_RAW_LENGTH((size_t)out.cbBuffer)] = '\0';
}

void
http_user_restart(struct http_user *u)
{
    if (u->begun)
        DeleteSecurityContext(&u->context);
    u->begun = false;
}

bool
http_expect(const char *what, int code, int expected)
{
    fprintf(stderr, "%-60s %d%s\n", what, code, code == expected ? "" : "   WRONG");
    return code == expected;
}

bool
http_open(struct http *h, const char *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(port)),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };

    h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    h->extra = "";
    return connect(h->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

bool
http_user_init(struct http_user *u, char *package, char *domain, char *name, char *password)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {
        .Domain = (unsigned char *)domain, .DomainLength = (ULONG)strlen(domain),
        .User = (unsigned char *)name, .UserLength = (ULONG)strlen(name),
        .Password = (unsigned char *)password, .PasswordLength = (ULONG)strlen(password),
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
    TimeStamp expiry;

    *u = (struct http_user){ .name = name, .package = package };
    return AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &identity, NULL,
                                     NULL, &u->credential, &expiry) == SEC_E_OK;
}

void
http_user_wipe(struct http_user *u)
{
    http_user_restart(u);
    FreeCredentialsHandle(&u->credential);
}
