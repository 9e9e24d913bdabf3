#include "meddle.h"

#define TOKENS_MAX 8
#define TRAILER_MAX 96

static void
one_message(CtxtHandle *from, CtxtHandle *to)
{
    uint8_t trailer[TRAILER_MAX];
    char text[] = "behind the negotiation";
    SecBuffer b[2] = { { sizeof(trailer), SECBUFFER_TOKEN, trailer },
                       { sizeof(text), SECBUFFER_DATA, text } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

    assert_int_equal(EncryptMessage(from, 0, &d, 0), SEC_E_OK);
    assert_string_not_equal(text, "behind the negotiation");
    assert_int_equal(DecryptMessage(to, &d, 0, NULL), SEC_E_OK);
    assert_string_equal(text, "behind the negotiation");
}

void
meddle_messages_flow(struct app_pair *p)
{
    for (int i = 0; i < 3; i++) {
        one_message(&p->client, &p->server);
        one_message(&p->server, &p->client);
        one_message(&p->server, &p->client);
    }
}

static SECURITY_STATUS
one_leg(struct app_pair *p, unsigned n, ULONG requirements, SecBuffer *in, SecBuffer *out)
{
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, out };

    if (n % 2 == 0)
        return InitializeSecurityContextW(&p->client_cred, n ? &p->client : NULL, app_target,
                                          requirements, 0, SECURITY_NETWORK_DREP,
                                          n ? &in_desc : NULL, 0, &p->client, &out_desc,
                                          &p->client_attributes, NULL);
    return AcceptSecurityContext(&p->server_cred, n > 1 ? &p->server : NULL, &in_desc, 0,
                                 SECURITY_NETWORK_DREP, &p->server, &out_desc,
                                 &p->server_attributes, NULL);
}

/* The contexts are only there once a call for them went well. */
static void
judge(struct app_pair *p, const char16_t *package, const SECURITY_STATUS status[2],
      const bool begun[2])
{
    CtxtHandle *contexts[2] = { &p->client, &p->server };

    if (status[0] == SEC_E_OK && status[1] == SEC_E_OK)
        meddle_messages_flow(p);
    for (unsigned i = 0; i < 2; i++) {
        if (status[i] == SEC_E_OK)
            hand_info_is(contexts[i], package, SECPKG_NEGOTIATION_COMPLETE);
        if (begun[i])
            assert_int_equal(DeleteSecurityContext(contexts[i]), SEC_E_OK);
    }
}

bool
meddle(struct app_pair *p, ULONG requirements, const char16_t *package, const struct meddler *m)
{
    uint8_t a[HAND_ROOM], b[HAND_ROOM];
    SecBuffer in = { 0, SECBUFFER_TOKEN, b }, out = { HAND_ROOM, SECBUFFER_TOKEN, a };
    SECURITY_STATUS status[2] = { SEC_I_CONTINUE_NEEDED, SEC_I_CONTINUE_NEEDED };
    bool begun[2] = { false, false };

    for (unsigned n = 0; n < TOKENS_MAX; n++) {
        out.cbBuffer = HAND_ROOM;
        status[n % 2] = one_leg(p, n, requirements, &in, &out);
        begun[n % 2] |= status[n % 2] >= 0;
        if (status[n % 2] < 0 || out.cbBuffer == 0)
            break;
        memcpy(b, a, in.cbBuffer = out.cbBuffer);
        if (n == m->token)
            b[m->at % in.cbBuffer] ^= m->with;
    }
    judge(p, package, status, begun);
    return status[1] == SEC_E_OK;
}
