/*
 * Many threads at one authority: sessions begin and end, handshakes start, fail, finish
 * and time out, the configuration is taken anew, all at once. Under ThreadSanitizer a
 * race is an error; without it what counts is that everything made is gone at the end.
 */
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 150
#define SHARERS 4

static atomic_bool stop, failed;

static void
expect(bool true_thing)
{
    if (!true_thing)
        atomic_store(&failed, true);
}

static status_t
say(struct exchange *x, struct answer_connection *c, struct view cookie)
{
    return exchange_ask(x, c, IPC_ID_hello,
                        (&(struct ipc_hello_req){ .version = IPC_VERSION, .session = cookie }));
}

static uint64_t
get_credential(struct exchange *x, struct answer_connection *c)
{
    struct ipc_acquire_credential_req q = { .package = W("Parallel"), .use = INBOUND };

    expect(exchange_ask(x, c, IPC_ID_acquire_credential, &q) == SEC_E_OK);
    return x->reply.acquire_credential_rep.credential;
}

static status_t
leg(struct exchange *x, struct answer_connection *c, uint64_t credential, uint64_t *context,
    const char *token)
{
    struct ipc_accept_context_req q = { .credential = credential, .context = *context,
                                        .input = { .count = 1, .present = true } };
    status_t s;

    q.input.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 0, view_of(token, strlen(token)) };
    s = exchange_ask(x, c, IPC_ID_accept_context, &q);
    if (s >= 0)
        *context = x->reply.accept_context_rep.context;
    return s;
}

/* One process's life; some of its contexts it leaves for the end of the session. */
static void
live(struct exchange *x, uint32_t pid, unsigned round)
{
    struct answer_connection *c = world_connect(ALL, pid);
    uint64_t credential;

    expect(say(x, c, view_of(NULL, 0)) == SEC_E_OK);
    credential = get_credential(x, c);
    for (unsigned i = 0; i < 6; i++) {
        uint64_t context = 0;
        status_t s = leg(x, c, credential, &context, "again");

        /* The reaper may have been faster: every deadline is over at once. */
        expect(s == SEC_I_CONTINUE_NEEDED);
        s = leg(x, c, 0, &context, i % 3 ? "done" : "no");
        expect(s == SEC_E_OK || s == SEC_E_LOGON_DENIED || s == SEC_E_INVALID_HANDLE);
        if ((i + round) % 2) {
            s = exchange_ask(x, c, IPC_ID_delete_context,
                             (&(struct ipc_delete_context_req){ .context = context }));
            expect(s == SEC_E_OK || s == SEC_E_INVALID_HANDLE);
        }
    }
    answer_connection_free(c);
}

static void *
lives(void *arg)
{
    uint32_t pid = (uint32_t)(uintptr_t)arg;
    struct exchange *x = calloc(1, sizeof(*x));

    for (unsigned i = 0; x && i < ROUNDS; i++)
        live(x, pid, i);
    if (x)
        exchange_wipe(x);
    free(x);
    return NULL;
}

static void *
ticks(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop))
        answer_authority_tick(world.authority);
    return NULL;
}

static void *
reloads(void *arg)
{
    (void)arg;
    for (int i = 0; i < 200 && !atomic_load(&stop); i++)
        world_reload();
    return NULL;
}

static void *
statuses(void *arg)
{
    struct exchange *x = calloc(1, sizeof(*x));
    struct answer_connection *c = world_connect(ALL, 999);

    (void)arg;
    expect(say(x, c, view_of(NULL, 0)) == SEC_E_OK);
    while (!atomic_load(&stop))
        expect(exchange_ask(x, c, IPC_ID_status, (&(struct ipc_status_req){ 0 })) == SEC_E_OK);
    answer_connection_free(c);
    exchange_wipe(x);
    free(x);
    return NULL;
}

static void
assert_nothing_is_left(void)
{
    assert_int_equal(status_number("contexts"), 0);
    assert_int_equal(status_number("half_open"), 0);
    assert_int_equal(status_number("credentials"), 0);
    assert_int_equal(status_number("clients"), 1);
    assert_int_equal(world.parallel->contexts, 0);
    assert_int_equal(world.parallel->credentials, 0);
    assert_false(world.parallel->wrong);
    assert_false(failed);
}

static void
threads_live_side_by_side(void **state)
{
    pthread_t threads[THREADS], ticker, reloader, asker;

    (void)state;
    world.services[ALL].handshake_seconds = 0;
    world.services[ALL].failures_per_minute = UINT32_MAX;
    world_reload();
    atomic_store(&stop, false);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, lives, (void *)(100 + i)), 0);
    assert_int_equal(pthread_create(&ticker, NULL, ticks, NULL), 0);
    assert_int_equal(pthread_create(&reloader, NULL, reloads, NULL), 0);
    assert_int_equal(pthread_create(&asker, NULL, statuses, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(ticker, NULL), 0);
    assert_int_equal(pthread_join(reloader, NULL), 0);
    assert_int_equal(pthread_join(asker, NULL), 0);
    assert_nothing_is_left();
}

/* ---- one session, several threads ------------------------------------- */

struct sharer {
    struct answer_connection *connection;
    uint64_t credential;
    const uint64_t *contexts;       /* of all sharers: each deletes, and continues, all of them */
};

#define SHARED_CONTEXTS 200

static void *
share(void *arg)
{
    struct sharer *me = arg;
    struct exchange *x = calloc(1, sizeof(*x));

    for (size_t i = 0; x && i < SHARED_CONTEXTS; i++) {
        uint64_t context = me->contexts[i];
        status_t s = leg(x, me->connection, me->credential, &context, "again");

        expect(s == SEC_I_CONTINUE_NEEDED || s == SEC_E_INVALID_HANDLE);
        s = leg(x, me->connection, 0, &context, "done");
        expect(s == SEC_E_OK || s == SEC_E_INVALID_HANDLE);
        s = exchange_ask(x, me->connection, IPC_ID_delete_context,
                         (&(struct ipc_delete_context_req){ .context = me->contexts[i] }));
        expect(s == SEC_E_OK || s == SEC_E_INVALID_HANDLE);
    }
    if (x)
        exchange_wipe(x);
    free(x);
    return NULL;
}

static void
threads_share_contexts(void **state)
{
    static uint64_t contexts[SHARED_CONTEXTS];
    struct sharer sharers[SHARERS];
    pthread_t threads[SHARERS];
    uint8_t cookie[16];

    (void)state;
    world.services[ALL].max_contexts = world.services[ALL].max_half_open = 2 * SHARED_CONTEXTS;
    world_reload();
    sharers[0].connection = world_session(ALL, 10);
    memcpy(cookie, reply_of(hello)->session.p, 16);
    sharers[0].credential = acquire(sharers[0].connection, W("Parallel"), INBOUND);
    for (size_t i = 0; i < SHARED_CONTEXTS; i++)
        assert_int_equal(accept_leg(sharers[0].connection, sharers[0].credential, &contexts[i],
                                    "again"),
                         SEC_I_CONTINUE_NEEDED);
    for (size_t i = 0; i < SHARERS; i++) {
        if (i > 0)
            sharers[i] = (struct sharer){ world_connect(ALL, 10), sharers[0].credential, NULL };
        sharers[i].contexts = contexts;
        if (i > 0)
            assert_int_equal(say(&world.x, sharers[i].connection, view_of(cookie, 16)), SEC_E_OK);
    }
    for (size_t i = 0; i < SHARERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, share, &sharers[i]), 0);
    for (size_t i = 0; i < SHARERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < SHARERS; i++)
        answer_connection_free(sharers[i].connection);
    assert_nothing_is_left();
}

/* ---- one connection, several threads (the embedded authority's way) ---- */

static pthread_barrier_t together;
static atomic_uint greeted;

static void *
greet(void *arg)
{
    struct exchange *x = calloc(1, sizeof(*x));
    status_t s;

    pthread_barrier_wait(&together);
    s = say(x, arg, view_of(NULL, 0));
    expect(s == SEC_E_OK || s == SEC_E_INVALID_HANDLE || s == CLOSED);
    if (s == SEC_E_OK)
        atomic_fetch_add(&greeted, 1);
    (void)get_credential(x, arg);
    exchange_wipe(x);
    free(x);
    return NULL;
}

static void
one_connection_has_one_session(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct answer_connection *c = world_connect(ALL, 10);

        atomic_store(&greeted, 0);
        pthread_barrier_init(&together, NULL, THREADS);
        for (size_t i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, greet, c), 0);
        for (size_t i = 0; i < THREADS; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        pthread_barrier_destroy(&together);
        assert_int_equal(greeted, 1);
        answer_connection_free(c);
    }
    assert_nothing_is_left();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(threads_live_side_by_side),
        TEST(threads_share_contexts),
        TEST(one_connection_has_one_session),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
