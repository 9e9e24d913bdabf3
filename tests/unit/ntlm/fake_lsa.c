/*
 * The authority of these tests. What the real one promises by
 * LSA_SECPKG_FUNCTION_TABLE is kept here as literally as it can be checked:
 * client memory is only what was mapped, handles are counted, heap blocks are
 * filled with rubbish before they are handed out.
 */
#include "fake_lsa.h"

#include "base/filetime.h"
#include "crypto/crypto.h"
#include "packages/ntlm/protect/context_data.h"

#include "ntsecapi.h"

struct fake fake;

OPENSSPI_API NTSTATUS OpenSspiPackageInitialize(const struct opensspi_host *host);

#define FAKE_TOKEN ((HANDLE)(uintptr_t)0x7000)
#define FAKE_CLIENT_TOKEN ((HANDLE)(uintptr_t)0x1234567890)

/* ---- heaps --------------------------------------------------------------- */

void *
fake_heap_allocate(ULONG n)
{
    void *p = fake.heap_left == 0 ? NULL : malloc(n > 0 ? n : 1);

    if (fake.heap_left > 0)
        fake.heap_left--;
    if (p != NULL) {
        memset(p, 0xA5, n);
        fake.heap++;
    }
    return p;
}

void
fake_heap_free(void *p)
{
    if (p != NULL)
        fake.heap--;
    free(p);
}

static NTSTATUS
client_allocate(PLSA_CLIENT_REQUEST request, ULONG n, PVOID *base)
{
    (void)request;
    *base = malloc(n);
    fake.client_buffers++;
    return *base != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static NTSTATUS
client_free(PLSA_CLIENT_REQUEST request, PVOID base)
{
    (void)request;
    fake.client_buffers--;
    free(base);
    return STATUS_SUCCESS;
}

static NTSTATUS
client_write(PLSA_CLIENT_REQUEST request, ULONG n, PVOID base, PVOID from)
{
    (void)request;
    memcpy(base, from, n);
    return STATUS_SUCCESS;
}

static NTSTATUS
client_read(PLSA_CLIENT_REQUEST request, ULONG n, PVOID to, PVOID base)
{
    (void)request;
    for (size_t i = 0; i < fake.range_count; i++) {
        uintptr_t start = (uintptr_t)fake.ranges[i].p, at = (uintptr_t)base;

        if (at >= start && at - start <= fake.ranges[i].n &&
            n <= fake.ranges[i].n - (at - start)) {
            memcpy(to, base, n);
            return STATUS_SUCCESS;
        }
    }
    return STATUS_ACCESS_VIOLATION;
}

static NTSTATUS
buffer_map(PSecBuffer in, PSecBuffer out)
{
    *out = *in;
    out->BufferType &= ~SECBUFFER_UNMAPPED;
    return STATUS_SUCCESS;
}

static NTSTATUS
client_info(PSECPKG_CLIENT_INFO info)
{
    *info = (SECPKG_CLIENT_INFO){ .LogonId = { 100, 0 } };
    return STATUS_SUCCESS;
}

/* ---- accounts ------------------------------------------------------------- */

static size_t
text_units(const char16_t *s)
{
    size_t n = 0;

    while (s[n] != 0)
        n++;
    return n;
}

static char16_t
ascii_lower(char16_t c)
{
    return c >= 'A' && c <= 'Z' ? (char16_t)(c + 32) : c;
}

/* Names are ASCII here; "name@anything" is name. */
static bool
account_is(const struct fake_account *a, const UNICODE_STRING *name)
{
    const char16_t *p = (const char16_t *)name->Buffer;
    size_t n = text_units(a->name), got = name->Length / 2;

    if (got > n && p[n] == '@')
        got = n;
    if (got != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (ascii_lower(p[i]) != ascii_lower(a->name[i]))
            return false;
    }
    return true;
}

static NTSTATUS
sam_open(PSECURITY_STRING name, SECPKG_NAME_TYPE type, PSECURITY_STRING prefix, BOOLEAN guest,
         ULONG reserved, PVOID *out)
{
    assert_int_equal(type, SecNameSamCompatible);
    assert_null(prefix);
    assert_false(guest);
    assert_int_equal(reserved, 0);
    for (size_t i = 0; i < fake.account_count; i++) {
        if (account_is(&fake.accounts[i], name)) {
            *out = (PVOID)(uintptr_t)&fake.accounts[i];
            fake.sam++;
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NO_SUCH_USER;
}

static NTSTATUS
sam_close(PVOID handle)
{
    assert_non_null(handle);
    fake.sam--;
    return STATUS_SUCCESS;
}

static NTSTATUS
sam_credentials(PVOID handle, PVOID *primary, PULONG size, PVOID *supplemental,
                PULONG supplemental_size)
{
    const struct fake_account *a = handle;
    MSV1_0_SUPPLEMENTAL_CREDENTIAL *c = fake_heap_allocate(sizeof(*c));

    if (c == NULL)
        return STATUS_NO_MEMORY;
    memset(c, 0, sizeof(*c));
    if (a->password != NULL) {
        c->Flags = MSV1_0_CRED_NT_PRESENT;
        crypto_md4(view_of(a->password, 2 * text_units(a->password)), c->NtPassword);
    }
    *primary = c;
    *size = sizeof(*c);
    *supplemental = NULL;
    *supplemental_size = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS
sam_auth_data(PVOID handle, PUCHAR *data, PULONG size)
{
    PVOID *p = fake_heap_allocate(sizeof(*p));

    if (p == NULL)
        return STATUS_NO_MEMORY;
    *p = handle;
    *data = (PUCHAR)p;
    *size = sizeof(*p);
    return STATUS_SUCCESS;
}

static UNICODE_STRING
heap_string(const char16_t *s)
{
    size_t n = 2 * text_units(s);
    UNICODE_STRING out = { (USHORT)n, (USHORT)n, fake_heap_allocate((ULONG)n) };

    if (out.Buffer != NULL)
        memcpy(out.Buffer, s, n);
    return out;
}

static NTSTATUS
auth_data_for_user(PSECURITY_STRING name, SECPKG_NAME_TYPE type, PSECURITY_STRING prefix,
                   PUCHAR *data, PULONG size, PUNICODE_STRING flat)
{
    PVOID user;
    NTSTATUS st = sam_open(name, type, prefix, FALSE, 0, &user);

    if (!NT_SUCCESS(st))
        return st;
    *flat = heap_string(((const struct fake_account *)user)->name);
    (void)sam_auth_data(user, data, size);
    return sam_close(user);
}

static NTSTATUS
token_convert(PVOID data, ULONG size, SECURITY_IMPERSONATION_LEVEL level, PTOKEN_SOURCE source,
              SECURITY_LOGON_TYPE type, PUNICODE_STRING authority, PHANDLE token, PLUID logon_id,
              PUNICODE_STRING account, PNTSTATUS sub_status)
{
    const struct fake_account *a = *(PVOID *)data;

    assert_int_equal(size, sizeof(PVOID));
    assert_int_equal(type, Network);
    assert_memory_equal(source->SourceName, "NTLM\0\0\0\0", 8);
    assert_int_equal(authority->Length, fake.names.netbios_domain.Length);
    *sub_status = a->sub_status;
    if (a->restriction != STATUS_SUCCESS)
        return a->restriction;
    fake.level = level;
    *account = heap_string(a->name);
    if (account->Buffer == NULL)
        return STATUS_NO_MEMORY;
    *logon_id = (LUID){ 77, 0 };
    *token = FAKE_TOKEN;
    fake.tokens++;
    return STATUS_SUCCESS;
}

/* Only what NTLM has a use for: the token of nobody. */
static NTSTATUS
token_create(PLUID logon_id, PTOKEN_SOURCE source, SECURITY_LOGON_TYPE type,
             SECURITY_IMPERSONATION_LEVEL level, LSA_TOKEN_INFORMATION_TYPE kind,
             PVOID information, PTOKEN_GROUPS groups, PUNICODE_STRING account,
             PUNICODE_STRING authority, PUNICODE_STRING workstation, PUNICODE_STRING path,
             PHANDLE token, PNTSTATUS sub_status)
{
    (void)workstation;
    (void)path;
    (void)authority;
    (void)account;
    assert_int_equal(logon_id->LowPart, 0x3e6);
    assert_memory_equal(source->SourceName, "NTLM", 4);
    assert_int_equal(type, Network);
    assert_int_equal(kind, LsaTokenInformationNull);
    assert_non_null(information);
    assert_null(groups);
    fake.level = level;
    *sub_status = STATUS_SUCCESS;
    *token = FAKE_TOKEN;
    fake.tokens++;
    return STATUS_SUCCESS;
}

static NTSTATUS
handle_duplicate(HANDLE source, PHANDLE out)
{
    assert_ptr_equal(source, FAKE_TOKEN);
    *out = FAKE_CLIENT_TOKEN;
    return STATUS_SUCCESS;
}

static void
text_keep(char out[FAKE_LOG_MAX], const UNICODE_STRING *s)
{
    size_t n = s != NULL ? s->Length / 2 : 0;

    for (size_t i = 0; i < n; i++)
        out[i] = (char)s->Buffer[i];
    out[n] = '\0';
}

static VOID
audit(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account, PUNICODE_STRING authority,
      PUNICODE_STRING workstation, PSID sid, SECURITY_LOGON_TYPE type,
      SECURITY_IMPERSONATION_LEVEL level, PTOKEN_SOURCE source, PLUID logon_id)
{
    (void)authority;
    (void)workstation;
    (void)sid;
    (void)level;
    assert_int_equal(type, Network);
    assert_memory_equal(source->SourceName, "NTLM", 4);
    assert_non_null(logon_id);
    fake.audits++;
    fake.audit_status = status;
    fake.audit_sub_status = sub_status;
    text_keep(fake.audit_account, account);
}

static LSA_SECPKG_FUNCTION_TABLE fake_table = {
    .AllocateLsaHeap = fake_heap_allocate,
    .FreeLsaHeap = fake_heap_free,
    .AllocateClientBuffer = client_allocate,
    .FreeClientBuffer = client_free,
    .CopyToClientBuffer = client_write,
    .CopyFromClientBuffer = client_read,
    .DuplicateHandle = handle_duplicate,
    .GetClientInfo = client_info,
    .MapBuffer = buffer_map,
    .OpenSamUser = sam_open,
    .GetUserCredentials = sam_credentials,
    .GetUserAuthData = sam_auth_data,
    .CloseSamUser = sam_close,
    .ConvertAuthDataToToken = token_convert,
    .CreateToken = token_create,
    .GetAuthDataForUser = auth_data_for_user,
    .AuditLogonEx = audit,
};

/* ---- the host extension ---------------------------------------------------- */

static int64_t
clock_now(void)
{
    return fake.now;
}

static int64_t
clock_boot(void)
{
    return 1000;
}

/* xorshift: the tests want bytes that repeat, not bytes that nobody guesses. */
static void
random_fill(void *out, size_t n)
{
    uint8_t *p = out;

    for (size_t i = 0; i < n; i++) {
        if (fake.script.n > 0) {
            p[i] = *fake.script.p++;
            fake.script.n--;
            continue;
        }
        fake.random ^= fake.random << 13;
        fake.random ^= fake.random >> 7;
        fake.random ^= fake.random << 17;
        p[i] = (uint8_t)(fake.random >> 32);
    }
}

static const struct opensspi_host_names *
machine_names(void)
{
    return &fake.names;
}

static BOOLEAN
settings_get(const char *package, const char *key, char *out, size_t room)
{
    const char *value = NULL;

    assert_string_equal(package, "NTLM");
    if (strcmp(key, "require_128bit") == 0)
        value = fake.require_128bit;
    if (strcmp(key, "require_mic") == 0)
        value = fake.require_mic;
    for (size_t i = 0; i < sizeof(fake.settings) / sizeof(fake.settings[0]); i++) {
        if (fake.settings[i].key != NULL && strcmp(fake.settings[i].key, key) == 0)
            value = fake.settings[i].value;
    }
    if (value == NULL || strlen(value) >= room)
        return FALSE;
    memcpy(out, value, strlen(value) + 1);
    return TRUE;
}

void
fake_setting(const char *key, const char *value)
{
    size_t i = 0;

    while (fake.settings[i].key != NULL && strcmp(fake.settings[i].key, key) != 0)
        assert_true(++i < sizeof(fake.settings) / sizeof(fake.settings[0]));
    fake.settings[i].key = key;
    fake.settings[i].value = value;
}

static void
log_write(int level, const char *event, const char *const *pairs)
{
    size_t n = (size_t)snprintf(fake.log, sizeof(fake.log), "%s", event);

    fake.log_level = level;
    for (size_t i = 0; pairs[i] != NULL && n < sizeof(fake.log); i += 2)
        n += (size_t)snprintf(fake.log + n, sizeof(fake.log) - n, " %s=%s", pairs[i],
                              pairs[i + 1]);
}

static NTSTATUS
call_formats(uint32_t *lowest, uint32_t *highest)
{
    *lowest = fake.format_lowest;
    *highest = fake.format_highest;
    return STATUS_SUCCESS;
}

static NTSTATUS
call_peer(char *out, size_t room)
{
    (void)snprintf(out, room, "%s", fake.peer != NULL ? fake.peer : "");
    return STATUS_SUCCESS;
}

static NTSTATUS
handle_close(HANDLE h)
{
    assert_ptr_equal(h, FAKE_TOKEN);
    fake.tokens--;
    return STATUS_SUCCESS;
}

static void
counter_add(const char *package, const char *counter)
{
    size_t n = strlen(fake.counted);

    assert_string_equal(package, "NTLM");
    if (n < sizeof(fake.counted))
        (void)snprintf(fake.counted + n, sizeof(fake.counted) - n, "%s ", counter);
}

static const struct opensspi_host_counters host_counters = { counter_add };
static const struct opensspi_host_clock host_clock = { clock_now, clock_boot };
static const struct opensspi_host_random host_random = { random_fill };
static const struct opensspi_host_machine host_machine = { machine_names };
static const struct opensspi_host_settings host_settings = { .get = settings_get };
static const struct opensspi_host_log host_log = { log_write };
static const struct opensspi_host_call host_call = { call_formats, NULL, call_peer, NULL, NULL };
static const struct opensspi_host_handle host_handle = { handle_close };

static const void *
host_query(const char *name, uint32_t version)
{
    static const struct {
        const char *name;
        const void *interface;
    } all[] = {
        { OPENSSPI_HOST_CLOCK, &host_clock },     { OPENSSPI_HOST_RANDOM, &host_random },
        { OPENSSPI_HOST_MACHINE, &host_machine }, { OPENSSPI_HOST_SETTINGS, &host_settings },
        { OPENSSPI_HOST_LOG, &host_log },         { OPENSSPI_HOST_CALL, &host_call },
        { OPENSSPI_HOST_HANDLE, &host_handle },   { OPENSSPI_HOST_COUNTERS, &host_counters },
    };

    assert_int_equal(version, strcmp(name, OPENSSPI_HOST_CALL) == 0 ? 3 : 1);
    for (size_t i = 0; !fake.no_host && i < UNIT_COUNT(all); i++) {
        if (strcmp(all[i].name, name) == 0)
            return all[i].interface;
    }
    return NULL;
}

static const struct opensspi_host host = { sizeof(host), OPENSSPI_HOST_VERSION, host_query };

LSA_SECPKG_FUNCTION_TABLE *
fake_functions(void)
{
    return &fake_table;
}

NTSTATUS
fake_host_offer(void)
{
    return OpenSspiPackageInitialize(&host);
}

static SECPKG_DLL_FUNCTIONS fake_dll = {
    .AllocateHeap = fake_heap_allocate,
    .FreeHeap = fake_heap_free,
};

/* ---- fixtures -------------------------------------------------------------- */

static UNICODE_STRING
name_string(const char16_t *s)
{
    size_t n = s != NULL ? 2 * text_units(s) : 0;

    return (UNICODE_STRING){ (USHORT)n, (USHORT)n, (PWSTR)(uintptr_t)s };
}

void
fake_names_set(const char16_t *netbios_domain, const char16_t *netbios_computer,
               const char16_t *dns_domain, const char16_t *dns_computer,
               const char16_t *dns_forest, bool joined)
{
    fake.names = (struct opensspi_host_names){
        .netbios_computer = name_string(netbios_computer),
        .netbios_domain = name_string(netbios_domain),
        .dns_computer = name_string(dns_computer),
        .dns_domain = name_string(dns_domain),
        .dns_forest = name_string(dns_forest),
        .domain_joined = joined,
    };
}

static const struct fake_account accounts[] = {
    { u"alice", u"correct horse", STATUS_SUCCESS, STATUS_SUCCESS },
    { u"bob", u"", STATUS_SUCCESS, STATUS_SUCCESS },
    { u"carol", u"secret", STATUS_ACCOUNT_RESTRICTION, STATUS_ACCOUNT_DISABLED },
    { u"dave", u"secret", STATUS_ACCOUNT_LOCKED_OUT, STATUS_SUCCESS },
    { u"erin", u"secret", STATUS_ACCOUNT_EXPIRED, STATUS_SUCCESS },
    { u"nohash", NULL, STATUS_SUCCESS, STATUS_SUCCESS },
};

int
fake_setup(void **state)
{
    ULONG version, count;
    PSECPKG_FUNCTION_TABLE table;
    SECPKG_PARAMETERS parameters = { 0 };

    (void)state;
    fake = (struct fake){
        .accounts = accounts,
        .account_count = UNIT_COUNT(accounts),
        .now = INT64_C(133500000000000000),
        .random = 88172645463325252u,
        .heap_left = -1,
    };
    fake_names_set(u"SERVER", u"SERVER", u"server.example.com", u"server.example.com", NULL,
                   false);
    assert_int_equal(fake_host_offer(), STATUS_SUCCESS);
    assert_int_equal(SpLsaModeInitialize(SECPKG_INTERFACE_VERSION, &version, &table, &count), 0);
    assert_int_equal(count, 1);
    fake.package = table;
    assert_int_equal(fake.package->Initialize(1, &parameters, &fake_table), STATUS_SUCCESS);
    assert_int_equal(SpUserModeInitialize(SECPKG_INTERFACE_VERSION, &version, &fake.user, &count),
                     0);
    assert_int_equal(fake.user->InstanceInit(SECPKG_INTERFACE_VERSION, &fake_dll, NULL), 0);
    return 0;
}

int
fake_teardown(void **state)
{
    (void)state;
    assert_int_equal(fake.package->Shutdown(), STATUS_SUCCESS);
    assert_int_equal(fake.heap, 0);
    assert_int_equal(fake.sam, 0);
    assert_int_equal(fake.tokens, 0);
    assert_int_equal(fake.client_buffers, 0);
    return 0;
}

/* ---- sides ------------------------------------------------------------------ */

void
side_open(struct side *s, const char16_t *user, const char16_t *domain, const char16_t *password)
{
    SEC_WINNT_AUTH_IDENTITY_W id = { .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE };
    TimeStamp expiry;
    NTSTATUS st;

    *s = (struct side){ 0 };
    if (user != NULL) {
        id.User = (unsigned short *)(uintptr_t)user;
        id.UserLength = (ULONG)text_units(user);
        id.Domain = (unsigned short *)(uintptr_t)domain;
        id.DomainLength = (ULONG)text_units(domain);
        id.Password = (unsigned short *)(uintptr_t)password;
        id.PasswordLength = (ULONG)text_units(password);
        fake.ranges[0] = (struct fake_range){ &id, sizeof(id) };
        fake.ranges[1] = (struct fake_range){ user, 2 * id.UserLength };
        fake.ranges[2] = (struct fake_range){ domain, 2 * id.DomainLength };
        fake.ranges[3] = (struct fake_range){ password, 2 * id.PasswordLength };
        fake.range_count = 4;
    }
    st = fake.package->AcquireCredentialsHandle(
        NULL, user != NULL ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
        user != NULL ? &id : NULL, NULL, NULL, &s->credential, &expiry);
    fake.range_count = 0;
    assert_int_equal(st, STATUS_SUCCESS);
    assert_int_not_equal(s->credential, 0);
    assert_int_equal(expiry.QuadPart, FILETIME_NEVER);
}

void
side_reset(struct side *s)
{
    if (s->context != 0)
        assert_int_equal(fake.package->DeleteContext(s->context), STATUS_SUCCESS);
    s->context = 0;
}

void
side_close(struct side *s)
{
    side_reset(s);
    assert_int_equal(fake.package->FreeCredentialsHandle(s->credential), STATUS_SUCCESS);
}

/* What the authority does with ContextData: copies it to the client, frees its block. */
static void
side_take_data(struct side *s, SecBuffer *data)
{
    struct ntlm_context_data d;

    s->data_n = 0;
    if (data->pvBuffer == NULL)
        return;
    assert_true(data->cbBuffer <= sizeof(s->data));
    memcpy(s->data, data->pvBuffer, data->cbBuffer);
    s->data_n = data->cbBuffer;
    fake_heap_free(data->pvBuffer);
    assert_int_equal(ntlm_context_data_parse(view_of(s->data, s->data_n), &d), 0);
    memcpy(s->session_key, d.session_key, sizeof(s->session_key));
}

/* As the authority calls it: every out-parameter prepared (SpAcceptLsaModeContext's page). */
static NTSTATUS
side_leg(struct side *s, struct view in, bool accept)
{
    SecBuffer inputs[3] = {
        { (ULONG)in.n, SECBUFFER_TOKEN | SECBUFFER_READONLY, (void *)(uintptr_t)in.p },
        { (ULONG)s->bindings.n, SECBUFFER_CHANNEL_BINDINGS, (void *)(uintptr_t)s->bindings.p },
        { 0, SECBUFFER_TARGET_HOST, (void *)(uintptr_t)s->target_host },
    };
    SecBuffer outputs[2] = {
        { (ULONG)(s->room ? s->room : sizeof(s->out)), SECBUFFER_TOKEN, s->out },
        { (ULONG)(s->result_room ? s->result_room : sizeof(s->result)),
          SECBUFFER_CHANNEL_BINDINGS_RESULT, &s->result },
    };
    SecBufferDesc input = { SECBUFFER_VERSION, 3, inputs };
    SecBufferDesc output = { SECBUFFER_VERSION, s->wants_result ? 2 : 1, outputs };
    size_t units = s->target != NULL ? text_units(s->target) : 0;
    UNICODE_STRING target = { (USHORT)(2 * units), (USHORT)(2 * units),
                              (PWSTR)(uintptr_t)s->target };
    LSA_SEC_HANDLE handle = s->context;
    SecBuffer data = { 0, 0, NULL };

    if (s->target_host != NULL)
        inputs[2].cbBuffer = (ULONG)(2 * text_units(s->target_host));
    if (in.n == 0 && s->bindings.n == 0)
        input.cBuffers = 0;
    s->attributes = 0;
    s->result = 0;
    s->mapped = FALSE;
    s->expiry.QuadPart = 0;
    if (accept)
        s->status = fake.package->AcceptLsaModeContext(
            s->context != 0 ? 0 : s->credential, s->context, &input, s->requirements, 0, &handle,
            &output, &s->attributes, &s->expiry, &s->mapped, &data);
    else
        s->status = fake.package->InitLsaModeContext(
            s->context != 0 ? 0 : s->credential, s->context, s->target != NULL ? &target : NULL,
            s->requirements, 0, &input, &handle, &output, &s->attributes, &s->expiry, &s->mapped,
            &data);
    if (outputs[0].pvBuffer != s->out) {
        assert_true(s->attributes & ISC_RET_ALLOCATED_MEMORY);
        memcpy(s->out, outputs[0].pvBuffer, outputs[0].cbBuffer);
        fake_heap_free(outputs[0].pvBuffer);
    }
    if (outputs[1].pvBuffer != &s->result) {
        assert_true(s->attributes & ISC_RET_ALLOCATED_MEMORY);
        assert_int_equal(outputs[1].cbBuffer, sizeof(s->result));
        memcpy(&s->result, outputs[1].pvBuffer, outputs[1].cbBuffer);
        fake_heap_free(outputs[1].pvBuffer);
    }
    s->result_n = outputs[1].cbBuffer;
    s->out_n = NT_SUCCESS(s->status) ? outputs[0].cbBuffer : 0;
    if (NT_SUCCESS(s->status))
        s->context = handle;
    else if (s->context == 0)
        assert_int_equal(handle, 0);
    side_take_data(s, &data);
    return s->status;
}

NTSTATUS
side_initiate(struct side *s, struct view in)
{
    return side_leg(s, in, false);
}

NTSTATUS
side_accept(struct side *s, struct view in)
{
    return side_leg(s, in, true);
}
