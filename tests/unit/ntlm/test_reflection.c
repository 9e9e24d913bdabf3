/*
 * Answers that are right and still not for us: a challenge reflected by our
 * own client (D22).
 */
#include "fake_lsa.h"

#include "packages/ntlm/lsa/issued.h"

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
    return ntlm_target_is_local(view_of(target, 2 * n), &fake.names);
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
    };

    return cmocka_run_group_tests_name("ntlm.reflection", tests, NULL, NULL);
}
