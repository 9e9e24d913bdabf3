/*
 * krb-flags: context requirements of Kerberos, each alone and with each other, on either side and
 * across: how the handshake goes, what comes back in the attributes, what messages do then.
 *
 *     krb-flags CONSTANTS REALM PASSWORD         (tests/vectors/constants.tsv)
 *
 * What is expected is said here (RFC 4121 4.1.1.1, MS-KILE 3.2.5.2), and not taken from the
 * package's table. The client is alice, the service one that the KDC does not trust for
 * delegation, and in user to user bob. Exit status 0: all as it must be; else the first line says
 * what is not.
 */
#define SECURITY_WIN32
#include <windows.h>
#include <sspi.h>
#include <winerror.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS_MAX 40
#define TOKEN_MAX 8192
#define NUMBERED (ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT)

enum end { CLIENT, SERVER };

static CredHandle credential[2];
static const char *realm;
static ULONG list[2][FLAGS_MAX];
static size_t count[2];

struct run {
    ULONG asked[2], got[2];         /* by enum end */
    CtxtHandle context[2];
    BOOL is_open[2];
    SECURITY_STATUS status[2];
    unsigned calls[2];
    BYTE token[TOKEN_MAX];          /* on its way */
    ULONG token_n;
};

static void
expect(const struct run *r, const char *what, unsigned long have, unsigned long want)
{
    if (have == want)
        return;
    printf("ISC 0x%08x, ASC 0x%08x: %s is 0x%lx, not 0x%lx\n", (unsigned)r->asked[CLIENT],
           (unsigned)r->asked[SERVER], what, have, want);
    exit(1);
}

/* ---- what must come of it ------------------------------------------------------- */

static BOOL
asks(const struct run *r, enum end end, ULONG bits)
{
    return (r->asked[end] & bits) != 0;
}

/* Beside what was asked for: what it brings, and what it excludes. In ISC_RET_ bits. */
static ULONG
said(const struct run *r)
{
    const ULONG protection = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY | NUMBERED;
    ULONG flags = r->asked[CLIENT] & (ISC_REQ_MUTUAL_AUTH | ISC_REQ_USE_DCE_STYLE |
                                      ISC_REQ_IDENTIFY | protection);

    if (flags & protection)
        flags |= ISC_REQ_INTEGRITY;
    if (asks(r, CLIENT, ISC_REQ_NO_INTEGRITY))
        flags &= ~protection;
    if (flags & ISC_REQ_USE_DCE_STYLE)
        flags |= ISC_REQ_MUTUAL_AUTH;
    return flags;
}

/* What an end holds to, of that. */
static ULONG
held(const struct run *r, enum end end)
{
    ULONG flags = said(r);

    if (asks(r, end, ISC_REQ_DATAGRAM))
        flags &= ~(ULONG)NUMBERED;
    if (end == SERVER && asks(r, SERVER, ASC_REQ_IDENTIFY))
        flags |= ISC_REQ_IDENTIFY;
    return flags;
}

static ULONG
wanted_attributes(const struct run *r, enum end end)
{
    ULONG flags = held(r, end), want = flags;

    if (end == SERVER) {
        want &= ~(ULONG)(ISC_REQ_INTEGRITY | ISC_REQ_IDENTIFY);
        want |= flags & ISC_REQ_INTEGRITY ? ASC_RET_INTEGRITY : 0;
        want |= flags & ISC_REQ_IDENTIFY ? ASC_RET_IDENTIFY : 0;
    }
    want |= r->asked[CLIENT] & ISC_RET_USE_SESSION_KEY;
    return want | (asks(r, end, ISC_REQ_DATAGRAM) ? ISC_RET_DATAGRAM : ISC_RET_CONNECTION);
}

static SECURITY_STATUS
wanted_status(const struct run *r, enum end end)
{
    BOOL user = asks(r, CLIENT, ISC_REQ_USE_SESSION_KEY);

    if (asks(r, end, end == CLIENT ? ISC_REQ_STREAM : ASC_REQ_STREAM) ||
        (user && asks(r, end, ISC_REQ_DATAGRAM)))
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (end == CLIENT)
        return SEC_E_OK;
    /* The client sends no channel bindings. */
    return asks(r, SERVER, ASC_REQ_PROXY_BINDINGS) ? SEC_E_BAD_BINDINGS : SEC_E_OK;
}

/* ---- the handshake ---------------------------------------------------------------- */

static SECURITY_STATUS
call(struct run *r, enum end end, SecBuffer *out)
{
    SecBuffer in = { r->token_n, SECBUFFER_TOKEN, r->token };
    SecBufferDesc ins = { SECBUFFER_VERSION, 1, &in }, outs = { SECBUFFER_VERSION, 1, out };
    CtxtHandle *old = r->is_open[end] ? &r->context[end] : NULL;
    char target[64];

    snprintf(target, sizeof(target), "%s@%s",
             asks(r, CLIENT, ISC_REQ_USE_SESSION_KEY) ? "bob" : "HTTP/localhost", realm);
    if (end == CLIENT)
        return InitializeSecurityContextA(&credential[end], old, target, r->asked[end], 0,
                                          SECURITY_NATIVE_DREP, old != NULL ? &ins : NULL, 0,
                                          &r->context[end], &outs, &r->got[end], NULL);
    return AcceptSecurityContext(&credential[end], old, &ins, r->asked[end], SECURITY_NATIVE_DREP,
                                 &r->context[end], &outs, &r->got[end], NULL);
}

static SECURITY_STATUS
leg(struct run *r, enum end end)
{
    BOOL allocate = asks(r, end, ISC_REQ_ALLOCATE_MEMORY);
    BYTE room[TOKEN_MAX];
    SecBuffer out = { allocate ? 0 : TOKEN_MAX, SECBUFFER_TOKEN, allocate ? NULL : room };
    SECURITY_STATUS s = call(r, end, &out);
    BOOL made = out.cbBuffer > 0 && (s >= 0 || asks(r, SERVER, ASC_REQ_EXTENDED_ERROR) ||
                                     asks(r, CLIENT, ISC_REQ_EXTENDED_ERROR));

    r->calls[end]++;
    r->token_n = made ? out.cbBuffer : 0;
    if (made)
        memcpy(r->token, out.pvBuffer, out.cbBuffer);
    expect(r, "ALLOCATED_MEMORY", (r->got[end] & ISC_RET_ALLOCATED_MEMORY) != 0 && s >= 0,
           allocate && made && s >= 0);
    if (allocate)
        FreeContextBuffer(out.pvBuffer);
    r->got[end] &= ~(ULONG)ISC_RET_ALLOCATED_MEMORY;
    r->is_open[end] |= s >= 0;
    return s;
}

static void
handshake(struct run *r)
{
    r->status[CLIENT] = r->status[SERVER] = SEC_I_CONTINUE_NEEDED;
    for (enum end end = CLIENT;
         r->status[CLIENT] == SEC_I_CONTINUE_NEEDED || r->status[SERVER] == SEC_I_CONTINUE_NEEDED;
         end = end == CLIENT ? SERVER : CLIENT) {
        r->status[end] = leg(r, end);
        if (r->status[end] < 0)
            return;
    }
}

/* ---- what the context does ----------------------------------------------------------- */

struct message {
    BYTE token[128];
    char data[8];
    SecBuffer b[2];
    SecBufferDesc d;
};

static void
message_init(struct message *m, ULONG token)
{
    memcpy(m->data, "message", 8);
    m->b[0] = (SecBuffer){ token, SECBUFFER_TOKEN, m->token };
    m->b[1] = (SecBuffer){ 8, SECBUFFER_DATA, m->data };
    m->d = (SecBufferDesc){ SECBUFFER_VERSION, 2, m->b };
}

static SECURITY_STATUS
verify(struct run *r, enum end end, const struct message *m, BOOL alter)
{
    struct message copy = *m;

    copy.b[0].pvBuffer = copy.token;
    copy.b[1].pvBuffer = copy.data;
    copy.d.pBuffers = copy.b;
    copy.data[0] ^= (char)alter;
    return VerifySignature(&r->context[end], &copy.d, 0, NULL);
}

/* An altered message, one that comes twice, one that comes before its turn. */
static void
check_signatures(struct run *r, enum end to, const SecPkgContext_Sizes *sizes)
{
    const SECURITY_STATUS refused = SEC_E_OUT_OF_SEQUENCE;
    enum end from = to == CLIENT ? SERVER : CLIENT;
    ULONG flags = held(r, to);
    struct message m[3];

    for (int i = 0; i < 3; i++) {
        message_init(&m[i], sizes->cbMaxSignature);
        expect(r, "MakeSignature", (ULONG)MakeSignature(&r->context[from], 0, &m[i].d, 0), 0);
    }
    expect(r, "altered", (ULONG)verify(r, to, &m[0], TRUE), (ULONG)SEC_E_MESSAGE_ALTERED);
    expect(r, "first", (ULONG)verify(r, to, &m[0], FALSE), 0);
    expect(r, "again", (ULONG)verify(r, to, &m[0], FALSE), flags & NUMBERED ? (ULONG)refused : 0);
    expect(r, "early", (ULONG)verify(r, to, &m[2], FALSE),
           flags & ISC_REQ_SEQUENCE_DETECT ? (ULONG)refused : 0);
}

/* Before anything that leaves a gap in the numbers. */
static void
check_sealing(struct run *r, enum end to, const SecPkgContext_Sizes *sizes)
{
    enum end from = to == CLIENT ? SERVER : CLIENT;
    ULONG flags = said(r);
    struct message m;
    SECURITY_STATUS s;

    message_init(&m, sizes->cbSecurityTrailer);
    s = EncryptMessage(&r->context[from], 0, &m.d, 0);
    if (flags & ISC_REQ_CONFIDENTIALITY) {
        expect(r, "EncryptMessage", (ULONG)s, 0);
        expect(r, "clear text", memcmp(m.data, "message", 8) == 0, 0);
        expect(r, "DecryptMessage", (ULONG)DecryptMessage(&r->context[to], &m.d, 0, NULL), 0);
        expect(r, "clear text", memcmp(m.data, "message", 8) == 0, 1);
    } else {
        expect(r, "EncryptMessage", (ULONG)s,
               flags & ISC_REQ_INTEGRITY ? (ULONG)SEC_E_UNSUPPORTED_FUNCTION
                                         : (ULONG)SEC_E_QOP_NOT_SUPPORTED);
    }
}

static void
check_token(struct run *r)
{
    SECURITY_IMPERSONATION_LEVEL level = SecurityAnonymous;
    HANDLE token = NULL;
    DWORD n;

    expect(r, "its token", (ULONG)QuerySecurityContextToken(&r->context[SERVER], &token), 0);
    (void)GetTokenInformation(token, TokenImpersonationLevel, &level, sizeof(level), &n);
    expect(r, "its level", level, held(r, SERVER) & ISC_REQ_IDENTIFY ? SecurityIdentification
                                                                     : SecurityImpersonation);
    CloseHandle(token);
}

static void
check_context(struct run *r)
{
    BOOL dce = (said(r) & ISC_REQ_USE_DCE_STYLE) != 0;
    BOOL mutual = (said(r) & ISC_REQ_MUTUAL_AUTH) != 0;
    unsigned user = asks(r, CLIENT, ISC_REQ_USE_SESSION_KEY) ? 1 : 0;

    /* In user to user the question and its answer come before. */
    expect(r, "the client's calls", r->calls[CLIENT], (mutual ? 2 : 1) + user);
    expect(r, "the server's calls", r->calls[SERVER], (dce ? 2 : 1) + user);
    for (enum end end = CLIENT; end <= SERVER; end++) {
        SecPkgContext_Flags flags = { 0 };
        SecPkgContext_Sizes sizes = { 0 };

        expect(r, end == CLIENT ? "ISC_RET" : "ASC_RET", r->got[end], wanted_attributes(r, end));
        expect(r, "FLAGS", (ULONG)QueryContextAttributesW(&r->context[end], SECPKG_ATTR_FLAGS,
                                                          &flags), 0);
        expect(r, "FLAGS", flags.Flags, r->got[end]);
        expect(r, "SIZES", (ULONG)QueryContextAttributesW(&r->context[end], SECPKG_ATTR_SIZES,
                                                          &sizes), 0);
        check_sealing(r, end, &sizes);
        check_signatures(r, end, &sizes);
    }
    check_token(r);
}

static void
try_flags(ULONG isc, ULONG asc)
{
    struct run r = { .asked = { [CLIENT] = isc, [SERVER] = asc } };
    SECURITY_STATUS client = wanted_status(&r, CLIENT), server = wanted_status(&r, SERVER);

    handshake(&r);
    if (client != SEC_E_OK) {
        expect(&r, "initiate", (ULONG)r.status[CLIENT], (ULONG)client);
    } else {
        expect(&r, "accept", (ULONG)r.status[SERVER], (ULONG)server);
        if (server == SEC_E_OK) {
            expect(&r, "initiate", (ULONG)r.status[CLIENT], 0);
            check_context(&r);
        }
    }
    for (enum end end = CLIENT; end <= SERVER; end++) {
        if (r.is_open[end])
            DeleteSecurityContext(&r.context[end]);
    }
}

/* ---- which there are --------------------------------------------------------------------- */

static void
flags_read(const char *path)
{
    static const char *const prefix[] = { [CLIENT] = "ISC_REQ_", [SERVER] = "ASC_REQ_" };
    FILE *f = fopen(path, "r");
    char line[256], *number;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        for (enum end end = CLIENT; end <= SERVER; end++) {
            if (strncmp(line, prefix[end], 8) != 0 || (number = strchr(line, '\t')) == NULL ||
                strtoull(number, NULL, 16) > 0xffffffffu || count[end] == FLAGS_MAX)
                continue;
            list[end][count[end]++] = (ULONG)strtoul(number, NULL, 16);
        }
    }
    if (f == NULL || fclose(f) != 0 || count[CLIENT] != 27 || count[SERVER] != 25) {
        printf("%s: not the constants that were expected\n", path);
        exit(1);
    }
}

static unsigned char *
text(const char *s, ULONG *n)
{
    *n = (ULONG)strlen(s);
    return (unsigned char *)(ULONG_PTR)s;
}

static void
credentials_get(const char *password)
{
    for (enum end end = CLIENT; end <= SERVER; end++) {
        SEC_WINNT_AUTH_IDENTITY_A id = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };

        id.User = text(end == CLIENT ? "alice" : "bob", &id.UserLength);
        id.Domain = text(realm, &id.DomainLength);
        id.Password = text(password, &id.PasswordLength);
        if (AcquireCredentialsHandleA(NULL, (char[]){ "Kerberos" },
                                      end == CLIENT ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND,
                                      NULL, &id, NULL, NULL, &credential[end], NULL) != SEC_E_OK)
            exit(1);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    flags_read(argv[1]);
    realm = argv[2];
    credentials_get(argv[3]);
    for (size_t i = 0; i < count[CLIENT]; i++) {
        for (size_t j = i; j < count[CLIENT]; j++)
            try_flags(list[CLIENT][i] | list[CLIENT][j], 0);
        for (size_t j = 0; j < count[SERVER]; j++)
            try_flags(list[CLIENT][i], list[SERVER][j]);
    }
    for (size_t i = 0; i < count[SERVER]; i++) {
        for (size_t j = i; j < count[SERVER]; j++)
            try_flags(ISC_REQ_MUTUAL_AUTH | NUMBERED, list[SERVER][i] | list[SERVER][j]);
    }
    FreeCredentialsHandle(&credential[CLIENT]);
    FreeCredentialsHandle(&credential[SERVER]);
    return 0;
}
