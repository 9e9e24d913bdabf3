/*
 * A server that acts for its client: the peer's GSS-API (MIT's; Heimdal's in krb-delegate-heimdal)
 * initiates with the tickets of the user, our AcceptSecurityContext takes the context, the thread
 * impersonates, and our InitializeSecurityContext goes on to a second service, which is the peer's
 * again. All in one process, as only the bytes between the four matter.
 *
 *     krb-delegate [--negotiate] [--no-delegation] FIRST SECOND ROUNDS PAUSE
 *
 * With --negotiate all four speak SPNEGO, and our two are the package Negotiate's. FIRST and
 * SECOND are host-based services of GSS-API, HTTP@localhost. ROUNDS contexts to the second are
 * made, each with a credential of its own, PAUSE seconds apart. Prints who came to the second.
 *
 *     krb-delegate [--negotiate] --to-peer FIRST USER REALM PASSWORD
 *
 * The other way round: we delegate, and the peer's acceptor must hold the user's credentials then.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <gssapi/gssapi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_ROOM 65536

/* What all four speak. */
static struct {
    char *package;
    gss_OID_desc mech;
} speech = { "Kerberos", { 9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02" } };

static bool
fail(const char *what, unsigned status)
{
    fprintf(stderr, "krb-delegate: %s: 0x%08X\n", what, status);
    return false;
}

static gss_name_t
service_name(const char *text)
{
    gss_buffer_desc b = { strlen(text), (void *)(uintptr_t)text };
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor;

    (void)gss_import_name(&minor, &b, GSS_C_NT_HOSTBASED_SERVICE, &name);
    return name;
}

/* The user's own end: the peer's library, with the tickets that kinit got. */
static bool
first_initiate(const char *service, bool delegate, gss_buffer_t out)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_name_t name = service_name(service);
    OM_uint32 minor, ignored;
    OM_uint32 major = gss_init_sec_context(
        &minor, GSS_C_NO_CREDENTIAL, &context, name, &speech.mech,
        GSS_C_INTEG_FLAG | (delegate ? GSS_C_DELEG_FLAG : 0), GSS_C_INDEFINITE,
        GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER, NULL, out, NULL, NULL);

    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    gss_release_name(&ignored, &name);
    /* SPNEGO wants to hear that it was accepted, which nobody waits for here. */
    return !GSS_ERROR(major) || fail("gss_init_sec_context", major);
}

static bool
first_accept(gss_buffer_t token, bool delegated, CtxtHandle *context)
{
    SecBuffer in = { (ULONG)token->length, SECBUFFER_TOKEN, token->value };
    SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc input = { SECBUFFER_VERSION, 1, &in }, output = { SECBUFFER_VERSION, 1, &out };
    CredHandle credential;
    TimeStamp expiry;
    ULONG attributes = 0;
    SECURITY_STATUS status;

    status = AcquireCredentialsHandleA(NULL, speech.package, SECPKG_CRED_INBOUND, NULL,
                                       NULL, NULL, NULL, &credential, &expiry);
    if (status != SEC_E_OK)
        return fail("AcquireCredentialsHandle", (unsigned)status);
    status = AcceptSecurityContext(&credential, NULL, &input,
                                   ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_DELEGATE,
                                   SECURITY_NATIVE_DREP, context, &output, &attributes, &expiry);
    FreeCredentialsHandle(&credential);
    if (out.pvBuffer != NULL)
        FreeContextBuffer(out.pvBuffer);
    if (status != SEC_E_OK)
        return fail("AcceptSecurityContext", (unsigned)status);
    return ((attributes & ASC_RET_DELEGATE) != 0) == delegated ||
           fail("ASC_RET_DELEGATE is wrong", attributes);
}

/* One context as whom the thread acts for; the status says whether there was one. */
static SECURITY_STATUS
second_initiate(char *target, uint8_t *token, ULONG *n)
{
    SecBuffer out = { TOKEN_ROOM, SECBUFFER_TOKEN, token };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, &out };
    CredHandle credential;
    CtxtHandle context;
    TimeStamp expiry;
    ULONG attributes;
    SECURITY_STATUS status;

    status = AcquireCredentialsHandleA(NULL, speech.package, SECPKG_CRED_OUTBOUND, NULL,
                                       NULL, NULL, NULL, &credential, &expiry);
    if (status != SEC_E_OK)
        return status;
    status = InitializeSecurityContextA(&credential, NULL, target, ISC_REQ_INTEGRITY, 0,
                                        SECURITY_NATIVE_DREP, NULL, 0, &context, &output,
                                        &attributes, &expiry);
    if (status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED)
        DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
    *n = out.cbBuffer;
    return status == SEC_I_CONTINUE_NEEDED ? SEC_E_OK : status;
}

/* The second service is the peer's, with KRB5_KTNAME. */
static bool
second_accept(uint8_t *token, ULONG n)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_buffer_desc in = { n, token }, out = GSS_C_EMPTY_BUFFER, text = GSS_C_EMPTY_BUFFER;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor, ignored;
    OM_uint32 major = gss_accept_sec_context(&minor, &context, GSS_C_NO_CREDENTIAL, &in,
                                             GSS_C_NO_CHANNEL_BINDINGS, &name, NULL, &out, NULL,
                                             NULL, NULL);

    if (major == GSS_S_COMPLETE)
        major = gss_display_name(&minor, name, &text, NULL);
    if (major == GSS_S_COMPLETE)
        printf("second: %.*s\n", (int)text.length, (const char *)text.value);
    gss_release_buffer(&ignored, &text);
    gss_release_buffer(&ignored, &out);
    gss_release_name(&ignored, &name);
    gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
    return major == GSS_S_COMPLETE || fail("gss_accept_sec_context", major);
}

/* HTTP@localhost as SSPI writes it. */
static bool
go_on(const char *service, bool delegated, int rounds, unsigned pause)
{
    static uint8_t token[TOKEN_ROOM];
    char target[256];
    SECURITY_STATUS status = SEC_E_OK;
    ULONG n;

    snprintf(target, sizeof(target), "%s", service);
    *strchr(target, '@') = '/';
    for (int i = 0; i < rounds && status == SEC_E_OK; i++) {
        if (i > 0)
            sleep(pause);
        status = second_initiate(target, token, &n);
        if (status == SEC_E_OK && !second_accept(token, n))
            return false;
    }
    if (!delegated)
        return status == SEC_E_NO_CREDENTIALS || fail("not SEC_E_NO_CREDENTIALS", (unsigned)status);
    return status == SEC_E_OK || fail("to the second service", (unsigned)status);
}

/* ---- the other way round ------------------------------------------------- */

static bool
own_initiate(char *target, char **user, uint8_t *token, ULONG *n)
{
    SEC_WINNT_AUTH_IDENTITY_A identity = {
        .User = (unsigned char *)user[0], .UserLength = (ULONG)strlen(user[0]),
        .Domain = (unsigned char *)user[1], .DomainLength = (ULONG)strlen(user[1]),
        .Password = (unsigned char *)user[2], .PasswordLength = (ULONG)strlen(user[2]),
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI,
    };
    SecBuffer out = { TOKEN_ROOM, SECBUFFER_TOKEN, token };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, &out };
    CredHandle credential;
    CtxtHandle context;
    TimeStamp expiry;
    ULONG attributes = 0;
    SECURITY_STATUS status;

    status = AcquireCredentialsHandleA(NULL, speech.package, SECPKG_CRED_OUTBOUND, NULL,
                                       &identity, NULL, NULL, &credential, &expiry);
    if (status == SEC_E_OK)
        status = InitializeSecurityContextA(&credential, NULL, target,
                                            ISC_REQ_INTEGRITY | ISC_REQ_DELEGATE, 0,
                                            SECURITY_NATIVE_DREP, NULL, 0, &context, &output,
                                            &attributes, &expiry);
    *n = out.cbBuffer;
    printf("ISC_RET_DELEGATE: %s\n", attributes & ISC_RET_DELEGATE ? "yes" : "no");
    return status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED ||
           fail("InitializeSecurityContext", (unsigned)status);
}

/* Whose credentials the peer got; GSS-API calls it a credential only if it can initiate. */
static bool
peer_accept(uint8_t *token, ULONG n)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    gss_buffer_desc in = { n, token }, out, text = GSS_C_EMPTY_BUFFER;
    gss_cred_usage_t usage = GSS_C_ACCEPT;
    gss_name_t name = GSS_C_NO_NAME;
    OM_uint32 minor;
    OM_uint32 major = gss_accept_sec_context(&minor, &context, GSS_C_NO_CREDENTIAL, &in,
                                             GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &out, NULL,
                                             NULL, &credential);

    if (major != GSS_S_COMPLETE)
        return fail("gss_accept_sec_context", major);
    gss_release_buffer(&minor, &out);
    if (credential == GSS_C_NO_CREDENTIAL) {
        gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
        return puts("delegated: nothing") >= 0;
    }
    major = gss_inquire_cred(&minor, credential, &name, NULL, &usage, NULL);
    if (major == GSS_S_COMPLETE)
        major = gss_display_name(&minor, name, &text, NULL);
    printf("delegated: %.*s%s\n", (int)text.length, (const char *)text.value,
           usage == GSS_C_INITIATE ? "" : ", which cannot initiate");
    gss_release_buffer(&minor, &text);
    gss_release_name(&minor, &name);
    gss_release_cred(&minor, &credential);
    gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
    return major == GSS_S_COMPLETE || fail("gss_inquire_cred", major);
}

static int
to_peer(char **argv)
{
    static uint8_t token[TOKEN_ROOM];
    ULONG n;

    *strchr(argv[0], '@') = '/';
    return own_initiate(argv[0], argv + 1, token, &n) && peer_accept(token, n) ? 0 : 1;
}

/* The server that goes on as its client. */
static bool
act_for_client(char **words, bool delegated)
{
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    CtxtHandle context;
    SECURITY_STATUS status;
    OM_uint32 ignored;
    bool good;

    if (!first_initiate(words[0], delegated, &token) || !first_accept(&token, delegated, &context))
        return false;
    gss_release_buffer(&ignored, &token);
    status = ImpersonateSecurityContext(&context);
    if (status != SEC_E_OK)
        return fail("ImpersonateSecurityContext", (unsigned)status);
    good = go_on(words[1], delegated, atoi(words[2]), (unsigned)atoi(words[3]));
    RevertSecurityContext(&context);
    DeleteSecurityContext(&context);
    return good;
}

/* Takes the option out of the words. */
static bool
option_take(int *argc, char ***argv, const char *name)
{
    bool there = *argc > 1 && strcmp((*argv)[1], name) == 0;

    *argc -= there;
    *argv += there;
    return there;
}

int
main(int argc, char **argv)
{
    bool delegated;

    if (option_take(&argc, &argv, "--negotiate")) {
        speech.package = "Negotiate";
        speech.mech = (gss_OID_desc){ 6, "\x2b\x06\x01\x05\x05\x02" };
    }
    if (argc == 6 && strcmp(argv[1], "--to-peer") == 0)
        return to_peer(argv + 2);
    delegated = !option_take(&argc, &argv, "--no-delegation");
    if (argc != 5) {
        fputs("usage: krb-delegate [--negotiate] [--no-delegation] FIRST SECOND ROUNDS PAUSE\n",
              stderr);
        return 2;
    }
    return act_for_client(argv + 1, delegated) ? 0 : 1;
}
