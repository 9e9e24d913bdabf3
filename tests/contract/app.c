#include "app.h"

#include "base/filetime.h"
#include "lsa/account.h"

#include <unistd.h>

char16_t app_user[] = u"J\u00f6rg", app_computer[] = u"PC01$", app_domain[] = u"";
char16_t app_password[] = u"Passw\u00f6rd";
char16_t app_target[] = u"HOST/localhost";

static char app_dir[64];

static size_t
units(const char16_t *s)
{
    size_t n = 0;

    while (s[n] != 0)
        n++;
    return n;
}

static void
account_make(struct account_store *s, const char16_t *name, uint32_t flags)
{
    struct account a;
    uint32_t rid;

    memset(&a, 0, sizeof(a));
    a.flags = flags;
    a.expires = FILETIME_NEVER;
    a.name_units = (uint16_t)units(name);
    memcpy(a.name, name, a.name_units * sizeof(char16_t));
    assert_int_equal(account_add(s, &a, &rid), 0);
    assert_int_equal(account_set_password(s, view_of(name, units(name) * 2),
                                          view_of(app_password, units(app_password) * 2),
                                          filetime_now()), 0);
}

void
app_account_make(const char *dir)
{
    struct account_store_options options = { .dir = dir, .create = true, .lockout_threshold = 0 };
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s = account_store_open(&options, error);

    if (s == NULL)
        fail_msg("%s", error);
    account_make(s, app_user, 0);
    account_make(s, app_computer, ACCOUNT_MACHINE);
    account_store_close(s);
}

int
app_start(void)
{
    char value[96];

    if (access("/etc/opensspi/opensspi.conf", F_OK) == 0)
        return APP_SKIP;
    snprintf(app_dir, sizeof(app_dir), "/tmp/opensspi-app-XXXXXX");
    if (mkdtemp(app_dir) == NULL)
        return 1;
    app_account_make(app_dir);
    snprintf(value, sizeof(value), "embedded:%s", app_dir);
    setenv("OPENSSPI_AUTHORITY", value, 1);
    unsetenv("OPENSSPI_CONFIG");
    return 0;
}

void
app_stop(void)
{
    char command[96];

    snprintf(command, sizeof(command), "rm -rf %s", app_dir);
    if (system(command) != 0)
        fprintf(stderr, "%s is left\n", app_dir);
}

static SEC_WCHAR *
w(const char16_t *s)
{
    return (SEC_WCHAR *)(uintptr_t)s;
}

CredHandle
app_inbound(const char16_t *package)
{
    CredHandle h;

    assert_int_equal(AcquireCredentialsHandleW(NULL, w(package), SECPKG_CRED_INBOUND, NULL, NULL,
                                               NULL, NULL, &h, NULL), SEC_E_OK);
    return h;
}

CredHandle
app_outbound(const char16_t *package, char16_t *user, char16_t *password)
{
    SEC_WINNT_AUTH_IDENTITY_W id;
    CredHandle h;

    memset(&id, 0, sizeof(id));     /* its padding travels too, and valgrind looks at it */
    id.User = (unsigned short *)user;
    id.UserLength = (ULONG)units(user);
    id.Domain = (unsigned short *)app_domain;
    id.Password = (unsigned short *)password;
    id.PasswordLength = (ULONG)units(password);
    id.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    assert_int_equal(AcquireCredentialsHandleW(NULL, w(package), SECPKG_CRED_OUTBOUND, NULL, &id,
                                               NULL, NULL, &h, NULL), SEC_E_OK);
    return h;
}

void
app_bindings_make(struct app_bindings *b, const char *data)
{
    SEC_CHANNEL_BINDINGS head = { .cbApplicationDataLength = (ULONG)strlen(data),
                                  .dwApplicationDataOffset = sizeof(head) };

    memcpy(b->bytes, &head, sizeof(head));
    memcpy(b->bytes + sizeof(head), data, strlen(data));
    b->buffer = (SecBuffer){ (ULONG)(sizeof(head) + strlen(data)),
                             SECBUFFER_CHANNEL_BINDINGS | SECBUFFER_READONLY, b->bytes };
}

void
app_token_empty(struct app_token *t)
{
    t->buffer = (SecBuffer){ 0, SECBUFFER_TOKEN, NULL };
    t->desc = (SecBufferDesc){ SECBUFFER_VERSION, 1, &t->buffer };
}

static void
token_free(struct app_token *t)
{
    assert_int_equal(FreeContextBuffer(t->buffer.pvBuffer), SEC_E_OK);
    app_token_empty(t);
}

static bool
goes_on(SECURITY_STATUS s)
{
    return s == SEC_I_CONTINUE_NEEDED;
}

void
app_handshake(struct app_pair *p, ULONG isc_req, ULONG asc_req)
{
    struct app_token to_server, to_client;
    bool client_first = true, server_first = true;

    app_token_empty(&to_server);
    app_token_empty(&to_client);
    p->legs = 0;
    p->client_status = p->server_status = SEC_I_CONTINUE_NEEDED;
    while (goes_on(p->client_status) || goes_on(p->server_status)) {
        token_free(&to_server);
        p->client_status = InitializeSecurityContextW(
            &p->client_cred, client_first ? NULL : &p->client, app_target,
            isc_req | ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NETWORK_DREP,
            client_first ? NULL : &to_client.desc, 0, &p->client, &to_server.desc,
            &p->client_attributes, NULL);
        client_first = false;
        token_free(&to_client);
        if (p->client_status < 0 || to_server.buffer.cbBuffer == 0)
            break;
        p->server_status = AcceptSecurityContext(
            &p->server_cred, server_first ? NULL : &p->server, &to_server.desc,
            asc_req | ASC_REQ_ALLOCATE_MEMORY, SECURITY_NETWORK_DREP, &p->server,
            &to_client.desc, &p->server_attributes, NULL);
        server_first = false;
        p->legs++;
        if (p->server_status < 0 || to_client.buffer.cbBuffer == 0)
            break;
    }
    token_free(&to_server);
    token_free(&to_client);
}

struct app_pair
app_connect(ULONG isc_req, ULONG asc_req)
{
    struct app_pair p;

    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(u"NTLM", app_user, app_password);
    p.server_cred = app_inbound(u"NTLM");
    app_handshake(&p, isc_req, asc_req);
    assert_int_equal(p.client_status, SEC_E_OK);
    assert_int_equal(p.server_status, SEC_E_OK);
    return p;
}

void
app_close(struct app_pair *p)
{
    assert_int_equal(DeleteSecurityContext(&p->client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&p->server), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p->client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p->server_cred), SEC_E_OK);
}

void
app_assert_wide(const WCHAR *have, const char16_t *want)
{
    size_t i = 0;

    assert_non_null(have);
    do
        assert_int_equal(have[i], want[i]);
    while (want[i++] != 0);
}
