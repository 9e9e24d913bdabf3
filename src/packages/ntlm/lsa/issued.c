/*
 * Reflection (MS08-068, CVE-2025-33073 and their kin; D22).
 *
 * The attack: a victim's client on this machine is lured to the attacker's
 * server. The attacker opens a connection to *this* machine, gets a
 * CHALLENGE, and passes it on as its own; the victim's client answers it, and
 * the attacker hands the answer back here: logged on as the victim, without
 * a password. Nothing in the messages is wrong, so MIC and proof hold.
 *
 * The defence: client and server here share one authority. Its initiator
 * knows when it is given a challenge that its own acceptor has issued. That
 * is right only when the client meant to reach this machine; if its target
 * name says otherwise, the acceptor must refuse the answer. A client without
 * a target name says nothing, and is counted as meaning somewhere else; so is
 * one whose target's name came from a stranger (ISC_REQ_UNVERIFIED_TARGET_NAME).
 *
 * Names are compared whole. A target with marshalled data behind the host's
 * name ("host1UWhRC...") is therefore no local name, which is the safe side.
 *
 * Runs in the authority. Challenges are ours, so their bytes are random and
 * serve as their own hash; a shard's lock is held for a few comparisons.
 */
#include "packages/ntlm/lsa/issued.h"

#include "base/str16.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>

#define SHARDS 64u
#define BUCKETS 64u
#define HOST_MAX 256    /* UTF-8 bytes of a host name, with NUL */
#define LOOPBACK_NET 127

static struct issued_shard {
    pthread_mutex_t lock;
    struct ntlm_issued *buckets[BUCKETS];
} shards[SHARDS] = {
    [0 ... SHARDS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};

static struct issued_shard *
issued_shard(const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES])
{
    return &shards[challenge[0] % SHARDS];
}

/* Where the challenge is linked, or the end of its chain. Under the shard's lock. */
static struct ntlm_issued **
issued_link(struct issued_shard *s, const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES])
{
    struct ntlm_issued **at = &s->buckets[challenge[1] % BUCKETS];

    while (*at != NULL && memcmp((*at)->challenge, challenge, NTLM_CHALLENGE_SIZE_BYTES) != 0)
        at = &(*at)->next;
    return at;
}

void
ntlm_issued_add(struct ntlm_issued *i)
{
    struct issued_shard *s = issued_shard(i->challenge);
    struct ntlm_issued **at = &s->buckets[i->challenge[1] % BUCKETS];

    pthread_mutex_lock(&s->lock);
    i->next = *at;
    *at = i;
    i->listed = true;
    pthread_mutex_unlock(&s->lock);
}

void
ntlm_issued_remove(struct ntlm_issued *i)
{
    struct issued_shard *s = issued_shard(i->challenge);
    struct ntlm_issued **at = &s->buckets[i->challenge[1] % BUCKETS];

    pthread_mutex_lock(&s->lock);
    while (i->listed && *at != NULL && *at != i)
        at = &(*at)->next;
    if (i->listed && *at == i)
        *at = i->next;
    i->listed = false;
    pthread_mutex_unlock(&s->lock);
}

void
ntlm_issued_answer(const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES], struct view target)
{
    struct issued_shard *s = issued_shard(challenge);
    struct ntlm_issued *i;

    pthread_mutex_lock(&s->lock);
    i = *issued_link(s, challenge);
    if (i != NULL && !i->answered) {
        i->answered = true;
        if (!str16_to_utf8_into(target, i->target, sizeof(i->target)))
            i->target[0] = '\0';
    }
    pthread_mutex_unlock(&s->lock);
}

bool
ntlm_issued_is_answered(struct ntlm_issued *i, char target[NTLM_ISSUED_TARGET_MAX])
{
    struct issued_shard *s = issued_shard(i->challenge);
    bool answered;

    pthread_mutex_lock(&s->lock);
    answered = i->answered;
    memcpy(target, i->target, NTLM_ISSUED_TARGET_MAX);
    pthread_mutex_unlock(&s->lock);
    return answered;
}

/* ---- is that us? -------------------------------------------------------- */

/* A port, and what follows it, is no part of the name. "[::1]:80" -> "::1". */
static struct view
host_without_port(struct view host)
{
    bool bracket = host.n >= 2 && host.p[0] == '[' && host.p[1] == 0;
    size_t colons = 0, end = host.n;

    for (size_t i = 0; i + 1 < host.n; i += 2) {
        if (host.p[i + 1] != 0 || (host.p[i] != ':' && host.p[i] != ']'))
            continue;
        if (bracket && host.p[i] == ']')
            return view_of(host.p + 2, i - 2);
        if (host.p[i] == ':' && colons++ == 0)
            end = i;
    }
    /* More than one colon without brackets is a bare IPv6 address. */
    return colons == 1 ? view_of(host.p, end) : host;
}

/* "host." is DNS's absolute form of "host". */
static struct view
host_without_dot(struct view host)
{
    if (host.n >= 2 && host.p[host.n - 2] == '.' && host.p[host.n - 1] == 0)
        return view_of(host.p, host.n - 2);
    return host;
}

static struct view
host_first_label(struct view host)
{
    size_t n = 0;

    while (n + 1 < host.n && (host.p[n] != '.' || host.p[n + 1] != 0))
        n += 2;
    return view_of(host.p, n);
}

/* "HTTP/host.:port/instance" -> "host"; a name without a slash is the host itself. */
static struct view
target_host(struct view target)
{
    size_t start = 0, end = target.n;
    bool seen = false;

    for (size_t i = 0; i + 1 < target.n; i += 2) {
        if (target.p[i] != '/' || target.p[i + 1] != 0)
            continue;
        if (seen) {
            end = i;
            break;
        }
        seen = true;
        start = i + 2;
    }
    return host_without_dot(host_without_port(view_of(target.p + start, end - start)));
}

/* An address, not a name that looks like one: "127.evil.example" is somebody else. */
static bool
host_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == LOOPBACK_NET;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool
host_is(struct view host, struct view name)
{
    return name.n != 0 && str16_is_equal_nocase(host, name);
}

bool
ntlm_target_is_local(struct view target, const struct opensspi_host_names *names)
{
    static const char16_t localhost[] = u"localhost";
    struct view host = target_host(target);
    struct view dns = view_of(names->dns_computer.Buffer, names->dns_computer.Length);
    struct view netbios = view_of(names->netbios_computer.Buffer, names->netbios_computer.Length);
    char text[HOST_MAX];

    if (host.n == 0)
        return false;
    if (host_is(host, netbios) || host_is(host, dns) || host_is(host, host_first_label(dns)) ||
        host_is(host, view_of(localhost, sizeof(localhost) - 2)))
        return true;
    return str16_to_utf8_into(host, text, sizeof(text)) && host_is_loopback(text);
}
