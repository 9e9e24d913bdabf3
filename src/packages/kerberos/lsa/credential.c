/*
 * Credentials (SpAcquireCredentialsHandle and its kin). To accept they are
 * the keys of the caller's service, all of them or those of one principal
 * (D1); which are read here already, so a service without keys is told so
 * before its first client comes; with an identity its own
 * ticket as well (user_to_user.c). To initiate they are user, realm and
 * password, a key of the service's own, the caller's own
 * tickets, or what the client that a thread impersonates has delegated; the KDC
 * is asked when the first context wants a ticket, as this call must not wait
 * for the network.
 *
 * Runs in the authority. The identity is read from the caller's memory and
 * bounded by auth_identity.c.
 */
#include "packages/kerberos/lsa/credential.h"

#include "base/secret.h"
#include "base/str16.h"
#include "base/wr.h"
#include "packages/common/auth_identity.h"
#include "packages/kerberos/lsa/delegation.h"
#include "packages/kerberos/lsa/keystore.h"
#include "packages/kerberos/lsa/logon.h"

#include <stdlib.h>

void
krb_credential_put(struct krb_credential *c)
{
    if (c == NULL || atomic_fetch_sub(&c->references, 1) != 1)
        return;
    krb_logon_put(krb_support()->logons, c->logon);
    secret_free(c->delegated);
    secret_free(c);
}

static void
credential_drop(void *object)
{
    krb_credential_put(object);
}

struct krb_credential *
krb_credential_get(LSA_SEC_HANDLE handle, uint32_t use)
{
    struct handle_table *objects = krb_support()->objects;
    struct krb_credential *c =
        handle_get(objects, handle, KRB_HANDLE_CREDENTIAL, KRB_HANDLE_OWNER);

    if (c == NULL)
        return NULL;
    if ((c->use & use) != 0)
        atomic_fetch_add(&c->references, 1);
    else
        use = 0;
    handle_put(objects, handle);
    return use != 0 ? c : NULL;
}

/* Another logon's credentials are for callers with SeTcbPrivilege only. */
static NTSTATUS
credential_check_logon(const LUID *logon_id)
{
    SECPKG_CLIENT_INFO client = { 0 };
    NTSTATUS st;

    if (logon_id == NULL)
        return STATUS_SUCCESS;
    st = krb_support()->lsa->GetClientInfo(&client);
    if (!NT_SUCCESS(st))
        return st;
    if (client.HasTcbPrivilege || (client.LogonId.LowPart == logon_id->LowPart &&
                                   client.LogonId.HighPart == logon_id->HighPart))
        return STATUS_SUCCESS;
    return SEC_E_NOT_OWNER;
}

/* ---- to accept ---------------------------------------------------------- */

/* A principal that the service has no key of is nobody's who asks here. */
static NTSTATUS
inbound_check(struct krb_credential *c, const UNICODE_STRING *principal)
{
    struct view text = krb_string_view(principal);
    struct keyring *ring;
    NTSTATUS st;

    /* It restricts the credential also where it has no key yet (D1). */
    if (text.n > 0 &&
        (!str16_to_utf8_into(text, c->principal_text, sizeof(c->principal_text)) ||
         !keyring_name_split(view_of(c->principal_text, strlen(c->principal_text)), c->component,
                             8, &c->principal)))
        return SEC_E_INVALID_PARAMETER;
    ring = keystore_get(krb_support()->keys);
    st = ring != NULL && (text.n == 0 || keyring_has_name(ring, &c->principal))
             ? STATUS_SUCCESS
             : SEC_E_NO_CREDENTIALS;
    if (!NT_SUCCESS(st) && ring != NULL)
        krb_log(4, "no_keys",
                (const char *const[]){ "package", KRB_PACKAGE, "principal", c->principal_text,
                                       "reason", "the service's keytab has no key of it", NULL });
    keyring_put(ring);
    return st;
}

/* ---- to initiate -------------------------------------------------------- */

static bool
part_copy(struct view utf16, char out[KRB_IDENTITY_TEXT_MAX], size_t *n)
{
    *n = 0;
    if (utf16.n == 0)
        return true;
    if (!str16_to_utf8_into(utf16, out, KRB_IDENTITY_TEXT_MAX))
        return false;
    *n = strlen(out);
    return true;
}

static NTSTATUS
outbound_read(struct krb_credential *c, PVOID address)
{
    struct auth_identity *id;
    NTSTATUS st;

    st = auth_identity_read(krb_support()->lsa, address, &id);
    if (!NT_SUCCESS(st))
        return st;
    if (!id->has_user || id->user.n == 0)
        st = SEC_E_NO_CREDENTIALS;
    else if (!part_copy(id->user, c->user, &c->user_n) ||
             !part_copy(id->domain, c->domain, &c->domain_n) ||
             !part_copy(id->password, c->password, &c->password_n))
        st = SEC_E_INVALID_PARAMETER;
    c->has_identity = NT_SUCCESS(st);
    auth_identity_free(id);
    return st;
}

/* Without an identity: as a principal of the service's own, whose key is in its keytab. */
static NTSTATUS
outbound_by_keytab(struct krb_credential *c, const UNICODE_STRING *principal)
{
    const struct krb_support *s = krb_support();
    struct keyring_name name;
    struct view component[8];
    struct keyring *ring;
    char service[64];
    bool own;

    if (!part_copy(krb_string_view(principal), c->user, &c->user_n) ||
        !keyring_name_split(view_of(c->user, c->user_n), component, 8, &name) ||
        !NT_SUCCESS(s->call->service(service, sizeof(service))))
        return SEC_E_NO_CREDENTIALS;
    ring = keystore_get(s->keys);
    own = ring != NULL && keyring_has_name(ring, &name);
    keyring_put(ring);
    c->has_identity = own && s->settings->section_get(OPENSSPI_HOST_SECTION_SERVICE, service,
                                                      "keytab", c->keytab, sizeof(c->keytab));
    return c->has_identity ? STATUS_SUCCESS : SEC_E_NO_CREDENTIALS;
}

/*
 * The caller's own tickets. Whether he has any is known when the first context wants one, as
 * they are where only his process can look (D11). A thread that acts for somebody has that
 * client's credentials or none: the process's are not his.
 */
static NTSTATUS
outbound_by_client(struct krb_credential *c)
{
    SECPKG_CLIENT_INFO client = { 0 };

    if (!NT_SUCCESS(krb_support()->lsa->GetClientInfo(&client)))
        return SEC_E_NO_CREDENTIALS;
    if (client.Impersonating)
        return krb_delegation_take(c, client.LogonId);
    if (krb_support()->client == NULL)
        return SEC_E_NO_CREDENTIALS;
    c->of_client = true;
    return STATUS_SUCCESS;
}

static NTSTATUS
outbound_find(struct krb_credential *c, const UNICODE_STRING *principal, PVOID data)
{
    if (data != NULL)
        return outbound_read(c, data);
    return krb_string_view(principal).n > 0 ? outbound_by_keytab(c, principal)
                                            : outbound_by_client(c);
}

/* All that an identity is: who has other tickets differs in one of these. */
static NTSTATUS
outbound_logon(struct krb_credential *c)
{
    const struct view parts[] = {
        view_of(c->user, c->user_n),         view_of(c->domain, c->domain_n),
        view_of(c->password, c->password_n), view_of(c->keytab, strlen(c->keytab)),
        view_of(c->delegated, c->delegated_n),
    };
    SECPKG_CLIENT_INFO client = { 0 };
    NTSTATUS st = krb_support()->lsa->GetClientInfo(&client);

    if (NT_SUCCESS(st))
        c->logon = krb_logon_get(krb_support()->logons, client.LogonId, parts,
                                 sizeof(parts) / sizeof(parts[0]));
    if (NT_SUCCESS(st) && c->logon == NULL)
        st = SEC_E_INSUFFICIENT_MEMORY;
    return st;
}

/*
 * A credential for both ways is good when one of them is. An identity serves who accepts, too:
 * in user to user (user_to_user.c), with or without keys of the service beside it.
 */
static NTSTATUS
credential_fill(struct krb_credential *c, const UNICODE_STRING *principal, PVOID data)
{
    bool inbound = (c->use & SECPKG_CRED_INBOUND) != 0;
    NTSTATUS in = SEC_E_NO_CREDENTIALS, out = SEC_E_NO_CREDENTIALS;

    if ((c->use & SECPKG_CRED_OUTBOUND) || data != NULL)
        out = outbound_find(c, principal, data);
    if (NT_SUCCESS(out) && c->has_identity)
        out = outbound_logon(c);
    if (out != STATUS_SUCCESS && out != SEC_E_NO_CREDENTIALS)
        return out;
    c->grants = inbound && data != NULL && c->has_identity;
    if (inbound && (!c->grants || krb_string_view(principal).n > 0))
        in = inbound_check(c, principal);
    if (in != STATUS_SUCCESS && in != SEC_E_NO_CREDENTIALS)
        return in;
    return NT_SUCCESS(in) ? in : NT_SUCCESS(out) ? out : in;
}

NTSTATUS NTAPI
krb_credential_acquire(PUNICODE_STRING principal, ULONG flags, PLUID logon_id, PVOID data,
                       PVOID key_function, PVOID key_argument, PLSA_SEC_HANDLE handle,
                       PTimeStamp expiry)
{
    uint32_t use = flags & SECPKG_CRED_BOTH;
    struct krb_credential *c;
    NTSTATUS st = credential_check_logon(logon_id);

    (void)key_function;
    (void)key_argument;
    *handle = 0;
    if (NT_SUCCESS(st) && use == 0)
        st = SEC_E_UNSUPPORTED_FUNCTION;
    if (!NT_SUCCESS(st))
        return st;
    c = secret_new(sizeof(*c));
    if (c == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    atomic_init(&c->references, 1);
    c->use = use;
    st = credential_fill(c, principal, data);
    if (NT_SUCCESS(st)) {
        *handle = (LSA_SEC_HANDLE)handle_add(krb_support()->objects, KRB_HANDLE_CREDENTIAL,
                                             KRB_HANDLE_OWNER, c, credential_drop);
        st = *handle != 0 ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
    }
    if (!NT_SUCCESS(st))
        krb_credential_put(c);
    else
        expiry->QuadPart = FILETIME_NEVER;
    return st;
}

NTSTATUS NTAPI
krb_credential_free(LSA_SEC_HANDLE handle)
{
    bool removed = handle_remove(krb_support()->objects, handle, KRB_HANDLE_CREDENTIAL,
                                 KRB_HANDLE_OWNER);

    return removed ? STATUS_SUCCESS : SEC_E_INVALID_HANDLE;
}

/* UTF-8 into the client's memory as UTF-16. */
static NTSTATUS
client_text_put(const char *text, SEC_WCHAR **out)
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = krb_support()->lsa;
    size_t units;
    char16_t *wide = str16_from_utf8_n(view_of(text, strlen(text)), &units);
    ULONG size = (ULONG)((units + 1) * sizeof(*wide));
    PVOID base = NULL;
    NTSTATUS st;

    if (wide == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    st = lsa->AllocateClientBuffer(NULL, size, &base);
    if (NT_SUCCESS(st)) {
        st = lsa->CopyToClientBuffer(NULL, size, base, wide);
        if (NT_SUCCESS(st))
            *out = base;
        else
            (void)lsa->FreeClientBuffer(NULL, base);
    }
    free(wide);
    return st;
}

/* user@REALM, or the service's principal. */
static NTSTATUS
credential_name_get(const struct krb_credential *c, SecPkgCredentials_NamesW *out)
{
    char text[2 * KRB_IDENTITY_TEXT_MAX + 2];
    struct wr w = wr_init(text, sizeof(text));

    if (c->principal_text[0] != '\0')
        return client_text_put(c->principal_text, &out->sUserName);
    if (!c->has_identity)
        return SEC_E_NO_CREDENTIALS;
    wr_bytes(&w, c->user, c->user_n);
    if (c->domain_n > 0) {
        wr_u8(&w, '@');
        wr_bytes(&w, c->domain, c->domain_n);
    }
    wr_u8(&w, 0);
    if (wr_end(&w, SEC_E_INTERNAL_ERROR) != 0)
        return SEC_E_INTERNAL_ERROR;
    return client_text_put(text, &out->sUserName);
}

NTSTATUS NTAPI
krb_credential_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct krb_credential *c = krb_credential_get(handle, SECPKG_CRED_BOTH);
    NTSTATUS st = SEC_E_UNSUPPORTED_FUNCTION;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    if (attribute == SECPKG_CRED_ATTR_NAMES)
        st = credential_name_get(c, buffer);
    krb_credential_put(c);
    return st;
}

/* A new logon's credentials: nothing to keep, as initiating needs explicit ones. */
NTSTATUS NTAPI
krb_credential_accept(SECURITY_LOGON_TYPE type, PUNICODE_STRING account,
                      PSECPKG_PRIMARY_CRED primary, PSECPKG_SUPPLEMENTAL_CRED supplemental)
{
    (void)type;
    (void)account;
    (void)primary;
    (void)supplemental;
    return STATUS_SUCCESS;
}
