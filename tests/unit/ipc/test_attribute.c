/*
 * Attributes there and back: bytes written by hand, every row of the table with
 * its pointers set and NULL, an allocator that fails at each call, hostile
 * bytes. The sizes are those of Microsoft's headers for x64.
 */
#include "ipc/attribute.h"
#include "sspi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROOM 8192
#define NEVER SIZE_MAX

/* A structure with room for the largest one, and its flat form. */
struct value {
    _Alignas(16) uint8_t bytes[512];
};

static uint8_t room[ROOM], room_again[ROOM];

/* An allocator that counts what is out and fails when told to. */
static size_t blocks_out, calls, fail_at = NEVER;

static void *
test_alloc(size_t n)
{
    void *p;

    if (calls++ == fail_at)
        return NULL;
    p = malloc(n);
    assert_non_null(p);
    memset(p, 0xdd, n);
    blocks_out++;
    return p;
}

static void
test_release(void *p)
{
    assert_non_null(p);
    blocks_out--;
    free(p);
}

static int
allocator_reset(void **state)
{
    (void)state;
    blocks_out = 0;
    calls = 0;
    fail_at = NEVER;
    return 0;
}

static int
allocator_check(void **state)
{
    (void)state;
    assert_int_equal(blocks_out, 0);
    return 0;
}

/* id, size of the structure on Windows x64. */
static const struct {
    uint32_t id;
    uint16_t size;
} context_sizes[] = {
    { SECPKG_ATTR_SIZES, 16 }, { SECPKG_ATTR_NAMES, 8 }, { SECPKG_ATTR_LIFESPAN, 16 },
    { SECPKG_ATTR_DCE_INFO, 16 }, { SECPKG_ATTR_STREAM_SIZES, 20 }, { SECPKG_ATTR_KEY_INFO, 32 },
    { SECPKG_ATTR_AUTHORITY, 8 }, { SECPKG_ATTR_PROTO_INFO, 16 },
    { SECPKG_ATTR_PASSWORD_EXPIRY, 8 }, { SECPKG_ATTR_SESSION_KEY, 16 },
    { SECPKG_ATTR_PACKAGE_INFO, 8 }, { SECPKG_ATTR_USER_FLAGS, 4 },
    { SECPKG_ATTR_NEGOTIATION_INFO, 16 }, { SECPKG_ATTR_NATIVE_NAMES, 16 },
    { SECPKG_ATTR_FLAGS, 4 }, { SECPKG_ATTR_CREDENTIAL_NAME, 16 },
    { SECPKG_ATTR_TARGET_INFORMATION, 16 }, { SECPKG_ATTR_ACCESS_TOKEN, 8 },
    { SECPKG_ATTR_TARGET, 16 }, { SECPKG_ATTR_AUTHENTICATION_ID, 16 },
    { SECPKG_ATTR_LOGOFF_TIME, 8 }, { SECPKG_ATTR_NEGO_KEYS, 32 },
    { SECPKG_ATTR_PROMPTING_NEEDED, 8 }, { SECPKG_ATTR_UNIQUE_BINDINGS, 16 },
    { SECPKG_ATTR_ENDPOINT_BINDINGS, 16 }, { SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, 8 },
    { SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, 4 }, { SECPKG_ATTR_NEGO_PKG_INFO, 4 },
    { SECPKG_ATTR_NEGO_STATUS, 4 }, { SECPKG_ATTR_DTLS_MTU, 2 },
    { SECPKG_ATTR_APPLICATION_PROTOCOL, 264 }, { SECPKG_ATTR_IS_LOOPBACK, 1 },
    { SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, 8 },
};

static const struct {
    uint32_t id;
    uint16_t size;
} credential_sizes[] = {
    { SECPKG_CRED_ATTR_NAMES, 8 }, { SECPKG_CRED_ATTR_SSI_PROVIDER, 24 },
    { SECPKG_CRED_ATTR_CERT, 16 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
each_attribute(void (*fn)(const struct attribute *a))
{
    for (size_t i = 0; i < COUNT(context_sizes); i++)
        fn(attribute_find_context(context_sizes[i].id));
    for (size_t i = 0; i < COUNT(credential_sizes); i++)
        fn(attribute_find_credential(credential_sizes[i].id));
}

static void
test_table(void **state)
{
    static const uint32_t unknown[] = { SECPKG_ATTR_USE_VALIDATED, 23, 28, 29,
                                        SECPKG_ATTR_CONTEXT_DELETED, 0x53, 0x10000, 0xffffffff };

    (void)state;
    for (size_t i = 0; i < COUNT(context_sizes); i++) {
        const struct attribute *a = attribute_find_context(context_sizes[i].id);

        assert_non_null(a);
        assert_int_equal(a->id, context_sizes[i].id);
        assert_int_equal(a->size, context_sizes[i].size);
    }
    for (size_t i = 0; i < COUNT(credential_sizes); i++) {
        const struct attribute *a = attribute_find_credential(credential_sizes[i].id);

        assert_non_null(a);
        assert_int_equal(a->size, credential_sizes[i].size);
    }
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_null(attribute_find_context(unknown[i]));
    assert_null(attribute_find_credential(0));
    assert_null(attribute_find_credential(SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS));
    assert_string_equal(attribute_find_context(0)->name, "SIZES");
    assert_string_equal(attribute_find_credential(4)->name, "CERT");
}

static void
test_names_bytes(void **state)
{
    static const uint8_t want[] = { 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0,
                                    'B', 0, 'o', 0, 'b', 0, 0, 0 };
    SEC_WCHAR bob[] = u"Bob";
    SecPkgContext_NamesW names = { bob }, out;
    const struct attribute *a = attribute_find_context(SECPKG_ATTR_NAMES);
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    attribute_put(&w, a, &names);
    assert_int_equal(w.len, sizeof(want));
    assert_memory_equal(room, want, sizeof(want));
    assert_int_equal(attribute_get(view_of(want, sizeof(want)), a, &out, test_alloc,
                                   test_release), 0);
    assert_int_equal(calls, 1);
    assert_memory_equal(out.sUserName, u"Bob", 8);
    attribute_free(a, &out, test_release);
    assert_null(out.sUserName);
}

static void
test_session_key_bytes(void **state)
{
    static const uint8_t want[] = { 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                    3, 0, 0, 0, 0xaa, 0xbb, 0xcc };
    UCHAR key[] = { 0xaa, 0xbb, 0xcc };
    SecPkgContext_SessionKey session = { 3, key };
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    memset(&session, 0, sizeof(session));
    session.SessionKeyLength = 3;
    session.SessionKey = key;
    attribute_put(&w, attribute_find_context(SECPKG_ATTR_SESSION_KEY), &session);
    assert_int_equal(w.len, sizeof(want));
    assert_memory_equal(room, want, sizeof(want));
}

/* A length without bytes is the package's slip; the application must not see it. */
static void
test_length_without_bytes(void **state)
{
    SecPkgContext_SessionKey session = { 16, NULL };
    const struct attribute *a = attribute_find_context(SECPKG_ATTR_SESSION_KEY);
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    attribute_put(&w, a, &session);
    session.SessionKeyLength = 99;
    assert_int_equal(attribute_get(wr_written(&w), a, &session, test_alloc, test_release), 0);
    assert_int_equal(session.SessionKeyLength, 0);
    assert_null(session.SessionKey);
}

/* Name and comment lie in the block of the structure: one FreeContextBuffer frees all. */
static void
test_package_info(void **state)
{
    SEC_WCHAR name[] = u"NTLM", comment[] = u"";
    SecPkgInfoW info = { SECPKG_FLAG_INTEGRITY, 1, 10, 2888, name, comment };
    SecPkgContext_NegotiationInfoW nego = { &info, SECPKG_NEGOTIATION_OPTIMISTIC }, out;
    const struct attribute *a = attribute_find_context(SECPKG_ATTR_NEGOTIATION_INFO);
    struct wr w = wr_init(room, sizeof(room));
    uint8_t *block;

    (void)state;
    attribute_put(&w, a, &nego);
    assert_int_equal(attribute_get(wr_written(&w), a, &out, test_alloc, test_release), 0);
    assert_int_equal(calls, 1);
    block = (uint8_t *)out.PackageInfo;
    assert_true((uint8_t *)out.PackageInfo->Name == block + 32);
    assert_true((uint8_t *)out.PackageInfo->Comment == block + 32 + 10);
    assert_memory_equal(out.PackageInfo->Name, name, sizeof(name));
    assert_memory_equal(out.PackageInfo->Comment, comment, sizeof(comment));
    assert_int_equal(out.PackageInfo->fCapabilities, SECPKG_FLAG_INTEGRITY);
    assert_int_equal(out.PackageInfo->wVersion, 1);
    assert_int_equal(out.PackageInfo->wRPCID, 10);
    assert_int_equal(out.PackageInfo->cbMaxToken, 2888);
    assert_int_equal(out.NegotiationState, SECPKG_NEGOTIATION_OPTIMISTIC);
    attribute_free(a, &out, test_release);
}

static void
test_package_info_null(void **state)
{
    SecPkgInfoW info = { 1, 1, 1, 1, NULL, NULL };
    SecPkgContext_PackageInfoW value = { &info }, out;
    const struct attribute *a = attribute_find_context(SECPKG_ATTR_PACKAGE_INFO);
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    attribute_put(&w, a, &value);
    assert_int_equal(attribute_get(wr_written(&w), a, &out, test_alloc, test_release), 0);
    assert_null(out.PackageInfo->Name);
    assert_null(out.PackageInfo->Comment);
    attribute_free(a, &out, test_release);
    w = wr_init(room, sizeof(room));
    value.PackageInfo = NULL;
    attribute_put(&w, a, &value);
    assert_int_equal(attribute_get(wr_written(&w), a, &out, test_alloc, test_release), 0);
    assert_null(out.PackageInfo);
}

/* A handle is a number: it travels in the structure and nothing is allocated. */
static void
test_handle(void **state)
{
    SecPkgContext_AccessToken token, out;
    const struct attribute *a = attribute_find_context(SECPKG_ATTR_ACCESS_TOKEN);
    struct wr w = wr_init(room, sizeof(room));

    (void)state;
    token.AccessToken = (void *)(uintptr_t)0x123456789abcu;
    attribute_put(&w, a, &token);
    assert_int_equal(w.len, 8);
    assert_int_equal(attribute_get(wr_written(&w), a, &out, test_alloc, test_release), 0);
    assert_ptr_equal(out.AccessToken, token.AccessToken);
    assert_int_equal(calls, 0);
    attribute_free(a, &out, test_release);
}

/* Fills any row of the table; pointers point at these. */
static SEC_WCHAR text[] = u"Gr\u00fc\u00dfe \U0001f511";
static uint8_t blob[37] = { 1, 0, 2, 0, 0xff };
static SecPkgInfoW package = { 7, 1, 9, 12000, text, text };

static void
fill(const struct attribute *a, struct value *v)
{
    memset(v, 0, sizeof(*v));
    if (a->pointers[0].kind == ATTRIBUTE_NONE)
        memset(v->bytes, 0x5a, a->size);
    for (size_t i = 0; i < ATTRIBUTE_POINTERS_MAX; i++) {
        void *targets[] = { NULL, text, blob, &package, (void *)(uintptr_t)0xabcdef };
        uint8_t kind = a->pointers[i].kind;

        if (kind == ATTRIBUTE_NONE)
            continue;
        memcpy(v->bytes + a->pointers[i].offset, &targets[kind], sizeof(void *));
        if (kind == ATTRIBUTE_BYTES)
            v->bytes[a->pointers[i].length_offset] = sizeof(blob);
    }
}

static struct view
flatten(const struct attribute *a, const struct value *v, uint8_t *to)
{
    struct wr w = wr_init(to, ROOM);

    attribute_put(&w, a, v->bytes);
    assert_false(w.failed);
    return wr_written(&w);
}

static void
round_trip(const struct attribute *a)
{
    struct value in, out;
    struct view flat, again;

    fill(a, &in);
    flat = flatten(a, &in, room);
    memset(&out, 0xee, sizeof(out));
    assert_int_equal(attribute_get(flat, a, &out, test_alloc, test_release), 0);
    for (size_t i = a->size; i < sizeof(out); i++)
        assert_int_equal(out.bytes[i], 0xee);
    again = flatten(a, &out, room_again);
    assert_true(view_is_equal(flat, again));
    attribute_free(a, &out, test_release);
    for (size_t i = 0; i < a->size; i++)
        assert_int_equal(out.bytes[i], 0);
    memset(&in, 0, sizeof(in));
    flat = flatten(a, &in, room);
    assert_int_equal(attribute_get(flat, a, &out, test_alloc, test_release), 0);
    assert_memory_equal(&in, &out, a->size);
}

static void
test_round_trips(void **state)
{
    (void)state;
    each_attribute(round_trip);
}

/* The nth allocation fails: nothing stays allocated, value is zeros. */
static void
fail_each_allocation(const struct attribute *a)
{
    struct value in, out;
    struct view flat;
    size_t needed;

    fill(a, &in);
    flat = flatten(a, &in, room);
    calls = 0;
    fail_at = NEVER;
    assert_int_equal(attribute_get(flat, a, &out, test_alloc, test_release), 0);
    attribute_free(a, &out, test_release);
    needed = calls;
    for (fail_at = 0; fail_at < needed; fail_at++) {
        calls = 0;
        memset(&out, 0xee, sizeof(out));
        assert_int_equal(attribute_get(flat, a, &out, test_alloc, test_release),
                         SEC_E_INSUFFICIENT_MEMORY);
        assert_int_equal(blocks_out, 0);
        for (size_t i = 0; i < a->size; i++)
            assert_int_equal(out.bytes[i], 0);
    }
    fail_at = NEVER;
}

static void
test_allocation_failures(void **state)
{
    (void)state;
    each_attribute(fail_each_allocation);
}

/* What is refused leaves nothing; what is taken is canonical. */
static void
check_hostile(const struct attribute *a, const uint8_t *p, size_t n, bool must_fail)
{
    uint8_t *copy = malloc(n + 1);      /* so that a sanitizer sees an overrun */
    struct value out;
    status_t status;

    memcpy(copy, p, n);
    memset(&out, 0xee, sizeof(out));
    status = attribute_get(view_of(copy, n), a, &out, test_alloc, test_release);
    if (status == SEC_E_OK) {
        assert_false(must_fail);
        assert_true(view_is_equal(view_of(copy, n), flatten(a, &out, room_again)));
        attribute_free(a, &out, test_release);
    } else {
        assert_int_equal(status, SEC_E_INTERNAL_ERROR);
        for (size_t i = 0; i < a->size; i++)
            assert_int_equal(out.bytes[i], 0);
    }
    assert_int_equal(blocks_out, 0);
    free(copy);
}

static void
mutate(const struct attribute *a)
{
    static const uint8_t flips[] = { 0x01, 0x02, 0x80, 0xff };
    struct value in;
    struct view flat;

    fill(a, &in);
    flat = flatten(a, &in, room);
    for (size_t n = 0; n < flat.n; n++)
        check_hostile(a, flat.p, n, true);
    room[flat.n] = 0;
    check_hostile(a, flat.p, flat.n + 1, true);
    for (size_t at = 0; at < flat.n; at++) {
        for (size_t i = 0; i < sizeof(flips); i++) {
            room[at] ^= flips[i];
            check_hostile(a, flat.p, flat.n, false);
            room[at] ^= flips[i];
        }
    }
}

static void
test_hostile_bytes(void **state)
{
    (void)state;
    each_attribute(mutate);
}

static status_t
get_names(const void *p, size_t n)
{
    SecPkgContext_NamesW out;
    const struct attribute *a = attribute_find_context(SECPKG_ATTR_NAMES);
    status_t status = attribute_get(view_of(p, n), a, &out, test_alloc, test_release);

    if (status == SEC_E_OK)
        attribute_free(a, &out, test_release);
    return status;
}

static void
test_hostile_strings(void **state)
{
    uint8_t flat[12 + 6] = { [8] = 6, [12] = 'a', [14] = 'b' };

    (void)state;
    assert_int_equal(get_names(flat, 18), SEC_E_OK);
    flat[16] = 'c';                     /* no NUL */
    assert_int_equal(get_names(flat, 18), SEC_E_INTERNAL_ERROR);
    flat[16] = 0;
    flat[14] = 0;                       /* a NUL inside */
    assert_int_equal(get_names(flat, 18), SEC_E_INTERNAL_ERROR);
    flat[8] = 3;                        /* half a unit */
    assert_int_equal(get_names(flat, 15), SEC_E_INTERNAL_ERROR);
    flat[8] = 1;
    assert_int_equal(get_names(flat, 13), SEC_E_INTERNAL_ERROR);
    flat[8] = 0;
    assert_int_equal(get_names(flat, 12), SEC_E_OK);
    flat[3] = 1;                        /* an address */
    assert_int_equal(get_names(flat, 12), SEC_E_INTERNAL_ERROR);
    flat[3] = 0;
    memset(flat + 8, 0xff, 4);          /* longer than anything */
    assert_int_equal(get_names(flat, 18), SEC_E_INTERNAL_ERROR);
}

/* A string without an end fails the writer instead of running on. */
static void
test_runaway_string(void **state)
{
    size_t units = 40000;
    SEC_WCHAR *s = calloc(units, sizeof(*s));
    SecPkgContext_NamesW names = { s };
    struct wr w = wr_init_heap(1024 * 1024);

    (void)state;
    for (size_t i = 0; i < units - 1; i++)
        s[i] = 'a';
    attribute_put(&w, attribute_find_context(SECPKG_ATTR_NAMES), &names);
    assert_true(w.failed);
    wr_wipe(&w);
    s[32767] = 0;
    w = wr_init_heap(1024 * 1024);
    attribute_put(&w, attribute_find_context(SECPKG_ATTR_NAMES), &names);
    assert_false(w.failed);
    assert_int_equal(w.len, 12 + 2 * 32768);
    wr_wipe(&w);
    free(s);
}

/* At every size of the buffer the writer says that it failed. */
static void
put_without_room(const struct attribute *a)
{
    struct value in;
    size_t needed;

    fill(a, &in);
    needed = flatten(a, &in, room).n;
    for (size_t n = 0; n < needed; n++) {
        struct wr w = wr_init(room_again, n);

        attribute_put(&w, a, in.bytes);
        assert_true(w.failed);
    }
}

static void
test_put_without_room(void **state)
{
    (void)state;
    each_attribute(put_without_room);
}

#define COUNTED(test) cmocka_unit_test_setup_teardown(test, allocator_reset, allocator_check)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        COUNTED(test_table),
        COUNTED(test_names_bytes),
        COUNTED(test_session_key_bytes),
        COUNTED(test_length_without_bytes),
        COUNTED(test_package_info),
        COUNTED(test_package_info_null),
        COUNTED(test_handle),
        COUNTED(test_round_trips),
        COUNTED(test_allocation_failures),
        COUNTED(test_hostile_bytes),
        COUNTED(test_hostile_strings),
        COUNTED(test_runaway_string),
        COUNTED(test_put_without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
