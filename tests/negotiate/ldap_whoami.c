/*
 * ldap-whoami: a client of an LDAP server that logs on with SASL's GSS-SPNEGO by libsspi, and
 * asks who it is (RFC 4511, RFC 4532). What is signed or sealed afterwards goes in SASL's frames
 * (RFC 4422 3.7), each of which is one message of the package.
 *
 *     ldap-whoami PORT seal|sign|plain CHOSEN DOMAIN USER PASSWORD
 *
 * CHOSEN is the package that Negotiate must have chosen. Prints the server's answer. Exit status
 * 0: it gave one; 3: it refused the logon; 1: anything else.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include "asn1/der.h"
#include "interop/frame.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXIT_REFUSED 3
#define PDU_MAX 65536
#define LEGS_MAX 8

/* RFC 4511 4.2, 4.12 and appendix B. */
#define LDAP_BIND_REQUEST DER_APPLICATION(0u)
#define LDAP_BIND_RESPONSE DER_APPLICATION(1u)
#define LDAP_EXTENDED_REQUEST DER_APPLICATION(23u)
#define LDAP_EXTENDED_RESPONSE DER_APPLICATION(24u)
#define LDAP_PRIMITIVE(number) (0x80u | (number))
#define LDAP_SUCCESS 0u
#define LDAP_BIND_IN_PROGRESS 14u

struct session {
    int fd;
    uint32_t number;            /* of the last request */
    CredHandle credential;
    CtxtHandle context;
    bool seal, layer;           /* seal or sign; whether there is a layer at all */
    bool stream;                /* Kerberos's messages are cut at other places than NTLM's */
    SecPkgContext_Sizes sizes;
    uint8_t pdu[PDU_MAX];       /* the last answer */
};

static bool
fail(const char *what, long status)
{
    fprintf(stderr, "ldap-whoami: %s: 0x%08lX\n", what, (unsigned long)status & 0xFFFFFFFFul);
    return false;
}

/* ---- messages ---------------------------------------------------------------- */

static struct view
text(const char *s)
{
    return view_of(s, strlen(s));
}

static bool
plain_put(struct session *s, struct view pdu)
{
    return send(s->fd, pdu.p, pdu.n, MSG_NOSIGNAL) == (ssize_t)pdu.n;
}

/* TOKEN || DATA is GSS-API's message, which SASL frames. */
static bool
wrapped_put(struct session *s, struct view pdu)
{
    size_t head = s->sizes.cbSecurityTrailer;
    uint8_t *bytes = calloc(1, head + pdu.n);
    SecBuffer buffers[2] = { { (ULONG)head, SECBUFFER_TOKEN, bytes },
                             { (ULONG)pdu.n, SECBUFFER_DATA, bytes + head } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status;
    bool put;

    memcpy(bytes + head, pdu.p, pdu.n);
    status = EncryptMessage(&s->context, s->seal ? 0 : SECQOP_WRAP_NO_ENCRYPT, &message, 0);
    if (status != SEC_E_OK)
        fail("EncryptMessage", status);
    /* A signature may be shorter than the room for one. */
    memmove(bytes + buffers[0].cbBuffer, bytes + head, pdu.n);
    put = status == SEC_E_OK && frame_put(s->fd, bytes, buffers[0].cbBuffer + pdu.n);
    free(bytes);
    return put;
}

static bool
receive(struct session *s, size_t at, size_t n)
{
    return at + n <= PDU_MAX && recv(s->fd, s->pdu + at, n, MSG_WAITALL) == (ssize_t)n;
}

/* An LDAPMessage says its own length. */
static struct view
plain_get(struct session *s)
{
    size_t head = 2, n = 0;

    if (!receive(s, 0, head))
        return view_of(NULL, 0);
    if (s->pdu[1] >= 0x80) {
        head += s->pdu[1] & 7u;
        if (!receive(s, 2, head - 2))
            return view_of(NULL, 0);
        for (size_t i = 2; i < head; i++)
            n = n << 8 | s->pdu[i];
    } else {
        n = s->pdu[1];
    }
    return receive(s, head, n) ? view_of(s->pdu, head + n) : view_of(NULL, 0);
}

static struct view
wrapped_get(struct session *s)
{
    size_t head = s->sizes.cbSecurityTrailer;
    struct frame frame;
    SecBuffer buffers[2];
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;
    ULONG quality = 0;

    if (!frame_get(s->fd, &frame))
        return view_of(NULL, 0);
    if (s->stream) {
        buffers[0] = (SecBuffer){ (ULONG)frame.n, SECBUFFER_STREAM, frame.bytes };
        buffers[1] = (SecBuffer){ 0, SECBUFFER_DATA, NULL };
    } else if (frame.n > head) {
        buffers[0] = (SecBuffer){ (ULONG)head, SECBUFFER_TOKEN, frame.bytes };
        buffers[1] = (SecBuffer){ (ULONG)(frame.n - head), SECBUFFER_DATA, frame.bytes + head };
    }
    if (frame.n > head && frame.n <= PDU_MAX)
        status = DecryptMessage(&s->context, &message, 0, &quality);
    if (status != SEC_E_OK) {
        fail("DecryptMessage", status);
        buffers[1].cbBuffer = 0;
    } else {
        memcpy(s->pdu, buffers[1].pvBuffer, buffers[1].cbBuffer);
    }
    frame_free(&frame);
    return view_of(s->pdu, buffers[1].cbBuffer);
}

/* ---- LDAP ---------------------------------------------------------------------- */

struct answer {
    uint32_t code;
    struct view text, value;    /* the diagnostic message; what came with the answer */
};

/* LDAPResult, and the one field of those behind it that we know. */
static bool
answer_read(struct session *s, struct view pdu, uint8_t tag, uint8_t value_tag, struct answer *out)
{
    struct rd r = rd_init(pdu), message = der_get_begin(&r, DER_SEQUENCE), body;

    *out = (struct answer){ 0 };
    if (der_get_u32(&message) != s->number)
        rd_fail(&message);
    body = der_get_begin(&message, tag);
    out->code = der_get_enumerated(&body);
    (void)der_get_view(&body, DER_OCTET_STRING);
    out->text = der_get_view(&body, DER_OCTET_STRING);
    while (rd_left(&body) > 0) {
        if (der_is_next(&body, value_tag))
            out->value = der_get_view(&body, value_tag);
        else
            (void)der_get_element(&body);
    }
    return pdu.n > 0 && rd_end(&body, -1) == 0 && rd_end(&message, -1) == 0 ? true
           : fail("not an answer, of octets", (long)pdu.n);
}

static bool
bind_leg(struct session *s, struct view token, struct answer *out)
{
    uint8_t room[PDU_MAX];
    struct wr w = wr_init(room, sizeof room);
    size_t message = der_put_begin(&w, DER_SEQUENCE), request, sasl;

    der_put_u32(&w, ++s->number);
    request = der_put_begin(&w, LDAP_BIND_REQUEST);
    der_put_u32(&w, 3);
    der_put_view(&w, DER_OCTET_STRING, text(""));
    sasl = der_put_begin(&w, DER_CONTEXT(3u));
    der_put_view(&w, DER_OCTET_STRING, text("GSS-SPNEGO"));
    der_put_view(&w, DER_OCTET_STRING, token);
    der_put_end(&w, sasl);
    der_put_end(&w, request);
    der_put_end(&w, message);
    return !w.failed && plain_put(s, wr_written(&w)) &&
           answer_read(s, plain_get(s), LDAP_BIND_RESPONSE, LDAP_PRIMITIVE(7u), out);
}

static bool
whoami(struct session *s)
{
    uint8_t room[128];
    struct wr w = wr_init(room, sizeof room);
    size_t message = der_put_begin(&w, DER_SEQUENCE), request;
    struct answer answer;
    struct view pdu;

    der_put_u32(&w, ++s->number);
    request = der_put_begin(&w, LDAP_EXTENDED_REQUEST);
    der_put_view(&w, LDAP_PRIMITIVE(0u), text("1.3.6.1.4.1.4203.1.11.3"));
    der_put_end(&w, request);
    der_put_end(&w, message);
    if (!(s->layer ? wrapped_put(s, wr_written(&w)) : plain_put(s, wr_written(&w))))
        return false;
    pdu = s->layer ? wrapped_get(s) : plain_get(s);
    if (!answer_read(s, pdu, LDAP_EXTENDED_RESPONSE, LDAP_PRIMITIVE(11u), &answer) ||
        answer.code != LDAP_SUCCESS)
        return false;
    printf("%.*s\n", (int)answer.value.n, (const char *)answer.value.p);
    return true;
}

/* ---- the logon ------------------------------------------------------------------ */

static SECURITY_STATUS
step(struct session *s, bool first, struct view token, SecBuffer *out)
{
    static char TARGET[] = "ldap/localhost";
    const ULONG wanted = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_MUTUAL_AUTH |
                         (s->layer ? ISC_REQ_INTEGRITY | ISC_REQ_SEQUENCE_DETECT
                                   : ISC_REQ_NO_INTEGRITY) |
                         (s->seal ? ISC_REQ_CONFIDENTIALITY : 0);
    uint8_t copy[PDU_MAX];
    SecBuffer in = { (ULONG)token.n, SECBUFFER_TOKEN, copy };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, out };
    TimeStamp expiry;
    ULONG attributes;

    if (token.n > 0)
        memcpy(copy, token.p, token.n);
    return InitializeSecurityContextA(&s->credential, first ? NULL : &s->context, TARGET, wanted,
                                      0, SECURITY_NATIVE_DREP, first ? NULL : &input, 0,
                                      &s->context, &output, &attributes, &expiry);
}

/* Both ends are through, or the server has said no: *code is its last word. */
static bool
log_on(struct session *s, uint32_t *code)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    struct answer answer = { .code = LDAP_BIND_IN_PROGRESS };

    for (int leg = 0; leg < LEGS_MAX; leg++) {
        SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
        bool bound = true;

        if (status == SEC_I_CONTINUE_NEEDED)
            status = step(s, leg == 0, answer.value, &out);
        if (status < 0)
            return fail("InitializeSecurityContext", status);
        if (answer.code == LDAP_BIND_IN_PROGRESS)
            bound = bind_leg(s, view_of(out.pvBuffer, out.cbBuffer), &answer);
        if (out.pvBuffer != NULL)
            FreeContextBuffer(out.pvBuffer);
        *code = answer.code;
        if (!bound || (answer.code == LDAP_SUCCESS && status == SEC_E_OK))
            return bound;
        if (answer.code != LDAP_SUCCESS && answer.code != LDAP_BIND_IN_PROGRESS) {
            fprintf(stderr, "ldap-whoami: result %u: %.*s\n", answer.code, (int)answer.text.n,
                    (const char *)answer.text.p);
            return true;
        }
    }
    return fail("legs", LEGS_MAX);
}

static bool
chosen_is(struct session *s, const char *package)
{
    SecPkgContext_NegotiationInfoA info = { NULL, 0 };
    bool right;

    if (QueryContextAttributesA(&s->context, SECPKG_ATTR_NEGOTIATION_INFO, &info) != SEC_E_OK ||
        QueryContextAttributesA(&s->context, SECPKG_ATTR_SIZES, &s->sizes) != SEC_E_OK)
        return false;
    fprintf(stderr, "ldap-whoami: by %s\n", info.PackageInfo->Name);
    right = strcmp(info.PackageInfo->Name, package) == 0;
    FreeContextBuffer(info.PackageInfo);
    return right;
}

static bool
session_open(struct session *s, char **argv)
{
    static char PACKAGE[] = "Negotiate";
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(argv[1])),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    SEC_WINNT_AUTH_IDENTITY_A identity = {
        .Domain = (unsigned char *)argv[4], .DomainLength = (ULONG)strlen(argv[4]),
        .User = (unsigned char *)argv[5], .UserLength = (ULONG)strlen(argv[5]),
        .Password = (unsigned char *)argv[6], .PasswordLength = (ULONG)strlen(argv[6]),
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
    TimeStamp expiry;

    s->seal = strcmp(argv[2], "seal") == 0;
    s->layer = strcmp(argv[2], "plain") != 0;
    s->stream = strcmp(argv[3], "Kerberos") == 0;
    SecInvalidateHandle(&s->context);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(s->fd, (struct sockaddr *)&to, sizeof to) == 0 &&
           AcquireCredentialsHandleA(NULL, PACKAGE, SECPKG_CRED_OUTBOUND, NULL, &identity, NULL,
                                     NULL, &s->credential, &expiry) == SEC_E_OK;
}

int
main(int argc, char **argv)
{
    static struct session s;
    uint32_t code = LDAP_BIND_IN_PROGRESS;
    int status = 1;

    if (argc != 7) {
        fputs("usage: ldap-whoami PORT seal|sign|plain CHOSEN DOMAIN USER PASSWORD\n", stderr);
        return 2;
    }
    if (!session_open(&s, argv)) {
        fputs("ldap-whoami: no connection, or no credential\n", stderr);
        return 1;
    }
    if (log_on(&s, &code) && code != LDAP_SUCCESS)
        status = EXIT_REFUSED;
    else if (code == LDAP_SUCCESS && chosen_is(&s, argv[3]) && whoami(&s))
        status = 0;
    if (SecIsValidHandle(&s.context))
        DeleteSecurityContext(&s.context);
    FreeCredentialsHandle(&s.credential);
    close(s.fd);
    return status;
}
