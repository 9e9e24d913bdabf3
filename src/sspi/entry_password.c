/* Entry points: ChangeAccountPassword (sspi.h). Runs in the application. */
#include "sspi/ask.h"
#include "sspi/buffers.h"
#include "sspi/text.h"

#include "ntsecpkg.h"

static status_t
password_change(struct ask_password *in, bool ansi, PSecBufferDesc output)
{
    struct sspi_process *p = sspi_process_get();
    struct ipc_buffers came;
    struct ask a;
    status_t st;

    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (in->package == NULL)
        return SEC_E_SECPKG_NOT_FOUND;
    if (in->account == NULL || in->old_password == NULL || in->new_password == NULL)
        return SEC_E_INVALID_PARAMETER;
    st = sspi_buffers_output(output, false, &in->output);
    if (st != SEC_E_OK)
        return st;
    ask_init(&a, p, 0);
    a.with.attributes = ansi ? SECPKG_CALL_ANSI : 0;
    st = ask_change_password(&a, in, &came);
    if (came.present) {
        status_t stored = sspi_buffers_store(output, &came, false);

        if (st >= 0 && stored != SEC_E_OK)
            st = stored;
    }
    ask_wipe(&a);
    return st;
}

SECURITY_STATUS SEC_ENTRY
ChangeAccountPasswordW(SEC_WCHAR *pszPackageName, SEC_WCHAR *pszDomainName,
                       SEC_WCHAR *pszAccountName, SEC_WCHAR *pszOldPassword,
                       SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating, ULONG dwReserved,
                       PSecBufferDesc pOutput)
{
    struct ask_password in = {
        .package = pszPackageName, .domain = pszDomainName, .account = pszAccountName,
        .old_password = pszOldPassword, .new_password = pszNewPassword,
        .impersonating = bImpersonating != 0,
    };

    (void)dwReserved;
    return password_change(&in, false, pOutput);
}

SECURITY_STATUS SEC_ENTRY
ChangeAccountPasswordA(SEC_CHAR *pszPackageName, SEC_CHAR *pszDomainName, SEC_CHAR *pszAccountName,
                       SEC_CHAR *pszOldPassword, SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating,
                       ULONG dwReserved, PSecBufferDesc pOutput)
{
    struct sspi_texts t = { .count = 0 };
    struct ask_password in = {
        .package = sspi_text_wide(&t, pszPackageName), .domain = sspi_text_wide(&t, pszDomainName),
        .account = sspi_text_wide(&t, pszAccountName),
        .old_password = sspi_text_wide(&t, pszOldPassword),
        .new_password = sspi_text_wide(&t, pszNewPassword), .impersonating = bImpersonating != 0,
    };
    status_t st = t.status;

    (void)dwReserved;
    if (st == SEC_E_OK)
        st = password_change(&in, true, pOutput);
    sspi_texts_wipe(&t);
    return st;
}
