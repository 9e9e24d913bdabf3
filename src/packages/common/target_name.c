/*
 * Names of targets (SPNs: MS-KILE and Microsoft's "Name Formats for Unique SPNs",
 * CLASS/HOST[:PORT][/INSTANCE]): is one this machine, and is what a client says it wanted to
 * reach what this server is called? Names are UTF-16LE and have no case (D27).
 *
 * A client that was led to an attacker's server names that one, and the attacker passes
 * its messages on: the name, which the protocol protects, gives it away.
 *
 * Runs in the authority. Claims are a stranger's: they are compared, and never looked up.
 */
#include "packages/common/target_name.h"

#include "base/str16.h"
#include "packages/common/sec_buffer.h"
#include "packages/common/setting.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#define HOST_MAX 256            /* bytes of UTF-8; longer ones are no address */
#define LOOPBACK_NET 127
#define LIST_MAX 1024           /* of the configuration: no line is longer */

/* ---- parts -------------------------------------------------------------- */

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

/* What stands before the next slash, which is taken off *rest with it. */
static struct view
part_next(struct view *rest)
{
    size_t n = 0;
    struct view part;

    while (n + 1 < rest->n && (rest->p[n] != '/' || rest->p[n + 1] != 0))
        n += 2;
    part = view_of(rest->p, n);
    *rest = n + 1 < rest->n ? view_of(rest->p + n + 2, rest->n - n - 2) : view_of(NULL, 0);
    return part;
}

/* "HTTP/host.:port/instance" -> "HTTP", "host"; a name without a slash is the host itself. */
struct spn {
    struct view service, host;      /* service empty: any */
};

static struct spn
spn_parse(struct view target)
{
    struct view rest = target, first = part_next(&rest);
    struct spn spn = { .host = first };

    if (first.n < target.n) {
        spn.service = first;
        spn.host = part_next(&rest);
    }
    spn.host = host_without_dot(host_without_port(spn.host));
    return spn;
}

/* ---- is that us? -------------------------------------------------------- */

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
target_name_is_local(struct view target, const struct opensspi_host_names *names)
{
    static const char16_t localhost[] = u"localhost";
    struct view host = spn_parse(target).host;
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

/* ---- is that what we are called? ---------------------------------------- */

/* "*.example.org" is every host below example.org. */
static bool
host_is_entry(struct view host, struct view entry)
{
    static const char16_t below[] = { u'*', u'.' };
    size_t tail = entry.n > sizeof(below) ? entry.n - sizeof(char16_t) : 0;

    if (tail == 0 || memcmp(entry.p, below, sizeof(below)) != 0)
        return host_is(host, entry);
    return host.n > tail &&
           str16_is_equal_nocase(view_of(host.p + host.n - tail, tail),
                                 view_of(entry.p + sizeof(char16_t), tail));
}

/* An entry of the list, or of the application: without a class it stands for all of them. */
static bool
target_is_entry(struct spn claim, struct view entry)
{
    struct spn e = spn_parse(entry);

    return host_is_entry(claim.host, e.host) &&
           (e.service.n == 0 || str16_is_equal_nocase(claim.service, e.service));
}

static bool
target_is_item(struct spn claim, const char *item, size_t n)
{
    size_t units = 0;
    char16_t *entry = str16_from_utf8_n(view_of(item, n), &units);
    bool is = entry != NULL && target_is_entry(claim, view_of(entry, units * sizeof(*entry)));

    free(entry);
    return is;
}

static bool
target_is_in(struct spn claim, const char *list)
{
    static const char separators[] = ", \t";

    while (*(list += strspn(list, separators)) != '\0') {
        size_t n = strcspn(list, separators);

        if (target_is_item(claim, list, n))
            return true;
        list += n;
    }
    return false;
}

bool
target_name_is_listed(struct view target, const struct opensspi_host_settings *settings,
                      const char *package, const char *key)
{
    char list[LIST_MAX];

    return target.n > 0 && settings->get(package, key, list, sizeof(list)) &&
           target_is_in(spn_parse(target), list);
}

/* SECBUFFER_TARGET_HOST, a NUL at its end or not. */
static struct view
application_target(const LSA_SECPKG_FUNCTION_TABLE *lsa, const SecBufferDesc *input)
{
    struct view name;

    if (!NT_SUCCESS(sec_buffer_read(lsa, input, SECBUFFER_TARGET_HOST, &name)))
        return view_of(NULL, 0);
    name.n -= name.n % sizeof(char16_t);
    while (name.n > 0 && name.p[name.n - 2] == 0 && name.p[name.n - 1] == 0)
        name.n -= sizeof(char16_t);
    return name;
}

static bool
target_is_ours(const struct target_name_question *q)
{
    struct spn claim = spn_parse(q->claim);
    struct view own = application_target(q->lsa, q->input);
    char list[LIST_MAX];

    if (own.n > 0 && target_is_entry(claim, own))
        return true;
    if (q->settings->get(q->package, "target_names", list, sizeof(list)))
        return target_is_in(claim, list);
    return target_name_is_local(q->claim, q->names);
}

const char *
target_name_check(const struct target_name_question *q)
{
    enum policy { POLICY_OFF, POLICY_WHEN_SUPPORTED, POLICY_REQUIRED, POLICIES };
    static const char *const words[POLICIES] = {
        [POLICY_OFF] = "off",
        [POLICY_WHEN_SUPPORTED] = "when_supported",
        [POLICY_REQUIRED] = "required",
    };
    size_t policy = setting_word(q->settings, q->package, "target_name", words, POLICIES,
                                 POLICY_OFF);

    if (policy == POLICY_OFF)
        return NULL;
    if (q->claim.n == 0 || q->unverified) {
        if (policy == POLICY_WHEN_SUPPORTED)
            return NULL;
        return q->claim.n == 0 ? "target_missing" : "target_unverified";
    }
    return target_is_ours(q) ? NULL : "target_differs";
}
