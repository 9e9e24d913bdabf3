/*
 * Credentials (SpAcquireCredentialsHandle and its kin). To accept, NTLM needs
 * none: accounts are the authority's. To initiate, it needs user, domain and
 * password; the password is turned into its hashes at once and forgotten.
 *
 * CHOICE: initiating with the caller's own logon (NULL authorization data) is
 * SEC_E_NO_CREDENTIALS: a Unix logon leaves no password behind.
 *
 * Runs in the authority. The identity is read from the caller's memory and
 * bounded by auth_identity.c.
 */
#include "packages/ntlm/lsa/credential.h"

#include "base/filetime.h"
#include "base/secret.h"
#include "base/wr.h"
#include "packages/common/auth_identity.h"
#include "packages/ntlm/lsa/policy.h"
#include "packages/ntlm/protect/keys.h"

void
ntlm_credential_put(struct ntlm_credential *c)
{
    if (c != NULL && atomic_fetch_sub(&c->references, 1) == 1)
        secret_free(c);
}

static void
credential_drop(void *object)
{
    ntlm_credential_put(object);
}

struct ntlm_credential *
ntlm_credential_get(LSA_SEC_HANDLE handle, uint32_t use)
{
    struct handle_table *objects = ntlm_support()->objects;
    struct ntlm_credential *c =
        handle_get(objects, handle, NTLM_HANDLE_CREDENTIAL, NTLM_HANDLE_OWNER);

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
    st = ntlm_support()->lsa->GetClientInfo(&client);
    if (!NT_SUCCESS(st))
        return st;
    if (client.HasTcbPrivilege || (client.LogonId.LowPart == logon_id->LowPart &&
                                   client.LogonId.HighPart == logon_id->HighPart))
        return STATUS_SUCCESS;
    return SEC_E_NOT_OWNER;
}

/* NTOWFv2 is good for this name alone; NTOWFv1 and the LM hash are as good as the password. */
static NTSTATUS
credential_derive_keys(struct ntlm_credential *c, struct view password)
{
    unsigned level = ntlm_policy_read().level;
    uint8_t ntowf_v1[NTLM_KEY_SIZE];
    NTSTATUS st;

    ntlm_ntowf_v1(password, ntowf_v1);
    st = ntlm_ntowf_v2(ntowf_v1, c->user, c->domain, c->ntowf_v2);
    c->has_v1 = level < NTLM_LEVEL_V2;
    if (c->has_v1)
        memcpy(c->ntowf_v1, ntowf_v1, sizeof(ntowf_v1));
    c->has_lm = level < NTLM_LEVEL_V1 && ntlm_lmowf_v1(password, c->lmowf_v1);
    secret_wipe(ntowf_v1, sizeof(ntowf_v1));
    return st;
}

static NTSTATUS
credential_derive(struct ntlm_credential *c, const struct auth_identity *id)
{
    struct wr w = wr_init(c->text, id->user.n + id->domain.n);

    wr_view(&w, id->user);
    wr_view(&w, id->domain);
    c->user = view_of(c->text, id->user.n);
    c->domain = view_of(c->text + id->user.n, id->domain.n);
    c->has_identity = true;
    c->is_anonymous = id->user.n == 0;
    return c->is_anonymous ? STATUS_SUCCESS : credential_derive_keys(c, id->password);
}

static NTSTATUS
credential_new(uint32_t use, const struct auth_identity *id, struct ntlm_credential **out)
{
    size_t text = id != NULL ? id->user.n + id->domain.n : 0;
    struct ntlm_credential *c = secret_new(sizeof(*c) + text);
    NTSTATUS st = STATUS_SUCCESS;

    *out = NULL;
    if (c == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    atomic_init(&c->references, 1);
    c->use = use;
    if (id != NULL)
        st = credential_derive(c, id);
    if (NT_SUCCESS(st))
        *out = c;
    else
        secret_free(c);
    return st;
}

/* Three empty strings are nobody, as on Windows; an empty name with a password is a mistake. */
static bool
identity_is_usable(const struct auth_identity *id)
{
    if (!id->has_user)
        return false;
    return id->user.n > 0 || (id->has_password && id->password.n == 0 && id->domain.n == 0);
}

/*
 * The parts that the caller left out would be those of its own logon, which has none. One that
 * gives nothing at all may supply credentials with each context, or have its user asked.
 */
static NTSTATUS
credential_identity_read(PVOID address, uint32_t use, struct auth_identity **out)
{
    NTSTATUS st;

    *out = NULL;
    if (address == NULL || (use & SECPKG_CRED_OUTBOUND) == 0)
        return STATUS_SUCCESS;
    st = auth_identity_read(ntlm_support()->lsa, address, out);
    if (!NT_SUCCESS(st))
        return st;
    if (!identity_is_usable(*out)) {
        auth_identity_free(*out);
        *out = NULL;
        return SEC_E_NO_CREDENTIALS;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
ntlm_credential_acquire(PUNICODE_STRING principal, ULONG flags, PLUID logon_id, PVOID data,
                        PVOID key_function, PVOID key_argument, PLSA_SEC_HANDLE handle,
                        PTimeStamp expiry)
{
    uint32_t use = flags & SECPKG_CRED_BOTH;
    struct auth_identity *id = NULL;
    struct ntlm_credential *c;
    NTSTATUS st = credential_check_logon(logon_id);

    /* The principal says whose logon to use, which NTLM cannot; the function is the client's. */
    (void)principal;
    (void)key_function;
    (void)key_argument;
    *handle = 0;
    if (NT_SUCCESS(st))
        st = use != 0 ? credential_identity_read(data, use, &id) : SEC_E_UNSUPPORTED_FUNCTION;
    if (!NT_SUCCESS(st))
        return st;
    st = credential_new(use, id, &c);
    auth_identity_free(id);
    if (!NT_SUCCESS(st))
        return st;
    *handle = (LSA_SEC_HANDLE)handle_add(ntlm_support()->objects, NTLM_HANDLE_CREDENTIAL,
                                         NTLM_HANDLE_OWNER, c, credential_drop);
    if (*handle == 0) {
        ntlm_credential_put(c);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    expiry->QuadPart = FILETIME_NEVER;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
ntlm_credential_free(LSA_SEC_HANDLE handle)
{
    bool removed = handle_remove(ntlm_support()->objects, handle, NTLM_HANDLE_CREDENTIAL,
                                 NTLM_HANDLE_OWNER);

    return removed ? STATUS_SUCCESS : SEC_E_INVALID_HANDLE;
}

/* DOMAIN\user, or user alone, NUL-terminated, in the client's memory. */
static NTSTATUS
credential_names_get(const struct ntlm_credential *c, SecPkgCredentials_NamesW *out)
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = ntlm_support()->lsa;
    struct wr w = wr_init_heap(4 * NTLM_USER_BYTES_MAX);
    PVOID base = NULL;
    NTSTATUS st;

    wr_view(&w, c->domain);
    if (c->domain.n > 0)
        wr_u16le(&w, '\\');
    wr_view(&w, c->user);
    wr_u16le(&w, 0);
    st = wr_end(&w, SEC_E_INSUFFICIENT_MEMORY);
    if (NT_SUCCESS(st))
        st = lsa->AllocateClientBuffer(NULL, (ULONG)w.len, &base);
    if (NT_SUCCESS(st)) {
        st = lsa->CopyToClientBuffer(NULL, (ULONG)w.len, base, w.p);
        if (NT_SUCCESS(st))
            out->sUserName = base;
        else
            (void)lsa->FreeClientBuffer(NULL, base);
    }
    wr_wipe(&w);
    return st;
}

NTSTATUS NTAPI
ntlm_credential_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct ntlm_credential *c = ntlm_credential_get(handle, SECPKG_CRED_BOTH);
    NTSTATUS st;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    if (attribute != SECPKG_CRED_ATTR_NAMES)
        st = SEC_E_UNSUPPORTED_FUNCTION;
    else if (!c->has_identity)
        st = SEC_E_NO_CREDENTIALS;
    else
        st = credential_names_get(c, buffer);
    ntlm_credential_put(c);
    return st;
}

/* A new logon's credentials: nothing to keep, as initiating needs explicit ones. */
NTSTATUS NTAPI
ntlm_credential_accept(SECURITY_LOGON_TYPE type, PUNICODE_STRING account,
                       PSECPKG_PRIMARY_CRED primary, PSECPKG_SUPPLEMENTAL_CRED supplemental)
{
    (void)type;
    (void)account;
    (void)primary;
    (void)supplemental;
    return STATUS_SUCCESS;
}
