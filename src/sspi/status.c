/*
 * Status mapping of the user halves: NTSTATUS -> SECURITY_STATUS.
 *
 * Runs in the application. Statuses of the LSA half were mapped by the
 * authority already; here are those that message protection, tokens, queries,
 * export and import can end in. Microsoft publishes no table: facility 9 passes
 * (SEC_E_*, SEC_I_*, CRYPT_E_*, NTE_*), same names go to their twins, the rest
 * by meaning, and what is left is SEC_E_INTERNAL_ERROR.
 */
#include "sspi/status.h"

#include "ntstatus.h"
#include "winerror.h"

struct status_pair {
    status_t from, to;
};

static const struct status_pair status_pairs[] = {
    { STATUS_INVALID_HANDLE, SEC_E_INVALID_HANDLE },
    { STATUS_INVALID_PARAMETER, SEC_E_INVALID_PARAMETER },
    { STATUS_BUFFER_TOO_SMALL, SEC_E_BUFFER_TOO_SMALL },
    { STATUS_INTERNAL_ERROR, SEC_E_INTERNAL_ERROR },
    { STATUS_INVALID_TOKEN, SEC_E_INVALID_TOKEN },
    { STATUS_UNFINISHED_CONTEXT_DELETED, SEC_E_UNFINISHED_CONTEXT_DELETED },
    { STATUS_CRYPTO_SYSTEM_INVALID, SEC_E_CRYPTO_SYSTEM_INVALID },
    { STATUS_STRONG_CRYPTO_NOT_SUPPORTED, SEC_E_STRONG_CRYPTO_NOT_SUPPORTED },
    { STATUS_BAD_BINDINGS, SEC_E_BAD_BINDINGS },
    { STATUS_DOWNGRADE_DETECTED, SEC_E_DOWNGRADE_DETECTED },
    { STATUS_NO_MEMORY, SEC_E_INSUFFICIENT_MEMORY },
    { STATUS_INSUFFICIENT_RESOURCES, SEC_E_INSUFFICIENT_MEMORY },
    { STATUS_COMMITMENT_LIMIT, SEC_E_INSUFFICIENT_MEMORY },
    { STATUS_QUOTA_EXCEEDED, SEC_E_INSUFFICIENT_MEMORY },
    { STATUS_LOGON_FAILURE, SEC_E_LOGON_DENIED },
    { STATUS_ACCESS_DENIED, SEC_E_LOGON_DENIED },
    { STATUS_NO_SUCH_LOGON_SESSION, SEC_E_NO_CREDENTIALS },
    { STATUS_NOT_SUPPORTED, SEC_E_UNSUPPORTED_FUNCTION },
    { STATUS_NOT_IMPLEMENTED, SEC_E_UNSUPPORTED_FUNCTION },
    { STATUS_INVALID_INFO_CLASS, SEC_E_UNSUPPORTED_FUNCTION },
    { STATUS_PRIVILEGE_NOT_HELD, SEC_E_NOT_OWNER },
    { STATUS_BAD_IMPERSONATION_LEVEL, SEC_E_NO_IMPERSONATION },
    { STATUS_CANNOT_IMPERSONATE, SEC_E_NO_IMPERSONATION },
    { STATUS_NO_IMPERSONATION_TOKEN, SEC_E_NO_IMPERSONATION },
    { STATUS_MUTUAL_AUTHENTICATION_FAILED, SEC_E_MUTUAL_AUTH_FAILED },
};

#define STATUS_FACILITY_MASK 0x7FFF0000u
#define STATUS_FACILITY_SECURITY 0x00090000u

status_t
sspi_status_map(status_t s)
{
    size_t i;

    if (((uint32_t)s & STATUS_FACILITY_MASK) == STATUS_FACILITY_SECURITY)
        return s;
    /* Packages are tested with NT_SUCCESS(): other informational numbers mean success. */
    if (s >= 0)
        return SEC_E_OK;
    for (i = 0; i < sizeof(status_pairs) / sizeof(status_pairs[0]); i++)
        if (status_pairs[i].from == s)
            return status_pairs[i].to;
    return SEC_E_INTERNAL_ERROR;
}
