/*
 * What the provider in the application (client/provider.c) tells the LSA half: a
 * service's ticket out of the user's own credential cache (D11). Ours alone, as
 * Windows's LSA has its users' tickets itself:
 *
 *     u32 length, target: the text that the ticket was asked for, UTF-8
 *     u32 length, KRB-CRED (RFC 4120 5.8) of that one ticket, not encrypted
 *     u32 length, KRB-CRED of a forwarded ticket-granting ticket, sealed under the
 *                 service ticket's session key; empty: nothing is delegated
 *
 * Trusts nothing: any application may have written it.
 */
#include "packages/kerberos/wire/field.h"

#include "base/rd.h"

#include "winerror.h"

static struct view
part_get(struct rd *r)
{
    uint32_t n = rd_u32le(r);

    return rd_view(r, n);
}

static void
part_put(struct wr *w, struct view v)
{
    wr_u32le(w, (uint32_t)v.n);
    wr_view(w, v);
}

/* One ticket, and what belongs to it. */
static bool
ticket_get(struct view in, struct krb_client_answer *out)
{
    struct krb_enc_cred_part part;
    struct krb_cred cred;

    if (krb_cred_parse(in, &cred) != 0 || cred.count != 1 || cred.sealed.etype != 0 ||
        krb_enc_cred_part_parse(cred.sealed.cipher, &part) != 0 || part.count != 1)
        return false;
    out->ticket = cred.tickets[0];
    out->info = part.info[0];
    return out->info.has_client && out->info.client.count > 0 && out->info.client_realm.n > 0 &&
           out->info.has_flags && out->info.has_end_time;
}

status_t
krb_client_answer_parse(struct view in, struct krb_client_answer *out)
{
    struct rd r = rd_init(in);
    struct view cred;
    struct krb_cred delegated;

    *out = (struct krb_client_answer){ .target = part_get(&r) };
    cred = part_get(&r);
    out->delegated = part_get(&r);
    if (rd_end_exact(&r, SEC_E_INVALID_TOKEN) != 0 || !ticket_get(cred, out))
        return SEC_E_INVALID_TOKEN;
    if (out->delegated.n > 0 && krb_cred_parse(out->delegated, &delegated) != 0)
        return SEC_E_INVALID_TOKEN;
    return 0;
}

void
krb_client_answer_build(struct wr *w, const struct krb_client_answer *m)
{
    struct wr plain = wr_init_heap(KRB_CLIENT_ANSWER_MAX);
    struct wr whole = wr_init_heap(KRB_CLIENT_ANSWER_MAX);
    struct krb_enc_cred_part part = { .count = 1 };
    struct krb_cred cred = { .count = 1, .tickets = { m->ticket } };

    part.info[0] = m->info;
    krb_enc_cred_part_build(&plain, &part);
    cred.sealed.cipher = wr_written(&plain);
    krb_cred_build(&whole, &cred);
    if (plain.failed || whole.failed)
        w->failed = true;
    part_put(w, m->target);
    part_put(w, wr_written(&whole));
    part_put(w, m->delegated);
    wr_wipe(&whole);
    wr_wipe(&plain);
}
