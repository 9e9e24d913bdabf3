/*
 * opensspi.h: what libsspi offers applications beyond Windows's SSPI.
 *
 * Nothing here is needed to accept or initiate a context, and nothing here
 * exists on Windows: source that must compile there leaves this header out.
 */
#ifndef OPENSSPI_OPENSSPI_H
#define OPENSSPI_OPENSSPI_H

#include "sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Asks the authority what it is doing: what `sspi status` prints.
 *
 *   json  out: a JSON object, UTF-8, NUL-terminated; FreeContextBuffer(*json). NULL on
 *         failure. Keys: "mode" ("lsad" or "embedded"), "pid", "since", "clients",
 *         "counters" (an object), "packages", "services" (arrays of objects). sspi(1) says
 *         what they mean; later versions may add some
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_PARAMETER when json is NULL; SEC_E_NOT_OWNER when no
 * [service] of the configuration matches the caller, or it does not say `may = admin`;
 * SEC_E_NO_AUTHENTICATING_AUTHORITY when the authority cannot be reached;
 * SEC_E_INTERNAL_ERROR; SEC_E_INSUFFICIENT_MEMORY. May be called from any thread.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY opensspi_status(char **json);

#ifdef __cplusplus
}
#endif

#endif
