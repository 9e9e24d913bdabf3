/*
 * Names of status numbers, for messages: the ones that SSPI's functions return
 * and those of the account store.
 *
 * Runs in the sspi command.
 */
#include "cli/cli.h"

#include "lsa/account.h"
#include "ntstatus.h"
#include "winerror.h"

#include <stdio.h>

#define STATUS_TEXT_MAX 96
#define NAMED(code) { (status_t)(code), #code }

struct status_name {
    status_t status;
    const char *name;
};

static const struct status_name names[] = {
    NAMED(SEC_E_OK),
    NAMED(SEC_I_CONTINUE_NEEDED),
    NAMED(SEC_I_COMPLETE_NEEDED),
    NAMED(SEC_I_COMPLETE_AND_CONTINUE),
    NAMED(SEC_E_INSUFFICIENT_MEMORY),
    NAMED(SEC_E_INVALID_HANDLE),
    NAMED(SEC_E_UNSUPPORTED_FUNCTION),
    NAMED(SEC_E_TARGET_UNKNOWN),
    NAMED(SEC_E_INTERNAL_ERROR),
    NAMED(SEC_E_SECPKG_NOT_FOUND),
    NAMED(SEC_E_NOT_OWNER),
    NAMED(SEC_E_CANNOT_INSTALL),
    NAMED(SEC_E_INVALID_TOKEN),
    NAMED(SEC_E_CANNOT_PACK),
    NAMED(SEC_E_QOP_NOT_SUPPORTED),
    NAMED(SEC_E_NO_IMPERSONATION),
    NAMED(SEC_E_LOGON_DENIED),
    NAMED(SEC_E_UNKNOWN_CREDENTIALS),
    NAMED(SEC_E_NO_CREDENTIALS),
    NAMED(SEC_E_MESSAGE_ALTERED),
    NAMED(SEC_E_OUT_OF_SEQUENCE),
    NAMED(SEC_E_NO_AUTHENTICATING_AUTHORITY),
    NAMED(SEC_E_BAD_PKGID),
    NAMED(SEC_E_CONTEXT_EXPIRED),
    NAMED(SEC_E_INCOMPLETE_MESSAGE),
    NAMED(SEC_E_INCOMPLETE_CREDENTIALS),
    NAMED(SEC_E_BUFFER_TOO_SMALL),
    NAMED(SEC_E_WRONG_PRINCIPAL),
    NAMED(SEC_E_TIME_SKEW),
    NAMED(SEC_E_UNTRUSTED_ROOT),
    NAMED(SEC_E_ENCRYPT_FAILURE),
    NAMED(SEC_E_DECRYPT_FAILURE),
    NAMED(SEC_E_UNFINISHED_CONTEXT_DELETED),
    NAMED(SEC_E_STRONG_CRYPTO_NOT_SUPPORTED),
    NAMED(SEC_E_CRYPTO_SYSTEM_INVALID),
    NAMED(SEC_E_MUTUAL_AUTH_FAILED),
    NAMED(SEC_E_BAD_BINDINGS),
    NAMED(SEC_E_DOWNGRADE_DETECTED),
    NAMED(SEC_E_INVALID_PARAMETER),
    NAMED(STATUS_INVALID_PARAMETER),
    NAMED(STATUS_NO_MEMORY),
    NAMED(STATUS_NO_SUCH_USER),
    NAMED(STATUS_USER_EXISTS),
    NAMED(STATUS_GROUP_EXISTS),
    NAMED(STATUS_NO_SUCH_GROUP),
    NAMED(STATUS_INTERNAL_DB_CORRUPTION),
    NAMED(STATUS_INTERNAL_DB_ERROR),
};

const char *
cli_status(status_t status)
{
    static char text[STATUS_TEXT_MAX];

    snprintf(text, sizeof(text), "0x%08x", (unsigned)status);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].status == status)
            snprintf(text, sizeof(text), "%s (0x%08x)", names[i].name, (unsigned)status);
    }
    return text;
}
