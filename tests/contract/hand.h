/*
 * An initiator of SPNEGO that is written by hand, over NTLM's own: it lists what it likes, and
 * says what it should not.
 */
#ifndef CONTRACT_HAND_H
#define CONTRACT_HAND_H

#include "app.h"

#include "packages/negotiate/wire/spnego.h"

#include "base/wr.h"

#define HAND_ROOM 4096

/* Credentials of the account for this package, and Negotiate's to accept with. */
struct app_pair hand_pair_open(const char16_t *client, char16_t *password);
/* NEGOTIATION_INFO. */
void hand_info_is(CtxtHandle *c, const char16_t *package, ULONG negotiation_state);

struct hand {
    struct app_pair p;
    uint8_t list[64];
    size_t list_n;
    uint8_t in[HAND_ROOM], out[HAND_ROOM];
    SecBuffer in_buffer, out_buffer;
    SecBufferDesc in_desc, out_desc;
    ULONG room;                 /* what the server has; 0: HAND_ROOM */
    bool begun, client_begun;
};

/* AcceptSecurityContext with this token; the answer lies in h->out. */
SECURITY_STATUS hand_send(struct hand *h, struct view token);
/* One leg of NTLM's own initiator; the token lies in h->in. */
struct view hand_ntlm(struct hand *h, struct view challenge);
struct view hand_resp(const struct spnego_resp *resp, uint8_t room[HAND_ROOM]);
/*
 * Up to the challenge, whose reply is parsed into resp. Kerberos stands first, which this server
 * has no key for: NTLM has to be asked for, and proven.
 */
void hand_begin(struct hand *h, struct spnego_resp *resp);
/*
 * The last token, in the state that challenge says, with a signature by NTLM's own user half over
 * these bytes; n 0: without.
 */
SECURITY_STATUS hand_finish(struct hand *h, const struct spnego_resp *challenge,
                            const uint8_t *list, size_t n);
void hand_close(struct hand *h);

#endif
