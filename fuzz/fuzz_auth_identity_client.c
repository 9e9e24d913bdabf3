/*
 * The identity structures as a package reads them out of its client's memory
 * (packages/common/auth_identity.c): the input is that memory, from CLIENT_BASE
 * on, and pointers in it may point anywhere.
 *
 * Oracle: only memory that the client has is asked for, in bounded amounts, and
 * what is read keeps its limits.
 */
#include "fuzz.h"

#include "packages/common/auth_identity.h"

#define CLIENT_BASE UINT64_C(0x10000)
#define READS_MAX 16

static struct view client;
static unsigned reads;

static NTSTATUS NTAPI
client_copy(PLSA_CLIENT_REQUEST request, ULONG n, PVOID out, PVOID from)
{
    uint64_t at = (uint64_t)(uintptr_t)from - CLIENT_BASE;

    (void)request;
    FUZZ_CHECK(++reads <= READS_MAX);
    FUZZ_CHECK(n <= 4096);
    if (at > client.n || n > client.n - at)
        return STATUS_ACCESS_VIOLATION;
    memcpy(out, client.p + at, n);
    return STATUS_SUCCESS;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const LSA_SECPKG_FUNCTION_TABLE lsa = { .CopyFromClientBuffer = client_copy };
    struct auth_identity *id = NULL;

    client = view_of(data, size);
    reads = 0;
    if (!NT_SUCCESS(auth_identity_read(&lsa, (PVOID)(uintptr_t)CLIENT_BASE, &id))) {
        FUZZ_CHECK(id == NULL);
        return 0;
    }
    FUZZ_CHECK(id->user.n <= 2 * AUTH_IDENTITY_USER_MAX && id->user.n % 2 == 0);
    FUZZ_CHECK(id->domain.n <= 2 * AUTH_IDENTITY_DOMAIN_MAX && id->domain.n % 2 == 0);
    FUZZ_CHECK(id->password.n <= 2 * AUTH_IDENTITY_PASSWORD_MAX && id->password.n % 2 == 0);
    FUZZ_CHECK(id->has_user || id->user.n == 0);
    auth_identity_free(id);
    return 0;
}
