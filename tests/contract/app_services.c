/*
 * One daemon, several services, each on a socket of its own: what an administrator lets NTLM do
 * for one of them holds for that one only, and each use is counted where it happened.
 */
#include "child.h"
#include "harness.h"

#include "app.h"

#include "opensspi.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The account that the bench has, as the configuration spells it; it is the guests', too. */
#define GUEST "J\xc3\xb6rg"

static const char *const sections[] = {
    "plain", "",
    "closed", "NTLM.allow_anonymous = no\n",
    "hotel", "NTLM.guest_account = " GUEST "\n",
    "kerberized", "NTLM.incoming = deny\n",
    "watched", "NTLM.incoming = audit\nNTLM.outgoing = audit\n",
    "inward", "NTLM.outgoing = deny\n",
    "chooses", "packages = Negotiate, NTLM\n",
    "chooses-nothing", "packages = Negotiate\n",
    "inward-but", "NTLM.outgoing = deny\nNTLM.outgoing_exceptions = *.example.com, localhost\n",
};

static char16_t nobody[] = u"", stranger[] = u"whoever", wrong[] = u"wrong";

static struct daemon d;

/* ---- who asks whom for what ------------------------------------------------- */

struct logon {
    const char *service;
    char16_t *user, *password;
    ULONG isc, asc;
    SECURITY_STATUS client, server;     /* how it must end; a side that failed ends it */
    ULONG granted;                      /* ASC_RET_ bits that come back, of those below */
    ULONG user_flags;                   /* SECPKG_ATTR_USER_FLAGS of who got in */
};
#define GOES_ON SEC_I_CONTINUE_NEEDED
#define NULL_SESSION ASC_REQ_ALLOW_NULL_SESSION

static const struct logon logons[] = {
    { "plain", app_user, app_password, 0, 0, SEC_E_OK, SEC_E_OK, 0, 0x100 },
    { "plain", app_user, wrong, 0, 0, SEC_E_OK, SEC_E_LOGON_DENIED, 0, 0 },
    { "plain", nobody, nobody, 0, NULL_SESSION, SEC_E_OK, SEC_E_OK, ASC_RET_NULL_SESSION, 0 },
    { "plain", app_user, app_password, ISC_REQ_NULL_SESSION, NULL_SESSION, SEC_E_OK, SEC_E_OK,
      ASC_RET_NULL_SESSION, 0 },
    { "plain", nobody, nobody, 0, 0, SEC_E_OK, SEC_E_LOGON_DENIED, 0, 0 },
    { "closed", nobody, nobody, 0, NULL_SESSION, SEC_E_OK, SEC_E_LOGON_DENIED, 0, 0 },
    { "plain", stranger, wrong, 0, 0, SEC_E_OK, SEC_E_LOGON_DENIED, 0, 0 },
    { "hotel", stranger, wrong, 0, 0, SEC_E_OK, SEC_E_OK, 0, 0x101 },
    { "hotel", app_user, wrong, 0, 0, SEC_E_OK, SEC_E_LOGON_DENIED, 0, 0 },
    { "kerberized", app_user, app_password, 0, 0, SEC_E_OK, SEC_E_UNSUPPORTED_FUNCTION, 0, 0 },
    { "watched", app_user, app_password, 0, 0, SEC_E_OK, SEC_E_OK, 0, 0x100 },
    { "inward", app_user, app_password, 0, 0, SEC_E_UNSUPPORTED_FUNCTION, GOES_ON, 0, 0 },
    { "inward-but", app_user, app_password, 0, 0, SEC_E_OK, SEC_E_OK, 0, 0x100 },
};

/* In a child of its own: a process has one authority. */
static void
as_client_of(const char *service)
{
    char value[160];

    snprintf(value, sizeof(value), "unix:%s/run/%s.sock", d.dir, service);
    setenv("OPENSSPI_AUTHORITY", value, 1);
}

static _Noreturn void
logon_run(const struct logon *l)
{
    struct app_pair p;
    SecPkgContext_UserFlags flags = { 0 };

    as_client_of(l->service);
    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(u"NTLM", l->user, l->password);
    p.server_cred = app_inbound(u"NTLM");
    app_handshake(&p, l->isc, l->asc);
    if (p.client_status != l->client || p.server_status != l->server)
        child_exit(1);
    if (p.server_status == SEC_E_OK) {
        if ((p.server_attributes & ASC_RET_NULL_SESSION) != l->granted)
            child_exit(2);
        if (QueryContextAttributesW(&p.server, SECPKG_ATTR_USER_FLAGS, &flags) != SEC_E_OK ||
            flags.UserFlags != l->user_flags)
            child_exit(3);
    }
    child_exit(0);
}

static void
each_service_has_its_own_policy(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(logons); i++) {
        int status;
        pid_t pid = fork();

        if (pid == 0)
            logon_run(&logons[i]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (status != 0)
            fail_msg("logon %zu (%s) ended with %#x", i, logons[i].service, (unsigned)status);
    }
}

/* A service negotiates only what it may use itself. */
static void
each_service_has_its_own_packages(void **state)
{
    static const struct {
        const char *service;
        SECURITY_STATUS status;
    } rows[] = { { "chooses", SEC_E_OK }, { "chooses-nothing", SEC_E_NO_CREDENTIALS } };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
            CredHandle h;

            as_client_of(rows[i].service);
            child_exit(AcquireCredentialsHandleW(NULL, (SEC_WCHAR[]){ u"Negotiate" },
                                                 SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &h,
                                                 NULL) != rows[i].status);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (status != 0)
            fail_msg("%s ended with %#x", rows[i].service, (unsigned)status);
    }
}

/* ---- what was counted ---------------------------------------------------------- */

static const char *const counts[] = {
    "{\"name\":\"plain\"", "\"incoming_ntlmv2\":1,", "\"incoming_anonymous\":2,",
    "\"refused_wrong_password\":1,",
    "{\"name\":\"closed\"", "\"refused_anonymous_refused\":1",
    "{\"name\":\"hotel\"", "\"incoming_guest\":1",
    "{\"name\":\"kerberized\"", "\"refused_ntlm_denied\":1",
    "{\"name\":\"watched\"", "\"incoming_audited\":1", "\"outgoing_audited\":1",
    "{\"name\":\"inward\"", "\"outgoing_denied\":1",
};

/* The counters of the service that "{..." names are those up to the next service. */
static bool
counts_are_in(const char *json)
{
    char service[8192] = "";

    for (size_t i = 0; i < UNIT_COUNT(counts); i++) {
        const char *at = strstr(json, counts[i]);

        if (counts[i][0] != '{') {
            at = strstr(service, counts[i]);
        } else if (at != NULL) {
            const char *end = strstr(at + 1, "{\"name\"");
            size_t n = end != NULL ? (size_t)(end - at) : strlen(at);

            if (n >= sizeof(service))
                return false;
            snprintf(service, sizeof(service), "%.*s", (int)n, at);
        }
        if (at == NULL) {
            fprintf(stderr, "%s is not in %s\n", counts[i], json);
            return false;
        }
    }
    return true;
}

static void
each_service_has_its_own_counters(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        char *json;

        as_client_of("plain");
        if (opensspi_status(&json) != SEC_E_OK)
            child_exit(1);
        child_exit(counts_are_in(json) ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
serve(void)
{
    char authority[512], services[2048] = "", path[160];
    size_t n = 0;

    daemon_init(&d, "", "");
    snprintf(authority, sizeof(authority), "module_dir = %s\n", getenv("LSAD_MODULES"));
    for (size_t i = 0; i < UNIT_COUNT(sections); i += 2)
        n += (size_t)snprintf(services + n, sizeof(services) - n,
                              "[service %s]\nlisten = %s/run/%s.sock\n"
                              "may = accept, initiate, token, admin\n%s",
                              sections[i], d.dir, sections[i], sections[i + 1]);
    assert_true(n < sizeof(services));
    daemon_configure(&d, authority, services);
    snprintf(path, sizeof(path), "%s/state", d.dir);
    app_account_make(path);
    daemon_start(&d, NULL);
    unsetenv("OPENSSPI_CONFIG");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_service_has_its_own_policy),
        cmocka_unit_test(each_service_has_its_own_packages),
        cmocka_unit_test(each_service_has_its_own_counters),
    };
    int result;

    if (access("/etc/opensspi/opensspi.conf", F_OK) == 0)
        return APP_SKIP;
    serve();
    result = cmocka_run_group_tests(tests, NULL, NULL);
    if (daemon_stop(&d, SIGTERM) != 0)
        result = 1;
    daemon_wipe(&d);
    return result;
}
