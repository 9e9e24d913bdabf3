/*
 * interop-driver: our end of an interop test, an ordinary application on
 * libsspi, against a real peer that it starts.
 *
 *     interop-driver accept   [OPTION]... -- PEER [ARGUMENT]...
 *     interop-driver initiate [OPTION]... -- PEER [ARGUMENT]...
 *
 *     --user U --domain D --password P    whom we initiate as
 *     --name D\U       whom we must have accepted (without regard to case)
 *     --ntlm-auth      the peer speaks ntlm_auth's lines; its session key is compared with ours
 *     --no-signed      messages are sealed only
 *     --denied         this handshake must be refused, by the acceptor
 *
 * Exit status 0: everything was as it must be.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include "link.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PEER_REFUSED 3          /* a peer's exit status when the handshake was refused */

struct plan {
    bool initiator;
    enum link_dialect dialect;
    bool signed_too;
    bool denied;
    char *user, *domain, *password, *name;
};

struct session {
    CtxtHandle context;
    SecPkgContext_Sizes sizes;
    bool initiator;
    struct link link;
};

static char PACKAGE[] = "NTLM";
static char TARGET[] = "HTTP/localhost";

static bool
fail(const char *what, SECURITY_STATUS status)
{
    fprintf(stderr, "interop: %s: 0x%08X\n", what, (unsigned)status);
    return false;
}

static SECURITY_STATUS
step(const struct plan *p, struct session *s, CredHandle *credential, bool first, SecBuffer *in,
     SecBuffer *out)
{
    SecBufferDesc input = { SECBUFFER_VERSION, 1, in }, output = { SECBUFFER_VERSION, 1, out };
    TimeStamp expiry;
    ULONG attributes;

    if (!p->initiator)
        return AcceptSecurityContext(credential, first ? NULL : &s->context, &input,
                                     ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_INTEGRITY |
                                         ASC_REQ_CONFIDENTIALITY | ASC_REQ_REPLAY_DETECT |
                                         ASC_REQ_SEQUENCE_DETECT,
                                     SECURITY_NATIVE_DREP, &s->context, &output, &attributes,
                                     &expiry);
    return InitializeSecurityContextA(credential, first ? NULL : &s->context, TARGET,
                                      ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_INTEGRITY |
                                          ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT |
                                          ISC_REQ_SEQUENCE_DETECT,
                                      0, SECURITY_NATIVE_DREP, first ? NULL : &input, 0,
                                      &s->context, &output, &attributes, &expiry);
}

/* The whole handshake; the status that ended it. */
static SECURITY_STATUS
shake_hands(const struct plan *p, struct session *s, CredHandle *credential)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    for (bool first = true; status == SEC_I_CONTINUE_NEEDED; first = false) {
        SecBuffer in = { 0, SECBUFFER_TOKEN, NULL }, out = { 0, SECBUFFER_TOKEN, NULL };
        struct frame frame = { 0, NULL };

        if (!(p->initiator && first) && !link_token_get(&s->link, &frame))
            return SEC_E_CANNOT_INSTALL;    /* a status that no package gives: the line is dead */
        in = (SecBuffer){ (ULONG)frame.n, SECBUFFER_TOKEN, frame.bytes };
        status = step(p, s, credential, first, &in, &out);
        frame_free(&frame);
        if (status >= 0 && out.cbBuffer > 0 &&
            !link_token_put(&s->link, out.pvBuffer, out.cbBuffer))
            return SEC_E_CANNOT_INSTALL;
        if (out.pvBuffer != NULL)
            FreeContextBuffer(out.pvBuffer);
    }
    return status;
}

static SECURITY_STATUS
establish(const struct plan *p, struct session *s)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    CredHandle credential;
    TimeStamp expiry;
    SECURITY_STATUS status;

    if (p->initiator) {
        identity.User = (unsigned char *)p->user;
        identity.UserLength = (ULONG)strlen(p->user);
        identity.Domain = (unsigned char *)p->domain;
        identity.DomainLength = (ULONG)strlen(p->domain);
        identity.Password = (unsigned char *)p->password;
        identity.PasswordLength = (ULONG)strlen(p->password);
    }
    status = AcquireCredentialsHandleA(NULL, PACKAGE,
                                       p->initiator ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND,
                                       NULL, p->initiator ? &identity : NULL, NULL, NULL,
                                       &credential, &expiry);
    if (status != SEC_E_OK)
        return status;
    status = shake_hands(p, s, &credential);
    FreeCredentialsHandle(&credential);
    return status;
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
    status = EncryptMessage(&s->context, 0, &message, 0);
    put = status == SEC_E_OK && !message_is(bytes + head, size, size, s->initiator) &&
          frame_put(s->link.fd, bytes, head + size);
    free(bytes);
    return put || fail("EncryptMessage", status);
}

/* spoil: one bit of it turns on the way, and it must be refused. */
static bool
sealed_get(struct session *s, size_t size, bool spoil)
{
    size_t head = s->sizes.cbSecurityTrailer;
    struct frame frame;
    SecBuffer buffers[2];
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status;
    ULONG quality = 0;
    bool good;

    if (!frame_get(s->link.fd, &frame) || frame.n != head + size)
        return fail("a sealed message has not the size that it must have", SEC_E_OK);
    frame.bytes[frame.n - 1] ^= spoil ? 1 : 0;
    buffers[0] = (SecBuffer){ (ULONG)head, SECBUFFER_TOKEN, frame.bytes };
    buffers[1] = (SecBuffer){ (ULONG)size, SECBUFFER_DATA, frame.bytes + head };
    status = DecryptMessage(&s->context, &message, 0, &quality);
    good = spoil ? status == SEC_E_MESSAGE_ALTERED
                 : status == SEC_E_OK && message_is(buffers[1].pvBuffer, buffers[1].cbBuffer, size,
                                                    !s->initiator);
    frame_free(&frame);
    return good || fail(spoil ? "DecryptMessage of a spoilt message" : "DecryptMessage", status);
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
    status = MakeSignature(&s->context, 0, &message, 0);
    put = status == SEC_E_OK && frame_put(s->link.fd, mic, buffers[1].cbBuffer);
    free(bytes);
    return put || fail("MakeSignature", status);
}

static bool
signed_get(struct session *s, size_t size)
{
    uint8_t *bytes = malloc(size);
    struct frame frame;
    SecBuffer buffers[2] = { { (ULONG)size, SECBUFFER_DATA, bytes }, { 0, SECBUFFER_TOKEN, NULL } };
    SecBufferDesc message = { SECBUFFER_VERSION, 2, buffers };
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;
    ULONG quality = 0;

    message_fill(bytes, size, !s->initiator);
    if (frame_get(s->link.fd, &frame)) {
        buffers[1] = (SecBuffer){ (ULONG)frame.n, SECBUFFER_TOKEN, frame.bytes };
        status = VerifySignature(&s->context, &message, 0, &quality);
    }
    frame_free(&frame);
    free(bytes);
    return status == SEC_E_OK || fail("VerifySignature", status);
}

/* The same order as in the peers' exchange(). */
static bool
exchange(const struct plan *p, struct session *s)
{
    for (const size_t *size = MESSAGE_SIZES; *size != 0; size++) {
        if (p->initiator && !(sealed_put(s, *size) && (!p->signed_too || signed_put(s, *size))))
            return false;
        if (!sealed_get(s, *size, false) || (p->signed_too && !signed_get(s, *size)))
            return false;
        if (!p->initiator && !(sealed_put(s, *size) && (!p->signed_too || signed_put(s, *size))))
            return false;
    }
    return sealed_get(s, MESSAGE_SIZES[0], true);
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
converse(const struct plan *p, struct session *s)
{
    SECURITY_STATUS status = QueryContextAttributesA(&s->context, SECPKG_ATTR_SIZES, &s->sizes);

    if (status != SEC_E_OK)
        return fail("SECPKG_ATTR_SIZES", status);
    return p->dialect == LINK_NTLM_AUTH ? keys_are_equal(s) : exchange(p, s);
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
        if (status != SEC_E_OK)
            return fail("InitializeSecurityContext", status);
        verdict = link_verdict_get(&s->link);
        return p->denied ? verdict == LINK_REFUSED : verdict == LINK_KNOWN && converse(p, s);
    }
    known = status == SEC_E_OK && name_check(p, s, name, sizeof name);
    link_verdict_put(&s->link, known, name);
    if (p->denied)
        return status == SEC_E_LOGON_DENIED || fail("a refusal was due, but", status);
    return known ? converse(p, s) : fail("AcceptSecurityContext", status);
}

static bool
plan_parse(int argc, char **argv, struct plan *p)
{
    static const struct option OPTIONS[] = {
        { "user", required_argument, NULL, 'u' }, { "domain", required_argument, NULL, 'd' },
        { "password", required_argument, NULL, 'p' }, { "name", required_argument, NULL, 'n' },
        { "ntlm-auth", no_argument, NULL, 'l' }, { "no-signed", no_argument, NULL, 's' },
        { "denied", no_argument, NULL, 'x' }, { NULL, 0, NULL, 0 },
    };

    *p = (struct plan){ .signed_too = true };
    for (int c; (c = getopt_long(argc, argv, "+", OPTIONS, NULL)) != -1;) {
        switch (c) {
        case 'u': p->user = optarg; break;
        case 'd': p->domain = optarg; break;
        case 'p': p->password = optarg; break;
        case 'n': p->name = optarg; break;
        case 'l': p->dialect = LINK_NTLM_AUTH; break;
        case 's': p->signed_too = false; break;
        case 'x': p->denied = true; break;
        default: return false;
        }
    }
    return optind < argc;
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
    SecInvalidateHandle(&s.context);
    if (!link_open(&s.link, p.dialect, !p.initiator, argv + 1 + optind)) {
        link_close(&s.link);
        return 1;
    }
    good = run(&p, &s);
    if (SecIsValidHandle(&s.context))
        DeleteSecurityContext(&s.context);
    peer = link_close(&s.link);
    fprintf(stderr, "interop: %s, the peer's exit status %d\n", good ? "good" : "NOT good", peer);
    /* A peer of ours says by its status whether it, too, found everything right. */
    return good && (p.dialect == LINK_NTLM_AUTH || peer == (p.denied ? PEER_REFUSED : 0)) ? 0 : 1;
}
