/*
 * Credentials that come with the call (ISC_REQ_USE_SUPPLIED_CREDS) and those that the user is
 * asked for (ISC_REQ_PROMPT_FOR_CREDS): by the application's function, a helper program and the
 * terminal. Nobody is asked without the flag, and an application sees nothing of the helper.
 */
#include "child.h"
#include "app.h"

#include "opensspi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define USER "J\xc3\xb6rg"
#define PASSWORD "Passw\xc3\xb6rd"
#define BOTH (ISC_RET_USED_COLLECTED_CREDS | ISC_RET_USED_SUPPLIED_CREDS)

static char folder[] = "/tmp/opensspi-ask-XXXXXX";

static CredHandle
empty_credential(void)
{
    char16_t ntlm[] = u"NTLM";
    CredHandle h;

    assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)ntlm, SECPKG_CRED_OUTBOUND, NULL,
                                               NULL, NULL, NULL, &h, NULL), SEC_E_OK);
    return h;
}

/* The first call of an initiator, with one more buffer or none. */
static SECURITY_STATUS
first_call(struct app_pair *p, ULONG requirements, SecBuffer *extra, struct app_token *out)
{
    SecBufferDesc input = { SECBUFFER_VERSION, extra != NULL, extra };

    app_token_empty(out);
    return InitializeSecurityContextW(&p->client_cred, NULL, app_target,
                                      requirements | ISC_REQ_ALLOCATE_MEMORY, 0,
                                      SECURITY_NETWORK_DREP, &input, 0, &p->client, &out->desc,
                                      &p->client_attributes, NULL);
}

/* The rest of the handshake; the acceptor's status, or the initiator's where that one failed. */
static SECURITY_STATUS
finish(struct app_pair *p, struct app_token *token)
{
    struct app_token answer;
    SecPkgContext_Flags flags;
    SECURITY_STATUS st;

    app_token_empty(&answer);
    p->server_cred = app_inbound(u"NTLM");
    assert_int_equal(AcceptSecurityContext(
        &p->server_cred, NULL, &token->desc, ASC_REQ_ALLOCATE_MEMORY, SECURITY_NETWORK_DREP,
        &p->server, &answer.desc, &p->server_attributes, NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(FreeContextBuffer(token->buffer.pvBuffer), SEC_E_OK);
    app_token_empty(token);
    assert_int_equal(InitializeSecurityContextW(
        NULL, &p->client, app_target, ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NETWORK_DREP,
        &answer.desc, 0, &p->client, &token->desc, &p->client_attributes, NULL), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&p->client, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags & BOTH, p->client_attributes & BOTH);
    assert_int_equal(FreeContextBuffer(answer.buffer.pvBuffer), SEC_E_OK);
    app_token_empty(&answer);
    st = AcceptSecurityContext(NULL, &p->server, &token->desc, ASC_REQ_ALLOCATE_MEMORY,
                               SECURITY_NETWORK_DREP, &p->server, &answer.desc,
                               &p->server_attributes, NULL);
    assert_int_equal(FreeContextBuffer(token->buffer.pvBuffer), SEC_E_OK);
    app_close(p);
    return st;
}

/* ---- supplied ------------------------------------------------------------------------------ */

static void
identity_make(SEC_WINNT_AUTH_IDENTITY_A *id, const char *password)
{
    *id = (SEC_WINNT_AUTH_IDENTITY_A){
        (unsigned char *)(uintptr_t)USER, sizeof(USER) - 1, NULL, 0,
        (unsigned char *)(uintptr_t)password, (ULONG)strlen(password),
        SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
}

static void
supplied(CredHandle credential, const char *password, SECURITY_STATUS want)
{
    SEC_WINNT_AUTH_IDENTITY_A id;
    SecBuffer b = { sizeof(id), SECBUFFER_PKG_PARAMS, &id };
    struct app_pair p = { .client_cred = credential };
    struct app_token token;

    identity_make(&id, password);
    assert_int_equal(first_call(&p, ISC_REQ_USE_SUPPLIED_CREDS, &b, &token),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(p.client_attributes & BOTH, ISC_RET_USED_SUPPLIED_CREDS);
    assert_int_equal(b.BufferType, SECBUFFER_PKG_PARAMS);
    assert_int_equal(b.cbBuffer, sizeof(id));
    assert_int_equal(finish(&p, &token), want);
}

static void
supplied_credentials_are_used(void **state)
{
    char16_t wrong[] = u"not it";

    (void)state;
    supplied(empty_credential(), PASSWORD, SEC_E_OK);
    supplied(empty_credential(), "not it", SEC_E_LOGON_DENIED);
    /* They go before the credential's own, for this context. */
    supplied(app_outbound(u"NTLM", app_user, wrong), PASSWORD, SEC_E_OK);
    supplied(app_outbound(u"NTLM", app_user, app_password), "not it", SEC_E_LOGON_DENIED);
}

/* The package sees the password; in the application's memory it stays encrypted. */
static void
supplied_encrypted(void **state)
{
    static const ULONG options[] = { SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS,
                                     SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON };
    char16_t user[] = u"J\u00f6rg", password[] = u"Passw\u00f6rd";

    (void)state;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE id;
        struct app_pair p = { .client_cred = empty_credential() };
        struct app_token token;
        SecBuffer b = { sizeof(SEC_WINNT_AUTH_IDENTITY_EXW), SECBUFFER_PKG_PARAMS, NULL };
        SECURITY_STATUS st;

        assert_int_equal(SspiEncodeStringsAsAuthIdentity((PCWSTR)user, NULL, (PCWSTR)password, &id),
                         SEC_E_OK);
        st = SspiEncryptAuthIdentityEx(options[i], id);
        assert_true(st == SEC_E_OK || (i == 1 && st == SEC_E_UNSUPPORTED_FUNCTION));
        b.pvBuffer = id;
        assert_int_equal(first_call(&p, ISC_REQ_USE_SUPPLIED_CREDS, &b, &token),
                         SEC_I_CONTINUE_NEEDED);
        assert_int_equal(SspiIsAuthIdentityEncrypted(id), st == SEC_E_OK);
        assert_int_equal(finish(&p, &token), SEC_E_OK);
        SspiFreeAuthIdentity(id);
    }
}

/* The one block of the _EX2 form, as SspiEncodeStringsAsAuthIdentity and its kin make it. */
static void
supplied_as_a_block(void **state)
{
    char16_t user[] = u"J\u00f6rg", password[] = u"Passw\u00f6rd";
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE opaque, block;
    struct app_pair p = { .client_cred = empty_credential() };
    struct app_token token;
    SecBuffer b = { 0, SECBUFFER_PKG_PARAMS, NULL };
    ULONG n;
    char *bytes;

    (void)state;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity((PCWSTR)user, NULL, (PCWSTR)password, &opaque),
                     SEC_E_OK);
    assert_int_equal(SspiMarshalAuthIdentity(opaque, &n, &bytes), SEC_E_OK);
    assert_int_equal(SspiUnmarshalAuthIdentity(n, bytes, &block), SEC_E_OK);
    b.pvBuffer = block;
    b.cbBuffer = n;
    if (((SEC_WINNT_AUTH_IDENTITY_EX2 *)block)->Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2)
        b.cbBuffer = ((SEC_WINNT_AUTH_IDENTITY_EX2 *)block)->cbStructureLength;
    assert_int_equal(first_call(&p, ISC_REQ_USE_SUPPLIED_CREDS, &b, &token),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(finish(&p, &token), SEC_E_OK);
    SspiFreeAuthIdentity(opaque);
    SspiFreeAuthIdentity(block);
    assert_int_equal(FreeContextBuffer(bytes), SEC_E_OK);
}

static void
what_is_no_identity(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_A id;
    uint8_t bytes[200];
    SecBuffer b = { sizeof(id), SECBUFFER_PKG_PARAMS, &id };
    struct app_pair p = { .client_cred = empty_credential() };
    struct app_token token;
    const SEC_WINNT_AUTH_IDENTITY_EX2 long_block = {
        .Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2, .cbHeaderLength = sizeof(long_block),
        .cbStructureLength = sizeof(bytes) + 1,
    };

    (void)state;
    identity_make(&id, PASSWORD);
    /* Without the flag the buffer is the package's, and NTLM has no use for it. */
    assert_int_equal(first_call(&p, 0, &b, &token), SEC_E_NO_CREDENTIALS);
    for (b.cbBuffer = 0; b.cbBuffer < sizeof(id); b.cbBuffer++)
        assert_int_not_equal(first_call(&p, ISC_REQ_USE_SUPPLIED_CREDS, &b, &token),
                             SEC_I_CONTINUE_NEEDED);
    /* A block that says that it is longer than it is. */
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, &long_block, sizeof(long_block));
    b = (SecBuffer){ sizeof(bytes), SECBUFFER_PKG_PARAMS, bytes };
    assert_int_equal(first_call(&p, ISC_REQ_USE_SUPPLIED_CREDS, &b, &token),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(first_call(&p, ISC_REQ_USE_SUPPLIED_CREDS, NULL, &token),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
}

/* ---- collected ----------------------------------------------------------------------------- */

static struct {
    unsigned calls;
    const char *user, *password;
    SECURITY_STATUS status;
} asked;

static SECURITY_STATUS
ask(void *arg, const char *package, const char *target, char *user, char *password)
{
    assert_ptr_equal(arg, &asked);
    assert_string_equal(package, "NTLM");
    assert_string_equal(target, "HOST/localhost");
    asked.calls++;
    snprintf(user, OPENSSPI_PROMPT_MAX, "%s", asked.user);
    snprintf(password, OPENSSPI_PROMPT_MAX, "%s", asked.password);
    return asked.status;
}

static SECURITY_STATUS
collected(CredHandle credential, ULONG requirements)
{
    struct app_pair p = { .client_cred = credential };
    struct app_token token;
    SECURITY_STATUS st = first_call(&p, requirements, NULL, &token);

    if (st != SEC_I_CONTINUE_NEEDED) {
        assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
        return st;
    }
    assert_int_equal(p.client_attributes & BOTH,
                     asked.calls > 0 ? ISC_RET_USED_COLLECTED_CREDS : 0);
    return finish(&p, &token);
}

static void
function_says(const char *user, const char *password, SECURITY_STATUS status)
{
    asked.calls = 0;
    asked.user = user;
    asked.password = password;
    asked.status = status;
    assert_int_equal(opensspi_set_prompt(ask, &asked), SEC_E_OK);
}

static void
applications_function_is_asked(void **state)
{
    (void)state;
    function_says(USER, PASSWORD, SEC_E_OK);
    assert_int_equal(collected(empty_credential(), 0), SEC_E_NO_CREDENTIALS);
    assert_int_equal(asked.calls, 0);       /* not without the flag */
    assert_int_equal(collected(app_outbound(u"NTLM", app_user, app_password),
                               ISC_REQ_PROMPT_FOR_CREDS), SEC_E_OK);
    assert_int_equal(asked.calls, 0);       /* nor where there are credentials */
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS), SEC_E_OK);
    assert_int_equal(asked.calls, 1);
    function_says("EXAMPLE\\" USER, PASSWORD, SEC_E_OK);
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS), SEC_E_OK);
    function_says(USER, "not it", SEC_E_OK);
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS), SEC_E_LOGON_DENIED);
    function_says(USER, PASSWORD, SEC_E_INTERNAL_ERROR);
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS),
                     SEC_E_NO_CREDENTIALS);
    function_says("", PASSWORD, SEC_E_OK);
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS),
                     SEC_E_NO_CREDENTIALS);
    assert_int_equal(opensspi_set_prompt(NULL, NULL), SEC_E_OK);
}

/* ---- the helper program --------------------------------------------------------------------- */

static void
helper_is(const char *body)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "%s/ask", folder);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", body);
    fclose(f);
    assert_int_equal(chmod(path, 0700), 0);
    setenv("OPENSSPI_ASKPASS", path, 1);
    asked.calls = 1;
}

static volatile sig_atomic_t children;

static void
child_ended(int number)
{
    (void)number;
    children++;
}

static void
helper_program_is_asked(void **state)
{
    struct sigaction note = { .sa_handler = child_ended }, before;
    int inherited = open("/dev/null", O_RDONLY);    /* not CLOEXEC: still not the program's */
    char body[1024], path[64], line[256];
    FILE *f;

    (void)state;
    sigaction(SIGCHLD, &note, &before);
    children = 0;
    snprintf(body, sizeof(body),
             "env >%s/env; ls -l /proc/$$/fd >%s/fds\n"
             "case $1 in User*HOST/localhost*) echo '%s';; Password*) echo '%s';; esac", folder,
             folder, USER, PASSWORD);
    helper_is(body);
    setenv("APPLICATION_SECRET", "1", 1);
    assert_int_equal(collected(empty_credential(), 0), SEC_E_NO_CREDENTIALS);
    snprintf(path, sizeof(path), "%s/env", folder);
    assert_int_equal(access(path, F_OK), -1);       /* not without the flag */
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS), SEC_E_OK);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        assert_null(strstr(line, "APPLICATION_SECRET"));
        assert_null(strstr(line, "OPENSSPI_"));
    }
    fclose(f);
    snprintf(path, sizeof(path), "%s/fds", folder);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL)
        assert_true(strstr(line, " -> /dev/null") == NULL || strstr(line, " 0 -> ") != NULL
                    || strstr(line, " 2 -> ") != NULL);
    fclose(f);
    /* The application has no child, had none that it was told of, and waits for none. */
    assert_int_equal(children, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    sigaction(SIGCHLD, &before, NULL);
    close(inherited);
}

static void
helpers_without_an_answer(void **state)
{
    static const char *const bodies[] = {
        "exit 1",
        "echo " USER "; exit 1",
        ":",
        "echo",
        "head -c 100000 /dev/zero | tr '\\0' x",
        "printf 'a\\0b\\n'",
        "kill -KILL $$",
        "printf '\\377\\n'",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        helper_is(bodies[i]);
        assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS),
                         SEC_E_NO_CREDENTIALS);
    }
    setenv("OPENSSPI_ASKPASS", "/nowhere/at/all", 1);
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS),
                     SEC_E_NO_CREDENTIALS);
    setenv("OPENSSPI_ASKPASS", "relative", 1);
    assert_int_equal(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS),
                     SEC_E_NO_CREDENTIALS);
    unsetenv("OPENSSPI_ASKPASS");
}

/* ---- the terminal --------------------------------------------------------------------------- */

/* In a process of its own, with the terminal as its controlling one. */
_Noreturn static void
terminal_child(const char *terminal, SECURITY_STATUS want)
{
    int fd;

    alarm(20);
    setsid();
    fd = open(terminal, O_RDWR);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
        child_exit(2);
    asked.calls = 1;
    child_exit(collected(empty_credential(), ISC_REQ_PROMPT_FOR_CREDS) == want ? 0 : 1);
}

static void
terminal_expect(int fd, const char *text, char *seen, size_t room)
{
    size_t n = 0;

    seen[0] = '\0';
    while (strstr(seen, text) == NULL) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t got = poll(&p, 1, 10000) == 1 ? read(fd, seen + n, room - n - 1) : -1;

        if (got <= 0)
            fail_msg("the terminal says \"%s\", not \"%s\"", seen, text);
        n += (size_t)got;
        seen[n] = '\0';
    }
}

static void
terminal_says(const char *password, SECURITY_STATUS want)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY), status = 0;
    char name[64], seen[2048];
    pid_t child;

    assert_true(fd >= 0);
    assert_int_equal(grantpt(fd), 0);
    assert_int_equal(unlockpt(fd), 0);
    assert_int_equal(ptsname_r(fd, name, sizeof(name)), 0);
    child = fork();
    if (child == 0)
        terminal_child(name, want);
    terminal_expect(fd, "User name at HOST/localhost (NTLM): ", seen, sizeof(seen));
    assert_int_equal(write(fd, USER "\n", sizeof(USER)), sizeof(USER));
    terminal_expect(fd, "Password of ", seen, sizeof(seen));
    assert_int_equal(write(fd, password, strlen(password)), strlen(password));
    terminal_expect(fd, "\n", seen, sizeof(seen));
    assert_null(strstr(seen, PASSWORD));            /* no echo */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(fd);
}

static void
terminal_is_asked(void **state)
{
    (void)state;
    terminal_says(PASSWORD "\n", SEC_E_OK);
    terminal_says("not it\n", SEC_E_LOGON_DENIED);
    terminal_says("half\003", SEC_E_NO_CREDENTIALS);     /* interrupted, and still alive */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(supplied_credentials_are_used),
        cmocka_unit_test(supplied_as_a_block),
        cmocka_unit_test(supplied_encrypted),
        cmocka_unit_test(what_is_no_identity),
        cmocka_unit_test(applications_function_is_asked),
        cmocka_unit_test(helper_program_is_asked),
        cmocka_unit_test(helpers_without_an_answer),
        cmocka_unit_test(terminal_is_asked),
    };
    char command[64];
    int result = app_start();

    if (result != 0)
        return result;
    setsid();           /* no terminal of the tester's */
    if (mkdtemp(folder) == NULL)
        return 1;
    result = cmocka_run_group_tests_name("contract.app.creds", tests, NULL, NULL);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s is left\n", folder);
    app_stop();
    return result;
}
