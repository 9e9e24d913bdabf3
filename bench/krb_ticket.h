/* krb_ticket.h: a client that has a service ticket which no KDC made. */
#ifndef BENCH_KRB_TICKET_H
#define BENCH_KRB_TICKET_H

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>

#include <stdbool.h>

#include "crypto/krb.h"

#define KRB_BENCH_REALM "BENCH.EXAMPLE"
#define KRB_BENCH_SERVER "HTTP/www.bench.example@" KRB_BENCH_REALM
#define KRB_BENCH_KVNO 1

/* Says on stderr what failed. */
bool krb_is_good(const char *what, OM_uint32 major, OM_uint32 minor);
/* In the memory of *k, which goes on to be its owner's. */
krb5_keyblock krb_bench_keyblock(struct crypto_krb_key *k);
/* MIT's credential with a ticket for the server, sealed with the server's key. */
bool krb_bench_client(krb5_context krb5, const struct crypto_krb_key *server,
                      gss_cred_id_t *client);
/* The server's name, and a context's beginning. */
bool krb_bench_target(gss_name_t *target);

#endif
