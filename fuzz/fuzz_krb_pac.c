/*
 * PACs (MS-PAC), which are parsed before their signature is verified.
 *
 * Oracle: buffers lie within the PAC and share no octets; a list of SIDs or
 * groups has as many members as it says, each SID one; and no key of ours
 * signed what the fuzzer made.
 */
#include "fuzz.h"

#include "base/sid.h"
#include "packages/kerberos/protect/pac.h"

static void
check_list(struct krb_pac_list list)
{
    struct krb_pac_member member;
    size_t left = list.left;

    for (; krb_pac_list_next(&list, &member); left--)
        FUZZ_CHECK(sid_is_valid(member.sid) == list.is_sids);
    FUZZ_CHECK(left == 0);
}

static void
check_buffers(const struct krb_pac *pac)
{
    struct krb_pac_upn_dns_info upn;
    struct krb_pac_client_info client;
    struct krb_pac_logon_info info;

    if (krb_pac_logon_info_parse(pac->buffers[KRB_PAC_LOGON_INFO], &info) == 0) {
        FUZZ_CHECK(sid_is_valid(info.domain_sid));
        check_list(info.groups);
        check_list(info.extra_sids);
        check_list(info.resource_groups);
    }
    if (krb_pac_client_info_parse(pac->buffers[KRB_PAC_CLIENT_INFO], &client) == 0)
        FUZZ_CHECK(client.name.n % 2 == 0);
    if (krb_pac_upn_dns_info_parse(pac->buffers[KRB_PAC_UPN_DNS_INFO], &upn) == 0)
        FUZZ_CHECK(upn.sid.n == 0 || sid_is_valid(upn.sid));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zeros[CRYPTO_KRB_KEY_MAX] = { 1, 2, 3 };
    static const int32_t types[] = { KRB_ENCTYPE_AES256_SHA1, KRB_ENCTYPE_RC4 };
    struct crypto_krb_key key;
    struct krb_pac pac;

    if (krb_pac_parse(view_of(data, size), &pac) != 0)
        return 0;
    for (uint32_t i = 0; i < KRB_PAC_TYPES; i++) {
        struct view b = pac.buffers[i];

        FUZZ_CHECK(b.n == 0 || (b.p >= data && b.p + b.n <= data + size));
    }
    check_buffers(&pac);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t n = crypto_krb_enctype_find(types[i])->key_size;

        FUZZ_CHECK(crypto_krb_key_init(&key, types[i], view_of(zeros, n)));
        FUZZ_CHECK(!krb_pac_check_server(&pac, &key));
    }
    return 0;
}
