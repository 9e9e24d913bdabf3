/*
 * Channel bindings: the hash on MS-NLMP's vector; what each policy does with each
 * client, the report included, written down from Microsoft's pages (AcceptSecurityContext's
 * ASC_REQ_ALLOW_MISSING_BINDINGS and _PROXY_BINDINGS, SEC_CHANNEL_BINDINGS_RESULT) and
 * not from the code; and whole handshakes.
 */
#include "fake_lsa.h"

#include "packages/common/channel_bindings.h"
#include "vectors.h"

#define NOTHING view_of(NULL, 0)
#define LAX ASC_REQ_ALLOW_MISSING_BINDINGS
#define PROXY ASC_REQ_PROXY_BINDINGS

static struct side client, server;

static int
sides_setup(void **state)
{
    int result = fake_setup(state);

    side_open(&client, u"alice", u"EXAMPLE", u"correct horse");
    client.target = u"HTTP/localhost";
    side_open(&server, NULL, NULL, NULL);
    server.wants_result = true;
    return result;
}

static int
sides_teardown(void **state)
{
    side_close(&client);
    side_close(&server);
    return fake_teardown(state);
}

/* ---- the hash ----------------------------------------------------------------------------- */

static void
hash_is_the_specifications(void **state)
{
    struct {
        SEC_CHANNEL_BINDINGS head;
        uint8_t data[64];
    } b = { 0 };
    struct {
        SEC_CHANNEL_BINDINGS_EX head;
        uint8_t data[64];
    } ex = { 0 };
    uint8_t want[16];
    struct channel_bindings got = { 0 };
    size_t n = vector_get("ntlm-vectors.tsv", "mic.cb.application_data", b.data, sizeof(b.data));

    (void)state;
    assert_int_equal(vector_get("ntlm-vectors.tsv", "mic.cb.hash", want, 16), 16);
    b.head.cbApplicationDataLength = (ULONG)n;
    b.head.dwApplicationDataOffset = sizeof(b.head);
    assert_int_equal(channel_bindings_parse(view_of(&b, sizeof(b.head) + n), &got), 0);
    assert_true(got.given);
    assert_false(got.audit);
    assert_memory_equal(got.hash, want, 16);
    ex.head.magicNumber = SEC_CHANNEL_BINDINGS_EX_MAGIC;
    ex.head.flags = SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS;
    ex.head.cbApplicationDataLength = (ULONG)n;
    ex.head.dwApplicationDataOffset = sizeof(ex.head);
    memcpy(ex.data, b.data, n);
    got = (struct channel_bindings){ 0 };
    assert_int_equal(channel_bindings_parse(view_of(&ex, sizeof(ex.head) + n), &got), 0);
    assert_true(got.audit);
    assert_memory_equal(got.hash, want, 16);
    /* Every cut of the structure; what was there before stays. */
    for (size_t cut = 0; cut < sizeof(b.head) + n; cut++)
        assert_int_equal(channel_bindings_parse(view_of(&b, cut), &got), SEC_E_BAD_BINDINGS);
    assert_true(got.audit);
    assert_memory_equal(got.hash, want, 16);
}

/* ---- policy ------------------------------------------------------------------------------- */

/* Clients, the columns: "u" knows of no bindings, "0" knows and has none, "x" others, "=" ours. */
#define CLIENTS "u0x="

/*
 * Each client's cell: refused (!) or let in, and of the report's bits m VALID_MATCHED,
 * p VALID_PROXY, n VALID_MISSING, d NOTVALID_MISMATCH, s NOTVALID_MISSING.
 */
static const struct {
    const char *setting;        /* NULL: not set */
    ULONG requirements;
    bool own, audit;
    const char *cells[4];
} policies[] = {
    /* The program decides, as on Windows: without bindings of its own nothing is looked at. */
    { NULL, 0, false, false, { "n", "n", "p", "p" } },
    { NULL, LAX, false, false, { "n", "n", "p", "p" } },
    { NULL, 0, true, false, { "s!", "s!", "d!", "m" } },
    { NULL, LAX, true, false, { "n", "n", "d!", "m" } },
    { NULL, PROXY, false, false, { "s!", "s!", "p", "p" } },
    { NULL, PROXY, true, false, { "s!", "s!", "p", "m" } },
    { NULL, PROXY | LAX, true, false, { "s!", "s!", "p", "m" } },
    { NULL, 0, true, true, { "s", "s", "d", "m" } },
    { NULL, LAX, true, true, { "n", "n", "d", "m" } },
    { "application", 0, true, false, { "s!", "s!", "d!", "m" } },
    { "nonsense", 0, true, false, { "s!", "s!", "d!", "m" } },
    /* Nobody is refused, and the report says what would have been. */
    { "off", 0, true, false, { "s", "s", "d", "m" } },
    { "off", LAX, true, false, { "n", "n", "d", "m" } },
    { "off", PROXY, false, false, { "s", "s", "p", "p" } },
    { "off", 0, false, false, { "n", "n", "p", "p" } },
    /* Old clients only are let in without, whatever the program asks. */
    { "when_supported", 0, false, false, { "n", "n", "p", "p" } },
    { "when_supported", 0, true, false, { "n", "s!", "d!", "m" } },
    { "when_supported", LAX, true, false, { "n", "s!", "d!", "m" } },
    { "when_supported", PROXY, true, false, { "s!", "s!", "p", "m" } },
    { "when_supported", 0, true, true, { "n", "s", "d", "m" } },
    /* The program's laxity is no excuse, nor is that it gives none. */
    { "required", 0, true, false, { "s!", "s!", "d!", "m" } },
    { "required", LAX, true, false, { "s!", "s!", "d!", "m" } },
    { "required", LAX, true, true, { "s!", "s!", "d!", "m" } },
    { "required", PROXY, false, false, { "s!", "s!", "p", "p" } },
    { "required", 0, false, false, { "s!", "s!", "s!", "s!" } },
    { "required", LAX, false, false, { "s!", "s!", "s!", "s!" } },
};

static uint32_t
cell_result(char client_kind, char cell)
{
    uint32_t bits = client_kind == 'u' ? 0 : SEC_CHANNEL_BINDINGS_RESULT_CLIENT_SUPPORT;

    if (client_kind == 'u' || client_kind == '0')
        bits |= SEC_CHANNEL_BINDINGS_RESULT_ABSENT;
    switch (cell) {
    case 'm':
        return bits | SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED;
    case 'p':
        return bits | SEC_CHANNEL_BINDINGS_RESULT_VALID_PROXY;
    case 'n':
        return bits | SEC_CHANNEL_BINDINGS_RESULT_VALID_MISSING;
    case 'd':
        return bits | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH;
    default:
        return bits | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISSING;
    }
}

static BOOLEAN
setting_get(const char *package, const char *key, char *out, size_t room)
{
    assert_string_equal(package, "Some");
    assert_string_equal(key, "channel_bindings");
    if (fake.settings[0].value == NULL)
        return FALSE;
    snprintf(out, room, "%s", fake.settings[0].value);
    return TRUE;
}

static void
policy_is(size_t row, size_t column)
{
    static const struct opensspi_host_settings settings = { .get = setting_get };
    struct channel_bindings own = { .given = policies[row].own, .audit = policies[row].audit };
    struct channel_bindings_claim claim = { .aware = CLIENTS[column] != 'u' };
    const char *cell = policies[row].cells[column];
    struct channel_bindings_verdict v;

    if (own.given)
        memset(own.hash, '=', sizeof(own.hash));
    if (CLIENTS[column] == 'x' || CLIENTS[column] == '=')
        memset(claim.hash, CLIENTS[column], sizeof(claim.hash));
    fake.settings[0].value = policies[row].setting;
    v = channel_bindings_check(channel_bindings_policy(&settings, "Some"),
                               policies[row].requirements, &own, &claim);
    if (v.status != (cell[1] == '!' ? SEC_E_BAD_BINDINGS : SEC_E_OK) ||
        v.result != cell_result(CLIENTS[column], cell[0]))
        fail_msg("row %zu, client %c: %08x, %x", row, CLIENTS[column], (unsigned)v.status,
                 v.result);
    assert_int_equal(v.reason != NULL, cell[1] == '!');
}

static void
each_policy_with_each_client(void **state)
{
    (void)state;
    for (size_t row = 0; row < sizeof(policies) / sizeof(policies[0]); row++) {
        for (size_t column = 0; column < 4; column++)
            policy_is(row, column);
    }
}

/* ---- handshakes --------------------------------------------------------------------------- */

#define BINDING(text) \
    { 0, 0, 0, 0, 0, 0, sizeof(text) - 1, 32 }, text

struct binding {
    SEC_CHANNEL_BINDINGS head;
    char data[32];
};

static const struct binding here = { BINDING("tls-unique:one") };
static const struct binding there = { BINDING("tls-unique:two") };

static struct view
binding_view(const struct binding *b)
{
    return b == NULL ? NOTHING : view_of(b, sizeof(b->head) + b->head.cbApplicationDataLength);
}

/* Up to the client's AUTHENTICATE, which is in client.out. */
static void
run_to_authenticate(void)
{
    side_reset(&client);
    side_reset(&server);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(server.result_n, server.wants_result ? 0 : sizeof(server.result));
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
}

static void
bindings_are(const struct binding *ours, const struct binding *theirs, ULONG requirements,
             NTSTATUS want, char report)
{
    client.bindings = binding_view(theirs);
    server.bindings = binding_view(ours);
    server.requirements = requirements;
    run_to_authenticate();
    assert_int_equal(side_accept(&server, side_out(&client)), want);
    assert_int_equal(server.result_n, sizeof(server.result));
    assert_int_equal(server.result, cell_result(theirs == NULL ? '0' : 'x', report));
}

static void
bindings_are_compared(void **state)
{
    (void)state;
    bindings_are(&here, &here, 0, SEC_E_OK, 'm');
    bindings_are(&here, &there, 0, SEC_E_BAD_BINDINGS, 'd');
    bindings_are(&here, NULL, 0, SEC_E_BAD_BINDINGS, 's');
    bindings_are(&here, NULL, LAX, SEC_E_OK, 'n');
    bindings_are(&here, &there, LAX, SEC_E_BAD_BINDINGS, 'd');
    bindings_are(NULL, &there, 0, SEC_E_OK, 'p');   /* a server without any does not ask */
    bindings_are(NULL, &there, PROXY, SEC_E_OK, 'p');
    bindings_are(NULL, NULL, PROXY, SEC_E_BAD_BINDINGS, 's');
    bindings_are(&here, &here, ASC_REQ_ALLOCATE_MEMORY, SEC_E_OK, 'm');
    bindings_are(&here, &there, ASC_REQ_ALLOCATE_MEMORY, SEC_E_BAD_BINDINGS, 'd');
}

static void
setting_goes_before_the_program(void **state)
{
    (void)state;
    fake_setting("channel_bindings", "required");
    bindings_are(&here, NULL, LAX, SEC_E_BAD_BINDINGS, 's');
    assert_non_null(strstr(fake.log, "reason=bindings_missing"));
    bindings_are(&here, &here, LAX, SEC_E_OK, 'm');
    bindings_are(NULL, &here, 0, SEC_E_BAD_BINDINGS, 's');
    assert_non_null(strstr(fake.log, "reason=bindings_not_given"));
    assert_int_equal(fake.log_level, 4);    /* shown by default: somebody here must mend it */
    fake_setting("channel_bindings", "off");
    bindings_are(&here, &there, 0, SEC_E_OK, 'd');
}

/* A wrong password's answer is told from bindings by nothing but the order of checks. */
static void
no_guess_without_bindings(void **state)
{
    unsigned audits = fake.audits;

    (void)state;
    bindings_are(&here, &there, 0, SEC_E_BAD_BINDINGS, 'd');
    assert_int_equal(fake.audits, audits);
}

static void
first_legs_bindings_count(void **state)
{
    (void)state;
    client.bindings = server.bindings = binding_view(&here);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    client.bindings = server.bindings = NOTHING;
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    assert_int_equal(server.result & SEC_CHANNEL_BINDINGS_RESULT_VALID,
                     SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED);
}

static void
too_little_room_for_the_report(void **state)
{
    (void)state;
    client.bindings = server.bindings = binding_view(&here);
    run_to_authenticate();
    server.result_room = sizeof(server.result) - 1;
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_BUFFER_TOO_SMALL);
    server.result_room = 0;
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);    /* nothing was lost */
}

static void
malformed_bindings_are_refused(void **state)
{
    struct binding bad = here;

    (void)state;
    bad.head.dwApplicationDataOffset = 0xFFFFFFFF;
    client.bindings = view_of(&bad, sizeof(bad));
    assert_int_equal(side_initiate(&client, NOTHING), SEC_E_BAD_BINDINGS);
    client.bindings = NOTHING;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    server.bindings = view_of(&bad, sizeof(bad));
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_BAD_BINDINGS);
    server.bindings = NOTHING;
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    server.bindings = view_of(&bad, sizeof(bad));
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_BAD_BINDINGS);
}

/* ---- the initiator's setting ---------------------------------------------------------------- */

static void
initiator_sends_by_its_setting(void **state)
{
    (void)state;
    fake_setting("client_channel_bindings", "off");
    bindings_are(&here, NULL, LAX, SEC_E_OK, 'n');
    client.bindings = binding_view(&here);
    run_to_authenticate();
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    assert_int_equal(server.result, cell_result('0', 'n'));
    fake_setting("client_channel_bindings", "required");
    bindings_are(&here, &here, 0, SEC_E_OK, 'm');
    client.bindings = NOTHING;
    side_reset(&client);
    side_reset(&server);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_BAD_BINDINGS);
}

/* A message without AV pairs cannot carry what the setting asks for: it is not sent. */
static void
required_bindings_need_a_place(void **state)
{
    (void)state;
    fake_setting("client_channel_bindings", "required");
    client.bindings = binding_view(&here);
    client.requirements = ISC_REQ_NULL_SESSION;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_BAD_BINDINGS);
    assert_non_null(strstr(fake.log, "reason=no_place_for_bindings"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sides_setup, sides_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hash_is_the_specifications),
        TEST(each_policy_with_each_client),
        TEST(bindings_are_compared),
        TEST(setting_goes_before_the_program),
        TEST(no_guess_without_bindings),
        TEST(first_legs_bindings_count),
        TEST(too_little_room_for_the_report),
        TEST(malformed_bindings_are_refused),
        TEST(initiator_sends_by_its_setting),
        TEST(required_bindings_need_a_place),
    };

    return cmocka_run_group_tests_name("ntlm.bindings", tests, NULL, NULL);
}
