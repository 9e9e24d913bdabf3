/*
 * support.h: what the authority gives the Kerberos package (its function
 * table and the host extension of D15), what the package keeps for all of its
 * clients, and its settings. One authority a process, hence one of these.
 */
#ifndef KRB_LSA_SUPPORT_H
#define KRB_LSA_SUPPORT_H

#include "base/filetime.h"
#include "base/handle.h"
#include "base/view.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

/* The name in [package NAME] and in the log. */
#define KRB_PACKAGE "Kerberos"
/* Credentials and contexts of all clients together. */
#define KRB_OBJECTS_MAX (1u << 20)

struct keystore;
struct krb_localnames;
struct krb_logons;
struct krb_outages;
struct replay;

/*
 * Numbers that the package hands out are of these types, so that one of
 * another kind, a stale or an invented one does not resolve.
 */
enum krb_handle {
    KRB_HANDLE_CREDENTIAL = 1,
    KRB_HANDLE_ACCEPTOR = 2,
    KRB_HANDLE_INITIATOR = 3,
};
/* The package serves one owner, the authority, which checks its clients itself. */
#define KRB_HANDLE_OWNER 1u

struct krb_support {
    LSA_SECPKG_FUNCTION_TABLE *lsa;
    ULONG package_id;
    const struct opensspi_host_clock *clock;
    const struct opensspi_host_random *random;
    const struct opensspi_host_machine *machine;
    const struct opensspi_host_settings *settings;
    const struct opensspi_host_handle *handle;
    const struct opensspi_host_call *call;
    const struct opensspi_host_client *client;      /* NULL: the authority cannot ask clients */
    const struct opensspi_host_log *log;    /* NULL: nothing is logged */
    struct handle_table *objects;
    struct keystore *keys;
    struct krb_logons *logons;
    struct krb_localnames *localnames;
    struct krb_outages *outages;
};

/* Before krb_support_open() succeeded, and after close, only its zeros may be looked at. */
const struct krb_support *krb_support(void);

/* OpenSspiPackageInitialize: keeps the interfaces. */
void krb_support_offer(const struct opensspi_host *host);
/*
 * SpInitialize. STATUS_NOT_SUPPORTED: the authority has not offered the host
 * extension, without which there is no clock; STATUS_INVALID_PARAMETER: no table.
 */
MUST_CHECK NTSTATUS krb_support_open(ULONG package_id, LSA_SECPKG_FUNCTION_TABLE *lsa);
/* Frees every credential and context. */
void krb_support_close(void);

/* Settings of [package Kerberos], or of the caller's service where it has its own. */
bool krb_setting_is_on(const char *key, bool fallback);
uint32_t krb_setting_number(const char *key, uint32_t fallback);
/* False: not set. */
bool krb_setting_text(const char *key, char *out, size_t room);
/* The replay cache; NULL: it cannot be opened, so nothing may be accepted. */
struct replay *krb_replay_cache(void);
/* Seconds by which clocks may differ. */
uint32_t krb_skew(void);
/* Seconds since 1970. */
int64_t krb_now(void);
/* The same and what is left of the second, as messages say it (RFC 4120 5.2.4). */
int64_t krb_now_exactly(uint32_t *microseconds);

/* pairs: key, value, ..., NULL. Level as syslog's. */
void krb_log(int level, const char *event, const char *const *pairs);

struct krb_number {
    char text[24];
};
/* A number as the log wants it; lives to the end of the full expression. */
struct krb_number krb_number(uint64_t n);

/* UTF-16LE of a UNICODE_STRING, which may be NULL. */
static inline struct view
krb_string_view(const UNICODE_STRING *s)
{
    return s != NULL && s->Buffer != NULL ? view_of(s->Buffer, s->Length) : view_of(NULL, 0);
}

#endif
