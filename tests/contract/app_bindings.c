/*
 * Channel bindings as applications pass them (AcceptSecurityContext's page, SecBuffer's,
 * SEC_CHANNEL_BINDINGS_RESULT): in the input beside the token, with the report in the output.
 */
#include "app.h"

/* What the server has for its report, where it does not let the library allocate. */
static ULONG report_room = sizeof(SEC_CHANNEL_BINDINGS_RESULT);

/* One leg of a server that passes bindings; its report, and the token in to_client. */
static SECURITY_STATUS
accept_bound(struct app_pair *p, bool first, const SecBuffer *token, const SecBuffer *own,
             ULONG requirements, SecBuffer *to_client, ULONG *report)
{
    SecBuffer in[2] = { *own, *token };         /* the order is free */
    SEC_CHANNEL_BINDINGS_RESULT room = { 0xAAAAAAAA };
    bool allocate = (requirements & ASC_REQ_ALLOCATE_MEMORY) != 0;
    SecBuffer out[2] = {
        { allocate ? 0 : report_room, SECBUFFER_CHANNEL_BINDINGS_RESULT,
          allocate ? NULL : &room },
        *to_client,
    };
    SecBufferDesc input = { SECBUFFER_VERSION, 2, in }, output = { SECBUFFER_VERSION, 2, out };
    SECURITY_STATUS st =
        AcceptSecurityContext(&p->server_cred, first ? NULL : &p->server, &input, requirements,
                              SECURITY_NETWORK_DREP, &p->server, &output, &p->server_attributes,
                              NULL);

    *to_client = out[1];
    *report = 0;
    if (out[0].cbBuffer == sizeof(*report))
        memcpy(report, out[0].pvBuffer, sizeof(*report));
    if (allocate && out[0].pvBuffer != NULL)
        assert_int_equal(FreeContextBuffer(out[0].pvBuffer), SEC_E_OK);
    return st;
}

static SECURITY_STATUS
initiate_bound(struct app_pair *p, bool first, const SecBuffer *token, const SecBuffer *own,
               SecBuffer *to_server)
{
    SecBuffer in[2] = { *own, first ? *own : *token };
    SecBufferDesc input = { SECBUFFER_VERSION, first ? 1 : 2, in };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, to_server };

    return InitializeSecurityContextW(&p->client_cred, first ? NULL : &p->client, app_target,
                                      ISC_REQ_INTEGRITY, 0, SECURITY_NETWORK_DREP, &input, 0,
                                      &p->client, &output, &p->client_attributes, NULL);
}

/* A whole handshake of this package with these channels at both ends. */
static void
bound_by(const char16_t *package, const char *ours, const char *theirs, ULONG requirements,
         SECURITY_STATUS want, ULONG want_report)
{
    static uint8_t client_room[4096], server_room[4096];
    bool allocate = (requirements & ASC_REQ_ALLOCATE_MEMORY) != 0;
    SecBuffer to_server = { sizeof(client_room), SECBUFFER_TOKEN, client_room };
    SecBuffer to_client = { sizeof(server_room), SECBUFFER_TOKEN, allocate ? NULL : server_room };
    struct app_bindings own, other;
    struct app_pair p = { .client_cred = app_outbound(package, app_user, app_password),
                          .server_cred = app_inbound(package) };
    bool wrapped = package[1] == u'e';          /* Negotiate has one more token, of the server */
    ULONG report;

    app_bindings_make(&own, ours);
    app_bindings_make(&other, theirs);
    assert_int_equal(initiate_bound(&p, true, NULL, &other.buffer, &to_server),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_bound(&p, true, &to_server, &own.buffer, requirements, &to_client,
                                  &report), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(report, 0);
    to_server.cbBuffer = sizeof(client_room);
    assert_int_equal(initiate_bound(&p, false, &to_client, &other.buffer, &to_server),
                     wrapped ? SEC_I_CONTINUE_NEEDED : SEC_E_OK);
    if (allocate)
        assert_int_equal(FreeContextBuffer(to_client.pvBuffer), SEC_E_OK);
    to_client = (SecBuffer){ sizeof(server_room), SECBUFFER_TOKEN, allocate ? NULL : server_room };
    if (!allocate) {
        /* Too little room for it uses nothing up. */
        SecBuffer again = to_client;

        report_room = 1;
        assert_int_equal(accept_bound(&p, false, &to_server, &own.buffer, requirements, &again,
                                      &report), SEC_E_BUFFER_TOO_SMALL);
        report_room = sizeof(SEC_CHANNEL_BINDINGS_RESULT);
    }
    assert_int_equal(accept_bound(&p, false, &to_server, &own.buffer, requirements, &to_client,
                                  &report), want);
    assert_int_equal(report, want_report);
    /* NTLM has nothing to send, whatever came of it. */
    assert_int_equal(to_client.cbBuffer > 0, wrapped && want == SEC_E_OK);
    if (allocate)
        assert_int_equal(FreeContextBuffer(to_client.pvBuffer), SEC_E_OK);
    app_close(&p);
}

static void
bound(const char *ours, const char *theirs, ULONG requirements, SECURITY_STATUS want,
      ULONG want_report)
{
    bound_by(u"NTLM", ours, theirs, requirements, want, want_report);
    bound_by(u"Negotiate", ours, theirs, requirements, want, want_report);
}

#define SAID SEC_CHANNEL_BINDINGS_RESULT_CLIENT_SUPPORT

static void
same_channel(void **state)
{
    (void)state;
    bound("tls-unique:1", "tls-unique:1", 0, SEC_E_OK,
          SAID | SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED);
    bound("tls-unique:1", "tls-unique:1", ASC_REQ_ALLOCATE_MEMORY, SEC_E_OK,
          SAID | SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED);
}

/* The report comes with the error, too. */
static void
another_channel(void **state)
{
    (void)state;
    bound("tls-unique:1", "tls-unique:2", 0, SEC_E_BAD_BINDINGS,
          SAID | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH);
    bound("tls-unique:1", "tls-unique:2", ASC_REQ_ALLOCATE_MEMORY, SEC_E_BAD_BINDINGS,
          SAID | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH);
    bound("tls-unique:1", "tls-unique:2", ASC_REQ_PROXY_BINDINGS, SEC_E_OK,
          SAID | SEC_CHANNEL_BINDINGS_RESULT_VALID_PROXY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_channel),
        cmocka_unit_test(another_channel),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests_name("contract.app.bindings", tests, NULL, NULL);
    app_stop();
    return result;
}
