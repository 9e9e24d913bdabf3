/*
 * Failed logons that the store has not heard of yet: they lock at once, are written
 * once a second, and whoever holds the store's write lock holds up no logon. And
 * the rate of failed logons of a peer.
 */
#include "bench.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/str16.h"
#include "lsa/lsa_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INBOUND SECPKG_CRED_INBOUND
#define SOON_MS 100

static const char16_t *who;
static NTSTATUS reported;
static LUID session;                /* of the logon that is reported; 0: none */
static uint64_t credential;

static struct view
wide(const char16_t *name)
{
    return view_of(name, str16_length(name) * sizeof(*name));
}

static uint32_t
add(const char16_t *name)
{
    struct account a = { .expires = FILETIME_NEVER };
    uint32_t rid = 0;

    a.name_units = (uint16_t)str16_length(name);
    memcpy(a.name, name, a.name_units * sizeof(*name));
    assert_int_equal(account_add(bench.accounts, &a, &rid), STATUS_SUCCESS);
    who = name;
    credential = bench_credential("Scripted", INBOUND);
    lsa_reap(bench.lsa);            /* the next one is a second away */
    return rid;
}

static void
inside_report(void)
{
    struct view v = wide(who);
    UNICODE_STRING name = { (USHORT)v.n, (USHORT)v.n, (PWSTR)(uintptr_t)who };
    TOKEN_SOURCE source = { .SourceName = "test" };

    bench.package->lsa->AuditLogonEx(reported, 0, &name, NULL, NULL, NULL, Network,
                                     SecurityImpersonation, &source, &session);
}

/* A logon that the package reports with this status; how long it took. */
static int64_t
logon(NTSTATUS status)
{
    int64_t begin = filetime_boot_ms();

    reported = status;
    bench_next(status == STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_LOGON_FAILURE, 0x51);
    bench.package->next.inside = inside_report;
    assert_int_equal(bench_accept(credential, 0, 0, "x"),
                     status == STATUS_SUCCESS ? SEC_E_OK : SEC_E_LOGON_DENIED);
    return filetime_boot_ms() - begin;
}

/* What packages are told. */
static bool
is_locked(void)
{
    LSA_SECPKG_FUNCTION_TABLE *lsa = bench.package->lsa;
    struct view v = wide(who);
    SECURITY_STRING name = { (USHORT)v.n, (USHORT)v.n, (PWSTR)(uintptr_t)who };
    struct lsa_auth_data data;
    PUCHAR bytes;
    ULONG size;
    bool locked;

    assert_int_equal(lsa->GetAuthDataForUser(&name, SecNameSamCompatible, NULL, &bytes, &size,
                                             NULL), STATUS_SUCCESS);
    assert_int_equal(lsa_auth_data_parse(view_of(bytes, size), &data), STATUS_SUCCESS);
    locked = data.locked_until > filetime_now();
    lsa->FreeLsaHeap(bytes);
    return locked;
}

static uint32_t
stored_count(void)
{
    struct account a;

    assert_int_equal(account_find(bench.accounts, wide(who), &a), STATUS_SUCCESS);
    return a.bad_count;
}

static uint32_t
seen_count(void)
{
    struct account a;

    assert_int_equal(lsa_account_find(bench.lsa, wide(who), &a), STATUS_SUCCESS);
    return a.bad_count;
}

static char log_line[2048];
static const char *log_wanted;

static void
log_keep(enum log_level level, const char *line, void *arg)
{
    (void)level;
    (void)arg;
    if (strstr(line, log_wanted))
        snprintf(log_line, sizeof(log_line), "%s", line);
}

static void
log_watch(const char *wanted)
{
    log_wanted = wanted;
    log_line[0] = '\0';
    log_set_sink(wanted ? log_keep : NULL, NULL);
}

/* Another process that is in the middle of a change. */
static sqlite3 *
writer_begin(void)
{
    char path[128];
    sqlite3 *db;

    snprintf(path, sizeof(path), "%s/accounts.db", bench_dir());
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void
writer_end(sqlite3 *db)
{
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- tests ------------------------------------------------------------ */

static void
the_third_failure_locks_before_it_is_written(void **state)
{
    (void)state;
    add(u"exact");
    log_watch("event=logon");
    for (int i = 0; i < 2; i++) {
        logon(STATUS_WRONG_PASSWORD);
        assert_false(is_locked());
        assert_non_null(strstr(log_line, "locked=no"));
    }
    assert_int_equal(seen_count(), 2);
    logon(STATUS_WRONG_PASSWORD);
    assert_non_null(strstr(log_line, "locked=yes"));
    log_watch(NULL);
    assert_true(is_locked());
    assert_int_equal(stored_count(), 0);
    logon(STATUS_WRONG_PASSWORD);           /* a locked account is not counted on */
    assert_int_equal(seen_count(), 3);
}

static void
a_tick_writes_each_failure_once(void **state)
{
    (void)state;
    add(u"written");
    logon(STATUS_WRONG_PASSWORD);
    logon(STATUS_WRONG_PASSWORD);
    lsa_reap(bench.lsa);
    assert_int_equal(stored_count(), 2);
    assert_int_equal(seen_count(), 2);
    lsa_reap(bench.lsa);
    assert_int_equal(stored_count(), 2);
    assert_false(is_locked());
    logon(STATUS_WRONG_PASSWORD);           /* memory and store together */
    assert_true(is_locked());
    lsa_reap(bench.lsa);
    assert_int_equal(stored_count(), 3);
    assert_true(is_locked());
}

static void
a_good_logon_clears_what_is_pending(void **state)
{
    (void)state;
    add(u"good");
    logon(STATUS_WRONG_PASSWORD);
    lsa_reap(bench.lsa);
    logon(STATUS_WRONG_PASSWORD);
    logon(STATUS_SUCCESS);
    assert_int_equal(seen_count(), 0);
    logon(STATUS_WRONG_PASSWORD);
    assert_int_equal(seen_count(), 1);
    assert_int_equal(stored_count(), 1);    /* the first */
    logon(STATUS_SUCCESS);
    lsa_reap(bench.lsa);
    assert_int_equal(stored_count(), 0);
}

static void
another_store_handle_unlocks(void **state)
{
    struct account_store_options options = { .dir = bench_dir() };
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *other;

    (void)state;
    add(u"unlocked");
    for (int i = 0; i < 3; i++)
        logon(STATUS_WRONG_PASSWORD);
    lsa_reap(bench.lsa);
    assert_true(is_locked());
    logon(STATUS_WRONG_PASSWORD);           /* leaves nothing that would lock again */
    other = account_store_open(&options, error);
    assert_non_null(other);
    assert_int_equal(account_unlock(other, wide(who)), STATUS_SUCCESS);
    account_store_close(other);
    assert_false(is_locked());
    lsa_reap(bench.lsa);
    assert_false(is_locked());
    assert_int_equal(seen_count(), 0);
}

static void
a_writer_elsewhere_holds_up_no_refusal(void **state)
{
    sqlite3 *db;
    int64_t begin;

    (void)state;
    add(u"held");
    db = writer_begin();
    for (int i = 0; i < 3; i++)
        assert_in_range(logon(STATUS_WRONG_PASSWORD), 0, SOON_MS);
    assert_true(is_locked());
    log_watch("level=warning event=lockout_waits");
    begin = filetime_boot_ms();
    lsa_reap(bench.lsa);
    assert_in_range(filetime_boot_ms() - begin, 0, SOON_MS);
    assert_string_not_equal(log_line, "");
    log_watch(NULL);
    assert_true(is_locked());               /* what was not written is kept */
    assert_int_equal(stored_count(), 0);
    writer_end(db);
    lsa_reap(bench.lsa);
    assert_int_equal(stored_count(), 3);
    assert_true(is_locked());
}

/* The embedded authority has nobody to call lsa_reap(). */
static void
a_first_leg_writes_what_is_a_second_old(void **state)
{
    (void)state;
    add(u"embedded");
    logon(STATUS_WRONG_PASSWORD);
    assert_int_equal(stored_count(), 0);
    usleep(1100 * 1000);
    logon(STATUS_NO_SUCH_USER);
    assert_int_equal(stored_count(), 1);
}

static void
the_end_writes_what_is_pending(void **state)
{
    struct lsa_lockout *own = bench.lsa->lockout;

    (void)state;
    add(u"ended");
    bench.lsa->lockout = lsa_lockout_new(bench.accounts);
    logon(STATUS_WRONG_PASSWORD);
    assert_int_equal(stored_count(), 0);
    lsa_lockout_free(bench.lsa->lockout);
    bench.lsa->lockout = own;
    assert_int_equal(stored_count(), 1);
}

static atomic_bool ticked;

static void *
tick_soon(void *arg)
{
    usleep(2000);
    lsa_reap(arg);
    atomic_store(&ticked, true);
    return NULL;
}

/* Neither missed nor counted twice by whoever looks while it goes from memory to the store. */
static void
a_failure_is_seen_once_while_it_is_written(void **state)
{
    pthread_t thread;

    (void)state;
    add(u"moving");
    for (int i = 0; i < 20; i++) {
        logon(STATUS_SUCCESS);
        lsa_reap(bench.lsa);
        logon(STATUS_WRONG_PASSWORD);
        atomic_store(&ticked, false);
        assert_int_equal(pthread_create(&thread, NULL, tick_soon, bench.lsa), 0);
        while (!atomic_load(&ticked))
            assert_int_equal(seen_count(), 1);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(stored_count(), 1);
    }
}

static void
a_full_table_is_written(void **state)
{
    (void)state;
    add(u"full");
    logon(STATUS_WRONG_PASSWORD);
    for (uint32_t i = 0; i < 4096; i++) {   /* rids that the store does not have */
        struct account a = { .rid = 1000000 + i };

        assert_false(lsa_lockout_failed(bench.lsa, &a, filetime_now()));
    }
    assert_int_equal(stored_count(), 1);
}

static void
the_line_has_the_sid_of_a_known_account(void **state)
{
    char sid[SID_TEXT_MAX], wanted[SID_TEXT_MAX + 8];
    struct sid whole;
    uint32_t rid = add(u"named");

    (void)state;
    assert_true(sid_append(account_store_sid(bench.accounts), rid, &whole));
    assert_true(sid_format(sid_view(&whole), sid));
    snprintf(wanted, sizeof(wanted), "sid=%s ", sid);
    log_watch("event=logon");
    logon(STATUS_WRONG_PASSWORD);
    assert_non_null(strstr(log_line, wanted));
    who = u"nobody";
    logon(STATUS_NO_SUCH_USER);
    assert_non_null(strstr(log_line, "sid=- "));
    log_watch(NULL);
}

/* A logon of the account's, whose name a stranger to the store gives, as a realm's user has. */
static HANDLE
session_of(const char16_t *name)
{
    LSA_SECPKG_FUNCTION_TABLE *lsa = bench.package->lsa;
    struct view v = wide(name);
    SECURITY_STRING text = { (USHORT)v.n, (USHORT)v.n, (PWSTR)(uintptr_t)name };
    UNICODE_STRING authority = { 0 }, account;
    TOKEN_SOURCE source = { .SourceName = "test" };
    NTSTATUS sub;
    PUCHAR data;
    HANDLE token;
    ULONG size;

    assert_int_equal(lsa->GetAuthDataForUser(&text, SecNameSamCompatible, NULL, &data, &size,
                                             NULL), STATUS_SUCCESS);
    assert_int_equal(lsa->ConvertAuthDataToToken(data, size, SecurityImpersonation, &source,
                                                 Network, &authority, &token, &session, &account,
                                                 &sub), STATUS_SUCCESS);
    lsa->FreeLsaHeap(account.Buffer);
    lsa->FreeLsaHeap(data);
    return token;
}

static void
the_line_has_the_sid_of_the_session(void **state)
{
    char sid[SID_TEXT_MAX], wanted[SID_TEXT_MAX + 8];
    struct sid whole;
    uint32_t rid = add(u"mapped");
    HANDLE token = session_of(u"mapped");

    (void)state;
    assert_true(sid_append(account_store_sid(bench.accounts), rid, &whole));
    assert_true(sid_format(sid_view(&whole), sid));
    snprintf(wanted, sizeof(wanted), "sid=%s ", sid);
    who = u"mapped@FAR.TEST";
    log_watch("event=logon");
    logon(STATUS_SUCCESS);
    assert_non_null(strstr(log_line, "account=mapped@FAR.TEST"));
    assert_non_null(strstr(log_line, wanted));
    /* Nobody is in it any more. */
    assert_true(lsa_handle_close(token));
    logon(STATUS_SUCCESS);
    assert_non_null(strstr(log_line, "sid=- "));
    session = (LUID){ 0 };
    log_watch(NULL);
}

/* ---- the rate, by peer ------------------------------------------------ */

static status_t
fail_from(const char *peer)
{
    bench.peer = peer;
    bench_next(STATUS_LOGON_FAILURE, 0);
    return bench_accept(credential, 0, 0, "x");
}

/* One stranger must not turn the service off for the others. */
static void
the_rate_is_the_peers_where_one_is_known(void **state)
{
    (void)state;
    credential = bench_credential("Scripted", INBOUND);
    bench.service.failures_per_minute = 2;
    for (int i = 0; i < 2; i++)
        assert_int_equal(fail_from("192.0.2.1"), SEC_E_LOGON_DENIED);
    assert_int_equal(fail_from("192.0.2.1"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(fail_from("::ffff:192.0.2.1"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(fail_from("192.0.2.2"), SEC_E_LOGON_DENIED);
    assert_int_equal(fail_from("a name"), SEC_E_LOGON_DENIED);
    /* None known: by service and uid, where the peers' failures are not counted. */
    for (int i = 0; i < 2; i++)
        assert_int_equal(fail_from(NULL), SEC_E_LOGON_DENIED);
    assert_int_equal(fail_from(NULL), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(fail_from("192.0.2.2"), SEC_E_LOGON_DENIED);
    assert_int_equal(fail_from("192.0.2.2"), SEC_E_INSUFFICIENT_MEMORY);
}

static NTSTATUS
negotiated_report(void *argument)
{
    (void)argument;
    inside_report();
    return STATUS_SUCCESS;
}

static void
inside_negotiated_report(void)
{
    const struct lsa_package *p = lsa_package_find(bench.lsa, view_of(u"Scripted", 16));

    assert_int_equal(lsa_host_packages.run(p->id, SECPKG_CALL_IS_TCB, negotiated_report, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa_host_packages.run(p->id, 0, negotiated_report, NULL), STATUS_SUCCESS);
}

/* A leg in which the package accepted, inside a negotiation around it that says this. */
static status_t
negotiate(uint64_t context, NTSTATUS status)
{
    status_t s;

    who = u"nobody";
    reported = STATUS_SUCCESS;
    bench_next(status, 0x51);
    bench.package->next.inside = inside_negotiated_report;
    s = bench_accept(credential, context, 0, "x");
    bench.package->next.inside = NULL;
    return s;
}

/* Accepted inside a negotiation that then stays undone: a failure of that address's. */
static void
an_abandoned_negotiation_counts(void **state)
{
    uint64_t contexts[2];

    (void)state;
    credential = bench_credential("Scripted", INBOUND);
    bench.service.failures_per_minute = 2;
    bench.peer = "192.0.2.1";
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(negotiate(0, SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
        contexts[i] = bench.result.context;
    }
    log_watch("event=logon");
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(lsa_context_delete(&bench.call, contexts[i]), SEC_E_OK);
    assert_non_null(strstr(log_line, "event=logon result"));
    log_watch(NULL);
    assert_int_equal(fail_from("192.0.2.1"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(fail_from("192.0.2.2"), SEC_E_LOGON_DENIED);
}

static void
dropped_is_not_counted(void)
{
    assert_non_null(strstr(log_line, "event=logon_dropped "));
    assert_non_null(strstr(log_line, "address=192.0.2.1"));
    assert_int_equal(lsa_counters(bench.lsa)->refused, 0);
    log_line[0] = '\0';
}

/* Of what the application ends the peer knows nothing. */
static void
what_the_application_ends_is_not_the_peers(void **state)
{
    uint64_t context;

    (void)state;
    bench_client_of(6000);
    credential = bench_credential("Scripted", INBOUND);
    bench.service.failures_per_minute = 1;
    bench.peer = "192.0.2.1";
    atomic_store(&bench.lsa->counters.refused, 0);
    log_watch("event=logon");
    /* It has no room for the token, and does not try again. */
    assert_int_equal(negotiate(0, SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
    context = bench.result.context;
    assert_int_equal(negotiate(context, SEC_E_BUFFER_TOO_SMALL), SEC_E_BUFFER_TOO_SMALL);
    assert_string_equal(log_line, "");
    assert_int_equal(lsa_context_delete(&bench.call, context), SEC_E_OK);
    dropped_is_not_counted();
    assert_int_equal(negotiate(0, SEC_E_BUFFER_TOO_SMALL), SEC_E_BUFFER_TOO_SMALL);
    dropped_is_not_counted();
    /* Its process is gone. */
    assert_int_equal(negotiate(0, SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
    assert_string_equal(log_line, "");
    bench_client_of(6000);
    dropped_is_not_counted();
    log_watch(NULL);
    credential = bench_credential("Scripted", INBOUND);
    assert_int_equal(fail_from("192.0.2.1"), SEC_E_LOGON_DENIED);
    assert_int_equal(fail_from("192.0.2.1"), SEC_E_INSUFFICIENT_MEMORY);
}

/* With room the second time the negotiation goes on, and the peer may stay away. */
static void
room_at_last_makes_it_the_peers(void **state)
{
    uint64_t context;

    (void)state;
    credential = bench_credential("Scripted", INBOUND);
    bench.service.failures_per_minute = 1;
    bench.peer = "192.0.2.1";
    assert_int_equal(negotiate(0, SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
    context = bench.result.context;
    assert_int_equal(negotiate(context, SEC_E_BUFFER_TOO_SMALL), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(negotiate(context, SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(lsa_context_delete(&bench.call, context), SEC_E_OK);
    assert_int_equal(fail_from("192.0.2.1"), SEC_E_INSUFFICIENT_MEMORY);
}

static void
an_ipv6_peer_is_its_64_bit_prefix(void **state)
{
    (void)state;
    credential = bench_credential("Scripted", INBOUND);
    bench.service.failures_per_minute = 2;
    assert_int_equal(fail_from("2001:db8:0:1::1"), SEC_E_LOGON_DENIED);
    assert_int_equal(fail_from("2001:db8:0:1:ffff::2"), SEC_E_LOGON_DENIED);
    assert_int_equal(fail_from("2001:db8:0:1::3"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(fail_from("2001:db8:0:2::1"), SEC_E_LOGON_DENIED);
}

/* More addresses than there are buckets: each new one finds room. */
static void
many_peers_take_no_more_memory(void **state)
{
    char peer[32];

    (void)state;
    credential = bench_credential("Scripted", INBOUND);
    bench.service.failures_per_minute = 1;
    for (int i = 0; i < 3 * LSA_PEER_SETS * LSA_PEER_WAYS; i++) {
        snprintf(peer, sizeof(peer), "10.1.%d.%d", i / 256, i % 256);
        assert_int_equal(fail_from(peer), SEC_E_LOGON_DENIED);
    }
    assert_int_equal(fail_from(peer), SEC_E_INSUFFICIENT_MEMORY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_third_failure_locks_before_it_is_written),
        TEST(a_tick_writes_each_failure_once),
        TEST(a_good_logon_clears_what_is_pending),
        TEST(another_store_handle_unlocks),
        TEST(a_writer_elsewhere_holds_up_no_refusal),
        TEST(a_first_leg_writes_what_is_a_second_old),
        TEST(the_end_writes_what_is_pending),
        TEST(a_failure_is_seen_once_while_it_is_written),
        TEST(a_full_table_is_written),
        TEST(the_line_has_the_sid_of_a_known_account),
        TEST(the_line_has_the_sid_of_the_session),
        TEST(many_peers_take_no_more_memory),
        TEST(an_abandoned_negotiation_counts),
        TEST(what_the_application_ends_is_not_the_peers),
        TEST(room_at_last_makes_it_the_peers),
        TEST(an_ipv6_peer_is_its_64_bit_prefix),
        TEST(the_rate_is_the_peers_where_one_is_known),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
