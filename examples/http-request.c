/*
 * http-request.c: the headers of a logon (RFC 4559 4, RFC 9110 11.6). Everything here comes from
 * the client or a proxy and is only passed on, or looked for.
 */
#include "http-request.h"

/* The headers that proxies add: RFC 9110 7.6.3, RFC 7239 4, and the custom before that. */
static bool
is_proxied(struct MHD_Connection *connection)
{
    static const char *const ADDED[] = { "Via", "Forwarded", "X-Forwarded-For" };

    for (size_t i = 0; i < sizeof ADDED / sizeof ADDED[0]; i++) {
        if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, ADDED[i]) != NULL)
            return true;
    }
    return false;
}

struct logon_request
logon_request_of(struct MHD_Connection *connection)
{
    return (struct logon_request){
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION),
        is_proxied(connection),
    };
}

bool
header_add(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

bool
logon_headers_add(struct MHD_Response *response, const struct acceptor *a,
                  const struct logon_request *r, const struct decision *d)
{
    bool asks = d->verdict == AUTH_ASK && d->challenge == NULL, added = true;

    if (d->challenge != NULL)
        added = header_add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, d->challenge);
    for (const char *const *i = acceptor_schemes(a); asks && added && *i != NULL; i++)
        added = header_add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, *i);
    if (d->verdict == AUTH_KNOWN && added)
        added = header_add(response, "Persistent-Auth", client_is_kept(a, r) ? "true" : "false");
    return added;
}
