/*
 * NTLM's ContextData and the packed form of a context that travels, as the user
 * half takes them in: SpInitUserModeContext, SpImportSecurityContext.
 *
 * Oracle: an imported context can be used, and exports to bytes that import and
 * export to the same again. ContextData that parses is built again unchanged.
 */
#include "fuzz.h"

#include "packages/ntlm/user/user.h"

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
check_used(LSA_SEC_HANDLE h)
{
    uint8_t token[16], bytes[8] = { 0 };
    SecBuffer b[2] = { { sizeof(token), SECBUFFER_TOKEN, token },
                       { sizeof(bytes), SECBUFFER_DATA, bytes } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    SecPkgContext_NamesW names;

    FUZZ_CHECK(ntlm_user_sign(h, 0, &d, 0) == STATUS_SUCCESS);
    (void)ntlm_user_verify(h, &d, 0, NULL);
    (void)ntlm_user_seal(h, 0, &d, 0);
    (void)ntlm_user_unseal(h, &d, 0, NULL);
    FUZZ_CHECK(ntlm_user_query(h, SECPKG_ATTR_NAMES, &names) == STATUS_SUCCESS);
    free(names.sUserName);
}

static void
check_context_data(struct view in)
{
    static uint8_t room[64 * 1024];
    struct wr w = wr_init(room, sizeof(room));
    struct ntlm_context_data d;

    if (ntlm_context_data_parse(in, &d) != 0)
        return;
    ntlm_context_data_build(&w, &d);
    FUZZ_CHECK(w.failed || view_is_equal(wr_written(&w), in));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SecBuffer in = { (ULONG)size, SECBUFFER_EMPTY, (void *)(uintptr_t)data };
    SecBuffer once = { 0 }, twice = { 0 };
    LSA_SEC_HANDLE h, again;
    PVOID unused;

    FUZZ_CHECK(ntlm_user_start(SECPKG_INTERFACE_VERSION, &dll, &unused) == STATUS_SUCCESS);
    check_context_data(view_of(data, size));
    if (ntlm_user_import(&in, NULL, &h) != STATUS_SUCCESS)
        return 0;
    FUZZ_CHECK(ntlm_user_export(h, 0, &once, NULL) == STATUS_SUCCESS);
    FUZZ_CHECK(ntlm_user_import(&once, NULL, &again) == STATUS_SUCCESS);
    FUZZ_CHECK(ntlm_user_export(again, 0, &twice, NULL) == STATUS_SUCCESS);
    FUZZ_CHECK(view_is_equal(view_of(once.pvBuffer, once.cbBuffer),
                             view_of(twice.pvBuffer, twice.cbBuffer)));
    check_used(h);
    free(once.pvBuffer);
    free(twice.pvBuffer);
    FUZZ_CHECK(ntlm_user_delete(h) == SEC_I_NO_LSA_CONTEXT);
    FUZZ_CHECK(ntlm_user_delete(again) == SEC_I_NO_LSA_CONTEXT);
    return 0;
}
