/*
 * Accounts, by the authority's support functions alone (OpenSamUser,
 * GetUserCredentials, GetUserAuthData, ConvertAuthDataToToken,
 * DuplicateHandle, AuditLogonEx): which store is behind them is not known here.
 *
 * Runs in the authority, holding no lock. Hashes are on loan: they are wiped
 * where the authority put them as well as here.
 */
#include "packages/ntlm/lsa/account.h"

#include "base/filetime.h"
#include "base/secret.h"

#include "ntsecapi.h"

#define ANONYMOUS_LOGON_LOW 0x3e6u

static const TOKEN_SOURCE ntlm_source = { .SourceName = { 'N', 'T', 'L', 'M' } };

static UNICODE_STRING
account_string(struct view v)
{
    /* The authority takes it as input and does not write to it. */
    return (UNICODE_STRING){ (USHORT)v.n, (USHORT)v.n, (PWSTR)(uintptr_t)v.p };
}

/* The NT hash out of what GetUserCredentials gives, which is wiped and freed. */
static NTSTATUS
account_key_take(PVOID primary, ULONG size, uint8_t out[NTLM_KEY_SIZE])
{
    MSV1_0_SUPPLEMENTAL_CREDENTIAL *c = primary;
    NTSTATUS st = STATUS_NO_SUCH_USER;

    if (c != NULL && size >= sizeof(*c) && c->Version == MSV1_0_CRED_VERSION &&
        (c->Flags & MSV1_0_CRED_NT_PRESENT)) {
        memcpy(out, c->NtPassword, NTLM_KEY_SIZE);
        st = STATUS_SUCCESS;
    }
    if (c != NULL) {
        secret_wipe(c, size);
        ntlm_support()->lsa->FreeLsaHeap(c);
    }
    return st;
}

static NTSTATUS
account_key_get(PVOID sam, uint8_t out[NTLM_KEY_SIZE])
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = ntlm_support()->lsa;
    PVOID primary = NULL, supplemental = NULL;
    ULONG primary_size = 0, supplemental_size = 0;
    NTSTATUS st = lsa->GetUserCredentials(sam, &primary, &primary_size, &supplemental,
                                          &supplemental_size);

    if (!NT_SUCCESS(st))
        return st;
    if (supplemental != NULL) {
        secret_wipe(supplemental, supplemental_size);
        lsa->FreeLsaHeap(supplemental);
    }
    return account_key_take(primary, primary_size, out);
}

void
ntlm_account_open(struct ntlm_account *a, struct view name)
{
    UNICODE_STRING text = account_string(name);

    a->sam = NULL;
    a->status = ntlm_support()->lsa->OpenSamUser(&text, SecNameSamCompatible, NULL, FALSE, 0,
                                                 &a->sam);
    if (NT_SUCCESS(a->status))
        a->status = account_key_get(a->sam, a->ntowf_v1);
    else
        a->sam = NULL;
    /* An account without an NT hash cannot be told from none by its answer either. */
    if (!NT_SUCCESS(a->status))
        memcpy(a->ntowf_v1, ntlm_support()->dummy_key, NTLM_KEY_SIZE);
}

void
ntlm_account_close(struct ntlm_account *a)
{
    if (a->sam != NULL)
        (void)ntlm_support()->lsa->CloseSamUser(a->sam);
    secret_wipe(a, sizeof(*a));
}

NTSTATUS
ntlm_account_logon(const struct ntlm_account *a, SECURITY_IMPERSONATION_LEVEL level,
                   struct ntlm_identity *out, NTSTATUS *sub_status)
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = ntlm_support()->lsa;
    const struct opensspi_host_names *names = ntlm_support()->machine->names();
    UNICODE_STRING authority = names->netbios_domain;
    TOKEN_SOURCE source = ntlm_source;
    PUCHAR data = NULL;
    ULONG size = 0;
    NTSTATUS st = lsa->GetUserAuthData(a->sam, &data, &size);

    *out = (struct ntlm_identity){ 0 };
    *sub_status = STATUS_SUCCESS;
    /* The account may be a restricted one: only the log may tell this from a wrong password. */
    if (!NT_SUCCESS(st)) {
        *sub_status = st;
        return STATUS_LOGON_FAILURE;
    }
    st = lsa->ConvertAuthDataToToken(data, size, level, &source, Network, &authority, &out->token,
                                     &out->logon_id, &out->account, sub_status);
    lsa->FreeLsaHeap(data);
    if (!NT_SUCCESS(st))
        ntlm_identity_wipe(out);
    return st;
}

static NTSTATUS
identity_name(struct ntlm_identity *id, struct view name)
{
    id->account.Buffer = ntlm_support()->lsa->AllocateLsaHeap((ULONG)name.n);
    if (id->account.Buffer == NULL)
        return STATUS_NO_MEMORY;
    memcpy(id->account.Buffer, name.p, name.n);
    id->account.Length = id->account.MaximumLength = (USHORT)name.n;
    return STATUS_SUCCESS;
}

NTSTATUS
ntlm_anonymous_logon(SECURITY_IMPERSONATION_LEVEL level, struct ntlm_identity *out,
                     NTSTATUS *sub_status)
{
    static const char16_t name[] = u"ANONYMOUS LOGON";
    LSA_TOKEN_INFORMATION_NULL nobody = { .ExpirationTime.QuadPart = FILETIME_NEVER };
    TOKEN_SOURCE source = ntlm_source;
    NTSTATUS st;

    /* The logon session that all anonymous clients share (ANONYMOUS_LOGON_LUID). */
    *out = (struct ntlm_identity){ .logon_id = { .LowPart = ANONYMOUS_LOGON_LOW } };
    *sub_status = STATUS_SUCCESS;
    st = identity_name(out, view_of(name, sizeof(name) - sizeof(name[0])));
    if (NT_SUCCESS(st))
        st = ntlm_support()->lsa->CreateToken(&out->logon_id, &source, Network, level,
                                              LsaTokenInformationNull, &nobody, NULL,
                                              &out->account, NULL, NULL, NULL, &out->token,
                                              sub_status);
    if (!NT_SUCCESS(st))
        ntlm_identity_wipe(out);
    return st;
}

/* The authority's own token is closed: the client's copy is all that is needed. */
static void
identity_token_close(struct ntlm_identity *id)
{
    if (id->token != NULL)
        (void)ntlm_support()->handle->close(id->token);
    id->token = NULL;
}

NTSTATUS
ntlm_identity_hand_over(struct ntlm_identity *id)
{
    NTSTATUS st = ntlm_support()->lsa->DuplicateHandle(id->token, &id->client_token);

    identity_token_close(id);
    return st;
}

void
ntlm_identity_wipe(struct ntlm_identity *id)
{
    identity_token_close(id);
    if (id->account.Buffer != NULL)
        ntlm_support()->lsa->FreeLsaHeap(id->account.Buffer);
    *id = (struct ntlm_identity){ 0 };
}

/*
 * The authority counts by the account's name, and a user may be named in more
 * than one way (user@realm): counting by what the client wrote would give it
 * as many tries again. LSA heap; Length 0 when there is no such account.
 */
static UNICODE_STRING
account_flat_name(struct view user)
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = ntlm_support()->lsa;
    UNICODE_STRING text = account_string(user), flat = { 0 };
    PUCHAR data = NULL;
    ULONG size = 0;

    if (!NT_SUCCESS(lsa->GetAuthDataForUser(&text, SecNameSamCompatible, NULL, &data, &size,
                                            &flat)))
        return (UNICODE_STRING){ 0 };
    if (data != NULL)
        lsa->FreeLsaHeap(data);
    return flat;
}

void
ntlm_account_audit(const struct ntlm_audit *audit)
{
    const LSA_SECPKG_FUNCTION_TABLE *lsa = ntlm_support()->lsa;
    UNICODE_STRING user = account_string(audit->user), flat = { 0 };
    UNICODE_STRING domain = account_string(audit->domain);
    UNICODE_STRING workstation = account_string(audit->workstation);
    TOKEN_SOURCE source = ntlm_source;
    LUID logon_id = { 0 };

    if (audit->identity != NULL) {
        user = audit->identity->account;
        logon_id = audit->identity->logon_id;
    } else if (audit->status == STATUS_WRONG_PASSWORD || audit->status == STATUS_NO_SUCH_USER) {
        /* Looked for in vain, too, lest unknown users be known by a quicker answer. */
        flat = account_flat_name(audit->user);
        if (flat.Length > 0)
            user = flat;
    }
    lsa->AuditLogonEx(audit->status, audit->sub_status, &user, &domain, &workstation, NULL,
                      Network, audit->level, &source, &logon_id);
    if (flat.Buffer != NULL)
        lsa->FreeLsaHeap(flat.Buffer);
}
