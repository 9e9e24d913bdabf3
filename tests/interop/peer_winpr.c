/*
 * peer_winpr: the other end of an interop test on WinPR's SSPI, the one that
 * FreeRDP is built on.
 *
 *     peer-winpr initiate DOMAIN USER PASSWORD      peer-winpr accept PASSWORD
 *
 * Speaks frames (frame.h) on standard input and output. WinPR's acceptor checks
 * nothing before CompleteAuthToken, and takes the NT hash as an attribute after
 * the first call. Its MakeSignature is left alone: messages are sealed only.
 * Exit status 0: established, and every message was as it must be; 3: refused;
 * 1: anything else.
 */
#include "frame.h"

#include <winpr/ntlm.h>
#include <winpr/sspi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_REFUSED 3
#define SIGNATURE_SIZE 16
#define TOKEN_MAX 8192          /* WinPR's NTLM allocates no token itself */
#define ISC_WANTED \
    (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | \
     ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)
#define ASC_WANTED \
    (ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY | \
     ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT)

static char PACKAGE[] = "NTLM";
static char TARGET[] = "HTTP/localhost";

static SecurityFunctionTableA *sspi;
static BYTE token_bytes[TOKEN_MAX];

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
    SecBuffer in = { 0, SECBUFFER_TOKEN, NULL };
    SecBuffer out = { TOKEN_MAX, SECBUFFER_TOKEN, token_bytes };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
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
        status = sspi->InitializeSecurityContextA(
            &credential, first ? NULL : context, TARGET, ISC_WANTED, 0, SECURITY_NATIVE_DREP,
            first ? NULL : &input, 0, context, &output, &attributes, &expiry);
        frame_free(&frame);
        if (status < 0 || !token_put(&out)) {
            fprintf(stderr, "peer-winpr: initiate: 0x%08X\n", (unsigned)status);
            return EXIT_REFUSED;
        }
        if (status == SEC_E_OK)
            return verdict_get();
        if (!frame_get(0, &frame))
            return 1;
        in = (SecBuffer){ (ULONG)frame.n, SECBUFFER_TOKEN, frame.bytes };
    }
}

/* The first leg: NEGOTIATE in, CHALLENGE out, and the hash to check against. */
static bool
accept_first(CredHandle *credential, CtxtHandle *context, char *password)
{
    SecPkgContext_AuthNtlmHash hash = { .Version = 1 };
    SecBuffer in, out = { TOKEN_MAX, SECBUFFER_TOKEN, token_bytes };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
    struct frame frame;
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    if (!frame_get(0, &frame))
        return false;
    in = (SecBuffer){ (ULONG)frame.n, SECBUFFER_TOKEN, frame.bytes };
    status = sspi->AcceptSecurityContext(credential, NULL, &input, ASC_WANTED, SECURITY_NATIVE_DREP,
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
    SecBuffer in, out = { TOKEN_MAX, SECBUFFER_TOKEN, token_bytes };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
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
    in = (SecBuffer){ (ULONG)frame.n, SECBUFFER_TOKEN, frame.bytes };
    status = sspi->AcceptSecurityContext(&credential, context, &input, ASC_WANTED,
                                         SECURITY_NATIVE_DREP, context, &output, &attributes,
                                         &expiry);
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

static bool
receive_sealed(CtxtHandle *context, size_t size, bool from_initiator, ULONG sequence)
{
    struct frame frame;
    bool good = false;

    if (frame_get(0, &frame) && frame.n == SIGNATURE_SIZE + size) {
        SecBuffer buffers[2] = { { SIGNATURE_SIZE, SECBUFFER_TOKEN, frame.bytes },
                                 { (ULONG)size, SECBUFFER_DATA, frame.bytes + SIGNATURE_SIZE } };
        SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
        ULONG quality = 0;
        SECURITY_STATUS status = sspi->DecryptMessage(context, &message, sequence, &quality);

        if (status != SEC_E_OK)
            fprintf(stderr, "peer-winpr: DecryptMessage: 0x%08X\n", (unsigned)status);
        good = status == SEC_E_OK &&
               message_is(buffers[1].pvBuffer, buffers[1].cbBuffer, size, from_initiator);
    }
    frame_free(&frame);
    return good;
}

static bool
exchange(CtxtHandle *context, bool initiator)
{
    ULONG sequence = 0;

    for (const size_t *size = MESSAGE_SIZES; *size != 0; size++, sequence++) {
        if (initiator && !send_sealed(context, *size, true, sequence))
            return false;
        if (!receive_sealed(context, *size, !initiator, sequence))
            return false;
        if (!initiator && !send_sealed(context, *size, false, sequence))
            return false;
    }
    /* One more, for the other end to spoil and refuse. */
    return send_sealed(context, MESSAGE_SIZES[0], initiator, sequence);
}

int
main(int argc, char **argv)
{
    CtxtHandle context = { 0 };
    bool initiator = argc == 5 && strcmp(argv[1], "initiate") == 0;
    int status;

    sspi = InitSecurityInterfaceExA(0);
    if (sspi == NULL || (!initiator && !(argc == 3 && strcmp(argv[1], "accept") == 0))) {
        fputs("usage: peer-winpr initiate DOMAIN USER PASSWORD | accept PASSWORD\n", stderr);
        return 2;
    }
    status = initiator ? initiate(argv + 2, &context) : accept_context(argv[2], &context);
    if (status == 0 && !exchange(&context, initiator))
        status = 1;
    sspi->DeleteSecurityContext(&context);
    return status;
}
