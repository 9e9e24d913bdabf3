/*
 * Answers that are right and still not for us: a challenge reflected by our
 * own client (D22), and one that was meant for another server.
 */
#include "fake_lsa.h"

#include "packages/common/target_name.h"

#define NOTHING view_of(NULL, 0)
#define PROTECTED (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY)

static struct side client, server;

static int
attack_setup(void **state)
{
    int result = fake_setup(state);

    side_open(&client, u"alice", u"EXAMPLE", u"correct horse");
    client.target = u"HTTP/localhost";
    client.requirements = PROTECTED;
    side_open(&server, NULL, NULL, NULL);
    return result;
}

static int
attack_teardown(void **state)
{
    side_close(&client);
    side_close(&server);
    return fake_teardown(state);
}

/* Up to the client's AUTHENTICATE, which is in client.out. */
static void
run_to_authenticate(void)
{
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
}

static void
assert_refused(struct view message, NTSTATUS status, const char *reason)
{
    assert_int_equal(side_accept(&server, message), status);
    assert_false(server.mapped);
    assert_int_equal(server.data_n, 0);
    if (strstr(fake.log, reason) == NULL)
        fail_msg("log is \"%s\", not %s", fake.log, reason);
}

/* ---- reflection ------------------------------------------------------------------------- */

static void
reflected(const char16_t *target, bool refused)
{
    client.target = target;
    run_to_authenticate();
    if (refused)
        assert_refused(side_out(&client), SEC_E_LOGON_DENIED, "reason=reflection");
    else
        assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    side_reset(&client);
    side_reset(&server);
}

/* D22: our own challenge came back by a client of ours that meant to go somewhere else. */
static void
reflection_is_refused(void **state)
{
    (void)state;
    reflected(u"HTTP/evil.example.net", true);
    assert_non_null(strstr(fake.log, "target=HTTP/evil.example.net"));
    assert_int_equal(fake.log_level, 4);    /* shown by default: somebody here must mend it */
    assert_int_equal(fake.audits, 0);
    reflected(u"cifs/server1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA", true);
    reflected(u"HTTP/127.evil.example", true);
    reflected(u"HTTP/localhost.evil.example", true);
    reflected(NULL, true);
    reflected(u"HTTP/localhost..", true);
    reflected(u"HTTP/localhost.", false);
    reflected(u"HTTP/localhost", false);
    reflected(u"HTTP/LOCALHOST:8080", false);
    reflected(u"cifs/server", false);
    reflected(u"HOST/Server.Example.COM", false);
    reflected(u"HTTP/server.example.com:80/instance", false);
    reflected(u"server", false);
    reflected(u"HTTP/127.0.0.1", false);
    reflected(u"HTTP/127.3.2.1:99", false);
    reflected(u"HTTP/[::1]:8080", false);
    reflected(u"HTTP/::1", false);
}

/* A stranger named the target: that it is this machine says nothing then. */
static void
unverified_target_is_no_target(void **state)
{
    (void)state;
    client.requirements = PROTECTED | ISC_REQ_UNVERIFIED_TARGET_NAME;
    reflected(u"HTTP/localhost", true);
    client.requirements = PROTECTED;
    reflected(u"HTTP/localhost", false);
}

static bool
is_local(const char16_t *target)
{
    size_t n = 0;

    while (target[n] != 0)
        n++;
    return target_name_is_local(view_of(target, 2 * n), &fake.names);
}

static void
local_targets_are_told(void **state)
{
    (void)state;
    assert_false(is_local(u""));
    assert_false(is_local(u"HTTP/"));
    assert_false(is_local(u"/"));
    assert_false(is_local(u"HTTP//localhost"));
    assert_false(is_local(u"localhost/evil"));
    assert_false(is_local(u"HTTP/128.0.0.1"));
    assert_false(is_local(u"HTTP/[::2]"));
    assert_false(is_local(u"HTTP/[::1"));
    assert_false(is_local(u"."));
    assert_false(is_local(u"HTTP/localhost.localdomain"));
    assert_false(is_local(u"HTTP/server.example.org"));
    assert_false(is_local(u"HTTP/server.example"));
    assert_true(is_local(u"HTTP/server.example.com."));
    assert_true(is_local(u"HTTP/server.example.com.:80"));
    assert_true(is_local(u"127.0.0.1."));
    assert_true(is_local(u"::1"));
    assert_true(is_local(u"a/127.0.0.1/b"));
}

/* The NetBIOS name is cut to 15 characters, and may be another: the first label is a name, too. */
static void
first_label_is_local(void **state)
{
    (void)state;
    fake_names_set(u"A-LONG-COMPUTER", u"A-LONG-COMPUTER", u"example.com",
                   u"a-long-computer-name.example.com", NULL, false);
    assert_true(is_local(u"HTTP/a-long-computer-name"));
    assert_true(is_local(u"HTTP/A-Long-Computer-Name."));
    assert_true(is_local(u"HTTP/a-long-computer"));
    assert_false(is_local(u"HTTP/a-long-computer-nam"));
    assert_false(is_local(u"HTTP/example"));
    fake_names_set(u"N", u"N", NULL, NULL, NULL, false);
    assert_false(is_local(u"HTTP/"));
    assert_false(is_local(u"HTTP/."));
}

/* Two clients answered: one meant us, the other did not. The challenge is tainted. */
static void
one_foreign_answer_is_enough(void **state)
{
    struct side other;

    (void)state;
    side_open(&other, u"alice", u"", u"correct horse");
    other.target = u"HTTP/evil.example.net";
    run_to_authenticate();
    assert_int_equal(side_initiate(&other, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&other, side_out(&server)), SEC_E_OK);
    assert_refused(side_out(&client), SEC_E_LOGON_DENIED, "reason=reflection");
    side_close(&other);
}

/* ---- target names ------------------------------------------------------------------------ */

/* What a client that names this target comes to, by these settings of the acceptor's. */
static const struct {
    const char *policy, *names;     /* NULL: not set */
    const char16_t *target;         /* the client's; NULL: none */
    bool unverified;
    const char *reason;             /* NULL: let in */
} target_cases[] = {
    { NULL, NULL, u"HTTP/elsewhere.example", false, NULL },
    { "off", "HTTP/www.example.com", u"HTTP/elsewhere.example", false, NULL },
    { "nonsense", NULL, u"HTTP/elsewhere.example", false, NULL },
    /* The machine's own names, where no list is set. */
    { "required", NULL, u"HTTP/server.example.com", false, NULL },
    { "required", NULL, u"cifs/SERVER", false, NULL },
    { "required", NULL, u"HTTP/localhost:8080", false, NULL },
    { "required", NULL, u"HTTP/elsewhere.example", false, "target_differs" },
    { "when_supported", NULL, u"HTTP/elsewhere.example", false, "target_differs" },
    /* A client that says nothing, or does not know itself. */
    { "when_supported", NULL, NULL, false, NULL },
    { "required", NULL, NULL, false, "target_missing" },
    { "when_supported", NULL, u"HTTP/elsewhere.example", true, NULL },
    { "required", NULL, u"HTTP/server.example.com", true, "target_unverified" },
    /* A list takes the place of the machine's names. */
    { "required", "HTTP/www.example.com, mail", u"http/WWW.example.com", false, NULL },
    { "required", "HTTP/www.example.com, mail", u"HTTP/www.example.com.:8080/instance", false,
      NULL },
    { "required", "HTTP/www.example.com, mail", u"smtp/mail", false, NULL },
    { "required", "HTTP/www.example.com, mail", u"mail", false, NULL },
    { "required", "HTTP/www.example.com, mail", u"cifs/www.example.com", false, "target_differs" },
    { "required", "HTTP/www.example.com, mail", u"www.example.com", false, "target_differs" },
    { "required", "HTTP/www.example.com, mail", u"HTTP/www.example.com.evil", 0,
      "target_differs" },
    { "required", "HTTP/www.example.com, mail", u"HTTP/", false, "target_differs" },
    { "required", "HTTP/www.example.com, mail", u"HTTP/server.example.com", false,
      "target_differs" },
    { "required", "b\xc3\xbc" "cher.example", u"HTTP/B\u00DCCHER.example", false, NULL },
    { "required", "/", u"HTTP/", false, "target_differs" },
    /* Every host below a domain: not the domain itself, and not what only ends alike. */
    { "required", "*.example.com", u"HTTP/a.b.EXAMPLE.com", false, NULL },
    { "required", "*.example.com", u"HTTP/example.com", false, "target_differs" },
    { "required", "*.example.com", u"HTTP/.example.com", false, "target_differs" },
    { "required", "*.example.com", u"HTTP/anexample.com", false, "target_differs" },
    { "required", "HTTP/*.example.com", u"cifs/a.example.com", false, "target_differs" },
    { "required", "*., *", u"HTTP/a.", false, "target_differs" },
};

static BOOLEAN
setting_get(const char *package, const char *key, char *out, size_t room)
{
    assert_string_equal(package, "Some");
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(fake.settings[i].key, key) == 0 && fake.settings[i].value != NULL)
            return snprintf(out, room, "%s", fake.settings[i].value) < (int)room;
    }
    return FALSE;
}

static void
target_case_is(size_t i, const SecBufferDesc *input)
{
    static const struct opensspi_host_settings settings = { .get = setting_get };
    const char16_t *target = target_cases[i].target;
    size_t n = 0;
    const char *reason;

    while (target != NULL && target[n] != 0)
        n++;
    fake_setting("target_name", target_cases[i].policy);
    fake_setting("target_names", target_cases[i].names);
    reason = target_name_check(&(struct target_name_question){
        .settings = &settings, .package = "Some", .names = &fake.names,
        .lsa = fake_functions(), .input = input, .claim = view_of(target, 2 * n),
        .unverified = target_cases[i].unverified });
    if ((reason == NULL) != (target_cases[i].reason == NULL) ||
        (reason != NULL && strcmp(reason, target_cases[i].reason) != 0))
        fail_msg("case %zu: %s", i, reason);
}

static void
target_names_are_compared(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(target_cases) / sizeof(target_cases[0]); i++)
        target_case_is(i, NULL);
}

/* The names that were compared above are those of the messages. */
static void
target_names_of_messages(void **state)
{
    (void)state;
    fake_setting("target_name", "required");
    client.target = u"HTTP/localhost";
    run_to_authenticate();
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    side_reset(&client);
    side_reset(&server);
    fake_setting("target_names", "HTTP/www.example.com");
    run_to_authenticate();
    assert_refused(side_out(&client), SEC_E_WRONG_PRINCIPAL, "reason=target_differs");
    assert_non_null(strstr(fake.log, "target=HTTP/localhost"));
    assert_int_equal(fake.log_level, 4);
    assert_int_equal(fake.audits, 1);       /* no guess at a password */
    side_reset(&client);
    side_reset(&server);
    /* The application may say by which name it was reached (SECBUFFER_TARGET_HOST). */
    server.target_host = u"HTTP/localhost";
    run_to_authenticate();
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, attack_setup, attack_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reflection_is_refused),
        TEST(unverified_target_is_no_target),
        TEST(local_targets_are_told),
        TEST(first_label_is_local),
        TEST(one_foreign_answer_is_enough),
        TEST(target_names_are_compared),
        TEST(target_names_of_messages),
    };

    return cmocka_run_group_tests_name("ntlm.reflection", tests, NULL, NULL);
}
