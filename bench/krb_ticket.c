/*
 * A service ticket is made here, with our own builders and the service's key,
 * and put into a credential cache in memory: a handshake then needs neither a
 * KDC nor a file.
 */
#include "krb_ticket.h"

#include <stdio.h>
#include <time.h>

#include "packages/kerberos/wire/wire.h"

#define CLIENT "user"
#define LIFETIME 3600
#define TICKET_MAX 1024

bool
krb_is_good(const char *what, OM_uint32 major, OM_uint32 minor)
{
    if (GSS_ERROR(major))
        fprintf(stderr, "bench: %s: %08x %u\n", what, major, minor);
    return !GSS_ERROR(major);
}

krb5_keyblock
krb_bench_keyblock(struct crypto_krb_key *k)
{
    return (krb5_keyblock){ .enctype = k->type->number, .length = k->type->key_size,
                            .contents = k->bytes };
}

bool
krb_bench_target(gss_name_t *target)
{
    gss_buffer_desc name = { sizeof(KRB_BENCH_SERVER) - 1,
                             (void *)(uintptr_t)KRB_BENCH_SERVER };
    OM_uint32 minor = 0;

    return krb_is_good(
        "name", gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, target), minor);
}

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
        .flags = KRB_TICKET_INITIAL, .client_realm = text(KRB_BENCH_REALM), .client = client,
        .key = { session->type->number, crypto_krb_key_view(session) },
        .auth_time = now, .end_time = now + LIFETIME,
    };
    uint8_t plain[TICKET_MAX], sealed[TICKET_MAX];
    struct wr w = wr_init(plain, sizeof(plain));
    struct crypto_krb_cipher cipher;
    struct krb_ticket ticket = {
        .realm = text(KRB_BENCH_REALM),
        .server = { KRB_NT_SRV_HST, 2, { text("HTTP"), text("www.bench.example") } },
        .sealed = { .etype = service->type->number, .has_kvno = true, .kvno = KRB_BENCH_KVNO },
    };

    krb_enc_ticket_part_build(&w, &part);
    crypto_krb_seal_init(&cipher, service, KRB_USAGE_TICKET);
    crypto_krb_seal(&cipher, wr_written(&w), sealed);
    ticket.sealed.cipher = view_of(sealed, crypto_krb_sealed_size(service->type, w.len));
    w = wr_init(out, TICKET_MAX);
    krb_ticket_build(&w, &ticket);
    return w.len;
}

/* For Kerberos and for SPNEGO, which one imported for Kerberos is not. */
static bool
cache_acquire(krb5_context krb5, krb5_ccache cache, gss_cred_id_t *client)
{
    gss_key_value_element_desc element = { .key = "ccache" };
    gss_key_value_set_desc store = { 1, &element };
    OM_uint32 minor = 0, major;
    char *name;

    if (krb5_cc_get_full_name(krb5, cache, &name) != 0)
        return false;
    element.value = name;
    major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                                  GSS_C_INITIATE, &store, client, NULL, NULL);
    krb5_free_string(krb5, name);
    return krb_is_good("client", major, minor);
}

bool
krb_bench_client(krb5_context krb5, const struct crypto_krb_key *server, gss_cred_id_t *client)
{
    struct crypto_krb_key session;
    uint8_t ticket[TICKET_MAX];
    krb5_creds creds = { .ticket_flags = TKT_FLG_INITIAL };
    krb5_ccache cache;

    crypto_krb_key_random(&session, server->type);
    if (krb5_parse_name(krb5, CLIENT "@" KRB_BENCH_REALM, &creds.client) != 0 ||
        krb5_parse_name(krb5, KRB_BENCH_SERVER, &creds.server) != 0 ||
        krb5_cc_new_unique(krb5, "MEMORY", NULL, &cache) != 0 ||
        krb5_cc_initialize(krb5, cache, creds.client) != 0)
        return false;
    creds.keyblock = krb_bench_keyblock(&session);
    creds.times.authtime = (krb5_timestamp)time(NULL);
    creds.times.endtime = creds.times.authtime + LIFETIME;
    creds.ticket.length = (unsigned)ticket_build(server, &session, ticket);
    creds.ticket.data = (char *)ticket;
    return krb5_cc_store_cred(krb5, cache, &creds) == 0 &&
           cache_acquire(krb5, cache, client);
}
