/*
 * Support functions about logon sessions (slots 0 to 4): the session of each logon,
 * and what packages keep in it. The lists are in session.c.
 */
#include "lsa/session.h"
#include "lsa/support.h"

NTSTATUS NTAPI
lsa_support_session_create(PLUID id)
{
    return lsa_session_create(lsa_instance(), *id);
}

NTSTATUS NTAPI
lsa_support_session_delete(PLUID id)
{
    return lsa_session_delete(lsa_instance(), *id);
}

static struct view
session_string(const LSA_STRING *s)
{
    return s && s->Buffer ? view_of(s->Buffer, s->Length) : view_of(NULL, 0);
}

NTSTATUS NTAPI
lsa_support_credential_add(PLUID id, ULONG package, PLSA_STRING key, PLSA_STRING credential)
{
    struct lsa_secret_key k = { package, session_string(key) };

    return lsa_session_credential_add(lsa_instance(), *id, &k, session_string(credential));
}

/* The key that was found, if the caller wants it and has room for it. */
static bool
session_give_key(const struct lsa_secret_found *found, PLSA_STRING key)
{
    if (!key->Buffer || key->MaximumLength < found->key_size)
        return false;
    if (found->key_size > 0)
        memcpy(key->Buffer, found->key, found->key_size);
    key->Length = (USHORT)found->key_size;
    return true;
}

/*
 * The end is STATUS_UNSUCCESSFUL, which is Microsoft's ERROR_GEN_FAILURE. No room for the key
 * is STATUS_MORE_ENTRIES: that severity is success, though nothing is returned.
 */
NTSTATUS NTAPI
lsa_support_credential_get(PLUID id, ULONG package, PULONG query, BOOLEAN all, PLSA_STRING key,
                           PULONG key_length, PLSA_STRING credential)
{
    struct lsa_secret_key k = { package, session_string(key) };
    struct lsa_secret_found found;
    NTSTATUS s = lsa_session_credential_next(lsa_instance(), *id, &k, all != FALSE, *query, &found);

    *credential = (LSA_STRING){ 0 };
    if (key_length)
        *key_length = (ULONG)found.key_size;
    if (s != STATUS_SUCCESS)
        return s;
    if (all && (!key || !session_give_key(&found, key)))
        s = STATUS_MORE_ENTRIES;
    lsa_heap_free(found.key);
    if (s != STATUS_SUCCESS) {
        lsa_heap_free((void *)(uintptr_t)found.credential.p);
        return s;
    }
    *query = found.position;
    credential->Buffer = (PCHAR)(uintptr_t)found.credential.p;
    credential->Length = (USHORT)found.credential.n;
    credential->MaximumLength = (USHORT)found.credential.n;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
lsa_support_credential_delete(PLUID id, ULONG package, PLSA_STRING key)
{
    struct lsa_secret_key k = { package, session_string(key) };

    return lsa_session_credential_delete(lsa_instance(), *id, &k);
}
