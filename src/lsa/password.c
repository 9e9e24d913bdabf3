/*
 * Changes of local accounts' passwords, for packages (opensspi_host.h,
 * OPENSSPI_HOST_PASSWORD; Microsoft's page ChangeAccountPassword).
 *
 * The old password is a guess like one in a logon: it counts towards lockout, is
 * audited, and the answer does not tell a name that is unknown from a wrong
 * password. Only who knows the old one learns what is wrong with the account or
 * with the new one.
 *
 * Runs in the authority, on a package's behalf. Both passwords are a stranger's
 * bytes; no copy of them is made here, and their hashes are wiped.
 */
#include "lsa/support.h"

#include "base/filetime.h"
#include "base/secret.h"

/* As STATUS_PASSWORD_MUST_CHANGE is what a change is for, it is no restriction. */
static NTSTATUS
password_check_account(const struct account *a)
{
    NTSTATUS s = account_check(a, filetime_now());

    return s == STATUS_PASSWORD_MUST_CHANGE ? STATUS_SUCCESS : s;
}

/* The same work for an account that is not there, or has no hash. */
static bool
password_is_right(const struct account *a, bool found, const uint8_t hash[ACCOUNT_HASH_SIZE])
{
    static const uint8_t none[ACCOUNT_HASH_SIZE];
    bool has = found && a->has_hash;

    return ct_equal(has ? a->nt_hash : none, hash, ACCOUNT_HASH_SIZE) && has;
}

static NTSTATUS
password_judge(const struct account *a, bool found, struct view old_password,
               struct view new_password)
{
    uint8_t hash[ACCOUNT_HASH_SIZE];
    NTSTATUS s = STATUS_SUCCESS;

    account_hash_password(old_password, hash);
    if (!password_is_right(a, found, hash))
        s = found ? STATUS_WRONG_PASSWORD : STATUS_NO_SUCH_USER;
    if (s == STATUS_SUCCESS)
        s = password_check_account(a);
    if (s == STATUS_SUCCESS)
        s = account_change_password(lsa_instance()->accounts, a->rid, hash, new_password,
                                    filetime_now());
    secret_wipe(hash, sizeof(hash));
    return s;
}

static NTSTATUS
password_change(PUNICODE_STRING account, PUNICODE_STRING old_password,
                PUNICODE_STRING new_password)
{
    struct account a = { 0 };
    struct lsa_audit audit = { .event = "password_change", .account = lsa_string_view(account) };
    NTSTATUS found = lsa_account_resolve(lsa_instance(), audit.account, &a);

    if (found != STATUS_SUCCESS && found != STATUS_NO_SUCH_USER)
        return found;
    audit.status = password_judge(&a, found == STATUS_SUCCESS, lsa_string_view(old_password),
                                  lsa_string_view(new_password));
    if (found == STATUS_SUCCESS)
        audit.account = view_of(a.name, a.name_units * sizeof(a.name[0]));
    lsa_audit_logon(&audit);
    account_wipe(&a);
    return audit.status;
}

static void
password_policy(struct opensspi_password_policy *out)
{
    const struct account_policy *p = account_store_policy(lsa_instance()->accounts);

    *out = (struct opensspi_password_policy){ p->min_length, p->history };
}

const struct opensspi_host_password lsa_host_password = {
    .policy = password_policy,
    .change = password_change,
};
