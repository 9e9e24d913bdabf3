/*
 * PACs: Windows 2003's and Windows 2008's, as MIT krb5's tests have them, and
 * one of MIT's KDC. What they say is in MS-PAC's terms; the numbers are those
 * that Samba's and MIT's tests print for the same bytes.
 */
#include "krb_rows.h"

#include "base/filetime.h"
#include "base/sid.h"
#include "base/str16.h"
#include "packages/kerberos/protect/pac.h"

#include "winerror.h"

static void
check_text(struct view utf16, const char *want)
{
    char text[256];

    assert_true(str16_to_utf8_into(utf16, text, sizeof(text)));
    assert_string_equal(text, want);
}

static void
check_sid(struct view sid, const char *want)
{
    char text[SID_TEXT_MAX];

    assert_true(sid_format(sid, text));
    assert_string_equal(text, want);
}

static void
test_w2003(void **state)
{
    struct view bytes = row_new("pac.w2003final/", "pac");
    struct krb_pac_client_info client;
    struct krb_pac_logon_info info;
    struct krb_pac_member member;
    struct krb_pac pac;

    (void)state;
    assert_int_equal(krb_pac_parse(bytes, &pac), 0);
    assert_int_equal(pac.has, 1u << 1 | 1u << 6 | 1u << 7 | 1u << 10);
    assert_int_equal(krb_pac_client_info_parse(pac.buffers[KRB_PAC_CLIENT_INFO], &client), 0);
    check_text(client.name, "w2003final$");
    assert_int_equal(filetime_to_unix(client.auth_time), 1120440609);
    assert_int_equal(krb_pac_logon_info_parse(pac.buffers[KRB_PAC_LOGON_INFO], &info), 0);
    check_text(info.effective_name, "W2003FINAL$");
    check_text(info.logon_server, "W2003FINAL");
    check_text(info.logon_domain, "WIN2K3THINK");
    check_sid(info.domain_sid, "S-1-5-21-3048156945-3961193616-3706469200");
    assert_int_equal(info.user_id, 1005);
    assert_int_equal(info.primary_group_id, 516);
    assert_int_equal(info.user_flags, KRB_LOGON_EXTRA_SIDS);
    assert_int_equal(info.user_account_control, 0x2100);
    assert_true(krb_pac_list_next(&info.groups, &member));
    assert_int_equal(member.rid, 516);
    assert_int_equal(member.attributes, 7);
    assert_false(krb_pac_list_next(&info.groups, &member));
    assert_true(krb_pac_list_next(&info.extra_sids, &member));
    check_sid(member.sid, "S-1-5-9");
    assert_int_equal(member.attributes, 7);
    assert_false(krb_pac_list_next(&info.extra_sids, &member));
    assert_false(krb_pac_list_next(&info.resource_groups, &member));
    row_free(bytes);
}

static void
test_w2008_upn(void **state)
{
    struct view bytes = row_new("pac.s4u_w2k8u/", "pac_no_keys_published");
    struct krb_pac_upn_dns_info upn;
    struct krb_pac_logon_info info;
    struct krb_pac pac;

    (void)state;
    assert_int_equal(krb_pac_parse(bytes, &pac), 0);
    assert_int_equal(krb_pac_upn_dns_info_parse(pac.buffers[KRB_PAC_UPN_DNS_INFO], &upn), 0);
    check_text(upn.upn, "w2k8u@abc");
    check_text(upn.dns_domain, "ACME.COM");
    assert_int_equal(upn.flags & KRB_UPN_EXTENDED, 0);
    assert_int_equal(upn.sid.n, 0);
    assert_int_equal(krb_pac_logon_info_parse(pac.buffers[KRB_PAC_LOGON_INFO], &info), 0);
    check_sid(info.domain_sid, "S-1-5-21-9281652-3921847615-585208160");
    assert_int_equal(info.user_id, 1142);
    assert_int_equal(info.primary_group_id, 513);
    check_text(info.logon_server, "WDC");
    check_text(info.logon_domain, "ACME");
    assert_int_equal(info.user_account_control, 0x210);
    row_free(bytes);
}

static void
test_mit_in_ticket(void **state)
{
    const char *stem = "gss.aes256-cts-hmac-sha1-96/mutual";
    struct view der = row_new(stem, "/ap.enc_ticket_part_der"), want = row_new(stem, "/ap.pac");
    struct krb_pac_signature signature;
    struct krb_auth_data_found found;
    struct krb_enc_ticket_part part;
    struct krb_pac pac;

    (void)state;
    assert_int_equal(krb_enc_ticket_part_parse(der, &part), 0);
    assert_int_equal(krb_auth_data_find(part.auth_data, KRB_AD_PAC, &found), 0);
    assert_int_equal(found.relevant, 1);
    assert_int_equal(found.bare, 0);
    assert_true(view_is_equal(found.data, want));
    assert_int_equal(krb_pac_parse(found.data, &pac), 0);
    assert_true(krb_pac_has(&pac, KRB_PAC_TICKET_CHECKSUM));
    assert_false(krb_pac_has(&pac, KRB_PAC_LOGON_INFO));
    assert_int_equal(krb_pac_signature_parse(pac.buffers[KRB_PAC_SERVER_CHECKSUM], &signature), 0);
    assert_int_equal(signature.type, KRB_CKSUM_AES256_SHA1);
    assert_int_equal(signature.signature.n, 12);
    assert_false(signature.has_rodc);
    row_free(der);
    row_free(want);
}

/* ---- signatures --------------------------------------------------------- */

static void
check_signed(struct view bytes, const struct crypto_krb_key *server,
             const struct crypto_krb_key *kdc)
{
    uint8_t copy[ROW_MAX];
    struct krb_pac pac;

    assert_int_equal(krb_pac_parse(bytes, &pac), 0);
    assert_true(krb_pac_check_server(&pac, server));
    assert_false(krb_pac_check_server(&pac, kdc));
    /* The KDC's signature's octets are no part of what the server's covers. */
    for (size_t i = 0; i < bytes.n; i++) {
        struct view kdc_buffer;

        memcpy(copy, bytes.p, bytes.n);
        copy[i] ^= 1;
        if (krb_pac_parse(view_of(copy, bytes.n), &pac) != 0)
            continue;
        kdc_buffer = pac.buffers[KRB_PAC_KDC_CHECKSUM];
        assert_int_equal(krb_pac_check_server(&pac, server),
                         copy + i >= kdc_buffer.p + 4 && copy + i < kdc_buffer.p + kdc_buffer.n);
    }
}

static void
test_signatures(void **state)
{
    struct view w2003 = row_new("pac.w2003final/", "pac");
    struct view mit = row_new("gss.aes256-cts-hmac-sha1-96/mutual", "/ap.pac");
    struct crypto_krb_key server = row_key("pac.w2003final/", "server_key_et23", 23);
    struct crypto_krb_key kdc = row_key("pac.w2003final/", "kdc_key_et23", 23);
    struct crypto_krb_key service = row_key("svc", ".key/et18", 18);
    struct crypto_krb_key krbtgt = row_key("krbtgt", ".key/et18", 18);

    (void)state;
    check_signed(w2003, &server, &kdc);
    check_signed(mit, &service, &krbtgt);
    row_free(w2003);
    row_free(mit);
}

/* A signature whose type the key is not of is refused; so is a PAC without the KDC's. */
static void
test_signature_of_another_type(void **state)
{
    struct view mit = row_new("gss.aes256-cts-hmac-sha1-96/mutual", "/ap.pac");
    struct crypto_krb_key service = row_key("svc", ".key/et18", 18), other;
    struct krb_pac pac;

    (void)state;
    assert_int_equal(krb_pac_parse(mit, &pac), 0);
    assert_true(crypto_krb_key_init(&other, 20, crypto_krb_key_view(&service)));
    assert_false(krb_pac_check_server(&pac, &other));
    pac.has &= ~(1u << KRB_PAC_KDC_CHECKSUM);
    assert_false(krb_pac_check_server(&pac, &service));
    row_free(mit);
}

static void
test_client_info(void **state)
{
    struct view der = row_new("gss.aes256-cts-hmac-sha1-96/mutual", "/ap.enc_ticket_part_der");
    struct view mit = row_new("gss.aes256-cts-hmac-sha1-96/mutual", "/ap.pac");
    struct krb_enc_ticket_part part, other;
    struct krb_pac pac;

    (void)state;
    assert_int_equal(krb_pac_parse(mit, &pac), 0);
    assert_int_equal(krb_enc_ticket_part_parse(der, &part), 0);
    assert_true(krb_pac_check_client(&pac, &part));
    other = part;
    other.auth_time++;
    assert_false(krb_pac_check_client(&pac, &other));
    other = part;
    other.client.parts[0].n--;
    assert_false(krb_pac_check_client(&pac, &other));
    other = part;
    other.client.parts[other.client.count++] = view_of("x", 1);
    assert_false(krb_pac_check_client(&pac, &other));
    pac.has &= ~(1u << KRB_PAC_CLIENT_INFO);
    assert_false(krb_pac_check_client(&pac, &part));
    row_free(der);
    row_free(mit);
}

/* ---- what is refused ---------------------------------------------------- */

static void
walk(struct krb_pac_list list)
{
    struct krb_pac_member member;
    size_t left = list.left;

    while (krb_pac_list_next(&list, &member)) {
        left--;
        assert_int_equal(sid_is_valid(member.sid), list.is_sids);
    }
    assert_int_equal(left, 0);
}

/* Each octet of a LOGON_INFO changed, each length cut: no read outside, no list that lies. */
static void
test_logon_info_mutated(void **state)
{
    static const uint8_t changes[] = { 0x01, 0x80, 0xFF };
    struct view bytes = row_new("pac.w2003final/", "pac"), whole;
    struct krb_pac_logon_info info;
    struct krb_pac pac;

    (void)state;
    assert_int_equal(krb_pac_parse(bytes, &pac), 0);
    whole = pac.buffers[KRB_PAC_LOGON_INFO];
    for (size_t i = 0; i < whole.n * UNIT_COUNT(changes); i++) {
        uint8_t *p = malloc(whole.n);

        assert_non_null(p);
        memcpy(p, whole.p, whole.n);
        p[i / UNIT_COUNT(changes)] ^= changes[i % UNIT_COUNT(changes)];
        if (krb_pac_logon_info_parse(view_of(p, whole.n), &info) == 0) {
            walk(info.groups);
            walk(info.extra_sids);
            walk(info.resource_groups);
        }
        free(p);
    }
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *p = malloc(n + 1);

        assert_non_null(p);
        memcpy(p, whole.p, n);
        assert_int_equal(krb_pac_logon_info_parse(view_of(p, n), &info), SEC_E_INVALID_TOKEN);
        free(p);
    }
    row_free(bytes);
}

/* The table of buffers, one thing wrong at a time. */
static void
test_table_refused(void **state)
{
    static const struct {
        size_t at;          /* in the sample */
        uint32_t value;
    } wrong[] = {
        { 0, 0 }, { 0, KRB_PAC_BUFFERS_MAX + 1 }, { 0, 0xFFFFFFFFu }, { 4, 1 },
        { 16, 0x4C }, { 16, 0x40 }, { 16, 0x10000 }, { 20, 1 }, { 12, 0x10000 },
        { 12, 0xFFFFFFFFu }, { 24, 1 }, { 32, 0x48 },
    };
    struct view bytes = row_new("pac.w2003final/", "pac");
    struct krb_pac pac;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        uint8_t copy[ROW_MAX];
        struct wr w = wr_init(copy, sizeof(copy));

        wr_view(&w, bytes);
        wr_set_u32le(&w, wrong[i].at, wrong[i].value);
        if (krb_pac_parse(wr_written(&w), &pac) == 0)
            fail_msg("row %zu was taken", i);
    }
    row_free(bytes);
}

static void
test_signatures_refused(void **state)
{
    static const struct {
        const char *hex;
        bool good;
    } trials[] = {
        { "76ffffff" "000102030405060708090a0b0c0d0e0f", true },
        { "76ffffff" "000102030405060708090a0b0c0d0e0f" "0102", true },
        { "76ffffff" "000102030405060708090a0b0c0d0e0f" "01", false },
        { "76ffffff" "000102030405060708090a0b0c0d0e0f" "010203", false },
        { "76ffffff" "000102030405060708090a0b0c0d0e", false },
        { "10000000" "000102030405060708090a0b", true },
        { "07000000" "000102030405060708090a0b0c0d0e0f", false },   /* MD5 without key */
        { "01000000" "00010203", false },
        { "760000", false }, { "", false },
    };
    uint8_t bytes[64];
    struct krb_pac_signature s;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(trials); i++) {
        size_t n = vector_from_hex(trials[i].hex, bytes, sizeof(bytes));

        if ((krb_pac_signature_parse(view_of(bytes, n), &s) == 0) != trials[i].good)
            fail_msg("%s was %s", trials[i].hex, trials[i].good ? "refused" : "taken");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_w2003),
        cmocka_unit_test(test_w2008_upn),
        cmocka_unit_test(test_mit_in_ticket),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_signature_of_another_type),
        cmocka_unit_test(test_client_info),
        cmocka_unit_test(test_logon_info_mutated),
        cmocka_unit_test(test_table_refused),
        cmocka_unit_test(test_signatures_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
