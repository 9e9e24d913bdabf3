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
#include "http_client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct client {
    struct http http;
    struct http_user user;
};

static bool
log_on(struct client *c, char last[HTTP_HEADER_MAX])
{
    char header[HTTP_HEADER_MAX];
    bool good;

    http_user_restart(&c->user);
    http_token_next(&c->http, &c->user, header);
    good = http_expect("NEGOTIATE: asked for more", http_get(&c->http, header), 401);
    http_token_next(&c->http, &c->user, last);
    return good && http_expect("AUTHENTICATE: known", http_get(&c->http, last), 200) &&
           strstr(c->http.response, "</td>") != NULL;
}

static bool
run(struct client *c)
{
    char first[HTTP_HEADER_MAX], last[HTTP_HEADER_MAX];
    bool good = http_expect("nobody yet", http_get(&c->http, NULL), 401);

    good &= log_on(c, last);
    good &= http_expect("the next request on the connection", http_get(&c->http, NULL), 200);
    good &= http_expect("the same AUTHENTICATE again: it answers no challenge",
                        http_get(&c->http, last), 401);
    good &= http_expect("and with that the user is gone", http_get(&c->http, NULL), 401);
    good &= log_on(c, last);
    good &= http_expect("no token at all", http_get(&c->http, "NTLM AAAA"), 401);
    good &= http_expect("the user is gone", http_get(&c->http, NULL), 401);
    good &= log_on(c, last);
    http_user_restart(&c->user);
    http_token_next(&c->http, &c->user, first);
    good &= http_expect("a new handshake begins: not the old user while it lasts",
                        http_get(&c->http, first), 401);
    good &= http_expect("nor when it is given up", http_get(&c->http, NULL), 401);
    good &= log_on(c, last);
    good &= http_expect("another scheme", http_get(&c->http, "Basic YWxpY2U6eA=="), 401);
    good &= http_expect("the user is gone", http_get(&c->http, NULL), 401);
    return good;
}

int
main(int argc, char **argv)
{
    static char PACKAGE[] = "NTLM";
    static struct client c;
    bool good;

    if (argc != 5) {
        fputs("usage: http-reuse PORT DOMAIN USER PASSWORD\n", stderr);
        return 2;
    }
    if (!http_open(&c.http, argv[1]) ||
        !http_user_init(&c.user, PACKAGE, argv[2], argv[3], argv[4])) {
        fputs("http-reuse: no connection, or no credential\n", stderr);
        return 1;
    }
    good = run(&c);
    http_user_wipe(&c.user);
    close(c.http.fd);
    return good ? 0 : 1;
}
