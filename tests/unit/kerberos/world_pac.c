/* PACs as a KDC makes them: MIT's library makes and signs them, under any service's key. */
#include "world.h"

#include "packages/kerberos/wire/wire.h"

#define AUTH_TIME ((krb5_timestamp)(WORLD_NOW - 3600))

void
world_pac_put(struct pac *out, struct view pac)
{
    struct wr w = wr_init(out->bytes, sizeof(out->bytes));
    struct krb_auth_data_places places = krb_auth_data_begin(&w);

    krb_auth_data_put(&w, KRB_AD_PAC, pac);
    krb_auth_data_end(&w, places);
    assert_false(w.failed);
    out->n = w.len;
}

static void
buffer_add(krb5_pac pac, krb5_ui_4 type, struct view bytes)
{
    krb5_data d = { 0, (unsigned)bytes.n, (char *)(uintptr_t)bytes.p };

    if (bytes.n > 0)
        assert_int_equal(krb5_pac_add_buffer(world.k, pac, type, &d), 0);
}

void
world_pac_make(struct pac *out, const struct pac_facts *f)
{
    krb5_principal client;
    krb5_keyblock kdc;
    krb5_data bytes;
    krb5_pac pac;

    assert_int_equal(krb5_c_make_random_key(world.k, 18, &kdc), 0);
    assert_int_equal(krb5_parse_name(world.k, f->client, &client), 0);
    assert_int_equal(krb5_pac_init(world.k, &pac), 0);
    buffer_add(pac, KRB_PAC_LOGON_INFO, f->logon_info);
    buffer_add(pac, KRB_PAC_UPN_DNS_INFO, f->upn_info);
    assert_int_equal(krb5_pac_sign(world.k, pac, AUTH_TIME, client, f->key, &kdc, &bytes), 0);
    if (f->spoil >= 0 && (unsigned)f->spoil < bytes.length)
        bytes.data[f->spoil] ^= 1;
    world_pac_put(out, view_of(bytes.data, bytes.length));
    krb5_free_data_contents(world.k, &bytes);
    krb5_pac_free(world.k, pac);
    krb5_free_principal(world.k, client);
    krb5_free_keyblock_contents(world.k, &kdc);
}
