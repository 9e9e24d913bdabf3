/*
 * Support functions about tokens (slots 13, 34, 59). A token is an immutable
 * snapshot of who somebody is (D10): made here from authorization data, put into
 * the client by DuplicateHandle, where it outlives the authority. A client's
 * copy is never believed back.
 */
#include "lsa/support.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/sid.h"
#include "base/str16.h"
#include "ipc/token.h"

#include <stdlib.h>

#define TOKEN_BYTES_MAX (96 * 1024)
#define TOKEN_WELL_KNOWN 3
#define TOKEN_GROUP_ON (SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED)

/* Windows numbers handles in steps of four; the epoch keeps two runs' numbers apart. */
#define TOKEN_HANDLE_STEP 4
#define TOKEN_EPOCH_SHIFT 40
#define TOKEN_EPOCH_MASK UINT64_C(0x3fffff)

_Static_assert(LSA_AUTH_GROUPS_MAX + TOKEN_WELL_KNOWN <= TOKEN_GROUPS_MAX,
               "every account's groups fit a token");

static const struct sid sid_world = { 12, { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 } };
static const struct sid sid_network = { 12, { 1, 1, 0, 0, 0, 0, 0, 5, 2, 0, 0, 0 } };
static const struct sid sid_authenticated = { 12, { 1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0 } };

void
lsa_token_free(void *object)
{
    struct lsa_token *t = object;

    if (t && atomic_fetch_sub(&t->references, 1) == 1)
        free(t);
}

status_t
lsa_token_new(struct lsa *l, struct view snapshot, HANDLE *out)
{
    struct lsa_token *t = malloc(sizeof(*t) + snapshot.n);
    uint64_t handle;

    if (!t)
        return STATUS_NO_MEMORY;
    t->references = 1;
    t->size = (uint32_t)snapshot.n;
    memcpy(t->snapshot, snapshot.p, snapshot.n);
    handle = handle_add(l->objects, LSA_HANDLE_TOKEN, LSA_OWNER_SELF, t, lsa_token_free);
    if (!handle) {
        free(t);
        return STATUS_NO_MEMORY;
    }
    *out = (HANDLE)(uintptr_t)handle;
    return STATUS_SUCCESS;
}

/* The SIDs of a token, kept beside it while it is encoded. */
struct token_sids {
    struct sid user, primary, groups[LSA_AUTH_GROUPS_MAX];
    struct token_group v[LSA_AUTH_GROUPS_MAX + TOKEN_WELL_KNOWN];
    uint32_t count;
};

static void
token_add_group(struct token_sids *s, const struct sid *sid)
{
    s->v[s->count++] = (struct token_group){ sid_view(sid), TOKEN_GROUP_ON };
}

/*
 * The account's groups, and those that the authority adds to everybody who logs on from the
 * network.
 */
static bool
token_set_sids(struct token_sids *s, const struct sid *domain, const struct lsa_auth_data *a)
{
    s->count = 0;
    if (!sid_append(domain, a->rid, &s->user)
        || !sid_append(domain, ACCOUNT_RID_USERS, &s->primary))
        return false;
    for (size_t i = 0; i < a->group_count; i++) {
        if (!sid_append(domain, a->groups[i], &s->groups[i]))
            return false;
        token_add_group(s, &s->groups[i]);
    }
    token_add_group(s, &sid_world);
    token_add_group(s, &sid_network);
    token_add_group(s, &sid_authenticated);
    return true;
}

static uint64_t
token_luid(LUID l)
{
    return (uint64_t)(uint32_t)l.HighPart << 32 | l.LowPart;
}

static NTSTATUS
token_make(const struct lsa_auth_data *a, const struct token_snapshot *facts, HANDLE *out)
{
    struct lsa *l = lsa_instance();
    struct token_sids *s = malloc(sizeof(*s)); /* 90 KB, of which a logon uses little: not zeroed */
    struct token_snapshot t = *facts;
    struct wr w = wr_init_heap(TOKEN_BYTES_MAX);
    NTSTATUS status = STATUS_NO_MEMORY;

    if (s && token_set_sids(s, account_store_sid(l->accounts), a)) {
        t.user = sid_view(&s->user);
        t.primary_group = sid_view(&s->primary);
        token_snapshot_build(&w, &t, s->v, s->count);
        status = wr_end(&w, STATUS_NO_MEMORY);
    }
    if (status == STATUS_SUCCESS)
        status = lsa_token_new(l, wr_written(&w), out);
    wr_wipe(&w);
    free(s);
    return status;
}

static NTSTATUS
token_copy_name(struct view name, PUNICODE_STRING out)
{
    out->Buffer = lsa_heap_copy(name);
    out->Length = (USHORT)name.n;
    out->MaximumLength = (USHORT)name.n;
    return out->Buffer ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

/*
 * A disabled account is told by the sub-status, as LsaApLogonUser's page has it; the others by
 * themselves.
 */
static NTSTATUS
token_check_account(const struct lsa_auth_data *a, PNTSTATUS sub_status)
{
    struct account state = { .flags = a->flags,
                             .expires = a->expires,
                             .locked_until = a->locked_until };
    NTSTATUS s = account_check(&state, filetime_now());

    if (s != STATUS_ACCOUNT_DISABLED)
        return s;
    *sub_status = s;
    return STATUS_ACCOUNT_RESTRICTION;
}

static void
token_set_facts(struct token_snapshot *t, struct lsa *l, SECURITY_IMPERSONATION_LEVEL level,
                const TOKEN_SOURCE *source, LUID logon_id)
{
    t->token_id = token_luid(lsa_luid_next(l));
    t->logon_id = token_luid(logon_id);
    t->expiry = FILETIME_NEVER;
    t->type = TokenImpersonation;
    t->level = (uint32_t)level;
    memcpy(t->source, source->SourceName, sizeof(t->source));
    t->source_id = token_luid(source->SourceIdentifier);
    t->uid = TOKEN_NO_UID;
    t->gid = TOKEN_NO_UID;
}

NTSTATUS NTAPI
lsa_support_token_convert(PVOID data, ULONG size, SECURITY_IMPERSONATION_LEVEL level,
                          PTOKEN_SOURCE source, SECURITY_LOGON_TYPE type, PUNICODE_STRING authority,
                          PHANDLE token, PLUID logon_id, PUNICODE_STRING account,
                          PNTSTATUS sub_status)
{
    struct lsa *l = lsa_instance();
    struct token_snapshot facts = { 0 };
    struct lsa_auth_data a;
    NTSTATUS s;

    (void)type;
    *token = NULL;
    *sub_status = STATUS_SUCCESS;
    *account = (UNICODE_STRING){ 0 };
    *logon_id = lsa_luid_next(l);
    s = lsa_auth_data_parse(view_of(data, size), &a);
    if (s != STATUS_SUCCESS)
        return s;
    s = token_check_account(&a, sub_status);
    if (s != STATUS_SUCCESS)
        return s;
    token_set_facts(&facts, l, level, source, *logon_id);
    facts.account = a.account;
    facts.domain = lsa_string_view(authority);
    if (view_is_empty(facts.domain))
        facts.domain = lsa_string_view(&l->names.netbios_domain);
    s = token_copy_name(a.account, account);
    if (s == STATUS_SUCCESS)
        s = token_make(&a, &facts, token);
    if (s != STATUS_SUCCESS) {
        lsa_heap_free(account->Buffer);
        *account = (UNICODE_STRING){ 0 };
    }
    return s;
}

static uint64_t
token_client_handle(struct lsa *l)
{
    uint64_t n = atomic_fetch_add(&l->next_token, 1) * TOKEN_HANDLE_STEP;

    return (l->epoch & TOKEN_EPOCH_MASK) << TOKEN_EPOCH_SHIFT | n;
}

/* The destination is meaningful in the client only: the snapshot travels with the reply. */
NTSTATUS NTAPI
lsa_support_handle_duplicate(HANDLE source, PHANDLE destination)
{
    struct lsa *l = lsa_instance();
    struct lsa_call *call = lsa_call_current();
    uint64_t number = (uintptr_t)source;
    struct lsa_token *t;
    struct lsa_range *out;

    *destination = NULL;
    /* A deletion has no reply in which a token could travel, hence no arena. */
    if (!call || !call->arena || call->token_count == LSA_TOKENS_MAX)
        return STATUS_UNSUCCESSFUL;
    t = handle_get(l->objects, number, LSA_HANDLE_TOKEN, LSA_OWNER_SELF);
    if (!t)
        return STATUS_INVALID_HANDLE;
    out = &call->tokens[call->token_count];
    out->bytes = view_of(arena_copy(call->arena, view_of(t->snapshot, t->size)), t->size);
    handle_put(l->objects, number);
    if (!out->bytes.p)
        return STATUS_NO_MEMORY;
    out->address = token_client_handle(l);
    call->token_count++;
    *destination = (HANDLE)(uintptr_t)out->address;
    return STATUS_SUCCESS;
}

/* There is no Protected Users group in the store: nobody is. */
NTSTATUS NTAPI
lsa_support_token_protected(HANDLE token, PBOOLEAN is_protected)
{
    (void)token;
    *is_protected = FALSE;
    return STATUS_SUCCESS;
}
