/*
 * NegoEx against MIT's, in both roles: one end is ours, the other MIT's SPNEGO with the
 * mechanism of tests/negotiate/negoextest_gss.c. The program's argument is where that lies.
 */
#include "app.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include <stdlib.h>

#define ROOM 4096
#define TOKENS 12u

static gss_OID_desc spnego = { 6, (void *)(uintptr_t)"\x2b\x06\x01\x05\x05\x02" };
/* 2.25.1234567: of nobody else's. */
static gss_OID_desc test_mech = { 4, (void *)(uintptr_t)"\x69\xcb\xad\x07" };

static void
rules(const char *hops, const char *faults)
{
    setenv("NEGOEXTEST_HOPS", hops, 1);
    setenv("NEGOEXTEST_FAULTS", faults, 1);
}

/* ---- MIT's end ------------------------------------------------------------------- */

struct mit {
    gss_cred_id_t credential;
    gss_ctx_id_t context;
    gss_name_t target;
    OM_uint32 major;
};

static struct mit
mit_open(bool initiator)
{
    gss_OID_set_desc outer = { 1, &spnego }, inner = { 1, &test_mech };
    gss_buffer_desc text = { 14, (void *)(uintptr_t)"HOST@localhost" };
    struct mit m = { GSS_C_NO_CREDENTIAL, GSS_C_NO_CONTEXT, GSS_C_NO_NAME,
                     GSS_S_CONTINUE_NEEDED };
    OM_uint32 minor;

    assert_int_equal(gss_acquire_cred(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &outer,
                                      initiator ? GSS_C_INITIATE : GSS_C_ACCEPT, &m.credential,
                                      NULL, NULL), GSS_S_COMPLETE);
    assert_int_equal(gss_set_neg_mechs(&minor, m.credential, &inner), GSS_S_COMPLETE);
    assert_int_equal(gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &m.target),
                     GSS_S_COMPLETE);
    return m;
}

static ULONG
mit_step(struct mit *m, bool initiator, const SecBuffer *in, uint8_t out[ROOM])
{
    gss_buffer_desc token = { in->cbBuffer, in->pvBuffer }, answer = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    ULONG n;

    if (initiator)
        m->major = gss_init_sec_context(&minor, m->credential, &m->context, m->target, &spnego,
                                        GSS_C_INTEG_FLAG, GSS_C_INDEFINITE,
                                        GSS_C_NO_CHANNEL_BINDINGS, &token, NULL, &answer, NULL,
                                        NULL);
    else
        m->major = gss_accept_sec_context(&minor, &m->context, m->credential, &token,
                                          GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &answer, NULL,
                                          NULL, NULL);
    n = GSS_ERROR(m->major) ? 0 : (ULONG)answer.length;
    assert_true(n <= ROOM);
    if (n > 0)
        memcpy(out, answer.value, n);
    gss_release_buffer(&minor, &answer);
    return n;
}

static void
mit_close(struct mit *m)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &m->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &m->credential);
    gss_release_name(&minor, &m->target);
}

/* ---- both ------------------------------------------------------------------------------ */

struct ends {
    CredHandle credential;
    CtxtHandle context;
    SECURITY_STATUS ours;
    struct mit mit;
};

static ULONG
our_step(struct ends *e, bool first, bool initiator, SecBuffer *in, uint8_t out[ROOM])
{
    SecBuffer answer = { ROOM, SECBUFFER_TOKEN, out };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, &answer };
    CtxtHandle *old = first ? NULL : &e->context;
    ULONG attributes;

    e->ours = initiator ? InitializeSecurityContextW(&e->credential, old, app_target, 0, 0,
                                                     SECURITY_NETWORK_DREP,
                                                     first ? NULL : &in_desc, 0, &e->context,
                                                     &out_desc, &attributes, NULL)
                        : AcceptSecurityContext(&e->credential, old, &in_desc, 0,
                                                SECURITY_NETWORK_DREP, &e->context, &out_desc,
                                                &attributes, NULL);
    return e->ours < 0 ? 0 : answer.cbBuffer;
}

static struct ends
handshake(bool we_initiate)
{
    uint8_t a[ROOM], b[ROOM];
    struct ends e = { .credential = we_initiate
                                        ? app_outbound(u"Negotiate", app_user, app_password)
                                        : app_inbound(u"Negotiate"),
                      .ours = SEC_I_CONTINUE_NEEDED, .mit = mit_open(!we_initiate) };
    SecBuffer in = { 0, SECBUFFER_TOKEN, b };

    for (unsigned n = 0; n < TOKENS; n++) {
        bool ours = we_initiate == (n % 2 == 0);
        ULONG size = ours ? our_step(&e, n < 2, we_initiate, &in, a)
                          : mit_step(&e.mit, !we_initiate, &in, a);

        if (size == 0)
            break;
        memcpy(b, a, in.cbBuffer = size);
    }
    return e;
}

static void
ends_close(struct ends *e)
{
    (void)DeleteSecurityContext(&e->context);
    assert_int_equal(FreeCredentialsHandle(&e->credential), SEC_E_OK);
    mit_close(&e->mit);
}

static const struct {
    const char *hops, *faults;
} rows[] = {
    { "1", "" }, { "2", "" }, { "3", "" }, { "4", "" }, { "5", "" },
    { "3", " one-i-quiet one-a-quiet " },
    { "1", " one-i-early one-a-early " },
    { "2", " one-i-early one-a-early " },
    { "3", " one-i-early one-a-early " },
    { "3", " one-i-early " }, { "3", " one-a-early " }, { "4", " one-a-early " },
};

static void
all_rows(bool we_initiate)
{
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct ends e;

        rules(rows[i].hops, rows[i].faults);
        e = handshake(we_initiate);
        if (e.ours != SEC_E_OK || e.mit.major != GSS_S_COMPLETE)
            fail_msg("%s hops, '%s': ours 0x%x, MIT's 0x%x", rows[i].hops, rows[i].faults,
                     (unsigned)e.ours, (unsigned)e.mit.major);
        ends_close(&e);
    }
}

static void
mit_accepts(void **state)
{
    (void)state;
    all_rows(true);
}

static void
mit_initiates(void **state)
{
    (void)state;
    all_rows(false);
}

/* What either end finds wrong, in both roles: nobody completes with it. */
static void
nobody_completes_with_another_key(void **state)
{
    static const char *const faults[] = { " one-i-wrongkey ", " one-a-wrongkey ",
                                          " one-i-nokey ", " one-a-nokey " };

    (void)state;
    for (size_t i = 0; i < 4 * UNIT_COUNT(faults); i++) {
        struct ends e;

        rules(i % 2 == 0 ? "2" : "3", faults[i / 4]);
        e = handshake(i / 2 % 2 == 0);
        if (e.ours == SEC_E_OK && e.mit.major == GSS_S_COMPLETE)
            fail_msg("'%s'", faults[i / 4]);
        assert_true(e.ours < 0 || GSS_ERROR(e.mit.major));
        ends_close(&e);
    }
}

static void
configure(const char *plugin)
{
    const char *dir = getenv("OPENSSPI_AUTHORITY") + strlen("embedded:");
    char path[96];
    FILE *f;

    snprintf(path, sizeof(path), "%s/mech", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "negoextest 2.25.1234567 %s\n", plugin);
    assert_int_equal(fclose(f), 0);
    setenv("GSS_MECH_CONFIG", path, 1);
    snprintf(path, sizeof(path), "%s/conf", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[authority]\nmode = embedded\nallow_environment = yes\nmodule_dir = %s\n"
            "[store]\nstate_dir = %s\n[service tests]\nuid = *\nmay = accept, initiate\n"
            "[package NegoExOne]\nmodule = negoex-one\n[package Negotiate]\n"
            "packages = NegoExOne\n", NEGOEX_MODULES, dir);
    assert_int_equal(fclose(f), 0);
    setenv("OPENSSPI_CONFIG", path, 1);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mit_accepts),
        cmocka_unit_test(mit_initiates),
        cmocka_unit_test(nobody_completes_with_another_key),
    };
    int failed = argc == 2 ? app_start() : 2;

    if (failed != 0)
        return failed;
    configure(argv[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return failed;
}
