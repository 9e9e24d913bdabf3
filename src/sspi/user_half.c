/*
 * Loading user halves (SpUserModeInitialize, SpInstanceInit).
 *
 * Runs in the application. A user half is code of the host's administrator: it
 * lies in the folder of modules, and the name by which it is loaded was checked
 * when the list of packages was parsed (D13). It sees session keys only.
 *
 * A module that fails is not tried again in this process: a server must not load
 * a library for every client that connects.
 */
#include "sspi/user_half.h"

#include "base/elf_file.h"
#include "base/log.h"
#include "sspi/impersonate.h"
#include "sspi/memory.h"

#include "opensspi_host.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Where surrogate numbers start: outside user addresses, which packages' numbers often are. */
#define SURROGATE_FIRST UINT64_C(0x5353000000000001)
#define TABLES_MAX 32u

/* ---- what a user half may call (SECPKG_DLL_FUNCTIONS) ------------------- */

static PVOID NTAPI
half_heap_new(ULONG n)
{
    return sspi_memory_new(n);
}

static VOID NTAPI
half_heap_free(PVOID p)
{
    sspi_memory_free(p);
}

/* DEVIATION: nothing here calls an application back, so there is nothing to register for. */
static NTSTATUS NTAPI
half_callback_register(ULONG id, PLSA_CALLBACK_FUNCTION callback)
{
    (void)id;
    (void)callback;
    return STATUS_NOT_IMPLEMENTED;
}

static PVOID NTAPI
half_package_locate(ULONG id)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_package_list *list = p == NULL ? NULL : atomic_load(&p->packages);
    struct sspi_package *package = list == NULL ? NULL : sspi_package_find(list, id);
    struct sspi_user_half *half = package == NULL ? NULL : atomic_load(&package->half);

    return half != NULL && half->usable ? &half->table : NULL;
}

static SECPKG_DLL_FUNCTIONS half_functions = {
    .AllocateHeap = half_heap_new,
    .FreeHeap = half_heap_free,
    .RegisterCallback = half_callback_register,
    .LocatePackageById = half_package_locate,
};

/* ---- tables ------------------------------------------------------------ */

/* The stride of the array is the table's size at the module's version. */
static size_t
table_size_of(ULONG version)
{
    if (version == SECPKG_INTERFACE_VERSION)
        return offsetof(SECPKG_USER_FUNCTION_TABLE, MarshalAttributeData);
    if (version == SECPKG_INTERFACE_VERSION_2)
        return sizeof(SECPKG_USER_FUNCTION_TABLE);
    return 0;
}

bool
sspi_user_half_table(const SECPKG_USER_FUNCTION_TABLE *tables, ULONG count, ULONG version,
                     uint32_t index, SECPKG_USER_FUNCTION_TABLE *out)
{
    size_t size = table_size_of(version);

    memset(out, 0, sizeof(*out));
    if (size == 0 || tables == NULL || count > TABLES_MAX || index >= count)
        return false;
    memcpy(out, (const uint8_t *)tables + size * index, size);
    return true;
}

/* ---- loading ----------------------------------------------------------- */

void *
sspi_module_open(const struct sspi_process *p, const char *name)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s.so", sspi_authority_modules(&p->authority), name);
    bool fits = n > 0 && (size_t)n < sizeof(path);
    const char *reason = NULL;
    void *module = NULL;

    sspi_impersonate_pause();
    if (fits)
        reason = elf_file_refuse(path);
    if (fits && reason == NULL)
        module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    sspi_impersonate_resume();
    if (module == NULL)
        log_error("user-half", LOG_S("module", name),
                  LOG_S("reason", reason != NULL ? reason : dlerror()));
    return module;
}

/* SpUserModeInitialize, which is called once a module, whatever its count of packages. */
static bool
module_initialize(void *module, struct sspi_user_half *h)
{
    union {
        void *symbol;
        SpUserModeInitializeFn call;
    } init = { dlsym(module, SECPKG_USERMODEINIT_NAME) };
    NTSTATUS s;

    if (init.symbol == NULL) {
        log_error("user-half", LOG_S("module", h->module),
                  LOG_S("reason", "no " SECPKG_USERMODEINIT_NAME));
        return false;
    }
    s = init.call(SECPKG_INTERFACE_VERSION, &h->version, &h->tables, &h->table_count);
    if (s < 0)
        log_error("user-half", LOG_S("module", h->module), LOG_X("status", s));
    return s >= 0;
}

static bool
module_table_take(void *module, const struct sspi_user_half *sibling, struct sspi_user_half *h)
{
    if (sibling != NULL) {
        h->tables = sibling->tables;
        h->table_count = sibling->table_count;
        h->version = sibling->version;
    } else if (!module_initialize(module, h)) {
        return false;
    }
    if (sspi_user_half_table(h->tables, h->table_count, h->version, h->table_index, &h->table))
        return true;
    log_error("user-half", LOG_S("module", h->module), LOG_X("version", h->version),
              LOG_N("tables", h->table_count), LOG_N("wanted", h->table_index));
    return false;
}

static bool
instance_start(struct sspi_user_half *h)
{
    PVOID unused = NULL;
    NTSTATUS s;

    if (h->table.InstanceInit == NULL)
        return true;
    s = h->table.InstanceInit(SECPKG_INTERFACE_VERSION, &half_functions, &unused);
    if (s < 0)
        log_error("user-half", LOG_S("module", h->module), LOG_X("status", s),
                  LOG_S("reason", "InstanceInit"));
    return s >= 0;
}

/* Under halves_lock: another package of the same module, whose tables are known. */
static const struct sspi_user_half *
half_sibling(const struct sspi_process *p, const char *module)
{
    const struct sspi_user_half *h;

    for (h = p->halves; h != NULL; h = h->next)
        if (h->table_count > 0 && strcmp(h->module, module) == 0)
            return h;
    return NULL;
}

/* A name of a file in the same folder, or nothing: the module is our administrator's (D13). */
static void
half_provider_take(void *module, struct sspi_user_half *h)
{
    const char *name = dlsym(module, OPENSSPI_CLIENT_PROVIDER_NAME);

    if (name == NULL)
        return;
    if (!sspi_module_name_parse(view_of(name, strnlen(name, SSPI_MODULE_NAME_MAX)), h->provider)) {
        log_error("user-half", LOG_S("module", h->module),
                  LOG_S("reason", OPENSSPI_CLIENT_PROVIDER_NAME " is no module's name"));
        h->provider[0] = '\0';
    }
}

static struct sspi_user_half *
half_new(const struct sspi_process *p, const struct sspi_package *package)
{
    struct sspi_user_half *h = calloc(1, sizeof(*h));
    const struct opensspi_context_formats *formats;
    void *module;

    if (h == NULL)
        return NULL;
    pthread_mutex_init(&h->lock, NULL);
    memcpy(h->module, package->module, sizeof(h->module));
    h->table_index = package->table_index;
    module = sspi_module_open(p, h->module);
    if (module == NULL || !module_table_take(module, half_sibling(p, h->module), h)
        || !instance_start(h))
        return h;
    formats = dlsym(module, OPENSSPI_CONTEXT_FORMATS_NAME);
    if (formats != NULL) {
        h->format_lowest = formats->lowest;
        h->format_highest = formats->highest;
    }
    half_provider_take(module, h);
    h->usable = true;
    return h;
}

/* Under halves_lock. */
static struct sspi_user_half *
half_find(const struct sspi_process *p, const struct sspi_package *package)
{
    struct sspi_user_half *h;

    for (h = p->halves; h != NULL; h = h->next)
        if (h->table_index == package->table_index && strcmp(h->module, package->module) == 0)
            return h;
    return NULL;
}

struct sspi_user_half *
sspi_user_half_get(struct sspi_process *p, struct sspi_package *package)
{
    struct sspi_user_half *h = atomic_load_explicit(&package->half, memory_order_acquire);

    if (h == NULL && package->module[0] != '\0') {
        pthread_mutex_lock(&p->halves_lock);
        h = half_find(p, package);
        if (h == NULL && (h = half_new(p, package)) != NULL) {
            h->next = p->halves;
            p->halves = h;
        }
        if (h != NULL)
            atomic_store_explicit(&package->half, h, memory_order_release);
        pthread_mutex_unlock(&p->halves_lock);
    }
    return h != NULL && h->usable ? h : NULL;
}

/* ---- numbers (D7) ------------------------------------------------------ */

bool
sspi_user_half_reserve(struct sspi_user_half *h, LSA_SEC_HANDLE wanted, LSA_SEC_HANDLE *number)
{
    static atomic_uint_fast64_t next = SURROGATE_FIRST;
    bool ok;

    pthread_mutex_lock(&h->lock);
    *number = wanted;
    while (sspi_number_has(&h->numbers, *number))
        *number = (LSA_SEC_HANDLE)atomic_fetch_add(&next, 1);
    ok = sspi_number_add(&h->numbers, *number);
    pthread_mutex_unlock(&h->lock);
    return ok;
}

bool
sspi_user_half_claim(struct sspi_user_half *h, LSA_SEC_HANDLE number)
{
    bool ok;

    pthread_mutex_lock(&h->lock);
    ok = sspi_number_add(&h->numbers, number);
    pthread_mutex_unlock(&h->lock);
    return ok;
}

void
sspi_user_half_release(struct sspi_user_half *h, LSA_SEC_HANDLE number)
{
    pthread_mutex_lock(&h->lock);
    sspi_number_remove(&h->numbers, number);
    pthread_mutex_unlock(&h->lock);
}
