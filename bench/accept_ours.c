/* Our acceptor, where OPENSSPI_AUTHORITY says; and our initiator of NTLM, which is not timed. */
#include "accept.h"

#include "bench.h"

#include <stdio.h>
#include <string.h>

#define ACCEPT_FLAGS (ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY | ASC_REQ_REPLAY_DETECT \
                      | ASC_REQ_SEQUENCE_DETECT | ASC_REQ_MUTUAL_AUTH)
#define CLIENT_FLAGS (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT \
                      | ISC_REQ_SEQUENCE_DETECT)

#define SEAL_TOKEN_MAX 128

struct side {
    CredHandle credential;
    CtxtHandle context;
    bool is_open;
};

static PSecurityFunctionTableA table;
static struct side server, client;

static bool
ours_open_as(struct side *side, const char *package, uint32_t use, void *identity)
{
    SECURITY_STATUS s;

    if (table == NULL)
        table = bench_load_opensspi();
    if (table == NULL)
        return false;
    s = table->AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)package, use, NULL, identity,
                                         NULL, NULL, &side->credential, NULL);
    if (s != SEC_E_OK)
        fprintf(stderr, "bench: %s credentials: 0x%08x\n", package, (unsigned)s);
    return s == SEC_E_OK;
}

static bool
leg_is_good(const char *what, SECURITY_STATUS s)
{
    if (s < 0)
        fprintf(stderr, "bench: %s: 0x%08x\n", what, (unsigned)s);
    return s >= 0;
}

static bool
ours_open(const char *package)
{
    return ours_open_as(&server, package, SECPKG_CRED_INBOUND, NULL);
}

static bool
ours_leg(const struct accept_token *in, struct accept_token *out, bool *more)
{
    SecBuffer ib = { (uint32_t)in->n, SECBUFFER_TOKEN, (void *)(uintptr_t)in->bytes };
    SecBuffer ob = { ACCEPT_TOKEN_MAX, SECBUFFER_TOKEN, out->bytes };
    SecBufferDesc id = { SECBUFFER_VERSION, 1, &ib }, od = { SECBUFFER_VERSION, 1, &ob };
    uint32_t attributes = 0;
    SECURITY_STATUS s = table->AcceptSecurityContext(
        &server.credential, server.is_open ? &server.context : NULL, &id, ACCEPT_FLAGS,
        SECURITY_NATIVE_DREP, &server.context, &od, &attributes, NULL);

    server.is_open = true;
    *more = s == SEC_I_CONTINUE_NEEDED;
    out->n = ob.cbBuffer;
    return leg_is_good("accept", s);
}

static void
ours_next(bool keep)
{
    if (server.is_open && !keep)
        table->DeleteSecurityContext(&server.context);
    server.is_open = false;
}

bool
accept_seal(uint8_t *text, size_t n)
{
    uint8_t token[SEAL_TOKEN_MAX];
    SecBuffer b[] = {
        { sizeof(token), SECBUFFER_TOKEN, token },
        { (uint32_t)n, SECBUFFER_DATA, text },
    };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

    return leg_is_good("seal", table->EncryptMessage(&server.context, 0, &d, 0));
}

const struct accept_end accept_opensspi = {
    .name = "opensspi",
    .open = ours_open,
    .leg = ours_leg,
    .next = ours_next,
};

bool
accept_ntlm_open(const char *package)
{
    static char user[] = "alice", domain[] = "BENCH", password[] = "Passw0rd!";
    SEC_WINNT_AUTH_IDENTITY_A id = {
        .User = (unsigned char *)user, .UserLength = sizeof(user) - 1,
        .Domain = (unsigned char *)domain, .DomainLength = sizeof(domain) - 1,
        .Password = (unsigned char *)password, .PasswordLength = sizeof(password) - 1,
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };

    return ours_open_as(&client, package, SECPKG_CRED_OUTBOUND, &id);
}

bool
accept_ntlm_leg(const struct accept_token *in, struct accept_token *out)
{
    SecBuffer ib = { in != NULL ? (uint32_t)in->n : 0, SECBUFFER_TOKEN,
                     in != NULL ? (void *)(uintptr_t)in->bytes : NULL };
    SecBuffer ob = { ACCEPT_TOKEN_MAX, SECBUFFER_TOKEN, out->bytes };
    SecBufferDesc id = { SECBUFFER_VERSION, 1, &ib }, od = { SECBUFFER_VERSION, 1, &ob };
    uint32_t attributes = 0;
    static char target[] = "HTTP/localhost";    /* one that names nobody is a reflection's */
    SECURITY_STATUS s = table->InitializeSecurityContextA(
        &client.credential, client.is_open ? &client.context : NULL, target, CLIENT_FLAGS, 0,
        SECURITY_NATIVE_DREP, in != NULL ? &id : NULL, 0, &client.context, &od, &attributes, NULL);

    client.is_open = true;
    out->n = ob.cbBuffer;
    return leg_is_good("initiate", s);
}

void
accept_ntlm_next(void)
{
    if (client.is_open)
        table->DeleteSecurityContext(&client.context);
    client.is_open = false;
}
