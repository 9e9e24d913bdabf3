/*
 * Credentials of Negotiate: AcquireCredentialsHandle is asked of each package
 * that may be negotiated, with what the caller gave, and those that have
 * something are kept.
 *
 * Runs in the authority. The identity is the caller's: of it, only the list of
 * packages is read here.
 */
#include "packages/negotiate/lsa/credential.h"

#include "packages/common/auth_identity.h"

#include <stdlib.h>

struct acquire {
    PUNICODE_STRING principal;
    ULONG flags;
    PLUID logon_id;
    PVOID data, key_function, key_argument;
    struct nego_choice *choice;
    TimeStamp expiry;
};

NTSTATUS
nego_choice_run(const struct nego_choice *choice, NTSTATUS (*step)(void *argument),
                void *argument)
{
    return nego_support()->packages->run(choice->mech.package.id,
                                         choice->is_scheme ? SECPKG_CALL_NEGO_EXTENDER : 0, step,
                                         argument);
}

static NTSTATUS
acquire_step(void *argument)
{
    struct acquire *a = argument;

    return a->choice->mech.package.table->AcquireCredentialsHandle(
        a->principal, a->flags, a->logon_id, a->data, a->key_function, a->key_argument,
        &a->choice->handle, &a->expiry);
}

static NTSTATUS
release_step(void *argument)
{
    const struct nego_choice *c = argument;

    return c->mech.package.table->FreeCredentialsHandle(c->handle);
}

static void
choice_drop(struct nego_choice *c)
{
    if (!c->is_negoex && c->mech.package.table->FreeCredentialsHandle != NULL)
        (void)nego_choice_run(c, release_step, c);
}

static void
credential_drop(void *object)
{
    struct nego_credential *c = object;

    for (size_t i = 0; i < c->count; i++)
        choice_drop(&c->choices[i]);
    for (size_t i = 0; i < c->scheme_count; i++)
        choice_drop(&c->schemes[i]);
    free(c);
}

struct nego_credential *
nego_credential_get(LSA_SEC_HANDLE handle, uint32_t use)
{
    struct nego_credential *c = handle_get(nego_support()->objects, handle,
                                           NEGO_HANDLE_CREDENTIAL, NEGO_HANDLE_OWNER);

    if (c != NULL && (c->use & use) == 0) {
        handle_put(nego_support()->objects, handle);
        return NULL;
    }
    return c;
}

static void
log_left_out(const struct nego_mech *m, NTSTATUS st)
{
    nego_log(6, "negotiate_without",
             (const char *const[]){ "package", m->name.text, "reason",
                                    "no_credentials", "status", nego_status_text(st).text, NULL });
}

/* The package's credential behind the others of the list. */
static NTSTATUS
choice_add(struct nego_choice *list, size_t *count, struct nego_choice choice, struct acquire *a,
           PTimeStamp expiry)
{
    NTSTATUS st;

    a->choice = &list[*count];
    *a->choice = choice;
    a->expiry.QuadPart = 0;
    st = nego_choice_run(a->choice, acquire_step, a);
    if (!NT_SUCCESS(st)) {
        log_left_out(&choice.mech, st);
        return st;
    }
    ++*count;
    if (expiry->QuadPart == 0 || a->expiry.QuadPart < expiry->QuadPart)
        *expiry = a->expiry;
    return st;
}

/* NegoEx stands where the first package that speaks in it would. */
static void
negoex_add(struct nego_credential *c)
{
    struct nego_choice *choice = &c->choices[c->count++];

    *choice = c->schemes[0];
    choice->is_negoex = true;
    choice->mech.oid_count = 1;
    choice->mech.oids[0].n = (uint8_t)spnego_oid_negoex.n;
    memcpy(choice->mech.oids[0].bytes, spnego_oid_negoex.p, spnego_oid_negoex.n);
}

/* What any package has is kept; the last one's status, where none has. */
static NTSTATUS
choices_fill(struct nego_credential *c, const struct nego_mech *mechs, size_t count,
             struct acquire *a, PTimeStamp expiry)
{
    NTSTATUS st = SEC_E_NO_CREDENTIALS;

    expiry->QuadPart = 0;
    for (size_t i = 0; i < count; i++) {
        struct nego_choice choice = { .mech = mechs[i] };
        struct nego_choice scheme = { .mech = mechs[i], .is_scheme = true };

        if (mechs[i].has_scheme) {
            st = choice_add(c->schemes, &c->scheme_count, scheme, a, expiry);
            if (NT_SUCCESS(st) && c->scheme_count == 1)
                negoex_add(c);
        }
        if (mechs[i].oid_count > 0)
            st = choice_add(c->choices, &c->count, choice, a, expiry);
    }
    return c->count > 0 ? STATUS_SUCCESS : st;
}

/* The list of packages of a SEC_WINNT_AUTH_IDENTITY_EX; others have none. */
static NTSTATUS
mechs_choose(PVOID data, struct nego_mech mechs[NEGO_MECHS_MAX], size_t *count)
{
    struct auth_identity *id = NULL;
    NTSTATUS st = STATUS_SUCCESS;

    if (data != NULL)
        st = auth_identity_read(nego_support()->lsa, data, &id);
    if (!NT_SUCCESS(st))
        return st;
    *count = nego_mechs_find(id != NULL ? id->packages : view_of(NULL, 0), mechs);
    auth_identity_free(id);
    if (*count > 0)
        return STATUS_SUCCESS;
    nego_log(4, "negotiate_nothing",
             (const char *const[]){ "reason", "no package may be negotiated", "remedy",
                                    "`packages` in [package Negotiate] and in the [service NAME]",
                                    NULL });
    return SEC_E_NO_CREDENTIALS;
}

NTSTATUS NTAPI
nego_credential_acquire(PUNICODE_STRING principal, ULONG flags, PLUID logon_id, PVOID data,
                        PVOID key_function, PVOID key_argument, PLSA_SEC_HANDLE handle,
                        PTimeStamp expiry)
{
    struct acquire a = { principal, flags, logon_id, data, key_function, key_argument, NULL,
                         { .QuadPart = 0 } };
    struct nego_mech mechs[NEGO_MECHS_MAX];
    struct nego_credential *c;
    size_t count = 0;
    NTSTATUS st = mechs_choose(data, mechs, &count);

    *handle = 0;
    if (!NT_SUCCESS(st))
        return st;
    /* Each package may be a choice and a scheme, and NegoEx is one more choice. */
    c = calloc(1, sizeof(*c) + (2 * count + 1) * sizeof(c->choices[0]));
    if (c == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->schemes = &c->choices[count + 1];
    c->use = flags & SECPKG_CRED_BOTH;
    st = choices_fill(c, mechs, count, &a, expiry);
    if (NT_SUCCESS(st)) {
        *handle = (LSA_SEC_HANDLE)handle_add(nego_support()->objects, NEGO_HANDLE_CREDENTIAL,
                                             NEGO_HANDLE_OWNER, c, credential_drop);
        st = *handle != 0 ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
    }
    if (!NT_SUCCESS(st))
        credential_drop(c);
    return st;
}

NTSTATUS NTAPI
nego_credential_free(LSA_SEC_HANDLE handle)
{
    return handle_remove(nego_support()->objects, handle, NEGO_HANDLE_CREDENTIAL,
                         NEGO_HANDLE_OWNER)
               ? STATUS_SUCCESS
               : SEC_E_INVALID_HANDLE;
}

struct query {
    const struct nego_choice *choice;
    ULONG attribute;
    PVOID buffer;
};

static NTSTATUS
query_step(void *argument)
{
    const struct query *q = argument;
    const SECPKG_FUNCTION_TABLE *t = q->choice->mech.package.table;

    return t->QueryCredentialsAttributes != NULL
               ? t->QueryCredentialsAttributes(q->choice->handle, q->attribute, q->buffer)
               : SEC_E_UNSUPPORTED_FUNCTION;
}

/* The preferred package's answer, or of the first that has one. */
NTSTATUS NTAPI
nego_credential_query(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct nego_credential *c = nego_credential_get(handle, SECPKG_CRED_BOTH);
    NTSTATUS st = SEC_E_UNSUPPORTED_FUNCTION;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    for (size_t i = 0; i < c->count && !NT_SUCCESS(st); i++) {
        struct query q = { &c->choices[i], attribute, buffer };

        st = nego_choice_run(q.choice, query_step, &q);
    }
    handle_put(nego_support()->objects, handle);
    return st;
}

/* A new logon's credentials are each package's own business. */
NTSTATUS NTAPI
nego_credential_accept(SECURITY_LOGON_TYPE type, PUNICODE_STRING account,
                       PSECPKG_PRIMARY_CRED primary, PSECPKG_SUPPLEMENTAL_CRED supplemental)
{
    (void)type;
    (void)account;
    (void)primary;
    (void)supplemental;
    return STATUS_SUCCESS;
}
