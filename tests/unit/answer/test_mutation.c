/*
 * 20,000 messages that were valid before some of their bytes were changed, from a fixed
 * seed. The oracle: every one is answered or closes its connection; a valid handshake
 * works in between; and when the sessions are gone, everything that they made is, too.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define MUTATIONS 20000
#define CHANGES_MAX 4
#define HANDSHAKE_EVERY 1000

/* xorshift64*: the same sequence on every machine. */
static uint64_t
random_next(void)
{
    static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t
random_below(uint32_t n)
{
    return (uint32_t)(random_next() >> 32) % n;
}

/* ---- valid messages ---------------------------------------------------- */

static struct answer_connection *connection;
static uint64_t credential, context;

static void
begin_session(void)
{
    connection = world_session(ALL, 10);
    credential = acquire(connection, W("Parallel"), SECPKG_CRED_BOTH);
    context = 0;
    assert_int_equal(accept_leg(connection, credential, &context, "again"), SEC_I_CONTINUE_NEEDED);
}

static struct ipc_buffers
buffers(const char *token)
{
    struct ipc_buffers b = { .count = 2, .present = true };

    b.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 64, view_of(token, strlen(token)) };
    b.v[1] = (struct ipc_buffer){ SECBUFFER_EMPTY, 0, view_of("", 0) };
    return b;
}

static union message
valid_request(enum ipc_id id)
{
    static const uint32_t luid[2] = { SERVICE_UID, 1 };
    union message m = { 0 };

    switch (id) {
    case IPC_ID_hello:
        m.hello_req = (struct ipc_hello_req){ .version = IPC_VERSION };
        break;
    case IPC_ID_acquire_credential:
        m.acquire_credential_req =
            (struct ipc_acquire_credential_req){ .package = W("Parallel"),
                                                  .principal = W("someone"),
                                                  .use = INBOUND,
                                                  .auth_data = 0x1000,
                                                  .logon_id = view_of(luid, sizeof(luid)) };
        break;
    case IPC_ID_add_credential:
        m.add_credential_req = (struct ipc_add_credential_req){
            .credential = credential, .package = W("Parallel"), .use = INBOUND };
        break;
    case IPC_ID_set_credential:
    case IPC_ID_set_context:
        m.set_credential_req =
            (struct ipc_set_credential_req){ credential, 1, view_of("value", 5), { 0 } };
        m.set_context_req.context = id == IPC_ID_set_context ? context : credential;
        break;
    case IPC_ID_query_credential:
        m.query_credential_req = (struct ipc_query_credential_req){ credential, 1, { 0 } };
        break;
    case IPC_ID_query_context:
        m.query_context_req = (struct ipc_query_context_req){ context, SECPKG_ATTR_FLAGS, { 0 } };
        break;
    case IPC_ID_initialize_context:
        m.initialize_context_req = (struct ipc_initialize_context_req){
            .credential = credential, .target = W("host/there"), .input = buffers("again"),
            .output = buffers("") };
        break;
    case IPC_ID_accept_context:
        m.accept_context_req = (struct ipc_accept_context_req){
            .credential = credential, .context = random_below(2) ? context : 0,
            .input = buffers(random_below(2) ? "again" : "done"), .output = buffers("") };
        break;
    case IPC_ID_apply_control_token:
        m.apply_control_token_req =
            (struct ipc_apply_control_token_req){ context, buffers("x"), { 0 } };
        break;
    case IPC_ID_change_password:
        m.change_password_req = (struct ipc_change_password_req){ .package = W("Scripted"),
                                                                   .account = W("a"),
                                                                   .old_password = W("b"),
                                                                   .new_password = W("c"),
                                                                   .output = buffers("") };
        break;
    default:
        m.free_credential_req.credential = random_below(2) ? credential : context;
        break;
    }
    return m;
}

static uint8_t *
valid_message(size_t *n)
{
    enum ipc_id id = (enum ipc_id)(1 + random_below(IPC_ID_END - 1));
    union message m = valid_request(id);

    world.x.common.window_base = 0x7f0000000000;
    world.x.common.window_size = 4096;
    world.x.common.thread = 1;
    world.x.common.peer_address = view_of("10.0.0.1", 8);
    world.x.common.memory = (struct ipc_ranges){ .count = 1 };
    world.x.common.memory.v[0] = (struct ipc_range){ 0x1000, view_of("0123456789abcdef", 16) };
    return exchange_build(&world.x, id, &m, n);
}

/* ---- what is done to them ---------------------------------------------- */

static void
mutate(uint8_t *m, size_t *n)
{
    static const uint32_t interesting[] = { 0,          1,  0x7fffffff, 0x80000000, 0xffffffff,
                                            0xfffffff0, 16, 17,         32,         33 };
    uint32_t at = random_below((uint32_t)*n);

    switch (random_below(6)) {
    case 0:
        m[at] ^= (uint8_t)(1u << random_below(8));
        break;
    case 1:
        m[at] = (uint8_t)random_next();
        break;
    case 2:                                 /* a number that lengths and counts dislike */
        at &= ~3u;
        if (at + 4 <= *n)
            memcpy(m + at, &interesting[random_below(10)], 4);
        break;
    case 3:                                 /* cut, and the prefix made to agree */
        if (at >= IPC_PREFIX) {
            uint32_t length = at - IPC_PREFIX;

            memcpy(m + 20, &length, 4);
            *n = at;
        }
        break;
    case 4: {                               /* one part over another */
        uint32_t from = random_below((uint32_t)*n), k = random_below(16);

        if (from + k <= *n && at + k <= *n)
            memmove(m + at, m + from, k);
        break;
    }
    default:                                /* after the prefix only: more of these get further */
        if (*n > IPC_PREFIX)
            m[IPC_PREFIX + random_below((uint32_t)(*n - IPC_PREFIX))] = (uint8_t)random_next();
        break;
    }
}

static void
send_mutated(unsigned counts[2])
{
    struct wr reply = wr_init_heap(IPC_MESSAGE_MAX);
    enum answer_verdict verdict;
    struct ipc_prefix prefix;
    size_t n;
    uint8_t *m = valid_message(&n);

    for (uint32_t i = 1 + random_below(CHANGES_MAX); i > 0; i--)
        mutate(m, &n);
    (void)answer_is_slow(connection, view_of(m, n));
    verdict = answer_message(connection, view_of(m, n), &reply);
    assert_in_range(verdict, ANSWER_REPLY, ANSWER_CLOSE);
    counts[verdict]++;
    if (verdict == ANSWER_REPLY)
        assert_int_equal(ipc_prefix_parse(wr_written(&reply), &prefix), SEC_E_OK);
    wr_wipe(&reply);
    free(m);
    if (verdict == ANSWER_CLOSE || random_below(64) == 0) {
        answer_connection_free(connection);
        begin_session();
    }
}

static void
a_valid_handshake_works(void)
{
    struct answer_connection *c = world_session(WEB, 11);
    uint64_t own = acquire(c, W("Parallel"), INBOUND), made = 0;

    assert_int_equal(accept_leg(c, own, &made, "again"), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_leg(c, own, &made, "done"), SEC_E_OK);
    assert_int_equal(delete_context(c, made), SEC_E_OK);
    answer_connection_free(c);
}

static void
no_mutation_harms(void **state)
{
    unsigned counts[2] = { 0 };

    (void)state;
    world.services[ALL].max_credentials = world.services[ALL].max_contexts = 100000;
    world.services[ALL].max_half_open = 100000;
    world_reload();
    begin_session();
    for (int i = 0; i < MUTATIONS; i++) {
        send_mutated(counts);
        if (i % HANDSHAKE_EVERY == 0)
            a_valid_handshake_works();
    }
    answer_connection_free(connection);
    a_valid_handshake_works();
    /* Both happen often, or the mutations test one side only. */
    assert_true(counts[ANSWER_REPLY] > MUTATIONS / 10);
    assert_true(counts[ANSWER_CLOSE] > MUTATIONS / 10);
    assert_int_equal(status_number("contexts"), 0);
    assert_int_equal(status_number("half_open"), 0);
    assert_int_equal(status_number("credentials"), 0);
    assert_int_equal(world.parallel->contexts, 0);
    assert_int_equal(world.parallel->credentials, 0);
    assert_false(world.parallel->wrong);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { TEST(no_mutation_harms) };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
