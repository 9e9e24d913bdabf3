/*
 * Delegated credentials (RFC 4121 4.1.1, MS-KILE 3.4.5): a client that trusts the server
 * sends it a forwarded ticket-granting ticket, in a KRB-CRED inside the authenticator's
 * checksum. It is kept in the client's logon session, in the authority only: the application
 * can use it, while a thread of its acts for that client, and never gets to see it.
 *
 * CHOICE: what comes is kept where the application asks for it (ASC_REQ_DELEGATE) and its
 * service may (`may = delegate`, D1); otherwise it is not even opened, and DELEGATE
 * does not come back.
 *
 * Runs in the authority. The KRB-CRED is a stranger's, who has proved only that he has the
 * ticket's session key.
 */
#include "packages/kerberos/lsa/delegation.h"

#include "base/secret.h"

#include <stdlib.h>

/* Of the credential in the session (LSA_ADD_CREDENTIAL). */
static char delegated_key[] = "delegated";

static LSA_STRING
key_string(void)
{
    return (LSA_STRING){ sizeof(delegated_key) - 1, sizeof(delegated_key), delegated_key };
}

static void
drop_log(const char *reason)
{
    krb_log(5, "delegation_dropped",
            (const char *const[]){ "package", KRB_PACKAGE, "reason", reason, NULL });
}

static bool
is_wanted(const struct krb_accept *a)
{
    if ((a->gss.flags & KRB_GSS_DELEG) == 0 || a->gss.delegated.n == 0 ||
        (a->leg->requirements & ASC_REQ_DELEGATE) == 0 || (a->out->gss & KRB_GSS_IDENTIFY))
        return false;
    if (krb_support()->call->may_delegate())
        return true;
    drop_log("the service's may has no delegate");
    return false;
}

/*
 * The session key is the one to use; MIT's of old took the subkey, and some sent it in the
 * clear (RFC 6448), which here is inside the sealed authenticator.
 */
static bool
cred_open(const struct krb_accept *a, const struct krb_cred *cred, uint8_t *room,
          struct view *plain)
{
    const struct crypto_krb_key *keys[] = { &a->out->session, &a->out->initiator };
    struct crypto_krb_cipher cipher;
    bool opened = false;

    *plain = cred->sealed.cipher;
    if (cred->sealed.etype == 0)
        return true;
    for (size_t i = 0; !opened && i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i]->type->number != cred->sealed.etype)
            continue;
        crypto_krb_open_init(&cipher, keys[i], KRB_USAGE_CRED);
        opened = crypto_krb_open(&cipher, cred->sealed.cipher, room, plain);
        secret_wipe(&cipher, sizeof(cipher));
    }
    return opened;
}

static bool
is_ticket_granting(const struct krb_cred_info *info)
{
    static const char name[] = "krbtgt";

    return info->has_server && info->server.count == 2 &&
           view_is_equal(info->server.parts[0], view_of(name, sizeof(name) - 1)) &&
           info->server_realm.n > 0;
}

/* The client's own, and one that can be used. */
static const char *
info_judge(const struct krb_accept *a, const struct krb_cred_info *info)
{
    struct crypto_krb_key key;
    bool known = crypto_krb_key_init(&key, info->key.etype, info->key.bytes);

    secret_wipe(&key, sizeof(key));
    if (!info->has_client || !krb_name_is_equal(&info->client, &a->ticket.client) ||
        !view_is_equal(info->client_realm, a->ticket.client_realm))
        return "delegated_of_another";
    if (!info->has_flags || !info->has_end_time || !known)
        return "delegated_malformed";
    if (info->key.etype == KRB_ENCTYPE_RC4 && !krb_setting_is_on("allow_rc4", false))
        return "rc4_hmac_refused";
    return info->end_time <= a->now ? "delegated_expired" : NULL;
}

/* The one ticket, written anew in the clear: what libkrb5 reads when it is used. */
static bool
cred_keep(struct krb_accepted *out, struct view ticket, struct krb_cred_info info)
{
    struct wr plain = wr_init_heap(KRB_MESSAGE_MAX), whole = wr_init_heap(KRB_MESSAGE_MAX);
    struct krb_enc_cred_part part = { .count = 1 };
    struct krb_cred cred = { .count = 1, .tickets = { ticket } };

    info.addresses = view_of(NULL, 0);
    part.info[0] = info;
    krb_enc_cred_part_build(&plain, &part);
    cred.sealed.cipher = wr_written(&plain);
    krb_cred_build(&whole, &cred);
    if (!plain.failed && !whole.failed) {
        out->delegated_n = wr_written(&whole).n;
        out->delegated = secret_new(out->delegated_n);
    }
    if (out->delegated != NULL)
        memcpy(out->delegated, wr_written(&whole).p, out->delegated_n);
    wr_wipe(&whole);
    wr_wipe(&plain);
    return out->delegated != NULL;
}

static NTSTATUS
part_take(struct krb_accept *a, const struct krb_cred *cred, struct view plain)
{
    struct krb_enc_cred_part part;
    const char *reason = "delegated_malformed";
    size_t i = 0;

    if (krb_enc_cred_part_parse(plain, &part) == 0 && part.count == cred->count) {
        while (i < part.count && !is_ticket_granting(&part.info[i]))
            i++;
        if (i < part.count)
            reason = info_judge(a, &part.info[i]);
    }
    if (reason == NULL && !cred_keep(a->out, cred->tickets[i], part.info[i]))
        reason = "no_memory";
    secret_wipe(&part, sizeof(part));
    return reason == NULL
               ? STATUS_SUCCESS
               : krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED, reason);
}

NTSTATUS
krb_delegation_open(struct krb_accept *a)
{
    struct krb_cred cred;
    struct view plain;
    uint8_t *room;
    NTSTATUS st;

    if (!is_wanted(a))
        return STATUS_SUCCESS;
    if (krb_cred_parse(a->gss.delegated, &cred) != 0)
        return krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED,
                                 "delegated_malformed");
    room = malloc(cred.sealed.cipher.n + 1);
    if (room == NULL)
        return krb_accept_refuse(a, SEC_E_INSUFFICIENT_MEMORY, KRB_ERR_GENERIC, "no_memory");
    st = cred_open(a, &cred, room, &plain)
             ? part_take(a, &cred, plain)
             : krb_accept_refuse(a, SEC_E_INVALID_TOKEN, KRB_AP_ERR_MODIFIED,
                                 "delegated_not_authentic");
    secret_wipe_free(room, cred.sealed.cipher.n + 1);
    if (NT_SUCCESS(st))
        a->out->gss |= KRB_GSS_DELEG;
    return st;
}

void
krb_delegation_keep(struct krb_accept *a)
{
    const struct krb_support *s = krb_support();
    struct krb_accepted *out = a->out;
    LSA_STRING key = key_string(), secret;
    NTSTATUS st = STATUS_NO_SUCH_LOGON_SESSION;

    if ((out->gss & KRB_GSS_DELEG) == 0)
        return;
    secret = (LSA_STRING){ (USHORT)out->delegated_n, (USHORT)out->delegated_n,
                           (PCHAR)out->delegated };
    if (out->delegated_n <= UINT16_MAX && out->identity.token != NULL)
        st = s->lsa->AddCredential(&out->identity.logon_id, s->package_id, &key, &secret);
    if (NT_SUCCESS(st))
        return;
    /* Without a session there is nobody to impersonate, nor anything that ends. */
    drop_log(out->identity.token == NULL ? "the client has no account here, hence no session"
                                         : "it does not fit into the logon session");
    out->gss &= ~(uint32_t)KRB_GSS_DELEG;
}

/* ---- use ----------------------------------------------------------------- */

/* Our own writing, read back. */
static bool
name_read(struct krb_credential *c)
{
    struct wr w = wr_init(c->user, sizeof(c->user) - 1);
    struct krb_enc_cred_part part;
    struct krb_cred cred;
    bool read = krb_cred_parse(view_of(c->delegated, c->delegated_n), &cred) == 0 &&
                krb_enc_cred_part_parse(cred.sealed.cipher, &part) == 0 && part.count == 1;

    if (read)
        krb_name_text_build(&w, &part.info[0].client, part.info[0].client_realm);
    secret_wipe(&part, sizeof(part));
    if (!read || w.failed)
        return false;
    c->user_n = w.len;
    return true;
}

static bool
credential_put(struct krb_credential *c, const LSA_STRING *secret)
{
    c->delegated = secret_new(secret->Length);
    if (c->delegated == NULL)
        return false;
    c->delegated_n = secret->Length;
    memcpy(c->delegated, secret->Buffer, secret->Length);
    return name_read(c);
}

NTSTATUS
krb_delegation_take(struct krb_credential *c, LUID session)
{
    const struct krb_support *s = krb_support();
    LSA_STRING key = key_string(), secret = { 0 };
    ULONG query = 0, length = key.Length;
    bool taken;

    if (!s->call->may_delegate() ||
        !NT_SUCCESS(s->lsa->GetCredentials(&session, s->package_id, &query, FALSE, &key, &length,
                                           &secret)))
        return SEC_E_NO_CREDENTIALS;
    taken = credential_put(c, &secret);
    secret_wipe(secret.Buffer, secret.Length);
    s->lsa->FreeLsaHeap(secret.Buffer);
    if (!taken)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->has_identity = true;
    return STATUS_SUCCESS;
}
