/* WinPR's initiator: the one client of every acceptor. Nothing here is timed. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#define CLIENT_FLAGS (ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT \
                      | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_CONNECTION)

static char package[] = "NTLM";
static CredHandle credential;
static bool has_credential;
static struct bench_context context;

bool
client_open(void)
{
    context.table = bench_load_winpr();
    return context.table != NULL;
}

bool
client_set_user(const char *user)
{
    static char domain[] = "BENCH", password[] = "Passw0rd!";
    SEC_WINNT_AUTH_IDENTITY_A id = {
        .User = (unsigned char *)(uintptr_t)user,
        .UserLength = (uint32_t)strlen(user),
        .Domain = (unsigned char *)domain,
        .DomainLength = sizeof(domain) - 1,
        .Password = (unsigned char *)password,
        .PasswordLength = sizeof(password) - 1,
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
    SECURITY_STATUS s;

    if (has_credential)
        context.table->FreeCredentialsHandle(&credential);
    s = context.table->AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_OUTBOUND, NULL, &id,
                                                 NULL, NULL, &credential, NULL);
    has_credential = s == SEC_E_OK;
    if (!has_credential)
        fprintf(stderr, "bench: client credentials: 0x%08x\n", (unsigned)s);
    return has_credential;
}

bool
client_step(const struct bench_token *in, struct bench_token *out)
{
    SecBuffer ib = { in ? in->n : 0, SECBUFFER_TOKEN, in ? (void *)(uintptr_t)in->bytes : NULL };
    SecBuffer ob = { BENCH_TOKEN_MAX, SECBUFFER_TOKEN, out->bytes };
    SecBufferDesc id = { SECBUFFER_VERSION, 1, &ib }, od = { SECBUFFER_VERSION, 1, &ob };
    uint32_t attributes = 0;
    SECURITY_STATUS s;

    s = context.table->InitializeSecurityContextA(
        &credential, context.is_open ? &context.handle : NULL, NULL, CLIENT_FLAGS, 0,
        SECURITY_NATIVE_DREP, in ? &id : NULL, 0, &context.handle, &od, &attributes, NULL);
    context.is_open = true;
    out->n = ob.cbBuffer;
    if (s < 0)
        fprintf(stderr, "bench: client step: 0x%08x\n", (unsigned)s);
    return s >= 0;
}

bool
client_seal(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE])
{
    return bench_context_seal(&context, data, n, signature);
}

void
client_close_context(void)
{
    bench_context_close(&context);
}
