/* Attributes: who answers, in which form, into how much room. */
#include "fake.h"
#include "half.h"

#include "ipc/attribute.h"
#include "sspi/memory.h"

static CredHandle cred;
static CtxtHandle open_context;         /* established, package NTLM, mapped */

static int
setup(void **state)
{
    fake_setup(state);
    cred = fake_credential(u"NTLM", NULL);
    open_context = fake_context(&cred, 0x42);
    return 0;
}

/* The reply's attribute form, from a structure. */
static struct view
flat(uint32_t id, const void *value)
{
    static uint8_t room[1024];
    _Alignas(8) uint8_t whole[64] = { 0 };
    const struct attribute *a = attribute_find_context(id);
    struct wr w = wr_init(room, sizeof(room));

    assert_true(a->size <= sizeof(whole));
    memcpy(whole, value, a->size);
    attribute_put(&w, a, whole);
    assert_false(w.failed);
    return wr_written(&w);
}

static status_t
answer_lsa(struct fake_call *c)
{
    SecPkgInfoW info = { 1, 2, 3, 4, (WCHAR *)(uintptr_t)u"Negotiate",
                         (WCHAR *)(uintptr_t)u"\u00e9" };
    SecPkgContext_NegotiationInfoW negotiation = { &info, SECPKG_NEGOTIATION_IN_PROGRESS };
    SecPkgContext_Lifespan life = { .tsStart.QuadPart = 5, .tsExpiry.QuadPart = 6 };
    SecPkgContext_NegoStatus nego = { 0x1234 };
    SecPkgContext_PasswordExpiry expiry = { .tsPasswordExpires.QuadPart = 9 };
    SecPkgContext_Flags flags = { 0x55 };
    const void *value = NULL;

    switch (c->q.query_context.attribute) {
    case SECPKG_ATTR_NEGOTIATION_INFO:
    case SECPKG_ATTR_PACKAGE_INFO:
        value = &negotiation;
        break;
    case SECPKG_ATTR_LIFESPAN:
        value = &life;
        break;
    case SECPKG_ATTR_NEGO_STATUS:
        value = &nego;
        break;
    case SECPKG_ATTR_PASSWORD_EXPIRY:
        value = &expiry;
        break;
    case SECPKG_ATTR_FLAGS:
        value = &flags;
        break;
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    c->p.query_context.value = flat(c->q.query_context.attribute, value);
    return SEC_E_OK;
}

static void
the_user_half_answers(void **state)
{
    SecPkgContext_Sizes sizes = { 0 };

    (void)state;
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxToken, 2888);
    assert_int_equal(fake.count[IPC_ID_query_context], 0);
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_STREAM_SIZES, &sizes),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_SIZES, NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(QueryContextAttributesW(&open_context, 0x7777, &sizes),
                     SEC_E_UNSUPPORTED_FUNCTION);
}

static void
names_in_both_forms(void **state)
{
    SecPkgContext_NamesW w;
    SecPkgContext_NamesA a;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_NAMES, &w), SEC_E_OK);
    assert_memory_equal(w.sUserName, u"J\u00f6rg", 10);
    assert_int_equal(FreeContextBuffer(w.sUserName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&open_context, SECPKG_ATTR_NAMES, &a), SEC_E_OK);
    assert_string_equal(a.sUserName, "J\xc3\xb6rg");
    assert_int_equal(FreeContextBuffer(a.sUserName), SEC_E_OK);
}

static void
the_ex_forms_check_the_room(void **state)
{
    SecPkgContext_Sizes sizes = { 7, 7, 7, 7 };

    (void)state;
    assert_int_equal(QueryContextAttributesExW(&open_context, SECPKG_ATTR_SIZES, &sizes, 15),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(sizes.cbMaxToken, 7);
    assert_int_equal(QueryContextAttributesExA(&open_context, SECPKG_ATTR_SIZES, &sizes, 16),
                     SEC_E_OK);
    assert_int_equal(sizes.cbMaxToken, 2888);
}

/* NTLM of fake.c lists LIFESPAN in SecpkgContextThunks. */
static void
thunks_go_to_the_lsa_half(void **state)
{
    SecPkgContext_Lifespan life = { .tsStart.QuadPart = 0 };

    (void)state;
    fake.answers[IPC_ID_query_context] = answer_lsa;
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_LIFESPAN, &life),
                     SEC_E_OK);
    assert_int_equal(life.tsStart.QuadPart, 5);
    assert_int_equal(life.tsExpiry.QuadPart, 6);
    assert_int_equal(fake.count[IPC_ID_query_context], 1);
}

/* For user halves that leave these to secur32. */
static void
what_the_library_knows_itself(void **state)
{
    SecPkgContext_PackageInfoA info;
    SecPkgContext_NegotiationInfoW negotiation;
    SecPkgContext_Flags flags;

    (void)state;
    assert_int_equal(QueryContextAttributesA(&open_context, SECPKG_ATTR_PACKAGE_INFO, &info),
                     SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, "NTLM");
    assert_string_equal(info.PackageInfo->Comment, "comment");
    assert_int_equal(FreeContextBuffer(info.PackageInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_NEGOTIATION_INFO,
                                             &negotiation), SEC_E_OK);
    assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    assert_memory_equal(negotiation.PackageInfo->Name, u"NTLM", 10);
    assert_int_equal(FreeContextBuffer(negotiation.PackageInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, ASC_RET_ALLOCATED_MEMORY | ASC_RET_INTEGRITY);
    assert_int_equal(fake.count[IPC_ID_query_context], 0);
}

static status_t
answer_continue(struct fake_call *c)
{
    c->p.accept.context = 0xc7;
    return SEC_I_CONTINUE_NEEDED;
}

static void
before_completion(void **state)
{
    SecPkgContext_NegotiationInfoA negotiation;
    SecPkgContext_Sizes sizes;
    SecPkgContext_Flags flags;
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    fake.answers[IPC_ID_query_context] = answer_lsa;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(QueryContextAttributesA(&h, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesA(&h, SECPKG_ATTR_NEGOTIATION_INFO, &negotiation),
                     SEC_E_OK);
    assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_IN_PROGRESS);
    assert_string_equal(negotiation.PackageInfo->Name, "Negotiate");
    assert_string_equal(negotiation.PackageInfo->Comment, "\xc3\xa9");
    assert_int_equal(negotiation.PackageInfo->wRPCID, 3);
    assert_int_equal(FreeContextBuffer(negotiation.PackageInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, 0x55);
}

/* D17: messages and most attributes go to the inner package; the negotiation's own stay. */
static void
negotiated_contexts(void **state)
{
    CredHandle negotiate = fake_credential(u"Negotiate", NULL);
    CtxtHandle h = fake_context(&negotiate, 0x43);
    SecPkgContext_PasswordExpiry expiry;
    SecPkgContext_NegoStatus nego;
    SecPkgContext_Sizes sizes;

    (void)state;
    fake.answers[IPC_ID_query_context] = answer_lsa;
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(fake.count[IPC_ID_query_context], 0);
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_NEGO_STATUS, &nego), SEC_E_OK);
    assert_int_equal(nego.LastStatus, 0x1234);
    /* Negotiate of fake.c has a thunk of its own. */
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry), SEC_E_OK);
    assert_int_equal(expiry.tsPasswordExpires.QuadPart, 9);
    /* A context that was not negotiated has no such attribute. */
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_NEGO_STATUS, &nego),
                     SEC_E_UNSUPPORTED_FUNCTION);
}

static status_t
answer_malformed(struct fake_call *c)
{
    c->p.query_context.value = view_of("abc", 3);
    return SEC_E_OK;
}

static void
a_malformed_value(void **state)
{
    SecPkgContext_Lifespan life = { .tsStart.QuadPart = 3 };

    (void)state;
    fake.answers[IPC_ID_query_context] = answer_malformed;
    assert_int_equal(QueryContextAttributesW(&open_context, SECPKG_ATTR_LIFESPAN, &life),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(life.tsStart.QuadPart, 3);
}

/* ---- credentials: the structure's pointers are client buffers (D9) ------- */

static uint64_t name_address;
static bool point_elsewhere;

static status_t
answer_credential_names(struct fake_call *c)
{
    static SecPkgCredentials_NamesW names;

    assert_true(c->with.window_base != 0 && c->with.window_size >= 64);
    name_address = point_elsewhere ? (uint64_t)(uintptr_t)&fake : c->with.window_base + 16;
    memset(&names, 0, sizeof(names));
    names.sUserName = (WCHAR *)(uintptr_t)name_address;
    c->p.query_credential.value = view_of(&names, sizeof(names));
    c->back.blocks.count = 1;
    c->back.blocks.v[0] = (struct ipc_range){ c->with.window_base + 16, view_of(u"J\u00f6rg", 10) };
    return SEC_E_OK;
}

static void
credential_names(void **state)
{
    SecPkgCredentials_NamesW w;
    SecPkgCredentials_NamesA a;

    (void)state;
    point_elsewhere = false;
    fake.answers[IPC_ID_query_credential] = answer_credential_names;
    assert_int_equal(QueryCredentialsAttributesW(&cred, SECPKG_CRED_ATTR_NAMES, &w), SEC_E_OK);
    assert_int_equal((uint64_t)(uintptr_t)w.sUserName, name_address);
    assert_memory_equal(w.sUserName, u"J\u00f6rg", 10);
    assert_int_equal(FreeContextBuffer(w.sUserName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(w.sUserName), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryCredentialsAttributesA(&cred, SECPKG_CRED_ATTR_NAMES, &a), SEC_E_OK);
    assert_string_equal(a.sUserName, "J\xc3\xb6rg");
    /* The client buffer went when the text was converted. */
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)name_address), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(a.sUserName), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesExW(&cred, SECPKG_CRED_ATTR_NAMES, &w, 7),
                     SEC_E_BUFFER_TOO_SMALL);
}

/* An address that is not in the window would be the application's own memory. */
static void
credential_pointers_are_checked(void **state)
{
    SecPkgCredentials_NamesW w = { NULL };

    (void)state;
    point_elsewhere = true;
    fake.answers[IPC_ID_query_credential] = answer_credential_names;
    assert_int_equal(QueryCredentialsAttributesW(&cred, SECPKG_CRED_ATTR_NAMES, &w),
                     SEC_E_INTERNAL_ERROR);
    assert_null(w.sUserName);
}

static void
credentials_of_a_lost_session(void **state)
{
    SecPkgCredentials_NamesW w;

    (void)state;
    point_elsewhere = false;
    fake.answers[IPC_ID_query_credential] = answer_credential_names;
    fake.session = 2;
    assert_int_equal(QueryCredentialsAttributesW(&cred, SECPKG_CRED_ATTR_NAMES, &w), SEC_E_OK);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 2);
    assert_int_equal(FreeContextBuffer(w.sUserName), SEC_E_OK);
}

/* ---- packages ---------------------------------------------------------- */

static void
packages_in_both_forms(void **state)
{
    PSecPkgInfoW w;
    PSecPkgInfoA a;
    ULONG n = 0;
    char lower[] = "negotiate", none[] = "Digest";

    (void)state;
    assert_int_equal(EnumerateSecurityPackagesW(&n, &w), SEC_E_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(w[2].Name, u"Negotiate", 20);
    assert_int_equal(FreeContextBuffer(w), SEC_E_OK);
    assert_int_equal(EnumerateSecurityPackagesA(&n, &a), SEC_E_OK);
    assert_string_equal(a[1].Name, "Bare");
    assert_int_equal(FreeContextBuffer(a), SEC_E_OK);
    assert_int_equal(QuerySecurityPackageInfoA(lower, &a), SEC_E_OK);
    assert_string_equal(a->Name, "Negotiate");
    assert_int_equal(a->cbMaxToken, 2888);
    assert_int_equal(FreeContextBuffer(a), SEC_E_OK);
    assert_int_equal(QuerySecurityPackageInfoA(none, &a), SEC_E_SECPKG_NOT_FOUND);
    assert_null(a);
    assert_int_equal(EnumerateSecurityPackagesA(NULL, &a), SEC_E_INVALID_HANDLE);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_user_half_answers), T(names_in_both_forms), T(the_ex_forms_check_the_room),
        T(thunks_go_to_the_lsa_half), T(what_the_library_knows_itself), T(before_completion),
        T(negotiated_contexts), T(a_malformed_value), T(credential_names),
        T(credential_pointers_are_checked), T(credentials_of_a_lost_session),
        T(packages_in_both_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
