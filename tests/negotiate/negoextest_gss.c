/*
 * The mechanism of negoextest.h for MIT's GSS-API: a plug-in that GSS_MECH_CONFIG names, after
 * the interface that gssapi_ext.h documents. MIT's SPNEGO negotiates it by NegoEx, so what it
 * says there is MIT's. Signatures are by libkrb5.
 */
#include "negoextest.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <krb5.h>

#define NAME "one"

/* What a credential and a name are: there is one of each. */
static char credential, name;

static struct negoextest_context *
context_at(gss_ctx_id_t *handle, char role)
{
    struct negoextest_context *c = (struct negoextest_context *)(void *)*handle;

    if (c == NULL) {
        c = calloc(1, sizeof(*c));
        if (c == NULL)
            abort();
        c->role = role;
        *handle = (gss_ctx_id_t)(void *)c;
    }
    return c;
}

static OM_uint32
bytes_give(OM_uint32 *minor, const void *bytes, size_t n, gss_buffer_t out)
{
    *minor = 0;
    out->length = n;
    out->value = malloc(n + 1);
    if (out->value == NULL)
        return GSS_S_FAILURE;
    memcpy(out->value, bytes, n);
    return GSS_S_COMPLETE;
}

/* ---- credentials and names ---------------------------------------------------- */

OM_uint32
gss_acquire_cred(OM_uint32 *minor, gss_name_t wanted, OM_uint32 lifetime, gss_OID_set mechs,
                  gss_cred_usage_t usage, gss_cred_id_t *out, gss_OID_set *actual,
                  OM_uint32 *expiry)
{
    (void)wanted, (void)lifetime, (void)mechs, (void)usage;
    *minor = 0;
    *out = (gss_cred_id_t)(void *)&credential;
    if (actual != NULL)
        *actual = GSS_C_NO_OID_SET;
    if (expiry != NULL)
        *expiry = GSS_C_INDEFINITE;
    return GSS_S_COMPLETE;
}

OM_uint32
gss_release_cred(OM_uint32 *minor, gss_cred_id_t *handle)
{
    *minor = 0;
    *handle = GSS_C_NO_CREDENTIAL;
    return GSS_S_COMPLETE;
}

OM_uint32
gss_inquire_cred(OM_uint32 *minor, gss_cred_id_t handle, gss_name_t *whose, OM_uint32 *expiry,
                  gss_cred_usage_t *usage, gss_OID_set *mechs)
{
    (void)handle;
    *minor = 0;
    if (whose != NULL)
        *whose = GSS_C_NO_NAME;
    if (expiry != NULL)
        *expiry = GSS_C_INDEFINITE;
    if (usage != NULL)
        *usage = GSS_C_BOTH;
    if (mechs != NULL)
        *mechs = GSS_C_NO_OID_SET;
    return GSS_S_COMPLETE;
}

OM_uint32
gss_import_name(OM_uint32 *minor, gss_buffer_t text, gss_OID type, gss_name_t *out)
{
    (void)text, (void)type;
    *minor = 0;
    *out = (gss_name_t)(void *)&name;
    return GSS_S_COMPLETE;
}

OM_uint32
gss_release_name(OM_uint32 *minor, gss_name_t *handle)
{
    *minor = 0;
    *handle = GSS_C_NO_NAME;
    return GSS_S_COMPLETE;
}

/* ---- contexts -------------------------------------------------------------------- */

static OM_uint32
step(OM_uint32 *minor, gss_ctx_id_t *context, char role, const gss_buffer_desc *in,
     gss_buffer_t out, OM_uint32 *flags)
{
    struct negoextest_context *c = context_at(context, role);
    unsigned char token[NEGOEXTEST_TOKEN_SIZE];
    OM_uint32 major = GSS_S_COMPLETE;
    bool sends;

    *minor = 0;
    out->length = 0;
    out->value = NULL;
    if (!negoextest_step(NAME, c, in != NULL ? in->value : NULL, in != NULL ? in->length : 0,
                         token, &sends))
        return GSS_S_DEFECTIVE_TOKEN;
    if (sends)
        major = bytes_give(minor, token, sizeof(token), out);
    if (flags != NULL)
        *flags = GSS_C_INTEG_FLAG;
    return major == GSS_S_COMPLETE && !c->complete ? GSS_S_CONTINUE_NEEDED : major;
}

OM_uint32
gss_init_sec_context(OM_uint32 *minor, gss_cred_id_t cred, gss_ctx_id_t *context,
                      gss_name_t target, gss_OID mech, OM_uint32 wanted, OM_uint32 lifetime,
                      gss_channel_bindings_t bindings, gss_buffer_t in, gss_OID *actual,
                      gss_buffer_t out, OM_uint32 *flags, OM_uint32 *expiry)
{
    (void)cred, (void)target, (void)wanted, (void)lifetime, (void)bindings;
    if (actual != NULL)
        *actual = mech;
    if (expiry != NULL)
        *expiry = GSS_C_INDEFINITE;
    return step(minor, context, 'i', in, out, flags);
}

OM_uint32
gss_accept_sec_context(OM_uint32 *minor, gss_ctx_id_t *context, gss_cred_id_t cred,
                        gss_buffer_t in, gss_channel_bindings_t bindings, gss_name_t *client,
                        gss_OID *mech, gss_buffer_t out, OM_uint32 *flags, OM_uint32 *expiry,
                        gss_cred_id_t *delegated)
{
    (void)cred, (void)bindings, (void)mech;
    if (client != NULL)
        *client = GSS_C_NO_NAME;
    if (expiry != NULL)
        *expiry = GSS_C_INDEFINITE;
    if (delegated != NULL)
        *delegated = GSS_C_NO_CREDENTIAL;
    return step(minor, context, 'a', in, out, flags);
}

OM_uint32
gss_delete_sec_context(OM_uint32 *minor, gss_ctx_id_t *context, gss_buffer_t out)
{
    (void)out;
    *minor = 0;
    free((void *)*context);
    *context = GSS_C_NO_CONTEXT;
    return GSS_S_COMPLETE;
}

/* ---- signatures ---------------------------------------------------------------------- */

static OM_uint32
mic_make(OM_uint32 *minor, gss_ctx_id_t context, gss_buffer_t message, krb5_checksum *sum)
{
    const struct negoextest_context *c = (const struct negoextest_context *)(void *)context;
    unsigned char bytes[NEGOEXTEST_KEY_SIZE];
    krb5_keyblock key = { .enctype = NEGOEXTEST_ETYPE, .length = sizeof(bytes),
                          .contents = bytes };
    krb5_data data = { .length = (unsigned)message->length, .data = message->value };
    krb5_context krb;

    negoextest_key(NAME, c->role, bytes);
    *minor = (OM_uint32)krb5_init_context(&krb);
    if (*minor != 0)
        return GSS_S_FAILURE;
    *minor = (OM_uint32)krb5_c_make_checksum(krb, 0, &key, NEGOEXTEST_USAGE, &data, sum);
    krb5_free_context(krb);
    return *minor == 0 && sum->length == NEGOEXTEST_MIC_SIZE ? GSS_S_COMPLETE : GSS_S_FAILURE;
}

OM_uint32
gss_get_mic(OM_uint32 *minor, gss_ctx_id_t context, gss_qop_t qop, gss_buffer_t message,
             gss_buffer_t mic)
{
    krb5_checksum sum = { 0 };
    OM_uint32 major = mic_make(minor, context, message, &sum);

    (void)qop;
    if (major == GSS_S_COMPLETE)
        major = bytes_give(minor, sum.contents, sum.length, mic);
    free(sum.contents);
    return major;
}

OM_uint32
gss_verify_mic(OM_uint32 *minor, gss_ctx_id_t context, gss_buffer_t message, gss_buffer_t mic,
                gss_qop_t *qop)
{
    krb5_checksum sum = { 0 };
    OM_uint32 major = mic_make(minor, context, message, &sum);

    if (qop != NULL)
        *qop = GSS_C_QOP_DEFAULT;
    if (major == GSS_S_COMPLETE &&
        (mic->length != sum.length || memcmp(mic->value, sum.contents, sum.length) != 0))
        major = GSS_S_BAD_SIG;
    free(sum.contents);
    return major;
}

/* ---- NegoEx ------------------------------------------------------------------------------ */

OM_uint32
gssspi_query_mechanism_info(OM_uint32 *minor, gss_const_OID mech, unsigned char scheme[16])
{
    static const unsigned char guid[16] = NEGOEXTEST_GUID(1);

    (void)mech;
    *minor = 0;
    memcpy(scheme, guid, sizeof(guid));
    return GSS_S_COMPLETE;
}

OM_uint32
gssspi_query_meta_data(OM_uint32 *minor, gss_const_OID mech, gss_cred_id_t cred,
                       gss_ctx_id_t *context, const gss_name_t target, OM_uint32 flags,
                       gss_buffer_t meta)
{
    char role = target != GSS_C_NO_NAME ? 'i' : 'a';
    unsigned char bytes[NEGOEXTEST_META_SIZE];

    (void)mech, (void)cred, (void)flags;
    *minor = 0;
    meta->length = 0;
    meta->value = NULL;
    if (negoextest_fails(NAME, role, "query"))
        return GSS_S_FAILURE;
    (void)context_at(context, role);
    if (negoextest_fails(NAME, role, "quiet"))
        return GSS_S_COMPLETE;
    negoextest_meta(role, bytes);
    return bytes_give(minor, bytes, sizeof(bytes), meta);
}

OM_uint32
gssspi_exchange_meta_data(OM_uint32 *minor, gss_const_OID mech, gss_cred_id_t cred,
                          gss_ctx_id_t *context, const gss_name_t target, OM_uint32 flags,
                          gss_const_buffer_t meta)
{
    char role = target != GSS_C_NO_NAME ? 'i' : 'a';
    unsigned char want[NEGOEXTEST_META_SIZE];

    (void)mech, (void)cred, (void)flags;
    *minor = 0;
    negoextest_meta(role == 'i' ? 'a' : 'i', want);
    if (negoextest_fails(NAME, role, "exchange") || meta->length != sizeof(want) ||
        memcmp(meta->value, want, sizeof(want)) != 0)
        return GSS_S_FAILURE;
    (void)context_at(context, role);
    return GSS_S_COMPLETE;
}

/* The key, and its type in four octets (gssapi_ext.h). */
OM_uint32
gss_inquire_sec_context_by_oid(OM_uint32 *minor, const gss_ctx_id_t context, const gss_OID what,
                                gss_buffer_set_t *out)
{
    const struct negoextest_context *c = (const struct negoextest_context *)(void *)context;
    unsigned char key[NEGOEXTEST_KEY_SIZE], type[4] = { NEGOEXTEST_ETYPE, 0, 0, 0 };
    gss_buffer_desc parts[2] = { { sizeof(key), key }, { sizeof(type), type } };
    OM_uint32 major;

    *minor = 0;
    if ((!gss_oid_equal(what, GSS_C_INQ_NEGOEX_KEY) &&
         !gss_oid_equal(what, GSS_C_INQ_NEGOEX_VERIFY_KEY)) ||
        !negoextest_has_key(NAME, c))
        return GSS_S_UNAVAILABLE;
    negoextest_key(NAME, c->role, key);
    major = gss_add_buffer_set_member(minor, &parts[0], out);
    return major == GSS_S_COMPLETE ? gss_add_buffer_set_member(minor, &parts[1], out) : major;
}
