/*
 * Logging on: a ticket-granting ticket for the identity of a credential, got once,
 * renewed when it is half over, got again when it ends. Initiators ask for services'
 * tickets with it; an acceptor in user to user gives it away, and keeps its key.
 *
 * Runs in the authority's slow pool, under the lock of the logon (logon.h).
 */
#include "packages/kerberos/lsa/login.h"

#include "packages/kerberos/krb5/tickets.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH_ROOM 4096
/*
 * CHOICE: for how long a secret is not tried again that the KDC refused. A server in user to user
 * logs on whenever a stranger comes, and KDCs lock accounts by how often a wrong password came
 * within some minutes. A keytab's file may be put right meanwhile.
 */
#define REFUSED_PASSWORD_MS (10 * 60 * 1000)
#define REFUSED_KEYTAB_MS (60 * 1000)
#define AGAIN_S 5               /* a ticket-granting ticket that ends sooner is not used */

/* What lsad's sandbox leaves (network=no) is not to be seen in libkrb5's words: asked of it. */
static bool
network_is_refused(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno == EPERM || errno == ENOSYS;
    close(fd);
    return false;
}

/* NULL: libkrb5's words have to do. */
static const char *
login_remedy(NTSTATUS st)
{
    if (st == STATUS_WRONG_PASSWORD)
        return "the password, or the keytab's key, is another than the KDC's";
    if (st != SEC_E_NO_AUTHENTICATING_AUTHORITY)
        return NULL;
    if (network_is_refused())
        return "the sandbox has no network: a section [package Kerberos], empty or not, and a "
               "restart give it one";
    return "is the realm spelt as its KDC does, does krb5.conf (krb5_config) or the DNS say where "
           "that is, and does it run?";
}

void
krb_login_log(const struct krb_credential *c, const char *target, const char *event,
              NTSTATUS st, const char *error)
{
    const char *remedy = login_remedy(st);

    krb_log(5, event,
            (const char *const[]){ "package", KRB_PACKAGE, "user", c->user, "realm", c->domain,
                                   "target", target, "reason", error,
                                   remedy != NULL ? "remedy" : NULL, remedy, NULL });
}

static bool
login_is_barred(const struct krb_logon *l)
{
    return krb_support()->clock->boot_ms() < atomic_load(&l->refused_until);
}

static void
login_bar(const struct krb_credential *c)
{
    int64_t rest = c->keytab[0] != '\0' ? REFUSED_KEYTAB_MS : REFUSED_PASSWORD_MS;

    atomic_store(&c->logon->refused_until, krb_support()->clock->boot_ms() + rest);
}

/* A new ticket-granting ticket, by what the credential has. */
static NTSTATUS
login_new(const struct krb_credential *c, const char *target)
{
    char error[KRB_TICKETS_ERROR_MAX], config[PATH_ROOM];
    struct krb_login in = {
        .config = krb_setting_text("krb5_config", config, sizeof(config)) ? config : NULL,
        .outages = krb_support()->outages,
        .user = view_of(c->user, c->user_n),
        .realm = view_of(c->domain, c->domain_n),
        .password = view_of(c->password, c->password_n),
        .keytab = c->keytab[0] != '\0' ? c->keytab : NULL,
        .delegated = view_of(c->delegated, c->delegated_n),
    };
    struct krb_tickets *tickets;
    NTSTATUS st;

    if (login_is_barred(c->logon)) {
        krb_login_log(c, target, "kdc_logon", SEC_E_LOGON_DENIED,
                      "the KDC refused this secret a moment ago, and is not asked again yet");
        return SEC_E_LOGON_DENIED;
    }
    st = krb_tickets_login(&in, &tickets, error);
    if (!NT_SUCCESS(st)) {
        krb_login_log(c, target, "kdc_logon", st, error);
        if (st != STATUS_WRONG_PASSWORD)
            return st;
        login_bar(c);
        return SEC_E_LOGON_DENIED;
    }
    krb_tickets_free(c->logon->tickets);
    c->logon->tickets = tickets;
    return STATUS_SUCCESS;
}

/*
 * A ticket that is half over is renewed where it can be, as a delegated one cannot be got
 * again; one that nobody uses is let end (CHOICE).
 */
NTSTATUS
krb_login(const struct krb_credential *c, const char *target)
{
    struct krb_logon *l = c->logon;
    char error[KRB_TICKETS_ERROR_MAX];
    NTSTATUS st;

    if (atomic_load(&l->ended))
        return SEC_E_NO_CREDENTIALS;
    if (l->tickets != NULL && krb_tickets_renew_is_due(l->tickets, krb_now()) &&
        !NT_SUCCESS(st = krb_tickets_renew(l->tickets, krb_now(), error)))
        krb_login_log(c, target, "kdc_renewal", st, error);
    if (l->tickets != NULL && krb_tickets_end(l->tickets) > krb_now() + AGAIN_S)
        return STATUS_SUCCESS;
    return login_new(c, target);
}
