/*
 * A package's life: InitializePackage, SpInitialize, SpGetInfo and
 * SpGetExtendedInformation at start, in that order; SpShutdown at the end
 * (Microsoft: LSA Mode Initialization). A package whose start fails is left
 * out with a line in the log; the authority goes on without it.
 */
#include "lsa/lsa_internal.h"
#include "lsa/support.h"

#include "base/log.h"
#include "base/str16.h"

#include <stdlib.h>

#define PACKAGE_NAME_UNITS_MAX 256
#define PACKAGE_COMMENT_UNITS_MAX 1024
#define PACKAGE_THUNKS_MAX 256

static bool
package_log_failure(const struct lsa_module *m, const char *function, NTSTATUS s)
{
    log_error("package_not_started", LOG_S("module", m->name), LOG_S("function", function),
              LOG_X("status", s));
    return false;
}

/* Slot 0. The authentication package's name has no reader yet; its two blocks are ours to free. */
static bool
package_initialize_ap(struct lsa_package *p)
{
    LSA_STRING *name = NULL;
    NTSTATUS s;

    if (!p->table.InitializePackage)
        return true;
    s = p->table.InitializePackage(p->id, (PLSA_DISPATCH_TABLE)&lsa_support_table, NULL, NULL,
                                   &name);
    if (!NT_SUCCESS(s))
        return package_log_failure(p->module, "InitializePackage", s);
    if (name) {
        lsa_heap_free(name->Buffer);
        lsa_heap_free(name);
    }
    return true;
}

static bool
package_initialize_sp(struct lsa *l, struct lsa_package *p)
{
    NTSTATUS s;

    if (!p->table.Initialize)
        return true;
    s = p->table.Initialize(p->id, &l->parameters, &lsa_support_table);
    return NT_SUCCESS(s) || package_log_failure(p->module, "SpInitialize", s);
}

static char16_t *
package_copy_string(const char16_t *s, size_t max)
{
    size_t n = 0;
    char16_t *copy;

    if (!s)
        return calloc(1, sizeof(*copy));
    while (n < max && s[n])
        n++;
    copy = calloc(n + 1, sizeof(*copy));
    if (copy)
        memcpy(copy, s, n * sizeof(*copy));
    return copy;
}

/* SpGetInfo: the strings stay the package's, so they are copied. */
static bool
package_get_info(struct lsa_package *p)
{
    SecPkgInfoW info = { 0 };
    NTSTATUS s;

    if (!p->table.GetInfo)
        return package_log_failure(p->module, "SpGetInfo", STATUS_NOT_IMPLEMENTED);
    s = p->table.GetInfo(&info);
    if (!NT_SUCCESS(s))
        return package_log_failure(p->module, "SpGetInfo", s);
    p->info = info;
    p->info.Name = package_copy_string(info.Name, PACKAGE_NAME_UNITS_MAX);
    p->info.Comment = package_copy_string(info.Comment, PACKAGE_COMMENT_UNITS_MAX);
    if (!p->info.Name || !p->info.Comment)
        return false;
    p->name = str16_to_utf8(view_of(p->info.Name, str16_length(p->info.Name) * sizeof(char16_t)));
    if (!p->name || !p->name[0])
        return package_log_failure(p->module, "SpGetInfo: name", STATUS_INVALID_PARAMETER);
    return true;
}

/* SecpkgContextThunks: which attributes the LSA half answers even of a mapped context. */
static void
package_get_thunks(struct lsa_package *p)
{
    SECPKG_EXTENDED_INFORMATION *info = NULL;
    const SECPKG_CONTEXT_THUNKS *t;

    if (!p->table.GetExtendedInformation
        || !NT_SUCCESS(p->table.GetExtendedInformation(SecpkgContextThunks, &info)) || !info)
        return;
    t = &info->Info.ContextThunks;
    if (info->Class == SecpkgContextThunks && t->InfoLevelCount <= PACKAGE_THUNKS_MAX)
        p->thunks = lsa_heap_copy(view_of(t, offsetof(SECPKG_CONTEXT_THUNKS, Levels)
                                                 + t->InfoLevelCount * sizeof(ULONG)));
    lsa_heap_free(info);
}

static void
package_free(struct lsa_package *p)
{
    free(p->info.Name);
    free(p->info.Comment);
    free(p->name);
    lsa_heap_free(p->thunks);
    free(p);
}

static bool
package_is_new(const struct lsa *l, const struct lsa_package *p)
{
    struct view name = view_of(p->info.Name, str16_length(p->info.Name) * sizeof(char16_t));

    if (!lsa_package_find(l, name))
        return true;
    log_error("package_not_started", LOG_S("package", p->name), LOG_S("module", p->module->name),
              LOG_S("reason", "another package has this name"));
    return false;
}

bool
lsa_package_start(struct lsa *l, struct lsa_module *m, uint32_t index,
                  const SECPKG_FUNCTION_TABLE *table, enum config_pool pool)
{
    struct lsa_package *p;

    if (l->package_count == LSA_PACKAGES_MAX)
        return package_log_failure(m, "too many packages", STATUS_INSUFFICIENT_RESOURCES);
    p = calloc(1, sizeof(*p));
    if (!p)
        return false;
    p->id = (uint32_t)l->package_count + 1;
    p->table_index = index;
    p->module = m;
    p->table = *table;
    p->pool = pool;
    if (!package_initialize_ap(p) || !package_initialize_sp(l, p)) {
        package_free(p);
        return false;
    }
    if (!package_get_info(p) || !package_is_new(l, p)) {
        if (p->table.Shutdown)
            (void)p->table.Shutdown();
        package_free(p);
        return false;
    }
    package_get_thunks(p);
    l->packages[l->package_count++] = p;
    log_info("package_started", LOG_S("package", p->name), LOG_S("module", m->name));
    return true;
}

void
lsa_package_stop(struct lsa_package *p)
{
    if (p->table.Shutdown)
        (void)p->table.Shutdown();
    package_free(p);
}

void
lsa_package_breach(const struct lsa_package *p, const char *rule)
{
    log_error("contract_breach", LOG_S("package", p->name), LOG_S("rule", rule));
}

size_t
lsa_package_count(const struct lsa *l)
{
    return l->package_count;
}

struct lsa_package_info
lsa_package_info(const struct lsa_package *p)
{
    return (struct lsa_package_info){
        .id = p->id,
        .table_index = p->table_index,
        .info = &p->info,
        .name = p->name,
        .user_module = p->module->user_module,
        .thunks = p->thunks,
        .pool = p->pool,
    };
}

struct lsa_package_info
lsa_package_get(const struct lsa *l, size_t i)
{
    return lsa_package_info(l->packages[i]);
}

const struct lsa_package *
lsa_package_find(const struct lsa *l, struct view name)
{
    for (size_t i = 0; i < l->package_count; i++) {
        const char16_t *own = l->packages[i]->info.Name;

        if (str16_is_equal_nocase(name, view_of(own, str16_length(own) * sizeof(*own))))
            return l->packages[i];
    }
    return NULL;
}
