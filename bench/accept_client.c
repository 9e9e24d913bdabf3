/* MIT's initiator for accepts, and the keytab that it shares with the acceptors. Not timed. */
#include "accept.h"

#include "krb_ticket.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_SIZE 64

static krb5_context krb5;
static gss_cred_id_t credential;
static gss_name_t target;
static gss_OID mechanism;
static gss_OID_desc spnego = { 6, (void *)(uintptr_t)"\x2b\x06\x01\x05\x05\x02" };

/* ---- the keytab -------------------------------------------------------------------- */

static bool
keytab_add(krb5_keytab keytab, const char *name, int32_t etype)
{
    struct crypto_krb_key key;
    krb5_keytab_entry entry = { .vno = KRB_BENCH_KVNO, .timestamp = 1 };
    bool good;

    crypto_krb_key_random(&key, crypto_krb_enctype_find(etype));
    entry.key = krb_bench_keyblock(&key);
    if (krb5_parse_name(krb5, name, &entry.principal) != 0)
        return false;
    good = krb5_kt_add_entry(krb5, keytab, &entry) == 0;
    krb5_free_principal(krb5, entry.principal);
    return good;
}

static bool
keytab_open(const char *path, krb5_keytab *keytab)
{
    char name[4096];

    snprintf(name, sizeof(name), "FILE:%s", path);
    if (krb5_init_context(&krb5) == 0 && krb5_kt_resolve(krb5, name, keytab) == 0)
        return true;
    fprintf(stderr, "bench: keytab %s\n", path);
    return false;
}

/* The service's key is the last: who reads from the start reads all. */
bool
accept_keytab_make(const char *path, unsigned foreign)
{
    char name[NAME_MAX_SIZE];
    krb5_keytab keytab;
    bool good = keytab_open(path, &keytab);

    for (unsigned i = 0; good && i < foreign; i++) {
        snprintf(name, sizeof(name), "HTTP/host%04u.bench.example@" KRB_BENCH_REALM, i);
        good = keytab_add(keytab, name, KRB_ENCTYPE_AES256_SHA1);
    }
    return good && keytab_add(keytab, KRB_BENCH_SERVER, KRB_ENCTYPE_AES256_SHA1);
}

static bool
keytab_key(krb5_keytab keytab, struct crypto_krb_key *out)
{
    krb5_keytab_entry entry;
    krb5_principal name;

    if (krb5_parse_name(krb5, KRB_BENCH_SERVER, &name) != 0 ||
        krb5_kt_get_entry(krb5, keytab, name, KRB_BENCH_KVNO, KRB_ENCTYPE_AES256_SHA1, &entry)
            != 0)
        return false;
    return crypto_krb_key_init(out, entry.key.enctype,
                               view_of(entry.key.contents, entry.key.length));
}

/* ---- the client ------------------------------------------------------------------------ */

bool
accept_client_open(const char *path, bool negotiate)
{
    struct crypto_krb_key key;
    krb5_keytab keytab;

    mechanism = negotiate ? &spnego : GSS_C_NO_OID;
    return keytab_open(path, &keytab) && keytab_key(keytab, &key) &&
           krb_bench_client(krb5, &key, &credential) && krb_bench_target(&target);
}

bool
accept_client_token(struct accept_token *out)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG |
                      GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG;
    OM_uint32 minor = 0, ignored;
    OM_uint32 major = gss_init_sec_context(&minor, credential, &context, target, mechanism, flags,
                                           0, NULL, GSS_C_NO_BUFFER, NULL, &token, NULL, NULL);

    if (!krb_is_good("initiate", major, minor) || token.length > sizeof(out->bytes))
        return false;
    memcpy(out->bytes, token.value, token.length);
    out->n = token.length;
    gss_release_buffer(&ignored, &token);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    return true;
}
