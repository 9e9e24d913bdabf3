/*
 * support.h: what the authority gives the NTLM package (its function table
 * and the host extension of D15), and the package's own table of handles.
 * One authority a process, hence one of these.
 */
#ifndef NTLM_LSA_SUPPORT_H
#define NTLM_LSA_SUPPORT_H

#include "base/handle.h"
#include "base/view.h"
#include "packages/ntlm/wire/spec.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

/* Credentials and contexts of all clients together. */
#define NTLM_OBJECTS_MAX (1u << 20)
/* The name in [package NAME] and in the log. */
#define NTLM_SETTINGS_SECTION "NTLM"

/*
 * Numbers that the package hands out are of these types, so that one of
 * another kind, a stale or an invented one does not resolve.
 */
enum ntlm_handle {
    NTLM_HANDLE_CREDENTIAL = 1,
    NTLM_HANDLE_ACCEPTOR = 2,
    NTLM_HANDLE_INITIATOR = 3,
};
/* The package serves one owner, the authority, which checks its clients itself. */
#define NTLM_HANDLE_OWNER 1u

struct ntlm_support {
    LSA_SECPKG_FUNCTION_TABLE *lsa;
    const struct opensspi_host_clock *clock;
    const struct opensspi_host_random *random;
    const struct opensspi_host_machine *machine;
    const struct opensspi_host_settings *settings;
    const struct opensspi_host_handle *handle;
    const struct opensspi_host_log *log;    /* NULL: nothing is logged */
    const struct opensspi_host_counters *counters;  /* NULL: nothing is counted */
    const struct opensspi_host_call *call;  /* NULL: neither formats nor the peer are known */
    const struct opensspi_host_password *password;  /* NULL: passwords cannot be changed */
    struct handle_table *objects;
    /* Stands in for the hash of a user who does not exist: see logon.c. */
    uint8_t dummy_key[NTLM_KEY_SIZE];
};

/* Before ntlm_support_open() succeeded, and after close, only its zeros may be looked at. */
const struct ntlm_support *ntlm_support(void);

/* OpenSspiPackageInitialize: keeps the interfaces. */
void ntlm_support_offer(const struct opensspi_host *host);
/*
 * SpInitialize. STATUS_NOT_SUPPORTED: the authority has not offered the host
 * extension, without which there is no clock; STATUS_INVALID_PARAMETER: no table.
 */
MUST_CHECK NTSTATUS ntlm_support_open(LSA_SECPKG_FUNCTION_TABLE *lsa);
/* Frees every credential and context. */
void ntlm_support_close(void);

/* A yes or no of the configuration; anything else, or nothing, is the fallback. */
bool ntlm_setting_is_on(const char *key, bool fallback);
/* pairs: key, value, ..., NULL. Level as syslog's. */
void ntlm_log(int level, const char *event, const char *const *pairs);
#define NTLM_PEER_MAX 64
/* The client's address as the server gave it, for the log. False: it did not. */
bool ntlm_peer_address(char out[NTLM_PEER_MAX]);

/* Adds one to a counter of `sspi status`; two: whose name is in two parts. */
void ntlm_count(const char *name);
void ntlm_count_two(const char *kind, const char *name);

/* UTF-16LE of a UNICODE_STRING, which may be NULL. */
static inline struct view
ntlm_string_view(const UNICODE_STRING *s)
{
    return s != NULL && s->Buffer != NULL ? view_of(s->Buffer, s->Length) : view_of(NULL, 0);
}

#endif
