/*
 * What the authority gives the package: its function table, and the host
 * extension by which the other packages are reached.
 *
 * Runs in the authority. Trusts the authority.
 */
#include "packages/negotiate/lsa/support.h"

#include "base/str16.h"
#include "packages/common/setting.h"

#include <stdio.h>

#define INTERFACE_VERSION 1u
/* Of is_asked, of peer, and of fits. */
#define CLIENT_VERSION 2u
#define CALL_VERSION 3u
#define PACKAGES_VERSION 2u

static struct nego_support support;

const struct nego_support *
nego_support(void)
{
    return &support;
}

void
nego_support_offer(const struct opensspi_host *host)
{
    support.packages = host->query(OPENSSPI_HOST_PACKAGES, PACKAGES_VERSION);
    support.settings = host->query(OPENSSPI_HOST_SETTINGS, INTERFACE_VERSION);
    support.log = host->query(OPENSSPI_HOST_LOG, INTERFACE_VERSION);
    support.counters = host->query(OPENSSPI_HOST_COUNTERS, INTERFACE_VERSION);
    support.call = host->query(OPENSSPI_HOST_CALL, CALL_VERSION);
    support.client = host->query(OPENSSPI_HOST_CLIENT, CLIENT_VERSION);
}

NTSTATUS
nego_support_open(LSA_SECPKG_FUNCTION_TABLE *lsa)
{
    if (lsa == NULL)
        return STATUS_INVALID_PARAMETER;
    if (support.packages == NULL || support.settings == NULL)
        return STATUS_NOT_SUPPORTED;
    support.objects = handle_table_new(NEGO_OBJECTS_MAX);
    if (support.objects == NULL)
        return STATUS_NO_MEMORY;
    support.lsa = lsa;
    return STATUS_SUCCESS;
}

void
nego_support_close(void)
{
    if (support.objects != NULL)
        handle_table_free(support.objects);
    support.objects = NULL;
    support.lsa = NULL;
}

bool
nego_raw_is_allowed(void)
{
    return setting_is_on(support.settings, NEGO_PACKAGE, "allow_raw", true);
}

bool
nego_client_is_asked(void)
{
    return support.client != NULL && support.client->is_asked();
}

struct nego_text
nego_peer_text(void)
{
    struct nego_text t;

    if (support.call == NULL || !NT_SUCCESS(support.call->peer(t.text, sizeof(t.text))) ||
        t.text[0] == '\0')
        (void)snprintf(t.text, sizeof(t.text), "-");
    return t;
}

void
nego_log(int level, const char *event, const char *const *pairs)
{
    if (support.log != NULL)
        support.log->write(level, event, pairs);
}

void
nego_count(const char *counter)
{
    if (support.counters != NULL)
        support.counters->add(NEGO_PACKAGE, counter);
}

struct nego_text
nego_status_text(NTSTATUS st)
{
    struct nego_text t;

    (void)snprintf(t.text, sizeof(t.text), "0x%08x", (unsigned)st);
    return t;
}

struct nego_text
nego_name_text(const SecPkgInfoW *info)
{
    struct view name = view_of(info->Name, str16_length(info->Name) * sizeof(char16_t));
    struct nego_text t;

    if (!str16_to_utf8_into(name, t.text, sizeof(t.text)))
        t.text[0] = '\0';
    return t;
}
