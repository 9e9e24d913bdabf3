/*
 * http-request: what a logon needs from libmicrohttpd: the headers of a request that it is
 * about, and those of the answer.
 */
#ifndef EXAMPLES_HTTP_REQUEST_H
#define EXAMPLES_HTTP_REQUEST_H

#include "http-auth.h"

#include <microhttpd.h>

struct logon_request logon_request_of(struct MHD_Connection *connection);

/* A header of a response; false: there is no memory. */
bool header_add(struct MHD_Response *response, const char *name, const char *value);

/* WWW-Authenticate, and Persistent-Auth as IIS has it. */
bool logon_headers_add(struct MHD_Response *response, const struct acceptor *a,
                       const struct logon_request *r, const struct decision *d);

#endif
