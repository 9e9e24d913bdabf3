/*
 * What the authority gives the package. Windows's function table has no
 * clock, no random bytes and no names of the machine: they come by the host
 * extension (opensspi_host.h), so tests can replay the specification's vectors.
 *
 * Runs in the authority. Trusts the authority.
 */
#include "packages/ntlm/lsa/support.h"

#include "base/secret.h"
#include "packages/common/setting.h"

#include <stdio.h>

#define INTERFACE_VERSION 1u
#define CALL_VERSION 3u             /* of peer */
#define COUNTER_NAME_MAX 64

static struct ntlm_support support;

const struct ntlm_support *
ntlm_support(void)
{
    return &support;
}

void
ntlm_support_offer(const struct opensspi_host *host)
{
    support.clock = host->query(OPENSSPI_HOST_CLOCK, INTERFACE_VERSION);
    support.random = host->query(OPENSSPI_HOST_RANDOM, INTERFACE_VERSION);
    support.machine = host->query(OPENSSPI_HOST_MACHINE, INTERFACE_VERSION);
    support.settings = host->query(OPENSSPI_HOST_SETTINGS, INTERFACE_VERSION);
    support.handle = host->query(OPENSSPI_HOST_HANDLE, INTERFACE_VERSION);
    support.log = host->query(OPENSSPI_HOST_LOG, INTERFACE_VERSION);
    support.password = host->query(OPENSSPI_HOST_PASSWORD, INTERFACE_VERSION);
    support.counters = host->query(OPENSSPI_HOST_COUNTERS, INTERFACE_VERSION);
    support.call = host->query(OPENSSPI_HOST_CALL, CALL_VERSION);
}

NTSTATUS
ntlm_support_open(LSA_SECPKG_FUNCTION_TABLE *lsa)
{
    if (lsa == NULL)
        return STATUS_INVALID_PARAMETER;
    if (support.clock == NULL || support.random == NULL || support.machine == NULL ||
        support.settings == NULL || support.handle == NULL)
        return STATUS_NOT_SUPPORTED;
    support.objects = handle_table_new(NTLM_OBJECTS_MAX);
    if (support.objects == NULL)
        return STATUS_NO_MEMORY;
    support.lsa = lsa;
    support.random->fill(support.dummy_key, sizeof(support.dummy_key));
    return STATUS_SUCCESS;
}

void
ntlm_support_close(void)
{
    if (support.objects != NULL)
        handle_table_free(support.objects);
    support.objects = NULL;
    support.lsa = NULL;
    secret_wipe(support.dummy_key, sizeof(support.dummy_key));
}

bool
ntlm_setting_is_on(const char *key, bool fallback)
{
    return setting_is_on(support.settings, NTLM_SETTINGS_SECTION, key, fallback);
}

void
ntlm_log(int level, const char *event, const char *const *pairs)
{
    if (support.log != NULL)
        support.log->write(level, event, pairs);
}

bool
ntlm_peer_address(char out[NTLM_PEER_MAX])
{
    return support.call != NULL && NT_SUCCESS(support.call->peer(out, NTLM_PEER_MAX)) &&
           out[0] != '\0';
}

void
ntlm_count(const char *name)
{
    if (support.counters != NULL)
        support.counters->add(NTLM_SETTINGS_SECTION, name);
}

void
ntlm_count_two(const char *kind, const char *name)
{
    char whole[COUNTER_NAME_MAX];

    (void)snprintf(whole, sizeof(whole), "%s%s", kind, name);
    ntlm_count(whole);
}
