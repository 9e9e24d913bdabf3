/*
 * Looking accounts up, and what an account says about a logon.
 *
 * Runs in lsad on every logon, so it takes no lock that threads share, and in
 * the embedded authority and the sspi command. Names come from the network:
 * any bytes are allowed, what is no name is an unknown user.
 */
#include "lsa/account.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/secret.h"
#include "lsa/account_store.h"
#include "ntstatus.h"

_Static_assert(sizeof(struct account) <= ACCOUNT_CACHE_VALUE_MAX, "accounts are cached");

const struct sid *
account_store_sid(const struct account_store *s)
{
    return &s->sid;
}

const struct account_policy *
account_store_policy(const struct account_store *s)
{
    return &s->policy;
}

void
account_store_tick(struct account_store *s)
{
    struct account_cache *cache = account_read_cache(s);

    account_cache_tick(cache);
    account_key_tick(s, cache);
}

void
account_wipe(struct account *a)
{
    secret_wipe(a, sizeof(*a));
}

void
account_hash_password(struct view password_utf16, uint8_t hash[ACCOUNT_HASH_SIZE])
{
    crypto_md4(password_utf16, hash);
}

/* How an account is looked up. */
struct find_key {
    enum account_sql which;
    const struct account_name *upper;
    uint32_t rid;
};

static status_t
find_row(struct account_conn *c, const struct find_key *k, struct crypto_aead *aead,
         struct account *out)
{
    status_t status;
    sqlite3_stmt *st = account_sql(c, k->which, &status);

    if (st == NULL)
        return status;
    if (k->upper != NULL)
        (void)sqlite3_bind_blob(st, 1, k->upper->bytes, k->upper->n, SQLITE_STATIC);
    else
        (void)sqlite3_bind_int64(st, 1, k->rid);
    status = account_sql_row(st);
    if (status == STATUS_SUCCESS)
        status = account_row_get(st, aead, out);
    else if (status == ACCOUNT_NO_ROW)
        status = STATUS_NO_SUCH_USER;
    account_sql_end(st);
    return status;
}

/*
 * A hash that does not open may have been sealed anew since we took the key, or the other
 * way round: then it is read again, for as long as the key is another each time. What is
 * damaged fails twice with the same.
 */
static status_t
find(struct account_store *s, const struct find_key *k, struct account *out)
{
    struct crypto_aead *key = NULL, *before;
    status_t status;
    struct account_conn *c = account_read_begin(s, &status);

    if (c == NULL)
        return status;
    do {
        before = key;
        key = account_aead(s);
        status = find_row(c, k, key, out);
    } while (status == STATUS_INTERNAL_DB_CORRUPTION && key != before
             && account_key_refresh(s, c));
    account_read_end(s, c);
    return status;
}

/* That there is nobody of a name is worth knowing too: the clients of a realm have no account. */
static const uint8_t nobody;

static bool
cache_knows(struct account_cache *cache, struct view key, struct account *out, status_t *status,
            uint64_t *version)
{
    uint8_t found;

    *status = STATUS_SUCCESS;
    if (account_cache_get(cache, key, out, sizeof(*out), version))
        return true;
    *status = STATUS_NO_SUCH_USER;
    return account_cache_get(cache, key, &found, sizeof(found), version);
}

status_t
account_find(struct account_store *s, struct view name, struct account *out)
{
    struct account_cache *cache = account_read_cache(s);
    struct account_name upper;
    struct view key;
    uint64_t version;
    status_t status;

    out->has_hash = false;
    if (!account_name_upper(name, &upper))
        return STATUS_NO_SUCH_USER;
    key = view_of(upper.bytes, upper.n);
    if (cache_knows(cache, key, out, &status, &version))
        return status;
    status = find(s, &(struct find_key){ .which = ACCOUNT_SQL_FIND_NAME, .upper = &upper }, out);
    if (status == STATUS_SUCCESS)
        account_cache_put(cache, key, out, sizeof(*out), version);
    else if (status == STATUS_NO_SUCH_USER)
        account_cache_put(cache, key, &nobody, sizeof(nobody), version);
    if (status == STATUS_INTERNAL_DB_CORRUPTION)
        log_error("account_store", LOG_S("failed", "find"), LOG_W("account", name),
                  LOG_S("reason", "the row is damaged, or its hash was not sealed for it"));
    return status;
}

status_t
account_find_rid(struct account_store *s, uint32_t rid, struct account *out)
{
    struct find_key k = { .which = ACCOUNT_SQL_FIND_RID, .rid = rid };

    out->has_hash = false;
    return find(s, &k, out);
}

status_t
account_each(struct account_store *s, bool (*each)(const struct account *a, void *arg), void *arg)
{
    struct account a;
    struct account_conn *c;
    sqlite3_stmt *st;
    status_t status;
    bool more = true;

    c = account_read_begin(s, &status);
    if (c == NULL)
        return status;
    st = account_sql(c, ACCOUNT_SQL_EACH, &status);
    while (st != NULL && more && (status = account_sql_row(st)) == STATUS_SUCCESS) {
        status = account_row_get(st, NULL, &a);
        if (status != STATUS_SUCCESS)
            break;
        more = each(&a, arg);
    }
    if (st != NULL)
        account_sql_end(st);
    account_read_end(s, c);
    return status == ACCOUNT_NO_ROW ? STATUS_SUCCESS : status;
}

/* CHOICE: where several hold, the one that an administrator set by hand comes first. */
status_t
account_check(const struct account *a, int64_t now)
{
    if ((a->flags & ACCOUNT_DISABLED) != 0)
        return STATUS_ACCOUNT_DISABLED;
    if (a->locked_until > now)
        return STATUS_ACCOUNT_LOCKED_OUT;
    if (a->expires <= now)
        return STATUS_ACCOUNT_EXPIRED;
    if ((a->flags & ACCOUNT_MUST_CHANGE) != 0)
        return STATUS_PASSWORD_MUST_CHANGE;
    return STATUS_SUCCESS;
}
