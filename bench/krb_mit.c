/*
 * MIT krb5's end: both credentials are in memory, so a handshake needs neither
 * a KDC nor a file.
 */
#include "krb.h"

#include "krb_ticket.h"

#include <stdio.h>
#include <stdlib.h>

static krb5_context krb5;
static gss_ctx_id_t initiator, acceptor;
static gss_krb5_lucid_context_v1_t *lucid;
static gss_buffer_desc unwrapped = GSS_C_EMPTY_BUFFER;

/* ---- credentials in memory -------------------------------------------------- */

static bool
credentials_open(int32_t etype, gss_cred_id_t *client, gss_cred_id_t *server)
{
    struct crypto_krb_key service;
    krb5_keytab_entry entry = { .vno = KRB_BENCH_KVNO };
    krb5_keytab keytab;
    OM_uint32 minor = 0;

    crypto_krb_key_random(&service, crypto_krb_enctype_find(etype));
    if (krb5_init_context(&krb5) != 0 ||
        krb5_parse_name(krb5, KRB_BENCH_SERVER, &entry.principal) != 0 ||
        krb5_kt_resolve(krb5, "MEMORY:bench", &keytab) != 0)
        return false;
    entry.key = krb_bench_keyblock(&service);
    return krb5_kt_add_entry(krb5, keytab, &entry) == 0 &&
           krb_bench_client(krb5, &service, client) &&
           krb_is_good("server",
                       gss_krb5_import_cred(&minor, NULL, entry.principal, keytab, server),
                       minor);
}

/* Or the acceptor takes a subkey of the type that it likes best (RFC 4537). */
static bool
credentials_limit(int32_t etype, gss_cred_id_t client, gss_cred_id_t server)
{
    krb5_enctype list[] = { etype, 0 };
    OM_uint32 minor = 0;

    return krb_is_good("type", gss_krb5_set_allowable_enctypes(&minor, client, 1, list), minor) &&
           krb_is_good("type", gss_krb5_set_allowable_enctypes(&minor, server, 1, list), minor);
}

/* ---- a context --------------------------------------------------------------------- */

static bool
handshake(gss_cred_id_t client, gss_cred_id_t server)
{
    gss_buffer_desc request = GSS_C_EMPTY_BUFFER, reply = GSS_C_EMPTY_BUFFER;
    OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG |
                      GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    gss_name_t target;
    OM_uint32 minor = 0;

    return krb_bench_target(&target) &&
           krb_is_good("initiate",
                       gss_init_sec_context(&minor, client, &initiator, target, GSS_C_NO_OID,
                                            flags, 0, NULL, GSS_C_NO_BUFFER, NULL, &request,
                                            NULL, NULL),
                       minor) &&
           krb_is_good("accept",
                       gss_accept_sec_context(&minor, &acceptor, server, &request, NULL, NULL,
                                              NULL, &reply, NULL, NULL, NULL),
                       minor) &&
           krb_is_good("complete",
                       gss_init_sec_context(&minor, client, &initiator, target, GSS_C_NO_OID,
                                            flags, 0, NULL, &reply, NULL, &request, NULL, NULL),
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
        !krb_is_good("keys",
                     gss_krb5_export_lucid_sec_context(&minor, &initiator, 1, (void **)&lucid),
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

    if (!krb_is_good("wrap", gss_wrap(&minor, acceptor, 1, GSS_C_QOP_DEFAULT, &in, NULL, &token),
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
    if (!krb_is_good("unwrap", gss_unwrap(&minor, acceptor, &token, &unwrapped, NULL, NULL), minor))
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
