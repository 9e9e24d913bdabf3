/*
 * The acceptors behind an SSPI table: ours and WinPR's. WinPR's differs in two
 * ways: it is told the account file on every context, and it verifies nothing
 * until CompleteAuthToken.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINPR_ATTR_SAM_FILE 1004
#define ACCEPT_FLAGS (ASC_REQ_CONFIDENTIALITY | ASC_REQ_INTEGRITY | ASC_REQ_REPLAY_DETECT \
                      | ASC_REQ_SEQUENCE_DETECT | ASC_REQ_CONNECTION)

static char package[] = "NTLM";
static CredHandle credential;
static struct bench_context context;

static bool
sspi_open(PSecurityFunctionTableA t)
{
    SECURITY_STATUS s;

    context.table = t;
    if (!t)
        return false;
    s = context.table->AcquireCredentialsHandleA(NULL, package, SECPKG_CRED_INBOUND, NULL, NULL,
                                                 NULL, NULL, &credential, NULL);
    if (s != SEC_E_OK)
        fprintf(stderr, "bench: credentials: 0x%08x\n", (unsigned)s);
    return s == SEC_E_OK;
}

static bool
opensspi_open(void)
{
    return sspi_open(bench_load_opensspi());
}

static bool
winpr_open(void)
{
    return sspi_open(bench_load_winpr());
}

static SECURITY_STATUS
sspi_leg(const struct bench_token *in, struct bench_token *out)
{
    SecBuffer ib = { in->n, SECBUFFER_TOKEN, (void *)(uintptr_t)in->bytes };
    SecBuffer ob = { BENCH_TOKEN_MAX, SECBUFFER_TOKEN, out->bytes };
    SecBufferDesc id = { SECBUFFER_VERSION, 1, &ib }, od = { SECBUFFER_VERSION, 1, &ob };
    uint32_t attributes = 0;
    SECURITY_STATUS s;

    s = context.table->AcceptSecurityContext(
        &credential, context.is_open ? &context.handle : NULL, &id, ACCEPT_FLAGS,
        SECURITY_NATIVE_DREP, &context.handle, &od, &attributes, NULL);
    context.is_open = true;
    out->n = ob.cbBuffer;
    if (s == SEC_I_COMPLETE_NEEDED)
        s = context.table->CompleteAuthToken(&context.handle, &od);
    if (s < 0)
        fprintf(stderr, "bench: accept: 0x%08x\n", (unsigned)s);
    return s;
}

static bool
opensspi_accept(const struct bench_token *in, struct bench_token *out, bool *more)
{
    SECURITY_STATUS s = sspi_leg(in, out);

    *more = s == SEC_I_CONTINUE_NEEDED;
    return s >= 0;
}

static bool
winpr_accept(const struct bench_token *in, struct bench_token *out, bool *more)
{
    char *file = getenv("BENCH_SAM");
    SECURITY_STATUS s = sspi_leg(in, out);

    *more = s == SEC_I_CONTINUE_NEEDED;
    if (*more && file)
        s = context.table->SetContextAttributesA(&context.handle, WINPR_ATTR_SAM_FILE, file,
                                                 (uint32_t)strlen(file) + 1);
    return s >= 0;
}

static bool
sspi_seal(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE])
{
    return bench_context_seal(&context, data, n, signature);
}

static bool
sspi_unseal(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE])
{
    return bench_context_unseal(&context, data, n, signature);
}

static void
sspi_close_context(void)
{
    bench_context_close(&context);
}

const struct bench_peer bench_opensspi = {
    .name = "opensspi",
    .open = opensspi_open,
    .accept = opensspi_accept,
    .seal = sspi_seal,
    .unseal = sspi_unseal,
    .close_context = sspi_close_context,
};

const struct bench_peer bench_winpr = {
    .name = "winpr",
    .open = winpr_open,
    .accept = winpr_accept,
    .seal = sspi_seal,
    .unseal = sspi_unseal,
    .close_context = sspi_close_context,
};
