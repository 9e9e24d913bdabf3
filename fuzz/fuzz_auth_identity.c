/*
 * SEC_WINNT_AUTH_IDENTITY_EX2 from anywhere (SspiUnmarshalAuthIdentity): a whole
 * identity with its password, as offsets into itself.
 *
 * Oracle: what is read is made again, as structure and as bytes, and reads the
 * same; every string lies in the input. And through the exported functions: what
 * unmarshals, validates, equals its copy, and is encrypted and decrypted in place. What
 * says that it is encrypted has no password that anybody gets: nothing here was sealed.
 */
#include "fuzz.h"

#include "sspi/auth_identity.h"
#include "sspi/memory.h"

static void
check_inside(struct view whole, struct view part)
{
    FUZZ_CHECK(part.n <= whole.n);
    FUZZ_CHECK(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void
check_same(const struct auth_identity *a, const struct auth_identity *b)
{
    FUZZ_CHECK(view_is_equal(a->user, b->user));
    FUZZ_CHECK(view_is_equal(a->domain, b->domain));
    FUZZ_CHECK(view_is_equal(a->password, b->password));
    FUZZ_CHECK(view_is_equal(a->packages, b->packages));
}

static void
check_rebuilt(const struct auth_identity *a)
{
    SEC_WINNT_AUTH_IDENTITY_EXW *id = auth_identity_new(a);
    struct auth_identity again;
    uint32_t n;
    uint8_t *flat;

    FUZZ_CHECK(id != NULL);
    FUZZ_CHECK(auth_identity_read(id, &again) == SEC_E_OK);
    check_same(a, &again);
    auth_identity_wipe(&again);
    flat = auth_identity_flatten(a, &n);
    FUZZ_CHECK(flat != NULL);
    FUZZ_CHECK(auth_identity_read_flat(view_of(flat, n), &again) == SEC_E_OK);
    check_same(a, &again);
    sspi_memory_free(flat);
    sspi_memory_free(id);
}

/* Its copy has the same text, and another nonce. */
static void
check_encrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id, PSEC_WINNT_AUTH_IDENTITY_OPAQUE copy)
{
    BOOLEAN user = FALSE, identity = FALSE;
    SECURITY_STATUS st = SspiEncryptAuthIdentity(id);

    /* A password that is too long when it is sealed stays as it is. */
    FUZZ_CHECK(st == SEC_E_OK || st == SEC_E_INVALID_PARAMETER);
    FUZZ_CHECK(SspiIsAuthIdentityEncrypted(id) == (st == SEC_E_OK));
    FUZZ_CHECK(SspiCompareAuthIdentities(id, copy, &user, &identity) == SEC_E_OK);
    FUZZ_CHECK(user && identity);
    FUZZ_CHECK(SspiDecryptAuthIdentity(id) == st);
    FUZZ_CHECK(SspiCompareAuthIdentities(id, copy, &user, &identity) == SEC_E_OK);
    FUZZ_CHECK(user && identity);
}

static void
check_forged(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id)
{
    const SEC_WINNT_AUTH_IDENTITY_EXW *ex = id;

    if (ex->Password != NULL)
        FUZZ_CHECK(SspiDecryptAuthIdentity(id) != SEC_E_OK);
}

static void
check_exported(const uint8_t *data, size_t size)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id, copy;

    if (SspiUnmarshalAuthIdentity((ULONG)size, (char *)(uintptr_t)data, &id) != SEC_E_OK)
        return;
    FUZZ_CHECK(SspiValidateAuthIdentity(id) == SEC_E_OK);
    FUZZ_CHECK(SspiCopyAuthIdentity(id, &copy) == SEC_E_OK);
    if (SspiIsAuthIdentityEncrypted(id))
        check_forged(id);
    else
        check_encrypted(id, copy);
    SspiFreeAuthIdentity(copy);
    SspiFreeAuthIdentity(id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view in = view_of(data, size);
    struct auth_identity a;

    if (size > SSPI_IDENTITY_BLOCK_MAX)
        return 0;
    if (auth_identity_read_flat(in, &a) == SEC_E_OK) {
        check_inside(in, a.user);
        check_inside(in, a.domain);
        check_inside(in, a.password);
        check_inside(in, a.packages);
        check_rebuilt(&a);
    }
    check_exported(data, size);
    return 0;
}
