/*
 * Kerberos's ContextData and the packed form of a context that travels, as the
 * user half takes them in: SpInitUserModeContext, SpImportSecurityContext.
 *
 * Oracle: ContextData that parses is built to the same bytes, and its keys make
 * a context; an imported context can be used, and exports to bytes that import
 * and export to the same again.
 */
#include "fuzz.h"

#include "packages/kerberos/user/user.h"

#define TOKEN_ROOM 96

static PVOID NTAPI
heap_new(ULONG n)
{
    return calloc(1, n);
}

static VOID NTAPI
heap_free(PVOID p)
{
    free(p);
}

static SECPKG_DLL_FUNCTIONS dll = { .AllocateHeap = heap_new, .FreeHeap = heap_free };

static void
check_context_data(struct view in)
{
    static uint8_t room[64 * 1024];
    struct wr w = wr_init(room, sizeof(room));
    struct krb_context_data d;
    struct krb_protect p;

    if (krb_context_data_parse(in, &d) != 0)
        return;
    FUZZ_CHECK(krb_context_data_size(&d) == in.n);
    krb_context_data_build(&w, &d);
    FUZZ_CHECK(w.failed || view_is_equal(wr_written(&w), in));
    FUZZ_CHECK(krb_protect_init(&p, &d));
    krb_protect_wipe(&p);
}

/* What it signs and seals is no message of its peer's. */
static void
check_used(LSA_SEC_HANDLE h)
{
    uint8_t token[TOKEN_ROOM], bytes[8] = { 0 };
    SecBuffer b[2] = { { sizeof(token), SECBUFFER_TOKEN, token },
                       { sizeof(bytes), SECBUFFER_DATA, bytes } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    SecPkgContext_NamesW names;

    FUZZ_CHECK(krb_user_sign(h, 0, &d, 0) == STATUS_SUCCESS);
    FUZZ_CHECK(krb_user_verify(h, &d, 0, NULL) != STATUS_SUCCESS);
    b[0].cbBuffer = sizeof(token);
    if (krb_user_seal(h, 0, &d, 0) == STATUS_SUCCESS)
        FUZZ_CHECK(krb_user_unseal(h, &d, 0, NULL) != STATUS_SUCCESS);
    FUZZ_CHECK(krb_user_query(h, SECPKG_ATTR_NAMES, &names) == STATUS_SUCCESS);
    free(names.sUserName);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SecBuffer in = { (ULONG)size, SECBUFFER_EMPTY, (void *)(uintptr_t)data };
    SecBuffer once = { 0 }, twice = { 0 };
    LSA_SEC_HANDLE h, again;
    PVOID unused;

    FUZZ_CHECK(krb_user_start(SECPKG_INTERFACE_VERSION, &dll, &unused) == STATUS_SUCCESS);
    check_context_data(view_of(data, size));
    if (krb_user_import(&in, NULL, &h) != STATUS_SUCCESS)
        return 0;
    FUZZ_CHECK(krb_user_export(h, 0, &once, NULL) == STATUS_SUCCESS);
    FUZZ_CHECK(krb_user_import(&once, NULL, &again) == STATUS_SUCCESS);
    FUZZ_CHECK(krb_user_export(again, 0, &twice, NULL) == STATUS_SUCCESS);
    FUZZ_CHECK(view_is_equal(view_of(once.pvBuffer, once.cbBuffer),
                             view_of(twice.pvBuffer, twice.cbBuffer)));
    check_used(h);
    free(once.pvBuffer);
    free(twice.pvBuffer);
    FUZZ_CHECK(krb_user_delete(h) == SEC_I_NO_LSA_CONTEXT);
    FUZZ_CHECK(krb_user_delete(again) == SEC_I_NO_LSA_CONTEXT);
    return 0;
}
