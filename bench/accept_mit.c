/*
 * MIT krb5's acceptor. KRB5_KTNAME names the keytab; KRB5RCACHENAME the replay
 * cache; with gssproxy's plug-in in GSS_MECH_CONFIG and GSS_USE_PROXY it is
 * gssproxy's.
 */
#include "accept.h"

#include "krb_ticket.h"

#include <string.h>

static gss_cred_id_t credential;
static gss_ctx_id_t context;

/* The package is the token's: MIT's library takes both with one credential. */
static bool
mit_open(const char *package)
{
    gss_name_t name;
    OM_uint32 minor = 0;

    (void)package;
    return krb_bench_target(&name) &&
           krb_is_good("server",
                       gss_acquire_cred(&minor, name, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                                        GSS_C_ACCEPT, &credential, NULL, NULL),
                       minor);
}

static bool
mit_leg(const struct accept_token *in, struct accept_token *out, bool *more)
{
    gss_buffer_desc token = { in->n, (void *)(uintptr_t)in->bytes }, reply = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0, ignored;
    OM_uint32 major =
        gss_accept_sec_context(&minor, &context, credential, &token, GSS_C_NO_CHANNEL_BINDINGS,
                               NULL, NULL, &reply, NULL, NULL, NULL);

    *more = major == GSS_S_CONTINUE_NEEDED;
    out->n = reply.length;
    if (reply.length <= sizeof(out->bytes))
        memcpy(out->bytes, reply.value, reply.length);
    gss_release_buffer(&ignored, &reply);
    return krb_is_good("accept", major, minor);
}

static void
mit_next(bool keep)
{
    OM_uint32 minor;

    if (keep)
        context = GSS_C_NO_CONTEXT;
    else
        gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
}

const struct accept_end accept_mit = {
    .name = "mit",
    .open = mit_open,
    .leg = mit_leg,
    .next = mit_next,
};
