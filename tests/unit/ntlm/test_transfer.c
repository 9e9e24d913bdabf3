/*
 * Contexts that travel: what was exported goes on where it stopped, by MS-NLMP's own messages,
 * and packed bytes that cannot be are refused.
 */
#include "fake_lsa.h"
#include "vectors.h"

#include "base/filetime.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/protect/transfer.h"

#define FILE_NAME "ntlm-vectors.tsv"
#define FLAGS_V2 0xe2888235u            /* 4.2.4: KEY_EXCH, 56, 128, ESS, SEAL, SIGN */

enum { CLIENT = 0x1001, SERVER = 0x1002 };

static void
context_make(LSA_SEC_HANDLE handle, enum ntlm_role role)
{
    uint8_t bytes[512];
    struct wr w = wr_init(bytes, sizeof(bytes));
    struct ntlm_context_data d = {
        .role = (uint8_t)role,
        .flags = FLAGS_V2,
        .attributes = 0x1234,
        .token = role == NTLM_ROLE_ACCEPTOR ? 0x99 : 0,
        .start = 5,
        .expiry = FILETIME_NEVER,
        .account = view_of(u"DOM\\user", 16),
        .target = view_of(u"HTTP/h\u00e9", 14),
    };
    SecBuffer packed;

    assert_int_equal(vector_get(FILE_NAME, "common.RandomSessionKey", d.session_key, 16), 16);
    ntlm_context_data_build(&w, &d);
    packed = (SecBuffer){ (ULONG)w.len, SECBUFFER_TOKEN, bytes };
    assert_int_equal(fake.user->InitUserModeContext(handle, &packed), STATUS_SUCCESS);
}

static int
setup(void **state)
{
    if (fake_setup(state) != 0)
        return -1;
    context_make(CLIENT, NTLM_ROLE_INITIATOR);
    context_make(SERVER, NTLM_ROLE_ACCEPTOR);
    return 0;
}

static int
teardown(void **state)
{
    assert_int_equal(fake.user->DeleteUserModeContext(CLIENT), STATUS_SUCCESS);
    assert_int_equal(fake.user->DeleteUserModeContext(SERVER), STATUS_SUCCESS);
    return fake_teardown(state);
}

struct message {
    uint8_t token[16], data[64];
    SecBuffer buffers[2];
    SecBufferDesc desc;
};

/* Seals the specification's text; the result must be the row's. */
static void
assert_seals(LSA_SEC_HANDLE h, const char *row, struct message *m)
{
    char name[64];
    uint8_t want[64];
    size_t n = vector_get(FILE_NAME, "common.Plaintext.utf16le", m->data, sizeof(m->data));

    m->buffers[0] = (SecBuffer){ sizeof(m->token), SECBUFFER_TOKEN, m->token };
    m->buffers[1] = (SecBuffer){ (ULONG)n, SECBUFFER_DATA, m->data };
    m->desc = (SecBufferDesc){ SECBUFFER_VERSION, 2, m->buffers };
    assert_int_equal(fake.user->SealMessage(h, 0, &m->desc, 0), STATUS_SUCCESS);
    (void)snprintf(name, sizeof(name), "%s.Data", row);
    n = vector_get(FILE_NAME, name, want, sizeof(want));
    assert_memory_equal(m->data, want, n);
    (void)snprintf(name, sizeof(name), "%s.Signature", row);
    assert_int_equal(vector_get(FILE_NAME, name, want, sizeof(want)), 16);
    assert_memory_equal(m->token, want, 16);
}

static void
assert_unseals(LSA_SEC_HANDLE h, struct message *m)
{
    uint8_t want[64];
    size_t n = vector_get(FILE_NAME, "common.Plaintext.utf16le", want, sizeof(want));

    assert_int_equal(fake.user->UnsealMessage(h, &m->desc, 0, NULL), STATUS_SUCCESS);
    assert_memory_equal(m->data, want, n);
}

static SecBuffer
pack(LSA_SEC_HANDLE h, ULONG flags)
{
    SecBuffer b = { 0, 9, NULL };

    assert_int_equal(fake.user->ExportContext(h, flags, &b, NULL), STATUS_SUCCESS);
    assert_int_equal(b.BufferType, SECBUFFER_EMPTY);
    return b;
}

static LSA_SEC_HANDLE
travel(LSA_SEC_HANDLE from, ULONG flags, HANDLE token)
{
    SecBuffer b = pack(from, flags);
    LSA_SEC_HANDLE h = 0;

    assert_int_equal(fake.user->ImportContext(&b, token, &h), STATUS_SUCCESS);
    assert_int_not_equal(h, from);
    fake_heap_free(b.pvBuffer);
    return h;
}

static void
give_up(LSA_SEC_HANDLE h)
{
    assert_int_equal(fake.user->DeleteUserModeContext(h), SEC_I_NO_LSA_CONTEXT);
    assert_int_equal(fake.user->DeleteUserModeContext(h), SEC_E_INVALID_HANDLE);
}

/* Both ends travel between the first message and the second. */
static void
sequences_and_key_streams_go_on(void **state)
{
    LSA_SEC_HANDLE client, server;
    struct message m;

    (void)state;
    assert_seals(CLIENT, "v2.Seal", &m);
    assert_unseals(SERVER, &m);
    client = travel(CLIENT, 0, NULL);
    server = travel(SERVER, 0, NULL);
    assert_seals(client, "v2.Seal.seq1", &m);
    assert_unseals(server, &m);
    /* A direction that had not begun begins. */
    assert_seals(server, "v2.Server.Seal", &m);
    assert_unseals(client, &m);
    give_up(client);
    give_up(server);
}

/* And again from there: an imported context can be exported. */
static void
a_second_journey(void **state)
{
    LSA_SEC_HANDLE first = travel(SERVER, 0, NULL), second;
    struct message m;

    (void)state;
    assert_seals(CLIENT, "v2.Seal", &m);
    assert_unseals(first, &m);
    second = travel(first, 0, NULL);
    give_up(first);
    assert_seals(CLIENT, "v2.Seal.seq1", &m);
    assert_unseals(second, &m);
    give_up(second);
}

static void
a_reset_one_begins_anew(void **state)
{
    LSA_SEC_HANDLE client;
    struct message m;

    (void)state;
    assert_seals(CLIENT, "v2.Seal", &m);
    client = travel(CLIENT, SECPKG_CONTEXT_EXPORT_RESET_NEW, NULL);
    assert_seals(client, "v2.Seal", &m);
    assert_seals(CLIENT, "v2.Seal.seq1", &m);   /* the old one goes on */
    give_up(client);
}

static void
names_attributes_and_key_come_along(void **state)
{
    LSA_SEC_HANDLE h = travel(SERVER, 0, NULL);
    SecPkgContext_NamesW names;
    SecPkgContext_Flags flags;
    SecPkgContext_SessionKey key;
    uint8_t want[16];

    (void)state;
    assert_int_equal(fake.user->QueryContextAttributes(h, SECPKG_ATTR_NAMES, &names), 0);
    assert_memory_equal(names.sUserName, u"DOM\\user", 18);
    assert_int_equal(fake.user->QueryContextAttributes(h, SECPKG_ATTR_FLAGS, &flags), 0);
    assert_int_equal(flags.Flags, 0x1234);
    assert_int_equal(fake.user->QueryContextAttributes(h, SECPKG_ATTR_SESSION_KEY, &key), 0);
    assert_int_equal(vector_get(FILE_NAME, "common.RandomSessionKey", want, 16), 16);
    assert_memory_equal(key.SessionKey, want, 16);
    fake_heap_free(names.sUserName);
    fake_heap_free(key.SessionKey);
    give_up(h);
}

/* A number of one process means nothing in another: it travels beside the bytes, or not. */
static void
the_token_is_the_importers(void **state)
{
    LSA_SEC_HANDLE with = travel(SERVER, 0, (HANDLE)0x77), without = travel(SERVER, 0, NULL);
    SecBuffer b = { 0, 0, NULL };
    HANDLE token = NULL;

    (void)state;
    assert_int_equal(fake.user->GetContextToken(with, &token), STATUS_SUCCESS);
    assert_ptr_equal(token, (HANDLE)0x77);
    assert_int_equal(fake.user->GetContextToken(without, &token), SEC_E_NO_IMPERSONATION);
    assert_int_equal(fake.user->ExportContext(SERVER, 0, &b, &token), STATUS_SUCCESS);
    assert_ptr_equal(token, (HANDLE)0x99);
    fake_heap_free(b.pvBuffer);
    give_up(with);
    give_up(without);
}

static void
what_cannot_be_exported(void **state)
{
    SecBuffer b = { 0, 0, NULL };

    (void)state;
    assert_int_equal(fake.user->ExportContext(SERVER, SECPKG_CONTEXT_EXPORT_TO_KERNEL, &b, NULL),
                     SEC_E_NOT_SUPPORTED);
    assert_int_equal(fake.user->ExportContext(0x4711, 0, &b, NULL), SEC_E_NO_CONTEXT);
    assert_int_equal(fake.user->ExportContext(SERVER, 0, NULL, NULL), SEC_E_INVALID_PARAMETER);
    fake.heap_left = 0;
    assert_int_equal(fake.user->ExportContext(SERVER, 0, &b, NULL), SEC_E_INSUFFICIENT_MEMORY);
    fake.heap_left = -1;
    assert_null(b.pvBuffer);
}

/* ---- hostile bytes ------------------------------------------------------ */

static NTSTATUS
try(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n + (n == 0));      /* so that a read behind it shows */
    SecBuffer b = { (ULONG)n, SECBUFFER_EMPTY, exact };
    LSA_SEC_HANDLE h = 0;
    NTSTATUS st;

    if (n > 0)
        memcpy(exact, bytes, n);
    st = fake.user->ImportContext(&b, NULL, &h);
    free(exact);
    if (NT_SUCCESS(st))
        give_up(h);
    return st;
}

static void
cut_and_lengthened_bytes_are_refused(void **state)
{
    struct message m;
    SecBuffer b;
    uint8_t longer[2048];

    (void)state;
    assert_seals(CLIENT, "v2.Seal", &m);
    b = pack(CLIENT, 0);
    for (ULONG n = 0; n < b.cbBuffer; n++)
        assert_int_equal(try(b.pvBuffer, n), SEC_E_INVALID_TOKEN);
    assert_int_equal(try(b.pvBuffer, b.cbBuffer), STATUS_SUCCESS);
    assert_true(b.cbBuffer < sizeof(longer));
    memcpy(longer, b.pvBuffer, b.cbBuffer);
    longer[b.cbBuffer] = 0;
    assert_int_equal(try(longer, b.cbBuffer + 1), SEC_E_INVALID_TOKEN);
    fake_heap_free(b.pvBuffer);
}

/* Every bit: refused, or a context that can be used and given up. */
static void
changed_bits_do_no_harm(void **state)
{
    struct message m;
    SecBuffer b;
    uint8_t *p;
    unsigned refused = 0;

    (void)state;
    assert_seals(CLIENT, "v2.Seal", &m);
    b = pack(CLIENT, 0);
    p = b.pvBuffer;
    for (ULONG i = 0; i < b.cbBuffer * 8; i++) {
        p[i / 8] ^= (uint8_t)(1u << i % 8);
        refused += try(p, b.cbBuffer) == SEC_E_INVALID_TOKEN;
        p[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    /* Both magics, formats and lengths, and each byte of the permutation. */
    assert_true(refused >= 2 * 8 * 8 + 256 * 8);
    fake_heap_free(b.pvBuffer);
}

/* A state with a byte twice would repeat itself: the first message begins it, so it is there. */
static void
a_state_that_is_no_permutation_is_refused(void **state)
{
    struct message m;
    SecBuffer b;
    uint8_t *s;

    (void)state;
    assert_seals(CLIENT, "v2.Seal", &m);
    b = pack(CLIENT, 0);
    /* In front of the direction that has not begun: u8 and u32. */
    s = (uint8_t *)b.pvBuffer + b.cbBuffer - 5 - 2 - NTLM_RC4_STATE_SIZE;
    s[10] = s[11];
    assert_int_equal(try(b.pvBuffer, b.cbBuffer), SEC_E_INVALID_TOKEN);
    memset(s, 0, NTLM_RC4_STATE_SIZE);
    assert_int_equal(try(b.pvBuffer, b.cbBuffer), SEC_E_INVALID_TOKEN);
    fake_heap_free(b.pvBuffer);
}

static void
the_arguments_are_checked(void **state)
{
    static uint8_t large[20000];
    SecBuffer b = { sizeof(large), SECBUFFER_EMPTY, large };
    LSA_SEC_HANDLE h;

    (void)state;
    assert_int_equal(fake.user->ImportContext(&b, NULL, &h), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->ImportContext(NULL, NULL, &h), SEC_E_INVALID_TOKEN);
    assert_int_equal(fake.user->ImportContext(&b, NULL, NULL), SEC_E_INVALID_HANDLE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(sequences_and_key_streams_go_on), T(a_second_journey), T(a_reset_one_begins_anew),
        T(names_attributes_and_key_come_along), T(the_token_is_the_importers),
        T(what_cannot_be_exported), T(cut_and_lengthened_bytes_are_refused),
        T(changed_bits_do_no_harm), T(a_state_that_is_no_permutation_is_refused),
        T(the_arguments_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
