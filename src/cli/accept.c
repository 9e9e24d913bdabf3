/*
 * `sspi accept`: a server that accepts security contexts and says who came. For
 * trying out a configuration, and for tests.
 *
 * Runs in the sspi command, an ordinary application of libsspi. One client at a
 * time; a client that is too slow is left.
 */
#include "cli/handshake.h"

#include <stdio.h>
#include <unistd.h>

#define ACCEPT_REQUIREMENTS "confidentiality,integrity,replay_detect,sequence_detect"
#define ACCEPT_LISTEN "127.0.0.1:0"

struct accept_options {
    const char *package, *principal, *user, *domain, *listen, *requirements, *timeout;
    bool password_stdin, stdio, once, json;
};

#define AT(member) offsetof(struct accept_options, member)

static const struct cli_option options[] = {
    { "package", "NAME", CLI_STRING, AT(package), "the security package, as NTLM or Negotiate" },
    { "principal", "NAME", CLI_STRING, AT(principal), "the service's name, where it has several" },
    { "user", "NAME", CLI_STRING, AT(user),
      "accept as this account, too, in Kerberos's user to user" },
    { "domain", "NAME", CLI_STRING, AT(domain), "the account's domain" },
    { "password-stdin", NULL, CLI_FLAG, AT(password_stdin),
      "read the password from standard input, one line" },
    { "listen", "ADDR:PORT", CLI_STRING, AT(listen),
      "where to listen (default " ACCEPT_LISTEN "; port 0: any, it is printed)" },
    { "stdio", NULL, CLI_FLAG, AT(stdio),
      "one handshake, as lines of base64 on standard input and output" },
    { "req", "FLAGS", CLI_STRING, AT(requirements),
      "requirements (default " ACCEPT_REQUIREMENTS ")" },
    { "timeout", "SECONDS", CLI_STRING, AT(timeout),
      "for each message of the client (default 30)" },
    { "once", NULL, CLI_FLAG, AT(once), "end after one client" },
    { "json", NULL, CLI_FLAG, AT(json), "print JSON" },
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi accept", "", 0, 0,
    "Accepts security contexts and prints who came.\n"
    "Requirements: delegate, mutual_auth, replay_detect, sequence_detect, confidentiality,\n"
    "use_session_key, use_dce_style, datagram, connection, extended_error, stream, integrity,\n"
    "identify, null_session, licensing, allow_non_user_logons, allow_context_replay, no_token,\n"
    "proxy_bindings, allow_missing_bindings; none; or a number as 0x10.",
    options,
};

static int
accept_one(struct handshake h, bool json)
{
    int code = handshake_run(&h, json);

    transport_close(&h.transport);
    return code;
}

static int
accept_clients(const struct accept_options *o, const struct transport_address *at,
               struct handshake *h, int timeout_ms)
{
    char where[80];
    int listener = transport_listen(at, where, sizeof(where)), code;

    if (listener < 0)
        return CLI_PEER;
    printf(o->json ? "{\"listening\": \"%s\"}\n" : "listening on %s\n", where);
    fflush(stdout);
    do {
        h->transport = transport_accept(listener, timeout_ms);
        code = h->transport.in < 0 ? CLI_PEER : accept_one(*h, o->json);
    } while (!o->once && h->transport.in >= 0);
    close(listener);
    return code;
}

static int
accept_run(const struct accept_options *o)
{
    struct handshake_identity id = {
        .package = o->package, .principal = o->principal, .user = o->user, .domain = o->domain,
        .password_stdin = o->password_stdin,
    };
    struct transport_address at;
    CredHandle credential;
    struct handshake h = { .side = FLAGS_ACCEPT, .credential = &credential };
    int timeout_ms, code;

    if (!transport_parse(o->listen == NULL ? ACCEPT_LISTEN : o->listen, &at)
        || !flags_parse(FLAGS_ACCEPT,
                        o->requirements == NULL ? ACCEPT_REQUIREMENTS : o->requirements,
                        &h.requirements)
        || !handshake_parse_timeout(o->timeout, &timeout_ms))
        return CLI_USAGE;
    code = handshake_acquire(FLAGS_ACCEPT, &id, &credential, &h.max_token);
    if (code != CLI_OK)
        return code;
    if (o->stdio) {
        cli_output_to_stderr();
        h.transport = transport_stdio(timeout_ms);
        code = accept_one(h, o->json);
    } else {
        code = accept_clients(o, &at, &h, timeout_ms);
    }
    FreeCredentialsHandle(&credential);
    return code;
}

int
cli_accept(int argc, char **argv)
{
    struct accept_options o = { 0 };
    char **operands;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done)
        return code;
    if (o.package == NULL) {
        cli_complain("--package is missing; sspi package list shows them");
        return CLI_USAGE;
    }
    if (o.stdio && o.listen != NULL) {
        cli_complain("--stdio and --listen exclude each other");
        return CLI_USAGE;
    }
    if (o.user == NULL && (o.domain != NULL || o.password_stdin)) {
        cli_complain("--domain and --password-stdin need --user");
        return CLI_USAGE;
    }
    return accept_run(&o);
}
