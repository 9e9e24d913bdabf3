/*
 * `sspi initiate`: a client that establishes a security context with `sspi
 * accept`, or with anything that speaks its frames.
 *
 * Runs in the sspi command, an ordinary application of libsspi. The password
 * comes from the terminal or from standard input.
 */
#include "cli/handshake.h"

#include "base/str16.h"

#include <stdio.h>
#include <stdlib.h>

#define TARGET_MAX 512
#define INITIATE_REQUIREMENTS "confidentiality,integrity,replay_detect,sequence_detect,connection"

struct initiate_options {
    const char *package, *target, *user, *domain, *requirements, *timeout;
    bool password_stdin, stdio, json;
};

#define AT(member) offsetof(struct initiate_options, member)

static const struct cli_option options[] = {
    { "package", "NAME", CLI_STRING, AT(package), "the security package, as NTLM or Negotiate" },
    { "target", "NAME", CLI_STRING, AT(target),
      "the service's name, as HTTP/www.example.org (default HOST/ADDR)" },
    { "user", "NAME", CLI_STRING, AT(user),
      "log on as this account (default: the credentials that the user has)" },
    { "domain", "NAME", CLI_STRING, AT(domain), "the account's domain" },
    { "password-stdin", NULL, CLI_FLAG, AT(password_stdin),
      "read the password from standard input, one line" },
    { "stdio", NULL, CLI_FLAG, AT(stdio),
      "lines of base64 on standard input and output, no address" },
    { "req", "FLAGS", CLI_STRING, AT(requirements),
      "requirements (default " INITIATE_REQUIREMENTS ")" },
    { "timeout", "SECONDS", CLI_STRING, AT(timeout),
      "for each message of the server (default 30)" },
    { "json", NULL, CLI_FLAG, AT(json), "print JSON" },
    { 0 },
};

static const struct cli_syntax syntax = {
    "sspi initiate", "[ADDR:PORT]", 0, 1,
    "Establishes a security context with a server, as sspi accept is one.\n"
    "Requirements: delegate, mutual_auth, replay_detect, sequence_detect, confidentiality,\n"
    "use_session_key, use_supplied_creds, use_dce_style, datagram, connection, extended_error,\n"
    "stream, integrity, identify, null_session, no_integrity, unverified_target_name; none; or\n"
    "a number as 0x10.",
    options,
};

/*
 * The address was the user's, so it says where to: without a target a service on this very
 * machine would take the answer for a reflected one, and refuse.
 */
static bool
initiate_target(const struct initiate_options *o, const struct transport_address *to,
                SEC_WCHAR **out)
{
    char text[TARGET_MAX];
    const char *target = o->target;

    *out = NULL;
    if (target == NULL && !o->stdio) {
        snprintf(text, sizeof(text), "HOST/%s", to->host);
        target = text;
    }
    if (target == NULL || (*out = str16_from_utf8(target)) != NULL)
        return true;
    cli_complain("%s: not UTF-8", o->target != NULL ? "--target" : "ADDR:PORT");
    return false;
}

static int
initiate_with(const struct initiate_options *o, const struct transport_address *to,
              struct handshake *h, int timeout_ms)
{
    int code;

    if (o->stdio) {
        cli_output_to_stderr();
        h->transport = transport_stdio(timeout_ms);
    } else {
        h->transport = transport_connect(to, timeout_ms);
        if (h->transport.in < 0)
            return CLI_PEER;
    }
    code = handshake_run(h, o->json);
    transport_close(&h->transport);
    return code;
}

/* --domain EXAMPLE.COM, or --user alice@EXAMPLE.COM. */
static const char *
initiate_realm(const struct initiate_options *o)
{
    const char *at = o->user != NULL ? strrchr(o->user, '@') : NULL;

    return o->domain != NULL || at == NULL ? o->domain : at + 1;
}

static int
initiate_run(const struct initiate_options *o, const char *address)
{
    struct handshake_identity id = {
        .package = o->package, .user = o->user, .domain = o->domain,
        .password_stdin = o->password_stdin,
    };
    CredHandle credential;
    struct handshake h = { .side = FLAGS_INITIATE, .credential = &credential,
                           .realm = initiate_realm(o) };
    const char *req = o->requirements == NULL ? INITIATE_REQUIREMENTS : o->requirements;
    struct transport_address to = { 0 };
    int timeout_ms, code;

    if (!flags_parse(FLAGS_INITIATE, req, &h.requirements)
        || !handshake_parse_timeout(o->timeout, &timeout_ms)
        || (!o->stdio && !transport_parse(address, &to)) || !initiate_target(o, &to, &h.target))
        return CLI_USAGE;
    code = handshake_acquire(FLAGS_INITIATE, &id, &credential, &h.max_token);
    if (code == CLI_OK) {
        code = initiate_with(o, &to, &h, timeout_ms);
        FreeCredentialsHandle(&credential);
    }
    free(h.target);
    return code;
}

int
cli_initiate(int argc, char **argv)
{
    struct initiate_options o = { 0 };
    char **operands;
    bool done;
    int code = cli_parse(&syntax, argc, argv, &o, &operands, &done);

    if (done)
        return code;
    if (o.package == NULL) {
        cli_complain("--package is missing; sspi package list shows them");
        return CLI_USAGE;
    }
    if (o.stdio == (operands[0] != NULL)) {
        cli_complain("give either ADDR:PORT or --stdio");
        return CLI_USAGE;
    }
    if (o.user == NULL && (o.domain != NULL || o.password_stdin)) {
        cli_complain("--domain and --password-stdin need --user");
        return CLI_USAGE;
    }
    return initiate_run(&o, operands[0]);
}
