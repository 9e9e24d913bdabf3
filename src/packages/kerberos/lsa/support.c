/*
 * What the authority gives the package. Windows's function table has no
 * clock, no random bytes, no names of services and no settings: they come by
 * the host extension (opensspi_host.h).
 *
 * Runs in the authority. Trusts the authority and its configuration.
 */
#include "packages/kerberos/lsa/support.h"

#include "packages/common/setting.h"
#include "packages/kerberos/krb5/localname.h"
#include "packages/kerberos/krb5/outage.h"
#include "packages/kerberos/lsa/keystore.h"
#include "packages/kerberos/lsa/logon.h"
#include "packages/kerberos/lsa/replay.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define TICKS_A_MICROSECOND 10
#define MICROSECONDS_A_SECOND 1000000
#define SETTING_MAX 16
#define PATH_ROOM 4096
#define SKEW_DEFAULT 300u
#define REPLAY_ENTRIES_DEFAULT 1048576u
#define REPLAY_FILE "kerberos.replay"

static struct krb_support support;
/* The replay cache: by the settings of no service, as all that have a keytab share it. */
static struct {
    pthread_mutex_t lock;                   /* of cache, while it is opened */
    struct replay *cache;
    char path[PATH_ROOM];                   /* empty: there is no folder for it */
    uint32_t entries, skew;
} replay;

const struct krb_support *
krb_support(void)
{
    return &support;
}

void
krb_support_offer(const struct opensspi_host *host)
{
    support.clock = host->query(OPENSSPI_HOST_CLOCK, 1);
    support.random = host->query(OPENSSPI_HOST_RANDOM, 1);
    support.machine = host->query(OPENSSPI_HOST_MACHINE, 1);
    support.settings = host->query(OPENSSPI_HOST_SETTINGS, 2);
    support.handle = host->query(OPENSSPI_HOST_HANDLE, 1);
    support.call = host->query(OPENSSPI_HOST_CALL, 5);
    support.client = host->query(OPENSSPI_HOST_CLIENT, 1);
    support.log = host->query(OPENSSPI_HOST_LOG, 1);
}

static bool
replay_path(char out[PATH_ROOM])
{
    char folder[PATH_ROOM];

    if (krb_setting_text("replay_cache", out, PATH_ROOM))
        return true;
    return support.settings->section_get(OPENSSPI_HOST_SECTION_STORE, "", "state_dir", folder,
                                         sizeof(folder)) &&
           snprintf(out, PATH_ROOM, "%s/" REPLAY_FILE, folder) < PATH_ROOM;
}

/*
 * Before any call. What is there already is the parent's of a forked child (D3), and so is a lock
 * that is held.
 */
static void
replay_begin(void)
{
    replay_leave(replay.cache);
    replay.cache = NULL;
    pthread_mutex_init(&replay.lock, NULL);
    if (!replay_path(replay.path))
        replay.path[0] = '\0';
    replay.entries = krb_setting_number("replay_entries", REPLAY_ENTRIES_DEFAULT);
    replay.skew = krb_skew();
}

/* Without it the package still initiates; accepting refuses, which is said here and then. */
static void
replay_find(void)
{
    char error[REPLAY_ERROR_MAX] = "no state_dir";

    if (replay.path[0] != '\0')
        replay.cache = replay_open(replay.path, replay.entries, replay.skew, krb_now(), error);
    if (replay.cache == NULL)
        krb_log(3, "replay_cache",
                (const char *const[]){ "package", KRB_PACKAGE, "reason", error, "remedy",
                                       "replay_cache in [package Kerberos]", NULL });
    else if (replay_lost_until(replay.cache) > krb_now())
        krb_log(4, "replay_cache",
                (const char *const[]){ "package", KRB_PACKAGE, "reason",
                                       "the machine went down without closing it: clients are "
                                       "refused until the clock skew is over", NULL });
}

/*
 * With the first AP-REQ: a process that never sees one, as most initiators and NTLM's servers,
 * makes no file of 16 MiB. One that could not be opened is tried again with the next.
 */
struct replay *
krb_replay_cache(void)
{
    struct replay *r;

    pthread_mutex_lock(&replay.lock);
    if (replay.cache == NULL)
        replay_find();
    r = replay.cache;
    pthread_mutex_unlock(&replay.lock);
    return r;
}

NTSTATUS
krb_support_open(ULONG package_id, LSA_SECPKG_FUNCTION_TABLE *lsa)
{
    if (lsa == NULL)
        return STATUS_INVALID_PARAMETER;
    if (support.clock == NULL || support.random == NULL || support.machine == NULL ||
        support.settings == NULL || support.handle == NULL || support.call == NULL)
        return STATUS_NOT_SUPPORTED;
    support.objects = handle_table_new(KRB_OBJECTS_MAX);
    support.keys = keystore_new();
    support.logons = krb_logons_new();
    support.localnames = krb_localnames_new();
    support.outages = krb_outages_new(support.clock->boot_ms);
    if (support.objects == NULL || support.keys == NULL || support.logons == NULL ||
        support.localnames == NULL || support.outages == NULL) {
        krb_support_close();
        return STATUS_NO_MEMORY;
    }
    support.package_id = package_id;
    support.lsa = lsa;
    replay_begin();
    return STATUS_SUCCESS;
}

void
krb_support_close(void)
{
    if (support.objects != NULL)
        handle_table_free(support.objects);
    keystore_free(support.keys);
    krb_logons_free(support.logons);
    krb_localnames_free(support.localnames);
    krb_outages_free(support.outages);
    replay_close(replay.cache);
    support.objects = NULL;
    support.keys = NULL;
    support.logons = NULL;
    support.localnames = NULL;
    support.outages = NULL;
    replay.cache = NULL;
    support.lsa = NULL;
}

bool
krb_setting_text(const char *key, char *out, size_t room)
{
    return support.settings->get(KRB_PACKAGE, key, out, room) != FALSE;
}

bool
krb_setting_is_on(const char *key, bool fallback)
{
    return setting_is_on(support.settings, KRB_PACKAGE, key, fallback);
}

/* The configuration has checked its range. */
uint32_t
krb_setting_number(const char *key, uint32_t fallback)
{
    char value[SETTING_MAX];

    return krb_setting_text(key, value, sizeof(value)) ? (uint32_t)strtoul(value, NULL, 10)
                                                       : fallback;
}

uint32_t
krb_skew(void)
{
    return krb_setting_number("clock_skew", SKEW_DEFAULT);
}

int64_t
krb_now(void)
{
    return filetime_to_unix(support.clock->now());
}

int64_t
krb_now_exactly(uint32_t *microseconds)
{
    int64_t now = support.clock->now();

    *microseconds = (uint32_t)(now / TICKS_A_MICROSECOND % MICROSECONDS_A_SECOND);
    return filetime_to_unix(now);
}

void
krb_log(int level, const char *event, const char *const *pairs)
{
    if (support.log != NULL)
        support.log->write(level, event, pairs);
}

struct krb_number
krb_number(uint64_t n)
{
    struct krb_number out;

    (void)snprintf(out.text, sizeof(out.text), "%llu", (unsigned long long)n);
    return out;
}
