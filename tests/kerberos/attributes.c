/*
 * krb-attributes: every SECPKG_ATTR_ value that Microsoft's headers have, asked of both ends of a
 * Kerberos context: between the legs of DCE style, and when it is complete.
 *
 *     krb-attributes CONSTANTS [unverified]       (tests/vectors/constants.tsv)
 *
 * The table is made from Microsoft's page "QueryContextAttributes", its Kerberos column; what it
 * does not have is SEC_E_UNSUPPORTED_FUNCTION, and before the end SEC_E_INVALID_HANDLE. The client
 * has the tickets of KRB5CCNAME; unverified: its target is a stranger's word. Exit status 0: all as
 * it must be; else each line says what is not.
 */
#define SECURITY_WIN32
#include <windows.h>
#include <sspi.h>
#include <opensspi.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 512
#define FILL 0xA5

enum end { CLIENT, SERVER };

static const struct {
    ULONG id;
    BOOL early;                     /* answered between the legs */
    SECURITY_STATUS status[2];      /* when it is complete, by enum end */
    unsigned blocks;                /* how many the caller has to free, and where the first is */
    size_t at;
} expected[] = {
    { SECPKG_ATTR_SIZES, FALSE, { 0, 0 }, 0, 0 },
    { SECPKG_ATTR_NAMES, FALSE, { 0, 0 }, 1, 0 },
    { SECPKG_ATTR_NATIVE_NAMES, FALSE, { 0, 0 }, 2, 0 },
    { SECPKG_ATTR_LIFESPAN, FALSE, { 0, 0 }, 0, 0 },
    { SECPKG_ATTR_KEY_INFO, FALSE, { 0, 0 }, 2, 0 },
    { SECPKG_ATTR_SESSION_KEY, FALSE, { 0, 0 }, 1, offsetof(SecPkgContext_SessionKey, SessionKey) },
    { SECPKG_ATTR_AUTHORITY, FALSE, { 0, 0 }, 1, 0 },
    { SECPKG_ATTR_FLAGS, TRUE, { 0, 0 }, 0, 0 },
    { SECPKG_ATTR_PACKAGE_INFO, TRUE, { 0, 0 }, 1, 0 },
    { SECPKG_ATTR_NEGOTIATION_INFO, TRUE, { 0, 0 }, 1, 0 },
    { SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, TRUE, { 0, 0 }, 0, 0 },
    { SECPKG_ATTR_TARGET, FALSE, { 0, 0 }, 1, offsetof(SecPkgContext_Target, Target) },
    { SECPKG_ATTR_AUTHENTICATION_ID, FALSE, { 0, 0 }, 1, offsetof(SecPkgContext_AuthzID, AuthzID) },
    { SECPKG_ATTR_LOGOFF_TIME, FALSE, { 0, 0 }, 0, 0 },
    { SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, FALSE, { SEC_E_UNSUPPORTED_FUNCTION, 0 }, 1, 0 },
    { SECPKG_ATTR_IS_LOOPBACK, FALSE, { 0, 0 }, 0, 0 },
    { SECPKG_ATTR_ACCESS_TOKEN, FALSE, { SEC_E_NO_IMPERSONATION, 0 }, 0, 0 },
};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static CredHandle credential[2];
static CtxtHandle context[2];
static BOOL is_open[2];
static ULONG target;                /* ISC_REQ_UNVERIFIED_TARGET_NAME, or 0 */
static unsigned wrong;

/* ---- the context -------------------------------------------------------------- */

static SECURITY_STATUS
leg(enum end end, SecBuffer *in, SecBuffer *out)
{
    SecBufferDesc ins = { SECBUFFER_VERSION, 1, in }, outs = { SECBUFFER_VERSION, 1, out };
    CtxtHandle *old = is_open[end] ? &context[end] : NULL;
    ULONG attributes;
    SECURITY_STATUS s;

    if (end == CLIENT)
        s = InitializeSecurityContextA(&credential[end], old, (char[]){ "HTTP/localhost" },
                                       ISC_REQ_USE_DCE_STYLE | ISC_REQ_CONFIDENTIALITY | target, 0,
                                       SECURITY_NATIVE_DREP, old != NULL ? &ins : NULL, 0,
                                       &context[end], &outs, &attributes, NULL);
    else
        s = AcceptSecurityContext(&credential[end], old, &ins, ASC_REQ_USE_DCE_STYLE,
                                  SECURITY_NATIVE_DREP, &context[end], &outs, &attributes, NULL);
    if (s < 0) {
        printf("%s: 0x%08x\n", end == CLIENT ? "initiate" : "accept", (unsigned)s);
        exit(1);
    }
    is_open[end] = TRUE;
    return s;
}

static void
credentials_get(void)
{
    for (int end = CLIENT; end <= SERVER; end++) {
        SECURITY_STATUS s = AcquireCredentialsHandleA(
            NULL, (char[]){ "Kerberos" },
            end == CLIENT ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL,
            &credential[end], NULL);

        if (s != SEC_E_OK)
            exit(1);
    }
}

/* ---- the questions ------------------------------------------------------------- */

static SECURITY_STATUS
wanted(ULONG id, enum end end, BOOL complete)
{
    if (target != 0 && end == SERVER && complete &&
        (id == SECPKG_ATTR_TARGET || id == SECPKG_ATTR_CLIENT_SPECIFIED_TARGET))
        return SEC_E_TARGET_UNKNOWN;
    for (size_t i = 0; i < EXPECTED; i++) {
        if (expected[i].id == id && (complete || expected[i].early))
            return expected[i].status[end];
    }
    return complete ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
}

static void
blocks_free(ULONG id, const unsigned char *value)
{
    for (size_t i = 0; i < EXPECTED; i++) {
        for (unsigned k = 0; expected[i].id == id && k < expected[i].blocks; k++) {
            void *p;

            memcpy(&p, value + expected[i].at + k * sizeof(p), sizeof(p));
            wrong += FreeContextBuffer(p) != SEC_E_OK;
        }
    }
}

static void
ask(const char *name, ULONG id, enum end end, BOOL complete)
{
    _Alignas(16) unsigned char value[ROOM], before[ROOM];
    SECURITY_STATUS s, want = wanted(id, end, complete);

    memset(value, FILL, ROOM);
    memset(before, FILL, ROOM);
    s = QueryContextAttributesW(&context[end], id, value);
    if (s == SEC_E_OK)
        blocks_free(id, value);
    /* A query that fails leaves the caller's buffer alone, one that does not writes to it. */
    if (s == want && (memcmp(value, before, ROOM) != 0) == (s == SEC_E_OK))
        return;
    wrong++;
    printf("%s of the %s, %s: 0x%08x, not 0x%08x\n", name, end == CLIENT ? "client" : "server",
           complete ? "complete" : "early", (unsigned)s, (unsigned)want);
}

/* Bits of structures, and a mark of thunks, that happen to be named like attributes. */
static BOOL
is_attribute(const char *name)
{
    return strncmp(name, "SECPKG_ATTR_", 12) == 0 && strstr(name, "_INFO_FLAG_") == NULL &&
           strcmp(name, "SECPKG_ATTR_THUNK_ALL") != 0;
}

/* Whether the client's next token is another one: in DCE style there is a third. */
static void
ask_last(enum end end, BOOL complete)
{
    SecPkgContext_LastClientTokenStatus last;

    if (QueryContextAttributesW(&context[end], SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &last) ==
            SEC_E_OK &&
        last.LastClientTokenStatus ==
            (complete ? SecPkgAttrLastClientTokenYes : SecPkgAttrLastClientTokenNo))
        return;
    wrong++;
    printf("the client's last token: not so at end %d, complete %d\n", (int)end, complete);
}

/* What MIT's KDC put into the ticket (MS-PAC 2.3: how many buffers, and version 0). */
static void
ask_pac(void)
{
    opensspi_pac got = { NULL, 0 };

    if (QueryContextAttributesW(&context[CLIENT], OPENSSPI_ATTR_PAC, &got) !=
            SEC_E_UNSUPPORTED_FUNCTION ||
        QueryContextAttributesW(&context[SERVER], OPENSSPI_ATTR_PAC, &got) != SEC_E_OK ||
        got.length < 100 || memcmp(got.data + 1, "\0\0\0\0\0\0\0", 7) != 0 ||
        FreeContextBuffer(got.data) != SEC_E_OK) {
        wrong++;
        printf("PAC: %u bytes\n", got.length);
    }
}

/*
 * Both ends are of the authority in this process. Where the target is a stranger's word neither
 * says so, as the client may have meant another.
 */
static void
ask_loopback(enum end end)
{
    BOOLEAN here = FALSE, is = target == 0;

    if (QueryContextAttributesW(&context[end], SECPKG_ATTR_IS_LOOPBACK, &here) == SEC_E_OK &&
        here == is)
        return;
    wrong++;
    printf("IS_LOOPBACK: not so at end %d\n", (int)end);
}

static unsigned
ask_all(const char *constants, enum end end, BOOL complete)
{
    FILE *f = fopen(constants, "re");
    char line[256], name[64], number[32];
    unsigned n = 0;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "%63s %31s", name, number) != 2 || !is_attribute(name))
            continue;
        ask(name, (ULONG)strtoul(number, NULL, 0), end, complete);
        n++;
    }
    if (f != NULL)
        fclose(f);
    ask_last(end, complete);
    if (complete)
        ask_loopback(end);
    return n;
}

int
main(int argc, char **argv)
{
    static unsigned char bytes[2][65536];
    SecBuffer token[2] = { { sizeof bytes[0], SECBUFFER_TOKEN, bytes[0] },
                           { sizeof bytes[1], SECBUFFER_TOKEN, bytes[1] } };
    SecBuffer third = token[CLIENT], none = { 0, SECBUFFER_TOKEN, NULL };
    unsigned n;

    if (argc < 2 || argc > 3)
        return 2;
    if (argc == 3)
        target = ISC_REQ_UNVERIFIED_TARGET_NAME;
    credentials_get();
    (void)leg(CLIENT, NULL, &token[CLIENT]);
    n = ask_all(argv[1], CLIENT, FALSE);
    (void)leg(SERVER, &token[CLIENT], &token[SERVER]);
    (void)ask_all(argv[1], SERVER, FALSE);
    (void)leg(CLIENT, &token[SERVER], &third);
    (void)ask_all(argv[1], CLIENT, TRUE);
    (void)leg(SERVER, &third, &none);
    (void)ask_all(argv[1], SERVER, TRUE);
    ask_pac();
    for (int end = CLIENT; end <= SERVER; end++) {
        (void)DeleteSecurityContext(&context[end]);
        (void)FreeCredentialsHandle(&credential[end]);
    }
    printf("%u attributes, %u answers wrong\n", n, wrong);
    return n > 80 && wrong == 0 ? 0 : 1;
}
