/*
 * peer_windows: the other end of an interop test as a Windows program: built by
 * mingw-w64 on Windows's own headers, run by Wine.
 *
 *     peer-windows.exe MODE initiate DOMAIN USER PASSWORD      peer-windows.exe MODE accept
 *
 * MODE is mode.h's; spnego says Windows's package Negotiate. Speaks frames (frame.h) on
 * standard input and output. Wine's NTLM has its tokens from Samba's ntlm_auth, and signs and
 * seals by itself; its Kerberos is the Unix library's, with the ticket of KRB5CCNAME whatever
 * identity is given, and its sealed messages are that library's cut in two, the text first.
 * Exit status 0: established, and every message was as it must be; 3: refused;
 * 1: anything else.
 */
#include "frame.h"
#include "mode.h"

#define SECURITY_WIN32
#include <windows.h>

#include <sspi.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_REFUSED 3
#define TOKEN_MAX 8192
#define TOKEN_ROOM 80           /* more than any signature, and than Wine says of Kerberos's */

static char NTLM[] = "NTLM", KERBEROS[] = "Kerberos", NEGOTIATE[] = "Negotiate";
static char TARGET[] = "HTTP/localhost";

struct peer {
    struct mode mode;
    bool initiator;
    CredHandle credential;
    CtxtHandle context;
    ULONG trailer;              /* cbSecurityTrailer */
    ULONG sent, received;       /* a datagram context's numbers are ours to give */
};

static bool
fail(const char *what, SECURITY_STATUS status)
{
    fprintf(stderr, "peer-windows: %s: 0x%08X\n", what, (unsigned)status);
    return false;
}

static SECURITY_STATUS
step(struct peer *p, bool first, SecBufferDesc *input, SecBufferDesc *output)
{
    TimeStamp expiry;
    ULONG attributes;

    if (!p->initiator)
        return AcceptSecurityContext(&p->credential, first ? NULL : &p->context, input,
                                     mode_requirements(&p->mode, true), SECURITY_NATIVE_DREP,
                                     &p->context, output, &attributes, &expiry);
    return InitializeSecurityContextA(&p->credential, first ? NULL : &p->context, TARGET,
                                      mode_requirements(&p->mode, false), 0, SECURITY_NATIVE_DREP,
                                      first ? NULL : input, 0, &p->context, output, &attributes,
                                      &expiry);
}

/* The whole handshake; the status that ended it. */
static SECURITY_STATUS
shake_hands(struct peer *p)
{
    static BYTE token[TOKEN_MAX], bindings[MODE_BINDINGS_MAX];
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    for (bool first = true; status == SEC_I_CONTINUE_NEEDED; first = false) {
        SecBuffer in[2] = { { 0, SECBUFFER_TOKEN, NULL },
                            { 0, SECBUFFER_CHANNEL_BINDINGS, bindings } };
        SecBuffer out = { TOKEN_MAX, SECBUFFER_TOKEN, token };
        SecBufferDesc input = { SECBUFFER_VERSION, 1, in }, output = { SECBUFFER_VERSION, 1, &out };
        struct frame frame = { 0, NULL };

        if (!(p->initiator && first) && !frame_get(0, &frame))
            return SEC_E_INTERNAL_ERROR;
        in[0] = (SecBuffer){ (ULONG)frame.n, SECBUFFER_TOKEN, frame.bytes };
        if (p->mode.bindings[0] != '\0') {
            in[1].cbBuffer = mode_bindings(&p->mode, bindings);
            input.cBuffers = 2;
        }
        status = step(p, first, &input, &output);
        frame_free(&frame);
        if (status >= 0 && out.cbBuffer > 0 && out.cbBuffer < TOKEN_MAX &&
            !frame_put(1, out.pvBuffer, out.cbBuffer))
            return SEC_E_INTERNAL_ERROR;
    }
    return status;
}

/* The initiator hears, the acceptor says, whether it was a logon. */
static int
verdict(const struct peer *p, SECURITY_STATUS status)
{
    struct frame frame = { 0, NULL };
    int code = 1;

    if (!p->initiator) {
        const char *text = status == SEC_E_OK ? VERDICT_OK : VERDICT_NO;

        return !frame_put(1, text, strlen(text)) ? 1 : status == SEC_E_OK ? 0 : EXIT_REFUSED;
    }
    if (status != SEC_E_OK)
        return EXIT_REFUSED;
    if (frame_get(0, &frame)) {
        fprintf(stderr, "peer-windows: the acceptor says %s\n", (const char *)frame.bytes);
        code = memcmp(frame.bytes, VERDICT_OK, strlen(VERDICT_OK)) == 0 ? 0 : EXIT_REFUSED;
    }
    frame_free(&frame);
    return code;
}

static SECURITY_STATUS
acquire(struct peer *p, char **identity_words)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    TimeStamp expiry;

    char *package = p->mode.spnego ? NEGOTIATE : p->mode.kerberos ? KERBEROS : NTLM;
    bool named = p->initiator && !p->mode.kerberos;

    if (named) {
        identity.Domain = (BYTE *)identity_words[0];
        identity.DomainLength = (ULONG)strlen(identity_words[0]);
        identity.User = (BYTE *)identity_words[1];
        identity.UserLength = (ULONG)strlen(identity_words[1]);
        identity.Password = (BYTE *)identity_words[2];
        identity.PasswordLength = (ULONG)strlen(identity_words[2]);
    }
    return AcquireCredentialsHandleA(
        NULL, package, p->initiator ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
        named ? &identity : NULL, NULL, NULL, &p->credential, &expiry);
}

static bool
send_message(struct peer *p, size_t size, bool sealed)
{
    size_t n = sealed && !p->mode.kerberos ? p->trailer : TOKEN_ROOM;
    size_t text = p->mode.kerberos ? 0 : n, token = p->mode.kerberos ? size : 0;
    uint8_t *bytes = calloc(1, n + size);
    SecBuffer buffers[2] = { { (ULONG)n, SECBUFFER_TOKEN, bytes + token },
                             { (ULONG)size, SECBUFFER_DATA, bytes + text } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status;
    bool put;

    message_fill(bytes + text, size, p->initiator);
    status = sealed ? EncryptMessage(&p->context, 0, &message, p->sent)
                    : MakeSignature(&p->context, 0, &message, p->sent);
    p->sent++;
    put = status == SEC_E_OK &&
          (sealed ? frame_put(1, bytes, buffers[0].cbBuffer + size)
                  : frame_put(1, buffers[0].pvBuffer, buffers[0].cbBuffer));
    free(bytes);
    return put || fail(sealed ? "EncryptMessage" : "MakeSignature", status);
}

/* What came is as it must be; a signed message's text is known to both and not sent. */
static SECURITY_STATUS
open_message(struct peer *p, struct frame *frame, size_t size, bool sealed)
{
    uint8_t *text = malloc(size);
    size_t n = frame->n > size ? frame->n - size : 0;
    size_t start = p->mode.kerberos ? 0 : n, token = p->mode.kerberos ? size : 0;
    SecBuffer buffers[2] = { { (ULONG)n, SECBUFFER_TOKEN, frame->bytes + token },
                             { (ULONG)size, SECBUFFER_DATA, frame->bytes + start } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status;
    ULONG quality = 0;

    if (!sealed) {
        message_fill(text, size, !p->initiator);
        buffers[0] = (SecBuffer){ (ULONG)frame->n, SECBUFFER_TOKEN, frame->bytes };
        buffers[1].pvBuffer = text;
        status = VerifySignature(&p->context, &message, p->received, &quality);
    } else if (n == 0 || (!p->mode.kerberos && n != p->trailer)) {
        status = SEC_E_INVALID_TOKEN;
    } else {
        status = DecryptMessage(&p->context, &message, p->received, &quality);
        if (status == SEC_E_OK &&
            !message_is(buffers[1].pvBuffer, buffers[1].cbBuffer, size, !p->initiator))
            status = SEC_E_DECRYPT_FAILURE;
    }
    p->received++;
    free(text);
    return status;
}

/* twice: it is one that was here before, and must be refused. */
static bool
receive_message(struct peer *p, size_t size, bool sealed, bool twice)
{
    SECURITY_STATUS status = SEC_E_INTERNAL_ERROR;
    struct frame frame;

    if (frame_get(0, &frame))
        status = open_message(p, &frame, size, sealed);
    frame_free(&frame);
    /* Wine has one status for whatever the Unix library finds wrong with a message. */
    if (twice)
        return status == SEC_E_MESSAGE_ALTERED || status == SEC_E_OUT_OF_SEQUENCE ||
               (p->mode.kerberos && status == SEC_E_INVALID_TOKEN) ||
               fail("a message that came twice", status);
    return status == SEC_E_OK || fail(sealed ? "DecryptMessage" : "VerifySignature", status);
}

static bool
send_both(struct peer *p, size_t size)
{
    return (!p->mode.seal || send_message(p, size, true)) && send_message(p, size, false);
}

static bool
receive_both(struct peer *p, size_t size)
{
    return (!p->mode.seal || receive_message(p, size, true, false)) &&
           receive_message(p, size, false, false);
}

/* The order is frame.h's. */
static bool
exchange(struct peer *p)
{
    SecPkgContext_Sizes sizes;
    SECURITY_STATUS status = QueryContextAttributesA(&p->context, SECPKG_ATTR_SIZES, &sizes);

    if (status != SEC_E_OK)
        return fail("SECPKG_ATTR_SIZES", status);
    p->trailer = sizes.cbSecurityTrailer;
    for (const size_t *size = MESSAGE_SIZES; *size != 0; size++) {
        if (p->initiator && !send_both(p, *size))
            return false;
        if (!receive_both(p, *size) || (!p->initiator && !send_both(p, *size)))
            return false;
    }
    return (p->mode.no_replay ||
            receive_message(p, MESSAGE_SIZES[0], p->mode.seal, true)) &&
           send_message(p, MESSAGE_SIZES[0], p->mode.seal);
}

int
main(int argc, char **argv)
{
    struct peer p = { .initiator = argc == 6 && strcmp(argv[2], "initiate") == 0 };
    SECURITY_STATUS status;
    int code;

    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
    if ((!p.initiator && !(argc == 3 && strcmp(argv[2], "accept") == 0)) ||
        !mode_parse(argv[1], &p.mode)) {
        fputs("usage: peer-windows.exe MODE initiate DOMAIN USER PASSWORD | MODE accept\n", stderr);
        return 2;
    }
    status = acquire(&p, argv + 3);
    if (status != SEC_E_OK)
        return fail("AcquireCredentialsHandle", status) ? 0 : 1;
    status = shake_hands(&p);
    if (status != SEC_E_OK)
        fail(p.initiator ? "InitializeSecurityContext" : "AcceptSecurityContext", status);
    code = verdict(&p, status);
    if (code == 0 && p.mode.sign && !exchange(&p))
        code = 1;
    fflush(stdout);
    return code;
}
