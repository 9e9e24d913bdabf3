/*
 * The very same AP-REQ of a peer's GSS-API to our AcceptSecurityContext: twice with too little room
 * for the answer, by Kerberos and by Negotiate, which does not use it up; then it gets a context,
 * and after that a KRB-ERROR, which the peer's initiator must understand.
 *
 *     krb-replay SERVICE
 *
 * SERVICE is a host-based service of GSS-API, HTTP@localhost. Prints what the peer (MIT's library;
 * Heimdal's in krb-replay-heimdal) says of the error.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <gssapi/gssapi.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TOO_SMALL 100

static gss_OID_desc krb5 = { 9, (char[]){ "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" } };

static bool
fail(const char *what, unsigned status)
{
    fprintf(stderr, "%s: 0x%08X\n", what, status);
    return false;
}

static OM_uint32
initiate(gss_ctx_id_t *context, const char *service, gss_buffer_t in, gss_buffer_t out,
         OM_uint32 *minor)
{
    gss_buffer_desc text = { strlen(service), (char *)(uintptr_t)service };
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 major, ignored;

    major = gss_import_name(minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name);
    if (major == GSS_S_COMPLETE)
        major = gss_init_sec_context(minor, GSS_C_NO_CREDENTIAL, context, name, &krb5,
                                     GSS_C_MUTUAL_FLAG, GSS_C_INDEFINITE,
                                     GSS_C_NO_CHANNEL_BINDINGS, in, NULL, out, NULL, NULL);
    gss_release_name(&ignored, &name);
    return major;
}

/* Without room of its own out is allocated. */
static SECURITY_STATUS
accept_token(const char *package, gss_buffer_t token, SecBuffer *out)
{
    ULONG allocate = out->pvBuffer == NULL ? ASC_REQ_ALLOCATE_MEMORY : 0;
    SecBuffer in = { (ULONG)token->length, SECBUFFER_TOKEN, token->value };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, out };
    CredHandle credential;
    CtxtHandle context;
    TimeStamp expiry;
    ULONG attributes = 0;
    SECURITY_STATUS status;

    status = AcquireCredentialsHandleA(NULL, (char *)(uintptr_t)package, SECPKG_CRED_INBOUND, NULL,
                                       NULL, NULL, NULL, &credential, &expiry);
    if (status != SEC_E_OK)
        return status;
    status = AcceptSecurityContext(&credential, NULL, &input,
                                   allocate | ASC_REQ_EXTENDED_ERROR | ASC_REQ_MUTUAL_AUTH,
                                   SECURITY_NATIVE_DREP, &context, &output, &attributes, &expiry);
    if (status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED)
        DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
    return status;
}

static bool
use_nothing_up(gss_buffer_t token)
{
    static const char *const packages[] = { "Kerberos", "Negotiate" };
    char room[TOO_SMALL];

    for (size_t i = 0; i < 2; i++) {
        SecBuffer out = { sizeof(room), SECBUFFER_TOKEN, room };
        SECURITY_STATUS status = accept_token(packages[i], token, &out);

        if (status != SEC_E_BUFFER_TOO_SMALL)
            return fail("AcceptSecurityContext with too little room", (unsigned)status);
    }
    return true;
}

static void
explain(OM_uint32 minor)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    OM_uint32 ignored, more = 0;

    gss_display_status(&ignored, minor, GSS_C_MECH_CODE, &krb5, &more, &text);
    printf("peer: %.*s\n", (int)text.length, (const char *)text.value);
    gss_release_buffer(&ignored, &text);
}

int
main(int argc, char **argv)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER, answer, last = GSS_C_EMPTY_BUFFER;
    OM_uint32 major, minor, ignored;
    SECURITY_STATUS status;
    SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };

    if (argc != 2) {
        fputs("usage: krb-replay SERVICE\n", stderr);
        return 2;
    }
    major = initiate(&context, argv[1], GSS_C_NO_BUFFER, &token, &minor);
    if (major != GSS_S_CONTINUE_NEEDED)
        return !fail("gss_init_sec_context", major);
    if (!use_nothing_up(&token))
        return 1;
    status = accept_token("Kerberos", &token, &out);
    if (status != SEC_E_OK)
        return !fail("AcceptSecurityContext, the first", (unsigned)status);
    FreeContextBuffer(out.pvBuffer);
    out = (SecBuffer){ 0, SECBUFFER_TOKEN, NULL };
    status = accept_token("Kerberos", &token, &out);
    gss_release_buffer(&ignored, &token);
    if (status == SEC_E_OK || out.cbBuffer == 0)
        return !fail("AcceptSecurityContext, the second", (unsigned)status);
    answer = (gss_buffer_desc){ out.cbBuffer, out.pvBuffer };
    major = initiate(&context, argv[1], &answer, &last, &minor);
    explain(minor);
    FreeContextBuffer(out.pvBuffer);
    gss_release_buffer(&ignored, &last);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    return GSS_ERROR(major) ? 0 : !fail("the peer took it for an answer", major);
}
