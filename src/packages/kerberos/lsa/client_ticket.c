/*
 * The calling user's own ticket. His credential cache is in his home or his keyring,
 * where the authority cannot look and need not: the package says what it needs,
 * kerberos-client.so in his process gets a ticket for that one service, and the call
 * is made again with it (D11).
 *
 * Runs in the authority. The answer is the application's word. It may be about anybody,
 * as may an AP-REQ that the application wrote itself: the service judges the ticket. So
 * what is checked here is the form, the size and the target, and it is used for this
 * caller's context and nothing else.
 */
#include "packages/kerberos/lsa/client_ticket.h"

#include "base/secret.h"

#include <stdlib.h>

static NTSTATUS
ticket_ask(const struct krb_initiator *i, PUNICODE_STRING target)
{
    uint32_t flags = i->gss & KRB_GSS_DELEG ? KRB_NEED_DELEGATE : 0;

    (void)krb_support()->client->need(KRB_NEED_TICKET, target, flags);
    return SEC_E_NO_CREDENTIALS;
}

static struct view
block_put(struct krb_service_ticket *t, struct view v)
{
    uint8_t *at = t->bytes + t->size;

    if (v.n > 0)
        memcpy(at, v.p, v.n);
    t->size += v.n;
    return view_of(at, v.n);
}

/* The answer ends with the call, the ticket with the context. */
static NTSTATUS
ticket_copy(const struct krb_client_answer *a, struct krb_service_ticket *t)
{
    const struct krb_cred_info *info = &a->info;
    size_t size = a->ticket.n + info->client_realm.n;

    for (size_t k = 0; k < info->client.count; k++)
        size += info->client.parts[k].n;
    t->bytes = malloc(size);
    if (t->bytes == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    t->der = block_put(t, a->ticket);
    t->client_realm = block_put(t, info->client_realm);
    for (size_t k = 0; k < info->client.count; k++)
        t->client[k] = block_put(t, info->client.parts[k]);
    t->client_count = (unsigned)info->client.count;
    t->client_type = info->client.type;
    t->enctype = info->key.etype;
    t->key_size = info->key.bytes.n;
    memcpy(t->key, info->key.bytes.p, t->key_size);
    t->flags = info->flags;
    t->end = info->end_time;
    return STATUS_SUCCESS;
}

static bool
client_name_put(struct krb_initiator *i, const struct krb_cred_info *info)
{
    struct wr w = wr_init(i->client, sizeof(i->client) - 1);

    krb_name_text_build(&w, &info->client, info->client_realm);
    if (w.failed)
        return false;
    i->client[w.len] = '\0';
    return true;
}

/* As the initiator's own forward(): the KDC's word, in the ticket's flags, decides. */
static NTSTATUS
delegated_take(struct krb_initiator *i, const struct krb_client_answer *a)
{
    if ((i->gss & KRB_GSS_DELEG) == 0)
        return STATUS_SUCCESS;
    if (a->delegated.n == 0 || (i->ticket.flags & KRB_TICKET_OK_AS_DELEGATE) == 0) {
        i->gss &= ~(uint32_t)KRB_GSS_DELEG;
        return STATUS_SUCCESS;
    }
    i->delegated = malloc(a->delegated.n);
    if (i->delegated == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(i->delegated, a->delegated.p, a->delegated.n);
    i->delegated_n = a->delegated.n;
    return STATUS_SUCCESS;
}

static NTSTATUS
answer_take(struct krb_initiator *i, struct view bytes)
{
    struct krb_client_answer a;
    NTSTATUS st;

    if (bytes.n > KRB_CLIENT_ANSWER_MAX || krb_client_answer_parse(bytes, &a) != 0 ||
        !view_is_equal(a.target, view_of(i->target, strlen(i->target))) ||
        a.info.key.bytes.n > sizeof(i->ticket.key) || a.info.key.bytes.n == 0 ||
        !client_name_put(i, &a.info))
        return SEC_E_INVALID_TOKEN;
    if (a.info.end_time <= krb_now())
        return SEC_E_NO_CREDENTIALS;
    st = ticket_copy(&a, &i->ticket);
    if (NT_SUCCESS(st))
        st = krb_initiator_use_ticket(i);
    return NT_SUCCESS(st) ? delegated_take(i, &a) : st;
}

NTSTATUS
krb_client_ticket_take(struct krb_initiator *i, PUNICODE_STRING target)
{
    const struct opensspi_host_client *client = krb_support()->client;
    const void *bytes = NULL;
    uint32_t n = 0;
    NTSTATUS st;

    if (client == NULL)
        return SEC_E_NO_CREDENTIALS;
    st = client->answer(&bytes, &n);
    if (!NT_SUCCESS(st) || n == 0)
        return ticket_ask(i, target);
    st = answer_take(i, view_of(bytes, n));
    if (!NT_SUCCESS(st))
        krb_log(4, "client_ticket_refused",
                (const char *const[]){ "package", KRB_PACKAGE, "target", i->target, "reason",
                                       st == SEC_E_NO_CREDENTIALS
                                           ? "the ticket has expired"
                                           : "what the application sent is no ticket for this",
                                       NULL });
    return st;
}
