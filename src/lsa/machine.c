/*
 * The machine's names: from [machine] of the configuration, else from the
 * host's name. Packages get the domain's in SECPKG_PARAMETERS and all of them
 * from the host extension.
 */
#include "lsa/lsa_internal.h"

#include "base/str16.h"

#include <stdlib.h>
#include <unistd.h>

#define MACHINE_NETBIOS_MAX 15          /* characters of a NetBIOS name: MS-NBTE 2.2.1 */
#define MACHINE_HOST_MAX 256

static bool
machine_set(UNICODE_STRING *out, const char *utf8)
{
    size_t units = 0;
    char16_t *s = str16_from_utf8_n(view_of(utf8, strlen(utf8)), &units);

    if (!s || units > UINT16_MAX / sizeof(char16_t) - 1) {
        free(s);
        return false;
    }
    out->Buffer = s;
    out->Length = (USHORT)(units * sizeof(char16_t));
    out->MaximumLength = (USHORT)(out->Length + sizeof(char16_t));
    return true;
}

/* The first label, upper case, cut to what a NetBIOS name holds. */
static bool
machine_set_netbios(UNICODE_STRING *out, const char *name)
{
    char label[MACHINE_NETBIOS_MAX + 1];
    size_t n = strcspn(name, ".");

    if (n > MACHINE_NETBIOS_MAX)
        n = MACHINE_NETBIOS_MAX;
    memcpy(label, name, n);
    label[n] = '\0';
    if (!machine_set(out, label))
        return false;
    str16_upcase((uint8_t *)out->Buffer, out->Length);
    return true;
}

static const char *
machine_or(const char *configured, const char *otherwise)
{
    return configured ? configured : otherwise;
}

static bool
machine_set_names(struct opensspi_host_names *n, const struct config *c, const char *host)
{
    const char *dns = machine_or(c->dns_name, host);
    const char *dot = strchr(dns, '.');
    const char *netbios = machine_or(c->netbios_name, host);

    n->domain_joined = c->netbios_domain != NULL;
    return machine_set_netbios(&n->netbios_computer, netbios)
           && machine_set_netbios(&n->netbios_domain, machine_or(c->netbios_domain, netbios))
           && machine_set(&n->dns_computer, dns)
           && machine_set(&n->dns_domain, machine_or(c->dns_domain, dot ? dot + 1 : dns))
           && machine_set(&n->dns_forest, machine_or(c->dns_forest, ""));
}

/* Strings are borrowed from the names. DomainSid stays NULL: the machine is its own domain. */
static void
machine_set_parameters(SECPKG_PARAMETERS *p, const struct opensspi_host_names *n)
{
    static char16_t empty[1];

    p->MachineState = SECPKG_STATE_ENCRYPTION_PERMITTED | SECPKG_STATE_STRONG_ENCRYPTION_PERMITTED
                      | (n->domain_joined ? SECPKG_STATE_WORKSTATION : SECPKG_STATE_STANDALONE);
    p->DomainName.Buffer = empty;
    p->DnsDomainName.Buffer = empty;
    if (!n->domain_joined)
        return;
    p->DomainName = n->netbios_domain;
    p->DnsDomainName = n->dns_domain;
}

bool
lsa_machine_init(struct lsa *l, const struct config *config)
{
    char host[MACHINE_HOST_MAX] = "";

    if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
        memcpy(host, "localhost", sizeof("localhost"));
    if (!machine_set_names(&l->names, config, host))
        return false;
    machine_set_parameters(&l->parameters, &l->names);
    return true;
}

void
lsa_machine_wipe(struct lsa *l)
{
    free(l->names.netbios_computer.Buffer);
    free(l->names.netbios_domain.Buffer);
    free(l->names.dns_computer.Buffer);
    free(l->names.dns_domain.Buffer);
    free(l->names.dns_forest.Buffer);
    l->names = (struct opensspi_host_names){ 0 };
}
