/*
 * User to user (RFC 4120 3.7, MS-KILE 3.4.5.1): the acceptor has no key in a keytab. It is
 * somebody who logs on, and the initiator asks it for its ticket-granting ticket first,
 * by KERB-TGT-REQUEST; the KDC then makes a ticket under that one's session key.
 *
 * Neither message is authenticated. The acceptor gives a ticket away, which says who it is
 * and is of no use without its key. The initiator gets something from anybody, so what it
 * is is checked here and whose it is by the KDC, which knows who the target is.
 *
 * CHOICE: whom the request is for is not compared: the acceptor has the one identity, and
 * a client that means another gets no ticket from the KDC.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/user_to_user.h"

#include "packages/kerberos/lsa/login.h"

#include <stdlib.h>

#define GRANTING_SERVICE "krbtgt"
#define TARGET_PARTS KRB_NAME_PARTS_MAX

/* ---- the acceptor ------------------------------------------------------- */

static NTSTATUS
granting_ask(const struct krb_credential *c, struct krb_service_ticket *out)
{
    char error[KRB_TICKETS_ERROR_MAX];
    NTSTATUS st;

    pthread_mutex_lock(&c->logon->lock);
    st = krb_login(c, GRANTING_SERVICE);
    if (NT_SUCCESS(st)) {
        st = krb_tickets_granting(c->logon->tickets, out, error);
        if (!NT_SUCCESS(st))
            krb_login_log(c, GRANTING_SERVICE, "kdc_ticket", st, error);
    }
    pthread_mutex_unlock(&c->logon->lock);
    return st;
}

/* What is refused with a KRB-ERROR names whom it was for. */
static NTSTATUS
request_read(struct krb_accept *a)
{
    struct krb_tgt_request m;
    struct krb_token token;

    if (krb_token_parse(a->leg->token, &token) != 0 || token.id != KRB_TOK_TGT_REQUEST ||
        krb_tgt_request_parse(token.message, &m) != 0)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MSG_TYPE,
                                 "tgt_request_malformed");
    a->framed = token.framed;
    a->frame_is_user = token.user_to_user;
    a->request.ticket.realm = m.realm;
    if (m.has_server)
        a->request.ticket.server = m.server;
    /* Neither role has it with DATAGRAM, as on Windows. */
    if (a->leg->requirements & ASC_REQ_DATAGRAM)
        return krb_accept_refuse(a, SEC_E_UNSUPPORTED_FUNCTION, KRB_AP_ERR_NO_TGT, "datagram");
    if (a->credential->grants)
        return STATUS_SUCCESS;
    a->refusal.remedy = "acquire the server's credential with a SEC_WINNT_AUTH_IDENTITY";
    return krb_accept_refuse(a, SEC_E_NO_CREDENTIALS, KRB_AP_ERR_NO_TGT, "no_granting_ticket");
}

NTSTATUS
krb_tgt_request_answer(struct krb_accept *a, struct crypto_krb_key *key, struct wr *w)
{
    struct wr message = wr_init_heap(KRB_MESSAGE_MAX);
    struct krb_service_ticket own = { .bytes = NULL };
    NTSTATUS st = request_read(a);

    if (NT_SUCCESS(st)) {
        st = granting_ask(a->credential, &own);
        if (NT_SUCCESS(st) &&
            !crypto_krb_key_init(key, own.enctype, view_of(own.key, own.key_size)))
            st = SEC_E_KDC_UNKNOWN_ETYPE;
        if (!NT_SUCCESS(st))
            (void)krb_accept_refuse(a, st, KRB_AP_ERR_NO_TGT, "no_granting_ticket");
    }
    if (NT_SUCCESS(st)) {
        krb_tgt_reply_build(&message, own.der);
        krb_token_build(w, KRB_TOK_TGT_REPLY, a->frame_is_user, wr_written(&message));
        if (message.failed || w->failed)
            st = krb_accept_refuse(a, SEC_E_INTERNAL_ERROR, KRB_AP_ERR_NO_TGT, "ticket_too_long");
    }
    krb_service_ticket_wipe(&own);
    wr_wipe(&message);
    return st;
}

/* ---- the initiator ------------------------------------------------------ */

/* The target's name and realm as the application wrote them; false: it is no name of Kerberos. */
static bool
target_split(const struct krb_initiator *i, struct view parts[TARGET_PARTS],
             struct keyring_name *out)
{
    return keyring_name_split(view_of(i->target, strlen(i->target)), parts, TARGET_PARTS, out);
}

NTSTATUS
krb_tgt_request_make(const struct krb_initiator *i, struct wr *w)
{
    struct wr message = wr_init_heap(KRB_MESSAGE_MAX);
    struct krb_tgt_request m = { .has_server = true };
    struct keyring_name target;

    if (!target_split(i, m.server.parts, &target)) {
        wr_wipe(&message);
        return SEC_E_TARGET_UNKNOWN;
    }
    m.server.type = target.count > 1 ? KRB_NT_SRV_INST : KRB_NT_PRINCIPAL;
    m.server.count = target.count;
    m.realm = target.realm;
    krb_tgt_request_build(&message, &m);
    krb_token_build(w, KRB_TOK_TGT_REQUEST, true, wr_written(&message));
    if (message.failed)
        w->failed = true;
    wr_wipe(&message);
    return wr_end(w, SEC_E_INTERNAL_ERROR);
}

/* A ticket-granting ticket of a realm's own, and of the target's where that has one. */
static const char *
reply_fault(const struct krb_initiator *i, const struct krb_ticket *t)
{
    struct view parts[TARGET_PARTS];
    struct keyring_name target;

    if (t->server.count != 2 || !view_is_equal(t->server.parts[1], t->realm) ||
        !view_is_equal(t->server.parts[0], view_of(GRANTING_SERVICE, strlen(GRANTING_SERVICE))))
        return "no ticket-granting ticket";
    if (!target_split(i, parts, &target) ||
        (target.realm.n > 0 && !view_is_equal(target.realm, t->realm)))
        return "of another realm than the target";
    return NULL;
}

NTSTATUS
krb_tgt_reply_take(struct krb_initiator *i, struct view token)
{
    struct krb_token t;
    struct krb_ticket ticket;
    struct view der;
    const char *fault;

    if (krb_token_parse(token, &t) != 0 || t.id != KRB_TOK_TGT_REPLY ||
        krb_tgt_reply_parse(t.message, &der) != 0 || krb_ticket_parse(der, &ticket) != 0)
        return SEC_E_INVALID_TOKEN;
    fault = reply_fault(i, &ticket);
    if (fault != NULL) {
        krb_log(5, "tgt_reply_refused",
                (const char *const[]){ "package", KRB_PACKAGE, "target", i->target, "reason",
                                       fault, NULL });
        return SEC_E_WRONG_PRINCIPAL;
    }
    free(i->peer);
    i->peer = malloc(der.n);
    i->peer_n = i->peer != NULL ? der.n : 0;
    if (i->peer == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(i->peer, der.p, der.n);
    return STATUS_SUCCESS;
}
