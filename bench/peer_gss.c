/*
 * gss-ntlmssp's acceptor under MIT's GSS-API: GSS_MECH_CONFIG names the plug-in,
 * NTLM_USER_FILE the users.
 */
#include "bench.h"

#include <gssapi/gssapi.h>

#include <stdio.h>
#include <string.h>

static char oid[] = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";   /* 1.3.6.1.4.1.311.2.2.10 */
static gss_OID_desc mechanism = { sizeof(oid) - 1, oid };
static gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
static gss_ctx_id_t context = GSS_C_NO_CONTEXT;

static bool
ntlmssp_is_good(const char *what, OM_uint32 major, OM_uint32 minor)
{
    if (GSS_ERROR(major))
        fprintf(stderr, "bench: gss %s: %08x %u\n", what, major, minor);
    return !GSS_ERROR(major);
}

static bool
ntlmssp_open(void)
{
    gss_OID_set_desc set = { 1, &mechanism };
    OM_uint32 minor = 0;
    OM_uint32 major = gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &set, GSS_C_ACCEPT,
                                       &credential, NULL, NULL);

    return ntlmssp_is_good("credentials", major, minor);
}

static bool
ntlmssp_accept(const struct bench_token *in, struct bench_token *out, bool *more)
{
    gss_buffer_desc token = { in->n, (void *)(uintptr_t)in->bytes }, reply = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0, ignored;
    OM_uint32 major =
        gss_accept_sec_context(&minor, &context, credential, &token, GSS_C_NO_CHANNEL_BINDINGS,
                               NULL, NULL, &reply, NULL, NULL, NULL);

    *more = major == GSS_S_CONTINUE_NEEDED;
    out->n = (uint32_t)reply.length;
    if (reply.length <= sizeof(out->bytes))
        memcpy(out->bytes, reply.value, reply.length);
    gss_release_buffer(&ignored, &reply);
    return ntlmssp_is_good("accept", major, minor);
}

/* A wrapped message is signature and data in one block. */
static bool
ntlmssp_seal(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE])
{
    gss_buffer_desc plain = { n, data }, wrapped = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0, ignored;
    OM_uint32 major = gss_wrap(&minor, context, 1, GSS_C_QOP_DEFAULT, &plain, NULL, &wrapped);

    if (!ntlmssp_is_good("wrap", major, minor) || wrapped.length != n + BENCH_SIGNATURE)
        return false;
    memcpy(signature, wrapped.value, BENCH_SIGNATURE);
    memcpy(data, (uint8_t *)wrapped.value + BENCH_SIGNATURE, n);
    gss_release_buffer(&ignored, &wrapped);
    return true;
}

static bool
ntlmssp_unseal(uint8_t *data, uint32_t n, uint8_t signature[BENCH_SIGNATURE])
{
    static uint8_t whole[BENCH_SIGNATURE + BENCH_MESSAGE_MAX];
    gss_buffer_desc wrapped = { n + BENCH_SIGNATURE, whole }, plain = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0, ignored, major;

    memcpy(whole, signature, BENCH_SIGNATURE);
    memcpy(whole + BENCH_SIGNATURE, data, n);
    major = gss_unwrap(&minor, context, &wrapped, &plain, NULL, NULL);
    if (!ntlmssp_is_good("unwrap", major, minor))
        return false;
    memcpy(data, plain.value, plain.length);
    gss_release_buffer(&ignored, &plain);
    return true;
}

static void
ntlmssp_close_context(void)
{
    OM_uint32 minor;

    if (context != GSS_C_NO_CONTEXT)
        gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
}

const struct bench_peer bench_gss = {
    .name = "gss-ntlmssp",
    .open = ntlmssp_open,
    .accept = ntlmssp_accept,
    .seal = ntlmssp_seal,
    .unseal = ntlmssp_unseal,
    .close_context = ntlmssp_close_context,
};
