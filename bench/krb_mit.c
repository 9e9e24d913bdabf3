/*
 * MIT krb5's end. A service ticket is made here, with our own builders and a
 * key that we give to both sides, and put into a credential cache in memory:
 * a handshake then needs neither a KDC nor a file.
 */
#include "krb.h"

#include <gssapi/gssapi_krb5.h>
#include <krb5.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/krb.h"
#include "packages/kerberos/wire/wire.h"

#define REALM "BENCH.EXAMPLE"
#define CLIENT "user"
#define SERVER "host/server"
#define LIFETIME 3600
#define TICKET_MAX 1024

static krb5_context krb5;
static gss_ctx_id_t initiator, acceptor;
static gss_krb5_lucid_context_v1_t *lucid;
static gss_buffer_desc unwrapped = GSS_C_EMPTY_BUFFER;

static bool
is_good(const char *what, OM_uint32 major, OM_uint32 minor)
{
    if (GSS_ERROR(major))
        fprintf(stderr, "bench: %s: %08x %u\n", what, major, minor);
    return !GSS_ERROR(major);
}

/* ---- a ticket without a KDC ---------------------------------------------------- */

static struct view
text(const char *s)
{
    return view_of(s, strlen(s));
}

static size_t
ticket_build(const struct crypto_krb_key *service, const struct crypto_krb_key *session,
             uint8_t *out)
{
    struct krb_name client = { KRB_NT_PRINCIPAL, 1, { text(CLIENT) } };
    int64_t now = time(NULL);
    struct krb_enc_ticket_part part = {
        .flags = KRB_TICKET_INITIAL, .client_realm = text(REALM), .client = client,
        .key = { session->type->number, crypto_krb_key_view(session) },
        .auth_time = now, .end_time = now + LIFETIME,
    };
    uint8_t plain[TICKET_MAX], sealed[TICKET_MAX];
    struct wr w = wr_init(plain, sizeof(plain));
    struct crypto_krb_cipher cipher;
    struct krb_ticket ticket = {
        .realm = text(REALM),
        .server = { KRB_NT_SRV_HST, 2, { text("host"), text("server") } },
        .sealed = { .etype = service->type->number, .has_kvno = true, .kvno = 1 },
    };

    krb_enc_ticket_part_build(&w, &part);
    crypto_krb_seal_init(&cipher, service, KRB_USAGE_TICKET);
    crypto_krb_seal(&cipher, wr_written(&w), sealed);
    ticket.sealed.cipher = view_of(sealed, crypto_krb_sealed_size(service->type, w.len));
    w = wr_init(out, TICKET_MAX);
    krb_ticket_build(&w, &ticket);
    return w.len;
}

static krb5_keyblock
keyblock(struct crypto_krb_key *k)
{
    return (krb5_keyblock){ .enctype = k->type->number, .length = k->type->key_size,
                            .contents = k->bytes };
}

static bool
credentials_open(int32_t etype, gss_cred_id_t *client, gss_cred_id_t *server)
{
    struct crypto_krb_key service, session;
    uint8_t ticket[TICKET_MAX];
    krb5_creds creds = { .ticket_flags = TKT_FLG_INITIAL };
    krb5_keytab_entry entry = { .vno = 1 };
    krb5_ccache cache;
    krb5_keytab keytab;
    OM_uint32 minor = 0;

    crypto_krb_key_random(&service, crypto_krb_enctype_find(etype));
    crypto_krb_key_random(&session, crypto_krb_enctype_find(etype));
    if (krb5_init_context(&krb5) != 0 ||
        krb5_parse_name(krb5, CLIENT "@" REALM, &creds.client) != 0 ||
        krb5_parse_name(krb5, SERVER "@" REALM, &creds.server) != 0 ||
        krb5_cc_new_unique(krb5, "MEMORY", NULL, &cache) != 0 ||
        krb5_cc_initialize(krb5, cache, creds.client) != 0 ||
        krb5_kt_resolve(krb5, "MEMORY:bench", &keytab) != 0)
        return false;
    creds.keyblock = keyblock(&session);
    creds.times.authtime = (krb5_timestamp)time(NULL);
    creds.times.endtime = creds.times.authtime + LIFETIME;
    creds.ticket.length = (unsigned)ticket_build(&service, &session, ticket);
    creds.ticket.data = (char *)ticket;
    entry.principal = creds.server;
    entry.key = keyblock(&service);
    return krb5_cc_store_cred(krb5, cache, &creds) == 0 &&
           krb5_kt_add_entry(krb5, keytab, &entry) == 0 &&
           is_good("client", gss_krb5_import_cred(&minor, cache, NULL, NULL, client), minor) &&
           is_good("server", gss_krb5_import_cred(&minor, NULL, creds.server, keytab, server),
                   minor);
}

/* Or the acceptor takes a subkey of the type that it likes best (RFC 4537). */
static bool
credentials_limit(int32_t etype, gss_cred_id_t client, gss_cred_id_t server)
{
    krb5_enctype list[] = { etype, 0 };
    OM_uint32 minor = 0;

    return is_good("type", gss_krb5_set_allowable_enctypes(&minor, client, 1, list), minor) &&
           is_good("type", gss_krb5_set_allowable_enctypes(&minor, server, 1, list), minor);
}

/* ---- a context --------------------------------------------------------------------- */

static bool
handshake(gss_cred_id_t client, gss_cred_id_t server)
{
    gss_buffer_desc name = { sizeof(SERVER "@" REALM) - 1, (void *)(uintptr_t)(SERVER "@" REALM) };
    gss_buffer_desc request = GSS_C_EMPTY_BUFFER, reply = GSS_C_EMPTY_BUFFER;
    OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG |
                      GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    gss_name_t target;
    OM_uint32 minor = 0;

    return is_good("name", gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, &target),
                   minor) &&
           is_good("initiate",
                   gss_init_sec_context(&minor, client, &initiator, target, GSS_C_NO_OID, flags, 0,
                                        NULL, GSS_C_NO_BUFFER, NULL, &request, NULL, NULL),
                   minor) &&
           is_good("accept",
                   gss_accept_sec_context(&minor, &acceptor, server, &request, NULL, NULL, NULL,
                                          &reply, NULL, NULL, NULL),
                   minor) &&
           is_good("complete",
                   gss_init_sec_context(&minor, client, &initiator, target, GSS_C_NO_OID, flags, 0,
                                        NULL, &reply, NULL, &request, NULL, NULL),
                   minor);
}

bool
krb_bench_mit_open(int32_t etype, struct krb_bench_keys *keys)
{
    gss_cred_id_t client, server;
    OM_uint32 minor = 0;

    setenv("KRB5_CONFIG", "/dev/null", 1);
    setenv("KRB5RCACHENAME", "none:", 1);
    initiator = acceptor = GSS_C_NO_CONTEXT;
    if (!credentials_open(etype, &client, &server)) {
        fprintf(stderr, "bench: no credentials in memory\n");
        return false;
    }
    if (!credentials_limit(etype, client, server) || !handshake(client, server) ||
        !is_good("keys", gss_krb5_export_lucid_sec_context(&minor, &initiator, 1, (void **)&lucid),
                 minor))
        return false;
    *keys = (struct krb_bench_keys){
        .etype = (int32_t)lucid->cfx_kd.ctx_key.type,
        .initiator = view_of(lucid->cfx_kd.ctx_key.data, lucid->cfx_kd.ctx_key.length),
        .acceptor = view_of(lucid->cfx_kd.acceptor_subkey.data,
                            lucid->cfx_kd.acceptor_subkey.length),
        .send_sequence = lucid->send_seq,
        .receive_sequence = lucid->recv_seq,
    };
    return true;
}

/* ---- messages -------------------------------------------------------------------------- */

static bool
mit_wrap(const uint8_t *bytes, size_t n, struct krb_bench_token *out)
{
    gss_buffer_desc in = { n, (void *)(uintptr_t)bytes }, token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0, ignored;

    if (!is_good("wrap", gss_wrap(&minor, acceptor, 1, GSS_C_QOP_DEFAULT, &in, NULL, &token),
                 minor) || token.length > sizeof(out->bytes))
        return false;
    memcpy(out->bytes, token.value, token.length);
    out->n = token.length;
    gss_release_buffer(&ignored, &token);
    return true;
}

static bool
mit_unwrap(struct krb_bench_token *in, const uint8_t **bytes, size_t *n)
{
    gss_buffer_desc token = { in->n, in->bytes };
    OM_uint32 minor = 0, ignored;

    gss_release_buffer(&ignored, &unwrapped);
    if (!is_good("unwrap", gss_unwrap(&minor, acceptor, &token, &unwrapped, NULL, NULL), minor))
        return false;
    *bytes = unwrapped.value;
    *n = unwrapped.length;
    return true;
}

static void
mit_close(void)
{
    OM_uint32 minor;

    gss_release_buffer(&minor, &unwrapped);
    gss_delete_sec_context(&minor, &acceptor, GSS_C_NO_BUFFER);
    gss_krb5_free_lucid_sec_context(&minor, lucid);
    krb5_free_context(krb5);
}

const struct krb_bench_end krb_bench_mit = {
    .name = "MIT krb5",
    .wrap = mit_wrap,
    .unwrap = mit_unwrap,
    .close = mit_close,
};
