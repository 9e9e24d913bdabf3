/*
 * The fast pool. All its threads wait on one poll set; the one that wakes
 * receives the message, answers it, sends the reply and arms the client again:
 * one datagram each way, one wake-up, no hand-over. Only calls of packages that
 * may wait (answer_is_slow()) go to the other pool (D6).
 *
 * Runs in: the fast workers of lsad. Trusts: nothing that comes off a socket; a
 * malformed message ends its own connection and no other.
 */
#include "lsad/server.h"

#include "winerror.h"

#include <errno.h>
#include <stdatomic.h>

#define SERVE_BATCH 16

/* Has the message in the inbox answered. False: the client went to the slow pool. */
static bool
request_answer(struct lsad_server *s, struct lsad_client *client, struct ipc_inbox *inbox,
               bool *keep)
{
    if (client->connection == NULL || !answer_is_slow(client->connection, inbox->message)) {
        *keep = lsad_client_answer(client, inbox->message);
        return true;
    }
    /* A slow call is one of a session. */
    lsad_client_greet(client);
    if (lsad_slow_pool_add(&s->slow, client, inbox))
        return false;
    *keep = lsad_client_refuse(client, inbox->message, SEC_E_NO_AUTHENTICATING_AUTHORITY);
    return true;
}

enum turn { TURN_AGAIN, TURN_DONE, TURN_END, TURN_GIVEN };

/*
 * The next message of a client that just got a reply, if it comes soon. One worker at least is left
 * to everybody else.
 */
static int
receive_next(struct lsad_server *s, struct lsad_client *client, struct ipc_inbox *inbox)
{
    bool may_look = atomic_fetch_add(&s->looking, 1) < s->looking_max;
    int got = ipc_receive(client->source.fd, inbox, may_look ? IPC_SOON : 0);

    atomic_fetch_sub(&s->looking, 1);
    return got;
}

/* One message, if there is one. */
static enum turn
client_turn(struct lsad_server *s, struct lsad_client *client, struct ipc_inbox *inbox, bool first)
{
    int got = first ? ipc_receive(client->source.fd, inbox, 0) : receive_next(s, client, inbox);
    bool keep;

    if (got == -EAGAIN || got == -ETIMEDOUT)
        return TURN_DONE;
    if (got < 0 && got != -ECONNRESET)
        lsad_client_complain(client, got);
    if (got <= 0)
        return TURN_END;
    if (!request_answer(s, client, inbox, &keep))
        return TURN_GIVEN;
    ipc_inbox_clear(inbox);
    return keep ? TURN_AGAIN : TURN_END;
}

/*
 * A client that got its reply often asks again before this worker is back in its
 * wait; arming at once would then wake another worker, and each call would cost a
 * wake-up across processors. So the socket is looked at a little longer first; a
 * busy client still goes to the end of the line after SERVE_BATCH calls.
 */
static void
client_serve(struct lsad_server *s, struct lsad_client *client, bool hung_up,
             struct ipc_inbox *inbox)
{
    enum turn turn = TURN_AGAIN;

    /* What a dead client still has in its socket is not executed: nobody waits for it. */
    if (hung_up)
        turn = TURN_END;
    for (int i = 0; i < SERVE_BATCH && turn == TURN_AGAIN; i++)
        turn = client_turn(s, client, inbox, i == 0);
    if (turn != TURN_GIVEN)
        lsad_client_return(client, &s->poll, turn != TURN_END);
}

/* The source's structure begins with the source. */
static void
source_serve(struct lsad_server *s, const struct lsad_event *event, struct ipc_inbox *inbox)
{
    if (event->source->kind == LSAD_SOURCE_CLIENT)
        client_serve(s, (struct lsad_client *)event->source, event->hung_up, inbox);
    else
        lsad_accept(s, (struct lsad_listener *)event->source);
}

void *
lsad_worker_run(void *server)
{
    struct lsad_server *s = server;
    struct lsad_event events[LSAD_EVENTS_MAX];
    struct ipc_inbox inbox;
    unsigned count;

    ipc_inbox_init(&inbox);
    for (;;) {
        /* Before the wait: an empty set means the end only if it was empty while stopping. */
        bool stopping = lsad_poll_is_stopping(&s->poll);

        count = lsad_poll_wait(&s->poll, events);
        if (count == 0 && stopping)
            break;
        for (unsigned i = 0; i < count; i++)
            source_serve(s, &events[i], &inbox);
    }
    ipc_inbox_wipe(&inbox);
    return NULL;
}
