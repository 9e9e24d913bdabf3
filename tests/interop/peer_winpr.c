/*
 * peer_winpr: the other end of an interop test on WinPR's SSPI, the one that
 * FreeRDP is built on.
 *
 *     peer-winpr MODE initiate DOMAIN USER PASSWORD      peer-winpr MODE accept PASSWORD
 *
 * MODE is mode.h's. Speaks frames (frame.h) on standard input and output. WinPR's acceptor checks
 * nothing before CompleteAuthToken, and takes the NT hash as an attribute after
 * the first call. Its MakeSignature is left alone: messages are sealed only.
 * Exit status 0: established, and every message was as it must be; 3: refused;
 * 1: anything else.
 */
#include "frame.h"
#include "mode.h"

#include <winpr/ntlm.h>
#include <winpr/sspi.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_REFUSED 3
#define SIGNATURE_SIZE 16
#define TOKEN_MAX 8192          /* WinPR's NTLM allocates no token itself */

static char PACKAGE[] = "NTLM";
static char TARGET[] = "HTTP/localhost";

static SecurityFunctionTableA *sspi;
static BYTE token_bytes[TOKEN_MAX];
static struct mode mode;

/* The token that came, and the bindings where the mode has any. */
static SecBufferDesc
input_of(const struct frame *frame, SecBuffer buffers[2])
{
    static BYTE bindings[MODE_BINDINGS_MAX];

    buffers[0] = (SecBuffer){ (ULONG)frame->n, SECBUFFER_TOKEN, frame->bytes };
    buffers[1] = (SecBuffer){ mode_bindings(&mode, bindings), SECBUFFER_CHANNEL_BINDINGS,
                              bindings };
    return (SecBufferDesc){ SECBUFFER_VERSION, mode.bindings[0] != '\0' ? 2 : 1, buffers };
}

static bool
token_put(SecBuffer *token)
{
    bool put = token->cbBuffer == 0 || frame_put(1, token->pvBuffer, token->cbBuffer);

    *token = (SecBuffer){ TOKEN_MAX, SECBUFFER_TOKEN, token_bytes };
    return put;
}

static int
verdict_get(void)
{
    struct frame frame;
    int status = 1;

    if (frame_get(0, &frame)) {
        fprintf(stderr, "peer-winpr: the acceptor says %s\n", (const char *)frame.bytes);
        status = memcmp(frame.bytes, VERDICT_OK, strlen(VERDICT_OK)) == 0 ? 0 : EXIT_REFUSED;
    }
    frame_free(&frame);
    return status;
}

static int
initiate(char **argv, CtxtHandle *context)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {
        .Domain = (BYTE *)argv[0], .DomainLength = (UINT32)strlen(argv[0]),
        .User = (BYTE *)argv[1], .UserLength = (UINT32)strlen(argv[1]),
        .Password = (BYTE *)argv[2], .PasswordLength = (UINT32)strlen(argv[2]),
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
    SecBuffer in[2], out = { TOKEN_MAX, SECBUFFER_TOKEN, token_bytes };
    SecBufferDesc input, output = { SECBUFFER_VERSION, 1, &out };
    struct frame frame = { 0, NULL };
    CredHandle credential;
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    status = sspi->AcquireCredentialsHandleA(NULL, PACKAGE, SECPKG_CRED_OUTBOUND, NULL, &identity,
                                             NULL, NULL, &credential, &expiry);
    if (status != SEC_E_OK)
        return 1;
    for (bool first = true;; first = false) {
        input = input_of(&frame, in);
        status = sspi->InitializeSecurityContextA(
            &credential, first ? NULL : context, TARGET, mode_requirements(&mode, false), 0,
            SECURITY_NATIVE_DREP, first ? NULL : &input, 0, context, &output, &attributes,
            &expiry);
        frame_free(&frame);
        if (status < 0) {
            fprintf(stderr, "peer-winpr: initiate: 0x%08X\n", (unsigned)status);
            return EXIT_REFUSED;
        }
        /* An acceptor that has refused and gone already left its verdict, which is read below. */
        (void)token_put(&out);
        if (status == SEC_E_OK)
            return verdict_get();
        if (!frame_get(0, &frame))
            return 1;
    }
}

/* The first leg: NEGOTIATE in, CHALLENGE out, and the hash to check against. */
static bool
accept_first(CredHandle *credential, CtxtHandle *context, char *password)
{
    SecPkgContext_AuthNtlmHash hash = { .Version = 1 };
    SecBuffer in[2], out = { TOKEN_MAX, SECBUFFER_TOKEN, token_bytes };
    SecBufferDesc input, output = { SECBUFFER_VERSION, 1, &out };
    struct frame frame;
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    if (!frame_get(0, &frame))
        return false;
    input = input_of(&frame, in);
    status = sspi->AcceptSecurityContext(credential, NULL, &input,
                                         mode_requirements(&mode, true), SECURITY_NATIVE_DREP,
                                         context, &output, &attributes, &expiry);
    frame_free(&frame);
    if (status != SEC_I_CONTINUE_NEEDED || !token_put(&out))
        return false;
    return NTOWFv1A(password, (UINT32)strlen(password), hash.NtlmHash) &&
           sspi->SetContextAttributesA(context, SECPKG_ATTR_AUTH_NTLM_HASH, &hash, sizeof hash) ==
               SEC_E_OK;
}

static int
accept_context(char *password, CtxtHandle *context)
{
    SecBuffer in[2], out = { TOKEN_MAX, SECBUFFER_TOKEN, token_bytes };
    SecBufferDesc input, output = { SECBUFFER_VERSION, 1, &out };
    CredHandle credential;
    struct frame frame;
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    status = sspi->AcquireCredentialsHandleA(NULL, PACKAGE, SECPKG_CRED_INBOUND, NULL, NULL, NULL,
                                             NULL, &credential, &expiry);
    if (status != SEC_E_OK || !accept_first(&credential, context, password))
        return 1;
    if (!frame_get(0, &frame))
        return 1;
    input = input_of(&frame, in);
    status = sspi->AcceptSecurityContext(&credential, context, &input,
                                         mode_requirements(&mode, true), SECURITY_NATIVE_DREP,
                                         context, &output, &attributes, &expiry);
    if (status == SEC_I_COMPLETE_NEEDED)
        status = sspi->CompleteAuthToken(context, &output);
    frame_free(&frame);
    if (status != SEC_E_OK) {
        fprintf(stderr, "peer-winpr: accept: 0x%08X\n", (unsigned)status);
        return frame_put(1, VERDICT_NO, strlen(VERDICT_NO)) ? EXIT_REFUSED : 1;
    }
    return frame_put(1, VERDICT_OK, strlen(VERDICT_OK)) ? 0 : 1;
}

/* A sealed message is the signature, then the sealed bytes. */
static bool
send_sealed(CtxtHandle *context, size_t size, bool initiator, ULONG sequence)
{
    uint8_t *bytes = calloc(1, SIGNATURE_SIZE + size);
    SecBuffer buffers[2] = { { SIGNATURE_SIZE, SECBUFFER_TOKEN, bytes },
                             { (ULONG)size, SECBUFFER_DATA, bytes + SIGNATURE_SIZE } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    bool sent = false;

    if (bytes == NULL)
        return false;
    message_fill(bytes + SIGNATURE_SIZE, size, initiator);
    if (sspi->EncryptMessage(context, 0, &message, sequence) == SEC_E_OK)
        sent = frame_put(1, bytes, SIGNATURE_SIZE + size);
    free(bytes);
    return sent;
}

/* twice: it is one that was here before, and must be refused. */
static bool
receive_sealed(CtxtHandle *context, size_t size, bool from_initiator, ULONG sequence, bool twice)
{
    struct frame frame;
    bool good = false;

    if (frame_get(0, &frame) && frame.n == SIGNATURE_SIZE + size) {
        SecBuffer buffers[2] = { { SIGNATURE_SIZE, SECBUFFER_TOKEN, frame.bytes },
                                 { (ULONG)size, SECBUFFER_DATA, frame.bytes + SIGNATURE_SIZE } };
        SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
        ULONG quality = 0;
        SECURITY_STATUS status = sspi->DecryptMessage(context, &message, sequence, &quality);

        good = status == SEC_E_OK &&
               message_is(buffers[1].pvBuffer, buffers[1].cbBuffer, size, from_initiator);
        if (good == twice)
            fprintf(stderr, "peer-winpr: DecryptMessage: 0x%08X\n", (unsigned)status);
    }
    frame_free(&frame);
    return good != twice;
}

/* The order is frame.h's, without its signed messages. */
static bool
exchange(CtxtHandle *context, bool initiator)
{
    ULONG sequence = 0;

    for (const size_t *size = MESSAGE_SIZES; *size != 0; size++, sequence++) {
        if (initiator && !send_sealed(context, *size, true, sequence))
            return false;
        if (!receive_sealed(context, *size, !initiator, sequence, false))
            return false;
        if (!initiator && !send_sealed(context, *size, false, sequence))
            return false;
    }
    if (!mode.no_replay && !receive_sealed(context, MESSAGE_SIZES[0], !initiator, sequence, true))
        return false;
    return send_sealed(context, MESSAGE_SIZES[0], initiator, sequence);
}

int
main(int argc, char **argv)
{
    CtxtHandle context = { 0 };
    bool initiator = argc == 6 && strcmp(argv[2], "initiate") == 0;
    int status;

    sspi = InitSecurityInterfaceExA(0);
    if (sspi == NULL || (!initiator && !(argc == 4 && strcmp(argv[2], "accept") == 0)) ||
        !mode_parse(argv[1], &mode)) {
        fputs("usage: peer-winpr MODE initiate DOMAIN USER PASSWORD | MODE accept PASSWORD\n",
              stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    status = initiator ? initiate(argv + 3, &context) : accept_context(argv[3], &context);
    if (status == 0 && mode.seal && !exchange(&context, initiator))
        status = 1;
    sspi->DeleteSecurityContext(&context);
    return status;
}
