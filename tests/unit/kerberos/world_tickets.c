/* A client logged on without a KDC: by a KRB-CRED that MIT's library makes. */
#include "world.h"

#include "packages/kerberos/krb5/tickets.h"

struct krb_tickets *
world_tickets_by(const char *config)
{
    char error[KRB_TICKETS_ERROR_MAX];
    struct krb_tickets *out = NULL;
    krb5_creds creds = { .ticket_flags = TKT_FLG_FORWARDED };
    krb5_auth_context ac;
    krb5_data *message;
    struct krb_login in = { .config = config };
    struct forgery f = { .server = WORLD_SERVER };
    struct peer p;

    forge(&p, &f);
    creds.ticket = p.creds.ticket;
    assert_int_equal(krb5_parse_name(world.k, WORLD_CLIENT, &creds.client), 0);
    assert_int_equal(krb5_parse_name(world.k, "krbtgt/" WORLD_REALM "@" WORLD_REALM,
                                     &creds.server),
                     0);
    assert_int_equal(krb5_c_make_random_key(world.k, 18, &creds.keyblock), 0);
    creds.times.endtime = (krb5_timestamp)(WORLD_NOW + 3600);
    assert_int_equal(krb5_auth_con_init(world.k, &ac), 0);
    assert_int_equal(krb5_auth_con_setflags(world.k, ac, 0), 0);
    assert_int_equal(krb5_mk_1cred(world.k, ac, &creds, &message, NULL), 0);
    in.delegated = view_of(message->data, message->length);
    assert_int_equal(krb_tickets_login(&in, &out, error), 0);
    krb5_free_data(world.k, message);
    krb5_auth_con_free(world.k, ac);
    krb5_free_keyblock_contents(world.k, &creds.keyblock);
    krb5_free_principal(world.k, creds.client);
    krb5_free_principal(world.k, creds.server);
    peer_wipe(&p);
    return out;
}

struct krb_tickets *
world_tickets(void)
{
    return world_tickets_by(NULL);
}
