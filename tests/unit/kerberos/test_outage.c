/*
 * KDCs that are silent (outage.c), as MIT's library finds them: sockets of this process that take
 * what comes. The library's waits cost no time here: its poll() is answered at once, and the
 * clock is set to when it would have returned.
 */
#include "world.h"

#include "packages/kerberos/krb5/outage.h"
#include "packages/kerberos/krb5/tickets_private.h"
#include "packages/kerberos/wire/wire.h"

#include "winerror.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUTAGE_MS 5000
#define PATIENCE_MS 10000       /* libkrb5 has more; what it waits here is at least so long */
#define ROOM_FOR 64             /* realms */
#define SHORT 4000u             /* of a ticket */
#define LONG 16000u
#define SILENT WORLD_REALM
#define OTHER "OTHER.TEST"

static struct kdc {
    int udp, tcp;
    in_port_t port;
    int64_t answers_from;       /* of now_ms; before, it says nothing */
    unsigned asked;             /* datagrams */
} silent, other;

static int64_t now_ms;
static void (*meanwhile)(void); /* while the library waits */
static _Thread_local bool holds;        /* this thread's library waits for go */
static sem_t asking, go;
static struct krb_outages *all;

static int64_t
boot_ms(void)
{
    return now_ms;
}

/* ---- KDCs ---------------------------------------------------------------- */

/* The same port for both: false where the one that the first got is somebody's connection. */
static bool
kdc_try(struct kdc *kdc, in_port_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = port,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr *name = (struct sockaddr *)&a;
    socklen_t n = sizeof(a);
    int on = 1;

    kdc->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    kdc->tcp = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(setsockopt(kdc->tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    if (bind(kdc->udp, name, n) != 0 || getsockname(kdc->udp, name, &n) != 0 ||
        bind(kdc->tcp, name, n) != 0 || listen(kdc->tcp, 64) != 0)
        return false;
    kdc->port = a.sin_port;
    return true;
}

static void
kdc_close(struct kdc *kdc)
{
    close(kdc->udp);
    close(kdc->tcp);
    kdc->udp = kdc->tcp = -1;
}

static void
kdc_open(struct kdc *kdc)
{
    for (int i = 0; i < 100; i++) {
        if (kdc_try(kdc, kdc->port))
            return;
        kdc_close(kdc);
    }
    fail();
}

/* That it does not know the client: as good an answer as any. */
static krb5_data
answer_make(void)
{
    krb5_error e = { .error = 6, .stime = (krb5_timestamp)WORLD_NOW };
    krb5_data out;

    assert_int_equal(krb5_parse_name(world.k, "krbtgt/" OTHER "@" OTHER, &e.server), 0);
    assert_int_equal(krb5_mk_error(world.k, &e, &out), 0);
    krb5_free_principal(world.k, e.server);
    return out;
}

static void
kdc_run(struct kdc *kdc)
{
    char message[4096];
    struct sockaddr_storage from;
    socklen_t n = sizeof(from);

    while (recvfrom(kdc->udp, message, sizeof(message), 0, (struct sockaddr *)&from, &n) > 0) {
        krb5_data answer;

        kdc->asked++;
        if (now_ms < kdc->answers_from)
            continue;
        answer = answer_make();
        assert_true(sendto(kdc->udp, answer.data, answer.length, 0, (struct sockaddr *)&from, n) >
                    0);
        krb5_free_data_contents(world.k, &answer);
    }
}

/* What libkrb5 calls where it is built with _FORTIFY_SOURCE, and where it is not. */
OPENSSPI_API int wait_checked(struct pollfd *fds, nfds_t count, int timeout, size_t size)
    __asm__("__poll_chk");
OPENSSPI_API int wait_plain(struct pollfd *fds, nfds_t count, int timeout) __asm__("poll");

int
wait_checked(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
    const struct timespec at_once = { 0, 0 };
    void (*f)(void) = meanwhile;
    int ready;

    (void)size;
    if (holds) {
        holds = false;
        sem_post(&asking);
        sem_wait(&go);
    }
    meanwhile = NULL;
    if (f != NULL)
        f();
    kdc_run(&silent);
    kdc_run(&other);
    ready = ppoll(fds, count, &at_once, NULL);
    if (ready == 0 && timeout > 0)
        now_ms += timeout;
    return ready;
}

int
wait_plain(struct pollfd *fds, nfds_t count, int timeout)
{
    return wait_checked(fds, count, timeout, count * sizeof(*fds));
}

/* ---- the world ----------------------------------------------------------- */

static void
configure(void)
{
    char path[sizeof(world.dir) + 16];
    FILE *f;

    snprintf(path, sizeof(path), "%s/krb5.conf", world.dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n[realms]\n");
    fprintf(f, " %s = {\n  kdc = 127.0.0.1:%u\n }\n", SILENT, ntohs(silent.port));
    fprintf(f, " %s = {\n  kdc = 127.0.0.1:%u\n }\n", OTHER, ntohs(other.port));
    for (int i = 0; i <= ROOM_FOR; i++)
        fprintf(f, " R%d.TEST = {\n  kdc = 127.0.0.1:%u\n }\n", i, ntohs(silent.port));
    assert_int_equal(fclose(f), 0);
    setenv("KRB5_CONFIG", path, 1);
}

static int
setup(void **state)
{
    int r = world_setup(state);

    silent = (struct kdc){ .answers_from = INT64_MAX };
    other = (struct kdc){ .answers_from = 0 };
    kdc_open(&silent);
    kdc_open(&other);
    configure();
    now_ms = 1000000;
    all = krb_outages_new(boot_ms);
    return r != 0 || all == NULL;
}

static int
teardown(void **state)
{
    char path[sizeof(world.dir) + 16];

    krb_outages_free(all);
    kdc_close(&silent);
    kdc_close(&other);
    snprintf(path, sizeof(path), "%s/krb5.conf", world.dir);
    unlink(path);
    return world_teardown(state);
}

/* What the last login said, how long it took and how often the silent KDC was asked for it. */
static struct {
    char error[KRB_TICKETS_ERROR_MAX];
    int64_t waited;
    unsigned asked;
} last;

static status_t
login(const char *user, const char *realm)
{
    const struct krb_login in = { .outages = all, .user = view_of(user, strlen(user)),
                                  .realm = view_of(realm, strlen(realm)),
                                  .password = view_of("secret", 6) };
    struct krb_tickets *t = NULL;
    int64_t before = now_ms;
    unsigned asked = silent.asked;
    status_t st = krb_tickets_login(&in, &t, last.error);

    assert_null(t);
    last.waited = now_ms - before;
    last.asked = silent.asked - asked;
    return st;
}

static void
login_waits(const char *user, const char *realm)
{
    assert_int_equal(login(user, realm), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(last.waited >= PATIENCE_MS);
    assert_true(last.asked > 0);
}

static void
login_is_refused(const char *user, const char *realm)
{
    assert_int_equal(login(user, realm), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(last.waited, 0);
    assert_int_equal(last.asked, 0);
    assert_non_null(strstr(last.error, "has answered lately"));
    assert_non_null(strstr(last.error, realm));
}

/* ---- logons -------------------------------------------------------------- */

static void
one_waits_for_all(void **state)
{
    (void)state;
    login_waits("alice", SILENT);
    login_is_refused("alice", SILENT);
    login_is_refused("bob", SILENT);
    /* The other realm's KDC is asked, and knows nobody. */
    assert_int_equal(login("alice", OTHER), SEC_E_LOGON_DENIED);
    login_is_refused("carol", SILENT);
}

static const char *meanwhile_realm;

static void
bob_is_refused(void)
{
    login_is_refused("bob", meanwhile_realm);
}

static void
bob_waits(void)
{
    login_waits("bob", meanwhile_realm);
}

static void
one_asks_again(void **state)
{
    (void)state;
    login_waits("alice", SILENT);
    now_ms += OUTAGE_MS - 1;
    login_is_refused("bob", SILENT);
    now_ms += 1;
    meanwhile = bob_is_refused;
    meanwhile_realm = SILENT;
    login_waits("alice", SILENT);
    assert_null(meanwhile);
    login_is_refused("bob", SILENT);
}

static void
bob_is_refused_later(void)
{
    now_ms += 60 * 1000;
    bob_is_refused();
}

/* However long the library waits: it has many KDCs to ask. */
static void
one_asks_for_long(void **state)
{
    (void)state;
    login_waits("alice", SILENT);
    now_ms += OUTAGE_MS;
    meanwhile = bob_is_refused_later;
    meanwhile_realm = SILENT;
    login_waits("alice", SILENT);
    assert_null(meanwhile);
    now_ms += OUTAGE_MS;
    login_waits("bob", SILENT);
}

static pthread_t carol;

static void *
carol_asks(void *arg)
{
    (void)arg;
    holds = true;
    (void)login("carol", SILENT);
    return NULL;
}

static void
bob_waits_and_carol_asks(void)
{
    login_waits("bob", SILENT);
    now_ms += OUTAGE_MS;
    assert_int_equal(pthread_create(&carol, NULL, carol_asks, NULL), 0);
    sem_wait(&asking);
}

/* Who had asked before all that says nothing new, and lets nobody in beside the one who asks. */
static void
a_straggler_lets_nobody_in(void **state)
{
    (void)state;
    sem_init(&asking, 0, 0);
    sem_init(&go, 0, 0);
    meanwhile = bob_waits_and_carol_asks;
    login_waits("alice", SILENT);
    now_ms += OUTAGE_MS;
    login_is_refused("dave", SILENT);
    sem_post(&go);
    assert_int_equal(pthread_join(carol, NULL), 0);
    assert_true(last.waited >= PATIENCE_MS);
    login_is_refused("dave", SILENT);
    now_ms += OUTAGE_MS;
    login_waits("dave", SILENT);
}

static void
it_comes_back(void **state)
{
    (void)state;
    login_waits("alice", SILENT);
    silent.answers_from = now_ms;
    login_is_refused("bob", SILENT);
    now_ms += OUTAGE_MS;
    assert_int_equal(login("bob", SILENT), SEC_E_LOGON_DENIED);
    assert_int_equal(login("alice", SILENT), SEC_E_LOGON_DENIED);
    assert_int_equal(last.asked, 1);
    assert_int_equal(last.waited, 0);
}

static void
late_is_no_outage(void **state)
{
    (void)state;
    silent.answers_from = now_ms + 3000;
    assert_int_equal(login("alice", SILENT), SEC_E_LOGON_DENIED);
    assert_true(last.waited >= 3000);
    assert_int_equal(login("alice", SILENT), SEC_E_LOGON_DENIED);
    assert_int_equal(last.waited, 0);
}

/* Nobody waits for a port that is closed, so there is nothing to remember. */
static void
at_once_is_no_outage(void **state)
{
    (void)state;
    kdc_close(&silent);
    assert_int_equal(login("alice", SILENT), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(last.waited < 2000);
    silent.answers_from = now_ms;
    kdc_open(&silent);
    assert_int_equal(login("alice", SILENT), SEC_E_LOGON_DENIED);
}

static void
more_realms_than_room(void **state)
{
    char realm[32];

    (void)state;
    for (int i = 0; i <= ROOM_FOR; i++) {
        snprintf(realm, sizeof(realm), "R%d.TEST", i);
        login_waits("alice", realm);
        login_is_refused("bob", realm);
    }
    /* The last took the place of the first. Of the others one asks again, of the first all do. */
    meanwhile = bob_is_refused;
    login_waits("alice", meanwhile_realm = "R1.TEST");
    meanwhile = bob_waits;
    login_waits("alice", meanwhile_realm = "R0.TEST");
    assert_null(meanwhile);
}

/* ---- tickets ------------------------------------------------------------- */

/* Of somebody who is logged on. */
static struct krb_tickets *
tickets(void)
{
    struct krb_tickets *t = world_tickets();

    t->outages = all;
    return t;
}

static status_t
get(struct krb_tickets *t, const char *target, struct view user_to_user)
{
    const struct krb_ticket_request in = { .target = view_of(target, strlen(target)),
                                           .user_to_user = user_to_user };
    struct krb_service_ticket out;
    int64_t before = now_ms;
    unsigned asked = silent.asked;
    status_t st = krb_tickets_get(t, &in, &out, last.error);

    krb_service_ticket_wipe(&out);
    last.waited = now_ms - before;
    last.asked = silent.asked - asked;
    return st;
}

/* As if the KDC had given it when it was there. */
static void
ticket_store(struct krb_tickets *t, const char *target)
{
    struct krb_session s = { .k = NULL };
    krb5_creds want = { 0 };
    char name[128];

    assert_int_equal(krb_session_open(t, &s), 0);
    want.client = s.client;
    assert_int_equal(krb5_parse_name(s.k, "krbtgt/" SILENT "@" SILENT, &want.server), 0);
    assert_int_equal(krb5_get_credentials(s.k, KRB5_GC_CACHED, s.cache, &want, &s.creds), 0);
    krb5_free_principal(s.k, want.server);
    krb5_free_principal(s.k, s.creds->server);
    snprintf(name, sizeof(name), "%s@" SILENT, target);
    assert_int_equal(krb5_parse_name(s.k, name, &s.creds->server), 0);
    assert_int_equal(krb5_cc_store_cred(s.k, s.cache, s.creds), 0);
    krb_session_close(&s);
}

static void
cached_tickets_are_good(void **state)
{
    const struct view none = view_of(NULL, 0);
    struct krb_tickets *t = tickets();

    (void)state;
    ticket_store(t, "HTTP/known");
    login_waits("bob", SILENT);
    assert_int_equal(get(t, "HTTP/known@" SILENT, none), 0);
    assert_int_equal(get(t, "HTTP/unknown@" SILENT, none), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(last.waited, 0);
    assert_int_equal(last.asked, 0);
    krb_tickets_free(t);
}

/* The KDC is asked for a ticket under that of a peer, which is so long; it says nothing. */
static void
user_to_user_waits(struct krb_tickets *t, size_t length)
{
    uint8_t cipher[LONG] = { 0 }, bytes[LONG + 256];
    struct wr w = wr_init(bytes, sizeof(bytes));
    struct krb_ticket ticket = {
        .realm = view_of(SILENT, strlen(SILENT)),
        .server = { .type = KRB_NT_SRV_INST, .count = 2,
                    .parts = { view_of("krbtgt", 6), view_of(SILENT, strlen(SILENT)) } },
        .sealed = { .etype = ENCTYPE_AES256_CTS_HMAC_SHA1_96, .cipher = view_of(cipher, length) },
    };

    krb_ticket_build(&w, &ticket);
    assert_int_equal(get(t, "bob@" SILENT, wr_written(&w)), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_true(last.waited >= PATIENCE_MS);
}

/* What a peer has made too long for a KDC is no outage of it. */
static void
peers_make_no_outage(void **state)
{
    struct krb_tickets *t = tickets();

    (void)state;
    user_to_user_waits(t, LONG);
    login_waits("alice", SILENT);
    login_is_refused("alice", SILENT);
    /* Nor does it say more of one that there is, or keep those that ask after it. */
    now_ms += OUTAGE_MS;
    meanwhile = bob_is_refused;
    meanwhile_realm = SILENT;
    user_to_user_waits(t, LONG);
    assert_null(meanwhile);
    login_waits("alice", SILENT);
    now_ms += 2 * OUTAGE_MS;
    user_to_user_waits(t, SHORT);
    login_is_refused("alice", SILENT);
    krb_tickets_free(t);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_waits_for_all),
        CASE(one_asks_again),
        CASE(one_asks_for_long),
        CASE(a_straggler_lets_nobody_in),
        CASE(it_comes_back),
        CASE(late_is_no_outage),
        CASE(at_once_is_no_outage),
        CASE(more_realms_than_room),
        CASE(cached_tickets_are_good),
        CASE(peers_make_no_outage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
