/*
 * Packages (sspi.h, "EnumerateSecurityPackages", "QuerySecurityPackageInfo").
 *
 * Runs in the application. The list comes from the authority and is parsed like
 * any bytes from outside; the module names in it are checked, since files are
 * loaded by them (D13). Lists are never freed: contexts point into them. A
 * restarted authority mostly sends the same bytes, which are then found again.
 */
#include "sspi/package.h"

#include "base/log.h"
#include "base/str16.h"
#include "sspi/ask.h"
#include "sspi/memory.h"

#include "ntsecpkg.h"

#include <stdlib.h>

/* ---- parsing ----------------------------------------------------------- */

bool
sspi_module_name_parse(struct view v, char out[SSPI_MODULE_NAME_MAX])
{
    size_t i;

    if (v.n >= SSPI_MODULE_NAME_MAX)
        return false;
    for (i = 0; i < v.n; i++) {
        uint8_t c = v.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
        out[i] = (char)c;
    }
    out[v.n] = '\0';
    return true;
}

static struct view
string_parse(struct rd *r)
{
    uint32_t n = rd_u32le(r);

    return rd_view(r, n);
}

static void
thunks_parse(struct rd *r, struct sspi_package *out)
{
    uint32_t i;

    out->thunk_count = rd_u32le(r);
    if (out->thunk_count > SSPI_THUNKS_MAX) {
        out->thunk_count = 0;
        rd_fail(r);
    }
    for (i = 0; i < out->thunk_count; i++)
        out->thunks[i] = rd_u32le(r);
}

static void
package_parse(struct rd *r, struct sspi_package *out)
{
    out->id = rd_u32le(r);
    out->capabilities = rd_u32le(r);
    out->version = rd_u16le(r);
    out->rpc_id = rd_u16le(r);
    out->max_token = rd_u32le(r);
    out->table_index = rd_u32le(r);
    out->name = string_parse(r);
    out->comment = string_parse(r);
    if (!sspi_module_name_parse(string_parse(r), out->module))
        rd_fail(r);
    thunks_parse(r, out);
    if (!str16_is_valid(out->name) || !str16_is_valid(out->comment))
        rd_fail(r);
}

status_t
sspi_package_list_parse(struct view packages, struct sspi_package_list **out)
{
    struct sspi_package_list *list = calloc(1, sizeof(*list) + packages.n);
    struct rd r;

    *out = NULL;
    if (list == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    list->n = packages.n;
    if (packages.n > 0)
        memcpy(list->bytes, packages.p, packages.n);
    r = rd_init(view_of(list->bytes, list->n));
    while (rd_left(&r) > 0 && !r.failed && list->count < SSPI_PACKAGES_MAX)
        package_parse(&r, &list->packages[list->count++]);
    if (rd_end_exact(&r, SEC_E_INTERNAL_ERROR) != SEC_E_OK) {
        free(list);
        log_error("reply", LOG_S("call", "list_packages"), LOG_S("reason", "malformed"));
        return SEC_E_INTERNAL_ERROR;
    }
    *out = list;
    return SEC_E_OK;
}

/* ---- the lists of this process ----------------------------------------- */

/* Under packages_lock: the same list as before, or this one from now on. */
static struct sspi_package_list *
package_list_keep(struct sspi_process *p, struct sspi_package_list *fresh)
{
    struct sspi_package_list *l;

    for (l = p->packages_all; l != NULL; l = l->older) {
        if (view_is_equal(view_of(l->bytes, l->n), view_of(fresh->bytes, fresh->n))) {
            free(fresh);
            return l;
        }
    }
    fresh->older = p->packages_all;
    p->packages_all = fresh;
    return fresh;
}

/* `packages` is stored before `packages_session`: who sees the session sees its list. */
static status_t
package_list_ask(struct sspi_process *p, uint64_t session, struct sspi_package_list **out,
                 bool *lost)
{
    struct ask a;
    struct view bytes;
    struct sspi_package_list *fresh = NULL;
    status_t st;

    ask_init(&a, p, session);
    st = ask_list_packages(&a, &bytes);
    if (st == SEC_E_OK)
        st = sspi_package_list_parse(bytes, &fresh);
    if (st == SEC_E_OK) {
        pthread_mutex_lock(&p->packages_lock);
        *out = package_list_keep(p, fresh);
        atomic_store(&p->packages, *out);
        atomic_store(&p->packages_session, a.session);
        pthread_mutex_unlock(&p->packages_lock);
    }
    if (lost != NULL)
        *lost = a.lost;
    ask_wipe(&a);
    return st;
}

status_t
sspi_package_list_get(struct sspi_process *p, uint64_t session, struct sspi_package_list **out,
                      bool *lost)
{
    uint64_t known = atomic_load_explicit(&p->packages_session, memory_order_acquire);

    if (session != 0 && session == known) {
        *out = atomic_load_explicit(&p->packages, memory_order_acquire);
        return SEC_E_OK;
    }
    *out = NULL;
    return package_list_ask(p, session, out, lost);
}

struct sspi_package *
sspi_package_find(struct sspi_package_list *list, uint32_t id)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (list->packages[i].id == id)
            return &list->packages[i];
    return NULL;
}

struct sspi_package *
sspi_package_find_name(struct sspi_package_list *list, const char16_t *name)
{
    struct view wanted = ask_text(name);
    size_t i;

    for (i = 0; i < list->count; i++)
        if (str16_is_equal_nocase(list->packages[i].name, wanted))
            return &list->packages[i];
    return NULL;
}

bool
sspi_package_has_thunk(const struct sspi_package *package, uint32_t attribute)
{
    uint32_t i;

    for (i = 0; i < package->thunk_count; i++)
        if (package->thunks[i] == attribute || package->thunks[i] == SECPKG_ATTR_THUNK_ALL)
            return true;
    return false;
}

/* ---- SecPkgInfo -------------------------------------------------------- */

/*
 * Text for the application, NUL-terminated. A UTF-16 unit becomes at most three
 * bytes of UTF-8, so a first pass can count without converting.
 */
static size_t
info_text_room(struct view utf16, bool ansi)
{
    return ansi ? utf16.n / 2 * 3 + 1 : utf16.n + sizeof(char16_t);
}

static void *
info_text_put(struct wr *w, struct view utf16, bool ansi)
{
    void *at = w->p + w->len;
    size_t room = info_text_room(utf16, ansi);

    if (!ansi) {
        wr_view(w, utf16);
        wr_zeros(w, sizeof(char16_t));
    } else {
        if (!str16_to_utf8_into(utf16, at, room))
            *(char *)at = '\0';
        w->len += room;
    }
    return at;
}

/* SecPkgInfoW and SecPkgInfoA differ in the type of their strings only. */
static void
info_put(const struct sspi_package *p, SecPkgInfoW *out, struct wr *strings, bool ansi)
{
    out->fCapabilities = p->capabilities;
    out->wVersion = p->version;
    out->wRPCID = p->rpc_id;
    out->cbMaxToken = p->max_token;
    out->Name = info_text_put(strings, p->name, ansi);
    out->Comment = info_text_put(strings, p->comment, ansi);
}

void *
sspi_package_info_new(const struct sspi_package *const *packages, size_t count, bool ansi)
{
    size_t i, strings = 0;
    SecPkgInfoW *info;
    struct wr w;

    for (i = 0; i < count; i++)
        strings += info_text_room(packages[i]->name, ansi)
            + info_text_room(packages[i]->comment, ansi);
    info = sspi_memory_new(count * sizeof(*info) + strings);
    if (info == NULL)
        return NULL;
    w = wr_init(info + count, strings);
    for (i = 0; i < count; i++)
        info_put(packages[i], &info[i], &w, ansi);
    return info;
}
