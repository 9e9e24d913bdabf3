/*
 * gss-sample: what MIT's sample programs gss-client and gss-server talk to, on libsspi: the
 * simplest way in which programs of GSS-API use it, a TCP connection with tokens on it.
 *
 *     gss-sample client PORT FLAGS TEXT     a client of gss-server on 127.0.0.1; FLAGS: ISC_REQ_*
 *     gss-sample server                     a server for one gss-client; says its port
 *
 * Their tokens: an octet of flags (below), four of length, the highest first, and so many. After
 * the handshake the client sends messages, wrapped (RFC 4121 4.2.6.2) where the flags say so, and
 * gets a MIC of each message back. Exit status 0: everything was as it must be.
 */
#define SECURITY_WIN32
#include <windows.h>
#include <sspi.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    NOOP = 1,
    CONTEXT = 2,
    MESSAGE = 4,
    MIC = 8,
    CONTEXT_NEXT = 16,
    WRAPPED = 32,
    ENCRYPTED = 64,
    SEND_MIC = 128,
};
#define TOKEN_MAX 65536u

struct token {
    unsigned char flags;
    ULONG n;
    unsigned char bytes[TOKEN_MAX];
};
static struct token token;
static int peer;

static void
check(int ok, const char *what, SECURITY_STATUS s)
{
    if (ok)
        return;
    fprintf(stderr, "gss-sample: %s: 0x%08x\n", what, (unsigned)s);
    exit(1);
}

/* ---- tokens ---------------------------------------------------------------- */

static void
token_get(void)
{
    uint32_t n;

    check(recv(peer, &token.flags, 1, MSG_WAITALL) == 1, "the peer has gone", 0);
    check(recv(peer, &n, 4, MSG_WAITALL) == 4 && ntohl(n) <= TOKEN_MAX, "length", 0);
    token.n = ntohl(n);
    check(token.n == 0 || recv(peer, token.bytes, token.n, MSG_WAITALL) == (ssize_t)token.n,
          "token", 0);
}

static void
token_put(unsigned char flags, const void *bytes, ULONG n)
{
    uint32_t head = htonl(n);

    check(write(peer, &flags, 1) == 1 && write(peer, &head, 4) == 4 &&
              (n == 0 || write(peer, bytes, n) == (ssize_t)n),
          "the peer has gone", 0);
}

/* ---- the handshake ----------------------------------------------------------- */

static CtxtHandle
handshake(CredHandle *credential, int client, ULONG requirements)
{
    static unsigned char room[TOKEN_MAX];
    SECURITY_STATUS s = SEC_I_CONTINUE_NEEDED;
    CtxtHandle context, *old = NULL;
    ULONG attributes;

    while (s == SEC_I_CONTINUE_NEEDED) {
        SecBuffer in = { 0, SECBUFFER_TOKEN, token.bytes }, out = { TOKEN_MAX, 2, room };
        SecBufferDesc ins = { SECBUFFER_VERSION, 1, &in }, outs = { SECBUFFER_VERSION, 1, &out };

        if (!client || old != NULL) {
            token_get();
            check(token.flags == CONTEXT, "not a token of the handshake", token.flags);
            in.cbBuffer = token.n;
        }
        s = client ? InitializeSecurityContextA(credential, old, (char[]){ "HTTP/localhost" },
                                                requirements, 0, SECURITY_NATIVE_DREP,
                                                old != NULL ? &ins : NULL, 0, &context, &outs,
                                                &attributes, NULL)
                   : AcceptSecurityContext(credential, old, &ins, requirements,
                                           SECURITY_NATIVE_DREP, &context, &outs, &attributes,
                                           NULL);
        check(s >= 0, "handshake", s);
        old = &context;
        if (out.cbBuffer > 0)
            token_put(CONTEXT, out.pvBuffer, out.cbBuffer);
    }
    return context;
}

static void
say_names(CtxtHandle *context)
{
    SecPkgContext_NativeNamesA names;
    SECURITY_STATUS s = QueryContextAttributesA(context, SECPKG_ATTR_NATIVE_NAMES, &names);

    check(s == SEC_E_OK, "NATIVE_NAMES", s);
    printf("%s to %s\n", names.sClientName, names.sServerName);
    FreeContextBuffer(names.sClientName);
    FreeContextBuffer(names.sServerName);
}

/* ---- messages -------------------------------------------------------------- */

/* The text as a token of gss_wrap: what EncryptMessage makes, one behind the other. */
static ULONG
wrap(CtxtHandle *context, const char *text, int encrypted, unsigned char *out)
{
    SecPkgContext_Sizes sizes;
    SecBuffer b[3];
    SecBufferDesc d = { SECBUFFER_VERSION, 3, b };
    SECURITY_STATUS s = QueryContextAttributesA(context, SECPKG_ATTR_SIZES, &sizes);

    check(s == SEC_E_OK, "SIZES", s);
    b[0] = (SecBuffer){ sizes.cbSecurityTrailer, SECBUFFER_TOKEN, out };
    b[1] = (SecBuffer){ (ULONG)strlen(text), SECBUFFER_DATA, out + sizes.cbSecurityTrailer };
    b[2] = (SecBuffer){ sizes.cbBlockSize, SECBUFFER_PADDING,
                        (char *)b[1].pvBuffer + strlen(text) };
    memcpy(b[1].pvBuffer, text, strlen(text));
    s = EncryptMessage(context, encrypted ? 0 : SECQOP_WRAP_NO_ENCRYPT, &d, 0);
    check(s == SEC_E_OK, "EncryptMessage", s);
    memmove(out + b[0].cbBuffer, b[1].pvBuffer, b[1].cbBuffer + b[2].cbBuffer);
    return b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
}

/* The message of a token; it stays in the token. */
static SecBuffer
unwrap(CtxtHandle *context)
{
    SecBuffer b[2] = { { token.n, SECBUFFER_STREAM, token.bytes }, { 0, SECBUFFER_DATA, NULL } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    ULONG qop = 0;
    SECURITY_STATUS s;

    if ((token.flags & WRAPPED) == 0)
        return b[0];
    s = DecryptMessage(context, &d, 0, &qop);
    check(s == SEC_E_OK, "DecryptMessage", s);
    check((qop == 0) == ((token.flags & ENCRYPTED) != 0), "encrypted or not", (int)qop);
    return b[1];
}

static void
verify(CtxtHandle *context, char *text)
{
    SecBuffer b[2] = { { (ULONG)strlen(text), SECBUFFER_DATA, text },
                       { token.n, SECBUFFER_TOKEN, token.bytes } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS s = VerifySignature(context, &d, 0, NULL);

    check(token.flags == MIC && s == SEC_E_OK, "VerifySignature", s);
    b[0].cbBuffer--;
    check(VerifySignature(context, &d, 0, NULL) != SEC_E_OK, "another message's MIC", 0);
}

static void
sign(CtxtHandle *context, SecBuffer message)
{
    unsigned char room[128];
    SecBuffer b[2] = { { message.cbBuffer, SECBUFFER_DATA, message.pvBuffer },
                       { sizeof room, SECBUFFER_TOKEN, room } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    SECURITY_STATUS s = MakeSignature(context, 0, &d, 0);

    check(s == SEC_E_OK, "MakeSignature", s);
    token_put(MIC, room, b[1].cbBuffer);
}

/* ---- the two ends -------------------------------------------------------------- */

static void
client(CtxtHandle *context, char *text)
{
    static const unsigned char kinds[] = { WRAPPED | ENCRYPTED, WRAPPED, 0 };
    static unsigned char out[TOKEN_MAX];

    for (size_t i = 0; i < sizeof kinds; i++) {
        if (kinds[i] & WRAPPED)
            token_put((unsigned char)(MESSAGE | SEND_MIC | kinds[i]), out,
                      wrap(context, text, kinds[i] & ENCRYPTED, out));
        else
            token_put(MESSAGE | SEND_MIC, text, (ULONG)strlen(text));
        token_get();
        verify(context, text);
    }
    token_put(NOOP, NULL, 0);
}

static void
server(CtxtHandle *context)
{
    for (token_get(); (token.flags & MESSAGE) != 0; token_get()) {
        SecBuffer message = unwrap(context);

        printf("got \"%.*s\"\n", (int)message.cbBuffer, (const char *)message.pvBuffer);
        sign(context, message);
    }
    check(token.flags == NOOP, "not the end", token.flags);
}

static void
server_listen(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof a;

    check(bind(peer, (struct sockaddr *)&a, n) == 0 && listen(peer, 1) == 0 &&
              getsockname(peer, (struct sockaddr *)&a, &n) == 0, "listen", 0);
    printf("port %u\n", ntohs(a.sin_port));
    fflush(stdout);
    peer = accept(peer, NULL, NULL);
    token_get();
    check(token.flags == (NOOP | CONTEXT_NEXT), "not the beginning", token.flags);
}

static void
client_connect(const char *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)atoi(port)) };

    check(connect(peer, (struct sockaddr *)&a, sizeof a) == 0, "connect", 0);
    token_put(NOOP | CONTEXT_NEXT, NULL, 0);
}

int
main(int argc, char **argv)
{
    int is_client = argc == 5 && strcmp(argv[1], "client") == 0;
    CredHandle credential;
    CtxtHandle context;
    SECURITY_STATUS s;

    if (!is_client && !(argc == 2 && strcmp(argv[1], "server") == 0))
        return 2;
    s = AcquireCredentialsHandleA(NULL, (char[]){ "Kerberos" },
                                  is_client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                  NULL, NULL, NULL, &credential, NULL);
    check(s == SEC_E_OK, "AcquireCredentialsHandle", s);
    peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (is_client)
        client_connect(argv[2]);
    else
        server_listen();
    context = handshake(&credential, is_client,
                        is_client ? (ULONG)strtoul(argv[3], NULL, 0) : 0);
    say_names(&context);
    if (is_client)
        client(&context, argv[4]);
    else
        server(&context);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
    close(peer);
    return 0;
}
