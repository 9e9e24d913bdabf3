/*
 * NegoEx with the real daemon: a package that only it negotiates, whose LSA half is in lsad and
 * whose user half is here. The daemon's environment says how many tokens it needs.
 */
#include "harness.h"

#include "hand.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static struct daemon d;

static void
serve(void)
{
    char authority[512], services[512], path[160];

    daemon_init(&d, "", "");
    snprintf(authority, sizeof(authority), "module_dir = %s\n", NEGOEX_MODULES);
    snprintf(services, sizeof(services),
             "[service mine]\nuid = %u\nmay = accept, initiate, token\n"
             "[package NegoExOne]\nmodule = negoex-one\n"
             "[package Negotiate]\npackages = NegoExOne, NTLM\n", (unsigned)geteuid());
    daemon_configure(&d, authority, services);
    snprintf(path, sizeof(path), "%s/state", d.dir);
    app_account_make(path);
    /* The library finds the user half by the same file. */
    setenv("OPENSSPI_CONFIG", d.config, 1);
    unsetenv("OPENSSPI_AUTHORITY");
}

/* Both ends know that they are of one authority, where the package knows. */
static void
ends_are_here(struct app_pair *p)
{
    CtxtHandle *ends[] = { &p->client, &p->server };

    for (size_t i = 0; i < UNIT_COUNT(ends); i++) {
        BOOLEAN here = FALSE;

        assert_int_equal(QueryContextAttributesW(ends[i], SECPKG_ATTR_IS_LOOPBACK, &here),
                         SEC_E_OK);
        assert_true(here);
    }
}

/* Any number of tokens; and one end that fails, where NTLM is next. */
static void
negoex_goes_through_the_daemon(void **state)
{
    static const struct {
        const char *hops, *faults;
        const char16_t *package;
        bool is_ntlm;
    } rows[] = {
        { "1", "", u"NegoExOne", false },
        { "2", "", u"NegoExOne", false },
        { "3", " one-i-early one-a-early ", u"NegoExOne", false },
        { "2", " one-a-query ", u"NTLM", true },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct app_pair p;

        setenv("NEGOEXTEST_HOPS", rows[i].hops, 1);
        setenv("NEGOEXTEST_FAULTS", rows[i].faults, 1);
        daemon_start(&d, NULL);
        p = hand_pair_open(u"Negotiate", app_password);
        app_handshake(&p, ISC_REQ_INTEGRITY, 0);
        assert_int_equal(p.client_status, SEC_E_OK);
        assert_int_equal(p.server_status, SEC_E_OK);
        hand_info_is(&p.client, rows[i].package, SECPKG_NEGOTIATION_COMPLETE);
        hand_info_is(&p.server, rows[i].package, SECPKG_NEGOTIATION_COMPLETE);
        if (rows[i].is_ntlm)
            ends_are_here(&p);
        app_close(&p);
        assert_int_equal(daemon_stop(&d, SIGTERM), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(negoex_goes_through_the_daemon) };
    int failed;

    if (access("/etc/opensspi/opensspi.conf", F_OK) == 0)
        return APP_SKIP;
    serve();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (d.pid != 0)
        (void)daemon_stop(&d, SIGTERM);
    daemon_wipe(&d);
    return failed;
}
