/*
 * QueryContextAttributes, QueryCredentialsAttributes (sspi.h).
 *
 * Runs in the application. Who answers for a context:
 *
 *     not complete        the LSA half, and only NEGOTIATION_INFO, PACKAGE_INFO, FLAGS
 *                         and LAST_CLIENT_TOKEN_STATUS
 *     complete, unmapped  the LSA half
 *     mapped              the user half, but the LSA half for what the package lists in
 *                         SecpkgContextThunks, and for what stays with the outer
 *                         package of a negotiated context (D17)
 *
 * A structure is filled in a room of our own and given to the caller when it is whole,
 * so a query that fails leaves the caller's buffer as it was.
 */
#include "sspi/query.h"

#include "ipc/attribute.h"
#include "sspi/ansi.h"
#include "sspi/memory.h"
#include "base/status.h"

/* The largest structure of the table (SecPkgContext_ApplicationProtocol is 264). */
#define QUERY_ROOM 512u

static bool
attribute_is_early(uint32_t attribute)
{
    return attribute == SECPKG_ATTR_NEGOTIATION_INFO || attribute == SECPKG_ATTR_PACKAGE_INFO
        || attribute == SECPKG_ATTR_FLAGS || attribute == SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS;
}

/* What describes the negotiation, not its result. */
static bool
attribute_is_outer(const struct sspi_context *c, uint32_t attribute)
{
    if (c->outer == NULL || c->outer == c->inner)
        return false;
    return attribute == SECPKG_ATTR_NEGO_STATUS || attribute == SECPKG_ATTR_NEGO_PKG_INFO
        || attribute == SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS
        || sspi_package_has_thunk(c->outer, attribute);
}

/* ---- by the LSA half --------------------------------------------------- */

/* A token that came along is named by a handle of ours from here on. */
static void
handle_adopt(struct sspi_context *c, SecPkgContext_AccessToken *value)
{
    sspi_context_tokens_resolve(c);
    if (value->AccessToken != NULL)
        value->AccessToken =
            sspi_context_token_borrow(c, (uint64_t)(uintptr_t)value->AccessToken);
}

static status_t
query_lsa(struct sspi_context *c, const struct attribute *known, uint32_t attribute, void *value)
{
    uint64_t remote = atomic_load(&c->remote);
    struct view flat;
    struct ask a;
    status_t st;

    /* No table, no structure: it could not be rebuilt here. */
    if (known == NULL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (remote == 0)
        return SEC_E_CONTEXT_EXPIRED;
    ask_init(&a, c->process, c->session);
    st = ask_query_context(&a, remote, attribute, &flat);
    if (a.lost)
        st = atomic_load(&c->complete) ? SEC_E_CONTEXT_EXPIRED
                                       : SEC_E_NO_AUTHENTICATING_AUTHORITY;
    if (st >= 0)
        st = attribute_get(flat, known, value, sspi_memory_new, sspi_memory_free);
    if (st >= 0 && attribute == SECPKG_ATTR_ACCESS_TOKEN)
        st = sspi_context_tokens_take(c, &a);
    ask_wipe(&a);
    if (st >= 0 && attribute == SECPKG_ATTR_ACCESS_TOKEN)
        handle_adopt(c, value);
    return st;
}

/* ---- by the user half -------------------------------------------------- */

/*
 * What we know ourselves, for user halves that do not answer it: a package made for
 * Windows may leave these to secur32.
 */
static status_t
query_own(struct sspi_context *c, uint32_t attribute, void *value)
{
    const struct sspi_package *package = c->inner;
    SecPkgContext_NegotiationInfoW *n = value;

    if (attribute == SECPKG_ATTR_FLAGS) {
        ((SecPkgContext_Flags *)value)->Flags = atomic_load(&c->attributes);
        return SEC_E_OK;
    }
    if ((attribute != SECPKG_ATTR_NEGOTIATION_INFO && attribute != SECPKG_ATTR_PACKAGE_INFO)
        || package == NULL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    n->PackageInfo = sspi_package_info_new(&package, 1, false);
    if (n->PackageInfo == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (attribute == SECPKG_ATTR_NEGOTIATION_INFO)
        n->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
    return SEC_E_OK;
}

static status_t
query_half(struct sspi_context *c, uint32_t attribute, void *value)
{
    struct sspi_user_half *h = sspi_context_half_enter(c);
    SecPkgContext_AccessToken *token = value;
    status_t st = SEC_E_UNSUPPORTED_FUNCTION;

    if (h->table.QueryContextAttributes != NULL)
        st = status_map(h->table.QueryContextAttributes(c->number, attribute, value));
    sspi_context_half_leave();
    if (st == SEC_E_UNSUPPORTED_FUNCTION)
        st = query_own(c, attribute, value);
    if (st >= 0 && attribute == SECPKG_ATTR_FLAGS)
        ((SecPkgContext_Flags *)value)->Flags |= c->own_attributes;
    if (st >= 0 && attribute == SECPKG_ATTR_ACCESS_TOKEN) {
        token->AccessToken =
            sspi_context_token_borrow(c, (uint64_t)(uintptr_t)token->AccessToken);
        if (token->AccessToken == NULL)
            st = SEC_E_NO_IMPERSONATION;
    }
    return st;
}

static status_t
query_route(struct sspi_context *c, const struct attribute *known, uint32_t attribute, void *value)
{
    bool mapped = atomic_load_explicit(&c->half, memory_order_acquire) != NULL;
    status_t st;

    if (!mapped && !atomic_load_explicit(&c->complete, memory_order_acquire)
        && !attribute_is_early(attribute))
        return SEC_E_INVALID_HANDLE;
    if (!mapped || attribute_is_outer(c, attribute)
        || sspi_package_has_thunk(c->inner, attribute)) {
        st = query_lsa(c, known, attribute, value);
        /* What a leg returned is what its package knows, so it need not answer that again. */
        return st == SEC_E_UNSUPPORTED_FUNCTION && attribute == SECPKG_ATTR_FLAGS
                   ? query_own(c, attribute, value) : st;
    }
    return query_half(c, attribute, value);
}

/* ---- both kinds of objects --------------------------------------------- */

static status_t
query_check(const struct attribute *known, const void *buffer, uint32_t size)
{
    if (buffer == NULL)
        return SEC_E_INVALID_PARAMETER;
    if (known != NULL && (size < known->size || known->size > QUERY_ROOM))
        return SEC_E_BUFFER_TOO_SMALL;
    return SEC_E_OK;
}

/* To the caller, in the form that it asked for. */
static status_t
query_give(const struct attribute *known, void *value, void *buffer, bool ansi)
{
    status_t st = ansi ? sspi_ansi_convert(known, value) : SEC_E_OK;

    if (st == SEC_E_OK)
        memcpy(buffer, value, known->size);
    return st;
}

status_t
sspi_context_query(struct sspi_context *c, uint32_t attribute, void *buffer, uint32_t size,
                   bool ansi)
{
    _Alignas(16) uint8_t value[QUERY_ROOM];
    const struct attribute *known = attribute_find_context(attribute);
    status_t st = query_check(known, buffer, size);
    status_t given;

    if (st != SEC_E_OK)
        return st;
    /* An attribute of a package's own: only its user half knows what the buffer is. */
    if (known == NULL)
        return query_route(c, known, attribute, buffer);
    memset(value, 0, sizeof(value));
    st = query_route(c, known, attribute, value);
    if (st < 0)
        return st;
    given = query_give(known, value, buffer, ansi);
    return given == SEC_E_OK ? st : given;
}

/* The structure came as it is, its pointers being addresses of client buffers (D9). */
static bool
pointers_are_ours(const struct attribute *known, const uint8_t *value)
{
    size_t i;

    for (i = 0; i < ATTRIBUTE_POINTERS_MAX; i++) {
        void *p;

        if (known->pointers[i].kind == ATTRIBUTE_NONE
            || known->pointers[i].kind == ATTRIBUTE_HANDLE)
            continue;
        memcpy(&p, value + known->pointers[i].offset, sizeof(p));
        if (p != NULL && !sspi_window_has(p))
            return false;
    }
    return true;
}

static status_t
query_credential_once(struct sspi_credential *c, const struct sspi_binding *b,
                      const struct attribute *known, uint8_t *value, bool *lost)
{
    struct view came;
    struct ask a;
    status_t st;

    ask_init(&a, c->process, b->session);
    st = ask_query_credential(&a, b->remote, known->id, &came);
    if (st >= 0 && (came.n != known->size || !pointers_are_ours(known, came.p))) {
        sspi_window_drop(&a.window);
        st = SEC_E_INTERNAL_ERROR;
    }
    if (st >= 0)
        memcpy(value, came.p, came.n);
    *lost = a.lost;
    ask_wipe(&a);
    return st;
}

static status_t
query_credential(struct sspi_credential *c, const struct attribute *known, uint8_t *value)
{
    const struct sspi_binding *b = atomic_load(&c->binding);
    bool lost;
    status_t st = query_credential_once(c, b, known, value, &lost);

    if (!lost)
        return st;
    st = sspi_credential_renew(c, b->session);
    if (st != SEC_E_OK)
        return st;
    return query_credential_once(c, atomic_load(&c->binding), known, value, &lost);
}

status_t
sspi_credential_query(struct sspi_credential *c, uint32_t attribute, void *buffer, uint32_t size,
                      bool ansi)
{
    _Alignas(16) uint8_t value[QUERY_ROOM];
    const struct attribute *known = attribute_find_credential(attribute);
    status_t st = query_check(known, buffer, size);
    status_t given;

    if (st != SEC_E_OK)
        return st;
    if (known == NULL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    memset(value, 0, sizeof(value));
    st = query_credential(c, known, value);
    if (st < 0)
        return st;
    given = query_give(known, value, buffer, ansi);
    return given == SEC_E_OK ? st : given;
}
