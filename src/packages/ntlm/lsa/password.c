/*
 * SpChangeAccountPassword (Microsoft's page of that name): passwords of this
 * machine's accounts. The authority compares, counts and writes; here are the
 * domain's name and the detail of a refusal.
 *
 * CHOICE: the detail is MSV1_0_CHANGEPASSWORD_RESPONSE, which Windows's NTLM gives
 * callers of MsV1_0ChangePassword: what a password must be like.
 *
 * Runs in the authority. Every string is a stranger's.
 */
#include "packages/ntlm/lsa/password.h"

#include "base/str16.h"
#include "packages/common/sec_buffer.h"
#include "packages/ntlm/lsa/text.h"

#include "ntsecapi.h"

/* bImpersonating changes nothing: who proves the old password need be nobody. */
static bool
domain_is_own(const UNICODE_STRING *domain)
{
    const struct opensspi_host_names *n = ntlm_support()->machine->names();
    const UNICODE_STRING *const own[] = {
        &n->netbios_domain, &n->netbios_computer, &n->dns_domain, &n->dns_computer,
    };
    struct view name = domain != NULL ? ntlm_string_view(domain) : view_of(NULL, 0);

    if (name.n == 0 || view_is_equal(name, view_of(u".", 2)))
        return true;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (own[i]->Length > 0 && str16_is_equal_nocase(ntlm_string_view(own[i]), name))
            return true;
    }
    return false;
}

static USHORT
policy_number(uint32_t n)
{
    return n <= UINT16_MAX ? (USHORT)n : UINT16_MAX;
}

/*
 * Where the caller has no room for it, or memory is short, the status has to do. In a block
 * of its own: a room that is just as large would look as if it had been left alone.
 */
static void
detail_put(SecBuffer *b)
{
    struct opensspi_password_policy policy;
    MSV1_0_CHANGEPASSWORD_RESPONSE *r = NULL;

    if (b->cbBuffer >= sizeof(*r))
        r = ntlm_support()->lsa->AllocateLsaHeap(sizeof(*r));
    b->cbBuffer = 0;
    if (r == NULL)
        return;
    ntlm_support()->password->policy(&policy);
    memset(r, 0, sizeof(*r));
    r->MessageType = MsV1_0ChangePassword;
    r->PasswordInfoValid = TRUE;
    r->DomainPasswordInfo.MinPasswordLength = policy_number(policy.min_length);
    r->DomainPasswordInfo.PasswordHistoryLength = policy_number(policy.history);
    r->DomainPasswordInfo.MaxPasswordAge.QuadPart = INT64_MIN;
    b->pvBuffer = r;
    b->cbBuffer = sizeof(*r);
}

NTSTATUS NTAPI
ntlm_password_change(PUNICODE_STRING domain, PUNICODE_STRING account,
                     PUNICODE_STRING old_password, PUNICODE_STRING new_password,
                     BOOLEAN impersonating, PSecBufferDesc output)
{
    SecBuffer *detail = sec_buffer_find(output, SECBUFFER_CHANGE_PASS_RESPONSE);
    NTSTATUS st;

    (void)impersonating;
    if (ntlm_support()->password == NULL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (account == NULL || old_password == NULL || new_password == NULL)
        return SEC_E_INVALID_PARAMETER;
    if (!domain_is_own(domain))
        return STATUS_NO_SUCH_DOMAIN;
    st = ntlm_support()->password->change(account, old_password, new_password);
    if (detail == NULL)
        return st;
    if (st == STATUS_PASSWORD_RESTRICTION)
        detail_put(detail);
    else
        detail->cbBuffer = 0;
    return st;
}
