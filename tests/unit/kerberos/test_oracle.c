/*
 * The same AP-REQs for us and for MIT's krb5_rd_req(), whole and altered. What the library
 * refuses we refuse. What it takes and we refuse is told by our reason, which must be one of a
 * few: it reads BER where we read DER, and knows no frame. Where both take one they agree on the
 * principals, the keys, the sequence number and the flags: the ticket's, the AP-REQ's options, and
 * what the flags of RFC 4121 4.1.1's checksum come to.
 */
#include "world.h"

#include "base/filetime.h"
#include "packages/kerberos/wire/wire.h"

#include <time.h>

#define MUTUAL (KRB_GSS_MUTUAL | KRB_GSS_INTEG | KRB_GSS_CONF)

/* Where we are stricter, and mean to be. */
static const char *const stricter[] = {
    "reason=token_malformed", "reason=ap_req_malformed", "reason=user_to_user",
    "reason=enctype_unknown", "reason=no_key_of_type", "reason=names_not_text",
    /* The library tries every key, whatever principal the ticket names. */
    "reason=wrong_key", "reason=wrong_kvno",
};

struct tally {
    unsigned both, neither, stricter;
};

static krb5_keytab library_keytab;

static void
library_keytab_make(void)
{
    krb5_keytab file;
    krb5_kt_cursor cursor;
    krb5_keytab_entry e;
    char name[112];

    snprintf(name, sizeof(name), "FILE:%s", world.keytab);
    assert_int_equal(krb5_kt_resolve(world.k, name, &file), 0);
    assert_int_equal(krb5_kt_resolve(world.k, "MEMORY:oracle", &library_keytab), 0);
    assert_int_equal(krb5_kt_start_seq_get(world.k, file, &cursor), 0);
    while (krb5_kt_next_entry(world.k, file, &e, &cursor) == 0) {
        assert_int_equal(krb5_kt_add_entry(world.k, library_keytab, &e), 0);
        krb5_kt_free_entry(world.k, &e);
    }
    assert_int_equal(krb5_kt_end_seq_get(world.k, file, &cursor), 0);
    krb5_kt_close(world.k, file);
}

static int
setup(void **state)
{
    assert_int_equal(world_setup(state), 0);
    library_keytab_make();
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "allow_context_replay", "yes");
    return 0;
}

static int
teardown(void **state)
{
    krb5_kt_close(world.k, library_keytab);
    return world_teardown(state);
}

/* What the library made of it. */
struct opinion {
    krb5_error_code error;
    krb5_auth_context ac;
    krb5_ticket *ticket;
    krb5_flags options;
};

static struct opinion
library_ask(struct view ap_req)
{
    krb5_data in = { 0, (unsigned)ap_req.n, (char *)(uintptr_t)ap_req.p };
    struct opinion o = { .ac = NULL };

    assert_int_equal(krb5_auth_con_init(world.k, &o.ac), 0);
    /* No replay cache: the same message comes many times. */
    assert_int_equal(krb5_auth_con_setflags(world.k, o.ac, 0), 0);
    o.error = krb5_rd_req(world.k, &o.ac, &in, NULL, library_keytab, &o.options, &o.ticket);
    return o;
}

static void
opinion_free(struct opinion *o)
{
    krb5_free_ticket(world.k, o->ticket);
    krb5_auth_con_free(world.k, o->ac);
}

/* RFC 4121 4.1.1.1 and MS-KILE 3.2.5.2: delegation is held to where it was asked for, not here. */
static const struct {
    uint32_t gss, attribute;
} held[] = {
    { KRB_GSS_MUTUAL, ASC_RET_MUTUAL_AUTH },     { KRB_GSS_REPLAY, ASC_RET_REPLAY_DETECT },
    { KRB_GSS_SEQUENCE, ASC_RET_SEQUENCE_DETECT }, { KRB_GSS_CONF, ASC_RET_CONFIDENTIALITY },
    { KRB_GSS_INTEG, ASC_RET_INTEGRITY },        { KRB_GSS_IDENTIFY, ASC_RET_IDENTIFY },
};

/*
 * What the library read of the authenticator: Bnd at 4, Flags at 20. Its own GSS-API answers to a
 * checksum of another kind as below, and to none as if it had no flags.
 */
static uint32_t
flags_of(const struct opinion *o)
{
    krb5_authenticator *m;
    uint32_t gss = 0;

    assert_int_equal(krb5_auth_con_getauthenticator(world.k, o->ac, &m), 0);
    if (m->checksum != NULL && m->checksum->checksum_type == 0x8003) {
        assert_true(m->checksum->length >= 24);
        for (unsigned i = 0; i < 4; i++)
            gss |= (uint32_t)m->checksum->contents[20 + i] << 8 * i;
    } else if (m->checksum != NULL) {
        gss = KRB_GSS_REPLAY | KRB_GSS_SEQUENCE |
              (o->options & AP_OPTS_MUTUAL_REQUIRED ? KRB_GSS_MUTUAL : 0);
    }
    krb5_free_authenticator(world.k, m);
    return gss;
}

static void
agree_on_flags(const struct opinion *o, const struct leg *l)
{
    uint32_t gss = flags_of(o);

    assert_int_equal((uint32_t)o->ticket->enc_part2->flags, l->parsed.ticket_flags);
    assert_int_equal((o->options & AP_OPTS_USE_SESSION_KEY) != 0,
                     (l->attributes & ASC_RET_USE_SESSION_KEY) != 0);
    for (size_t i = 0; i < UNIT_COUNT(held); i++) {
        assert_int_equal((gss & held[i].gss) != 0, (l->parsed.gss_flags & held[i].gss) != 0);
        assert_int_equal((gss & held[i].gss) != 0, (l->attributes & held[i].attribute) != 0);
    }
    assert_int_equal((gss & KRB_GSS_MUTUAL) != 0, l->out_n > 0);
    assert_false((l->parsed.gss_flags & KRB_GSS_DELEG) || (l->attributes & ASC_RET_DELEGATE));
}

static void
agree_on_name(krb5_const_principal p, struct view ours)
{
    char *name;

    assert_int_equal(krb5_unparse_name(world.k, p, &name), 0);
    assert_utf16(ours, name);
    krb5_free_unparsed_name(world.k, name);
}

static void
agree(const struct opinion *o, const struct leg *l)
{
    krb5_int32 sequence;
    krb5_keyblock *key;

    agree_on_name(o->ticket->enc_part2->client, l->parsed.client);
    agree_on_name(o->ticket->server, l->parsed.server);
    agree_on_flags(o, l);
    assert_int_equal(filetime_from_unix((uint32_t)o->ticket->enc_part2->times.endtime),
                     l->parsed.expiry);
    assert_int_equal(krb5_auth_con_getremoteseqnumber(world.k, o->ac, &sequence), 0);
    assert_int_equal((uint32_t)sequence, l->parsed.receive_sequence);
    assert_int_equal(krb5_auth_con_getrecvsubkey(world.k, o->ac, &key), 0);
    assert_int_equal(key->enctype, l->parsed.initiator_key.etype);
    assert_int_equal(key->length, l->parsed.initiator_key.bytes.n);
    assert_memory_equal(key->contents, l->parsed.initiator_key.bytes.p, key->length);
    krb5_free_keyblock(world.k, key);
}

static bool
is_stricter(void)
{
    for (size_t i = 0; i < UNIT_COUNT(stricter); i++) {
        if (logged(stricter[i]))
            return true;
    }
    return false;
}

/* Both opinions within one second, as both go by the clock. */
static NTSTATUS
ask_both(struct view token, struct view ap_req, struct leg *l, struct opinion *o)
{
    const struct leg fresh = *l;
    NTSTATUS st;
    time_t before;

    for (;;) {
        before = time(NULL);
        *o = library_ask(ap_req);
        world.log[0] = '\0';
        st = leg_accept(l, token);
        if (time(NULL) == before)
            return st;
        leg_reset(l);
        opinion_free(o);
        *l = fresh;
    }
}

static void
compare(struct view ap_req, struct tally *t)
{
    static uint8_t room[WORLD_TOKEN_MAX];
    struct wr w = wr_init(room, sizeof(room));
    struct leg l = { .requirements = ASC_REQ_ALLOW_CONTEXT_REPLAY };
    struct opinion o;
    NTSTATUS st;

    krb_token_build(&w, KRB_TOK_AP_REQ, false, ap_req);
    assert_false(w.failed);
    st = ask_both(wr_written(&w), ap_req, &l, &o);
    if (o.error != 0) {
        assert_true(st < 0);
        t->neither++;
    } else if (st == SEC_E_OK) {
        agree(&o, &l);
        t->both++;
    } else {
        if (!logged("reason=") ? st != SEC_E_INVALID_TOKEN : !is_stricter())
            fail_msg("the library takes what we refuse: 0x%08x %s", (unsigned)st, world.log);
        t->stricter++;
    }
    leg_reset(&l);
    opinion_free(&o);
}

static struct view
message_of(const struct peer *p)
{
    struct krb_token t;

    assert_int_equal(krb_token_parse(view_of(p->token, p->token_n), &t), 0);
    return t.message;
}

static void
compare_forged(const struct forgery *f, struct tally *t)
{
    struct peer p;

    forge(&p, f);
    compare(message_of(&p), t);
    peer_wipe(&p);
}

/* Every bit, every length, and bytes put in. */
static void
altered(void **state)
{
    static const krb5_enctype types[] = { 17, 18, 19, 20 };
    static uint8_t bytes[WORLD_TOKEN_MAX];
    struct tally t = { 0 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        const struct forgery f = { .type = types[i], .gss = MUTUAL };
        struct view whole;
        struct peer p;

        forge(&p, &f);
        whole = message_of(&p);
        memcpy(bytes, whole.p, whole.n);
        compare(whole, &t);
        for (size_t k = 0; k < whole.n; k++) {
            for (unsigned bit = (unsigned)i; bit < 8; bit += 2) {
                bytes[k] ^= (uint8_t)(1u << bit);
                compare(view_of(bytes, whole.n), &t);
                bytes[k] ^= (uint8_t)(1u << bit);
            }
            if (k % 5 == i)
                compare(view_of(bytes, k), &t);
        }
        bytes[whole.n] = 0;
        compare(view_of(bytes, whole.n + 1), &t);
        peer_wipe(&p);
    }
    assert_true(t.both >= UNIT_COUNT(types));
    assert_true(t.neither > 1000);
    assert_true(t.stricter < t.neither / 10);
}

/*
 * Times around the edges of what is allowed, in all combinations; two seconds off them, as the
 * library's clock goes on and is a coarse one. At the edges themselves: test_accept.c.
 */
static void
times(void **state)
{
    static const int64_t edges[] = { -3600, -302, -298, 1, 298, 302, 3600 };
    struct tally t = { 0 };

    (void)state;
    for (size_t a = 0; a < UNIT_COUNT(edges); a++) {
        for (size_t b = 0; b < UNIT_COUNT(edges); b++) {
            for (size_t c = 0; c < UNIT_COUNT(edges); c++) {
                const struct forgery f = { .start = edges[a], .end = edges[b], .clock = edges[c],
                                           .gss = MUTUAL };

                compare_forged(&f, &t);
            }
        }
    }
    assert_int_equal(t.stricter, 0);
    assert_true(t.both > 30 && t.neither > 30);
}

/* Names, flags, realms on the way, keys of the session. */
static void
tickets(void **state)
{
    static const struct forgery cases[] = {
        { .client = "a/b/c@EXAMPLE.COM" }, { .client = "x@OTHER.COM" }, { .session_type = 17 },
        { .session_type = 20, .type = 17 }, { .flags = KRB_TICKET_INVALID },
        { .flags = KRB_TICKET_FORWARDABLE | KRB_TICKET_PRE_AUTHENT },
        { .server = "HTTP/nobody@EXAMPLE.COM" }, { .kvno = 9 }, { .gss = 0 },
    };
    struct tally t = { 0 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        compare_forged(&cases[i], &t);
    assert_int_equal(t.both, UNIT_COUNT(cases) - 1);
    assert_int_equal(t.neither, 1);
}

/* Every combination of the checksum's, every bit of the ticket's. */
static void
flags(void **state)
{
    struct forgery f = { .gss = MUTUAL };
    struct tally t = { 0 };

    (void)state;
    for (unsigned set = 0; set < 1u << UNIT_COUNT(held); set++) {
        f.gss = KRB_GSS_EXTENDED_ERROR;
        for (size_t i = 0; i < UNIT_COUNT(held); i++)
            f.gss |= set >> i & 1 ? held[i].gss : 0;
        compare_forged(&f, &t);
    }
    assert_int_equal(t.both, 1u << UNIT_COUNT(held));
    for (unsigned bit = 0; bit < 32; bit++) {
        f.flags = 1u << bit;
        compare_forged(&f, &t);
    }
    f.no_checksum = true;
    compare_forged(&f, &t);
    assert_int_equal(t.both, (1u << UNIT_COUNT(held)) + 32);
    assert_int_equal(t.neither, 1);     /* KRB_TICKET_INVALID */
    assert_int_equal(t.stricter, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = { CASE(tickets), CASE(times), CASE(flags), CASE(altered) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
