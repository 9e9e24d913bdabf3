/*
 * The handshake loop, for both sides, and its result.
 *
 *   initiator                                acceptor
 *       token  ------------------------------>
 *              <------------------------------  token      (as often as the package wants)
 *              <------------------------------  an empty frame: accepted
 *       a signed, a sealed message  --------->
 *              <-----------------------------   a signed, a sealed message
 *
 * A server that refuses closes the connection, after a last token if the
 * package has one.
 *
 * Runs in the sspi command, an ordinary application of libsspi. What the peer
 * sends goes to the library as it is; names that come out of it are printed by
 * output.c, which escapes control characters.
 */
#include "cli/handshake.h"

#include "base/secret.h"

#include <stdlib.h>

#define HANDSHAKE_LEGS_MAX 20           /* no package needs half as many */
#define HANDSHAKE_REALM_MAX 256

/* The status says both: nobody answers here, or the authority has nobody to ask. */
static void
complain_unreachable(void)
{
    PSecPkgInfoW packages;
    ULONG count;

    if (EnumerateSecurityPackagesW(&count, &packages) != SEC_E_OK) {
        cli_complain("the authority cannot be reached: is lsad running?");
        return;
    }
    FreeContextBuffer(packages);
    cli_complain("the authority runs, but it reaches no KDC of that realm: is the realm right, "
                 "and its KDC in krb5.conf or the DNS? The log has the reason");
}

int
handshake_fail(const char *what, status_t status)
{
    cli_complain("%s: %s", what, cli_status(status));
    if (status == SEC_E_NOT_OWNER)
        cli_complain("no [service] of the authority's configuration allows this user that");
    if (status == SEC_E_NO_AUTHENTICATING_AUTHORITY)
        complain_unreachable();
    return status == SEC_E_NO_AUTHENTICATING_AUTHORITY ? CLI_UNREACHABLE : CLI_REFUSED;
}

/* ---- one leg ----------------------------------------------------------- */

static status_t
leg_call(struct handshake *h, SecBufferDesc *in, SecBufferDesc *out)
{
    CtxtHandle *old = h->has_context ? &h->context : NULL;

    if (h->side == FLAGS_ACCEPT)
        return AcceptSecurityContext(h->credential, old, in, h->requirements,
                                     SECURITY_NATIVE_DREP, &h->context, out, &h->attributes,
                                     &h->expiry);
    return InitializeSecurityContextW(h->credential, old, h->target, h->requirements, 0,
                                      SECURITY_NATIVE_DREP, old == NULL ? NULL : in, 0,
                                      &h->context, out, &h->attributes, &h->expiry);
}

/* token in; *reply (h->max_token bytes of room) out. */
static status_t
leg_run(struct handshake *h, struct view token, SecBuffer *reply)
{
    SecBuffer in = { (ULONG)token.n, SECBUFFER_TOKEN, NULL };
    SecBufferDesc ins = { SECBUFFER_VERSION, 1, &in };
    SecBufferDesc outs = { SECBUFFER_VERSION, 1, reply };
    uint8_t *copy = malloc(token.n + 1);
    status_t status;

    if (copy == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(copy, token.n == 0 ? (const uint8_t *)"" : token.p, token.n);
    in.pvBuffer = copy;
    status = leg_call(h, &ins, &outs);
    free(copy);
    if (status >= 0)
        h->has_context = true;
    if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
        status_t completed = CompleteAuthToken(&h->context, &outs);
        if (completed < 0)
            return completed;
        return status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
    }
    return status;
}

/* The client learns nothing more than that the connection was closed. */
static int
leg_lost(const struct handshake *h)
{
    return h->side == FLAGS_INITIATE && h->transport.closed ? CLI_REFUSED : CLI_PEER;
}

/* A server that refuses may have a last word for the client, if both asked for that. */
static bool
leg_has_reply(const struct handshake *h, status_t status)
{
    return status >= 0
           || (h->side == FLAGS_ACCEPT && (h->attributes & ASC_RET_EXTENDED_ERROR) != 0);
}

/* Who writes a realm may think of its DNS domain, to which case is nothing. */
static void
complain_realm(const char *realm)
{
    char upper[HANDSHAKE_REALM_MAX];
    size_t n = strlen(realm);

    if (n >= sizeof(upper))
        return;
    for (size_t i = 0; i <= n; i++)
        upper[i] = realm[i] >= 'a' && realm[i] <= 'z' ? (char)(realm[i] - 'a' + 'A') : realm[i];
    if (strcmp(realm, upper) != 0)
        cli_complain("realms are case-sensitive: did you mean %s?", upper);
}

static int
leg_fail(const struct handshake *h, status_t status)
{
    int code = handshake_fail(h->side == FLAGS_ACCEPT ? "AcceptSecurityContext"
                                                      : "InitializeSecurityContext", status);

    if (code == CLI_UNREACHABLE && h->realm != NULL)
        complain_realm(h->realm);
    return code;
}

/* Calls the package and sends what it has to say. *done: the context is established. */
static int
leg_step(struct handshake *h, struct view token, bool *done)
{
    SecBuffer reply = { h->max_token, SECBUFFER_TOKEN, malloc(h->max_token) };
    int code = CLI_OK;
    status_t status;

    if (reply.pvBuffer == NULL)
        return handshake_fail("handshake", SEC_E_INSUFFICIENT_MEMORY);
    status = leg_run(h, token, &reply);
    /* Who waits without having a token (a datagram initiator) says so by an empty frame. */
    if (leg_has_reply(h, status) && (reply.cbBuffer > 0 || status == SEC_I_CONTINUE_NEEDED)
        && !transport_put(&h->transport, view_of(reply.pvBuffer, reply.cbBuffer)))
        code = leg_lost(h);
    free(reply.pvBuffer);
    if (status < 0)
        return leg_fail(h, status);
    *done = status != SEC_I_CONTINUE_NEEDED;
    return code;
}

static int
handshake_receive_step(struct handshake *h, bool *done)
{
    uint8_t *token;
    size_t n;
    int code;

    if (!transport_get(&h->transport, &token, &n))
        return leg_lost(h);
    code = leg_step(h, view_of(token, n), done);
    free(token);
    return code;
}

static int
handshake_loop(struct handshake *h)
{
    bool done = false;
    int code = CLI_OK;

    if (h->side == FLAGS_INITIATE)
        code = leg_step(h, view_of(NULL, 0), &done);
    for (int legs = 0; code == CLI_OK && !done; legs++) {
        if (legs == HANDSHAKE_LEGS_MAX) {
            cli_complain("the handshake does not end");
            return CLI_PEER;
        }
        code = handshake_receive_step(h, &done);
    }
    return code;
}

/* The acceptor says that it has accepted, by a frame that is empty. */
static int
handshake_confirm(struct handshake *h)
{
    uint8_t *frame;
    size_t n;

    if (h->side == FLAGS_ACCEPT)
        return transport_put(&h->transport, view_of("", 0)) ? CLI_OK : CLI_PEER;
    if (!transport_get(&h->transport, &frame, &n))
        return leg_lost(h);
    free(frame);
    if (n == 0)
        return CLI_OK;
    cli_complain("the peer sent a token after the end of the handshake");
    return CLI_PEER;
}

/* ---- the result -------------------------------------------------------- */

static json_t *
result_string(char *from_library)
{
    json_t *j = from_library == NULL ? json_null() : json_string(from_library);

    FreeContextBuffer(from_library);
    return j == NULL ? json_string("?") : j;
}

static void
result_add_names(struct handshake *h, json_t *j)
{
    SecPkgContext_NamesA names = { NULL };
    SecPkgContext_PackageInfoA package = { NULL };

    if (QueryContextAttributesA(&h->context, SECPKG_ATTR_PACKAGE_INFO, &package) == SEC_E_OK) {
        json_object_set_new(j, "package", json_string(package.PackageInfo->Name));
        FreeContextBuffer(package.PackageInfo);
    }
    if (QueryContextAttributesA(&h->context, SECPKG_ATTR_NAMES, &names) == SEC_E_OK)
        json_object_set_new(j, "who", result_string(names.sUserName));
}

static void
result_add_numbers(struct handshake *h, json_t *j)
{
    SecPkgContext_Sizes sizes;
    SecPkgContext_KeyInfoA key = { 0 };

    if (QueryContextAttributesA(&h->context, SECPKG_ATTR_KEY_INFO, &key) == SEC_E_OK) {
        json_object_set_new(j, "key_bits", json_integer(key.KeySize));
        json_object_set_new(j, "signature", result_string(key.sSignatureAlgorithmName));
        json_object_set_new(j, "encryption", result_string(key.sEncryptAlgorithmName));
    }
    if (QueryContextAttributesA(&h->context, SECPKG_ATTR_SIZES, &sizes) != SEC_E_OK)
        return;
    json_object_set_new(j, "max_token", json_integer(sizes.cbMaxToken));
    json_object_set_new(j, "max_signature", json_integer(sizes.cbMaxSignature));
    json_object_set_new(j, "block_size", json_integer(sizes.cbBlockSize));
    json_object_set_new(j, "security_trailer", json_integer(sizes.cbSecurityTrailer));
}

static int
result_print(struct handshake *h, int code, bool json)
{
    static const struct cli_column columns[] = {
        { "accepted", "Accepted" },
        { "package", "Package" },
        { "who", "Who" },
        { "user_sid", "User SID" },
        { "groups", "Groups" },
        { "flags", "Flags" },
        { "attributes", "Attributes" },
        { "key_bits", "Key bits" },
        { "signature", "Signature" },
        { "encryption", "Encryption" },
        { "max_token", "Max token" },
        { "max_signature", "Max signature" },
        { "block_size", "Block size" },
        { "security_trailer", "Security trailer" },
        { "expiry", "Expiry" },
        { "signed", "Signed message" },
        { "sealed", "Sealed message" },
        { NULL, NULL },
    };
    json_t *j = json_pack("{s:b}", "accepted", (int)(code == CLI_OK));
    int printed;

    if (code == CLI_OK) {
        result_add_names(h, j);
        handshake_add_token(h, j);
        result_add_numbers(h, j);
        json_object_set_new(j, "flags", flags_names(h->side, h->attributes));
        json_object_set_new(j, "attributes", json_sprintf("0x%08x", h->attributes));
        json_object_set_new(j, "expiry", cli_time(h->expiry.QuadPart));
        json_object_set_new(j, "signed", json_boolean(h->was_signed));
        json_object_set_new(j, "sealed", json_boolean(h->was_sealed));
    }
    printed = cli_print_object(j, columns, json);
    json_decref(j);
    return code == CLI_OK ? printed : code;
}

int
handshake_run(struct handshake *h, bool json)
{
    int code = handshake_loop(h);

    if (code == CLI_OK)
        code = handshake_confirm(h);
    if (code == CLI_OK)
        code = handshake_exchange(h);
    code = result_print(h, code, json);
    if (h->has_context)
        DeleteSecurityContext(&h->context);
    h->has_context = false;
    return code;
}
