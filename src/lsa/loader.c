/*
 * The loader: from a module's file to tables that the authority may call.
 *
 * Contract: SpLsaModeInitialize is called once a module, with LsaVersion
 * 0x00010000 whatever the authority supports; what comes back is an array of
 * tables whose stride is the size of the table at the returned version, as
 * members past that version do not exist in the module's memory (Microsoft:
 * SpLsaModeInitialize, SECPKG_FUNCTION_TABLE).
 *
 * Trusts: files in the module folder, which only root may write. Module names
 * come from the configuration, where they were checked.
 */
#include "lsa/lsa_internal.h"

#include "base/elf_file.h"
#include "base/log.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOADER_PATH_MAX 4096

/* The end of the table at each version. Ascending; the last one is all there is. */
struct loader_version {
    ULONG version;
    size_t size;
};

#define TABLE_END(member) (offsetof(SECPKG_FUNCTION_TABLE, member) + sizeof(void *))

static const struct loader_version versions[] = {
    { SECPKG_INTERFACE_VERSION, TABLE_END(SetExtendedInformation) },
    { SECPKG_INTERFACE_VERSION_2, TABLE_END(SetContextAttributesW) },
    { SECPKG_INTERFACE_VERSION_3, TABLE_END(SetCredentialsAttributesW) },
    { SECPKG_INTERFACE_VERSION_4, TABLE_END(ChangeAccountPasswordW) },
    { SECPKG_INTERFACE_VERSION_5, TABLE_END(UpdateCredentials) },
    { SECPKG_INTERFACE_VERSION_6, TABLE_END(ValidateTargetInfo) },
    { SECPKG_INTERFACE_VERSION_7, TABLE_END(PostLogonUser) },
    { SECPKG_INTERFACE_VERSION_8, TABLE_END(GetRemoteCredGuardSupplementalCreds) },
    { SECPKG_INTERFACE_VERSION_9, TABLE_END(GetTbalSupplementalCreds) },
    { SECPKG_INTERFACE_VERSION_10, TABLE_END(PostLogonUserSurrogate) },
    { SECPKG_INTERFACE_VERSION_11, TABLE_END(ExtractTargetInfo) },
};

/* Size of a table of this version; 0: no version that the contract knows. */
static size_t
loader_table_size(ULONG version)
{
    size_t size = 0;

    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        if (version >= versions[i].version)
            size = versions[i].size;
    }
    return size;
}

/*
 * "NAME-user" where such a module lies beside, the module itself where it has both halves, else "".
 */
static char *
loader_user_module(const struct lsa *l, const char *name, void *handle)
{
    char path[LOADER_PATH_MAX];
    char *user = NULL;

    if (asprintf(&user, "%s-user", name) < 0)
        return NULL;
    if (snprintf(path, sizeof(path), "%s/%s.so", l->module_dir, user) < (int)sizeof(path)
        && access(path, R_OK) == 0)
        return user;
    free(user);
    return strdup(dlsym(handle, SECPKG_USERMODEINIT_NAME) ? name : "");
}

static void *
loader_open(const struct lsa *l, const char *name)
{
    char path[LOADER_PATH_MAX];
    const char *reason;
    void *handle;

    if (snprintf(path, sizeof(path), "%s/%s.so", l->module_dir, name) >= (int)sizeof(path)) {
        log_error("package_not_loaded", LOG_S("module", name), LOG_S("reason", "path too long"));
        return NULL;
    }
    reason = elf_file_refuse(path);
    if (reason) {
        log_error("package_not_loaded", LOG_S("module", name), LOG_S("file", path),
                  LOG_S("reason", reason));
        return NULL;
    }
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        log_error("package_not_loaded", LOG_S("module", name), LOG_S("reason", dlerror()));
    return handle;
}

/* The host extension is optional: a package from Windows has none. */
static NTSTATUS
loader_extend(void *handle)
{
    OpenSspiPackageInitializeFn *extend =
        (OpenSspiPackageInitializeFn *)dlsym(handle, OPENSSPI_PACKAGE_INITIALIZE_NAME);

    return extend ? extend(&lsa_host) : STATUS_SUCCESS;
}

/* What a newer module has behind ours is not looked at; one that has less offers nothing. */
static const struct opensspi_unmapped *
loader_unmapped(void *handle)
{
    const struct opensspi_unmapped *u = dlsym(handle, OPENSSPI_UNMAPPED_NAME);

    return u && u->size >= sizeof(*u) && u->sign && u->verify ? u : NULL;
}

/* SpLsaModeInitialize, then each table copied to one of our newest version and started. */
static bool
loader_start(struct lsa *l, struct lsa_module *m, enum config_pool pool)
{
    SpLsaModeInitializeFn init = (SpLsaModeInitializeFn)dlsym(m->handle, SECPKG_LSAMODEINIT_NAME);
    SECPKG_FUNCTION_TABLE *tables = NULL;
    ULONG version = 0, count = 0;
    NTSTATUS s;
    size_t size;
    bool any = false;

    if (!init) {
        log_error("package_not_loaded", LOG_S("module", m->name),
                  LOG_S("reason", "exports no " SECPKG_LSAMODEINIT_NAME));
        return false;
    }
    s = init(SECPKG_INTERFACE_VERSION, &version, &tables, &count);
    if (!NT_SUCCESS(s)) {
        log_error("package_not_loaded", LOG_S("module", m->name),
                  LOG_S("reason", SECPKG_LSAMODEINIT_NAME " failed"), LOG_X("status", s));
        return false;
    }
    size = loader_table_size(version);
    if (!tables || count == 0 || count > LSA_PACKAGES_MAX || size == 0) {
        log_error("package_not_loaded", LOG_S("module", m->name),
                  LOG_S("reason", "no usable table"), LOG_X("version", version),
                  LOG_N("tables", count));
        return false;
    }
    s = loader_extend(m->handle);
    if (!NT_SUCCESS(s)) {
        log_error("package_not_loaded", LOG_S("module", m->name),
                  LOG_S("reason", OPENSSPI_PACKAGE_INITIALIZE_NAME " failed"), LOG_X("status", s));
        return false;
    }
    for (ULONG i = 0; i < count; i++) {
        SECPKG_FUNCTION_TABLE table = { 0 };

        memcpy(&table, (const uint8_t *)tables + i * size, size);
        any |= lsa_package_start(l, m, i, &table, pool);
    }
    return any;
}

/* Two sections may name one file: its tables must not be started, and later shut down, twice. */
static bool
loader_is_loaded(const struct lsa *l, const struct lsa_module *m, const char *name)
{
    for (size_t i = 0; i < l->module_count; i++) {
        if (l->modules[i].handle == m->handle) {
            log_error("package_not_loaded", LOG_S("module", name),
                      LOG_S("reason", "another section has loaded this module"));
            return true;
        }
    }
    return false;
}

bool
lsa_module_load(struct lsa *l, const struct config_package *section)
{
    struct lsa_module *m;

    if (l->module_count == LSA_MODULES_MAX) {
        log_error("package_not_loaded", LOG_S("module", section->module),
                  LOG_S("reason", "too many modules"));
        return false;
    }
    m = &l->modules[l->module_count];
    *m = (struct lsa_module){ .handle = loader_open(l, section->module) };
    if (!m->handle)
        return false;
    if (loader_is_loaded(l, m, section->module)) {
        lsa_module_unload(m);
        return false;
    }
    m->name = strdup(section->module);
    m->user_module = loader_user_module(l, section->module, m->handle);
    m->unmapped = loader_unmapped(m->handle);
    if (!m->name || !m->user_module || !loader_start(l, m, section->pool)) {
        lsa_module_unload(m);
        return false;
    }
    l->module_count++;
    return true;
}

void
lsa_module_unload(struct lsa_module *m)
{
    if (m->handle)
        dlclose(m->handle);
    free(m->name);
    free(m->user_module);
    *m = (struct lsa_module){ 0 };
}
