/*
 * SPNEGO's tokens against recorded and published ones: what they say, that they are built
 * bit for bit, and that nothing that is not one of them is read as one.
 */
#include "unit.h"

#include "vectors.h"

#include "packages/negotiate/wire/spnego.h"

#include "winerror.h"

#define FILE_NAME "spnego-tokens.tsv"
#define ROOM 4096

static uint8_t bytes[ROOM], room[2 * ROOM];

static struct view
row(const char *name)
{
    return view_of(bytes, vector_get(FILE_NAME, name, bytes, sizeof(bytes)));
}

static void
assert_view_equal(struct view a, struct view b)
{
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
}

/* ---- which token it is ---------------------------------------------------- */

static void
a_token_is_known_by_its_first_octets(void **state)
{
    static const struct {
        const char *octets;
        size_t n;
        enum spnego_kind kind;
    } rows[] = {
        { "", 0, SPNEGO_KIND_EMPTY },
        { "NTLMSSP\0\1\0\0\0", 12, SPNEGO_KIND_RAW_NTLM },
        { "NTLMSSP", 7, SPNEGO_KIND_OTHER },
        { "\x60\x0d\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00", 15, SPNEGO_KIND_RAW_GSS },
        { "\x60\x08\x06\x06\x2b\x06\x01\x05\x05\x02", 10, SPNEGO_KIND_INIT },
        { "\xa1\x00", 2, SPNEGO_KIND_RESP },
        { "\x6e\x00", 2, SPNEGO_KIND_RAW_KERBEROS },
        { "\xa0\x00", 2, SPNEGO_KIND_OTHER },
        { "GET / HTTP/1.1", 14, SPNEGO_KIND_OTHER },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        assert_int_equal(spnego_kind_of(view_of(rows[i].octets, rows[i].n)), rows[i].kind);
    assert_view_equal(spnego_raw_mech(view_of(rows[3].octets, rows[3].n)), spnego_oid_kerberos);
}

/* ---- first tokens ---------------------------------------------------------- */

static void
init_is_rebuilt(const char *name)
{
    struct wr w = wr_init(room, sizeof(room));
    struct spnego_init init;
    struct view in = row(name);

    assert_int_equal(spnego_kind_of(in), SPNEGO_KIND_INIT);
    assert_int_equal(spnego_init_parse(in, &init), 0);
    spnego_init_build(&w, &init);
    assert_view_equal(wr_written(&w), in);
    w = wr_init(room, sizeof(room));
    spnego_mech_list_build(&w, init.mechs, init.mech_count);
    assert_view_equal(wr_written(&w), init.mech_list);
}

static void
first_tokens_are_built_as_they_were_recorded(void **state)
{
    static const char *const names[] = {
        "init.krb5+ntlm.optimistic_krb5", "init.ntlm_only", "init.krb5_only_no_token",
        "init2.hint.windows", "init2.hint.ntlm_only", "init2.hint.with_mic4",
        "real.mit_ntlm.1.init", "spnego.init.negoex", "msspng.example.NegTokenInit2",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        init_is_rebuilt(names[i]);
}

static void
an_offer_lists_its_mechanisms_in_order(void **state)
{
    uint8_t list[128];
    struct spnego_init init;

    (void)state;
    assert_int_equal(spnego_init_parse(row("init.krb5+ntlm.optimistic_krb5"), &init), 0);
    assert_int_equal(init.mech_count, 3);
    assert_view_equal(init.mechs[0], spnego_oid_kerberos_ms);
    assert_view_equal(init.mechs[1], spnego_oid_kerberos);
    assert_view_equal(init.mechs[2], spnego_oid_ntlm);
    assert_int_equal(spnego_kind_of(init.token), SPNEGO_KIND_RAW_GSS);
    assert_null(init.mic.p);
    assert_false(init.has_hints);
    assert_view_equal(init.mech_list,
                      view_of(list, vector_get(FILE_NAME, "mechTypeList.mskrb5+krb5+ntlm", list,
                                               sizeof(list))));
}

static void
context_flags_are_read_over(void **state)
{
    struct spnego_init init;

    (void)state;
    assert_int_equal(spnego_init_parse(row("init.reqflags"), &init), 0);
    assert_int_equal(init.mech_count, 2);
    assert_null(init.token.p);
    assert_null(init.mic.p);
}

static void
a_hint_and_a_mic_are_told_apart(void **state)
{
    struct spnego_init init;

    (void)state;
    assert_int_equal(spnego_init_parse(row("init2.hint.with_mic4"), &init), 0);
    assert_true(init.has_hints);
    assert_int_equal(init.mic.n, 16);
    assert_int_equal(spnego_init_parse(row("init2.hint.windows"), &init), 0);
    assert_true(init.has_hints);
    assert_null(init.mic.p);
    assert_int_equal(init.mech_count, 5);
    assert_view_equal(init.mechs[0], spnego_oid_negoex);
}

/* ---- later tokens ----------------------------------------------------------- */

static void
answers_are_built_as_they_were_recorded(void **state)
{
    static const struct {
        const char *name;
        enum spnego_state state;
        bool mech, token, mic;
    } rows[] = {
        { "resp.incomplete.ntlm.challenge", SPNEGO_STATE_INCOMPLETE, true, true, false },
        { "resp.client.auth+mic", SPNEGO_STATE_INCOMPLETE, false, true, true },
        { "resp.completed.mic", SPNEGO_STATE_COMPLETED, false, false, true },
        { "resp.completed.bare", SPNEGO_STATE_COMPLETED, false, false, false },
        { "resp.completed.mskrb5.aprep", SPNEGO_STATE_COMPLETED, true, true, false },
        { "resp.request_mic.ntlm", SPNEGO_STATE_REQUEST_MIC, true, false, false },
        { "resp.incomplete.ntlm.notoken", SPNEGO_STATE_INCOMPLETE, true, false, false },
        { "resp.reject", SPNEGO_STATE_REJECT, false, false, false },
        { "resp.reject.errtoken", SPNEGO_STATE_REJECT, false, true, false },
        { "resp.client.no_negstate", SPNEGO_STATE_ABSENT, false, true, false },
        { "real.win2019.krb5.completed", SPNEGO_STATE_COMPLETED, true, true, false },
        { "real.mit_ntlm.2.challenge", SPNEGO_STATE_INCOMPLETE, true, true, false },
        { "real.mit_ntlm.3.auth_mic", SPNEGO_STATE_INCOMPLETE, false, true, true },
        { "real.mit_ntlm.4.completed_mic", SPNEGO_STATE_COMPLETED, false, false, true },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct wr w = wr_init(room, sizeof(room));
        struct spnego_resp resp;
        struct view in = row(rows[i].name);

        assert_int_equal(spnego_kind_of(in), SPNEGO_KIND_RESP);
        assert_int_equal(spnego_resp_parse(in, &resp), 0);
        assert_int_equal(resp.state, rows[i].state);
        assert_int_equal(resp.mech.p != NULL, rows[i].mech);
        assert_int_equal(resp.token.p != NULL, rows[i].token);
        assert_int_equal(resp.mic.p != NULL, rows[i].mic);
        spnego_resp_build(&w, &resp);
        assert_view_equal(wr_written(&w), in);
    }
}

static void
an_empty_token_is_an_absent_one(void **state)
{
    struct spnego_resp resp;

    (void)state;
    assert_int_equal(spnego_resp_parse(row("resp.empty_token"), &resp), 0);
    assert_int_equal(resp.state, SPNEGO_STATE_COMPLETED);
    assert_null(resp.token.p);
}

/* ---- what is none ----------------------------------------------------------- */

/* Every octet of a token is within a length, so no shorter one is whole. */
static void
cut_short(const char *name)
{
    struct spnego_init init;
    struct spnego_resp resp;
    struct view in = row(name);

    for (size_t n = 0; n < in.n; n++) {
        uint8_t *copy = malloc(n + 1);     /* of its very size, for AddressSanitizer */

        assert_non_null(copy);
        memcpy(copy, in.p, n);
        assert_int_equal(spnego_init_parse(view_of(copy, n), &init), SEC_E_INVALID_TOKEN);
        assert_int_equal(spnego_resp_parse(view_of(copy, n), &resp), SEC_E_INVALID_TOKEN);
        free(copy);
    }
}

static void
a_token_cut_short_or_with_more_behind_it_is_refused(void **state)
{
    static const char *const names[] = { "init2.hint.with_mic4", "init.ntlm_only",
                                         "resp.client.auth+mic" };
    struct spnego_init init;
    struct spnego_resp resp;
    struct view in;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        cut_short(names[i]);
    in = row("init.ntlm_only");
    bytes[in.n] = 0;
    assert_int_equal(spnego_init_parse(view_of(bytes, in.n + 1), &init), SEC_E_INVALID_TOKEN);
    in = row("resp.completed.bare");
    bytes[in.n] = 0;
    assert_int_equal(spnego_resp_parse(view_of(bytes, in.n + 1), &resp), SEC_E_INVALID_TOKEN);
}

static status_t
offer_of(size_t count, size_t oid_size)
{
    static uint8_t oid[SPNEGO_OID_MAX + 1] = { 0x2a };
    struct view mechs[SPNEGO_MECHS_MAX + 1];
    struct wr list = wr_init(bytes, sizeof(bytes)), w = wr_init(room, sizeof(room));
    struct spnego_init init = { 0 }, out;

    for (size_t i = 0; i < count; i++)
        mechs[i] = view_of(oid, oid_size);
    spnego_mech_list_build(&list, mechs, count);
    init.mech_list = wr_written(&list);
    spnego_init_build(&w, &init);
    assert_false(w.failed);
    return spnego_init_parse(wr_written(&w), &out);
}

static void
an_offer_beyond_its_bounds_is_refused(void **state)
{
    (void)state;
    assert_int_equal(offer_of(SPNEGO_MECHS_MAX, SPNEGO_OID_MAX), 0);
    assert_int_equal(offer_of(SPNEGO_MECHS_MAX + 1, 9), SEC_E_INVALID_TOKEN);
    assert_int_equal(offer_of(1, SPNEGO_OID_MAX + 1), SEC_E_INVALID_TOKEN);
    assert_int_equal(offer_of(1, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(offer_of(0, 9), SEC_E_INVALID_TOKEN);
}

static void
other_forms_of_der_are_refused(void **state)
{
    static const struct {
        const char *octets;
        size_t n;
    } rows[] = {
        { "\xa1\x80\x30\x00\x00\x00", 6 },                  /* indefinite length */
        { "\xa1\x81\x02\x30\x00", 5 },                      /* a longer length than needed */
        { "\xa1\x07\x30\x05\xa0\x03\x0a\x01\x04", 9 },      /* no such state */
        { "\xa1\x02\x04\x00", 4 },                          /* no SEQUENCE */
        { "\xa1\x04\x30\x00\x30\x00", 6 },                  /* two in one EXPLICIT */
        { "\xa1\x09\x30\x07\xa2\x05\x04\x01x\x04\x00", 11 },
        { "\xa1\x84\xff\xff\xff\xff\x30\x00", 8 },
    };
    static const char extended[] = "\xa1\x0b\x30\x09\xa0\x03\x0a\x01\x00\xa7\x02\x05\x00";
    struct spnego_resp resp;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        assert_int_equal(spnego_resp_parse(view_of(rows[i].octets, rows[i].n), &resp),
                         SEC_E_INVALID_TOKEN);
    /* But what a later version may put behind is left alone. */
    assert_int_equal(spnego_resp_parse(view_of(extended, sizeof(extended) - 1), &resp), 0);
    assert_int_equal(resp.state, SPNEGO_STATE_COMPLETED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_known_by_its_first_octets),
        cmocka_unit_test(first_tokens_are_built_as_they_were_recorded),
        cmocka_unit_test(an_offer_lists_its_mechanisms_in_order),
        cmocka_unit_test(context_flags_are_read_over),
        cmocka_unit_test(a_hint_and_a_mic_are_told_apart),
        cmocka_unit_test(answers_are_built_as_they_were_recorded),
        cmocka_unit_test(an_empty_token_is_an_absent_one),
        cmocka_unit_test(a_token_cut_short_or_with_more_behind_it_is_refused),
        cmocka_unit_test(an_offer_beyond_its_bounds_is_refused),
        cmocka_unit_test(other_forms_of_der_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
