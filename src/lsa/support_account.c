/*
 * Support functions about accounts (slots 30 to 33, 37 and 47): the only way for a
 * package to the account store.
 *
 * A user handle is a structure of the authority, tagged so that a stale or
 * invented one is an error. Credentials come as MSV1_0_SUPPLEMENTAL_CREDENTIAL
 * (ntsecapi.h). CHOICE: Windows does not document the primary structure; this
 * is the public one that holds the same two hashes.
 */
#include "lsa/support.h"

#include "base/secret.h"
#include "base/str16.h"

#include "ntsecapi.h"

#include <stdlib.h>

#define SAM_USER_TAG 0x52535553u
#define SAM_AUTH_DATA_MAX (64 * 1024)

struct sam_user {
    uint32_t tag;
    struct account account;
};

static const char16_t guest_name[] = u"Guest";

static struct view
sam_guest(void)
{
    return view_of(guest_name, sizeof(guest_name) - sizeof(guest_name[0]));
}

/* The part before the at sign where the rest names this machine's domain; else empty. */
static struct view
sam_upn_user(struct view name)
{
    const struct opensspi_host_names *own = &lsa_instance()->names;

    for (size_t i = 2; i + 1 < name.n; i += 2) {
        struct view suffix = view_of(name.p + i + 2, name.n - i - 2);

        if (name.p[i] != '@' || name.p[i + 1] != 0)
            continue;
        if (str16_is_equal_nocase(suffix, lsa_string_view(&own->dns_domain))
            || str16_is_equal_nocase(suffix, lsa_string_view(&own->dns_computer))
            || str16_is_equal_nocase(suffix, lsa_string_view(&own->netbios_domain)))
            return view_of(name.p, i);
    }
    return view_of(NULL, 0);
}

/* CHOICE: user@our-domain is the account "user" where no account has the whole as its name. */
NTSTATUS
lsa_account_resolve(struct lsa *l, struct view name, struct account *out)
{
    NTSTATUS s = lsa_account_find(l, name, out);
    struct view bare;

    if (s != STATUS_NO_SUCH_USER)
        return s;
    bare = sam_upn_user(name);
    return view_is_empty(bare) ? s : lsa_account_find(l, bare, out);
}

static NTSTATUS
sam_find_or_guest(struct lsa *l, struct view name, bool allow_guest, struct account *out)
{
    NTSTATUS s = lsa_account_resolve(l, name, out);

    if (s != STATUS_NO_SUCH_USER || !allow_guest)
        return s;
    s = lsa_account_find(l, sam_guest(), out);
    return s == 0 && (out->flags & ACCOUNT_DISABLED) ? STATUS_NO_SUCH_USER : s;
}

NTSTATUS NTAPI
lsa_support_user_open(PSECURITY_STRING name, SECPKG_NAME_TYPE type, PSECURITY_STRING prefix,
                      BOOLEAN allow_guest, ULONG reserved, PVOID *handle)
{
    struct sam_user *u;
    NTSTATUS s;

    (void)reserved;
    *handle = NULL;
    if (type == SecNameAlternateId && !prefix)
        return STATUS_INVALID_PARAMETER;
    if (type != SecNameSamCompatible && type != SecNameFlat)
        return STATUS_NO_SUCH_USER;     /* the store has neither alternate ids, DNs nor SPNs */
    u = secret_new(sizeof(*u));
    if (!u)
        return STATUS_NO_MEMORY;
    s = sam_find_or_guest(lsa_instance(), lsa_string_view(name), allow_guest != FALSE,
                          &u->account);
    if (s != 0) {
        secret_free(u);
        return s;
    }
    u->tag = SAM_USER_TAG;
    *handle = u;
    return STATUS_SUCCESS;
}

static struct sam_user *
sam_user_get(void *handle)
{
    struct sam_user *u = handle;

    return u && u->tag == SAM_USER_TAG ? u : NULL;
}

NTSTATUS NTAPI
lsa_support_user_close(PVOID handle)
{
    struct sam_user *u = sam_user_get(handle);

    if (!u)
        return STATUS_INVALID_HANDLE;
    secret_free(u);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
lsa_support_user_credentials(PVOID handle, PVOID *primary, PULONG primary_size,
                             PVOID *supplemental, PULONG supplemental_size)
{
    const struct sam_user *u = sam_user_get(handle);
    MSV1_0_SUPPLEMENTAL_CREDENTIAL *c;

    *primary = NULL;
    *primary_size = 0;
    if (supplemental)
        *supplemental = NULL;
    if (supplemental_size)
        *supplemental_size = 0;
    if (!u)
        return STATUS_INVALID_HANDLE;
    c = lsa_heap_new(sizeof(*c));
    if (!c)
        return STATUS_NO_MEMORY;
    c->Flags = u->account.has_hash ? MSV1_0_CRED_NT_PRESENT : 0;
    memcpy(c->NtPassword, u->account.nt_hash, sizeof(c->NtPassword));
    *primary = c;
    *primary_size = sizeof(*c);
    return STATUS_SUCCESS;
}

static NTSTATUS
sam_auth_data(const struct account *a, PUCHAR *out, PULONG size)
{
    struct lsa_auth_data data = {
        .rid = a->rid,
        .flags = a->flags,
        .expires = a->expires,
        .locked_until = a->locked_until,
        .account = view_of(a->name, a->name_units * sizeof(a->name[0])),
        .local_user = view_of(a->local_user, strlen(a->local_user)),
        .group_count = LSA_AUTH_GROUPS_MAX,
    };
    struct wr w;
    NTSTATUS s;

    s = account_groups(lsa_instance()->accounts, a->rid, data.groups, &data.group_count);
    if (s != 0)
        return s;
    w = wr_init_heap(SAM_AUTH_DATA_MAX);
    lsa_auth_data_build(&w, &data);
    s = wr_end(&w, STATUS_NO_MEMORY);
    if (s == 0) {
        *out = lsa_heap_copy(wr_written(&w));
        *size = (ULONG)w.len;
        s = *out ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    wr_wipe(&w);
    return s;
}

NTSTATUS NTAPI
lsa_support_user_auth_data(PVOID handle, PUCHAR *out, PULONG size)
{
    const struct sam_user *u = sam_user_get(handle);

    *out = NULL;
    *size = 0;
    return u ? sam_auth_data(&u->account, out, size) : STATUS_INVALID_HANDLE;
}

/* Data says which groups there were when it was made; expanded, which there are now. */
NTSTATUS NTAPI
lsa_support_auth_expand(PUCHAR data, ULONG size, PVOID reserved, PUCHAR *out, PULONG out_size)
{
    struct lsa_auth_data a;
    struct account *account;
    NTSTATUS s;

    (void)reserved;
    *out = NULL;
    *out_size = 0;
    s = lsa_auth_data_parse(view_of(data, size), &a);
    if (s != STATUS_SUCCESS)
        return s;
    account = secret_new(sizeof(*account));
    if (!account)
        return STATUS_NO_MEMORY;
    s = account_find_rid(lsa_instance()->accounts, a.rid, account);
    if (s == STATUS_SUCCESS)
        s = sam_auth_data(account, out, out_size);
    secret_free(account);
    return s;
}

static NTSTATUS
sam_flat_name(const struct account *a, PUNICODE_STRING out)
{
    struct view name = view_of(a->name, a->name_units * sizeof(a->name[0]));

    out->Buffer = lsa_heap_copy(name);
    if (!out->Buffer)
        return STATUS_NO_MEMORY;
    out->Length = (USHORT)name.n;
    out->MaximumLength = (USHORT)name.n;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
lsa_support_auth_data_for_user(PSECURITY_STRING name, SECPKG_NAME_TYPE type,
                               PSECURITY_STRING prefix, PUCHAR *out, PULONG size,
                               PUNICODE_STRING flat_name)
{
    void *handle;
    NTSTATUS s;

    *out = NULL;
    *size = 0;
    if (flat_name)
        *flat_name = (UNICODE_STRING){ 0 };
    s = lsa_support_user_open(name, type, prefix, FALSE, 0, &handle);
    if (s != STATUS_SUCCESS)
        return s;
    s = lsa_support_user_auth_data(handle, out, size);
    if (s == STATUS_SUCCESS && flat_name)
        s = sam_flat_name(&((struct sam_user *)handle)->account, flat_name);
    if (s != STATUS_SUCCESS) {
        lsa_heap_free(*out);
        *out = NULL;
        *size = 0;
    }
    (void)lsa_support_user_close(handle);
    return s;
}
