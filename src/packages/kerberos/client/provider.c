/*
 * kerberos-client.so: tickets out of the calling user's default credential cache (D11), for
 * an authority that asks for one. opensspi_host.h has the contract.
 *
 * Runs in the application, as its user, with his environment and his krb5.conf: what kinit
 * and klist see is what is used. It gives away a service's ticket and that ticket's
 * session key, and a forwarded ticket-granting ticket, sealed for the service, where
 * delegation was asked for and the KDC trusts the service with it; the ticket-granting
 * ticket itself stays here. The cache is only read.
 */
#include "packages/kerberos/krb5/tickets.h"

#include "base/secret.h"
#include "packages/kerberos/wire/wire.h"

#include "opensspi_host.h"
#include "winerror.h"

#include <stdio.h>

OPENSSPI_API OpenSspiClientProvideFn OpenSspiClientProvide;

/* Of one call. */
struct provision {
    struct krb_tickets *tickets;
    struct krb_service_ticket ticket;
    uint8_t *delegated;         /* NULL: nothing is */
    size_t delegated_n;
    struct view target;
    char error[KRB_TICKETS_ERROR_MAX];
};

/* Delegation that is not to be had is no failure (MS-KILE 3.2.5.2). */
static void
provision_delegate(struct provision *p)
{
    if ((p->ticket.flags & KRB_TICKET_OK_AS_DELEGATE) == 0)
        return;
    if (krb_tickets_forward(p->tickets, &p->ticket, p->target, &p->delegated, &p->delegated_n,
                            p->error) != 0) {
        p->delegated = NULL;
        p->delegated_n = 0;
    }
}

static NTSTATUS
provision_get(struct provision *p, uint32_t flags)
{
    const struct krb_ticket_request in = { .target = p->target };
    NTSTATUS st = krb_tickets_default(&p->tickets, p->error);

    if (NT_SUCCESS(st))
        st = krb_tickets_get(p->tickets, &in, &p->ticket, p->error);
    if (NT_SUCCESS(st) && (flags & KRB_NEED_DELEGATE) != 0)
        provision_delegate(p);
    /* No ticket was sent by anybody yet: what has expired is the cache. */
    return st == SEC_E_CONTEXT_EXPIRED ? SEC_E_NO_CREDENTIALS : st;
}

static NTSTATUS
provision_put(const struct provision *p, struct opensspi_client_answer *answer)
{
    const struct krb_service_ticket *t = &p->ticket;
    struct wr w = wr_init(answer->bytes, answer->room);
    struct krb_client_answer m = {
        .target = p->target,
        .ticket = t->der,
        .delegated = view_of(p->delegated, p->delegated_n),
        .info = {
            .key = { t->enctype, view_of(t->key, t->key_size) },
            .client_realm = t->client_realm,
            .has_client = true,
            .client = { .type = t->client_type, .count = t->client_count },
            .has_flags = true,
            .flags = t->flags,
            .has_end_time = true,
            .end_time = t->end,
        },
    };

    for (unsigned i = 0; i < t->client_count; i++)
        m.info.client.parts[i] = t->client[i];
    krb_client_answer_build(&w, &m);
    answer->used = (uint32_t)wr_written(&w).n;
    return wr_end(&w, SEC_E_INSUFFICIENT_MEMORY);
}

static void
provision_wipe(struct provision *p)
{
    krb_service_ticket_wipe(&p->ticket);
    krb_tickets_free(p->tickets);
    if (p->delegated != NULL)
        secret_wipe_free(p->delegated, p->delegated_n);
}

static void
failure_put(const struct provision *p, NTSTATUS st, struct opensspi_client_answer *answer)
{
    snprintf(answer->reason, sizeof(answer->reason), "%s", p->error);
    snprintf(answer->remedy, sizeof(answer->remedy), "%s",
             st == SEC_E_NO_CREDENTIALS
                 ? "kinit gets a ticket; klist, with the same KRB5CCNAME, shows what is there"
                 : "kvno TARGET asks the KDC for the same ticket");
}

NTSTATUS
OpenSspiClientProvide(const struct opensspi_client_need *need,
                      struct opensspi_client_answer *answer)
{
    struct provision p = { .tickets = NULL };
    NTSTATUS st;

    if (need->size < sizeof(*need) || answer->size < sizeof(*answer) ||
        need->kind != KRB_NEED_TICKET)
        return STATUS_NOT_SUPPORTED;
    p.target = view_of(need->target, strlen(need->target));
    st = provision_get(&p, need->flags);
    if (NT_SUCCESS(st))
        st = provision_put(&p, answer);
    if (!NT_SUCCESS(st))
        failure_put(&p, st, answer);
    provision_wipe(&p);
    return st;
}
