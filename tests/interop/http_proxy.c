/*
 * http-proxy: two people behind one proxy that keeps one connection to the web server and puts
 * the requests of both on it, which RFC 4559 section 6 forbids and proxies do. Nobody may ever
 * get the other's page.
 *
 *     http-proxy PORT via|hidden DOMAIN USER PASSWORD USER PASSWORD
 *
 * via: the proxy says so in every request; hidden: it does not, and the server was started with
 * --per-request. The package is Negotiate: by DOMAIN it is Kerberos (one request) or NTLM (two).
 * Exit status 0: each answer was as it must be.
 */
#include "http_client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LEGS_MAX 4

struct proxy {
    struct http http;           /* the one connection */
    struct http_user users[2];
    char token[HTTP_HEADER_MAX];
    unsigned legs;              /* of the last logon */
};

/* The page says one user, and it is this one. */
static bool
page_is_of(const struct proxy *p, const struct http_user *u)
{
    char cell[128];
    const char *row = strstr(p->http.response, "<th>User</th><td>");

    snprintf(cell, sizeof cell, "%s", row != NULL ? row + strlen("<th>User</th><td>") : "");
    if (strchr(cell, '<') != NULL)
        *strchr(cell, '<') = '\0';
    fprintf(stderr, "  the page is %s's\n", cell);
    /* DOMAIN\name or name@REALM */
    return strncmp(cell, u->name, strlen(u->name)) == 0 ||
           (strchr(cell, '\\') != NULL && strcmp(strchr(cell, '\\') + 1, u->name) == 0);
}

static int
leg(struct proxy *p, struct http_user *u)
{
    http_token_next(&p->http, u, p->token);
    return http_get(&p->http, p->token);
}

/* A whole logon with nothing in between. */
static bool
log_on(struct proxy *p, struct http_user *u)
{
    int code = 401;

    http_user_restart(u);
    for (p->legs = 0; code == 401 && p->legs < LEGS_MAX; p->legs++)
        code = leg(p, u);
    return http_expect(u->name, code, 200) && page_is_of(p, u) &&
           strstr(p->http.response, "Persistent-Auth: false") != NULL;
}

/* The other one's request comes between two of a handshake: that ends it. */
static bool
handshakes_mix(struct proxy *p)
{
    struct http_user *a = &p->users[0], *b = &p->users[1];
    bool good;

    http_user_restart(a);
    http_user_restart(b);
    good = http_expect("A begins", leg(p, a), 401);
    good &= http_expect("B asks without a token", http_get(&p->http, NULL), 401);
    http_user_restart(a);
    good &= http_expect("A begins anew", leg(p, a), 401);
    http_token_next(&p->http, a, p->token);
    good &= http_expect("B begins in the middle of it", leg(p, b), 401);
    http_user_restart(a);
    good &= http_expect("A begins a third time", leg(p, a), 401);
    http_token_next(&p->http, a, p->token);
    good &= http_expect("B asks in the middle of it", http_get(&p->http, NULL), 401);
    good &= http_expect("A's last token answers no challenge", http_get(&p->http, p->token), 401);
    return good;
}

static bool
run(struct proxy *p)
{
    struct http_user *a = &p->users[0], *b = &p->users[1];
    bool good = http_expect("nobody yet", http_get(&p->http, NULL), 401);

    good &= log_on(p, a);
    good &= http_expect("B, who says nothing, is not A", http_get(&p->http, NULL), 401);
    good &= log_on(p, b);
    good &= http_expect("A, who says nothing, is not B", http_get(&p->http, NULL), 401);
    good &= log_on(p, a);
    good &= http_expect("A's last token, by somebody else", http_get(&p->http, p->token), 401);
    good &= log_on(p, b);
    good &= log_on(p, a);
    if (p->legs > 1)
        good &= handshakes_mix(p);
    return good && log_on(p, b);
}

int
main(int argc, char **argv)
{
    static char PACKAGE[] = "Negotiate";
    static struct proxy p;
    bool good;

    if (argc != 8) {
        fputs("usage: http-proxy PORT via|hidden DOMAIN USER PASSWORD USER PASSWORD\n", stderr);
        return 2;
    }
    if (!http_open(&p.http, argv[1]) ||
        !http_user_init(&p.users[0], PACKAGE, argv[3], argv[4], argv[5]) ||
        !http_user_init(&p.users[1], PACKAGE, argv[3], argv[6], argv[7])) {
        fputs("http-proxy: no connection, or no credential\n", stderr);
        return 1;
    }
    if (strcmp(argv[2], "via") == 0)
        p.http.extra = "Via: 1.1 proxy\r\n";
    good = run(&p);
    http_user_wipe(&p.users[0]);
    http_user_wipe(&p.users[1]);
    close(p.http.fd);
    return good ? 0 : 1;
}
