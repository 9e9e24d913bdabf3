/*
 * Our side as the initiator, by a ticket that the application brings (client_ticket.c), and MIT's
 * library as the acceptor that is answered by anything: what we take it takes, with the same keys.
 */
#include "world.h"

#include "packages/kerberos/lsa/initiator.h"
#include "packages/kerberos/wire/wire.h"

#include "base/secret.h"

#include <stdatomic.h>

/* Forwarded, and in the clear: the authenticator around it seals it. */
static struct view
delegated_put(struct wr *w, const struct peer *p, const struct krb_cred_info *client)
{
    static uint8_t room[WORLD_TOKEN_MAX];
    struct wr plain = wr_init(room, sizeof(room));
    struct krb_enc_cred_part part = { .count = 1, .info[0] = *client };
    struct krb_cred cred = { .count = 1, .tickets = { view_of_data(p->creds.ticket) } };

    part.info[0].has_server = true;
    part.info[0].server = (struct krb_name){ KRB_NT_SRV_INST, 2,
                                             { view_of("krbtgt", 6),
                                               view_of(WORLD_REALM, strlen(WORLD_REALM)) } };
    part.info[0].server_realm = view_of(WORLD_REALM, strlen(WORLD_REALM));
    krb_enc_cred_part_build(&plain, &part);
    cred.sealed.cipher = wr_written(&plain);
    krb_cred_build(w, &cred);
    assert_false(plain.failed || w->failed);
    return wr_written(w);
}

size_t
world_answer(uint8_t *out, size_t room, const struct ticket_answer *a)
{
    const struct forgery f = { .type = ENCTYPE_AES256_CTS_HMAC_SHA1_96,
                               .session_type = a->session_type };
    uint8_t delegated[WORLD_TOKEN_MAX];
    struct wr w = wr_init(out, room), d = wr_init(delegated, sizeof(delegated));
    struct krb_client_answer m = { .target = view_of(a->target, strlen(a->target)),
                                   .delegated = a->delegated };
    struct peer p;

    forge(&p, &f);
    m.ticket = view_of_data(p.creds.ticket);
    m.info = (struct krb_cred_info){
        .key = { p.creds.keyblock.enctype,
                 view_of(p.creds.keyblock.contents, p.creds.keyblock.length) },
        .client_realm = view_of(WORLD_REALM, strlen(WORLD_REALM)), .has_client = true,
        .client = { KRB_NT_PRINCIPAL, 1, { { (const uint8_t *)"alice", 5 } } },
        .has_flags = true, .flags = a->flags,
        .has_end_time = true, .end_time = world.now + a->end,
    };
    if (a->delegates)
        m.delegated = delegated_put(&d, &p, &m.info);
    krb_client_answer_build(&w, &m);
    assert_int_equal(wr_end(&w, -1), 0);
    peer_wipe(&p);
    return w.len;
}

NTSTATUS
leg_initiate(struct leg *l, LSA_SEC_HANDLE credential, struct view token)
{
    static char16_t name[] = u"" WORLD_TARGET;
    UNICODE_STRING target = { sizeof(name) - 2, sizeof(name), (PWSTR)name };
    SecBuffer in = { (ULONG)token.n, SECBUFFER_TOKEN, (void *)(uintptr_t)token.p };
    SecBuffer out = { sizeof(l->out), SECBUFFER_TOKEN, l->out }, data = { 0 };
    SecBufferDesc input = { SECBUFFER_VERSION, token.n > 0 ? 1 : 0, &in };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, &out };

    l->attributes = 0;
    l->mapped = FALSE;
    l->status = world.package->InitLsaModeContext(
        credential, l->context, &target, l->requirements, SECURITY_NATIVE_DREP, &input,
        &l->context, &output, &l->attributes, &l->expiry, &l->mapped, &data);
    l->out_n = out.cbBuffer;
    leg_map(l, &data);
    return l->status;
}

/* ---- the two of them on one answer --------------------------------------- */

/* By the key of the keytab: what is in our AP-REQ is what the library compares with. */
static void
library_accept(struct answered *d)
{
    krb5_keytab keytab;
    krb5_ticket *ticket;
    struct krb_token t;
    char name[112];
    krb5_data in;

    assert_int_equal(krb_token_parse(view_of(d->l.out, d->l.out_n), &t), 0);
    in = (krb5_data){ 0, (unsigned)t.message.n, (char *)(uintptr_t)t.message.p };
    snprintf(name, sizeof(name), "FILE:%s", world.keytab);
    assert_int_equal(krb5_kt_resolve(world.k, name, &keytab), 0);
    assert_int_equal(krb5_auth_con_init(world.k, &d->ac), 0);
    assert_int_equal(krb5_auth_con_setflags(world.k, d->ac, 0), 0);
    assert_int_equal(krb5_rd_req(world.k, &d->ac, &in, NULL, keytab, NULL, &ticket), 0);
    assert_int_equal(krb5_copy_keyblock_contents(world.k, ticket->enc_part2->session, &d->session),
                     0);
    krb5_free_ticket(world.k, ticket);
    krb5_kt_close(world.k, keytab);
}

/* The library's own AP-REP, and what is sealed in it. */
static void
library_answer(struct answered *d)
{
    krb5_data out, plain = { 0, sizeof(d->part), (char *)d->part };
    struct krb_ap_rep m;
    krb5_enc_data sealed;

    assert_int_equal(krb5_auth_con_setflags(world.k, d->ac,
                                            KRB5_AUTH_CONTEXT_DO_SEQUENCE |
                                                KRB5_AUTH_CONTEXT_USE_SUBKEY),
                     0);
    assert_int_equal(krb5_mk_rep(world.k, d->ac, &out), 0);
    assert_int_equal(krb_ap_rep_parse(view_of_data(out), &m), 0);
    sealed = (krb5_enc_data){ .enctype = m.sealed.etype,
                              .ciphertext = { 0, (unsigned)m.sealed.cipher.n,
                                              (char *)(uintptr_t)m.sealed.cipher.p } };
    assert_int_equal(krb5_c_decrypt(world.k, &d->session, KRB_USAGE_AP_REP, NULL, &sealed, &plain),
                     0);
    d->part_n = plain.length;
    d->message_n = out.length;
    assert_true(out.length <= sizeof(d->message));
    memcpy(d->message, out.data, out.length);
    krb5_free_data_contents(world.k, &out);
}

void
answered_begin(struct answered *d, krb5_enctype session_type)
{
    uint8_t bytes[WORLD_TOKEN_MAX];
    const struct ticket_answer a = { .target = WORLD_TARGET, .end = 3600,
                                     .session_type = session_type };
    TimeStamp expiry;

    memset(d, 0, sizeof(*d));
    d->l.requirements = ISC_REQ_MUTUAL_AUTH;
    assert_int_equal(world.package->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, NULL,
                                                             NULL, NULL, NULL, &d->credential,
                                                             &expiry),
                     STATUS_SUCCESS);
    world.client_answer = view_of(bytes, world_answer(bytes, sizeof(bytes), &a));
    assert_int_equal(leg_initiate(&d->l, d->credential, view_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
    world.client_answer = view_of(NULL, 0);
    library_accept(d);
    library_answer(d);
}

void
answered_end(struct answered *d)
{
    assert_int_equal(world.package->DeleteContext(d->l.context), STATUS_SUCCESS);
    assert_int_equal(world.package->FreeCredentialsHandle(d->credential), STATUS_SUCCESS);
    krb5_free_keyblock_contents(world.k, &d->session);
    krb5_auth_con_free(world.k, d->ac);
}

struct view
answered_seal(const struct answered *d, struct view part, uint8_t *room, size_t n)
{
    uint8_t sealed[WORLD_TOKEN_MAX], message[WORLD_TOKEN_MAX];
    krb5_enc_data out = { .ciphertext = { 0, sizeof(sealed), (char *)sealed } };
    krb5_data plain = { 0, (unsigned)part.n, (char *)(uintptr_t)part.p };
    struct wr m = wr_init(message, sizeof(message)), w = wr_init(room, n);
    struct krb_ap_rep rep = { .sealed.etype = d->session.enctype };

    assert_int_equal(krb5_c_encrypt(world.k, &d->session, KRB_USAGE_AP_REP, NULL, &plain, &out),
                     0);
    rep.sealed.cipher = view_of(sealed, out.ciphertext.length);
    krb_ap_rep_build(&m, &rep);
    krb_token_build(&w, KRB_TOK_AP_REP, false, wr_written(&m));
    assert_false(m.failed || w.failed);
    return wr_written(&w);
}

/* As before the answer: a failed context takes no other, and a new one costs a ticket. */
static void
rewind_context(struct answered *d)
{
    struct krb_initiator *i = handle_get(krb_support()->objects, d->l.context,
                                         KRB_HANDLE_INITIATOR, KRB_HANDLE_OWNER);

    assert_non_null(i);
    atomic_store(&i->state, KRB_STATE_WAITING);
    secret_wipe(&i->acceptor, sizeof(i->acceptor));
    i->peer_sequence = i->own_sequence;
    handle_put(krb_support()->objects, d->l.context);
}

static void
same_answer(const struct leg *l, const krb5_ap_rep_enc_part *rep)
{
    assert_int_equal((uint32_t)rep->seq_number, l->parsed.receive_sequence);
    assert_int_equal(rep->subkey != NULL ? rep->subkey->enctype : 0,
                     l->parsed.acceptor_key.etype);
    if (rep->subkey == NULL)
        return;
    assert_int_equal(rep->subkey->length, l->parsed.acceptor_key.bytes.n);
    assert_memory_equal(rep->subkey->contents, l->parsed.acceptor_key.bytes.p,
                        rep->subkey->length);
}

/* What we act on the library reads as well: the clocks differ, and that is the server's. */
static void
same_error(const struct answered *d, krb5_data in)
{
    krb5_error *e;

    assert_true(d->l.status < 0 || d->l.status == SEC_I_CONTINUE_NEEDED);
    assert_false(d->l.mapped);
    if (d->l.status < 0)
        return;
    assert_int_equal(krb5_rd_error(world.k, &in, &e), 0);
    assert_int_equal(e->error, KRB_AP_ERR_SKEW);
    krb5_free_error(world.k, e);
}

enum verdict
answered_by(struct answered *d, struct view token)
{
    krb5_ap_rep_enc_part *rep = NULL;
    krb5_error_code e = KRB5KRB_AP_ERR_MSG_TYPE;
    struct krb_token t;
    krb5_data in;

    rewind_context(d);
    (void)leg_initiate(&d->l, d->credential, token);
    if (krb_token_parse(token, &t) != 0) {
        assert_true(d->l.status < 0);
        return VERDICT_NEITHER;
    }
    in = (krb5_data){ 0, (unsigned)t.message.n, (char *)(uintptr_t)t.message.p };
    if (t.id == KRB_TOK_ERROR) {
        same_error(d, in);
        return d->l.status < 0 ? VERDICT_NEITHER : VERDICT_AGAIN;
    }
    if (t.id == KRB_TOK_AP_REP && t.framed)
        e = krb5_rd_rep(world.k, d->ac, &in, &rep);
    if (d->l.status == SEC_E_OK) {
        assert_int_equal(e, 0);
        same_answer(&d->l, rep);
    } else {
        assert_true(d->l.status < 0 && !d->l.mapped);
    }
    krb5_free_ap_rep_enc_part(world.k, rep);
    return d->l.status == SEC_E_OK ? VERDICT_BOTH : e == 0 ? VERDICT_STRICTER : VERDICT_NEITHER;
}
