/*
 * NegoEx's tokens: messages in the order of their numbers, of one conversation,
 * each kept as it is on the wire for the checksums of VERIFY (MS-NEGOEX 3.1).
 *
 * CHOICE: what Windows and MIT only look past is refused: a message of the wrong
 * direction, a second one of the same kind, a negotiation that begins anew.
 *
 * Runs in the authority. Tokens are a stranger's.
 */
#include "packages/negotiate/lsa/negoex.h"

/* Who may send what, and whether only in his first token. */
static const struct negoex_rule {
    bool to_acceptor, to_initiator;
    bool first_token;
    bool once_a_scheme;         /* else once a token */
} rules[NEGOEX_TYPES] = {
    [NEGOEX_INITIATOR_NEGO] = { .to_acceptor = true, .first_token = true },
    [NEGOEX_ACCEPTOR_NEGO] = { .to_initiator = true, .first_token = true },
    [NEGOEX_INITIATOR_META_DATA] = { .to_acceptor = true, .first_token = true,
                                     .once_a_scheme = true },
    [NEGOEX_ACCEPTOR_META_DATA] = { .to_initiator = true, .first_token = true,
                                    .once_a_scheme = true },
    [NEGOEX_CHALLENGE] = { .to_initiator = true },
    [NEGOEX_AP_REQUEST] = { .to_acceptor = true },
    [NEGOEX_VERIFY] = { .to_acceptor = true, .to_initiator = true },
    [NEGOEX_ALERT] = { .to_acceptor = true, .to_initiator = true },
};

const struct negoex_message *
negoex_heard_find(const struct negoex_heard *heard, enum negoex_type type, const uint8_t *scheme)
{
    for (size_t i = 0; i < heard->count; i++) {
        const struct negoex_message *m = &heard->messages[i];

        if (m->type == type &&
            (scheme == NULL || memcmp(m->scheme, scheme, NEGOEX_GUID) == 0))
            return m;
    }
    return NULL;
}

/* NULL: it may come here. */
static const char *
what_is_wrong(const struct nego_context *c, const struct negoex_heard *heard,
              const struct negoex_message *m)
{
    const struct negoex_rule *rule = &rules[m->type];
    const struct negoex *x = c->negoex;
    bool nego = m->type <= NEGOEX_ACCEPTOR_NEGO;

    if (c->kind == NEGO_HANDLE_ACCEPTOR ? !rule->to_acceptor : !rule->to_initiator)
        return "a NegoEx message of the other direction";
    if (m->sequence != x->sequence)
        return "a NegoEx message is missing, or twice";
    if (memcmp(m->conversation, x->conversation, NEGOEX_GUID) != 0)
        return "a NegoEx message of another conversation";
    if (rule->first_token && x->heard)
        return "NegoEx begins anew";
    if (nego != (!x->heard && heard->count == 0))
        return "NegoEx's first message is missing, or twice";
    if (negoex_heard_find(heard, m->type, rule->once_a_scheme ? m->scheme : NULL) != NULL)
        return "a NegoEx message of one kind twice";
    return NULL;
}

static NTSTATUS
message_take(struct nego_context *c, struct rd *r, struct negoex_heard *heard)
{
    struct negoex *x = c->negoex;
    struct negoex_message m;
    const char *wrong;
    NTSTATUS st = negoex_message_get(r, &m);

    if (!NT_SUCCESS(st))
        return nego_refuse(c, st, "a NegoEx message is malformed");
    /* The initiator makes the conversation's name (MS-NEGOEX 3.1.5.2). */
    if (c->kind == NEGO_HANDLE_ACCEPTOR && x->sequence == 0)
        memcpy(x->conversation, m.conversation, NEGOEX_GUID);
    wrong = what_is_wrong(c, heard, &m);
    if (wrong != NULL)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, wrong);
    if (heard->count == NEGOEX_MESSAGES_MAX)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "too many NegoEx messages");
    heard->before[heard->count] = x->transcript.len;
    heard->messages[heard->count++] = m;
    x->sequence++;
    wr_view(&x->transcript, m.whole);
    return x->transcript.failed ? SEC_E_INSUFFICIENT_MEMORY : STATUS_SUCCESS;
}

NTSTATUS
negoex_hear(struct nego_context *c, struct view token, struct negoex_heard *heard)
{
    struct rd r = rd_init(token);
    NTSTATUS st = STATUS_SUCCESS;

    heard->count = 0;
    while (NT_SUCCESS(st) && rd_left(&r) > 0)
        st = message_take(c, &r, heard);
    if (NT_SUCCESS(st) && heard->count == 0)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "NegoEx's token is missing");
    if (NT_SUCCESS(st))
        c->negoex->heard = true;
    return st;
}

void
negoex_say(struct negoex *x, struct wr *token, struct negoex_message m)
{
    size_t begin = token->len;

    m.sequence = x->sequence++;
    memcpy(m.conversation, x->conversation, NEGOEX_GUID);
    negoex_message_put(token, &m);
    if (!token->failed)
        wr_bytes(&x->transcript, token->p + begin, token->len - begin);
    token->failed |= x->transcript.failed;
}
