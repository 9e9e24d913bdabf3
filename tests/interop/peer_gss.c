/*
 * peer_gss: the other end of an interop test on MIT's GSS-API with the
 * gss-ntlmssp mechanism (GSS_MECH_CONFIG names the plug-in), or with MIT's
 * own Kerberos, or either of them in SPNEGO, where MODE says so. Built with
 * PEER_HEIMDAL it is peer-heimdal, on Heimdal's GSS-API and Kerberos.
 *
 *     peer-gss MODE initiate DOMAIN\USER PASSWORD      peer-gss MODE accept
 *
 * MODE is mode.h's. An acceptor finds its users in NTLM_USER_FILE, its keys in
 * KRB5_KTNAME. Speaks frames (frame.h) on
 * standard input and output. Exit status 0: established, and every message was
 * as it must be; 3: the handshake was refused; 1: anything else.
 */
#include "frame.h"
#include "mode.h"

#include <gssapi/gssapi.h>
#ifndef PEER_HEIMDAL         /* its gssapi.h has them all */
#include <gssapi/gssapi_ext.h>
#endif

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_REFUSED 3
/* Heimdal's SPNEGO takes no password: its tickets are KRB5CCNAME's. */
#ifdef PEER_HEIMDAL
#define HEIMDAL_SPNEGO mode.spnego
#else
#define HEIMDAL_SPNEGO false
#endif
#define DATAGRAM_FLAG 0x10000u   /* gss-ntlmssp's own: gssapi_ntlmssp.h */

static char NTLM_OID[] = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";   /* 1.3.6.1.4.1.311.2.2.10 */
static char KRB5_OID[] = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";     /* 1.2.840.113554.1.2.2 */
static char SPNEGO_OID[] = "\x2b\x06\x01\x05\x05\x02";                     /* 1.3.6.1.5.5.2 */
static gss_OID_desc mech = { 10, NTLM_OID };
static gss_OID_set_desc mech_set = { 1, &mech };
/* What SPNEGO offers, or takes. */
static gss_OID_desc inner_mechs[2];
static gss_OID_set_desc inner_set = { 1, inner_mechs };

/* gssapi_ntlmssp.h's options: the number of a datagram, the flags of a credential. */
static char NUMBER_OID[] = "\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x01";
static char FLAGS_OID[] = "\x2b\x06\x01\x04\x01\xb7\x7d\x85\x0f\x01\x05";
static gss_OID_desc NUMBER_OPTION = { 11, NUMBER_OID }, FLAGS_OPTION = { 11, FLAGS_OID };

static struct mode mode;
static uint32_t sent_number, received_number;    /* of the next message each way */

static gss_buffer_desc
buffer_of(char *text)
{
    return (gss_buffer_desc){ strlen(text), text };
}

static OM_uint32
wanted_flags(void)
{
    return (mode.sign ? GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG : 0) |
           (mode.seal ? GSS_C_CONF_FLAG : 0) | (mode.dce ? GSS_C_DCE_STYLE : 0) |
           (mode.datagram ? DATAGRAM_FLAG : 0) | (mode.identify ? GSS_C_IDENTIFY_FLAG : 0) |
           (mode.anonymous ? GSS_C_ANON_FLAG : 0) | (mode.mutual ? GSS_C_MUTUAL_FLAG : 0);
}

/* NULL: this end knows of no channel underneath. */
static gss_channel_bindings_t
bindings(void)
{
    static struct gss_channel_bindings_struct channel;

    channel.application_data = buffer_of(mode.bindings);
    return mode.bindings[0] != '\0' ? &channel : GSS_C_NO_CHANNEL_BINDINGS;
}

static void
say_error(const char *call, OM_uint32 major, OM_uint32 minor)
{
    OM_uint32 ignored, more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;

    gss_display_status(&ignored, minor, GSS_C_MECH_CODE, &mech, &more, &text);
    fprintf(stderr, "peer-gss: %s: 0x%x minor %u: %.*s\n", call, major, minor, (int)text.length,
            (const char *)text.value);
    gss_release_buffer(&ignored, &text);
}

/* Nobody counts a datagram context's messages but its application. */
static bool
number_set(gss_ctx_id_t context, uint32_t number)
{
    gss_buffer_desc value = { sizeof number, &number };
    OM_uint32 major, minor;

    if (!mode.datagram)
        return true;
    major = gss_set_sec_context_option(&minor, &context, &NUMBER_OPTION, &value);
    if (GSS_ERROR(major))
        say_error("set_sec_context_option", major, minor);
    return !GSS_ERROR(major);
}

static OM_uint32
flags_set(OM_uint32 *minor, gss_cred_id_t *credential)
{
    gss_buffer_desc value = { sizeof mode.flags, &mode.flags };

    return mode.flags == 0 ? GSS_S_COMPLETE
                           : gss_set_cred_option(minor, credential, &FLAGS_OPTION, &value);
}

/* It has no such call, and its own Kerberos only. */
static OM_uint32
inner_set_set(OM_uint32 *minor, gss_cred_id_t credential)
{
#ifdef PEER_HEIMDAL
    (void)minor, (void)credential;
    return GSS_S_COMPLETE;
#else
    return mode.spnego ? gss_set_neg_mechs(minor, credential, &inner_set) : GSS_S_COMPLETE;
#endif
}

static void
mechs_choose(void)
{
    const gss_OID_desc ntlm = { sizeof NTLM_OID - 1, NTLM_OID },
                       kerberos = { sizeof KRB5_OID - 1, KRB5_OID },
                       spnego = { sizeof SPNEGO_OID - 1, SPNEGO_OID };

    inner_mechs[0] = mode.kerberos || mode.both ? kerberos : ntlm;
    inner_mechs[1] = ntlm;
    inner_set.count = mode.both ? 2 : 1;
    mech = mode.spnego ? spnego : inner_mechs[0];
}

static int
initiate(char *user, char *password, gss_ctx_id_t *context)
{
    OM_uint32 major, minor, ignored;
    gss_buffer_desc user_text = buffer_of(user), password_text = buffer_of(password);
    char service[sizeof mode.host + sizeof "HTTP@"];
    gss_buffer_desc target_text;
    gss_name_t name = GSS_C_NO_NAME, target = GSS_C_NO_NAME;
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_buffer_desc in = GSS_C_EMPTY_BUFFER, out;
    struct frame frame = { 0, NULL };
    bool first = true;

    snprintf(service, sizeof service, "HTTP@%s", mode.host);
    target_text = buffer_of(service);
    gss_import_name(&minor, &user_text, mode.anonymous ? GSS_C_NT_ANONYMOUS : GSS_C_NT_USER_NAME,
                    &name);
    gss_import_name(&minor, &target_text, GSS_C_NT_HOSTBASED_SERVICE, &target);
    if (HEIMDAL_SPNEGO)
        major = GSS_S_COMPLETE;
    else if (mode.anonymous)
        major = gss_acquire_cred(&minor, name, GSS_C_INDEFINITE, &mech_set, GSS_C_INITIATE,
                                 &credential, NULL, NULL);
    else
        major = gss_acquire_cred_with_password(&minor, name, &password_text, GSS_C_INDEFINITE,
                                               &mech_set, GSS_C_INITIATE, &credential, NULL, NULL);
    if (!GSS_ERROR(major))
        major = inner_set_set(&minor, credential);
    if (!GSS_ERROR(major))
        major = flags_set(&minor, &credential);
    while (!GSS_ERROR(major)) {
        major = gss_init_sec_context(&minor, credential, context, target, &mech,
                                     wanted_flags(), GSS_C_INDEFINITE, bindings(), &in, NULL, &out,
                                     NULL, NULL);
        frame_free(&frame);
        /*
         * The acceptor of a datagram speaks first; an empty frame says that it may. One that has
         * refused and gone before it was asked left its verdict, which is read below.
         */
        if (!GSS_ERROR(major) && (out.length > 0 || (mode.datagram && first)))
            (void)frame_put(1, out.value, out.length);
        first = false;
        gss_release_buffer(&ignored, &out);
        if (major != GSS_S_CONTINUE_NEEDED)
            break;
        if (!frame_get(0, &frame))
            return 1;
        in = (gss_buffer_desc){ frame.n, frame.bytes };
    }
    gss_release_cred(&ignored, &credential);
    gss_release_name(&ignored, &name);
    gss_release_name(&ignored, &target);
    if (GSS_ERROR(major)) {
        say_error("initiate", major, minor);
        return EXIT_REFUSED;
    }
    if (!frame_get(0, &frame))
        return 1;
    fprintf(stderr, "peer-gss: the acceptor says %s\n", (const char *)frame.bytes);
    major = memcmp(frame.bytes, VERDICT_OK, strlen(VERDICT_OK)) == 0 ? 0 : EXIT_REFUSED;
    frame_free(&frame);
    return (int)major;
}

static int
accept_verdict(OM_uint32 major, OM_uint32 minor, gss_name_t name)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    char verdict[300];
    OM_uint32 ignored;

    if (GSS_ERROR(major)) {
        say_error("accept", major, minor);
        return frame_put(1, VERDICT_NO, strlen(VERDICT_NO)) ? EXIT_REFUSED : 1;
    }
    gss_display_name(&minor, name, &text, NULL);
    snprintf(verdict, sizeof verdict, VERDICT_OK " %.*s", (int)text.length,
             (const char *)text.value);
    gss_release_buffer(&ignored, &text);
    return frame_put(1, verdict, strlen(verdict)) ? 0 : 1;
}

/* The library's own choice, except of what SPNEGO takes. */
static OM_uint32
accept_credential(OM_uint32 *minor, gss_cred_id_t *credential)
{
    OM_uint32 major;

    *credential = GSS_C_NO_CREDENTIAL;
    if (!mode.spnego)
        return GSS_S_COMPLETE;
    major = gss_acquire_cred(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mech_set, GSS_C_ACCEPT,
                             credential, NULL, NULL);
    return GSS_ERROR(major) ? major : inner_set_set(minor, *credential);
}

static int
accept_context(gss_ctx_id_t *context)
{
    OM_uint32 major, minor, ignored;
    gss_cred_id_t credential;
    gss_name_t name = GSS_C_NO_NAME;
    int status, tokens = 0;

    major = accept_credential(&minor, &credential);
    if (!GSS_ERROR(major))
        major = GSS_S_CONTINUE_NEEDED;
    while (major == GSS_S_CONTINUE_NEEDED) {
        gss_buffer_desc in, out = GSS_C_EMPTY_BUFFER;
        struct frame frame;

        if (!frame_get(0, &frame))
            return 1;
        tokens++;
        in = (gss_buffer_desc){ frame.n, frame.bytes };
        major = gss_accept_sec_context(&minor, context, credential, &in,
                                       bindings(), &name, NULL, &out, NULL, NULL,
                                       NULL);
        frame_free(&frame);
        if (!GSS_ERROR(major) && out.length > 0 && !frame_put(1, out.value, out.length))
            return 1;
        gss_release_buffer(&ignored, &out);
    }
    gss_release_cred(&ignored, &credential);
    fprintf(stderr, "peer-gss: tokens taken: %d\n", tokens);
    status = accept_verdict(major, minor, name);
    gss_release_name(&ignored, &name);
    return status;
}

static bool
send_sealed(gss_ctx_id_t context, size_t size, bool initiator)
{
    uint8_t *bytes = malloc(size);
    gss_buffer_desc in = { size, bytes }, out = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor, ignored;
    bool sent = false;

    if (bytes == NULL || !number_set(context, sent_number++)) {
        free(bytes);
        return false;
    }
    message_fill(bytes, size, initiator);
    major = gss_wrap(&minor, context, 1, GSS_C_QOP_DEFAULT, &in, NULL, &out);
    if (GSS_ERROR(major))
        say_error("wrap", major, minor);
    else
        sent = frame_put(1, out.value, out.length);
    gss_release_buffer(&ignored, &out);
    free(bytes);
    return sent;
}

/* twice: it is one that was here before, and must be refused. */
static bool
is_as_due(const char *call, OM_uint32 major, OM_uint32 minor, bool good, bool twice)
{
    if (good != twice)
        return true;
    say_error(call, major, minor);
    return false;
}

static bool
receive_sealed(gss_ctx_id_t context, size_t size, bool from_initiator, bool twice)
{
    gss_buffer_desc in, out = GSS_C_EMPTY_BUFFER;
    struct frame frame;
    OM_uint32 major, minor, ignored;
    bool good;
    int sealed = 0;

    if (!number_set(context, received_number++) || !frame_get(0, &frame))
        return false;
    in = (gss_buffer_desc){ frame.n, frame.bytes };
    major = gss_unwrap(&minor, context, &in, &out, &sealed, NULL);
    good = major == GSS_S_COMPLETE && sealed &&
           message_is(out.value, out.length, size, from_initiator);
    gss_release_buffer(&ignored, &out);
    frame_free(&frame);
    return is_as_due("unwrap", major, minor, good, twice);
}

/* A message that is signed only: the message is known to both, so its MIC is all that is sent. */
static bool
send_signed(gss_ctx_id_t context, size_t size, bool initiator)
{
    uint8_t *bytes = malloc(size);
    gss_buffer_desc in = { size, bytes }, out = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, ignored;
    bool sent = false;

    if (bytes == NULL || !number_set(context, sent_number++)) {
        free(bytes);
        return false;
    }
    message_fill(bytes, size, initiator);
    if (!GSS_ERROR(gss_get_mic(&minor, context, GSS_C_QOP_DEFAULT, &in, &out)))
        sent = frame_put(1, out.value, out.length);
    gss_release_buffer(&ignored, &out);
    free(bytes);
    return sent;
}

static bool
receive_signed(gss_ctx_id_t context, size_t size, bool from_initiator, bool twice)
{
    uint8_t *bytes = malloc(size);
    gss_buffer_desc message = { size, bytes }, mic;
    struct frame frame = { 0, NULL };
    OM_uint32 major = GSS_S_FAILURE, minor = 0;

    if (bytes == NULL || !number_set(context, received_number++) || !frame_get(0, &frame)) {
        free(bytes);
        return false;
    }
    message_fill(bytes, size, from_initiator);
    mic = (gss_buffer_desc){ frame.n, frame.bytes };
    major = gss_verify_mic(&minor, context, &message, &mic, NULL);
    frame_free(&frame);
    free(bytes);
    return is_as_due("verify_mic", major, minor, major == GSS_S_COMPLETE, twice);
}

static bool
send_both(gss_ctx_id_t context, size_t size, bool initiator)
{
    return (!mode.seal || send_sealed(context, size, initiator)) &&
           send_signed(context, size, initiator);
}

static bool
receive_both(gss_ctx_id_t context, size_t size, bool from_initiator)
{
    return (!mode.seal || receive_sealed(context, size, from_initiator, false)) &&
           receive_signed(context, size, from_initiator, false);
}

/* The order is frame.h's. */
static bool
exchange(gss_ctx_id_t context, bool initiator)
{
    const size_t first = MESSAGE_SIZES[0];

    for (const size_t *size = MESSAGE_SIZES; *size != 0; size++) {
        if (initiator && !send_both(context, *size, true))
            return false;
        if (!receive_both(context, *size, !initiator))
            return false;
        if (!initiator && !send_both(context, *size, false))
            return false;
    }
    if (!mode.no_replay && !(mode.seal ? receive_sealed(context, first, !initiator, true)
                                       : receive_signed(context, first, !initiator, true)))
        return false;
    return mode.seal ? send_sealed(context, first, initiator)
                     : send_signed(context, first, initiator);
}

int
main(int argc, char **argv)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    bool initiator = argc == 5 && strcmp(argv[2], "initiate") == 0;
    OM_uint32 ignored;
    int status;

    if ((!initiator && !(argc == 3 && strcmp(argv[2], "accept") == 0)) ||
        !mode_parse(argv[1], &mode)) {
        fputs("usage: peer-gss MODE initiate DOMAIN\\USER PASSWORD | MODE accept\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    mechs_choose();
    status = initiator ? initiate(argv[3], argv[4], &context) : accept_context(&context);
    if (status == 0 && mode.sign && !exchange(context, initiator))
        status = 1;
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    return status;
}
