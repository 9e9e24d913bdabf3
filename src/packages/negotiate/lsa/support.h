/*
 * support.h: what the authority gives the Negotiate package (its function
 * table and the host extension of D15), and the package's own table of
 * handles. One authority a process, hence one of these.
 */
#ifndef NEGO_LSA_SUPPORT_H
#define NEGO_LSA_SUPPORT_H

#include "base/handle.h"
#include "base/view.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

/* The name in [package NAME] and in the log. */
#define NEGO_PACKAGE "Negotiate"
/* Credentials and contexts of all clients together. */
#define NEGO_OBJECTS_MAX (1u << 20)

/* A number of another kind, a stale or an invented one does not resolve. */
enum nego_handle {
    NEGO_HANDLE_CREDENTIAL = 1,
    NEGO_HANDLE_ACCEPTOR = 2,
    NEGO_HANDLE_INITIATOR = 3,
};
/* The package serves one owner, the authority, which checks its clients itself. */
#define NEGO_HANDLE_OWNER 1u

struct nego_support {
    LSA_SECPKG_FUNCTION_TABLE *lsa;
    const struct opensspi_host_packages *packages;
    const struct opensspi_host_settings *settings;
    const struct opensspi_host_log *log;            /* NULL: nothing is logged */
    const struct opensspi_host_counters *counters;  /* NULL: nothing is counted */
    const struct opensspi_host_call *call;          /* NULL: peers have no address */
    const struct opensspi_host_client *client;      /* NULL: nobody is asked */
    struct handle_table *objects;
};

/* Before nego_support_open() succeeded, and after close, only its zeros may be looked at. */
const struct nego_support *nego_support(void);

/* OpenSspiPackageInitialize: keeps the interfaces. */
void nego_support_offer(const struct opensspi_host *host);
/*
 * SpInitialize. STATUS_NOT_SUPPORTED: the authority does not offer the host extension, without
 * which no other package can be reached; STATUS_INVALID_PARAMETER: no table.
 */
MUST_CHECK NTSTATUS nego_support_open(LSA_SECPKG_FUNCTION_TABLE *lsa);
/* Frees every credential and context. */
void nego_support_close(void);

/* Whether a package's own token may come without SPNEGO around it. */
bool nego_raw_is_allowed(void);
/* Whether the application is being asked for credentials: the call will be made again (D11). */
bool nego_client_is_asked(void);
/* pairs: key, value, ..., NULL. Level as syslog's. */
void nego_log(int level, const char *event, const char *const *pairs);
/* One more of these, for `sspi status`. */
void nego_count(const char *counter);

struct nego_text {
    char text[64];
};
/* A status and a package's name as the log wants them; live to the end of the full expression. */
struct nego_text nego_status_text(NTSTATUS st);
struct nego_text nego_name_text(const SecPkgInfoW *info);
/* The peer's address as the application gave it; "-": it did not. */
struct nego_text nego_peer_text(void);

#endif
