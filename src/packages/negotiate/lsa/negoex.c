/*
 * NegoEx, both sides (MS-NEGOEX 3.1.5): the initiator lists its schemes, sends
 * each one's metadata and the first one's token; the acceptor answers with what
 * both have, in its own order; the package that stands first there does the
 * rest, in AP_REQUEST and CHALLENGE, and VERIFY each way ends it.
 *
 * Where nothing is left to choose from the call fails, and the engines go on
 * with SPNEGO's next mechanism as long as that can be done.
 *
 * Runs in the authority. Trusts the authority and the packages; tokens are a
 * stranger's.
 */
#include "packages/negotiate/lsa/negoex.h"

#include "base/secret.h"
#include "crypto/crypto.h"

#include <stdlib.h>

static struct negoex *
negoex_new(const struct nego_credential *credential)
{
    struct negoex *x = secret_new(sizeof(*x));

    if (x == NULL)
        return NULL;
    x->transcript = wr_init_heap(NEGOEX_TRANSCRIPT_MAX);
    negoex_schemes_fill(x, credential);
    return x;
}

void
negoex_free(struct negoex *x)
{
    if (x == NULL)
        return;
    while (x->count > 0)
        negoex_scheme_remove(x, x->count - 1);
    wr_wipe(&x->transcript);
    secret_free(x);
}

/* ---- the package at work ----------------------------------------------------- */

static NTSTATUS
package_run(struct nego_context *c, const struct nego_leg *leg, struct view token,
            struct nego_answer *answer)
{
    NTSTATUS st = nego_package_call(c, leg, token, answer);

    c->negoex->complete = c->through;
    return st;
}

static void
package_say(struct nego_context *c, const struct nego_answer *answer, struct wr *token)
{
    struct negoex_message m = { .type = c->kind == NEGO_HANDLE_ACCEPTOR ? NEGOEX_CHALLENGE
                                                                       : NEGOEX_AP_REQUEST,
                                .body = view_of(answer->token, answer->n) };

    if (answer->n == 0)
        return;
    memcpy(m.scheme, c->scheme->mech.scheme, NEGOEX_GUID);
    negoex_say(c->negoex, token, m);
}

static void
nego_say(struct nego_context *c, struct wr *token)
{
    uint8_t room[NEGO_MECHS_MAX * NEGOEX_GUID];
    struct negoex_message m = { .type = c->kind == NEGO_HANDLE_ACCEPTOR
                                            ? NEGOEX_ACCEPTOR_NEGO
                                            : NEGOEX_INITIATOR_NEGO };

    crypto_random(m.random, sizeof(m.random));
    m.schemes = negoex_schemes_list(c->negoex, room);
    negoex_say(c->negoex, token, m);
    negoex_meta_say(c, token);
}

static NTSTATUS
nothing_left(const struct nego_context *c)
{
    return nego_refuse(c, NT_SUCCESS(c->last_status) ? SEC_E_UNSUPPORTED_FUNCTION
                                                     : c->last_status,
                       "NegoEx has no package in common");
}

/* Either side, once the package is chosen: its token has come, or it is through. */
static NTSTATUS
package_go_on(struct nego_context *c, const struct nego_leg *leg,
              const struct negoex_heard *heard, struct wr *token)
{
    const struct negoex_message *m = negoex_heard_find(
        heard, c->kind == NEGO_HANDLE_ACCEPTOR ? NEGOEX_AP_REQUEST : NEGOEX_CHALLENGE, NULL);
    struct nego_answer answer;
    NTSTATUS st;

    if ((m != NULL) == c->negoex->complete)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, m != NULL ? "a token behind the last one"
                                                             : "the package's token is missing");
    if (m == NULL)
        return STATUS_SUCCESS;
    if (memcmp(m->scheme, c->scheme->mech.scheme, NEGOEX_GUID) != 0)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "a token of another scheme");
    st = package_run(c, leg, m->body, &answer);
    if (NT_SUCCESS(st))
        package_say(c, &answer, token);
    free(answer.token);
    return st;
}

/* ---- the initiator -------------------------------------------------------------- */

/* The first that makes a token; those before it are left out. */
static NTSTATUS
initiator_choose(struct nego_context *c, const struct nego_leg *leg, struct nego_answer *answer)
{
    struct negoex *x = c->negoex;
    NTSTATUS st;

    *answer = (struct nego_answer){ 0 };
    while (x->count > 0) {
        negoex_scheme_begin(c, 0);
        st = package_run(c, leg, view_of(NULL, 0), answer);
        if (NT_SUCCESS(st))
            return STATUS_SUCCESS;
        free(answer->token);
        *answer = (struct nego_answer){ 0 };
        if (st == SEC_E_NO_CREDENTIALS && nego_client_is_asked())
            return st;
        negoex_scheme_end(c);
        negoex_scheme_remove(x, 0);
    }
    return nothing_left(c);
}

static NTSTATUS
initiator_begin(struct nego_context *c, const struct nego_leg *leg, struct wr *token)
{
    struct nego_answer answer;
    NTSTATUS st;

    crypto_random(c->negoex->conversation, NEGOEX_GUID);
    negoex_meta_query(c, leg);
    st = initiator_choose(c, leg, &answer);
    if (!NT_SUCCESS(st))
        return st;
    nego_say(c, token);
    package_say(c, &answer, token);
    free(answer.token);
    return STATUS_SUCCESS;
}

/* The acceptor took our first token: it says something of that package. */
static bool
optimism_is_answered(const struct nego_context *c, const struct negoex_heard *heard)
{
    const struct negoex *x = c->negoex;
    const uint8_t *scheme = c->scheme->mech.scheme;

    return x->count > 0 && x->schemes[0].choice == c->scheme &&
           (negoex_heard_find(heard, NEGOEX_CHALLENGE, scheme) != NULL ||
            negoex_heard_find(heard, NEGOEX_VERIFY, scheme) != NULL);
}

/* The acceptor's order decides; unless it took our first token, the package begins again. */
static NTSTATUS
initiator_settle(struct nego_context *c, const struct nego_leg *leg,
                 const struct negoex_heard *heard, struct wr *token)
{
    struct negoex *x = c->negoex;
    struct nego_answer answer;
    NTSTATUS st;

    negoex_schemes_keep(x, heard->messages[0].schemes, true);
    if (!optimism_is_answered(c, heard))
        negoex_scheme_end(c);
    negoex_meta_exchange(c, leg, heard);
    x->fixed = true;
    if (c->scheme != NULL)
        return package_go_on(c, leg, heard, token);
    st = initiator_choose(c, leg, &answer);
    if (NT_SUCCESS(st))
        package_say(c, &answer, token);
    free(answer.token);
    return st;
}

static NTSTATUS
initiator_step(struct nego_context *c, const struct nego_leg *leg,
               const struct negoex_heard *heard, struct wr *token)
{
    if (heard->count == 0)
        return initiator_begin(c, leg, token);
    return c->negoex->fixed ? package_go_on(c, leg, heard, token)
                            : initiator_settle(c, leg, heard, token);
}

/* ---- the acceptor ----------------------------------------------------------------- */

/* The client's first token is used if it is of the package that we prefer, and if it works. */
static void
acceptor_try(struct nego_context *c, const struct nego_leg *leg,
             const struct negoex_heard *heard, struct wr *token)
{
    const struct negoex_message *m = negoex_heard_find(heard, NEGOEX_AP_REQUEST, NULL);
    struct nego_answer answer;

    if (m == NULL || negoex_scheme_find(c->negoex, m->scheme) != 0)
        return;
    negoex_scheme_begin(c, 0);
    if (NT_SUCCESS(package_run(c, leg, m->body, &answer)))
        package_say(c, &answer, token);
    else
        negoex_scheme_end(c);
    free(answer.token);
}

static NTSTATUS
acceptor_begin(struct nego_context *c, const struct nego_leg *leg,
               const struct negoex_heard *heard, struct wr *token)
{
    negoex_schemes_keep(c->negoex, heard->messages[0].schemes, false);
    negoex_meta_exchange(c, leg, heard);
    negoex_meta_query(c, leg);
    if (c->negoex->count == 0)
        return nothing_left(c);
    nego_say(c, token);
    acceptor_try(c, leg, heard, token);
    return STATUS_SUCCESS;
}

/*
 * The client's second token says which package it is to be, of those that both have: another
 * one than began, if that did not know what to do with our metadata.
 */
static NTSTATUS
acceptor_settle(struct nego_context *c, const struct nego_leg *leg,
                const struct negoex_heard *heard, struct wr *token)
{
    const struct negoex_message *m = negoex_heard_find(heard, NEGOEX_AP_REQUEST, NULL);
    struct negoex *x = c->negoex;
    size_t i = m != NULL ? negoex_scheme_find(x, m->scheme) : x->count;

    x->fixed = true;
    if (i < x->count && x->schemes[i].choice != c->scheme && !x->complete)
        negoex_scheme_begin(c, i);
    if (c->scheme == NULL)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "the client chose what was not offered");
    return package_go_on(c, leg, heard, token);
}

static NTSTATUS
acceptor_step(struct nego_context *c, const struct nego_leg *leg,
              const struct negoex_heard *heard, struct wr *token)
{
    if (heard->messages[0].type == NEGOEX_INITIATOR_NEGO)
        return acceptor_begin(c, leg, heard, token);
    return c->negoex->fixed ? package_go_on(c, leg, heard, token)
                            : acceptor_settle(c, leg, heard, token);
}

/* ---- a leg -------------------------------------------------------------------------- */

static NTSTATUS
leg_run(struct nego_context *c, const struct nego_leg *leg, struct view in,
        struct negoex_heard *heard, struct wr *token)
{
    bool acceptor = c->kind == NEGO_HANDLE_ACCEPTOR;
    NTSTATUS st = STATUS_SUCCESS;

    heard->count = 0;
    if (acceptor || c->negoex->sequence > 0)
        st = negoex_hear(c, in, heard);
    else if (in.n > 0)
        st = nego_refuse(c, SEC_E_INVALID_TOKEN, "a token of what has not begun");
    if (NT_SUCCESS(st))
        st = (acceptor ? acceptor_step : initiator_step)(c, leg, heard, token);
    if (NT_SUCCESS(st))
        st = negoex_verify(c, heard, token);
    if (!NT_SUCCESS(st))
        return st;
    if (token->failed)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!c->through && token->len == 0)
        return nego_refuse(c, SEC_E_INVALID_TOKEN, "both sides of NegoEx wait");
    return c->through ? STATUS_SUCCESS : SEC_I_CONTINUE_NEEDED;
}

NTSTATUS
negoex_call(struct nego_context *c, const struct nego_leg *leg, struct view token,
            struct nego_answer *out)
{
    struct wr w = wr_init_heap(NEGO_MESSAGE_MAX);
    struct negoex_heard heard;
    NTSTATUS st;

    *out = (struct nego_answer){ 0 };
    if (c->negoex == NULL)
        c->negoex = negoex_new(c->credential);
    if (c->negoex == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    st = leg_run(c, leg, token, &heard, &w);
    c->through = NT_SUCCESS(st) && c->through;
    c->last_status = st;
    if (NT_SUCCESS(st))
        out->token = wr_take(&w, &out->n);
    wr_wipe(&w);
    return st;
}
