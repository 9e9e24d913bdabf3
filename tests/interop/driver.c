/*
 * interop-driver: our end of an interop test, an ordinary application on
 * libsspi, against a real peer that it starts.
 *
 *     interop-driver accept   [OPTION]... -- PEER [ARGUMENT]...
 *     interop-driver initiate [OPTION]... -- PEER [ARGUMENT]...
 *
 *     --mode MODE      mode.h's words; "seal" when there is none
 *     --user U --domain D --password P    whom we initiate as
 *     --principal P    whom we initiate as, by the keytab of our service
 *     --name D\U       whom we must have accepted (without regard to case)
 *     --ntlm-auth      the peer speaks ntlm_auth's lines; its session key is compared with ours
 *     --no-signed      messages are sealed only
 *     --denied         this handshake must be refused, by the acceptor, as a wrong password is
 *     --chosen PACKAGE what SECPKG_ATTR_NEGOTIATION_INFO must say
 *     --expect STATUS  it must end so at our end (a number); nobody is known then
 *     --key-bits N     what SECPKG_ATTR_KEY_INFO must say
 *
 * Exit status 0: everything was as it must be.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include "link.h"
#include "mode.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What no package says: there is no token any more. */
#define LINE_ENDED SEC_E_CANNOT_INSTALL
#define PEER_REFUSED 3          /* a peer's exit status when the handshake was refused */

struct plan {
    bool initiator;
    enum link_dialect dialect;
    bool signed_too;
    bool denied;
    SECURITY_STATUS expected;   /* SEC_E_OK: nothing else than the rest of the plan says */
    ULONG key_bits;             /* 0: any */
    struct mode mode;
    char *user, *domain, *password, *name, *principal, *chosen;
};

struct session {
    CtxtHandle context;
    SecPkgContext_Sizes sizes;
    bool initiator, stream;
    ULONG sent, received;       /* a datagram context's numbers are the application's to give */
    struct frame last;          /* of the peer's messages */
    struct frame repeated;      /* of ours */
    struct link link;
};

static char NTLM[] = "NTLM", KERBEROS[] = "Kerberos", NEGOTIATE[] = "Negotiate";

static bool
fail(const char *what, SECURITY_STATUS status)
{
    fprintf(stderr, "interop: %s: 0x%08X\n", what, (unsigned)status);
    return false;
}

static SECURITY_STATUS
step(const struct plan *p, struct session *s, CredHandle *credential, bool first, SecBuffer in[2],
     SecBuffer *out)
{
    SecBufferDesc input = { SECBUFFER_VERSION, in[1].cbBuffer > 0 ? 2 : 1, in };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, out };
    bool nothing = p->initiator && first && in[1].cbBuffer == 0;
    char target[sizeof p->mode.host + sizeof "HTTP/"];
    TimeStamp expiry;
    ULONG attributes;

    if (!p->initiator)
        return AcceptSecurityContext(credential, first ? NULL : &s->context, &input,
                                     ASC_REQ_ALLOCATE_MEMORY | mode_requirements(&p->mode, true),
                                     SECURITY_NATIVE_DREP, &s->context, &output, &attributes,
                                     &expiry);
    snprintf(target, sizeof target, "HTTP/%s", p->mode.host);
    return InitializeSecurityContextA(credential, first ? NULL : &s->context, target,
                                      ISC_REQ_ALLOCATE_MEMORY | mode_requirements(&p->mode, false),
                                      0, SECURITY_NATIVE_DREP, nothing ? NULL : &input, 0,
                                      &s->context, &output, &attributes, &expiry);
}

/* The whole handshake; the status that ended it. */
static SECURITY_STATUS
shake_hands(const struct plan *p, struct session *s, CredHandle *credential)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    uint8_t bindings[MODE_BINDINGS_MAX];

    for (bool first = true; status == SEC_I_CONTINUE_NEEDED; first = false) {
        SecBuffer in[2] = { { 0, SECBUFFER_TOKEN, NULL },
                            { 0, SECBUFFER_CHANNEL_BINDINGS, bindings } };
        SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
        struct frame frame = { 0, NULL };

        if (!(first && (p->initiator || p->mode.server_first)) &&
            !link_token_get(&s->link, &frame))
            return LINE_ENDED;
        in[0] = (SecBuffer){ (ULONG)frame.n, SECBUFFER_TOKEN, frame.bytes };
        if (p->mode.bindings[0] != '\0')
            in[1].cbBuffer = mode_bindings(&p->mode, bindings);
        status = step(p, s, credential, first, in, &out);
        frame_free(&frame);
        /* The acceptor of a datagram speaks first; an empty frame says that it may. */
        if (status >= 0 && (out.cbBuffer > 0 || (p->mode.datagram && p->initiator && first)) &&
            !link_token_put(&s->link, out.pvBuffer, out.cbBuffer, status == SEC_E_OK))
            return LINE_ENDED;
        if (out.pvBuffer != NULL)
            FreeContextBuffer(out.pvBuffer);
    }
    return status;
}

static char *
package(const struct mode *m)
{
    return m->spnego ? NEGOTIATE : m->kerberos ? KERBEROS : NTLM;
}

static SECURITY_STATUS
establish(const struct plan *p, struct session *s)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    CredHandle credential;
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (p->user != NULL) {
        identity.User = (unsigned char *)p->user;
        identity.UserLength = (ULONG)strlen(p->user);
        identity.Domain = (unsigned char *)p->domain;
        identity.DomainLength = (ULONG)strlen(p->domain);
        identity.Password = (unsigned char *)p->password;
        identity.PasswordLength = (ULONG)strlen(p->password);
    }
    status = AcquireCredentialsHandleA(p->principal, package(&p->mode),
                                       p->initiator ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND,
                                       NULL, p->user != NULL ? &identity : NULL, NULL, NULL,
                                       &credential, &expiry);
    if (status != SEC_E_OK)
        return status;
    status = shake_hands(p, s, &credential);
    FreeCredentialsHandle(&credential);
    return status;
}

/* A frame that is kept for later, instead of the one before. */
static void
keep(struct frame *kept, const void *bytes, size_t n)
{
    frame_free(kept);
    *kept = (struct frame){ n, malloc(n) };
    memcpy(kept->bytes, bytes, n);
}

/* TOKEN || DATA in one block, as the peers have it. */
static bool
sealed_put(struct session *s, size_t size)
{
    size_t head = s->sizes.cbSecurityTrailer;
    uint8_t *bytes = calloc(1, head + size);
    SecBuffer buffers[2] = { { (ULONG)head, SECBUFFER_TOKEN, bytes },
                             { (ULONG)size, SECBUFFER_DATA, bytes + head } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status;
    bool put;

    message_fill(bytes + head, size, s->initiator);
    status = EncryptMessage(&s->context, 0, &message, s->sent++);
    /* One byte may be sealed to itself: every 256th key stream has a zero there. */
    put = status == SEC_E_OK &&
          (size == 1 || !message_is(bytes + head, size, size, s->initiator)) &&
          frame_put(s->link.fd, bytes, head + size);
    if (size == MESSAGE_SIZES[0])
        keep(&s->repeated, bytes, head + size);
    free(bytes);
    return put || fail("EncryptMessage", status);
}

/* The text is a copy: the frame stays what it was. */
static SECURITY_STATUS
sealed_open(struct session *s, const struct frame *frame, size_t size)
{
    size_t head = s->sizes.cbSecurityTrailer;
    uint8_t *copy = malloc(head + size);
    SecBuffer buffers[2] = { { (ULONG)head, SECBUFFER_TOKEN, copy },
                             { (ULONG)size, SECBUFFER_DATA, copy + head } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;
    ULONG quality = 0;

    /* GSS-API's are in one piece, which only Kerberos cuts at other places. */
    if (s->stream) {
        buffers[0] = (SecBuffer){ (ULONG)frame->n, SECBUFFER_STREAM, copy };
        buffers[1] = (SecBuffer){ 0, SECBUFFER_DATA, NULL };
    }
    if (frame->n == head + size) {
        memcpy(copy, frame->bytes, frame->n);
        status = DecryptMessage(&s->context, &message, s->received++, &quality);
    }
    if (status == SEC_E_OK &&
        !message_is(buffers[1].pvBuffer, buffers[1].cbBuffer, size, !s->initiator))
        status = SEC_E_DECRYPT_FAILURE;
    free(copy);
    return status;
}

static bool
signed_put(struct session *s, size_t size)
{
    uint8_t mic[64], *bytes = malloc(size);
    SecBuffer buffers[2] = { { (ULONG)size, SECBUFFER_DATA, bytes },
                             { sizeof mic, SECBUFFER_TOKEN, mic } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status;
    bool put;

    message_fill(bytes, size, s->initiator);
    status = MakeSignature(&s->context, 0, &message, s->sent++);
    put = status == SEC_E_OK && frame_put(s->link.fd, mic, buffers[1].cbBuffer);
    if (size == MESSAGE_SIZES[0] && s->repeated.n == 0)
        keep(&s->repeated, mic, buffers[1].cbBuffer);
    free(bytes);
    return put || fail("MakeSignature", status);
}

/* The message is known to both: what came is its signature. */
static SECURITY_STATUS
signed_open(struct session *s, const struct frame *frame, size_t size)
{
    uint8_t *bytes = malloc(size);
    SecBuffer buffers[2] = { { (ULONG)size, SECBUFFER_DATA, bytes },
                             { (ULONG)frame->n, SECBUFFER_TOKEN, frame->bytes } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status;
    ULONG quality = 0;

    message_fill(bytes, size, !s->initiator);
    status = VerifySignature(&s->context, &message, s->received++, &quality);
    free(bytes);
    return status;
}

static bool
message_get(struct session *s, size_t size, bool sealed)
{
    SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;
    struct frame frame;

    if (frame_get(s->link.fd, &frame))
        status = sealed ? sealed_open(s, &frame, size) : signed_open(s, &frame, size);
    frame_free(&s->last);
    s->last = frame;
    return status == SEC_E_OK || fail(sealed ? "DecryptMessage" : "VerifySignature", status);
}

/* The peer's last message, given to us once more: it is not its turn any more. */
static bool
replay_is_refused(const struct plan *p, struct session *s)
{
    bool sealed = p->mode.seal && !p->signed_too;
    const size_t *size = MESSAGE_SIZES;
    SECURITY_STATUS status;

    while (size[1] != 0)
        size++;
    status = sealed ? sealed_open(s, &s->last, *size) : signed_open(s, &s->last, *size);
    s->received--;
    return status == SEC_E_OUT_OF_SEQUENCE || status == SEC_E_MESSAGE_ALTERED ||
           fail("a message that came twice", status);
}

/* One bit of it turns on the way. */
static bool
spoilt_is_refused(const struct plan *p, struct session *s)
{
    SECURITY_STATUS status = SEC_E_INCOMPLETE_MESSAGE;
    struct frame frame;

    if (frame_get(s->link.fd, &frame)) {
        frame.bytes[frame.n - (p->mode.seal ? 1 : 9)] ^= 1;
        status = p->mode.seal ? sealed_open(s, &frame, MESSAGE_SIZES[0])
                              : signed_open(s, &frame, MESSAGE_SIZES[0]);
    }
    frame_free(&frame);
    return status == SEC_E_MESSAGE_ALTERED || fail("a spoilt message", status);
}

static bool
send_both(const struct plan *p, struct session *s, size_t size)
{
    return (!p->mode.seal || sealed_put(s, size)) && (!p->signed_too || signed_put(s, size));
}

static bool
receive_both(const struct plan *p, struct session *s, size_t size)
{
    return (!p->mode.seal || message_get(s, size, true)) &&
           (!p->signed_too || message_get(s, size, false));
}

/* The same order as in the peers' exchange(): frame.h. */
static bool
exchange(const struct plan *p, struct session *s)
{
    for (const size_t *size = MESSAGE_SIZES; *size != 0; size++) {
        if (p->initiator && !send_both(p, s, *size))
            return false;
        if (!receive_both(p, s, *size) || (!p->initiator && !send_both(p, s, *size)))
            return false;
    }
    if (!p->mode.no_replay &&
        !frame_put(s->link.fd, s->repeated.bytes, s->repeated.n))
        return false;
    return replay_is_refused(p, s) && spoilt_is_refused(p, s);
}

static bool
keys_are_equal(struct session *s)
{
    SecPkgContext_SessionKey ours = { 0, NULL };
    SECURITY_STATUS status = QueryContextAttributesA(&s->context, SECPKG_ATTR_SESSION_KEY, &ours);
    struct frame theirs = { 0, NULL };
    bool equal;

    if (status != SEC_E_OK)
        return fail("SECPKG_ATTR_SESSION_KEY", status);
    equal = link_key_get(&s->link, &theirs) && theirs.n == ours.SessionKeyLength &&
            memcmp(theirs.bytes, ours.SessionKey, theirs.n) == 0; /* lint: public (a test's key) */
    FreeContextBuffer(ours.SessionKey);
    frame_free(&theirs);
    return equal || fail("the session keys differ", SEC_E_OK);
}

/* Who the accepted client is. */
static bool
name_check(const struct plan *p, struct session *s, char *text, size_t size)
{
    SecPkgContext_NamesA names = { NULL };
    SECURITY_STATUS status = QueryContextAttributesA(&s->context, SECPKG_ATTR_NAMES, &names);

    if (status != SEC_E_OK)
        return fail("SECPKG_ATTR_NAMES", status);
    snprintf(text, size, "%s", names.sUserName);
    FreeContextBuffer(names.sUserName);
    if (p->name == NULL || strcasecmp(text, p->name) == 0)
        return true;
    fprintf(stderr, "interop: accepted %s, not %s\n", text, p->name);
    return false;
}

static bool
key_bits_check(const struct plan *p, struct session *s)
{
    SecPkgContext_KeyInfoA key = { 0 };
    SECURITY_STATUS status = QueryContextAttributesA(&s->context, SECPKG_ATTR_KEY_INFO, &key);

    if (status != SEC_E_OK)
        return fail("SECPKG_ATTR_KEY_INFO", status);
    FreeContextBuffer(key.sSignatureAlgorithmName);
    FreeContextBuffer(key.sEncryptAlgorithmName);
    return key.KeySize == p->key_bits || fail("another key size", (SECURITY_STATUS)key.KeySize);
}

static bool
chosen_check(const struct plan *p, struct session *s)
{
    SecPkgContext_NegotiationInfoA info = { NULL, 0 };
    SECURITY_STATUS status =
        QueryContextAttributesA(&s->context, SECPKG_ATTR_NEGOTIATION_INFO, &info);
    bool right;

    if (status != SEC_E_OK)
        return fail("SECPKG_ATTR_NEGOTIATION_INFO", status);
    right = info.NegotiationState == SECPKG_NEGOTIATION_COMPLETE &&
            strcmp(info.PackageInfo->Name, p->chosen) == 0;
    if (!right)
        fprintf(stderr, "interop: %s, state %u, not %s\n", info.PackageInfo->Name,
                info.NegotiationState, p->chosen);
    FreeContextBuffer(info.PackageInfo);
    return right;
}

static bool
converse(const struct plan *p, struct session *s)
{
    SECURITY_STATUS status = QueryContextAttributesA(&s->context, SECPKG_ATTR_SIZES, &s->sizes);

    if (status != SEC_E_OK)
        return fail("SECPKG_ATTR_SIZES", status);
    if (p->chosen != NULL && !chosen_check(p, s))
        return false;
    if (p->key_bits != 0 && !key_bits_check(p, s))
        return false;
    if (p->dialect != LINK_FRAMES)
        return keys_are_equal(s);
    return !p->mode.sign || exchange(p, s);
}

/* What the plan expects of the handshake, then the messages. */
static bool
run(const struct plan *p, struct session *s)
{
    SECURITY_STATUS status = establish(p, s);
    enum link_verdict verdict;
    char name[512] = "";
    bool known;

    if (p->initiator) {
        /* SPNEGO has a token for a refusal. */
        if (p->denied && status == SEC_E_LOGON_DENIED)
            return true;
        if (status != SEC_E_OK && !(p->denied && status == LINE_ENDED))
            return status == p->expected || fail("InitializeSecurityContext", status);
        verdict = link_verdict_get(&s->link);
        return p->denied ? verdict == LINK_REFUSED : verdict == LINK_KNOWN && converse(p, s);
    }
    known = status == SEC_E_OK && name_check(p, s, name, sizeof name);
    link_verdict_put(&s->link, known, name);
    if (p->denied || p->expected != SEC_E_OK)
        return status == (p->denied ? SEC_E_LOGON_DENIED : p->expected) ||
               fail("another status was due", status);
    return known ? converse(p, s) : fail("AcceptSecurityContext", status);
}

static bool
plan_parse(int argc, char **argv, struct plan *p)
{
    static const struct option OPTIONS[] = {
        { "user", required_argument, NULL, 'u' }, { "domain", required_argument, NULL, 'd' },
        { "password", required_argument, NULL, 'p' }, { "name", required_argument, NULL, 'n' },
        { "ntlm-auth", no_argument, NULL, 'l' }, { "no-signed", no_argument, NULL, 's' },
        { "principal", required_argument, NULL, 'P' },
        { "chosen", required_argument, NULL, 'c' },
        { "denied", no_argument, NULL, 'x' }, { "mode", required_argument, NULL, 'm' },
        { "expect", required_argument, NULL, 'e' }, { "key-bits", required_argument, NULL, 'k' },
        { NULL, 0, NULL, 0 },
    };
    const char *mode = "seal";

    *p = (struct plan){ .signed_too = true };
    for (int c; (c = getopt_long(argc, argv, "+", OPTIONS, NULL)) != -1;) {
        switch (c) {
        case 'u': p->user = optarg; break;
        case 'd': p->domain = optarg; break;
        case 'p': p->password = optarg; break;
        case 'n': p->name = optarg; break;
        case 'P': p->principal = optarg; break;
        case 'c': p->chosen = optarg; break;
        case 'l': p->dialect = LINK_NTLM_AUTH; break;
        case 's': p->signed_too = false; break;
        case 'x': p->denied = true; break;
        case 'm': mode = optarg; break;
        case 'e': p->expected = (SECURITY_STATUS)strtoul(optarg, NULL, 0); break;
        case 'k': p->key_bits = (ULONG)strtoul(optarg, NULL, 10); break;
        default: return false;
        }
    }
    if (optind >= argc || !mode_parse(mode, &p->mode))
        return false;
    if (p->dialect == LINK_NTLM_AUTH && p->mode.spnego)
        p->dialect = LINK_GSS_SPNEGO;
    return true;
}

/* When we refused, as initiator, all that the peer knows is that we are gone. */
static bool
peer_agrees(const struct plan *p, int status)
{
    if (p->expected != SEC_E_OK && p->initiator)
        return status != 0;
    return status == (p->denied || p->expected != SEC_E_OK ? PEER_REFUSED : 0);
}

int
main(int argc, char **argv)
{
    struct session s = { .sizes = { 0 } };
    struct plan p;
    bool good;
    int peer;

    /* argv[1] is the role; getopt sees the rest as a command line of its own. */
    if (argc < 3 || !plan_parse(argc - 1, argv + 1, &p)) {
        fputs("usage: interop-driver accept|initiate [OPTION]... -- PEER [ARGUMENT]...\n", stderr);
        return 2;
    }
    p.initiator = s.initiator = strcmp(argv[1], "initiate") == 0;
    s.stream = p.mode.kerberos;
    SecInvalidateHandle(&s.context);
    if (!link_open(&s.link, p.dialect, &p.mode, !p.initiator, argv + 1 + optind)) {
        link_close(&s.link);
        return 1;
    }
    good = run(&p, &s);
    if (SecIsValidHandle(&s.context))
        DeleteSecurityContext(&s.context);
    frame_free(&s.last);
    frame_free(&s.repeated);
    peer = link_close(&s.link);
    fprintf(stderr, "interop: %s, the peer's exit status %d\n", good ? "good" : "NOT good", peer);
    /* A peer of ours says by its status whether it, too, found everything right. */
    if (p.dialect == LINK_FRAMES && good && !peer_agrees(&p, peer))
        good = false;
    return good ? 0 : 1;
}
