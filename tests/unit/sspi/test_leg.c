/* One leg: what goes out, what comes back, and what happens when it is wrong. */
#include "fake.h"
#include "half.h"

#include "ntsecpkg.h"

static CredHandle cred;

static int
setup(void **state)
{
    fake_setup(state);
    cred = fake_credential(u"ntlm", NULL);
    return 0;
}

static SecBufferDesc
desc(SecBuffer *b, ULONG n)
{
    return (SecBufferDesc){ SECBUFFER_VERSION, n, b };
}

/* ---- two legs of an acceptor, as PostgreSQL and others call it ------------ */

static struct ipc_accept_context_req seen;
static uint8_t seen_token[16];

static status_t
answer_two_legs(struct fake_call *c)
{
    seen = c->q.accept;
    if (seen.input.count > 0)
        memcpy(seen_token, seen.input.v[0].bytes.p, seen.input.v[0].bytes.n);
    if (c->q.accept.context == 0) {
        c->p.accept.context = 0xc1;
        c->p.accept.attributes = ASC_RET_ALLOCATED_MEMORY;
        c->p.accept.output.present = true;
        c->p.accept.output.count = 1;
        c->p.accept.output.v[0] =
            (struct ipc_buffer){ SECBUFFER_TOKEN, 9, view_of("challenge", 9) };
        return SEC_I_CONTINUE_NEEDED;
    }
    return fake_accept_mapped(c, 0x5000, "data");
}

static void
two_legs(void **state)
{
    struct half_state *half = fake_half();
    SecBuffer in = { 5, SECBUFFER_TOKEN, (void *)"hello" }, out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc ins = desc(&in, 1), outs = desc(&out, 1);
    CtxtHandle first, second;
    ULONG attributes = 0;
    TimeStamp expiry;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_two_legs;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, &ins, ASC_REQ_ALLOCATE_MEMORY,
                                           SECURITY_NETWORK_DREP, &first, &outs, &attributes,
                                           NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(seen.credential, 0xc0df);
    assert_int_equal(seen.requirements, ASC_REQ_ALLOCATE_MEMORY);
    assert_memory_equal(seen_token, "hello", 5);
    /* The formats that the user half reads (half.c). */
    assert_int_equal(seen.format_lowest, 3);
    assert_int_equal(seen.format_highest, 7);
    assert_int_equal(attributes, ASC_RET_ALLOCATED_MEMORY);
    assert_int_equal(out.BufferType, SECBUFFER_TOKEN);
    assert_int_equal(out.cbBuffer, 9);
    assert_memory_equal(out.pvBuffer, "challenge", 9);
    assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_OK);
    assert_int_equal(half->count, 0);

    /* Leg 2: no credential, another variable for the handle. */
    out = (SecBuffer){ 0, SECBUFFER_TOKEN, NULL };
    assert_int_equal(AcceptSecurityContext(NULL, &first, &ins, ASC_REQ_ALLOCATE_MEMORY, 0, &second,
                                           &outs, &attributes, &expiry), SEC_E_OK);
    assert_int_equal(seen.credential, 0);
    assert_int_equal(seen.context, 0xc1);
    assert_memory_equal(&first, &second, sizeof(first));
    assert_int_equal(out.cbBuffer, 0);
    assert_int_equal(expiry.QuadPart, 777);
    assert_int_equal(half->count, 1);
    assert_int_equal(half->contexts[0].number, 0x5000);
    assert_memory_equal(half->contexts[0].data, "data", 4);
    assert_int_equal(fake.replies_held, 0);

    /* The credential goes, the context stays. */
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
    assert_int_equal(fake.last_freed, 0xc0df);
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&second), SEC_E_OK);
    assert_int_equal(half->deleted, 1);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
}

static void
deleting(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x10), copy = h;

    (void)state;
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(fake.last_deleted, 0xc1);
    assert_true(h.dwLower == SEC_DELETED_HANDLE && h.dwUpper == SEC_DELETED_HANDLE);
    /* Documented: OK for a context already deleted. A copy of the words is stale. */
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&copy), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
}

static void
no_lsa_context(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x10);

    (void)state;
    fake_half()->on_delete = SEC_I_NO_LSA_CONTEXT;
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(fake.count[IPC_ID_delete_context], 0);
}

/* ---- handles ----------------------------------------------------------- */

static void
bad_handles(void **state)
{
    CtxtHandle h, forged = fake_context(&cred, 0x10), absent = { 0, 0 };
    SecBuffer b = { 8, SECBUFFER_TOKEN, (uint8_t[8]){ 0 } };
    SecBufferDesc d = desc(&b, 1);

    (void)state;
    assert_int_equal(AcceptSecurityContext(NULL, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(AcceptSecurityContext(&absent, &absent, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    /* A context is no credential, and the other way round. */
    assert_int_equal(AcceptSecurityContext(&forged, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(MakeSignature(&cred, 0, &d, 0), SEC_E_INVALID_HANDLE);
    forged.dwUpper ^= 1;
    assert_int_equal(MakeSignature(&forged, 0, &d, 0), SEC_E_INVALID_HANDLE);
    SecInvalidateHandle(&h);
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(AcceptSecurityContext(&cred, &h, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.count[IPC_ID_accept_context], 1);
}

static void
messages(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x1234);
    uint64_t signature = 0;
    SecBuffer b = { 8, SECBUFFER_TOKEN, &signature };
    SecBufferDesc d = desc(&b, 1), bad = { 1, 1, &b };
    ULONG qop = 5;

    (void)state;
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_OK);
    assert_int_equal(signature, 0x1234);
    assert_int_equal(VerifySignature(&h, &d, 0, NULL), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(VerifySignature(&h, &d, 0, &qop), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(qop, 0x77);
    assert_int_equal(MakeSignature(&h, 0, NULL, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(MakeSignature(&h, 0, &bad, 0), SEC_E_INVALID_TOKEN);
    b.cbBuffer = 4;
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_BUFFER_TOO_SMALL);
    /* The user half has no such slot. */
    assert_int_equal(EncryptMessage(&h, 0, &d, 0), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(DecryptMessage(&h, &d, 0, NULL), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(CompleteAuthToken(&h, &d), SEC_E_UNSUPPORTED_FUNCTION);
}

static status_t
answer_continue(struct fake_call *c)
{
    c->p.accept.context = 0xc5;
    return SEC_I_CONTINUE_NEEDED;
}

static void
half_open_contexts_protect_nothing(void **state)
{
    uint64_t signature;
    SecBuffer b = { 8, SECBUFFER_TOKEN, &signature };
    SecBufferDesc d = desc(&b, 1);
    CtxtHandle h;
    void *token;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(CompleteAuthToken(&h, &d), SEC_E_INVALID_HANDLE);
    assert_int_equal(QuerySecurityContextToken(&h, &token), SEC_E_NO_IMPERSONATION);
    assert_int_equal(ExportSecurityContext(&h, 0, &b, NULL), SEC_E_NO_CONTEXT);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(fake.last_deleted, 0xc5);
}

static status_t
answer_complete_unmapped(struct fake_call *c)
{
    c->p.accept.context = 0xc6;
    return SEC_E_OK;
}

static void
unmapped_contexts_protect_nothing(void **state)
{
    SecBufferDesc d = desc(NULL, 0);
    CtxtHandle h;
    void *token = &h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_complete_unmapped;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QuerySecurityContextToken(&h, &token), SEC_E_NO_IMPERSONATION);
    assert_null(token);
}

/* ---- failures ---------------------------------------------------------- */

static status_t
answer_denied(struct fake_call *c)
{
    (void)c;
    return SEC_E_LOGON_DENIED;
}

static status_t
answer_denied_with_token(struct fake_call *c)
{
    c->p.accept.output.present = true;
    c->p.accept.output.count = 1;
    c->p.accept.output.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 6, view_of("reject", 6) };
    return SEC_E_LOGON_DENIED;
}

static status_t
answer_incomplete(struct fake_call *c)
{
    c->p.accept.input.present = true;
    c->p.accept.input.count = 2;
    c->p.accept.input.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 5, view_of(NULL, 0) };
    c->p.accept.input.v[1] = (struct ipc_buffer){ SECBUFFER_MISSING, 42, view_of(NULL, 0) };
    return SEC_E_INCOMPLETE_MESSAGE;
}

/* Callers send whatever cbBuffer says, also after an error. */
static void
a_failed_leg_has_nothing_to_send(void **state)
{
    char room[16] = "uninitialised";
    SecBuffer out = { 16, SECBUFFER_TOKEN, room };
    SecBufferDesc outs = desc(&out, 1);
    CtxtHandle h = { 1, 2 };

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_denied;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, &outs, NULL, NULL),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(out.cbBuffer, 0);
    assert_int_equal(out.BufferType, SECBUFFER_TOKEN);
    assert_true(h.dwLower == 1 && h.dwUpper == 2);
}

static void
an_extended_error_is_sent(void **state)
{
    char room[16];
    SecBuffer out = { 16, SECBUFFER_TOKEN, room };
    SecBufferDesc outs = desc(&out, 1);
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_denied_with_token;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, ASC_REQ_EXTENDED_ERROR, 0, &h, &outs,
                                           NULL, NULL), SEC_E_LOGON_DENIED);
    assert_int_equal(out.cbBuffer, 6);
    assert_memory_equal(room, "reject", 6);
    out = (SecBuffer){ 0, SECBUFFER_TOKEN, NULL };
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL,
                                           ASC_REQ_EXTENDED_ERROR | ASC_REQ_ALLOCATE_MEMORY, 0, &h,
                                           &outs, NULL, NULL), SEC_E_LOGON_DENIED);
    assert_int_equal(out.cbBuffer, 6);
    assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_OK);
}

static void
an_incomplete_message_keeps_the_room(void **state)
{
    char room[16];
    SecBuffer in[2] = { { 5, SECBUFFER_TOKEN, room }, { 0, SECBUFFER_EMPTY, NULL } };
    SecBuffer out = { 16, SECBUFFER_TOKEN, room };
    SecBufferDesc ins = desc(in, 2), outs = desc(&out, 1);
    CtxtHandle h;

    (void)state;
    memset(room, 'x', sizeof(room));
    fake.answers[IPC_ID_accept_context] = answer_incomplete;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, &ins, 0, 0, &h, &outs, NULL, NULL),
                     SEC_E_INCOMPLETE_MESSAGE);
    assert_int_equal(out.cbBuffer, 16);
    assert_int_equal(in[1].BufferType, SECBUFFER_MISSING);
    assert_int_equal(in[1].cbBuffer, 42);
    assert_int_equal(in[0].cbBuffer, 5);
}

static void
a_reply_that_is_none(void **state)
{
    SecBuffer out = { 16, SECBUFFER_TOKEN, (uint8_t[16]){ 0 } };
    SecBufferDesc outs = desc(&out, 1);
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    fake.garbage = true;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, &outs, NULL, NULL),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(out.cbBuffer, 0);
    assert_int_equal(fake.replies_held, 0);
}

/* ---- mapping ----------------------------------------------------------- */

static status_t
answer_mapped(struct fake_call *c)
{
    return fake_accept_mapped(c, 0x20, "secret keys");
}

static void
a_context_that_cannot_be_mapped_is_deleted(void **state)
{
    char room[16];
    SecBuffer out = { 16, SECBUFFER_TOKEN, room };
    SecBufferDesc outs = desc(&out, 1);
    CtxtHandle h = { 1, 2 };

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_mapped;
    fake_half()->next = STATUS_INSUFFICIENT_RESOURCES;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, &outs, NULL, NULL),
                     SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(fake.last_deleted, 0xc1);
    assert_int_equal(out.cbBuffer, 0);
    assert_true(h.dwLower == 1);
    assert_int_equal(fake_half()->deleted, 0);
    /* The number is free again. */
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(fake_half()->contexts[0].number, 0x20);
}

static status_t
answer_two_legs_mapped(struct fake_call *c)
{
    return c->q.accept.context == 0 ? answer_continue(c) : answer_mapped(c);
}

/* On a later leg the caller has a handle already: only deletion is left for it. */
static void
a_later_leg_that_cannot_be_mapped_poisons(void **state)
{
    SecBufferDesc d = desc(NULL, 0);
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_two_legs_mapped;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_I_CONTINUE_NEEDED);
    fake_half()->next = SEC_E_INVALID_TOKEN;
    assert_int_equal(AcceptSecurityContext(&cred, &h, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(AcceptSecurityContext(&cred, &h, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_INTERNAL_ERROR);
    assert_int_equal(fake.count[IPC_ID_accept_context], 2);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
}

static status_t
answer_mapped_by_nobody(struct fake_call *c)
{
    status_t st = fake_accept_mapped(c, 0x20, "data");

    c->p.accept.package = 2;
    return st;
}

static void
mapped_without_a_user_half(void **state)
{
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_mapped_by_nobody;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
}

static status_t
answer_nothing(struct fake_call *c)
{
    (void)c;
    return SEC_E_OK;
}

static void
a_success_without_a_context(void **state)
{
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_nothing;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_INTERNAL_ERROR);
}

/* The user half may keep the packed context's block for itself. */
static void
the_packed_context_can_be_taken_over(void **state)
{
    struct half_state *half = fake_half();
    CtxtHandle h;

    (void)state;
    half->take_packed = TRUE;
    fake.answers[IPC_ID_accept_context] = answer_mapped;
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &h, NULL, NULL, NULL),
                     SEC_E_OK);
    assert_memory_equal(half->taken, "secret keys", 11);
    assert_int_equal(FreeContextBuffer(half->taken), SEC_E_OK);
}

/* D7: a package that gives the same number again, while the first context lives. */
static void
a_number_in_use_becomes_a_surrogate(void **state)
{
    struct half_state *half = fake_half();
    CtxtHandle h[10];
    uint64_t signature[10];
    unsigned i, j;

    (void)state;
    for (i = 0; i < 10; i++) {
        fake.session = i + 1;
        h[i] = fake_context(&cred, 1);
    }
    assert_int_equal(half->count, 10);
    for (i = 0; i < 10; i++) {
        SecBuffer b = { 8, SECBUFFER_TOKEN, &signature[i] };
        SecBufferDesc d = desc(&b, 1);

        assert_int_equal(MakeSignature(&h[i], 0, &d, 0), SEC_E_OK);
        for (j = 0; j < i; j++)
            assert_int_not_equal(signature[i], signature[j]);
    }
    assert_int_equal(signature[0], 1);
    for (i = 0; i < 10; i++)
        assert_int_equal(DeleteSecurityContext(&h[i]), SEC_E_OK);
    assert_int_equal(half->deleted, 10);
    h[0] = fake_context(&cred, 1);
    assert_int_equal(half->contexts[10].number, 1);
}

static status_t
answer_again(struct fake_call *c)
{
    fake_accept_mapped(c, 0x30, "new keys");
    c->p.accept.context = 0xc1;
    return SEC_E_OK;
}

/* Reauthentication: the same number, other data. */
static void
mapping_again_replaces(void **state)
{
    CtxtHandle h = fake_context(&cred, 0x30);

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_again;
    assert_int_equal(AcceptSecurityContext(NULL, &h, NULL, 0, 0, &h, NULL, NULL, NULL), SEC_E_OK);
    assert_int_equal(fake_half()->count, 1);
    assert_int_equal(fake_half()->contexts[0].number, 0x30);
    assert_memory_equal(fake_half()->contexts[0].data, "new keys", 8);
}

/* ---- initiators -------------------------------------------------------- */

static status_t
answer_initialize(struct fake_call *c)
{
    assert_int_equal(c->q.initialize.target.n, 12);
    assert_memory_equal(c->q.initialize.target.p, u"HTTP/h", 12);
    assert_int_equal(c->with.attributes, SECPKG_CALL_ANSI);
    assert_int_equal(c->q.initialize.input.present, false);
    c->p.initialize.context = 0xc9;
    c->p.initialize.output.present = true;
    c->p.initialize.output.count = 1;
    c->p.initialize.output.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 5, view_of("hello", 5) };
    return SEC_I_CONTINUE_NEEDED;
}

static void
an_initiator_in_the_a_form(void **state)
{
    char room[5];
    SecBuffer out = { 5, SECBUFFER_TOKEN, room };
    SecBufferDesc outs = desc(&out, 1);
    CtxtHandle h;
    char name[] = "HTTP/h", bad[] = "HTTP/\xff";

    (void)state;
    fake.answers[IPC_ID_initialize_context] = answer_initialize;
    assert_int_equal(InitializeSecurityContextA(&cred, NULL, name, 0, 0, 0, NULL, 0, &h, &outs,
                                                NULL, NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(out.cbBuffer, 5);
    assert_memory_equal(room, "hello", 5);
    assert_int_equal(InitializeSecurityContextA(&cred, NULL, bad, 0, 0, 0, NULL, 0, &h, &outs,
                                                NULL, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(fake.count[IPC_ID_initialize_context], 1);
}

/* ---- NEED_CLIENT (D11) -------------------------------------------------- */

static uint32_t need_flags, need_package;
static bool goes_on_without;
static char given[64];

static status_t
answer_need(struct fake_call *c)
{
    struct view v = c->q.initialize.client_answer;

    assert_true(v.n < sizeof(given));
    memcpy(given, v.n > 0 ? v.p : (const uint8_t *)"", v.n);
    given[v.n] = '\0';
    if (v.n > 0 || (c->q.initialize.client_has_none != 0 && goes_on_without))
        return answer_initialize(c);
    c->p.initialize.need_package = need_package;
    c->p.initialize.need_kind = 7;
    c->p.initialize.need_flags = need_flags;
    c->p.initialize.need_target = view_of(u"HTTP/h", 12);
    return SEC_E_NO_CREDENTIALS;
}

static status_t
initiate_needing(uint32_t package, uint32_t flags)
{
    char room[5], name[] = "HTTP/h";
    SecBuffer out = { 5, SECBUFFER_TOKEN, room };
    SecBufferDesc outs = desc(&out, 1);
    CtxtHandle h;

    need_package = package;
    need_flags = flags;
    fake.answers[IPC_ID_initialize_context] = answer_need;
    return InitializeSecurityContextA(&cred, NULL, name, 0, 0, 0, NULL, 0, &h, &outs, NULL, NULL);
}

static void
a_need_is_met_by_the_provider(void **state)
{
    (void)state;
    assert_int_equal(initiate_needing(1, 0), SEC_I_CONTINUE_NEEDED);
    assert_string_equal(given, "7 for HTTP/h");
    assert_int_equal(fake.count[IPC_ID_initialize_context], 2);
    assert_int_equal(fake.replies_held, 0);
}

/* The refusal stays, and nothing is asked again; of another package's than the handle's, once. */
static void
a_need_that_nobody_meets(void **state)
{
    (void)state;
    assert_int_equal(initiate_needing(1, 1), SEC_E_NO_CREDENTIALS);
    assert_int_equal(initiate_needing(1, 2), SEC_E_INTERNAL_ERROR);
    assert_int_equal(fake.count[IPC_ID_initialize_context], 2);
    /* A package without a user half, and none at all. */
    assert_int_equal(initiate_needing(2, 0), SEC_E_NO_CREDENTIALS);
    assert_int_equal(initiate_needing(99, 0), SEC_E_NO_CREDENTIALS);
    assert_int_equal(fake.count[IPC_ID_initialize_context], 6);
    assert_int_equal(fake.replies_held, 0);
}

/* One of several that are negotiated has nothing: the next one's turn comes. */
static void
a_need_that_another_package_makes_good(void **state)
{
    (void)state;
    goes_on_without = true;
    assert_int_equal(initiate_needing(2, 0), SEC_I_CONTINUE_NEEDED);
    goes_on_without = false;
    assert_int_equal(fake.count[IPC_ID_initialize_context], 2);
    assert_int_equal(fake.replies_held, 0);
}

/* The authority enforces the room; a reply that does not fit all the same is given up. */
static void
a_token_that_does_not_fit(void **state)
{
    char room[4] = "....";
    SecBuffer out = { 4, SECBUFFER_TOKEN, room };
    SecBufferDesc outs = desc(&out, 1), none = { SECBUFFER_VERSION, 1, NULL };
    CtxtHandle h;
    char name[] = "HTTP/h";

    (void)state;
    fake.answers[IPC_ID_initialize_context] = answer_initialize;
    assert_int_equal(InitializeSecurityContextA(&cred, NULL, name, 0, 0, 0, NULL, 0, &h, &outs,
                                                NULL, NULL), SEC_E_BUFFER_TOO_SMALL);
    assert_memory_equal(room, "....", 4);
    assert_int_equal(fake.last_deleted, 0xc9);
    assert_int_equal(InitializeSecurityContextA(&cred, NULL, name, 0, 0, 0, NULL, 0, &h, &none,
                                                NULL, NULL), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(fake.count[IPC_ID_initialize_context], 1);
}

/* No handle is left for the context: it is deleted, and no output stays allocated. */
static void
a_full_table(void **state)
{
    SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc outs = { SECBUFFER_VERSION, 1, &out };
    CredHandle only;
    CtxtHandle h;

    (void)state;
    fake_start();
    fake_limit_objects(1);
    only = fake_credential(u"NTLM", NULL);
    fake.answers[IPC_ID_accept_context] = answer_two_legs;
    assert_int_equal(AcceptSecurityContext(&only, NULL, NULL, ASC_REQ_ALLOCATE_MEMORY, 0, &h, &outs,
                                           NULL, NULL), SEC_E_INSUFFICIENT_MEMORY);
    assert_null(out.pvBuffer);
    assert_int_equal(out.cbBuffer, 0);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
    assert_int_equal(fake.replies_held, 0);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(two_legs), T(deleting), T(no_lsa_context), T(bad_handles), T(messages),
        T(half_open_contexts_protect_nothing), T(unmapped_contexts_protect_nothing),
        T(a_failed_leg_has_nothing_to_send), T(an_extended_error_is_sent),
        T(an_incomplete_message_keeps_the_room), T(a_reply_that_is_none),
        T(a_context_that_cannot_be_mapped_is_deleted),
        T(a_later_leg_that_cannot_be_mapped_poisons), T(mapped_without_a_user_half),
        T(a_success_without_a_context), T(the_packed_context_can_be_taken_over),
        T(a_number_in_use_becomes_a_surrogate), T(mapping_again_replaces),
        T(an_initiator_in_the_a_form), T(a_token_that_does_not_fit), T(a_full_table),
        T(a_need_is_met_by_the_provider), T(a_need_that_nobody_meets),
        T(a_need_that_another_package_makes_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
