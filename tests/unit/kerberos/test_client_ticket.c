/*
 * Contexts with the calling user's own ticket (client_ticket.c): what the package asks for,
 * what it takes, and what it refuses of an application that may send anything.
 */
#include "world.h"

#include "packages/kerberos/wire/wire.h"

#include "winerror.h"

static uint8_t answer[WORLD_TOKEN_MAX];
static size_t answer_n;
static LSA_SEC_HANDLE credential;

/* An answer with a ticket for the service, as the provider makes it. */
static void
answer_make(const char *target, int64_t end, const char *delegated)
{
    answer_n = world_answer(answer, sizeof(answer),
                            &(struct ticket_answer){
                                .target = target, .end = end,
                                .delegated = view_of(delegated, strlen(delegated)) });
}

static NTSTATUS
initiate(uint8_t *token, ULONG *n, ULONG requirements)
{
    char16_t name[] = u"" WORLD_TARGET;
    UNICODE_STRING target = { sizeof(name) - 2, sizeof(name), (PWSTR)name };
    SecBuffer out = { *n, SECBUFFER_TOKEN, token };
    SecBufferDesc in = { SECBUFFER_VERSION, 0, NULL }, outs = { SECBUFFER_VERSION, 1, &out };
    SecBuffer data = { 0 };
    LSA_SEC_HANDLE context = 0;
    ULONG attributes = 0;
    TimeStamp expiry;
    BOOLEAN mapped = FALSE;
    NTSTATUS st;

    world.need_kind = world.need_flags = 0;
    st = world.package->InitLsaModeContext(credential, 0, &target, requirements, 0, &in, &context,
                                           &outs, &attributes, &expiry, &mapped, &data);
    *n = out.cbBuffer;
    if (st >= 0)
        assert_int_equal(world.package->DeleteContext(context), STATUS_SUCCESS);
    return st;
}

static NTSTATUS
initiate_with(const uint8_t *bytes, size_t n)
{
    uint8_t token[WORLD_TOKEN_MAX];
    ULONG token_n = sizeof(token);
    NTSTATUS st;

    world.client_answer = view_of(bytes, n);
    st = initiate(token, &token_n, ISC_REQ_MUTUAL_AUTH);
    world.client_answer = view_of(NULL, 0);
    return st;
}

static int
setup(void **state)
{
    TimeStamp expiry;
    int failed = world_setup(state);

    if (failed != 0)
        return failed;
    world.impersonating = FALSE;
    return world.package->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
                                                   NULL, &credential, &expiry);
}

static int
teardown(void **state)
{
    assert_int_equal(world.package->FreeCredentialsHandle(credential), STATUS_SUCCESS);
    return world_teardown(state);
}

static void
what_is_needed_is_said(void **state)
{
    uint8_t token[8];
    ULONG n = sizeof(token);

    (void)state;
    assert_int_equal(initiate(token, &n, ISC_REQ_MUTUAL_AUTH), SEC_E_NO_CREDENTIALS);
    assert_int_equal(world.need_kind, KRB_NEED_TICKET);
    assert_int_equal(world.need_flags, 0);
    n = sizeof(token);
    assert_int_equal(initiate(token, &n, ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(world.need_flags, KRB_NEED_DELEGATE);
}

/* The AP-REQ that comes of it is let in by the acceptor. */
static void
the_ticket_is_used(void **state)
{
    struct leg l = { .requirements = 0 };
    uint8_t token[WORLD_TOKEN_MAX];
    ULONG n = sizeof(token);

    (void)state;
    answer_make(WORLD_TARGET, 3600, "");
    world.client_answer = view_of(answer, answer_n);
    assert_int_equal(initiate(token, &n, ISC_REQ_MUTUAL_AUTH), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(world.need_kind, 0);
    world.client_answer = view_of(NULL, 0);
    assert_int_equal(leg_accept(&l, view_of(token, n)), STATUS_SUCCESS);
    leg_reset(&l);
}

static void
what_does_not_fit_is_refused(void **state)
{
    (void)state;
    answer_make("HTTP/other.example.com", 3600, "");
    assert_int_equal(initiate_with(answer, answer_n), SEC_E_INVALID_TOKEN);
    assert_true(logged("client_ticket_refused"));
    answer_make(WORLD_TARGET, -1, "");
    assert_int_equal(initiate_with(answer, answer_n), SEC_E_NO_CREDENTIALS);
    answer_make(WORLD_TARGET, 3600, "no KRB-CRED");
    assert_int_equal(initiate_with(answer, answer_n), SEC_E_INVALID_TOKEN);
    answer_make(WORLD_TARGET, 3600, "");
    assert_int_equal(initiate_with(answer, answer_n - 1), SEC_E_INVALID_TOKEN);
}

/* Any octet another: refused, or a ticket that the service would judge; never more than that. */
static void
altered_answers(void **state)
{
    (void)state;
    answer_make(WORLD_TARGET, 3600, "");
    for (size_t i = 0; i < answer_n; i++) {
        NTSTATUS st;

        answer[i] ^= 0x55;
        st = initiate_with(answer, answer_n);
        answer[i] ^= 0x55;
        assert_true(st == SEC_E_INVALID_TOKEN || st == SEC_E_NO_CREDENTIALS ||
                    st == SEC_E_KDC_UNKNOWN_ETYPE || st == SEC_I_CONTINUE_NEEDED);
        if (i < 4 + strlen(WORLD_TARGET))
            assert_int_equal(st, SEC_E_INVALID_TOKEN);
    }
}

/* Whoever acts for a client has that client's credentials, not the process's. */
static void
not_for_somebody_else(void **state)
{
    LSA_SEC_HANDLE h;
    TimeStamp expiry;

    (void)state;
    world.impersonating = TRUE;
    assert_int_equal(world.package->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, NULL,
                                                             NULL, NULL, NULL, &h, &expiry),
                     SEC_E_NO_CREDENTIALS);
    world.impersonating = FALSE;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_needed_is_said), T(the_ticket_is_used), T(what_does_not_fit_is_refused),
        T(altered_answers), T(not_for_somebody_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
