/*
 * tickets.h: tickets of a logon session, got from a KDC by MIT's libkrb5. The
 * only folder that includes its headers: everything here is plain bytes.
 *
 * All functions may wait for the network (D6): the slow pool's calls only.
 * Thread-safe.
 */
#ifndef KRB_KRB5_TICKETS_H
#define KRB_KRB5_TICKETS_H

#include "base/view.h"

struct krb_outages;
struct krb_tickets;

#define KRB_TICKETS_ERROR_MAX 256

/* Who logs on. Texts are UTF-8. */
struct krb_login {
    const char *config;         /* krb5.conf; NULL: libkrb5's own choice */
    struct krb_outages *outages;        /* outage.h, for as long as the tickets; NULL: none */
    struct view user;           /* user, or user@REALM */
    struct view realm;          /* empty: of user, or the default */
    struct view password;       /* secret */
    const char *keytab;         /* instead of a password; NULL: none */
    struct view delegated;      /* instead of asking: KRB-CRED in the clear, which is trusted */
};

/*
 * Asks for a ticket-granting ticket, into memory only. The secrets of the login are not kept. A
 * SECURITY_STATUS, or STATUS_WRONG_PASSWORD: the KDC knows another secret. error gets libkrb5's
 * words for the log. *out is freed by krb_tickets_free().
 */
MUST_CHECK status_t krb_tickets_login(const struct krb_login *in, struct krb_tickets **out,
                                      char error[KRB_TICKETS_ERROR_MAX]);
/*
 * The same of the calling user's default credential cache, by his own configuration. It is
 * read into memory, so nothing that follows writes to it. SEC_E_NO_CREDENTIALS: there is none
 * that can be read.
 */
MUST_CHECK status_t krb_tickets_default(struct krb_tickets **out,
                                        char error[KRB_TICKETS_ERROR_MAX]);
void krb_tickets_free(struct krb_tickets *t);

/* "alice@EXAMPLE.COM", as the KDC called him; lives as long as t. */
const char *krb_tickets_client(const struct krb_tickets *t);
/* Seconds since 1970: when the ticket-granting ticket ends. */
int64_t krb_tickets_end(const struct krb_tickets *t);
/* Half of its time is over, and the KDC gives it some more. */
bool krb_tickets_renew_is_due(const struct krb_tickets *t, int64_t now);
/* Instead of the old one, whose services' tickets go with it. What fails leaves all as it was. */
MUST_CHECK status_t krb_tickets_renew(struct krb_tickets *t, int64_t now,
                                      char error[KRB_TICKETS_ERROR_MAX]);

#define KRB_TICKET_COMPONENTS_MAX 8
#define KRB_TICKET_KEY_MAX 64

/* A ticket for one service, and its secret. The views are into bytes. */
struct krb_service_ticket {
    uint8_t *bytes;
    size_t size;
    struct view der;                    /* Ticket (RFC 4120 5.3) */
    struct view client_realm;
    struct view client[KRB_TICKET_COMPONENTS_MAX];
    unsigned client_count;
    int32_t client_type;
    int32_t enctype;                    /* of the session key */
    uint8_t key[KRB_TICKET_KEY_MAX];
    size_t key_size;
    uint32_t flags;                     /* TicketFlags, the first bit highest */
    int64_t end;                        /* seconds since 1970 */
};

/* What ticket is asked for. */
struct krb_ticket_request {
    struct view target;                 /* UTF-8: HTTP/host, HTTP/host@REALM, user@REALM */
    struct view user_to_user;           /* the peer's ticket-granting ticket, DER; empty: none */
};

/* Cached with the session. Wipe the ticket by krb_service_ticket_wipe() in any case. */
MUST_CHECK status_t krb_tickets_get(struct krb_tickets *t, const struct krb_ticket_request *in,
                                    struct krb_service_ticket *out,
                                    char error[KRB_TICKETS_ERROR_MAX]);
/* The ticket-granting ticket itself, of the client's own realm: for an acceptor in user to user. */
MUST_CHECK status_t krb_tickets_granting(struct krb_tickets *t, struct krb_service_ticket *out,
                                         char error[KRB_TICKETS_ERROR_MAX]);
void krb_service_ticket_wipe(struct krb_service_ticket *t);

/*
 * A KRB-CRED with a forwarded ticket-granting ticket for the service of `to`, sealed under its
 * session key (RFC 4121 4.1.1), on the heap: secret_wipe_free().
 */
MUST_CHECK status_t krb_tickets_forward(struct krb_tickets *t, const struct krb_service_ticket *to,
                                        struct view target, uint8_t **out, size_t *size,
                                        char error[KRB_TICKETS_ERROR_MAX]);

#endif
