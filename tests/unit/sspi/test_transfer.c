/* Export and import, and a context that is deleted while a message call runs. */
#include "fake.h"
#include "half.h"

#include <pthread.h>
#include <unistd.h>

static char16_t ntlm[] = u"NTLM", negotiate[] = u"negotiate", none[] = u"Digest";

static CredHandle cred;

static int
setup(void **state)
{
    fake_setup(state);
    cred = fake_credential(u"NTLM", NULL);
    return 0;
}

static void
there_and_back(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x500), back;
    uint64_t signature = 0;
    SecBuffer b = { 8, SECBUFFER_TOKEN, &signature };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };
    SecBuffer packed = { 0, 9, NULL };
    void *token = &h;

    (void)state;
    assert_int_equal(ExportSecurityContext(&h, 0, &packed, &token), SEC_E_OK);
    assert_null(token);
    assert_int_equal(packed.BufferType, SECBUFFER_EMPTY);
    fake_half()->on_delete = SEC_I_NO_LSA_CONTEXT;
    assert_int_equal(ImportSecurityContextW(ntlm, &packed, NULL, &back), SEC_E_OK);
    assert_memory_equal(fake_half()->contexts[1].data, "data", 4);
    assert_int_equal(MakeSignature(&back, 0, &d, 0), SEC_E_OK);
    assert_int_equal(signature, fake_half()->contexts[1].number);
    /* The authority knows nothing of it. */
    assert_int_equal(ApplyControlToken(&back, &d), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(AcceptSecurityContext(NULL, &back, NULL, 0, 0, &back, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&back), SEC_E_OK);
    assert_int_equal(fake.count[IPC_ID_delete_context], 0);
    assert_int_equal(FreeContextBuffer(packed.pvBuffer), SEC_E_OK);
    assert_int_equal(ExportSecurityContext(&h, 0x80, &packed, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(ExportSecurityContext(&h, 0, NULL, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(ExportSecurityContext(&h, SECPKG_CONTEXT_EXPORT_TO_KERNEL, &packed, NULL),
                     SEC_E_NOT_SUPPORTED);
}

/* DELETE_OLD: here and in the authority, and not before the bytes are there. */
static void
the_old_one_is_deleted(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x500), copy = h, back;
    SecBuffer packed;

    (void)state;
    assert_int_equal(ExportSecurityContext(&h, SECPKG_CONTEXT_EXPORT_DELETE_OLD, NULL, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(fake_half()->deleted, 0);
    assert_int_equal(ExportSecurityContext(&h, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &packed, NULL),
                     SEC_E_OK);
    assert_int_equal(fake_half()->deleted, 1);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
    assert_int_equal(ExportSecurityContext(&copy, 0, &packed, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(ImportSecurityContextW(ntlm, &packed, NULL, &back), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(packed.pvBuffer), SEC_E_OK);
}

/* D17: it was exported by NTLM, and is asked for by the negotiator's name. */
static void
by_the_negotiators_name(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x500), back;
    SecBuffer packed;

    (void)state;
    assert_int_equal(ExportSecurityContext(&h, 0, &packed, NULL), SEC_E_OK);
    assert_int_equal(ImportSecurityContextW(negotiate, &packed, NULL, &back), SEC_E_OK);
    assert_int_equal(ImportSecurityContextW(none, &packed, NULL, &back), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(FreeContextBuffer(packed.pvBuffer), SEC_E_OK);
}

static void
hostile_imports(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x500), back;
    SecBuffer packed, cut;
    uint8_t *bytes;
    ULONG i;

    (void)state;
    assert_int_equal(ExportSecurityContext(&h, 0, &packed, NULL), SEC_E_OK);
    /* Cut anywhere in the frame, or of the user half's four bytes all. */
    for (i = 0; i <= packed.cbBuffer - 4; i++) {
        uint8_t *copy = malloc(i + 1);

        memcpy(copy, packed.pvBuffer, i);
        cut = (SecBuffer){ i, SECBUFFER_EMPTY, copy };
        assert_int_equal(ImportSecurityContextW(ntlm, &cut, NULL, &back), SEC_E_INVALID_TOKEN);
        free(copy);
    }
    bytes = packed.pvBuffer;
    bytes[8] ^= 1;          /* the package's name */
    assert_int_equal(ImportSecurityContextW(ntlm, &packed, NULL, &back), SEC_E_SECPKG_NOT_FOUND);
    bytes[0] ^= 1;          /* the magic number */
    assert_int_equal(ImportSecurityContextW(ntlm, &packed, NULL, &back), SEC_E_INVALID_TOKEN);
    assert_int_equal(ImportSecurityContextW(ntlm, NULL, NULL, &back), SEC_E_INVALID_TOKEN);
    assert_int_equal(ImportSecurityContextW(ntlm, &packed, NULL, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(packed.pvBuffer), SEC_E_OK);
}

static void
a_foreign_token_is_refused(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x500), back;
    SecBuffer packed;

    (void)state;
    assert_int_equal(ExportSecurityContext(&h, 0, &packed, NULL), SEC_E_OK);
    assert_int_equal(ImportSecurityContextW(ntlm, &packed, (void *)0x1234, &back),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(packed.pvBuffer), SEC_E_OK);
}

/* ---- deletion under a message call -------------------------------------- */

static CtxtHandle shared;

static void *
sign(void *arg)
{
    uint64_t signature = 0;
    SecBuffer b = { 8, SECBUFFER_TOKEN, &signature };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };
    CtxtHandle h = *(CtxtHandle *)arg;

    return (void *)(uintptr_t)(MakeSignature(&h, 0, &d, 0) == SEC_E_OK ? signature : 1);
}

static void
deletion_waits_for_message_calls(void **state)
{
    struct half_state *half = fake_half();
    CtxtHandle copy;
    pthread_t t;
    void *result;

    (void)state;
    copy = shared = fake_context(&cred, 0x600);
    half->slow = TRUE;
    assert_int_equal(pthread_create(&t, NULL, sign, &copy), 0);
    while (!half->in_call)
        usleep(1000);
    assert_int_equal(DeleteSecurityContext(&shared), SEC_E_OK);
    /* Gone for everyone else, but its keys stay until the call ends. */
    assert_int_equal(half->deleted, 0);
    assert_ptr_equal(sign(&copy), (void *)1);
    half->go = 1;
    pthread_join(t, &result);
    assert_int_equal((uintptr_t)result, 0x600);
    assert_int_equal(half->deleted, 1);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(there_and_back), T(the_old_one_is_deleted), T(by_the_negotiators_name),
        T(hostile_imports), T(a_foreign_token_is_refused),
        T(deletion_waits_for_message_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
