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

/* Room for an answer, in bytes of UTF-8 with its NUL. */
#define OPENSSPI_PROMPT_MAX 512

/*
 * Asks the user for credentials: called inside InitializeSecurityContext, on its thread, when
 * ISC_REQ_PROMPT_FOR_CREDS is among its requirements and the package has no credentials.
 *
 *   arg               as it was given to opensspi_set_prompt
 *   package, target   UTF-8: which package, and what the context is for ("" where not said)
 *   user, password    out: OPENSSPI_PROMPT_MAX bytes each, UTF-8, NUL-terminated. user is NAME,
 *                     NAME@REALM or DOMAIN\NAME. The library wipes both before the call returns
 *
 * Returns SEC_E_OK; anything else, or an empty user: there is no answer, and the call ends in
 * SEC_E_NO_CREDENTIALS.
 */
typedef SECURITY_STATUS opensspi_prompt_fn(void *arg, const char *package, const char *target,
                                           char *user, char *password);

/*
 * Sets the function that asks; NULL: none, as at the start. Where there is none, the program
 * that OPENSSPI_ASKPASS or `askpass` of the configuration names is run, with the question as its
 * argument and the answer as a line of its output; else the question goes to the terminal.
 *
 * Returns: SEC_E_OK; SEC_E_INSUFFICIENT_MEMORY. May be called from any thread.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY opensspi_set_prompt(opensspi_prompt_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
