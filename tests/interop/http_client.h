/*
 * http_client: requests on one connection to 127.0.0.1, with the tokens of one user or of
 * several. As in a proxy that shares its connections, who speaks and by which connection are
 * two things.
 */
#ifndef INTEROP_HTTP_CLIENT_H
#define INTEROP_HTTP_CLIENT_H

#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <stdbool.h>

#define HTTP_RESPONSE_MAX 65536
#define HTTP_TOKEN_MAX 16384
#define HTTP_HEADER_MAX (2 * HTTP_TOKEN_MAX)

struct http {
    int fd;
    const char *extra;          /* a header of every request, with its end of line; "": none */
    char response[HTTP_RESPONSE_MAX];
};

struct http_user {
    const char *name;
    char *package;              /* and scheme */
    CredHandle credential;
    CtxtHandle context;
    bool begun;
};

bool http_open(struct http *h, const char *port);

/* GET with this Authorization, or with none; the code, or -1. */
int http_get(struct http *h, const char *authorization);

bool http_user_init(struct http_user *u, char *package, char *domain, char *name, char *password);
void http_user_wipe(struct http_user *u);

/* His next handshake begins anew. */
void http_user_restart(struct http_user *u);

/*
 * His next token as a header's value, an answer to the challenge of the last response;
 * empty: InitializeSecurityContext failed, which is said.
 */
void http_token_next(const struct http *h, struct http_user *u, char header[HTTP_HEADER_MAX]);

/* Says a step and whether it went as it must. */
bool http_expect(const char *what, int code, int expected);

#endif
