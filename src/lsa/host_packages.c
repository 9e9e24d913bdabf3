/*
 * The host extension "packages": what a package that negotiates between others
 * (SPNEGO: RFC 4178) needs of the authority, and Windows's table has no slot
 * for. D16, D17.
 *
 * Another package runs inside the negotiator's call, as a part of it: the same
 * client memory and window, the same outputs, the same line in the audit.
 */
#include "lsa/lsa_internal.h"

#include "base/rd.h"

static const struct lsa_package *
package_by_id(ULONG_PTR id)
{
    const struct lsa *l = lsa_instance();

    return id >= 1 && id <= l->package_count ? l->packages[id - 1] : NULL;
}

static BOOLEAN
packages_get(size_t i, struct opensspi_host_package *out)
{
    const struct lsa_package *p = package_by_id(i + 1);

    if (!p)
        return FALSE;
    *out = (struct opensspi_host_package){ p->id, &p->info, &p->table, p->module->unmapped };
    return TRUE;
}

/* CHOICE: `packages` of a service is about negotiated contexts as well: no back door to NTLM. */
static BOOLEAN
packages_is_allowed(ULONG_PTR id)
{
    const struct lsa_call *call = lsa_call_current();

    return call && package_by_id(id)
           && (atomic_load(&call->client->service->packages) & (1u << (id - 1)));
}

/* What the application's library said of this package's user half; 0: nothing. */
static void
formats_find(struct lsa_call *call, uint32_t id)
{
    struct rd r = rd_init(call->formats);

    call->format_lowest = call->format_highest = 0;
    while (!r.failed && rd_left(&r) > 0) {
        bool mine = rd_u32le(&r) == id;
        uint32_t lowest = rd_u32le(&r), highest = rd_u32le(&r);

        if (mine && !r.failed) {
            call->format_lowest = lowest;
            call->format_highest = highest;
        }
    }
}

static NTSTATUS
packages_run(ULONG_PTR id, ULONG flags, NTSTATUS (*step)(void *argument), void *argument)
{
    struct lsa_call *call = lsa_call_current();
    const struct lsa_package *p = package_by_id(id), *outer;
    uint32_t attributes, lowest, highest;
    NTSTATUS s;

    if (!call)
        return STATUS_UNSUCCESSFUL;
    if (!p || (flags & ~OPENSSPI_RUN_FLAGS))
        return STATUS_INVALID_PARAMETER;
    outer = call->package;
    attributes = call->attributes;
    lowest = call->format_lowest;
    highest = call->format_highest;
    call->package = p;
    call->attributes |= SECPKG_CALL_NEGO | flags;
    formats_find(call, p->id);
    s = step(argument);
    call->package = outer;
    call->attributes = attributes;
    call->format_lowest = lowest;
    call->format_highest = highest;
    return s;
}

static NTSTATUS
packages_hand_over(ULONG_PTR id, LSA_SEC_HANDLE context)
{
    struct lsa_call *call = lsa_call_current();
    const struct lsa_package *p = package_by_id(id);

    if (!call)
        return STATUS_UNSUCCESSFUL;
    if (!p || p->module->user_module[0] == '\0')
        return STATUS_INVALID_PARAMETER;
    call->mapped_package = p;
    call->mapped_handle = context;
    return STATUS_SUCCESS;
}

static BOOLEAN
packages_fits(const void *block, size_t n)
{
    return lsa_heap_has(block, n);
}

const struct opensspi_host_packages lsa_host_packages = {
    .get = packages_get,
    .is_allowed = packages_is_allowed,
    .run = packages_run,
    .hand_over = packages_hand_over,
    .fits = packages_fits,
};
