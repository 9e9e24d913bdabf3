/*
 * prefork-serve: the conversation of the example, as `sspi initiate` speaks it
 * (sspi(1), "On the wire"): frames of a length and so many bytes; tokens, an
 * empty frame that says "accepted", then a signed and a sealed message each way.
 *
 * The front process checks the client's signed message; the sealed one comes
 * after it in sequence, and is the worker's. It can only be opened where the
 * sequence numbers and the key stream stand where the front process left them.
 */
#include "prefork.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_MAX 65536
#define TRAILER_MAX 256

static char signed_text[] = "signed by the acceptor";
static char sealed_text[] = "sealed by the acceptor";

/* ---- frames ------------------------------------------------------------ */

static bool
bytes_get(int fd, void *out, size_t n)
{
    uint8_t *p = out;

    while (n > 0) {
        ssize_t got = recv(fd, p, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool
bytes_put(int fd, const void *in, size_t n)
{
    const uint8_t *p = in;

    while (n > 0) {
        ssize_t put = send(fd, p, n, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
    }
    return true;
}

/* Into a block of FRAME_MAX bytes. */
static bool
frame_get(int fd, uint8_t *frame, size_t *n)
{
    uint32_t length;

    if (!bytes_get(fd, &length, sizeof length))
        return false;
    *n = ntohl(length);
    return *n <= FRAME_MAX && bytes_get(fd, frame, *n);
}

static bool
frame_put(int fd, const void *p, size_t n)
{
    uint32_t length = htonl((uint32_t)n);

    return bytes_put(fd, &length, sizeof length) && bytes_put(fd, p, n);
}

/* ---- messages ---------------------------------------------------------- */

static bool
failed(const char *what, SECURITY_STATUS status)
{
    if (status == SEC_E_OK)
        return false;
    fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)status);
    return true;
}

/* A message is a frame: the length of the trailer, the trailer, the data. */
static bool
message_get(PCtxtHandle context, int fd, bool sealed, uint8_t *frame, SecBuffer *text)
{
    uint32_t trailer;
    size_t n;
    SecBuffer b[2];
    SecBufferDesc desc = { SECBUFFER_VERSION, 2, b };

    if (!frame_get(fd, frame, &n) || n < sizeof trailer)
        return false;
    memcpy(&trailer, frame, sizeof trailer);
    trailer = ntohl(trailer);
    n -= sizeof trailer;
    if (trailer > n)
        return false;
    b[0] = (SecBuffer){ trailer, SECBUFFER_TOKEN, frame + sizeof trailer };
    b[1] = (SecBuffer){ (ULONG)(n - trailer), SECBUFFER_DATA, frame + sizeof trailer + trailer };
    if (failed(sealed ? "DecryptMessage" : "VerifySignature",
               sealed ? DecryptMessage(context, &desc, 0, NULL)
                      : VerifySignature(context, &desc, 0, NULL)))
        return false;
    printf("%ld: \"%.*s\"\n", (long)getpid(), (int)b[1].cbBuffer, (const char *)b[1].pvBuffer);
    *text = b[1];
    return true;
}

static bool
message_put(PCtxtHandle context, int fd, bool sealed, const char *text)
{
    uint8_t frame[sizeof(uint32_t) + TRAILER_MAX + sizeof sealed_text], data[sizeof sealed_text];
    SecPkgContext_Sizes sizes;
    SecBuffer b[2] = { { 0, SECBUFFER_TOKEN, frame + sizeof(uint32_t) },
                       { (ULONG)strlen(text), SECBUFFER_DATA, data } };
    SecBufferDesc desc = { SECBUFFER_VERSION, 2, b };
    uint32_t trailer;

    memcpy(data, text, strlen(text));
    if (failed("QueryContextAttributes", QueryContextAttributes(context, SECPKG_ATTR_SIZES,
                                                                &sizes)))
        return false;
    b[0].cbBuffer = sealed ? sizes.cbSecurityTrailer : sizes.cbMaxSignature;
    if (b[0].cbBuffer > TRAILER_MAX)
        return false;
    if (failed(sealed ? "EncryptMessage" : "MakeSignature",
               sealed ? EncryptMessage(context, 0, &desc, 0)
                      : MakeSignature(context, 0, &desc, 0)))
        return false;
    trailer = htonl(b[0].cbBuffer);
    memcpy(frame, &trailer, sizeof trailer);
    memcpy(frame + sizeof trailer + b[0].cbBuffer, data, b[1].cbBuffer);
    return frame_put(fd, frame, sizeof trailer + b[0].cbBuffer + b[1].cbBuffer);
}

/* ---- the two conversations ---------------------------------------------- */

/* One leg; the reply, if there is one, is sent. */
static SECURITY_STATUS
leg(PCredHandle credential, int client, PCtxtHandle context, bool first, uint8_t *frame, size_t n)
{
    SecBuffer in = { (ULONG)n, SECBUFFER_TOKEN, frame }, out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc ins = { SECBUFFER_VERSION, 1, &in }, outs = { SECBUFFER_VERSION, 1, &out };
    ULONG attributes;
    SECURITY_STATUS status = AcceptSecurityContext(
        credential, first ? NULL : context, &ins,
        ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY,
        SECURITY_NETWORK_DREP, context, &outs, &attributes, NULL);

    if (status >= 0 && out.cbBuffer > 0 && !frame_put(client, out.pvBuffer, out.cbBuffer))
        status = SEC_E_INTERNAL_ERROR;
    FreeContextBuffer(out.pvBuffer);
    return status;
}

static bool
handshake(PCredHandle credential, int client, PCtxtHandle context, uint8_t *frame)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    size_t n;

    SecInvalidateHandle(context);
    while (status == SEC_I_CONTINUE_NEEDED && frame_get(client, frame, &n))
        status = leg(credential, client, context, !SecIsValidHandle(context), frame, n);
    if (status != SEC_I_CONTINUE_NEEDED)
        failed("AcceptSecurityContext", status);
    return status == SEC_E_OK;
}

bool
front_accept(PCredHandle credential, int client, PCtxtHandle context)
{
    uint8_t *frame = malloc(FRAME_MAX);
    SecBuffer text;
    bool good = frame != NULL && handshake(credential, client, context, frame)
                && frame_put(client, "", 0) && message_get(context, client, false, frame, &text);

    free(frame);
    if (!good && frame != NULL && SecIsValidHandle(context))
        DeleteSecurityContext(context);
    return good;
}

/* A file that is the client's: whether he may make it is the kernel's to say. */
static void
text_keep(PCtxtHandle context, const char *spool, const SecBuffer *text)
{
    static unsigned count;
    char path[PATH_MAX];
    int fd = -1;

    (void)snprintf(path, sizeof path, "%s/%ld-%u", spool, (long)getpid(), count++);
    if (failed("ImpersonateSecurityContext", ImpersonateSecurityContext(context)))
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    /* A worker that stays this client would serve the next one with this one's rights. */
    if (failed("RevertSecurityContext", RevertSecurityContext(context)))
        abort();
    if (fd < 0 || write(fd, text->pvBuffer, text->cbBuffer) != (ssize_t)text->cbBuffer)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

void
worker_serve(PCtxtHandle context, int client, const char *spool)
{
    uint8_t *frame = malloc(FRAME_MAX);
    SecPkgContext_NamesA names;
    SecBuffer text;

    if (!failed("QueryContextAttributes", QueryContextAttributesA(context, SECPKG_ATTR_NAMES,
                                                                  &names))) {
        printf("%ld: serves %s\n", (long)getpid(), names.sUserName);
        FreeContextBuffer(names.sUserName);
    }
    if (frame != NULL && message_get(context, client, true, frame, &text)) {
        if (spool != NULL)
            text_keep(context, spool, &text);
        if (message_put(context, client, false, signed_text))
            (void)message_put(context, client, true, sealed_text);
    }
    free(frame);
    fflush(stdout);
}
