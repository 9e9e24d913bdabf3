/*
 * The store of logons (logon.c): whose tickets the next credential finds, for how long, and what
 * one user can take away from another. The tickets are of a KRB-CRED that MIT's library makes.
 */
#include "world.h"

#include "packages/kerberos/krb5/tickets.h"
#include "packages/kerberos/lsa/logon.h"
#include "packages/kerberos/lsa/support.h"

#include "base/secret.h"

#define IDLE_MS (5 * 60 * 1000)         /* docs/kerberos.md says five minutes */
#define LOGONS 16384u
#define SHARE 1024u                     /* of a session, while ... */
#define SPARE 4096u                     /* ... no more than these are left */
#define FREED_MAX 32u

static struct krb_logons *all;
static const LUID alices = { 1, 0 }, bobs = { 2, 0 };

static int
setup(void **state)
{
    int r = world_setup(state);

    all = krb_logons_new();
    return r != 0 || all == NULL;
}

static int
teardown(void **state)
{
    krb_logons_free(all);
    return world_teardown(state);
}

static struct krb_logon *
logon(LUID session, const char *secret)
{
    struct view part = view_of(secret, strlen(secret));

    return krb_logon_get(all, session, &part, 1);
}

/* Used once, and nobody refers to it any more. */
static void
leave(LUID session, const char *secret)
{
    struct krb_logon *l = logon(session, secret);

    assert_non_null(l);
    if (l->tickets == NULL)
        l->tickets = world_tickets();
    krb_logon_put(all, l);
}

static bool
has_tickets(LUID session, const char *secret)
{
    struct krb_logon *l = logon(session, secret);
    bool has;

    assert_non_null(l);
    has = l->tickets != NULL;
    krb_logon_put(all, l);
    return has;
}

static void
of_the_same_identity(void **state)
{
    (void)state;
    leave(alices, "right");
    assert_true(has_tickets(alices, "right"));
    assert_false(has_tickets(alices, "wrong"));
    assert_false(has_tickets(bobs, "right"));
    krb_logons_end(all, bobs);
    assert_true(has_tickets(alices, "right"));
    krb_logons_end(all, alices);
    assert_false(has_tickets(alices, "right"));
}

/* Each look at the clock is two seconds later (world.c). */
static void
for_five_minutes(void **state)
{
    struct krb_logon *held;

    (void)state;
    leave(alices, "right");
    world.boot_ms += IDLE_MS - 10 * 1000;
    assert_true(has_tickets(alices, "right"));
    world.boot_ms += IDLE_MS - 10 * 1000;
    assert_true(has_tickets(alices, "right"));
    world.boot_ms += IDLE_MS;
    assert_false(has_tickets(alices, "right"));
    /* While somebody has it, it is not idle. */
    leave(alices, "right");
    held = logon(alices, "right");
    world.boot_ms += 2 * IDLE_MS;
    assert_true(has_tickets(alices, "right"));
    krb_logon_put(all, held);
}

/* What the KDC said of a secret outlives its credentials, for as long as it counts. */
static void
one_that_is_refused(void **state)
{
    struct krb_logon *l = logon(alices, "wrong");

    (void)state;
    atomic_store(&l->refused_until, world.boot_ms + 60 * 1000);
    krb_logon_put(all, l);
    l = logon(alices, "wrong");
    assert_true(atomic_load(&l->refused_until) > 0);
    krb_logon_put(all, l);
    world.boot_ms += 60 * 1000;
    l = logon(alices, "wrong");
    assert_int_equal(atomic_load(&l->refused_until), 0);
    krb_logon_put(all, l);
}

static unsigned freed;
void __real_krb_tickets_free(struct krb_tickets *t);
void __wrap_krb_tickets_free(struct krb_tickets *t);

void
__wrap_krb_tickets_free(struct krb_tickets *t)
{
    freed += t != NULL;
    __real_krb_tickets_free(t);
}

/* A call frees some of those that are due; the others are nobody's all the same. */
static void
few_at_a_time(void **state)
{
    char secret[16];

    (void)state;
    freed = 0;
    for (unsigned i = 0; i < 3 * FREED_MAX; i++) {
        snprintf(secret, sizeof(secret), "alice %u", i);
        leave(alices, secret);
    }
    world.boot_ms += IDLE_MS;
    for (unsigned i = 0; i < 3 * FREED_MAX; i++) {
        unsigned before = freed;
        struct krb_logon *l;

        snprintf(secret, sizeof(secret), "alice %u", i);
        l = logon(alices, secret);
        assert_true(freed - before <= FREED_MAX);
        assert_null(l->tickets);
        krb_logon_put(all, l);
    }
    assert_int_equal(freed, 3 * FREED_MAX);
    /* A session's end takes all of its own at once. */
    freed = 0;
    for (unsigned i = 0; i < 2 * FREED_MAX; i++) {
        snprintf(secret, sizeof(secret), "bob %u", i);
        leave(bobs, secret);
    }
    krb_logons_end(all, bobs);
    assert_int_equal(freed, 2 * FREED_MAX);
}

/* How many the session can hold at once, up to this many; held has them. It takes no time. */
static unsigned
hold(LUID session, struct krb_logon **held, unsigned most)
{
    int64_t now = world.boot_ms;
    char secret[16];
    unsigned n = 0;

    do {
        world.boot_ms = now;
        snprintf(secret, sizeof(secret), "held %u", n);
        held[n] = n < most ? logon(session, secret) : NULL;
    } while (held[n] != NULL && ++n < most);
    return n;
}

static void
let_go(struct krb_logon **held, unsigned n)
{
    int64_t now = world.boot_ms;

    for (unsigned i = 0; i < n; i++) {
        world.boot_ms = now;
        krb_logon_put(all, held[i]);
    }
}

/* Who acquires with one secret after the other leaves nothing behind, and keeps nobody out. */
static void
too_many(void **state)
{
    static struct krb_logon *held[LOGONS + 1], *bob[SHARE + 1];
    char secret[16];

    (void)state;
    for (unsigned i = 0; i < 2 * LOGONS; i++) {
        snprintf(secret, sizeof(secret), "guess %u", i);
        krb_logon_put(all, logon(alices, secret));
    }
    leave(bobs, "right");
    assert_int_equal(hold(alices, held, LOGONS), LOGONS - SPARE - 1);
    assert_non_null(strstr(world.log, "quota_exceeded"));
    /* What is left is the others', and what bob had is still his. */
    assert_true(has_tickets(bobs, "right"));
    assert_int_equal(hold(bobs, bob, SHARE + 1), SHARE);
    let_go(bob, SHARE);
    let_go(held, LOGONS - SPARE - 1);
    assert_int_equal(hold(bobs, bob, SHARE + 1), SHARE + 1);
    let_go(bob, SHARE + 1);
}

/* Where all are taken the one that was left first goes, and no other. */
static void
the_oldest_goes(void **state)
{
    static struct krb_logon *held[LOGONS / SHARE + 1][SHARE + 1];
    unsigned n = 0;

    (void)state;
    leave(bobs, "first");
    leave(bobs, "second");
    for (unsigned i = 0; i < LOGONS / SHARE; i++) {
        unsigned want = i == LOGONS / SHARE - 1 ? SHARE - 2 : SHARE;

        assert_int_equal(hold((LUID){ 10 + i, 0 }, held[i], want), want);
        n += want;
    }
    assert_int_equal(n, LOGONS - 2);
    assert_int_equal(hold(alices, held[LOGONS / SHARE], 1), 1);
    assert_true(has_tickets(bobs, "second"));
    for (unsigned i = 0; i < LOGONS / SHARE; i++)
        let_go(held[i], i == LOGONS / SHARE - 1 ? SHARE - 2 : SHARE);
    let_go(held[LOGONS / SHARE], 1);
    assert_true(has_tickets(bobs, "second"));
    assert_false(has_tickets(bobs, "first"));
}

/* Who has his share and more pushes out his own, however old another's are. */
static void
the_greedy_one_pays(void **state)
{
    static struct krb_logon *held[LOGONS + 1];
    unsigned n = LOGONS - SPARE - 2;

    (void)state;
    leave(bobs, "right");
    leave(alices, "left");
    assert_int_equal(hold(alices, held, n + 1), n + 1);
    let_go(held, n + 1);
    assert_true(has_tickets(bobs, "right"));
    assert_false(has_tickets(alices, "left"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(of_the_same_identity),
        CASE(for_five_minutes),
        CASE(one_that_is_refused),
        CASE(few_at_a_time),
        CASE(too_many),
        CASE(the_oldest_goes),
        CASE(the_greedy_one_pays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
