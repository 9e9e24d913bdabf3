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

/*
 * A class of GetTokenInformation: who the client is on this machine.
 *
 *   uid, gid    OPENSSPI_NO_ID: nobody; never 0
 *   gid_count, gids
 *               his other groups
 *   user, home  name and home folder, UTF-8, NUL-terminated; "" where there is none
 *
 * What the pointers show to lies in the caller's buffer.
 */
#define OPENSSPI_TOKEN_LINUX ((TOKEN_INFORMATION_CLASS)0x4c58)
#define OPENSSPI_NO_ID 0xffffffffu
typedef struct opensspi_token_linux {
    uint32_t uid;
    uint32_t gid;
    uint32_t gid_count;
    const uint32_t *gids;
    const char *user;
    const char *home;
} opensspi_token_linux;

/*
 * An attribute of QueryContextAttributes: the PAC in the client's ticket, as it is there (MS-PAC
 * 2). Of an acceptor's context of Kerberos, alone or in Negotiate, of a service that may have
 * tokens. Its server signature is verified and it is the client's; it is not filtered: SIDs of
 * domains that the client's realm does not own, which the token leaves out, are in it. What else is
 * in a ticket's AuthorizationData (RFC 4120 5.2.6) is not handed out, as the client may have put it
 * there.
 *
 *   data    FreeContextBuffer
 *   length  of it in bytes, at most 64 KiB
 *
 * SEC_E_UNSUPPORTED_FUNCTION: the ticket has none, the service may have no tokens (`may = token`),
 * or the context is another's.
 */
#define OPENSSPI_ATTR_PAC 0x4c580001u
typedef struct opensspi_pac {
    unsigned char *data;
    uint32_t length;
} opensspi_pac;

/*
 * A token as a file descriptor, to be passed to another process (SCM_RIGHTS, or inherited).
 *
 *   token  from QuerySecurityContextToken and its like; stays the caller's
 *   fd     out: a sealed memfd, close-on-exec: close()
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_HANDLE; SEC_E_INVALID_PARAMETER;
 * SEC_E_INSUFFICIENT_MEMORY. May be called from any thread.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY opensspi_token_to_fd(HANDLE token, int *fd);
/*
 * And back, in the other process. Only what a process of root, or of the caller's own effective
 * uid, made and sealed is taken: whoever may make the descriptor may say who the client is.
 *
 *   fd     stays the caller's
 *   token  out: CloseHandle
 *
 * Returns: SEC_E_OK; SEC_E_INVALID_TOKEN: not such a descriptor; SEC_E_NOT_OWNER: somebody
 * else made it; SEC_E_INVALID_PARAMETER; SEC_E_INSUFFICIENT_MEMORY.
 */
OPENSSPI_API SECURITY_STATUS SEC_ENTRY opensspi_token_from_fd(int fd, HANDLE *token);

#ifdef __cplusplus
}
#endif

#endif
