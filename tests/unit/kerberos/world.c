#include "world.h"

#include "base/filetime.h"
#include "base/sid.h"
#include "base/str16.h"
#include "crypto/crypto.h"
#include "crypto/krb.h"
#include "packages/kerberos/wire/wire.h"

#include <sys/stat.h>
#include <unistd.h>

struct world world;

NTSTATUS OpenSspiPackageInitialize(const struct opensspi_host *host);

/* ---- the host extension ------------------------------------------------- */

static int64_t
clock_now(void)
{
    return filetime_from_unix(world.now);
}

static int64_t
clock_boot(void)
{
    return world.boot_ms += 2000;       /* every look finds that time has passed */
}

static void
random_fill(void *out, size_t n)
{
    crypto_random(out, n);
}

static const struct opensspi_host_names *
machine_names(void)
{
    static char16_t domain[] = u"EXAMPLE";
    static struct opensspi_host_names names;

    names.netbios_domain = (UNICODE_STRING){ 14, 14, (PWSTR)domain };
    return &names;
}

static BOOLEAN
section_get(const char *section, const char *name, const char *key, char *out, size_t room)
{
    for (size_t i = 0; i < UNIT_COUNT(world.settings); i++) {
        if (world.settings[i].key != NULL && strcmp(world.settings[i].section, section) == 0 &&
            strcmp(world.settings[i].name, name) == 0 &&
            strcmp(world.settings[i].key, key) == 0 &&
            strlen(world.settings[i].value) < room) {
            strcpy(out, world.settings[i].value);
            return TRUE;
        }
    }
    return FALSE;
}

static BOOLEAN
setting_get(const char *package, const char *key, char *out, size_t room)
{
    return section_get(OPENSSPI_HOST_SECTION_PACKAGE, package, key, out, room);
}

static uint32_t
settings_generation(void)
{
    return world.generation;
}

static void
log_write(int level, const char *event, const char *const *pairs)
{
    size_t n = (size_t)snprintf(world.log, sizeof(world.log), "%s", event);

    (void)level;
    for (; pairs[0] != NULL && n < sizeof(world.log); pairs += 2)
        n += (size_t)snprintf(world.log + n, sizeof(world.log) - n, " %s=%s", pairs[0], pairs[1]);
}

static NTSTATUS
call_formats(uint32_t *lowest, uint32_t *highest)
{
    *lowest = world.formats > 0 ? 1 : 0;
    *highest = world.formats;
    return STATUS_SUCCESS;
}

static NTSTATUS
call_service(char *out, size_t room)
{
    assert_true(room > 3);
    strcpy(out, "web");
    return STATUS_SUCCESS;
}

static BOOLEAN
call_may_delegate(void)
{
    return world.may_delegate;
}

static BOOLEAN
call_may_token(void)
{
    return world.may_token;
}

static NTSTATUS
handle_close(HANDLE h)
{
    assert_non_null(h);
    world.tokens--;
    return STATUS_SUCCESS;
}

static NTSTATUS
client_need(uint32_t kind, PUNICODE_STRING target, uint32_t flags)
{
    assert_true(target->Length > 0);
    world.need_kind = kind;
    world.need_flags = flags;
    return STATUS_SUCCESS;
}

static NTSTATUS
client_answer(const void **bytes, uint32_t *n)
{
    *bytes = world.client_answer.p;
    *n = (uint32_t)world.client_answer.n;
    return STATUS_SUCCESS;
}

static const void *
host_query(const char *name, uint32_t version)
{
    static const struct opensspi_host_clock clock = { clock_now, clock_boot };
    static const struct opensspi_host_random random = { random_fill };
    static const struct opensspi_host_machine machine = { machine_names };
    static const struct opensspi_host_settings settings = { setting_get, section_get,
                                                            settings_generation };
    static const struct opensspi_host_log log = { log_write };
    static const struct opensspi_host_call call = { call_formats, call_service,
                                                    NULL, call_may_delegate,
                                                    call_may_token };
    static const struct opensspi_host_handle handle = { handle_close };
    static const struct opensspi_host_client client = { client_need, client_answer, NULL };
    const struct {
        const char *name;
        const void *interface;
    } all[] = {
        { OPENSSPI_HOST_CLOCK, &clock },       { OPENSSPI_HOST_RANDOM, &random },
        { OPENSSPI_HOST_MACHINE, &machine },   { OPENSSPI_HOST_SETTINGS, &settings },
        { OPENSSPI_HOST_LOG, &log },           { OPENSSPI_HOST_CALL, &call },
        { OPENSSPI_HOST_HANDLE, &handle },     { OPENSSPI_HOST_CLIENT, &client },
    };

    (void)version;
    for (size_t i = 0; i < UNIT_COUNT(all); i++) {
        if (strcmp(all[i].name, name) == 0)
            return all[i].interface;
    }
    return NULL;
}

static const struct opensspi_host host = { sizeof(host), OPENSSPI_HOST_VERSION, host_query };

/* ---- the function table ------------------------------------------------- */

static PVOID NTAPI
heap_allocate(ULONG n)
{
    world.heap++;
    return malloc(n + 1);
}

static VOID NTAPI
heap_free(PVOID p)
{
    if (p != NULL)
        world.heap--;
    free(p);
}

static NTSTATUS NTAPI
session_create(PLUID id)
{
    (void)id;
    return STATUS_SUCCESS;
}

static void
sid_text(PSID sid, char *out, size_t room)
{
    const uint8_t *p = sid;
    char text[SID_TEXT_MAX];

    assert_true(sid_format(view_of(p, 8 + 4u * p[1]), text));
    strncat(out, text, room - strlen(out) - 2);
}

static NTSTATUS NTAPI
token_create(PLUID id, PTOKEN_SOURCE source, SECURITY_LOGON_TYPE type,
             SECURITY_IMPERSONATION_LEVEL level, LSA_TOKEN_INFORMATION_TYPE form, PVOID info,
             PTOKEN_GROUPS groups, PUNICODE_STRING account, PUNICODE_STRING authority,
             PUNICODE_STRING workstation, PUNICODE_STRING profile, PHANDLE token,
             PNTSTATUS sub_status)
{
    const LSA_TOKEN_INFORMATION_V2 *v = info;

    (void)id, (void)source, (void)type, (void)groups, (void)account, (void)authority;
    (void)workstation, (void)profile, (void)sub_status;
    assert_int_equal(form, LsaTokenInformationV2);
    world.level = level;
    sid_text(v->User.User.Sid, world.token_user, sizeof(world.token_user));
    for (DWORD i = 0; i < v->Groups->GroupCount; i++) {
        sid_text(v->Groups->Groups[i].Sid, world.token_groups, sizeof(world.token_groups));
        strcat(world.token_groups, " ");
    }
    world.tokens++;
    *token = (HANDLE)(uintptr_t)77;
    return STATUS_SUCCESS;
}

/* The store has one account, alice. */
static NTSTATUS NTAPI
auth_data_get(PSECURITY_STRING name, SECPKG_NAME_TYPE type, PSECURITY_STRING prefix, PUCHAR *data,
              PULONG size, PUNICODE_STRING flat)
{
    (void)type, (void)prefix, (void)flat;
    if (name->Length != 10 || memcmp(name->Buffer, u"alice", 10) != 0)
        return STATUS_NO_SUCH_USER;
    *data = heap_allocate(1);
    *size = 1;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
auth_data_convert(PVOID data, ULONG size, SECURITY_IMPERSONATION_LEVEL level, PTOKEN_SOURCE source,
                  SECURITY_LOGON_TYPE type, PUNICODE_STRING authority, PHANDLE token, PLUID id,
                  PUNICODE_STRING account, PNTSTATUS sub_status)
{
    (void)data, (void)size, (void)source, (void)type, (void)authority, (void)id, (void)sub_status;
    world.level = level;
    world.tokens++;
    *token = (HANDLE)(uintptr_t)78;
    *account = (UNICODE_STRING){ 10, 10, heap_allocate(10) };
    memcpy(account->Buffer, u"alice", 10);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
handle_duplicate(HANDLE source, PHANDLE destination)
{
    assert_non_null(source);
    *destination = (HANDLE)(uintptr_t)WORLD_CLIENT_TOKEN;
    return STATUS_SUCCESS;
}

static VOID NTAPI
audit(NTSTATUS status, NTSTATUS sub_status, PUNICODE_STRING account, PUNICODE_STRING authority,
      PUNICODE_STRING workstation, PSID sid, SECURITY_LOGON_TYPE type,
      SECURITY_IMPERSONATION_LEVEL level, PTOKEN_SOURCE source, PLUID id)
{
    (void)sub_status, (void)account, (void)authority, (void)workstation, (void)sid, (void)type;
    (void)level, (void)source, (void)id;
    world.audits++;
    world.audit_status = status;
}

static NTSTATUS NTAPI
client_info(PSECPKG_CLIENT_INFO out)
{
    *out = (SECPKG_CLIENT_INFO){ .Impersonating = world.impersonating };
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
credential_add(PLUID id, ULONG package, PLSA_STRING key, PLSA_STRING secret)
{
    (void)id, (void)key;
    assert_int_equal(package, 1);
    assert_true(secret->Length <= sizeof(world.secret));
    memcpy(world.secret, secret->Buffer, secret->Length);
    world.secret_n = secret->Length;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI
credential_get(PLUID id, ULONG package, PULONG query, BOOLEAN all, PLSA_STRING key,
               PULONG key_length, PLSA_STRING secret)
{
    (void)id, (void)package, (void)query, (void)all, (void)key, (void)key_length;
    if (world.secret_n == 0)
        return STATUS_UNSUCCESSFUL;
    *secret = (LSA_STRING){ (USHORT)world.secret_n, (USHORT)world.secret_n,
                            heap_allocate((ULONG)world.secret_n) };
    memcpy(secret->Buffer, world.secret, world.secret_n);
    return STATUS_SUCCESS;
}

static LSA_SECPKG_FUNCTION_TABLE functions = {
    .AddCredential = credential_add,
    .GetCredentials = credential_get,
    .GetClientInfo = client_info,
    .AllocateLsaHeap = heap_allocate,
    .FreeLsaHeap = heap_free,
    .CreateLogonSession = session_create,
    .DeleteLogonSession = session_create,
    .CreateToken = token_create,
    .GetAuthDataForUser = auth_data_get,
    .ConvertAuthDataToToken = auth_data_convert,
    .DuplicateHandle = handle_duplicate,
    .AuditLogonEx = audit,
};

/* ---- the world ---------------------------------------------------------- */

void
world_setting(const char *section, const char *name, const char *key, const char *value)
{
    size_t i = 0;

    while (world.settings[i].key != NULL && (strcmp(world.settings[i].key, key) != 0 ||
                                             strcmp(world.settings[i].section, section) != 0))
        i++;
    assert_true(i < UNIT_COUNT(world.settings));
    world.settings[i].section = section;
    world.settings[i].name = name;
    world.settings[i].key = value != NULL ? key : NULL;
    world.settings[i].value = value;
    world.generation++;
}

void
world_key_add(const char *principal, krb5_kvno kvno, krb5_enctype type)
{
    krb5_keytab_entry e = { .vno = kvno, .timestamp = 1 };
    char name[112];
    krb5_keytab keytab;

    snprintf(name, sizeof(name), "FILE:%s", world.keytab);
    assert_int_equal(krb5_kt_resolve(world.k, name, &keytab), 0);
    assert_int_equal(krb5_parse_name(world.k, principal, &e.principal), 0);
    assert_int_equal(krb5_c_make_random_key(world.k, type, &e.key), 0);
    assert_int_equal(krb5_kt_add_entry(world.k, keytab, &e), 0);
    krb5_kt_free_entry(world.k, &e);
    krb5_kt_close(world.k, keytab);
}

krb5_keyblock
world_key(const char *principal, krb5_kvno kvno, krb5_enctype type)
{
    krb5_keytab_entry e;
    krb5_principal name;
    krb5_keyblock out;
    krb5_keytab keytab;
    char file[112];

    snprintf(file, sizeof(file), "FILE:%s", world.keytab);
    assert_int_equal(krb5_kt_resolve(world.k, file, &keytab), 0);
    assert_int_equal(krb5_parse_name(world.k, principal, &name), 0);
    assert_int_equal(krb5_kt_get_entry(world.k, keytab, name, kvno, type, &e), 0);
    assert_int_equal(krb5_copy_keyblock_contents(world.k, &e.key, &out), 0);
    krb5_kt_free_entry(world.k, &e);
    krb5_free_principal(world.k, name);
    krb5_kt_close(world.k, keytab);
    return out;
}

static void
keys_make(void)
{
    static const krb5_enctype types[] = { 17, 18, 19, 20, 23 };

    for (size_t i = 0; i < UNIT_COUNT(types); i++)
        world_key_add(WORLD_SERVER, 1, types[i]);
    world_key_add("HTTP/other.example.com@EXAMPLE.COM", 1, 18);
}

static void
package_start(void)
{
    ULONG version, count;
    TimeStamp expiry;

    assert_int_equal(SpLsaModeInitialize(SECPKG_INTERFACE_VERSION, &version, &world.package,
                                         &count),
                     STATUS_SUCCESS);
    assert_int_equal(OpenSspiPackageInitialize(&host), STATUS_SUCCESS);
    assert_int_equal(world.package->Initialize(1, NULL, &functions), STATUS_SUCCESS);
    assert_int_equal(world.package->AcquireCredentialsHandle(NULL, SECPKG_CRED_INBOUND, NULL, NULL,
                                                             NULL, NULL, &world.credential,
                                                             &expiry),
                     STATUS_SUCCESS);
}

void
world_begin_in_child(void)
{
    package_start();
}

int
world_setup(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    world.now = WORLD_NOW;
    world.may_token = TRUE;
    world.formats = KRB_CONTEXT_FORMAT_HIGHEST;
    /* No configuration of this machine's may take part. */
    setenv("KRB5_CONFIG", "/dev/null", 1);
    assert_int_equal(krb5_init_context(&world.k), 0);
    assert_int_equal(krb5_set_real_time(world.k, (krb5_timestamp)WORLD_NOW, 0), 0);
    strcpy(world.dir, "/tmp/test-krb-XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.keytab, sizeof(world.keytab), "%s/keytab", world.dir);
    world_setting(OPENSSPI_HOST_SECTION_STORE, "", "state_dir", world.dir);
    world_setting(OPENSSPI_HOST_SECTION_SERVICE, "web", "keytab", world.keytab);
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "replay_entries", "2048");
    keys_make();
    package_start();
    return 0;
}

int
world_teardown(void **state)
{
    char path[160];

    (void)state;
    assert_int_equal(world.package->FreeCredentialsHandle(world.credential), STATUS_SUCCESS);
    assert_int_equal(world.package->Shutdown(), STATUS_SUCCESS);
    assert_int_equal(world.heap, 0);
    assert_int_equal(world.tokens, 0);
    krb5_free_context(world.k);
    unlink(world.keytab);
    snprintf(path, sizeof(path), "%s/kerberos.replay", world.dir);
    unlink(path);
    rmdir(world.dir);
    return 0;
}

bool
logged(const char *text)
{
    return strstr(world.log, text) != NULL;
}

void
assert_utf16(struct view got, const char *want)
{
    char *text = str16_to_utf8(got);

    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
}

/* ---- the client --------------------------------------------------------- */

static struct krb_name
name_of(krb5_principal p)
{
    struct krb_name name = { .type = p->type, .count = (size_t)p->length };

    for (int i = 0; i < p->length; i++)
        name.parts[i] = view_of_data(p->data[i]);
    return name;
}

static krb5_enctype
or_else(krb5_enctype a, krb5_enctype b)
{
    return a != 0 ? a : b;
}

/* EncTicketPart under the service's key: what a KDC does. The library seals it. */
static void
ticket_forge(struct peer *p, const struct forgery *f, krb5_principal server)
{
    uint8_t part[4096], sealed[WORLD_TOKEN_MAX], bytes[WORLD_TOKEN_MAX];
    krb5_enctype type = or_else(f->type, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    struct wr w = wr_init(part, sizeof(part)), t = wr_init(bytes, sizeof(bytes));
    struct krb_enc_ticket_part m = {
        .flags = f->flags,
        .key = { p->creds.keyblock.enctype,
                 view_of(p->creds.keyblock.contents, p->creds.keyblock.length) },
        .client_realm = view_of_data(p->creds.client->realm),
        .client = name_of(p->creds.client),
        .transited_type = f->transited != NULL,
        .transited = view_of(f->transited, f->transited != NULL ? strlen(f->transited) : 0),
        .auth_time = WORLD_NOW - 3600,
        .has_start_time = f->start != 0,
        .start_time = world.now + f->start,
        .end_time = world.now + (f->end != 0 ? f->end : 3600),
        .auth_data = f->auth_data,
    };
    krb5_keyblock key = f->key != NULL ? *f->key : world_key(WORLD_SERVER, 1, type);
    krb5_enc_data out = { .ciphertext = { 0, sizeof(sealed), (char *)sealed } };
    struct krb_ticket ticket = {
        .realm = view_of_data(server->realm),
        .server = name_of(server),
        .sealed = { .etype = key.enctype, .has_kvno = true,
                    .kvno = f->kvno != 0 ? f->kvno : 1 },
    };
    krb5_data plain;

    krb_enc_ticket_part_build(&w, &m);
    assert_false(w.failed);
    plain = (krb5_data){ 0, (unsigned)w.len, (char *)part };
    assert_int_equal(krb5_c_encrypt(world.k, &key, KRB_USAGE_TICKET, NULL, &plain, &out), 0);
    ticket.sealed.cipher = view_of(sealed, out.ciphertext.length);
    krb_ticket_build(&t, &ticket);
    assert_false(t.failed);
    p->creds.ticket = (krb5_data){ 0, (unsigned)t.len, malloc(t.len) };
    memcpy(p->creds.ticket.data, bytes, t.len);
    if (f->key == NULL)
        krb5_free_keyblock_contents(world.k, &key);
}

static krb5_data
checksum_of(struct peer *p, const struct forgery *f, uint8_t *room, size_t n)
{
    struct wr w = wr_init(room, n);
    struct krb_gss_checksum m = { .flags = f->gss };
    krb5_data cred = { 0 };

    memcpy(m.bindings, f->bindings, sizeof(m.bindings));
    if (f->delegated != NULL)
        cred = f->delegated(p);
    m.delegated = view_of(cred.data, cred.length);
    krb_gss_checksum_build(&w, &m);
    assert_false(w.failed);
    krb5_free_data_contents(world.k, &cred);
    return (krb5_data){ 0, (unsigned)w.len, (char *)room };
}

/* Before the library would make one of the session's type. */
static void
subkey_forge(struct peer *p, krb5_enctype type)
{
    krb5_keyblock key;

    if (type == 0)
        return;
    assert_int_equal(krb5_c_make_random_key(world.k, type, &key), 0);
    assert_int_equal(krb5_auth_con_setsendsubkey(world.k, p->ac, &key), 0);
    krb5_free_keyblock_contents(world.k, &key);
}

/* The library makes the AP-REQ; the frame is RFC 2743's. */
static void
ap_req_forge(struct peer *p, const struct forgery *f)
{
    struct wr w = wr_init(p->token, sizeof(p->token));
    krb5_flags options = AP_OPTS_USE_SUBKEY | (f->user_to_user ? AP_OPTS_USE_SESSION_KEY : 0);
    uint8_t room[WORLD_TOKEN_MAX / 2];
    krb5_data out, in;

    if (f->gss & KRB_GSS_MUTUAL)
        options |= AP_OPTS_MUTUAL_REQUIRED;
    assert_int_equal(krb5_set_real_time(world.k, (krb5_timestamp)(world.now + f->clock), 0), 0);
    assert_int_equal(krb5_auth_con_init(world.k, &p->ac), 0);
    assert_int_equal(krb5_auth_con_setflags(world.k, p->ac, KRB5_AUTH_CONTEXT_DO_SEQUENCE), 0);
    subkey_forge(p, f->subkey_type);
    in = checksum_of(p, f, room, sizeof(room));
    if (!f->no_checksum)
        assert_int_equal(krb5_auth_con_set_req_cksumtype(world.k, p->ac, 0x8003), 0);
    assert_int_equal(krb5_mk_req_extended(world.k, &p->ac, options, f->no_checksum ? NULL : &in,
                                          &p->creds, &out),
                     0);
    if (f->gss & KRB_GSS_DCE_STYLE)
        wr_view(&w, view_of_data(out));
    else
        krb_token_build(&w, KRB_TOK_AP_REQ, f->user_to_user, view_of_data(out));
    assert_false(w.failed);
    p->token_n = w.len;
    krb5_free_data_contents(world.k, &out);
    assert_int_equal(krb5_set_real_time(world.k, (krb5_timestamp)world.now, 0), 0);
}

void
forge(struct peer *p, const struct forgery *f)
{
    krb5_enctype type = or_else(f->session_type, or_else(f->type, ENCTYPE_AES256_CTS_HMAC_SHA1_96));
    krb5_creds *c = &p->creds;

    memset(p, 0, sizeof(*p));
    assert_int_equal(krb5_parse_name(world.k, f->client ? f->client : WORLD_CLIENT, &c->client), 0);
    assert_int_equal(krb5_parse_name(world.k, f->server ? f->server : WORLD_SERVER, &c->server), 0);
    assert_int_equal(krb5_c_make_random_key(world.k, type, &c->keyblock), 0);
    ticket_forge(p, f, c->server);
    if (f->authenticator_client != NULL) {
        krb5_free_principal(world.k, c->client);
        assert_int_equal(krb5_parse_name(world.k, f->authenticator_client, &c->client), 0);
    }
    /* The library must not find what is wrong with it before we do. */
    c->times.starttime = (krb5_timestamp)(world.now + f->clock - 10);
    c->times.endtime = (krb5_timestamp)(world.now + f->clock + 10000);
    if (f->authenticator_data.n > 0) {
        krb5_authdata ad = { .ad_type = KRB_AD_IF_RELEVANT,
                             .length = (unsigned)f->authenticator_data.n,
                             .contents = (krb5_octet *)(uintptr_t)f->authenticator_data.p };
        krb5_authdata *list[] = { &ad, NULL };

        assert_int_equal(krb5_copy_authdata(world.k, list, &c->authdata), 0);
    }
    ap_req_forge(p, f);
}

void
peer_wipe(struct peer *p)
{
    krb5_auth_con_free(world.k, p->ac);
    krb5_free_cred_contents(world.k, &p->creds);
}

krb5_error_code
peer_read(struct peer *p, struct view token, krb5_ap_rep_enc_part **out)
{
    struct krb_token t;
    krb5_data in;

    assert_int_equal(krb_token_parse(token, &t), 0);
    assert_int_equal(t.id, KRB_TOK_AP_REP);
    in = (krb5_data){ 0, (unsigned)t.message.n, (char *)(uintptr_t)t.message.p };
    return krb5_rd_rep(world.k, p->ac, &in, out);
}

/* ---- our side ----------------------------------------------------------- */

void
leg_map(struct leg *l, SecBuffer *data)
{
    if (!l->mapped)
        return;
    assert_true(data->cbBuffer <= sizeof(l->data));
    memcpy(l->data, data->pvBuffer, data->cbBuffer);
    l->data_n = data->cbBuffer;
    heap_free(data->pvBuffer);
    assert_int_equal(krb_context_data_parse(view_of(l->data, l->data_n), &l->parsed), 0);
}

NTSTATUS
leg_accept(struct leg *l, struct view token)
{
    SecBuffer in[2] = {
        { (ULONG)token.n, SECBUFFER_TOKEN, (void *)(uintptr_t)token.p },
        { (ULONG)l->bindings.n, SECBUFFER_CHANNEL_BINDINGS, (void *)(uintptr_t)l->bindings.p },
    };
    ULONG room = l->room > 0 ? l->room : sizeof(l->out);
    SecBuffer out = { room, SECBUFFER_TOKEN, l->out }, data = { 0 };
    SecBufferDesc input = { SECBUFFER_VERSION, l->bindings.n > 0 ? 2 : 1, in };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, &out };

    l->attributes = 0;
    l->mapped = FALSE;
    l->status = world.package->AcceptLsaModeContext(
        world.credential, l->context, &input, l->requirements, SECURITY_NATIVE_DREP, &l->context,
        &output, &l->attributes, &l->expiry, &l->mapped, &data);
    l->out_n = out.cbBuffer;
    leg_map(l, &data);
    return l->status;
}

void
leg_reset(struct leg *l)
{
    if (l->context != 0 && l->status >= 0)
        assert_int_equal(world.package->DeleteContext(l->context), STATUS_SUCCESS);
    l->context = 0;
}

NTSTATUS
accept_once(struct leg *l, const struct forgery *f)
{
    struct peer p;
    NTSTATUS st;

    forge(&p, f);
    st = leg_accept(l, view_of(p.token, p.token_n));
    leg_reset(l);
    peer_wipe(&p);
    return st;
}
